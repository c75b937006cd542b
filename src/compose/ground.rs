//! The ground: one square mesh, the same for all scenes, scaled and put under the objects.

use super::{ComposeError, within};
use crate::hash::{Digest, sha256};
use crate::math::Affine;
use crate::plan::GroundPlane;
use crate::scene::{Instance, Material, Mesh};
use std::sync::{Arc, LazyLock};

/// A unit square round the origin in the plane z = 0, facing up.
static SQUARE: LazyLock<(Arc<Mesh>, Digest)> = LazyLock::new(|| {
    let mesh = Mesh {
        positions: vec![[-0.5, -0.5, 0.0], [0.5, -0.5, 0.0], [0.5, 0.5, 0.0], [-0.5, 0.5, 0.0]],
        normals: vec![[0.0, 0.0, 1.0]; 4],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; 4],
        uv0: vec![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        triangle_material: vec![0; 2],
        triangle_part: vec![0; 2],
        ..Mesh::default()
    };
    let mut bytes = b"genki/mesh/square/v1\0".to_vec();
    mesh.positions.iter().flatten().for_each(|x| bytes.extend_from_slice(&x.to_bits().to_le_bytes()));
    (Arc::new(mesh), sha256(&bytes))
});

/// The plane at height `z` and its material, which will be number `material_base`. No object: its id is 0.
pub(super) fn plane(plane: &GroundPlane, z: f32, material_base: u32) -> Result<(Instance, Material), ComposeError> {
    let size = within("ground.size_m", plane.size_m, 1e-6, 1e9)? as f32;
    let (mesh, digest) = &*SQUARE;
    let instance = Instance {
        mesh: mesh.clone(),
        mesh_digest: *digest,
        world_from_object: Affine { rows: [[size, 0.0, 0.0, 0.0], [0.0, size, 0.0, 0.0], [0.0, 0.0, 1.0, z]] },
        material_base,
        object_id: 0,
        class_id: 0,
    };
    let unit = |x: f64| crate::math::det::clamp(x as f32, 0.0, 1.0);
    let [r, g, b] = plane.base_color.map(unit);
    let material = Material {
        name: "ground".to_string(),
        base_color: [r, g, b, 1.0],
        roughness: unit(plane.roughness),
        metallic: unit(plane.metallic),
        ..Material::default()
    };
    Ok((instance, material))
}
