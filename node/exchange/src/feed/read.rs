//! The articles of a feed, as a table gives them.
//!
//! The file is read twice: once to know that it is whole and which columns its articles fill, once to give the rows.

use std::io::{Read, Seek, SeekFrom};

use crate::report::{Problem, Unreadable};
use crate::table::{Cleaner, Column, Row, Shown, Source, next_of};
use crate::text::{Encoding, Fault, Text};

use super::article::{ALWAYS, Articles, COLUMNS};

/// Says whether a text starts as a feed may do.
pub(crate) fn looks_like<R: Read + Seek>(
    source: &mut R,
    encoding: Encoding,
) -> Result<bool, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut block = String::new();
    match Text::new(source, encoding).fill(&mut block) {
        Ok(_) => {
            let start = block.trim_start().chars().take(10);
            let start = start.collect::<String>().to_ascii_lowercase();
            Ok(STARTS.iter().any(|known| start.starts_with(known)))
        }
        Err(Fault::Io(error)) => Err(error.into()),
        Err(Fault::Malformed) => Ok(false),
    }
}

const STARTS: &[&str] = &["<!--", "<!doctype", "<?xml", "<feed", "<rdf:rdf", "<rss"];

/// The rows of a feed.
pub(crate) struct Rows {
    articles: Articles<Box<dyn Source>>,
    /// The columns that the table has.
    shown: Shown,
    ended: bool,
}

impl Rows {
    /// Reads the file once, and stands before the first article.
    pub(crate) fn open(
        mut source: Box<dyn Source>,
        encoding: Encoding,
        cleaner: &mut Cleaner,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        cleaner.has_guards = false;
        source.seek(SeekFrom::Start(0))?;
        let mut articles = Articles::open(source, encoding)?;
        let mut filled = [false; COLUMNS.len()];
        let mut lost_links = (0, 0);
        while let Some(article) = articles.next()? {
            for (filled, cell) in filled.iter_mut().zip(&article.cells) {
                *filled |= !cell.is_empty();
            }
            if let Some(column) = article.too_long {
                filled[column] = true;
            }
            if article.has_lost_link {
                lost_links.1 = if lost_links.0 == 0 {
                    article.line
                } else {
                    lost_links.1
                };
                lost_links.0 += 1;
            }
        }
        let notices = &mut cleaner.notices;
        say(&articles, encoding, lost_links, notices);
        let (columns, shown) = Shown::of(&COLUMNS, &ALWAYS, &filled, notices)?;
        let mut source = articles.xml.into_source();
        source.seek(SeekFrom::Start(0))?;
        let rows = Self {
            articles: Articles::open(source, encoding)?,
            shown,
            ended: false,
        };
        Ok((columns, rows))
    }

    pub(crate) fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        if self.ended {
            return None;
        }
        let met = self.articles.next();
        let article = next_of(met, self.articles.began, &mut self.ended)?;
        Some(article.and_then(|mut article| {
            let cells = (&mut article.cells[..], article.too_long);
            self.shown.row(article.line, cells, columns, cleaner)
        }))
    }
}

fn say<R: Read>(
    articles: &Articles<R>,
    encoding: Encoding,
    (lost_links, first_lost): (u64, u64),
    notices: &mut Vec<Problem>,
) {
    let mut say = |line, value: &str, code, reason: String| {
        notices.push(Problem::of_row(line, value, code, reason));
    };
    let declared = articles.xml.declared().unwrap_or("UTF-8");
    if !is_that(declared, encoding) {
        let reason = format!(
            "Ce flux est annoncé en « {declared} », et lu en {encoding}. Vérifiez les accents."
        );
        say(1, declared, "feed_encoding", reason);
    }
    if let Some((count, line)) = articles.deleted {
        let reason = format!(
            "{count} article(s) ont été retirés par la source (at:deleted-entry), le premier ligne {line} : rien n'est importé ni retiré. Regardez si leurs fiches ont encore lieu d'être."
        );
        say(line, "", "entry_deleted", reason);
    }
    if lost_links > 0 {
        let reason = format!(
            "{lost_links} article(s) ont un lien sans adresse de départ, le premier ligne {first_lost} : il n'est pas repris."
        );
        say(first_lost, "", "link_relative", reason);
    }
    if !articles.left_out.is_empty() {
        let names: Vec<_> = articles.left_out.iter().map(String::as_str).collect();
        let reason = format!("Éléments qui ne sont pas repris : {}.", names.join(", "));
        say(1, "", "elements_left_out", reason);
    }
}

/// Tells whether a declared name is that of the encoding which the bytes have.
fn is_that(declared: &str, encoding: Encoding) -> bool {
    let declared = declared.to_ascii_lowercase();
    match encoding {
        Encoding::Utf8 => matches!(declared.as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii"),
        Encoding::Windows1252 => {
            matches!(declared.as_str(), "windows-1252" | "iso-8859-1" | "latin1")
        }
        Encoding::Utf16Be | Encoding::Utf16Le => declared.starts_with("utf-16"),
        Encoding::MacRoman => matches!(declared.as_str(), "macintosh" | "macroman"),
    }
}
