//! One sample of one pixel: a path through the scene, or its first surface alone. Twin: shaders/path.wgsl.
//! Knows no files, no threads, no films.

use super::area::{area_lights_along, first_area};
use super::bsdf::{Bsdf, CHANCE, CHANCE_SHIFT, CHANCES, make_bsdf};
use super::camera::{camera_cone, camera_ray, camera_spread, is_ray, lens_place, lens_ray};
use super::direct::{Departure, direct_light, sky_and_suns};
use super::extended::{coat_passes, find_extended};
use super::layered::{Boundary, make_layers};
use super::light::{MAX_PDF, emissive_pdf, power_heuristic};
use super::load::Context;
use super::medium::{
    AIR, ALL_CHANNELS, Medium, channel_ior, channel_weight, is_hidden, is_volume, left_of_light, medium_before,
    medium_behind, medium_ior,
};
use super::pick::sun_chance;
use super::sampler::{
    SET_ALPHA, SET_ALPHA_STRIDE, SET_CHOICE, SET_DIRECTION, SET_LENS, SET_PIXEL, SET_TEXTURE, Sampler, bounce_set,
    draw_1d, draw_2d, draw_below, level_jitter, make_sampler, unit_float,
};
use super::scatter::sample_bsdf;
use super::surface::{
    MAX_SURFACES, Place, Surface, camera_sees, coverage, facing_normal, find_color, find_emission, find_lift,
    find_place, find_surface, ray_origin,
};
use super::walk::{Hit, Ray};
use crate::buffers::layout::{
    EXTRA_GLOSSINESS, EXTRA_VOLUME, MATERIAL_UNLIT, Material, NONE, SETTINGS_LITERAL_SCATTERING, SKY_VISIBLE,
};
use crate::math::{Vec3, det};

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

/// The camera ray of a sample.
#[inline(always)]
pub fn sample_camera(c: &Context, pixel: [u32; 2], sample_idx: u32) -> Ray {
    let view = c.load_view();
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let draws = draw_2d(sampler, SET_PIXEL);
    let offset = [unit_float(draws[0]), unit_float(draws[1])];
    if view.aperture_radius <= 0.0 {
        return camera_ray(view, pixel, offset);
    }
    let on_lens = draw_2d(sampler, SET_LENS);
    lens_ray(view, pixel, offset, lens_place(view, [unit_float(on_lens[0]), unit_float(on_lens[1])]))
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
    let is_dark = c.load_sky().flags & SKY_VISIBLE == 0 && first_area(c) == c.light_count();
    if first.instance_idx == NONE && (is_dark || !is_ray(camera)) {
        return out;
    }
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let camera_length = camera.direction.length();
    let mut ray = Ray { direction: camera.direction * (1.0 / camera_length), ..*camera };
    let mut hit = first;
    // The packet's rays are not of unit length.
    hit.t = first.t * camera_length;
    let mut spread = camera_spread(view, settings.spp);
    let mut cone = camera_cone(view, settings.spp);
    let mut throughput = Vec3::ONE;
    let mut radiance = Vec3::ZERO;
    let mut n_scatterings = 0;
    let mut medium = AIR;
    let mut channel = ALL_CHANNELS;
    // Of the last scattering: its place, the density and cosine with which the ray was drawn, and the chance of suns there.
    let mut from = ray.origin;
    let mut pdf = 0.0;
    let mut cosine = 1.0;
    let mut chance = 0;
    for n_surfaces in 0..MAX_SURFACES {
        let reach = if hit.instance_idx == NONE { f32::MAX } else { hit.t };
        let met = (hit.instance_idx != NONE).then(|| find_place(c, &hit, ray.direction));
        // Draws of the last scattering took it to be in this medium as well; only cameras learn of theirs where it ends.
        if let Some(place) = met.as_ref().filter(|_| n_scatterings == 0) {
            medium = medium_before(c, medium, place.material_idx, place.front);
        }
        let glow =
            area_lights_along(c, from, ray.origin, ray.direction, reach, n_scatterings, pdf, chance, medium.inner);
        radiance += throughput * glow;
        if n_scatterings == 0 && glow.max_component() > 0.0 {
            out.alpha = 1.0;
        }
        let Some(place) = met else {
            let visible = n_scatterings > 0 || c.load_sky().flags & SKY_VISIBLE != 0;
            if visible {
                radiance += throughput * sky_and_suns(c, ray.direction, n_scatterings, pdf, cosine, chance);
            }
            if visible && n_scatterings == 0 {
                out.alpha = 1.0;
            }
            break;
        };
        let material = c.load_material(place.material_idx);
        let width = cone + spread * hit.t;
        let jitter = level_jitter(draw_1d(sampler, bounce_set(n_scatterings, SET_TEXTURE)));
        let cone_area = width * width * jitter;
        let (base_color, alpha) = find_color(c, &place, material, cone_area);
        let mut is_passed = !is_met(c, &place, material, alpha, n_scatterings, sampler, n_surfaces);
        if medium.inner != NONE || material.extra_idx != NONE {
            medium = medium_before(c, medium, place.material_idx, place.front);
            throughput *= left_of_light(c, medium.inner, hit.t);
            if is_hidden(c, medium, place.material_idx, place.front) {
                medium = medium_behind(medium, place.material_idx, place.front);
                is_passed = true;
            }
        }
        if is_passed {
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
            let mut share = coat_passes(c, &place, material, -ray.direction, cone_area);
            if n_scatterings > 0 {
                share *= power_heuristic(pdf, emissive_pdf(c, &place, hit.triangle_idx, from, chance));
            }
            radiance += throughput * emission * share;
        }
        if n_scatterings >= settings.bounces {
            break;
        }
        let surface = find_surface(c, &place, material, base_color, cone_area);
        let literal = settings.flags & SETTINGS_LITERAL_SCATTERING != 0;
        let lift = find_lift(c, &place);
        let height2 = lift.dot(lift);
        // Less is rounding; and normals that are no numbers lift nothing. The literal model takes shapes as they are.
        let is_lifted = !literal && height2 > place.offset * place.offset && height2 < f32::MAX;
        let facing = facing_normal(surface.normal, place.geometric_normal, -ray.direction);
        let mut bsdf = make_bsdf(
            if literal { surface.normal } else { facing },
            place.geometric_normal,
            -ray.direction,
            surface.base_color,
            surface.metallic,
            surface.roughness,
            literal,
            is_lifted,
        );
        let choice = draw_2d(sampler, bounce_set(n_scatterings, SET_CHOICE));
        let mut departure = Departure {
            above: if is_lifted { ray_origin(&place, 1.0) + lift } else { ray_origin(&place, 1.0) },
            below: ray_origin(&place, -1.0),
            medium_above: medium.inner,
            medium_below: medium.inner,
            sun_chance: 0,
        };
        departure.sun_chance = sun_chance(c, departure.above);
        let mut behind = medium;
        if material.extra_idx != NONE {
            if channel == ALL_CHANNELS && disperses(c, material) {
                // The bits below those of roulette.
                channel = draw_below(choice[1] << (32 - CHANCE_SHIFT), ALL_CHANNELS);
                throughput *= channel_weight(channel);
            }
            bsdf = extend_bsdf(c, &bsdf, &place, material, &surface, medium, channel, cone_area);
            if is_volume(c, material) {
                behind = medium_behind(medium, place.material_idx, place.front);
                departure.medium_below = behind.inner;
            }
        }
        if !bsdf.is_sharp {
            radiance += throughput * direct_light(c, sampler, n_scatterings, &bsdf, &departure);
        }
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
        chance = departure.sun_chance;
        from = departure.above;
        if drawn.is_below {
            from = departure.below;
            medium = behind;
        }
        // What no light's sample finds is found by this ray alone.
        pdf = if bsdf.is_sharp { MAX_PDF } else { drawn.pdf };
        cosine = if bsdf.has_below { 0.5 * drawn.cosine } else { drawn.cosine };
        cone = width;
        spread = scattered_spread(spread, drawn.pdf, settings.spp);
        ray = Ray { origin: from, direction: drawn.direction, t_min: 0.0, t_max: f32::MAX };
        hit = c.trace_closest(&ray);
    }
    out.radiance = limit(radiance, settings.clamp);
    out
}

/// Whether the material bends colours apart.
#[inline(always)]
pub fn disperses(c: &Context, material: &Material) -> bool {
    let extra = c.load_material_extra(material.extra_idx);
    extra.dispersion > 0.0 && extra.flags & EXTRA_VOLUME != 0
}

/// A plain surface's scattering with what its material's extensions add. `medium`: what the ray came through; `channel`: as
/// for [`channel_ior`].
#[expect(clippy::too_many_arguments, reason = "what a place has, one by one, as the twin's")]
pub fn extend_bsdf(
    c: &Context,
    plain: &Bsdf,
    place: &Place,
    material: &Material,
    surface: &Surface,
    medium: Medium,
    channel: u32,
    cone_area: f32,
) -> Bsdf {
    let extra = c.load_material_extra(material.extra_idx);
    let wo = plain.tangent * plain.wo.x + plain.bitangent * plain.wo.y + plain.normal * plain.wo.z;
    let extended = find_extended(c, place, material.extra_idx, surface, wo, cone_area);
    let is_solid = extra.flags & EXTRA_VOLUME != 0;
    let own = channel_ior(extra, channel);
    let mut at = Boundary {
        before: 1.0,
        behind: own,
        is_thin: !is_solid || own <= 0.0,
        is_coated: place.front || !is_solid,
        is_glossiness: extra.flags & EXTRA_GLOSSINESS != 0,
        film_ior: extra.iridescence_ior,
    };
    if is_solid {
        if place.front {
            at.before = medium_ior(c, medium.inner, channel);
        } else {
            at.before = own;
            at.behind = medium_ior(c, medium.outer, channel);
        }
    }
    make_layers(plain, surface.base_color, surface.metallic, &extended, &at)
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
    if !is_ray(camera) {
        return out;
    }
    let sampler = make_sampler(view.seed, pixel, sample_idx);
    let camera_length = camera.direction.length();
    let mut ray = Ray { direction: camera.direction * (1.0 / camera_length), ..*camera };
    let mut hit = first;
    hit.t = first.t * camera_length;
    let spread = camera_spread(view, c.load_settings().spp);
    let mut cone = camera_cone(view, c.load_settings().spp);
    for n_surfaces in 0..MAX_SURFACES {
        let reach = if hit.instance_idx == NONE { f32::MAX } else { hit.t };
        let glow = area_lights_along(c, camera.origin, ray.origin, ray.direction, reach, 0, 0.0, 0, NONE);
        if glow.max_component() > 0.0 {
            out.alpha = 1.0;
        }
        if hit.instance_idx == NONE {
            if c.load_sky().flags & SKY_VISIBLE != 0 {
                out.alpha = 1.0;
            }
            break;
        }
        let place = find_place(c, &hit, ray.direction);
        let material = c.load_material(place.material_idx);
        let width = cone + spread * hit.t;
        let jitter = level_jitter(draw_1d(sampler, bounce_set(0, SET_TEXTURE)));
        let (base_color, alpha) = find_color(c, &place, material, width * width * jitter);
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
