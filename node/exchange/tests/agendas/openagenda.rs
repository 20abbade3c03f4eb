//! Exports of OpenAgenda, invented and real.

use std::path::Path;

use exchange::{Format, Strictness};

use crate::census::Memory;
use crate::{counts, import, import_with, named, of, table, use_of};

/// An export of an invented agenda.
const EXPORT: &str = r#"{"total":2,"events":[
  {"uid":1,"title":{"fr":"Atelier vélo"},"description":{"fr":"Réparer soi-même"},"longDescription":{"fr":"**Gratuit**"},
   "timezone":"Europe/Paris","status":1,"keywords":{"fr":["vélo"]},
   "timings":[{"begin":"2026-06-21T08:00:00.000Z","end":"2026-06-21T10:00:00.000Z"},{"begin":"2026-06-28T08:00:00.000Z","end":"2026-06-28T10:00:00.000Z"}],
   "location":{"name":"Maison du vélo","address":"12 rue des Écoles","postalCode":"45500","city":"Gien","insee":"45155","latitude":47.6853,"longitude":2.6306},
   "registration":["https://velo.example/inscription","0199001234"],"originAgenda":{"title":"Agenda inventé","uid":3},
   "member":{"custom":{"contactName":"Personne Inventée","email":"p@velo.example"}},"ownerUid":9,"updatedAt":"2026-01-01T00:00:00Z"},
  {"uid":2,"title":{"en":"Concert"},"timezone":"Europe/Paris","status":5,"timings":[{"begin":"2026-07-01T18:00:00.000Z","end":"2026-07-01T20:00:00.000Z"}]}]}"#;

#[test]
fn an_export_is_recognised_and_its_events_become_records() {
    let agenda = table(EXPORT);
    assert_eq!(agenda.format(), Format::Json);
    let mut census = Memory::new(1);
    let report = import(agenda, "", &mut census);
    assert_eq!(
        (report.kind, counts(&report)),
        (Some("event"), (2, 0, 0, 0)),
        "{report:#?}"
    );
    let workshop = named(&census, "Atelier vélo");
    for (field, expected) in [
        ("source_id", "1"),
        ("summary", "Réparer soi-même"),
        ("description", "Gratuit"),
        ("place_name", "Maison du vélo"),
        ("address", "12 rue des Écoles"),
        ("postal_code", "45500"),
        ("commune", "45155"),
        ("commune_name", "Gien"),
        ("time_zone", "Europe/Paris"),
        ("status", "confirme"),
        ("registration", "https://velo.example/inscription"),
        (
            "recurrence",
            "21/06/2026 10:00-12:00 ; 28/06/2026 10:00-12:00",
        ),
    ] {
        assert_eq!(workshop[field], expected, "{field}: {workshop:#}");
    }
    for (field, start) in [
        ("starts_at", "2026-06-21T08:00"),
        ("ends_at", "2026-06-28T10:00"),
    ] {
        assert!(
            workshop[field]
                .as_str()
                .is_some_and(|at| at.starts_with(start)),
            "{workshop:#}"
        );
    }
    assert!(workshop["sources"].to_string().contains("Agenda inventé"));
    assert_eq!(named(&census, "Concert")["status"], "annule");
    for column in ["member", "registration.contacts"] {
        assert_eq!(use_of(&report, column), ("", "personal"));
    }
    of(&report.notices, "openagenda_found");
    let all = format!("{:?}", census.views().collect::<Vec<_>>());
    for person in ["Personne", "p@velo", "0199001234"] {
        assert!(!all.contains(person), "{person}");
    }
}

#[test]
fn an_export_of_another_day_and_of_a_renamed_agenda_finds_its_records_again() {
    let mut census = Memory::new(1);
    import(table(EXPORT), "", &mut census);
    let later = EXPORT
        .replace("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        .replace("\"ownerUid\":9", "\"ownerUid\":10");
    assert_eq!(
        counts(&import(table(&later), "", &mut census)),
        (0, 0, 2, 0)
    );
    let renamed = later.replace("Agenda inventé", "Autre agenda inventé");
    assert_eq!(
        counts(&import(table(renamed), "", &mut census)),
        (0, 1, 1, 0)
    );
    assert_eq!(census.len(), 2);
}

#[test]
fn real_exports_are_imported_and_imported_again() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees of the repository stand one folder deeper.
    let folders =
        ["../../../shared/data", "../../../../shared/data"].map(|path| manifest.join(path));
    let Some(samples) = folders.into_iter().find(|folder| folder.is_dir()) else {
        println!("skipped: no folder ../shared/data beside the repository: nothing to try.");
        return;
    };
    let (mut rows, mut refused) = (0, 0);
    for entry in
        std::fs::read_dir(samples.join("05_evenements/openagenda_bd2020")).expect("a folder")
    {
        let bytes = std::fs::read(entry.expect("a file").path()).expect("a file");
        let mut census = Memory::new(1);
        let agenda = || table(&bytes);
        assert!(
            agenda()
                .columns()
                .iter()
                .any(|column| column.name == "timings.begin")
        );
        let first = import_with(agenda(), "", &[], Strictness::Cell, &mut census);
        assert_eq!(
            (first.kind, first.refused),
            (Some("event"), 0),
            "{first:#?}"
        );
        let again = import_with(agenda(), "", &[], Strictness::Cell, &mut census);
        assert_eq!((again.new, again.changed), (0, 0), "{again:#?}");
        let strict = import(agenda(), "", &mut Memory::new(1));
        rows += strict.rows;
        refused += strict.refused;
        for view in census.views() {
            assert!(
                view.field("starts_at").is_some(),
                "every event has its date"
            );
        }
    }
    println!("{rows} events, {refused} of them refused when a cell refuses its row");
    assert!(rows > 400 && refused * 5 < rows, "{refused} of {rows}");
}
