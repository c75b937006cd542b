//! sRGB's two transfer functions, in f64. Source: IEC 61966-2-1.

/// Electro-optical: from a code in [0, 1] to linear light.
pub fn eotf(code: f64) -> f64 {
    if code <= 0.040_45 { code / 12.92 } else { libm::pow((code + 0.055) / 1.055, 2.4) }
}

/// Opto-electronic: from linear light to a code.
pub fn oetf(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_linear_light_and_back() {
        let linear = |byte: u8| eotf(f64::from(byte) / 255.0);
        assert_eq!(linear(0), 0.0);
        assert_eq!(linear(255), 1.0);
        // The linear part: 10 / 255 / 12.92.
        assert_eq!(linear(10), 10.0 / 255.0 / 12.92);
        // The middle grey of sRGB, from the standard's formula by hand: ((0.50196 + 0.055) / 1.055)^2.4.
        assert!((linear(128) - 0.215_860_5).abs() < 1e-6);
        for byte in 0..=255u8 {
            assert!((oetf(linear(byte)) - f64::from(byte) / 255.0).abs() < 1e-6, "{byte}");
        }
    }
}
