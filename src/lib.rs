//! genki: 3D assets and a recipe in, 3D training data and a signed contribution out.
//!
//! Floors, each importing only from those before it (tests/tidy holds the house to that):
//! 0 [`math`] [`hash`] [`diag`] [`event`] [`layer`] [`reason`] · 1 [`recipe`] [`scene`] [`film`] [`formats`] ·
//! 2 [`plan`] [`asset`] [`buffers`] · 3 [`compose`] [`render`] [`annotate`] · 4 [`contribution`] · 5 [`run`] · 6 [`cli`]

// So that tests/fixture serves the tests in here as well as those outside.
#[cfg(test)]
extern crate self as genki;

pub mod annotate;
pub mod asset;
pub mod buffers;
pub mod cli;
pub mod compose;
pub mod contribution;
pub mod diag;
pub mod event;
pub mod film;
pub mod formats;
pub mod hash;
pub mod layer;
pub mod math;
pub mod plan;
pub mod reason;
pub mod recipe;
pub mod render;
pub mod run;
pub mod scene;
