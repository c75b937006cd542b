//! Drives it all: files in, shards out, on every device at once. Prints nothing, decides no exit code.
//!
//! ```text
//! prepare   recipe or plan, assets → Prepared          devices   what could render here
//! check     decode every asset                         engine    what all devices of a run share, and its end
//! preview   a contact sheet; `folder`: of models       schedule  who renders which view next; `desk`: it behind a lock
//! loose     one variation as files                     worker    one device: compose → render → encode, overlapped
//! bench     CPU seconds a view; `quality`: error        attempt   one view on one device, and whose fault it is
//! context   what all threads share                     assembly  views → a shard, in whatever order they come
//! faults    what becomes of a device that fails        variation one variation's scene and files
//! retry     when a disk is tried again                 library   each asset decoded once
//! clock     where the time went: `run.json`            error     why a variation or a run ends
//! doubts    what is said of scenes that cannot be meant   shards    sets of them, as ranges
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
