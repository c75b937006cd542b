//! OpenCV's Brown–Conrady distortion with its rational part, in f64, and where it stops being a picture. Knows no cameras.
//!
//! Coefficients are k1, k2, p1, p2, k3, k4, k5, k6; places are normalised, (X, Y) / Z. Source: OpenCV, calib3d.

/// Angles off the axis, and directions round it, at which a distortion is tried.
const TRIED_ANGLES: u32 = 512;
const TRIED_DIRECTIONS: u32 = 64;
/// Steps to a place, and halvings of the last step before a fold.
const STEPS: u32 = 64;

/// A place after distortion, and its derivatives: ∂x/∂x, ∂x/∂y = ∂y/∂x, ∂y/∂y.
pub fn distorted_and_slopes(k: &[f64; 8], [x, y]: [f64; 2]) -> ([f64; 2], [f64; 3]) {
    let [k1, k2, p1, p2, k3, k4, k5, k6] = *k;
    let r2 = x * x + y * y;
    let below = 1.0 + r2 * (k4 + r2 * (k5 + r2 * k6));
    let radial = (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))) / below;
    let above_slope = k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3);
    let below_slope = k4 + r2 * (2.0 * k5 + r2 * 3.0 * k6);
    let slope = 2.0 * (above_slope - radial * below_slope) / below;
    let place = [
        x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
        y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
    ];
    let slopes = [
        radial + slope * x * x + 2.0 * p1 * y + 6.0 * p2 * x,
        slope * x * y + 2.0 * p1 * x + 2.0 * p2 * y,
        radial + slope * y * y + 6.0 * p1 * y + 2.0 * p2 * x,
    ];
    (place, slopes)
}

/// Whether the mapping turns nothing round at a place: its derivative is positive definite.
pub fn is_upright(k: &[f64; 8], place: [f64; 2]) -> bool {
    let (_, [a, b, d]) = distorted_and_slopes(k, place);
    a * d - b * b > 0.0 && a + d > 0.0
}

/// A distortion as far as it is a picture: farther out than where it turns round it would show places a second time.
#[derive(Clone, Copy, Debug)]
pub struct Unfolded {
    k: [f64; 8],
    /// Up to here nothing turns round in any direction; infinite where nothing ever does.
    radius: f64,
}

impl Unfolded {
    pub fn new(k: [f64; 8]) -> Unfolded {
        let mut unfolded = Unfolded { k, radius: f64::INFINITY };
        if k.iter().all(|&k| k == 0.0) {
            return unfolded;
        }
        let directions = if unfolded.is_radial() { 1 } else { TRIED_DIRECTIONS };
        for direction in 0..directions {
            let (sine, cosine) = libm::sincos(std::f64::consts::TAU * f64::from(direction) / f64::from(directions));
            let is_good = |radius: f64| is_upright(&k, [radius * cosine, radius * sine]);
            let mut before = 0.0;
            for angle in 1..TRIED_ANGLES {
                let radius = libm::tan(std::f64::consts::FRAC_PI_2 * f64::from(angle) / f64::from(TRIED_ANGLES));
                if before >= unfolded.radius {
                    break;
                }
                if !is_good(radius) {
                    let mut within = (before, radius);
                    for _ in 0..STEPS {
                        let middle = (within.0 + within.1) / 2.0;
                        within = if is_good(middle) { (middle, within.1) } else { (within.0, middle) };
                    }
                    unfolded.radius = if within.0 < unfolded.radius { within.0 } else { unfolded.radius };
                    break;
                }
                before = radius;
            }
        }
        unfolded
    }

    /// The place after distortion. `None`: between it and the centre the mapping turns round.
    pub fn distorted(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let from_centre = (x * x + y * y).sqrt();
        let beyond = from_centre - self.radius;
        // One direction may reach farther than another.
        let is_upright_at = |step: u32| {
            let share = (self.radius + beyond * f64::from(step) / f64::from(STEPS)) / from_centre;
            is_upright(&self.k, [share * x, share * y])
        };
        let is_seen = beyond <= 0.0 || !self.is_radial() && (1..=STEPS).all(is_upright_at);
        is_seen.then(|| distorted_and_slopes(&self.k, [x, y]).0)
    }

    fn is_radial(&self) -> bool {
        self.k[2] == 0.0 && self.k[3] == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn radial(k1: f64) -> [f64; 8] {
        [k1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }

    #[test]
    fn a_barrel_is_a_picture_up_to_where_it_turns_round() {
        // r (1 + k r²) grows up to 1 / √(−3 k).
        let barrel = Unfolded::new(radial(-0.2));
        let turn = 1.0 / 0.6f64.sqrt();
        assert!((barrel.radius - turn).abs() < 1e-9, "{}", barrel.radius);
        let at = |r: f64| barrel.distorted([0.6 * r, -0.8 * r]);
        let near = at(1.25).expect("before the turn");
        assert!((near[0] - 0.75 * (1.0 - 0.2 * 1.5625)).abs() < 1e-12);
        // 1.8 (1 − 0.2 · 3.24) is 0.63, which 0.70 has too.
        assert_eq!((at(1.3), at(1.8)), (None, None));
        assert_eq!(Unfolded::new(radial(0.2)).radius, f64::INFINITY);
        assert_eq!(Unfolded::new(radial(0.0)).distorted([3.0, 4.0]), Some([3.0, 4.0]));
    }

    #[test]
    fn what_is_not_round_reaches_as_far_as_each_direction_does() {
        // On the axis p2 makes x + 3 p2 x²: to the left it turns at x = −1 / (6 p2), to the right it never does.
        let bent = Unfolded::new([0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(bent.distorted([-0.7, 0.0]), None);
        assert!(bent.distorted([-0.6, 0.0]).is_some());
        assert_eq!(bent.distorted([1.0, 0.0]), Some([1.75, 0.0]));
    }

    #[test]
    fn slopes_are_those_of_the_places() {
        let k = [-0.3, 0.1, 0.005, -0.01, 0.02, 0.03, -0.01, 0.004];
        let at = [0.4, -0.3];
        let (_, [a, b, d]) = distorted_and_slopes(&k, at);
        let step = 1e-6;
        let difference = |dx: f64, dy: f64| {
            let (to, from) = ([at[0] + dx, at[1] + dy], [at[0] - dx, at[1] - dy]);
            let (to, from) = (distorted_and_slopes(&k, to).0, distorted_and_slopes(&k, from).0);
            [0, 1].map(|i| (to[i] - from[i]) / (2.0 * step))
        };
        let (by_x, by_y) = (difference(step, 0.0), difference(0.0, step));
        for (found, wanted) in [(a, by_x[0]), (b, by_x[1]), (b, by_y[0]), (d, by_y[1])] {
            assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }
    }
}
