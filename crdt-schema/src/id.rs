//! Identifiers. Each is a type of its own over fixed bytes, made by one macro, so that a partner, a feed and a record can never be
//! taken for one another. `parse` and `Display` are inverses: lower-case hexadecimal, two digits a byte.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// An identifier that is not written as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {what} is {digits} lower-case hexadecimal digits")]
pub struct IdError {
    what: &'static str,
    digits: usize,
}

impl IdError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        "identifier_malformed"
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident, $size:literal, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);

        impl $name {
            /// The size in bytes.
            pub const BYTES: usize = $size;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }

            /// Takes the bytes if there are exactly as many as needed.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// Returns the bytes.
            pub const fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }

            /// Returns the first eight hexadecimal digits, for logs and lists.
            pub fn short(&self) -> String {
                HEXLOWER.encode(&self.0[..4])
            }

            /// Reads what `Display` writes.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let error = IdError { what: $what, digits: 2 * $size };
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| error.clone())?;
                Self::from_slice(&bytes).ok_or(error)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    )*};
}

identifiers! {
    /// A version of a federation's charter: the hash of its bytes.
    CharterId, 32, "charter id";
    /// A signed entry: the hash of its header.
    EntryId, 32, "entry id";
    /// A federation: the id of its genesis charter.
    FederationId, 32, "federation id";
    /// A feed: the public key of the instance that signs it.
    FeedId, 32, "feed id";
    /// A file attached to a record: the BLAKE3 hash of its bytes.
    FileHash, 32, "file hash";
    /// One item of an entry. An edit is named by the id of its item.
    ItemId, 16, "item id";
    /// A partner organisation: the hash of its first root public key.
    PartnerId, 32, "partner id";
    /// A record of the census.
    RecordId, 16, "record id";
    /// A person about whom a personal value speaks: an opaque tag.
    SubjectId, 16, "subject id";
}

impl FederationId {
    /// Returns the genesis charter, whose id names the federation.
    pub fn genesis(&self) -> CharterId {
        CharterId(self.0)
    }
}

impl CharterId {
    /// Returns the federation that this charter founds, if it is a genesis charter.
    pub fn founds(&self) -> FederationId {
        FederationId(self.0)
    }
}

impl ItemId {
    /// Returns the id of the item at `index` of an entry.
    pub fn of(entry: &EntryId, index: u32) -> Self {
        let hash = hash("edit", &[entry.as_bytes(), &index.to_be_bytes()]);
        Self(first_half(&hash))
    }
}

impl RecordId {
    /// Returns the id of the record that has this birth. Kind and home territory can never change, because the id is their hash.
    pub fn of(federation: &FederationId, kind: &str, territory: &str, nonce: &[u8; 16]) -> Self {
        let lengths = [kind.len() as u32, territory.len() as u32]
            .map(u32::to_be_bytes)
            .concat();
        let parts: [&[u8]; 5] = [
            federation.as_bytes(),
            &lengths,
            kind.as_bytes(),
            territory.as_bytes(),
            nonce,
        ];
        Self(first_half(&hash("record", &parts)))
    }

    /// Returns the name of the record in calendars, feeds and credentials: `urn:uuid:` and its UUID of version 8 (RFC 9562).
    pub fn urn(&self) -> String {
        urn(&self.0)
    }
}

impl RecordId {
    /// Returns the records that a name of [`urn`](Self::urn) may mean: the six bits that its form fixes are those of any of them. Nothing
    /// for another text.
    pub fn of_urn(text: &str) -> impl Iterator<Item = Self> {
        let bytes = parsed_urn(text);
        let versions = move |bytes: [u8; 16]| (0..16_u8).map(move |high| (bytes, high));
        let all = bytes.into_iter().flat_map(versions);
        all.flat_map(|(bytes, high)| {
            (0..4_u8).map(move |variant| {
                let mut bytes = bytes;
                bytes[6] = bytes[6] & 0x0f | high << 4;
                bytes[8] = bytes[8] & 0x3f | variant << 6;
                Self(bytes)
            })
        })
    }
}

/// Reads what [`urn`] writes.
fn parsed_urn(text: &str) -> Option<[u8; 16]> {
    let hex = text.strip_prefix("urn:uuid:")?.replace('-', "");
    let bytes: [u8; 16] = HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()?;
    (urn(&bytes) == text).then_some(bytes)
}

/// Writes 16 bytes as a UUID of version 8: they stay as they are but for the six bits that the form fixes.
pub(crate) fn urn(bytes: &[u8; 16]) -> String {
    let mut bytes = *bytes;
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    format!("urn:uuid:{}", parts.join("-"))
}

/// Returns the SHA-256 of the parts, one after the other, behind the domain prefix `maillage/<what>/v1\0`.
///
/// The caller makes the parts' boundaries unambiguous: fixed sizes, or lengths first.
pub fn hash(what: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(domain(what));
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Returns the prefix that keeps one purpose's hashes and signatures apart from all others.
///
/// INVARIANT: a purpose is a constant of the code without a NUL, so that no prefix is the start of another.
pub(crate) fn domain(what: &str) -> Vec<u8> {
    format!("maillage/{what}/v1\0").into_bytes()
}

fn first_half(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_is_the_inverse_of_display() {
        let id = RecordId::from_bytes(std::array::from_fn(|i| i as u8 * 17));
        assert_eq!(RecordId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn other_spellings_of_an_identifier_are_refused() {
        let text = "00112233445566778899aabbccddeeff";
        assert!(RecordId::parse(text).is_ok());
        for wrong in [
            &text[2..],
            &text.to_uppercase(),
            "",
            &format!("{text}00"),
            &format!(" {text}"),
        ] {
            assert!(RecordId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_name_of_a_record_leads_back_to_it_and_to_no_more_than_its_form_hides() {
        for byte in [0x00, 0x5a, 0xa5, 0xff] {
            let id = RecordId::from_bytes([byte; 16]);
            let meant: std::collections::BTreeSet<_> = RecordId::of_urn(&id.urn()).collect();
            assert!(meant.contains(&id));
            assert_eq!(meant.len(), 64);
            assert!(meant.iter().all(|other| other.urn() == id.urn()));
        }
        for other in [
            "",
            "00112233-4455-8677-8899-aabbccddeeff",
            "urn:uuid:00112233-4455-4677-8899-aabbccddeeff",
            "urn:uuid:001122334455867788-99aabbccddeeff",
            "urn:uuid:00112233-4455-8677-8899-AABBCCDDEEFF",
            "urn:uuid:00112233-4455-8677-8899-aabbccddeeff/20260621",
        ] {
            assert_eq!(RecordId::of_urn(other).count(), 0, "{other}");
        }
    }

    #[test]
    fn moving_a_letter_between_kind_and_territory_changes_the_record() {
        let federation = FederationId::from_bytes([1; 32]);
        let nonce = [2; 16];
        assert_ne!(
            RecordId::of(&federation, "actor", "93", &nonce),
            RecordId::of(&federation, "actor9", "3", &nonce)
        );
    }
}
