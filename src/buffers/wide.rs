//! Trees of eight children a node, for the CPU: collapsed from a binary tree at least cost. Knows no rays.

use super::layout::BinaryNode;
use super::tree::Tree;
use crate::math::Vec3;

/// Lanes of a node and of a block of triangles.
pub const WIDTH: usize = 8;

/// Set in a child that is a leaf; the other bits are the index of its block (or, in the top-level tree, of its instance).
pub const LEAF: u32 = 0x8000_0000;

/// Deepest tree that the walks' stacks hold.
pub const MAX_WIDE_DEPTH: u32 = 16;

/// Costs of the two steps of a walk, relative to each other.
const NODE_COST: f32 = 1.0;
const BLOCK_COST: f32 = 1.0;

/// Eight boxes. Slots without a child have boxes that no ray meets. Four cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct WideNode {
    /// A lane a child: min x, y, z; the bits of the child; max x, y, z; nothing. The index of a plane is so a few bits:
    /// [`MAX_PLANE`] and the axis.
    pub planes: [[f32; WIDTH]; 8],
}

/// Where the planes of the boxes' upper sides begin.
pub const MAX_PLANE: usize = 4;
const CHILD_PLANE: usize = 3;

const EMPTY_NODE: WideNode = WideNode {
    planes: [
        [f32::MAX; 8],
        [f32::MAX; 8],
        [f32::MAX; 8],
        [0.0; 8],
        [-f32::MAX; 8],
        [-f32::MAX; 8],
        [-f32::MAX; 8],
        [0.0; 8],
    ],
};

impl WideNode {
    /// Index of a node, or [`LEAF`] and what the leaf names.
    #[inline(always)]
    pub fn child(&self, lane: usize) -> u32 {
        self.planes[CHILD_PLANE][lane & (WIDTH - 1)].to_bits()
    }

    fn set_box(&mut self, lane: usize, source: &BinaryNode) {
        for axis in 0..3 {
            self.planes[axis][lane] = source.min[axis];
            self.planes[MAX_PLANE + axis][lane] = source.max[axis];
        }
    }

    /// The lanes that have a child.
    pub fn children(&self) -> impl Iterator<Item = u32> {
        (0..WIDTH).filter(|&lane| self.planes[0][lane] <= self.planes[MAX_PLANE][lane]).map(|lane| self.child(lane))
    }
}

/// Up to eight triangles. Lanes without one are NaN, which no comparison accepts.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub struct TriangleBlock {
    /// Vertex, axis, lane.
    pub vertices: [[[f32; WIDTH]; 3]; 3],
    /// Ascending.
    pub triangle_idx: [u32; WIDTH],
}

impl TriangleBlock {
    #[inline(always)]
    pub fn corner(&self, corner: usize, lane: usize) -> Vec3 {
        let v = &self.vertices[corner];
        Vec3::new(v[0][lane & (WIDTH - 1)], v[1][lane & (WIDTH - 1)], v[2][lane & (WIDTH - 1)])
    }
}

/// Node 0 is the root. Empty where there is nothing.
#[derive(Clone, Debug, Default)]
pub struct WideTree {
    pub nodes: Vec<WideNode>,
    pub blocks: Vec<TriangleBlock>,
}

impl WideTree {
    pub fn bytes(&self) -> u64 {
        (size_of_val(&self.nodes[..]) + size_of_val(&self.blocks[..])) as u64
    }
}

/// What the cheapest forest of at most i + 1 roots under a binary node costs, and how it is made.
#[derive(Clone, Copy)]
struct Forest {
    cost: [f32; WIDTH],
    /// How many of the roots lie under the left child; 0: as with one root fewer.
    left: [u8; WIDTH],
    /// With one root: whether it is a leaf.
    is_leaf: bool,
}

/// Collapses a tree with one entry a leaf. Leaves hold at most `max_leaf` entries, `leaf` makes them and gives their number.
///
/// Source: Ylitie, Karras, Laine: Efficient Incoherent Ray Traversal on GPUs Through Compressed Wide BVHs, HPG 2017,
/// section 2.2 (here a leaf costs the same however full it is: its triangles are tested at once).
pub fn collapse(tree: &Tree, max_leaf: u32, mut leaf: impl FnMut(&[u32]) -> u32) -> Vec<WideNode> {
    if tree.nodes.is_empty() {
        return Vec::new();
    }
    let (forests, counts) = cheapest_forests(&tree.nodes, max_leaf);
    let mut nodes = vec![EMPTY_NODE];
    let mut pending = vec![(0usize, 0u32)];
    let mut entries = Vec::new();
    while let Some((wide_idx, binary_idx)) = pending.pop() {
        let mut roots = Vec::with_capacity(WIDTH);
        if tree.nodes[binary_idx as usize].count > 0 || (binary_idx == 0 && forests[0].is_leaf) {
            roots.push(binary_idx);
        } else {
            gather_roots(&tree.nodes, &forests, binary_idx, &mut roots);
        }
        for (lane, &root) in roots.iter().enumerate() {
            let source = &tree.nodes[root as usize];
            nodes[wide_idx].set_box(lane, source);
            let child = if forests[root as usize].is_leaf {
                entries.clear();
                collect_entries(tree, root, counts[root as usize], &mut entries);
                leaf(&entries) | LEAF
            } else {
                nodes.push(EMPTY_NODE);
                pending.push((nodes.len() - 1, root));
                nodes.len() as u32 - 1
            };
            nodes[wide_idx].planes[CHILD_PLANE][lane] = f32::from_bits(child);
        }
    }
    nodes
}

/// Costs bottom-up; and how many entries lie under each node.
fn cheapest_forests(nodes: &[BinaryNode], max_leaf: u32) -> (Vec<Forest>, Vec<u32>) {
    let unknown = Forest { cost: [0.0; WIDTH], left: [0; WIDTH], is_leaf: true };
    let mut forests = vec![unknown; nodes.len()];
    let mut counts = vec![0u32; nodes.len()];
    let mut parents_first = vec![0u32];
    let mut next = 0;
    while next < parents_first.len() {
        let node = &nodes[parents_first[next] as usize];
        if node.count == 0 {
            parents_first.extend([node.first, node.first + 1]);
        }
        next += 1;
    }
    for &idx in parents_first.iter().rev() {
        let idx = idx as usize;
        let node = &nodes[idx];
        let area = half_area(node);
        if node.count > 0 {
            counts[idx] = node.count;
            forests[idx].cost = [area * BLOCK_COST; WIDTH];
            continue;
        }
        let (left_idx, right_idx) = (node.first as usize, node.first as usize + 1);
        counts[idx] = counts[left_idx] + counts[right_idx];
        let (left, right) = (forests[left_idx], forests[right_idx]);
        let mut forest = unknown;
        let mut split = [f32::MAX; WIDTH];
        for n_roots in 2..=WIDTH {
            // Where costs are past f32, halves.
            forest.left[n_roots - 1] = n_roots as u8 / 2;
            for n_left in 1..n_roots {
                let cost = left.cost[n_left - 1] + right.cost[n_roots - n_left - 1];
                if cost < split[n_roots - 1] {
                    split[n_roots - 1] = cost;
                    forest.left[n_roots - 1] = n_left as u8;
                }
            }
        }
        let as_node = split[WIDTH - 1] + area * NODE_COST;
        let as_leaf = if counts[idx] <= max_leaf { area * BLOCK_COST } else { f32::MAX };
        forest.is_leaf = as_leaf <= as_node;
        forest.cost[0] = if forest.is_leaf { as_leaf } else { as_node };
        for (i, &cost) in split.iter().enumerate().skip(1) {
            forest.cost[i] = cost;
            if i < WIDTH - 1 && forest.cost[i - 1] <= cost {
                forest.cost[i] = forest.cost[i - 1];
                forest.left[i] = 0;
            }
        }
        forests[idx] = forest;
    }
    (forests, counts)
}

/// The roots of the cheapest eight-rooted forest under an inner node, left to right.
fn gather_roots(nodes: &[BinaryNode], forests: &[Forest], top: u32, roots: &mut Vec<u32>) {
    let mut pending = vec![(top, WIDTH)];
    while let Some((idx, n_roots)) = pending.pop() {
        let mut n = n_roots;
        while n > 1 && forests[idx as usize].left[n - 1] == 0 {
            n -= 1;
        }
        if n == 1 {
            roots.push(idx);
            continue;
        }
        let n_left = forests[idx as usize].left[n - 1] as usize;
        let first = nodes[idx as usize].first;
        pending.extend([(first + 1, n - n_left), (first, n_left)]);
    }
}

/// What the leaves under a node name, ascending.
fn collect_entries(tree: &Tree, root: u32, count: u32, entries: &mut Vec<u32>) {
    let mut pending = vec![root];
    while let Some(idx) = pending.pop() {
        let node = &tree.nodes[idx as usize];
        if node.count > 0 {
            entries.extend_from_slice(&tree.order[node.first as usize..(node.first + node.count) as usize]);
        } else {
            pending.extend([node.first, node.first + 1]);
        }
    }
    debug_assert_eq!(entries.len(), count as usize);
    entries.sort_unstable();
}

fn half_area(node: &BinaryNode) -> f32 {
    let [x, y, z] = [0, 1, 2].map(|axis| node.max[axis] - node.min[axis]);
    x * y + y * z + z * x
}

/// Levels of a tree of nodes.
pub fn depth(nodes: &[WideNode]) -> u32 {
    let mut deepest = 0;
    let mut pending = if nodes.is_empty() { vec![] } else { vec![(0u32, 1u32)] };
    while let Some((idx, level)) = pending.pop() {
        deepest = deepest.max(level);
        pending
            .extend(nodes[idx as usize].children().filter(|child| child & LEAF == 0).map(|child| (child, level + 1)));
    }
    deepest
}
