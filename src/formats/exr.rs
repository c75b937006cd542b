//! OpenEXR: one layer of scan lines, half or float, named channels, RLE. Knows no layers of views and no colour spaces.

use super::raster::{Raster, Samples};
use super::{ImageBudget, ImageError, guarded};
use ::exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer};
use ::exr::meta::MetaData;
use ::exr::meta::attribute::SampleType;
use ::exr::meta::header::LayerAttributes;
use ::exr::prelude::{Compression, ReadChannels as _, ReadLayers as _, WritableImage as _, read};
use std::io::Cursor;

/// The order in which known channels stand in a [`Raster`]; the file itself lists them by name.
const CHANNEL_ORDER: [&str; 7] = ["R", "G", "B", "A", "X", "Y", "Z"];

/// An EXR file of `raster`, whose samples are `f16` or `f32`. The same raster gives the same bytes.
///
/// `channels`: one name a channel, in the raster's order, which is R, G, B, A, X, Y, Z, then all others by name.
///
/// # Panics
/// On other samples, names out of that order, and where the samples are not width × height × channels: bugs of the caller.
pub fn encode(raster: &Raster, channels: &[&str]) -> Vec<u8> {
    assert_eq!(channels.len(), raster.channels as usize, "one name a channel");
    assert!(channels.is_sorted_by(|a, b| rank(a) < rank(b)), "channels in the order that decoding gives: {channels:?}");
    let plane = |channel: usize| match &raster.samples {
        Samples::F16(values) => FlatSamples::F16(every(values, channel, channels.len())),
        Samples::F32(values) => FlatSamples::F32(every(values, channel, channels.len())),
        other => panic!("EXR holds no {}", other.dtype()),
    };
    let list = channels.iter().enumerate().map(|(i, &name)| AnyChannel::new(name, plane(i))).collect();
    let size = (raster.width as usize, raster.height as usize);
    let encoding = Encoding { compression: Compression::RLE, ..Encoding::UNCOMPRESSED };
    let layer = Layer::new(size, LayerAttributes::default(), encoding, AnyChannels::sort(list));
    let mut file = Cursor::new(Vec::new());
    let image = Image::from_layer(layer);
    image
        .write()
        .non_parallel()
        .to_buffered(&mut file)
        .expect("a vector takes all bytes, and the samples fit the size");
    file.into_inner()
}

/// The raster of an EXR file, under the default budget.
pub fn decode(bytes: &[u8]) -> Result<Raster, ImageError> {
    decode_within(bytes, &ImageBudget::default())
}

/// The raster of an EXR file that is no larger than `budget`.
pub fn decode_within(bytes: &[u8], budget: &ImageBudget) -> Result<Raster, ImageError> {
    guarded(|| decode_unguarded(bytes, budget))
}

fn decode_unguarded(bytes: &[u8], budget: &ImageBudget) -> Result<Raster, ImageError> {
    check_header(bytes, budget)?;
    let reader = read().no_deep_data().largest_resolution_level().all_channels().first_valid_layer().all_attributes();
    let image = reader.pedantic().non_parallel().from_buffered(Cursor::new(bytes)).map_err(malformed)?;
    let size = image.layer_data.size;
    let mut planes: Vec<(String, FlatSamples)> =
        image.layer_data.channel_data.list.into_iter().map(|c| (c.name.to_string(), c.sample_data)).collect();
    planes.sort_by(|a, b| rank(&a.0).cmp(&rank(&b.0)));
    let samples = match planes.first() {
        Some((_, FlatSamples::F16(_))) => Samples::F16(interleave(&planes, |p| match p {
            FlatSamples::F16(values) => Some(values),
            _ => None,
        })?),
        _ => Samples::F32(interleave(&planes, |p| match p {
            FlatSamples::F32(values) => Some(values),
            _ => None,
        })?),
    };
    let side = |n: usize| u32::try_from(n).map_err(|_| ImageError::Malformed("its size overflows".into()));
    Ok(Raster { width: side(size.0)?, height: side(size.1)?, channels: planes.len() as u32, samples })
}

/// Everything that can be refused before a sample is decoded.
fn check_header(bytes: &[u8], budget: &ImageBudget) -> Result<(), ImageError> {
    let meta = MetaData::read_from_buffered(Cursor::new(bytes), true).map_err(malformed)?;
    let [header] = meta.headers.as_slice() else {
        return Err(ImageError::Unsupported("an EXR of several parts".into()));
    };
    if header.deep || header.blocks != ::exr::meta::BlockDescription::ScanLines {
        return Err(ImageError::Unsupported("an EXR that is deep or tiled".into()));
    }
    let channels = &header.channels.list;
    let kind = channels.first().map(|c| c.sample_type);
    let is_plain = channels.iter().all(|c| Some(c.sample_type) == kind && c.sampling.0 == 1 && c.sampling.1 == 1);
    if !is_plain || kind == Some(SampleType::U32) || kind.is_none() {
        return Err(ImageError::Unsupported("an EXR of unlike, integer or subsampled channels".into()));
    }
    let size = header.layer_size;
    budget.check(size.0 as u64, size.1 as u64, header.channels.bytes_per_pixel as u64)
}

fn malformed(error: ::exr::error::Error) -> ImageError {
    ImageError::Malformed(error.to_string())
}

fn rank(name: &str) -> (usize, &str) {
    (CHANNEL_ORDER.iter().position(|&known| known == name).unwrap_or(CHANNEL_ORDER.len()), name)
}

fn every<T: Copy>(values: &[T], from: usize, step: usize) -> Vec<T> {
    values.iter().skip(from).step_by(step).copied().collect()
}

fn interleave<T: Copy>(
    planes: &[(String, FlatSamples)],
    of: impl Fn(&FlatSamples) -> Option<&Vec<T>>,
) -> Result<Vec<T>, ImageError> {
    let unlike = || ImageError::Unsupported("an EXR of unlike channels".into());
    let planes: Vec<&Vec<T>> = planes.iter().map(|(_, p)| of(p).ok_or_else(unlike)).collect::<Result<_, _>>()?;
    let n = planes.first().map_or(0, |p| p.len());
    if planes.iter().any(|p| p.len() != n) {
        return Err(unlike());
    }
    let mut out = Vec::with_capacity(n * planes.len());
    (0..n).for_each(|i| out.extend(planes.iter().map(|p| p[i])));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

    fn raster(channels: u32, is_half: bool) -> Raster {
        let (width, height) = (9, 4);
        let n = width * height * channels;
        // Values that compress badly, beside runs that compress well, infinity and a zero with a sign.
        let value = |i: u32| match i % 7 {
            0..3 => 1.5,
            3 => f32::INFINITY,
            4 => -0.0,
            _ => f32::from(i as u16).sqrt(),
        };
        let samples = match is_half {
            true => Samples::F16((0..n).map(|i| f16::from_f32(value(i))).collect()),
            false => Samples::F32((0..n).map(value).collect()),
        };
        Raster { width, height, channels, samples }
    }

    #[test]
    fn every_kind_comes_back_bit_for_bit_and_in_its_order() {
        for (channels, names) in
            [(1, &["Z"][..]), (3, &["X", "Y", "Z"]), (3, &["R", "G", "B"]), (4, &["R", "G", "B", "A"])]
        {
            for is_half in [false, true] {
                let raster = raster(channels, is_half);
                let decoded = decode(&encode(&raster, names)).unwrap();
                assert_eq!(decoded.pixels_digest(), raster.pixels_digest(), "{names:?}");
            }
        }
    }

    #[test]
    fn an_image_over_the_budget_is_refused_by_its_header() {
        let file = encode(&raster(3, false), &["X", "Y", "Z"]);
        let budget = ImageBudget { width: 8, height: 4, bytes: 1 << 20 };
        assert_eq!(decode_within(&file, &budget), Err(ImageError::TooLarge { width: 9, height: 4, bytes: 9 * 4 * 12 }));
    }

    #[test]
    fn cut_and_changed_files_never_panic_past_the_guard() {
        let file = encode(&raster(3, true), &["X", "Y", "Z"]);
        for end in 0..file.len() {
            assert!(decode(&file[..end]).is_err(), "cut at {end}");
        }
        let mut n_refused = 0;
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 0x41;
            match decode(&changed) {
                Err(ImageError::Panicked) => panic!("the decoder panicked over byte {at}"),
                Err(_) => n_refused += 1,
                Ok(_) => {}
            }
        }
        assert!(n_refused > 0);
    }
}
