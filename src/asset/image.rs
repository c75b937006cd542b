//! PNG and JPEG files → RGBA8 texels, one size budget over all images of an asset.
//!
//! Both decoders work in integers: the JPEG one without its SIMD paths, so its texels are the same on every machine.

use super::error::Cause;
use super::guard::caught;
use super::{AssetError, Budget};
use crate::hash::{Digest, sha256};
use crate::scene::Image;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Image files that are wanted, each once however often it is named.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    files: Vec<(String, &'a [u8], Digest)>,
    by_digest: BTreeMap<Digest, u32>,
}

impl<'a> Wanted<'a> {
    /// The index that the image will have. `place`: for messages.
    pub fn want(&mut self, place: &str, bytes: &'a [u8]) -> u32 {
        let digest = sha256(bytes);
        *self.by_digest.entry(digest).or_insert_with(|| {
            self.files.push((place.to_owned(), bytes, digest));
            self.files.len() as u32 - 1
        })
    }

    /// Decodes them all, in parallel; the result does not depend on the threads.
    pub fn decode(self, budget: &Budget) -> Result<Vec<Arc<Image>>, AssetError> {
        let mut texels = 0u64;
        for (place, bytes, _) in &self.files {
            let (width, height) = caught(|| size_of(bytes)).map_err(|e| at(e, place))?;
            if width > budget.image_side || height > budget.image_side {
                let what = format!("has {width} × {height} texels, but the budget is {} a side", budget.image_side);
                return Err(AssetError::too_large(place, what).with_hint("scale the image down"));
            }
            texels += u64::from(width) * u64::from(height);
            if texels > budget.texels {
                let what = format!("the images have more than {} texels together", budget.texels);
                return Err(AssetError::too_large(place, what).with_hint("scale the images down"));
            }
        }
        self.files
            .par_iter()
            .map(|(place, bytes, digest)| caught(|| decode(bytes, *digest)).map(Arc::new).map_err(|e| at(e, place)))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }
}

fn at(mut error: AssetError, place: &str) -> AssetError {
    error.place = place.to_owned();
    error
}

enum Format {
    Png,
    Jpeg,
}

/// By content: the declared MIME type is often wrong.
fn format_of(bytes: &[u8]) -> Result<Format, AssetError> {
    const KTX2: &[u8] = &[0xAB, b'K', b'T', b'X', b' ', b'2', b'0', 0xBB];
    let other = |name: &str| {
        AssetError::unsupported("", format!("is a {name} image, which is not supported"))
            .with_hint("save the texture as PNG or JPEG")
    };
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Ok(Format::Png),
        [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Err(other("WebP")),
        _ if bytes.starts_with(KTX2) => Err(other("KTX2")),
        _ if bytes.starts_with(b"DDS ") => Err(other("DDS")),
        _ => {
            Err(AssetError::malformed("", "is neither a PNG nor a JPEG image")
                .with_hint("save the texture as PNG or JPEG"))
        }
    }
}

fn size_of(bytes: &[u8]) -> Result<(u32, u32), AssetError> {
    let (width, height) = match format_of(bytes)? {
        Format::Png => png_decoder(bytes).read_header_info().map_err(png_error)?.size(),
        Format::Jpeg => {
            let mut decoder = jpeg_decoder(bytes, ColorSpace::RGBA);
            decoder.decode_headers().map_err(jpeg_error)?;
            decoder.info().map_or((0, 0), |info| (u32::from(info.width), u32::from(info.height)))
        }
    };
    if width == 0 || height == 0 {
        return Err(AssetError::malformed("", "the image has no texels"));
    }
    Ok((width, height))
}

fn decode(bytes: &[u8], digest: Digest) -> Result<Image, AssetError> {
    let (width, height) = size_of(bytes)?;
    let rgba8 = match format_of(bytes)? {
        Format::Png => decode_png(bytes)?,
        Format::Jpeg => decode_jpeg(bytes)?,
    };
    if rgba8.len() as u64 != u64::from(width) * u64::from(height) * 4 {
        return Err(AssetError::malformed("", "the image decodes to another size than its header says"));
    }
    Ok(Image { width, height, rgba8, digest })
}

fn png_decoder(bytes: &[u8]) -> png::Decoder<Cursor<&[u8]>> {
    // Rows and metadata; the frame itself is ours and is checked by the budget.
    let limits = png::Limits { bytes: 64 << 20 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder
}

/// Grey, palette and 16-bit images become RGBA8; colour profiles and gamma are ignored, as glTF 2.0 asks (3.8.3).
fn decode_png(bytes: &[u8]) -> Result<Vec<u8>, AssetError> {
    let mut reader = png_decoder(bytes).read_info().map_err(png_error)?;
    let size = reader.output_buffer_size().ok_or_else(|| AssetError::too_large("", "the image is too large"))?;
    let mut samples = vec![0; size];
    let info = reader.next_frame(&mut samples).map_err(png_error)?;
    samples.truncate(info.buffer_size());
    let samples = match info.bit_depth {
        png::BitDepth::Sixteen => {
            samples.chunks_exact(2).map(|s| eight_bits(u16::from_be_bytes([s[0], s[1]]))).collect()
        }
        _ => samples,
    };
    Ok(match info.color_type {
        png::ColorType::Rgba => samples,
        png::ColorType::Rgb => samples.chunks_exact(3).flat_map(|s| [s[0], s[1], s[2], 255]).collect(),
        png::ColorType::GrayscaleAlpha => samples.chunks_exact(2).flat_map(|s| [s[0], s[0], s[0], s[1]]).collect(),
        png::ColorType::Grayscale => samples.iter().flat_map(|&s| [s, s, s, 255]).collect(),
        png::ColorType::Indexed => return Err(AssetError::malformed("", "the PNG's palette was not expanded")),
    })
}

/// v · 255 / 65535, rounded: 65535 / 255 is 257.
fn eight_bits(v: u16) -> u8 {
    ((u32::from(v) + 128) / 257) as u8
}

fn png_error(error: png::DecodingError) -> AssetError {
    let cause = match error {
        png::DecodingError::LimitsExceeded => Cause::TooLarge,
        _ => Cause::Malformed,
    };
    AssetError::new(cause, "", format!("the PNG cannot be decoded: {error}")).with_hint(SAVE_AGAIN)
}

const SAVE_AGAIN: &str = "open the image in a painting program and save it again";

fn jpeg_decoder(bytes: &[u8], out: ColorSpace) -> JpegDecoder<Cursor<&[u8]>> {
    // Strict: a cut-off image is an error, not a picture that ends in grey.
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(out);
    JpegDecoder::new_with_options(Cursor::new(bytes), options)
}

fn decode_jpeg(bytes: &[u8]) -> Result<Vec<u8>, AssetError> {
    let mut probe = jpeg_decoder(bytes, ColorSpace::RGBA);
    probe.decode_headers().map_err(jpeg_error)?;
    let out = match probe.input_colorspace() {
        Some(ColorSpace::YCbCr | ColorSpace::Luma) => ColorSpace::RGBA,
        Some(ColorSpace::RGB) => ColorSpace::RGB,
        other => {
            let name = other.map_or("unknown".to_owned(), |space| format!("{space:?}"));
            return Err(
                AssetError::unsupported("", format!("the JPEG's colours are {name}")).with_hint("save it as RGB")
            );
        }
    };
    let samples = jpeg_decoder(bytes, out).decode().map_err(jpeg_error)?;
    Ok(match out {
        ColorSpace::RGB => samples.chunks_exact(3).flat_map(|s| [s[0], s[1], s[2], 255]).collect(),
        _ => samples,
    })
}

fn jpeg_error(error: zune_jpeg::errors::DecodeErrors) -> AssetError {
    AssetError::malformed("", format!("the JPEG cannot be decoded: {error}")).with_hint(SAVE_AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of one row.
    fn png_of(color: png::ColorType, depth: png::BitDepth, width: u32, data: &[u8], palette: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if let Some(palette) = palette {
            encoder.set_palette(palette.to_vec());
        }
        encoder.write_header().expect("a header").write_image_data(data).expect("data");
        bytes
    }

    fn texels(bytes: &[u8]) -> Vec<u8> {
        decode(bytes, Digest::default()).expect("decodes").rgba8
    }

    #[test]
    fn every_png_layout_becomes_rgba8() {
        use png::{BitDepth as D, ColorType as C};
        assert_eq!(texels(&png_of(C::Grayscale, D::Eight, 2, &[7, 9], None)), [7, 7, 7, 255, 9, 9, 9, 255]);
        assert_eq!(texels(&png_of(C::GrayscaleAlpha, D::Eight, 1, &[7, 9], None)), [7, 7, 7, 9]);
        assert_eq!(texels(&png_of(C::Rgb, D::Eight, 1, &[1, 2, 3], None)), [1, 2, 3, 255]);
        assert_eq!(texels(&png_of(C::Rgba, D::Eight, 1, &[1, 2, 3, 4], None)), [1, 2, 3, 4]);
        assert_eq!(texels(&png_of(C::Grayscale, D::One, 2, &[0b0100_0000], None)), [0, 0, 0, 255, 255, 255, 255, 255]);
        assert_eq!(
            texels(&png_of(C::Indexed, D::Eight, 2, &[1, 0], Some(&[1, 2, 3, 4, 5, 6]))),
            [4, 5, 6, 255, 1, 2, 3, 255]
        );
        // 0x80FF lies 127 above 128 · 257 and 130 below 129 · 257.
        assert_eq!(
            texels(&png_of(C::Grayscale, D::Sixteen, 2, &[0x80, 0xFF, 0x81, 0x01], None)),
            [128, 128, 128, 255, 129, 129, 129, 255]
        );
    }

    #[test]
    fn sixteen_bits_round_to_the_nearest_of_eight() {
        for v in 0..=u16::MAX {
            assert_eq!(eight_bits(v), (f64::from(v) * 255.0 / 65535.0).round() as u8, "{v}");
        }
    }

    #[test]
    fn equal_files_are_decoded_once_and_budgets_hold() {
        let png = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, 2, &[7, 9], None);
        let other = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, 2, &[7, 8], None);
        let wanted = || {
            let mut wanted = Wanted::default();
            assert_eq!([wanted.want("a", &png), wanted.want("b", &other), wanted.want("c", &png)], [0, 1, 0]);
            wanted
        };
        assert_eq!(wanted().decode(&Budget::default()).expect("decodes").len(), 2);
        assert!(wanted().decode(&Budget { texels: 4, ..Budget::default() }).is_ok());
        let error = wanted().decode(&Budget { texels: 3, ..Budget::default() }).unwrap_err();
        assert_eq!((error.cause, error.place.as_str()), (Cause::TooLarge, "b"));
        assert_eq!(wanted().decode(&Budget { image_side: 1, ..Budget::default() }).unwrap_err().cause, Cause::TooLarge);
    }

    #[test]
    fn a_cut_off_image_is_an_error() {
        let png = png_of(png::ColorType::Rgb, png::BitDepth::Eight, 64, &[3; 192], None);
        for end in [4, 20, png.len() / 2, png.len() - 20] {
            assert!(decode(&png[..end], Digest::default()).is_err(), "cut at {end}");
        }
        assert_eq!(decode(b"RIFF\0\0\0\0WEBPVP8 ", Digest::default()).unwrap_err().cause, Cause::Unsupported);
    }
}
