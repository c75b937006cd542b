//! What lies beside the program: its own recipes, files of others that are damaged, and adapters of this machine.

use crate::program::{Desk, Done, RECIPE, say};
use std::path::{Path, PathBuf};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in the project's folder, writing to `desk`.
fn run(desk: &Desk, line: &str) -> Done {
    let mut command = desk.command(line.split_whitespace());
    Done::of(command.current_dir(project()).output().expect("the program starts"))
}

#[test]
fn every_recipe_of_ours_is_without_warnings_and_renders() {
    let desk = Desk::new();
    let mut recipes: Vec<PathBuf> =
        std::fs::read_dir(project().join("recipes")).unwrap().map(|entry| entry.unwrap().path()).collect();
    recipes.sort();
    assert!(recipes.len() >= 3, "{recipes:?}");
    for recipe in recipes {
        let name = recipe.file_stem().unwrap().to_string_lossy().into_owned();
        let checked = run(&desk, &format!("check recipes/{name}.yaml")).expect(0);
        assert!(checked.stdout.ends_with("no problem found\n") && checked.stderr.is_empty(), "{}", checked.stderr);
        let out = desk.path(&name);
        let small = "--set render.size=[48,48] --set render.spp=1 --device cpu --variation 1";
        run(&desk, &format!("render recipes/{name}.yaml {small} --out {}", out.display())).expect(0);
        assert!(std::fs::read_dir(&out).unwrap().count() >= 4);
    }
}

#[test]
fn the_first_command_is_no_longer_than_promised_in_credits() {
    let desk = Desk::new();
    let plan: serde_json::Value =
        serde_json::from_str(&run(&desk, "plan recipes/turntable.yaml --no-estimate --json").expect(0).stdout).unwrap();
    let credits: u64 = plan["credits"].as_str().unwrap().parse().unwrap();
    // A minute on two cores at a modest 1.5 million camera samples a CPU second.
    assert!(credits <= 60 * 2 * 1_500_000, "{credits} credits");
}

#[test]
fn damaged_assets_are_an_error_each_and_never_a_panic() {
    let folder = project().join("../shared/assets/malformed");
    if !folder.is_dir() {
        assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", folder.display());
        return say("skipped: no ../shared/assets/malformed");
    }
    let desk = Desk::new();
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let path = entry.expect("a readable folder").into_path();
        if path.extension().is_none_or(|extension| extension != "gltf" && extension != "glb") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Beside its neighbours, where it has any.
        let quoted = serde_json::Value::from(path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned());
        desk.write("damaged.yaml", RECIPE.replace("\"*.glb\"", &quoted.to_string()).replace("sky.hdr", "../sky.hdr"));
        let copied = desk.path("damaged");
        std::fs::create_dir_all(&copied).unwrap();
        copy_all(&folder, &copied);
        std::fs::rename(desk.path("damaged.yaml"), copied.join("damaged.yaml")).unwrap();
        let checked = desk.run("check damaged/damaged.yaml --allow-assets .").expect(2);
        let rendered = desk.run("render damaged/damaged.yaml --allow-assets . --device cpu --out out");
        // What the structure shows is refused; what only decoding shows fails the variations that need it.
        let rendered = match desk.path("out").exists() {
            false => rendered.expect(2),
            true => rendered.expect(1),
        };
        for done in [&checked, &rendered] {
            assert!(done.stderr.contains(&name), "{name} is not in:\n{}", done.stderr);
            assert!(!done.stderr.contains("panic"), "{name}: {}", done.stderr);
        }
        if desk.path("out").exists() {
            assert!(rendered.stderr.contains("asset_malformed"), "{}", rendered.stderr);
            desk.run("verify out").expect(0);
            std::fs::remove_dir_all(desk.path("out")).unwrap();
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen} damaged files");
}

fn copy_all(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let path = entry.expect("a readable folder").into_path();
        let target = to.join(path.strip_prefix(from).unwrap());
        match path.is_dir() {
            true => std::fs::create_dir_all(target).unwrap(),
            false if target.exists() => {}
            false => drop(std::fs::copy(&path, target).unwrap()),
        }
    }
}

#[test]
fn all_adapters_and_the_cpu_are_devices_of_one_run_that_verifies() {
    let desk = Desk::new();
    let listed = desk.run("devices --json").expect(0).stdout;
    let devices: Vec<serde_json::Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    if devices.len() < 2 {
        assert!(std::env::var_os("GENKI_REQUIRE_GPU").is_none(), "no adapter");
        return say("skipped: no adapter");
    }
    let all: String = (0..devices.len()).map(|i| format!(" --device {i}")).collect();
    let done =
        desk.run(&format!("render tiny.yaml --out out --json --variations 64 --set package.shard=1{all}")).expect(0);
    let events: Vec<serde_json::Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["devices"].as_array().unwrap().len(), devices.len());
    let mut shards: Vec<u64> =
        events.iter().filter(|e| e["event"] == "shard").map(|e| e["shard"].as_u64().unwrap()).collect();
    shards.sort_unstable();
    assert_eq!(shards, (0..64).collect::<Vec<_>>());
    assert!(!events.iter().any(|e| e["event"] == "message"), "{}", done.stdout);
    desk.run("verify out").expect(0);
}
