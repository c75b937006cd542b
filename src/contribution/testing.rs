//! A small plan and variations of it without renderer and assets, for tests of this module.

use super::{Entry, Outcome, Output};
use crate::formats::json::canonical;
use crate::formats::raster::{Raster, Samples};
use crate::formats::{exr, png};
use crate::hash::sha256;
use crate::layer::Layer;
use crate::plan::{Plan, PlannedAsset};
use crate::reason::Reason;
use crate::recipe;
use serde_json::json;
use std::collections::BTreeMap;

pub const RECIPE: &str = "\
genki: 1
name: toys
about: Toys | for <tests>
license: CC-BY-4.0
variations: 5
assets:
  toys: [{path: toy.glb, license: CC0-1.0, attribution: \"A. Maker\", class: toy}]
scene:
  objects: [{id: hero, from: toys, rotation: random}]
cameras: [{id: around, rig: orbit, views: 2}]
render: {size: [6, 4], spp: 2}
layers: [rgb, depth, instance]
package: {shard: 2}
";

pub fn plan() -> Plan {
    plan_of(RECIPE)
}

pub fn plan_of(text: &str) -> Plan {
    let (recipe, problems) = recipe::read("toys.yaml", text, &[]);
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let toy = PlannedAsset {
        path: "toy.glb".into(),
        sha256: sha256(b"toy"),
        bytes: 3,
        license: "CC0-1.0".into(),
        attribution: "A. Maker".into(),
        class: "toy".into(),
        weight: 1.0,
    };
    Plan::new(recipe, BTreeMap::from([("toys".to_string(), vec![toy])])).unwrap_or_else(|p| panic!("{p:?}"))
}

/// Every fifth variation from 3 fails; the others have pictures of their own.
pub fn entry(plan: &Plan, variation: u64) -> Entry {
    let drawn = plan.variation(variation, 0).drawn_digest();
    let outcome = match variation % 5 == 3 {
        true => Outcome::Failed { reason: Reason::AssetMalformed, message: "toy.glb: cut\noff".into() },
        false => Outcome::Made(
            (0..plan.views_per_variation()).flat_map(|view| view_outputs(plan, variation, view)).collect(),
        ),
    };
    Entry { variation, attempt: 0, credits: plan.credits_per_variation(), drawn, outcome }
}

fn view_outputs(plan: &Plan, variation: u64, view: u32) -> Vec<Output> {
    let mut outputs: Vec<Output> =
        plan.recipe().layers.iter().map(|&layer| layer_output(plan, variation, view, layer)).collect();
    let facts = |(o, layer): (&Output, &Layer)| {
        (layer.name().to_string(), json!({"file": o.name, "sha256": sha256(&o.bytes), "pixels": o.pixels}))
    };
    let layers: serde_json::Map<String, serde_json::Value> =
        outputs.iter().zip(&plan.recipe().layers).map(facts).collect();
    let record = json!({
        "key": plan.names().view_key(variation, view),
        "plan_id": plan.id(),
        "variation": variation.to_string(),
        "attempt": 0,
        "view": view,
        "layers": layers,
    });
    let name = plan.names().member(variation, view, "json");
    outputs.push(Output { name, bytes: canonical(&record), pixels: None });
    outputs
}

fn layer_output(plan: &Plan, variation: u64, view: u32, layer: Layer) -> Output {
    let [width, height] = plan.recipe().render.size;
    let n = (width * height) as usize;
    let value = |i: usize| (i as u64 * 7 + variation * 31 + u64::from(view) * 3) as u16;
    let (extension, channels, samples) = match layer {
        Layer::Rgb => ("rgb.png", 4, Samples::U8((0..4 * n).map(|i| value(i) as u8).collect())),
        Layer::Depth => ("depth.exr", 1, Samples::F32((0..n).map(|i| f32::from(value(i))).collect())),
        _ => ("instance.png", 1, Samples::U16((0..n).map(value).collect())),
    };
    let raster = Raster { width, height, channels, samples };
    let bytes = if layer == Layer::Depth { exr::encode(&raster, &["Z"]) } else { png::encode(&raster) };
    Output { name: plan.names().member(variation, view, extension), bytes, pixels: Some(raster.pixels_digest()) }
}
