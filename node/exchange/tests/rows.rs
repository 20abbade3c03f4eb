//! Rows in files: a JSON list in one cell, with links by name, errors by row and column, and our own exports back without a change.

mod census;

use std::collections::BTreeSet;
use std::io::Cursor;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::record::{Kind, Row};
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{Csv, GeoJson, Json, Reach};
use exchange::{Choices, PlannedEdit, Report, Settings, Strictness, Table};
use proptest::prelude::*;
use serde_json::{Value as Written, json};

use census::Memory;

/// Invented organisations; two have one name.
const ACTORS: &str = "nom;siret;code_insee\n\
    Ville inventée;40229699000037;45155\n\
    Amicale;;45155\n\
    Amicale;;93066\n";

fn table(file: &str) -> Table {
    Table::read(Cursor::new(file.to_owned()), &Choices::default()).expect("a table")
}

fn import(census: &mut Memory, kind: &str, file: &str, strictness: Strictness) -> Report {
    let settings = Settings {
        source: "essai",
        kind: Kind::parse(kind),
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness,
        has_contacts: false,
        words: Words::shipped(),
    };
    census.import(table(file), settings)
}

fn with_actors() -> Memory {
    let mut census = Memory::new(1);
    import(&mut census, "actor", ACTORS, Strictness::Row);
    assert_eq!(census.len(), 3);
    census
}

/// The only record of a kind.
fn only<'a>(census: &'a Memory, kind: &str) -> &'a RecordView {
    let mut found = census.views().filter(|view| view.kind() == kind);
    let view = found.next().expect("one of them");
    assert!(found.next().is_none());
    view
}

fn rows_of(view: &RecordView, field: &str) -> Vec<Row> {
    let field = view.field(field);
    let terms = field.into_iter().flat_map(|held| held.terms.keys());
    terms
        .map(|term| Row::parse(term).unwrap_or_else(|| panic!("{term} is a row")))
        .collect()
}

fn initiative(funding: &Written) -> String {
    json!([{ "id": "1", "nom": "Fête inventée", "funding_lines": funding }]).to_string()
}

#[test]
fn a_list_of_objects_is_read_and_the_same_file_again_changes_nothing() {
    let mut census = with_actors();
    let file = initiative(&json!([
        { "Financeur": "VILLE INVENTÉE", "Dispositif": "Contrat de ville", "year": 2026, "asked": "4 000,50 €" },
        { "funder": "Fondation sans fiche", "granted": 2500, "note": "à confirmer" },
    ]));
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    assert_eq!(
        (report.new, report.refused),
        (1, 0),
        "{:#?}",
        report.problems
    );
    let view = only(&census, "initiative");
    let city = census.views().find(|view| {
        let name = view.field("name").and_then(|held| held.winner());
        name.is_some_and(|name| name.value == Value::Text("Ville inventée".to_owned()))
    });
    let city = city.expect("held").record.to_string();
    let said: BTreeSet<Vec<(String, String)>> = rows_of(view, "funding_lines")
        .iter()
        .map(|row| {
            let cells = row.cells().iter();
            cells
                .map(|(name, cell)| (name.clone(), cell.as_str().expect("a text").to_owned()))
                .collect()
        })
        .collect();
    let cells = |cells: &[(&str, &str)]| -> Vec<(String, String)> {
        let cells = cells.iter();
        cells
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    };
    assert_eq!(
        said,
        BTreeSet::from([
            cells(&[
                ("asked", "4000.5"),
                ("funder", &city),
                ("scheme", "Contrat de ville"),
                ("year", "2026"),
            ]),
            cells(&[
                ("funder_name", "Fondation sans fiche"),
                ("granted", "2500"),
                ("note", "à confirmer"),
            ]),
        ])
    );
    let before = view.clone();
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    assert_eq!(
        (report.unchanged, report.changed),
        (1, 0),
        "{:#?}",
        report.problems
    );
    assert_eq!(only(&census, "initiative"), &before);
    // Another node that reads the file makes the same rows.
    let mut other = with_actors();
    import(&mut other, "initiative", &file, Strictness::Row);
    let rows = rows_of(only(&other, "initiative"), "funding_lines");
    assert_eq!(rows, rows_of(&before, "funding_lines"));
}

#[test]
fn what_is_wrong_in_a_row_is_said_by_its_row_and_column() {
    let refusals = |funding: Written| {
        let mut census = with_actors();
        let report = import(
            &mut census,
            "initiative",
            &initiative(&funding),
            Strictness::Row,
        );
        assert_eq!(report.refused, 1, "{funding}");
        assert_eq!(census.len(), 3, "nothing is made");
        let said = report.problems.iter().map(|one| {
            let problem = &one.problem;
            assert_eq!(problem.column.as_deref(), Some("funding_lines"));
            (problem.code, problem.value.clone(), problem.reason.clone())
        });
        said.collect::<Vec<_>>()
    };
    let said =
        refusals(json!([{ "year": 2026 }, { "year": "l'an prochain", "funder": "Amicale" }]));
    let of: Vec<_> = said
        .iter()
        .map(|(code, value, _)| (*code, value.as_str()))
        .collect();
    assert_eq!(
        of,
        [("link_several", "Amicale"), ("format", "l'an prochain")]
    );
    for (_, _, reason) in &said {
        assert!(reason.starts_with("Financements, ligne 2, « "), "{reason}");
    }
    for (funding, start) in [
        (
            json!("trois financeurs"),
            "Financements, ligne 1 : Il faut une liste",
        ),
        (
            json!([{ "year": 2026 }, "un texte", 3]),
            "Financements, ligne 2 : Il faut",
        ),
        (
            json!(vec![json!({ "year": 2026 }); 51]),
            "Financements, ligne 51 : Il y a plus de 50",
        ),
        (
            json!([{ "scheme": "é".repeat(1_000) }]),
            "Financements, ligne 1 : La ligne est trop longue",
        ),
    ] {
        let said = refusals(funding);
        assert!(said[0].2.starts_with(start), "{said:?}");
    }
}

#[test]
fn a_refused_list_is_kept_as_a_text_when_the_rest_of_its_line_goes_through() {
    let mut census = with_actors();
    let file = initiative(&json!([{ "year": "l'an prochain" }]));
    let report = import(&mut census, "initiative", &file, Strictness::Cell);
    assert_eq!((report.new, report.refused), (1, 0));
    let view = only(&census, "initiative");
    assert!(view.field("funding_lines").is_none());
    let kept = view.field("x_funding_lines").and_then(|held| held.winner());
    let text = Value::Text(r#"[{"year":"l'an prochain"}]"#.to_owned());
    assert_eq!(kept.map(|kept| &kept.value), Some(&text));
}

#[test]
fn a_mail_in_a_row_is_a_warning_and_numbers_are_not() {
    let mut census = with_actors();
    let file = initiative(&json!([
        { "scheme": "Écrire à camille@exemple.example", "year": 2026, "asked": 612345678 },
    ]));
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    let warned = report
        .problems
        .iter()
        .filter(|one| one.problem.code == "contact_in_text");
    assert_eq!(warned.count(), 1, "{:#?}", report.problems);
}

/// Puts these terms in a field of a record, as partners may have done.
fn hold(census: &mut Memory, view: &RecordView, field: &str, terms: &[String]) {
    let draft = Draft {
        fields: [(
            field.to_owned(),
            Wanted::Terms(terms.iter().cloned().collect()),
        )]
        .into(),
    };
    census.apply(PlannedEdit {
        line: 1,
        row: [0; 16],
        decided: None,
        record: view.record,
        birth: None,
        is_new: false,
        base: view.heads.clone(),
        operations: draft.operations(view.fields()),
        draft,
    });
}

fn exported(census: &Memory) -> [String; 2] {
    let kind = Kind::parse("initiative").expect("a kind");
    let (none, words) = (BTreeSet::new(), Words::shipped());
    let mut csv = Csv::new(Vec::new(), kind, &none, Reach::Partners, words).expect("memory");
    let mut json = Json::new(Vec::new(), Reach::Partners).expect("memory");
    let view = only(census, "initiative");
    csv.record(view).expect("memory");
    json.record(view).expect("memory");
    let files = [csv.finish(), json.finish()];
    files.map(|file| String::from_utf8(file.expect("memory")).expect("a text"))
}

#[test]
fn a_file_changes_what_it_changes_and_leaves_the_other_rows_their_terms() {
    let mut census = with_actors();
    import(
        &mut census,
        "initiative",
        &initiative(&json!([{ "year": 2025 }])),
        Strictness::Row,
    );
    let view = only(&census, "initiative").clone();
    let terms = [
        r#"{"id":"a1","scheme":"Un","year":"2025"}"#,
        r#"{"id":"a2","scheme":"Deux","year":"2025"}"#,
    ];
    hold(
        &mut census,
        &view,
        "funding_lines",
        &terms.map(str::to_owned),
    );
    let file = exported(&census)[0].replace("Deux", "Trois");
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    assert_eq!(
        (report.changed, report.refused),
        (1, 0),
        "{:#?}",
        report.problems
    );
    let rows = rows_of(only(&census, "initiative"), "funding_lines");
    let rows: Vec<String> = rows.iter().map(Row::term).collect();
    assert_eq!(
        rows,
        [terms[0], r#"{"id":"a2","scheme":"Trois","year":"2025"}"#]
    );
    // A list without ids that says the same is the same rows.
    let file = initiative(&json!([
        { "scheme": "Trois", "year": 2025 },
        { "scheme": "Un", "year": 2025 },
    ]));
    let before = only(&census, "initiative").clone();
    import(&mut census, "initiative", &file, Strictness::Row);
    let held = |view: &RecordView| view.field("funding_lines").cloned();
    assert_eq!(held(only(&census, "initiative")), held(&before));
}

#[test]
fn geojson_has_rows_as_objects() {
    let mut census = with_actors();
    let file = initiative(&json!([{ "year": 2026, "asked": 12.5 }]));
    import(&mut census, "initiative", &file, Strictness::Row);
    let kind = Kind::parse("initiative").expect("a kind");
    let none = BTreeSet::new();
    let geojson = GeoJson::new(Vec::new(), kind, &none, Reach::Partners, Words::shipped());
    let mut geojson = geojson.expect("memory");
    geojson.record(only(&census, "initiative")).expect("memory");
    let written: Written =
        serde_json::from_slice(&geojson.finish(&[]).expect("memory")).expect("valid");
    let row = &written["features"][0]["properties"]["funding_lines"][0];
    assert_eq!((&row["year"], &row["asked"]), (&json!(2026), &json!(12.5)));
    let public = GeoJson::new(Vec::new(), kind, &none, Reach::Public, Words::shipped());
    let mut public = public.expect("memory");
    public.record(only(&census, "initiative")).expect("memory");
    let written = public.finish(&[]).expect("memory");
    assert!(!String::from_utf8_lossy(&written).contains("funding_lines"));
}

/// Any terms: sound rows, several with one id, cells that no column reads, columns of another version, and what is no row.
fn terms() -> impl Strategy<Value = BTreeSet<String>> {
    let text = "[ a-zé’|;,\"'=+@\\\\{}😀-]{1,10}";
    let id = "[a-c][0-2]";
    let name = prop_oneof![
        Just("scheme"),
        Just("year"),
        Just("funder"),
        Just("inconnu")
    ];
    let cells = prop::collection::btree_map(name, text, 1..4);
    let sound = (id, 1990..2030_i32, 1..9_999_i64).prop_map(|(id, year, asked)| {
        format!(r#"{{"asked":"{asked}","id":"{id}","year":"{year}"}}"#)
    });
    let strange = (id, cells).prop_filter_map("a row", |(id, cells)| {
        let cells = cells.into_iter();
        let cells = cells.map(|(name, text)| (name.to_owned(), json!(text)));
        Some(Row::of(&id, cells.collect())?.term())
    });
    let none = text.prop_filter("says something", |text| {
        text.trim() == text && text.len() > 1
    });
    prop::collection::btree_set(prop_oneof![3 => sound, 2 => strange, 1 => none], 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_rows_a_record_holds_our_own_files_change_nothing(terms in terms()) {
        let mut census = Memory::new(1);
        let file = json!([{ "id": "1", "nom": "Fête inventée" }]).to_string();
        import(&mut census, "initiative", &file, Strictness::Row);
        let view = only(&census, "initiative").clone();
        let terms: Vec<String> = terms.into_iter().collect();
        hold(&mut census, &view, "funding_lines", &terms);
        let before = only(&census, "initiative").clone();
        for file in exported(&census) {
            let report = import(&mut census, "initiative", &file, Strictness::Row);
            prop_assert_eq!((report.rows, report.unchanged), (1, 1), "{}: {:#?}", file, report.problems);
            prop_assert_eq!(only(&census, "initiative"), &before);
        }
    }
}
