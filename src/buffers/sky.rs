//! Sky image → a table that draws its texels by how much light they send. Knows no rotation and no scale.
//!
//! Inversion and not Walker's alias method: the draws that matter then fall on few cache lines (those of bright texels),
//! and neighbouring draws on neighbouring texels.

use super::alias::whole_masses;
use super::layout::SKY_GUIDE_BITS;
use crate::math::spectrum;
use crate::scene::SkyImage;

/// A sky image and how its directions are drawn.
#[derive(Clone, Debug)]
pub struct SkyTable {
    pub width: u32,
    pub height: u32,
    /// Linear radiance, and in w the probability of drawing the texel times the number of texels.
    ///
    /// With a uniform place in the drawn texel, the density over the image's unit square is w of the texel that holds
    /// the place, and over directions w / (2 π² sin θ). It is above 0 wherever the bilinear radiance is.
    pub texels: Vec<[f32; 4]>,
    /// One a texel, ascending: a 32-bit draw takes the last texel whose start is not above it.
    pub starts: Vec<u32>,
    /// Entry k: the texel that the draw k · 2^(32 − `SKY_GUIDE_BITS`) takes; after the last one, the last texel.
    pub guide: Vec<u32>,
}

impl SkyTable {
    pub fn bytes(&self) -> u64 {
        (size_of_val(&self.texels[..]) + size_of_val(&self.starts[..]) + size_of_val(&self.guide[..])) as u64
    }
}

/// All draws together.
const DRAWS: u64 = 1 << 32;

/// Weighs a texel by its solid angle times the mean luminance of the bilinear image over it.
pub fn build(image: &SkyImage) -> SkyTable {
    let (width, height) = (image.width as usize, image.height as usize);
    let luminance: Vec<f64> = image.texels.iter().map(|&texel| luminance(texel)).collect();
    let mut weights = Vec::with_capacity(luminance.len());
    for y in 0..height {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        // Means of a linear ramp over a texel: 1/8 of either neighbour, 6/8 of itself.
        let column = |x: usize| {
            0.125 * luminance[above * width + x]
                + 0.75 * luminance[y * width + x]
                + 0.125 * luminance[below * width + x]
        };
        let zone = zone(y, height);
        for x in 0..width {
            let (west, east) = ((x + width - 1) % width, (x + 1) % width);
            weights.push(zone * (0.125 * column(west) + 0.75 * column(x) + 0.125 * column(east)));
        }
    }
    if weights.iter().all(|&weight| weight == 0.0) {
        // A black sky: any density does.
        weights = (0..width * height).map(|i| zone(i / width, height)).collect();
    }
    let masses = whole_masses(&weights, DRAWS);
    let n = masses.len() as f64;
    let density = |mass: u64| (mass as f64 * n / DRAWS as f64) as f32;
    let texels = image.texels.iter().zip(&masses).map(|(&[r, g, b], &mass)| [r, g, b, density(mass)]).collect();
    let mut sum = 0u64;
    let mut starts = Vec::with_capacity(masses.len());
    for &mass in &masses {
        // Texels without mass at the end would start at 2³²; one less changes nothing: the last texel with mass is meant.
        starts.push(sum.min(DRAWS - 1) as u32);
        sum += mass;
    }
    let guide = guide(&masses);
    SkyTable { width: image.width, height: image.height, texels, starts, guide }
}

/// See [`SkyTable::guide`].
fn guide(masses: &[u64]) -> Vec<u32> {
    let cell = DRAWS >> SKY_GUIDE_BITS;
    let mut guide = Vec::with_capacity((1 << SKY_GUIDE_BITS) + 1);
    let mut end = 0;
    for (i, mass) in masses.iter().enumerate() {
        end += mass;
        while guide.len() < 1 << SKY_GUIDE_BITS && (guide.len() as u64) * cell < end {
            guide.push(i as u32);
        }
    }
    guide.push(masses.iter().rposition(|&mass| mass > 0).unwrap_or(0) as u32);
    guide
}

/// Height of the row's zone on the unit sphere: proportional to its solid angle.
fn zone(y: usize, height: usize) -> f64 {
    let edge = |row: usize| libm::cos(std::f64::consts::PI * row as f64 / height as f64);
    edge(y) - edge(y + 1)
}

/// Of linear Rec. 709.
pub fn luminance(rgb: [f32; 3]) -> f64 {
    spectrum::luminance(rgb.map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;

    fn sky(width: u32, height: u32, texel: impl Fn(u32, u32) -> [f32; 3]) -> SkyImage {
        let texels = (0..width * height).map(|i| texel(i % width, i / width)).collect();
        SkyImage { digest: Digest::default(), width, height, texels }
    }

    #[test]
    fn the_densities_of_all_texels_have_mean_one() {
        let table = build(&sky(64, 32, |x, y| [x as f32, y as f32 * 0.1, if x == 3 { 500.0 } else { 0.0 }]));
        let mean: f64 = table.texels.iter().map(|t| f64::from(t[3])).sum::<f64>() / table.texels.len() as f64;
        assert!((mean - 1.0).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn a_constant_sky_is_drawn_by_solid_angle() {
        let table = build(&sky(8, 4, |_, _| [2.0, 2.0, 2.0]));
        for (i, texel) in table.texels.iter().enumerate() {
            let (top, bottom) = ((i / 8) as f64, (i / 8 + 1) as f64);
            let share =
                (libm::cos(top * std::f64::consts::FRAC_PI_4) - libm::cos(bottom * std::f64::consts::FRAC_PI_4)) / 2.0;
            // 4 rows: a row that has a share of the sphere has 4 times that density.
            assert!((f64::from(texel[3]) - 4.0 * share).abs() < 1e-6, "texel {i}");
        }
    }

    #[test]
    fn texels_that_a_bright_neighbour_shines_into_can_be_drawn() {
        let table = build(&sky(8, 8, |x, y| if (x, y) == (0, 4) { [1.0; 3] } else { [0.0; 3] }));
        for y in 0..8 {
            for x in 0..8 {
                let near = (3..=5).contains(&y) && [7, 0, 1].contains(&x);
                assert_eq!(table.texels[y * 8 + x][3] > 0.0, near, "({x}, {y})");
            }
        }
    }

    #[test]
    fn a_black_sky_has_a_density_everywhere() {
        let table = build(&sky(4, 2, |_, _| [0.0; 3]));
        assert!(table.texels.iter().all(|texel| texel[3] > 0.0));
    }

    #[test]
    fn the_starts_and_the_guide_draw_what_the_densities_say() {
        let table = build(&sky(16, 8, |x, y| [(x * y) as f32, 0.0, if (x, y) == (3, 2) { 4000.0 } else { 0.0 }]));
        let n = table.texels.len();
        let bounds: Vec<u64> = table.starts.iter().map(|&s| u64::from(s)).chain([DRAWS]).collect();
        let mut sum = 0.0;
        for i in 0..n {
            let mass = (bounds[i + 1] - bounds[i]) as f64 * n as f64 / DRAWS as f64;
            assert!((mass - f64::from(table.texels[i][3])).abs() <= 1e-6 * mass, "texel {i}");
            sum += mass;
        }
        assert!((sum - n as f64).abs() < 1e-6);
        assert_eq!(table.guide.len(), (1 << SKY_GUIDE_BITS) + 1);
        for (k, &texel) in table.guide.iter().enumerate().take(1 << SKY_GUIDE_BITS) {
            let draw = (k as u64) << (32 - SKY_GUIDE_BITS);
            let texel = texel as usize;
            assert!(bounds[texel] <= draw && draw < bounds[texel + 1], "cell {k}");
        }
    }

    #[test]
    fn black_texels_at_the_end_are_never_drawn() {
        let table = build(&sky(8, 8, |_, y| if y == 0 { [1.0; 3] } else { [0.0; 3] }));
        // Row 1 is reached by the filter, and the rest is black.
        assert!(*table.guide.last().unwrap() < 16);
    }
}
