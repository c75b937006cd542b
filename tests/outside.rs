//! Our files before programs that nobody here wrote. Each of them accepts what we make, and refuses it changed.
//!
//! `GENKI_PYTHON` names the interpreter (default `python3`) with the packages of tests/outside/requirements.txt. A checker that is
//! not there is skipped with a message; `GENKI_REQUIRE_PEERS=1` makes that a failure.

mod fixture;

use genki::contribution::{DeviceFacts, DeviceUse, NodeKey, OutputDir, seal, verify};
use genki::formats::dsse::Envelope;
use genki::plan::Plan;
use genki::render::DeviceClass;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};
use tempfile::TempDir;

/// More layers than the fixture's plan: every kind of image that is written.
const RECIPE_LAYERS: &str = "layers: [rgb, alpha, depth, distance, normal, normal_world, albedo, material, instance, semantic, normal_geometric, \
     position, uv, nocs, emissive, material_id, part, amodal]";
const EXTENSIONS: &str = "albedo.png,alpha.png,amodal.png,depth.exr,distance.exr,emissive.png,instance.png,json,material.png,\
                          material_id.png,nocs.png,normal.exr,normal_geometric.exr,normal_world.exr,part.png,position.exr,\
                          rgb.png,semantic.png,uv.exr";
/// Layers and a record.
const MEMBERS_PER_VIEW: u32 = 19;
/// Exit status of a script whose package is missing.
const MISSING: i32 = 77;

struct Sealed {
    _folder: TempDir,
    dir: PathBuf,
    key: NodeKey,
}

fn plan() -> Plan {
    fixture::plan_of(&fixture::RECIPE.replace("layers: [rgb, depth, instance]", RECIPE_LAYERS))
}

fn sealed() -> Sealed {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path().join("out");
    let key = NodeKey::create(&folder.path().join("node.pem")).expect("a key");
    let plan = plan();
    let out = OutputDir::open(&dir, &plan, Some(fixture::RECIPE)).expect("a directory");
    (0..plan.shard_count()).for_each(|shard| fixture::make_shard(&out, &plan, shard));
    drop(out);
    let facts = DeviceFacts {
        name: "cpu".into(),
        backend: "cpu".into(),
        driver: String::new(),
        class: DeviceClass::CpuBitexact,
    };
    seal(&dir, &key, &[DeviceUse { facts, shards: out_of(&plan) }]).expect("a seal");
    assert!(verify(&dir).is_whole());
    Sealed { _folder: folder, dir, key }
}

fn out_of(plan: &Plan) -> std::collections::BTreeSet<u64> {
    (0..plan.shard_count()).collect()
}

/// Whether peers must be there.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skipped(why: &str) {
    assert!(env::var_os("GENKI_REQUIRE_PEERS").is_none_or(|v| v != "1"), "a checker is missing: {why}");
    eprintln!("skipped: {why}");
}

/// Runs a script of tests/outside. `None`: its package is not here.
fn ask(script: &str, args: &[&str]) -> Option<Result<(), String>> {
    let python = env::var_os("GENKI_PYTHON").unwrap_or_else(|| "python3".into());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside").join(script);
    assert!(path.is_file(), "{} is there", path.display());
    let output = match Command::new(python).arg("-B").arg(path).args(args).output() {
        Ok(output) => output,
        Err(error) => {
            skipped(&format!("python: {error}"));
            return None;
        }
    };
    let said = said(&output);
    match output.status.code() {
        Some(0) => Some(Ok(())),
        Some(MISSING) => {
            skipped(&format!("{script}: {said}"));
            None
        }
        _ => Some(Err(said)),
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).trim().to_string()
}

/// The checker accepts the first arguments and refuses the second.
fn accepts_and_refuses(script: &str, accepted: &[&str], refused: &[&str]) {
    let Some(answer) = ask(script, accepted) else { return };
    assert_eq!(answer, Ok(()), "{script}");
    let answer = ask(script, refused).expect("it was there a moment ago");
    assert!(answer.is_err(), "{script} takes anything");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path in UTF-8")
}

/// A copy of a file with a change, beside it.
fn changed(path: &Path, change: impl Fn(Vec<u8>) -> Vec<u8>) -> PathBuf {
    let copy = path.with_extension("changed");
    fs::write(&copy, change(fs::read(path).expect("a file"))).expect("a copy");
    copy
}

#[test]
fn webdataset_reads_views_as_samples_and_skips_receipts() {
    let sealed = sealed();
    let shard = sealed.dir.join("shards/toys-000001.tar");
    // Variation 3 failed: its shard has the two views of variation 2, receipts, and a member for the message.
    let keys = ["toys-00000002-000", "toys-00000002-001"];
    let cut = changed(&shard, |bytes| bytes[..bytes.len() / 2].to_vec());
    let all = |shard| [&[shard, EXTENSIONS][..], &keys].concat();
    accepts_and_refuses("webdataset_reads.py", &all(text(&shard)), &all(text(&cut)));
}

#[test]
fn the_readmes_loader_reads_layers_as_what_they_are() {
    let sealed = sealed();
    let shard = sealed.dir.join("shards/toys-000000.tar");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let other = sealed.dir.join("changed.md");
    let text = fs::read_to_string(&readme).expect("a README");
    fs::write(&other, text.replace(".decode(array)", ".decode(\"pil\")")).expect("a copy");
    // Two variations of two views.
    let [shard, readme, other] = [&shard, &readme, &other].map(|path| crate::text(path));
    accepts_and_refuses("readme_loads.py", &[readme, shard, "4"], &[other, shard, "4"]);
}

#[test]
fn securesystemslib_verifies_the_envelope() {
    let sealed = sealed();
    let manifest = sealed.dir.join("contribution.intoto.jsonl");
    let other = changed(&manifest, |line| {
        let mut envelope = Envelope::from_line(&line).expect("an envelope");
        envelope.payload[0] ^= 1;
        envelope.to_line()
    });
    let (key_id, public) = (sealed.key.key_id().to_string(), sealed.key.public_hex());
    let script = "securesystemslib_verifies.py";
    accepts_and_refuses(script, &[text(&manifest), &key_id, &public], &[text(&other), &key_id, &public]);
}

#[test]
fn in_toto_finds_the_statement_valid() {
    let sealed = sealed();
    let manifest = sealed.dir.join("contribution.intoto.jsonl");
    let other = changed(&manifest, |line| {
        let mut envelope = Envelope::from_line(&line).expect("an envelope");
        let payload = String::from_utf8(envelope.payload).expect("JSON");
        envelope.payload = payload.replace("in-toto.io/Statement/v1", "in-toto.io/Statement/v2").into_bytes();
        envelope.to_line()
    });
    accepts_and_refuses("in_toto_validates.py", &[text(&manifest)], &[text(&other)]);
}

#[test]
fn pymerkle_computes_the_same_root() {
    let sealed = sealed();
    let envelope = fs::read(sealed.dir.join("contribution.intoto.jsonl")).expect("a manifest");
    let payload = Envelope::from_line(&envelope).expect("an envelope").payload;
    let statement: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
    let root = statement["predicate"]["receipts"]["root"].as_str().expect("a root");
    let receipts = sealed.dir.join("receipts.jsonl");
    let swapped = changed(&receipts, |bytes| {
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
        lines.swap(0, 1);
        lines.concat()
    });
    accepts_and_refuses("pymerkle_agrees.py", &[text(&receipts), root], &[text(&swapped), root]);
}

#[test]
fn pyarrow_reads_the_index_and_its_offsets_lead_to_the_views() {
    let sealed = sealed();
    let members = MEMBERS_PER_VIEW.to_string();
    let other = tempfile::tempdir().expect("a temporary folder");
    let index = fs::read(sealed.dir.join("index.parquet")).expect("an index");
    fs::write(other.path().join("index.parquet"), &index[..index.len() - 9]).expect("a copy");
    accepts_and_refuses("pyarrow_reads.py", &[text(&sealed.dir), "8", &members], &[text(other.path()), "8", &members]);
}

#[test]
fn pillow_and_openexr_see_the_pixels_that_receipts_name() {
    let sealed = sealed();
    let shard = sealed.dir.join("shards/toys-000000.tar");
    // Two variations of two views.
    let images = ((MEMBERS_PER_VIEW - 1) * 4).to_string();
    let other = changed(&shard, |mut bytes| {
        let pattern = b"\"pixels\":\"";
        let found = bytes.windows(pattern.len()).rposition(|w| w == pattern);
        let at = found.expect("receipts name pixels") + pattern.len();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        bytes
    });
    accepts_and_refuses("images_agree.py", &[text(&shard), &images], &[text(&other), &images]);
}

#[test]
fn openssl_reads_the_key_and_accepts_the_signature() {
    let sealed = sealed();
    let openssl = |args: &[&str]| Command::new("openssl").args(args).output();
    let key = text(sealed.key.path());
    let public = match openssl(&["pkey", "-in", key, "-pubout"]) {
        Ok(output) => output,
        Err(error) => return skipped(&format!("openssl: {error}")),
    };
    assert!(public.status.success(), "{}", said(&public));
    assert_eq!(String::from_utf8_lossy(&public.stdout), sealed.key.public_pem());
    let line = fs::read(sealed.dir.join("contribution.intoto.jsonl")).expect("a manifest");
    let envelope = Envelope::from_line(&line).expect("an envelope");
    let file = |name: &str, bytes: &[u8]| {
        let path = sealed.dir.join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let public = file("public.pem", sealed.key.public_pem().as_bytes());
    let signature = file("signature", &envelope.signatures[0].bytes);
    let verifies = |bytes: &[u8]| {
        let body = file("body", bytes);
        let (public, body, signature) = (text(&public), text(&body), text(&signature));
        let args = ["pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", body, "-sigfile", signature];
        openssl(&args).expect("it was there a moment ago").status.success()
    };
    let mut body = envelope.signed_bytes();
    assert!(verifies(&body));
    body[0] ^= 1;
    assert!(!verifies(&body));
}
