//! Radiance HDR (RGBE) pictures, by the `image` crate. Its arithmetic is exact, so the texels are the same everywhere.

use super::AssetError;
use image::codecs::hdr::HdrDecoder;
use image::{ImageDecoder, ImageError};

/// (width, height) of a file.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), AssetError> {
    Ok(decoder(bytes)?.dimensions())
}

/// (width, height, linear RGB, rows from the top). The caller has held the size to its budget.
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32, Vec<[f32; 3]>), AssetError> {
    let decoder = decoder(bytes)?;
    let (width, height) = decoder.dimensions();
    let n_texels = u64::from(width) * u64::from(height);
    // A run of the older code makes up to 255 texels of four bytes: more than that no file of this length can hold.
    if n_texels / 256 > bytes.len() as u64 {
        return Err(AssetError::malformed("", "the HDR's texels end early").with_hint(COPY_AGAIN));
    }
    let mut texels = vec![[0.0f32; 3]; n_texels as usize];
    decoder.read_image(bytemuck::cast_slice_mut(&mut texels)).map_err(refused)?;
    Ok((width, height, texels))
}

const COPY_AGAIN: &str = "the file is cut off or damaged: copy it again";

fn decoder(bytes: &[u8]) -> Result<HdrDecoder<&[u8]>, AssetError> {
    HdrDecoder::new(bytes).map_err(refused)
}

fn refused(error: ImageError) -> AssetError {
    match error {
        ImageError::Unsupported(what) => AssetError::unsupported("", format!("the HDR cannot be read: {what}"))
            .with_hint("save it again: RGBE, its size as -Y height +X width, as every program writes it"),
        other => AssetError::malformed("", format!("the HDR cannot be read: {other}")).with_hint(COPY_AGAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n{size}\n").into_bytes();
        bytes.extend(body);
        bytes
    }

    #[test]
    fn flat_and_old_runs_are_read() {
        let one = [128, 64, 0, 129];
        let body = [one, [1, 1, 1, 2], [0, 0, 0, 0], one, one].concat();
        let (width, height, texels) = decode(&file("-Y 2 +X 3", &body)).expect("decodes");
        let colour = [1.0, 0.5, 0.0];
        assert_eq!((width, height), (3, 2));
        assert_eq!(texels, [colour, colour, colour, [0.0; 3], colour, colour]);
        let across_the_end_of_a_row = [one, [1, 1, 1, 3], one, one].concat();
        assert!(decode(&file("-Y 2 +X 3", &across_the_end_of_a_row)).is_err());
    }

    #[test]
    fn new_runs_and_literals_are_read_channel_by_channel() {
        let mut body = vec![2, 2, 0, 8];
        body.extend([128 + 8, 128]); // red: a run of eight
        body.extend([8, 0, 1, 2, 3, 4, 5, 6, 7]); // green: literals
        body.extend([128 + 4, 10, 4, 1, 2, 3, 4]); // blue: both
        body.extend([128 + 8, 128]); // exponent: 2^-8
        let (_, _, texels) = decode(&file("-Y 1 +X 8", &body)).expect("decodes");
        for (i, texel) in texels.iter().enumerate() {
            let blue = if i < 4 { 10 } else { i - 3 };
            assert_eq!(*texel, [128.0 / 256.0, i as f32 / 256.0, blue as f32 / 256.0]);
        }
    }

    #[test]
    fn rgbe_is_mantissa_times_a_power_of_two() {
        let radiance = |rgbe: [u8; 4]| decode(&file("-Y 1 +X 1", &rgbe)).expect("decodes").2[0];
        assert_eq!(radiance([128, 64, 1, 129]), [1.0, 0.5, 1.0 / 128.0]);
        assert_eq!(radiance([255, 255, 255, 0]), [0.0; 3]);
        for exponent in 1..=255u8 {
            // Exact in f64: 2^(e − 136) is normal there, and a byte has eight digits.
            let scale = f64::from_bits((u64::from(exponent) + 1023 - 136) << 52);
            assert_eq!(radiance([1, 77, 255, exponent]), [1.0, 77.0, 255.0].map(|m: f64| (m * scale) as f32));
        }
    }

    #[test]
    fn damaged_files_are_errors() {
        let good = file("-Y 1 +X 2", &[1, 2, 3, 128, 4, 5, 6, 128]);
        assert!(decode(&good).is_ok());
        for end in 0..good.len() {
            assert!(decode(&good[..end]).is_err(), "cut at {end}");
        }
        for size in ["-Y 99999 +X 99999", "-Y x +X 2", "+Y 1 +X 2", "-Y 1", ""] {
            assert!(decode(&file(size, &[0; 8])).is_err(), "{size}");
        }
    }
}
