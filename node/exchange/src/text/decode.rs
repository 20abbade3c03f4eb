//! Decoding in blocks, so that a large file never sits in memory.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::report::Unreadable;

/// How the characters of a file are written as bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// Old Macs; never guessed, only chosen by a person.
    MacRoman,
    /// Two bytes a character, most significant first.
    Utf16Be,
    /// Two bytes a character; what Excel calls "Unicode text".
    Utf16Le,
    /// The usual one.
    Utf8,
    /// What French Excel calls "CSV".
    Windows1252,
}

impl Encoding {
    /// All of them, the usual ones first.
    pub const ALL: [Self; 5] = [
        Self::Utf8,
        Self::Windows1252,
        Self::MacRoman,
        Self::Utf16Le,
        Self::Utf16Be,
    ];

    /// Returns the word for it, which a person may choose.
    pub fn code(self) -> &'static str {
        match self {
            Self::MacRoman => "mac-roman",
            Self::Utf16Be => "utf-16be",
            Self::Utf16Le => "utf-16le",
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Reads the word for it.
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.to_lowercase();
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Reads the beginning of a file as text, whatever it is: what cannot be read is shown as such.
    pub(super) fn lenient(self, bytes: &[u8]) -> String {
        let encoding = match self {
            Self::MacRoman => MACINTOSH,
            Self::Utf16Be => UTF_16BE,
            Self::Utf16Le => UTF_16LE,
            Self::Utf8 => UTF_8,
            Self::Windows1252 => WINDOWS_1252,
        };
        encoding.decode_with_bom_removal(bytes).0.into_owned()
    }

    fn decoder(self) -> Decoder {
        match self {
            Self::MacRoman => MACINTOSH,
            Self::Utf16Be => UTF_16BE,
            Self::Utf16Le => UTF_16LE,
            Self::Utf8 => UTF_8,
            Self::Windows1252 => WINDOWS_1252,
        }
        .new_decoder_with_bom_removal()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MacRoman => "Mac Roman",
            Self::Utf16Be | Self::Utf16Le => "UTF-16",
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// Why the text stops.
#[derive(Debug)]
pub(crate) enum Fault {
    Io(io::Error),
    /// Bytes that the encoding does not allow.
    Malformed,
}

impl Fault {
    /// Says why the file cannot be read: the text stops at this line.
    pub(crate) fn unreadable(self, encoding: Encoding, line: u64) -> Unreadable {
        match self {
            Fault::Io(error) => error.into(),
            Fault::Malformed => Unreadable::EncodingMixed { encoding, line },
        }
    }
}

/// The text of a file, block after block, without its byte order mark.
pub(crate) struct Text<R> {
    source: R,
    decoder: Decoder,
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    drained: bool,
    finished: bool,
}

impl<R: Read> Text<R> {
    /// Decodes `source` from where it stands.
    pub(crate) fn new(source: R, encoding: Encoding) -> Self {
        Self {
            source,
            decoder: encoding.decoder(),
            bytes: vec![0; BLOCK_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            drained: false,
            finished: false,
        }
    }

    /// Gives back the source, wherever it was read to.
    pub(crate) fn into_source(self) -> R {
        self.source
    }

    /// Replaces `out` by the next block; false at the end. What precedes a fault is in `out` too.
    pub(crate) fn fill(&mut self, out: &mut String) -> Result<bool, Fault> {
        out.clear();
        // One byte of a legacy encoding takes at most three in UTF-8.
        out.reserve(BLOCK_BYTES * 3 + 16);
        while !self.finished {
            if self.start == self.end && !self.drained {
                self.refill().map_err(Fault::Io)?;
            }
            let bytes = &self.bytes[self.start..self.end];
            let (result, read) =
                self.decoder
                    .decode_to_string_without_replacement(bytes, out, self.drained);
            self.start += read;
            match result {
                DecoderResult::InputEmpty if self.drained => self.finished = true,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => return Err(Fault::Malformed),
            }
            if !out.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.start = 0;
        self.end = loop {
            match self.source.read(&mut self.bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.drained = self.end == 0;
        Ok(())
    }
}

/// Size of a read: large enough to make calls rare, small enough to stay in the processor's cache.
const BLOCK_BYTES: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every character is cut.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(bytes: &[u8], encoding: Encoding) -> Result<String, Fault> {
        let (mut text, mut block, mut whole) = (
            Text::new(Dripping(bytes), encoding),
            String::new(),
            String::new(),
        );
        while text.fill(&mut block)? {
            whole.push_str(&block);
        }
        Ok(whole)
    }

    #[test]
    fn the_same_word_is_read_in_every_encoding_and_without_its_mark() {
        let cases: [(&[u8], Encoding); 6] = [
            (b"\xC3\x89cole", Encoding::Utf8),
            (b"\xEF\xBB\xBF\xC3\x89cole", Encoding::Utf8),
            (b"\xC9cole", Encoding::Windows1252),
            (b"\xFF\xFE\xC9\0c\0o\0l\0e\0", Encoding::Utf16Le),
            (b"\xFE\xFF\0\xC9\0c\0o\0l\0e", Encoding::Utf16Be),
            (b"\x83cole", Encoding::MacRoman),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(
                all(bytes, encoding).expect("decodes"),
                "École",
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_file_is_a_fault() {
        assert!(matches!(
            all(b"caf\xC3", Encoding::Utf8),
            Err(Fault::Malformed)
        ));
        assert!(matches!(
            all(b"c\0a", Encoding::Utf16Le),
            Err(Fault::Malformed)
        ));
    }
}
