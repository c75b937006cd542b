//! The GPU renderer: wgpu runs shaders/*.wgsl. The one place that knows that a GPU exists.
//!
//! ```text
//! adapters  what there is, and what may be used      shaders   the WGSL files, in one list
//! device    an opened adapter and its faults         store     what stays on it, by identity
//! upload    scene buffers → words on the device      tree      trees as the shader walks them
//! pace      how much work a submission holds         params    the uniform parameters
//! film      what comes back                          evaluate  single functions, for tests
//! ```

mod adapters;
mod device;
mod evaluate;
mod film;
mod pace;
pub mod params;
pub mod shaders;
mod store;
pub mod tree;
mod upload;
mod visible;

pub use adapters::{Adapter, adapters, usable};
pub use evaluate::Evaluation;
pub use visible::{NotMappable, Surroundings};

use crate::buffers::layout::Settings;
use crate::buffers::{SceneBuffers, Sight, sights};
use crate::film::{Film, FilmPlanes};
use crate::render::{RenderError, Renderer, Unwanted};
use device::Opened;
use film::{Band, FILM_QUAD_BYTES};
use pace::{Pace, Tile};
use params::{PARAMS_ALPHA, Params, Tables};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use upload::Residents;

/// Assets beyond the scene at hand that stay on a GPU with memory of its own; and on others.
const RESIDENT_BYTES: u64 = 1 << 30;
const RESIDENT_BYTES_SHARED: u64 = 256 << 20;

/// Of the film's buffer: taller views are made band by band.
const BAND_BYTES: u64 = 64 << 20;

/// Side of a workgroup. Twin: `@workgroup_size` of shaders/entry.wgsl.
const WORKGROUP: u32 = 8;

/// Submissions under way at once: one is worked on while the next is written.
const IN_FLIGHT: usize = 2;

/// A renderer on one adapter.
#[derive(Debug)]
pub struct GpuRenderer {
    opened: Opened,
    residents: Residents,
    uniforms: wgpu::Buffer,
    film: wgpu::Buffer,
    staging: wgpu::Buffer,
    bind_group: Option<wgpu::BindGroup>,
    /// The scene whose tables are on the device.
    scene: Option<(Arc<SceneBuffers>, Tables)>,
    jobs: [Job; 6],
}

/// An entry point: compiled when first needed, and how much of it a submission holds.
#[derive(Debug)]
struct Job {
    entry_point: &'static str,
    pipeline: Option<wgpu::ComputePipeline>,
    pace: Pace,
}

const PATHS: usize = 0;
const ALPHA_ALBEDO: usize = 1;
const GEOMETRY: usize = 2;
const POINTS: usize = 3;
const AMODAL: usize = 4;
const HITS: usize = 5;

impl GpuRenderer {
    pub fn new(adapter: &Adapter) -> Result<GpuRenderer, RenderError> {
        use crate::render::DeviceKind::DiscreteGpu;
        let bytes = if adapter.info.kind == DiscreteGpu { RESIDENT_BYTES } else { RESIDENT_BYTES_SHARED };
        GpuRenderer::with_budget(adapter, bytes)
    }

    /// `resident_bytes`: what may stay on the device though the scene at hand does not need it.
    pub fn with_budget(adapter: &Adapter, resident_bytes: u64) -> Result<GpuRenderer, RenderError> {
        use wgpu::BufferUsages as Usage;
        let opened = Opened::new(adapter)?;
        let residents = Residents::new(&opened, resident_bytes);
        let uniforms = opened.buffer("params", size_of::<Params>() as u64, Usage::UNIFORM | Usage::COPY_DST);
        let film = opened.storage_buffer("film", FILM_QUAD_BYTES);
        let staging = opened.buffer("staging", FILM_QUAD_BYTES, Usage::MAP_READ | Usage::COPY_DST);
        opened.check()?;
        let job = |entry_point| Job { entry_point, pipeline: None, pace: Pace::default() };
        let jobs = ["paths", "alpha_albedo", "geometry_planes", "point_planes", "amodal_planes", "hit_planes"].map(job);
        Ok(GpuRenderer { opened, residents, uniforms, film, staging, bind_group: None, scene: None, jobs })
    }

    /// Bytes of meshes, trees, textures and skies that are on the device.
    pub fn resident_bytes(&self) -> u64 {
        let stores = [&self.residents.texels, &self.residents.geometry, &self.residents.nodes];
        stores.map(|store| store.resident_bytes()).into_iter().sum()
    }

    fn hold_scene(&mut self, scene: &Arc<SceneBuffers>) -> Result<Tables, RenderError> {
        if let Some((held, tables)) = &self.scene
            && Arc::ptr_eq(held, scene)
        {
            return Ok(*tables);
        }
        self.scene = None;
        let held = self.residents.hold(&self.opened, scene);
        let (tables, is_rebound) = held.inspect_err(|_| self.residents.forget())?;
        if is_rebound {
            self.bind_group = None;
        }
        self.scene = Some((scene.clone(), tables));
        Ok(tables)
    }

    /// Makes the film's buffers large enough for a band.
    fn hold_film(&mut self, bytes: u64) -> Result<(), RenderError> {
        if bytes <= self.film.size() {
            return Ok(());
        }
        self.film = self.opened.storage_buffer("film", bytes);
        self.staging =
            self.opened.buffer("staging", bytes, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        self.bind_group = None;
        self.opened.check()
    }

    fn hold_job(&mut self, job: usize) -> Result<(), RenderError> {
        let job = &mut self.jobs[job];
        if job.pipeline.is_none() {
            job.pipeline = Some(self.opened.pipeline(job.entry_point)?);
        }
        Ok(())
    }

    fn bind_group(&mut self) -> wgpu::BindGroup {
        let make = || {
            let texels = &self.residents.texels.buffers;
            let buffers = [
                &self.uniforms,
                &texels[0],
                &texels[1],
                &texels[2],
                &self.residents.geometry.buffers[0],
                &self.residents.nodes.buffers[0],
                &self.residents.tables,
                &self.film,
            ];
            let entries: Vec<_> = (0u32..)
                .zip(buffers)
                .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
                .collect();
            self.opened.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("genki"),
                layout: &self.opened.layout,
                entries: &entries,
            })
        };
        self.bind_group.get_or_insert_with(make).clone()
    }

    /// Renders the rows of one band and reads them back, as quads of the film.
    fn render_band(
        &mut self,
        band: &Band,
        settings: &Settings,
        passes: &[Pass<'_>],
        is_unwanted: Unwanted<'_>,
    ) -> Result<Vec<[u32; 4]>, RenderError> {
        let mut encoder = self.opened.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.clear_buffer(&self.film, 0, Some(band.bytes()));
        self.opened.queue.submit([encoder.finish()]);
        for pass in passes {
            let at = self.hold_scene(pass.sight.scene)?;
            let bind_group = self.bind_group();
            let params = params_of(band, &pass.sight, settings, at);
            self.run(pass, band, &params, &bind_group, is_unwanted)?;
        }
        let copied = self.opened.copy(&self.film, &self.staging, band.bytes());
        let bytes = self.opened.read(&self.staging, band.bytes(), copied)?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// The rows of a pass that lie in a band and its samples, by one entry point, tile by tile. Between tiles is where it can be given up: what
    /// is under way then runs on for its milliseconds, before anything that is submitted later.
    fn run(
        &mut self,
        pass: &Pass<'_>,
        band: &Band,
        params: &Params,
        bind_group: &wgpu::BindGroup,
        is_unwanted: Unwanted<'_>,
    ) -> Result<(), RenderError> {
        let job = pass.job;
        let mut in_flight: VecDeque<(wgpu::SubmissionIndex, u64)> = VecDeque::new();
        let mut last_done = Instant::now();
        let in_band = |row: u32| row.saturating_sub(band.first_row).min(band.rows);
        let (mut row, end_row) = (in_band(pass.sight.rows.start), in_band(pass.sight.rows.end));
        while row < end_row {
            let rows = self.jobs[job].pace.rows(band.width, end_row - row);
            let mut sample = pass.sight.samples.start;
            while sample < pass.sight.samples.end {
                if is_unwanted() {
                    return Err(RenderError::Interrupted);
                }
                let n = self.jobs[job].pace.samples(band.width, rows, pass.sight.samples.end - sample);
                let tile = Tile { rows: row..row + rows, samples: sample..sample + n };
                let work = u64::from(band.width) * u64::from(rows) * u64::from(n);
                in_flight.push_back((self.submit(job, band, params, &tile, bind_group), work));
                if in_flight.len() == IN_FLIGHT {
                    self.finish_one(job, &mut in_flight, &mut last_done)?;
                }
                sample += n;
            }
            row += rows;
        }
        while !in_flight.is_empty() {
            self.finish_one(job, &mut in_flight, &mut last_done)?;
        }
        Ok(())
    }

    fn submit(
        &self,
        job: usize,
        band: &Band,
        params: &Params,
        tile: &Tile,
        bind_group: &wgpu::BindGroup,
    ) -> wgpu::SubmissionIndex {
        let params = Params {
            tile_row: tile.rows.start,
            tile_end_row: tile.rows.end,
            first_sample: tile.samples.start,
            end_sample: tile.samples.end,
            ..*params
        };
        self.opened.queue.write_buffer(&self.uniforms, 0, bytemuck::bytes_of(&params));
        let pipeline = self.jobs[job].pipeline.as_ref().expect("render compiles what it runs");
        let workgroups = [band.width.div_ceil(WORKGROUP), (tile.rows.len() as u32).div_ceil(WORKGROUP)];
        self.opened.dispatch(pipeline, bind_group, workgroups)
    }

    /// Waits for the oldest submission under way and learns from the time since the one before was done.
    fn finish_one(
        &mut self,
        job: usize,
        in_flight: &mut VecDeque<(wgpu::SubmissionIndex, u64)>,
        last_done: &mut Instant,
    ) -> Result<(), RenderError> {
        let Some((submission, work)) = in_flight.pop_front() else { return Ok(()) };
        self.opened.wait(submission)?;
        let now = Instant::now();
        self.jobs[job].pace.learn(work, now - *last_done);
        *last_done = now;
        Ok(())
    }
}

impl Renderer for GpuRenderer {
    fn render(
        &mut self,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        planes: FilmPlanes,
        is_unwanted: Unwanted<'_>,
    ) -> Result<Film, RenderError> {
        let view = scene.views[view_idx];
        let passes = passes_of(scene, view_idx, settings.spp, planes);
        passes.iter().try_for_each(|pass| self.hold_job(pass.job))?;
        let n_objects = scene.most_object_id();
        let mut film = film::blank(&view, planes, n_objects);
        let most_bytes = BAND_BYTES.min(self.opened.max_binding_bytes);
        for band in film::bands(view.width, view.height, planes, n_objects, most_bytes)? {
            self.hold_film(band.bytes())?;
            let quads = self.render_band(&band, settings, &passes, is_unwanted)?;
            film::unpack(&mut film, &band, &quads, settings.spp);
        }
        film::check(&film)?;
        Ok(film)
    }
}

/// An entry point over samples of a scene; those of a pixel's centre take one.
struct Pass<'a> {
    sight: Sight<'a>,
    job: usize,
}

/// What fills the planes, in order.
fn passes_of(scene: &Arc<SceneBuffers>, view_idx: usize, spp: u32, planes: FilmPlanes) -> Vec<Pass<'_>> {
    let view = scene.views[view_idx];
    let mut passes = Vec::new();
    if planes.radiance || planes.alpha || planes.albedo {
        let job = if planes.radiance { PATHS } else { ALPHA_ALBEDO };
        let taken = sights(scene, view_idx, spp).into_iter();
        passes.extend(taken.map(|sight| Pass { sight, job }));
    }
    let centers = [(planes.geometry, GEOMETRY), (planes.points, POINTS), (planes.amodal, AMODAL), (planes.hits, HITS)];
    let wanted = centers.into_iter().filter(|(wanted, _)| *wanted);
    passes
        .extend(wanted.map(|(_, job)| Pass { sight: Sight { scene, view, rows: 0..view.height, samples: 0..1 }, job }));
    passes
}

fn params_of(band: &Band, &Sight { scene, view, .. }: &Sight<'_>, settings: &Settings, at: Tables) -> Params {
    Params {
        view,
        settings: *settings,
        sky: scene.sky,
        band_row: band.first_row,
        tile_row: 0,
        tile_end_row: 0,
        band_pixels: band.pixels(),
        first_sample: 0,
        end_sample: 0,
        geometry_plane: band.geometry_plane(),
        flags: flags_of(scene),
        point_plane: band.point_plane(),
        amodal_plane: band.amodal_plane(),
        n_placed: scene.instance_order.len() as u32,
        hit_plane: band.hit_plane(),
        at,
    }
}

fn flags_of(scene: &SceneBuffers) -> u32 {
    if scene.has_alpha { PARAMS_ALPHA } else { 0 }
}
