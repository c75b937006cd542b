//! Real assets composed as the peers' scripts place them: `../shared/peers/cameras.json`, made by numpy.

use genki::asset::{Budget, load_model};
use genki::compose::compose;
use genki::plan::{Plan, PlannedAsset};
use genki::scene::{Camera, Library};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The shared folder, or `None` (said aloud) where this checkout has none.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if folder.join("peers/cameras.json").is_file() {
        return Some(folder);
    }
    assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", folder.display());
    println!("skipped: no {}", folder.display());
    None
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    let rows = value.as_array().expect("rows");
    let row = |r: &Value| r.as_array().expect("a row").iter().map(|x| x.as_f64().expect("a number")).collect();
    rows.iter().map(row).collect()
}

/// The largest difference of two matrices.
fn difference(ours: &[[f32; 4]; 4], theirs: &Value) -> f64 {
    let theirs = matrix(theirs);
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    pairs.map(|(&a, &b)| (f64::from(a) - b).abs()).fold(0.0, f64::max)
}

const RECIPE: &str = "
genki: 1
name: peers
license: CC0-1.0
assets: {models: [model.glb]}
scene: {objects: [{id: hero, from: models, fit: unit}]}
cameras:
  - {id: a, rig: orbit, views: 1, radius: 1.9, elevation_deg: 15, azimuth_deg: {min: -60, max: -60}, look_at: [0, 0, 0], fov_deg: 40}
  - {id: b, rig: orbit, views: 1, radius: 1.9, elevation_deg: 30, azimuth_deg: {min: -150, max: -150}, look_at: hero, fov_deg: 40}
  - {id: front, rig: fixed, position: [0, -1.9, 0], look_at: [0, 0, 0], fov_deg: 40}
  - {id: turn, rig: orbit, views: 24, radius: 1.9, elevation_deg: 15, azimuth_deg: {min: -60, max: 300}, look_at: hero, fov_deg: 40}
render: {size: [512, 512]}
";

fn composed(model: &Path) -> (Vec<Camera>, genki::compose::PlacedObject) {
    let (recipe, problems) = genki::recipe::read("peers.yaml", RECIPE, &[]);
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let asset = load_model(model, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
    let planned = PlannedAsset {
        path: "model.glb".into(),
        sha256: asset.facts.sha256,
        bytes: asset.facts.bytes,
        license: "CC0-1.0".into(),
        attribution: String::new(),
        class: "model".into(),
        weight: 1.0,
        variants: Vec::new(),
        clips: Vec::new(),
    };
    let plan = Plan::new(recipe, BTreeMap::from([("models".to_string(), vec![planned])])).expect("a plan");
    let mut library = Library::default();
    library.assets.insert(asset.facts.sha256, Arc::new(asset));
    let composed = compose(&plan.variation(0, 0), plan.recipe(), &library).expect("a scene");
    (composed.scene.cameras, composed.objects.into_iter().next().expect("one object"))
}

#[test]
fn placement_and_poses_are_those_of_the_peers() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("peers/cameras.json")).expect("cameras.json");
    let theirs: Value = serde_json::from_str(&text).expect("JSON");
    let assets = theirs["assets"].as_object().expect("assets");
    assert!(assets.contains_key("DamagedHelmet"));
    for (name, entry) in assets {
        let (cameras, object) = composed(&shared.join("assets").join(entry["file"].as_str().expect("a file")));
        // Relative to offsets of up to a metre f32 keeps 6e-8; the engine's file is hundreds of units wide.
        let off = difference(&object.world_from_gltf.to_matrix4(), &entry["world_from_gltf"]);
        assert!(off < 1e-6, "{name}: {off}");
        let bounds = object.bounds();
        assert!((f64::from(bounds.size().max_component()) - 1.0).abs() < 1e-6, "{name}: {bounds:?}");
        let mut expected = ["a", "b", "front"].map(|view| &theirs["views"][view]).to_vec();
        expected.extend(theirs["orbit"].as_array().expect("an orbit"));
        assert_eq!(expected.len(), 27);
        assert_eq!(cameras.len(), expected.len());
        for (camera, pose) in cameras.iter().zip(expected) {
            let off = difference(&camera.world_from_camera.to_matrix4(), &pose["cam2world"]);
            assert!(off < 1e-6, "{name} {pose}: {off}");
            let k = matrix(&theirs["K"]);
            assert!((f64::from(camera.fx) - k[0][0]).abs() < 1e-4 && (f64::from(camera.fy) - k[1][1]).abs() < 1e-4);
            assert_eq!([camera.cx, camera.cy].map(f64::from), [k[0][2], k[1][2]]);
        }
    }
}

#[test]
fn the_comparison_rejects_a_pose_that_is_off_by_a_thousandth() {
    let identity: Value = serde_json::json!([[1.0, 0.0, 0.0, 0.001], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    assert!(difference(&genki::math::Affine::IDENTITY.to_matrix4(), &identity) > 1e-4);
}
