//! The index itself: opened once, written by one caller at a time, read by many.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crdt_schema::id::RecordId;
use crdt_schema::vocabulary::Words;
use tantivy::collector::sort_key::{
    SortByBytes, SortBySimilarityScore, SortByStaticFastValue, SortByString,
};
use tantivy::collector::{Collector, Count, DocSetCollector, TopDocs};
use tantivy::directory::error::LockError;
use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::schema::IndexRecordOption;
use tantivy::{
    DocAddress, DocSet, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TERMINATED,
    TantivyError,
};

use super::document::Update;
use super::error::{Error, Fault};
use super::facets::{Counted, Faceted};
use super::query::{IS_WITHDRAWN, Query, Sort, Terms, WITHDRAWN_FACET};
use super::schema::{CONFIRMED, Fields, NAME_KEY, RECORD, UPDATED, VERSION, facet_key};
use super::wordings::Wordings;
use super::{analysis, files, matching};
use crate::lock::patiently;

/// The full-text index of a replica.
pub struct Index {
    fields: Fields,
    version: u32,
    reader: IndexReader,
    writer: Mutex<Writer>,
    /// Whether it has caught up with the store since it was opened, with all that outlines moved.
    is_followed: AtomicBool,
    /// What terms are called and which are wider, and the words that this was made of.
    called: RwLock<Option<(Words, Arc<Wordings>)>>,
}

pub(super) struct Writer {
    pub(super) engine: IndexWriter,
    progress: Option<u64>,
}

/// One page of hits, and what all hits have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// How many records match.
    pub total: u64,
    /// How many records match and are withdrawn, whatever the query wants of these.
    pub withdrawn: u64,
    /// The hits of the page.
    pub hits: Vec<Hit>,
    /// By facet, the 50 values found most often, counted with the selections of all *other* facets.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
}

/// A record that matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The record.
    pub record: RecordId,
    /// How well it matches, to compare with other hits of the same answer only. Zero when not sorted by relevance.
    pub score: f32,
    /// The number of the last change of the record here.
    pub changed: u64,
}

/// How many records have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The value, as it was put in the document.
    pub value: String,
    /// The number of records that choosing it finds: of a term, with those of all narrower ones.
    pub count: u64,
    /// Those that carry this very value.
    pub carrying: u64,
}

impl Index {
    /// Opens the index in a folder that it has for itself. An index that is missing, damaged or of another version is begun again,
    /// empty and without progress.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        Self::open_version(folder, VERSION)
    }

    pub(super) fn open_version(folder: &Path, version: u32) -> Result<Self, Fault> {
        let (schema, fields) = Fields::schema();
        let accept = |payload: &str| Payload::read(payload).is_some_and(|it| it.version == version);
        let engine = files::open(folder, &schema, accept)?;
        analysis::register(engine.tokenizers());
        let payload = engine.load_metas()?.payload;
        let progress = payload.and_then(|it| Payload::read(&it)?.progress);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_BYTES_MAX)
            .build();
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        // The lock was just held by `files::open`, and let go of.
        let engine = patiently(
            || engine.writer_with_options(options.clone()),
            |error| matches!(error, TantivyError::LockFailure(LockError::LockBusy, _)),
        );
        let engine = engine.map_err(|error| in_use(folder, error))?;
        let mut policy = LogMergePolicy::default();
        policy.set_max_docs_before_merge(MERGED_MAX);
        engine.set_merge_policy(Box::new(policy));
        // A process that was killed within a commit leaves files of it, whose names the next commit would take again, and fail.
        if let Err(error) = engine.garbage_collect_files().wait() {
            // A full disk, say: the index can be read, and the next start tries again.
            tracing::warn!("old files of the search index are still there: {error}");
        }
        Ok(Self {
            fields,
            version,
            reader,
            writer: Mutex::new(Writer { engine, progress }),
            is_followed: AtomicBool::new(false),
            called: RwLock::new(None),
        })
    }

    /// Learns what terms are called now, and which are wider than others. Cheap when nothing was declared anew.
    pub fn learn(&self, words: &Words) {
        let is_known = |called: &Option<(Words, Arc<Wordings>)>| {
            called.as_ref().is_some_and(|(known, _)| known == words)
        };
        if is_known(&self.called.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let wordings = Arc::new(Wordings::of(words));
        let mut called = self.called.write().unwrap_or_else(PoisonError::into_inner);
        *called = Some((words.clone(), wordings));
    }

    fn wordings(&self) -> Arc<Wordings> {
        let called = self.called.read().unwrap_or_else(PoisonError::into_inner);
        let known = called.as_ref().map(|(_, wordings)| Arc::clone(wordings));
        known.unwrap_or_default()
    }

    /// Returns the counter of the last `apply`, or nothing if the index must be filled from the beginning.
    ///
    /// A caller whose own counter is behind this one has been restored from a backup: it calls [`Index::clear`] and begins again.
    pub fn progress(&self) -> Option<u64> {
        self.writer().progress
    }

    /// Tells whether the index has caught up once since it was opened. Before that, it may know an outline and not yet what lies in it.
    pub(crate) fn is_followed(&self) -> bool {
        self.is_followed.load(Ordering::Acquire)
    }

    /// Notes that it has caught up.
    pub(crate) fn note_followed(&self) {
        self.is_followed.store(true, Ordering::Release);
    }

    /// Takes updates in their order, which [`Self::apply`] puts on disk with its own: until then nothing of them is found, and a stop loses them.
    pub(crate) fn prepare(&self, updates: Vec<Update>) -> Result<(), Fault> {
        let mut writer = self.begin()?;
        if let Err(error) = self.write(&mut writer.engine, updates) {
            writer.engine.rollback()?;
            return Err(error.into());
        }
        Ok(())
    }

    /// Applies updates in their order and remembers the counter, all or nothing. They are on disk and can be found on return.
    pub fn apply(&self, updates: Vec<Update>, progress: u64) -> Result<(), Fault> {
        let mut writer = self.begin()?;
        let applied = self.write(&mut writer.engine, updates);
        self.commit(&mut writer, applied, Some(progress))
    }

    /// Removes everything, the counter included.
    pub fn clear(&self) -> Result<(), Fault> {
        self.is_followed.store(false, Ordering::Release);
        let mut writer = self.begin()?;
        let applied = writer.engine.delete_all_documents().map(drop);
        self.commit(&mut writer, applied, None)
    }

    /// Answers a query from the last commit.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        let terms = query.check()?;
        let searcher = self.reader.searcher();
        // More would only reserve memory.
        let end = (searcher.num_docs() as usize).max(1);
        let start = query.offset.min(end);
        let page = TopDocs::for_doc_range(start..start.saturating_add(query.size).min(end));
        let ask = Ask {
            index: self,
            searcher,
            query,
            terms,
        };
        let record = || (SortByBytes::for_field(RECORD), Order::Asc);
        Ok(match query.sort {
            Sort::Relevance if !ask.terms.terms.is_empty() => {
                let order = ((SortBySimilarityScore, Order::Desc), record());
                ask.answer(page.order_by(order), |(score, record)| (score, record))?
            }
            Sort::Confirmed => {
                let confirmed = SortByStaticFastValue::<i64>::for_field(CONFIRMED);
                let order = ((confirmed, Order::Asc), record());
                ask.answer(page.order_by(order), |(_, record)| (0.0, record))?
            }
            Sort::Newest => {
                let order = (
                    (
                        SortByStaticFastValue::<i64>::for_field(UPDATED),
                        Order::Desc,
                    ),
                    record(),
                );
                ask.answer(page.order_by(order), |(_, record)| (0.0, record))?
            }
            Sort::Name | Sort::Relevance => {
                let order = ((SortByString::for_field(NAME_KEY), Order::Asc), record());
                ask.answer(page.order_by(order), |(_, record)| (0.0, record))?
            }
        })
    }

    /// Returns how many records match, from the last commit. Nothing else is counted, which takes a part of the time of a search.
    pub fn count(&self, query: &Query) -> Result<u64, Error> {
        let terms = query.check()?;
        let called = self.wordings();
        let matching = matching::query(&self.fields, &called, query, &terms);
        let searcher = self.reader.searcher();
        let selection = query.selection();
        if selection.values().all(BTreeSet::is_empty) {
            return Ok(searcher.search(&*matching, &Count)? as u64);
        }
        let collector = Faceted::new(Count, &selection, called);
        Ok(searcher.search(&*matching, &collector)?.total)
    }

    /// Returns all records that match, by their id, from the last commit: one pass, whatever their number.
    pub fn records(&self, query: &Query) -> Result<Vec<RecordId>, Error> {
        let terms = query.check()?;
        let called = self.wordings();
        let matching = matching::query(&self.fields, &called, query, &terms);
        let searcher = self.reader.searcher();
        let collector = Faceted::new(DocSetCollector, &query.selection(), called);
        let places = searcher.search(&*matching, &collector)?.hits;
        Ok(records_at(&searcher, places)?)
    }

    /// Returns all records that carry one of these very values of a facet, withdrawn ones too: looked up, whatever the number of the others.
    pub(crate) fn carrying<'a>(
        &self,
        facet: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<RecordId>, Fault> {
        let keys = values
            .into_iter()
            .filter_map(|value| facet_key(facet, value));
        let keys = keys.map(|key| tantivy::Term::from_field_text(self.fields.facets, &key));
        let keys: Vec<_> = keys.collect();
        let searcher = self.reader.searcher();
        let mut places = HashSet::new();
        // Read where it stands: a query of terms builds an automaton first, which takes longer than all the rest for one or a few.
        for (number, segment) in (0..).zip(searcher.segment_readers()) {
            let inverted = segment.inverted_index(self.fields.facets)?;
            for key in &keys {
                let found = inverted.read_postings(key, IndexRecordOption::Basic);
                let Some(mut found) = found.map_err(TantivyError::from)? else {
                    continue;
                };
                while found.doc() != TERMINATED {
                    if !segment.is_deleted(found.doc()) {
                        places.insert(DocAddress::new(number, found.doc()));
                    }
                    found.advance();
                }
            }
        }
        records_at(&searcher, places)
    }

    /// Returns the last commit, to be read.
    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    fn write(&self, engine: &mut IndexWriter, updates: Vec<Update>) -> tantivy::Result<()> {
        for update in updates {
            let record = match &update {
                Update::Put(document) => document.record,
                Update::Remove(record) => *record,
            };
            engine.delete_term(tantivy::Term::from_field_bytes(
                self.fields.record,
                record.as_bytes(),
            ));
            if let Update::Put(document) = update {
                engine.add_document(self.fields.fill(&document))?;
            }
        }
        Ok(())
    }

    fn commit(
        &self,
        writer: &mut Writer,
        applied: tantivy::Result<()>,
        progress: Option<u64>,
    ) -> Result<(), Fault> {
        let payload = Payload {
            version: self.version,
            progress,
        };
        let committed = applied.and_then(|()| {
            let mut commit = writer.engine.prepare_commit()?;
            commit.set_payload(&payload.write());
            commit.commit()
        });
        if let Err(error) = committed {
            // Nothing of a failed batch may slip into the next commit.
            writer.engine.rollback()?;
            return Err(error.into());
        }
        writer.progress = progress;
        self.reload()
    }

    /// Returns the writer, without what a caller that panicked may have left uncommitted.
    pub(super) fn begin(&self) -> Result<MutexGuard<'_, Writer>, Fault> {
        let abandoned = self.writer.is_poisoned();
        let mut writer = self.writer();
        if abandoned {
            writer.engine.rollback()?;
            self.writer.clear_poison();
        }
        Ok(writer)
    }

    /// Shows the last commit to searches.
    pub(super) fn reload(&self) -> Result<(), Fault> {
        Ok(self.reader.reload()?)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ask<'a> {
    index: &'a Index,
    searcher: Searcher,
    query: &'a Query,
    terms: Terms,
}

impl Ask<'_> {
    fn answer<K: 'static, C>(
        &self,
        page: C,
        split: impl Fn(K) -> (f32, Option<Vec<u8>>),
    ) -> tantivy::Result<Answer>
    where
        C: Collector<Fruit = Vec<(K, DocAddress)>>,
    {
        let called = self.index.wordings();
        let matching = matching::query(&self.index.fields, &called, self.query, &self.terms);
        let collector = Faceted::new(page, &self.query.selection(), called);
        let Counted {
            hits,
            total,
            mut facets,
        } = self.searcher.search(&*matching, &collector)?;
        let told = facets.remove(WITHDRAWN_FACET).unwrap_or_default();
        let withdrawn = told.into_iter().find(|it| it.value == IS_WITHDRAWN);
        let mut found = Vec::with_capacity(hits.len());
        for (key, place) in hits {
            let (score, record) = split(key);
            if let Some(record) = record.and_then(|bytes| RecordId::from_slice(&bytes)) {
                found.push(Hit {
                    record,
                    score,
                    changed: self.changed(place)?,
                });
            }
        }
        Ok(Answer {
            total,
            withdrawn: withdrawn.map_or(0, |it| it.count),
            hits: found,
            facets,
        })
    }

    fn changed(&self, place: DocAddress) -> tantivy::Result<u64> {
        let segment = self.searcher.segment_reader(place.segment_ord);
        let changed = segment.fast_fields().i64(UPDATED)?.first(place.doc_id);
        Ok(changed.and_then(|it| u64::try_from(it).ok()).unwrap_or(0))
    }
}

/// Returns the records of documents, by their id.
fn records_at(searcher: &Searcher, places: HashSet<DocAddress>) -> Result<Vec<RecordId>, Fault> {
    let mut records = Vec::with_capacity(places.len());
    let mut by_segment: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for place in places {
        by_segment
            .entry(place.segment_ord)
            .or_default()
            .push(place.doc_id);
    }
    for (segment, documents) in by_segment {
        let fast = searcher.segment_reader(segment).fast_fields();
        let Some(column) = fast.bytes(RECORD)? else {
            continue;
        };
        let ordinals = documents
            .into_iter()
            .flat_map(|document| column.term_ords(document));
        let mut ordinals: Vec<u64> = ordinals.collect();
        ordinals.sort_unstable();
        let dictionary = column.dictionary();
        let read = dictionary.sorted_ords_to_term_cb(&ordinals, |bytes| {
            records.extend(RecordId::from_slice(bytes));
        });
        read.map_err(TantivyError::from)?;
    }
    records.sort_unstable();
    Ok(records)
}

fn in_use(folder: &Path, error: TantivyError) -> Fault {
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => Fault::InUse {
            folder: folder.to_owned(),
        },
        other => other.into(),
    }
}

/// What a commit says beside its documents.
struct Payload {
    version: u32,
    progress: Option<u64>,
}

impl Payload {
    fn read(text: &str) -> Option<Self> {
        let (version, progress) = text.split_once(' ')?;
        let version = version.parse().ok()?;
        let progress = match progress {
            "-" => None,
            number => Some(number.parse().ok()?),
        };
        Some(Self { version, progress })
    }

    fn write(&self) -> String {
        match self.progress {
            Some(progress) => format!("{} {progress}", self.version),
            None => format!("{} -", self.version),
        }
    }
}

/// Segments of more documents are merged no further: what a merge holds in memory then does not grow with the census, and a search looks at
/// one segment for so many records.
const MERGED_MAX: usize = 100_000;
/// The memory of the one indexing thread: a fifth of the 250 MB that a node of 100,000 records may take.
const WRITER_BYTES_MAX: usize = 48 * 1024 * 1024;
