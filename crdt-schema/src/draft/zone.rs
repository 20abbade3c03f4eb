//! The zone of a record's hours: the one that it says, else that of its place.

use std::collections::BTreeMap;

use crate::draft::{Context, Reading, Wanted, read, shown};
use crate::edit::{Field, Value};
use crate::record::Shape;
use crate::register::{
    Code, LocalTime, Outcome, departement_of_commune, is_time_zone, zone_of_departement,
};

/// The field that names the zone of the hours beside it.
pub const TIME_ZONE: &str = "time_zone";
/// The zone of an hour where nothing says another: most are.
pub const PARIS: &str = "Europe/Paris";

/// Returns the zone in which the hours of a record are said: its own where the database has it, else that of its commune, else that of
/// Paris.
pub fn zone_of(fields: &BTreeMap<String, Field>) -> &str {
    let text = |name: &str| match &fields.get(name)?.winner()?.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let said = text(TIME_ZONE).filter(|zone| is_time_zone(zone));
    zone_beside(said, text("commune")).unwrap_or(PARIS)
}

/// Returns the zone of an hour that says none: the one beside it, or that of the commune beside it.
pub fn zone_beside<'t>(zone: Option<&'t str>, commune: Option<&str>) -> Option<&'t str> {
    let of_place = || departement_of_commune(commune?).map(zone_of_departement);
    zone.filter(|zone| !zone.is_empty()).or_else(of_place)
}

/// Reads an hour in the zone that is known beside it. Where none is, it is one of Paris, with a warning.
pub fn read_hour(text: &str, context: &Context<'_>) -> Reading {
    let reading = read(&Shape::Instant, text, context);
    if reading.outcome.code() != Some(Code::NoZone) {
        return reading;
    }
    let in_paris = Context {
        time_zone: Some(PARIS),
        ..*context
    };
    match read(&Shape::Instant, text, &in_paris).outcome {
        Outcome::Valid(hour) => Outcome::Warned(hour, Code::NoZone).into(),
        other => other.into(),
    }
}

/// Writes a value as a person would type it into a record whose hours are of this zone.
pub fn shown_in(zone: &str, value: &Value) -> String {
    let typed = match value {
        Value::Instant(millis) => LocalTime::at(*millis, zone).and_then(|local| local.typed()),
        _ => None,
    };
    typed.unwrap_or_else(|| shown(value))
}

/// Returns the zone as a field holds it.
pub fn zone_field(zone: &str) -> Wanted {
    Wanted::Value(Value::Text(zone.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Written;
    use crate::id::ItemId;
    use crate::register::Territories;

    fn fields(values: &[(&str, &str)]) -> BTreeMap<String, Field> {
        let field = |text: &str| Field {
            values: vec![Written {
                value: Value::Text(text.to_owned()),
                edit: ItemId::from_bytes([1; 16]),
                number: 1,
            }],
            ..Field::default()
        };
        let fields = values.iter();
        fields
            .map(|(name, text)| ((*name).to_owned(), field(text)))
            .collect()
    }

    #[test]
    fn hours_are_of_the_zone_that_is_said_else_of_the_place_else_of_paris() {
        for (held, zone) in [
            (&[][..], PARIS),
            (&[("commune", "45155")], PARIS),
            (&[("commune", "97411")], "Indian/Reunion"),
            (
                &[("commune", "97411"), (TIME_ZONE, "America/Cayenne")],
                "America/Cayenne",
            ),
            (
                &[("commune", "97411"), (TIME_ZONE, "Europe/Lutece")],
                "Indian/Reunion",
            ),
        ] {
            assert_eq!(zone_of(&fields(held)), zone, "{held:?}");
        }
    }

    #[test]
    fn an_hour_without_zone_is_one_of_paris_with_a_warning() {
        let lists = Territories::shared();
        let hour = |text: &str, time_zone| {
            let context = Context {
                time_zone,
                ..Context::of(lists)
            };
            read_hour(text, &context).outcome
        };
        let value = Wanted::Value(Value::Instant(1_782_059_400_000));
        assert_eq!(
            hour("2026-06-21T18:30", None),
            Outcome::Warned(value.clone(), Code::NoZone)
        );
        assert_eq!(
            hour("2026-06-21T18:30", Some(PARIS)),
            Outcome::Valid(value.clone())
        );
        assert_eq!(
            hour("2026-06-21T16:30Z", None),
            Outcome::Valid(value.clone())
        );
        assert_eq!(
            hour("2026-03-29T02:30", None),
            Outcome::Invalid(Code::NonexistentLocalTime)
        );
        assert_eq!(
            hour("2026-10-25T02:30", None).code(),
            Some(Code::AmbiguousLocalTime)
        );
        let Wanted::Value(value) = value else {
            panic!("a value");
        };
        assert_eq!(shown_in(PARIS, &value), "2026-06-21T18:30");
        assert_eq!(shown_in("Europe/Lutece", &value), shown(&value));
        assert_eq!(shown_in(PARIS, &Value::Integer(2)), "2");
    }
}
