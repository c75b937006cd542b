//! The run: what all devices share while they work, how shards come together, and how it ends.

use super::assembly::{Assembly, Complete, Part};
use super::clock::{Clock, RunReport};
use super::context::Context;
use super::desk::Desk;
use super::devices::Device;
use super::error::RunError;
use super::retry::Retries;
use super::schedule::{Grid, Opening, Schedule};
use super::shards::ShardSet;
use super::worker::work;
use crate::contribution::{DeviceFacts, DirError, OutputDir, ShardSummary};
use crate::event::Event;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Variations of this run.
    pub made: u64,
    pub failed: u64,
    /// Views of the variations made.
    pub views: u64,
    /// Of each device: views that it rendered of shards that are made.
    pub views_of: Vec<u64>,
    /// Asked for and not made.
    pub left: ShardSet,
    pub interrupted: bool,
    pub report: RunReport,
}

/// Makes the shards that are asked for and not yet there, on all devices at once.
pub fn render(
    ctx: &Context<'_>,
    out: &OutputDir,
    devices: &[&dyn Device],
    shards: &ShardSet,
) -> Result<Outcome, RunError> {
    let start = Instant::now();
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
    let classes: Vec<_> = devices.iter().map(|device| device.info().class).collect();
    let grid = Grid {
        variations: ctx.plan.variations(),
        variations_a_shard: u64::from(ctx.plan.recipe().package.shard),
        views_a_variation: ctx.plan.views_per_variation(),
    };
    let tally = Tally { outcome: Outcome { views_of: vec![0; devices.len()], ..Outcome::default() }, fatal: None };
    let run = Run {
        ctx,
        out,
        desk: Desk::new(Schedule::new(grid, todo, &classes)),
        clocks: devices.iter().map(|_| Clock::default()).collect(),
        assemblies: Mutex::default(),
        tally: Mutex::new(tally),
        stopping: OnceLock::new(),
        retries: Retries::default(),
    };
    std::thread::scope(|scope| {
        let run = &run;
        let devices = devices.iter().copied().enumerate();
        let threads: Vec<_> =
            devices.map(|(position, device)| scope.spawn(move || work(run, position, device))).collect();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let Tally { mut outcome, fatal } = run.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let clocks: Vec<_> = devices.iter().map(|device| device.info()).zip(&run.clocks).collect();
    outcome.report = RunReport::of(&clocks, start.elapsed());
    outcome.left = run.desk.ask(|schedule| schedule.left());
    outcome.interrupted = ctx.stop.requested() && !outcome.left.is_empty();
    (ctx.listener)(&Event::Finished {
        made: outcome.made,
        failed: outcome.failed,
        shards: shards.len() - shards_already_made - outcome.left.len(),
        interrupted: outcome.interrupted,
    });
    fatal.map_or(Ok(outcome), Err)
}

/// Shards are contiguous blocks of variations, and so are ranges of shards.
fn variations_in(ctx: &Context<'_>, shards: Range<u64>) -> u64 {
    ctx.plan.shard_range(shards.end - 1).end - ctx.plan.shard_range(shards.start).start
}

/// What all threads of a run share.
pub struct Run<'a> {
    pub ctx: &'a Context<'a>,
    pub desk: Desk,
    /// One a device.
    pub clocks: Vec<Clock>,
    out: &'a OutputDir,
    assemblies: Mutex<BTreeMap<Opening, Arc<Mutex<Making>>>>,
    tally: Mutex<Tally>,
    stopping: OnceLock<Stopping>,
    retries: Retries,
}

/// A shard that is being made.
struct Making {
    /// `None`: it is committed, or was given up.
    assembly: Option<Assembly>,
    /// Of each device.
    views_of: BTreeMap<usize, u64>,
    views: u64,
}

struct Tally {
    outcome: Outcome,
    fatal: Option<RunError>,
}

/// A wish to stop that was heard.
struct Stopping {
    since: Instant,
    /// What is open is worth finishing.
    is_soon: bool,
}

impl Run<'_> {
    /// Whether anybody waits for more views. Asked before each, and while it is rendered.
    pub fn is_wanted(&self) -> bool {
        if !self.ctx.stop.requested() {
            return true;
        }
        let grace = self.ctx.stop.grace();
        let stopping = self.stopping.get_or_init(|| {
            let is_soon = self.desk.tell(|schedule| schedule.drain(grace.as_secs_f64()));
            Stopping { since: Instant::now(), is_soon }
        });
        // The pace of the views before says nothing of one that takes far longer, so patience ends in any case.
        if stopping.is_soon && stopping.since.elapsed() <= grace {
            return true;
        }
        self.desk.tell(Schedule::stop);
        false
    }

    /// Ends the run for all devices.
    pub fn fatal(&self, error: RunError) {
        self.desk.tell(Schedule::stop);
        self.tally().fatal.get_or_insert(error);
    }

    /// A device gets nothing any more, and what it has in hand goes back.
    pub fn leave_out(&self, position: usize) {
        self.close(self.desk.tell(|schedule| schedule.leave_out(position)));
    }

    /// Drops what was made of shards that their class of devices cannot finish.
    pub fn close(&self, openings: Vec<Opening>) {
        for opening in openings {
            self.assemblies().remove(&opening);
        }
    }

    /// Adds a part to its shard, and puts the shard on disk if that was the last one.
    pub fn add(&self, opening: &Opening, part: Part, position: usize, device: &DeviceFacts) {
        let added = self.making(opening).and_then(|making| self.add_to(&making, opening, part, position, device));
        if let Err(error) = added {
            self.close(vec![*opening]);
            self.not_written(opening, error);
        }
    }

    /// What may go well in a while is made again after a pause; nothing is known of how far the archive came.
    fn not_written(&self, opening: &Opening, error: DirError) {
        let pause = if error.is_transient() { self.retries.failed() } else { None };
        let Some(pause) = pause else { return self.fatal(error.into()) };
        let shard = opening.shard;
        self.say(format!("shard {shard} is made again in {:.1} s: {error}", pause.as_secs_f64()));
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.ctx.stop.requested() {
            std::thread::park_timeout(Duration::from_millis(50));
        }
        self.desk.tell(|schedule| schedule.undo(opening));
    }

    fn say(&self, text: String) {
        (self.ctx.listener)(&Event::Message { text });
    }

    fn making(&self, opening: &Opening) -> Result<Arc<Mutex<Making>>, DirError> {
        let mut assemblies = self.assemblies();
        if let Some(making) = assemblies.get(opening) {
            return Ok(making.clone());
        }
        let plan = self.ctx.plan;
        let writer = self.out.begin_shard(opening.shard)?;
        let n_variations = variations_in(self.ctx, opening.shard..opening.shard + 1);
        let assembly = Assembly::new(writer, n_variations, plan.views_per_variation(), plan.credits_per_variation());
        let making = Making { assembly: Some(assembly), views_of: BTreeMap::new(), views: 0 };
        let making = Arc::new(Mutex::new(making));
        assemblies.insert(*opening, making.clone());
        Ok(making)
    }

    fn add_to(
        &self,
        making: &Mutex<Making>,
        opening: &Opening,
        part: Part,
        position: usize,
        device: &DeviceFacts,
    ) -> Result<(), DirError> {
        let mut making = making.lock().unwrap_or_else(PoisonError::into_inner);
        let Making { assembly: Some(assembly), views_of, views } = &mut *making else { return Ok(()) };
        *views_of.entry(position).or_default() += u64::from(part.files.is_ok());
        let complete = assembly.add(part, device)?;
        *views += complete.as_ref().map_or(0, |complete| complete.views);
        let is_whole = assembly.is_whole();
        if let Some(Complete { variation, views, failed }) = complete {
            (self.ctx.listener)(&Event::Variation { variation, device: position, views, failed });
        }
        let Some(assembly) = making.assembly.take_if(|_| is_whole) else { return Ok(()) };
        let summary = assembly.commit()?;
        self.made(opening, &summary, &making, position);
        Ok(())
    }

    fn made(&self, opening: &Opening, summary: &ShardSummary, making: &Making, position: usize) {
        let &ShardSummary { shard, variations, failed, bytes } = summary;
        {
            let outcome = &mut self.tally().outcome;
            outcome.made += variations - failed;
            outcome.failed += failed;
            outcome.views += making.views;
            for (&position, views) in &making.views_of {
                outcome.views_of[position] += views;
            }
        }
        self.retries.succeeded();
        self.assemblies().remove(opening);
        self.desk.tell(|schedule| schedule.done(opening));
        (self.ctx.listener)(&Event::Shard { shard, device: position, variations, failed, bytes });
    }

    fn assemblies(&self) -> MutexGuard<'_, BTreeMap<Opening, Arc<Mutex<Making>>>> {
        self.assemblies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
