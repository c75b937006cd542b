//! How long a plan will take, by trying: one view, small and with few samples, scaled up. Knows that this is rough.

use super::attempt::{Worker, render_view};
use super::context::{Context, settings};
use super::devices::Device;
use super::variation::{draw, encode_view};
use crate::film::FilmPlanes;
use std::time::Instant;

/// Seconds that one device needs for a view of the real size, when it renders and encodes view after view.
///
/// `ctx` holds a plan whose recipe was shrunk (see [`super::preview::shrink`]); `size` and `spp` are those of the
/// real one. `None` where the first variation cannot be made.
pub fn seconds_a_view(ctx: &Context<'_>, device: &dyn Device, size: [u32; 2], spp: u32) -> Option<f64> {
    let ready = draw(ctx, 0).scene.ok()?;
    let mut renderer = device.open().ok()?;
    let mut worker = Worker { info: device.info(), renderer: renderer.as_mut() };
    let recipe = ctx.plan.recipe();
    let planes = FilmPlanes::of(&recipe.layers);
    // The first one compiles, uploads and warms; the second counts.
    render_view(ctx, &mut worker, &ready, 0, planes, &|| ctx.stop.requested()).ok()?.ok()?;
    let start = Instant::now();
    let film = render_view(ctx, &mut worker, &ready, 0, planes, &|| ctx.stop.requested()).ok()?.ok()?;
    let rendering = start.elapsed().as_secs_f64();
    let start = Instant::now();
    ctx.pool.install(|| encode_view(ctx.plan, &ready, 0, &film));
    let encoding = start.elapsed().as_secs_f64();
    let pixels = |size: [u32; 2]| f64::from(size[0]) * f64::from(size[1]);
    let larger = pixels(size) / pixels(recipe.render.size);
    let samples = f64::from(spp) / f64::from(settings(&recipe.render).spp);
    let is_traced = planes.radiance || planes.alpha;
    Some(larger * (rendering * if is_traced { samples } else { 1.0 } + encoding))
}
