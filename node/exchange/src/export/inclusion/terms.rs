//! Terms of ours as values of their closed lists.

use std::collections::BTreeSet;

use crdt_schema::draft::cut;
use crdt_schema::record::vocabulary_named;
use crdt_schema::vocabulary::{InclusionList, InclusionTerm, Words};
use serde_json::json;

use crate::export::fields::said;
use crate::export::inclusion::Work;
use crate::mapping::ours;

/// A set of ours as a list of theirs.
struct Listed {
    values: BTreeSet<&'static str>,
    /// Terms for which they have no value, with why.
    left: Vec<(String, InclusionTerm)>,
}

impl Work<'_> {
    pub(super) fn themes(&mut self) {
        let Listed { values, left } =
            self.listed("themes", "themes", InclusionList::Theme, &["x_thematiques"]);
        self.say_left("thematiques", &left);
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
            left = others
                .filter(|term| term != EVERYONE)
                .map(|term| (term, InclusionTerm::Finer))
                .collect();
            vec![EVERYONE]
        } else {
            values.into_iter().collect()
        };
        self.list("publics", &values);
        let vocabulary = vocabulary_named("audiences");
        let own = self.words;
        let words = left.iter().map(|(code, _)| {
            let term = vocabulary.and_then(|vocabulary| own.term(vocabulary, code));
            term.map_or(code.as_str(), |term| term.fr)
        });
        let words: Vec<_> = words.collect();
        let unmapped = left
            .iter()
            .filter(|(_, why)| *why == InclusionTerm::Unmapped);
        let unmapped: Vec<_> = unmapped.cloned().collect();
        self.say_left("publics", &unmapped);
        if !words.is_empty() {
            self.put("publics_precisions", json!(words.join(", ")));
        }
    }

    /// Cost, access modes, how to join, and the type.
    pub(super) fn access(&mut self) {
        if let Some(cost) = self.line("cost") {
            self.one("frais", (InclusionList::Cost, "costs"), cost);
        }
        for (theirs, field, vocabulary, list) in [
            (
                "modes_accueil",
                "access_modes",
                "access-modes",
                InclusionList::AccessMode,
            ),
            (
                "modes_mobilisation",
                "joining",
                "joining",
                InclusionList::Joining,
            ),
            (
                "mobilisable_par",
                "mobilisable_by",
                "mobilisers",
                InclusionList::Mobiliser,
            ),
        ] {
            let Listed { values, left } = self.listed(field, vocabulary, list, &[]);
            self.say_left(theirs, &left);
            let values: Vec<_> = values.into_iter().collect();
            self.list(theirs, &values);
        }
        if let Some(kind) = self.line("service_type") {
            self.one("type", (InclusionList::ServiceType, "service-types"), kind);
            return;
        }
        // What an import kept before the form asked for it.
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

    /// One term as their one value. Where a term means several of theirs, none of them is chosen.
    fn one(
        &mut self,
        theirs: &str,
        (list, vocabulary): (InclusionList, &'static str),
        term: String,
    ) {
        match self.theirs(list, vocabulary, &term) {
            InclusionTerm::Values(values) if values.len() == 1 => {
                self.put(theirs, json!(values[0]));
            }
            InclusionTerm::Values(values) => {
                self.notice("types_several", theirs, &values.join(", "));
            }
            why => self.say_left(theirs, &[(term, why)]),
        }
    }

    fn theirs(&self, list: InclusionList, vocabulary: &'static str, term: &str) -> InclusionTerm {
        match vocabulary_named(vocabulary) {
            Some(vocabulary) => self.words.inclusion_of(list, vocabulary, term),
            None => InclusionTerm::Finer,
        }
    }

    fn say_left(&mut self, theirs: &str, left: &[(String, InclusionTerm)]) {
        for (term, why) in left {
            let code = match why {
                InclusionTerm::Unmapped => "term_unmapped",
                _ => "term_broader",
            };
            self.notice(code, theirs, term);
        }
    }

    /// Values that an import kept leave where the field still says what they mean in our terms.
    fn listed(
        &self,
        field: &str,
        vocabulary: &'static str,
        list: InclusionList,
        extras: &[&str],
    ) -> Listed {
        let terms = self.set(field);
        let (mut values, mut covered) = (BTreeSet::new(), BTreeSet::new());
        for kept in self.kept(extras) {
            let Some(value) = list.value(&kept) else {
                continue;
            };
            let meant = meant(self.words, vocabulary, value);
            if !meant.is_empty() && meant.iter().all(|term| terms.contains(term)) {
                values.insert(value);
                covered.extend(meant);
            }
        }
        let mut left = Vec::new();
        for term in terms.into_iter().filter(|term| !covered.contains(term)) {
            match self.theirs(list, vocabulary, &term) {
                InclusionTerm::Values(said) => values.extend(said),
                why => left.push((term, why)),
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
fn meant(words: &Words, vocabulary: &str, value: &str) -> Vec<String> {
    let own = vocabulary_named(vocabulary);
    let declared = own.map(|own| words.meant_by_inclusion(own, value));
    if let Some(declared) = declared.filter(|declared| !declared.is_empty()) {
        return declared.into_iter().map(str::to_owned).collect();
    }
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
