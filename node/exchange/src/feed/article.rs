//! One article: what Atom and RSS say of it, as the cells of a row.

use std::io::Read;

use jiff::civil::Date;
use url::Url;

use crate::report::Unreadable;
use crate::table::{CELL_BYTES_MAX, ROWS_MAX};
use crate::text::{Encoding, plain, plain_if_html, push_escaped};

use super::stream::EVENT_BYTES_MAX;
use super::xml::{Element, Space, Token, Xml};

/// The columns that an article may fill, in their order.
pub(super) const COLUMNS: [&str; 8] = [
    "entry.id",
    "entry.title",
    "entry.link",
    "entry.published",
    "entry.summary",
    "entry.content",
    "entry.category",
    "entry.author",
];
const ID: usize = 0;
const TITLE: usize = 1;
const LINK: usize = 2;
const PUBLISHED: usize = 3;
const SUMMARY: usize = 4;
const CONTENT: usize = 5;
const CATEGORY: usize = 6;
const AUTHOR: usize = 7;

/// The columns by which a table is known to be a feed, even when no article fills them.
pub(super) const ALWAYS: [usize; 2] = [ID, TITLE];

/// An article that was read whole.
#[derive(Default)]
pub(super) struct Article {
    pub(super) line: u64,
    pub(super) cells: [String; COLUMNS.len()],
    /// The first column whose text no cell can hold.
    pub(super) too_long: Option<usize>,
    /// Its link leads nowhere without an address that the feed does not give.
    pub(super) has_lost_link: bool,
    updated: String,
    /// The id is an address, too (RSS).
    is_permanent: bool,
}

/// The articles of a file, one after another.
pub(super) struct Articles<R: Read> {
    pub(super) xml: Xml<R>,
    is_rss: bool,
    /// For each open element, the address that its links start from.
    bases: Vec<Option<Url>>,
    pub(super) began: u64,
    count: u64,
    /// Articles that the source has taken back: how many, and the line of the first.
    pub(super) deleted: Option<(u64, u64)>,
    /// Elements that are not read.
    pub(super) left_out: std::collections::BTreeSet<String>,
}

/// An element of an article whose text is gathered.
struct Gathered {
    into: Slot,
    form: Form,
    text: String,
    is_cut: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Slot {
    Column(usize),
    /// An author of Atom: only the name inside counts.
    Person,
    Updated,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Form {
    Html,
    /// HTML or not: nobody knows.
    Guessed,
    Plain,
    Xhtml,
}

impl<R: Read> Articles<R> {
    /// Reads the first element, which says what the file is.
    pub(super) fn open(source: R, encoding: Encoding) -> Result<Self, Unreadable> {
        let mut xml = Xml::new(source, encoding);
        let root = loop {
            match xml.next()? {
                Token::Start(root) => break root,
                Token::Text(_) => {}
                Token::End(_) | Token::Done => {
                    return Err(Unreadable::NotAFeed {
                        found: String::new(),
                    });
                }
            }
        };
        let is_rss = match (root.space, root.name.as_str()) {
            (Space::Atom, "feed") => false,
            (Space::Plain, "rss") | (Space::Rdf, "RDF") => true,
            _ => {
                let name: String = root.written.chars().take(NAME_SHOWN).collect();
                let found = format!(" (son premier élément est « {name} »)");
                return Err(Unreadable::NotAFeed { found });
            }
        };
        let mut articles = Self {
            xml,
            is_rss,
            bases: Vec::new(),
            began: 1,
            count: 0,
            deleted: None,
            left_out: std::collections::BTreeSet::new(),
        };
        articles.enter(&root);
        Ok(articles)
    }

    pub(super) fn next(&mut self) -> Result<Option<Article>, Unreadable> {
        loop {
            match self.xml.next()? {
                Token::Start(element) => {
                    self.enter(&element);
                    match (element.space, element.name.as_str()) {
                        (Space::Atom, "entry") if !self.is_rss => {
                            return self.article(&element).map(Some);
                        }
                        (Space::Plain, "item") if self.is_rss => {
                            return self.article(&element).map(Some);
                        }
                        (Space::Tombstone, "deleted-entry") => {
                            let (count, line) = self.deleted.unwrap_or((0, element.line));
                            self.deleted = Some((count + 1, line));
                        }
                        _ => {}
                    }
                }
                Token::End(_) => self.leave(),
                Token::Text(_) => {}
                Token::Done => return Ok(None),
            }
        }
    }

    fn article(&mut self, start: &Element) -> Result<Article, Unreadable> {
        self.count += 1;
        if self.count > ROWS_MAX {
            let what = "articles";
            return Err(Unreadable::EntriesTooMany {
                what,
                max: ROWS_MAX,
            });
        }
        self.began = start.line;
        let mut article = Article {
            line: start.line,
            ..Article::default()
        };
        if let Some(about) = start.attribute("rdf:about") {
            about.clone_into(&mut article.cells[ID]);
        }
        let around = self.xml.depth;
        let mut gathered: Option<Gathered> = None;
        loop {
            match self.xml.next()? {
                Token::Start(element) => {
                    self.enter(&element);
                    if self.xml.depth == around + 1 {
                        gathered = self.begin(&element, &mut article);
                    } else if let Some(gathered) = &mut gathered {
                        gathered.inner(&element.name, true);
                    }
                }
                Token::Text(text) => {
                    if let Some(gathered) = &mut gathered {
                        gathered.push(&text);
                    }
                }
                Token::End(name) => {
                    self.leave();
                    if self.xml.depth < around {
                        article.finish();
                        return Ok(article);
                    }
                    if self.xml.depth > around {
                        if let Some(gathered) = &mut gathered {
                            gathered.inner(&name, false);
                        }
                    } else if let Some(gathered) = gathered.take() {
                        let base = self.base();
                        article.take(gathered, base);
                    }
                }
                Token::Done => return Ok(article),
            }
        }
    }

    /// Begins an element of an article; nothing when its text is not wanted.
    fn begin(&mut self, element: &Element, article: &mut Article) -> Option<Gathered> {
        let of_atom = |element: &Element| match element.attribute("type") {
            None | Some("text" | "text/plain") => Some(Form::Plain),
            Some("html" | "text/html") => Some(Form::Html),
            Some("xhtml" | "application/xhtml+xml") => Some(Form::Xhtml),
            // A file inside the feed.
            Some(_) => None,
        };
        let column = |column, form| Some((Slot::Column(column), form));
        let wanted = match (element.space, element.name.as_str()) {
            (Space::Atom, "link") => {
                if let Some(href) = link_of(element) {
                    article.link(href, self.base());
                }
                return None;
            }
            (Space::Atom, "category") => {
                let label = element.attribute("label").filter(|label| !label.is_empty());
                article.category(label.or(element.attribute("term")).unwrap_or_default());
                return None;
            }
            (Space::Atom, "id") => column(ID, Form::Plain),
            (Space::Atom, "title") => of_atom(element).and_then(|form| column(TITLE, form)),
            (Space::Atom, "summary") => of_atom(element).and_then(|form| column(SUMMARY, form)),
            (Space::Atom, "content") => of_atom(element).and_then(|form| column(CONTENT, form)),
            (Space::Atom, "published") => column(PUBLISHED, Form::Plain),
            (Space::Atom, "updated") => Some((Slot::Updated, Form::Plain)),
            (Space::Atom, "author" | "contributor") => Some((Slot::Person, Form::Plain)),
            (Space::Plain, "guid") => {
                article.is_permanent = element.attribute("isPermaLink") != Some("false");
                column(ID, Form::Plain)
            }
            (Space::Plain, "title") => column(TITLE, Form::Guessed),
            (Space::Plain, "link") => column(LINK, Form::Plain),
            (Space::Plain, "pubDate") | (Space::Dublin, "date") => column(PUBLISHED, Form::Plain),
            (Space::Plain, "description") => column(SUMMARY, Form::Guessed),
            (Space::Content, "encoded") => column(CONTENT, Form::Html),
            (Space::Plain, "category") | (Space::Dublin, "subject") => {
                column(CATEGORY, Form::Plain)
            }
            (Space::Plain, "author") | (Space::Dublin, "creator" | "contributor") => {
                column(AUTHOR, Form::Plain)
            }
            _ => None,
        };
        if wanted.is_none() && self.left_out.len() < NAMES_MAX {
            let name = element.written.chars().take(NAME_SHOWN);
            self.left_out.insert(name.collect());
        }
        wanted.map(|(into, form)| Gathered {
            into,
            form,
            text: String::new(),
            is_cut: false,
        })
    }

    /// An element may say from which address its links start (`xml:base`).
    fn enter(&mut self, element: &Element) {
        let said = element.attribute("xml:base");
        let said = said.filter(|said| said.len() <= LINK_BYTES_MAX);
        let base = said.and_then(|said| match self.base() {
            Some(base) => base.join(said).ok(),
            None => Url::parse(said).ok(),
        });
        self.bases.push(base);
    }

    fn leave(&mut self) {
        self.bases.pop();
    }

    fn base(&self) -> Option<&Url> {
        self.bases.iter().rev().flatten().next()
    }
}

/// Returns where a link of Atom leads when it is that of the article itself.
fn link_of(element: &Element) -> Option<&str> {
    let is_it = matches!(element.attribute("rel"), None | Some("alternate"));
    element.attribute("href").filter(|_| is_it)
}

impl Gathered {
    fn push(&mut self, text: &str) {
        let is_escaped = self.form == Form::Xhtml;
        let is_name = self.into != Slot::Person || !self.text.is_empty();
        if !is_name {
            return;
        }
        if self.text.len() + text.len() > EVENT_BYTES_MAX {
            self.is_cut = true;
        } else if is_escaped {
            push_escaped(&mut self.text, text);
        } else {
            self.text.push_str(text);
        }
    }

    /// A tag inside: a text of Atom may be made of them, and a person has a name.
    fn inner(&mut self, name: &str, is_start: bool) {
        match (self.into, self.form) {
            (Slot::Person, _) if name == "name" && is_start => self.text = " ".to_owned(),
            (Slot::Person, _) if name == "name" => self.into = Slot::Column(AUTHOR),
            (_, Form::Xhtml) if self.text.len() < EVENT_BYTES_MAX => {
                let sign = if is_start { "<" } else { "</" };
                self.text.push_str(&format!("{sign}{name}>"));
            }
            _ => {}
        }
    }
}

impl Article {
    fn take(&mut self, gathered: Gathered, base: Option<&Url>) {
        let text = match gathered.form {
            Form::Html | Form::Xhtml => plain(&gathered.text),
            Form::Guessed => plain_if_html(&gathered.text),
            Form::Plain => gathered.text,
        };
        let text = text.trim();
        let column = match gathered.into {
            Slot::Column(column) => column,
            Slot::Updated => {
                text.clone_into(&mut self.updated);
                return;
            }
            Slot::Person => return,
        };
        if gathered.is_cut || text.len() > CELL_BYTES_MAX {
            self.too_long.get_or_insert(column);
            return;
        }
        match column {
            CATEGORY => self.category(text),
            LINK => self.link(text, base),
            TITLE => self.first(
                TITLE,
                &text.split_whitespace().collect::<Vec<_>>().join(" "),
            ),
            // The identifier of the article is surer than the address that it is described by.
            ID => text.clone_into(&mut self.cells[ID]),
            AUTHOR => {
                let all = &mut self.cells[AUTHOR];
                if all.len() + text.len() < CELL_BYTES_MAX {
                    let between = if all.is_empty() { "" } else { "|" };
                    *all = format!("{all}{between}{text}");
                }
            }
            _ => self.first(column, text),
        }
    }

    fn first(&mut self, column: usize, text: &str) {
        if self.cells[column].is_empty() {
            text.clone_into(&mut self.cells[column]);
        }
    }

    fn category(&mut self, text: &str) {
        let all = &mut self.cells[CATEGORY];
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        if all.len() + text.len() >= CELL_BYTES_MAX {
            self.too_long.get_or_insert(CATEGORY);
            return;
        }
        let between = if all.is_empty() { "" } else { "|" };
        *all = format!("{all}{between}{}", text.replace('|', "/"));
    }

    fn link(&mut self, href: &str, base: Option<&Url>) {
        let href = href.trim();
        if href.is_empty() || !self.cells[LINK].is_empty() {
            return;
        }
        match (Url::parse(href), base) {
            (Ok(_), _) => href.clone_into(&mut self.cells[LINK]),
            (Err(_), Some(base)) => match base.join(href) {
                Ok(link) => self.cells[LINK] = link.to_string(),
                Err(_) => self.has_lost_link = true,
            },
            (Err(_), None) => self.has_lost_link = true,
        }
    }

    /// Puts right what depends on several elements.
    fn finish(&mut self) {
        let is_page = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        if self.cells[LINK].is_empty() && self.is_permanent && is_page(&self.cells[ID]) {
            self.cells[LINK] = self.cells[ID].clone();
        }
        if self.cells[ID].is_empty() {
            self.cells[ID] = self.cells[LINK].clone();
        }
        if self.cells[PUBLISHED].is_empty() {
            self.cells[PUBLISHED] = std::mem::take(&mut self.updated);
        }
        let day = day(&self.cells[PUBLISHED]);
        if let Some(day) = day {
            self.cells[PUBLISHED] = day.to_string();
        }
        if self.cells[CONTENT].is_empty() && self.cells[SUMMARY].len() > SUMMARY_BYTES_MAX {
            self.cells[CONTENT] = std::mem::take(&mut self.cells[SUMMARY]);
        }
    }
}

/// Reads the day of a date of either format, where its author was.
fn day(text: &str) -> Option<Date> {
    let of_atom = || text.get(..10)?.parse().ok();
    let of_rss = || jiff::fmt::rfc2822::parse(text).ok().map(|at| at.date());
    of_atom().or_else(of_rss)
}

/// A summary is a sentence or two: a longer text is the article itself.
const SUMMARY_BYTES_MAX: usize = 1024;

/// The longest address that a link may start from.
const LINK_BYTES_MAX: usize = 2048;

/// Names that one sentence can show.
const NAMES_MAX: usize = 30;

/// What is shown of a name.
const NAME_SHOWN: usize = 40;
