//! One column of rows that wait for their row group.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::Type;

use super::cell::{Cell, Typed};

/// A column and what waits in it. A place is two columns of the file, which always say as much.
pub(super) struct Column {
    name: String,
    typed: Typed,
    leaves: Vec<Leaf>,
}

/// Values without the gaps, and for each place of the column how much of it is there.
struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    /// Of a list only: 0 starts a row, 1 goes on.
    repetitions: Option<Vec<i16>>,
}

enum Values {
    Booleans(Vec<bool>),
    Days(Vec<i32>),
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
    Wholes(Vec<i64>),
}

impl Column {
    pub(super) fn new(name: &str, typed: Typed) -> Self {
        let texts = || Values::Texts(Vec::new());
        let numbers = || Values::Numbers(Vec::new());
        let values = match typed {
            Typed::Boolean => vec![Values::Booleans(Vec::new())],
            Typed::Date => vec![Values::Days(Vec::new())],
            Typed::Instant | Typed::Integer => vec![Values::Wholes(Vec::new())],
            Typed::List | Typed::Text => vec![texts()],
            Typed::Number => vec![numbers()],
            Typed::Point => vec![numbers(), numbers()],
        };
        let leaf = |values| Leaf {
            values,
            definitions: Vec::new(),
            repetitions: (typed == Typed::List).then(Vec::new),
        };
        Self {
            name: name.to_owned(),
            typed,
            leaves: values.into_iter().map(leaf).collect(),
        }
    }

    pub(super) fn typed(&self) -> Typed {
        self.typed
    }

    /// Returns the type of the column, as the file declares it: everything may be missing.
    pub(super) fn schema(&self) -> Result<Arc<Type>> {
        let (name, optional) = (self.name.as_str(), Repetition::OPTIONAL);
        let one = |physical, logical| leaf(name, physical, logical, optional);
        match self.typed {
            Typed::Boolean => one(Physical::BOOLEAN, None),
            Typed::Date => one(Physical::INT32, Some(LogicalType::Date)),
            Typed::Instant => {
                let instant = LogicalType::timestamp(true, TimeUnit::MILLIS);
                one(Physical::INT64, Some(instant))
            }
            Typed::Integer => one(Physical::INT64, None),
            Typed::List => list(name),
            Typed::Number => one(Physical::DOUBLE, None),
            Typed::Point => {
                let degrees = |name| leaf(name, Physical::DOUBLE, None, Repetition::REQUIRED);
                group(name, vec![degrees("latitude")?, degrees("longitude")?])
            }
            Typed::Text => one(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        }
    }

    /// Adds the cell of a row, and returns about how many bytes it takes.
    pub(super) fn push(&mut self, cell: Cell) -> usize {
        match (&mut self.leaves[..], cell) {
            ([leaf], Cell::List(terms)) => leaf.list(terms),
            ([latitude, longitude], Cell::Point(north, east)) => {
                latitude.one(Cell::Number(north)) + longitude.one(Cell::Number(east))
            }
            ([leaf], cell) => leaf.one(cell),
            (leaves, _) => leaves.iter_mut().map(|leaf| leaf.one(Cell::Empty)).sum(),
        }
    }

    /// Writes what waits as the next columns of the group, and forgets it.
    pub(super) fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        self.leaves
            .iter_mut()
            .try_for_each(|leaf| leaf.write(group))
    }
}

impl Leaf {
    fn level(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        if let Some(repetitions) = &mut self.repetitions {
            repetitions.push(repetition);
        }
    }

    /// Adds a value; a gap where there is none.
    fn one(&mut self, cell: Cell) -> usize {
        let mut size_bytes = PLACE_BYTES;
        match (&mut self.values, cell) {
            (Values::Booleans(values), Cell::Boolean(yes)) => values.push(yes),
            (Values::Days(values), Cell::Date(days)) => values.push(days),
            (Values::Numbers(values), Cell::Number(number)) => values.push(number),
            (Values::Texts(values), Cell::Text(text)) => {
                size_bytes += text.len();
                values.push(ByteArray::from(text.into_bytes()));
            }
            (Values::Wholes(values), Cell::Instant(whole) | Cell::Integer(whole)) => {
                values.push(whole);
            }
            _ => {
                self.level(0, 0);
                return LEVEL_BYTES;
            }
        }
        self.level(1, 0);
        size_bytes
    }

    /// Adds a list: 1 says that it is there and empty, 2 that a term is.
    fn list(&mut self, terms: Vec<String>) -> usize {
        if terms.is_empty() {
            self.level(1, 0);
        }
        let mut size_bytes = LEVEL_BYTES;
        for (place, term) in terms.into_iter().enumerate() {
            self.level(2, i16::from(place > 0));
            size_bytes += term.len() + PLACE_BYTES;
            if let Values::Texts(values) = &mut self.values {
                values.push(ByteArray::from(term.into_bytes()));
            }
        }
        size_bytes
    }

    fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        match &self.values {
            Values::Booleans(values) => self.send::<BoolType, W>(values, group)?,
            Values::Days(values) => self.send::<Int32Type, W>(values, group)?,
            Values::Numbers(values) => self.send::<DoubleType, W>(values, group)?,
            Values::Texts(values) => self.send::<ByteArrayType, W>(values, group)?,
            Values::Wholes(values) => self.send::<Int64Type, W>(values, group)?,
        }
        self.values.clear();
        self.definitions.clear();
        if let Some(repetitions) = &mut self.repetitions {
            repetitions.clear();
        }
        Ok(())
    }

    fn send<T: DataType, W: Write + Send>(
        &self,
        values: &[T::T],
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let missing = || ParquetError::General("more columns than the file declares".to_owned());
        let mut column = group.next_column()?.ok_or_else(missing)?;
        let repetitions = self.repetitions.as_deref();
        column
            .typed::<T>()
            .write_batch(values, Some(&self.definitions), repetitions)?;
        column.close()
    }
}

impl Values {
    fn clear(&mut self) {
        match self {
            Values::Booleans(values) => values.clear(),
            Values::Days(values) => values.clear(),
            Values::Numbers(values) => values.clear(),
            Values::Texts(values) => values.clear(),
            Values::Wholes(values) => values.clear(),
        }
    }
}

fn leaf(
    name: &str,
    physical: Physical,
    logical: Option<LogicalType>,
    repetition: Repetition,
) -> Result<Arc<Type>> {
    let leaf = Type::primitive_type_builder(name, physical);
    let leaf = leaf.with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(leaf.build()?))
}

fn group(name: &str, fields: Vec<Arc<Type>>) -> Result<Arc<Type>> {
    let group = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(group.with_fields(fields).build()?))
}

/// A list in the three levels that the format asks for.
fn list(name: &str) -> Result<Arc<Type>> {
    let text = Some(LogicalType::String);
    let element = leaf("element", Physical::BYTE_ARRAY, text, Repetition::REQUIRED)?;
    let each = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
    let each = each.with_fields(vec![element]).build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST);
    Ok(Arc::new(list.with_fields(vec![Arc::new(each)]).build()?))
}

/// What a value takes beside its text: a pointer or a number, and its levels.
const PLACE_BYTES: usize = 40;

/// What a gap takes: its two levels.
const LEVEL_BYTES: usize = 4;
