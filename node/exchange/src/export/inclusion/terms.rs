//! Terms of ours as values of their closed lists.

use std::collections::BTreeSet;

use crdt_schema::draft::cut;
use crdt_schema::record::vocabulary_named;
use crdt_schema::vocabulary::InclusionList;
use serde_json::json;

use crate::export::fields::said;
use crate::export::inclusion::Work;
use crate::mapping::ours;

/// A set of ours as a list of theirs.
struct Listed {
    values: BTreeSet<&'static str>,
    /// Terms for which they have no value.
    left: Vec<String>,
}

impl Work<'_> {
    pub(super) fn themes(&mut self) {
        let Listed { values, left } =
            self.listed("themes", "themes", InclusionList::Theme, &["x_thematiques"]);
        for term in left {
            self.notice("term_broader", "thematiques", &term);
        }
        let values: Vec<_> = values.into_iter().collect();
        self.list("thematiques", &values);
    }

    /// `tous-publics` stands alone or not at all. Audiences for which they have no value are said in words.
    pub(super) fn audiences(&mut self) {
        let Listed { values, mut left } = self.listed(
            "audiences",
            "audiences",
            InclusionList::Audience,
            &["x_publics", "x_profils"],
        );
        let values: Vec<_> = if values.contains(EVERYONE) {
            let others = self.set("audiences").into_iter();
            left = others.filter(|term| term != EVERYONE).collect();
            vec![EVERYONE]
        } else {
            values.into_iter().collect()
        };
        self.list("publics", &values);
        let vocabulary = vocabulary_named("audiences");
        let term = |code: &String| vocabulary.and_then(|vocabulary| vocabulary.term(code));
        let words = left.iter();
        let words = words.map(|code| term(code).map_or(code.as_str(), |term| term.wording.fr));
        let words: Vec<_> = words.collect();
        if !words.is_empty() {
            self.put("publics_precisions", json!(words.join(", ")));
        }
    }

    /// Cost, access modes, how to join, and the type.
    pub(super) fn access(&mut self) {
        if let Some(cost) = self.line("cost") {
            match InclusionList::Cost.of_term(&cost) {
                Some(value) => self.put("frais", json!(value)),
                None => self.notice("term_broader", "frais", &cost),
            }
        }
        for (theirs, field, list) in [
            ("modes_accueil", "access_modes", InclusionList::AccessMode),
            ("modes_mobilisation", "joining", InclusionList::Joining),
        ] {
            let Listed { values, left } = self.listed(field, "", list, &[]);
            for term in left {
                self.notice("term_broader", theirs, &term);
            }
            let values: Vec<_> = values.into_iter().collect();
            self.list(theirs, &values);
        }
        let types = self.kept(&["x_type", "x_types"]);
        let types: BTreeSet<_> = types
            .iter()
            .filter_map(|word| InclusionList::ServiceType.value(word))
            .collect();
        let types: Vec<_> = types.into_iter().collect();
        match types[..] {
            [] => (),
            [value] => self.put("type", json!(value)),
            _ => self.notice("types_several", "type", &types.join(", ")),
        }
    }

    /// Values that an import kept leave where the field still says what they mean in our terms.
    fn listed(
        &self,
        field: &str,
        vocabulary: &str,
        list: InclusionList,
        extras: &[&str],
    ) -> Listed {
        let terms = self.set(field);
        let (mut values, mut covered) = (BTreeSet::new(), BTreeSet::new());
        for kept in self.kept(extras) {
            let Some(value) = list.value(&kept) else {
                continue;
            };
            let meant = meant(vocabulary, value);
            if !meant.is_empty() && meant.iter().all(|term| terms.contains(term)) {
                values.insert(value);
                covered.extend(meant);
            }
        }
        let mut left = Vec::new();
        for term in terms.into_iter().filter(|term| !covered.contains(term)) {
            match list.of_term(&term) {
                Some(value) => drop(values.insert(value)),
                None => left.push(term),
            }
        }
        Listed { values, left }
    }

    fn kept(&self, extras: &[&str]) -> Vec<String> {
        let held = extras.iter().filter_map(|name| self.view.field(name));
        held.flat_map(|held| cut(&said(None, held)).collect::<Vec<_>>())
            .collect()
    }
}

/// Returns what a value of theirs means in our terms, as an import reads it.
fn meant(vocabulary: &str, value: &str) -> Vec<String> {
    let own = vocabulary_named(vocabulary);
    let is_own = |code: &str| own.is_some_and(|own| own.term(code).is_some());
    let head = value.split_once("--").map_or(value, |(head, _)| head);
    if is_own(value) {
        return vec![value.to_owned()];
    }
    match ours(vocabulary, value) {
        Some(terms) => terms.iter().map(|term| (*term).to_owned()).collect(),
        None if is_own(head) => vec![head.to_owned()],
        None => Vec::new(),
    }
}

const EVERYONE: &str = "tous-publics";
