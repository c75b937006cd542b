//! What a mesh is shown as and how often: looks with names, instances of a node.

use super::looks::triangle_of;
use super::{Builder, Cause, close, load, load_with, loaded, write};
use crate::asset::{Budget, survey};
use crate::scene::Asset;
use serde_json::{Value, json};

/// Four materials, two primitives, and the variants "red", "blue", "worn".
fn varied(mappings: [Value; 2]) -> Builder {
    let mut builder = triangle_of(json!({"name": "grey"}));
    for name in ["red", "blue", "rust"] {
        super::push(&mut builder.json["materials"], json!({"name": name}));
    }
    let variants = json!([{"name": "red"}, {"name": "blue"}, {"name": "worn"}]);
    builder.json["extensionsUsed"] = json!(["KHR_materials_variants"]);
    builder.json["extensionsRequired"] = json!(["KHR_materials_variants"]);
    builder.json["extensions"] = json!({"KHR_materials_variants": {"variants": variants}});
    let mut primitive = builder.json["meshes"][0]["primitives"][0].clone();
    let mut primitives = Vec::new();
    for mappings in mappings {
        primitive["extensions"] = json!({"KHR_materials_variants": {"mappings": mappings}});
        primitives.push(primitive.clone());
    }
    builder.json["meshes"][0]["primitives"] = json!(primitives);
    builder
}

/// Names of the materials that the triangles show.
fn shown(asset: &Asset, variant: Option<u32>) -> Vec<&str> {
    let materials: Vec<&str> = asset.materials_of(variant).map(|m| m.name.as_str()).collect();
    asset.mesh.triangle_material.iter().map(|&m| materials[m as usize]).collect()
}

#[test]
fn a_variant_replaces_the_materials_that_it_maps_and_no_other() {
    let first = json!([{"material": 1, "variants": [0]}, {"material": 2, "variants": [1]}]);
    let second = json!([{"material": 3, "variants": [2, 0]}, {"material": 0, "variants": [1]}]);
    let builder = varied([first, second]);
    let asset = loaded(&builder);
    assert_eq!(asset.facts.variant_names, ["red", "blue", "worn"]);
    assert_eq!(shown(&asset, None), ["grey", "grey"]);
    assert_eq!(shown(&asset, Some(0)), ["red", "rust"]);
    assert_eq!(shown(&asset, Some(1)), ["blue", "grey"]);
    assert_eq!(shown(&asset, Some(2)), ["grey", "rust"]);
    // A variant that the file doesn't have is its own look.
    assert_eq!(shown(&asset, Some(7)), ["grey", "grey"]);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = super::write(dir.path(), "a.glb", &builder.glb());
    assert_eq!(survey(&path, &Budget::default()).expect("a survey").variants, ["red", "blue", "worn"]);
}

#[test]
fn primitives_that_change_alike_share_a_slot_and_those_that_never_change_need_none() {
    let alike = json!([{"material": 1, "variants": [0]}]);
    let asset = loaded(&varied([alike.clone(), alike.clone()]));
    assert_eq!((asset.variant_slots.len(), &asset.mesh.triangle_material[..]), (1, &[4, 4][..]));
    let asset = loaded(&varied([json!([{"material": 0, "variants": [0, 1]}]), alike]));
    assert_eq!((asset.variant_slots.len(), &asset.mesh.triangle_material[..]), (1, &[0, 4][..]));
}

#[test]
fn what_only_a_variant_shows_is_read_like_the_rest() {
    let mut builder = varied([json!([{"material": 1, "variants": [0]}]), json!([])]);
    builder.json["materials"][1]["normalTexture"] = json!({"index": 1, "texCoord": 1});
    let uv = builder.floats("VEC2", &[0.0, 0.0, 0.0, -1.0, 1.0, 0.0]);
    builder.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_1"] = json!(uv);
    let asset = loaded(&builder);
    assert_eq!((asset.images.len(), asset.materials[1].normal_texture.map(|t| t.image)), (1, Some(0)));
    close(asset.mesh.tangents[0], [0.0, 1.0, 0.0, -1.0]);
    assert_eq!(asset.mesh.uv1[1], [0.0, -1.0]);
}

#[test]
fn mappings_to_what_is_missing_are_refused_at_their_place() {
    let place = |mappings: Value| load(&varied([mappings, json!([])])).expect_err("is refused").place;
    let at = |tail: &str| format!("meshes[0].primitives[0].extensions.KHR_materials_variants.mappings{tail}");
    assert_eq!(place(json!([{"material": 4, "variants": [0]}])), at("[0].material"));
    assert_eq!(place(json!([{"variants": [0]}])), at("[0].material"));
    assert_eq!(place(json!([{"material": 1, "variants": [1, 3]}])), at("[0].variants[1]"));
    let twice = json!([{"material": 1, "variants": [0]}, {"material": 2, "variants": [0]}]);
    assert_eq!(place(twice), at("[1].variants[0]"));
    assert_eq!(place(json!({})), at(""));
    let mut nameless = varied([json!([]), json!([])]);
    nameless.json["extensions"]["KHR_materials_variants"]["variants"][1] = json!({});
    assert_eq!(load(&nameless).expect_err("is refused").place, "extensions.KHR_materials_variants.variants[1].name");
}

/// A triangle shown as often as the attributes say.
fn instanced(attributes: impl FnOnce(&mut Builder) -> Value) -> Builder {
    let mut builder = Builder::triangle();
    let attributes = attributes(&mut builder);
    builder.json["extensionsUsed"] = json!(["EXT_mesh_gpu_instancing"]);
    builder.json["extensionsRequired"] = json!(["EXT_mesh_gpu_instancing"]);
    builder.json["nodes"][0]["extensions"] = json!({"EXT_mesh_gpu_instancing": {"attributes": attributes}});
    builder.json["nodes"][0]["translation"] = json!([100, 0, 0]);
    builder
}

#[test]
fn instances_stand_in_the_frame_of_their_node() {
    let builder = instanced(|builder| {
        let translation = builder.floats("VEC3", &[0.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
        // A turn by 180° about z, and none, in signed bytes and shorts of a unit.
        let rotation = builder.accessor(5120, "VEC4", 2, &[0, 0, 127, 0, 0, 0, 0, 127]);
        builder.json["accessors"][rotation]["normalized"] = json!(true);
        let scale = builder.floats("VEC3", &[2.0, 3.0, 1.0, 1.0, 1.0, -1.0]);
        json!({"TRANSLATION": translation, "ROTATION": rotation, "SCALE": scale, "_ID": 0})
    });
    let asset = loaded(&builder);
    assert_eq!((asset.facts.triangles, asset.part_names.len()), (2, 1));
    let mesh = &asset.mesh;
    // (1, 0, 0) and (0, 1, 0): scaled by (2, 3, 1), turned to the other side, moved with the node.
    close(mesh.positions[1], [98.0, 0.0, 0.0]);
    close(mesh.positions[2], [100.0, -3.0, 0.0]);
    close(mesh.positions[4], [101.0, 0.0, 5.0]);
    close(mesh.normals[0], [0.0, 0.0, 1.0]);
    // The second is mirrored: its winding turns.
    assert_eq!(mesh.triangles, [[0, 1, 2], [3, 5, 4]]);
}

#[test]
fn each_attribute_of_instances_may_be_missing() {
    let shorts: Vec<u8> = [0i16, 0, 32767, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let turned = instanced(|builder| {
        let rotation = builder.accessor(5122, "VEC4", 1, &shorts);
        builder.json["accessors"][rotation]["normalized"] = json!(true);
        json!({"ROTATION": rotation})
    });
    close(loaded(&turned).mesh.positions[1], [99.0, 0.0, 0.0]);
    let scaled = instanced(|builder| json!({"SCALE": builder.floats("VEC3", &[0.5, 1.0, 1.0])}));
    close(loaded(&scaled).mesh.positions[1], [100.5, 0.0, 0.0]);
}

#[test]
fn instances_count_in_the_budget_of_triangles() {
    let three = instanced(|builder| json!({"TRANSLATION": builder.floats("VEC3", &[0.0; 9])}));
    let of = |triangles| load_with(&three, &Budget { triangles, ..Budget::default() }).map(|a| a.facts.triangles);
    assert_eq!(of(3), Ok(3));
    assert_eq!(of(2).unwrap_err().cause, Cause::TooLarge);
}

#[test]
fn instances_that_make_no_sense_are_refused_at_their_place() {
    let at = |tail: &str| format!("nodes[0].extensions.EXT_mesh_gpu_instancing.attributes{tail}");
    let place = |builder: Builder| load(&builder).expect_err("is refused").place;
    let differing = instanced(|builder| {
        let one = builder.floats("VEC3", &[0.0; 3]);
        json!({"TRANSLATION": one, "SCALE": builder.floats("VEC3", &[1.0; 6])})
    });
    assert_eq!(place(differing), at(""));
    assert_eq!(place(instanced(|_| json!({"_ID": 0}))), at(""));
    assert_eq!(place(instanced(|_| Value::Null)), at(""));
    let flat = instanced(|builder| json!({"ROTATION": builder.floats("VEC4", &[0.0; 4])}));
    assert_eq!(place(flat), at(".ROTATION"));
    let endless = instanced(|builder| json!({"TRANSLATION": builder.floats("VEC3", &[f32::INFINITY; 3])}));
    assert_eq!(place(endless), at(""));
    let missing = instanced(|_| json!({"TRANSLATION": 99}));
    assert_eq!(place(missing), at(".TRANSLATION: accessors[99]"));
    let wrong = instanced(|builder| json!({"TRANSLATION": builder.floats("VEC4", &[0.0; 4])}));
    assert!(place(wrong).starts_with(&at(".TRANSLATION: accessors")));
    let empty = instanced(|builder| {
        json!({"TRANSLATION": super::push(
            &mut builder.json["accessors"], json!({"componentType": 5126, "type": "VEC3", "count": 1000}),
        )})
    });
    assert!(place(empty).starts_with(&at(".TRANSLATION: accessors")));
}

#[test]
fn variants_with_overlong_names_are_not_offered() {
    let mut builder = varied([json!([{"material": 1, "variants": [0]}]), json!([])]);
    builder.json["extensions"]["KHR_materials_variants"]["variants"][0]["name"] = json!("x".repeat(257));
    builder.json["extensions"]["KHR_materials_variants"]["variants"][1]["name"] = json!("y".repeat(256));
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(folder.path(), "a.glb", &builder.glb());
    let survey = survey(&path, &Budget::default()).expect("a survey");
    assert_eq!(survey.variants, ["y".repeat(256), "worn".to_owned()]);
    assert_eq!(survey.warnings, ["1 of its variants have names of more than 256 bytes and are left out"]);
}
