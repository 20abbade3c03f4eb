//! The contrast of the style sheet's colours, in both schemes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Tokens = BTreeMap<String, [f64; 3]>;

/// Text on a surface: 4.5. Borders of fields and the mark of focus: 3.
const TEXT: f64 = 4.5;
const GRAPHIC: f64 = 3.0;

const SURFACES: [&str; 3] = ["paper", "surface", "surface-2"];

fn colors(block: &str) -> Tokens {
    let mut tokens = Tokens::new();
    for line in block.lines() {
        let Some((name, value)) = line.trim().split_once(": #") else {
            continue;
        };
        let digits = value.trim_end_matches(';');
        let part = |at: usize| {
            let byte = u8::from_str_radix(&digits[at..at + 2], 16).expect("is hexadecimal");
            f64::from(byte) / 255.0
        };
        tokens.insert(
            name.trim_start_matches("--").to_owned(),
            [part(0), part(2), part(4)],
        );
    }
    tokens
}

/// The tokens of the light scheme, and those with the changes of the dark one.
fn schemes() -> [(&'static str, Tokens); 2] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/maillage.css");
    let css = fs::read_to_string(path).expect("reads");
    let (light, rest) = css
        .split_once("@media (prefers-color-scheme: dark)")
        .expect("is dark too");
    let (dark, _) = rest.split_once("/* Base */").expect("tokens come first");
    let light = colors(light);
    let mut both = light.clone();
    both.extend(colors(dark));
    [("light", light), ("dark", both)]
}

/// Relative luminance of WCAG 2.
fn luminance(color: [f64; 3]) -> f64 {
    let linear = |part: f64| match part {
        part if part <= 0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    let [red, green, blue] = color.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn the_contrast_of_black_on_white_is_twenty_one() {
    let found = contrast([0.0; 3], [1.0; 3]);
    assert!((found - 21.0).abs() < 0.001, "{found}");
}

#[test]
fn texts_and_borders_have_enough_contrast_in_both_schemes() {
    let mut pairs = Vec::new();
    for surface in SURFACES {
        for text in ["ink", "ink-2", "link", "link-visited"] {
            pairs.push((text.to_owned(), surface.to_owned(), TEXT));
        }
        pairs.push(("danger".to_owned(), surface.to_owned(), TEXT));
        pairs.push(("focus".to_owned(), surface.to_owned(), GRAPHIC));
        pairs.push(("line-strong".to_owned(), surface.to_owned(), GRAPHIC));
    }
    for tone in ["danger", "warning", "success", "notice"] {
        let soft = format!("{tone}-soft");
        for text in [tone, "ink", "ink-2", "link"] {
            pairs.push((text.to_owned(), soft.clone(), TEXT));
        }
    }
    for (text, surface, least) in [
        ("brand-ink", "brand", TEXT),
        ("brand-soft", "brand", TEXT),
        ("surface", "link", TEXT),
        ("accent", "brand", GRAPHIC),
    ] {
        pairs.push((text.to_owned(), surface.to_owned(), least));
    }
    for (scheme, tokens) in schemes() {
        for (text, surface, least) in &pairs {
            let of = |name: &str| {
                *tokens
                    .get(name)
                    .unwrap_or_else(|| panic!("{name} is a token"))
            };
            let found = contrast(of(text), of(surface));
            assert!(
                found >= *least,
                "{scheme}: {text} on {surface} has {found:.2}"
            );
        }
    }
}
