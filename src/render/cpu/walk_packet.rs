//! Sixteen rays that go nearly the same way, from one place or several, through an eight-wide tree together: boxes are
//! tested against the beam around all of them, triangles against each. Knows no scenes.
//!
//! The beam's bounds come from the rays' own numbers by operations that round monotonely, so it meets every box that one
//! of its rays meets. Each ray is then computed as `triangle.rs` does, lane by lane.

use super::triangle::{BOX_PAD, TINY_DIRECTION};
use super::walk::{Hit, Ray};
use super::walk_lanes::{LANES, Lanes};
use super::walk_single::{Stack, key, take_lane};
use crate::buffers::layout::NONE;
use crate::buffers::wide::{LEAF, MAX_PLANE, TriangleBlock, WIDTH, WideNode, WideTree};
use crate::math::{Affine, Vec3, det};

/// Rays of a packet.
pub const PACKET: usize = 16;

/// Halves of a packet, a vector each.
const HALVES: usize = PACKET / LANES;

/// Past this width (of a beam of length 1) sixteen rays go faster alone.
const MAX_BEAM_WIDTH: f32 = 0.1;

type Lanes16 = [f32; PACKET];

/// A packet in world axes, a lane a ray.
pub struct Rays {
    origin: [Lanes16; 3],
    direction: [Lanes16; 3],
    t_min: Lanes16,
}

impl Rays {
    #[inline(always)]
    pub fn new(rays: &[Ray; PACKET]) -> Rays {
        let mut out = Rays { origin: [[0.0; PACKET]; 3], direction: [[0.0; PACKET]; 3], t_min: [0.0; PACKET] };
        for (i, ray) in rays.iter().enumerate() {
            let (origin, direction) = (ray.origin.to_array(), ray.direction.to_array());
            for axis in 0..3 {
                out.origin[axis][i] = origin[axis];
                out.direction[axis][i] = direction[axis];
            }
            out.t_min[i] = ray.t_min;
        }
        out
    }
}

/// What the rays have met so far: as [`Hit`], a lane a ray.
pub struct Hits {
    pub t: Lanes16,
    pub u: Lanes16,
    pub v: Lanes16,
    pub instance_idx: [u32; PACKET],
    pub triangle_idx: [u32; PACKET],
}

impl Hits {
    /// Nothing yet, up to each ray's `t_max`.
    #[inline(always)]
    pub fn new(rays: &[Ray; PACKET]) -> Hits {
        let mut t = [0.0; PACKET];
        for (t, ray) in t.iter_mut().zip(rays) {
            *t = ray.t_max;
        }
        Hits { t, u: [0.0; PACKET], v: [0.0; PACKET], instance_idx: [NONE; PACKET], triangle_idx: [NONE; PACKET] }
    }

    #[inline(always)]
    pub fn get(&self, i: usize) -> Hit {
        Hit {
            t: self.t[i],
            u: self.u[i],
            v: self.v[i],
            instance_idx: self.instance_idx[i],
            triangle_idx: self.triangle_idx[i],
        }
    }

    #[inline(always)]
    pub fn set(&mut self, i: usize, hit: &Hit) {
        self.t[i] = hit.t;
        self.u[i] = hit.u;
        self.v[i] = hit.v;
        self.instance_idx[i] = hit.instance_idx;
        self.triangle_idx[i] = hit.triangle_idx;
    }

    #[inline(always)]
    fn farthest(&self) -> f32 {
        fold(&self.t, det::max)
    }
}

#[inline(always)]
fn fold(values: &Lanes16, pick: impl Fn(f32, f32) -> f32) -> f32 {
    let mut eight: [f32; LANES] = [0.0; LANES];
    for (i, value) in eight.iter_mut().enumerate() {
        *value = pick(values[i], values[i + LANES]);
    }
    let four = [pick(eight[0], eight[4]), pick(eight[1], eight[5]), pick(eight[2], eight[6]), pick(eight[3], eight[7])];
    pick(pick(four[0], four[2]), pick(four[1], four[3]))
}

/// Eight of the rays, made ready as by `prepare_ray`.
#[derive(Clone, Copy)]
struct Half<L: Lanes> {
    origin: [L::Vector; 3],
    inverse: [L::Vector; 3],
    near: [L::Vector; 3],
    far: [L::Vector; 3],
    shear: [L::Vector; 3],
    t_min: L::Vector,
}

/// A packet in the axes of one tree, whose rays agree in their fastest axis and in all signs.
pub struct Beam<L: Lanes> {
    halves: [Half<L>; HALVES],
    /// Axes a, b, k.
    axes: [usize; 3],
    is_negative: [bool; 3],
    /// Bounds over the rays.
    near: [L::Vector; 3],
    far: [L::Vector; 3],
    inverse_low: [L::Vector; 3],
    inverse_high: [L::Vector; 3],
    t_min: L::Vector,
    near_plane: [usize; 3],
}

/// The packet as a beam, or `None` where its rays disagree too much.
#[inline(always)]
pub fn beam<L: Lanes>(l: L, rays: &Rays, object_from_world: &Affine, extent: f32) -> Option<Beam<L>> {
    let rows = &object_from_world.rows;
    let mut origin = [[l.splat(0.0); 3]; HALVES];
    let mut direction = origin;
    for h in 0..HALVES {
        let (p, d) = (load3(l, &rays.origin, h), load3(l, &rays.direction, h));
        for axis in 0..3 {
            let row = &rows[axis];
            let sum = transform(l, row, p);
            origin[h][axis] = l.add(sum, l.splat(row[3]));
            direction[h][axis] = transform(l, row, d);
        }
    }
    let zero = l.splat(0.0);
    let mut is_negative = [false; 3];
    for (axis, is_negative) in is_negative.iter_mut().enumerate() {
        *is_negative = agreement(l, l.lt(direction[0][axis], zero), l.lt(direction[1][axis], zero))?;
    }
    let size = [abs3(l, direction[0]), abs3(l, direction[1])];
    let [low, high] = &size;
    let is_x_low = l.and(l.le(low[1], low[0]), l.le(low[2], low[0]));
    let is_x_high = l.and(l.le(high[1], high[0]), l.le(high[2], high[0]));
    let axes = if agreement(l, is_x_low, is_x_high)? {
        [1, 2, 0]
    } else if agreement(l, l.le(low[2], low[1]), l.le(high[2], high[1]))? {
        [2, 0, 1]
    } else {
        [0, 1, 2]
    };
    let t_min = [load(l, &rays.t_min, 0), load(l, &rays.t_min, 1)];
    let halves = [
        prepare(l, origin[0], direction[0], size[0], axes, is_negative, extent, t_min[0]),
        prepare(l, origin[1], direction[1], size[1], axes, is_negative, extent, t_min[1]),
    ];
    for i in 0..2 {
        let (low, high) = bounds(l, halves[0].shear[i], halves[1].shear[i]);
        let is_narrow = high - low <= MAX_BEAM_WIDTH;
        if !is_narrow {
            return None;
        }
    }
    let mut beam = Beam {
        halves,
        axes,
        is_negative,
        near: [zero; 3],
        far: [zero; 3],
        inverse_low: [zero; 3],
        inverse_high: [zero; 3],
        t_min: l.splat(bounds(l, halves[0].t_min, halves[1].t_min).0),
        near_plane: [0; 3],
    };
    for (axis, &negative) in is_negative.iter().enumerate() {
        let (near_low, near_high) = bounds(l, halves[0].near[axis], halves[1].near[axis]);
        let (far_low, far_high) = bounds(l, halves[0].far[axis], halves[1].far[axis]);
        let (inverse_low, inverse_high) = bounds(l, halves[0].inverse[axis], halves[1].inverse[axis]);
        beam.near[axis] = l.splat(if negative { near_low } else { near_high });
        beam.far[axis] = l.splat(if negative { far_high } else { far_low });
        beam.inverse_low[axis] = l.splat(inverse_low);
        beam.inverse_high[axis] = l.splat(inverse_high);
        beam.near_plane[axis] = if negative { MAX_PLANE + axis } else { axis };
    }
    Some(beam)
}

/// What all lanes of both masks say, if they say the same.
#[inline(always)]
fn agreement<L: Lanes>(l: L, a: L::Mask, b: L::Mask) -> Option<bool> {
    match (l.bits(a), l.bits(b)) {
        (0, 0) => Some(false),
        (0xff, 0xff) => Some(true),
        _ => None,
    }
}

#[inline(always)]
fn load<L: Lanes>(l: L, values: &Lanes16, half: usize) -> L::Vector {
    let (low, high) = (values.first_chunk::<LANES>(), values.last_chunk::<LANES>());
    let (Some(low), Some(high)) = (low, high) else { unreachable!("sixteen is twice eight") };
    l.load(if half == 0 { low } else { high })
}

#[inline(always)]
fn load3<L: Lanes>(l: L, values: &[Lanes16; 3], half: usize) -> [L::Vector; 3] {
    [load(l, &values[0], half), load(l, &values[1], half), load(l, &values[2], half)]
}

#[inline(always)]
fn store<L: Lanes>(l: L, values: &mut Lanes16, half: usize, vector: L::Vector) {
    values[half * LANES..(half + 1) * LANES].copy_from_slice(&l.store(vector));
}

/// `Affine::vector`, one row of it.
#[inline(always)]
fn transform<L: Lanes>(l: L, row: &[f32; 4], v: [L::Vector; 3]) -> L::Vector {
    let xy = l.add(l.mul(l.splat(row[0]), v[0]), l.mul(l.splat(row[1]), v[1]));
    l.add(xy, l.mul(l.splat(row[2]), v[2]))
}

#[inline(always)]
fn abs3<L: Lanes>(l: L, v: [L::Vector; 3]) -> [L::Vector; 3] {
    let zero = l.splat(0.0);
    [l.max(v[0], l.sub(zero, v[0])), l.max(v[1], l.sub(zero, v[1])), l.max(v[2], l.sub(zero, v[2]))]
}

/// Least and greatest of sixteen lanes.
#[inline(always)]
fn bounds<L: Lanes>(l: L, a: L::Vector, b: L::Vector) -> (f32, f32) {
    let (low, high) = (l.store(l.min(a, b)), l.store(l.max(a, b)));
    let (mut least, mut greatest) = (low[0], high[0]);
    for i in 1..LANES {
        least = det::min(least, low[i]);
        greatest = det::max(greatest, high[i]);
    }
    (least, greatest)
}

/// `prepare_ray` for eight rays.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the parts of eight rays, all at hand")]
fn prepare<L: Lanes>(
    l: L,
    origin: [L::Vector; 3],
    direction: [L::Vector; 3],
    size: [L::Vector; 3],
    axes: [usize; 3],
    is_negative: [bool; 3],
    extent: f32,
    t_min: L::Vector,
) -> Half<L> {
    let one = l.splat(1.0);
    let inverse_k = l.div(one, direction[axes[2]]);
    let shear = [l.mul(direction[axes[0]], inverse_k), l.mul(direction[axes[1]], inverse_k), inverse_k];
    let places = abs3(l, origin);
    let largest = l.max(l.max(places[0], places[1]), places[2]);
    let pad = l.mul(l.add(largest, l.splat(extent)), l.splat(BOX_PAD));
    let mut half = Half { origin, inverse: origin, near: origin, far: origin, shear, t_min };
    for axis in 0..3 {
        let steepest = l.splat(if is_negative[axis] { -1.0 / TINY_DIRECTION } else { 1.0 / TINY_DIRECTION });
        let is_tame = l.le(l.splat(TINY_DIRECTION), size[axis]);
        half.inverse[axis] = l.select(is_tame, l.div(one, direction[axis]), steepest);
        let (plus, minus) = (l.add(origin[axis], pad), l.sub(origin[axis], pad));
        half.near[axis] = if is_negative[axis] { minus } else { plus };
        half.far[axis] = if is_negative[axis] { plus } else { minus };
    }
    half
}

impl<L: Lanes> Beam<L> {
    /// Where the beam may enter and leave eight boxes, given the planes that are met first and last.
    #[inline(always)]
    fn interval(&self, l: L, first: [L::Vector; 3], last: [L::Vector; 3]) -> (L::Vector, L::Vector) {
        let mut enter = self.t_min;
        let mut leave = l.splat(f32::MAX);
        for axis in 0..3 {
            let a = l.sub(first[axis], self.near[axis]);
            let entry = l.min(l.mul(a, self.inverse_low[axis]), l.mul(a, self.inverse_high[axis]));
            let b = l.sub(last[axis], self.far[axis]);
            let exit = l.max(l.mul(b, self.inverse_low[axis]), l.mul(b, self.inverse_high[axis]));
            enter = l.max(entry, enter);
            leave = l.min(exit, leave);
        }
        (enter, leave)
    }

    /// Entry distances, and the lanes that are met by `t_max`.
    #[inline(always)]
    pub fn meet(&self, l: L, node: &WideNode, t_max: f32) -> ([f32; WIDTH], u32) {
        let (mut first, mut last) = ([self.t_min; 3], [self.t_min; 3]);
        for axis in 0..3 {
            first[axis] = l.load(&node.planes[self.near_plane[axis] & 7]);
            last[axis] = l.load(&node.planes[(self.near_plane[axis] ^ MAX_PLANE) & 7]);
        }
        let (enter, leave) = self.interval(l, first, last);
        let mask = l.le(enter, l.min(leave, l.splat(t_max)));
        (l.store(enter), l.bits(mask))
    }

    /// The triangles of a block whose boxes are met by `t_max`.
    #[inline(always)]
    fn meet_block(&self, l: L, block: &TriangleBlock, t_max: f32) -> u32 {
        let (mut first, mut last) = ([self.t_min; 3], [self.t_min; 3]);
        let mut is_triangle = l.le(self.t_min, self.t_min);
        for axis in 0..3 {
            let v0 = l.load(&block.vertices[0][axis]);
            let v1 = l.load(&block.vertices[1][axis]);
            let v2 = l.load(&block.vertices[2][axis]);
            let low = l.min(l.min(v0, v1), v2);
            let high = l.max(l.max(v0, v1), v2);
            // False for the NaN of lanes without a triangle.
            is_triangle = l.le(low, high);
            first[axis] = if self.is_negative[axis] { high } else { low };
            last[axis] = if self.is_negative[axis] { low } else { high };
        }
        let (enter, leave) = self.interval(l, first, last);
        l.bits(l.and(is_triangle, l.le(enter, l.min(leave, l.splat(t_max)))))
    }
}

/// Shortens `hits` to what the rays meet in a tree that is instance `instance_idx`.
#[inline(always)]
pub fn walk_packet<L: Lanes>(l: L, tree: &WideTree, beam: &Beam<L>, instance_idx: u32, hits: &mut Hits) {
    let mut stack = Stack::new();
    let mut farthest = hits.farthest();
    let mut next = Some(0);
    while let Some(child) = next {
        if child & LEAF == 0 {
            push_children(l, beam, &tree.nodes[child as usize], farthest, &mut stack);
        } else {
            let block = &tree.blocks[(child & !LEAF) as usize];
            let mut mask = beam.meet_block(l, block, farthest);
            let mut found = false;
            while mask != 0 {
                found |= meet_triangle(l, beam, block, take_lane(&mut mask), instance_idx, hits);
            }
            if found {
                farthest = hits.farthest();
            }
        }
        next = stack.pop(farthest);
    }
}

/// Calls `leaf` with what the leaves of a small tree of boxes name; see `walk_packet`.
#[inline(always)]
pub fn walk_boxes_packet<L: Lanes>(
    l: L,
    nodes: &[WideNode],
    beam: &Beam<L>,
    hits: &mut Hits,
    mut leaf: impl FnMut(u32, &mut Hits),
) {
    let mut stack = Stack::new();
    let mut next = Some(0);
    while let Some(child) = next {
        if child & LEAF == 0 {
            push_children(l, beam, &nodes[child as usize], hits.farthest(), &mut stack);
        } else {
            leaf(child & !LEAF, hits);
        }
        next = stack.pop(hits.farthest());
    }
}

/// The children that the beam meets, the nearest on top.
#[inline(always)]
fn push_children<L: Lanes>(l: L, beam: &Beam<L>, node: &WideNode, farthest: f32, stack: &mut Stack) {
    let (entry, mut mask) = beam.meet(l, node, farthest);
    let base = stack.len;
    while mask != 0 {
        stack.insert(base, key(node, &entry, take_lane(&mut mask)));
    }
}

/// `intersect_triangle` for sixteen rays; says whether a hit came nearer.
#[inline(always)]
fn meet_triangle<L: Lanes>(
    l: L,
    beam: &Beam<L>,
    block: &TriangleBlock,
    lane: usize,
    instance_idx: u32,
    hits: &mut Hits,
) -> bool {
    let (v0, v1, v2) = (block.corner(0, lane), block.corner(1, lane), block.corner(2, lane));
    let triangle_idx = block.triangle_idx[lane];
    let mut found = false;
    for h in 0..HALVES {
        let half = &beam.halves[h];
        let (ax, ay, ak) = sheared(l, beam, half, v0);
        let (bx, by, bk) = sheared(l, beam, half, v1);
        let (cx, cy, ck) = sheared(l, beam, half, v2);
        let w0 = l.sub(l.mul(cx, by), l.mul(cy, bx));
        let w1 = l.sub(l.mul(ax, cy), l.mul(ay, cx));
        let w2 = l.sub(l.mul(bx, ay), l.mul(by, ax));
        let zero = l.splat(0.0);
        let positive = l.and(l.and(l.le(zero, w0), l.le(zero, w1)), l.le(zero, w2));
        let negative = l.and(l.and(l.le(w0, zero), l.le(w1, zero)), l.le(w2, zero));
        let inside = l.or(positive, negative);
        if l.bits(inside) == 0 {
            continue;
        }
        let sum = l.add(l.add(w0, w1), w2);
        let inverse_sum = l.div(l.splat(1.0), sum);
        let (az, bz, cz) = (l.mul(half.shear[2], ak), l.mul(half.shear[2], bk), l.mul(half.shear[2], ck));
        let scaled_t = l.add(l.add(l.mul(w0, az), l.mul(w1, bz)), l.mul(w2, cz));
        let t = l.mul(scaled_t, inverse_sum);
        let (entry, exit) = own_box(l, beam, half, v0.min(v1).min(v2), v0.max(v1).max(v2));
        let finite = l.and(l.le(l.splat(-f32::MAX), t), l.le(t, l.splat(f32::MAX)));
        let ahead = l.and(l.lt(zero, sum), l.le(zero, scaled_t));
        let ahead = l.or(ahead, l.and(l.lt(sum, zero), l.le(scaled_t, zero)));
        let passes = l.and(l.and(l.and(inside, ahead), finite), l.le(entry, exit));
        let t = l.min(l.max(t, entry), exit);
        let best = load(l, &hits.t, h);
        let passes = l.and(passes, l.le(half.t_min, t));
        let mut nearer = l.and(passes, l.lt(t, best));
        let ties = l.bits(l.and(passes, l.eq(t, best)));
        if ties != 0 {
            nearer = l.or(nearer, win_ties(l, hits, h, ties, (instance_idx, triangle_idx)));
        }
        let mut bits = l.bits(nearer);
        if bits == 0 {
            continue;
        }
        found = true;
        store(l, &mut hits.t, h, l.select(nearer, t, best));
        let u = l.select(nearer, l.mul(w1, inverse_sum), load(l, &hits.u, h));
        store(l, &mut hits.u, h, u);
        let v = l.select(nearer, l.mul(w2, inverse_sum), load(l, &hits.v, h));
        store(l, &mut hits.v, h, v);
        while bits != 0 {
            let i = h * LANES + (bits.trailing_zeros() as usize & (LANES - 1));
            bits &= bits - 1;
            hits.instance_idx[i] = instance_idx;
            hits.triangle_idx[i] = triangle_idx;
        }
    }
    found
}

/// The lanes of `ties` in which `id` is lower than what was hit.
#[inline(always)]
fn win_ties<L: Lanes>(l: L, hits: &Hits, half: usize, ties: u32, id: (u32, u32)) -> L::Mask {
    let mut wins = [0.0; LANES];
    for (i, win) in wins.iter_mut().enumerate() {
        let at = half * LANES + i;
        if ties >> i & 1 == 1 && id < (hits.instance_idx[at], hits.triangle_idx[at]) {
            *win = 1.0;
        }
    }
    l.lt(l.splat(0.0), l.load(&wins))
}

#[inline(always)]
fn sheared<L: Lanes>(l: L, beam: &Beam<L>, half: &Half<L>, corner: Vec3) -> (L::Vector, L::Vector, L::Vector) {
    let corner = corner.to_array();
    let [axis_a, axis_b, axis_k] = beam.axes;
    let k = l.sub(l.splat(corner[axis_k]), half.origin[axis_k]);
    let a = l.sub(l.splat(corner[axis_a]), half.origin[axis_a]);
    let b = l.sub(l.splat(corner[axis_b]), half.origin[axis_b]);
    (l.sub(a, l.mul(half.shear[0], k)), l.sub(b, l.mul(half.shear[1], k)), k)
}

/// `box_interval` for eight rays.
#[inline(always)]
fn own_box<L: Lanes>(l: L, beam: &Beam<L>, half: &Half<L>, lo: Vec3, hi: Vec3) -> (L::Vector, L::Vector) {
    let (lo, hi) = (lo.to_array(), hi.to_array());
    let (mut entry, mut exit) = ([half.t_min; 3], [half.t_min; 3]);
    for axis in 0..3 {
        let negative = beam.is_negative[axis];
        let first = l.splat(if negative { hi[axis] } else { lo[axis] });
        let last = l.splat(if negative { lo[axis] } else { hi[axis] });
        entry[axis] = l.mul(l.sub(first, half.near[axis]), half.inverse[axis]);
        exit[axis] = l.mul(l.sub(last, half.far[axis]), half.inverse[axis]);
    }
    (l.max(l.max(entry[0], entry[1]), entry[2]), l.min(l.min(exit[0], exit[1]), exit[2]))
}
