//! One device from its first view to its last: compose → render → encode, each in a thread of its own, with short queues between
//! them. While the device renders a view, the next variation is composed and the last views are encoded.

use super::assembly::Part;
use super::attempt::{Undone, Worker, render_view};
use super::clock::Stage;
use super::desk::OnPanic;
use super::engine::Run;
use super::error::{NotMade, bug, panic_text};
use super::faults::{At, Faults, Next};
use super::schedule::{Opening, Piece, Schedule};
use super::variation::{Drawn, Ready, draw, encode_view};
use crate::contribution::DeviceFacts;
use crate::event::Event;
use crate::film::{Film, FilmPlanes};
use crate::hash::Digest;
use crate::reason::Reason;
use crate::render::{RenderError, Renderer};
use crate::run::devices::Device;
use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// What the device hands to the encoder.
struct Rendered {
    opening: Opening,
    variation: u64,
    drawn: Digest,
    view: u32,
    film: Result<(Arc<Ready>, Film), (Reason, String)>,
}

/// What goes on with a device.
enum After {
    /// The next view of the piece.
    Next,
    /// Another piece.
    Leave,
    /// Nothing any more.
    Out,
}

/// Works until there is nothing more for this device.
pub fn work(run: &Run<'_>, position: usize, device: &dyn Device) {
    let [width, height] = run.ctx.plan.recipe().render.size.map(u64::from);
    let pixels = run.ctx.queued_pixels / run.clocks.len() as u64;
    let queued = (pixels / (width * height).max(1)).clamp(1, 16) as usize;
    let (to_device, composed) = bounded(1);
    let (to_encoder, rendered) = bounded(queued);
    std::thread::scope(|scope| {
        scope.spawn(move || compose_all(run, position, &to_device));
        scope.spawn(move || encode_all(run, position, device, &rendered));
        let mut renderer = None;
        let mut bench = Bench { run, position, device, renderer: &mut renderer, faults: Faults::default(), to_encoder };
        bench.render_all(composed);
    });
}

fn compose_all(run: &Run<'_>, position: usize, to_device: &Sender<(Piece, Arc<Drawn>)>) {
    let _guard = OnPanic(|| run.leave_out(position));
    let mut last: Option<Arc<Drawn>> = None;
    while let Some(piece) = run.desk.wait_for_piece(position) {
        let again = last.take().filter(|drawn| drawn.index == piece.variation);
        let anew = || run.clocks[position].time(Stage::Compose, || Arc::new(draw(run.ctx, piece.variation)));
        let mut drawn = again.unwrap_or_else(anew);
        if let Some(Drawn { scene: Err(NotMade::Fatal(_)), .. }) = Arc::get_mut(&mut drawn) {
            if let Some(Drawn { scene: Err(NotMade::Fatal(error)), .. }) = Arc::into_inner(drawn) {
                run.fatal(error);
            }
            return;
        }
        last = Some(drawn.clone());
        if to_device.send((piece, drawn)).is_err() {
            run.desk.tell(|schedule| schedule.give_back(&piece, None));
            return;
        }
    }
}

/// A device, and what it needs to render.
struct Bench<'a> {
    run: &'a Run<'a>,
    position: usize,
    device: &'a dyn Device,
    renderer: &'a mut Option<Box<dyn Renderer>>,
    faults: Faults,
    to_encoder: Sender<Rendered>,
}

impl Bench<'_> {
    /// Drops the receiver at its end: nothing more is composed for this device.
    fn render_all(&mut self, composed: Receiver<(Piece, Arc<Drawn>)>) {
        let (run, position) = (self.run, self.position);
        let desk = &run.desk;
        let _guard = OnPanic(|| run.leave_out(position));
        while let Ok((piece, drawn)) = run.clocks[position].time(Stage::WaitForScene, || composed.recv()) {
            let is_for_us = desk.ask(|schedule| schedule.is_for(self.position, &piece));
            let after = if is_for_us { self.render_piece(&piece, &drawn) } else { After::Leave };
            desk.tell(|schedule| schedule.give_back(&piece, None));
            if matches!(after, After::Out) {
                break;
            }
        }
        run.leave_out(position);
    }

    fn render_piece(&mut self, piece: &Piece, drawn: &Drawn) -> After {
        let ready = match &drawn.scene {
            Ok(ready) => ready,
            Err(NotMade::Failed { reason, message }) => return self.failed(piece, drawn, 0, *reason, message.clone()),
            // It was told where it was composed.
            Err(NotMade::Fatal(_)) => return After::Out,
        };
        loop {
            if !self.run.is_wanted() {
                return After::Out;
            }
            // Told, not asked: what waits behind this view may now be taken by those who have nothing to do.
            let Some(view) = self.run.desk.tell(|schedule| schedule.claim(piece)) else { return After::Leave };
            match self.render_view(piece, drawn, ready, view) {
                After::Next => {}
                after => return after,
            }
        }
    }

    fn render_view(&mut self, piece: &Piece, drawn: &Drawn, ready: &Arc<Ready>, view: u32) -> After {
        let start = Instant::now();
        let shard = piece.opening.shard;
        let clock = &self.run.clocks[self.position];
        let (at, attempted) = clock.time(Stage::Render, || match self.open() {
            Ok(()) => (At::Shard(shard), self.attempt(ready, view)),
            Err(error) => (At::Opening, Err(Undone::Fault(error.to_string()))),
        });
        let give_back = || self.run.desk.tell(|schedule| schedule.give_back(piece, Some(view)));
        match attempted {
            Ok(Ok(film)) => {
                self.faults.made_a_view();
                clock.view_done();
                let seconds = start.elapsed().as_secs_f64();
                self.run.desk.ask(|schedule| schedule.learn(self.position, seconds));
                self.send(piece, drawn, view, Ok((ready.clone(), film)))
            }
            Ok(Err(NotMade::Failed { reason, message })) => self.failed(piece, drawn, view, reason, message),
            Ok(Err(NotMade::Fatal(error))) => {
                self.run.fatal(error);
                After::Out
            }
            Err(Undone::Interrupted) => {
                give_back();
                After::Out
            }
            Err(Undone::TooLarge(what)) => {
                give_back();
                self.refuse(shard, &format!("leaves shard {shard} to others: {what}"))
            }
            Err(Undone::OutOfMemory(what)) => {
                give_back();
                // What was held makes room, and what was only half made is gone.
                *self.renderer = None;
                self.refuse(shard, &format!("leaves shard {shard} to others: {what}"))
            }
            Err(Undone::Fault(what)) => {
                // First of all the view leaves this hand: if a listener or a driver panics then, nobody waits for it.
                give_back();
                let next = self.faults.next(at);
                // A fresh start: what the device held is gone or not to be trusted.
                *self.renderer = None;
                match next {
                    Next::Again => {
                        self.say(&format!("is tried again: {what}"));
                        After::Leave
                    }
                    Next::Refuse => {
                        self.refuse(shard, &format!("failed twice on shard {shard} and leaves it to others: {what}"))
                    }
                    Next::Out => {
                        self.say(&format!("is left out: {what}"));
                        After::Out
                    }
                }
            }
        }
    }

    /// A driver that panics is a device that cannot be opened.
    fn open(&mut self) -> Result<(), RenderError> {
        if self.renderer.is_none() {
            let opening = catch_unwind(AssertUnwindSafe(|| self.device.open()));
            *self.renderer = Some(opening.unwrap_or_else(|panic| Err(RenderError::Device(panic_text(&*panic))))?);
        }
        Ok(())
    }

    /// As [`render_view`].
    fn attempt(&mut self, ready: &Ready, view: u32) -> Result<Result<Film, NotMade>, Undone> {
        let Some(renderer) = self.renderer else { return Err(Undone::Fault("it is not open".to_owned())) };
        let mut worker = Worker { info: self.device.info(), renderer: renderer.as_mut() };
        let planes = FilmPlanes::of(&self.run.ctx.plan.recipe().layers);
        let run = self.run;
        render_view(run.ctx, &mut worker, ready, view as usize, planes, &|| !run.is_wanted())
    }

    /// A variation that no device can make.
    fn failed(&self, piece: &Piece, drawn: &Drawn, view: u32, reason: Reason, message: String) -> After {
        self.run.desk.tell(|schedule| schedule.fail(&piece.opening, piece.variation, view));
        self.send(piece, drawn, view, Err((reason, message)))
    }

    fn send(
        &self,
        piece: &Piece,
        drawn: &Drawn,
        view: u32,
        film: Result<(Arc<Ready>, Film), (Reason, String)>,
    ) -> After {
        let &Piece { opening, variation, .. } = piece;
        let rendered = Rendered { opening, variation, drawn: drawn.digest, view, film };
        let clock = &self.run.clocks[self.position];
        let is_sent = clock.time(Stage::WaitForEncoder, || self.to_encoder.send(rendered).is_ok());
        if is_sent { After::Next } else { After::Out }
    }

    fn refuse(&self, shard: u64, what: &str) -> After {
        let closed = self.run.desk.tell(|schedule| schedule.refuse(self.position, shard));
        self.run.close(closed);
        self.say(what);
        After::Leave
    }

    fn say(&self, what: &str) {
        (self.run.ctx.listener)(&Event::Message { text: format!("{} {what}", self.device.info().name) });
    }
}

/// Takes what is there, encodes it side by side, and adds it to its shard.
fn encode_all(run: &Run<'_>, position: usize, device: &dyn Device, rendered: &Receiver<Rendered>) {
    // What it had taken is lost to its shards.
    let _guard = OnPanic(|| run.desk.tell(Schedule::stop));
    let facts = DeviceFacts::from(device.info());
    while let Ok(first) = rendered.recv() {
        let waiting = std::iter::once(first).chain(rendered.try_iter());
        // What comes of a shard that is dropped is not encoded.
        let batch: Vec<Rendered> = waiting.filter(|r| run.desk.ask(|schedule| schedule.is_open(&r.opening))).collect();
        let clock = &run.clocks[position];
        let parts: Vec<(Opening, Part)> = clock.time(Stage::Encode, || {
            run.ctx.pool.install(|| batch.into_par_iter().map(|rendered| encode(run, rendered)).collect())
        });
        for (opening, part) in parts {
            clock.time(Stage::Write, || run.add(&opening, part, position, &facts));
        }
    }
}

fn encode(run: &Run<'_>, rendered: Rendered) -> (Opening, Part) {
    let Rendered { opening, variation, drawn, view, film } = rendered;
    let files = film.and_then(|(ready, film)| {
        let encoded = catch_unwind(AssertUnwindSafe(|| encode_view(run.ctx.plan, &ready, view as usize, &film)));
        encoded.map_err(|panic| bug(&*panic))
    });
    (opening, Part { variation, drawn, view, files })
}
