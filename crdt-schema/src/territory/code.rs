//! A code with its level: `93` is a région and a département, `DEP-93` is one thing.

use std::fmt;

use crate::edit::Value;
use crate::entry::RecordBirth;
use crate::id::{FederationId, RecordId, hash};
use crate::register::{
    departement_of_commune, is_commune_form, is_departement_form, is_qpv_form, siren,
};
use crate::view::RecordView;

/// What kind of area a code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A commune.
    Commune,
    /// A département, or a home territory overseas.
    Departement,
    /// A group of communes, or an EPT.
    Epci,
    /// An arrondissement of Paris, Lyon or Marseille.
    MunicipalArrondissement,
    /// A priority neighbourhood of either generation: its own code tells which.
    Qpv,
    /// A région.
    Region,
}

/// An official code of a level, in its form: `COM-01004`, `ARM-13201`, `EPCI-200093201`, `DEP-2A`, `REG-93`, `QPV-QN02A03N`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TerritoryCode {
    level: Level,
    code: String,
}

impl Level {
    /// All of them, from the smallest.
    pub const ALL: [Level; 6] = [
        Level::Qpv,
        Level::MunicipalArrondissement,
        Level::Commune,
        Level::Epci,
        Level::Departement,
        Level::Region,
    ];

    /// Returns what stands before the code.
    pub fn prefix(self) -> &'static str {
        match self {
            Level::Commune => "COM",
            Level::Departement => "DEP",
            Level::Epci => "EPCI",
            Level::MunicipalArrondissement => "ARM",
            Level::Qpv => "QPV",
            Level::Region => "REG",
        }
    }

    /// Returns the level that stands before a code by this.
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.prefix() == prefix)
    }

    /// Returns the term of the vocabulary of levels.
    pub fn term(self) -> &'static str {
        match self {
            Level::Commune => "commune",
            Level::Departement => "departement",
            Level::Epci => "epci",
            Level::MunicipalArrondissement => "arrondissement-municipal",
            Level::Qpv => "qpv",
            Level::Region => "region",
        }
    }

    /// Returns the level of a term.
    pub fn of_term(term: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.term() == term)
    }
}

impl TerritoryCode {
    /// Takes a code that has the form of its level. Whether a list has it is not looked at: a list of another year may be meant.
    pub fn of(level: Level, code: &str) -> Option<Self> {
        let is_two_digits = || code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_digit());
        let is_in_form = match level {
            Level::Commune => code.len() == 5 && is_commune_form(code),
            Level::Departement => is_departement_form(code),
            Level::Epci => siren(code).accepted().is_some_and(|siren| siren == code),
            Level::MunicipalArrondissement => is_arrondissement(code),
            Level::Qpv => is_qpv_form(code),
            Level::Region => is_two_digits(),
        };
        is_in_form.then(|| Self {
            level,
            code: code.to_owned(),
        })
    }

    /// Returns the territory that a record describes, when it is one with an official code.
    pub fn of_record(view: &RecordView) -> Option<Self> {
        let value = |name: &str| Some(&view.field(name)?.winner()?.value);
        match (view.kind(), value("level")?, value("code")?) {
            ("territory", Value::Term(level), Value::Text(code)) => {
                Self::of(Level::of_term(level)?, code)
            }
            _ => None,
        }
    }

    /// Reads `DEP-45`. Small letters are read too.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let (prefix, code) = text.split_once('-')?;
        Self::of(Level::of_prefix(prefix)?, code)
    }

    /// Returns the level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the bare code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the year from which a neighbourhood of this generation exists; other codes do not say their year.
    pub fn generation_year(&self) -> Option<u16> {
        match (self.level, self.code.get(..2)) {
            (Level::Qpv, Some("QP")) => Some(2015),
            (Level::Qpv, _) => Some(2024),
            _ => None,
        }
    }

    /// Returns whether it is a priority neighbourhood of the generation that is in force, since 2024 or, overseas, 2025.
    pub fn is_current_qpv(&self) -> bool {
        self.level == Level::Qpv && self.code.starts_with("QN")
    }

    /// Returns the département that the code itself names. An EPCI may lie in several, and a région has many.
    pub fn departement(&self) -> Option<&str> {
        match self.level {
            Level::Commune | Level::MunicipalArrondissement => departement_of_commune(&self.code),
            Level::Departement => Some(&self.code),
            Level::Epci | Level::Region => None,
            Level::Qpv => {
                let padded = self.code.get(2..5)?;
                Some(padded.strip_prefix('0').unwrap_or(padded))
            }
        }
    }

    /// Returns what the record of this territory is born with: the same for all partners, whatever file they read it from, and for
    /// ever, whatever becomes of the code.
    pub fn birth(&self) -> RecordBirth {
        let mut nonce = [0; 16];
        let whole = self.to_string();
        nonce.copy_from_slice(&hash("official-territory", &[whole.as_bytes()])[..16]);
        RecordBirth {
            kind: "territory".to_owned(),
            territory: self.departement().unwrap_or("*").to_owned(),
            nonce,
        }
    }

    /// Returns the record of this territory in a federation.
    pub fn record(&self, federation: &FederationId) -> RecordId {
        let birth = self.birth();
        RecordId::of(federation, &birth.kind, &birth.territory, &birth.nonce)
    }
}

impl fmt::Display for TerritoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.level.prefix(), self.code)
    }
}

fn is_arrondissement(code: &str) -> bool {
    matches!(code.as_bytes(), [_, _, _, _, _])
        && code
            .parse::<u32>()
            .is_ok_and(|number| matches!(number, 13201..=13216 | 69381..=69389 | 75101..=75120))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> TerritoryCode {
        TerritoryCode::parse(text).expect(text)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "COM-01004",
            "COM-2A004",
            "ARM-13201",
            "EPCI-200093201",
            "DEP-2A",
            "DEP-974",
            "REG-93",
            "QPV-QN02A03N",
            "QPV-QP974001",
        ] {
            assert_eq!(code(text).to_string(), text);
            assert_eq!(code(&text.to_lowercase()).to_string(), text);
        }
    }

    #[test]
    fn a_bare_code_and_a_wrong_form_are_none() {
        for text in [
            "93",
            "COM-1004",
            "COM-20004",
            "DEP-20",
            "DEP-045",
            "DEP-",
            "REG-9",
            "REG-2A",
            "EPCI-200093202",
            "QPV-QN00103X",
            "ARM-13217",
            "ARM-13055",
            "PAYS-99100",
            "COM-0100é",
            "",
        ] {
            assert_eq!(TerritoryCode::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_code_names_its_departement_where_it_can() {
        for (text, departement) in [
            ("COM-45155", Some("45")),
            ("COM-97411", Some("974")),
            ("ARM-69381", Some("69")),
            ("DEP-2B", Some("2B")),
            ("QPV-QN04512M", Some("45")),
            ("QPV-QN02A03N", Some("2A")),
            ("QPV-QP974001", Some("974")),
            ("EPCI-200093201", None),
            ("REG-24", None),
        ] {
            assert_eq!(code(text).departement(), departement, "{text}");
        }
    }

    #[test]
    fn the_generation_is_in_the_code_of_a_neighbourhood() {
        assert_eq!(code("QPV-QP045001").generation_year(), Some(2015));
        assert_eq!(code("QPV-QN04512M").generation_year(), Some(2024));
        assert_eq!(code("COM-45155").generation_year(), None);
    }

    #[test]
    fn each_territory_has_one_record_and_no_two_share_one() {
        let texts = ["DEP-93", "REG-93", "COM-93001", "EPCI-200093201"];
        let births: Vec<_> = texts.iter().map(|text| code(text).birth()).collect();
        for (one, other) in births.iter().zip(births.iter().skip(1)) {
            assert_ne!(one.nonce, other.nonce);
        }
        assert_eq!(code("dep-93").birth(), births[0]);
        assert_eq!(births[0].territory, "93");
        assert_eq!(births[1].territory, "*");
        // INVARIANT: the record of a territory never moves, or partners would make it twice.
        assert_eq!(
            data_encoding::HEXLOWER.encode(&births[0].nonce),
            "8df59326a598bcd41b13ccbe7267859d"
        );
    }
}
