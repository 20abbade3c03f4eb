//! Records that share a block: those of one record, and all blocks that hold more than one, in the order of their numbers.
//!
//! A block that is fuller than [`BLOCK_RECORDS_MAX`] is passed over. Removed documents count towards it until their segment is merged.

use std::collections::BTreeSet;
use std::sync::Arc;

use crdt_schema::id::RecordId;
use crdt_schema::likeness::{BLOCK_RECORDS_MAX, Block};
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::termdict::{TermMerger, TermStreamer};
use tantivy::{DocSet, InvertedIndexReader, Searcher, SegmentReader, TERMINATED, Term};

use super::error::Fault;
use super::index::Index;
use super::schema::RECORD;

/// Blocks that are passed in one call: some tens of milliseconds of reading.
const PASSED_MAX: usize = 2_000_000;

/// A block and the records in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedBlock {
    /// The block.
    pub block: Block,
    /// Its records, two at least.
    pub records: BTreeSet<RecordId>,
}

/// The blocks as they were at one commit of the index.
pub struct Blocks<'a> {
    index: &'a Index,
    searcher: Searcher,
}

impl Index {
    /// Looks at the blocks as they are now.
    pub fn blocks(&self) -> Blocks<'_> {
        Blocks {
            index: self,
            searcher: self.searcher(),
        }
    }
}

impl Blocks<'_> {
    /// Returns whether a block has few enough records to compare them.
    pub fn is_open(&self, block: Block) -> Result<bool, Fault> {
        Ok(self.size(block)? <= BLOCK_RECORDS_MAX)
    }

    /// Returns the records that share an open block with these.
    pub fn near(&self, blocks: &BTreeSet<Block>) -> Result<BTreeSet<RecordId>, Fault> {
        let mut found = BTreeSet::new();
        for block in blocks {
            if self.is_open(*block)? {
                self.members(*block, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Returns records that share an open block with these, those of the smallest blocks first, until there are so many.
    pub fn nearest(
        &self,
        blocks: &BTreeSet<Block>,
        records_min: usize,
    ) -> Result<BTreeSet<RecordId>, Fault> {
        let mut sizes = Vec::new();
        for block in blocks {
            let size = self.size(*block)?;
            if (1..=BLOCK_RECORDS_MAX).contains(&size) {
                sizes.push((size, *block));
            }
        }
        sizes.sort_unstable();
        let mut found = BTreeSet::new();
        for (_, block) in sizes {
            if found.len() >= records_min {
                break;
            }
            self.members(block, &mut found)?;
        }
        Ok(found)
    }

    /// Calls `visit` with every open block from this one on that holds two records or more, until it says to stop. Returns the block
    /// from which to go on; `None` at the end.
    pub fn each_shared<E: From<Fault>>(
        &self,
        from: Block,
        mut visit: impl FnMut(SharedBlock) -> Result<bool, E>,
    ) -> Result<Option<Block>, E> {
        let indexes = self.indexes().map_err(Fault::from)?;
        let streams = streams(&indexes, &self.term(from)).map_err(Fault::from)?;
        let mut merged = TermMerger::new(streams);
        let mut passed = 0;
        while merged.advance() {
            let Some(block) = block_of(merged.key()) else {
                continue;
            };
            if passed == PASSED_MAX {
                return Ok(Some(block));
            }
            passed += 1;
            let infos: Vec<(usize, TermInfo)> =
                merged.current_segment_ords_and_term_infos().collect();
            let held: u32 = infos.iter().map(|(_, info)| info.doc_freq).sum();
            if !(2..=BLOCK_RECORDS_MAX).contains(&held) {
                continue;
            }
            let mut records = BTreeSet::new();
            for (segment, info) in &infos {
                let segment = &self.searcher.segment_readers()[*segment];
                self.read(segment, info, &mut records)
                    .map_err(Fault::from)?;
            }
            if records.len() > 1 && !visit(SharedBlock { block, records })? {
                return Ok(Some(Block(block.0.saturating_add(1))));
            }
        }
        Ok(None)
    }

    fn term(&self, block: Block) -> Term {
        Term::from_field_u64(self.index.fields().blocks, block.0)
    }

    fn indexes(&self) -> tantivy::Result<Vec<Arc<InvertedIndexReader>>> {
        let segments = self.searcher.segment_readers().iter();
        segments
            .map(|segment| segment.inverted_index(self.index.fields().blocks))
            .collect()
    }

    fn size(&self, block: Block) -> tantivy::Result<u32> {
        let term = self.term(block);
        let mut records = 0;
        for index in self.indexes()? {
            records += index.doc_freq(&term)?;
        }
        Ok(records)
    }

    fn members(&self, block: Block, found: &mut BTreeSet<RecordId>) -> tantivy::Result<()> {
        let term = self.term(block);
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.index.fields().blocks)?;
            if let Some(info) = index.get_term_info(&term)? {
                self.read(segment, &info, found)?;
            }
        }
        Ok(())
    }

    fn read(
        &self,
        segment: &SegmentReader,
        info: &TermInfo,
        found: &mut BTreeSet<RecordId>,
    ) -> tantivy::Result<()> {
        let Some(column) = segment.fast_fields().bytes(RECORD)? else {
            return Ok(());
        };
        let index = segment.inverted_index(self.index.fields().blocks)?;
        let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let mut bytes = Vec::new();
        let mut document = postings.doc();
        while document != TERMINATED {
            if !segment.is_deleted(document) {
                for ordinal in column.term_ords(document) {
                    bytes.clear();
                    column.ord_to_bytes(ordinal, &mut bytes)?;
                    found.extend(RecordId::from_slice(&bytes));
                }
            }
            document = postings.advance();
        }
        Ok(())
    }
}

fn streams<'i>(
    indexes: &'i [Arc<InvertedIndexReader>],
    from: &Term,
) -> tantivy::Result<Vec<TermStreamer<'i>>> {
    let from = from.serialized_value_bytes();
    let mut streams = Vec::with_capacity(indexes.len());
    for index in indexes {
        streams.push(index.terms().range().ge(from).into_stream()?);
    }
    Ok(streams)
}

fn block_of(key: &[u8]) -> Option<Block> {
    Some(Block(u64::from_be_bytes(*key.first_chunk()?)))
}
