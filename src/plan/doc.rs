//! plan.json: the plan as RFC 8785 canonical JSON, and back. Knows no files.

use super::{FORMAT, Plan, PlannedAsset, Terms};
use crate::diag::{Place, Problem, Problems, Severity};
use crate::formats::json;
use crate::hash::Digest;
use crate::recipe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands in plan.json. 64-bit numbers are decimal strings: JSON readers keep 53 bits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanDoc {
    format: u32,
    engine: u32,
    recipe: serde_json::Value,
    /// By pool, ordered by digest.
    assets: BTreeMap<String, Vec<AssetDoc>>,
    seed: String,
    /// After `each`.
    variations: String,
    views: u32,
    /// Variations in a shard; a power of two.
    shard: u32,
    /// Of the whole plan.
    credits: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetDoc {
    path: String,
    sha256: Digest,
    bytes: String,
    license: String,
    attribution: String,
    class: String,
    weight: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    variants: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    clips: Vec<String>,
}

/// The bytes that `plan_id` is the digest of.
pub(super) fn write(plan: &Plan) -> Vec<u8> {
    let asset = |a: &PlannedAsset| AssetDoc {
        path: a.path.clone(),
        sha256: a.sha256,
        bytes: a.bytes.to_string(),
        license: a.license.clone(),
        attribution: a.attribution.clone(),
        class: a.class.clone(),
        weight: a.weight,
        variants: a.variants.clone(),
        clips: a.clips.clone(),
    };
    let pools = plan.pools.iter().map(|(name, assets)| (name.clone(), assets.iter().map(asset).collect()));
    json::canonical(&PlanDoc {
        format: FORMAT,
        engine: plan.engine,
        recipe: recipe::resolve(&plan.recipe),
        assets: pools.collect(),
        seed: plan.recipe.seed.to_string(),
        variations: plan.variations.to_string(),
        views: plan.views,
        shard: plan.recipe.package.shard,
        credits: plan.credits().to_string(),
    })
}

/// See [`Plan::from_bytes`]. `engine`: the only one that is taken, if any.
pub(super) fn read(file: &str, bytes: &[u8], engine: Option<u32>) -> Result<Plan, Problems> {
    let refuse =
        |message: String, hint: &str| Err(Problems(vec![Problem::error(Place::file(file), message).with_hint(hint)]));
    const AGAIN: &str = "make it again from its recipe: genki plan RECIPE -o plan.json";
    let value = match json::parse_strict(bytes) {
        Ok(value) => value,
        Err(error) => return refuse(format!("not a plan: {error}"), AGAIN),
    };
    for (key, ours) in [("format", Some(FORMAT)), ("engine", engine)] {
        let Some(theirs) = value.get(key).and_then(serde_json::Value::as_u64) else {
            return refuse(format!("not a plan: `{key}` is missing or no number"), AGAIN);
        };
        if let Some(ours) = ours.filter(|&ours| theirs != u64::from(ours)) {
            return refuse(
                format!("the plan is of {key} {theirs}, and this genki has {key} {ours}"),
                "use the genki that made it, or make the plan again from its recipe (its plan_id and pixels change)",
            );
        }
    }
    let doc: PlanDoc = match serde_json::from_value(value) {
        Ok(doc) => doc,
        Err(error) => return refuse(format!("not a plan: {error}"), AGAIN),
    };
    let (recipe, mut problems) = recipe::from_resolved(file, &doc.recipe);
    let Some(recipe) = recipe else {
        return Err(problems);
    };
    let mut pools = BTreeMap::new();
    for (name, assets) in doc.assets {
        let Some(assets) = assets.into_iter().map(planned).collect::<Option<Vec<_>>>() else {
            return refuse(format!("not a plan: an asset of pool `{name}` has a size that is no number"), AGAIN);
        };
        pools.insert(name, assets);
    }
    let mut licences = super::license::check(&recipe, &pools, &Terms::default().accepted_licenses);
    licences.0.iter_mut().for_each(|problem| problem.severity = Severity::Warning);
    problems.0.append(&mut licences.0);
    match Plan::build(recipe, pools, doc.engine, &mut problems) {
        Some(plan) if problems.has_errors() => drop(plan),
        Some(plan) if plan.bytes == bytes => return Ok(Plan { warnings: problems, ..plan }),
        Some(_) => {
            return refuse(
                "the plan was altered: its bytes are not the canonical form of what it says".to_string(),
                "plans are not edited by hand: change the recipe and make the plan again",
            );
        }
        None => {}
    }
    for problem in &mut problems.0 {
        if problem.place.file.is_empty() {
            problem.place.file = file.to_string();
        }
    }
    Err(problems)
}

fn planned(doc: AssetDoc) -> Option<PlannedAsset> {
    Some(PlannedAsset {
        path: doc.path,
        sha256: doc.sha256,
        bytes: doc.bytes.parse().ok()?,
        license: doc.license,
        attribution: doc.attribution,
        class: doc.class,
        weight: doc.weight,
        variants: doc.variants,
        clips: doc.clips,
    })
}
