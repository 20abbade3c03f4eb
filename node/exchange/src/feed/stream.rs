//! The text of a feed for the parser: in UTF-8 whatever the file is in, without its declaration, and never too much at once.

use std::io::{self, BufRead, Read};

use crate::report::Unreadable;
use crate::text::{Encoding, Text};

/// A source of UTF-8 that counts its lines.
pub(super) struct Stream<R> {
    text: Text<R>,
    encoding: Encoding,
    block: String,
    at: usize,
    is_started: bool,
    /// The encoding that the declaration names.
    pub(super) declared: Option<String>,
    pub(super) line: u64,
    taken: usize,
    /// Why no more is given, where it is not the end.
    pub(super) fault: Option<Unreadable>,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        Self {
            text: Text::new(source, encoding),
            encoding,
            block: String::new(),
            at: 0,
            is_started: false,
            declared: None,
            line: 1,
            taken: 0,
            fault: None,
        }
    }

    pub(super) fn into_source(self) -> R {
        self.text.into_source()
    }

    /// Starts the count of what one tag or one text may take.
    pub(super) fn mark(&mut self) {
        self.taken = 0;
    }

    fn fill(&mut self) -> Result<(), Unreadable> {
        self.at = 0;
        let filled = self.text.fill(&mut self.block);
        let is_more = filled.map_err(|fault| fault.unreadable(self.encoding, self.line))?;
        if is_more && !self.is_started {
            self.is_started = true;
            self.pass_declaration();
        }
        Ok(())
    }

    /// The text is decoded already: what the declaration says of its bytes would mislead the parser.
    fn pass_declaration(&mut self) {
        let blank = self.block.len() - self.block.trim_start().len();
        let rest = &self.block[blank..];
        let mut end = blank;
        if rest.starts_with("<?xml") && rest[5..].starts_with(char::is_whitespace) {
            let Some(length) = rest.find("?>") else {
                return;
            };
            self.declared = encoding_declared(&rest[..length]);
            end += length + 2;
        }
        let passed = self.block[..end].bytes();
        self.line += passed.filter(|byte| *byte == b'\n').count() as u64;
        self.at = end;
    }
}

fn encoding_declared(declaration: &str) -> Option<String> {
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|sign| matches!(sign, '"' | '\''))?;
    let (name, _) = after[1..].split_once(quote)?;
    Some(name.to_owned())
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let given = self.fill_buf()?.read(into)?;
        self.consume(given);
        Ok(given)
    }
}

impl<R: Read> BufRead for Stream<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken > EVENT_BYTES_MAX {
            let detail = format!(
                "un texte ou une balise dépasse {} Mio",
                EVENT_BYTES_MAX / (1024 * 1024)
            );
            let line = self.line;
            self.fault
                .get_or_insert(Unreadable::XmlInvalid { line, detail });
        }
        // The declaration may be the whole of a block.
        while self.fault.is_none() && self.at == self.block.len() {
            if let Err(fault) = self.fill() {
                self.fault = Some(fault);
            } else if self.block.is_empty() {
                break;
            }
        }
        if self.fault.is_some() {
            return Err(io::Error::other("the stream ends here"));
        }
        Ok(&self.block.as_bytes()[self.at..])
    }

    fn consume(&mut self, count: usize) {
        let passed = &self.block.as_bytes()[self.at..self.at + count];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at += count;
        self.taken += count;
    }
}

/// The longest text or tag: an article with its pictures inside takes some hundreds of kibibytes.
pub(super) const EVENT_BYTES_MAX: usize = 1024 * 1024;
