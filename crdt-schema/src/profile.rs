//! Profiles: what one programme shows of the census. A profile is data, in `profiles/`; it chooses among the kinds, sections and terms
//! that this version knows, in its own order and its own words. It never takes data away: a record of a kind that a profile does not
//! show is held, exchanged and exported all the same. A federation may follow several: their pages show what any of them shows.

mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::limits::NAME_BYTES_MAX;
use crate::record::{Field, Kind, Section, Term, Vocabulary};
use crate::statement::{DueDates, DueDays, PRISMS};

/// What one programme shows of the census.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    code: String,
    title: Text,
    sentence: Text,
    kinds: Vec<ShownKind>,
    vocabularies: BTreeMap<&'static str, Vec<&'static Term>>,
    prisms: Vec<ShownPrism>,
}

/// A prism that a profile names in the place of the usual ones.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownPrism {
    code: String,
    wording: Text,
}

/// A kind that a profile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownKind {
    kind: &'static Kind,
    sections: Vec<ShownSection>,
    one: Option<Text>,
    many: Option<Text>,
    due: DueDays,
}

/// A section that a profile shows, with its fields but those that the profile hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSection {
    /// The section.
    pub section: &'static Section,
    /// The fields to show, in the section's order.
    pub fields: Vec<&'static Field>,
}

/// A text for people, in both languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    fr: String,
    en: String,
}

/// Why a text is no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A section of a kind would have to be looked at before it should be, at once, or after more than ten years.
    #[error("days of {0} are no days: 0 < advised < required <= 3660")]
    Days(String),
    /// A text for people, or a list, is empty.
    #[error("{0} is empty")]
    Empty(String),
    /// A field is hidden that every record must show.
    #[error("{0} cannot be hidden")]
    Needed(String),
    /// It is not TOML, or not of the form of a profile.
    #[error("{0}")]
    Syntax(String),
    /// Something is named twice.
    #[error("{0} is named twice")]
    Twice(String),
    /// Something is named that this version does not know.
    #[error("there is no {0}")]
    Unknown(String),
}

impl Profile {
    /// Returns the profiles of this version.
    pub fn all() -> &'static [Profile] {
        &PROFILES
    }

    /// Returns the profile with this code.
    pub fn of(code: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.code == code)
    }

    /// Reads a profile. Everything that it names must exist, once.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let file: ProfileFile =
            toml::from_str(text).map_err(|error| ProfileError::Syntax(error.to_string()))?;
        if file.code.is_empty() {
            return Err(ProfileError::Empty("code".to_owned()));
        }
        if file.kinds.is_empty() {
            return Err(ProfileError::Empty("kinds".to_owned()));
        }
        once("kind", file.kinds.iter().map(|kind| kind.code.as_str()))?;
        let kinds: Result<Vec<_>, _> = file.kinds.into_iter().map(shown_kind).collect();
        let kinds = kinds?;
        let vocabularies = file
            .vocabularies
            .iter()
            .map(|(code, terms)| chosen_terms(&kinds, code, terms));
        once("prism", file.prisms.iter().map(|prism| prism.code.as_str()))?;
        let prisms = file.prisms.into_iter().map(ShownPrism::checked);
        Ok(Self {
            prisms: prisms.collect::<Result<_, _>>()?,
            code: file.code,
            title: file.title.checked("title")?,
            sentence: file.sentence.checked("sentence")?,
            vocabularies: vocabularies.collect::<Result<_, _>>()?,
            kinds,
        })
    }

    /// Returns the stable code, as commands and the configuration write it.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the title of the pages.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// Returns what the programme is about, in one sentence.
    pub fn sentence(&self) -> &Text {
        &self.sentence
    }

    /// Returns the kinds to show, in their order.
    pub fn kinds(&self) -> &[ShownKind] {
        &self.kinds
    }

    /// Returns how this profile shows a kind; `None` when it does not.
    pub fn kind(&self, code: &str) -> Option<&ShownKind> {
        self.kinds.iter().find(|shown| shown.kind.code == code)
    }

    /// Returns after how many days the sections of the kinds that it shows are to be looked at again.
    pub fn due_dates(&self) -> DueDates {
        let kinds = self.kinds.iter();
        DueDates::of(kinds.map(|shown| (shown.kind.code, shown.due)))
    }

    /// Returns whether a shown field is written with this vocabulary.
    pub fn asks_for(&self, vocabulary: &Vocabulary) -> bool {
        let sections = self.kinds.iter().flat_map(|shown| &shown.sections);
        let mut fields = sections.flat_map(|shown| &shown.fields);
        fields.any(|field| {
            let asked = field.shape.vocabulary();
            asked.is_some_and(|asked| asked.code == vocabulary.code)
        })
    }

    /// Returns the terms of a vocabulary that forms offer, in their order: all of them, unless the profile chooses.
    pub fn terms(&self, vocabulary: &'static Vocabulary) -> Vec<&'static Term> {
        match self.vocabularies.get(vocabulary.code) {
            Some(terms) => terms.clone(),
            None => vocabulary.terms.iter().collect(),
        }
    }
}

impl Profile {
    /// Returns what actions are looked at through: code and wording of each prism, in their order.
    pub fn prisms(
        profile: Option<&'static Profile>,
        language: &str,
    ) -> Vec<(&'static str, &'static str)> {
        match profile {
            Some(profile) if !profile.prisms.is_empty() => {
                let own = profile.prisms.iter();
                own.map(|prism| (prism.code.as_str(), prism.wording.in_language(language)))
                    .collect()
            }
            _ => PRISMS
                .iter()
                .map(|prism| (prism.code, prism.wording.in_language(language)))
                .collect(),
        }
    }
}

impl ShownPrism {
    fn checked(self) -> Result<Self, ProfileError> {
        if self.code.is_empty() || self.code.len() > NAME_BYTES_MAX {
            return Err(ProfileError::Empty("code of a prism".to_owned()));
        }
        let wording = self.wording.checked(&format!("prism {}", self.code))?;
        Ok(Self {
            code: self.code,
            wording,
        })
    }
}

impl ShownKind {
    /// Returns the kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Returns the sections to show, in their order.
    pub fn sections(&self) -> &[ShownSection] {
        &self.sections
    }

    /// Returns what one record of this kind is called in this programme.
    pub fn one(&self, language: &str) -> &str {
        match &self.one {
            Some(text) => text.in_language(language),
            None => self.kind.wording.in_language(language),
        }
    }

    /// Returns what several records of this kind are called in this programme.
    pub fn many(&self, language: &str) -> &str {
        match &self.many {
            Some(text) => text.in_language(language),
            None => self.kind.plural.in_language(language),
        }
    }
}

impl Text {
    /// Builds a text.
    pub fn new(fr: &str, en: &str) -> Self {
        let (fr, en) = (fr.to_owned(), en.to_owned());
        Self { fr, en }
    }

    /// Returns the text in a language: English for `en`, else French.
    pub fn in_language(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.fr }
    }

    fn checked(self, what: &str) -> Result<Self, ProfileError> {
        if self.fr.trim().is_empty() || self.en.trim().is_empty() {
            return Err(ProfileError::Empty(what.to_owned()));
        }
        Ok(self)
    }
}

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    code: String,
    title: Text,
    sentence: Text,
    kinds: Vec<KindFile>,
    #[serde(default)]
    vocabularies: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    prisms: Vec<ShownPrism>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindFile {
    code: String,
    sections: Vec<String>,
    #[serde(default)]
    hides: Vec<String>,
    one: Option<Text>,
    many: Option<Text>,
    #[serde(default)]
    due: DueDays,
}

fn shown_kind(file: KindFile) -> Result<ShownKind, ProfileError> {
    let unknown = |what: &str, code: &str| ProfileError::Unknown(format!("{what} {code}"));
    let kind = Kind::parse(&file.code).ok_or_else(|| unknown("kind", &file.code))?;
    if file.sections.is_empty() {
        return Err(ProfileError::Empty(format!("sections of {}", kind.code)));
    }
    once("section", file.sections.iter().map(String::as_str))?;
    once("field", file.hides.iter().map(String::as_str))?;
    let mut sections = Vec::new();
    for code in &file.sections {
        let section = kind.sections.iter().find(|section| section.code == code);
        let section =
            section.ok_or_else(|| unknown("section", &format!("{code} of {}", kind.code)))?;
        let fields = section.fields.iter();
        let fields: Vec<_> = fields
            .filter(|field| !file.hides.iter().any(|hidden| hidden == field.name))
            .collect();
        if fields.is_empty() {
            return Err(ProfileError::Empty(format!("{code} of {}", kind.code)));
        }
        sections.push(ShownSection { section, fields });
    }
    for hidden in &file.hides {
        let is_shown = |section: &ShownSection| {
            let mut fields = section.section.fields.iter();
            fields.any(|field| field.name == hidden)
        };
        if !sections.iter().any(is_shown) {
            return Err(unknown(
                "field",
                &format!("{hidden} in the sections of {}", kind.code),
            ));
        }
    }
    let mut fields = sections.iter().flat_map(|section| &section.fields);
    if !fields.any(|field| field.name == NAME) {
        return Err(ProfileError::Needed(format!("{NAME} of {}", kind.code)));
    }
    let checked = |text: Option<Text>, what: &str| {
        let what = format!("{what} of {}", kind.code);
        text.map(|text| text.checked(&what)).transpose()
    };
    Ok(ShownKind {
        kind,
        sections,
        one: checked(file.one, "one")?,
        many: checked(file.many, "many")?,
        due: file.due.checked(kind.code)?,
    })
}

/// A choice counts only for a vocabulary that a shown field uses: another one would be a dead entry.
fn chosen_terms(
    kinds: &[ShownKind],
    code: &str,
    terms: &[String],
) -> Result<(&'static str, Vec<&'static Term>), ProfileError> {
    let sections = kinds.iter().flat_map(|shown| &shown.sections);
    let fields = sections.flat_map(|section| &section.fields);
    let vocabulary = fields
        .filter_map(|field| field.shape.vocabulary())
        .find(|vocabulary| vocabulary.code == code)
        .ok_or_else(|| ProfileError::Unknown(format!("vocabulary {code} in the shown fields")))?;
    if terms.is_empty() {
        return Err(ProfileError::Empty(format!("vocabulary {code}")));
    }
    once("term", terms.iter().map(String::as_str))?;
    let known = terms.iter().map(|term| {
        let unknown = || ProfileError::Unknown(format!("term {term} in {code}"));
        vocabulary.term(term).ok_or_else(unknown)
    });
    Ok((vocabulary.code, known.collect::<Result<_, _>>()?))
}

fn once<'a>(what: &str, codes: impl Iterator<Item = &'a str>) -> Result<(), ProfileError> {
    let mut seen = BTreeSet::new();
    for code in codes {
        if !seen.insert(code) {
            return Err(ProfileError::Twice(format!("{what} {code}")));
        }
    }
    Ok(())
}

/// Every list of records shows it.
const NAME: &str = "name";

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let files = FILES.iter();
    files
        .map(|(_, text)| Profile::parse(text).expect("a test reads each file"))
        .collect()
});

/// The files, by name, in the order in which commands list them.
const FILES: [(&str, &str); 5] = [
    ("jop2024", include_str!("../profiles/jop2024.toml")),
    (
        "politique-ville",
        include_str!("../profiles/politique-ville.toml"),
    ),
    ("autonomie", include_str!("../profiles/autonomie.toml")),
    (
        "conseil-developpement",
        include_str!("../profiles/conseil-developpement.toml"),
    ),
    ("rencontres", include_str!("../profiles/rencontres.toml")),
];

#[cfg(test)]
mod tests;
