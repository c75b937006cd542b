//! What could render here, and which of it a run uses. Knows names and kinds; how a device works is `render`'s business.

use crate::render::cpu::CpuRenderer;
use crate::render::gpu::{self, Adapter, GpuRenderer, NotMappable, Surroundings};
use crate::render::{DeviceClass, DeviceInfo, DeviceKind, RenderError, Renderer};

/// Something that a run can render with. Opened by the thread that uses it, and again after a fault.
pub trait Device: Sync {
    fn info(&self) -> &DeviceInfo;
    fn open(&self) -> Result<Box<dyn Renderer>, RenderError>;
}

/// A device of this machine.
#[derive(Debug)]
pub struct Found {
    info: DeviceInfo,
    /// `None`: the CPU.
    adapter: Option<Adapter>,
    /// What `auto` and `gpu` mean: a real GPU that no variable hides.
    is_usable_gpu: bool,
}

impl Device for Found {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn open(&self) -> Result<Box<dyn Renderer>, RenderError> {
        match &self.adapter {
            None => Ok(Box::new(CpuRenderer::new())),
            Some(adapter) => Ok(Box::new(GpuRenderer::new(adapter)?)),
        }
    }
}

/// The devices of this machine, as `genki devices` numbers them: the CPU first, then adapters.
#[derive(Debug)]
pub struct Devices {
    pub found: Vec<Found>,
    /// Why nobody can say which GPUs may be used.
    not_mappable: Option<NotMappable>,
}

/// Why no device, or not the one that was meant, can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("no device `{asked}` here")]
    Unknown { asked: String, known: Vec<String> },
    #[error("no GPU here that is not software")]
    NoGpu,
    #[error(transparent)]
    NotMappable(#[from] NotMappable),
}

impl SelectError {
    pub fn hint(&self) -> String {
        match self {
            SelectError::Unknown { known, .. } => format!("`genki devices` lists: {}", known.join(", ")),
            SelectError::NoGpu => "use --device cpu, or name a software adapter of `genki devices`".to_owned(),
            SelectError::NotMappable(error) => error.hint().to_owned(),
        }
    }
}

impl Devices {
    /// Everything on this machine.
    pub fn list() -> Devices {
        let adapters = gpu::adapters();
        let (usable, not_mappable) = match gpu::usable(&adapters, &Surroundings::of_this_machine()) {
            Ok(usable) => (usable, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let gpus = adapters.into_iter().enumerate().map(|(i, adapter)| Found {
            info: adapter.info.clone(),
            adapter: Some(adapter),
            is_usable_gpu: usable.contains(&i),
        });
        Devices { found: std::iter::once(cpu()).chain(gpus).collect(), not_mappable }
    }

    /// What answers to `asked`. Drivers are not even looked at where only the CPU is meant.
    pub fn list_for(asked: &[String]) -> Devices {
        match asked.iter().all(|word| word == "cpu" || word == "0") {
            true => Devices { found: vec![cpu()], not_mappable: None },
            false => Devices::list(),
        }
    }

    /// Which devices a run uses: positions in `found`, in order, each once.
    ///
    /// `asked`: `auto` (all real GPUs; if there is none, the CPU), `cpu`, `gpu`, a position, or part of a name; several
    /// add up.
    pub fn select(&self, asked: &[String]) -> Result<Vec<usize>, SelectError> {
        let mut chosen = Vec::new();
        for word in asked {
            chosen.extend(self.find(word)?);
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    fn find(&self, word: &str) -> Result<Vec<usize>, SelectError> {
        let all = |wanted: &dyn Fn(&Found) -> bool| -> Vec<usize> {
            (0..self.found.len()).filter(|&i| wanted(&self.found[i])).collect()
        };
        let is_cpu = |found: &Found| found.info.kind == DeviceKind::Cpu;
        let gpus = || match &self.not_mappable {
            Some(error) => Err(SelectError::NotMappable(error.clone())),
            None => Ok(all(&|found| found.is_usable_gpu)),
        };
        let found = match word {
            "cpu" => all(&is_cpu),
            "gpu" => Some(gpus()?).filter(|gpus| !gpus.is_empty()).ok_or(SelectError::NoGpu)?,
            "auto" => Some(gpus()?).filter(|gpus| !gpus.is_empty()).unwrap_or_else(|| all(&is_cpu)),
            _ => match word.parse::<usize>() {
                Ok(position) => all(&|_| true).into_iter().filter(|&i| i == position).collect(),
                Err(_) => all(&|found| found.answers_to(word)),
            },
        };
        match found.is_empty() {
            false => Ok(found),
            true => {
                let known =
                    self.found.iter().enumerate().map(|(i, found)| format!("{i} {}", found.info.name)).collect();
                Err(SelectError::Unknown { asked: word.to_owned(), known })
            }
        }
    }
}

impl Found {
    fn answers_to(&self, word: &str) -> bool {
        match &self.adapter {
            Some(adapter) => adapter.answers_to(word),
            None => self.info.name.to_lowercase().contains(&word.to_lowercase()),
        }
    }
}

/// The CPU renderer. It computes in the run's own thread pool.
fn cpu() -> Found {
    let driver = format!("genki {} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let info = DeviceInfo {
        name: "CPU".to_owned(),
        backend: "cpu".to_owned(),
        driver,
        class: DeviceClass::CpuBitexact,
        kind: DeviceKind::Cpu,
        max_binding_bytes: None,
        pci_bus_id: String::new(),
    };
    Found { info, adapter: None, is_usable_gpu: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(name: &str, kind: DeviceKind, is_usable_gpu: bool) -> Found {
        let info = DeviceInfo { name: name.to_owned(), kind, ..cpu().info };
        Found { info, adapter: None, is_usable_gpu }
    }

    fn chosen(devices: &Devices, asked: &[&str]) -> Result<Vec<usize>, SelectError> {
        devices.select(&asked.iter().map(|&s| s.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn without_a_real_gpu_auto_means_the_cpu_and_gpu_is_an_error() {
        let found = vec![cpu(), gpu("llvmpipe", DeviceKind::SoftwareGpu, false)];
        let devices = Devices { found, not_mappable: None };
        assert_eq!(chosen(&devices, &["auto"]), Ok(vec![0]));
        assert_eq!(chosen(&devices, &["gpu"]), Err(SelectError::NoGpu));
        assert_eq!(chosen(&devices, &["LLVM"]), Ok(vec![1]));
        assert_eq!(chosen(&devices, &["1", "cpu", "1"]), Ok(vec![0, 1]));
        assert!(matches!(chosen(&devices, &["2"]), Err(SelectError::Unknown { .. })));
        assert!(matches!(chosen(&devices, &["radeon"]), Err(SelectError::Unknown { .. })));
    }

    #[test]
    fn auto_means_all_real_gpus_that_may_be_used_and_hidden_ones_must_be_named() {
        let kind = DeviceKind::DiscreteGpu;
        let found = vec![cpu(), gpu("Arc", kind, true), gpu("RTX", kind, false), gpu("RTX", kind, true)];
        let mut devices = Devices { found, not_mappable: None };
        assert_eq!(chosen(&devices, &["auto"]), Ok(vec![1, 3]));
        assert_eq!(chosen(&devices, &["gpu", "cpu"]), Ok(vec![0, 1, 3]));
        assert_eq!(chosen(&devices, &["rtx"]), Ok(vec![2, 3]));
        let error = NotMappable { variable: "V".to_owned(), value: "1".to_owned(), why: "unclear".to_owned() };
        devices.not_mappable = Some(error.clone());
        assert_eq!(chosen(&devices, &["auto"]), Err(SelectError::NotMappable(error)));
        assert_eq!(chosen(&devices, &["2"]), Ok(vec![2]));
    }
}
