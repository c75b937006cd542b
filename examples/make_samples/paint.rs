//! Textures: pixels from functions of (u, v), normals from heights, and their PNG files.

/// An image of `channels` bytes a pixel.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub channels: usize,
    pub pixels: Vec<u8>,
}

pub fn byte(x: f64) -> u8 {
    (x.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// `#rrggbb` as sRGB values, 0 to 1.
pub fn hex(code: u32) -> [f64; 3] {
    [16, 8, 0].map(|shift| f64::from((code >> shift) & 255) / 255.0)
}

/// The same as linear values, for factors.
pub fn linear(code: u32) -> [f64; 3] {
    hex(code).map(|c| if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) })
}

/// Paints with a function of the pixel centre's (u, v).
pub fn paint<const N: usize>(width: u32, height: u32, color: impl Fn(f64, f64) -> [f64; N]) -> Picture {
    let mut pixels = Vec::with_capacity((width * height) as usize * N);
    for y in 0..height {
        for x in 0..width {
            let uv = [(f64::from(x) + 0.5) / f64::from(width), (f64::from(y) + 0.5) / f64::from(height)];
            pixels.extend(color(uv[0], uv[1]).map(byte));
        }
    }
    Picture { width, height, channels: N, pixels }
}

/// As [`paint`], the mean of 3 × 3 points a pixel: for drawn edges.
pub fn paint_smooth<const N: usize>(width: u32, height: u32, color: impl Fn(f64, f64) -> [f64; N]) -> Picture {
    paint(width, height, |u, v| {
        let mut sum = [0.0; N];
        for i in 0..9 {
            let du = (f64::from(i % 3) - 1.0) / (3.0 * f64::from(width));
            let dv = (f64::from(i / 3) - 1.0) / (3.0 * f64::from(height));
            sum.iter_mut().zip(color(u + du, v + dv)).for_each(|(s, c)| *s += c / 9.0);
        }
        sum
    })
}

/// A normal map of a tiling height; `strength` is the height in pixels.
pub fn normals(width: u32, height: u32, strength: f64, relief: impl Fn(f64, f64) -> f64) -> Picture {
    let (du, dv) = (1.0 / f64::from(width), 1.0 / f64::from(height));
    paint(width, height, |u, v| {
        let slope_u = (relief(u + du, v) - relief(u - du, v)) * 0.5 * strength;
        let slope_v = (relief(u, v + dv) - relief(u, v - dv)) * 0.5 * strength;
        // Green points up, against v.
        let length = (slope_u * slope_u + slope_v * slope_v + 1.0).sqrt();
        [-slope_u / length * 0.5 + 0.5, slope_v / length * 0.5 + 0.5, 1.0 / length * 0.5 + 0.5]
    })
}

impl Picture {
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(match self.channels {
            1 => png::ColorType::Grayscale,
            3 => png::ColorType::Rgb,
            _ => png::ColorType::Rgba,
        });
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::Adaptive);
        let mut writer = encoder.write_header().expect("the size is not zero");
        writer.write_image_data(&self.pixels).expect("the pixels fill the image");
        drop(writer);
        bytes
    }
}
