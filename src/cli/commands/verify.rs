//! `genki verify`: what was checked of a contribution, and what was found.

use super::with_totals;
use crate::cli::args::VerifyArgs;
use crate::cli::console::{Console, Failure, bytes, count, counted};
use crate::cli::exit::Exit;
use crate::contribution::{Finding, VerifyReport, verify};
use serde_json::json;

const HINT: &str = "verify takes a directory that `genki render` filled";

pub fn run(args: &VerifyArgs, console: &Console) -> Result<Exit, Failure> {
    let dir = &args.dir;
    if !dir.is_dir() {
        let what = if dir.exists() { "is not a directory" } else { "there is no such directory" };
        return Err(Failure::cannot_start(dir.display(), what, HINT));
    }
    let has = |name: &str| dir.join(name).symlink_metadata().is_ok();
    if !has("plan.json") && !has("shards") {
        return Err(Failure::cannot_start(dir.display(), "holds no plan.json and no shards", HINT));
    }
    let report = verify(dir);
    match args.json.json {
        true => console.result(as_json(&report))?,
        false => console.result(as_text(&report, &dir.display().to_string()))?,
    }
    Ok(match (report.findings.is_empty(), report.undecided.is_empty()) {
        (true, true) => Exit::Done,
        (true, false) => Exit::Inconclusive,
        (false, _) => Exit::SomeFailed,
    })
}

fn as_text(report: &VerifyReport, dir: &str) -> String {
    let mut lines: Vec<String> =
        report.checks.iter().map(|check| format!("checked  {:>9}  {}", count(check.count), check.what)).collect();
    lines.extend(report.findings.iter().map(|finding| format!("WRONG    {finding}")));
    lines.extend(report.undecided.iter().map(|finding| format!("UNSURE   {finding}")));
    lines.extend(report.notes.iter().map(|note| format!("note     {note}")));
    let totals = &report.totals;
    let holds = format!(
        "{} of {}, {} ({} failed), {}, {} credits, {}",
        count(totals.shards),
        counted(totals.shards_planned, "shard"),
        counted(totals.variations, "variation"),
        count(totals.failed),
        counted(totals.views, "view"),
        count(totals.credits),
        bytes(totals.bytes),
    );
    lines.push(format!("holds    {holds}"));
    if let Some(key) = report.key_id {
        lines.push(format!("signed   by key {key}"));
    }
    lines.push(match report.findings.len() {
        0 if report.is_whole() => format!("{dir} is whole"),
        0 => format!("{dir}: inconclusive"),
        n => format!("{dir} is NOT whole: {}", counted(n as u64, "finding")),
    });
    lines.join("\n")
}

fn as_json(report: &VerifyReport) -> serde_json::Value {
    let checks: Vec<_> = report.checks.iter().map(|check| json!({"what": check.what, "count": check.count})).collect();
    let listed =
        |findings: &[Finding]| -> Vec<_> { findings.iter().map(|f| json!({"file": f.file, "what": f.what})).collect() };
    let apart = json!({
        "whole": report.is_whole(),
        "checks": checks,
        "findings": listed(&report.findings),
        "undecided": listed(&report.undecided),
        "notes": report.notes,
        "plan_id": report.plan_id,
        "key_id": report.key_id,
        "manifest_digest": report.manifest_digest,
        "genki": report.genki,
    });
    with_totals(apart, &report.totals)
}
