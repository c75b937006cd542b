//! Records that lie, signed by who made them up: each lie is named with its key. And records that don't.

use super::Finding;
use super::testing::{RECIPE as TEXT, plan_of};
use super::tests::{Sealed, position, replace, says};
use crate::formats::json::canonical;
use serde_json::{Value, json};

/// What is found where the record of the first view is another.
fn with_record(text: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Finding> {
    let sealed = Sealed::of_recipe(text, &[0, 1, 2]);
    sealed.rewrite_shard(0, |members| {
        let at = position(members, "0000-000.json");
        let changed = change(&members[at].bytes);
        assert_ne!(changed, members[at].bytes);
        replace(members, "0000-000.json", changed, None);
    });
    sealed.findings()
}

fn with_value(text: &str, change: impl Fn(&mut Value)) -> Vec<Finding> {
    with_record(text, |bytes| {
        let mut record: Value = serde_json::from_slice(bytes).unwrap();
        change(&mut record);
        canonical(&record)
    })
}

#[test]
fn records_that_lie_are_named_with_the_key() {
    let plan_id = plan_of(TEXT).id().to_string();
    for (from, to, named) in [
        ("\"spp\":2", "\"spp\":4096", "`spp` is 4096, and must be 2"),
        ("\"credits\":\"96\"", "\"credits\":\"97\"", "`credits`"),
        ("\"class\":\"toy\"", "\"class\":\"cat\"", "`objects[0].class`"),
        ("\"license\":\"CC0-1.0\"", "\"license\":\"MIT\"", "`objects[0].asset.license`"),
        ("\"camera_convention\":\"opencv\"", "\"camera_convention\":\"opengl\"", "`camera_convention`"),
        ("\"dtype\":\"float32\"", "\"dtype\":\"float64\"", "`layers.depth.dtype`"),
        ("\"unit\":\"m\"", "\"unit\":\"mm\"", "`layers.depth.unit` is \"mm\", and must be \"m\""),
        ("\"frame\":\"camera_opencv\"", "\"frame\":\"world\"", "`layers.depth.frame`"),
        ("\"nodata\":0", "\"nodata\":1", "`layers.depth.nodata`"),
        ("\"colorspace\":\"srgb\"", "\"colorspace\":\"linear\"", "`layers.rgb.colorspace`"),
        ("\"channels\":[\"Z\"]", "\"channels\":[]", "`layers.depth.channels`"),
        ("\"coverage\":0.5", "\"coverage\":0.25", "`coverage` is 0.25, and must be 0.5"),
        ("\"coverage\":0.5,", "", "`coverage` is missing"),
        ("\"generator\":\"\"", "\"generator\":null", "`objects[0].asset.generator`"),
        ("\"triangles\":1", "\"triangles\":-1", "`objects[0].asset.triangles`"),
        ("\"id\":1", "\"id\":1,\"ie\":1", "`objects[0].ie` is no key"),
        ("\"unit\":\"m\"", "\"unit\":\"m\",\"unitz\":1", "`layers.depth.unitz` is no key"),
        ("{\"asset", "{ \"asset", "not in canonical form"),
        ("{\"K\":[[", "{\"K\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nested too deeply"),
        ("{\"K\":", "{\"J\":1,\"K\":", "`J` is no key"),
        ("{\"K\":[[", "{\"K\":[[7,", "`K[0]`"),
        ("\"drawn\":{\"", "\"drawn\":{\"a\":1,\"", "`drawn.a` is no key"),
        (plan_id.as_str(), &"0".repeat(64), "`plan_id`"),
    ] {
        let findings = with_record(TEXT, |bytes| {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from} stands in a record");
            text.replacen(from, to, 1).into_bytes()
        });
        assert!(says(&findings, named), "{from} → {to}: {findings:?}");
    }
}

#[test]
fn numbers_that_follow_from_others_are_held_to_them() {
    let add = |value: &mut Value, x: f64| *value = json!(value.as_f64().unwrap() + x);
    let shifted = with_value(TEXT, |record| add(&mut record["cam2world"][0][3], 0.5));
    assert!(says(&shifted, "`world2cam[") && says(&shifted, "`objects[0].camera_from_object.t["), "{shifted:?}");
    // An orbit's axes follow from the plan also where its distance is fitted.
    let turned = with_value(TEXT, |record| add(&mut record["cam2world"][0][0], 0.01));
    assert!(says(&turned, "`cam2world[0][0]`"), "{turned:?}");
    let focal = with_value(TEXT, |record| add(&mut record["K"][0][0], 1.0));
    assert!(says(&focal, "`K[0][0]`"), "{focal:?}");
    let scaled = with_value(TEXT, |record| add(&mut record["objects"][0]["scale"], 1.0));
    assert!(says(&scaled, "`objects[0].world_from_gltf["), "{scaled:?}");
    let moved = with_value(TEXT, |record| add(&mut record["objects"][0]["world_from_gltf"][2][3], 0.1));
    assert!(says(&moved, "`objects[0].world_from_gltf[2][3]`"), "{moved:?}");
    let placed = with_value(TEXT, |record| add(&mut record["objects"][0]["world_from_object"]["t"][0], 1.0));
    assert!(says(&placed, "`objects[0].world_from_object.t[0]`"), "{placed:?}");
    let flat = with_value(TEXT, |record| record["cam2world"] = json!([[1, 0], [0, 1]]));
    assert!(says(&flat, "`cam2world`"), "{flat:?}");
}

/// Every kind of camera, and what of it follows from the plan.
#[test]
fn cameras_of_every_kind_are_those_that_the_plan_foretells() {
    let around = "cameras: [{id: around, rig: orbit, views: 2}]";
    assert!(TEXT.contains(around));
    let of = |cameras: &str| TEXT.replace(around, &format!("cameras: [{cameras}]"));
    let eye = "cam2world[0][3]";
    for (cameras, foretold) in [
        (
            "{id: a, rig: orbit, views: 2, radius: {uniform: [2, 3]}, look_at: [0.1, 0, 0], fov_deg: {uniform: [20, 60]}}",
            eye,
        ),
        ("{id: a, rig: fibonacci, views: 3, radius: 3, look_at: hero, roll_deg: 10}", "cam2world[0][0]"),
        (
            "{id: a, rig: ring, views: 3, elevations_deg: [10, 50], radius: {fit: 1.2}, look_at: scene}",
            "cam2world[0][0]",
        ),
        ("{id: a, rig: fixed, position: [3, 1, 2], look_at: hero}", eye),
        ("{id: a, rig: fixed, position: [3, 1, 2], look_at: [0, 0, 0.5], roll_deg: 30}", "cam2world[0][1]"),
    ] {
        let text = of(cameras);
        assert_eq!(Sealed::of_recipe(&text, &[0, 1, 2]).findings(), [], "{cameras}");
        let path: Vec<usize> = foretold[10..foretold.len() - 1].split("][").map(|i| i.parse().unwrap()).collect();
        let findings = with_value(&text, |record| {
            let value = &mut record["cam2world"][path[0]][path[1]];
            *value = json!(value.as_f64().unwrap() + 0.25);
        });
        assert!(says(&findings, &format!("`{foretold}`")), "{cameras}: {findings:?}");
    }
}

#[test]
fn coverage_is_held_to_what_the_layers_show() {
    let lying = |layers: &str, share: f64| {
        let text = TEXT.replace("layers: [rgb, depth, instance]", layers);
        with_value(&text, |record| record["coverage"] = json!(share))
    };
    // 24 pixels, of which every second shows an object; depth is 0 nearly nowhere.
    assert!(says(&lying("layers: [rgb, semantic]", 0.25), "`coverage` is 0.25, and must be 0.5"));
    assert!(says(&lying("layers: [depth]", 0.3), "`coverage` is 0.3"), "no share of 24 pixels");
    assert!(says(&lying("layers: [rgb]", 0.5), "`coverage` is no key"));
    for layers in ["layers: [rgb]", "layers: [material]", "layers: [semantic]", "layers: [depth, normal]"] {
        let text = TEXT.replace("layers: [rgb, depth, instance]", layers);
        assert_eq!(Sealed::of_recipe(&text, &[0]).findings(), [], "{layers}");
    }
}

#[test]
fn what_layers_of_ids_and_masks_add_is_held_to_the_images() {
    let text = TEXT.replace("layers: [rgb, depth, instance]", "layers: [instance, nocs, material_id, part, amodal]");
    assert_eq!(Sealed::of_recipe(&text, &[0, 1, 2]).findings(), []);
    let lying = |change: fn(&mut Value)| with_value(&text, change);
    // 24 pixels: every second is seen, every third is in the mask; 16 are either.
    for (change, named) in [
        (
            (|r| r["objects"][0]["px_count_all"] = json!(17)) as fn(&mut Value),
            "`objects[0].px_count_all` is 17, and must be 16",
        ),
        (|r| r["objects"][0]["px_count_visib"] = json!(11), "`objects[0].px_count_visib` is 11, and must be 12"),
        (|r| r["objects"][0]["visib_fract"] = json!(0.5), "`objects[0].visib_fract` is 0.5, and must be 0.75"),
        (|r| r["objects"][0]["amodal"] = json!({}), "`objects[0].amodal` is no key"),
        (|r| r["objects"][0]["nocs_from_object"]["scale"] = json!(-1), "`objects[0].nocs_from_object`"),
        (|r| r["objects"][0]["nocs_from_object"]["offset"] = json!([0, 0]), "`objects[0].nocs_from_object`"),
        (|r| r["materials"]["2"] = r["materials"]["1"].clone(), "`materials.2` is no key"),
        (|r| r["materials"] = json!({}), "`materials.1` is missing"),
        (|r| r["materials"]["1"]["object"] = json!(2), "`materials.1`"),
        (|r| r["parts"]["1"]["part"] = json!(1), "`parts.1`"),
        (|r| r["parts"]["1"]["name"] = json!("x".repeat(200)), "`parts.1`"),
        (|r| r["parts"]["1"]["material"] = json!(0), "`parts.1"),
    ] {
        let findings = lying(change);
        assert!(says(&findings, named), "{named}: {findings:?}");
    }
    // Without these layers none of it stands there.
    assert!(says(&with_value(TEXT, |r| r["materials"] = json!({})), "`materials` is no key"));
}

/// Lenses, stereo pairs and sensors, and a lie about each.
#[test]
fn lenses_and_sensors_are_those_that_the_plan_foretells() {
    let around = "cameras: [{id: around, rig: orbit, views: 2}]";
    let of = |cameras: &str| TEXT.replace(around, cameras);
    type Change = fn(&mut Value);
    let cases: [(&str, Change, &str); 9] = [
        (
            "cameras: [{id: a, rig: orbit, views: 2, lens: {distortion: {k1: {uniform: [-0.1, 0]}, p2: 0.001}}}]",
            |r| r["lens"]["distortion"]["k1"] = json!(0),
            "`lens.distortion.k1`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2, fov_deg: 190, lens: {projection: fisheye, k1: 0.01}}]",
            |r| r["lens"]["image_circle"]["theta_rad"] = json!(2),
            "`lens.image_circle.theta_rad`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2, lens: equirectangular}]",
            |r| r["lens"]["projection"] = json!("perspective"),
            "`lens.projection`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2, lens: {projection: orthographic, height_m: 2}}]",
            |r| r["lens"]["maps"] = json!("as you like"),
            "`lens.maps`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2, lens: {f_stop: {uniform: [1, 4]}, focus: hero, blades: 5}}]",
            |r| r["lens"]["aperture"]["radius_m"] = json!(0.1),
            "`lens.aperture.radius_m`",
        ),
        (
            "cameras: [{id: a, rig: stereo, pairs: 2, baseline_m: {uniform: [0.1, 0.2]}}]",
            |r| r["stereo"]["baseline_m"] = json!(0.5),
            "`stereo.baseline_m`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2}]\nsensor: {vignette: {uniform: [0.1, 0.5]}, bits: 10, jpeg_quality: 80}",
            |r| r["sensor"]["vignette"] = json!(0),
            "`sensor.vignette`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2, motion: {translate_m: [{uniform: [0.1, 0.2]}, 0, 0]}}]",
            |r| r["motion"]["translate_m"][0] = json!(0.5),
            "`motion.translate_m[0]`",
        ),
        (
            "cameras: [{id: a, rig: orbit, views: 2}]\nframes: {fps: 30, shutter: 0.5}",
            |r| r["frames"]["shutter"] = json!(0),
            "`frames.shutter`",
        ),
    ];
    for (cameras, lie, named) in cases {
        let text = of(cameras);
        assert_eq!(Sealed::of_recipe(&text, &[0, 1, 2]).findings(), [], "{cameras}");
        let findings = with_value(&text, lie);
        assert!(says(&findings, named), "{cameras}: {findings:?}");
    }
    // Where a lens is focused on an object, any distance may be, but nothing else.
    let focused = of("cameras: [{id: a, rig: orbit, views: 2, lens: {f_stop: 2, focus: hero}}]");
    let findings = with_value(&focused, |r| r["lens"]["aperture"]["focus_m"] = json!(-1));
    assert!(says(&findings, "`lens.aperture.focus_m`"), "{findings:?}");
    let fixed = of("cameras: [{id: a, rig: orbit, views: 2, lens: {f_stop: 2, focus: 2.5}}]");
    let findings = with_value(&fixed, |r| r["lens"]["aperture"]["focus_m"] = json!(2.25));
    assert!(says(&findings, "`lens.aperture.focus_m`"), "{findings:?}");
}

/// The other eye is a number over all cameras, as the view's own is.
#[test]
fn the_eyes_of_a_pair_name_each_other_behind_other_cameras_too() {
    let around = "cameras: [{id: around, rig: orbit, views: 2}]";
    let rigs = "cameras: [{id: one, rig: fixed, position: [0, -3, 1]}, {id: pair, rig: stereo, pairs: 1}]";
    let sealed = Sealed::of_recipe(&TEXT.replace(around, rigs), &[0, 1, 2]);
    assert_eq!(sealed.findings(), []);
    sealed.rewrite_shard(0, |members| {
        let stereo_of = |name: &str| {
            let record: Value = serde_json::from_slice(&members[position(members, name)].bytes).unwrap();
            (record["view"].clone(), record["stereo"]["eye"].clone(), record["stereo"]["other_view"].clone())
        };
        assert_eq!(stereo_of("0000-000.json"), (json!(0), Value::Null, Value::Null));
        assert_eq!(stereo_of("0000-001.json"), (json!(1), json!("left"), json!(2)));
        assert_eq!(stereo_of("0000-002.json"), (json!(2), json!("right"), json!(1)));
    });
}
