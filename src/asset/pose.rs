//! An asset in motion: a clip at a time, weights of morph targets → the mesh, the lights, and where every node is. Pure.
//!
//! At rest they are the asset's own, number for number: both come from the same steps in the same order. Source: glTF 2.0,
//! sections 3.7.2.2 (morph targets), 3.7.3 (skins), 3.11 and appendix C (animations).

use super::geometry::{self, Vertex};
use super::lights;
use super::nodes::{Transform, unit};
use super::skin;
use crate::scene::{Asset, Channel, Interpolation, Light, Mesh, Moves, Piece, Placement, Rig, Shape};
use std::collections::BTreeMap;

/// What an asset does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Motion {
    /// Index into `Rig::clips`, and the time in it: before its first and after its last key it stands still.
    pub clip: Option<(usize, f32)>,
    /// By node: these count, whatever the clip and the file say.
    pub weights: BTreeMap<u32, Vec<f32>>,
}

/// An asset at one moment.
#[derive(Clone, Debug)]
pub struct Posed {
    /// Vertex for vertex and triangle for triangle the asset's mesh; triangles keep their winding, and generated tangents
    /// follow the shape at rest.
    pub mesh: Mesh,
    /// Light for light the asset's.
    pub lights: Vec<Light>,
    /// By index in the file, three rows of four.
    pub world_from_node: Vec<[[f64; 4]; 3]>,
}

/// `None`: something is not finite, or a rotation is none.
pub fn pose(asset: &Asset, motion: &Motion) -> Option<Posed> {
    let rig = &asset.rig;
    let mut mesh = Mesh::clone(&asset.mesh);
    let channels = motion.clip.and_then(|(clip, time)| Some((&rig.clips.get(clip)?.channels[..], time)));
    let (channels, time_s) = channels.unwrap_or((&[], 0.0));
    let worlds = worlds(rig, channels, time_s)?;
    let mut weights: BTreeMap<u32, Vec<f32>> = BTreeMap::new();
    for channel in channels.iter().filter(|channel| channel.moves == Moves::Weights) {
        weights.insert(channel.node, at(channel, time_s));
    }
    weights.extend(motion.weights.iter().map(|(&node, weights)| (node, weights.clone())));
    let joints: Vec<Vec<Transform>> = rig.skins.iter().map(|skin| skin::joint_matrices(skin, &worlds)).collect();
    if joints.iter().flatten().any(|matrix| !matrix.is_finite()) {
        return None;
    }
    for piece in &rig.pieces {
        let own = weights.get(&piece.node).unwrap_or(&rig.nodes[piece.node as usize].weights);
        place(piece, own, &worlds, &joints, &mut mesh)?;
    }
    let mut lights = asset.lights.clone();
    for (light, &node) in lights.iter_mut().zip(&rig.lights) {
        *light = lights::placed(light, &worlds[node as usize]);
    }
    Some(Posed { mesh, lights, world_from_node: worlds.iter().map(|world| world.rows).collect() })
}

/// Writes the vertices of a piece.
fn place(
    piece: &Piece,
    weights: &[f32],
    worlds: &[Transform],
    joints: &[Vec<Transform>],
    mesh: &mut Mesh,
) -> Option<()> {
    let shape = &*piece.shape;
    let positions = morphed(&shape.positions, weights, shape, |target| &target.positions);
    let normals = normals(shape, &positions, weights);
    let tangents = shape.tangents.as_ref().map(|tangents| {
        let mut out = tangents.clone();
        for (target, &weight) in shape.targets.iter().zip(weights).filter(|(_, weight)| **weight != 0.0) {
            geometry::add(out.iter_mut().map(|t| &mut t[..3]), &target.tangents, weight);
        }
        out
    });
    let world = worlds[piece.node as usize].after(&Transform { rows: piece.instance });
    let of_vertex = match piece.skin {
        Some(skin) => Some(skin::vertex_transforms(&shape.joints, positions.len(), &joints[skin as usize], "").ok()?),
        None => None,
    };
    let shared = (world, world.normal_map(), world.determinant() < 0.0);
    for (v, &position) in positions.iter().enumerate() {
        let (world, normal_map, mirrored) = match &of_vertex {
            Some(worlds) => (worlds[v], worlds[v].normal_map(), worlds[v].determinant() < 0.0),
            None => shared,
        };
        let tangent = tangents.as_ref().map(|tangents| tangents[v]);
        let placed = geometry::vertex(position, normals[v], tangent, (&world, &normal_map, mirrored));
        let Vertex { position, normal, tangent } = placed;
        if position.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let index = piece.first_vertex as usize + v;
        (mesh.positions[index], mesh.normals[index], mesh.tangents[index]) = (position, normal, tangent);
    }
    Some(())
}

fn morphed<'s>(
    base: &[[f32; 3]],
    weights: &[f32],
    shape: &'s Shape,
    deltas: impl Fn(&'s crate::scene::MorphTarget) -> &'s Vec<[f32; 3]>,
) -> Vec<[f32; 3]> {
    let mut out = base.to_vec();
    for (target, &weight) in shape.targets.iter().zip(weights).filter(|(_, weight)| **weight != 0.0) {
        geometry::add(out.iter_mut().map(|v| &mut v[..]), deltas(target), weight);
    }
    out
}

fn normals(shape: &Shape, positions: &[[f32; 3]], weights: &[f32]) -> Vec<[f32; 3]> {
    if let Some(base) = &shape.normals {
        let morphed = morphed(base, weights, shape, |target| &target.normals);
        let fallback = shape.rest_normals.iter();
        return morphed.iter().zip(fallback).map(|(n, rest)| unit(n.map(f64::from)).unwrap_or(*rest)).collect();
    }
    let mut out = shape.rest_normals.clone();
    for &triangle in &shape.triangles {
        let normal = unit(geometry::face(positions, triangle)).unwrap_or(geometry::ANY_NORMAL);
        triangle.iter().for_each(|&v| out[v as usize] = normal);
    }
    out
}

/// World from node of all nodes.
fn worlds(rig: &Rig, channels: &[Channel], time_s: f32) -> Option<Vec<Transform>> {
    let mut rests: Vec<Placement> = rig.nodes.iter().map(|node| node.rest).collect();
    for channel in channels {
        let Placement::Parts { translation, rotation, scale } = &mut rests[channel.node as usize] else { continue };
        let value = at(channel, time_s);
        match channel.moves {
            Moves::Translation => translation.copy_from_slice(&value),
            Moves::Rotation => rotation.copy_from_slice(&value),
            Moves::Scale => scale.copy_from_slice(&value),
            Moves::Weights => {}
        }
    }
    let mut worlds = vec![Transform::IDENTITY; rig.nodes.len()];
    for &node in &rig.order {
        let local = match &rests[node as usize] {
            Placement::Matrix(matrix) => Transform::from_columns(matrix),
            Placement::Parts { translation, rotation, scale } => Transform::of_parts(*translation, *rotation, *scale)?,
        };
        let parent = rig.nodes[node as usize].parent;
        let world = parent.map_or(local, |parent| worlds[parent as usize].after(&local));
        worlds[node as usize] = Some(world).filter(Transform::is_finite)?;
    }
    Some(worlds)
}

/// The value of a channel at a time; the first and the last key hold beyond it. Quaternions come in any length above 0.
///
/// Source: glTF 2.0, appendix C.
pub fn at(channel: &Channel, time_s: f32) -> Vec<f32> {
    let Channel { interpolation, times_s, values, width, .. } = channel;
    let is_cubic = *interpolation == Interpolation::Cubic;
    // The tangent into a key, its value, the tangent out of it.
    let numbers = |key: usize, which: usize| {
        let first = if is_cubic { (key * 3 + which) * width } else { key * width };
        &values[first..first + width]
    };
    let next = times_s.partition_point(|&t| t <= time_s);
    if next == 0 || next == times_s.len() {
        return numbers(next.saturating_sub(1), 1).to_vec();
    }
    let (a, b) = (numbers(next - 1, 1), numbers(next, 1));
    let duration = f64::from(times_s[next]) - f64::from(times_s[next - 1]);
    let u = (f64::from(time_s) - f64::from(times_s[next - 1])) / duration;
    match interpolation {
        Interpolation::Step => a.to_vec(),
        Interpolation::Linear if channel.moves == Moves::Rotation => along_the_sphere(a, b, u),
        Interpolation::Linear => mixed(a, b, 1.0 - u, u),
        Interpolation::Cubic => {
            let (out, into) = (numbers(next - 1, 2), numbers(next, 0));
            let (u2, u3) = (u * u, u * u * u);
            let weights =
                [2.0 * u3 - 3.0 * u2 + 1.0, duration * (u3 - 2.0 * u2 + u), 3.0 * u2 - 2.0 * u3, duration * (u3 - u2)];
            let sum = |i: usize| {
                [a[i], out[i], b[i], into[i]].iter().zip(weights).fold(0.0, |sum, (&x, w)| sum + f64::from(x) * w)
            };
            (0..*width).map(|i| sum(i) as f32).collect()
        }
    }
}

fn mixed(a: &[f32], b: &[f32], of_a: f64, of_b: f64) -> Vec<f32> {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) * of_a + f64::from(b) * of_b) as f32).collect()
}

/// From unit quaternion to unit quaternion, the shorter way round.
fn along_the_sphere(a: &[f32], b: &[f32], u: f64) -> Vec<f32> {
    let cos = a.iter().zip(b).fold(0.0, |sum, (&a, &b)| sum + f64::from(a) * f64::from(b));
    let sign = if cos < 0.0 { -1.0 } else { 1.0 };
    let cos = cos * sign;
    // So near to each other that the arc is its chord.
    if cos > 0.999_999_9 {
        return mixed(a, b, 1.0 - u, sign * u);
    }
    let angle = libm::acos(cos);
    let sin = libm::sin(angle);
    mixed(a, b, libm::sin((1.0 - u) * angle) / sin, sign * libm::sin(u * angle) / sin)
}
