//! The official lists as they are published, into a real replica: every territory once, and positions inside their neighbourhood.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use admin_ui::files::{Import, Imported};
use crdt_schema::draft::Wanted;
use crdt_schema::territory::{Belonging, Outline, TerritoryCode};
use crdt_schema::view::RecordView;
use exchange::Only;
use replica::Replica;

use crate::harness::federation::Node;
use crate::imports;

/// How long some thousands of views may take to be built while other tests use the machine.
const VIEWS_DEADLINE: Duration = Duration::from_secs(300);

fn import(replica: &Replica, path: &Path, year: Option<u16>, only: &str) -> Imported {
    let file = File::open(path).expect("readable");
    let name = path.file_name().expect("a file").to_string_lossy();
    let only = Only::parse(only);
    let wanted = Import {
        problems_max: 10,
        list_year: year,
        only: only.as_ref(),
        ..imports::of(&file, &name, &name)
    };
    let imported = imports::run(replica, &wanted);
    let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
    let report = &imported.report;
    println!(
        "{name:44} {:>6} rows, {:>6} new, {:>4} changed, {:>6} unchanged, {} refused",
        report.rows, report.new, report.changed, report.unchanged, report.refused
    );
    assert_eq!(report.refused, 0, "{name}: {:?}", report.problems.first());
    assert_eq!(report.kind, Some("territory"), "{name}");
    assert!(replica.wait_for_views(VIEWS_DEADLINE));
    imported
}

fn view(replica: &Replica, code: &str) -> RecordView {
    let code = TerritoryCode::parse(code).expect(code);
    let record = code.record(replica.state().federation());
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable");
    view.unwrap_or_else(|| panic!("{code} is not there"))
}

fn said(view: &RecordView, field: &str) -> String {
    view.field(field)
        .map_or(String::new(), |held| Wanted::of(held).shown())
}

#[test]
fn the_lists_of_one_departement_make_each_territory_once_and_a_second_time_nothing() {
    let Some(data) = imports::shared() else {
        return;
    };
    let node = Node::new(1);
    let replica = &node.replica;
    let admin = data.join("01_admin");
    let lists = [
        ("communes.json.gz", 325),
        ("departements.json", 1),
        ("regions.json", 1),
        ("epci.json", 16),
    ];
    let mut made = 0;
    for (name, count) in lists {
        let first = import(replica, &admin.join(name), Some(2026), "DEP-45").report;
        assert_eq!(first.new, count, "{name}");
        made += first.new;
        let again = import(replica, &admin.join(name), Some(2026), "DEP-45").report;
        assert_eq!((again.new, again.changed), (0, 0), "{name} again");
        assert_eq!(again.unchanged, first.new, "{name} again");
    }
    let centres = import(
        replica,
        &admin.join("centroides_departements.geojson"),
        Some(2026),
        "DEP-45",
    );
    assert_eq!((centres.report.new, centres.report.changed), (0, 1));
    let outlines = import(
        replica,
        &admin.join("communes-45-loiret.geojson"),
        Some(2026),
        "DEP-45",
    );
    // Communes that were merged since 2018 are not in the list of 2026: they get a record of their own.
    assert!(outlines.report.changed > 300, "{}", outlines.report.changed);
    let records = replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable")
        .records;
    assert_eq!(records, made + outlines.report.new);
    let gien = view(replica, "COM-45155");
    assert_eq!(said(&gien, "name"), "Gien");
    assert_eq!(said(&gien, "parents"), "DEP-45|REG-24");
    let outline = Outline::parse(&said(&gien, "outline")).expect("an outline");
    assert!(outline.contains(gien.point().expect("its centre")));
    // Who lives in the middle of a commune is found by its outline alone.
    let near = replica
        .outlines_near(gien.point().expect("its centre"))
        .expect("found");
    assert!(near.contains(&gien.record));
}

#[test]
fn every_neighbourhood_of_an_outline_list_holds_its_own_centre_and_no_other_does() {
    let Some(data) = imports::shared() else {
        return;
    };
    let node = Node::new(1);
    let replica = &node.replica;
    let folder = data.join("02_qpv");
    for (name, count) in [
        ("qpv2014_occitanie_contours.geojson", 105),
        ("qpv2024_contours_reels_ECHANTILLON_3.geojson", 3),
    ] {
        let report = import(replica, &folder.join(name), None, "").report;
        assert_eq!(report.new, count, "{name}");
    }
    let reader = replica.read().expect("a snapshot");
    let mut outlined = Vec::new();
    let read = reader.each_record(|view| {
        let outline = Outline::parse(&said(&view, "outline")).expect("an outline");
        outlined.push((view.record, view.point().expect("a centre"), outline));
        Ok::<(), replica::Fault>(())
    });
    read.expect("readable");
    assert_eq!(outlined.len(), 108);
    for (record, point, _) in &outlined {
        let found = replica.outlines_near(*point).expect("found");
        assert!(found.contains(record));
        let inside: Vec<_> = outlined
            .iter()
            .filter(|(_, _, outline)| outline.contains(*point))
            .map(|(record, ..)| *record)
            .collect();
        assert_eq!(inside, [*record]);
        assert!(inside.iter().all(|record| found.contains(record)));
    }
    let barriol = view(replica, "QPV-QN01310I");
    assert_eq!(said(&barriol, "parents"), "COM-13004|DEP-13");
    assert_eq!(said(&barriol, "code_year"), "2024");
    let first = view(replica, "QPV-QP066007");
    assert_eq!(said(&first, "parents"), "COM-66136|DEP-66");
    assert_eq!(said(&first, "code_year"), "2015");
}

#[test]
fn the_outlines_of_communes_are_not_those_of_their_neighbourhoods() {
    let Some(data) = imports::shared() else {
        return;
    };
    let node = Node::new(1);
    let folder = data.join("02_qpv");
    for name in [
        "qpv2024_polygones.geojson",
        "qpv2024_par_commune_centroides.geojson",
    ] {
        let imported = import(&node.replica, &folder.join(name), None, "DEP-13");
        let notices = &imported.report.notices;
        let is_said = |code| notices.iter().any(|one| one.problem.code == code);
        assert!(
            is_said("places_of_communes") && is_said("outside_only"),
            "{name}"
        );
    }
    let barriol = view(&node.replica, "QPV-QN01310I");
    assert_eq!(
        (said(&barriol, "outline"), barriol.point()),
        (String::new(), None)
    );
    import(
        &node.replica,
        &folder.join("qpv2024_contours_reels_ECHANTILLON_3.geojson"),
        None,
        "",
    );
    let barriol = view(&node.replica, "QPV-QN01310I");
    assert!(!said(&barriol, "outline").is_empty());
}

#[test]
fn every_member_of_a_group_belongs_to_it() {
    let Some(data) = imports::shared() else {
        return;
    };
    let groups = std::fs::read(data.join("01_admin/epci.json")).expect("readable");
    let groups: serde_json::Value = serde_json::from_slice(&groups).expect("JSON");
    let mut members = 0;
    for group in groups.as_array().expect("a list") {
        for member in group["membres"].as_array().expect("a list") {
            let code = member["code"].as_str().expect("a code");
            let belonging = Belonging::of(code).unwrap_or_else(|| panic!("{code}"));
            assert_eq!(belonging.epci.map(|epci| epci.code), group["code"].as_str());
            members += 1;
        }
    }
    assert!(members > 34_000, "{members}");
}
