//! Which look an asset has, of those that its file has names for (KHR_materials_variants).
//!
//! A pool may hold assets with other names, or with none: an asset that lacks the name keeps the look of its file.

use super::PlannedAsset;
use super::draw;
use super::value::{Drawer, DrawnValue};
use crate::diag::{Place, Problem, Problems};
use crate::recipe::{Draw, VariantPick, did_you_mean};
use std::collections::BTreeSet;

/// More names than these are not listed in a hint.
const MAX_LISTED: usize = 12;

/// The variant of an asset that has `variants`; `None`: the look of its file.
pub(super) fn draw(path: &str, pick: &VariantPick, variants: &[String], drawer: &mut Drawer) -> Option<String> {
    let name = match pick {
        VariantPick::Own => return None,
        VariantPick::Random if variants.is_empty() => return None,
        VariantPick::Random => {
            let i = drawer.numbers(path, draw::NONE).below(variants.len() as u128);
            let name = variants[i as usize].clone();
            drawer.record(path, draw::NONE, DrawnValue::Text(name.clone()));
            name
        }
        VariantPick::Named(names) => drawer.text(path, draw::NONE, names),
    };
    variants.contains(&name).then_some(name)
}

/// Says which names no asset of the pool has, and which some lack. `user`: the object, for messages.
pub(super) fn check(pick: &VariantPick, user: &str, pool: &str, assets: &[PlannedAsset], problems: &mut Problems) {
    let mut wanted = BTreeSet::new();
    match pick {
        VariantPick::Own => return,
        VariantPick::Random => {}
        VariantPick::Named(names) => leaves(names, &mut wanted),
    }
    let known: BTreeSet<&str> = assets.iter().flat_map(|asset| &asset.variants).map(String::as_str).collect();
    if known.is_empty() {
        let message = format!("{user}: it has a `variant`, but no asset of pool `{pool}` has variants");
        problems.push(Problem::error(Place::default(), message).with_hint("leave `variant` out"));
        return;
    }
    for name in &wanted {
        let lacking = assets.iter().filter(|asset| !asset.variants.iter().any(|v| v == name)).count();
        if lacking == assets.len() {
            let guess = did_you_mean(name, known.iter().copied());
            let message = format!("{user}: no asset of pool `{pool}` has a variant `{name}`{guess}");
            let listed: Vec<&str> = known.iter().copied().take(MAX_LISTED).collect();
            let more = if known.len() > MAX_LISTED { ", among others" } else { "" };
            problems.push(
                Problem::error(Place::default(), message)
                    .with_hint(format!("their variants are {}{more}", listed.join(", "))),
            );
        } else if lacking > 0 {
            problems.push(lack(user, pool, &format!("variant `{name}`"), lacking, assets.len()));
        }
    }
    let without = assets.iter().filter(|asset| asset.variants.is_empty()).count();
    if wanted.is_empty() && without > 0 {
        problems.push(lack(user, pool, "variants", without, assets.len()));
    }
}

fn lack(user: &str, pool: &str, what: &str, lacking: usize, all: usize) -> Problem {
    let message = format!("{user}: {lacking} of {all} assets of pool `{pool}` have no {what} and keep their own look");
    Problem::warning(Place::default(), message)
}

fn leaves<'d>(names: &'d Draw<String>, out: &mut BTreeSet<&'d str>) {
    match names {
        Draw::Is(name) => {
            out.insert(name);
        }
        Draw::Choice(entries) => entries.iter().for_each(|entry| leaves(entry, out)),
        Draw::Weighted(entries) => entries.iter().for_each(|(entry, _)| leaves(entry, out)),
    }
}
