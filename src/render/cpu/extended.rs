//! What the extensions of a material say at a place, textures included. Twin: shaders/extended.wgsl. Knows no lobes.

use super::bsdf::{DIELECTRIC_F0, lobe_albedo, schlick_weight};
use super::load::Context;
use super::surface::{Place, Surface, facing_normal, find_tangent, map_normal, slot_density, slot_uv, unit_or};
use super::texture::{sample_linear, sample_linear_alpha, sample_srgb};
use crate::buffers::layout::{
    EXTRA_GLOSSINESS, Material, MaterialExtra, NONE, SETTINGS_LITERAL_SCATTERING, TextureSlot,
};
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

/// `wo`: towards the viewer. `cone_area`: world area of the sample's footprint.
pub fn find_extended(
    c: &Context,
    place: &Place,
    extra: &MaterialExtra,
    surface: &Surface,
    wo: Vec3,
    cone_area: f32,
) -> Extended {
    let mut out = Extended {
        specular_color: Vec3::from(extra.specular_color),
        specular: extra.specular * slot_alpha(c, place, &extra.specular_texture, cone_area),
        roughness: surface.roughness,
        clearcoat: extra.clearcoat,
        clearcoat_roughness: extra.clearcoat_roughness,
        clearcoat_normal: surface.normal,
        sheen_color: Vec3::from(extra.sheen_color),
        sheen_roughness: extra.sheen_roughness * slot_alpha(c, place, &extra.sheen_roughness_texture, cone_area),
        transmission: extra.transmission * slot_linear(c, place, &extra.transmission_texture, cone_area).x,
        diffuse_transmission: extra.diffuse_transmission
            * slot_alpha(c, place, &extra.diffuse_transmission_texture, cone_area),
        diffuse_transmission_color: Vec3::from(extra.diffuse_transmission_color),
        anisotropy: extra.anisotropy,
        anisotropy_direction: Vec3::ZERO,
        iridescence: extra.iridescence,
        iridescence_nm: extra.iridescence_max_nm,
    };
    let slot = &extra.specular_color_texture;
    if slot.texture_idx != NONE {
        let (texel, alpha) = sample_srgb(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        out.specular_color *= Vec3::from(texel);
        if extra.flags & EXTRA_GLOSSINESS != 0 {
            out.roughness = surface.roughness * (1.0 - extra.glossiness * alpha);
        }
    } else if extra.flags & EXTRA_GLOSSINESS != 0 {
        out.roughness = surface.roughness * (1.0 - extra.glossiness);
    }
    if extra.clearcoat > 0.0 {
        out.clearcoat *= slot_linear(c, place, &extra.clearcoat_texture, cone_area).x;
        out.clearcoat_roughness *= slot_linear(c, place, &extra.clearcoat_roughness_texture, cone_area).y;
        let own = map_normal(c, place, &extra.clearcoat_normal_texture, extra.clearcoat_normal_scale, cone_area);
        out.clearcoat_normal = facing_normal(own, place.geometric_normal, wo);
    }
    if out.sheen_color.max_component() > 0.0 {
        out.sheen_color *= slot_srgb(c, place, &extra.sheen_color_texture, cone_area);
    }
    if extra.diffuse_transmission > 0.0 {
        out.diffuse_transmission_color *= slot_srgb(c, place, &extra.diffuse_transmission_color_texture, cone_area);
    }
    if extra.anisotropy > 0.0 {
        let mut direction = vec3(1.0, 0.0, 0.0);
        let slot = &extra.anisotropy_texture;
        if slot.texture_idx != NONE {
            let texel = slot_linear(c, place, slot, cone_area);
            out.anisotropy *= texel.z;
            direction = unit_or(vec3(texel.x * 2.0 - 1.0, texel.y * 2.0 - 1.0, 0.0), direction);
        }
        let x = direction.x * extra.anisotropy_cos - direction.y * extra.anisotropy_sin;
        let y = direction.x * extra.anisotropy_sin + direction.y * extra.anisotropy_cos;
        let tangent = find_tangent(c, place);
        // The frame of the triangle's front: seen from behind, the highlight lies as it does.
        let side = if place.front { tangent.handedness } else { -tangent.handedness };
        let bitangent = surface.normal.cross(tangent.direction) * side;
        out.anisotropy_direction = tangent.direction * x + bitangent * y;
    }
    if extra.iridescence > 0.0 {
        out.iridescence *= slot_linear(c, place, &extra.iridescence_texture, cone_area).x;
        let share = slot_linear(c, place, &extra.iridescence_thickness_texture, cone_area).y;
        out.iridescence_nm = extra.iridescence_min_nm + (extra.iridescence_max_nm - extra.iridescence_min_nm) * share;
    }
    out
}

/// Linear RGB of a slot's texels; white where it has none.
#[inline]
pub fn slot_linear(c: &Context, place: &Place, slot: &TextureSlot, cone_area: f32) -> Vec3 {
    if slot.texture_idx == NONE {
        return Vec3::ONE;
    }
    sample_linear(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot))
}

/// RGB of a slot's sRGB texels, linear; white where it has none.
#[inline]
pub fn slot_srgb(c: &Context, place: &Place, slot: &TextureSlot, cone_area: f32) -> Vec3 {
    if slot.texture_idx == NONE {
        return Vec3::ONE;
    }
    let (texel, _) = sample_srgb(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    Vec3::from(texel)
}

/// Alpha of a slot's texels; 1 where it has none.
#[inline]
pub fn slot_alpha(c: &Context, place: &Place, slot: &TextureSlot, cone_area: f32) -> f32 {
    if slot.texture_idx == NONE {
        return 1.0;
    }
    sample_linear_alpha(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot))
}

/// Share of a surface's own emission that its coat lets through towards a viewer.
#[inline]
pub fn coat_passes(c: &Context, place: &Place, material: &Material, wo: Vec3, cone_area: f32) -> f32 {
    if material.extra_idx == NONE {
        return 1.0;
    }
    let extra = c.load_material_extra(material.extra_idx);
    if extra.clearcoat <= 0.0 {
        return 1.0;
    }
    let coat = extra.clearcoat * slot_linear(c, place, &extra.clearcoat_texture, cone_area).x;
    let roughness = extra.clearcoat_roughness * slot_linear(c, place, &extra.clearcoat_roughness_texture, cone_area).y;
    let own = map_normal(c, place, &extra.clearcoat_normal_texture, extra.clearcoat_normal_scale, cone_area);
    let cosine = det::clamp(facing_normal(own, place.geometric_normal, wo).dot(wo), 0.0, 1.0);
    if c.load_settings().flags & SETTINGS_LITERAL_SCATTERING != 0 {
        return 1.0 - coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(cosine));
    }
    1.0 - coat * lobe_albedo(roughness, cosine)[1]
}
