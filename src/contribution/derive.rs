//! What follows from the shards: receipts, failures, index, Merkle tree, counts. Sealing writes it, verifying compares it: the
//! same walk feeds both.

use super::index;
use super::inspect::{Depth, ShardFacts, Tally, inspect};
use super::receipt::join_lines;
use super::wanted::Wanted;
use crate::formats::merkle::Tree;
use crate::formats::parquet::{TableError, TableWriter};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// Where the derived files go.
pub struct Sinks<W: Write + Send> {
    pub receipts: W,
    pub failures: W,
    pub index: W,
}

/// Takes shards in their order.
pub struct Derivation<W: Write + Send> {
    pub tree: Tree,
    pub tally: Tally,
    receipts: W,
    failures: W,
    index: TableWriter<W>,
}

#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Table(#[from] TableError),
}

impl<W: Write + Send> Derivation<W> {
    pub fn new(sinks: Sinks<W>) -> Result<Derivation<W>, DeriveError> {
        let Sinks { receipts, failures, index } = sinks;
        let index = TableWriter::new(index, &index::COLUMNS)?;
        Ok(Derivation { tree: Tree::new(), tally: Tally::default(), receipts, failures, index })
    }

    pub fn add(&mut self, facts: &mut ShardFacts) -> Result<(), DeriveError> {
        self.tally.add(&facts.tally);
        facts.receipts.iter().for_each(|leaf| self.tree.push(leaf));
        self.receipts.write_all(&join_lines(std::mem::take(&mut facts.receipts)))?;
        self.failures.write_all(&join_lines(std::mem::take(&mut facts.failures)))?;
        for row in std::mem::take(&mut facts.rows) {
            self.index.push(row)?;
        }
        Ok(())
    }

    /// The tree, the counts, and the sinks with all bytes in them.
    pub fn finish(self) -> Result<(Tree, Tally, Sinks<W>), DeriveError> {
        let Derivation { tree, tally, mut receipts, mut failures, index } = self;
        let mut index = index.finish()?;
        for sink in [&mut receipts, &mut failures, &mut index] {
            sink.flush()?;
        }
        Ok((tree, tally, Sinks { receipts, failures, index }))
    }
}

/// Looks at all shards, several at a time, and hands them over in their order. In memory are as many as there are threads.
pub fn walk<E>(
    dir: &Path,
    wanted: &Wanted<'_>,
    made: &BTreeSet<u64>,
    depth: Depth,
    mut each: impl FnMut(ShardFacts) -> Result<(), E>,
) -> Result<(), E> {
    let shards: Vec<u64> = made.iter().copied().collect();
    for some in shards.chunks(rayon::current_num_threads().max(1)) {
        let facts: Vec<ShardFacts> = some.par_iter().map(|&shard| inspect(dir, wanted, shard, depth)).collect();
        facts.into_iter().try_for_each(&mut each)?;
    }
    Ok(())
}
