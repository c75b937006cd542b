//! Materials and the textures that they read. Knows no meshes.

use super::Cache;
use super::layout::{
    MATERIAL_ALPHA_BLEND, MATERIAL_ALPHA_MASK, MATERIAL_DOUBLE_SIDED, MATERIAL_EMISSIVE, MATERIAL_UNLIT, Material,
    NONE, TEXTURE_NEAREST, TEXTURE_UV1, TEXTURE_WRAP_U_SHIFT, TEXTURE_WRAP_V_SHIFT, TextureSlot, WRAP_CLAMP,
    WRAP_MIRRORED, WRAP_REPEAT,
};
use super::texture::{self, Encoding, Texture};
use crate::scene::{self, AlphaMode, Filter, Scene, TextureRef, Wrap};
use std::collections::BTreeMap;
use std::sync::Arc;

const NO_TEXTURE: TextureSlot =
    TextureSlot { texture_idx: NONE, flags: 0, image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };

/// An image that is read both as colour and as numbers becomes two textures: their mips differ.
pub fn build(scene: &Scene, max_px: u32, cache: &Cache) -> (Vec<Material>, Vec<Arc<Texture>>) {
    let mut textures = Textures { scene, max_px, cache, list: Vec::new(), idx_of: BTreeMap::new() };
    let materials = scene.materials.iter().map(|material| textures.material(material)).collect();
    (materials, textures.list)
}

struct Textures<'a> {
    scene: &'a Scene,
    max_px: u32,
    cache: &'a Cache,
    list: Vec<Arc<Texture>>,
    idx_of: BTreeMap<(crate::hash::Digest, Encoding), u32>,
}

impl Textures<'_> {
    fn material(&mut self, material: &scene::Material) -> Material {
        let alpha_cutoff = if let AlphaMode::Mask { cutoff } = material.alpha { cutoff } else { 0.0 };
        // A texture whose factors are all 0 (a recipe's `set`) is neither kept nor read.
        let shows_color = material.alpha != AlphaMode::Opaque || material.base_color[..3] != [0.0; 3];
        let shows_numbers = material.roughness != 0.0 || material.metallic != 0.0;
        Material {
            base_color: material.base_color,
            emissive: material.emissive,
            alpha_cutoff,
            roughness: material.roughness,
            metallic: material.metallic,
            normal_scale: material.normal_scale,
            flags: flags(material),
            base_color_offset: material.base_color_offset,
            roughness_offset: material.roughness_offset,
            metallic_offset: material.metallic_offset,
            pad: [0; 3],
            base_color_texture: self.slot(material.base_color_texture.filter(|_| shows_color), Encoding::Srgb),
            metallic_roughness_texture: self
                .slot(material.metallic_roughness_texture.filter(|_| shows_numbers), Encoding::Linear),
            normal_texture: self.slot(material.normal_texture, Encoding::Linear),
            emissive_texture: self.slot(material.emissive_texture, Encoding::Srgb),
        }
    }

    fn slot(&mut self, texture: Option<TextureRef>, encoding: Encoding) -> TextureSlot {
        let Some(texture) = texture else { return NO_TEXTURE };
        let image = &self.scene.images[texture.image as usize];
        let texture_idx = *self.idx_of.entry((image.digest, encoding)).or_insert_with(|| {
            let build = || texture::build(image, encoding, self.max_px);
            self.list.push(self.cache.texture(image.digest, encoding, self.max_px, build));
            self.list.len() as u32 - 1
        });
        let uv1 = if texture.uv_set == 1 { TEXTURE_UV1 } else { 0 };
        let nearest = if texture.filter == Filter::Nearest { TEXTURE_NEAREST } else { 0 };
        let wraps = wrap(texture.wrap_u) << TEXTURE_WRAP_U_SHIFT | wrap(texture.wrap_v) << TEXTURE_WRAP_V_SHIFT;
        TextureSlot { texture_idx, flags: uv1 | nearest | wraps, image_from_uv: texture.image_from_uv }
    }
}

fn wrap(wrap: Wrap) -> u32 {
    match wrap {
        Wrap::Repeat => WRAP_REPEAT,
        Wrap::MirroredRepeat => WRAP_MIRRORED,
        Wrap::ClampToEdge => WRAP_CLAMP,
    }
}

fn flags(material: &scene::Material) -> u32 {
    let alpha = match material.alpha {
        AlphaMode::Opaque => 0,
        AlphaMode::Mask { .. } => MATERIAL_ALPHA_MASK,
        AlphaMode::Blend => MATERIAL_ALPHA_BLEND,
    };
    let double_sided = if material.double_sided { MATERIAL_DOUBLE_SIDED } else { 0 };
    let unlit = if material.unlit { MATERIAL_UNLIT } else { 0 };
    let emissive = if material.emissive == [0.0; 3] { 0 } else { MATERIAL_EMISSIVE };
    alpha | double_sided | unlit | emissive
}
