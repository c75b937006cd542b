//! The run: a queue of shards, a thread a device, and what happens when one of them fails.

use super::context::Context;
use super::devices::Device;
use super::error::{RunError, panic_text};
use super::faults::{At, Faults, Next};
use super::queue::Queue;
use super::shard::{Undone, Worker, make_shard};
use super::shards::ShardSet;
use crate::contribution::OutputDir;
use crate::event::Event;
use crate::render::{RenderError, Renderer};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Variations of this run.
    pub made: u64,
    pub failed: u64,
    /// Views of the variations made.
    pub views: u64,
    /// How many shards each device made.
    pub shards: Vec<u64>,
    /// Asked for and not made.
    pub left: ShardSet,
    pub interrupted: bool,
}

/// Makes the shards that are asked for and not yet there, on all devices at once.
pub fn render(
    ctx: &Context<'_>,
    out: &OutputDir,
    devices: &[&dyn Device],
    shards: &ShardSet,
) -> Result<Outcome, RunError> {
    let mut todo = shards.clone();
    let there = out.made_shards().into_iter().filter(|&shard| todo.remove(shard));
    let variations_already_made = there.map(|shard| variations_in(ctx, shard..shard + 1)).sum();
    let shards_already_made = shards.len() - todo.len();
    let variations = shards.ranges().map(|shards| variations_in(ctx, shards)).sum();
    (ctx.listener)(&Event::Started {
        plan_id: ctx.plan.id().to_string(),
        variations,
        views: variations * u64::from(ctx.plan.views_per_variation()),
        shards: shards.len(),
        shards_already_made,
        variations_already_made,
        devices: devices.iter().map(|device| device.info().name.clone()).collect(),
    });
    let outcome = Outcome { shards: vec![0; devices.len()], ..Outcome::default() };
    let tally = Mutex::new(Tally { outcome, fatal: None });
    let run = Run { ctx, out, queue: Queue::new(todo), tally };
    std::thread::scope(|scope| {
        let threads: Vec<_> = devices
            .iter()
            .enumerate()
            .map(|(position, device)| {
                scope.spawn({
                    let run = &run;
                    move || run.drive(position, *device)
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let Tally { mut outcome, fatal } = run.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.left = run.queue.left();
    outcome.interrupted = ctx.stop.requested() && !outcome.left.is_empty();
    (ctx.listener)(&Event::Finished {
        made: outcome.made,
        failed: outcome.failed,
        shards: outcome.shards.iter().sum(),
        interrupted: outcome.interrupted,
    });
    fatal.map_or(Ok(outcome), Err)
}

/// Shards are contiguous blocks of variations, and so are ranges of shards.
fn variations_in(ctx: &Context<'_>, shards: Range<u64>) -> u64 {
    ctx.plan.shard_range(shards.end - 1).end - ctx.plan.shard_range(shards.start).start
}

struct Run<'a> {
    ctx: &'a Context<'a>,
    out: &'a OutputDir,
    queue: Queue,
    tally: Mutex<Tally>,
}

struct Tally {
    outcome: Outcome,
    fatal: Option<RunError>,
}

/// A driver that panics is a device that cannot be opened.
fn opened<'a>(
    device: &dyn Device,
    renderer: &'a mut Option<Box<dyn Renderer>>,
) -> Result<&'a mut dyn Renderer, RenderError> {
    let opened = match renderer {
        Some(opened) => opened,
        None => {
            let opening = catch_unwind(AssertUnwindSafe(|| device.open()));
            renderer.insert(opening.unwrap_or_else(|panic| Err(RenderError::Device(panic_text(&*panic))))?)
        }
    };
    Ok(opened.as_mut())
}

impl Run<'_> {
    /// One device from its first shard to its last.
    fn drive(&self, position: usize, device: &dyn Device) {
        let mut renderer: Option<Box<dyn Renderer>> = None;
        let mut faults = Faults::default();
        let name = &device.info().name;
        while !self.ctx.stop.requested() {
            let Some(shard) = self.queue.take(position) else { break };
            let (at, attempted) = match opened(device, &mut renderer) {
                Ok(renderer) => (At::Shard(shard), self.attempt(position, device, renderer, shard)),
                Err(error) => (At::Opening, Err(Undone::Fault(error.to_string()))),
            };
            // First of all the shard leaves this hand: if a listener or a driver panics then, nobody waits for it.
            match attempted {
                Ok(()) => faults.made_a_shard(),
                Err(Undone::Interrupted) => self.queue.give_back(shard),
                Err(Undone::TooLarge(what)) => {
                    self.queue.refuse(shard, position);
                    self.say(format!("{name} leaves shard {shard} to others: {what}"));
                }
                Err(Undone::OutOfMemory(what)) => {
                    self.queue.refuse(shard, position);
                    // What was held makes room, and what was only half made is gone.
                    renderer = None;
                    self.say(format!("{name} leaves shard {shard} to others: {what}"));
                }
                Err(Undone::Fault(what)) => {
                    let next = faults.next(at);
                    match next {
                        Next::Again | Next::Out => self.queue.give_back(shard),
                        Next::Refuse => self.queue.refuse(shard, position),
                    }
                    self.say(match next {
                        Next::Again => format!("{name} is tried again: {what}"),
                        Next::Refuse => format!("{name} failed twice on shard {shard} and leaves it to others: {what}"),
                        Next::Out => format!("{name} is left out: {what}"),
                    });
                    // A fresh start: what the device held is gone or not to be trusted.
                    renderer = None;
                    if next == Next::Out {
                        break;
                    }
                }
                Err(Undone::Fatal(error)) => {
                    self.queue.give_back(shard);
                    self.queue.stop();
                    self.tally().fatal.get_or_insert(error);
                }
            }
        }
        if self.ctx.stop.requested() {
            self.queue.stop();
        }
    }

    fn attempt(
        &self,
        position: usize,
        device: &dyn Device,
        renderer: &mut dyn Renderer,
        shard: u64,
    ) -> Result<(), Undone> {
        let mut worker = Worker { device: position, info: device.info(), renderer };
        // Only a bug of ours panics here; the other devices must not wait for this shard.
        let made = catch_unwind(AssertUnwindSafe(|| make_shard(self.ctx, self.out, &mut worker, shard)));
        let summary = made.unwrap_or_else(|panic| {
            self.queue.stop();
            self.queue.give_back(shard);
            resume_unwind(panic)
        })?;
        let range = self.ctx.plan.shard_range(shard);
        let (variations, failed) = (range.end - range.start, summary.failed);
        {
            let outcome = &mut self.tally().outcome;
            outcome.made += variations - failed;
            outcome.failed += failed;
            outcome.views += (variations - failed) * u64::from(self.ctx.plan.views_per_variation());
            outcome.shards[position] += 1;
        }
        self.queue.done();
        let bytes = summary.bytes;
        (self.ctx.listener)(&Event::Shard { shard, device: position, variations, failed, bytes });
        Ok(())
    }

    fn say(&self, text: String) {
        (self.ctx.listener)(&Event::Message { text });
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
