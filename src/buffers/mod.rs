//! Scene → flat arrays and trees: all that a renderer sees. Knows no recipe, path or file name, and no renderer.

pub mod layout;

use crate::math::Bounds;
use layout::{
    AliasEntry, BinaryNode, EmissiveTriangle, Instance, Light, Material, Sky, Triangle, Vertex, VertexExtra, View,
};
use std::sync::Arc;

/// One variation, ready for a device. Meshes, textures and skies are shared between variations (and may stay on a device).
#[derive(Clone, Debug)]
pub struct SceneBuffers {
    /// Each mesh once, however many instances it has.
    pub meshes: Vec<Arc<MeshBuffers>>,
    pub textures: Vec<Arc<Texture>>,
    pub instances: Vec<Instance>,
    /// Over the instances' world boxes; leaves name entries of `instance_order`.
    pub top: Vec<BinaryNode>,
    pub instance_order: Vec<u32>,
    pub materials: Vec<Material>,
    /// Suns, points, spots; then one `LIGHT_EMISSIVE` an emissive triangle.
    pub lights: Vec<Light>,
    /// One an `EMISSIVE` light, in that order.
    pub emissive: Vec<EmissiveTriangle>,
    /// Picks one of `lights` by power; empty without lights.
    pub light_alias: Vec<AliasEntry>,
    pub sky: Sky,
    /// `None` for a constant sky.
    pub sky_image: Option<Arc<SkyTable>>,
    pub views: Vec<View>,
}

/// One mesh with its trees, in its own axes.
#[derive(Clone, Debug)]
pub struct MeshBuffers {
    pub vertices: Vec<Vertex>,
    /// Empty, or one a vertex.
    pub extras: Vec<VertexExtra>,
    pub triangles: Vec<Triangle>,
    pub bounds: Bounds,
    /// Two-wide tree; node 0 is the root, children stand side by side. Leaves name entries of `triangle_order`.
    pub nodes: Vec<BinaryNode>,
    pub triangle_order: Vec<u32>,
}

/// An RGBA8 image with its mips, each half the size of the one before (rounded down, at least 1), box-filtered.
#[derive(Clone, Debug)]
pub struct Texture {
    /// (width, height, first texel) a level.
    pub levels: Vec<(u32, u32, u32)>,
    /// R in the lowest byte.
    pub texels: Vec<u32>,
}

/// A sky image and how its directions are drawn.
#[derive(Clone, Debug)]
pub struct SkyTable {
    pub width: u32,
    pub height: u32,
    /// Linear radiance, and in w the probability of drawing the texel times the number of texels.
    pub texels: Vec<[f32; 4]>,
    /// One a texel.
    pub alias: Vec<AliasEntry>,
}
