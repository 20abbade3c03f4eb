//! Real files, as partners publish them, kept beside the repository and never in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use exchange::{Choices, Encoding, Table, Unreadable};

/// Returns the folder of samples, or says that it is absent.
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    // Worktrees of the repository stand one folder deeper.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    let found = [folder, deeper].into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no folder ../shared/data beside the repository: nothing to try.");
    }
    found
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            files_below(&path, found);
        } else if matches!(extension, Some("csv" | "json" | "geojson")) {
            found.push(path);
        }
    }
}

/// Rows, problems and notices of one file, read to its end.
struct Outcome {
    columns: usize,
    rows: usize,
    problems: Vec<exchange::Problem>,
    notices: Vec<exchange::Problem>,
}

fn read(path: &Path) -> Result<Outcome, Unreadable> {
    let mut table = Table::open(path, &Choices::default())?;
    let (columns, mut rows, mut problems) = (table.columns().len(), 0, Vec::new());
    for row in &mut table {
        match row {
            Ok(row) => {
                assert_eq!(row.cells.len(), columns);
                rows += 1;
            }
            Err(problem) => problems.push(*problem),
        }
    }
    Ok(Outcome {
        columns,
        rows,
        problems,
        notices: table.notices().to_vec(),
    })
}

#[test]
fn every_sample_gives_rows_or_a_sentence() {
    let Some(samples) = samples() else { return };
    let mut files = Vec::new();
    for folder in [
        "01_admin",
        "03_structures",
        "04_actions_financements",
        "05_evenements",
    ] {
        files_below(&samples.join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 100, "{} files", files.len());
    let mut refused = BTreeMap::new();
    for path in &files {
        let name = path
            .strip_prefix(&samples)
            .expect("below")
            .display()
            .to_string();
        match read(path) {
            Ok(outcome) => {
                let mut codes: Vec<_> = outcome
                    .problems
                    .iter()
                    .chain(&outcome.notices)
                    .map(|p| p.code)
                    .collect();
                codes.sort_unstable();
                codes.dedup();
                println!(
                    "{name:70} {:>4} col {:>6} rows {:>3} refused  {}",
                    outcome.columns,
                    outcome.rows,
                    outcome.problems.len(),
                    codes.join(" ")
                );
                assert!(outcome.rows > 0, "{name}");
            }
            Err(error) => {
                println!("{name:70} refused: {}", error.code());
                refused.insert(name, error.code());
            }
        }
    }
    // Single objects, an object with several lists, and the sample without its accents: nothing else.
    let expected = |name: &str, code| match code {
        "accents_lost" => name.ends_with("accents_perdus.csv"),
        "lists_several" => ["datatourisme", "mapping", "missions"]
            .iter()
            .any(|part| name.contains(part)),
        "not_a_table" => name.ends_with("openagenda_evenements_modifies.json"),
        _ => false,
    };
    let surprises: Vec<_> = refused
        .iter()
        .filter(|(name, code)| !expected(name, code))
        .collect();
    assert!(surprises.is_empty(), "{surprises:?}");
}

#[test]
fn known_files_have_their_known_rows() {
    let Some(samples) = samples() else { return };
    // File, rows, refused rows, columns.
    let known = [
        ("01_admin/arrondissements.json", 333, 0, 6),
        // An official list has the columns of a territory, whatever it calls its own.
        ("01_admin/centroides_epci_ept.geojson", 1266, 0, 10),
        (
            "01_admin/departements-version-simplifiee.geojson",
            96,
            0,
            10,
        ),
        ("01_admin/epci.json", 1255, 0, 10),
        ("01_admin/regions-version-simplifiee.geojson", 13, 0, 10),
        ("01_admin/regions.json", 18, 0, 10),
        ("02_qpv/qpv2014_occitanie_contours.geojson", 105, 0, 10),
        ("02_qpv/qpv2024_par_commune_centroides.geojson", 1493, 0, 10),
        ("02_qpv/qpv2024_polygones.geojson", 1343, 0, 10),
        ("01_admin/laposte_hexasmal.csv", 39192, 0, 6),
        ("01_admin/ref_insee_com_v4.csv", 77200, 4, 5),
        ("03_structures/aidants_connect.json", 3407, 0, 0),
        ("03_structures/conumm_national.csv", 709, 0, 0),
        ("03_structures/data-inclusion_structures.json", 3811, 0, 0),
        ("03_structures/france_services_2024-08-01.csv", 2845, 0, 0),
        (
            "03_structures/hub_bfc_bourgogne_franche_comte.csv",
            642,
            0,
            0,
        ),
        ("03_structures/hub_sud_sudlab.csv", 127, 0, 0),
        ("03_structures/rna_import_20250901_dpt_45.csv", 7139, 0, 0),
        (
            "04_actions_financements/rapport_erreurs_import_cd11.csv",
            535,
            0,
            14,
        ),
        (
            "04_actions_financements/scdl_nievre_2016_cp1252.csv",
            97,
            0,
            17,
        ),
        ("04_actions_financements/scdl_poitiers_2017.csv", 562, 0, 11),
        (
            "05_evenements/openagenda_export_opendatasoft.json",
            40,
            0,
            0,
        ),
        ("05_evenements/panorama_festivals_bom.csv", 3136, 0, 0),
        ("05_evenements/paris2024_sites_competition.csv", 63, 0, 10),
    ];
    for (name, rows, refused, columns) in known {
        let outcome = read(&samples.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (outcome.rows, outcome.problems.len()),
            (rows, refused),
            "{name}"
        );
        if columns > 0 {
            assert_eq!(outcome.columns, columns, "{name}");
        }
    }
}

#[test]
fn encodings_and_damage_of_the_samples_are_found() {
    let Some(samples) = samples() else { return };
    let nievre = samples.join("04_actions_financements/scdl_nievre_2016_cp1252.csv");
    let mut table = Table::open(&nievre, &Choices::default()).expect("a table");
    assert_eq!(table.encoding(), Encoding::Windows1252);
    let first = table.next().expect("a row").expect("even");
    assert_eq!(
        (first.line, first.cells[0].as_str()),
        (2, "Département de la Nièvre")
    );

    let double = samples.join("03_structures/france_services_2022-12-01.csv");
    let notices = read(&double).expect("a table").notices;
    let notice = notices
        .iter()
        .find(|notice| notice.code == "mojibake")
        .expect("noticed");
    let suggestion = notice.suggestion.as_deref().expect("a conversion");
    println!("line {}: {} -> {suggestion}", notice.line, notice.value);
    assert!(!suggestion.contains('Ã') && suggestion.chars().count() < notice.value.chars().count());

    let lost = samples.join("03_structures/paca_regionsud_2022_accents_perdus.csv");
    match read(&lost).err().expect("refused") {
        Unreadable::AccentsLost {
            count: 7639,
            line: 2,
        } => {}
        other => panic!("{other}"),
    }
}
