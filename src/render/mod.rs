//! Devices that turn scene buffers into films. A renderer never sees a recipe, a path or a file name.

pub mod cpu;
pub mod gpu;

use crate::buffers::SceneBuffers;
use crate::buffers::layout::Settings;
use crate::film::{Film, FilmPlanes};
use std::sync::Arc;

/// Something that renders: the CPU, or a GPU adapter.
pub trait Renderer: Send {
    /// Renders one view of a scene. The same scene should be asked for view after view: what is uploaded for it stays.
    /// A view can take minutes, so `is_unwanted` is asked throughout, and the first yes ends it as interrupted.
    fn render(
        &mut self,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        planes: FilmPlanes,
        is_unwanted: Unwanted<'_>,
    ) -> Result<Film, RenderError>;
}

/// Whether nobody waits for the view any more. Cheap, and asked from several threads.
pub type Unwanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// Why a view was not rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The same on every machine: the variation fails with the reason `nonfinite_pixel`.
    #[error("pixel ({x}, {y}) is not finite")]
    NonFinitePixel { x: u32, y: u32 },
    /// The device cannot hold the scene; another may.
    #[error("the scene needs {needed} bytes in one buffer, and the device allows {limit}")]
    TooLarge { needed: u64, limit: u64 },
    /// The device's memory is full; another may hold the scene. This renderer is not to be used any more.
    #[error("the device ran out of memory: {0}")]
    OutOfMemory(String),
    /// Transient: the device was lost, or its driver refused.
    #[error("the device failed: {0}")]
    Device(String),
    /// Nobody waits for the view any more.
    #[error("interrupted")]
    Interrupted,
}

/// What is known of a device before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    pub name: String,
    /// "cpu", "vulkan", "gl", "metal", "dx12".
    pub backend: String,
    pub driver: String,
    pub class: DeviceClass,
    pub kind: DeviceKind,
    /// Bytes: the largest one buffer binding; `None` for the CPU.
    pub max_binding_bytes: Option<u64>,
    /// PCI bus id where known, e.g. "0000:01:00.0"; empty elsewhere. One GPU under two APIs has one id.
    pub pci_bus_id: String,
}

/// How exactly two devices of a class agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceClass {
    /// Bit for bit.
    CpuBitexact,
    /// Up to rounding.
    GpuTolerant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    Cpu,
    DiscreteGpu,
    IntegratedGpu,
    VirtualGpu,
    /// A GPU API run by the CPU (llvmpipe, WARP, SwiftShader).
    SoftwareGpu,
}
