//! A file that somebody attaches to a record: what it is, by its bytes and not by its name, and without what a camera or a phone wrote
//! into it beside the picture.

mod picture;

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use bytes::Bytes;
use crdt_schema::record::{FILE_BYTES_MAX, FileType, file_name};
use zip::ZipArchive;

/// A file that may be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its bytes, without what was taken out.
    pub bytes: Vec<u8>,
    /// What it is.
    pub file_type: FileType,
    /// What people call it.
    pub name: String,
    /// Whether place, time, device or comments of a picture were taken out.
    pub is_cleaned: bool,
}

/// Why a file may not be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A picture that cannot be read to its end.
    #[error("the picture is damaged")]
    Damaged,
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// An office document that brings a program.
    #[error("the document contains macros")]
    Macros,
    /// It is larger than `FILE_BYTES_MAX`.
    #[error("the file is larger than 20 MiB")]
    TooLarge,
    /// It is of no type that may be attached.
    #[error("files of this type cannot be attached")]
    Type,
}

impl Unfit {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Unfit::Damaged => "attachment_damaged",
            Unfit::Empty => "attachment_empty",
            Unfit::Macros => "attachment_macros",
            Unfit::TooLarge => "attachment_too_large",
            Unfit::Type => "attachment_type",
        }
    }
}

/// Looks at a file that somebody called so. Only the bytes say what it is; the name tells a table from another text.
pub fn prepare(bytes: Vec<u8>, called: &str) -> Result<Prepared, Unfit> {
    if bytes.is_empty() {
        return Err(Unfit::Empty);
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Unfit::TooLarge);
    }
    let file_type = type_of(&bytes, called)?;
    let bytes = Bytes::from(bytes);
    let cleaned = match file_type {
        FileType::Jpeg => picture::jpeg(bytes.clone())?,
        FileType::Png => picture::png(bytes.clone())?,
        FileType::Webp => picture::webp(bytes.clone())?,
        _ => bytes.clone(),
    };
    Ok(Prepared {
        is_cleaned: cleaned != bytes,
        bytes: cleaned.into(),
        file_type,
        name: file_name(called, file_type),
    })
}

fn type_of(bytes: &[u8], called: &str) -> Result<FileType, Unfit> {
    // A table of clubs may begin as a program does: `BMX`. Whatever has no control character runs nothing.
    if let Some(text) = text_type(bytes, called) {
        return Ok(text);
    }
    let found = infer::get(bytes).ok_or(Unfit::Type)?;
    if bytes.starts_with(ARCHIVE) {
        return office_type(bytes);
    }
    let file_type = FileType::parse(found.extension()).ok_or(Unfit::Type)?;
    // Readers take a head that comes late, and what stands before it may be a program.
    let begins = file_type != FileType::Pdf || bytes.starts_with(b"%PDF-");
    if begins {
        Ok(file_type)
    } else {
        Err(Unfit::Type)
    }
}

/// Office documents are archives: which one, its parts say (OpenDocument 1.3, part 2, section 3.3; ECMA-376, part 2, section 10).
fn office_type(bytes: &[u8]) -> Result<FileType, Unfit> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unfit::Type)?;
    if archive.len() > PARTS_MAX {
        return Err(Unfit::Type);
    }
    let names: Result<BTreeSet<String>, _> = archive
        .file_names()
        .map(|name| name.map(|name| name.to_ascii_lowercase()))
        .collect();
    let names = names.map_err(|_| Unfit::Type)?;
    let is_macro =
        |name: &String| name.ends_with(MACROS) || OPEN_MACROS.iter().any(|it| name.starts_with(it));
    if names.iter().any(is_macro) {
        return Err(Unfit::Macros);
    }
    if let Ok(part) = archive.by_name("mimetype") {
        let mut media_type = String::new();
        let read = part
            .take(MEDIA_TYPE_BYTES_MAX)
            .read_to_string(&mut media_type);
        read.map_err(|_| Unfit::Type)?;
        let mut open = [FileType::Odt, FileType::Ods, FileType::Odp].into_iter();
        return open
            .find(|each| each.media_type() == media_type.trim_end())
            .ok_or(Unfit::Type);
    }
    if !names.contains("[content_types].xml") {
        return Err(Unfit::Type);
    }
    let parts = [
        ("word/document.xml", FileType::Docx),
        ("xl/workbook.xml", FileType::Xlsx),
        ("ppt/presentation.xml", FileType::Pptx),
    ];
    let mut parts = parts.into_iter();
    let found = parts.find(|(part, _)| names.contains(*part));
    found.map(|(_, file_type)| file_type).ok_or(Unfit::Type)
}

/// A text of people has no control characters beside tabs and line ends, and is no page and no picture in marks.
fn text_type(bytes: &[u8], called: &str) -> Option<FileType> {
    let is_control = |byte: &u8| (*byte < 0x20 && !b"\t\n\r\x0C".contains(byte)) || *byte == 0x7F;
    let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    if is_utf16 || bytes.iter().any(is_control) {
        return None;
    }
    let without_mark = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let begin = without_mark.trim_ascii_start();
    if begin.starts_with(b"<") || begin.starts_with(b"#!") {
        return None;
    }
    let (_, ending) = called.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "csv" => Some(FileType::Csv),
        "txt" => Some(FileType::Txt),
        _ => None,
    }
}

/// How an archive begins, and its first part.
const ARCHIVE: &[u8] = b"PK\x03\x04";
/// How the part of an office document is called that holds a program.
const MACROS: &str = "vbaproject.bin";
/// Where the programs of an OpenDocument are.
const OPEN_MACROS: [&str; 2] = ["basic/", "scripts/"];
/// Parts of an archive that are looked at: a presentation of some hundred sheets has some thousand.
const PARTS_MAX: usize = 20_000;
/// Longer than any media type.
const MEDIA_TYPE_BYTES_MAX: u64 = 200;

#[cfg(test)]
mod tests;
