//! What the extensions of a material say at a place, textures included. Twin: shaders/extended.wgsl. Knows no lobes.

use super::bsdf::{DIELECTRIC_F0, lobe_albedo, schlick_weight};
use super::load::Context;
use super::surface::{
    Place, Surface, bent_normal, facing_normal, find_tangent, slot_density, slot_uv, smooth_normal, unit_or, xyz,
};
use super::texture::sample_slot;
use crate::buffers::layout::{EXTRA_VOLUME, Material, NONE, SETTINGS_LITERAL_SCATTERING};
use crate::math::{Vec3, det, vec3};

/// The extensions' values; what a material lacks is neutral.
#[derive(Clone, Copy, Debug)]
pub struct Extended {
    /// Linear; with glossiness the reflectance at normal incidence, else a factor of it.
    pub specular_color: Vec3,
    pub specular: f32,
    /// Of the base: with glossiness another one than the surface's.
    pub roughness: f32,
    pub clearcoat: f32,
    pub clearcoat_roughness: f32,
    /// Unit, world, on the viewer's side.
    pub clearcoat_normal: Vec3,
    pub sheen_color: Vec3,
    pub sheen_roughness: f32,
    pub transmission: f32,
    pub diffuse_transmission: f32,
    pub diffuse_transmission_color: Vec3,
    pub anisotropy: f32,
    /// Unit, world, along the highlight.
    pub anisotropy_direction: Vec3,
    pub iridescence: f32,
    pub iridescence_nm: f32,
}

/// Slots in the order of their fields in [`MaterialExtra`].
pub const SPECULAR_SLOT: u32 = 0;
pub const SPECULAR_COLOR_SLOT: u32 = 1;
pub const SHEEN_COLOR_SLOT: u32 = 2;
pub const SHEEN_ROUGHNESS_SLOT: u32 = 3;
pub const CLEARCOAT_SLOT: u32 = 4;
pub const CLEARCOAT_ROUGHNESS_SLOT: u32 = 5;
pub const CLEARCOAT_NORMAL_SLOT: u32 = 6;
pub const TRANSMISSION_SLOT: u32 = 7;
pub const DIFFUSE_TRANSMISSION_SLOT: u32 = 8;
pub const DIFFUSE_TRANSMISSION_COLOR_SLOT: u32 = 9;
pub const ANISOTROPY_SLOT: u32 = 10;
pub const IRIDESCENCE_SLOT: u32 = 11;
pub const IRIDESCENCE_THICKNESS_SLOT: u32 = 12;
pub const EXTRA_SLOTS: u32 = 13;
/// Bit i: slot i holds colours.
pub const COLOR_SLOTS: u32 = 1 << SPECULAR_COLOR_SLOT | 1 << SHEEN_COLOR_SLOT | 1 << DIFFUSE_TRANSMISSION_COLOR_SLOT;

/// RGBA of each slot, linear; 1 where it has no texture.
pub type ExtraTexels = [[f32; 4]; EXTRA_SLOTS as usize];

/// Reads the slots from `first` up to `end`. One loop, so that drivers compile the reading of a texture once.
#[inline]
pub fn find_texels(c: &Context, place: &Place, extra_idx: u32, first: u32, end: u32, cone_area: f32) -> ExtraTexels {
    let mut texels = [[1.0; 4]; EXTRA_SLOTS as usize];
    for i in first..end {
        let slot = c.load_extra_slot(extra_idx, i);
        if slot.texture_idx == NONE {
            continue;
        }
        let is_color = COLOR_SLOTS >> i & 1 == 1;
        texels[i as usize] =
            sample_slot(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot), is_color);
    }
    texels
}

/// `wo`: towards the viewer. `cone_area`: world area of the sample's footprint.
pub fn find_extended(
    c: &Context,
    place: &Place,
    extra_idx: u32,
    surface: &Surface,
    wo: Vec3,
    cone_area: f32,
) -> Extended {
    let extra = c.load_material_extra(extra_idx);
    let texels = find_texels(c, place, extra_idx, 0, EXTRA_SLOTS, cone_area);
    let texel = |slot: u32| texels[slot as usize];
    let mut out = Extended {
        specular_color: Vec3::from(extra.specular_color) * xyz(texel(SPECULAR_COLOR_SLOT)),
        specular: extra.specular * texel(SPECULAR_SLOT)[3],
        roughness: surface.roughness,
        clearcoat: extra.clearcoat * texel(CLEARCOAT_SLOT)[0],
        clearcoat_roughness: extra.clearcoat_roughness * texel(CLEARCOAT_ROUGHNESS_SLOT)[1],
        clearcoat_normal: surface.normal,
        sheen_color: Vec3::from(extra.sheen_color) * xyz(texel(SHEEN_COLOR_SLOT)),
        sheen_roughness: extra.sheen_roughness * texel(SHEEN_ROUGHNESS_SLOT)[3],
        transmission: extra.transmission * texel(TRANSMISSION_SLOT)[0],
        diffuse_transmission: extra.diffuse_transmission * texel(DIFFUSE_TRANSMISSION_SLOT)[3],
        diffuse_transmission_color: Vec3::from(extra.diffuse_transmission_color)
            * xyz(texel(DIFFUSE_TRANSMISSION_COLOR_SLOT)),
        anisotropy: extra.anisotropy,
        anisotropy_direction: Vec3::ZERO,
        iridescence: extra.iridescence * texel(IRIDESCENCE_SLOT)[0],
        iridescence_nm: extra.iridescence_min_nm
            + (extra.iridescence_max_nm - extra.iridescence_min_nm) * texel(IRIDESCENCE_THICKNESS_SLOT)[1],
    };
    // The frame of the triangle's front: seen from behind, bumps and highlights lie as they do.
    let side = if place.front { 1.0 } else { -1.0 };
    let plain = smooth_normal(c, place);
    let tangent = find_tangent(c, place);
    if extra.clearcoat > 0.0 {
        let mut own = plain;
        if c.load_extra_slot(extra_idx, CLEARCOAT_NORMAL_SLOT).texture_idx != NONE {
            own = bent_normal(plain, &tangent, xyz(texel(CLEARCOAT_NORMAL_SLOT)), extra.clearcoat_normal_scale);
        }
        out.clearcoat_normal = facing_normal(own * side, place.geometric_normal, wo);
    }
    if extra.anisotropy > 0.0 {
        let mut direction = vec3(1.0, 0.0, 0.0);
        if c.load_extra_slot(extra_idx, ANISOTROPY_SLOT).texture_idx != NONE {
            let texel = texel(ANISOTROPY_SLOT);
            out.anisotropy *= texel[2];
            direction = unit_or(vec3(texel[0] * 2.0 - 1.0, texel[1] * 2.0 - 1.0, 0.0), direction);
        }
        let x = direction.x * extra.anisotropy_cos - direction.y * extra.anisotropy_sin;
        let y = direction.x * extra.anisotropy_sin + direction.y * extra.anisotropy_cos;
        let bitangent = plain.cross(tangent.direction) * tangent.handedness;
        out.anisotropy_direction = tangent.direction * x + bitangent * y;
    }
    out
}

/// Share of a surface's own emission that its coat lets through towards a viewer; by the normal without the coat's bumps.
#[inline]
pub fn coat_passes(c: &Context, place: &Place, material: &Material, wo: Vec3, cone_area: f32) -> f32 {
    if material.extra_idx == NONE {
        return 1.0;
    }
    let extra = c.load_material_extra(material.extra_idx);
    // A solid has its coat outside.
    let is_coated = place.front || extra.flags & EXTRA_VOLUME == 0;
    if extra.clearcoat <= 0.0 || !is_coated {
        return 1.0;
    }
    let texels = find_texels(c, place, material.extra_idx, CLEARCOAT_SLOT, CLEARCOAT_ROUGHNESS_SLOT + 1, cone_area);
    let coat = extra.clearcoat * texels[CLEARCOAT_SLOT as usize][0];
    let roughness = extra.clearcoat_roughness * texels[CLEARCOAT_ROUGHNESS_SLOT as usize][1];
    let side = if place.front { 1.0 } else { -1.0 };
    let normal = facing_normal(smooth_normal(c, place) * side, place.geometric_normal, wo);
    let cosine = det::clamp(normal.dot(wo), 0.0, 1.0);
    if c.load_settings().flags & SETTINGS_LITERAL_SCATTERING != 0 {
        return 1.0 - coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(cosine));
    }
    1.0 - coat * lobe_albedo(roughness, cosine)[1]
}
