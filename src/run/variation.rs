//! One variation on its way: drawn, composed, and each view's film turned into files. Knows no device and no shard.

use super::context::Context;
use super::doubts;
use super::error::{NotMade, RunError, panic_text};
use crate::annotate::{self, LayerFile};
use crate::buffers::{self, Moment, Moments, SceneBuffers};
use crate::compose::{self, ComposeError, Composed};
use crate::contribution::Output;
use crate::film::Film;
use crate::formats::json;
use crate::hash::{Digest, sha256};
use crate::layer::Layer;
use crate::plan::{Plan, Variation};
use crate::scene::Scene;
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
    /// The scene a frame later, and a frame before, where a layer of flow is wanted.
    pub later: Option<Scene>,
    pub before: Option<Scene>,
}

/// What was drawn for a variation, and the scene that came of it.
pub struct Drawn {
    pub index: u64,
    pub digest: Digest,
    pub scene: Result<Arc<Ready>, NotMade>,
}

/// Draws and composes one variation, loading what it needs. Not to be called from a worker of the run's pool.
pub fn draw(ctx: &Context<'_>, index: u64) -> Drawn {
    fenced(index, || ctx.plan.variation(index, FIRST_ATTEMPT), |variation| compose(ctx, index, variation))
}

/// A panic is the end of the run where it leaves unknown what was drawn, and one variation's failure after that.
fn fenced(
    index: u64,
    draw: impl FnOnce() -> Variation,
    compose: impl FnOnce(Variation) -> Result<Ready, NotMade>,
) -> Drawn {
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let variation = draw();
        (variation.drawn_digest(), variation)
    }));
    match drawn {
        Ok((digest, variation)) => {
            let composed = catch_unwind(AssertUnwindSafe(|| compose(variation)));
            let scene = composed.unwrap_or_else(|panic| Err(NotMade::panicked(&*panic)));
            Drawn { index, digest, scene: scene.map(Arc::new) }
        }
        Err(panic) => {
            let error = RunError::Drawing { variation: index, what: panic_text(&*panic) };
            Drawn { index, digest: Digest::default(), scene: Err(NotMade::Fatal(error)) }
        }
    }
}

fn compose(ctx: &Context<'_>, index: u64, variation: Variation) -> Result<Ready, NotMade> {
    let library = ctx.library.load(&variation.assets(), ctx.pool)?;
    ctx.pool.install(|| {
        let recipe = ctx.plan.recipe();
        let failed = |error: ComposeError| NotMade::Failed { reason: error.reason(), message: error.to_string() };
        let composed = compose::compose(&variation, recipe, &library).map_err(failed)?;
        let frames = &recipe.frames;
        let at = |n_frames: f64| compose::moved(&composed, &variation, frames, n_frames).map_err(failed);
        let built = |scene: &Scene| buffers::build(scene, recipe.render.max_texture_px, ctx.cache);
        let mut buffers = built(&composed.scene);
        let exposure = compose::exposure(&composed, &variation, frames, recipe.render.spp);
        let moment = |&n_frames: &f64| {
            let scene = at(n_frames)?;
            let views = buffers::views(&scene);
            Ok(Moment { scene: compose::moves(&composed).then(|| Arc::new(built(&scene))), views })
        };
        let all = exposure.n_frames.iter().map(moment).collect::<Result<_, NotMade>>()?;
        buffers.moments = Moments { all, n_a_row: exposure.n_a_row };
        let flow = |layer, n_frames| recipe.layers.contains(&layer).then(|| at(n_frames)).transpose();
        let (later, before) = (flow(Layer::FlowFwd, 1.0)?, flow(Layer::FlowBwd, -1.0)?);
        doubts::look_at(ctx, index, &composed, &buffers);
        Ok(Ready { index, variation, composed, buffers: Arc::new(buffers), later, before })
    })
}

/// The files of one view: its layers, then its record.
pub fn encode_view(plan: &Plan, ready: &Ready, view_idx: usize, film: &Film) -> Vec<Output> {
    let recipe = plan.recipe();
    let camera = &ready.composed.scene.cameras[view_idx];
    let view = u32::try_from(view_idx).expect("a plan counts its views in u32");
    let encoded = recipe.layers.par_iter().map(|&layer| {
        let then = match layer {
            Layer::FlowFwd => ready.later.as_ref(),
            Layer::FlowBwd => ready.before.as_ref(),
            _ => None,
        };
        let raster = match then {
            Some(then) => annotate::flow(film, &ready.composed.scene, then, view_idx),
            None => annotate::raster(film, layer, camera, &ready.composed.objects, &recipe.render),
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedAsset;
    use crate::reason::Reason;
    use std::collections::BTreeMap;

    fn plan() -> Plan {
        let text = "genki: 1\nname: test\nlicense: CC0-1.0\nvariations: 5\nassets: {things: [a.glb]}\n\
                    scene: {objects: [{id: hero, from: things, rotation: random}]}\ncameras: [{id: around, rig: orbit}]\n";
        let (recipe, problems) = crate::recipe::read("test.yaml", text, &[]);
        let thing = PlannedAsset {
            path: "a.glb".to_owned(),
            sha256: sha256(b"a"),
            bytes: 1,
            license: "CC0-1.0".to_owned(),
            attribution: String::new(),
            class: String::new(),
            weight: 1.0,
            variants: Vec::new(),
            clips: Vec::new(),
        };
        let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
        Plan::new(recipe, BTreeMap::from([("things".to_owned(), vec![thing])])).expect("a plan")
    }

    #[test]
    fn a_panic_in_loading_or_composing_is_one_variations_failure_with_what_was_drawn() {
        let plan = plan();
        let drawn = fenced(2, || plan.variation(2, FIRST_ATTEMPT), |_| panic!("no such mesh"));
        assert_eq!(drawn.digest, plan.variation(2, FIRST_ATTEMPT).drawn_digest());
        let Err(NotMade::Failed { reason, message }) = drawn.scene else { panic!("it is not made, and not fatal") };
        assert!(reason == Reason::Internal && message.contains("no such mesh"), "{reason}: {message}");
    }

    #[test]
    fn a_panic_in_drawing_ends_the_run_because_no_receipt_would_be_true() {
        let drawn = fenced(2, || panic!("no such pool"), |_| panic!("there is nothing to compose"));
        let Err(NotMade::Fatal(error)) = drawn.scene else { panic!("it is fatal") };
        let said = error.to_string();
        assert!(said.starts_with("variation 2 cannot be drawn") && said.contains("no such pool"), "{said}");
    }
}
