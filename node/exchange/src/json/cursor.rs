//! Walking through JSON without building it.
//!
//! `serde_json` parses each object of a list; it cannot stop between two of them and be asked for the next
//! one later. This finds where each value ends, in constant memory whatever the file holds.

use std::io::Read;

use crate::report::Unreadable;
use crate::text::{Encoding, Text};

/// A place in a JSON text.
pub(crate) struct Cursor<R> {
    text: Text<R>,
    encoding: Encoding,
    block: String,
    at: usize,
    line: u64,
    after_carriage_return: bool,
}

/// The text of a value, as far as it may be kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) bytes: Vec<u8>,
    /// More was there than `limit_bytes`; nothing after it was kept.
    pub(crate) overflowed: bool,
    limit_bytes: usize,
}

impl Kept {
    pub(crate) fn up_to(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            ..Self::default()
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.overflowed = false;
    }

    fn push(&mut self, bytes: &[u8]) {
        self.overflowed |= self.bytes.len() + bytes.len() > self.limit_bytes;
        if !self.overflowed {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

impl<R: Read> Cursor<R> {
    pub(crate) fn new(source: R, encoding: Encoding) -> Self {
        let text = Text::new(source, encoding);
        Self {
            text,
            encoding,
            block: String::new(),
            at: 0,
            line: 1,
            after_carriage_return: false,
        }
    }

    /// Gives back the source, wherever it was read to.
    pub(crate) fn into_source(self) -> R {
        self.text.into_source()
    }

    /// Returns the line of the file where the cursor stands.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn invalid(&self, detail: &str) -> Unreadable {
        Unreadable::JsonInvalid {
            line: self.line,
            detail: detail.to_owned(),
        }
    }

    /// Skips white space and returns the next byte without taking it.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Unreadable> {
        loop {
            match self.byte()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.take(),
                other => return Ok(other),
            }
        }
    }

    /// Takes the next byte if it is `expected`, after white space.
    pub(crate) fn takes(&mut self, expected: u8) -> Result<bool, Unreadable> {
        let there = self.peek()? == Some(expected);
        if there {
            self.take();
        }
        Ok(there)
    }

    /// Takes a whole value; `outside` is the number of brackets already open around it.
    pub(crate) fn value(&mut self, outside: usize, kept: &mut Kept) -> Result<(), Unreadable> {
        self.rest_of_value(outside, &mut Vec::new(), kept)
    }

    /// Takes what remains of a value whose brackets in `open` were taken already.
    pub(crate) fn rest_of_value(
        &mut self,
        outside: usize,
        open: &mut Vec<u8>,
        kept: &mut Kept,
    ) -> Result<(), Unreadable> {
        loop {
            let Some(byte) = self.peek()? else {
                return Err(self.invalid("la fin manque"));
            };
            match byte {
                b'"' => self.string(kept)?,
                b'{' | b'[' => {
                    open.push(byte);
                    if outside + open.len() > DEPTH_MAX {
                        return Err(Unreadable::JsonTooDeep {
                            line: self.line,
                            max: DEPTH_MAX,
                        });
                    }
                    self.take_into(kept);
                }
                b'}' | b']' => {
                    let opened = if byte == b'}' { b'{' } else { b'[' };
                    if open.pop() != Some(opened) {
                        return Err(
                            self.invalid("une accolade ou un crochet se ferme sans être ouvert")
                        );
                    }
                    self.take_into(kept);
                }
                b',' | b':' if !open.is_empty() => self.take_into(kept),
                b'-' | b'0'..=b'9' | b'a'..=b'z' => self.word(kept)?,
                _ => return Err(self.invalid("caractère inattendu")),
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Takes a string with its quotes.
    pub(crate) fn string(&mut self, kept: &mut Kept) -> Result<(), Unreadable> {
        let mut escaped = false;
        self.take_into(kept);
        loop {
            let Some(byte) = self.byte()? else {
                return Err(self.invalid("un guillemet manque"));
            };
            let run = self.run(|byte| matches!(byte, b'"' | b'\\' | b'\r' | b'\n'));
            if run > 0 && !escaped {
                kept.push(&self.block.as_bytes()[self.at..self.at + run]);
                self.at += run;
                continue;
            }
            self.take_into(kept);
            if byte == b'"' && !escaped {
                return Ok(());
            }
            escaped = byte == b'\\' && !escaped;
        }
    }

    /// Takes a number, `true`, `false` or `null`; whether it is one is for the parser to say.
    fn word(&mut self, kept: &mut Kept) -> Result<(), Unreadable> {
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') =
            self.byte()?
        {
            self.take_into(kept);
        }
        // Two words in a row would become one without the space between them.
        kept.push(b" ");
        Ok(())
    }

    fn run(&self, stops: impl Fn(u8) -> bool) -> usize {
        let ahead = &self.block.as_bytes()[self.at..];
        ahead
            .iter()
            .position(|byte| stops(*byte))
            .unwrap_or(ahead.len())
    }

    fn byte(&mut self) -> Result<Option<u8>, Unreadable> {
        if self.at == self.block.len() {
            self.at = 0;
            let filled = self.text.fill(&mut self.block);
            filled.map_err(|fault| fault.unreadable(self.encoding, self.line))?;
        }
        Ok(self.block.as_bytes().get(self.at).copied())
    }

    fn take(&mut self) {
        let byte = self.block.as_bytes()[self.at];
        let second_half = byte == b'\n' && self.after_carriage_return;
        self.line += u64::from(matches!(byte, b'\r' | b'\n') && !second_half);
        self.after_carriage_return = byte == b'\r';
        self.at += 1;
    }

    fn take_into(&mut self, kept: &mut Kept) {
        kept.push(&self.block.as_bytes()[self.at..=self.at]);
        self.take();
    }
}

/// The depth of the design (page 7), the same as for XML: the deepest file we know has nine levels.
pub(crate) const DEPTH_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn value(text: &str, limit: usize) -> Result<Kept, Unreadable> {
        let mut kept = Kept::up_to(limit);
        Cursor::new(io::Cursor::new(text.as_bytes()), Encoding::Utf8).value(0, &mut kept)?;
        Ok(kept)
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        for (text, expected) in [
            (
                r#" {"a": "}\"]é", "b" : [1, 2]} x"#,
                r#"{"a":"}\"]é","b":[1 ,2 ]}"#,
            ),
            (r#""\\" ,"#, r#""\\""#),
            ("12,3", "12 "),
        ] {
            let kept = value(text, 1000).expect("a value");
            assert_eq!(String::from_utf8_lossy(&kept.bytes), expected);
        }
    }

    #[test]
    fn two_words_in_a_row_do_not_become_one() {
        let kept = value("[1 2]", 100).expect("brackets are even");
        assert!(serde_json::from_slice::<serde_json::Value>(&kept.bytes).is_err());
    }

    #[test]
    fn the_limit_of_depth_holds_at_its_edge() {
        for (depth, accepted) in [
            (DEPTH_MAX - 1, true),
            (DEPTH_MAX, true),
            (DEPTH_MAX + 1, false),
        ] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(value(&text, 1000).is_ok(), accepted, "{depth}");
        }
        assert_eq!(
            value(&"[".repeat(1_000_000), 10).expect_err("deep").code(),
            "json_too_deep"
        );
    }

    #[test]
    fn what_is_over_the_limit_is_walked_and_not_kept() {
        for (limit, overflowed) in [(4, true), (5, false), (6, false)] {
            assert_eq!(
                value("\"abc\" ", limit).expect("a value").overflowed,
                overflowed,
                "{limit}"
            );
        }
    }

    #[test]
    fn a_file_cut_short_is_refused_with_its_line() {
        for text in ["[1,\n2", "{\"a\":\n\"b", "\n[}"] {
            match value(text, 100).expect_err("refused") {
                Unreadable::JsonInvalid { line: 2, .. } => {}
                other => panic!("{text}: {other}"),
            }
        }
    }
}
