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
}

impl FilmPlanes {
    pub fn of(layers: &[Layer]) -> FilmPlanes {
        let has = |layer| layers.contains(&layer);
        FilmPlanes {
            radiance: has(Layer::Rgb),
            alpha: has(Layer::Alpha) || has(Layer::Albedo),
            albedo: has(Layer::Albedo),
            geometry: layers.iter().any(|layer| !layer.is_filtered()),
        }
    }
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
