//! Who renders what next. Shards are opened in order and their variations dealt out; what is left at the end is shared out
//! again, view by view. A state machine: it knows no thread, no clock, and devices by number, class and pace only.
//!
//! A shard that has been opened belongs to a class of devices (a contribution says one for each shard), and any device of that
//! class may render any of its views. If none of them can, the shard is closed and waits to be opened by another class.

use super::shards::ShardSet;
use crate::render::DeviceClass;
use std::collections::BTreeMap;
use std::ops::Range;

/// How many variations and views there are.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    pub variations: u64,
    pub variations_a_shard: u64,
    pub views_a_variation: u32,
}

impl Grid {
    pub fn range(&self, shard: u64) -> Range<u64> {
        let first = shard * self.variations_a_shard;
        first..(first + self.variations_a_shard).min(self.variations)
    }

    fn views(&self, variations: u64) -> f64 {
        variations as f64 * f64::from(self.views_a_variation)
    }
}

/// One opening of a shard: a shard that is closed and opened again has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    pub shard: u64,
    pub number: u64,
}

/// Views of a variation in the hand of one device. Which of them it renders is claimed one by one: others may take the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub id: u64,
    /// In whose hand it is.
    pub device: usize,
    pub opening: Opening,
    pub variation: u64,
}

/// What there is for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    Piece(Piece),
    /// Nothing now; ask again when something has changed.
    Wait,
    /// Nothing any more.
    Nothing,
}

pub struct Schedule {
    grid: Grid,
    /// Not open, not done.
    waiting: ShardSet,
    open: BTreeMap<u64, Open>,
    devices: Vec<Device>,
    n_openings: u64,
    n_pieces: u64,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// What is open is finished, and nothing else begun.
    Draining,
    Stopped,
}

struct Open {
    class: DeviceClass,
    number: u64,
    /// Variations that nobody has begun.
    untouched: Range<u64>,
    /// What was begun and given back: variation, views.
    back: Vec<(u64, Range<u32>)>,
    in_hand: BTreeMap<u64, Hand>,
    /// Of variations that failed, the lowest view that did; none above it is wanted.
    failed: BTreeMap<u64, u32>,
}

impl Open {
    /// All of it is rendered, or has failed.
    fn is_rendered(&self) -> bool {
        self.untouched.is_empty() && self.back.is_empty() && self.in_hand.is_empty()
    }
}

struct Hand {
    device: usize,
    variation: u64,
    /// Claimed last.
    claimed: Option<u32>,
    /// Not claimed yet.
    views: Range<u32>,
}

struct Device {
    class: DeviceClass,
    is_out: bool,
    /// Shards that it leaves to others.
    refused: ShardSet,
    /// It has claimed a view. What waits behind that one others may take; what an idle device is about to begin they may not,
    /// or two could snatch it from each other for ever.
    is_rendering: bool,
    /// Of late; `None` before its first view.
    seconds_a_view: Option<f64>,
}

/// How much the latest view counts for a device's pace.
const LATEST: f64 = 0.3;

impl Schedule {
    pub fn new(grid: Grid, waiting: ShardSet, classes: &[DeviceClass]) -> Schedule {
        let device = |&class| Device {
            class,
            is_out: false,
            refused: ShardSet::default(),
            is_rendering: false,
            seconds_a_view: None,
        };
        let devices = classes.iter().map(device).collect();
        Schedule { grid, waiting, open: BTreeMap::new(), devices, n_openings: 0, n_pieces: 0, phase: Phase::Running }
    }

    /// What the device renders next: the lowest work that is there. What was given back comes first, then variations that
    /// nobody has begun, then a new shard, and then half of what another device still has before it.
    pub fn take(&mut self, device: usize) -> Take {
        if self.phase == Phase::Stopped || self.devices[device].is_out {
            return Take::Nothing;
        }
        let found = self.take_open(device).or_else(|| self.take_new(device));
        if let Some(piece) = found.or_else(|| self.take_half(device)) {
            return Take::Piece(piece);
        }
        // What is open may come back, to this class or to another; what waits may be declined for now only.
        let is_waiting = || self.waiting.first_outside(&self.devices[device].refused).is_some();
        let may_come = !self.open.is_empty() || self.phase == Phase::Running && is_waiting();
        if may_come { Take::Wait } else { Take::Nothing }
    }

    /// The next view of a piece. `None`: there is no more of it, and it is not in hand any more.
    pub fn claim(&mut self, piece: &Piece) -> Option<u32> {
        self.devices[piece.device].is_rendering = false;
        let open = self.opened(&piece.opening)?;
        let wanted = open.failed.get(&piece.variation).copied().unwrap_or(u32::MAX);
        let hand = open.in_hand.get_mut(&piece.id)?;
        let claimed = hand.views.next().filter(|&view| view < wanted);
        if claimed.is_none() {
            open.in_hand.remove(&piece.id);
        }
        if let Some(hand) = open.in_hand.get_mut(&piece.id) {
            hand.claimed = claimed;
        }
        self.devices[piece.device].is_rendering = claimed.is_some();
        claimed
    }

    /// Whether somebody still wants what comes of an opening.
    pub fn is_open(&self, opening: &Opening) -> bool {
        self.open.get(&opening.shard).is_some_and(|open| open.number == opening.number)
    }

    /// Whether the device may render a piece that it took: it may have refused the shard since.
    pub fn is_for(&self, device: usize, piece: &Piece) -> bool {
        self.is_open(&piece.opening) && !self.devices[device].refused.contains(piece.opening.shard)
    }

    /// What a device that took a piece will not render, the view that it claimed last included if it is not done.
    pub fn give_back(&mut self, piece: &Piece, claimed: Option<u32>) {
        self.devices[piece.device].is_rendering = false;
        let Some(open) = self.opened(&piece.opening) else { return };
        let Some(Hand { variation, views, .. }) = open.in_hand.remove(&piece.id) else { return };
        // Of a variation that has failed nothing above that is wanted, least of all if it was never begun.
        let wanted = open.failed.get(&variation).copied().unwrap_or(u32::MAX);
        let views = claimed.unwrap_or(views.start)..views.end.min(wanted);
        if !views.is_empty() {
            open.back.push((variation, views));
        }
    }

    /// The device cannot make a shard; others may. Gives the openings that nobody can finish, whose work is in vain.
    pub fn refuse(&mut self, device: usize, shard: u64) -> Vec<Opening> {
        self.devices[device].refused.insert(shard..shard + 1);
        self.close_hopeless()
    }

    /// The device gets nothing any more, and what it has in hand goes back, with views that it has claimed and not followed by
    /// another: a view may then come twice. As with [`Schedule::refuse`].
    pub fn leave_out(&mut self, device: usize) -> Vec<Opening> {
        self.devices[device].is_out = true;
        self.devices[device].is_rendering = false;
        for open in self.open.values_mut() {
            for (_, hand) in open.in_hand.extract_if(.., |_, hand| hand.device == device) {
                let wanted = open.failed.get(&hand.variation).copied().unwrap_or(u32::MAX);
                let views = hand.claimed.unwrap_or(hand.views.start)..hand.views.end.min(wanted);
                open.back.extend((views.start < views.end).then_some((hand.variation, views)));
            }
        }
        self.close_hopeless()
    }

    /// A variation has failed at a view: those above it are not wanted any more, those below it are, so that a failure is the
    /// same one on every machine.
    pub fn fail(&mut self, opening: &Opening, variation: u64, view: u32) {
        let Some(open) = self.opened(opening) else { return };
        let lowest = open.failed.entry(variation).or_insert(view);
        *lowest = view.min(*lowest);
        let lowest = *lowest;
        open.back.retain_mut(|(of, views)| {
            views.end = if *of == variation { views.end.min(lowest) } else { views.end };
            views.start < views.end
        });
    }

    /// A shard is on disk.
    pub fn done(&mut self, opening: &Opening) {
        if self.is_open(opening) {
            self.open.remove(&opening.shard);
        }
    }

    /// A shard could not be put on disk and is made again.
    pub fn undo(&mut self, opening: &Opening) {
        if self.is_open(opening) {
            self.open.remove(&opening.shard);
            self.waiting.insert(opening.shard..opening.shard + 1);
        }
    }

    /// Nobody gets anything any more. What is open waits again, but for shards that only have to be written.
    pub fn stop(&mut self) {
        self.phase = Phase::Stopped;
        for (shard, _) in self.open.extract_if(.., |_, open| !open.is_rendered()) {
            self.waiting.insert(shard..shard + 1);
        }
    }

    /// Nothing new is begun. What is open is finished where that takes no longer than `most_seconds`, as far as can be told;
    /// else [`Schedule::stop`]. Whether it is finished.
    pub fn drain(&mut self, most_seconds: f64) -> bool {
        let seconds = |class| {
            let views = self.open_views(class) + self.claimed_views(class);
            // Without a finished view nobody knows how long the others take: infinitely.
            if views > 0.0 { views / self.rate(class, None) } else { 0.0 }
        };
        let is_soon =
            [DeviceClass::CpuBitexact, DeviceClass::GpuTolerant].into_iter().all(|c| seconds(c) <= most_seconds);
        if is_soon {
            self.phase = Phase::Draining;
        } else {
            self.stop();
        }
        is_soon
    }

    /// How long the device took for a view.
    pub fn learn(&mut self, device: usize, seconds: f64) {
        let pace = &mut self.devices[device].seconds_a_view;
        *pace = Some(pace.map_or(seconds, |before| before + LATEST * (seconds - before)));
    }

    /// What nobody has made.
    pub fn left(&self) -> ShardSet {
        let mut left = self.waiting.clone();
        self.open.keys().for_each(|&shard| left.insert(shard..shard + 1));
        left
    }

    fn opened(&mut self, opening: &Opening) -> Option<&mut Open> {
        self.open.get_mut(&opening.shard).filter(|open| open.number == opening.number)
    }

    fn take_open(&mut self, device: usize) -> Option<Piece> {
        let all_views = 0..self.grid.views_a_variation;
        let has_some = |open: &Open| !(open.back.is_empty() && open.untouched.is_empty());
        let mut open = self.open.iter().filter(|(_, open)| has_some(open));
        let shard = *open.find(|(shard, open)| self.may_take(device, **shard, open))?.0;
        let open = self.open.get_mut(&shard)?;
        let (variation, views) = open.back.pop().or_else(|| Some((open.untouched.next()?, all_views)))?;
        Some(self.hand_out(device, shard, variation, views))
    }

    fn take_new(&mut self, device: usize) -> Option<Piece> {
        if self.phase != Phase::Running {
            return None;
        }
        let class = self.devices[device].class;
        let shard = self.waiting.first_outside(&self.devices[device].refused)?;
        if self.others_are_sooner(class, shard) || self.is_too_slow(device, shard) {
            return None;
        }
        self.waiting.remove(shard);
        self.n_openings += 1;
        let mut untouched = self.grid.range(shard);
        let variation = untouched.next()?;
        let (back, in_hand, failed) = Default::default();
        self.open.insert(shard, Open { class, number: self.n_openings, untouched, back, in_hand, failed });
        Some(self.hand_out(device, shard, variation, 0..self.grid.views_a_variation))
    }

    /// For a device that has nothing to do: of what waits behind a view that another is rendering, the later half of the most.
    fn take_half(&mut self, device: usize) -> Option<Piece> {
        if self.devices[device].is_rendering {
            return None;
        }
        let rendering: Vec<bool> = self.devices.iter().map(|device| device.is_rendering).collect();
        let may_take = |(&shard, open): (&u64, &Open)| self.may_take(device, shard, open).then_some(shard);
        let shards: Vec<u64> = self.open.iter().filter_map(may_take).collect();
        let open = self.open.iter_mut().filter(|(shard, _)| shards.contains(shard));
        let hands = open.flat_map(|(&shard, open)| {
            let failed = &open.failed;
            let rendering = &rendering;
            let is_wanted = move |hand: &Hand| {
                rendering[hand.device] && !failed.contains_key(&hand.variation) && !hand.views.is_empty()
            };
            open.in_hand.values_mut().filter(move |hand| is_wanted(hand)).map(move |hand| (shard, hand))
        });
        let (shard, hand) = hands.max_by_key(|(_, hand)| hand.views.len())?;
        let middle = hand.views.start + (hand.views.end - hand.views.start) / 2;
        let (variation, views) = (hand.variation, middle..hand.views.end);
        hand.views.end = middle;
        Some(self.hand_out(device, shard, variation, views))
    }

    fn hand_out(&mut self, device: usize, shard: u64, variation: u64, views: Range<u32>) -> Piece {
        self.n_pieces += 1;
        let open = self.open.get_mut(&shard).expect("it is open");
        open.in_hand.insert(self.n_pieces, Hand { device, variation, claimed: None, views });
        Piece { id: self.n_pieces, device, opening: Opening { shard, number: open.number }, variation }
    }

    /// Closes shards that no device of their class can go on with.
    fn close_hopeless(&mut self) -> Vec<Opening> {
        let can =
            |device: &Device, class, shard| device.class == class && !device.is_out && !device.refused.contains(shard);
        let is_hopeless = |shard: u64, open: &Open| !self.devices.iter().any(|device| can(device, open.class, shard));
        let hopeless = self.open.iter().filter(|(shard, open)| !open.is_rendered() && is_hopeless(**shard, open));
        let closed: Vec<Opening> = hopeless.map(|(&shard, open)| Opening { shard, number: open.number }).collect();
        closed.iter().for_each(|opening| self.undo(opening));
        closed
    }

    fn may_take(&self, device: usize, shard: u64, open: &Open) -> bool {
        let Device { class, refused, .. } = &self.devices[device];
        open.class == *class && !refused.contains(shard) && !self.is_too_slow(device, shard)
    }

    /// Whether others of its class, who take this shard, will have done all that is left before this device has done a
    /// single view.
    fn is_too_slow(&self, device: usize, shard: u64) -> bool {
        let &Device { class, seconds_a_view, .. } = &self.devices[device];
        let Some(seconds) = seconds_a_view else { return false };
        let takes = |&(i, other): &(usize, &Device)| {
            i != device && other.class == class && !other.is_out && !other.refused.contains(shard)
        };
        let paces = self.devices.iter().enumerate().filter(takes).filter_map(|(_, other)| other.seconds_a_view);
        let Some(quickest) = paces.reduce(|a, b| if a < b { a } else { b }) else { return false };
        let left = self.open_views(class) + self.grid.views(self.waiting.len() * self.grid.variations_a_shard);
        let together = left / self.rate(class, Some(device));
        seconds > quickest && seconds > together
    }

    /// Whether the other class has made all that waits before this one has made one shard more.
    fn others_are_sooner(&self, class: DeviceClass, shard: u64) -> bool {
        let takes = |device: &&Device| device.class != class && !device.is_out && !device.refused.contains(shard);
        let Some(other) = self.devices.iter().find(takes).map(|device| device.class) else { return false };
        let (own_rate, other_rate) = (self.rate(class, None), self.rate(other, None));
        let a_shard = self.grid.views(self.grid.variations_a_shard);
        let own = (self.open_views(class) + a_shard) / own_rate;
        let theirs = (self.open_views(other) + self.waiting.len() as f64 * a_shard) / other_rate;
        // Who has not rendered yet has no rate, and is not held back.
        own_rate > 0.0 && other_rate > 0.0 && own > theirs
    }

    /// Views a second of a class, but for one device.
    fn rate(&self, class: DeviceClass, without: Option<usize>) -> f64 {
        let of_class = |&(i, device): &(usize, &Device)| device.class == class && !device.is_out && Some(i) != without;
        let devices = self.devices.iter().enumerate().filter(of_class);
        let paces = devices.filter_map(|(_, device)| device.seconds_a_view);
        // Not `sum`: that of nothing is −0, and what is divided by it ends before it begins.
        paces.fold(0.0, |rate, seconds| rate + 1.0 / seconds.max(1e-6))
    }

    /// Views of open shards of a class that nobody has claimed.
    fn open_views(&self, class: DeviceClass) -> f64 {
        let views_of = |open: &Open| {
            let back: usize = open.back.iter().map(|(_, views)| views.len()).sum();
            let in_hand: usize = open.in_hand.values().map(|hand| hand.views.len()).sum();
            self.grid.views(open.untouched.end - open.untouched.start) + (back + in_hand) as f64
        };
        self.open.values().filter(|open| open.class == class).map(views_of).sum()
    }

    /// About as many as there are pieces in hand.
    fn claimed_views(&self, class: DeviceClass) -> f64 {
        self.open.values().filter(|open| open.class == class).map(|open| open.in_hand.len() as f64).sum()
    }
}

#[cfg(test)]
mod tests;
