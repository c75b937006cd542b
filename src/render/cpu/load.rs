//! What shading reads of a scene, one call each, so that its twins look alike. Twin of the loaders: shaders/bindings.wgsl.

use super::walk::{self, Hit, LastOccluder, Ray};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::{
    AliasEntry, EmissiveTriangle, Instance, Light, LightNode, MATERIAL_ALPHA_BLEND, MATERIAL_ALPHA_MASK, Material,
    MaterialExtra, Settings, Sky, TextureSlot, Triangle, Vertex, VertexExtra, View,
};
use std::cell::RefCell;

/// A scene with everything that one view's shading needs at hand. One a thread: it remembers the last occluder.
pub struct Context<'s> {
    pub scene: &'s SceneBuffers,
    pub settings: Settings,
    pub view: View,
    textures: &'s [TextureView<'s>],
    has_alpha: bool,
    last: RefCell<LastOccluder>,
}

/// A texture's parts, one indirection closer.
#[derive(Clone, Copy)]
pub struct TextureView<'s> {
    levels: &'s [(u32, u32, u32)],
    texels: &'s [u32],
}

/// The textures of a scene, for [`Context::new`].
pub fn texture_views(scene: &SceneBuffers) -> Vec<TextureView<'_>> {
    scene.textures.iter().map(|t| TextureView { levels: &t.levels, texels: &t.texels }).collect()
}

impl<'s> Context<'s> {
    pub fn new(
        scene: &'s SceneBuffers,
        textures: &'s [TextureView<'s>],
        settings: Settings,
        view: View,
    ) -> Context<'s> {
        let has_alpha = scene.materials.iter().any(|m| m.flags & (MATERIAL_ALPHA_MASK | MATERIAL_ALPHA_BLEND) != 0);
        Context { scene, settings, view, textures, has_alpha, last: RefCell::new(LastOccluder::default()) }
    }

    #[inline(always)]
    pub fn load_instance(&self, i: u32) -> &Instance {
        &self.scene.instances[i as usize]
    }

    #[inline(always)]
    pub fn load_triangle(&self, mesh_idx: u32, i: u32) -> &Triangle {
        &self.scene.meshes[mesh_idx as usize].triangles[i as usize]
    }

    #[inline(always)]
    pub fn load_vertex(&self, mesh_idx: u32, i: u32) -> &Vertex {
        &self.scene.meshes[mesh_idx as usize].vertices[i as usize]
    }

    #[inline(always)]
    pub fn load_vertex_extra(&self, mesh_idx: u32, i: u32) -> &VertexExtra {
        &self.scene.meshes[mesh_idx as usize].extras[i as usize]
    }

    #[inline(always)]
    pub fn mesh_has_extras(&self, mesh_idx: u32) -> bool {
        !self.scene.meshes[mesh_idx as usize].extras.is_empty()
    }

    #[inline(always)]
    pub fn load_material(&self, i: u32) -> &Material {
        &self.scene.materials[i as usize]
    }

    /// How many instances rays can meet.
    #[inline(always)]
    pub fn placed_count(&self) -> u32 {
        self.scene.instance_order.len() as u32
    }

    /// One of them.
    #[inline(always)]
    pub fn load_placed(&self, i: u32) -> u32 {
        self.scene.instance_order[i as usize]
    }

    #[inline(always)]
    pub fn load_material_extra(&self, i: u32) -> &MaterialExtra {
        &self.scene.extras[i as usize]
    }

    /// Slot `i` of a material's extensions, in the order of their fields.
    #[inline(always)]
    pub fn load_extra_slot(&self, extra_idx: u32, i: u32) -> &TextureSlot {
        &self.scene.extras[extra_idx as usize].slots()[i as usize]
    }

    #[inline(always)]
    pub fn light_count(&self) -> u32 {
        self.scene.lights.len() as u32
    }

    #[inline(always)]
    pub fn load_light(&self, i: u32) -> &Light {
        &self.scene.lights[i as usize]
    }

    #[inline(always)]
    pub fn load_emissive(&self, i: u32) -> &EmissiveTriangle {
        &self.scene.emissive[i as usize]
    }

    #[inline(always)]
    pub fn load_light_alias(&self, i: u32) -> AliasEntry {
        self.scene.light_alias[i as usize]
    }

    /// How many suns there are: they come first among the lights.
    #[inline(always)]
    pub fn sun_count(&self) -> u32 {
        self.scene.n_suns
    }

    /// What suns weigh against the root of the tree of lights.
    #[inline(always)]
    pub fn sun_importance(&self) -> f32 {
        self.scene.sun_importance
    }

    #[inline(always)]
    pub fn load_light_node(&self, i: u32) -> &LightNode {
        &self.scene.light_nodes[i as usize]
    }

    #[inline(always)]
    pub fn load_sky(&self) -> &Sky {
        &self.scene.sky
    }

    /// Zero where the sky is no image.
    #[inline(always)]
    pub fn load_sky_texel(&self, i: u32) -> [f32; 4] {
        self.scene.sky_image.as_ref().map_or([0.0; 4], |table| table.texels[i as usize])
    }

    #[inline(always)]
    pub fn load_sky_start(&self, i: u32) -> u32 {
        self.scene.sky_image.as_ref().map_or(0, |table| table.starts[i as usize])
    }

    #[inline(always)]
    pub fn load_sky_guide(&self, i: u32) -> u32 {
        self.scene.sky_image.as_ref().map_or(0, |table| table.guide[i as usize])
    }

    #[inline(always)]
    pub fn texture_levels(&self, texture_idx: u32) -> u32 {
        self.textures[texture_idx as usize].levels.len() as u32
    }

    /// (width, height, first texel).
    #[inline(always)]
    pub fn texture_level(&self, texture_idx: u32, level: u32) -> (u32, u32, u32) {
        self.textures[texture_idx as usize].levels[level as usize]
    }

    #[inline(always)]
    pub fn load_texel(&self, texture_idx: u32, i: u32) -> u32 {
        self.textures[texture_idx as usize].texels[i as usize]
    }

    #[inline(always)]
    pub fn load_settings(&self) -> &Settings {
        &self.settings
    }

    #[inline(always)]
    pub fn load_view(&self) -> &View {
        &self.view
    }

    /// Whether any material lets anything through.
    #[inline(always)]
    pub fn scene_has_alpha(&self) -> bool {
        self.has_alpha
    }

    #[inline(always)]
    pub fn trace_closest(&self, ray: &Ray) -> Hit {
        walk::trace_closest(self.scene, ray)
    }

    #[inline(always)]
    pub fn trace_instance(&self, ray: &Ray, instance_idx: u32) -> Hit {
        walk::trace_instance(self.scene, ray, instance_idx)
    }

    #[inline(always)]
    pub fn trace_any(&self, ray: &Ray) -> bool {
        walk::trace_any(self.scene, ray, &mut self.last.borrow_mut())
    }
}
