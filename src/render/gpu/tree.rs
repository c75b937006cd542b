//! Two-wide trees as the shader walks them. Twin of the reading: shaders/walk.wgsl. Knows no meshes and no device.
//!
//! A node takes two vec4s: its box's low corner and its reference, its high corner and nothing. A reference is what a
//! walk needs to go into the node: the number of entries (0: an inner node) above the first entry or child.

use crate::buffers::layout::BinaryNode;
use crate::math::Bounds;

/// What the shader's stack of a mesh's tree holds. Twin: `MESH_STACK` of shaders/walk.wgsl.
pub const MESH_STACK: usize = 48;
/// What the shader's stack of the top-level tree holds. Twin: `TOP_STACK`.
pub const TOP_STACK: usize = 32;
/// Twin: `REF_COUNT_SHIFT`.
pub const REF_COUNT_SHIFT: u32 = 28;
/// Twin: `REF_FIRST_MASK`.
pub const REF_FIRST_MASK: u32 = (1 << REF_COUNT_SHIFT) - 1;

/// Entries in a leaf of a tree that is built here.
const LEAF_ENTRIES: usize = 4;

/// A tree whose leaves name entries of `order`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Two vec4s a node.
    pub words: Vec<[u32; 4]>,
    pub order: Vec<u32>,
    /// Reference of the root.
    pub root: u32,
}

/// The tree as it is, if it fits the shader's stack and references; else another one over the same entries.
///
/// The hit does not depend on the tree.
pub fn encode(nodes: &[BinaryNode], order: &[u32], stack: usize) -> Tree {
    if nodes.is_empty() || order.is_empty() {
        return empty();
    }
    let rebuilt = if is_walkable(nodes, stack) { None } else { Some(balanced(&leaf_bounds(nodes, order.len()))) };
    let nodes = rebuilt.as_deref().unwrap_or(nodes);
    Tree { words: nodes.iter().flat_map(node_words).collect(), order: order.to_vec(), root: reference(&nodes[0]) }
}

/// A tree that no ray goes into: an inner root with two boxes that are empty.
fn empty() -> Tree {
    let lo = [f32::MAX.to_bits(); 3];
    let hi = [(-f32::MAX).to_bits(); 3];
    let words = [[lo[0], lo[1], lo[2], 0], [hi[0], hi[1], hi[2], 0]];
    Tree { words: words.repeat(2), order: Vec::new(), root: 0 }
}

fn reference(node: &BinaryNode) -> u32 {
    (node.count << REF_COUNT_SHIFT) | node.first
}

fn node_words(node: &BinaryNode) -> [[u32; 4]; 2] {
    let [a, b, c] = node.min.map(f32::to_bits);
    let [d, e, f] = node.max.map(f32::to_bits);
    [[a, b, c, reference(node)], [d, e, f, 0]]
}

/// Whether references hold, and the walk's stack: it grows by one a level at most.
fn is_walkable(nodes: &[BinaryNode], stack: usize) -> bool {
    let mut todo = vec![(0_usize, 0_usize)];
    let mut visited = 0;
    while let Some((idx, depth)) = todo.pop() {
        let Some(node) = nodes.get(idx) else { return false };
        visited += 1;
        if depth > stack
            || visited > nodes.len()
            || node.count >= 1 << (32 - REF_COUNT_SHIFT)
            || node.first >> REF_COUNT_SHIFT != 0
        {
            return false;
        }
        if node.count == 0 {
            todo.extend([(node.first as usize, depth + 1), (node.first as usize + 1, depth + 1)]);
        }
    }
    true
}

/// For each place in the order a box that holds its entry: the leaf's.
fn leaf_bounds(nodes: &[BinaryNode], n_entries: usize) -> Vec<Bounds> {
    let mut bounds = vec![Bounds::EMPTY; n_entries];
    for node in nodes.iter().filter(|node| node.count > 0) {
        let range = node.first as usize..node.first as usize + node.count as usize;
        for entry in bounds.get_mut(range).into_iter().flatten() {
            *entry = Bounds { min: node.min.into(), max: node.max.into() };
        }
    }
    bounds
}

/// Halves the order, whatever lies where: log2 deep.
fn balanced(entries: &[Bounds]) -> Vec<BinaryNode> {
    let blank = BinaryNode { min: [0.0; 3], first: 0, max: [0.0; 3], count: 0 };
    let mut nodes = vec![blank];
    let mut todo = vec![(0, 0..entries.len())];
    while let Some((idx, range)) = todo.pop() {
        let bounds = entries[range.clone()].iter().fold(Bounds::EMPTY, |all, &entry| all.union(entry));
        let (first, count) = if range.len() <= LEAF_ENTRIES {
            (range.start, range.len())
        } else {
            let middle = range.start + range.len() / 2;
            let children = nodes.len();
            nodes.extend([blank, blank]);
            todo.extend([(children, range.start..middle), (children + 1, middle..range.end)]);
            (children, 0)
        };
        let (min, max) = (bounds.min.to_array(), bounds.max.to_array());
        nodes[idx] = BinaryNode { min, first: first as u32, max, count: count as u32 };
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    /// A chain: each inner node has one leaf and the rest.
    fn chain(length: u32) -> Vec<BinaryNode> {
        let node = |first, count| BinaryNode { min: [0.0; 3], first, max: [length as f32; 3], count };
        let mut nodes = vec![node(1, 0)];
        for i in 0..length - 1 {
            let next = nodes.len() as u32 + 2;
            nodes.push(node(i, 1));
            nodes.push(if i == length - 2 { node(length - 1, 1) } else { node(next, 0) });
        }
        nodes
    }

    #[test]
    fn a_shallow_tree_is_taken_as_it_is() {
        let nodes = chain(5);
        let tree = encode(&nodes, &[4, 3, 2, 1, 0], MESH_STACK);
        assert_eq!(tree.words.len(), 2 * nodes.len());
        assert_eq!((tree.root, tree.words[2][3]), (1, 1 << REF_COUNT_SHIFT));
        assert_eq!(tree.order, [4, 3, 2, 1, 0]);
    }

    #[test]
    fn a_tree_deeper_than_the_stack_is_built_anew_and_keeps_every_entry() {
        let order: Vec<u32> = (0..100).collect();
        let tree = encode(&chain(100), &order, MESH_STACK);
        let (mut seen, mut todo) = (vec![0; 100], vec![(tree.root, 0)]);
        while let Some((node, depth)) = todo.pop() {
            assert!(depth <= MESH_STACK);
            let (count, first) = (node >> REF_COUNT_SHIFT, node & REF_FIRST_MASK);
            if count == 0 {
                todo.extend([0, 2].map(|k| (tree.words[2 * first as usize + k][3], depth + 1)));
            }
            (first..first + count).for_each(|i| seen[i as usize] += 1);
        }
        assert!(seen.iter().all(|&n| n == 1), "{seen:?}");
    }

    #[test]
    fn no_entries_make_a_tree_of_empty_boxes() {
        let tree = encode(&[], &[], TOP_STACK);
        assert_eq!((tree.words.len(), tree.root), (4, 0));
        assert!(f32::from_bits(tree.words[0][0]) > f32::from_bits(tree.words[1][0]));
    }
}
