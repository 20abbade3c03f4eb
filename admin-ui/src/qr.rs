//! QR codes, drawn as SVG into the page.

use qrcode::render::svg;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_drawn_as_one_element_without_script_or_style() {
        let drawn = svg("maillage1abc").expect("short texts fit");
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"));
        assert!(!drawn.contains("style=") && !drawn.contains("<script"));
        assert_eq!(svg(&"x".repeat(4000)), None);
    }
}
