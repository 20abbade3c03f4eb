//! The lines of a calendar, once unfolded, and what one says: a name, parameters, a value.

use std::io::Read;

use crate::report::Unreadable;
use crate::text::{Encoding, Text};

/// Lines, one after the other. One line is in memory, and no more of it than a field could hold.
pub(super) struct Lines<R> {
    text: Text<R>,
    encoding: Encoding,
    block: String,
    at: usize,
    line: u64,
    /// The line that was read last.
    pub(super) kept: String,
    /// It is longer than what was kept.
    pub(super) is_cut: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        Self {
            text: Text::new(source, encoding),
            encoding,
            block: String::new(),
            at: 0,
            line: 1,
            kept: String::new(),
            is_cut: false,
        }
    }

    pub(super) fn into_source(self) -> R {
        self.text.into_source()
    }

    /// Reads the next line that is not empty and returns its number.
    pub(super) fn next(&mut self) -> Result<Option<u64>, Unreadable> {
        loop {
            let number = self.line;
            if !self.read()? {
                return Ok(None);
            }
            if self.is_cut || !self.kept.trim().is_empty() {
                return Ok(Some(number));
            }
        }
    }

    /// Reads one line; false at the end.
    fn read(&mut self) -> Result<bool, Unreadable> {
        self.kept.clear();
        self.is_cut = false;
        let mut is_there = false;
        loop {
            if self.at == self.block.len() {
                self.at = 0;
                let filled = self.text.fill(&mut self.block);
                let is_more = filled.map_err(|fault| fault.unreadable(self.encoding, self.line))?;
                if !is_more {
                    return Ok(is_there);
                }
            }
            is_there = true;
            let rest = &self.block[self.at..];
            let end = rest.find('\n');
            let piece = &rest[..end.unwrap_or(rest.len())];
            let room = LINE_BYTES_MAX - self.kept.len();
            self.is_cut |= piece.len() > room;
            let taken = piece.floor_char_boundary(room.min(piece.len()));
            self.kept.push_str(&piece[..taken]);
            self.at += piece.len();
            if end.is_some() {
                self.at += 1;
                self.line += 1;
                return Ok(true);
            }
        }
    }
}

/// One property.
pub(super) struct Property<'l> {
    /// Its name, in capitals.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    /// Its value as written.
    pub(super) value: &'l str,
}

impl<'l> Property<'l> {
    /// Reads a line; nothing when it is none of a calendar.
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let (name, mut rest) = taken_name(line)?;
        let mut parameters = Vec::new();
        loop {
            if let Some(value) = rest.strip_prefix(':') {
                let name = name.to_ascii_uppercase();
                return Some(Self {
                    name,
                    parameters,
                    value,
                });
            }
            let (parameter, after) = taken_name(rest.strip_prefix(';')?)?;
            let (value, after) = taken_value(after.strip_prefix('=')?)?;
            parameters.push((parameter.to_ascii_uppercase(), value));
            rest = after;
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        let found = all.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value as a text.
    pub(super) fn text(&self) -> String {
        unescaped(self.value)
    }

    /// The value as texts between commas.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let (mut from, mut escaped, mut pieces) = (0, false, Vec::new());
        for (at, byte) in self.value.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b',' => {
                    pieces.push(&self.value[from..at]);
                    from = at + 1;
                }
                _ => {}
            }
        }
        pieces.push(&self.value[from..]);
        pieces.into_iter().map(unescaped)
    }
}

fn taken_name(text: &str) -> Option<(&str, &str)> {
    let is_outside = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let end = text.find(is_outside)?;
    (end > 0).then(|| text.split_at(end))
}

/// Takes the values of a parameter; those between quotes may hold any sign.
fn taken_value(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (inner, after) = quoted.split_once('"')?;
            value.push_str(inner);
            rest = after;
        } else {
            let end = rest.find(['"', ',', ';', ':'])?;
            value.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        match rest.bytes().next()? {
            b',' => {
                value.push(',');
                rest = &rest[1..];
            }
            b'"' => {}
            _ => break,
        }
    }
    Some((without_carets(&value), rest))
}

/// Takes the escapes out of the value of a parameter (RFC 6868), from left to right: `^^n` is a caret and an `n`. A caret before anything
/// else is one.
fn without_carets(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        let escaped = match (letter, letters.as_str().chars().next()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(letter);
                continue;
            }
        };
        letters.next();
        out.push(escaped);
    }
    out
}

/// Takes the escapes out of a text. A backslash before anything else is one.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some('n' | 'N')) => out.push('\n'),
            ('\\', Some(sign @ ('\\' | ',' | ';' | ':' | '"'))) => out.push(sign),
            (other, _) => {
                out.push(other);
                continue;
            }
        }
        letters.next();
    }
    out
}

/// A text of the longest cell with every letter escaped, its name and parameters. Attached files are longer, and nobody asks for them.
const LINE_BYTES_MAX: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_parameters_and_a_value() {
        let line = "dtstart;TZID=\"Europe/Paris\";x-a=b,\"c:;,d\":20260621T183000";
        let property = Property::parse(line).expect("a property");
        assert_eq!(property.name, "DTSTART");
        assert_eq!(property.parameter("TZID"), Some("Europe/Paris"));
        assert_eq!(property.parameter("X-A"), Some("b,c:;,d"));
        assert_eq!(property.value, "20260621T183000");
        for line in [
            "", ":x", "A", "A;", "A;B", "A;B=", "A;B=c", "A;B=\"c", "A b:c", "é:1",
        ] {
            assert!(Property::parse(line).is_none(), "{line}");
        }
        assert_eq!(Property::parse("A:").map(|a| a.value), Some(""));
    }

    #[test]
    fn escapes_are_those_of_the_standard() {
        let text = |value| unescaped(value);
        assert_eq!(
            text(r#"Réunion\; budget\, "2026"\nSuite \\ fin"#),
            "Réunion; budget, \"2026\"\nSuite \\ fin"
        );
        assert_eq!(text(r"a\\nb\Nc\x\"), "a\\nb\nc\\x\\");
        let property = Property::parse(r"CATEGORIES:été\, hiver,\\,jeux").expect("a property");
        let texts: Vec<_> = property.texts().collect();
        assert_eq!(texts, ["été, hiver", "\\", "jeux"]);
    }

    #[test]
    fn carets_are_taken_out_from_left_to_right() {
        for (written, read) in [
            ("Salle ^'Est^'", "Salle \"Est\""),
            ("a^nb", "a\nb"),
            ("a^^nb", "a^nb"),
            ("^^'", "^'"),
            ("^^^n", "^\n"),
            ("a^b^", "a^b^"),
        ] {
            let line = format!("A;CN=\"{written}\":v");
            let property = Property::parse(&line).expect("a property");
            assert_eq!(property.parameter("CN"), Some(read), "{written}");
        }
    }

    #[test]
    fn a_line_is_kept_up_to_its_limit() {
        for (size, is_cut) in [(LINE_BYTES_MAX, false), (LINE_BYTES_MAX + 1, true)] {
            let text = format!("{}\nB:1\n", "a".repeat(size));
            let mut lines = Lines::new(text.as_bytes(), Encoding::Utf8);
            assert_eq!(lines.next().expect("reads"), Some(1));
            assert_eq!((lines.kept.len(), lines.is_cut), (LINE_BYTES_MAX, is_cut));
            assert_eq!(lines.next().expect("reads"), Some(2));
            assert_eq!((lines.kept.as_str(), lines.is_cut), ("B:1", false));
            assert_eq!(lines.next().expect("reads"), None);
        }
    }
}
