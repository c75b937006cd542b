//! Area lights: irradiance by closed forms, pictures by quadratures, and that draws and rays find the same light.

use super::reference::{Gltf, Vector, at, dot, minus, over_cone, over_quad, plus, product, times, unit, vector};
use super::stage::{
    BLACK_SKY, NARROW, ROUNDING, assert_mean, ball, camera, floor, material, quad, render, room, scene,
};
use genki::buffers::layout::{self, SETTINGS_LITERAL_SCATTERING};
use genki::buffers::{self, Cache};
use genki::math::{Vec3, det, vec3};
use genki::render::cpu::area::{area_pdf, meet_area, sample_area};
use genki::scene::{AreaLight, AreaShape, Light, Scene};
use std::f64::consts::{FRAC_PI_2, PI};

const GLOW: [f32; 3] = [6.0, 5.0, 4.0];
const COLOR: [f32; 3] = [0.8, 0.5, 0.2];
const SURFACES: [(f32, f32); 4] = [(0.0, 1.0), (0.0, 0.3), (1.0, 1.0), (1.0, 0.25)];
const SQUARE: AreaShape = AreaShape::Rectangle { width: 1.4, height: 0.9 };
const DISK: AreaShape = AreaShape::Disk { diameter: 1.2 };
const SPHERE: AreaShape = AreaShape::Sphere { diameter: 1.0 };

/// One that looks from `position` along `direction`.
fn area(shape: AreaShape, position: Vec3, direction: Vec3) -> AreaLight {
    let direction = direction.normalize();
    let aside = if direction.x.abs() < 0.8 { vec3(1.0, 0.0, 0.0) } else { vec3(0.0, 1.0, 0.0) };
    AreaLight {
        shape,
        position,
        direction,
        across: direction.cross(aside).normalize(),
        radiance: Vec3::from(GLOW),
        visible: false,
        two_sided: false,
    }
}

/// As renderers read it: the only light, so that it is always picked.
fn built(light: AreaLight) -> layout::Light {
    let scene = scene(vec![], vec![Light::Area(light)], BLACK_SKY, vec![]);
    let buffers = buffers::build(&scene, 64, &Cache::new(1 << 20));
    assert_eq!((buffers.lights.len(), buffers.lights[0].pick_probability), (1, 1.0));
    buffers.lights[0]
}

/// Irradiance over radiance on a surface at `point` with the normal `normal`: n × n draws, evenly spread.
fn drawn_irradiance(light: &layout::Light, point: Vec3, normal: Vec3, n: u32) -> f64 {
    let draw = |i: u32| ((f64::from(i) + 0.5) / f64::from(n) * 4_294_967_296.0) as u32;
    let mut sum = 0.0;
    let mut n_missed = 0;
    for i in 0..n {
        for j in 0..n {
            let sample = sample_area(light, 1.0, point, [draw(i), draw(j)]);
            if sample.pdf <= 0.0 {
                continue;
            }
            assert!((sample.direction.length() - 1.0).abs() < 1e-5 && !sample.is_delta);
            // A ray that way finds the light where the draw has it, but for the very edge.
            let t = meet_area(light, point, sample.direction);
            if t > 0.0 {
                assert!((sample.distance - t).abs() < 1e-3 * t + 1e-4, "{} is not {t}", sample.distance);
            } else {
                n_missed += 1;
            }
            sum += f64::from(det::max(sample.direction.dot(normal), 0.0)) / f64::from(sample.pdf);
        }
    }
    assert!(n_missed <= n * n / 200, "{n_missed} of {} draws miss", n * n);
    sum / f64::from(n * n)
}

/// The same by rays that all but cover a cone round the light, the integral of the density: 1, and
/// the first one's error.
fn found_irradiance(light: &layout::Light, point: Vec3, normal: Vec3) -> (f64, f64, f64) {
    let n = 600;
    let to_center = vector(Vec3::from(light.position) - point);
    let d2 = dot(to_center, to_center);
    let reach2 = f64::from(light.half_width * light.half_width + light.half_height * light.half_height);
    let cos_cone = if reach2 < d2 { (1.0 - reach2 / d2).sqrt() } else { -1.0 };
    let [axis, across, up] = frame(unit(to_center));
    let mut sums = [0.0; 2];
    let cell = (1.0 - cos_cone) * 2.0 * PI / f64::from(2 * n * n);
    for i in 0..n {
        for j in 0..2 * n {
            let z = cos_cone + (1.0 - cos_cone) * (f64::from(i) + 0.5) / f64::from(n);
            let w = at(z, (f64::from(j) + 0.5) / f64::from(n) * PI);
            let [x, y, z] = plus(plus(times(across, w[0]), times(up, w[1])), times(axis, w[2])).map(|v| v as f32);
            let d = vec3(x, y, z).normalize();
            let t = meet_area(light, point, d);
            if t > 0.0 {
                sums[0] += f64::from(det::max(d.dot(normal), 0.0)) * cell;
                sums[1] += f64::from(area_pdf(light, 1.0, point, d, t)) * cell;
            }
        }
    }
    // Where the edge runs through cells of the grid, half of each is wrong by chance: a twentieth of a row is plenty.
    (sums[0], sums[1], 0.05 * (1.0 - cos_cone) * 2.0 * PI / f64::from(n))
}

/// A unit vector and two at right angles.
fn frame(axis: Vector) -> [Vector; 3] {
    let cross =
        |a: Vector, b: Vector| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let across = unit(if axis[0].abs() < 0.8 { cross(axis, [1.0, 0.0, 0.0]) } else { cross(axis, [0.0, 1.0, 0.0]) });
    [axis, across, cross(axis, across)]
}

fn assert_irradiance(what: &str, light: AreaLight, point: Vec3, normal: Vec3, expected: f64) {
    let light = built(light);
    let drawn = drawn_irradiance(&light, point, normal, 256);
    assert!((drawn - expected).abs() < 2e-3 * expected, "{what}: drawn {drawn}, expected {expected}");
    let (found, whole, error) = found_irradiance(&light, point, normal);
    assert!((found - expected).abs() < 1e-2 * expected + error, "{what}: found {found}, expected {expected}");
    assert!((whole - 1.0).abs() < 2e-2, "{what}: the density is {whole} in all");
}

/// π × the form factor of a rectangle a × b at height c, seen from below one of its corners (Howell, B-4).
fn corner(a: f64, b: f64, c: f64) -> f64 {
    let (x, y) = (a / c, b / c);
    let part = |x: f64, y: f64| {
        let s = (1.0 + x * x).sqrt();
        x / s * libm::atan(y / s)
    };
    0.5 * (part(x, y) + part(y, x))
}

#[test]
fn a_rectangle_irradiates_by_its_form_factor() {
    let up = vec3(0.0, 0.0, 1.0);
    for (w, h, z) in [(1.0f64, 1.0f64, 1.0f64), (4.0, 0.5, 0.3), (0.2, 0.3, 2.0), (3.0, 3.0, 0.05)] {
        let shape = AreaShape::Rectangle { width: w as f32, height: h as f32 };
        let light = AreaLight { across: vec3(1.0, 0.0, 0.0), ..area(shape, vec3(0.0, 0.0, z as f32), -up) };
        assert_irradiance("below the middle", light, Vec3::ZERO, up, 4.0 * corner(w / 2.0, h / 2.0, z));
        let aside = vec3((0.7 * w) as f32, 0.0, 0.0);
        let expected = 2.0 * (corner(1.2 * w, h / 2.0, z) - corner(0.2 * w, h / 2.0, z));
        assert_irradiance("aside", light, aside, up, expected);
    }
}

#[test]
fn a_disk_irradiates_by_its_form_factor() {
    let up = vec3(0.0, 0.0, 1.0);
    for (diameter, z) in [(1.0f64, 1.0f64), (0.2, 3.0), (4.0, 1.5)] {
        let light = area(AreaShape::Disk { diameter: diameter as f32 }, vec3(0.3, -0.2, z as f32), -up);
        let r2 = diameter * diameter / 4.0;
        assert_irradiance("on the axis", light, vec3(0.3, -0.2, 0.0), up, PI * r2 / (r2 + z * z));
    }
}

#[test]
fn a_sphere_irradiates_by_the_square_of_its_radius_over_the_distance() {
    for (diameter, to) in [(1.0f64, vec3(0.0, 0.0, 2.0)), (0.1, vec3(1.0, 2.0, 3.0)), (2.0, vec3(0.3, 0.2, 1.1))] {
        let light = area(AreaShape::Sphere { diameter: diameter as f32 }, to, vec3(0.0, 0.0, 1.0));
        let d2 = dot(vector(to), vector(to));
        let share = diameter * diameter / 4.0 / d2;
        // The last one's foot lies below the horizon of a level surface: one that faces it sees all of it.
        assert_irradiance("faced", light, Vec3::ZERO, to.normalize(), PI * share);
        let normal = unit([0.2, 0.1, 1.0]);
        let cosine = dot(unit(vector(to)), normal);
        if share < cosine * cosine {
            let [x, y, z] = normal.map(|v| v as f32);
            assert_irradiance("aslant", light, Vec3::ZERO, vec3(x, y, z), PI * share * cosine);
        }
    }
}

#[test]
fn a_light_shines_from_its_front_and_from_its_back_only_if_both_are_asked_for() {
    let up = vec3(0.0, 0.0, 1.0);
    for shape in [SQUARE, DISK] {
        let away = area(shape, vec3(0.2, 0.0, 1.0), up);
        assert_eq!(drawn_irradiance(&built(away), Vec3::ZERO, up, 16), 0.0);
        assert_eq!(found_irradiance(&built(away), Vec3::ZERO, up).1, 0.0);
        let front = drawn_irradiance(&built(area(shape, vec3(0.2, 0.0, 1.0), -up)), Vec3::ZERO, up, 64);
        let both = built(AreaLight { two_sided: true, ..away });
        let back = drawn_irradiance(&both, Vec3::ZERO, up, 64);
        assert!((back - front).abs() < 2e-3 * front && front > 0.1, "{front} {back}");
        assert!((found_irradiance(&both, Vec3::ZERO, up).1 - 1.0).abs() < 1e-2);
    }
    let inside = area(SPHERE, vec3(0.1, 0.2, 0.1), up);
    assert_eq!(drawn_irradiance(&built(inside), Vec3::ZERO, up, 16), 0.0);
    assert_eq!(found_irradiance(&built(inside), Vec3::ZERO, up).1, 0.0);
    assert_irradiance("within a sphere", AreaLight { two_sided: true, ..inside }, Vec3::ZERO, up, PI);
}

/// A floor seen at the origin by an eye, and one light.
fn lit(of: (f32, f32), eye: Vec3, light: AreaLight) -> Scene {
    let things = vec![(floor(10.0), material(COLOR, of.0, of.1))];
    scene(things, vec![Light::Area(light)], BLACK_SKY, vec![camera(eye, Vec3::ZERO, NARROW, [16, 16])])
}

fn assert_lit(light: AreaLight, what: &str, expected: impl Fn(&Gltf, Vector) -> Vector) {
    for of in SURFACES {
        // The first eye sees the light mirrored in smooth floors: there rays find it, elsewhere draws do.
        for eye in [vec3(-0.9, -0.4, 1.6), vec3(2.5, 1.0, 1.0)] {
            let surface = Gltf { color: COLOR.map(f64::from), metallic: f64::from(of.0), roughness: f64::from(of.1) };
            let expected = expected(&surface, unit(vector(eye)));
            let film = render(&lit(of, eye, light), 64, 1, SETTINGS_LITERAL_SCATTERING);
            assert_mean(&film, expected, 0.003, &format!("{what} {of:?} {eye:?}"));
        }
    }
}

#[test]
fn a_rectangle_and_a_disk_are_reflected_as_quadratures_have_it() {
    let position = vec3(0.8, 0.5, 1.5);
    let rectangle = area(SQUARE, position, vec3(-0.5, -0.2, -1.0));
    let up = rectangle.direction.cross(rectangle.across);
    let arriving = |surface: &Gltf, wo: Vector, p: Vector| {
        let wi = unit(p);
        let cosine = -dot(wi, vector(rectangle.direction));
        times(product(surface.scattered(wo, wi), GLOW.map(f64::from)), cosine.max(0.0) / dot(p, p))
    };
    let (u, v) = (vector(rectangle.across * 0.7), vector(up * 0.45));
    assert_lit(rectangle, "rectangle", |surface, wo| {
        over_quad(vector(position), u, v, 192, |p| arriving(surface, wo, p))
    });
    let disk = AreaLight { shape: DISK, ..rectangle };
    let n = 192;
    assert_lit(disk, "disk", |surface, wo| {
        let mut sum = [0.0; 3];
        for i in 0..n {
            let radius = 0.6 * ((f64::from(i) + 0.5) / f64::from(n)).sqrt();
            for j in 0..n {
                let [x, y, _] = at(0.0, (f64::from(j) + 0.5) / f64::from(n) * 4.0 * FRAC_PI_2);
                let aside = plus(times(vector(disk.across), radius * x), times(vector(up), radius * y));
                sum = plus(sum, arriving(surface, wo, plus(vector(position), aside)));
            }
        }
        times(sum, PI * 0.36 / f64::from(n * n))
    });
}

#[test]
fn a_sphere_is_reflected_as_its_cone_has_it() {
    let position = vec3(0.8, 0.5, 1.5);
    let [axis, across, up] = frame(unit(vector(position)));
    let cos_cone = (1.0 - 0.25 / dot(vector(position), vector(position))).sqrt();
    assert_lit(area(SPHERE, position, vec3(0.0, 0.0, 1.0)), "sphere", |surface, wo| {
        over_cone(cos_cone, 192, |w| {
            let wi = plus(plus(times(across, w[0]), times(up, w[1])), times(axis, w[2]));
            product(surface.scattered(wo, wi), GLOW.map(f64::from))
        })
    });
}

#[test]
fn within_a_glowing_sphere_a_floor_reflects_as_under_an_even_sky() {
    let light =
        AreaLight { two_sided: true, ..area(AreaShape::Sphere { diameter: 9.0 }, vec3(0.5, 0.0, 0.5), Vec3::ONE) };
    assert_lit(light, "enclosure", |surface, wo| surface.under(wo, 192, |_| GLOW.map(f64::from)));
}

#[test]
fn a_light_that_lies_in_a_wall_shines_before_it() {
    let eye = vec3(2.5, 1.0, 1.0);
    let light = area(SQUARE, vec3(0.2, 0.0, 2.0), vec3(0.0, 0.0, -1.0));
    let free = render(&lit((0.0, 1.0), eye, light), 64, 1, 0);
    let mut walled = lit((0.0, 1.0), eye, light);
    let ceiling = quad(vec3(0.0, 0.0, 2.0), vec3(0.0, 5.0, 0.0), vec3(5.0, 0.0, 0.0));
    let other = scene(vec![(ceiling, material([0.0; 3], 1.0, 1.0))], vec![], BLACK_SKY, vec![]);
    walled.instances.extend(other.instances.into_iter().map(|i| genki::scene::Instance { material_base: 1, ..i }));
    walled.materials.extend(other.materials);
    assert_eq!(render(&walled, 64, 1, 0).radiance, free.radiance);
}

#[test]
fn cameras_see_a_light_that_is_visible_and_nothing_of_another() {
    let film = |visible, direction, target: Vec3, things| {
        let light = AreaLight { visible, ..area(SQUARE, vec3(0.0, 2.0, 0.0), direction) };
        let views = vec![camera(Vec3::ZERO, target, 100.0, [8, 8])];
        render(&scene(things, vec![Light::Area(light)], BLACK_SKY, views), 4, 2, 0)
    };
    let (front, ahead) = (vec3(0.0, -1.0, 0.0), vec3(0.0, 1.0, 0.0));
    let seen = film(true, front, ahead, vec![]);
    assert!(seen.radiance.iter().all(|p| *p == [GLOW[0], GLOW[1], GLOW[2], 1.0]));
    // It is no object: no depth, no ids, no colour of its own.
    assert!(seen.geometry.depth.iter().all(|&z| z == 0.0) && seen.geometry.instance.iter().all(|&id| id == 0));
    assert!(seen.albedo.iter().all(|&a| a == [0.0; 3]));
    for dark in [film(false, front, ahead, vec![]), film(true, ahead, ahead, vec![]), film(true, front, front, vec![])]
    {
        assert!(dark.radiance.iter().all(|p| *p == [0.0; 4]));
    }
    // Something before it hides it; something behind it is seen through it.
    let card = |y: f32| {
        vec![(quad(vec3(0.0, y, 0.0), vec3(3.0, 0.0, 0.0), vec3(0.0, 0.0, 3.0)), super::stage::unlit([0.25; 3]))]
    };
    let hidden = film(true, front, ahead, card(1.0));
    assert!(hidden.radiance.iter().all(|p| *p == [0.25, 0.25, 0.25, 1.0]));
    let through = film(true, front, ahead, card(3.0));
    assert!(through.radiance.iter().all(|p| *p == [GLOW[0] + 0.25, GLOW[1] + 0.25, GLOW[2] + 0.25, 1.0]));
}

#[test]
fn a_sphere_too_small_to_tell_from_a_point_lights_a_room_as_one() {
    // Through four scatterings, off rough walls and a metal ball: the sphere found by draws and by rays, the point by draws.
    let walls =
        || vec![(room(Vec3::ZERO, 2.0), material([0.5; 3], 0.0, 1.0)), (ball(16), material([0.7; 3], 1.0, 0.6))];
    let view = || vec![camera(vec3(1.7, -1.6, 0.4), vec3(-0.2, 0.0, 0.5), 20.0, [24, 24])];
    let small = area(AreaShape::Sphere { diameter: 0.02 }, vec3(0.5, 0.2, 1.7), Vec3::ONE);
    let bulb = Light::Point { position: small.position, intensity: Vec3::from(GLOW) * (PI as f32 * 1e-4) };
    let mean = |light| {
        let film = render(&scene(walls(), vec![light], BLACK_SKY, view()), 256, 4, 0);
        let sum = film.radiance.iter().fold([0.0; 3], |s, p| plus(s, [p[0], p[1], p[2]].map(f64::from)));
        times(sum, 1.0 / film.radiance.len() as f64)
    };
    let (a, b) = (mean(Light::Area(small)), mean(bulb));
    let difference = minus(a, b);
    for k in 0..3 {
        assert!(difference[k].abs() < 0.02 * b[k] + ROUNDING * b[k], "{a:?} {b:?}");
    }
}
