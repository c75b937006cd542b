//! Which devices made which shard: a note beside the shards of this machine until the manifest holds it. Knows no renderer's
//! workings; the note is local and a contribution is whole without it.

use super::layout::{DEVICES, is_plain_file};
use super::{DeviceFacts, DeviceUse, DirError};
use crate::formats::json::{canonical, parse_canonical};
use crate::render::DeviceClass;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteDoc {
    shard: u64,
    devices: Vec<DeviceDoc>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDoc {
    name: String,
    backend: String,
    driver: String,
    class: String,
}

/// The word for a class in manifests.
pub const fn class_name(class: DeviceClass) -> &'static str {
    match class {
        DeviceClass::CpuBitexact => "cpu-bitexact",
        DeviceClass::GpuTolerant => "gpu-tolerant",
    }
}

pub fn class_from_name(name: &str) -> Option<DeviceClass> {
    [DeviceClass::CpuBitexact, DeviceClass::GpuTolerant].into_iter().find(|&class| class_name(class) == name)
}

/// Adds the line that `devices` made `shard`. The last line about a shard holds.
pub fn note(dir: &Path, shard: u64, devices: &BTreeSet<DeviceFacts>) -> Result<(), DirError> {
    let path = dir.join(DEVICES);
    let doc = |DeviceFacts { name, backend, driver, class }| DeviceDoc {
        name,
        backend,
        driver,
        class: class_name(class).into(),
    };
    let mut line = canonical(&NoteDoc { shard, devices: devices.iter().cloned().map(doc).collect() });
    line.push(b'\n');
    let append = || {
        let mut file = fs::File::options().create(true).append(true).open(&path)?;
        file.write_all(&line)?;
        file.sync_all()
    };
    append().map_err(|error| DirError::io(&path, error))
}

/// What is noted. Lines that a stop cut off are passed over.
pub fn noted(dir: &Path) -> BTreeMap<u64, BTreeSet<DeviceFacts>> {
    let path = dir.join(DEVICES);
    let text = if is_plain_file(&path) { fs::read(&path).unwrap_or_default() } else { Vec::new() };
    let read = |line: &[u8]| {
        let doc: NoteDoc = serde_json::from_value(parse_canonical(line).ok()?).ok()?;
        let facts = |DeviceDoc { name, backend, driver, class }| {
            Some(DeviceFacts { name, backend, driver, class: class_from_name(&class)? })
        };
        Some((doc.shard, doc.devices.into_iter().map(facts).collect::<Option<_>>()?))
    };
    text.split(|&b| b == b'\n').filter_map(read).collect()
}

/// For every shard of `made` the devices that made it: what `uses` says, else what is `known`, else nobody of the class that
/// claims least.
pub fn assign(
    made: &BTreeSet<u64>,
    uses: &[DeviceUse],
    mut known: BTreeMap<u64, BTreeSet<DeviceFacts>>,
) -> Vec<DeviceUse> {
    known.extend(by_shard(uses));
    let mut shards_of: BTreeMap<DeviceFacts, BTreeSet<u64>> = BTreeMap::new();
    for &shard in made {
        let unknown = || DeviceFacts {
            name: "unknown".into(),
            backend: String::new(),
            driver: String::new(),
            class: DeviceClass::GpuTolerant,
        };
        for facts in known.remove(&shard).unwrap_or_else(|| BTreeSet::from([unknown()])) {
            shards_of.entry(facts).or_default().insert(shard);
        }
    }
    shards_of.into_iter().map(|(facts, shards)| DeviceUse { facts, shards }).collect()
}

/// The devices of each shard that `uses` speaks of.
pub fn by_shard(uses: &[DeviceUse]) -> BTreeMap<u64, BTreeSet<DeviceFacts>> {
    let mut devices_of: BTreeMap<u64, BTreeSet<DeviceFacts>> = BTreeMap::new();
    for DeviceUse { facts, shards } in uses {
        for &shard in shards {
            devices_of.entry(shard).or_default().insert(facts.clone());
        }
    }
    devices_of
}

/// Shards as manifests list them: `0-3,7`.
pub fn spell_ranges(shards: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &shard in shards {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == shard => *last = shard,
            _ => ranges.push((shard, shard)),
        }
    }
    let spell = |&(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(spell).collect::<Vec<_>>().join(",")
}

/// The shards of `made` that a text as [`spell_ranges`] writes it names; `None` if it names others, or is spelt otherwise.
pub fn parse_ranges(text: &str, made: &BTreeSet<u64>) -> Option<BTreeSet<u64>> {
    let mut shards = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        if last < first {
            return None;
        }
        // Only what is there is collected: a range of 2⁶⁴ costs nothing.
        shards.extend(made.range(first..=last));
    }
    (spell_ranges(&shards) == text).then_some(shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, class: DeviceClass) -> DeviceFacts {
        DeviceFacts { name: name.into(), backend: "vulkan".into(), driver: "1".into(), class }
    }

    #[test]
    fn ranges_are_spelt_one_way_and_read_back() {
        let set = |shards: &[u64]| shards.iter().copied().collect::<BTreeSet<u64>>();
        let made = set(&[0, 1, 2, 3, 5, 9]);
        assert_eq!(spell_ranges(&made), "0-3,5,9");
        assert_eq!(parse_ranges("0-3,5,9", &made), Some(made.clone()));
        for text in ["", "0-4", "0,1,2,3", "5,0-3", "3-0", "0-18446744073709551615", "4", "+5", "5,5", "a"] {
            assert_eq!(parse_ranges(text, &made), None, "{text}");
        }
    }

    #[test]
    fn the_last_note_holds_and_a_shard_that_nobody_claims_is_of_the_lesser_class() {
        let folder = tempfile::tempdir().unwrap();
        let (cpu, gpu) = (device("cpu", DeviceClass::CpuBitexact), device("gpu", DeviceClass::GpuTolerant));
        let other = device("other gpu", DeviceClass::GpuTolerant);
        let set = |devices: &[&DeviceFacts]| devices.iter().map(|&device| device.clone()).collect::<BTreeSet<_>>();
        note(folder.path(), 0, &set(&[&gpu])).unwrap();
        note(folder.path(), 0, &set(&[&cpu])).unwrap();
        note(folder.path(), 1, &set(&[&gpu, &other])).unwrap();
        let path = folder.path().join(DEVICES);
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"shard\":2,");
        fs::write(&path, text).unwrap();
        let known = noted(folder.path());
        assert_eq!(known, BTreeMap::from([(0, set(&[&cpu])), (1, set(&[&gpu, &other]))]));
        let uses = [DeviceUse { facts: cpu.clone(), shards: BTreeSet::from([1]) }];
        let assigned = assign(&BTreeSet::from([0, 1, 2]), &uses, known);
        assert_eq!(assigned.len(), 2);
        assert_eq!(assigned[0], DeviceUse { facts: cpu, shards: BTreeSet::from([0, 1]) });
        assert_eq!((assigned[1].facts.name.as_str(), assigned[1].facts.class), ("unknown", DeviceClass::GpuTolerant));
    }
}
