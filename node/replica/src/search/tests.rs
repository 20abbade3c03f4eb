//! The index as a whole.

mod model;
mod wider;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crdt_schema::id::RecordId;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::Words;
use tempfile::TempDir;

use super::*;

fn record(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

fn named(number: u8, name: &str) -> SearchDocument {
    SearchDocument {
        record: record(number),
        kind: "actor".to_owned(),
        name: name.to_owned(),
        names: [name.to_owned()].into(),
        texts: Vec::new(),
        is_withdrawn: false,
        facets: BTreeMap::new(),
        codes: Vec::new(),
        blocks: BTreeSet::new(),
        updated: Timestamp::from_millis(i64::from(number)),
        point: None,
        confirmed: Confirmed::Nothing,
        latest: None,
        reached: Confirmed::Nothing,
    }
}

fn filled(documents: Vec<SearchDocument>) -> (TempDir, Index) {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("opened");
    index
        .apply(documents.into_iter().map(Update::Put).collect(), 1)
        .expect("applied");
    (folder, index)
}

fn names(names: &[&str]) -> (TempDir, Index) {
    filled(
        (1..)
            .zip(names)
            .map(|(number, name)| named(number, name))
            .collect(),
    )
}

fn text(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        ..Query::default()
    }
}

/// Returns the first bytes of the records found, in order.
fn found(index: &Index, query: &Query) -> Vec<u8> {
    let answer = index.search(query).expect("answered");
    answer
        .hits
        .iter()
        .map(|hit| hit.record.as_bytes()[0])
        .collect()
}

fn set(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(ToString::to_string).collect()
}

#[test]
fn plural_accents_and_elision_do_not_matter() {
    let (_folder, index) = names(&["L'Association d'École", "Médiathèque"]);
    for query in [
        "associations ",
        "ASSOCIATION ",
        "ecoles ",
        "d'école ",
        "l’école de l'association ",
    ] {
        assert_eq!(found(&index, &text(query)), [1], "{query}");
    }
    assert_eq!(found(&index, &text("mediatheques ")), [2]);
    assert!(found(&index, &text("l'hôpital ")).is_empty());
}

#[test]
fn every_word_must_be_found_in_the_name_or_the_texts() {
    let mut with_text = named(1, "Emmaüs Connect");
    with_text.texts = vec![
        "Ateliers numériques".to_owned(),
        "pour les seniors".to_owned(),
    ];
    let (_folder, index) = filled(vec![with_text, named(2, "Ateliers du Bois")]);
    assert_eq!(found(&index, &text("atelier senior emmaus ")), [1]);
    assert!(found(&index, &text("atelier bois senior ")).is_empty());
    assert_eq!(
        found(&index, &text("atelier ")),
        [2, 1],
        "a name says more than a text"
    );
}

#[test]
fn one_mistake_is_forgiven_from_five_letters_and_in_names_two_from_nine() {
    let mut other = named(3, "Autre");
    other.texts = vec!["bibliothèque".to_owned()];
    let (_folder, index) = filled(vec![
        named(1, "Bibliothèque"),
        named(2, "Forum Aide"),
        other,
    ]);
    for query in ["bibliotheque ", "biblotheque ", "bibilotehque "] {
        assert!(found(&index, &text(query)).contains(&1), "{query}");
    }
    assert!(found(&index, &text("biblotek ")).is_empty());
    assert_eq!(found(&index, &text("biblotheque ")), [1, 3]);
    assert!(!found(&index, &text("bibilotehque ")).contains(&3));
    assert_eq!(found(&index, &text("forun ")), [2]);
    assert_eq!(
        found(&index, &text("froum ")),
        [2],
        "two letters exchanged are one mistake"
    );
    assert!(found(&index, &text("fonun ")).is_empty());
    assert!(found(&index, &text("aidr ")).is_empty());
}

#[test]
fn a_term_is_found_by_the_words_that_it_is_called_by() {
    let about = |number, term: &str| SearchDocument {
        facets: BTreeMap::from([("themes".to_owned(), set(&[term]))]),
        ..named(number, "Club")
    };
    let mut other = named(3, "Club");
    other.texts = vec!["Un club qui parle d'éducation".to_owned()];
    let (_folder, index) = filled(vec![
        about(1, "education-jeunesse"),
        about(2, "sport"),
        other,
    ]);
    assert_eq!(found(&index, &text("éducation ")), [3]);
    index.learn(Words::shipped());
    for (query, expected) in [
        ("éducation ", &[1, 3][..]),
        ("club jeunesse ", &[1]),
        ("club educaton ", &[1, 3]),
        ("sport ", &[2]),
        ("spor", &[2]),
        ("sport éducation ", &[]),
    ] {
        let mut records = found(&index, &text(query));
        records.sort_unstable();
        assert_eq!(records, expected, "{query}");
    }
    let themes = BTreeMap::from([("themes".to_owned(), set(&["sport"]))]);
    let query = Query {
        facets: themes,
        ..text("jeunesse ")
    };
    assert_eq!(index.count(&query).expect("counted"), 0);
}

#[test]
fn the_very_word_comes_before_its_family_and_before_mistakes() {
    let (_folder, index) = names(&["Ville de Nantel", "Ville de Nantes", "Ville de Nante"]);
    assert_eq!(found(&index, &text("nantes "))[0], 2);
    assert_eq!(found(&index, &text("nantel "))[0], 1);
}

#[test]
fn the_word_being_typed_finds_the_names_that_begin_with_it() {
    let (_folder, index) = names(&["Maison des Solidarités", "Maison de quartier", "Solitude"]);
    assert_eq!(found(&index, &text("maison solid")), [1]);
    assert_eq!(found(&index, &text("s")).len(), 2);
    assert!(found(&index, &text("maison soli ")).is_empty());
    assert_eq!(found(&index, &text("soli* maison ")), [1]);
}

#[test]
fn codes_are_found_whole_with_or_without_spaces_and_never_by_a_part() {
    let mut with_codes = named(1, "Une");
    with_codes.codes = vec![
        "123 456 789 00012".to_owned(),
        "W751234567".to_owned(),
        "2A004".to_owned(),
    ];
    let (_folder, index) = filled(vec![with_codes, named(2, "Deux 12345678900013")]);
    for query in [
        "12345678900012",
        "123 456 789 00012 ",
        "w751 234 567",
        "2a004",
        "une 2A004",
    ] {
        assert_eq!(found(&index, &text(query)), [1], "{query}");
    }
    for query in ["123456789 ", "1234567890001 ", "12345678900014"] {
        assert!(found(&index, &text(query)).is_empty(), "{query}");
    }
}

#[test]
fn names_are_sorted_as_in_french_and_newest_by_date() {
    let (_folder, index) = names(&["Zèbre", "étoile", "Eau", "Épi 10", "épi 2", "Étoile"]);
    let sorted = |sort| {
        found(
            &index,
            &Query {
                sort,
                ..Query::default()
            },
        )
    };
    assert_eq!(sorted(Sort::Name), [3, 5, 4, 6, 2, 1]);
    assert_eq!(
        sorted(Sort::Relevance),
        sorted(Sort::Name),
        "without text, by name"
    );
    assert_eq!(sorted(Sort::Newest), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn only_points_inside_the_area_or_on_its_sides_are_found() {
    let points = [
        Some((10, 10)),
        Some((11, 10)),
        Some((10, -9)),
        None,
        Some((-10, 1_799_999_999)),
    ];
    let placed = (1..).zip(points).map(|(n, point)| SearchDocument {
        point,
        ..named(n, "x")
    });
    let (_folder, index) = filled(placed.collect());
    let within = |south, west, north, east| {
        let within = Some(BoundingBox {
            south,
            west,
            north,
            east,
        });
        found(
            &index,
            &Query {
                within,
                sort: Sort::Name,
                ..Query::default()
            },
        )
    };
    assert_eq!(within(0, 0, 10, 10), [1]);
    assert_eq!(within(0, -9, 11, 10), [1, 2, 3]);
    assert!(within(0, -8, 9, 9).is_empty());
    assert_eq!(
        within(-10, 1_700_000_000, 10, -9),
        [3, 5],
        "across the 180° meridian"
    );
}

#[test]
fn a_document_is_replaced_and_removed_by_its_record() {
    let (_folder, index) = names(&["Ancien", "Autre"]);
    let batch = vec![
        Update::Put(named(1, "Intermédiaire")),
        Update::Put(named(1, "Nouveau")),
        Update::Put(named(3, "Passager")),
        Update::Remove(record(3)),
        Update::Remove(record(9)),
    ];
    index.apply(batch, 2).expect("applied");
    assert_eq!(found(&index, &text("")), [2, 1]);
    assert_eq!(found(&index, &text("nouveau ")), [1]);
    index
        .apply(vec![Update::Remove(record(1))], 3)
        .expect("applied");
    assert_eq!(found(&index, &text("")), [2]);
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap_in_every_order() {
    let same = (0..45).map(|n| SearchDocument {
        updated: Timestamp::from_millis(7),
        ..named(n, "Même nom")
    });
    let (_folder, index) = filled(same.collect());
    // Several segments, so that order inside the engine is not the order of the records.
    for n in (0..45_u8).rev().step_by(7) {
        let again = SearchDocument {
            updated: Timestamp::from_millis(7),
            ..named(n, "Même nom")
        };
        index
            .apply(vec![Update::Put(again)], u64::from(n))
            .expect("applied");
    }
    for (words, sort) in [
        ("meme", Sort::Relevance),
        ("", Sort::Name),
        ("nom", Sort::Newest),
        ("", Sort::Relevance),
    ] {
        let page = |offset, size| {
            found(
                &index,
                &Query {
                    sort,
                    size,
                    offset,
                    ..text(words)
                },
            )
        };
        let whole = page(0, 200);
        let paged: Vec<u8> = (0..50)
            .step_by(10)
            .flat_map(|offset| page(offset, 10))
            .collect();
        assert_eq!(paged, whole, "{sort:?}");
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 45);
        assert_eq!(page(44, 10).len(), 1);
        assert!(page(45, 10).is_empty() && page(usize::MAX, 10).is_empty());
    }
}

#[test]
fn progress_and_documents_are_kept_when_the_index_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("opened");
    assert_eq!(index.progress(), None);
    index
        .apply(vec![Update::Put(named(1, "Un"))], 41)
        .expect("applied");
    index.apply(Vec::new(), u64::MAX).expect("applied");
    assert_eq!(index.progress(), Some(u64::MAX));
    drop(index);
    let index = Index::open(folder.path()).expect("opened again");
    assert_eq!(index.progress(), Some(u64::MAX));
    assert_eq!(found(&index, &text("un")), [1]);
    index.clear().expect("cleared");
    assert_eq!(
        (index.progress(), found(&index, &text("")).len()),
        (None, 0)
    );
    drop(index);
    assert_eq!(Index::open(folder.path()).expect("opened").progress(), None);
}

#[test]
fn an_index_of_another_version_is_begun_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open_version(folder.path(), 7).expect("opened");
    index
        .apply(vec![Update::Put(named(1, "Un"))], 5)
        .expect("applied");
    drop(index);
    let index = Index::open_version(folder.path(), 7).expect("opened");
    assert_eq!(index.progress(), Some(5));
    drop(index);
    let index = Index::open_version(folder.path(), 8).expect("opened");
    assert_eq!(
        (index.progress(), found(&index, &text("")).len()),
        (None, 0)
    );
    index
        .apply(vec![Update::Put(named(2, "Deux"))], 6)
        .expect("applied");
    drop(index);
    assert_eq!(
        Index::open_version(folder.path(), 8)
            .expect("opened")
            .progress(),
        Some(6)
    );
}

#[test]
fn a_damaged_index_is_begun_again_and_other_files_are_left_alone() {
    let damages: [fn(&std::path::Path); 3] = [
        |folder| fs::write(folder.join("meta.json"), "{").expect("written"),
        |folder| fs::remove_file(columns(folder)).expect("removed"),
        |folder| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(columns(folder))
                .expect("opened");
            file.set_len(10).expect("truncated");
        },
    ];
    for damage in damages {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("opened");
        index
            .apply(vec![Update::Put(named(1, "Un"))], 5)
            .expect("applied");
        drop(index);
        fs::write(folder.path().join("other"), "kept").expect("written");
        damage(folder.path());
        let index = Index::open(folder.path()).expect("opened");
        assert_eq!(index.progress(), None);
        index
            .apply(vec![Update::Put(named(2, "Deux"))], 6)
            .expect("applied");
        assert_eq!(found(&index, &text("")), [2]);
        assert!(folder.path().join("other").exists());
    }
}

fn columns(folder: &std::path::Path) -> std::path::PathBuf {
    let files = fs::read_dir(folder)
        .expect("read")
        .map(|entry| entry.expect("read").path());
    let segments = files.filter(|path| path.extension().is_some_and(|it| it == "fast"));
    segments.max().expect("a segment")
}

#[test]
fn an_index_in_use_is_neither_opened_nor_emptied() {
    let (folder, index) = names(&["Un"]);
    let second = Index::open(folder.path());
    assert!(matches!(second, Err(Fault::InUse { .. })));
    assert_eq!(found(&index, &text("un")), [1]);
}

#[test]
fn a_lock_that_a_process_being_started_still_shares_is_waited_for() {
    let (folder, index) = names(&["Un"]);
    drop(index);
    // The same open file in another place, as between the fork and the exec of a child.
    let shared = fs::File::options()
        .write(true)
        .open(folder.path().join(".tantivy-writer.lock"))
        .expect("a lock");
    shared.lock().expect("nobody has it");
    let child = std::thread::spawn(move || {
        std::thread::park_timeout(std::time::Duration::from_millis(200));
        drop(shared);
    });
    let again = Index::open(folder.path()).expect("it is free in an instant");
    assert_eq!(found(&again, &text("un")), [1]);
    child.join().expect("it ended");
}

#[test]
fn hostile_texts_are_read_as_words_or_refused_for_their_limits() {
    let (_folder, index) = names(&["Aide AND Co", "C++ : \"école\""]);
    for hostile in [
        "\"",
        "\"aide",
        "aide\" OR (",
        "a:b",
        "name:aide",
        "kind:*",
        ")))",
        "aide AND co",
        "+aide -co",
        "aide~2",
        "aide^9",
        "[a TO b]",
        "{",
        "\\",
        "/.*/",
        "🎉",
        "👩‍👩‍👧 aide",
        "\0",
        "\u{202e}aide",
        "é\u{301}\u{301}",
        "' OR 1=1 --",
        "*",
        "^ * $",
        "<script>",
        "%00",
        "٣٤٥",
        "漢字",
        "ﷺ",
        "co*aide",
        "???",
    ] {
        assert!(index.search(&text(hostile)).is_ok(), "{hostile:?}");
    }
    assert!(found(&index, &text("name:aide AND co ")).is_empty());
    assert_eq!(found(&index, &text("(aide AND co) ")), [1]);
    assert_eq!(found(&index, &text("🎉")).len(), 2, "no letter, no text");
    let code = |query: &str| index.search(&text(query)).expect_err("refused").code();
    assert_eq!(code(&"x".repeat(300)), "search_text_too_long");
    assert_eq!(code(&"x ".repeat(17)), "search_too_many_terms");
    assert_eq!(code("*aide"), "search_leading_wildcard");
}

#[test]
fn a_facet_shows_its_fifty_most_frequent_values() {
    let mut documents: Vec<SearchDocument> = (0..60).map(|n| named(n, "x")).collect();
    for (n, document) in documents.iter_mut().enumerate() {
        let all = (n..60).map(|value| format!("v{value:02}")).collect();
        document.facets.insert("theme".to_owned(), all);
    }
    let (_folder, index) = filled(documents);
    let answer = index.search(&Query::default()).expect("answered");
    let values = &answer.facets["theme"];
    assert_eq!(values.len(), 50);
    assert_eq!((values[0].value.as_str(), values[0].count), ("v59", 60));
    assert_eq!((values[49].value.as_str(), values[49].count), ("v10", 11));
}

#[test]
fn facets_that_cannot_be_keys_are_left_out_and_select_nothing() {
    let mut strange = named(1, "x");
    strange.facets.insert("a\0b".to_owned(), set(&["v"]));
    strange.facets.insert(
        "a".to_owned(),
        BTreeSet::from(["y".repeat(512), "z".repeat(513), "b\0v".to_owned()]),
    );
    let (_folder, index) = filled(vec![strange]);
    let select = |facet: &str, value: &str| {
        let facets = BTreeMap::from([(facet.to_owned(), set(&[value]))]);
        found(
            &index,
            &Query {
                facets,
                ..Query::default()
            },
        )
        .len()
    };
    assert_eq!(select("a\0b", "v"), 0);
    assert_eq!(select("a", &"y".repeat(512)), 1);
    assert_eq!(select("a", &"z".repeat(513)), 0);
    assert_eq!(select("a", "b\0v"), 1);
    assert_eq!(select("absent", "v"), 0);
}

#[test]
fn what_a_killed_process_left_of_a_commit_stands_in_nobodys_way() {
    let (folder, index) = filled(vec![named(1, "Aide"), named(2, "Sport")]);
    let segments = index.searcher().segment_readers().to_vec();
    let segment = segments[0].segment_id().uuid_string();
    drop((segments, index));
    // Killed before the last file of the commit was written: what it removed is on disk, under the number that the next one takes.
    let managed = folder.path().join(".managed.json");
    let known = fs::read(&managed).expect("readable");
    let mut known: Vec<String> = serde_json::from_slice(&known).expect("a list");
    for number in 0..100 {
        let left = format!("{segment}.{number}.del");
        fs::write(folder.path().join(&left), b"left").expect("written");
        known.push(left);
    }
    let known = serde_json::to_vec(&known).expect("a list");
    fs::write(&managed, known).expect("written");
    let index = Index::open(folder.path()).expect("opened");
    let renamed = Update::Put(named(1, "Danse"));
    index.apply(vec![renamed], 2).expect("applied");
    assert_eq!(found(&index, &text("danse")), [1]);
    assert!(found(&index, &text("aide")).is_empty());
}

#[test]
fn a_whole_name_is_found_among_any_number_that_share_its_words() {
    let mut documents: Vec<_> = (0..250_u8)
        .map(|number| named(number, &format!("Club de l'Étoile Étoile {number}")))
        .collect();
    documents.push(named(250, "Club de l'Étoile"));
    let mut disputed = named(251, "Autre");
    disputed.names = ["Autre", "CLUB DE L’ETOILE"].map(str::to_owned).into();
    documents.push(disputed);
    documents.push(named(252, "???"));
    let (_folder, index) = filled(documents);
    let whole = |name: &str| Query {
        named: Some(name.to_owned()),
        ..Query::default()
    };
    for name in ["Club de l'Étoile", "club  de l etoile"] {
        assert_eq!(found(&index, &whole(name)), [251, 250], "{name}");
    }
    assert_eq!(found(&index, &whole("Club")), [] as [u8; 0]);
    assert_eq!(found(&index, &whole("? ??")), [252]);
    let other = Query {
        kind: Some("place".to_owned()),
        ..whole("Club de l'Étoile")
    };
    assert_eq!(found(&index, &other), [] as [u8; 0]);
}
