//! The first lines of a file as they are, for a person to see with which letters they are written and what parts its columns.

use std::io::{self, Read, Seek, SeekFrom};

use crate::text::Encoding;
use crate::text::mojibake::repaired;

/// Returns the first lines of a text, in the encoding that a person chose or in the likeliest; nothing of what is no text.
pub fn first_lines<R: Read + Seek>(
    source: &mut R,
    encoding: Option<Encoding>,
    repair_accents: bool,
) -> io::Result<Vec<String>> {
    source.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    source.take(GLIMPSE_BYTES).read_to_end(&mut bytes)?;
    let is_packed = bytes.starts_with(b"PK") || bytes.starts_with(&[0x1F, 0x8B]);
    if is_packed || bytes.starts_with(b"%PDF") {
        return Ok(Vec::new());
    }
    let encoding = encoding.unwrap_or_else(|| likeliest(&bytes));
    let text = encoding.lenient(&bytes);
    let lines = text
        .split(['\n', '\r'])
        .filter(|line| !line.trim().is_empty());
    Ok(lines
        .take(LINES)
        .map(|line| {
            let right = repaired(line).filter(|_| repair_accents);
            shown(right.as_deref().unwrap_or(line))
        })
        .collect())
}

fn likeliest(bytes: &[u8]) -> Encoding {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none(),
    };
    match bytes {
        [0xFF, 0xFE, ..] => Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => Encoding::Utf16Be,
        _ if is_utf8 => Encoding::Utf8,
        _ => Encoding::Windows1252,
    }
}

/// Shows tabulations, which part columns, and cuts what no screen is wide enough for.
fn shown(line: &str) -> String {
    let shown: String = line
        .chars()
        .take(LINE_CHARS_MAX + 1)
        .map(|c| match c {
            '\t' => '⇥',
            c if c.is_control() => '\u{FFFD}',
            c => c,
        })
        .collect();
    match shown.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// The header and some rows: enough to see letters and separators.
const LINES: usize = 5;
/// Enough for some lines of the widest table.
const GLIMPSE_BYTES: u64 = 64 * 1024;
/// Three lines of a screen.
const LINE_CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn lines(bytes: &[u8], encoding: Option<Encoding>) -> Vec<String> {
        first_lines(&mut Cursor::new(bytes), encoding, false).expect("memory")
    }

    #[test]
    fn lines_are_shown_in_the_encoding_that_is_chosen_or_likeliest() {
        assert_eq!(
            lines("nom\tÉcole\r\na\tb\n".as_bytes(), None),
            ["nom⇥École", "a⇥b"]
        );
        assert_eq!(lines(b"\xC9cole;x\n", None), ["École;x"]);
        assert_eq!(lines(b"\x83cole;x\n", None), ["ƒcole;x"]);
        assert_eq!(
            lines(b"\x83cole;x\n", Some(Encoding::MacRoman)),
            ["École;x"]
        );
        assert_eq!(lines(b"\xFF\xFE\xC9\0c\0", None), ["Éc"]);
        assert_eq!(lines(b"\xC9;x\n", Some(Encoding::Utf8)), ["\u{FFFD};x"]);
    }

    #[test]
    fn lines_are_five_and_no_wider_than_a_screen() {
        assert_eq!(
            lines(b"1\n\n2\n3\n4\n5\n6\n", None),
            ["1", "2", "3", "4", "5"]
        );
        let [just, over] = [LINE_CHARS_MAX, LINE_CHARS_MAX + 1].map(|count| "é".repeat(count));
        assert_eq!(lines(just.as_bytes(), None), [just.as_str()]);
        assert_eq!(lines(over.as_bytes(), None), [format!("{just}…")]);
    }

    #[test]
    fn what_is_no_text_has_no_lines() {
        for bytes in [&b"PK\x03\x04"[..], b"%PDF-1.4", b"\x1F\x8B\x08", b""] {
            assert!(lines(bytes, None).is_empty());
        }
    }

    #[test]
    fn accents_that_were_encoded_twice_are_shown_right_when_asked() {
        let mut file = Cursor::new("MÃ©diathÃ¨que;x");
        let lines = first_lines(&mut file, None, true).expect("memory");
        assert_eq!(lines, ["Médiathèque;x"]);
    }
}
