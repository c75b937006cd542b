//! What drawing needs beside the recipe, worked out once a plan: pools, thresholds, class ids, globs.

use super::PlannedAsset;
use super::draw;
use super::look;
use super::value;
use crate::diag::{Place, Problem, Problems};
use crate::hash::Digest;
use crate::layer::Layer;
use crate::recipe::{Object, Pick, Recipe, SkyKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ids of objects and classes are 16-bit pixels; 0 is the background.
const MAX_IDS: u64 = 65_535;
/// A bit a pixel each, on the device too.
const MAX_AMODAL: u64 = 256;

type Pools = BTreeMap<String, Vec<PlannedAsset>>;

#[derive(Clone, Debug)]
pub(super) struct Tables {
    /// One an object of the recipe.
    pub objects: Vec<ObjectTable>,
    /// `None` for a sky without an image.
    pub sky: Option<PoolTable>,
    /// From 1, by sorted names.
    pub classes: BTreeMap<String, u16>,
    /// Product of the sizes of all pools that are picked `each` in turn.
    pub cells: u64,
}

#[derive(Clone, Debug)]
pub(super) struct ObjectTable {
    pub pool: PoolTable,
    /// Steps of a shuffle a variation.
    pub largest_count: u32,
    /// One an edit.
    pub globs: Vec<Arc<NameGlob>>,
}

/// A pool as one place of the recipe picks from it.
#[derive(Clone, Debug)]
pub(super) struct PoolTable {
    pub name: Arc<str>,
    pub assets: Vec<PoolAsset>,
    /// See [`draw::thresholds`].
    pub thresholds: Vec<u64>,
    /// `each`: how many variations pass before it takes the next.
    pub stride: u64,
}

#[derive(Clone, Debug)]
pub(super) struct PoolAsset {
    pub digest: Digest,
    pub class: Arc<str>,
    pub class_id: u16,
    pub variants: Arc<[String]>,
    pub clips: Arc<[String]>,
}

/// A glob on material names, read once.
#[derive(Clone, Debug)]
pub enum NameGlob {
    All,
    Literal(String),
    Pattern(globset::GlobMatcher),
}

impl NameGlob {
    /// `*`, `?`, `[…]`, `{a,b}` as in shells; `*` passes `/` as well.
    pub fn new(text: &str) -> Result<NameGlob, globset::Error> {
        if text == "*" {
            return Ok(NameGlob::All);
        }
        if !text.contains(['*', '?', '[', ']', '{', '}', '\\']) {
            return Ok(NameGlob::Literal(text.to_string()));
        }
        Ok(NameGlob::Pattern(globset::Glob::new(text)?.compile_matcher()))
    }

    pub fn matches(&self, name: &str) -> bool {
        match self {
            NameGlob::All => true,
            NameGlob::Literal(text) => text == name,
            NameGlob::Pattern(glob) => glob.is_match(name),
        }
    }
}

impl Tables {
    /// `None` where a problem was found.
    pub fn new(recipe: &Recipe, pools: &Pools, problems: &mut Problems) -> Option<Tables> {
        let n_before = problems.0.len();
        let classes = class_ids(recipe, pools, problems);
        let mut cells = 1;
        let mut objects = Vec::new();
        for object in &recipe.scene.objects {
            let user = format!("scene.objects.{}", object.id);
            let globs = read_globs(object, &user, problems);
            if let Some(assets) = pools.get(&object.from) {
                look::check(&look::VARIANTS, &object.variant, (&user, &object.from), assets, problems);
                look::check(&look::CLIPS, &object.pose.clip, (&user, &object.from), assets, problems);
            }
            if let Some(pool) = pool_table(&object.from, object.pick, pools, &classes, &mut cells) {
                objects.push(ObjectTable { pool, largest_count: value::largest_count(&object.count).max(1), globs });
            } else {
                problems.push(empty_pool(&user, &object.from));
            }
        }
        let mut sky = None;
        if let SkyKind::Image { from, pick } = &recipe.scene.sky.kind {
            sky = pool_table(from, *pick, pools, &classes, &mut cells);
            if sky.is_none() {
                problems.push(empty_pool("scene.sky.image", from));
            }
        }
        let most: u64 = recipe.scene.objects.iter().map(|o| u64::from(value::largest_count(&o.count))).sum();
        if most > MAX_IDS {
            let message = format!("scene.objects: up to {most} objects in a variation, but ids reach {MAX_IDS} only");
            problems.push(
                Problem::error(Place::default(), message).with_hint("lower `count`, or give a `normal` one a `max`"),
            );
        }
        if most > MAX_AMODAL && recipe.layers.contains(&Layer::Amodal) {
            let message =
                format!("layers: amodal: up to {most} objects in a variation, but it has {MAX_AMODAL} masks at most");
            problems.push(Problem::error(Place::default(), message).with_hint("lower `count`, or leave `amodal` out"));
        }
        let is_clean = !problems.0[n_before..].iter().any(|p| p.severity == crate::diag::Severity::Error);
        is_clean.then_some(Tables { objects, sky, classes, cells })
    }
}

fn empty_pool(user: &str, pool: &str) -> Problem {
    let message = format!("{user}: picks from pool `{pool}`, which has no assets");
    Problem::error(Place::default(), message).with_hint("list at least one file in the pool")
}

/// `None` for a pool without assets. `cells`: the stride of the next `each`, multiplied here where this is one.
fn pool_table(
    name: &str,
    pick: Pick,
    pools: &Pools,
    classes: &BTreeMap<String, u16>,
    cells: &mut u64,
) -> Option<PoolTable> {
    let assets = pools.get(name).filter(|assets| !assets.is_empty())?;
    let stride = *cells;
    if pick == Pick::Each {
        *cells = cells.saturating_mul(assets.len() as u64);
    }
    let pool_asset = |asset: &PlannedAsset| PoolAsset {
        digest: asset.sha256,
        class: asset.class.as_str().into(),
        class_id: classes.get(&asset.class).copied().unwrap_or(0),
        variants: asset.variants.clone().into(),
        clips: asset.clips.clone().into(),
    };
    Some(PoolTable {
        name: name.into(),
        assets: assets.iter().map(pool_asset).collect(),
        thresholds: draw::thresholds(assets.iter().map(|asset| asset.weight)),
        stride,
    })
}

fn read_globs(object: &Object, user: &str, problems: &mut Problems) -> Vec<Arc<NameGlob>> {
    let mut out = Vec::new();
    for edit in &object.material {
        match NameGlob::new(&edit.glob) {
            Ok(glob) => out.push(Arc::new(glob)),
            Err(error) => {
                let message = format!("{user}: material match `{}` is no glob: {}", edit.glob, error.kind());
                problems.push(Problem::error(Place::default(), message));
            }
        }
    }
    out
}

/// Ids of all classes of pools that objects pick from.
fn class_ids(recipe: &Recipe, pools: &Pools, problems: &mut Problems) -> BTreeMap<String, u16> {
    let used = recipe.scene.objects.iter().filter_map(|object| pools.get(&object.from));
    let names: BTreeSet<&str> = used.flatten().map(|asset| asset.class.as_str()).collect();
    if names.len() as u64 > MAX_IDS {
        let message = format!("assets: {} classes, but ids reach {MAX_IDS} only", names.len());
        problems.push(Problem::error(Place::default(), message).with_hint("give the pools' entries a `class`"));
    }
    names.into_iter().zip(1..=u16::MAX).map(|(name, id)| (name.to_string(), id)).collect()
}

/// Orders a pool by digest, names classes, and says what is in it twice.
pub(super) fn tidy_pool(name: &str, assets: &mut [PlannedAsset], problems: &mut Problems) {
    assets.sort_by(|a, b| (a.sha256, &a.path).cmp(&(b.sha256, &b.path)));
    for asset in assets.iter_mut().filter(|asset| asset.class.is_empty()) {
        asset.class = stem(&asset.path).to_string();
    }
    for asset in assets.iter().filter(|asset| !(asset.weight > 0.0 && asset.weight.is_finite())) {
        let message = format!("weight is {}, but it must be above 0", asset.weight);
        problems.push(Problem::error(Place::file(&asset.path), message));
    }
    for pair in assets.windows(2).filter(|pair| pair[0].sha256 == pair[1].sha256) {
        let place = Place::file(&pair[1].path);
        problems.push(if pair[0].path == pair[1].path {
            Problem::error(place, format!("listed twice in pool `{name}`"))
                .with_hint("two entries match it: narrow one of them, or use `weight`")
        } else {
            Problem::warning(place, format!("the same contents as {} in pool `{name}`", pair[0].path))
                .with_hint("it is picked twice as often as others; leave one out")
        });
    }
}

/// `helmet` of `a/b/helmet.scan.glb`… up to the last dot.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.rfind('.') {
        Some(dot) if dot > 0 => &file[..dot],
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_names() {
        let matches = |glob: &str, name: &str| NameGlob::new(glob).expect("a glob").matches(name);
        assert!(matches("*", "") && matches("*", "a/b") && matches("Leather*", "Leather_01"));
        assert!(matches("{lens,glass}", "glass") && matches("exact", "exact") && matches("[ab]?", "bz"));
        assert!(!matches("Leather*", "leather") && !matches("exact", "exactly") && !matches("?", ""));
        assert!(NameGlob::new("[a").is_err());
    }

    #[test]
    fn stems_are_what_is_before_the_last_dot() {
        assert_eq!([stem("a/b.c.glb"), stem(".hidden"), stem("plain")], ["b.c", ".hidden", "plain"]);
    }
}
