//! Records as a feed: Atom (RFC 4287), with what went since as deleted entries (RFC 6721).
//!
//! Every entry has a content, so that it is whole without a page to open; no value of a person is in a record, and none is in the feed.

use std::io::{self, Write};

use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::export::Reach;
use crate::export::fields::said;

/// What a feed says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// A name that is the same each time the feed is written.
    pub id: &'a str,
    /// What it is a feed of.
    pub title: &'a str,
    /// Who publishes it.
    pub author: &'a str,
    /// When the newest of it changed.
    pub updated: Timestamp,
    /// Where the pages of the node are for everybody who reads the feed, such as `https://census.example.org`.
    pub address: Option<&'a str>,
    /// The address of a page with the same records.
    pub list: Option<&'a str>,
    /// Addresses of the feed itself and of its other pages (RFC 5005), by their relation: `self`, `next`. None of a file.
    pub links: &'a [(&'static str, String)],
}

/// What the history of a record says of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dated {
    /// When it was made.
    pub published: Option<Timestamp>,
    /// When it last changed.
    pub updated: Timestamp,
    /// The organisations that wrote it.
    pub authors: Vec<String>,
}

/// A feed that is being written: what went first, or last, and entries in the order in which readers are to see them.
pub struct Atom<W: Write> {
    xml: Writer<W>,
    address: Option<String>,
    reach: Reach,
}

impl<W: Write> Atom<W> {
    /// Starts a feed.
    pub fn new(out: W, about: &About<'_>, reach: Reach) -> io::Result<Self> {
        let mut xml = Writer::new_with_indent(out, b' ', 1);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let feed = BytesStart::new("feed").with_attributes([
            ("xmlns", ATOM),
            ("xmlns:at", TOMBSTONES),
            ("xml:lang", "fr"),
        ]);
        xml.write_event(Event::Start(feed))?;
        let mut atom = Self {
            xml,
            address: about
                .address
                .map(|address| address.trim_end_matches('/').to_owned()),
            reach,
        };
        atom.text("id", about.id)?;
        atom.text("title", about.title)?;
        atom.text("updated", &instant(about.updated))?;
        atom.person(about.author)?;
        if let Some(list) = about.list {
            atom.link(list)?;
        }
        for (relation, address) in about.links {
            let element = atom.xml.create_element("link");
            let element = element.with_attributes([
                ("rel", *relation),
                ("type", "application/atom+xml"),
                ("href", address.as_str()),
            ]);
            element.write_empty()?;
        }
        let generator = atom.xml.create_element("generator");
        generator.write_text_content(BytesText::new("Maillage"))?;
        Ok(atom)
    }

    /// Says where the records come from, and under what they may be used.
    pub fn rights(&mut self, sources: &[String]) -> io::Result<()> {
        match sources.is_empty() {
            true => Ok(()),
            false => self.text("rights", &clean(&sources.join(" ; "))),
        }
    }

    /// Writes one record.
    pub fn record(&mut self, view: &RecordView, dated: &Dated) -> io::Result<()> {
        let kind = Kind::parse(view.kind());
        let reach = self.reach;
        let text = |name: &str| {
            let field = kind.and_then(|kind| kind.field(name));
            let is_shown = reach == Reach::Partners || field.is_some_and(|field| field.is_public);
            let held = Some(name).filter(|_| is_shown)?;
            let text = clean(&said(field.map(|field| &field.shape), view.field(held)?));
            Some(text).filter(|text| !text.trim().is_empty())
        };
        self.xml
            .write_event(Event::Start(BytesStart::new("entry")))?;
        self.text("id", &view.record.urn())?;
        let title = text("name").unwrap_or_else(|| "Fiche sans nom".to_owned());
        self.text("title", &title)?;
        self.text("updated", &instant(dated.updated))?;
        if let Some(published) = dated.published {
            self.text("published", &instant(published.min(dated.updated)))?;
        }
        for author in &dated.authors {
            self.person(author)?;
        }
        if let Some(address) = self.address.clone() {
            self.link(&format!("{address}/fiches/{}", view.record))?;
        }
        if let Some(kind) = kind {
            self.category(KINDS_SCHEME, kind.code, kind.wording.fr)?;
        }
        for (code, label) in themes(kind, view) {
            self.category(THEMES_SCHEME, &code, &label)?;
        }
        let (summary, description) = (text("summary"), text("description"));
        if let (Some(summary), Some(_)) = (&summary, &description) {
            self.text("summary", summary)?;
        }
        let content = description.or(summary).unwrap_or(title);
        let element = self.xml.create_element("content");
        let element = element.with_attribute(("type", "text"));
        element.write_text_content(BytesText::new(&content))?;
        self.xml.write_event(Event::End(BytesEnd::new("entry")))
    }

    /// Says that a record is not in the feed any more: readers that hold it let it go.
    pub fn deleted(&mut self, record: &RecordId, at: Timestamp) -> io::Result<()> {
        let (urn, at) = (record.urn(), instant(at));
        let element = self.xml.create_element("at:deleted-entry");
        let element = element.with_attributes([("ref", urn.as_str()), ("when", at.as_str())]);
        element.write_empty()?;
        Ok(())
    }

    /// Ends the feed and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.xml.write_event(Event::End(BytesEnd::new("feed")))?;
        let mut out = self.xml.into_inner();
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(out)
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        let text = clean(text);
        let element = self.xml.create_element(name);
        element.write_text_content(BytesText::new(&text))?;
        Ok(())
    }

    fn person(&mut self, name: &str) -> io::Result<()> {
        self.xml
            .write_event(Event::Start(BytesStart::new("author")))?;
        self.text("name", name)?;
        self.xml.write_event(Event::End(BytesEnd::new("author")))
    }

    fn link(&mut self, address: &str) -> io::Result<()> {
        let element = self.xml.create_element("link");
        let element = element.with_attributes([("rel", "alternate"), ("href", address)]);
        element.write_empty()?;
        Ok(())
    }

    fn category(&mut self, scheme: &str, term: &str, label: &str) -> io::Result<()> {
        let (term, label) = (clean(term), clean(label));
        let element = self.xml.create_element("category");
        let element = element.with_attributes([
            ("scheme", scheme),
            ("term", term.as_str()),
            ("label", label.as_str()),
        ]);
        element.write_empty()?;
        Ok(())
    }
}

/// The themes by code and in French words; a term that is not ours by its code.
fn themes(kind: Option<&Kind>, view: &RecordView) -> Vec<(String, String)> {
    let shape = kind.and_then(|kind| kind.field("themes"));
    let vocabulary = shape.and_then(|field| match &field.shape {
        Shape::Terms(vocabulary) => Some(*vocabulary),
        _ => None,
    });
    let word = |code: &String| {
        let term = vocabulary.and_then(|vocabulary| vocabulary.term(code));
        let label = term.map_or(code.as_str(), |term| term.wording.fr);
        (code.clone(), label.to_owned())
    };
    let held = view.field("themes").map(|held| held.terms.keys());
    held.into_iter().flatten().map(word).collect()
}

/// Leaves out what no XML may hold (XML 1.0, 2.2), even escaped.
fn clean(text: &str) -> String {
    let is_allowed = |letter: &char| match *letter {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        letter => letter >= ' ',
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(is_allowed).collect()
}

/// Writes an instant of RFC 3339 in UTC; outside the years 0 to 9999, the beginning of the epoch.
fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    let text = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match text.len() {
        20 => text,
        _ => "1970-01-01T00:00:00Z".to_owned(),
    }
}

const ATOM: &str = "http://www.w3.org/2005/Atom";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
const KINDS_SCHEME: &str = "urn:maillage:kind";
const THEMES_SCHEME: &str = "urn:maillage:themes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_xml_may_hold_is_left_out_and_the_rest_stays() {
        assert_eq!(
            clean("a\u{0}b\u{1b}\u{fffe}c\r\nd\re\tf — <&>"),
            "abc\nd\ne\tf — <&>"
        );
    }

    #[test]
    fn instants_are_whole_seconds_of_this_calendar() {
        let at = |millis| instant(Timestamp::from_millis(millis));
        assert_eq!(at(1_795_694_400_123), "2026-11-26T12:00:00Z");
        assert_eq!(at(i64::MAX), "1970-01-01T00:00:00Z");
        assert_eq!(at(-1), "1969-12-31T23:59:59Z");
    }
}
