//! What rays travel through: volumes behind surfaces. Twin: shaders/medium.wgsl. Knows no lobes, no lights.
//!
//! Of volumes that overlap, the one entered last counts: the far side of another one is passed as if it weren't there.
//! Radiance is counted as basic radiance (over the index squared), so that nothing brightens or dims at a boundary but by
//! what it reflects: a lamp inside glass looks as bright through the glass as in air.

use super::load::Context;
use crate::buffers::layout::{EXTRA_VOLUME, Material, MaterialExtra, NONE};
use crate::math::{Vec3, det, vec3};

/// Of three: all colours travel together.
pub const ALL_CHANNELS: u32 = 3;
/// Half the spread of the index over the visible per dispersion and index − 1 (KHR_materials_dispersion).
pub const DISPERSION_HALF_SPREAD: f32 = 0.025;

/// Materials of the volumes that a ray is in; [`NONE`]: air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Medium {
    pub inner: u32,
    /// What is met when the inner one ends.
    pub outer: u32,
}

/// Outside of everything.
pub const AIR: Medium = Medium { inner: NONE, outer: NONE };

/// Whether there is a volume behind surfaces of a material.
#[inline(always)]
pub fn is_volume(c: &Context, material: &Material) -> bool {
    material.extra_idx != NONE && c.load_material_extra(material.extra_idx).flags & EXTRA_VOLUME != 0
}

/// In what the ray was that meets a surface from a side. Rays that begin inside learn of it where they leave.
#[inline(always)]
pub fn medium_before(c: &Context, medium: Medium, material_idx: u32, front: bool) -> Medium {
    if medium.inner == NONE && !front && is_volume(c, c.load_material(material_idx)) {
        return Medium { inner: material_idx, outer: NONE };
    }
    medium
}

/// Whether the surface is the end of a volume inside another one, which was entered later.
#[inline(always)]
pub fn is_hidden(c: &Context, medium: Medium, material_idx: u32, front: bool) -> bool {
    !front && medium.inner != NONE && medium.inner != material_idx && is_volume(c, c.load_material(material_idx))
}

/// What the ray is in behind the surface.
#[inline(always)]
pub fn medium_behind(medium: Medium, material_idx: u32, front: bool) -> Medium {
    if front {
        return Medium { inner: material_idx, outer: medium.inner };
    }
    if medium.inner == material_idx {
        return Medium { inner: medium.outer, outer: NONE };
    }
    Medium { inner: medium.inner, outer: NONE }
}

/// What the ray is in that went past a surface as if it weren't there: by its alpha, or as the end of a hidden volume. It
/// leaves volumes, so that no hole lets them out, but enters none.
#[inline(always)]
pub fn medium_past(c: &Context, medium: Medium, material_idx: u32, front: bool) -> Medium {
    if front || !is_volume(c, c.load_material(material_idx)) {
        return medium;
    }
    medium_behind(medium, material_idx, front)
}

/// Share of light that is left after a way through a volume, in metres. `material_idx`: [`NONE`] for air.
#[inline(always)]
pub fn left_of_light(c: &Context, material_idx: u32, distance: f32) -> Vec3 {
    if material_idx == NONE {
        return Vec3::ONE;
    }
    let extra = c.load_material_extra(c.load_material(material_idx).extra_idx);
    let [r, g, b] = extra.absorption;
    vec3(det::exp(-r * distance), det::exp(-g * distance), det::exp(-b * distance))
}

/// Index of refraction of a material for a channel, 0 to 2 or [`ALL_CHANNELS`].
#[inline(always)]
pub fn channel_ior(extra: &MaterialExtra, channel: u32) -> f32 {
    if channel >= ALL_CHANNELS || extra.dispersion <= 0.0 {
        return extra.ior;
    }
    let half = (extra.ior - 1.0) * DISPERSION_HALF_SPREAD * extra.dispersion;
    extra.ior + half * (channel as f32 - 1.0)
}

/// The same of a medium; 1 for air.
#[inline(always)]
pub fn medium_ior(c: &Context, material_idx: u32, channel: u32) -> f32 {
    if material_idx == NONE {
        return 1.0;
    }
    channel_ior(c.load_material_extra(c.load_material(material_idx).extra_idx), channel)
}

/// What a path of one channel carries of all three: three times as much of its own.
#[inline(always)]
pub fn channel_weight(channel: u32) -> Vec3 {
    if channel == 0 {
        return vec3(3.0, 0.0, 0.0);
    }
    if channel == 1 {
        return vec3(0.0, 3.0, 0.0);
    }
    vec3(0.0, 0.0, 3.0)
}
