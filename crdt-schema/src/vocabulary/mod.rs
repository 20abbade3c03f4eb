//! The words and fields of a federation: the vocabularies and kinds of this version, with what its coordinators declared since.
//!
//! A declaration never changes what is written in records. A term keeps its code whatever it is called; a term that forms offer no
//! more stays in the records that have it; a field that is hidden keeps its values. Two coordinators who word one term apart are shown
//! both, until an act replaces both; meanwhile the act with the highest id is shown everywhere, which is the same on all nodes.

mod declaration;
mod inclusion;
mod lexicon;

use std::collections::{BTreeMap, BTreeSet};

pub use declaration::{
    CODE_BYTES_MAX, Declaration, DeclarationError, Declared, DeclaredField, DeclaredTerm,
    HINT_BYTES_MAX, OWN_FIELD, OwnShape, PROFILES_MAX, REPLACES_MAX, Standing, WORDING_BYTES_MAX,
};
pub use inclusion::{InclusionList, InclusionTerm};
pub use lexicon::{AnyField, AskedSection, Lexicon};

use crate::cbor::Tree;
use crate::id::ItemId;
use crate::profile::Profile;
use crate::record::{Kind, Section, Vocabulary, folded};
use crate::statement::DueDates;

/// The vocabularies and fields of a federation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    terms: BTreeMap<(String, String), Vec<(ItemId, DeclaredTerm)>>,
    fields: BTreeMap<(String, String), Vec<(ItemId, DeclaredField)>>,
    hidden: BTreeMap<(String, String), Vec<(ItemId, bool)>>,
    profiles: Vec<(ItemId, Vec<String>)>,
}

/// A term as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded<'w> {
    /// What edits write.
    pub code: &'w str,
    /// What people read, in French.
    pub fr: &'w str,
    /// What people read, in English.
    pub en: &'w str,
    /// What a coordinator declared of it; `None` for a term of this version that nobody touched.
    pub declared: Option<&'w DeclaredTerm>,
    /// Whether coordinators worded it apart, in different ways, so that one of them should decide.
    pub is_disputed: bool,
}

impl Words {
    /// Returns the words of this version alone.
    pub fn shipped() -> &'static Words {
        static SHIPPED: Words = Words {
            terms: BTreeMap::new(),
            fields: BTreeMap::new(),
            hidden: BTreeMap::new(),
            profiles: Vec::new(),
        };
        &SHIPPED
    }

    /// Gathers what the acts that count declare. Their order does not matter.
    pub fn of<'a>(acts: impl Iterator<Item = (ItemId, &'a Tree)>) -> Self {
        let all: BTreeMap<ItemId, Declaration> = acts
            .filter_map(|(id, body)| Declaration::read(body).map(|said| (id, said)))
            .collect();
        let mut replaced = BTreeSet::new();
        for declaration in all.values() {
            let subject = subject(&declaration.declared);
            let earlier = declaration.replaces.iter().copied();
            replaced.extend(earlier.filter(|id| {
                all.get(id)
                    .is_some_and(|other| self::subject(&other.declared) == subject)
            }));
        }
        let mut words = Self::default();
        for (id, declaration) in &all {
            if replaced.contains(id) {
                continue;
            }
            let (_, one, two) = subject(&declaration.declared);
            let key = (one.to_owned(), two.to_owned());
            match &declaration.declared {
                Declared::Field(field) => {
                    words
                        .fields
                        .entry(key)
                        .or_default()
                        .push((*id, field.clone()));
                }
                Declared::Hidden { is_hidden, .. } => {
                    words.hidden.entry(key).or_default().push((*id, *is_hidden));
                }
                Declared::Profiles(codes) => words.profiles.push((*id, codes.clone())),
                Declared::Term(term) => {
                    words
                        .terms
                        .entry(key)
                        .or_default()
                        .push((*id, term.clone()));
                }
            }
        }
        words
    }

    /// Returns every term of a vocabulary: those of this version in their order, then the federation's own by their code.
    pub fn terms<'w>(&'w self, vocabulary: &'static Vocabulary) -> Vec<Worded<'w>> {
        let known = vocabulary.terms.iter().map(|term| term.code);
        let own = self
            .terms
            .keys()
            .filter(|(list, code)| list == vocabulary.code && vocabulary.term(code).is_none());
        let own: Vec<&str> = own.map(|(_, code)| code.as_str()).collect();
        known
            .chain(own)
            .filter_map(|code| self.term(vocabulary, code))
            .collect()
    }

    /// Returns the terms that forms offer.
    pub fn offered<'w>(&'w self, vocabulary: &'static Vocabulary) -> Vec<Worded<'w>> {
        let mut terms = self.terms(vocabulary);
        terms.retain(|term| term.is_current());
        terms
    }

    /// Returns what coordinators declared of terms of a vocabulary, by their codes; of several declarations of one, what is shown.
    fn declared_terms<'w>(
        &'w self,
        vocabulary: &'static Vocabulary,
    ) -> impl Iterator<Item = &'w DeclaredTerm> {
        let declared = self.terms.iter();
        let of = declared.filter(|((list, _), _)| list == vocabulary.code);
        of.filter_map(|(_, said)| said.last().map(|(_, term)| term))
    }

    /// Returns a term by its code. `None` for a term that nobody declared: it is shown as it is written.
    pub fn term<'w>(
        &'w self,
        vocabulary: &'static Vocabulary,
        code: &'w str,
    ) -> Option<Worded<'w>> {
        // Imports ask for every cell, and most federations declare nothing: no key is made for them.
        let declared = (!self.terms.is_empty())
            .then(|| (vocabulary.code.to_owned(), code.to_owned()))
            .and_then(|key| self.terms.get(&key))
            .map_or(&[][..], Vec::as_slice);
        if let Some((_, term)) = declared.last() {
            return Some(Worded {
                code: &term.code,
                fr: term.wording.in_language("fr"),
                en: term.wording.in_language("en"),
                declared: Some(term),
                is_disputed: differ(declared),
            });
        }
        vocabulary.term(code).map(|term| Worded {
            code: term.code,
            fr: term.wording.fr,
            en: term.wording.en,
            declared: None,
            is_disputed: false,
        })
    }

    /// Returns the codes of the terms that are wider than one: those that it names, those that these name, and so on. Of terms that name
    /// each other, each is wider than the other, and none than itself.
    pub fn broader<'w>(&'w self, vocabulary: &'static Vocabulary, code: &str) -> BTreeSet<&'w str> {
        let named = |code: &str| {
            let wide = self.declared_term(vocabulary, code)?.broader.as_deref()?;
            self.term(vocabulary, wide).map(|wide| wide.code)
        };
        let (mut wider, mut at) = (BTreeSet::new(), named(code));
        while let Some(wide) = at.filter(|wide| *wide != code) {
            if !wider.insert(wide) {
                break;
            }
            at = named(wide);
        }
        wider
    }

    /// Returns the term that forms offer in the place of one that they offer no more, through as many as that takes. `None` for one that
    /// is offered, and where nothing that is offered stands in its place.
    pub fn successor<'w>(
        &'w self,
        vocabulary: &'static Vocabulary,
        code: &str,
    ) -> Option<Worded<'w>> {
        let named = |code: &str| self.declared_term(vocabulary, code)?.successor();
        let (mut met, mut at) = (BTreeSet::new(), named(code)?);
        while met.insert(at) {
            let term = self.term(vocabulary, at)?;
            if term.is_current() {
                return Some(term);
            }
            at = named(at)?;
        }
        None
    }

    /// Returns what is shown of the declarations of a term.
    fn declared_term(&self, vocabulary: &'static Vocabulary, code: &str) -> Option<&DeclaredTerm> {
        if self.terms.is_empty() {
            return None;
        }
        let said = self
            .terms
            .get(&(vocabulary.code.to_owned(), code.to_owned()))?;
        said.last().map(|(_, term)| term)
    }

    /// Returns the code of the term that a person or a file means: by its code as it is written, by either wording, or by the wording
    /// that this version has for it. Of wordings, the federation's own go first.
    pub fn code_meant<'w>(
        &'w self,
        vocabulary: &'static Vocabulary,
        text: &str,
    ) -> Option<&'w str> {
        if !self.terms.is_empty() {
            let mut listed = self
                .terms
                .keys()
                .filter(|(list, _)| list == vocabulary.code);
            if let Some((_, code)) = listed.find(|(_, code)| code == text) {
                return Some(code);
            }
            // Somebody may word another term as this one is written: a file with codes must read back.
            if let Some(term) = vocabulary.term(text) {
                return Some(term.code);
            }
            let wanted = folded(text);
            let is_meant = |term: &DeclaredTerm| {
                let names = [
                    &term.code,
                    term.wording.in_language("fr"),
                    term.wording.in_language("en"),
                ];
                names.iter().any(|name| folded(name) == wanted)
            };
            let own = self
                .terms
                .iter()
                .filter(|((list, _), _)| list == vocabulary.code);
            let mut own = own.filter_map(|(_, declared)| declared.last());
            if let Some((_, term)) = own.find(|(_, term)| is_meant(term)) {
                return Some(&term.code);
            }
        }
        // Codes come first: wordings have to be folded, all of them, for each word of each row.
        let known = vocabulary.term(text).or_else(|| vocabulary.meant(text));
        known.map(|term| term.code)
    }

    /// Returns the federation's own fields of a kind, by their name.
    pub fn fields<'w>(&'w self, kind: &'w str) -> impl Iterator<Item = &'w DeclaredField> {
        let own = self.fields.iter().filter(move |((of, _), _)| of == kind);
        own.filter_map(|(_, declared)| declared.last().map(|(_, field)| field))
    }

    /// Returns one of the federation's own fields.
    pub fn field(&self, kind: &str, name: &str) -> Option<&DeclaredField> {
        if !name.starts_with(OWN_FIELD) {
            return None;
        }
        let declared = self.fields.get(&(kind.to_owned(), name.to_owned()))?;
        declared.last().map(|(_, field)| field)
    }

    /// Returns the federation's own fields that stand in a section.
    pub fn fields_in<'w>(
        &'w self,
        kind: &'static Kind,
        section: &'static Section,
    ) -> impl Iterator<Item = &'w DeclaredField> {
        self.fields(kind.code)
            .filter(|field| field.section == section.code && !self.hides(kind.code, &field.name))
    }

    /// Returns whether forms and pages leave a field out.
    pub fn hides(&self, kind: &str, field: &str) -> bool {
        let declared = self.hidden.get(&(kind.to_owned(), field.to_owned()));
        declared
            .and_then(|declared| declared.last())
            .is_some_and(|(_, is_hidden)| *is_hidden)
    }

    /// Returns the acts in force on the subject of a declaration: what a new one on it replaces.
    pub fn in_force(&self, declared: &Declared) -> Vec<ItemId> {
        let (_, one, two) = subject(declared);
        let key = (one.to_owned(), two.to_owned());
        match declared {
            Declared::Field(_) => ids(self.fields.get(&key)),
            Declared::Hidden { .. } => ids(self.hidden.get(&key)),
            Declared::Profiles(_) => ids(Some(&self.profiles)),
            Declared::Term(_) => ids(self.terms.get(&key)),
        }
    }

    /// Returns the codes of the programmes that the federation follows, the leading one first: of coordinators who chose apart, all
    /// that they chose, until an act replaces both.
    pub fn profiles(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        for code in self.profiles.iter().rev().flat_map(|(_, codes)| codes) {
            if !codes.contains(&code.as_str()) {
                codes.push(code);
            }
        }
        codes
    }

    /// Returns what the programmes of the federation show together. `None` when it declared none that this version knows.
    pub fn profile(&self) -> Option<&'static Profile> {
        Profile::together(&self.profiles())
    }

    /// Returns after how many days the sections of each kind are to be looked at again: the same for every node, whatever its pages show.
    pub fn due_dates(&self) -> DueDates {
        self.profile().map(Profile::due_dates).unwrap_or_default()
    }

    /// Returns whether coordinators chose programmes apart, so that one of them should decide.
    pub fn are_profiles_disputed(&self) -> bool {
        !self.profiles.is_empty() && differ(&self.profiles)
    }

    /// Returns whether coordinators declared a field apart, in different ways, so that one of them should decide.
    pub fn is_field_disputed(&self, kind: &str, name: &str) -> bool {
        let declared = self.fields.get(&(kind.to_owned(), name.to_owned()));
        declared.is_some_and(|said| differ(said))
    }
}

impl Worded<'_> {
    /// Returns the wording in a language: English for `en`, else French.
    pub fn in_language(&self, language: &str) -> &str {
        if language == "en" { self.en } else { self.fr }
    }

    /// Returns whether forms offer it.
    pub fn is_current(&self) -> bool {
        self.declared
            .is_none_or(|term| term.standing == Standing::Current)
    }
}

/// What a declaration is about: the type, and the two codes that name it.
fn subject(declared: &Declared) -> (&'static str, &str, &str) {
    match declared {
        Declared::Field(field) => ("field", &field.kind, &field.name),
        Declared::Hidden { kind, field, .. } => ("hidden", kind, field),
        Declared::Profiles(_) => ("profiles", "", ""),
        Declared::Term(term) => ("term", &term.vocabulary, &term.code),
    }
}

fn ids<T>(declared: Option<&Vec<(ItemId, T)>>) -> Vec<ItemId> {
    let declared = declared.into_iter().flatten();
    declared.map(|(id, _)| *id).collect()
}

fn differ<T: PartialEq>(said: &[(ItemId, T)]) -> bool {
    said.iter().any(|(_, one)| *one != said[0].1)
}

#[cfg(test)]
mod tests;
