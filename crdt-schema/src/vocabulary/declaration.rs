//! The content of a `vocabulary` act that is no label scheme: a term, a field of the federation's own, or a field that is hidden.

use std::collections::{BTreeMap, BTreeSet};

use crate::cbor::Tree;
use crate::governance::Act;
use crate::id::ItemId;
use crate::limits::FIELD_BYTES_MAX;
use crate::profile::Text;
use crate::record::{Kind, Shape, Vocabulary, vocabulary_named};

/// Bytes of a wording: it stands on one line of a form.
pub const WORDING_BYTES_MAX: usize = 200;
/// Bytes of a hint.
pub const HINT_BYTES_MAX: usize = 400;
/// Bytes of a term's code.
pub const CODE_BYTES_MAX: usize = 48;
/// How many earlier acts one act can replace: those that two or three coordinators wrote apart.
pub const REPLACES_MAX: usize = 16;
/// How many programmes one federation can follow.
pub const PROFILES_MAX: usize = 16;
/// What the names of a federation's own fields begin with.
pub const OWN_FIELD: &str = "x_";

/// What a coordinator declares, and the earlier acts on the same subject that it stands instead of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What is declared.
    pub declared: Declared,
    /// The acts that the coordinator saw on the same subject.
    pub replaces: Vec<ItemId>,
}

/// What a declaration is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// A field of the federation's own.
    Field(DeclaredField),
    /// Whether forms and pages leave a field out. What was written in it stays.
    Hidden {
        /// The kind's code.
        kind: String,
        /// The field's name.
        field: String,
        /// Whether it is left out.
        is_hidden: bool,
    },
    /// The programmes whose kinds, sections and words the pages of all nodes show, the leading one first. Codes that this version does
    /// not know are kept: a later one may.
    Profiles(Vec<String>),
    /// A term of one of this version's vocabularies.
    Term(DeclaredTerm),
}

/// A term, as a coordinator words it: a new one, or other words for one that is there. Its code never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTerm {
    /// The vocabulary's code.
    pub vocabulary: String,
    /// What edits write: lower case letters without accents, digits and hyphens.
    pub code: String,
    /// What people read.
    pub wording: Text,
    /// The code of the wider term, when there is one.
    pub broader: Option<String>,
    /// Whether forms still offer it.
    pub standing: Standing,
    /// The terms of data·inclusion that mean the same.
    pub data_inclusion: Vec<String>,
}

/// Whether a term is still to be chosen. A record that has it keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// Forms offer it.
    #[default]
    Current,
    /// Forms offer it no more.
    Deprecated {
        /// The code of the term to use instead.
        successor: Option<String>,
    },
}

/// A field of the federation's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredField {
    /// The kind's code.
    pub kind: String,
    /// The code of the section where it stands.
    pub section: String,
    /// Its name, which begins with `x_`.
    pub name: String,
    /// What may be put in it.
    pub shape: OwnShape,
    /// The label.
    pub wording: Text,
    /// What to write.
    pub hint: Text,
    /// Whether the public portal may show it.
    pub is_public: bool,
}

/// What may be put in a field of the federation's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnShape {
    /// Yes or no.
    Boolean,
    /// A civil date.
    Date,
    /// An exact amount or measure.
    Decimal,
    /// A whole number.
    Integer,
    /// The address of a page.
    Link,
    /// A text of several paragraphs.
    LongText,
    /// One term of a vocabulary of this version.
    Term(&'static Vocabulary),
    /// Several terms of a vocabulary of this version.
    Terms(&'static Vocabulary),
    /// A line of text.
    Text,
    /// Free words.
    Words,
}

/// Why something cannot be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// A term's code or a field's name is not written as codes are.
    #[error("not a code")]
    Code,
    /// Records cannot be listed without their name.
    #[error("every record shows its name")]
    Needed,
    /// A text is empty, or too long.
    #[error("a text is empty or too long")]
    Text,
    /// The vocabulary, the kind, the section, the field or the wider term is unknown.
    #[error("it names what does not exist")]
    Unknown,
}

impl DeclarationError {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            DeclarationError::Code => "declaration_code",
            DeclarationError::Needed => "declaration_needed",
            DeclarationError::Text => "declaration_text",
            DeclarationError::Unknown => "declaration_unknown",
        }
    }
}

impl Declaration {
    /// Returns the act that says it.
    pub fn to_act(&self) -> Act {
        Act::Vocabulary {
            scheme: None,
            body: self.to_tree(),
        }
    }

    /// Reads the body of a `vocabulary` act. `None` for one of a later version: it says nothing here.
    pub fn read(body: &Tree) -> Option<Self> {
        let declared = match text(body, "type")? {
            "field" => Declared::Field(DeclaredField::read(body)?),
            "hidden" => Declared::Hidden {
                kind: text(body, "kind")?.to_owned(),
                field: text(body, "field")?.to_owned(),
                is_hidden: boolean(body, "hidden")?,
            },
            "profiles" => Declared::Profiles(texts(body, "profiles")?),
            "term" => Declared::Term(DeclaredTerm::read(body)?),
            _ => return None,
        };
        let replaces = list(body, "replaces")?.iter().map(|id| match id {
            Tree::Bytes(bytes) => <[u8; 16]>::try_from(bytes.as_slice())
                .ok()
                .map(ItemId::from_bytes),
            _ => None,
        });
        let declaration = Self {
            declared,
            replaces: replaces.collect::<Option<_>>()?,
        };
        (declaration.check().is_ok() && declaration.to_tree() == *body).then_some(declaration)
    }

    /// Says why this cannot be declared. What it names is looked for in this version only: a term that another act declared is no
    /// reason to refuse, since that act may come later.
    pub fn check(&self) -> Result<(), DeclarationError> {
        if self.replaces.len() > REPLACES_MAX {
            return Err(DeclarationError::Text);
        }
        match &self.declared {
            Declared::Field(field) => field.check(),
            Declared::Hidden { kind, field, .. } => {
                if field == "name" {
                    return Err(DeclarationError::Needed);
                }
                let kind = Kind::parse(kind).ok_or(DeclarationError::Unknown)?;
                let is_known = field.starts_with(OWN_FIELD) || kind.field(field).is_some();
                if is_known {
                    Ok(())
                } else {
                    Err(DeclarationError::Unknown)
                }
            }
            Declared::Profiles(codes) => check_profiles(codes),
            Declared::Term(term) => term.check(),
        }
    }

    fn to_tree(&self) -> Tree {
        let mut pairs = match &self.declared {
            Declared::Field(field) => field.to_pairs(),
            Declared::Hidden {
                kind,
                field,
                is_hidden,
            } => vec![
                ("type", Tree::text("hidden")),
                ("kind", Tree::text(kind)),
                ("field", Tree::text(field)),
                ("hidden", Tree::Boolean(*is_hidden)),
            ],
            Declared::Profiles(codes) => {
                let codes = codes.iter().map(|code| Tree::text(code)).collect();
                vec![
                    ("type", Tree::text("profiles")),
                    ("profiles", Tree::List(codes)),
                ]
            }
            Declared::Term(term) => term.to_pairs(),
        };
        let replaces = self.replaces.iter();
        let replaces = replaces.map(|id| Tree::Bytes(id.as_bytes().to_vec()));
        pairs.push(("replaces", Tree::List(replaces.collect())));
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        Tree::Map(pairs.collect::<BTreeMap<_, _>>())
    }
}

impl DeclaredTerm {
    /// Returns the code of the term to use instead of one that forms offer no more.
    pub(super) fn successor(&self) -> Option<&str> {
        match &self.standing {
            Standing::Current => None,
            Standing::Deprecated { successor } => successor.as_deref(),
        }
    }

    fn read(body: &Tree) -> Option<Self> {
        let standing = match (boolean(body, "deprecated")?, optional(body, "successor")?) {
            (false, None) => Standing::Current,
            (false, Some(_)) => return None,
            (true, successor) => Standing::Deprecated { successor },
        };
        Some(Self {
            vocabulary: text(body, "vocabulary")?.to_owned(),
            code: text(body, "code")?.to_owned(),
            wording: wording(body, "fr", "en")?,
            broader: optional(body, "broader")?,
            standing,
            data_inclusion: texts(body, "data_inclusion")?,
        })
    }

    fn check(&self) -> Result<(), DeclarationError> {
        vocabulary_named(&self.vocabulary).ok_or(DeclarationError::Unknown)?;
        let successor = match &self.standing {
            Standing::Current => None,
            Standing::Deprecated { successor } => successor.as_ref(),
        };
        let codes = [Some(&self.code), self.broader.as_ref(), successor];
        if !codes.into_iter().flatten().all(|code| is_code(code)) {
            return Err(DeclarationError::Code);
        }
        if [self.broader.as_ref(), successor].contains(&Some(&self.code)) {
            return Err(DeclarationError::Unknown);
        }
        if !is_said(&self.wording, WORDING_BYTES_MAX) || self.data_inclusion.len() > REPLACES_MAX {
            return Err(DeclarationError::Text);
        }
        let foreign = |term: &String| !term.is_empty() && term.len() <= 2 * CODE_BYTES_MAX;
        if !self.data_inclusion.iter().all(foreign) {
            return Err(DeclarationError::Code);
        }
        Ok(())
    }

    fn to_pairs(&self) -> Vec<(&'static str, Tree)> {
        let (is_deprecated, successor) = match &self.standing {
            Standing::Current => (false, None),
            Standing::Deprecated { successor } => (true, successor.as_ref()),
        };
        let foreign = self.data_inclusion.iter();
        vec![
            ("type", Tree::text("term")),
            ("vocabulary", Tree::text(&self.vocabulary)),
            ("code", Tree::text(&self.code)),
            ("fr", Tree::text(self.wording.in_language("fr"))),
            ("en", Tree::text(self.wording.in_language("en"))),
            ("broader", or_null(self.broader.as_ref())),
            ("deprecated", Tree::Boolean(is_deprecated)),
            ("successor", or_null(successor)),
            (
                "data_inclusion",
                Tree::List(foreign.map(|term| Tree::text(term)).collect()),
            ),
        ]
    }
}

impl DeclaredField {
    fn read(body: &Tree) -> Option<Self> {
        Some(Self {
            kind: text(body, "kind")?.to_owned(),
            section: text(body, "section")?.to_owned(),
            name: text(body, "name")?.to_owned(),
            shape: OwnShape::parse(text(body, "shape")?)?,
            wording: wording(body, "fr", "en")?,
            hint: wording(body, "hint_fr", "hint_en")?,
            is_public: boolean(body, "public")?,
        })
    }

    fn check(&self) -> Result<(), DeclarationError> {
        let kind = Kind::parse(&self.kind).ok_or(DeclarationError::Unknown)?;
        let mut sections = kind.sections.iter();
        if !sections.any(|section| section.code == self.section) {
            return Err(DeclarationError::Unknown);
        }
        let rest = self.name.strip_prefix(OWN_FIELD).unwrap_or_default();
        let is_name =
            |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
        if rest.is_empty() || self.name.len() > FIELD_BYTES_MAX || !rest.bytes().all(is_name) {
            return Err(DeclarationError::Code);
        }
        if !is_said(&self.wording, WORDING_BYTES_MAX) || !is_said(&self.hint, HINT_BYTES_MAX) {
            return Err(DeclarationError::Text);
        }
        Ok(())
    }

    fn to_pairs(&self) -> Vec<(&'static str, Tree)> {
        vec![
            ("type", Tree::text("field")),
            ("kind", Tree::text(&self.kind)),
            ("section", Tree::text(&self.section)),
            ("name", Tree::text(&self.name)),
            ("shape", Tree::text(&self.shape.to_string())),
            ("fr", Tree::text(self.wording.in_language("fr"))),
            ("en", Tree::text(self.wording.in_language("en"))),
            ("hint_fr", Tree::text(self.hint.in_language("fr"))),
            ("hint_en", Tree::text(self.hint.in_language("en"))),
            ("public", Tree::Boolean(self.is_public)),
        ]
    }
}

impl OwnShape {
    /// The shapes that need no vocabulary, in the order in which forms offer them.
    pub const PLAIN: [OwnShape; 8] = [
        OwnShape::Text,
        OwnShape::LongText,
        OwnShape::Words,
        OwnShape::Boolean,
        OwnShape::Integer,
        OwnShape::Decimal,
        OwnShape::Date,
        OwnShape::Link,
    ];

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(plain) = Self::PLAIN.iter().find(|shape| shape.to_string() == text) {
            return Some(*plain);
        }
        let (form, vocabulary) = text.split_once(':')?;
        let vocabulary = vocabulary_named(vocabulary)?;
        match form {
            "term" => Some(OwnShape::Term(vocabulary)),
            "terms" => Some(OwnShape::Terms(vocabulary)),
            _ => None,
        }
    }

    /// Returns the shape that reads and shows what is put in the field.
    pub fn shape(self) -> Shape {
        match self {
            OwnShape::Boolean => Shape::Boolean,
            OwnShape::Date => Shape::Date,
            OwnShape::Decimal => Shape::Decimal,
            OwnShape::Integer => Shape::Integer,
            OwnShape::Link => Shape::Link,
            OwnShape::LongText => Shape::LongText,
            OwnShape::Term(vocabulary) => Shape::Term(vocabulary),
            OwnShape::Terms(vocabulary) => Shape::Terms(vocabulary),
            OwnShape::Text => Shape::Text,
            OwnShape::Words => Shape::Words,
        }
    }
}

impl std::fmt::Display for OwnShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OwnShape::Boolean => f.write_str("boolean"),
            OwnShape::Date => f.write_str("date"),
            OwnShape::Decimal => f.write_str("decimal"),
            OwnShape::Integer => f.write_str("integer"),
            OwnShape::Link => f.write_str("link"),
            OwnShape::LongText => f.write_str("long_text"),
            OwnShape::Term(vocabulary) => write!(f, "term:{}", vocabulary.code),
            OwnShape::Terms(vocabulary) => write!(f, "terms:{}", vocabulary.code),
            OwnShape::Text => f.write_str("text"),
            OwnShape::Words => f.write_str("words"),
        }
    }
}

/// One programme at least, each named once.
fn check_profiles(codes: &[String]) -> Result<(), DeclarationError> {
    if codes.is_empty() || codes.len() > PROFILES_MAX {
        return Err(DeclarationError::Unknown);
    }
    if !codes.iter().all(|code| is_code(code)) {
        return Err(DeclarationError::Code);
    }
    let once: BTreeSet<&String> = codes.iter().collect();
    match once.len() == codes.len() {
        true => Ok(()),
        false => Err(DeclarationError::Unknown),
    }
}

fn is_code(code: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let edges = [code.bytes().next(), code.bytes().last()];
    code.len() <= CODE_BYTES_MAX
        && edges.iter().all(|edge| edge.is_some_and(is_letter))
        && code.bytes().all(|byte| is_letter(byte) || byte == b'-')
}

fn is_said(text: &Text, bytes_max: usize) -> bool {
    ["fr", "en"].iter().all(|language| {
        let said = text.in_language(language);
        !said.trim().is_empty() && said.len() <= bytes_max && !said.contains(char::is_control)
    })
}

fn text<'t>(body: &'t Tree, key: &str) -> Option<&'t str> {
    body.at(key)?.as_text()
}

fn wording(body: &Tree, fr: &str, en: &str) -> Option<Text> {
    Some(Text::new(text(body, fr)?, text(body, en)?))
}

fn boolean(body: &Tree, key: &str) -> Option<bool> {
    match body.at(key)? {
        Tree::Boolean(value) => Some(*value),
        _ => None,
    }
}

fn list<'t>(body: &'t Tree, key: &str) -> Option<&'t [Tree]> {
    match body.at(key)? {
        Tree::List(values) => Some(values),
        _ => None,
    }
}

fn texts(body: &Tree, key: &str) -> Option<Vec<String>> {
    let texts = list(body, key)?.iter();
    texts
        .map(|text| text.as_text().map(str::to_owned))
        .collect()
}

/// A text or nothing; `None` when it is something else.
fn optional(body: &Tree, key: &str) -> Option<Option<String>> {
    match body.at(key)? {
        Tree::Null => Some(None),
        other => other.as_text().map(|text| Some(text.to_owned())),
    }
}

fn or_null(text: Option<&String>) -> Tree {
    text.map_or(Tree::Null, |text| Tree::text(text))
}
