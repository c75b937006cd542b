//! Who needs tangents, and MikkTSpace's for primitives that have none in the file.
//!
//! The crate's arithmetic is + − × ÷ in f32 with `sqrt` and `acos` from here, so its bits are the same everywhere; its
//! sorting and welding are the corrected ones, which do not recurse. Two of its loops are quadratic or recursive in
//! the number of triangles around a vertex, one in degenerate triangles: those are kept from it.

use super::geometry::Local;
use super::geometry::perpendicular;
use super::nodes::{dot, unit};
use crate::scene::{Material, TextureRef};
use bevy_mikktspace::{Geometry, Ops, TangentSpace, generate_tangents};
use std::collections::{BTreeMap, BTreeSet};

/// Triangles around one vertex above which MikkTSpace is not asked.
const MAX_AROUND: u32 = 2048;

struct Arithmetic;

impl Ops for Arithmetic {
    fn sqrt(x: f32) -> f32 {
        x.sqrt()
    }

    fn acos(x: f32) -> f32 {
        libm::acos(f64::from(x)) as f32
    }
}

/// Corners of the triangles that have three different positions.
struct Corners<'a> {
    local: &'a Local,
    uv: &'a [[f32; 2]],
    faces: Vec<[u32; 3]>,
    /// One a corner.
    tangents: Vec<Option<[f32; 4]>>,
}

impl Geometry<Arithmetic> for Corners<'_> {
    fn num_faces(&self) -> usize {
        self.faces.len()
    }

    fn num_vertices_of_face(&self, _face: usize) -> usize {
        3
    }

    fn position(&self, face: usize, vert: usize) -> [f32; 3] {
        plain_zeros(self.local.positions[self.faces[face][vert] as usize])
    }

    fn normal(&self, face: usize, vert: usize) -> [f32; 3] {
        plain_zeros(self.local.normals[self.faces[face][vert] as usize])
    }

    fn tex_coord(&self, face: usize, vert: usize) -> [f32; 2] {
        plain_zeros(self.uv[self.faces[face][vert] as usize])
    }

    fn set_tangent(&mut self, space: Option<TangentSpace>, face: usize, vert: usize) {
        // MikkTSpace's bitangent follows +v. glTF's v points down the image and its green channel up, so the sign turns.
        self.tangents[face * 3 + vert] = space.map(|space| {
            let [x, y, z, w] = space.tangent_encoded();
            [x, y, z, -w]
        });
    }
}

/// −0 and 0 are one place, but their bits differ, and welding compares bits.
fn plain_zeros<const N: usize>(v: [f32; N]) -> [f32; N] {
    v.map(|x| x + 0.0)
}

/// Texture coordinates that tangents follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Along {
    pub uv_set: u32,
    pub image_from_uv: [[f32; 3]; 2],
}

/// What the tangents of a surface with these materials follow; `None` where none of them needs any.
///
/// A vertex has one tangent: that of the first normal map, then of a clearcoat's, then of an anisotropy's texture (they
/// are meant to share coordinates), then of the first coordinates as they are.
pub(super) fn along<'m>(materials: impl IntoIterator<Item = &'m Material>) -> Option<Along> {
    let mut found: [Option<Along>; 4] = [None; 4];
    let of = |texture: TextureRef| Along { uv_set: texture.uv_set, image_from_uv: texture.image_from_uv };
    for material in materials {
        let coat = material.clearcoat.as_ref().and_then(|coat| coat.normal_texture);
        let brushed = material.anisotropy.as_ref();
        let plain = Along { uv_set: 0, image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };
        let own = [
            material.normal_texture.map(of),
            coat.map(of),
            brushed.and_then(|anisotropy| anisotropy.texture).map(of),
            brushed.map(|_| plain),
        ];
        for (found, own) in found.iter_mut().zip(own) {
            *found = found.or(own);
        }
    }
    found.into_iter().flatten().next()
}

/// Gives `local`, which has no tangents, those that its texture coordinates make; any in the surface without such.
pub(super) fn complete(local: &mut Local, along: Option<Along>, warnings: &mut BTreeSet<String>) {
    let uv = along.and_then(|along| Some((along.image_from_uv, local.uv[along.uv_set as usize].as_ref()?)));
    match uv {
        Some((m, uv)) => {
            let uv: Vec<[f32; 2]> = uv.iter().map(|uv| m.map(|r| r[0] * uv[0] + r[1] * uv[1] + r[2])).collect();
            generate(local, &uv, warnings);
        }
        None => {
            warnings.insert("a mesh has neither tangents nor texture coordinates to make them from".to_owned());
            local.tangents = Some(local.normals.iter().map(|&normal| usable(None, normal)).collect());
        }
    }
}

/// Gives `local` tangents in the texture's axes; splits vertices whose corners get different ones.
///
/// `uv`: one a vertex, in the image (texture transform applied).
fn generate(local: &mut Local, uv: &[[f32; 2]], warnings: &mut BTreeSet<String>) {
    let solid = |triangle: &[u32; 3]| {
        let [a, b, c] = triangle.map(|v| plain_zeros(local.positions[v as usize]));
        a != b && b != c && c != a
    };
    let solid: Vec<bool> = local.triangles.iter().map(solid).collect();
    let faces: Vec<[u32; 3]> = local.triangles.iter().zip(&solid).filter(|(_, s)| **s).map(|(t, _)| *t).collect();
    let mut corners = Corners { local, uv, tangents: vec![None; faces.len() * 3], faces };
    if most_around_a_vertex(&corners) <= MAX_AROUND {
        if generate_tangents(&mut corners).is_err() {
            warnings.insert("tangents could not be generated".to_owned());
        }
    } else {
        warnings.insert(format!("more than {MAX_AROUND} triangles share a vertex: its tangents are arbitrary"));
    }
    let made = corners.tangents;
    let mut made = made.chunks_exact(3);
    let nothing = [None; 3];
    let of_triangles: Vec<&[Option<[f32; 4]>]> =
        solid.iter().map(|&s| if s { made.next().unwrap_or(&nothing) } else { &nothing[..] }).collect();
    split(local, &of_triangles);
}

fn most_around_a_vertex(corners: &Corners) -> u32 {
    let mut around: BTreeMap<[u32; 8], u32> = BTreeMap::new();
    let mut most = 0;
    for face in 0..corners.faces.len() {
        for vert in 0..3 {
            let ([a, b, c], [d, e, f]) = (corners.position(face, vert), corners.normal(face, vert));
            let [u, v] = corners.tex_coord(face, vert);
            let count = around.entry([a, b, c, d, e, f, u, v].map(f32::to_bits)).or_insert(0);
            *count += 1;
            most = most.max(*count);
        }
    }
    most
}

/// Writes the corners' tangents to the vertices, one vertex for each different tangent.
fn split(local: &mut Local, of_triangles: &[&[Option<[f32; 4]>]]) {
    let mut sources: Vec<u32> = (0..local.positions.len() as u32).collect();
    let mut tangents: Vec<Option<[f32; 4]>> = vec![None; sources.len()];
    let mut copies: BTreeMap<(u32, [u32; 4]), u32> = BTreeMap::new();
    let normals = &local.normals;
    for (triangle, made) in local.triangles.iter_mut().zip(of_triangles) {
        for (corner, tangent) in triangle.iter_mut().zip(made.iter()) {
            let source = *corner;
            let tangent = usable(*tangent, normals[source as usize]);
            match tangents[source as usize] {
                None => tangents[source as usize] = Some(tangent),
                Some(present) if present == tangent => {}
                Some(_) => {
                    *corner = *copies.entry((source, tangent.map(f32::to_bits))).or_insert_with(|| {
                        sources.push(source);
                        tangents.push(Some(tangent));
                        sources.len() as u32 - 1
                    });
                }
            }
        }
    }
    local.gather(&sources);
    local.tangents = Some(tangents.into_iter().map(|t| t.unwrap_or([1.0, 0.0, 0.0, 1.0])).collect());
}

/// The unit tangent, or some vector in the surface where there is none.
fn usable(tangent: Option<[f32; 4]>, normal: [f32; 3]) -> [f32; 4] {
    let [x, y, z, w] = tangent.unwrap_or([0.0, 0.0, 0.0, 1.0]);
    let direction = unit([x, y, z].map(f64::from))
        .filter(|t| dot(t.map(f64::from), normal.map(f64::from)).abs() < 0.999)
        .unwrap_or_else(|| perpendicular(normal));
    [direction[0], direction[1], direction[2], if w < 0.0 { -1.0 } else { 1.0 }]
}
