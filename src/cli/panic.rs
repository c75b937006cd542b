//! What people see when we are wrong: never a panic's own text and a backtrace, always what to report.

use super::exit::Exit;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, PoisonError};

/// Where the last panic was raised. Panics that are caught on the way (a bad asset, one variation) are told by those
/// who catch them; this is for the one that nobody caught.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Runs the program; a panic that reaches the top becomes a message and an exit code.
pub fn guarded(program: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(remember));
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        let what = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = format!(
            "genki: this is a bug in genki, not in your files: {what}\n      \
             = hint: please report it with this line, the command, and the version, {} {}-{}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
        );
        drop(writeln!(std::io::stderr(), "{text}"));
        Exit::CannotStart
    })
}

fn remember(info: &PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("a panic without words");
    let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = format!("{what}{place}");
}
