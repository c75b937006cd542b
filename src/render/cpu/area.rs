//! Area lights without triangles: rectangles, disks, spheres of even radiance. Twin: shaders/area.wgsl. Knows no paths.
//!
//! They block no ray. A light of the whole scene is found by a draw ([`sample_area`]) or along a ray
//! ([`area_lights_along`]); both see the same part of it, so that the two may share each way between them.

use super::bsdf::tangent_frame;
use super::light::{FRAC_1_TAU, LightSample, MAX_PDF, NO_LIGHT, power_heuristic};
use super::load::Context;
use super::medium::left_of_light;
use super::pick::pick_probability;
use super::sampler::unit_float;
use super::surface::MIN_LENGTH;
use crate::buffers::layout::{
    LIGHT_DISK, LIGHT_RECTANGLE, LIGHT_SPHERE, LIGHT_SUN, LIGHT_TWO_SIDED, LIGHT_VISIBLE, Light,
};
use crate::math::{Vec3, det};
use std::f32::consts::{PI, TAU};

/// An area light counts as nearer than it is by this factor: one that lies in a wall stands before the wall.
pub const AREA_NEARER: f32 = 1.0 - 1.0 / 4096.0;
/// Below this solid angle (sr) a rectangle is drawn by its area: the angle is a difference of sums near 2π, which are off by
/// up to 2e-6, and so small or so grazing a rectangle is about even in both.
pub const MIN_SOLID_ANGLE: f32 = 1.0 / 64.0;
/// Squared sines and cosines stay this far below 1 where they are divided by what is left.
pub const NEARLY_ONE: f32 = 1.0 - 1.0e-6;

/// A rectangle as a point sees it, in the rectangle's axes: it lies at `z` ≤ 0 between x0, x1 and y0, y1.
#[derive(Clone, Copy, Debug)]
pub struct RectangleSpan {
    pub x0: f32,
    pub x1: f32,
    pub y0: f32,
    pub y1: f32,
    pub z: f32,
    /// z components of the normals of the planes through the point and the edges at y0 and y1.
    pub b0: f32,
    pub b1: f32,
    /// 2π less the angles at the corners that the first ones leave.
    pub k: f32,
    /// sr.
    pub solid_angle: f32,
}

/// Index of the first area light: they stand behind the suns. The number of lights where there is none.
#[inline(always)]
pub fn first_area(c: &Context) -> u32 {
    let n = c.light_count();
    for i in 0..n {
        let kind = c.load_light(i).kind;
        if kind >= LIGHT_RECTANGLE {
            return i;
        }
        if kind != LIGHT_SUN {
            return n;
        }
    }
    n
}

/// Radiance of all area lights that a ray meets on a part of its way.
///
/// `start`: where the last scattering was (or the camera), from where lights count; `origin`: where this part begins, on the
/// same line, behind surfaces that the ray passed; `reach`: its length in metres. `pdf`, `chance`: of the scattering that it
/// leaves, and the `sun_chance` there.
/// `medium_idx`: material of the volume that this part lies in, or [`NONE`].
#[expect(clippy::too_many_arguments, reason = "what a ray has, one by one, as the twin's")]
#[inline(always)]
pub fn area_lights_along(
    c: &Context,
    start: Vec3,
    origin: Vec3,
    direction: Vec3,
    reach: f32,
    n_scatterings: u32,
    pdf: f32,
    chance: u32,
    medium_idx: u32,
) -> Vec3 {
    let n = c.light_count();
    let passed = (origin - start).dot(direction);
    let mut radiance = Vec3::ZERO;
    for i in first_area(c)..n {
        let light = c.load_light(i);
        if light.kind < LIGHT_RECTANGLE {
            break;
        }
        if n_scatterings == 0 && light.flags & LIGHT_VISIBLE == 0 {
            continue;
        }
        let t = meet_area(light, start, direction);
        let near = t * AREA_NEARER - passed;
        if t > 0.0 && near > 0.0 && near <= reach {
            let mut share = 1.0;
            if n_scatterings > 0 {
                let probability = pick_probability(c, i, start, chance);
                share = power_heuristic(pdf, area_pdf(light, probability, start, direction, t));
            }
            radiance += Vec3::from(light.strength) * share * left_of_light(c, medium_idx, near);
        }
    }
    radiance
}

/// Metres from a point along a direction to where a light shines from; 0 where it does not.
#[inline(always)]
pub fn meet_area(light: &Light, start: Vec3, direction: Vec3) -> f32 {
    let to_center = Vec3::from(light.position) - start;
    let is_two_sided = light.flags & LIGHT_TWO_SIDED != 0;
    if light.kind == LIGHT_SPHERE {
        return meet_sphere(light.half_width, to_center, direction, is_two_sided);
    }
    let normal = Vec3::from(light.direction);
    let cosine = direction.dot(normal);
    let height = to_center.dot(normal);
    let is_front = cosine < 0.0;
    if det::abs(cosine) <= MIN_LENGTH || (!is_front && !is_two_sided) {
        return 0.0;
    }
    let t = height / cosine;
    let place = direction * t - to_center;
    let across = Vec3::from(light.across);
    let x = place.dot(across);
    let y = place.dot(normal.cross(across));
    let mut is_inside = det::abs(x) <= light.half_width && det::abs(y) <= light.half_height;
    if light.kind == LIGHT_DISK {
        is_inside = x * x + y * y <= light.half_width * light.half_width;
    }
    if is_inside { det::max(t, 0.0) } else { 0.0 }
}

/// [`meet_area`] of a sphere: where a ray comes in; from inside, where it goes out, if the sphere shines inwards.
#[inline(always)]
pub fn meet_sphere(radius: f32, to_center: Vec3, direction: Vec3, is_two_sided: bool) -> f32 {
    let square = radius * radius;
    let is_outside = to_center.dot(to_center) > square;
    let along = to_center.dot(direction);
    // By the cross product: of two squares' difference far away no digit would be left.
    let beside = to_center.cross(direction);
    let half_square = square - beside.dot(beside);
    if half_square <= 0.0 || (!is_outside && !is_two_sided) {
        return 0.0;
    }
    let half = half_square.sqrt();
    if is_outside { det::max(along - half, 0.0) } else { along + half }
}

/// Density (1/sr) with which `sample_light` at `start` draws a direction that meets the light at distance `t` > 0.
/// `probability`: of picking the light.
#[inline(always)]
pub fn area_pdf(light: &Light, probability: f32, start: Vec3, direction: Vec3, t: f32) -> f32 {
    let to_center = Vec3::from(light.position) - start;
    let mut density = 0.0;
    if light.kind == LIGHT_SPHERE {
        density = sphere_density(light.half_width, to_center);
    }
    if light.kind == LIGHT_RECTANGLE {
        let span = span_rectangle(light, to_center);
        if span.solid_angle > MIN_SOLID_ANGLE {
            density = 1.0 / span.solid_angle;
        }
    }
    if density <= 0.0 {
        let cosine = det::abs(direction.dot(Vec3::from(light.direction)));
        density = t * t / det::max(cosine * flat_area(light), MIN_LENGTH);
    }
    det::min(probability * density, MAX_PDF)
}

/// m² of a rectangle or a disk.
#[inline(always)]
pub fn flat_area(light: &Light) -> f32 {
    if light.kind == LIGHT_DISK {
        return PI * light.half_width * light.half_width;
    }
    4.0 * light.half_width * light.half_height
}

/// 1 over the solid angle of a sphere's cone; from inside, of all directions.
#[inline(always)]
pub fn sphere_density(radius: f32, to_center: Vec3) -> f32 {
    let square = to_center.dot(to_center);
    if square <= radius * radius {
        return 0.5 * FRAC_1_TAU;
    }
    FRAC_1_TAU / cone_height(radius * radius / square)
}

/// 1 − cos of a cone whose squared sine is `sin2` < 1; keeps its digits where it is small.
#[inline(always)]
pub fn cone_height(sin2: f32) -> f32 {
    det::max(sin2 / (1.0 + det::max(1.0 - sin2, 0.0).sqrt()), MIN_LENGTH)
}

/// A way to an area light from a point: a rectangle by its solid angle, a disk by its area, a sphere by its cone.
#[inline(always)]
pub fn sample_area(light: &Light, probability: f32, position: Vec3, place: [u32; 2]) -> LightSample {
    let to_center = Vec3::from(light.position) - position;
    let is_two_sided = light.flags & LIGHT_TWO_SIDED != 0;
    let u = [unit_float(place[0]), unit_float(place[1])];
    let to_light;
    if light.kind == LIGHT_SPHERE {
        let is_inside = to_center.dot(to_center) <= light.half_width * light.half_width;
        if is_inside && !is_two_sided {
            return NO_LIGHT;
        }
        to_light = to_sphere(light.half_width, to_center, u);
    } else {
        let height = to_center.dot(Vec3::from(light.direction));
        if height == 0.0 || (height > 0.0 && !is_two_sided) {
            return NO_LIGHT;
        }
        if light.kind == LIGHT_DISK {
            to_light = to_disk(light, to_center, u);
        } else {
            to_light = to_rectangle(light, to_center, u);
        }
    }
    let distance = to_light.length();
    if distance <= MIN_LENGTH {
        return NO_LIGHT;
    }
    let direction = to_light * (1.0 / distance);
    LightSample {
        direction,
        distance: distance * AREA_NEARER,
        radiance: Vec3::from(light.strength),
        pdf: area_pdf(light, probability, position, direction, distance),
        is_delta: false,
    }
}

/// From a point to a place on a sphere: uniform in its cone; from inside, in all directions.
#[inline(always)]
pub fn to_sphere(radius: f32, to_center: Vec3, u: [f32; 2]) -> Vec3 {
    let square = to_center.dot(to_center);
    let is_outside = square > radius * radius;
    let (sin_phi, cos_phi) = det::sin_cos_turns(u[1]);
    let mut axis = Vec3::new(0.0, 0.0, 1.0);
    let mut drop = 2.0 * u[0];
    if is_outside {
        axis = to_center * (1.0 / square.sqrt());
        // 1 − cos θ is drawn, not cos θ: it keeps its digits.
        drop = u[0] * cone_height(radius * radius / square);
    }
    let sin_theta = (drop * (2.0 - drop)).sqrt();
    let (tangent, bitangent) = tangent_frame(axis);
    let direction = tangent * (sin_theta * cos_phi) + bitangent * (sin_theta * sin_phi) + axis * (1.0 - drop);
    let beside = to_center.cross(direction);
    let half = det::max(radius * radius - beside.dot(beside), 0.0).sqrt();
    let along = to_center.dot(direction);
    if is_outside { direction * (along - half) } else { direction * (along + half) }
}

/// From a point to a place on a disk: uniform over its area.
#[inline(always)]
pub fn to_disk(light: &Light, to_center: Vec3, u: [f32; 2]) -> Vec3 {
    let normal = Vec3::from(light.direction);
    let across = Vec3::from(light.across);
    let radius = light.half_width * u[0].sqrt();
    let (sin_phi, cos_phi) = det::sin_cos_turns(u[1]);
    to_center + across * (radius * cos_phi) + normal.cross(across) * (radius * sin_phi)
}

/// From a point to a place on a rectangle: uniform in its solid angle, or over its area where that is small.
///
/// Source: Ureña, Fajardo, King 2013, An area-preserving parametrization for spherical rectangles.
#[inline(always)]
pub fn to_rectangle(light: &Light, to_center: Vec3, u: [f32; 2]) -> Vec3 {
    let normal = Vec3::from(light.direction);
    let across = Vec3::from(light.across);
    let up = normal.cross(across);
    let span = span_rectangle(light, to_center);
    if span.solid_angle <= MIN_SOLID_ANGLE {
        let x = (2.0 * u[0] - 1.0) * light.half_width;
        let y = (2.0 * u[1] - 1.0) * light.half_height;
        return to_center + across * x + up * y;
    }
    let (sin_a, cos_a) = det::sin_cos(u[0] * span.solid_angle + span.k);
    // The paper's cu = sign(fu) / √(fu² + b0²) with fu = rise / sin_a, multiplied by sin_a so that nothing is divided by 0.
    let rise = cos_a * span.b0 - span.b1;
    let slope = (rise * rise + span.b0 * span.b0 * sin_a * sin_a).sqrt();
    let signed = if rise > 0.0 { sin_a } else { -sin_a };
    let cu = det::clamp(signed / det::max(slope, MIN_LENGTH), -NEARLY_ONE, NEARLY_ONE);
    let x = det::clamp(-(cu * span.z) / (1.0 - cu * cu).sqrt(), span.x0, span.x1);
    let away = (x * x + span.z * span.z).sqrt();
    let h0 = span.y0 / (away * away + span.y0 * span.y0).sqrt();
    let h1 = span.y1 / (away * away + span.y1 * span.y1).sqrt();
    let h = h0 + u[1] * (h1 - h0);
    let h2 = det::min(h * h, NEARLY_ONE);
    let y = det::clamp(h * away / (1.0 - h2).sqrt(), span.y0, span.y1);
    across * x + up * y + normal * to_center.dot(normal)
}

/// See [`RectangleSpan`]. The edges' planes have the normals (0, z, −y0), (−z, 0, x1), (0, −z, y1), (z, 0, −x0), made unit:
/// of two neighbours only the z components meet in their product.
#[inline(always)]
pub fn span_rectangle(light: &Light, to_center: Vec3) -> RectangleSpan {
    let normal = Vec3::from(light.direction);
    let across = Vec3::from(light.across);
    let x = to_center.dot(across);
    let y = to_center.dot(normal.cross(across));
    let z = -det::abs(to_center.dot(normal));
    let x0 = x - light.half_width;
    let x1 = x + light.half_width;
    let y0 = y - light.half_height;
    let y1 = y + light.half_height;
    let z2 = z * z;
    let a = -y0 / det::max((y0 * y0 + z2).sqrt(), MIN_LENGTH);
    let b = x1 / det::max((x1 * x1 + z2).sqrt(), MIN_LENGTH);
    let c = y1 / det::max((y1 * y1 + z2).sqrt(), MIN_LENGTH);
    let d = -x0 / det::max((x0 * x0 + z2).sqrt(), MIN_LENGTH);
    let g0 = det::acos(-(a * b));
    let g1 = det::acos(-(b * c));
    let g2 = det::acos(-(c * d));
    let g3 = det::acos(-(d * a));
    let rest = TAU - g2 - g3;
    RectangleSpan { x0, x1, y0, y1, z, b0: a, b1: c, k: rest, solid_angle: g0 + g1 - rest }
}
