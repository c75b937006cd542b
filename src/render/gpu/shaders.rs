//! The WGSL of the renderer: the one list of its files, in the order in which they are joined. Knows no device.

/// One file of the shader: its name under shaders/, and its text.
#[derive(Clone, Copy, Debug)]
pub struct ShaderFile {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! shader_file {
    ($name:literal) => {
        ShaderFile { name: $name, text: include_str!(concat!("../../../shaders/", $name)) }
    };
}

/// Everything but the entry points: pure functions, what they read, and the walk. WGSL needs no order; readers do.
pub const LIBRARY: [ShaderFile; 20] = [
    shader_file!("layout.wgsl"),
    shader_file!("bindings.wgsl"),
    shader_file!("det.wgsl"),
    shader_file!("sampler.wgsl"),
    shader_file!("triangle.wgsl"),
    shader_file!("walk.wgsl"),
    shader_file!("texture.wgsl"),
    shader_file!("surface.wgsl"),
    shader_file!("medium.wgsl"),
    shader_file!("bsdf.wgsl"),
    shader_file!("lobes.wgsl"),
    shader_file!("iridescence.wgsl"),
    shader_file!("extended.wgsl"),
    shader_file!("layered.wgsl"),
    shader_file!("scatter.wgsl"),
    shader_file!("light.wgsl"),
    shader_file!("camera.wgsl"),
    shader_file!("direct.wgsl"),
    shader_file!("path.wgsl"),
    shader_file!("geometry.wgsl"),
];

/// The compute entry points.
pub const ENTRY: ShaderFile = shader_file!("entry.wgsl");

/// The library without entry points: what the tests of single functions compile.
pub fn library() -> String {
    join(&LIBRARY)
}

/// The whole shader.
pub fn program() -> String {
    let mut text = join(&LIBRARY);
    text.push_str(ENTRY.text);
    text
}

fn join(files: &[ShaderFile]) -> String {
    files.iter().map(|file| file.text).collect::<Vec<_>>().join("\n")
}
