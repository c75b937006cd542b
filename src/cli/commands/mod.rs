//! One file a command: its arguments become one finished config, which then runs.

pub mod devices;
pub mod shell;
