//! Mesh → vertices, triangles and the trees over them, in the mesh's own axes. Knows no instances and no materials.

use super::layout::{BinaryNode, Triangle, Vertex, VertexExtra};
use super::tree::{self, Tree};
use super::wide::{self, MAX_WIDE_DEPTH, TriangleBlock, WIDTH, WideTree};
use crate::math::{Bounds, Vec3};
use crate::scene::Mesh;

/// Triangles in a leaf of the two-wide tree.
const MAX_BINARY_LEAF: u32 = 4;

/// One mesh with its trees, in its own axes.
#[derive(Clone, Debug)]
pub struct MeshBuffers {
    pub vertices: Vec<Vertex>,
    /// Empty, or one a vertex.
    pub extras: Vec<VertexExtra>,
    pub triangles: Vec<Triangle>,
    pub bounds: Bounds,
    /// The largest |coordinate|: what `prepare_ray` wants to know. 0 without triangles.
    pub extent: f32,
    /// Two-wide tree, at most [`tree::MAX_TREE_DEPTH`] levels; node 0 is the root, children stand side by side. Leaves
    /// name entries of `triangle_order`, which has the triangles that have an area. Empty without any: no instance of such a
    /// mesh is in the top-level tree.
    pub nodes: Vec<BinaryNode>,
    pub triangle_order: Vec<u32>,
    /// Eight-wide tree for the CPU.
    pub wide: WideTree,
}

impl MeshBuffers {
    /// Bytes of all arrays, for caches.
    pub fn bytes(&self) -> u64 {
        let arrays = size_of_val(&self.vertices[..])
            + size_of_val(&self.extras[..])
            + size_of_val(&self.triangles[..])
            + size_of_val(&self.nodes[..])
            + size_of_val(&self.triangle_order[..]);
        arrays as u64 + self.wide.bytes()
    }

    /// The corners of a triangle.
    pub fn corners(&self, triangle_idx: u32) -> [Vec3; 3] {
        let triangle = &self.triangles[triangle_idx as usize];
        triangle.vertices.map(|v| self.vertices[v as usize].position.into())
    }
}

/// Trees by clustering; by halving where those are too deep.
pub fn build(mesh: &Mesh) -> MeshBuffers {
    let buffers = build_with_tree(mesh, &tree_over(mesh, tree::build));
    if wide::depth(&buffers.wide.nodes) <= MAX_WIDE_DEPTH {
        return buffers;
    }
    build_with_tree(mesh, &tree_over(mesh, tree::build_by_halving))
}

/// A tree of one triangle a leaf, by `build`, over all triangles that have an area.
pub fn tree_over(mesh: &Mesh, build: impl Fn(&[Bounds]) -> Tree) -> Tree {
    let corners_of = |i: u32| mesh.triangles[i as usize].map(|v| Vec3::from(mesh.positions[v as usize]));
    let kept: Vec<u32> = (0..mesh.triangles.len() as u32).filter(|&i| has_area(corners_of(i))).collect();
    let boxes: Vec<Bounds> = kept.iter().map(|&i| Bounds::of(corners_of(i))).collect();
    let mut tree = build(&boxes);
    for entry in &mut tree.order {
        *entry = kept[*entry as usize];
    }
    tree
}

/// Whether corners span anything. What doesn't is met by no ray: a ray that lies in its line would meet it by rounding alone.
pub fn has_area([a, b, c]: [Vec3; 3]) -> bool {
    (b - a).cross(c - a) != Vec3::ZERO
}

/// With a given tree of one triangle a leaf: of [`tree_over`].
pub fn build_with_tree(mesh: &Mesh, tree: &Tree) -> MeshBuffers {
    let bounds = mesh.triangles.iter().flatten().fold(Bounds::EMPTY, |bounds, &v| {
        let p = Vec3::from(mesh.positions[v as usize]);
        bounds.union(Bounds { min: p, max: p })
    });
    let joined = tree::join_leaves(tree, MAX_BINARY_LEAF);
    let mut blocks = Vec::new();
    let nodes = wide::collapse(tree, WIDTH as u32, |triangles| {
        blocks.push(block_of(mesh, triangles));
        blocks.len() as u32 - 1
    });
    MeshBuffers {
        vertices: vertices(mesh),
        extras: extras(mesh),
        triangles: triangles(mesh),
        bounds,
        extent: if bounds.is_empty() { 0.0 } else { tree::extent_of(&bounds) },
        nodes: joined.nodes,
        triangle_order: joined.order,
        wide: WideTree { nodes, blocks },
    }
}

fn vertices(mesh: &Mesh) -> Vec<Vertex> {
    (0..mesh.positions.len())
        .map(|i| Vertex {
            position: mesh.positions[i],
            normal: mesh.normals[i],
            tangent: mesh.tangents[i],
            uv0: mesh.uv0[i],
        })
        .collect()
}

fn extras(mesh: &Mesh) -> Vec<VertexExtra> {
    if mesh.uv1.is_empty() && mesh.colors.is_empty() {
        return Vec::new();
    }
    (0..mesh.positions.len())
        .map(|i| VertexExtra {
            uv1: mesh.uv1.get(i).copied().unwrap_or([0.0; 2]),
            color: mesh.colors.get(i).copied().unwrap_or([1.0; 4]),
        })
        .collect()
}

fn triangles(mesh: &Mesh) -> Vec<Triangle> {
    (0..mesh.triangles.len())
        .map(|i| Triangle {
            vertices: mesh.triangles[i],
            material: mesh.triangle_material[i],
            part: mesh.triangle_part[i],
        })
        .collect()
}

fn block_of(mesh: &Mesh, triangles: &[u32]) -> TriangleBlock {
    let mut block = TriangleBlock { vertices: [[[f32::NAN; WIDTH]; 3]; 3], triangle_idx: [super::layout::NONE; WIDTH] };
    for (lane, &triangle_idx) in triangles.iter().enumerate() {
        block.triangle_idx[lane] = triangle_idx;
        for (corner, &vertex) in mesh.triangles[triangle_idx as usize].iter().enumerate() {
            for axis in 0..3 {
                block.vertices[corner][axis][lane] = mesh.positions[vertex as usize][axis];
            }
        }
    }
    block
}
