//! What lets light through: alpha by its mode, as seen, as a shadow, and in the files.

use super::reference::{Gltf, times, unit, vector};
use super::stage::{BLACK_SKY, NARROW, assert_mean, camera, constant_sky, floor, material, quad, render, scene, unlit};
use genki::annotate::raster;
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::film::Film;
use genki::formats::raster::Samples;
use genki::layer::Layer;
use genki::math::{Vec3, vec3};
use genki::recipe::{Background, Render, Scattering, Sides, Tone};
use genki::scene::{AlphaMode, Camera, Material, Sky};

const COLOR: [f32; 3] = [0.5, 0.25, 1.0];
const SPP: u32 = 64;
/// Of 64 stratified draws the count below a threshold is off by less than one.
const STRATUM: f32 = 1.0 / SPP as f32;

fn with_alpha(of: Material, a: f32, alpha: AlphaMode) -> Material {
    Material { base_color: [of.base_color[0], of.base_color[1], of.base_color[2], a], alpha, ..of }
}

fn view() -> Camera {
    camera(vec3(0.0, -1.0, 2.0), Vec3::ZERO, 30.0, [8, 8])
}

/// An unlit floor that fills the picture.
fn film_of(a: f32, alpha: AlphaMode, sky: Sky) -> Film {
    render(&scene(vec![(floor(5.0), with_alpha(unlit(COLOR), a, alpha))], vec![], sky, vec![view()]), SPP, 2, 0)
}

#[test]
fn opaque_things_ignore_alpha() {
    let film = film_of(0.0, AlphaMode::Opaque, BLACK_SKY);
    assert!(film.radiance.iter().all(|&p| p == [0.5, 0.25, 1.0, 1.0]));
}

#[test]
fn a_mask_is_there_from_its_cutoff_on() {
    for (a, cutoff, there) in
        [(0.4, 0.5, false), (0.5, 0.5, true), (0.6, 0.5, true), (0.4, 0.4, true), (0.0, 0.0, true), (1.0, 1.5, false)]
    {
        let film = film_of(a, AlphaMode::Mask { cutoff }, BLACK_SKY);
        let expected = if there { [0.5, 0.25, 1.0, 1.0] } else { [0.0; 4] };
        assert!(film.radiance.iter().all(|&p| p == expected), "alpha {a}, cutoff {cutoff}");
        assert!(film.geometry.instance.iter().all(|&id| id == u16::from(there)), "alpha {a}, cutoff {cutoff}");
        assert!(film.geometry.depth.iter().all(|&z| (z > 0.0) == there), "alpha {a}, cutoff {cutoff}");
    }
}

#[test]
fn a_blend_covers_its_share_before_a_transparent_sky() {
    for a in [0.0, 0.1, 0.4, 0.75, 1.0] {
        let film = film_of(a, AlphaMode::Blend, BLACK_SKY);
        for &[r, g, b, alpha] in &film.radiance {
            assert!((alpha - a).abs() < STRATUM, "{alpha}, not {a}");
            // Premultiplied: the colour is the coverage times what is seen.
            assert_eq!([r, g, b], COLOR.map(|c| c * alpha));
        }
        assert_eq!(film.albedo, film.radiance.iter().map(|p| [p[0], p[1], p[2]]).collect::<Vec<_>>());
        // The ray through the centre sees what covers at least half.
        assert!(film.geometry.instance.iter().all(|&id| id == u16::from(a >= 0.5)), "{a}");
    }
}

#[test]
fn a_blend_before_a_sky_that_is_seen_mixes_with_it() {
    let sky = [2.0f32, 1.0, 0.5];
    let film = film_of(0.4, AlphaMode::Blend, constant_sky(Vec3::from(sky)));
    for p in &film.radiance {
        assert_eq!(p[3], 1.0, "floor or sky, something is seen");
        for k in 0..3 {
            let expected = 0.4 * COLOR[k] + 0.6 * sky[k];
            assert!((p[k] - expected).abs() < STRATUM * (sky[k] - COLOR[k]).abs() + 1e-5, "{p:?}");
        }
    }
}

#[test]
fn layers_of_blends_multiply_what_they_let_through() {
    let layer = |z: f32, a: f32| {
        let card = quad(vec3(0.0, 0.0, z), vec3(5.0, 0.0, 0.0), vec3(0.0, 5.0, 0.0));
        (card, with_alpha(unlit(COLOR), a, AlphaMode::Blend))
    };
    let things = vec![layer(0.0, 0.5), layer(0.2, 0.5), layer(0.4, 0.2)];
    let mut camera = view();
    (camera.width, camera.height, camera.cx, camera.cy) = (24, 24, 12.0, 12.0);
    let film = render(&scene(things, vec![], BLACK_SKY, vec![camera]), SPP, 2, 0);
    // 1 − 0.5 · 0.5 · 0.8
    let alphas: Vec<_> = film.radiance.iter().map(|p| [p[3]; 3]).collect();
    super::stage::compare(&alphas, [0.8; 3], 1e-4).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn a_blend_casts_its_share_of_a_shadow_and_a_mask_all_or_nothing() {
    use genki::scene::Light;
    let sun = Light::Sun { direction: vec3(0.0, 0.0, -1.0), irradiance: vec3(2.0, 2.0, 2.0), angle_rad: 0.0 };
    let eye = vec3(0.0, -3.0, 1.0);
    let surface = Gltf { color: [0.8, 0.8, 0.8], metallic: 0.0, roughness: 1.0 };
    let clear = times(surface.scattered(unit(vector(eye)), [0.0, 0.0, 1.0]), 2.0);
    for (a, mode, passes) in [
        (0.4, AlphaMode::Blend, 0.6),
        (1.0, AlphaMode::Blend, 0.0),
        (0.0, AlphaMode::Blend, 1.0),
        (0.4, AlphaMode::Mask { cutoff: 0.5 }, 1.0),
        (0.6, AlphaMode::Mask { cutoff: 0.5 }, 0.0),
        (0.4, AlphaMode::Opaque, 0.0),
    ] {
        let shade = quad(vec3(0.0, 0.0, 2.0), vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0));
        let things = vec![
            (floor(5.0), material([0.8; 3], 0.0, 1.0)),
            (shade, with_alpha(material([0.0; 3], 1.0, 1.0), a, mode)),
        ];
        let scene = scene(things, vec![sun], BLACK_SKY, vec![camera(eye, Vec3::ZERO, NARROW, [4, 4])]);
        let film = render(&scene, 4, 1, SETTINGS_LITERAL_SCATTERING);
        assert_mean(&film, times(clear, passes), 0.001, &format!("alpha {a}, {mode:?}"));
    }
}

#[test]
fn a_blend_lamp_gives_its_share_of_light() {
    use super::stage::lamp;
    // Seen, and drawn as a light: both scale with alpha, so that half the alpha is half the picture.
    let card = |a: f32| {
        let of = Material { double_sided: true, ..with_alpha(lamp([4.0; 3]), a, AlphaMode::Blend) };
        (quad(vec3(0.0, 0.0, 1.0), vec3(0.5, 0.0, 0.0), vec3(0.0, 0.5, 0.0)), of)
    };
    let eye = vec3(0.0, -2.0, 0.8);
    for of in [material([0.8; 3], 0.0, 1.0), material([0.8; 3], 1.0, 0.3)] {
        let picture = |a: f32| {
            let things = vec![(floor(5.0), of.clone()), card(a)];
            render(&scene(things, vec![], BLACK_SKY, vec![camera(eye, Vec3::ZERO, NARROW, [24, 24])]), SPP, 1, 0)
        };
        let (whole, _) = super::stage::mean(&super::stage::colors(&picture(1.0)));
        assert_mean(&picture(0.5), times(whole, 0.5), 0.006, &format!("roughness {}", of.roughness));
    }
}

#[test]
fn png_has_straight_colour_and_exr_premultiplied() {
    let film = film_of(0.4, AlphaMode::Blend, BLACK_SKY);
    let render = |tone| Render {
        size: [8, 8],
        spp: SPP,
        bounces: 2,
        exposure_ev: 1.0,
        tone,
        background: Background::Transparent,
        max_texture_px: 64,
        scattering: Scattering::Conserving,
        sides: Sides::Asset,
        clamp: f64::INFINITY,
    };
    let Samples::U8(png) = raster(&film, Layer::Rgb, &view(), &[], &render(Tone::Srgb)).samples else {
        panic!("8 bits")
    };
    // One stop up: 1, 0.5 and 2, which is past white. sRGB has 0.5 at code 188.
    for (pixel, [.., a]) in png.as_chunks::<4>().0.iter().zip(&film.radiance) {
        assert_eq!(*pixel, [255, 188, 255, (a * 255.0 + 0.5) as u8]);
    }
    let Samples::F16(exr) = raster(&film, Layer::Rgb, &view(), &[], &render(Tone::None)).samples else {
        panic!("halves")
    };
    for (pixel, [.., a]) in exr.as_chunks::<4>().0.iter().zip(&film.radiance) {
        let expected = [1.0, 0.5, 2.0, 1.0].map(|c| half::f16::from_f32(c * a));
        assert_eq!(*pixel, expected);
    }
    let Samples::U8(albedo) = raster(&film, Layer::Albedo, &view(), &[], &render(Tone::Srgb)).samples else {
        panic!("8 bits")
    };
    // Without coverage and without exposure: 0.5, 0.25, 1.
    assert!(albedo.as_chunks::<3>().0.iter().all(|p| *p == [188, 137, 255]));
}
