//! Codes of territories: communes, départements, régions, EPCI.
//!
//! A bare code has no level (`93` is a région and a département), so each level has its function.
//! INSEE and postal codes share digits, so the caller says which column a commune comes from.

use super::clean::{clean, is_digits, without_decimal};
use super::lists::Territories;
use super::names::names_agree;
use super::outcome::{Code, Outcome};
use super::siren::siren;
use super::year::{FIRST_YEAR, LAST_YEAR, Standing};

/// What a column of communes holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// INSEE codes.
    Insee,
    /// Postal codes.
    Postal,
    /// Nobody said: nothing is repaired, and digits that are both are refused.
    Unmapped,
}

/// What is known beside a code of a commune.
#[derive(Debug, Clone, Copy)]
pub struct CommuneContext<'a> {
    /// The year of the list.
    pub year: u16,
    /// What the column holds.
    pub column: Column,
    /// The name beside the code.
    pub name: Option<&'a str>,
    /// The postal code beside an INSEE code.
    pub postal: Option<&'a str>,
}

/// Reads a commune, as its INSEE code.
///
/// A municipal arrondissement is kept as it is, with its code noted; store its commune beside it.
pub fn commune(input: &str, context: &CommuneContext<'_>, lists: &Territories) -> Outcome<String> {
    let typed = clean(input).to_ascii_uppercase();
    let decimal = without_decimal(&typed);
    let text = decimal.unwrap_or(&typed);
    let lost_zero = is_digits(text) && text.len() == 4;
    if !(lost_zero || text.is_ascii() && text.len() == 5) {
        return Outcome::Invalid(Code::Format);
    }
    let outcome = match context.column {
        Column::Insee if lost_zero => insee_without_zero(text, context, lists),
        Column::Insee => insee(text, context.year, lists),
        Column::Postal => postal(text, context, lists),
        Column::Unmapped if lost_zero => Outcome::Invalid(Code::Ambiguous),
        Column::Unmapped if lists.communes_of_postal(text).next().is_some() => {
            Outcome::Invalid(Code::Ambiguous)
        }
        Column::Unmapped => insee(text, context.year, lists),
    };
    match decimal {
        Some(_) => outcome.repaired(Code::FloatText),
        None => outcome,
    }
}

fn insee(code: &str, year: u16, lists: &Territories) -> Outcome<String> {
    let (head, tail) = code.split_at(2);
    if head == "99" && is_digits(tail) {
        return Outcome::Invalid(Code::Country);
    }
    if head == "20" && is_digits(tail) {
        return corsica(tail, year, lists);
    }
    if !is_commune_form(code) {
        return Outcome::Invalid(Code::Format);
    }
    let proposed = |commune: &str, code| Outcome::Proposed {
        value: commune.to_owned(),
        code,
    };
    match lists.standing(code, year) {
        None => Outcome::Invalid(Code::Unknown),
        Some(Standing::Commune) if !(FIRST_YEAR..=LAST_YEAR).contains(&year) => {
            Outcome::Warned(code.to_owned(), Code::YearNotListed)
        }
        Some(Standing::Commune) => Outcome::Valid(code.to_owned()),
        Some(Standing::MunicipalArrondissement { .. }) => {
            Outcome::Noted(code.to_owned(), Code::MunicipalArrondissement)
        }
        Some(Standing::Associated { commune }) => proposed(commune, Code::Associated),
        Some(Standing::Delegated { commune }) => proposed(commune, Code::Delegated),
        Some(Standing::Renumbered { commune }) => proposed(commune, Code::Renumbered),
        Some(Standing::Merged {
            commune: Some(commune),
        }) => proposed(commune, Code::Merged),
        Some(Standing::Merged { commune: None }) => Outcome::Invalid(Code::Ambiguous),
    }
}

/// Repairs `1004` to `01004`, if that is in the list and agrees with the columns beside it.
fn insee_without_zero(
    digits: &str,
    context: &CommuneContext<'_>,
    lists: &Territories,
) -> Outcome<String> {
    let code = format!("0{digits}");
    let outcome = insee(&code, context.year, lists);
    if matches!(outcome, Outcome::Invalid(_)) {
        return outcome;
    }
    let listed_name = lists.name_in(&code, context.year).unwrap_or_default();
    if given(context.name).is_some_and(|name| !names_agree(&name, listed_name)) {
        return Outcome::Invalid(Code::NameDisagrees);
    }
    let target = outcome.accepted().or(outcome.proposed());
    let commune = target.and_then(|code| lists.commune(code));
    let postal_agrees = |typed: String| {
        let typed = with_zero(without_decimal(&typed).unwrap_or(&typed));
        commune.is_some_and(|commune| commune.postal_codes().any(|postal| postal == typed))
    };
    if given(context.postal).is_some_and(|typed| !postal_agrees(typed)) {
        return Outcome::Invalid(Code::PostalDisagrees);
    }
    outcome.repaired(Code::LostZero)
}

fn postal(text: &str, context: &CommuneContext<'_>, lists: &Territories) -> Outcome<String> {
    if !is_digits(text) {
        return Outcome::Invalid(Code::Format);
    }
    let code = with_zero(text);
    let name = given(context.name);
    let served: Vec<_> = lists.communes_of_postal(&code).collect();
    let named: Vec<_> = match &name {
        Some(name) => served
            .iter()
            .filter(|c| names_agree(name, c.name))
            .copied()
            .collect(),
        None => served.clone(),
    };
    let lost_zero = text.len() == 4;
    let (commune, warning) = match (&named[..], &served[..]) {
        (_, []) => return Outcome::Invalid(Code::Unknown),
        ([commune], _) => (commune, None),
        // A hamlet has its commune's postal code and another name.
        ([], [commune]) if !lost_zero => (commune, Some(Code::NameDisagrees)),
        ([], _) => return Outcome::Invalid(Code::NameDisagrees),
        _ => return Outcome::Invalid(Code::Ambiguous),
    };
    // Postal codes are those of the latest list: the commune may be younger than the year asked.
    match (insee(commune.code, context.year, lists), warning) {
        (Outcome::Valid(code), Some(warning)) => Outcome::Warned(code, warning),
        (outcome, _) if lost_zero => outcome.repaired(Code::LostZero),
        (outcome, _) => outcome,
    }
}

/// Offers the code of today for `20…`, which Corsica had until 1976.
fn corsica(tail: &str, year: u16, lists: &Territories) -> Outcome<String> {
    let mut found: Vec<String> = ["2A", "2B"].map(|head| format!("{head}{tail}")).into();
    found.retain(|code| lists.standing(code, year) == Some(Standing::Commune));
    match (found.pop(), found.pop()) {
        (Some(value), None) => Outcome::Proposed {
            value,
            code: Code::CorsicaBefore1976,
        },
        (Some(_), Some(_)) => Outcome::Invalid(Code::Ambiguous),
        (None, _) => Outcome::Invalid(Code::Unknown),
    }
}

/// Tells whether five characters can be a commune: `20…` cannot.
pub(crate) fn is_commune_form(code: &str) -> bool {
    let [a, b, rest @ ..] = code.as_bytes() else {
        return false;
    };
    let head = match (a, b) {
        (b'0', b'1'..=b'9')
        | (b'1' | b'3'..=b'8', b'0'..=b'9')
        | (b'2', b'1'..=b'9' | b'A' | b'B')
        | (b'9', b'0'..=b'5') => true,
        (b'9', b'7') => matches!(rest.first(), Some(b'1'..=b'8')),
        (b'9', b'8') => matches!(rest.first(), Some(b'4' | b'6'..=b'9')),
        _ => false,
    };
    head && rest.len() == 3 && rest.iter().all(u8::is_ascii_digit)
}

/// Reads a département, or a home territory overseas.
pub fn departement(input: &str, lists: &Territories) -> Outcome<String> {
    let typed = clean(input).to_ascii_uppercase();
    let decimal = without_decimal(&typed);
    let text = decimal.unwrap_or(&typed);
    if text == "20" {
        return Outcome::Invalid(Code::Ambiguous);
    }
    let outcome = match text.as_bytes() {
        [b'1'..=b'9'] => listed(format!("0{text}"), |code| lists.departement(code).is_some())
            .repaired(Code::LostZero),
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() || matches!(text, "2A" | "2B") => {
            listed(text.to_owned(), |code| lists.departement(code).is_some())
        }
        [b'9', b'7' | b'8', last] if last.is_ascii_digit() => {
            listed(text.to_owned(), |code| lists.departement(code).is_some())
        }
        _ => Outcome::Invalid(Code::Format),
    };
    match decimal {
        Some(_) => outcome.repaired(Code::FloatText),
        None => outcome,
    }
}

/// Tells whether a text can be a département, or a collectivity overseas: `20` cannot.
pub(crate) fn is_departement_form(code: &str) -> bool {
    match code.as_bytes() {
        [b'2', b'A' | b'B'] => true,
        [b'2', b'0'] | [b'0', b'0'] => false,
        [b'9', b'6'..=b'9'] => false,
        [a, b] => a.is_ascii_digit() && b.is_ascii_digit(),
        [b'9', b'7' | b'8', last] => last.is_ascii_digit(),
        _ => false,
    }
}

/// Returns the code of the département that the code of a commune names: its first two characters, three overseas. `None` when the
/// text is no such code; whether there is such a commune is not looked at, since old codes stand in old records.
pub fn departement_of_commune(commune: &str) -> Option<&str> {
    if commune.len() != 5 || !commune.is_ascii() {
        return None;
    }
    let digits = if commune.starts_with("97") || commune.starts_with("98") {
        3
    } else {
        2
    };
    Some(&commune[..digits])
}

/// Reads a région.
pub fn region(input: &str, lists: &Territories) -> Outcome<String> {
    let typed = clean(input);
    let decimal = without_decimal(&typed);
    let text = decimal.unwrap_or(&typed);
    let outcome = match text.len() {
        _ if !is_digits(text) => Outcome::Invalid(Code::Format),
        1 => {
            listed(format!("0{text}"), |code| lists.region(code).is_some()).repaired(Code::LostZero)
        }
        2 if region_successor(text).is_some() => Outcome::Invalid(Code::Before2016),
        2 => listed(text.to_owned(), |code| lists.region(code).is_some()),
        _ => Outcome::Invalid(Code::Format),
    };
    match decimal {
        Some(_) => outcome.repaired(Code::FloatText),
        None => outcome,
    }
}

/// Returns the région that took one of those before 2016.
pub fn region_successor(code: &str) -> Option<&'static str> {
    Some(match code {
        "21" | "41" | "42" => "44",
        "22" | "31" => "32",
        "23" | "25" => "28",
        "26" | "43" => "27",
        "54" | "72" | "74" => "75",
        "73" | "91" => "76",
        "82" | "83" => "84",
        _ => return None,
    })
}

/// Reads an EPCI: a SIREN that is in the list of the year.
pub fn epci(input: &str, year: u16, lists: &Territories) -> Outcome<String> {
    let outcome = siren(input);
    let Some(code) = outcome.accepted().or(outcome.proposed()) else {
        return outcome;
    };
    let Some(group) = lists.epci_by_code(code) else {
        return Outcome::Invalid(Code::Unknown);
    };
    let nearest = year.clamp(FIRST_YEAR, LAST_YEAR);
    if !(group.first_year..=group.last_year).contains(&nearest) {
        return Outcome::Invalid(Code::Unknown);
    }
    let warning = match (group.is_ept(), nearest == year) {
        (true, _) => Code::Ept,
        (false, false) => Code::YearNotListed,
        (false, true) => return outcome,
    };
    match outcome {
        Outcome::Valid(code) => Outcome::Warned(code, warning),
        other => other,
    }
}

fn listed(code: String, in_list: impl Fn(&str) -> bool) -> Outcome<String> {
    if in_list(&code) {
        Outcome::Valid(code)
    } else {
        Outcome::Invalid(Code::Unknown)
    }
}

fn with_zero(digits: &str) -> String {
    format!("{digits:0>5}")
}

fn given(text: Option<&str>) -> Option<String> {
    text.map(clean).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{
        Column, CommuneContext, commune, departement, departement_of_commune, epci, region,
        region_successor,
    };
    use crate::register::{Code, Outcome, Territories};

    fn read(
        text: &str,
        column: Column,
        name: Option<&str>,
        postal: Option<&str>,
    ) -> Outcome<String> {
        let context = CommuneContext {
            year: 2026,
            column,
            name,
            postal,
        };
        commune(text, &context, &Territories::embedded())
    }

    #[test]
    fn a_lost_zero_is_repaired_only_when_the_columns_agree() {
        let repaired = Outcome::Repaired("01310".to_owned(), Code::LostZero);
        let insee = Column::Insee;
        assert_eq!(
            read("1310", insee, Some("PREMEYZEL"), Some("1300")),
            repaired
        );
        assert_eq!(
            read("1310", insee, None, Some("1310.0")).code(),
            Some(Code::PostalDisagrees)
        );
        assert_eq!(
            read("1310", insee, Some("Polliat"), None).code(),
            Some(Code::NameDisagrees)
        );
        assert_eq!(
            read("1310", Column::Unmapped, None, None).code(),
            Some(Code::Ambiguous)
        );
        assert_eq!(read("0131", insee, None, None).code(), Some(Code::Format));
    }

    #[test]
    fn a_repair_never_hides_a_merger() {
        assert_eq!(
            read("1039", Column::Insee, None, None),
            Outcome::Proposed {
                value: "01138".to_owned(),
                code: Code::Delegated,
            }
        );
    }

    #[test]
    fn an_unmapped_column_takes_only_what_is_no_postal_code() {
        let unmapped = Column::Unmapped;
        assert_eq!(
            read("2A004", unmapped, None, None),
            Outcome::Valid("2A004".to_owned())
        );
        assert_eq!(
            read("13001", unmapped, None, None),
            Outcome::Invalid(Code::Ambiguous)
        );
    }

    #[test]
    fn a_postal_code_with_another_name_is_warned_never_repaired() {
        let postal = Column::Postal;
        assert_eq!(
            read("06000", postal, Some("Cimiez"), None),
            Outcome::Warned("06088".to_owned(), Code::NameDisagrees)
        );
        assert_eq!(
            read("6000", postal, Some("Cimiez"), None),
            Outcome::Invalid(Code::NameDisagrees)
        );
        assert_eq!(
            read("00000", postal, None, None),
            Outcome::Invalid(Code::Unknown)
        );
        assert_eq!(
            read("2A004", postal, None, None),
            Outcome::Invalid(Code::Format)
        );
    }

    #[test]
    fn a_year_without_a_list_is_said() {
        let context = CommuneContext {
            year: 2027,
            column: Column::Insee,
            name: None,
            postal: None,
        };
        let lists = Territories::embedded();
        assert_eq!(
            commune("01004", &context, &lists).code(),
            Some(Code::YearNotListed)
        );
        assert_eq!(
            epci("200093201", 2027, &lists).code(),
            Some(Code::YearNotListed)
        );
    }

    #[test]
    fn levels_are_read_apart() {
        let lists = Territories::embedded();
        assert_eq!(departement("2a", &lists), Outcome::Valid("2A".to_owned()));
        assert_eq!(departement("20", &lists), Outcome::Invalid(Code::Ambiguous));
        assert_eq!(departement("989", &lists), Outcome::Invalid(Code::Unknown));
        assert_eq!(region("82", &lists), Outcome::Invalid(Code::Before2016));
        assert_eq!(region_successor("82"), Some("84"));
        assert_eq!(region("5", &lists), Outcome::Invalid(Code::Unknown));
        assert_eq!(
            epci("356000000", 2026, &lists),
            Outcome::Invalid(Code::Unknown)
        );
        assert_eq!(epci("200057867", 2026, &lists).code(), Some(Code::Ept));
    }

    #[test]
    fn hostile_text_is_refused_without_a_panic() {
        let lists = Territories::embedded();
        for text in ["", "é", "ééé", "٠١٠٠٤", "2À004", "0100\u{0}", "９３"] {
            for column in [Column::Insee, Column::Postal, Column::Unmapped] {
                assert_eq!(
                    read(text, column, Some(text), Some(text)).accepted(),
                    None,
                    "{text:?}"
                );
            }
            assert_eq!(departement(text, &lists).accepted(), None, "{text:?}");
            assert_eq!(region(text, &lists).accepted(), None, "{text:?}");
        }
    }

    #[test]
    fn the_code_of_a_commune_names_its_departement() {
        for (commune, departement) in [
            ("45234", Some("45")),
            ("2A004", Some("2A")),
            ("97411", Some("974")),
            ("98818", Some("988")),
            ("4523", None),
            ("452345", None),
            ("4523é", None),
            ("", None),
        ] {
            assert_eq!(departement_of_commune(commune), departement, "{commune}");
        }
    }
}
