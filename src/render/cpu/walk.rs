//! What a ray meets first, or whether it meets anything. Knows no materials. The hit is specified, not the walk:
//! see `triangle.rs`.

use super::triangle::{PreparedRay, prepare_ray};
use super::walk_lanes::{Lanes, OnLanes, dispatch};
use super::walk_packet::{Hits, PACKET, Rays, beam, walk_boxes_packet, walk_packet};
use super::walk_single::{walk_any, walk_boxes, walk_closest};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::NONE;
use crate::buffers::wide::WideTree;
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

/// Where a shadow ray met something last: the next one, of a neighbour, looks there first. Never changes a result: what
/// it names is looked up in the scene at hand, or is not there.
#[derive(Clone, Copy, Debug)]
pub struct LastOccluder {
    instance_idx: u32,
    block_idx: u32,
}

impl LastOccluder {
    pub const fn new() -> LastOccluder {
        LastOccluder { instance_idx: NONE, block_idx: NONE }
    }
}

impl Default for LastOccluder {
    fn default() -> LastOccluder {
        LastOccluder::new()
    }
}

/// The hit of least t in [t_min, t_max]; of equal t the lower (instance, triangle).
pub fn trace_closest(scene: &SceneBuffers, ray: &Ray) -> Hit {
    let best = dispatch(Closest { scene, ray });
    if best.is_hit() { best } else { MISS }
}

/// What [`trace_closest`] would hit, were the instance alone.
pub fn trace_instance(scene: &SceneBuffers, ray: &Ray, instance_idx: u32) -> Hit {
    let best = dispatch(Resumed { scene, ray, instance_idx, best: Hit { t: ray.t_max, ..MISS } });
    if best.is_hit() { best } else { MISS }
}

/// Sixteen closest hits; fastest for rays that go nearly the same way.
pub fn trace_packet(scene: &SceneBuffers, rays: &[Ray; 16]) -> [Hit; 16] {
    dispatch(Packet { scene, rays })
}

/// Whether [`trace_closest`] would hit.
pub fn trace_any(scene: &SceneBuffers, ray: &Ray, last: &mut LastOccluder) -> bool {
    dispatch(Any { scene, ray, last })
}

/// A ray in the axes of an instance, and the trees to walk there.
#[inline(always)]
fn enter<'a>(scene: &'a SceneBuffers, ray: &Ray, instance_idx: u32) -> (&'a WideTree, PreparedRay) {
    let instance = &scene.instances[instance_idx as usize];
    let mesh = &scene.meshes[instance.mesh_idx as usize];
    let origin = instance.object_from_world.point(ray.origin);
    let direction = instance.object_from_world.vector(ray.direction);
    (&mesh.wide, prepare_ray(origin, direction, mesh.extent))
}

struct Closest<'a> {
    scene: &'a SceneBuffers,
    ray: &'a Ray,
}

impl OnLanes for Closest<'_> {
    type Output = Hit;

    #[inline(always)]
    fn run<L: Lanes>(self, l: L) -> Hit {
        let Closest { scene, ray } = self;
        let mut best = Hit { t: ray.t_max, ..MISS };
        match scene.top.len() {
            0 => {}
            // The common case of one instance: its tree's root says as much as its box.
            1 => walk_instance(l, scene, ray, scene.instance_order[0], &mut best),
            _ => {
                let prepared = prepare_ray(ray.origin, ray.direction, scene.extent);
                walk_boxes(l, &scene.wide_top, &prepared, ray.t_min, &mut best, |instance_idx, best| {
                    walk_instance(l, scene, ray, instance_idx, best);
                    false
                });
            }
        }
        best
    }
}

#[inline(always)]
fn walk_instance<L: Lanes>(l: L, scene: &SceneBuffers, ray: &Ray, instance_idx: u32, best: &mut Hit) {
    let (tree, prepared) = enter(scene, ray, instance_idx);
    walk_closest(l, tree, &prepared, ray.t_min, instance_idx, best);
}

struct Any<'a> {
    scene: &'a SceneBuffers,
    ray: &'a Ray,
    last: &'a mut LastOccluder,
}

impl OnLanes for Any<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Lanes>(self, l: L) -> bool {
        let Any { scene, ray, last } = self;
        let block_in = |instance_idx| if last.instance_idx == instance_idx { last.block_idx } else { NONE };
        let found = match scene.top.len() {
            0 => None,
            1 => {
                let instance_idx = scene.instance_order[0];
                let (tree, prepared) = enter(scene, ray, instance_idx);
                let block_idx = walk_any(l, tree, &prepared, ray, block_in(instance_idx));
                block_idx.map(|block_idx| LastOccluder { instance_idx, block_idx })
            }
            _ => {
                let prepared = prepare_ray(ray.origin, ray.direction, scene.extent);
                let mut found = None;
                let mut limit = Hit { t: ray.t_max, ..MISS };
                walk_boxes(l, &scene.wide_top, &prepared, ray.t_min, &mut limit, |instance_idx, _| {
                    let (tree, prepared) = enter(scene, ray, instance_idx);
                    let block_idx = walk_any(l, tree, &prepared, ray, block_in(instance_idx));
                    found = block_idx.map(|block_idx| LastOccluder { instance_idx, block_idx });
                    found.is_some()
                });
                found
            }
        };
        *last = found.unwrap_or(*last);
        found.is_some()
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
        walk_instance(l, self.scene, self.ray, self.instance_idx, &mut self.best);
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::super::walk_lanes::Loops;
    use super::*;
    use crate::buffers::{self, Cache};
    use crate::math::vec3;
    use crate::scene::{Instance, Mesh, Scene, Sky, SkyLight};
    use std::sync::Arc;

    /// A crumpled sheet over [−1, 1]².
    fn crumpled() -> SceneBuffers {
        const N: u32 = 24;
        let point = |i: u32| {
            let bits = i.wrapping_mul(2_654_435_761).wrapping_add(i << 7);
            let z = (bits >> 8) as f32 / 16_777_216.0;
            [(i % N) as f32 / 12.0 - 1.0, (i / N) as f32 / 12.0 - 1.0, 0.3 * z]
        };
        let positions: Vec<_> = (0..N * N).map(point).collect();
        let quads = (0..N * (N - 1)).filter(|i| i % N + 1 < N);
        let triangles: Vec<_> = quads.flat_map(|a| [[a, a + 1, a + N + 1], [a, a + N + 1, a + N]]).collect();
        let mesh = Mesh {
            normals: vec![[0.0, 0.0, 1.0]; positions.len()],
            tangents: vec![[1.0, 0.0, 0.0, 1.0]; positions.len()],
            uv0: vec![[0.0; 2]; positions.len()],
            triangle_material: vec![0; triangles.len()],
            triangle_part: vec![0; triangles.len()],
            positions,
            triangles,
            ..Mesh::default()
        };
        let instance = Instance {
            mesh: Arc::new(mesh),
            mesh_digest: Default::default(),
            world_from_object: Affine::translation(vec3(0.1, -0.2, 0.05)),
            material_base: 0,
            object_id: 1,
            class_id: 1,
        };
        let sky = Sky { light: SkyLight::Constant(Vec3::ONE), rotation_rad: 0.0, scale: 1.0, visible: true };
        let instances = vec![instance.clone(), instance];
        let scene = Scene { instances, materials: vec![], images: vec![], lights: vec![], sky, cameras: vec![] };
        buffers::build(&scene, 16, &Cache::new(1 << 20))
    }

    fn rays() -> Vec<[Ray; PACKET]> {
        let packet = |p: usize| {
            std::array::from_fn(|i| {
                let (x, y) = ((p % 32) as f32 / 16.0 - 1.0, (p / 32) as f32 / 16.0 - 1.0);
                let direction = vec3(x * 1.1 + i as f32 * 0.002, y * 1.1 - i as f32 * 0.003, -1.5);
                // Every other packet's rays start apart as behind a lens or in an orthographic view.
                let apart = (p % 2) as f32 * i as f32;
                let origin = vec3(0.03 + 0.004 * apart, 0.02 - 0.003 * apart, 1.7);
                Ray { origin, direction, t_min: 0.0, t_max: f32::MAX }
            })
        };
        (0..1024).map(packet).collect()
    }

    #[test]
    fn plain_loops_and_the_fastest_lanes_give_the_same_bits() {
        let scene = crumpled();
        let mut n_hits = 0;
        for packet in rays() {
            let expected = Packet { scene: &scene, rays: &packet }.run(Loops);
            assert_eq!(trace_packet(&scene, &packet), expected);
            for (ray, expected) in packet.iter().zip(&expected) {
                assert_eq!(Closest { scene: &scene, ray }.run(Loops).t.to_bits(), expected.t.to_bits());
                assert_eq!(trace_closest(&scene, ray), *expected);
                n_hits += usize::from(expected.is_hit());
            }
        }
        assert!((5_000..16_384).contains(&n_hits), "{n_hits}");
    }

    #[test]
    fn the_last_occluder_of_another_scene_changes_nothing() {
        let scene = crumpled();
        let (mut misses, mut hits) = (0, 0);
        for (i, ray) in rays().iter().flatten().enumerate().step_by(7) {
            let i = i as u32;
            let mut last = LastOccluder { instance_idx: i % 4, block_idx: i.wrapping_mul(7) % 300 };
            let expected = trace_closest(&scene, ray).is_hit();
            assert_eq!(trace_any(&scene, ray, &mut last), expected);
            if expected { hits += 1 } else { misses += 1 }
        }
        assert!(misses > 0 && hits > 0);
    }
}
