//! One shard on one device: compose → render → annotate and encode → append, each in a thread of its own, with short
//! queues between them. While the device renders a view, the next variation is composed and the last views are encoded.

use super::context::Context;
use super::error::{NotMade, RunError, panic_text};
use super::variation::{Drawn, FIRST_ATTEMPT, Ready, draw, encode_view};
use crate::contribution::{DeviceFacts, Entry, Outcome, Output, OutputDir, ShardSummary, ShardWriter};
use crate::event::Event;
use crate::film::{Film, FilmPlanes};
use crate::hash::Digest;
use crate::reason::Reason;
use crate::render::{DeviceClass, DeviceInfo, RenderError, Renderer, Unwanted};
use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Why a shard was not made.
pub enum Undone {
    /// The run is being stopped.
    Interrupted,
    /// Transient: any device may try.
    Fault(String),
    /// It does not fit this device.
    TooLarge(String),
    /// It did not fit this device now, and the device must be opened afresh.
    OutOfMemory(String),
    /// No device can go on.
    Fatal(RunError),
}

/// A device at work.
pub struct Worker<'a> {
    /// Position among the run's devices.
    pub device: usize,
    pub info: &'a DeviceInfo,
    pub renderer: &'a mut dyn Renderer,
}

/// After a wish to stop, a shard that needs no longer than this is finished.
const NEARLY_DONE: Duration = Duration::from_secs(2);

/// Films that wait to be encoded hold at most about this many pixels.
const QUEUED_PIXELS: u64 = 8 << 20;

/// What the device hands to the encoder.
struct Rendered {
    index: u64,
    drawn: Digest,
    view: Result<View, NotMade>,
}

struct View {
    ready: Arc<Ready>,
    view_idx: usize,
    film: Film,
}

/// Makes the shard and puts it on disk.
pub fn make_shard(
    ctx: &Context<'_>,
    out: &OutputDir,
    worker: &mut Worker<'_>,
    shard: u64,
) -> Result<ShardSummary, Undone> {
    let mut writer = out.begin_shard(shard).map_err(|error| Undone::Fatal(error.into()))?;
    writer.made_by(&DeviceFacts::from(worker.info));
    let [width, height] = ctx.plan.recipe().render.size.map(u64::from);
    let queued = (QUEUED_PIXELS / (width * height).max(1)).clamp(1, 16) as usize;
    let (to_device, composed) = bounded(1);
    let (to_encoder, rendered) = bounded(queued);
    let device = worker.device;
    let is_given_up = AtomicBool::new(false);
    let (drawn, written) = std::thread::scope(|scope| {
        scope.spawn(move || draw_all(ctx, shard, &to_device));
        let encoder = scope.spawn(|| encode_all(ctx, device, writer, rendered, &is_given_up));
        let drawn = render_all(ctx, worker, shard, &composed, &to_encoder);
        is_given_up.store(drawn.is_err(), Ordering::SeqCst);
        drop((composed, to_encoder));
        (drawn, encoder.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    // What the encoder met comes first: the renderer only sees that nobody takes its films.
    let writer = written.map_err(Undone::Fatal)?;
    drawn?;
    writer.commit().map_err(|error| Undone::Fatal(error.into()))
}

fn draw_all(ctx: &Context<'_>, shard: u64, to_device: &Sender<Drawn>) {
    for index in ctx.plan.shard_range(shard) {
        if to_device.send(draw(ctx, index)).is_err() {
            return;
        }
    }
}

fn render_all(
    ctx: &Context<'_>,
    worker: &mut Worker<'_>,
    shard: u64,
    composed: &Receiver<Drawn>,
    to_encoder: &Sender<Rendered>,
) -> Result<(), Undone> {
    let mut pace = Pace::new(ctx, shard);
    let planes = FilmPlanes::of(&ctx.plan.recipe().layers);
    for Drawn { index, digest, scene } in composed {
        let send = |view| to_encoder.send(Rendered { index, drawn: digest, view }).map_err(|_| Undone::Interrupted);
        match scene {
            Err(NotMade::Fatal(error)) => return Err(Undone::Fatal(error)),
            Err(failed) => send(Err(failed))?,
            Ok(ready) => {
                for view_idx in 0..ready.composed.scene.cameras.len() {
                    let is_unwanted = || ctx.stop.requested() && !pace.is_nearly_done();
                    if is_unwanted() {
                        return Err(Undone::Interrupted);
                    }
                    let film = render_view(ctx, worker, &ready, view_idx, planes, &is_unwanted)?;
                    let is_made = film.is_ok();
                    send(film.map(|film| View { ready: ready.clone(), view_idx, film }))?;
                    if !is_made {
                        break;
                    }
                    pace.view_done();
                }
            }
        }
        pace.variation_done();
    }
    Ok(())
}

/// How far a shard is.
struct Pace {
    start: Instant,
    views_of_one: u64,
    variations_left: u64,
    views_done: u64,
    views_done_of_this: u64,
    /// When it was first asked whether the shard is nearly done.
    asked: OnceLock<Instant>,
}

impl Pace {
    fn new(ctx: &Context<'_>, shard: u64) -> Pace {
        let range = ctx.plan.shard_range(shard);
        let views_of_one = u64::from(ctx.plan.views_per_variation());
        let variations_left = range.end - range.start;
        let (start, asked) = (Instant::now(), OnceLock::new());
        Pace { start, views_of_one, variations_left, views_done: 0, views_done_of_this: 0, asked }
    }

    fn view_done(&mut self) {
        self.views_done += 1;
        self.views_done_of_this += 1;
    }

    fn variation_done(&mut self) {
        self.variations_left -= 1;
        self.views_done_of_this = 0;
    }

    /// Asked after a wish to stop: before each view, and while it is rendered.
    fn is_nearly_done(&self) -> bool {
        // The pace of the views before says nothing of one that takes far longer, so patience ends in any case.
        if self.asked.get_or_init(Instant::now).elapsed() > NEARLY_DONE {
            return false;
        }
        let left = (self.variations_left * self.views_of_one).saturating_sub(self.views_done_of_this) as f64;
        let seconds_a_view = self.start.elapsed().as_secs_f64() / self.views_done as f64;
        // Without a finished view the pace is unknown: infinite or NaN, and the shard is dropped.
        left * seconds_a_view <= NEARLY_DONE.as_secs_f64()
    }
}

/// Outer error: the device's, or that the view is not wanted any more. Inner error: the variation's.
pub fn render_view(
    ctx: &Context<'_>,
    worker: &mut Worker<'_>,
    ready: &Ready,
    view_idx: usize,
    planes: FilmPlanes,
    is_unwanted: Unwanted<'_>,
) -> Result<Result<Film, NotMade>, Undone> {
    let class = worker.info.class;
    let mut render = || {
        let rendered = || worker.renderer.render(&ready.buffers, view_idx, &ctx.settings, planes, is_unwanted);
        catch_unwind(AssertUnwindSafe(rendered))
    };
    let caught = match class {
        DeviceClass::CpuBitexact => ctx.pool.install(render),
        DeviceClass::GpuTolerant => render(),
    };
    match caught {
        Ok(Ok(film)) => Ok(Ok(film)),
        Ok(Err(error @ RenderError::NonFinitePixel { .. })) => {
            let message = format!("view {view_idx}: {error}");
            Ok(Err(NotMade::Failed { reason: Reason::NonfinitePixel, message }))
        }
        Ok(Err(error @ RenderError::TooLarge { .. })) => Err(Undone::TooLarge(error.to_string())),
        Ok(Err(error @ RenderError::OutOfMemory(_))) => Err(Undone::OutOfMemory(error.to_string())),
        Ok(Err(RenderError::Device(what))) => Err(Undone::Fault(what)),
        Ok(Err(RenderError::Interrupted)) => Err(Undone::Interrupted),
        // What the CPU does it does everywhere; what a driver does it may not do again.
        Err(panic) if class == DeviceClass::CpuBitexact => Ok(Err(NotMade::panicked(&*panic))),
        Err(panic) => Err(Undone::Fault(panic_text(&*panic))),
    }
}

/// Takes what is there, encodes it side by side, and appends variations in their order; until the shard is given up.
fn encode_all(
    ctx: &Context<'_>,
    device: usize,
    mut writer: ShardWriter,
    rendered: Receiver<Rendered>,
    is_given_up: &AtomicBool,
) -> Result<ShardWriter, RunError> {
    let mut open = Open::default();
    while let Ok(first) = rendered.recv() {
        // What still waits would be encoded for a shard that is dropped.
        if is_given_up.load(Ordering::SeqCst) {
            break;
        }
        let batch: Vec<Rendered> = std::iter::once(first).chain(rendered.try_iter()).collect();
        let parts: Vec<Part> =
            ctx.pool.install(|| batch.into_par_iter().map(|rendered| encode(ctx, rendered)).collect());
        for part in parts {
            if let Some((entry, views)) = open.add(part, ctx.plan.credits_per_variation()) {
                let (variation, failed) = (entry.variation, failure(&entry));
                writer.push(entry)?;
                (ctx.listener)(&Event::Variation { variation, device, views, failed });
            }
        }
    }
    Ok(writer)
}

fn failure(entry: &Entry) -> Option<String> {
    match &entry.outcome {
        Outcome::Made(_) => None,
        Outcome::Failed { reason, message } => Some(format!("{reason}: {message}")),
    }
}

/// The files of one view, or why there will be none of its variation.
struct Part {
    index: u64,
    drawn: Digest,
    files: Result<Vec<Output>, NotMade>,
    /// Nothing more comes of this variation.
    is_last: bool,
}

fn encode(ctx: &Context<'_>, rendered: Rendered) -> Part {
    let Rendered { index, drawn, view } = rendered;
    match view {
        Err(failed) => Part { index, drawn, files: Err(failed), is_last: true },
        Ok(View { ready, view_idx, film }) => {
            let is_last = view_idx + 1 == ready.composed.scene.cameras.len();
            let files = catch_unwind(AssertUnwindSafe(|| encode_view(ctx.plan, &ready, view_idx, &film)));
            Part { index, drawn, files: files.map_err(|panic| NotMade::panicked(&*panic)), is_last }
        }
    }
}

/// The variation whose views are coming in.
#[derive(Default)]
struct Open {
    outputs: Vec<Output>,
    views: u64,
    /// The first view that failed; those after it are dropped.
    failed: Option<(Reason, String)>,
}

impl Open {
    /// Gives the entry of a variation that is complete, and how many views it has.
    fn add(&mut self, part: Part, credits: u64) -> Option<(Entry, u64)> {
        match part.files {
            Ok(files) => {
                self.outputs.extend(files);
                self.views += 1;
            }
            Err(NotMade::Failed { reason, message }) => {
                self.failed.get_or_insert((reason, message));
            }
            Err(NotMade::Fatal(error)) => {
                self.failed.get_or_insert((Reason::Internal, error.to_string()));
            }
        }
        if !part.is_last {
            return None;
        }
        let Open { outputs, views, failed } = std::mem::take(self);
        let (variation, attempt, drawn) = (part.index, FIRST_ATTEMPT, part.drawn);
        let (credits, views, outcome) = match failed {
            None => (credits, views, Outcome::Made(outputs)),
            Some((reason, message)) => (0, 0, Outcome::Failed { reason, message }),
        };
        Some((Entry { variation, attempt, credits, drawn, outcome }, views))
    }
}
