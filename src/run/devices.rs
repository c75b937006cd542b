//! What could render here, and which of it a run uses. Knows names and kinds; how a device works is `render`'s business.

use crate::render::{DeviceClass, DeviceInfo, DeviceKind, RenderError, Renderer};

/// Something that a run can render with. Opened by the thread that uses it, and again after a fault.
pub trait Device: Sync {
    fn info(&self) -> &DeviceInfo;
    fn open(&self) -> Result<Box<dyn Renderer>, RenderError>;
}

/// Everything on this machine, as `genki devices` numbers it: the CPU first, then adapters.
pub fn list() -> Vec<Box<dyn Device>> {
    vec![Box::new(Cpu::new())]
}

/// The CPU renderer. It computes in the run's own thread pool.
struct Cpu(DeviceInfo);

impl Cpu {
    fn new() -> Cpu {
        let driver = format!("{} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
        Cpu(DeviceInfo {
            name: "CPU".to_owned(),
            backend: "cpu".to_owned(),
            driver,
            class: DeviceClass::CpuBitexact,
            kind: DeviceKind::Cpu,
            max_binding_bytes: None,
            pci_bus_id: String::new(),
        })
    }
}

impl Device for Cpu {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }

    fn open(&self) -> Result<Box<dyn Renderer>, RenderError> {
        Err(RenderError::Device("the CPU renderer is being built".to_owned()))
    }
}

/// Why no device, or not the one that was meant, can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("no device `{asked}` here")]
    Unknown { asked: String, known: Vec<String> },
    #[error("no GPU here that is not software")]
    NoGpu,
}

impl SelectError {
    pub fn hint(&self) -> String {
        match self {
            SelectError::Unknown { known, .. } => format!("`genki devices` lists {}", known.join(", ")),
            SelectError::NoGpu => "use --device cpu, or name a software adapter of `genki devices`".to_owned(),
        }
    }
}

/// Which devices a run uses: positions in `infos`, in order, each once.
///
/// `asked`: `auto` (all real GPUs; if there is none, the CPU), `cpu`, `gpu`, a position, or part of a name; several add up.
pub fn select(infos: &[&DeviceInfo], asked: &[String]) -> Result<Vec<usize>, SelectError> {
    let mut chosen = Vec::new();
    for word in asked {
        let found = find(infos, word)?;
        chosen.extend(found);
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

fn find(infos: &[&DeviceInfo], word: &str) -> Result<Vec<usize>, SelectError> {
    let of_kind = |wanted: &dyn Fn(&DeviceInfo) -> bool| -> Vec<usize> {
        infos.iter().enumerate().filter(|(_, info)| wanted(info)).map(|(i, _)| i).collect()
    };
    let found = match word {
        "auto" if real_gpus(infos).is_empty() => of_kind(&|info| info.kind == DeviceKind::Cpu),
        "auto" => real_gpus(infos),
        "gpu" if real_gpus(infos).is_empty() => return Err(SelectError::NoGpu),
        "gpu" => real_gpus(infos),
        "cpu" => of_kind(&|info| info.kind == DeviceKind::Cpu),
        _ => match word.parse::<usize>() {
            Ok(position) => (0..infos.len()).filter(|&i| i == position).collect(),
            Err(_) => of_kind(&|info| info.name.to_lowercase().contains(&word.to_lowercase())),
        },
    };
    match found.is_empty() {
        false => Ok(found),
        true => {
            let known = infos.iter().enumerate().map(|(i, info)| format!("{i} {}", info.name)).collect();
            Err(SelectError::Unknown { asked: word.to_owned(), known })
        }
    }
}

/// Each real GPU once, through the API that is best for compute where several show it.
fn real_gpus(infos: &[&DeviceInfo]) -> Vec<usize> {
    let is_real = |info: &DeviceInfo| !matches!(info.kind, DeviceKind::Cpu | DeviceKind::SoftwareGpu);
    let hides = |better: &DeviceInfo, info: &DeviceInfo| {
        let is_same = match better.pci_bus_id.is_empty() || info.pci_bus_id.is_empty() {
            // Without an id (OpenGL gives none) the name must do; two equal cards are then still seen by the better API.
            true => better.name == info.name || info.backend == "gl",
            false => better.pci_bus_id == info.pci_bus_id,
        };
        is_same && preference(better) < preference(info)
    };
    (0..infos.len())
        .filter(|&i| is_real(infos[i]) && !infos.iter().any(|other| is_real(other) && hides(other, infos[i])))
        .collect()
}

/// The smaller, the rather.
fn preference(info: &DeviceInfo) -> u32 {
    match info.backend.as_str() {
        "metal" | "vulkan" => 0,
        "dx12" => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, backend: &str, kind: DeviceKind, bus: &str) -> DeviceInfo {
        let (name, backend, pci_bus_id) = (name.to_owned(), backend.to_owned(), bus.to_owned());
        let class = if kind == DeviceKind::Cpu { DeviceClass::CpuBitexact } else { DeviceClass::GpuTolerant };
        DeviceInfo { name, backend, driver: String::new(), class, kind, max_binding_bytes: None, pci_bus_id }
    }

    fn chosen(infos: &[DeviceInfo], asked: &[&str]) -> Result<Vec<usize>, SelectError> {
        let infos: Vec<&DeviceInfo> = infos.iter().collect();
        select(&infos, &asked.iter().map(|&s| s.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn without_a_real_gpu_auto_means_the_cpu_and_gpu_is_an_error() {
        let infos =
            [device("CPU", "cpu", DeviceKind::Cpu, ""), device("llvmpipe", "vulkan", DeviceKind::SoftwareGpu, "")];
        assert_eq!(chosen(&infos, &["auto"]), Ok(vec![0]));
        assert_eq!(chosen(&infos, &["gpu"]), Err(SelectError::NoGpu));
        assert_eq!(chosen(&infos, &["LLVM"]), Ok(vec![1]));
        assert_eq!(chosen(&infos, &["1", "cpu", "1"]), Ok(vec![0, 1]));
        assert!(matches!(chosen(&infos, &["2"]), Err(SelectError::Unknown { .. })));
        assert!(matches!(chosen(&infos, &["radeon"]), Err(SelectError::Unknown { .. })));
    }

    #[test]
    fn the_same_gpu_under_two_apis_counts_once_and_two_equal_cards_twice() {
        let infos = [
            device("CPU", "cpu", DeviceKind::Cpu, ""),
            device("RTX", "vulkan", DeviceKind::DiscreteGpu, "0000:01:00.0"),
            device("RTX", "vulkan", DeviceKind::DiscreteGpu, "0000:02:00.0"),
            device("RTX", "dx12", DeviceKind::DiscreteGpu, "0000:01:00.0"),
            device("RTX/PCIe/SSE2", "gl", DeviceKind::DiscreteGpu, ""),
            device("Arc", "vulkan", DeviceKind::IntegratedGpu, "0000:00:02.0"),
        ];
        assert_eq!(chosen(&infos, &["auto"]), Ok(vec![1, 2, 5]));
        assert_eq!(chosen(&infos, &["gpu", "cpu"]), Ok(vec![0, 1, 2, 5]));
    }
}
