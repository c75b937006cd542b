//! Lowering of the whole recipe: from positioned nodes to checked values. Knows the words of the language, no files.

mod cameras;
mod frames;
mod idle;
mod lens;
mod lights;
mod names;
mod scene;
mod sensor;

pub use cameras::file_camera;
pub use lens::{BROWN, FISHEYE};
pub use names::wrong_with_path;

use super::hints::{did_you_mean, either};
use super::node::{At, Kind, Node};
use super::reader::{Reader, check_repeats, entries_of, items_of, open};
use super::scalars::{integer, number, small_integer, some_text, text, word};
use super::schema::Field;
use super::tables::{PACKAGE, POOL_ENTRY, RECIPE, RENDER, SHARE};
use super::types::{
    Background, DepthSensor, Group, Number, Package, Pool, PoolEntry, Recipe, Render, Scattering, Share, Sides, Tone,
};
use super::values::{limit, size};
use crate::layer::Layer;
use std::collections::{BTreeMap, BTreeSet};

/// All thousandths there are to share.
const ALL_PERMILLE: u64 = 1000;

/// What other parts of the recipe may name.
#[derive(Default)]
pub struct Known {
    /// Names of pools, also of those that have problems.
    pub pools: BTreeSet<String>,
    pub used_pools: BTreeSet<String>,
    /// Where they stand, if nothing is wrong with them.
    pub pools_at: Option<At>,
    /// Ids of objects.
    pub objects: BTreeSet<String>,
    /// Some id couldn't be read: an unknown one may be meant.
    pub objects_unsure: bool,
}

/// The recipe, or `None` after problems that make one impossible. `file_name`: where its name comes from, if it has none.
pub fn recipe(r: &mut Reader, node: &Node, file_name: &str) -> Option<Recipe> {
    if matches!(node.kind, Kind::Null) {
        r.error_with_hint(
            At { line: 0, ..node.at },
            "the recipe is empty",
            "the smallest one is `genki: 1` and `assets: {models: [\"*.glb\"]}`",
        );
        return None;
    }
    version(r, node)?;
    let m = open(r, &RECIPE, node)?;
    let mut known = Known::default();
    if let Some(entry) = m.entry("assets")
        && let Kind::Map(pools) = &entry.value.kind
    {
        known.pools = pools.iter().map(|pool| pool.key.clone()).collect();
    }
    let name = match m.optional(r, "name", names::name) {
        Some(None) => Some(names::name_of_file(file_name)),
        given => given.flatten(),
    };
    let about = m.read(r, "about", text);
    let license = m.read(r, "license", names::license);
    let shares = m.read(r, "shares", shares);
    let seed = m.read(r, "seed", integer);
    let variations = m.read(r, "variations", integer);
    let assets = m.read(r, "assets", pools);
    known.pools_at = m.entry("assets").filter(|_| assets.is_some()).map(|entry| entry.key_at);
    let scene = scene::read(r, &m, &mut known);
    let cameras = cameras::read(r, &m, &known);
    let frames = m.read(r, "frames", frames::read);
    let render = m.read(r, "render", render);
    let sensor = m.read(r, "sensor", sensor::read);
    let layers = m.read(r, "layers", layers);
    let package = m.read(r, "package", package);
    if let (Some(_), Some(entry)) = (&scene, m.entry("assets")) {
        warn_of_unused(r, entry.value.clone(), &known);
    }
    if let (Some(render), Some(rigs), Some(entry)) = (&render, &cameras, m.entry("cameras")) {
        lens::refuse_folds(r, &entry.value, rigs, render.size);
    }
    if let (Some(render), Some(sensor)) = (&render, &sensor)
        && render.tone == Tone::None
        && sensor.jpeg_quality != Number::Constant(0.0)
    {
        let at = m.entry("sensor").map_or(m.at(), |entry| entry.key_at);
        let hint = "remove `jpeg_quality`, or use `tone: srgb`";
        r.error_with_hint(at, "a JPEG has 8 bits, and `tone: none` writes half floats", hint);
    }
    if let (Some(layers), Some(sensor)) = (&layers, &sensor)
        && layers.contains(&Layer::DepthSensor)
        && sensor.depth == DepthSensor::None
    {
        let at = m.entry("layers").map_or(m.at(), |entry| entry.key_at);
        let hint = "as `sensor: {depth: structured_light}` or `sensor: {depth: stereo}`";
        r.error_with_hint(at, "layer `depth_sensor` needs a `sensor` with `depth`", hint);
    }
    if let (Some(cameras), Some(sensor)) = (&cameras, &sensor) {
        sensor::check_lenses(r, &m, sensor, cameras);
    }
    if let (Some(layers), Some(sensor), Some(frames)) = (&layers, &sensor, &frames) {
        idle::of_depth_sensor(r, &m, sensor, layers);
        idle::of_motion(r, &m, frames, layers);
    }
    Some(Recipe {
        name: name?,
        about: about?,
        license: license?,
        shares: shares?,
        seed: seed?,
        variations: variations?,
        assets: assets?,
        scene: scene?,
        cameras: cameras?,
        frames: frames?,
        render: render?,
        sensor: sensor?,
        layers: layers?,
        package: package?,
    })
}

/// The pools alone, of a recipe that may be wrong elsewhere.
pub fn pools_alone(r: &mut Reader, node: &Node) -> Option<BTreeMap<String, Pool>> {
    let m = open(r, &RECIPE, node)?;
    m.read(r, "assets", pools)
}

/// Of another version nothing else is read: its words may mean something else.
fn version(r: &mut Reader, node: &Node) -> Option<()> {
    let Kind::Map(entries) = &node.kind else { return Some(()) };
    let Some(entry) = entries.iter().find(|entry| entry.key == "genki") else {
        r.error_with_hint(
            node.at,
            "the version of the recipe language is missing",
            "write `genki: 1` as the first line",
        );
        return Some(());
    };
    match &entry.value.kind {
        Kind::Int(1) => Some(()),
        Kind::Int(other) => {
            let hint = if *other > 1 { "a newer genki may read it" } else { "write `genki: 1`" };
            r.error_with_hint(
                entry.value.at,
                format!("this recipe is of version {other}, but version 1 is read"),
                hint,
            );
            None
        }
        _ => {
            r.error_with_hint(
                entry.value.at,
                format!("genki is {}, but it is the number 1", entry.value.describe()),
                "write `genki: 1`",
            );
            Some(())
        }
    }
}

fn warn_of_unused(r: &mut Reader, pools: Node, known: &Known) {
    let Kind::Map(entries) = pools.kind else { return };
    for entry in entries.iter().filter(|entry| !known.used_pools.contains(&entry.key)) {
        r.warning(
            entry.key_at,
            format!("pool `{}` is never used", entry.key),
            "an object or the sky uses it by `from`",
        );
    }
}

fn shares(r: &mut Reader, field: &Field, node: &Node) -> Option<Vec<Share>> {
    let items = items_of(r, field.name, node)?;
    let mut total = 0;
    let mut shares = Vec::new();
    for node in items {
        let share = share(r, node);
        if let Some(share) = &share {
            let before = total;
            total += u64::from(share.permille);
            if before <= ALL_PERMILLE && total > ALL_PERMILLE {
                let message =
                    format!("the shares come to {total} permille here, but all there is to share is {ALL_PERMILLE}");
                r.error_with_hint(node.at, message, "what is left goes to whoever renders");
            }
        }
        shares.push(share);
    }
    shares.into_iter().collect()
}

fn share(r: &mut Reader, node: &Node) -> Option<Share> {
    let m = open(r, &SHARE, node)?;
    let role = m.read(r, "role", some_text);
    let name = m.read(r, "name", some_text);
    let account = m.read(r, "account", names::account);
    let permille = m.read(r, "permille", small_integer);
    Some(Share { role: role?, name: name?, account: account?, permille: permille? })
}

fn pools(r: &mut Reader, field: &Field, node: &Node) -> Option<BTreeMap<String, Pool>> {
    if let Kind::List(_) | Kind::Text { .. } = node.kind {
        let message = format!("{} is a mapping of pools, but this is {}", field.name, node.describe());
        r.error_with_hint(node.at, message, "give the pool a name: `assets: {models: [\"*.glb\"]}`");
        return None;
    }
    let entries = entries_of(r, field.name, node)?;
    check_repeats(r, &entries);
    if entries.is_empty() {
        r.error_with_hint(node.at, "assets has no pool", "as `assets: {models: [\"*.glb\"]}`");
        return None;
    }
    let mut pools = BTreeMap::new();
    let mut complete = true;
    for entry in entries {
        let named = names::check_pool_name(r, entry);
        match (named, pool(r, &entry.key, &entry.value)) {
            (Some(()), Some(pool)) => {
                pools.insert(entry.key.clone(), pool);
            }
            _ => complete = false,
        }
    }
    complete.then_some(pools)
}

fn pool(r: &mut Reader, name: &str, node: &Node) -> Option<Pool> {
    if let Some(path) = node.as_text() {
        let hint = format!("write `{name}: [\"{path}\"]`");
        r.error_with_hint(node.at, format!("pool `{name}` is a list of paths, but this is one path"), hint);
        return None;
    }
    let items = items_of(r, &format!("pool `{name}`"), node)?;
    if items.is_empty() {
        r.error(node.at, format!("pool `{name}` is empty"));
        return None;
    }
    let entries: Vec<Option<PoolEntry>> = items.iter().map(|item| pool_entry(r, item)).collect();
    Some(Pool { entries: entries.into_iter().collect::<Option<_>>()? })
}

fn pool_entry(r: &mut Reader, node: &Node) -> Option<PoolEntry> {
    let (line, column) = (node.at.line, node.at.column);
    if let Kind::Text { .. } = node.kind {
        let path = names::path_text(r, "path", node)?;
        let [license, attribution, class] = [String::new(), String::new(), String::new()];
        return Some(PoolEntry { path, license, attribution, class, weight: 1.0, line, column });
    }
    let m = open(r, &POOL_ENTRY, node)?;
    let path = m.read(r, "path", names::path);
    let license = m.read(r, "license", names::license_or_nothing);
    let attribution = m.read(r, "attribution", text);
    let class = m.read(r, "class", names::class);
    let weight = m.read(r, "weight", number);
    Some(PoolEntry {
        path: path?,
        license: license?,
        attribution: attribution?,
        class: class?,
        weight: weight?,
        line,
        column,
    })
}

fn render(r: &mut Reader, _: &Field, node: &Node) -> Option<Render> {
    let m = open(r, &RENDER, node)?;
    let size = m.read(r, "size", size);
    let spp = m.read(r, "spp", small_integer);
    let bounces = m.read(r, "bounces", small_integer);
    let exposure_ev = m.read(r, "exposure_ev", number);
    let tone = m.read(r, "tone", word);
    let background = m.read(r, "background", word);
    let max_texture_px = m.read(r, "max_texture_px", small_integer);
    let scattering = m.read(r, "scattering", word);
    let sides = m.read(r, "sides", word);
    let clamp = m.read(r, "clamp", limit);
    Some(Render {
        size: size?,
        spp: spp?,
        bounces: bounces?,
        exposure_ev: exposure_ev?,
        tone: match tone? {
            "srgb" => Tone::Srgb,
            "agx" => Tone::Agx,
            "filmic" => Tone::Filmic,
            _ => Tone::None,
        },
        background: match background? {
            "white" => Background::White,
            "black" => Background::Black,
            _ => Background::Transparent,
        },
        max_texture_px: max_texture_px?,
        scattering: if scattering? == "literal" { Scattering::Literal } else { Scattering::Conserving },
        sides: if sides? == "both" { Sides::Both } else { Sides::Asset },
        clamp: clamp?,
    })
}

fn layers(r: &mut Reader, field: &Field, node: &Node) -> Option<Vec<Layer>> {
    let items = items_of(r, field.name, node)?;
    if items.is_empty() {
        r.error(node.at, "layers is empty, so that nothing would be written");
        return None;
    }
    let mut found = BTreeSet::new();
    let mut complete = true;
    for item in items {
        match layer(r, item) {
            Some(layer) if found.contains(&layer) => {
                r.error(item.at, format!("layer `{layer}` is repeated"));
                complete = false;
            }
            Some(layer) => {
                found.insert(layer);
            }
            None => complete = false,
        }
    }
    complete.then(|| Layer::ALL.into_iter().filter(|layer| found.contains(layer)).collect())
}

fn layer(r: &mut Reader, node: &Node) -> Option<Layer> {
    let names = || Layer::ALL.into_iter().map(Layer::name);
    let Some(name) = node.as_text() else {
        r.error(node.at, format!("a layer is {}, but it is {}", node.describe(), either(names())));
        return None;
    };
    let found = Layer::from_name(name);
    if found.is_none() {
        let message = format!("unknown layer `{name}`{}", did_you_mean(name, names()));
        r.error_with_hint(node.at, message, format!("a layer is {}", either(names())));
    }
    found
}

fn package(r: &mut Reader, _: &Field, node: &Node) -> Option<Package> {
    let m = open(r, &PACKAGE, node)?;
    let format = m.read(r, "format", word);
    let shard = m.read(r, "shard", power_of_two);
    let group = m.read(r, "group", word);
    let image = m.read(r, "image", word);
    format?;
    image?;
    Some(Package { shard: shard?, group: if group? == "variation" { Group::Variation } else { Group::View } })
}

/// So that a shard's Merkle root is a node of the whole tree.
fn power_of_two(r: &mut Reader, field: &Field, node: &Node) -> Option<u32> {
    let value = small_integer(r, field, node)?;
    if value.is_power_of_two() {
        return Some(value);
    }
    let above = value.next_power_of_two();
    r.error_with_hint(
        node.at,
        format!("{} is {value}, but it is a power of two", field.name),
        format!("write {} or {above}", above / 2),
    );
    None
}
