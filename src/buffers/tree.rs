//! Binary trees over boxes: obvhs's clustering builder, or halving where its tree would be too deep. Knows no triangles.

use super::layout::BinaryNode;
use crate::math::{Bounds, Vec3, det};
use obvhs::aabb::Aabb;
use obvhs::bvh2::Bvh2;
use obvhs::bvh2::leaf_collapser::collapse;
use obvhs::bvh2::reinsertion::ReinsertionOptimizer;
use obvhs::ploc::{PlocBuilder, PlocSearchDistance, SortPrecision};

/// No leaf lies deeper: a walk's stack needs one entry a level.
pub const MAX_TREE_DEPTH: u32 = 64;

/// Past this coordinate the areas that the builder compares leave f32.
const MAX_CLUSTERED_EXTENT: f32 = 1.0e15;

/// Share of the nodes that are moved to better places, in each of the builder's rounds. Above this, trees take longer to
/// build than walks get faster.
const REINSERTED: f32 = 0.05;

/// How eagerly leaves are joined: the cost of a step of the walk in triangle tests.
const LEAF_JOIN_COST: f32 = 2.0;

/// A tree and the order that its leaves name things in.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Node 0 is the root. Empty without boxes.
    pub nodes: Vec<BinaryNode>,
    pub order: Vec<u32>,
}

struct Boxed(Bounds);

impl obvhs::Boundable for Boxed {
    fn aabb(&self) -> Aabb {
        Aabb { min: self.0.min.to_array().into(), max: self.0.max.to_array().into() }
    }
}

/// A tree with one box a leaf.
pub fn build(boxes: &[Bounds]) -> Tree {
    let extent = boxes.iter().fold(0.0, |extent, b| det::max(extent, extent_of(b)));
    if boxes.len() < 2 || extent > MAX_CLUSTERED_EXTENT {
        return build_by_halving(boxes);
    }
    let boxed: Vec<Boxed> = boxes.iter().map(|b| Boxed(*b)).collect();
    let indices = (0..boxes.len() as u32).collect();
    let mut bvh = PlocBuilder::with_capacity(boxes.len()).build(
        PlocSearchDistance::Medium,
        &boxed,
        indices,
        SortPrecision::U64,
        3,
    );
    ReinsertionOptimizer::default().run(&mut bvh, REINSERTED, None);
    let tree = Tree { nodes: bvh.nodes.iter().map(node_of).collect(), order: bvh.primitive_indices };
    if depth(&tree.nodes) > MAX_TREE_DEPTH { build_by_halving(boxes) } else { tree }
}

/// The same tree with leaves joined up to `max_leaf` boxes where that is cheaper to walk.
pub fn join_leaves(tree: &Tree, max_leaf: u32) -> Tree {
    let mut bvh = Bvh2 {
        nodes: tree
            .nodes
            .iter()
            .map(|n| obvhs::bvh2::node::Bvh2Node::new(Aabb { min: n.min.into(), max: n.max.into() }, n.count, n.first))
            .collect(),
        primitive_indices: tree.order.clone(),
        ..Bvh2::default()
    };
    collapse(&mut bvh, max_leaf, LEAF_JOIN_COST);
    Tree { nodes: bvh.nodes.iter().map(node_of).collect(), order: bvh.primitive_indices }
}

fn node_of(node: &obvhs::bvh2::node::Bvh2Node) -> BinaryNode {
    BinaryNode {
        min: node.aabb().min.into(),
        first: node.first_index,
        max: node.aabb().max.into(),
        count: node.prim_count,
    }
}

/// The largest |coordinate| of a box.
pub fn extent_of(b: &Bounds) -> f32 {
    let largest = |v: Vec3| det::max(det::max(det::abs(v.x), det::abs(v.y)), det::abs(v.z));
    det::max(largest(b.min), largest(b.max))
}

fn depth(nodes: &[BinaryNode]) -> u32 {
    let mut deepest = 0;
    let mut pending = vec![(0u32, 1u32)];
    while let Some((idx, level)) = pending.pop() {
        let node = &nodes[idx as usize];
        deepest = deepest.max(level);
        if node.count == 0 {
            pending.extend([(node.first, level + 1), (node.first + 1, level + 1)]);
        }
    }
    deepest
}

/// Halves by number along the widest axis: as deep as log₂ of the number of boxes, whatever they are.
pub fn build_by_halving(boxes: &[Bounds]) -> Tree {
    let mut order: Vec<u32> = (0..boxes.len() as u32).collect();
    if boxes.is_empty() {
        return Tree::default();
    }
    let bounds_of = |range: &[u32]| range.iter().fold(Bounds::EMPTY, |b, &i| b.union(boxes[i as usize]));
    let mut nodes = vec![node_around(bounds_of(&order))];
    let mut pending = vec![(0usize, 0usize, boxes.len())];
    while let Some((node_idx, begin, end)) = pending.pop() {
        if end - begin == 1 {
            nodes[node_idx].first = begin as u32;
            nodes[node_idx].count = 1;
            continue;
        }
        let centers = Bounds::of(order[begin..end].iter().map(|&i| boxes[i as usize].center()));
        let size = centers.size();
        let axis = if size.x >= size.y && size.x >= size.z { 0 } else { 1 + usize::from(size.z > size.y) };
        let middle = (begin + end) / 2;
        order[begin..end].select_nth_unstable_by(middle - begin, |&a, &b| {
            let key = |i: u32| boxes[i as usize].center().to_array()[axis];
            key(a).total_cmp(&key(b)).then(a.cmp(&b))
        });
        let first = nodes.len();
        nodes[node_idx].first = first as u32;
        nodes.push(node_around(bounds_of(&order[begin..middle])));
        nodes.push(node_around(bounds_of(&order[middle..end])));
        pending.extend([(first, begin, middle), (first + 1, middle, end)]);
    }
    Tree { nodes, order }
}

fn node_around(bounds: Bounds) -> BinaryNode {
    BinaryNode { min: bounds.min.to_array(), first: 0, max: bounds.max.to_array(), count: 0 }
}
