//! Plans and variations: independence of keys, picks, bytes there and back.

use super::*;
use crate::hash::sha256;

fn recipe(text: &str) -> Recipe {
    let (recipe, problems) = crate::recipe::read("test.yaml", text, &[]);
    recipe.unwrap_or_else(|| panic!("{}", problems.0.iter().map(|p| format!("{p}\n")).collect::<String>()))
}

fn asset(name: &str) -> PlannedAsset {
    PlannedAsset {
        path: format!("{name}.glb"),
        sha256: sha256(name.as_bytes()),
        bytes: 1 << 60,
        license: "CC0-1.0".to_string(),
        attribution: String::new(),
        class: String::new(),
        weight: 1.0,
        variants: Vec::new(),
        clips: Vec::new(),
    }
}

fn pools(names: &[&str]) -> BTreeMap<String, Vec<PlannedAsset>> {
    BTreeMap::from([("things".to_string(), names.iter().map(|name| asset(name)).collect())])
}

fn plan_of(text: &str, names: &[&str]) -> Plan {
    Plan::new(recipe(text), pools(names)).expect("a plan")
}

const HEAD: &str = "genki: 1\nname: test\nlicense: CC0-1.0\nassets: {things: [things/*.glb]}\n";

fn with(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

const HERO: &str = "
variations: 20
scene:
  objects:
    - id: hero
      from: things
      scale: {uniform: [1, 2]}
      rotation: random
      material: [{match: '*', roughness: {multiply: {uniform: [0, 1]}}}]
cameras: [{id: around, rig: fibonacci, views: 3, fov_deg: {uniform: [30, 60]}}]
";

/// The same, and more of everything, in another order.
const MORE: &str = "
variations: 70
cameras:
  - {id: front, rig: fixed, position: [0, {uniform: [-3, -2]}, 1], fov_deg: {uniform: [30, 60]}}
  - {id: around, rig: fibonacci, views: 3, roll_deg: {normal: {mean: 0, std: 2}}, fov_deg: {uniform: [30, 60]}}
render: {spp: 3}
scene:
  lights: [{id: key, kind: sun, azimuth_deg: {uniform: [0, 360]}}]
  objects:
    - {id: other, from: things, scale: {uniform: [1, 2]}}
    - id: hero
      from: things
      count: {uniform_int: [2, 4]}
      material:
        - {match: '*', roughness: {multiply: {uniform: [0, 1]}}, metallic: {set: {uniform: [0, 1]}}}
      position: [{uniform: [-1, 1]}, 0, 0]
      rotation: random
      scale: {uniform: [1, 2]}
";

#[test]
fn a_value_hangs_on_no_other_key() {
    let (few, many) = (plan_of(&with(HERO), &["a", "b", "c"]), plan_of(&with(MORE), &["a", "b", "c"]));
    for index in 0..20 {
        let (few, many) = (few.variation(index, 0).drawn, many.variation(index, 0).drawn);
        // The pick, the scale, the edit, four of the rotation, three fields of view.
        assert_eq!(few.len(), 10);
        assert!(many.len() > few.len());
        for (path, value) in &few {
            assert_eq!(many.get(path), Some(value), "{path} of variation {index}");
        }
        assert_ne!(many["objects.hero.scale"], many["objects.hero.1.scale"]);
        assert_ne!(many["cameras.around.fov_deg@0"], many["cameras.around.fov_deg@1"]);
    }
}

#[test]
fn seed_index_attempt_and_path_each_change_what_is_drawn() {
    let plan = plan_of(&with(HERO), &["a", "b", "c"]);
    let first = plan.variation(3, 0);
    assert_eq!(first.drawn, plan.variation(3, 0).drawn);
    assert_eq!(first.drawn_digest(), plan.variation(3, 0).drawn_digest());
    for other in [
        plan.variation(4, 0),
        plan.variation(3, 1),
        plan_of(&with(&format!("seed: 9{HERO}")), &["a", "b", "c"]).variation(3, 0),
    ] {
        assert_ne!(first.drawn["objects.hero.scale"], other.drawn["objects.hero.scale"]);
        assert_ne!(first.drawn_digest(), other.drawn_digest());
    }
}

#[test]
fn the_digest_is_over_sorted_lines() {
    let mut drawn = Drawn::new();
    drawn.insert("b".into(), DrawnValue::Float(1.0));
    drawn.insert("a@3".into(), DrawnValue::Int(-2));
    let digest = Digest::default();
    drawn.insert("c".into(), DrawnValue::Asset { index: 4, digest });
    let lines = format!("a@3=i64:-2\nb=f32:3f800000\nc=asset:4:{digest}\n");
    assert_eq!(drawn_digest(&drawn), sha256(lines.as_bytes()));
}

#[test]
fn renaming_files_changes_no_pick() {
    let renamed = |name: &str, path: &str| PlannedAsset { path: path.into(), class: "x".into(), ..asset(name) };
    let pool = |list: Vec<PlannedAsset>| BTreeMap::from([("things".to_string(), list)]);
    let one = Plan::new(recipe(&with(HERO)), pool(vec![renamed("a", "1.glb"), renamed("b", "2.glb")])).expect("a plan");
    let two = Plan::new(recipe(&with(HERO)), pool(vec![renamed("b", "1.glb"), renamed("a", "z.glb")])).expect("a plan");
    assert!((0..20).all(|i| one.variation(i, 0).drawn == two.variation(i, 0).drawn));
    assert!((0..20).any(|i| one.variation(i, 0).models() != one.variation(0, 0).models()), "both are picked");
}

#[test]
fn each_multiplies_variations_and_takes_all_in_turn() {
    let plan = plan_of(
        &with(
            "variations: 2\nscene: {objects: [{id: a, from: things, pick: each}, {id: b, from: things, pick: each}]}\n",
        ),
        &["x", "y", "z"],
    );
    assert_eq!(plan.variations(), 18);
    let mut seen = BTreeMap::new();
    for index in 0..18 {
        let variation = plan.variation(index, 5);
        let pair: Vec<u32> = variation.objects.iter().map(|o| o.asset.index).collect();
        *seen.entry(pair).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 9);
    assert!(seen.values().all(|&n| n == 2));
}

#[test]
fn instances_go_through_a_shuffle_together() {
    let text = with("scene: {objects: [{id: a, from: things, pick: shuffle, count: 2}]}\nvariations: 6\n");
    let plan = plan_of(&text, &["u", "v", "w", "x", "y", "z"]);
    for turn in 0..2 {
        let mut used: Vec<u32> =
            (0..3).flat_map(|i| plan.variation(turn * 3 + i, 7).objects).map(|o| o.asset.index).collect();
        used.sort();
        assert_eq!(used, [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn weights_decide_how_often_an_asset_is_picked() {
    let mut pools = pools(&["a", "b"]);
    pools.get_mut("things").expect("the pool")[0].weight = 3.0;
    let plan = Plan::new(recipe(&with("variations: 4000\nscene: {objects: [{id: o, from: things}]}\n")), pools)
        .expect("a plan");
    let a = sha256(b"a");
    let n = (0..4000).filter(|&i| plan.variation(i, 0).objects[0].asset.digest == a).count();
    // 3000 expected, standard deviation 27: four of them.
    assert!((2890..3110).contains(&n), "{n}");
}

#[test]
fn instances_have_paths_and_classes_have_ids() {
    let mut pools = pools(&["a", "b"]);
    pools.get_mut("things").expect("the pool").iter_mut().for_each(|a| a.class = format!("class {}", a.path));
    let text = with("scene: {objects: [{id: o, from: things, pick: each, count: 2}]}\n");
    let plan = Plan::new(recipe(&text), pools).expect("a plan");
    assert_eq!(
        plan.classes().iter().map(|(n, &id)| (n.as_str(), id)).collect::<Vec<_>>(),
        [("class a.glb", 1), ("class b.glb", 2)]
    );
    let variation = plan.variation(0, 0);
    assert_eq!(variation.objects.iter().map(|o| o.path.as_str()).collect::<Vec<_>>(), ["objects.o", "objects.o.1"]);
    for object in &variation.objects {
        assert_eq!(plan.classes()[&*object.class], object.class_id);
        assert_eq!(plan.asset(&object.asset).sha256, object.asset.digest);
    }
}

#[test]
fn random_rotations_are_proper_and_uniform() {
    let plan = plan_of(&with(HERO), &["a"]);
    let mut mean = [0.0; 3];
    let mut counts = [0.0; 10];
    for index in 0..5000 {
        let r = plan.variation(index, 0).objects[0].rotation;
        for i in 0..3 {
            for j in 0..3 {
                let dot: f64 = (0..3).map(|k| r[i][k] * r[j][k]).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
        // Where the z axis goes is uniform on the sphere: its height is uniform on [−1, 1] (Archimedes).
        (0..3).for_each(|k| mean[k] += r[k][2] / 5000.0);
        counts[((r[2][2] * 0.5 + 0.5) * 9.999_999) as usize] += 1.0;
    }
    // Standard deviation of each mean: √(1/3/5000) = 0.008.
    assert!(mean.iter().all(|m| m.abs() < 0.035), "{mean:?}");
    let chi: f64 = counts.iter().map(|c| (c - 500.0) * (c - 500.0) / 500.0).sum();
    assert!(chi < 27.9, "{counts:?}"); // nine degrees of freedom, once in a thousand
}

#[test]
fn a_plan_survives_its_bytes() {
    let full = include_str!("../../tests/recipe_full.yaml");
    let (read, problems) = crate::recipe::read("full.yaml", full, &[]);
    let mut read = read.unwrap_or_else(|| panic!("{problems:?}"));
    let cameras = r#"[{"K": [[500, 0, 128], [0, 500, 96], [0, 0, 1]], "cam2world": [[1, 0, 0, 0], [0, 0, 1, -2], [0, -1, 0, 0], [0, 0, 0, 1]]}]"#;
    let problems = crate::recipe::fill_camera_file(&mut read, "rigs/studio.json", cameras);
    assert!(!problems.has_errors(), "{problems:?}");
    let pools = ["helmets", "clutter", "skies"].map(|name| {
        (name.to_string(), ["a", "b", "c"].map(|n| varied(&format!("{name}{n}"), &["midnight", "beach"])).to_vec())
    });
    let mut pools = BTreeMap::from(pools);
    pools.get_mut("helmets").expect("the pool")[1].weight = 0.1 + 0.2;
    let plan = Plan::new(read, pools).expect("a plan");
    let bytes = plan.to_bytes();
    let back = Plan::from_bytes("plan.json", &bytes).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!((back.to_bytes(), back.id(), back.recipe()), (bytes.clone(), plan.id(), plan.recipe()));
    assert_eq!(plan.id(), sha256(&bytes));
    assert_eq!(back.variation(17, 2).drawn, plan.variation(17, 2).drawn);
    assert_eq!(plan.views_per_variation(), 24 + 8 + 9 + 1 + 1);
    assert_eq!(plan.credits_per_variation(), 43 * 256 * 192 * 16);
    assert_eq!((plan.variations(), plan.shard_count()), (3000, 188));
    assert_eq!((plan.shard_range(0), plan.shard_range(187), plan.shard_range(188)), (0..16, 2992..3000, 3000..3000));
}

#[test]
fn a_variation_has_ten_thousand_views_at_most() {
    let mut recipe = recipe(&with(&HERO.replace("views: 3", "views: 10000")));
    assert_eq!(Plan::new(recipe.clone(), pools(&["a"])).expect("a plan").views_per_variation(), 10_000);
    recipe.cameras.push(crate::recipe::CameraRig { id: "more".to_string(), ..recipe.cameras[0].clone() });
    let problems = Plan::new(recipe, pools(&["a"])).expect_err("too many");
    assert!(problems.0[0].message.contains("too many views (20000): the limit is 10000"), "{problems:?}");
    assert!(problems.0[0].hint.contains("variations"), "{problems:?}");
}

#[test]
fn a_plan_of_another_engine_is_read_to_be_checked_only() {
    let bytes = plan_of(&with(HERO), &["a"]).to_bytes();
    let text = String::from_utf8(bytes).expect("UTF-8").replacen(&format!("\"engine\":{ENGINE}"), "\"engine\":77", 1);
    assert!(Plan::from_bytes("plan.json", text.as_bytes()).is_err());
    let plan = Plan::of_any_engine("plan.json", text.as_bytes()).expect("a plan");
    assert_eq!((plan.engine(), plan.id()), (77, sha256(text.as_bytes())));
    let other_format = text.replacen("\"format\":1", "\"format\":2", 1);
    assert!(Plan::of_any_engine("plan.json", other_format.as_bytes()).is_err());
}

#[test]
fn altered_plans_are_refused_with_advice() {
    let bytes = plan_of(&with(HERO), &["a", "b"]).to_bytes();
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    assert!(Plan::from_bytes("plan.json", &bytes).is_ok());
    let refusal = |text: &str| {
        let problems = Plan::from_bytes("plan.json", text.as_bytes()).expect_err("refused");
        assert!(problems.has_errors());
        let first = &problems.0[0];
        assert_eq!(first.place.file, "plan.json");
        first.to_string()
    };
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        refusal(&text.replacen(from, to, 1))
    };
    assert!(changed("\"engine\":1", "\"engine\":2").contains("engine 2, and this genki has engine 1"));
    assert!(changed("\"format\":1", "\"format\":3").contains("format 3"));
    assert!(changed("\"variations\":\"20\"", "\"variations\":\"21\"").contains("altered"));
    assert!(changed("{\"assets\"", "{ \"assets\"").contains("altered"));
    assert!(changed("\"engine\":1", "\"engine\":1,\"extra\":0").contains("extra"));
    assert!(changed("\"credits\":\"", "\"credits\":\"1").contains("altered"));
    assert!(changed(&format!("\"bytes\":\"{}\"", 1u64 << 60), "\"bytes\":\"-1\"").contains("size"));
    assert!(refusal("{}").contains("`format` is missing"));
    assert!(refusal("genki: 1").contains("not a plan"));
    assert!(refusal(&text[..text.len() / 2]).contains("not a plan"));
}

#[test]
fn a_billion_variations_are_planned_at_once() {
    let start = std::time::Instant::now();
    let text = with(HERO).replace("variations: 20", "variations: 1000000000");
    let plan = plan_of(&text.replace("from: things", "from: things\n      pick: shuffle"), &["a", "b", "c"]);
    assert_eq!(plan.shard_range(plan.shard_count() - 1).end, 1_000_000_000);
    assert_eq!(plan.variation(999_999_999, 0).objects.len(), 1);
    assert_eq!(plan.names().variation_key(999_999_999), "test-999999999");
    assert!(start.elapsed().as_secs_f64() < 1.0);
}

#[test]
fn what_cannot_be_counted_is_a_problem() {
    let refused = |rest: &str, names: &[&str]| {
        let problems = Plan::new(recipe(&with(rest)), pools(names)).expect_err("refused");
        problems.0.iter().map(|p| p.to_string()).collect::<Vec<_>>().join("\n")
    };
    let object = "scene: {objects: [{id: o, from: things}]}\n";
    assert!(refused(object, &[]).contains("pool `things`, which has no assets"));
    assert!(refused(object, &["a", "a"]).contains("listed twice"));
    let crowd: String =
        (0..66).map(|i| format!("{{id: o{i}, from: things, count: {{uniform_int: [0, 1000]}}}}, ")).collect();
    assert!(refused(&format!("scene: {{objects: [{crowd}]}}\n"), &["a"]).contains("up to 66000 objects"));
    let masks =
        |count: u32| format!("scene: {{objects: [{{id: o, from: things, count: {count}}}]}}\nlayers: [amodal]\n");
    assert!(refused(&masks(257), &["a"]).contains("up to 257 objects in a variation, but it has 256 masks at most"));
    assert_eq!(plan_of(&with(&masks(256)), &["a"]).most_objects(), 256);
}

#[test]
fn licences_and_credits_are_the_planners_to_refuse() {
    let mut pools = pools(&["a", "b"]);
    for asset in pools.get_mut("things").expect("the pool") {
        asset.license = "CC-BY-NC-4.0".to_string();
    }
    let text = with("scene: {objects: [{id: o, from: things}]}\n");
    let problems = Plan::new(recipe(&text), pools.clone()).expect_err("refused");
    assert_eq!(problems.0[0].place.file, "a.glb");
    assert!(problems.0[0].to_string().contains("(and 1 more of pool `things`)"), "{}", problems.0[0]);
    let accepted = BTreeSet::from(["CC-BY-NC-4.0".to_string()]);
    let terms = Terms { accepted_licenses: accepted.clone(), max_credits: None };
    let plan = Plan::with_terms(recipe(&text), pools.clone(), &terms).expect("accepted");
    assert!(Plan::from_bytes("plan.json", &plan.to_bytes()).is_ok_and(|p| !p.warnings().0.is_empty()));
    let limit = plan.credits() - 1;
    let terms = Terms { accepted_licenses: accepted, max_credits: Some(limit) };
    let problems = Plan::with_terms(recipe(&text), pools, &terms).expect_err("too dear");
    assert!(problems.0[0].message.contains(&format!("the limit is {limit}")));
}

fn varied(name: &str, variants: &[&str]) -> PlannedAsset {
    PlannedAsset { variants: variants.iter().map(|v| v.to_string()).collect(), ..asset(name) }
}

fn planned(variant: &str, assets: Vec<PlannedAsset>) -> Result<Plan, Problems> {
    let objects = format!("scene: {{objects: [{{id: hero, from: things, pick: each, variant: {variant}}}]}}");
    Plan::new(
        recipe(&with(&format!("variations: 3000\n{objects}\n"))),
        BTreeMap::from([("things".to_string(), assets)]),
    )
}

fn messages(problems: &Problems) -> Vec<String> {
    problems.0.iter().map(|p| format!("{}|{}", p.message, p.hint)).collect()
}

#[test]
fn a_variant_by_name_is_taken_where_the_asset_has_it_and_is_recorded_where_it_was_drawn() {
    let assets = || vec![varied("a", &["beach", "midnight"]), varied("b", &["beach"])];
    let fixed = planned("midnight", assets()).expect("a plan");
    let has = |variation: &Variation| fixed.asset(&variation.objects[0].asset).variants.len() == 2;
    for i in 0..4 {
        let variation = fixed.variation(i, 0);
        assert_eq!(variation.objects[0].variant.as_deref(), has(&variation).then_some("midnight"));
        assert!(!variation.drawn.contains_key("objects.hero.variant"));
    }
    let chosen =
        planned("{weighted: [{value: beach, weight: 3}, {value: midnight, weight: 1}]}", assets()).expect("a plan");
    let mut n_beach = 0;
    for i in 0..3000 {
        let variation = chosen.variation(i, 0);
        let Some(DrawnValue::Text(name)) = variation.drawn.get("objects.hero.variant") else { panic!("is recorded") };
        n_beach += u32::from(name == "beach");
        let expected = (name == "beach" || has(&variation)).then_some(name);
        assert_eq!(variation.objects[0].variant.as_ref(), expected);
    }
    // 3000 draws of probability 3/4: 2250 ± 23.7; five of these.
    assert!((2131..=2369).contains(&n_beach), "{n_beach}");
}

#[test]
fn a_random_variant_is_one_of_the_assets_own_alike_likely() {
    let plan = planned("random", vec![varied("a", &["x", "y", "z"]), varied("b", &[])]).expect("a plan");
    let mut counts = BTreeMap::new();
    for i in 0..6000 {
        let variation = plan.variation(i, 0);
        let recorded = variation.drawn.get("objects.hero.variant").cloned();
        let variant = variation.objects[0].variant.clone();
        assert_eq!(recorded, variant.clone().map(DrawnValue::Text));
        assert_eq!(variant.is_some(), !plan.asset(&variation.objects[0].asset).variants.is_empty());
        *counts.entry(variant).or_insert(0) += 1;
    }
    // 3000 of the asset that has none, and 1000 ± 26 of each; five of these.
    assert_eq!((counts.len(), counts[&None]), (4, 3000));
    assert!(counts.iter().all(|(name, n)| name.is_none() || (871..=1129).contains(n)), "{counts:?}");
}

#[test]
fn a_variant_that_no_asset_has_is_an_error_and_one_that_some_lack_a_warning() {
    let said = |variant: &str, assets: Vec<PlannedAsset>| match planned(variant, assets) {
        Ok(plan) => messages(plan.warnings()),
        Err(problems) => {
            assert!(problems.has_errors());
            messages(&problems)
        }
    };
    let assets = || vec![varied("a", &["beach", "midnight"]), varied("b", &["beach"]), varied("c", &[])];
    let wrong = planned("{choice: [midnigt, beach]}", assets()).expect_err("is refused");
    assert!(wrong.has_errors());
    let text = messages(&wrong).join("\n");
    assert!(
        text.contains("has a variant `midnigt`; did you mean `midnight`?|their variants are beach, midnight"),
        "{text}"
    );
    assert!(text.contains("1 of 3 assets of pool `things` have no variant `beach`"), "{text}");
    for variant in ["random", "beach"] {
        let bare = planned(variant, vec![asset("a"), asset("b")]).expect_err("is refused");
        assert!(messages(&bare)[0].contains("no asset of pool `things` has variants|leave `variant` out"));
    }
    assert_eq!(said("beach", assets()).len(), 1);
    assert_eq!(said("random", assets()).len(), 1);
    assert!(said("beach", vec![varied("a", &["beach"])]).is_empty());
}

#[test]
fn variants_of_assets_stand_in_a_plan_and_only_where_there_are_any() {
    let plan = planned("{choice: [beach, midnight]}", vec![varied("a", &["beach", "midnight"])]).expect("a plan");
    let read = Plan::from_bytes("plan.json", &plan.to_bytes()).expect("reads");
    assert_eq!(
        (read.id(), &read.pools()["things"][0].variants[..]),
        (plan.id(), &["beach", "midnight"].map(String::from)[..])
    );
    assert_eq!(read.variation(7, 0).drawn, plan.variation(7, 0).drawn);
    let plain = String::from_utf8(plan_of(&with(HERO), &["a"]).to_bytes()).expect("UTF-8");
    assert!(!plain.contains("variant\"") && !plain.contains("variants\""));
}

#[test]
fn a_pose_is_a_moment_of_a_clip_that_the_asset_has_and_both_are_recorded_where_they_were_drawn() {
    let assets = || vec![PlannedAsset { clips: vec!["Run".into(), "Walk".into()], ..asset("a") }, asset("b")];
    let planned = |pose: &str| {
        let objects = format!("scene: {{objects: [{{id: hero, from: things, pick: each, pose: {pose}}}]}}");
        let text = with(&format!("variations: 400\n{objects}\n"));
        Plan::new(recipe(&text), BTreeMap::from([("things".to_string(), assets())]))
    };
    let plan = planned("{clip: \"*\", time: {uniform: [0.25, 0.5]}}").expect("a plan");
    let mut n_runs = 0;
    for i in 0..400 {
        let variation = plan.variation(i, 0);
        let has_clips = !plan.asset(&variation.objects[0].asset).clips.is_empty();
        let drawn = |key: &str| variation.drawn.get(&format!("objects.hero.pose.{key}")).cloned();
        let pose = variation.objects[0].pose.clone();
        assert_eq!(pose.is_some(), has_clips);
        assert_eq!(drawn("clip"), pose.clone().map(|pose| DrawnValue::Text(pose.clip)));
        assert_eq!(drawn("time"), pose.clone().map(|pose| DrawnValue::Float(pose.time as f32)));
        assert!(pose.as_ref().is_none_or(|pose| (0.25..0.5).contains(&pose.time)));
        n_runs += u32::from(pose.is_some_and(|pose| pose.clip == "Run"));
    }
    // 200 draws of probability 1/2: 100 ± 7.1; five of these.
    assert!((65..=135).contains(&n_runs), "{n_runs}");
    assert!(messages(plan.warnings())[0].contains("1 of 2 assets of pool `things` have no clips and stay at rest"));
    let wrong = messages(&planned("{clip: Wolk}").expect_err("is refused"));
    assert!(wrong[0].contains("has a clip `Wolk`; did you mean `Walk`?|their clips are Run, Walk"), "{wrong:?}");
    let read = Plan::from_bytes("plan.json", &plan.to_bytes()).expect("reads");
    assert_eq!((read.id(), read.variation(7, 0).drawn), (plan.id(), plan.variation(7, 0).drawn));
}
