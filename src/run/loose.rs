//! One variation as loose files: to look at, or to compare with what somebody else made.

use super::attempt::{Undone, Worker, render_view};
use super::context::Context;
use super::devices::Device;
use super::error::NotMade;
use super::preview::PreviewError;
use super::variation::{draw, encode_view};
use crate::contribution::Output;
use crate::film::FilmPlanes;
use crate::reason::Reason;

/// The files of a variation, or why it has none; the same bytes as in its shard.
pub fn variation(
    ctx: &Context<'_>,
    device: &dyn Device,
    index: u64,
) -> Result<Result<Vec<Output>, (Reason, String)>, PreviewError> {
    let fault = |what: String| PreviewError::Device { device: device.info().name.clone(), what };
    let mut renderer = device.open().map_err(|error| fault(error.to_string()))?;
    let mut worker = Worker { info: device.info(), renderer: renderer.as_mut() };
    let failed = |not_made| match not_made {
        NotMade::Failed { reason, message } => Ok(Err((reason, message))),
        NotMade::Fatal(error) => Err(PreviewError::Run(error)),
    };
    let ready = match draw(ctx, index).scene {
        Ok(ready) => ready,
        Err(not_made) => return failed(not_made),
    };
    let planes = FilmPlanes::of(&ctx.plan.recipe().layers);
    let mut outputs = Vec::new();
    for view_idx in 0..ready.composed.scene.cameras.len() {
        if ctx.stop.requested() {
            return Err(PreviewError::Interrupted);
        }
        match render_view(ctx, &mut worker, &ready, view_idx, planes, &|| ctx.stop.requested()) {
            Ok(Ok(film)) => outputs.extend(ctx.pool.install(|| encode_view(ctx.plan, &ready, view_idx, &film))),
            Ok(Err(not_made)) => return failed(not_made),
            Err(Undone::Interrupted) => return Err(PreviewError::Interrupted),
            Err(Undone::Fault(what) | Undone::TooLarge(what) | Undone::OutOfMemory(what)) => return Err(fault(what)),
        }
    }
    Ok(Ok(outputs))
}
