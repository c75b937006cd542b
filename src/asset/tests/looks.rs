//! Materials with every extension, one small file each: defaults, values, what is not kept, what is refused.

use super::{Builder, close, load, loaded};
use crate::scene::{
    Anisotropy, Clearcoat, DiffuseTransmission, Filter, Iridescence, Material, Sheen, Specular, SpecularGlossiness,
    TextureRef, Transmission, Volume, Wrap,
};
use serde_json::{Value, json};

/// A triangle with texture coordinates and one material; two textures of two images.
pub(super) fn triangle_of(material: Value) -> Builder {
    let mut builder = Builder::triangle();
    let uv = builder.floats("VEC2", &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let mut images = Vec::new();
    for texel in [10, 20] {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 1, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().expect("a header").write_image_data(&[texel; 3]).expect("data");
        images.push(json!({"bufferView": builder.view(&png), "mimeType": "image/png"}));
    }
    builder.json["images"] = json!(images);
    builder.json["textures"] = json!([{"source": 0}, {"source": 1}]);
    builder.json["materials"] = json!([material]);
    builder.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(uv);
    builder.json["meshes"][0]["primitives"][0]["material"] = json!(0);
    builder
}

fn with(name: &str, block: Value) -> Value {
    json!({"extensions": {name: block}})
}

fn first(material: Value) -> Material {
    loaded(&triangle_of(material)).materials.remove(0)
}

fn place(material: Value) -> String {
    load(&triangle_of(material)).expect_err("is refused").place
}

/// Of texture 1 as it is.
fn texture(image: u32) -> TextureRef {
    TextureRef {
        image,
        uv_set: 0,
        wrap_u: Wrap::Repeat,
        wrap_v: Wrap::Repeat,
        filter: Filter::Linear,
        image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    }
}

#[test]
fn blocks_that_change_nothing_leave_the_plain_material() {
    let nothing = [
        with("KHR_materials_ior", json!({})),
        with("KHR_materials_ior", json!({"ior": 1.5})),
        with("KHR_materials_specular", json!({})),
        with("KHR_materials_specular", json!({"specularFactor": 1, "specularColorFactor": [1, 1, 1]})),
        with("KHR_materials_clearcoat", json!({})),
        with("KHR_materials_clearcoat", json!({"clearcoatTexture": {"index": 0}, "clearcoatRoughnessFactor": 1})),
        with("KHR_materials_transmission", json!({"transmissionTexture": {"index": 0}})),
        with("KHR_materials_diffuse_transmission", json!({"diffuseTransmissionColorFactor": [1, 0, 0]})),
        with("KHR_materials_volume", json!({"thicknessFactor": 1, "attenuationColor": [1, 0, 0]})),
        with("KHR_materials_sheen", json!({"sheenRoughnessFactor": 1, "sheenColorTexture": {"index": 0}})),
        with("KHR_materials_anisotropy", json!({"anisotropyRotation": 1})),
        with("KHR_materials_iridescence", json!({"iridescenceIor": 2})),
        with("KHR_materials_iridescence", json!({"iridescenceFactor": 1, "iridescenceThicknessMaximum": 0})),
        with("KHR_materials_dispersion", json!({"dispersion": 1})),
        with("KHR_materials_emissive_strength", json!({"emissiveStrength": 7})),
        json!({"extensions": {"KHR_materials_sheen": null, "EXT_something_else": {"a": 1}}}),
    ];
    for material in nothing {
        let asset = loaded(&triangle_of(material.clone()));
        assert_eq!(asset.materials, [Material::default()], "{material}");
        assert!(asset.images.is_empty(), "{material}");
    }
}

#[test]
fn ior_is_0_or_at_least_1() {
    let of = |ior: f64| first(with("KHR_materials_ior", json!({"ior": ior}))).ior;
    assert_eq!([of(1.33), of(0.0), of(0.5), of(-1.0), of(1.0)], [1.33, 0.0, 1.0, 0.0, 1.0]);
}

#[test]
fn specular_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_specular", block)).specular.expect("is kept");
    let plain = Specular { factor: 1.0, texture: None, color: [1.0; 3], color_texture: None };
    assert_eq!(of(json!({"specularFactor": 0})), Specular { factor: 0.0, ..plain.clone() });
    assert_eq!(of(json!({"specularColorFactor": [2, 0.5, -1]})), Specular { color: [2.0, 0.5, 0.0], ..plain.clone() });
    let textures = json!({"specularTexture": {"index": 1}, "specularColorTexture": {"index": 0}});
    assert_eq!(of(textures), Specular { texture: Some(texture(0)), color_texture: Some(texture(1)), ..plain });
}

#[test]
fn clearcoat_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_clearcoat", block)).clearcoat.expect("is kept");
    let plain = Clearcoat {
        factor: 1.0,
        texture: None,
        roughness: 0.0,
        roughness_texture: None,
        normal_texture: None,
        normal_scale: 1.0,
    };
    assert_eq!(of(json!({"clearcoatFactor": 1.5})), plain);
    let all = json!({
        "clearcoatFactor": 0.5, "clearcoatTexture": {"index": 0}, "clearcoatRoughnessFactor": 0.25,
        "clearcoatRoughnessTexture": {"index": 0}, "clearcoatNormalTexture": {"index": 1, "scale": -2},
    });
    let expected = Clearcoat {
        factor: 0.5,
        texture: Some(texture(0)),
        roughness: 0.25,
        roughness_texture: Some(texture(0)),
        normal_texture: Some(texture(1)),
        normal_scale: -2.0,
    };
    assert_eq!(of(all), expected);
}

#[test]
fn sheen_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_sheen", block)).sheen.expect("is kept");
    let plain = Sheen { color: [0.0, 0.5, 1.0], color_texture: None, roughness: 0.0, roughness_texture: None };
    assert_eq!(of(json!({"sheenColorFactor": [0, 0.5, 3]})), plain);
    let all = json!({
        "sheenColorFactor": [0, 0.5, 1], "sheenColorTexture": {"index": 0},
        "sheenRoughnessFactor": 0.75, "sheenRoughnessTexture": {"index": 1},
    });
    let textures = (Some(texture(0)), Some(texture(1)));
    assert_eq!(of(all), Sheen { color_texture: textures.0, roughness: 0.75, roughness_texture: textures.1, ..plain });
}

#[test]
fn transmission_volume_and_dispersion_build_on_each_other() {
    let of = |extensions: Value| first(json!({"extensions": extensions}));
    let glass = json!({"transmissionFactor": 0.5, "transmissionTexture": {"index": 1}});
    let block = Transmission { factor: 0.5, texture: Some(texture(0)) };
    let material = of(json!({"KHR_materials_transmission": glass}));
    assert_eq!(material, Material { transmission: Some(block), ..Material::default() });

    let clear = Volume { thickness: 2.0, attenuation_distance: f32::INFINITY, attenuation_color: [1.0; 3] };
    let volume = |volume: Value| {
        let transmission = json!({"transmissionFactor": 1});
        of(json!({
            "KHR_materials_transmission": transmission, "KHR_materials_volume": volume,
            "KHR_materials_dispersion": {"dispersion": 2.5},
        }))
    };
    let material = volume(json!({"thicknessFactor": 2}));
    assert_eq!((material.volume, material.dispersion), (Some(clear.clone()), 2.5));
    let material = volume(json!({"thicknessFactor": 2, "attenuationDistance": 0}));
    assert_eq!(material.volume, Some(clear.clone()));
    let coloured = json!({
        "thicknessFactor": 2, "attenuationDistance": 0.25, "attenuationColor": [0, 0.5, 2],
        "thicknessTexture": {"index": 0},
    });
    let expected = Volume { attenuation_distance: 0.25, attenuation_color: [0.0, 0.5, 1.0], ..clear.clone() };
    assert_eq!(volume(coloured).volume, Some(expected));
    let wall = volume(json!({"attenuationDistance": 0.25, "attenuationColor": [0, 0.5, 2]}));
    assert_eq!((wall.volume, wall.dispersion), (None, 0.0));
    let wax = of(json!({
        "KHR_materials_diffuse_transmission": {"diffuseTransmissionFactor": 1},
        "KHR_materials_volume": {"thicknessFactor": 2}, "KHR_materials_dispersion": {"dispersion": 2.5},
    }));
    assert_eq!((wax.volume, wax.dispersion), (Some(clear), 0.0));
}

#[test]
fn diffuse_transmission_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_diffuse_transmission", block)).diffuse_transmission;
    let plain = DiffuseTransmission { factor: 0.5, texture: None, color: [1.0; 3], color_texture: None };
    assert_eq!(of(json!({"diffuseTransmissionFactor": 0.5})), Some(plain.clone()));
    let all = json!({
        "diffuseTransmissionFactor": 0.5, "diffuseTransmissionTexture": {"index": 0},
        "diffuseTransmissionColorFactor": [1, 0.5, 0], "diffuseTransmissionColorTexture": {"index": 1},
    });
    let color = [1.0, 0.5, 0.0];
    let textures = (Some(texture(0)), Some(texture(1)));
    assert_eq!(of(all), Some(DiffuseTransmission { texture: textures.0, color, color_texture: textures.1, ..plain }));
}

#[test]
fn anisotropy_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_anisotropy", block)).anisotropy;
    let plain = Anisotropy { strength: 0.5, rotation_rad: 0.0, texture: None };
    assert_eq!(of(json!({"anisotropyStrength": 0.5})), Some(plain.clone()));
    let all = json!({"anisotropyStrength": 0.5, "anisotropyRotation": -4, "anisotropyTexture": {"index": 1}});
    assert_eq!(of(all), Some(Anisotropy { rotation_rad: -4.0, texture: Some(texture(0)), ..plain }));
}

#[test]
fn iridescence_has_its_values_and_its_defaults() {
    let of = |block: Value| first(with("KHR_materials_iridescence", block)).iridescence;
    let plain = Iridescence {
        factor: 1.0,
        texture: None,
        ior: 1.3,
        thickness_min_nm: 100.0,
        thickness_max_nm: 400.0,
        thickness_texture: None,
    };
    assert_eq!(of(json!({"iridescenceFactor": 1})), Some(plain.clone()));
    let all = json!({
        "iridescenceFactor": 1, "iridescenceTexture": {"index": 0}, "iridescenceIor": 0.5,
        "iridescenceThicknessMinimum": 200, "iridescenceThicknessMaximum": 0,
        "iridescenceThicknessTexture": {"index": 1},
    });
    let expected = Iridescence {
        texture: Some(texture(0)),
        ior: 1.0,
        thickness_min_nm: 200.0,
        thickness_max_nm: 0.0,
        thickness_texture: Some(texture(1)),
        ..plain
    };
    assert_eq!(of(all), Some(expected));
}

#[test]
fn emissive_strength_multiplies_the_factor() {
    let mut material = with("KHR_materials_emissive_strength", json!({"emissiveStrength": 4}));
    material["emissiveFactor"] = json!([1.0, 0.5, 0.0]);
    assert_eq!(first(material.clone()).emissive, [4.0, 2.0, 0.0]);
    material["extensions"]["KHR_materials_emissive_strength"] = json!({});
    assert_eq!(first(material).emissive, [1.0, 0.5, 0.0]);
}

#[test]
fn specular_glossiness_stands_in_place_of_metallic_roughness_and_of_the_newer_layers() {
    let of = |block: Value| {
        let metal = json!({"baseColorFactor": [0.1, 0.1, 0.1, 1], "metallicRoughnessTexture": {"index": 0}});
        let extensions = json!({
            "KHR_materials_pbrSpecularGlossiness": block, "KHR_materials_clearcoat": {"clearcoatFactor": 1},
            "KHR_materials_ior": {"ior": 2}, "KHR_materials_emissive_strength": {"emissiveStrength": 2},
        });
        first(json!({"pbrMetallicRoughness": metal, "emissiveFactor": [1, 1, 1], "extensions": extensions}))
    };
    let plain = Material { metallic: 0.0, roughness: 1.0, emissive: [2.0; 3], ..Material::default() };
    let block = SpecularGlossiness { specular: [1.0; 3], glossiness: 1.0, texture: None };
    assert_eq!(of(json!({})), Material { specular_glossiness: Some(block), ..plain.clone() });
    let all = json!({
        "diffuseFactor": [0.5, 0.25, 0, 0.75], "diffuseTexture": {"index": 0}, "specularFactor": [0, 0.5, 1],
        "glossinessFactor": 0.25, "specularGlossinessTexture": {"index": 1},
    });
    let block = SpecularGlossiness { specular: [0.0, 0.5, 1.0], glossiness: 0.25, texture: Some(texture(1)) };
    let expected = Material {
        base_color: [0.5, 0.25, 0.0, 0.75],
        base_color_texture: Some(texture(0)),
        specular_glossiness: Some(block),
        ..plain
    };
    assert_eq!(of(all), expected);
}

#[test]
fn unlit_wins_over_everything_else() {
    let material = json!({
        "pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.5, 0.5, 1], "baseColorTexture": {"index": 1}},
        "emissiveFactor": [1, 1, 1], "normalTexture": {"index": 0}, "doubleSided": true, "alphaMode": "BLEND",
        "extensions": {
            "KHR_materials_unlit": {}, "KHR_materials_clearcoat": {"clearcoatFactor": 1},
            "KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [1, 0, 0, 1]},
            "KHR_materials_transmission": {"transmissionFactor": 1},
        },
    });
    let expected = Material {
        base_color: [0.5, 0.5, 0.5, 1.0],
        base_color_texture: Some(texture(0)),
        alpha: crate::scene::AlphaMode::Blend,
        double_sided: true,
        unlit: true,
        ..Material::default()
    };
    assert_eq!(first(material), expected);
}

#[test]
fn every_slot_has_its_own_coordinates_and_transform() {
    let slots = [
        ("KHR_materials_clearcoat", "clearcoatFactor", "clearcoatNormalTexture"),
        ("KHR_materials_clearcoat", "clearcoatFactor", "clearcoatTexture"),
        ("KHR_materials_transmission", "transmissionFactor", "transmissionTexture"),
        ("KHR_materials_anisotropy", "anisotropyStrength", "anisotropyTexture"),
        ("KHR_materials_iridescence", "iridescenceFactor", "iridescenceThicknessTexture"),
        ("KHR_materials_specular", "specularFactor", "specularColorTexture"),
    ];
    for (name, factor, slot) in slots {
        let of = |info: Value| {
            let mut block = json!({factor: 0.5});
            block[slot] = info;
            let mut material = first(with(name, block));
            material.textures_mut().map(|t| *t).collect::<Vec<_>>()
        };
        let moved = json!({"KHR_texture_transform": {"offset": [0.5, 0.25], "scale": [2, 3]}});
        let [got] = of(json!({"index": 0, "texCoord": 1, "extensions": moved}))[..] else { panic!("{slot}") };
        assert_eq!((got.uv_set, got.image_from_uv), (1, [[2.0, 0.0, 0.5], [0.0, 3.0, 0.25]]), "{slot}");
        let replaced = json!({"KHR_texture_transform": {"texCoord": 0}});
        let [got] = of(json!({"index": 0, "texCoord": 1, "extensions": replaced}))[..] else { panic!("{slot}") };
        assert_eq!(got, texture(0), "{slot}");
    }
}

#[test]
fn bad_values_are_refused_at_their_place() {
    let at = |tail: &str| format!("materials[0].extensions.{tail}");
    let cases = [
        ("KHR_materials_clearcoat", json!({"clearcoatFactor": "1"}), ".clearcoatFactor"),
        ("KHR_materials_clearcoat", json!({"clearcoatRoughnessFactor": 1e39}), ".clearcoatRoughnessFactor"),
        ("KHR_materials_clearcoat", json!({"clearcoatNormalTexture": {"scale": "a"}}), ".clearcoatNormalTexture.scale"),
        ("KHR_materials_clearcoat", json!([]), ""),
        ("KHR_materials_ior", json!({"ior": [1.5]}), ".ior"),
        ("KHR_materials_specular", json!({"specularColorFactor": [1, 1]}), ".specularColorFactor"),
        ("KHR_materials_specular", json!({"specularColorFactor": [1, 1, "1"]}), ".specularColorFactor[2]"),
        ("KHR_materials_specular", json!({"specularTexture": {}}), ".specularTexture.index"),
        ("KHR_materials_specular", json!({"specularTexture": {"index": 7}}), ".specularTexture"),
        (
            "KHR_materials_specular",
            json!({"specularTexture": {"index": 0, "texCoord": -1}}),
            ".specularTexture.texCoord",
        ),
        ("KHR_materials_specular", json!({"specularTexture": {"index": 0, "texCoord": 2}}), ".specularTexture"),
        ("KHR_materials_sheen", json!({"sheenColorFactor": 1}), ".sheenColorFactor"),
        ("KHR_materials_transmission", json!({"transmissionFactor": true}), ".transmissionFactor"),
        ("KHR_materials_volume", json!({"attenuationDistance": "far"}), ".attenuationDistance"),
        ("KHR_materials_anisotropy", json!({"anisotropyRotation": {}}), ".anisotropyRotation"),
        ("KHR_materials_iridescence", json!({"iridescenceIor": "a"}), ".iridescenceIor"),
        ("KHR_materials_dispersion", json!({"dispersion": "a"}), ".dispersion"),
        ("KHR_materials_emissive_strength", json!({"emissiveStrength": "a"}), ".emissiveStrength"),
        ("KHR_materials_diffuse_transmission", json!({"diffuseTransmissionFactor": []}), ".diffuseTransmissionFactor"),
        ("KHR_materials_pbrSpecularGlossiness", json!({"diffuseFactor": [1, 1, 1]}), ".diffuseFactor"),
    ];
    for (name, block, tail) in cases {
        assert_eq!(place(with(name, block)), at(&format!("{name}{tail}")));
    }
    let slot = json!({"index": 0, "extensions": {"KHR_texture_transform": {"scale": 2}}});
    let block = json!({"clearcoatFactor": 1, "clearcoatTexture": slot});
    let tail = "KHR_materials_clearcoat.clearcoatTexture.extensions.KHR_texture_transform.scale";
    assert_eq!(place(with("KHR_materials_clearcoat", block)), at(tail));
}

/// A triangle whose u goes along +y and whose v goes along −x: its tangent is +y.
fn turned(material: Value) -> Builder {
    let mut builder = triangle_of(material);
    let uv = builder.floats("VEC2", &[0.0, 0.0, 0.0, -1.0, 1.0, 0.0]);
    builder.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(uv);
    builder
}

#[test]
fn normal_maps_of_coats_and_anisotropy_get_tangents() {
    let quarter = json!({"KHR_texture_transform": {"rotation": std::f32::consts::FRAC_PI_2}});
    let coat =
        |slot: Value| with("KHR_materials_clearcoat", json!({"clearcoatFactor": 1, "clearcoatNormalTexture": slot}));
    let plain_coat = coat(json!({"index": 0}));
    let turned_coat = coat(json!({"index": 0, "extensions": quarter}));
    let brushed = with("KHR_materials_anisotropy", json!({"anisotropyStrength": 1}));
    let tangent = |builder: &Builder| loaded(builder).mesh.tangents[0];
    close(tangent(&turned(plain_coat.clone())), [0.0, 1.0, 0.0, -1.0]);
    close(tangent(&turned(brushed.clone())), tangent(&turned(plain_coat.clone())));
    // A quarter turn: what was +v, along −x, is the image's u.
    let turned_tangent = tangent(&turned(turned_coat.clone()));
    close([turned_tangent[0], turned_tangent[1], turned_tangent[2]], [-1.0, 0.0, 0.0]);
    // The base's normal map goes first.
    let mut both = turned_coat;
    both["normalTexture"] = json!({"index": 1});
    close(tangent(&turned(both)), tangent(&turned(plain_coat)));
    // Without coordinates: some tangent in the surface, and a warning.
    let mut bare = turned(brushed);
    bare.json["meshes"][0]["primitives"][0]["attributes"].as_object_mut().expect("a map").remove("TEXCOORD_0");
    let asset = loaded(&bare);
    assert_eq!(asset.mesh.tangents[0][2], 0.0);
    assert!(asset.facts.warnings.iter().any(|w| w.contains("tangents")), "{:?}", asset.facts.warnings);
}
