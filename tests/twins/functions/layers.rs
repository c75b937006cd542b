//! Surfaces with extensions: shaders/lobes.wgsl, iridescence.wgsl, layered.wgsl, scatter.wgsl against their twins.

use crate::table::Arg::{Below, Between, Bits, Direction, OneOf};
use crate::table::{Args, Bound, Group, Word, case, f, fs, u, us, v};
use genki::math::{Vec3, det, vec3};
use genki::render::cpu::bsdf::{Bsdf, BsdfSample, BsdfValue, make_bsdf};
use genki::render::cpu::extended::Extended;
use genki::render::cpu::layered::{self, Boundary};
use genki::render::cpu::{bsdf, iridescence, lobes, scatter};

pub fn lobes() -> Group {
    Group {
        name: "lobes",
        // Two directions; numbers in [0, 1); an index ratio; nanometres.
        arguments: vec![
            Direction,
            Direction,
            Between(0.0, 1.0),
            Between(0.0, 1.0),
            Between(0.001, 1.0),
            Between(0.001, 1.0),
            OneOf(vec![0.42, 0.667, 0.9, 1.0, 1.1, 1.5, 2.4]),
            Between(0.0, 900.0),
            Below(50_000),
        ],
        n_rows: 3000,
        setup: "
            let a = arg3(0u); let d = arg3(3u);
            let h = vec3f(d.x, d.y, abs(d.z)); let wo = vec3f(a.x, a.y, abs(a.z));
            let x = arg(6u); let y = arg(7u); let alpha = vec2f(arg(8u), arg(9u)); let eta = arg(10u); let nm = arg(11u);",
        cases: vec![
            case("ggx_density", "", "f ggx_density(h, alpha)", |_, a| f(lobes::ggx_density(half(a), alpha(a)))),
            case("ggx_stretch", "", "f ggx_stretch(h, alpha)", |_, a| f(lobes::ggx_stretch(half(a), alpha(a)))),
            case("ggx_seen", "", "f ggx_seen(a, alpha, x, ggx_stretch(a, alpha))", |_, a| {
                let (wo, alpha) = (a.v3(0), alpha(a));
                f(lobes::ggx_seen(wo, alpha, a.f(6), lobes::ggx_stretch(wo, alpha)))
            }),
            case("ggx_visibility", "", "f ggx_visibility(x, y, alpha.x, alpha.y)", |_, a| {
                f(lobes::ggx_visibility(a.f(6), a.f(7), a.f(8), a.f(9)))
            }),
            case("ggx_bound", "", "f ggx_bound(wo, x)", |_, a| f(bsdf::ggx_bound(above(a), a.f(6)))),
            case("fresnel_cosine", "", "f fresnel_cosine(x, eta)", |_, a| f(lobes::fresnel_cosine(a.f(6), a.f(10)))),
            case("fresnel", "", "v3 fresnel(h, y, x)", |_, a| v(lobes::fresnel(half(a), a.f(7), a.f(6)))),
            case("refracted", "", "v3 refracted(wo, h, eta)", |_, a| v(lobes::refracted(above(a), half(a), a.f(10)))),
            case("refraction_normal", "", "v3 refraction_normal(wo, -h, eta)", |_, a| {
                v(lobes::refraction_normal(above(a), -half(a), a.f(10)))
            }),
            case("sheen_density", "", "f sheen_density(x, alpha.x)", |_, a| f(lobes::sheen_density(a.f(6), a.f(8)))),
            case("sheen_lambda", "", "f sheen_lambda(x, alpha.x)", |_, a| f(lobes::sheen_lambda(a.f(6), a.f(8)))),
            case("sheen_curve", "", "f sheen_curve(x, y)", |_, a| f(lobes::sheen_curve(a.f(6), a.f(7)))),
            case("sheen_value", "", "f sheen_value(x, y, h.z, alpha.x)", |_, a| {
                f(lobes::sheen_value(a.f(6), a.f(7), half(a).z, a.f(8)))
            }),
            case("between_nodes", "let b = between_nodes(x * 9.0, 10u);", "u b.node; f b.share", |_, a| {
                let (node, share) = lobes::between_nodes(a.f(6) * 9.0, 10);
                [u(node), f(share)].concat()
            }),
            case("sheen_albedo", "", "f sheen_albedo(x, y)", |_, a| f(lobes::sheen_albedo(a.f(6), a.f(7)))),
            case("glass_albedo", "", "f glass_albedo(x, y, eta)", |_, a| {
                f(lobes::glass_albedo(a.f(6), a.f(7), a.f(10)))
            }),
            case(
                "anisotropic_albedo",
                "let hi = vec2f(det_max(alpha.x, alpha.y), det_min(alpha.x, alpha.y));",
                "v2 anisotropic_albedo(hi, wo)",
                |_, a| {
                    let [x, y] = alpha(a);
                    fs(&lobes::anisotropic_albedo([det::max(x, y), det::min(x, y)], above(a)))
                },
            ),
            case("node_share", "", "f node_share(x, arg_u(12u) % 2u)", |_, a| {
                f(lobes::node_share(a.f(6), a.u(12) % 2))
            }),
            case("along_row", "", "f along_row(arg_u(12u), x)", |_, a| f(lobes::along_row(a.u(12), a.f(6)))),
            case("load_lobe_albedo", "", "f load_lobe_albedo(arg_u(12u))", |_, a| {
                f(genki::render::cpu::tables::load_lobe_albedo(a.u(12)))
            }),
            // Bases denser than all films: where the two are alike, the phase jumps by half a turn. Films are denser than air.
            case("film_fresnel", "", "v3 film_fresnel(x, h * 0.1 + vec3f(0.4), det_max(eta, 1.0), nm)", |_, a| {
                v(iridescence::film_fresnel(a.f(6), half(a) * 0.1 + Vec3::splat(0.4), det::max(a.f(10), 1.0), a.f(11)))
            }),
            case("schlick", "", "f schlick(x, y)", |_, a| f(iridescence::schlick(a.f(6), a.f(7)))),
            case("ior_to_f0", "", "f ior_to_f0(eta, x + 1.0)", |_, a| f(iridescence::ior_to_f0(a.f(10), a.f(6) + 1.0))),
            case("f0_to_ior", "", "f f0_to_ior(x)", |_, a| f(iridescence::f0_to_ior(a.f(6)))),
            case("half_turn_below", "", "f half_turn_below(eta, x + 1.0)", |_, a| {
                f(iridescence::half_turn_below(a.f(10), a.f(6) + 1.0))
            }),
            case("film_product", "", "f film_product(x)", |_, a| f(iridescence::film_product(a.f(6)))),
            case("film_sensitivity", "", "v3 film_sensitivity(nm, h)", |_, a| {
                v(iridescence::film_sensitivity(a.f(11), half(a)))
            }),
            case("film_wave", "", "f film_wave(x * 1e-5, x * x * 1e-10, y, 1.0, 1.7e6, 4e9)", |_, a| {
                let x = a.f(6);
                f(iridescence::film_wave(x * 1e-5, x * x * 1e-10, a.f(7), 1.0, 1.7e6, 4e9))
            }),
        ],
        bounds: vec![
            Bound {
                functions: &["sheen_density", "sheen_lambda", "sheen_curve", "sheen_value"],
                ulps: 4096.0,
                of: 0.0,
                reason: "powers of up to 100 of what is off by an ulp, and exponentials of sums that are reordered",
            },
            Bound {
                functions: &["film_fresnel", "film_sensitivity", "film_wave"],
                ulps: 256.0,
                of: 1.0,
                reason: "cosines of phases of up to 30 turns",
            },
            Bound {
                functions: &[
                    "ggx_density", "ggx_stretch", "ggx_seen", "ggx_visibility", "ggx_bound", "fresnel", "refracted",
                    "refraction_normal", "glass_albedo", "anisotropic_albedo", "sheen_albedo", "along_row",
                    "fresnel_cosine",
                ],
                ulps: 32.0,
                of: 1.0,
                reason: "sums of products and interpolations whose parts are added in another order",
            },
        ],
    }
}

fn half(a: &Args) -> Vec3 {
    let d = a.v3(3);
    vec3(d.x, d.y, det::abs(d.z))
}

fn above(a: &Args) -> Vec3 {
    let d = a.v3(0);
    vec3(d.x, d.y, det::abs(d.z))
}

fn alpha(a: &Args) -> [f32; 2] {
    [a.f(8), a.f(9)]
}

pub fn layers() -> Group {
    Group {
        name: "layered",
        // To the viewer, to the light; draws; colour and others in [0, 1), zero half of the time where that leaves out a layer.
        arguments: vec![
            Direction,
            Direction,
            Bits,
            Bits,
            Bits,
            Direction,
            OneOf(vec![0.0, 0.3, 1.0]),
            OneOf(vec![0.0, 0.1, 0.35, 0.7, 1.0]),
            OneOf(vec![0.0, 0.0, 0.6]),
            OneOf(vec![0.0, 0.0, 0.7]),
            OneOf(vec![0.0, 0.0, 0.8]),
            OneOf(vec![0.0, 0.0, 0.4]),
            OneOf(vec![0.0, 0.0, 0.5]),
            OneOf(vec![0.0, 0.0, 1.0]),
            Below(16),
        ],
        n_rows: 4000,
        setup: "
            let up = vec3f(0.0, 0.0, 1.0);
            let a = arg3(0u); let wo = vec3f(a.x, a.y, abs(a.z) + 0.01); let wi = arg3(3u); let c = arg3(9u);
            let color = vec3f(abs(c.x), abs(c.y), abs(c.z)); let bits = arg_u(20u);
            let e = Extended(color, abs(c.z), arg(13u), arg(14u), 0.3, unit_or(vec3f(c.xy * 0.2, 1.0), up), color * arg(15u), 0.4,
                arg(16u), arg(17u), color.yzx, arg(18u), vec3f(1.0, 0.2, 0.1), arg(19u), 300.0 + 200.0 * c.x);
            let is_thin = (bits & 1u) == 0u; let is_front = (bits & 2u) == 0u;
            let sides = Boundary(select(1.5, 1.0, is_front), select(1.0, 1.5, is_front), is_thin, is_front || is_thin,
                (bits & 12u) == 12u, 1.4);
            let plain = make_bsdf(up, up, unit_or(wo, up), color.zxy, arg(12u), arg(13u), (bits & 4u) == 4u, false);
            let b = make_layers(plain, color.zxy, arg(12u), e, sides); let l = b.layers;",
        cases: vec![
            case(
                "make_layers",
                "",
                "v2 l.alpha; v3 l.f0; f l.eta; b l.is_thin; v3 l.transmitted; v3 l.diffuse_below; v3 l.kept; v3 b.diffuse; v3 b.multiple; \
                 f l.reflect_scale; f l.sheen_scale; f l.rest; f l.coat; v3 l.coat_normal; b b.is_sharp; b b.has_below; v3 b.wo",
                |_, a| layer_words(&layered_bsdf(a)),
            ),
            case("layer_chances", "", "u l.chances[0]; u l.chances[1]; u l.chances[2]; u l.chances[3]; u l.chances[4]", |_, a| {
                us(&layered_bsdf(a).layers.chances)
            }),
            case("fresnel_terms", "let t = fresnel_terms(l, abs(wi.z));", "v3 t.dielectric; v3 t.metal", |_, a| {
                let t = layered::fresnel_terms(&layered_bsdf(a).layers, det::abs(a.v3(3).z));
                [v(t.dielectric), v(t.metal)].concat()
            }),
            case("reflect_chances", "", "u reflect_chances(l, fresnel_terms(l, abs(wi.z)))", |_, a| {
                let b = layered_bsdf(a);
                u(layered::reflect_chances(&b.layers, &layered::fresnel_terms(&b.layers, det::abs(a.v3(3).z))))
            }),
            case("layer_bound", "", "f layer_bound(b)", |_, a| f(layered::layer_bound(&layered_bsdf(a)))),
            case("coat_value", "let x = coat_value(b, unit_or(b.wo + wi, up), abs(wi.z), 0.5);", "f x.value; f x.pdf", |_, a| {
                let b = layered_bsdf(a);
                let h = genki::render::cpu::surface::unit_or(b.wo + a.v3(3), vec3(0.0, 0.0, 1.0));
                let c = layered::coat_value(&b, h, det::abs(a.v3(3).z), 0.5);
                fs(&[c.value, c.pdf])
            }),
            case("evaluate_bsdf", "let x = evaluate_bsdf(b, wi);", "v3 x.value; f x.pdf", |_, a| {
                value_words(scatter::evaluate_bsdf(&layered_bsdf(a), a.v3(3)))
            }),
            case(
                "sample_bsdf",
                "let d = sample_bsdf(b, arg_u(6u), vec2(arg_u(7u), arg_u(8u)));",
                "v3 d.direction; v3 d.weight; f d.pdf; f d.cosine; b d.is_below",
                |_, a| sample_words(scatter::sample_bsdf(&layered_bsdf(a), a.u(6), a.u2(7))),
            ),
            case(
                "draw_layers",
                "let d = draw_layers(b, arg_u(6u), vec2f(unit_float(arg_u(7u)), unit_float(arg_u(8u))));",
                "v3 d.direction; b d.is_below",
                |_, a| {
                    let place = a.u2(7).map(genki::render::cpu::sampler::unit_float);
                    let d = layered::draw_layers(&layered_bsdf(a), a.u(6), place);
                    [v(d.direction), u(d.is_below.into())].concat()
                },
            ),
            case("leaves_above", "", "b leaves_above(b, wi)", |_, a| {
                u(scatter::leaves_above(&layered_bsdf(a), a.v3(3)).into())
            }),
            case("at_most_one", "", "v3 at_most_one(wi * 3.0)", |_, a| v(layered::at_most_one(a.v3(3) * 3.0))),
        ],
        bounds: vec![
            Bound {
                functions: &[
                    "make_layers", "fresnel_terms", "layer_bound", "coat_value", "evaluate_bsdf", "sample_bsdf", "draw_layers",
                ],
                ulps: 65_536.0,
                of: 1.0,
                reason: "as for plain surfaces; and 1 − cos² of a refracted direction, whose digits are lost near the horizon",
            },
        ],
    }
}

fn layered_bsdf(a: &Args) -> Bsdf {
    let up = vec3(0.0, 0.0, 1.0);
    let unit = |d| genki::render::cpu::surface::unit_or(d, up);
    let (d, c, bits) = (a.v3(0), a.v3(9), a.u(20));
    let color = vec3(det::abs(c.x), det::abs(c.y), det::abs(c.z));
    let e = Extended {
        specular_color: color,
        specular: color.z,
        roughness: a.f(13),
        clearcoat: a.f(14),
        clearcoat_roughness: 0.3,
        clearcoat_normal: unit(vec3(c.x * 0.2, c.y * 0.2, 1.0)),
        sheen_color: color * a.f(15),
        sheen_roughness: 0.4,
        transmission: a.f(16),
        diffuse_transmission: a.f(17),
        diffuse_transmission_color: vec3(color.y, color.z, color.x),
        anisotropy: a.f(18),
        anisotropy_direction: vec3(1.0, 0.2, 0.1),
        iridescence: a.f(19),
        iridescence_nm: 300.0 + 200.0 * c.x,
    };
    let (is_thin, is_front) = (bits & 1 == 0, bits & 2 == 0);
    let at = Boundary {
        before: if is_front { 1.0 } else { 1.5 },
        behind: if is_front { 1.5 } else { 1.0 },
        is_thin,
        is_coated: is_front || is_thin,
        is_glossiness: bits & 12 == 12,
        film_ior: 1.4,
    };
    let base = vec3(color.z, color.x, color.y);
    let wo = unit(vec3(d.x, d.y, det::abs(d.z) + 0.01));
    let plain = make_bsdf(up, up, wo, base, a.f(12), a.f(13), bits & 4 == 4, false);
    layered::make_layers(&plain, base, a.f(12), &e, &at)
}

fn layer_words(b: &Bsdf) -> Vec<Word> {
    let l = &b.layers;
    [
        fs(&l.alpha),
        v(l.f0),
        f(l.eta),
        u(l.is_thin.into()),
        v(l.transmitted),
        v(l.diffuse_below),
        fs(&l.kept),
        v(b.diffuse),
        v(b.multiple),
        fs(&[l.reflect_scale, l.sheen_scale, l.rest, l.coat]),
        v(l.coat_normal),
        us(&[b.is_sharp.into(), b.has_below.into()]),
        v(b.wo),
    ]
    .concat()
}

fn value_words(value: BsdfValue) -> Vec<Word> {
    [v(value.value), f(value.pdf)].concat()
}

fn sample_words(d: BsdfSample) -> Vec<Word> {
    [v(d.direction), v(d.weight), fs(&[d.pdf, d.cosine]), u(d.is_below.into())].concat()
}
