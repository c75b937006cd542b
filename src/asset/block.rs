//! One JSON object of an extension: numbers, textures and lists by key, each problem with its full place.
//!
//! Crate `gltf` reads some extensions into structures and leaves others as JSON; here all are JSON, read one way.
//! A key that is missing or null has its default. Numbers past a range are brought into it, as exporters write 1.0000001.

use super::AssetError;
use crate::math::det;
use serde_json::{Map, Value};

/// The extensions of a glTF object, as crate `gltf` leaves them.
pub(super) type Extensions = Map<String, Value>;

/// A JSON object and where it stands.
pub(super) struct Block<'j> {
    /// E.g. `materials[3].extensions.KHR_materials_clearcoat`.
    pub place: String,
    map: &'j Map<String, Value>,
}

impl<'j> Block<'j> {
    /// The block of extension `name` of the thing at `place`; of the file itself where that is empty.
    pub fn of_extension(
        extensions: Option<&'j Extensions>,
        place: &str,
        name: &str,
    ) -> Result<Option<Block<'j>>, AssetError> {
        let value = extensions.and_then(|map| map.get(name)).unwrap_or(&Value::Null);
        let dot = if place.is_empty() { "" } else { "." };
        object(format!("{place}{dot}extensions.{name}"), value)
    }

    /// Where the value of `key` stands.
    pub fn place_of(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    pub fn block(&self, key: &str) -> Result<Option<Block<'j>>, AssetError> {
        object(self.place_of(key), self.value(key))
    }

    /// The block of an extension of this one.
    pub fn extension(&self, name: &str) -> Result<Option<Block<'j>>, AssetError> {
        match self.block("extensions")? {
            Some(extensions) => extensions.block(name),
            None => Ok(None),
        }
    }

    /// A number that is finite in f32.
    pub fn number(&self, key: &str, default: f32) -> Result<f32, AssetError> {
        match self.value(key) {
            Value::Null => Ok(default),
            value => number(value, || self.place_of(key)),
        }
    }

    pub fn unit(&self, key: &str, default: f32) -> Result<f32, AssetError> {
        Ok(det::clamp(self.number(key, default)?, 0.0, 1.0))
    }

    pub fn at_least(&self, low: f32, key: &str, default: f32) -> Result<f32, AssetError> {
        Ok(det::max(self.number(key, default)?, low))
    }

    /// A list of exactly `N` numbers.
    pub fn numbers<const N: usize>(&self, key: &str, default: [f32; N]) -> Result<[f32; N], AssetError> {
        let value = self.value(key);
        if value.is_null() {
            return Ok(default);
        }
        let Some(list) = value.as_array().filter(|list| list.len() == N) else {
            return Err(AssetError::malformed(self.place_of(key), format!("is not a list of {N} numbers")));
        };
        let mut out = default;
        for (i, (out, value)) in out.iter_mut().zip(list).enumerate() {
            *out = number(value, || format!("{}[{i}]", self.place_of(key)))?;
        }
        Ok(out)
    }

    pub fn units<const N: usize>(&self, key: &str, default: [f32; N]) -> Result<[f32; N], AssetError> {
        Ok(self.numbers(key, default)?.map(|v| det::clamp(v, 0.0, 1.0)))
    }

    pub fn all_at_least<const N: usize>(&self, low: f32, key: &str, default: [f32; N]) -> Result<[f32; N], AssetError> {
        Ok(self.numbers(key, default)?.map(|v| det::max(v, low)))
    }

    /// A whole number from 0 on.
    pub fn index(&self, key: &str) -> Result<Option<usize>, AssetError> {
        match self.value(key) {
            Value::Null => Ok(None),
            value => index(value, || self.place_of(key)).map(Some),
        }
    }

    pub fn text(&self, key: &str) -> Result<Option<&'j str>, AssetError> {
        match self.value(key) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(AssetError::malformed(self.place_of(key), "is not a text")),
        }
    }

    /// The objects of a list; none where it is missing.
    pub fn blocks(&self, key: &str) -> Result<Vec<Block<'j>>, AssetError> {
        let place = self.place_of(key);
        let item = |(i, value): (usize, &'j Value)| {
            let place = format!("{place}[{i}]");
            object(place.clone(), value)?.ok_or_else(|| AssetError::malformed(place, "is not an object"))
        };
        self.list(key)?.iter().enumerate().map(item).collect()
    }

    /// The whole numbers of a list; none where it is missing.
    pub fn indices(&self, key: &str) -> Result<Vec<usize>, AssetError> {
        let place = self.place_of(key);
        let item = |(i, value)| index(value, || format!("{place}[{i}]"));
        self.list(key)?.iter().enumerate().map(item).collect()
    }

    fn list(&self, key: &str) -> Result<&'j [Value], AssetError> {
        match self.value(key) {
            Value::Null => Ok(&[]),
            Value::Array(list) => Ok(list),
            _ => Err(AssetError::malformed(self.place_of(key), "is not a list")),
        }
    }

    fn value(&self, key: &str) -> &'j Value {
        self.map.get(key).unwrap_or(&Value::Null)
    }
}

fn object(place: String, value: &Value) -> Result<Option<Block<'_>>, AssetError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(Block { place, map })),
        _ => Err(AssetError::malformed(place, "is not an object")),
    }
}

fn number(value: &Value, place: impl FnOnce() -> String) -> Result<f32, AssetError> {
    let Some(number) = value.as_f64() else {
        return Err(AssetError::malformed(place(), "is not a number"));
    };
    let number = number as f32;
    if number.is_finite() { Ok(number) } else { Err(AssetError::malformed(place(), "is not a finite number")) }
}

fn index(value: &Value, place: impl FnOnce() -> String) -> Result<usize, AssetError> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| AssetError::malformed(place(), "is not a whole number from 0 on"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: &Value) -> Block<'_> {
        object("a".to_owned(), value).expect("an object").expect("is there")
    }

    #[test]
    fn what_is_missing_or_null_has_its_default() {
        let value = json!({"null": null});
        let block = of(&value);
        for key in ["null", "missing"] {
            assert_eq!(block.number(key, 0.25), Ok(0.25));
            assert_eq!(block.numbers(key, [1.0, 2.0]), Ok([1.0, 2.0]));
            assert_eq!((block.index(key), block.text(key)), (Ok(None), Ok(None)));
            assert!(block.block(key).expect("no error").is_none() && block.blocks(key).expect("none").is_empty());
            assert_eq!(block.indices(key), Ok(Vec::new()));
        }
    }

    #[test]
    fn numbers_are_brought_into_their_range() {
        let value = json!({"over": 1.5, "under": -1, "list": [0.5, 2, -3]});
        let block = of(&value);
        assert_eq!((block.unit("over", 0.0), block.unit("under", 0.5)), (Ok(1.0), Ok(0.0)));
        assert_eq!((block.at_least(1.0, "over", 0.0), block.at_least(1.0, "under", 0.0)), (Ok(1.5), Ok(1.0)));
        assert_eq!(block.units("list", [0.0; 3]), Ok([0.5, 1.0, 0.0]));
        assert_eq!(block.all_at_least(0.0, "list", [0.0; 3]), Ok([0.5, 2.0, 0.0]));
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_named_by_its_place() {
        let value = json!({"text": "1", "huge": 1e300, "short": [1], "mixed": [1, "b"], "list": [3, -1], "o": [{}, 7]});
        let block = of(&value);
        let place = |error: Option<AssetError>| error.expect("an error").place;
        assert_eq!(place(block.number("text", 0.0).err()), "a.text");
        assert_eq!(place(block.number("huge", 0.0).err()), "a.huge");
        assert_eq!(place(block.numbers("short", [0.0; 2]).err()), "a.short");
        assert_eq!(place(block.numbers("mixed", [0.0; 2]).err()), "a.mixed[1]");
        assert_eq!(place(block.index("huge").err()), "a.huge");
        assert_eq!(place(block.indices("list").err()), "a.list[1]");
        assert_eq!(place(block.blocks("o").err()), "a.o[1]");
        assert_eq!(place(block.block("text").err()), "a.text");
        assert_eq!(place(block.extension("x").err().or(block.block("list").err())), "a.list");
        assert_eq!(place(block.text("list").err()), "a.list");
    }
}
