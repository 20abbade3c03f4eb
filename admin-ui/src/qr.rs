//! QR codes, drawn as SVG into the page, or with letters for a terminal.

use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};

/// Smallest side, in pixels: a phone reads it from the screen at an arm's length.
const SIDE_PX: u32 = 240;

/// Draws a text. `None` when it is longer than a code can hold.
pub(crate) fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let drawn = code
        .render()
        .min_dimensions(SIDE_PX, SIDE_PX)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // The declaration belongs to a file, not to an element of a page.
    drawn.find("<svg").map(|start| drawn[start..].to_owned())
}

/// Draws a text with half blocks, two modules a letter, dark on light whatever the terminal's colours are. `None` when it is longer than a
/// code can hold.
pub fn letters(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    // On a dark terminal, a full block is what shines.
    let drawn = code
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build();
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what a terminal shows: light letters on a dark ground.
    fn read_letters(drawn: &str) -> String {
        let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (lines[0].len(), lines.len() * 2);
        let is_dark = |x: usize, y: usize| {
            let shines = match lines[y / 2][x] {
                '\u{2588}' => true,
                '\u{2580}' => y.is_multiple_of(2),
                '\u{2584}' => !y.is_multiple_of(2),
                ' ' => false,
                other => panic!("{other:?}"),
            };
            !shines
        };
        let mut picture =
            rqrr::PreparedImage::prepare_from_bitmap(width * SCALE, height * SCALE, |x, y| {
                is_dark(x / SCALE, y / SCALE)
            });
        let codes = picture.detect_grids();
        assert_eq!(codes.len(), 1, "there is one code");
        codes[0].decode().expect("the code is whole").1
    }

    #[test]
    fn what_is_drawn_for_a_terminal_is_read_back() {
        let ticket = format!("maillage1{}", "0123456789abcdefghjkmnpqrstvwxyz".repeat(8));
        assert_eq!(read_letters(&letters(&ticket).expect("it fits")), ticket);
        assert_eq!(letters(&"x".repeat(4000)), None);
    }

    /// Pixels of a module, for a reader that looks at pictures.
    const SCALE: usize = 3;

    /// Fills the rectangles of the drawing, as a browser does, and reads the code in it.
    fn read(drawn: &str) -> String {
        let number = |text: &str| -> usize {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().expect("a number")
        };
        let side = number(drawn.split_once("viewBox=\"0 0 ").expect("a view box").1);
        let path = drawn.split_once(" d=\"").expect("a path").1;
        let path = path.split_once('"').expect("the path ends").0;
        let mut is_dark = vec![false; side * side];
        for rectangle in path.split('M').skip(1) {
            let (left, rest) = rectangle.split_once(' ').expect("a place");
            let (top, rest) = rest.split_once('h').expect("a width");
            let (width, height) = rest.split_once('v').expect("a height");
            let (left, top) = (number(left), number(top));
            for y in top..top + number(height) {
                for x in left..left + number(width) {
                    is_dark[y * side + x] = true;
                }
            }
        }
        let mut picture =
            rqrr::PreparedImage::prepare_from_bitmap(side * SCALE, side * SCALE, |x, y| {
                is_dark[y / SCALE * side + x / SCALE]
            });
        let codes = picture.detect_grids();
        assert_eq!(codes.len(), 1, "there is one code");
        codes[0].decode().expect("the code is whole").1
    }

    #[test]
    fn what_is_drawn_for_a_ticket_and_for_a_certificate_is_read_back() {
        let ticket = format!("maillage1{}", "0123456789abcdefghjkmnpqrstvwxyz".repeat(12));
        let label = "0123456789abcdef0123456789abcdef";
        let address = format!("https://labels.example.org/verifier?label={label}");
        for text in [ticket, address, format!("maillage:label:{label}")] {
            assert_eq!(read(&svg(&text).expect("it fits")), text);
        }
    }

    #[test]
    fn a_text_is_drawn_as_one_element_without_script_or_style() {
        let drawn = svg("maillage1abc").expect("short texts fit");
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"));
        assert!(!drawn.contains("style=") && !drawn.contains("<script"));
        assert_eq!(svg(&"x".repeat(4000)), None);
    }
}
