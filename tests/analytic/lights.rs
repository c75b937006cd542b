//! A floor under one light: what it sends to the eye is the BRDF times the irradiance, or a quadrature over the light.

use super::reference::{Gltf, Vector, dot, minus, over_cone, over_quad, plus, product, times, unit, vector};
use super::stage::{BLACK_SKY, NARROW, ROUNDING, assert_mean, camera, floor, lamp, material, quad, render, scene};
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::math::{Vec3, vec3};
use genki::scene::{Light, Mesh, Scene};

const COLOR: [f32; 3] = [0.8, 0.5, 0.2];
/// Rough and smooth, dielectric and metal, and what is between.
const SURFACES: [(f32, f32); 5] = [(0.0, 1.0), (0.0, 0.3), (0.5, 0.6), (1.0, 1.0), (1.0, 0.3)];
const EYES: [Vec3; 2] = [vec3(0.0, -3.0, 4.0), vec3(2.5, 1.0, 1.0)];

fn gltf(metallic: f32, roughness: f32) -> Gltf {
    Gltf { color: COLOR.map(f64::from), metallic: f64::from(metallic), roughness: f64::from(roughness) }
}

/// A wide floor seen at the origin, other things, and a light.
fn lit(of: (f32, f32), eye: Vec3, others: Vec<(Mesh, genki::scene::Material)>, lights: Vec<Light>) -> Scene {
    let mut things = vec![(floor(10.0), material(COLOR, of.0, of.1))];
    things.extend(others);
    scene(things, lights, BLACK_SKY, vec![camera(eye, Vec3::ZERO, NARROW, [4, 4])])
}

/// For every surface and eye: the film under `light` has the radiance that `irradiance` on a surface that faces `to_light` makes.
fn assert_delta(light: Light, to_light: Vector, irradiance: Vector, what: &str) {
    for of in SURFACES {
        for eye in EYES {
            let film = render(&lit(of, eye, vec![], vec![light]), 4, 1, SETTINGS_LITERAL_SCATTERING);
            let scattered = gltf(of.0, of.1).scattered(unit(vector(eye)), to_light);
            // A narrow picture still sees a highlight's slope: ten times what rounding does.
            assert_mean(&film, product(scattered, irradiance), 10.0 * ROUNDING, &format!("{what} {of:?} {eye:?}"));
        }
    }
}

#[test]
fn a_sun_gives_its_irradiance_times_the_cosine() {
    for to_sun in [vec3(0.0, 0.0, 1.0), vec3(0.6, 0.0, 0.8), vec3(-0.48, 0.64, 0.6), vec3(0.3, 0.9, 0.1)] {
        let to_sun = to_sun.normalize();
        let sun = Light::Sun { direction: -to_sun, irradiance: vec3(3.0, 2.0, 1.0), angle_rad: 0.0 };
        assert_delta(sun, vector(to_sun), [3.0, 2.0, 1.0], "sun");
    }
}

#[test]
fn a_sun_below_the_floor_gives_nothing() {
    let sun = Light::Sun { direction: vec3(0.6, 0.0, 0.8), irradiance: Vec3::ONE, angle_rad: 0.0 };
    let film = render(&lit((0.0, 1.0), EYES[0], vec![], vec![sun]), 4, 1, 0);
    assert!(film.radiance.iter().all(|&p| p == [0.0, 0.0, 0.0, 1.0]));
}

#[test]
fn a_point_light_fades_with_the_square_of_its_distance() {
    for at in [vec3(0.0, 0.0, 1.0), vec3(0.0, 0.0, 2.0), vec3(1.5, 2.0, 3.0), vec3(-3.0, 0.5, 0.4)] {
        let point = Light::Point { position: at, intensity: vec3(7.0, 11.0, 13.0) };
        let d = vector(at);
        assert_delta(point, unit(d), times([7.0, 11.0, 13.0], 1.0 / dot(d, d)), "point");
    }
}

#[test]
fn a_spot_fades_between_its_cones() {
    let (inner, outer) = (0.3f64, 0.6f64);
    let at = vec3(0.4, -0.3, 2.0);
    let d = vector(at);
    // KHR_lights_punctual's recommendation: the square of a ramp between the cosines.
    let share = |angle: f64| {
        let ramp = (libm::cos(angle) - libm::cos(outer)) / (libm::cos(inner) - libm::cos(outer));
        let ramp = ramp.clamp(0.0, 1.0);
        ramp * ramp
    };
    let mut seen = vec![];
    for angle in [0.0, 0.2, 0.29, 0.35, 0.45, 0.55, 0.61, 1.0] {
        // The axis is turned away from the floor's origin by `angle`, about some axis across.
        let axis = unit(times(d, -1.0));
        let across = unit([axis[2], 0.0, -axis[0]]);
        let turned = plus(times(axis, libm::cos(angle)), times(across, libm::sin(angle)));
        let [x, y, z] = turned.map(|v| v as f32);
        let spot = Light::Spot {
            position: at,
            direction: vec3(x, y, z),
            intensity: vec3(5.0, 5.0, 5.0),
            inner_rad: inner as f32,
            outer_rad: outer as f32,
        };
        let share = share(angle);
        seen.push(share);
        assert_delta(spot, unit(d), [5.0 * share / dot(d, d); 3], &format!("spot {angle}"));
    }
    assert!(seen[0] == 1.0 && seen[2] == 1.0 && seen[4] > 0.2 && seen[4] < 0.8 && seen[6] == 0.0);
}

#[test]
fn a_suns_disk_gives_its_irradiance_to_a_surface_that_faces_it() {
    // From narrow (the real sun's) to a fifth of the sky; the quadrature is over the disk's cone, of even radiance.
    let to_sun = unit([0.4, 0.3, 0.7]);
    let across = unit([to_sun[1], -to_sun[0], 0.0]);
    let up = [
        to_sun[1] * across[2] - to_sun[2] * across[1],
        to_sun[2] * across[0] - to_sun[0] * across[2],
        to_sun[0] * across[1] - to_sun[1] * across[0],
    ];
    for angle in [0.0093f64, 0.1, 0.5, 1.2] {
        let cos_half = libm::cos(angle / 2.0);
        let projected_solid_angle = std::f64::consts::PI * (1.0 - cos_half * cos_half);
        let [x, y, z] = to_sun.map(|v| -v as f32);
        let sun = Light::Sun { direction: vec3(x, y, z), irradiance: vec3(2.0, 2.0, 2.0), angle_rad: angle as f32 };
        for of in SURFACES {
            // This eye sees the smooth surfaces' highlight of this sun.
            for eye in [vec3(-2.0, -1.6, 3.5), EYES[1]] {
                let wo = unit(vector(eye));
                let expected = over_cone(cos_half, 192, |w| {
                    let wi = plus(plus(times(across, w[0]), times(up, w[1])), times(to_sun, w[2]));
                    times(gltf(of.0, of.1).scattered(wo, wi), 2.0 / projected_solid_angle)
                });
                let mut scene = lit(of, eye, vec![], vec![sun]);
                scene.cameras[0] = camera(eye, Vec3::ZERO, NARROW, [12, 12]);
                let film = render(&scene, 64, 1, SETTINGS_LITERAL_SCATTERING);
                assert_mean(&film, expected, 0.003, &format!("{angle} {of:?} {eye:?}"));
                if angle < 0.01 {
                    let point_like = times(gltf(of.0, of.1).scattered(wo, to_sun), 2.0);
                    assert_mean(&film, point_like, 0.003, &format!("as without a disk: {of:?} {eye:?}"));
                }
            }
        }
    }
}

#[test]
fn a_glowing_card_lights_a_floor_by_its_form_factor() {
    // Above and aside, tilted, front down: u × v points towards the floor's origin.
    let (center, u, v) = (vec3(0.8, 0.5, 1.5), vec3(0.0, 0.7, 0.1), vec3(0.5, 0.0, -0.3));
    let card = quad(center, u, v);
    let normal = Vec3::from(card.normals[0]);
    assert!(normal.dot(center) < -0.5, "the card faces the origin");
    let glow = [6.0, 5.0, 4.0];
    for of in SURFACES {
        // The first eye sees the card mirrored in smooth floors.
        for eye in [vec3(-0.9, -0.4, 1.6), EYES[1]] {
            let wo = unit(vector(eye));
            let expected = over_quad(vector(center), vector(u), vector(v), 192, |p| {
                let wi = unit(p);
                let cosine = -dot(wi, vector(normal));
                times(product(gltf(of.0, of.1).scattered(wo, wi), glow), cosine.max(0.0) / dot(p, p))
            });
            let mut scene = lit(of, eye, vec![(card.clone(), lamp(glow.map(|g| g as f32)))], vec![]);
            scene.cameras[0] = camera(eye, Vec3::ZERO, NARROW, [16, 16]);
            let film = render(&scene, 64, 1, SETTINGS_LITERAL_SCATTERING);
            assert_mean(&film, expected, 0.003, &format!("{of:?} {eye:?}"));
        }
    }
}

#[test]
fn the_back_of_a_card_lights_only_where_it_is_double_sided() {
    let card = quad(vec3(0.0, 0.0, 1.0), vec3(0.5, 0.0, 0.0), vec3(0.0, 0.5, 0.0));
    let eye = EYES[1];
    let one_sided = lamp([1.0; 3]);
    let both = genki::scene::Material { double_sided: true, ..one_sided.clone() };
    for of in [(0.0, 1.0), (1.0, 0.2)] {
        let film = render(&lit(of, eye, vec![(card.clone(), one_sided.clone())], vec![]), 64, 2, 0);
        assert!(film.radiance.iter().all(|&p| p == [0.0, 0.0, 0.0, 1.0]), "from behind it is dark");
        let expected = over_quad([0.0, 0.0, 1.0], [0.5, 0.0, 0.0], [0.0, 0.5, 0.0], 192, |p| {
            times(gltf(of.0, of.1).scattered(unit(vector(eye)), unit(p)), unit(p)[2] / dot(p, p))
        });
        let mut scene = lit(of, eye, vec![(card.clone(), both.clone())], vec![]);
        scene.cameras[0] = camera(eye, Vec3::ZERO, NARROW, [16, 16]);
        let film = render(&scene, 64, 1, SETTINGS_LITERAL_SCATTERING);
        assert_mean(&film, expected, 0.003, &format!("both sides, {of:?}"));
    }
}

#[test]
fn several_lights_add_up() {
    let at = vec3(-1.0, 1.0, 2.0);
    let lights = vec![
        Light::Sun { direction: vec3(0.0, 0.6, -0.8), irradiance: vec3(0.5, 0.0, 0.0), angle_rad: 0.0 },
        Light::Sun { direction: vec3(-0.6, 0.0, -0.8), irradiance: vec3(0.0, 1.0, 0.0), angle_rad: 0.0 },
        Light::Point { position: at, intensity: vec3(0.0, 0.0, 20.0) },
    ];
    let surface = gltf(0.0, 0.8);
    let eye = EYES[0];
    let wo = unit(vector(eye));
    let d = vector(at);
    let expected = [
        0.5 * surface.scattered(wo, [0.0, -0.6, 0.8])[0],
        surface.scattered(wo, [0.6, 0.0, 0.8])[1],
        20.0 / dot(d, d) * surface.scattered(wo, unit(d))[2],
    ];
    let mut scene = lit((0.0, 0.8), eye, vec![], lights);
    scene.cameras[0] = camera(eye, Vec3::ZERO, NARROW, [24, 24]);
    assert_mean(&render(&scene, 1024, 1, SETTINGS_LITERAL_SCATTERING), expected, 0.003, "three lights");
}

#[test]
fn what_stands_between_casts_a_shadow_and_what_stands_behind_does_not() {
    let point = Light::Point { position: vec3(0.0, 0.0, 2.0), intensity: Vec3::ONE };
    let card = |z: f32| quad(vec3(0.0, 0.0, z), vec3(0.1, 0.0, 0.0), vec3(0.0, 0.1, 0.0));
    let d = minus([0.0, 0.0, 2.0], [0.0; 3]);
    let clear = times(gltf(0.0, 1.0).scattered(unit(vector(EYES[1])), unit(d)), 1.0 / dot(d, d));
    for (z, expected) in [(1.0, [0.0; 3]), (1.99, [0.0; 3]), (2.01, clear), (4.0, clear)] {
        let scene = lit((0.0, 1.0), EYES[1], vec![(card(z), material([0.0; 3], 1.0, 1.0))], vec![point]);
        assert_mean(
            &render(&scene, 4, 1, SETTINGS_LITERAL_SCATTERING),
            expected,
            10.0 * ROUNDING,
            &format!("card at {z}"),
        );
    }
}
