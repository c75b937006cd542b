//! Film → one raster a layer, and its file. What each holds stands in [`super::record`] as well, for readers.

use super::objects::{amodal_image, id_image, nocs_image};
use super::srgb::Encoder;
use crate::film::Film;
use crate::formats::raster::{Raster, Samples};
use crate::formats::{exr, png};
use crate::layer::Layer;
use crate::math::{Vec3, det};
use crate::recipe::{Render, Tone};
use crate::scene::{Camera, PlacedObject};
use half::f16;

/// The image of one layer. The film has the planes that [`crate::film::FilmPlanes::of`] asks for the layer.
///
/// `objects`: of the scene; entry i has id i + 1.
pub fn raster(film: &Film, layer: Layer, camera: &Camera, objects: &[PlacedObject], render: &Render) -> Raster {
    let (geometry, points) = (&film.geometry, &film.points);
    let exposure = libm::exp2(render.exposure_ev) as f32;
    let (channels, samples) = match layer {
        Layer::Rgb => match render.tone {
            Tone::Srgb => (4, Samples::U8(srgb_straight(film, exposure))),
            Tone::None => (4, Samples::F16(linear_premultiplied(film, exposure))),
        },
        Layer::Alpha => (1, Samples::U8(film.radiance.iter().map(|p| unorm8(p[3])).collect())),
        Layer::Depth => (1, Samples::F32(geometry.depth.clone())),
        Layer::Distance => (1, Samples::F32(geometry.distance.clone())),
        Layer::Normal => (3, Samples::F16(camera_normals(&geometry.normal, camera))),
        Layer::NormalWorld => (3, Samples::F16(geometry.normal.iter().flatten().map(|&x| half(x)).collect())),
        Layer::Albedo => (3, Samples::U8(albedo(film))),
        Layer::Material => {
            let texel = |&[roughness, metallic]: &[f32; 2]| [0, unorm8(roughness), unorm8(metallic)];
            (3, Samples::U8(geometry.material.iter().flat_map(texel).collect()))
        }
        Layer::Instance => (1, Samples::U16(geometry.instance.clone())),
        Layer::Semantic => (1, Samples::U16(geometry.semantic.clone())),
        Layer::NormalGeometric => (3, Samples::F16(camera_normals(&points.normal, camera))),
        Layer::Position => (3, Samples::F32(points.position.as_flattened().to_vec())),
        Layer::Uv => (2, Samples::F32(points.uv.as_flattened().to_vec())),
        Layer::Nocs => (4, Samples::U16(nocs_image(film, objects))),
        Layer::Emissive => match render.tone {
            Tone::Srgb => {
                let encoder = Encoder::new();
                (3, Samples::U8(points.emission.iter().flatten().map(|&x| encoder.code(x)).collect()))
            }
            Tone::None => (3, Samples::F16(points.emission.iter().flatten().map(|&x| half(x)).collect())),
        },
        Layer::MaterialId | Layer::Part => (1, Samples::U16(id_image(film, layer, objects))),
        Layer::Amodal => (1, Samples::U16(amodal_image(film, objects.len()))),
    };
    Raster { width: film.width, height: film.height, channels, samples }
}

/// The file of a raster: PNG for whole numbers, EXR for floats.
pub fn encode(raster: &Raster, layer: Layer) -> Vec<u8> {
    match raster.samples {
        Samples::U8(_) | Samples::U16(_) => png::encode(raster),
        Samples::F16(_) | Samples::F32(_) => exr::encode(raster, channel_names(layer)),
    }
}

/// What stands after the key in the file's name: `rgb.png`.
pub fn extension(layer: Layer, render: &Render) -> String {
    let kind = match (layer, render.tone) {
        (Layer::Rgb | Layer::Emissive, Tone::None) => "exr",
        (Layer::Depth | Layer::Distance | Layer::Normal | Layer::NormalWorld, _) => "exr",
        (Layer::NormalGeometric | Layer::Position | Layer::Uv, _) => "exr",
        _ => "png",
    };
    format!("{layer}.{kind}")
}

/// Names of a layer's channels, in order. In an EXR file depth is `Z`, as elsewhere; PNG has no names.
pub(super) fn channel_names(layer: Layer) -> &'static [&'static str] {
    match layer {
        Layer::Rgb | Layer::Nocs => &["R", "G", "B", "A"],
        Layer::Normal | Layer::NormalWorld | Layer::Albedo | Layer::Material => &["R", "G", "B"],
        Layer::NormalGeometric | Layer::Position | Layer::Emissive => &["R", "G", "B"],
        Layer::Uv => &["R", "G"],
        Layer::Depth => &["Z"],
        Layer::Alpha | Layer::Distance | Layer::Instance | Layer::Semantic => &["Y"],
        Layer::MaterialId | Layer::Part | Layer::Amodal => &["Y"],
    }
}

/// RGBA with straight alpha; colour 0 where the 8-bit alpha is 0.
fn srgb_straight(film: &Film, exposure: f32) -> Vec<u8> {
    let encoder = Encoder::new();
    let mut out = Vec::with_capacity(4 * film.radiance.len());
    for &[r, g, b, a] in &film.radiance {
        let alpha = unorm8(a);
        if alpha == 0 {
            out.extend_from_slice(&[0; 4]);
            continue;
        }
        let scale = exposure / a;
        out.extend_from_slice(&[encoder.code(r * scale), encoder.code(g * scale), encoder.code(b * scale), alpha]);
    }
    out
}

/// RGBA with premultiplied alpha, as EXR has it.
fn linear_premultiplied(film: &Film, exposure: f32) -> Vec<f16> {
    film.radiance.iter().flat_map(|&[r, g, b, a]| [r * exposure, g * exposure, b * exposure, a].map(half)).collect()
}

/// Base colour without coverage; 0 where the 8-bit alpha is 0.
fn albedo(film: &Film) -> Vec<u8> {
    let encoder = Encoder::new();
    let mut out = Vec::with_capacity(3 * film.albedo.len());
    for (color, &[.., a]) in film.albedo.iter().zip(&film.radiance) {
        let scale = if unorm8(a) == 0 { 0.0 } else { 1.0 / a };
        out.extend(color.map(|c| encoder.code(c * scale)));
    }
    out
}

/// World normals in the camera's frame with OpenGL's axes: +X right, +Y up, +Z towards the viewer.
fn camera_normals(normals: &[[f32; 3]], camera: &Camera) -> Vec<f16> {
    let mut out = Vec::with_capacity(3 * normals.len());
    for &n in normals {
        let opencv = camera.world_from_camera.transposed_vector(Vec3::from(n));
        out.extend([opencv.x, 0.0 - opencv.y, 0.0 - opencv.z].map(half));
    }
    out
}

/// Round to nearest, halves up.
fn unorm8(x: f32) -> u8 {
    (det::clamp(x, 0.0, 1.0) * 255.0 + 0.5) as u8
}

/// The nearest half float, past its range the largest; zero without a sign.
fn half(x: f32) -> f16 {
    f16::from_f32(det::clamp(x, -65_504.0, 65_504.0) + 0.0)
}
