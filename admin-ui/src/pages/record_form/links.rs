//! The fields of a form that name other records. Nobody knows an identifier by heart: a name, a SIRET, an RNA or the address of a page
//! names a record as well. What names exactly one is taken; for anything else the form comes back with the records that may be meant.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::record::{KINDS, Shape};
use crdt_schema::register::Territories;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::AnyField;
use replica::search::{self, PAGE_MAX, Query, Sort};
use replica::{Fault, Reader, Replica};

use super::meant::Meant;
use super::place;
use super::remarks::Remark;
use super::rows;
use super::typed::{Asked, Typed, values};
use crate::app::App;
use crate::error::PageError;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::neighbourhoods;
use crate::pages::census;
use crate::parts::Problem;
use crate::wording;

/// What a form knows of the records that its fields name.
#[derive(Default)]
pub(in crate::pages) struct Links {
    fields: BTreeMap<String, Linked>,
    /// The official lists, where neighbourhoods are to be checked that this node has records of.
    lists: Option<Territories>,
    /// What the ids of new rows are made of.
    pub(super) drawn: [u8; 16],
}

/// What was chosen among the records that were offered for a text, by field.
pub(in crate::pages) type Chosen = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// One field that names records.
#[derive(Default, Clone)]
pub(super) struct Linked {
    /// Records that were linked before, or are to be: by id, with their name, and whether they stay.
    pub(super) boxes: Vec<Tick>,
    /// Texts that do not name one record.
    pub(super) open: Vec<Open>,
    /// What stays to be corrected.
    pub(super) text: String,
    /// Names to choose from, where they are few.
    pub(super) known: Vec<String>,
    pub(super) problem: Option<Problem>,
    /// What was read otherwise than it was typed.
    pub(super) remark: Option<Remark>,
}

#[derive(Clone)]
pub(super) struct Tick {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

/// A text, and the records that may be meant by it.
#[derive(Clone)]
pub(super) struct Open {
    /// The name of its choices in the form.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) legend: String,
    /// By id.
    pub(super) candidates: Vec<(String, String)>,
}

/// A field, or a cell of a row, to be read.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kinds: &'static [&'static str],
    pub(super) is_single: bool,
    pub(super) typed: Vec<String>,
    pub(super) stood: Vec<String>,
    pub(super) chosen: BTreeMap<String, Vec<String>>,
}

/// What a text is found to name.
enum Found {
    Candidates(Vec<RecordView>),
    Nothing,
    OfKind(RecordView),
    One(RecordId),
}

impl Links {
    /// Reads what was typed and chosen in each field that names records, where `stood` stood. What is found is put in the place of what
    /// was typed; the rest stays, and is a problem.
    pub(in crate::pages) async fn read(
        app: &App,
        asked: &Asked<'_>,
        mut chosen: Chosen,
        typed: &mut Typed,
        stood: &Typed,
    ) -> Result<Self, PageError> {
        let language = asked.language;
        let commune = place::read(asked, chosen.remove("commune"), typed, stood);
        let commune = commune.map(|linked| ("commune".to_owned(), linked));
        let mut wanted: Vec<Wanted> = asked
            .fields()
            .iter()
            .filter_map(|field| {
                let (kinds, is_single) = kinds_of(&field.shape())?;
                Some(Wanted {
                    name: field.name().to_owned(),
                    label: field.label(language.tag()).to_owned(),
                    kinds,
                    is_single,
                    typed: values(typed, *field).to_vec(),
                    stood: values(stood, *field).to_vec(),
                    chosen: chosen.remove(field.name()).unwrap_or_default(),
                })
            })
            .collect();
        wanted.extend(rows::links(asked, &mut chosen, typed, stood));
        let drawn = app.draw();
        let mut links: BTreeMap<String, Linked> = commune.into_iter().collect();
        let is_listed = |field: &AnyField<'_>| {
            let (new, old) = (values(typed, *field), values(stood, *field));
            matches!(field.shape(), Shape::Qpv | Shape::Zones) && !new.is_empty() && new != old
        };
        let lists = match asked.fields().iter().any(is_listed) {
            true => app.read(neighbourhoods::lists).await?,
            false => None,
        };
        if wanted.is_empty() {
            return Ok(Self {
                fields: links,
                lists,
                drawn,
            });
        }
        let read = app.read(move |replica, reader| {
            let census = Census {
                language,
                replica,
                reader,
            };
            let mut known = BTreeMap::new();
            wanted
                .into_iter()
                .map(|field| {
                    let names = match known.get(&field.kinds) {
                        Some(names) => Vec::clone(names),
                        None => {
                            let names = census.names(field.kinds)?;
                            known.insert(field.kinds, names.clone());
                            names
                        }
                    };
                    let (linked, kept) = census.read(&field)?;
                    let linked = Linked {
                        known: names,
                        ..linked
                    };
                    Ok((field.name, linked, kept))
                })
                .collect::<Result<Vec<_>, Fault>>()
        });
        for (name, linked, mut kept) in read.await? {
            kept.extend(Some(linked.text.clone()).filter(|text| !text.is_empty()));
            match kept.is_empty() {
                true => drop(typed.remove(&name)),
                false => drop(typed.insert(name.clone(), kept)),
            }
            links.insert(name, linked);
        }
        Ok(Self {
            fields: links,
            lists,
            drawn,
        })
    }

    /// Returns the official lists by which codes are read.
    pub(super) fn lists(&self) -> &Territories {
        self.lists.as_ref().unwrap_or_else(|| Territories::shared())
    }

    /// Returns what is wrong in a field.
    pub(in crate::pages) fn problem(&self, field: &str) -> Option<Problem> {
        self.fields.get(field)?.problem.clone()
    }

    /// Returns what was read otherwise than it was typed.
    pub(super) fn remarks(&self) -> impl Iterator<Item = Remark> {
        let linked = self.fields.values();
        linked.filter_map(|linked| linked.remark.clone())
    }

    pub(super) fn of(&self, field: &str) -> Linked {
        self.fields.get(field).cloned().unwrap_or_default()
    }
}

/// Reads what was chosen among the records that the form offered.
pub(in crate::pages) fn chosen(form: &SentForm, asked: &Asked<'_>) -> Chosen {
    let mut chosen = Chosen::new();
    let names = asked.fields().iter().flat_map(|field| match field.shape() {
        Shape::Commune | Shape::Record(_) | Shape::Records(_) => vec![field.name().to_owned()],
        Shape::Rows(shape) => rows::link_names(form, field.name(), shape),
        _ => Vec::new(),
    });
    for field in names {
        for place in 0..PIECES_MAX {
            let name = choice(&field, place);
            let text = form.text(&format!("{name}-texte"));
            if text.is_empty() {
                break;
            }
            let ids: Vec<String> = form.all(&name).map(str::to_owned).collect();
            if !ids.is_empty() {
                let texts = chosen.entry(field.clone()).or_default();
                texts.insert(text.to_owned(), ids);
            }
        }
    }
    chosen
}

/// Names the choices of a text in a form.
pub(super) fn choice(field: &str, place: usize) -> String {
    format!("choix-{field}-{place}")
}

/// Returns the kinds that a field may name, and whether it names one record only.
pub(super) fn kinds_of(shape: &Shape) -> Option<(&'static [&'static str], bool)> {
    match shape {
        Shape::Record(kinds) => Some((kinds, true)),
        Shape::Records(kinds) => Some((kinds, false)),
        _ => None,
    }
}

/// What texts are looked for in.
struct Census<'r> {
    language: Language,
    replica: &'r Replica,
    reader: &'r Reader,
}

impl Census<'_> {
    /// Reads one field: what the form shows of it, and the ids that it is to hold.
    fn read(&self, field: &Wanted) -> Result<(Linked, Vec<String>), Fault> {
        let (mut kept, mut rest) = (BTreeSet::new(), Vec::new());
        let (mut open, mut troubles) = (Vec::new(), Vec::new());
        let mut pieces = Vec::new();
        for value in &field.typed {
            match field.stood.contains(value) {
                true => drop(kept.insert(value.clone())),
                false => pieces.extend(self.pieces(field, value)?),
            }
        }
        if pieces.len() > PIECES_MAX {
            rest = std::mem::take(&mut pieces);
            let values = [
                ("field", field.label.clone().into()),
                ("max", PIECES_MAX.into()),
            ];
            troubles.push(self.language.text_with("link-too-many", &values));
        }
        for piece in pieces {
            for text in field.chosen.get(&piece).unwrap_or(&vec![piece.clone()]) {
                if text == NONE {
                    continue;
                }
                match self.find(field, text)? {
                    Found::One(record) => {
                        kept.insert(record.to_string());
                        continue;
                    }
                    Found::Candidates(views) => {
                        troubles.push(self.said("link-choose", field, text));
                        open.push(self.open(choice(&field.name, open.len()), text, &views));
                    }
                    Found::Nothing => troubles.push(self.said("link-unknown", field, text)),
                    Found::OfKind(view) => troubles.push(self.of_kind(field, &view)),
                }
                rest.push(text.clone());
            }
        }
        if field.is_single {
            let is_new = |id: &&String| !field.stood.contains(*id);
            let new: Vec<String> = kept.iter().filter(is_new).cloned().collect();
            match &new[..] {
                [] => {}
                // What is typed stands in the place of what stood.
                [one] => kept = [one.clone()].into(),
                _ => troubles.push(self.said("link-one-only", field, "")),
            }
        }
        let mut boxes: Vec<String> = field.stood.clone();
        boxes.extend(kept.iter().filter(|id| !field.stood.contains(*id)).cloned());
        let boxes = boxes.into_iter().map(|code| {
            Ok(Tick {
                label: self.label(&code)?,
                is_chosen: kept.contains(&code),
                code,
            })
        });
        let linked = Linked {
            boxes: boxes.collect::<Result<_, Fault>>()?,
            open,
            text: rest.join(" ; "),
            known: Vec::new(),
            problem: (!troubles.is_empty()).then(|| Problem::new(&*field.name, troubles.join(" "))),
            remark: None,
        };
        Ok((linked, kept.into_iter().collect()))
    }

    /// Cuts what was typed for several records. A name may have a semicolon, and only ids are parted by commas.
    fn pieces(&self, field: &Wanted, value: &str) -> Result<Vec<String>, Fault> {
        let whole = || vec![value.trim().to_owned()];
        if field.is_single || !value.contains(SIGNS) && !value.contains(',') {
            return Ok(whole());
        }
        let cut = |signs: &[char]| -> Vec<String> {
            let parts = value.split(signs).map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        if !value.contains(SIGNS) {
            let ids = cut(&[',']);
            let are_ids = ids.iter().all(|id| named(id).is_some());
            return Ok(if are_ids { ids } else { whole() });
        }
        match self.find(field, value.trim())? {
            Found::One(_) => Ok(whole()),
            _ => Ok(cut(&SIGNS)),
        }
    }

    fn find(&self, field: &Wanted, text: &str) -> Result<Found, Fault> {
        if let Some(record) = named(text) {
            return Ok(match self.reader.record(&record)? {
                Some(view) if field.kinds.contains(&view.kind()) => Found::One(record),
                Some(view) if !view.fields().is_empty() => Found::OfKind(view),
                _ => Found::Nothing,
            });
        }
        let meant = Meant::by(text);
        // Which records have the name is asked for itself: the best hits of a search may leave one out.
        let mut exact = self.named(field.kinds, text)?;
        exact.retain(|view| meant.is(view));
        let mut others = self.search(field.kinds, text)?;
        others.retain(|view| exact.iter().all(|known| known.record != view.record));
        let (numbered, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|view| meant.is(view));
        exact.extend(numbered);
        match (&exact[..], &others[..]) {
            ([one], _) => return Ok(Found::One(one.record)),
            ([], []) => return Ok(Found::Nothing),
            ([], _) => exact = others,
            _ => {}
        }
        exact.truncate(CANDIDATES_MAX);
        Ok(Found::Candidates(exact))
    }

    /// Returns the records of these kinds that have a name, but for signs and accents.
    fn named(&self, kinds: &[&'static str], name: &str) -> Result<Vec<RecordView>, Fault> {
        let mut found = Vec::new();
        for kind in each(kinds) {
            let query = Query {
                named: Some(name.to_owned()),
                kind,
                size: PAGE_MAX,
                ..Query::default()
            };
            found.extend(self.views(&query)?.0);
        }
        Ok(found)
    }

    /// Returns the best matches among records of these kinds.
    fn search(&self, kinds: &[&'static str], text: &str) -> Result<Vec<RecordView>, Fault> {
        let words: Vec<&str> = text.split_whitespace().take(WORDS_MAX).collect();
        let mut found = Vec::new();
        for kind in each(kinds) {
            let query = Query {
                text: words.join(" "),
                kind,
                size: PAGE_MAX,
                ..Query::default()
            };
            found.extend(self.views(&query)?.0);
        }
        Ok(found)
    }

    /// Returns the names of all records of these kinds, or none where they are many.
    fn names(&self, kinds: &[&'static str]) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        for kind in each(kinds) {
            let query = Query {
                kind,
                sort: Sort::Name,
                size: KNOWN_MAX,
                ..Query::default()
            };
            let (views, total) = self.views(&query)?;
            if names.len() as u64 + total > KNOWN_MAX as u64 {
                return Ok(Vec::new());
            }
            let named = views.iter().map(|view| census::text(view.field("name")));
            names.extend(named.filter(|name| !name.is_empty()));
        }
        names.dedup();
        Ok(names)
    }

    fn views(&self, query: &Query) -> Result<(Vec<RecordView>, u64), Fault> {
        let answer = match self.replica.search(query) {
            Ok(answer) => answer,
            // A text that cannot be searched for names nothing.
            Err(search::Error::Refused(_)) => return Ok((Vec::new(), 0)),
            Err(search::Error::Fault(fault)) => return Err(fault.into()),
        };
        let views = answer.hits.iter();
        let views = views.filter_map(|hit| self.reader.record(&hit.record).transpose());
        Ok((views.collect::<Result<_, Fault>>()?, answer.total))
    }

    fn open(&self, name: String, text: &str, views: &[RecordView]) -> Open {
        let values = [("text", text.to_owned().into())];
        let candidates = views
            .iter()
            .map(|view| (view.record.to_string(), self.described(view)));
        Open {
            name,
            legend: self.language.text_with("link-candidates", &values),
            candidates: candidates.collect(),
            text: text.to_owned(),
        }
    }

    /// Names a record that a form shows as linked.
    fn label(&self, code: &str) -> Result<String, Fault> {
        let view = match RecordId::parse(code) {
            Ok(record) => self.reader.record(&record)?,
            Err(_) => None,
        };
        Ok(view.map_or_else(
            || {
                let values = [("id", code.to_owned().into())];
                self.language.text_with("link-not-held", &values)
            },
            |view| self.described(&view),
        ))
    }

    /// Says a record by its name, its kind and its commune.
    fn described(&self, view: &RecordView) -> String {
        let kind = wording::kind_label(self.language, view.kind());
        let beside = [kind, census::text(view.field("commune_name"))];
        let beside = beside.into_iter().filter(|part| !part.is_empty());
        let beside: Vec<String> = beside.collect();
        let name = census::name(self.language, view);
        format!("{name} ({})", beside.join(", "))
    }

    fn said(&self, key: &str, field: &Wanted, text: &str) -> String {
        let values = [
            ("field", field.label.clone().into()),
            ("text", text.to_owned().into()),
            ("kinds", self.kinds(field.kinds).into()),
        ];
        self.language.text_with(key, &values)
    }

    fn of_kind(&self, field: &Wanted, view: &RecordView) -> String {
        let values = [
            ("field", field.label.clone().into()),
            ("text", census::name(self.language, view).into()),
            (
                "kind",
                wording::kind_label(self.language, view.kind()).into(),
            ),
            ("kinds", self.kinds(field.kinds).into()),
        ];
        self.language.text_with("link-other-kind", &values)
    }

    fn kinds(&self, kinds: &[&str]) -> String {
        let labels = kinds
            .iter()
            .map(|kind| wording::kind_label(self.language, kind));
        labels.collect::<Vec<_>>().join(", ")
    }
}

/// One search for each kind, and one for all where every kind may be named.
fn each(kinds: &[&'static str]) -> Vec<Option<String>> {
    match kinds.len() < KINDS.len() {
        true => kinds.iter().map(|kind| Some((*kind).to_owned())).collect(),
        false => vec![None],
    }
}

/// Returns the record that an id, or the address of a page, names.
fn named(text: &str) -> Option<RecordId> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let bare = path.strip_prefix("urn:uuid:").unwrap_or(path);
    let mut segments = bare
        .trim_end_matches('/')
        .split('/')
        .skip_while(|it| *it != "fiches");
    let id = match segments.nth(1) {
        // A page below that of the record names it too.
        Some(record) => record,
        None => bare,
    };
    RecordId::parse(id).ok()
}

/// The choice of none of the records that are offered.
pub(super) const NONE: &str = "aucune";
/// Records that are offered for a text: more is a search.
const CANDIDATES_MAX: usize = 10;
/// Names that the browser offers while one types: more would weigh more than the form.
const KNOWN_MAX: usize = 100;
/// Records that are typed at a time: each is a search.
const PIECES_MAX: usize = 50;
/// Words of a name that are searched for: below the limit of a search, where a hyphen makes two of one.
const WORDS_MAX: usize = 10;
/// What parts several records in one text.
const SIGNS: [char; 4] = ['|', ';', '\n', '\r'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_record_names_it_as_its_id_does() {
        let id = RecordId::from_bytes([0x3f; 16]);
        for typed in [
            id.to_string(),
            format!("urn:uuid:{id}"),
            format!("/fiches/{id}"),
            format!("https://node.example/fiches/{id}?enregistre=1#labels"),
            format!("http://127.0.0.1:8080/fiches/{id}/"),
            format!("http://127.0.0.1:8080/fiches/{id}/historique"),
        ] {
            assert_eq!(named(&typed), Some(id), "{typed}");
        }
        for typed in [
            "",
            "Maison des associations",
            "/fiches/",
            "/fiches/nouvelle",
        ] {
            assert_eq!(named(typed), None, "{typed}");
        }
    }
}
