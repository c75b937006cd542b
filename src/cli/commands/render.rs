//! `genki render`: the dataset, begun or gone on with, and sealed.

use super::seal::{say_sealed, unsealed};
use crate::cli::args::{KeyFileArgs, RenderArgs};
use crate::cli::config;
use crate::cli::console::{Console, Failure, counted};
use crate::cli::exit::Exit;
use crate::cli::progress::{Progress, Show, summary};
use crate::contribution::{NodeKey, OutputDir};
use crate::event::Event;
use crate::run::context::{Context, Kept, Memory};
use crate::run::devices::Device;
use crate::run::engine::{Outcome, render};
use crate::run::error::RunError;
use crate::run::loose;
use crate::run::prepare::{Prepared, prepare};
use crate::run::preview::PreviewError;
use crate::run::shards::ShardSet;
use crate::run::stop::Stop;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Everything settled before anything is written.
struct Config<'a> {
    prepared: Prepared,
    devices: Vec<Box<dyn Device>>,
    pool: rayon::ThreadPool,
    out: PathBuf,
    what: What,
    show: Show,
    memory: Memory,
    grace: Duration,
    /// `None`: the shards are left unsealed.
    key: Option<&'a KeyFileArgs>,
}

enum What {
    Shards(ShardSet),
    Variation(u64),
}

pub fn run(args: &RenderArgs, console: &Console) -> Result<Exit, Failure> {
    let config = configure(args, console)?;
    match &config.what {
        What::Variation(index) => one_variation(&config, *index, console),
        What::Shards(shards) => all_shards(&config, shards, console),
    }
}

fn configure<'a>(args: &'a RenderArgs, console: &Console) -> Result<Config<'a>, Failure> {
    let pool = config::pool(&args.devices.threads)?;
    let request = config::request(&args.recipe)?;
    let prepared = prepare(&request, &pool)?;
    console.problems(&prepared.warnings);
    let plan = &prepared.plan;
    let what = match (args.variation, &args.shards) {
        (Some(index), _) if index >= plan.variations() => {
            let what = format!("there is no variation {index}: the plan has {}, the first is 0", plan.variations());
            return Err(Failure::cannot_start("--variation", what, ""));
        }
        (Some(index), _) => What::Variation(index),
        (None, Some(list)) => What::Shards(config::shards(list, plan.shard_count())?),
        (None, None) => What::Shards(ShardSet::from(0..plan.shard_count())),
    };
    let name = match what {
        What::Variation(index) => plan.names().variation_key(index),
        What::Shards(_) => plan.recipe().name.clone(),
    };
    let out = args.out.clone().unwrap_or_else(|| Path::new("out").join(name));
    let devices = config::devices(&args.devices, console)?;
    let show = if args.json { Show::Json } else { Show::People };
    let key = (!args.no_seal).then_some(&args.key);
    let memory = Memory { bytes: args.memory.as_u64() };
    let grace = Duration::from_secs_f64(args.grace);
    Ok(Config { prepared, devices, pool, out, what, show, memory, grace, key })
}

fn all_shards(config: &Config<'_>, shards: &ShardSet, console: &Console) -> Result<Exit, Failure> {
    let start = Instant::now();
    let prepared = &config.prepared;
    // A key that cannot be used is found before anything is written; a missing one is made when the directory is ours.
    if let Some(args) = config.key {
        config::existing_key(args)?;
    }
    let out = OutputDir::open(&config.out, &prepared.plan, prepared.recipe_text.as_deref());
    let out = out.map_err(|error| Failure::cannot_start("", &error, error.hint()))?;
    let key = config.key.map(|args| config::key(args, console)).transpose()?;
    let kept = Kept::new(prepared.files.clone(), config.memory);
    let stop = config::stop_on_signals(console, Stop::with_grace(config.grace));
    let progress = Progress::new(console, config.show);
    let listener = |event: &Event| progress.hear(event);
    let ctx = Context::new(&prepared.plan, &kept, &config.pool, &listener, &stop);
    let devices: Vec<&dyn Device> = config.devices.iter().map(AsRef::as_ref).collect();
    let outcome = render(&ctx, &out, &devices, shards).map_err(|error| stopped(&error))?;
    drop(progress);
    leave_report(&out, &outcome, console);
    if outcome.interrupted {
        let left = counted(outcome.left.len(), "shard");
        console.message(format_args!("genki: interrupted with {left} to go; the same command goes on from here"));
        return Ok(Exit::Interrupted);
    }
    let seconds = start.elapsed().as_secs_f64();
    console.message(format_args!("genki: {}", summary(outcome.made, outcome.failed, outcome.views, seconds)));
    if !outcome.left.is_empty() {
        let left = counted(outcome.left.len(), "shard");
        let what = format!("{left} could not be made by any device: {}", outcome.left);
        return Err(Failure::new(Exit::SomeFailed, "", what, "the same command with --device cpu makes the rest"));
    }
    finish(config, &out, key, &outcome, console)
}

/// Where the time went. A run is no worse for lack of it.
fn leave_report(out: &OutputDir, outcome: &Outcome, console: &Console) {
    let mut json = serde_json::to_vec_pretty(&outcome.report).unwrap_or_default();
    json.push(b'\n');
    if let Err(error) = out.leave_report(&json) {
        console.message(format_args!("genki: no report of this run: {error}"));
    }
    if let Some(what) = &outcome.report.held_back_by {
        console.message(format_args!("genki: the run was held back by {what}"));
    }
}

/// Seals what is there and says where it is.
fn finish(
    config: &Config<'_>,
    out: &OutputDir,
    key: Option<NodeKey>,
    outcome: &Outcome,
    console: &Console,
) -> Result<Exit, Failure> {
    let mut failed = outcome.failed;
    if let Some(key) = key {
        let report = out.seal(&key, &[]).map_err(|error| unsealed(error, Exit::SomeFailed))?;
        failed = report.totals.failed;
        say_sealed(&report, console);
    }
    if config.show == Show::People {
        console.result(config.out.display())?;
    }
    Ok(if failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn stopped(error: &RunError) -> Failure {
    Failure::new(Exit::SomeFailed, "", error, error.hint())
}

/// Loose files in a folder that is empty or new.
fn one_variation(config: &Config<'_>, index: u64, console: &Console) -> Result<Exit, Failure> {
    let dir = &config.out;
    let in_the_way = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if in_the_way {
        return Err(Failure::cannot_start(dir.display(), "is not empty", "choose a new folder with --out"));
    }
    let kept = Kept::new(config.prepared.files.clone(), config.memory);
    let stop = config::stop_on_signals(console, Stop::with_grace(config.grace));
    let progress = Progress::new(console, config.show);
    let listener = |event: &Event| progress.hear(event);
    let ctx = Context::new(&config.prepared.plan, &kept, &config.pool, &listener, &stop);
    let device = config.devices.first().ok_or_else(|| Failure::cannot_start("--device", "no device", ""))?;
    let outputs = match loose::variation(&ctx, device.as_ref(), index) {
        Ok(Ok(outputs)) => outputs,
        Ok(Err((reason, message))) => {
            let what = format!("failed: {reason}: {message}");
            return Err(Failure::new(Exit::SomeFailed, format!("variation {index}"), what, ""));
        }
        Err(PreviewError::Interrupted) => return Ok(Exit::Interrupted),
        Err(PreviewError::Run(error)) => return Err(stopped(&error)),
        Err(error) => return Err(Failure::new(Exit::SomeFailed, "", error, "try --device cpu")),
    };
    let cannot = |error: std::io::Error| {
        Failure::new(Exit::SomeFailed, dir.display(), error, "choose another folder with --out")
    };
    fs::create_dir_all(dir).map_err(cannot)?;
    for output in &outputs {
        let file = fs::File::options().write(true).create_new(true).open(dir.join(&output.name));
        file.and_then(|mut file| file.write_all(&output.bytes)).map_err(cannot)?;
    }
    console.message(format_args!("genki: {}", counted(outputs.len() as u64, "file")));
    console.result(dir.display())?;
    Ok(Exit::Done)
}
