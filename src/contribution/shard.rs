//! Writes one shard: an archive of its variations' files and their receipts. It appears whole or not at all, and the archive
//! alone is the commit: the receipts beside it are a copy.

use super::layout::{Shape, Temporary, write_whole};
use super::receipt::{FAILURES_MEMBER, Failure, OutputFacts, RECEIPTS_MEMBER, Receipt, join_lines};
use super::{DeviceFacts, DirError, Entry, Outcome, Output};
use crate::formats::tar;
use crate::hash::sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Takes the variations of one shard, in any order, and writes them in theirs.
pub struct ShardWriter {
    shard: u64,
    shape: Shape,
    path: PathBuf,
    archive: tar::Writer<BufWriter<File>>,
    temporary: Temporary,
    /// The variation that is written next.
    next: u64,
    /// Those that came early.
    waiting: BTreeMap<u64, Entry>,
    receipts: Vec<Vec<u8>>,
    failures: Vec<Vec<u8>>,
    devices: BTreeSet<DeviceFacts>,
}

/// A shard that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardSummary {
    pub shard: u64,
    pub variations: u64,
    pub failed: u64,
    /// Of the archive.
    pub bytes: u64,
}

impl ShardWriter {
    /// `dir`: the output directory.
    pub(super) fn begin(dir: &Path, shape: Shape, shard: u64) -> Result<ShardWriter, DirError> {
        let path = dir.join(super::layout::SHARDS).join(shape.tar_name(shard));
        if std::fs::symlink_metadata(&path).is_ok() {
            return Err(DirError::Exists(path));
        }
        let (temporary, file) = Temporary::create(&path)?;
        let archive = tar::Writer::new(BufWriter::with_capacity(1 << 20, file));
        let next = shape.range(shard).start;
        let (waiting, receipts, failures) = (BTreeMap::new(), Vec::new(), Vec::new());
        Ok(ShardWriter {
            shard,
            shape,
            path,
            archive,
            temporary,
            next,
            waiting,
            receipts,
            failures,
            devices: BTreeSet::new(),
        })
    }

    /// Says that a device makes views of this shard; the manifest will name it, also when another run seals.
    pub fn made_by(&mut self, device: DeviceFacts) {
        self.devices.insert(device);
    }

    /// Adds one variation of the shard; each comes once.
    ///
    /// # Panics
    /// On a variation of another shard or that came before, and on outputs that are not named after it: bugs of the caller.
    pub fn push(&mut self, entry: Entry) -> Result<(), DirError> {
        let range = self.shape.range(self.shard);
        assert!(range.contains(&entry.variation), "variation {} is not of shard {}", entry.variation, self.shard);
        let is_new = entry.variation >= self.next && !self.waiting.contains_key(&entry.variation);
        assert!(is_new, "variation {} came twice", entry.variation);
        self.waiting.insert(entry.variation, entry);
        while let Some(entry) = self.waiting.remove(&self.next) {
            self.write(entry)?;
            self.next += 1;
        }
        Ok(())
    }

    /// Puts the shard on disk under its name, for good.
    ///
    /// # Panics
    /// If a variation of the shard is missing: a bug of the caller.
    pub fn commit(mut self) -> Result<ShardSummary, DirError> {
        let range = self.shape.range(self.shard);
        assert_eq!(self.next, range.end, "a shard is committed with all its variations");
        let failed = self.failures.len() as u64;
        if failed > 0 {
            let failures = join_lines(std::mem::take(&mut self.failures));
            self.append(FAILURES_MEMBER, &failures)?;
        }
        let receipts = join_lines(std::mem::take(&mut self.receipts));
        self.append(RECEIPTS_MEMBER, &receipts)?;
        let ShardWriter { path, archive, temporary, shape, shard, devices, .. } = self;
        let fail = |error: std::io::Error| DirError::io(&path, error);
        let mut out = archive.finish().map_err(|error| DirError::tar(&path, error))?;
        out.flush().map_err(fail)?;
        let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
        let bytes = file.metadata().map_err(fail)?.len();
        let folder = path.parent().expect("a shard stands in a folder");
        if !devices.is_empty() {
            // Before the shard is there: a shard without its device cannot be mended later, a line too many does no harm.
            super::devices::note(folder.parent().expect("shards stand in the output directory"), shard, &devices)?;
        }
        temporary.publish_new(&file)?;
        write_whole(&folder.join(shape.receipts_name(shard)), &receipts)?;
        Ok(ShardSummary { shard, variations: range.end - range.start, failed, bytes })
    }

    fn write(&mut self, entry: Entry) -> Result<(), DirError> {
        let Entry { variation, attempt, credits, drawn, outcome } = entry;
        let shard = self.shape.names.shard_name(self.shard);
        let receipt = match outcome {
            Outcome::Made(mut outputs) => {
                outputs.sort_by(|a, b| tar::order(&a.name).cmp(&tar::order(&b.name)));
                let key = self.shape.names.variation_key(variation);
                let is_ours = |o: &Output| o.name.strip_prefix(&key).is_some_and(|rest| rest.starts_with(['-', '.']));
                assert!(outputs.iter().all(is_ours), "the outputs of {key} are named after it");
                for output in &outputs {
                    self.append(&output.name, &output.bytes)?;
                }
                let facts = |o: Output| OutputFacts {
                    sha256: sha256(&o.bytes),
                    size: o.bytes.len() as u64,
                    name: o.name,
                    pixels: o.pixels,
                };
                let outputs = outputs.into_iter().map(facts).collect();
                Receipt { variation, attempt, credits, drawn, shard, failed: None, outputs }
            }
            Outcome::Failed { reason, message } => {
                self.failures.push(Failure::new(variation, reason, &message).to_line());
                Receipt { variation, attempt, credits: 0, drawn, shard, failed: Some(reason), outputs: Vec::new() }
            }
        };
        self.receipts.push(receipt.to_leaf());
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), DirError> {
        self.archive.append(name, bytes).map(drop).map_err(|error| DirError::tar(&self.path, error))
    }
}
