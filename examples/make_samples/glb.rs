//! Packs shapes, materials, pictures and a tree of nodes into a GLB file.

use super::paint::Picture;
use super::shapes::Shape;
use serde_json::{Value, json};

/// A model in the making. Indices that its methods return are those of the file.
pub struct Model {
    json: Value,
    bin: Vec<u8>,
}

fn push(array: &mut Value, value: Value) -> usize {
    let array = array.as_array_mut().expect("made as an array");
    array.push(value);
    array.len() - 1
}

impl Model {
    pub fn new() -> Model {
        Model {
            json: json!({
                "asset": {"version": "2.0", "generator": "genki make_samples", "copyright": "CC0-1.0"},
                "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "meshes": [], "accessors": [], "bufferViews": [],
                "materials": [], "textures": [], "images": [],
                "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}],
            }),
            bin: Vec::new(),
        }
    }

    fn view(&mut self, bytes: &[u8]) -> usize {
        self.bin.resize(self.bin.len().next_multiple_of(4), 0);
        let view = json!({"buffer": 0, "byteOffset": self.bin.len(), "byteLength": bytes.len()});
        self.bin.extend(bytes);
        push(&mut self.json["bufferViews"], view)
    }

    fn accessor(&mut self, component: u32, kind: &str, count: usize, bytes: &[u8]) -> usize {
        let view = self.view(bytes);
        let accessor = json!({"bufferView": view, "componentType": component, "type": kind, "count": count});
        push(&mut self.json["accessors"], accessor)
    }

    fn floats<const N: usize>(&mut self, kind: &str, values: &[[f64; N]]) -> usize {
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|&v| (v as f32).to_le_bytes()).collect();
        self.accessor(5126, kind, values.len(), &bytes)
    }

    pub fn texture(&mut self, picture: &Picture) -> usize {
        let view = self.view(&picture.png());
        let image = push(&mut self.json["images"], json!({"bufferView": view, "mimeType": "image/png"}));
        push(&mut self.json["textures"], json!({"sampler": 0, "source": image}))
    }

    /// A material as glTF writes it.
    pub fn material(&mut self, material: Value) -> usize {
        if material["extensions"].get("KHR_materials_emissive_strength").is_some() {
            self.json["extensionsUsed"] = json!(["KHR_materials_emissive_strength"]);
        }
        push(&mut self.json["materials"], material)
    }

    /// A mesh of one primitive a material.
    pub fn mesh(&mut self, name: &str, parts: &[(&Shape, usize)]) -> usize {
        let primitives: Vec<Value> = parts.iter().map(|(shape, material)| self.primitive(shape, *material)).collect();
        push(&mut self.json["meshes"], json!({"name": name, "primitives": primitives}))
    }

    fn primitive(&mut self, shape: &Shape, material: usize) -> Value {
        let position = self.floats("VEC3", &shape.positions);
        let bound = |pick: fn(f64, f64) -> f64, start: f64| -> Vec<f32> {
            (0..3).map(|k| shape.positions.iter().fold(start, |m, p| pick(m, f64::from(p[k] as f32))) as f32).collect()
        };
        self.json["accessors"][position]["min"] = json!(bound(f64::min, f64::MAX));
        self.json["accessors"][position]["max"] = json!(bound(f64::max, f64::MIN));
        let normal = self.floats("VEC3", &shape.normals);
        let uv = self.floats("VEC2", &shape.uvs);
        let mut attributes = json!({"POSITION": position, "NORMAL": normal, "TEXCOORD_0": uv});
        if !shape.colors.is_empty() {
            // Normalised bytes: eye-fine and a quarter of the size.
            let bytes: Vec<u8> = shape
                .colors
                .iter()
                .flat_map(|c| [super::paint::byte(c[0]), super::paint::byte(c[1]), super::paint::byte(c[2]), 255])
                .collect();
            let color = self.accessor(5121, "VEC4", shape.colors.len(), &bytes);
            self.json["accessors"][color]["normalized"] = json!(true);
            attributes["COLOR_0"] = json!(color);
        }
        let indices: Vec<u8> = shape
            .triangles
            .iter()
            .flatten()
            .flat_map(|&v| u16::try_from(v).expect("small shapes").to_le_bytes())
            .collect();
        let indices = self.accessor(5123, "SCALAR", shape.triangles.len() * 3, &indices);
        json!({"attributes": attributes, "indices": indices, "material": material})
    }

    /// A node; at the root of the scene without a `parent`.
    pub fn node(&mut self, parent: Option<usize>, node: Value) -> usize {
        let index = push(&mut self.json["nodes"], node);
        let list = match parent {
            None => &mut self.json["scenes"][0]["nodes"],
            Some(parent) => {
                if self.json["nodes"][parent].get("children").is_none() {
                    self.json["nodes"][parent]["children"] = json!([]);
                }
                &mut self.json["nodes"][parent]["children"]
            }
        };
        push(list, json!(index));
        index
    }

    pub fn glb(mut self) -> Vec<u8> {
        self.bin.resize(self.bin.len().next_multiple_of(4), 0);
        self.json["buffers"] = json!([{"byteLength": self.bin.len()}]);
        if self.json["textures"].as_array().is_some_and(Vec::is_empty) {
            let object = self.json.as_object_mut().expect("made as an object");
            ["textures", "images", "samplers"].iter().for_each(|key| drop(object.remove(*key)));
        }
        let mut text = self.json.to_string().into_bytes();
        text.resize(text.len().next_multiple_of(4), b' ');
        let mut out = b"glTF\x02\0\0\0".to_vec();
        out.extend((28 + text.len() as u32 + self.bin.len() as u32).to_le_bytes());
        for (kind, chunk) in [(b"JSON", &text), (b"BIN\0", &self.bin)] {
            out.extend((chunk.len() as u32).to_le_bytes());
            out.extend(kind);
            out.extend(chunk);
        }
        out
    }
}

/// A quaternion of a turn about an axis (0, 1, 2) by degrees, as glTF writes it.
pub fn turn(axis: usize, deg: f64) -> Value {
    let half = deg * std::f64::consts::PI / 360.0;
    let mut q = [0.0f32; 4];
    q[axis] = libm::sin(half) as f32;
    q[3] = libm::cos(half) as f32;
    json!(q)
}
