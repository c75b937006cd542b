//! Bytes → shards and receipts → seal: index, card, signed manifest; and verify. Knows no renderer and no scene.

pub mod keys;
pub mod receipt;
