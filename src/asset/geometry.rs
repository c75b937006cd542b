//! Normals, and primitives put into the world: everything of a scene ends in one mesh.

use super::AssetError;
use super::nodes::{Transform, cross, unit};
use crate::scene::{JointSet, Mesh, MorphTarget, Shape};
use std::collections::BTreeSet;

/// A primitive before it was morphed, for moving it again. Arrays are as long as the `Local`'s, or absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Base {
    pub positions: Vec<[f32; 3]>,
    pub normals: Option<Vec<[f32; 3]>>,
    pub tangents: Option<Vec<[f32; 4]>>,
    pub targets: Vec<MorphTarget>,
}

/// Vertices and triangles of one primitive. Arrays are as long as `positions`, or absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Local {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    pub tangents: Option<Vec<[f32; 4]>>,
    pub uv: [Option<Vec<[f32; 2]>>; 2],
    pub colors: Option<Vec<[f32; 4]>>,
    pub joints: Vec<JointSet>,
    pub triangles: Vec<[u32; 3]>,
    /// Where something moves it.
    pub base: Option<Base>,
}

impl Local {
    /// The same attributes for vertices that are copies of `sources`; triangles stay.
    pub fn gather(&mut self, sources: &[u32]) {
        fn pick<T: Copy>(values: &mut Vec<T>, sources: &[u32]) {
            if !values.is_empty() {
                *values = sources.iter().map(|&s| values[s as usize]).collect();
            }
        }
        pick(&mut self.positions, sources);
        pick(&mut self.normals, sources);
        self.tangents.iter_mut().for_each(|v| pick(v, sources));
        self.uv.iter_mut().flatten().for_each(|v| pick(v, sources));
        self.colors.iter_mut().for_each(|v| pick(v, sources));
        for (joints, weights) in &mut self.joints {
            pick(joints, sources);
            pick(weights, sources);
        }
        if let Some(base) = &mut self.base {
            pick(&mut base.positions, sources);
            base.normals.iter_mut().for_each(|v| pick(v, sources));
            base.tangents.iter_mut().for_each(|v| pick(v, sources));
            for target in &mut base.targets {
                pick(&mut target.positions, sources);
                pick(&mut target.normals, sources);
                pick(&mut target.tangents, sources);
            }
        }
    }

    /// What is kept of it for moving it.
    pub fn shape(&self) -> Option<Shape> {
        let base = self.base.as_ref()?;
        Some(Shape {
            positions: base.positions.clone(),
            normals: base.normals.clone(),
            rest_normals: self.normals.clone(),
            // Those that were made for it are made of it at rest.
            tangents: base.tangents.clone().or_else(|| self.tangents.clone()),
            targets: base.targets.clone(),
            joints: self.joints.clone(),
            triangles: self.triangles.clone(),
        })
    }

    fn face(&self, triangle: [u32; 3]) -> [f64; 3] {
        face(&self.positions, triangle)
    }
}

/// Twice the area of a triangle times its unit normal.
pub(super) fn face(positions: &[[f32; 3]], triangle: [u32; 3]) -> [f64; 3] {
    let [a, b, c] = triangle.map(|v| positions[v as usize].map(f64::from));
    let edge = |p: [f64; 3]| [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
    cross(edge(b), edge(c))
}

/// Adds `weight` times the deltas, as far as there are any.
pub(super) fn add<'v>(values: impl Iterator<Item = &'v mut [f32]>, deltas: &[[f32; 3]], weight: f32) {
    for (value, delta) in values.zip(deltas) {
        for (v, d) in value.iter_mut().zip(delta) {
            *v += weight * d;
        }
    }
}

/// One vertex in the world.
pub(super) struct Vertex {
    pub position: [f32; 3],
    pub normal: [f32; 3],
    pub tangent: [f32; 4],
}

/// `placed`: world from object, the map of normals, and whether it mirrors.
pub(super) fn vertex(
    position: [f32; 3],
    normal: [f32; 3],
    tangent: Option<[f32; 4]>,
    placed: (&Transform, &Transform, bool),
) -> Vertex {
    let (world, normal_map, mirrored) = placed;
    let normal = normal_map.direction(normal).unwrap_or(ANY_NORMAL);
    let tangent = match tangent {
        Some([x, y, z, w]) => {
            let direction = world.direction([x, y, z]).unwrap_or_else(|| perpendicular(normal));
            // A mirroring map turns cross(normal, tangent) over, and with it the sign.
            let sign = if (w < 0.0) != mirrored { -1.0 } else { 1.0 };
            [direction[0], direction[1], direction[2], sign]
        }
        None => [1.0, 0.0, 0.0, 1.0],
    };
    Vertex { position: world.point(position), normal, tangent }
}

/// Any unit vector: for triangles without an area, which nothing hits.
pub(super) const ANY_NORMAL: [f32; 3] = [0.0, 1.0, 0.0];

/// Gives every triangle vertices of its own with the triangle's normal. Source: glTF 2.0, section 3.7.2.1.
pub(super) fn flat_normals(local: &mut Local) {
    let sources: Vec<u32> = local.triangles.iter().flatten().copied().collect();
    let normals: Vec<[f32; 3]> =
        local.triangles.iter().flat_map(|&t| [unit(local.face(t)).unwrap_or(ANY_NORMAL); 3]).collect();
    local.normals = Vec::new();
    local.gather(&sources);
    local.normals = normals;
    for (i, triangle) in local.triangles.iter_mut().enumerate() {
        *triangle = std::array::from_fn(|c| (i * 3 + c) as u32);
    }
}

/// Makes normals unit; those without a direction become the area-weighted mean of the triangles around them.
pub(super) fn replace_degenerate_normals(local: &mut Local, warnings: &mut BTreeSet<String>) {
    let mut degenerate: Vec<bool> = Vec::with_capacity(local.normals.len());
    for normal in &mut local.normals {
        let direction = unit(normal.map(f64::from));
        degenerate.push(direction.is_none());
        *normal = direction.unwrap_or(ANY_NORMAL);
    }
    if !degenerate.contains(&true) {
        return;
    }
    warnings.insert("normals without a direction were replaced".to_owned());
    let mut sums = vec![[0.0f64; 3]; local.normals.len()];
    for &triangle in &local.triangles {
        let face = local.face(triangle);
        for vertex in triangle.map(|v| v as usize).into_iter().filter(|&v| degenerate[v]) {
            for (sum, f) in sums[vertex].iter_mut().zip(face) {
                *sum += f;
            }
        }
    }
    for ((normal, sum), _) in local.normals.iter_mut().zip(sums).zip(degenerate).filter(|(_, bad)| *bad) {
        *normal = unit(sum).unwrap_or(ANY_NORMAL);
    }
}

/// Appends a primitive under one transform.
pub(super) fn append(
    mesh: &mut Mesh,
    local: &Local,
    world: &Transform,
    material: u32,
    part: u32,
    place: &str,
) -> Result<(), AssetError> {
    let normal_map = world.normal_map();
    let mirrored = world.determinant() < 0.0;
    append_vertices(mesh, local, place, |_| (world, &normal_map, mirrored), |_| mirrored, material, part)
}

/// Appends a primitive with a transform for each vertex: a skinned one.
pub(super) fn append_skinned(
    mesh: &mut Mesh,
    local: &Local,
    worlds: &[Transform],
    material: u32,
    part: u32,
    place: &str,
) -> Result<(), AssetError> {
    let maps: Vec<(Transform, bool)> = worlds.iter().map(|w| (w.normal_map(), w.determinant() < 0.0)).collect();
    let vertex = |v: usize| (&worlds[v], &maps[v].0, maps[v].1);
    append_vertices(mesh, local, place, vertex, |t: [u32; 3]| maps[t[0] as usize].1, material, part)
}

fn append_vertices<'t>(
    mesh: &mut Mesh,
    local: &Local,
    place: &str,
    transform_of: impl Fn(usize) -> (&'t Transform, &'t Transform, bool),
    is_mirrored: impl Fn([u32; 3]) -> bool,
    material: u32,
    part: u32,
) -> Result<(), AssetError> {
    let first = mesh.positions.len();
    let count = local.positions.len();
    let base = u32::try_from(first).ok().filter(|b| b.checked_add(count as u32).is_some());
    let base = base.ok_or_else(|| AssetError::too_large(place, "has too many vertices"))?;
    for v in 0..count {
        let tangent = local.tangents.as_ref().map(|tangents| tangents[v]);
        let Vertex { position, normal, tangent } =
            vertex(local.positions[v], local.normals[v], tangent, transform_of(v));
        if position.iter().any(|x| !x.is_finite()) {
            return Err(AssetError::malformed(place, "its transform moves a vertex to infinity"));
        }
        mesh.positions.push(position);
        mesh.normals.push(normal);
        mesh.tangents.push(tangent);
    }
    fill(&mut mesh.uv0, local.uv[0].as_deref(), first, count, [0.0; 2], true);
    fill(&mut mesh.uv1, local.uv[1].as_deref(), first, count, [0.0; 2], false);
    fill(&mut mesh.colors, local.colors.as_deref(), first, count, [1.0; 4], false);
    for &triangle in &local.triangles {
        let [a, b, c] = triangle.map(|v| base + v);
        mesh.triangles.push(if is_mirrored(triangle) { [a, c, b] } else { [a, b, c] });
        mesh.triangle_material.push(material);
        mesh.triangle_part.push(part);
    }
    Ok(())
}

/// Appends `count` values to an array that is empty until something needs it.
fn fill<T: Copy>(array: &mut Vec<T>, values: Option<&[T]>, first: usize, count: usize, absent: T, always: bool) {
    match values {
        Some(values) => {
            array.resize(first, absent);
            array.extend_from_slice(values);
        }
        None if always || !array.is_empty() => array.resize(first + count, absent),
        None => {}
    }
}

/// Some unit vector at a right angle to the unit vector `n`.
pub(super) fn perpendicular(n: [f32; 3]) -> [f32; 3] {
    let n = n.map(f64::from);
    let axis = if n[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    unit(cross(n, axis)).unwrap_or([1.0, 0.0, 0.0])
}
