//! Smooth metal mirrors, in the colour of Fresnel's term; lamps and unlit things show what they are.

use super::reference::{mirrored, sky_radiance, unit, vector};
use super::stage::{
    BLACK_SKY, NARROW, assert_mean, camera, constant_sky, floor, lamp, material, quad, render, scene, unlit,
};
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::math::{Vec3, vec3};
use genki::scene::{Material, Scene, Sky, SkyImage, SkyLight};
use std::sync::Arc;

const COLOR: [f32; 3] = [0.9, 0.6, 0.3];

/// Schlick's Fresnel term of a metal.
fn schlick(cosine: f64) -> [f64; 3] {
    COLOR.map(f64::from).map(|f0| f0 + (1.0 - f0) * libm::pow(1.0 - cosine, 5.0))
}

#[test]
fn a_mirror_shows_the_sky_in_the_mirrored_direction() {
    let texel = |i: u32| [1.0 + 0.1 * (i % 16) as f32, 0.5 + 0.2 * (i / 16) as f32, 2.0 - 0.1 * (i % 16) as f32];
    let image = SkyImage { digest: Default::default(), width: 16, height: 8, texels: (0..128).map(texel).collect() };
    let sky =
        |rotation_rad| Sky { light: SkyLight::Image(Arc::new(image.clone())), rotation_rad, scale: 1.5, visible: true };
    for eye in [vec3(1.0, 2.0, 3.0), vec3(-2.0, 0.5, 0.8), vec3(-1.0, -2.5, 0.4), vec3(0.3, -0.1, 5.0)] {
        for rotation in [0.0f32, 1.1] {
            let views = vec![camera(eye, Vec3::ZERO, NARROW, [8, 8])];
            let film = render(
                &scene(vec![(floor(1.0), material(COLOR, 1.0, 0.0))], vec![], sky(rotation), views),
                64,
                1,
                SETTINGS_LITERAL_SCATTERING,
            );
            let wo = unit(vector(eye));
            let seen = sky_radiance(&image, f64::from(rotation), mirrored(wo));
            let fresnel = schlick(wo[2]);
            // The lobe is 0.001 wide, and the sky's slope changes at texels.
            assert_mean(
                &film,
                std::array::from_fn(|k| 1.5 * seen[k] * fresnel[k]),
                0.002,
                &format!("{eye:?} {rotation}"),
            );
        }
    }
}

#[test]
fn a_mirror_shows_a_lamp_where_geometry_says() {
    // The card stands upright at y = 1 over the mirror; seen through it, its image hangs below.
    let card = quad(vec3(0.2, 1.0, 0.8), vec3(1.2, 0.0, 0.0), vec3(0.0, 0.0, 0.7));
    assert!(card.normals[0][1] < -0.9, "it faces the eye");
    let glow = [3.0, 2.0, 1.0];
    let eye = vec3(0.0, -2.0, 1.5);
    let view = camera(eye, vec3(0.1, 0.3, 0.0), 40.0, [48, 48]);
    let things = vec![(floor(5.0), material(COLOR, 1.0, 0.0)), (card, lamp(glow))];
    let film = render(&scene(things, vec![], BLACK_SKY, vec![view]), 32, 1, SETTINGS_LITERAL_SCATTERING);
    // Whether the mirrored ray through a place in the picture meets the card, by hand, and under which cosine it leaves.
    let meets = |x: f64, y: f64| {
        let m = view.world_from_camera;
        let local = [(x - 24.0) / 40.0, (y - 24.0) / 40.0, 1.0];
        let d: [f64; 3] = std::array::from_fn(|i| (0..3).map(|j| f64::from(m.rows[i][j]) * local[j]).sum());
        let t = -f64::from(eye.z) / d[2];
        let (px, py) = (f64::from(eye.x) + t * d[0], f64::from(eye.y) + t * d[1]);
        let s = (1.0 - py) / d[1];
        let (cx, cz) = (px + s * d[0], -s * d[2]);
        (t > 0.0 && s > 0.0 && (cx - 0.2).abs() < 1.2 && (cz - 0.8).abs() < 0.7).then(|| -unit(d)[2])
    };
    // Not the card itself, which stands in the picture as well.
    let sees_only_floor = |i: i32| {
        [-49, -48, -47, -1, 1, 47, 48, 49].iter().all(|k| {
            let neighbour = usize::try_from(i + k).ok().and_then(|j| film.geometry.instance.get(j));
            neighbour.is_none_or(|&id| id == 1)
        })
    };
    let (mut inside, mut outside, mut whole) = (0, 0, 0.0);
    for i in 0..48 * 48 {
        let (x, y) = (f64::from(i % 48), f64::from(i / 48));
        let pixel = film.radiance[i as usize];
        if film.geometry.instance[i as usize] != 1 {
            continue;
        }
        // A pixel of margin, 0.025 rad: the lobe is 0.001 wide, and 1 draw of 150 goes past twelve times that.
        let around = [(-1.0, -1.0), (2.0, -1.0), (-1.0, 2.0), (2.0, 2.0)].map(|(dx, dy)| meets(x + dx, y + dy));
        if around.iter().all(Option::is_some) {
            let fresnel = schlick(meets(x + 0.5, y + 0.5).expect("between its corners"));
            for k in 0..3 {
                let expected = fresnel[k] * f64::from(glow[k]);
                // Two draws of 32 may stray.
                assert!((f64::from(pixel[k]) / expected - 1.0).abs() < 0.07, "({x}, {y}): {pixel:?}, {expected}");
                whole += f64::from(pixel[k]) / expected / 3.0;
            }
            inside += 1;
        } else if around.iter().all(Option::is_none) && sees_only_floor(i) {
            assert!(pixel[..3].iter().all(|&v| v < 0.02), "({x}, {y}): {pixel:?}");
            outside += 1;
        }
    }
    assert!(inside > 60 && outside > 300, "{inside} {outside}");
    let mean = whole / f64::from(inside);
    assert!((mean - 1.0).abs() < 0.005, "{mean} of what the lamp sends, over {inside} pixels");
}

#[test]
fn mirrors_face_to_face_lose_fresnels_share_at_every_bounce() {
    // Two parallel mirrors, and a lamp that is seen after three of their reflections: up, down, up.
    let low = quad(Vec3::ZERO, vec3(1.0, 0.0, 0.0), vec3(0.0, 20.0, 0.0));
    let high = quad(vec3(0.0, 0.0, 1.0), vec3(0.0, 20.0, 0.0), vec3(1.0, 0.0, 0.0));
    let (low, high) = ((low, material(COLOR, 1.0, 0.0)), (high, material(COLOR, 1.0, 0.0)));
    // From height 0.5 the ray falls by 1 in 2: on the floor after 1, the ceiling after 3, the floor after 5.
    let card = (quad(vec3(0.0, 6.0, 0.5), vec3(0.9, 0.0, 0.0), vec3(0.0, 0.0, 0.49)), lamp([1.0; 3]));
    let view = camera(vec3(0.0, 0.0, 0.5), vec3(0.0, 1.0, 0.0), NARROW, [8, 8]);
    let scene: Scene = scene(vec![low, high, card], vec![], BLACK_SKY, vec![view]);
    let fresnel = schlick(1.0 / 5f64.sqrt());
    for bounces in [1, 2] {
        let film = render(&scene, 16, bounces, SETTINGS_LITERAL_SCATTERING);
        assert!(film.radiance.iter().all(|p| p[..3].iter().all(|&v| v < 1e-3)), "too few bounces: {bounces}");
    }
    for bounces in [3, 5] {
        let film = render(&scene, 64, bounces, SETTINGS_LITERAL_SCATTERING);
        // The lobes' tails: three times 0.1 %.
        assert_mean(&film, fresnel.map(|f| f * f * f), 0.005, &format!("{bounces} bounces"));
    }
}

#[test]
fn a_lamp_seen_straight_has_its_radiance_and_is_dark_from_behind() {
    let front = quad(Vec3::ZERO, vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0));
    let glow = [4.0, 0.5, 0.25];
    let seen = |z: f32, of: Material| {
        render(
            &scene(
                vec![(front.clone(), of)],
                vec![],
                BLACK_SKY,
                vec![camera(vec3(0.3, 0.2, z), Vec3::ZERO, 30.0, [4, 4])],
            ),
            4,
            2,
            0,
        )
    };
    let all = |film: genki::film::Film, expected: [f32; 4]| film.radiance.iter().all(|&p| p == expected);
    assert!(all(seen(2.0, lamp(glow)), [4.0, 0.5, 0.25, 1.0]));
    // Cameras do not see backs of single-sided materials, nor their light.
    assert!(all(seen(-2.0, lamp(glow)), [0.0; 4]));
    assert!(all(seen(-2.0, Material { double_sided: true, ..lamp(glow) }), [4.0, 0.5, 0.25, 1.0]));
}

#[test]
fn a_lamp_adds_its_radiance_to_what_it_scatters() {
    let of = Material { emissive: [0.5, 0.25, 0.0], ..material([1.0; 3], 0.0, 1.0) };
    let views = vec![camera(vec3(0.0, -1.0, 2.0), Vec3::ZERO, NARROW, [8, 8])];
    let film = render(&scene(vec![(floor(1.0), of)], vec![], constant_sky(vec3(2.0, 2.0, 2.0)), views), 128, 3, 0);
    assert_mean(&film, [2.5, 2.25, 2.0], 0.005, "glow and furnace");
}

#[test]
fn unlit_things_show_their_colour_under_any_light() {
    use genki::scene::Light;
    let sun = Light::Sun { direction: vec3(0.0, 0.0, -1.0), irradiance: vec3(9.0, 9.0, 9.0), angle_rad: 0.0 };
    let views = vec![camera(vec3(0.0, -1.0, 2.0), Vec3::ZERO, NARROW, [4, 4])];
    let film = render(
        &scene(vec![(floor(1.0), unlit([0.5, 0.25, 0.125]))], vec![sun], constant_sky(Vec3::ONE), views),
        16,
        4,
        0,
    );
    assert!(film.radiance.iter().all(|&p| p == [0.5, 0.25, 0.125, 1.0]));
    assert!(film.albedo.iter().all(|&p| p == [0.5, 0.25, 0.125]));
}
