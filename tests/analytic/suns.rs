//! Suns beside lamps: which of them a sample asks hangs on what they give to the place, however wide the ground is.

use super::reference::{Gltf, Vector, plus, times, unit, vector};
use super::stage::{BLACK_SKY, NARROW, assert_mean, ball, camera, colors, floor, material, mean, scene};
use genki::buffers::layout::{SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::math::{Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{AreaLight, AreaShape, Light, Material, Mesh, Scene};
use std::sync::Arc;

const DOWN: Vec3 = vec3(0.0, 0.0, -1.0);

fn sun(direction: Vec3, irradiance: f32, angle_rad: f32) -> Light {
    Light::Sun { direction: direction.normalize(), irradiance: Vec3::splat(irradiance), angle_rad }
}

fn bulb(position: Vec3, intensity: f32) -> Light {
    Light::Point { position, intensity: Vec3::splat(intensity) }
}

fn render(scene: &Scene, seed: u32, spp: u32) -> Film {
    let mut buffers = buffers::build(scene, 64, &Cache::new(1 << 20));
    buffers.views[0].seed[0] ^= seed;
    let settings = Settings { spp, bounces: 1, flags: SETTINGS_LITERAL_SCATTERING, clamp: f32::MAX };
    let planes = FilmPlanes { radiance: true, ..FilmPlanes::NONE };
    CpuRenderer::new().render(&Arc::new(buffers), 0, &settings, planes, &|| false).expect("finite pixels")
}

#[test]
fn a_sample_asks_the_sun_or_the_lamp_by_what_they_give_to_the_place() {
    // One sample shows f E cos / p or f L / (1 − p), and nothing else; p = E / (E + L), but neither below an eighth.
    let eye = vec3(1.0, -3.0, 4.0);
    let surface = Gltf { color: [f64::from(0.8f32); 3], metallic: 0.0, roughness: 1.0 };
    let from = unit(vector(eye));
    let toward = |d: Vec3| surface.scattered(from, unit(times(vector(d), -1.0)))[1];
    for (way, height, intensity) in [
        (DOWN, 2.0, 4.0),
        (vec3(0.0, 0.8, -0.6), 2.0, 4.0),
        (vec3(0.0, 0.8, -0.6), 0.5, 0.75),
        (vec3(0.0, 0.8, -0.6), 1.0, 0.002),
        (vec3(0.0, 0.8, -0.6), 0.5, 60.0),
    ] {
        let given = f64::from(intensity / (height * height));
        let p = (1.0 / (1.0 + given)).clamp(0.125, 0.875);
        let shown = [toward(way) / p, toward(DOWN) * given / (1.0 - p)];
        let things = vec![(floor(100.0), material([0.8; 3], 0.0, 1.0))];
        let lights = vec![sun(way, 1.0, 0.0), bulb(vec3(0.0, 0.0, height), intensity)];
        let film = render(&scene(things, lights, BLACK_SKY, vec![camera(eye, Vec3::ZERO, NARROW, [64, 64])]), 0, 1);
        let is = |value: f64, of: usize| (value - shown[of]).abs() < 2e-3 * shown[of];
        let pixels: Vec<f64> = colors(&film).iter().map(|pixel| f64::from(pixel[1])).collect();
        assert!(pixels.iter().all(|&x| is(x, 0) || is(x, 1)), "{shown:?}, not {:?}", &pixels[..4]);
        // Where both show the same there is no noise at all, and nothing to count.
        if !is(shown[1], 0) {
            let share = pixels.iter().filter(|&&x| is(x, 0)).count() as f64 / pixels.len() as f64;
            let error = (p * (1.0 - p) / pixels.len() as f64).sqrt();
            assert!((share - p).abs() < 5.0 * error, "the sun has {share}, and should have {p}");
        }
    }
}

#[test]
fn suns_and_lamps_together_are_the_sum_of_each_alone() {
    // On rough metal rays find the suns' disks and the lamp as often as draws do: the shares of both must add up.
    let lamp = Light::Area(AreaLight {
        shape: AreaShape::Sphere { diameter: 0.8 },
        position: vec3(-0.9, 0.4, 1.2),
        direction: DOWN,
        across: vec3(1.0, 0.0, 0.0),
        radiance: vec3(3.0, 2.0, 1.0),
        visible: false,
        two_sided: false,
    });
    let lights = [sun(vec3(0.2, 0.5, -0.8), 2.0, 0.2), sun(vec3(0.5, -0.2, -0.7), 0.4, 0.4), lamp];
    for (metallic, roughness) in [(0.0, 1.0), (1.0, 0.3)] {
        let film = |lights: Vec<Light>, spp| {
            let things = vec![(floor(50.0), material([0.8; 3], metallic, roughness))];
            let view = camera(vec3(-0.6, -2.0, 2.0), Vec3::ZERO, NARROW, [24, 24]);
            render(&scene(things, lights, BLACK_SKY, vec![view]), 0, spp)
        };
        let alone = |light: &Light| -> Vector { mean(&colors(&film(vec![*light], 1024))).0 };
        let expected = lights.iter().map(alone).fold([0.0; 3], plus);
        assert_mean(&film(lights.to_vec(), 1024), expected, 0.003, &format!("{metallic} {roughness}"));
    }
}

/// Two balls on a ground 60 m wide, under a sun and bulbs strewn over all of it, one of them near.
fn grounds(lights: impl FnOnce(&mut Vec<Light>)) -> Scene {
    let placed = |at: Vec3| {
        let mut mesh: Mesh = ball(12);
        mesh.positions.iter_mut().for_each(|p| *p = (Vec3::from(*p) * 0.2 + at).to_array());
        mesh
    };
    let white = || -> Material { material([0.7; 3], 0.0, 0.8) };
    let things =
        vec![(floor(30.0), white()), (placed(vec3(-0.3, 0.0, 0.2)), white()), (placed(vec3(0.3, 0.2, 0.2)), white())];
    // Golden angles: evenly strewn.
    let far = |k: u32| {
        let (s, c) = genki::math::det::sin_cos(2.4 * k as f32);
        bulb(vec3(c, s, 0.0) * (28.0 * (k as f32 / 12.0).sqrt()) + vec3(0.0, 0.0, 0.8), 0.6)
    };
    let mut all: Vec<Light> = (1..=12).map(far).collect();
    all.extend([bulb(vec3(0.0, -0.4, 0.5), 0.5), sun(vec3(0.5, 0.3, -0.7), 1.0, 0.0093)]);
    lights(&mut all);
    scene(things, all, BLACK_SKY, vec![camera(vec3(0.0, -2.5, 1.2), vec3(0.0, 0.0, 0.1), 30.0, [32, 24])])
}

fn square_error(pixels: &[f64], truth: &[f64]) -> f64 {
    pixels.iter().zip(truth).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / truth.len() as f64
}

#[test]
fn beside_a_sun_over_a_wide_ground_suns_and_lamps_are_less_noisy_than_with_half_the_samples_each() {
    let suns = |lights: &mut Vec<Light>| lights.retain(|light| matches!(light, Light::Sun { .. }));
    let lamps = |lights: &mut Vec<Light>| lights.retain(|light| !matches!(light, Light::Sun { .. }));
    let green = |scene: &Scene, seed, spp| -> Vec<f64> {
        colors(&render(scene, seed, spp)).iter().map(|pixel| f64::from(pixel[1])).collect()
    };
    let sum = |seed, spp| -> Vec<f64> {
        let (a, b) = (green(&grounds(suns), seed, spp), green(&grounds(lamps), seed + 100, spp));
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    };
    let truth = sum(7, 1024);
    let (mut together, mut apart) = (0.0, 0.0);
    for seed in 0..4 {
        together += square_error(&green(&grounds(|_| ()), seed * 7919, 16), &truth);
        apart += square_error(&sum(seed * 7919, 8), &truth);
    }
    assert!(apart > 0.0, "noise is compared");
    assert!(together < apart, "{together} of 16 samples, {apart} of 8 and 8");
}
