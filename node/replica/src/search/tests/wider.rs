//! Records under terms that are wider than those that they carry.

use crdt_schema::cbor::Tree;
use crdt_schema::governance::Act;
use crdt_schema::id::ItemId;
use crdt_schema::profile::Text;
use crdt_schema::vocabulary::{Declaration, Declared, DeclaredTerm, Standing};

use super::*;

/// Words in which each theme stands under another.
fn words(under: &[(&str, &str)]) -> Words {
    let body = |(code, broader): &(&str, &str)| {
        let term = DeclaredTerm {
            vocabulary: "themes".to_owned(),
            code: (*code).to_owned(),
            wording: Text::new(code, code),
            broader: Some((*broader).to_owned()),
            standing: Standing::Current,
            data_inclusion: Vec::new(),
        };
        let declaration = Declaration {
            declared: Declared::Term(term),
            replaces: Vec::new(),
        };
        match declaration.to_act() {
            Act::Vocabulary { body, .. } => body,
            other => panic!("{other:?}"),
        }
    };
    let bodies: Vec<Tree> = under.iter().map(body).collect();
    let acts = (1..).zip(&bodies);
    Words::of(acts.map(|(number, body)| (ItemId::from_bytes([number; 16]), body)))
}

fn about(number: u8, themes: &[&str], status: &str) -> SearchDocument {
    SearchDocument {
        facets: BTreeMap::from([
            ("themes".to_owned(), set(themes)),
            ("status".to_owned(), set(&[status])),
        ]),
        ..named(number, "Action")
    }
}

fn choosing(pairs: &[(&str, &str)]) -> Query {
    let mut query = Query {
        sort: Sort::Newest,
        ..Query::default()
    };
    for (facet, value) in pairs {
        let values = query.facets.entry((*facet).to_owned()).or_default();
        values.insert((*value).to_owned());
    }
    query
}

/// Sport has swimming under it, which has babies' swimming; culture stands under what nobody carries.
fn index() -> (TempDir, Index) {
    let (folder, index) = filled(vec![
        about(1, &["sport"], "en-cours"),
        about(2, &["natation"], "en-cours"),
        about(3, &["nage-bebe", "sport"], "prevue"),
        about(4, &["nage-bebe", "natation"], "prevue"),
        about(5, &["culture"], "prevue"),
        about(6, &["jeux"], "terminee"),
    ]);
    index.learn(&words(&[
        ("natation", "sport"),
        ("nage-bebe", "natation"),
        ("culture", "loisirs"),
        ("jeux", "loisirs"),
        ("loisirs", "sante"),
    ]));
    (folder, index)
}

#[test]
fn what_a_click_on_a_value_finds_is_what_stands_beside_it() {
    let (_folder, index) = index();
    // A second segment has a dictionary of its own.
    let more = about(7, &["nage-bebe"], "en-cours");
    index.apply(vec![Update::Put(more)], 2).expect("applied");
    for chosen in [
        &[][..],
        &[("status", "prevue")],
        &[("themes", "natation")],
        &[("themes", "loisirs"), ("status", "prevue")],
        &[("themes", "nage-bebe"), ("themes", "culture")],
    ] {
        let query = choosing(chosen);
        let answer = index.search(&query).expect("answered");
        assert_eq!(index.count(&query).expect("counted"), answer.total);
        let all = index.records(&query).expect("read");
        assert_eq!(all.len() as u64, answer.total, "{chosen:?}");
        for (facet, values) in &answer.facets {
            for value in values {
                let mut click = query.clone();
                click.facets.insert(facet.clone(), set(&[&value.value]));
                let found = index.count(&click).expect("counted");
                assert_eq!(value.count, found, "{chosen:?}: {facet} {}", value.value);
            }
        }
    }
}

#[test]
fn a_wider_term_finds_what_stands_under_it_once_and_says_what_carries_it() {
    let (_folder, index) = index();
    assert_eq!(
        found(&index, &choosing(&[("themes", "sport")])),
        [4, 3, 2, 1]
    );
    assert_eq!(
        found(&index, &choosing(&[("themes", "natation")])),
        [4, 3, 2]
    );
    assert_eq!(found(&index, &choosing(&[("themes", "nage-bebe")])), [4, 3]);
    assert_eq!(found(&index, &choosing(&[("themes", "loisirs")])), [6, 5]);
    let answer = index.search(&choosing(&[])).expect("answered");
    let counts = answer.facets["themes"].iter();
    let counts: BTreeMap<&str, (u64, u64)> = counts
        .map(|it| (it.value.as_str(), (it.count, it.carrying)))
        .collect();
    let expected = BTreeMap::from([
        ("culture", (1, 1)),
        ("jeux", (1, 1)),
        ("loisirs", (2, 0)),
        ("nage-bebe", (2, 2)),
        ("natation", (3, 2)),
        ("sante", (2, 0)),
        ("sport", (4, 2)),
    ]);
    assert_eq!(counts, expected);
}

#[test]
fn the_words_of_a_wider_term_find_what_stands_under_it() {
    let (_folder, index) = index();
    assert_eq!(found(&index, &text("natation ")).len(), 3);
    assert_eq!(found(&index, &text("loisirs ")).len(), 2);
    assert_eq!(found(&index, &text("bebe ")).len(), 2);
}

#[test]
fn terms_in_a_circle_find_the_same() {
    let (_folder, index) = index();
    index.learn(&words(&[("natation", "sport"), ("sport", "natation")]));
    for theme in ["natation", "sport"] {
        assert_eq!(found(&index, &choosing(&[("themes", theme)])), [4, 3, 2, 1]);
    }
    let answer = index.search(&choosing(&[])).expect("answered");
    for count in &answer.facets["themes"] {
        if ["natation", "sport"].contains(&count.value.as_str()) {
            assert_eq!(count.count, 4, "{}", count.value);
        }
    }
}
