//! Real and damaged asset files that nobody here made: what loads, what is refused and how. Counts are derived from
//! the files' JSON by a reader of their own.

use genki::asset::{AssetError, Budget, Cause, Kind, load_model, load_sky, survey};
use genki::reason::Reason;
use genki::scene::Asset;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn say(text: &str) {
    println!("{text}");
}

/// The folder of shared assets, or `None` (said aloud) where this checkout has none.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/assets");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", folder.display());
    say(&format!("skipped: no {}", folder.display()));
    None
}

/// All files below a folder with one of the extensions, sorted.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("a readable folder").into_path())
        .filter(|path| path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)))
        .collect();
    found.sort();
    found
}

fn json_of(path: &Path) -> Value {
    let bytes = std::fs::read(path).expect("read");
    if !bytes.starts_with(b"glTF") {
        return serde_json::from_slice(&bytes).expect("JSON");
    }
    let length = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    serde_json::from_slice(&bytes[20..20 + length]).expect("JSON")
}

fn index(value: &Value) -> Option<usize> {
    value.as_u64().map(|v| v as usize)
}

/// Triangles and nodes with a mesh below a node.
fn count(json: &Value, node: usize, triangles: &mut u64, parts: &mut usize) {
    let node = &json["nodes"][node];
    if let Some(mesh) = index(&node["mesh"]) {
        *parts += 1;
        for primitive in json["meshes"][mesh]["primitives"].as_array().expect("primitives") {
            let accessor = index(&primitive["indices"]).or(index(&primitive["attributes"]["POSITION"]));
            let corners = json["accessors"][accessor.expect("an accessor")]["count"].as_u64().expect("a count");
            *triangles += match primitive["mode"].as_u64().unwrap_or(4) {
                4 => corners / 3,
                5 | 6 => corners.saturating_sub(2),
                _ => 0,
            };
        }
    }
    for child in node["children"].as_array().into_iter().flatten() {
        count(json, index(child).expect("a node"), triangles, parts);
    }
}

fn check_loads(path: &Path) {
    let name = path.display();
    let asset = load_model(path, &Budget::default()).unwrap_or_else(|e| panic!("{e} ({})", e.hint));
    let json = json_of(path);
    let scene = index(&json["scene"]).unwrap_or(0);
    let (mut triangles, mut parts) = (0, 0);
    for node in json["scenes"][scene]["nodes"].as_array().expect("nodes") {
        count(&json, index(node).expect("a node"), &mut triangles, &mut parts);
    }
    assert_eq!(asset.facts.triangles, triangles, "{name}");
    assert_eq!(asset.part_names.len(), parts, "{name}");
    let materials = json["materials"].as_array().map_or(0, Vec::len);
    assert_eq!(asset.facts.material_names.len(), materials, "{name}");
    assert!((materials..=materials + 1).contains(&asset.materials.len()), "{name}");
    let mesh = &asset.mesh;
    for length in [mesh.normals.len(), mesh.tangents.len(), mesh.uv0.len()] {
        assert_eq!(length, mesh.positions.len(), "{name}");
    }
    for length in [mesh.uv1.len(), mesh.colors.len()] {
        assert!(length == 0 || length == mesh.positions.len(), "{name}");
    }
    assert!(mesh.triangles.iter().flatten().all(|&v| (v as usize) < mesh.positions.len()), "{name}");
    let looks = asset.materials_of(None).count();
    assert!(mesh.triangle_material.iter().all(|&m| (m as usize) < looks), "{name}");
    assert!(mesh.triangle_part.iter().all(|&p| (p as usize) < parts), "{name}");
    let unit = |v: &[f32]| (v.iter().map(|x| f64::from(x * x)).sum::<f64>() - 1.0).abs() < 1e-3;
    assert!(mesh.normals.iter().all(|n| unit(n)), "{name}");
    assert!(mesh.tangents.iter().all(|t| unit(&t[..3]) && t[3].abs() == 1.0), "{name}");
    for material in &asset.materials {
        for texture in material.clone().textures_mut() {
            assert!((texture.image as usize) < asset.images.len() && texture.uv_set < 2, "{name}");
        }
    }
    for image in &asset.images {
        assert_eq!(image.rgba8.len(), image.width as usize * image.height as usize * 4, "{name}");
    }
    let survey = survey(path, &Budget::default()).expect("a survey");
    assert_eq!(
        (survey.kind, survey.sha256, survey.bytes),
        (Kind::Model, asset.facts.sha256, asset.facts.bytes),
        "{name}"
    );
}

#[test]
fn every_model_loads_with_the_counts_of_its_json() {
    let Some(shared) = shared() else { return };
    let models = files(&shared.join("models"), &["glb", "gltf"]);
    assert!(models.len() >= 8, "saw {}", models.len());
    models.iter().for_each(|path| check_loads(path));
}

/// Features that need an extension which isn't supported, and the words of the error.
const REFUSED: [(&str, &str); 4] = [
    ("BoxDraco.gltf", "KHR_draco_mesh_compression"),
    ("BoxMeshopt.glb", "EXT_meshopt_compression"),
    ("draco/2CylinderEngine.gltf", "KHR_draco_mesh_compression"),
    ("pirate_meshopt.glb", "EXT_meshopt_compression"),
];

#[test]
fn every_feature_loads_or_is_refused_by_its_name_with_a_remedy() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("features");
    let features = files(&folder, &["glb", "gltf"]);
    let mut refused = 0;
    for path in &features {
        let name = path.strip_prefix(&folder).expect("below").to_str().expect("UTF-8");
        match REFUSED.iter().find(|(refused, _)| *refused == name) {
            None => check_loads(path),
            Some((_, extension)) => {
                let error = load_model(path, &Budget::default()).expect_err(name);
                assert_eq!(error.cause, Cause::Unsupported, "{error}");
                assert!(error.what.contains(extension), "{error}");
                assert!(!error.hint.is_empty(), "{error}");
                refused += 1;
            }
        }
    }
    assert!(features.len() - refused >= 17 && refused == REFUSED.len(), "{} and {refused}", features.len());
}

/// A feature of the shared folder.
fn feature(shared: &Path, name: &str) -> Asset {
    load_model(&shared.join("features").join(name), &Budget::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn material_extensions_of_others_have_the_numbers_of_their_files() {
    let Some(shared) = shared() else { return };
    // The files' own numbers, read by eye.
    let glass = feature(&shared, "15_transmission/15_transmission.gltf");
    let factors: Vec<_> = glass.materials.iter().map(|m| m.transmission.as_ref().map(|t| t.factor)).collect();
    assert_eq!(factors.iter().flatten().copied().collect::<Vec<f32>>(), [0.8, 1.0, 0.7]);
    let coats = feature(&shared, "clearcoat/ClearCoatTest.gltf");
    let coats: Vec<_> = coats.materials.iter().filter_map(|m| m.clearcoat.as_ref()).collect();
    assert_eq!(coats.iter().map(|c| c.roughness).collect::<Vec<f32>>(), [0.03, 0.03, 1.0, 0.03, 0.03, 0.03]);
    assert_eq!(coats.iter().filter(|c| c.normal_texture.is_some()).count(), 2);
    let lamps = feature(&shared, "14_emission_strength/14_emission_strength.gltf");
    let older: Vec<_> = lamps.materials.iter().filter_map(|m| m.specular_glossiness.as_ref()).collect();
    assert_eq!((older.len(), older.iter().all(|s| s.glossiness == 0.0 && s.specular == [1.0; 3])), (9, true));
    assert!(lamps.materials.iter().any(|m| m.emissive.iter().any(|&e| e > 4.0)));
}

#[test]
fn variants_of_others_show_what_their_file_maps() {
    let Some(shared) = shared() else { return };
    let asset = feature(&shared, "18_variants/18_variants.gltf");
    assert_eq!(asset.facts.variant_names, ["Variant_Red", "Variant_Blue"]);
    // Its three primitives have the materials 1, 3, 4, which the first variant makes 0, 2, 4.
    let shown = |variant| {
        let all: Vec<_> = asset.materials_of(variant).map(|m| m.name.clone()).collect();
        let mut names: Vec<String> = asset.mesh.triangle_material.iter().map(|&m| all[m as usize].clone()).collect();
        names.dedup();
        names
    };
    let of = |indices: [usize; 3]| indices.map(|i| asset.materials[i].name.clone());
    assert_eq!(shown(None), of([1, 3, 4]));
    assert_eq!(shown(Some(0)), of([0, 2, 4]));
    assert_eq!(shown(Some(1)), of([1, 3, 4]));
}

#[test]
fn every_malformed_file_is_an_error_with_its_place() {
    let Some(shared) = shared() else { return };
    let malformed = files(&shared.join("malformed"), &["glb", "gltf"]);
    assert!(malformed.len() >= 10, "saw {}", malformed.len());
    for path in &malformed {
        let error: AssetError =
            load_model(path, &Budget::default()).err().unwrap_or_else(|| panic!("{} loads", path.display()));
        assert_eq!(error.path, path.display().to_string());
        assert_eq!(error.reason(), Reason::AssetMalformed, "{error}");
        assert_ne!(error.cause, Cause::Panicked, "{error}");
        say(&format!("{error}\n      = hint: {}", error.hint));
    }
}

#[test]
fn compressed_textures_are_refused_as_images_and_as_models() {
    let Some(shared) = shared() else { return };
    let textures = files(&shared.join("features/textures"), &["ktx2", "webp"]);
    assert!(textures.len() >= 4);
    for path in textures {
        assert_eq!(load_model(&path, &Budget::default()).unwrap_err().cause, Cause::Malformed, "{}", path.display());
    }
}

#[test]
fn skies_have_the_size_and_the_light_of_their_files() {
    let Some(shared) = shared() else { return };
    let skies = files(&shared.join("environments"), &["hdr", "exr"]);
    assert!(skies.len() >= 2, "saw {}", skies.len());
    for path in skies {
        let sky = load_sky(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((sky.width, sky.height), (1024, 512));
        let survey = survey(&path, &Budget::default()).expect("a survey");
        assert_eq!((survey.kind, survey.sha256), (Kind::Sky, sky.digest));
        let expected = rgbe_texels(&std::fs::read(&path).expect("read"), 1024, 512);
        assert_eq!(sky.texels, expected, "{}", path.display());
    }
}

/// What an RGBE file with run-length coded rows holds, by the description of the format alone: G. Ward, "Real Pixels",
/// Graphics Gems II.
fn rgbe_texels(bytes: &[u8], width: usize, height: usize) -> Vec<[f32; 3]> {
    let size = format!("-Y {height} +X {width}\n");
    let header = bytes.windows(size.len()).position(|window| window == size.as_bytes()).expect("a size");
    let mut rest = bytes[header + size.len()..].iter().copied();
    let mut next = || rest.next().expect("the file goes on");
    let mut texels = Vec::new();
    for _ in 0..height {
        let start = [next(), next(), next(), next()];
        assert_eq!(start, [2, 2, (width >> 8) as u8, width as u8], "a row in the newer code");
        let channels: [Vec<u8>; 4] = std::array::from_fn(|_| {
            let mut channel = Vec::new();
            while channel.len() < width {
                let count = next();
                match count.checked_sub(128) {
                    Some(run @ 1..) => channel.resize(channel.len() + usize::from(run), next()),
                    _ => channel.extend((0..count).map(|_| next())),
                }
            }
            channel
        });
        texels.extend((0..width).map(|x| {
            let scale = libm::ldexp(1.0, i32::from(channels[3][x]) - 136);
            std::array::from_fn(|c| (f64::from(channels[c][x]) * scale) as f32)
        }));
    }
    texels
}

#[test]
fn generated_tangents_agree_with_those_that_an_artist_exported() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("models/FlightHelmet");
    let path = folder.join("FlightHelmet.gltf");
    let dir = tempfile::tempdir().expect("a temporary folder");
    for file in files(&folder, &["bin", "png"]) {
        std::fs::copy(&file, dir.path().join(file.file_name().expect("a name"))).expect("copied");
    }
    let mut json = json_of(&path);
    let mut stripped = 0;
    for mesh in json["meshes"].as_array_mut().expect("meshes") {
        for primitive in mesh["primitives"].as_array_mut().expect("primitives") {
            let attributes = primitive["attributes"].as_object_mut().expect("attributes");
            stripped += u32::from(attributes.remove("TANGENT").is_some());
        }
    }
    assert!(stripped >= 5, "{stripped}");
    std::fs::write(dir.path().join("a.gltf"), json.to_string()).expect("written");
    let exported = load_model(&path, &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
    let generated = load_model(&dir.path().join("a.gltf"), &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
    let (exported, generated) = (&exported.mesh, &generated.mesh);
    let (mut corners, mut same_sign, mut near) = (0u32, 0u32, 0u32);
    for (a, b) in exported.triangles.iter().flatten().zip(generated.triangles.iter().flatten()) {
        assert_eq!(exported.positions[*a as usize], generated.positions[*b as usize]);
        let (a, b) = (exported.tangents[*a as usize], generated.tangents[*b as usize]);
        let cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        corners += 1;
        same_sign += u32::from(a[3] == b[3]);
        near += u32::from(cosine > 0.94);
    }
    say(&format!("{corners} corners, {same_sign} signs alike, {near} within 20 degrees"));
    assert!(f64::from(same_sign) > 0.97 * f64::from(corners), "{same_sign} of {corners} signs agree");
    assert!(f64::from(near) > 0.9 * f64::from(corners), "{near} of {corners} directions agree");
}
