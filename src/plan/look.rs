//! Which look an asset has, and which clip it is posed by, of those that its file has names for.
//!
//! A pool may hold assets with other names, or with none: an asset that lacks the name keeps the look of its file, or
//! stays at rest.

use super::PlannedAsset;
use super::draw;
use super::value::{Drawer, DrawnValue};
use crate::diag::{Place, Problem, Problems};
use crate::recipe::{Draw, NamePick, did_you_mean};
use std::collections::BTreeSet;

/// More names than these are not listed in a hint.
const MAX_LISTED: usize = 12;

/// Something that files have names for.
pub(super) struct Named {
    /// The recipe's key.
    key: &'static str,
    noun: &'static str,
    plural: &'static str,
    /// What assets do that lack a name.
    without: &'static str,
    names: fn(&PlannedAsset) -> &[String],
}

/// KHR_materials_variants.
pub(super) static VARIANTS: Named = Named {
    key: "variant",
    noun: "variant",
    plural: "variants",
    without: "keep their own look",
    names: |asset| &asset.variants,
};
pub(super) static CLIPS: Named =
    Named { key: "pose", noun: "clip", plural: "clips", without: "stay at rest", names: |asset| &asset.clips };

/// One of `known`, the asset's names; `None`: it has no such name, or none was picked.
pub(super) fn draw(path: &str, pick: &NamePick, known: &[String], drawer: &mut Drawer) -> Option<String> {
    let name = match pick {
        NamePick::Own => return None,
        NamePick::Random if known.is_empty() => return None,
        NamePick::Random => {
            let i = drawer.numbers(path, draw::NONE).below(known.len() as u128);
            let name = known[i as usize].clone();
            drawer.record(path, draw::NONE, DrawnValue::Text(name.clone()));
            name
        }
        NamePick::Named(names) => drawer.text(path, draw::NONE, names),
    };
    known.contains(&name).then_some(name)
}

/// Says which names no asset of the pool has, and which some lack. `place`: the object, for messages, and its pool.
pub(super) fn check(
    named: &Named,
    pick: &NamePick,
    place: (&str, &str),
    assets: &[PlannedAsset],
    problems: &mut Problems,
) {
    let (user, pool) = place;
    let Named { key, noun, plural, names, .. } = *named;
    let mut wanted = BTreeSet::new();
    match pick {
        NamePick::Own => return,
        NamePick::Random => {}
        NamePick::Named(names) => leaves(names, &mut wanted),
    }
    let known: BTreeSet<&str> = assets.iter().flat_map(names).map(String::as_str).collect();
    if known.is_empty() {
        let message = format!("{user}: it has a `{key}`, but no asset of pool `{pool}` has {plural}");
        problems.push(Problem::error(Place::default(), message).with_hint(format!("leave `{key}` out")));
        return;
    }
    for name in &wanted {
        let lacking = assets.iter().filter(|asset| !names(asset).iter().any(|known| known == name)).count();
        if lacking == assets.len() {
            let guess = did_you_mean(name, known.iter().copied());
            let message = format!("{user}: no asset of pool `{pool}` has a {noun} `{name}`{guess}");
            let listed: Vec<&str> = known.iter().copied().take(MAX_LISTED).collect();
            let more = if known.len() > MAX_LISTED { ", among others" } else { "" };
            problems.push(
                Problem::error(Place::default(), message)
                    .with_hint(format!("their {plural} are {}{more}", listed.join(", "))),
            );
        } else if lacking > 0 {
            problems.push(lack(named, place, &format!("{noun} `{name}`"), lacking, assets.len()));
        }
    }
    let without = assets.iter().filter(|asset| names(asset).is_empty()).count();
    if wanted.is_empty() && without > 0 {
        problems.push(lack(named, place, plural, without, assets.len()));
    }
}

fn lack(named: &Named, (user, pool): (&str, &str), what: &str, lacking: usize, all: usize) -> Problem {
    let then = named.without;
    let message = format!("{user}: {lacking} of {all} assets of pool `{pool}` have no {what} and {then}");
    Problem::warning(Place::default(), message)
}

fn leaves<'d>(names: &'d Draw<String>, out: &mut BTreeSet<&'d str>) {
    match names {
        Draw::Is(name) => {
            out.insert(name);
        }
        Draw::Choice(entries) => entries.iter().for_each(|entry| leaves(entry, out)),
        Draw::Weighted(weighted) => weighted.entries().iter().for_each(|(entry, _)| leaves(entry, out)),
    }
}
