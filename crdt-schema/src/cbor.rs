//! Deterministic CBOR (RFC 8949, section 4.2.1): definite lengths, shortest integers, maps with sorted text keys, no float, no
//! tag, no trailing byte. One value has one writing: `encode(decode(x)) == x`, which `decode_exact` checks on every input.

use std::collections::BTreeMap;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use crate::limits::CBOR_DEPTH_MAX;

/// Bytes that are not the deterministic CBOR of what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// Not CBOR, cut short, or of another shape than expected.
    #[error("not the expected CBOR")]
    Malformed,
    /// The same value has a shorter or better ordered writing, or bytes follow it.
    #[error("CBOR that is not in its one deterministic form")]
    NotDeterministic,
    /// Lists and maps are nested too deep.
    #[error("CBOR nested deeper than {CBOR_DEPTH_MAX} levels")]
    TooDeep,
}

impl From<minicbor::decode::Error> for CborError {
    fn from(_: minicbor::decode::Error) -> Self {
        CborError::Malformed
    }
}

/// Something with one CBOR writing.
pub trait Wire: Sized {
    /// Writes the value.
    fn encode(&self, to: &mut Writer);

    /// Reads the value. The caller checks that the writing is deterministic.
    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError>;

    /// Returns the bytes of the value.
    fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.encode(&mut writer);
        writer.into_bytes()
    }
}

/// Reads a value that takes all the bytes, and refuses any writing but the deterministic one.
pub fn decode_exact<T: Wire>(bytes: &[u8]) -> Result<T, CborError> {
    let mut decoder = Decoder::new(bytes);
    let value = T::decode(&mut decoder)?;
    if decoder.position() != bytes.len() || value.to_cbor() != bytes {
        return Err(CborError::NotDeterministic);
    }
    Ok(value)
}

/// Writes CBOR to memory, which cannot fail.
pub struct Writer(Encoder<Vec<u8>>);

impl Default for Writer {
    fn default() -> Self {
        Self(Encoder::new(Vec::new()))
    }
}

impl Writer {
    /// Starts a list of `len` values.
    pub fn array(&mut self, len: usize) -> &mut Self {
        self.0.array(len as u64).expect(IN_MEMORY);
        self
    }

    /// Starts a map of `len` keys, each followed by its value. The caller writes the keys sorted.
    pub fn map(&mut self, len: usize) -> &mut Self {
        self.0.map(len as u64).expect(IN_MEMORY);
        self
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.bytes(bytes).expect(IN_MEMORY);
        self
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.str(text).expect(IN_MEMORY);
        self
    }

    /// Writes an unsigned integer.
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        self.0.u64(value).expect(IN_MEMORY);
        self
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) -> &mut Self {
        self.0.i64(value).expect(IN_MEMORY);
        self
    }

    /// Writes a boolean.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.0.bool(value).expect(IN_MEMORY);
        self
    }

    /// Writes the absence of a value.
    pub fn null(&mut self) -> &mut Self {
        self.0.null().expect(IN_MEMORY);
        self
    }

    /// Writes a value that knows how.
    pub fn value<T: Wire>(&mut self, value: &T) -> &mut Self {
        value.encode(self);
        self
    }

    /// Writes a list of values.
    pub fn list<T: Wire>(&mut self, values: &[T]) -> &mut Self {
        self.array(values.len());
        for value in values {
            value.encode(self);
        }
        self
    }

    /// Returns what was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

/// Reads the start of a list, and returns its length. Nothing is allocated from it: a list of four billion is refused when its
/// first missing value is read.
pub fn array(from: &mut Decoder<'_>) -> Result<u64, CborError> {
    from.array()?.ok_or(CborError::NotDeterministic)
}

/// Reads the start of a list of exactly `len` values.
pub fn array_of(from: &mut Decoder<'_>, len: u64) -> Result<(), CborError> {
    if array(from)? == len {
        Ok(())
    } else {
        Err(CborError::Malformed)
    }
}

/// Reads a list of values.
pub fn list<T: Wire>(from: &mut Decoder<'_>) -> Result<Vec<T>, CborError> {
    let len = array(from)?;
    let mut values = Vec::new();
    for _ in 0..len {
        values.push(T::decode(from)?);
    }
    Ok(values)
}

/// Reads a byte string of exactly `N` bytes.
pub fn fixed_bytes<const N: usize>(from: &mut Decoder<'_>) -> Result<[u8; N], CborError> {
    from.bytes()?.try_into().map_err(|_| CborError::Malformed)
}

/// Reads a text.
pub fn text(from: &mut Decoder<'_>) -> Result<String, CborError> {
    Ok(from.str()?.to_owned())
}

/// Reads `null`, or a value.
pub fn optional<'b, T>(
    from: &mut Decoder<'b>,
    read: impl FnOnce(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<Option<T>, CborError> {
    if from.datatype()? == Type::Null {
        from.null()?;
        return Ok(None);
    }
    read(from).map(Some)
}

/// Any deterministic CBOR: what statements say, the bodies of acts, and items of a later version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer of 64 bits.
    Integer(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// Values in their order.
    List(Vec<Tree>),
    /// Values by name. Written by length of the key's UTF-8, then bytes, as the standard asks.
    Map(BTreeMap<String, Tree>),
}

impl Tree {
    /// Builds a map.
    pub fn map<const N: usize>(pairs: [(&str, Tree); N]) -> Self {
        Tree::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// Builds a text.
    pub fn text(text: &str) -> Self {
        Tree::Text(text.to_owned())
    }

    /// Returns the value under a key, when this is a map that has it.
    pub fn at(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Map(pairs) => pairs.get(key),
            _ => None,
        }
    }

    /// Returns the text, when this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    fn read(from: &mut Decoder<'_>, depth: usize) -> Result<Self, CborError> {
        if depth > CBOR_DEPTH_MAX {
            return Err(CborError::TooDeep);
        }
        Ok(match from.datatype()? {
            Type::Null => {
                from.null()?;
                Tree::Null
            }
            Type::Bool => Tree::Boolean(from.bool()?),
            Type::Bytes => Tree::Bytes(from.bytes()?.to_vec()),
            Type::String => Tree::Text(text(from)?),
            Type::Array => {
                let len = array(from)?;
                let mut values = Vec::new();
                for _ in 0..len {
                    values.push(Tree::read(from, depth + 1)?);
                }
                Tree::List(values)
            }
            Type::Map => {
                let len = from.map()?.ok_or(CborError::NotDeterministic)?;
                let mut pairs = BTreeMap::new();
                for _ in 0..len {
                    let key = text(from)?;
                    pairs.insert(key, Tree::read(from, depth + 1)?);
                }
                Tree::Map(pairs)
            }
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int => Tree::Integer(from.i64()?),
            _ => return Err(CborError::Malformed),
        })
    }
}

impl Wire for Tree {
    fn encode(&self, to: &mut Writer) {
        match self {
            Tree::Null => to.null(),
            Tree::Boolean(value) => to.boolean(*value),
            Tree::Integer(value) => to.integer(*value),
            Tree::Bytes(bytes) => to.bytes(bytes),
            Tree::Text(text) => to.text(text),
            Tree::List(values) => to.list(values),
            Tree::Map(pairs) => {
                let mut sorted: Vec<_> = pairs.iter().collect();
                sorted.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
                to.map(sorted.len());
                for (key, value) in sorted {
                    to.text(key).value(value);
                }
                to
            }
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        Tree::read(from, 1)
    }
}

const IN_MEMORY: &str = "writing to memory does not fail";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Null),
            any::<bool>().prop_map(Tree::Boolean),
            any::<i64>().prop_map(Tree::Integer),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Tree::Bytes),
            ".{0,30}".prop_map(Tree::Text),
        ];
        leaf.prop_recursive(6, 60, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
                proptest::collection::btree_map(".{0,5}", inner, 0..6).prop_map(Tree::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(tree in trees()) {
            prop_assert_eq!(decode_exact::<Tree>(&tree.to_cbor()), Ok(tree));
        }

        #[test]
        fn bytes_that_are_read_are_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(tree) = decode_exact::<Tree>(&bytes) {
                prop_assert_eq!(tree.to_cbor(), bytes);
            }
        }
    }

    #[test]
    fn other_writings_of_the_same_value_are_refused() {
        let long_integer = [0x18, 0x01];
        let indefinite_list = [0x9f, 0x01, 0xff];
        let unsorted_map = [0xa2, 0x61, b'b', 1, 0x61, b'a', 2];
        let longer_key_first = [0xa2, 0x62, b'a', b'a', 1, 0x61, b'b', 2];
        let duplicate_key = [0xa2, 0x61, b'a', 1, 0x61, b'a', 1];
        let trailing = [0x01, 0x01];
        let tagged = [0xc1, 0x01];
        let float = [0xf9, 0x3c, 0x00];
        let undefined = [0xf7];
        let claims_four_gibibytes = [0x9b, 0, 0, 0, 1, 0, 0, 0, 0, 1];
        for wrong in [
            &long_integer[..],
            &indefinite_list,
            &unsorted_map,
            &longer_key_first,
            &duplicate_key,
            &trailing,
            &tagged,
            &float,
            &undefined,
            &claims_four_gibibytes,
            &[],
        ] {
            assert!(decode_exact::<Tree>(wrong).is_err(), "{wrong:x?}");
        }
    }

    #[test]
    fn nesting_is_bounded_at_eight_levels() {
        let nested = |levels: usize| {
            let mut bytes = vec![0x81; levels - 1];
            bytes.push(0x80);
            bytes
        };
        assert!(decode_exact::<Tree>(&nested(CBOR_DEPTH_MAX)).is_ok());
        assert_eq!(
            decode_exact::<Tree>(&nested(CBOR_DEPTH_MAX + 1)),
            Err(CborError::TooDeep)
        );
        assert_eq!(
            decode_exact::<Tree>(&nested(60_000)),
            Err(CborError::TooDeep)
        );
    }
}
