//! How any surface scatters, plain or with extensions. Twin: shaders/scatter.wgsl. Knows no scene.

use super::bsdf::{Bsdf, BsdfSample, BsdfValue, NO_SAMPLE, draw_lobes, evaluate_lobes};
use super::layered::{draw_layers, evaluate_layers};
use super::sampler::unit_float;
use crate::math::{Vec3, vec3};

/// Whether a world direction leaves the surface on the viewer's side: above the triangle, or where its rays start above
/// it, above the shading normal's horizon.
#[inline(always)]
pub fn leaves_above(b: &Bsdf, direction: Vec3) -> bool {
    direction.dot(b.geometric_normal) > 0.0 || (b.is_lifted && direction.dot(b.normal) > 0.0)
}

/// BSDF × |cos| and pdf for a world direction `wi`, unit, towards the light.
#[inline(always)]
pub fn evaluate_bsdf(b: &Bsdf, wi: Vec3) -> BsdfValue {
    let z = wi.dot(b.normal);
    let is_above = leaves_above(b, wi);
    let is_below = z < 0.0 && b.has_below;
    if !(is_above || is_below) {
        return BsdfValue { value: Vec3::ZERO, pdf: 0.0 };
    }
    if b.is_layered {
        return evaluate_layers(b, vec3(wi.dot(b.tangent), wi.dot(b.bitangent), z), is_above);
    }
    if z <= 0.0 {
        return BsdfValue { value: Vec3::ZERO, pdf: 0.0 };
    }
    evaluate_lobes(b, vec3(wi.dot(b.tangent), wi.dot(b.bitangent), z))
}

/// A world direction, unit, by one of the lobes; zero where the draw is void. `choice`: 32 bits for the lobe; `place`: two
/// draws of 32 bits.
#[inline(always)]
pub fn draw_bsdf(b: &Bsdf, choice: u32, place: [u32; 2]) -> Vec3 {
    let u = [unit_float(place[0]), unit_float(place[1])];
    if b.is_layered {
        let drawn = draw_layers(b, choice, u);
        let direction = to_world(b, drawn.direction);
        // On the other side it would be taken for another lobe's, whose density does not count it.
        return if leaves_above(b, direction) == drawn.is_below { Vec3::ZERO } else { direction };
    }
    to_world(b, draw_lobes(b, choice, u))
}

/// A local vector in the world.
#[inline(always)]
pub fn to_world(b: &Bsdf, local: Vec3) -> Vec3 {
    b.tangent * local.x + b.bitangent * local.y + b.normal * local.z
}

/// A drawn direction with its weight. `direction`: of [`draw_bsdf`]; `v`: what [`evaluate_bsdf`] says of it.
#[inline(always)]
pub fn weigh_sample(b: &Bsdf, direction: Vec3, v: &BsdfValue) -> BsdfSample {
    if v.pdf <= 0.0 || direction.dot(direction) <= 0.0 {
        return NO_SAMPLE;
    }
    let weight = v.value * (1.0 / v.pdf);
    let is_below = !leaves_above(b, direction);
    BsdfSample { direction, weight, pdf: v.pdf, cosine: direction.dot(b.normal), is_below }
}

/// Draws a direction: see [`draw_bsdf`].
#[inline(always)]
pub fn sample_bsdf(b: &Bsdf, choice: u32, place: [u32; 2]) -> BsdfSample {
    let direction = draw_bsdf(b, choice, place);
    weigh_sample(b, direction, &evaluate_bsdf(b, direction))
}
