//! What CUDA_VISIBLE_DEVICES and its kin leave visible. Knows no adapter, only bus ids.
//!
//! Vulkan ignores these variables, and whoever sets them means "the others are taken": so they are either honoured
//! exactly or refused, never ignored. Entries are mapped to PCI bus ids:
//! - `GPU-…` by the driver's own table (`/proc/driver/nvidia/gpus/*/information`);
//! - an index by bus order if `CUDA_DEVICE_ORDER=PCI_BUS_ID`, or if there is one GPU only;
//! - a list that names every GPU in whatever order.

use std::collections::BTreeMap;

/// Vendor ids of PCI.
pub const VENDOR_NVIDIA: u32 = 0x10de;
pub const VENDOR_AMD: u32 = 0x1002;

/// The variables that hide GPUs of a vendor.
const VARIABLES: [(u32, &str); 3] = [
    (VENDOR_NVIDIA, "CUDA_VISIBLE_DEVICES"),
    (VENDOR_AMD, "HIP_VISIBLE_DEVICES"),
    (VENDOR_AMD, "ROCR_VISIBLE_DEVICES"),
];

/// What the machine says, read once (and made up by tests).
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Environment variables that matter here; unset ones are absent.
    pub variables: BTreeMap<String, String>,
    /// GPU-UUID → PCI bus id, as NVIDIA's driver tells it.
    pub bus_id_of_uuid: BTreeMap<String, String>,
}

/// A visibility variable that cannot be honoured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={value}: {why}")]
pub struct NotMappable {
    pub variable: String,
    pub value: String,
    pub why: String,
}

impl NotMappable {
    pub fn hint(&self) -> &'static str {
        "name the devices yourself, `--device INDEX` as `genki devices` lists them; or set CUDA_DEVICE_ORDER=PCI_BUS_ID"
    }
}

impl Surroundings {
    /// Reads the process's environment and the driver's table.
    pub fn of_this_machine() -> Surroundings {
        let names = VARIABLES.iter().map(|(_, name)| *name).chain(["CUDA_DEVICE_ORDER"]);
        let variables = names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect();
        Surroundings { variables, bus_id_of_uuid: nvidia_uuids() }
    }

    /// Which of a vendor's GPUs may be used. `bus_ids`: of all of them, empty where unknown.
    pub fn visible(&self, vendor: u32, bus_ids: &[String]) -> Result<Vec<bool>, NotMappable> {
        let mut visible = vec![true; bus_ids.len()];
        for (_, variable) in VARIABLES.iter().filter(|(of, _)| *of == vendor) {
            let Some(value) = self.variables.get(*variable) else { continue };
            let allowed = self.allowed(value, bus_ids).map_err(|why| NotMappable {
                variable: (*variable).to_owned(),
                value: value.clone(),
                why,
            })?;
            visible.iter_mut().zip(allowed).for_each(|(visible, allowed)| *visible &= allowed);
        }
        Ok(visible)
    }

    /// One variable. CUDA's rule: the list ends at the first entry that names no GPU, and that is no error.
    fn allowed(&self, value: &str, bus_ids: &[String]) -> Result<Vec<bool>, String> {
        let mut allowed = vec![false; bus_ids.len()];
        let mut indices = Vec::new();
        for entry in value.split(',').map(str::trim) {
            if let Ok(index) = entry.parse::<usize>() {
                if index >= bus_ids.len() {
                    break;
                }
                indices.push(index);
            } else if entry.starts_with("GPU-") {
                allowed[self.by_uuid(entry, bus_ids)?] = true;
            } else if entry.starts_with("MIG-") {
                return Err("a MIG slice cannot be told from the whole GPU here".to_owned());
            } else {
                break;
            }
        }
        indices.sort_unstable();
        indices.dedup();
        if indices.len() == bus_ids.len() {
            return Ok(vec![true; bus_ids.len()]);
        }
        if !indices.is_empty() {
            let order = self.bus_order(bus_ids)?;
            indices.iter().for_each(|&index| allowed[order[index]] = true);
        }
        Ok(allowed)
    }

    /// Positions in `bus_ids` by rising bus id, if that is what indices count.
    fn bus_order(&self, bus_ids: &[String]) -> Result<Vec<usize>, String> {
        if self.variables.get("CUDA_DEVICE_ORDER").map(String::as_str) != Some("PCI_BUS_ID") {
            return Err("indices count GPUs fastest first, an order that only CUDA knows".to_owned());
        }
        if bus_ids.iter().any(String::is_empty) {
            return Err("the bus id of a GPU is unknown".to_owned());
        }
        let mut order: Vec<usize> = (0..bus_ids.len()).collect();
        order.sort_by_key(|&i| &bus_ids[i]);
        Ok(order)
    }

    /// CUDA takes any beginning of a UUID that fits one GPU only.
    fn by_uuid(&self, entry: &str, bus_ids: &[String]) -> Result<usize, String> {
        let mut fitting = self.bus_id_of_uuid.iter().filter(|(uuid, _)| uuid.starts_with(entry));
        let (Some((_, bus_id)), None) = (fitting.next(), fitting.next()) else {
            return Err(format!("{entry} is not one GPU of this machine's driver"));
        };
        bus_ids
            .iter()
            .position(|id| same_bus(id, bus_id))
            .ok_or(format!("{entry} at {bus_id} is not among the adapters"))
    }
}

/// Whether two spellings mean one bus id: the domain may have four or eight digits.
pub fn same_bus(a: &str, b: &str) -> bool {
    let parts = |id: &str| -> Option<Vec<u32>> {
        id.split([':', '.']).map(|part| u32::from_str_radix(part, 16).ok()).collect()
    };
    !a.is_empty() && parts(a).is_some_and(|a| Some(a) == parts(b))
}

/// The table of NVIDIA's Linux driver; empty elsewhere.
fn nvidia_uuids() -> BTreeMap<String, String> {
    let Ok(folders) = std::fs::read_dir("/proc/driver/nvidia/gpus") else { return BTreeMap::new() };
    let texts = folders.flatten().filter_map(|folder| std::fs::read_to_string(folder.path().join("information")).ok());
    texts.filter_map(|text| uuid_and_bus(&text)).collect()
}

fn uuid_and_bus(information: &str) -> Option<(String, String)> {
    let field = |name: &str| {
        let line = information.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    Some((field("GPU UUID")?, field("Bus Location")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSES: [&str; 3] = ["0000:41:00.0", "0000:01:00.0", "0000:c1:00.0"];

    fn seen(variables: &[(&str, &str)]) -> Result<Vec<bool>, NotMappable> {
        let surroundings = Surroundings {
            variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            bus_id_of_uuid: [("GPU-aa11", "0000:41:00.0"), ("GPU-aa22", "00000000:C1:00.0")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        };
        surroundings.visible(VENDOR_NVIDIA, &BUSES.map(str::to_owned))
    }

    #[test]
    fn an_unset_variable_hides_nothing_and_an_empty_one_all() {
        assert_eq!(seen(&[]), Ok(vec![true; 3]));
        assert_eq!(seen(&[("CUDA_VISIBLE_DEVICES", "")]), Ok(vec![false; 3]));
        assert_eq!(seen(&[("CUDA_VISIBLE_DEVICES", "-1")]), Ok(vec![false; 3]));
        assert_eq!(seen(&[("HIP_VISIBLE_DEVICES", "")]), Ok(vec![true; 3]), "another vendor's variable");
    }

    #[test]
    fn indices_are_refused_unless_their_order_is_known() {
        assert!(seen(&[("CUDA_VISIBLE_DEVICES", "0")]).is_err());
        assert_eq!(seen(&[("CUDA_VISIBLE_DEVICES", "2,0,1")]), Ok(vec![true; 3]), "all of them in any order");
        let order = ("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        assert_eq!(seen(&[order, ("CUDA_VISIBLE_DEVICES", "0")]), Ok(vec![false, true, false]));
        assert_eq!(seen(&[order, ("CUDA_VISIBLE_DEVICES", "2,-1,0")]), Ok(vec![false, false, true]), "ends at -1");
    }

    #[test]
    fn uuids_are_mapped_by_the_drivers_table() {
        assert_eq!(seen(&[("CUDA_VISIBLE_DEVICES", "GPU-aa22")]), Ok(vec![false, false, true]));
        assert!(seen(&[("CUDA_VISIBLE_DEVICES", "GPU-aa")]).is_err(), "fits two");
        assert!(seen(&[("CUDA_VISIBLE_DEVICES", "GPU-bb")]).is_err(), "fits none");
        assert!(seen(&[("CUDA_VISIBLE_DEVICES", "MIG-aa11")]).is_err());
    }

    #[test]
    fn the_drivers_table_is_read_by_its_field_names() {
        let text = "Model: \t NVIDIA H200\nIRQ:   12\nGPU UUID: \t GPU-aa11\nBus Location: \t 0000:41:00.0\n";
        assert_eq!(uuid_and_bus(text), Some(("GPU-aa11".to_owned(), "0000:41:00.0".to_owned())));
        assert_eq!(uuid_and_bus("Model: x\n"), None);
    }
}
