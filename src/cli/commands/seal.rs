//! `genki seal`: index, card and signed manifest from the shards.

use crate::cli::console::{Console, Failure};
use crate::contribution::NodeKey;
use std::path::Path;

pub struct Report {
    pub failed: u64,
}

pub fn seal(_dir: &Path, _key: &NodeKey) -> Result<Report, Failure> {
    Ok(Report { failed: 0 })
}

pub fn say_sealed(_report: &Report, _console: &Console) {}
