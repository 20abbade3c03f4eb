//! Hits and facets against a naive model, and texts of every sort.

use std::cmp::Reverse;

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 4] = ["k1", "k2", "k3", "k4"];
const FACETS: [&str; 4] = ["audience", "statut", "theme", "theme2"];
const VALUES: [&str; 4] = ["", "a", "a/b", "é"];

fn some_of(
    choice: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = BTreeSet<String>> {
    let one = prop::sample::select(choice).prop_map(str::to_owned);
    prop::collection::btree_set(one, 0..=most)
}

fn some_facets(most: usize) -> impl Strategy<Value = BTreeMap<String, BTreeSet<String>>> {
    let facet = prop::sample::select(&FACETS[..]).prop_map(str::to_owned);
    prop::collection::btree_map(facet, some_of(&VALUES, 3), 0..=most)
}

prop_compose! {
    fn a_document()(
        number in 0_u8..20, kind in prop::sample::select(&["actor", "place"][..]), words in some_of(&WORDS, 3),
        texts in some_of(&WORDS, 2), facets in some_facets(4), updated in 0_i64..4, is_withdrawn in any::<bool>(),
    ) -> SearchDocument {
        SearchDocument {
            kind: kind.to_owned(),
            name: words.into_iter().collect::<Vec<_>>().join(" "),
            texts: texts.into_iter().collect(),
            facets,
            is_withdrawn,
            updated: Timestamp::from_millis(updated),
            ..named(number, "")
        }
    }
}

fn an_update() -> impl Strategy<Value = Update> {
    prop_oneof![
        9 => a_document().prop_map(Update::Put),
        1 => (0_u8..20).prop_map(|number| Update::Remove(record(number))),
    ]
}

/// What the index must answer.
struct Model {
    total: u64,
    withdrawn: u64,
    /// By date.
    records: Vec<RecordId>,
    counts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What the index must answer, the slow and obvious way.
fn model(documents: &BTreeMap<RecordId, SearchDocument>, query: &Query) -> Model {
    let words: Vec<&str> = query.text.split_whitespace().collect();
    let matches = |it: &&SearchDocument| {
        let has = |word: &&str| {
            it.name.split(' ').any(|w| w == *word) || it.texts.iter().any(|t| t == word)
        };
        words.iter().all(has) && query.kind.as_ref().is_none_or(|kind| *kind == it.kind)
    };
    let passes = |it: &SearchDocument, except: Option<&str>| {
        query.facets.iter().all(|(facet, wanted)| {
            let ignored = wanted.is_empty() || except == Some(facet.as_str());
            ignored
                || it
                    .facets
                    .get(facet)
                    .is_some_and(|values| !values.is_disjoint(wanted))
        })
    };
    let is_wanted = |it: &&SearchDocument| match query.withdrawn {
        Withdrawn::Included => true,
        Withdrawn::LeftOut => !it.is_withdrawn,
        Withdrawn::Only => it.is_withdrawn,
    };
    let found = documents.values().filter(matches);
    let found: Vec<_> = found.filter(|it| passes(it, None)).collect();
    let withdrawn = found.iter().filter(|it| it.is_withdrawn).count() as u64;
    let mut hits: Vec<_> = found.into_iter().filter(is_wanted).collect();
    hits.sort_by_key(|it| (Reverse(it.updated), it.record));
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for facet in FACETS {
        for it in documents
            .values()
            .filter(matches)
            .filter(is_wanted)
            .filter(|it| passes(it, Some(facet)))
        {
            for value in it.facets.get(facet).into_iter().flatten() {
                *counts
                    .entry(facet.to_owned())
                    .or_default()
                    .entry(value.clone())
                    .or_default() += 1;
            }
        }
    }
    Model {
        total: hits.len() as u64,
        withdrawn,
        records: hits.iter().map(|it| it.record).collect(),
        counts,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hits_and_facet_counts_are_those_of_a_naive_model(
        batches in prop::collection::vec(prop::collection::vec(an_update(), 0..12), 1..4),
        queries in prop::collection::vec(
            (
                some_of(&WORDS, 2),
                some_facets(3),
                prop::option::of(prop::sample::select(&["actor", "place"][..])),
                prop::sample::select(&[Withdrawn::Included, Withdrawn::LeftOut, Withdrawn::Only][..]),
            ),
            1..6,
        ),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("opened");
        let mut documents = BTreeMap::new();
        for (progress, batch) in (1..).zip(batches) {
            for update in &batch {
                match update {
                    Update::Put(document) => drop(documents.insert(document.record, document.clone())),
                    Update::Remove(record) => drop(documents.remove(record)),
                }
            }
            index.apply(batch, progress).expect("applied");
        }
        for (words, facets, kind, withdrawn) in queries {
            let words: String = words.iter().map(|word| format!("{word} ")).collect();
            let kind = kind.map(str::to_owned);
            let query = Query { facets, kind, withdrawn, sort: Sort::Newest, ..text(&words) };
            let model = model(&documents, &query);
            let answer = index.search(&query).expect("answered");
            prop_assert_eq!((answer.total, answer.withdrawn), (model.total, model.withdrawn));
            prop_assert_eq!(index.count(&query).expect("counted"), model.total);
            let by_id: BTreeSet<_> = model.records.iter().copied().collect();
            prop_assert_eq!(answer.hits.iter().map(|hit| hit.record).collect::<Vec<_>>(), model.records);
            prop_assert_eq!(index.records(&query).expect("read"), by_id.into_iter().collect::<Vec<_>>());
            for values in answer.facets.values() {
                let ordered = |pair: &[FacetCount]| (pair[1].count, &pair[0].value) <= (pair[0].count, &pair[1].value);
                prop_assert!(values.windows(2).all(|pair| ordered(pair) || pair[0].count > pair[1].count));
            }
            let answered: BTreeMap<_, BTreeMap<_, _>> = answer.facets.into_iter()
                .map(|(facet, values)| (facet, values.into_iter().map(|it| (it.value, it.count)).collect()))
                .collect();
            prop_assert_eq!(answered, model.counts);
        }
    }

    #[test]
    fn no_text_within_the_limits_is_an_error(
        words in prop::collection::vec("\\PC{0,15}", 0..8), typed in "[a-zà-ÿ'’\" :()*+~-]{0,60}",
    ) {
        let (_folder, index) = names(&["Aide"]);
        for typed in [words.join(" "), typed] {
            if let Err(error) = index.search(&text(&typed)) {
                let limits = ["search_leading_wildcard", "search_too_many_terms"];
                prop_assert!(limits.contains(&error.code()), "{}", error);
            }
        }
    }
}
