//! The sky: seen and not seen, which way its image lies, and what it lights.

use super::reference::{Gltf, sky_radiance, texel_direction, unit, vector};
use super::stage::{
    BLACK_SKY, NARROW, assert_mean, camera, constant_sky, floor, material, render, render_views, scene,
};
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::film::Geometry;
use genki::math::{Vec3, vec3};
use genki::scene::{Sky, SkyImage, SkyLight};
use std::sync::Arc;

/// 16 × 8 texels of many levels, three of them bright.
fn image() -> SkyImage {
    let texel = |i: u32| {
        let (x, y) = ((i % 16) as f32, (i / 16) as f32);
        let lamp = if [18, 37, 59].contains(&i) { 40.0 } else { 0.0 };
        [0.1 + 0.05 * x + lamp, 0.2 + 0.1 * y + 0.5 * lamp, 0.3 + 0.01 * x * y]
    };
    SkyImage { digest: Default::default(), width: 16, height: 8, texels: (0..128).map(texel).collect() }
}

fn sky(image: &SkyImage, rotation_rad: f32) -> Sky {
    Sky { light: SkyLight::Image(Arc::new(image.clone())), rotation_rad, scale: 1.0, visible: true }
}

fn rounded(v: [f64; 3]) -> Vec3 {
    vec3(v[0] as f32, v[1] as f32, v[2] as f32)
}

#[test]
fn a_constant_sky_is_seen_as_it_is_or_not_at_all() {
    let views = vec![camera(Vec3::ZERO, vec3(1.0, 2.0, 0.5), 10.0, [8, 8])];
    let mut sky = Sky { scale: 2.0, ..constant_sky(vec3(0.25, 0.5, 1.0)) };
    let film = render(&scene(vec![], vec![], sky.clone(), views.clone()), 16, 4, 0);
    assert!(film.radiance.iter().all(|&p| p == [0.5, 1.0, 2.0, 1.0]));
    assert!(film.albedo.iter().all(|&p| p == [0.0; 3]));
    sky.visible = false;
    let film = render(&scene(vec![], vec![], sky, views), 16, 4, 0);
    assert!(film.radiance.iter().all(|&p| p == [0.0; 4]));
    let Geometry { depth, distance, normal, instance, semantic, .. } = &film.geometry;
    assert!(depth.iter().chain(distance).all(|&z| z == 0.0) && normal.iter().all(|&n| n == [0.0; 3]));
    assert!(depth.len() == 64 && instance.iter().chain(semantic).all(|&id| id == 0));
}

#[test]
fn every_texel_of_a_sky_image_lies_in_the_direction_that_the_mapping_says() {
    let image = image();
    for rotation in [0.0f32, 1.0, -2.5, 6.0] {
        // One pixel a texel, aimed at its centre.
        let aim = |i: u32| rounded(texel_direction(&image, i % 16, i / 16, f64::from(rotation)));
        let views = (0..128).map(|i| camera(Vec3::ZERO, aim(i), 1e5, [1, 1])).collect();
        let films = render_views(&scene(vec![], vec![], sky(&image, rotation), views), 1, 1, 0);
        assert_eq!(films.len(), 128);
        for (i, film) in films.iter().enumerate() {
            for k in 0..3 {
                // Beside the lamps the image rises by 40 over 0.4 rad: f32 angles are 1e-6 off, the pixel 1e-5 wide.
                let (found, expected) = (film.radiance[0][k], image.texels[i][k]);
                assert!((found - expected).abs() < 5e-3, "texel {i}, rotation {rotation}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn a_sky_turns_counter_clockwise_seen_from_above() {
    // The image's middle column lies in +X; a quarter turn takes it to +Y. Rows from the zenith.
    let mut image = image();
    image.texels = vec![[0.0; 3]; 128];
    for x in [7, 8] {
        for y in [3, 4] {
            image.texels[y * 16 + x] = [1.0; 3];
        }
    }
    let seen = |rotation: f32, at: Vec3| {
        let views = vec![camera(Vec3::ZERO, at, 1e5, [1, 1])];
        render(&scene(vec![], vec![], sky(&image, rotation), views), 1, 1, 0).radiance[0][0]
    };
    let (x, y) = (vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0));
    let quarter = std::f32::consts::FRAC_PI_2;
    for (rotation, at, expected) in [
        (0.0, x, 1.0),
        (0.0, y, 0.0),
        (0.0, -x, 0.0),
        (quarter, y, 1.0),
        (quarter, x, 0.0),
        (-quarter, -y, 1.0),
        (-quarter, y, 0.0),
        (0.0, vec3(0.01, 0.0, 1.0), 0.0),
    ] {
        let found = seen(rotation, at);
        assert!((found - expected).abs() < 1e-3, "rotation {rotation}, towards {at:?}: {found}");
    }
}

#[test]
fn a_sky_image_is_bilinear_between_its_texels() {
    let image = image();
    let directions: Vec<[f64; 3]> =
        (0..200).map(|i| super::reference::at(0.99 - 0.0099 * f64::from(i), 0.7 * f64::from(i))).collect();
    let views = directions.iter().map(|&d| camera(Vec3::ZERO, rounded(d), 1e5, [1, 1])).collect();
    let films = render_views(&scene(vec![], vec![], sky(&image, 0.3), views), 1, 1, 0);
    for (film, d) in films.iter().zip(directions) {
        let expected = sky_radiance(&image, f64::from(0.3f32), d);
        for (found, expected) in film.radiance[0].map(f64::from).iter().zip(expected) {
            assert!((found - expected).abs() < 5e-3, "{d:?}: {found}, not {expected}");
        }
    }
}

#[test]
fn a_floor_under_a_sky_image_reflects_the_integral() {
    let image = image();
    let color = [0.8, 0.5, 0.2];
    for (metallic, roughness) in [(0.0, 1.0), (0.0, 0.25), (0.5, 0.6), (1.0, 1.0), (1.0, 0.25)] {
        // One eye sees a lamp mirrored (texel 37: 29 degrees above the floor), one does not.
        for (rotation, eye) in [(0.0f32, vec3(0.0, -3.0, 4.0)), (2.0, vec3(2.5, 1.0, 1.0))] {
            let surface =
                Gltf { color: color.map(f64::from), metallic: f64::from(metallic), roughness: f64::from(roughness) };
            let expected = surface.under(unit(vector(eye)), 384, |wi| sky_radiance(&image, f64::from(rotation), wi));
            let things = vec![(floor(1.0), material(color, metallic, roughness))];
            let views = vec![camera(eye, Vec3::ZERO, NARROW, [24, 24])];
            let scene = scene(things, vec![], sky(&image, rotation), views);
            let film = render(&scene, 256, 1, SETTINGS_LITERAL_SCATTERING);
            assert_mean(&film, expected, 0.003, &format!("metallic {metallic} roughness {roughness} {eye:?}"));
        }
    }
}

#[test]
fn a_sky_that_is_not_seen_lights_all_the_same() {
    let of = material([0.7; 3], 0.0, 1.0);
    let picture = |visible| {
        let views = vec![camera(vec3(0.0, -3.0, 2.0), Vec3::ZERO, 40.0, [16, 16])];
        let sky = Sky { visible, ..constant_sky(Vec3::ONE) };
        render(&scene(vec![(floor(0.5), of.clone())], vec![], sky, views), 16, 2, 0)
    };
    let (seen, unseen) = (picture(true), picture(false));
    let mut n = 0;
    for (a, b) in seen.radiance.iter().zip(&unseen.radiance) {
        // Where a pixel is all floor, nothing changes.
        if b[3] == 1.0 {
            assert_eq!(a, b);
            n += 1;
        }
    }
    assert!(n > 4 && unseen.radiance.iter().any(|p| p[3] == 0.0), "{n}");
    let dark =
        scene(vec![(floor(0.5), of)], vec![], BLACK_SKY, vec![camera(vec3(0.0, -3.0, 2.0), Vec3::ZERO, 10.0, [8, 8])]);
    assert!(render(&dark, 4, 2, 0).radiance.iter().all(|p| p[..3] == [0.0; 3]));
}

/// The largest difference of a pixel's component.
fn largest_difference(a: &genki::film::Film, b: &genki::film::Film) -> f64 {
    let pairs = a.radiance.as_flattened().iter().zip(b.radiance.as_flattened());
    pairs.map(|(x, y)| f64::from((x - y).abs())).fold(0.0, f64::max)
}

#[test]
fn a_small_bright_sun_in_a_sky_image_leaves_no_fireflies() {
    let (width, height, level, above) = (1024u32, 512u32, 5e4f32, 0.3f32);
    let is_sun = |i: u32| (300..303).contains(&(i % width)) && (120..123).contains(&(i / width));
    let texels = (0..width * height).map(|i| [if is_sun(i) { level } else { above }; 3]).collect();
    let image = SkyImage { digest: Default::default(), width, height, texels };
    let white = || material([0.8; 3], 0.0, 1.0);
    let mut sphere = super::stage::ball(32);
    sphere.positions.iter_mut().for_each(|p| p[2] += 1.0);
    let views = vec![camera(vec3(2.5, -4.0, 3.0), vec3(0.0, 0.0, 0.6), 24.0, [32, 24])];
    let scene = scene(vec![(floor(8.0), white()), (sphere, white())], vec![], sky(&image, 0.0), views);
    let (few, many) = (render(&scene, 64, 3, 0), render(&scene, 2048, 3, 0));
    // By the texels: what the sun gives a white surface that faces it.
    let pi = std::f64::consts::PI;
    let polar = pi * 121.5 / f64::from(height);
    let solid_angle = 9.0 * 2.0 * pi / f64::from(width) * pi / f64::from(height) * libm::sin(polar);
    let lit = 0.8 / pi * f64::from(level) * solid_angle;
    assert!((1.0..10.0).contains(&lit), "{lit}");
    // A draw gives `lit` times what its place has over its texel's mean: 16 at most, at the corners of the texels beside the
    // sun's, which 1 in 144 draws takes. A mean of 64 has a standard deviation of about a tenth (and of a sixteenth in half
    // shadow): three quarters are past the largest of 768 pixels. A single ray that found the sun without a share for the
    // draws would be 5e4 · 0.8 / 64, a hundred times that.
    let largest = largest_difference(&few, &many);
    assert!(largest < 0.75 * lit, "{largest}, lit {lit}");
    assert!(largest > 0.01 * lit, "something is compared");
    let mean = |film: &genki::film::Film| film.radiance.iter().map(|p| f64::from(p[1])).sum::<f64>();
    assert!((mean(&few) / mean(&many) - 1.0).abs() < 0.02);
    let mut spotted = few.clone();
    spotted.radiance[400][0] += level * 0.8 / 64.0;
    assert!(largest_difference(&spotted, &many) > 0.75 * lit, "one firefly is seen");
}
