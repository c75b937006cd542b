//! Choosing in proportion to weights by whole numbers, so that no rounding decides. Knows no draws.

/// Where each entry ends among 2³² numbers, of which one that is drawn belongs to the first entry whose end is above it.
///
/// Entry i is ⌊2³² · (w₀ + … + wᵢ) / (w₀ + … + wₙ₋₁)⌋, sums in f64 from the left; the last is 2³².
///
/// `weights`: finite, not negative, not all 0, at least one.
pub fn thresholds(weights: impl Iterator<Item = f64> + Clone) -> Vec<u64> {
    let mut total = 0.0;
    weights.clone().for_each(|w| total += w);
    let mut sum = 0.0;
    let mut out: Vec<u64> = weights
        .map(|w| {
            sum += w;
            (sum / total * 4_294_967_296.0) as u64
        })
        .collect();
    // Entries of weight 0 at the end must stay empty: all that reached the total end at 2³² together.
    if let Some(&last) = out.last() {
        out.iter_mut().rev().take_while(|t| **t == last).for_each(|t| *t = 1 << 32);
    }
    out
}
