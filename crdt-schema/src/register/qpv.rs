//! Codes of the priority neighbourhoods (QPV), in their two generations.

use super::clean::compact;
use super::lists::Territories;
use super::outcome::{Code, Outcome};

/// A generation of priority neighbourhoods; the two are not one to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// `QP…`, in force from 2015 to 2023, overseas to 2024.
    Of2015,
    /// `QN…`, in force since 2024, overseas since 2025.
    Of2024,
}

/// Reads the code of a neighbourhood of one generation.
///
/// The list of 2024 decides when it was passed in; for 2015 the form alone is checked.
pub fn qpv(input: &str, generation: Generation, lists: &Territories) -> Outcome<String> {
    let text = compact(input);
    match generation {
        Generation::Of2015 if is_2015(&text) => Outcome::Valid(text),
        Generation::Of2024 if is_2024(&text) => listed(text, lists),
        Generation::Of2015 if is_2024(&text) => Outcome::Invalid(Code::Generation),
        Generation::Of2024 if is_2015(&text) => Outcome::Invalid(Code::Generation),
        Generation::Of2015 => match padded(&text) {
            Some(value) if is_2015(&value) => Outcome::Proposed {
                value,
                code: Code::Padding,
            },
            _ => Outcome::Invalid(Code::Format),
        },
        Generation::Of2024 => nearly_2024(&text, lists),
    }
}

/// Looks a code in its form up in the list.
fn listed(text: String, lists: &Territories) -> Outcome<String> {
    match lists.qpv() {
        None => Outcome::Warned(text, Code::NotChecked),
        Some(codes) if codes.contains(&text) => Outcome::Valid(text),
        // A part of the list says nothing of other départements.
        Some(codes) => {
            let departement = text[..DEPARTEMENT_END].to_owned();
            let mut of_it = codes.range(departement.clone()..);
            match of_it.next() {
                Some(next) if next.starts_with(&departement) => match lists.is_qpv_part() {
                    true => Outcome::Warned(text, Code::Unknown),
                    false => Outcome::Invalid(Code::Unknown),
                },
                _ => Outcome::Warned(text, Code::NotChecked),
            }
        }
    }
}

/// Offers the one code that a text with a missing letter or a misplaced zero can mean.
fn nearly_2024(text: &str, lists: &Territories) -> Outcome<String> {
    if let Some(value) = padded(text)
        && is_2024(&value)
    {
        return listed(value, lists).only_proposed(Code::Padding);
    }
    // Any letter will do to check the form of what is there.
    let (Some(codes), true) = (lists.qpv(), is_2024(&format!("{text}N"))) else {
        return Outcome::Invalid(Code::Format);
    };
    let start = text.to_owned();
    let mut found = codes
        .range(start..)
        .take_while(|code| code.starts_with(text));
    match (found.next(), found.next()) {
        (Some(value), None) => Outcome::Proposed {
            value: value.clone(),
            code: Code::LetterMissing,
        },
        (Some(_), Some(_)) => Outcome::Invalid(Code::Ambiguous),
        (None, _) => Outcome::Invalid(Code::Unknown),
    }
}

/// Moves the zero of `QN2A0…`: Corsica is padded on the left.
fn padded(text: &str) -> Option<String> {
    let (prefix, rest) = text.split_at_checked(2)?;
    let (departement, rest) = rest.split_at_checked(2)?;
    let rest = rest.strip_prefix('0')?;
    matches!(departement, "2A" | "2B").then(|| format!("{prefix}0{departement}{rest}"))
}

/// Tells whether a text has the form of a neighbourhood of either generation.
pub(crate) fn is_qpv_form(text: &str) -> bool {
    is_2015(text) || is_2024(text)
}

fn is_2015(text: &str) -> bool {
    match text.as_bytes() {
        [b'Q', b'P', a, b, c, order @ ..] => {
            is_departement(*a, *b, *c) && order.len() == 3 && order.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn is_2024(text: &str) -> bool {
    match text.as_bytes() {
        [b'Q', b'N', a, b, c, d, e, letter] => {
            is_departement(*a, *b, *c)
                && d.is_ascii_digit()
                && e.is_ascii_digit()
                && matches!(letter, b'N' | b'M' | b'I' | b'C')
        }
        _ => false,
    }
}

/// Tells whether three characters are a département, padded on the left.
fn is_departement(a: u8, b: u8, c: u8) -> bool {
    match (a, b) {
        (b'0', b'2') if matches!(c, b'A' | b'B') => true,
        (b'0', b'0'..=b'9') | (b'9', b'7' | b'8') => c.is_ascii_digit(),
        _ => false,
    }
}

/// Where the département ends in a code: `QN045`.
const DEPARTEMENT_END: usize = 5;

#[cfg(test)]
mod tests {
    use super::{Generation, qpv};
    use crate::register::{Code, Outcome, Territories};

    fn with_list() -> Territories {
        Territories::embedded().with_qpv(["QN00103M", "QN02A03N", "QN00104M", "QN00104I"])
    }

    fn read(text: &str) -> Outcome<String> {
        qpv(text, Generation::Of2024, &with_list())
    }

    #[test]
    fn the_list_decides() {
        assert_eq!(read("qn 001 03 m"), Outcome::Valid("QN00103M".to_owned()));
        assert_eq!(read("QN00199M"), Outcome::Invalid(Code::Unknown));
        assert_eq!(read("QN00103X"), Outcome::Invalid(Code::Format));
        assert_eq!(read("QP974001"), Outcome::Invalid(Code::Generation));
        assert_eq!(read("QN0٠103M"), Outcome::Invalid(Code::Format));
    }

    #[test]
    fn without_a_list_the_form_is_checked_and_said() {
        let lists = Territories::embedded();
        assert_eq!(
            qpv("QN00199M", Generation::Of2024, &lists),
            Outcome::Warned("QN00199M".to_owned(), Code::NotChecked)
        );
        assert_eq!(
            qpv("QN00103", Generation::Of2024, &lists),
            Outcome::Invalid(Code::Format)
        );
        assert_eq!(
            qpv("QP045001", Generation::Of2015, &lists),
            Outcome::Valid("QP045001".to_owned())
        );
        assert_eq!(
            qpv("QN00103M", Generation::Of2015, &lists),
            Outcome::Invalid(Code::Generation)
        );
    }

    #[test]
    fn only_one_reading_is_proposed() {
        assert_eq!(
            read("QN2A003N").proposed().map(String::as_str),
            Some("QN02A03N")
        );
        assert_eq!(
            read("QN00103").proposed().map(String::as_str),
            Some("QN00103M")
        );
        assert_eq!(read("QN00104"), Outcome::Invalid(Code::Ambiguous));
        assert_eq!(read("QN2A099N"), Outcome::Invalid(Code::Unknown));
        assert_eq!(read("QNé"), Outcome::Invalid(Code::Format));
    }

    #[test]
    fn a_part_of_the_list_says_nothing_of_other_departements() {
        let lists = Territories::embedded().with_qpv(["QN04512M"]);
        let read = |text| qpv(text, Generation::Of2024, &lists);
        assert_eq!(read("QN04512M"), Outcome::Valid("QN04512M".to_owned()));
        assert_eq!(read("QN04513M"), Outcome::Invalid(Code::Unknown));
        for elsewhere in ["QN01801N", "QN07501N"] {
            assert_eq!(
                read(elsewhere).code(),
                Some(Code::NotChecked),
                "{elsewhere}"
            );
        }
    }
}
