//! Where the list of objects is in a JSON file.

use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;

use crate::json::cursor::{Cursor, Kept};
use crate::report::Unreadable;
use crate::text::{Encoding, Fault, Text};

/// Where the objects are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// The file is the list.
    List,
    /// The file is an object, and this key holds the list.
    ListOf(String),
    /// The same in a GeoJSON: the list is that of its features.
    Features,
    /// One object after another.
    Lines,
}

/// Says whether a text starts as JSON does.
pub(crate) fn looks_like<R: Read + Seek>(
    source: &mut R,
    encoding: Encoding,
) -> Result<bool, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut block = String::new();
    match Text::new(source, encoding).fill(&mut block) {
        Ok(_) => Ok(block.trim_start().starts_with(['{', '['])),
        Err(Fault::Io(error)) => Err(error.into()),
        Err(Fault::Malformed) => Ok(false),
    }
}

/// Walks through the file once and says where its list is.
pub(crate) fn shape<R: Read + Seek>(
    source: &mut R,
    encoding: Encoding,
    chosen: Option<&str>,
    lines: bool,
) -> Result<Shape, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut cursor = Cursor::new(source, encoding);
    match cursor.peek()? {
        None => Err(Unreadable::Empty),
        Some(b'[') if !lines => Ok(Shape::List),
        Some(b'{') if lines => Ok(Shape::Lines),
        Some(b'{') => {
            let members = Members::walk(&mut cursor)?;
            match cursor.peek()? {
                None => members.list(chosen),
                Some(b'{') => Ok(Shape::Lines),
                Some(_) => Err(cursor.invalid("du texte suit la fin de l'objet")),
            }
        }
        Some(_) => Err(Unreadable::NotATable),
    }
}

/// What the outer object holds, as far as it matters.
#[derive(Default)]
struct Members {
    /// Keys whose value is a list, and whether that list starts with an object.
    lists: Vec<(String, bool)>,
    kind: String,
    crs: Option<String>,
}

impl Members {
    fn walk<R: Read>(cursor: &mut Cursor<R>) -> Result<Self, Unreadable> {
        let mut members = Self::default();
        let (mut key, mut value) = (Kept::up_to(KEY_BYTES_MAX), Kept::up_to(MEMBER_BYTES_MAX));
        cursor.takes(b'{')?;
        while next_key(cursor, &mut key)? {
            let name = key_text(&key);
            value.clear();
            if cursor.takes(b'[')? {
                let of_objects = cursor.peek()? == Some(b'{');
                if members.lists.len() < LISTS_MAX {
                    members.lists.push((name, of_objects));
                }
                cursor.rest_of_value(1, &mut vec![b'['], &mut value)?;
                continue;
            }
            cursor.value(1, &mut value)?;
            match name.as_str() {
                "type" => members.kind = serde_json::from_slice(&value.bytes).unwrap_or_default(),
                "crs" => members.crs = crs_name(&value),
                _ => {}
            }
        }
        Ok(members)
    }

    fn list(self, chosen: Option<&str>) -> Result<Shape, Unreadable> {
        let has = |name: &str| self.lists.iter().any(|(key, _)| key == name);
        if let Some(name) = chosen {
            return if has(name) {
                Ok(Shape::ListOf(name.to_owned()))
            } else {
                let present = names(self.lists.iter().map(|(key, _)| key));
                Err(Unreadable::ListAbsent {
                    name: name.to_owned(),
                    present,
                })
            };
        }
        if has("features") {
            if let (true, Some(name)) = (self.kind == "FeatureCollection", self.crs) {
                return Err(Unreadable::CrsUnsupported { name });
            }
            return Ok(Shape::Features);
        }
        if let Some(name) = ["data", "results"].into_iter().find(|name| has(name)) {
            return Ok(Shape::ListOf(name.to_owned()));
        }
        let of_objects: Vec<_> = self
            .lists
            .iter()
            .filter(|(_, of_objects)| *of_objects)
            .map(|(key, _)| key)
            .collect();
        match of_objects.as_slice() {
            [] => Err(Unreadable::NotATable),
            [only] => Ok(Shape::ListOf((*only).clone())),
            several => Err(Unreadable::ListsSeveral {
                names: names(several.iter().copied()),
            }),
        }
    }
}

/// Takes the key of the next member with its colon; false after the closing brace.
pub(crate) fn next_key<R: Read>(
    cursor: &mut Cursor<R>,
    key: &mut Kept,
) -> Result<bool, Unreadable> {
    let first = key.bytes.is_empty();
    if cursor.takes(b'}')? {
        return Ok(false);
    }
    if !first && !cursor.takes(b',')? {
        return Err(cursor.invalid("une virgule manque"));
    }
    if cursor.peek()? != Some(b'"') {
        return Err(cursor.invalid("un nom entre guillemets manque"));
    }
    key.clear();
    cursor.string(key)?;
    if !cursor.takes(b':')? {
        return Err(cursor.invalid("deux-points manquent après un nom"));
    }
    Ok(true)
}

/// Returns the text of a key; one that is too long to be kept is none that we know.
pub(crate) fn key_text(key: &Kept) -> String {
    serde_json::from_slice(&key.bytes).unwrap_or_default()
}

fn names<'a>(keys: impl Iterator<Item = &'a String>) -> String {
    let mut shown: Vec<_> = keys.map(String::as_str).collect();
    if shown.is_empty() {
        return "aucune".to_owned();
    }
    if shown.len() > NAMES_SHOWN {
        shown.truncate(NAMES_SHOWN);
        shown.push("…");
    }
    shown.join(", ")
}

/// Returns the name of a reference system other than longitude and latitude in WGS 84.
fn crs_name(value: &Kept) -> Option<String> {
    let crs: Value = serde_json::from_slice(&value.bytes).unwrap_or_default();
    if crs.is_null() && !value.overflowed {
        return None;
    }
    let name = crs["properties"]["name"].as_str().unwrap_or("inconnu");
    let last = name.rsplit([':', '/']).next().unwrap_or(name);
    (!matches!(last, "CRS84" | "4326")).then(|| name.to_owned())
}

/// A key longer than this names nothing that we look for.
pub(crate) const KEY_BYTES_MAX: usize = 1024;

/// `crs` and `type` are far shorter; other members are only walked through.
const MEMBER_BYTES_MAX: usize = 4096;

/// An object with more lists than this is refused anyway: they only have to be several.
const LISTS_MAX: usize = 1000;

/// What fits in one sentence.
const NAMES_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn found(text: &str) -> Result<Shape, Unreadable> {
        shape(
            &mut io::Cursor::new(text.as_bytes()),
            Encoding::Utf8,
            None,
            false,
        )
    }

    #[test]
    fn each_shape_is_recognised() {
        let list = |name: &str| Shape::ListOf(name.to_owned());
        let cases = [
            (" [{}]", Shape::List),
            ("{\"a\":1}\n{\"a\":2}", Shape::Lines),
            (r#"{"total":2,"data":[]}"#, list("data")),
            (r#"{"other":[{}],"results":[{}]}"#, list("results")),
            (r#"{"n":1,"tags":["x"],"lieux":[{}]}"#, list("lieux")),
            (
                r#"{"type":"FeatureCollection","features":[]}"#,
                Shape::Features,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_table_is_refused_by_its_reason() {
        let cases = [
            ("  ", "empty"),
            ("12", "not_a_table"),
            (r#"{"nom":"x","tags":["a"]}"#, "not_a_table"),
            (r#"{"a":[{}],"b":[{}]}"#, "lists_several"),
            (r#"{"a":[{}]} x"#, "json_invalid"),
            (r#"{"a" [{}]}"#, "json_invalid"),
            (r#"{"a":1 "b":2}"#, "json_invalid"),
            (r#"{"a":[{}"#, "json_invalid"),
            (
                r#"{"type":"FeatureCollection","features":[],"crs":{"properties":{"name":"EPSG:2154"}}}"#,
                "crs_unsupported",
            ),
        ];
        for (text, code) in cases {
            assert_eq!(found(text).expect_err(text).code(), code, "{text}");
        }
    }

    #[test]
    fn longitude_and_latitude_are_accepted_under_their_names() {
        for name in [
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "urn:ogc:def:crs:EPSG::4326",
            "EPSG:4326",
        ] {
            let text = format!(
                r#"{{"type":"FeatureCollection","crs":{{"properties":{{"name":"{name}"}}}},"features":[]}}"#
            );
            assert_eq!(found(&text).expect(name), Shape::Features);
        }
    }

    #[test]
    fn a_person_may_name_the_list() {
        let text = r#"{"a":[{}],"b":[{}]}"#;
        let ask = |name| {
            shape(
                &mut io::Cursor::new(text),
                Encoding::Utf8,
                Some(name),
                false,
            )
        };
        assert_eq!(ask("b").expect("there"), Shape::ListOf("b".into()));
        let refusal = ask("c").expect_err("absent");
        assert!(refusal.to_string().contains("a, b"), "{refusal}");
    }
}
