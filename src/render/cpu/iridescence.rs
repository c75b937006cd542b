//! Reflection of a thin film on a surface, in colour. Twin: shaders/iridescence.wgsl. Knows no materials.
//!
//! Source: Belcour, Barla: A Practical Extension to Microfacet Theory for the Modeling of Varying Iridescence, 2017, cut
//! after two internal reflections as in KHR_materials_iridescence, which also gives the fit of the colour matching curves.

use super::bsdf::schlick_weight;
use crate::math::{Vec3, det, vec3};
use std::f32::consts::{PI, TAU};

/// Films thinner than this (nm) fade into what surrounds them.
pub const MIN_FILM_NM: f32 = 30.0;
/// A reflectance of 1 has no index of refraction: this has one.
pub const MAX_FILM_F0: f32 = 0.9999;

/// Gaussians whose waves make up the colour matching curves X (two), Y and Z: height · √(2π variance) over the integral of
/// Y. Their centres (rad/m) and variances stand where they are used.
pub const FILM_X_WEIGHT: f32 = 0.8465900;
pub const FILM_X2_WEIGHT: f32 = 0.1538683;
pub const FILM_Y_WEIGHT: f32 = 1.0002218;
pub const FILM_Z_WEIGHT: f32 = 1.0011225;

/// Reflectance of the film at a cosine. `f0`: of the base below it. The film lies in air.
pub fn film_fresnel(cosine: f32, f0: Vec3, film_ior: f32, thickness_nm: f32) -> Vec3 {
    // Towards the index of air, smoothly.
    let x = det::clamp(thickness_nm / MIN_FILM_NM, 0.0, 1.0);
    let ior = 1.0 + (film_ior - 1.0) * (x * x * (3.0 - 2.0 * x));
    let inner2 = 1.0 - (1.0 - cosine * cosine) / (ior * ior);
    if inner2 <= 0.0 {
        return Vec3::ONE;
    }
    let inner = inner2.sqrt();
    let r12 = schlick(ior_to_f0(ior, 1.0), cosine);
    let t121 = 1.0 - r12;
    let phase_12 = if ior < 1.0 { PI } else { 0.0 };
    let phase_21 = PI - phase_12;
    let base = vec3(f0_to_ior(f0.x), f0_to_ior(f0.y), f0_to_ior(f0.z));
    let r23 = vec3(
        schlick(ior_to_f0(base.x, ior), inner),
        schlick(ior_to_f0(base.y, ior), inner),
        schlick(ior_to_f0(base.z, ior), inner),
    );
    let shift = vec3(
        phase_21 + half_turn_below(base.x, ior),
        phase_21 + half_turn_below(base.y, ior),
        phase_21 + half_turn_below(base.z, ior),
    );
    let path_nm = 2.0 * ior * thickness_nm * inner;
    let r123 = vec3(film_product(r12 * r23.x), film_product(r12 * r23.y), film_product(r12 * r23.z));
    let root = vec3(r123.x.sqrt(), r123.y.sqrt(), r123.z.sqrt());
    let inside = vec3(
        t121 * t121 * r23.x / (1.0 - r123.x),
        t121 * t121 * r23.y / (1.0 - r123.y),
        t121 * t121 * r23.z / (1.0 - r123.z),
    );
    let once = (inside - Vec3::splat(t121)) * root;
    let twice = once * root;
    let sum = Vec3::splat(r12)
        + inside
        + once * (film_sensitivity(path_nm, shift) * 2.0)
        + twice * (film_sensitivity(2.0 * path_nm, shift * 2.0) * 2.0);
    vec3(det::clamp(sum.x, 0.0, 1.0), det::clamp(sum.y, 0.0, 1.0), det::clamp(sum.z, 0.0, 1.0))
}

/// Schlick's term up to 1.
#[inline(always)]
pub fn schlick(f0: f32, cosine: f32) -> f32 {
    f0 + (1.0 - f0) * schlick_weight(cosine)
}

/// Reflectance at normal incidence between two indices.
#[inline(always)]
pub fn ior_to_f0(to: f32, from: f32) -> f32 {
    let r = (to - from) / (to + from);
    r * r
}

/// The index that reflects `f0` in air.
#[inline(always)]
pub fn f0_to_ior(f0: f32) -> f32 {
    let root = det::clamp(f0, 0.0, MAX_FILM_F0).sqrt();
    (1.0 + root) / (1.0 - root)
}

/// Phase that a wave in the film turns by at a base of index `base`: half a turn at a thinner one.
#[inline(always)]
pub fn half_turn_below(base: f32, film: f32) -> f32 {
    if base < film { PI } else { 0.0 }
}

/// A product of reflectances that a geometric series may be made of.
#[inline(always)]
pub fn film_product(r: f32) -> f32 {
    det::clamp(r, 1.0e-5, MAX_FILM_F0)
}

/// How the eye sees a wave of cosines over the spectrum, in linear Rec. 709: the Fourier transform of the colour matching
/// curves at an optical path difference. `shift`: phase of each channel.
pub fn film_sensitivity(path_nm: f32, shift: Vec3) -> Vec3 {
    let phase = TAU * path_nm * 1.0e-9;
    let phase2 = phase * phase;
    let x = film_wave(phase, phase2, shift.x, FILM_X_WEIGHT, 1.6810e6, 4.3278e9)
        + film_wave(phase, phase2, shift.x, FILM_X2_WEIGHT, 2.2399e6, 4.5282e9);
    let y = film_wave(phase, phase2, shift.y, FILM_Y_WEIGHT, 1.7953e6, 9.3046e9);
    let z = film_wave(phase, phase2, shift.z, FILM_Z_WEIGHT, 2.2084e6, 6.6121e9);
    vec3(
        3.240_454_2 * x - 1.537_138_5 * y - 0.498_531_4 * z,
        1.876_010_8 * y - 0.969_266 * x + 0.041_556 * z,
        0.055_643_4 * x - 0.204_025_9 * y + 1.057_225_2 * z,
    )
}

/// One Gaussian's part.
#[inline(always)]
pub fn film_wave(phase: f32, phase2: f32, shift: f32, weight: f32, center: f32, variance: f32) -> f32 {
    weight * det::cos(center * phase + shift) * det::exp(-variance * phase2)
}
