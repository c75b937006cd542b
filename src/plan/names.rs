//! Names of variations, views, shards and archive members. Knows counts, no files.

use crate::recipe::Group;

/// Spells names with widths that follow from the plan's counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    name: String,
    group: Group,
    variation_width: usize,
    view_width: usize,
    shard_width: usize,
}

impl Names {
    pub fn new(name: &str, group: Group, n_variations: u64, n_views: u64, n_shards: u64) -> Names {
        Names {
            name: name.to_string(),
            group,
            variation_width: width(n_variations, 8),
            view_width: width(n_views, 3),
            shard_width: width(n_shards, 6),
        }
    }

    /// `helmets-00000042`
    pub fn variation_key(&self, variation: u64) -> String {
        format!("{}-{variation:0width$}", self.name, width = self.variation_width)
    }

    /// `helmets-00000042-007`
    pub fn view_key(&self, variation: u64, view: u32) -> String {
        format!("{}-{view:0width$}", self.variation_key(variation), width = self.view_width)
    }

    /// `helmets-000000`
    pub fn shard_name(&self, shard: u64) -> String {
        format!("{}-{shard:0width$}", self.name, width = self.shard_width)
    }

    /// A file of one view: `helmets-00000042-007.rgb.png`, or `helmets-00000042.007.rgb.png` where views of a
    /// variation are one sample.
    pub fn member(&self, variation: u64, view: u32, extension: &str) -> String {
        match self.group {
            Group::View => format!("{}.{extension}", self.view_key(variation, view)),
            Group::Variation => {
                format!("{}.{view:0width$}.{extension}", self.variation_key(variation), width = self.view_width)
            }
        }
    }

    /// Variation, view and extension of a file that [`Names::member`] gives this name.
    pub fn parse_member<'n>(&self, name: &'n str) -> Option<(u64, u32, &'n str)> {
        let rest = name.strip_prefix(&self.name)?.strip_prefix('-')?;
        let (variation, rest) = rest.split_once(match self.group {
            Group::View => '-',
            Group::Variation => '.',
        })?;
        let (view, extension) = rest.split_once('.')?;
        let (variation, view) = (variation.parse().ok()?, view.parse().ok()?);
        // One spelling: no other width, no sign.
        (self.member(variation, view, extension) == name).then_some((variation, view, extension))
    }
}

/// Digits of the largest index of `n` things, at least `least`.
fn width(n: u64, least: usize) -> usize {
    n.saturating_sub(1).to_string().len().max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_name_is_read_back_and_has_one_spelling() {
        for group in [Group::View, Group::Variation] {
            let names = Names::new("a-1", group, 12, 3, 2);
            let name = names.member(11, 2, "rgb.png");
            assert_eq!(names.parse_member(&name), Some((11, 2, "rgb.png")));
            for other in [
                name.replacen("00000011", "0000011", 1),
                name.replacen("00000011", "+0000011", 1),
                name.replacen("a-1", "a-2", 1),
                name.replacen("002", "0002", 1),
                "a-1-".to_string(),
                "__receipts__".to_string(),
            ] {
                assert_eq!(names.parse_member(&other), None, "{other}");
            }
        }
    }

    #[test]
    fn widths_grow_with_the_counts() {
        let small = Names::new("helmets", Group::View, 1000, 24, 16);
        assert_eq!(small.variation_key(42), "helmets-00000042");
        assert_eq!(small.view_key(42, 7), "helmets-00000042-007");
        assert_eq!(small.shard_name(0), "helmets-000000");
        assert_eq!(small.member(42, 7, "rgb.png"), "helmets-00000042-007.rgb.png");
        let large = Names::new("h", Group::Variation, 1_000_000_001, 10_001, 10_000_000);
        assert_eq!(large.member(42, 7, "json"), "h-0000000042.00007.json");
        assert_eq!(large.shard_name(3), "h-0000003");
    }
}
