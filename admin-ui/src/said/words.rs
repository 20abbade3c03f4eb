//! Declarations of terms and fields in words.

use crdt_schema::profile::{Profile, Text};
use crdt_schema::record::{Kind, vocabulary_named};
use crdt_schema::vocabulary::{Declaration, Declared, DeclaredField, DeclaredTerm, Standing};

use super::{Facts, Saying};
use crate::wording;

impl Saying<'_> {
    pub(super) fn declaration(&self, declaration: &Declaration) -> Facts {
        let mut facts = match &declaration.declared {
            Declared::Field(field) => self.own_field(field),
            Declared::Hidden {
                kind,
                field,
                is_hidden,
            } => {
                let hidden = if *is_hidden { "yes" } else { "no" };
                vec![
                    self.kind(kind),
                    self.fact("words-field", self.field_label(kind, field)),
                    self.fact("fact-hidden", self.language.text(hidden)),
                ]
            }
            Declared::Profiles(codes) => vec![self.fact("fact-profiles", self.profiles(codes))],
            Declared::Term(term) => self.term(term),
        };
        let replaced = declaration.replaces.len();
        if replaced > 0 {
            let values = [("count", replaced.into())];
            let text = self.language.text_with("replaces-count", &values);
            facts.push(self.fact("fact-replaces", text));
        }
        facts
    }

    /// A later version may know a programme that this one does not: its code is said then.
    fn profiles(&self, codes: &[String]) -> String {
        let titles = codes.iter().map(|code| match Profile::of(code) {
            Some(profile) => profile.title().in_language(self.language.tag()),
            None => code,
        });
        titles.collect::<Vec<_>>().join(" · ")
    }

    fn term(&self, term: &DeclaredTerm) -> Facts {
        let standing = match &term.standing {
            Standing::Current => self.language.text("words-current"),
            Standing::Deprecated { successor: None } => self.language.text("words-deprecated"),
            Standing::Deprecated {
                successor: Some(successor),
            } => {
                let values = [("successor", self.worded(&term.vocabulary, successor).into())];
                self.language.text_with("words-deprecated-for", &values)
            }
        };
        let mut facts = vec![
            self.fact("words-vocabulary", &term.vocabulary),
            self.fact("words-code", &term.code),
        ];
        facts.extend(self.both(&term.wording));
        if let Some(broader) = &term.broader {
            facts.push(self.fact("words-broader", self.worded(&term.vocabulary, broader)));
        }
        facts.push(self.fact("words-standing", standing));
        if !term.data_inclusion.is_empty() {
            let foreign = term.data_inclusion.join(", ");
            facts.push(self.fact("words-data-inclusion", foreign));
        }
        facts
    }

    fn own_field(&self, field: &DeclaredField) -> Facts {
        let kind = Kind::parse(&field.kind);
        let mut sections = kind.into_iter().flat_map(|kind| kind.sections);
        let section = sections.find(|section| section.code == field.section);
        let section = section.map_or(field.section.as_str(), |section| {
            section.wording.in_language(self.language.tag())
        });
        let public = if field.is_public { "yes" } else { "no" };
        let mut facts = vec![
            self.kind(&field.kind),
            self.fact("fact-section", section),
            self.fact("words-field-name", &field.name),
        ];
        facts.extend(self.both(&field.wording));
        facts.extend([
            self.fact(
                "words-field-hint",
                field.hint.in_language(self.language.tag()),
            ),
            self.fact(
                "words-shape",
                wording::own_shape(self.language, field.shape),
            ),
            self.fact("words-public", self.language.text(public)),
        ]);
        facts
    }

    fn both(&self, text: &Text) -> [(String, String); 2] {
        [
            self.fact("words-fr", text.in_language("fr")),
            self.fact("words-en", text.in_language("en")),
        ]
    }

    fn kind(&self, kind: &str) -> (String, String) {
        self.fact("words-kind", wording::kind_label(self.language, kind))
    }

    fn field_label(&self, kind: &str, field: &str) -> String {
        let known = self.state.governance().words().any_field(kind, field);
        wording::field_label(self.language, known, field)
    }

    fn worded(&self, vocabulary: &str, code: &str) -> String {
        let words = self.state.governance().words();
        let term = vocabulary_named(vocabulary).and_then(|list| words.term(list, code));
        term.map_or_else(
            || code.to_owned(),
            |term| term.in_language(self.language.tag()).to_owned(),
        )
    }
}
