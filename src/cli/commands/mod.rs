//! One file a command: its arguments become one finished config, which then runs.

pub mod bench;
pub mod check;
pub mod devices;
pub mod key;
pub mod plan;
pub mod preview;
pub mod render;
pub mod seal;
pub mod shell;
pub mod verify;
