//! How the fields of a message are written: identifiers as bare bytes, lists and texts that stop being read at their limit.

use std::fmt;
use std::marker::PhantomData;

use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::session::PeerId;

/// At most `MAX` bytes that this crate does not read.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes the bytes if they are within the limit.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() <= MAX).then_some(Self(bytes))
    }

    /// Returns the bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes, and gives up the wrapping.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<const MAX: usize> Serialize for Bytes<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor::<MAX>)
    }
}

/// An identifier over 32 bytes.
pub(crate) trait Fixed: Sized {
    fn take(bytes: [u8; 32]) -> Self;
    fn bytes(&self) -> &[u8; 32];
}

macro_rules! fixed {
    ($($id:ty),*) => {$(
        impl Fixed for $id {
            fn take(bytes: [u8; 32]) -> Self {
                Self::from_bytes(bytes)
            }

            fn bytes(&self) -> &[u8; 32] {
                self.as_bytes()
            }
        }
    )*};
}

fixed!(CharterId, EntryId, FederationId, FeedId, PeerId);

/// An identifier as its bytes, without a length.
pub(crate) mod fixed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Fixed;

    pub(crate) fn serialize<T: Fixed, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        id.bytes().serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Fixed, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        <[u8; 32]>::deserialize(from).map(T::take)
    }
}

/// An address as 16 bytes of IPv6, where IPv4 is mapped, and its port.
pub(crate) mod address {
    use std::net::{Ipv6Addr, SocketAddr};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(address: &SocketAddr, to: S) -> Result<S::Ok, S::Error> {
        let ip = match address {
            SocketAddr::V4(address) => address.ip().to_ipv6_mapped(),
            SocketAddr::V6(address) => *address.ip(),
        };
        (ip.octets(), address.port()).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
        let (ip, port) = <([u8; 16], u16)>::deserialize(from)?;
        Ok(SocketAddr::new(Ipv6Addr::from(ip).to_canonical(), port))
    }
}

/// Writes a list of identifiers.
pub(crate) fn list<T: Fixed, S: Serializer>(ids: &[T], to: S) -> Result<S::Ok, S::Error> {
    let mut sequence = to.serialize_seq(Some(ids.len()))?;
    for id in ids {
        sequence.serialize_element(id.bytes())?;
    }
    sequence.end()
}

/// Reads a list of at most `MAX` identifiers.
pub(crate) fn bounded_list<'de, D, T, const MAX: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Fixed,
{
    let bytes: Vec<[u8; 32]> = bounded::<D, [u8; 32], MAX>(from)?;
    Ok(bytes.into_iter().map(T::take).collect())
}

/// Reads a list of at most `MAX` values.
pub(crate) fn bounded<'de, D, T, const MAX: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_seq(ListVisitor::<T, MAX>(PhantomData))
}

/// Reads a text of at most `MAX` bytes.
pub(crate) fn text<'de, D: Deserializer<'de>, const MAX: usize>(
    from: D,
) -> Result<String, D::Error> {
    let text = <&str>::deserialize(from)?;
    if text.len() > MAX {
        return Err(D::Error::custom("the text is too long"));
    }
    Ok(text.to_owned())
}

struct BytesVisitor<const MAX: usize>;

impl<const MAX: usize> Visitor<'_> for BytesVisitor<MAX> {
    type Value = Bytes<MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX} bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        if bytes.len() > MAX {
            return Err(E::invalid_length(bytes.len(), &self));
        }
        Ok(Bytes(bytes.to_vec()))
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX} values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            if values.len() == MAX {
                return Err(A::Error::invalid_length(MAX + 1, &self));
            }
            values.push(value);
        }
        Ok(values)
    }
}
