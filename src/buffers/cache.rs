//! What was built for earlier variations: meshes with trees, texture pyramids, sky tables, by identity. Knows no scene.

use super::mesh::MeshBuffers;
use super::sky::SkyTable;
use super::texture::{Encoding, Texture};
use crate::hash::Digest;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Least recently used entries go first when the bytes exceed the limit; what is in use lives on in its `Arc`.
///
/// Shared by threads. An entry is built once even if two threads want it at once: the second waits. Builders use no
/// thread pool, so that waiting can't be a deadlock.
#[derive(Debug)]
pub struct Cache {
    max_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    slots: BTreeMap<Key, Slot>,
    bytes: u64,
    clock: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Mesh(Digest),
    Texture(Digest, Encoding, u32),
    Sky(Digest),
}

#[derive(Clone, Debug)]
enum Value {
    Mesh(Arc<MeshBuffers>),
    Texture(Arc<Texture>),
    Sky(Arc<SkyTable>),
}

#[derive(Debug)]
struct Slot {
    value: Arc<OnceLock<Value>>,
    /// 0 until it is built.
    bytes: u64,
    last_use: u64,
}

impl Value {
    fn bytes(&self) -> u64 {
        /// Of a slot itself, roughly.
        const OVERHEAD: u64 = 128;
        OVERHEAD
            + match self {
                Value::Mesh(mesh) => mesh.bytes(),
                Value::Texture(texture) => texture.bytes(),
                Value::Sky(sky) => sky.bytes(),
            }
    }
}

impl Cache {
    pub fn new(max_bytes: u64) -> Cache {
        Cache { max_bytes, state: Mutex::default() }
    }

    /// Bytes of all entries.
    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    pub(super) fn mesh(&self, digest: Digest, build: impl FnOnce() -> MeshBuffers) -> Arc<MeshBuffers> {
        match self.get(Key::Mesh(digest), || Value::Mesh(Arc::new(build()))) {
            Value::Mesh(mesh) => mesh,
            _ => unreachable!("a mesh key holds a mesh"),
        }
    }

    pub(super) fn texture(
        &self,
        digest: Digest,
        encoding: Encoding,
        max_px: u32,
        build: impl FnOnce() -> Texture,
    ) -> Arc<Texture> {
        match self.get(Key::Texture(digest, encoding, max_px), || Value::Texture(Arc::new(build()))) {
            Value::Texture(texture) => texture,
            _ => unreachable!("a texture key holds a texture"),
        }
    }

    pub(super) fn sky(&self, digest: Digest, build: impl FnOnce() -> SkyTable) -> Arc<SkyTable> {
        match self.get(Key::Sky(digest), || Value::Sky(Arc::new(build()))) {
            Value::Sky(sky) => sky,
            _ => unreachable!("a sky key holds a sky"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Builders run outside the lock, and what runs inside leaves the state whole at every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: Key, build: impl FnOnce() -> Value) -> Value {
        let cell = {
            let mut state = self.lock();
            state.clock += 1;
            let now = state.clock;
            let slot =
                state.slots.entry(key).or_insert_with(|| Slot { value: Arc::default(), bytes: 0, last_use: now });
            slot.last_use = now;
            slot.value.clone()
        };
        let value = cell.get_or_init(build).clone();
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(&key).filter(|slot| slot.bytes == 0 && Arc::ptr_eq(&slot.value, &cell))
        {
            slot.bytes = value.bytes();
            state.bytes += value.bytes();
            state.drop_oldest(self.max_bytes, key);
        }
        value
    }
}

impl State {
    /// Drops built entries, least recently used first, but never `newest`.
    fn drop_oldest(&mut self, max_bytes: u64, newest: Key) {
        while self.bytes > max_bytes {
            let built = self.slots.iter().filter(|(key, slot)| slot.bytes > 0 && **key != newest);
            let Some((&oldest, bytes)) = built.min_by_key(|(_, slot)| slot.last_use).map(|(key, s)| (key, s.bytes))
            else {
                return;
            };
            self.slots.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn texture(n_texels: usize) -> Texture {
        Texture { levels: Vec::new(), texels: vec![0; n_texels] }
    }

    /// Whether the entry had to be built.
    fn was_built(cache: &Cache, name: &str, n_texels: usize) -> bool {
        let mut built = false;
        cache.texture(sha256(name.as_bytes()), Encoding::Linear, 0, || {
            built = true;
            texture(n_texels)
        });
        built
    }

    #[test]
    fn the_least_recently_used_entry_goes_when_bytes_run_out() {
        let cache = Cache::new(10_000);
        assert!(was_built(&cache, "a", 1000));
        assert!(was_built(&cache, "b", 1000));
        assert!(!was_built(&cache, "a", 1000));
        assert!(was_built(&cache, "c", 1000));
        assert!(cache.bytes() <= 10_000);
        assert!(!was_built(&cache, "a", 1000), "a was used after b");
        assert!(was_built(&cache, "b", 1000), "b was dropped");
    }

    #[test]
    fn an_entry_past_the_limit_is_kept_until_the_next_one() {
        let cache = Cache::new(100);
        assert!(was_built(&cache, "a", 1000));
        assert!(!was_built(&cache, "a", 1000));
        assert!(was_built(&cache, "b", 10));
        assert!(was_built(&cache, "a", 1000));
    }

    #[test]
    fn two_threads_that_want_an_entry_build_it_once() {
        let cache = Cache::new(1 << 20);
        let built = AtomicU32::new(0);
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    barrier.wait();
                    cache.texture(sha256(b"shared"), Encoding::Linear, 0, || {
                        built.fetch_add(1, Ordering::Relaxed);
                        texture(100)
                    });
                });
            }
        });
        assert_eq!(built.into_inner(), 1);
    }

    #[test]
    fn a_builder_that_panics_leaves_the_cache_usable() {
        let cache = Cache::new(1 << 20);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            cache.texture(sha256(b"a"), Encoding::Linear, 0, || panic!("refused"));
        }));
        assert!(panicked.is_err());
        assert!(was_built(&cache, "a", 10));
    }
}
