//! One view on one device, and whose fault it is if there is none. Knows no shard.

use super::context::Context;
use super::error::{NotMade, panic_text};
use super::variation::Ready;
use crate::film::{Film, FilmPlanes};
use crate::reason::Reason;
use crate::render::{DeviceClass, DeviceInfo, RenderError, Renderer, Unwanted};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a view was not rendered, where the variation is not to blame.
pub enum Undone {
    /// The run is being stopped.
    Interrupted,
    /// Transient: any device may try.
    Fault(String),
    /// It does not fit this device.
    TooLarge(String),
    /// It did not fit this device now, and the device must be opened afresh.
    OutOfMemory(String),
}

/// A device at work.
pub struct Worker<'a> {
    pub info: &'a DeviceInfo,
    pub renderer: &'a mut dyn Renderer,
}

/// Outer error: the device's, or that the view is not wanted any more. Inner error: the variation's.
pub fn render_view(
    ctx: &Context<'_>,
    worker: &mut Worker<'_>,
    ready: &Ready,
    view_idx: usize,
    planes: FilmPlanes,
    is_unwanted: Unwanted<'_>,
) -> Result<Result<Film, NotMade>, Undone> {
    let class = worker.info.class;
    let mut render = || {
        let rendered = || worker.renderer.render(&ready.buffers, view_idx, &ctx.settings, planes, is_unwanted);
        catch_unwind(AssertUnwindSafe(rendered))
    };
    let caught = match class {
        DeviceClass::CpuBitexact => ctx.pool.install(render),
        DeviceClass::GpuTolerant => render(),
    };
    match caught {
        Ok(Ok(film)) => Ok(Ok(film)),
        Ok(Err(error @ RenderError::NonFinitePixel { .. })) => {
            let message = format!("view {view_idx}: {error}");
            Ok(Err(NotMade::Failed { reason: Reason::NonfinitePixel, message }))
        }
        Ok(Err(error @ RenderError::TooLarge { .. })) => Err(Undone::TooLarge(error.to_string())),
        Ok(Err(error @ RenderError::OutOfMemory(_))) => Err(Undone::OutOfMemory(error.to_string())),
        Ok(Err(RenderError::Device(what))) => Err(Undone::Fault(what)),
        Ok(Err(RenderError::Interrupted)) => Err(Undone::Interrupted),
        // What the CPU does it does everywhere; what a driver does it may not do again.
        Err(panic) if class == DeviceClass::CpuBitexact => Ok(Err(NotMade::panicked(&*panic))),
        Err(panic) => Err(Undone::Fault(panic_text(&*panic))),
    }
}
