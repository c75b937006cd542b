//! Walker's alias method with whole-number masses: what is drawn is exactly what the table says. Knows no lights.

use super::layout::AliasEntry;

/// One column of the table holds this much mass.
const COLUMN: u64 = 1 << 32;

/// A table and the probabilities that it draws with.
#[derive(Clone, Debug, Default)]
pub struct AliasTable {
    pub entries: Vec<AliasEntry>,
    /// Of entry i, times 2³² times the number of entries. Their sum is 2³² times the number of entries.
    pub masses: Vec<u64>,
}

impl AliasTable {
    /// Probability of entry i times the number of entries.
    pub fn relative_probability(&self, i: usize) -> f32 {
        (self.masses[i] as f64 / COLUMN as f64) as f32
    }

    pub fn probability(&self, i: usize) -> f32 {
        (self.masses[i] as f64 / COLUMN as f64 / self.masses.len() as f64) as f32
    }
}

/// A table that draws entry i with a probability proportional to `weights[i]` ≥ 0, up to rounding to 2⁻³² of the mean
/// probability. An entry is drawn sometimes if and only if its weight is above 0; if none is, all are drawn alike.
///
/// Source: Walker 1977, Vose 1991; in whole numbers, so that no mass is lost.
pub fn alias_table(weights: &[f64]) -> AliasTable {
    let masses = whole_masses(weights, weights.len() as u64 * COLUMN);
    let mut left = masses.clone();
    let mut entries: Vec<AliasEntry> =
        (0..masses.len() as u32).map(|i| AliasEntry { threshold: u32::MAX, alias: i }).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for (i, &mass) in masses.iter().enumerate() {
        if mass < COLUMN { small.push(i) } else { large.push(i) }
    }
    // A column that holds its own mass only aliases itself: its threshold does not matter.
    while let Some(poor) = small.pop() {
        let rich = *large.last().expect("the masses fill the columns exactly, so a poor one has a rich one");
        entries[poor] = AliasEntry { threshold: left[poor] as u32, alias: rich as u32 };
        left[rich] -= COLUMN - left[poor];
        if left[rich] < COLUMN {
            large.pop();
            small.push(rich);
        }
    }
    AliasTable { entries, masses }
}

/// Whole masses that sum to `mass`, which is at least their number; the largest takes what rounding leaves. A mass is
/// above 0 if and only if its weight is; if no weight is, all weigh alike.
pub fn whole_masses(weights: &[f64], mass: u64) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    if total <= 0.0 || !total.is_finite() {
        return whole_masses(&vec![1.0; weights.len()], mass);
    }
    let scale = mass as f64 / total;
    let mut masses: Vec<u64> = weights.iter().map(|&w| if w > 0.0 { ((w * scale) as u64).max(1) } else { 0 }).collect();
    let sum: u64 = masses.iter().sum();
    let mut excess = i128::from(sum) - i128::from(mass);
    // Rounding up to 1 may have given more than there is: the largest entries pay, each keeping at least 1. Mostly one can.
    let largest = (0..masses.len()).fold(0, |best, i| if masses[i] > masses[best] { i } else { best });
    let mut payers = vec![largest];
    if excess >= i128::from(masses[largest]) {
        payers = (0..masses.len()).collect();
        payers.sort_by_key(|&i| (std::cmp::Reverse(masses[i]), i));
    }
    for payer in payers {
        let take = excess.min(i128::from(masses[payer]) - 1);
        masses[payer] = (i128::from(masses[payer]) - take) as u64;
        excess -= take;
        if excess == 0 {
            break;
        }
    }
    masses
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the table draws, by adding up its columns.
    fn drawn_masses(table: &AliasTable) -> Vec<u64> {
        let mut drawn = vec![0; table.entries.len()];
        for (i, entry) in table.entries.iter().enumerate() {
            drawn[i] += u64::from(entry.threshold);
            drawn[entry.alias as usize] += COLUMN - u64::from(entry.threshold);
        }
        drawn
    }

    #[test]
    fn the_table_draws_exactly_the_masses_that_it_states() {
        let weights: Vec<f64> = (0..1000u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 7)).collect();
        let table = alias_table(&weights);
        assert_eq!(drawn_masses(&table), table.masses);
        assert_eq!(table.masses.iter().sum::<u64>(), 1000 * COLUMN);
        let total: f64 = weights.iter().sum();
        for (i, weight) in weights.iter().enumerate() {
            let expected = weight / total;
            assert!((f64::from(table.probability(i)) - expected).abs() < 1e-7 * expected + 1e-9, "entry {i}");
        }
    }

    #[test]
    fn an_entry_is_drawn_exactly_if_it_has_weight() {
        let table = alias_table(&[0.0, 1.0, 1e-30, 1e6]);
        assert_eq!(table.masses.iter().map(|&m| m > 0).collect::<Vec<_>>(), [false, true, true, true]);
        assert_eq!(drawn_masses(&table), table.masses);
    }

    #[test]
    fn many_of_hardly_any_weight_are_paid_for_by_as_many_as_it_takes() {
        // 4 of weight 1 would have 25 each; 60 others are given one each, which two of the four cannot pay alone.
        let weights: Vec<f64> = (0..64).map(|i| if i % 16 == 3 { 1.0 } else { 1e-30 }).collect();
        let masses = whole_masses(&weights, 100);
        assert_eq!(masses.iter().sum::<u64>(), 100);
        assert_eq!([3, 19, 35, 51].map(|i| masses[i]), [1, 1, 13, 25]);
        assert!(masses.iter().enumerate().all(|(i, &mass)| i % 16 == 3 || mass == 1));
        assert_eq!(whole_masses(&weights, 64), [1; 64], "as many as there are");
    }

    #[test]
    fn weightless_entries_are_drawn_alike() {
        let table = alias_table(&[0.0; 3]);
        assert_eq!(drawn_masses(&table), [COLUMN; 3]);
        assert!(alias_table(&[]).entries.is_empty());
    }
}
