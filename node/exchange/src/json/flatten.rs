//! One object, or one GeoJSON feature, as names and texts.

use std::fmt;

use crdt_schema::territory::Outline;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// An object laid flat.
#[derive(Debug, Default)]
pub(crate) struct Flat {
    /// Names joined by dots (`adresse.commune`) and their texts, in the order of the file.
    pub(crate) cells: Vec<(String, String)>,
    /// A geometry that is not a point was left out.
    pub(crate) shape_dropped: bool,
}

/// Lays an object flat; nothing if the value is not an object.
pub(crate) fn object(bytes: &[u8]) -> Result<Option<Flat>, serde_json::Error> {
    let Value::Object(map) = serde_json::from_slice(bytes)? else {
        return Ok(None);
    };
    let mut flat = Flat::default();
    lay(map, "", &mut flat.cells);
    Ok(Some(flat))
}

/// Lays a feature flat: its properties, its `id`, and the place of a point. A feature of our own export says its record twice, of which the
/// `id` is left out, and an outline of its own is read as the field that it was.
pub(crate) fn feature(bytes: &[u8], outlines: Outlines) -> Result<Option<Flat>, serde_json::Error> {
    if bytes.first() != Some(&b'{') {
        return serde_json::from_slice::<IgnoredAny>(bytes).map(|_| None);
    }
    let feature: Feature = serde_json::from_slice(bytes)?;
    let mut flat = Flat::default();
    lay(feature.properties.unwrap_or_default(), "", &mut flat.cells);
    let id = feature.id.as_ref().map(text);
    let is_record = |(name, said): &(String, String)| name == RECORD && Some(said) == id.as_ref();
    let is_ours = flat.cells.iter().any(is_record);
    if let Some(id) = id.filter(|_| !is_ours) {
        flat.add_if_absent("id", id);
    }
    if let Some(geometry) = feature.geometry {
        match geometry.coordinates {
            Some(Coordinates::Point(longitude, latitude)) if geometry.kind == "Point" => {
                flat.add_if_absent("longitude", longitude.to_string());
                flat.add_if_absent("latitude", latitude.to_string());
            }
            _ if is_ours => flat.add_if_absent(OUTLINE, outline(bytes)?),
            _ if outlines == Outlines::Kept => flat.add_if_absent(GEOMETRY, outline(bytes)?),
            _ => flat.shape_dropped = true,
        }
    }
    Ok(Some(flat))
}

/// What becomes of outlines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Outlines {
    #[default]
    Dropped,
    /// They are a cell, as [`GEOMETRY`].
    Kept,
}

/// Bytes of a feature whose outline is read: some forty times what a record may hold.
const OUTLINE_BYTES_MAX: usize = 1 << 20;
/// The property by which our own exports name the record.
const RECORD: &str = "record";
/// The field of our own records that an outline is.
const OUTLINE: &str = "outline";
/// The cell of an outline.
pub(crate) const GEOMETRY: &str = "geometry";

/// Returns the geometry of a feature in the form of our outlines; one that cannot be read, as it stands.
fn outline(bytes: &[u8]) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Shaped {
        geometry: Value,
    }
    // Read as values, coordinates take a hundred times their bytes. What is so long is refused as too long without being read.
    if bytes.len() > OUTLINE_BYTES_MAX {
        return Ok(" ".repeat(OUTLINE_BYTES_MAX));
    }
    let shaped: Shaped = serde_json::from_slice(bytes)?;
    let text = shaped.geometry.to_string();
    drop(shaped);
    Ok(Outline::parse(&text).map_or(text, |outline| outline.to_text()))
}

impl Flat {
    /// Properties win: they are what the author of the file chose to say.
    fn add_if_absent(&mut self, name: &str, text: String) {
        if !self.cells.iter().any(|(present, _)| present == name) {
            self.cells.push((name.to_owned(), text));
        }
    }
}

pub(super) fn lay(map: Map<String, Value>, before: &str, cells: &mut Vec<(String, String)>) {
    for (key, value) in map {
        let name = if before.is_empty() {
            key
        } else {
            format!("{before}.{key}")
        };
        match value {
            Value::Object(inner) => lay(inner, &name, cells),
            other => cells.push((name, text(&other))),
        }
    }
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Array(items) if items.iter().all(is_scalar) => {
            let texts: Vec<_> = items
                .iter()
                .map(text)
                .filter(|text| !text.is_empty())
                .collect();
            texts.join("|")
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    coordinates: Option<Coordinates>,
}

/// Coordinates read only as far as a point goes: the outline of a territory may have a million of them.
enum Coordinates {
    Other,
    Point(serde_json::Number, serde_json::Number),
}

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PointVisitor)
    }
}

/// A number, or anything else passed over.
struct Ordinate(Option<serde_json::Number>);

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = Coordinates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of coordinates")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Coordinates, A::Error> {
        let first = items.next_element::<Ordinate>()?;
        let second = items.next_element::<Ordinate>()?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(match (first, second) {
            (Some(Ordinate(Some(longitude))), Some(Ordinate(Some(latitude)))) => {
                Coordinates::Point(longitude, latitude)
            }
            _ => Coordinates::Other,
        })
    }
}

impl<'de> Deserialize<'de> for Ordinate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrdinateVisitor)
    }
}

struct OrdinateVisitor;

impl<'de> Visitor<'de> for OrdinateVisitor {
    type Value = Ordinate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordinate, E> {
        Ok(Ordinate(serde_json::Number::from_f64(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordinate, E> {
        Ok(Ordinate(Some(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordinate, E> {
        Ok(Ordinate(Some(value.into())))
    }

    fn visit_unit<E>(self) -> Result<Ordinate, E> {
        Ok(Ordinate(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Ordinate, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Ordinate(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(flat: Option<Flat>) -> Vec<(String, String)> {
        flat.expect("an object").cells
    }

    fn expected(cells: &[(&str, &str)]) -> Vec<(String, String)> {
        cells
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn objects_are_flattened_with_dots_and_lists_with_bars() {
        let json = r#"{"nom":"A","adresse":{"commune":"Lyon","geo":{"lat":45.75}},"themes":["sport",null,2,true],
            "membres":[{"code":"01"},{"code":"02"}],"vide":null,"siret":21130001700012,"rien":[],"objet":{}}"#;
        assert_eq!(
            pairs(object(json.as_bytes()).expect("valid")),
            expected(&[
                ("nom", "A"),
                ("adresse.commune", "Lyon"),
                ("adresse.geo.lat", "45.75"),
                ("themes", "sport|2|true"),
                ("membres", r#"[{"code":"01"},{"code":"02"}]"#),
                ("vide", ""),
                ("siret", "21130001700012"),
                ("rien", ""),
            ])
        );
    }

    #[test]
    fn a_point_gives_longitude_and_latitude() {
        let json = r#"{"type":"Feature","id":7,"properties":{"nom":"A"},
            "geometry":{"type":"Point","coordinates":[2.35,48,12]}}"#;
        let flat = feature(json.as_bytes(), Outlines::Dropped).expect("valid");
        let cells = [
            ("nom", "A"),
            ("id", "7"),
            ("longitude", "2.35"),
            ("latitude", "48"),
        ];
        assert_eq!(pairs(flat), expected(&cells));
    }

    #[test]
    fn properties_win_over_the_geometry() {
        let json = r#"{"properties":{"id":"x","longitude":"1"},"id":7,
            "geometry":{"type":"Point","coordinates":[2,3]}}"#;
        let cells = [("id", "x"), ("longitude", "1"), ("latitude", "3")];
        assert_eq!(
            pairs(feature(json.as_bytes(), Outlines::Dropped).expect("valid")),
            expected(&cells)
        );
    }

    #[test]
    fn outlines_and_absent_places_give_no_columns() {
        for (geometry, dropped) in [
            (r#"{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}"#, true),
            (r#"{"type":"Point","coordinates":[]}"#, true),
            (r#"{"type":"Point","coordinates":[null,1]}"#, true),
            ("null", false),
        ] {
            let json = format!(r#"{{"properties":{{"a":1}},"geometry":{geometry}}}"#);
            let flat = feature(json.as_bytes(), Outlines::Dropped)
                .expect("valid")
                .expect("an object");
            assert_eq!(
                (flat.cells.len(), flat.shape_dropped),
                (1, dropped),
                "{geometry}"
            );
        }
    }

    #[test]
    fn an_outline_that_is_asked_for_is_a_cell_in_its_normal_form() {
        let json = r#"{"properties":{"a":1},"geometry":{"type":"Polygon",
            "coordinates":[[[2,47,0],[2.50000004,47],[2,47.5],[2,47]]]}}"#;
        let kept = feature(json.as_bytes(), Outlines::Kept).expect("valid");
        let outline = r#"{"type":"Polygon","coordinates":[[[2,47],[2.5,47],[2,47.5],[2,47]]]}"#;
        assert_eq!(pairs(kept), expected(&[("a", "1"), (GEOMETRY, outline)]));
        let line = r#"{"geometry":{"type":"LineString","coordinates":[[2,47],[3,48]]}}"#;
        let kept = feature(line.as_bytes(), Outlines::Kept).expect("valid");
        assert_eq!(
            pairs(kept),
            expected(&[(
                GEOMETRY,
                r#"{"type":"LineString","coordinates":[[2,47],[3,48]]}"#
            )])
        );
    }

    #[test]
    fn a_feature_of_our_own_says_its_record_once_and_its_outline_by_its_field() {
        let ours = r#"{"type":"Feature","id":"ab12","properties":{"record":"ab12","name":"A"},"geometry":{"type":"Polygon","coordinates":[[[2,47],[3,47],[3,48],[2,47]]]}}"#;
        let flat = feature(ours.as_bytes(), Outlines::Dropped).expect("JSON");
        assert!(flat.as_ref().is_some_and(|flat| !flat.shape_dropped));
        let names: Vec<String> = pairs(flat).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["record", "name", OUTLINE]);
        // Another file may have a column of this name: its id tells its rows apart.
        let others = ours.replace("\"id\":\"ab12\"", "\"id\":\"7\"");
        let flat = feature(others.as_bytes(), Outlines::Dropped).expect("JSON");
        assert!(flat.as_ref().is_some_and(|flat| flat.shape_dropped));
        let names: Vec<String> = pairs(flat).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["record", "name", "id"]);
    }

    #[test]
    fn what_is_not_an_object_is_nothing() {
        for json in ["[1]", "12", "\"a\"", "null"] {
            assert!(object(json.as_bytes()).expect("valid").is_none());
            assert!(
                feature(json.as_bytes(), Outlines::Dropped)
                    .expect("valid")
                    .is_none()
            );
        }
        assert!(object(b"{\"a\":}").is_err());
    }
}
