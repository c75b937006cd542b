//! The CPU renderer.

pub mod triangle;
pub mod walk;
