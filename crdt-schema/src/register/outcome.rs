//! What becomes of a typed value, and the stable codes that say why.

use std::fmt;

/// What becomes of a typed value.
///
/// The order goes from "nothing to say" to "refused".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Accepted, in its normal form.
    Valid(T),
    /// Accepted like `Valid`; the code is a fact to keep beside the value, not a warning.
    Noted(T, Code),
    /// Accepted; the message of the code is shown.
    Warned(T, Code),
    /// Accepted and changed, which is said: exactly one reading was possible.
    Repaired(T, Code),
    /// Refused; one reading is offered, and a person confirms it.
    Proposed {
        /// The reading that is offered.
        value: T,
        /// Why it is not simply taken.
        code: Code,
    },
    /// Refused.
    Invalid(Code),
}

impl<T> Outcome<T> {
    /// Returns the value when it is accepted.
    pub fn accepted(&self) -> Option<&T> {
        match self {
            Self::Valid(value)
            | Self::Noted(value, _)
            | Self::Warned(value, _)
            | Self::Repaired(value, _) => Some(value),
            Self::Proposed { .. } | Self::Invalid(_) => None,
        }
    }

    /// Returns the value when it is accepted, without a copy.
    pub fn into_accepted(self) -> Option<T> {
        match self {
            Self::Valid(value)
            | Self::Noted(value, _)
            | Self::Warned(value, _)
            | Self::Repaired(value, _) => Some(value),
            Self::Proposed { .. } | Self::Invalid(_) => None,
        }
    }

    /// Returns the value that is offered to a person, when there is one.
    pub fn proposed(&self) -> Option<&T> {
        match self {
            Self::Proposed { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the code, which only a plain `Valid` lacks.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Valid(_) => None,
            Self::Noted(_, code)
            | Self::Warned(_, code)
            | Self::Repaired(_, code)
            | Self::Proposed { code, .. }
            | Self::Invalid(code) => Some(*code),
        }
    }

    /// Returns the stable word for the outcome, as in import reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Valid(_) | Self::Noted(..) => "valid",
            Self::Warned(..) => "warned",
            Self::Repaired(..) => "repaired",
            Self::Proposed { .. } => "proposed",
            Self::Invalid(_) => "invalid",
        }
    }

    /// Changes the value, keeps the outcome.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Valid(value) => Outcome::Valid(change(value)),
            Self::Noted(value, code) => Outcome::Noted(change(value), code),
            Self::Warned(value, code) => Outcome::Warned(change(value), code),
            Self::Repaired(value, code) => Outcome::Repaired(change(value), code),
            Self::Proposed { value, code } => Outcome::Proposed {
                value: change(value),
                code,
            },
            Self::Invalid(code) => Outcome::Invalid(code),
        }
    }

    /// Turns a value that would be accepted into a repaired one: the text itself was not in form.
    pub(super) fn repaired(self, code: Code) -> Self {
        match self {
            Self::Valid(value) | Self::Noted(value, _) => Self::Repaired(value, code),
            other => other,
        }
    }

    /// Turns a value that would be accepted into an offer: the text can be read otherwise.
    pub(super) fn only_proposed(self, code: Code) -> Self {
        match self {
            Self::Valid(value)
            | Self::Noted(value, _)
            | Self::Warned(value, _)
            | Self::Repaired(value, _) => Self::Proposed { value, code },
            other => other,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident => $text:literal,)*) => {
        /// The reason of an outcome; its text for people lives in `locales/`.
        ///
        /// INVARIANT: `as_str` never changes for a released code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Lists every code, for the test that each has a text.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the stable word of the code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

codes! {
    /// Days without hours: all day, unless the hours were forgotten.
    AllDay => "all_day",
    /// A volume and folio of Alsace-Moselle, which belongs to another register.
    AlsaceMoselle => "alsace_moselle",
    /// Several readings are possible.
    Ambiguous => "ambiguous",
    /// A local time that happens twice; the first is taken.
    AmbiguousLocalTime => "ambiguous_local_time",
    /// An associated commune; its commune is offered.
    Associated => "associated",
    /// The basic form of ISO 8601, without separators.
    BasicForm => "basic_form",
    /// A région as it was before 2016.
    Before2016 => "before_2016",
    /// A character that the value cannot contain.
    Charset => "charset",
    /// The check digit is wrong.
    Checksum => "checksum",
    /// The check digit of the first nine digits is wrong.
    ChecksumSiren => "checksum_siren",
    /// The check over fourteen digits is wrong.
    ChecksumSiret => "checksum_siret",
    /// A control character, a line break among them.
    Control => "control",
    /// A Corsican code as it was before 1976.
    CorsicaBefore1976 => "corsica_before_1976",
    /// The code of a country.
    Country => "country",
    /// A delegated commune; its commune is offered.
    Delegated => "delegated",
    /// An address with the name of its holder.
    DisplayName => "display_name",
    /// The part after the `@`, or the host, is not a domain.
    Domain => "domain",
    /// An EPT of Greater Paris, which has no tax of its own.
    Ept => "ept",
    /// A telephone extension.
    Extension => "extension",
    /// A `.0` that a spreadsheet added.
    FloatText => "float_text",
    /// A commune that its postal code or its name tells.
    FoundByName => "found_by_name",
    /// The form is wrong.
    Format => "format",
    /// A code of the other generation of neighbourhoods.
    Generation => "generation",
    /// One of two coordinates is missing.
    Incomplete => "incomplete",
    /// The label was typed with the value.
    LabelInValue => "label_in_value",
    /// The length is wrong.
    Length => "length",
    /// The last letter of a neighbourhood is missing.
    LetterMissing => "letter_missing",
    /// The part before the `@` is wrong.
    Local => "local",
    /// Scientific notation: digits are gone.
    LostDigits => "lost_digits",
    /// The zero in front is missing.
    LostZero => "lost_zero",
    /// A `mailto:` in front.
    Mailto => "mailto",
    /// A commune that was merged; the one that took it is offered.
    Merged => "merged",
    /// A French number whose `+` is missing.
    MissingPlus => "missing_plus",
    /// The W of an RNA number is missing.
    MissingW => "missing_w",
    /// A municipal arrondissement, kept beside its commune.
    MunicipalArrondissement => "municipal_arrondissement",
    /// The name column says another commune.
    NameDisagrees => "name_disagrees",
    /// An address without `@`.
    NoAt => "no_at",
    /// A day that does not exist.
    NoSuchDay => "no_such_day",
    /// An instant that does not exist.
    NoSuchInstant => "no_such_instant",
    /// A time without offset or zone.
    NoZone => "no_zone",
    /// A local time that the clocks skip.
    NonexistentLocalTime => "nonexistent_local_time",
    /// The form is right; no list was there to say more.
    NotChecked => "not_checked",
    /// Both coordinates are zero.
    NullIsland => "null_island",
    /// A point outside every French territory.
    OutsideTerritory => "outside_territory",
    /// An overseas number behind the prefix of the mainland.
    OverseasPrefix => "overseas_prefix",
    /// Zeros are missing or misplaced.
    Padding => "padding",
    /// A period where a day is expected.
    Period => "period",
    /// The postal column says another commune.
    PostalDisagrees => "postal_disagrees",
    /// A date without its day.
    Precision => "precision",
    /// Metres of a projection.
    Projected => "projected",
    /// Outside the limits.
    Range => "range",
    /// The registry of an RNA number is not in the known list.
    RegistryUnknown => "registry_unknown",
    /// A commune under its old number.
    Renumbered => "renumbered",
    /// A link that is neither `https` nor `http`.
    Scheme => "scheme",
    /// A link without its scheme.
    SchemeMissing => "scheme_missing",
    /// The separators are not those of the form.
    Separator => "separator",
    /// A spreadsheet serial that became text.
    SerialInText => "serial_in_text",
    /// A short number, which has no international form.
    ShortNumber => "short_number",
    /// A SIREN where a SIRET is expected.
    SirenGiven => "siren_given",
    /// A SIRET where another number is expected.
    SiretGiven => "siret_given",
    /// Latitude and longitude are swapped.
    Swapped => "swapped",
    /// A time of day in a date.
    TimeGiven => "time_given",
    /// The tribunal is missing.
    TribunalMissing => "tribunal_missing",
    /// Several addresses in one field.
    TwoAddresses => "two_addresses",
    /// A year of two digits.
    TwoDigitYear => "two_digit_year",
    /// Several telephone numbers in one field.
    TwoNumbers => "two_numbers",
    /// The form is right, the list does not have it.
    Unknown => "unknown",
    /// A name or password in a link.
    UserInfo => "user_info",
    /// An intra-community VAT number.
    VatNumber => "vat_number",
    /// No list of that year is compiled in; the nearest was used.
    YearNotListed => "year_not_listed",
    /// Only zeros.
    Zero => "zero",
    /// A time zone that is not in the database.
    ZoneUnknown => "zone_unknown",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Code, Outcome};

    #[test]
    fn every_code_has_its_own_word() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|word| {
            word.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        }));
    }

    #[test]
    fn only_an_accepted_value_comes_out() {
        assert_eq!(Outcome::Warned(1, Code::Ept).into_accepted(), Some(1));
        assert_eq!(Outcome::Noted(1, Code::ShortNumber).as_str(), "valid");
        let offer = Outcome::Valid(1).only_proposed(Code::Swapped);
        assert_eq!(offer.accepted(), None);
        assert_eq!(offer.proposed(), Some(&1));
        assert_eq!(
            Outcome::<u8>::Invalid(Code::Zero).repaired(Code::LostZero),
            Outcome::Invalid(Code::Zero)
        );
    }
}
