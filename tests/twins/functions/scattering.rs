//! Scattering: shaders/bsdf.wgsl against src/render/cpu/bsdf.rs.

use crate::table::Arg::{Below, Between, Bits, Direction, OneOf, Vector};
use crate::table::{Args, Bound, Group, case, f, fs, u, us, v};
use genki::math::{Vec3, det};
use genki::render::cpu::{bsdf, scatter, surface};

pub fn scattering() -> Group {
    Group {
        name: "bsdf",
        // Normal, geometric normal (bent from it), to the viewer, to the light; colour; metallic, roughness, model, draws.
        arguments: vec![
            Direction,
            Vector(-0.2, 0.2),
            Direction,
            Direction,
            Vector(0.0, 1.0),
            OneOf(vec![0.0, 0.3, 1.0]),
            OneOf(vec![0.0, 0.02, 0.1, 0.35, 0.7, 1.0]),
            Below(2),
            Bits,
            Bits,
            Bits,
            Between(0.0, 1.0),
            Between(0.0, 1.0),
        ],
        n_rows: 3000,
        setup: "
            let n = arg3(0u); let g = unit_or(n + arg3(3u), n);
            var wo = arg3(6u); if vec3_dot(wo, g) < 0.0 { wo = -wo; }
            let wi = arg3(9u); let color = arg3(12u);
            let metallic = arg(15u); let roughness = arg(16u); let x = arg(21u); let y = arg(22u);
            let b = make_bsdf(n, g, wo, color, metallic, roughness, arg_u(17u) == 1u, x > 0.5);
            let up = vec3f(wi.x, wi.y, abs(wi.z) + 0.001);",
        cases: vec![
            case(
                "make_bsdf",
                "",
                "v3 b.tangent; v3 b.bitangent; v3 b.normal; v3 b.geometric_normal; v3 b.wo; f b.alpha; f b.roughness; v3 b.f0; \
                 v3 b.diffuse; v3 b.multiple; u b.specular_chances; b b.literal",
                |_, a| {
                    let b = scatterer(a);
                    [
                        [b.tangent, b.bitangent, b.normal, b.geometric_normal, b.wo].map(v).concat(),
                        fs(&[b.alpha, b.roughness]),
                        [b.f0, b.diffuse, b.multiple].map(v).concat(),
                        us(&[b.specular_chances, b.literal.into()]),
                    ]
                    .concat()
                },
            ),
            case("multiple_scattering", "", "v3 multiple_scattering(color, x)", |_, a| {
                v(bsdf::multiple_scattering(a.v3(12), a.f(21)))
            }),
            case(
                "specular_chances",
                "",
                "u specular_chances(y, color, metallic, x); u specular_chances(1.0, color * 0.0, 1.0, 0.0)",
                |_, a| {
                    let black = bsdf::specular_chances(1.0, Vec3::ZERO, 1.0, 0.0);
                    us(&[bsdf::specular_chances(a.f(22), a.v3(12), a.f(15), a.f(21)), black])
                },
            ),
            case("evaluate_bsdf", "let e = evaluate_bsdf(b, wi);", "v3 e.value; f e.pdf", |_, a| {
                let e = scatter::evaluate_bsdf(&scatterer(a), a.v3(9));
                [v(e.value), f(e.pdf)].concat()
            }),
            case("evaluate_lobes", "let e = evaluate_lobes(b, up);", "v3 e.value; f e.pdf", |_, a| {
                let e = bsdf::evaluate_lobes(&scatterer(a), up(a));
                [v(e.value), f(e.pdf)].concat()
            }),
            case(
                "sample_bsdf",
                "let d = sample_bsdf(b, arg_u(18u), vec2(arg_u(19u), arg_u(20u)));",
                "v3 d.direction; v3 d.weight; f d.pdf; f d.cosine",
                |_, a| {
                    let d = scatter::sample_bsdf(&scatterer(a), a.u(18), a.u2(19));
                    [v(d.direction), v(d.weight), fs(&[d.pdf, d.cosine])].concat()
                },
            ),
            case("sample_visible_normal", "", "v3 sample_visible_normal(up, vec2f(y, x), x, vec2f(x, y))", |_, a| {
                v(bsdf::sample_visible_normal(up(a), [a.f(22), a.f(21)], a.f(21), [a.f(21), a.f(22)]))
            }),
            case("sample_cosine", "", "v3 sample_cosine(vec2f(x, y))", |_, a| {
                v(bsdf::sample_cosine([a.f(21), a.f(22)]))
            }),
            case("draw_lobes", "", "v3 draw_lobes(b, arg_u(18u), vec2f(x, y))", |_, a| {
                v(bsdf::draw_lobes(&scatterer(a), a.u(18), [a.f(21), a.f(22)]))
            }),
            case("visible_bound", "", "f visible_bound(b)", |_, a| f(bsdf::visible_bound(&scatterer(a)))),
            case("lobe_albedo", "", "v2 lobe_albedo(x, y)", |_, a| fs(&bsdf::lobe_albedo(a.f(21), a.f(22)))),
            case("lobe_albedo_mean", "", "v2 lobe_albedo_mean(x)", |_, a| fs(&bsdf::lobe_albedo_mean(a.f(21)))),
            case("schlick_weight", "", "f schlick_weight(x)", |_, a| f(bsdf::schlick_weight(a.f(21)))),
            case("tangent_frame", "let t = tangent_frame(n);", "v3 t.tangent; v3 t.bitangent", |_, a| {
                let (t, b) = bsdf::tangent_frame(a.v3(0));
                [v(t), v(b)].concat()
            }),
            case("at_most", "", "u at_most(arg_u(18u), arg_u(19u))", |_, a| u(bsdf::at_most(a.u(18), a.u(19)))),
        ],
        bounds: vec![
            Bound {
                functions: &["make_bsdf", "tangent_frame"],
                ulps: 4.0,
                of: 1.0,
                reason: "1 ± x² a: the sign is taken out of the products, and they are added in another order",
            },
            Bound { functions: &["sample_cosine"], ulps: 4.0, of: 1.0, reason: "sine and cosine are off by two" },
            Bound {
                functions: &[
                    "evaluate_bsdf",
                    "evaluate_lobes",
                    "sample_bsdf",
                    "sample_visible_normal",
                    "visible_bound",
                    "draw_lobes",
                ],
                ulps: 8192.0,
                of: 0.0,
                reason: "half vectors are sums of vectors whose sines and squares are reordered, an ulp of 1; the sharpest \
                         lobe, α = 0.001, is a thousand times as steep, and goes with the fourth power",
            },
        ],
    }
}

fn scatterer(a: &Args) -> bsdf::Bsdf {
    let n = a.v3(0);
    let g = surface::unit_or(n + a.v3(3), n);
    let wo = if a.v3(6).dot(g) < 0.0 { -a.v3(6) } else { a.v3(6) };
    bsdf::make_bsdf(n, g, wo, a.v3(12), a.f(15), a.f(16), a.u(17) == 1, a.f(21) > 0.5)
}

fn up(a: &Args) -> Vec3 {
    let wi = a.v3(9);
    Vec3::new(wi.x, wi.y, det::abs(wi.z) + 0.001)
}
