//! Personal values: a contact's name, direct mail or phone, apart from the record so that each can go alone.
//!
//! The frame of the item says of which record, field and person the value is; the content below says the rest. A value that is for
//! one's own organisation only is no item at all: it never leaves the node.

mod trace;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};

pub use trace::{Trace, TraceKind, masked, traces};

/// The content of a `personal` item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalContent {
    /// The value, as it is shown.
    pub value: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it is kept for, in words that say nothing about the person.
    pub purpose: String,
    /// The last day for which it is kept, `AAAA-MM-JJ`; none when it is kept as long as its purpose lasts.
    pub until: Option<String>,
}

/// Who may see a personal value that is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// The partners of the federation.
    Partners,
    /// Everybody: the person holds a public function, and this is how to reach it.
    PublicProfessional,
}

impl PersonalContent {
    /// Reads a content. `None` when it is not of this form: it is then kept and not shown.
    pub fn read(content: &[u8]) -> Option<Self> {
        let read: Self = cbor::decode_exact(content).ok()?;
        let is_within = !read.value.is_empty()
            && read.value.len() <= VALUE_BYTES_MAX
            && read.purpose.len() <= NAME_BYTES_MAX
            && read.until.as_deref().is_none_or(is_date);
        is_within.then_some(read)
    }

    /// Returns whether the last day is over on this day, `AAAA-MM-JJ`.
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}

impl Visibility {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Visibility::Partners => "partners",
            Visibility::PublicProfessional => "public",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        [Visibility::Partners, Visibility::PublicProfessional]
            .into_iter()
            .find(|each| each.code() == code)
    }
}

impl Wire for PersonalContent {
    fn encode(&self, to: &mut Writer) {
        to.array(4).text(&self.value).text(self.visibility.code());
        to.text(&self.purpose);
        match &self.until {
            None => to.null(),
            Some(until) => to.text(until),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        Ok(Self {
            value: cbor::text(from)?,
            visibility: Visibility::parse(&cbor::text(from)?).ok_or(CborError::Malformed)?,
            purpose: cbor::text(from)?,
            until: cbor::optional(from, cbor::text)?,
        })
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> PersonalContent {
        PersonalContent {
            value: "Camille Exemple".to_owned(),
            visibility: Visibility::Partners,
            purpose: "coordination".to_owned(),
            until: Some("2028-02-29".to_owned()),
        }
    }

    #[test]
    fn a_content_is_read_as_it_was_written() {
        for visibility in [Visibility::Partners, Visibility::PublicProfessional] {
            for until in [None, Some("2028-02-29".to_owned())] {
                let content = PersonalContent {
                    visibility,
                    until,
                    ..content()
                };
                assert_eq!(PersonalContent::read(&content.to_cbor()), Some(content));
            }
        }
    }

    #[test]
    fn a_content_beyond_its_limits_or_of_another_form_is_not_shown() {
        let with = |change: fn(&mut PersonalContent)| {
            let mut content = content();
            change(&mut content);
            PersonalContent::read(&content.to_cbor())
        };
        assert!(with(|it| it.value = "v".repeat(VALUE_BYTES_MAX)).is_some());
        assert!(with(|it| it.value = "v".repeat(VALUE_BYTES_MAX + 1)).is_none());
        assert!(with(|it| it.value.clear()).is_none());
        assert!(with(|it| it.purpose = "p".repeat(NAME_BYTES_MAX)).is_some());
        assert!(with(|it| it.purpose = "p".repeat(NAME_BYTES_MAX + 1)).is_none());
        assert!(with(|it| it.until = Some("2027-02-29".to_owned())).is_none());
        assert!(with(|it| it.until = Some("20270228".to_owned())).is_none());
        let mut own = Writer::default();
        own.array(4).text("v").text("own").text("p").null();
        assert!(PersonalContent::read(&own.into_bytes()).is_none());
        let mut longer = content().to_cbor();
        longer.push(0);
        assert!(PersonalContent::read(&longer).is_none());
        assert!(PersonalContent::read(b"Camille Exemple").is_none());
    }

    #[test]
    fn a_value_is_kept_on_its_last_day() {
        let content = content();
        assert!(!content.is_over("2028-02-29"));
        assert!(content.is_over("2028-03-01"));
        let endless = PersonalContent {
            until: None,
            ..content
        };
        assert!(!endless.is_over("9999-12-31"));
    }
}
