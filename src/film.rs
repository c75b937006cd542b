//! The linear result of one view, before encoding. Knows no renderer and no file format.

use crate::layer::Layer;

/// Which planes of a [`Film`] are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FilmPlanes {
    /// `radiance` and its alpha, by tracing paths.
    pub radiance: bool,
    /// Alpha without radiance: camera rays only.
    pub alpha: bool,
    pub albedo: bool,
    /// One ray through each pixel's centre fills all of `Geometry`.
    pub geometry: bool,
    /// The same ray fills all of `Points`.
    pub points: bool,
    /// A ray for each object fills `Amodal`.
    pub amodal: bool,
    /// The ray through each pixel's centre fills `Hits`.
    pub hits: bool,
}

impl FilmPlanes {
    pub const NONE: FilmPlanes = FilmPlanes {
        radiance: false,
        alpha: false,
        albedo: false,
        geometry: false,
        points: false,
        amodal: false,
        hits: false,
    };

    pub fn of(layers: &[Layer]) -> FilmPlanes {
        let has = |layer| layers.contains(&layer);
        FilmPlanes {
            radiance: has(Layer::Rgb),
            alpha: has(Layer::Alpha) || has(Layer::Albedo),
            albedo: has(Layer::Albedo),
            geometry: layers.iter().any(|layer| !layer.is_filtered()),
            points: layers.iter().any(|&layer| is_of_points(layer)),
            amodal: has(Layer::Amodal),
            // Poses leave only triangles where they were.
            hits: has(Layer::FlowFwd) || has(Layer::FlowBwd) || has(Layer::Nocs),
        }
    }
}

fn is_of_points(layer: Layer) -> bool {
    use Layer::{Emissive, MaterialId, Nocs, NormalGeometric, Part, Position, Uv};
    matches!(layer, NormalGeometric | Position | Uv | Nocs | Emissive | MaterialId | Part)
}

/// Pixels row by row from the top. A plane that was not wanted is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Film {
    pub width: u32,
    pub height: u32,
    /// Mean of the samples: linear RGB premultiplied by alpha, and alpha. Filled where `radiance` or `alpha` was wanted
    /// (RGB is 0 where only alpha was).
    pub radiance: Vec<[f32; 4]>,
    /// Mean of the samples: linear RGB premultiplied by alpha (divide by `radiance`'s alpha).
    pub albedo: Vec<[f32; 3]>,
    pub geometry: Geometry,
    pub points: Points,
    pub amodal: Amodal,
    pub hits: Hits,
}

/// What the ray through each pixel's centre meets first, with alpha at least 0.5. Background: 0 everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Geometry {
    /// Planar z in metres.
    pub depth: Vec<f32>,
    /// Length along the ray in metres.
    pub distance: Vec<f32>,
    /// Shading normal, unit, world axes, on the side of the viewer.
    pub normal: Vec<[f32; 3]>,
    /// Roughness (as in the file, not squared) and metallic.
    pub material: Vec<[f32; 2]>,
    /// `scene::Instance::object_id`.
    pub instance: Vec<u16>,
    /// `scene::Instance::class_id`.
    pub semantic: Vec<u16>,
}

/// More about the same points, for layers that few ask for. Background: 0 everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// World, in metres.
    pub position: Vec<[f32; 3]>,
    /// The triangle's normal: unit, world axes, on the side of the viewer.
    pub normal: Vec<[f32; 3]>,
    /// The mesh's first uv set, as in the file.
    pub uv: Vec<[f32; 2]>,
    /// Radiance that the material sends towards the viewer of its own.
    pub emission: Vec<[f32; 3]>,
    /// 1 + index of the material in the object's asset; 0 on what is no object.
    pub material: Vec<u16>,
    /// 1 + index in the asset's `part_names`; 0 on what is no object.
    pub part: Vec<u16>,
}

/// Which point of which triangle the ray through each pixel's centre meets first. Background: 0 everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// 1 + index into `scene::Scene::instances`.
    pub instance: Vec<u32>,
    /// Index into `scene::Mesh::triangles`.
    pub triangle: Vec<u32>,
    /// Weights of the triangle's second and third vertex.
    pub weights: Vec<[f32; 2]>,
}

/// Which objects the ray through each pixel's centre would meet, were each alone in the scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amodal {
    /// Of 32 bits, a pixel.
    pub words: usize,
    /// Pixel by pixel: object `id` is bit (id − 1) mod 32 of word (id − 1) / 32.
    pub bits: Vec<u32>,
}

impl Amodal {
    /// Words for objects up to `most_id`.
    pub fn words_for(most_id: u32) -> usize {
        most_id.div_ceil(32) as usize
    }

    /// Whether pixel `i` would show object `id` (from 1).
    pub fn shows(&self, i: usize, id: u16) -> bool {
        let bit = usize::from(id) - 1;
        self.bits[i * self.words + bit / 32] >> (bit % 32) & 1 == 1
    }
}
