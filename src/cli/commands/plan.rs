//! `genki plan`: what would be made, and what it will take.

use crate::cli::args::PlanArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure, bytes, count, counted, duration};
use crate::cli::exit::Exit;
use crate::plan::estimate::Estimate;
use crate::plan::{Plan, PlannedAsset};
use crate::run::context::{Context, Kept, Memory};
use crate::run::devices::Device;
use crate::run::prepare::{Prepared, folder_of, prepare};
use crate::run::stop::Stop;
use crate::run::{preview, trial};
use serde_json::json;

/// Longest side and samples of the trial view.
const TRIAL_PX: u32 = 160;
const TRIAL_SPP: u32 = 4;

pub fn run(args: &PlanArgs, console: &Console) -> Result<Exit, Failure> {
    config::end_on_signals();
    let pool = config::pool(&args.devices.threads)?;
    let request = config::request(&args.recipe)?;
    let prepared = prepare(&request, &pool)?;
    console.problems(&prepared.warnings);
    let seconds = match args.no_estimate {
        true => None,
        false => seconds(&prepared, &config::devices(&args.devices, console)?, &pool),
    };
    if let Some(out) = &args.out {
        let written = std::fs::write(out, prepared.plan.to_bytes());
        written.map_err(|error| Failure::cannot_start(out.display(), error, "choose another file with -o"))?;
    }
    match args.json.json {
        true => console.result(as_json(&prepared.plan, seconds))?,
        false => console.result(as_text(&prepared.plan, seconds))?,
    }
    if let Some(out) = &args.out {
        let root = match folder_of(out) == folder_of(&request.path) {
            true => String::new(),
            false => format!(" --assets-root {}", folder_of(&request.path).display()),
        };
        console.message(format_args!("genki: render it with: genki render {}{root}", out.display()));
    }
    Ok(Exit::Done)
}

/// Of the whole plan on these devices, by a trial on the first of them.
fn seconds(prepared: &Prepared, devices: &[Box<dyn Device>], pool: &rayon::ThreadPool) -> Option<f64> {
    let device = devices.first()?;
    let render = &prepared.plan.recipe().render;
    let small = preview::small_plan(&prepared.plan, |recipe| preview::shrink(recipe, TRIAL_PX, TRIAL_SPP))?;
    let kept = Kept::new(prepared.files.clone(), Memory::default());
    let (stop, listener) = (Stop::default(), |_: &_| {});
    let ctx = Context::new(&small, &kept, pool, &listener, &stop);
    let one = trial::seconds_a_view(&ctx, device.as_ref(), render.size, render.spp)?;
    let views = prepared.plan.variations() as f64 * f64::from(prepared.plan.views_per_variation());
    Some(one * views / devices.len() as f64)
}

fn as_text(plan: &Plan, seconds: Option<f64>) -> String {
    let recipe = plan.recipe();
    let estimate = Estimate::of(plan);
    let [width, height] = recipe.render.size;
    let views = u128::from(plan.variations()) * u128::from(plan.views_per_variation());
    let layers: Vec<&str> = recipe.layers.iter().map(|layer| layer.name()).collect();
    let mut lines = vec![
        format!("{:12}{}", "plan", plan.id()),
        format!("{:12}{}", "name", recipe.name),
        format!("{:12}{}", "variations", count(plan.variations())),
        format!("{:12}{} ({} each)", "views", count(views), plan.views_per_variation()),
        format!("{:12}{width} × {height} px, {} spp, {}", "each", recipe.render.spp, layers.join(" ")),
        format!("{:12}{} of up to {}", "shards", count(plan.shard_count()), counted(recipe.package.shard, "variation")),
        format!("{:12}{} (camera samples)", "credits", count(plan.credits())),
        format!("{:12}about {}", "bytes", bytes(u64::try_from(estimate.total_bytes).unwrap_or(u64::MAX))),
    ];
    if let Some(seconds) = seconds {
        lines.push(format!("{:12}about {}", "time", duration(seconds)));
    }
    if !recipe.license.is_empty() {
        lines.push(format!("{:12}{}", "license", recipe.license));
    }
    for (pool, assets) in plan.pools() {
        lines.push(format!("\npool {pool}: {}", counted(assets.len() as u64, "asset")));
        lines.extend(assets.iter().map(asset_line));
    }
    lines.join("\n")
}

fn asset_line(asset: &PlannedAsset) -> String {
    let license = if asset.license.is_empty() { "licence not stated" } else { &asset.license };
    let digest = asset.sha256.to_string();
    let mut line = format!("  {}  {:>9}  {license:18}  {}", &digest[..16], bytes(asset.bytes), asset.path);
    if !asset.attribution.is_empty() {
        line.push_str(&format!(" ({})", asset.attribution));
    }
    line
}

fn as_json(plan: &Plan, seconds: Option<f64>) -> serde_json::Value {
    let estimate = Estimate::of(plan);
    let pools: serde_json::Map<String, serde_json::Value> = plan
        .pools()
        .iter()
        .map(|(name, assets)| {
            let assets = assets.iter().map(|asset| {
                json!({
                    "path": asset.path, "sha256": asset.sha256, "bytes": asset.bytes, "license": asset.license,
                    "attribution": asset.attribution, "class": asset.class, "weight": asset.weight,
                })
            });
            (name.clone(), assets.collect())
        })
        .collect();
    json!({
        "plan_id": plan.id(),
        "name": plan.recipe().name,
        "variations": plan.variations(),
        "views_per_variation": plan.views_per_variation(),
        "shards": plan.shard_count(),
        "credits": plan.credits().to_string(),
        "estimated_bytes": estimate.total_bytes.to_string(),
        "estimated_seconds": seconds,
        "pools": pools,
    })
}
