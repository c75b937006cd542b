//! The film on the device, and its way into a [`Film`]. Twin of the writing: shaders/entry.wgsl. Knows no device.
//!
//! Quads plane by plane: (radiance sum, alpha sum), (albedo sum, 0) where samples are taken; then (depth, distance,
//! roughness, metallic), (normal, instance and semantic) where geometry is; (position, material and part), (geometric normal,
//! u), (emission, v) where points are; (instance + 1, triangle, weights) where hits are; and the bits of 128 objects a quad
//! where amodal masks are.

use crate::buffers::layout::View;
use crate::film::{Amodal, Film, FilmPlanes, Geometry, Hits, Points};
use crate::render::RenderError;

/// Of four words.
pub const FILM_QUAD_BYTES: u64 = 16;
/// Bits of a quad.
const OBJECTS_PER_QUAD: u32 = 128;

/// Whole rows of a view that are rendered and read back together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    pub width: u32,
    pub first_row: u32,
    pub rows: u32,
    pub planes: FilmPlanes,
    /// The largest object id.
    pub n_objects: u32,
}

/// The bands of a view, none of more than `most_bytes`.
pub fn bands(
    width: u32,
    height: u32,
    planes: FilmPlanes,
    n_objects: u32,
    most_bytes: u64,
) -> Result<Vec<Band>, RenderError> {
    let row = Band { width, first_row: 0, rows: 1, planes, n_objects };
    let rows = u32::try_from(most_bytes / row.bytes().max(1)).unwrap_or(u32::MAX).min(height);
    if rows == 0 {
        return Err(RenderError::TooLarge { needed: row.bytes(), limit: most_bytes });
    }
    let band = |first_row: u32| Band { width, first_row, rows: rows.min(height - first_row), planes, n_objects };
    Ok((0..height).step_by(rows as usize).map(band).collect())
}

impl Band {
    pub fn pixels(&self) -> u32 {
        self.width * self.rows
    }

    /// Quads of the film before those of geometry.
    pub fn geometry_plane(&self) -> u32 {
        if has_samples(self.planes) { 2 * self.pixels() } else { 0 }
    }

    pub fn bytes(&self) -> u64 {
        let planes = 2 * u64::from(has_samples(self.planes))
            + 2 * u64::from(self.planes.geometry)
            + 3 * u64::from(self.planes.points)
            + u64::from(self.planes.hits)
            + u64::from(self.amodal_quads());
        planes * u64::from(self.width) * u64::from(self.rows) * FILM_QUAD_BYTES
    }

    /// Quads of the film before those of points.
    pub fn point_plane(&self) -> u32 {
        self.geometry_plane() + if self.planes.geometry { 2 * self.pixels() } else { 0 }
    }

    /// Quads of the film before those of hits.
    pub fn hit_plane(&self) -> u32 {
        self.point_plane() + if self.planes.points { 3 * self.pixels() } else { 0 }
    }

    /// Quads of the film before those of amodal masks.
    pub fn amodal_plane(&self) -> u32 {
        self.hit_plane() + if self.planes.hits { self.pixels() } else { 0 }
    }

    /// Quads of amodal masks, a pixel.
    fn amodal_quads(&self) -> u32 {
        if self.planes.amodal { self.n_objects.div_ceil(OBJECTS_PER_QUAD) } else { 0 }
    }
}

fn has_samples(planes: FilmPlanes) -> bool {
    planes.radiance || planes.alpha || planes.albedo
}

/// A film with room for its planes, still without pixels.
pub fn blank(view: &View, planes: FilmPlanes, n_objects: u32) -> Film {
    let n = view.width as usize * view.height as usize;
    let of = |wanted: bool| if wanted { n } else { 0 };
    let words = if planes.amodal { Amodal::words_for(n_objects) } else { 0 };
    Film {
        width: view.width,
        height: view.height,
        radiance: Vec::with_capacity(of(has_samples(planes))),
        albedo: Vec::with_capacity(of(planes.albedo)),
        geometry: Geometry {
            depth: Vec::with_capacity(of(planes.geometry)),
            distance: Vec::with_capacity(of(planes.geometry)),
            normal: Vec::with_capacity(of(planes.geometry)),
            material: Vec::with_capacity(of(planes.geometry)),
            instance: Vec::with_capacity(of(planes.geometry)),
            semantic: Vec::with_capacity(of(planes.geometry)),
        },
        points: Points {
            position: Vec::with_capacity(of(planes.points)),
            normal: Vec::with_capacity(of(planes.points)),
            uv: Vec::with_capacity(of(planes.points)),
            emission: Vec::with_capacity(of(planes.points)),
            material: Vec::with_capacity(of(planes.points)),
            part: Vec::with_capacity(of(planes.points)),
        },
        amodal: Amodal { words, bits: Vec::with_capacity(n * words) },
        hits: Hits {
            instance: Vec::with_capacity(of(planes.hits)),
            triangle: Vec::with_capacity(of(planes.hits)),
            weights: Vec::with_capacity(of(planes.hits)),
        },
    }
}

/// Appends a band's pixels to the film.
pub fn unpack(film: &mut Film, band: &Band, quads: &[[u32; 4]], spp: u32) {
    let n = band.pixels() as usize;
    let planes = band.planes;
    if has_samples(planes) {
        film.radiance.extend(quads[..n].iter().map(|quad| quad.map(|word| mean(word, spp))));
    }
    if planes.albedo {
        film.albedo.extend(quads[n..2 * n].iter().map(|&[r, g, b, _]| [r, g, b].map(|word| mean(word, spp))));
    }
    if planes.geometry {
        let first = band.geometry_plane() as usize;
        for (&[depth, distance, roughness, metallic], &[x, y, z, ids]) in
            quads[first..first + n].iter().zip(&quads[first + n..first + 2 * n])
        {
            film.geometry.depth.push(float(depth));
            film.geometry.distance.push(float(distance));
            film.geometry.normal.push([x, y, z].map(float));
            film.geometry.material.push([roughness, metallic].map(float));
            film.geometry.instance.push(ids as u16);
            film.geometry.semantic.push((ids >> 16) as u16);
        }
    }
    if planes.points {
        let quads = &quads[band.point_plane() as usize..][..3 * n];
        unpack_points(&mut film.points, &quads[..n], &quads[n..2 * n], &quads[2 * n..]);
    }
    if planes.hits {
        for &[instance, triangle, u, v] in &quads[band.hit_plane() as usize..][..n] {
            film.hits.instance.push(instance);
            film.hits.triangle.push(triangle);
            film.hits.weights.push([u, v].map(float));
        }
    }
    let masks = &quads[band.amodal_plane() as usize..];
    for i in 0..n {
        film.amodal.bits.extend((0..film.amodal.words).map(|word| masks[word / 4 * n + i][word % 4]));
    }
}

fn unpack_points(points: &mut Points, positions: &[[u32; 4]], normals: &[[u32; 4]], emissions: &[[u32; 4]]) {
    for ((&[x, y, z, ids], &[a, b, c, u]), &[red, green, blue, v]) in positions.iter().zip(normals).zip(emissions) {
        points.position.push([x, y, z].map(float));
        points.normal.push([a, b, c].map(float));
        points.uv.push([u, v].map(float));
        points.emission.push([red, green, blue].map(float));
        points.material.push(ids as u16);
        points.part.push((ids >> 16) as u16);
    }
}

/// −0 is written as +0.
fn float(word: u32) -> f32 {
    f32::from_bits(word) + 0.0
}

fn mean(sum: u32, spp: u32) -> f32 {
    float((f32::from_bits(sum) / spp as f32).to_bits())
}

/// Refuses the first pixel that is NaN or infinite.
pub fn check(film: &Film) -> Result<(), RenderError> {
    let geometry = &film.geometry;
    let points = &film.points;
    let bad = [
        film.radiance.iter().position(|pixel| !are_finite(pixel)),
        film.albedo.iter().position(|pixel| !are_finite(pixel)),
        geometry.depth.iter().position(|pixel| !pixel.is_finite()),
        geometry.distance.iter().position(|pixel| !pixel.is_finite()),
        geometry.normal.iter().position(|pixel| !are_finite(pixel)),
        geometry.material.iter().position(|pixel| !are_finite(pixel)),
        points.position.iter().position(|pixel| !are_finite(pixel)),
        points.normal.iter().position(|pixel| !are_finite(pixel)),
        points.uv.iter().position(|pixel| !are_finite(pixel)),
        points.emission.iter().position(|pixel| !are_finite(pixel)),
    ];
    match bad.into_iter().flatten().min() {
        Some(i) => {
            let (i, width) = (i as u32, film.width);
            Err(RenderError::NonFinitePixel { x: i % width, y: i / width })
        }
        None => Ok(()),
    }
}

fn are_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: FilmPlanes =
        FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true, ..FilmPlanes::NONE };

    #[test]
    fn bands_cover_every_row_once_and_fit() {
        let bands = bands(100, 37, ALL, 0, 100 * 64 * 10).expect("a row fits");
        assert_eq!(
            bands.iter().map(|band| (band.first_row, band.rows)).collect::<Vec<_>>(),
            [(0, 10), (10, 10), (20, 10), (30, 7)]
        );
        assert!(bands.iter().all(|band| band.bytes() <= 64_000));
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused() {
        assert_eq!(bands(100, 37, ALL, 0, 6399), Err(RenderError::TooLarge { needed: 6400, limit: 6399 }));
    }

    #[test]
    fn a_pixel_is_the_mean_of_its_samples_and_a_zero_has_no_sign() {
        let planes = FilmPlanes { geometry: true, ..FilmPlanes { radiance: true, ..Default::default() } };
        let band = Band { width: 1, first_row: 0, rows: 1, planes, n_objects: 7 };
        let quads = [[8.0, -0.0, 2.0, 4.0], [0.0; 4], [1.0, 2.0, 0.5, -0.0], [0.0, 0.0, 1.0, 0.0]];
        let mut quads = quads.map(|quad: [f32; 4]| quad.map(f32::to_bits));
        quads[3][3] = 7 | 9 << 16;
        let mut film = Film { width: 1, height: 1, ..Default::default() };
        unpack(&mut film, &band, &quads, 4);
        assert_eq!(film.radiance[0].map(f32::to_bits), [2.0, 0.0, 0.5, 1.0].map(f32::to_bits));
        assert_eq!((film.geometry.instance[0], film.geometry.semantic[0]), (7, 9));
        assert_eq!(film.geometry.material[0].map(f32::to_bits), [0.5_f32, 0.0].map(f32::to_bits));
        assert_eq!(check(&film), Ok(()));
        film.radiance[0][2] = f32::NAN;
        assert_eq!(check(&film), Err(RenderError::NonFinitePixel { x: 0, y: 0 }));
    }

    #[test]
    fn points_and_masks_lie_behind_what_most_ask_for() {
        let planes = FilmPlanes { geometry: true, points: true, amodal: true, ..FilmPlanes::NONE };
        let band = Band { width: 2, first_row: 0, rows: 1, planes, n_objects: 130 };
        assert_eq!(band.bytes(), 2 * 7 * FILM_QUAD_BYTES);
        let mut quads = [[0; 4]; 14];
        quads[4] = [1.0_f32.to_bits(), 0, 0, 3 | 4 << 16];
        quads[7] = [0, 0, 1.0_f32.to_bits(), 0.25_f32.to_bits()];
        quads[9] = [0, 2.0_f32.to_bits(), 0, 0.75_f32.to_bits()];
        // The second pixel: objects 33 and 130.
        quads[11][1] = 1;
        quads[13][0] = 2;
        let mut film = blank(&View { width: 2, height: 1, ..bytemuck::Zeroable::zeroed() }, planes, 130);
        unpack(&mut film, &band, &quads, 1);
        let points = &film.points;
        assert_eq!((points.position[0], points.material[0], points.part[0]), ([1.0, 0.0, 0.0], 3, 4));
        assert_eq!(
            (points.normal[1], points.uv[1], points.emission[1]),
            ([0.0, 0.0, 1.0], [0.25, 0.75], [0.0, 2.0, 0.0])
        );
        let shown = |i: usize| (1..=130).filter(|&id| film.amodal.shows(i, id)).collect::<Vec<_>>();
        assert_eq!((film.amodal.words, shown(0), shown(1)), (5, vec![], vec![33, 130]));
        assert_eq!(check(&film), Ok(()));
        film.points.uv[1][0] = f32::INFINITY;
        assert_eq!(check(&film), Err(RenderError::NonFinitePixel { x: 1, y: 0 }));
    }
}
