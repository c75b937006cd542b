//! Scenes that are rendered as they are, and can hardly be meant: it is said, once.

use crate::program::{Desk, RECIPE, glb_with_material};

/// What is said of the tiny scene with some lines exchanged.
fn said(changes: &[(&str, &str)]) -> String {
    said_at(&Desk::new(), changes)
}

fn said_at(desk: &Desk, changes: &[(&str, &str)]) -> String {
    let mut recipe = RECIPE.to_string();
    for (from, to) in changes {
        assert!(recipe.contains(from), "{from}");
        recipe = recipe.replace(from, to);
    }
    desk.write("tiny.yaml", recipe);
    // Another folder each time.
    desk.render(&format!("out-{}", desk.listing().len()), "--no-seal").expect(0).stderr
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

#[test]
fn more_glass_than_bounces_is_named_once() {
    const DEEP: &str = "looks through so much glass";
    let desk = Desk::new();
    let corners = [[0.0, 0.0, 0.6], [-0.5, 0.0, -0.3], [0.5, 0.0, -0.3], [0.0, 1.0, 0.0]];
    let pane = r#""extensions":{"KHR_materials_transmission":{"transmissionFactor":1}}"#;
    for name in ["a.glb", "b.glb", "c.glb"] {
        desk.write(name, glb_with_material(corners, pane));
    }
    // Both sides of a hollow shape, then the ground: light scatters three times on its way.
    let deep = said_at(&desk, &[]);
    assert_eq!(deep.matches(DEEP).count(), 1, "{deep}");
    assert!(deep.contains("scatters 3 times") && deep.contains("set it to 3 or more"), "{deep}");
    for changes in [[("bounces: 2", "bounces: 3")], [("layers: [rgb, ", "layers: [")]] {
        assert!(!said_at(&desk, &changes).contains(DEEP));
    }
    assert!(!said(&[]).contains(DEEP), "no glass");
}
