//! `genki seal`: index, card and signed manifest from the shards.

use super::with_totals;
use crate::cli::args::SealArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure, bytes, count, counted};
use crate::cli::exit::Exit;
use crate::contribution::{self, SealError, SealReport};
use crate::diag::Problems;
use serde_json::json;

pub fn run(args: &SealArgs, console: &Console) -> Result<Exit, Failure> {
    let dir = &args.dir;
    // Found out before a key is made for it.
    if !dir.join("plan.json").is_file() {
        let hint = "seal takes a directory that `genki render` filled";
        return Err(Failure::cannot_start(dir.display(), "holds no plan.json", hint));
    }
    let key = config::key(&args.key, console)?;
    // Which device made what is noted beside the shards.
    let report = contribution::seal(dir, &key, &[]).map_err(|error| unsealed(error, Exit::CannotStart))?;
    match args.json.json {
        true => console.result(as_json(&report))?,
        false => {
            say_sealed(&report, console);
            console.result(report.manifest.display())?;
        }
    }
    Ok(if report.totals.failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

pub fn unsealed(error: SealError, exit: Exit) -> Failure {
    match error {
        SealError::Plan { problems: Problems(problems), .. } if !problems.is_empty() => {
            Failure { exit, problems: Problems(problems) }
        }
        error => Failure::new(exit, "", &error, error.hint()),
    }
}

pub fn say_sealed(report: &SealReport, console: &Console) {
    let totals = &report.totals;
    let part = match totals.shards == totals.shards_planned {
        true => counted(totals.shards, "shard"),
        false => format!("{} of {}", count(totals.shards), counted(totals.shards_planned, "shard")),
    };
    if let Some(other) = report.replaced_key {
        console.message(format_args!("genki: the signature of {} is replaced", &other.to_string()[..16]));
    }
    let what = if report.was_sealed { "sealed before" } else { "sealed" };
    console.message(format_args!(
        "genki: {what}: {part}, {}, {} credits, signed by {}",
        bytes(totals.bytes),
        count(totals.credits),
        &report.key_id.to_string()[..16],
    ));
}

fn as_json(report: &SealReport) -> serde_json::Value {
    let apart = json!({
        "plan_id": report.plan_id,
        "root": report.root,
        "key_id": report.key_id,
        "sequence": report.sequence,
        "manifest": report.manifest.display().to_string(),
    });
    with_totals(apart, &report.totals)
}
