//! Persons on the form of a record: a contact is entered there and goes to personal values, never to the record. A mail or a phone that
//! was typed into a text is shown, and the person says whose it is.

use std::collections::BTreeSet;

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::id::RecordId;
use crdt_schema::personal::{TraceKind, traces};
use crdt_schema::record::Kind;
use crdt_schema::vocabulary::AnyField;

use super::contact::{is_objected, keep};
use super::fields::{self, Fields, OBJECTION};
use crate::app::App;
use crate::contact::{Contact, KINDS, TypedContact};
use crate::error::PageError;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::pages::record_form::{Asked, Typed, is_asked, texts};
use crate::parts::Problem;

/// Pieces that one form can ask about.
const PIECES_MAX: usize = 50;

/// The part of a record's form that speaks of persons.
#[derive(Template)]
#[template(path = "personal/entering.html")]
pub(in crate::pages) struct Entering {
    language: Language,
    fields: Option<Fields>,
    pieces: Vec<Piece>,
}

impl HtmlSafe for Entering {}

/// A mail or a phone within a text.
#[derive(Clone)]
struct Piece {
    field: String,
    label: String,
    kind: TraceKind,
    text: String,
    /// What the person said of it: the organisation's own.
    is_kept: bool,
}

/// What a form says of persons, read and checked.
pub(in crate::pages) struct Entered {
    contact: Option<Contact>,
    problems: Vec<Problem>,
    typed: TypedContact,
    pieces: Vec<Piece>,
    has_contacts: bool,
}

impl Entering {
    /// The part of an empty form.
    pub(in crate::pages) fn new(language: Language, kind: &Kind) -> Self {
        let has_contacts = KINDS.contains(&kind.code);
        Self {
            language,
            fields: has_contacts.then(|| Fields::new(language, &TypedContact::default(), &[])),
            pieces: Vec::new(),
        }
    }
}

impl Entered {
    /// Reads what the form says of persons. Pieces that the person calls a contact's leave the text; those that stood there before are
    /// not asked about again.
    pub(in crate::pages) async fn read(
        app: &App,
        form: &SentForm,
        asked: &Asked<'_>,
        typed: &mut Typed,
        before: &Typed,
    ) -> Result<Self, PageError> {
        let language = form.visit.language;
        let has_contacts = KINDS.contains(&asked.kind.code);
        let mut contact = fields::typed(form);
        let mut problems = Vec::new();
        let kept = said(form, asked.fields(), |piece| {
            if has_contacts && !moved(piece, typed, &mut contact) {
                let text = language.text("piece-one-contact");
                problems.push(Problem::new(&*piece.field, text));
            }
        });
        let mut pieces = pieces(language, asked.fields(), typed, before);
        for piece in &mut pieces {
            piece.is_kept = kept.contains(&(piece.field.clone(), piece.text.clone()));
        }
        let open = pieces.iter().filter(|piece| !piece.is_kept);
        problems.extend(open.map(|piece| piece.problem(language)));
        let mut entered = Self {
            contact: None,
            problems,
            typed: contact,
            pieces,
            has_contacts,
        };
        if has_contacts && !entered.typed.is_empty() {
            match entered.typed.read() {
                Ok(contact) => {
                    if form.text(OBJECTION).is_empty() && is_objected(app, &contact).await? {
                        entered.problems.push(fields::objection(language));
                    }
                    entered.contact = Some(contact);
                }
                Err(wrong) => entered.problems.extend(fields::problems(language, &wrong)),
            }
        }
        Ok(entered)
    }

    /// Adds what is wrong here to what is wrong in the record.
    pub(in crate::pages) fn with<T>(
        &self,
        read: Result<T, Vec<Problem>>,
    ) -> Result<T, Vec<Problem>> {
        match read {
            Ok(read) if self.problems.is_empty() => Ok(read),
            Ok(_) => Err(self.problems.clone()),
            Err(problems) => Err([problems, self.problems.clone()].concat()),
        }
    }

    /// Returns the part of the form, as it was filled in.
    pub(in crate::pages) fn shown(&self, language: Language) -> Entering {
        let fields = Fields::new(language, &self.typed, &self.problems);
        Entering {
            language,
            fields: self.has_contacts.then_some(fields),
            pieces: self.pieces.clone(),
        }
    }

    /// Keeps the contact of a record that is saved.
    pub(in crate::pages) async fn keep(self, app: &App, record: RecordId) -> Result<(), PageError> {
        match self.contact {
            Some(contact) => keep(app, record, None, contact).await,
            None => Ok(()),
        }
    }
}

impl Piece {
    fn problem(&self, language: Language) -> Problem {
        let values = [
            ("field", self.label.clone().into()),
            ("piece", self.text.clone().into()),
        ];
        Problem::new(&*self.field, language.text_with("piece-found", &values))
    }
}

/// Reads what was said of each piece: calls `to_contact` with those that are a person's, and returns those that are kept.
fn said(
    form: &SentForm,
    asked: &[AnyField<'_>],
    mut to_contact: impl FnMut(&Piece),
) -> BTreeSet<(String, String)> {
    let mut kept = BTreeSet::new();
    for place in 0..PIECES_MAX {
        let text = form.raw(&format!("piece-text-{place}"));
        let field = form.text(&format!("piece-field-{place}"));
        if text.is_empty() || !is_asked(asked, field) {
            continue;
        }
        match form.text(&format!("piece-{place}")) {
            "keep" => {
                kept.insert((field.to_owned(), text.to_owned()));
            }
            "contact" => to_contact(&Piece {
                field: field.to_owned(),
                label: String::new(),
                kind: if text.chars().any(char::is_alphabetic) {
                    TraceKind::Mail
                } else {
                    TraceKind::Phone
                },
                text: text.to_owned(),
                is_kept: false,
            }),
            _ => {}
        }
    }
    kept
}

/// Moves a piece from its text to the contact. `false` when the contact has another value there.
fn moved(piece: &Piece, typed: &mut Typed, contact: &mut TypedContact) -> bool {
    let place = match piece.kind {
        TraceKind::Mail => &mut contact.mail,
        TraceKind::Phone => &mut contact.phone,
    };
    if !place.is_empty() && *place != piece.text {
        return false;
    }
    // A text that was changed meanwhile may not hold it any more.
    let values = typed.get_mut(&piece.field).map(Vec::as_mut_slice);
    for value in values.unwrap_or_default() {
        if value.contains(&piece.text) {
            *value = value.replace(&piece.text, "").trim().to_owned();
            place.clone_from(&piece.text);
        }
    }
    true
}

/// Finds the pieces in the texts of a form that were not there before.
fn pieces(language: Language, asked: &[AnyField<'_>], typed: &Typed, before: &Typed) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // A row may have moved: what stood in any of its field is known.
    let of = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let before: Vec<(String, String)> = texts(language, asked, before)
        .into_iter()
        .map(|(name, _, values)| (of(&name), values.join(" ")))
        .collect();
    for (name, label, values) in texts(language, asked, typed) {
        let stood = before.iter().filter(|(field, _)| *field == of(&name));
        let stood: BTreeSet<&str> = stood
            .flat_map(|(_, text)| traces(text))
            .map(|trace| trace.text)
            .collect();
        let text = values.join(" ");
        let mut seen = BTreeSet::new();
        for trace in traces(&text) {
            if !stood.contains(trace.text) && seen.insert(trace.text) {
                pieces.push(Piece {
                    field: name.clone(),
                    label: label.clone(),
                    kind: trace.kind,
                    text: trace.text.to_owned(),
                    is_kept: false,
                });
            }
        }
    }
    pieces.truncate(PIECES_MAX);
    pieces
}
