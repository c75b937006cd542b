//! Poses: where objects stand whose assets are shown at a moment of a clip.

use super::tests::{Stage, box_asset};
use crate::reason::Reason;
use crate::scene::{Asset, Channel, Clip, Interpolation, Moves, Piece, Placement, Rig, RigNode, Shape};
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
    let (times_s, values) = (times_s.to_vec(), values.to_vec());
    let duration_s = times_s[times_s.len() - 1];
    let channel = Channel { node: 0, moves, interpolation: Interpolation::Linear, times_s, values, width };
    asset.rig = Arc::new(Rig {
        nodes: vec![RigNode { parent: None, rest, weights: Vec::new() }],
        order: vec![0],
        clips: vec![Clip { name: name.to_string(), duration_s, channels: vec![channel] }],
        skins: Vec::new(),
        pieces: vec![Piece { node: 0, skin: None, instance: identity, first_vertex: 0, shape: Arc::new(shape) }],
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
