//! Materials and the textures that they read. Knows no meshes.

use super::Cache;
use super::layout::{
    EXTRA_GLOSSINESS, EXTRA_VOLUME, MATERIAL_ALPHA_BLEND, MATERIAL_ALPHA_MASK, MATERIAL_DOUBLE_SIDED,
    MATERIAL_EMISSIVE, MATERIAL_UNLIT, Material, MaterialExtra, NONE, TEXTURE_NEAREST, TEXTURE_UV1,
    TEXTURE_WRAP_U_SHIFT, TEXTURE_WRAP_V_SHIFT, TextureSlot, WRAP_CLAMP, WRAP_MIRRORED, WRAP_REPEAT,
};
use super::texture::{self, Encoding, Texture};
use crate::math::det;
use crate::scene::{self, AlphaMode, Filter, Scene, TextureRef, Wrap};
use std::collections::BTreeMap;
use std::sync::Arc;

const NO_TEXTURE: TextureSlot =
    TextureSlot { texture_idx: NONE, flags: 0, image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };

/// Adds nothing.
const PLAIN_EXTRA: MaterialExtra = MaterialExtra {
    specular_color: [1.0; 3],
    specular: 1.0,
    sheen_color: [0.0; 3],
    sheen_roughness: 0.0,
    absorption: [0.0; 3],
    ior: 1.5,
    diffuse_transmission_color: [1.0; 3],
    diffuse_transmission: 0.0,
    clearcoat: 0.0,
    clearcoat_roughness: 0.0,
    clearcoat_normal_scale: 1.0,
    transmission: 0.0,
    anisotropy: 0.0,
    anisotropy_cos: 1.0,
    anisotropy_sin: 0.0,
    dispersion: 0.0,
    iridescence: 0.0,
    iridescence_ior: 1.3,
    iridescence_min_nm: 0.0,
    iridescence_max_nm: 0.0,
    glossiness: 0.0,
    flags: 0,
    pad: [0; 2],
    specular_texture: NO_TEXTURE,
    specular_color_texture: NO_TEXTURE,
    sheen_color_texture: NO_TEXTURE,
    sheen_roughness_texture: NO_TEXTURE,
    clearcoat_texture: NO_TEXTURE,
    clearcoat_roughness_texture: NO_TEXTURE,
    clearcoat_normal_texture: NO_TEXTURE,
    transmission_texture: NO_TEXTURE,
    diffuse_transmission_texture: NO_TEXTURE,
    diffuse_transmission_color_texture: NO_TEXTURE,
    anisotropy_texture: NO_TEXTURE,
    iridescence_texture: NO_TEXTURE,
    iridescence_thickness_texture: NO_TEXTURE,
};

/// An image that is read both as colour and as numbers becomes two textures: their mips differ.
pub fn build(scene: &Scene, max_px: u32, cache: &Cache) -> Materials {
    let mut textures = Textures { scene, max_px, cache, list: Vec::new(), idx_of: BTreeMap::new() };
    let mut extras = Vec::new();
    let mut materials = Vec::with_capacity(scene.materials.len());
    for material in &scene.materials {
        let mut plain = textures.material(material);
        if has_extra(material) {
            plain.extra_idx = extras.len() as u32;
            extras.push(textures.extra(material));
        }
        materials.push(plain);
    }
    Materials { materials, extras, textures: textures.list }
}

/// The fields of the same names in `SceneBuffers`.
pub struct Materials {
    pub materials: Vec<Material>,
    pub extras: Vec<MaterialExtra>,
    pub textures: Vec<Arc<Texture>>,
}

/// Whether an extension changes how the material scatters.
fn has_extra(m: &scene::Material) -> bool {
    let default = scene::Material::default();
    !m.unlit
        && (m.ior != default.ior
            || m.specular.is_some()
            || m.specular_glossiness.is_some()
            || m.clearcoat.is_some()
            || m.sheen.is_some()
            || m.transmission.is_some()
            || m.diffuse_transmission.is_some()
            || m.volume.is_some()
            || m.anisotropy.is_some()
            || m.iridescence.is_some())
}

/// 1/m, of what a volume leaves of light after `distance` metres.
fn absorption(color: [f32; 3], distance: f32) -> [f32; 3] {
    /// Black is not endlessly opaque: exp(−∞ · 0) is no number.
    const DARKEST: f32 = 1.0e-6;
    /// Nor is what takes no distance at all: 1/m, below which products with distances stay finite.
    const DENSEST: f32 = 1.0e12;
    if distance <= 0.0 || !distance.is_finite() {
        return [0.0; 3];
    }
    color.map(|c| det::min(-det::log(det::clamp(c, DARKEST, 1.0)) / distance + 0.0, DENSEST))
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
            extra_idx: NONE,
            pad: [0; 2],
            base_color_texture: self.slot(material.base_color_texture.filter(|_| shows_color), Encoding::Srgb),
            metallic_roughness_texture: self
                .slot(material.metallic_roughness_texture.filter(|_| shows_numbers), Encoding::Linear),
            normal_texture: self.slot(material.normal_texture, Encoding::Linear),
            emissive_texture: self.slot(material.emissive_texture, Encoding::Srgb),
        }
    }

    fn extra(&mut self, m: &scene::Material) -> MaterialExtra {
        let mut out = MaterialExtra { ior: m.ior, dispersion: m.dispersion, ..PLAIN_EXTRA };
        if let Some(s) = &m.specular {
            (out.specular, out.specular_color) = (s.factor, s.color);
            out.specular_texture = self.slot(s.texture, Encoding::Linear);
            out.specular_color_texture = self.slot(s.color_texture, Encoding::Srgb);
        }
        if let Some(s) = &m.specular_glossiness {
            (out.specular_color, out.glossiness) = (s.specular, s.glossiness);
            out.specular_color_texture = self.slot(s.texture, Encoding::Srgb);
            out.flags |= EXTRA_GLOSSINESS;
        }
        if let Some(c) = &m.clearcoat {
            (out.clearcoat, out.clearcoat_roughness, out.clearcoat_normal_scale) =
                (c.factor, c.roughness, c.normal_scale);
            out.clearcoat_texture = self.slot(c.texture, Encoding::Linear);
            out.clearcoat_roughness_texture = self.slot(c.roughness_texture, Encoding::Linear);
            out.clearcoat_normal_texture = self.slot(c.normal_texture, Encoding::Linear);
        }
        if let Some(s) = &m.sheen {
            (out.sheen_color, out.sheen_roughness) = (s.color, s.roughness);
            out.sheen_color_texture = self.slot(s.color_texture, Encoding::Srgb);
            out.sheen_roughness_texture = self.slot(s.roughness_texture, Encoding::Linear);
        }
        if let Some(t) = &m.transmission {
            out.transmission = t.factor;
            out.transmission_texture = self.slot(t.texture, Encoding::Linear);
        }
        if let Some(d) = &m.diffuse_transmission {
            (out.diffuse_transmission, out.diffuse_transmission_color) = (d.factor, d.color);
            out.diffuse_transmission_texture = self.slot(d.texture, Encoding::Linear);
            out.diffuse_transmission_color_texture = self.slot(d.color_texture, Encoding::Srgb);
        }
        if let Some(v) = m.volume.as_ref().filter(|v| v.thickness > 0.0) {
            out.absorption = absorption(v.attenuation_color, v.attenuation_distance);
            out.flags |= EXTRA_VOLUME;
        }
        if let Some(a) = &m.anisotropy {
            out.anisotropy = a.strength;
            (out.anisotropy_sin, out.anisotropy_cos) = det::sin_cos(a.rotation_rad);
            out.anisotropy_texture = self.slot(a.texture, Encoding::Linear);
        }
        if let Some(i) = &m.iridescence {
            (out.iridescence, out.iridescence_ior) = (i.factor, i.ior);
            (out.iridescence_min_nm, out.iridescence_max_nm) = (i.thickness_min_nm, i.thickness_max_nm);
            out.iridescence_texture = self.slot(i.texture, Encoding::Linear);
            out.iridescence_thickness_texture = self.slot(i.thickness_texture, Encoding::Linear);
        }
        out
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
