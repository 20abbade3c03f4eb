//! Postal codes: five digits. A lost zero comes back only where code and name give exactly one commune.

use crdt_schema::register::{
    Code, Column, CommuneContext, LAST_YEAR, Outcome, Territories, commune, compact,
};

/// Reads a postal code, with the name of the commune beside it.
pub(super) fn read(text: &str, name: Option<&str>, lists: &Territories) -> Outcome<String> {
    let (bare, is_float) = match text.trim().strip_suffix(".0") {
        Some(bare) => (bare, true),
        None => (text.trim(), false),
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
        let read = |text, name| read(text, name, &lists);
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
            assert_eq!(read(text, None, &lists).as_str(), outcome, "{text}");
        }
    }
}
