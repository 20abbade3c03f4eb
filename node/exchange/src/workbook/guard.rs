//! The first look at a file that may be a workbook: what it is, and whether it is safe to unpack.
//!
//! Everything is unpacked once and thrown away, with limits on what comes out, not on what the archive claims. What the parser would
//! believe without looking (how many texts there are) is compared with what is there.

use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::report::Unreadable;
use crate::table::Source;

/// Tells whether the file is a workbook that may be parsed. A text is none; another kind of workbook, or an archive that is not safe, is
/// refused.
pub(crate) fn is_workbook(source: &mut Box<dyn Source>) -> Result<bool, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(8);
    source.take(8).read_to_end(&mut head)?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => archive(source).map(|()| true),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(compound(source)?),
        _ => Ok(false),
    }
}

/// The container of old Excel files, and of new ones with a password.
fn compound(source: &mut Box<dyn Source>) -> Result<Unreadable, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let stream: Vec<u8> = "EncryptedPackage"
        .bytes()
        .flat_map(|byte| [byte, 0])
        .collect();
    let mut file = source.take(ARCHIVE_BYTES_MAX);
    let (mut block, mut kept) = (vec![0; BLOCK_BYTES], Vec::new());
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(OLD_EXCEL.refusal());
        }
        kept.extend_from_slice(&block[..read]);
        if kept.windows(stream.len()).any(|window| window == stream) {
            return Ok(Unreadable::WorkbookLocked);
        }
        kept.drain(..kept.len().saturating_sub(stream.len()));
    }
}

fn archive(source: &mut Box<dyn Source>) -> Result<(), Unreadable> {
    let size = source.seek(SeekFrom::End(0))?;
    if size > ARCHIVE_BYTES_MAX {
        return Err(Unreadable::TooLarge {
            mebibytes: size.div_ceil(MEBIBYTE),
            max: ARCHIVE_BYTES_MAX / MEBIBYTE,
        });
    }
    if claimed_entries(source, size)? > ENTRIES_MAX {
        return Err(unsafe_because(ENTRIES));
    }
    let mut archive = ZipArchive::new(&mut *source).map_err(|error| damaged(&error))?;
    if archive.len() as u64 > ENTRIES_MAX {
        return Err(unsafe_because(ENTRIES));
    }
    let (mut left, mut what) = (UNPACKED_BYTES_MAX, OTHER_ARCHIVE);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Unreadable::WorkbookLocked,
            error => damaged(&error),
        })?;
        let name = entry.name().map_err(|error| damaged(&error))?;
        what = what.or(&name.to_ascii_lowercase());
        let packed = entry.compressed_size();
        let mut look = Look::default();
        let unpacked = look.through(&mut entry, left)?;
        if look.is_calc {
            return Err(CALC.refusal());
        }
        if unpacked > RATIO_FLOOR_BYTES && unpacked / RATIO_MAX > packed {
            return Err(unsafe_because(RATIO));
        }
        left -= unpacked;
    }
    match what {
        What { name: "", .. } => Ok(()),
        other => Err(other.refusal()),
    }
}

/// Reads how many entries the ends of the archive claim, before a parser makes room for them.
fn claimed_entries(source: &mut Box<dyn Source>, size: u64) -> Result<u64, Unreadable> {
    let start = size.saturating_sub(END_BYTES_MAX);
    source.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    source.take(END_BYTES_MAX).read_to_end(&mut tail)?;
    let mut most = 0;
    for place in 0..tail.len().saturating_sub(4) {
        let rest = &tail[place..];
        match &rest[..4] {
            b"PK\x05\x06" => {
                if let Some(count) = rest.get(10..12) {
                    let count = u16::from_le_bytes([count[0], count[1]]);
                    // This one says "see the large end": it is looked at below.
                    if count != u16::MAX {
                        most = most.max(u64::from(count));
                    }
                }
            }
            b"PK\x06\x07" => {
                let at = rest.get(8..16).map(eight).filter(|at| *at < size);
                if let Some(at) = at {
                    source.seek(SeekFrom::Start(at))?;
                    let mut large = Vec::new();
                    source.take(40).read_to_end(&mut large)?;
                    most = most.max(large.get(32..40).map_or(0, eight));
                }
            }
            _ => {}
        }
    }
    Ok(most)
}

fn eight(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(bytes);
    u64::from_le_bytes(number)
}

/// What is looked for in the contents of one entry.
#[derive(Default)]
struct Look {
    texts_claimed: u64,
    text_ends: u64,
    is_calc: bool,
}

impl Look {
    /// Unpacks an entry and forgets it; returns how many bytes it had.
    fn through(&mut self, entry: &mut impl Read, left: u64) -> Result<u64, Unreadable> {
        let mut entry = entry.take(left + 1);
        let (mut block, mut kept, mut unpacked) = (vec![0; BLOCK_BYTES], Vec::new(), 0);
        loop {
            let read = entry
                .read(&mut block)
                .map_err(|error| Unreadable::WorkbookDamaged {
                    detail: error.to_string(),
                })?;
            if read == 0 {
                break;
            }
            if unpacked == 0 {
                self.head(&block[..read])?;
            }
            unpacked += read as u64;
            if unpacked > left {
                return Err(unsafe_because(UNPACKED));
            }
            kept.extend_from_slice(&block[..read]);
            let end = kept.len().saturating_sub(OVERLAP_BYTES);
            self.look(&kept, end)?;
            kept.drain(..end);
        }
        self.look(&kept, kept.len())?;
        // `<si><t/></si>` is the shortest text.
        if self.text_ends > 2 * TEXTS_MAX || self.texts_claimed > TEXTS_MAX.min(unpacked / 4) {
            return Err(unsafe_because(TEXTS));
        }
        Ok(unpacked)
    }

    fn head(&mut self, head: &[u8]) -> Result<(), Unreadable> {
        const ARCHIVES: [&[u8]; 5] = [
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"7z\xBC\xAF",
            b"Rar!",
            b"\x1F\x8B",
        ];
        const WIDE: [&[u8]; 4] = [b"\xFF\xFE", b"\xFE\xFF", b"<\0", b"\0<"];
        if ARCHIVES.iter().any(|mark| head.starts_with(mark)) {
            return Err(unsafe_because(NESTED));
        }
        // The parser would read it, and nothing of what is looked for here would be seen.
        if WIDE.iter().any(|mark| head.starts_with(mark)) {
            return Err(unsafe_because(UTF_16));
        }
        self.is_calc = head.starts_with(b"application/vnd.oasis.opendocument");
        Ok(())
    }

    /// Looks at what begins before `end`; what follows is there to be compared with.
    fn look(&mut self, bytes: &[u8], end: usize) -> Result<(), Unreadable> {
        for (place, byte) in bytes[..end].iter().enumerate() {
            let follows = |text: &[u8]| bytes[place..].starts_with(text);
            match byte {
                b'<' if follows(b"<!DOCTYPE") || follows(b"<!ENTITY") => {
                    return Err(unsafe_because(DTD));
                }
                b's' if follows(b"si>") => self.text_ends += 1,
                b'u' if follows(b"uniqueCount") => {
                    let number = claimed(&bytes[place + b"uniqueCount".len()..]);
                    self.texts_claimed = self.texts_claimed.max(number);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads `="12"`; what is longer than any count is a large one.
fn claimed(after: &[u8]) -> u64 {
    let is_between = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'');
    let digits = after.iter().skip_while(is_between);
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    })
}

/// A kind of archive, by the names of its entries; without a name, a workbook that we read.
#[derive(Clone, Copy)]
struct What {
    name: &'static str,
    advice: &'static str,
}

impl What {
    /// What it is once this entry is known too.
    fn or(self, entry: &str) -> Self {
        match entry {
            _ if entry.ends_with("workbook.xml") => What { name: "", ..self },
            _ if entry.ends_with("workbook.bin") => BINARY,
            _ if entry.starts_with("word/") => WORD,
            _ => self,
        }
    }

    fn refusal(self) -> Unreadable {
        Unreadable::NotAWorkbook {
            what: self.name,
            advice: self.advice,
        }
    }
}

const OTHER_ARCHIVE: What = What {
    name: "une archive ZIP, sans classeur",
    advice: "Décompressez-la, et choisissez le fichier voulu.",
};
const BINARY: What = What {
    name: "un classeur Excel binaire (XLSB)",
    advice: "Ouvrez-le et enregistrez-le en « Classeur Excel (.xlsx) ».",
};
const CALC: What = What {
    name: "un document OpenDocument (ODS ou ODT)",
    advice: "Ouvrez-le dans LibreOffice et enregistrez-le en « Classeur Excel 2007-365 (.xlsx) », ou la feuille en CSV.",
};
const OLD_EXCEL: What = What {
    name: "un ancien classeur Excel (XLS)",
    advice: "Ouvrez-le et enregistrez-le en « Classeur Excel (.xlsx) ».",
};
const WORD: What = What {
    name: "un document Word",
    advice: "Copiez son tableau dans un classeur, et enregistrez-le en .xlsx.",
};

fn damaged(error: &ZipError) -> Unreadable {
    Unreadable::WorkbookDamaged {
        detail: error.to_string(),
    }
}

fn unsafe_because(reason: &'static str) -> Unreadable {
    Unreadable::WorkbookUnsafe { reason }
}

const DTD: &str = "il contient une définition de document (DTD)";
const ENTRIES: &str = "il annonce plus de 1 000 fichiers";
const NESTED: &str = "il contient une autre archive ou un classeur incorporé";
const RATIO: &str = "une de ses parties est comprimée plus de cent fois";
const TEXTS: &str = "il annonce plus de textes qu'il n'en contient, ou plus de 2 millions";
const UNPACKED: &str = "il dépasse 200 Mio une fois décompressé";
const UTF_16: &str = "une de ses parties est écrite en UTF-16";

/// Page 7 of the design: the sheets of a large workbook, its styles and pictures are some dozens of entries.
const ENTRIES_MAX: u64 = 1_000;
/// What all entries may come to, unpacked: the limit of every format.
const UNPACKED_BYTES_MAX: u64 = 200 * MEBIBYTE;
/// An archive larger than what may come out of it is refused unopened.
const ARCHIVE_BYTES_MAX: u64 = UNPACKED_BYTES_MAX;
/// Sheets of real workbooks are packed 5 to 20 times.
const RATIO_MAX: u64 = 100;
/// Below, a ratio says nothing: a page of empty cells is well packed, and harmless.
const RATIO_FLOOR_BYTES: u64 = MEBIBYTE;
/// Shared texts that the parser keeps in memory, some fifty bytes each beside their letters.
const TEXTS_MAX: u64 = 2_000_000;
const MEBIBYTE: u64 = 1024 * 1024;
/// The end of an archive, its longest comment, and the place of the large end before it.
const END_BYTES_MAX: u64 = 22 + 65_535 + 20;
const BLOCK_BYTES: usize = 64 * 1024;
/// Longer than what is looked for, with a number and some spaces.
const OVERLAP_BYTES: usize = 256;
