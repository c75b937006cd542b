//! Whole files made by hand: transforms, normals, tangents, skins, morphs, lights, limits, and thousands of damaged ones.

use super::testing::{Builder, push, write};
use super::{AssetError, Budget, Cause, load_model, load_sky};
use crate::math::{Vec3, vec3};
use crate::scene::{Asset, Light};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

mod looks;
mod moves;
mod shown;

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn say(text: &str) {
    println!("{text}");
}

fn load_with(builder: &Builder, budget: &Budget) -> Result<Asset, AssetError> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    load_model(&write(dir.path(), "a.glb", &builder.glb()), budget)
}

fn load(builder: &Builder) -> Result<Asset, AssetError> {
    load_with(builder, &Budget::default())
}

fn loaded(builder: &Builder) -> Asset {
    load(builder).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn close<const N: usize>(got: [f32; N], expected: [f32; N]) {
    assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?}, not {expected:?}");
}

#[test]
fn node_transforms_multiply_down_the_tree() {
    let mut builder = Builder::triangle();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    builder.json["nodes"] = json!([
        {"children": [1], "translation": [10.0, 0.0, 0.0], "rotation": [0.0, 0.0, half, half]},
        {"mesh": 0, "scale": [2.0, 3.0, 1.0]},
    ]);
    let asset = loaded(&builder);
    // (1, 0, 0) is scaled to (2, 0, 0), turned about z to (0, 2, 0), moved to (10, 2, 0).
    close(asset.mesh.positions[1], [10.0, 2.0, 0.0]);
    close(asset.mesh.positions[2], [7.0, 0.0, 0.0]);
    close(asset.mesh.normals[0], [0.0, 0.0, 1.0]);
    builder.json["nodes"] = json!([{"mesh": 0, "matrix": [0, 2, 0, 0, -3, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0, 1]}]);
    assert_eq!(loaded(&builder).mesh.positions.len(), 3);
    close(loaded(&builder).mesh.positions[1], [10.0, 2.0, 0.0]);
    close(loaded(&builder).mesh.positions[2], [7.0, 0.0, 0.0]);
}

#[test]
fn a_mirrored_node_has_its_winding_turned_and_its_normal_kept_outside() {
    let mut builder = Builder::triangle();
    builder.json["nodes"][0]["scale"] = json!([-1.0, 1.0, 1.0]);
    let mesh = loaded(&builder).mesh;
    assert_eq!(mesh.triangles, [[0, 2, 1]]);
    let [a, b, c] = mesh.triangles[0].map(|v| Vec3::from(mesh.positions[v as usize]));
    let face = (b - a).cross(c - a);
    assert!(face.dot(Vec3::from(mesh.normals[0])) > 0.0);
}

#[test]
fn trees_that_are_none_are_refused() {
    let with = |nodes: Value, scene: Option<Value>| {
        let mut builder = Builder::triangle();
        builder.json["nodes"] = nodes;
        if let Some(nodes) = scene {
            builder.json["scenes"] = json!([{"nodes": nodes}]);
        }
        load(&builder).map(|asset| asset.facts.triangles)
    };
    let error = |nodes: Value, scene| with(nodes, scene).unwrap_err();
    assert!(error(json!([{"children": [1]}, {"children": [0]}]), None).what.contains("ancestor"));
    assert!(error(json!([{"children": [2]}, {"children": [2]}, {}]), None).what.contains("too"));
    assert!(error(json!([{"children": [9]}]), None).what.contains("9"));
    assert!(error(json!([{"mesh": 0}]), Some(json!([0, 0]))).what.contains("twice"));
    assert!(error(json!([{"children": [1]}, {"mesh": 0}]), Some(json!([1]))).what.contains("twice"));
    assert!(error(json!([{"mesh": 4}]), None).what.contains("4"));
    assert!(error(json!([{"rotation": [0, 0, 0, 0]}]), None).place.contains("rotation"));
    assert_eq!(with(json!([{"mesh": 0}, {"mesh": 0}]), Some(json!([1]))), Ok(1));
    assert_eq!(with(json!([{"mesh": 0}, {"mesh": 0}]), None), Ok(2));
    let chain = |n: usize| -> Value {
        (0..n).map(|i| if i + 1 < n { json!({"children": [i + 1]}) } else { json!({"mesh": 0}) }).collect()
    };
    assert_eq!(with(chain(256), None), Ok(1));
    assert_eq!(error(chain(257), None).cause, Cause::TooLarge);
}

#[test]
fn budgets_count_the_triangles_of_every_instance() {
    let mut builder = Builder::triangle();
    builder.json["nodes"] = json!([{"mesh": 0}, {"mesh": 0}, {"mesh": 0}]);
    let of = |builder: &Builder, triangles| {
        load_with(builder, &Budget { triangles, ..Budget::default() }).map(|a| a.facts.triangles)
    };
    assert_eq!(of(&builder, 3), Ok(3));
    assert_eq!(of(&builder, 2).unwrap_err().cause, Cause::TooLarge);
    // A count that would need all memory is refused, not reserved.
    builder.json["accessors"][0]["count"] = json!(1u64 << 40);
    assert_eq!(of(&builder, 3).unwrap_err().cause, Cause::TooLarge);
    let mut zeros = Builder::triangle();
    zeros.json["accessors"][0] = json!({"componentType": 5126, "type": "VEC3", "count": 1u64 << 40});
    assert!(load(&zeros).is_err());
}

#[test]
fn positions_that_are_not_finite_are_an_error_and_normals_without_direction_are_replaced() {
    let mut builder = Builder::triangle();
    let normal = builder.floats("VEC3", &[0.0, 0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0, 5.0]);
    builder.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(normal);
    let asset = loaded(&builder);
    for normal in &asset.mesh.normals {
        close(*normal, [0.0, 0.0, 1.0]);
    }
    assert!(asset.facts.warnings.iter().any(|w| w.contains("normals")), "{:?}", asset.facts.warnings);
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut builder = Builder::triangle();
        builder.bin[..4].copy_from_slice(&wrong.to_le_bytes());
        let error = load(&builder).unwrap_err();
        assert_eq!(error.place, "meshes[0].primitives[0].attributes.POSITION");
    }
}

#[test]
fn vertex_colours_of_three_bytes_become_linear_rgba_and_others_are_white() {
    let mut builder = Builder::triangle();
    let colors = builder.accessor(5121, "VEC3", 3, &[255, 0, 0, 9, 0, 255, 0, 9, 0, 0, 51]);
    builder.json["accessors"][colors]["normalized"] = json!(true);
    let view = builder.json["accessors"][colors]["bufferView"].as_u64().expect("a view") as usize;
    builder.json["bufferViews"][view]["byteStride"] = json!(4);
    let colored = json!({"attributes": {"POSITION": 0, "COLOR_0": colors}});
    builder.json["meshes"][0]["primitives"] = json!([{"attributes": {"POSITION": 0}}, colored]);
    let mesh = loaded(&builder).mesh;
    assert_eq!(mesh.colors[..3], [[1.0; 4]; 3]);
    assert_eq!(mesh.colors[3], [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(mesh.colors[4], [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(mesh.colors[5], [0.0, 0.0, 51.0 / 255.0, 1.0]);
}

/// A square in x and y whose u follows +x and whose v goes down, with a normal map.
fn textured_square(u_sign: f32) -> Builder {
    let mut builder = Builder::empty();
    let position =
        builder.floats("VEC3", &[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]].concat());
    let normal = builder.floats("VEC3", &[[0.0, 0.0, 1.0]; 4].concat());
    let uv = builder.floats("VEC2", &[[0.0, 1.0], [u_sign, 1.0], [u_sign, 0.0], [0.0, 0.0]].concat());
    let indices = builder.accessor(5121, "SCALAR", 6, &[0, 1, 2, 0, 2, 3]);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().expect("a header").write_image_data(&[128, 128, 255]).expect("data");
    let image = builder.view(&png);
    builder.json["images"] = json!([{"bufferView": image, "mimeType": "image/png"}]);
    builder.json["textures"] = json!([{"source": 0}]);
    builder.json["materials"] = json!([{"normalTexture": {"index": 0}}]);
    builder.json["meshes"] = json!([{"primitives": [{
        "attributes": {"POSITION": position, "NORMAL": normal, "TEXCOORD_0": uv}, "indices": indices, "material": 0,
    }]}]);
    builder.json["nodes"] = json!([{"mesh": 0}]);
    builder
}

#[test]
fn tangents_follow_u_and_bitangents_point_up_the_image() {
    let mesh = loaded(&textured_square(1.0)).mesh;
    for tangent in &mesh.tangents {
        // cross(normal, tangent) · w = (0, 1, 0), which is against v: up in the image.
        close(*tangent, [1.0, 0.0, 0.0, 1.0]);
    }
    let mesh = loaded(&textured_square(-1.0)).mesh;
    for tangent in &mesh.tangents {
        close(*tangent, [-1.0, 0.0, 0.0, -1.0]);
    }
}

#[test]
fn a_mirrored_node_turns_the_sign_of_its_tangents() {
    let mut builder = textured_square(1.0);
    builder.json["nodes"][0]["scale"] = json!([-1.0, 1.0, 1.0]);
    for tangent in &loaded(&builder).mesh.tangents {
        // u runs along −x now, up is still +y: cross((0, 0, 1), (−1, 0, 0)) = (0, −1, 0).
        close(*tangent, [-1.0, 0.0, 0.0, -1.0]);
    }
}

#[test]
fn a_turned_texture_turns_its_tangents() {
    let mut builder = textured_square(1.0);
    let turned = json!({"rotation": std::f32::consts::FRAC_PI_2});
    builder.json["materials"][0]["normalTexture"]["extensions"] = json!({"KHR_texture_transform": turned});
    for tangent in &loaded(&builder).mesh.tangents {
        // The image's u is the square's v, which goes down; up in the image is the square's u.
        close(*tangent, [0.0, -1.0, 0.0, 1.0]);
    }
}

#[test]
fn a_fan_of_too_many_triangles_is_kept_from_the_tangent_generator() {
    let mut builder = textured_square(1.0);
    let corners: Vec<u8> = [0u8, 1, 2].repeat(5000);
    let indices = builder.accessor(5121, "SCALAR", corners.len(), &corners);
    builder.json["meshes"][0]["primitives"][0]["indices"] = json!(indices);
    let asset = loaded(&builder);
    assert!(asset.facts.warnings.iter().any(|w| w.contains("tangents")), "{:?}", asset.facts.warnings);
    assert_eq!(asset.facts.triangles, 5000);
}

#[test]
fn morph_targets_count_by_the_weights_of_the_node_before_the_mesh() {
    let mut builder = Builder::triangle();
    let delta = builder.floats("VEC3", &[0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 4.0]);
    builder.json["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": delta}]);
    let heights = |builder: &Builder| loaded(builder).mesh.positions.iter().map(|p| p[2]).collect::<Vec<f32>>();
    assert_eq!(heights(&builder), [0.0, 0.0, 0.0]);
    builder.json["meshes"][0]["weights"] = json!([0.5]);
    assert_eq!(heights(&builder), [0.5, 1.0, 2.0]);
    builder.json["nodes"][0]["weights"] = json!([2.0]);
    assert_eq!(heights(&builder), [2.0, 4.0, 8.0]);
}

#[test]
fn a_skinned_mesh_follows_its_joints_and_not_its_node() {
    let mut builder = Builder::triangle();
    let joints = builder.accessor(5121, "VEC4", 3, &[0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    let weights = builder.floats("VEC4", &[[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]].concat());
    let attributes = json!({"POSITION": 0, "JOINTS_0": joints, "WEIGHTS_0": weights});
    builder.json["meshes"][0]["primitives"][0]["attributes"] = attributes;
    builder.json["nodes"] = json!([
        {"mesh": 0, "skin": 0, "translation": [100.0, 0.0, 0.0]},
        {"translation": [0.0, 0.0, 1.0]},
        {"translation": [0.0, 0.0, 3.0]},
    ]);
    builder.json["skins"] = json!([{"joints": [1, 2]}]);
    let mut positions = loaded(&builder).mesh.positions.clone();
    positions.sort_by(|a, b| a[2].total_cmp(&b[2]));
    for (got, expected) in positions.iter().zip([[0.0, 0.0, 1.0], [0.0, 1.0, 2.0], [1.0, 0.0, 3.0]]) {
        close(*got, expected);
    }
    builder.json["skins"][0]["joints"] = json!([1]);
    assert!(load(&builder).unwrap_err().what.contains("joint 1"));
}

#[test]
fn lights_shine_along_minus_z_of_their_node_with_a_683rd_of_their_lumens() {
    let mut builder = Builder::triangle();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    builder.json["extensionsUsed"] = json!(["KHR_lights_punctual"]);
    builder.json["extensions"] = json!({"KHR_lights_punctual": {"lights": [
        {"type": "directional", "color": [1.0, 0.5, 0.0], "intensity": 1366.0},
        {"type": "point", "intensity": 6830.0},
        {"type": "spot", "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.3}},
    ]}});
    let light = |i: u32| json!({"KHR_lights_punctual": {"light": i}});
    builder.json["nodes"] = json!([
        {"extensions": light(0), "rotation": [-half, 0.0, 0.0, half]},
        {"extensions": light(1), "translation": [1.0, 2.0, 3.0]},
        {"extensions": light(2)},
    ]);
    let lights = loaded(&builder).lights;
    match lights[..] {
        [
            Light::Sun { direction, irradiance, .. },
            Light::Point { position, intensity },
            Light::Spot { direction: axis, inner_rad, outer_rad, .. },
        ] => {
            close(direction.to_array(), [0.0, -1.0, 0.0]);
            assert_eq!(irradiance, vec3(2.0, 1.0, 0.0));
            assert_eq!((position, intensity), (vec3(1.0, 2.0, 3.0), vec3(10.0, 10.0, 10.0)));
            assert_eq!((axis, inner_rad, outer_rad), (vec3(0.0, 0.0, -1.0), 0.1, 0.3));
        }
        _ => panic!("{lights:?}"),
    }
    builder.json["nodes"][0]["extensions"] = light(9);
    assert!(load(&builder).unwrap_err().place.contains("nodes[0]"));
}

#[test]
fn one_mesh_in_two_places_is_the_same_as_two_meshes() {
    let mut shared = textured_square(1.0);
    shared.json["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [3.0, 0.0, 0.0]}]);
    let mut apart = textured_square(1.0);
    let copy = apart.json["meshes"][0].clone();
    push(&mut apart.json["meshes"], copy);
    apart.json["nodes"] = json!([{"mesh": 0}, {"mesh": 1, "translation": [3.0, 0.0, 0.0]}]);
    let (shared, apart) = (loaded(&shared).mesh, loaded(&apart).mesh);
    assert_eq!(shared.positions, apart.positions);
    assert_eq!(
        (&shared.triangles, &shared.tangents, &shared.triangle_part),
        (&apart.triangles, &apart.tangents, &apart.triangle_part)
    );
}

#[test]
fn lights_that_nothing_would_show_are_warned_of() {
    let warned = |light: Value, distance: f64| {
        let mut builder = Builder::triangle();
        builder.json["extensions"] = json!({"KHR_lights_punctual": {"lights": [light]}});
        let here = json!({"translation": [distance, 0, 0], "extensions": {"KHR_lights_punctual": {"light": 0}}});
        push(&mut builder.json["nodes"], here);
        loaded(&builder).facts.warnings.iter().any(|w| w.contains("dim"))
    };
    // 0.01 W/m² are 6.83 lux.
    assert!(warned(json!({"type": "directional", "intensity": 6.5}), 0.0));
    assert!(!warned(json!({"type": "directional", "intensity": 7.0}), 0.0));
    // Ten metres from the middle of the triangle, at 0.5: a hundredth of its candela in lux.
    assert!(warned(json!({"type": "point", "intensity": 670.0}), 10.5));
    assert!(!warned(json!({"type": "point", "intensity": 690.0}), 10.5));
    // In the middle of the triangle, whose half diagonal is √0.5.
    assert!(warned(json!({"type": "point", "intensity": 3.3}), 0.5));
    assert!(!warned(json!({"type": "point", "intensity": 3.6}), 0.5));
    assert!(!warned(json!({"type": "point", "intensity": 0}), 0.5));
}

/// A generator for mutations: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Loads `rounds` damaged copies; returns how many still loaded.
fn damage(path: &Path, bytes: &[u8], rounds: u64, load: impl Fn(&Path) -> Result<(), AssetError>) -> u64 {
    let mut intact = 0;
    for round in 0..rounds {
        let mut random = Random(round);
        let mut copy = bytes.to_vec();
        for _ in 0..1 + random.below(2) {
            let at = random.below(copy.len());
            // Half of the time a digit: in JSON those change what is meant without breaking the syntax.
            copy[at] = match random.below(2) {
                0 => b"0123456789-"[random.below(11)],
                _ => random.below(256) as u8,
            };
        }
        std::fs::write(path, &copy).expect("written");
        match load(path) {
            Ok(()) => intact += 1,
            Err(error) => assert_ne!(error.cause, Cause::Panicked, "round {round}: {error}"),
        }
    }
    intact
}

const SMALL: Budget = Budget {
    bytes: 1 << 24,
    json_objects: 10_000,
    json_values: 100_000,
    triangles: 100_000,
    image_side: 1024,
    texels: 1 << 20,
    node_depth: 64,
};

#[test]
fn damaged_models_are_errors_or_load_but_never_panic() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut rich = textured_square(1.0);
    let joints = rich.accessor(5121, "VEC4", 4, &[0; 16]);
    let weights = rich.floats("VEC4", &[[1.0, 0.0, 0.0, 0.0]; 4].concat());
    let delta = rich.floats("VEC3", &[0.5; 12]);
    rich.json["meshes"][0]["primitives"][0]["attributes"]["JOINTS_0"] = json!(joints);
    rich.json["meshes"][0]["primitives"][0]["attributes"]["WEIGHTS_0"] = json!(weights);
    rich.json["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": delta}]);
    rich.json["meshes"][0]["weights"] = json!([0.5]);
    rich.json["skins"] = json!([{"joints": [1]}]);
    rich.json["nodes"] = json!([{"mesh": 0, "skin": 0}, {"rotation": [0, 0, 0, 1], "children": [2]}, {"mesh": 0}]);
    let mut layered = textured_square(1.0);
    let slot = json!({"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2], "rotation": 1}}});
    layered.json["materials"] = json!([{}, {"extensions": {
        "KHR_materials_clearcoat": {"clearcoatFactor": 1, "clearcoatNormalTexture": slot},
        "KHR_materials_anisotropy": {"anisotropyStrength": 0.5, "anisotropyTexture": {"index": 0}},
        "KHR_materials_transmission": {"transmissionFactor": 1}, "KHR_materials_volume": {"thicknessFactor": 1},
    }}]);
    layered.json["extensions"] = json!({"KHR_materials_variants": {"variants": [{"name": "a"}, {"name": "b"}]}});
    layered.json["meshes"][0]["primitives"][0]["extensions"] =
        json!({"KHR_materials_variants": {"mappings": [{"material": 1, "variants": [1]}]}});
    let places = layered.floats("VEC3", &[0.5; 9]);
    layered.json["nodes"][0]["extensions"] =
        json!({"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}});
    let load = |path: &Path| load_model(path, &SMALL).map(drop);
    let path = dir.path().join("a.glb");
    for (bytes, rounds) in [(rich.glb(), 6000), (layered.glb(), 3000), (Builder::triangle().glb(), 2000)] {
        let intact = damage(&path, &bytes, rounds, load);
        assert!(intact > rounds / 20 && intact < rounds, "{intact} of {rounds} loaded");
    }
}

#[test]
fn damaged_files_of_others_are_errors_or_load_but_never_panic() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/assets");
    if !shared.is_dir() {
        assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", shared.display());
        say(&format!("skipped: no {}", shared.display()));
        return;
    }
    let load = |path: &Path| load_model(path, &SMALL).map(drop);
    let names = [
        "features/01_alpha_mask",
        "features/04_lights",
        "features/09_texture_transform",
        "features/18_variants",
        "features/22_vertex_color",
        "malformed/wrongTypes",
        "features/03_skinned_cylinder",
    ];
    let mut files = 0;
    for name in names {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let sources: Vec<PathBuf> =
            std::fs::read_dir(shared.join(name)).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        for source in &sources {
            let target = dir.path().join(source.file_name().expect("a name"));
            std::fs::write(target, std::fs::read(source).expect("read")).expect("copied");
        }
        for source in sources.iter().filter(|s| s.extension().is_some_and(|e| e == "gltf")) {
            let bytes = std::fs::read(source).expect("read");
            damage(&dir.path().join(source.file_name().expect("a name")), &bytes, 250, load);
            files += 1;
        }
    }
    assert!(files >= 8, "saw {files}");
}

#[test]
fn damaged_skies_and_images_are_errors_or_load_but_never_panic() {
    use exr::prelude::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes, WritableImage};
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 8\n".to_vec();
    for _ in 0..4 {
        hdr.extend([2, 2, 0, 8, 136, 128, 8, 0, 1, 2, 3, 4, 5, 6, 7, 132, 10, 4, 1, 2, 3, 4, 136, 128]);
    }
    let channels = ["R", "G", "B"].map(|name| AnyChannel::new(name, FlatSamples::F32(vec![0.25; 32])));
    let layer = Layer::new(
        (8, 4),
        LayerAttributes::default(),
        Encoding::FAST_LOSSLESS,
        AnyChannels::sort(channels.into_iter().collect()),
    );
    let mut exr = std::io::Cursor::new(Vec::new());
    Image::from_layer(layer).write().non_parallel().to_buffered(&mut exr).expect("written");
    let load = |path: &Path| load_sky(path, &SMALL).map(drop);
    for (name, bytes) in [("a.hdr", hdr), ("a.exr", exr.into_inner())] {
        let path = write(dir.path(), name, &bytes);
        load(&path).unwrap_or_else(|e| panic!("{e}"));
        let intact = damage(&path, &bytes, 1500, load);
        assert!(intact < 1500, "{name}: none was refused");
    }
    let mut dark = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n".to_vec();
    dark.extend([128, 0, 0, 129]);
    assert_eq!(load_sky(&write(dir.path(), "b.hdr", &dark), &SMALL).expect("a sky").texels, [[1.0, 0.0, 0.0]]);
}

#[test]
fn exr_layers_of_any_names_and_types_become_radiance_without_nan() {
    use exr::prelude::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes, WritableImage};
    let dir = tempfile::tempdir().expect("a temporary folder");
    let channels = [
        AnyChannel::new("view.A", FlatSamples::F32(vec![1.0; 2])),
        AnyChannel::new("view.R", FlatSamples::F32(vec![f32::NAN, 3.0])),
        AnyChannel::new("view.G", FlatSamples::F16([-1.0, 0.5].map(half::f16::from_f32).to_vec())),
        AnyChannel::new("view.B", FlatSamples::U32(vec![7, 8])),
    ];
    let layer = Layer::new(
        (2, 1),
        LayerAttributes::default(),
        Encoding::UNCOMPRESSED,
        AnyChannels::sort(channels.into_iter().collect()),
    );
    let mut bytes = std::io::Cursor::new(Vec::new());
    Image::from_layer(layer).write().non_parallel().to_buffered(&mut bytes).expect("written");
    let path = write(dir.path(), "a.exr", bytes.get_ref());
    let sky = load_sky(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((sky.width, sky.height), (2, 1));
    assert_eq!(sky.texels, [[0.0, 0.0, 7.0], [3.0, 0.5, 8.0]]);
    assert_eq!(load_sky(&path, &Budget { image_side: 1, ..Budget::default() }).unwrap_err().cause, Cause::TooLarge);
}
