//! The fields of a contact, as two forms ask for them: that of a contact, and that of a record.

use askama::Template;
use askama::filters::HtmlSafe;

use super::seen_by_label;
use crate::contact::{SeenBy, TypedContact};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::{Field, Problem};

/// Says that the person knows of the objection, and enters somebody all the same.
pub(super) const OBJECTION: &str = "objection_known";

#[derive(Template)]
#[template(path = "personal/fields.html")]
pub(super) struct Fields {
    fields: Vec<Field>,
    seen_by: Vec<Choice>,
    legend: String,
    seen_by_error: Option<String>,
    /// What is asked when somebody has objected, and why.
    objection: Option<(String, String)>,
}

struct Choice {
    code: &'static str,
    label: String,
    hint: String,
    is_chosen: bool,
}

impl HtmlSafe for Fields {}

impl Fields {
    pub(super) fn new(language: Language, typed: &TypedContact, problems: &[Problem]) -> Self {
        let field = |id, key: &str, hint: &str, value: &str| {
            Field::text(id, language.text(key))
                .with_hint(language.text(hint))
                .with_value(value)
                .with_autocomplete("off")
                .with_problems(problems)
        };
        let hint = |seen_by: SeenBy| match seen_by.code() {
            "own" => "seen-by-own-hint",
            "partners" => "seen-by-partners-hint",
            _ => "seen-by-public-hint",
        };
        let objected = problems.iter().find_map(|problem| problem.of(OBJECTION));
        Self {
            fields: vec![
                field(
                    "contact_name",
                    "contact-name",
                    "contact-name-hint",
                    &typed.name,
                ),
                field(
                    "contact_mail",
                    "contact-mail",
                    "contact-mail-hint",
                    &typed.mail,
                ),
                field(
                    "contact_phone",
                    "contact-phone",
                    "contact-phone-hint",
                    &typed.phone,
                ),
                field(
                    "contact_purpose",
                    "contact-purpose",
                    "contact-purpose-hint",
                    &typed.purpose,
                ),
                field(
                    "contact_until",
                    "contact-keep-until",
                    "contact-keep-until-hint",
                    &typed.until,
                ),
            ],
            seen_by: SeenBy::ALL
                .into_iter()
                .map(|seen_by| Choice {
                    code: seen_by.code(),
                    label: seen_by_label(language, seen_by),
                    hint: language.text(hint(seen_by)),
                    is_chosen: typed.seen_by == seen_by.code(),
                })
                .collect(),
            legend: language.text("contact-seen-by"),
            seen_by_error: problems
                .iter()
                .find_map(|problem| problem.of("contact_seen_by")),
            objection: objected.map(|why| (language.text("contact-objection-known"), why)),
        }
    }
}

/// What a form says of a contact.
pub(super) fn typed(form: &SentForm) -> TypedContact {
    TypedContact {
        name: form.text("contact_name").to_owned(),
        mail: form.text("contact_mail").to_owned(),
        phone: form.text("contact_phone").to_owned(),
        purpose: form.text("contact_purpose").to_owned(),
        until: form.text("contact_until").to_owned(),
        seen_by: form.text("contact_seen_by").to_owned(),
    }
}

/// Says what is wrong, field by field.
pub(super) fn problems(language: Language, wrong: &[&'static str]) -> Vec<Problem> {
    let problem = |field: &&'static str| {
        let (field, key) = match *field {
            "contact_mail" => ("contact_mail", "contact-mail-wrong"),
            "contact_phone" => ("contact_phone", "contact-phone-wrong"),
            "purpose" => ("contact_purpose", "contact-purpose-wrong"),
            "until" => ("contact_until", "contact-keep-until-wrong"),
            "seen_by" => ("contact_seen_by", "contact-seen-by-wrong"),
            _ => ("contact_name", "contact-name-wrong"),
        };
        Problem::new(field, language.text(key))
    };
    wrong.iter().map(problem).collect()
}

/// Warns of an objection.
pub(super) fn objection(language: Language) -> Problem {
    Problem::new(OBJECTION, language.text("contact-objection"))
}
