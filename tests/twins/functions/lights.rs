//! Light: shaders/light.wgsl against src/render/cpu/light.rs.

use crate::table::Arg::{Below, Between, Bits, Direction, Vector};
use crate::table::{Args, Bound, Group, Word, case, f, fs, u, v};
use genki::math::Vec3;
use genki::render::cpu::load::Context;
use genki::render::cpu::surface::Place;
use genki::render::cpu::walk::Hit;
use genki::render::cpu::{bsdf, light, surface};

pub fn lights() -> Group {
    Group {
        name: "light",
        // Position, direction, four draws, a place on the lamp (instance 5), two numbers.
        arguments: vec![
            Vector(-1.0, 2.0),
            Direction,
            Bits,
            Bits,
            Bits,
            Bits,
            Between(0.0, 16.0),
            Between(0.0, 8.0),
            Below(2),
        ],
        n_rows: 3000,
        setup: "
            let position = arg3(0u); let d = arg3(3u);
            let pick = vec2(arg_u(6u), arg_u(7u)); let spot_draws = vec2(arg_u(8u), arg_u(9u));
            let x = arg(10u); let y = arg(11u); let frame = tangent_frame(d);
            let sun = load_light(1u); let spot = load_light(3u);
            let lamp = find_place(Hit(0.0, y * 0.125, x * 0.0625 * (1.0 - y * 0.125), 5u, arg_u(12u)), d);",
        cases: vec![
            case("power_heuristic", "", "f power_heuristic(x, y)", |_, a| f(light::power_heuristic(a.f(10), a.f(11)))),
            case(
                "sample_sky",
                "let l = sample_sky(frame.tangent, frame.bitangent, d, x > 0.5, pick);",
                LIGHT_SAMPLE,
                |c, a| {
                    let (tangent, bitangent) = bsdf::tangent_frame(a.v3(3));
                    light_sample(light::sample_sky(c, [tangent, bitangent, a.v3(3)], a.f(10) > 0.5, a.u2(6)))
                },
            ),
            case("find_sky_texel", "", "u find_sky_texel(pick.x)", |c, a| u(light::find_sky_texel(c, a.u(6)))),
            case("look_up_sky", "let s = look_up_sky(d, x);", "v3 s.radiance; f s.pdf", |c, a| {
                sky_value(light::look_up_sky(c, a.v3(3), a.f(10)))
            }),
            case("sky_texels", "", "v3 sky_texels(x, y)", |c, a| v(light::sky_texels(c, a.f(10), a.f(11)))),
            case("sample_light", "let l = sample_light(position, 30000u, pick, spot_draws);", LIGHT_SAMPLE, |c, a| {
                light_sample(light::sample_light(c, a.v3(0), 30_000, a.u2(6), a.u2(8)))
            }),
            case("spot_share", "", "f spot_share(spot, unit_or(d - spot.direction * 3.0, d))", |c, a| {
                let spot = c.load_light(3);
                f(light::spot_share(spot, surface::unit_or(a.v3(3) - Vec3::from(spot.direction) * 3.0, a.v3(3))))
            }),
            case("sample_sun", "let l = sample_sun(sun, x, spot_draws);", LIGHT_SAMPLE, |c, a| {
                light_sample(light::sample_sun(c.load_light(1), a.f(10), a.u2(8)))
            }),
            case(
                "look_up_sun",
                "let s = look_up_sun(sun, unit_or(d * 0.06 - sun.direction, d));",
                "v3 s.radiance; f s.pdf",
                |c, a| {
                    let sun = c.load_light(1);
                    sky_value(light::look_up_sun(
                        sun,
                        surface::unit_or(a.v3(3) * 0.06 - Vec3::from(sun.direction), a.v3(3)),
                    ))
                },
            ),
            case(
                "sample_emissive",
                "let l = sample_emissive(load_light(light_count() - 1u), x, position, spot_draws);",
                LIGHT_SAMPLE,
                |c, a| {
                    light_sample(light::sample_emissive(
                        c,
                        c.load_light(c.light_count() - 1),
                        a.f(10),
                        a.v3(0),
                        a.u2(8),
                    ))
                },
            ),
            case(
                "emissive_pdf",
                "",
                "f emissive_pdf(lamp, arg_u(12u), position, 999u); f emissive_pdf(lamp, 9u, position, 999u)",
                |c, a| {
                    let lamp = lamp(c, a);
                    fs(&[
                        light::emissive_pdf(c, &lamp, a.u(12), a.v3(0), 999),
                        light::emissive_pdf(c, &lamp, 9, a.v3(0), 999),
                    ])
                },
            ),
            case("keep_or_alias", "", "u keep_or_alias(AliasEntry(pick.x, 7u), 9u, pick.y)", |_, a| {
                u(light::keep_or_alias(genki::buffers::layout::AliasEntry { threshold: a.u(6), alias: 7 }, 9, a.u(7)))
            }),
            case("last_at_most", "", "u last_at_most(arg_u(12u), 1u)", |_, a| u(light::last_at_most(a.u(12), 1))),
            case("no_light", "let l = no_light();", "f l.pdf", |_, _| f(0.0)),
        ],
        bounds: vec![
            Bound {
                functions: &["sample_sky", "sample_sun"],
                ulps: 8.0,
                of: 0.0,
                reason: "sines and cosines are off by two, and two of them are multiplied and added",
            },
            Bound {
                functions: &["look_up_sky"],
                ulps: 32.0,
                of: 30.0,
                reason: "an angle off by three ulps of π moves a place among 16 texels by 15 ulps of 1: as much of the brightest \
                         texel, 30, comes or goes on two axes",
            },
            Bound {
                functions: &["sample_light", "emissive_pdf"],
                ulps: 32.0,
                of: 0.0,
                reason: "the place on the lamp is a sum in another order, an ulp of 4; over a distance of 1 and a cosine of 1/6 \
                         it is relatively larger",
            },
        ],
    }
}

pub const LIGHT_SAMPLE: &str = "v3 l.direction; f l.distance; v3 l.radiance; f l.pdf; b l.is_delta";

pub fn light_sample(l: light::LightSample) -> Vec<Word> {
    [v(l.direction), f(l.distance), v(l.radiance), f(l.pdf), u(l.is_delta.into())].concat()
}

fn sky_value(s: light::SkyValue) -> Vec<Word> {
    [v(s.radiance), f(s.pdf)].concat()
}

fn lamp(c: &Context, a: &Args) -> Place {
    let (x, y) = (a.f(10), a.f(11));
    let hit = Hit { t: 0.0, u: y * 0.125, v: x * 0.0625 * (1.0 - y * 0.125), instance_idx: 5, triangle_idx: a.u(12) };
    surface::find_place(c, &hit, a.v3(3))
}
