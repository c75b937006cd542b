//! Vectors and affine frames in f32, built from + − × ÷ and sqrt only. Knows no files, no scenes.
//!
//! Why not a library: the dataset rendered on a CPU is byte-identical on every machine, and the common vector
//! crates use fused or reordered instructions on some of them.

pub mod brown;
pub mod det;
pub mod lens;
pub mod spectrum;
pub mod srgb;
pub mod weights;

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

/// Three f32: a point, a direction or a linear colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Vec3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// Shorthand for [`Vec3::new`].
pub const fn vec3(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub const ZERO: Vec3 = vec3(0.0, 0.0, 0.0);
    pub const ONE: Vec3 = vec3(1.0, 1.0, 1.0);

    pub const fn new(x: f32, y: f32, z: f32) -> Vec3 {
        vec3(x, y, z)
    }

    pub const fn splat(v: f32) -> Vec3 {
        vec3(v, v, v)
    }

    pub const fn to_array(self) -> [f32; 3] {
        [self.x, self.y, self.z]
    }

    /// x·x' + y·y' + z·z', added left to right.
    #[inline(always)]
    pub fn dot(self, other: Vec3) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[inline(always)]
    pub fn cross(self, other: Vec3) -> Vec3 {
        vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    #[inline(always)]
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The unit vector along `self`; not finite for the zero vector (see [`Vec3::normalize_or`]).
    #[inline(always)]
    pub fn normalize(self) -> Vec3 {
        self * (1.0 / self.length())
    }

    /// The unit vector along `self`, or `fallback` where its length is zero or not finite.
    pub fn normalize_or(self, fallback: Vec3) -> Vec3 {
        let length = self.length();
        if length > 1e-30 && length < f32::INFINITY { self * (1.0 / length) } else { fallback }
    }

    /// The largest of the three.
    pub fn max_component(self) -> f32 {
        det::max(det::max(self.x, self.y), self.z)
    }

    /// Componentwise smaller values.
    pub fn min(self, other: Vec3) -> Vec3 {
        vec3(det::min(self.x, other.x), det::min(self.y, other.y), det::min(self.z, other.z))
    }

    /// Componentwise larger values.
    pub fn max(self, other: Vec3) -> Vec3 {
        vec3(det::max(self.x, other.x), det::max(self.y, other.y), det::max(self.z, other.z))
    }

    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite() && self.z.is_finite()
    }
}

impl From<[f32; 3]> for Vec3 {
    fn from(v: [f32; 3]) -> Vec3 {
        vec3(v[0], v[1], v[2])
    }
}

impl Add for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn add(self, o: Vec3) -> Vec3 {
        vec3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl AddAssign for Vec3 {
    #[inline(always)]
    fn add_assign(&mut self, o: Vec3) {
        *self = *self + o;
    }
}

impl Sub for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn sub(self, o: Vec3) -> Vec3 {
        vec3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn mul(self, s: f32) -> Vec3 {
        vec3(self.x * s, self.y * s, self.z * s)
    }
}

impl Mul<Vec3> for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn mul(self, o: Vec3) -> Vec3 {
        vec3(self.x * o.x, self.y * o.y, self.z * o.z)
    }
}

impl MulAssign<Vec3> for Vec3 {
    #[inline(always)]
    fn mul_assign(&mut self, o: Vec3) {
        *self = *self * o;
    }
}

impl Div<f32> for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn div(self, s: f32) -> Vec3 {
        vec3(self.x / s, self.y / s, self.z / s)
    }
}

impl Neg for Vec3 {
    type Output = Vec3;
    #[inline(always)]
    fn neg(self) -> Vec3 {
        vec3(-self.x, -self.y, -self.z)
    }
}

/// An affine map of points, three rows of four: `dst = m · (x, y, z, 1)`. Named `dst_from_src` where used.
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Affine {
    pub rows: [[f32; 4]; 3],
}

impl Affine {
    pub const IDENTITY: Affine = Affine { rows: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]] };

    /// glTF's Y-up axes to the world's Z-up ones: +90° about X, (x, y, z) → (x, −z, y).
    pub const Z_UP_FROM_Y_UP: Affine =
        Affine { rows: [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0]] };

    /// Columns are the images of the three axes and of the origin.
    pub fn from_columns(x: Vec3, y: Vec3, z: Vec3, origin: Vec3) -> Affine {
        Affine { rows: [[x.x, y.x, z.x, origin.x], [x.y, y.y, z.y, origin.y], [x.z, y.z, z.z, origin.z]] }
    }

    pub fn translation(t: Vec3) -> Affine {
        Affine::from_columns(vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0), vec3(0.0, 0.0, 1.0), t)
    }

    pub fn scale(s: Vec3) -> Affine {
        Affine::from_columns(vec3(s.x, 0.0, 0.0), vec3(0.0, s.y, 0.0), vec3(0.0, 0.0, s.z), Vec3::ZERO)
    }

    /// The map that does `first`, then `self`.
    pub fn after(&self, first: &Affine) -> Affine {
        let mut rows = [[0.0f32; 4]; 3];
        for (out, a) in rows.iter_mut().zip(&self.rows) {
            for (column, value) in out.iter_mut().enumerate() {
                *value = a[0] * first.rows[0][column] + a[1] * first.rows[1][column] + a[2] * first.rows[2][column];
            }
            out[3] += a[3];
        }
        Affine { rows }
    }

    #[inline(always)]
    pub fn point(&self, p: Vec3) -> Vec3 {
        let r = &self.rows;
        vec3(
            r[0][0] * p.x + r[0][1] * p.y + r[0][2] * p.z + r[0][3],
            r[1][0] * p.x + r[1][1] * p.y + r[1][2] * p.z + r[1][3],
            r[2][0] * p.x + r[2][1] * p.y + r[2][2] * p.z + r[2][3],
        )
    }

    /// Maps a direction (no translation, not normalised).
    #[inline(always)]
    pub fn vector(&self, v: Vec3) -> Vec3 {
        let r = &self.rows;
        vec3(
            r[0][0] * v.x + r[0][1] * v.y + r[0][2] * v.z,
            r[1][0] * v.x + r[1][1] * v.y + r[1][2] * v.z,
            r[2][0] * v.x + r[2][1] * v.y + r[2][2] * v.z,
        )
    }

    /// Multiplies by the transposed linear part. Called on `src_from_dst` it maps normals from src to dst.
    #[inline(always)]
    pub fn transposed_vector(&self, n: Vec3) -> Vec3 {
        let r = &self.rows;
        vec3(
            r[0][0] * n.x + r[1][0] * n.y + r[2][0] * n.z,
            r[0][1] * n.x + r[1][1] * n.y + r[2][1] * n.z,
            r[0][2] * n.x + r[1][2] * n.y + r[2][2] * n.z,
        )
    }

    pub fn column(&self, i: usize) -> Vec3 {
        vec3(self.rows[0][i], self.rows[1][i], self.rows[2][i])
    }

    /// Determinant of the linear part: negative for a mirroring map.
    pub fn determinant(&self) -> f32 {
        self.column(0).dot(self.column(1).cross(self.column(2)))
    }

    /// The inverse map, or `None` where the linear part is singular or not finite.
    pub fn inverse(&self) -> Option<Affine> {
        let (a, b, c, t) = (self.column(0), self.column(1), self.column(2), self.column(3));
        let determinant = self.determinant();
        let scale = 1.0 / determinant;
        if !scale.is_finite() || !determinant.is_finite() {
            return None;
        }
        let (r0, r1, r2) = (b.cross(c) * scale, c.cross(a) * scale, a.cross(b) * scale);
        Some(Affine {
            rows: [[r0.x, r0.y, r0.z, -r0.dot(t)], [r1.x, r1.y, r1.z, -r1.dot(t)], [r2.x, r2.y, r2.z, -r2.dot(t)]],
        })
    }

    /// 4×4 row-major, as in the JSON records.
    pub fn to_matrix4(&self) -> [[f32; 4]; 4] {
        [self.rows[0], self.rows[1], self.rows[2], [0.0, 0.0, 0.0, 1.0]]
    }
}

/// An axis-aligned box; empty when any `min > max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub min: Vec3,
    pub max: Vec3,
}

impl Bounds {
    pub const EMPTY: Bounds = Bounds { min: Vec3::splat(f32::MAX), max: Vec3::splat(-f32::MAX) };

    pub fn of(points: impl IntoIterator<Item = Vec3>) -> Bounds {
        points.into_iter().fold(Bounds::EMPTY, |b, p| Bounds { min: b.min.min(p), max: b.max.max(p) })
    }

    pub fn union(self, other: Bounds) -> Bounds {
        Bounds { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub fn is_empty(&self) -> bool {
        self.min.x > self.max.x || self.min.y > self.max.y || self.min.z > self.max.z
    }

    pub fn center(&self) -> Vec3 {
        (self.min + self.max) * 0.5
    }

    pub fn size(&self) -> Vec3 {
        self.max - self.min
    }

    /// The centre of what glTF measures, in axes whose Z is up: X, −Z, Y of the file.
    pub fn center_z_up(&self) -> [f64; 3] {
        let middle = |low: f32, high: f32| (f64::from(low) + f64::from(high)) / 2.0;
        let (low, high) = (self.min, self.max);
        [middle(low.x, high.x), -middle(low.z, high.z), middle(low.y, high.y)]
    }

    pub fn longest_side(&self) -> f64 {
        let (low, high) = (self.min.to_array(), self.max.to_array());
        let sides = [0, 1, 2].map(|k| f64::from(high[k]) - f64::from(low[k]));
        sides.into_iter().fold(0.0, |longest, side| if side > longest { side } else { longest })
    }

    /// The box around the images of the eight corners.
    pub fn transformed(&self, dst_from_src: &Affine) -> Bounds {
        Bounds::of(self.corners().map(|c| dst_from_src.point(c)))
    }

    /// Corner i takes max on axis k where bit k of i is set.
    pub fn corners(&self) -> [Vec3; 8] {
        std::array::from_fn(|i| {
            vec3(
                if i & 1 == 0 { self.min.x } else { self.max.x },
                if i & 2 == 0 { self.min.y } else { self.max.y },
                if i & 4 == 0 { self.min.z } else { self.max.z },
            )
        })
    }
}
