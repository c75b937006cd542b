//! The CPU renderer: the same bits on every machine, however many threads. Knows no recipe and no files.
//!
//! `walk` finds what rays meet; everything else is shading, and has a twin of the same name in shaders/.

pub mod bsdf;
pub mod camera;
pub mod direct;
pub mod extended;
pub mod geometry;
pub mod iridescence;
pub mod layered;
pub mod light;
pub mod load;
pub mod lobes;
pub mod medium;
pub mod path;
pub mod sampler;
pub mod scatter;
pub mod surface;
pub mod tables;
pub mod texture;
pub mod triangle;
pub mod walk;
mod walk_lanes;
mod walk_packet;
mod walk_single;

use super::{RenderError, Renderer, Unwanted};
use crate::buffers::SceneBuffers;
use crate::buffers::layout::Settings;
use crate::film::{Film, FilmPlanes, Geometry};
use geometry::{center_ray, follow_geometry};
use load::{Context, texture_views};
use path::{PathSample, follow_alpha_albedo, follow_path, sample_camera};
use rayon::prelude::*;
use std::sync::Arc;
use walk::{Ray, trace_packet};

/// Rays that are traced together.
const PACKET: usize = 16;

/// Renders on the threads of the rayon pool that it is called in.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuRenderer;

impl CpuRenderer {
    pub fn new() -> CpuRenderer {
        CpuRenderer
    }
}

impl Renderer for CpuRenderer {
    fn render(
        &mut self,
        scene: &Arc<SceneBuffers>,
        view_idx: usize,
        settings: &Settings,
        planes: FilmPlanes,
        is_unwanted: Unwanted<'_>,
    ) -> Result<Film, RenderError> {
        let view = scene.views[view_idx];
        let textures = texture_views(scene);
        let rows: Option<Vec<Row>> = (0..view.height)
            .into_par_iter()
            .map(|y| render_row(&Context::new(scene, &textures, *settings, view), y, planes, is_unwanted))
            .collect();
        let rows = rows.ok_or(RenderError::Interrupted)?;
        let mut film = Film { width: view.width, height: view.height, ..Film::default() };
        for (y, row) in rows.into_iter().enumerate() {
            if let Some(x) = row.first_not_finite() {
                return Err(RenderError::NonFinitePixel { x: x as u32, y: y as u32 });
            }
            film.radiance.extend_from_slice(&row.radiance);
            film.albedo.extend_from_slice(&row.albedo);
            append(&mut film.geometry, row.geometry);
        }
        Ok(film)
    }
}

/// A film one pixel high.
#[derive(Default)]
struct Row {
    radiance: Vec<[f32; 4]>,
    albedo: Vec<[f32; 3]>,
    geometry: Geometry,
}

impl Row {
    /// Where a value is infinite or no number.
    fn first_not_finite(&self) -> Option<usize> {
        let radiance = self.radiance.iter().position(|p| !p.iter().all(|v| v.is_finite()));
        let albedo = self.albedo.iter().position(|p| !p.iter().all(|v| v.is_finite()));
        let g = &self.geometry;
        let depth = g.depth.iter().zip(&g.distance).position(|(a, b)| !a.is_finite() || !b.is_finite());
        let normal = g.normal.iter().position(|p| !p.iter().all(|v| v.is_finite()));
        let material = g.material.iter().position(|p| !p.iter().all(|v| v.is_finite()));
        [radiance, albedo, depth, normal, material].into_iter().flatten().min()
    }
}

/// `None`: it is not wanted any more.
fn render_row(c: &Context, y: u32, planes: FilmPlanes, is_unwanted: Unwanted<'_>) -> Option<Row> {
    let mut row = Row::default();
    if is_unwanted() {
        return None;
    }
    if planes.radiance || planes.alpha || planes.albedo {
        sample_row(c, y, planes, is_unwanted, &mut row)?;
    }
    if planes.geometry {
        geometry_row(c, y, &mut row.geometry);
    }
    Some(row)
}

/// Fills the planes that are means over samples. Packets run through the samples of a pixel, then on into the next one.
///
/// `is_unwanted` is asked before each packet: with many samples a single row takes seconds.
fn sample_row(c: &Context, y: u32, planes: FilmPlanes, is_unwanted: Unwanted<'_>, row: &mut Row) -> Option<()> {
    let (width, spp) = (c.view.width, c.settings.spp);
    let follow = if planes.radiance { follow_path } else { follow_alpha_albedo };
    let n_samples = u64::from(width) * u64::from(spp);
    let address = |i: u64| ([(i / u64::from(spp)) as u32, y], (i % u64::from(spp)) as u32);
    let mut sum = [0.0f32; 7];
    let mut first = 0;
    while first < n_samples {
        if is_unwanted() {
            return None;
        }
        let n = (n_samples - first).min(PACKET as u64);
        // The last packet of a row repeats its last ray.
        let rays: [Ray; PACKET] = std::array::from_fn(|i| {
            let (pixel, sample_idx) = address(first + (i as u64).min(n - 1));
            sample_camera(c, pixel, sample_idx)
        });
        let hits = trace_packet(c.scene, &rays);
        for i in 0..n {
            let (pixel, sample_idx) = address(first + i);
            let sample = follow(c, pixel, sample_idx, &rays[i as usize], hits[i as usize]);
            add_sample(&mut sum, &sample);
            if sample_idx + 1 == spp {
                push_pixel(&sum, spp, planes, row);
                sum = [0.0; 7];
            }
        }
        first += n;
    }
    Some(())
}

fn add_sample(sum: &mut [f32; 7], sample: &PathSample) {
    let (radiance, albedo) = (sample.radiance, sample.albedo);
    let values = [radiance.x, radiance.y, radiance.z, sample.alpha, albedo.x, albedo.y, albedo.z];
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Sum → mean. Adding 0 turns −0 into +0.
fn push_pixel(sum: &[f32; 7], spp: u32, planes: FilmPlanes, row: &mut Row) {
    let mean = sum.map(|v| v / spp as f32 + 0.0);
    row.radiance.push([mean[0], mean[1], mean[2], mean[3]]);
    if planes.albedo {
        row.albedo.push([mean[4], mean[5], mean[6]]);
    }
}

/// Fills the planes of the ray through each pixel's centre.
fn geometry_row(c: &Context, y: u32, geometry: &mut Geometry) {
    for first in (0..c.view.width).step_by(PACKET) {
        let n = (c.view.width - first).min(PACKET as u32);
        let rays: [Ray; PACKET] = std::array::from_fn(|i| center_ray(c, [first + (i as u32).min(n - 1), y]));
        let hits = trace_packet(c.scene, &rays);
        for i in 0..n as usize {
            let sample = follow_geometry(c, &rays[i], hits[i]);
            geometry.depth.push(sample.depth + 0.0);
            geometry.distance.push(sample.distance + 0.0);
            geometry.normal.push([sample.normal.x + 0.0, sample.normal.y + 0.0, sample.normal.z + 0.0]);
            geometry.material.push([sample.roughness + 0.0, sample.metallic + 0.0]);
            geometry.instance.push(sample.instance as u16);
            geometry.semantic.push(sample.semantic as u16);
        }
    }
}

fn append(to: &mut Geometry, from: Geometry) {
    to.depth.extend_from_slice(&from.depth);
    to.distance.extend_from_slice(&from.distance);
    to.normal.extend_from_slice(&from.normal);
    to.material.extend_from_slice(&from.material);
    to.instance.extend_from_slice(&from.instance);
    to.semantic.extend_from_slice(&from.semantic);
}
