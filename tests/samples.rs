//! The sample assets are what their generator makes, load without a warning, and stay small.

use genki::asset::{Budget, Kind, load_model, load_sky, survey};
use genki::scene::AlphaMode;
use std::path::{Path, PathBuf};

#[path = "../examples/make_samples/all.rs"]
mod all;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

#[test]
fn the_generator_makes_every_sample_byte_for_byte() {
    let files = all::files();
    assert!(files.len() >= 7);
    for (name, bytes) in &files {
        let kept = std::fs::read(samples().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let differs = kept.iter().zip(bytes).position(|(a, b)| a != b);
        assert!(kept == *bytes, "{name} differs at {differs:?}: cargo run --release --example make_samples");
    }
    let mut in_folder: Vec<String> = std::fs::read_dir(samples())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name != "README.md")
        .collect();
    in_folder.sort();
    let mut made: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    made.sort();
    assert_eq!(in_folder, made);
}

#[test]
fn every_sample_loads_without_a_warning_and_is_small() {
    let (mut models, mut skies) = (0, 0);
    for entry in std::fs::read_dir(samples()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e == "md") {
            continue;
        }
        let facts = survey(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
        assert!(facts.warnings.is_empty(), "{}: {:?}", path.display(), facts.warnings);
        match facts.kind {
            Kind::Model => {
                models += 1;
                assert!(facts.bytes < 400 << 10, "{} has {} bytes", path.display(), facts.bytes);
                assert_eq!(facts.copyright, "CC0-1.0");
                let asset = load_model(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
                assert!(asset.facts.warnings.is_empty(), "{}: {:?}", path.display(), asset.facts.warnings);
                // It stands on the ground (y = 0 in the file) and is of a size to hold.
                let (bounds, size) = (asset.facts.bounds, asset.facts.bounds.size());
                assert!(bounds.min.y.abs() < 0.02, "{}: {bounds:?}", path.display());
                assert!(size.max_component() > 0.1 && size.max_component() < 1.0, "{}: {size:?}", path.display());
            }
            Kind::Sky => {
                skies += 1;
                assert!(facts.bytes < 300 << 10, "{} has {} bytes", path.display(), facts.bytes);
                let sky = load_sky(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
                assert_eq!(sky.width, 2 * sky.height);
                assert!(sky.texels.iter().flatten().all(|v| v.is_finite()));
            }
        }
    }
    assert!(models >= 5 && skies >= 2, "saw {models} models and {skies} skies");
}

#[test]
fn the_samples_show_what_their_readme_says() {
    let load = |name: &str| load_model(&samples().join(name), &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
    let wood = load("crate.glb");
    assert!(wood.materials.iter().any(|m| m.normal_texture.is_some() && m.metallic_roughness_texture.is_some()));
    assert!(!wood.mesh.colors.is_empty());
    assert!(load("kettle.glb").materials.iter().filter(|m| m.metallic == 1.0).count() >= 2);
    let lantern = load("lantern.glb");
    assert!(lantern.materials.iter().any(|m| m.alpha == AlphaMode::Blend));
    assert!(lantern.materials.iter().any(|m| m.emissive[0] == 22.0));
    let plant = load("plant.glb");
    assert!(plant.materials.iter().any(|m| m.alpha == AlphaMode::Mask { cutoff: 0.5 } && m.double_sided));
    let robot = load("robot.glb");
    assert!(robot.part_names.len() >= 12, "{:?}", robot.part_names);
    // Mirrored limbs face outward like the others: the closed surfaces enclose a positive volume.
    let volume: f64 =
        robot.mesh.triangles.iter().map(|t| six_volumes(t.map(|v| robot.mesh.positions[v as usize]))).sum();
    let limb = robot.part_names.iter().position(|n| n == "right leg").expect("a leg") as u32;
    let of_limb: f64 = robot
        .mesh
        .triangles
        .iter()
        .zip(&robot.mesh.triangle_part)
        .filter(|(_, part)| **part == limb)
        .map(|(t, _)| six_volumes(t.map(|v| robot.mesh.positions[v as usize])))
        .sum();
    assert!(volume > 0.0 && of_limb > 0.0, "{volume} and {of_limb}");
}

fn six_volumes([a, b, c]: [[f32; 3]; 3]) -> f64 {
    let [a, b, c] = [a, b, c].map(|p| p.map(f64::from));
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    cross[0] * c[0] + cross[1] * c[1] + cross[2] * c[2]
}
