//! White things in a white world cannot be told from it: nothing is lost or gained (the conserving model).

use super::stage::{
    BLACK_SKY, NARROW, assert_mean, ball, camera, colors, compare, constant_sky, faceted, floor, lamp, material,
    render, room, scene,
};
use genki::math::{Vec3, vec3};
use genki::scene::{Material, Sky, SkyImage, SkyLight};
use std::sync::Arc;

/// What the tables of lobe albedos, interpolated, may be off.
const TABLES: f64 = 0.005;
const WHITE: [f32; 3] = [1.0; 3];

/// A sky of an image that is 1 everywhere: the same light as a constant one by another way.
fn image_sky() -> Sky {
    let image = SkyImage { digest: Default::default(), width: 16, height: 8, texels: vec![[1.0; 3]; 128] };
    Sky { light: SkyLight::Image(Arc::new(image)), ..constant_sky(Vec3::ZERO) }
}

/// The floor as seen under an angle with cosine `z`.
fn floor_seen_at(z: f32, of: Material, sky: Sky) -> genki::scene::Scene {
    let eye = vec3((1.0 - z * z).sqrt() * 2.0, 0.0, 2.0 * z);
    scene(vec![(floor(1.0), of)], vec![], sky, vec![camera(eye, Vec3::ZERO, NARROW, [8, 8])])
}

#[test]
fn a_white_floor_under_a_white_sky_has_radiance_one() {
    let mut n = 0;
    for metallic in [0.0, 0.5, 1.0] {
        for roughness in [0.0, 0.1, 0.3, 0.6, 1.0] {
            for z in [1.0, 0.6, 0.2] {
                let film =
                    render(&floor_seen_at(z, material(WHITE, metallic, roughness), constant_sky(Vec3::ONE)), 128, 4, 0);
                assert_mean(
                    &film,
                    [1.0; 3],
                    TABLES,
                    &format!("metallic {metallic}, roughness {roughness}, cosine {z}"),
                );
                n += 1;
            }
        }
    }
    assert_eq!(n, 45);
}

#[test]
fn a_white_floor_under_a_white_sky_image_has_radiance_one() {
    for (metallic, roughness) in [(0.0, 1.0), (0.0, 0.1), (1.0, 0.0), (1.0, 0.4), (0.5, 0.7)] {
        let film = render(&floor_seen_at(0.6, material(WHITE, metallic, roughness), image_sky()), 256, 4, 0);
        assert_mean(&film, [1.0; 3], TABLES, &format!("metallic {metallic}, roughness {roughness}"));
    }
}

#[test]
fn a_white_ball_in_a_white_sky_cannot_be_seen() {
    // Facets: where shading normals bend, light is lost on the rim.
    let ball = faceted(&ball(12));
    for (metallic, roughness) in [(0.0, 0.5), (1.0, 0.2), (1.0, 1.0)] {
        let eye = vec3(0.0, -4.0, 1.0);
        let things = vec![(ball.clone(), material(WHITE, metallic, roughness))];
        let scene = scene(things, vec![], constant_sky(Vec3::ONE), vec![camera(eye, Vec3::ZERO, 60.0, [32, 32])]);
        let film = render(&scene, 32, 4, 0);
        let on_ball: Vec<_> = (0..1024).filter(|&i| film.geometry.instance[i] == 1).map(|i| colors(&film)[i]).collect();
        assert!(on_ball.len() > 500, "{}", on_ball.len());
        compare(&on_ball, [1.0; 3], TABLES).unwrap_or_else(|why| panic!("{metallic}, {roughness}: {why}"));
    }
}

#[test]
fn a_closed_white_room_that_glows_has_one_more_radiance_with_every_bounce() {
    // Each scattering adds the walls' radiance of 1: after n of them 1 + n.
    for (bounces, metallic, roughness) in [(0, 0.0, 1.0), (1, 0.0, 1.0), (4, 0.0, 1.0), (4, 1.0, 0.5), (4, 0.5, 0.8)] {
        let walls = Material { emissive: [1.0; 3], ..material(WHITE, metallic, roughness) };
        let views = vec![camera(vec3(0.3, -0.2, 0.1), vec3(-0.5, 0.9, -0.2), 20.0, [24, 24])];
        let scene = scene(vec![(room(Vec3::ZERO, 1.0), walls)], vec![], BLACK_SKY, views);
        let film = render(&scene, 32, bounces, 0);
        assert_mean(&film, [1.0 + f64::from(bounces); 3], 0.01, &format!("{bounces} bounces, {metallic}, {roughness}"));
    }
}

#[test]
fn a_closed_black_room_is_black_inside_whatever_shines_outside() {
    use genki::scene::Light;
    let sun =
        Light::Sun { direction: vec3(0.3, 0.5, -0.8).normalize(), irradiance: vec3(1e4, 1e4, 1e4), angle_rad: 0.1 };
    let point = Light::Point { position: vec3(2.0, -1.5, 1.8), intensity: vec3(1e4, 1e4, 1e4) };
    // Turned and far from the origin, so that no edge is exact.
    let (center, turn) = (vec3(100.3, -57.1, 13.7), vec3(0.36, 0.48, 0.8));
    let mut walls = room(Vec3::ZERO, 1.0);
    let (x, y) = (turn.cross(vec3(0.0, 0.0, 1.0)).normalize(), turn.cross(turn.cross(vec3(0.0, 0.0, 1.0))).normalize());
    let turned = |p: &[f32; 3]| (x * p[0] + y * p[1] + turn * p[2]).to_array();
    walls.normals = walls.normals.iter().map(turned).collect();
    walls.positions = walls.positions.iter().map(|p| (Vec3::from(turned(p)) + center).to_array()).collect();
    let shining = lamp([1e4; 3]);
    let lights =
        vec![sun, Light::Point { position: center + vec3(2.0, 0.0, 0.0), intensity: vec3(1e4, 1e4, 1e4) }, point];
    let outside = (super::stage::quad(center + vec3(0.0, 0.0, 2.0), vec3(0.0, 3.0, 0.0), vec3(3.0, 0.0, 0.0)), shining);
    for of in [material(WHITE, 0.0, 1.0), material(WHITE, 1.0, 0.1)] {
        // White walls: whatever came in would be seen.
        let things = vec![(walls.clone(), of), outside.clone()];
        let views = vec![camera(center + vec3(0.2, 0.1, -0.1), center + vec3(-0.4, 0.7, 0.3), 16.0, [48, 48])];
        let film = render(&scene(things, lights.clone(), constant_sky(vec3(1e4, 1e4, 1e4)), views), 16, 6, 0);
        assert!(film.geometry.instance.iter().all(|&id| id == 1), "the camera sees walls everywhere");
        assert!(film.radiance.iter().all(|&p| p == [0.0, 0.0, 0.0, 1.0]), "no light gets in");
    }
}
