//! UTF-8 that was once read as Windows-1252 and saved again: `Médiathèque`.

use encoding_rs::WINDOWS_1252;

/// Returns the text with its doubly encoded characters put right, or nothing if there are none.
///
/// Each run of characters above ASCII is taken back to the bytes it came from; it is replaced only if
/// these are UTF-8. A right `é` beside ASCII letters never is, so that right words stay.
pub(crate) fn repaired(text: &str) -> Option<String> {
    if !text.contains(['Ã', 'Â', 'â', 'Å', 'ï']) {
        return None;
    }
    let mut whole = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        whole.push_str(&rest[..start]);
        let after = &rest[start..];
        let end = after.find(|c: char| c.is_ascii()).unwrap_or(after.len());
        let run = &after[..end];
        match original(run) {
            Some(right) => {
                whole.push_str(&right);
                changed = true;
            }
            None => whole.push_str(run),
        }
        rest = &after[end..];
    }
    whole.push_str(rest);
    changed.then_some(whole)
}

/// Says whether a text starts with one character that was encoded twice.
pub(crate) fn starts_with_pair(text: &str) -> bool {
    // A character takes two to four bytes of UTF-8, each of which became one character.
    let mut ends = text
        .char_indices()
        .skip(2)
        .map(|(at, _)| at)
        .chain([text.len()])
        .take(3);
    ends.any(|end| original(&text[..end]).is_some_and(|right| right.chars().count() == 1))
}

/// Reads a run of non-ASCII characters as the UTF-8 bytes that Windows-1252 made of it.
fn original(run: &str) -> Option<String> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(run);
    if unmappable {
        return None;
    }
    String::from_utf8(bytes.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubly_encoded_words_are_put_right() {
        let vector = String::from_utf8(b"\xC3\x83\xE2\x80\xB0cole".to_vec()).expect("valid UTF-8");
        assert_eq!(repaired(&vector).as_deref(), Some("École"));
        assert_eq!(repaired("MÃ©diathÃ¨que").as_deref(), Some("Médiathèque"));
        assert_eq!(repaired("Ã\u{a0} lâ€™Å“uvre").as_deref(), Some("à l’œuvre"));
    }

    #[test]
    fn right_words_are_left_alone() {
        for word in [
            "",
            "École",
            "château",
            "CHÂTEAU",
            "Ângela",
            "São Tomé",
            "naïf",
            "Åland",
            "«Ã»",
        ] {
            assert_eq!(repaired(word), None, "{word}");
        }
    }
}
