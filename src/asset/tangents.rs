//! MikkTSpace tangents for primitives whose normal map has none in the file.
//!
//! The crate's arithmetic is + − × ÷ in f32 with `sqrt` and `acos` from here, so its bits are the same everywhere; its
//! sorting and welding are the corrected ones, which do not recurse. Two of its loops are quadratic or recursive in
//! the number of triangles around a vertex, one in degenerate triangles: those are kept from it.

use super::geometry::Local;
use super::geometry::perpendicular;
use super::nodes::{dot, unit};
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

/// Gives `local` tangents in the texture's axes; splits vertices whose corners get different ones.
///
/// `uv`: one a vertex, in the image (texture transform applied).
pub(super) fn generate(local: &mut Local, uv: &[[f32; 2]], warnings: &mut BTreeSet<String>) {
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
