//! The GPU adapters of this machine, as [`DeviceInfo`]s. Knows what there is and what may be used, renders nothing.

use super::visible::{NotMappable, Surroundings, same_bus};
use crate::render::{DeviceClass, DeviceInfo, DeviceKind};

/// One GPU (or a program that plays one) behind one API.
#[derive(Clone, Debug)]
pub struct Adapter {
    pub info: DeviceInfo,
    /// Of PCI, where the API tells it.
    pub vendor: u32,
    pub(super) handle: wgpu::Adapter,
}

/// All adapters that can run the renderer: each real GPU once, under the API that serves it best; software ones all.
///
/// Real GPUs first, in the order of the APIs.
pub fn adapters() -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::all(),
        // The same on every build: validation layers are for the authors of drivers, and slow.
        flags: wgpu::InstanceFlags::empty(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let handles = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let mut found: Vec<Adapter> = handles.into_iter().filter(can_compute).map(describe).collect();
    found.sort_by_key(|adapter| (adapter.is_software(), api_rank(&adapter.info.backend)));
    let mut kept: Vec<Adapter> = Vec::new();
    for i in 0..found.len() {
        if !is_seen_better(&found, i) {
            kept.push(found[i].clone());
        }
    }
    kept
}

/// Positions of the adapters that are used when nobody names any: real ones that no variable hides.
pub fn usable(adapters: &[Adapter], surroundings: &Surroundings) -> Result<Vec<usize>, NotMappable> {
    let mut usable = Vec::new();
    for vendor in [super::visible::VENDOR_NVIDIA, super::visible::VENDOR_AMD] {
        let of_vendor: Vec<usize> =
            (0..adapters.len()).filter(|&i| adapters[i].vendor == vendor && !adapters[i].is_software()).collect();
        let bus_ids: Vec<String> = of_vendor.iter().map(|&i| adapters[i].info.pci_bus_id.clone()).collect();
        let visible = surroundings.visible(vendor, &bus_ids)?;
        usable.extend(of_vendor.into_iter().zip(visible).filter(|(_, visible)| *visible).map(|(i, _)| i));
    }
    let has_variable = [super::visible::VENDOR_NVIDIA, super::visible::VENDOR_AMD];
    usable.extend(
        (0..adapters.len()).filter(|&i| !has_variable.contains(&adapters[i].vendor) && !adapters[i].is_software()),
    );
    usable.sort_unstable();
    Ok(usable)
}

impl Adapter {
    pub fn is_software(&self) -> bool {
        self.info.kind == DeviceKind::SoftwareGpu
    }

    /// Whether a user who writes `name` means this adapter: each word is in its name, API, driver, or what it is called.
    ///
    /// "lavapipe vulkan", "h200", "0000:41:00.0".
    pub fn answers_to(&self, name: &str) -> bool {
        let info = &self.info;
        let also = if info.name.contains("llvmpipe") { "lavapipe" } else { "" };
        let all = format!("{} {} {} {} {also}", info.name, info.backend, info.driver, info.pci_bus_id).to_lowercase();
        let mut words = name.split_whitespace().map(str::to_lowercase).peekable();
        words.peek().is_some() && words.all(|word| all.contains(&word))
    }
}

/// Whether an adapter has what the shader needs; old GL drivers do not.
fn can_compute(adapter: &wgpu::Adapter) -> bool {
    let limits = adapter.limits();
    let needed = wgpu::Limits::default();
    adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
        && limits.max_storage_buffers_per_shader_stage >= needed.max_storage_buffers_per_shader_stage
        && limits.max_storage_buffer_binding_size >= needed.max_storage_buffer_binding_size
}

fn describe(handle: wgpu::Adapter) -> Adapter {
    let (info, limits) = (handle.get_info(), handle.limits());
    // Some software drivers call themselves "other": their names are known.
    let is_named_software = ["llvmpipe", "softpipe", "swiftshader", "basic render"]
        .iter()
        .any(|name| info.name.to_lowercase().contains(name));
    let kind = match info.device_type {
        _ if is_named_software => DeviceKind::SoftwareGpu,
        wgpu::DeviceType::Cpu => DeviceKind::SoftwareGpu,
        wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
        wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu,
        wgpu::DeviceType::DiscreteGpu | wgpu::DeviceType::Other => DeviceKind::DiscreteGpu,
    };
    let info_of_driver = [info.driver.as_str(), info.driver_info.as_str()];
    let device_info = DeviceInfo {
        name: info.name,
        backend: info.backend.to_str().to_owned(),
        driver: info_of_driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        class: DeviceClass::GpuTolerant,
        kind,
        max_binding_bytes: Some(limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)),
        pci_bus_id: info.device_pci_bus_id,
    };
    Adapter { info: device_info, vendor: info.vendor & 0xffff, handle }
}

/// The lower, the better.
fn api_rank(backend: &str) -> usize {
    ["metal", "vulkan", "dx12", "gl"].iter().position(|api| *api == backend).unwrap_or(usize::MAX)
}

/// Whether `found[i]` is a real GPU that a better API shows too.
fn is_seen_better(found: &[Adapter], i: usize) -> bool {
    let adapter = &found[i];
    !adapter.is_software()
        && found[..i].iter().any(|other| {
            !other.is_software() && is_same_gpu(&other.info, &adapter.info, other.vendor == adapter.vendor)
        })
}

/// `better` and `info` are real GPUs under two APIs (or two GPUs under one).
fn is_same_gpu(better: &DeviceInfo, info: &DeviceInfo, is_same_vendor: bool) -> bool {
    if better.backend == info.backend {
        return false;
    }
    if !better.pci_bus_id.is_empty() && !info.pci_bus_id.is_empty() {
        return same_bus(&better.pci_bus_id, &info.pci_bus_id);
    }
    // GL tells neither bus nor device: it shows one GPU, which the vendor's other API shows as well.
    is_same_vendor || info.name.contains(&better.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str, backend: &str, pci_bus_id: &str) -> DeviceInfo {
        DeviceInfo {
            name: name.to_owned(),
            backend: backend.to_owned(),
            driver: String::new(),
            class: DeviceClass::GpuTolerant,
            kind: DeviceKind::DiscreteGpu,
            max_binding_bytes: None,
            pci_bus_id: pci_bus_id.to_owned(),
        }
    }

    #[test]
    fn one_gpu_under_two_apis_is_one_and_two_equal_gpus_are_two() {
        let first = info("NVIDIA H200", "vulkan", "0000:01:00.0");
        let second = info("NVIDIA H200", "vulkan", "0000:41:00.0");
        assert!(!is_same_gpu(&first, &second, true));
        assert!(is_same_gpu(&first, &info("NVIDIA H200/PCIe/SSE2", "gl", ""), true));
        assert!(is_same_gpu(&first, &info("NVIDIA H200", "dx12", "0000:01:00.0"), true));
        assert!(!is_same_gpu(&first, &info("NVIDIA H200", "dx12", "0000:41:00.0"), true));
        assert!(!is_same_gpu(&first, &info("AMD Radeon", "gl", ""), false));
    }
}
