//! Radiance HDR (RGBE) pictures. The arithmetic is exact, so the texels are the same everywhere.
//!
//! Source: G. Ward, "Real Pixels", Graphics Gems II; Radiance's color.c for the two run-length codes.

use super::AssetError;

/// Header lines are short; a file without an end of its header must not be searched to its end.
const MAX_HEADER: usize = 64 << 10;
/// Scanlines of these widths may use the newer code.
const RLE_WIDTHS: std::ops::RangeInclusive<usize> = 8..=0x7FFF;

/// (width, height) of a file.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), AssetError> {
    header(bytes).map(|header| (header.width, header.height))
}

/// (width, height, linear RGB, rows from the top).
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32, Vec<[f32; 3]>), AssetError> {
    let header = header(bytes)?;
    let (width, height) = (header.width as usize, header.height as usize);
    let mut rest = bytes.get(header.end..).unwrap_or_default();
    // A run of the older code makes up to 255 texels of four bytes, the newer one 127 of two bytes a channel.
    if (width as u64 * height as u64) / 256 > rest.len() as u64 {
        return Err(cut_off());
    }
    let mut texels = Vec::with_capacity(width * height);
    let mut row = vec![[0u8; 4]; width];
    for _ in 0..height {
        read_row(&mut rest, &mut row).ok_or_else(cut_off)?;
        texels.extend(row.iter().map(|&rgbe| radiance(rgbe)));
    }
    Ok((header.width, header.height, texels))
}

struct Header {
    width: u32,
    height: u32,
    /// Where the scanlines begin.
    end: usize,
}

fn header(bytes: &[u8]) -> Result<Header, AssetError> {
    let malformed = |what: &str| AssetError::malformed("", format!("the HDR's header {what}"));
    let mut at = 0;
    let mut next_line = || -> Option<&[u8]> {
        let rest = bytes.get(at..)?;
        let end = rest.iter().take(MAX_HEADER).position(|&b| b == b'\n')?;
        at += end + 1;
        rest.get(..end)
    };
    let mut is_rgbe = true;
    for _ in 0..MAX_HEADER {
        let line = next_line().ok_or_else(|| malformed("does not end"))?;
        if line.is_empty() {
            break;
        }
        if let Some(format) = line.strip_prefix(b"FORMAT=") {
            is_rgbe = format.trim_ascii() == b"32-bit_rle_rgbe";
        }
    }
    if !is_rgbe {
        return Err(AssetError::unsupported("", "the HDR's format is not 32-bit_rle_rgbe").with_hint("save it as RGBE"));
    }
    let line = next_line().ok_or_else(|| malformed("has no size"))?;
    let line = std::str::from_utf8(line).map_err(|_| malformed("has no size"))?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    match words[..] {
        ["-Y", height, "+X", width] => match (width.parse(), height.parse()) {
            (Ok(width), Ok(height)) => Ok(Header { width, height, end: at }),
            _ => Err(malformed("has a size that is no number")),
        },
        [_, _, _, _] => Err(AssetError::unsupported("", format!("the HDR's rows are ordered {line:?}"))
            .with_hint("save it again: -Y height +X width is read, the order that every program writes")),
        _ => Err(malformed("has no size")),
    }
}

fn cut_off() -> AssetError {
    AssetError::malformed("", "the HDR's texels end early or are damaged")
        .with_hint("the file is cut off: copy it again")
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn read_row(rest: &mut &[u8], row: &mut [[u8; 4]]) -> Option<()> {
    let newer = match rest {
        [2, 2, high, low, ..] if *high < 128 => Some(usize::from(*high) << 8 | usize::from(*low)),
        _ => None,
    };
    match newer {
        Some(width) if RLE_WIDTHS.contains(&row.len()) => {
            if width != row.len() {
                return None;
            }
            take::<4>(rest)?;
            (0..4).try_for_each(|channel| read_channel(rest, row, channel))
        }
        _ => read_old_row(rest, row),
    }
}

/// Newer code: each channel of a row by itself, runs of one byte and literal bytes.
fn read_channel(rest: &mut &[u8], row: &mut [[u8; 4]], channel: usize) -> Option<()> {
    let mut x = 0;
    while x < row.len() {
        let [code] = take::<1>(rest)?;
        let (count, run) = if code > 128 { (usize::from(code - 128), true) } else { (usize::from(code), false) };
        let span = row.get_mut(x..x + count).filter(|span| !span.is_empty())?;
        if run {
            let [value] = take::<1>(rest)?;
            span.iter_mut().for_each(|texel| texel[channel] = value);
        } else {
            for texel in span {
                [texel[channel]] = take::<1>(rest)?;
            }
        }
        x += count;
    }
    Some(())
}

/// Older code: texels one after the other; (1, 1, 1, n) repeats the last one n times, shifted by 8 bits each time.
fn read_old_row(rest: &mut &[u8], row: &mut [[u8; 4]]) -> Option<()> {
    let (mut x, mut shift) = (0, 0);
    while x < row.len() {
        let texel = take::<4>(rest)?;
        if let [1, 1, 1, count] = texel {
            let last = *row.get(x.checked_sub(1)?)?;
            let count = usize::from(count).checked_shl(shift)?;
            row.get_mut(x..x.checked_add(count)?)?.fill(last);
            x += count;
            shift = if shift < 24 { shift + 8 } else { return None };
        } else {
            row[x] = texel;
            x += 1;
            shift = 0;
        }
    }
    Some(())
}

/// mantissa · 2^(exponent − 136); nothing for exponent 0.
fn radiance([r, g, b, e]: [u8; 4]) -> [f32; 3] {
    if e == 0 {
        return [0.0; 3];
    }
    // Exact: 2^(e − 136) is a normal f64, and a byte times a power of two needs eight bits of mantissa.
    let scale = f64::from_bits((u64::from(e) + 1023 - 136) << 52);
    [r, g, b].map(|m| (f64::from(m) * scale) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n{size}\n").into_bytes();
        bytes.extend(body);
        bytes
    }

    #[test]
    fn flat_and_old_runs_are_read() {
        let one = [128, 64, 0, 129];
        let body = [one, [1, 1, 1, 2], [0, 0, 0, 0], one, one].concat();
        let (width, height, texels) = decode(&file("-Y 2 +X 3", &body)).expect("decodes");
        let colour = [1.0, 0.5, 0.0];
        assert_eq!((width, height), (3, 2));
        assert_eq!(texels, [colour, colour, colour, [0.0; 3], colour, colour]);
        let across_the_end_of_a_row = [one, [1, 1, 1, 3], one, one].concat();
        assert!(decode(&file("-Y 2 +X 3", &across_the_end_of_a_row)).is_err());
    }

    #[test]
    fn new_runs_and_literals_are_read_channel_by_channel() {
        let mut body = vec![2, 2, 0, 8];
        body.extend([128 + 8, 128]); // red: a run of eight
        body.extend([8, 0, 1, 2, 3, 4, 5, 6, 7]); // green: literals
        body.extend([128 + 4, 10, 4, 1, 2, 3, 4]); // blue: both
        body.extend([128 + 8, 128]); // exponent: 2^-8
        let (_, _, texels) = decode(&file("-Y 1 +X 8", &body)).expect("decodes");
        for (i, texel) in texels.iter().enumerate() {
            let blue = if i < 4 { 10 } else { i - 3 };
            assert_eq!(*texel, [128.0 / 256.0, i as f32 / 256.0, blue as f32 / 256.0]);
        }
    }

    #[test]
    fn rgbe_is_mantissa_times_a_power_of_two() {
        assert_eq!(radiance([128, 64, 1, 129]), [1.0, 0.5, 1.0 / 128.0]);
        assert_eq!(radiance([255, 255, 255, 0]), [0.0; 3]);
        assert_eq!(radiance([1, 0, 0, 255])[0], f32::from_bits((127 + 119) << 23));
        assert_eq!(radiance([1, 0, 0, 1])[0], f32::from_bits(1 << 14), "2^-135 is the subnormal 2^14 · 2^-149");
    }

    #[test]
    fn damaged_files_are_errors() {
        let good = file("-Y 1 +X 2", &[1, 2, 3, 128, 4, 5, 6, 128]);
        assert!(decode(&good).is_ok());
        for end in 0..good.len() {
            assert!(decode(&good[..end]).is_err(), "cut at {end}");
        }
        for size in ["-Y 99999 +X 99999", "-Y x +X 2", "+Y 1 +X 2", "-Y 1", ""] {
            assert!(decode(&file(size, &[0; 8])).is_err(), "{size}");
        }
    }
}
