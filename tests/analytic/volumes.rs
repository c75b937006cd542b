//! Area lights within a tinted volume: what is left of their light after the way is Beer's law, whoever found them.

use super::reference::{Gltf, Vector, dot, minus, over_quad, product, times, unit, vector};
use super::stage::{BLACK_SKY, NARROW, assert_mean, camera, floor, material, render, room, scene};
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::math::{Vec3, vec3};
use genki::scene::{AreaLight, AreaShape, Light, Material, Mesh, Transmission, Volume};

const GLOW: [f32; 3] = [6.0, 5.0, 4.0];
/// Left of light after `ATTENUATION_M`.
const TINT: [f32; 3] = [0.6, 0.25, 0.9];
const ATTENUATION_M: f32 = 0.8;

/// Clear at its faces, as its index is that of air: only the way through it counts.
fn tinted() -> Material {
    Material {
        ior: 1.0,
        transmission: Some(Transmission { factor: 1.0, texture: None }),
        volume: Some(Volume { thickness: 1.0, attenuation_distance: ATTENUATION_M, attenuation_color: TINT }),
        ..material([1.0; 3], 0.0, 0.0)
    }
}

/// A box seen from outside.
fn block(center: Vec3, half: f32) -> Mesh {
    let mut mesh = room(center, half);
    mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    mesh.normals.iter_mut().for_each(|n| *n = n.map(|x| -x));
    mesh
}

fn left_after(metres: f64) -> Vector {
    TINT.map(|left| libm::pow(f64::from(left), metres / f64::from(ATTENUATION_M)))
}

fn panel(position: Vec3, direction: Vec3, visible: bool) -> Light {
    let direction = direction.normalize();
    Light::Area(AreaLight {
        shape: AreaShape::Rectangle { width: 0.6, height: 0.4 },
        position,
        direction,
        across: direction.cross(vec3(0.0, 1.0, 0.0)).normalize(),
        radiance: Vec3::from(GLOW),
        visible,
        two_sided: false,
    })
}

#[test]
fn a_lamp_is_seen_through_as_much_of_a_volume_as_lies_before_it() {
    // From within by a camera that does not know yet that it is; from outside through the face at z = 1.
    for (eye, within) in [(vec3(0.1, 0.2, 0.9), 0.7), (vec3(0.1, 0.2, 2.4), 0.8)] {
        let things = vec![(block(Vec3::ZERO, 1.0), tinted())];
        let light = panel(vec3(0.1, 0.2, 0.2), vec3(0.0, 0.0, 1.0), true);
        let view = camera(eye, vec3(0.1, 0.2, 0.0), NARROW, [4, 4]);
        let film = render(&scene(things, vec![light], BLACK_SKY, vec![view]), 256, 4, SETTINGS_LITERAL_SCATTERING);
        assert_mean(&film, product(GLOW.map(f64::from), left_after(within)), 1e-3, &format!("{eye:?}"));
    }
}

#[test]
fn what_a_lamp_gives_within_a_volume_is_attenuated_along_every_way() {
    // Straight down through the face at z = 1 onto a floor at 0. Of smooth metal, which mirrors the lamp, rays find it; of
    // a rough surface draws do; both of what is between.
    let position = vec3(0.1, 0.05, 0.7);
    let facing = vec3(-0.15, -0.1, -0.7).normalize();
    let light = panel(position, facing, false);
    let Light::Area(AreaLight { across, .. }) = light else { unreachable!("a panel is one") };
    let (u, v) = (vector(across * 0.3), vector(facing.cross(across) * 0.2));
    let eye = vec3(0.0, 0.0, 3.0);
    let color = [0.8, 0.5, 0.2];
    for (metallic, roughness) in [(1.0, 0.12), (1.0, 0.3), (1.0, 0.6), (0.0, 1.0)] {
        let surface = Gltf { color: color.map(f64::from), metallic, roughness: f64::from(roughness) };
        let wo = unit(vector(eye));
        let lit = over_quad(vector(position), u, v, 256, |p| {
            let wi = unit(p);
            let cosine = -dot(wi, vector(facing));
            let arriving = times(product(GLOW.map(f64::from), left_after(dot(p, p).sqrt())), cosine / dot(p, p));
            product(surface.scattered(wo, wi), arriving)
        });
        let expected = product(lit, left_after(1.0));
        let things = vec![
            (block(vec3(0.0, 0.0, -1.0), 2.0), tinted()),
            (floor(0.5), material(color, metallic as f32, roughness)),
        ];
        let view = camera(eye, Vec3::ZERO, NARROW, [24, 24]);
        let film = render(&scene(things, vec![light], BLACK_SKY, vec![view]), 256, 3, SETTINGS_LITERAL_SCATTERING);
        assert_mean(&film, expected, 0.004, &format!("{metallic} {roughness}"));
        let clear = minus(lit, expected);
        assert!((0..3).all(|k| clear[k] > 0.05 * lit[k]), "a volume that takes nothing shows nothing");
    }
}
