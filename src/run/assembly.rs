//! Puts the views of a shard together, from whichever device and in whatever order they come. Knows no threads.

use crate::contribution::{DeviceFacts, DirError, Entry, Outcome, Output, ShardSummary, ShardWriter};
use crate::hash::Digest;
use crate::reason::Reason;
use std::collections::{BTreeMap, BTreeSet};

/// The files of one view, or why there will be none of its variation.
pub struct Part {
    pub variation: u64,
    pub drawn: Digest,
    pub view: u32,
    pub files: Result<Vec<Output>, (Reason, String)>,
}

/// A variation that is complete.
#[derive(Debug, PartialEq, Eq)]
pub struct Complete {
    pub variation: u64,
    pub views: u64,
    pub failed: Option<String>,
}

/// A shard that is being made.
pub struct Assembly {
    writer: ShardWriter,
    n_views: u32,
    credits: u64,
    /// Variations that are not complete.
    begun: BTreeMap<u64, Begun>,
    complete: BTreeSet<u64>,
    n_variations: u64,
}

#[derive(Default)]
struct Begun {
    drawn: Digest,
    views: BTreeMap<u32, Vec<Output>>,
    /// The lowest view that failed; those above it do not count.
    failed: Option<(u32, Reason, String)>,
}

impl Assembly {
    /// `credits`: of a variation that is made.
    pub fn new(writer: ShardWriter, n_variations: u64, n_views: u32, credits: u64) -> Assembly {
        Assembly { writer, n_views, credits, begun: BTreeMap::new(), complete: BTreeSet::new(), n_variations }
    }

    /// Adds what a device made, and writes the variation if that was its last view. Each view comes once.
    pub fn add(&mut self, part: Part, device: &DeviceFacts) -> Result<Option<Complete>, DirError> {
        let Part { variation, drawn, view, files } = part;
        // A view above one that failed, which came late.
        if self.complete.contains(&variation) {
            return Ok(None);
        }
        self.writer.made_by(device.clone());
        let begun = self.begun.entry(variation).or_default();
        begun.drawn = drawn;
        match files {
            Ok(files) => drop(begun.views.insert(view, files)),
            Err((reason, message)) => {
                if begun.failed.as_ref().is_none_or(|(lowest, ..)| view < *lowest) {
                    begun.failed = Some((view, reason, message));
                }
            }
        }
        let n_wanted = begun.failed.as_ref().map_or(self.n_views, |(view, ..)| *view);
        if begun.views.range(..n_wanted).count() < n_wanted as usize {
            return Ok(None);
        }
        let Begun { drawn, views, failed } = self.begun.remove(&variation).unwrap_or_default();
        self.complete.insert(variation);
        let said = failed.as_ref().map(|(_, reason, message)| format!("{reason}: {message}"));
        let n_views = if said.is_none() { views.len() as u64 } else { 0 };
        let outcome = match failed {
            None => Outcome::Made(views.into_values().flatten().collect()),
            Some((_, reason, message)) => Outcome::Failed { reason, message },
        };
        let credits = if said.is_none() { self.credits } else { 0 };
        self.writer.push(Entry { variation, attempt: super::variation::FIRST_ATTEMPT, credits, drawn, outcome })?;
        Ok(Some(Complete { variation, views: n_views, failed: said }))
    }

    /// Nothing is missing: it can be committed.
    pub fn is_whole(&self) -> bool {
        self.complete.len() as u64 == self.n_variations
    }

    /// Puts the shard on disk under its name, for good.
    ///
    /// # Panics
    /// If something is missing: a bug of the caller.
    pub fn commit(self) -> Result<ShardSummary, DirError> {
        self.writer.commit()
    }
}
