//! Assets at a moment of a clip: the mesh and the lights that are shown in place of those at rest.
//!
//! A clip's time goes on in seconds from the moment that was drawn. Past either end it begins again: cycles are what
//! clips mostly are. What stands at the drawn moment's bounds (`fit`, look-at targets, the ground) stays where it was.

use super::ComposeError;
use crate::asset::{self, Motion};
use crate::hash::{Digest, Hasher};
use crate::math::{Bounds, Vec3};
use crate::plan::VariationObject;
use crate::scene::{Asset, ClipTime};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An asset as an object shows it.
pub(super) struct Shown {
    /// The one of the library, or the same with another mesh, its bounds, and lights that stand elsewhere.
    pub asset: Arc<Asset>,
    /// The one of the library.
    pub at_rest: Arc<Asset>,
    /// Of what decides the mesh.
    pub mesh_digest: Digest,
    /// `None`: nothing of it moves.
    pub clip_time: Option<ClipTime>,
}

/// An object's asset, at the moment that was drawn for it.
pub(super) fn shown(object: &VariationObject, asset: &Arc<Asset>) -> Result<Shown, ComposeError> {
    let digest = asset.facts.sha256;
    let at_rest = Shown { asset: asset.clone(), at_rest: asset.clone(), mesh_digest: digest, clip_time: None };
    let Some(pose) = object.pose.as_ref().filter(|_| !asset.rig.nodes.is_empty()) else { return Ok(at_rest) };
    let Some(clip) = asset.rig.clips.iter().position(|clip| clip.name == pose.clip) else {
        return Err(ComposeError::NoClip { path: object.path.clone(), asset: digest, clip: pose.clip.clone() });
    };
    let path = format!("{}.pose.time", object.path);
    let time = super::within(&path, pose.time, 0.0, 1.0)?;
    let clip_time = ClipTime { clip, time_s: time * f64::from(asset.rig.clips[clip].duration_s) };
    let (posed, mesh_digest) = at(asset, clip_time, &object.path)?;
    // A clip of a single moment moves nothing.
    let clip_time = Some(clip_time).filter(|_| asset.rig.clips[clip].duration_s > 0.0);
    Ok(Shown { asset: posed, at_rest: asset.clone(), mesh_digest, clip_time })
}

/// An asset at a time of one of its clips, and the identity of its mesh: the SHA-256 of
/// `"genki/pose/v1\0"` ‖ the asset's digest ‖ u32be clip ‖ the time's f32 bits, big-endian.
pub(super) fn at(asset: &Arc<Asset>, at: ClipTime, path: &str) -> Result<(Arc<Asset>, Digest), ComposeError> {
    let time_s = at.time_s as f32;
    let motion = Motion { clip: Some((at.clip, time_s)), weights: BTreeMap::new() };
    let posed = asset::pose(asset, &motion).ok_or_else(|| ComposeError::NotFinite { path: format!("{path}.pose") })?;
    let mut hasher = Hasher::new();
    hasher.update(b"genki/pose/v1\0").update(&asset.facts.sha256.0);
    hasher.update(&(at.clip as u32).to_be_bytes()).update(&time_s.to_bits().to_be_bytes());
    let mut moved = Asset::clone(asset);
    moved.facts.bounds = Bounds::of(posed.mesh.positions.iter().map(|&p| Vec3::from(p)));
    moved.mesh = Arc::new(posed.mesh);
    moved.lights = posed.lights;
    Ok((Arc::new(moved), hasher.finish()))
}

/// `seconds` after a time of a clip that lasts: between its ends as it is, past them from the other end on.
pub(super) fn later(asset: &Asset, from: ClipTime, seconds: f64) -> ClipTime {
    let duration_s = f64::from(asset.rig.clips[from.clip].duration_s);
    let time_s = from.time_s + seconds;
    let is_within = (0.0..=duration_s).contains(&time_s);
    ClipTime { time_s: if is_within { time_s } else { time_s.rem_euclid(duration_s) }, ..from }
}
