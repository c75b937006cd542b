//! README.md: the card that a dataset's readers, people and hubs, see first. Knows a plan and counts; derived, so it has no date.

use super::inspect::Tally;
use crate::layer::Layer;
use crate::plan::{Plan, PlannedAsset};
use crate::recipe::{Group, Tone};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows of the table of assets; the rest is counted.
const MAX_ASSETS: usize = 100;

/// The card of a contribution that has `shards` of the plan's shards.
pub fn card(plan: &Plan, tally: &Tally, shards: u64) -> String {
    let recipe = plan.recipe();
    let mut out = front_matter(plan, tally.views);
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("# {}\n", recipe.name));
    if !recipe.about.is_empty() {
        line(format!("{}\n", plain(&recipe.about)));
    }
    let [width, height] = recipe.render.size;
    line("| | |".into());
    line("|---|---|".into());
    line(format!("| variations | {} made, {} failed |", tally.variations - tally.n_failed(), tally.n_failed()));
    line(format!("| views | {} ({} a variation) |", tally.views, plan.views_per_variation()));
    line(format!("| images | {width} × {height} pixels, {} samples per pixel |", recipe.render.spp));
    line(format!("| shards | {shards} of the plan's {} |", plan.shard_count()));
    line(format!("| credits | {} |", tally.credits));
    line(format!("| license | {} |", or_unstated(&recipe.license)));
    line(format!("| plan | `{}` |", plan.id()));
    line(layers(plan));
    line(assets(plan));
    if !tally.failed.is_empty() {
        line("\n## Failed variations\n\nEach has a receipt; messages stand in `failures.jsonl`.\n".into());
        line("| reason | variations |\n|---|---|".into());
        tally.failed.iter().for_each(|(reason, count)| line(format!("| `{reason}` | {count} |")));
    }
    line(usage(plan));
    out
}

/// What the Hugging Face hub reads. Strings are JSON strings, which YAML takes as they are.
fn front_matter(plan: &Plan, views: u64) -> String {
    let recipe = plan.recipe();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let license = hub_license(&recipe.license);
    let mut out = format!("---\npretty_name: {}\nlicense: {}\n", quoted(&recipe.name), license.unwrap_or("other"));
    if license.is_none() && !recipe.license.is_empty() {
        let _ = writeln!(out, "license_name: {}", quoted(&recipe.license));
    }
    let size = match views {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        _ => "n>100M",
    };
    let _ = write!(
        out,
        "tags:\n- 3d\n- genki\n- rendering\n- synthetic\n- webdataset\nsize_categories:\n- {size}\n\
         configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: shards/*.tar\n---\n\n"
    );
    out
}

/// The hub's word for an SPDX id.
fn hub_license(spdx: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 11] = [
        ("Apache-2.0", "apache-2.0"),
        ("BSD-3-Clause", "bsd-3-clause"),
        ("CC-BY-3.0", "cc-by-3.0"),
        ("CC-BY-4.0", "cc-by-4.0"),
        ("CC-BY-NC-4.0", "cc-by-nc-4.0"),
        ("CC-BY-NC-SA-4.0", "cc-by-nc-sa-4.0"),
        ("CC-BY-SA-3.0", "cc-by-sa-3.0"),
        ("CC-BY-SA-4.0", "cc-by-sa-4.0"),
        ("CC0-1.0", "cc0-1.0"),
        ("MIT", "mit"),
        ("Unlicense", "unlicense"),
    ];
    KNOWN.into_iter().find(|(id, _)| *id == spdx).map(|(_, word)| word)
}

fn layers(plan: &Plan) -> String {
    let mut out = "\n## What a view holds\n\n| file | what it is |\n|---|---|\n".to_string();
    let recipe = plan.recipe();
    for &layer in &recipe.layers {
        let file = crate::annotate::extension(layer, &recipe.render);
        let _ = writeln!(out, "| `.{file}` | {} |", meaning(layer, recipe.render.tone));
    }
    out += "| `.json` | K, poses, objects, assets, drawn values; for every layer its unit, frame, dtype and digests |\n\n\
            World: metres, right-handed, Z up. Poses: OpenCV camera (+X right, +Y down, +Z forward). Pixel centres at +0.5.";
    out
}

fn meaning(layer: Layer, tone: Tone) -> &'static str {
    match (layer, tone) {
        (Layer::Rgb, Tone::Srgb) => "8-bit sRGB, straight alpha",
        (Layer::Rgb, Tone::Agx | Tone::Filmic) => "8-bit sRGB after a tone curve, straight alpha",
        (Layer::Rgb, Tone::None) => "linear half floats, alpha premultiplied",
        (Layer::Alpha, _) => "coverage, 8 bits",
        (Layer::Depth, _) => "planar z in metres, float32, 0 where nothing is hit",
        (Layer::DepthSensor, _) => {
            "depth in metres as a depth camera measures it, float32, 0 where it measures nothing"
        }
        (Layer::Distance, _) => "length along the ray in metres, float32, 0 where nothing is hit",
        (Layer::Normal, _) => "unit shading normal, camera frame with OpenGL axes, half floats",
        (Layer::NormalWorld, _) => "unit shading normal, world frame, half floats",
        (Layer::Albedo, _) => "base colour, 8-bit sRGB",
        (Layer::Material, _) => "G roughness, B metallic, 8 bits, linear",
        (Layer::Instance, _) => "16-bit object ids, 0 is background",
        (Layer::Semantic, _) => "16-bit class ids, 0 is background",
        (Layer::NormalGeometric, _) => "unit normal of the triangle, camera frame with OpenGL axes, half floats",
        (Layer::Position, _) => "world position in metres, float32, 0 where nothing is hit",
        (Layer::Uv, _) => "the mesh's first uv set, float32",
        (Layer::Nocs, _) => "position in the object's unit cube, 16 bits, alpha 0 off objects",
        (Layer::Emissive, Tone::Srgb | Tone::Agx | Tone::Filmic) => "emission, 8-bit sRGB, clipped at 1",
        (Layer::Emissive, Tone::None) => "emission, linear half floats",
        (Layer::MaterialId, _) => "16-bit material ids, 0 is background and ground",
        (Layer::Part, _) => "16-bit ids of glTF nodes, 0 is background and ground",
        (Layer::FlowFwd, _) => "pixels to where the point is a frame later, float32, y down",
        (Layer::FlowBwd, _) => "pixels to where the point was a frame before, float32, y down",
        (Layer::Amodal, _) => "a bit for each object: where it would be seen alone",
    }
}

fn assets(plan: &Plan) -> String {
    let assets: BTreeMap<_, &PlannedAsset> = plan.assets_by_digest();
    let mut out = "\n## Assets\n\nLicences are as the recipe states them.\n\n\
                   | path | license | attribution | sha256 |\n|---|---|---|---|\n"
        .to_string();
    let mut rows: Vec<&&PlannedAsset> = assets.values().collect();
    rows.sort_by(|a, b| (&a.path, a.sha256).cmp(&(&b.path, b.sha256)));
    for asset in rows.iter().take(MAX_ASSETS) {
        let (path, license, whom) = (plain(&asset.path), or_unstated(&asset.license), or_unstated(&asset.attribution));
        let _ = writeln!(out, "| {path} | {license} | {whom} | `{}` |", asset.sha256);
    }
    if rows.len() > MAX_ASSETS {
        let _ = writeln!(out, "\n{} more stand in `plan.json`.", rows.len() - MAX_ASSETS);
    }
    out.truncate(out.trim_end().len());
    out
}

fn usage(plan: &Plan) -> String {
    let recipe = plan.recipe();
    let sample = match recipe.package.group {
        Group::View => "a sample is one view",
        Group::Variation => "a sample is one variation with all its views",
    };
    format!(
        "\n## Use\n\n`shards/*.tar` are WebDataset archives; {sample}. `index.parquet` has one row a view with the place of its \
         files in the archive.\n\n```python\nimport webdataset\nviews = webdataset.WebDataset(\"shards/{}.tar\", shardshuffle=False)\n\
         ```\n\nMade by genki from `plan.json`. `genki verify` checks every byte against `contribution.intoto.jsonl`, which is \
         signed by the node that rendered it.",
        plan.names().shard_name(0)
    )
}

fn or_unstated(text: &str) -> String {
    if text.is_empty() { "not stated".into() } else { plain(text) }
}

/// Somebody's text as one line that Markdown shows and does not interpret.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+' | '!' | '|' | '~'
            | '&' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{RECIPE, plan_of};
    use super::*;
    use crate::reason::Reason;

    fn tally() -> Tally {
        let failed = BTreeMap::from([(Reason::AssetMalformed, 1)]);
        Tally { variations: 5, views: 8, credits: 384, failed, ..Tally::default() }
    }

    #[test]
    fn the_card_says_what_is_there_and_how_much_of_the_plan_that_is() {
        let plan = plan_of(RECIPE);
        let card = card(&plan, &tally(), 2);
        let expected = [
            "\nlicense: cc-by-4.0\n",
            "| variations | 4 made, 1 failed |",
            "| views | 8 (2 a variation) |",
            "| shards | 2 of the plan's 3 |",
            "| `.depth.exr` | planar z in metres",
            "| toy.glb | CC0-1.0 | A. Maker |",
            "| `asset_malformed` | 1 |",
            "n<1K",
            &plan.id().to_string(),
        ];
        for text in expected {
            assert!(card.contains(text), "{text:?} is missing in\n{card}");
        }
    }

    #[test]
    fn what_people_wrote_is_shown_and_not_interpreted() {
        let card = card(&plan_of(RECIPE), &tally(), 3);
        assert!(card.contains("Toys \\| for \\<tests\\>"), "{card}");
        let other = RECIPE.replace("CC-BY-4.0", "LicenseRef-Mine");
        let card = super::card(&plan_of(&other), &tally(), 3);
        assert!(card.contains("\nlicense: other\nlicense_name: \"LicenseRef-Mine\"\n"), "{card}");
        assert_eq!(plain("a\n# b`c`"), "a \\# b\\`c\\`");
    }
}
