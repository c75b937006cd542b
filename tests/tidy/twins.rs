//! Shaders and their Rust twins: the same functions on both sides, and each file names the other.

use crate::report::Report;
use crate::source::{Source, functions};
use std::collections::BTreeSet;

/// A shader, its twin, and the prefix that the twin's functions lack. Named alike unless it stands here.
const OTHER_NAMES: [(&str, &str, &str); 2] =
    [("bindings", "src/render/cpu/load.rs", ""), ("det", "src/math/det.rs", "det_")];

/// Shaders without a twin.
const ALONE: [(&str, &str); 3] = [
    ("entry", "the work of a device, not of a pixel"),
    ("layout", "no functions: tests/layout.rs holds it to src/buffers/layout.rs"),
    ("walk", "the hit is specified, not the way to it"),
];

/// Functions that one side alone has, and why.
pub const ONE_SIDED: &[(&str, &str, &str)] = &[
    ("bindings", "load_affine", "reads what Rust borrows"),
    ("bindings", "load_albedo", "tables::ALBEDO in Rust"),
    ("bindings", "load_albedo_mean", "tables::ALBEDO_MEAN in Rust"),
    ("bindings", "load_lobe_albedo", "stands in tables.rs in Rust"),
    ("bindings", "load_mesh_place", "offsets that Rust's slices hold"),
    ("bindings", "load_slot", "reads what Rust borrows"),
    ("bindings", "load_srgb", "tables::SRGB in Rust"),
    ("bindings", "new", "makes the Context; a shader is given its bindings"),
    ("bindings", "texel_word", "a texel's place in its buffer"),
    ("bindings", "texture_views", "a part of the Context; a shader has offsets"),
    ("bindings", "trace_any", "stands in walk.wgsl"),
    ("bindings", "trace_closest", "stands in walk.wgsl"),
    ("bindings", "trace_instance", "stands in walk.wgsl"),
    ("bsdf", "no_layers", "NO_LAYERS in Rust"),
    ("bsdf", "no_sample", "NO_SAMPLE in Rust"),
    ("light", "no_light", "LightSample's default in Rust"),
    ("path", "follow_alpha_albedo", "the part behind the first hit, which a packet of rays finds"),
    ("path", "follow_path", "the part behind the first hit, which a packet of rays finds"),
    ("path", "max_component", "a method of Vec3 in Rust"),
    ("direct", "unblocked_by_alpha", "the part of `unblocked` that few scenes need, kept out of its way"),
    ("surface", "affine_transposed_vector", "a method of Affine in Rust"),
    ("surface", "vec3_dot", "a method of Vec3 in Rust"),
    ("surface", "vec3_of", "Vec3::from_array in Rust"),
    ("surface", "vec4_of", "an array in Rust"),
    ("surface", "xyz", "a swizzle in WGSL"),
    ("texture", "texel_offset", "stands in src/buffers/texture.rs, which lays the texels by it"),
    ("triangle", "select", "built into WGSL"),
];

/// Compares each shader that has a twin with it.
pub fn twins(house: &[Source], one_sided: &[(&str, &str, &str)]) -> Report {
    let mut report = Report::default();
    let mut excused = BTreeSet::new();
    for shader in house.iter().filter(|s| s.is_shader()) {
        let name = shader.path.trim_start_matches("shaders/").trim_end_matches(".wgsl");
        if ALONE.iter().any(|(alone, _)| *alone == name) {
            continue;
        }
        let alike = format!("src/render/cpu/{name}.rs");
        let renamed = OTHER_NAMES.iter().find(|(other, ..)| *other == name);
        let (twin_path, prefix) = renamed.map_or((alike.as_str(), ""), |(_, path, prefix)| (path, prefix));
        let Some(twin) = house.iter().find(|s| s.path == twin_path) else {
            report.at(shader, 1, format!("its twin {twin_path} is missing"));
            continue;
        };
        for (source, other) in [(shader, twin), (twin, shader)] {
            if !source.header().contains(&other.path) {
                report.at(source, 1, format!("the header does not name its twin {}", other.path));
            }
        }
        let (shader_tokens, twin_tokens) = (shader.tokens(), twin.shipped());
        let in_shader = functions(&shader_tokens).into_iter().map(|f| (f.text.trim_start_matches(prefix), f.line));
        let in_twin = functions(&twin_tokens).into_iter().map(|f| (f.text, f.line));
        let (in_shader, in_twin): (Vec<_>, Vec<_>) = (in_shader.collect(), in_twin.collect());
        for (source, own, others) in [(shader, &in_shader, &in_twin), (twin, &in_twin, &in_shader)] {
            for &(function, line) in own {
                report.seen += 1;
                if others.iter().any(|(other, _)| *other == function) {
                    continue;
                }
                match one_sided.iter().find(|(file, of, _)| (*file, *of) == (name, function)) {
                    Some(excuse) => _ = excused.insert(excuse),
                    None => report.at(source, line, format!("`{function}` has no twin")),
                }
            }
        }
    }
    for excuse in one_sided.iter().filter(|excuse| !excused.contains(excuse)) {
        report.problems.push(format!("tests/tidy/twins.rs: `{}` of {} needs no excuse", excuse.1, excuse.0));
    }
    report
}

/// Every shader is in the list of those that are joined.
pub fn joined(house: &[Source]) -> Report {
    let mut report = Report::default();
    let list = house.iter().find(|s| s.path == "src/render/gpu/shaders.rs").map_or("", |s| s.text.as_str());
    for shader in house.iter().filter(|s| s.is_shader()) {
        report.seen += 1;
        let name = shader.path.trim_start_matches("shaders/");
        if !list.contains(&format!("(\"{name}\")")) {
            report.at(shader, 1, "is in no list of src/render/gpu/shaders.rs".to_string());
        }
    }
    report
}

/// What WGSL leaves to the device: a thousand ulp in places.
const INEXACT: [&str; 24] = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "fma",
    "inverseSqrt",
    "log",
    "log2",
    "mix",
    "normalize",
    "pow",
    "refract",
    "sin",
    "sinh",
    "smoothstep",
    "tan",
    "tanh",
];

/// No built-in function of a shader rounds differently from its twin's, and only the bindings bind.
pub fn exact_shaders(house: &[Source]) -> Report {
    let mut report = Report::default();
    for shader in house.iter().filter(|s| s.is_shader()) {
        let tokens = shader.tokens();
        for pair in tokens.windows(2).filter(|pair| pair[1].text == "(") {
            report.seen += 1;
            if INEXACT.contains(&pair[0].text) {
                report.at(shader, pair[0].line, format!("`{}` differs between devices", pair[0].text));
            }
            if pair[0].text == "group"
                && !["shaders/bindings.wgsl", "shaders/entry.wgsl"].contains(&shader.path.as_str())
            {
                report.at(shader, pair[0].line, "only bindings.wgsl and entry.wgsl bind".to_string());
            }
        }
    }
    report
}

fn pair(wgsl: &str, rust: &str) -> [Source; 2] {
    [Source::new("shaders/det.wgsl", wgsl), Source::new("src/math/det.rs", rust)]
}

const WGSL: &str = "//! Twin: src/math/det.rs.\nfn det_a() {} fn det_b() {}";
const RUST: &str = "//! Twin: shaders/det.wgsl.\nfn a() {} pub fn b() {} #[cfg(test)] mod tests { fn c() {} }";

#[test]
fn a_function_without_a_twin_and_a_header_without_its_name_are_rejected() {
    let problems = |wgsl: &str, rust: &str| twins(&pair(wgsl, rust), &[]).problems;
    assert_eq!(problems(WGSL, RUST), [""; 0]);
    assert_eq!(problems(WGSL, &RUST.replace("fn b", "fn d")).len(), 2);
    assert_eq!(problems(&format!("{WGSL} fn det_c() {{}}"), RUST), ["shaders/det.wgsl:2: `c` has no twin"]);
    assert_eq!(problems(&WGSL.replace("Twin", "See"), RUST), [""; 0]);
    assert_eq!(problems(&WGSL.replace("det.rs", "other.rs"), RUST).len(), 1);
    assert_eq!(problems(WGSL, &RUST.replace("//!", "//")).len(), 1);
    let [shader, _] = pair(WGSL, RUST);
    assert_eq!(twins(&[shader], &[]).problems, ["shaders/det.wgsl:1: its twin src/math/det.rs is missing"]);
}

#[test]
fn an_excuse_is_taken_and_rejected_once_it_is_not_needed() {
    let one_sided = [("det", "d", "a reason")];
    assert_eq!(twins(&pair(WGSL, &format!("{RUST} fn d() {{}}")), &one_sided).problems, [""; 0]);
    assert_eq!(twins(&pair(WGSL, RUST), &one_sided).problems.len(), 1);
}

#[test]
fn a_shader_that_no_list_joins_is_rejected() {
    let list = Source::new("src/render/gpu/shaders.rs", "shader_file!(\"a.wgsl\")");
    let problems = |name| joined(&[Source::new(name, ""), Source::new(&list.path, &list.text)]).problems.len();
    assert_eq!((problems("shaders/a.wgsl"), problems("shaders/b.wgsl")), (0, 1));
}

#[test]
fn an_inexact_function_and_a_binding_in_a_pure_shader_are_rejected() {
    let problems = |text| exact_shaders(&[Source::new("shaders/a.wgsl", text)]).problems.len();
    assert_eq!(problems("let a = det_sin(b) * sqrt(c); // sin(d)"), 0);
    assert_eq!(problems("let a = sin(b);"), 1);
    assert_eq!(problems("@group(0) @binding(0) var<storage> a: b;"), 1);
}
