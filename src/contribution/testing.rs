//! A small plan and variations of it without renderer and assets, for tests of this module.

use super::{Entry, Outcome, Output, OutputDir};
use crate::annotate::{self, LayerFile};
use crate::compose::compose;
use crate::film::{Film, Geometry};
use crate::formats::json::canonical;
use crate::hash::sha256;
use crate::math::{Bounds, Vec3};
use crate::plan::{Plan, PlannedAsset, Variation};
use crate::reason::Reason;
use crate::recipe;
use crate::scene::{Asset, AssetFacts, Library, Material, Mesh};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    let drawn = plan.variation(variation, 0);
    let outcome = match variation % 5 == 3 {
        true => Outcome::Failed { reason: Reason::AssetMalformed, message: "toy.glb: cut\noff".into() },
        false => Outcome::Made(outputs(plan, &drawn)),
    };
    Entry { variation, attempt: 0, credits: plan.credits_per_variation(), drawn: drawn.drawn_digest(), outcome }
}

/// All files of a variation, as a run makes them, of films that no renderer made.
fn outputs(plan: &Plan, variation: &Variation) -> Vec<Output> {
    let composed = compose(variation, plan.recipe(), &library()).unwrap();
    let render = &plan.recipe().render;
    let of_view = |view: usize| {
        let film = film(render.size, variation.index * 8 + view as u64);
        let mut files = Vec::new();
        let mut outputs = Vec::new();
        for &layer in &plan.recipe().layers {
            let raster = annotate::raster(&film, layer, &composed.scene.cameras[view], render);
            let bytes = annotate::encode(&raster, layer);
            let name = plan.names().member(variation.index, view as u32, &annotate::extension(layer, render));
            let pixels = raster.pixels_digest();
            files.push(LayerFile { layer, file: name.clone(), sha256: sha256(&bytes), pixels });
            outputs.push(Output { name, bytes, pixels: Some(pixels) });
        }
        let record = annotate::record(plan, variation, &composed, view, &film, &files);
        let name = plan.names().member(variation.index, view as u32, "json");
        outputs.push(Output { name, bytes: canonical(&record), pixels: None });
        outputs
    };
    (0..plan.views_per_variation() as usize).flat_map(of_view).collect()
}

fn film([width, height]: [u32; 2], seed: u64) -> Film {
    let n = (width * height) as usize;
    let value = |i: usize| ((i as u64 * 7 + seed * 31) % 256) as f32 / 256.0;
    let geometry = Geometry {
        depth: (0..n).map(value).collect(),
        distance: (0..n).map(value).collect(),
        normal: (0..n).map(|_| [0.0, 0.0, 1.0]).collect(),
        material: (0..n).map(|i| [value(i), 0.0]).collect(),
        instance: (0..n).map(|i| (i % 2) as u16).collect(),
        semantic: (0..n).map(|i| (i % 2) as u16).collect(),
    };
    let radiance = (0..n).map(|i| [value(i), value(i + 1), value(i + 2), 1.0]).collect();
    Film { width, height, radiance, albedo: vec![[0.5; 3]; n], geometry }
}

/// One triangle under the identity of the plan's toy.
fn library() -> Library {
    let mesh = Mesh {
        positions: vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        normals: vec![[0.0, 0.0, 1.0]; 3],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; 3],
        uv0: vec![[0.0; 2]; 3],
        triangles: vec![[0, 1, 2]],
        triangle_material: vec![0],
        triangle_part: vec![0],
        ..Mesh::default()
    };
    let facts = AssetFacts {
        sha256: sha256(b"toy"),
        bytes: 3,
        triangles: 1,
        vertices: 3,
        bounds: Bounds { min: Vec3::new(0.0, 0.0, 0.0), max: Vec3::new(1.0, 1.0, 0.0) },
        material_names: vec![String::new()],
        generator: String::new(),
        warnings: Vec::new(),
    };
    let asset = Asset {
        facts,
        mesh: Arc::new(mesh),
        materials: vec![Material::default()],
        images: Vec::new(),
        lights: Vec::new(),
        part_names: vec!["toy".into()],
    };
    Library { assets: BTreeMap::from([(sha256(b"toy"), Arc::new(asset))]), skies: BTreeMap::new() }
}

/// Puts one shard of `plan` into `dir`.
pub fn make_shard(dir: &OutputDir, plan: &Plan, shard: u64) {
    let mut writer = dir.begin_shard(shard).unwrap();
    // Backwards: the order of arrival does not count.
    plan.shard_range(shard).rev().for_each(|i| writer.push(entry(plan, i)).unwrap());
    writer.commit().unwrap();
}
