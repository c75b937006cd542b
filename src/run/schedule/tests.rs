//! The schedule in simulated time: single rules, and thousands of runs whose devices fail by chance.

use super::*;
use std::collections::BTreeSet;

const CPU: DeviceClass = DeviceClass::CpuBitexact;
const GPU: DeviceClass = DeviceClass::GpuTolerant;

fn grid(variations: u64, variations_a_shard: u64, views_a_variation: u32) -> Grid {
    Grid { variations, variations_a_shard, views_a_variation }
}

fn schedule(grid: Grid, classes: &[DeviceClass]) -> Schedule {
    let shards = grid.variations.div_ceil(grid.variations_a_shard);
    Schedule::new(grid, ShardSet::from(0..shards), classes)
}

fn piece(schedule: &mut Schedule, device: usize) -> Piece {
    match schedule.take(device) {
        Take::Piece(piece) => piece,
        other => panic!("device {device} gets {other:?}"),
    }
}

/// A sequence of numbers that looks random and is the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A view, and the steps until it is done.
type Rendering = (u32, u64);

/// Devices that work side by side in simulated time, and fail by chance.
struct World {
    schedule: Schedule,
    numbers: Numbers,
    grid: Grid,
    classes: Vec<DeviceClass>,
    /// Steps that each needs for a view.
    steps: Vec<u64>,
    hands: Vec<Option<(Piece, Option<Rendering>)>>,
    is_out: Vec<bool>,
    /// Of each open shard: what came of its latest opening, by which class.
    made: BTreeMap<Opening, BTreeSet<(u64, u32)>>,
    failed: BTreeMap<(Opening, u64), u32>,
    done: BTreeSet<u64>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut numbers = Numbers(seed);
        let grid = grid(1 + numbers.below(30), 1 << numbers.below(4), 1 + numbers.below(9) as u32);
        let n_devices = 1 + numbers.below(4) as usize;
        let classes: Vec<_> = (0..n_devices).map(|_| if numbers.below(3) == 0 { CPU } else { GPU }).collect();
        let steps = (0..n_devices).map(|_| 1 + numbers.below(8)).collect();
        World {
            schedule: schedule(grid, &classes),
            grid,
            steps,
            hands: vec![None; n_devices],
            is_out: vec![false; n_devices],
            classes,
            numbers,
            made: BTreeMap::new(),
            failed: BTreeMap::new(),
            done: BTreeSet::new(),
        }
    }

    /// One step of one device. `faults`: of a hundred.
    fn step(&mut self, device: usize, faults: u64) {
        if self.is_out[device] {
            return;
        }
        let Some((piece, view)) = self.hands[device].take() else {
            if let Take::Piece(piece) = self.schedule.take(device) {
                self.hands[device] = Some((piece, None));
            }
            return;
        };
        let Some((view, left)) = view else {
            if !self.schedule.is_for(device, &piece) {
                self.schedule.give_back(&piece, None);
            } else if self.numbers.below(100) == 0 {
                // It could not even be composed.
                self.failed.insert((piece.opening, piece.variation), 0);
                self.schedule.fail(&piece.opening, piece.variation, 0);
                self.schedule.give_back(&piece, None);
                self.finish(&piece.opening);
            } else if let Some(view) = self.schedule.claim(&piece) {
                self.hands[device] = Some((piece, Some((view, self.steps[device]))));
            }
            return;
        };
        if left > 1 {
            self.hands[device] = Some((piece, Some((view, left - 1))));
            return;
        }
        let Opening { shard, .. } = piece.opening;
        match self.numbers.below(100) {
            n if n < faults => {
                self.schedule.give_back(&piece, Some(view));
                match self.numbers.below(3) {
                    0 => {}
                    1 => drop(self.schedule.refuse(device, shard)),
                    _ => {
                        self.is_out[device] = true;
                        self.schedule.leave_out(device);
                    }
                }
            }
            99 => {
                let lowest = self.failed.entry((piece.opening, piece.variation)).or_insert(view);
                *lowest = view.min(*lowest);
                self.schedule.fail(&piece.opening, piece.variation, view);
                self.hands[device] = Some((piece, None));
                self.finish(&piece.opening);
            }
            _ => {
                self.schedule.learn(device, self.steps[device] as f64);
                self.hands[device] = Some((piece, None));
                if self.schedule.is_open(&piece.opening) {
                    let is_new = self.made.entry(piece.opening).or_default().insert((piece.variation, view));
                    assert!(is_new, "view {view} of {} is rendered twice", piece.variation);
                    self.finish(&piece.opening);
                }
            }
        }
    }

    /// Commits a shard that is whole.
    fn finish(&mut self, opening: &Opening) {
        let made = self.made.entry(*opening).or_default();
        let is_whole = self.grid.range(opening.shard).all(|variation| {
            let wanted = self.failed.get(&(*opening, variation)).copied().unwrap_or(self.grid.views_a_variation);
            (0..wanted).all(|view| made.contains(&(variation, view)))
        });
        if is_whole && self.schedule.is_open(opening) {
            assert!(self.done.insert(opening.shard), "shard {} is made twice", opening.shard);
            self.schedule.done(opening);
        }
    }
}

#[test]
fn every_view_is_rendered_once_whichever_devices_fail_and_leave() {
    let (mut n_whole, mut n_left) = (0, 0);
    for seed in 0..3000 {
        let mut world = World::new(seed);
        let n = world.classes.len();
        let faults = [0, 2, 10, 40][seed as usize % 4];
        let mut steps = 0;
        let is_over = |world: &mut World, device: usize| {
            world.is_out[device]
                || world.hands[device].is_none() && matches!(world.schedule.take(device), Take::Nothing)
        };
        // Asking takes nothing from those who are given nothing; who is given something has not ended.
        loop {
            let device = world.numbers.below(n as u64) as usize;
            world.step(device, faults);
            steps += 1;
            if steps % 64 == 0 {
                let mut ended = 0;
                for device in 0..n {
                    if !world.is_out[device] && world.hands[device].is_none() {
                        match world.schedule.take(device) {
                            Take::Piece(piece) => world.hands[device] = Some((piece, None)),
                            Take::Wait => {}
                            Take::Nothing => ended += 1,
                        }
                    } else if world.is_out[device] {
                        ended += 1;
                    }
                }
                if ended == n {
                    break;
                }
            }
            assert!(steps < 1_000_000, "seed {seed} does not end: {:?}", world.schedule.left());
        }
        assert!((0..n).all(|device| is_over(&mut world, device)));
        let mut all = ShardSet::from(0..world.grid.variations.div_ceil(world.grid.variations_a_shard));
        world.done.iter().for_each(|&shard| assert!(all.remove(shard)));
        assert_eq!(world.schedule.left(), all, "seed {seed}");
        // What is left was refused by all, or all are out.
        let is_left = !all.is_empty();
        let takers = |shard: u64| {
            (0..n).filter(|&d| !world.is_out[d] && !world.schedule.devices[d].refused.contains(shard)).count()
        };
        assert!(all.ranges().flatten().all(|shard| takers(shard) == 0), "seed {seed}: {all}");
        assert!(faults > 0 || !is_left);
        n_whole += u32::from(!is_left);
        n_left += u32::from(is_left);
    }
    assert!(n_whole > 500 && n_left > 500, "{n_whole} {n_left}");
}

#[test]
fn at_the_end_the_views_of_one_variation_are_shared_out() {
    let mut schedule = schedule(grid(1, 4, 8), &[GPU, GPU, GPU]);
    let first = piece(&mut schedule, 0);
    assert_eq!(schedule.claim(&first), Some(0));
    let second = piece(&mut schedule, 1);
    assert_eq!(schedule.claim(&second), Some(4));
    // Of 1, 2, 3 and of 5, 6, 7 the second half.
    let third = piece(&mut schedule, 2);
    let thirds: Vec<u32> = std::iter::from_fn(|| schedule.claim(&third)).collect();
    let mut all: Vec<u32> = [first, second]
        .iter()
        .flat_map(|piece| {
            let mut views = vec![];
            while let Some(view) = schedule.claim(piece) {
                views.push(view);
            }
            views
        })
        .collect();
    assert_eq!(thirds.len(), 2);
    all.extend(thirds);
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 5, 6, 7]);
}

#[test]
fn a_slow_device_leaves_the_last_views_to_quick_ones() {
    let mut schedule = schedule(grid(4, 4, 2), &[GPU, GPU]);
    schedule.learn(0, 1.0);
    schedule.learn(1, 100.0);
    // Eight views: the quick one has done them long before.
    assert_eq!(schedule.take(1), Take::Wait);
    piece(&mut schedule, 0);
    assert_eq!(schedule.take(1), Take::Wait);
    schedule.leave_out(0);
    piece(&mut schedule, 1);
    // With enough to do for both it helps.
    let mut schedule = self::schedule(grid(400, 4, 2), &[GPU, GPU]);
    schedule.learn(0, 1.0);
    schedule.learn(1, 100.0);
    piece(&mut schedule, 1);
}

#[test]
fn a_class_opens_no_shard_that_the_other_would_have_made_sooner() {
    let mut schedule = schedule(grid(16, 4, 2), &[GPU, CPU]);
    schedule.learn(0, 1.0);
    schedule.learn(1, 5.0);
    // A shard takes the CPU 40 s, all four the GPU 32 s.
    assert_eq!(schedule.take(1), Take::Wait);
    assert_eq!(piece(&mut schedule, 0).opening.shard, 0);
    // A shard that the GPU refuses is nobody else's.
    schedule.refuse(0, 1);
    assert_eq!(piece(&mut schedule, 1).opening.shard, 1);
}

#[test]
fn a_shard_stays_with_its_class_until_that_can_do_no_more() {
    let mut schedule = schedule(grid(2, 4, 2), &[GPU, CPU, GPU]);
    let at_first = piece(&mut schedule, 0);
    assert_eq!((schedule.claim(&at_first), schedule.take(1)), (Some(0), Take::Wait));
    schedule.give_back(&at_first, Some(0));
    assert_eq!((schedule.refuse(0, 0), schedule.take(1)), (vec![], Take::Wait));
    let other = piece(&mut schedule, 2);
    assert_eq!((other.opening, schedule.claim(&other)), (at_first.opening, Some(0)));
    assert_eq!(schedule.leave_out(2), [at_first.opening]);
    let again = piece(&mut schedule, 1);
    assert_eq!((again.opening.shard, again.variation), (0, 0));
    // What the others still have in hand is of no use any more.
    assert!(again.opening != at_first.opening && schedule.claim(&other).is_none());
}

#[test]
fn below_a_view_that_failed_all_are_rendered_and_above_it_none() {
    let mut schedule = schedule(grid(1, 1, 9), &[GPU, GPU]);
    let first = piece(&mut schedule, 0);
    assert_eq!(schedule.claim(&first), Some(0));
    let second = piece(&mut schedule, 1);
    assert_eq!((schedule.claim(&second), schedule.claim(&second)), (Some(5), Some(6)));
    schedule.fail(&second.opening, 0, 5);
    schedule.fail(&second.opening, 0, 6);
    assert_eq!(schedule.claim(&second), None);
    let rest: Vec<u32> = std::iter::from_fn(|| schedule.claim(&first)).collect();
    assert_eq!(rest, [1, 2, 3, 4]);
}

#[test]
fn what_is_open_is_finished_if_that_is_soon_and_dropped_if_not() {
    let opened = |seconds| {
        let mut schedule = schedule(grid(8, 4, 2), &[GPU]);
        let piece = piece(&mut schedule, 0);
        schedule.claim(&piece);
        schedule.learn(0, seconds);
        (schedule, piece)
    };
    let (mut schedule, first) = opened(0.1);
    assert!(schedule.drain(2.0));
    assert_eq!(schedule.claim(&first), Some(1));
    for variation in 1..4 {
        assert_eq!(piece(&mut schedule, 0).variation, variation);
    }
    schedule.done(&first.opening);
    assert_eq!((schedule.take(0), schedule.left()), (Take::Nothing, ShardSet::from(1..2)));
    let mut unknown = self::schedule(grid(8, 4, 2), &[GPU]);
    piece(&mut unknown, 0);
    assert!(!unknown.drain(2.0));
    let (mut schedule, first) = opened(1.0);
    assert!(!schedule.drain(2.0));
    assert_eq!((schedule.claim(&first), schedule.take(0)), (None, Take::Nothing));
    assert_eq!(schedule.left(), ShardSet::from(0..2));
}
