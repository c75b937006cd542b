//! `genki verify`: what was checked of a contribution, and what was found.

use super::with_totals;
use crate::cli::args::VerifyArgs;
use crate::cli::console::{Console, Failure, bytes, count, counted};
use crate::cli::exit::Exit;
use crate::contribution::{VerifyReport, verify};
use serde_json::json;

pub fn run(args: &VerifyArgs, console: &Console) -> Result<Exit, Failure> {
    let dir = &args.dir;
    if !dir.is_dir() {
        let what = if dir.exists() { "is not a directory" } else { "there is no such directory" };
        return Err(Failure::cannot_start(dir.display(), what, "verify takes a directory that `genki render` filled"));
    }
    let report = verify(dir);
    match args.json.json {
        true => console.result(as_json(&report))?,
        false => console.result(as_text(&report, &dir.display().to_string()))?,
    }
    Ok(if report.is_whole() { Exit::Done } else { Exit::SomeFailed })
}

fn as_text(report: &VerifyReport, dir: &str) -> String {
    let mut lines: Vec<String> =
        report.checks.iter().map(|check| format!("checked  {:>9}  {}", count(check.count), check.what)).collect();
    lines.extend(report.findings.iter().map(|finding| format!("WRONG    {finding}")));
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
        0 => format!("{dir} is whole"),
        n => format!("{dir} is NOT whole: {}", counted(n as u64, "finding")),
    });
    lines.join("\n")
}

fn as_json(report: &VerifyReport) -> serde_json::Value {
    let checks: Vec<_> = report.checks.iter().map(|check| json!({"what": check.what, "count": check.count})).collect();
    let findings: Vec<_> = report.findings.iter().map(|f| json!({"file": f.file, "what": f.what})).collect();
    let apart = json!({
        "whole": report.is_whole(),
        "checks": checks,
        "findings": findings,
        "notes": report.notes,
        "plan_id": report.plan_id,
        "key_id": report.key_id,
        "manifest_digest": report.manifest_digest,
        "genki": report.genki,
    });
    with_totals(apart, &report.totals)
}
