//! Film + Scene → images of layers and the record that says what they mean. Knows no files: names come from outside.

mod flow;
mod layers;
mod lens;
mod objects;
mod record;
mod sensor;
pub mod srgb;
pub mod tone;

pub use flow::flow;
pub use layers::{encode, extension, kind, raster};
pub use lens::{LENS_LAYERS, distortion_text, projection_text};
pub use objects::{AMODAL_BITS, MAX_NAME_BYTES};
pub use record::{LayerFile, layer as layer_entry, record};
pub use sensor::{DEPTH_TEXT, ORDER as SENSOR_ORDER};
