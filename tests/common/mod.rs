//! What several test programs share. Each uses a part of it.

pub mod bits;
