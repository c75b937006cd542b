//! Which licences of assets allow which licence of the dataset: a table of SPDX ids. A check against mistakes, no legal advice.
//!
//! What the table asks of each pair: renders are adaptations of the asset, so a licence that forbids those (ND) never
//! allows any; attribution, share-alike and non-commercial conditions must live on in the licence of what comes out.

use super::PlannedAsset;
use crate::diag::{Place, Problem, Problems};
use crate::recipe::Recipe;
use std::collections::{BTreeMap, BTreeSet};

/// What a licence asks of adaptations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Conditions {
    attribution: bool,
    non_commercial: bool,
    no_derivatives: bool,
    /// Adaptations stay under this family, in this version (× 10) or a later one.
    share_alike: Option<(&'static str, u32)>,
}

const FREE: Conditions =
    Conditions { attribution: false, non_commercial: false, no_derivatives: false, share_alike: None };
const NAMED: Conditions = Conditions { attribution: true, ..FREE };

/// `None` for ids that are not in the table. Upper and lower case are alike, as SPDX has it.
fn conditions(id: &str) -> Option<Conditions> {
    let id = id.to_ascii_lowercase();
    match id.as_str() {
        "cc0-1.0" | "pddl-1.0" | "cc-pddc" | "unlicense" | "0bsd" | "mit-0" | "wtfpl" => return Some(FREE),
        "mit"
        | "apache-2.0"
        | "bsd-2-clause"
        | "bsd-3-clause"
        | "isc"
        | "zlib"
        | "bsl-1.0"
        | "odc-by-1.0"
        | "cdla-permissive-1.0"
        | "cdla-permissive-2.0" => return Some(NAMED),
        _ => {}
    }
    let (kind, version) = id.strip_prefix("cc-by")?.rsplit_once('-')?;
    let version = match version {
        "1.0" => 10,
        "2.0" => 20,
        "2.5" => 25,
        "3.0" => 30,
        "4.0" => 40,
        _ => return None,
    };
    let share_alike = |family| Some((family, version));
    Some(match kind {
        "" => NAMED,
        "-sa" => Conditions { share_alike: share_alike("CC-BY-SA"), ..NAMED },
        "-nc" => Conditions { non_commercial: true, ..NAMED },
        "-nc-sa" => Conditions { non_commercial: true, share_alike: share_alike("CC-BY-NC-SA"), ..NAMED },
        "-nd" => Conditions { no_derivatives: true, ..NAMED },
        "-nc-nd" => Conditions { non_commercial: true, no_derivatives: true, ..NAMED },
        _ => return None,
    })
}

/// Why a pair is not allowed, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    pub hint: String,
}

/// Whether an asset under `asset` may be in a dataset under `output`.
pub fn allows(asset: &str, output: &str) -> Result<(), Refusal> {
    let refusal = |why: &str, hint: String| Err(Refusal { why: why.to_string(), hint });
    let vouch = format!("use another asset, or vouch for it with --accept-license {asset}");
    if asset.eq_ignore_ascii_case(output) && conditions(asset).is_none_or(|c| !c.no_derivatives) {
        return Ok(());
    }
    let Some(a) = conditions(asset) else {
        return refusal("is not in the table of licences", vouch);
    };
    if a == FREE {
        return Ok(());
    }
    if a.no_derivatives {
        return refusal("forbids adaptations, and renders are such", vouch);
    }
    let Some(o) = conditions(output) else {
        let hint = format!("choose a `license` of the table, such as CC-BY-4.0, or use --accept-license {asset}");
        return refusal("has conditions that an unknown licence may not keep", hint);
    };
    if let Some((family, version)) = a.share_alike {
        let kept = o.share_alike.is_some_and(|(f, v)| f == family && v >= version);
        let needed = format!("{family}-{}.{}", version / 10, version % 10);
        return if kept {
            Ok(())
        } else {
            refusal("wants the same licence for what is made of it", format!("set `license: {needed}`, or {vouch}"))
        };
    }
    if a.non_commercial && !o.non_commercial {
        return refusal(
            "forbids commercial use, which the dataset's licence would allow",
            format!("set `license: CC-BY-NC-4.0`, or {vouch}"),
        );
    }
    if a.attribution && !o.attribution {
        return refusal(
            "asks for attribution, which the dataset's licence would not keep",
            format!("set `license: CC-BY-4.0`, or {vouch}"),
        );
    }
    Ok(())
}

/// Checks all pools: one problem a pool and licence, naming its first asset.
pub fn check(recipe: &Recipe, pools: &BTreeMap<String, Vec<PlannedAsset>>, accepted: &BTreeSet<String>) -> Problems {
    let mut problems = Problems::default();
    let is_accepted = |id: &str| accepted.iter().any(|a| a.eq_ignore_ascii_case(id));
    for (pool, assets) in pools {
        let mut by_license: BTreeMap<&str, Vec<&PlannedAsset>> = BTreeMap::new();
        assets.iter().for_each(|asset| by_license.entry(&asset.license).or_default().push(asset));
        for (license, assets) in by_license {
            let first = assets.iter().map(|a| a.path.as_str()).min().unwrap_or_default();
            let others = match assets.len() - 1 {
                0 => String::new(),
                n => format!(" (and {n} more of pool `{pool}`)"),
            };
            if license.is_empty() {
                let message = format!("the licence of this asset is not stated{others}");
                problems.push(Problem::warning(Place::file(first), message).with_hint(format!(
                    "give its entry of pool `{pool}` a `license`, such as CC0-1.0: it is written into every record"
                )));
                continue;
            }
            if recipe.license.is_empty() || is_accepted(license) {
                continue;
            }
            if let Err(Refusal { why, hint }) = allows(license, &recipe.license) {
                let message = format!("licence {license} {why}{others}; the dataset's is {}", recipe.license);
                problems.push(Problem::error(Place::file(first), message).with_hint(hint));
            }
            let unnamed = assets.iter().filter(|a| a.attribution.is_empty()).count();
            if unnamed > 0 && conditions(license).is_some_and(|c| c.attribution) {
                let message = format!("licence {license} asks for attribution, and none is given{others}");
                problems.push(
                    Problem::warning(Place::file(first), message)
                        .with_hint(format!("give its entry of pool `{pool}` an `attribution`")),
                );
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_pairs() {
        let ids = [
            "CC0-1.0",
            "MIT",
            "CC-BY-4.0",
            "CC-BY-SA-4.0",
            "CC-BY-NC-4.0",
            "CC-BY-NC-SA-4.0",
            "CC-BY-ND-4.0",
            "GPL-3.0-only",
        ];
        // Rows: the asset's licence; columns: the dataset's.
        let table = [
            "yyyyyyyy", // CC0
            "nyyyyyyn", // MIT
            "nyyyyyyn", // CC-BY
            "nnnynnnn", // CC-BY-SA
            "nnnnyynn", // CC-BY-NC
            "nnnnnynn", // CC-BY-NC-SA
            "nnnnnnnn", // CC-BY-ND
            "nnnnnnny", // not in the table: to itself only
        ];
        for (asset, row) in ids.iter().zip(table) {
            for (output, expected) in ids.iter().zip(row.chars()) {
                assert_eq!(allows(asset, output).is_ok(), expected == 'y', "{asset} in {output}");
            }
        }
    }

    #[test]
    fn share_alike_moves_to_later_versions_only() {
        assert!(allows("CC-BY-SA-3.0", "CC-BY-SA-4.0").is_ok());
        assert!(allows("CC-BY-SA-4.0", "CC-BY-SA-3.0").is_err());
        assert!(allows("cc-by-4.0", "CC-BY-3.0").is_ok());
        assert!(allows("CC-BY-9.0", "CC-BY-4.0").is_err());
    }
}
