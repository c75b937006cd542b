//! Clips, morph targets and skins in motion: against values worked out by hand, and at rest against the mesh itself.

use super::looks::triangle_of;
use super::{Builder, close, load_with, loaded, say, textured_square};
use crate::asset::{Budget, Cause, Motion, Posed, at, load_model, pose};
use crate::scene::{Asset, Channel, Interpolation, Light, Moves};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn posed(asset: &Asset, time_s: f32) -> Posed {
    pose(asset, &Motion { clip: Some((0, time_s)), ..Motion::default() }).expect("is finite")
}

#[track_caller]
fn assert_rests(asset: &Asset, name: &str) {
    let rest = pose(asset, &Motion::default()).expect("is finite").mesh;
    assert!(!asset.rig.pieces.is_empty(), "{name}");
    assert_eq!(rest.positions, asset.mesh.positions, "{name}");
    assert_eq!(rest.normals, asset.mesh.normals, "{name}");
    assert_eq!(rest.tangents, asset.mesh.tangents, "{name}");
}

fn channel(moves: Moves, interpolation: Interpolation, times_s: &[f32], values: &[f32], width: usize) -> Channel {
    Channel { node: 0, moves, interpolation, times_s: times_s.to_vec(), values: values.to_vec(), width }
}

#[test]
fn steps_hold_lines_run_and_both_stand_still_outside_of_their_keys() {
    let step = channel(Moves::Weights, Interpolation::Step, &[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0], 2);
    let line = Channel { interpolation: Interpolation::Linear, ..step.clone() };
    assert_eq!([0.0, 1.0, 1.75, 2.0, 9.0].map(|t| at(&step, t)[1]), [4.0, 4.0, 4.0, 6.0, 6.0]);
    assert_eq!([0.0, 1.0, 1.75, 2.0, 9.0].map(|t| at(&line, t)[1]), [4.0, 4.0, 5.5, 6.0, 6.0]);
}

#[test]
fn rotations_go_along_the_sphere_the_shorter_way() {
    let (half, quarter) = (std::f32::consts::FRAC_1_SQRT_2, std::f32::consts::FRAC_PI_8);
    // From none to 90° about z, which as a quaternion is 45°; a third of the time is 15°.
    for sign in [1.0, -1.0] {
        let values = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, sign * half, sign * half];
        let turn = channel(Moves::Rotation, Interpolation::Linear, &[0.0, 3.0], &values, 4);
        let third = at(&turn, 1.0);
        close([third[2], third[3]], [0.258_819, 0.965_925_8]);
        let middle = at(&turn, 1.5);
        close([middle[2], middle[3]], [libm::sinf(quarter), libm::cosf(quarter)]);
    }
    let still = channel(Moves::Rotation, Interpolation::Linear, &[0.0, 1.0], &[0.0, 0.0, 0.0, 1.0].repeat(2), 4);
    assert_eq!(at(&still, 0.5), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn cubics_leave_and_reach_their_keys_with_the_tangents_of_the_file() {
    // t³ from 0 to 2: values 0 and 8, slopes 0 and 12. The outermost tangents count for nothing.
    let cube = channel(Moves::Weights, Interpolation::Cubic, &[0.0, 2.0], &[99.0, 0.0, 0.0, 12.0, 8.0, 99.0], 1);
    for t in [0.0f32, 0.5, 1.0, 1.5, 2.0] {
        close([at(&cube, t)[0]], [t * t * t]);
    }
}

/// Adds a clip of one channel.
fn animate(builder: &mut Builder, node: usize, path: &str, kind: &str, times: &[f32], values: &[f32]) {
    let (input, output) = (builder.floats("SCALAR", times), builder.floats(kind, values));
    let clip = json!({
        "name": "move", "samplers": [{"input": input, "output": output}],
        "channels": [{"sampler": 0, "target": {"node": node, "path": path}}],
    });
    builder.json["animations"] = json!([clip]);
}

#[test]
fn a_clip_moves_the_nodes_below_the_one_that_it_names() {
    let mut builder = Builder::triangle();
    builder.json["nodes"] = json!([
        {"children": [1], "scale": [2, 2, 2]},
        {"mesh": 0, "translation": [0, 0, 1], "scale": [1, 1, -1]},
    ]);
    animate(&mut builder, 0, "translation", "VEC3", &[0.0, 1.0], &[0.0, 0.0, 0.0, 10.0, 20.0, 30.0]);
    let asset = loaded(&builder);
    assert_rests(&asset, "two nodes");
    assert_eq!((asset.rig.clips[0].name.as_str(), asset.rig.clips[0].duration_s), ("move", 1.0));
    let half = posed(&asset, 0.5);
    close(half.mesh.positions[1], [5.0 + 2.0, 10.0, 15.0 + 2.0]);
    let world = half.world_from_node[1];
    assert_eq!(world, [[2.0, 0.0, 0.0, 5.0], [0.0, 2.0, 0.0, 10.0], [0.0, 0.0, -2.0, 17.0]]);
    assert_eq!(half.mesh.triangles, asset.mesh.triangles);
}

#[test]
fn weights_of_a_clip_count_before_the_files_and_given_ones_before_both() {
    let mut builder = Builder::triangle();
    let delta = builder.floats("VEC3", &[0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 4.0]);
    builder.json["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": delta}]);
    builder.json["meshes"][0]["weights"] = json!([0.5]);
    let still = loaded(&builder);
    assert_rests(&still, "targets without a clip");
    animate(&mut builder, 0, "weights", "SCALAR", &[0.0, 1.0], &[1.0, 3.0]);
    let asset = loaded(&builder);
    assert_rests(&asset, "targets");
    let heights = |posed: Posed| posed.mesh.positions.iter().map(|p| p[2]).collect::<Vec<f32>>();
    assert_eq!(heights(posed(&asset, 0.5)), [2.0, 4.0, 8.0]);
    let weights = BTreeMap::from([(0, vec![0.25])]);
    assert_eq!(heights(pose(&asset, &Motion { clip: Some((0, 0.5)), weights }).expect("finite")), [0.25, 0.5, 1.0]);
    // No normals in the file: those of the triangle where it is. Its edges are (1, 0, 2) and (0, 1, 6) at a weight of 2.
    let normal = posed(&asset, 0.5).mesh.normals[0];
    let length = 41f32.sqrt();
    close(normal, [-2.0 / length, -6.0 / length, 1.0 / length]);
}

#[test]
fn a_skinned_mesh_follows_its_joints_in_motion() {
    let mut builder = Builder::triangle();
    let joints = builder.accessor(5121, "VEC4", 3, &[0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    let weights = builder.floats("VEC4", &[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]].concat());
    let normals = builder.floats("VEC3", &[0.0, 0.0, 1.0].repeat(3));
    let attributes = json!({"POSITION": 0, "NORMAL": normals, "JOINTS_0": joints, "WEIGHTS_0": weights});
    builder.json["meshes"][0]["primitives"][0]["attributes"] = attributes;
    builder.json["nodes"] = json!([{"mesh": 0, "skin": 0, "translation": [100, 0, 0]}, {}, {}]);
    builder.json["skins"] = json!([{"joints": [1, 2]}]);
    animate(&mut builder, 2, "translation", "VEC3", &[0.0, 1.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 8.0]);
    let asset = loaded(&builder);
    assert_rests(&asset, "a skin");
    let positions = posed(&asset, 0.5).mesh.positions;
    assert_eq!(positions, [[0.0, 0.0, 0.0], [1.0, 0.0, 4.0], [0.0, 1.0, 2.0]]);
}

#[test]
fn what_is_split_made_and_shown_many_times_rests_as_well() {
    let clip = |builder: &mut Builder| {
        animate(builder, 0, "translation", "VEC3", &[0.0, 1.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 8.0]);
    };
    let mut square = textured_square(1.0);
    let places = square.floats("VEC3", &[0.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
    let copies = json!({"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}});
    square.json["nodes"] = json!([{"mesh": 0, "extensions": copies}, {"mesh": 0, "scale": [-1, 2, 1]}]);
    clip(&mut square);
    let asset = loaded(&square);
    assert_rests(&asset, "copies");
    assert_eq!(posed(&asset, 0.5).mesh.positions[4][2], asset.mesh.positions[4][2] + 4.0);
    // Without normals each triangle has vertices of its own, and those with other tangents are split again.
    let mut flat = textured_square(1.0);
    flat.json["meshes"][0]["primitives"][0]["attributes"].as_object_mut().expect("a map").remove("NORMAL");
    clip(&mut flat);
    assert_rests(&loaded(&flat), "flat");
    let mut brushed = triangle_of(json!({"extensions": {"KHR_materials_anisotropy": {"anisotropyStrength": 1}}}));
    clip(&mut brushed);
    assert_rests(&loaded(&brushed), "brushed");
}

#[test]
fn lights_go_with_their_nodes_with_or_without_meshes() {
    let mut builder = textured_square(1.0);
    builder.json["extensionsUsed"] = json!(["KHR_lights_punctual"]);
    builder.json["extensions"] = json!({"KHR_lights_punctual": {"lights": [
        {"type": "point", "intensity": 683.0},
        {"type": "spot", "intensity": 683.0, "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.3}},
        {"type": "directional", "intensity": 683.0},
    ]}});
    let light = |i: u32| json!({"KHR_lights_punctual": {"light": i}});
    // The point light hangs from what slides, the spot's node turns by 90° about x, the sun's stands.
    builder.json["nodes"] = json!([
        {"mesh": 0, "children": [1]},
        {"translation": [0, 1, 0], "extensions": light(0)},
        {"translation": [5, 0, 0], "extensions": light(1)},
        {"extensions": light(2)},
    ]);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    animate(&mut builder, 0, "translation", "VEC3", &[0.0, 1.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 8.0]);
    let slide = builder.json["animations"][0].clone();
    animate(&mut builder, 2, "rotation", "VEC4", &[0.0, 1.0], &[0.0, 0.0, 0.0, 1.0, half, 0.0, 0.0, half]);
    builder.json["animations"].as_array_mut().expect("a list").insert(0, slide);
    let asset = loaded(&builder);
    assert_eq!(pose(&asset, &Motion::default()).expect("is finite").lights, asset.lights);
    let places = |clip: usize, time_s: f32| {
        let motion = Motion { clip: Some((clip, time_s)), ..Motion::default() };
        match pose(&asset, &motion).expect("is finite").lights[..] {
            [
                Light::Point { position, .. },
                Light::Spot { direction, position: at, .. },
                Light::Sun { direction: down, .. },
            ] => {
                assert_eq!(at.to_array(), [5.0, 0.0, 0.0]);
                (position.to_array(), direction.to_array(), down.to_array())
            }
            ref lights => panic!("{lights:?}"),
        }
    };
    assert_eq!(places(0, 0.5), ([0.0, 1.0, 4.0], [0.0, 0.0, -1.0], [0.0, 0.0, -1.0]));
    let (point, spot, sun) = places(1, 1.0);
    assert_eq!((point, sun), ([0.0, 1.0, 0.0], [0.0, 0.0, -1.0]));
    close(spot, [0.0, 1.0, 0.0]);
    // Nothing is shown but a lamp: it moves all the same.
    builder.json["nodes"][0] = json!({"children": [1]});
    let lamp = loaded(&builder);
    let motion = Motion { clip: Some((0, 0.25)), ..Motion::default() };
    let Light::Point { position, .. } = pose(&lamp, &motion).expect("is finite").lights[0] else { panic!() };
    assert_eq!(position.to_array(), [0.0, 1.0, 2.0]);
}

#[test]
fn what_cannot_move_keeps_nothing_for_it() {
    let rig = loaded(&textured_square(1.0)).rig;
    assert!(rig.pieces.is_empty() && rig.nodes.is_empty());
    let asset = loaded(&Builder::triangle());
    let rest = pose(&asset, &Motion { clip: Some((3, 1.0)), ..Motion::default() }).expect("is finite");
    assert_eq!(rest.mesh.positions, asset.mesh.positions);
}

#[test]
fn clips_that_make_no_sense_are_left_out_with_a_warning() {
    let with = |times: &[f32], values: &[f32], change: fn(&mut Value)| {
        let mut builder = Builder::triangle();
        animate(&mut builder, 0, "translation", "VEC3", times, values);
        change(&mut builder.json["animations"][0]);
        let asset = loaded(&builder);
        let is_warned = asset.facts.warnings.iter().any(|w| w.contains("a clip is left out"));
        assert_eq!(asset.rig.clips.len(), usize::from(!is_warned), "{:?}", asset.facts.warnings);
        is_warned
    };
    let (times, values) = ([0.0, 1.0], [0.0; 6]);
    assert!(!with(&times, &values, |_| {}));
    assert!(!with(&times, &values, |clip| clip["channels"][0]["target"]["path"] = json!("pointer")));
    assert!(with(&[1.0, 1.0], &values, |_| {}));
    assert!(with(&[-1.0, 1.0], &values, |_| {}));
    assert!(with(&[0.0, f32::NAN], &values, |_| {}));
    assert!(with(&times, &[0.0; 9], |_| {}));
    assert!(with(&times, &[f32::INFINITY; 6], |_| {}));
    assert!(with(&times, &values, |clip| clip["samplers"][0]["interpolation"] = json!("CUBICSPLINE")));
    assert!(with(&times, &values, |clip| clip["samplers"][0]["interpolation"] = json!("BOUNCE")));
    assert!(with(&times, &values, |clip| clip["samplers"][0]["input"] = json!(99)));
    assert!(with(&times, &values, |clip| clip["channels"][0]["target"]["node"] = json!(99)));
    assert!(with(&times, &values, |clip| clip["channels"][0]["sampler"] = json!(1)));
    assert!(with(&times, &values, |clip| clip["channels"][0]["target"]["path"] = json!("rotation")));
}

#[test]
fn keys_that_channels_share_are_counted_for_each() {
    // Ten vectors a triangle of the budget may be kept: 1000. 90 keys are 90 vectors, and 90 times a third as many.
    let budget = Budget { triangles: 100, ..Budget::default() };
    let with = |n_channels: usize| {
        let mut builder = Builder::triangle();
        let times: Vec<f32> = (0..90).map(|i| i as f32).collect();
        animate(&mut builder, 0, "translation", "VEC3", &times, &[0.0; 270]);
        let channels = &mut builder.json["animations"][0]["channels"];
        *channels = json!(vec![channels[0].clone(); n_channels]);
        load_with(&builder, &budget)
    };
    assert_eq!(with(8).expect("960 vectors").rig.clips[0].channels.len(), 8);
    let error = with(9).expect_err("1080 vectors");
    assert!(error.cause == Cause::TooLarge && error.what.contains("clips"), "{error}");
}

#[test]
fn files_of_others_rest_as_they_load_and_move_in_every_clip() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/assets");
    if !shared.is_dir() {
        assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", shared.display());
        say(&format!("skipped: no {}", shared.display()));
        return;
    }
    let files = [
        ("models/Fox.glb", 3),
        ("models/MorphStressTest.gltf", 3),
        ("models/CesiumMilkTruck.glb", 1),
        ("features/03_all_animations/03_all_animations.gltf", 3),
        ("features/03_skinned_cylinder/03_skinned_cylinder.gltf", 1),
    ];
    for (name, n_clips) in files {
        let asset = load_model(&shared.join(name), &Budget::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_rests(&asset, name);
        assert_eq!(asset.rig.clips.len(), n_clips, "{name}");
        for (i, clip) in asset.rig.clips.iter().enumerate() {
            let at = |share: f32| {
                let clip = Some((i, share * clip.duration_s));
                pose(&asset, &Motion { clip, ..Motion::default() }).expect("is finite").mesh.positions
            };
            assert_ne!(at(0.3), at(0.6), "{name} {i}");
        }
    }
}
