//! Composed scenes against derived values: fits, poses, projections, lights, edits.

#![expect(clippy::disallowed_methods, reason = "std's f64 functions are the oracle")]

use super::*;
use crate::hash::sha256;
use crate::math::{Bounds, vec3};
use crate::plan::{Plan, PlannedAsset};
use crate::scene::{
    AlphaMode, Asset, AssetFacts, Camera, Filter, Light, Mesh, SkyImage, TextureRef, VariantSlot, Wrap,
};

const HEAD: &str = "genki: 1\nname: test\nlicense: CC0-1.0\nassets: {things: [things/*.glb]}\n";

/// A box of eight vertices, in glTF's axes.
pub(super) fn box_asset(name: &str, min: [f32; 3], max: [f32; 3]) -> Asset {
    let bounds = Bounds { min: min.into(), max: max.into() };
    let positions: Vec<[f32; 3]> = bounds.corners().map(|c| c.to_array()).to_vec();
    let n = positions.len();
    let mesh = Mesh {
        normals: vec![[0.0, 1.0, 0.0]; n],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; n],
        uv0: vec![[0.0; 2]; n],
        triangles: vec![[0, 1, 2], [4, 5, 6]],
        triangle_material: vec![0, 1],
        triangle_part: vec![0; 2],
        positions,
        ..Mesh::default()
    };
    let texture = TextureRef {
        image: 0,
        uv_set: 0,
        wrap_u: Wrap::Repeat,
        wrap_v: Wrap::Repeat,
        filter: Filter::Linear,
        image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    };
    let material = |name: &str| Material {
        name: name.to_string(),
        base_color: [0.5, 0.5, 0.5, 0.75],
        roughness: 0.5,
        metallic: 0.5,
        base_color_texture: Some(texture),
        alpha: AlphaMode::Blend,
        ..Material::default()
    };
    let image = Image { width: 1, height: 1, rgba8: vec![255; 4], digest: sha256(name.as_bytes()) };
    Asset {
        facts: AssetFacts {
            sha256: sha256(name.as_bytes()),
            bytes: 0,
            triangles: 2,
            vertices: n as u64,
            bounds,
            material_names: vec!["paint".into(), "metal".into()],
            variant_names: Vec::new(),
            generator: String::new(),
            warnings: Vec::new(),
        },
        mesh: Arc::new(mesh),
        materials: vec![material("paint"), material("metal")],
        variant_slots: Vec::new(),
        rig: Default::default(),
        images: vec![Arc::new(image)],
        lights: vec![Light::Spot {
            position: vec3(max[0], max[1], max[2]),
            direction: vec3(0.0, -1.0, 0.0),
            intensity: vec3(4.0, 2.0, 1.0),
            inner_rad: 0.1,
            outer_rad: 0.2,
        }],
        part_names: vec!["box".into()],
    }
}

pub(super) struct Stage {
    pub plan: Plan,
    pub library: Library,
}

impl Stage {
    pub(super) fn new(rest: &str, assets: Vec<Asset>) -> Stage {
        let (recipe, problems) = crate::recipe::read("test.yaml", &format!("{HEAD}{rest}"), &[]);
        let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
        let planned = |asset: &Asset| PlannedAsset {
            path: format!("{}.glb", &asset.facts.sha256.to_string()[..8]),
            sha256: asset.facts.sha256,
            bytes: 0,
            license: "CC0-1.0".into(),
            attribution: String::new(),
            class: "thing".into(),
            weight: 1.0,
            variants: asset.facts.variant_names.clone(),
            clips: asset.rig.clips.iter().map(|clip| clip.name.clone()).collect(),
        };
        let pools = BTreeMap::from([("things".to_string(), assets.iter().map(planned).collect())]);
        let mut library = Library::default();
        library.assets.extend(assets.into_iter().map(|a| (a.facts.sha256, Arc::new(a))));
        Stage { plan: Plan::new(recipe, pools).expect("a plan"), library }
    }

    pub(super) fn compose(&self, index: u64) -> Result<Composed, ComposeError> {
        compose(&self.plan.variation(index, 0), self.plan.recipe(), &self.library)
    }
}

pub(super) fn one(rest: &str) -> Composed {
    Stage::new(rest, vec![box_asset("box", [0.0, 0.0, 0.0], [2.0, 4.0, 1.0])]).compose(0).expect("a scene")
}

/// Why there is no scene.
pub(super) fn refused(rest: &str) -> ComposeError {
    let stage = Stage::new(rest, vec![box_asset("box", [0.0, 0.0, 0.0], [2.0, 4.0, 1.0])]);
    stage.compose(0).expect_err("no scene")
}

pub(super) const BOX: &str = "scene: {objects: [{id: box, from: things}]}\n";

fn near(a: Vec3, b: Vec3) -> bool {
    (a - b).length() < 1e-5
}

/// Pixel of a world point, or `None` behind the camera.
pub(super) fn project(camera: &Camera, p: Vec3) -> Option<(f32, f32)> {
    let c = camera.world_from_camera.inverse().expect("a pose").point(p);
    (c.z > 0.0).then(|| (camera.fx * c.x / c.z + camera.cx, camera.fy * c.y / c.z + camera.cy))
}

#[test]
fn unit_fit_makes_the_longest_side_one_and_centres() {
    let composed = one(BOX);
    let object = &composed.objects[0];
    // glTF's y is the world's z: 2 × 4 × 1 becomes 0.5 wide, 1 high, 0.25 deep.
    assert_eq!(object.bounds(), Bounds { min: vec3(-0.25, -0.125, -0.5), max: vec3(0.25, 0.125, 0.5) });
    assert_eq!(object.scale, 0.25);
    assert!(near(object.world_from_gltf.point(vec3(2.0, 4.0, 1.0)), vec3(0.25, -0.125, 0.5)));
    assert_eq!(composed.scene.instances[0].object_id, 1);
}

#[test]
fn scale_rotation_and_position_follow_the_fit() {
    let composed = one(
        "scene: {objects: [{id: box, from: things, scale: 2, rotation: {axis: z, deg: 90}, position: [10, 20, 30]}]}\n",
    );
    let object = &composed.objects[0];
    // The corner (0.25, −0.125, 0.5) doubles, turns a quarter counter-clockwise, moves.
    assert!(near(object.world_from_gltf.point(vec3(2.0, 4.0, 1.0)), vec3(10.25, 20.5, 31.0)));
    // The record's parts give the same map.
    let p = [2.0, -1.0, 4.0].map(|x| object.scale * x);
    let inner: [f64; 3] = std::array::from_fn(|k| p[k] + object.offset[k]);
    let outer = place::apply(&object.rotation, inner);
    assert!(near(place::to_vec3(std::array::from_fn(|k| outer[k] + object.translation[k])), vec3(10.25, 20.5, 31.0)));
    assert!(near(place::to_vec3(place::center(object)), vec3(10.0, 20.0, 30.0)));
}

#[test]
fn euler_turns_about_x_then_y_then_z_of_the_world() {
    let composed = one("scene: {objects: [{id: box, from: things, fit: none, rotation: {euler_deg: [90, 0, 90]}}]}\n");
    // glTF (0, 1, 0) is up; about x it falls to −y, about z from −y to +x.
    assert!(near(composed.objects[0].world_from_gltf.vector(vec3(0.0, 1.0, 0.0)), vec3(1.0, 0.0, 0.0)));
}

#[test]
fn an_orbit_looks_at_its_target_with_the_world_up() {
    let cameras = "cameras: [{id: c, rig: orbit, views: 5, radius: 3, elevation_deg: 25, azimuth_deg: {min: -70, max: 200}, look_at: [0.5, 0, 0], fov_deg: 40}]\n\
                   render: {size: [200, 100]}\n";
    let composed = one(&format!("{BOX}{cameras}"));
    assert_eq!(composed.scene.cameras.len(), 5);
    for (i, camera) in composed.scene.cameras.iter().enumerate() {
        let pose = &camera.world_from_camera;
        assert!((pose.determinant() - 1.0).abs() < 1e-6);
        assert_eq!(project(camera, vec3(0.5, 0.0, 0.0)).map(|(x, y)| (x.round(), y.round())), Some((100.0, 50.0)));
        let eye = pose.column(3) - vec3(0.5, 0.0, 0.0);
        assert!((eye.length() - 3.0).abs() < 1e-5);
        let azimuth = f64::from(eye.y).atan2(f64::from(eye.x)).to_degrees();
        assert!((azimuth - (-70.0 + 67.5 * i as f64 + 180.0).rem_euclid(360.0) + 180.0).abs() < 1e-3, "{azimuth}");
        assert!((eye.z - 3.0 * 25f64.to_radians().sin() as f32).abs() < 1e-5);
        // Up in the world is up in the picture, and right stays level.
        let (_, y) = project(camera, vec3(0.5, 0.0, 0.1)).expect("in front");
        assert!(y < 50.0 && pose.column(0).z.abs() < 1e-6);
        // A point at the upper edge of the vertical field of view.
        let edge = pose.point(vec3(0.0, -(20f64.to_radians().tan()) as f32, 1.0));
        let (x, y) = project(camera, edge).expect("in front");
        assert!((x - 100.0).abs() < 1e-3 && y.abs() < 1e-3, "{x} {y}");
    }
}

#[test]
fn straight_down_and_up_have_poses() {
    let cameras = "cameras:\n\
                   - {id: a, rig: orbit, views: 2, radius: 2, elevation_deg: 90, azimuth_deg: {min: 0, max: 90}, look_at: scene}\n\
                   - {id: b, rig: orbit, views: 1, radius: 2, elevation_deg: -90, azimuth_deg: {min: 0, max: 90}, look_at: scene}\n\
                   - {id: c, rig: fixed, position: [0, 0, 5], look_at: [0, 0, 0]}\n";
    let composed = one(&format!("{BOX}{cameras}"));
    let [a0, a1, b, c] = [0, 1, 2, 3].map(|i| composed.scene.cameras[i].world_from_camera);
    // The limits of cameras that rise along azimuth 0 and 90: what is up in the picture lies beyond the target.
    assert!(near(a0.column(0), vec3(0.0, 1.0, 0.0)) && near(a0.column(1), vec3(1.0, 0.0, 0.0)));
    assert!(near(a1.column(0), vec3(-1.0, 0.0, 0.0)) && near(a1.column(2), vec3(0.0, 0.0, -1.0)));
    assert!(near(b.column(2), vec3(0.0, 0.0, 1.0)) && near(b.column(3), vec3(0.0, 0.0, -2.0)));
    assert!(near(c.column(0), vec3(1.0, 0.0, 0.0)) && near(c.column(1), vec3(0.0, -1.0, 0.0)));
}

#[test]
fn fit_makes_the_bounding_sphere_touch_the_picture() {
    for (size, fov) in [("[200, 100]", 50.0f64), ("[100, 300]", 50.0)] {
        let cameras = format!(
            "cameras: [{{id: c, rig: ring, views: 4, radius: {{fit: 1}}, elevations_deg: [10, 30], look_at: box, fov_deg: {fov}}}]\nrender: {{size: {size}}}\n"
        );
        let composed = one(&format!("{BOX}{cameras}"));
        // Half diagonal of the fitted box.
        let radius = 0.5 * (0.5f64 * 0.5 + 1.0 + 0.25 * 0.25).sqrt();
        for camera in &composed.scene.cameras {
            let half_y = (fov / 2.0).to_radians();
            let half_x = (half_y.tan() * f64::from(camera.width) / f64::from(camera.height)).atan();
            let distance = radius / if half_x < half_y { half_x } else { half_y }.sin();
            assert!((f64::from(camera.world_from_camera.column(3).length()) - distance).abs() < 1e-5);
        }
    }
}

#[test]
fn roll_turns_the_camera_clockwise() {
    let cameras = "cameras: [{id: c, rig: fixed, position: [0, -5, 0], look_at: [0, 0, 0], roll_deg: 90}]\n";
    let composed = one(&format!("{BOX}{cameras}"));
    let pose = composed.scene.cameras[0].world_from_camera;
    // Its right hand points down, its feet point left.
    assert!(near(pose.column(0), vec3(0.0, 0.0, -1.0)) && near(pose.column(1), vec3(-1.0, 0.0, 0.0)));
}

#[test]
fn lights_of_assets_keep_their_look() {
    let composed = one("scene: {objects: [{id: box, from: things, scale: 2}], lights: []}\n");
    // Scale 0.5 in all: distances halve, so the intensity goes by a quarter.
    let expected = Light::Spot {
        position: vec3(0.5, -0.25, 1.0),
        direction: vec3(0.0, 0.0, -1.0),
        intensity: vec3(1.0, 0.5, 0.25),
        inner_rad: 0.1,
        outer_rad: 0.2,
    };
    assert_eq!(composed.scene.lights, [expected]);
}

#[test]
fn suns_and_points_are_in_physical_units() {
    let composed = one("scene:\n  objects: [{id: box, from: things, count: 0}]\n  lights:\n\
        \x20   - {id: s, kind: sun, elevation_deg: 30, azimuth_deg: 90, angle_deg: 0.5, irradiance: 3, color: [1, 0.5, 0]}\n\
        \x20   - {id: p, kind: point, position: [1, 2, 3], power_w: 100}\ncameras: [{rig: fixed, position: [0, -3, 0], look_at: [0, 0, 0]}]\n");
    let [Light::Sun { direction, irradiance, angle_rad }, Light::Point { position, intensity }] =
        composed.scene.lights[..]
    else {
        panic!("{:?}", composed.scene.lights)
    };
    assert!(near(direction, vec3(0.0, -(0.75f32.sqrt()), -0.5)) && near(irradiance, vec3(3.0, 1.5, 0.0)));
    assert!((f64::from(angle_rad) - 0.5f64.to_radians()).abs() < 1e-9);
    // Over the whole sphere the intensity gives the power back.
    let watts = intensity.x * 4.0 * std::f32::consts::PI;
    assert!(near(position, vec3(1.0, 2.0, 3.0)) && (watts - 100.0).abs() < 1e-4);
}

#[test]
fn the_ground_lies_under_the_lowest_vertex() {
    let scene = |rotation: &str| {
        one(&format!(
            "scene: {{objects: [{{id: box, from: things, rotation: {rotation}}}], ground: {{kind: plane, size_m: 20}}}}\n"
        ))
        .scene
    };
    let upright = scene("{axis: z, deg: 30}");
    let ground = &upright.instances[1];
    assert_eq!((ground.object_id, ground.class_id, ground.material_base), (0, 0, 2));
    assert!(near(ground.world_from_object.point(vec3(0.5, -0.5, 0.0)), vec3(10.0, -10.0, -0.5)));
    assert_eq!(upright.materials.len(), 3);
    // On a corner of its long and its wide side: half the diagonal of the 1 × 0.5 face, turned by atan 2.
    let tilted = scene("{axis: y, deg: 63.43494882}");
    let low = -(0.5 * 0.447_213_6 + 0.25 * 0.894_427_2);
    assert!((tilted.instances[1].world_from_object.column(3).z - low).abs() < 1e-5);
}

#[test]
fn edits_change_the_materials_that_their_glob_names() {
    let composed = one("scene: {objects: [{id: box, from: things, material: [\
         {match: '*', base_color: {multiply: [0.5, 1, 4]}, roughness: {add: 0.25}},\
         {match: 'pai*', metallic: {set: 0.125}, base_color: {set: [0.1, 0.2, 0.3]}}]}]}\n");
    let [paint, metal] = &composed.scene.materials[..] else { panic!() };
    // (factor, offset) of texel · factor + offset.
    assert_eq!((metal.base_color, metal.base_color_offset), ([0.25, 0.5, 2.0, 0.75], [0.0; 3]));
    assert_eq!((metal.roughness, metal.roughness_offset), (0.5, 0.25));
    assert_eq!((metal.metallic, metal.metallic_offset), (0.5, 0.0));
    assert_eq!((paint.base_color, paint.base_color_offset), ([0.0, 0.0, 0.0, 0.75], [0.1, 0.2, 0.3]));
    assert_eq!((paint.roughness, paint.roughness_offset), (0.5, 0.25));
    assert_eq!((paint.metallic, paint.metallic_offset), (0.0, 0.125));
    assert!(paint.base_color_texture.is_some(), "its alpha is still seen");
}

#[test]
fn a_variant_shows_its_materials_and_edits_meet_those() {
    let mut asset = box_asset("box", [0.0; 3], [1.0; 3]);
    asset.facts.variant_names = vec!["plain".into(), "shiny".into()];
    asset.variant_slots = vec![VariantSlot { material: 0, replaced: BTreeMap::from([(1, 1)]) }];
    Arc::make_mut(&mut asset.mesh).triangle_material = vec![2, 1];
    let names = |variant: &str| {
        let edits = "material: [{match: metal, roughness: {set: 0.25}}]";
        let rest = format!("scene: {{objects: [{{id: box, from: things, {variant}, {edits}}}]}}\n");
        let scene = Stage::new(&rest, vec![asset.clone()]).compose(0).expect("a scene").scene;
        let shown = |t: &u32| &scene.materials[(scene.instances[0].material_base + t) as usize];
        let shown = scene.instances[0].mesh.triangle_material.iter().map(shown);
        shown.map(|m| (m.name.clone(), m.roughness_offset)).collect::<Vec<_>>()
    };
    let [paint, metal] = [("paint".to_string(), 0.0), ("metal".to_string(), 0.25)];
    assert_eq!(names("count: 1"), [paint.clone(), metal.clone()]);
    assert_eq!(names("variant: plain"), [paint, metal.clone()]);
    assert_eq!(names("variant: shiny"), [metal.clone(), metal]);
}

#[test]
fn a_plan_that_says_of_an_asset_what_its_file_does_not_is_an_error() {
    let mut said = box_asset("box", [0.0; 3], [1.0; 3]);
    said.facts.variant_names = vec!["shiny".into()];
    let mut stage = Stage::new("scene: {objects: [{id: box, from: things, variant: shiny}]}\n", vec![said]);
    let real = box_asset("box", [0.0; 3], [1.0; 3]);
    stage.library.assets.insert(real.facts.sha256, Arc::new(real));
    let error = stage.compose(0).expect_err("is refused");
    assert!(error.to_string().contains("no variant `shiny`") && error.reason() == Reason::Internal, "{error}");
}

#[test]
fn instances_of_one_asset_share_its_mesh_and_images() {
    let assets = vec![box_asset("a", [0.0; 3], [1.0; 3]), box_asset("b", [0.0; 3], [1.0; 3])];
    let rest = "scene: {objects: [{id: o, from: things, pick: each, count: 3}]}\n";
    let scene = Stage::new(rest, assets).compose(0).expect("a scene").scene;
    assert_eq!((scene.instances.len(), scene.images.len(), scene.materials.len()), (3, 2, 6));
    assert!(Arc::ptr_eq(&scene.instances[0].mesh, &scene.instances[2].mesh));
    let image_of = |i: usize| {
        let texture = scene.materials[scene.instances[i].material_base as usize].base_color_texture;
        scene.images[texture.expect("a texture").image as usize].digest
    };
    assert_eq!([0, 1, 2].map(image_of), [0, 1, 2].map(|i| scene.instances[i].mesh_digest));
    assert_eq!([0, 1, 2].map(|i| scene.instances[i].object_id), [1, 2, 3]);
}

#[test]
fn views_have_seeds_of_their_own() {
    let mut seen = std::collections::BTreeSet::new();
    for (seed, variation, attempt, view) in [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)] {
        assert!(seen.insert(view_seed(seed, variation, attempt, view)));
    }
    let mut message = b"genki/view/v1\0".to_vec();
    message.extend([0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0, 3]);
    let first: [u8; 8] = sha256(&message).0[..8].try_into().expect("eight bytes");
    let [high, low] = view_seed(7, 42, 1, 3);
    assert_eq!(u64::from_be_bytes(first), u64::from(high) << 32 | u64::from(low));
}

#[test]
fn the_sky_is_turned_and_exposed() {
    let composed = one(
        "scene: {objects: [{id: box, from: things}], sky: {color: [0.25, 0.5, 1], rotation_deg: 90, exposure_ev: 3, visible: true}}\n",
    );
    let sky = &composed.scene.sky;
    assert!((sky.rotation_rad - std::f32::consts::FRAC_PI_2).abs() < 1e-6);
    assert_eq!((sky.scale, sky.visible), (8.0, true));
    assert!(matches!(sky.light, SkyLight::Constant(color) if color == vec3(0.25, 0.5, 1.0)));
    let image = SkyImage { digest: sha256(b"sky"), width: 1, height: 1, texels: vec![[1.0; 3]] };
    let mut stage = Stage::new(BOX, vec![box_asset("box", [0.0; 3], [1.0; 3])]);
    let mut variation = stage.plan.variation(0, 0);
    let choice = crate::plan::AssetChoice { pool: "skies".into(), index: 0, digest: image.digest };
    variation.sky.source = SkySource::Image(choice);
    let missing = compose(&variation, stage.plan.recipe(), &stage.library).expect_err("no such sky");
    assert_eq!((missing.reason(), &missing), (Reason::Internal, &ComposeError::NotLoaded(image.digest)));
    stage.library.skies.insert(image.digest, Arc::new(image));
    assert!(compose(&variation, stage.plan.recipe(), &stage.library).is_ok());
}

#[test]
fn ids_that_16_bits_cannot_hold_are_refused_where_a_layer_shows_them() {
    let crowded = |layers: &str| {
        let mut asset = box_asset("box", [0.0; 3], [1.0; 3]);
        asset.part_names = vec![String::new(); 40_000];
        let scene = "scene: {objects: [{id: box, from: things, count: 2}]}\n";
        Stage::new(&format!("{scene}layers: {layers}\n"), vec![asset]).compose(0)
    };
    assert!(crowded("[rgb, material_id]").is_ok());
    let error = crowded("[part]").expect_err("refused");
    assert_eq!(
        (error.reason(), &error),
        (Reason::AssetTooLarge, &ComposeError::TooManyIds { layer: Layer::Part, n: 80_000 })
    );
}

#[test]
fn degenerate_scenes_are_refused_with_a_reason() {
    let refused = |rest: &str, asset: Asset| {
        let error = Stage::new(rest, vec![asset]).compose(0).expect_err("refused");
        assert_eq!(error.reason(), Reason::SceneDegenerate);
        error.to_string()
    };
    let unit = || box_asset("box", [0.0; 3], [1.0; 3]);
    assert!(refused(BOX, box_asset("dot", [1.0; 3], [1.0; 3])).contains("has no extent"));
    assert!(refused(BOX, box_asset("nan", [f32::NAN; 3], [1.0; 3])).contains("has no extent"));
    let far = "scene: {objects: [{id: box, from: things, fit: none}]}\n";
    assert!(refused(far, box_asset("wide", [0.0; 3], [f32::INFINITY; 3])).contains("has no extent"));
    let stage = Stage::new(BOX, vec![unit()]);
    let mut variation = stage.plan.variation(0, 0);
    variation.objects[0].scale = -2.0;
    let error = compose(&variation, stage.plan.recipe(), &stage.library).expect_err("refused");
    assert!(error.to_string().contains("objects.box.scale is -2, but"));
    variation.objects[0].scale = 1e60;
    let error = compose(&variation, stage.plan.recipe(), &stage.library).expect_err("refused");
    assert_eq!(error, ComposeError::NotFinite { path: "objects.box".into() });
    let nothing =
        "scene: {objects: [{id: box, from: things, count: 0}]}\ncameras: [{id: c, rig: orbit, radius: {fit: 1}}]\n";
    assert!(refused(nothing, unit()).contains("cameras.c.radius@0"));
    let inside = format!("{BOX}cameras: [{{id: c, rig: fixed, position: [0, 0, 1], look_at: [0, 0, 1]}}]\n");
    assert!(refused(&inside, unit()).contains("stands where it looks at"));
}

/// The lights of the recipe alone.
fn lights(described: &str) -> Vec<Light> {
    let composed = one(&format!("scene: {{objects: [{{id: box, from: things}}], lights: {described}}}\n"));
    composed.scene.lights[1..].to_vec()
}

#[test]
fn a_spot_spreads_its_power_over_its_cone() {
    for (inner_deg, outer_deg) in [(20.0f64, 30.0f64), (0.0, 60.0), (45.0, 45.0), (0.0, 1.5), (80.0, 90.0)] {
        let text = format!(
            "[{{kind: spot, position: [3, 0, 4], look_at: box, inner_deg: {inner_deg}, outer_deg: {outer_deg}, power_w: 60}}]"
        );
        let [Light::Spot { direction, intensity, inner_rad, outer_rad, .. }] = lights(&text)[..] else {
            panic!("one spot");
        };
        assert!(near(direction, vec3(-0.6, 0.0, -0.8)), "{direction:?}");
        assert!((f64::from(inner_rad).to_degrees() - inner_deg).abs() < 1e-4 && inner_rad <= outer_rad);
        // ∫ share dω by midpoints, with the share as KHR_lights_punctual has it.
        let (inner, outer) = (inner_deg.to_radians().cos(), outer_deg.to_radians().cos());
        let n = 100_000;
        let mut cone = 0.0;
        for i in 0..n {
            let cosine = outer + (1.0 - outer) * (f64::from(i) + 0.5) / f64::from(n);
            let share = ((cosine - outer) / (inner - outer).max(1e-3)).clamp(0.0, 1.0);
            cone += share * share * (1.0 - outer) / f64::from(n) * std::f64::consts::TAU;
        }
        let power = f64::from(intensity.x) * cone;
        assert!((power / 60.0 - 1.0).abs() < 1e-4, "{inner_deg} {outer_deg}: {power} W");
    }
}

#[test]
fn an_area_light_spreads_its_power_over_its_front() {
    use crate::scene::AreaShape;
    let area = |text: &str| {
        let lights = lights(&format!("[{{kind: area, position: [0, -2, 0], power_w: 100, {text}}}]"));
        let [Light::Area(light)] = lights[..] else { panic!("one area light") };
        let power = f64::from(light.radiance.y) * light.shape.area() * std::f64::consts::PI;
        assert!((power / 100.0 - 1.0).abs() < 1e-6, "{text}: {power} W");
        light
    };
    let panel = area("size_m: [0.5, 2], two_sided: true");
    assert_eq!(panel.shape, AreaShape::Rectangle { width: 0.5, height: 2.0 });
    assert!(panel.two_sided && !panel.visible);
    // It looks at the scene's middle, and its width is level.
    assert!(near(panel.direction, vec3(0.0, 1.0, 0.0)) && near(panel.across, vec3(1.0, 0.0, 0.0)), "{panel:?}");
    let disk = area("shape: disk, size_m: 3, direction: [0, 0, -2]");
    assert_eq!(disk.shape, AreaShape::Disk { diameter: 3.0 });
    assert!(near(disk.direction, vec3(0.0, 0.0, -1.0)) && disk.across.z == 0.0);
    let ball = area("shape: sphere, size_m: 0.2, look_at: [0, -2, 0], visible: true");
    assert_eq!(ball.shape, AreaShape::Sphere { diameter: 0.2 });
    assert!(ball.visible, "a sphere needs no way to look");
}

#[test]
fn a_temperature_tints_and_keeps_the_luminance() {
    let point = |more: &str| {
        let [Light::Point { intensity, .. }] = lights(&format!("[{{kind: point, power_w: 100{more}}}]"))[..] else {
            panic!("one bulb");
        };
        intensity
    };
    let luminance = |c: Vec3| 0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z;
    let (plain, warm, cold) = (point(""), point(", temperature_k: 2700"), point(", temperature_k: 12000"));
    assert!(warm.x > 2.0 * warm.z && cold.z > 1.3 * cold.x, "{warm:?} {cold:?}");
    assert!((luminance(warm) / luminance(plain) - 1.0).abs() < 1e-4);
    let red = point(", temperature_k: 2700, color: [1, 0, 0]");
    assert_eq!((red.x, red.y, red.z), (warm.x, 0.0, 0.0));
}

#[test]
fn a_modelled_sky_has_its_sun_where_the_picture_is_brightest() {
    for (azimuth, rotation) in [(0.0f64, 0.0f64), (-60.0, 0.0), (100.0, 45.0)] {
        let composed = one(&format!(
            "scene: {{objects: [{{id: box, from: things}}], sky: {{sun_sky: {{elevation_deg: 30, azimuth_deg: {azimuth}}}, \
             rotation_deg: {rotation}, exposure_ev: 1}}}}\n"
        ));
        let Some(Light::Sun { direction, irradiance, angle_rad }) = composed.scene.lights.last().copied() else {
            panic!("a sun");
        };
        let turned = (azimuth + rotation).to_radians();
        let expected = vec3((-turned.cos() * 0.75f64.sqrt()) as f32, (-turned.sin() * 0.75f64.sqrt()) as f32, -0.5);
        assert!(near(direction, expected), "{direction:?}");
        assert!((f64::from(angle_rad).to_degrees() - 0.53).abs() < 1e-4);
        // 60 to 90 klx at 30°, two of exposure; π for 100 klx.
        let klx = f64::from(0.2126 * irradiance.x + 0.7152 * irradiance.y + 0.0722 * irradiance.z) / 2.0 * 100.0
            / std::f64::consts::PI;
        assert!((60.0..90.0).contains(&klx), "{klx}");
        let sky = &composed.scene.sky;
        assert_eq!(sky.scale, 2.0);
        let SkyLight::Image(image) = &sky.light else { panic!("an image") };
        let sum = |i: usize| image.texels[i].iter().sum::<f32>();
        let brightest = (0..image.texels.len()).fold(0, |best, i| if sum(i) > sum(best) { i } else { best });
        // The texel's azimuth in the world, by the mapping of `SkyLight::Image`.
        let u = (brightest as u32 % image.width) as f64 / f64::from(image.width);
        let found = (0.5 - u) * std::f64::consts::TAU + f64::from(sky.rotation_rad);
        assert!((found - turned).cos() > 0.999, "{found} {turned}");
    }
    let dark = one("scene: {objects: [{id: box, from: things}], sky: {sun_sky: {sun: false}}}\n");
    assert_eq!(dark.scene.lights.len(), 1, "the asset's alone");
}

#[test]
fn a_light_that_looks_nowhere_is_refused() {
    for text in ["kind: spot, direction: [0, 0, 0]", "kind: area, position: [1, 2, 3], look_at: [1, 2, 3]"] {
        let stage = Stage::new(
            &format!("scene: {{objects: [{{id: box, from: things}}], lights: [{{id: lamp, {text}}}]}}\n"),
            vec![box_asset("box", [0.0; 3], [1.0; 3])],
        );
        let error = stage.compose(0).expect_err("refused");
        assert_eq!(error.reason(), Reason::SceneDegenerate);
        assert!(error.to_string().contains("lights.lamp."), "{error}");
    }
}
