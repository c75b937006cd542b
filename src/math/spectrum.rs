//! Light by wavelength → linear Rec. 709 colours, in f64 (+ − × ÷, libm). Knows no lights.
//!
//! The white of Rec. 709 is D65. Nothing is adapted: a black body of 6504 K is all but white, a little towards pink.

/// Visible wavelengths in nm, and the step of sums over them.
const VISIBLE_NM: (u32, u32) = (360, 830);
const STEP_NM: u32 = 5;

/// Lumens in a watt at 555 nm.
const LUMENS_PER_WATT: f64 = 683.002;

/// CIE XYZ of a spectrum: with `spectrum(nm)` in W/m²/sr/m, Y is cd/m²; without sr, lux.
pub fn xyz_of(spectrum: impl Fn(f64) -> f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    let mut nm = VISIBLE_NM.0;
    while nm <= VISIBLE_NM.1 {
        let nm_f64 = f64::from(nm);
        let power = spectrum(nm_f64) * f64::from(STEP_NM) * 1e-9 * LUMENS_PER_WATT;
        let matching = color_matching(nm_f64);
        for k in 0..3 {
            sum[k] += power * matching[k];
        }
        nm += STEP_NM;
    }
    sum
}

/// CIE 1931 x̄, ȳ, z̄ at a wavelength in nm.
///
/// Source: Wyman, Sloan, Shirley 2013, Simple Analytic Approximations to the CIE XYZ Color Matching Functions (the
/// multi-lobe fit).
fn color_matching(nm: f64) -> [f64; 3] {
    let lobe = |middle: f64, below: f64, above: f64| {
        let t = (nm - middle) / if nm < middle { below } else { above };
        libm::exp(-0.5 * t * t)
    };
    [
        1.056 * lobe(599.8, 37.9, 31.0) + 0.362 * lobe(442.0, 16.0, 26.7) - 0.065 * lobe(501.1, 20.4, 26.2),
        0.821 * lobe(568.8, 46.9, 40.5) + 0.286 * lobe(530.9, 16.3, 31.1),
        1.217 * lobe(437.0, 11.8, 36.0) + 0.681 * lobe(459.0, 26.0, 13.8),
    ]
}

/// Radiance of a black body in W/m²/sr/m at a wavelength in nm. Source: Planck's law.
pub fn planck(kelvin: f64, nm: f64) -> f64 {
    const PLANCK: f64 = 6.626_070_15e-34;
    const LIGHT_SPEED: f64 = 299_792_458.0;
    const BOLTZMANN: f64 = 1.380_649e-23;
    let m = nm * 1e-9;
    let exponent = PLANCK * LIGHT_SPEED / (m * BOLTZMANN * kelvin);
    2.0 * PLANCK * LIGHT_SPEED * LIGHT_SPEED / (m * m * m * m * m * libm::expm1(exponent))
}

/// Linear Rec. 709 of a black body, of luminance 1. What lies outside of Rec. 709's colours is cut off at 0.
pub fn black_body(kelvin: f64) -> [f64; 3] {
    let rgb = rec709(xyz_of(|nm| planck(kelvin, nm)));
    let luminance = luminance(rgb);
    rgb.map(|c| c / luminance)
}

/// Linear Rec. 709 of CIE XYZ, cut off at 0; its luminance is Y where nothing is cut off. Source: ITU-R BT.709, inverted.
pub fn rec709([x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        3.240_969_942 * x - 1.537_383_178 * y - 0.498_610_760 * z,
        -0.969_243_636 * x + 1.875_967_502 * y + 0.041_555_057 * z,
        0.055_630_080 * x - 0.203_976_959 * y + 1.056_971_514 * z,
    ]
    .map(|c| if c > 0.0 { c } else { 0.0 })
}

/// CIE XYZ of a chromaticity and a luminance.
pub fn xyz_of_xyy(x: f64, y: f64, luminance: f64) -> [f64; 3] {
    [luminance * x / y, luminance, luminance * (1.0 - x - y) / y]
}

/// Of linear Rec. 709. Source: ITU-R BT.709.
pub fn luminance([r, g, b]: [f64; 3]) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_bodies_have_their_published_chromaticities() {
        // The Planckian locus (CIE 15, Wyszecki & Stiles); illuminant A is the second.
        for (kelvin, x, y) in [
            (2000.0, 0.5267, 0.4133),
            (2856.0, 0.4476, 0.4074),
            (4000.0, 0.3805, 0.3768),
            (5000.0, 0.3451, 0.3516),
            (6500.0, 0.3135, 0.3237),
            (10_000.0, 0.2807, 0.2884),
        ] {
            let [bx, by, bz] = xyz_of(|nm| planck(kelvin, nm));
            let sum = bx + by + bz;
            assert!(
                (bx / sum - x).abs() < 0.003 && (by / sum - y).abs() < 0.003,
                "{kelvin}: {} {}",
                bx / sum,
                by / sum
            );
        }
    }

    #[test]
    fn black_bodies_have_luminance_one_and_turn_from_red_to_blue() {
        let mut last = f64::INFINITY;
        for kelvin in [1000.0, 1900.0, 2700.0, 4000.0, 6504.0, 9000.0, 40_000.0] {
            let rgb = black_body(kelvin);
            assert!((luminance(rgb) - 1.0).abs() < 1e-12 && rgb.iter().all(|&c| c >= 0.0), "{kelvin}: {rgb:?}");
            let redness = rgb[0] / rgb[2].max(1e-9);
            assert!(redness < last, "{kelvin}");
            last = redness;
        }
        let white = black_body(6504.0);
        assert!(white.iter().all(|&c| (c - 1.0).abs() < 0.05), "{white:?}");
    }

    #[test]
    fn d65_is_white() {
        let white = rec709(xyz_of_xyy(0.3127, 0.3290, 1.0));
        assert!(white.iter().all(|&c| (c - 1.0).abs() < 1e-3), "{white:?}");
    }

    #[test]
    fn the_matching_functions_hold_one_lumen_rule() {
        // 555 nm: the definition of the lumen, up to the fit.
        assert!((color_matching(555.0)[1] - 1.0).abs() < 0.01);
        // The sun outside of the air: about 130 klx of a 5778 K body over 6.8e-5 sr.
        let lux = xyz_of(|nm| planck(5778.0, nm))[1] * 6.8e-5;
        assert!((120e3..140e3).contains(&lux), "{lux}");
    }
}
