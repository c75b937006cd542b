//! What a ray meets first, or whether it meets anything. Knows no materials. The hit is specified, not the walk:
//! see `triangle.rs`.

use super::triangle::prepare_ray;
use super::walk_lanes::{Lanes, OnLanes, dispatch};
use super::walk_single::{walk, walk_boxes};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::NONE;
use crate::math::Vec3;

/// A ray in world axes. The direction need not be unit: t counts in its length.
#[derive(Clone, Copy, Debug)]
pub struct Ray {
    pub origin: Vec3,
    pub direction: Vec3,
    /// At least 0. A hit at exactly `t_min` or `t_max` counts.
    pub t_min: f32,
    pub t_max: f32,
}

/// What a ray met: barycentric weights of the triangle's vertices are 1 − u − v, u, v.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    pub t: f32,
    pub u: f32,
    pub v: f32,
    /// [`NONE`]: nothing was met, and the rest means nothing.
    pub instance_idx: u32,
    pub triangle_idx: u32,
}

impl Hit {
    pub fn is_hit(&self) -> bool {
        self.instance_idx != NONE
    }
}

/// Nothing was met.
pub const MISS: Hit = Hit { t: f32::MAX, u: 0.0, v: 0.0, instance_idx: NONE, triangle_idx: NONE };

/// What a shadow ray met last: the next one of a neighbour tries it first. Never changes a result.
#[derive(Clone, Copy, Debug)]
pub struct LastOccluder {
    pub instance_idx: u32,
    pub triangle_idx: u32,
}

impl LastOccluder {
    pub const fn new() -> LastOccluder {
        LastOccluder { instance_idx: NONE, triangle_idx: NONE }
    }
}

impl Default for LastOccluder {
    fn default() -> LastOccluder {
        LastOccluder::new()
    }
}

/// The hit of least t in [t_min, t_max]; of equal t the lower (instance, triangle).
pub fn trace_closest(scene: &SceneBuffers, ray: &Ray) -> Hit {
    let best = dispatch(Single::<false> { scene, ray });
    if best.is_hit() { best } else { MISS }
}

/// Sixteen closest hits; fastest for rays that go nearly the same way.
pub fn trace_packet(scene: &SceneBuffers, rays: &[Ray; 16]) -> [Hit; 16] {
    rays.map(|ray| trace_closest(scene, &ray))
}

/// Whether [`trace_closest`] would hit.
pub fn trace_any(scene: &SceneBuffers, ray: &Ray, last: &mut LastOccluder) -> bool {
    let hit = dispatch(Single::<true> { scene, ray });
    if hit.is_hit() {
        *last = LastOccluder { instance_idx: hit.instance_idx, triangle_idx: hit.triangle_idx };
    }
    hit.is_hit()
}

struct Single<'a, const ANY: bool> {
    scene: &'a SceneBuffers,
    ray: &'a Ray,
}

impl<const ANY: bool> Single<'_, ANY> {
    /// Whether the walk can end.
    #[inline(always)]
    fn instance<L: Lanes>(&self, l: L, instance_idx: u32, best: &mut Hit) -> bool {
        let instance = &self.scene.instances[instance_idx as usize];
        let mesh = &self.scene.meshes[instance.mesh_idx as usize];
        let origin = instance.object_from_world.point(self.ray.origin);
        let direction = instance.object_from_world.vector(self.ray.direction);
        let prepared = prepare_ray(origin, direction, mesh.extent);
        walk::<L, ANY>(l, &mesh.wide, &prepared, self.ray.t_min, instance_idx, best);
        ANY && best.is_hit()
    }
}

impl<const ANY: bool> OnLanes for Single<'_, ANY> {
    type Output = Hit;

    #[inline(always)]
    fn run<L: Lanes>(self, l: L) -> Hit {
        let Single { scene, ray } = self;
        let mut best = Hit { t: ray.t_max, ..MISS };
        match scene.top.len() {
            0 => {}
            // The common case of one instance: its tree's root says as much as its box.
            1 => {
                self.instance(l, scene.instance_order[0], &mut best);
            }
            _ => {
                let prepared = prepare_ray(ray.origin, ray.direction, scene.extent);
                walk_boxes(l, &scene.wide_top, &prepared, ray.t_min, &mut best, |i, best| self.instance(l, i, best));
            }
        }
        best
    }
}
