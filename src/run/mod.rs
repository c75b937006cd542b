//! Drives it all: files in, shards out, on every device at once. Prints nothing, decides no exit code.

pub mod devices;
mod queue;
pub mod stop;
