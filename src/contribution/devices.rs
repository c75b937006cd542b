//! Which device made which shard: a note beside the shards of this machine until the manifest holds it. Knows no renderer's
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

/// Adds the line that `device` makes `shard`. The last line about a shard holds.
pub fn note(dir: &Path, shard: u64, device: &DeviceFacts) -> Result<(), DirError> {
    let path = dir.join(DEVICES);
    let DeviceFacts { name, backend, driver, class } = device.clone();
    let mut line = canonical(&NoteDoc { shard, name, backend, driver, class: class_name(class).into() });
    line.push(b'\n');
    let append = || {
        let mut file = fs::File::options().create(true).append(true).open(&path)?;
        file.write_all(&line)?;
        file.sync_all()
    };
    append().map_err(|error| DirError::io(&path, error))
}

/// What is noted. Lines that a stop cut off are passed over.
pub fn noted(dir: &Path) -> BTreeMap<u64, DeviceFacts> {
    let path = dir.join(DEVICES);
    let text = if is_plain_file(&path) { fs::read(&path).unwrap_or_default() } else { Vec::new() };
    let read = |line: &[u8]| {
        let doc: NoteDoc = serde_json::from_value(parse_canonical(line).ok()?).ok()?;
        let class = class_from_name(&doc.class)?;
        Some((doc.shard, DeviceFacts { name: doc.name, backend: doc.backend, driver: doc.driver, class }))
    };
    text.split(|&b| b == b'\n').filter_map(read).collect()
}

/// For every shard of `made` the device that made it: what `uses` says, else what is `known`, else nobody of the class that
/// claims least.
pub fn assign(made: &BTreeSet<u64>, uses: &[DeviceUse], mut known: BTreeMap<u64, DeviceFacts>) -> Vec<DeviceUse> {
    for device in uses {
        known.extend(device.shards.iter().map(|&shard| (shard, device.facts.clone())));
    }
    let mut shards_of: BTreeMap<DeviceFacts, BTreeSet<u64>> = BTreeMap::new();
    for &shard in made {
        let facts = known.remove(&shard).unwrap_or_else(|| DeviceFacts {
            name: "unknown".into(),
            backend: String::new(),
            driver: String::new(),
            class: DeviceClass::GpuTolerant,
        });
        shards_of.entry(facts).or_default().insert(shard);
    }
    shards_of.into_iter().map(|(facts, shards)| DeviceUse { facts, shards }).collect()
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
        note(folder.path(), 0, &gpu).unwrap();
        note(folder.path(), 0, &cpu).unwrap();
        note(folder.path(), 1, &gpu).unwrap();
        let path = folder.path().join(DEVICES);
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"shard\":2,");
        fs::write(&path, text).unwrap();
        let known = noted(folder.path());
        assert_eq!(known, BTreeMap::from([(0, cpu.clone()), (1, gpu.clone())]));
        let uses = [DeviceUse { facts: cpu.clone(), shards: BTreeSet::from([1]) }];
        let assigned = assign(&BTreeSet::from([0, 1, 2]), &uses, known);
        assert_eq!(assigned.len(), 2);
        assert_eq!(assigned[0], DeviceUse { facts: cpu, shards: BTreeSet::from([0, 1]) });
        assert_eq!((assigned[1].facts.name.as_str(), assigned[1].facts.class), ("unknown", DeviceClass::GpuTolerant));
    }
}
