//! One ray through an eight-wide tree, nearest children first. Knows no scenes: the caller brings the ray to the tree.

use super::triangle::{PreparedRay, TriangleHit, finish_triangle};
use super::walk::{Hit, Ray};
use super::walk_lanes::Lanes;

use crate::buffers::wide::{LEAF, MAX_PLANE, MAX_WIDE_DEPTH, TriangleBlock, WIDTH, WideNode, WideTree};
use crate::math::Vec3;

/// A node leaves at most seven of its children on the stack. A power of two, so that a mask bounds the index.
const STACK: usize = 128;
const _: () = assert!(MAX_WIDE_DEPTH as usize * (WIDTH - 1) < STACK);

/// The nodes that are still to visit: entry distance in the upper half, child in the lower. Distances are not negative,
/// so that whole numbers compare as they do.
pub(super) struct Stack {
    entries: [u64; STACK],
    pub(super) len: usize,
}

impl Stack {
    #[inline(always)]
    pub(super) fn new() -> Stack {
        Stack { entries: [0; STACK], len: 0 }
    }

    #[inline(always)]
    fn push(&mut self, entry: u64) {
        self.entries[self.len & (STACK - 1)] = entry;
        self.len += 1;
    }

    /// Keeps the entries from `base` on in descending order.
    #[inline(always)]
    pub(super) fn insert(&mut self, base: usize, entry: u64) {
        let mut at = self.len;
        while at > base && self.entries[(at - 1) & (STACK - 1)] < entry {
            self.entries[at & (STACK - 1)] = self.entries[(at - 1) & (STACK - 1)];
            at -= 1;
        }
        self.entries[at & (STACK - 1)] = entry;
        self.len += 1;
    }

    /// The next child that a ray limited to `t_max` has to visit.
    #[inline(always)]
    pub(super) fn pop(&mut self, t_max: f32) -> Option<u32> {
        while self.len > 0 {
            self.len -= 1;
            let entry = self.entries[self.len & (STACK - 1)];
            if f32::from_bits((entry >> 32) as u32) <= t_max {
                return Some(entry as u32);
            }
        }
        None
    }
}

/// The lowest lane of a mask, which loses it.
#[inline(always)]
pub(super) fn take_lane(mask: &mut u32) -> usize {
    let lane = mask.trailing_zeros() as usize & (WIDTH - 1);
    *mask &= *mask - 1;
    lane
}

/// What goes onto the stack for a child.
#[inline(always)]
pub(super) fn key(node: &WideNode, entry: &[f32; WIDTH], lane: usize) -> u64 {
    u64::from(entry[lane].to_bits()) << 32 | u64::from(node.child(lane))
}

/// A ray in vectors, for boxes.
struct BoxRay<L: Lanes> {
    near: [L::Vector; 3],
    far: [L::Vector; 3],
    inverse: [L::Vector; 3],
    t_min: L::Vector,
    /// Which planes of a node are met first.
    near_plane: [usize; 3],
}

impl<L: Lanes> BoxRay<L> {
    #[inline(always)]
    fn new(l: L, ray: &PreparedRay, t_min: f32) -> BoxRay<L> {
        let plane = |axis: usize, inverse: f32| if inverse < 0.0 { MAX_PLANE + axis } else { axis };
        BoxRay {
            near: splat3(l, ray.origin_near),
            far: splat3(l, ray.origin_far),
            inverse: splat3(l, ray.inverse),
            t_min: l.splat(t_min),
            near_plane: [plane(0, ray.inverse.x), plane(1, ray.inverse.y), plane(2, ray.inverse.z)],
        }
    }

    /// Entry distances, and the lanes that are met by `t_max`.
    #[inline(always)]
    fn meet(&self, l: L, node: &WideNode, t_max: f32) -> ([f32; WIDTH], u32) {
        let enter_xy = l.max(self.entry(l, node, 0), self.entry(l, node, 1));
        let leave_xy = l.min(self.exit(l, node, 0), self.exit(l, node, 1));
        let enter = l.max(enter_xy, l.max(self.entry(l, node, 2), self.t_min));
        let leave = l.min(leave_xy, l.min(self.exit(l, node, 2), l.splat(t_max)));
        (l.store(enter), l.bits(l.le(enter, leave)))
    }

    /// The nearest child that is met, or what was left before; the other children go onto the stack, nearest on top.
    #[inline(always)]
    fn descend(&self, l: L, node: &WideNode, t_max: f32, stack: &mut Stack) -> Option<u32> {
        let (entry, mut mask) = self.meet(l, node, t_max);
        if mask == 0 {
            return stack.pop(t_max);
        }
        let first = key(node, &entry, take_lane(&mut mask));
        if mask == 0 {
            return Some(first as u32);
        }
        let second = key(node, &entry, take_lane(&mut mask));
        let (near, far) = if first < second { (first, second) } else { (second, first) };
        let base = stack.len;
        stack.push(far);
        if mask == 0 {
            return Some(near as u32);
        }
        stack.push(near);
        while mask != 0 {
            stack.insert(base, key(node, &entry, take_lane(&mut mask)));
        }
        stack.len -= 1;
        Some(stack.entries[stack.len & (STACK - 1)] as u32)
    }

    #[inline(always)]
    fn entry(&self, l: L, node: &WideNode, axis: usize) -> L::Vector {
        let plane = l.load(&node.planes[self.near_plane[axis] & 7]);
        l.mul(l.sub(plane, self.near[axis]), self.inverse[axis])
    }

    #[inline(always)]
    fn exit(&self, l: L, node: &WideNode, axis: usize) -> L::Vector {
        let plane = l.load(&node.planes[(self.near_plane[axis] ^ MAX_PLANE) & 7]);
        l.mul(l.sub(plane, self.far[axis]), self.inverse[axis])
    }
}

// Closures that compute with vectors, and `map` of arrays, are not inlined into code for another instruction set.

#[inline(always)]
fn splat3<L: Lanes>(l: L, v: Vec3) -> [L::Vector; 3] {
    [l.splat(v.x), l.splat(v.y), l.splat(v.z)]
}

/// x of p times y of q, less y of p times x of q.
#[inline(always)]
fn cross<L: Lanes>(l: L, p: (L::Vector, L::Vector), q: (L::Vector, L::Vector)) -> L::Vector {
    l.sub(l.mul(p.0, q.1), l.mul(p.1, q.0))
}

/// Shortens `best` to what the ray meets in a tree that is instance `instance_idx`.
#[inline(always)]
pub fn walk_closest<L: Lanes>(l: L, tree: &WideTree, ray: &PreparedRay, t_min: f32, instance_idx: u32, best: &mut Hit) {
    let boxes = BoxRay::new(l, ray, t_min);
    let triangles = TriangleRay::new(l, ray, t_min);
    let mut stack = Stack::new();
    let mut next = Some(0);
    while let Some(child) = next {
        if child & LEAF == 0 {
            next = boxes.descend(l, &tree.nodes[child as usize], best.t, &mut stack);
        } else {
            triangles.shorten(l, &tree.blocks[(child & !LEAF) as usize], instance_idx, best);
            next = stack.pop(best.t);
        }
    }
}

/// The block of triangles that the ray meets first found, not nearest. `guess`: the block to try first, or none of them.
#[inline(always)]
pub fn walk_any<L: Lanes>(l: L, tree: &WideTree, ray: &PreparedRay, limits: &Ray, guess: u32) -> Option<u32> {
    let triangles = TriangleRay::new(l, ray, limits.t_min);
    if let Some(block) = tree.blocks.get(guess as usize)
        && triangles.meets(l, block, limits.t_max)
    {
        return Some(guess);
    }
    let boxes = BoxRay::new(l, ray, limits.t_min);
    let mut stack = Stack::new();
    let mut next = Some(0);
    while let Some(child) = next {
        if child & LEAF == 0 {
            next = boxes.descend(l, &tree.nodes[child as usize], limits.t_max, &mut stack);
        } else {
            let block_idx = child & !LEAF;
            if triangles.meets(l, &tree.blocks[block_idx as usize], limits.t_max) {
                return Some(block_idx);
            }
            next = stack.pop(limits.t_max);
        }
    }
    None
}

/// A ray in vectors, for triangles.
struct TriangleRay<'a, L: Lanes> {
    ray: &'a PreparedRay,
    t_min: f32,
    /// Axes a, b, k.
    axes: [usize; 3],
    origin: [L::Vector; 3],
    shear_a: L::Vector,
    shear_b: L::Vector,
    zero: L::Vector,
}

impl<'a, L: Lanes> TriangleRay<'a, L> {
    #[inline(always)]
    fn new(l: L, ray: &'a PreparedRay, t_min: f32) -> TriangleRay<'a, L> {
        let axes = match ray.axis {
            0 => [1, 2, 0],
            1 => [2, 0, 1],
            _ => [0, 1, 2],
        };
        let origin = ray.origin.to_array();
        TriangleRay {
            ray,
            t_min,
            axes,
            origin: [l.splat(origin[axes[0]]), l.splat(origin[axes[1]]), l.splat(origin[axes[2]])],
            shear_a: l.splat(ray.shear.x),
            shear_b: l.splat(ray.shear.y),
            zero: l.splat(0.0),
        }
    }

    /// Shortens `best` to the block's nearest hit.
    #[inline(always)]
    fn shorten(&self, l: L, block: &TriangleBlock, instance_idx: u32, best: &mut Hit) {
        let (w, mut mask) = self.edges(l, block);
        while mask != 0 {
            let lane = take_lane(&mut mask);
            let hit = self.finish(l, &w, block, lane);
            let triangle_idx = block.triangle_idx[lane];
            let is_closer = hit.t < best.t
                || hit.t == best.t && (instance_idx, triangle_idx) < (best.instance_idx, best.triangle_idx);
            if hit.hit && hit.t >= self.t_min && is_closer {
                *best = Hit { t: hit.t, u: hit.u, v: hit.v, instance_idx, triangle_idx };
            }
        }
    }

    /// Whether the ray meets any triangle of the block.
    #[inline(always)]
    fn meets(&self, l: L, block: &TriangleBlock, t_max: f32) -> bool {
        let (w, mut mask) = self.edges(l, block);
        while mask != 0 {
            let hit = self.finish(l, &w, block, take_lane(&mut mask));
            if hit.hit && hit.t >= self.t_min && hit.t <= t_max {
                return true;
            }
        }
        false
    }

    /// Edge functions of eight triangles, and the lanes where they agree in sign.
    #[inline(always)]
    fn edges(&self, l: L, block: &TriangleBlock) -> ([L::Vector; 3], u32) {
        let a = self.sheared(l, &block.vertices[0]);
        let b = self.sheared(l, &block.vertices[1]);
        let c = self.sheared(l, &block.vertices[2]);
        let (w0, w1, w2) = (cross(l, c, b), cross(l, a, c), cross(l, b, a));
        let zero = self.zero;
        let positive = l.and(l.and(l.le(zero, w0), l.le(zero, w1)), l.le(zero, w2));
        let negative = l.and(l.and(l.le(w0, zero), l.le(w1, zero)), l.le(w2, zero));
        ([w0, w1, w2], l.bits(l.or(positive, negative)))
    }

    #[inline(always)]
    fn finish(&self, l: L, w: &[L::Vector; 3], block: &TriangleBlock, lane: usize) -> TriangleHit {
        let w = [l.store(w[0])[lane], l.store(w[1])[lane], l.store(w[2])[lane]];
        finish_triangle(self.ray, w, block.corner(0, lane), block.corner(1, lane), block.corner(2, lane))
    }

    /// A corner of eight triangles, as seen along the ray.
    #[inline(always)]
    fn sheared(&self, l: L, corner: &[[f32; WIDTH]; 3]) -> (L::Vector, L::Vector) {
        let a = l.sub(l.load(&corner[self.axes[0]]), self.origin[0]);
        let b = l.sub(l.load(&corner[self.axes[1]]), self.origin[1]);
        let k = l.sub(l.load(&corner[self.axes[2]]), self.origin[2]);
        (l.sub(a, l.mul(self.shear_a, k)), l.sub(b, l.mul(self.shear_b, k)))
    }
}

/// Calls `leaf` with what the leaves of a tree of boxes name, nearest first, until it says that it is enough.
#[inline(always)]
pub fn walk_boxes<L: Lanes>(
    l: L,
    nodes: &[WideNode],
    ray: &PreparedRay,
    t_min: f32,
    best: &mut Hit,
    mut leaf: impl FnMut(u32, &mut Hit) -> bool,
) {
    let boxes = BoxRay::new(l, ray, t_min);
    let mut stack = Stack::new();
    let mut next = Some(0);
    while let Some(child) = next {
        if child & LEAF == 0 {
            next = boxes.descend(l, &nodes[child as usize], best.t, &mut stack);
        } else {
            if leaf(child & !LEAF, best) {
                return;
            }
            next = stack.pop(best.t);
        }
    }
}
