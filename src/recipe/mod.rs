//! YAML text → tree of positioned nodes → [`Recipe`], every problem at once. Knows the language, not what is made of it.
//!
//! ```text
//! read::read(file name, text)  → Recipe or Problems        (YAML, as artists write it)
//! read::from_resolved(JSON)    → Recipe or Problems        (the `recipe` of a plan)
//! resolve::resolve(&Recipe)    → JSON with every key written out; reading it gives the same Recipe
//! ```

mod types;

pub use types::*;
