//! Light: the sky, punctual lights, glowing triangles; drawn from, and looked up. Twin: shaders/light.wgsl. Knows no paths.

use super::area::sample_area;
use super::bsdf::sample_cosine;
use super::extended::coat_passes;
use super::load::Context;
use super::pick::{pick_light, pick_probability};
use super::sampler::{hash_u32, unit_float};
use super::surface::{MIN_LENGTH, Place, coverage, find_color, find_emission, find_place, ray_origin, unit_or};
use super::walk::Hit;
use crate::buffers::layout::{
    AliasEntry, LIGHT_EMISSIVE, LIGHT_POINT, LIGHT_RECTANGLE, LIGHT_SUN, Light, MATERIAL_DOUBLE_SIDED, NONE,
    SKY_GUIDE_BITS, SKY_IMAGE,
};
use crate::math::{Vec3, det, vec3};
use std::f32::consts::FRAC_1_PI;

/// 1 / (2 π).
pub const FRAC_1_TAU: f32 = 0.159_154_94;
/// 1 / (2 π²): the Jacobian of the sky image without its sine.
pub const FRAC_1_TAU_PI: f32 = 0.050_660_59;
/// Sines of polar angles are not smaller: at the poles the density stays finite.
pub const MIN_SINE: f32 = 1.0e-6;
/// Densities are not larger, so that their squares stay finite.
pub const MAX_PDF: f32 = 1.0e15;
/// Cosines of spot cones differ at least by this (KHR_lights_punctual).
pub const MIN_SPOT_SPAN: f32 = 1.0e-3;

/// A way to a light.
#[derive(Clone, Copy, Debug)]
pub struct LightSample {
    /// World, unit, towards the light.
    pub direction: Vec3,
    /// Metres to the light; f32::MAX for the sky and suns.
    pub distance: f32,
    /// Radiance that comes from there; of lights without an area: irradiance on a surface that faces them.
    pub radiance: Vec3,
    /// Density over directions, 1/sr. 0: nothing was drawn.
    pub pdf: f32,
    /// The light has no area: no ray meets it by chance, and `pdf` is the probability of the pick.
    pub is_delta: bool,
}

/// Nothing was drawn.
pub const NO_LIGHT: LightSample =
    LightSample { direction: vec3(0.0, 0.0, 1.0), distance: 0.0, radiance: Vec3::ZERO, pdf: 0.0, is_delta: false };

/// What arrives from the sky in a direction, and its density in [`sample_sky`].
#[derive(Clone, Copy, Debug)]
pub struct SkyValue {
    pub radiance: Vec3,
    pub pdf: f32,
}

/// Share of a light's sample by the power heuristic: `pdf` is the density that drew it, `other` the one that could have.
#[inline(always)]
pub fn power_heuristic(pdf: f32, other: f32) -> f32 {
    let a = pdf * pdf;
    a / (a + other * other)
}

/// Draws a direction to the sky. `frame`: tangent, bitangent, normal of the surface. No light below its horizon, but
/// where it `has_below`.
#[inline(always)]
pub fn sample_sky(c: &Context, frame: [Vec3; 3], has_below: bool, draws: [u32; 2]) -> LightSample {
    let sky = c.load_sky();
    if sky.flags & SKY_IMAGE == 0 {
        let mut draw = draws[0];
        let mut side = 1.0;
        let mut density = FRAC_1_PI;
        if has_below {
            // The highest bit is the side.
            side = if draw >> 31 == 0 { 1.0 } else { -1.0 };
            draw <<= 1;
            density = 0.5 * FRAC_1_PI;
        }
        let local = sample_cosine([unit_float(draw), unit_float(draws[1])]);
        return LightSample {
            direction: frame[0] * local.x + frame[1] * local.y + frame[2] * (local.z * side),
            distance: f32::MAX,
            radiance: Vec3::from(sky.radiance),
            pdf: local.z * density,
            is_delta: false,
        };
    }
    let texel_idx = find_sky_texel(c, draws[0]);
    let x = (texel_idx % sky.width) as f32 + unit_float(hash_u32(draws[0]));
    let y = (texel_idx / sky.width) as f32 + unit_float(draws[1]);
    let (sin_theta, cos_theta) = det::sin_cos_turns(y / sky.height as f32 * 0.5);
    let (sin_phi, cos_phi) = det::sin_cos_turns(0.5 - x / sky.width as f32);
    let sx = sin_theta * cos_phi;
    let sy = sin_theta * sin_phi;
    let direction =
        vec3(sx * sky.rotation_cos - sy * sky.rotation_sin, sx * sky.rotation_sin + sy * sky.rotation_cos, cos_theta);
    // Nothing arrives from below the surface: texels that lie strewn over memory need not be read.
    if !has_below && direction.dot(frame[2]) <= 0.0 {
        return NO_LIGHT;
    }
    let density = c.load_sky_texel(texel_idx)[3];
    LightSample {
        direction,
        distance: f32::MAX,
        radiance: sky_texels(c, x, y) * Vec3::from(sky.radiance),
        pdf: det::min(density * FRAC_1_TAU_PI / det::max(sin_theta, MIN_SINE), MAX_PDF),
        is_delta: false,
    }
}

/// The texel that a draw takes: inversion of the distribution, from where the guide says.
#[inline(always)]
pub fn find_sky_texel(c: &Context, draw: u32) -> u32 {
    let cell = draw >> (32 - SKY_GUIDE_BITS);
    let mut first = c.load_sky_guide(cell);
    let mut last = c.load_sky_guide(cell + 1);
    while first < last {
        let middle = (first + last).div_ceil(2);
        if c.load_sky_start(middle) <= draw {
            first = middle;
        } else {
            last = middle - 1;
        }
    }
    first
}

/// The sky in a world direction. `cosine`: of the direction to the normal of the surface that it leaves (used where the
/// sky is constant).
#[inline(always)]
pub fn look_up_sky(c: &Context, direction: Vec3, cosine: f32) -> SkyValue {
    let sky = c.load_sky();
    if sky.flags & SKY_IMAGE == 0 {
        return SkyValue { radiance: Vec3::from(sky.radiance), pdf: det::max(cosine, 0.0) * FRAC_1_PI };
    }
    let dx = direction.x * sky.rotation_cos + direction.y * sky.rotation_sin;
    let dy = direction.y * sky.rotation_cos - direction.x * sky.rotation_sin;
    let u = 0.5 - det::atan2(dy, dx) * FRAC_1_TAU;
    let v = det::acos(direction.z) * FRAC_1_PI;
    let x = det::clamp(u, 0.0, 1.0) * sky.width as f32;
    let y = det::clamp(v, 0.0, 1.0) * sky.height as f32;
    let column = last_at_most(x as u32, sky.width);
    let row = last_at_most(y as u32, sky.height);
    let density = c.load_sky_texel(row * sky.width + column)[3];
    let sin_theta = (dx * dx + dy * dy).sqrt();
    SkyValue {
        radiance: sky_texels(c, x, y) * Vec3::from(sky.radiance),
        pdf: det::min(density * FRAC_1_TAU_PI / det::max(sin_theta, MIN_SINE), MAX_PDF),
    }
}

/// Bilinear radiance of the sky image at a place in texels; wraps in x, clamps in y.
#[inline(always)]
pub fn sky_texels(c: &Context, x: f32, y: f32) -> Vec3 {
    let sky = c.load_sky();
    let left = det::floor(x - 0.5);
    let top = det::floor(y - 0.5);
    let fx = x - 0.5 - left;
    let fy = y - 0.5 - top;
    let width = sky.width as i32;
    let last_row = sky.height as i32 - 1;
    let mut x0 = left as i32;
    let mut x1 = x0 + 1;
    if x0 < 0 {
        x0 = width - 1;
    }
    if x1 >= width {
        x1 = 0;
    }
    let mut y0 = top as i32;
    let mut y1 = y0 + 1;
    if y0 < 0 {
        y0 = 0;
    }
    if y1 > last_row {
        y1 = last_row;
    }
    let a = c.load_sky_texel((y0 * width + x0) as u32);
    let b = c.load_sky_texel((y0 * width + x1) as u32);
    let d = c.load_sky_texel((y1 * width + x0) as u32);
    let e = c.load_sky_texel((y1 * width + x1) as u32);
    let wa = (1.0 - fx) * (1.0 - fy);
    let wb = fx * (1.0 - fy);
    let wd = (1.0 - fx) * fy;
    let we = fx * fy;
    vec3(
        a[0] * wa + b[0] * wb + d[0] * wd + e[0] * we,
        a[1] * wa + b[1] * wb + d[1] * wd + e[1] * we,
        a[2] * wa + b[2] * wb + d[2] * wd + e[2] * we,
    )
}

/// Draws a light ([`pick_light`]) and a way to it from a point. `chance`: its `sun_chance`; `place`: two draws for the place on
/// the light.
#[inline(always)]
pub fn sample_light(c: &Context, position: Vec3, chance: u32, pick: [u32; 2], place: [u32; 2]) -> LightSample {
    let picked = pick_light(c, position, chance, pick);
    if picked.light_idx == NONE {
        return NO_LIGHT;
    }
    let light = c.load_light(picked.light_idx);
    if light.kind == LIGHT_EMISSIVE {
        return sample_emissive(c, light, picked.probability, position, place);
    }
    if light.kind == LIGHT_SUN {
        return sample_sun(light, picked.probability, place);
    }
    if light.kind >= LIGHT_RECTANGLE {
        return sample_area(light, picked.probability, position, place);
    }
    let to_light = Vec3::from(light.position) - position;
    let distance = to_light.length();
    if distance <= MIN_LENGTH {
        return NO_LIGHT;
    }
    let direction = to_light * (1.0 / distance);
    let mut radiance = Vec3::from(light.strength) * (1.0 / (distance * distance));
    if light.kind != LIGHT_POINT {
        radiance = radiance * spot_share(light, direction);
    }
    LightSample { direction, distance, radiance, pdf: picked.probability, is_delta: true }
}

/// How much of a spot's intensity goes against `direction` (towards the light). Source: KHR_lights_punctual.
#[inline(always)]
pub fn spot_share(light: &Light, direction: Vec3) -> f32 {
    let cosine = -direction.dot(Vec3::from(light.direction));
    let span = det::max(light.cos_inner - light.cos_outer, MIN_SPOT_SPAN);
    let share = det::clamp((cosine - light.cos_outer) / span, 0.0, 1.0);
    share * share
}

/// A direction to a sun: uniform in its cone, or its only one. `probability`: of having picked it.
#[inline(always)]
pub fn sample_sun(light: &Light, probability: f32, place: [u32; 2]) -> LightSample {
    let axis = -Vec3::from(light.direction);
    let strength = Vec3::from(light.strength);
    let height = 1.0 - light.cos_outer;
    if height <= 0.0 {
        return LightSample {
            direction: axis,
            distance: f32::MAX,
            radiance: strength,
            pdf: probability,
            is_delta: true,
        };
    }
    // 1 − cos θ is drawn, not cos θ: it keeps its digits.
    let drop = unit_float(place[0]) * height;
    let sin_theta = (drop * (2.0 - drop)).sqrt();
    let (sin_phi, cos_phi) = det::sin_cos_turns(unit_float(place[1]));
    let (tangent, bitangent) = super::bsdf::tangent_frame(axis);
    let density = FRAC_1_TAU / height;
    LightSample {
        direction: tangent * (sin_theta * cos_phi) + bitangent * (sin_theta * sin_phi) + axis * (1.0 - drop),
        distance: f32::MAX,
        radiance: strength * density,
        pdf: det::min(probability * density, MAX_PDF),
        is_delta: false,
    }
}

/// Radiance of a sun in a direction, and its density in [`sample_light`] once it is picked; zero beside its disk.
#[inline(always)]
pub fn look_up_sun(light: &Light, direction: Vec3) -> SkyValue {
    let axis = -Vec3::from(light.direction);
    let height = 1.0 - light.cos_outer;
    let across = direction.cross(axis);
    // |sin| of the angle to the axis is compared: cosines near 1 have no digits left.
    let inside = direction.dot(axis) > 0.0 && across.dot(across) < height * (2.0 - height);
    if !inside {
        return SkyValue { radiance: Vec3::ZERO, pdf: 0.0 };
    }
    let density = FRAC_1_TAU / height;
    SkyValue { radiance: Vec3::from(light.strength) * density, pdf: density }
}

/// A way to a glowing triangle: uniform over its area. `probability`: of having picked it.
#[inline(always)]
pub fn sample_emissive(c: &Context, light: &Light, probability: f32, position: Vec3, place: [u32; 2]) -> LightSample {
    let emissive = c.load_emissive(light.emissive_idx);
    let root = unit_float(place[0]).sqrt();
    let u = (1.0 - unit_float(place[1])) * root;
    let v = unit_float(place[1]) * root;
    let hit = Hit { t: 0.0, u, v, instance_idx: emissive.instance_idx, triangle_idx: emissive.triangle_idx };
    // Without a direction the front is found; the light may see its back.
    let mut target = find_place(c, &hit, Vec3::ZERO);
    if target.geometric_normal.dot(target.position - position) > 0.0 {
        target.front = false;
        target.geometric_normal = -target.geometric_normal;
    }
    let material = c.load_material(target.material_idx);
    if !target.front && material.flags & MATERIAL_DOUBLE_SIDED == 0 {
        return NO_LIGHT;
    }
    // The ray ends where one leaving the light would start, so the light doesn't shade itself.
    let to_light = ray_origin(&target, 1.0) - position;
    let distance = to_light.length();
    let direction = unit_or(to_light, Vec3::ZERO);
    let cosine = -direction.dot(target.geometric_normal);
    if cosine <= 0.0 || distance <= MIN_LENGTH {
        return NO_LIGHT;
    }
    let mut radiance = find_emission(c, &target, material, 0.0);
    radiance = radiance * coat_passes(c, &target, material, -direction, 0.0);
    if c.scene_has_alpha() {
        let (_, alpha) = find_color(c, &target, material, 0.0);
        radiance = radiance * coverage(material, alpha);
    }
    let pdf = probability * (distance * distance) / (cosine * emissive.area);
    LightSample { direction, distance, radiance, pdf: det::min(pdf, MAX_PDF), is_delta: false }
}

/// Density (1/sr) with which [`sample_light`] at `from` draws the way to a place on a glowing triangle; 0 where it can't.
/// `chance`: the `sun_chance` there.
#[inline]
pub fn emissive_pdf(c: &Context, place: &Place, triangle_idx: u32, from: Vec3, chance: u32) -> f32 {
    let n_lights = c.light_count();
    if n_lights == 0 || c.load_light(n_lights - 1).kind != LIGHT_EMISSIVE {
        return 0.0;
    }
    // Emissive triangles stand in order of (instance, triangle).
    let n = c.load_light(n_lights - 1).emissive_idx + 1;
    let mut first = 0;
    let mut end = n;
    while first < end {
        let middle = (first + end) / 2;
        let e = c.load_emissive(middle);
        let before = e.instance_idx < place.instance_idx
            || (e.instance_idx == place.instance_idx && e.triangle_idx < triangle_idx);
        if before {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    if first >= n {
        return 0.0;
    }
    let emissive = c.load_emissive(first);
    if emissive.instance_idx != place.instance_idx || emissive.triangle_idx != triangle_idx {
        return 0.0;
    }
    let probability = pick_probability(c, emissive.light_idx, from, chance);
    let to_light = place.position - from;
    let distance = to_light.length();
    let cosine = det::abs(unit_or(to_light, Vec3::ZERO).dot(place.geometric_normal));
    if cosine <= 0.0 {
        return 0.0;
    }
    det::min(probability * (distance * distance) / (cosine * emissive.area), MAX_PDF)
}

/// The entry that an alias table gives for a uniformly drawn entry `i`.
#[inline(always)]
pub fn keep_or_alias(entry: AliasEntry, i: u32, draw: u32) -> u32 {
    if draw < entry.threshold { i } else { entry.alias }
}

/// `i`, or the last index of `n`.
#[inline(always)]
pub fn last_at_most(i: u32, n: u32) -> u32 {
    if i < n { i } else { n - 1 }
}
