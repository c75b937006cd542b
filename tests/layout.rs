//! The shaders' structs, constants and tables are those of the Rust code: naga reads the WGSL, and offsets, sizes and
//! values are compared. Nothing here runs on a device.

use genki::buffers::layout;
use genki::math::Affine;
use genki::render::cpu::{
    area, bsdf, camera, extended, iridescence, layered, light, lobes, medium, path, pick, sampler, surface, tables,
    texture, triangle,
};
use genki::render::gpu::{params, shaders, tree};
use std::collections::BTreeMap;
use wgpu::naga::{self, Expression, Handle, Literal, Module, TypeInner};

/// A Rust struct: its size, and each field's name and offset in bytes.
struct Layout {
    name: &'static str,
    size: usize,
    fields: Vec<(&'static str, usize)>,
}

macro_rules! layout_of {
    ($module:path, $name:ident { $($field:ident),* }) => {{
        use $module as home;
        Layout {
            name: stringify!($name),
            size: size_of::<home::$name>(),
            fields: vec![$((stringify!($field), std::mem::offset_of!(home::$name, $field))),*],
        }
    }};
}

/// The structs that the two sides share.
fn layouts() -> Vec<Layout> {
    vec![
        Layout {
            name: "Affine",
            size: size_of::<Affine>(),
            fields: vec![("rows", std::mem::offset_of!(Affine, rows))],
        },
        layout_of!(layout, Vertex { position, normal, tangent, uv0 }),
        layout_of!(layout, VertexExtra { uv1, color }),
        layout_of!(layout, Triangle { vertices, material, part }),
        layout_of!(layout, BinaryNode { min, first, max, count }),
        layout_of!(
            layout,
            Instance { object_from_world, world_from_object, mesh_idx, material_base, object_id, class_id }
        ),
        layout_of!(layout, TextureSlot { texture_idx, flags, image_from_uv }),
        layout_of!(
            layout,
            Material {
                base_color,
                emissive,
                alpha_cutoff,
                roughness,
                metallic,
                normal_scale,
                flags,
                base_color_offset,
                roughness_offset,
                metallic_offset,
                extra_idx,
                pad,
                base_color_texture,
                metallic_roughness_texture,
                normal_texture,
                emissive_texture
            }
        ),
        layout_of!(
            layout,
            MaterialExtra {
                specular_color,
                specular,
                sheen_color,
                sheen_roughness,
                absorption,
                ior,
                diffuse_transmission_color,
                diffuse_transmission,
                clearcoat,
                clearcoat_roughness,
                clearcoat_normal_scale,
                transmission,
                anisotropy,
                anisotropy_cos,
                anisotropy_sin,
                dispersion,
                iridescence,
                iridescence_ior,
                iridescence_min_nm,
                iridescence_max_nm,
                glossiness,
                flags,
                pad,
                specular_texture,
                specular_color_texture,
                sheen_color_texture,
                sheen_roughness_texture,
                clearcoat_texture,
                clearcoat_roughness_texture,
                clearcoat_normal_texture,
                transmission_texture,
                diffuse_transmission_texture,
                diffuse_transmission_color_texture,
                anisotropy_texture,
                iridescence_texture,
                iridescence_thickness_texture
            }
        ),
        layout_of!(
            layout,
            Light {
                kind,
                emissive_idx,
                pick_probability,
                cos_outer,
                position,
                cos_inner,
                direction,
                half_width,
                strength,
                half_height,
                across,
                flags,
                path,
                pad
            }
        ),
        layout_of!(layout, LightNode { min, first, max, count, axis, power, cos_spread, cos_reach, pad }),
        layout_of!(layout, EmissiveTriangle { instance_idx, triangle_idx, area, light_idx }),
        // `alias` is a keyword of WGSL.
        Layout {
            name: "AliasEntry",
            size: size_of::<layout::AliasEntry>(),
            fields: vec![
                ("threshold", std::mem::offset_of!(layout::AliasEntry, threshold)),
                ("alias_idx", std::mem::offset_of!(layout::AliasEntry, alias)),
            ],
        },
        layout_of!(layout, Sky { radiance, flags, rotation_cos, rotation_sin, width, height }),
        layout_of!(
            layout,
            View {
                world_from_camera,
                fx,
                fy,
                cx,
                cy,
                width,
                height,
                seed,
                distortion,
                distortion_more,
                projection,
                flags,
                image_circle,
                aperture_radius,
                focus,
                blades,
                blade_turns,
                pad
            }
        ),
        layout_of!(layout, Settings { spp, bounces, flags, clamp }),
        layout_of!(
            params,
            Params {
                view,
                settings,
                sky,
                band_row,
                tile_row,
                tile_end_row,
                band_pixels,
                first_sample,
                end_sample,
                geometry_plane,
                flags,
                point_plane,
                amodal_plane,
                n_placed,
                hit_plane,
                at
            }
        ),
        layout_of!(
            params,
            Tables {
                instances,
                materials,
                lights,
                emissive,
                light_alias,
                meshes,
                textures,
                levels,
                top_nodes,
                top_order,
                top_root,
                n_lights,
                sky_texels,
                sky_starts,
                texel_shift,
                top_extent,
                extras,
                light_nodes,
                n_suns,
                sun_importance
            }
        ),
    ]
}

/// What a constant is made of, bit by bit.
trait Words {
    fn words(&self) -> Vec<u32>;
}

impl Words for u32 {
    fn words(&self) -> Vec<u32> {
        vec![*self]
    }
}

impl Words for usize {
    fn words(&self) -> Vec<u32> {
        vec![u32::try_from(*self).expect("a small number")]
    }
}

impl Words for i32 {
    fn words(&self) -> Vec<u32> {
        vec![self.cast_unsigned()]
    }
}

impl Words for f32 {
    fn words(&self) -> Vec<u32> {
        vec![self.to_bits()]
    }
}

impl Words for genki::math::Vec3 {
    fn words(&self) -> Vec<u32> {
        self.to_array().words()
    }
}

impl<T: Words, const N: usize> Words for [T; N] {
    fn words(&self) -> Vec<u32> {
        self.iter().flat_map(Words::words).collect()
    }
}

macro_rules! constants {
    ($map:ident, $module:ident: $($name:ident),* $(,)?) => {
        $($map.insert(stringify!($name), $module::$name.words());)*
    };
}

/// The constants that the two sides share, by name.
fn constants() -> BTreeMap<&'static str, Vec<u32>> {
    let mut all = BTreeMap::new();
    constants!(all, layout: NONE,
        MATERIAL_ALPHA_MASK, MATERIAL_ALPHA_BLEND, MATERIAL_DOUBLE_SIDED, MATERIAL_UNLIT, MATERIAL_EMISSIVE,
        EXTRA_VOLUME, EXTRA_GLOSSINESS, TEXTURE_UV1, TEXTURE_NEAREST, TEXTURE_WRAP_U_SHIFT, TEXTURE_WRAP_V_SHIFT, WRAP_REPEAT, WRAP_MIRRORED, WRAP_CLAMP,
        LIGHT_SUN, LIGHT_POINT, LIGHT_SPOT, LIGHT_EMISSIVE, LIGHT_RECTANGLE, LIGHT_DISK, LIGHT_SPHERE,
        LIGHT_VISIBLE, LIGHT_TWO_SIDED, SKY_VISIBLE, SKY_IMAGE, SKY_GUIDE_BITS, TEXTURE_TILE,
        PROJECTION_PERSPECTIVE, PROJECTION_ORTHOGRAPHIC, PROJECTION_FISHEYE, PROJECTION_EQUIRECTANGULAR, VIEW_DISTORTED,
        SETTINGS_LITERAL_SCATTERING, SETTINGS_BOTH_SIDES);
    constants!(all, params: PARAMS_ALPHA);
    constants!(all, tree: MESH_STACK, TOP_STACK, REF_COUNT_SHIFT, REF_FIRST_MASK);
    constants!(all, triangle: BOX_PAD, TINY_DIRECTION);
    constants!(all, sampler: SET_PIXEL, SET_LENS, SETS_BEFORE_BOUNCES, SETS_PER_BOUNCE, SET_CHOICE, SET_DIRECTION, SET_SKY, SET_LIGHT,
        SET_LIGHT_PLACE, SET_ALPHA, SET_TEXTURE, SET_ALPHA_STRIDE, UNIT_24);
    constants!(all, texture: CODE_8);
    constants!(all, surface: OFFSET_ULPS, MAX_SURFACES, MIN_LIFT_COSINE, LEAST_MIRROR_HEIGHT, MIN_LENGTH);
    constants!(all, bsdf: MIN_ALPHA, MIN_COSINE, DIELECTRIC_F0, CHANCES, CHANCE, CHANCE_SHIFT, MIN_SPECULAR_CHANCES,
        SCHLICK_MEAN, MIN_LOSS, MIN_VISIBILITY, LUMINANCE);
    constants!(all, area: AREA_NEARER, MIN_SOLID_ANGLE, NEARLY_ONE);
    constants!(all, pick: BRANCH_CHANCES, LEAST_SHARE);
    constants!(all, light: FRAC_1_TAU, FRAC_1_TAU_PI, MIN_SINE, MAX_PDF, MIN_SPOT_SPAN);
    constants!(all, path: ROULETTE_AFTER, MAX_SURVIVAL, MAX_SPREAD);
    constants!(all, camera: UNDISTORT_STEPS, NO_RAY);
    constants!(all, medium: ALL_CHANNELS, DISPERSION_HALF_SPREAD);
    constants!(all, lobes: MIN_SHEEN_ALPHA, MIN_ALBEDO);
    constants!(all, iridescence: MIN_FILM_NM, MAX_FILM_F0, FILM_X_WEIGHT, FILM_X2_WEIGHT, FILM_Y_WEIGHT, FILM_Z_WEIGHT);
    constants!(all, extended: SPECULAR_SLOT, SPECULAR_COLOR_SLOT, SHEEN_COLOR_SLOT, SHEEN_ROUGHNESS_SLOT, CLEARCOAT_SLOT,
        CLEARCOAT_ROUGHNESS_SLOT, CLEARCOAT_NORMAL_SLOT, TRANSMISSION_SLOT, DIFFUSE_TRANSMISSION_SLOT,
        DIFFUSE_TRANSMISSION_COLOR_SLOT, ANISOTROPY_SLOT, IRIDESCENCE_SLOT, IRIDESCENCE_THICKNESS_SLOT, EXTRA_SLOTS,
        COLOR_SLOTS);
    constants!(all, layered: MIN_LOBE_CHANCES, MIN_BEND, SHARP_ALPHA);
    constants!(all, tables: ALBEDO_COSINES, ALBEDO_ROUGHNESSES, GLASS_INDICES, GLASS_ROUGHNESSES, GLASS_COSINES,
        GLASS_MAX_INDEX, ANISOTROPIC_AT, ANISOTROPIC_FIRST, ANISOTROPIC_ROUGHNESSES, ANISOTROPIC_STRETCHES, ANISOTROPIC_AZIMUTHS,
        ANISOTROPIC_COSINES, SHEEN_AT, SHEEN_ROUGHNESSES, SHEEN_COSINES);
    all.insert("ENDLESS", f32::MAX.words());
    all.insert("LARGEST_FLOAT", f32::MAX.words());
    all.insert("AIR", vec![medium::AIR.inner, medium::AIR.outer]);
    all.insert("PI", std::f32::consts::PI.words());
    all.insert("TAU", std::f32::consts::TAU.words());
    all.insert("FRAC_1_PI", std::f32::consts::FRAC_1_PI.words());
    all
}

/// Constants of the shaders alone: strides in vec4s, from the sizes of the Rust structs.
fn strides() -> BTreeMap<&'static str, Vec<u32>> {
    let quads = |bytes: usize| vec![bytes.div_ceil(16) as u32];
    BTreeMap::from([
        ("VERTEX_STRIDE", quads(size_of::<layout::Vertex>())),
        ("EXTRA_STRIDE", quads(size_of::<layout::VertexExtra>())),
        ("INSTANCE_STRIDE", quads(size_of::<layout::Instance>())),
        ("MATERIAL_STRIDE", quads(size_of::<layout::Material>())),
        ("MATERIAL_EXTRA_STRIDE", quads(size_of::<layout::MaterialExtra>())),
        ("SLOT_STRIDE", quads(size_of::<layout::TextureSlot>())),
        ("LIGHT_STRIDE", quads(size_of::<layout::Light>())),
        ("LIGHT_NODE_STRIDE", quads(size_of::<layout::LightNode>())),
        ("NODE_STRIDE", quads(size_of::<layout::BinaryNode>())),
        // A corner a vec4; eight words in `MeshPlace`.
        ("CORNER_STRIDE", vec![3]),
        ("MESH_STRIDE", vec![2]),
        ("SRGB_TABLE", vec![0]),
        ("ALBEDO_TABLE", quads(size_of_val(&tables::SRGB))),
        ("ALBEDO_MEAN_TABLE", quads(size_of_val(&tables::SRGB) + size_of_val(&tables::ALBEDO))),
        (
            "LOBE_ALBEDO_TABLE",
            quads(size_of_val(&tables::SRGB) + size_of_val(&tables::ALBEDO) + size_of_val(&tables::ALBEDO_MEAN)),
        ),
    ])
}

fn parse(wgsl: &str) -> Module {
    naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|error| panic!("{}", error.emit_to_string(wgsl)))
}

/// Every difference between the shader's structs and the Rust ones.
fn compare_layouts(module: &Module, layouts: &[Layout]) -> Vec<String> {
    let mut differences = Vec::new();
    for expected in layouts {
        let named = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(expected.name));
        let Some((_, naga::Type { inner: TypeInner::Struct { members, span }, .. })) = named else {
            differences.push(format!("{}: not a struct of the shader", expected.name));
            continue;
        };
        // The shader rounds a struct up to its alignment, which Rust does not have.
        if (*span as usize).next_multiple_of(16) != expected.size.next_multiple_of(16) {
            differences.push(format!("{}: {span} bytes, not {}", expected.name, expected.size));
        }
        let found: Vec<(&str, usize)> =
            members.iter().map(|m| (m.name.as_deref().unwrap_or(""), m.offset as usize)).collect();
        if found != expected.fields {
            differences.push(format!("{}: {found:?}, not {:?}", expected.name, expected.fields));
        }
    }
    differences
}

/// The words of a constant expression, or `None` where it is none that the comparison knows.
fn words_of(module: &Module, expression: Handle<Expression>) -> Option<Vec<u32>> {
    match &module.global_expressions[expression] {
        Expression::Literal(Literal::U32(x)) => Some(vec![*x]),
        Expression::Literal(Literal::I32(x)) => Some(vec![x.cast_unsigned()]),
        Expression::Literal(Literal::F32(x)) => Some(vec![x.to_bits()]),
        Expression::Compose { components, .. } => {
            let words: Option<Vec<Vec<u32>>> = components.iter().map(|&c| words_of(module, c)).collect();
            words.map(|words| words.concat())
        }
        Expression::Constant(constant) => words_of(module, module.constants[*constant].init),
        Expression::Splat { size, value } => words_of(module, *value).map(|words| words.repeat(*size as usize)),
        _ => None,
    }
}

/// Every constant of the shader that is not among the expected ones with the same value.
fn compare_constants(module: &Module, expected: &BTreeMap<&str, Vec<u32>>) -> (usize, Vec<String>) {
    let mut n_compared = 0;
    let mut differences = Vec::new();
    for (_, constant) in module.constants.iter() {
        let name = constant.name.as_deref().unwrap_or("");
        // Those of det.wgsl are held to Rust's by running its functions.
        if name.starts_with("DET_") {
            continue;
        }
        let Some(expected) = expected.get(name) else {
            differences.push(format!("{name}: has no twin in this test"));
            continue;
        };
        n_compared += 1;
        match words_of(module, constant.init) {
            Some(words) if words == *expected => {}
            Some(words) => {
                let i = (0..words.len()).find(|&i| words.get(i) != expected.get(i)).unwrap_or(0);
                differences.push(format!(
                    "{name}: {} words, not {}; word {i} is {:x?}, not {:x?}",
                    words.len(),
                    expected.len(),
                    words.get(i),
                    expected.get(i)
                ));
            }
            None => differences.push(format!("{name}: not a constant that can be read")),
        }
    }
    (n_compared, differences)
}

fn all_constants() -> BTreeMap<&'static str, Vec<u32>> {
    let mut all = constants();
    all.extend(strides());
    all
}

#[test]
fn the_shaders_structs_lie_as_the_rust_ones() {
    let layouts = layouts();
    assert!(layouts.len() >= 16);
    assert!(layouts.iter().all(|layout| !layout.fields.is_empty()));
    let differences = compare_layouts(&parse(&shaders::program()), &layouts);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn the_shaders_constants_and_tables_are_the_rust_ones() {
    let (n_compared, differences) = compare_constants(&parse(&shaders::program()), &all_constants());
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(n_compared > 60, "saw {n_compared} constants only");
}

#[test]
fn comparison_rejects_a_moved_field_a_missing_struct_and_a_changed_constant() {
    let changed = |from: &str, to: &str| {
        let program = shaders::program();
        assert!(program.contains(from), "{from}");
        parse(&program.replacen(from, to, 1))
    };
    let layouts = layouts();
    let moved = changed("    fx: f32,\n    fy: f32,", "    fy: f32,\n    fx: f32,");
    assert_eq!(compare_layouts(&moved, &layouts).len(), 1);
    let grown = changed("struct Settings {\n", "struct Settings {\n    more: vec4f,\n");
    assert!(compare_layouts(&grown, &layouts).len() >= 2, "it and Params");
    let missing = [Layout { name: "Nowhere", size: 4, fields: vec![("x", 0)] }];
    assert_eq!(compare_layouts(&moved, &missing).len(), 1);
    let constant = changed("const LIGHT_SPOT: u32 = 2u;", "const LIGHT_SPOT: u32 = 1u;");
    assert_eq!(compare_constants(&constant, &all_constants()).1.len(), 1);
    let mut fewer = all_constants();
    fewer.remove("LIGHT_SPOT");
    assert_eq!(compare_constants(&parse(&shaders::program()), &fewer).1.len(), 1);
}
