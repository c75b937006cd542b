//! Verifies a directory: believes bytes and the signature, recomputes everything else, and says which file differs in what.
//! Never stops at the first thing it finds. Writes nothing.

use super::card::card;
use super::compare::{Comparing, digest_of, read_within};
use super::derive::{Derivation, Sinks, walk};
use super::inspect::{Depth, Tally, Totals};
use super::layout::{
    CARD, FAILURES, INDEX, MANIFEST, PLAN, RECEIPTS, RECIPE, SHARDS, Temporary, file_names, is_local, is_plain_file,
};
use super::manifest::{self, Manifest};
use super::receipt::join_lines;
use super::wanted::Wanted;
use crate::hash::{Digest, sha256};
use crate::plan::{ENGINE, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What was checked and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    pub checks: Vec<Check>,
    /// By file.
    pub findings: Vec<Finding>,
    /// Differences that only the version of genki that sealed could judge.
    pub undecided: Vec<Finding>,
    /// What the bytes cannot say, for people to know.
    pub notes: Vec<String>,
    pub plan_id: Option<Digest>,
    pub key_id: Option<Digest>,
    /// Of the manifest's payload.
    pub manifest_digest: Option<Digest>,
    /// Which of the key's manifests it says it is, and the payload before it (zeros: none).
    pub sequence: Option<(u64, Digest)>,
    /// The version that sealed; empty without a manifest.
    pub genki: String,
    pub totals: Totals,
}

impl VerifyReport {
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty() && self.undecided.is_empty()
    }
}

/// A kind of check and how many things went through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub what: &'static str,
    pub count: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Relative to the directory.
    pub file: String,
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.what)
    }
}

/// Findings of one file that are listed; the rest is counted.
const MAX_FINDINGS: usize = 10;
/// All that stands in a contribution, apart from what is of this machine only.
const TOP_LEVEL: [&str; 8] = [PLAN, RECIPE, SHARDS, RECEIPTS, FAILURES, INDEX, CARD, MANIFEST];
/// Derived files that no signature covers: how they are spelt may change from one version to the next.
const UNSIGNED: [&str; 2] = [CARD, INDEX];
/// Plans name each asset, and nothing else grows.
const MAX_PLAN: u64 = 256 << 20;
/// One subject of a manifest.
const SUBJECT_BYTES: u64 = 512;

/// Verifies the contribution in `dir`.
pub fn verify(dir: &Path) -> VerifyReport {
    let mut verifier =
        Verifier { dir, report: VerifyReport::default(), findings: BTreeMap::new(), differing: Vec::new() };
    // A plan of a stranger that makes us panic is a finding like others.
    if catch_unwind(AssertUnwindSafe(|| verifier.all())).is_err() {
        verifier.found(PLAN, "checking against this plan panicked: a bug in genki");
    }
    verifier.finish()
}

struct Verifier<'d> {
    dir: &'d Path,
    report: VerifyReport,
    findings: BTreeMap<String, Vec<String>>,
    /// Of [`UNSIGNED`], until it is known which version sealed.
    differing: Vec<Finding>,
}

/// What the shards say, if all of them can be read.
struct Derived {
    root: Digest,
    tally: Tally,
    shards: Vec<(String, Digest)>,
    is_whole: bool,
}

impl Verifier<'_> {
    fn all(&mut self) {
        let Some(bytes) = self.read(PLAN, MAX_PLAN) else { return };
        self.report.plan_id = Some(sha256(&bytes));
        self.strangers();
        let plan = match Plan::of_any_engine(PLAN, &bytes) {
            Ok(plan) => plan,
            Err(problems) => {
                let errors = problems.0.into_iter().filter(|p| p.severity == crate::diag::Severity::Error);
                errors.for_each(|problem| self.found(PLAN, problem.message));
                self.report.notes.push("without its plan, nothing else can be checked".into());
                return;
            }
        };
        drop(bytes);
        self.checked("plan", 1);
        if !self.dir.join(MANIFEST).exists() {
            self.report.notes.push("not sealed yet: `genki seal` does what `genki render` does at its end".into());
        }
        if plan.engine() != ENGINE {
            let note = format!(
                "the plan is of engine {}, and this genki has engine {ENGINE}: K and poses were not recomputed from the plan",
                plan.engine()
            );
            self.report.notes.push(note);
        }
        let wanted = Wanted::new(&plan);
        let made = self.shards_folder(&wanted);
        let derived = self.shards(&wanted, &made);
        if derived.is_whole {
            self.card(&plan, &derived, made.len() as u64);
        } else {
            let note = "receipts.jsonl, failures.jsonl, index.parquet, README.md, the root and the counts were not compared: \
                        a shard is broken, and they follow from the shards";
            self.report.notes.push(note.into());
        }
        self.manifest(&wanted, &made, &derived);
        self.report.totals = derived.tally.totals(&plan, made.len() as u64);
    }

    /// Nobody signed for a file that is none of ours, and who gets the directory might take it for a part of it.
    fn strangers(&mut self) {
        for name in file_names(self.dir).unwrap_or_default() {
            if !TOP_LEVEL.contains(&name.as_str()) && !is_local(&name) {
                self.found(&name, "is no part of the contribution");
            }
        }
    }

    /// A derived file differs from what the shards say.
    fn differs(&mut self, name: &str, what: String) {
        if UNSIGNED.contains(&name) && is_plain_file(&self.dir.join(name)) {
            self.differing.push(Finding { file: name.into(), what });
        } else {
            self.found(name, what);
        }
    }

    fn found(&mut self, file: &str, what: impl ToString) {
        self.findings.entry(file.to_string()).or_default().push(what.to_string());
    }

    fn checked(&mut self, what: &'static str, count: u64) {
        self.report.checks.push(Check { what, count });
    }

    fn finish(mut self) -> VerifyReport {
        let ours = env!("CARGO_PKG_VERSION");
        let differing = std::mem::take(&mut self.differing);
        if self.report.genki.is_empty() || self.report.genki == ours {
            differing.into_iter().for_each(|Finding { file, what }| self.found(&file, what));
        } else if !differing.is_empty() {
            let note = format!(
                "sealed by genki {}, and this is {ours}: what {} hold may be spelt otherwise",
                self.report.genki,
                UNSIGNED.join(" and ")
            );
            self.report.notes.push(note);
            self.report.undecided = differing;
        }
        let mut report = self.report;
        for (file, found) in self.findings {
            // Names and texts may be a stranger's: no control character reaches a terminal.
            let file = one_line(&file);
            let more = found.len().saturating_sub(MAX_FINDINGS);
            let listed = found.into_iter().take(MAX_FINDINGS);
            report.findings.extend(listed.map(|what| Finding { file: file.clone(), what: one_line(&what) }));
            if more > 0 {
                report.findings.push(Finding { file, what: format!("and {more} more") });
            }
        }
        report
    }

    /// A file of at most `most` bytes; `None` if there is none, which is a finding.
    fn read(&mut self, name: &str, most: u64) -> Option<Vec<u8>> {
        match read_within(&self.dir.join(name), most) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.found(name, error);
                None
            }
        }
    }

    /// Which shards are there, and that nothing else is.
    fn shards_folder(&mut self, wanted: &Wanted<'_>) -> BTreeSet<u64> {
        let folder = self.dir.join(SHARDS);
        let is_folder = std::fs::symlink_metadata(&folder).is_ok_and(|facts| facts.is_dir());
        let names = match file_names(&folder) {
            Ok(names) if is_folder => names,
            Ok(_) => return self.none(SHARDS, "is no folder"),
            Err(error) => return self.none(SHARDS, error),
        };
        let shape = &wanted.shape;
        let made: BTreeSet<u64> = names.iter().filter_map(|name| shape.shard_of_tar(name)).collect();
        for name in &names {
            let has_archive = shape.shard_of_receipts(name).is_some_and(|shard| made.contains(&shard));
            if !has_archive && !Temporary::is_name(name) && shape.shard_of_tar(name).is_none() {
                self.found(&format!("{SHARDS}/{name}"), "is not foretold by the plan");
            }
        }
        if made.is_empty() {
            self.found(SHARDS, "holds no shard");
        }
        made
    }

    fn none(&mut self, file: &str, what: impl ToString) -> BTreeSet<u64> {
        self.found(file, what);
        BTreeSet::new()
    }

    /// All that the archives hold, and the files that follow from them.
    fn shards(&mut self, wanted: &Wanted<'_>, made: &BTreeSet<u64>) -> Derived {
        let dir = self.dir;
        let sink = |name: &str| Comparing::open(&dir.join(name));
        let sinks = Sinks { receipts: sink(RECEIPTS), failures: sink(FAILURES), index: sink(INDEX) };
        let mut derivation = Derivation::new(sinks).expect("comparing never fails");
        let mut is_whole = true;
        let mut shards = Vec::new();
        let walked = walk(dir, wanted, made, Depth::Pixels, |mut facts| -> Result<(), std::convert::Infallible> {
            let file = format!("{SHARDS}/{}", wanted.shape.tar_name(facts.shard));
            is_whole &= facts.is_derivable;
            facts.findings.drain(..).for_each(|what| self.found(&file, what));
            if facts.is_derivable {
                self.shard_receipts(wanted, facts.shard, &join_lines(facts.receipts.iter().cloned()));
            }
            shards.push((file, facts.sha256));
            derivation.add(&mut facts).expect("comparing never fails");
            Ok(())
        });
        let Ok(()) = walked;
        let (tree, tally, sinks) = derivation.finish().expect("comparing never fails");
        self.checked("shards", made.len() as u64);
        self.checked("files in shards", tally.members);
        self.checked("images decoded", tally.images);
        self.checked("receipts", tally.variations);
        if is_whole {
            for (name, sink) in [(RECEIPTS, sinks.receipts), (FAILURES, sinks.failures), (INDEX, sinks.index)] {
                if let Some(what) = sink.difference() {
                    self.differs(name, what);
                }
            }
        }
        Derived { root: tree.root(), tally, shards, is_whole }
    }

    /// The copy of a shard's receipts beside its archive.
    fn shard_receipts(&mut self, wanted: &Wanted<'_>, shard: u64, receipts: &[u8]) {
        let name = format!("{SHARDS}/{}", wanted.shape.receipts_name(shard));
        let mut comparing = Comparing::open(&self.dir.join(&name));
        comparing.write_all(receipts).expect("comparing never fails");
        if let Some(what) = comparing.difference() {
            self.found(&name, what);
        }
    }

    fn card(&mut self, plan: &Plan, derived: &Derived, shards: u64) {
        let mut comparing = Comparing::open(&self.dir.join(CARD));
        comparing.write_all(card(plan, &derived.tally, shards).as_bytes()).expect("comparing never fails");
        if let Some(what) = comparing.difference() {
            self.differs(CARD, what);
        }
        self.checked("derived files", 4 + shards);
    }

    /// The signature, and every claim under it.
    fn manifest(&mut self, wanted: &Wanted<'_>, made: &BTreeSet<u64>, derived: &Derived) {
        let most = (1 << 20) + SUBJECT_BYTES * made.len() as u64;
        let Some(bytes) = self.read(MANIFEST, most) else { return };
        let manifest = match manifest::read(&bytes, &wanted.shape) {
            Ok(manifest) => manifest,
            Err(wrong) => {
                wrong.into_iter().for_each(|what| self.found(MANIFEST, what));
                return;
            }
        };
        self.checked("signature", 1);
        self.report.key_id = Some(manifest.key_id);
        self.report.manifest_digest = Some(manifest.digest);
        self.report.sequence = Some((manifest.sequence, manifest.previous));
        self.report.genki = one_line(&manifest.genki);
        let plan = wanted.plan;
        if manifest.claims.plan_id != plan.id() {
            self.found(PLAN, format!("is {}, and the signed plan is {}", plan.id(), manifest.claims.plan_id));
        }
        self.subjects(&manifest, derived);
        self.devices(&manifest, made);
        let claims = &manifest.claims;
        let tally = &derived.tally;
        let claimed = [
            ("receipts", claims.receipts.to_string(), tally.variations.to_string()),
            ("credits", claims.credits.to_string(), tally.credits.to_string()),
            ("root", claims.root.to_string(), derived.root.to_string()),
        ];
        if derived.is_whole {
            for (what, claimed, found) in claimed {
                if claimed != found {
                    self.found(MANIFEST, format!("claims {what} {claimed}, and the shards say {found}"));
                }
            }
            self.checked("Merkle root", 1);
        }
        self.report.notes.push(
            "that this node rendered it first, and did not copy it, needs an assignment or a commit log; who the key belongs to \
             is for you to know"
                .into(),
        );
    }

    /// Every file that the node signed for, and no other shard.
    fn subjects(&mut self, manifest: &Manifest, derived: &Derived) {
        let mut here: BTreeMap<String, Option<Digest>> =
            derived.shards.iter().map(|(name, digest)| (name.clone(), Some(*digest))).collect();
        here.insert(RECEIPTS.into(), digest_of(&self.dir.join(RECEIPTS)).ok());
        if std::fs::symlink_metadata(self.dir.join(RECIPE)).is_ok() {
            here.insert(RECIPE.into(), digest_of(&self.dir.join(RECIPE)).ok());
        }
        let mut signed = BTreeSet::new();
        for (name, digest) in &manifest.claims.subjects {
            if !signed.insert(name.as_str()) {
                self.found(MANIFEST, format!("names {name:?} twice"));
                continue;
            }
            match here.get(name) {
                None => self.found(name, "is signed for, and is not here"),
                Some(None) => self.found(name, "cannot be read"),
                Some(Some(found)) if found != digest => {
                    self.found(name, format!("its sha256 is {found}, and the signed one is {digest}"));
                }
                Some(Some(_)) => {}
            }
        }
        for name in here.keys().filter(|name| !signed.contains(name.as_str())) {
            self.found(name, "is not among the files that the node signed for");
        }
        self.checked("signed digests", signed.len() as u64);
    }

    /// Every shard has devices, and all of one class.
    fn devices(&mut self, manifest: &Manifest, made: &BTreeSet<u64>) {
        let mut class_of = BTreeMap::new();
        for device in &manifest.claims.devices {
            for &shard in &device.shards {
                let class = device.facts.class;
                if *class_of.entry(shard).or_insert(class) != class {
                    self.found(MANIFEST, format!("names devices of two classes for shard {shard}"));
                }
            }
        }
        for shard in made.iter().filter(|shard| !class_of.contains_key(shard)) {
            self.found(MANIFEST, format!("names no device for shard {shard}"));
        }
    }
}

/// A text from a stranger, fit for a line of output.
fn one_line(text: &str) -> String {
    text.chars().take(1000).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
