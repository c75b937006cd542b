//! Shapes with exact normals: lathes, tubes, rounded boxes and free surfaces.

use libm::{cos, sin, tan};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

pub type V3 = [f64; 3];

pub fn add(a: V3, b: V3) -> V3 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub fn sub(a: V3, b: V3) -> V3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub fn scale(a: V3, s: f64) -> V3 {
    a.map(|x| x * s)
}

pub fn dot(a: V3, b: V3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub fn cross(a: V3, b: V3) -> V3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub fn unit(a: V3) -> V3 {
    scale(a, 1.0 / dot(a, a).sqrt())
}

/// Triangles with what a glTF primitive needs.
#[derive(Clone, Default)]
pub struct Shape {
    pub positions: Vec<V3>,
    pub normals: Vec<V3>,
    pub uvs: Vec<[f64; 2]>,
    /// Empty, or linear RGB a vertex.
    pub colors: Vec<V3>,
    pub triangles: Vec<[u32; 3]>,
}

impl Shape {
    pub fn join(mut self, other: Shape) -> Shape {
        let base = self.positions.len() as u32;
        self.positions.extend(other.positions);
        self.normals.extend(other.normals);
        self.uvs.extend(other.uvs);
        self.colors.extend(other.colors);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + base)));
        self
    }

    pub fn all(parts: impl IntoIterator<Item = Shape>) -> Shape {
        parts.into_iter().fold(Shape::default(), Shape::join)
    }

    pub fn moved(mut self, by: V3) -> Shape {
        self.positions.iter_mut().for_each(|p| *p = add(*p, by));
        self
    }

    /// Turned about an axis (0, 1, 2) by degrees.
    pub fn turned(mut self, axis: usize, deg: f64) -> Shape {
        let (s, c) = (sin(deg * PI / 180.0), cos(deg * PI / 180.0));
        let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
        for v in self.positions.iter_mut().chain(&mut self.normals) {
            (v[a], v[b]) = (c * v[a] - s * v[b], s * v[a] + c * v[b]);
        }
        self
    }

    pub fn with_uv(mut self, map: impl Fn([f64; 2]) -> [f64; 2]) -> Shape {
        self.uvs.iter_mut().for_each(|uv| *uv = map(*uv));
        self
    }

    pub fn colored(mut self, color: V3) -> Shape {
        self.colors = vec![color; self.positions.len()];
        self
    }

    /// Copies turned about the vertical axis.
    pub fn around(&self, count: u32) -> Shape {
        Shape::all((0..count).map(|i| self.clone().turned(1, 360.0 * f64::from(i) / f64::from(count))))
    }

    /// Rows of `n` vertices each, quads between them. Counter-clockwise if rows go up while columns go right.
    fn quads(&mut self, first: u32, rows: u32, n: u32) {
        for row in 0..rows - 1 {
            for column in 0..n - 1 {
                let a = first + row * n + column;
                for t in [[a, a + 1, a + n + 1], [a, a + n + 1, a + n]] {
                    // Poles and closed tips make triangles without an area: nobody misses them.
                    let [p, q, r] = t.map(|v| self.positions[v as usize]);
                    let area = cross(sub(q, p), sub(r, p));
                    if dot(area, area) > 1e-20 {
                        self.triangles.push(t);
                    }
                }
            }
        }
    }
}

/// A point of a profile with its direction.
#[derive(Clone, Copy)]
pub struct ProfilePoint {
    pub at: [f64; 2],
    pub along: [f64; 2],
}

/// A line through (radius, height) points whose corners are rounded by the third number (a length along the edges).
pub fn profile(points: &[[f64; 3]]) -> Vec<ProfilePoint> {
    const STEPS: u32 = 3;
    let mut out = Vec::new();
    let minus = |a: [f64; 3], b: [f64; 3]| [a[0] - b[0], a[1] - b[1]];
    let length = |v: [f64; 2]| (v[0] * v[0] + v[1] * v[1]).sqrt();
    let direction = |v: [f64; 2]| v.map(|x| x / length(v));
    let last = points.len() - 1;
    for (i, &p) in points.iter().enumerate() {
        let at = [p[0], p[1]];
        if i == 0 {
            out.push(ProfilePoint { at, along: direction(minus(points[1], p)) });
            continue;
        }
        let before = minus(p, points[i - 1]);
        if i == last {
            out.push(ProfilePoint { at, along: direction(before) });
            continue;
        }
        let after = minus(points[i + 1], p);
        let (d0, d1) = (direction(before), direction(after));
        let cut = p[2].min(length(before) * 0.499).min(length(after) * 0.499);
        if cut <= 0.0 {
            out.extend([ProfilePoint { at, along: d0 }, ProfilePoint { at, along: d1 }]);
            continue;
        }
        // A quadratic Bézier curve from one edge to the other.
        for step in 0..=STEPS {
            let t = f64::from(step) / f64::from(STEPS);
            let back = cut * (1.0 - t) * (1.0 - t);
            let ahead = cut * t * t;
            let at = [at[0] - d0[0] * back + d1[0] * ahead, at[1] - d0[1] * back + d1[1] * ahead];
            let along = direction([d0[0] * (1.0 - t) + d1[0] * t, d0[1] * (1.0 - t) + d1[1] * t]);
            out.push(ProfilePoint { at, along });
        }
    }
    out
}

/// A smooth curve through (radius, height) points (Catmull–Rom).
pub fn curve(points: &[[f64; 2]], steps: u32) -> Vec<ProfilePoint> {
    let mut out = Vec::new();
    let get = |i: i64| -> [f64; 2] {
        let n = points.len() as i64;
        match i {
            -1 => [2.0 * points[0][0] - points[1][0], 2.0 * points[0][1] - points[1][1]],
            i if i == n => {
                let (a, b) = (points[points.len() - 1], points[points.len() - 2]);
                [2.0 * a[0] - b[0], 2.0 * a[1] - b[1]]
            }
            i => points[i as usize],
        }
    };
    for i in 0..points.len() - 1 {
        let p = [-1, 0, 1, 2].map(|k| get(i as i64 + k));
        let end = if i + 2 == points.len() { steps } else { steps - 1 };
        for step in 0..=end {
            let t = f64::from(step) / f64::from(steps);
            let at = std::array::from_fn(|k| catmull_rom(p.map(|q| q[k]), t).0);
            let along: [f64; 2] = std::array::from_fn(|k| catmull_rom(p.map(|q| q[k]), t).1);
            let length = (along[0] * along[0] + along[1] * along[1]).sqrt();
            out.push(ProfilePoint { at, along: along.map(|x| x / length) });
        }
    }
    out
}

/// Value and slope.
fn catmull_rom(p: [f64; 4], t: f64) -> (f64, f64) {
    let a = -0.5 * p[0] + 1.5 * p[1] - 1.5 * p[2] + 0.5 * p[3];
    let b = p[0] - 2.5 * p[1] + 2.0 * p[2] - 0.5 * p[3];
    let c = -0.5 * p[0] + 0.5 * p[2];
    (((a * t + b) * t + c) * t + p[1], (3.0 * a * t + 2.0 * b) * t + c)
}

/// Turns a profile about the vertical axis; it runs upward where the outside is to look outward.
/// u goes once around, v from 1 at the start of the profile to 0 at its end, by length.
pub fn lathe(line: &[ProfilePoint], segments: u32) -> Shape {
    let mut lengths = vec![0.0];
    for pair in line.windows(2) {
        let d = [pair[1].at[0] - pair[0].at[0], pair[1].at[1] - pair[0].at[1]];
        lengths.push(lengths[lengths.len() - 1] + (d[0] * d[0] + d[1] * d[1]).sqrt());
    }
    let total = lengths[lengths.len() - 1];
    let mut shape = Shape::default();
    for (point, length) in line.iter().zip(&lengths) {
        for segment in 0..=segments {
            let u = f64::from(segment) / f64::from(segments);
            let (s, c) = (sin(u * TAU), cos(u * TAU));
            shape.positions.push([point.at[0] * s, point.at[1], point.at[0] * c]);
            shape.normals.push([point.along[1] * s, -point.along[0], point.along[1] * c]);
            shape.uvs.push([u, 1.0 - length / total]);
        }
    }
    shape.quads(0, line.len() as u32, segments + 1);
    shape
}

/// A ball, squashed by `radii`.
pub fn ellipsoid(radii: V3, segments: u32) -> Shape {
    let rows = segments / 2;
    let mut shape = Shape::default();
    for row in 0..=rows {
        let v = f64::from(row) / f64::from(rows);
        let (sv, cv) = (sin((v - 0.5) * PI), cos((v - 0.5) * PI));
        for segment in 0..=segments {
            let u = f64::from(segment) / f64::from(segments);
            let n = [cv * sin(u * TAU), sv, cv * cos(u * TAU)];
            shape.positions.push([n[0] * radii[0], n[1] * radii[1], n[2] * radii[2]]);
            shape.normals.push(unit([n[0] / radii[0], n[1] / radii[1], n[2] / radii[2]]));
            shape.uvs.push([u, 1.0 - v]);
        }
    }
    shape.quads(0, rows + 1, segments + 1);
    shape
}

/// A box with rounded edges; UVs in metres on each face, u along the longer side.
pub fn rounded_box(size: V3, radius: f64, steps: u32) -> Shape {
    let mut shape = Shape::default();
    for axis in 0..3 {
        for side in [-1.0, 1.0] {
            face(&mut shape, size, radius, steps, axis, side);
        }
    }
    shape
}

/// The outer face of a thin plate, with its rounded rim; nothing behind it.
pub fn plate(size: V3, radius: f64, axis: usize) -> Shape {
    let mut shape = Shape::default();
    face(&mut shape, size, radius, 1, axis, 1.0);
    shape
}

fn face(shape: &mut Shape, size: V3, radius: f64, steps: u32, axis: usize, side: f64) {
    let (mut a, mut b) = ((axis + 1) % 3, (axis + 2) % 3);
    if side < 0.0 {
        std::mem::swap(&mut a, &mut b);
    }
    // From one edge's middle over the flat to the other's: angle off the face and the side of the core.
    let bend = |i: u32| f64::from(i) / f64::from(steps) * FRAC_PI_4;
    let columns: Vec<(f64, f64)> =
        (0..=steps).rev().map(|i| (-1.0, bend(i))).chain((0..=steps).map(|i| (1.0, bend(i)))).collect();
    let first = shape.positions.len() as u32;
    for &(sb, angle_b) in &columns {
        for &(sa, angle_a) in &columns {
            let mut normal = [0.0; 3];
            normal[axis] = side;
            normal[a] = sa * tan(angle_a);
            normal[b] = sb * tan(angle_b);
            let normal = unit(normal);
            let mut core = [0.0; 3];
            core[axis] = side * (size[axis] * 0.5 - radius);
            core[a] = sa * (size[a] * 0.5 - radius);
            core[b] = sb * (size[b] * 0.5 - radius);
            let position = add(core, scale(normal, radius));
            shape.positions.push(position);
            shape.normals.push(normal);
            let (long, short) = if size[a] >= size[b] { (a, b) } else { (b, a) };
            shape.uvs.push([position[long], -position[short]]);
        }
    }
    let n = columns.len() as u32;
    shape.quads(first, n, n);
}

/// A tube along a smooth line through `points`; `radius` of 0 to 1 along it; round ends.
/// u runs along it in metres, v around.
pub fn tube(points: &[V3], steps: u32, sides: u32, radius: impl Fn(f64) -> f64) -> Shape {
    let line = smooth_line(points, steps);
    let last = line.len() - 1;
    let mut rings: Vec<(V3, V3, f64, f64)> = Vec::new(); // centre, direction, radius, how far the normal leans along
    const CAP: u32 = 4;
    let direction = |i: usize| unit(sub(line[(i + 1).min(last)], line[i.saturating_sub(1)]));
    for i in (0..=CAP).rev() {
        let angle = f64::from(i) / f64::from(CAP) * FRAC_PI_2;
        let r = radius(0.0);
        let back = scale(direction(0), -r * sin(angle));
        rings.push((add(line[0], back), direction(0), r * cos(angle), -angle));
    }
    for (i, &at) in line.iter().enumerate().take(last).skip(1) {
        rings.push((at, direction(i), radius(i as f64 / last as f64), 0.0));
    }
    for i in 0..=CAP {
        let angle = f64::from(i) / f64::from(CAP) * FRAC_PI_2;
        let r = radius(1.0);
        rings.push((add(line[last], scale(direction(last), r * sin(angle))), direction(last), r * cos(angle), angle));
    }
    let mut shape = Shape::default();
    let mut across = unit(cross(rings[0].1, if rings[0].1[1].abs() < 0.9 { [0.0, 1.0, 0.0] } else { [1.0, 0.0, 0.0] }));
    let mut length = 0.0;
    for (i, &(at, along, r, lean)) in rings.iter().enumerate() {
        // The frame is carried along without a twist.
        across = unit(sub(across, scale(along, dot(across, along))));
        let up = cross(along, across);
        if i > 0 {
            let d = sub(at, rings[i - 1].0);
            length += dot(d, d).sqrt();
        }
        for side in 0..=sides {
            let v = f64::from(side) / f64::from(sides);
            let out = add(scale(across, cos(v * TAU)), scale(up, sin(v * TAU)));
            shape.positions.push(add(at, scale(out, r)));
            shape.normals.push(unit(add(scale(out, cos(lean)), scale(along, sin(lean)))));
            shape.uvs.push([length, v]);
        }
    }
    shape.quads(0, rings.len() as u32, sides + 1);
    shape
}

/// Points on a Catmull–Rom line.
pub fn smooth_line(points: &[V3], steps: u32) -> Vec<V3> {
    let n = points.len();
    let get = |i: i64| -> V3 {
        if i < 0 {
            sub(scale(points[0], 2.0), points[1])
        } else if i as usize >= n {
            sub(scale(points[n - 1], 2.0), points[n - 2])
        } else {
            points[i as usize]
        }
    };
    let mut out = Vec::new();
    for i in 0..n - 1 {
        let p = [-1, 0, 1, 2].map(|k| get(i as i64 + k));
        let end = if i + 2 == n { steps } else { steps - 1 };
        for step in 0..=end {
            let t = f64::from(step) / f64::from(steps);
            out.push(std::array::from_fn(|k| catmull_rom(p.map(|q| q[k]), t).0));
        }
    }
    out
}

/// A ring about the vertical axis.
pub fn torus(major: f64, minor: f64, segments: u32, sides: u32) -> Shape {
    let line: Vec<ProfilePoint> = (0..=sides)
        .map(|i| {
            let angle = f64::from(i) / f64::from(sides) * TAU - PI;
            ProfilePoint { at: [major + minor * cos(angle), minor * sin(angle)], along: [-sin(angle), cos(angle)] }
        })
        .collect();
    lathe(&line, segments)
}

/// A free surface over the unit square, one-sided; normals by differences. Seen from where u × v points.
pub fn surface(columns: u32, rows: u32, at: impl Fn(f64, f64) -> V3) -> Shape {
    const D: f64 = 1e-5;
    let mut shape = Shape::default();
    for row in 0..=rows {
        for column in 0..=columns {
            let (u, v) = (f64::from(column) / f64::from(columns), f64::from(row) / f64::from(rows));
            let du = sub(at(u + D, v), at(u - D, v));
            let dv = sub(at(u, v + D), at(u, v - D));
            shape.positions.push(at(u, v));
            shape.normals.push(unit(cross(du, dv)));
            shape.uvs.push([u, 1.0 - v]);
        }
    }
    shape.quads(0, rows + 1, columns + 1);
    shape
}
