//! Reads one shard's archive and holds it to its plan: structure, names, digests, receipts, records and, if wanted, pixels.
//! Believes bytes only. What it finds it lists; what is derived from a shard it gives back.

use super::index::Row;
use super::layout::{SHARDS, is_plain_file};
use super::receipt::{FAILURES_MEMBER, Failure, RECEIPTS_MEMBER, Receipt, split_lines};
use super::views::{Views, look};
use super::wanted::Wanted;
use crate::formats::tar;
use crate::hash::{Digest, Hasher};
use crate::plan::Plan;
use crate::reason::Reason;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

/// How much of a shard is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything but the pixels: what sealing needs.
    Digests,
    /// Images are decoded as well.
    Pixels,
}

/// What a shard is, and what is wrong with it.
#[derive(Debug, Default)]
pub struct ShardFacts {
    pub shard: u64,
    /// Of the archive, whatever its content.
    pub sha256: Digest,
    pub bytes: u64,
    /// Leaves in order.
    pub receipts: Vec<Vec<u8>>,
    /// Lines in order, without ends.
    pub failures: Vec<Vec<u8>>,
    pub rows: Vec<Row>,
    pub tally: Tally,
    pub findings: Vec<String>,
    /// Receipts, failures and rows are all there and fit the plan: files can be derived from them.
    pub is_derivable: bool,
}

/// Counts over shards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub variations: u64,
    pub failed: BTreeMap<Reason, u64>,
    pub views: u64,
    pub credits: u128,
    pub members: u64,
    pub images: u64,
    pub bytes: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.variations += other.variations;
        self.views += other.views;
        self.credits += other.credits;
        self.members += other.members;
        self.images += other.images;
        self.bytes += other.bytes;
        for (&reason, count) in &other.failed {
            *self.failed.entry(reason).or_default() += count;
        }
    }

    pub fn n_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// `shards`: how many were counted, of the plan's.
    pub fn totals(&self, plan: &Plan, shards: u64) -> Totals {
        Totals {
            shards,
            shards_planned: plan.shard_count(),
            variations: self.variations,
            failed: self.n_failed(),
            views: self.views,
            credits: self.credits,
            bytes: self.bytes,
        }
    }
}

/// What a contribution holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub shards: u64,
    /// Of the whole plan: several nodes may share one.
    pub shards_planned: u64,
    pub variations: u64,
    pub failed: u64,
    /// Of the variations made.
    pub views: u64,
    pub credits: u128,
    /// Of all archives.
    pub bytes: u64,
}

/// Members are looked at side by side in batches of about this many bytes: what one archive holds in memory.
const BATCH_BYTES: u64 = 32 << 20;

/// Looks at the archive of one shard.
pub fn inspect(dir: &Path, wanted: &Wanted<'_>, shard: u64, depth: Depth) -> ShardFacts {
    let mut facts = ShardFacts { shard, is_derivable: true, ..ShardFacts::default() };
    let path = dir.join(SHARDS).join(wanted.shape.tar_name(shard));
    if let Err(error) = inspect_file(&path, wanted, depth, &mut facts) {
        facts.broken(error.to_string());
    }
    facts
}

impl ShardFacts {
    /// Something is wrong, and what is derived from this shard would be wrong as well.
    pub fn broken(&mut self, what: String) {
        self.findings.push(what);
        self.is_derivable = false;
    }
}

/// Reads the archive to its end, and hashes it, also past an error. Its receipts, which stand last, are fetched first: each
/// view can be checked and let go when its members have passed.
fn inspect_file(path: &Path, wanted: &Wanted<'_>, depth: Depth, facts: &mut ShardFacts) -> io::Result<()> {
    if !is_plain_file(path) {
        return Err(io::Error::other("no plain file"));
    }
    let mut file = File::open(path)?;
    let most = wanted.most_bytes(facts.shard, RECEIPTS_MEMBER).unwrap_or(0);
    let text = tar::find(BufReader::new(&file), RECEIPTS_MEMBER, most).unwrap_or_else(|error| {
        facts.broken(error.to_string());
        None
    });
    let receipts = read_receipts(text.as_deref(), wanted, facts);
    file.rewind()?;
    let input = BufReader::with_capacity(1 << 20, file);
    let mut input = Hashing { input, hasher: Hasher::new(), bytes: 0 };
    if let (Some(text), Some(receipts)) = (text, receipts) {
        read_members(&mut input, wanted, depth, &text, &receipts, facts);
    }
    io::copy(&mut input, &mut io::sink())?;
    (facts.sha256, facts.bytes) = (input.hasher.finish(), input.bytes);
    facts.tally.bytes = facts.bytes;
    Ok(())
}

/// Reads all members, as far as they are well-formed and foretold, and checks them as they pass.
fn read_members(
    input: &mut impl Read,
    wanted: &Wanted<'_>,
    depth: Depth,
    text: &[u8],
    receipts: &[Receipt],
    facts: &mut ShardFacts,
) {
    let shard = facts.shard;
    let mut reader = tar::Reader::new(input);
    let mut views = Views::new(wanted, shard, receipts, facts);
    let (mut batch, mut batch_bytes) = (Vec::new(), 0);
    let mut failures = None;
    let mut error = None;
    let mut is_read = false;
    while !is_read {
        match reader.next(|name| wanted.most_bytes(shard, name)) {
            Ok(Some(member)) => {
                batch_bytes += member.packed_size();
                batch.push(member);
            }
            Ok(None) => is_read = true,
            Err(what) => (error, is_read) = (Some(what.to_string()), true),
        }
        if batch_bytes < BATCH_BYTES && !is_read {
            continue;
        }
        batch_bytes = 0;
        for looked in look(&mut batch, wanted, depth) {
            facts.tally.members += 1;
            if let Some(role) = wanted.role(shard, &looked.name) {
                views.take(looked, &role, facts);
            } else if looked.name == FAILURES_MEMBER {
                failures = Some(looked.into_bytes());
            } else if looked.into_bytes() != text {
                facts.broken(format!("{RECEIPTS_MEMBER} changed while it was read"));
            }
        }
    }
    // Ahead of the members that are missing because of it.
    if let Some(error) = error {
        facts.broken(error);
    }
    views.finish(facts);
    read_failures(failures.as_deref(), receipts, facts);
}

/// Hashes what passes.
struct Hashing<R> {
    input: R,
    hasher: Hasher,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

/// The receipts, if they are one for each variation of the shard.
fn read_receipts(text: Option<&[u8]>, wanted: &Wanted<'_>, facts: &mut ShardFacts) -> Option<Vec<Receipt>> {
    let range = wanted.shape.range(facts.shard);
    let Some(lines) = text.and_then(split_lines) else {
        facts.broken(format!("{RECEIPTS_MEMBER} is missing or ends within a line"));
        return None;
    };
    if lines.len() as u64 != range.end - range.start {
        facts.broken(format!("{} receipts, and the plan has {} variations here", lines.len(), range.end - range.start));
        return None;
    }
    let mut receipts = Vec::with_capacity(lines.len());
    for (variation, line) in range.zip(lines) {
        let receipt = Receipt::from_leaf(line).filter(|r| r.variation == variation);
        let Some(receipt) = receipt else {
            facts.broken(format!("{RECEIPTS_MEMBER}: no receipt of variation {variation} in its place"));
            return None;
        };
        let tally = &mut facts.tally;
        tally.variations += 1;
        tally.credits += u128::from(receipt.credits);
        match receipt.failed {
            Some(reason) => *tally.failed.entry(reason).or_default() += 1,
            None => tally.views += u64::from(wanted.plan.views_per_variation()),
        }
        facts.receipts.push(line.to_vec());
        receipts.push(receipt);
    }
    Some(receipts)
}

fn read_failures(text: Option<&[u8]>, receipts: &[Receipt], facts: &mut ShardFacts) {
    let failed: Vec<_> = receipts.iter().filter_map(|r| Some((r.variation, r.failed?))).collect();
    let lines = match text {
        None => Some(Vec::new()),
        // An empty list is not written.
        Some(text) => split_lines(text).filter(|lines| !lines.is_empty()),
    };
    let failures: Option<Vec<Failure>> =
        lines.as_ref().and_then(|lines| lines.iter().map(|line| Failure::from_line(line)).collect());
    let listed = failures.map(|f| f.into_iter().map(|f| (f.variation, f.reason)).collect::<Vec<_>>());
    match listed.as_ref() == Some(&failed) {
        true => facts.failures = lines.unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect(),
        false => facts.broken(format!("{FAILURES_MEMBER} does not list the variations that failed")),
    }
}
