//! How any surface scatters, plain or with extensions. Twin: shaders/scatter.wgsl. Knows no scene.

use super::bsdf::{Bsdf, BsdfSample, BsdfValue, NO_SAMPLE, draw_lobes, evaluate_lobes};
use super::layered::{draw_layers, evaluate_layers};
use super::sampler::unit_float;
use crate::math::{Vec3, det, vec3};

/// BSDF × |cos| and pdf for a world direction `wi`, unit, towards the light.
#[inline(always)]
pub fn evaluate_bsdf(b: &Bsdf, wi: Vec3) -> BsdfValue {
    let z = wi.dot(b.normal);
    let is_above = wi.dot(b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    if !is_above && !(z < 0.0 && b.has_below) {
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
    let wi = if b.is_layered { draw_layers(b, choice, u) } else { draw_lobes(b, choice, u) };
    b.tangent * wi.x + b.bitangent * wi.y + b.normal * wi.z
}

/// A drawn direction with its weight. `direction`: of [`draw_bsdf`]; `v`: what [`evaluate_bsdf`] says of it.
#[inline(always)]
pub fn weigh_sample(b: &Bsdf, direction: Vec3, v: &BsdfValue) -> BsdfSample {
    if v.pdf <= 0.0 || direction.dot(direction) <= 0.0 {
        return NO_SAMPLE;
    }
    let z = direction.dot(b.normal);
    let is_above = direction.dot(b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    BsdfSample { direction, weight: v.value * (1.0 / v.pdf), pdf: v.pdf, cosine: det::abs(z), is_below: !is_above }
}

/// Draws a direction: see [`draw_bsdf`].
#[inline(always)]
pub fn sample_bsdf(b: &Bsdf, choice: u32, place: [u32; 2]) -> BsdfSample {
    let direction = draw_bsdf(b, choice, place);
    weigh_sample(b, direction, &evaluate_bsdf(b, direction))
}
