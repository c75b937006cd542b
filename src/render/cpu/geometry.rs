//! What the ray through a pixel's centre meets: the layers that are no means. Twin: shaders/geometry.wgsl. Knows no light.

use super::camera::{camera_cone, camera_depth, camera_ray, camera_spread};
use super::load::Context;
use super::sampler::level_jitter;
use super::surface::{
    MAX_SURFACES, Place, camera_sees, coverage, find_color, find_emission, find_place, find_surface, ray_origin,
};
use super::walk::{Hit, Ray};
use crate::buffers::layout::{MATERIAL_UNLIT, NONE};
use crate::math::Vec3;

/// What the ray through a pixel's centre meets. `depth` is z in camera axes; 0: nothing.
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

/// More about the same point: `film::Points`, of one pixel. Nothing met: zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointSample {
    pub position: Vec3,
    pub normal: Vec3,
    pub uv: [f32; 2],
    pub emission: Vec3,
    pub material: u32,
    pub part: u32,
}

/// A surface that a camera ray has met.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub place: Place,
    pub triangle_idx: u32,
    /// Weights of the triangle's second and third vertex.
    pub weights: [f32; 2],
    pub base_color: Vec3,
    /// z in camera axes.
    pub depth: f32,
    /// Along the ray, in metres.
    pub distance: f32,
    /// World area of the ray's footprint.
    pub cone_area: f32,
    /// It is what the layers show; else the ray goes on.
    pub stops: bool,
}

pub const NO_GEOMETRY: GeometrySample = GeometrySample {
    depth: 0.0,
    distance: 0.0,
    normal: Vec3::ZERO,
    roughness: 0.0,
    metallic: 0.0,
    instance: 0,
    semantic: 0,
};

pub const NO_POINT: PointSample =
    PointSample { position: Vec3::ZERO, normal: Vec3::ZERO, uv: [0.0; 2], emission: Vec3::ZERO, material: 0, part: 0 };

/// The camera ray through a pixel's centre.
#[inline(always)]
pub fn center_ray(c: &Context, pixel: [u32; 2]) -> Ray {
    camera_ray(c.load_view(), pixel, [0.5, 0.5])
}

/// The first surface on a camera ray with alpha at least 0.5, given what the ray meets first.
pub fn find_seen(c: &Context, camera: &Ray, first: Hit) -> Option<Seen> {
    let length = camera.direction.length();
    let mut ray = *camera;
    let mut hit = first;
    let mut t = 0.0;
    for _ in 0..MAX_SURFACES {
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let seen = look_at(c, &hit, ray.direction, t, length);
        if seen.stops {
            return Some(seen);
        }
        ray.origin = ray_origin(&seen.place, -1.0);
        hit = c.trace_closest(&ray);
    }
    None
}

/// Whether a camera ray would show an instance that is alone in the scene: what [`find_seen`] would find there.
pub fn is_seen_alone(c: &Context, camera: &Ray, instance_idx: u32) -> bool {
    let length = camera.direction.length();
    let mut ray = *camera;
    let mut t = 0.0;
    for _ in 0..MAX_SURFACES {
        let hit = c.trace_instance(&ray, instance_idx);
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let seen = look_at(c, &hit, ray.direction, t, length);
        if seen.stops {
            return true;
        }
        ray.origin = ray_origin(&seen.place, -1.0);
    }
    false
}

/// What a camera ray has met, `t` times the `length` of its direction away.
#[inline(always)]
pub fn look_at(c: &Context, hit: &Hit, direction: Vec3, t: f32, length: f32) -> Seen {
    let place = find_place(c, hit, direction);
    let material = c.load_material(place.material_idx);
    let view = c.load_view();
    let width = camera_cone(view, 1) + camera_spread(view, 1) * t * length;
    // As between two levels as can be.
    let cone_area = width * width * level_jitter(0x8000_0000);
    let (base_color, alpha) = find_color(c, &place, material, cone_area);
    let stops = camera_sees(c, &place, material) && coverage(material, alpha) >= 0.5;
    Seen {
        place,
        triangle_idx: hit.triangle_idx,
        weights: [hit.u, hit.v],
        base_color,
        depth: camera_depth(view, direction, t),
        distance: t * length,
        cone_area,
        stops,
    }
}

/// The layers that most ask for.
#[inline(always)]
pub fn geometry_of(c: &Context, seen: &Seen) -> GeometrySample {
    let material = c.load_material(seen.place.material_idx);
    let surface = find_surface(c, &seen.place, material, seen.base_color, seen.cone_area);
    let instance = c.load_instance(seen.place.instance_idx);
    GeometrySample {
        depth: seen.depth,
        distance: seen.distance,
        normal: surface.normal,
        roughness: surface.roughness,
        metallic: surface.metallic,
        instance: instance.object_id,
        semantic: instance.class_id,
    }
}

/// The other layers. Materials and parts are counted within the object, whose id `geometry_of` has.
#[inline(always)]
pub fn point_of(c: &Context, seen: &Seen) -> PointSample {
    let place = &seen.place;
    let instance = c.load_instance(place.instance_idx);
    let material = c.load_material(place.material_idx);
    let mut out = PointSample { position: place.position, normal: place.geometric_normal, uv: place.uv0, ..NO_POINT };
    // Unlit surfaces show their base colour, and nothing else.
    if material.flags & MATERIAL_UNLIT == 0 {
        out.emission = find_emission(c, place, material, seen.cone_area);
    }
    if instance.object_id != 0 {
        out.material = place.material_idx - instance.material_base + 1;
        out.part = c.load_triangle(place.mesh_idx, seen.triangle_idx).part + 1;
    }
    out
}
