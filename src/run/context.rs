//! What all threads of a run share, and what is kept from one variation to the next. Drives nothing.

use super::doubts::Said;
use super::library::{AssetFile, Library};
use super::stop::Stop;
use crate::asset::Budget;
use crate::buffers::Cache;
use crate::buffers::layout::{SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING, Settings};
use crate::event::Listener;
use crate::hash::Digest;
use crate::plan::Plan;
use crate::recipe::{Render, Scattering, Sides};
use std::collections::BTreeMap;

/// What all threads of a run share.
pub struct Context<'a> {
    pub plan: &'a Plan,
    pub settings: Settings,
    pub library: &'a Library,
    pub cache: &'a Cache,
    /// Pixels of films that wait to be encoded, at most.
    pub queued_pixels: u64,
    pub pool: &'a rayon::ThreadPool,
    pub listener: Listener<'a>,
    pub stop: &'a Stop,
    pub said: Said,
}

/// What is kept between variations, on this side of the devices.
pub struct Kept {
    library: Library,
    cache: Cache,
    queued_pixels: u64,
}

/// How much a run may keep at hand because it will be wanted again, or waits to be written. What is in use comes on top: a
/// scene that needs more is still made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub bytes: u64,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { bytes: 4 << 30 }
    }
}

/// All planes of a film's pixel, and what is made of them until it is written, at most about.
const BYTES_A_PIXEL: u64 = 64;

impl Memory {
    /// Decoded assets.
    fn for_assets(self) -> u64 {
        self.bytes / 4
    }

    /// Trees, texture pyramids and sky tables.
    fn for_buffers(self) -> u64 {
        self.bytes / 4
    }

    /// Pixels of films that wait to be encoded, of all devices.
    fn queued_pixels(self) -> u64 {
        self.bytes / 8 / BYTES_A_PIXEL
    }
}

impl Kept {
    pub fn new(files: BTreeMap<Digest, AssetFile>, memory: Memory) -> Kept {
        let library = Library::new(files, Budget::default(), memory.for_assets());
        Kept { library, cache: Cache::new(memory.for_buffers()), queued_pixels: memory.queued_pixels() }
    }
}

impl<'a> Context<'a> {
    pub fn new(
        plan: &'a Plan,
        kept: &'a Kept,
        pool: &'a rayon::ThreadPool,
        listener: Listener<'a>,
        stop: &'a Stop,
    ) -> Context<'a> {
        let settings = settings(&plan.recipe().render);
        Context {
            plan,
            settings,
            library: &kept.library,
            cache: &kept.cache,
            queued_pixels: kept.queued_pixels,
            pool,
            listener,
            stop,
            said: Said::default(),
        }
    }
}

/// What a recipe's `render` means to a renderer.
pub fn settings(render: &Render) -> Settings {
    let mut flags = 0;
    if render.scattering == Scattering::Literal {
        flags |= SETTINGS_LITERAL_SCATTERING;
    }
    if render.sides == Sides::Both {
        flags |= SETTINGS_BOTH_SIDES;
    }
    let clamp = if render.clamp < f64::from(f32::MAX) { render.clamp as f32 } else { f32::MAX };
    Settings { spp: render.spp, bounces: render.bounces, flags, clamp }
}
