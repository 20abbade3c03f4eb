//! Links in a table. Whoever keeps one knows organisations by their names and numbers, and seldom by our identifiers: a cell may name a
//! record by each of these, where it is one record of the census or of the same file. What names several, or none, is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crdt_schema::draft::{Wanted, cut};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::{RecordId, hash};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::register::{rna, siret};
use crdt_schema::view::RecordView;

use crate::import::row::{Reading, Typed, is_as_held};
use crate::import::{Census, Plan, Strictness};
use crate::mapping::Use;
use crate::report::Problem;
use crate::table::normal_name;

/// What a cell calls a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Called {
    /// Its name.
    Name(String),
    /// Its number in the register of this field.
    Number(&'static str, String),
}

/// A record that answers to what a cell says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// The record.
    pub record: RecordId,
    /// What it is called.
    pub name: String,
    /// What tells it from others of its name: its commune, or its line in the file.
    pub place: String,
}

/// A cell that is to become a link.
pub(super) struct Link {
    pub(super) field: String,
    pub(super) shape: Shape,
    pub(super) column: usize,
    pub(super) text: String,
    /// Whether the row names its record itself, and the census has it.
    pub(super) is_of_named: bool,
    /// The name that stands in a column beside it.
    pub(super) beside: Option<Typed>,
}

/// What is known of the records that cells name.
#[derive(Default)]
pub(super) struct Links {
    /// The lines of the file itself and their records, by what they may be called, in the order of the lines.
    own: HashMap<[u8; 16], Vec<(u64, RecordId)>>,
    /// What was looked for in the census already.
    asked: HashMap<[u8; 16], Vec<Named>>,
    /// What the cell that is read has called by former names: the names and their records, as they are called now.
    pub(super) former: Vec<(String, Named)>,
}

/// What a cell leads to.
pub(super) enum Found {
    /// The record of its own row, and no other.
    Itself,
    /// One that was merged into the record of its own row: that says nothing any more.
    Merged,
    Nothing,
    /// A record of a kind that does not go there.
    OfAnotherKind(&'static Kind),
    One(RecordId),
    Several(Vec<Named>),
}

impl Called {
    /// Reads a cell: a number of a register where it is one, else a name.
    pub(super) fn of(text: &str) -> Self {
        if let Some(number) = siret(text).into_accepted() {
            return Self::Number("siret", number);
        }
        match rna(text).into_accepted() {
            Some(number) => Self::Number("rna", number),
            None => Self::Name(text.to_owned()),
        }
    }

    /// All that a text may call a record: by name or number, and by an identifier.
    pub(super) fn all_of(text: &str) -> impl Iterator<Item = Self> {
        let named = with_identifier(text).map(|(_, record)| record);
        let record = identifier(text).or(named).map(Self::identified);
        record.into_iter().chain([Self::of(text)])
    }

    /// Tells whether a record answers to it: names are compared without case, accents and spaces.
    pub fn is(&self, view: &RecordView) -> bool {
        match self {
            Self::Name(name) => normal_name(&text_of(view, "name")) == normal_name(name),
            Self::Number(field, number) => text_of(view, field) == *number,
        }
    }

    /// The text to look for.
    pub fn text(&self) -> &str {
        match self {
            Self::Name(text) | Self::Number(_, text) => text,
        }
    }

    /// What a row is called that names a record which the census does not have: rows of the same file may name that record too.
    pub(super) fn identified(record: RecordId) -> Self {
        Self::Number("record", record.to_string())
    }

    pub(super) fn key(&self, kinds: &[&str]) -> [u8; 16] {
        let (sign, text) = match self {
            Self::Name(name) => ("name", normal_name(name)),
            Self::Number(field, number) => (*field, number.clone()),
        };
        let kinds = kinds.join("\u{1f}");
        let hash = hash(
            "import-link",
            &[&sign, &&*kinds, &&*text].map(|part| part.as_bytes()),
        );
        *hash.first_chunk().expect("a hash is longer")
    }
}

impl Named {
    /// Describes a record that was found.
    pub fn of(view: &RecordView) -> Self {
        let place = ["commune_name", "commune", "territory"].map(|name| text_of(view, name));
        Self {
            record: view.record,
            name: text_of(view, "name"),
            place: place
                .into_iter()
                .find(|place| !place.is_empty())
                .unwrap_or_default(),
        }
    }

    /// Writes it so that it is understood in a cell.
    pub(super) fn shown(&self) -> String {
        match self.place.as_str() {
            "" => format!("{} ({})", self.name, self.record),
            place => format!("{} · {place} ({})", self.name, self.record),
        }
    }
}

impl<C: Census> Plan<'_, C> {
    /// Tells whether rows may name records of the same file: then it has to be read once before, by [`foresee`](Self::foresee).
    pub fn names_own_records(&self) -> bool {
        let kind = self.mapping.kind;
        let is_own = |usage: &Use| match usage {
            Use::Field(name) | Use::Names(name) => {
                kind.field(name).is_some_and(|field| match field.shape {
                    Shape::Record(kinds) | Shape::Records(kinds) => kinds.contains(&kind.code),
                    _ => false,
                })
            }
            _ => false,
        };
        !self.mapping.is_calendar() && self.mapping.uses.iter().any(is_own)
    }

    /// Puts the records that cells name in the draft of their row; what names several, or none, is refused, unless the record that the
    /// row names says just that.
    pub(super) fn find_links(
        &mut self,
        (line, own): (u64, RecordId),
        reading: &mut Reading,
    ) -> Result<(), C::Error> {
        if reading.holder.is_some()
            && let Some(holder) = reading.draft.fields.remove("holder")
            && let Some(led) = self.in_place("holder", own, holder)?
        {
            reading.draft.fields.insert("holder".to_owned(), led);
        }
        for link in std::mem::take(&mut reading.links) {
            self.links.former.clear();
            match self.linked(&link, own)? {
                Ok(wanted) => {
                    reading.notes.extend(self.said_former(line, link.column));
                    reading.notes.extend(self.misnamed(line, &link, &wanted)?);
                    if let Some(wanted) = self.in_place(&link.field, own, wanted)? {
                        reading.draft.fields.insert(link.field, wanted);
                    }
                }
                Err((_, Found::Merged)) => {}
                Err(_) if self.is_link_as_held(&link, own)? => {}
                Err((text, found)) => {
                    let problem = self.unlinked(line, &link, &text, &found);
                    if self.settings.strictness == Strictness::Row {
                        reading.refusals.push(problem);
                        continue;
                    }
                    if let Some(spare) = self.mapping.spare(link.column) {
                        let kept = Wanted::Value(Value::Text(link.text));
                        reading.draft.fields.insert(spare.to_owned(), kept);
                    }
                    reading.notes.push(problem);
                }
            }
        }
        Ok(())
    }

    /// Leads links to what stands in the place of replaced records. A record that leads there already, by one that was replaced, keeps
    /// its link: our own files name what stands. What led to another record that was merged into this one says nothing any more: `None`
    /// where nothing else is said.
    fn in_place(
        &self,
        field: &str,
        own: RecordId,
        wanted: Wanted,
    ) -> Result<Option<Wanted>, C::Error> {
        let view = self.census.find(&own)?;
        let held = view.as_ref().and_then(|view| view.field(field));
        Ok(Some(match wanted {
            Wanted::Value(Value::Record(record)) => {
                let place = self.census.standing(&record)?;
                let winner = held.and_then(Field::winner).map(|written| &written.value);
                Wanted::Value(match winner {
                    Some(Value::Record(now)) if self.census.standing(now)? == place => {
                        Value::Record(*now)
                    }
                    _ if place == own => return Ok(None),
                    _ => Value::Record(place),
                })
            }
            Wanted::Terms(terms) => {
                let mut led = BTreeSet::new();
                for term in terms {
                    let Ok(record) = RecordId::parse(&term) else {
                        led.insert(term);
                        continue;
                    };
                    let place = self.census.standing(&record)?;
                    let mut kept = BTreeSet::new();
                    for now in held.iter().flat_map(|held| held.terms.keys()) {
                        if let Ok(one) = RecordId::parse(now)
                            && self.census.standing(&one)? == place
                        {
                            kept.insert(now.clone());
                        }
                    }
                    match kept.is_empty() {
                        true if place == own => {}
                        true => drop(led.insert(place.to_string())),
                        false => led.extend(kept),
                    }
                }
                if led.is_empty() {
                    return Ok(None);
                }
                Wanted::Terms(led)
            }
            other => other,
        }))
    }

    /// Tells whether the record of a row says just what a cell says.
    pub(super) fn is_link_as_held(&self, link: &Link, own: RecordId) -> Result<bool, C::Error> {
        if !link.is_of_named {
            return Ok(false);
        }
        let view = self.census.find(&own)?;
        Ok(is_as_held(
            view.as_ref(),
            &link.field,
            link.shape,
            &link.text,
        ))
    }

    /// Reads one cell. What cannot be read is given back, with what was found.
    pub(super) fn linked(
        &mut self,
        link: &Link,
        own: RecordId,
    ) -> Result<Result<Wanted, (String, Found)>, C::Error> {
        let (kinds, is_set) = link.kinds();
        let whose = (own, is_set);
        let set = |records: BTreeSet<RecordId>| {
            Wanted::Terms(records.iter().map(ToString::to_string).collect())
        };
        // A name may have a comma: the whole cell is tried first.
        let whole = match self.found(kinds, &link.text, whose)? {
            Found::One(record) if is_set => return Ok(Ok(set([record].into()))),
            Found::One(record) => return Ok(Ok(Wanted::Value(Value::Record(record)))),
            whole => whole,
        };
        let parts: Vec<String> = cut(&link.text).collect();
        if !is_set || parts.len() < 2 {
            return Ok(Err((link.text.clone(), whole)));
        }
        let mut records = BTreeSet::new();
        for part in parts {
            match self.found(kinds, &part, whose)? {
                Found::One(record) => drop(records.insert(record)),
                Found::Merged => {}
                other => return Ok(Err((part, other))),
            }
        }
        if records.is_empty() {
            return Ok(Err((link.text.clone(), Found::Merged)));
        }
        Ok(Ok(set(records)))
    }

    pub(super) fn found(
        &mut self,
        kinds: &[&'static str],
        text: &str,
        (own, is_set): (RecordId, bool),
    ) -> Result<Found, C::Error> {
        if let Some(record) = identifier(text) {
            return self.identified(kinds, record, own);
        }
        if let Some((name, record)) = with_identifier(text) {
            // Of several names in one cell, the last one is not the whole.
            let is_several = is_set && cut(name).count() > 1;
            let called = Called::Name(name.to_owned());
            let is_whole = !is_several
                || self
                    .census
                    .find(&record)?
                    .is_some_and(|view| called.is(&view));
            if is_whole {
                return self.identified(kinds, record, own);
            }
        }
        let called = Called::of(text);
        let mut named = self.named(kinds, &called)?;
        let is_held = named.iter().any(|other| other.record == own);
        for (line, record) in self.rows_called(kinds, &called) {
            if named.iter().all(|other| other.record != *record) {
                named.push(Named {
                    record: *record,
                    name: text.to_owned(),
                    place: format!("ligne {line}"),
                });
            }
        }
        let all = named.len();
        named.retain(|other| other.record != own);
        let is_own = named.len() < all;
        // The same file is refused with the same words.
        named.sort_by(|a, b| (&a.name, &a.place, a.record).cmp(&(&b.name, &b.place, b.record)));
        named.truncate(NAMED_MAX);
        Ok(match &named[..] {
            [] if is_own => {
                let view = self.census.find(&own)?;
                match is_held && view.is_some_and(|view| !called.is(&view)) {
                    true => Found::Merged,
                    false => Found::Itself,
                }
            }
            [] => match self.formerly(kinds, &called, own)? {
                Some(record) => Found::One(record),
                None => Found::Nothing,
            },
            [one] => Found::One(one.record),
            _ => Found::Several(named),
        })
    }

    /// Finds a record by its identifier, as forms do: it has to be there, and of a kind that goes there. What the census does not have may
    /// be a row of the file, which makes it anew.
    fn identified(
        &self,
        kinds: &[&'static str],
        record: RecordId,
        own: RecordId,
    ) -> Result<Found, C::Error> {
        let is_or_itself = |record| match record == own {
            true => Found::Itself,
            false => Found::One(record),
        };
        let view = self.census.find(&record)?;
        Ok(match view {
            Some(view) if kinds.contains(&view.kind()) => is_or_itself(record),
            Some(view) if !view.fields().is_empty() => {
                Kind::parse(view.kind()).map_or(Found::Nothing, Found::OfAnotherKind)
            }
            _ => {
                let rows = self.rows_called(kinds, &Called::identified(record));
                let row = rows.first().map(|(_, made)| is_or_itself(*made));
                row.unwrap_or(Found::Nothing)
            }
        })
    }

    /// The records of the census that are called this.
    fn named(&mut self, kinds: &[&'static str], called: &Called) -> Result<Vec<Named>, C::Error> {
        let key = called.key(kinds);
        if let Some(named) = self.links.asked.get(&key) {
            return Ok(named.clone());
        }
        let mut named = self.census.named(kinds, called)?;
        // One more than is told: it may be the row's own.
        named.truncate(NAMED_MAX + 1);
        if self.links.asked.len() >= ASKED_MAX {
            self.links.asked.clear();
        }
        self.links.asked.insert(key, named.clone());
        Ok(named)
    }

    /// The first rows of the file that are called this.
    fn rows_called(&self, kinds: &[&'static str], called: &Called) -> &[(u64, RecordId)] {
        let kind = self.mapping.kind.code;
        let rows = self.links.own.get(&called.key(&[kind]));
        let rows = rows.filter(|_| kinds.contains(&kind));
        rows.map_or(&[], |rows| &rows[..rows.len().min(NAMED_MAX + 1)])
    }

    fn unlinked(&self, line: u64, link: &Link, text: &str, found: &Found) -> Problem {
        let (code, reason, suggestion) = why_unlinked(link.shape, found);
        let problem = Problem::of_row(line, text, code, reason);
        let problem = match suggestion {
            Some(suggestion) => problem.suggesting(suggestion),
            None => problem,
        };
        match self.columns.get(link.column) {
            Some(column) => problem.in_column(column),
            None => problem,
        }
    }
}

/// Says why a text leads to no record, and what it may mean.
pub(super) fn why_unlinked(shape: Shape, found: &Found) -> (&'static str, String, Option<String>) {
    let (code, reason) = match found {
        Found::Several(_) => ("link_several", SEVERAL.to_owned()),
        Found::Itself => ("link_itself", ITSELF.to_owned()),
        Found::OfAnotherKind(kind) => {
            let kind = kind.wording.in_language("fr").to_lowercase();
            let wanted = kinds_of(shape);
            (
                "link_of_another_kind",
                format!(
                    "La fiche désignée est d'une autre sorte ({kind}). Désignez-en une qui convienne : {wanted}."
                ),
            )
        }
        _ => ("link_unknown", unknown(shape)),
    };
    let suggestion = match found {
        Found::Several(named) => {
            let named: Vec<_> = named.iter().map(Named::shown).collect();
            Some(named.join(" / "))
        }
        _ => None,
    };
    (code, reason, suggestion)
}

impl Link {
    /// The kinds that it may lead to, and whether to several records.
    pub(super) fn kinds(&self) -> (&'static [&'static str], bool) {
        match self.shape {
            Shape::Records(kinds) => (kinds, true),
            Shape::Record(kinds) => (kinds, false),
            _ => (&[], false),
        }
    }
}

impl Links {
    /// Learns what a row is called.
    pub(super) fn learn(&mut self, keys: &[[u8; 16]], (line, record): (u64, RecordId)) {
        for key in keys {
            self.own.entry(*key).or_default().push((line, record));
        }
    }

    /// Forgets a row that makes no record.
    pub(super) fn forget(&mut self, keys: &[[u8; 16]], (line, record): (u64, RecordId)) {
        for key in keys {
            if let Some(rows) = self.own.get_mut(key)
                && let Ok(place) = rows.binary_search(&(line, record))
            {
                rows.remove(place);
            }
        }
    }
}

/// What the records of a row may be called.
pub(super) fn names_of(fields: &BTreeMap<String, Wanted>) -> impl Iterator<Item = Called> {
    let text = |name: &str| match fields.get(name) {
        Some(Wanted::Value(Value::Text(text))) => Some(text.clone()),
        _ => None,
    };
    let numbers = ["siret", "rna"].map(|field| Some(Called::Number(field, text(field)?)));
    let name = text("name").map(Called::Name);
    numbers.into_iter().chain([name]).flatten()
}

/// Reads an identifier that stands alone.
fn identifier(text: &str) -> Option<RecordId> {
    let text = text.trim();
    RecordId::parse(text.strip_prefix("urn:uuid:").unwrap_or(text)).ok()
}

/// Reads `Name (identifier)`, which our reports offer to be copied.
fn with_identifier(text: &str) -> Option<(&str, RecordId)> {
    let (name, rest) = text.trim().rsplit_once('(')?;
    let record = identifier(rest.strip_suffix(')')?)?;
    Some((name.trim(), record))
}

pub(super) fn text_of(view: &RecordView, name: &str) -> String {
    let written = view.field(name).and_then(|held| held.winner());
    match written.map(|written| &written.value) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Says that there is no such record, and of which kinds it could be.
fn unknown(shape: Shape) -> String {
    let kinds = kinds_of(shape);
    format!(
        "Aucune fiche ({kinds}) n'a ce nom exact, ce SIRET ou ce RNA. Créez-la ou importez-la d'abord ; ou rattachez cette colonne à un champ de texte."
    )
}

/// The kinds that a link may lead to, in words.
fn kinds_of(shape: Shape) -> String {
    let kinds = match shape {
        Shape::Record(kinds) | Shape::Records(kinds) => kinds,
        _ => &[],
    };
    let kinds = kinds.iter().filter_map(|code| Kind::parse(code));
    let kinds = kinds.map(|kind| kind.plural.in_language("fr").to_lowercase());
    kinds.collect::<Vec<_>>().join(", ")
}

const ITSELF: &str = "Cette cellule désigne la fiche de sa propre ligne. Écrivez le numéro ou l'identifiant de l'autre fiche, ou videz la cellule.";

const SEVERAL: &str = "Plusieurs fiches répondent à ce nom ou à ce numéro : écrivez le numéro de la bonne, ou recopiez une des propositions.";
/// Records of one name that are told apart in a report.
pub(super) const NAMED_MAX: usize = 5;
/// Answers that are kept: some megabytes. A table names few organisations many times.
const ASKED_MAX: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_behind_a_name() {
        let id = "0123456789abcdef0123456789abcdef";
        let record = RecordId::parse(id).expect("an identifier");
        assert_eq!(identifier(id), Some(record));
        assert_eq!(identifier(&format!("urn:uuid:{record}")), Some(record));
        let read = format!("Club (les Archers) ({id})");
        assert_eq!(with_identifier(&read), Some(("Club (les Archers)", record)));
        for none in ["Club", "Club ()", "Club (Gien)", id] {
            assert_eq!(with_identifier(none), None, "{none}");
        }
    }

    #[test]
    fn a_cell_is_a_number_where_it_is_one() {
        let siret = Called::Number("siret", "40229699000037".to_owned());
        assert_eq!(Called::of("402 296 990 00037"), siret);
        let rna = Called::Number("rna", "W133000001".to_owned());
        assert_eq!(Called::of("w133000001"), rna);
        assert_eq!(Called::of("40229699000038").text(), "40229699000038");
    }
}
