//! Which shard is made next, and by whom: each exactly once, whatever device fails. Knows shards as numbers only.

use super::shards::ShardSet;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Shards that wait, shared by the threads of all devices.
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: ShardSet,
    /// Taken and neither done nor given back.
    in_hand: usize,
    /// What each device leaves to others.
    refused: BTreeMap<usize, ShardSet>,
    stopped: bool,
}

impl Queue {
    pub fn new(waiting: ShardSet) -> Queue {
        let state = State { waiting, in_hand: 0, refused: BTreeMap::new(), stopped: false };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The lowest waiting shard that this device has not refused. Waits while a shard in another hand may still come
    /// back; `None`: there is nothing more for this device to do.
    pub fn take(&self, device: usize) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let State { waiting, refused, .. } = &mut *state;
            let next = waiting.first_outside(refused.entry(device).or_default());
            if let Some(shard) = next {
                state.waiting.remove(shard);
                state.in_hand += 1;
                return Some(shard);
            }
            if state.in_hand == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A shard that was taken is on disk.
    pub fn done(&self) {
        self.lock().in_hand -= 1;
        self.changed.notify_all();
    }

    /// A shard that was taken is not made: another device, or this one, may take it again.
    pub fn give_back(&self, shard: u64) {
        let mut state = self.lock();
        state.in_hand -= 1;
        state.waiting.insert(shard..shard + 1);
        drop(state);
        self.changed.notify_all();
    }

    /// This device cannot make a shard that it took: others may take it.
    pub fn refuse(&self, shard: u64, device: usize) {
        self.lock().refused.entry(device).or_default().insert(shard..shard + 1);
        self.give_back(shard);
    }

    /// Nobody gets another shard.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// What nobody made.
    pub fn left(&self) -> ShardSet {
        self.lock().waiting.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_is_made_once_whichever_devices_give_up() {
        for faults in 0..64u32 {
            let queue = Queue::new(ShardSet::from(0..20));
            let made = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for device in 0..4usize {
                    let (queue, made) = (&queue, &made);
                    scope.spawn(move || {
                        let mut taken = 0;
                        while let Some(shard) = queue.take(device) {
                            taken += 1;
                            // Device 0 never gives up; the others do at a moment that depends on `faults`.
                            if device > 0 && taken > (faults as usize >> (2 * (device - 1))) % 4 {
                                queue.give_back(shard);
                                return;
                            }
                            made.lock().expect("no test thread panics").push(shard);
                            queue.done();
                        }
                    });
                }
            });
            let mut made = made.into_inner().expect("no test thread panics");
            made.sort_unstable();
            assert_eq!(made, (0..20).collect::<Vec<_>>(), "faults {faults}");
        }
    }

    #[test]
    fn a_refused_shard_goes_to_another_device_only() {
        let queue = Queue::new(ShardSet::from(7..8));
        assert_eq!(queue.take(0), Some(7));
        queue.refuse(7, 0);
        assert_eq!(queue.take(0), None);
        assert_eq!(queue.take(1), Some(7));
        queue.refuse(7, 1);
        assert_eq!((queue.take(1), queue.left()), (None, ShardSet::from(7..8)));
    }

    #[test]
    fn after_a_stop_nobody_gets_a_shard() {
        let queue = Queue::new(ShardSet::from(1..3));
        assert_eq!(queue.take(0), Some(1));
        queue.stop();
        queue.give_back(1);
        assert_eq!((queue.take(0), queue.left()), (None, ShardSet::from(1..3)));
    }
}
