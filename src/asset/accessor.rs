//! Numbers in buffers: every component type, strided, normalised, sparse; bounds are checked when a reader is made.
//!
//! Source: glTF 2.0, sections 3.6.2 (Accessors) and 3.11 (normalised integers).

use super::AssetError;
use super::document::{Document, accessor_place};
use gltf::json::accessor::{ComponentType, Type};
use gltf::json::validation::Checked;

/// A checked view of an accessor.
pub(super) struct Reader<'a> {
    place: String,
    count: usize,
    components: usize,
    component_type: ComponentType,
    normalized: bool,
    base: Option<Strided<'a>>,
    sparse: Option<Sparse<'a>>,
}

/// Elements of `size` bytes, `stride` apart; every element lies inside `bytes`.
struct Strided<'a> {
    bytes: &'a [u8],
    stride: usize,
    size: usize,
}

/// Elements that replace some of the base; `indices` rise strictly and are below the count.
struct Sparse<'a> {
    indices: Vec<u32>,
    values: Strided<'a>,
}

impl<'a> Strided<'a> {
    fn new(bytes: &'a [u8], offset: u64, stride: Option<usize>, size: usize, count: usize) -> Option<Strided<'a>> {
        let bytes = bytes.get(usize::try_from(offset).ok()?..)?;
        let stride = stride.unwrap_or(size);
        let needed = if count == 0 { 0 } else { stride.checked_mul(count - 1)?.checked_add(size)? };
        (needed <= bytes.len() && stride >= size).then_some(Strided { bytes, stride, size })
    }

    fn element(&self, i: usize) -> Option<&'a [u8]> {
        let start = i.checked_mul(self.stride)?;
        self.bytes.get(start..start.checked_add(self.size)?)
    }
}

impl<'a> Reader<'a> {
    /// `max_count`: no accessor may have more elements, whatever it claims.
    pub fn new(document: &'a Document, index: usize, max_count: u64) -> Result<Reader<'a>, AssetError> {
        let place = accessor_place(index);
        let accessor = document.root.accessors.get(index).ok_or_else(|| {
            AssetError::malformed(&place, format!("the file has {} accessors", document.root.accessors.len()))
        })?;
        let (Checked::Valid(component_type), Checked::Valid(kind)) = (&accessor.component_type, &accessor.type_) else {
            return Err(AssetError::malformed(place, "componentType or type is not one of glTF's"));
        };
        let component_type = component_type.0;
        // Columns of small matrices are padded to four bytes; nothing that is read here has them.
        if matches!(kind, Type::Mat2 | Type::Mat3) {
            return Err(AssetError::unsupported(place, "a matrix of 2 or 3 columns"));
        }
        if accessor.count.0 > max_count {
            let what = format!("has {} elements, but the budget is {max_count}", accessor.count.0);
            return Err(AssetError::too_large(place, what));
        }
        let count = accessor.count.0 as usize;
        let size = component_type.size() * kind.multiplicity();
        let past_end =
            || AssetError::malformed(&place, format!("{count} elements lie past the end of the buffer view"));
        let base = match accessor.buffer_view {
            Some(view) => {
                let (bytes, stride) = document.view(view.value())?;
                let offset = accessor.byte_offset.map_or(0, |offset| offset.0);
                Some(Strided::new(bytes, offset, stride, size, count).ok_or_else(past_end)?)
            }
            None => None,
        };
        let sparse = match &accessor.sparse {
            Some(sparse) => Some(Sparse::new(document, sparse, &place, size, count)?),
            None => None,
        };
        let normalized = accessor.normalized;
        Ok(Reader { place, count, components: kind.multiplicity(), component_type, normalized, base, sparse })
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn components(&self) -> usize {
        self.components
    }

    /// Whether there is any data: an accessor may leave it to an extension that isn't supported.
    pub fn has_data(&self) -> bool {
        self.base.is_some() || self.sparse.is_some()
    }

    pub fn is_float(&self) -> bool {
        self.component_type == ComponentType::F32
    }

    /// Component `c` of element `i` as a number: floats as they are, normalised integers in [−1, 1], others as they are.
    pub fn component(&self, i: usize, c: usize) -> Result<f32, AssetError> {
        let Some(bytes) = self.component_bytes(i, c)? else { return Ok(0.0) };
        Ok(number(bytes, self.component_type, self.normalized))
    }

    /// Component `c` of element `i` as an unsigned integer; refuses the other types.
    pub fn integer(&self, i: usize, c: usize) -> Result<u32, AssetError> {
        let Some(bytes) = self.component_bytes(i, c)? else { return Ok(0) };
        match (self.component_type, bytes) {
            (ComponentType::U8, &[a]) => Ok(u32::from(a)),
            (ComponentType::U16, &[a, b]) => Ok(u32::from(u16::from_le_bytes([a, b]))),
            (ComponentType::U32, &[a, b, c, d]) => Ok(u32::from_le_bytes([a, b, c, d])),
            _ => Err(AssetError::malformed(&self.place, "unsigned integers are wanted here")),
        }
    }

    /// The elements `ids`, which must have `N` components.
    pub fn vectors_at<const N: usize>(&self, ids: &[u32]) -> Result<Vec<[f32; N]>, AssetError> {
        if self.components != N {
            let what = format!("has {} components where {N} are wanted", self.components);
            return Err(AssetError::malformed(&self.place, what));
        }
        if let (Some(base), None, true) = (&self.base, &self.sparse, self.is_float()) {
            let element = |&id: &u32| {
                let bytes = base.element(id as usize).filter(|_| (id as usize) < self.count);
                bytes.map(floats::<N>).ok_or_else(|| self.past_end())
            };
            return ids.iter().map(element).collect();
        }
        let mut out = Vec::with_capacity(ids.len());
        for &id in ids {
            let mut element = [0.0; N];
            for (c, value) in element.iter_mut().enumerate() {
                *value = self.component(id as usize, c)?;
            }
            out.push(element);
        }
        Ok(out)
    }

    /// All elements, which must be single unsigned integers.
    pub fn indices(&self) -> Result<Vec<u32>, AssetError> {
        if self.components != 1 {
            return Err(AssetError::malformed(&self.place, "indices must be scalars"));
        }
        (0..self.count).map(|i| self.integer(i, 0)).collect()
    }

    fn component_bytes(&self, i: usize, c: usize) -> Result<Option<&'a [u8]>, AssetError> {
        let element = match &self.sparse {
            Some(sparse) => match sparse.indices.binary_search(&(i as u32)) {
                Ok(at) => sparse.values.element(at),
                Err(_) => match &self.base {
                    Some(base) => base.element(i),
                    None => return Ok(None),
                },
            },
            None => match &self.base {
                Some(base) => base.element(i),
                None => return Ok(None),
            },
        };
        let size = self.component_type.size();
        let bytes =
            element.filter(|_| i < self.count && c < self.components).and_then(|e| e.get(c * size..(c + 1) * size));
        bytes.map(Some).ok_or_else(|| self.past_end())
    }

    fn past_end(&self) -> AssetError {
        AssetError::malformed(&self.place, "is read past its end")
    }
}

impl<'a> Sparse<'a> {
    fn new(
        document: &'a Document,
        json: &gltf::json::accessor::sparse::Sparse,
        place: &str,
        size: usize,
        count: usize,
    ) -> Result<Sparse<'a>, AssetError> {
        let place = format!("{place}.sparse");
        let replaced = usize::try_from(json.count.0)
            .ok()
            .filter(|&n| n <= count)
            .ok_or_else(|| AssetError::malformed(&place, format!("replaces {} of {count} elements", json.count.0)))?;
        let Checked::Valid(index_type) = &json.indices.component_type else {
            return Err(AssetError::malformed(place, "indices.componentType is not one of glTF's"));
        };
        let past_end =
            |what: &str| AssetError::malformed(&place, format!("{what} lie past the end of the buffer view"));
        let (bytes, _) = document.view(json.indices.buffer_view.value())?;
        let index_size = index_type.0.size();
        let strided = Strided::new(bytes, json.indices.byte_offset.0, None, index_size, replaced)
            .ok_or_else(|| past_end("indices"))?;
        let indices: Vec<u32> = (0..replaced)
            .map(|i| {
                let element = strided.element(i).unwrap_or_default();
                element.iter().rev().fold(0, |value, &byte| (value << 8) | u32::from(byte))
            })
            .collect();
        let rising = indices.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || indices.last().is_some_and(|&last| last as usize >= count) {
            return Err(AssetError::malformed(place, "indices must rise and stay below the accessor's count"));
        }
        let (bytes, _) = document.view(json.values.buffer_view.value())?;
        let values =
            Strided::new(bytes, json.values.byte_offset.0, None, size, replaced).ok_or_else(|| past_end("values"))?;
        Ok(Sparse { indices, values })
    }
}

fn floats<const N: usize>(bytes: &[u8]) -> [f32; N] {
    let mut out = [0.0; N];
    for (value, four) in out.iter_mut().zip(bytes.chunks_exact(4)) {
        *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
    out
}

/// Divisions, not multiplications by a reciprocal: 255 / 255 must be exactly 1.
fn number(bytes: &[u8], kind: ComponentType, normalized: bool) -> f32 {
    let (value, largest) = match (kind, bytes) {
        (ComponentType::I8, &[a]) => (f32::from(a as i8), 127.0),
        (ComponentType::U8, &[a]) => (f32::from(a), 255.0),
        (ComponentType::I16, &[a, b]) => (f32::from(i16::from_le_bytes([a, b])), 32767.0),
        (ComponentType::U16, &[a, b]) => (f32::from(u16::from_le_bytes([a, b])), 65535.0),
        (ComponentType::U32, &[a, b, c, d]) => {
            let value = u32::from_le_bytes([a, b, c, d]);
            return if normalized { (f64::from(value) / 4_294_967_295.0) as f32 } else { value as f32 };
        }
        (ComponentType::F32, &[a, b, c, d]) => return f32::from_le_bytes([a, b, c, d]),
        _ => return 0.0,
    };
    match (normalized, value / largest) {
        (false, _) => value,
        (true, quotient) if quotient < -1.0 => -1.0,
        (true, quotient) => quotient,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Budget;
    use crate::asset::container::Format;
    use crate::asset::testing::{Builder, push};
    use serde_json::json;

    fn document(builder: &Builder) -> Document {
        let path = std::path::Path::new("by-hand.glb");
        crate::asset::document::open(path, Format::Glb, builder.glb(), &Budget::default()).expect("opens")
    }

    fn all<const N: usize>(builder: &Builder, accessor: usize) -> Result<Vec<[f32; N]>, AssetError> {
        let document = document(builder);
        let reader = Reader::new(&document, accessor, 1000)?;
        let ids: Vec<u32> = (0..reader.count() as u32).collect();
        reader.vectors_at(&ids)
    }

    #[test]
    fn every_component_type_is_read_as_it_is_and_normalised() {
        let largest_u32 = [0, 0, 0, 0, 255, 255, 255, 255];
        type Case<'a> = (u32, &'a [u8], [f32; 2], Option<[f32; 2]>);
        let cases: [Case; 6] = [
            (5120, &[0x80, 0x7F], [-128.0, 127.0], Some([-1.0, 1.0])),
            (5121, &[0, 255], [0.0, 255.0], Some([0.0, 1.0])),
            (5122, &[0x01, 0x80, 0xFF, 0x7F], [-32767.0, 32767.0], Some([-1.0, 1.0])),
            (5123, &[0, 0, 0xFF, 0xFF], [0.0, 65535.0], Some([0.0, 1.0])),
            (5125, &largest_u32, [0.0, 4_294_967_295.0], Some([0.0, 1.0])),
            (5126, &[0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], [1.0, -2.0], None),
        ];
        for (component, bytes, plain, normalised) in cases {
            let mut builder = Builder::empty();
            let accessor = builder.accessor(component, "VEC2", 1, bytes);
            assert_eq!(all(&builder, accessor), Ok(vec![plain]), "{component}");
            if let Some(normalised) = normalised {
                builder.json["accessors"][accessor]["normalized"] = json!(true);
                assert_eq!(all(&builder, accessor), Ok(vec![normalised]), "{component}");
            }
        }
    }

    #[test]
    fn strided_elements_skip_what_lies_between_them() {
        let mut builder = Builder::empty();
        let bytes: Vec<u8> = [1.0f32, 9.0, 2.0, 9.0, 3.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let accessor = builder.accessor(5126, "SCALAR", 3, &bytes);
        builder.json["bufferViews"][0]["byteStride"] = json!(8);
        assert_eq!(all(&builder, accessor), Ok(vec![[1.0], [2.0], [3.0]]));
        builder.json["accessors"][accessor]["count"] = json!(4);
        assert!(all::<1>(&builder, accessor).is_err(), "the fourth lies past the end");
    }

    fn sparse(with_base: bool, indices: &[u8]) -> Builder {
        let mut builder = Builder::empty();
        let index_view = builder.view(indices);
        let value_view = builder.view(&[7.0f32, 8.0].map(f32::to_le_bytes).concat());
        let mut accessor = json!({"componentType": 5126, "type": "SCALAR", "count": 4, "sparse": {
            "count": 2, "indices": {"bufferView": index_view, "componentType": 5121}, "values": {"bufferView": value_view},
        }});
        if with_base {
            accessor["bufferView"] = json!(builder.view(&[1.0f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat()));
        }
        push(&mut builder.json["accessors"], accessor);
        builder
    }

    #[test]
    fn sparse_values_replace_those_of_the_base_or_zeros() {
        assert_eq!(all(&sparse(true, &[1, 3]), 0), Ok(vec![[1.0], [7.0], [3.0], [8.0]]));
        assert_eq!(all(&sparse(false, &[0, 2]), 0), Ok(vec![[7.0], [0.0], [8.0], [0.0]]));
        for wrong in [[3, 1], [1, 1], [1, 4]] {
            assert!(all::<1>(&sparse(true, &wrong), 0).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn claims_past_the_data_or_the_budget_are_refused_before_anything_is_read() {
        let mut builder = Builder::empty();
        let accessor = builder.floats("VEC3", &[0.0; 6]);
        assert_eq!(all(&builder, accessor), Ok(vec![[0.0; 3]; 2]));
        for (key, value) in [
            ("count", json!(3)),
            ("count", json!(u64::MAX)),
            ("byteOffset", json!(1)),
            ("byteOffset", json!(u64::MAX)),
            ("bufferView", json!(7)),
        ] {
            let mut wrong = Builder::empty();
            let accessor = wrong.floats("VEC3", &[0.0; 6]);
            wrong.json["accessors"][accessor][key] = value;
            assert!(all::<3>(&wrong, accessor).is_err(), "{key}");
        }
        assert!(all::<2>(&builder, accessor).is_err(), "two components of three");
    }
}
