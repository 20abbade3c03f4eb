//! Records as Parquet: one file for one kind, with the columns of the CSV. Dates, numbers, places and sets are typed.
//!
//! Rows wait in memory until they make a row group. A column is typed when each of its values can be; what a newer node wrote into a
//! field otherwise makes that column one of texts, so that nothing is left out.

mod cell;
mod column;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use crdt_schema::record::Kind;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use self::cell::{Cell, Typed, cell};
use self::column::Column;
use crate::export::Reach;
use crate::export::fields::{Fields, extras};
use crate::export::labels::{LABELS, LabelsSaid};

/// What a first look at the records says of the columns: which extra fields there are, and which columns cannot be typed.
pub struct Seen {
    kind: &'static Kind,
    extras: BTreeSet<String>,
    untyped: BTreeSet<&'static str>,
}

impl Seen {
    /// Starts without any record.
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            extras: BTreeSet::new(),
            untyped: BTreeSet::new(),
        }
    }

    /// Looks at one record.
    pub fn record(&mut self, view: &RecordView) {
        self.extras.extend(extras(self.kind, [view]));
        for field in self.kind.fields() {
            if cell(Typed::of(field), Some(field), view.field(field.name)).is_none() {
                self.untyped.insert(field.name);
            }
        }
    }
}

/// A Parquet file that is being written.
pub struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    fields: Fields,
    columns: Vec<Column>,
    labels: LabelsSaid,
    rows: usize,
    size_bytes: usize,
}

impl<W: Write + Send> Parquet<W> {
    /// Starts a file: the record, the fields of the kind, the extra fields, the labels, and which fields have conflicts.
    pub fn new(out: W, seen: &Seen, reach: Reach, words: &Words) -> io::Result<Self> {
        let fields = Fields::of(seen.kind, &seen.extras, reach, words);
        let mut columns = vec![Column::new(RECORD, Typed::Text)];
        for field in &fields.declared {
            let is_typed = !seen.untyped.contains(field.name);
            let typed = if is_typed {
                Typed::of(field)
            } else {
                Typed::Text
            };
            columns.push(Column::new(field.name, typed));
        }
        let mut taken: BTreeSet<_> = fields.names().map(str::to_owned).collect();
        for name in &fields.extras {
            // Readers refuse two columns of one name.
            let mut name = name.clone();
            while [RECORD, LABELS, CONFLICTS].contains(&name.as_str()) {
                name.push('_');
                while !taken.insert(name.clone()) {
                    name.push('_');
                }
            }
            columns.push(Column::new(&name, Typed::Text));
        }
        columns.push(Column::new(LABELS, Typed::List));
        columns.push(Column::new(CONFLICTS, Typed::List));
        Ok(Self {
            writer: SerializedFileWriter::new(out, schema(&columns)?, properties()?)?,
            fields,
            columns,
            labels: LabelsSaid::default(),
            rows: 0,
            size_bytes: 0,
        })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelsSaid) -> Self {
        self.labels = labels;
        self
    }

    /// Writes one record.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        let mut cells = vec![Some(Cell::Text(view.record.to_string()))];
        let declared = self.fields.declared.iter().zip(&self.columns[1..]);
        cells.extend(
            declared
                .map(|(field, column)| cell(column.typed(), Some(field), view.field(field.name))),
        );
        let extras = self.fields.extras.iter();
        cells.extend(extras.map(|name| cell(Typed::Text, None, view.field(name))));
        cells.push(Some(Cell::List(self.labels.codes(&view.record))));
        let conflicts = self.fields.conflicts(view);
        let conflicts = conflicts.into_iter().map(str::to_owned).collect();
        cells.push(Some(Cell::List(conflicts)));
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            let cell = cell.ok_or_else(|| io::Error::other("a record that was not looked at"))?;
            self.size_bytes += column.push(cell);
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS_MAX || self.size_bytes >= GROUP_BYTES_MAX {
            self.write_group()?;
        }
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.rows > 0 {
            self.write_group()?;
        }
        Ok(self.writer.into_inner()?)
    }

    fn write_group(&mut self) -> io::Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close()?;
        (self.rows, self.size_bytes) = (0, 0);
        Ok(())
    }
}

fn schema(columns: &[Column]) -> io::Result<Arc<Type>> {
    let fields = columns.iter().map(Column::schema);
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let root = Type::group_type_builder("schema").with_fields(fields);
    Ok(Arc::new(root.build()?))
}

fn properties() -> io::Result<Arc<WriterProperties>> {
    let compression = Compression::ZSTD(ZstdLevel::try_new(COMPRESSION_LEVEL)?);
    let properties = WriterProperties::builder().set_compression(compression);
    Ok(Arc::new(properties.build()))
}

const RECORD: &str = "record";
const CONFLICTS: &str = "conflicts";

/// What waits in memory: a census of 10,000 records is one group, which readers like best; long texts make groups of fewer rows.
const GROUP_ROWS_MAX: usize = 10_000;
const GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What zstd takes by itself: twice as small as without, and as fast as the disk.
const COMPRESSION_LEVEL: i32 = 3;
