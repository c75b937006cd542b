//! Bad input: each is told with its place and a remedy, ends with 2, and leaves nothing behind.

use crate::program::{Desk, RECIPE, glb, is_there};

/// Runs `render` and asserts that it refuses, says `what`, and writes nothing.
#[track_caller]
fn refused(desk: &Desk, line: &str, what: &str) {
    let before = desk.listing();
    let done = desk.run(line).expect(2);
    assert!(done.stdout.is_empty(), "{}", done.stdout);
    assert!(done.stderr.contains(what), "`{what}` is not in:\n{}", done.stderr);
    assert_eq!(desk.listing(), before, "something was written");
}

const RENDER: &str = "render tiny.yaml --device cpu --out out";

#[test]
fn a_recipe_that_is_missing_or_no_recipe_is_refused() {
    let desk = Desk::new();
    refused(&desk, "render nowhere.yaml --device cpu --out out", "nowhere.yaml: there is no such file");
    std::fs::create_dir(desk.path("folder.yaml")).unwrap();
    refused(&desk, "render folder.yaml --device cpu --out out", "folder.yaml: this is a folder");
    desk.write("bytes.yaml", b"genki: 1\nname: \xff\n");
    refused(&desk, "render bytes.yaml --device cpu --out out", "bytes.yaml: line 2 is not UTF-8");
    desk.write("big.yaml", vec![b'#'; (1 << 20) + 1]);
    refused(&desk, "render big.yaml --device cpu --out out", "big.yaml: the file is larger than 1 MiB");
    desk.write("empty.yaml", "");
    refused(&desk, "render empty.yaml --device cpu --out out", "empty.yaml");
    desk.write("broken.yaml", "genki: 1\nassets: [\n");
    refused(&desk, "render broken.yaml --device cpu --out out", "broken.yaml:");
    desk.write("newer.yaml", RECIPE.replace("genki: 1", "genki: 2"));
    refused(&desk, "render newer.yaml --device cpu --out out", "newer.yaml:1:");
}

#[test]
fn all_mistakes_of_a_recipe_come_at_once_with_line_column_and_hint() {
    let desk = Desk::new();
    desk.write("tiny.yaml", RECIPE.replace("spp: 2", "sp: 2").replace("size_m: 3", "size_m: -3"));
    let done = desk.run(RENDER).expect(2);
    assert!(done.stderr.contains("tiny.yaml:15:33") && done.stderr.contains("tiny.yaml:18:26"), "{}", done.stderr);
    assert!(done.stderr.contains("did you mean `spp`"), "{}", done.stderr);
    assert!(done.stderr.contains("2 problems in tiny.yaml"), "{}", done.stderr);
}

#[test]
fn changes_by_set_are_checked_like_the_recipe() {
    let desk = Desk::new();
    refused(&desk, &format!("{RENDER} --set render.spp"), "is not of the form PATH=VALUE");
    refused(&desk, &format!("{RENDER} --set render.spq=3"), "spp");
    refused(&desk, &format!("{RENDER} --set render.spp=x"), "render.spp");
    refused(&desk, &format!("{RENDER} --variations 0"), "variations");
}

#[test]
fn an_asset_that_is_missing_malformed_or_outside_is_refused_at_its_line() {
    let desk = Desk::new();
    let with = |path: &str| desk.write("tiny.yaml", RECIPE.replace("*.glb", path));
    with("nothing/*.glb");
    refused(&desk, RENDER, "tiny.yaml:7:20: nothing/*.glb");
    with("d.glb");
    refused(&desk, RENDER, "tiny.yaml:7:20: d.glb");
    desk.write("d.glb", "glTF is what I am not");
    refused(&desk, RENDER, "tiny.yaml:7:20: d.glb");
    desk.write("d.glb", &glb(1.0)[..300]);
    refused(&desk, RENDER, "tiny.yaml:7:20: d.glb");
    with("sky.hdr");
    refused(&desk, RENDER, "sky.hdr is a sky image, but objects are picked from its pool");
    with("../d.glb");
    let outside = desk.folder.path().parent().unwrap().join("d.glb");
    let was_there = is_there(&outside);
    refused(&desk, RENDER, "tiny.yaml:7:20: ../d.glb");
    assert_eq!(is_there(&outside), was_there);
}

#[test]
fn assets_outside_the_recipes_folder_need_a_project_or_permission() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("recipes")).unwrap();
    desk.write("recipes/tiny.yaml", RECIPE.replace("*.glb", "../*.glb").replace("sky.hdr", "../sky.hdr"));
    let check = "check recipes/tiny.yaml";
    let done = desk.run(check).expect(2);
    assert!(done.stderr.contains("--allow-assets recipes/.."), "{}", done.stderr);
    desk.run(&format!("{check} --allow-assets .")).expect(0);
    desk.write(".genki", "");
    desk.run(check).expect(0);
}

#[test]
fn a_licence_that_does_not_allow_the_output_is_refused_unless_vouched_for() {
    let desk = Desk::new();
    desk.write("tiny.yaml", RECIPE.replace("\"*.glb\", license: CC0-1.0", "\"*.glb\", license: CC-BY-NC-4.0"));
    refused(&desk, RENDER, "CC-BY-NC-4.0");
    desk.run("check tiny.yaml --accept-license CC-BY-NC-4.0").expect(0);
}

#[test]
fn a_plan_that_is_too_dear_is_refused() {
    let desk = Desk::new();
    // 12 variations × 2 views × 16 × 12 pixels × 2 samples.
    refused(&desk, &format!("{RENDER} --max-credits 9215"), "9216 credits");
    desk.run("check tiny.yaml --max-credits 9216").expect(0);
}

#[test]
fn a_plan_that_is_malformed_tampered_with_or_of_another_version_is_refused() {
    let desk = Desk::new();
    desk.run("plan tiny.yaml --no-estimate -o plan.json").expect(0);
    let plan = std::fs::read_to_string(desk.path("plan.json")).unwrap();
    let render = "render p.json --device cpu --out out";
    refused(&desk, render, "p.json: there is no such file");
    for (from, to) in
        [("{", "["), ("\"format\":1", "\"format\":2"), ("\"engine\":", "\"engine\":9"), ("\"seed\":", "\"sead\":")]
    {
        assert!(plan.contains(from), "{from}");
        desk.write("p.json", plan.replacen(from, to, 1));
        refused(&desk, render, "p.json");
    }
    desk.write("p.json", &plan);
    refused(&desk, &format!("{render} --seed 9"), "a plan is fixed");
    desk.write("b.glb", glb(9.0));
    refused(&desk, render, "b.glb is not the planned file");
    refused(&desk, &format!("{render} --assets-root nowhere"), "nowhere");
}

#[test]
fn a_plan_renders_to_the_same_bytes_as_its_recipe() {
    let desk = Desk::new();
    desk.run("plan tiny.yaml --no-estimate -o plan.json").expect(0);
    desk.render("one", "--no-seal").expect(0);
    desk.run("render plan.json --device cpu --out two --no-seal").expect(0);
    let without_text = |out: &str| {
        let mut files = desk.contents(out);
        files.retain(|(name, _)| name != "recipe.yaml");
        files
    };
    crate::program::assert_same(&without_text("one"), &without_text("two"));
}

#[test]
fn a_key_that_cannot_be_used_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    desk.write("key.pem", "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n");
    refused(&desk, &format!("{RENDER} --key key.pem"), "key.pem");
    desk.run("key new --key good.pem").expect(0);
    refused(&desk, "key new --key good.pem", "good.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(desk.path("good.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
        refused(&desk, &format!("{RENDER} --key good.pem"), "good.pem");
    }
    for line in ["key show", RENDER] {
        refused(&desk, &format!("{line} --key nowhere.pem"), "nowhere.pem");
    }
}

#[test]
fn the_secret_half_of_a_key_is_never_printed() {
    let desk = Desk::new();
    let shown = [desk.run("key new"), desk.run("key show"), desk.run("key show --json")];
    let file =
        desk.listing().into_iter().find(|path| path.extension().is_some_and(|e| e == "pem")).expect("a key file");
    let pem = std::fs::read_to_string(file).unwrap();
    let secret = pem.lines().nth(1).expect("a line of base64");
    for done in shown {
        let done = done.expect(0);
        assert!(!done.stdout.contains(&secret[secret.len() - 43..]) && done.stderr.is_empty());
    }
}

#[test]
fn a_directory_that_holds_something_else_is_refused_with_advice() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("out")).unwrap();
    desk.write("out/notes.txt", "mine");
    refused(&desk, &format!("{RENDER} --no-seal"), "--out");
    desk.write("file", "");
    refused(&desk, "render tiny.yaml --device cpu --out file --no-seal", "file");
    desk.render("made", "--no-seal --shards 0").expect(0);
    refused(&desk, "render tiny.yaml --device cpu --out made --no-seal --seed 6", "holds another plan");
    for command in ["seal", "verify"] {
        refused(&desk, &format!("{command} nowhere"), "nowhere");
    }
}

#[test]
fn shards_and_variations_that_are_not_there_are_refused() {
    let desk = Desk::new();
    for list in ["3", "0-3", "2-1", "x", "", "1,,2"] {
        refused(&desk, &format!("{RENDER} --shards={list}"), "--shards");
    }
    refused(&desk, &format!("{RENDER} --variation 12"), "there is no variation 12");
}

#[test]
fn flags_that_a_measure_of_quality_would_ignore_are_refused() {
    let desk = Desk::new();
    for flag in ["--spp 4", "--views 3"] {
        let done = desk.run(&format!("bench --quality {flag}")).expect(2);
        assert!(done.stderr.contains("--quality") && done.stderr.contains(&flag[..5]), "{}", done.stderr);
    }
}
