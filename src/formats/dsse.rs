//! DSSE envelopes, version 1: a payload, its type, and signatures over both. Knows no keys and no statements.

use super::json::{canonical, parse_canonical};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The bytes that are signed: DSSE's pre-authentication encoding.
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// A payload and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub payload_type: String,
    pub payload: Vec<u8>,
    pub signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub key_id: String,
    pub bytes: Vec<u8>,
}

/// Why a line is no envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DsseError(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeDoc {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<SignatureDoc>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureDoc {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Canonical JSON on one line, with its end.
    pub fn to_line(&self) -> Vec<u8> {
        let signature = |s: &Signature| SignatureDoc { keyid: s.key_id.clone(), sig: STANDARD.encode(&s.bytes) };
        let mut line = canonical(&EnvelopeDoc {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self.signatures.iter().map(signature).collect(),
        });
        line.push(b'\n');
        line
    }

    /// Reads what [`Envelope::to_line`] writes, and nothing else: an envelope has one spelling.
    pub fn from_line(line: &[u8]) -> Result<Envelope, DsseError> {
        let fail = |error: &dyn std::fmt::Display| DsseError(error.to_string());
        let line = line.strip_suffix(b"\n").ok_or_else(|| fail(&"the line has no end"))?;
        let value = parse_canonical(line).map_err(|e| fail(&e))?;
        let doc: EnvelopeDoc = serde_json::from_value(value).map_err(|e| fail(&e))?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|e| fail(&e));
        let signature = |s: SignatureDoc| Ok(Signature { bytes: decode(&s.sig)?, key_id: s.keyid });
        Ok(Envelope {
            payload: decode(&doc.payload)?,
            payload_type: doc.payload_type,
            signatures: doc.signatures.into_iter().map(signature).collect::<Result<_, _>>()?,
        })
    }

    /// What its signatures sign.
    pub fn signed_bytes(&self) -> Vec<u8> {
        pre_authentication_encoding(&self.payload_type, &self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let signature = Signature { key_id: "k".into(), bytes: vec![1, 2, 3, 4] };
        Envelope { payload_type: "application/x".into(), payload: b"{\"a\":1}".to_vec(), signatures: vec![signature] }
    }

    /// The example of DSSE's protocol.md.
    #[test]
    fn the_encoding_is_the_one_of_the_protocols_example() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn an_envelope_comes_back_and_has_one_spelling_only() {
        let line = envelope().to_line();
        assert_eq!(Envelope::from_line(&line).unwrap(), envelope());
        for at in 0..line.len() {
            for flip in 0..8 {
                let mut changed = line.clone();
                changed[at] ^= 1 << flip;
                // What still reads must say something else.
                assert_ne!(Envelope::from_line(&changed).ok(), Some(envelope()), "byte {at}");
            }
        }
        let spaced = String::from_utf8(line).unwrap().replace(':', ": ");
        assert!(Envelope::from_line(spaced.as_bytes()).is_err());
    }
}
