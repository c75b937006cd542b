//! What stays on a device: pieces of meshes, textures and skies, found by identity, forgotten by age when room is needed.
//! Knows no WGSL and no scene.

use super::device::Opened;
use crate::render::RenderError;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// The identity of something shared: its address, which cannot be given to another while this lives.
#[derive(Clone, Debug)]
pub struct Identity {
    address: usize,
    held: Weak<dyn Any + Send + Sync>,
}

impl Identity {
    pub fn of<T: Any + Send + Sync>(shared: &Arc<T>) -> Identity {
        let held: Arc<dyn Any + Send + Sync> = shared.clone();
        Identity { address: Arc::as_ptr(shared) as usize, held: Arc::downgrade(&held) }
    }

    pub fn is_alive(&self) -> bool {
        self.held.strong_count() > 0
    }
}

/// Something wanted on the device.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub identity: Identity,
    /// In units.
    pub length: u64,
}

#[derive(Debug)]
struct Piece {
    identity: Identity,
    length: u64,
    /// The scene that last wanted it.
    last_used: u64,
}

/// Where pieces lie in an address space of units. Values only.
#[derive(Debug, Default)]
struct Places {
    /// By offset.
    pieces: BTreeMap<u64, Piece>,
    capacity: u64,
    now: u64,
}

impl Places {
    fn find(&self, identity: &Identity) -> Option<u64> {
        let mut pieces = self.pieces.iter();
        pieces.find(|(_, piece)| piece.identity.address == identity.address).map(|(&offset, _)| offset)
    }

    /// The first gap that is long enough.
    fn gap(&self, length: u64) -> Option<u64> {
        let mut start = 0;
        for (&offset, piece) in &self.pieces {
            if offset - start >= length {
                return Some(start);
            }
            start = offset + piece.length;
        }
        (self.capacity - start >= length).then_some(start)
    }

    /// Drops the piece that is least worth keeping: a dead one, else the oldest; `false` if all are of this scene.
    fn evict(&mut self) -> bool {
        let worth = |(offset, piece): (&u64, &Piece)| (piece.identity.is_alive(), piece.last_used, *offset);
        let old = self.pieces.iter().filter(|(_, piece)| piece.last_used < self.now).map(worth).min();
        old.is_some_and(|(_, _, offset)| self.pieces.remove(&offset).is_some())
    }

    fn used(&self) -> u64 {
        self.pieces.values().map(|piece| piece.length).sum()
    }

    /// Offsets for all that is wanted, and which of them are new. Room grows to `limit` at most, past `budget` only if
    /// this scene alone needs it. `None`: it needs more than `limit`.
    fn place(&mut self, wanted: &[Wanted], budget: u64, limit: u64) -> Option<Vec<(u64, bool)>> {
        self.now += 1;
        let needed: u64 = wanted.iter().map(|w| w.length).sum();
        if needed > limit {
            return None;
        }
        for w in wanted {
            if let Some(offset) = self.find(&w.identity) {
                self.pieces.get_mut(&offset).expect("found just now").last_used = self.now;
            }
        }
        let mut offsets = Vec::with_capacity(wanted.len());
        for w in wanted {
            if let Some(offset) = self.find(&w.identity) {
                offsets.push((offset, false));
                continue;
            }
            let Some(offset) = self.make_room(w.length, budget, limit) else {
                return Some(self.place_afresh(wanted, needed));
            };
            let piece = Piece { identity: w.identity.clone(), length: w.length, last_used: self.now };
            self.pieces.insert(offset, piece);
            offsets.push((offset, true));
        }
        Some(offsets)
    }

    fn make_room(&mut self, length: u64, budget: u64, limit: u64) -> Option<u64> {
        loop {
            if let Some(offset) = self.gap(length) {
                return Some(offset);
            }
            let end = self.pieces.last_key_value().map_or(0, |(offset, piece)| offset + piece.length);
            let grown = (end + length).max(self.capacity.saturating_mul(2));
            if grown.min(budget) >= end + length {
                self.capacity = grown.min(budget);
            } else if !self.evict() {
                if end + length > limit {
                    return None;
                }
                self.capacity = end + length;
            }
        }
    }

    /// Gaps are too short for what would fit as a whole: all of this scene from the start.
    fn place_afresh(&mut self, wanted: &[Wanted], needed: u64) -> Vec<(u64, bool)> {
        self.pieces.clear();
        self.capacity = self.capacity.max(needed);
        let mut offset = 0;
        let place = |w: &Wanted| {
            let piece = Piece { identity: w.identity.clone(), length: w.length, last_used: self.now };
            self.pieces.insert(offset, piece);
            offset += w.length;
            (offset - w.length, true)
        };
        wanted.iter().map(place).collect()
    }
}

/// One address space in one to three buffers of a device.
#[derive(Debug)]
pub struct Store {
    label: &'static str,
    places: Places,
    pub buffers: Vec<wgpu::Buffer>,
    unit_bytes: u64,
    /// Units in each buffer but the last in use; a power of two.
    pub chunk: u64,
    budget: u64,
}

impl Store {
    /// `unit_bytes`: what an address counts. `budget_bytes`: what may stay though the scene at hand does not need it.
    pub fn new(opened: &Opened, label: &'static str, n_buffers: usize, unit_bytes: u64, budget_bytes: u64) -> Store {
        let most_units = opened.max_binding_bytes / unit_bytes;
        // A power of two, so that the shader shifts; and three of them stay addressable by u32.
        let chunk = if n_buffers > 1 { 1 << most_units.ilog2().min(30) } else { most_units };
        let buffers = (0..n_buffers).map(|_| opened.storage_buffer(label, 16)).collect();
        Store { label, places: Places::default(), buffers, unit_bytes, chunk, budget: budget_bytes / unit_bytes }
    }

    pub fn resident_bytes(&self) -> u64 {
        self.places.used() * self.unit_bytes
    }

    /// Puts what is wanted on the device, where it is not yet there, and tells where it lies, in units.
    ///
    /// `wanted` has no identity twice. `bytes_of(i)` are those of `wanted[i]`. `true` with the answer: the buffers are
    /// new ones and must be bound again.
    pub fn hold(
        &mut self,
        opened: &Opened,
        wanted: &[Wanted],
        bytes_of: impl Fn(usize) -> Vec<u8>,
    ) -> Result<(Vec<u64>, bool), RenderError> {
        let limit = self.chunk * self.buffers.len() as u64;
        let too_large = || RenderError::TooLarge {
            needed: wanted.iter().map(|w| w.length).sum::<u64>() * self.unit_bytes,
            limit: limit * self.unit_bytes,
        };
        let budget = self.budget.min(limit);
        let placed = self.places.place(wanted, budget, limit).ok_or_else(too_large)?;
        let is_rebound = self.grow(opened)?;
        for (i, &(offset, is_new)) in placed.iter().enumerate() {
            if is_new {
                self.write(opened, offset * self.unit_bytes, &bytes_of(i));
            }
        }
        if let Err(error) = opened.check() {
            self.forget();
            return Err(error);
        }
        Ok((placed.into_iter().map(|(offset, _)| offset).collect(), is_rebound))
    }

    /// After a failure nothing on the device is believed.
    pub fn forget(&mut self) {
        self.places.pieces.clear();
    }

    /// Makes the buffers as large as the places' capacity, keeping what is in them.
    fn grow(&mut self, opened: &Opened) -> Result<bool, RenderError> {
        let mut is_rebound = false;
        for (i, buffer) in self.buffers.iter_mut().enumerate() {
            let units = self.places.capacity.saturating_sub(i as u64 * self.chunk).min(self.chunk);
            let bytes = (units * self.unit_bytes).next_multiple_of(16);
            if bytes <= buffer.size() {
                continue;
            }
            let larger = opened.storage_buffer(self.label, bytes);
            opened.check().inspect_err(|_| self.places = Places::default())?;
            opened.copy(buffer, &larger, buffer.size());
            *buffer = larger;
            is_rebound = true;
        }
        Ok(is_rebound)
    }

    fn write(&self, opened: &Opened, mut at: u64, mut bytes: &[u8]) {
        let chunk_bytes = self.chunk * self.unit_bytes;
        while !bytes.is_empty() {
            let within = at % chunk_bytes;
            let length = bytes.len().min((chunk_bytes - within) as usize);
            opened.queue.write_buffer(&self.buffers[(at / chunk_bytes) as usize], within, &bytes[..length]);
            at += length as u64;
            bytes = &bytes[length..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(shared: &[(&Arc<u8>, u64)]) -> Vec<Wanted> {
        shared.iter().map(|(arc, length)| Wanted { identity: Identity::of(arc), length: *length }).collect()
    }

    #[test]
    fn what_is_there_stays_where_it_is() {
        let (a, b) = (Arc::new(1), Arc::new(2));
        let mut places = Places::default();
        assert_eq!(places.place(&wanted(&[(&a, 10)]), 100, 100), Some(vec![(0, true)]));
        assert_eq!(places.place(&wanted(&[(&b, 20), (&a, 10)]), 100, 100), Some(vec![(10, true), (0, false)]));
    }

    #[test]
    fn the_dead_go_first_then_the_oldest() {
        let (a, b, c, d) = (Arc::new(1), Arc::new(2), Arc::new(3), Arc::new(4));
        let mut places = Places::default();
        for arc in [&a, &b, &c] {
            places.place(&wanted(&[(arc, 30)]), 90, 200).expect("fits");
        }
        drop(b);
        assert_eq!(places.place(&wanted(&[(&d, 30)]), 90, 200), Some(vec![(30, true)]), "the dead one's place");
        let e = Arc::new(5);
        assert_eq!(places.place(&wanted(&[(&e, 30)]), 90, 200), Some(vec![(0, true)]), "the oldest one's place");
        assert_eq!(places.place(&wanted(&[(&d, 30)]), 90, 200), Some(vec![(30, false)]));
    }

    #[test]
    fn a_scene_past_the_budget_is_held_and_one_past_the_limit_is_not() {
        let (a, b) = (Arc::new(1), Arc::new(2));
        let mut places = Places::default();
        assert_eq!(places.place(&wanted(&[(&a, 60), (&b, 60)]), 90, 120), Some(vec![(0, true), (60, true)]));
        assert_eq!(places.place(&wanted(&[(&a, 60), (&b, 61)]), 90, 120), None);
    }

    #[test]
    fn scattered_gaps_are_joined_by_starting_afresh() {
        let (a, b, c, d) = (Arc::new(1), Arc::new(2), Arc::new(3), Arc::new(4));
        let mut places = Places::default();
        places.place(&wanted(&[(&a, 30), (&b, 30), (&c, 40)]), 100, 100).expect("fits");
        let placed = places.place(&wanted(&[(&b, 30), (&d, 70)]), 100, 100);
        assert_eq!(placed, Some(vec![(0, true), (30, true)]));
    }

    #[test]
    fn an_address_is_not_taken_for_its_successor() {
        let mut places = Places::default();
        for _ in 0..100 {
            let shared = Arc::new(7);
            let placed = places.place(&wanted(&[(&shared, 1)]), 1000, 1000).expect("fits");
            assert!(placed[0].1, "a new thing at an old address");
        }
    }
}
