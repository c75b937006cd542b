//! The node tree: where every node stands, in f64, and in which order the nodes of a scene come.

use super::AssetError;
use gltf::json::Root;
use gltf::json::scene::Node;

/// An affine map in f64, three rows of four. Only + − × ÷ sqrt, so its bits are the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transform {
    pub rows: [[f64; 4]; 3],
}

impl Transform {
    pub const IDENTITY: Transform =
        Transform { rows: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]] };
    pub const ZERO: Transform = Transform { rows: [[0.0; 4]; 3] };

    /// From 16 numbers, column by column, as glTF stores matrices.
    pub fn from_columns(m: &[f32; 16]) -> Transform {
        let mut rows = [[0.0; 4]; 3];
        for (r, row) in rows.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = f64::from(m[c * 4 + r]);
            }
        }
        Transform { rows }
    }

    /// Scale, then the rotation of a quaternion (x, y, z, w) of any length, then translation. `None`: is no rotation.
    pub fn of_parts(translation: [f32; 3], rotation: [f32; 4], scale: [f32; 3]) -> Option<Transform> {
        let [x, y, z, w] = rotation.map(f64::from);
        let length = (x * x + y * y + z * z + w * w).sqrt();
        if !(length > 1e-6 && length.is_finite()) {
            return None;
        }
        let [x, y, z, w] = [x / length, y / length, z / length, w / length];
        let [sx, sy, sz] = scale.map(f64::from);
        let [tx, ty, tz] = translation.map(f64::from);
        Some(Transform {
            rows: [
                [(1.0 - 2.0 * (y * y + z * z)) * sx, 2.0 * (x * y - z * w) * sy, 2.0 * (x * z + y * w) * sz, tx],
                [2.0 * (x * y + z * w) * sx, (1.0 - 2.0 * (x * x + z * z)) * sy, 2.0 * (y * z - x * w) * sz, ty],
                [2.0 * (x * z - y * w) * sx, 2.0 * (y * z + x * w) * sy, (1.0 - 2.0 * (x * x + y * y)) * sz, tz],
            ],
        })
    }

    /// Does `first`, then `self`.
    pub fn after(&self, first: &Transform) -> Transform {
        let mut rows = [[0.0; 4]; 3];
        for (out, a) in rows.iter_mut().zip(&self.rows) {
            for (c, value) in out.iter_mut().enumerate() {
                *value = a[0] * first.rows[0][c] + a[1] * first.rows[1][c] + a[2] * first.rows[2][c];
            }
            out[3] += a[3];
        }
        Transform { rows }
    }

    /// Adds `weight` times `other`.
    pub fn add_scaled(&mut self, other: &Transform, weight: f64) {
        for (a, b) in self.rows.iter_mut().flatten().zip(other.rows.iter().flatten()) {
            *a += b * weight;
        }
    }

    pub fn point(&self, p: [f32; 3]) -> [f32; 3] {
        let [x, y, z] = p.map(f64::from);
        self.rows.map(|r| (r[0] * x + r[1] * y + r[2] * z + r[3]) as f32)
    }

    /// Maps a direction; unit, or `None` where it has no length.
    pub fn direction(&self, v: [f32; 3]) -> Option<[f32; 3]> {
        let [x, y, z] = v.map(f64::from);
        unit(self.rows.map(|r| r[0] * x + r[1] * y + r[2] * z))
    }

    pub fn determinant(&self) -> f64 {
        let [a, b, c] = [self.column(0), self.column(1), self.column(2)];
        dot(a, cross(b, c))
    }

    /// What maps normals: the cofactors of the linear part (its inverse transpose times its determinant), with the
    /// determinant's sign, so that normals keep their side; also right for maps that flatten.
    pub fn normal_map(&self) -> Transform {
        let [a, b, c] = [self.column(0), self.column(1), self.column(2)];
        let sign = if self.determinant() < 0.0 { -1.0 } else { 1.0 };
        let (x, y, z) = (cross(b, c), cross(c, a), cross(a, b));
        Transform { rows: std::array::from_fn(|r| [x[r] * sign, y[r] * sign, z[r] * sign, 0.0]) }
    }

    pub fn is_finite(&self) -> bool {
        self.rows.iter().flatten().all(|v| v.is_finite())
    }

    fn column(&self, i: usize) -> [f64; 3] {
        [self.rows[0][i], self.rows[1][i], self.rows[2][i]]
    }
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The unit vector along `v`, or `None` where its length is nothing or not finite.
pub(super) fn unit(v: [f64; 3]) -> Option<[f32; 3]> {
    let largest = v.iter().fold(0.0, |m: f64, x| if x.abs() > m { x.abs() } else { m });
    if largest <= 1e-150 || largest >= 1e150 || v.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let length = dot(v, v).sqrt();
    Some(v.map(|x| (x / length) as f32))
}

/// Every node's place in the world.
pub(super) struct Tree {
    /// By node index.
    pub world_from_node: Vec<Transform>,
    /// Nodes of the scene, parents before children, in file order.
    pub scene_nodes: Vec<usize>,
    /// By node index.
    pub parents: Vec<Option<usize>>,
    /// All nodes, parents before children.
    pub order: Vec<usize>,
}

pub(super) fn tree(root: &Root, max_depth: u32) -> Result<Tree, AssetError> {
    let parents = parents(root)?;
    let mut world_from_node = vec![Transform::IDENTITY; root.nodes.len()];
    let roots: Vec<usize> = (0..root.nodes.len()).filter(|&i| parents[i].is_none()).collect();
    let mut order = Vec::with_capacity(root.nodes.len());
    walk(root, &roots, max_depth, |node, parent| {
        let local = local_transform(root, node)?;
        let world = parent.map_or(local, |parent: usize| world_from_node[parent].after(&local));
        if !world.is_finite() {
            return Err(AssetError::malformed(format!("nodes[{node}]"), "its transform is not finite"));
        }
        world_from_node[node] = world;
        order.push(node);
        Ok(())
    })?;
    if order.len() < root.nodes.len() {
        return Err(AssetError::malformed("nodes", "a node is its own ancestor"));
    }
    let mut scene_nodes = Vec::new();
    walk(root, &scene_roots(root, &parents, roots)?, max_depth, |node, _| {
        scene_nodes.push(node);
        Ok(())
    })?;
    Ok(Tree { world_from_node, scene_nodes, parents, order })
}

/// The parent of each node; a node with two is no tree.
fn parents(root: &Root) -> Result<Vec<Option<usize>>, AssetError> {
    let mut parents = vec![None; root.nodes.len()];
    for (i, node) in root.nodes.iter().enumerate() {
        for child in node.children.iter().flatten().map(|child| child.value()) {
            let Some(slot) = parents.get_mut(child) else {
                let what = format!("names node {child}, but the file has {}", root.nodes.len());
                return Err(AssetError::malformed(format!("nodes[{i}].children"), what));
            };
            if let Some(other) = slot.replace(i) {
                let what = format!("nodes[{child}] is a child of nodes[{other}] too");
                return Err(AssetError::malformed(format!("nodes[{i}].children"), what));
            }
        }
    }
    Ok(parents)
}

/// The roots of the default scene, or of the first, or all roots.
fn scene_roots(root: &Root, parents: &[Option<usize>], all_roots: Vec<usize>) -> Result<Vec<usize>, AssetError> {
    let index = root.scene.map_or(0, |scene| scene.value());
    let Some(scene) = root.scenes.get(index) else {
        if root.scene.is_some() {
            let what = format!("names scene {index}, but the file has {}", root.scenes.len());
            return Err(AssetError::malformed("scene", what));
        }
        return Ok(all_roots);
    };
    let mut seen = vec![false; root.nodes.len()];
    let place = || format!("scenes[{index}].nodes");
    for node in scene.nodes.iter().map(|node| node.value()) {
        match (parents.get(node), seen.get_mut(node)) {
            (Some(None), Some(seen)) if !*seen => *seen = true,
            (Some(_), _) => {
                return Err(AssetError::malformed(place(), format!("nodes[{node}] stands twice in the scene's tree")));
            }
            (None, _) => {
                let what = format!("names node {node}, but the file has {}", root.nodes.len());
                return Err(AssetError::malformed(place(), what));
            }
        }
    }
    Ok(scene.nodes.iter().map(|node| node.value()).collect())
}

/// Visits nodes before their children, siblings in file order. Every node has one parent, so the walk ends.
fn walk(
    root: &Root,
    roots: &[usize],
    max_depth: u32,
    mut visit: impl FnMut(usize, Option<usize>) -> Result<(), AssetError>,
) -> Result<(), AssetError> {
    let mut stack: Vec<(usize, Option<usize>, u32)> = roots.iter().rev().map(|&node| (node, None, 1)).collect();
    while let Some((node, parent, depth)) = stack.pop() {
        if depth > max_depth {
            return Err(AssetError::too_large(format!("nodes[{node}]"), format!("lies deeper than {max_depth} nodes")));
        }
        visit(node, parent)?;
        let children = root.nodes.get(node).and_then(|node| node.children.as_deref()).unwrap_or_default();
        stack.extend(children.iter().rev().map(|child| (child.value(), Some(node), depth + 1)));
    }
    Ok(())
}

fn local_transform(root: &Root, index: usize) -> Result<Transform, AssetError> {
    let node: &Node = &root.nodes[index];
    let place = || format!("nodes[{index}]");
    if let Some(matrix) = &node.matrix {
        let last_row = [matrix[3], matrix[7], matrix[11], matrix[15] - 1.0];
        if last_row.iter().any(|v| v.abs() > 1e-4) {
            return Err(AssetError::malformed(format!("{}.matrix", place()), "its last row is not 0 0 0 1"));
        }
        return Ok(Transform::from_columns(matrix));
    }
    let rotation = node.rotation.map_or([0.0, 0.0, 0.0, 1.0], |q| q.0);
    let (translation, scale) = (node.translation.unwrap_or([0.0; 3]), node.scale.unwrap_or([1.0; 3]));
    Transform::of_parts(translation, rotation, scale)
        .ok_or_else(|| AssetError::malformed(format!("{}.rotation", place()), "is not a rotation"))
}
