//! What can move in an asset: nodes, skins, morph targets, and the clips that move them. Values only.

use std::sync::Arc;

/// Nothing in it where nothing of the asset can move.
#[derive(Clone, Debug, Default)]
pub struct Rig {
    /// By index in the file.
    pub nodes: Vec<RigNode>,
    /// All nodes, parents before children.
    pub order: Vec<u32>,
    pub clips: Vec<Clip>,
    pub skins: Vec<RigSkin>,
    /// Runs of the mesh's vertices, in order; all of them.
    pub pieces: Vec<Piece>,
    /// One a light of the asset: its node.
    pub lights: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct RigNode {
    pub parent: Option<u32>,
    /// In the frame of its parent.
    pub rest: Placement,
    /// Weights of its mesh's morph targets at rest; a missing one is 0.
    pub weights: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placement {
    /// Column by column, as glTF stores it. No clip moves it.
    Matrix([f32; 16]),
    /// Scale, then a rotation by a quaternion (x, y, z, w), then translation.
    Parts { translation: [f32; 3], rotation: [f32; 4], scale: [f32; 3] },
}

#[derive(Clone, Debug)]
pub struct RigSkin {
    /// Nodes.
    pub joints: Vec<u32>,
    /// One a joint, column by column.
    pub inverse_bind: Vec<[f32; 16]>,
}

/// One primitive as one node shows it.
#[derive(Clone, Debug)]
pub struct Piece {
    pub node: u32,
    /// Index into `Rig::skins`; where there is one, its joints say where the vertices are, and the node doesn't.
    pub skin: Option<u32>,
    /// Node from instance, three rows of four; the identity but for instances.
    pub instance: [[f64; 4]; 3],
    /// Into the mesh's vertices; as many of them as `shape.positions`.
    pub first_vertex: u32,
    pub shape: Arc<Shape>,
}

/// Four joints of each vertex, and their weights.
pub type JointSet = (Vec<[u32; 4]>, Vec<[f32; 4]>);

/// A primitive before it is morphed and placed. Arrays are as long as `positions`, or absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    pub positions: Vec<[f32; 3]>,
    /// As the file has them, of any length; absent: those of the triangles.
    pub normals: Option<Vec<[f32; 3]>>,
    /// Of the primitive at rest, unit: what is left where `normals` have no direction.
    pub rest_normals: Vec<[f32; 3]>,
    pub tangents: Option<Vec<[f32; 4]>>,
    pub targets: Vec<MorphTarget>,
    pub joints: Vec<JointSet>,
    pub triangles: Vec<[u32; 3]>,
}

/// What a weight of 1 adds. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MorphTarget {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    pub tangents: Vec<[f32; 3]>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Its place in the file, as digits, where the file has none.
    pub name: String,
    /// Of its last key.
    pub duration_s: f32,
    pub channels: Vec<Channel>,
}

/// One property of one node over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub node: u32,
    pub moves: Moves,
    pub interpolation: Interpolation,
    /// Rise strictly; at least one.
    pub times_s: Vec<f32>,
    /// `width` numbers a key; for `Cubic` three times as many: the tangent into it, the value, the tangent out of it.
    pub values: Vec<f32>,
    /// 3, 4 for rotations, as many as there are weights.
    pub width: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    Translation,
    Rotation,
    Scale,
    Weights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    Step,
    /// Along the sphere for rotations.
    Linear,
    Cubic,
}
