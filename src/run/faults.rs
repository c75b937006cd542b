//! What becomes of a device that fails: whether it tries again, leaves a shard to others, or is left out. Knows no device.

use super::shards::ShardSet;

/// Where a device failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Opening,
    Shard(u64),
}

/// What it does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is opened afresh; the shard goes back to the queue.
    Again,
    /// The same, but it does not get this shard again.
    Refuse,
    /// It gets no shard any more.
    Out,
}

/// What one device has failed at.
#[derive(Debug, Default)]
pub struct Faults {
    /// Shards that it failed on once: a second time is the shard's fault as much as the device's.
    once: ShardSet,
    /// Where it failed last, unless it has made a shard since.
    last: Option<At>,
}

impl Faults {
    /// A shard that no device can make must not cost devices, and a broken device must not try every shard. So who fails
    /// twice on one shard leaves that one to others, and who fails at two different things in a row is left out.
    pub fn next(&mut self, at: At) -> Next {
        match (self.last.replace(at), at) {
            (Some(before), _) if before != at => Next::Out,
            (Some(_), At::Opening) => Next::Out,
            (None, At::Opening) => Next::Again,
            (_, At::Shard(shard)) if self.once.remove(shard) => Next::Refuse,
            (_, At::Shard(shard)) => {
                self.once.insert(shard..shard + 1);
                Next::Again
            }
        }
    }

    pub fn made_a_shard(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_fails_everywhere_is_left_out_at_its_second_shard() {
        let mut faults = Faults::default();
        let next = [3, 3, 4].map(|shard| faults.next(At::Shard(shard)));
        assert_eq!(next, [Next::Again, Next::Refuse, Next::Out]);
    }

    #[test]
    fn shards_that_fail_one_by_one_do_not_cost_the_device() {
        let mut faults = Faults::default();
        for shard in 0..100 {
            assert_eq!(faults.next(At::Shard(shard)), Next::Again);
            // Others are made in between: the second time is still the second.
            faults.made_a_shard();
            assert_eq!(faults.next(At::Shard(shard)), Next::Refuse);
            faults.made_a_shard();
        }
    }

    #[test]
    fn a_device_that_cannot_be_opened_is_left_out() {
        let mut faults = Faults::default();
        assert_eq!([faults.next(At::Opening), faults.next(At::Opening)], [Next::Again, Next::Out]);
        let mut faults = Faults::default();
        assert_eq!([faults.next(At::Shard(0)), faults.next(At::Opening)], [Next::Again, Next::Out], "nor again");
    }
}
