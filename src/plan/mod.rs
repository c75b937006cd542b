//! Recipe + assets by digest → [`Plan`] → [`Variation`]: what will be made, fixed to the last bit before anything is made.
//!
//! Pure: no file, clock or device. A plan holds nothing a variation: planning 10⁹ of them costs what planning one does.
//! Every random value is a function of (seed, variation, attempt, view, path), so that no value hangs on another key.

pub mod cameras;
mod doc;
pub mod draw;
pub mod estimate;
pub mod lens;
pub mod license;
mod lights;
mod look;
pub mod names;
pub mod normal;
pub mod pick;
pub mod sensor;
mod tables;
pub mod value;
pub mod variation;

#[cfg(test)]
mod tests;

pub use cameras::{Distance, MotionSpec, Placement, Target, ViewSpec};
pub use lens::{LensSpec, Sharp, ThinLens};
pub use names::Names;
pub use sensor::SensorSpec;
pub use tables::NameGlob;
pub use value::{Drawn, DrawnValue, drawn_digest};
pub use variation::{
    AssetChoice, Edit, GroundPlane, SkySource, SunSky, Variation, VariationAim, VariationLight, VariationObject,
    VariationPose, VariationShape, VariationSky,
};

use crate::diag::{Place, Problem, Problems};
use crate::hash::{Digest, sha256};
use crate::recipe::Recipe;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tables::Tables;

/// Of plan.json: raised when its keys or their meaning change.
pub const FORMAT: u32 = 1;
/// Raised whenever any pixel of the CPU renderer may change.
pub const ENGINE: u32 = 1;

/// So that an index times a count of instances stays in 64 bits.
const MAX_VARIATIONS: u64 = 1 << 48;
/// All views of a variation are drawn at once and each record holds what was drawn for all of them; whoever checks a
/// stranger's receipts draws each variation that they name.
const MAX_VIEWS: u64 = 10_000;

/// One asset of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedAsset {
    /// `/`-separated, relative to the recipe's folder.
    pub path: String,
    /// Its identity: over the file and all files that it refers to.
    pub sha256: Digest,
    pub bytes: u64,
    /// SPDX id; empty: not stated.
    pub license: String,
    /// Whom to name; empty: not stated.
    pub attribution: String,
    /// Empty: the file's stem.
    pub class: String,
    /// Above 0.
    pub weight: f64,
    /// Names of its looks (KHR_materials_variants), in file order; none of a sky.
    pub variants: Vec<String>,
    /// Names of its clips, in file order; none of a sky.
    pub clips: Vec<String>,
}

/// What the planner accepts beyond the recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Licences that the user vouches for (`--accept-license`).
    pub accepted_licenses: BTreeSet<String>,
    /// Plans above it are refused; `None`: no limit.
    pub max_credits: Option<u128>,
}

/// The fully resolved recipe with its assets. Equal plans have equal bytes and so equal ids.
#[derive(Clone, Debug)]
pub struct Plan {
    recipe: Recipe,
    pools: BTreeMap<String, Vec<PlannedAsset>>,
    warnings: Problems,
    names: Names,
    /// [`ENGINE`], but for a plan that was read to be checked only.
    engine: u32,
    variations: u64,
    views: u32,
    credits_per_variation: u64,
    tables: Tables,
    bytes: Vec<u8>,
    id: Digest,
}

impl Plan {
    /// Checks what only recipe and assets together can say: counts, credits, licences. Warnings are in [`Plan::warnings`].
    pub fn new(recipe: Recipe, pools: BTreeMap<String, Vec<PlannedAsset>>) -> Result<Plan, Problems> {
        Plan::with_terms(recipe, pools, &Terms::default())
    }

    /// As [`Plan::new`], with what the user accepts.
    pub fn with_terms(
        recipe: Recipe,
        pools: BTreeMap<String, Vec<PlannedAsset>>,
        terms: &Terms,
    ) -> Result<Plan, Problems> {
        let mut problems = license::check(&recipe, &pools, &terms.accepted_licenses);
        let plan = Plan::build(recipe, pools, ENGINE, &mut problems);
        let too_dear = plan.as_ref().zip(terms.max_credits).filter(|(plan, limit)| plan.credits() > *limit);
        if let Some((plan, limit)) = too_dear {
            let message = format!("the plan costs {} credits, and the limit is {limit}", plan.credits());
            problems.push(
                Problem::error(Place::default(), message)
                    .with_hint("lower variations, views, render.size or render.spp, or raise --max-credits"),
            );
        }
        match plan {
            Some(plan) if !problems.has_errors() => Ok(Plan { warnings: problems, ..plan }),
            _ => Err(problems),
        }
    }

    /// Reads plan.json. `file`: its name, for messages.
    ///
    /// Licences were its maker's to judge: what this table would refuse comes as a warning.
    pub fn from_bytes(file: &str, bytes: &[u8]) -> Result<Plan, Problems> {
        doc::read(file, bytes, Some(ENGINE))
    }

    /// As [`Plan::from_bytes`], of whatever engine: what is drawn hangs on `format` alone. Not to be rendered by this engine.
    pub fn of_any_engine(file: &str, bytes: &[u8]) -> Result<Plan, Problems> {
        doc::read(file, bytes, None)
    }

    /// plan.json: RFC 8785 canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// SHA-256 of [`Plan::to_bytes`].
    pub fn id(&self) -> Digest {
        self.id
    }

    /// The engine that its pixels are of.
    pub fn engine(&self) -> u32 {
        self.engine
    }

    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Assets by pool, ordered by digest.
    pub fn pools(&self) -> &BTreeMap<String, Vec<PlannedAsset>> {
        &self.pools
    }

    /// The asset that a variation chose.
    pub fn asset(&self, choice: &AssetChoice) -> &PlannedAsset {
        &self.pools[&*choice.pool][choice.index as usize]
    }

    /// One asset for each identity.
    pub fn assets_by_digest(&self) -> BTreeMap<Digest, &PlannedAsset> {
        let all = self.pools.values().flatten();
        all.map(|asset| (asset.sha256, asset)).collect()
    }

    /// Class names and their ids in the `semantic` layer: from 1, sorted, over all pools that objects pick from.
    pub fn classes(&self) -> &BTreeMap<String, u16> {
        &self.tables.classes
    }

    pub fn warnings(&self) -> &Problems {
        &self.warnings
    }

    /// How many variations there are: the recipe's number times the sizes of the pools that are picked `each` in turn.
    pub fn variations(&self) -> u64 {
        self.variations
    }

    pub fn views_per_variation(&self) -> u32 {
        self.views
    }

    /// Camera samples: Σ views width × height × spp × frames.
    pub fn credits_per_variation(&self) -> u64 {
        self.credits_per_variation
    }

    /// The most objects that a variation can have.
    pub fn most_objects(&self) -> u64 {
        self.tables.objects.iter().map(|object| u64::from(object.largest_count)).sum()
    }

    /// Of the whole plan.
    pub fn credits(&self) -> u128 {
        u128::from(self.credits_per_variation) * u128::from(self.variations)
    }

    pub fn shard_count(&self) -> u64 {
        self.variations.div_ceil(u64::from(self.recipe.package.shard))
    }

    /// The variations of a shard; empty past the last one.
    pub fn shard_range(&self, shard: u64) -> Range<u64> {
        let size = u64::from(self.recipe.package.shard);
        let start = shard.saturating_mul(size).min(self.variations);
        start..start.saturating_add(size).min(self.variations)
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Draws variation `index`. `attempt`: which redraw; 0 is the first.
    pub fn variation(&self, index: u64, attempt: u32) -> Variation {
        variation::draw(self, index, attempt)
    }

    /// `None` where a problem leaves nothing to count.
    fn build(
        mut recipe: Recipe,
        mut pools: BTreeMap<String, Vec<PlannedAsset>>,
        engine: u32,
        problems: &mut Problems,
    ) -> Option<Plan> {
        // Where an entry stands in the artist's text is nothing that a plan hangs on.
        for entry in recipe.assets.values_mut().flat_map(|pool| &mut pool.entries) {
            (entry.line, entry.column) = (0, 0);
        }
        for (name, assets) in &mut pools {
            tables::tidy_pool(name, assets, problems);
        }
        let tables = Tables::new(&recipe, &pools, problems)?;
        let variations = counted(recipe.variations.checked_mul(tables.cells), MAX_VARIATIONS, "variations", problems)?;
        let views: u64 = recipe.cameras.iter().map(cameras::view_count).sum();
        if views == 0 {
            let problem = Problem::error(Place::default(), "cameras: there is no view");
            problems.push(problem.with_hint("give a rig at least one view"));
            return None;
        }
        let views = counted(Some(views), MAX_VIEWS, "views", problems)?;
        let [width, height] = recipe.render.size.map(u64::from);
        let per_view = (width * height).checked_mul(u64::from(recipe.render.spp));
        let credits_per_variation =
            counted(per_view.and_then(|n| n.checked_mul(views)), u64::MAX, "camera samples", problems)?;
        let n_shards = variations.div_ceil(u64::from(recipe.package.shard));
        let names = Names::new(&recipe.name, recipe.package.group, variations, views, n_shards);
        let mut plan = Plan {
            recipe,
            pools,
            warnings: Problems::default(),
            names,
            engine,
            variations,
            views: views as u32,
            credits_per_variation,
            tables,
            bytes: Vec::new(),
            id: Digest::default(),
        };
        plan.bytes = doc::write(&plan);
        plan.id = sha256(&plan.bytes);
        Some(plan)
    }
}

/// `n` where it is known and within `limit`; else a problem.
fn counted(n: Option<u64>, limit: u64, what: &str, problems: &mut Problems) -> Option<u64> {
    let counted = n.filter(|&n| n <= limit);
    if counted.is_none() {
        let seen = n.map_or(String::new(), |n| format!(" ({n})"));
        let problem = Problem::error(Place::default(), format!("too many {what}{seen}: the limit is {limit}"));
        problems.push(match what {
            "views" => problem.with_hint("more variations of fewer views show as much"),
            _ => problem,
        });
    }
    counted
}
