//! The run engine under devices that fail by script: every variation exactly once, whatever dies when.

use crate::program::{Desk, RECIPE, assert_same};
use genki::buffers::SceneBuffers;
use genki::buffers::layout::Settings;
use genki::contribution::OutputDir;
use genki::event::{Event, Listener};
use genki::film::{Film, FilmPlanes};
use genki::render::cpu::CpuRenderer;
use genki::render::{DeviceClass, DeviceInfo, DeviceKind, RenderError, Renderer, Unwanted};
use genki::run::context::{Context, Kept, Memory};
use genki::run::devices::Device;
use genki::run::engine::{Outcome, render};
use genki::run::error::RunError;
use genki::run::prepare::{Prepared, Request, prepare};
use genki::run::shards::ShardSet;
use genki::run::stop::Stop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a device does instead of its n-th view, counted over its life; at [`OPENING`] it can panic.
type Script = fn(view: u64) -> Option<Fault>;

const OPENING: u64 = u64::MAX;

enum Fault {
    Lost,
    TooLarge,
    OutOfMemory,
    Panic,
    /// Wishes the run to stop, and renders.
    Stop,
}

struct Scripted {
    info: DeviceInfo,
    script: Script,
    poison: Poison,
    views: Arc<AtomicU64>,
    seeds: Arc<Mutex<Vec<Seed>>>,
    stop: Stop,
}

/// Of a view: tells it from all others.
type Seed = [u32; 2];

/// Views that no device can make.
#[derive(Clone)]
enum Poison {
    /// Each is lost on them.
    Lost(Vec<Seed>),
    /// They have a pixel that is no number.
    NotFinite(Vec<Seed>),
}

impl Scripted {
    fn new(class: DeviceClass, script: Script, poison: &Poison, stop: &Stop) -> Scripted {
        let kind = if class == DeviceClass::CpuBitexact { DeviceKind::Cpu } else { DeviceKind::DiscreteGpu };
        let info = DeviceInfo {
            name: format!("{kind:?}"),
            backend: "fake".to_owned(),
            driver: String::new(),
            class,
            kind,
            max_binding_bytes: None,
            pci_bus_id: String::new(),
        };
        let (views, seeds) = Default::default();
        Scripted { info, script, poison: poison.clone(), views, seeds, stop: stop.clone() }
    }
}

impl Device for Scripted {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn open(&self) -> Result<Box<dyn Renderer>, RenderError> {
        let Scripted { script, poison, views, seeds, stop, .. } = self;
        assert!(!matches!(script(OPENING), Some(Fault::Panic)), "scripted");
        let (poison, views, seeds, stop) = (poison.clone(), views.clone(), seeds.clone(), stop.clone());
        Ok(Box::new(Fake { cpu: CpuRenderer::new(), script: *script, poison, views, seeds, stop }))
    }
}

struct Fake {
    cpu: CpuRenderer,
    script: Script,
    poison: Poison,
    views: Arc<AtomicU64>,
    seeds: Arc<Mutex<Vec<Seed>>>,
    stop: Stop,
}

impl Renderer for Fake {
    fn render(
        &mut self,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        planes: FilmPlanes,
        is_unwanted: Unwanted<'_>,
    ) -> Result<Film, RenderError> {
        let seed = scene.views[view_idx].seed;
        self.seeds.lock().expect("nobody panics here").push(seed);
        match &self.poison {
            Poison::Lost(seeds) if seeds.contains(&seed) => return Err(RenderError::Device("poison".to_owned())),
            Poison::NotFinite(seeds) if seeds.contains(&seed) => {
                return Err(RenderError::NonFinitePixel { x: seed[0] % 16, y: seed[1] % 12 });
            }
            _ => {}
        }
        match (self.script)(self.views.fetch_add(1, Ordering::SeqCst)) {
            Some(Fault::Lost) => return Err(RenderError::Device("gone".to_owned())),
            Some(Fault::OutOfMemory) => return Err(RenderError::OutOfMemory("full".to_owned())),
            Some(Fault::TooLarge) => return Err(RenderError::TooLarge { needed: 2, limit: 1 }),
            Some(Fault::Panic) => panic!("scripted"),
            Some(Fault::Stop) => self.stop.request(),
            None => {}
        }
        self.cpu.render(scene, view_idx, settings, planes, is_unwanted)
    }
}

struct Ran {
    outcome: Result<Outcome, RunError>,
    events: Vec<Event>,
    /// Of the views that the first device was asked for, in order.
    seeds: Vec<Seed>,
}

impl Ran {
    fn messages(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Message { text } => Some(text.clone()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

fn prepared(desk: &Desk, pool: &rayon::ThreadPool) -> Prepared {
    let request = Request { path: desk.path("tiny.yaml"), ..Request::default() };
    prepare(&request, pool).expect("a recipe without mistakes")
}

fn run(desk: &Desk, out: &str, scripts: &[(DeviceClass, Script)]) -> Ran {
    run_with(desk, out, scripts, Poison::Lost(vec![]))
}

fn run_with(desk: &Desk, out: &str, scripts: &[(DeviceClass, Script)], poison: Poison) -> Ran {
    let events = Mutex::new(Vec::new());
    let listener = |event: &Event| events.lock().expect("nobody panics here").push(event.clone());
    let (outcome, seeds) = heard(desk, out, scripts, &poison, &listener);
    Ran { outcome, events: events.into_inner().expect("nobody panics here"), seeds }
}

fn heard(
    desk: &Desk,
    out: &str,
    scripts: &[(DeviceClass, Script)],
    poison: &Poison,
    listener: Listener<'_>,
) -> (Result<Outcome, RunError>, Vec<Seed>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
    let prepared = prepared(desk, &pool);
    let dir = OutputDir::open(&desk.path(out), &prepared.plan, None).expect("a new directory");
    let (kept, stop) = (Kept::new(prepared.files.clone(), Memory::default()), Stop::default());
    let ctx = Context::new(&prepared.plan, &kept, &pool, listener, &stop);
    let devices: Vec<Scripted> =
        scripts.iter().map(|&(class, script)| Scripted::new(class, script, poison, &stop)).collect();
    let used: Vec<&dyn Device> = devices.iter().map(|device| device as &dyn Device).collect();
    let shards = ShardSet::from(0..prepared.plan.shard_count());
    let outcome = render(&ctx, &dir, &used, &shards);
    let seeds = devices[0].seeds.lock().expect("nobody panics here").clone();
    (outcome, seeds)
}

const CPU: DeviceClass = DeviceClass::CpuBitexact;
const GPU: DeviceClass = DeviceClass::GpuTolerant;
const FINE: Script = |_| None;

/// A desk with a directory `good` that one sound device made.
fn desk() -> Desk {
    let desk = Desk::new();
    let good = run(&desk, "good", &[(CPU, FINE)]);
    assert_eq!(good.outcome.expect("it ends").made, 12);
    desk
}

#[test]
fn a_device_that_is_lost_is_retried_once_and_the_others_do_its_work() {
    let desk = desk();
    let ran = run(&desk, "out", &[(GPU, |_| Some(Fault::Lost)), (CPU, FINE)]);
    let said = ran.messages();
    // What it failed at twice others make; whether there is anything left then to fail at hangs on how quick they are.
    assert!(said.contains("DiscreteGpu is tried again: gone"), "{said}");
    let outcome = ran.outcome.expect("it ends");
    assert_eq!((outcome.made, outcome.left.len()), (12, 0));
    assert_eq!(outcome.views_of, [0, 24]);
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_device_that_is_lost_now_and_then_goes_on_and_nothing_is_made_twice() {
    let desk = desk();
    let every_fifth: Script = |view| (view % 11 == 5).then_some(Fault::Lost);
    let ran = run(&desk, "out", &[(GPU, every_fifth)]);
    let outcome = ran.outcome.as_ref().expect("it ends");
    assert_eq!((outcome.made, outcome.left.len()), (12, 0), "{}", ran.messages());
    let shards = ran.events.iter().filter(|event| matches!(event, Event::Shard { .. })).count();
    assert_eq!(shards, 3);
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_device_that_is_gone_is_left_out_and_what_is_made_stays() {
    let desk = desk();
    // A shard is four variations of two views: the first one is made.
    let ran = run(&desk, "out", &[(GPU, |view| (view >= 8).then_some(Fault::Lost))]);
    assert!(ran.messages().contains("DiscreteGpu is left out: gone"), "{}", ran.messages());
    let outcome = ran.outcome.expect("it ends");
    assert_eq!((outcome.made, outcome.left.len(), outcome.interrupted), (4, 2, false));
    let again = run(&desk, "out", &[(CPU, FINE)]);
    assert_eq!(again.outcome.expect("it ends").made, 8);
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_scene_that_is_too_large_for_one_device_is_made_by_another() {
    let desk = desk();
    let ran = run(&desk, "out", &[(GPU, |_| Some(Fault::TooLarge)), (CPU, FINE)]);
    assert_eq!(ran.outcome.as_ref().expect("it ends").made, 12);
    assert!(ran.messages().contains("leaves shard"), "{}", ran.messages());
    assert_same(&desk.contents("good"), &desk.contents("out"));
    let alone = run(&desk, "alone", &[(GPU, |_| Some(Fault::TooLarge))]);
    let outcome = alone.outcome.expect("it ends");
    assert_eq!((outcome.made, outcome.left.len()), (0, 3));
}

#[test]
fn a_device_whose_memory_is_full_leaves_the_shard_to_others_and_goes_on() {
    let desk = desk();
    // The first shard is refused at its first view; with the memory empty again the others are made.
    let full: Script = |view| (view == 0).then_some(Fault::OutOfMemory);
    let ran = run(&desk, "out", &[(GPU, full)]);
    let outcome = ran.outcome.as_ref().expect("it ends");
    assert_eq!((outcome.made, outcome.left.to_string().as_str()), (8, "0"), "{}", ran.messages());
    assert!(ran.messages().contains("leaves shard 0 to others: the device ran out of memory"), "{}", ran.messages());
    assert_eq!(run(&desk, "out", &[(CPU, FINE)]).outcome.expect("it ends").made, 4);
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_shard_that_no_device_can_make_costs_no_device_and_is_left_alone() {
    let desk = desk();
    let seeds = run(&desk, "sound", &[(GPU, FINE)]).seeds;
    // A shard is eight views, and the second one holds these.
    let poison = Poison::Lost(seeds[11..13].to_vec());
    let ran = run_with(&desk, "out", &[(GPU, FINE), (GPU, FINE), (GPU, FINE)], poison);
    let (outcome, said) = (ran.outcome.as_ref().expect("it ends"), ran.messages());
    assert_eq!((outcome.made, outcome.left.to_string().as_str()), (8, "1"), "{said}");
    assert!(!outcome.interrupted && !said.contains("left out"), "{said}");
    assert_eq!(said.matches("failed twice on shard 1 and leaves it to others: poison").count(), 3, "{said}");
    assert_eq!(run(&desk, "out", &[(CPU, FINE)]).outcome.expect("it ends").made, 4);
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_panic_of_the_cpu_is_one_variations_failure_and_one_of_a_driver_is_a_fault() {
    let desk = desk();
    let ran = run(&desk, "out", &[(CPU, |view| (view == 3).then_some(Fault::Panic))]);
    let outcome = ran.outcome.as_ref().expect("it ends");
    assert_eq!((outcome.made, outcome.failed, outcome.left.len()), (11, 1, 0));
    let failed: Vec<&Event> =
        ran.events.iter().filter(|e| matches!(e, Event::Variation { failed: Some(_), .. })).collect();
    assert!(
        matches!(failed[..], [Event::Variation { variation: 1, failed: Some(why), .. }] if why.starts_with("internal"))
    );
    let ran = run(&desk, "gpu", &[(GPU, |view| (view == 3).then_some(Fault::Panic))]);
    assert_eq!(ran.outcome.as_ref().expect("it ends").failed, 0);
    assert_same(&desk.contents("good"), &desk.contents("gpu"));
}

#[test]
fn a_driver_that_panics_while_it_is_opened_is_left_out() {
    let desk = desk();
    let ran = run(&desk, "out", &[(GPU, |view| (view == OPENING).then_some(Fault::Panic)), (CPU, FINE)]);
    let outcome = ran.outcome.as_ref().expect("it ends");
    assert_eq!((outcome.made, outcome.failed), (12, 0), "{}", ran.messages());
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn nobody_waits_for_a_shard_whose_thread_panicked() {
    let desk = desk();
    let listener = |event: &Event| assert!(!matches!(event, Event::Message { .. }), "scripted");
    let devices: [(DeviceClass, Script); 2] = [(GPU, |_| Some(Fault::Lost)), (CPU, FINE)];
    let ended = catch_unwind(AssertUnwindSafe(|| heard(&desk, "out", &devices, &Poison::Lost(vec![]), &listener)));
    assert!(ended.is_err(), "a panic of ours is not kept secret");
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_stopped_run_leaves_whole_shards_and_goes_on_later() {
    let desk = desk();
    // Tiny views: after the wish to stop the shard in hand is nearly done, and is finished.
    let ran = run(&desk, "out", &[(CPU, |view| (view == 9).then_some(Fault::Stop))]);
    let outcome = ran.outcome.expect("it ends");
    assert!(outcome.interrupted && !outcome.left.is_empty(), "{outcome:?}");
    assert_eq!(outcome.made + 4 * outcome.left.len(), 12);
    run(&desk, "out", &[(CPU, FINE)]).outcome.expect("it ends");
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn a_view_whose_end_cannot_be_told_is_given_up_when_the_run_stops_and_made_later() {
    let desk = desk();
    let ran = run(&desk, "out", &[(CPU, |view| (view == 0).then_some(Fault::Stop))]);
    let outcome = ran.outcome.expect("it ends");
    assert_eq!((outcome.made, outcome.failed, outcome.left.len(), outcome.interrupted), (0, 0, 3, true));
    run(&desk, "out", &[(CPU, FINE)]).outcome.expect("it ends");
    assert_same(&desk.contents("good"), &desk.contents("out"));
}

#[test]
fn devices_that_die_at_any_moment_lose_no_shard_and_make_none_twice() {
    let desk = desk();
    const DYING: [Script; 4] = [
        |view| (view >= 1).then_some(Fault::Lost),
        |view| (view >= 5).then_some(Fault::Lost),
        |view| (view % 3 == 2).then_some(Fault::Lost),
        |view| (view >= 9).then_some(Fault::TooLarge),
    ];
    for (i, first) in DYING.into_iter().enumerate() {
        for (k, second) in DYING.into_iter().enumerate() {
            let out = format!("out-{i}-{k}");
            let ran = run(&desk, &out, &[(GPU, first), (GPU, second), (CPU, FINE)]);
            assert_eq!(ran.outcome.as_ref().expect("it ends").made, 12, "{out}: {}", ran.messages());
            assert_same(&desk.contents("good"), &desk.contents(&out));
        }
    }
}

/// One variation of many views.
fn one_long_variation(desk: &Desk) {
    let text = RECIPE.replace("variations: 12", "variations: 1").replace("views: 2", "views: 48");
    desk.write("tiny.yaml", text);
}

#[test]
fn a_single_variation_keeps_all_devices_of_a_class_busy_and_its_manifest_names_them() {
    let desk = Desk::new();
    one_long_variation(&desk);
    run(&desk, "good", &[(CPU, FINE)]).outcome.expect("it ends");
    let ran = run(&desk, "out", &[(GPU, FINE), (GPU, FINE), (GPU, FINE)]);
    let outcome = ran.outcome.expect("it ends");
    assert_eq!((outcome.made, outcome.views, outcome.views_of.iter().sum::<u64>()), (1, 48, 48));
    assert!(outcome.views_of.iter().all(|&views| views > 4), "{:?}", outcome.views_of);
    assert_same(&desk.contents("good"), &desk.contents("out"));
    let notes = std::fs::read_to_string(desk.path("out/.genki.devices.jsonl")).expect("a note beside the shards");
    assert_eq!(notes.matches("\"gpu-tolerant\"").count(), 1, "three devices of one name are one: {notes}");
}

#[test]
fn a_variation_that_fails_says_the_same_however_its_views_are_shared_out() {
    let desk = Desk::new();
    one_long_variation(&desk);
    let seeds = run(&desk, "sound", &[(CPU, FINE)]).seeds;
    assert_eq!(seeds.len(), 48);
    let poison = [seeds[7], seeds[20], seeds[33], seeds[47]];
    let failing = |out: &str, classes: &[DeviceClass]| {
        let scripts: Vec<(DeviceClass, Script)> = classes.iter().map(|&class| (class, FINE)).collect();
        let ran = run_with(&desk, out, &scripts, Poison::NotFinite(poison.to_vec()));
        let outcome = ran.outcome.expect("it ends");
        assert_eq!((outcome.made, outcome.failed, outcome.left.len()), (0, 1, 0));
        let said = std::fs::read_dir(desk.path(out).join("shards")).expect("a folder").count();
        assert!(said > 0);
        desk.contents(out)
    };
    let alone = failing("alone", &[CPU]);
    assert_same(&alone, &failing("three", &[GPU, GPU, GPU]));
    assert_same(&alone, &failing("seven", &[GPU; 7]));
}
