//! Which asset of a pool: drawn by weight, shuffled, or each in turn. Knows pools as counts and weights only.

use super::draw::{self, Address, Numbers};
use crate::hash::Hasher;

/// Pools up to this size are shuffled by Fisher and Yates, larger ones by a permutation that is computed a place at a time.
const SMALL: u32 = 256;
/// Rounds of the Feistel network; four already pass for random, more cost nothing here.
const FEISTEL_ROUNDS: u8 = 8;

/// The index of an asset picked by weight: one weighted draw at the value's address.
pub fn by_weight(numbers: &mut Numbers, thresholds: &[u64]) -> u32 {
    numbers.weighted(thresholds) as u32
}

/// The index of an asset in the digit of `each`: the variation index is a number of mixed radix, one digit an `each`
/// in recipe order (the sky's last), the first digit turning fastest. Instance k takes the k-th asset after it.
pub fn in_turn(variation: u64, stride: u64, n: u32, instance: u32) -> u32 {
    let digit = variation / stride % u64::from(n);
    ((digit + u64::from(instance)) % u64::from(n)) as u32
}

/// Place `place` of an endless sequence over 0..n in which each run of n from a multiple of n on has no repeats.
///
/// Turn t = ⌊place / n⌋ has a permutation of its own, addressed as a value of variation t, attempt 0, view and frame
/// none. Up to 256 assets: Fisher–Yates, i from n − 1 down to 1 swapped with an integer below i + 1. More: an 8-round
/// Feistel network over the smallest 4^h ≥ n, halves of h bits, walked until the image is below n; its round r adds
/// (xor) the first four bytes (big-endian, mod 2^h) of SHA-256(block 0 ‖ u8 r ‖ u32be right half).
pub fn shuffled(seed: u64, path: &str, place: u64, n: u32) -> u32 {
    let (turn, within) = (place / u64::from(n), (place % u64::from(n)) as u32);
    let address = Address { seed, variation: turn, attempt: 0, view: draw::NONE, frame: draw::NONE, path };
    if n <= SMALL {
        let mut order: Vec<u32> = (0..n).collect();
        let mut numbers = Numbers::at(address);
        for i in (1..n as usize).rev() {
            order.swap(i, numbers.below(i as u128 + 1) as usize);
        }
        return order[within as usize];
    }
    let key = draw::block(&address, 0);
    let half_bits = (33 - (n - 1).leading_zeros()) / 2;
    let mut x = feistel(&key, half_bits, within);
    while x >= n {
        x = feistel(&key, half_bits, x);
    }
    x
}

/// A permutation of 0..4^half_bits.
fn feistel(key: &[u8; 32], half_bits: u32, x: u32) -> u32 {
    let mask = (1u32 << half_bits) - 1;
    let (mut left, mut right) = (x >> half_bits & mask, x & mask);
    for round in 0..FEISTEL_ROUNDS {
        let mut hasher = Hasher::new();
        hasher.update(key).update(&[round]).update(&right.to_be_bytes());
        let digest = hasher.finish().0;
        let f = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) & mask;
        (left, right) = (right, left ^ f);
    }
    left << half_bits | right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_has_no_repeats_until_all_were_used() {
        for n in [1u32, 2, 3, 7, 255, 256, 257, 1000, 1024, 1025] {
            for turn in 0..3u64 {
                let mut seen = vec![false; n as usize];
                for place in 0..u64::from(n) {
                    let i = shuffled(5, "objects.hero.from", turn * u64::from(n) + place, n) as usize;
                    assert!(!std::mem::replace(&mut seen[i], true), "{i} twice in turn {turn} of {n}");
                }
                assert!(seen.into_iter().all(|s| s));
            }
        }
    }

    #[test]
    fn turns_and_paths_have_other_orders() {
        let order =
            |path: &str, turn: u64| (0..1000).map(|p| shuffled(5, path, turn * 1000 + p, 1000)).collect::<Vec<_>>();
        assert_ne!(order("a", 0), order("a", 1));
        assert_ne!(order("a", 0), order("b", 0));
        assert_eq!(order("a", 0), order("a", 0));
    }

    #[test]
    fn all_six_orders_of_three_are_alike_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for turn in 0..6000u64 {
            let order = [0, 1, 2].map(|p| shuffled(1, "x", turn * 3 + p, 3));
            *counts.entry(order).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five degrees of freedom: 20.5 is passed once in a thousand.
        let chi: f64 = counts.values().map(|&c| (f64::from(c) - 1000.0) * (f64::from(c) - 1000.0) / 1000.0).sum();
        assert!(chi < 20.5, "{counts:?}");
    }

    #[test]
    fn the_first_of_a_large_shuffle_is_uniform() {
        let mut counts = [0u32; 16];
        for turn in 0..16_000u64 {
            counts[(shuffled(1, "x", turn * 1600, 1600) / 100) as usize] += 1;
        }
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - 1000.0) * (f64::from(c) - 1000.0) / 1000.0).sum();
        assert!(chi < 37.7, "{counts:?}"); // 15 degrees of freedom, once in a thousand
    }

    #[test]
    fn a_shuffle_of_the_largest_pools_ends() {
        for n in [1 << 31, u32::MAX] {
            assert!(shuffled(1, "x", 12_345_678_901, n) < n);
        }
    }

    #[test]
    fn each_counts_in_mixed_radix() {
        let digits: Vec<_> = (0..6).map(|v| (in_turn(v, 1, 2, 0), in_turn(v, 2, 3, 0))).collect();
        assert_eq!(digits, [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]);
        assert_eq!(in_turn(1, 1, 2, 1), 0);
    }
}
