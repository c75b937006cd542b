//! JSON, written one way only (RFC 8785) and read strictly. Knows no documents.

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: u32 = 32;

/// Integers past this are not exact in every reader (RFC 7493, section 2.2): larger ones are written as strings.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Canonical JSON: RFC 8785. Equal values give equal bytes.
///
/// # Panics
/// On numbers that are not finite or maps whose keys are not strings: bugs of the caller.
pub fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("our values have string keys and finite numbers")
}

/// Why bytes are not JSON that we take.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(serde_json::Error);

/// Reads one JSON text: UTF-8, no duplicate keys, no nesting deeper than [`MAX_DEPTH`], no integer that is not exact,
/// nothing behind it.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth_left: MAX_DEPTH }.deserialize(&mut reader).map_err(JsonError)?;
    reader.end().map_err(JsonError)?;
    Ok(value)
}

/// As [`parse_strict`], and refuses bytes that are not the canonical form of what they say.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, JsonError> {
    let value = parse_strict(bytes)?;
    match canonical(&value) == bytes {
        true => Ok(value),
        false => Err(JsonError(serde_json::Error::custom("not in canonical form (RFC 8785)"))),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    depth_left: u32,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Strict, E> {
        let depth_left = self.depth_left.checked_sub(1);
        depth_left.map(|depth_left| Strict { depth_left }).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        match value <= MAX_SAFE_INTEGER {
            true => Ok(Value::from(value)),
            false => Err(E::custom("an integer past 2^53 - 1")),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        match value.unsigned_abs() <= MAX_SAFE_INTEGER {
            true => Ok(Value::from(value)),
            false => Err(E::custom("an integer past 2^53 - 1")),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut out = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if out.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            let value = entries.next_value_seed(inner)?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785, section 3.2.3 and the sorting example of section 3.2.3's table.
    #[test]
    fn the_example_of_rfc_8785_is_written_as_it_says() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let expected = "{\"literals\":[null,true,false],\
            \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
            \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        let written = canonical(&parse_strict(text.as_bytes()).unwrap());
        assert_eq!(String::from_utf8(written.clone()).unwrap(), expected);
        assert!(parse_canonical(&written).is_ok());
        assert!(parse_canonical(text.as_bytes()).is_err());
    }

    #[test]
    fn what_two_readers_could_take_for_two_things_is_refused() {
        let refused = [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            "9007199254740992",
            "-9007199254740992",
            "1e999",
            "NaN",
            "[1,]",
            "{} {}",
            "\u{feff}{}",
            "",
        ];
        for text in refused {
            assert!(parse_strict(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse_strict(b"{\"a\":\"\xff\"}").is_err());
        assert!(parse_strict(b"9007199254740991").is_ok());
    }

    #[test]
    fn nesting_is_read_to_its_limit_and_no_deeper() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse_strict(nested(MAX_DEPTH as usize).as_bytes()).is_ok());
        assert!(parse_strict(nested(MAX_DEPTH as usize + 1).as_bytes()).is_err());
        assert!(parse_strict("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
