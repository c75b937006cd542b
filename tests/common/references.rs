//! The scenes of the pictures that other renderers made, as scene.py and cameras.json of the peers describe them.
//! Shared by tests/references.rs and examples/compare_references.rs.

use genki::asset::{Budget, load_model, load_sky};
use genki::math::{Affine, Vec3};
use genki::scene::{Camera, Instance, Lens, Scene, Sky, SkyLight};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

pub const NAMES: [&str; 6] = ["helmet_a", "helmet_b", "flight_a", "flight_b", "spheres_grey", "spheres_sky"];

/// Scatterings on a path of the references.
pub const BOUNCES: u32 = 6;

/// The scene of one of [`NAMES`], with one square camera of `size` pixels. `peers`: their folder, beside that of the assets.
pub fn reference_scene(peers: &Path, name: &str, size: u32) -> anyhow::Result<Scene> {
    let cameras: Value = serde_json::from_str(&std::fs::read_to_string(peers.join("cameras.json"))?)?;
    let (subject, view) = name.split_once('_').ok_or_else(|| anyhow::anyhow!("{name} has no view"))?;
    let (asset_name, view_name) = match subject {
        "helmet" => ("DamagedHelmet", view),
        "flight" => ("FlightHelmet", view),
        _ => ("spheres", "front"),
    };
    let assets = peers.join("../assets");
    let entry = &cameras["assets"][asset_name];
    let file = entry["file"].as_str().ok_or_else(|| anyhow::anyhow!("{asset_name} has no file"))?;
    let asset = load_model(&assets.join(file), &Budget::default())?;
    let light = if view == "grey" {
        SkyLight::Constant(Vec3::splat(0.5))
    } else {
        let file = Path::new("environments/royal_esplanade_1k.hdr");
        SkyLight::Image(Arc::new(load_sky(&assets.join(file), &Budget::default())?))
    };
    let k = |i: usize, j: usize| -> f64 { cameras["K"][i][j].as_f64().unwrap_or(0.0) };
    let scale = f64::from(size) / cameras["size"][0].as_f64().unwrap_or(512.0);
    let camera = Camera {
        world_from_camera: affine(&cameras["views"][view_name]["cam2world"]),
        fx: (k(0, 0) * scale) as f32,
        fy: (k(1, 1) * scale) as f32,
        cx: (k(0, 2) * scale) as f32,
        cy: (k(1, 2) * scale) as f32,
        width: size,
        height: size,
        seed: [1, 2],
        lens: Lens::PINHOLE,
        sensor: None,
    };
    Ok(Scene {
        instances: vec![Instance {
            mesh_digest: asset.facts.sha256,
            mesh: asset.mesh,
            world_from_object: affine(&entry["world_from_gltf"]),
            material_base: 0,
            object_id: 1,
            class_id: 1,
        }],
        materials: asset.materials,
        images: asset.images,
        lights: vec![],
        sky: Sky { light, rotation_rad: 0.0, scale: 1.0, visible: false },
        cameras: vec![camera],
    })
}

fn affine(matrix: &Value) -> Affine {
    let rows = std::array::from_fn(|i| std::array::from_fn(|j| matrix[i][j].as_f64().unwrap_or(0.0) as f32));
    Affine { rows }
}
