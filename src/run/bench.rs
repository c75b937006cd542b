//! What this machine does: seconds a view with and without `rgb`, encoding, planning. Knows no terminal.

use super::attempt::{Undone, Worker, render_view};
use super::context::{Context, Kept, Memory};
use super::devices::Device;
use super::error::{NotMade, RunError};
use super::prepare::{Prepared, Request, from_text};
use super::preview::{PreviewError, small_plan};
use super::stop::Stop;
use super::variation::{draw, encode_view};
use crate::annotate;
use crate::diag::{Place, Problem, Problems};
use crate::event::Event;
use crate::film::{Film, FilmPlanes};
use crate::layer::Layer;
use crate::recipe::Render;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A scene to measure: one model, one sky, cameras around it.
#[derive(Clone, Debug)]
pub struct Scene {
    pub name: String,
    pub model: PathBuf,
    pub sky: PathBuf,
    /// Width and height in pixels.
    pub size: u32,
    pub spp: u32,
    pub bounces: u32,
    pub views: u32,
}

/// One line of the table. CPU seconds are of all threads of the process.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub scene: String,
    pub device: String,
    pub layers: String,
    /// Loading, composing, building trees, opening the device.
    pub start_cpu_s: f64,
    /// Of the first view, with all that is done once.
    pub first_cpu_s: f64,
    /// Of each later view: rendered, annotated, encoded.
    pub view_cpu_s: f64,
    pub view_wall_s: f64,
    /// Of decoded samples that the encoders take in a CPU second.
    pub encode_mb_per_cpu_s: f64,
    /// Of one view's files.
    pub view_bytes: u64,
}

/// Planning, and drawing from the plan.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    pub variations: u64,
    pub plan_cpu_s: f64,
    /// One variation's values.
    pub draw_cpu_us: f64,
}

/// What the default recipe writes.
pub const DEFAULT_LAYERS: [Layer; 5] = [Layer::Rgb, Layer::Depth, Layer::Normal, Layer::Albedo, Layer::Instance];
/// Without paths: camera rays only.
pub const GEOMETRY_LAYERS: [Layer; 4] = [Layer::Depth, Layer::Normal, Layer::Material, Layer::Instance];

const PLANNED_VARIATIONS: u64 = 1_000_000_000;
const DRAWN_VARIATIONS: u64 = 2_000;

/// Reads the scene's files and plans it.
pub fn prepare(scene: &Scene, pool: &rayon::ThreadPool) -> Result<Prepared, Problems> {
    let real = |path: &Path| {
        let cannot =
            |error| Problems(vec![Problem::error(Place::file(path.display().to_string()), format!("{error}"))]);
        path.canonicalize().map_err(cannot)
    };
    let (model, sky) = (real(&scene.model)?, real(&scene.sky)?);
    // Asset paths are relative to one folder, which both lie in.
    let base: PathBuf = model.components().zip(sky.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let inside = |path: &Path| path.strip_prefix(&base).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let text = recipe_text(scene, &inside(&model), &inside(&sky));
    from_text("bench", &text, &base, &Request::default(), pool)
}

fn recipe_text(scene: &Scene, model: &str, sky: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let Scene { size, spp, bounces, views, .. } = scene;
    format!(
        "genki: 1
name: bench
license: CC0-1.0
variations: {PLANNED_VARIATIONS}
assets:
  models: [{{path: {}, license: CC0-1.0}}]
  skies: [{{path: {}, license: CC0-1.0}}]
scene:
  objects:
    - {{id: hero, from: models, rotation: upright, scale: {{uniform: [0.9, 1]}}}}
  sky: {{image: {{from: skies}}, rotation_deg: {{uniform: [0, 360]}}}}
cameras: [{{id: around, rig: orbit, views: {views}}}]
render: {{size: [{size}, {size}], spp: {spp}, bounces: {bounces}}}
",
        quoted(model),
        quoted(sky),
    )
}

/// Renders and encodes all views of one variation on one device, one after the other, and measures each.
pub fn measure(
    prepared: &Prepared,
    scene: &Scene,
    layers: &[Layer],
    device: &dyn Device,
    pool: &rayon::ThreadPool,
    stop: &Stop,
) -> Result<Measured, PreviewError> {
    let fault = |what: String| PreviewError::Device { device: device.info().name.clone(), what };
    let plan = small_plan(&prepared.plan, |recipe| recipe.layers = layers.to_vec());
    let plan = plan.ok_or_else(|| fault("this scene makes no plan".to_owned()))?;
    let kept = Kept::new(prepared.files.clone(), Memory::default());
    let listener = |_: &Event| {};
    let ctx = Context::new(&plan, &kept, pool, &listener, stop);
    let start = cpu_seconds();
    let ready = draw(&ctx, 0).scene.map_err(|not_made| match not_made {
        NotMade::Fatal(error) => PreviewError::Run(error),
        NotMade::Failed { reason, message } => fault(format!("{reason}: {message}")),
    })?;
    let mut renderer = device.open().map_err(|error| fault(error.to_string()))?;
    let mut worker = Worker { info: device.info(), renderer: renderer.as_mut() };
    let planes = FilmPlanes::of(layers);
    let started = cpu_seconds();
    let (mut views, mut encode_cpu_s, mut raw, mut view_bytes) = (Vec::new(), 0.0, 0, 0);
    for view_idx in 0..ready.composed.scene.cameras.len() {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let film = match render_view(&ctx, &mut worker, &ready, view_idx, planes, &|| ctx.stop.requested()) {
            Ok(Ok(film)) => film,
            Ok(Err(NotMade::Failed { reason, message })) => return Err(fault(format!("{reason}: {message}"))),
            Ok(Err(NotMade::Fatal(error))) => return Err(error.into()),
            Err(Undone::Interrupted) => return Err(PreviewError::Interrupted),
            Err(Undone::Fault(what) | Undone::TooLarge(what) | Undone::OutOfMemory(what)) => return Err(fault(what)),
        };
        let encode = cpu_seconds();
        let files = pool.install(|| encode_view(&plan, &ready, view_idx, &film));
        let end = cpu_seconds();
        views.push((end - cpu, wall.elapsed().as_secs_f64()));
        encode_cpu_s += end - encode;
        view_bytes = files.iter().map(|file| file.bytes.len() as u64).sum();
        raw += layers.iter().map(|&layer| raw_bytes(&film, layer, &plan.recipe().render)).sum::<u64>();
        if stop.requested() {
            return Err(PreviewError::Interrupted);
        }
    }
    let later = &views[1..];
    let mean = |of: fn(&(f64, f64)) -> f64| later.iter().map(of).sum::<f64>() / later.len() as f64;
    Ok(Measured {
        scene: scene.name.clone(),
        device: device.info().name.clone(),
        layers: layers.iter().map(|layer| layer.name()).collect::<Vec<_>>().join(" "),
        start_cpu_s: started - start,
        first_cpu_s: views[0].0,
        view_cpu_s: mean(|view| view.0),
        view_wall_s: mean(|view| view.1),
        encode_mb_per_cpu_s: raw as f64 / 1e6 / encode_cpu_s,
        view_bytes,
    })
}

fn raw_bytes(film: &Film, layer: Layer, render: &Render) -> u64 {
    let (channels, dtype) = annotate::kind(layer, render);
    let bytes = match dtype {
        "uint8" => 1,
        "uint16" | "float16" => 2,
        _ => 4,
    };
    u64::from(film.width) * u64::from(film.height) * u64::from(channels) * bytes
}

/// Plans as many variations as a night of a hundred machines makes, and draws some of them.
pub fn measure_planning(prepared: &Prepared) -> Result<Planned, RunError> {
    let start = cpu_seconds();
    let Some(plan) = small_plan(&prepared.plan, |recipe| recipe.variations = PLANNED_VARIATIONS) else {
        let what = "this scene makes no plan".to_owned();
        return Err(RunError::Asset { path: "bench".to_owned(), what });
    };
    let planned = cpu_seconds();
    let step = plan.variations() / DRAWN_VARIATIONS;
    let drawn: usize = (0..DRAWN_VARIATIONS).map(|i| plan.variation(i * step, 0).drawn.len()).sum();
    let draw_cpu_us = (cpu_seconds() - planned) * 1e6 / DRAWN_VARIATIONS as f64;
    std::hint::black_box(drawn);
    Ok(Planned { variations: plan.variations(), plan_cpu_s: planned - start, draw_cpu_us })
}

/// User and system time of this process, all threads.
#[cfg(unix)]
pub(super) fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Where nobody tells the CPU time: the clock on the wall.
#[cfg(not(unix))]
pub(super) fn cpu_seconds() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
