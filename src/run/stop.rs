//! A wish to stop, seen by all threads of a run. Knows no signals.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Cloned freely; once requested it stays so.
#[derive(Clone, Debug)]
pub struct Stop {
    is_requested: Arc<AtomicBool>,
    grace: Duration,
}

/// What people wait for who have pressed Ctrl-C.
const USUAL_GRACE: Duration = Duration::from_secs(2);

impl Default for Stop {
    fn default() -> Stop {
        Stop::with_grace(USUAL_GRACE)
    }
}

impl Stop {
    /// After the wish, what has been begun and takes no longer than `grace` is finished.
    pub fn with_grace(grace: Duration) -> Stop {
        Stop { is_requested: Arc::default(), grace }
    }

    /// Asks the run to end at the next good moment.
    pub fn request(&self) {
        self.is_requested.store(true, Ordering::SeqCst);
    }

    pub fn requested(&self) -> bool {
        self.is_requested.load(Ordering::SeqCst)
    }

    pub fn grace(&self) -> Duration {
        self.grace
    }
}
