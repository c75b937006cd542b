//! Film + Scene → images of layers and the record that says what they mean. Knows no files: names come from outside.

mod layers;
mod record;
pub mod srgb;

pub use layers::{encode, extension, raster};
pub use record::{LayerFile, layer as layer_entry, record};
