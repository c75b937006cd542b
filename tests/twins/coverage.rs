//! Every function of the shader's twinned files is compared, or it is said what compares it instead.

use crate::functions::groups;
use genki::render::gpu::shaders::LIBRARY;

const TWINNED: &[&str] = &[
    "area.wgsl",
    "bindings.wgsl",
    "bsdf.wgsl",
    "camera.wgsl",
    "det.wgsl",
    "direct.wgsl",
    "extended.wgsl",
    "geometry.wgsl",
    "iridescence.wgsl",
    "layered.wgsl",
    "light.wgsl",
    "lobes.wgsl",
    "medium.wgsl",
    "path.wgsl",
    "pick.wgsl",
    "sampler.wgsl",
    "scatter.wgsl",
    "surface.wgsl",
    "texture.wgsl",
    "triangle.wgsl",
];

/// Compared by no case of their own, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("det_sin_cos_reduced", "private in Rust; det_sin_cos and det_sin_cos_turns are it"),
    ("det_asin_small", "private in Rust; det_acos calls it with all that it takes"),
    ("safe_inverse", "private in Rust; prepare_ray gives its results"),
    ("toward", "private in Rust; prepare_ray adds its results"),
    ("load_mesh_place", "where things lie on the device; load_triangle and load_vertex go by it"),
    ("load_affine", "part of load_instance"),
    ("load_slot", "part of load_material"),
    ("texel_word", "which buffer holds a word; load_texel and load_sky_texel go by it"),
    ("trace_alpha_albedo", "a walk more to compile for seconds: pictures of alpha without radiance"),
    ("find_seen", "a walk more to compile for seconds: pictures of depth, normals and ids"),
    ("is_seen_alone", "a walk more to compile for seconds: pictures of amodal masks"),
    ("no_layers", "NO_LAYERS; make_bsdf is full of it"),
    ("no_sample", "NO_SAMPLE; void draws of sample_bsdf"),
    ("conserve", "a part of make_layers, which gives its results"),
    ("coat_and_fibres", "a part of make_layers, which gives its results"),
    ("evaluate_layers", "evaluate_bsdf of the layered group is it"),
    ("weigh_sample", "a part of sample_bsdf"),
    ("draw_bsdf", "a part of sample_bsdf"),
    ("to_world", "a part of draw_bsdf"),
    ("sample_coat", "a part of draw_layers"),
    ("find_texels", "a part of find_extended"),
    ("load_extra_slot", "find_extended reads by it"),
    ("load_material_extra", "channel_ior and find_extended read by it"),
    ("extend_bsdf", "a part of trace_path, by the materials of glass"),
    ("disperses", "a part of trace_path, by the materials of glass"),
    ("direct_light", "traces a shadow ray: trace_path"),
    ("scattered_light", "traces a shadow ray: trace_path"),
    ("unblocked", "traces rays, the CPU with or without alpha in two functions: trace_path"),
];

/// The names of the functions in a WGSL file.
fn functions_of(wgsl: &str) -> Vec<&str> {
    wgsl.lines().filter_map(|line| line.strip_prefix("fn ")?.split_once('(')).map(|(name, _)| name).collect()
}

/// The functions of some WGSL that no case calls.
fn uncovered<'w>(wgsl: &'w str, called: &[String]) -> Vec<&'w str> {
    let calls = |name: &str| called.iter().any(|text| text.contains(name));
    functions_of(wgsl).into_iter().filter(|name| !calls(&format!(" {name}(")) && !calls(&format!("={name}="))).collect()
}

/// What cases call: their statements and expressions, and their own names as `=name=`.
fn called() -> Vec<String> {
    let groups = groups();
    let cases = groups.iter().flat_map(|(group, _)| &group.cases);
    cases.map(|case| format!(" ={}= {} {}", case.name, case.call, case.results)).collect()
}

#[test]
fn every_function_of_the_shader_is_compared_or_excused() {
    let called = called();
    assert!(called.len() > 100, "{} cases", called.len());
    let files: Vec<_> = LIBRARY.iter().filter(|file| TWINNED.contains(&file.name)).collect();
    assert_eq!(files.len(), TWINNED.len());
    let mut n_functions = 0;
    let mut missing = Vec::new();
    for file in files {
        let functions = functions_of(file.text);
        assert!(!functions.is_empty(), "{} has no functions", file.name);
        n_functions += functions.len();
        missing
            .extend(uncovered(file.text, &called).into_iter().filter(|name| !ELSEWHERE.iter().any(|(n, _)| n == name)));
    }
    assert!(n_functions > 120, "{n_functions} functions");
    assert!(missing.is_empty(), "no case compares {missing:?}");
    let library: String = LIBRARY.iter().map(|file| file.text).collect();
    let left = uncovered(&library, &called);
    let gone: Vec<_> = ELSEWHERE.iter().filter(|(name, _)| !left.contains(name)).collect();
    assert!(gone.is_empty(), "excused, but compared or no function: {gone:?}");
}

#[test]
fn a_function_that_no_case_calls_is_missed() {
    let called = called();
    let wgsl = "fn det_sin(x: f32) -> f32 {}\nfn det_new(x: f32) -> f32 {}\n";
    assert_eq!(uncovered(wgsl, &called), ["det_new"]);
}

/// Built-ins of WGSL whose result may be rounded in several ways, or is known to differ: others are spelt out.
const LOOSE: [&str; 22] = [
    "acos",
    "asin",
    "atan",
    "atan2",
    "cos",
    "degrees",
    "distance",
    "dot",
    "exp",
    "exp2",
    "faceForward",
    "fma",
    "inverseSqrt",
    "length",
    "log",
    "log2",
    "mix",
    "normalize",
    "pow",
    "sin",
    "smoothstep",
    "tan",
];

fn loose_calls(wgsl: &str) -> Vec<&'static str> {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let code: String = wgsl.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let calls = |name: &str| {
        let call = format!("{name}(");
        code.match_indices(&call).any(|(at, _)| !code[..at].ends_with(is_part_of_name))
    };
    LOOSE.into_iter().filter(|name| calls(name)).collect()
}

#[test]
fn no_shader_calls_a_built_in_that_rounds_as_it_likes() {
    assert!(LIBRARY.len() > 10);
    for file in &LIBRARY {
        assert!(loose_calls(file.text).is_empty(), "{}: {:?}", file.name, loose_calls(file.text));
    }
    assert_eq!(loose_calls("let a = vec3_dot(b, c) + det_sin(d); // dot(b, c)"), [""; 0]);
    assert_eq!(loose_calls("let a = dot(b, c) + -sin(d);"), ["dot", "sin"]);
}
