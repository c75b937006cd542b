//! Materials as glTF has them, and how they read images. Values only.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    Repeat,
    MirroredRepeat,
    ClampToEdge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Nearest,
    Linear,
}

/// How a material slot reads an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureRef {
    /// Index into `Asset::images` (in a [`Scene`]: into `Scene::images`).
    pub image: u32,
    /// 0 or 1.
    pub uv_set: u32,
    pub wrap_u: Wrap,
    pub wrap_v: Wrap,
    pub filter: Filter,
    /// KHR_texture_transform as two rows of three: image uv = m · (u, v, 1).
    pub image_from_uv: [[f32; 3]; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlphaMode {
    Opaque,
    Mask { cutoff: f32 },
    Blend,
}

/// glTF 2.0 metallic-roughness with its extensions. Factors are linear and multiply their textures; occlusion is not kept (a path tracer computes it).
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    pub name: String,
    /// Linear RGB and alpha, in [0, 1] as files have them; a recipe's edits may go past 1.
    pub base_color: [f32; 4],
    /// Added after texture and factor; what comes out is limited to [0, 1]. 0 as files have it. So with the two others.
    pub base_color_offset: [f32; 3],
    /// sRGB texels with linear alpha.
    pub base_color_texture: Option<TextureRef>,
    pub metallic: f32,
    pub metallic_offset: f32,
    pub roughness: f32,
    pub roughness_offset: f32,
    /// Linear texels: G roughness, B metallic.
    pub metallic_roughness_texture: Option<TextureRef>,
    /// Linear texels; (n + 1) / 2.
    pub normal_texture: Option<TextureRef>,
    pub normal_scale: f32,
    /// Linear, KHR_materials_emissive_strength multiplied in: radiance.
    pub emissive: [f32; 3],
    /// sRGB texels.
    pub emissive_texture: Option<TextureRef>,
    pub alpha: AlphaMode,
    pub double_sided: bool,
    /// KHR_materials_unlit: the base colour is what is seen, and no light is scattered.
    pub unlit: bool,
    /// KHR_materials_ior: index of refraction of what is no metal. At least 1; 0: all light is reflected.
    pub ior: f32,
    pub specular: Option<Specular>,
    pub specular_glossiness: Option<SpecularGlossiness>,
    pub clearcoat: Option<Clearcoat>,
    pub sheen: Option<Sheen>,
    pub transmission: Option<Transmission>,
    pub diffuse_transmission: Option<DiffuseTransmission>,
    pub volume: Option<Volume>,
    /// KHR_materials_dispersion: 20 / Abbe number; 0: none.
    pub dispersion: f32,
    pub anisotropy: Option<Anisotropy>,
    pub iridescence: Option<Iridescence>,
}

/// KHR_materials_specular: the strength and colour of a dielectric's reflection.
#[derive(Clone, Debug, PartialEq)]
pub struct Specular {
    /// In [0, 1].
    pub factor: f32,
    /// Linear texels: A.
    pub texture: Option<TextureRef>,
    /// Linear; at least 0. Multiplies the reflectance at normal incidence.
    pub color: [f32; 3],
    /// sRGB texels.
    pub color_texture: Option<TextureRef>,
}

/// KHR_materials_pbrSpecularGlossiness. The material's base colour is then its diffuse one; metallic, roughness and their
/// texture count no more.
#[derive(Clone, Debug, PartialEq)]
pub struct SpecularGlossiness {
    /// Linear reflectance at normal incidence.
    pub specular: [f32; 3],
    /// 1 − roughness.
    pub glossiness: f32,
    /// RGB sRGB specular, A linear glossiness.
    pub texture: Option<TextureRef>,
}

/// KHR_materials_clearcoat: a layer of index 1.5 over everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Clearcoat {
    /// In [0, 1].
    pub factor: f32,
    /// Linear texels: R.
    pub texture: Option<TextureRef>,
    pub roughness: f32,
    /// Linear texels: G.
    pub roughness_texture: Option<TextureRef>,
    pub normal_texture: Option<TextureRef>,
    pub normal_scale: f32,
}

/// KHR_materials_sheen: fibres that stand up from the surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheen {
    /// Linear.
    pub color: [f32; 3],
    /// sRGB texels.
    pub color_texture: Option<TextureRef>,
    pub roughness: f32,
    /// Linear texels: A.
    pub roughness_texture: Option<TextureRef>,
}

/// KHR_materials_transmission: light that is let through instead of scattered diffusely.
#[derive(Clone, Debug, PartialEq)]
pub struct Transmission {
    /// In [0, 1].
    pub factor: f32,
    /// Linear texels: R.
    pub texture: Option<TextureRef>,
}

/// KHR_materials_diffuse_transmission: light that is scattered to the other side.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffuseTransmission {
    /// In [0, 1].
    pub factor: f32,
    /// Linear texels: A.
    pub texture: Option<TextureRef>,
    /// Linear.
    pub color: [f32; 3],
    /// sRGB texels.
    pub color_texture: Option<TextureRef>,
}

/// KHR_materials_volume: what lies behind the surface. Where there is none (or its thickness is 0) the surface is a thin
/// wall. Only whether the thickness is 0 counts: rays measure the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    pub thickness: f32,
    /// In metres of the asset (in a [`Scene`]: of the world), after which `attenuation_color` is left; infinity: clear.
    pub attenuation_distance: f32,
    /// Linear.
    pub attenuation_color: [f32; 3],
}

/// KHR_materials_anisotropy: a highlight that is drawn out along a direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Anisotropy {
    /// In [0, 1].
    pub strength: f32,
    /// From the tangent, counter-clockwise.
    pub rotation_rad: f32,
    /// Linear texels: RG the direction (2 x − 1), B the strength.
    pub texture: Option<TextureRef>,
}

/// KHR_materials_iridescence: a thin film on the surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Iridescence {
    /// In [0, 1].
    pub factor: f32,
    /// Linear texels: R.
    pub texture: Option<TextureRef>,
    /// At least 1.
    pub ior: f32,
    /// Film thickness in nm where the texture is 0.
    pub thickness_min_nm: f32,
    /// Film thickness in nm where the texture is 1, and without a texture.
    pub thickness_max_nm: f32,
    /// Linear texels: G.
    pub thickness_texture: Option<TextureRef>,
}

impl Material {
    /// All slots that read an image.
    pub fn textures_mut(&mut self) -> impl Iterator<Item = &mut TextureRef> {
        let Material { specular, specular_glossiness, clearcoat, sheen, transmission, .. } = self;
        let own = [
            &mut self.base_color_texture,
            &mut self.metallic_roughness_texture,
            &mut self.normal_texture,
            &mut self.emissive_texture,
        ];
        let specular = specular.as_mut().map(|s| [&mut s.texture, &mut s.color_texture]);
        let glossiness = specular_glossiness.as_mut().map(|s| [&mut s.texture]);
        let clearcoat = clearcoat.as_mut().map(|c| [&mut c.texture, &mut c.roughness_texture, &mut c.normal_texture]);
        let sheen = sheen.as_mut().map(|s| [&mut s.color_texture, &mut s.roughness_texture]);
        let transmission = transmission.as_mut().map(|t| [&mut t.texture]);
        let diffuse = self.diffuse_transmission.as_mut().map(|d| [&mut d.texture, &mut d.color_texture]);
        let anisotropy = self.anisotropy.as_mut().map(|a| [&mut a.texture]);
        let iridescence = self.iridescence.as_mut().map(|i| [&mut i.texture, &mut i.thickness_texture]);
        own.into_iter()
            .chain(specular.into_iter().flatten())
            .chain(glossiness.into_iter().flatten())
            .chain(clearcoat.into_iter().flatten())
            .chain(sheen.into_iter().flatten())
            .chain(transmission.into_iter().flatten())
            .chain(diffuse.into_iter().flatten())
            .chain(anisotropy.into_iter().flatten())
            .chain(iridescence.into_iter().flatten())
            .flatten()
    }
}

impl Default for Material {
    /// glTF's default material.
    fn default() -> Material {
        Material {
            name: String::new(),
            base_color: [1.0; 4],
            base_color_offset: [0.0; 3],
            base_color_texture: None,
            metallic: 1.0,
            metallic_offset: 0.0,
            roughness: 1.0,
            roughness_offset: 0.0,
            metallic_roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            emissive: [0.0; 3],
            emissive_texture: None,
            alpha: AlphaMode::Opaque,
            double_sided: false,
            unlit: false,
            ior: 1.5,
            specular: None,
            specular_glossiness: None,
            clearcoat: None,
            sheen: None,
            transmission: None,
            diffuse_transmission: None,
            volume: None,
            dispersion: 0.0,
            anisotropy: None,
            iridescence: None,
        }
    }
}
