//! Film → one raster a layer, and its file. What each holds stands in [`super::record`] as well, for readers.

use super::objects::{amodal_image, id_image, nocs_image};
use super::srgb::Encoder;
use super::{sensor, tone};
use crate::film::Film;
use crate::formats::raster::{Raster, Samples};
use crate::formats::{exr, jpeg, png};
use crate::layer::Layer;
use crate::math::{Vec3, det};
use crate::recipe::{Background, Render, Tone};
use crate::scene::{Camera, PlacedObject};
use half::f16;

/// The image of one layer. The film has the planes that [`crate::film::FilmPlanes::of`] asks for the layer.
///
/// `objects`: of the scene; entry i has id i + 1. Flow hangs on two scenes: [`super::flow()`] makes it.
pub fn raster(film: &Film, layer: Layer, camera: &Camera, objects: &[PlacedObject], render: &Render) -> Raster {
    let (geometry, points) = (&film.geometry, &film.points);
    let exposure = libm::exp2(render.exposure_ev) as f32;
    let (channels, samples) = match layer {
        Layer::Rgb => match &camera.sensor {
            None => rgb(&film.radiance, exposure, render),
            Some(sensor) => {
                let (channels, samples) = rgb(&sensor::exposed(film, camera, sensor, exposure), 1.0, render);
                (channels, after_jpeg(samples, film, sensor.jpeg_quality))
            }
        },
        Layer::Alpha => (1, Samples::U8(film.radiance.iter().map(|p| unorm8(p[3])).collect())),
        Layer::Depth => (1, Samples::F32(geometry.depth.clone())),
        Layer::DepthSensor => (1, Samples::F32(sensed_depth(film, camera))),
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
            Tone::Srgb | Tone::Agx | Tone::Filmic => {
                let encoder = Encoder::new();
                (3, Samples::U8(points.emission.iter().flatten().map(|&x| encoder.code(x)).collect()))
            }
            Tone::None => (3, Samples::F16(points.emission.iter().flatten().map(|&x| half(x)).collect())),
        },
        Layer::MaterialId | Layer::Part => (1, Samples::U16(id_image(film, layer, objects))),
        Layer::Amodal => (1, Samples::U16(amodal_image(film, objects.len()))),
        Layer::FlowFwd | Layer::FlowBwd => unreachable!("flow is asked of `flow`, which knows both scenes"),
    };
    Raster { width: film.width, height: film.height, channels, samples }
}

/// How many channels a layer's rasters have, and the type of their samples, as [`Samples::dtype`] calls it.
pub fn kind(layer: Layer, render: &Render) -> (u32, &'static str) {
    let dtype = match (layer, render.tone) {
        (Layer::Rgb | Layer::Emissive, Tone::None) => "float16",
        (Layer::Rgb | Layer::Emissive | Layer::Alpha | Layer::Albedo | Layer::Material, _) => "uint8",
        (Layer::Normal | Layer::NormalWorld | Layer::NormalGeometric, _) => "float16",
        (Layer::Depth | Layer::DepthSensor | Layer::Distance | Layer::Position | Layer::Uv, _) => "float32",
        (Layer::FlowFwd | Layer::FlowBwd, _) => "float32",
        (Layer::Instance | Layer::Semantic | Layer::Nocs | Layer::Amodal, _) => "uint16",
        (Layer::MaterialId | Layer::Part, _) => "uint16",
    };
    (channel_names(layer).len() as u32, dtype)
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
        (Layer::Depth | Layer::DepthSensor | Layer::Distance | Layer::Normal | Layer::NormalWorld, _) => "exr",
        (Layer::NormalGeometric | Layer::Position | Layer::Uv | Layer::FlowFwd | Layer::FlowBwd, _) => "exr",
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
        Layer::Uv | Layer::FlowFwd | Layer::FlowBwd => &["R", "G"],
        Layer::Depth | Layer::DepthSensor => &["Z"],
        Layer::Alpha | Layer::Distance | Layer::Instance | Layer::Semantic => &["Y"],
        Layer::MaterialId | Layer::Part | Layer::Amodal => &["Y"],
    }
}

/// `pixels`: premultiplied.
fn rgb(pixels: &[[f32; 4]], exposure: f32, render: &Render) -> (u32, Samples) {
    match render.tone {
        Tone::None => (4, Samples::F16(linear_premultiplied(pixels, exposure, render.background))),
        _ => (4, Samples::U8(srgb_straight(pixels, exposure, render))),
    }
}

/// Exact depth where there is no sensor of it: recipes ask for none then.
fn sensed_depth(film: &Film, camera: &Camera) -> Vec<f32> {
    match camera.sensor.and_then(|sensor| sensor.depth) {
        Some(noise) => sensor::measured_depth(film, camera, &noise),
        None => film.geometry.depth.clone(),
    }
}

/// Colours of RGBA with 8 bits as a JPEG keeps them; alpha stays, and colour 0 where it is 0.
fn after_jpeg(samples: Samples, film: &Film, quality: u8) -> Samples {
    let Samples::U8(rgba) = samples else { return samples };
    if quality == 0 {
        return Samples::U8(rgba);
    }
    let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let lossy = jpeg::round_trip(&rgb, film.width, film.height, quality);
    let texel = |(p, c): (&[u8], &[u8])| if p[3] == 0 { [0; 4] } else { [c[0], c[1], c[2], p[3]] };
    Samples::U8(rgba.chunks_exact(4).zip(lossy.chunks_exact(3)).flat_map(texel).collect())
}

/// RGBA with straight alpha; colour 0 where the 8-bit alpha is 0. A background is put behind what the tone curve gives, in
/// linear light, and covers all.
fn srgb_straight(pixels: &[[f32; 4]], exposure: f32, render: &Render) -> Vec<u8> {
    let encoder = Encoder::new();
    let behind = behind(render.background);
    let mut out = Vec::with_capacity(4 * pixels.len());
    for &[r, g, b, a] in pixels {
        let alpha = unorm8(a);
        if alpha == 0 {
            let code = encoder.code(behind.unwrap_or(0.0));
            out.extend_from_slice(&[code, code, code, if behind.is_some() { 255 } else { 0 }]);
            continue;
        }
        let scale = exposure / a;
        let straight = tone::mapped(render.tone, [r * scale, g * scale, b * scale]);
        match behind {
            None => out.extend(straight.map(|x| encoder.code(x))),
            Some(behind) => {
                out.extend(straight.map(|x| encoder.code(det::clamp(x, 0.0, 1.0) * a + behind * (1.0 - a))));
            }
        }
        out.push(if behind.is_some() { 255 } else { alpha });
    }
    out
}

/// RGBA with premultiplied alpha, as EXR has it.
fn linear_premultiplied(pixels: &[[f32; 4]], exposure: f32, background: Background) -> Vec<f16> {
    let texel = |&[r, g, b, a]: &[f32; 4]| {
        let color = [r * exposure, g * exposure, b * exposure];
        match behind(background) {
            None => [color[0], color[1], color[2], a].map(half),
            Some(behind) => {
                let [r, g, b] = color.map(|x| x + behind * (1.0 - a));
                [r, g, b, 1.0].map(half)
            }
        }
    };
    pixels.iter().flat_map(texel).collect()
}

/// Linear grey of a background.
fn behind(background: Background) -> Option<f32> {
    match background {
        Background::Transparent => None,
        Background::White => Some(1.0),
        Background::Black => Some(0.0),
    }
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
