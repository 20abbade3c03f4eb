//! The tags and texts of a feed, within limits.

use std::io::Read;

use quick_xml::errors::Error;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::report::Unreadable;
use crate::text::Encoding;

use super::stream::Stream;

/// One tag after another.
pub(super) struct Xml<R: Read> {
    reader: NsReader<Stream<R>>,
    buffer: Vec<u8>,
    /// How many elements are open.
    pub(super) depth: usize,
    has_root: bool,
}

/// What the parser met.
pub(super) enum Token {
    Start(Element),
    /// The end of an element, with its name.
    End(String),
    Text(String),
    /// The end of the file.
    Done,
}

/// The start of an element.
pub(super) struct Element {
    pub(super) space: Space,
    /// Its name without prefix.
    pub(super) name: String,
    /// Its name as written.
    pub(super) written: String,
    attributes: Vec<(String, String)>,
    pub(super) line: u64,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        let found = all.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Whose word the name of an element is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Space {
    Atom,
    /// The module of RSS for whole articles.
    Content,
    /// Dublin Core.
    Dublin,
    Other,
    /// RSS of any version.
    Plain,
    Rdf,
    /// RFC 6721.
    Tombstone,
}

impl<R: Read> Xml<R> {
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        let mut reader = NsReader::from_reader(Stream::new(source, encoding));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            has_root: false,
        }
    }

    pub(super) fn into_source(self) -> R {
        self.reader.into_inner().into_source()
    }

    pub(super) fn line(&self) -> u64 {
        self.reader.get_ref().line
    }

    pub(super) fn declared(&self) -> Option<&str> {
        self.reader.get_ref().declared.as_deref()
    }

    pub(super) fn next(&mut self) -> Result<Token, Unreadable> {
        loop {
            if let Some(token) = self.step()? {
                return Ok(token);
            }
        }
    }

    /// Reads one event; nothing when it says nothing.
    fn step(&mut self) -> Result<Option<Token>, Unreadable> {
        self.buffer.clear();
        self.reader.get_mut().mark();
        let line = self.line();
        let (space, event) = match self.reader.read_resolved_event_into(&mut self.buffer) {
            Ok((resolved, event)) => (space(&resolved), event),
            Err(error) => {
                let fault = self.reader.get_mut().fault.take();
                return Err(fault.unwrap_or_else(|| invalid(line, said(&error))));
            }
        };
        let token = match event {
            Event::Start(start) | Event::Empty(start) => {
                let element = element(&start, space, line)?;
                if self.depth == DEPTH_MAX {
                    let max = DEPTH_MAX;
                    return Err(Unreadable::XmlTooDeep { line, max });
                }
                if self.depth == 0 && self.has_root {
                    return Err(invalid(line, "un élément suit la fin du flux".to_owned()));
                }
                self.has_root = true;
                self.depth += 1;
                Token::Start(element)
            }
            Event::End(end) => {
                // The parser has compared the names already.
                self.depth = self.depth.saturating_sub(1);
                Token::End(end.local_name().as_ref().to_owned())
            }
            Event::Text(text) => Token::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Token::Text(text.xml10_content().into_owned()),
            Event::GeneralRef(entity) => Token::Text(letter(&entity, line)?.to_string()),
            Event::DocType(_) => return Err(Unreadable::XmlDoctype { line }),
            Event::Decl(_) => return Err(invalid(line, "déclaration au milieu".to_owned())),
            Event::Comment(_) | Event::PI(_) => return Ok(None),
            Event::Eof if self.depth > 0 || !self.has_root => {
                return Err(invalid(line, "la fin manque".to_owned()));
            }
            Event::Eof => Token::Done,
        };
        Ok(Some(token))
    }
}

fn element(start: &BytesStart<'_>, space: Space, line: u64) -> Result<Element, Unreadable> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| invalid(line, error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| invalid(line, error.to_string()))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element {
        space,
        name: start.local_name().as_ref().to_owned(),
        written: start.name().as_ref().to_owned(),
        attributes,
        line,
    })
}

/// Resolves an entity: those of XML and numbers only, so that nothing grows.
fn letter(entity: &BytesRef<'_>, line: u64) -> Result<char, Unreadable> {
    let unknown = || {
        let name: String = entity.chars().take(ENTITY_SHOWN).collect();
        invalid(line, format!("l'entité « &{name}; » n'est pas définie"))
    };
    match entity.as_ref() {
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "gt" => Ok('>'),
        "lt" => Ok('<'),
        "quot" => Ok('"'),
        _ => match entity.resolve_char_ref() {
            Ok(Some(letter)) => Ok(letter),
            Ok(None) | Err(_) => Err(unknown()),
        },
    }
}

fn space(resolved: &ResolveResult<'_>) -> Space {
    match resolved {
        ResolveResult::Unbound => Space::Plain,
        ResolveResult::Unknown(_) => Space::Other,
        ResolveResult::Bound(namespace) => match namespace.0 {
            "http://www.w3.org/2005/Atom" => Space::Atom,
            "http://purl.org/rss/1.0/" | "http://backend.userland.com/rss2" => Space::Plain,
            "http://purl.org/rss/1.0/modules/content/" => Space::Content,
            "http://purl.org/dc/elements/1.1/" => Space::Dublin,
            "http://purl.org/atompub/tombstones/1.0" => Space::Tombstone,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Space::Rdf,
            _ => Space::Other,
        },
    }
}

fn said(error: &Error) -> String {
    match error {
        Error::IllFormed(_) => "une balise manque, ou se ferme sans être ouverte".to_owned(),
        other => other.to_string(),
    }
}

fn invalid(line: u64, detail: String) -> Unreadable {
    Unreadable::XmlInvalid { line, detail }
}

/// Feeds hold articles, and articles a text: the design's number, three times what the deepest need.
pub(super) const DEPTH_MAX: usize = 32;

/// What is shown of an entity that is none.
const ENTITY_SHOWN: usize = 20;
