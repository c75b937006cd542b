//! Where things stand in an output directory, and how files get there whole or not at all. Knows names, not contents.

use super::DirError;
use crate::plan::{Names, Plan};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

pub const PLAN: &str = "plan.json";
pub const RECIPE: &str = "recipe.yaml";
pub const SHARDS: &str = "shards";
pub const RECEIPTS: &str = "receipts.jsonl";
pub const FAILURES: &str = "failures.jsonl";
pub const INDEX: &str = "index.parquet";
pub const CARD: &str = "README.md";
pub const MANIFEST: &str = "contribution.intoto.jsonl";

/// Files whose names begin like this belong to this machine, not to the contribution.
pub const LOCAL: &str = ".genki.";
/// What the last run says of itself: this machine's too, but for people to find.
pub const RUN: &str = "run.json";
/// Held while a directory is being written to.
pub const LOCK: &str = ".genki.lock";
/// Which device makes which shard, until the manifest says so.
pub const DEVICES: &str = ".genki.devices.jsonl";

/// Whether a file is of this machine only.
pub fn is_local(name: &str) -> bool {
    name.starts_with(LOCAL) || name == RUN
}

/// What of a plan the files' names and borders hang on.
#[derive(Clone, Debug)]
pub struct Shape {
    pub names: Names,
    pub variations: u64,
    pub shard_size: u64,
    pub shard_count: u64,
}

impl Shape {
    pub fn of(plan: &Plan) -> Shape {
        Shape {
            names: plan.names().clone(),
            variations: plan.variations(),
            shard_size: u64::from(plan.recipe().package.shard),
            shard_count: plan.shard_count(),
        }
    }

    pub fn range(&self, shard: u64) -> Range<u64> {
        let start = shard.saturating_mul(self.shard_size).min(self.variations);
        start..start.saturating_add(self.shard_size).min(self.variations)
    }

    pub fn tar_name(&self, shard: u64) -> String {
        format!("{}.tar", self.names.shard_name(shard))
    }

    pub fn receipts_name(&self, shard: u64) -> String {
        format!("{}.jsonl", self.names.shard_name(shard))
    }

    /// The shard whose archive has this name.
    pub fn shard_of_tar(&self, name: &str) -> Option<u64> {
        self.shard_of(name, ".tar", Shape::tar_name)
    }

    /// The shard whose receipts have this name.
    pub fn shard_of_receipts(&self, name: &str) -> Option<u64> {
        self.shard_of(name, ".jsonl", Shape::receipts_name)
    }

    fn shard_of(&self, name: &str, extension: &str, spell: fn(&Shape, u64) -> String) -> Option<u64> {
        let digits = name.strip_suffix(extension)?.rsplit('-').next()?;
        let shard: u64 = digits.parse().ok()?;
        // One spelling: no other width, no sign.
        (shard < self.shard_count && spell(self, shard) == name).then_some(shard)
    }

    /// The shards whose archives are there.
    pub fn made_shards(&self, dir: &Path) -> Result<BTreeSet<u64>, DirError> {
        let folder = dir.join(SHARDS);
        let names = file_names(&folder)?;
        Ok(names.iter().filter_map(|name| self.shard_of_tar(name)).collect())
    }
}

/// The names in a folder, sorted; those that are not UTF-8 as something that no file of ours is called.
pub fn file_names(folder: &Path) -> Result<BTreeSet<String>, DirError> {
    let fail = |error| DirError::io(folder, error);
    let entries = fs::read_dir(folder).map_err(fail)?;
    entries.map(|entry| Ok(entry.map_err(fail)?.file_name().to_string_lossy().into_owned())).collect()
}

/// A new file beside `target` that becomes `target` only when it is whole. Dropped before that it is removed.
pub struct Temporary {
    path: PathBuf,
    target: PathBuf,
}

impl Temporary {
    pub fn create(target: &Path) -> Result<(Temporary, File), DirError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| DirError::io(target, io::Error::other(error.to_string())))?;
        let name = format!("{LOCAL}{}-{}.tmp", std::process::id(), hex::encode(random));
        let path = target.with_file_name(name);
        let file = File::options().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(|error| DirError::io(target, error))?;
        Ok((Temporary { path, target: target.into() }, file))
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Whether a name is one that [`Temporary::create`] gives.
    pub fn is_name(name: &str) -> bool {
        name.starts_with(LOCAL) && name.ends_with(".tmp")
    }

    /// Gives the file its name, if no file has it yet.
    pub fn publish_new(self, file: &File) -> Result<(), DirError> {
        let fail = |error| DirError::io(&self.target, error);
        file.sync_all().map_err(fail)?;
        match fs::hard_link(&self.path, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(DirError::Exists(self.target.clone()));
            }
            // File systems without links (exFAT): the directory's lock keeps other makers out.
            Err(_) if !self.target.exists() => fs::rename(&self.path, &self.target).map_err(fail)?,
            Err(error) => return Err(fail(error)),
        }
        sync_folder_of(&self.target)
        // The temporary name goes when `self` is dropped.
    }

    /// Gives the file its name, in the place of one that has it already.
    pub fn replace(self, file: &File) -> Result<(), DirError> {
        let fail = |error| DirError::io(&self.target, error);
        file.sync_all().map_err(fail)?;
        fs::rename(&self.path, &self.target).map_err(fail)?;
        sync_folder_of(&self.target)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Already renamed, or on a disk that went away: the next opening of the directory sweeps.
        let _ = fs::remove_file(&self.path);
    }
}

/// Puts `bytes` at `path`, unless they are there already.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DirError> {
    if is_plain_file(path) && fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let (temporary, mut file) = Temporary::create(path)?;
    file.write_all(bytes).map_err(|error| DirError::io(path, error))?;
    temporary.replace(&file)
}

/// Whether `path` itself is a file: not a link to one, not a pipe or device.
pub fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|facts| facts.is_file())
}

/// Makes the folder's list of names durable, where the system has such a thing.
pub fn sync_folder_of(path: &Path) -> Result<(), DirError> {
    let Some(folder) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|f| f.sync_all()).map_err(|error| DirError::io(folder, error))
}
