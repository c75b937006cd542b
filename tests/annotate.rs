//! Layers and records against derived values.

use genki::annotate::{LayerFile, encode, extension, flow, kind, raster, record};
use genki::compose::{Composed, compose};
use genki::film::{Amodal, Film, FilmPlanes, Geometry, Hits, Points};
use genki::formats::json;
use genki::formats::raster::{Raster, Samples};
use genki::formats::{exr, png};
use genki::hash::{Digest, sha256};
use genki::layer::Layer;
use genki::math::{Bounds, vec3};
use genki::plan::{Plan, PlannedAsset, Variation};
use genki::recipe::{Background, Render, Tone};
use genki::scene::{Asset, AssetFacts, Library, Material, Mesh};
use half::f16;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const RECIPE: &str = "
genki: 1
name: test
license: CC-BY-4.0
seed: 7
assets: {things: [a.glb]}
scene:
  objects: [{id: hero, from: things, scale: {uniform: [1, 2]}, rotation: random, position: [0.1, 0.2, 0.3], count: {uniform_int: [1, 3]}}]
cameras: [{id: around, rig: fibonacci, views: 3, look_at: hero, fov_deg: {uniform: [30, 60]}}]
render: {size: [4, 2]}
";

struct Stage {
    plan: Plan,
    variation: Variation,
    composed: Composed,
}

fn stage() -> Stage {
    let (recipe, problems) = genki::recipe::read("test.yaml", RECIPE, &[]);
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let bounds = Bounds { min: vec3(0.0, 0.0, 0.0), max: vec3(2.0, 4.0, 1.0) };
    let sha256 = sha256(b"asset");
    let asset = Asset {
        facts: AssetFacts {
            sha256,
            bytes: 10,
            triangles: 1,
            vertices: 8,
            bounds,
            material_names: Vec::new(),
            variant_names: Vec::new(),
            generator: "a test".into(),
            warnings: Vec::new(),
        },
        mesh: Arc::new(Mesh { positions: bounds.corners().map(|c| c.to_array()).to_vec(), ..Mesh::default() }),
        materials: vec![Material::default()],
        variant_slots: Vec::new(),
        rig: Default::default(),
        images: Vec::new(),
        lights: Vec::new(),
        part_names: vec!["body".into(), "lid".into()],
    };
    let planned = PlannedAsset {
        path: "a.glb".into(),
        sha256,
        bytes: 10,
        license: "CC-BY-4.0".into(),
        attribution: "A. Maker".into(),
        class: "thing".into(),
        weight: 1.0,
        variants: Vec::new(),
        clips: Vec::new(),
    };
    let plan = Plan::new(recipe, BTreeMap::from([("things".to_string(), vec![planned])])).expect("a plan");
    let library = Library { assets: BTreeMap::from([(sha256, Arc::new(asset))]), ..Library::default() };
    let variation = (0..).map(|i| plan.variation(i, 0)).find(|v| v.objects.len() == 2).expect("two of 1..=3");
    let composed = compose(&variation, plan.recipe(), &library).expect("a scene");
    Stage { plan, variation, composed }
}

/// Four by two pixels: the first covered by half, the second by nothing, the third by a thousandth, the rest in full.
fn film() -> Film {
    let mut radiance = vec![[0.25, 0.1, 0.0, 0.5], [0.0; 4], [1e-3, 1e-3, 1e-3, 1e-3]];
    radiance.resize(8, [0.5, 1.0, 7.0, 1.0]);
    let mut albedo = vec![[0.25, 0.125, 0.0], [0.0; 3], [1e-3; 3]];
    albedo.resize(8, [0.5; 3]);
    let mut normal = vec![[0.0; 3]; 2];
    normal.resize(8, [0.0, 0.6, 0.8]);
    Film {
        width: 4,
        height: 2,
        radiance,
        albedo,
        geometry: Geometry {
            depth: vec![0.0, 0.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5],
            distance: vec![0.0, 0.0, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5],
            normal,
            material: vec![[0.5, 1.0]; 8],
            instance: vec![0, 0, 0, 1, 1, 2, 2, 2],
            semantic: vec![0, 0, 0, 1, 1, 1, 1, 1],
        },
        points: Points {
            position: vec![[0.1, 0.2, 0.3]; 8],
            normal: vec![[0.0, 0.6, 0.8]; 8],
            uv: vec![[0.25, 0.5]; 8],
            emission: vec![[0.5, 0.0, 4.0]; 8],
            material: vec![0, 0, 0, 1, 1, 1, 1, 1],
            part: vec![0, 0, 0, 2, 1, 1, 2, 2],
        },
        amodal: Amodal { words: 1, bits: vec![0, 0, 1, 1, 0, 0b11, 0b10, 0] },
        hits: Hits { instance: vec![0; 8], triangle: vec![0; 8], weights: vec![[0.0; 2]; 8] },
    }
}

fn u8s(raster: &Raster) -> &[u8] {
    let Samples::U8(samples) = &raster.samples else { panic!("{} where uint8 was due", raster.samples.dtype()) };
    samples
}

fn f16s(raster: &Raster) -> &[f16] {
    let Samples::F16(samples) = &raster.samples else { panic!("{} where float16 was due", raster.samples.dtype()) };
    samples
}

fn layer_of(layer: Layer, change: impl Fn(&mut Render)) -> Raster {
    let stage = stage();
    let mut render = stage.plan.recipe().render.clone();
    change(&mut render);
    image_of(&stage, layer, 0, &render)
}

/// Flow where nothing moves, and every other layer.
fn image_of(stage: &Stage, layer: Layer, view: usize, render: &Render) -> Raster {
    let Composed { scene, objects } = &stage.composed;
    match layer {
        Layer::FlowFwd | Layer::FlowBwd => flow(&film(), scene, scene, view),
        _ => raster(&film(), layer, &scene.cameras[view], objects, render),
    }
}

#[test]
fn rgb_is_srgb_with_straight_alpha() {
    let rgb = layer_of(Layer::Rgb, |_| {});
    let pixels: Vec<&[u8]> = u8s(&rgb).chunks(4).collect();
    // 0.25 of half coverage is 0.5: 187.5 by the formula's 0.735 · 255; 0.2 is 0.4845 · 255.
    assert_eq!(pixels[0], [188, 124, 0, 128]);
    assert_eq!((pixels[1], pixels[2]), (&[0; 4][..], &[0; 4][..]));
    assert_eq!(pixels[3], [188, 255, 255, 255]);
    // One stop more doubles the light, not the alpha.
    let brighter = layer_of(Layer::Rgb, |render| render.exposure_ev = 1.0);
    assert_eq!(u8s(&brighter)[..4], [255, 170, 0, 128]);
}

#[test]
fn untoned_rgb_is_linear_and_premultiplied() {
    let rgb = layer_of(Layer::Rgb, |render| (render.tone, render.exposure_ev) = (Tone::None, -1.0));
    assert_eq!(f16s(&rgb)[12..16], [0.25, 0.5, 3.5, 1.0].map(f16::from_f32));
    assert_eq!(f16s(&rgb)[..4], [0.125, 0.05, 0.0, 0.5].map(f16::from_f32));
}

#[test]
fn half_floats_stay_finite() {
    let mut bright = film();
    bright.radiance[3] = [1e9, 70_000.0, 0.0, 1.0];
    let stage = stage();
    let render = Render { tone: Tone::None, exposure_ev: 0.0, ..stage.plan.recipe().render.clone() };
    let rgb = raster(&bright, Layer::Rgb, &stage.composed.scene.cameras[0], &stage.composed.objects, &render);
    assert_eq!(f16s(&rgb)[12..14], [f16::MAX; 2]);
}

#[test]
fn other_layers_hold_what_the_film_holds() {
    assert_eq!(u8s(&layer_of(Layer::Alpha, |_| {}))[..4], [128, 0, 0, 255]);
    assert_eq!(u8s(&layer_of(Layer::Albedo, |_| {}))[..12], [188, 137, 0, 0, 0, 0, 0, 0, 0, 188, 188, 188]);
    assert_eq!(u8s(&layer_of(Layer::Material, |_| {}))[..3], [0, 128, 255]);
    assert_eq!(layer_of(Layer::Depth, |_| {}).samples, Samples::F32(film().geometry.depth));
    assert_eq!(layer_of(Layer::Distance, |_| {}).samples, Samples::F32(film().geometry.distance));
    assert_eq!(layer_of(Layer::Instance, |_| {}).samples, Samples::U16(film().geometry.instance));
    assert_eq!(layer_of(Layer::Semantic, |_| {}).samples, Samples::U16(film().geometry.semantic));
    let world = layer_of(Layer::NormalWorld, |_| {});
    assert_eq!(f16s(&world)[6..9], [0.0, 0.6, 0.8].map(f16::from_f32));
}

#[test]
fn points_are_written_as_they_are() {
    assert_eq!(layer_of(Layer::Position, |_| {}).samples, Samples::F32([0.1, 0.2, 0.3].repeat(8)));
    let uv = layer_of(Layer::Uv, |_| {});
    assert_eq!((uv.channels, uv.samples), (2, Samples::F32([0.25, 0.5].repeat(8))));
    // 0.5 is 187.5; what is above 1 is 1.
    assert_eq!(u8s(&layer_of(Layer::Emissive, |render| render.exposure_ev = 1.0))[..3], [188, 0, 255]);
    let linear = layer_of(Layer::Emissive, |render| (render.tone, render.exposure_ev) = (Tone::None, 1.0));
    assert_eq!(f16s(&linear)[..3], [0.5, 0.0, 4.0].map(f16::from_f32));
    // Geometric normals are turned as shading normals are; here both films hold the same.
    let normals = [Layer::Normal, Layer::NormalGeometric].map(|layer| layer_of(layer, |_| {}));
    assert_eq!(f16s(&normals[0])[6..], f16s(&normals[1])[6..]);
    assert!(f16s(&normals[1])[..3].iter().any(|x| x.to_f32() != 0.0));
}

fn u16s(raster: &Raster) -> &[u16] {
    let Samples::U16(samples) = &raster.samples else { panic!("{} where uint16 was due", raster.samples.dtype()) };
    samples
}

#[test]
fn ids_of_materials_and_nodes_count_on_from_object_to_object() {
    // One material and two nodes an object.
    assert_eq!(u16s(&layer_of(Layer::MaterialId, |_| {})), [0, 0, 0, 1, 1, 2, 2, 2]);
    assert_eq!(u16s(&layer_of(Layer::Part, |_| {})), [0, 0, 0, 2, 1, 3, 4, 4]);
    let stage = stage();
    let record = record_of(&stage, 0);
    let named = |object: u32, key: &str, index: u32, name: &str| serde_json::json!({"object": object, key: index, "name": name});
    let materials = serde_json::json!({"1": named(1, "material", 0, ""), "2": named(2, "material", 0, "")});
    assert_eq!(record["materials"], materials);
    let parts = [
        (1, named(1, "part", 0, "body")),
        (2, named(1, "part", 1, "lid")),
        (3, named(2, "part", 0, "body")),
        (4, named(2, "part", 1, "lid")),
    ];
    assert_eq!(record["parts"].as_object().map(|parts| parts.len()), Some(4));
    for (id, part) in parts {
        assert_eq!(record["parts"][id.to_string()], part);
    }
}

#[test]
fn a_unit_cube_holds_an_object_along_its_own_axes() {
    let stage = stage();
    let camera = &stage.composed.scene.cameras[0];
    // Corners of the file's box, [0, 2] × [0, 4] × [0, 1] with Y up: 4 is the longest side, and Z up in the object's frame.
    // Its X is the file's, its Y the file's −Z.
    let corners: [([f32; 3], [f64; 3]); 4] = [
        ([0.0, 0.0, 0.0], [0.25, 0.625, 0.0]),
        ([2.0, 0.0, 0.0], [0.75, 0.625, 0.0]),
        ([0.0, 4.0, 0.0], [0.25, 0.625, 1.0]),
        ([0.0, 0.0, 1.0], [0.25, 0.375, 0.0]),
    ];
    for (i, placed) in stage.composed.objects.iter().enumerate() {
        let mut film = film();
        film.geometry.instance = vec![0, 0, 0, 0, i as u16 + 1, i as u16 + 1, i as u16 + 1, i as u16 + 1];
        for (k, (gltf, _)) in corners.iter().enumerate() {
            film.points.position[4 + k] = placed.world_from_gltf.point((*gltf).into()).to_array();
        }
        let nocs = raster(&film, Layer::Nocs, camera, &stage.composed.objects, &stage.plan.recipe().render);
        let pixels: Vec<&[u16]> = u16s(&nocs).chunks(4).collect();
        assert!(pixels[..4].iter().all(|pixel| *pixel == [0; 4]), "off the object");
        for (k, (_, expected)) in corners.iter().enumerate() {
            let found = pixels[4 + k];
            // World positions are f32, of about 2 m: 1e-7 of them is less than 1/65535.
            let near = |c: usize| (f64::from(found[c]) / 65_535.0 - expected[c]).abs() < 2.0 / 65_535.0;
            assert!(near(0) && near(1) && near(2) && found[3] == 65_535, "{found:?}, {expected:?}");
        }
        // The record says how to get there from the object's own frame, whose origin a unit fit puts in the middle.
        let entry = &record_of(&stage, 0)["objects"][i]["nocs_from_object"];
        let scale = entry["scale"].as_f64().expect("a scale");
        let drawn = stage.variation.objects[i].scale;
        assert!((scale * drawn - 1.0).abs() < 1e-6, "{scale}, {drawn}");
        assert!(numbers(&entry["offset"]).iter().all(|x| (x - 0.5).abs() < 1e-6));
    }
}

#[test]
fn the_place_in_a_unit_cube_is_that_of_rest_whatever_the_pose() {
    let mut stage = stage();
    let placed = &mut stage.composed.objects[0];
    // At rest corners 0, 1 and 2 of [0, 2] × [0, 4] × [0, 1]; posed they are anywhere.
    let mut at_rest = Asset::clone(&placed.asset);
    Arc::make_mut(&mut at_rest.mesh).triangles = vec![[0, 1, 2]];
    let mut posed = at_rest.clone();
    Arc::make_mut(&mut posed.mesh).positions.iter_mut().for_each(|p| *p = [9.0 * p[1], 5.0, -p[0]]);
    posed.facts.bounds = Bounds { min: vec3(-9.0, -9.0, -9.0), max: vec3(99.0, 9.0, 9.0) };
    (placed.at_rest, placed.asset) = (Arc::new(at_rest), Arc::new(posed));
    let mut film = film();
    film.geometry.instance = vec![0, 0, 0, 0, 0, 1, 1, 1];
    film.hits.weights[5..].copy_from_slice(&[[1.0, 0.0], [0.0, 1.0], [0.5, 0.25]]);
    let render = &stage.plan.recipe().render;
    let nocs = raster(&film, Layer::Nocs, &stage.composed.scene.cameras[0], &stage.composed.objects, render);
    // The longest side is 4; the middle (1, 2, 0.5) is at 0.5; Y of the file is up.
    for (pixel, wanted) in
        u16s(&nocs).chunks(4).skip(5).zip([[0.75, 0.625, 0.0], [0.25, 0.625, 1.0], [0.5, 0.625, 0.25]])
    {
        for (found, wanted) in pixel.iter().zip(wanted) {
            assert!((f64::from(*found) / 65_535.0 - wanted).abs() < 1.5 / 65_535.0, "{pixel:?}, {wanted:?}");
        }
    }
}

#[test]
fn masks_hold_what_is_seen_and_what_is_hidden() {
    // Bits of the film, and the pixels where an object is what is seen.
    assert_eq!(u16s(&layer_of(Layer::Amodal, |_| {})), [0, 0, 0b1, 0b1, 0b1, 0b11, 0b10, 0b10]);
    let stage = stage();
    let record = record_of(&stage, 0);
    let counts =
        |i: usize| ["px_count_all", "px_count_visib", "visib_fract"].map(|key| record["objects"][i][key].as_f64());
    assert_eq!(counts(0), [4.0, 2.0, 0.5].map(Some));
    assert_eq!(counts(1), [3.0, 3.0, 1.0].map(Some));
    assert!(record["objects"][0].get("amodal").is_none(), "the image has it");
}

#[test]
fn masks_of_objects_past_the_images_bits_are_in_the_record() {
    let mut stage = stage();
    let (placed, drawn) = (stage.composed.objects[0].clone(), stage.variation.objects[0].clone());
    stage.composed.objects.resize(17, placed);
    stage.variation.objects.resize(17, drawn);
    let mut film = film();
    film.geometry.instance[7] = 17;
    film.amodal.bits[2] |= 1 << 16;
    let files = [Layer::Amodal, Layer::Instance].map(|layer| LayerFile {
        layer,
        file: String::new(),
        sha256: Digest::default(),
        pixels: Digest::default(),
    });
    let record = record(&stage.plan, &stage.variation, &stage.composed, 0, &film, &files);
    // Four by two pixels, column by column: the fifth and the last, runs of 4, 1, 2, 1: the fourth is as the second.
    let object = &record["objects"][16];
    assert_eq!(object["amodal"], serde_json::json!({"size": [2, 4], "counts": "4120"}));
    assert_eq!((&object["px_count_all"], &object["px_count_visib"]), (&2.into(), &1.into()));
    assert_eq!(genki::formats::rle::area(4, 2, "4120"), Some(2));
    // The image has no more than the first sixteen.
    let image = raster(
        &film,
        Layer::Amodal,
        &stage.composed.scene.cameras[0],
        &stage.composed.objects,
        &stage.plan.recipe().render,
    );
    assert_eq!(u16s(&image), [0, 0, 0b1, 0b1, 0b1, 0b11, 0b10, 0]);
}

#[test]
fn camera_normals_have_opengl_axes() {
    let stage = stage();
    let camera = &stage.composed.scene.cameras[0];
    // A surface that faces the camera looks back along its +Z.
    let mut facing = film();
    facing.geometry.normal[2] = (-camera.world_from_camera.column(2)).to_array();
    facing.geometry.normal[3] = (-camera.world_from_camera.column(1)).to_array();
    facing.geometry.normal[4] = camera.world_from_camera.column(0).to_array();
    let normals = raster(&facing, Layer::Normal, camera, &stage.composed.objects, &stage.plan.recipe().render);
    let pixel = |i: usize| [0, 1, 2].map(|k| f16s(&normals)[3 * i + k].to_f32());
    for (i, expected) in [(2, [0.0, 0.0, 1.0]), (3, [0.0, 1.0, 0.0]), (4, [1.0, 0.0, 0.0])] {
        assert!(pixel(i).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{:?}", pixel(i));
    }
    assert!(f16s(&normals)[..6].iter().all(|x| x.to_bits() == 0), "background is +0");
}

#[test]
fn every_layer_survives_its_file() {
    for layer in Layer::ALL {
        for tone in [Tone::Srgb, Tone::None] {
            let image = layer_of(layer, |render| render.tone = tone);
            let bytes = encode(&image, layer);
            let render = Render { tone, ..stage().plan.recipe().render.clone() };
            let decoded = match extension(layer, &render).rsplit_once('.').expect("a kind") {
                (name, "png") => (name == layer.name()).then(|| png::decode(&bytes).expect("PNG")),
                (name, _) => (name == layer.name()).then(|| exr::decode(&bytes).expect("EXR")),
            };
            assert_eq!(decoded.expect("the layer's name").pixels_digest(), image.pixels_digest(), "{layer}");
            assert_eq!((image.channels, image.samples.dtype()), kind(layer, &render), "{layer}");
        }
    }
}

/// The record of one view, through its bytes.
fn record_of(stage: &Stage, view: usize) -> Value {
    let files: Vec<LayerFile> = Layer::ALL
        .into_iter()
        .map(|layer| {
            let image = image_of(stage, layer, view, &stage.plan.recipe().render);
            let file = stage.plan.names().member(0, view as u32, &extension(layer, &stage.plan.recipe().render));
            LayerFile { layer, file, sha256: sha256(&encode(&image, layer)), pixels: image.pixels_digest() }
        })
        .collect();
    let record = record(&stage.plan, &stage.variation, &stage.composed, view, &film(), &files);
    json::parse_strict(&json::canonical(&record)).expect("strict JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

/// m · p for a row-major matrix with rows of `n`.
fn times(m: &[f64], n: usize, p: &[f64]) -> Vec<f64> {
    m.chunks(n).map(|row| row.iter().zip(p).map(|(a, b)| a * b).sum()).collect()
}

#[test]
fn the_drawn_digest_follows_from_a_record_alone() {
    let stage = stage();
    for view in 0..3 {
        let record = record_of(&stage, view);
        let bits = record["drawn_bits"].as_object().expect("bits");
        assert!(bits.len() > 10);
        // serde_json's map is sorted by key: by UTF-8 bytes, as the lines are.
        let lines: String = bits.iter().map(|(path, b)| format!("{path}={}\n", b.as_str().expect("text"))).collect();
        assert_eq!(sha256(lines.as_bytes()), stage.variation.drawn_digest());
        assert_eq!(record["drawn_sha256"], stage.variation.drawn_digest().to_string());
        let drawn = record["drawn"].as_object().expect("values");
        assert!(drawn.keys().eq(bits.keys()));
        for (path, value) in drawn {
            let (kind, bits) = bits[path].as_str().expect("text").split_once(':').expect("type:bits");
            match kind {
                "f32" => {
                    let value = value.as_f64().expect("a number") as f32;
                    assert_eq!(format!("{:08x}", value.to_bits()), bits, "{path}");
                }
                "i64" => assert_eq!(value.to_string(), bits),
                "asset" => assert!(bits.ends_with(value.as_str().expect("a digest"))),
                other => panic!("{other} is no type"),
            }
        }
    }
}

#[test]
fn matrices_of_a_record_agree_with_each_other() {
    let stage = stage();
    let record = record_of(&stage, 1);
    let (k, cam2world, world2cam) =
        (numbers(&record["K"]), numbers(&record["cam2world"]), numbers(&record["world2cam"]));
    assert_eq!((k.len(), cam2world.len(), world2cam.len()), (9, 16, 16));
    assert_eq!(record["objects"].as_array().map(Vec::len), Some(2));
    for (i, object) in record["objects"].as_array().expect("objects").iter().enumerate() {
        assert_eq!(object["id"], i + 1);
        // A point of the file, by both ways into the camera.
        let gltf = [0.5, 3.0, 0.25, 1.0];
        let world = times(&numbers(&object["world_from_gltf"]), 4, &gltf);
        let camera = times(&world2cam, 4, &world);
        let scale = object["scale"].as_f64().expect("a scale");
        let offset = numbers(&object["offset"]);
        let own: Vec<f64> = [0.5, -0.25, 3.0].iter().zip(&offset).map(|(x, o)| scale * x + o).collect();
        for (frame, expected) in [("world_from_object", &world), ("camera_from_object", &camera)] {
            let turned = times(&numbers(&object[frame]["R"]), 3, &own);
            let t = numbers(&object[frame]["t"]);
            assert!((0..3).all(|k| (turned[k] + t[k] - expected[k]).abs() < 1e-5), "{frame}");
        }
        let back = times(&cam2world, 4, &camera);
        assert!((0..4).all(|k| (back[k] - world[k]).abs() < 1e-5));
    }
    // What the camera looks at lies in the middle of the picture.
    let target = [0.1, 0.2, 0.3, 1.0]; // the hero's position: its fit centres it
    let at = |c: &[f64]| (k[0] * c[0] / c[2] + k[2], k[4] * c[1] / c[2] + k[5]);
    let (x, y) = at(&times(&world2cam, 4, &target));
    assert!((x - 2.0).abs() < 1e-4 && (y - 1.0).abs() < 1e-4, "{x} {y}");
}

#[test]
fn a_record_says_what_its_layers_and_objects_are() {
    let stage = stage();
    let record = record_of(&stage, 2);
    assert_eq!(record["camera_convention"], "opencv");
    assert_eq!(record["plan_id"], stage.plan.id().to_string());
    assert_eq!(
        (&record["view"], &record["rig"]["id"], &record["rig"]["view"]),
        (&2.into(), &"around".into(), &2.into())
    );
    assert_eq!(record["credits"], (3 * 4 * 2 * u64::from(stage.plan.recipe().render.spp)).to_string());
    assert_eq!(record["coverage"], 5.0 / 8.0);
    assert_eq!(record["semantic"], serde_json::json!({"1": "thing"}));
    let object = &record["objects"][1];
    assert_eq!((&object["path"], &object["class"]), (&"objects.hero.1".into(), &"thing".into()));
    assert_eq!(
        (&object["asset"]["license"], &object["asset"]["attribution"]),
        (&"CC-BY-4.0".into(), &"A. Maker".into())
    );
    let layers = record["layers"].as_object().expect("layers");
    assert_eq!(layers.len(), Layer::ALL.len());
    for (name, layer) in layers {
        let known = Layer::from_name(name).expect("a layer");
        let image = image_of(&stage, known, 2, &stage.plan.recipe().render);
        assert_eq!(layer["dtype"], image.samples.dtype(), "{name}");
        assert_eq!(layer["channels"].as_array().map(Vec::len), Some(image.channels as usize));
        assert_eq!(layer["pixels"], image.pixels_digest().to_string());
        assert!(layer["file"].as_str().is_some_and(|f| f.ends_with(&extension(known, &stage.plan.recipe().render))));
        assert!(layer["sha256"].as_str().is_some_and(|d| d.parse::<Digest>().is_ok()));
        for key in ["unit", "frame", "colorspace", "nodata", "meaning", "sampling"] {
            assert!(layer.get(key).is_some(), "{name} lacks {key}");
        }
    }
    assert!(FilmPlanes::of(&Layer::ALL).geometry);
}

#[test]
fn a_film_without_geometry_has_no_coverage() {
    let stage = stage();
    let mut film = film();
    film.geometry = Geometry::default();
    let record = record(&stage.plan, &stage.variation, &stage.composed, 0, &film, &[]);
    assert!(record.get("coverage").is_none());
}

#[test]
fn a_background_is_put_behind_what_is_seen() {
    let white = layer_of(Layer::Rgb, |render| render.background = Background::White);
    let clear = layer_of(Layer::Rgb, |_| {});
    let pixels = |raster: &Raster| u8s(raster).chunks(4).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (white, clear) = (pixels(&white), pixels(&clear));
    // Half covered by (0.5, 0.2, 0): half of that and half of white, in linear light.
    let code = |x: f64| (255.0 * (1.055 * libm::pow(x, 1.0 / 2.4) - 0.055) + 0.5) as u8;
    assert_eq!(white[0], [code(0.75), code(0.6), code(0.5), 255]);
    assert_eq!(white[1], [255; 4], "nothing is there");
    assert_eq!(white[3], clear[3], "what is covered in full stays");
    let black = layer_of(Layer::Rgb, |render| render.background = Background::Black);
    assert_eq!(pixels(&black)[1], [0, 0, 0, 255]);
    let linear = layer_of(Layer::Rgb, |render| (render.tone, render.background) = (Tone::None, Background::White));
    assert_eq!(f16s(&linear)[..4], [0.75, 0.6, 0.5, 1.0].map(f16::from_f32));
}

#[test]
fn tones_change_rgb_alone() {
    for tone in [Tone::Agx, Tone::Filmic] {
        let [plain, mapped] = [Tone::Srgb, tone].map(|tone| layer_of(Layer::Rgb, |render| render.tone = tone));
        // The last pixels are seven times white in blue, and white in green.
        assert_ne!(u8s(&plain)[12..16], u8s(&mapped)[12..16]);
        assert_eq!(u8s(&mapped)[4..8], [0; 4], "black stays black, and clear stays clear");
        assert_eq!(u8s(&mapped)[15], 255);
        let [plain, mapped] = [Tone::Srgb, tone].map(|tone| layer_of(Layer::Albedo, |render| render.tone = tone));
        assert_eq!(u8s(&plain), u8s(&mapped));
    }
}
