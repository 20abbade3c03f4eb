//! Postal codes, and the communes that they and a name may mean.

use super::clean::{clean, compact};
use super::lists::{Commune, Territories};
use super::names::names_agree;
use super::outcome::{Code, Outcome};
use super::territory::{Column, CommuneContext, commune};
use super::year::LAST_YEAR;

/// Reads a postal code: five digits. A lost zero comes back only where the code and the name of the commune beside it give exactly one
/// commune.
pub fn postal_code(input: &str, name: Option<&str>, lists: &Territories) -> Outcome<String> {
    let (bare, is_float) = match input.trim().strip_suffix(".0") {
        Some(bare) => (bare, true),
        None => (input.trim(), false),
    };
    let digits = compact(bare);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Outcome::Invalid(Code::Format);
    }
    match digits.len() {
        5 if is_float => Outcome::Repaired(digits, Code::FloatText),
        5 if digits != bare => Outcome::Repaired(digits, Code::Separator),
        5 => Outcome::Valid(digits),
        4 => without_zero(&digits, name, lists),
        _ => Outcome::Invalid(Code::Length),
    }
}

/// The communes of the latest list that a postal code and a name may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommunesMeant<'l> {
    /// One, by its name, by a postal code that serves no other, or by both.
    One(&'l Commune),
    /// One, by its postal code, which serves no other; no commune has the name beside it: it may be that of a hamlet.
    OneOtherwiseNamed(&'l Commune),
    /// Several, by code; none where nothing is known of what was said.
    Several(Vec<&'l Commune>),
}

/// Looks for the communes that a postal code and a name may mean. What the two say of different communes means none for certain.
pub fn communes_meant<'l>(
    postal: Option<&str>,
    name: Option<&str>,
    lists: &'l Territories,
) -> CommunesMeant<'l> {
    let name = name.map(clean).filter(|name| !name.is_empty());
    let called = name
        .as_deref()
        .map_or(Vec::new(), |name| lists.communes_called(name));
    let served: Vec<&Commune> = match postal {
        Some(postal) => lists.communes_of_postal(postal).collect(),
        None => Vec::new(),
    };
    if served.is_empty() {
        // Large receivers of mail have codes of their own, which no list of communes has.
        let (head, is_said) = (postal.and_then(|postal| postal.get(..2)), postal.is_some());
        let is_near = |commune: &Commune| {
            let mut codes = commune.postal_codes();
            !is_said || codes.any(|code| code.get(..2) == head)
        };
        return match called[..] {
            [commune] if is_near(commune) => CommunesMeant::One(commune),
            _ => CommunesMeant::Several(called),
        };
    }
    let Some(name) = name else {
        return match served[..] {
            [commune] => CommunesMeant::One(commune),
            _ => CommunesMeant::Several(served),
        };
    };
    let agreeing = served
        .iter()
        .filter(|commune| names_agree(&name, commune.name));
    let agreeing: Vec<&Commune> = agreeing.copied().collect();
    match (&agreeing[..], &served[..]) {
        ([commune], _) => CommunesMeant::One(commune),
        ([], [commune]) if called.is_empty() => CommunesMeant::OneOtherwiseNamed(commune),
        ([], _) => {
            let mut all = served;
            all.extend(called);
            CommunesMeant::Several(all)
        }
        _ => CommunesMeant::Several(agreeing),
    }
}

fn without_zero(digits: &str, name: Option<&str>, lists: &Territories) -> Outcome<String> {
    let context = CommuneContext {
        year: LAST_YEAR,
        column: Column::Postal,
        name,
        postal: None,
    };
    let whole = format!("0{digits}");
    match commune(digits, &context, lists) {
        Outcome::Invalid(code) if lists.communes_of_postal(&whole).next().is_some() => {
            Outcome::Proposed { value: whole, code }
        }
        Outcome::Invalid(code) => Outcome::Invalid(code),
        _ => Outcome::Repaired(whole, Code::LostZero),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_zero_comes_back_only_beside_the_right_name() {
        let lists = Territories::embedded();
        let read = |text, name| postal_code(text, name, &lists);
        assert_eq!(
            read("4000", Some("DIGNE-LES-BAINS")),
            Outcome::Repaired("04000".into(), Code::LostZero)
        );
        assert_eq!(read("4000", Some("Marseille")).as_str(), "proposed");
        assert_eq!(read("9999", None).as_str(), "invalid");
    }

    #[test]
    fn five_digits_are_a_postal_code_however_they_are_spaced() {
        let lists = Territories::embedded();
        for (text, outcome) in [
            ("13001", "valid"),
            ("13001.0", "repaired"),
            ("13 001", "repaired"),
            ("1300", "proposed"),
            ("130011", "invalid"),
            ("F-13001", "invalid"),
            ("١٣٠٠١", "invalid"),
        ] {
            assert_eq!(postal_code(text, None, &lists).as_str(), outcome, "{text}");
        }
    }

    #[test]
    fn a_postal_code_and_a_name_mean_one_commune_or_several() {
        let lists = Territories::embedded();
        let meant = |postal, name| match communes_meant(postal, name, &lists) {
            CommunesMeant::One(commune) => vec![commune.code],
            CommunesMeant::OneOtherwiseNamed(commune) => vec!["?", commune.code],
            CommunesMeant::Several(communes) => {
                let codes = communes.iter().map(|commune| commune.code);
                ["*"].into_iter().chain(codes).collect()
            }
        };
        assert_eq!(meant(Some("45500"), Some("GIEN")), ["45155"]);
        assert_eq!(meant(Some("01310"), Some("Polliat")), ["01301"]);
        assert_eq!(meant(Some("06000"), None), ["06088"]);
        assert_eq!(meant(Some("13001"), Some("Marseille 1")), ["13055"]);
        assert_eq!(meant(Some("06000"), Some("Cimiez")), ["?", "06088"]);
        assert_eq!(meant(None, Some("gien")), ["45155"]);
        // A code of large receivers, in the département of the only commune of that name.
        assert_eq!(meant(Some("45032"), Some("Orléans Cedex 1")), ["45234"]);
        assert_eq!(meant(Some("13999"), Some("Orléans")), ["*", "45234"]);
        // The two disagree: neither is taken.
        assert_eq!(meant(Some("06000"), Some("Gien")), ["*", "06088", "45155"]);
        assert_eq!(meant(Some("01200"), None)[0], "*");
        assert!(meant(None, Some("Saint-Denis")).len() > 2);
        for nothing in [(None, None), (None, Some("")), (Some("99999"), None)] {
            assert_eq!(meant(nothing.0, nothing.1), ["*"], "{nothing:?}");
        }
        assert_eq!(meant(Some("é"), Some("Ville-qui-n'est-pas")), ["*"]);
    }
}
