//! The formula guard: an apostrophe in front of what a spreadsheet would run.

use std::borrow::Cow;

/// Puts one `'` in front of a text that a spreadsheet could take for a formula.
///
/// A text that already is `'` and a formula gets a second one, so that [`unguarded`] is the exact inverse.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Removes the one `'` that [`guarded`] added, and no other apostrophe.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest) => rest,
        _ => text,
    }
}

fn is_dangerous(text: &str) -> bool {
    let skipped = |c: char| c.is_whitespace() || c == '\'';
    let start = text.trim_start_matches(skipped);
    let lead = &text[..text.len() - start.len()];
    lead.contains(['\t', '\r', '\n'])
        || start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_read_back() {
        let formulas = [
            "=1+1",
            "+33465710001",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "＝1",
            "  =1",
            "－1",
            "'=1",
            "\ra",
        ];
        for formula in formulas {
            assert_eq!(guarded(formula), format!("'{formula}"), "{formula:?}");
            assert_eq!(unguarded(&guarded(formula)), formula);
        }
    }

    #[test]
    fn other_texts_are_untouched() {
        for text in [
            "a=b",
            "1-2",
            "—",
            "",
            "'",
            "'Été",
            "l'été",
            "04 65 71 00 01",
            "'' a",
        ] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }
}
