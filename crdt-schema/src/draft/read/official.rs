//! Official codes of territories: one with the level beside it, and sets in which each code has its own.

use std::collections::BTreeSet;

use crate::draft::Wanted;
use crate::draft::read::{Context, cut, line, read_commune, read_qpv};
use crate::edit::Value;
use crate::record::TERRITORY_LEVELS;
use crate::register::{Code, Outcome, compact, departement, epci, region};
use crate::territory::{Level, TerritoryCode};

/// Reads the code of a territory by the level beside it; of a level without an official list, any line.
pub(super) fn code(text: &str, context: &Context<'_>) -> Outcome<Value> {
    let level = context.level.and_then(|level| {
        let term = context.words.code_meant(&TERRITORY_LEVELS, level)?;
        Level::of_term(term)
    });
    match level {
        // The record of a neighbourhood is what the list of them is made of.
        Some(Level::Qpv) => match TerritoryCode::of(Level::Qpv, &compact(text)) {
            Some(code) => Outcome::Valid(Value::Text(code.code().to_owned())),
            None => read_qpv(text, context).map(Value::Text),
        },
        Some(level) => of_level(level, text, context).map(Value::Text),
        None => line(text),
    }
}

/// Reads codes with their levels. `france` is a zone too; a bare code is one only where no other level has codes of its form.
pub(super) fn zones(text: &str, context: &Context<'_>) -> Outcome<Wanted> {
    let (mut codes, mut said, mut is_proposed) = (BTreeSet::new(), None, false);
    for word in cut(text) {
        let outcome = zone(&word, context);
        said = said.or(outcome.code());
        is_proposed |= outcome.proposed().is_some();
        match outcome.accepted().or(outcome.proposed()) {
            Some(code) => codes.insert(code.clone()),
            None => return Outcome::Invalid(outcome.code().unwrap_or(Code::Format)),
        };
    }
    let wanted = match codes.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Terms(codes),
    };
    match said {
        None => Outcome::Valid(wanted),
        Some(code) if is_proposed => Outcome::Proposed {
            value: wanted,
            code,
        },
        Some(code) => Outcome::Warned(wanted, code),
    }
}

fn zone(word: &str, context: &Context<'_>) -> Outcome<String> {
    let upper = word.to_uppercase();
    let (prefix, code) = upper.split_once('-').unwrap_or(("", &upper));
    if ["FRANCE", "FR", FRANCE].contains(&upper.as_str()) || (prefix, code) == ("PAYS", "FRANCE") {
        return Outcome::Valid(FRANCE.to_owned());
    }
    let level = match prefix {
        "" => match level_of_bare(code, context) {
            Ok(level) => level,
            Err(code) => return Outcome::Invalid(code),
        },
        "PAYS" if is_country(code) => return Outcome::Valid(upper),
        prefix => match Level::of_prefix(prefix) {
            Some(level) => level,
            None => return Outcome::Invalid(Code::Format),
        },
    };
    let outcome = of_level(level, code, context);
    outcome.map(|code| format!("{}-{code}", level.prefix()))
}

/// Tells of which level a bare code is: `93` is a région and a département, and nobody is guessed at.
fn level_of_bare(code: &str, context: &Context<'_>) -> Result<Level, Code> {
    let is_region = context.lists.region(code).is_some();
    let is_departement = context.lists.departement(code).is_some();
    match (code.len(), is_region, is_departement) {
        (_, true, true) => Err(Code::Ambiguous),
        (_, true, false) => Ok(Level::Region),
        (_, false, true) => Ok(Level::Departement),
        (5, ..) => Ok(Level::Commune),
        (8, ..) if code.starts_with('Q') => Ok(Level::Qpv),
        (9, ..) if code.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Level::Epci),
        _ => Err(Code::Format),
    }
}

fn of_level(level: Level, text: &str, context: &Context<'_>) -> Outcome<String> {
    let lists = context.lists;
    match level {
        Level::Commune => match read_commune(text, context) {
            // What a commune became has its own record; this one is that of the code.
            Outcome::Proposed { .. } if TerritoryCode::of(level, text).is_some() => {
                Outcome::Valid(text.to_owned())
            }
            // Neither does every list stand in here.
            Outcome::Invalid(Code::Unknown) if TerritoryCode::of(level, text).is_some() => {
                Outcome::Warned(text.to_owned(), Code::Unknown)
            }
            other => other,
        },
        Level::Departement => departement(text, lists),
        Level::Epci => epci(text, context.year, lists),
        Level::MunicipalArrondissement => match TerritoryCode::of(level, text) {
            Some(code) => Outcome::Valid(code.code().to_owned()),
            None => Outcome::Invalid(Code::Format),
        },
        Level::Qpv => read_qpv(text, context),
        Level::Region => region(text, lists),
    }
}

/// INSEE codes of foreign countries: 99, a continent, two digits.
fn is_country(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 5 && bytes.starts_with(b"99") && bytes.iter().all(u8::is_ascii_digit)
}

/// The whole country, by the code that INSEE gives it.
const FRANCE: &str = "PAYS-99100";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Territories;

    #[test]
    fn a_code_is_read_by_the_level_beside_it() {
        let lists = Territories::shared();
        let read = |level, text: &str| {
            let context = Context {
                level,
                ..Context::of(lists)
            };
            let outcome = code(text, &context);
            let value = outcome.accepted().map(|value| match value {
                Value::Text(text) => text.clone(),
                other => panic!("{other:?}"),
            });
            (value, outcome.code())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(Some("region"), "93"), (some("93"), None));
        assert_eq!(read(Some("Département"), "2a"), (some("2A"), None));
        assert_eq!(read(Some("departement"), "96").1, Some(Code::Unknown));
        assert_eq!(read(Some("region"), "82").1, Some(Code::Before2016));
        assert_eq!(read(Some("epci"), "200093202").1, Some(Code::Checksum));
        assert_eq!(read(Some("commune"), "45155"), (some("45155"), None));
        // A commune that was merged had a record, and may get one.
        assert_eq!(read(Some("commune"), "01039"), (some("01039"), None));
        // A list of another year may have it: that is said, and refuses nothing.
        assert_eq!(
            read(Some("commune"), "45999"),
            (some("45999"), Some(Code::Unknown))
        );
        assert_eq!(
            read(Some("arrondissement-municipal"), "13217").1,
            Some(Code::Format)
        );
        assert_eq!(read(Some("autre"), "pays du Giennois").1, None);
        assert_eq!(read(None, "93"), (some("93"), None));
    }

    #[test]
    fn zones_say_their_levels() {
        let lists = Territories::shared();
        let context = Context::of(lists);
        let read = |text: &str| {
            let outcome = zones(text, &context);
            let codes = outcome.accepted().or(outcome.proposed()).map(Wanted::shown);
            (outcome.as_str(), codes.unwrap_or_default(), outcome.code())
        };
        let one = |codes: &str| ("valid", codes.to_owned(), None);
        assert_eq!(read("dep-45 | COM-45155"), one("COM-45155|DEP-45"));
        assert_eq!(read("REG-24;EPCI-200093201"), one("EPCI-200093201|REG-24"));
        assert_eq!(
            read("45155, 45, 200093201"),
            one("COM-45155|DEP-45|EPCI-200093201")
        );
        assert_eq!(read("France"), one("PAYS-99100"));
        assert_eq!(read("PAYS-99131"), one("PAYS-99131"));
        assert_eq!(read("93").2, Some(Code::Ambiguous));
        assert_eq!(read("DEP-96").2, Some(Code::Unknown));
        assert_eq!(read("le Loiret").2, Some(Code::Format));
        assert_eq!(read("COM-01039").0, "valid");
        assert_eq!(read("EPCI-200057867").2, Some(Code::Ept));
    }
}
