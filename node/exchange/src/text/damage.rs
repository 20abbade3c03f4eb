//! One pass over the whole file before any row is read: which encoding, which damage.
//!
//! A file is judged whole because its first wrong byte may be its last: a guess made on the first
//! kilobytes would turn the names of the last communes into something else.

use std::io::{Read, Seek, SeekFrom};

use crate::report::{Problem, Unreadable};
use crate::text::decode::{Encoding, Fault, Text};
use crate::text::mojibake::{repaired, starts_with_pair};

/// What one pass over the file found.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) encoding: Encoding,
    /// Doubly encoded characters: shown with the conversion that would put them right.
    pub(crate) mojibake: Option<Problem>,
}

/// Finds the encoding (or takes the one that a person chose) and refuses a file that is not whole, or leaves that to its rows.
pub(crate) fn inspect<R: Read + Seek>(
    source: &mut R,
    chosen: Option<Encoding>,
    lost: Lost,
) -> Result<Origin, Unreadable> {
    let size = source.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Err(Unreadable::Empty);
    }
    if size > SIZE_BYTES_MAX {
        let mebibytes = size.div_ceil(1024 * 1024);
        return Err(Unreadable::TooLarge {
            mebibytes,
            max: SIZE_BYTES_MAX / (1024 * 1024),
        });
    }
    let announced = chosen.or(marked(source)?);
    if let Some(encoding) = announced {
        return match survey(source, encoding)? {
            Ok(survey) => survey.judged(encoding, lost),
            Err(line) => Err(Unreadable::EncodingMixed { encoding, line }),
        };
    }
    match survey(source, Encoding::Utf8)? {
        Ok(survey) => survey.judged(Encoding::Utf8, lost),
        Err(_) => match survey(source, Encoding::Windows1252)? {
            Ok(survey) => survey.judged(Encoding::Windows1252, lost),
            Err(line) => Err(Unreadable::EncodingMixed {
                encoding: Encoding::Windows1252,
                line,
            }),
        },
    }
}

/// Reads the mark at the start, and refuses what is known not to be text.
fn marked<R: Read + Seek>(source: &mut R) -> Result<Option<Encoding>, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(16);
    source.take(16).read_to_end(&mut head)?;
    let lower = head.trim_ascii_start().to_ascii_lowercase();
    let (what, advice) = match head.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => return Ok(Some(Encoding::Utf8)),
        [0xFF, 0xFE, ..] => return Ok(Some(Encoding::Utf16Le)),
        [0xFE, 0xFF, ..] => return Ok(Some(Encoding::Utf16Be)),
        [0x1F, 0x8B, ..] => ("un fichier compressé", "Décompressez-le d'abord."),
        [b'%', b'P', b'D', b'F', ..] => ("un PDF", "Demandez le tableau d'origine."),
        _ if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") => (
            "une page web",
            "Le téléchargement a sans doute échoué : recommencez-le depuis la page du jeu de données.",
        ),
        _ => return Ok(None),
    };
    Err(Unreadable::NotText { what, advice })
}

/// What lost accents (U+FFFD) refuse.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Lost {
    /// The whole file: better to ask for the original.
    #[default]
    RefusesFile,
    /// The rows that have them, when they are imported: in a file of many hands, a few rows were broken long ago.
    RefusesRow,
}

#[derive(Default)]
struct Survey {
    line: u64,
    after_carriage_return: bool,
    nul: bool,
    lost: u64,
    lost_line: u64,
    undefined: Option<(u8, u64)>,
    mojibake: u64,
    sample: Option<(u64, String, String)>,
}

/// Reads everything once. The inner error is the line of the first byte that the encoding forbids.
fn survey<R: Read + Seek>(
    source: &mut R,
    encoding: Encoding,
) -> Result<Result<Survey, u64>, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut text = Text::new(source, encoding);
    let (mut block, mut pending) = (String::new(), String::new());
    let mut survey = Survey {
        line: 1,
        ..Survey::default()
    };
    loop {
        match text.fill(&mut block) {
            Ok(true) => {
                pending.push_str(&block);
                // What may be the first half of a pair waits for the next block.
                let end =
                    pending.floor_char_boundary(pending.len().saturating_sub(LOOKAHEAD_BYTES));
                survey.look(&pending, end);
                pending.drain(..end);
            }
            Ok(false) => {
                survey.look(&pending, pending.len());
                return Ok(Ok(survey));
            }
            Err(Fault::Io(error)) => return Err(error.into()),
            Err(Fault::Malformed) => {
                pending.push_str(&block);
                survey.look(&pending, pending.len());
                return Ok(Err(survey.line));
            }
        }
    }
}

impl Survey {
    /// Looks at what starts in the first `end` bytes.
    fn look(&mut self, text: &str, end: usize) {
        let bytes = text.as_bytes();
        for (at, &byte) in bytes[..end].iter().enumerate() {
            match byte {
                b'\n' => self.line += u64::from(!self.after_carriage_return),
                b'\r' => self.line += 1,
                0 => self.nul = true,
                0xC2 | 0xC3 | 0xE2 | 0xEF => self.look_closer(text, at),
                _ => {}
            }
            self.after_carriage_return = byte == b'\r';
        }
    }

    fn look_closer(&mut self, text: &str, at: usize) {
        match text.as_bytes()[at..] {
            // U+FFFD itself, or `�`: U+FFFD read as Windows-1252 and saved again.
            [0xEF, 0xBF, 0xBD, ..] | [0xC3, 0xAF, 0xC2, 0xBF, 0xC2, 0xBD, ..] => {
                self.lost_line = if self.lost == 0 {
                    self.line
                } else {
                    self.lost_line
                };
                self.lost += 1;
            }
            [0xC2, byte @ (0x81 | 0x8D | 0x8F | 0x90 | 0x9D), ..] => {
                self.undefined.get_or_insert((byte, self.line));
            }
            // Ã, Â or Å, or â followed by €: the usual first halves of a pair.
            [0xC3, 0x82 | 0x83 | 0x85, ..] | [0xC3, 0xA2, 0xE2, 0x82, 0xAC, ..]
                if starts_with_pair(&text[at..]) =>
            {
                self.mojibake += 1;
                self.keep_sample(text, at);
            }
            _ => {}
        }
    }

    fn keep_sample(&mut self, text: &str, at: usize) {
        if self.sample.is_some() {
            return;
        }
        let outside = |c: char| matches!(c, ';' | ',' | '\t' | '|' | '"' | '\r' | '\n' | ' ');
        let first = text.ceil_char_boundary(at.saturating_sub(LOOKAHEAD_BYTES));
        let last = text.floor_char_boundary((at + LOOKAHEAD_BYTES).min(text.len()));
        let start = text[first..at]
            .rfind(outside)
            .map_or(first, |before| first + before + 1);
        let end = text[at..last]
            .find(outside)
            .map_or(last, |after| at + after);
        let word = &text[start..end];
        if let Some(right) = repaired(word) {
            self.sample = Some((self.line, word.to_owned(), right));
        }
    }

    fn judged(self, encoding: Encoding, lost: Lost) -> Result<Origin, Unreadable> {
        if self.nul {
            return Err(Unreadable::NotText {
                what: "un fichier binaire, ou un texte UTF-16 sans marque",
                advice: "Enregistrez le tableau en « CSV UTF-8 ».",
            });
        }
        if self.lost > 0 && lost == Lost::RefusesFile {
            return Err(Unreadable::AccentsLost {
                count: self.lost,
                line: self.lost_line,
            });
        }
        // Decoding gives these bytes the control characters of the same number.
        if let (Encoding::Windows1252, Some((byte, line))) = (encoding, self.undefined) {
            return Err(Unreadable::EncodingUnknown { byte, line });
        }
        let count = self.mojibake;
        let mojibake = self.sample.map(|(line, word, right)| {
            let reason = format!(
                "Des accents ont été doublement encodés ({count} fois, comme « {word} »). La conversion proposée \
                 donnerait « {right} » : vérifiez l'aperçu avant de l'accepter."
            );
            Problem::of_row(line, &word, "mojibake", reason).suggesting(right)
        });
        Ok(Origin { encoding, mojibake })
    }
}

/// The limit of a spreadsheet once unpacked, kept the same for every format: one number to remember.
const SIZE_BYTES_MAX: u64 = 200 * 1024 * 1024;

/// Longest thing looked for is six bytes; the rest lets a sample word be whole.
const LOOKAHEAD_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};

    use super::*;

    fn seen(bytes: &[u8]) -> Result<Origin, Unreadable> {
        inspect(&mut Cursor::new(bytes.to_vec()), None, Lost::RefusesFile)
    }

    fn code(bytes: &[u8]) -> &'static str {
        seen(bytes).expect_err("refused").code()
    }

    #[test]
    fn the_vectors_of_the_word_ecole_give_their_encodings() {
        assert_eq!(
            seen(b"\xC3\x89cole").expect("read").encoding,
            Encoding::Utf8
        );
        assert_eq!(
            seen(b"\xEF\xBB\xBF\xC3\x89cole").expect("read").encoding,
            Encoding::Utf8
        );
        assert_eq!(
            seen(b"\xC9cole").expect("read").encoding,
            Encoding::Windows1252
        );
        assert_eq!(
            seen(b"\xFF\xFE\xC9\0c\0").expect("read").encoding,
            Encoding::Utf16Le
        );
        let double = seen(b"a\n\xC3\x83\xE2\x80\xB0cole;b")
            .expect("read")
            .mojibake
            .expect("noticed");
        assert_eq!(
            (double.line, double.suggestion.as_deref()),
            (2, Some("École"))
        );
    }

    #[test]
    fn a_byte_that_windows_1252_does_not_define_is_refused_with_its_line() {
        for byte in [0x81, 0x8D, 0x8F, 0x90, 0x9D] {
            let refusal = seen(&[b'a', b'\r', b'\n', 0xE9, byte]).expect_err("refused");
            assert!(
                matches!(refusal, Unreadable::EncodingUnknown { byte: b, line: 2 } if b == byte),
                "{refusal}"
            );
        }
        assert_eq!(
            seen(b"\xE9a\x80\x9C").expect("read").encoding,
            Encoding::Windows1252
        );
    }

    #[test]
    fn one_lost_accent_far_in_the_file_refuses_it() {
        for padding in [
            0,
            1,
            2,
            3,
            70,
            32 * 1024 - 2,
            32 * 1024 - 1,
            32 * 1024,
            100_000,
        ] {
            let mut bytes = vec![b'a'; padding];
            bytes.extend_from_slice("\ncr\u{FFFD}che".as_bytes());
            match seen(&bytes).expect_err("refused") {
                Unreadable::AccentsLost { count: 1, line: 2 } => {}
                other => panic!("{padding}: {other}"),
            }
        }
        assert_eq!(code(b"caf\xE9;cr\xEF\xBF\xBDche"), "accents_lost");
    }

    #[test]
    fn what_is_not_text_is_named() {
        assert_eq!(code(b""), "empty");
        for head in [
            &b"\x1F\x8B.."[..],
            b"%PDF-1.7",
            b"  <!DOCTYPE html>",
            b"a\0b\0",
        ] {
            assert_eq!(code(head), "not_text", "{head:?}");
        }
        assert_eq!(code(b"\xEF\xBB\xBFabc\xE9"), "encoding_mixed");
    }

    #[test]
    fn the_size_limit_holds_at_its_edge() {
        /// Claims a size without having it.
        struct Claiming(u64, Cursor<Vec<u8>>);
        impl Read for Claiming {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.1.read(into)
            }
        }
        impl Seek for Claiming {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                match to {
                    SeekFrom::End(0) => Ok(self.0),
                    other => self.1.seek(other),
                }
            }
        }
        for (size, accepted) in [
            (SIZE_BYTES_MAX - 1, true),
            (SIZE_BYTES_MAX, true),
            (SIZE_BYTES_MAX + 1, false),
        ] {
            let mut source = Claiming(size, Cursor::new(b"a;b".to_vec()));
            assert_eq!(
                inspect(&mut source, None, Lost::RefusesFile).is_ok(),
                accepted,
                "{size}"
            );
        }
    }
}
