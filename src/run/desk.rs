//! Where the threads of all devices fetch their work: a [`Schedule`] behind a lock, and a bell for those who wait.

use super::schedule::{Piece, Schedule, Take};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub struct Desk {
    schedule: Mutex<Schedule>,
    changed: Condvar,
}

impl Desk {
    pub fn new(schedule: Schedule) -> Desk {
        Desk { schedule: Mutex::new(schedule), changed: Condvar::new() }
    }

    /// The next piece for a device; waits while there may come one. `None`: there is nothing more for it to do.
    pub fn wait_for_piece(&self, device: usize) -> Option<Piece> {
        let mut schedule = self.lock();
        loop {
            match schedule.take(device) {
                Take::Piece(piece) => return Some(piece),
                Take::Nothing => return None,
                Take::Wait => schedule = self.changed.wait(schedule).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Asks something; nobody who waits has to know.
    pub fn ask<T>(&self, question: impl FnOnce(&mut Schedule) -> T) -> T {
        question(&mut self.lock())
    }

    /// Tells something that those who wait have to know.
    pub fn tell<T>(&self, news: impl FnOnce(&mut Schedule) -> T) -> T {
        let told = news(&mut self.lock());
        self.changed.notify_all();
        told
    }

    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does something if the thread panics while this lives: nobody must wait for what it had in hand.
pub struct OnPanic<F: Fn()>(pub F);

impl<F: Fn()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0();
        }
    }
}
