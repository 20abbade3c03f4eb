//! The parts that pages are made of: fields, the summary of a refused form, tables, pagination. Each writes its own HTML.

use std::ops::Range;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;

use crate::i18n::Language;

/// A field with its label, its hint and its error, tied together for those who do not see the page.
#[derive(Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field {
    id: &'static str,
    kind: &'static str,
    label: String,
    hint: Option<String>,
    error: Option<String>,
    value: String,
    autocomplete: Option<&'static str>,
}

impl Field {
    pub(crate) fn text(id: &'static str, label: String) -> Self {
        Self {
            id,
            kind: "text",
            label,
            hint: None,
            error: None,
            value: String::new(),
            autocomplete: None,
        }
    }

    pub(crate) fn password(id: &'static str, label: String) -> Self {
        Self {
            kind: "password",
            ..Self::text(id, label)
        }
    }

    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    pub(crate) fn with_value(self, value: &str) -> Self {
        Self {
            value: value.to_owned(),
            ..self
        }
    }

    pub(crate) fn with_autocomplete(self, purpose: &'static str) -> Self {
        Self {
            autocomplete: Some(purpose),
            ..self
        }
    }

    /// Shows the problem of this field, if there is one among those of its form.
    pub(crate) fn with_problems(self, problems: &[Problem]) -> Self {
        let own = problems.iter().find(|problem| problem.field == self.id);
        Self {
            error: own.map(|problem| problem.text.clone()),
            ..self
        }
    }

    /// Returns the ids of the texts that describe the field, for `aria-describedby`.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }
}

impl HtmlSafe for Field {}

/// Why a form was refused: which field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) field: String,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn new(field: impl Into<String>, text: String) -> Self {
        let field = field.into();
        Self { field, text }
    }

    /// Returns the text, when the problem is of this field.
    pub(crate) fn of(&self, field: &str) -> Option<String> {
        (self.field == field).then(|| self.text.clone())
    }
}

/// Returns how a form is answered: as it is asked for, or as one that was refused.
pub(crate) fn status(problems: &[Problem]) -> StatusCode {
    if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// All problems of a refused form, on top of the page, each a link to its field. Empty when there is none.
#[derive(Template)]
#[template(path = "parts/summary.html")]
pub(crate) struct Summary {
    heading: String,
    problems: Vec<Problem>,
}

impl Summary {
    pub(crate) fn new(language: Language, problems: Vec<Problem>) -> Self {
        let values = [("count", problems.len().into())];
        Self {
            heading: language.text_with("form-refused", &values),
            problems,
        }
    }
}

impl HtmlSafe for Summary {}

/// A table with its caption and its column headings.
#[derive(Template)]
#[template(path = "parts/table.html")]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
pub(crate) enum Cell {
    /// Names the row.
    Heading(String),
    /// Any text.
    Text(String),
}

impl HtmlSafe for Table {}

/// Links to the other pages of a list. Empty when there is one page.
#[derive(Template)]
#[template(path = "parts/pagination.html")]
pub(crate) struct Pagination {
    label: String,
    place: String,
    previous: Option<PageLink>,
    next: Option<PageLink>,
    rows: Range<usize>,
    is_single: bool,
}

struct PageLink {
    href: String,
    label: String,
}

impl Pagination {
    /// Places somebody in a list. `address` ends with `?` or `&`; a page that does not exist becomes the nearest one.
    pub(crate) fn new(
        language: Language,
        address: &str,
        asked: Option<usize>,
        count: usize,
        per_page: usize,
    ) -> Self {
        let pages = count.div_ceil(per_page).max(1);
        let page = asked.unwrap_or(1).clamp(1, pages);
        let link = |page: usize, key: &str| PageLink {
            href: format!("{address}page={page}"),
            label: language.text(key),
        };
        let start = (page - 1) * per_page;
        let values = [("page", page.into()), ("pages", pages.into())];
        Self {
            label: language.text("pagination"),
            place: language.text_with("pagination-place", &values),
            previous: (page > 1).then(|| link(page - 1, "pagination-previous")),
            next: (page < pages).then(|| link(page + 1, "pagination-next")),
            rows: start..count.min(start + per_page),
            is_single: pages == 1,
        }
    }

    /// Returns which rows of the list this page shows.
    pub(crate) fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }
}

impl HtmlSafe for Pagination {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_tied_to_its_hint_and_its_error() {
        let problems = [Problem::new("siret", "Écrivez 14 chiffres".to_owned())];
        let field = Field::text("siret", "SIRET".to_owned())
            .with_hint("14 chiffres".to_owned())
            .with_value("<script>\"")
            .with_problems(&problems)
            .to_string();
        assert!(
            field.contains("<label for=\"siret\">SIRET</label>"),
            "{field}"
        );
        assert!(
            field.contains("aria-describedby=\"siret-hint siret-error\""),
            "{field}"
        );
        assert!(field.contains("id=\"siret-hint\"") && field.contains("id=\"siret-error\""));
        assert!(field.contains("aria-invalid=\"true\""), "{field}");
        assert!(!field.contains("<script>"), "{field}");
        let right = Field::text("siret", "SIRET".to_owned())
            .with_problems(&[])
            .to_string();
        assert!(!right.contains("aria-"), "{right}");
    }

    #[test]
    fn a_password_is_never_shown_again() {
        let field = Field::password("password", "Mot de passe".to_owned()).with_value("secret");
        assert!(!field.to_string().contains("secret"));
    }

    #[test]
    fn a_page_that_does_not_exist_becomes_the_nearest() {
        let rows = |asked, count| Pagination::new(Language::French, "/a?", asked, count, 50).rows();
        assert_eq!(rows(None, 0), 0..0);
        assert_eq!(rows(Some(0), 49), 0..49);
        assert_eq!(rows(Some(2), 50), 0..50);
        assert_eq!(rows(Some(2), 51), 50..51);
        assert_eq!(rows(Some(usize::MAX), 101), 100..101);
        let single = Pagination::new(Language::French, "/a?", None, 50, 50).to_string();
        assert!(single.trim().is_empty(), "{single}");
        let middle = Pagination::new(Language::French, "/a?q=x&", Some(2), 101, 50).to_string();
        assert!(
            middle.contains("page=1") && middle.contains("page=3"),
            "{middle}"
        );
    }
}
