//! `genki bench`: what this machine does, as a table or as JSON lines.

use crate::cli::args::BenchArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure, bytes, count};
use crate::cli::exit::Exit;
use crate::run::bench::{
    DEFAULT_LAYERS, GEOMETRY_LAYERS, Measured, Planned, Scene, measure, measure_planning, prepare,
};
use crate::run::devices::Device;
use crate::run::preview::PreviewError;
use crate::run::quality::{self, Quality};
use crate::run::stop::Stop;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Scattered surfaces on a path: what the recipes' default is.
const BOUNCES: u32 = 6;

pub fn run(args: &BenchArgs, console: &Console) -> Result<Exit, Failure> {
    let pool = config::pool(&args.devices.threads)?;
    let devices = config::devices(&args.devices, console)?;
    let built_in = tempfile::tempdir().map_err(|error| Failure::cannot_start("a temporary folder", error, ""))?;
    let scenes = scenes(args, built_in.path())?;
    let stop = config::stop_on_signals(console, Stop::default());
    if args.quality {
        return quality(args, &scenes, &devices, &pool, &stop, console);
    }
    if !args.json.json {
        console.result(HEAD)?;
    }
    let mut planned = None;
    for scene in &scenes {
        let prepared = prepare(scene, &pool)?;
        for device in &devices {
            for layers in [&DEFAULT_LAYERS[..], &GEOMETRY_LAYERS[..]] {
                let measured = match measure(&prepared, scene, layers, device.as_ref(), &pool, &stop) {
                    Ok(measured) => measured,
                    Err(PreviewError::Interrupted) => return Ok(Exit::Interrupted),
                    Err(error) => return Err(Failure::new(Exit::SomeFailed, &scene.name, error, "")),
                };
                match args.json.json {
                    true => console.result(json!({"measured": measured, "size": scene.size, "spp": scene.spp}))?,
                    false => console.result(row(&measured))?,
                }
            }
        }
        if planned.is_none() {
            let measured = measure_planning(&prepared);
            planned = Some(measured.map_err(|error| Failure::new(Exit::SomeFailed, "", &error, ""))?);
        }
    }
    if let Some(planned) = planned {
        match args.json.json {
            true => console.result(json!({"planned": planned}))?,
            false => console.result(planning(&planned))?,
        }
    }
    Ok(Exit::Done)
}

/// Error against time.
fn quality(
    args: &BenchArgs,
    scenes: &[Scene],
    devices: &[Box<dyn Device>],
    pool: &rayon::ThreadPool,
    stop: &Stop,
    console: &Console,
) -> Result<Exit, Failure> {
    if args.truth_spp <= args.most_spp {
        let what = format!("{} samples are no truth for a picture of {}", args.truth_spp, args.most_spp);
        return Err(Failure::cannot_start("--truth-spp", what, "take at least four times as many as --most-spp"));
    }
    let mut is_headed = args.json.json;
    for scene in scenes {
        let prepared = prepare(scene, pool)?;
        if !is_headed {
            console.result(QUALITY_HEAD)?;
            is_headed = true;
        }
        for device in devices {
            let mut said = Ok(());
            let mut each = |q: &Quality| {
                let line = if args.json.json { json!({"quality": q}).to_string() } else { quality_row(q) };
                if said.is_ok() {
                    said = console.result(line);
                }
            };
            let spp = [args.most_spp, args.truth_spp];
            let measured = quality::measure(&prepared, scene, spp, device.as_ref(), pool, stop, &mut each);
            said?;
            match measured {
                Ok(()) => {}
                Err(PreviewError::Interrupted) => return Ok(Exit::Interrupted),
                Err(error) => return Err(Failure::new(Exit::SomeFailed, &scene.name, error, "")),
            }
        }
    }
    Ok(Exit::Done)
}

/// The scenes that come with the program, written into `folder`; or the one that was asked for.
fn scenes(args: &BenchArgs, folder: &Path) -> Result<Vec<Scene>, Failure> {
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf, Failure> {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| Failure::cannot_start(path.display(), error, ""))?;
        Ok(path)
    };
    let sky = match &args.sky {
        Some(sky) => sky.clone(),
        None => write("studio.hdr", STUDIO)?,
    };
    let models = match &args.model {
        Some(model) => vec![model.clone()],
        None => BUILT_IN.iter().map(|(name, bytes)| write(name, bytes)).collect::<Result<_, _>>()?,
    };
    let scene = |model: PathBuf| Scene {
        name: model.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        model,
        sky: sky.clone(),
        size: args.size,
        spp: args.spp,
        bounces: BOUNCES,
        views: args.views,
    };
    Ok(models.into_iter().map(scene).collect())
}

/// The built-in scenes: samples that come with the program.
const BUILT_IN: [(&str, &[u8]); 2] = [
    ("kettle.glb", include_bytes!("../../../samples/kettle.glb")),
    ("plant.glb", include_bytes!("../../../samples/plant.glb")),
];
const STUDIO: &[u8] = include_bytes!("../../../samples/sky_studio.hdr");

const HEAD: &str = "\
| scene | device | layers | CPU-s/view | wall s/view | first CPU-s | start CPU-s | encode MB/CPU-s | bytes/view |
|---|---|---|---|---|---|---|---|---|";

const QUALITY_HEAD: &str = "\
| scene | device | spp | CPU-s | rmse | rmse1 | relMSE | bias | slope | CPU-s to 1e-3 |
|---|---|---|---|---|---|---|---|---|---|";

fn quality_row(q: &Quality) -> String {
    format!(
        "| {} | {} | {} | {:.3} | {:.5} | {:.5} | {:.6} | {:+.4} | {} | {:.2} |",
        q.scene,
        q.device,
        q.spp,
        q.cpu_s,
        q.errors.rmse,
        q.errors.rmse1,
        q.errors.relmse,
        q.errors.bias,
        q.slope.map_or_else(String::new, |slope| format!("{slope:.2}")),
        q.cpu_s_to_1e3,
    )
}

fn row(m: &Measured) -> String {
    format!(
        "| {} | {} | {} | {:.3} | {:.3} | {:.2} | {:.2} | {:.0} | {} |",
        m.scene,
        m.device,
        m.layers,
        m.view_cpu_s,
        m.view_wall_s,
        m.first_cpu_s,
        m.start_cpu_s,
        m.encode_mb_per_cpu_s,
        bytes(m.view_bytes),
    )
}

fn planning(p: &Planned) -> String {
    format!(
        "\nplanning {} variations: {:.4} CPU-s; drawing one: {:.1} µs",
        count(p.variations),
        p.plan_cpu_s,
        p.draw_cpu_us
    )
}
