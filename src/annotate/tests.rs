//! Layers and records against derived values.
