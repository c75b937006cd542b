//! `rig: file`: cameras of JSON files, scaled to the recipe's pixels, refused where they are no cameras.

use genki::diag::Problems;
use genki::recipe::*;

const RECIPE: &str = "genki: 1\nassets: {models: [a.glb]}\ncameras:\n  - {rig: file, path: rig.json}\n  - {id: two, rig: file, path: rig.json}\nrender: {size: [256, 128]}\n";

const IDENTITY: &str = "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]";

fn shown(problems: &Problems) -> String {
    problems.0.iter().map(|problem| format!("{problem}\n")).collect()
}

fn filled(json: &str) -> (Recipe, String) {
    let (recipe, problems) = read("r.yaml", RECIPE, &[]);
    let mut recipe = recipe.unwrap_or_else(|| panic!("{}", shown(&problems)));
    let problems = fill_camera_file(&mut recipe, "rig.json", json);
    (recipe, shown(&problems))
}

fn cameras_of(recipe: &Recipe, rig: usize) -> &[FileCamera] {
    match &recipe.cameras[rig].kind {
        RigKind::File { cameras, .. } => cameras,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_of_cameras_is_put_into_every_rig_that_names_the_file() {
    let json = format!(
        "[{{\"K\": [[500,0,250.5],[0,510,120],[0,0,1]], \"cam2world\": {IDENTITY}, \"width\": 512, \"height\": 256}}]"
    );
    let (mut recipe, said) = filled(&json);
    assert_eq!(said, "");
    // 512 × 256 to 256 × 128: K is halved.
    let expected =
        FileCamera { fx: 250.0, fy: 255.0, cx: 125.25, cy: 60.0, cam2world: cameras_of(&recipe, 0)[0].cam2world };
    let expected = [expected];
    assert_eq!(cameras_of(&recipe, 0), expected);
    assert_eq!(cameras_of(&recipe, 1), expected);
    assert!(camera_file_paths(&recipe).is_empty(), "nothing is left to read");
    let (again, problems) = from_resolved("plan.json", &resolve(&recipe));
    assert_eq!(again.as_ref(), Some(&recipe), "{}", shown(&problems));
    // A rig without a file is held by the plan as well.
    let RigKind::File { path, .. } = &mut recipe.cameras[0].kind else { panic!("a file rig") };
    path.clear();
    assert_eq!(from_resolved("plan.json", &resolve(&recipe)).0, Some(recipe));
}

#[test]
fn files_are_named_once() {
    let (recipe, _) = read("r.yaml", RECIPE, &[]);
    assert_eq!(camera_file_paths(&recipe.expect("a recipe")), ["rig.json"]);
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn the_references_cameras_are_read() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/peers/cameras.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", path.display());
        println!("skipped: no {}", path.display());
        return;
    };
    let (recipe, said) = filled(&text);
    assert_eq!(said, "");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let views = json["views"].as_object().expect("views").len();
    let orbit = json["orbit"].as_array().expect("an orbit").len();
    let cameras = cameras_of(&recipe, 0);
    assert!(views > 0 && cameras.len() == views + orbit, "{} cameras", cameras.len());
    // The first is view `a`; its focal length is for 512 pixels, and 256 are rendered.
    assert!((cameras[0].fx - 703.354_219_380_383_4 / 2.0).abs() < 1e-9);
    assert_eq!(cameras[0].cam2world[1][3], -1.589_380_977_102);
}

#[test]
fn what_is_no_camera_is_refused_with_file_and_entry() {
    let k = "[[500,0,256],[0,500,256],[0,0,1]]";
    let entry = |k: &str, pose: &str| {
        format!("[{{\"K\": {k}, \"cam2world\": {IDENTITY}}}, {{\"K\": {k}, \"cam2world\": {pose}}}]")
    };
    let good = |pose: &str| entry(k, pose);
    let cases = [
        (
            good("[[2,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"),
            "rig.json: /1/cam2world: cam2world has a column of length 2.0000",
        ),
        (good("[[1,0,0,0],[0,1,0,0],[0,0,-1,0],[0,0,0,1]]"), "rig.json: /1/cam2world: cam2world mirrors"),
        (good("[[1,0.1,0,0],[0,0.99499,0,0],[0,0,1,0],[0,0,0,1]]"), "rig.json: /1/cam2world: cam2world has columns"),
        (good("[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,1,1]]"), "rig.json: /1/cam2world: cam2world has another last row"),
        (
            good("[[1,0,0],[0,1,0],[0,0,1]]"),
            "rig.json: /1/cam2world: cam2world is 4 rows of 4 numbers, but this is a list of 3",
        ),
        (good("[[1,0,0,\"x\"],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"), "cam2world is the text `x`, but it is a number"),
        (good("7"), "rig.json: /1/cam2world: cam2world is 4 rows of 4 numbers, but this is 7"),
        (entry("[[-500,0,256],[0,500,256],[0,0,1]]", IDENTITY), "rig.json: /0/K: K has the focal lengths -500 and 500"),
        (entry("[[500,3,256],[0,500,256],[0,0,1]]", IDENTITY), "rig.json: /0/K: K has skew"),
        (format!("[{{\"cam2world\": {IDENTITY}}}]"), "rig.json: /0: this camera has no `K`"),
        (format!("[{{\"K\": {k}}}]"), "rig.json: /0: this camera has no `cam2world`"),
        ("[3]".to_owned(), "a camera is an object"),
        ("[]".to_owned(), "rig.json: the file has no cameras"),
        ("{\"views\": {}}".to_owned(), "rig.json: the file has no cameras"),
        ("[\n  {\"K\": oops}\n]".to_owned(), "rig.json:2:9: this is not JSON: expected value\n    2 |   {\"K\": oops}"),
        ("".to_owned(), "this is not JSON"),
    ];
    for (json, expected) in &cases {
        let (recipe, said) = filled(json);
        assert!(said.contains(expected), "{json}\n{said}\nexpected {expected}");
        assert!(cameras_of(&recipe, 0).is_empty(), "nothing is filled in: {json}");
    }
    let (_, said) = filled(&good(IDENTITY));
    assert_eq!(said, "", "and what is a camera is not refused");
}
