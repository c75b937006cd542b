//! Runs a piece of WGSL that calls functions of the shader's library, a row of words at a time: how twins are compared
//! alone, on the same device, scene and bindings as a picture. Renders nothing.

use super::{GpuRenderer, Params, shaders};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::Settings;
use crate::render::RenderError;
use std::sync::Arc;

/// What every piece can say: the words of its row come by `arg` and `arg_u`, results go by `put` and `put_u`.
const PRELUDE: &str = "
var<private> row_at: u32;
fn arg_u(k: u32) -> u32 { return film[row_at + k / 4u][k % 4u]; }
fn arg(k: u32) -> f32 { return bitcast<f32>(arg_u(k)); }
fn arg3(k: u32) -> vec3f { return vec3f(arg(k), arg(k + 1u), arg(k + 2u)); }
fn put_u(k: u32, v: u32) { film[row_at + params.geometry_plane + k / 4u][k % 4u] = v; }
fn put(k: u32, v: f32) { put_u(k, bitcast<u32>(v)); }
fn put3(k: u32, v: vec3f) { put(k, v.x); put(k + 1u, v.y); put(k + 2u, v.z); }
";

const WORKGROUP: u32 = 64;

/// A piece of WGSL and its rows.
#[derive(Clone, Debug)]
pub struct Evaluation<'a> {
    /// Functions that the body calls, if any.
    pub functions: &'a str,
    /// Statements: `put(0u, det_sin(arg(0u)));`.
    pub body: &'a str,
    /// Words of each row; all rows of one length.
    pub rows: &'a [Vec<u32>],
    /// Words of each result.
    pub n_results: usize,
}

impl GpuRenderer {
    /// The results of each row.
    pub fn evaluate(
        &mut self,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        evaluation: &Evaluation,
    ) -> Result<Vec<Vec<u32>>, RenderError> {
        self.evaluate_as(&evaluation.program(), scene, view_idx, settings, evaluation)
    }

    /// The same from another text of the [`Evaluation::program`]: one that says the same, but leaves compilers less freedom.
    pub fn evaluate_as(
        &mut self,
        program: &str,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        evaluation: &Evaluation,
    ) -> Result<Vec<Vec<u32>>, RenderError> {
        let at = self.hold_scene(scene)?;
        let n_rows = evaluation.rows.len();
        let arg_quads = evaluation.arg_quads();
        let row_quads = evaluation.row_quads();
        let mut quads = vec![[0_u32; 4]; n_rows * row_quads];
        for (row, words) in evaluation.rows.iter().enumerate() {
            for (k, &word) in words.iter().enumerate() {
                quads[row * row_quads + k / 4][k % 4] = word;
            }
        }
        let bytes: &[u8] = bytemuck::cast_slice(&quads);
        self.hold_film(bytes.len() as u64)?;
        let params = Params {
            view: scene.views[view_idx],
            settings: *settings,
            sky: scene.sky,
            end_sample: n_rows as u32,
            geometry_plane: arg_quads as u32,
            flags: super::flags_of(scene),
            n_placed: scene.instance_order.len() as u32,
            at,
            ..bytemuck::Zeroable::zeroed()
        };
        self.opened.queue.write_buffer(&self.uniforms, 0, bytemuck::bytes_of(&params));
        self.opened.queue.write_buffer(&self.film, 0, bytes);
        let pipeline = self.opened.pipeline_of(program, "evaluate")?;
        let bind_group = self.bind_group();
        self.opened.dispatch(&pipeline, &bind_group, [(n_rows as u32).div_ceil(WORKGROUP), 1]);
        let copied = self.opened.copy(&self.film, &self.staging, bytes.len() as u64);
        let read = self.opened.read(&self.staging, bytes.len() as u64, copied)?;
        let quads: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&read);
        let result = |row: usize| -> Vec<u32> {
            let words = quads[row * row_quads + arg_quads..(row + 1) * row_quads].as_flattened();
            words[..evaluation.n_results].to_vec()
        };
        Ok((0..n_rows).map(result).collect())
    }
}

impl Evaluation<'_> {
    /// The whole text of the shader that runs the piece; its entry point is `evaluate`.
    pub fn program(&self) -> String {
        let Evaluation { functions, body, .. } = self;
        let row_quads = self.row_quads();
        let library = shaders::library();
        format!(
            "{library}\n{PRELUDE}\n{functions}\n@compute @workgroup_size({WORKGROUP})\n\
             fn evaluate(@builtin(global_invocation_id) id: vec3<u32>) {{\n\
             if id.x >= params.end_sample {{ return; }}\nrow_at = id.x * {row_quads}u;\n{body}\n}}\n"
        )
    }

    fn arg_quads(&self) -> usize {
        self.rows.first().map_or(0, |row| row.len().div_ceil(4))
    }

    fn row_quads(&self) -> usize {
        self.arg_quads() + self.n_results.div_ceil(4)
    }
}
