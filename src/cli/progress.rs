//! What a run says while it runs: bars on a terminal, one JSON line an event on request, else only messages.

use super::console::{Console, counted, duration};
use crate::event::Event;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars on stderr where it is a terminal; messages on stderr.
    People,
    /// One event a line on stdout.
    Json,
}

/// Listens to one run. Called from several threads.
pub struct Progress {
    console: Console,
    show: Show,
    state: Mutex<Bars>,
}

#[derive(Default)]
struct Bars {
    all: Option<ProgressBar>,
    devices: Vec<DeviceBar>,
    failures_told: u32,
}

/// Failed variations that are told one by one.
const FAILURES_TOLD: u32 = 10;

struct DeviceBar {
    bar: ProgressBar,
    started: Instant,
    views: u64,
    variations: u64,
}

impl Progress {
    pub fn new(console: &Console, show: Show) -> Progress {
        Progress { console: console.clone(), show, state: Mutex::default() }
    }

    pub fn hear(&self, event: &Event) {
        if self.show == Show::Json {
            // The dataset is what matters: a reader who hung up does not end the run.
            if let Ok(line) = serde_json::to_string(event) {
                drop(writeln!(io::stdout().lock(), "{line}"));
            }
            return;
        }
        match event {
            Event::Message { text } => self.console.message(format_args!("genki: {text}")),
            _ if self.console.is_quiet() => {}
            Event::Started { variations, variations_already_made, devices, .. } => {
                self.begin(*variations, *variations_already_made, devices);
            }
            Event::Variation { device, views, failed, variation } => {
                if let Some(reason) = failed {
                    self.tell_failure(*variation, reason);
                }
                self.advance(*device, *views);
            }
            Event::Shard { .. } => {}
            Event::Finished { .. } => self.end(),
        }
    }

    /// One bad asset may fail a million variations: their receipts hold what is not said here.
    fn tell_failure(&self, variation: u64, reason: &str) {
        let told = {
            let mut state = self.lock();
            state.failures_told += 1;
            state.failures_told
        };
        match told {
            ..=FAILURES_TOLD => self.console.message(format_args!("genki: variation {variation} failed: {reason}")),
            n if n == FAILURES_TOLD + 1 => {
                self.console.message("genki: more variations failed; the receipts and failures.jsonl name them all");
            }
            _ => {}
        }
    }

    fn begin(&self, variations: u64, already_made: u64, devices: &[String]) {
        let bars = &self.console.bars;
        let all = bars.add(ProgressBar::new(variations).with_position(already_made).with_style(all_style()));
        all.reset_eta();
        all.enable_steady_tick(Duration::from_millis(200));
        let width = devices.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let lines = devices.iter().map(|name| {
            let bar = bars.add(ProgressBar::new(0).with_style(device_style()));
            bar.set_prefix(format!("{name:width$}"));
            bar.set_message("waiting");
            DeviceBar { bar, started: Instant::now(), views: 0, variations: 0 }
        });
        let lines = lines.collect();
        *self.lock() = Bars { all: Some(all), devices: lines, failures_told: 0 };
    }

    fn advance(&self, device: usize, views: u64) {
        let mut state = self.lock();
        if let Some(line) = state.devices.get_mut(device) {
            line.views += views;
            line.variations += 1;
            let rate = line.views as f64 / line.started.elapsed().as_secs_f64().max(1e-3);
            line.bar.set_message(format!("{}, {rate:.2} views/s", counted(line.variations, "variation")));
        }
        let views: u64 = state.devices.iter().map(|line| line.views).sum();
        let seconds = state.devices.first().map_or(0.0, |line| line.started.elapsed().as_secs_f64());
        if let Some(all) = &state.all {
            all.inc(1);
            all.set_message(format!(", {:.2} views/s", views as f64 / seconds.max(1e-3)));
        }
    }

    fn end(&self) {
        let state = std::mem::take(&mut *self.lock());
        state.devices.iter().for_each(|line| line.bar.finish_and_clear());
        if let Some(all) = state.all {
            all.finish_and_clear();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Bars> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn all_style() -> ProgressStyle {
    // Before the first variation is made nobody knows.
    let left = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let seconds = state.eta().as_secs_f64().ceil();
        let _ = match state.pos() {
            0 => Ok(()),
            _ if seconds < 10.0 => write!(out, ", {seconds:.0} s left"),
            _ => write!(out, ", {} left", duration(seconds)),
        };
    };
    ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} variations{msg}{left}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
}

fn device_style() -> ProgressStyle {
    ProgressStyle::with_template("  {prefix}  {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// What a finished run says in one line.
pub fn summary(made: u64, failed: u64, views: u64, seconds: f64) -> String {
    let mut text = format!("{} made, {} in {}", counted(made, "variation"), counted(views, "view"), duration(seconds));
    if failed > 0 {
        let _ = write!(text, "; {failed} failed");
    }
    text
}
