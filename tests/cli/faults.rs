//! Runs that are stopped, killed or starved of disk: what is there is whole, and going on gives the same bytes.

use crate::program::{Desk, Done, RECIPE, assert_same, say};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A run with some work in it: about a second, many shards.
fn longer(desk: &Desk) {
    let text =
        RECIPE.replace("variations: 12", "variations: 64").replace("shard: 4", "shard: 2").replace("spp: 2", "spp: 16");
    desk.write("tiny.yaml", text);
}

fn start(desk: &Desk, more: &str) -> Child {
    let line = format!("render tiny.yaml --device cpu --out out {more}");
    let mut command = desk.command(line.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

#[test]
fn killed_twenty_times_at_any_moment_a_run_ends_byte_identical() {
    let desk = Desk::new();
    longer(&desk);
    let begin = Instant::now();
    desk.render("whole", "").expect(0);
    let whole_run = begin.elapsed();
    // Moments over the whole life of a process: opening, rendering, publishing, sealing. A fixed sequence, so that a
    // failure can be repeated; the machine's own unrest makes it random.
    let mut kills = 0;
    let mut state = 1u64;
    while kills < 20 {
        if kills > 0 && kills % 7 == 0 {
            // Whatever was finished is taken away again, so that there is always something to interrupt.
            std::fs::remove_dir_all(desk.path("out")).expect("a directory of ours");
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = whole_run.mul_f64((state >> 40) as f64 / f64::from(1 << 24) / 4.0);
        let mut child = start(&desk, "");
        let deadline = Instant::now() + moment;
        while Instant::now() < deadline && child.try_wait().expect("it can be asked").is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let ended = child.wait().expect("it ends");
        kills += u32::from(ended.code().is_none());
        if ended.code() == Some(0) {
            std::fs::remove_dir_all(desk.path("out")).expect("a directory of ours");
        }
    }
    desk.render("out", "").expect(0);
    assert_same(&desk.contents("whole"), &desk.contents("out"));
    let left = desk.listing();
    let is_temporary = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "tmp");
    assert!(left.len() > 64 && !left.iter().any(|path| is_temporary(path)), "{left:?}");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// Waits until the run has made its first variation.
#[cfg(unix)]
fn wait_for_work(child: &mut Child) -> std::io::BufReader<std::process::ChildStdout> {
    use std::io::BufRead;
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("\"variation\"") {
        line.clear();
        assert!(reader.read_line(&mut line).expect("UTF-8") > 0, "the run ended before its first variation");
    }
    reader
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_end_with_130_and_the_next_run_ends_byte_identical() {
    use std::io::Read;
    let desk = Desk::new();
    longer(&desk);
    // Views that take long enough for a signal to arrive in time, and shards too long to be nearly done.
    let text = std::fs::read_to_string(desk.path("tiny.yaml")).unwrap();
    desk.write(
        "tiny.yaml",
        text.replace("spp: 16", "spp: 512").replace("shard: 2", "shard: 64").replace("views: 2", "views: 8"),
    );
    for name in ["INT", "TERM"] {
        let mut child = start(&desk, "--json");
        let mut reader = wait_for_work(&mut child);
        signal(&child, name);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).expect("UTF-8");
        let mut done = Done::of(child.wait_with_output().expect("it ends"));
        done.stdout = rest;
        let done = done.expect(130);
        assert!(done.stderr.contains("interrupted") && done.stderr.contains("goes on from here"), "{}", done.stderr);
        assert!(done.stdout.contains("\"interrupted\":true"), "{}", done.stdout);
    }
    longer(&desk);
    std::fs::remove_dir_all(desk.path("out")).expect("a directory of ours");
    let mut child = start(&desk, "--json");
    drop(wait_for_work(&mut child));
    signal(&child, "INT");
    let code = child.wait().expect("it ends").code();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    desk.render("out", "").expect(0);
    desk.render("whole", "").expect(0);
    assert_same(&desk.contents("whole"), &desk.contents("out"));
}

/// Starts the program, sends it one SIGINT when it listens to them, and gives what it left.
#[cfg(target_os = "linux")]
fn interrupted(desk: &Desk, line: &str) -> Done {
    let mut child = desk.command(line.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let listens = || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default().trim().to_owned();
        u64::from_str_radix(&caught, 16).is_ok_and(|signals| signals & 0b10 > 0)
    };
    let ends_by = Instant::now() + Duration::from_secs(60);
    while !listens() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "`{line}` ended too early");
        assert!(Instant::now() < ends_by, "`{line}` does not listen");
        std::thread::yield_now();
    }
    signal(child, "INT");
    while child.try_wait().expect("it can be asked").is_none() {
        if Instant::now() > ends_by {
            child.kill().expect("it can be killed");
            panic!("`{line}` does not stop");
        }
        std::thread::yield_now();
    }
    let mut done = Done { code: child.wait().expect("it ends").code(), stdout: String::new(), stderr: String::new() };
    use std::io::Read;
    child.stdout.take().expect("piped").read_to_string(&mut done.stdout).expect("UTF-8");
    child.stderr.take().expect("piped").read_to_string(&mut done.stderr).expect("UTF-8");
    done
}

#[cfg(target_os = "linux")]
#[test]
fn one_ctrl_c_ends_a_view_that_would_take_minutes() {
    let desk = Desk::new();
    desk.write("tiny.yaml", RECIPE.replace("size: [16, 12], spp: 2", "size: [2048, 2048], spp: 4096"));
    let done = interrupted(&desk, "render tiny.yaml --device cpu --out out").expect(130);
    assert!(done.stderr.contains("3 shards to go"), "{}", done.stderr);
    assert_eq!(std::fs::read_dir(desk.path("out/shards")).expect("a folder").count(), 0);
    interrupted(&desk, "render tiny.yaml --device cpu --variation 3 --out three").expect(130);
    interrupted(&desk, "preview tiny.yaml --device cpu --size 2048 --spp 4096").expect(130);
    interrupted(&desk, "bench a.glb --sky sky.hdr --device cpu --size 2048 --spp 4096").expect(130);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_stops_at_once() {
    let desk = Desk::new();
    desk.write("tiny.yaml", RECIPE.replace("size: [16, 12], spp: 2", "size: [512, 512], spp: 4096"));
    let mut child = start(&desk, "");
    let end = Instant::now() + Duration::from_secs(60);
    // The directory is opened just before the first view, which would take minutes.
    while !desk.path("out/plan.json").exists() {
        assert!(Instant::now() < end, "the run did not start");
        std::thread::yield_now();
    }
    let asked = Instant::now();
    // The handler may not be there for the first: then that one ends the program, with no code.
    while child.try_wait().expect("it can be asked").is_none() {
        signal(&child, "INT");
        std::thread::yield_now();
        assert!(asked.elapsed() < Duration::from_secs(30), "it does not stop");
    }
    let code = child.wait().expect("it ends").code();
    assert!(code == Some(130) || code.is_none(), "{code:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_no_half_shard() {
    let desk = Desk::new();
    longer(&desk);
    let disk = desk.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = |arguments: &[&std::ffi::OsStr]| {
        std::process::Command::new("mount").args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let options = ["-t", "tmpfs", "-o", "size=160k", "genki-test"].map(std::ffi::OsStr::new);
    if !mount(&[&options[..], &[disk.as_os_str()]].concat()) {
        say("skipped: a small file system cannot be mounted here");
        return;
    }
    let first = desk.render("disk/out", "");
    let shards: Vec<_> = std::fs::read_dir(disk.join("out/shards")).unwrap().map(|e| e.unwrap().file_name()).collect();
    let grown = std::process::Command::new("mount").args(["-o", "remount,size=64m"]).arg(&disk).status();
    let second = desk.render("disk/out", "");
    let on_disk = desk.contents("disk/out");
    let unmounted = std::process::Command::new("umount").arg(&disk).status();
    assert!(grown.is_ok_and(|s| s.success()) && unmounted.is_ok_and(|s| s.success()));
    let first = first.expect(1);
    assert!(first.stderr.contains("No space left") && first.stderr.contains("make room"), "{}", first.stderr);
    let is_whole = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("tiny-0000");
    assert!(!shards.is_empty() && shards.iter().all(is_whole), "{shards:?}");
    second.expect(0);
    desk.render("whole", "").expect(0);
    assert_same(&desk.contents("whole"), &on_disk);
}

/// Peak resident memory so far, in KiB; 0 when the process has ended.
#[cfg(target_os = "linux")]
fn peak_of(child: &Child) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Peak resident memory of a run, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(desk: &Desk, variations: u32) -> u64 {
    let out = format!("out-{variations}");
    let line =
        format!("render tiny.yaml --device cpu --threads 2 --no-seal --quiet --variations {variations} --out {out}");
    let mut child = desk.command(line.split_whitespace()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut peak = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        peak = peak.max(peak_of(&child));
        std::thread::yield_now();
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_over_a_thousand_variations() {
    let desk = Desk::new();
    let (hundred, thousand) = (peak_kib(&desk, 100), peak_kib(&desk, 1000));
    assert!(hundred > 1024, "{hundred} KiB is no program");
    // Allocators round and threads come late: a fifth and 4 MiB are noise; nine hundred more variations would be more.
    assert!(thousand <= hundred * 6 / 5 + 4096, "{hundred} KiB at 100 variations, {thousand} KiB at 1,000");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_shards_that_a_plan_has() {
    let peak_at_work = |variations: u64| {
        let desk = Desk::new();
        let mut child = start(&desk, &format!("--json --threads 2 --variations {variations}"));
        let reader = wait_for_work(&mut child);
        let peak = peak_of(&child);
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        drop(reader);
        peak
    };
    // 100 million shards of four: a bit for each would be 12 MiB.
    let (few, many) = (peak_at_work(4096), peak_at_work(400_000_000));
    assert!(few > 1024, "{few} KiB is no program");
    assert!(many <= few + 8192, "{few} KiB for 1,024 shards, {many} KiB for 100 million");
}
