//! Raw arguments → what they mean, shared by the commands that take a recipe or devices.

use super::args::{DeviceArgs, KeyFileArgs, RecipeArgs, ThreadArgs};
use super::console::{Console, Failure, without_chatter_of_drivers};
use crate::contribution::{KeyError, NodeKey};
use crate::plan::Terms;
use crate::render::DeviceKind;
use crate::run::devices::{Device, Devices};
use crate::run::prepare::Request;
use crate::run::shards::ShardSet;
use crate::run::stop::Stop;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

pub fn request(args: &RecipeArgs) -> Result<Request, Failure> {
    let set = args.set.iter().map(|text| match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.to_owned())),
        _ => {
            let what = format!("`{text}` is not of the form PATH=VALUE");
            Err(Failure::cannot_start("--set", what, "e.g. --set render.spp=64"))
        }
    });
    let mut overrides: Vec<(String, String)> = set.collect::<Result<_, _>>()?;
    overrides.extend(args.variations.map(|n| ("variations".to_owned(), n.to_string())));
    overrides.extend(args.seed.map(|n| ("seed".to_owned(), n.to_string())));
    Ok(Request {
        path: args.recipe.clone(),
        overrides,
        allowed: args.allow_assets.clone(),
        assets_root: args.assets_root.clone(),
        terms: Terms {
            accepted_licenses: args.accept_license.iter().cloned().collect(),
            max_credits: args.max_credits,
        },
    })
}

/// The threads that everything on the CPU runs on.
pub fn pool(args: &ThreadArgs) -> Result<rayon::ThreadPool, Failure> {
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("genki-{i}")).build();
    pool.map_err(|error| Failure::cannot_start("threads", error, "try fewer with --threads"))
}

/// The devices that a run uses; says so where `auto` has to fall back.
pub fn devices(args: &DeviceArgs, console: &Console) -> Result<Vec<Box<dyn Device>>, Failure> {
    let mut devices = without_chatter_of_drivers(|| Devices::list_for(&args.device));
    let chosen =
        devices.select(&args.device).map_err(|error| Failure::cannot_start("--device", &error, error.hint()))?;
    let only_cpu = chosen.iter().all(|&i| devices.found[i].info().kind == DeviceKind::Cpu);
    if only_cpu && args.device.iter().any(|word| word == "auto") {
        console.message("genki: no GPU here that is not software: the CPU renders");
    }
    let mut position = 0;
    devices.found.retain(|_| {
        position += 1;
        chosen.contains(&(position - 1))
    });
    Ok(devices.found.into_iter().map(|found| Box::new(found) as Box<dyn Device>).collect())
}

/// `0,3,7-9` → the shards.
pub fn shards(text: &str, count: u64) -> Result<ShardSet, Failure> {
    let wrong = |what: String| Failure::cannot_start("--shards", what, "e.g. --shards 0,3,7-9");
    let mut shards = ShardSet::default();
    for part in text.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number =
            |text: &str| text.trim().parse::<u64>().map_err(|_| wrong(format!("`{part}` is no shard or range")));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(wrong(format!("`{part}` ends before it begins")));
        }
        if last >= count {
            return Err(wrong(format!("there is no shard {last}: the plan has {count}, the first is 0")));
        }
        shards.insert(first..last + 1);
    }
    Ok(shards)
}

/// Where the node's key is, or shall be.
pub fn key_path(args: &KeyFileArgs) -> Result<PathBuf, Failure> {
    args.key.clone().or_else(NodeKey::default_path).ok_or_else(|| {
        Failure::cannot_start("key", "there is no home folder to keep it in", "name a file with --key FILE")
    })
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Failure {
        Failure::cannot_start(error.path.display(), &error.what, error.hint)
    }
}

/// The node's key, if there is one yet. One that somebody names is there or the command cannot start: were it made, a slip
/// in its name would sign for a node that nobody pays.
pub fn existing_key(args: &KeyFileArgs) -> Result<Option<NodeKey>, Failure> {
    let path = key_path(args)?;
    if path.symlink_metadata().is_ok() {
        return Ok(Some(NodeKey::load(&path)?));
    }
    if args.key.is_some() {
        let hint = format!("make it: genki key new --key {}", path.display());
        return Err(Failure::cannot_start(path.display(), "there is no such key", hint));
    }
    Ok(None)
}

/// The node's key; the first run on a machine makes one and says where.
pub fn key(args: &KeyFileArgs, console: &Console) -> Result<NodeKey, Failure> {
    if let Some(key) = existing_key(args)? {
        return Ok(key);
    }
    let path = key_path(args)?;
    let key = NodeKey::create(&path)?;
    console.message(format_args!(
        "genki: this node has a key now: {} (keep a copy; `genki key show` prints its public part)",
        path.display()
    ));
    Ok(key)
}

/// For what writes nothing that could be left half done: Ctrl-C (or SIGTERM) ends the program with the code for it.
pub fn end_on_signals() {
    drop(ctrlc::set_handler(|| process::exit(130)));
}

/// The first Ctrl-C (or SIGTERM) asks the run to stop, the second stops the program at once.
pub fn stop_on_signals(console: &Console, stop: Stop) -> Stop {
    let (asked, told) = (stop.clone(), console.clone());
    let was_asked = AtomicBool::new(false);
    let handler = move || {
        if was_asked.swap(true, Ordering::SeqCst) {
            process::exit(130);
        }
        asked.request();
        told.message("genki: stopping after what is nearly done; once more stops at once");
    };
    // Without a handler a signal simply ends the program, which loses no finished shard.
    drop(ctrlc::set_handler(handler));
    stop
}
