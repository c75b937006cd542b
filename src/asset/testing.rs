//! Hand-made glTF files for the tests of this module.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A file in the making: JSON beside the bytes of its only buffer.
pub(super) struct Builder {
    pub json: Value,
    pub bin: Vec<u8>,
}

impl Builder {
    /// Three vertices without indices, normals or material.
    pub fn triangle() -> Builder {
        let mut builder = Builder::empty();
        let position = builder.floats("VEC3", &[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]].concat());
        builder.json["meshes"] = json!([{"primitives": [{"attributes": {"POSITION": position}}]}]);
        builder.json["nodes"] = json!([{"mesh": 0, "name": "part"}]);
        builder
    }

    pub fn empty() -> Builder {
        let json = json!({
            "asset": {"version": "2.0", "generator": "by hand"},
            "buffers": [{"byteLength": 0}], "bufferViews": [], "accessors": [],
        });
        Builder { json, bin: Vec::new() }
    }

    /// Appends a buffer view; returns its index.
    pub fn view(&mut self, bytes: &[u8]) -> usize {
        self.bin.resize(self.bin.len().next_multiple_of(4), 0);
        let view = json!({"buffer": 0, "byteOffset": self.bin.len(), "byteLength": bytes.len()});
        self.bin.extend(bytes);
        push(&mut self.json["bufferViews"], view)
    }

    /// Appends an accessor over bytes of its own; returns its index.
    pub fn accessor(&mut self, component: u32, kind: &str, count: usize, bytes: &[u8]) -> usize {
        let view = self.view(bytes);
        let accessor = json!({"bufferView": view, "componentType": component, "type": kind, "count": count});
        push(&mut self.json["accessors"], accessor)
    }

    pub fn floats(&mut self, kind: &str, values: &[f32]) -> usize {
        let components = match kind {
            "SCALAR" => 1,
            "VEC2" => 2,
            "VEC3" => 3,
            "VEC4" => 4,
            _ => 16,
        };
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.accessor(5126, kind, values.len() / components, &bytes)
    }

    /// The buffer in a file of its own.
    pub fn with_uri(mut self, uri: &str) -> Builder {
        self.json["buffers"][0]["uri"] = json!(uri);
        self
    }

    pub fn gltf_text(&self) -> String {
        let mut json = self.json.clone();
        json["buffers"][0]["byteLength"] = json!(self.bin.len());
        json.to_string()
    }

    pub fn glb(&self) -> Vec<u8> {
        let mut text = self.gltf_text().into_bytes();
        text.resize(text.len().next_multiple_of(4), b' ');
        let mut bin = self.bin.clone();
        bin.resize(bin.len().next_multiple_of(4), 0);
        let mut bytes = b"glTF\x02\0\0\0".to_vec();
        bytes.extend((28 + text.len() as u32 + bin.len() as u32).to_le_bytes());
        for (kind, chunk) in [(b"JSON", &text), (b"BIN\0", &bin)] {
            bytes.extend((chunk.len() as u32).to_le_bytes());
            bytes.extend(kind);
            bytes.extend(chunk);
        }
        bytes
    }
}

pub(super) fn push(array: &mut Value, value: Value) -> usize {
    let array = array.as_array_mut().expect("an array");
    array.push(value);
    array.len() - 1
}

pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}
