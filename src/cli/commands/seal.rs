//! `genki seal`: index, card and signed manifest from the shards.

use crate::cli::args::SealArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure, bytes, count, counted};
use crate::cli::exit::Exit;
use crate::contribution::{self, NodeKey, SealError, SealReport};
use crate::diag::Problems;
use serde_json::json;
use std::path::Path;

pub fn run(args: &SealArgs, console: &Console) -> Result<Exit, Failure> {
    let dir = &args.dir;
    // Found out before a key is made for it.
    if !dir.join("plan.json").is_file() {
        let hint = "seal takes a directory that `genki render` filled";
        return Err(Failure::cannot_start(dir.display(), "holds no plan.json", hint));
    }
    let key = config::key(&args.key, console)?;
    let report = seal(dir, &key).map_err(|error| unsealed(error, Exit::CannotStart))?;
    match args.json.json {
        true => console.result(as_json(&report))?,
        false => {
            say_sealed(&report, console);
            console.result(report.manifest.display())?;
        }
    }
    Ok(if report.failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

/// Seals what is there; which device made it is noted beside the shards.
pub fn seal(dir: &Path, key: &NodeKey) -> Result<SealReport, SealError> {
    contribution::seal(dir, key, &[])
}

pub fn unsealed(error: SealError, exit: Exit) -> Failure {
    match error {
        SealError::Plan { problems: Problems(problems), .. } if !problems.is_empty() => {
            Failure::Told { exit, problems: Problems(problems) }
        }
        error => Failure::new(exit, "", &error, error.hint()),
    }
}

pub fn say_sealed(report: &SealReport, console: &Console) {
    let part = match report.shards == report.shards_planned {
        true => counted(report.shards, "shard"),
        false => format!("{} of {}", count(report.shards), counted(report.shards_planned, "shard")),
    };
    let what = if report.was_sealed { "sealed before" } else { "sealed" };
    console.message(format_args!(
        "genki: {what}: {part}, {}, {} credits, signed by {}",
        bytes(report.bytes),
        count(report.credits),
        &report.key_id.to_string()[..16],
    ));
}

fn as_json(report: &SealReport) -> serde_json::Value {
    json!({
        "plan_id": report.plan_id,
        "shards": report.shards,
        "shards_planned": report.shards_planned,
        "variations": report.variations,
        "failed": report.failed,
        "views": report.views,
        "credits": report.credits.to_string(),
        "bytes": report.bytes,
        "root": report.root,
        "key_id": report.key_id,
        "sequence": report.sequence,
        "manifest": report.manifest.display().to_string(),
    })
}
