//! Receipts: one line a variation, made or failed. A line is a leaf of the contribution's Merkle tree. Knows no archives.

use crate::formats::json::{canonical, parse_canonical};
use crate::hash::Digest;
use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// The member of a shard that holds its receipts: the last one. Readers of WebDataset skip names like it.
pub const RECEIPTS_MEMBER: &str = "__receipts__";
/// The member of a shard with the messages of those that failed; only there if some did.
pub const FAILURES_MEMBER: &str = "__failures__";

/// What was written for one variation, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub variation: u64,
    pub attempt: u32,
    /// 0 for one that failed.
    pub credits: u64,
    pub drawn: Digest,
    /// The shard's name.
    pub shard: String,
    pub failed: Option<Reason>,
    /// In the order of the archive.
    pub outputs: Vec<OutputFacts>,
}

/// One file of a variation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFacts {
    pub name: String,
    pub sha256: Digest,
    pub size: u64,
    /// Of a lossless image: the digest of its decoded samples.
    pub pixels: Option<Digest>,
}

/// Why a variation failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub variation: u64,
    pub reason: Reason,
    pub message: String,
}

/// The longest message that is kept, in bytes.
pub const MAX_MESSAGE: usize = 1000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptDoc {
    v: u32,
    variation: String,
    attempt: u32,
    credits: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    drawn: Digest,
    shard: String,
    outputs: Vec<OutputDoc>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputDoc {
    name: String,
    sha256: Digest,
    size: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixels: Option<Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureDoc {
    variation: String,
    failed: String,
    message: String,
}

impl Receipt {
    /// Canonical JSON without the line's end: the leaf.
    pub fn to_leaf(&self) -> Vec<u8> {
        let output = |o: &OutputFacts| OutputDoc {
            name: o.name.clone(),
            sha256: o.sha256,
            size: o.size.to_string(),
            pixels: o.pixels,
        };
        canonical(&ReceiptDoc {
            v: 1,
            variation: self.variation.to_string(),
            attempt: self.attempt,
            credits: self.credits.to_string(),
            failed: self.failed.map(|reason| reason.code().into()),
            drawn: self.drawn,
            shard: self.shard.clone(),
            outputs: self.outputs.iter().map(output).collect(),
        })
    }

    /// Reads a leaf; `None` if it is not, byte for byte, what [`Receipt::to_leaf`] writes.
    pub fn from_leaf(leaf: &[u8]) -> Option<Receipt> {
        let doc: ReceiptDoc = serde_json::from_value(parse_canonical(leaf).ok()?).ok()?;
        let output = |o: OutputDoc| {
            Some(OutputFacts { name: o.name, sha256: o.sha256, size: o.size.parse().ok()?, pixels: o.pixels })
        };
        let receipt = Receipt {
            variation: doc.variation.parse().ok()?,
            attempt: doc.attempt,
            credits: doc.credits.parse().ok()?,
            failed: doc.failed.map(|code| Reason::from_code(&code).ok_or(())).transpose().ok()?,
            drawn: doc.drawn,
            shard: doc.shard,
            outputs: doc.outputs.into_iter().map(output).collect::<Option<_>>()?,
        };
        // Decimal texts have other spellings (`+1`, `01`): only one of them is a receipt.
        (doc.v == 1 && receipt.to_leaf() == leaf).then_some(receipt)
    }
}

impl Failure {
    /// A failure whose message is one line of bounded length.
    pub fn new(variation: u64, reason: Reason, message: &str) -> Failure {
        let mut message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut end = message.len().min(MAX_MESSAGE);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        Failure { variation, reason, message }
    }

    /// Canonical JSON without the line's end.
    pub fn to_line(&self) -> Vec<u8> {
        canonical(&FailureDoc {
            variation: self.variation.to_string(),
            failed: self.reason.code().into(),
            message: self.message.clone(),
        })
    }

    /// `None` if the line is not what [`Failure::to_line`] writes.
    pub fn from_line(line: &[u8]) -> Option<Failure> {
        let doc: FailureDoc = serde_json::from_value(parse_canonical(line).ok()?).ok()?;
        let failure = Failure::new(doc.variation.parse().ok()?, Reason::from_code(&doc.failed)?, &doc.message);
        (failure.to_line() == line).then_some(failure)
    }
}

/// Lines, each with its end.
pub fn join_lines(lines: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    lines.into_iter().fold(Vec::new(), |mut text, line| {
        text.extend_from_slice(&line);
        text.push(b'\n');
        text
    })
}

/// The lines of a text whose every line has an end; `None` for any other text.
pub fn split_lines(text: &[u8]) -> Option<Vec<&[u8]>> {
    match text {
        [] => Some(Vec::new()),
        _ => Some(text.strip_suffix(b"\n")?.split(|&b| b == b'\n').collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    fn made() -> Receipt {
        let output = |name: &str, pixels| OutputFacts {
            name: name.into(),
            sha256: sha256(name.as_bytes()),
            size: 90_211,
            pixels,
        };
        Receipt {
            variation: 42,
            attempt: 0,
            credits: 402_653_184,
            drawn: sha256(b"drawn"),
            shard: "helmets-000000".into(),
            failed: None,
            outputs: vec![
                output("helmets-00000042-000.json", None),
                output("helmets-00000042-000.rgb.png", Some(sha256(b"p"))),
            ],
        }
    }

    fn failed() -> Receipt {
        Receipt { credits: 0, attempt: 8, failed: Some(Reason::AssetMalformed), outputs: Vec::new(), ..made() }
    }

    #[test]
    fn receipts_are_the_lines_of_the_specification() {
        let drawn = sha256(b"drawn");
        let (json, png, pixels) =
            (sha256(b"helmets-00000042-000.json"), sha256(b"helmets-00000042-000.rgb.png"), sha256(b"p"));
        let expected = format!(
            "{{\"attempt\":0,\"credits\":\"402653184\",\"drawn\":\"{drawn}\",\"outputs\":[\
             {{\"name\":\"helmets-00000042-000.json\",\"sha256\":\"{json}\",\"size\":\"90211\"}},\
             {{\"name\":\"helmets-00000042-000.rgb.png\",\"pixels\":\"{pixels}\",\"sha256\":\"{png}\",\"size\":\"90211\"}}],\
             \"shard\":\"helmets-000000\",\"v\":1,\"variation\":\"42\"}}"
        );
        assert_eq!(String::from_utf8(made().to_leaf()).unwrap(), expected);
        let expected = format!(
            "{{\"attempt\":8,\"credits\":\"0\",\"drawn\":\"{drawn}\",\"failed\":\"asset_malformed\",\"outputs\":[],\
             \"shard\":\"helmets-000000\",\"v\":1,\"variation\":\"42\"}}"
        );
        assert_eq!(String::from_utf8(failed().to_leaf()).unwrap(), expected);
    }

    #[test]
    fn receipts_come_back_and_have_one_spelling() {
        for receipt in [made(), failed()] {
            let leaf = receipt.to_leaf();
            assert_eq!(Receipt::from_leaf(&leaf).as_ref(), Some(&receipt));
            for at in 0..leaf.len() {
                let mut changed = leaf.clone();
                changed[at] ^= 1;
                assert_ne!(Receipt::from_leaf(&changed).as_ref(), Some(&receipt), "byte {at}");
            }
        }
        let text = String::from_utf8(made().to_leaf()).unwrap();
        for (from, to) in
            [("\"42\"", "\"042\""), ("\"42\"", "\"+42\""), ("\"42\"", "42"), ("\"v\":1", "\"v\":2"), ("{", "{ ")]
        {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            assert_eq!(Receipt::from_leaf(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn messages_become_one_short_line() {
        let failure = Failure::new(3, Reason::Internal, &format!("a\nb\u{1b}[31m{}", "é".repeat(MAX_MESSAGE)));
        assert!(failure.message.starts_with("a b [31mé") && failure.message.len() <= MAX_MESSAGE);
        assert_eq!(Failure::from_line(&failure.to_line()), Some(failure));
        assert_eq!(Failure::from_line(b"{}"), None);
    }

    #[test]
    fn every_line_has_an_end() {
        assert_eq!(split_lines(b"a\nb\n"), Some(vec![&b"a"[..], b"b"]));
        assert_eq!(split_lines(b""), Some(vec![]));
        assert_eq!(split_lines(b"a\nb"), None);
        assert_eq!(split_lines(b"\n"), Some(vec![&b""[..]]));
        assert_eq!(join_lines([b"a".to_vec(), b"b".to_vec()]), b"a\nb\n");
    }
}
