//! Small readings that charters and acts share.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::Position;
use crate::id::FeedId;
use crate::limits::NAME_BYTES_MAX;

/// Reads a name, a kind, a territory or the name of an act.
pub(super) fn name(from: &mut Decoder<'_>) -> Result<String, CborError> {
    let text = from.str()?;
    if text.len() > NAME_BYTES_MAX {
        return Err(CborError::Malformed);
    }
    Ok(text.to_owned())
}

/// Reads a civil date, `AAAA-MM-JJ`.
pub(super) fn date(from: &mut Decoder<'_>) -> Result<String, CborError> {
    let text = from.str()?;
    if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() {
        Ok(text.to_owned())
    } else {
        Err(CborError::Malformed)
    }
}

/// Reads a list. Nothing is allocated from its length.
pub(super) fn each<'b, T>(
    from: &mut Decoder<'b>,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<Vec<T>, CborError> {
    let len = cbor::array(from)?;
    let mut values = Vec::new();
    for _ in 0..len {
        values.push(read(from)?);
    }
    Ok(values)
}

/// Reads a list of pairs into a map. A second value under one key is lost here, and so refused by `cbor::decode_exact`.
pub(super) fn pairs<'b, K: Ord, V>(
    from: &mut Decoder<'b>,
    read: impl FnMut(&mut Decoder<'b>) -> Result<(K, V), CborError>,
) -> Result<BTreeMap<K, V>, CborError> {
    Ok(each(from, read)?.into_iter().collect())
}

/// Reads a number of 32 bits.
pub(super) fn small(from: &mut Decoder<'_>) -> Result<u32, CborError> {
    Ok(from.u32()?)
}

/// Reads positions by feed.
pub(super) fn positions(from: &mut Decoder<'_>) -> Result<BTreeMap<FeedId, Position>, CborError> {
    pairs(from, |from| {
        cbor::array_of(from, 2)?;
        let feed = FeedId::from_bytes(cbor::fixed_bytes(from)?);
        Ok((feed, Position::decode(from)?))
    })
}

/// Writes what `positions` reads.
pub(super) fn write_positions(to: &mut Writer, positions: &BTreeMap<FeedId, Position>) {
    to.array(positions.len());
    for (feed, position) in positions {
        to.array(2).bytes(feed.as_bytes()).value(position);
    }
}
