//! Draws against vectors that a Python script (tests/draws/golden.py) computed from their description.

use genki::plan::draw;
use genki::plan::pick::shuffled;
use genki::plan::value::{Drawer, Drawn};
use genki::recipe::{Number, Weighted};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("draws/golden.json")).expect("the vectors are JSON")
}

fn number(spec: &Value) -> Number {
    let Some((kind, spec)) = spec.as_object().and_then(|map| map.iter().next()) else {
        return Number::Constant(spec.as_f64().expect("a number"));
    };
    let float = |i: usize| spec[i].as_f64().expect("a number");
    match kind.as_str() {
        "uniform" => Number::Uniform { from: float(0), to: float(1) },
        "log_uniform" => Number::LogUniform { from: float(0), to: float(1) },
        "uniform_int" => {
            let int = |i: usize| spec[i].as_i64().expect("an integer");
            Number::UniformInt { from: int(0), to: int(1) }
        }
        "normal" => {
            let get = |key: &str, default: f64| spec.get(key).map_or(default, |v| v.as_f64().expect("a number"));
            Number::Normal {
                mean: get("mean", 0.0),
                std: get("std", 0.0),
                min: get("min", f64::NEG_INFINITY),
                max: get("max", f64::INFINITY),
            }
        }
        "choice" => Number::Choice(spec.as_array().expect("a list").iter().map(number).collect()),
        "weighted" => {
            let entry = |e: &Value| (number(&e[0]), e[1].as_f64().expect("a weight"));
            Number::Weighted(Weighted::new(spec.as_array().expect("a list").iter().map(entry).collect()))
        }
        other => panic!("the vectors have an unknown distribution {other}"),
    }
}

fn drawer(key: &Value) -> (Drawer, u32) {
    let part = |i: usize| -> u64 { key[i].as_str().expect("text").parse().expect("a number") };
    let drawer = Drawer { seed: part(0), variation: part(1), attempt: part(2) as u32, drawn: Drawn::new() };
    (drawer, part(3) as u32)
}

#[test]
fn values_are_those_of_the_description() {
    let golden = golden();
    let values = golden["values"].as_array().expect("values");
    assert!(values.len() >= 90);
    for case in values {
        let (mut drawer, view) = drawer(&case["key"]);
        let path = case["path"].as_str().expect("a path");
        drawer.number(path, view, &number(&case["number"]));
        let key = if view == draw::NONE { path.to_string() } else { format!("{path}@{view}") };
        assert_eq!(drawer.drawn[&key].to_string(), case["drawn"].as_str().expect("text"), "{case}");
    }
}

#[test]
fn random_rotations_are_those_of_the_description() {
    let golden = golden();
    let rotations = golden["rotations"].as_array().expect("rotations");
    assert!(!rotations.is_empty());
    for case in rotations {
        let (mut drawer, _) = drawer(&case["key"]);
        let path = case["path"].as_str().expect("a path");
        drawer.quaternion(path);
        for k in 0..4 {
            assert_eq!(drawer.drawn[&format!("{path}.{k}")].to_string(), case["drawn"][k].as_str().expect("text"));
        }
    }
}

#[test]
fn shuffles_are_those_of_the_description() {
    let golden = golden();
    let shuffles = golden["shuffles"].as_array().expect("shuffles");
    assert!(!shuffles.is_empty());
    for case in shuffles {
        let seed = case["seed"].as_str().expect("text").parse().expect("a seed");
        let n = case["n"].as_u64().expect("a size") as u32;
        let places = case["places"].as_array().expect("places");
        let order: Vec<u64> = places
            .iter()
            .map(|place| place.as_str().expect("text").parse().expect("a place"))
            .map(|place| u64::from(shuffled(seed, "objects.hero.from", place, n)))
            .collect();
        let expected: Vec<u64> =
            case["order"].as_array().expect("an order").iter().map(|i| i.as_u64().expect("an index")).collect();
        assert!(!order.is_empty());
        assert_eq!(order, expected, "{case}");
    }
}
