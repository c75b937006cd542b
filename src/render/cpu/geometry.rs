//! What the ray through a pixel's centre meets: the layers that are no means. Twin: shaders/geometry.wgsl. Knows no light.

use super::camera::{camera_cone, camera_depth, camera_ray, camera_spread};
use super::load::Context;
use super::sampler::level_jitter;
use super::surface::{MAX_SURFACES, camera_sees, coverage, find_color, find_place, find_surface, ray_origin};
use super::walk::{Hit, Ray};
use crate::buffers::layout::NONE;
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

const NO_GEOMETRY: GeometrySample = GeometrySample {
    depth: 0.0,
    distance: 0.0,
    normal: Vec3::ZERO,
    roughness: 0.0,
    metallic: 0.0,
    instance: 0,
    semantic: 0,
};

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
    let view = c.load_view();
    let spread = camera_spread(view, 1);
    let cone = camera_cone(view, 1);
    let mut ray = *camera;
    let mut hit = first;
    let mut t = 0.0;
    for _ in 0..MAX_SURFACES {
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let place = find_place(c, &hit, ray.direction);
        let material = c.load_material(place.material_idx);
        let width = cone + spread * t * length;
        // As between two levels as can be.
        let cone_area = width * width * level_jitter(0x8000_0000);
        let (base_color, alpha) = find_color(c, &place, material, cone_area);
        if camera_sees(c, &place, material) && coverage(material, alpha) >= 0.5 {
            let surface = find_surface(c, &place, material, base_color, cone_area);
            let instance = c.load_instance(hit.instance_idx);
            return GeometrySample {
                depth: camera_depth(view, camera.direction, t),
                distance: t * length,
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
