//! How often and after what pause something is tried again that a disk or a network refused. Waits for nothing itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Failures in a row.
#[derive(Debug, Default)]
pub struct Retries(AtomicU32);

/// After so many failures in a row it is given up.
const MOST: u32 = 5;
/// Before the first try again; each pause after it is three times as long: 18 s in all, as a server needs to come back.
const FIRST_PAUSE: Duration = Duration::from_millis(450);

impl Retries {
    /// It has failed again: how long to wait before the next try. `None`: give it up.
    pub fn failed(&self) -> Option<Duration> {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        (before + 1 < MOST).then(|| FIRST_PAUSE * 3u32.pow(before))
    }

    pub fn succeeded(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_it_is_given_up_and_a_success_forgets_what_was_before() {
        let retries = Retries::default();
        let pauses: Vec<Option<Duration>> = (0..5).map(|_| retries.failed()).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pauses, [ms(450), ms(1350), ms(4050), ms(12150), None]);
        retries.succeeded();
        assert_eq!(retries.failed(), ms(450));
    }
}
