//! Bytes → shards and receipts → seal: index, card, signed manifest; and verify. Knows no renderer's workings and no scene.
//!
//! A contribution is a directory (names in [`layout`]). A shard's archive is the commit; all else is derived from the archives.

mod card;
mod compare;
mod counted;
mod derive;
pub mod devices;
mod dir;
mod index;
mod inspect;
pub mod keys;
pub mod layout;
mod lens;
#[cfg(test)]
mod lies;
mod manifest;
pub mod receipt;
mod record;
mod rigs;
mod seal;
mod sensor;
mod shard;
#[cfg(test)]
#[path = "../../tests/fixture/mod.rs"]
mod testing;
#[cfg(test)]
mod tests;
mod verify;
mod views;
mod wanted;

pub use dir::OutputDir;
pub use inspect::Totals;
pub use keys::{KeyError, NodeKey};
pub use seal::{SealError, SealReport, seal};
pub use shard::{ShardSummary, ShardWriter};
pub use verify::{Check, Finding, VerifyReport, verify};

use crate::formats::tar::TarError;
use crate::hash::Digest;
use crate::reason::Reason;
use crate::render::{DeviceClass, DeviceInfo};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One file of a variation, as it goes into the shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// As the plan's names spell it: `helmets-00000042-007.rgb.png`.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Of a lossless image: `Raster::pixels_digest`.
    pub pixels: Option<Digest>,
}

/// One variation: what was drawn, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub variation: u64,
    pub attempt: u32,
    /// Camera samples; a variation that failed earns none, whatever stands here.
    pub credits: u64,
    /// `Variation::drawn_digest`.
    pub drawn: Digest,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Made(Vec<Output>),
    /// `message`: the same on every machine, like the reason; without paths of this one.
    Failed {
        reason: Reason,
        message: String,
    },
}

/// What a manifest says of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceFacts {
    pub name: String,
    pub backend: String,
    pub driver: String,
    pub class: DeviceClass,
}

impl From<&DeviceInfo> for DeviceFacts {
    fn from(info: &DeviceInfo) -> DeviceFacts {
        DeviceFacts {
            name: info.name.clone(),
            backend: info.backend.clone(),
            driver: info.driver.clone(),
            class: info.class,
        }
    }
}

/// A device and the shards that it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceUse {
    pub facts: DeviceFacts,
    pub shards: BTreeSet<u64>,
}

/// Why a directory cannot be used, or a file in it not be written.
#[derive(Debug, thiserror::Error)]
pub enum DirError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{}: holds another plan ({there}, not {this})", path.display())]
    AnotherPlan { path: PathBuf, there: Digest, this: Digest },
    #[error("{}: holds {name} and no plan.json", path.display())]
    NotEmpty { path: PathBuf, name: String },
    #[error("{}: another genki is writing here", .0.display())]
    Locked(PathBuf),
    #[error("{}: is there already, and a shard is never replaced", .0.display())]
    Exists(PathBuf),
    #[error("{}: {what}", path.display())]
    BrokenShard { path: PathBuf, what: String },
}

/// The number of "input/output error", which has no kind of its own, on every Unix.
const EIO: i32 = 5;

impl DirError {
    fn io(path: &Path, error: std::io::Error) -> DirError {
        DirError::Io { path: path.into(), error }
    }

    fn tar(path: &Path, error: TarError) -> DirError {
        match error {
            TarError::Io(error) => DirError::io(path, error),
            malformed => DirError::BrokenShard { path: path.into(), what: malformed.to_string() },
        }
    }

    /// Whether the same may go well in a while: disks that stutter, network file systems that lose their server.
    pub fn is_transient(&self) -> bool {
        use std::io::ErrorKind::{Interrupted, ResourceBusy, StaleNetworkFileHandle, TimedOut, WouldBlock};
        let DirError::Io { error, .. } = self else { return false };
        matches!(error.kind(), Interrupted | ResourceBusy | StaleNetworkFileHandle | TimedOut | WouldBlock)
            || (cfg!(unix) && error.raw_os_error() == Some(EIO))
    }

    /// What would mend it; empty where nothing better than the message can be said.
    pub fn hint(&self) -> String {
        match self {
            DirError::Io { error, .. } => match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    "make room and run the same command again: it goes on with the shards that are missing".into()
                }
                std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
                    "a file is in the way: choose another folder with --out".into()
                }
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    "choose a folder that you may write to with --out".into()
                }
                _ => String::new(),
            },
            DirError::AnotherPlan { .. } => {
                "the recipe, its assets or genki's engine changed since: choose another folder \
                with --out, or render the plan.json that is in this one (with --assets-root and the recipe's folder)"
                    .into()
            }
            DirError::NotEmpty { .. } => "choose a new or empty folder with --out".into(),
            DirError::Locked(_) => "wait for it, or choose another folder with --out".into(),
            DirError::Exists(_) => String::new(),
            DirError::BrokenShard { .. } => "remove this file and render again: only this shard is made anew".into(),
        }
    }
}
