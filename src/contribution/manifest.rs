//! The signed manifest: one in-toto statement in one DSSE envelope. The only file that knows a time and a device.

use super::devices::{class_from_name, class_name, parse_ranges, spell_ranges};
use super::keys::PublicKey;
use super::layout::{SHARDS, Shape};
use super::{DeviceFacts, DeviceUse, NodeKey};
use crate::formats::dsse::{Envelope, Signature};
use crate::formats::json::{canonical, parse_canonical};
use crate::formats::merkle;
use crate::hash::{Digest, sha256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "urn:genki:contribution:v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What a node states about its contribution, apart from who and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// File name and digest: every shard, the receipts, the recipe's text if there is one.
    pub subjects: Vec<(String, Digest)>,
    pub plan_id: Digest,
    pub receipts: u64,
    pub root: Digest,
    pub credits: u128,
    pub devices: Vec<DeviceUse>,
}

/// A manifest that was read: its signature holds, its form is right, its claims are still to be compared.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub claims: Claims,
    pub key_id: Digest,
    pub sequence: u64,
    /// Digest of the payload before it; zeros: the node's first.
    pub previous: Digest,
    /// Of this one's payload.
    pub digest: Digest,
    pub genki: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementDoc {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<SubjectDoc>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: PredicateDoc,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDoc {
    name: String,
    digest: DigestDoc,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DigestDoc {
    sha256: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PredicateDoc {
    plan_id: Digest,
    node: NodeDoc,
    /// CAIP-10 accounts; none are configured yet.
    payouts: Vec<String>,
    sequence: String,
    prev: Digest,
    window: WindowDoc,
    receipts: ReceiptsDoc,
    devices: Vec<DeviceDoc>,
    genki: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeDoc {
    keyid: Digest,
    #[serde(rename = "publicKey")]
    public_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowDoc {
    start: String,
    end: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptsDoc {
    count: String,
    tree: String,
    root: Digest,
    credits: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDoc {
    name: String,
    backend: String,
    driver: String,
    class: String,
    shards: String,
}

/// When the work was done: from the first shard's file to sealing, in whole seconds, UTC.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Window {
    /// From `start`, as the file system has it, to now.
    pub fn until_now(start: Timestamp) -> Window {
        let end = Timestamp::now();
        let seconds = |t: Timestamp| Timestamp::from_second(t.as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        Window { start: seconds(start.min(end)), end: seconds(end) }
    }
}

/// The payload that states `claims`.
fn payload(claims: &Claims, key: &NodeKey, window: Window, sequence: u64, previous: Digest) -> Vec<u8> {
    let subject =
        |(name, digest): &(String, Digest)| SubjectDoc { name: name.clone(), digest: DigestDoc { sha256: *digest } };
    let device = |device: &DeviceUse| {
        let DeviceFacts { name, backend, driver, class } = device.facts.clone();
        DeviceDoc { name, backend, driver, class: class_name(class).into(), shards: spell_ranges(&device.shards) }
    };
    canonical(&StatementDoc {
        kind: STATEMENT_TYPE.into(),
        subject: claims.subjects.iter().map(subject).collect(),
        predicate_type: PREDICATE_TYPE.into(),
        predicate: PredicateDoc {
            plan_id: claims.plan_id,
            node: NodeDoc { keyid: key.key_id(), public_key: key.public_pem() },
            payouts: Vec::new(),
            sequence: sequence.to_string(),
            prev: previous,
            window: WindowDoc { start: window.start.to_string(), end: window.end.to_string() },
            receipts: ReceiptsDoc {
                count: claims.receipts.to_string(),
                tree: merkle::TREE.into(),
                root: claims.root,
                credits: claims.credits.to_string(),
            },
            devices: claims.devices.iter().map(device).collect(),
            genki: env!("CARGO_PKG_VERSION").into(),
        },
    })
}

/// Signs `claims` as the key's next manifest: the file's one line.
pub fn sign(claims: &Claims, key: &NodeKey, window: Window) -> Result<Vec<u8>, super::KeyError> {
    let payload = key.next_payload(|sequence, previous| payload(claims, key, window, sequence, previous))?;
    let mut envelope = Envelope { payload_type: PAYLOAD_TYPE.into(), payload, signatures: Vec::new() };
    let bytes = key.sign(&envelope.signed_bytes());
    envelope.signatures.push(Signature { key_id: key.key_id().to_string(), bytes });
    Ok(envelope.to_line())
}

/// Reads a manifest and checks its signature. `shape`: of the plan, to know shards by their names.
/// `Err`: everything that is wrong with it.
pub fn read(bytes: &[u8], shape: &Shape) -> Result<Manifest, Vec<String>> {
    let one = |what: &str| vec![what.to_string()];
    let envelope = Envelope::from_line(bytes).map_err(|error| one(&format!("not one DSSE envelope: {error}")))?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(one(&format!("payload of type {:?}", envelope.payload_type)));
    }
    let doc = parse_canonical(&envelope.payload).map_err(|error| error.to_string());
    let doc = doc.and_then(|value| serde_json::from_value::<StatementDoc>(value).map_err(|error| error.to_string()));
    let doc = doc.map_err(|error| one(&format!("its statement: {error}")))?;
    let mut wrong = Vec::new();
    check_form(&doc, &mut wrong);
    check_signature(&envelope, &doc.predicate.node, &mut wrong);
    let number = |text: &str, wrong: &mut Vec<String>| {
        let number: Option<u128> = text.parse().ok().filter(|n: &u128| n.to_string() == text);
        number.unwrap_or_else(|| {
            wrong.push(format!("{text:?} is no decimal number"));
            0
        })
    };
    let predicate = doc.predicate;
    let sequence = number(&predicate.sequence, &mut wrong);
    let receipts = number(&predicate.receipts.count, &mut wrong);
    let credits = number(&predicate.receipts.credits, &mut wrong);
    let shard = |s: &SubjectDoc| shape.shard_of_tar(s.name.strip_prefix(SHARDS)?.strip_prefix('/')?);
    let signed: BTreeSet<u64> = doc.subject.iter().filter_map(shard).collect();
    let devices = predicate.devices.into_iter().filter_map(|device| read_device(device, &signed, &mut wrong)).collect();
    if sequence == 0 || u64::try_from(sequence).is_err() || u64::try_from(receipts).is_err() {
        wrong.push("a number out of its range".into());
    }
    // A first manifest has none before it, and every other one has.
    if (sequence == 1) != (predicate.prev == Digest::default()) {
        wrong.push(format!("sequence {sequence} and prev {} do not go together", predicate.prev));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let claims = Claims {
        subjects: doc.subject.into_iter().map(|subject| (subject.name, subject.digest.sha256)).collect(),
        plan_id: predicate.plan_id,
        receipts: receipts as u64,
        root: predicate.receipts.root,
        credits,
        devices,
    };
    Ok(Manifest {
        claims,
        key_id: predicate.node.keyid,
        sequence: sequence as u64,
        previous: predicate.prev,
        digest: sha256(&envelope.payload),
        genki: predicate.genki,
    })
}

fn check_form(doc: &StatementDoc, wrong: &mut Vec<String>) {
    let predicate = &doc.predicate;
    for (what, found, wanted) in [
        ("_type", &doc.kind, STATEMENT_TYPE),
        ("predicateType", &doc.predicate_type, PREDICATE_TYPE),
        ("tree", &predicate.receipts.tree, merkle::TREE),
    ] {
        if found != wanted {
            wrong.push(format!("{what} is {found:?} and not {wanted:?}"));
        }
    }
    let time = |text: &str| text.parse::<Timestamp>().ok().filter(|time| time.to_string() == text);
    let is_window = match (time(&predicate.window.start), time(&predicate.window.end)) {
        (Some(start), Some(end)) => start <= end,
        _ => false,
    };
    if !is_window {
        wrong.push("window is no span of RFC 3339 times in UTC".into());
    }
}

fn check_signature(envelope: &Envelope, node: &NodeDoc, wrong: &mut Vec<String>) {
    let Some(key) = PublicKey::from_pem(&node.public_key) else {
        wrong.push("node.publicKey is no Ed25519 key that can be trusted".into());
        return;
    };
    if key.key_id() != node.keyid {
        wrong.push(format!("node.keyid is {}, and the key's id is {}", node.keyid, key.key_id()));
    }
    let [signature] = envelope.signatures.as_slice() else {
        wrong.push(format!("{} signatures, and there is one node", envelope.signatures.len()));
        return;
    };
    if signature.key_id != key.key_id().to_string() {
        wrong.push(format!("signed by key {:?}, and the node's is {}", signature.key_id, key.key_id()));
    }
    if !key.verifies(&envelope.signed_bytes(), &signature.bytes) {
        wrong.push("the signature does not fit: the statement is not what the node signed".into());
    }
}

fn read_device(doc: DeviceDoc, signed: &BTreeSet<u64>, wrong: &mut Vec<String>) -> Option<DeviceUse> {
    let Some(class) = class_from_name(&doc.class) else {
        wrong.push(format!("device class {:?}", doc.class));
        return None;
    };
    let Some(shards) = parse_ranges(&doc.shards, signed) else {
        wrong.push(format!("device {:?} claims shards {:?}, and not all of them are signed for", doc.name, doc.shards));
        return None;
    };
    Some(DeviceUse { facts: DeviceFacts { name: doc.name, backend: doc.backend, driver: doc.driver, class }, shards })
}
