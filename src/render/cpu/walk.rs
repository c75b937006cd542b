//! What a ray meets first, or whether it meets anything. Knows no materials. The hit is specified, not the walk:
//! see `triangle.rs`.

use super::triangle::{PreparedRay, box_interval, intersect_triangle, prepare_ray};
use crate::buffers::layout::NONE;
use crate::buffers::wide::{LEAF, WIDTH, WideNode};
use crate::buffers::{MeshBuffers, SceneBuffers};
use crate::math::{Vec3, det};

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
    let mut best = Hit { t: ray.t_max, ..MISS };
    let prepared = prepare_ray(ray.origin, ray.direction, scene.extent);
    visit(&scene.wide_top, &prepared, ray.t_min, &mut best, &mut |instance_idx, best| {
        closest_in_instance(scene, ray, instance_idx, best);
    });
    if best.is_hit() { best } else { MISS }
}

/// Sixteen closest hits; fastest for rays that go nearly the same way.
pub fn trace_packet(scene: &SceneBuffers, rays: &[Ray; 16]) -> [Hit; 16] {
    rays.map(|ray| trace_closest(scene, &ray))
}

/// Whether [`trace_closest`] would hit.
pub fn trace_any(scene: &SceneBuffers, ray: &Ray, last: &mut LastOccluder) -> bool {
    if last.instance_idx as usize >= scene.instances.len() {
        *last = LastOccluder::new();
    }
    let hit = trace_closest(scene, ray);
    if hit.is_hit() {
        *last = LastOccluder { instance_idx: hit.instance_idx, triangle_idx: hit.triangle_idx };
    }
    hit.is_hit()
}

fn closest_in_instance(scene: &SceneBuffers, ray: &Ray, instance_idx: u32, best: &mut Hit) {
    let instance = &scene.instances[instance_idx as usize];
    let mesh: &MeshBuffers = &scene.meshes[instance.mesh_idx as usize];
    let origin = instance.object_from_world.point(ray.origin);
    let direction = instance.object_from_world.vector(ray.direction);
    let prepared = prepare_ray(origin, direction, mesh.extent);
    visit(&mesh.wide.nodes, &prepared, ray.t_min, best, &mut |block_idx, best| {
        for triangle_idx in mesh.wide.blocks[block_idx as usize].triangle_idx {
            if triangle_idx == NONE {
                break;
            }
            let [a, b, c] = mesh.corners(triangle_idx);
            let hit = intersect_triangle(&prepared, a, b, c);
            let closer = hit.t < best.t
                || hit.t == best.t && (instance_idx, triangle_idx) < (best.instance_idx, best.triangle_idx);
            if hit.hit && hit.t >= ray.t_min && closer {
                *best = Hit { t: hit.t, u: hit.u, v: hit.v, instance_idx, triangle_idx };
            }
        }
    });
}

fn visit(nodes: &[WideNode], ray: &PreparedRay, t_min: f32, best: &mut Hit, leaf: &mut impl FnMut(u32, &mut Hit)) {
    let mut pending = if nodes.is_empty() { vec![] } else { vec![0u32] };
    while let Some(idx) = pending.pop() {
        let node = &nodes[idx as usize];
        for lane in 0..WIDTH {
            let p = |plane: usize| node.planes[plane][lane];
            let (entry, exit) = box_interval(ray, Vec3::new(p(0), p(1), p(2)), Vec3::new(p(3), p(4), p(5)));
            if det::max(entry, t_min) <= det::min(exit, best.t) {
                let child = node.children[lane];
                if child & LEAF == 0 {
                    pending.push(child);
                } else {
                    leaf(child & !LEAF, best);
                }
            }
        }
    }
}
