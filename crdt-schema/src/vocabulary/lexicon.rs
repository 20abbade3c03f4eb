//! What forms ask and what pages call things: the kinds of this version as one programme chooses among them, with the words and fields
//! that the federation declared. It decides nothing about edits.

use crate::profile::Profile;
use crate::record::{Field, KINDS, Kind, Section, Shape, Vocabulary, field_of_every_kind};
use crate::vocabulary::{DeclaredField, Worded, Words};

/// The words of one node's pages: those of its federation, in the order of its programme.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    words: Words,
    profile: Option<&'static Profile>,
}

/// A field, whoever declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyField<'l> {
    /// One of this version.
    Known(&'static Field),
    /// One of the federation's own.
    Own(&'l DeclaredField),
}

/// A section of a form, with the fields that it asks.
#[derive(Debug, Clone)]
pub struct AskedSection<'l> {
    /// The section.
    pub section: &'static Section,
    /// Its fields: those of this version in their order, then the federation's own by their name. Never empty.
    pub fields: Vec<AnyField<'l>>,
}

impl Lexicon {
    /// Puts together what a federation declared and what a programme chooses; without a programme, everything is asked.
    pub fn new(words: Words, profile: Option<&'static Profile>) -> Self {
        Self { words, profile }
    }

    /// Returns the words of the federation.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Returns the sections that the form of a kind asks, without the fields that a coordinator or the programme leaves out. A kind
    /// that the programme does not show is asked whole. The federation's own fields are asked wherever they stand.
    pub fn sections<'l>(&'l self, kind: &'static Kind) -> Vec<AskedSection<'l>> {
        let shown = self.profile.and_then(|profile| profile.kind(kind.code));
        let chosen: Vec<(&'static Section, Vec<&'static Field>)> = match shown {
            Some(shown) => {
                let sections = shown.sections().iter();
                let is_shown =
                    |code: &str| sections.clone().any(|shown| shown.section.code == code);
                let others = kind.sections.iter().filter(|other| !is_shown(other.code));
                let shown = sections
                    .clone()
                    .map(|shown| (shown.section, shown.fields.clone()));
                shown
                    .chain(others.map(|other| (other, Vec::new())))
                    .collect()
            }
            None => {
                let sections = kind.sections.iter();
                sections
                    .map(|section| (section, section.fields.iter().collect()))
                    .collect()
            }
        };
        let asked = chosen.into_iter().map(|(section, fields)| {
            let known = fields.into_iter();
            let known = known.filter(|field| !self.words.hides(kind.code, field.name));
            let own = self.words.fields_in(kind, section).map(AnyField::Own);
            AskedSection {
                section,
                fields: known.map(AnyField::Known).chain(own).collect(),
            }
        });
        asked.filter(|asked| !asked.fields.is_empty()).collect()
    }

    /// Returns the fields that the form of a kind asks, in their order.
    pub fn fields<'l>(&'l self, kind: &'static Kind) -> Vec<AnyField<'l>> {
        let sections = self.sections(kind).into_iter();
        sections.flat_map(|asked| asked.fields).collect()
    }

    /// Returns the terms that forms offer: those that the programme chooses, in its order, then the federation's own by their code.
    pub fn terms<'l>(&'l self, vocabulary: &'static Vocabulary) -> Vec<Worded<'l>> {
        let mut offered = self.words.offered(vocabulary);
        let Some(profile) = self.profile else {
            return offered;
        };
        let chosen = profile.terms(vocabulary);
        let place = |term: &Worded<'_>| match vocabulary.term(term.code) {
            Some(_) => chosen.iter().position(|chosen| chosen.code == term.code),
            None => Some(chosen.len()),
        };
        offered.retain(|term| place(term).is_some());
        // The order is stable: own terms stay sorted by their code.
        offered.sort_by_key(|term| place(term));
        offered
    }
}

impl Words {
    /// Returns the field with this name, asked by forms or not. `None` for one that nobody declared.
    pub fn any_field<'w>(&'w self, kind: &str, name: &str) -> Option<AnyField<'w>> {
        let known = Kind::parse(kind).and_then(|kind| kind.field(name));
        let known = known.or_else(|| field_of_every_kind(name));
        let own = || self.field(kind, name).map(AnyField::Own);
        known.map(AnyField::Known).or_else(own)
    }

    /// Returns the first field with this name, of whatever kind.
    pub fn field_of_any_kind<'w>(&'w self, name: &str) -> Option<AnyField<'w>> {
        let mut kinds = KINDS.iter();
        kinds.find_map(|kind| self.any_field(kind.code, name))
    }
}

impl<'l> AnyField<'l> {
    /// Returns the stable name, as edits write it.
    pub fn name(self) -> &'l str {
        match self {
            AnyField::Known(field) => field.name,
            AnyField::Own(field) => &field.name,
        }
    }

    /// Returns what may be put in it.
    pub fn shape(self) -> Shape {
        match self {
            AnyField::Known(field) => field.shape,
            AnyField::Own(field) => field.shape.shape(),
        }
    }

    /// Returns the label in a language: English for `en`, else French.
    pub fn label(self, language: &str) -> &'l str {
        match self {
            AnyField::Known(field) => field.wording.in_language(language),
            AnyField::Own(field) => field.wording.in_language(language),
        }
    }

    /// Returns what to write in it, in a language.
    pub fn hint(self, language: &str) -> &'l str {
        match self {
            AnyField::Known(field) => field.hint.in_language(language),
            AnyField::Own(field) => field.hint.in_language(language),
        }
    }
}
