//! The operations of an edit, their bytes, and the rules that an edit must keep.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::id::RecordId;
use crate::limits::{FIELD_BYTES_MAX, OPERATIONS_MAX, TEXT_BYTES_MAX, VALUE_BYTES_MAX};

/// The content of an edit: its operations, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(pub Vec<Operation>);

/// One change of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Puts a value in the place of all values in sight.
    Put {
        /// The field.
        field: String,
        /// The value.
        value: Value,
    },
    /// Takes away the value, the terms and the text that are in sight.
    Clear {
        /// The field.
        field: String,
    },
    /// Adds a term to the set.
    Add {
        /// The field.
        field: String,
        /// The term.
        term: String,
    },
    /// Removes a term, as far as it is in sight.
    Remove {
        /// The field.
        field: String,
        /// The term.
        term: String,
    },
    /// Changes a long text. Position and count are in Unicode scalar values, and are clamped to the text that is there.
    Splice {
        /// The field.
        field: String,
        /// Where the change starts.
        position: u64,
        /// How many characters after the insertion go.
        deleted: u64,
        /// What is inserted.
        inserted: String,
    },
}

/// A typed value. Two values are the same when type and content are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A text of at most 16 KiB.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `mantissa` × 10^−`scale`, without trailing zeros after the point; at most 18 digits after it.
    Decimal {
        /// The digits.
        mantissa: i64,
        /// How many of them stand after the point.
        scale: u8,
    },
    /// Yes or no.
    Boolean(bool),
    /// A civil date, `AAAA-MM-JJ`.
    Date(String),
    /// Milliseconds since 1970, UTC.
    Instant(i64),
    /// A place, in 1e-7 degrees (WGS 84).
    Point {
        /// Latitude, north positive.
        latitude_e7: i32,
        /// Longitude, east positive.
        longitude_e7: i32,
    },
    /// A term of a vocabulary, by its code.
    Term(String),
    /// A link to another record.
    Record(RecordId),
}

/// The rule that an edit breaks. It is kept with this reason, and counts as empty, on every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// More ids than a base may hold.
    #[error("base too long")]
    BaseTooLong,
    /// The ids of the base do not rise.
    #[error("base not sorted and distinct")]
    BaseNotSorted,
    /// A creation stands on nothing.
    #[error("creation with a base")]
    CreationWithBase,
    /// Only a creation stands on nothing.
    #[error("no base and no creation")]
    NoBaseNoCreation,
    /// The record's id is not the hash of what the creation says.
    #[error("creation of another record")]
    CreationOfAnotherRecord,
    /// The base names an edit of another record.
    #[error("base of another record")]
    BaseOfAnotherRecord,
    /// Nothing that the edit stands on creates the record.
    #[error("no creation in its past")]
    NoCreationInItsPast,
    /// The bytes of the content are not operations.
    #[error("content that cannot be read")]
    Unreadable,
    /// The edit changes nothing.
    #[error("no operation")]
    NoOperation,
    /// More operations than an edit may hold.
    #[error("too many operations")]
    TooManyOperations,
    /// A field's name is too long.
    #[error("field name too long")]
    FieldNameTooLong,
    /// A text value or a term is too long.
    #[error("value too long")]
    ValueTooLong,
    /// All the insertions together are too long.
    #[error("text too long")]
    TextTooLong,
}

impl Content {
    /// Reads the content of an edit and checks what it can break by itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        let content: Self = cbor::decode_exact(bytes).map_err(|_| Invalid::Unreadable)?;
        content.check()?;
        Ok(content)
    }

    /// Returns the first rule that the operations break.
    pub fn check(&self) -> Result<(), Invalid> {
        let operations = &self.0;
        if operations.is_empty() {
            return Err(Invalid::NoOperation);
        }
        if operations.len() > OPERATIONS_MAX {
            return Err(Invalid::TooManyOperations);
        }
        if operations
            .iter()
            .any(|operation| operation.field().len() > FIELD_BYTES_MAX)
        {
            return Err(Invalid::FieldNameTooLong);
        }
        if operations
            .iter()
            .any(|operation| operation.value_bytes() > VALUE_BYTES_MAX)
        {
            return Err(Invalid::ValueTooLong);
        }
        if operations
            .iter()
            .map(Operation::inserted_bytes)
            .sum::<usize>()
            > TEXT_BYTES_MAX
        {
            return Err(Invalid::TextTooLong);
        }
        Ok(())
    }
}

impl Operation {
    /// Returns the field that is changed.
    pub fn field(&self) -> &str {
        match self {
            Operation::Put { field, .. }
            | Operation::Clear { field }
            | Operation::Add { field, .. }
            | Operation::Remove { field, .. }
            | Operation::Splice { field, .. } => field,
        }
    }

    fn value_bytes(&self) -> usize {
        match self {
            Operation::Put {
                value: Value::Text(text) | Value::Term(text),
                ..
            } => text.len(),
            Operation::Add { term, .. } | Operation::Remove { term, .. } => term.len(),
            _ => 0,
        }
    }

    fn inserted_bytes(&self) -> usize {
        match self {
            Operation::Splice { inserted, .. } => inserted.len(),
            _ => 0,
        }
    }
}

impl Value {
    /// Builds a decimal in its one writing: no zero at the end of what stands after the point.
    pub fn decimal(mut mantissa: i64, mut scale: u8) -> Self {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Value::Decimal { mantissa, scale }
    }

    /// Returns the stable name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "integer",
            Value::Decimal { .. } => "decimal",
            Value::Boolean(_) => "boolean",
            Value::Date(_) => "date",
            Value::Instant(_) => "instant",
            Value::Point { .. } => "point",
            Value::Term(_) => "term",
            Value::Record(_) => "record",
        }
    }
}

impl Wire for Content {
    fn encode(&self, to: &mut Writer) {
        to.list(&self.0);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::list(from).map(Self)
    }
}

impl Wire for Operation {
    fn encode(&self, to: &mut Writer) {
        match self {
            Operation::Put { field, value } => to.array(3).unsigned(0).text(field).value(value),
            Operation::Clear { field } => to.array(2).unsigned(1).text(field),
            Operation::Add { field, term } => to.array(3).unsigned(2).text(field).text(term),
            Operation::Remove { field, term } => to.array(3).unsigned(3).text(field).text(term),
            Operation::Splice {
                field,
                position,
                deleted,
                inserted,
            } => {
                to.array(5).unsigned(4).text(field);
                to.unsigned(*position).unsigned(*deleted).text(inserted)
            }
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let len = cbor::array(from)?;
        let code = from.u8()?;
        let field = key_text(from)?;
        Ok(match (code, len) {
            (0, 3) => Operation::Put {
                field,
                value: Value::decode(from)?,
            },
            (1, 2) => Operation::Clear { field },
            (2, 3) => Operation::Add {
                field,
                term: key_text(from)?,
            },
            (3, 3) => Operation::Remove {
                field,
                term: key_text(from)?,
            },
            (4, 5) => Operation::Splice {
                field,
                position: from.u64()?,
                deleted: from.u64()?,
                inserted: cbor::text(from)?,
            },
            _ => return Err(CborError::Malformed),
        })
    }
}

impl Wire for Value {
    fn encode(&self, to: &mut Writer) {
        match self {
            Value::Text(text) => to.array(2).unsigned(0).text(text),
            Value::Integer(value) => to.array(2).unsigned(1).integer(*value),
            Value::Decimal { mantissa, scale } => to
                .array(3)
                .unsigned(2)
                .integer(*mantissa)
                .unsigned(u64::from(*scale)),
            Value::Boolean(value) => to.array(2).unsigned(3).boolean(*value),
            Value::Date(date) => to.array(2).unsigned(4).text(date),
            Value::Instant(millis) => to.array(2).unsigned(5).integer(*millis),
            Value::Point {
                latitude_e7,
                longitude_e7,
            } => to
                .array(3)
                .unsigned(6)
                .integer((*latitude_e7).into())
                .integer((*longitude_e7).into()),
            Value::Term(term) => to.array(2).unsigned(7).text(term),
            Value::Record(record) => to.array(2).unsigned(8).bytes(record.as_bytes()),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let len = cbor::array(from)?;
        Ok(match (from.u8()?, len) {
            (0, 2) => Value::Text(cbor::text(from)?),
            (1, 2) => Value::Integer(from.i64()?),
            (2, 3) => decimal(from.i64()?, from.u8()?)?,
            (3, 2) => Value::Boolean(from.bool()?),
            (4, 2) => Value::Date(date(cbor::text(from)?)?),
            (5, 2) => Value::Instant(from.i64()?),
            (6, 3) => point(from.i32()?, from.i32()?)?,
            (7, 2) => Value::Term(key_text(from)?),
            (8, 2) => Value::Record(RecordId::from_bytes(cbor::fixed_bytes(from)?)),
            _ => return Err(CborError::Malformed),
        })
    }
}

/// Reads a text that becomes a key of the document: automerge takes empty keys and NUL, we do not.
fn key_text(from: &mut Decoder<'_>) -> Result<String, CborError> {
    let text = cbor::text(from)?;
    if text.is_empty() || text.contains('\0') {
        Err(CborError::Malformed)
    } else {
        Ok(text)
    }
}

fn decimal(mantissa: i64, scale: u8) -> Result<Value, CborError> {
    let is_shortest = scale == 0 || mantissa % 10 != 0;
    if scale > DECIMAL_SCALE_MAX || !is_shortest {
        return Err(CborError::NotDeterministic);
    }
    Ok(Value::Decimal { mantissa, scale })
}

/// Reads a date of the calendar. The shape is checked here: the library also reads other writings, and may read more of them one
/// day, but what is valid must never change.
fn date(text: String) -> Result<String, CborError> {
    let has_shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if has_shape && text.parse::<jiff::civil::Date>().is_ok() {
        Ok(text)
    } else {
        Err(CborError::Malformed)
    }
}

fn point(latitude_e7: i32, longitude_e7: i32) -> Result<Value, CborError> {
    let is_on_earth =
        latitude_e7.unsigned_abs() <= 900_000_000 && longitude_e7.unsigned_abs() <= 1_800_000_000;
    if is_on_earth {
        Ok(Value::Point {
            latitude_e7,
            longitude_e7,
        })
    } else {
        Err(CborError::Malformed)
    }
}

/// Digits after the point of a decimal: what `i64` can hold.
const DECIMAL_SCALE_MAX: u8 = 18;
