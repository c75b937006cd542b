//! Why a variation is not made, and why a run ends. Knows no plan and no device.

use crate::contribution::DirError;
use crate::reason::Reason;
use std::any::Any;

/// What ends a run before its end: never a single variation, never a single device.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Dir(#[from] DirError),
    /// The file is not what was planned, or cannot be read any more.
    #[error("{path}: {what}")]
    Asset { path: String, what: String },
    /// A receipt states what was drawn, so that without it there is nothing true to write.
    #[error("variation {variation} cannot be drawn; this is a bug in genki, please report it: {what}")]
    Drawing { variation: u64, what: String },
}

impl RunError {
    pub fn hint(&self) -> String {
        match self {
            RunError::Dir(error) => error.hint(),
            RunError::Drawing { .. } => "render the shards without it by --shards".to_owned(),
            RunError::Asset { .. } => "put the file back as it was; the same command goes on from here".to_owned(),
        }
    }
}

/// Why a variation is not made.
#[derive(Debug)]
pub enum NotMade {
    /// The same on every machine: it becomes a receipt.
    Failed { reason: Reason, message: String },
    /// Of this machine: the run ends.
    Fatal(RunError),
}

impl NotMade {
    /// A panic of our own: caught, named, and not the end of the run.
    pub fn panicked(panic: &(dyn Any + Send)) -> NotMade {
        let (reason, message) = bug(panic);
        NotMade::Failed { reason, message }
    }
}

/// What a receipt says of a panic.
pub fn bug(panic: &(dyn Any + Send)) -> (Reason, String) {
    (Reason::Internal, format!("this is a bug in genki, please report it: {}", panic_text(panic)))
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}
