//! Reads one shard's archive and holds it to its plan: structure, names, digests, receipts, records and, if wanted, pixels.
//! Believes bytes only. What it finds it lists; what is derived from a shard it gives back.

use super::index::{self, Row};
use super::layout::{SHARDS, is_plain_file};
use super::receipt::{FAILURES_MEMBER, Failure, OutputFacts, RECEIPTS_MEMBER, Receipt, split_lines};
use super::wanted::Wanted;
use crate::formats::json::parse_canonical;
use crate::formats::{exr, png, tar};
use crate::hash::{Digest, Hasher, sha256};
use crate::plan::Plan;
use crate::reason::Reason;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
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
const BATCH_BYTES: usize = 32 << 20;
/// One member, looked at.
struct Looked {
    name: String,
    offset: u64,
    packed_size: u64,
    size: u64,
    sha256: Digest,
    content: Content,
}

enum Content {
    Image(Option<Result<Digest, String>>),
    Record(Result<Value, String>),
    /// Receipts, failures, and names that no plan foretells.
    Bytes(Vec<u8>),
}

/// Looks at the archive of one shard.
pub fn inspect(dir: &Path, wanted: &Wanted<'_>, shard: u64, depth: Depth) -> ShardFacts {
    let mut facts = ShardFacts { shard, is_derivable: true, ..ShardFacts::default() };
    let path = dir.join(SHARDS).join(wanted.shape.tar_name(shard));
    let members = match read_members(&path, wanted, shard, depth, &mut facts) {
        Ok(members) => members,
        Err(error) => {
            facts.broken(error.to_string());
            return facts;
        }
    };
    facts.tally.members = members.len() as u64;
    facts.tally.bytes = facts.bytes;
    let (texts, files): (Vec<Looked>, Vec<Looked>) =
        members.into_iter().partition(|m| m.name == RECEIPTS_MEMBER || m.name == FAILURES_MEMBER);
    let text = |name: &str| {
        let member = texts.iter().find(|m| m.name == name);
        member.map(|m| if let Content::Bytes(bytes) = &m.content { bytes.as_slice() } else { b"" })
    };
    let Some(receipts) = read_receipts(text(RECEIPTS_MEMBER), wanted, shard, &mut facts) else {
        return facts;
    };
    read_failures(text(FAILURES_MEMBER), &receipts, &mut facts);
    check_files(&files, &receipts, wanted, &mut facts);
    facts
}

impl ShardFacts {
    /// Something is wrong, and what is derived from this shard would be wrong as well.
    fn broken(&mut self, what: String) {
        self.findings.push(what);
        self.is_derivable = false;
    }
}

/// Reads the archive to its end, and hashes it, also past an error.
fn read_members(
    path: &Path,
    wanted: &Wanted<'_>,
    shard: u64,
    depth: Depth,
    facts: &mut ShardFacts,
) -> io::Result<Vec<Looked>> {
    if !is_plain_file(path) {
        return Err(io::Error::other("no plain file"));
    }
    let mut input =
        Hashing { input: BufReader::with_capacity(1 << 20, File::open(path)?), hasher: Hasher::new(), bytes: 0 };
    let most_members = wanted.most_members(shard);
    let mut reader = tar::Reader::new(&mut input);
    let mut members = Vec::new();
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    let error = loop {
        match reader.next(|name| wanted.most_bytes(shard, name)) {
            Ok(Some(member)) => {
                batch_bytes += member.bytes.len();
                batch.push(member);
                if batch_bytes >= BATCH_BYTES {
                    look(&mut batch, wanted, depth, &mut members);
                    batch_bytes = 0;
                }
                if (members.len() + batch.len()) as u64 > most_members {
                    break Some(format!("more than the {} members that the plan foretells", most_members));
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    look(&mut batch, wanted, depth, &mut members);
    drop(reader);
    io::copy(&mut input, &mut io::sink())?;
    (facts.sha256, facts.bytes) = (input.hasher.finish(), input.bytes);
    if let Some(error) = error {
        facts.broken(error);
    }
    Ok(members)
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

/// Empties a batch into `members`, all cores at work.
fn look(batch: &mut Vec<tar::Member>, wanted: &Wanted<'_>, depth: Depth, members: &mut Vec<Looked>) {
    members.par_extend(std::mem::take(batch).into_par_iter().map(|member| {
        let packed_size = member.packed_size();
        let tar::Member { name, offset, bytes } = member;
        let (sha256, size) = (sha256(&bytes), bytes.len() as u64);
        let content = if name.ends_with(".png") || name.ends_with(".exr") {
            Content::Image((depth == Depth::Pixels).then(|| pixels(&name, &bytes, wanted)))
        } else if name.ends_with(".json") {
            Content::Record(parse_canonical(&bytes).map_err(|error| error.to_string()))
        } else {
            Content::Bytes(bytes)
        };
        Looked { name, offset, packed_size, size, sha256, content }
    }));
}

/// The digest of an image's samples, if it has the size and kind that the plan says.
fn pixels(name: &str, bytes: &[u8], wanted: &Wanted<'_>) -> Result<Digest, String> {
    let decode = if name.ends_with(".png") { png::decode_within } else { exr::decode_within };
    let raster = decode(bytes, &wanted.image_budget()).map_err(|error| error.to_string())?;
    wanted.check_raster(name, &raster)?;
    Ok(raster.pixels_digest())
}

/// The receipts, if they are one for each variation of the shard; also checks what the plan alone says about each.
fn read_receipts(text: Option<&[u8]>, wanted: &Wanted<'_>, shard: u64, facts: &mut ShardFacts) -> Option<Vec<Receipt>> {
    let range = wanted.shape.range(shard);
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
        check_receipt(&receipt, wanted, shard, facts);
        receipts.push(receipt);
    }
    Some(receipts)
}

/// What a receipt may say without looking at any file.
fn check_receipt(receipt: &Receipt, wanted: &Wanted<'_>, shard: u64, facts: &mut ShardFacts) {
    let plan = wanted.plan;
    let variation = receipt.variation;
    let mut wrong = |what: String| facts.findings.push(format!("receipt of variation {variation}: {what}"));
    if receipt.shard != wanted.shape.names.shard_name(shard) {
        wrong(format!("names shard {:?}", receipt.shard));
    }
    // Nothing is refused by a probe yet: the first attempt is the one.
    if receipt.attempt != 0 {
        wrong(format!("claims attempt {}, and the plan takes the first", receipt.attempt));
    }
    let credits = if receipt.failed.is_some() { 0 } else { plan.credits_per_variation() };
    if receipt.credits != credits {
        wrong(format!("claims {} credits, and the plan gives {credits}", receipt.credits));
    }
    let drawn = plan.variation(variation, receipt.attempt).drawn_digest();
    if receipt.drawn != drawn {
        wrong(format!("`drawn` is {}, and the plan draws {drawn}", receipt.drawn));
    }
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

/// Holds files to receipts, and both to the plan.
fn check_files(files: &[Looked], receipts: &[Receipt], wanted: &Wanted<'_>, facts: &mut ShardFacts) {
    let mut by_name: BTreeMap<&str, &Looked> = files.iter().map(|file| (file.name.as_str(), file)).collect();
    for receipt in receipts {
        let expected = if receipt.failed.is_some() { Vec::new() } else { wanted.members(receipt.variation) };
        let named: BTreeSet<&str> = receipt.outputs.iter().map(|o| o.name.as_str()).collect();
        if !receipt.outputs.iter().map(|o| &o.name).eq(expected.iter()) {
            let what = "its outputs are not those that the plan foretells, in their order";
            facts.broken(format!("receipt of variation {}: {what}", receipt.variation));
        }
        for name in expected.iter().filter(|name| !named.contains(name.as_str())) {
            if by_name.remove(name.as_str()).is_some() {
                facts.findings.push(format!("{name}: has no receipt"));
            }
        }
        let mut of_variation = BTreeMap::new();
        for output in &receipt.outputs {
            match by_name.remove(output.name.as_str()) {
                Some(file) => {
                    check_file(file, output, facts);
                    of_variation.insert(file.name.as_str(), file);
                }
                None => facts.broken(format!("{}: is missing", output.name)),
            }
        }
        if receipt.failed.is_none() && facts.is_derivable {
            check_records(&of_variation, receipt, wanted, facts);
        }
    }
    for name in by_name.into_keys() {
        facts.findings.push(format!("{name}: is not foretold by the plan"));
    }
}

fn check_file(file: &Looked, output: &OutputFacts, facts: &mut ShardFacts) {
    let name = &file.name;
    if file.size != output.size {
        facts.findings.push(format!("{name}: has {} bytes, and its receipt says {}", file.size, output.size));
    }
    if file.sha256 != output.sha256 {
        facts.findings.push(format!("{name}: its sha256 is {}, and its receipt says {}", file.sha256, output.sha256));
    }
    match (&file.content, output.pixels) {
        (Content::Image(looked), Some(claimed)) => {
            facts.tally.images += 1;
            match looked {
                Some(Ok(pixels)) if *pixels != claimed => {
                    facts.findings.push(format!("{name}: its pixels are {pixels}, and its receipt says {claimed}"));
                }
                Some(Err(error)) => facts.findings.push(format!("{name}: {error}")),
                _ => {}
            }
        }
        (Content::Image(_), None) => facts.findings.push(format!("{name}: its receipt does not name its pixels")),
        (_, Some(_)) => facts.findings.push(format!("{name}: is no image, and its receipt names pixels")),
        (_, None) => {}
    }
}

/// The records of one variation's views, and the rows that they give.
fn check_records(files: &BTreeMap<&str, &Looked>, receipt: &Receipt, wanted: &Wanted<'_>, facts: &mut ShardFacts) {
    let plan = wanted.plan;
    let variation = plan.variation(receipt.variation, receipt.attempt);
    for view in 0..plan.views_per_variation() {
        let names = wanted.view_members(receipt.variation, view);
        let members: Vec<&Looked> = names.iter().filter_map(|name| files.get(name.as_str()).copied()).collect();
        let found = members.iter().find_map(|member| match &member.content {
            Content::Record(read) => Some((member.name.as_str(), read)),
            _ => None,
        });
        let (Some((name, read)), Some(first), Some(last)) = (found, members.first(), members.last()) else {
            facts.broken(format!("view {view} of variation {}: has no record", receipt.variation));
            continue;
        };
        let value = match read {
            Ok(value) => value,
            Err(error) => {
                facts.broken(format!("{name}: {error}"));
                continue;
            }
        };
        let wrong = wanted.check_record(value, &variation, view, receipt);
        facts.findings.extend(wrong.into_iter().map(|what| format!("{name}: {what}")));
        let place = index::Place { offset: first.offset, size: last.offset + last.packed_size - first.offset };
        match index::row(value, plan, &variation, view, receipt, place) {
            Ok(row) => facts.rows.push(row),
            Err(what) => facts.broken(format!("{name}: {what}")),
        }
    }
}
