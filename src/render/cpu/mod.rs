//! The CPU renderer: the same bits on every machine, however many threads. Knows no recipe and no files.
//!
//! `walk` finds what rays meet; everything else is shading, and has a twin of the same name in shaders/.

pub mod area;
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
pub mod pick;
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
use crate::buffers::layout::Settings;
use crate::buffers::{SceneBuffers, sights};
use crate::film::{Amodal, Film, FilmPlanes, Geometry, Hits, Points};
use geometry::{
    GeometrySample, NO_GEOMETRY, NO_POINT, PointSample, Seen, center_ray, find_seen, geometry_of, is_seen_alone,
    point_of,
};
use load::{Context, texture_views};
use path::{PathSample, follow_alpha_albedo, follow_path, sample_camera};
use rayon::prelude::*;
use std::ops::Range;
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
        let sights = sights(scene, view_idx, settings.spp);
        let textures_then: Vec<_> = sights.iter().map(|sight| texture_views(sight.scene)).collect();
        let row = |y: u32| {
            let opening = Context::new(scene, &textures, *settings, view);
            let seen = sights.iter().zip(&textures_then).filter(|(sight, _)| sight.rows.contains(&y));
            let then = seen.map(|(sight, textures)| {
                (Context::new(sight.scene, textures, *settings, sight.view), sight.samples.clone())
            });
            render_row(&opening, &then.collect::<Vec<_>>(), y, planes, is_unwanted)
        };
        let rows: Option<Vec<Row>> = (0..view.height).into_par_iter().map(row).collect();
        let rows = rows.ok_or(RenderError::Interrupted)?;
        let mut film = Film { width: view.width, height: view.height, ..Film::default() };
        for (y, row) in rows.into_iter().enumerate() {
            if let Some(x) = row.first_not_finite() {
                return Err(RenderError::NonFinitePixel { x: x as u32, y: y as u32 });
            }
            film.radiance.extend_from_slice(&row.radiance);
            film.albedo.extend_from_slice(&row.albedo);
            append(&mut film.geometry, row.geometry);
            append_points(&mut film.points, &row.points);
            film.amodal.words = row.amodal.words;
            film.amodal.bits.extend_from_slice(&row.amodal.bits);
            film.hits.instance.extend_from_slice(&row.hits.instance);
            film.hits.triangle.extend_from_slice(&row.hits.triangle);
            film.hits.weights.extend_from_slice(&row.hits.weights);
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
    points: Points,
    amodal: Amodal,
    hits: Hits,
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
        let p = &self.points;
        let point = [&p.position, &p.normal, &p.emission]
            .map(|plane| plane.iter().position(|p| !p.iter().all(|v| v.is_finite())));
        let uv = p.uv.iter().position(|p| !p.iter().all(|v| v.is_finite()));
        [radiance, albedo, depth, normal, material, uv].into_iter().chain(point).flatten().min()
    }
}

/// A scene at one moment of an exposure, and the samples that are taken then.
type Moment<'a> = (Context<'a>, Range<u32>);

/// `c`: when the shutter opens. `None`: it is not wanted any more.
fn render_row(c: &Context, moments: &[Moment], y: u32, planes: FilmPlanes, is_unwanted: Unwanted<'_>) -> Option<Row> {
    let mut row = Row::default();
    if is_unwanted() {
        return None;
    }
    if planes.radiance || planes.alpha || planes.albedo {
        sample_row(moments, y, planes, is_unwanted, &mut row)?;
    }
    if planes.geometry || planes.points || planes.hits {
        center_row(c, y, planes, &mut row);
    }
    if planes.amodal {
        amodal_row(c, y, &mut row.amodal);
    }
    Some(row)
}

/// Fills the planes that are means over samples. Packets run through the samples of a pixel, then on into the next one; with
/// several moments each runs over the whole row before the next, and a pixel still adds its samples in order.
///
/// `is_unwanted` is asked before each packet: with many samples a single row takes seconds.
fn sample_row(moments: &[Moment], y: u32, planes: FilmPlanes, is_unwanted: Unwanted<'_>, row: &mut Row) -> Option<()> {
    let Some((c, _)) = moments.first() else { return Some(()) };
    let (width, spp) = (c.view.width, c.settings.spp);
    let mut sums = vec![[0.0f32; 7]; width as usize];
    for (c, samples) in moments {
        sample_moment(c, samples, y, planes, is_unwanted, &mut sums)?;
    }
    sums.iter().for_each(|sum| push_pixel(sum, spp, planes, row));
    Some(())
}

/// Adds the samples of one moment to the sums of a row's pixels.
fn sample_moment(
    c: &Context,
    samples: &Range<u32>,
    y: u32,
    planes: FilmPlanes,
    is_unwanted: Unwanted<'_>,
    sums: &mut [[f32; 7]],
) -> Option<()> {
    let follow = if planes.radiance { follow_path } else { follow_alpha_albedo };
    let n_each = u64::from(samples.end - samples.start);
    let n_samples = sums.len() as u64 * n_each;
    let address = |i: u64| ([(i / n_each) as u32, y], samples.start + (i % n_each) as u32);
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
            add_sample(&mut sums[pixel[0] as usize], &sample);
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
fn center_row(c: &Context, y: u32, planes: FilmPlanes, row: &mut Row) {
    for first in (0..c.view.width).step_by(PACKET) {
        let n = (c.view.width - first).min(PACKET as u32);
        let rays: [Ray; PACKET] = std::array::from_fn(|i| center_ray(c, [first + (i as u32).min(n - 1), y]));
        let hits = trace_packet(c.scene, &rays);
        for i in 0..n as usize {
            let seen = find_seen(c, &rays[i], hits[i]);
            if planes.geometry {
                push_geometry(&mut row.geometry, &seen.map_or(NO_GEOMETRY, |seen| geometry_of(c, &seen)));
            }
            if planes.points {
                push_point(&mut row.points, &seen.map_or(NO_POINT, |seen| point_of(c, &seen)));
            }
            if planes.hits {
                push_hit(&mut row.hits, seen.as_ref());
            }
        }
    }
}

fn push_geometry(geometry: &mut Geometry, sample: &GeometrySample) {
    geometry.depth.push(sample.depth + 0.0);
    geometry.distance.push(sample.distance + 0.0);
    geometry.normal.push(unsigned_zeros(sample.normal.to_array()));
    geometry.material.push([sample.roughness + 0.0, sample.metallic + 0.0]);
    geometry.instance.push(sample.instance as u16);
    geometry.semantic.push(sample.semantic as u16);
}

fn push_point(points: &mut Points, sample: &PointSample) {
    points.position.push(unsigned_zeros(sample.position.to_array()));
    points.normal.push(unsigned_zeros(sample.normal.to_array()));
    points.uv.push(unsigned_zeros(sample.uv));
    points.emission.push(unsigned_zeros(sample.emission.to_array()));
    points.material.push(sample.material as u16);
    points.part.push(sample.part as u16);
}

fn push_hit(hits: &mut Hits, seen: Option<&Seen>) {
    hits.instance.push(seen.map_or(0, |seen| seen.place.instance_idx + 1));
    hits.triangle.push(seen.map_or(0, |seen| seen.triangle_idx));
    hits.weights.push(unsigned_zeros(seen.map_or([0.0; 2], |seen| seen.weights)));
}

/// Adding 0 turns −0 into +0.
fn unsigned_zeros<const N: usize>(v: [f32; N]) -> [f32; N] {
    v.map(|x| x + 0.0)
}

/// Fills the masks of all objects, each as if alone.
fn amodal_row(c: &Context, y: u32, amodal: &mut Amodal) {
    amodal.words = Amodal::words_for(c.scene.most_object_id());
    amodal.bits.resize(c.view.width as usize * amodal.words, 0);
    for x in 0..c.view.width {
        let ray = center_ray(c, [x, y]);
        for instance_idx in (0..c.placed_count()).map(|i| c.load_placed(i)) {
            let object_id = c.load_instance(instance_idx).object_id;
            if object_id != 0 && is_seen_alone(c, &ray, instance_idx) {
                let bit = object_id as usize - 1;
                amodal.bits[x as usize * amodal.words + bit / 32] |= 1 << (bit % 32);
            }
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

fn append_points(to: &mut Points, from: &Points) {
    to.position.extend_from_slice(&from.position);
    to.normal.extend_from_slice(&from.normal);
    to.uv.extend_from_slice(&from.uv);
    to.emission.extend_from_slice(&from.emission);
    to.material.extend_from_slice(&from.material);
    to.part.extend_from_slice(&from.part);
}
