//! Poses: where objects stand whose assets are shown at a moment of a clip; and scenes a little earlier or later.

use super::motion::{MAX_MOMENTS, MAX_ROLLING_MOMENTS};
use super::tests::{Stage, box_asset};
use super::{Exposure, exposure, moved};
use crate::math::{Vec3, vec3};
use crate::plan::Variation;
use crate::reason::Reason;
use crate::scene::{
    Asset, Channel, Clip, Composed, Interpolation, Light, Moves, Piece, Placement, Rig, RigNode, Shape,
};
use std::sync::Arc;

/// A box of 2 × 4 × 1 (glTF axes) whose clip `grow` makes it twice as large along x in 2 s.
pub(super) fn growing() -> Asset {
    moving("grow", Moves::Scale, &[0.0, 2.0], &[1.0, 1.0, 1.0, 2.0, 1.0, 1.0], 3)
}

pub(super) fn moving(name: &str, moves: Moves, times_s: &[f32], values: &[f32], width: usize) -> Asset {
    let mut asset = box_asset("box", [0.0, 0.0, 0.0], [2.0, 4.0, 1.0]);
    let mesh = &asset.mesh;
    let shape = Shape {
        positions: mesh.positions.clone(),
        normals: Some(mesh.normals.clone()),
        rest_normals: mesh.normals.clone(),
        triangles: mesh.triangles.clone(),
        ..Shape::default()
    };
    let rest = Placement::Parts { translation: [0.0; 3], rotation: [0.0, 0.0, 0.0, 1.0], scale: [1.0; 3] };
    let identity = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    asset.lights = vec![Light::Point { position: Vec3::ZERO, intensity: Vec3::ONE }];
    let (times_s, values) = (times_s.to_vec(), values.to_vec());
    let duration_s = times_s[times_s.len() - 1];
    let channel = Channel { node: 0, moves, interpolation: Interpolation::Linear, times_s, values, width };
    asset.rig = Arc::new(Rig {
        nodes: vec![RigNode { parent: None, rest, weights: Vec::new() }],
        order: vec![0],
        clips: vec![Clip { name: name.to_string(), duration_s, channels: vec![channel] }],
        skins: Vec::new(),
        pieces: vec![Piece { node: 0, skin: None, instance: identity, first_vertex: 0, shape: Arc::new(shape) }],
        lights: vec![0],
    });
    asset
}

#[test]
fn a_posed_object_is_fitted_by_its_posed_bounds_and_has_a_mesh_of_its_own() {
    let side = |pose: &str| {
        let objects = format!("scene: {{objects: [{{id: box, from: things, {pose}}}]}}\n");
        let composed = Stage::new(&objects, vec![growing()]).compose(0).expect("a scene");
        let bounds = composed.objects[0].bounds();
        (bounds.max - bounds.min, composed.objects[0].scale, composed.scene.instances[0].mesh_digest)
    };
    // At rest the longest side is the 4 of glTF's y; at the end of the clip x is as long.
    let (rest, rest_scale, rest_mesh) = side("scale: 1");
    assert_eq!((rest.to_array(), rest_scale), ([0.5, 0.25, 1.0], 0.25));
    let (end, scale, end_mesh) = side("pose: {clip: grow, time: 1}");
    assert_eq!((end.to_array(), scale), ([1.0, 0.25, 1.0], 0.25));
    let (_, scale, _) = side("fit: none, pose: {clip: grow, time: 0.5}");
    assert_eq!(scale, 1.0);
    let (half, _, half_mesh) = side("pose: {clip: grow, time: 0.5}");
    assert!((half.x - 0.75).abs() < 1e-6, "{half:?}");
    assert_eq!(side("pose: {clip: random, time: 0.5}").2, half_mesh);
    assert!(rest_mesh != end_mesh && end_mesh != half_mesh && half_mesh != rest_mesh);
}

#[test]
fn a_clip_that_was_left_out_of_its_file_is_a_malformed_asset() {
    let mut stage = Stage::new("scene: {objects: [{id: box, from: things, pose: {clip: grow}}]}\n", vec![growing()]);
    let mut left_out = growing();
    left_out.rig = Arc::new(Rig { clips: Vec::new(), ..Rig::clone(&left_out.rig) });
    stage.library.assets.insert(left_out.facts.sha256, Arc::new(left_out));
    let error = stage.compose(0).expect_err("no scene");
    assert!(error.to_string().contains("no clip `grow`") && error.reason() == Reason::AssetMalformed, "{error}");
}

/// A stage's only variation, and how its scene moves.
struct Moving {
    stage: Stage,
    variation: Variation,
    composed: Composed,
}

impl Moving {
    fn new(rest: &str) -> Moving {
        let stage = Stage::new(rest, vec![growing()]);
        let (variation, composed) = (stage.plan.variation(0, 0), stage.compose(0).expect("a scene"));
        Moving { stage, variation, composed }
    }

    fn exposure(&self, spp: u32) -> Exposure {
        exposure(&self.composed, &self.variation, &self.stage.plan.recipe().frames, spp)
    }

    fn at(&self, n_frames: f64) -> crate::scene::Scene {
        moved(&self.composed, &self.variation, &self.stage.plan.recipe().frames, n_frames).expect("a scene")
    }
}

const GROWING: &str = "scene: {objects: [{id: box, from: things, fit: none, pose: {clip: grow, time: 0.5}}]}\n";

#[test]
fn a_clip_goes_on_in_seconds_and_begins_again_past_its_ends() {
    let moving = Moving::new(&format!("{GROWING}frames: {{fps: 4}}\n"));
    // 1 s of 2 s: 1.5 times 2 m wide. A frame is a quarter of a second, an eighth of the clip.
    let width = |n_frames: f64| {
        let instance = &moving.at(n_frames).instances[0];
        instance.mesh.positions.iter().map(|p| p[0]).fold(0.0, crate::math::det::max)
    };
    for (n_frames, times) in
        [(0.0, 1.5), (1.0, 1.625), (-1.0, 1.375), (4.0, 2.0), (5.0, 1.125), (-4.0, 1.0), (-5.0, 1.875)]
    {
        assert!((width(n_frames) - 2.0 * times).abs() < 1e-5, "{n_frames} frames: {}", width(n_frames));
    }
    // What was measured when the shutter opens stays, and the same moment is the same mesh.
    let (open, later) = (&moving.composed.scene.instances[0], &moving.at(1.0).instances[0]);
    assert_eq!(open.world_from_object, later.world_from_object);
    assert!(open.mesh_digest == moving.at(0.0).instances[0].mesh_digest && open.mesh_digest != later.mesh_digest);
}

#[test]
fn a_light_goes_with_its_node() {
    // 6 m along glTF's z in 2 s, which is the world's −y; the lamp of the recipe, which comes after, stays.
    let asset = moving("slide", Moves::Translation, &[0.0, 2.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 6.0], 3);
    let text = "scene:\n  objects: [{id: box, from: things, fit: none, count: 2, \
                pose: {clip: slide, time: 0.5}}]\n  \
                lights: [{kind: point, position: [7, 8, 9], power_w: 10}]\nframes: {fps: 2}\n";
    let stage = Stage::new(text, vec![asset]);
    let (variation, composed) = (stage.plan.variation(0, 0), stage.compose(0).expect("a scene"));
    let places = |lights: &[Light]| -> Vec<Vec3> {
        let place = |light: &Light| match light {
            Light::Point { position, .. } => *position,
            _ => panic!("{lights:?}"),
        };
        lights.iter().map(place).collect()
    };
    let slid = |y: f32| {
        let mut places: Vec<Vec3> =
            composed.objects.iter().map(|object| object.world_from_gltf.point(vec3(0.0, 0.0, -y))).collect();
        places.push(vec3(7.0, 8.0, 9.0));
        places
    };
    assert_eq!(places(&composed.scene.lights), slid(-3.0));
    for (n_frames, y) in [(0.0, -3.0), (1.0, -4.5), (-1.0, -1.5)] {
        let scene = moved(&composed, &variation, &stage.plan.recipe().frames, n_frames).expect("a scene");
        assert_eq!(places(&scene.lights), slid(y), "{n_frames} frames");
    }
}

#[test]
fn an_exposure_is_made_of_the_middles_of_its_parts_where_something_moves() {
    let blurred = |rest: &str| Moving::new(&format!("{rest}frames: {{shutter: 0.5}}\n"));
    let turning = "scene: {objects: [{id: box, from: things}]}\n\
                   cameras: [{id: c, rig: orbit, views: 2, motion: {rotate_deg: [0, 1, 0]}}]\n";
    for rest in [GROWING, turning] {
        assert_eq!(blurred(rest).exposure(2), Exposure { n_frames: vec![0.125, 0.375], n_a_row: 2 });
        assert_eq!(blurred(rest).exposure(1000).n_frames.len(), MAX_MOMENTS as usize);
        // A shutter that is open for no time.
        assert!(Moving::new(rest).exposure(8).n_frames.is_empty());
    }
    assert!(blurred("scene: {objects: [{id: box, from: things}]}\n").exposure(8).n_frames.is_empty());
}

#[test]
fn a_rolling_shutter_needs_moments_for_as_long_as_it_reads_rows() {
    let rolling = |frames: &str, spp| Moving::new(&format!("{GROWING}frames: {{{frames}}}\n")).exposure(spp);
    // A row is exposed for a quarter of the time from the first opening to the last closing.
    let exposure = rolling("shutter: 0.25, rolling: 0.75", 2);
    assert_eq!(exposure, Exposure { n_frames: (0..8u8).map(|k| f64::from(k) / 8.0 + 0.0625).collect(), n_a_row: 2 });
    // Without blur each row sees one moment; with more samples than scenes can be held, a row's share of them stays.
    let most = MAX_ROLLING_MOMENTS as usize;
    let sharp = rolling("rolling: 1", 16);
    assert_eq!((sharp.n_frames.len(), sharp.n_a_row), (most, 1));
    let many = rolling("shutter: 0.25, rolling: 0.75", 1000);
    assert_eq!((many.n_frames.len(), many.n_a_row), (most, most / 4));
}

#[test]
fn cameras_go_along_and_turn_about_their_own_axes() {
    let moving = Moving::new(
        "scene: {objects: [{id: box, from: things}]}\n\
         cameras: [{id: c, rig: fixed, position: [0, -4, 0], look_at: [0, 0, 0],\n\
         motion: {translate_m: [0.5, 0.25, 1], rotate_deg: [0, 60, 0]}}]\n",
    );
    let pose = |n_frames: f64| moving.at(n_frames).cameras[0].world_from_camera;
    let near = |a: Vec3, b: Vec3| (a - b).length() < 1e-6;
    // It looks along +Y with its right at +X and down at −Z.
    assert_eq!(pose(0.0), moving.composed.scene.cameras[0].world_from_camera);
    assert!(near(pose(1.0).column(3), vec3(0.5, -3.0, -0.25)) && near(pose(-2.0).column(3), vec3(-1.0, -6.0, 0.5)));
    // About down, by 30° in half a frame: from forward towards the right.
    let (s, c) = (0.5, 0.75f32.sqrt());
    assert!(near(pose(0.5).column(2), vec3(s, c, 0.0)) && near(pose(0.5).column(0), vec3(c, -s, 0.0)));
    assert!(near(pose(-0.5).column(2), vec3(-s, c, 0.0)) && near(pose(0.5).column(1), vec3(0.0, 0.0, -1.0)));
}
