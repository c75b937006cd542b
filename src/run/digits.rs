//! Numbers in the corners of a contact sheet's pictures. Knows no files.

/// Rows of three dots, the left one in the highest bit.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Pixels of a dot, and of the field around a number.
const DOT: usize = 3;

/// What pixel (x, y) of a picture is, if its number covers it: ink or the field behind.
pub(super) fn number_at(number: u64, x: usize, y: usize) -> Option<bool> {
    let text = number.to_string();
    let columns = text.len() * 4 + 1;
    let (column, row) = (x / DOT, y / DOT);
    if column >= columns || row >= 7 {
        return None;
    }
    let inside = (1..6).contains(&row) && column > 0 && column % 4 != 0;
    let digit = text.as_bytes().get(column / 4).map_or(0, |byte| usize::from(byte - b'0'));
    Some(inside && DIGITS[digit][row - 1] >> (3 - column % 4) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_off_its_dots() {
        let row = |number: u64, row: usize| -> String {
            let dot = |column: usize| number_at(number, column * DOT + 1, row * DOT + 1);
            (0..12).map(|column| dot(column).map_or(' ', |ink| if ink { '#' } else { '.' })).collect()
        };
        let rows: Vec<String> = (0..8).map(|y| row(17, y)).collect();
        let expected = [".........", "..#..###.", ".##....#.", "..#...#..", "..#...#..", ".###..#..", ".........", ""];
        assert_eq!(rows, expected.map(|row| format!("{row:12}")));
    }
}
