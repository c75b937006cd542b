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
    pub pool: &'a rayon::ThreadPool,
    pub listener: Listener<'a>,
    pub stop: &'a Stop,
    pub said: Said,
}

/// What is kept between variations, on this side of the devices.
pub struct Kept {
    library: Library,
    cache: Cache,
}

/// Trees, texture pyramids and sky tables are kept up to about this many bytes.
const CACHE_BYTES: u64 = 1 << 30;

impl Kept {
    pub fn new(files: BTreeMap<Digest, AssetFile>) -> Kept {
        Kept { library: Library::new(files, Budget::default()), cache: Cache::new(CACHE_BYTES) }
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
