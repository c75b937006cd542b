//! A tree over the lights that stand somewhere: which of them a point picks hangs on where the point is. Knows no devices.
//!
//! Source: Conty Estevez, Kulla 2018, Importance Sampling of Many Lights with Adaptive Tree Splitting (bounds, cones and the
//! importance; here no splitting: one light a draw). Halved by count along the widest axis, so that no path is deeper than the
//! number of lamps has bits.

use super::layout::LightNode;
use crate::math::{Bounds, Vec3, vec3};
use bytemuck::Zeroable;

/// What the tree knows of a light, or of a run of lights that stand together.
#[derive(Clone, Copy, Debug)]
pub struct Lamp {
    pub bounds: Bounds,
    pub power: f64,
    /// 1/sr: what it sends towards where it is brightest, over its power.
    pub brightness: f64,
    /// Unit: the middle of all normals.
    pub axis: Vec3,
    /// Cosine of the largest angle between `axis` and a normal; −1: they look everywhere.
    pub cos_spread: f32,
    /// Cosine of the largest angle to its normal that a place shines at.
    pub cos_reach: f32,
    /// Its lights, counted from the first that is no sun.
    pub first: u32,
    pub count: u32,
}

/// Nodes, the root first (none without lamps), and each lamp's path from the root: bit k says which child is taken at depth k,
/// 1 the second; above the last one stands a 1.
pub fn build(lamps: &[Lamp]) -> (Vec<LightNode>, Vec<u32>) {
    let mut nodes = Vec::new();
    let mut paths = vec![1; lamps.len()];
    if lamps.is_empty() {
        return (nodes, paths);
    }
    let mut order: Vec<u32> = (0..lamps.len() as u32).collect();
    nodes.push(LightNode::zeroed());
    fill(lamps, &mut order, 0, (0, 1), &mut nodes, &mut paths);
    (nodes, paths)
}

/// Fills node `at`, whose path is `path.0` of the length that the 1 in `path.1` stands above.
fn fill(
    lamps: &[Lamp],
    order: &mut [u32],
    at: usize,
    (path, top): (u32, u32),
    nodes: &mut Vec<LightNode>,
    paths: &mut [u32],
) -> Lamp {
    if let [only] = order {
        let lamp = lamps[*only as usize];
        nodes[at] = node(&lamp, lamp.first, lamp.count);
        paths[*only as usize] = path | top;
        return lamp;
    }
    let center = |i: u32| lamps[i as usize].bounds.center().to_array();
    let centers = Bounds::of(order.iter().map(|&i| Vec3::from(center(i))));
    let size = centers.size().to_array();
    let axis = (0..3).fold(0, |widest, k| if size[k] > size[widest] { k } else { widest });
    order.sort_by(|&a, &b| center(a)[axis].total_cmp(&center(b)[axis]).then(a.cmp(&b)));
    let first = nodes.len();
    nodes.extend([LightNode::zeroed(); 2]);
    let (left, right) = order.split_at_mut(order.len() / 2);
    let a = fill(lamps, left, first, (path, top << 1), nodes, paths);
    let b = fill(lamps, right, first + 1, (path | top, top << 1), nodes, paths);
    let both = joined(&a, &b);
    nodes[at] = node(&both, first as u32, 0);
    both
}

fn node(lamp: &Lamp, first: u32, count: u32) -> LightNode {
    LightNode {
        min: lamp.bounds.min.to_array(),
        first,
        max: lamp.bounds.max.to_array(),
        count,
        axis: lamp.axis.to_array(),
        power: lamp.power as f32,
        cos_spread: lamp.cos_spread,
        cos_reach: lamp.cos_reach,
        pad: [0; 2],
    }
}

/// What holds both; of no lights of its own.
pub fn joined(a: &Lamp, b: &Lamp) -> Lamp {
    let (axis, cos_spread) = joined_cones(a, b);
    Lamp {
        bounds: a.bounds.union(b.bounds),
        power: a.power + b.power,
        brightness: (a.power * a.brightness + b.power * b.brightness) / (a.power + b.power),
        axis,
        cos_spread,
        cos_reach: if a.cos_reach < b.cos_reach { a.cos_reach } else { b.cos_reach },
        first: 0,
        count: 0,
    }
}

/// The smallest cone round both cones of normals, in f64.
fn joined_cones(a: &Lamp, b: &Lamp) -> (Vec3, f32) {
    let whole = (vec3(0.0, 0.0, 1.0), -1.0);
    let angle = |cosine: f64| libm::acos(libm::fmax(-1.0, libm::fmin(1.0, cosine)));
    let (spread_a, spread_b) = (angle(f64::from(a.cos_spread)), angle(f64::from(b.cos_spread)));
    let between = angle(f64::from(a.axis.dot(b.axis)));
    if between + spread_b <= spread_a {
        return (a.axis, a.cos_spread);
    }
    if between + spread_a <= spread_b {
        return (b.axis, b.cos_spread);
    }
    // A little more than the half, for what f32 rounds.
    let spread = (spread_a + between + spread_b) / 2.0 + 1e-4;
    let across = a.axis.cross(b.axis).cross(a.axis);
    if spread >= std::f64::consts::PI || across.length() < 1e-6 {
        return whole;
    }
    let (sine, cosine) = libm::sincos(spread - spread_a);
    let axis = (a.axis * cosine as f32 + across.normalize() * sine as f32).normalize();
    (axis, libm::cos(spread) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::det;

    fn lamps(n: u32) -> Vec<Lamp> {
        let unit = |i: u32| {
            (crate::hash::sha256(&i.to_be_bytes()).0[..4].iter().fold(0u32, |x, &b| x << 8 | u32::from(b)) >> 8) as f32
                / 16_777_216.0
        };
        (0..n)
            .map(|i| {
                let at = vec3(unit(7 * i), unit(7 * i + 1), unit(7 * i + 2)) * 10.0;
                let (s, c) = det::sin_cos(unit(7 * i + 3) * 6.0);
                Lamp {
                    bounds: Bounds { min: at, max: at + vec3(0.1, 0.1, 0.1) },
                    power: f64::from(unit(7 * i + 4)) + 0.1,
                    brightness: 0.25,
                    axis: vec3(s * 0.6, c * 0.6, 0.8),
                    cos_spread: if i % 3 == 0 { 1.0 } else { 0.9 },
                    cos_reach: 0.0,
                    first: i,
                    count: 1,
                }
            })
            .collect()
    }

    #[test]
    fn every_lamp_is_a_leaf_at_the_end_of_its_path() {
        for n in [1, 2, 3, 7, 100, 1000] {
            let lamps = lamps(n);
            let (nodes, paths) = build(&lamps);
            assert_eq!(nodes.len(), 2 * n as usize - 1);
            for (i, &path) in paths.iter().enumerate() {
                let (mut path, mut at) = (path, 0);
                while path > 1 {
                    assert_eq!(nodes[at].count, 0);
                    at = (nodes[at].first + (path & 1)) as usize;
                    path >>= 1;
                }
                assert_eq!((nodes[at].count, nodes[at].first), (1, i as u32), "of {n}");
            }
        }
    }

    #[test]
    fn a_node_holds_the_places_the_power_and_the_normals_of_its_lamps() {
        let lamps = lamps(500);
        let (nodes, _) = build(&lamps);
        let mut n_cones = 0;
        for node in &nodes {
            let mut below = vec![node];
            let mut leaves = Vec::new();
            while let Some(node) = below.pop() {
                if node.count == 1 {
                    leaves.push(lamps[node.first as usize]);
                } else {
                    below.extend([&nodes[node.first as usize], &nodes[node.first as usize + 1]]);
                }
            }
            let power: f64 = leaves.iter().map(|lamp| lamp.power).sum();
            assert!((f64::from(node.power) / power - 1.0).abs() < 1e-6);
            for lamp in &leaves {
                for k in 0..3 {
                    assert!(
                        lamp.bounds.min.to_array()[k] >= node.min[k] && lamp.bounds.max.to_array()[k] <= node.max[k]
                    );
                }
                let between = libm::acos(f64::from(Vec3::from(node.axis).dot(lamp.axis)).min(1.0));
                let held = libm::acos(f64::from(node.cos_spread));
                assert!(between + libm::acos(f64::from(lamp.cos_spread)) <= held + 1e-3, "{between} {held}");
            }
            n_cones += usize::from(leaves.len() > 1 && node.cos_spread > 0.0);
        }
        assert!(n_cones > 100, "{n_cones} cones are less than half of all directions");
    }
}
