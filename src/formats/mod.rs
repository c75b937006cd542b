//! Values ↔ bytes, both directions. Knows file formats, not what the values mean.

pub mod dsse;
pub mod exr;
pub mod jpeg;
pub mod json;
pub mod merkle;
pub mod parquet;
pub mod png;
pub mod raster;
pub mod rle;
pub mod tar;

/// The largest side of an image that is decoded here, in pixels (DESIGN's budget).
pub const MAX_IMAGE_SIDE: u32 = 16_384;

/// What an image may be at most before it is decoded: a file cannot make us allocate more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageBudget {
    pub width: u32,
    pub height: u32,
    /// Bytes of all decoded samples.
    pub bytes: u64,
}

impl Default for ImageBudget {
    fn default() -> ImageBudget {
        ImageBudget { width: MAX_IMAGE_SIDE, height: MAX_IMAGE_SIDE, bytes: 1 << 30 }
    }
}

impl ImageBudget {
    /// Refuses an image by its header alone.
    fn check(&self, width: u64, height: u64, bytes_per_pixel: u64) -> Result<(), ImageError> {
        let bytes = width.saturating_mul(height).saturating_mul(bytes_per_pixel);
        let is_within = width <= u64::from(self.width) && height <= u64::from(self.height) && bytes <= self.bytes;
        match is_within {
            true => Ok(()),
            false => Err(ImageError::TooLarge { width, height, bytes }),
        }
    }
}

/// Why bytes are no image that this program writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    #[error("{0}")]
    Malformed(String),
    #[error("an image of {width} × {height} pixels and {bytes} bytes is over the budget")]
    TooLarge { width: u64, height: u64, bytes: u64 },
    #[error("{0} is not a kind of image that genki writes")]
    Unsupported(String),
    #[error("the decoder panicked on these bytes")]
    Panicked,
}

/// Runs a decoder of somebody else's: its panic is an error here.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)).unwrap_or(Err(ImageError::Panicked))
}
