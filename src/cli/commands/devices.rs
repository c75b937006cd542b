//! `genki devices`: what could render here, and what would be used.

use crate::cli::args::DevicesArgs;
use crate::cli::console::{Console, Failure, bytes, without_chatter_of_drivers};
use crate::cli::exit::Exit;
use crate::render::{DeviceClass, DeviceInfo, DeviceKind};
use crate::run::devices::{Device, Devices};
use serde_json::json;

pub fn run(args: &DevicesArgs, console: &Console) -> Result<Exit, Failure> {
    let devices = without_chatter_of_drivers(Devices::list);
    let used = devices.select(&["auto".to_owned()]).unwrap_or_else(|error| {
        console.message(format_args!("genki: {error}\n      = hint: {}", error.hint()));
        Vec::new()
    });
    if !args.json.json {
        console.result(format_args!(
            "{:>2}  {:36} {:8} {:20} {:>12}  used",
            "#", "name", "backend", "kind", "buffers up to"
        ))?;
    }
    for (i, info) in devices.found.iter().map(Device::info).enumerate() {
        if args.json.json {
            console.result(as_json(i, info, used.contains(&i)))?;
            continue;
        }
        let limit = info.max_binding_bytes.map_or("–".to_owned(), bytes);
        let mark = if used.contains(&i) { "yes" } else { "no" };
        let (name, backend, kind) = (&info.name, &info.backend, kind(info.kind));
        console.result(format_args!("{i:>2}  {name:36} {backend:8} {kind:20} {limit:>12}  {mark}"))?;
        if !info.driver.is_empty() {
            console.result(format_args!("    {}", info.driver))?;
        }
    }
    Ok(Exit::Done)
}

fn as_json(index: usize, info: &DeviceInfo, is_used: bool) -> serde_json::Value {
    json!({
        "index": index,
        "name": info.name,
        "backend": info.backend,
        "driver": info.driver,
        "kind": kind(info.kind),
        "class": class(info.class),
        "max_binding_bytes": info.max_binding_bytes,
        "pci_bus_id": info.pci_bus_id,
        "used": is_used,
    })
}

fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Cpu => "cpu",
        DeviceKind::DiscreteGpu => "discrete gpu",
        DeviceKind::IntegratedGpu => "integrated gpu",
        DeviceKind::VirtualGpu => "virtual gpu",
        DeviceKind::SoftwareGpu => "software (slow)",
    }
}

fn class(class: DeviceClass) -> &'static str {
    match class {
        DeviceClass::CpuBitexact => "cpu-bitexact",
        DeviceClass::GpuTolerant => "gpu-tolerant",
    }
}
