//! Light that reaches a surface straight from a source. Twin: shaders/direct.wgsl. Knows no paths.

use super::bsdf::Bsdf;
use super::light::{LightSample, MAX_PDF, look_up_sky, look_up_sun, power_heuristic, sample_light, sample_sky};
use super::load::Context;
use super::medium::left_of_light;
use super::pick::sun_probability;
use super::sampler::{SET_LIGHT, SET_LIGHT_PLACE, SET_SKY, Sampler, bounce_set, draw_2d};
use super::scatter::evaluate_bsdf;
use super::surface::{MAX_SURFACES, MIN_LENGTH, ray_origin, transmittance};
use super::walk::Ray;
use crate::buffers::layout::{LIGHT_SUN, NONE};
use crate::math::{Vec3, det};

/// Where rays leave a surface from, to either side, and what they then travel through: materials of volumes, or NONE.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    pub above: Vec3,
    pub below: Vec3,
    pub medium_above: u32,
    pub medium_below: u32,
    /// See [`sun_chance`](super::pick::sun_chance); of both sides.
    pub sun_chance: u32,
}

/// What arrives from outside the scene along a ray. `pdf`, `cosine`, `chance`: of the scattering that it leaves, and the
/// [`sun_chance`](super::pick::sun_chance) there.
#[inline(always)]
pub fn sky_and_suns(c: &Context, direction: Vec3, n_scatterings: u32, pdf: f32, cosine: f32, chance: u32) -> Vec3 {
    let sky = look_up_sky(c, direction, cosine);
    let mut share = 1.0;
    if n_scatterings > 0 {
        share = power_heuristic(pdf, sky.pdf);
    }
    let mut radiance = sky.radiance * share;
    // Suns come first among the lights.
    for i in 0..c.light_count() {
        let light = c.load_light(i);
        if light.kind != LIGHT_SUN {
            break;
        }
        if light.cos_outer >= 1.0 {
            continue;
        }
        let sun = look_up_sun(light, direction);
        if sun.pdf > 0.0 {
            let mut sun_share = 1.0;
            if n_scatterings > 0 {
                sun_share = power_heuristic(pdf, det::min(sun_probability(light, chance) * sun.pdf, MAX_PDF));
            }
            radiance += sun.radiance * sun_share;
        }
    }
    radiance
}

/// Light that reaches a surface straight from the sky and from one of the lights, and is scattered to the viewer.
#[inline(always)]
pub fn direct_light(c: &Context, sampler: Sampler, n_scatterings: u32, bsdf: &Bsdf, from: &Departure) -> Vec3 {
    let frame = [bsdf.tangent, bsdf.bitangent, bsdf.normal];
    let sky = sample_sky(c, frame, bsdf.has_below, draw_2d(sampler, bounce_set(n_scatterings, SET_SKY)));
    let mut out = scattered_light(c, bsdf, from, &sky);
    if c.light_count() > 0 {
        let pick = draw_2d(sampler, bounce_set(n_scatterings, SET_LIGHT));
        let place = draw_2d(sampler, bounce_set(n_scatterings, SET_LIGHT_PLACE));
        let light = sample_light(c, from.above, from.sun_chance, pick, place);
        out += scattered_light(c, bsdf, from, &light);
    }
    out
}

/// What of a light sample reaches the viewer. The shadow ray is traced only where something would arrive.
#[inline(always)]
pub fn scattered_light(c: &Context, bsdf: &Bsdf, from: &Departure, light: &LightSample) -> Vec3 {
    if light.pdf <= 0.0 || light.radiance.max_component() <= 0.0 {
        return Vec3::ZERO;
    }
    let scattered = evaluate_bsdf(bsdf, light.direction);
    if scattered.value.max_component() <= 0.0 {
        return Vec3::ZERO;
    }
    let mut ray = Ray { origin: from.above, direction: light.direction, t_min: 0.0, t_max: light.distance };
    let mut medium = from.medium_above;
    let is_below = bsdf.has_below && light.direction.dot(bsdf.geometric_normal) <= 0.0;
    if is_below {
        medium = from.medium_below;
        ray.origin = from.below;
        if light.distance < f32::MAX {
            // The same place on the light from the other side of the surface, by as little nearer or farther.
            let way = from.above + light.direction * light.distance - from.below;
            let length = way.length();
            ray.direction = way * (1.0 / det::max(length, MIN_LENGTH));
            ray.t_max = length;
        }
    }
    let passed = unblocked(c, &ray);
    if passed <= 0.0 {
        return Vec3::ZERO;
    }
    let mut share = passed;
    if !light.is_delta {
        share = passed * power_heuristic(light.pdf, scattered.pdf);
    }
    let mut arriving = light.radiance;
    if medium != NONE && light.distance < f32::MAX {
        arriving *= left_of_light(c, medium, light.distance);
    }
    scattered.value * arriving * (share / light.pdf)
}

/// The share of light that passes along a shadow ray: the product of what each surface lets through.
#[inline(always)]
pub fn unblocked(c: &Context, shadow: &Ray) -> f32 {
    if !c.scene_has_alpha() {
        return if c.trace_any(shadow) { 0.0 } else { 1.0 };
    }
    unblocked_by_alpha(c, shadow)
}

/// [`unblocked`] in scenes where something lets light through.
pub fn unblocked_by_alpha(c: &Context, shadow: &Ray) -> f32 {
    let mut ray = *shadow;
    let mut passed = 1.0;
    for _ in 0..MAX_SURFACES {
        let hit = c.trace_closest(&ray);
        if hit.instance_idx == NONE {
            return passed;
        }
        let (share, place) = transmittance(c, &hit, &ray);
        passed *= share;
        if passed <= 0.0 {
            return 0.0;
        }
        ray.origin = ray_origin(&place, -1.0);
        ray.t_max = shorter(ray.t_max, hit.t);
        if ray.t_max <= 0.0 {
            return passed;
        }
    }
    0.0
}

/// What is left of a ray's length after `t`; endless rays stay endless.
#[inline(always)]
pub fn shorter(t_max: f32, t: f32) -> f32 {
    if t_max >= f32::MAX {
        return t_max;
    }
    t_max - t
}
