//! Recipes that are read: the smallest, one of the whole subset, what defaults come to, and the way through a plan.

use genki::diag::Problems;
use genki::layer::Layer;
use genki::recipe::*;

const FULL: &str = include_str!("recipe_full.yaml");

fn read_ok(text: &str) -> Recipe {
    let (recipe, problems) = read("studio.yaml", text, &[]);
    recipe.unwrap_or_else(|| panic!("{}", shown(&problems)))
}

fn shown(problems: &Problems) -> String {
    problems.0.iter().map(|problem| format!("{problem}\n")).collect()
}

fn by_key(text: &str) -> serde_json::Value {
    resolve(&read_ok(text))
}

#[test]
fn the_smallest_recipe_is_two_keys() {
    let recipe = read_ok("genki: 1\nassets: {models: [\"*.glb\"]}\n");
    assert_eq!(recipe.name, "studio");
    assert_eq!(recipe.scene.objects.len(), 1);
    assert_eq!(recipe.scene.objects[0].from, "models");
    assert_eq!(recipe.scene.objects[0].id, "0");
    assert_eq!(recipe.scene.lights.len(), 1, "without a sky of its own it has a sun");
    let RigKind::Fibonacci { views: 24, radius: Radius::Fit(Number::Constant(fit)), .. } = &recipe.cameras[0].kind
    else {
        panic!("{:?}", recipe.cameras)
    };
    assert_eq!(*fit, 1.15);
    assert_eq!(recipe.layers, [Layer::Rgb, Layer::Depth, Layer::Normal, Layer::Albedo, Layer::Instance]);
}

#[test]
fn a_recipe_of_the_whole_subset_is_read() {
    let recipe = read_ok(FULL);
    assert_eq!(recipe.name, "studio-helmets");
    assert_eq!((recipe.seed, recipe.variations), (7, 1000));
    assert_eq!(recipe.shares[0].permille, 300);
    let helmets = &recipe.assets["helmets"].entries;
    assert_eq!((helmets[0].class.as_str(), helmets[0].weight, helmets[0].license.as_str()), ("helmet", 2.0, "CC0-1.0"));
    let hero = &recipe.scene.objects[0];
    assert_eq!(hero.scale, Number::LogUniform { from: 0.8, to: 1.25 });
    assert_eq!(hero.rotation, Rotation::Axis { axis: 2, deg: Number::Uniform { from: 0.0, to: 360.0 } });
    let edit = &hero.material[0];
    assert_eq!(edit.roughness.as_ref().map(|edit| edit.op), Some(EditOp::Multiply));
    assert_eq!(recipe.scene.objects[1].count, Number::UniformInt { from: 0, to: 6 });
    // A normal distribution without bounds has those of its key.
    let normal = Number::Normal { mean: 0.0, std: 0.7, min: -24.0, max: 24.0 };
    assert_eq!(recipe.scene.sky.exposure_ev, normal);
    assert!(matches!(&recipe.scene.sky.kind, SkyKind::Image { from, pick: Pick::Random } if from == "skies"));
    assert_eq!(recipe.scene.lights.len(), 5);
    assert_eq!(recipe.scene.lights[2].temperature_k, Some(Number::Uniform { from: 2700.0, to: 6500.0 }));
    assert_eq!(recipe.cameras.len(), 5);
    assert_eq!(camera_file_paths(&recipe), ["rigs/studio.json"]);
    assert_eq!(recipe.package, Package { shard: 16, group: Group::Variation });
    assert_eq!(recipe.render.clamp, 10.0);
}

#[test]
fn what_is_resolved_reads_as_the_same_recipe() {
    let small = "genki: 1\nassets: {models: [\"*.glb\"]}\n";
    for text in [FULL, small] {
        let recipe = read_ok(text);
        let json = resolve(&recipe);
        let (again, problems) = from_resolved("plan.json", &json);
        assert_eq!(again.as_ref(), Some(&recipe), "{}", shown(&problems));
        assert!(problems.0.is_empty(), "{}", shown(&problems));
        // Also after it was a file.
        let text = serde_json::to_string(&json).expect("JSON");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(from_resolved("plan.json", &json).0, Some(recipe));
    }
}

#[test]
fn a_problem_in_a_plan_names_the_path_of_its_key() {
    let mut json = by_key("genki: 1\nassets: {models: [\"*.glb\"]}\n");
    json["render"]["spp"] = serde_json::json!(0);
    let (recipe, problems) = from_resolved("plan.json", &json);
    assert_eq!(recipe, None);
    assert_eq!(shown(&problems), "plan.json: /render/spp: spp is 0, but it lies between 1 and 65536\n");
}

#[test]
fn overrides_change_the_recipe_before_it_is_read() {
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let overrides = [
        set("render.spp", "3"),
        set("scene.objects.hero.scale", "{uniform: [1, 2]}"),
        set("scene.objects.2.count", "7"),
        set("cameras.orbit.radius.fit", "2"),
        set("scene.sky", "{color: [0, 0, 1]}"),
        set("assets.skies", "null"),
        set("seed", "99"),
        set("about", "\"a = b\""),
    ];
    // The last of several for one key counts.
    let again = [overrides.as_slice(), &[set("seed", "100"), set("assets.skies", "[a.hdr]")]].concat();
    let full = FULL.replace("radius: {uniform: [2, 3]}", "radius: {fit: 1}");
    let (recipe, problems) = read("studio.yaml", &full, &again);
    let recipe = recipe.unwrap_or_else(|| panic!("{}", shown(&problems)));
    assert_eq!(recipe.render.spp, 3);
    assert_eq!(recipe.render.bounces, 4, "the other keys stay");
    assert_eq!(recipe.scene.objects[0].scale, Number::Uniform { from: 1.0, to: 2.0 });
    assert_eq!(recipe.scene.objects[2].count, Number::Constant(7.0));
    assert!(
        matches!(&recipe.cameras[1].kind, RigKind::Orbit { radius: Radius::Fit(Number::Constant(fit)), .. } if *fit == 2.0)
    );
    assert_eq!(recipe.seed, 100);
    assert_eq!(recipe.about, "a = b");
    assert!(shown(&problems).contains("pool `skies` is never used"), "{}", shown(&problems));
}

#[test]
fn overrides_reach_into_what_the_recipe_leaves_out() {
    let small = "genki: 1\nassets: {models: [\"*.glb\"]}\n";
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let overrides = [
        set("render.size", "[64, 48]"),
        set("cameras.around.views", "2"),
        set("scene.objects.0.scale", "2"),
        set("scene.ground.kind", "plane"),
        set("cameras.0.elevation_deg.max", "30"),
    ];
    let (recipe, problems) = read("studio.yaml", small, &overrides);
    let recipe = recipe.unwrap_or_else(|| panic!("{}", shown(&problems)));
    assert_eq!(recipe.render.size, [64, 48]);
    assert_eq!(recipe.scene.objects[0].scale, Number::Constant(2.0));
    assert!(matches!(recipe.scene.ground, Ground::Plane { .. }));
    assert!(matches!(recipe.cameras[0].kind, RigKind::Fibonacci { views: 2, elevation_deg: (-10.0, 30.0), .. }));
}

#[test]
fn colours_are_linear_inside() {
    let text = "genki: 1\nassets: {models: [a.glb]}\nscene: {sky: {color: \"#ff8000\"}}\n";
    let SkyKind::Color(Draw::Is([r, g, b])) = read_ok(text).scene.sky.kind else { panic!("no constant colour") };
    assert_eq!((r, b), (Number::Constant(1.0), Number::Constant(0.0)));
    // ((128/255 + 0.055) / 1.055)^2.4
    let Number::Constant(g) = g else { panic!("no constant") };
    assert!((g - 0.215_860_5).abs() < 1e-6, "{g}");
}

#[test]
fn a_thousand_lines_are_read() {
    let mut text = "genki: 1\nassets: {models: [a.glb]}\nscene:\n  objects:\n".to_owned();
    for i in 0..330 {
        text += &format!("    - id: thing_{i}\n      scale: {{uniform: [1, 2]}}\n      position: [{i}, 0, 0]\n");
    }
    assert_eq!(read_ok(&text).scene.objects.len(), 330);
}
