//! The shader against its Rust twin: each function alone over a table of inputs, then whole pictures.
//!
//! Without an adapter nothing is compared, and the tests say so; `GENKI_REQUIRE_GPU=1` makes that a failure.

mod bench;
mod coverage;
mod functions;
mod kept;
mod pictures;
mod scenes;
mod table;
mod walk;
