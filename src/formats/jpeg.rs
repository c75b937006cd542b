//! What JPEG loses. Integers throughout, scalar: the same bytes everywhere. Knows no files.

use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest side that the format has.
const MAX_SIDE: u32 = 65_535;

/// 8-bit RGB after a baseline JPEG of a quality from 1 to 100 (below 90 with half the resolution in colour, as the encoder's
/// default is); unchanged where a side is 0 or too large for the format.
pub fn round_trip(rgb: &[u8], width: u32, height: u32, quality: u8) -> Vec<u8> {
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return rgb.to_vec();
    }
    let mut file = Vec::new();
    Encoder::new(&mut file, quality)
        .encode(rgb, width as u16, height as u16, ColorType::Rgb)
        .expect("a picture of at most 65535 pixels a side can be written to memory");
    let options = DecoderOptions::new_safe().set_max_width(65_535).set_max_height(65_535);
    JpegDecoder::new_with_options(ZCursor::new(file.as_slice()), options.jpeg_set_out_colorspace(ColorSpace::RGB))
        .decode()
        .expect("what was just encoded is a JPEG")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Vec<u8> {
        (0..48 * 32).flat_map(|i| [(i % 48 * 5) as u8, (i / 48 * 8) as u8, 128]).collect()
    }

    fn error(quality: u8) -> f64 {
        let before = ramp();
        let after = round_trip(&before, 48, 32, quality);
        assert_eq!(after.len(), before.len());
        before.iter().zip(&after).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).sum::<f64>() / before.len() as f64
    }

    #[test]
    fn less_quality_loses_more_and_the_best_nearly_nothing() {
        let errors = [100, 80, 20, 2].map(error);
        assert!(errors[0] < 1.0 && errors[3] > 4.0, "{errors:?}");
        assert!(errors.windows(2).all(|pair| pair[0] < pair[1]), "{errors:?}");
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let after = round_trip(&[200; 3 * 8 * 8], 8, 8, 50);
        assert!(after.iter().all(|&x| x.abs_diff(200) <= 2), "{after:?}");
    }
}
