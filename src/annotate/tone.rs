//! Tone curves: linear light without a limit → linear light in [0, 1] that a display shows. Knows no pixels' places.

use crate::math::det;
use crate::recipe::Tone;

/// The colour to encode. `Tone::Srgb` and `Tone::None` change nothing: encoding cuts off.
#[inline]
pub fn mapped(tone: Tone, color: [f32; 3]) -> [f32; 3] {
    match tone {
        Tone::Srgb | Tone::None => color,
        Tone::Agx => agx(color),
        Tone::Filmic => color.map(filmic),
    }
}

/// Stops of linear light that AgX's logarithm takes to 0 and 1: 10 below and 6.5 above a middle grey of 0.18.
const AGX_MIN_EV: f32 = -12.473_93;
const AGX_MAX_EV: f32 = 4.026_069;
/// What draws colours in before the curve, so that bright ones lose saturation; rows.
const AGX_INSET: [[f32; 3]; 3] = [
    [0.842_479_06, 0.078_433_6, 0.079_223_745],
    [0.042_328_242, 0.878_468_6, 0.079_166_13],
    [0.042_375_655, 0.078_433_6, 0.879_143],
];
/// Its inverse.
const AGX_OUTSET: [[f32; 3]; 3] = [
    [1.196_879, -0.098_020_88, -0.099_029_74],
    [-0.052_896_85, 1.151_903_1, -0.098_961_175],
    [-0.052_971_635, -0.098_043_45, 1.151_073_7],
];
/// What its display encoding is decoded with.
const AGX_DISPLAY_POWER: f32 = 2.2;

/// Source: T. Sobotka, AgX (2022), default look: inset, log2, sigmoid, outset; the sigmoid as B. Wrensch's polynomial, Minimal
/// AgX Implementation (2023), whose error is below 4e-6 squared in the mean.
pub fn agx(color: [f32; 3]) -> [f32; 3] {
    let drawn_in = times(&AGX_INSET, color.map(|x| det::max(x, 0.0)));
    let curved = drawn_in.map(|x| {
        let ev = if x > 0.0 { det::log2(x) } else { AGX_MIN_EV };
        agx_sigmoid((det::clamp(ev, AGX_MIN_EV, AGX_MAX_EV) - AGX_MIN_EV) / (AGX_MAX_EV - AGX_MIN_EV))
    });
    times(&AGX_OUTSET, curved).map(|x| det::pow(det::clamp(x, 0.0, 1.0), AGX_DISPLAY_POWER))
}

/// x in [0, 1]. The polynomial begins at −0.00232: black stays black by the cut that follows.
fn agx_sigmoid(x: f32) -> f32 {
    let x2 = x * x;
    let x4 = x2 * x2;
    15.5 * x4 * x2 - 40.14 * x4 * x + 31.96 * x4 - 6.868 * x2 * x + 0.4298 * x2 + 0.1191 * x - 0.00232
}

/// Source: K. Narkowicz, ACES Filmic Tone Mapping Curve (2015): a rational fit of ACES' curve.
pub fn filmic(x: f32) -> f32 {
    // From here on the curve is above 1; squares of what is far brighter would be infinite.
    let x = det::clamp(x, 0.0, 1.0e6);
    det::clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
}

fn times(m: &[[f32; 3]; 3], v: [f32; 3]) -> [f32; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greys(tone: Tone) -> Vec<f32> {
        (0..4000).map(|i| mapped(tone, [det::exp2(i as f32 / 100.0 - 20.0); 3])[1]).collect()
    }

    #[test]
    fn curves_grow_from_black_and_stay_in_range() {
        for tone in [Tone::Agx, Tone::Filmic] {
            assert_eq!(mapped(tone, [0.0; 3]), [0.0; 3], "{tone:?}: black stays black");
            let greys = greys(tone);
            // What two neighbours, 0.7 % apart, may lose is the rounding of a power.
            assert!(greys.windows(2).all(|pair| pair[1] >= pair[0] - 4e-6), "{tone:?}");
            assert!(greys.iter().all(|y| (0.0..=1.0).contains(y)), "{tone:?}");
            assert!(greys[0] < 1e-3 && greys[3999] > 0.98, "{tone:?}: {} to {}", greys[0], greys[3999]);
            for odd in [f32::MAX, f32::INFINITY, f32::MIN_POSITIVE, -1.0] {
                let y = mapped(tone, [odd, 0.5, 0.0]);
                assert!(y.iter().all(|y| (0.0..=1.0).contains(y)), "{tone:?} of {odd}: {y:?}");
            }
        }
    }

    #[test]
    fn agx_puts_middle_grey_where_its_sigmoid_has_its_pivot() {
        // The sigmoid was made to pass through (10 / 16.5, 0.5): middle grey is half of the display's code.
        let [r, g, b] = agx([0.18; 3]);
        let code = libm::pow(f64::from(g), 1.0 / 2.2);
        assert!((code - 0.5).abs() < 0.01, "{code}");
        assert!((r - g).abs() < 1e-3 && (b - g).abs() < 1e-3, "grey stays grey: {r} {g} {b}");
    }

    #[test]
    fn agx_outset_undoes_its_inset() {
        for color in [[1.0, 0.0, 0.0], [0.2, 0.5, 0.9], [1.0, 1.0, 1.0]] {
            let back = times(&AGX_OUTSET, times(&AGX_INSET, color));
            assert!(back.iter().zip(color).all(|(a, b)| (a - b).abs() < 1e-5), "{color:?}: {back:?}");
        }
    }

    #[test]
    fn bright_colours_go_to_white_under_agx_alone() {
        let spread = |[r, g, b]: [f32; 3]| det::max(r, det::max(g, b)) - det::min(r, det::min(g, b));
        let red = [40.0, 4.0, 4.0];
        assert!(spread(agx(red)) < 0.5 * spread([1.0, 0.1, 0.1]));
    }

    #[test]
    fn the_filmic_curve_is_its_formula() {
        // By hand at 1: 2.54 / 3.16.
        assert!((filmic(1.0) - 2.54 / 3.16).abs() < 1e-6);
        assert_eq!(filmic(100.0), 1.0);
    }
}
