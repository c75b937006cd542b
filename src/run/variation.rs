//! One variation on its way: drawn, composed, and each view's film turned into files. Knows no device and no shard.

use super::context::Context;
use super::error::NotMade;
use crate::annotate::{self, LayerFile};
use crate::buffers::{self, SceneBuffers};
use crate::compose::{self, Composed};
use crate::contribution::Output;
use crate::film::Film;
use crate::formats::json;
use crate::hash::{Digest, sha256};
use crate::plan::{Plan, Variation};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The first draw: nothing is redrawn yet.
pub const FIRST_ATTEMPT: u32 = 0;

/// A variation that can be rendered.
pub struct Ready {
    pub index: u64,
    pub variation: Variation,
    pub composed: Composed,
    pub buffers: Arc<SceneBuffers>,
}

/// What was drawn for a variation, and the scene that came of it.
pub struct Drawn {
    pub index: u64,
    pub digest: Digest,
    pub scene: Result<Arc<Ready>, NotMade>,
}

/// Draws and composes one variation, loading what it needs. Not to be called from a worker of the run's pool.
pub fn draw(ctx: &Context<'_>, index: u64) -> Drawn {
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let variation = ctx.plan.variation(index, FIRST_ATTEMPT);
        (variation.drawn_digest(), variation)
    }));
    match drawn {
        Ok((digest, variation)) => Drawn { index, digest, scene: compose(ctx, index, variation).map(Arc::new) },
        Err(panic) => Drawn { index, digest: Digest::default(), scene: Err(NotMade::panicked(&*panic)) },
    }
}

fn compose(ctx: &Context<'_>, index: u64, variation: Variation) -> Result<Ready, NotMade> {
    let library = ctx.library.load(&variation.assets(), ctx.pool)?;
    let composed = || -> Result<Ready, NotMade> {
        let recipe = ctx.plan.recipe();
        let composed = compose::compose(&variation, recipe, &library)
            .map_err(|error| NotMade::Failed { reason: error.reason(), message: error.to_string() })?;
        let buffers = buffers::build(&composed.scene, recipe.render.max_texture_px, ctx.cache);
        Ok(Ready { index, variation, composed, buffers: Arc::new(buffers) })
    };
    ctx.pool
        .install(|| catch_unwind(AssertUnwindSafe(composed)))
        .unwrap_or_else(|panic| Err(NotMade::panicked(&*panic)))
}

/// The files of one view: its layers, then its record.
pub fn encode_view(plan: &Plan, ready: &Ready, view_idx: usize, film: &Film) -> Vec<Output> {
    let recipe = plan.recipe();
    let camera = &ready.composed.scene.cameras[view_idx];
    let view = u32::try_from(view_idx).expect("a plan counts its views in u32");
    let encoded = recipe.layers.par_iter().map(|&layer| {
        let raster = annotate::raster(film, layer, camera, &recipe.render);
        let pixels = raster.pixels_digest();
        let bytes = annotate::encode(&raster, layer);
        let name = plan.names().member(ready.index, view, &annotate::extension(layer, &recipe.render));
        let file = LayerFile { layer, file: name.clone(), sha256: sha256(&bytes), pixels };
        (file, Output { name, bytes, pixels: Some(pixels) })
    });
    let (files, mut outputs): (Vec<LayerFile>, Vec<Output>) = encoded.unzip();
    let record = annotate::record(plan, &ready.variation, &ready.composed, view_idx, film, &files);
    let name = plan.names().member(ready.index, view, "json");
    outputs.push(Output { name, bytes: json::canonical(&record), pixels: None });
    outputs
}
