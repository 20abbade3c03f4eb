//! Where a row is: its postal code, and the commune that it and a name tell where no column gives the code of one.

use std::collections::BTreeMap;

use crdt_schema::draft::Wanted;
use crdt_schema::edit::Value;
use crdt_schema::register::{Code, Commune, CommunesMeant, communes_meant, postal_code};

use crate::import::reason::sentence;
use crate::import::row::{Typed, Work, is_absent};
use crate::mapping::Use;

impl Work<'_> {
    pub(super) fn read_postal_code(&mut self) {
        let Some(field) = self.reader.field("postal_code") else {
            return;
        };
        let Some(typed) = self
            .typed
            .remove("postal_code")
            .filter(|typed| !is_absent(&typed.text))
        else {
            return;
        };
        let name = self
            .typed
            .get("commune_name")
            .map(|typed| typed.text.as_str());
        let outcome = postal_code(&typed.text, name, self.reader.settings.lists);
        if let Some(code) = outcome.accepted() {
            let (text, column) = (code.clone(), typed.column);
            let read = |text: &String| Typed {
                text: text.clone(),
                column,
            };
            self.postal_code = Some(read(&text));
            self.typed.insert("postal_code", read(&text));
        }
        let outcome = outcome.map(|code| Wanted::Value(Value::Text(code)));
        self.take(field, &typed, outcome, None);
    }

    /// Finds the commune of a row of a table without a column of their codes, and says so. Where several may be meant, they are named and a person says
    /// which. A row that names its record leaves its commune as it is.
    pub(super) fn find_commune(&mut self, typed: &BTreeMap<&str, Typed>) {
        let Some(field) = self.reader.field("commune") else {
            return;
        };
        let of = |name: &str| typed.get(name).filter(|typed| !is_absent(&typed.text));
        let has_codes = self.reader.mapping.uses.contains(&Use::Field("commune"));
        if self.reader.held.is_some() || has_codes {
            return;
        }
        let (name, postal) = (of("commune_name"), self.postal_code.as_ref());
        let Some(column) = name.or(postal).map(|typed| typed.column) else {
            return;
        };
        let text = |typed: Option<&Typed>| typed.map(|typed| typed.text.clone());
        let (name, postal) = (text(name), text(postal));
        let lists = self.reader.settings.lists;
        let (code, found, suggestion) =
            match communes_meant(postal.as_deref(), name.as_deref(), lists) {
                CommunesMeant::One(one) => (Code::FoundByName, Some(one), said(&[one])),
                CommunesMeant::OneOtherwiseNamed(one) => {
                    (Code::NameDisagrees, Some(one), said(&[one]))
                }
                CommunesMeant::Several(all) if all.is_empty() => return,
                CommunesMeant::Several(all) => (Code::Ambiguous, None, said(&all)),
            };
        if let Some(commune) = found {
            let code = Wanted::Value(Value::Text(commune.code.to_owned()));
            self.draft.fields.insert("commune".to_owned(), code);
        }
        let reason = match (code, found) {
            (Code::Ambiguous, _) => COMMUNE_OPEN.to_owned(),
            (Code::NameDisagrees, _) => COMMUNE_OTHERWISE_NAMED.to_owned(),
            _ => sentence(code, field.shape(), field.hint("fr")),
        };
        let typed: Vec<String> = [postal, name].into_iter().flatten().collect();
        let note = self.problem(column, &typed.join(" "), commune_code(code), reason);
        self.notes.push(note.suggesting(suggestion));
    }
}

impl Work<'_> {
    /// Returns the year of the codes of a row: its own where it says one, as rows about territories do.
    pub(super) fn year(&self, typed: &BTreeMap<&str, Typed>) -> u16 {
        let said = typed.get("code_year");
        let said = said.and_then(|typed| typed.text.trim().parse().ok());
        said.unwrap_or(self.reader.settings.year)
    }
}

/// The codes of reports: that of the cell itself may stand in the same column.
fn commune_code(code: Code) -> &'static str {
    match code {
        Code::Ambiguous => "commune_open",
        Code::NameDisagrees => "commune_otherwise_named",
        _ => "commune_found",
    }
}

fn said(communes: &[&Commune]) -> String {
    let named = communes.iter().take(NAMED_MAX);
    let named = named.map(|commune| format!("{} {}", commune.code, commune.name));
    named.collect::<Vec<_>>().join(" / ")
}

/// As many as a person reads in a cell.
const NAMED_MAX: usize = 5;
const COMMUNE_OPEN: &str = "Le code postal et le nom ne désignent pas une seule commune : elle n'est pas remplie. Ajoutez une colonne des codes INSEE, ou corrigez le code postal ou le nom.";
const COMMUNE_OTHERWISE_NAMED: &str = "Aucune commune n'a ce nom : elle est trouvée par le code postal, qui n'en dessert qu'une. Vérifiez-la.";
