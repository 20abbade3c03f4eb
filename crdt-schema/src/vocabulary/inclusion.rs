//! The closed lists of data·inclusion (schema v1.0.8), and which of our terms leave as which of their values.
//!
//! The table is `inclusion.tsv`: a list, a value, the terms of ours that it stands for, and for a network what people call it. A term of
//! ours leaves only as a value that means the same or more: their themes are finer than ours, and a theme that nobody chose would
//! be invented. The values are those of the schema (github.com/gip-inclusion/data-inclusion-schema, Licence Ouverte 2.0).

use std::sync::LazyLock;

use crate::record::{Vocabulary, folded};
use crate::vocabulary::{DeclaredTerm, Standing, Words};

/// A closed list of data·inclusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InclusionList {
    /// `modes_accueil`.
    AccessMode,
    /// `publics`.
    Audience,
    /// `frais`.
    Cost,
    /// `modes_mobilisation`.
    Joining,
    /// `mobilisable_par`.
    Mobiliser,
    /// `reseaux_porteurs`.
    Network,
    /// `type` of a service.
    ServiceType,
    /// `thematiques`.
    Theme,
}

impl InclusionList {
    /// Returns the values, in the order of the alphabet.
    pub fn values(self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|row| row.value)
    }

    /// Returns their value that is written so.
    pub fn value(self, written: &str) -> Option<&'static str> {
        self.values().find(|value| *value == written)
    }

    /// Returns their value for a term of ours, where one means the same or more.
    pub fn of_term(self, term: &str) -> Option<&'static str> {
        let mut rows = self.rows();
        rows.find(|row| !term.is_empty() && row.ours.split(' ').any(|ours| ours == term))
            .map(|row| row.value)
    }

    /// Returns the value that a free word means: by what is written, or by one of its names, without regard to case and accents.
    pub fn called(self, word: &str) -> Option<&'static str> {
        let wanted = folded(word);
        let is_it = |name: &str| !name.is_empty() && folded(name) == wanted;
        let mut rows = self.rows();
        rows.find(|row| is_it(row.value) || row.names.split('|').any(is_it))
            .map(|row| row.value)
    }

    fn rows(self) -> impl Iterator<Item = &'static Row> {
        TABLE.iter().filter(move |row| row.list == self.code())
    }

    fn code(self) -> &'static str {
        match self {
            InclusionList::AccessMode => "access-mode",
            InclusionList::Audience => "audience",
            InclusionList::Cost => "cost",
            InclusionList::Joining => "joining",
            InclusionList::Mobiliser => "mobiliser",
            InclusionList::Network => "network",
            InclusionList::ServiceType => "service-type",
            InclusionList::Theme => "theme",
        }
    }
}

/// What a term of a vocabulary is in a list of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InclusionTerm {
    /// These values, which mean the same or more.
    Values(Vec<&'static str>),
    /// None: theirs are finer.
    Finer,
    /// A term of the federation's own, of which no coordinator has said what it is there.
    Unmapped,
}

impl Words {
    /// Returns what a term leaves as: what a coordinator declared, else what this version knows of it, or of the wider term that the
    /// coordinator named.
    pub fn inclusion_of(
        &self,
        list: InclusionList,
        vocabulary: &'static Vocabulary,
        term: &str,
    ) -> InclusionTerm {
        let mut code = term.to_owned();
        // A wider term may have a wider one; coordinators who make a circle of them get no further.
        for _ in 0..BROADER_MAX {
            let declared = self.term(vocabulary, &code).and_then(|it| it.declared);
            let said = declared.map_or(&[][..], |declared| &declared.data_inclusion);
            let mut values: Vec<_> = said.iter().filter_map(|it| list.value(it)).collect();
            if values.is_empty() {
                values.extend(list.of_term(&code));
            }
            if !values.is_empty() {
                return InclusionTerm::Values(values);
            }
            match declared.and_then(|declared| declared.broader.clone()) {
                Some(broader) => code = broader,
                None => break,
            }
        }
        match vocabulary.term(term) {
            Some(_) => InclusionTerm::Finer,
            None => InclusionTerm::Unmapped,
        }
    }

    /// Returns the terms of a vocabulary that coordinators declared to be this value of theirs, and that forms offer.
    pub fn meant_by_inclusion(&self, vocabulary: &'static Vocabulary, value: &str) -> Vec<&str> {
        let declared = self.declared_terms(vocabulary);
        let is_it = |term: &&DeclaredTerm| {
            let mut said = term.data_inclusion.iter();
            term.standing == Standing::Current && said.any(|said| said == value)
        };
        declared
            .filter(is_it)
            .map(|term| term.code.as_str())
            .collect()
    }
}

/// Terms that are followed to wider ones.
const BROADER_MAX: usize = 8;

struct Row {
    list: &'static str,
    value: &'static str,
    ours: &'static str,
    names: &'static str,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = include_str!("inclusion.tsv").lines().map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        Row {
            list: cell(),
            value: cell(),
            ours: cell(),
            names: cell(),
        }
    });
    rows.collect()
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::governance::Act;
    use crate::id::ItemId;
    use crate::profile::Text;
    use crate::record::vocabulary_named;
    use crate::vocabulary::{Declaration, Declared};

    const LISTS: [(InclusionList, usize, Option<&str>); 8] = [
        (InclusionList::AccessMode, 2, Some("access-modes")),
        (InclusionList::Audience, 14, Some("audiences")),
        (InclusionList::Cost, 2, Some("costs")),
        (InclusionList::Joining, 4, Some("joining")),
        (InclusionList::Network, 108, None),
        (InclusionList::Mobiliser, 2, Some("mobilisers")),
        (InclusionList::ServiceType, 6, Some("service-types")),
        (InclusionList::Theme, 69, Some("themes")),
    ];

    #[test]
    fn every_value_stands_once_and_for_terms_that_exist() {
        let mut rows = 0;
        for (list, count, vocabulary) in LISTS {
            let values: BTreeSet<_> = list.values().collect();
            assert_eq!(
                (values.len(), list.values().count()),
                (count, count),
                "{list:?}"
            );
            rows += count;
            let mut ours: Vec<_> = list.rows().flat_map(|row| row.ours.split(' ')).collect();
            ours.retain(|term| !term.is_empty());
            let known = |term: &&str| {
                let vocabulary = vocabulary.and_then(vocabulary_named);
                vocabulary.is_some_and(|vocabulary| vocabulary.term(term).is_some())
            };
            assert!(ours.iter().all(known), "{list:?}: {ours:?}");
            let distinct: BTreeSet<_> = ours.iter().collect();
            assert_eq!(
                distinct.len(),
                ours.len(),
                "{list:?}: a term leaves as one value"
            );
        }
        assert_eq!(TABLE.len(), rows, "no row of an unknown list");
    }

    #[test]
    fn a_network_is_found_by_its_code_and_by_its_names() {
        for word in ["france-service", "France Services", "FRANCE SERVICE"] {
            let network = InclusionList::Network.called(word);
            assert_eq!(network, Some("france-service"), "{word}");
        }
        assert_eq!(InclusionList::Network.called("Les Archers inventés"), None);
        assert_eq!(InclusionList::Network.called(""), None);
    }

    #[test]
    fn a_term_leaves_only_as_what_means_the_same_or_more() {
        assert_eq!(
            InclusionList::Theme.of_term("sport"),
            Some("remobilisation--activites-sportives-et-culturelles")
        );
        assert_eq!(InclusionList::Theme.of_term("sante"), None);
        assert_eq!(InclusionList::Audience.of_term("enfants"), None);
        assert_eq!(InclusionList::Theme.of_term(""), None);
        // Their themes are all of the form `category--part`: of these ours, each of theirs is a part.
        let themes = vocabulary_named("themes").expect("a vocabulary");
        let none = themes.terms.iter().map(|term| term.code);
        let none: Vec<_> = none
            .filter(|term| InclusionList::Theme.of_term(term).is_none())
            .collect();
        assert_eq!(
            none,
            [
                "education-jeunesse",
                "emploi-formation",
                "environnement",
                "famille-enfance",
                "handicap-accessibilite",
                "insertion",
                "logement",
                "mobilite",
                "numerique",
                "sante",
                "solidarite",
                "vieillissement",
            ]
        );
        assert!(InclusionList::Theme.values().all(|it| it.contains("--")));
    }

    #[test]
    fn what_a_coordinator_declares_goes_before_what_this_version_knows() {
        let themes = vocabulary_named("themes").expect("a vocabulary");
        let term = |code: &str, broader: Option<&str>, theirs: &[&str]| DeclaredTerm {
            vocabulary: "themes".to_owned(),
            code: code.to_owned(),
            wording: Text::new("Un thème", "A theme"),
            broader: broader.map(str::to_owned),
            standing: Standing::Current,
            data_inclusion: theirs.iter().map(|it| (*it).to_owned()).collect(),
        };
        let declared = [
            term(
                "numerique",
                None,
                &["numerique--acquerir-un-equipement", "inconnu"],
            ),
            term("glisse", Some("sport"), &[]),
            term("jeux", None, &[]),
            term("boucle", Some("tour"), &[]),
            term("tour", Some("boucle"), &[]),
        ];
        let acts = declared.map(|term| {
            let declaration = Declaration {
                declared: Declared::Term(term),
                replaces: Vec::new(),
            };
            match declaration.to_act() {
                Act::Vocabulary { scheme: None, body } => body,
                other => panic!("{other:?}"),
            }
        });
        let ids = (1..).map(|n| ItemId::from_bytes([n; ItemId::BYTES]));
        let words = Words::of(ids.zip(acts.iter()));
        let of = |code: &str| words.inclusion_of(InclusionList::Theme, themes, code);
        let one = |value: &'static str| InclusionTerm::Values(vec![value]);
        assert_eq!(of("numerique"), one("numerique--acquerir-un-equipement"));
        let sport = "remobilisation--activites-sportives-et-culturelles";
        assert_eq!((of("glisse"), of("sport")), (one(sport), one(sport)));
        assert_eq!(of("sante"), InclusionTerm::Finer);
        for own in ["jeux", "boucle", "jamais-dit"] {
            assert_eq!(of(own), InclusionTerm::Unmapped, "{own}");
        }
        let meant = words.meant_by_inclusion(themes, "numerique--acquerir-un-equipement");
        assert_eq!(meant, ["numerique"]);
        assert!(
            words
                .meant_by_inclusion(themes, "sante--addictions")
                .is_empty()
        );
    }
}
