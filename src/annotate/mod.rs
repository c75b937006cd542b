//! Film + Scene → images of layers and the record that says what they mean. Knows no files: names come from outside.

mod layers;
mod objects;
mod record;
pub mod srgb;

pub use layers::{encode, extension, raster};
pub use objects::{AMODAL_BITS, MAX_NAME_BYTES};
pub use record::{LayerFile, layer as layer_entry, record};
