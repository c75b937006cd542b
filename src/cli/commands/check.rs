//! `genki check`: every problem of a recipe and its assets.

use crate::cli::args::CheckArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure, counted};
use crate::cli::exit::Exit;
use crate::diag::{Problem, Problems, Severity};
use crate::run::{check, prepare};
use serde_json::json;

pub fn run(args: &CheckArgs, console: &Console) -> Result<Exit, Failure> {
    let pool = config::pool(&args.threads)?;
    let request = config::request(&args.recipe)?;
    let (problems, summary) = match prepare::prepare(&request, &pool) {
        Err(problems) => (problems, None),
        Ok(prepared) => {
            let mut problems = prepared.warnings.clone();
            problems.0.extend(check::check(&prepared, &pool).0);
            let plan = &prepared.plan;
            let views = u128::from(plan.variations()) * u128::from(plan.views_per_variation());
            let summary = format!(
                "{}: {}, {}, {}",
                request.path.display(),
                counted(prepared.files.len() as u64, "asset"),
                counted(plan.variations(), "variation"),
                counted(views, "view"),
            );
            (problems, Some(summary))
        }
    };
    if args.json.json {
        for problem in &problems.0 {
            console.result(as_json(problem))?;
        }
        return Ok(if problems.has_errors() { Exit::CannotStart } else { Exit::Done });
    }
    if problems.has_errors() {
        return Err(Failure::from(problems));
    }
    console.problems(&problems);
    let warnings = match warnings(&problems) {
        0 => "no problem found".to_owned(),
        n => counted(n, "warning"),
    };
    console.result(format_args!("{}; {warnings}", summary.unwrap_or_default()))?;
    Ok(Exit::Done)
}

fn warnings(problems: &Problems) -> u64 {
    problems.0.iter().filter(|problem| problem.severity == Severity::Warning).count() as u64
}

fn as_json(problem: &Problem) -> serde_json::Value {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity,
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "message": problem.message,
        "hint": problem.hint,
    })
}
