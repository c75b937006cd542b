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
    /// Where it failed last, unless it has made a view since.
    last: Option<At>,
    faults: u64,
    views: u64,
    /// Views since the last fault.
    in_peace: u64,
}

/// After so many views without a fault, what was before is forgiven.
const FORGIVEN_AFTER: u64 = 100;
/// Who fails more often than at one view in so many is not worth opening again and again, but for the first few times.
const VIEWS_A_FAULT: u64 = 20;
const FIRST_FAULTS: u64 = 8;

impl Faults {
    /// A shard that no device can make must not cost devices, and a broken device must not try every shard. So who fails
    /// twice on one shard leaves that one to others, and who fails at two different things in a row, or ever again, is left
    /// out.
    pub fn next(&mut self, at: At) -> Next {
        self.faults += 1;
        if self.in_peace >= FORGIVEN_AFTER {
            self.once = ShardSet::default();
        }
        self.in_peace = 0;
        if self.faults > FIRST_FAULTS + self.views / VIEWS_A_FAULT {
            return Next::Out;
        }
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

    pub fn made_a_view(&mut self) {
        self.last = None;
        self.views += 1;
        self.in_peace += 1;
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
            (0..VIEWS_A_FAULT).for_each(|_| faults.made_a_view());
            assert_eq!(faults.next(At::Shard(shard)), Next::Refuse);
            (0..VIEWS_A_FAULT).for_each(|_| faults.made_a_view());
        }
    }

    #[test]
    fn a_device_that_fails_every_now_and_then_is_left_out_and_one_that_seldom_does_is_forgiven() {
        let mut faults = Faults::default();
        let mut shard = 0;
        while faults.next(At::Shard(shard)) != Next::Out {
            (0..4).for_each(|_| faults.made_a_view());
            shard += 1;
            assert!(shard < 20, "one view in five is lost");
        }
        let mut faults = Faults::default();
        for _ in 0..100 {
            assert_eq!(faults.next(At::Shard(3)), Next::Again);
            (0..FORGIVEN_AFTER).for_each(|_| faults.made_a_view());
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
