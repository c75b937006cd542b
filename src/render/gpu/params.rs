//! The uniform parameters of one dispatch. Twin: `Params` of shaders/bindings.wgsl (a test compares them).

use crate::buffers::layout::{Settings, Sky, View};
use bytemuck::{Pod, Zeroable};

/// `Params::flags`: some material has alpha.
pub const PARAMS_ALPHA: u32 = 1;

/// Offsets count vec4s of the tables, unless said otherwise.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Params {
    pub view: View,
    pub settings: Settings,
    pub sky: Sky,
    /// First row of the film's band in the view.
    pub band_row: u32,
    /// First row of the tile in the band.
    pub tile_row: u32,
    /// One past its last.
    pub tile_end_row: u32,
    pub band_pixels: u32,
    pub first_sample: u32,
    pub end_sample: u32,
    /// vec4s of the film before those of the geometry.
    pub geometry_plane: u32,
    pub flags: u32,
    /// The same of points, of amodal masks, and of hits.
    pub point_plane: u32,
    pub amodal_plane: u32,
    /// Instances that rays can meet.
    pub n_placed: u32,
    pub hit_plane: u32,
    pub at: Tables,
}

/// Where the parts of a scene lie: set once a scene.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Tables {
    pub instances: u32,
    pub materials: u32,
    pub lights: u32,
    pub emissive: u32,
    pub light_alias: u32,
    pub meshes: u32,
    pub textures: u32,
    pub levels: u32,
    pub top_nodes: u32,
    pub top_order: u32,
    pub top_root: u32,
    pub n_lights: u32,
    /// Words of the texel store.
    pub sky_texels: u32,
    pub sky_starts: u32,
    /// log2 of the words in one buffer of the texel store.
    pub texel_shift: u32,
    /// Largest |coordinate| of the world's boxes.
    pub top_extent: f32,
    pub extras: u32,
    pub light_nodes: u32,
    pub n_suns: u32,
    pub sun_importance: f32,
}
