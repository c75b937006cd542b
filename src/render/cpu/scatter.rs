//! How any surface scatters, plain or with extensions. Twin: shaders/scatter.wgsl. Knows no scene.

use super::bsdf::{Bsdf, BsdfSample, BsdfValue, evaluate_lobes, sample_lobes};
use super::layered::{evaluate_above, evaluate_below, sample_layers};
use super::sampler::unit_float;
use crate::math::{Vec3, vec3};

/// BSDF × |cos| and pdf for a world direction `wi`, unit, towards the light.
#[inline(always)]
pub fn evaluate_bsdf(b: &Bsdf, wi: Vec3) -> BsdfValue {
    let z = wi.dot(b.normal);
    let is_above = wi.dot(b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    if b.is_layered {
        let local = vec3(wi.dot(b.tangent), wi.dot(b.bitangent), z);
        if is_above {
            return evaluate_above(b, local);
        }
        if z < 0.0 && b.has_below {
            return evaluate_below(b, local);
        }
        return BsdfValue { value: Vec3::ZERO, pdf: 0.0 };
    }
    if z <= 0.0 || !is_above {
        return BsdfValue { value: Vec3::ZERO, pdf: 0.0 };
    }
    evaluate_lobes(b, vec3(wi.dot(b.tangent), wi.dot(b.bitangent), z))
}

/// Draws a direction. `choice`: 32 bits for the lobe; `place`: two draws of 32 bits.
#[inline(always)]
pub fn sample_bsdf(b: &Bsdf, choice: u32, place: [u32; 2]) -> BsdfSample {
    let u = [unit_float(place[0]), unit_float(place[1])];
    if b.is_layered {
        return sample_layers(b, choice, u);
    }
    sample_lobes(b, choice, u)
}
