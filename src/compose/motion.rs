//! A composed scene a little earlier or later: clips go on and take meshes and lights along, cameras move. All else stays as it was.
//!
//! What was measured at the variation's own moment, when the shutter opens, is not measured again: an object keeps its
//! place and scale, the ground its height, and a camera starts from where it was put.

use super::place::to_vec3;
use super::{ComposeError, light, pose};
use crate::math::{Affine, Vec3};
use crate::plan::{MotionSpec, Variation, ViewSpec};
use crate::recipe::Frames;
use crate::scene::{Camera, Composed, PlacedObject, Scene};

/// The most moments that a row's exposure is made of, each a scene of its own; a picture's under a rolling shutter.
pub const MAX_MOMENTS: u32 = 32;
pub const MAX_ROLLING_MOMENTS: u32 = 64;
/// Triangles that moments do not share, over all moments: they are all held at once.
const MAX_MOVED_TRIANGLES: u64 = 8_000_000;

/// When a picture sees its scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposure {
    /// Frames from the moment that the shutter opens at the topmost row, one a moment. None where nothing moves, or where the
    /// shutter is open for no time and reads all rows at once.
    pub n_frames: Vec<f64>,
    /// How many of them each row sees: see `buffers::Moments`.
    pub n_a_row: usize,
}

/// The middles of even parts of the time from the first row's opening to the last row's closing. One a sample of a row, but at
/// most [`MAX_MOMENTS`], as many more as a rolling shutter needs, and fewer of large meshes that move; none where that
/// leaves a single one.
pub fn exposure(composed: &Composed, variation: &Variation, frames: &Frames, spp: u32) -> Exposure {
    // What glows is listed anew for each moment.
    let is_again = |object: &&PlacedObject| object.clip_time.is_some() || moves(composed) && glows(object);
    let again = composed.objects.iter().filter(is_again);
    let triangles: u64 = again.map(|object| object.asset.mesh.triangles.len() as u64).sum();
    let is_still = !moves(composed) && variation.views.iter().all(|view| view.motion.is_none());
    let whole = frames.shutter + frames.rolling;
    if is_still || whole <= 0.0 {
        return Exposure::default();
    }
    let most = |limit: u32| (MAX_MOVED_TRIANGLES / triangles.max(1)).clamp(1, u64::from(limit)) as u32;
    let a_row = f64::from(spp.clamp(1, most(MAX_MOMENTS)));
    let open = frames.shutter / whole;
    let n = if frames.rolling > 0.0 { f64::from(most(MAX_ROLLING_MOMENTS)).min((a_row / open).ceil()) } else { a_row };
    let n_a_row = ((n * open).round() as usize).max(1);
    let n_frames = (0..n as u32).map(|k| whole * (f64::from(k) + 0.5) / n).collect();
    if n < 2.0 {
        // One moment blurs nothing: it would only show another one than depths and poses do.
        return Exposure::default();
    }
    Exposure { n_frames, n_a_row }
}

/// Whether anything but cameras may move.
pub fn moves(composed: &Composed) -> bool {
    composed.objects.iter().any(|object| object.clip_time.is_some())
}

fn glows(object: &PlacedObject) -> bool {
    object.asset.materials.iter().any(|material| material.emissive != [0.0; 3])
}

/// The scene so many frames after the shutter opens; before, where negative.
pub fn moved(
    composed: &Composed,
    variation: &Variation,
    frames: &Frames,
    n_frames: f64,
) -> Result<Scene, ComposeError> {
    let mut scene = composed.scene.clone();
    // An object's instance stands where the object does, as do its lights; what is no object's comes after.
    let mut n_lights = 0;
    for (object, instance) in composed.objects.iter().zip(&mut scene.instances) {
        if let Some(from) = object.clip_time {
            let then = pose::later(&object.asset, from, n_frames / frames.fps);
            let (asset, mesh_digest) = pose::at(&object.asset, then, &object.path)?;
            (instance.mesh, instance.mesh_digest) = (asset.mesh.clone(), mesh_digest);
            for (light, moved) in scene.lights[n_lights..].iter_mut().zip(&asset.lights) {
                *light = light::transformed(moved, object);
            }
        }
        n_lights += object.asset.lights.len();
    }
    for (camera, view) in scene.cameras.iter_mut().zip(&variation.views) {
        camera.world_from_camera = world_from_camera(camera, view, n_frames);
    }
    Ok(scene)
}

fn world_from_camera(camera: &Camera, view: &ViewSpec, n_frames: f64) -> Affine {
    let Some(MotionSpec { translate_m, rotate_deg }) = view.motion else { return camera.world_from_camera };
    let pose = camera.world_from_camera;
    let column = |k: usize| pose.column(k).to_array().map(f64::from);
    let [x, y, z, eye] = [column(0), column(1), column(2), column(3)];
    let out_of = |v: [f64; 3]| -> [f64; 3] { std::array::from_fn(|k| x[k] * v[0] + y[k] * v[1] + z[k] * v[2]) };
    let shift = out_of(translate_m.map(|t| t * n_frames));
    let turn = rotation(rotate_deg.map(|deg| (deg * n_frames).to_radians()));
    let axis = |c: usize| -> Vec3 { to_vec3(out_of([turn[0][c], turn[1][c], turn[2][c]])) };
    let eye = to_vec3(std::array::from_fn(|k| eye[k] + shift[k]));
    Affine::from_columns(axis(0), axis(1), axis(2), eye)
}

/// The rotation about a vector by its length in radians, right-handed.
///
/// Source: O. Rodrigues' formula, 1840: R = I + sin θ [k] + (1 − cos θ) [k]².
fn rotation(v: [f64; 3]) -> [[f64; 3]; 3] {
    let angle = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    if angle == 0.0 {
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    }
    let [x, y, z] = v.map(|a| a / angle);
    let (s, c) = libm::sincos(angle);
    let d = 1.0 - c;
    [
        [c + d * x * x, d * x * y - s * z, d * x * z + s * y],
        [d * x * y + s * z, c + d * y * y, d * y * z - s * x],
        [d * x * z - s * y, d * y * z + s * x, c + d * z * z],
    ]
}
