//! A thousand lights: the tree that picks one is right on average, and worth it.

use super::reference::{Gltf, Vector, dot, plus, times, unit, vector};
use super::stage::{BLACK_SKY, assert_mean, camera, colors, floor, lamp, material, mean, quad, scene};
use genki::buffers::layout::{SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{self, Cache, SceneBuffers};
use genki::film::{Film, FilmPlanes};
use genki::hash::sha256;
use genki::math::{Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{AreaLight, AreaShape, Light, Scene};
use std::sync::Arc;

fn unit_number(i: u32) -> f32 {
    let d = sha256(&i.to_be_bytes()).0;
    f32::from(u16::from_be_bytes([d[0], d[1]])) / 65_536.0
}

/// Bulbs a little above a floor of 20 m, of powers that differ tenfold.
fn bulbs(n: u32) -> Vec<(Vec3, f32)> {
    let at = |i: u32| vec3(unit_number(4 * i) - 0.5, unit_number(4 * i + 1) - 0.5, 0.0) * 20.0;
    let bulb = |i: u32| (at(i) + vec3(0.0, 0.0, 0.3 + unit_number(4 * i + 2)), 0.01 + 0.09 * unit_number(4 * i + 3));
    (0..n).map(bulb).collect()
}

fn points(n: u32) -> Vec<Light> {
    let point = |(position, intensity): (Vec3, f32)| Light::Point { position, intensity: Vec3::splat(intensity) };
    bulbs(n).into_iter().map(point).collect()
}

/// Every second a sphere, the others spots and panels that look down.
fn mixed(n: u32) -> Vec<Light> {
    let light = |(i, (position, intensity)): (usize, (Vec3, f32))| {
        let down = vec3(0.0, 0.0, -1.0);
        let area = |shape| {
            Light::Area(AreaLight {
                shape,
                position,
                direction: down,
                across: vec3(1.0, 0.0, 0.0),
                radiance: Vec3::splat(intensity * 100.0),
                visible: false,
                two_sided: false,
            })
        };
        match i % 4 {
            0 | 2 => area(AreaShape::Sphere { diameter: 0.1 }),
            1 => area(AreaShape::Rectangle { width: 0.2, height: 0.1 }),
            _ => Light::Spot {
                position,
                direction: down,
                intensity: Vec3::splat(intensity),
                inner_rad: 0.5,
                outer_rad: 0.9,
            },
        }
    };
    bulbs(n).into_iter().enumerate().map(light).collect()
}

fn under(lights: Vec<Light>) -> Scene {
    let view = camera(vec3(0.0, -6.0, 5.0), Vec3::ZERO, 24.0, [32, 24]);
    let cards = (0..20).map(|i| {
        let at = vec3(unit_number(i + 90_000) - 0.5, unit_number(i + 91_000) - 0.5, 0.05) * 16.0;
        (quad(at, vec3(0.0, 0.1, 0.0), vec3(0.1, 0.0, 0.0)), lamp([3.0; 3]))
    });
    let things = [(floor(12.0), material([0.8; 3], 0.0, 1.0))].into_iter().chain(cards).collect();
    scene(things, lights, BLACK_SKY, vec![view])
}

fn render(buffers: &Arc<SceneBuffers>, spp: u32) -> Film {
    let settings = Settings { spp, bounces: 1, flags: SETTINGS_LITERAL_SCATTERING, clamp: f32::MAX };
    let planes = FilmPlanes { radiance: true, ..FilmPlanes::NONE };
    CpuRenderer::new().render(buffers, 0, &settings, planes, &|| false).expect("finite pixels")
}

/// The same with a tree that knows powers alone: everything stands everywhere.
fn by_power(buffers: &SceneBuffers) -> Arc<SceneBuffers> {
    let mut other = buffers.clone();
    for node in &mut other.light_nodes {
        (node.min, node.max) = ([-1e15; 3], [1e15; 3]);
    }
    Arc::new(other)
}

fn rmse(a: &Film, b: &Film) -> f64 {
    let square = |(x, y): (&f32, &f32)| f64::from(x - y) * f64::from(x - y);
    let pairs = a.radiance.as_flattened().iter().zip(b.radiance.as_flattened());
    (pairs.map(square).sum::<f64>() / a.radiance.len() as f64 / 3.0).sqrt()
}

#[test]
fn a_thousand_bulbs_add_up() {
    let eye = vec3(1.0, -3.0, 4.0);
    let view = camera(eye, Vec3::ZERO, super::stage::NARROW, [24, 24]);
    let scene = scene(vec![(floor(12.0), material([0.8; 3], 0.0, 1.0))], points(1000), BLACK_SKY, vec![view]);
    let surface = Gltf { color: [f64::from(0.8f32); 3], metallic: 0.0, roughness: 1.0 };
    let wo = unit(vector(eye));
    let expected: Vector = bulbs(1000).iter().fold([0.0; 3], |sum, &(at, intensity)| {
        let d = vector(at);
        plus(sum, times(surface.scattered(wo, unit(d)), f64::from(intensity) / dot(d, d)))
    });
    let buffers = Arc::new(buffers::build(&scene, 64, &Cache::new(1 << 20)));
    assert_mean(&render(&buffers, 256), expected, 0.002, "by the tree");
    assert_mean(&render(&by_power(&buffers), 1024), expected, 0.002, "by power");
}

#[test]
fn the_tree_nearly_halves_the_error_of_a_thousand_lights_at_least() {
    for (what, lights) in [("points", points(1000)), ("spheres, panels, spots", mixed(1000))] {
        let buffers = Arc::new(buffers::build(&under(lights), 64, &Cache::new(1 << 20)));
        let converged = render(&buffers, 1024);
        let mean_of = |film: &Film| mean(&colors(film)).0[1];
        let (mut means, mut squares) = ([0.0; 2], [0.0; 2]);
        for seed in 0..4 {
            let mut other = (*buffers).clone();
            other.views[0].seed[0] ^= seed * 7919;
            for (k, buffers) in [by_power(&other), Arc::new(other)].iter().enumerate() {
                let film = render(buffers, 16);
                means[k] += mean_of(&film) / 4.0;
                let error = rmse(&film, &converged);
                squares[k] += error * error / 4.0;
            }
        }
        let [by_power, by_tree] = squares.map(f64::sqrt);
        // Four standard errors of the means over four pictures of 768 pixels each, where a pixel is off by the error found.
        let expected = mean_of(&converged);
        for (found, error) in means.iter().zip([by_power, by_tree]) {
            assert!(
                (found - expected).abs() < 4.0 * error / (4.0f64 * 768.0).sqrt() + 0.002 * expected,
                "{what}: {means:?}, {expected}"
            );
        }
        assert!(by_tree < 0.6 * by_power, "{what}: {by_tree} by the tree, {by_power} by power");
        assert!(by_tree > 0.0, "noise is compared");
    }
}
