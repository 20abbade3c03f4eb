//! Official lists of territories. The rows are invented but for the codes and names of real places; areas are squares.

use crdt_schema::territory::TerritoryCode;

use super::*;
use crate::official::Only;
use crate::report::Unreadable;

const COMMUNES: &str = r#"[
    {"code":"45155","nom":"Gien","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45500"],"population":13500},
    {"code":"45053","nom":"Briare","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45250"],"population":5400},
    {"code":"45900","nom":"Autrefois","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45250"],"population":12},
    {"code":"18033","nom":"Bourges","zone":"metro","departement":"18","region":"24","type":"commune-actuelle","codesPostaux":["18000"],"population":65000},
    {"code":"13201","nom":"Marseille 1er","zone":"metro","departement":"13","region":"93","type":"arrondissement-municipal","commune":"13055","codesPostaux":["13001"],"population":37600}
]"#;

/// The list of the next year: Autrefois is a part of Briare, Gien has grown.
fn next_year() -> String {
    let part = r#"{"code":"45900","nom":"Autrefois","zone":"metro","departement":"45","region":"24","type":"commune-deleguee","chefLieu":"45053"}"#;
    let lines = COMMUNES.lines().map(|line| match line {
        line if line.contains("Autrefois") => format!("{part},"),
        line => line.replace("13500", "13650"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn table(file: &str, year: Option<u16>, only: &str) -> Result<Table, Unreadable> {
    let choices = Choices {
        list_year: year,
        only: Only::parse(only),
        ..Choices::default()
    };
    Table::read(Cursor::new(file.to_owned()), &choices)
}

fn load(file: &str, year: Option<u16>, only: &str, census: &mut Memory) -> Report {
    let table = table(file, year, only).expect("a table");
    let mut plan = Plan::new(table, settings(), census).expect("no wishes");
    let edits: Vec<_> = (&mut plan).map(|edit| edit.expect("never fails")).collect();
    let imprints = plan.take_imprints();
    let report = plan.finish().expect("never fails");
    let [new, changed, unchanged, refused] = counts(&report);
    assert_eq!(report.rows, new + changed + unchanged + refused);
    for edit in edits {
        let birth = edit.birth.map(|birth| (birth.kind, birth.territory));
        census.write(edit.record, birth, edit.operations);
    }
    census.imported.extend(imprints);
    report
}

fn view<'a>(census: &'a Memory, code: &str) -> &'a RecordView {
    let code = TerritoryCode::parse(code).expect(code);
    let record = code.record(&FederationId::from_bytes([1; 32]));
    census
        .records
        .get(&record)
        .unwrap_or_else(|| panic!("{code}"))
}

fn said(census: &Memory, code: &str, field: &str) -> String {
    let held = view(census, code).field(field);
    held.map_or(String::new(), |held| Wanted::of(held).shown())
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.notices.iter().map(|one| one.problem.code).collect()
}

#[test]
fn a_list_of_communes_makes_a_record_of_each_with_its_year_and_what_it_is_a_part_of() {
    let mut census = Memory::default();
    let report = load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [5, 0, 0, 0], "{:?}", report.problems);
    assert_eq!(report.kind, Some("territory"));
    assert!(codes(&report).contains(&"official_list_found"));
    for (field, expected) in [
        ("level", "commune"),
        ("code", "45155"),
        ("code_year", "2026"),
        ("name", "Gien"),
        ("population", "13500"),
        ("parents", "DEP-45|REG-24"),
        ("x_codespostaux", ""),
    ] {
        assert_eq!(said(&census, "COM-45155", field), expected, "{field}");
    }
    let birth = view(&census, "COM-45155").birth.clone();
    assert_eq!(birth, Some(("territory".to_owned(), "45".to_owned())));
    assert_eq!(
        said(&census, "ARM-13201", "parents"),
        "COM-13055|DEP-13|REG-93"
    );
    assert_eq!(
        said(&census, "ARM-13201", "level"),
        "arrondissement-municipal"
    );
}

#[test]
fn two_partners_who_load_one_list_make_the_same_records_whatever_they_call_it() {
    let records = |source| {
        let table = table(COMMUNES, Some(2026), "").expect("a table");
        let census = Memory::default();
        let named = Settings {
            source,
            ..settings()
        };
        let plan = Plan::new(table, named, &census).expect("no wishes");
        plan.map(|edit| edit.expect("never fails").record)
            .collect::<Vec<_>>()
    };
    assert_eq!(records("Communes"), records("communes.json.gz"));
}

#[test]
fn the_list_of_the_next_year_changes_only_what_it_says_anew() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let again = load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(counts(&again), [0, 0, 5, 0]);
    let same = load(COMMUNES, Some(2027), "", &mut census);
    assert_eq!(counts(&same), [0, 0, 5, 0], "a year alone is no news");
    assert_eq!(said(&census, "COM-45053", "code_year"), "2026");
    let report = load(&next_year(), Some(2027), "", &mut census);
    assert_eq!(counts(&report), [0, 2, 3, 0]);
    let gone = report.notices.iter();
    let gone: Vec<_> = gone
        .filter(|one| one.problem.code == "code_gone")
        .map(|one| one.problem.reason.as_str())
        .collect();
    assert_eq!(gone.len(), 1);
    assert!(
        gone[0].starts_with("Le code 45900 n'est plus dans cette liste : COM-45053 lui succède.")
    );
    assert_eq!(said(&census, "COM-45155", "population"), "13650");
    assert_eq!(said(&census, "COM-45155", "code_year"), "2027");
    assert_eq!(said(&census, "COM-45900", "successors"), "COM-45053");
    assert_eq!(said(&census, "COM-45900", "name"), "Autrefois");
    assert_eq!(said(&census, "COM-45900", "code_year"), "2027");
    for year in [2027, 2028] {
        let again = load(&next_year(), Some(year), "", &mut census);
        assert_eq!(counts(&again), [0, 0, 5, 0]);
    }
    // The list of the year before does not bring back what is gone since.
    let older = load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(counts(&older), [0, 0, 5, 0]);
    assert_eq!(said(&census, "COM-45900", "successors"), "COM-45053");
}

#[test]
fn a_commune_that_comes_back_has_no_successor_any_more() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    load(&next_year(), Some(2027), "", &mut census);
    let restored = COMMUNES.replace("13500", "13650");
    let report = load(&restored, Some(2028), "", &mut census);
    assert_eq!(counts(&report), [0, 1, 4, 0]);
    assert_eq!(said(&census, "COM-45900", "successors"), "");
    assert_eq!(said(&census, "COM-45900", "code_year"), "2028");
}

#[test]
fn the_same_list_again_leaves_the_successors_that_somebody_announced() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let record = view(&census, "COM-45155").record;
    let announced = Operation::Add {
        field: "successors".to_owned(),
        term: "COM-45053".to_owned(),
    };
    census.write(record, None, vec![announced]);
    let again = load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(counts(&again), [0, 0, 5, 0], "{:?}", again.notices);
    assert_eq!(said(&census, "COM-45155", "successors"), "COM-45053");
}

#[test]
fn a_commune_that_went_to_another_departement_is_gone_where_one_alone_is_kept() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "DEP-45", &mut census);
    let lines = COMMUNES.lines().filter(|line| !line.contains("Autrefois"));
    let moved = lines.map(|line| match line.contains("Bourges") {
        true => line.replace("\"zone\"", "\"anciensCodes\":[\"45900\"],\"zone\""),
        false => line.to_owned(),
    });
    let moved: Vec<_> = moved.collect();
    let report = load(&moved.join("\n"), Some(2027), "DEP-45", &mut census);
    assert!(
        codes(&report).contains(&"code_gone"),
        "{:?}",
        report.notices
    );
    assert_eq!(said(&census, "COM-45900", "successors"), "COM-18033");
}

#[test]
fn what_is_no_code_of_a_commune_is_not_kept_as_one_that_is_gone() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let junk = COMMUNES.replacen("\"zone\"", "\"anciensCodes\":[\"aaaaa\",\"\"],\"zone\"", 1);
    let report = load(&junk, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [0, 0, 5, 0]);
    assert!(
        !codes(&report).contains(&"code_gone"),
        "{:?}",
        report.notices
    );
}

#[test]
fn an_older_list_changes_nothing() {
    let mut census = Memory::default();
    load(&next_year(), Some(2027), "", &mut census);
    let report = load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [1, 0, 4, 0], "only Autrefois is not held");
    assert!(codes(&report).contains(&"older_list"));
    assert_eq!(said(&census, "COM-45155", "population"), "13650");
}

#[test]
fn a_code_that_nobody_holds_gets_no_record_because_it_is_gone() {
    let mut census = Memory::default();
    let report = load(&next_year(), Some(2027), "", &mut census);
    assert_eq!(counts(&report), [4, 0, 0, 0]);
    let former = COMMUNES.replace(
        r#""codesPostaux":["45500"]"#,
        r#""codesPostaux":["45500"],"anciensCodes":["45901","45053"]"#,
    );
    let mut census = Memory::default();
    let report = load(&former, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [5, 0, 0, 0]);
    let again = load(&former, Some(2026), "", &mut census);
    assert_eq!(
        counts(&again),
        [0, 0, 5, 0],
        "a number that is in force is not gone"
    );
    assert_eq!(
        said(&census, "COM-45053", "successors"),
        "",
        "it is in force"
    );
}

#[test]
fn what_a_partner_corrected_stays_when_the_list_says_what_it_said() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let record = view(&census, "COM-45155").record;
    let put = Operation::Put {
        field: "name".into(),
        value: Value::Text("Gien-sur-Loire".into()),
    };
    census.write(record, None, vec![put]);
    let report = load(COMMUNES, Some(2027), "", &mut census);
    assert_eq!(counts(&report), [0, 0, 5, 0]);
    assert_eq!(said(&census, "COM-45155", "name"), "Gien-sur-Loire");
}

#[test]
fn one_departement_or_region_is_kept_and_the_rest_is_said() {
    for (only, kept, left_out) in [("DEP-45", 3, "2 "), ("REG-24", 4, "1 ")] {
        let mut census = Memory::default();
        let report = load(COMMUNES, Some(2026), only, &mut census);
        assert_eq!(counts(&report), [kept, 0, 0, 0], "{only}");
        let notice = report
            .notices
            .iter()
            .find(|one| one.problem.code == "outside_only")
            .expect("it is said");
        assert!(notice.problem.reason.starts_with(left_out));
        assert!(notice.problem.reason.contains(only));
    }
}

#[test]
fn the_year_has_to_be_named_and_only_for_a_list() {
    assert!(table(COMMUNES, None, "").expect("a table").lacks_year());
    assert!(
        !table(COMMUNES, Some(2026), "")
            .expect("a table")
            .lacks_year()
    );
    let error = |file, year, only| table(file, year, only).err().map(|error| error.code());
    assert_eq!(error(COMMUNES, Some(202), ""), Some("year_unlikely"));
    assert_eq!(error(COMMUNES, Some(1942), ""), Some("year_unlikely"));
    assert_eq!(error(COMMUNES, Some(1943), ""), None);
    assert_eq!(error(FILE, Some(2026), ""), Some("not_official"));
    assert_eq!(error(FILE, None, "DEP-45"), Some("not_official"));
    assert_eq!(error(FILE, None, ""), None);
}

#[test]
fn departements_regions_and_groups_are_read_with_their_level() {
    let mut census = Memory::default();
    let departements =
        r#"[{"code":"45","region":"24","chefLieu":"45234","nom":"Loiret","zone":"metro"}]"#;
    let regions = r#"[{"code":"24","chefLieu":"45234","nom":"Centre-Val de Loire","zone":"metro"},
        {"code":"975","chefLieu":"97502","nom":"Saint-Pierre-et-Miquelon","zone":"com"}]"#;
    let groups = r#"[{"code":"244500211","nom":"CC Giennoises","type":"CC","modeFinancement":"FPU","populationTotale":25000,
        "populationMunicipale":24500,"membres":[{"code":"45155","nom":"Gien"},{"code":"18033","nom":"Bourges"}]}]"#;
    for file in [departements, regions, groups] {
        let report = load(file, Some(2026), "", &mut census);
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", report.problems);
    }
    assert_eq!(said(&census, "DEP-45", "parents"), "REG-24");
    assert_eq!(said(&census, "REG-24", "name"), "Centre-Val de Loire");
    assert_eq!(said(&census, "EPCI-244500211", "population"), "24500");
    assert_eq!(said(&census, "EPCI-244500211", "parents"), "DEP-18|DEP-45");
    let birth = view(&census, "EPCI-244500211").birth.clone();
    assert_eq!(birth, Some(("territory".to_owned(), "*".to_owned())));
    let only = load(groups, Some(2026), "DEP-18", &mut census);
    assert_eq!(only.rows, 1, "one of its members lies there");
}

#[test]
fn the_lists_of_insee_and_of_the_api_name_the_same_records() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let insee = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT\n\
        COM,45155,24,45,45D,452,0,GIEN,Gien,Gien,4510,\n\
        COMD,45900,,,,,0,AUTREFOIS,Autrefois,Autrefois,,45053\n\
        ARM,13201,93,13,13D,133,0,MARSEILLE 1,Marseille 1er,Marseille 1er,,13055\n";
    let report = load(insee, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [0, 1, 2, 0], "Autrefois is gone");
    let api = r#"[{"nom":"Gien","code":"45155","codeDepartement":"45","codeRegion":"24","population":13500,
        "centre":{"type":"Point","coordinates":[2.6306,47.6853]}}]"#;
    let report = load(api, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [0, 1, 0, 0]);
    assert_eq!(said(&census, "COM-45155", "point"), "47.6853, 2.6306");
}

fn feature(properties: &str, corner: (f64, f64)) -> String {
    let (lon, lat) = corner;
    let (east, north) = (lon + 0.01, lat + 0.01);
    format!(
        r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":
        [[[{lon},{lat}],[{east},{lat}],[{east},{north}],[{lon},{north}],[{lon},{lat}]]]}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

#[test]
fn neighbourhoods_of_both_generations_keep_their_outlines() {
    let mut census = Memory::default();
    let first = collection(&[feature(
        r#"{"code_qp":"QP045001","nom_qp":"Montoires","commune_qp":"Gien","code_commune":"45155","code_departement":"45"}"#,
        (2.6, 47.6),
    )]);
    let second = collection(&[feature(
        r#"{"code_qp":"QN04512M","lib_qp":"Montoires","insee_com":"45155","insee_dep":"45"}"#,
        (2.6, 47.6),
    )]);
    for file in [&first, &second] {
        let report = load(file, None, "", &mut census);
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", report.problems);
    }
    for (code, year) in [("QPV-QP045001", "2015"), ("QPV-QN04512M", "2024")] {
        assert_eq!(said(&census, code, "code_year"), year);
        assert_eq!(said(&census, code, "parents"), "COM-45155|DEP-45");
        assert_eq!(said(&census, code, "point"), "47.605, 2.605");
        let outline = said(&census, code, "outline");
        assert!(outline.starts_with(r#"{"type":"Polygon""#), "{outline}");
    }
    let again = load(&second, None, "", &mut census);
    assert_eq!(counts(&again), [0, 0, 1, 0]);
}

#[test]
fn the_outlines_of_communes_are_not_taken_for_those_of_their_neighbourhoods() {
    let properties = |commune: &str, codes: &str, names: &str| {
        format!(
            r#"{{"insee_com":"{commune}","lib_com":"x","code_qp":"{codes}","lib_qp":"{names}"}}"#
        )
    };
    let file = collection(&[
        feature(
            &properties("45155", "QN04501M, QN04502M", "Nord, Sud"),
            (2.6, 47.6),
        ),
        feature(&properties("45053", "QN04502M", "Sud"), (2.7, 47.6)),
        feature(&properties("45001", "QN04503M", "Un, deux"), (2.8, 47.6)),
        feature(
            &properties("45002", "QN04504M, QN04505M", "Seul"),
            (2.9, 47.6),
        ),
    ]);
    let mut census = Memory::default();
    let report = load(&file, None, "", &mut census);
    assert_eq!(counts(&report), [3, 0, 0, 1], "{:?}", report.problems);
    assert_eq!(report.problems[0].problem.code, "names_uneven");
    assert!(codes(&report).contains(&"places_of_communes"));
    let both = "COM-45053|COM-45155|DEP-45";
    assert_eq!(said(&census, "QPV-QN04502M", "parents"), both);
    assert_eq!(said(&census, "QPV-QN04503M", "name"), "Un, deux");
    for code in ["QPV-QN04501M", "QPV-QN04502M", "QPV-QN04503M"] {
        for field in ["outline", "point"] {
            assert_eq!(said(&census, code, field), "", "{code} {field}");
        }
    }
}

#[test]
fn an_outline_with_too_many_points_is_refused_and_the_rest_of_its_row_can_go_through() {
    let ring: Vec<String> = (0..900)
        .map(|place| {
            format!(
                "[2.{:06},47.{:06}]",
                100_001 + 2 * place,
                200_001 + place % 2
            )
        })
        .collect();
    let file = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code_qp":"QN04512M","nom_qp":"Montoires"}},
        "geometry":{{"type":"Polygon","coordinates":[[{},[2.5,47.9],{}]]}}}}]}}"#,
        ring.join(","),
        ring[0]
    );
    let mut census = Memory::default();
    let report = load(&file, None, "", &mut census);
    assert_eq!(counts(&report), [0, 0, 0, 1]);
    let problem = &report.problems[0].problem;
    assert_eq!(
        (problem.code, problem.column.as_deref()),
        ("length", Some("outline"))
    );
    assert!(problem.reason.contains("780 points"), "{}", problem.reason);
    let gently = Settings {
        strictness: Strictness::Cell,
        ..settings()
    };
    let table = table(&file, None, "").expect("a table");
    let (mut plan, nobody) = (None, Memory::default());
    let plan = plan.insert(Plan::new(table, gently, &nobody).expect("no wishes"));
    let edits: Vec<_> = plan.map(|edit| edit.expect("never fails")).collect();
    assert_eq!(edits.len(), 1);
    assert!(!edits[0].draft.fields.contains_key("outline"));
    assert!(!edits[0].draft.fields.contains_key("x_outline"));
}

#[test]
fn a_row_of_the_same_territory_twice_is_refused_and_so_is_a_code_of_another_form() {
    let twice = COMMUNES.replace("45053", "45155");
    let mut census = Memory::default();
    let report = load(&twice, Some(2026), "", &mut census);
    assert_eq!(counts(&report), [4, 0, 0, 1]);
    let wrong = COMMUNES.replace("45053", "4505");
    let report = load(&wrong, Some(2026), "", &mut Memory::default());
    assert_eq!(counts(&report), [4, 0, 0, 1]);
    assert_eq!(report.problems[0].problem.code, "code_malformed");
}

#[test]
fn a_table_that_somebody_made_finds_the_records_of_the_list() {
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    let file = "niveau;code;nom;population;resume\n\
        commune;45155;Gien;13500;Au bord de la Loire\n\
        Département;45;Loiret;;\n\
        Autre périmètre;A1;Un massif;;\n";
    let (edits, report) = planned(file, settings(), &census);
    assert_eq!(report.kind, Some("territory"));
    assert_eq!(counts(&report), [2, 1, 0, 0], "{:?}", report.problems);
    let gien = view(&census, "COM-45155").record;
    assert_eq!(edits[0].record, gien);
    let loiret = TerritoryCode::parse("DEP-45").expect("a code");
    assert_eq!(edits[1].birth, Some(loiret.birth()));
    assert_ne!(edits[2].birth, None);
}

#[test]
fn a_list_that_is_handed_back_is_still_the_list() {
    let table = table(COMMUNES, Some(2026), "DEP-45").expect("a table");
    let names: Vec<_> = table
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let rows = table.map(|row| row.expect("even").cells.join(";"));
    let mut again = names.join(";");
    for row in rows {
        again.push('\n');
        again.push_str(&row);
    }
    let mut census = Memory::default();
    load(COMMUNES, Some(2026), "", &mut census);
    assert_eq!(
        counts(&planned(&again, settings(), &census).1),
        [0, 0, 3, 0]
    );
}

#[test]
fn the_outlines_of_departements_and_regions_are_lists_of_their_level() {
    let mut census = Memory::default();
    for (code, name, record) in [
        ("93", "Seine-Saint-Denis", "DEP-93"),
        ("93", "Provence-Alpes-Côte d'Azur", "REG-93"),
    ] {
        let properties = format!(r#"{{"code":"{code}","nom":"{name}"}}"#);
        let file = collection(&[feature(&properties, (2.6, 47.6))]);
        let report = load(&file, Some(2026), "", &mut census);
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", report.problems);
        assert_eq!(said(&census, record, "name"), name);
        assert_eq!(said(&census, record, "code_year"), "2026");
        let outline = said(&census, record, "outline");
        assert!(outline.starts_with(r#"{"type":"Polygon""#), "{outline}");
    }
}
