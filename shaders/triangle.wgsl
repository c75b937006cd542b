//! Where a ray meets one triangle: the contract that every walk keeps. Twin: src/render/cpu/triangle.rs. Knows no trees.
//!
//! Triangles without an area are in no tree. Of the others a hit is a function of the ray and the triangle alone: the
//! sheared edge functions accept it, and the ray passes the triangle's own box, widened by the ray's `pad`. A walk that
//! tests its boxes by `box_entry` can't lose a hit.

// What boxes are widened by, relative to the largest coordinates at play: above all rounding of the test (about 2^-21).
const BOX_PAD: f32 = 0.0000019073486328125;

// Direction components below this count as this in reciprocals, which so stay finite.
const TINY_DIRECTION: f32 = 1.0e-20;

const LARGEST_FLOAT: f32 = 3.40282347e38;

// A ray made ready for triangles and boxes, in their space.
struct PreparedRay {
    origin: vec3f,
    // The axis k along which the ray goes fastest: 0 x, 1 y, 2 z. Then a = k + 1 and b = k + 2 (mod 3).
    axis: u32,
    // 1 / direction, finite.
    inverse: vec3f,
    // The origin, moved so that entry planes are met early.
    origin_near: vec3f,
    // The origin, moved so that exit planes are met late.
    origin_far: vec3f,
    // (d_a / d_k, d_b / d_k, 1 / d_k).
    shear: vec3f,
}

// Where a ray meets a triangle. Barycentric weights of its vertices are 1 - u - v, u, v.
struct TriangleHit {
    hit: bool,
    // In units of the direction's length.
    t: f32,
    u: f32,
    v: f32,
}

// `extent`: the largest |coordinate| of the mesh (or of what else the ray goes through).
fn prepare_ray(origin: vec3f, direction: vec3f, extent: f32) -> PreparedRay {
    let ax = abs(direction.x);
    let ay = abs(direction.y);
    let az = abs(direction.z);
    var axis = 2u;
    if ay >= az {
        axis = 1u;
    }
    if ax >= ay && ax >= az {
        axis = 0u;
    }
    let turned = rotate_axes(direction, axis);
    let inverse_k = 1.0 / turned.z;
    let shear = vec3f(turned.x * inverse_k, turned.y * inverse_k, inverse_k);
    let inverse = vec3f(safe_inverse(direction.x), safe_inverse(direction.y), safe_inverse(direction.z));
    let largest = max(max(abs(origin.x), abs(origin.y)), abs(origin.z));
    let pad = (largest + extent) * BOX_PAD;
    let pads = vec3f(toward(pad, inverse.x), toward(pad, inverse.y), toward(pad, inverse.z));
    return PreparedRay(origin, axis, inverse, origin + pads, origin - pads, shear);
}

// (v_a, v_b, v_k) for a = k + 1, b = k + 2 (mod 3).
fn rotate_axes(v: vec3f, axis: u32) -> vec3f {
    if axis == 0u {
        return vec3f(v.y, v.z, v.x);
    }
    if axis == 1u {
        return vec3f(v.z, v.x, v.y);
    }
    return v;
}

// 1 / d, finite for every d.
fn safe_inverse(d: f32) -> f32 {
    if abs(d) >= TINY_DIRECTION {
        return 1.0 / d;
    }
    if d < 0.0 {
        return -1.0 / TINY_DIRECTION;
    }
    return 1.0 / TINY_DIRECTION;
}

// `pad` with the sign of `inverse`.
fn toward(pad: f32, inverse: f32) -> f32 {
    if inverse < 0.0 {
        return -pad;
    }
    return pad;
}

// Where the ray enters (x) and leaves (y) the widened box: it passes where x <= y.
fn box_interval(ray: PreparedRay, lo: vec3f, hi: vec3f) -> vec2f {
    let backward = ray.inverse < vec3f(0.0);
    let entry = (select(lo, hi, backward) - ray.origin_near) * ray.inverse;
    let exit = (select(hi, lo, backward) - ray.origin_far) * ray.inverse;
    return vec2f(max(max(entry.x, entry.y), entry.z), min(min(exit.x, exit.y), exit.z));
}

// Both sides of the triangle count.
//
// Neighbours agree on their common edge: no ray slips between them. What lies behind the origin is not hit; else `t` is
// not limited: the caller compares it.
// Source: Woop, Benthin, Wald: Watertight Ray/Triangle Intersection, JCGT 2(1), 2013.
fn intersect_triangle(ray: PreparedRay, v0: vec3f, v1: vec3f, v2: vec3f) -> TriangleHit {
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
    let inside = (w0 >= 0.0 && w1 >= 0.0 && w2 >= 0.0) || (w0 <= 0.0 && w1 <= 0.0 && w2 <= 0.0);
    if !inside {
        return TriangleHit(false, 0.0, 0.0, 0.0);
    }
    return finish_triangle(ray, vec3f(w0, w1, w2), v0, v1, v2);
}

// The hit of a triangle whose edge functions `w` agree in sign.
fn finish_triangle(ray: PreparedRay, w: vec3f, v0: vec3f, v1: vec3f, v2: vec3f) -> TriangleHit {
    let sum = w.x + w.y + w.z;
    let az = ray.shear.z * rotate_axes(v0 - ray.origin, ray.axis).z;
    let bz = ray.shear.z * rotate_axes(v1 - ray.origin, ray.axis).z;
    let cz = ray.shear.z * rotate_axes(v2 - ray.origin, ray.axis).z;
    let scaled_t = w.x * az + w.y * bz + w.z * cz;
    // Where a ray starts on a surface, most of what it is tested against lies behind it: so this comes first.
    let is_ahead = (sum > 0.0 && scaled_t >= 0.0) || (sum < 0.0 && scaled_t <= 0.0);
    if !is_ahead {
        return TriangleHit(false, 0.0, 0.0, 0.0);
    }
    let inverse_sum = 1.0 / sum;
    let t = scaled_t * inverse_sum;
    let u = w.y * inverse_sum;
    let v = w.z * inverse_sum;
    let interval = box_interval(ray, min(min(v0, v1), v2), max(max(v0, v1), v2));
    let passes = interval.x <= interval.y && abs(t) <= LARGEST_FLOAT;
    if !passes {
        return TriangleHit(false, 0.0, 0.0, 0.0);
    }
    return TriangleHit(true, min(max(t, interval.x), interval.y), u, v);
}
