//! Sets of shards, as ranges: a plan may have millions, and most of a set lie side by side. Knows numbers only.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Takes memory by its gaps, not by its shards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardSet {
    /// First shard → one past the last. Ranges neither overlap nor touch.
    ranges: BTreeMap<u64, u64>,
}

impl ShardSet {
    pub fn insert(&mut self, shards: Range<u64>) {
        let Range { mut start, mut end } = shards;
        if start >= end {
            return;
        }
        // Whatever overlaps or touches melts into one.
        while let Some((&first, &past)) = self.ranges.range(..=end).next_back()
            && past >= start
        {
            self.ranges.remove(&first);
            (start, end) = (start.min(first), end.max(past));
        }
        self.ranges.insert(start, end);
    }

    /// Whether it was there.
    pub fn remove(&mut self, shard: u64) -> bool {
        let Some(Range { start, end }) = self.range_around(shard) else { return false };
        self.ranges.remove(&start);
        self.insert(start..shard);
        self.insert(shard + 1..end);
        true
    }

    /// The lowest one that is not in `other`.
    pub fn first_outside(&self, other: &ShardSet) -> Option<u64> {
        self.ranges().find_map(|Range { start, end }| {
            let first = other.range_around(start).map_or(start, |around| around.end);
            (first < end).then_some(first)
        })
    }

    /// In order, with gaps between them.
    pub fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        self.ranges.iter().map(|(&start, &end)| start..end)
    }

    pub fn len(&self) -> u64 {
        self.ranges().map(|range| range.end - range.start).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub fn contains(&self, shard: u64) -> bool {
        self.range_around(shard).is_some()
    }

    fn range_around(&self, shard: u64) -> Option<Range<u64>> {
        let (&start, &end) = self.ranges.range(..=shard).next_back()?;
        (shard < end).then_some(start..end)
    }
}

impl From<Range<u64>> for ShardSet {
    fn from(shards: Range<u64>) -> ShardSet {
        let mut set = ShardSet::default();
        set.insert(shards);
        set
    }
}

/// `0,3,7-9`; of many ranges only the first.
impl fmt::Display for ShardSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        for (i, Range { start, end }) in self.ranges().take(SHOWN).enumerate() {
            let comma = if i == 0 { "" } else { "," };
            match end - start {
                1 => write!(f, "{comma}{start}")?,
                _ => write!(f, "{comma}{start}-{}", end - 1)?,
            }
        }
        f.write_str(if self.ranges.len() > SHOWN { ",…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_set_of_ranges_is_a_set_whatever_goes_in_and_out() {
        let (mut set, mut shards) = (ShardSet::default(), BTreeSet::new());
        let mut state = 1u64;
        for step in 0..5000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (shard, length) = ((state >> 33) % 60, (state >> 50) % 5);
            if state >> 63 == 0 {
                set.insert(shard..shard + length);
                shards.extend(shard..shard + length);
            } else {
                assert_eq!(set.remove(shard), shards.remove(&shard), "step {step}");
            }
            assert!(set.ranges().flatten().eq(shards.iter().copied()), "step {step}: {set}");
            let gaps = set.ranges().zip(set.ranges().skip(1)).all(|(a, b)| a.end < b.start);
            assert!(gaps && set.len() == shards.len() as u64, "step {step}: {set:?}");
        }
    }

    #[test]
    fn the_first_outside_another_set_is_found_behind_its_ranges() {
        let mut set = ShardSet::from(2..6);
        set.insert(8..9);
        let outside = |other: Range<u64>| set.first_outside(&ShardSet::from(other));
        assert_eq!([outside(0..0), outside(3..9), outside(0..4), outside(0..6)], [Some(2), Some(2), Some(4), Some(8)]);
        assert_eq!(outside(2..9), None);
    }

    #[test]
    fn a_set_is_spelt_as_the_command_line_takes_it() {
        let mut set = ShardSet::from(7..10);
        set.insert(0..1);
        set.insert(3..4);
        assert_eq!(set.to_string(), "0,3,7-9");
        (0..9).for_each(|i| set.insert(20 + 2 * i..21 + 2 * i));
        assert_eq!(set.to_string(), "0,3,7-9,20,22,24,26,28,…");
    }
}
