//! Single lobes: GGX with two roughnesses, refraction, fibres; and what they reflect in all. Twin: shaders/lobes.wgsl.
//! Knows no materials.
//!
//! Directions are local, z along the normal. Sources: Walter et al.: Microfacet Models for Refraction, 2007; Heitz:
//! Understanding the Masking-Shadowing Function, 2014; Estevez, Kulla:
//! Production Friendly Microfacet Sheen BRDF, 2017.

use super::bsdf::{MIN_COSINE, MIN_VISIBILITY, at_most, schlick_weight};
use super::tables::{
    ANISOTROPIC_AT, ANISOTROPIC_AZIMUTHS, ANISOTROPIC_COSINES, ANISOTROPIC_FIRST, ANISOTROPIC_ROUGHNESSES,
    ANISOTROPIC_STRETCHES, GLASS_COSINES, GLASS_INDICES, GLASS_MAX_INDEX, GLASS_ROUGHNESSES, SHEEN_AT, SHEEN_COSINES,
    SHEEN_ROUGHNESSES, load_lobe_albedo,
};
use crate::math::{Vec3, det, vec3};
use std::f32::consts::FRAC_1_PI;

/// Smoother fibres stand so straight that nothing is left of them (roughness 0.07).
pub const MIN_SHEEN_ALPHA: f32 = 5.0e-3;
/// A table's albedo that is divided by is not smaller.
pub const MIN_ALBEDO: f32 = 0.05;

/// GGX's density of normals at `h` (unit), 1/sr.
#[inline(always)]
pub fn ggx_density(h: Vec3, alpha: [f32; 2]) -> f32 {
    let x = h.x / alpha[0];
    let y = h.y / alpha[1];
    let q = x * x + y * y + h.z * h.z;
    FRAC_1_PI / (alpha[0] * alpha[1] * q * q)
}

/// Length of a direction in the stretched space where GGX is a half sphere: Smith's terms are made of it.
#[inline(always)]
pub fn ggx_stretch(v: Vec3, alpha: [f32; 2]) -> f32 {
    let x = alpha[0] * v.x;
    let y = alpha[1] * v.y;
    (x * x + y * y + v.z * v.z).sqrt()
}

/// Smith's height-correlated masking and shadowing over 4 cos cos. `stretch`: [`ggx_stretch`] of both.
#[inline(always)]
pub fn ggx_visibility(nv: f32, nl: f32, stretch_v: f32, stretch_l: f32) -> f32 {
    0.5 / det::max(nl * stretch_v + nv * stretch_l, MIN_VISIBILITY)
}

/// The cosine that Schlick's term takes: on the thinner side of the surface. 0 where all is reflected. `eta`: index behind
/// the surface over the index before it.
#[inline(always)]
pub fn fresnel_cosine(vh: f32, eta: f32) -> f32 {
    if eta >= 1.0 {
        return vh;
    }
    det::max(1.0 - (1.0 - vh * vh) / (eta * eta), 0.0).sqrt()
}

/// Schlick's Fresnel term of a colour.
#[inline(always)]
pub fn fresnel(f0: Vec3, f90: f32, cosine: f32) -> Vec3 {
    f0 + (Vec3::splat(f90) - f0) * schlick_weight(cosine)
}

/// The direction that light from `wo` is bent into behind a normal `h`; z ≥ 0: none.
#[inline(always)]
pub fn refracted(wo: Vec3, h: Vec3, eta: f32) -> Vec3 {
    let vh = wo.dot(h);
    let cos2 = 1.0 - (1.0 - vh * vh) / (eta * eta);
    if cos2 <= 0.0 {
        return vec3(0.0, 0.0, 1.0);
    }
    h * (vh / eta - cos2.sqrt()) - wo * (1.0 / eta)
}

/// The normal that bends `wo` into `wi`; its z is above 0. Zero where there is none.
#[inline(always)]
pub fn refraction_normal(wo: Vec3, wi: Vec3, eta: f32) -> Vec3 {
    let sum = wo + wi * eta;
    let length = sum.length();
    if length <= MIN_COSINE {
        return Vec3::ZERO;
    }
    let side = if sum.z > 0.0 { 1.0 } else { -1.0 };
    sum * (side / length)
}

/// Charlie's density of fibres' normals, 1/sr.
#[inline(always)]
pub fn sheen_density(nh: f32, alpha: f32) -> f32 {
    let sine2 = det::max(1.0 - nh * nh, MIN_VISIBILITY);
    (2.0 + 1.0 / alpha) * det::pow(sine2, 0.5 / alpha) * (0.5 * FRAC_1_PI)
}

/// Λ of the fibres' masking: the fit of Estevez and Kulla.
#[inline(always)]
pub fn sheen_lambda(cosine: f32, alpha: f32) -> f32 {
    let t = (1.0 - alpha) * (1.0 - alpha);
    if cosine < 0.5 {
        return det::exp(sheen_curve(cosine, t));
    }
    det::exp(2.0 * sheen_curve(0.5, t) - sheen_curve(1.0 - cosine, t))
}

/// a / (1 + b xᶜ) + d x + e, with coefficients between those of rough (t = 0) and smooth fibres (1).
#[inline(always)]
pub fn sheen_curve(x: f32, t: f32) -> f32 {
    let a = 21.5473 + 3.7772 * t;
    let b = 3.82987 - 0.50552 * t;
    let c = 0.19823 - 0.03022 * t;
    let d = 0.70367 * t - 1.97760;
    let e = -4.32054 - 0.53913 * t;
    a / (1.0 + b * det::pow(det::max(x, MIN_COSINE), c)) + d * x + e
}

/// The fibres' lobe × cos of the light.
#[inline(always)]
pub fn sheen_value(nv: f32, nl: f32, nh: f32, alpha: f32) -> f32 {
    let shadow = 1.0 + sheen_lambda(nv, alpha) + sheen_lambda(nl, alpha);
    sheen_density(nh, alpha) * 0.25 / (shadow * det::max(nv, MIN_COSINE))
}

/// Where a value lies between the nodes of a table: the node before it, and the share of the next one. `x`: in nodes.
#[inline(always)]
pub fn between_nodes(x: f32, n: u32) -> (u32, f32) {
    let i = at_most(x as u32, n - 2);
    (i, x - i as f32)
}

/// What the fibres reflect towards a cosine.
#[inline(always)]
pub fn sheen_albedo(roughness: f32, cosine: f32) -> f32 {
    let (row, fy) = between_nodes(det::min(roughness, 1.0) * (SHEEN_ROUGHNESSES - 1) as f32, SHEEN_ROUGHNESSES);
    let (column, fx) = between_nodes(det::min(cosine, 1.0).sqrt() * (SHEEN_COSINES - 1) as f32, SHEEN_COSINES);
    let i = SHEEN_AT + row * SHEEN_COSINES + column;
    let near = along_row(i, fx);
    let far = along_row(i + SHEEN_COSINES, fx);
    near + (far - near) * fy
}

/// What rough glass reflects and lets through, with single scattering. `eta`: as for [`fresnel_cosine`].
#[inline(always)]
pub fn glass_albedo(roughness: f32, cosine: f32, eta: f32) -> f32 {
    let index = if eta >= 1.0 { eta } else { 1.0 / eta };
    let first = if eta >= 1.0 { 0 } else { GLASS_INDICES };
    let scaled = ((det::min(index, GLASS_MAX_INDEX) - 1.0) * (1.0 / (GLASS_MAX_INDEX - 1.0))).sqrt();
    let (plane, fz) = between_nodes(scaled * (GLASS_INDICES - 1) as f32, GLASS_INDICES);
    let (row, fy) = between_nodes(det::min(roughness, 1.0) * (GLASS_ROUGHNESSES - 1) as f32, GLASS_ROUGHNESSES);
    let (column, fx) = between_nodes(det::min(cosine, 1.0).sqrt() * (GLASS_COSINES - 1) as f32, GLASS_COSINES);
    let i = ((first + plane) * GLASS_ROUGHNESSES + row) * GLASS_COSINES + column;
    let stride = GLASS_ROUGHNESSES * GLASS_COSINES;
    let a = along_row(i, fx);
    let b = along_row(i + GLASS_COSINES, fx);
    let c = along_row(i + stride, fx);
    let d = along_row(i + stride + GLASS_COSINES, fx);
    let near = a + (b - a) * fy;
    let far = c + (d - c) * fy;
    near + (far - near) * fz
}

/// (with a Fresnel term of 1, with a dielectric's): what GGX with two roughnesses reflects towards `wo`.
#[inline(always)]
pub fn anisotropic_albedo(alpha: [f32; 2], wo: Vec3) -> [f32; 2] {
    let along = alpha[0].sqrt();
    let across = alpha[1].sqrt();
    let flat = (wo.x * wo.x + wo.y * wo.y).sqrt();
    let azimuth = det::min(det::abs(wo.x) / det::max(flat, MIN_COSINE), 1.0).sqrt();
    let above = det::max(across.sqrt() - ANISOTROPIC_FIRST, 0.0) * (1.0 / (1.0 - ANISOTROPIC_FIRST));
    let (a, fa) = between_nodes(above * (ANISOTROPIC_ROUGHNESSES - 1) as f32, ANISOTROPIC_ROUGHNESSES);
    let stretch = (det::max(along - across, 0.0) / det::max(1.0 - across, MIN_COSINE)).sqrt();
    let (b, fb) = between_nodes(stretch * (ANISOTROPIC_STRETCHES - 1) as f32, ANISOTROPIC_STRETCHES);
    let (c, fc) = between_nodes(azimuth * (ANISOTROPIC_AZIMUTHS - 1) as f32, ANISOTROPIC_AZIMUTHS);
    let cosine = det::min(det::abs(wo.z), 1.0).sqrt();
    let (d, fd) = between_nodes(cosine * (ANISOTROPIC_COSINES - 1) as f32, ANISOTROPIC_COSINES);
    let first = ((a * ANISOTROPIC_STRETCHES + b) * ANISOTROPIC_AZIMUTHS + c) * ANISOTROPIC_COSINES + d;
    let mut sum = [0.0; 2];
    // The sixteen corners of the cell: bit k of the corner is the next node on axis k.
    for corner in 0..16u32 {
        let (ra, rb, rc, rd) = (corner & 1, corner >> 1 & 1, corner >> 2 & 1, corner >> 3);
        let step = ((ra * ANISOTROPIC_STRETCHES + rb) * ANISOTROPIC_AZIMUTHS + rc) * ANISOTROPIC_COSINES + rd;
        let i = ANISOTROPIC_AT + 2 * (first + step);
        let weight = node_share(fa, ra) * node_share(fb, rb) * node_share(fc, rc) * node_share(fd, rd);
        sum[0] += load_lobe_albedo(i) * weight;
        sum[1] += load_lobe_albedo(i + 1) * weight;
    }
    sum
}

/// Weight of the node before a place (`next` 0) or of the one after it (1).
#[inline(always)]
pub fn node_share(share: f32, next: u32) -> f32 {
    if next == 0 { 1.0 - share } else { share }
}

/// Between entry `i` of the tables and the next one.
#[inline(always)]
pub fn along_row(i: u32, share: f32) -> f32 {
    let near = load_lobe_albedo(i);
    near + (load_lobe_albedo(i + 1) - near) * share
}
