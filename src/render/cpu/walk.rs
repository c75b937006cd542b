//! What a ray meets first, or whether it meets anything. Knows no materials. The hit is specified, not the walk:
//! see `triangle.rs`.

use super::triangle::prepare_ray;
use super::walk_lanes::{Lanes, OnLanes, dispatch};
use super::walk_packet::{Hits, PACKET, Rays, beam, walk_boxes_packet, walk_packet};
use super::walk_single::{walk, walk_boxes};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::NONE;
use crate::math::{Affine, Vec3};

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
    dispatch(Packet { scene, rays })
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

struct Packet<'a> {
    scene: &'a SceneBuffers,
    rays: &'a [Ray; PACKET],
}

impl OnLanes for Packet<'_> {
    type Output = [Hit; PACKET];

    #[inline(always)]
    fn run<L: Lanes>(self, l: L) -> [Hit; PACKET] {
        let Packet { scene, rays } = self;
        let lanes = Rays::new(rays);
        let mut hits = Hits::new(rays);
        match scene.top.len() {
            0 => {}
            1 => self.instance(l, &lanes, scene.instance_order[0], &mut hits),
            _ => match beam(l, &lanes, &Affine::IDENTITY, scene.extent) {
                Some(beam) => {
                    walk_boxes_packet(l, &scene.wide_top, &beam, &mut hits, |i, hits| {
                        self.instance(l, &lanes, i, hits)
                    });
                }
                None => return rays.map(|ray| trace_closest(scene, &ray)),
            },
        }
        let mut out = [MISS; PACKET];
        for (i, out) in out.iter_mut().enumerate() {
            if hits.instance_idx[i] != NONE {
                *out = hits.get(i);
            }
        }
        out
    }
}

impl Packet<'_> {
    #[inline(always)]
    fn instance<L: Lanes>(&self, l: L, lanes: &Rays, instance_idx: u32, hits: &mut Hits) {
        let instance = &self.scene.instances[instance_idx as usize];
        let mesh = &self.scene.meshes[instance.mesh_idx as usize];
        if let Some(beam) = beam(l, lanes, &instance.object_from_world, mesh.extent) {
            walk_packet(l, &mesh.wide, &beam, instance_idx, hits);
            return;
        }
        for (i, ray) in self.rays.iter().enumerate() {
            let best = dispatch(Resumed { scene: self.scene, ray, instance_idx, best: hits.get(i) });
            hits.set(i, &best);
        }
    }
}

/// One ray through one instance, after others.
struct Resumed<'a> {
    scene: &'a SceneBuffers,
    ray: &'a Ray,
    instance_idx: u32,
    best: Hit,
}

impl OnLanes for Resumed<'_> {
    type Output = Hit;

    #[inline(always)]
    fn run<L: Lanes>(mut self, l: L) -> Hit {
        Single::<false> { scene: self.scene, ray: self.ray }.instance(l, self.instance_idx, &mut self.best);
        self.best
    }
}
