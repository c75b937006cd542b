//! What a run makes: the same bytes whatever the threads, the order, the stops; and what it says meanwhile.

use crate::program::{Desk, Done, RECIPE, assert_same, is_there, varied_glb};
use std::io::Read;
use std::process::Stdio;

fn events(done: &Done) -> Vec<serde_json::Value> {
    done.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

#[test]
fn one_two_and_three_threads_make_the_same_bytes() {
    let desk = Desk::new();
    for threads in ["1", "2", "3"] {
        desk.render(threads, &format!("--threads {threads}")).expect(0);
    }
    let one = desk.contents("1");
    assert_same(&one, &desk.contents("2"));
    assert_same(&one, &desk.contents("3"));
}

#[test]
fn another_seed_makes_other_bytes() {
    let desk = Desk::new();
    desk.render("one", "--no-seal").expect(0);
    desk.render("two", "--no-seal --seed 6").expect(0);
    assert!(desk.contents("one") != desk.contents("two"), "the comparison sees no difference");
}

#[test]
fn shards_in_any_order_and_any_number_of_runs_make_the_same_bytes() {
    let desk = Desk::new();
    desk.render("whole", "").expect(0);
    for shards in ["2", "0", "0-2"] {
        desk.render("parts", &format!("--shards {shards}")).expect(0);
    }
    assert_same(&desk.contents("whole"), &desk.contents("parts"));
}

#[test]
fn a_finished_directory_is_left_as_it_is() {
    let desk = Desk::new();
    desk.render("out", "").expect(0);
    let before = desk.contents("out");
    let again = desk.render("out", "--json").expect(0);
    assert_same(&before, &desk.contents("out"));
    let events = events(&again);
    assert_eq!(events[0]["shards_already_made"], 3);
    assert!(!events.iter().any(|event| event["event"] == "variation"), "nothing is made twice");
}

#[test]
fn json_events_tell_every_variation_and_shard_once() {
    let desk = Desk::new();
    let done = desk.render("out", "--json --no-seal").expect(0);
    let events = events(&done);
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let started = of("started")[0];
    assert_eq!((&started["variations"], &started["views"], &started["shards"]), (&12.into(), &24.into(), &3.into()));
    let mut variations: Vec<u64> = of("variation").iter().map(|event| event["variation"].as_u64().unwrap()).collect();
    variations.sort_unstable();
    assert_eq!(variations, (0..12).collect::<Vec<_>>());
    let mut shards: Vec<u64> = of("shard").iter().map(|event| event["shard"].as_u64().unwrap()).collect();
    shards.sort_unstable();
    assert_eq!(shards, [0, 1, 2]);
    let finished = events.last().unwrap();
    assert_eq!(
        (&finished["event"], &finished["made"], &finished["interrupted"]),
        (&"finished".into(), &12.into(), &false.into())
    );
    assert!(events[0]["event"] == "started");
}

#[test]
fn quiet_prints_only_the_result_and_stdout_is_only_the_result() {
    let desk = Desk::new();
    let loud = desk.render("one", "").expect(0);
    assert_eq!(loud.stdout, "one\n");
    assert!(loud.stderr.contains("12 variations made, 24 views"), "{}", loud.stderr);
    let quiet = desk.render("two", "--quiet").expect(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("two\n", ""));
}

#[test]
fn one_variation_is_the_same_files_as_in_its_shard() {
    let desk = Desk::new();
    desk.render("all", "--no-seal").expect(0);
    desk.render("five", "--variation 5").expect(0);
    let shard = std::fs::read(desk.path("all/shards/tiny-000001.tar")).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(desk.path("five")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("tiny-00000005-00"), "{name}");
        let bytes = std::fs::read(&path).unwrap();
        let at = shard.windows(name.len()).position(|window| window == name.as_bytes()).expect("a member of that name");
        assert!(shard[at..].windows(bytes.len()).take(4096).any(|window| window == bytes), "{name} differs");
        seen += 1;
    }
    // Two views of three layers and a record.
    assert_eq!(seen, 8);
    desk.render("five", "--variation 5").expect(2);
}

#[test]
fn a_variation_that_fails_is_a_receipt_and_the_run_goes_on() {
    let desk = Desk::new();
    // A model without extent cannot be fitted; it is one of the pool's four.
    desk.write("flat.glb", crate::program::glb_of_points([[1.0, 2.0, 3.0]; 4]));
    let done = desk.render("out", "--variations 12").expect(1);
    assert!(done.stderr.contains("scene_degenerate"), "{}", done.stderr);
    let receipts: String = (0..3)
        .map(|shard| std::fs::read_to_string(desk.path(&format!("out/shards/tiny-00000{shard}.jsonl"))).unwrap())
        .collect();
    assert_eq!(receipts.lines().count(), 12);
    let failed = receipts.lines().filter(|line| line.contains("\"failed\":\"scene_degenerate\"")).count();
    assert!(failed > 0 && failed < 12, "{failed} of 12 failed");
    // Nothing is left to do, and the failures are still told by the exit code.
    desk.render("out", "").expect(1);
}

#[test]
fn a_first_render_makes_a_key_and_says_where() {
    let desk = Desk::new();
    let first = desk.render("one", "--shards 0").expect(0);
    assert!(first.stderr.contains("this node has a key now"), "{}", first.stderr);
    assert!(desk.run("key show").expect(0).stdout.contains("key id"));
    assert!(!desk.render("two", "--shards 0").expect(0).stderr.contains("key now"));
}

#[test]
fn plan_tells_what_will_be_made_and_writes_canonical_bytes() {
    let desk = Desk::new();
    let text = desk.run("plan tiny.yaml --device cpu -o plan.json").expect(0).stdout;
    for part in [
        "variations  12",
        "views       24 (2 each)",
        "shards      3",
        "credits     9,216",
        "time        about",
        "a.glb",
        "CC0-1.0",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&desk.run("plan tiny.yaml --no-estimate --json").expect(0).stdout).unwrap();
    let written = std::fs::read(desk.path("plan.json")).unwrap();
    assert_eq!(json["plan_id"], genki::hash::sha256(&written).to_string());
    desk.render("out", "--no-seal --shards 0").expect(0);
    assert_eq!(std::fs::read(desk.path("out/plan.json")).unwrap(), written);
}

#[test]
fn preview_prints_the_path_of_a_picture_with_something_on_it() {
    let desk = Desk::new();
    let done = desk.run("preview tiny.yaml --device cpu -n 5 --size 16").expect(0);
    assert_eq!(done.stdout, "tiny-preview.png\n");
    let png = std::fs::read(desk.path("tiny-preview.png")).unwrap();
    let raster = genki::formats::png::decode(&png).expect("a PNG");
    // Five pictures of 16 × 12 in rows that are filled, with gaps of 6 between and around.
    assert!(
        (raster.width - 6).is_multiple_of(22) && (raster.height - 6).is_multiple_of(18),
        "{} × {}",
        raster.width,
        raster.height
    );
    let genki::formats::raster::Samples::U8(rgb) = &raster.samples else { panic!("a sheet has 8 bits") };
    let colorful = rgb.chunks_exact(3).filter(|p| p[0].abs_diff(p[2]) > 40).count();
    assert!(colorful > 50, "{colorful} coloured pixels");
}

#[test]
fn preview_of_a_folder_shows_each_model_once_and_names_them_and_what_it_leaves_out() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("sub")).unwrap();
    desk.write("sub/broken.glb", "no model");
    let done = desk.run("preview . --device cpu --size 32 --spp 1 --out all.png").expect(1);
    assert_eq!(done.stdout, "all.png\n");
    assert!(done.stderr.contains("   1  a.glb\n") && done.stderr.contains("   2  b.glb\n"), "{}", done.stderr);
    assert!(done.stderr.contains("sub/broken.glb"), "{}", done.stderr);
    std::fs::remove_file(desk.path("sub/broken.glb")).unwrap();
    desk.run("preview . --device cpu --size 32 --spp 1 --out all.png").expect(0);
    let raster = genki::formats::png::decode(&std::fs::read(desk.path("all.png")).unwrap()).expect("a PNG");
    let n = (raster.width - 6) / 38 * ((raster.height - 6) / 38);
    assert!(n >= 2, "{n} pictures");
    desk.run("preview sub --device cpu").expect(2);
}

#[test]
fn check_finds_warnings_that_only_decoding_shows() {
    let desk = Desk::new();
    let fine = desk.run("check tiny.yaml").expect(0);
    assert_eq!(fine.stdout, "tiny.yaml: 4 assets, 12 variations, 24 views; no problem found\n");
    desk.write("tiny.yaml", RECIPE.replace("match: \"*\"", "match: \"pant\""));
    let warned = desk.run("check tiny.yaml").expect(0);
    assert!(
        warned.stderr.contains("no material matches `pant`") && warned.stderr.contains("paint"),
        "{}",
        warned.stderr
    );
    let json = desk.run("check tiny.yaml --json").expect(0).stdout;
    let problem: serde_json::Value = serde_json::from_str(json.lines().next().expect("a line")).unwrap();
    assert_eq!(problem["severity"], "warning");
    assert!(!is_there(&desk.path("out")));
}

#[test]
fn a_reader_who_hangs_up_is_no_fault() {
    let desk = Desk::new();
    for line in
        ["render tiny.yaml --device cpu --out out --json", "man", "plan tiny.yaml --no-estimate", "devices", "--help"]
    {
        let mut command = desk.command(line.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(0), "{line}: {said}");
        assert!(!said.contains("panic") && !said.contains("bug"), "{line}: {said}");
    }
    desk.render("other", "").expect(0);
    assert_same(&desk.contents("out"), &desk.contents("other"));
    // What is wrong is wrong though nobody listens.
    desk.write("other/receipts.jsonl", "");
    for line in ["verify other", "verify other --json"] {
        let mut child =
            desk.command(line.split_whitespace()).stdout(Stdio::piped()).spawn().expect("the program starts");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(1), "{line}");
    }
}

#[test]
fn what_was_rendered_verifies_and_what_was_tampered_with_does_not() {
    let desk = Desk::new();
    desk.render("out", "").expect(0);
    let whole = desk.run("verify out").expect(0);
    assert!(whole.stdout.contains("out is whole") && whole.stdout.contains("12 variations"), "{}", whole.stdout);
    let json: serde_json::Value = serde_json::from_str(&desk.run("verify out --json").expect(0).stdout).unwrap();
    assert_eq!((&json["whole"], &json["views"]), (&true.into(), &24.into()));
    let mut tampered = 0;
    for (name, bytes) in desk.contents("out") {
        // Not signed, and said to be so: the artist's text.
        if name == "recipe.yaml" {
            continue;
        }
        let path = desk.path("out").join(&name);
        let mut changed = bytes.clone();
        match changed.get_mut(bytes.len() / 3) {
            Some(byte) => *byte ^= 1,
            None => changed.push(b'x'),
        }
        std::fs::write(&path, changed).unwrap();
        let done = desk.run("verify out").expect(1);
        assert!(done.stdout.contains("out is NOT whole") && done.stdout.contains(&name), "{name}:\n{}", done.stdout);
        std::fs::write(&path, bytes).unwrap();
        tampered += 1;
    }
    assert!(tampered >= 8, "{tampered} files were tampered with");
    desk.run("verify out").expect(0);
}

#[test]
fn seal_does_what_render_left_out() {
    let desk = Desk::new();
    desk.render("one", "").expect(0);
    desk.render("two", "--no-seal").expect(0);
    assert!(desk.run("verify two").expect(1).stdout.contains("not sealed yet"));
    let sealed = desk.run("seal two").expect(0);
    assert_eq!(sealed.stdout, "two/contribution.intoto.jsonl\n");
    assert!(!sealed.stderr.contains("is replaced"), "{}", sealed.stderr);
    desk.run("verify two").expect(0);
    assert_same(&desk.contents("one"), &desk.contents("two"));
    assert!(desk.run("seal two --key other.pem").expect(2).stderr.contains("genki key new"));
    desk.run("key new --key other.pem").expect(0);
    let again = desk.run("seal two --key other.pem").expect(0);
    assert!(again.stderr.contains("is replaced"), "{}", again.stderr);
}

#[test]
fn verify_refuses_a_directory_that_is_no_contribution() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    desk.write("mine/README.md", "mine");
    let done = desk.run("verify mine").expect(2);
    assert!(done.stderr.contains("mine: holds no plan.json and no shards"), "{}", done.stderr);
    assert!(done.stderr.contains("genki render") && done.stdout.is_empty(), "{}", done.stderr);
}

#[test]
fn seal_refuses_a_directory_that_another_genki_writes_to() {
    let desk = Desk::new();
    desk.render("out", "--no-seal --shards 0").expect(0);
    let lock = std::fs::File::options().write(true).open(desk.path("out/.genki.lock")).unwrap();
    lock.try_lock().expect("nobody else holds it");
    let by_seal = desk.run("seal out").expect(2);
    let by_render = desk.render("out", "").expect(2);
    for done in [by_seal, by_render] {
        assert!(done.stderr.contains("out: another genki is writing here"), "{}", done.stderr);
    }
    drop(lock);
    desk.run("seal out").expect(0);
}

#[test]
fn the_ground_is_lit_also_where_it_lies_at_height_zero() {
    let desk = Desk::new();
    // A tetrahedron that stands on y = 0, so that the ground's plane goes through the world's origin.
    desk.write("tiny.yaml", RECIPE.replace("rotation: random", "fit: none"));
    desk.render("one", "--variation 0 --set layers=[rgb,instance]").expect(0);
    let read = |layer: &str| {
        let bytes = std::fs::read(desk.path(&format!("one/tiny-00000000-000.{layer}.png"))).expect("a layer");
        genki::formats::png::decode(&bytes).expect("a PNG").samples
    };
    let (genki::formats::raster::Samples::U8(rgb), genki::formats::raster::Samples::U16(ids)) =
        (read("rgb"), read("instance"))
    else {
        panic!("rgb has 8 bits, ids 16");
    };
    let ground: Vec<&[u8]> =
        rgb.chunks_exact(4).zip(ids).filter(|(p, id)| *id == 0 && p[3] == 255).map(|(p, _)| p).collect();
    let dark = ground.iter().filter(|p| p[0] < 30).count();
    assert!(ground.len() > 40 && dark * 4 < ground.len(), "{dark} of {} pixels of the ground are dark", ground.len());
}

#[test]
fn materials_that_a_variant_chooses_have_the_ids_of_what_is_shown() {
    let desk = Desk::new();
    desk.write("varied.glb", varied_glb());
    // Each model has gold, then paint. A plain one has painted faces, a rich one golden ones.
    for (variant, wanted) in
        [("", ["2: 1 1 paint", "4: 2 1 paint"]), ("variant: rich, ", ["1: 1 0 gold", "3: 2 0 gold"])]
    {
        let objects =
            ["-1", "1"].map(|x| format!("{{id: o{}, from: things, {variant}position: [{x}, 0, 0]}}", x.len()));
        let recipe = format!(
            "genki: 1\nname: tiny\nlicense: CC0-1.0\nvariations: 1\n\
             assets: {{things: [{{path: varied.glb, license: CC0-1.0}}]}}\n\
             scene: {{objects: [{}]}}\ncameras: [{{id: one, rig: fixed, position: [0, -5, 1]}}]\n\
             render: {{size: [16, 12], spp: 1}}\nlayers: [instance, material_id]\n",
            objects.join(", ")
        );
        desk.write("tiny.yaml", recipe);
        let out = format!("out{}", variant.len());
        desk.render(&out, "").expect(0);
        desk.run(&format!("verify {out}")).expect(0);
        desk.render(&format!("one{out}"), "--variation 0").expect(0);
        let files = std::fs::read_dir(desk.path(&format!("one{out}"))).expect("a folder");
        let mut paths = files.map(|file| file.expect("a file").path());
        let path = paths.find(|path| path.extension().is_some_and(|extension| extension == "json"));
        let record = std::fs::read(path.expect("one view's record")).expect("a readable file");
        let record: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
        let table = record["materials"].as_object().expect("a table").iter();
        let lines =
            table.map(|(id, e)| format!("{id}: {} {} {}", e["object"], e["material"], e["name"].as_str().unwrap()));
        assert_eq!(lines.collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn a_picture_of_8k_is_made_and_read_back() {
    let desk = Desk::new();
    let picture = RECIPE
        .replace("variations: 12", "variations: 1")
        .replace("size: [16, 12], spp: 2, bounces: 2", "size: [7680, 4320], spp: 1, bounces: 1")
        .replace("views: 2", "views: 1, radius: {fit: 12}")
        .replace("  ground: {kind: plane, size_m: 3}\n", "")
        .replace("layers: [rgb, depth, instance]", "layers: [rgb]");
    desk.write("tiny.yaml", picture);
    desk.render("out", "").expect(0);
    // What verifies has been decoded: its size is the recipe's, and it shows what the record says.
    desk.run("verify out").expect(0);
    let shard = std::fs::read(desk.path("out/shards/tiny-000000.tar")).expect("a shard");
    let at = shard.windows(4).position(|bytes| bytes == b"IHDR").expect("a PNG") + 4;
    assert_eq!(shard[at..at + 8], [0, 0, 30, 0, 0, 0, 16, 224], "7680 × 4320");
}
