//! What the program says about itself: help, versions, completions, manual, devices; and the table of exit codes.

use crate::program::{Desk, is_there};

const COMMANDS: [&str; 11] =
    ["check", "plan", "preview", "render", "seal", "verify", "devices", "key", "bench", "completions", "man"];

#[test]
fn every_command_has_help_with_an_example() {
    let desk = Desk::new();
    let all = desk.run("--help").expect(0);
    for command in COMMANDS {
        assert!(all.stdout.contains(&format!("  {command} ")), "{command} is not in --help");
        let help = desk.run(&format!("{command} --help")).expect(0);
        assert!(help.stdout.contains(&format!("  genki {command}")), "no example:\n{}", help.stdout);
        assert!(help.stderr.is_empty());
    }
    for below in ["key new", "key show"] {
        let help = desk.run(&format!("{below} --help")).expect(0);
        assert!(help.stdout.contains(&format!("  genki {below}")), "no example:\n{}", help.stdout);
    }
}

#[test]
fn the_help_shows_the_exit_codes_and_short_help_fits_a_screen() {
    let desk = Desk::new();
    let long = desk.run("--help").expect(0).stdout;
    for code in ["    0  ", "    1  ", "    2  ", "    3  ", "  130  "] {
        assert!(long.contains(code), "{code:?} is not in:\n{long}");
    }
    assert!(desk.run("-h").expect(0).stdout.lines().count() <= 30);
}

#[test]
fn the_options_that_people_were_promised_are_there() {
    let desk = Desk::new();
    let help = desk.run("render --help").expect(0).stdout;
    for option in [
        "--out",
        "--device",
        "--variations",
        "--seed",
        "--set",
        "--shards",
        "--variation",
        "--threads",
        "--no-seal",
        "--json",
        "--quiet",
        "--key",
        "--allow-assets",
    ] {
        assert!(help.contains(option), "{option} is not in render --help");
    }
}

#[test]
fn usage_errors_end_with_2_and_say_what_would_be_right() {
    let desk = Desk::new();
    for line in ["", "rendr tiny.yaml", "render", "render tiny.yaml --thread 2", "render tiny.yaml --threads 0", "key"]
    {
        let done = desk.run(line).expect(2);
        assert!(done.stdout.is_empty(), "{line}: {}", done.stdout);
        assert!(!done.stderr.is_empty(), "{line}");
    }
    assert!(desk.run("rendr tiny.yaml").stderr.contains("render"), "no suggestion");
    assert!(desk.run("--version").expect(0).stdout.starts_with("genki "));
}

#[test]
fn completions_and_manual_pages_are_made_for_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.run(&format!("completions {shell}")).expect(0).stdout;
        assert!(script.contains("preview") && script.contains("genki"), "{shell}");
    }
    assert!(desk.run("man").expect(0).stdout.contains(".TH genki 1"));
    let pages = desk.run("man --out man").expect(0).stdout;
    for command in COMMANDS {
        let page = desk.path(&format!("man/genki-{command}.1"));
        assert!(pages.contains(&format!("genki-{command}.1")), "{command}");
        assert!(std::fs::read_to_string(page).expect("a page").contains(&format!(".TH genki-{command} 1")));
    }
}

#[test]
fn devices_always_lists_the_cpu_and_json_says_the_same() {
    let desk = Desk::new();
    let text = desk.run("devices").expect(0).stdout;
    assert!(text.lines().any(|line| line.trim_start().starts_with("0  CPU")), "{text}");
    let json = desk.run("devices --json").expect(0).stdout;
    let devices: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert_eq!((&devices[0]["index"], &devices[0]["kind"]), (&0.into(), &"cpu".into()));
    assert!(devices.iter().any(|device| device["used"] == true), "something is always used");
}

#[test]
fn a_device_that_is_not_there_is_named_with_those_that_are() {
    let desk = Desk::new();
    let done = desk.run("render tiny.yaml --device voodoo2 --out out").expect(2);
    assert!(done.stderr.contains("no device `voodoo2`") && done.stderr.contains("0 CPU"), "{}", done.stderr);
    assert!(!is_there(&desk.path("out")));
}
