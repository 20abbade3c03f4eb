//! The words of the federation by command: what they are, and declarations, which are decoded first and signed as every decision is.

use admin_ui::{Language, said, word_history};
use crdt_schema::profile::{Profile, Text};
use crdt_schema::record::{KINDS, Vocabulary, vocabularies, vocabulary_named};
use crdt_schema::vocabulary::{
    Declaration, DeclarationError, Declared, DeclaredField, DeclaredTerm, OWN_FIELD, OwnShape,
    Standing, Worded, Words,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::{deciding, files};

/// See `maillage vocabulary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VocabularyAsk {
    /// Say what a declaration would sign.
    Declare(DeclareAsk),
    /// The federation's own fields, and those that it hides.
    Fields,
    /// Who changed a term of one vocabulary, when, and what it was before.
    History {
        /// Its code.
        vocabulary: String,
    },
    /// Every vocabulary.
    List,
    /// The programmes that the federation follows.
    Programmes,
    /// The terms of one vocabulary.
    Show {
        /// Its code.
        vocabulary: String,
    },
}

/// What is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclareAsk {
    /// A field of the federation's own.
    Field(FieldAsk),
    /// Whether forms and pages leave a field out.
    Hide {
        /// The kind's code.
        kind: String,
        /// The field's name.
        field: String,
        /// Whether it is left out.
        is_hidden: bool,
    },
    /// The programmes, the leading one first.
    Programmes(Vec<String>),
    /// A term.
    Term(TermAsk),
}

/// A term, and what changes of it. What is not said stays as it is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TermAsk {
    /// The vocabulary's code.
    pub(crate) vocabulary: String,
    /// The term's code.
    pub(crate) code: String,
    /// Its French words.
    pub(crate) fr: Option<String>,
    /// Its English words.
    pub(crate) en: Option<String>,
    /// The code of the wider term; nothing for none.
    pub(crate) broader: Option<Option<String>>,
    /// The terms of data·inclusion that mean the same.
    pub(crate) data_inclusion: Option<Vec<String>>,
    /// Whether forms offer it.
    pub(crate) standing: Option<Offered>,
}

/// Whether forms offer a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Offered {
    /// No more, with the code of the term to use instead.
    No(Option<String>),
    /// They do.
    Yes,
}

/// See `maillage vocabulary add-field`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldAsk {
    /// The kind's code.
    pub(crate) kind: String,
    /// Its name, with or without what names of own fields begin with.
    pub(crate) name: String,
    /// The code of the section where it stands.
    pub(crate) section: String,
    /// What may be put in it.
    pub(crate) shape: String,
    /// Its French label.
    pub(crate) fr: String,
    /// Its English label; the French one without it.
    pub(crate) en: Option<String>,
    /// What to write in it; the French label without it.
    pub(crate) hint: Option<String>,
    /// Whether everyone may read it.
    pub(crate) is_public: bool,
}

/// Answers a question on words.
pub(crate) fn vocabulary(app: &App, ask: &VocabularyAsk) -> Outcome {
    let state = app.replica.state();
    let words = state.governance().words();
    match ask {
        VocabularyAsk::Declare(asked) => {
            let declared = declared(words, asked)?;
            drop(state);
            decode(app, declared)
        }
        VocabularyAsk::Fields => Ok(fields(words)),
        VocabularyAsk::History { vocabulary } => {
            let vocabulary = named(vocabulary)?;
            drop(state);
            history(app, vocabulary)
        }
        VocabularyAsk::List => Ok(list(words)),
        VocabularyAsk::Programmes => Ok(programmes(words)),
        VocabularyAsk::Show { vocabulary } => Ok(show(words, named(vocabulary)?)),
    }
}

fn history(app: &App, vocabulary: &'static Vocabulary) -> Outcome {
    let reader = app.replica.read()?;
    let changes = word_history::of(Language::English, (&app.replica, &reader), vocabulary)?;
    let changes = changes.into_iter().map(|change| {
        json!({
            "act": change.act.to_string(),
            "claimed": change.claimed.to_string(),
            "partner": change.partner,
            "term": change.code,
            "before": change.before,
            "after": change.after,
            "standing": change.standing.code(),
        })
    });
    Ok(json!({ "vocabulary": vocabulary.code, "changes": changes.collect::<Vec<_>>() }))
}

/// Decodes a declaration that stands instead of what is in force on the same subject. Nothing is signed.
fn decode(app: &App, declared: Declared) -> Outcome {
    let replaces = app.replica.state().governance().words().in_force(&declared);
    let declaration = Declaration { declared, replaces };
    declaration.check().map_err(why)?;
    let act = declaration.to_act();
    app.check_acts(std::slice::from_ref(&act))?;
    let words = said::act(Language::English, &app.replica.state(), &act);
    Ok(json!({
        "says": [deciding::said(&words)],
        "acts": [act.to_text()],
        "signed": false,
    }))
}

fn list(words: &Words) -> Json {
    let row = |vocabulary: &'static Vocabulary| {
        let terms = words.terms(vocabulary);
        let declared = terms.iter().filter(|term| term.declared.is_some());
        json!({
            "vocabulary": vocabulary.code,
            "terms": terms.len(),
            "declared": declared.count(),
            "disputed": terms.iter().any(|term| term.is_disputed),
        })
    };
    let all: Vec<Json> = vocabularies().into_iter().map(row).collect();
    json!({ "vocabularies": all })
}

fn show(words: &Words, vocabulary: &'static Vocabulary) -> Json {
    let row = |term: Worded<'_>| {
        let origin = match (term.declared, vocabulary.term(term.code)) {
            (None, _) => "shipped",
            (Some(_), Some(_)) => "reworded",
            (Some(_), None) => "own",
        };
        let successor = term.declared.and_then(|declared| match &declared.standing {
            Standing::Current => None,
            Standing::Deprecated { successor } => successor.clone(),
        });
        json!({
            "code": term.code,
            "fr": term.fr,
            "en": term.en,
            "broader": term.declared.and_then(|declared| declared.broader.clone()),
            "data_inclusion": term.declared.map_or(&[][..], |declared| &declared.data_inclusion),
            "offered": term.is_current(),
            "successor": successor,
            "origin": origin,
            "disputed": term.is_disputed,
        })
    };
    let terms: Vec<Json> = words.terms(vocabulary).into_iter().map(row).collect();
    json!({ "vocabulary": vocabulary.code, "terms": terms })
}

fn fields(words: &Words) -> Json {
    let (mut own, mut hidden) = (Vec::new(), Vec::new());
    for kind in KINDS {
        for field in words.fields(kind.code) {
            own.push(json!({
                "kind": kind.code,
                "field": field.name,
                "section": field.section,
                "shape": field.shape.to_string(),
                "fr": field.wording.in_language("fr"),
                "en": field.wording.in_language("en"),
                "public": field.is_public,
                "hidden": words.hides(kind.code, &field.name),
                "disputed": words.is_field_disputed(kind.code, &field.name),
            }));
        }
        let left_out = kind.fields().filter(|it| words.hides(kind.code, it.name));
        hidden.extend(left_out.map(|it| json!({ "kind": kind.code, "field": it.name })));
    }
    json!({ "own": own, "hidden": hidden })
}

fn programmes(words: &Words) -> Json {
    let known = Profile::all().iter().map(
        |profile| json!({ "code": profile.code(), "title": profile.title().in_language("en") }),
    );
    json!({
        "followed": words.profiles(),
        "disputed": words.are_profiles_disputed(),
        "known": known.collect::<Vec<_>>(),
    })
}

fn declared(words: &Words, asked: &DeclareAsk) -> Result<Declared, Refusal> {
    Ok(match asked {
        DeclareAsk::Field(field) => Declared::Field(own_field(field)?),
        DeclareAsk::Hide {
            kind,
            field,
            is_hidden,
        } => {
            let code = files::kind(kind)?.code;
            if words.any_field(code, field).is_none() {
                let message = format!("the kind {code} has no field {field}");
                return Err(Refusal::new("field_unknown", message));
            }
            Declared::Hidden {
                kind: code.to_owned(),
                field: field.clone(),
                is_hidden: *is_hidden,
            }
        }
        DeclareAsk::Programmes(codes) => {
            if let Some(code) = codes.iter().find(|code| Profile::of(code).is_none()) {
                let known: Vec<&str> = Profile::all().iter().map(Profile::code).collect();
                let message = format!("there is no programme {code}: {}", known.join(", "));
                return Err(Refusal::new("programme_unknown", message));
            }
            Declared::Profiles(codes.clone())
        }
        DeclareAsk::Term(term) => Declared::Term(self::term(words, term)?),
    })
}

fn term(words: &Words, asked: &TermAsk) -> Result<DeclaredTerm, Refusal> {
    let vocabulary = named(&asked.vocabulary)?;
    let before = words.term(vocabulary, &asked.code);
    let declared = before.as_ref().and_then(|term| term.declared);
    let is_known = |code: &str| words.term(vocabulary, code).is_some();
    let unknown = |code: &str| {
        let list = vocabulary.code;
        let message = format!("{list} has no term {code}: see `maillage vocabulary show {list}`");
        Refusal::new("term_unknown", message)
    };
    if before.is_none() && asked.standing.is_some() {
        return Err(unknown(&asked.code));
    }
    let fr = asked.fr.clone();
    let fr = fr.or_else(|| before.as_ref().map(|term| term.fr.to_owned()));
    let fr = fr.ok_or_else(|| {
        let message = format!(
            "{} is a new term of {}: give its words with --fr",
            asked.code, vocabulary.code
        );
        Refusal::new("words_missing", message)
    })?;
    // The French words stand in for the English ones until somebody writes them.
    let en = asked.en.clone();
    let en = en.or_else(|| before.as_ref().map(|term| term.en.to_owned()));
    let en = en.unwrap_or_else(|| fr.clone());
    let standing = match &asked.standing {
        None => declared.map_or(Standing::Current, |term| term.standing.clone()),
        Some(Offered::No(successor)) => Standing::Deprecated {
            successor: successor.clone(),
        },
        Some(Offered::Yes) => Standing::Current,
    };
    let broader = match &asked.broader {
        Some(broader) => broader.clone(),
        None => declared.and_then(|term| term.broader.clone()),
    };
    // What was named before may be of a later version: only what is said now is looked for.
    let named_now = [
        asked.broader.clone().flatten(),
        match &asked.standing {
            Some(Offered::No(successor)) => successor.clone(),
            _ => None,
        },
    ];
    if let Some(code) = named_now.iter().flatten().find(|code| !is_known(code)) {
        return Err(unknown(code));
    }
    let of_inclusion = asked.data_inclusion.clone();
    Ok(DeclaredTerm {
        vocabulary: vocabulary.code.to_owned(),
        code: asked.code.clone(),
        wording: Text::new(&fr, &en),
        broader,
        standing,
        data_inclusion: of_inclusion
            .or_else(|| declared.map(|term| term.data_inclusion.clone()))
            .unwrap_or_default(),
    })
}

fn own_field(asked: &FieldAsk) -> Result<DeclaredField, Refusal> {
    let kind = files::kind(&asked.kind)?;
    let sections: Vec<&str> = kind.sections.iter().map(|section| section.code).collect();
    if !sections.contains(&asked.section.as_str()) {
        let message = format!(
            "the kind {} has no section {}: {}",
            kind.code,
            asked.section,
            sections.join(", ")
        );
        return Err(Refusal::new("section_unknown", message));
    }
    let shape = OwnShape::parse(&asked.shape).ok_or_else(|| {
        let plain = OwnShape::PLAIN.map(|shape| shape.to_string()).join(", ");
        let message = format!(
            "{:?} is no shape: {plain}, term:VOCABULARY or terms:VOCABULARY",
            asked.shape
        );
        Refusal::new("shape_unknown", message)
    })?;
    let or_french = |text: &Option<String>| text.clone().unwrap_or_else(|| asked.fr.clone());
    let hint = or_french(&asked.hint);
    let name = asked.name.trim_start_matches(OWN_FIELD);
    Ok(DeclaredField {
        kind: kind.code.to_owned(),
        section: asked.section.clone(),
        name: format!("{OWN_FIELD}{name}"),
        shape,
        wording: Text::new(&asked.fr, &or_french(&asked.en)),
        hint: Text::new(&hint, &hint),
        is_public: asked.is_public,
    })
}

fn named(code: &str) -> Result<&'static Vocabulary, Refusal> {
    vocabulary_named(code).ok_or_else(|| {
        let message = format!("there is no vocabulary {code}: see `maillage vocabulary list`");
        Refusal::new("vocabulary_unknown", message)
    })
}

fn why(error: DeclarationError) -> Refusal {
    let message = match error {
        DeclarationError::Code => {
            "codes are written with small letters without accents, digits and hyphens, names of fields with underscores; data·inclusion's terms are short too"
        }
        DeclarationError::Needed => "every record shows its name: it cannot be hidden",
        DeclarationError::Text => {
            "a text is empty or too long: 200 bytes for words, 400 for a hint"
        }
        DeclarationError::Unknown => {
            "a term cannot stand under itself or in its own place, and programmes are named once each"
        }
    };
    Refusal::new(error.code(), message)
}
