//! The closed lists of data·inclusion (schema v1.0.8), and which of our terms leave as which of their values.
//!
//! The table is `inclusion.tsv`: a list, a value, the terms of ours that it stands for, and for a network what people call it. A term of
//! ours leaves only as a value that means the same or more: their themes are finer than ours, and a theme that nobody chose would
//! be invented. The values are those of the schema (github.com/gip-inclusion/data-inclusion-schema, Licence Ouverte 2.0).

use std::sync::LazyLock;

use crate::record::folded;

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
            InclusionList::Network => "network",
            InclusionList::ServiceType => "service-type",
            InclusionList::Theme => "theme",
        }
    }
}

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
    use crate::record::vocabulary_named;

    const LISTS: [(InclusionList, usize, Option<&str>); 7] = [
        (InclusionList::AccessMode, 2, Some("access-modes")),
        (InclusionList::Audience, 14, Some("audiences")),
        (InclusionList::Cost, 2, Some("costs")),
        (InclusionList::Joining, 4, Some("joining")),
        (InclusionList::Network, 108, None),
        (InclusionList::ServiceType, 6, None),
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
    }
}
