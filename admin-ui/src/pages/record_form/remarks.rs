//! What a form changed in what was typed, or takes with a warning: said once the record is saved, as imports say it. The address of
//! the page carries it, in codes.

use crdt_schema::register::{Code, Outcome};
use crdt_schema::vocabulary::Words;

use crate::i18n::Language;
use crate::wording;

/// How an address names a remark.
const REMARK: &str = "dit";

/// A remark on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Remark {
    field: String,
    /// `repaired` or `warned`.
    outcome: &'static str,
    code: Code,
}

impl Remark {
    /// Says what is to be said of an outcome, if there is anything.
    pub(super) fn of<T>(field: &str, outcome: &Outcome<T>) -> Option<Self> {
        match outcome {
            Outcome::Repaired(_, code) | Outcome::Warned(_, code) => Some(Self {
                field: field.to_owned(),
                outcome: outcome.as_str(),
                code: *code,
            }),
            _ => None,
        }
    }

    /// Writes the end of the address of a page.
    pub(super) fn address(remarks: &[Self]) -> String {
        let written = remarks
            .iter()
            .map(|it| format!("&{REMARK}={}.{}.{}", it.field, it.outcome, it.code));
        written.collect()
    }

    /// Reads what [`Remark::address`] writes. What is no remark is left out.
    pub(in crate::pages) fn read(query: &str) -> Vec<Self> {
        let written = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let mut parts = value.splitn(3, '.');
            let (field, outcome, code) = (parts.next()?, parts.next()?, parts.next()?);
            let outcome = ["repaired", "warned"]
                .into_iter()
                .find(|it| *it == outcome)?;
            let code = Code::ALL.iter().find(|it| it.as_str() == code)?;
            (name == REMARK).then(|| Self {
                field: field.to_owned(),
                outcome,
                code: *code,
            })
        });
        written.take(REMARKS_MAX).collect()
    }

    /// Says it in words. Nothing of a field that a record of this kind does not have.
    pub(in crate::pages) fn said(
        &self,
        language: Language,
        words: &Words,
        kind: &str,
    ) -> Option<String> {
        let field = words.any_field(kind, &self.field)?;
        let label = wording::field_label(language, Some(field), &self.field);
        let key = match self.code {
            Code::AllDay => "remark-all-day",
            Code::AmbiguousLocalTime => "remark-ambiguous-local-time",
            Code::Control => "remark-control",
            Code::FoundByName => "remark-found-by-name",
            Code::FloatText => "remark-float-text",
            Code::LostZero => "remark-lost-zero",
            Code::Mailto => "remark-mailto",
            Code::NameDisagrees => "remark-name-disagrees",
            Code::NoZone => "remark-no-zone",
            Code::NotChecked => "remark-not-checked",
            Code::OutsideTerritory => "remark-outside-territory",
            Code::OverseasPrefix => "remark-overseas-prefix",
            Code::PostalDisagrees => "remark-postal-disagrees",
            Code::RegistryUnknown => "remark-registry-unknown",
            Code::Separator => "remark-separator",
            Code::Unknown => "remark-unknown",
            Code::YearNotListed => "remark-year-not-listed",
            _ if self.outcome == "repaired" => "remark-repaired",
            _ => "remark-warned",
        };
        let values = [("field", label.into()), ("said", language.text(key).into())];
        Some(language.text_with("remark-of-field", &values))
    }
}

/// More than a form has fields.
const REMARKS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_read_as_they_are_written_and_nothing_else_is() {
        let remarks = [
            Remark::of("siret", &Outcome::Repaired(1, Code::FloatText)),
            Remark::of("opening_hours", &Outcome::Warned(1, Code::AllDay)),
            Remark::of("rna", &Outcome::Noted(1, Code::ShortNumber)),
            Remark::of("name", &Outcome::Valid(1)),
        ];
        let remarks: Vec<Remark> = remarks.into_iter().flatten().collect();
        let address = Remark::address(&remarks);
        assert_eq!(
            address,
            "&dit=siret.repaired.float_text&dit=opening_hours.warned.all_day"
        );
        assert_eq!(Remark::read(&format!("enregistre=1{address}")), remarks);
        for wrong in [
            "dit=siret.invalid.zero",
            "dit=siret.repaired.x",
            "dit=a",
            "x=a.warned.zero",
        ] {
            assert_eq!(Remark::read(wrong), [], "{wrong}");
        }
        let said = |kind| remarks[0].said(Language::French, Words::shipped(), kind);
        assert!(said("actor").is_some_and(|said| said.starts_with("SIRET")));
        assert_eq!(said("meeting"), None);
    }
}
