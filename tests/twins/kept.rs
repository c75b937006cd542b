//! The shader with the rounding of every operation kept, which WGSL does not promise. Knows no twin.
//!
//! Compilers may reassociate (a·b + c·d + e → (a·b + e) + c·d), factor, and fuse. So a difference between twins says
//! little, unless compilers cannot see through results: here each float operation's goes through a function that changes
//! nothing, but no compiler knows that. What then differs is written differently.

use std::collections::BTreeMap;
use wgpu::naga;
use wgpu::naga::{BinaryOperator as Op, Expression, Function, MathFunction, Module, ScalarKind, TypeInner};

/// `params.tile_row` is 0 wherever a piece is evaluated.
const KEEPERS: &str = "
fn kept_1(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ params.tile_row); }
fn kept_2(x: vec2f) -> vec2f { return bitcast<vec2f>(bitcast<vec2<u32>>(x) ^ vec2<u32>(params.tile_row)); }
fn kept_3(x: vec3f) -> vec3f { return bitcast<vec3f>(bitcast<vec3<u32>>(x) ^ vec3<u32>(params.tile_row)); }
fn kept_4(x: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4<u32>>(x) ^ vec4<u32>(params.tile_row)); }
";

/// The program with each result of + − × ÷, dot, cross and sqrt of floats kept, and how many those are.
pub fn keep_roundings(wgsl: &str) -> (String, usize) {
    let wgsl = without_compound_assignments(wgsl);
    let module = naga::front::wgsl::parse_str(&wgsl).unwrap_or_else(|error| panic!("{}", error.emit_to_string(&wgsl)));
    let flags = naga::valid::ValidationFlags::all();
    let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::all());
    let info = validator.validate(&module).expect("the shader is valid");
    // By place: each expression that stands in the text, and how many components it has.
    let mut spans = BTreeMap::new();
    for (handle, function) in module.functions.iter() {
        spans.extend(spans_of(&wgsl, &module, function, &info[handle]));
    }
    for (i, entry) in module.entry_points.iter().enumerate() {
        spans.extend(spans_of(&wgsl, &module, &entry.function, info.get_entry_point(i)));
    }
    // At one place the longer expression opens first, and the shorter closes first.
    let mut inserted: BTreeMap<usize, (String, String)> = BTreeMap::new();
    let mut by_length: Vec<_> = spans.iter().collect();
    by_length.sort_by_key(|((start, end), _)| std::cmp::Reverse(end - start));
    for ((start, end), n) in by_length.into_iter().map(|(span, n)| (*span, n)) {
        inserted.entry(start).or_default().1.push_str(&format!("kept_{n}("));
        inserted.entry(end).or_default().0.push(')');
    }
    let mut text = String::new();
    let mut from = 0;
    for (at, (closing, opening)) in inserted {
        text += &wgsl[from..at];
        text += &closing;
        text += &opening;
        from = at;
    }
    text += &wgsl[from..];
    text += KEEPERS;
    (text, spans.len())
}

/// `x += y;` as `x = x + (y);`, so that the operation stands in the text as an expression.
fn without_compound_assignments(wgsl: &str) -> String {
    let line = |line: &str| -> String {
        let statement = line.trim();
        for operator in ["+", "-", "*", "/"] {
            let parts = statement.strip_suffix(';').and_then(|s| s.split_once(&format!(" {operator}= ")));
            if let Some((to, by)) = parts.filter(|(to, _)| !to.starts_with("for ")) {
                return format!("{to} = {to} {operator} ({by});");
            }
        }
        line.to_owned()
    };
    wgsl.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn spans_of(
    wgsl: &str,
    module: &Module,
    function: &Function,
    info: &naga::valid::FunctionInfo,
) -> Vec<((usize, usize), u32)> {
    let mut spans = Vec::new();
    for (handle, expression) in function.expressions.iter() {
        let rounds = match expression {
            Expression::Binary { op, .. } => matches!(op, Op::Add | Op::Subtract | Op::Multiply | Op::Divide),
            Expression::Math { fun, .. } => matches!(fun, MathFunction::Dot | MathFunction::Cross | MathFunction::Sqrt),
            _ => false,
        };
        let n = match info[handle].ty.inner_with(&module.types) {
            TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Float => 1,
            TypeInner::Vector { size, scalar } if scalar.kind == ScalarKind::Float => *size as u32,
            _ => continue,
        };
        let span = function.expressions.get_span(handle).to_range().filter(|_| rounds);
        spans.extend(span.map(|span| ((span.start, end_of_call(wgsl, span.end)), n)));
    }
    spans
}

/// Where a call ends whose name ends at `at`: the place of one is told as its name's. Of other expressions: `at`.
fn end_of_call(wgsl: &str, at: usize) -> usize {
    if !wgsl[at..].starts_with('(') {
        return at;
    }
    let mut depth = 0;
    for (i, byte) in wgsl[at..].bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + i + 1;
        }
    }
    at
}

#[test]
fn every_operation_is_kept_once() {
    let wgsl = "fn f(a: f32, b: vec3f, n: u32) -> f32 {\n    var c = (a + 1.0) * a - a;\n    c += dot(b * a, b);\n    \
                return c * f32(n + 1u);\n}\nstruct Params { tile_row: u32 }\nvar<private> params: Params;\n";
    let (kept, n) = keep_roundings(wgsl);
    assert!(kept.contains("var c = kept_1(kept_1((kept_1(a + 1.0)) * a) - a);"), "{kept}");
    assert!(kept.contains("c = kept_1(c + (kept_1(dot(kept_3(b * a), b))));"), "{kept}");
    assert!(kept.contains("return kept_1(c * f32(n + 1u));"), "{kept}");
    assert_eq!(n, 7);
    naga::front::wgsl::parse_str(&kept).expect("what is kept is WGSL");
}
