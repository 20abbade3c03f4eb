//! The commune of a form. Nobody knows INSEE codes by heart: a postal code with a name, or a name alone, tells the commune as well. What
//! means exactly one is taken, and said; for anything else the form comes back with the communes that may be meant.

use std::collections::BTreeMap;

use crdt_schema::draft::{self, Context};
use crdt_schema::record::Shape;
use crdt_schema::register::{
    Code, Commune, CommunesMeant, Outcome, Territories, communes_meant, names_agree, postal_code,
};

use super::links::{Linked, NONE, Open, choice};
use super::remarks::Remark;
use super::typed::{Asked, Typed, first};
use crate::parts::Problem;

/// The field of the commune.
const COMMUNE: &str = "commune";

/// What is said of a commune without its code.
struct Said {
    postal: Option<String>,
    name: Option<String>,
}

/// Reads what a form says of a commune, where `stood` stood, and puts its code in the place of what was typed. `chosen` holds what was
/// chosen among the communes that were offered for a text.
pub(super) fn read(
    asked: &Asked<'_>,
    chosen: Option<BTreeMap<String, Vec<String>>>,
    typed: &mut Typed,
    stood: &Typed,
) -> Option<Linked> {
    let mut fields = asked.fields().iter();
    let field = *fields.find(|field| field.shape() == Shape::Commune && field.name() == COMMUNE)?;
    let said = Said::of(typed, stood)?;
    let text = said.text();
    let lists = Territories::shared();
    let chosen = chosen.and_then(|chosen| chosen.get(&text)?.first().cloned());
    match chosen.as_deref() {
        Some(NONE) => {
            typed.remove(COMMUNE);
            return None;
        }
        Some(code) if lists.commune(code).is_some() => {
            typed.insert(COMMUNE.to_owned(), vec![code.to_owned()]);
            return None;
        }
        Some(_) | None => {}
    }
    let mut take = |commune: &Commune, outcome: &Outcome<()>| {
        typed.insert(COMMUNE.to_owned(), vec![commune.code.to_owned()]);
        Some(Linked {
            remark: Remark::of(COMMUNE, outcome),
            ..Linked::default()
        })
    };
    let all = match communes_meant(said.postal.as_deref(), said.name.as_deref(), lists) {
        CommunesMeant::One(one) => {
            return take(one, &Outcome::Repaired((), Code::FoundByName));
        }
        CommunesMeant::OneOtherwiseNamed(one) => {
            return take(one, &Outcome::Warned((), Code::NameDisagrees));
        }
        CommunesMeant::Several(all) => all,
    };
    if all.is_empty() {
        return None;
    }
    let language = asked.language;
    let label = field.label(language.tag()).to_owned();
    let values = [("field", label.into()), ("text", text.clone().into())];
    let candidates = all
        .iter()
        .map(|commune| (commune.code.to_owned(), described(commune)));
    Some(Linked {
        open: vec![Open {
            name: choice(COMMUNE, 0),
            legend: language.text_with("commune-candidates", &[("text", text.clone().into())]),
            candidates: candidates.collect(),
            text,
        }],
        problem: Some(Problem::new(
            COMMUNE,
            language.text_with("commune-choose", &values),
        )),
        ..Linked::default()
    })
}

impl Said {
    /// Takes what is new in the form. `None` where a code says the commune, or nothing does.
    fn of(typed: &Typed, stood: &Typed) -> Option<Self> {
        let is_new = |name: &str| typed.get(name) != stood.get(name);
        let beside = |name: &str| first(typed, name).map(str::to_owned);
        let (postal, name) = (beside("postal_code"), beside("commune_name"));
        let said = match first(typed, COMMUNE) {
            // Whoever empties the field wants it empty.
            None if stood.contains_key(COMMUNE) => return None,
            None if is_new("postal_code") || is_new("commune_name") => Self { postal, name },
            Some(text) if is_new(COMMUNE) => Self::of_text(text, postal, name)?,
            None | Some(_) => return None,
        };
        let lists = Territories::shared();
        let postal = said.postal.and_then(|postal| {
            let read = postal_code(&postal, said.name.as_deref(), lists);
            read.into_accepted()
        });
        let said = Self { postal, ..said };
        (said.postal.is_some() || said.name.is_some()).then_some(said)
    }

    /// Parts `45500 Gien` in its code and its name. `None` where the text is the code of a commune, or is to be read as one.
    fn of_text(text: &str, postal: Option<String>, name: Option<String>) -> Option<Self> {
        let lists = Territories::shared();
        let reading = draft::read(&Shape::Commune, text, &Context::of(lists)).outcome;
        if !matches!(reading, Outcome::Invalid(_)) {
            return None;
        }
        let signs = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';');
        let is_code = |word: &&str| word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit());
        let words = || text.split(signs).filter(|word| !word.is_empty());
        let code = words().find(is_code);
        let rest: Vec<&str> = words().filter(|word| Some(*word) != code).collect();
        let rest = Some(rest.join(" ")).filter(|rest| !rest.is_empty());
        Some(match code {
            Some(code) => Self {
                postal: Some(code.to_owned()),
                name: rest.or(name),
            },
            None => Self { postal, name: rest },
        })
    }

    fn text(&self) -> String {
        let parts = [self.postal.as_deref(), self.name.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Says a commune by its name, its code and its département.
fn described(commune: &Commune) -> String {
    let departement = Territories::shared().departement(commune.departement);
    let departement = departement.map_or(commune.departement, |departement| departement.name);
    match names_agree(departement, commune.name) {
        true => format!("{} ({})", commune.name, commune.code),
        false => format!("{} ({}, {departement})", commune.name, commune.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let fields = fields.iter();
        fields
            .map(|(name, text)| ((*name).to_owned(), vec![(*text).to_owned()]))
            .collect()
    }

    #[test]
    fn a_commune_is_said_by_a_postal_code_a_name_or_both() {
        let of = |fields: &[(&str, &str)]| {
            let said = Said::of(&typed(fields), &Typed::new())?;
            Some((said.postal, said.name))
        };
        let both = |postal: &str, name: &str| {
            let part = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Some((part(postal), part(name)))
        };
        for (commune, said) in [
            ("45500 Gien", both("45500", "Gien")),
            ("Gien (45500)", both("45500", "Gien")),
            ("Saint-Gondon", both("", "Saint-Gondon")),
            ("45500", both("45500", "")),
            ("45155", None),
            ("1004", None),
        ] {
            assert_eq!(of(&[(COMMUNE, commune)]), said, "{commune}");
        }
        let beside = [("postal_code", "45 500"), ("commune_name", "Gien")];
        assert_eq!(of(&beside), both("45500", "Gien"));
        assert_eq!(of(&[]), None);
        // What stood, and what was emptied, is left alone.
        let stood = typed(&beside);
        assert!(Said::of(&stood, &stood).is_none());
        let emptied = typed(&[("postal_code", "45000")]);
        assert!(Said::of(&emptied, &typed(&[(COMMUNE, "45155")])).is_none());
    }
}
