//! A decoded image of one layer, as its file holds it: the value between films and image files.

use crate::hash::{Digest, Hasher};
use half::f16;

/// Samples row by row from the top, channels interleaved.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub width: u32,
    pub height: u32,
    pub channels: u32,
    pub samples: Samples,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F16(Vec<f16>),
    F32(Vec<f32>),
}

impl Samples {
    /// As records spell it; also what goes into the pixel digest.
    pub fn dtype(&self) -> &'static str {
        match self {
            Samples::U8(_) => "uint8",
            Samples::U16(_) => "uint16",
            Samples::F16(_) => "float16",
            Samples::F32(_) => "float32",
        }
    }
}

impl Raster {
    /// What a receipt calls `pixels`: independent of the compressor.
    ///
    /// SHA-256 of `"genki/pixels/v1\0" ‖ u32le width ‖ u32le height ‖ u32le channels ‖ dtype ‖ 0 ‖ samples` (little-endian).
    pub fn pixels_digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        hasher.update(b"genki/pixels/v1\0");
        for n in [self.width, self.height, self.channels] {
            hasher.update(&n.to_le_bytes());
        }
        hasher.update(self.samples.dtype().as_bytes()).update(&[0]);
        match &self.samples {
            Samples::U8(v) => hasher.update(v),
            Samples::U16(v) => update_le(&mut hasher, v, |x| x.to_le_bytes()),
            Samples::F16(v) => update_le(&mut hasher, v, |x| x.to_le_bytes()),
            Samples::F32(v) => update_le(&mut hasher, v, |x| x.to_le_bytes()),
        };
        hasher.finish()
    }
}

/// Hashes values as little-endian bytes, in pieces that stay in the cache.
fn update_le<'h, T: Copy, const N: usize>(
    hasher: &'h mut Hasher,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> &'h mut Hasher {
    let mut piece = Vec::with_capacity(4096 * N);
    for chunk in values.chunks(4096) {
        piece.clear();
        chunk.iter().for_each(|&v| piece.extend_from_slice(&bytes(v)));
        hasher.update(&piece);
    }
    hasher
}
