//! Scenes that are rendered as they are, and can hardly be meant: it is said, once.

use crate::program::{Desk, RECIPE};

/// What is said of the tiny scene with some lines exchanged.
fn said(changes: &[(&str, &str)]) -> String {
    let desk = Desk::new();
    let mut recipe = RECIPE.to_string();
    for (from, to) in changes {
        assert!(recipe.contains(from), "{from}");
        recipe = recipe.replace(from, to);
    }
    desk.write("tiny.yaml", recipe);
    desk.render("out", "--no-seal").expect(0).stderr
}

const POOL: (&str, &str) = ("  skies: [{path: sky.hdr, license: CC0-1.0}]\n", "");
const SKY: &str = "image: {from: skies}, rotation_deg: {uniform: [0, 360]}";
const DARK: &str = "there is no light";
const INSIDE: &str = "is inside of objects.hero";

#[test]
fn a_scene_without_light_is_named_once() {
    let dark = said(&[POOL, (SKY, "color: [0, 0, 0]")]);
    assert_eq!(dark.matches(DARK).count(), 1, "{dark}");
    assert!(dark.contains("variation ") && !dark.contains(INSIDE), "{dark}");
    // Any light will do, and so will pictures that need none.
    for changes in [
        vec![],
        vec![POOL, (SKY, "color: [0, 0, 1e-3]")],
        vec![POOL, (SKY, "color: [0, 0, 0]"), ("layers: [rgb, ", "layers: [")],
        vec![POOL, (SKY, "color: [0, 0, 0]"), ("  ground:", "  lights: [{id: sun, kind: sun}]\n  ground:")],
    ] {
        let lit = said(&changes);
        assert!(!lit.contains(DARK) && !lit.contains(INSIDE), "{lit}");
    }
}

#[test]
fn a_camera_inside_of_an_object_is_named_once() {
    let rig = "rig: fibonacci, views: 2, elevation_deg: {min: 10, max: 60}";
    let inside = said(&[(rig, "rig: fixed, position: [0, 0, 0], look_at: [1, 0, 0]")]);
    assert_eq!(inside.matches(INSIDE).count(), 1, "{inside}");
    assert!(inside.contains("the camera of view 0") && !inside.contains(DARK), "{inside}");
}
