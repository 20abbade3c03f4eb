//! Keeping the search index up to date with the views: after each round of building, from the counter that the index itself keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::likeness::{Block, Traits};
use crdt_schema::record::{COMMITMENTS, DOCUMENTS, Document, Rows, Shape, commitment_states};
use crdt_schema::register::departement_of_commune;
use crdt_schema::statement::Freshness;
use crdt_schema::territory::{Belonging, Level, Outline, TerritoryCode};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Words};

use crate::fault::Fault;
use crate::freshness::{Feeds, verifications};
use crate::neighbourhoods::{Moved, Neighbourhood, Neighbourhoods, OUTLINE, OUTLINED};
use crate::reader::Reader;
use crate::search::{Confirmed, Index, SearchDocument, Update};

/// Documents that are held at once.
const CHUNK_DOCUMENTS: usize = if cfg!(test) { 25 } else { 5_000 };
/// Chunks of one commit of the index: each commit begins a segment, with a megabyte of tables a field, and segments are merged later.
const CHUNKS_OF_A_COMMIT: u32 = if cfg!(test) { 2 } else { 6 };
/// The facet that holds the records which a record names, whatever the field: links are read both ways.
pub const LINKS: &str = "links";
/// The facet that holds the squares of the map in which an outline is to be looked for.
pub(crate) const TILES: &str = "tiles";
/// The facet of the files attached to a record, by hash.
pub(crate) const FILES: &str = "files";
/// The facet, and its one value, of the records that name a file.
pub(crate) const HAS_FILES: &str = "has_files";
/// The facet of the partner that keeps a record.
pub const KEEPER: &str = "keeper";
/// The facet of the partners that wrote a value of a record.
pub const PARTNER: &str = "partner";
/// The facet of the reasons for which partners report a record, and of which nobody has settled the report.
pub const REPORTED: &str = "reported";
/// The facet of the reasons of the reports that were settled.
pub const ANSWERED: &str = "answered";
/// The facet of the partners that report a record, whatever became of it.
pub const REPORTER: &str = "reporter";
/// The facet of the commune of a record, by its code.
pub const COMMUNE: &str = "commune";
/// The facet of priority neighbourhoods, of either generation, by their codes: the one that a record names, and those in whose outline
/// its position lies.
pub const QPV: &str = "qpv";
/// The facet of the states of the commitments of a meeting.
pub const COMMITMENT_STATE: &str = "commitment_state";
/// Fields that are found by their whole only.
const CODES: [&str; 11] = [
    "siret",
    "siren",
    "rna",
    "prefecture",
    "alsace_moselle",
    "ridet",
    "tahiti",
    "commune",
    "postal_code",
    "qpv",
    "source_id",
];

/// Brings the index up to what the reader shows. Returns the newest change that it has read.
pub(crate) fn catch_up(index: &Arc<Index>, reader: &Reader) -> Result<u64, Fault> {
    let (oldest, newest) = reader.change_range()?;
    let progress = index.progress().filter(|progress| {
        // An index that is ahead of the store, or behind what the store still knows, is filled anew.
        *progress <= newest && *progress + 1 >= oldest
    });
    match progress {
        Some(progress) if progress == newest => {}
        Some(progress) => {
            let changes = reader.changes_after(progress)?;
            fill_changes(index, reader, changes, (progress, newest))?;
        }
        None => fill_anew(index, reader, newest)?,
    }
    index.note_followed();
    Ok(newest)
}

/// A record of which nothing counts any more, or yet, is found by its id only.
fn is_shown(view: &RecordView) -> bool {
    !view.fields().is_empty()
}

/// Gives the index chunk after chunk.
struct Chunks<'r> {
    index: &'r Index,
    reader: &'r Reader,
    /// How many are not on disk yet.
    prepared: u32,
}

impl<'r> Chunks<'r> {
    fn new(index: &'r Index, reader: &'r Reader) -> Self {
        Self {
            index,
            reader,
            prepared: 0,
        }
    }

    /// Takes a chunk. Whoever stops a node waits for no further one: it goes on from its counter, `reached`, at the next start.
    fn give(&mut self, updates: Vec<Update>, reached: u64) -> Result<(), Fault> {
        let is_stopping = self.reader.shared.is_stopping();
        self.prepared += 1;
        if self.prepared < CHUNKS_OF_A_COMMIT && !is_stopping {
            return Ok(self.index.prepare(updates)?);
        }
        self.prepared = 0;
        self.index.apply(updates, reached)?;
        match is_stopping {
            true => Err(Fault::Stopped("the search goes on later".to_owned())),
            false => Ok(()),
        }
    }
}

fn fill_changes(
    index: &Index,
    reader: &Reader,
    changes: impl Iterator<Item = Result<(u64, RecordId), Fault>>,
    (progress, newest): (u64, u64),
) -> Result<(), Fault> {
    let mut filling = Filling::of(reader);
    filling.neighbourhoods = Some(Neighbourhoods::new(index, reader));
    let (mut moved, mut chunks) = (Moved::default(), Chunks::new(index, reader));
    // However many changes wait, a chunk of them is held. What changed several times in it is read once.
    let mut chunk = BTreeSet::new();
    for change in changes {
        let (change, record) = change?;
        chunk.insert(record);
        if chunk.len() == CHUNK_DOCUMENTS {
            let updates =
                read_changed(index, &mut filling, &mut moved, std::mem::take(&mut chunk))?;
            // Where an outline has moved, the counter moves at the end only: a stop in between indexes these again, which changes nothing.
            let reached = if moved.is_empty() { change } else { progress };
            chunks.give(updates, reached)?;
        }
    }
    let updates = read_changed(index, &mut filling, &mut moved, chunk)?;
    if moved.is_empty() {
        return Ok(index.apply(updates, newest)?);
    }
    index.apply(updates, progress)?;
    follow(index, reader, &moved, (progress, newest))
}

fn read_changed(
    index: &Index,
    filling: &mut Filling<'_>,
    moved: &mut Moved,
    changed: BTreeSet<RecordId>,
) -> Result<Vec<Update>, Fault> {
    let mut updates = Vec::with_capacity(changed.len());
    for record in changed {
        updates.push(match filling.reader.record(&record)? {
            Some(view) if is_shown(&view) => {
                moved.see(&view, index)?;
                Update::Put(filling.document(&view)?)
            }
            _ => {
                moved.lost(record);
                Update::Remove(record)
            }
        });
    }
    Ok(updates)
}

/// Indexes again what lay in outlines that changed, or lies in them now. The outlines themselves are in the index.
fn follow(
    index: &Index,
    reader: &Reader,
    moved: &Moved,
    (progress, newest): (u64, u64),
) -> Result<(), Fault> {
    let mut filling = Filling::of(reader);
    filling.neighbourhoods = Some(Neighbourhoods::new(index, reader));
    let (mut updates, mut chunks) = (Vec::new(), Chunks::new(index, reader));
    for record in moved.touched(index)? {
        if let Some(view) = reader.record(&record)?.filter(is_shown) {
            updates.push(Update::Put(filling.document(&view)?));
        }
        if updates.len() == CHUNK_DOCUMENTS {
            chunks.give(std::mem::take(&mut updates), progress)?;
        }
    }
    Ok(index.apply(updates, newest)?)
}

fn fill_anew(index: &Index, reader: &Reader, newest: u64) -> Result<(), Fault> {
    index.clear()?;
    let mut filling = Filling::of(reader);
    let (mut updates, mut moved) = (Vec::new(), Moved::default());
    let mut chunks = Chunks::new(index, reader);
    reader.each_record(|view| {
        if is_shown(&view) {
            moved.see(&view, index)?;
            updates.push(Update::Put(filling.document(&view)?));
        }
        if updates.len() == CHUNK_DOCUMENTS {
            chunks.give(std::mem::take(&mut updates), 0)?;
        }
        Ok::<(), Fault>(())
    })?;
    // Neighbourhoods last: their outlines are all there now.
    index.apply(updates, 0)?;
    follow(index, reader, &moved, (0, newest))
}

/// What is looked up once for many documents.
struct Filling<'r> {
    reader: &'r Reader,
    words: Words,
    feeds: Feeds,
    /// The day of this node, where it has a clock.
    today: Option<Day>,
    /// Where positions are compared with outlines.
    neighbourhoods: Option<Neighbourhoods<'r>>,
}

impl<'r> Filling<'r> {
    fn of(reader: &'r Reader) -> Self {
        let author = reader.shared.pen.author();
        Self {
            words: reader.words(),
            feeds: reader.feeds(),
            today: author.and_then(|author| Day::of((author.now)())),
            neighbourhoods: None,
            reader,
        }
    }

    fn document(&mut self, view: &RecordView) -> Result<SearchDocument, Fault> {
        let change = self.reader.last_change(&view.record)?;
        let mut document = document(&self.words, view, change);
        let held = self.reader.statements(&view.record)?;
        if let Some(one) = Neighbourhood::of(view) {
            add_facet(&mut document, OUTLINE, &one.said);
        }
        for reported in self.reader.reports_among(view, &held) {
            let facet = if reported.is_open() {
                REPORTED
            } else {
                ANSWERED
            };
            add_facet(&mut document, facet, reported.report.reason().code());
            if let Some(partner) = reported.held.partner {
                add_facet(&mut document, REPORTER, &partner.to_string());
            }
        }
        let verifications = verifications(held);
        let since = |today| match Freshness::of(view, &verifications, today).since() {
            None => Confirmed::Nothing,
            Some(None) => Confirmed::Never,
            Some(Some(day)) => Confirmed::Since(day),
        };
        document.confirmed = since(None);
        document.latest = Freshness::of(view, &verifications, None).latest();
        document.reached = since(self.today);
        let keeping = self.reader.keeping_by(&self.feeds, view)?;
        if let Some(keeper) = keeping.keeper {
            add_facet(&mut document, KEEPER, &keeper.to_string());
        }
        for partner in keeping.writers.keys() {
            add_facet(&mut document, PARTNER, &partner.to_string());
        }
        if let Some(neighbourhoods) = &mut self.neighbourhoods {
            for one in neighbourhoods.around(view)? {
                add_facet(&mut document, QPV, &one.code);
                add_facet(&mut document, OUTLINED, &one.record.to_string());
                document.codes.push(one.code.clone());
            }
        }
        Ok(document)
    }
}

/// What can be found of a record by its fields. `change` orders records by when they last changed here: no clock is asked.
fn document(words: &Words, view: &RecordView, change: u64) -> SearchDocument {
    let mut document = SearchDocument {
        record: view.record,
        kind: view.kind().to_owned(),
        name: text_of(view.field("name")),
        names: names_of(view),
        texts: Vec::new(),
        is_withdrawn: view.is_withdrawn(),
        facets: BTreeMap::new(),
        codes: Vec::new(),
        blocks: blocks_of(view),
        updated: Timestamp::from_millis(i64::try_from(change).unwrap_or(i64::MAX)),
        point: None,
        confirmed: Confirmed::Nothing,
        latest: None,
        reached: Confirmed::Nothing,
    };
    for (name, field) in view.fields() {
        let shape = words.any_field(view.kind(), name).map(AnyField::shape);
        add_field(&mut document, name, field, shape);
    }
    add_territories(&mut document, view);
    let conflict = match view.conflicts().is_empty() {
        true => "no",
        false => "yes",
    };
    add_facet(&mut document, "conflict", conflict);
    document
}

/// Every name that somebody gave it: in a conflict, each is one.
fn names_of(view: &RecordView) -> Box<[String]> {
    let held = view.field("name").into_iter();
    let names = held.flat_map(|held| &held.values);
    let names = names.filter_map(|written| match &written.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    names.collect()
}

/// Returns the blocks by which a record is compared with others. One that is withdrawn is compared with none.
pub(crate) fn blocks_of(view: &RecordView) -> BTreeSet<Block> {
    match view.is_withdrawn() {
        true => BTreeSet::new(),
        false => Traits::of(view).blocks(),
    }
}

fn add_field(document: &mut SearchDocument, name: &str, field: &Field, shape: Option<Shape>) {
    document.texts.extend(field.text.clone());
    if name == DOCUMENTS.name {
        add_documents(document, field);
        return;
    }
    if let Some(Shape::Rows(rows)) = shape {
        add_rows(document, name, rows, field);
    }
    for term in field.terms.keys() {
        match shape {
            Some(Shape::Rows(_)) => {}
            Some(Shape::Records(_)) => add_facet(document, LINKS, term),
            Some(Shape::Terms(_)) => add_facet(document, name, term),
            None => {
                // The act that declares the field may come later, and indexes nothing again.
                add_facet(document, name, term);
                document.texts.push(term.clone());
            }
            _ => document.texts.push(term.clone()),
        }
    }
    for written in &field.values {
        match &written.value {
            Value::Text(text) if CODES.contains(&name) => document.codes.push(text.clone()),
            Value::Text(text) if shape == Some(Shape::Outline) => {
                for tile in Outline::parse(text).iter().flat_map(Outline::tiles) {
                    add_facet(document, TILES, &tile);
                }
            }
            Value::Text(text) if name != "name" => document.texts.push(text.clone()),
            Value::Term(term) => add_facet(document, name, term),
            Value::Record(record) => add_facet(document, LINKS, &record.to_string()),
            Value::Point {
                latitude_e7,
                longitude_e7,
            } if name == "point" && document.point.is_none() => {
                // The first value is the one that the record reads.
                document.point = Some((*latitude_e7, *longitude_e7));
            }
            _ => {}
        }
    }
}

/// Rows are found by their words and by the records that they lead to; meetings by the states of their commitments.
fn add_rows(document: &mut SearchDocument, name: &str, rows: &Rows, field: &Field) {
    let terms = || field.terms.keys().map(String::as_str);
    document
        .texts
        .extend(terms().flat_map(|term| rows.texts(term)));
    for record in rows.links(terms()) {
        add_facet(document, LINKS, &record.to_string());
    }
    if name == COMMITMENTS.name {
        for state in commitment_states(field) {
            add_facet(document, COMMITMENT_STATE, &state);
        }
    }
}

/// A file is found by its name, and its record by its hash.
fn add_documents(document: &mut SearchDocument, field: &Field) {
    for term in field.terms.keys() {
        match Document::parse(term) {
            Some(Document::File(file)) => {
                add_facet(document, FILES, &file.hash.to_string());
                add_facet(document, HAS_FILES, HAS_FILES);
                document.texts.push(file.name);
            }
            Some(Document::Link(_)) | None => document.texts.push(term.clone()),
        }
    }
}

/// The commune and the neighbourhood that a record names. A municipal arrondissement is found by the code of its city too.
fn add_places(document: &mut SearchDocument, view: &RecordView, commune: &str) {
    if let Some(Belonging { commune: today, .. }) = Belonging::of(commune) {
        add_facet(document, COMMUNE, commune);
        if today.code != commune {
            add_facet(document, COMMUNE, today.code);
            document.codes.push(today.code.to_owned());
        }
    }
    let neighbourhood = text_of(view.field(QPV));
    if !neighbourhood.is_empty() {
        add_facet(document, QPV, &neighbourhood);
    }
}

/// What a record belongs to, by the code of its commune: derived here and stored nowhere else, so that `reindex` follows the lists of a
/// later version. It finds records, and gives nobody a right.
fn add_territories(document: &mut SearchDocument, view: &RecordView) {
    let mut commune = text_of(view.field("commune"));
    if let Some(code) = TerritoryCode::of_record(view) {
        if let Some(departement) = code.departement() {
            add_facet(document, "departement", departement);
        }
        if matches!(
            code.level(),
            Level::Commune | Level::MunicipalArrondissement
        ) {
            commune = code.code().to_owned();
        }
    }
    add_places(document, view, &commune);
    if let Some(departement) = departement_of_commune(&commune) {
        add_facet(document, "departement", departement);
    }
    if let Some(Belonging { epci, region, .. }) = Belonging::of(&commune) {
        if let Some(epci) = epci {
            add_facet(document, "epci", epci.code);
        }
        if let Some(region) = region {
            add_facet(document, "region", region.code);
        }
    }
}

fn add_facet(document: &mut SearchDocument, facet: &str, value: &str) {
    let values: &mut BTreeSet<String> = document.facets.entry(facet.to_owned()).or_default();
    values.insert(value.to_owned());
}

fn text_of(field: Option<&Field>) -> String {
    match field.and_then(Field::winner).map(|written| &written.value) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
