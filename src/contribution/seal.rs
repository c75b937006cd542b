//! Seals a directory: index, card, all receipts, and the signed manifest, from the shards that are there.

use super::card::card;
use super::derive::{Derivation, DeriveError, Sinks, walk};
use super::dir::lock;
use super::inspect::{Depth, Tally, Totals};
use super::layout::{
    CARD, FAILURES, INDEX, MANIFEST, PLAN, RECEIPTS, RECIPE, SHARDS, Temporary, is_plain_file, write_whole,
};
use super::manifest::{self, Claims, Manifest, Window};
use super::wanted::Wanted;
use super::{DeviceFacts, DeviceUse, DirError, KeyError, NodeKey, devices};
use crate::diag::Problems;
use crate::hash::{Digest, Hasher, sha256};
use crate::plan::Plan;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealReport {
    pub plan_id: Digest,
    pub totals: Totals,
    pub root: Digest,
    pub key_id: Digest,
    /// Which of the key's manifests this is.
    pub sequence: u64,
    pub manifest: PathBuf,
    /// The same was sealed before by the same key: its manifest stays as it is.
    pub was_sealed: bool,
    /// Another key had signed what was here before.
    pub replaced_key: Option<Digest>,
}

/// Why a directory cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(transparent)]
    Dir(#[from] DirError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{}: the plan cannot be read", path.display())]
    Plan { path: PathBuf, problems: Problems },
    #[error("{}: there is no shard to seal", .0.display())]
    Empty(PathBuf),
    #[error("{}: {what}", path.display())]
    Shard { path: PathBuf, what: String },
}

impl SealError {
    /// What would mend it; may be empty.
    pub fn hint(&self) -> String {
        match self {
            SealError::Dir(DirError::Locked(_)) => "wait for it: what is still being made cannot be sealed".into(),
            SealError::Dir(error) => error.hint(),
            SealError::Key(error) => error.hint.clone(),
            SealError::Plan { .. } => "a directory is sealed by the genki that made it".into(),
            SealError::Empty(_) => "genki render makes some".into(),
            SealError::Shard { .. } => "remove this file and render again: only this shard is made anew".into(),
        }
    }
}

/// Derives everything from the shards and signs it. Sealing again what has not changed changes nothing.
///
/// `uses`: which device made which shards in this run; about others the directory's own notes are asked, then its last manifest.
pub fn seal(dir: &Path, key: &NodeKey, uses: &[DeviceUse]) -> Result<SealReport, SealError> {
    // Nothing is written into a folder that is none of ours, not even a lock.
    let plan = dir.join(PLAN);
    fs::symlink_metadata(&plan).map_err(|error| DirError::io(&plan, error))?;
    let _lock = lock(dir)?;
    seal_locked(dir, key, uses)
}

/// As [`seal`], under a lock that the caller holds.
pub(super) fn seal_locked(dir: &Path, key: &NodeKey, uses: &[DeviceUse]) -> Result<SealReport, SealError> {
    seal_plan(dir, &read_plan(dir)?, key, uses)
}

/// As [`seal_locked`], for a directory of this plan.
pub(super) fn seal_plan(dir: &Path, plan: &Plan, key: &NodeKey, uses: &[DeviceUse]) -> Result<SealReport, SealError> {
    let wanted = Wanted::new(plan);
    let made = wanted.shape.made_shards(dir)?;
    if made.is_empty() {
        return Err(SealError::Empty(dir.join(SHARDS)));
    }
    let derived = derive(dir, &wanted, &made)?;
    write_whole(&dir.join(CARD), card(plan, &derived.tally, made.len() as u64).as_bytes())?;
    let before = fs::read(dir.join(MANIFEST)).ok().and_then(|bytes| manifest::read(&bytes, &wanted.shape).ok());
    let known = known_devices(dir, before.as_ref());
    let claims = Claims {
        subjects: derived.subjects,
        plan_id: plan.id(),
        receipts: derived.tally.variations,
        root: derived.root,
        credits: derived.tally.credits,
        devices: devices::assign(&made, uses, known),
    };
    let replaced_key = before.as_ref().map(|before| before.key_id).filter(|&other| other != key.key_id());
    let unchanged = before.filter(|before| before.claims == claims && before.key_id == key.key_id());
    let (sequence, was_sealed) = match unchanged {
        Some(before) => (before.sequence, true),
        None => {
            let line = manifest::sign(&claims, key, Window::until_now(first_written(dir, &wanted, &made)))?;
            write_whole(&dir.join(MANIFEST), &line)?;
            let written = manifest::read(&line, &wanted.shape).expect("what was just signed can be read");
            (written.sequence, false)
        }
    };
    Ok(SealReport {
        plan_id: plan.id(),
        totals: derived.tally.totals(plan, made.len() as u64),
        root: derived.root,
        key_id: key.key_id(),
        sequence,
        manifest: dir.join(MANIFEST),
        was_sealed,
        replaced_key,
    })
}

/// The plan in a directory.
fn read_plan(dir: &Path) -> Result<Plan, SealError> {
    let path = dir.join(PLAN);
    let bytes = fs::read(&path).map_err(|error| DirError::io(&path, error))?;
    Plan::from_bytes(PLAN, &bytes).map_err(|problems| SealError::Plan { path, problems })
}

struct Derived {
    subjects: Vec<(String, Digest)>,
    root: Digest,
    tally: Tally,
}

/// Writes receipts, failures and index, and each shard's receipts beside it.
fn derive(dir: &Path, wanted: &Wanted<'_>, made: &BTreeSet<u64>) -> Result<Derived, SealError> {
    let target = |name: &str| Target::create(&dir.join(name));
    let sinks = Sinks { receipts: target(RECEIPTS)?, failures: target(FAILURES)?, index: target(INDEX)? };
    let failed = |error: DeriveError| match error {
        DeriveError::Io(error) => SealError::Dir(DirError::io(dir, error)),
        DeriveError::Table(error) => SealError::Dir(DirError::io(&dir.join(INDEX), io::Error::other(error))),
    };
    let mut derivation = Derivation::new(sinks).map_err(failed)?;
    let mut subjects = Vec::new();
    let folder = dir.join(SHARDS);
    walk(dir, wanted, made, Depth::Digests, |mut facts| {
        let name = wanted.shape.tar_name(facts.shard);
        if let Some(what) = facts.findings.first() {
            return Err(SealError::Shard { path: folder.join(name), what: what.clone() });
        }
        let receipts = super::receipt::join_lines(facts.receipts.clone());
        write_whole(&folder.join(wanted.shape.receipts_name(facts.shard)), &receipts)?;
        subjects.push((format!("{SHARDS}/{name}"), facts.sha256));
        derivation.add(&mut facts).map_err(failed)
    })?;
    let (tree, tally, Sinks { receipts, failures, index }) = derivation.finish().map_err(failed)?;
    subjects.push((RECEIPTS.to_string(), receipts.publish()?));
    failures.publish()?;
    index.publish()?;
    let recipe = dir.join(RECIPE);
    if is_plain_file(&recipe) {
        let bytes = fs::read(&recipe).map_err(|error| DirError::io(&recipe, error))?;
        subjects.push((RECIPE.to_string(), sha256(&bytes)));
    }
    Ok(Derived { subjects, root: tree.root(), tally })
}

/// A derived file on its way, and the digest of what is in it.
struct Target {
    out: BufWriter<File>,
    hasher: Hasher,
    temporary: Temporary,
}

impl Target {
    fn create(path: &Path) -> Result<Target, DirError> {
        let (temporary, file) = Temporary::create(path)?;
        Ok(Target { out: BufWriter::with_capacity(1 << 20, file), hasher: Hasher::new(), temporary })
    }

    fn publish(self) -> Result<Digest, DirError> {
        let path = self.temporary.target().to_path_buf();
        let file = self.out.into_inner().map_err(|error| DirError::io(&path, error.into_error()))?;
        self.temporary.replace(&file)?;
        Ok(self.hasher.finish())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Who made what, as the last manifest and then the notes of this machine say.
fn known_devices(dir: &Path, before: Option<&Manifest>) -> BTreeMap<u64, BTreeSet<DeviceFacts>> {
    let mut known = before.map(|before| devices::by_shard(&before.claims.devices)).unwrap_or_default();
    known.extend(devices::noted(dir));
    known
}

/// When the first of the shards was written, as the file system has it.
fn first_written(dir: &Path, wanted: &Wanted<'_>, made: &BTreeSet<u64>) -> Timestamp {
    let written = |&shard: &u64| {
        let time = fs::metadata(dir.join(SHARDS).join(wanted.shape.tar_name(shard))).ok()?.modified().ok()?;
        Timestamp::try_from(time).ok()
    };
    made.iter().filter_map(written).min().unwrap_or(Timestamp::UNIX_EPOCH)
}
