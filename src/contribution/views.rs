//! The members of one shard as they pass, held to receipts and plan view by view: in memory are one view's facts and one
//! record, however many a shard has. Knows no archive's structure.

use super::counted::Seen;
use super::index::{self, Row};
use super::inspect::{Depth, ShardFacts};
use super::receipt::{OutputFacts, Receipt};
use super::record::{self, Covered};
use super::wanted::{Role, Wanted};
use crate::formats::json::parse_canonical;
use crate::formats::raster::{Raster, Samples};
use crate::formats::{exr, png, tar};
use crate::hash::{Digest, sha256};
use crate::layer::Layer;
use crate::plan::Variation;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// One member, looked at.
pub struct Looked {
    pub name: String,
    offset: u64,
    packed_size: u64,
    size: u64,
    sha256: Digest,
    content: Content,
}

enum Content {
    Image(Option<Result<Pixels, String>>),
    /// Anything else, as it is: a record is parsed when its view is whole, one at a time.
    Bytes(Vec<u8>),
}

/// What is kept of a decoded image.
struct Pixels {
    digest: Digest,
    /// How many of its samples are not 0.
    filled: u64,
    /// How often each value occurs, of an image of ids or bits.
    values: BTreeMap<u16, u64>,
}

impl Looked {
    /// The bytes of a member that is no image.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.content {
            Content::Bytes(bytes) => bytes,
            Content::Image(_) => Vec::new(),
        }
    }
}

/// Empties a batch, all cores at work.
pub fn look(batch: &mut Vec<tar::Member>, wanted: &Wanted<'_>, depth: Depth) -> Vec<Looked> {
    let one = |member: tar::Member| {
        let packed_size = member.packed_size();
        let tar::Member { name, offset, bytes } = member;
        let (sha256, size) = (sha256(&bytes), bytes.len() as u64);
        let content = if name.ends_with(".png") || name.ends_with(".exr") {
            Content::Image((depth == Depth::Pixels).then(|| pixels(&name, &bytes, wanted)))
        } else {
            Content::Bytes(bytes)
        };
        Looked { name, offset, packed_size, size, sha256, content }
    };
    std::mem::take(batch).into_par_iter().map(one).collect()
}

/// An image's samples, if it has the size and kind that the plan says.
fn pixels(name: &str, bytes: &[u8], wanted: &Wanted<'_>) -> Result<Pixels, String> {
    let decode = if name.ends_with(".png") { png::decode_within } else { exr::decode_within };
    let raster = decode(bytes, &wanted.image_budget()).map_err(|error| error.to_string())?;
    wanted.check_raster(name, &raster)?;
    Ok(Pixels { digest: raster.pixels_digest(), filled: filled(&raster), values: values(&raster) })
}

fn values(raster: &Raster) -> BTreeMap<u16, u64> {
    let Samples::U16(samples) = &raster.samples else { return BTreeMap::new() };
    if raster.channels != 1 {
        return BTreeMap::new();
    }
    let mut counts = vec![0; 1 << 16];
    samples.iter().for_each(|&x| counts[usize::from(x)] += 1);
    (0..=u16::MAX).zip(counts).filter(|(_, n)| *n > 0).collect()
}

fn filled(raster: &Raster) -> u64 {
    let count = match &raster.samples {
        Samples::U8(samples) => samples.iter().filter(|&&x| x != 0).count(),
        Samples::U16(samples) => samples.iter().filter(|&&x| x != 0).count(),
        Samples::F16(samples) => samples.iter().filter(|x| x.to_f32() != 0.0).count(),
        Samples::F32(samples) => samples.iter().filter(|&&x| x != 0.0).count(),
    };
    count as u64
}

/// Walks the receipts of a shard while its members pass, in their order.
pub struct Views<'a> {
    wanted: &'a Wanted<'a>,
    shard: u64,
    receipts: &'a [Receipt],
    /// Those before it are done.
    next: usize,
    current: Option<Current<'a>>,
    /// Members of the current view.
    files: Vec<Looked>,
}

/// The variation whose members pass. Drawn once.
struct Current<'a> {
    receipt: &'a Receipt,
    variation: Variation,
    view: u32,
    /// Its receipt lists as many outputs as a variation has. If not, no view of it is asked for.
    is_listed: bool,
}

impl<'a> Views<'a> {
    pub fn new(wanted: &'a Wanted<'a>, shard: u64, receipts: &'a [Receipt], facts: &mut ShardFacts) -> Views<'a> {
        let mut views = Views { wanted, shard, receipts, next: 0, current: None, files: Vec::new() };
        views.open(facts);
        views
    }

    /// Takes the next member; it has a role in the plan.
    pub fn take(&mut self, file: Looked, role: &Role, facts: &mut ShardFacts) {
        while self.current.as_ref().is_some_and(|current| current.variation.index < role.variation) {
            self.close(facts);
        }
        if let Some(Current { receipt, is_listed: false, .. }) = &self.current {
            let why = if receipt.failed.is_some() { "is of a variation that failed" } else { "has no receipt" };
            facts.findings.push(format!("{}: {why}", file.name));
            return;
        }
        while self.current.as_ref().is_some_and(|current| current.view < role.view) {
            self.close_view(facts);
        }
        self.files.push(file);
    }

    /// All members have passed.
    pub fn finish(mut self, facts: &mut ShardFacts) {
        while self.current.is_some() {
            self.close(facts);
        }
    }

    /// Begins with the next receipt, and checks what the plan alone says about it.
    fn open(&mut self, facts: &mut ShardFacts) {
        self.current = self.receipts.get(self.next).map(|receipt| {
            let variation = self.wanted.plan.variation(receipt.variation, receipt.attempt);
            check_receipt(receipt, &variation, self.wanted, self.shard, facts);
            let listed = if receipt.failed.is_some() { 0 } else { self.wanted.files_per_variation() };
            let fits = receipt.outputs.len() as u64 == listed;
            if !fits {
                facts.broken(unlisted(receipt));
            }
            Current { receipt, variation, view: 0, is_listed: fits && receipt.failed.is_none() }
        });
        self.next += 1;
    }

    /// Ends the current variation. One without outputs has no views to go through: its receipt is cheap, and they may be many.
    fn close(&mut self, facts: &mut ShardFacts) {
        let n_views = self.wanted.plan.views_per_variation();
        while self.current.as_ref().is_some_and(|current| current.is_listed && current.view < n_views) {
            self.close_view(facts);
        }
        self.open(facts);
    }

    /// Ends the current view.
    fn close_view(&mut self, facts: &mut ShardFacts) {
        let files = std::mem::take(&mut self.files);
        if let Some(current) = &mut self.current {
            check_view(&files, current, self.wanted, facts);
            current.view += 1;
        }
    }
}

fn unlisted(receipt: &Receipt) -> String {
    let what = "its outputs are not those that the plan foretells, in their order";
    format!("receipt of variation {}: {what}", receipt.variation)
}

/// What a receipt may say without looking at any file.
fn check_receipt(receipt: &Receipt, drawn: &Variation, wanted: &Wanted<'_>, shard: u64, facts: &mut ShardFacts) {
    let variation = receipt.variation;
    let mut wrong = |what: String| facts.findings.push(format!("receipt of variation {variation}: {what}"));
    if receipt.shard != wanted.shape.names.shard_name(shard) {
        wrong(format!("names shard {:?}", receipt.shard));
    }
    // Nothing is refused by a probe yet: the first attempt is the one.
    if receipt.attempt != 0 {
        wrong(format!("claims attempt {}, and the plan takes the first", receipt.attempt));
    }
    let credits = if receipt.failed.is_some() { 0 } else { wanted.plan.credits_per_variation() };
    if receipt.credits != credits {
        wrong(format!("claims {} credits, and the plan gives {credits}", receipt.credits));
    }
    let drawn = drawn.drawn_digest();
    if receipt.drawn != drawn {
        wrong(format!("`drawn` is {}, and the plan draws {drawn}", receipt.drawn));
    }
}

/// Holds the files of one view to its receipt, and both to the plan.
fn check_view(files: &[Looked], current: &Current<'_>, wanted: &Wanted<'_>, facts: &mut ShardFacts) {
    let (receipt, view) = (current.receipt, current.view);
    let names = wanted.view_members(receipt.variation, view);
    let outputs = &receipt.outputs[view as usize * names.len()..][..names.len()];
    let are_named = outputs.iter().map(|output| &output.name).eq(&names);
    if !are_named {
        facts.broken(unlisted(receipt));
    }
    for file in files {
        match outputs.iter().find(|output| output.name == file.name) {
            Some(output) => check_file(file, output, facts),
            None => facts.findings.push(format!("{}: has no receipt", file.name)),
        }
    }
    for output in outputs.iter().filter(|output| !files.iter().any(|file| file.name == output.name)) {
        facts.broken(format!("{}: is missing", output.name));
    }
    if are_named && files.len() == names.len() {
        check_record(files, current, wanted, facts);
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
                Some(Ok(Pixels { digest, .. })) if *digest != claimed => {
                    facts.findings.push(format!("{name}: its pixels are {digest}, and its receipt says {claimed}"));
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

/// The record of a view that has all its files, and the row that it gives.
fn check_record(files: &[Looked], current: &Current<'_>, wanted: &Wanted<'_>, facts: &mut ShardFacts) {
    let record = files.iter().find_map(|file| match &file.content {
        Content::Bytes(bytes) => Some((&file.name, bytes)),
        Content::Image(_) => None,
    });
    let (Some((name, bytes)), Some(first), Some(last)) = (record, files.first(), files.last()) else {
        return;
    };
    let found = match parse_canonical(bytes) {
        Ok(found) => found,
        Err(error) => return facts.broken(format!("{name}: {error}")),
    };
    let Current { receipt, variation, view, .. } = current;
    let seen = Seen { covered: covered(files, wanted), values: &|layer| values_of(files, wanted, layer) };
    let wanted_record = record::wanted(wanted, &found, variation, *view, receipt, &seen);
    let wrong = record::differences(&found, &wanted_record);
    facts.findings.extend(wrong.into_iter().map(|what| format!("{name}: {what}")));
    let place = index::Place { offset: first.offset, size: last.offset + last.packed_size - first.offset };
    let row: Result<Row, String> = index::row(&wanted_record, wanted.plan, variation, *view, receipt, place);
    match row {
        Ok(row) => facts.rows.push(row),
        Err(what) => facts.broken(format!("{name}: {what}")),
    }
}

/// How often each value occurs in a layer's image; `None` where it was not decoded.
fn values_of<'f>(files: &'f [Looked], wanted: &Wanted<'_>, layer: Layer) -> Option<&'f BTreeMap<u16, u64>> {
    files.iter().find_map(|file| match &file.content {
        Content::Image(Some(Ok(pixels))) if wanted.layer_of(&file.name) == Some(layer) => Some(&pixels.values),
        _ => None,
    })
}

/// What a view's decoded images say about how much of the picture shows objects.
fn covered(files: &[Looked], wanted: &Wanted<'_>) -> Covered {
    let filled = |layer: Layer| {
        files.iter().find_map(|file| match &file.content {
            Content::Image(Some(Ok(pixels))) if wanted.layer_of(&file.name) == Some(layer) => Some(pixels.filled),
            _ => None,
        })
    };
    // Both are 0 exactly where no object is; depth also shows the ground.
    match (filled(Layer::Instance).or(filled(Layer::Semantic)), filled(Layer::Depth).or(filled(Layer::Distance))) {
        (Some(n), _) => Covered::Exactly(n),
        (None, Some(n)) => Covered::AtMost(n),
        (None, None) => Covered::Unknown,
    }
}
