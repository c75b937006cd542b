//! Files of strangers → decoded assets: glTF and GLB models, Radiance HDR and OpenEXR skies, and globs over them.
//!
//! Every size is checked before memory is taken, every offset before it is read, and the decoders of others run under
//! `catch_unwind`: whatever a file holds, the answer is a value or an [`AssetError`]. What comes out depends on the
//! bytes only: not on the machine, the threads or the file's name. Knows no recipe, no plan.
//!
//! What a model keeps: the default scene at rest (morph weights and skins applied), instances written out, merged into
//! one mesh; every look that it has a name for; what moves it. What is read and left out: occlusion textures (a path
//! tracer computes occlusion), thickness textures (its rays measure), cameras.

mod accessor;
mod animation;
mod block;
mod container;
mod document;
mod error;
mod expand;
mod geometry;
mod guard;
mod image;
mod instancing;
mod layers;
mod lights;
mod load;
mod material;
mod nodes;
mod pose;
mod primitive;
mod skin;
mod sky;
mod sky_exr;
mod sky_hdr;
mod survey;
mod tangents;
mod texture;
mod uri;
mod variants;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use error::{AssetError, Cause};
pub use expand::{check_case, expand, expand_within, on_disk, search_within, without_case};
pub use load::load_model;
pub use pose::{Motion, Posed, at, pose};
pub use sky::load_sky;
pub use survey::{Kind, Survey, survey};

/// What one asset may cost. A file past it is refused before the memory is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Of the file and all files that it refers to.
    pub bytes: u64,
    /// JSON objects in a glTF file: each becomes a structure that is many times its text.
    pub json_objects: u64,
    /// JSON values in a glTF file: the shortest take sixteen times their text.
    pub json_values: u64,
    /// Of the whole scene, instances counted each; three times as many vertices.
    pub triangles: u64,
    /// Longest side of any image.
    pub image_side: u32,
    /// Of all images of an asset together.
    pub texels: u64,
    /// Nodes from a root to a leaf.
    pub node_depth: u32,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            bytes: 2 << 30,
            json_objects: 1_000_000,
            json_values: 8_000_000,
            triangles: 50_000_000,
            image_side: 16_384,
            texels: 1 << 29,
            node_depth: 256,
        }
    }
}
