//! Where a ray meets one triangle: the contract that every walk keeps. Twin: shaders/triangle.wgsl. Knows no trees.
//!
//! Triangles without an area are in no tree (`buffers::mesh::has_area`). Of the others a hit is a function of the ray and
//! the triangle alone: the sheared edge functions accept it, and the ray passes the triangle's own box, widened by the
//! ray's `pad`. Every box of a tree encloses its triangles' boxes, and rounding is monotone: whoever passes the small box
//! passes all boxes around it, with an entry no later than the hit's t. So no tree, packet or order of the walk can lose
//! a hit or change one.

use crate::math::{Vec3, det};

/// What boxes are widened by, relative to the largest coordinates at play: above all rounding of the test (about 2⁻²¹).
pub const BOX_PAD: f32 = 1.0 / 524_288.0;

/// Direction components below this count as this in reciprocals, which so stay finite.
pub const TINY_DIRECTION: f32 = 1.0e-20;

/// A ray made ready for triangles and boxes, in their space.
#[derive(Clone, Copy, Debug)]
pub struct PreparedRay {
    pub origin: Vec3,
    /// 1 / direction, finite.
    pub inverse: Vec3,
    /// The origin, moved so that entry planes are met early.
    pub origin_near: Vec3,
    /// The origin, moved so that exit planes are met late.
    pub origin_far: Vec3,
    /// The axis k along which the ray goes fastest: 0 x, 1 y, 2 z. Then a = k + 1 and b = k + 2 (mod 3).
    pub axis: u32,
    /// (d_a / d_k, d_b / d_k, 1 / d_k).
    pub shear: Vec3,
}

/// Where a ray meets a triangle. Barycentric weights of its vertices are 1 − u − v, u, v.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriangleHit {
    pub hit: bool,
    /// In units of the direction's length.
    pub t: f32,
    pub u: f32,
    pub v: f32,
}

pub const TRIANGLE_MISS: TriangleHit = TriangleHit { hit: false, t: 0.0, u: 0.0, v: 0.0 };

/// Twin: `prepare_ray`. `extent`: the largest |coordinate| of the mesh (or of what else the ray goes through).
#[inline(always)]
pub fn prepare_ray(origin: Vec3, direction: Vec3, extent: f32) -> PreparedRay {
    let ax = det::abs(direction.x);
    let ay = det::abs(direction.y);
    let az = det::abs(direction.z);
    let mut axis = 2;
    if ay >= az {
        axis = 1;
    }
    if ax >= ay && ax >= az {
        axis = 0;
    }
    let turned = rotate_axes(direction, axis);
    let inverse_k = 1.0 / turned.z;
    let shear = Vec3::new(turned.x * inverse_k, turned.y * inverse_k, inverse_k);
    let inverse = Vec3::new(safe_inverse(direction.x), safe_inverse(direction.y), safe_inverse(direction.z));
    let largest = det::max(det::max(det::abs(origin.x), det::abs(origin.y)), det::abs(origin.z));
    let pad = (largest + extent) * BOX_PAD;
    let pads = Vec3::new(toward(pad, inverse.x), toward(pad, inverse.y), toward(pad, inverse.z));
    PreparedRay { origin, inverse, origin_near: origin + pads, origin_far: origin - pads, axis, shear }
}

/// Twin: `rotate_axes`. (v_a, v_b, v_k) for a = k + 1, b = k + 2 (mod 3).
#[inline(always)]
pub fn rotate_axes(v: Vec3, axis: u32) -> Vec3 {
    if axis == 0 {
        return Vec3::new(v.y, v.z, v.x);
    }
    if axis == 1 {
        return Vec3::new(v.z, v.x, v.y);
    }
    v
}

/// Twin: `safe_inverse`. 1 / d, finite for every d.
#[inline(always)]
fn safe_inverse(d: f32) -> f32 {
    if det::abs(d) >= TINY_DIRECTION {
        return 1.0 / d;
    }
    if d < 0.0 {
        return -1.0 / TINY_DIRECTION;
    }
    1.0 / TINY_DIRECTION
}

/// Twin: `toward`. `pad` with the sign of `inverse`.
#[inline(always)]
fn toward(pad: f32, inverse: f32) -> f32 {
    if inverse < 0.0 {
        return -pad;
    }
    pad
}

/// Twin: `intersect_triangle`. Both sides of the triangle count.
///
/// Neighbours agree on their common edge: no ray slips between them. What lies behind the origin is not hit; else `t` is
/// not limited: the caller compares it.
/// Source: Woop, Benthin, Wald: Watertight Ray/Triangle Intersection, JCGT 2(1), 2013.
#[inline(always)]
pub fn intersect_triangle(ray: &PreparedRay, v0: Vec3, v1: Vec3, v2: Vec3) -> TriangleHit {
    let a = rotate_axes(v0 - ray.origin, ray.axis);
    let b = rotate_axes(v1 - ray.origin, ray.axis);
    let c = rotate_axes(v2 - ray.origin, ray.axis);
    let ax = a.x - ray.shear.x * a.z;
    let ay = a.y - ray.shear.y * a.z;
    let bx = b.x - ray.shear.x * b.z;
    let by = b.y - ray.shear.y * b.z;
    let cx = c.x - ray.shear.x * c.z;
    let cy = c.y - ray.shear.y * c.z;
    let w0 = cx * by - cy * bx;
    let w1 = ax * cy - ay * cx;
    let w2 = bx * ay - by * ax;
    let inside = w0 >= 0.0 && w1 >= 0.0 && w2 >= 0.0 || w0 <= 0.0 && w1 <= 0.0 && w2 <= 0.0;
    if !inside {
        return TRIANGLE_MISS;
    }
    finish_triangle(ray, [w0, w1, w2], v0, v1, v2)
}

/// Twin: `finish_triangle`. The hit of a triangle whose edge functions `w` agree in sign.
#[inline(always)]
pub fn finish_triangle(ray: &PreparedRay, w: [f32; 3], v0: Vec3, v1: Vec3, v2: Vec3) -> TriangleHit {
    let sum = w[0] + w[1] + w[2];
    let az = ray.shear.z * rotate_axes(v0 - ray.origin, ray.axis).z;
    let bz = ray.shear.z * rotate_axes(v1 - ray.origin, ray.axis).z;
    let cz = ray.shear.z * rotate_axes(v2 - ray.origin, ray.axis).z;
    let scaled_t = w[0] * az + w[1] * bz + w[2] * cz;
    // Where a ray starts on a surface, most of what it is tested against lies behind it: so this comes first.
    let is_ahead = sum > 0.0 && scaled_t >= 0.0 || sum < 0.0 && scaled_t <= 0.0;
    if !is_ahead {
        return TRIANGLE_MISS;
    }
    let inverse_sum = 1.0 / sum;
    let t = scaled_t * inverse_sum;
    let u = w[1] * inverse_sum;
    let v = w[2] * inverse_sum;
    let (entry, exit) = box_interval(ray, v0.min(v1).min(v2), v0.max(v1).max(v2));
    // False for NaN too: a triangle so small or so large that its products leave f32 is not hit.
    let passes = entry <= exit && det::abs(t) <= f32::MAX;
    if !passes {
        return TRIANGLE_MISS;
    }
    TriangleHit { hit: true, t: det::min(det::max(t, entry), exit), u, v }
}

/// Twin: `box_interval`. Where the ray enters and leaves the widened box: it passes where entry <= exit.
#[inline(always)]
pub fn box_interval(ray: &PreparedRay, lo: Vec3, hi: Vec3) -> (f32, f32) {
    let entry_x = (select(lo.x, hi.x, ray.inverse.x < 0.0) - ray.origin_near.x) * ray.inverse.x;
    let entry_y = (select(lo.y, hi.y, ray.inverse.y < 0.0) - ray.origin_near.y) * ray.inverse.y;
    let entry_z = (select(lo.z, hi.z, ray.inverse.z < 0.0) - ray.origin_near.z) * ray.inverse.z;
    let exit_x = (select(hi.x, lo.x, ray.inverse.x < 0.0) - ray.origin_far.x) * ray.inverse.x;
    let exit_y = (select(hi.y, lo.y, ray.inverse.y < 0.0) - ray.origin_far.y) * ray.inverse.y;
    let exit_z = (select(hi.z, lo.z, ray.inverse.z < 0.0) - ray.origin_far.z) * ray.inverse.z;
    let entry = det::max(det::max(entry_x, entry_y), entry_z);
    let exit = det::min(det::min(exit_x, exit_y), exit_z);
    (entry, exit)
}

/// WGSL's `select`.
#[inline(always)]
fn select(if_false: f32, if_true: f32, condition: bool) -> f32 {
    if condition { if_true } else { if_false }
}
