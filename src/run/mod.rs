//! Drives it all: files in, shards out, on every device at once. Prints nothing, decides no exit code.
//!
//! ```text
//! prepare   recipe or plan, assets → Prepared          devices   what could render here
//! check     decode every asset                         engine    a queue of shards, a thread a device
//! preview   a contact sheet; `folder`: of models       shard     compose → render → encode → append, overlapped
//! loose     one variation as files                     variation one variation's scene and files
//! bench     CPU seconds a view                         library   each asset decoded once
//! context   what all threads share                     error     why a variation or a run ends
//! faults    what becomes of a device that fails        shards    sets of them, as ranges
//! doubts    what is said of scenes that cannot be meant
//! ```

mod assembly;
mod attempt;
pub mod bench;
pub mod check;
pub mod clock;
pub mod context;
mod desk;
pub mod devices;
mod digits;
mod doubts;
pub mod engine;
pub mod error;
mod faults;
pub mod folder;
pub mod library;
pub mod loose;
pub mod prepare;
pub mod preview;
pub mod quality;
mod retry;
mod schedule;
pub mod shards;
mod shelf;
pub mod stop;
pub mod trial;
mod variation;
mod worker;
