//! Scenes made by hand, with everything that a shader reads: textures of all kinds, alpha, lights of all kinds, a sky.

use genki::buffers::layout::Settings;
use genki::buffers::{self, Cache, SceneBuffers};
use genki::hash::{Digest, sha256};
use genki::math::{Affine, Vec3, det, vec3};
use genki::scene::{
    AlphaMode, Anisotropy, AreaLight, AreaShape, Camera, Clearcoat, DiffuseTransmission, Filter, Image, Instance,
    Iridescence, Lens, Light, Material, Mesh, Scene, Sheen, Sky, SkyImage, SkyLight, Specular, SpecularGlossiness,
    TextureRef, Transmission, Volume, Wrap,
};
use std::sync::Arc;

pub const SETTINGS: Settings = Settings { spp: 16, bounces: 4, flags: 0, clamp: f32::MAX };

/// What a word that only looks random is made of. Source: Steele, Vigna: LXM's mixer (lowbias32 of C. Wellons).
pub fn hash(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x21f0_aaad);
    x = (x ^ (x >> 15)).wrapping_mul(0x735a_2d97);
    x ^ (x >> 15)
}

/// In [0, 1).
pub fn uniform(seed: u32) -> f32 {
    (hash(seed) >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// In [lo, hi).
pub fn between(lo: f32, hi: f32, seed: u32) -> f32 {
    lo + (hi - lo) * uniform(seed)
}

/// A unit vector.
pub fn direction(seed: u32) -> Vec3 {
    let z = between(-1.0, 1.0, seed);
    let (s, c) = det::sin_cos(between(0.0, std::f32::consts::TAU, seed ^ 0x5bd1_e995));
    let r = (1.0 - z * z).sqrt();
    vec3(r * c, r * s, z)
}

pub fn built(scene: &Scene) -> Arc<SceneBuffers> {
    Arc::new(buffers::build(scene, 4096, &Cache::new(1 << 28)))
}

/// Things on a floor under a sky and four lights: a textured ball, a ball of frosted metal, a cut-out card, a tinted
/// card, a lamp.
pub fn workshop() -> Scene {
    let ball = Arc::new(ball(24, 12));
    let card = Arc::new(card());
    let place =
        |x: f32, y: f32, z: f32, s: f32| Affine::translation(vec3(x, y, z)).after(&Affine::scale(vec3(s, s, s * 1.25)));
    let instance = |mesh: &Arc<Mesh>, name: &str, world_from_object, material_base, object_id: u16| Instance {
        mesh: mesh.clone(),
        mesh_digest: sha256(name.as_bytes()),
        world_from_object,
        material_base,
        object_id,
        class_id: object_id * 3,
    };
    let upright = Affine::from_columns(vec3(1.0, 0.0, 0.0), vec3(0.0, 0.3, 1.0), vec3(0.0, -1.0, 0.3), Vec3::ZERO);
    let raised = |x, y, z| Affine::translation(vec3(x, y, z)).after(&upright);
    Scene {
        instances: vec![
            instance(&card, "card", Affine::scale(vec3(6.0, 6.0, 1.0)), 0, 0),
            instance(&ball, "ball", place(-0.8, 0.0, 0.7, 0.5), 1, 1),
            instance(&ball, "ball", place(0.6, 0.4, 0.6, 0.4), 2, 2),
            instance(&card, "card", raised(0.2, -0.9, 0.6), 3, 3),
            instance(&card, "card", raised(-0.9, -1.2, 0.5), 4, 4),
            instance(
                &card,
                "card",
                Affine::translation(vec3(0.0, 0.0, 2.5)).after(&Affine::scale(vec3(0.4, -0.4, 1.0))),
                5,
                5,
            ),
        ],
        materials: materials(),
        images: images(),
        lights: vec![
            Light::Sun {
                direction: vec3(0.3, 0.4, -0.866).normalize(),
                irradiance: vec3(1.0, 0.9, 0.8),
                angle_rad: 0.0,
            },
            Light::Sun {
                direction: vec3(-0.5, 0.1, -0.86).normalize(),
                irradiance: vec3(0.3, 0.4, 0.5),
                angle_rad: 0.1,
            },
            Light::Point { position: vec3(-1.5, -1.5, 1.5), intensity: vec3(2.0, 1.0, 0.5) },
            Light::Spot {
                position: vec3(1.5, -1.5, 2.0),
                direction: vec3(-0.5, 0.5, -0.7).normalize(),
                intensity: vec3(1.0, 3.0, 2.0),
                inner_rad: 0.2,
                outer_rad: 0.5,
            },
        ],
        sky: Sky { light: SkyLight::Image(Arc::new(sky_image())), rotation_rad: 0.7, scale: 0.8, visible: true },
        cameras: (0..3).map(camera).collect(),
    }
}

/// The workshop by night: a sun, area lights of all shapes that cameras see or don't, a bulb; the lamp glows.
pub fn gallery() -> Scene {
    let mut scene = workshop();
    let area = |shape, position: Vec3, visible, two_sided| {
        let direction = (vec3(0.1, -0.1, 0.5) - position).normalize();
        Light::Area(AreaLight {
            shape,
            position,
            direction,
            across: direction.cross(vec3(0.1, 0.2, 1.0)).normalize(),
            radiance: vec3(4.0, 3.0, 2.0) * between(0.5, 2.0, position.x.to_bits()),
            visible,
            two_sided,
        })
    };
    scene.lights.retain(|light| !matches!(light, Light::Spot { .. }));
    scene.lights.extend([
        area(AreaShape::Rectangle { width: 1.2, height: 0.5 }, vec3(1.2, 1.0, 1.6), true, true),
        area(AreaShape::Disk { diameter: 0.7 }, vec3(-1.4, 0.9, 1.4), true, false),
        area(AreaShape::Sphere { diameter: 0.3 }, vec3(0.0, -1.4, 1.1), true, false),
        // The camera and the things are within.
        area(AreaShape::Sphere { diameter: 30.0 }, vec3(0.5, 0.0, 0.0), false, true),
        area(AreaShape::Rectangle { width: 0.1, height: 0.2 }, vec3(-0.3, 0.4, 2.2), false, false),
    ]);
    scene.sky = Sky { light: SkyLight::Constant(vec3(0.02, 0.03, 0.05)), visible: false, ..scene.sky };
    scene
}

/// The workshop's things in materials with extensions: a solid ball of tinted glass that disperses, a brushed ball under a
/// film, a leaf, a window, a floor of lacquered velvet; a lamp in the glass.
pub fn glassworks() -> Scene {
    let mut scene = workshop();
    let map = |image| {
        Some(TextureRef {
            image,
            uv_set: 0,
            wrap_u: Wrap::Repeat,
            wrap_v: Wrap::Repeat,
            filter: Filter::Linear,
            image_from_uv: [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]],
        })
    };
    let m = &mut scene.materials;
    m[1] = Material {
        metallic: 0.0,
        roughness: 0.2,
        ior: 1.6,
        dispersion: 2.0,
        transmission: Some(Transmission { factor: 0.95, texture: None }),
        volume: Some(Volume { thickness: 1.0, attenuation_distance: 0.5, attenuation_color: [0.9, 0.5, 0.3] }),
        ..Material::default()
    };
    m[2].anisotropy = Some(Anisotropy { strength: 0.7, rotation_rad: 0.4, texture: map(2) });
    m[2].iridescence = Some(Iridescence {
        factor: 1.0,
        texture: map(0),
        ior: 1.4,
        thickness_min_nm: 200.0,
        thickness_max_nm: 600.0,
        thickness_texture: map(1),
    });
    m[3].diffuse_transmission =
        Some(DiffuseTransmission { factor: 0.6, texture: map(0), color: [0.5, 0.9, 0.3], color_texture: map(0) });
    m[3].specular = Some(Specular { factor: 0.8, texture: map(0), color: [1.0, 0.8, 0.5], color_texture: map(0) });
    m[4] = Material {
        metallic: 0.0,
        roughness: 0.1,
        double_sided: true,
        transmission: Some(Transmission { factor: 1.0, texture: map(1) }),
        ..Material::default()
    };
    m[0].clearcoat = Some(Clearcoat {
        factor: 0.8,
        texture: map(0),
        roughness: 0.3,
        roughness_texture: map(1),
        normal_texture: map(2),
        normal_scale: 0.5,
    });
    m[0].sheen =
        Some(Sheen { color: [0.6, 0.2, 0.7], color_texture: map(0), roughness: 0.6, roughness_texture: map(0) });
    // In the ball of glass.
    scene.lights.push(Light::Area(AreaLight {
        shape: AreaShape::Sphere { diameter: 0.3 },
        position: vec3(-0.75, 0.1, 0.75),
        direction: vec3(0.0, 0.0, 1.0),
        across: vec3(1.0, 0.0, 0.0),
        radiance: vec3(2.0, 3.0, 4.0),
        visible: true,
        two_sided: false,
    }));
    m[5].specular_glossiness = Some(SpecularGlossiness { specular: [0.4, 0.3, 0.2], glossiness: 0.7, texture: map(0) });
    scene
}

/// The same without anything that takes time: one ball under a grey sky that cameras do not see.
pub fn ball_under_a_grey_sky() -> Scene {
    let mut scene = workshop();
    scene.instances.retain(|instance| instance.object_id == 1);
    scene.lights.clear();
    scene.sky = Sky { light: SkyLight::Constant(vec3(0.5, 0.5, 0.5)), rotation_rad: 0.0, scale: 1.0, visible: false };
    scene
}

fn camera(i: u32) -> Camera {
    let angle = 0.9 * i as f32 + 0.4;
    let (s, c) = det::sin_cos(angle);
    let eye = vec3(4.0 * s, -4.0 * c, 1.6 + 0.4 * i as f32);
    let forward = (vec3(0.0, 0.0, 0.6) - eye).normalize();
    let right = forward.cross(vec3(0.0, 0.0, 1.0)).normalize();
    let down = forward.cross(right);
    Camera {
        world_from_camera: Affine::from_columns(right, down, forward, eye),
        fx: 70.0,
        fy: 70.0,
        cx: 32.0,
        cy: 24.0,
        width: 64,
        height: 48,
        seed: [hash(i), hash(i + 100)],
        lens: Lens::PINHOLE,
        sensor: None,
    }
}

fn materials() -> Vec<Material> {
    let texture = |image, uv_set, wrap, filter| {
        Some(TextureRef {
            image,
            uv_set,
            wrap_u: wrap,
            wrap_v: Wrap::Repeat,
            filter,
            image_from_uv: [[3.0, 0.5, 0.25], [-0.5, 2.0, -0.125]],
        })
    };
    let plain = Material { metallic: 0.0, ..Material::default() };
    vec![
        Material {
            base_color_texture: texture(0, 0, Wrap::MirroredRepeat, Filter::Nearest),
            roughness: 0.8,
            ..plain.clone()
        },
        Material {
            base_color_texture: texture(0, 0, Wrap::Repeat, Filter::Linear),
            metallic_roughness_texture: texture(1, 1, Wrap::ClampToEdge, Filter::Linear),
            normal_texture: texture(2, 0, Wrap::Repeat, Filter::Linear),
            normal_scale: 0.7,
            metallic: 0.9,
            ..plain.clone()
        },
        Material { base_color: [0.9, 0.7, 0.3, 1.0], metallic: 1.0, roughness: 0.25, ..plain.clone() },
        Material {
            base_color_texture: texture(0, 0, Wrap::Repeat, Filter::Linear),
            alpha: AlphaMode::Mask { cutoff: 0.5 },
            double_sided: true,
            ..plain.clone()
        },
        Material {
            base_color: [0.2, 0.5, 0.9, 0.4],
            alpha: AlphaMode::Blend,
            double_sided: true,
            roughness: 0.5,
            ..plain.clone()
        },
        Material { emissive: [4.0, 3.0, 2.0], ..plain },
    ]
}

/// Colours with alpha; roughness and metallic; normals.
fn images() -> Vec<Arc<Image>> {
    let image = |name: &str, width: u32, height: u32, texel: &dyn Fn(u32, u32) -> [u8; 4]| {
        let rgba8: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| texel(x, y))).collect();
        Arc::new(Image { width, height, digest: sha256(name.as_bytes()), rgba8 })
    };
    let noise = |x: u32, y: u32, k: u32| (hash(x * 977 + y * 131 + k) >> 24) as u8;
    vec![
        image("colour", 13, 9, &|x, y| [noise(x, y, 1), noise(x, y, 2), noise(x, y, 3), noise(x, y, 4)]),
        image("rough", 8, 8, &|x, y| [0, 60 + noise(x, y, 5) / 2, noise(x, y, 6), 255]),
        image("bumps", 16, 5, &|x, y| [96 + noise(x, y, 7) / 4, 96 + noise(x, y, 8) / 4, 230, 255]),
    ]
}

/// 16 × 8 with a bright patch.
fn sky_image() -> SkyImage {
    let (width, height) = (16, 8);
    let texel = |i: u32| {
        let bright = if i == 21 { 30.0 } else { 0.3 };
        [bright * uniform(3 * i), bright * uniform(3 * i + 1), bright * uniform(3 * i + 2)]
    };
    SkyImage { digest: Digest([7; 32]), width, height, texels: (0..width * height).map(texel).collect() }
}

/// A unit sphere with uv, a second uv set and colours.
fn ball(around: u32, up: u32) -> Mesh {
    let mut mesh = Mesh::default();
    for j in 0..=up {
        for i in 0..=around {
            let (u, v) = (i as f32 / around as f32, j as f32 / up as f32);
            let (sin_phi, cos_phi) = det::sin_cos(u * 6.283_185_5);
            let (sin_theta, cos_theta) = det::sin_cos(v * std::f32::consts::PI);
            let n = [sin_theta * cos_phi, sin_theta * sin_phi, cos_theta];
            mesh.positions.push(n);
            mesh.normals.push(n);
            mesh.tangents.push([-sin_phi, cos_phi, 0.0, -1.0]);
            mesh.uv0.push([u, v]);
            mesh.uv1.push([v, u]);
            mesh.colors.push([1.0, 1.0 - 0.5 * u, 1.0 - 0.5 * v, 1.0]);
        }
    }
    for j in 0..up {
        for i in 0..around {
            let a = j * (around + 1) + i;
            let b = a + around + 1;
            mesh.triangles.extend([[a, b, a + 1], [a + 1, b, b + 1]]);
        }
    }
    finished(mesh)
}

/// A unit square in z = 0, facing up, of two triangles.
fn card() -> Mesh {
    let corners = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]];
    finished(Mesh {
        positions: corners.map(|[x, y]| [x, y, 0.0]).to_vec(),
        normals: vec![[0.0, 0.0, 1.0]; 4],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; 4],
        uv0: corners.map(|[x, y]| [x + 0.5, 0.5 - y]).to_vec(),
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        ..Mesh::default()
    })
}

fn finished(mut mesh: Mesh) -> Mesh {
    mesh.triangle_material = vec![0; mesh.triangles.len()];
    mesh.triangle_part = (0..mesh.triangles.len() as u32).map(|i| i % 3).collect();
    mesh
}
