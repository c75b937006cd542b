//! OpenEXR skies: the first part that has channels R, G and B, whatever else it has.

use super::{AssetError, Budget};
use exr::meta::MetaData;
use exr::prelude::{FlatSamples, ReadChannels, ReadLayers, read};
use std::io::Cursor;

/// (width, height); also checks what decoding would need.
pub(super) fn size(bytes: &[u8], budget: &Budget) -> Result<(u32, u32), AssetError> {
    let meta = MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(damaged)?;
    let mut samples = 0u64;
    for header in &meta.headers {
        let (width, height) = (header.layer_size.width() as u64, header.layer_size.height() as u64);
        samples =
            samples.saturating_add(width.saturating_mul(height).saturating_mul(header.channels.list.len() as u64));
    }
    // All channels of all parts are read: four channels are usual, and a part more should not hurt.
    if samples > budget.texels.saturating_mul(4) {
        return Err(AssetError::too_large("", "the EXR has too many samples in all its channels"));
    }
    let header = meta.headers.first().ok_or_else(|| AssetError::malformed("", "the EXR has no layer"))?;
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok((side(header.layer_size.width()), side(header.layer_size.height())))
}

/// (width, height, linear RGB, rows from the top).
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32, Vec<[f32; 3]>), AssetError> {
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .all_layers()
        .all_attributes()
        .non_parallel()
        .from_buffered(Cursor::new(bytes))
        .map_err(damaged)?;
    let mut names = Vec::new();
    for layer in &image.layer_data {
        let channel = |wanted: &str| {
            let named = |name: &str| name == wanted || name.rsplit('.').next() == Some(wanted);
            layer.channel_data.list.iter().find(|c| named(&c.name.to_string())).map(|c| &c.sample_data)
        };
        let (Some(r), Some(g), Some(b)) = (channel("R"), channel("G"), channel("B")) else {
            names.extend(layer.channel_data.list.iter().map(|c| c.name.to_string()));
            continue;
        };
        let count = layer.size.area();
        if [r, g, b].iter().any(|samples| samples.len() != count) {
            return Err(AssetError::unsupported("", "the EXR's colour channels are subsampled")
                .with_hint("save it as plain RGB"));
        }
        let texels = (0..count).map(|i| [sample(r, i), sample(g, i), sample(b, i)]).collect();
        return Ok((layer.size.width() as u32, layer.size.height() as u32, texels));
    }
    let what = format!("the EXR has no channels R, G and B, but {}", names.join(", "));
    Err(AssetError::unsupported("", what).with_hint("save it with RGB channels"))
}

fn sample(samples: &FlatSamples, i: usize) -> f32 {
    match samples {
        FlatSamples::F16(values) => values.get(i).map_or(0.0, |v| v.to_f32()),
        FlatSamples::F32(values) => values.get(i).copied().unwrap_or(0.0),
        FlatSamples::U32(values) => values.get(i).map_or(0.0, |&v| v as f32),
    }
}

fn damaged(error: exr::error::Error) -> AssetError {
    AssetError::malformed("", format!("the EXR cannot be decoded: {error}"))
        .with_hint("open it in an image editor and save it again")
}
