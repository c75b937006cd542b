//! A shelf of values by key: each made once even when several threads ask, the least recently used dropped when it
//! gets full. Knows nothing of what the values are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values of `V`, at most about `max_bytes` of them besides those in use.
pub struct Shelf<K, V> {
    max_bytes: u64,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    slots: BTreeMap<K, Slot<V>>,
    clock: u64,
}

struct Slot<V> {
    /// Locked by whoever makes the value; the others wait for it.
    cell: Arc<Mutex<Option<V>>>,
    bytes: u64,
    last_used: u64,
}

impl<K: Ord + Clone, V: Clone> Shelf<K, V> {
    pub fn new(max_bytes: u64) -> Shelf<K, V> {
        Shelf { max_bytes, state: Mutex::new(State { slots: BTreeMap::new(), clock: 0 }) }
    }

    /// The value of `key`; `make` gives it and its size in bytes. Must not be called from a worker of a thread pool
    /// that `make` uses: a worker that waits for itself waits forever.
    pub fn get(&self, key: &K, make: impl FnOnce() -> (V, u64)) -> V {
        let cell = self.touch(key);
        let mut value = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &*value {
            return value.clone();
        }
        let (made, bytes) = make();
        *value = Some(made.clone());
        self.grow(key, bytes);
        made
    }

    fn touch(&self, key: &K) -> Arc<Mutex<Option<V>>> {
        let mut state = self.lock();
        state.clock += 1;
        let last_used = state.clock;
        let slot = state.slots.entry(key.clone());
        let slot = slot.or_insert_with(|| Slot { cell: Arc::default(), bytes: 0, last_used });
        slot.last_used = last_used;
        slot.cell.clone()
    }

    /// Books the size of a new value and makes room by dropping those that were not used for longest.
    fn grow(&self, key: &K, bytes: u64) {
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(key) {
            slot.bytes = bytes;
        }
        let mut total: u64 = state.slots.values().map(|slot| slot.bytes).sum();
        while total > self.max_bytes {
            let others = state.slots.iter().filter(|(k, slot)| *k != key && slot.bytes > 0);
            let Some(oldest) = others.min_by_key(|(_, slot)| slot.last_used).map(|(k, _)| k.clone()) else {
                break;
            };
            total -= state.slots.remove(&oldest).map_or(0, |slot| slot.bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_value_is_made_once_even_when_many_threads_ask() {
        let shelf = Shelf::new(1000);
        let made = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let value = shelf.get(&1, || (made.fetch_add(1, Ordering::SeqCst) + 41, 10));
                    assert_eq!(value, 41);
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let shelf = Shelf::new(25);
        for key in [1, 2] {
            shelf.get(&key, || (key, 10));
        }
        shelf.get(&1, || panic!("1 is there"));
        shelf.get(&3, || (3, 10));
        shelf.get(&1, || panic!("1 was used after 2"));
        assert_eq!(shelf.get(&2, || (20, 10)), 20, "2 was dropped");
        // Larger than the whole shelf: kept alone, so that it is not made again for every variation.
        shelf.get(&4, || (4, 100));
        shelf.get(&4, || panic!("4 is there"));
    }
}
