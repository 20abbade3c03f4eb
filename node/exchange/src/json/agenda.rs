//! One event of OpenAgenda, as the cells of a row: texts in several languages, dates in a list, a place inside.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::json::flatten::{Flat, lay, text};
use crate::text::plain_if_html;

/// Tells whether an object is an event of OpenAgenda: it has a number, a title in languages, and dates.
pub(crate) fn is_event(bytes: &[u8]) -> bool {
    let Ok(Value::Object(event)) = serde_json::from_slice(bytes) else {
        return false;
    };
    let has_dates = event.get("timings").is_some_and(Value::is_array)
        || event.get("firstTiming").is_some_and(Value::is_object);
    let has_title = event.get("title").is_some_and(Value::is_object);
    has_dates && has_title && event.contains_key("uid")
}

/// Lays an event flat; nothing if the value is not an object.
pub(crate) fn event(bytes: &[u8]) -> Result<Option<Flat>, serde_json::Error> {
    let Value::Object(mut event) = serde_json::from_slice(bytes)? else {
        return Ok(None);
    };
    let mut flat = Flat::default();
    let mut taken = |name: &str| event.shift_remove(name).unwrap_or(Value::Null);
    flat.add("uid", text(&taken("uid")));
    flat.add("title", one_line(&in_french(&taken("title"))));
    flat.add("description", one_line(&in_french(&taken("description"))));
    let long = in_french(&taken("longDescription"));
    flat.add("longDescription", without_marks(&plain_if_html(&long)));
    flat.add("status", status(&taken("status")));
    let location = taken("location");
    let zone = match taken("timezone") {
        Value::String(zone) => zone,
        _ => text(&location["timezone"]),
    };
    let timings = [taken("timings"), taken("firstTiming"), taken("lastTiming")];
    add_dates(&mut flat, &timings, &zone);
    flat.add("timezone", zone);
    add_place(&mut flat, &location);
    flat.add("keywords", in_french(&taken("keywords")));
    flat.add("accessibility", accessibility(&taken("accessibility")));
    add_registration(&mut flat, &taken("registration"));
    flat.add("canonicalUrl", text(&taken("canonicalUrl")));
    let origin = taken("originAgenda");
    flat.add("originAgenda.title", in_french(&origin["title"]));
    flat.add("conditions", one_line(&in_french(&taken("conditions"))));
    for persons in ["member", "contributor"] {
        // What is there is not even read: the column says that it was left out.
        if !taken(persons).is_null() {
            flat.cells.push((persons.to_owned(), String::new()));
        }
    }
    add_rest(&mut flat, event);
    Ok(Some(flat))
}

impl Flat {
    fn add(&mut self, name: &str, text: String) {
        if !text.is_empty() || ALWAYS.contains(&name) {
            self.cells.push((name.to_owned(), text));
        }
    }
}

/// Returns a text in French, or in the first language that has one. Several words are kept apart.
fn in_french(value: &Value) -> String {
    match value {
        Value::Object(languages) => {
            // Each is looked at once: whoever nests them deeply makes nobody wait.
            let others = languages.iter().filter(|(language, _)| *language != "fr");
            let others = others.map(|(_, value)| value);
            let all = languages.get("fr").into_iter().chain(others);
            let mut texts = all.map(in_french).filter(|text| !text.is_empty());
            texts.next().unwrap_or_default()
        }
        other => text(other),
    }
}

fn one_line(text: &str) -> String {
    let text = plain_if_html(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes the signs of Markdown out of a text: titles, strong words, links.
fn without_marks(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let bare = line.trim_start();
        let title = bare.trim_start_matches('#');
        let is_title = title.len() < bare.len() && title.starts_with(' ');
        let item = bare.strip_prefix("* ").map(|item| format!("- {item}"));
        let line = match item {
            Some(item) => item,
            None if is_title => title.trim().to_owned(),
            None => line.trim_end().to_owned(),
        };
        linked(&line.replace("**", "").replace("__", ""))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes `[text](address)` as `text (address)`, and a picture as what it shows.
fn linked(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(middle) = rest.find("](") {
        let opened = rest[..middle].rfind('[');
        let closed = rest[middle..].find(')');
        let (Some(opened), Some(closed)) = (opened, closed) else {
            break;
        };
        let (before, shown) = (&rest[..opened], &rest[opened + 1..middle]);
        let address = &rest[middle + 2..middle + closed];
        match before.strip_suffix('!') {
            Some(before) => out.push_str(&format!("{before}{shown}")),
            None if shown == address => out.push_str(&format!("{before}{address}")),
            None => out.push_str(&format!("{before}{shown} ({address})")),
        }
        rest = &rest[middle + closed + 1..];
    }
    out + rest
}

/// Puts a state into our words. Postponed without a date and moved to another one are the same word here.
fn status(value: &Value) -> String {
    let code = value["id"].as_i64().or(value.as_i64());
    let code = code.or_else(|| value.as_str()?.parse().ok());
    let ours = match code {
        Some(1..=3) => "confirme",
        Some(4) => "reporte",
        Some(5) => "annule",
        Some(6) => "complet",
        _ => "",
    };
    ours.to_owned()
}

/// The first beginning and the last end; what lies between is a text.
fn add_dates(flat: &mut Flat, [timings, first, last]: &[Value; 3], zone: &str) {
    let mut dates: Vec<(&str, &str)> = Vec::new();
    let all = timings.as_array().into_iter().flatten();
    for timing in all.chain([first, last]).filter(|timing| timing.is_object()) {
        let date = |name: &str| timing[name].as_str().unwrap_or_default();
        let pair = (date("begin"), date("end"));
        if dates.last().is_none_or(|before| *before != pair) {
            dates.push(pair);
        }
    }
    let at = |text: &str| text.parse::<Timestamp>().ok();
    // A date that cannot be read comes first, and is refused where dates are read.
    dates.sort_by_key(|(begin, _)| at(begin));
    let begin = dates.first().map_or("", |(begin, _)| begin);
    let end = dates.iter().map(|(_, end)| end).max_by_key(|end| at(end));
    flat.add("timings.begin", begin.to_owned());
    flat.add("timings.end", end.map_or("", |end| end).to_owned());
    if dates.len() > 1 {
        flat.add("timings.others", listed(&dates, zone));
    }
}

fn listed(dates: &[(&str, &str)], zone: &str) -> String {
    let zone = TimeZone::get(zone).or_else(|_| TimeZone::get("Europe/Paris"));
    let zone = zone.unwrap_or(TimeZone::UTC);
    let local = |text: &str, form: &str| {
        let at = text.parse::<Timestamp>().ok()?;
        Some(at.to_zoned(zone.clone()).strftime(form).to_string())
    };
    let shown = dates.iter().take(DATES_MAX).filter_map(|(begin, end)| {
        let begin = local(begin, "%d/%m/%Y %H:%M")?;
        let end = local(end, "-%H:%M").unwrap_or_default();
        Some(begin + &end)
    });
    let shown: Vec<_> = shown.collect();
    let more = dates.len().saturating_sub(DATES_MAX);
    if more > 0 {
        format!("{} (et {more} autres dates)", shown.join(" ; "))
    } else {
        shown.join(" ; ")
    }
}

fn add_place(flat: &mut Flat, location: &Value) {
    for part in PLACE {
        flat.add(&format!("location.{part}"), in_french(&location[part]));
    }
}

/// Says for which handicaps the event is made, as agendas do.
fn accessibility(value: &Value) -> String {
    let said = HANDICAPS.iter().filter(|(code, _)| {
        let is_listed = value
            .as_array()
            .is_some_and(|codes| codes.iter().any(|listed| listed == code));
        value[code] == Value::Bool(true) || is_listed
    });
    said.map(|(_, words)| *words).collect::<Vec<_>>().join(", ")
}

/// Addresses of pages are for all to see; mails and phones may be a person's, and are left out.
fn add_registration(flat: &mut Flat, value: &Value) {
    let ways = value.as_array().into_iter().flatten();
    let ways: Vec<String> = ways
        .map(|way| match &way["value"] {
            Value::Null => text(way),
            value => text(value),
        })
        .filter(|way| !way.is_empty())
        .collect();
    let is_page = |way: &&String| {
        let is_web = way.starts_with("http://") || way.starts_with("https://");
        is_web || way.starts_with("www.")
    };
    let pages: Vec<_> = ways.iter().filter(is_page).map(String::as_str).collect();
    if let Some((first, others)) = pages.split_first() {
        flat.add("registration", (*first).to_owned());
        flat.add("registration.others", others.join("|"));
    }
    if pages.len() < ways.len() {
        let left_out = ("registration.contacts".to_owned(), String::new());
        flat.cells.push(left_out);
    }
}

/// What this agenda asks beyond the others stays, as any column would.
fn add_rest(flat: &mut Flat, event: Map<String, Value>) {
    for (name, value) in event {
        if TECHNICAL.contains(&name.as_str()) || !is_said(&value) {
            continue;
        }
        match &value {
            Value::Object(languages) if languages.contains_key("fr") => {
                flat.add(&name, in_french(&value));
            }
            Value::Object(_) => {
                let inner = Map::from_iter([(name, value)]);
                lay(inner, "", &mut flat.cells);
            }
            other => flat.add(&name, text(other)),
        }
    }
}

fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(is_said),
        Value::Object(inner) => inner.values().any(is_said),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The columns by which a table is known to be an agenda, even when no event fills them.
const ALWAYS: [&str; 3] = ["timings.begin", "title", "uid"];

/// How many dates of a series are ever shown (page 7 of the design).
const DATES_MAX: usize = 500;

/// What is said of a place; its mail and its phone are those of the place.
const PLACE: &[&str] = &[
    "name",
    "address",
    "postalCode",
    "city",
    "insee",
    "latitude",
    "longitude",
    "website",
    "phone",
    "email",
];

/// The codes of OpenAgenda.
const HANDICAPS: &[(&str, &str)] = &[
    ("hi", "handicap auditif"),
    ("ii", "handicap intellectuel"),
    ("mi", "handicap moteur"),
    ("pi", "handicap psychique"),
    ("sl", "langue des signes"),
    ("vi", "handicap visuel"),
];

/// What only the software of the agenda needs, or what changes with every export.
const TECHNICAL: &[&str] = &[
    "addMethod",
    "agendaUid",
    "aggregated",
    "createdAt",
    "creatorUid",
    "dateRange",
    "draft",
    "featured",
    "fileKey",
    "id",
    "image",
    "imageCredits",
    "lastTiming",
    "links",
    "locationUid",
    "motive",
    "nextTiming",
    "ownerUid",
    "private",
    "score",
    "slug",
    "sourceAgendas",
    "sourcePaths",
    "state",
    "thumbnail",
    "updatedAt",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(json: &str) -> Vec<(String, String)> {
        assert!(is_event(json.as_bytes()));
        event(json.as_bytes())
            .expect("JSON")
            .expect("an object")
            .cells
    }

    fn cell<'c>(cells: &'c [(String, String)], name: &str) -> Option<&'c str> {
        let found = cells.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }

    /// An event of an invented agenda.
    const FETE: &str = r#"{"uid":7,"slug":"fete","title":{"en":"Party","fr":"Fête du parc"},
        "description":{"de":"Ein Fest"},"longDescription":{"fr":"Programme\n* **Jeux**\n[Site](https://fete.example)"},
        "keywords":{"fr":["jeux","plein air"]},"status":5,"timezone":"Indian/Reunion",
        "timings":[{"begin":"2026-06-22T06:00:00.000Z","end":"2026-06-22T08:00:00.000Z"},
                   {"begin":"2026-06-21T06:00:00.000Z","end":"2026-06-21T08:00:00.000Z"}],
        "location":{"name":"Parc","address":"1 rue du Parc","insee":"97411","latitude":-20.9,"longitude":55.4},
        "registration":["contact@fete.example","https://fete.example/inscription",{"type":"link","value":"https://b.example"}],
        "accessibility":{"mi":true,"hi":false},"originAgenda":{"title":"Agenda inventé"},
        "member":{"custom":{"contactName":"Personne Inventée"}},"updatedAt":"2026-01-01T00:00:00Z",
        "quartier":{"fr":"Bas de la Rivière"},"vide":null}"#;

    #[test]
    fn an_event_is_laid_flat_in_french_first() {
        let cells = cells(FETE);
        for (name, expected) in [
            ("uid", "7"),
            ("title", "Fête du parc"),
            ("description", "Ein Fest"),
            (
                "longDescription",
                "Programme\n- Jeux\nSite (https://fete.example)",
            ),
            ("keywords", "jeux|plein air"),
            ("status", "annule"),
            ("timings.begin", "2026-06-21T06:00:00.000Z"),
            ("timings.end", "2026-06-22T08:00:00.000Z"),
            (
                "timings.others",
                "21/06/2026 10:00-12:00 ; 22/06/2026 10:00-12:00",
            ),
            ("location.insee", "97411"),
            ("location.latitude", "-20.9"),
            ("registration", "https://fete.example/inscription"),
            ("registration.others", "https://b.example"),
            ("accessibility", "handicap moteur"),
            ("originAgenda.title", "Agenda inventé"),
            ("quartier", "Bas de la Rivière"),
        ] {
            assert_eq!(cell(&cells, name), Some(expected), "{name}");
        }
        for absent in ["updatedAt", "slug", "vide"] {
            assert_eq!(cell(&cells, absent), None, "{absent}");
        }
    }

    #[test]
    fn persons_are_left_out_and_their_columns_say_so() {
        let cells = cells(FETE);
        for name in ["member", "registration.contacts"] {
            assert_eq!(cell(&cells, name), Some(""), "{name}");
        }
        let all = format!("{cells:?}");
        assert!(!all.contains("Personne") && !all.contains('@'), "{all}");
    }

    #[test]
    fn more_dates_than_can_be_shown_are_counted() {
        for (count, more) in [(DATES_MAX, ""), (DATES_MAX + 1, " (et 1 autres dates)")] {
            let dates = vec![("2026-06-21T06:00:00Z", "2026-06-21T08:00:00Z"); count];
            let text = listed(&dates, "Europe/Paris");
            assert_eq!(text.matches("21/06/2026 08:00-10:00").count(), DATES_MAX);
            assert!(text.ends_with(&format!("10:00{more}")));
        }
    }

    #[test]
    fn a_text_that_is_nested_deeply_makes_nobody_wait() {
        let mut nested = serde_json::json!("");
        for _ in 0..200 {
            nested = serde_json::json!({ "fr": nested });
        }
        assert_eq!(in_french(&nested), "");
    }

    #[test]
    fn other_objects_are_no_events_of_openagenda() {
        for json in [
            r#"{"uid":7,"title":"Fête","timings":[]}"#,
            r#"{"title":{"fr":"Fête"},"timings":[]}"#,
            r#"{"uid":7,"title":{"fr":"Fête"}}"#,
            "[7]",
            "{",
        ] {
            assert!(!is_event(json.as_bytes()), "{json}");
        }
    }
}
