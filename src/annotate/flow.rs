//! Optical flow without images: the point of a surface that a pixel shows is found again at another time, and projected.
//!
//! Flow is where the point is then, less where it is now, in pixels: +x right, +y down. Both places come of the same
//! projection in f64, so that what stands still has no flow at all. A point may lie outside the picture then, or behind
//! something else. Nodata, 0, where no surface is seen, and where a point cannot be projected: behind a perspective or
//! orthographic camera, past the angle that a fisheye sees, or past where a distortion turns round. Through an
//! equirectangular camera it goes the shorter way round.

use crate::film::{Film, Hits};
use crate::formats::raster::{Raster, Samples};
use crate::math::brown::Unfolded;
use crate::math::{Affine, Vec3};
use crate::scene::{Camera, Projection, Scene};

/// The flow from `now` to `then`, two moments of one scene, in view `view_idx`. The film's hits are those of `now`.
pub fn flow(film: &Film, now: &Scene, then: &Scene, view_idx: usize) -> Raster {
    let cameras = [&now.cameras[view_idx], &then.cameras[view_idx]];
    // A lens does not change while its camera moves.
    let mapping = Mapping::of(&cameras[0].lens.projection);
    let mut samples = Vec::with_capacity(2 * film.hits.instance.len());
    for i in 0..film.hits.instance.len() {
        let places = [(now, cameras[0]), (then, cameras[1])]
            .map(|(scene, camera)| point(&film.hits, i, scene).and_then(|p| project(&mapping, camera, p)));
        samples.extend(match places {
            [Some(from), Some(to)] => difference(cameras[0], from, to).map(|d| d as f32 + 0.0),
            _ => [0.0; 2],
        });
    }
    Raster { width: film.width, height: film.height, channels: 2, samples: Samples::F32(samples) }
}

/// Where the point that pixel `i` shows is in the world of a scene.
fn point(hits: &Hits, i: usize, scene: &Scene) -> Option<[f64; 3]> {
    let instance = &scene.instances[(hits.instance[i] as usize).checked_sub(1)?];
    let triangle = instance.mesh.triangles[hits.triangle[i] as usize];
    let [u, v] = hits.weights[i].map(f64::from);
    let corners = triangle.map(|vertex| instance.mesh.positions[vertex as usize].map(f64::from));
    let on_mesh: [f64; 3] =
        std::array::from_fn(|k| (1.0 - u - v) * corners[0][k] + u * corners[1][k] + v * corners[2][k]);
    let rows = &instance.world_from_object.rows;
    Some(std::array::from_fn(|r| {
        let [x, y, z, t] = rows[r].map(f64::from);
        x * on_mesh[0] + y * on_mesh[1] + z * on_mesh[2] + t
    }))
}

/// The place in the picture, in pixels, of a point in the world. `None`: the camera has none for it.
fn project(mapping: &Mapping, camera: &Camera, p: [f64; 3]) -> Option<[f64; 2]> {
    let place = mapping.normalised(in_camera(&camera.world_from_camera, p))?;
    let [fx, fy, cx, cy] = [camera.fx, camera.fy, camera.cx, camera.cy].map(f64::from);
    let pixel = [fx * place[0] + cx, fy * place[1] + cy];
    pixel.iter().all(|x| x.is_finite()).then_some(pixel)
}

fn in_camera(world_from_camera: &Affine, p: [f64; 3]) -> [f64; 3] {
    let wide = |v: Vec3| v.to_array().map(f64::from);
    let eye = wide(world_from_camera.column(3));
    let to: [f64; 3] = std::array::from_fn(|k| p[k] - eye[k]);
    [0, 1, 2].map(|k| {
        let axis = wide(world_from_camera.column(k));
        axis[0] * to[0] + axis[1] * to[1] + axis[2] * to[2]
    })
}

/// A projection, and how far its distortion is a picture.
struct Mapping<'c> {
    projection: &'c Projection,
    /// Of a perspective one; else none.
    distortion: Unfolded,
}

impl<'c> Mapping<'c> {
    fn of(projection: &'c Projection) -> Mapping<'c> {
        let k =
            if let Projection::Perspective { distortion } = projection { distortion.map(f64::from) } else { [0.0; 8] };
        Mapping { projection, distortion: Unfolded::new(k) }
    }

    /// The normalised place of a point in camera axes: see [`Projection`], whose formulas these are.
    fn normalised(&self, [x, y, z]: [f64; 3]) -> Option<[f64; 2]> {
        match self.projection {
            Projection::Perspective { .. } => (z > 0.0).then(|| self.distortion.distorted([x / z, y / z])).flatten(),
            Projection::Orthographic => (z >= 0.0).then_some([x, y]),
            Projection::Fisheye { k, max_angle_rad, .. } => {
                let aside = (x * x + y * y).sqrt();
                let angle = libm::atan2(aside, z);
                if angle > f64::from(*max_angle_rad) {
                    return None;
                }
                if aside == 0.0 {
                    return Some([0.0; 2]);
                }
                let [k1, k2, k3, k4] = k.map(f64::from);
                let t2 = angle * angle;
                let radius = angle * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))));
                Some([x / aside * radius, y / aside * radius])
            }
            Projection::Equirectangular => {
                let flat = (x * x + z * z).sqrt();
                (flat > 0.0 || y != 0.0).then(|| [libm::atan2(x, z), libm::atan2(y, flat)])
            }
        }
    }
}

fn difference(camera: &Camera, from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    let mut dx = to[0] - from[0];
    if camera.lens.projection == Projection::Equirectangular {
        let around = std::f64::consts::TAU * f64::from(camera.fx);
        dx -= around * libm::round(dx / around);
    }
    [dx, to[1] - from[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: [f64; 2], b: [f64; 2]) -> bool {
        (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9
    }

    #[test]
    fn places_are_what_the_models_say() {
        let normalised = |projection: &Projection, p: [f64; 3]| Mapping::of(projection).normalised(p);
        let pinhole = Projection::Perspective { distortion: [0.0; 8] };
        assert_eq!(normalised(&pinhole, [1.0, -2.0, 4.0]), Some([0.25, -0.5]));
        assert_eq!(normalised(&pinhole, [1.0, -2.0, -4.0]), None);
        assert_eq!(normalised(&Projection::Orthographic, [1.0, -2.0, 4.0]), Some([1.0, -2.0]));
        assert_eq!(normalised(&Projection::Orthographic, [1.0, -2.0, -1.0]), None);
        // k1 alone at (0.5, 0): 0.5 (1 + 0.2 · 0.25). p1 adds 2 p1 x y and p1 (r² + 2 y²).
        let brown = |k1, p1| Projection::Perspective { distortion: [k1, 0.0, p1, 0.0, 0.0, 0.0, 0.0, 0.0] };
        let at = |projection: &Projection, p| normalised(projection, p).expect("in front");
        assert!((at(&brown(0.25, 0.0), [1.0, 0.0, 2.0])[0] - 0.5 * (1.0 + 0.25 * 0.25)).abs() < 1e-12);
        assert!(near(at(&brown(0.0, 0.125), [1.0, 1.0, 1.0]), [1.0 + 0.25, 1.0 + 0.5]));
        // A barrel that turns round at 1 / √0.75 does not fold what is farther out back into the picture.
        assert!(normalised(&brown(-0.25, 0.0), [1.0, 0.0, 1.0]).is_some());
        assert_eq!(normalised(&brown(-0.25, 0.0), [1.25, 0.0, 1.0]), None);
        // 45° off the axis, downwards; past the image circle.
        let fisheye = Projection::Fisheye { k: [0.0; 4], max_angle_rad: 1.0, image_circle: 1.0 };
        assert!(near(at(&fisheye, [0.0, 1.0, 1.0]), [0.0, std::f64::consts::FRAC_PI_4]));
        assert_eq!(normalised(&fisheye, [1.0, 0.0, 0.0]), None);
        assert!(near(
            at(&Projection::Equirectangular, [1.0, 1.0, -1.0]),
            [0.75 * std::f64::consts::PI, libm::atan2(1.0, 2f64.sqrt())]
        ));
    }
}
