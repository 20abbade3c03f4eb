//! Documents of a record: files that partners attach, each named by the hash of its bytes, and pages elsewhere. A value says what there
//! is; the bytes of a file are kept beside the store and come when somebody asks for them.
//!
//! In the field, a file is the term `blake3:HASH/BYTES/TYPE/NAME` and a page its address. A term that is neither is kept as it is.

use std::collections::BTreeSet;
use std::fmt;

use crate::draft::{Draft, Wanted, tidy};
use crate::id::FileHash;
use crate::limits::NAME_BYTES_MAX;
use crate::record::{Field, Shape, internal, wording};
use crate::register::link;
use crate::view::RecordView;

/// The largest file that may be attached, in bytes: minutes with pictures fit, films do not.
pub const FILE_BYTES_MAX: u64 = 20 << 20;

/// The documents of a record of any kind, outside its form.
pub const DOCUMENTS: Field = internal(
    "documents",
    Shape::Words,
    wording("Documents", "Documents"),
    wording(
        "Des fichiers joints à la fiche, ou des adresses de pages, par exemple « https://www.exemple.fr/compte-rendu.pdf ».",
        "Files attached to the record, or addresses of pages.",
    ),
);

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// A file that partners keep.
    File(AttachedFile),
    /// The address of a page.
    Link(String),
}

/// What a value says of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedFile {
    /// The BLAKE3 hash of its bytes.
    pub hash: FileHash,
    /// How many bytes it has, from 1 to [`FILE_BYTES_MAX`].
    pub bytes: u64,
    /// What it is.
    pub file_type: FileType,
    /// What people call it: one line with the ending of its type, made by [`file_name`].
    pub name: String,
}

/// The types of files that may be attached: those that can be read everywhere, and run nothing by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileType {
    /// A table as text.
    Csv,
    /// A text of Office Open XML.
    Docx,
    /// A picture.
    Jpeg,
    /// A presentation of OpenDocument.
    Odp,
    /// A workbook of OpenDocument.
    Ods,
    /// A text of OpenDocument.
    Odt,
    /// A page as it is printed.
    Pdf,
    /// A picture.
    Png,
    /// A presentation of Office Open XML.
    Pptx,
    /// A plain text.
    Txt,
    /// A picture.
    Webp,
    /// A workbook of Office Open XML.
    Xlsx,
}

impl FileType {
    /// Every type, in the order in which pages name them.
    pub const ALL: [FileType; 12] = [
        FileType::Pdf,
        FileType::Odt,
        FileType::Ods,
        FileType::Odp,
        FileType::Docx,
        FileType::Xlsx,
        FileType::Pptx,
        FileType::Csv,
        FileType::Txt,
        FileType::Jpeg,
        FileType::Png,
        FileType::Webp,
    ];

    /// Returns the stable code, which is also the ending of names.
    pub fn code(self) -> &'static str {
        match self {
            FileType::Csv => "csv",
            FileType::Docx => "docx",
            FileType::Jpeg => "jpg",
            FileType::Odp => "odp",
            FileType::Ods => "ods",
            FileType::Odt => "odt",
            FileType::Pdf => "pdf",
            FileType::Png => "png",
            FileType::Pptx => "pptx",
            FileType::Txt => "txt",
            FileType::Webp => "webp",
            FileType::Xlsx => "xlsx",
        }
    }

    /// Returns the type with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }

    /// Returns the media type, as the registry of IANA has it.
    pub fn media_type(self) -> &'static str {
        match self {
            FileType::Csv => "text/csv",
            FileType::Docx => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            FileType::Jpeg => "image/jpeg",
            FileType::Odp => "application/vnd.oasis.opendocument.presentation",
            FileType::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            FileType::Odt => "application/vnd.oasis.opendocument.text",
            FileType::Pdf => "application/pdf",
            FileType::Png => "image/png",
            FileType::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            FileType::Txt => "text/plain",
            FileType::Webp => "image/webp",
            FileType::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Document {
    /// Reads a term of the field. `None` for what is neither a file nor the address of a page.
    pub fn parse(term: &str) -> Option<Self> {
        let Some(rest) = term.strip_prefix(FILE_PREFIX) else {
            let address = link(term).into_accepted()?;
            return (address == term).then_some(Document::Link(address));
        };
        let mut parts = rest.splitn(4, '/');
        let hash = FileHash::parse(parts.next()?).ok()?;
        let bytes = parts.next()?.parse().ok()?;
        let file_type = FileType::parse(parts.next()?)?;
        let name = parts.next()?.to_owned();
        let is_sound = (1..=FILE_BYTES_MAX).contains(&bytes) && file_name(&name, file_type) == name;
        let file = AttachedFile {
            hash,
            bytes,
            file_type,
            name,
        };
        // One file of one name has one term: two spellings of a number would be two.
        (is_sound && file.term() == term).then_some(Document::File(file))
    }

    /// Returns the file, if it is one.
    pub fn into_file(self) -> Option<AttachedFile> {
        match self {
            Document::File(file) => Some(file),
            Document::Link(_) => None,
        }
    }

    /// Writes it as a term of the field.
    pub fn term(&self) -> String {
        match self {
            Document::File(file) => file.term(),
            Document::Link(address) => address.clone(),
        }
    }
}

impl AttachedFile {
    fn term(&self) -> String {
        let Self {
            hash,
            bytes,
            file_type,
            name,
        } = self;
        format!("{FILE_PREFIX}{hash}/{bytes}/{file_type}/{name}")
    }
}

impl RecordView {
    /// Returns the documents of the record. What this version cannot read is left out.
    pub fn documents(&self) -> BTreeSet<Document> {
        let field = self.field(DOCUMENTS.name);
        let terms = field.into_iter().flat_map(|field| field.terms.keys());
        terms.filter_map(|term| Document::parse(term)).collect()
    }

    /// Returns what adds a document. Nothing else of the field changes, whatever this version can read of it.
    pub fn adding_document(&self, document: &Document) -> Draft {
        self.changing_documents(|terms| terms.insert(document.term()))
    }

    /// Returns what takes a document away. The others stay.
    pub fn removing_document(&self, document: &Document) -> Draft {
        self.changing_documents(|terms| terms.remove(&document.term()))
    }

    fn changing_documents(&self, change: impl FnOnce(&mut BTreeSet<String>) -> bool) -> Draft {
        let field = self.field(DOCUMENTS.name);
        let mut terms =
            field.map_or_else(BTreeSet::new, |field| field.terms.keys().cloned().collect());
        change(&mut terms);
        Draft {
            fields: [(DOCUMENTS.name.to_owned(), Wanted::Terms(terms))].into(),
        }
    }
}

/// Makes the name of an attached file from what somebody called it: the last part of a path, one line, without the signs that parts of
/// the program or of a system read something into, cut to a length that every system takes, with the ending of its type.
pub fn file_name(called: &str, file_type: FileType) -> String {
    let last = called.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_left_out = |c: char| {
        // Signs that change the direction of what follows make `exe.pdf` of `fdp.exe`.
        let is_hidden = matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
        c.is_control() || is_hidden
    };
    let is_read_into = |c: char| matches!(c, '|' | ';' | ':' | '*' | '?' | '"' | '<' | '>');
    // Before anything is left out or read: the composed form of U+037E is a semicolon.
    let plain: String = tidy(last)
        .chars()
        .filter(|c| !is_left_out(*c))
        .map(|c| if is_read_into(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let mut name = tidy(&words.join(" "));
    let ending = format!(".{}", file_type.code());
    if let Some(stem) = without_ending(&name, file_type) {
        name.truncate(stem);
    }
    while name.len() > FILE_NAME_BYTES_MAX - ending.len() {
        name.pop();
    }
    let stem = name.trim_matches(['.', ' ']);
    let stem = if stem.is_empty() { "document" } else { stem };
    format!("{stem}{ending}")
}

/// Returns where the ending of the type begins, whatever its case.
fn without_ending(name: &str, file_type: FileType) -> Option<usize> {
    let dot = name.rfind('.')?;
    let ending = name[dot + 1..].to_ascii_lowercase();
    let is_of_type =
        ending == file_type.code() || (file_type, &*ending) == (FileType::Jpeg, "jpeg");
    is_of_type.then_some(dot)
}

const FILE_PREFIX: &str = "blake3:";
/// As long as other names, so that every system and every archive takes it.
const FILE_NAME_BYTES_MAX: usize = NAME_BYTES_MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::KINDS;

    fn file(name: &str, file_type: FileType) -> Document {
        Document::File(AttachedFile {
            hash: FileHash::from_bytes([0xab; 32]),
            bytes: 12_345,
            file_type,
            name: file_name(name, file_type),
        })
    }

    #[test]
    fn a_document_reads_back_from_its_term() {
        for document in [
            file("PV du 12 mai.pdf", FileType::Pdf),
            file("Statuts, version 2 (signés).odt", FileType::Odt),
            Document::Link("https://www.exemple.fr/compte-rendu.pdf".to_owned()),
        ] {
            assert_eq!(Document::parse(&document.term()), Some(document));
        }
        let term = file("PV.pdf", FileType::Pdf).term();
        assert_eq!(term, format!("blake3:{}/12345/pdf/PV.pdf", "ab".repeat(32)));
    }

    #[test]
    fn what_is_not_written_as_this_program_writes_it_is_no_document() {
        let hash = "ab".repeat(32);
        for term in [
            String::new(),
            "une note".to_owned(),
            "javascript:alert(1)".to_owned(),
            "https://exemple .fr".to_owned(),
            format!("blake3:{hash}"),
            format!("blake3:{hash}/12345/pdf"),
            format!("blake3:{hash}/012345/pdf/PV.pdf"),
            format!("blake3:{hash}/+1/pdf/PV.pdf"),
            format!("blake3:{hash}/0/pdf/PV.pdf"),
            format!("blake3:{hash}/{}/pdf/PV.pdf", FILE_BYTES_MAX + 1),
            format!("blake3:{hash}/12345/exe/PV.exe"),
            format!("blake3:{hash}/12345/pdf/PV.exe"),
            format!("blake3:{hash}/12345/pdf/../PV.pdf"),
            format!("blake3:{}/12345/pdf/PV.pdf", "AB".repeat(32)),
            format!("blake3:{}/12345/pdf/PV.pdf", "ab".repeat(31)),
        ] {
            assert_eq!(Document::parse(&term), None, "{term}");
        }
        assert!(
            Document::parse(&format!("blake3:{hash}/{FILE_BYTES_MAX}/pdf/PV.pdf")).is_some(),
            "the largest one"
        );
    }

    #[test]
    fn a_name_is_one_line_that_leads_nowhere_and_ends_as_its_type() {
        for (called, file_type, name) in [
            ("PV.PDF", FileType::Pdf, "PV.pdf"),
            ("photo.JPEG", FileType::Jpeg, "photo.jpg"),
            ("../../etc/passwd", FileType::Txt, "passwd.txt"),
            (
                "C:\\Mes documents\\bilan.xlsx",
                FileType::Xlsx,
                "bilan.xlsx",
            ),
            ("bilan.exe", FileType::Pdf, "bilan.exe.pdf"),
            ("a\u{202E}fdp.exe", FileType::Pdf, "afdp.exe.pdf"),
            ("a\0b\n c|d.csv", FileType::Csv, "ab c d.csv"),
            ("\u{37E}", FileType::Pdf, "document.pdf"),
            ("", FileType::Png, "document.png"),
            (".pdf", FileType::Pdf, "document.pdf"),
            ("...", FileType::Pdf, "document.pdf"),
        ] {
            assert_eq!(file_name(called, file_type), name, "{called:?}");
        }
        let long = file_name(&"é".repeat(300), FileType::Pdf);
        assert!(
            long.len() <= FILE_NAME_BYTES_MAX && long.ends_with("é.pdf"),
            "{long}"
        );
    }

    #[test]
    fn no_form_asks_for_documents_and_no_kind_has_another_field_of_their_name() {
        assert!(
            KINDS
                .iter()
                .all(|kind| kind.field(DOCUMENTS.name).is_none())
        );
    }

    /// Any text, and texts of the letters and signs that names are made from with care.
    fn troublesome() -> impl Strategy<Value = String> {
        let signs = "[ a.;/|<:\\\\\u{301}\u{338}\u{37E}\u{200B}\u{202E}\u{212A}\n\0é]{0,12}(\\.pdf|\\.JPEG|\\.txt)?";
        prop_oneof![any::<String>(), signs]
    }

    proptest! {
        #[test]
        fn every_name_that_is_made_stays_as_it_is_and_reads_back(
            called in troublesome(), number in 0..FileType::ALL.len(),
        ) {
            let file_type = FileType::ALL[number];
            let name = file_name(&called, file_type);
            prop_assert_eq!(file_name(&name, file_type), name.clone());
            prop_assert!(!name.contains(['/', '\\', '\0', '\n', '|', ';']));
            let document = file(&name, file_type);
            prop_assert_eq!(Document::parse(&document.term()), Some(document));
        }

        #[test]
        fn any_term_is_read_or_left_alone(term in any::<String>()) {
            if let Some(document) = Document::parse(&term) {
                prop_assert_eq!(document.term(), term);
            }
        }
    }
}
