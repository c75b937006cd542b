//! Sealing and verifying: what is whole passes, and whatever was changed is named.

use super::layout::{CARD, FAILURES, INDEX, MANIFEST, PLAN, RECEIPTS, RECIPE, SHARDS};
use super::testing::{RECIPE as TEXT, entry, make_shard, plan_of};
use super::*;
use crate::formats::tar;
use crate::hash::sha256;
use std::fs;
use tempfile::TempDir;

fn plan() -> crate::plan::Plan {
    plan_of(TEXT)
}

fn device(name: &str, class: DeviceClass, shards: &[u64]) -> DeviceUse {
    let facts = DeviceFacts { name: name.into(), backend: "cpu".into(), driver: String::new(), class };
    DeviceUse { facts, shards: shards.iter().copied().collect() }
}

fn cpu(shards: &[u64]) -> [DeviceUse; 1] {
    [device("cpu", DeviceClass::CpuBitexact, shards)]
}

pub(super) struct Sealed {
    pub(super) folder: TempDir,
    key: NodeKey,
}

impl Sealed {
    fn of(shards: &[u64]) -> Sealed {
        Sealed::of_recipe(TEXT, shards)
    }

    pub(super) fn of_recipe(text: &str, shards: &[u64]) -> Sealed {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let key = NodeKey::create(&folder.path().join("node.pem")).unwrap();
        let plan = plan_of(text);
        let dir = OutputDir::open(&out, &plan, Some(TEXT)).unwrap();
        shards.iter().for_each(|&shard| make_shard(&dir, &plan, shard));
        drop(dir);
        seal(&out, &key, &cpu(shards)).unwrap();
        Sealed { folder, key }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        verify(&self.path()).findings
    }

    /// Names of all files that belong to the contribution.
    fn files(&self) -> Vec<String> {
        let in_folder = |folder: &str| {
            let names = layout::file_names(&self.path().join(folder)).unwrap().into_iter();
            let full = move |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
            names.filter(|name| name != SHARDS && !layout::is_local(name)).map(full).collect::<Vec<_>>()
        };
        [in_folder(""), in_folder(SHARDS)].concat()
    }

    /// Writes `bytes` into a file, verifies, and puts the file back.
    fn findings_with(&self, name: &str, bytes: &[u8]) -> Vec<Finding> {
        let before = fs::read(self.file(name)).unwrap();
        fs::write(self.file(name), bytes).unwrap();
        let findings = self.findings();
        fs::write(self.file(name), before).unwrap();
        findings
    }

    /// Changes the files of a shard's archive, puts receipts that fit beside and into it, and seals again: what a cheat with
    /// a key of his own can do.
    pub(super) fn rewrite_shard(&self, shard: u64, change: impl Fn(&mut Vec<tar::Member>)) {
        let path = self.file(&format!("{SHARDS}/{}", layout::Shape::of(&plan()).tar_name(shard)));
        let bytes = fs::read(&path).unwrap();
        let mut reader = tar::Reader::new(&bytes[..]);
        let mut members: Vec<tar::Member> = std::iter::from_fn(|| reader.next(|_| Some(1 << 20)).unwrap()).collect();
        change(&mut members);
        let mut writer = tar::Writer::new(Vec::new());
        members.iter().for_each(|m| writer.append(&m.name, &m.bytes).map(drop).unwrap());
        fs::write(path, writer.finish().unwrap()).unwrap();
    }
}

fn names_file(findings: &[Finding], file: &str) -> bool {
    findings.iter().any(|finding| finding.file == file)
}

#[test]
fn a_sealed_directory_is_whole_and_the_report_says_what_was_checked() {
    let sealed = Sealed::of(&[0, 1, 2]);
    let report = verify(&sealed.path());
    assert_eq!(report.findings, []);
    assert!(report.is_whole());
    let count = |what: &str| report.checks.iter().find(|check| check.what == what).map(|check| check.count);
    // Five variations, one of which fails; two views of three layers and a record; two members for each shard's receipts and
    // one for the failure's message.
    assert_eq!(count("shards"), Some(3));
    assert_eq!(count("files in shards"), Some(4 * 2 * 4 + 3 + 1));
    assert_eq!(count("images decoded"), Some(4 * 2 * 3));
    assert_eq!(count("receipts"), Some(5));
    assert_eq!(count("signature"), Some(1));
    assert_eq!((report.totals.variations, report.totals.failed, report.totals.views), (5, 1, 8));
    assert_eq!(report.totals.credits, 4 * 2 * 6 * 4 * 2);
    assert_eq!(report.key_id, Some(sealed.key.key_id()));
    assert_eq!(report.sequence, Some((1, Digest::default())));
    assert_eq!(report.genki, env!("CARGO_PKG_VERSION"));
    let expected = [CARD, MANIFEST, FAILURES, INDEX, PLAN, RECEIPTS, RECIPE];
    let mut files = sealed.files();
    files.retain(|file| !file.starts_with(SHARDS));
    assert_eq!(files.into_iter().collect::<BTreeSet<_>>(), expected.into_iter().map(String::from).collect());
}

#[test]
fn sealing_again_changes_nothing_and_more_shards_make_the_next_manifest() {
    let sealed = Sealed::of(&[0, 2]);
    let read = |name: &str| fs::read(sealed.file(name)).unwrap();
    let before: Vec<Vec<u8>> = sealed.files().iter().map(|name| read(name)).collect();
    let report = seal(&sealed.path(), &sealed.key, &[]).unwrap();
    assert!(report.was_sealed);
    assert_eq!((report.sequence, report.totals.shards, report.totals.shards_planned), (1, 2, 3));
    assert_eq!(sealed.files().iter().map(|name| read(name)).collect::<Vec<_>>(), before);
    let first = verify(&sealed.path()).manifest_digest.unwrap();
    let plan = plan();
    make_shard(&OutputDir::open(&sealed.path(), &plan, None).unwrap(), &plan, 1);
    assert!(names_file(&sealed.findings(), "shards/toys-000001.tar"), "a shard that nobody signed for");
    let report = seal(&sealed.path(), &sealed.key, &[device("gpu", DeviceClass::GpuTolerant, &[1])]).unwrap();
    assert_eq!((report.sequence, report.was_sealed), (2, false));
    assert_eq!(sealed.findings(), []);
    let shape = layout::Shape::of(&plan);
    assert_eq!(verify(&sealed.path()).sequence, Some((2, first)));
    let manifest = manifest::read(&read(MANIFEST), &shape).unwrap();
    // What was known of the first two shards stays known.
    assert_eq!(manifest.claims.devices, [cpu(&[0, 2])[0].clone(), device("gpu", DeviceClass::GpuTolerant, &[1])]);
}

#[test]
fn two_directories_of_the_same_plan_differ_in_nothing_but_the_manifest() {
    let (one, other) = (Sealed::of(&[0, 1, 2]), Sealed::of(&[2, 1, 0]));
    assert_eq!(one.files(), other.files());
    assert!(one.files().len() > 10);
    for name in one.files().iter().filter(|name| *name != MANIFEST) {
        assert_eq!(fs::read(one.file(name)).unwrap(), fs::read(other.file(name)).unwrap(), "{name}");
    }
}

#[test]
fn every_byte_of_every_file_is_covered() {
    let sealed = Sealed::of(&[0, 1, 2]);
    let files = sealed.files();
    assert_eq!(files.len(), 7 + 2 * 3);
    for name in &files {
        let bytes = fs::read(sealed.file(name)).unwrap();
        // Both ends, and spots spread over the file.
        let step = (bytes.len() / 24).max(1);
        let spots = (0..bytes.len()).step_by(step).chain([bytes.len() - 1]);
        for at in spots {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let findings = sealed.findings_with(name, &changed);
            assert!(names_file(&findings, name), "byte {at} of {name}: {findings:?}");
        }
        for cut in [0, bytes.len() / 2, bytes.len() - 1] {
            let findings = sealed.findings_with(name, &bytes[..cut]);
            assert!(names_file(&findings, name), "{name} cut at {cut}: {findings:?}");
        }
        let findings = sealed.findings_with(name, &[&bytes[..], b"\n"].concat());
        assert!(names_file(&findings, name), "{name} with a byte more: {findings:?}");
    }
    assert_eq!(sealed.findings(), [], "all files are back");
}

#[test]
fn missing_and_extra_files_are_named() {
    let sealed = Sealed::of(&[0, 1, 2]);
    for name in sealed.files() {
        let bytes = fs::read(sealed.file(&name)).unwrap();
        fs::remove_file(sealed.file(&name)).unwrap();
        let findings = sealed.findings();
        assert!(names_file(&findings, &name), "{name}: {findings:?}");
        fs::write(sealed.file(&name), bytes).unwrap();
    }
    for name in ["toys-000003.tar", "toys-00001.tar", "evil.tar", "toys-000001.json", "x"] {
        let name = format!("{SHARDS}/{name}");
        fs::write(sealed.file(&name), "").unwrap();
        assert!(names_file(&sealed.findings(), &name), "{name}");
        fs::remove_file(sealed.file(&name)).unwrap();
    }
    for name in ["setup.py", "LICENSE", "index.html"] {
        fs::write(sealed.file(name), "").unwrap();
        assert!(names_file(&sealed.findings(), name), "{name}");
        fs::remove_file(sealed.file(name)).unwrap();
    }
    fs::write(sealed.file(".genki.notes"), "of this machine").unwrap();
    assert_eq!(sealed.findings(), []);
}

#[cfg(unix)]
#[test]
fn a_strangers_names_do_not_reach_the_terminal_as_they_are() {
    let sealed = Sealed::of(&[0]);
    fs::write(sealed.file(&format!("{SHARDS}/\u{1b}[2Jx")), "").unwrap();
    let findings = sealed.findings();
    assert!(names_file(&findings, "shards/\u{fffd}[2Jx"), "{findings:?}");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let sealed = Sealed::of(&[0, 1, 2]);
    for name in sealed.files() {
        let elsewhere = sealed.folder.path().join("elsewhere");
        fs::rename(sealed.file(&name), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, sealed.file(&name)).unwrap();
        let findings = sealed.findings();
        assert!(names_file(&findings, &name), "{name}: {findings:?}");
        fs::remove_file(sealed.file(&name)).unwrap();
        fs::rename(&elsewhere, sealed.file(&name)).unwrap();
    }
    let elsewhere = sealed.folder.path().join("shards");
    fs::rename(sealed.file(SHARDS), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, sealed.file(SHARDS)).unwrap();
    assert!(names_file(&sealed.findings(), SHARDS));
}

/// A cheat of shard 0 who signs what he made up: `change` gets the members of the archive.
fn cheat(change: impl Fn(&mut Vec<tar::Member>)) -> Vec<Finding> {
    let sealed = Sealed::of(&[0, 1, 2]);
    sealed.rewrite_shard(0, change);
    sealed.findings()
}

pub(super) fn position(members: &[tar::Member], end: &str) -> usize {
    members.iter().position(|m| m.name.ends_with(end)).unwrap()
}

/// Changes one receipt of the archive; its text is put in the place of the old one.
fn change_receipt(members: &mut [tar::Member], variation: usize, change: impl Fn(&mut receipt::Receipt)) {
    let at = position(members, receipt::RECEIPTS_MEMBER);
    let lines = receipt::split_lines(&members[at].bytes).unwrap();
    let mut receipts: Vec<_> = lines.iter().map(|line| receipt::Receipt::from_leaf(line).unwrap()).collect();
    change(&mut receipts[variation]);
    members[at].bytes = receipt::join_lines(receipts.iter().map(receipt::Receipt::to_leaf));
}

pub(super) fn says(findings: &[Finding], text: &str) -> bool {
    findings.iter().any(|finding| finding.file == "shards/toys-000000.tar" && finding.what.contains(text))
}

#[test]
fn members_that_were_dropped_added_or_exchanged_are_named() {
    let dropped = cheat(|members| drop(members.remove(position(members, "0000-000.rgb.png"))));
    assert!(says(&dropped, "toys-00000000-000.rgb.png: is missing"), "{dropped:?}");
    let added = cheat(|members| {
        let offset = 0;
        members.insert(0, tar::Member { name: "a.exe".into(), offset, bytes: b"MZ".to_vec() });
    });
    assert!(says(&added, "a.exe is not foretold"), "{added:?}");
    let exchanged = cheat(|members| {
        let (a, b) = (position(members, "0000-000.rgb.png"), position(members, "0000-001.rgb.png"));
        let bytes = members[a].bytes.clone();
        members[a].bytes = std::mem::replace(&mut members[b].bytes, bytes);
    });
    assert!(says(&exchanged, "toys-00000000-000.rgb.png: its sha256"), "{exchanged:?}");
    assert!(says(&exchanged, "toys-00000000-000.rgb.png: its pixels"), "{exchanged:?}");
}

#[test]
fn a_member_that_the_plan_does_not_foretell_is_refused_before_it_is_read() {
    let plan = plan();
    let wanted = wanted::Wanted::new(&plan);
    for strange in [
        "a.exe",
        "toys-00000000-000.txt",
        "toys-00000000-000.normal.exr",
        "toys-00000000-002.rgb.png",
        "toys-00000002-000.rgb.png",
        "toys-0000000-000.rgb.png",
    ] {
        assert_eq!(wanted.most_bytes(0, strange), None, "{strange}");
    }
    for ours in ["toys-00000000-000.rgb.png", "toys-00000001-001.json", receipt::RECEIPTS_MEMBER] {
        assert!(wanted.most_bytes(0, ours).is_some(), "{ours}");
    }
    // Its content is not even there.
    let strange = cheat(|members| {
        let offset = 0;
        members.insert(0, tar::Member { name: "a.json".into(), offset, bytes: vec![b'['; 4 << 20] });
    });
    assert!(says(&strange, "a.json is not foretold"), "{strange:?}");
}

#[test]
fn files_of_a_variation_that_failed_or_without_receipts_are_named() {
    let failed = cheat(|members| {
        let at = position(members, receipt::RECEIPTS_MEMBER);
        let failure = receipt::Failure::new(0, Reason::Internal, "no").to_line();
        let name = receipt::FAILURES_MEMBER.to_string();
        members.insert(at, tar::Member { name, offset: 0, bytes: receipt::join_lines([failure]) });
        change_receipt(members, 0, |receipt| {
            (receipt.failed, receipt.credits) = (Some(Reason::Internal), 0);
            receipt.outputs.clear();
        });
    });
    let of_failed = failed.iter().filter(|finding| finding.what.contains("is of a variation that failed")).count();
    assert_eq!(of_failed, 2 * 4, "{failed:?}");
    let unlisted = cheat(|members| change_receipt(members, 0, |receipt| drop(receipt.outputs.pop())));
    assert!(says(&unlisted, "toys-00000000-000.json: has no receipt"), "{unlisted:?}");
    assert!(says(&unlisted, "receipt of variation 0: its outputs are not those"), "{unlisted:?}");
}

#[test]
fn receipts_that_claim_too_much_are_named() {
    let more = cheat(|members| change_receipt(members, 0, |receipt| receipt.credits *= 2));
    assert!(says(&more, "receipt of variation 0: claims 192 credits, and the plan gives 96"), "{more:?}");
    let other = cheat(|members| change_receipt(members, 1, |receipt| receipt.drawn = sha256(b"nicer")));
    assert!(says(&other, "receipt of variation 1: `drawn`"), "{other:?}");
    let redrawn = cheat(|members| change_receipt(members, 1, |receipt| receipt.attempt = 3));
    assert!(says(&redrawn, "claims attempt 3"), "{redrawn:?}");
    let elsewhere = cheat(|members| change_receipt(members, 1, |receipt| receipt.shard = "toys-000001".into()));
    assert!(says(&elsewhere, "names shard"), "{elsewhere:?}");
    let twice = cheat(|members| change_receipt(members, 1, |receipt| receipt.variation = 0));
    assert!(says(&twice, "no receipt of variation 1 in its place"), "{twice:?}");
    let failed = cheat(|members| {
        change_receipt(members, 1, |receipt| {
            (receipt.failed, receipt.credits) = (Some(Reason::Internal), 0);
            receipt.outputs.clear();
        });
    });
    assert!(says(&failed, "does not list the variations that failed"), "{failed:?}");
}

/// Changes a member and its receipt with it.
pub(super) fn replace(members: &mut [tar::Member], end: &str, bytes: Vec<u8>, pixels: Option<Digest>) {
    let at = position(members, end);
    let name = members[at].name.clone();
    members[at].bytes = bytes;
    let (sha256, size) = (sha256(&members[at].bytes), members[at].bytes.len() as u64);
    change_receipt(members, 0, |receipt| {
        let output = receipt.outputs.iter_mut().find(|o| o.name == name).unwrap();
        (output.sha256, output.size) = (sha256, size);
        if pixels.is_some() {
            output.pixels = pixels;
        }
    });
}

#[test]
fn images_of_another_size_or_kind_and_bombs_are_named() {
    use crate::formats::raster::{Raster, Samples};
    let image = |width: u32, height: u32, channels: u32| Raster {
        width,
        height,
        channels,
        samples: Samples::U8(vec![9; (width * height * channels) as usize]),
    };
    let with = |raster: Raster| {
        let bytes = crate::formats::png::encode(&raster);
        cheat(move |members| replace(members, "0000-000.rgb.png", bytes.clone(), Some(raster.pixels_digest())))
    };
    let grey = with(image(6, 4, 1));
    assert!(says(&grey, "has 6 × 4 pixels of 1 × uint8, and the plan says 6 × 4 pixels of 4 × uint8"), "{grey:?}");
    let large = with(image(7, 4, 4));
    assert!(says(&large, "over the budget"), "{large:?}");
    // 64 MiB of zeros that pack into 64 KiB.
    let bomb = with(image(4096, 4096, 4));
    assert!(names_file(&bomb, "shards/toys-000000.tar"), "{bomb:?}");
    let noise = cheat(|members| replace(members, "0000-000.depth.exr", vec![7; 1000], None));
    assert!(says(&noise, "0000-000.depth.exr"), "{noise:?}");
    let huge = cheat(|members| {
        let at = position(members, "0000-000.json");
        members[at].bytes = vec![b' '; 100 << 10];
    });
    // Two views of one object and three layers cannot fill as much.
    assert!(says(&huge, "0000-000.json has 102400 bytes and may have"), "{huge:?}");
}

#[test]
fn a_manifest_of_another_plan_or_of_no_key_is_named() {
    let sealed = Sealed::of(&[0, 1, 2]);
    let other = plan_of(&TEXT.replace("about: Toys", "about: Other toys"));
    let findings = sealed.findings_with(PLAN, &other.to_bytes());
    assert!(names_file(&findings, PLAN), "{findings:?}");
    let line = String::from_utf8(fs::read(sealed.file(MANIFEST)).unwrap()).unwrap();
    let twice = format!("{line}{line}");
    assert!(names_file(&sealed.findings_with(MANIFEST, twice.as_bytes()), MANIFEST));
    // Signed well, by another key than the one it names.
    let envelope = crate::formats::dsse::Envelope::from_line(line.as_bytes()).unwrap();
    let stranger = NodeKey::create(&sealed.folder.path().join("other.pem")).unwrap();
    let mut forged = envelope.clone();
    forged.signatures[0].bytes = stranger.sign(&envelope.signed_bytes());
    let findings = sealed.findings_with(MANIFEST, &forged.to_line());
    assert!(findings.iter().any(|f| f.file == MANIFEST && f.what.contains("signature does not fit")), "{findings:?}");
    let mut unsigned = envelope;
    unsigned.signatures.clear();
    assert!(names_file(&sealed.findings_with(MANIFEST, &unsigned.to_line()), MANIFEST));
}

impl Sealed {
    /// Puts a manifest in the place of the one that is there, that says something else and is signed as well.
    fn state(&self, from: &str, to: &str) {
        let line = fs::read(self.file(MANIFEST)).unwrap();
        let mut envelope = crate::formats::dsse::Envelope::from_line(&line).unwrap();
        let text = String::from_utf8(envelope.payload).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        envelope.payload = text.replacen(from, to, 1).into_bytes();
        envelope.signatures[0].bytes = self.key.sign(&envelope.signed_bytes());
        fs::write(self.file(MANIFEST), envelope.to_line()).unwrap();
    }
}

#[test]
fn only_the_first_manifest_has_none_before_it() {
    let sealed = Sealed::of(&[0]);
    let zeros = format!("\"prev\":\"{}\"", Digest::default());
    for (from, to) in [("\"sequence\":\"1\"", "\"sequence\":\"2\""), (&zeros, &zeros.replacen("00", "ab", 1))] {
        sealed.state(from, to);
        let findings = sealed.findings();
        assert!(findings.iter().any(|f| f.file == MANIFEST && f.what.contains("do not go together")), "{findings:?}");
        sealed.state(to, from);
    }
    assert_eq!(sealed.findings(), []);
}

#[test]
fn what_another_version_derived_is_undecided_and_all_else_is_checked() {
    let sealed = Sealed::of(&[0, 1, 2]);
    sealed.state(&format!("\"genki\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"genki\":\"0.0.9\"");
    assert!(verify(&sealed.path()).is_whole(), "what does not differ is decided");
    for name in [CARD, INDEX] {
        let before = fs::read(sealed.file(name)).unwrap();
        fs::write(sealed.file(name), "as it was spelt then").unwrap();
        let report = verify(&sealed.path());
        assert_eq!((report.findings.len(), report.is_whole()), (0, false), "{:?}", report.findings);
        assert!(names_file(&report.undecided, name), "{:?}", report.undecided);
        assert!(report.notes.iter().any(|note| note.contains("sealed by genki 0.0.9")), "{:?}", report.notes);
        fs::remove_file(sealed.file(name)).unwrap();
        assert!(names_file(&sealed.findings(), name), "a missing file is no matter of spelling");
        fs::write(sealed.file(name), before).unwrap();
    }
    for name in [RECEIPTS, FAILURES] {
        assert!(names_file(&sealed.findings_with(name, b"{}\n"), name), "{name}");
    }
}

#[test]
fn a_contribution_of_another_engine_is_checked_like_others() {
    let text = String::from_utf8(plan().to_bytes()).unwrap();
    let text = text.replacen(&format!("\"engine\":{}", crate::plan::ENGINE), "\"engine\":77", 1);
    let plan = crate::plan::Plan::of_any_engine(PLAN, text.as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (out, key) = (folder.path().join("out"), NodeKey::create(&folder.path().join("node.pem")).unwrap());
    let dir = OutputDir::open(&out, &plan, None).unwrap();
    (0..3).for_each(|shard| make_shard(&dir, &plan, shard));
    assert!(matches!(dir.seal(&key, &[]), Err(SealError::Plan { .. })), "sealed by the genki that made it only");
    super::seal::seal_plan(&out, &plan, &key, &cpu(&[0, 1, 2])).unwrap();
    let report = verify(&out);
    assert_eq!(report.findings, []);
    assert!(report.is_whole() && report.checks.iter().any(|check| check.what == "images decoded" && check.count == 24));
    assert!(report.notes.iter().any(|note| note.contains("engine 77")), "{:?}", report.notes);
}

#[test]
fn what_cannot_be_sealed_is_refused_with_its_place() {
    let sealed = Sealed::of(&[0]);
    let empty = tempfile::tempdir().unwrap();
    drop(OutputDir::open(empty.path(), &plan(), None).unwrap());
    assert!(matches!(seal(empty.path(), &sealed.key, &[]), Err(SealError::Empty(_))));
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(seal(nothing.path(), &sealed.key, &[]), Err(SealError::Dir(DirError::Io { .. }))));
    sealed.rewrite_shard(0, |members| change_receipt(members, 0, |receipt| receipt.credits = 1));
    let error = seal(&sealed.path(), &sealed.key, &[]).unwrap_err();
    assert!(matches!(&error, SealError::Shard { path, .. } if path.ends_with("toys-000000.tar")), "{error}");
    assert!(!error.hint().is_empty());
}

#[test]
fn a_directory_that_is_being_written_to_is_sealed_by_its_writer_only() {
    let sealed = Sealed::of(&[0]);
    let before = fs::read(sealed.file(MANIFEST)).unwrap();
    let plan = plan();
    let dir = OutputDir::open(&sealed.path(), &plan, None).unwrap();
    make_shard(&dir, &plan, 1);
    let error = seal(&sealed.path(), &sealed.key, &[]).unwrap_err();
    assert!(matches!(error, SealError::Dir(DirError::Locked(_))), "{error}");
    assert!(error.hint().contains("wait"));
    assert_eq!(fs::read(sealed.file(MANIFEST)).unwrap(), before);
    assert_eq!(dir.seal(&sealed.key, &cpu(&[1])).unwrap().totals.shards, 2);
    drop(dir);
    assert!(seal(&sealed.path(), &sealed.key, &[]).unwrap().was_sealed);
}

#[test]
fn a_plan_of_one_sample_a_variation_seals_and_verifies() {
    let plan = plan_of(&TEXT.replace("package: {shard: 2}", "package: {shard: 4, group: variation}"));
    let folder = tempfile::tempdir().unwrap();
    let (out, key) = (folder.path().join("out"), NodeKey::create(&folder.path().join("node.pem")).unwrap());
    let dir = OutputDir::open(&out, &plan, None).unwrap();
    make_shard(&dir, &plan, 0);
    drop(dir);
    seal(&out, &key, &[]).unwrap();
    let report = verify(&out);
    assert_eq!(report.findings, []);
    assert_eq!((report.totals.shards, report.totals.shards_planned, report.totals.variations), (1, 2, 4));
}

#[test]
fn nothing_there_is_a_finding_and_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    assert!(names_file(&verify(folder.path()).findings, PLAN));
    assert!(names_file(&verify(&folder.path().join("nowhere")).findings, PLAN));
    fs::write(folder.path().join(PLAN), plan().to_bytes()).unwrap();
    let findings = verify(folder.path()).findings;
    assert!(names_file(&findings, SHARDS) && names_file(&findings, MANIFEST), "{findings:?}");
    assert_eq!(entry(&plan(), 0).variation, 0);
}
