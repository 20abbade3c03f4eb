//! What a person typed into the form of a record, and how it is read.

use std::collections::BTreeMap;

use crdt_schema::draft::{
    self, Context, Draft, PARIS, TIME_ZONE, Wanted, shown_in, shown_set, zone_beside, zone_field,
    zone_of,
};
use crdt_schema::edit::{Field as HeldField, Value};
use crdt_schema::record::{Kind, Shape, Vocabulary};
use crdt_schema::register::{Code, LAST_YEAR, departement_of_commune, is_local_time, prefecture};
use crdt_schema::vocabulary::{AnyField, Lexicon};

use super::links::{Links, kinds_of};
use super::remarks::Remark;
use super::rows;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::Problem;

/// The name under which a form carries the names of its fields.
const FIELDS: &str = "fields";

/// The name of the boxes by which old terms give way to those that stand in their place.
pub(super) const REPLACE: &str = "remplacer";

/// How such a box names a term of a field.
pub(super) fn replacing(field: &str, term: &str) -> String {
    format!("{field} {term}")
}

/// What the person typed, by field; several values for boxes.
pub(in crate::pages) type Typed = BTreeMap<String, Vec<String>>;

/// The fields that a form asks, and the words in which it is answered.
pub(in crate::pages) struct Asked<'a> {
    pub(super) language: Language,
    pub(super) lexicon: &'a Lexicon,
    pub(in crate::pages) kind: &'static Kind,
    fields: Vec<AnyField<'a>>,
    /// Whether one field is asked, maybe for many records: an hour then says its zone itself.
    is_alone: bool,
}

impl<'a> Asked<'a> {
    /// Asks what a form of this kind asks now.
    pub(super) fn now(language: Language, lexicon: &'a Lexicon, kind: &'static Kind) -> Self {
        Self {
            language,
            lexicon,
            kind,
            fields: lexicon.fields(kind),
            is_alone: false,
        }
    }

    /// Asks one field.
    pub(in crate::pages) fn one(
        language: Language,
        lexicon: &'a Lexicon,
        (kind, field): (&'static Kind, AnyField<'a>),
    ) -> Self {
        Self {
            language,
            lexicon,
            kind,
            fields: vec![field],
            is_alone: true,
        }
    }

    /// Asks what the form asked when it was opened. A field that a coordinator declared or showed again meanwhile was not on it: that it
    /// is missing does not mean that it was emptied.
    pub(super) fn sent(form: &SentForm, lexicon: &'a Lexicon, kind: &'static Kind) -> Self {
        let named: Vec<&str> = form.text(FIELDS).split(' ').collect();
        let is_sent = |name: &str| named.contains(&name) || form.all(name).next().is_some();
        let mut asked = Self::now(form.visit.language, lexicon, kind);
        asked.fields.retain(|field| is_sent(field.name()));
        asked
    }

    /// Names the fields, as the form carries them along.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name()).collect();
        names.join(" ")
    }

    pub(in crate::pages) fn fields(&self) -> &[AnyField<'a>] {
        &self.fields
    }

    /// What the form sent, field by field, without the blanks around it.
    pub(in crate::pages) fn typed(&self, form: &SentForm) -> Typed {
        let mut typed = Typed::new();
        for &field in &self.fields {
            if let Shape::Rows(shape) = field.shape() {
                rows::typed(form, field.name(), shape, &mut typed);
                continue;
            }
            let values: Vec<String> = match field.shape() {
                Shape::Terms(vocabulary) => {
                    let mut codes = Vec::new();
                    for code in form.all(field.name()) {
                        let code = self.replaced(form, field, vocabulary, code);
                        if !codes.contains(&code) {
                            codes.push(code);
                        }
                    }
                    codes
                }
                Shape::Term(vocabulary) => {
                    vec![self.replaced(form, field, vocabulary, form.text(field.name()))]
                }
                shape if kinds_of(&shape).is_some() => {
                    let values = form.all(field.name()).map(str::trim);
                    values.map(str::to_owned).collect()
                }
                Shape::LongText => {
                    vec![
                        form.raw(field.name())
                            .replace("\r\n", "\n")
                            .trim()
                            .to_owned(),
                    ]
                }
                _ => vec![form.text(field.name()).to_owned()],
            };
            put(&mut typed, field, values);
        }
        typed
    }

    /// A term as it was chosen, or the one that takes its place, where the person ticked that.
    fn replaced(
        &self,
        form: &SentForm,
        field: AnyField<'_>,
        vocabulary: &'static Vocabulary,
        code: &str,
    ) -> String {
        let named = replacing(field.name(), code);
        let is_replaced = form.all(REPLACE).any(|box_named| box_named == named);
        let successor = self.lexicon.words().successor(vocabulary, code);
        let successor = successor.filter(|_| is_replaced);
        successor.map_or(code, |term| term.code).to_owned()
    }

    /// What the form shows of a record.
    pub(super) fn shown(&self, fields: &BTreeMap<String, HeldField>) -> Typed {
        let (mut typed, zone) = (Typed::new(), zone_of(fields));
        for &field in &self.fields {
            let Some(held) = fields.get(field.name()) else {
                continue;
            };
            if let Shape::Rows(shape) = field.shape() {
                rows::shown(held, field.name(), shape, &mut typed);
                continue;
            }
            let values = match field.shape() {
                Shape::Records(_) | Shape::Terms(_) => held.terms.keys().cloned().collect(),
                Shape::Words | Shape::Zones => {
                    vec![held.terms.keys().cloned().collect::<Vec<_>>().join(" | ")]
                }
                Shape::LongText => held.text.iter().cloned().collect(),
                _ => held
                    .winner()
                    .map(|winner| shown_in(zone, &winner.value))
                    .into_iter()
                    .collect(),
            };
            put(&mut typed, field, values);
        }
        typed
    }

    /// Reads the fields that differ from what the form showed, and names every problem at once. What would be repaired in a file is
    /// taken here too, and said once it is saved.
    ///
    /// A field that the person left as it was is no part of the draft: a conflict in it stays, and is settled on the record's page; what
    /// could not be typed today is no reason to refuse the rest. An hour is another one when its zone changes, though it is written alike.
    pub(super) fn read(
        &self,
        typed: &Typed,
        stood: &Typed,
        links: &Links,
    ) -> Result<(Draft, Vec<Remark>), Vec<Problem>> {
        let (mut draft, mut problems) = (Draft::default(), Vec::new());
        let mut remarks: Vec<Remark> = links.remarks().collect();
        let (zone, is_zone_kept) = (hour_zone(typed), hour_zone(typed) == hour_zone(stood));
        let mut is_zone_needed = false;
        for &field in &self.fields {
            if let Shape::Rows(shape) = field.shape() {
                match self.read_rows((field, shape), typed, stood, links) {
                    Ok((wanted, said)) => {
                        remarks.extend(said);
                        let wanted = wanted.map(|wanted| (field.name().to_owned(), wanted));
                        draft.fields.extend(wanted);
                    }
                    Err(wrong) => problems.extend(wrong),
                }
                continue;
            }
            let (new, old) = (values(typed, field), values(stood, field));
            let is_hour = field.shape() == Shape::Instant && !new.is_empty();
            let is_settled = links.problem(field.name()).is_none();
            if new == old && (is_zone_kept || !is_hour) && is_settled {
                continue;
            }
            match self.read_remarked(field, typed, old, links) {
                Ok((wanted, remark)) => {
                    remarks.extend(remark);
                    is_zone_needed |= is_hour && is_local_time(&new.concat());
                    draft.fields.insert(field.name().to_owned(), wanted);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !typed.contains_key("name") {
            let text = self.language.text("problem-name-missing");
            problems.insert(0, Problem::new("name", text));
        }
        if is_zone_needed && !typed.contains_key(TIME_ZONE) && self.kind.field(TIME_ZONE).is_some()
        {
            let zone = zone_field(zone.unwrap_or(PARIS));
            draft.fields.insert(TIME_ZONE.to_owned(), zone);
        }
        if problems.is_empty() {
            Ok((draft, remarks))
        } else {
            Err(problems)
        }
    }

    /// Reads what was typed into one field, where `old` stood.
    pub(in crate::pages) fn read_field(
        &self,
        field: AnyField<'_>,
        typed: &Typed,
        old: &[String],
        links: &Links,
    ) -> Result<Wanted, Problem> {
        let read = self.read_remarked(field, typed, old, links);
        read.map(|(wanted, _)| wanted)
    }

    /// Reads one field, and says what was changed in it.
    fn read_remarked(
        &self,
        field: AnyField<'_>,
        typed: &Typed,
        old: &[String],
        links: &Links,
    ) -> Result<(Wanted, Option<Remark>), Problem> {
        if let Some(problem) = links.problem(field.name()) {
            return Err(problem);
        }
        let (new, context) = (values(typed, field), self.context(typed, links));
        let reading = match field.shape() {
            Shape::Terms(vocabulary) => self.read_terms(vocabulary, new, old, &context),
            shape @ Shape::Records(_) => draft::read(&shape, &new.join("|"), &context),
            Shape::Instant if !self.is_alone => draft::read_hour(&new.concat(), &context),
            shape => draft::read(&shape, &new.concat(), &context),
        };
        let code = reading.outcome.code();
        let remark = Remark::of(field.name(), &reading.outcome);
        let accepted = reading.outcome.into_accepted().ok_or_else(|| {
            // A number of another register is told where it goes.
            let is_of_prefecture = prefecture(&new.concat()).accepted().is_some();
            let text = match field.shape() {
                Shape::Rna if is_of_prefecture => {
                    let label = field.label(self.language.tag()).to_owned();
                    let values = [("field", label.into())];
                    self.language.text_with("problem-rna-prefecture", &values)
                }
                shape => {
                    let label = field.label(self.language.tag()).to_owned();
                    problem_text(self.language, (label, shape), code, reading.suggestion)
                }
            };
            Problem::new(field.name(), text)
        });
        accepted.map(|wanted| (wanted, remark))
    }

    pub(super) fn context<'t>(&'t self, typed: &'t Typed, links: &'t Links) -> Context<'t> {
        Context {
            commune_name: first(typed, "commune_name"),
            postal_code: first(typed, "postal_code"),
            time_zone: hour_zone(typed),
            level: first(typed, "level"),
            tribunal: first(typed, "tribunal"),
            year: first(typed, "code_year")
                .and_then(|year| year.trim().parse().ok())
                .unwrap_or(LAST_YEAR),
            words: self.lexicon.words(),
            ..Context::of(links.lists())
        }
    }

    /// Reads ticked boxes. A term that nobody declared here stays ticked when it was: another version knows what it is.
    fn read_terms(
        &self,
        vocabulary: &'static Vocabulary,
        new: &[String],
        old: &[String],
        context: &Context<'_>,
    ) -> draft::Reading {
        let words = self.lexicon.words();
        let is_foreign =
            |code: &&String| words.term(vocabulary, code).is_none() && old.contains(*code);
        let (foreign, known): (Vec<&String>, Vec<&String>) = new.iter().partition(is_foreign);
        let text = shown_set(known.iter().map(|code| code.as_str()));
        let mut reading = draft::read(&Shape::Terms(vocabulary), &text, context);
        if !foreign.is_empty() {
            reading.outcome = reading.outcome.map(|wanted| {
                let mut terms = match wanted {
                    Wanted::Terms(terms) => terms,
                    _ => Default::default(),
                };
                terms.extend(foreign.into_iter().cloned());
                Wanted::Terms(terms)
            });
        }
        reading
    }
}

pub(super) fn first<'t>(typed: &'t Typed, name: &str) -> Option<&'t str> {
    typed.get(name)?.first().map(String::as_str)
}

/// Returns the zone of the hours of a form: the one that is typed, else that of its commune.
fn hour_zone(typed: &Typed) -> Option<&str> {
    zone_beside(first(typed, TIME_ZONE), first(typed, "commune"))
}

/// Returns what was typed into a field; nothing for a field that was left empty.
pub(super) fn values<'t>(typed: &'t Typed, field: AnyField<'_>) -> &'t [String] {
    typed.get(field.name()).map_or(&[], Vec::as_slice)
}

fn put(typed: &mut Typed, field: AnyField<'_>, values: Vec<String>) {
    let values = values.into_iter().filter(|value| !value.is_empty());
    let values: Vec<String> = values.collect();
    if !values.is_empty() {
        typed.insert(field.name().to_owned(), values);
    }
}

/// What is wrong in a field or a cell, by what it asks for, and what may have been meant.
pub(super) fn problem_text(
    language: Language,
    (label, shape): (String, Shape),
    code: Option<Code>,
    suggestion: Option<String>,
) -> String {
    let key = match (shape, code) {
        (_, Some(Code::NoSuchDay)) => "problem-no-such-day",
        (Shape::OpeningHours, Some(Code::Format)) => "problem-hours",
        (Shape::Boolean, _) => "problem-boolean",
        (Shape::Commune, _) => "problem-commune",
        (Shape::Date, _) => "problem-date",
        (Shape::Decimal, _) => "problem-decimal",
        (Shape::Email, _) => "problem-email",
        (Shape::Instant, Some(Code::NonexistentLocalTime)) => "problem-hour-skipped",
        (Shape::Instant, Some(Code::NoZone)) => "problem-hour-no-zone",
        (Shape::Instant, Some(Code::ZoneUnknown)) => "problem-hour-zone-unknown",
        (Shape::Instant, _) => "problem-instant",
        (Shape::Folio, Some(Code::TribunalMissing)) => "problem-tribunal",
        (Shape::Folio, _) => "problem-folio",
        (Shape::Integer, _) => "problem-integer",
        (Shape::Link, _) => "problem-link",
        (Shape::OfficialCode, _) => "problem-official-code",
        (Shape::Outline, _) => "problem-outline",
        (Shape::Pacific, _) => "problem-pacific",
        (Shape::Phone, _) => "problem-phone",
        (Shape::Point, _) => "problem-point",
        (Shape::PostalCode, _) => "problem-postal-code",
        (Shape::Prefecture, _) => "problem-prefecture",
        (Shape::Qpv, _) => "problem-qpv",
        (Shape::Record(_) | Shape::Records(_), _) => "problem-record",
        (Shape::Rna, Some(Code::AlsaceMoselle)) => "problem-rna-alsace-moselle",
        (Shape::Rna, _) => "problem-rna",
        (Shape::Siren, _) => "problem-siren",
        (Shape::Siret, _) => "problem-siret",
        (Shape::Term(_) | Shape::Terms(_), _) => "problem-term",
        (Shape::Zones, Some(Code::Ambiguous)) => "problem-zones-level",
        (Shape::Zones, _) => "problem-zones",
        (
            Shape::LongText | Shape::OpeningHours | Shape::Rows(_) | Shape::Text | Shape::Words,
            _,
        ) => "problem-too-long",
    };
    let text = language.text_with(key, &[("field", label.into())]);
    match suggestion {
        Some(suggestion) => format!(
            "{text} {}",
            language.text_with("problem-suggestion", &[("suggestion", suggestion.into())])
        ),
        None => text,
    }
}

/// The département of the commune, which the record's id is the hash of; `*` without one.
pub(super) fn territory(draft: &Draft) -> String {
    let commune = match draft.fields.get("commune") {
        Some(Wanted::Value(Value::Text(code))) => code.as_str(),
        _ => "",
    };
    departement_of_commune(commune).unwrap_or("*").to_owned()
}
