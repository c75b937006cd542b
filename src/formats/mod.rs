//! Values ↔ bytes, both directions. Knows file formats, not what the values mean.

pub mod raster;
