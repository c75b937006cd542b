//! Exit codes: one table for all commands, also shown by `--help`.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    SomeFailed,
    CannotStart,
    Inconclusive,
    Interrupted,
}

impl Exit {
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::SomeFailed => 1,
            Exit::CannotStart => 2,
            Exit::Inconclusive => 3,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

pub const HELP: &str = "Exit codes: 0 all made, 1 some failed, 2 nothing could start, 3 inconclusive, 130 interrupted";

pub const LONG_HELP: &str = "\
Exit codes, the same for every command:
    0  all was made, or all that was checked is right
    1  some failed: variations or shards that could not be made, or a contribution that does not verify
    2  nothing could start: usage, recipe, asset, plan, key, directory or device
    3  inconclusive: nothing is wrong, and another version of genki would have to say whether all is right
  130  interrupted; the same command again goes on from there

Start with:
  genki preview recipes/turntable.yaml
  genki render recipes/turntable.yaml
  genki verify out/turntable";
