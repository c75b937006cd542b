//! Composed scenes against derived values.
