//! Surfaces with extensions as pictures show them: what their values, normals, holes and inner sides come to.

use super::stage::{
    BLACK_SKY, NARROW, assert_mean, camera, colors, constant_sky, floor, material, quad, render, unlit,
};
use genki::buffers::layout::SETTINGS_LITERAL_SCATTERING;
use genki::buffers::{self, Cache};
use genki::film::Film;
use genki::hash::sha256;
use genki::math::{Vec3, vec3};
use genki::render::cpu::bsdf::make_bsdf;
use genki::render::cpu::extended::Extended;
use genki::render::cpu::layered::{Boundary, make_layers};
use genki::scene::{
    AlphaMode, Clearcoat, Filter, Image, Light, Material, Mesh, Scene, Sky, SkyImage, SkyLight, SpecularGlossiness,
    TextureRef, Transmission, Volume, Wrap,
};
use std::sync::Arc;

const DOWN: Vec3 = vec3(0.0, 0.0, -1.0);

/// A scene under lights, with one image, a single texel.
fn scene(things: Vec<(Mesh, Material)>, lights: Vec<Light>, sky: Sky, eye: Vec3, texel: [u8; 4]) -> Scene {
    let views = vec![camera(eye, Vec3::ZERO, NARROW, [16, 16])];
    let mut scene = super::stage::scene(things, lights, sky, views);
    let image = Image { width: 1, height: 1, rgba8: texel.to_vec(), digest: sha256(&texel) };
    scene.images = vec![Arc::new(image)];
    scene
}

/// The scene's image.
fn texture() -> Option<TextureRef> {
    Some(TextureRef {
        image: 0,
        uv_set: 0,
        wrap_u: Wrap::Repeat,
        wrap_v: Wrap::Repeat,
        filter: Filter::Linear,
        image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    })
}

fn mean(film: &Film) -> [f64; 3] {
    super::stage::mean(&colors(film)).0
}

/// The older model: white reflection, nothing below it; its glossiness from the image's alpha.
fn glossy() -> Material {
    let block = SpecularGlossiness { specular: [1.0; 3], glossiness: 1.0, texture: texture() };
    Material { specular_glossiness: Some(block), ..material([0.0; 3], 0.0, 1.0) }
}

/// Seen and lit at 37° to either side of the normal.
fn under_a_sun(of: Material) -> Film {
    let sun = Light::Sun { direction: vec3(0.6, 0.0, -0.8), irradiance: Vec3::ONE, angle_rad: 0.0 };
    render(&scene(vec![(floor(1.0), of)], vec![sun], BLACK_SKY, vec3(1.2, 0.0, 1.6), [255, 255, 255, 128]), 4, 2, 0)
}

#[test]
fn glossiness_is_taken_from_roughness_once() {
    let share = 128.0 / 255.0;
    let edited = |factor: f32, offset: f32| Material { roughness: factor, roughness_offset: offset, ..glossy() };
    for (of, roughness) in [
        (glossy(), 1.0 - share),
        // A recipe's edits: of the roughness, as of any other material's.
        (edited(0.5, 0.0), 0.5 * (1.0 - share)),
        (edited(1.0, 0.25), 1.25 - share),
        (edited(0.0, 0.7), 0.7),
    ] {
        let film = under_a_sun(of);
        for &[seen, metallic] in &film.geometry.material {
            assert!((seen - roughness).abs() < 1e-6 && metallic == 0.0, "{seen}, not {roughness}");
        }
        // With a reflectance of 1 it is a white metal.
        let metal = mean(&under_a_sun(material([1.0; 3], 1.0, roughness)));
        assert_mean(&film, metal, 1e-3, &format!("roughness {roughness}"));
    }
}

#[test]
fn lamps_without_a_size_glint_on_the_sharpest_metal_whatever_block_it_has() {
    // α is 0.001: the highlight is 1/(4 π α² cos) of the irradiance times cos … 1e5 of it and more.
    let metal = |ior: f32| Material { ior, ..material([1.0; 3], 1.0, 0.0) };
    let plain = mean(&under_a_sun(metal(1.5)));
    assert!(plain[0] > 1e4, "{plain:?}");
    assert_mean(&under_a_sun(metal(1.6)), plain, 1e-2, "an index of refraction, which metals don't heed");
}

/// A constant sky of 1, and an image that is 1 everywhere.
fn white_skies() -> [Sky; 2] {
    let image = SkyImage { digest: Default::default(), width: 16, height: 8, texels: vec![[1.0; 3]; 128] };
    [constant_sky(Vec3::ONE), Sky { light: SkyLight::Image(Arc::new(image)), ..constant_sky(Vec3::ZERO) }]
}

#[test]
fn a_coat_reflects_the_sky_below_the_horizon_of_the_bumps_under_it() {
    // The bumps lean towards the viewer by 60°, so that what the smooth coat mirrors lies below their horizon.
    let texel = [238u8, 128, 191, 255];
    let decoded = |i: usize| f32::from(texel[i]) / 255.0 * 2.0 - 1.0;
    let normal = vec3(decoded(0), decoded(1), decoded(2)).normalize();
    let wo = vec3(0.8, 0.0, 0.6);
    assert!(normal.dot(vec3(-0.8, 0.0, 0.6)) < -0.3);
    let coat = Clearcoat {
        factor: 1.0,
        texture: None,
        roughness: 0.1,
        roughness_texture: None,
        normal_texture: None,
        normal_scale: 1.0,
    };
    let of = Material { clearcoat: Some(coat), normal_texture: texture(), ..material([0.0; 3], 1.0, 1.0) };
    let up = vec3(0.0, 0.0, 1.0);
    let e = Extended {
        specular_color: Vec3::ONE,
        specular: 1.0,
        roughness: 1.0,
        clearcoat: 1.0,
        clearcoat_roughness: 0.1,
        clearcoat_normal: up,
        sheen_color: Vec3::ZERO,
        sheen_roughness: 0.0,
        transmission: 0.0,
        diffuse_transmission: 0.0,
        diffuse_transmission_color: Vec3::ONE,
        anisotropy: 0.0,
        anisotropy_direction: Vec3::ZERO,
        iridescence: 0.0,
        iridescence_nm: 0.0,
    };
    let thin =
        Boundary { before: 1.0, behind: 1.5, is_thin: true, is_coated: true, is_glossiness: false, film_ior: 1.3 };
    let plain = make_bsdf(normal, up, wo, Vec3::ZERO, 1.0, 1.0, false, false);
    let bsdf = make_layers(&plain, Vec3::ZERO, 1.0, &e, &thin);
    // By draws of the surface alone.
    let expected = super::layers::albedo(&bsdf, 256);
    assert!(expected > 0.05, "{expected}");
    for sky in white_skies() {
        let film = render(&scene(vec![(floor(1.0), of.clone())], vec![], sky, wo * 2.0, texel), 1024, 2, 0);
        assert_mean(&film, [expected; 3], 0.005, "a coat on bumps");
    }
}

#[test]
fn a_mesh_whose_normals_are_the_wrong_way_round_is_lit_like_any_other() {
    let mut inverted = floor(1.0);
    for normal in &mut inverted.normals {
        *normal = [0.0, 0.0, -1.0];
    }
    for (metallic, roughness) in [(0.0, 1.0), (1.0, 0.3)] {
        let of = material([1.0; 3], metallic, roughness);
        let film = render(
            &scene(vec![(inverted.clone(), of)], vec![], constant_sky(Vec3::ONE), vec3(1.0, 0.0, 1.5), [0; 4]),
            128,
            2,
            0,
        );
        assert_mean(&film, [1.0; 3], 0.005, &format!("metallic {metallic}"));
    }
}

/// Of index 1, so that nothing is bent or reflected, and leaves half of the light after a metre; there by vertices' alpha.
fn smoke() -> Material {
    Material {
        ior: 1.0,
        transmission: Some(Transmission { factor: 1.0, texture: None }),
        volume: Some(Volume { thickness: 1.0, attenuation_distance: 1.0, attenuation_color: [0.5; 3] }),
        alpha: AlphaMode::Mask { cutoff: 0.5 },
        ..material([1.0; 3], 0.0, 0.0)
    }
}

/// A square at a height, with its front up or down, and a vertex colour of that alpha.
fn sheet(z: f32, up: f32, alpha: f32) -> Mesh {
    let mut mesh = quad(vec3(0.0, 0.0, z), vec3(5.0, 0.0, 0.0), vec3(0.0, 5.0 * up, 0.0));
    mesh.colors = vec![[1.0, 1.0, 1.0, alpha]; 4];
    mesh
}

/// Both as one mesh: one material.
fn both(mut a: Mesh, b: Mesh) -> Mesh {
    let first = a.positions.len() as u32;
    a.positions.extend(b.positions);
    a.normals.extend(b.normals);
    a.tangents.extend(b.tangents);
    a.uv0.extend(b.uv0);
    a.colors.extend(b.colors);
    a.triangles.extend(b.triangles.iter().map(|t| t.map(|k| k + first)));
    a.triangle_material.extend(b.triangle_material);
    a.triangle_part.extend(b.triangle_part);
    a
}

#[test]
fn holes_let_no_volume_out() {
    // A metre of smoke, two metres of air, a wall of radiance 1. Without its top the smoke is known from its bottom.
    for (top, bottom, expected) in [(1.0, 1.0, 0.5), (1.0, 0.0, 0.5), (0.0, 1.0, 0.5), (0.0, 0.0, 1.0)] {
        let slab = both(sheet(0.0, 1.0, top), sheet(-1.0, -1.0, bottom));
        let things = vec![(slab, smoke()), (sheet(-3.0, 1.0, 1.0), unlit([1.0; 3]))];
        let film = render(&scene(things, vec![], BLACK_SKY, vec3(0.0, 0.0, 2.0), [0; 4]), 16, 8, 0);
        assert_mean(&film, [expected; 3], 2e-3, &format!("top {top}, bottom {bottom}"));
    }
}

#[test]
fn a_volume_without_any_depth_of_light_is_dark_and_a_number() {
    let volume = Volume { thickness: 1.0, attenuation_distance: 1.2e-38, attenuation_color: [0.0, 0.5, 1.0] };
    let things = vec![(floor(1.0), Material { volume: Some(volume), ..smoke() })];
    let buffers =
        buffers::build(&scene(things, vec![], BLACK_SKY, vec3(0.0, 0.0, 1.0), [0; 4]), 64, &Cache::new(1 << 20));
    let [black, half, clear] = buffers.extras[0].absorption;
    assert!(clear == 0.0 && black > 1e9 && half > 1e9, "{black} {half}");
    assert!((black * 0.0, half * 1e20) == (0.0, half * 1e20) && (half * 1e20).is_finite());
}

#[test]
fn the_coat_of_a_solid_is_outside() {
    let coat = Clearcoat {
        factor: 1.0,
        texture: None,
        roughness: 0.0,
        roughness_texture: None,
        normal_texture: None,
        normal_scale: 1.0,
    };
    for literal in [0, SETTINGS_LITERAL_SCATTERING] {
        for (volume, expected) in [(smoke().volume, 1.0), (None, 0.96)] {
            let glow = Material {
                emissive: [1.0; 3],
                double_sided: true,
                clearcoat: Some(coat.clone()),
                volume: volume.map(|v| Volume { attenuation_color: [1.0; 3], ..v }),
                ..material([0.0; 3], 0.0, 1.0)
            };
            // From below: its back.
            let seen = scene(vec![(floor(1.0), glow)], vec![], BLACK_SKY, DOWN * 2.0, [0; 4]);
            assert_mean(&render(&seen, 4, 0, literal), [expected; 3], 2e-3, "the back of what glows");
        }
    }
}

#[test]
fn the_last_surface_that_a_path_may_meet_counts_whole_or_not_at_all() {
    // Small sheets between the viewer and the floor, which see nothing of its sky.
    let pass = Material { alpha: AlphaMode::Mask { cutoff: 0.5 }, ..unlit([1.0; 3]) };
    for (n, expected) in [(62, 1.0), (63, 0.0)] {
        let mut things = vec![(floor(5.0), material([1.0; 3], 0.0, 1.0))];
        for i in 0..n {
            let mut hole = quad(vec3(0.0, 0.0, 1.0 + 0.01 * i as f32), vec3(1e-3, 0.0, 0.0), vec3(0.0, 1e-3, 0.0));
            hole.colors = vec![[1.0, 1.0, 1.0, 0.0]; 4];
            things.push((hole, pass.clone()));
        }
        let film = render(&scene(things, vec![], constant_sky(Vec3::ONE), vec3(0.0, 0.0, 2.0), [0; 4]), 128, 4, 0);
        if expected > 0.0 {
            assert_mean(&film, [expected; 3], 0.005, "the 63rd surface");
        } else {
            assert!(colors(&film).iter().all(|&p| p == [0.0; 3]), "the 64th surface: {:?}", mean(&film));
        }
    }
}
