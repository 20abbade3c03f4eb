//! Takes the folds out of a calendar, byte by byte: a line may be folded inside a letter (RFC 5545, 3.1), so that no text can be decoded
//! before.

use std::io::{self, Read, Seek, SeekFrom};

/// A source without its folds. A line that was folded is followed by as many empty ones, so that what is counted afterwards are the lines
/// of the file.
pub(crate) struct Unfolded<R> {
    source: R,
    bytes: Box<[u8]>,
    at: usize,
    end: usize,
    drained: bool,
    after: After,
    /// Folds of the line that is being given.
    folds: u64,
    /// Ends of lines that are to be given before anything else.
    due: u64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum After {
    Text,
    CarriageReturn,
    Break,
}

impl<R: Read> Unfolded<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            bytes: vec![0; BLOCK_BYTES].into_boxed_slice(),
            at: 0,
            end: 0,
            drained: false,
            after: After::Text,
            folds: 0,
            due: 0,
        }
    }

    /// Looks at the next byte of the file without taking it.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.end && !self.drained {
            self.at = 0;
            self.end = loop {
                match self.source.read(&mut self.bytes) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.drained = self.end == 0;
        }
        Ok(self.bytes[..self.end].get(self.at).copied())
    }

    fn break_line(&mut self) {
        self.due = self.folds + 1;
        self.folds = 0;
        self.after = After::Text;
    }

    /// Returns the next byte that is to be given; none when it has to be asked again, or at the end.
    fn step(&mut self) -> io::Result<Step> {
        let Some(byte) = self.byte()? else {
            let is_whole = self.after == After::Text;
            if is_whole && self.folds == 0 {
                return Ok(Step::End);
            }
            self.break_line();
            return Ok(Step::Again);
        };
        let is_fold = matches!(byte, b' ' | b'\t');
        match self.after {
            After::Text => {
                self.at += 1;
                match byte {
                    b'\r' => self.after = After::CarriageReturn,
                    b'\n' => self.after = After::Break,
                    other => return Ok(Step::Byte(other)),
                }
            }
            After::CarriageReturn if byte == b'\n' => {
                self.at += 1;
                self.after = After::Break;
            }
            After::CarriageReturn | After::Break if is_fold => {
                self.at += 1;
                self.folds += 1;
                self.after = After::Text;
            }
            After::CarriageReturn | After::Break => self.break_line(),
        }
        Ok(Step::Again)
    }
}

enum Step {
    Again,
    Byte(u8),
    End,
}

impl<R: Read> Read for Unfolded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut given = 0;
        while given < into.len() {
            let byte = if self.due > 0 {
                self.due -= 1;
                b'\n'
            } else {
                match self.step()? {
                    Step::Again => continue,
                    Step::Byte(byte) => byte,
                    Step::End => break,
                }
            };
            into[given] = byte;
            given += 1;
        }
        Ok(given)
    }
}

impl<R: Read + Seek> Seek for Unfolded<R> {
    /// Goes to the start, or tells the size of the file.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (self.at, self.end, self.drained) = (0, 0, false);
        (self.after, self.folds, self.due) = (After::Text, 0, 0);
        self.source.seek(to)
    }
}

/// Size of a read: as that of decoding.
const BLOCK_BYTES: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn unfolded(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut source = Unfolded::new(Cursor::new(bytes));
        source.read_to_end(&mut out).expect("it reads");
        out
    }

    #[test]
    fn folds_go_and_lines_keep_their_numbers() {
        let cases: [(&[u8], &[u8]); 8] = [
            (b"A:1\r\nB:2\r\n", b"A:1\nB:2\n"),
            (b"A:1\r\n 2\r\n\t3\r\nB:2\r\n", b"A:123\n\n\nB:2\n"),
            (b"A:\xC3\r\n \xA9\r\nB:2\r\n", b"A:\xC3\xA9\n\nB:2\n"),
            (b"A:1\n 2\nB:2", b"A:12\n\nB:2"),
            (b"A:1\r 2\rB:2\r", b"A:12\n\nB:2\n"),
            (b"A:1\r\n\r\nB:2\r\n", b"A:1\n\nB:2\n"),
            (b"A:1\r\n \r\n 2\r\n", b"A:12\n\n\n"),
            (b"A:1\r\n 2", b"A:12\n\n"),
        ];
        for (folded, expected) in cases {
            assert_eq!(
                String::from_utf8_lossy(&unfolded(folded)),
                String::from_utf8_lossy(expected)
            );
        }
    }
}
