//! An output directory that is being filled: opened by one process at a time, for one plan, as often as it takes.

use super::layout::{
    LOCK, PLAN, RECIPE, RUN, SHARDS, Shape, Temporary, file_names, is_local, sync_folder_of, write_whole,
};
use super::seal::{SealError, SealReport, seal_locked};
use super::shard::ShardWriter;
use super::{DeviceUse, DirError, NodeKey, receipt};
use crate::formats::tar;
use crate::hash::sha256;
use crate::plan::Plan;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

/// A directory that holds part of a plan's shards, and is locked for this process as long as this value lives.
pub struct OutputDir {
    path: PathBuf,
    shape: Shape,
    _lock: File,
}

impl OutputDir {
    /// Creates the directory, or opens one of the same plan to go on. What a run that was killed left behind is tidied up.
    ///
    /// `recipe_text`: the artist's file, kept to read; nothing hangs on it.
    pub fn open(path: &Path, plan: &Plan, recipe_text: Option<&str>) -> Result<OutputDir, DirError> {
        OutputDir::open_while(path, plan, recipe_text, || ())
    }

    /// `before_lock`: what others do between the first look and the lock; a test's way in.
    fn open_while(
        path: &Path,
        plan: &Plan,
        recipe_text: Option<&str>,
        before_lock: impl FnOnce(),
    ) -> Result<OutputDir, DirError> {
        create_folder(path)?;
        let bytes = plan.to_bytes();
        // Before the lock, so that nothing is written into a stranger's folder; and under it, as another process may have put
        // its plan there in between.
        check_plan(path, plan, &bytes)?;
        before_lock();
        let lock = lock(path)?;
        let is_begun = check_plan(path, plan, &bytes)?;
        sweep(path)?;
        if !is_begun {
            write_whole(&path.join(PLAN), &bytes)?;
        }
        let recipe = path.join(RECIPE);
        if let Some(text) = recipe_text.filter(|_| fs::symlink_metadata(&recipe).is_err()) {
            write_whole(&recipe, text.as_bytes())?;
        }
        let shards = path.join(SHARDS);
        create_folder(&shards)?;
        sweep(&shards)?;
        let dir = OutputDir { path: path.into(), shape: Shape::of(plan), _lock: lock };
        dir.renew_receipts()?;
        Ok(dir)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The shards that are on disk; empty if the folder cannot be read.
    pub fn made_shards(&self) -> BTreeSet<u64> {
        self.shape.made_shards(&self.path).unwrap_or_default()
    }

    /// Begins a shard that is not there yet.
    ///
    /// # Panics
    /// If the plan has no such shard: a bug of the caller.
    pub fn begin_shard(&self, shard: u64) -> Result<ShardWriter, DirError> {
        assert!(shard < self.shape.shard_count, "the plan has {} shards", self.shape.shard_count);
        ShardWriter::begin(&self.path, self.shape.clone(), shard)
    }

    /// Leaves what a run says of itself, JSON, beside the shards; it is no part of the contribution.
    pub fn leave_report(&self, report: &[u8]) -> Result<(), DirError> {
        write_whole(&self.path.join(RUN), report)
    }

    /// As [`super::seal`], for whoever holds the directory already.
    pub fn seal(&self, key: &NodeKey, uses: &[DeviceUse]) -> Result<SealReport, SealError> {
        seal_locked(&self.path, key, uses)
    }

    /// The receipts beside each archive are a copy of those in it: written again where they are missing or differ.
    fn renew_receipts(&self) -> Result<(), DirError> {
        let made: Vec<u64> = self.shape.made_shards(&self.path)?.into_iter().collect();
        made.into_par_iter().try_for_each(|shard| {
            let folder = self.path.join(SHARDS);
            let receipts = receipts_in(&folder.join(self.shape.tar_name(shard)))?;
            write_whole(&folder.join(self.shape.receipts_name(shard)), &receipts)
        })
    }
}

/// Whether the directory already holds this plan. Another plan, or anything else that is not ours, is an error.
fn check_plan(path: &Path, plan: &Plan, bytes: &[u8]) -> Result<bool, DirError> {
    match fs::read(path.join(PLAN)) {
        Ok(there) if there == bytes => Ok(true),
        Ok(there) => Err(DirError::AnotherPlan { path: path.into(), there: sha256(&there), this: plan.id() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            match file_names(path)?.into_iter().find(|name| !is_local(name)) {
                None => Ok(false),
                Some(name) => Err(DirError::NotEmpty { path: path.into(), name }),
            }
        }
        Err(error) => Err(DirError::io(&path.join(PLAN), error)),
    }
}

/// A folder that is there after a loss of power as well: what is synced in it would be lost with its name.
fn create_folder(path: &Path) -> Result<(), DirError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|error| DirError::io(path, error))?;
    sync_folder_of(path)
}

/// Holds a directory for this process until the file is dropped.
pub(super) fn lock(path: &Path) -> Result<File, DirError> {
    let name = path.join(LOCK);
    let file =
        File::options().create(true).truncate(false).write(true).open(&name).map_err(|e| DirError::io(&name, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(DirError::Locked(path.into())),
        Err(fs::TryLockError::Error(error)) => Err(DirError::io(&name, error)),
    }
}

/// Removes temporary files. Whoever holds the directory's lock is alone: they are all of runs that are dead.
fn sweep(folder: &Path) -> Result<(), DirError> {
    for name in file_names(folder)?.iter().filter(|name| Temporary::is_name(name)) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|error| DirError::io(&path, error))?;
    }
    Ok(())
}

/// The receipts in an archive of ours, by reading headers only.
fn receipts_in(path: &Path) -> Result<Vec<u8>, DirError> {
    let file = File::open(path).map_err(|error| DirError::io(path, error))?;
    let found = tar::find(BufReader::new(file), receipt::RECEIPTS_MEMBER, 1 << 30);
    match found.map_err(|error| DirError::tar(path, error))? {
        Some(bytes) => Ok(bytes),
        None => Err(DirError::BrokenShard { path: path.into(), what: "it holds no receipts".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::LOCAL;
    use super::super::layout::{DEVICES, is_plain_file};
    use super::super::receipt::{Receipt, split_lines};
    use super::super::testing::{RECIPE as TEXT, entry, make_shard as make, plan_of};
    use super::*;
    use crate::formats::tar::Reader;
    use std::collections::BTreeMap;

    fn plan() -> Plan {
        plan_of(TEXT)
    }

    /// Name → bytes of everything that is not of this machine only.
    fn bytes_of(path: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in ["", SHARDS] {
            for name in file_names(&path.join(folder)).unwrap() {
                let file = path.join(folder).join(&name);
                if is_plain_file(&file) && !name.starts_with(LOCAL) {
                    files.insert(name, fs::read(file).unwrap());
                }
            }
        }
        files
    }

    #[test]
    fn a_shard_holds_its_files_in_order_and_its_receipts_last() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        let dir = OutputDir::open(folder.path(), &plan, Some(TEXT)).unwrap();
        make(&dir, &plan, 1);
        assert_eq!(dir.made_shards(), BTreeSet::from([1]));
        let shards = folder.path().join(SHARDS);
        let archive = fs::read(shards.join("toys-000001.tar")).unwrap();
        let mut reader = Reader::new(&archive[..]);
        let members: Vec<_> = std::iter::from_fn(|| reader.next(|_| Some(1 << 20)).unwrap()).collect();
        let names: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
        // Variation 2 is made, 3 fails.
        let expected = [
            "toys-00000002-000.depth.exr",
            "toys-00000002-000.instance.png",
            "toys-00000002-000.json",
            "toys-00000002-000.rgb.png",
            "toys-00000002-001.depth.exr",
            "toys-00000002-001.instance.png",
            "toys-00000002-001.json",
            "toys-00000002-001.rgb.png",
            "__failures__",
            "__receipts__",
        ];
        assert_eq!(names, expected);
        assert_eq!(members[9].bytes, fs::read(shards.join("toys-000001.jsonl")).unwrap());
        let receipts: Vec<Receipt> =
            split_lines(&members[9].bytes).unwrap().into_iter().map(|line| Receipt::from_leaf(line).unwrap()).collect();
        assert_eq!(receipts.iter().map(|r| (r.variation, r.credits)).collect::<Vec<_>>(), [(2, 96), (3, 0)]);
        assert_eq!(receipts[0].outputs.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), expected[..8]);
        assert_eq!(receipts[0].outputs[3].sha256, sha256(&members[3].bytes));
    }

    #[test]
    fn a_stopped_run_leaves_no_half_shard_and_its_remains_are_swept() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        let shards = folder.path().join(SHARDS);
        let dir = OutputDir::open(folder.path(), &plan, None).unwrap();
        let mut writer = dir.begin_shard(0).unwrap();
        writer.push(entry(&plan, 0)).unwrap();
        assert_eq!(file_names(&shards).unwrap().len(), 1, "the temporary file");
        drop(writer);
        assert!(file_names(&shards).unwrap().is_empty());
        drop(dir);
        fs::write(shards.join(".genki.1-00.tmp"), "of a process that was killed").unwrap();
        fs::write(folder.path().join(".genki.1-01.tmp"), "").unwrap();
        let dir = OutputDir::open(folder.path(), &plan, None).unwrap();
        assert!(file_names(&shards).unwrap().is_empty());
        assert!(dir.made_shards().is_empty());
        assert_eq!(bytes_of(folder.path()).keys().collect::<Vec<_>>(), [PLAN]);
    }

    #[test]
    fn any_order_of_shards_and_any_interruption_gives_the_same_bytes() {
        let plan = plan();
        let straight = tempfile::tempdir().unwrap();
        let dir = OutputDir::open(straight.path(), &plan, Some(TEXT)).unwrap();
        (0..3).for_each(|shard| make(&dir, &plan, shard));
        let broken = tempfile::tempdir().unwrap();
        make(&OutputDir::open(broken.path(), &plan, Some(TEXT)).unwrap(), &plan, 2);
        fs::remove_file(broken.path().join(RECIPE)).unwrap();
        fs::remove_file(broken.path().join(SHARDS).join("toys-000002.jsonl")).unwrap();
        let dir = OutputDir::open(broken.path(), &plan, Some(TEXT)).unwrap();
        make(&dir, &plan, 0);
        drop(dir);
        fs::write(broken.path().join(SHARDS).join("toys-000000.jsonl"), "other").unwrap();
        make(&OutputDir::open(broken.path(), &plan, Some(TEXT)).unwrap(), &plan, 1);
        let expected = bytes_of(straight.path());
        assert_eq!(expected.len(), 2 + 3 * 2);
        assert_eq!(bytes_of(broken.path()), expected);
    }

    #[test]
    fn a_shard_that_is_there_is_never_replaced() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        let dir = OutputDir::open(folder.path(), &plan, None).unwrap();
        let mut late = dir.begin_shard(2).unwrap();
        make(&dir, &plan, 2);
        let before = bytes_of(folder.path());
        assert!(matches!(dir.begin_shard(2), Err(DirError::Exists(_))));
        let other = super::super::Entry { attempt: 1, ..entry(&plan, 4) };
        late.push(other).unwrap();
        assert!(matches!(late.commit(), Err(DirError::Exists(_))));
        assert_eq!(bytes_of(folder.path()), before);
    }

    #[test]
    fn another_plan_another_process_and_a_strangers_folder_are_refused_with_advice() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        let dir = OutputDir::open(folder.path(), &plan, None).unwrap();
        let again = OutputDir::open(folder.path(), &plan, None).err().unwrap();
        assert!(matches!(again, DirError::Locked(_)), "{again}");
        drop(dir);
        let other = plan_of(&TEXT.replace("variations: 5", "variations: 6"));
        let error = OutputDir::open(folder.path(), &other, None).err().unwrap();
        assert!(matches!(&error, DirError::AnotherPlan { there, .. } if *there == plan.id()), "{error}");
        assert!(error.hint().contains("--out"));
        let strange = tempfile::tempdir().unwrap();
        fs::write(strange.path().join("README.md"), "mine").unwrap();
        let error = OutputDir::open(strange.path(), &plan, None).err().unwrap();
        assert!(matches!(&error, DirError::NotEmpty { name, .. } if name == "README.md"), "{error}");
        assert_eq!(file_names(strange.path()).unwrap().len(), 1, "nothing is written there");
        let file = strange.path().join("README.md");
        assert!(matches!(OutputDir::open(&file, &plan, None), Err(DirError::Io { path, .. }) if path == file));
    }

    #[test]
    fn of_two_plans_that_open_a_folder_at_once_the_first_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (plan(), plan_of(&TEXT.replace("variations: 5", "variations: 6")));
        let first_opens = || drop(OutputDir::open(folder.path(), &first, None).unwrap());
        let error = OutputDir::open_while(folder.path(), &second, None, first_opens).err().unwrap();
        assert!(matches!(&error, DirError::AnotherPlan { there, .. } if *there == first.id()), "{error}");
        assert_eq!(fs::read(folder.path().join(PLAN)).unwrap(), first.to_bytes());
    }

    #[test]
    fn a_broken_shard_is_named_when_the_directory_is_opened() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        make(&OutputDir::open(folder.path(), &plan, None).unwrap(), &plan, 0);
        let path = folder.path().join(SHARDS).join("toys-000000.tar");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = OutputDir::open(folder.path(), &plan, None).err().unwrap();
        assert!(matches!(&error, DirError::BrokenShard { path: named, .. } if *named == path), "{error}");
    }

    #[test]
    fn the_device_of_a_shard_is_noted_and_is_no_part_of_the_contribution() {
        let (folder, plan) = (tempfile::tempdir().unwrap(), plan());
        let dir = OutputDir::open(folder.path(), &plan, None).unwrap();
        let mut writer = dir.begin_shard(2).unwrap();
        let class = crate::render::DeviceClass::CpuBitexact;
        let device =
            super::super::DeviceFacts { name: "cpu".into(), backend: "cpu".into(), driver: String::new(), class };
        writer.made_by(device.clone());
        writer.push(entry(&plan, 4)).unwrap();
        writer.commit().unwrap();
        assert_eq!(super::super::devices::noted(folder.path()), BTreeMap::from([(2, BTreeSet::from([device]))]));
        assert!(DEVICES.starts_with(LOCAL) && LOCK.starts_with(LOCAL));
    }
}
