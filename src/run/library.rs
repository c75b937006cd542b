//! The assets of a run: each decoded once, shared by all variations and devices, dropped when memory gets short.

use super::error::{NotMade, RunError};
use super::shelf::Shelf;
use crate::asset::{self, AssetError, Budget, Kind};
use crate::hash::Digest;
use crate::reason::Reason;
use crate::scene::{self, Asset, Shape, SkyImage};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where an asset of the plan lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    pub path: PathBuf,
    /// As the plan spells it.
    pub name: String,
    pub kind: Kind,
}

/// Decodes on demand.
pub struct Library {
    files: BTreeMap<Digest, AssetFile>,
    budget: Budget,
    shelf: Shelf<Digest, Loaded>,
}

#[derive(Clone)]
enum Loaded {
    Model(Arc<Asset>),
    Sky(Arc<SkyImage>),
    /// The bytes are at fault: the same on every machine.
    Failed(Reason, String),
    /// The file is not the planned one any more, or cannot be read.
    Gone(String),
}

impl Library {
    /// Decoded assets are kept up to about `kept_bytes`.
    pub fn new(files: BTreeMap<Digest, AssetFile>, budget: Budget, kept_bytes: u64) -> Library {
        Library { files, budget, shelf: Shelf::new(kept_bytes) }
    }

    /// The decoded assets of these identities. Not to be called from a worker of `pool`, where the decoding is done.
    pub fn load<'d>(
        &self,
        digests: impl IntoIterator<Item = &'d Digest>,
        pool: &rayon::ThreadPool,
    ) -> Result<scene::Library, NotMade> {
        let mut library = scene::Library::default();
        for digest in digests {
            let Some(file) = self.files.get(digest) else {
                let what = "is in the plan's draws, and not among its assets".to_owned();
                return Err(NotMade::Fatal(RunError::Asset { path: digest.to_string(), what }));
            };
            match self.shelf.get(digest, || pool.install(|| self.decode(digest, file))) {
                Loaded::Model(asset) => drop(library.assets.insert(*digest, asset)),
                Loaded::Sky(sky) => drop(library.skies.insert(*digest, sky)),
                Loaded::Failed(reason, message) => return Err(NotMade::Failed { reason, message }),
                Loaded::Gone(what) => {
                    return Err(NotMade::Fatal(RunError::Asset { path: file.path.display().to_string(), what }));
                }
            }
        }
        Ok(library)
    }

    fn decode(&self, digest: &Digest, file: &AssetFile) -> (Loaded, u64) {
        let changed = || Loaded::Gone("the file changed since the run began".to_owned());
        match file.kind {
            Kind::Model => match asset::load_model(&file.path, &self.budget) {
                Ok(asset) if asset.facts.sha256 != *digest => (changed(), 0),
                Ok(asset) => {
                    let bytes = model_bytes(&asset);
                    (Loaded::Model(Arc::new(asset)), bytes)
                }
                Err(error) => (self.failed(digest, file, error), 0),
            },
            Kind::Sky => match asset::load_sky(&file.path, &self.budget) {
                Ok(sky) if sky.digest != *digest => (changed(), 0),
                Ok(sky) => {
                    let bytes = size_of_val(sky.texels.as_slice()) as u64;
                    (Loaded::Sky(Arc::new(sky)), bytes)
                }
                Err(error) => (self.failed(digest, file, error), 0),
            },
        }
    }

    /// The reason goes into receipts, so it must be the planned bytes' fault, and its text must name no folder.
    fn failed(&self, digest: &Digest, file: &AssetFile, mut error: AssetError) -> Loaded {
        if error.is_transient() {
            return Loaded::Gone(error.what);
        }
        match asset::survey(&file.path, &self.budget) {
            Ok(survey) if survey.sha256 == *digest => {
                error.path.clone_from(&file.name);
                Loaded::Failed(error.reason(), error.to_string())
            }
            _ => Loaded::Gone("the file changed since the run began".to_owned()),
        }
    }
}

/// About how much memory a decoded model holds.
fn model_bytes(asset: &Asset) -> u64 {
    let mesh = &asset.mesh;
    let vertices = size_of_val(mesh.positions.as_slice())
        + size_of_val(mesh.normals.as_slice())
        + size_of_val(mesh.tangents.as_slice())
        + size_of_val(mesh.uv0.as_slice())
        + size_of_val(mesh.uv1.as_slice())
        + size_of_val(mesh.colors.as_slice());
    let triangles = size_of_val(mesh.triangles.as_slice()) + mesh.triangles.len() * 2 * size_of::<u32>();
    let images: usize = asset.images.iter().map(|image| image.rgba8.len()).sum();
    // Shapes that several pieces share stand next to each other, or are few.
    let mut shapes: Vec<&Arc<Shape>> = asset.rig.pieces.iter().map(|piece| &piece.shape).collect();
    shapes.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let channels = asset.rig.clips.iter().flat_map(|clip| &clip.channels);
    let keys: usize =
        channels.map(|channel| size_of_val(&channel.values[..]) + size_of_val(&channel.times_s[..])).sum();
    (vertices + triangles + images + keys + shapes.into_iter().map(|shape| shape_bytes(shape)).sum::<usize>()) as u64
}

fn shape_bytes(shape: &Shape) -> usize {
    let joints = shape.joints.iter().map(|(joints, weights)| size_of_val(&joints[..]) + size_of_val(&weights[..]));
    let targets = shape.targets.iter().map(|target| {
        size_of_val(&target.positions[..]) + size_of_val(&target.normals[..]) + size_of_val(&target.tangents[..])
    });
    size_of_val(&shape.positions[..])
        + shape.normals.as_ref().map_or(0, |normals| size_of_val(&normals[..]))
        + size_of_val(&shape.rest_normals[..])
        + shape.tangents.as_ref().map_or(0, |tangents| size_of_val(&tangents[..]))
        + size_of_val(&shape.triangles[..])
        + joints.sum::<usize>()
        + targets.sum::<usize>()
}
