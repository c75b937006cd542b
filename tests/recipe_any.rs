//! What holds for any recipe and any text: the way through a plan changes nothing, and no bytes make the reader panic.

use genki::layer::Layer;
use genki::recipe::*;
use std::collections::BTreeMap;

/// Numbers that look random and are the same each time. Source: splitmix64 (Vigna).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    /// In [from, to), with all its bits.
    fn within(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Dice) -> T) -> Vec<T> {
        (0..1 + self.below(3)).map(|_| item(self)).collect()
    }

    /// A number, all of whose draws lie between the two (0 < from).
    fn number(&mut self, from: f64, to: f64, depth: u32) -> Number {
        let middle = self.within(from, to);
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Number::Constant(middle),
            1 => Number::Uniform { from, to: middle },
            2 => Number::LogUniform { from, to: middle },
            3 => Number::Normal { mean: middle, std: self.within(0.1, 2.0), min: from, max: to },
            4 => Number::UniformInt { from: from.ceil() as i64, to: to.floor() as i64 },
            5 => Number::Choice(self.list(|d| d.number(from, to, depth - 1))),
            _ => Number::Weighted(Weighted::new(self.list(|d| (d.number(from, to, depth - 1), d.within(0.1, 9.0))))),
        }
    }

    fn count(&mut self) -> Number {
        match self.below(3) {
            0 => Number::Constant(self.below(1000) as f64),
            1 => Number::UniformInt { from: 0, to: self.below(9) as i64 },
            _ => Number::Choice(self.list(|d| Number::Constant(d.below(5) as f64))),
        }
    }

    fn triple(&mut self, depth: u32) -> Triple {
        match self.below(if depth == 0 { 1 } else { 3 }) {
            0 => Draw::Is([0; 3].map(|_| self.fraction())),
            1 => Draw::Choice(self.list(|d| d.triple(depth - 1))),
            _ => Draw::Weighted(Weighted::new(self.list(|d| (d.triple(depth - 1), d.within(0.1, 9.0))))),
        }
    }

    /// Between 0 and 1.
    fn fraction(&mut self) -> Number {
        match self.below(3) {
            0 => Number::Constant(self.within(0.0, 1.0)),
            1 => Number::Uniform { from: 0.0, to: self.within(0.0, 1.0) },
            _ => Number::Normal { mean: 0.5, std: self.within(0.1, 1.0), min: 0.0, max: 1.0 },
        }
    }

    fn pick(&mut self) -> Pick {
        self.of(&[Pick::Random, Pick::Shuffle, Pick::Each])
    }

    fn edit(&mut self) -> Option<NumberEdit> {
        let op = self.of(&[EditOp::Set, EditOp::Add, EditOp::Multiply]);
        self.flip().then(|| NumberEdit { op, value: self.fraction() })
    }

    fn rotation(&mut self) -> Rotation {
        match self.below(4) {
            0 => Rotation::Axis { axis: self.below(3) as usize, deg: self.number(1.0, 360.0, 2) },
            1 => Rotation::Euler { deg: self.triple(2) },
            2 => Rotation::Random,
            _ => Rotation::Upright,
        }
    }

    fn object(&mut self, index: usize) -> Object {
        let id = if self.flip() { format!("object-{index}") } else { index.to_string() };
        let material = |d: &mut Dice| MaterialEdit {
            glob: d.of(&["*", "Visor*", "{a,b}"]).to_owned(),
            base_color: d.flip().then(|| ColorEdit { op: EditOp::Multiply, value: d.triple(2) }),
            roughness: d.edit(),
            metallic: Some(NumberEdit { op: EditOp::Set, value: d.fraction() }),
        };
        Object {
            id,
            from: "models".to_owned(),
            pick: self.pick(),
            count: self.count(),
            fit: self.of(&[Fit::Unit, Fit::None]),
            rotation: self.rotation(),
            scale: self.number(0.5, 9.0, 2),
            position: self.triple(2),
            variant: match self.below(3) {
                0 => NamePick::Own,
                1 => NamePick::Random,
                _ => NamePick::Named(Draw::Choice(vec![Draw::Is("random".to_owned()), Draw::Is("on: #1".to_owned())])),
            },
            pose: match self.below(3) {
                0 => Pose { clip: NamePick::Own, time: Number::Constant(0.0) },
                1 => Pose { clip: NamePick::Random, time: self.fraction() },
                _ => Pose { clip: NamePick::Named(Draw::Is("*walk".to_owned())), time: self.fraction() },
            },
            material: if self.flip() { Vec::new() } else { self.list(material) },
        }
    }

    fn light(&mut self, index: usize, object: &str) -> Light {
        let aim = match self.below(4) {
            0 => Aim::At(LookAt::Object(object.to_owned())),
            1 => Aim::At(LookAt::Scene),
            2 => Aim::At(LookAt::Point(self.triple(2))),
            _ => Aim::Along(self.triple(2)),
        };
        let kind = match self.below(4) {
            0 => LightKind::Sun {
                elevation_deg: self.number(1.0, 90.0, 1),
                azimuth_deg: self.number(1.0, 360.0, 1),
                angle_deg: self.number(1.0, 9.0, 1),
                irradiance: self.number(1.0, 9.0, 1),
            },
            1 => LightKind::Point { position: self.triple(1), power_w: self.number(1.0, 900.0, 1) },
            2 => LightKind::Spot {
                position: self.triple(1),
                aim,
                inner_deg: self.number(1.0, 20.0, 1),
                outer_deg: self.number(21.0, 90.0, 1),
                power_w: self.number(1.0, 900.0, 1),
            },
            _ => LightKind::Area {
                shape: match self.below(4) {
                    0 => AreaShape::Square { side: self.number(1.0, 9.0, 1) },
                    1 => AreaShape::Rectangle { width: self.number(1.0, 9.0, 1), height: self.number(1.0, 9.0, 1) },
                    2 => AreaShape::Disk { diameter: self.number(1.0, 9.0, 1) },
                    _ => AreaShape::Sphere { diameter: self.number(1.0, 9.0, 1) },
                },
                position: self.triple(1),
                aim,
                power_w: self.number(1.0, 900.0, 1),
                visible: self.flip(),
                two_sided: self.flip(),
            },
        };
        let temperature_k = self.flip().then(|| self.number(2000.0, 9000.0, 1));
        Light { id: format!("light-{index}"), kind, color: self.triple(1), temperature_k }
    }

    fn rig(&mut self, index: usize, object: &str) -> CameraRig {
        let views = 3 + self.below(50) as u32;
        let radius =
            if self.flip() { Radius::Fit(self.number(1.0, 3.0, 1)) } else { Radius::Metres(self.number(1.0, 9.0, 1)) };
        let look_at = match self.below(3) {
            0 => LookAt::Scene,
            1 => LookAt::Object(object.to_owned()),
            _ => LookAt::Point(self.triple(1)),
        };
        let (lens, fov) = self.lens(object);
        let azimuth_deg = self.number(1.0, 90.0, 1);
        let range = (self.within(-90.0, 0.0), self.within(0.0, 90.0));
        let kind = match self.below(6) {
            0 => RigKind::Fibonacci { views, radius, elevation_deg: range, azimuth_deg, look_at, fov },
            1 => RigKind::Orbit { views, radius, elevation_deg: azimuth_deg, azimuth_deg: range, look_at, fov },
            2 => RigKind::Ring {
                views,
                radius,
                elevations_deg: self.list(|d| d.within(-90.0, 90.0)),
                azimuth_deg,
                look_at,
                fov,
            },
            3 => RigKind::Fixed { position: self.triple(2), look_at, fov },
            4 => RigKind::Stereo {
                pairs: views,
                baseline_m: self.number(1.0, 9.0, 1),
                radius,
                elevation_deg: azimuth_deg,
                azimuth_deg: range,
                look_at,
                fov,
            },
            _ => RigKind::File {
                path: "rig.json".to_owned(),
                cameras: if self.flip() { Vec::new() } else { self.list(Dice::camera) },
            },
        };
        let sensor_mm = [self.within(1.0, 50.0), self.within(1.0, 50.0)];
        let motion = CameraMotion { translate_m: self.triple(1), rotate_deg: self.triple(1) };
        CameraRig { id: format!("rig-{index}"), kind, roll_deg: self.number(1.0, 9.0, 1), motion, lens, sensor_mm }
    }

    fn sensor(&mut self, cameras: &[CameraRig]) -> Sensor {
        Sensor {
            vignette: self.fraction(),
            chromatic_aberration_px: self.number(1.0, 9.0, 1),
            noise_shot: self.fraction(),
            noise_read: self.fraction(),
            black_level: Number::Constant(self.within(0.0, 0.5)),
            bits: self.below(17) as u32,
            white_balance: self.triple(1),
            jpeg_quality: Number::Constant(0.0),
            depth: self.depth_sensor(cameras),
        }
    }

    fn depth_sensor(&mut self, cameras: &[CameraRig]) -> DepthSensor {
        let range_m = (self.within(0.0, 1.0), self.within(1.0, 9.0));
        if self.flip() || cameras.iter().any(|rig| !matches!(rig.lens, Lens::Perspective { .. })) {
            let (noise_per_m, step_per_m) = (self.fraction(), self.fraction());
            return DepthSensor::StructuredLight { noise_per_m, step_per_m, range_m };
        }
        let baseline_m = self.number(1.0, 9.0, 1);
        DepthSensor::Stereo { baseline_m, noise_px: self.fraction(), step_px: self.fraction(), range_m }
    }

    fn lens(&mut self, object: &str) -> (Lens, FieldOfView) {
        let angle = FieldOfView::Deg(self.number(20.0, 90.0, 1));
        match self.below(4) {
            0 => (Lens::Orthographic { height_m: self.number(1.0, 9.0, 1) }, FieldOfView::OfLens),
            1 => (Lens::Fisheye { k: std::array::from_fn(|_| self.number(1.0, 9.0, 1)) }, angle),
            2 => (Lens::Equirectangular, FieldOfView::OfLens),
            _ => {
                let focus = match self.below(3) {
                    0 => Focus::Scene,
                    1 => Focus::Object(object.to_owned()),
                    _ => Focus::Metres(self.number(1.0, 9.0, 1)),
                };
                let thin = Aperture::Thin {
                    f_stop: self.number(1.0, 9.0, 1),
                    focus,
                    blades: self.of(&[0, 3, 16]),
                    blade_rotation_deg: self.number(1.0, 9.0, 1),
                };
                let brown = Distortion::Brown(std::array::from_fn(|_| self.number(1.0, 9.0, 1)));
                let lens = Lens::Perspective {
                    distortion: if self.flip() { Distortion::None } else { brown },
                    aperture: if self.flip() { Aperture::Pinhole } else { thin },
                };
                let focal = FieldOfView::FocalLengthMm(self.number(9.0, 99.0, 1));
                (lens, if self.flip() { angle } else { focal })
            }
        }
    }

    /// A rotation about z by an angle with 3-4-5's sine, and some translation.
    fn camera(&mut self) -> FileCamera {
        let [x, y, z] = [0; 3].map(|_| self.within(-9.0, 9.0));
        FileCamera {
            fx: self.within(100.0, 900.0),
            fy: self.within(100.0, 900.0),
            cx: self.within(0.0, 900.0),
            cy: self.within(0.0, 900.0),
            cam2world: [[0.6, -0.8, 0.0, x], [0.8, 0.6, 0.0, y], [0.0, 0.0, 1.0, z], [0.0, 0.0, 0.0, 1.0]],
        }
    }

    fn pool(&mut self) -> Pool {
        let entry = |d: &mut Dice| PoolEntry {
            path: d.of(&["a.glb", "../b/**/*.glb", "日本.glb"]).to_owned(),
            license: d.of(&["", "CC0-1.0"]).to_owned(),
            attribution: d.of(&["", "Someone: \"quoted\", # no comment"]).to_owned(),
            class: d.of(&["", "a class"]).to_owned(),
            weight: d.within(0.1, 10.0),
            line: d.below(99) as u32,
            column: 1,
        };
        Pool { entries: self.list(entry) }
    }

    fn recipe(&mut self) -> Recipe {
        let objects: Vec<Object> = (0..1 + self.below(4) as usize).map(|i| self.object(i)).collect();
        let share = Share {
            role: "artist".to_owned(),
            name: "A".to_owned(),
            account: "eip155:1:0x52908400098527886E0F7030069857D2E4169EE7".to_owned(),
            permille: self.below(1001) as u32,
        };
        let sky = match self.below(3) {
            0 => SkyKind::Color(self.triple(2)),
            1 => SkyKind::Image { from: "skies".to_owned(), pick: self.pick() },
            _ => SkyKind::SunSky {
                elevation_deg: self.number(1.0, 90.0, 1),
                azimuth_deg: self.number(1.0, 360.0, 1),
                turbidity: self.number(2.0, 10.0, 1),
                ground_albedo: Draw::Is([self.fraction(), self.fraction(), self.fraction()]),
                sun: self.flip(),
            },
        };
        let ground = Ground::Plane {
            size_m: self.number(1.0, 50.0, 2),
            base_color: self.triple(2),
            roughness: self.fraction(),
            metallic: self.fraction(),
        };
        let lights = (0..self.below(4) as usize).map(|i| self.light(i, &objects[0].id)).collect();
        let layers: Vec<Layer> = Layer::ALL.into_iter().filter(|&layer| layer == Layer::Depth || self.flip()).collect();
        let cameras: Vec<CameraRig> = (0..1 + self.below(3) as usize).map(|i| self.rig(i, &objects[0].id)).collect();
        let sensor = self.sensor(&cameras);
        Recipe {
            name: "any_recipe-1".to_owned(),
            about: "text with \"quotes\"\nand lines".to_owned(),
            license: "CC-BY-4.0".to_owned(),
            shares: if self.flip() { vec![share] } else { Vec::new() },
            seed: self.below(1 << 53),
            variations: 1 + self.below(1_000_000_000),
            assets: BTreeMap::from([("models".to_owned(), self.pool()), ("skies".to_owned(), self.pool())]),
            cameras,
            scene: Scene {
                objects,
                ground: if self.flip() { ground } else { Ground::None },
                sky: Sky {
                    kind: sky,
                    rotation_deg: self.number(1.0, 360.0, 2),
                    exposure_ev: self.number(1.0, 4.0, 2),
                    visible: self.flip(),
                },
                lights,
            },
            frames: Frames {
                fps: self.within(1.0, 99.0),
                shutter: self.within(0.0, 1.0),
                rolling: self.within(0.0, 1.0),
            },
            render: Render {
                size: [1 + self.below(4096) as u32, 1 + self.below(4096) as u32],
                spp: 1 + self.below(999) as u32,
                bounces: 1 + self.below(9) as u32,
                exposure_ev: self.within(-3.0, 3.0),
                tone: self.of(&[Tone::Srgb, Tone::Agx, Tone::Filmic, Tone::None]),
                background: self.of(&[Background::Transparent, Background::White, Background::Black]),
                max_texture_px: 1 + self.below(4096) as u32,
                scattering: self.of(&[Scattering::Conserving, Scattering::Literal]),
                sides: self.of(&[Sides::Asset, Sides::Both]),
                clamp: if self.flip() { f64::INFINITY } else { self.within(1.0, 99.0) },
            },
            sensor,
            layers,
            package: Package { shard: 1 << self.below(12), group: self.of(&[Group::View, Group::Variation]) },
        }
    }
}

#[test]
fn any_recipe_comes_through_a_plan_unchanged() {
    let mut dice = Dice(1);
    for _ in 0..400 {
        let recipe = dice.recipe();
        // As a plan is written: bytes, and read from them.
        let text = serde_json::to_string(&resolve(&recipe)).expect("JSON");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let (again, problems) = from_resolved("plan.json", &json);
        let said: String = problems.0.iter().map(|problem| format!("{problem}\n")).collect();
        assert_eq!(again.as_ref(), Some(&recipe), "{said}");
        // YAML holds JSON: the same text is a recipe that a person could have written.
        assert_eq!(read("plan.yaml", &text, &[]).0, Some(recipe));
    }
}

#[test]
fn equality_of_recipes_sees_a_changed_draw() {
    let recipe = Dice(1).recipe();
    let mut other = recipe.clone();
    other.scene.sky.exposure_ev = Number::Constant(0.125);
    assert_ne!(recipe, other);
    other = recipe.clone();
    other.assets.get_mut("models").expect("a pool").entries[0].weight += 1.0;
    assert_ne!(recipe, other);
    other = recipe.clone();
    other.assets.get_mut("models").expect("a pool").entries[0].line += 1;
    assert_eq!(recipe, other, "where an entry stands doesn't matter");
}

/// Texts to begin with: a good recipe and all the broken ones.
fn seeds() -> Vec<Vec<u8>> {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut paths: Vec<_> = std::fs::read_dir(tests.join("recipe_errors"))
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        // These two are slow by intention.
        .filter(|path| !path.ends_with("alias_bomb.yaml") && !path.ends_with("too_many_aliases.yaml"))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths.push(tests.join("recipe_full.yaml"));
    paths.iter().map(|path| std::fs::read(path).expect("the file can be read")).collect()
}

#[test]
fn no_text_makes_the_reader_panic() {
    let seeds = seeds();
    assert!(seeds.len() > 60, "{} seeds", seeds.len());
    let mut dice = Dice(2);
    let bits: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b": ",
        b"- ",
        b"\n",
        b"\t",
        b"\"",
        b"&a ",
        b"*a",
        b"<<: ",
        b"999999999999999999999",
        b"\xc3\xa9",
        b"-",
        b"#",
    ];
    let mut good = 0;
    for round in 0..2000 {
        let mut bytes = seeds[dice.below(seeds.len() as u64) as usize].clone();
        if round % 3 == 0 {
            bytes.clone_from(seeds.last().expect("the full recipe"));
        }
        for _ in 0..1 + dice.below(3) {
            let at = dice.below(bytes.len() as u64 + 1) as usize;
            let end = (at + dice.below(12) as usize).min(bytes.len());
            match dice.below(4) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => bytes[at..end].iter_mut().for_each(|byte| *byte = (dice.next() & 0x7f) as u8),
                _ => drop(bytes.splice(at..at, dice.of(&bits).iter().copied())),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let (recipe, problems) = read("any.yaml", &text, &[]);
        assert_eq!(recipe.is_none(), problems.has_errors(), "{text}");
        for problem in &problems.0 {
            let place = &problem.place;
            let unix = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            let line = unix.split(['\n', '\r']).nth((place.line as usize).saturating_sub(1)).unwrap_or("");
            let length = line.chars().count() as u32;
            assert!(place.column <= length + 1 && place.width <= length + 1, "{problem}\n{text}");
            assert!(!problem.message.is_empty());
            let _ = problem.to_string();
        }
        if let Some(recipe) = recipe {
            good += 1;
            assert_eq!(from_resolved("plan.json", &resolve(&recipe)).0, Some(recipe), "{text}");
        }
    }
    assert!(good > 60, "only {good} of the texts were recipes");
}

#[test]
fn no_override_makes_the_reader_panic() {
    let mut dice = Dice(3);
    let words = [
        "render", "spp", "scene", "objects", "hero", "0", "9", "", "assets", "cameras", "around", "scale", "sky", "é",
        "id",
    ];
    let values = ["1", "{", "[1, 2]", "null", "", "{a: b}", "*a", "\"\"", "\n\n- x", "é", "---"];
    for _ in 0..1500 {
        let overrides: Vec<(String, String)> =
            (0..2).map(|_| (dice.list(|d| d.of(&words)).join("."), dice.of(&values).to_owned())).collect();
        let (recipe, problems) = read("any.yaml", include_str!("recipe_full.yaml"), &overrides);
        assert_eq!(recipe.is_none(), problems.has_errors(), "{overrides:?}");
        problems.0.iter().for_each(|problem| drop(problem.to_string()));
    }
}
