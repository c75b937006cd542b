//! Masks as COCO's compressed run lengths: `counts` of `{"size": [height, width], "counts": "…"}`. Knows no objects.
//!
//! Pixels column by column from the left, each from the top; runs of 0 and 1 in turn, of 0 first. A run is written as its
//! difference from the one two before it (the first three as they are), five bits a character from '0' on, low bits first;
//! bit 5 says that more follow, bit 4 of the last one is the sign.
//! Source: COCO API, maskApi.c, `rleToString` (Dollár and Lin, 2014), as described there.

/// Characters begin here.
const FIRST: u8 = b'0';
const MORE: u8 = 0x20;
const SIGN: u8 = 0x10;
/// A run of 2^35 pixels is none of ours.
const MAX_CHARACTERS: u32 = 7;

/// The counts of a mask; `is_set(x, y)`.
pub fn encode(width: u32, height: u32, is_set: impl Fn(u32, u32) -> bool) -> String {
    let mut runs = vec![0_i64];
    for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
        // Runs at even places are of 0.
        if is_set(x, y) == (runs.len() % 2 == 1) {
            runs.push(0);
        }
        *runs.last_mut().expect("it begins with one") += 1;
    }
    let mut text = String::new();
    for (i, &run) in runs.iter().enumerate() {
        let mut left = if i > 2 { run - runs[i - 2] } else { run };
        loop {
            let bits = (left & 0x1f) as u8;
            left >>= 5;
            let is_last = left == if bits & SIGN == 0 { 0 } else { -1 };
            text.push(char::from(FIRST + (bits | if is_last { 0 } else { MORE })));
            if is_last {
                break;
            }
        }
    }
    text
}

/// How many pixels of a mask are set; `None` where these are no counts of a mask of that size.
pub fn area(width: u32, height: u32, counts: &str) -> Option<u64> {
    let mut text = counts.bytes();
    let (mut before, mut last) = (0, 0);
    let (mut n_runs, mut total, mut set) = (0_u64, 0_u64, 0_u64);
    while text.len() > 0 {
        let difference = number(&mut text)?;
        let run = u64::try_from(if n_runs > 2 { difference + before } else { difference }).ok()?;
        // Only the first run may be empty: a mask has one text.
        if run == 0 && n_runs > 0 {
            return None;
        }
        (before, last) = (last, run as i64);
        total += run;
        set += if n_runs % 2 == 1 { run } else { 0 };
        n_runs += 1;
    }
    (total == u64::from(width) * u64::from(height)).then_some(set)
}

fn number(text: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let mut value = 0_i64;
    for k in 0..MAX_CHARACTERS {
        let bits = text.next()?.checked_sub(FIRST).filter(|&bits| bits < 2 * MORE)?;
        value |= i64::from(bits & 0x1f) << (5 * k);
        if bits & MORE == 0 {
            return Some(if bits & SIGN == 0 { value } else { value - (1 << (5 * (k + 1))) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_definition() {
        // Two columns of three: 0 1 1, 1 0 0: runs 1, 3, 2.
        let mask = |x: u32, y: u32| (x == 0 && y > 0) || (x == 1 && y == 0);
        assert_eq!(encode(2, 3, mask), "132");
        // All set: an empty run first. Sixteen takes a second character, since bit 4 alone would be a sign.
        assert_eq!(encode(4, 4, |_, _| true), "0`0");
        // Runs 1, 1, 1, 1, …: from the fourth on the difference is 0.
        assert_eq!(encode(1, 6, |_, y| y % 2 == 1), "111000");
        // Runs 3, 4, 2, 1 (4 − 3): a negative difference is −3, 0b11101.
        assert_eq!(encode(1, 10, |_, y| (3..7).contains(&y) || y == 9), "342M");
    }

    #[test]
    fn areas_are_the_masks_and_other_texts_have_none() {
        let mask = |x: u32, y: u32| (x * 7 + y * y) % 11 < 4 || x == 30;
        let expected = (0..64).flat_map(|x| (0..50).map(move |y| (x, y))).filter(|&(x, y)| mask(x, y)).count();
        let counts = encode(64, 50, mask);
        assert_eq!(area(64, 50, &counts), Some(expected as u64));
        assert_eq!(area(64, 51, &counts), None);
        assert_eq!(area(64, 50, &counts[1..]), None);
        for strange in ["", "1", "é", "oooooooo", " ", "100", "11/"] {
            assert_eq!(area(1, 2, strange), None, "{strange:?}");
        }
        assert_eq!((area(1, 2, "2"), area(1, 2, "02"), area(1, 2, "11")), (Some(0), Some(2), Some(1)));
    }
}
