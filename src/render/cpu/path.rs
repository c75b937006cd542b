//! One sample of one pixel: a path through the scene, or the first surface alone. Twin: shaders/path.wgsl.
//! Knows no files, no threads, no films.

use super::bsdf::{Bsdf, CHANCE, CHANCE_SHIFT, CHANCES, evaluate_bsdf, make_bsdf, sample_bsdf};
use super::camera::{camera_ray, camera_spread};
use super::light::{LightSample, emissive_pdf, look_up_sky, look_up_sun, power_heuristic, sample_light, sample_sky};
use super::load::Context;
use super::sampler::{
    SET_ALPHA, SET_ALPHA_STRIDE, SET_CHOICE, SET_DIRECTION, SET_LIGHT, SET_LIGHT_PLACE, SET_PIXEL, SET_SKY, Sampler,
    bounce_set, draw_1d, draw_2d, make_sampler, unit_float,
};
use super::surface::{Place, coverage, find_color, find_emission, find_place, find_surface, ray_origin, transmittance};
use super::walk::{Hit, Ray};
use crate::buffers::layout::{
    LIGHT_SUN, MATERIAL_DOUBLE_SIDED, MATERIAL_UNLIT, Material, NONE, SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING,
    SKY_VISIBLE,
};
use crate::math::{Vec3, det};

/// Surfaces that one path or shadow ray may meet, those that let it through included: past it a path ends, and a shadow
/// ray counts as blocked.
pub const MAX_SURFACES: u32 = 64;
/// Russian roulette begins after this many scatterings.
pub const ROULETTE_AFTER: u32 = 2;
/// A path goes on at most with this chance, of `CHANCES`.
pub const MAX_SURVIVAL: u32 = 243;
/// Cones after a scattering are not wider (width per distance).
pub const MAX_SPREAD: f32 = 0.5;

/// What one sample adds to a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathSample {
    /// Premultiplied.
    pub radiance: Vec3,
    pub alpha: f32,
    /// Premultiplied base colour of the first surface.
    pub albedo: Vec3,
}

const NOTHING: PathSample = PathSample { radiance: Vec3::ZERO, alpha: 0.0, albedo: Vec3::ZERO };

/// What the ray through a pixel's centre meets. `depth` 0: nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeometrySample {
    pub depth: f32,
    pub distance: f32,
    pub normal: Vec3,
    pub roughness: f32,
    pub metallic: f32,
    pub instance: u32,
    pub semantic: u32,
}

const NO_GEOMETRY: GeometrySample = GeometrySample {
    depth: 0.0,
    distance: 0.0,
    normal: Vec3::ZERO,
    roughness: 0.0,
    metallic: 0.0,
    instance: 0,
    semantic: 0,
};

/// The camera ray of a sample.
#[inline(always)]
pub fn sample_camera(c: &Context, pixel: [u32; 2], sample_idx: u32) -> Ray {
    let view = c.load_view();
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let draws = draw_2d(sampler, SET_PIXEL);
    camera_ray(view, pixel, [unit_float(draws[0]), unit_float(draws[1])])
}

/// One sample of a pixel's radiance, alpha and albedo.
pub fn trace_path(c: &Context, pixel: [u32; 2], sample_idx: u32) -> PathSample {
    let ray = sample_camera(c, pixel, sample_idx);
    follow_path(c, pixel, sample_idx, &ray, c.trace_closest(&ray))
}

/// The rest of [`trace_path`], given what the camera ray meets.
pub fn follow_path(c: &Context, pixel: [u32; 2], sample_idx: u32, camera: &Ray, first: Hit) -> PathSample {
    let settings = c.load_settings();
    let view = c.load_view();
    let mut out = NOTHING;
    if first.instance_idx == NONE && c.load_sky().flags & SKY_VISIBLE == 0 {
        return out;
    }
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let camera_length = camera.direction.length();
    let mut ray = Ray { direction: camera.direction * (1.0 / camera_length), ..*camera };
    let mut hit = first;
    // The packet's rays are not of unit length.
    hit.t = first.t * camera_length;
    let mut spread = camera_spread(view, settings.spp);
    let mut cone = 0.0;
    let mut throughput = Vec3::ONE;
    let mut radiance = Vec3::ZERO;
    let mut n_scatterings = 0;
    // Of the last scattering: its place, and the density and cosine with which the ray was drawn.
    let mut from = ray.origin;
    let mut pdf = 0.0;
    let mut cosine = 1.0;
    for n_surfaces in 0..MAX_SURFACES {
        if hit.instance_idx == NONE {
            let visible = n_scatterings > 0 || c.load_sky().flags & SKY_VISIBLE != 0;
            if visible {
                radiance += throughput * sky_and_suns(c, ray.direction, n_scatterings, pdf, cosine);
            }
            if visible && n_scatterings == 0 {
                out.alpha = 1.0;
            }
            break;
        }
        let place = find_place(c, &hit, ray.direction);
        let material = c.load_material(place.material_idx);
        let width = cone + spread * hit.t;
        let cone_area = width * width;
        let (base_color, alpha) = find_color(c, &place, material, cone_area);
        if !is_met(c, &place, material, alpha, n_scatterings, sampler, n_surfaces) {
            ray.origin = ray_origin(&place, -1.0);
            cone = width;
            hit = c.trace_closest(&ray);
            continue;
        }
        if n_scatterings == 0 {
            out.alpha = 1.0;
            out.albedo = base_color;
        }
        if material.flags & MATERIAL_UNLIT != 0 {
            radiance += throughput * base_color;
            break;
        }
        let emission = find_emission(c, &place, material, cone_area);
        if emission.max_component() > 0.0 {
            let mut share = 1.0;
            if n_scatterings > 0 {
                share = power_heuristic(pdf, emissive_pdf(c, &place, hit.triangle_idx, from));
            }
            radiance += throughput * emission * share;
        }
        if n_scatterings >= settings.bounces {
            break;
        }
        let surface = find_surface(c, &place, material, base_color, cone_area);
        let literal = settings.flags & SETTINGS_LITERAL_SCATTERING != 0;
        let bsdf = make_bsdf(
            surface.normal,
            place.geometric_normal,
            -ray.direction,
            surface.base_color,
            surface.metallic,
            surface.roughness,
            literal,
        );
        from = ray_origin(&place, 1.0);
        radiance += throughput * direct_light(c, sampler, n_scatterings, &bsdf, from);

        let choice = draw_2d(sampler, bounce_set(n_scatterings, SET_CHOICE));
        let drawn = sample_bsdf(&bsdf, choice[0], draw_2d(sampler, bounce_set(n_scatterings, SET_DIRECTION)));
        n_scatterings += 1;
        throughput *= drawn.weight;
        let largest = throughput.max_component();
        if largest <= 0.0 {
            break;
        }
        if n_scatterings > ROULETTE_AFTER {
            let survival = survival_chances(largest);
            if choice[1] >> CHANCE_SHIFT >= survival {
                break;
            }
            throughput = throughput * (CHANCES as f32 / survival as f32);
        }
        pdf = drawn.pdf;
        cosine = drawn.cosine;
        cone = width;
        spread = scattered_spread(spread, pdf, settings.spp);
        ray = Ray { origin: from, direction: drawn.direction, t_min: 0.0, t_max: f32::MAX };
        hit = c.trace_closest(&ray);
    }
    out.radiance = limit(radiance, settings.clamp);
    out
}

/// Alpha and albedo of one sample: the first surface that the camera ray does not pass.
pub fn trace_alpha_albedo(c: &Context, pixel: [u32; 2], sample_idx: u32) -> PathSample {
    let ray = sample_camera(c, pixel, sample_idx);
    follow_alpha_albedo(c, pixel, sample_idx, &ray, c.trace_closest(&ray))
}

/// The rest of [`trace_alpha_albedo`], given what the camera ray meets. The same alpha and albedo as [`follow_path`]'s.
pub fn follow_alpha_albedo(c: &Context, pixel: [u32; 2], sample_idx: u32, camera: &Ray, first: Hit) -> PathSample {
    let view = c.load_view();
    let mut out = NOTHING;
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let camera_length = camera.direction.length();
    let mut ray = Ray { direction: camera.direction * (1.0 / camera_length), ..*camera };
    let mut hit = first;
    hit.t = first.t * camera_length;
    let spread = camera_spread(view, c.load_settings().spp);
    let mut cone = 0.0;
    for n_surfaces in 0..MAX_SURFACES {
        if hit.instance_idx == NONE {
            if c.load_sky().flags & SKY_VISIBLE != 0 {
                out.alpha = 1.0;
            }
            break;
        }
        let place = find_place(c, &hit, ray.direction);
        let material = c.load_material(place.material_idx);
        let width = cone + spread * hit.t;
        let (base_color, alpha) = find_color(c, &place, material, width * width);
        if is_met(c, &place, material, alpha, 0, sampler, n_surfaces) {
            out.alpha = 1.0;
            out.albedo = base_color;
            break;
        }
        ray.origin = ray_origin(&place, -1.0);
        cone = width;
        hit = c.trace_closest(&ray);
    }
    out
}

/// The camera ray through a pixel's centre.
#[inline(always)]
pub fn center_ray(c: &Context, pixel: [u32; 2]) -> Ray {
    camera_ray(c.load_view(), pixel, [0.5, 0.5])
}

/// What the ray through a pixel's centre meets first, of surfaces with alpha at least 0.5.
pub fn trace_geometry(c: &Context, pixel: [u32; 2]) -> GeometrySample {
    let ray = center_ray(c, pixel);
    follow_geometry(c, &ray, c.trace_closest(&ray))
}

/// The rest of [`trace_geometry`], given what the camera ray meets.
pub fn follow_geometry(c: &Context, camera: &Ray, first: Hit) -> GeometrySample {
    let length = camera.direction.length();
    let spread = camera_spread(c.load_view(), 1);
    let mut ray = *camera;
    let mut hit = first;
    let mut depth = 0.0;
    for _ in 0..MAX_SURFACES {
        if hit.instance_idx == NONE {
            break;
        }
        depth += hit.t;
        let place = find_place(c, &hit, ray.direction);
        let material = c.load_material(place.material_idx);
        let width = spread * depth * length;
        let cone_area = width * width;
        let (base_color, alpha) = find_color(c, &place, material, cone_area);
        if camera_sees(c, &place, material) && coverage(material, alpha) >= 0.5 {
            let surface = find_surface(c, &place, material, base_color, cone_area);
            let instance = c.load_instance(hit.instance_idx);
            return GeometrySample {
                depth,
                distance: depth * length,
                normal: surface.normal,
                roughness: surface.roughness,
                metallic: surface.metallic,
                instance: instance.object_id,
                semantic: instance.class_id,
            };
        }
        ray.origin = ray_origin(&place, -1.0);
        hit = c.trace_closest(&ray);
    }
    NO_GEOMETRY
}

/// Whether the side that a camera ray meets is there for it: backs of single-sided materials are not.
#[inline(always)]
pub fn camera_sees(c: &Context, place: &Place, material: &Material) -> bool {
    place.front || material.flags & MATERIAL_DOUBLE_SIDED != 0 || c.load_settings().flags & SETTINGS_BOTH_SIDES != 0
}

/// Whether a path's ray stops at a surface, or passes it: by its side (camera rays) or by its alpha.
#[inline(always)]
pub fn is_met(
    c: &Context,
    place: &Place,
    material: &Material,
    alpha: f32,
    n_scatterings: u32,
    sampler: Sampler,
    n_surfaces: u32,
) -> bool {
    if n_scatterings == 0 && !camera_sees(c, place, material) {
        return false;
    }
    let stopped = coverage(material, alpha);
    if stopped >= 1.0 {
        return true;
    }
    let set = bounce_set(n_scatterings, SET_ALPHA) + n_surfaces * SET_ALPHA_STRIDE;
    unit_float(draw_1d(sampler, set)) < stopped
}

/// What arrives from outside the scene along a ray. `pdf`, `cosine`: of the scattering that it leaves.
#[inline(always)]
pub fn sky_and_suns(c: &Context, direction: Vec3, n_scatterings: u32, pdf: f32, cosine: f32) -> Vec3 {
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
                sun_share = power_heuristic(pdf, sun.pdf);
            }
            radiance += sun.radiance * sun_share;
        }
    }
    radiance
}

/// Light that reaches a surface straight from the sky and from one of the lights, and is scattered to the viewer.
#[inline(always)]
pub fn direct_light(c: &Context, sampler: Sampler, n_scatterings: u32, bsdf: &Bsdf, from: Vec3) -> Vec3 {
    let frame = [bsdf.tangent, bsdf.bitangent, bsdf.normal];
    let sky = sample_sky(c, frame, draw_2d(sampler, bounce_set(n_scatterings, SET_SKY)));
    let mut out = scattered_light(c, bsdf, from, &sky);
    if c.light_count() > 0 {
        let pick = draw_2d(sampler, bounce_set(n_scatterings, SET_LIGHT));
        let place = draw_2d(sampler, bounce_set(n_scatterings, SET_LIGHT_PLACE));
        let light = sample_light(c, from, pick, place);
        out += scattered_light(c, bsdf, from, &light);
    }
    out
}

/// What of a light sample reaches the viewer. The shadow ray is traced only where something would arrive.
#[inline(always)]
pub fn scattered_light(c: &Context, bsdf: &Bsdf, from: Vec3, light: &LightSample) -> Vec3 {
    if light.pdf <= 0.0 || light.radiance.max_component() <= 0.0 {
        return Vec3::ZERO;
    }
    let scattered = evaluate_bsdf(bsdf, light.direction);
    if scattered.value.max_component() <= 0.0 {
        return Vec3::ZERO;
    }
    let ray = Ray { origin: from, direction: light.direction, t_min: 0.0, t_max: light.distance };
    let passed = unblocked(c, &ray);
    if passed <= 0.0 {
        return Vec3::ZERO;
    }
    let mut share = passed;
    if !light.is_delta {
        share = passed * power_heuristic(light.pdf, scattered.pdf);
    }
    scattered.value * light.radiance * (share / light.pdf)
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

/// A path goes on with this chance, of `CHANCES`: what it can still carry.
#[inline(always)]
pub fn survival_chances(largest: f32) -> u32 {
    let chances = (det::min(largest, 1.0) * CHANCES as f32 + 0.5) as u32;
    if chances < 1 {
        return 1;
    }
    if chances > MAX_SURVIVAL {
        return MAX_SURVIVAL;
    }
    chances
}

/// Width per distance of the cone after a scattering: the solid angle that one of `spp` samples stands for, 1 / (pdf spp).
#[inline(always)]
pub fn scattered_spread(spread: f32, pdf: f32, spp: u32) -> f32 {
    let scattered = 1.0 / (det::max(pdf, CHANCE) * spp as f32).sqrt();
    det::min(det::max(spread, scattered), MAX_SPREAD)
}

/// Scales a colour down so that no component is above `largest`.
#[inline(always)]
pub fn limit(radiance: Vec3, largest: f32) -> Vec3 {
    let m = radiance.max_component();
    if m > largest { radiance * (largest / m) } else { radiance }
}
