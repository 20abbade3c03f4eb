//! The status list of a coordinator: one bit for each label that it signed, set when the label is withdrawn (W3C Bitstring Status List).
//!
//! A wallet fetches the list and so learns of a withdrawal. A set bit never goes back.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::key::SecretKey;
use crate::label::Day;
use crate::proof::credential::instant;
use crate::proof::integrity;
use crate::proof::multikey::{did_key, from_did_key};
use crate::time::Timestamp;

/// Bits of a list that we write: the least that the standard allows, so that a place says little about whom it is for.
pub const STATUS_BITS: u32 = 131_072;

/// Days for which a list is good, that of its making not counted: a withdrawal that is not published is hidden no longer than this.
pub const STATUS_DAYS: i64 = 14;

/// Which labels are revoked. Index 0 is the leftmost bit of byte 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList(Vec<u8>);

/// Why a status cannot be told. It is never "valid".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// The list is not base64url of GZIP, or inflates to more than a mebibyte.
    #[error("the status list cannot be read")]
    Encoding,
    /// The index is not in the list.
    #[error("the index {0} is not in the status list")]
    Index(u32),
    /// The list is of another issuer than the credential.
    #[error("the status list is not of the coordinator that issued the credential")]
    Issuer,
    /// The list is another one than the credential names, or no list at all.
    #[error("the status list is not the one that the credential names")]
    NotTheList,
    /// The list says nothing of the day that is asked.
    #[error("the status list is good from {from} to {until} only")]
    Outdated {
        /// The day on which it was made.
        from: Day,
        /// The last day on which it is good.
        until: Day,
    },
    /// The credential names no list.
    #[error("the credential names no status list")]
    NoPlace,
    /// The list is not about revocation.
    #[error("the status list is about something else than revocation")]
    Purpose,
    /// Its signature does not hold.
    #[error("the status list is not signed by its issuer")]
    Signature,
    /// The list is shorter than the standard allows.
    #[error("the status list has less than {STATUS_BITS} bits")]
    TooShort,
}

impl StatusError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            StatusError::Encoding => "status_encoding",
            StatusError::Index(_) => "status_index",
            StatusError::Issuer => "status_issuer",
            StatusError::NoPlace => "status_no_place",
            StatusError::NotTheList => "status_not_the_list",
            StatusError::Outdated { .. } => "status_outdated",
            StatusError::Purpose => "status_purpose",
            StatusError::Signature => "status_signature",
            StatusError::TooShort => "status_too_short",
        }
    }
}

impl Default for StatusList {
    fn default() -> Self {
        Self(vec![0; STATUS_BITS as usize / 8])
    }
}

impl StatusList {
    /// Builds the list in which these are revoked.
    pub fn revoked(indices: impl IntoIterator<Item = u32>) -> Result<Self, StatusError> {
        let mut list = Self::default();
        for index in indices {
            let (byte, bit) = place(index);
            *list.0.get_mut(byte).ok_or(StatusError::Index(index))? |= bit;
        }
        Ok(list)
    }

    /// Returns whether an index is revoked.
    pub fn is_revoked(&self, index: u32) -> Result<bool, StatusError> {
        let (byte, bit) = place(index);
        let byte = self.0.get(byte).ok_or(StatusError::Index(index))?;
        Ok(byte & bit != 0)
    }

    /// Returns the bits, in bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns `encodedList`: `u`, then base64url of the GZIP of the bits. Two programs may compress differently: compare bits.
    pub fn encode(&self) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.0).expect(IN_MEMORY);
        let bytes = encoder.finish().expect(IN_MEMORY);
        format!("u{}", BASE64URL_NOPAD.encode(&bytes))
    }

    /// Reads `encodedList`. It inflates a mebibyte at most.
    pub fn decode(text: &str) -> Result<Self, StatusError> {
        let text = text.strip_prefix('u').ok_or(StatusError::Encoding)?;
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| StatusError::Encoding)?;
        let mut bits = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .take(INFLATED_BYTES_MAX + 1)
            .read_to_end(&mut bits)
            .map_err(|_| StatusError::Encoding)?;
        if bits.len() as u64 > INFLATED_BYTES_MAX {
            return Err(StatusError::Encoding);
        }
        if bits.len() < STATUS_BITS as usize / 8 {
            return Err(StatusError::TooShort);
        }
        Ok(Self(bits))
    }

    /// Returns the signed credential to serve at `url`, good from now on for [`STATUS_DAYS`]. `None` where the clock is outside the
    /// calendar.
    pub fn to_credential(&self, url: &str, now: Timestamp, key: &SecretKey) -> Option<Value> {
        let created = instant(now)?;
        let until = now.plus_days(STATUS_DAYS).date()?;
        let document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did_key(&key.public()),
            "validFrom": created,
            "validUntil": format!("{until}T23:59:59Z"),
            "credentialSubject": {
                "id": format!("{url}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": PURPOSE,
                "encodedList": self.encode(),
            },
        });
        let signature = integrity::sign(&document, &created, key);
        let signed = integrity::with_proof(document, &created, &key.public(), &signature);
        Some(signed)
    }

    /// Reads the credential that was fetched from `url`, which must be signed by the issuer `did` and be good on a day. Returns its
    /// first and last day beside it.
    pub fn from_credential(
        credential: &Value,
        url: &str,
        did: &str,
        on: Day,
    ) -> Result<(Self, Day, Day), StatusError> {
        let is_list = credential["type"]
            .as_array()
            .is_some_and(|types| types.contains(&"BitstringStatusListCredential".into()));
        if !is_list || credential["id"] != url {
            return Err(StatusError::NotTheList);
        }
        if credential["issuer"] != did {
            return Err(StatusError::Issuer);
        }
        let key = from_did_key(did).ok_or(StatusError::Issuer)?;
        let list = integrity::verify(credential, &key).map_err(|_| StatusError::Signature)?;
        let day = |member: &str| day(&list[member]).ok_or(StatusError::Encoding);
        let (from, until) = (day("validFrom")?, day("validUntil")?);
        if on < from || on > until {
            return Err(StatusError::Outdated { from, until });
        }
        let subject = &list["credentialSubject"];
        if subject["statusPurpose"] != PURPOSE {
            return Err(StatusError::Purpose);
        }
        let list = Self::decode(subject["encodedList"].as_str().unwrap_or_default())?;
        Ok((list, from, until))
    }
}

/// Reads the day of an instant: our lists are good for whole days.
fn day(instant: &Value) -> Option<Day> {
    let (day, _) = instant.as_str()?.split_once('T')?;
    Day::parse(day)
}

/// Returns a free index, chosen by a number that the caller draws at random. `None` when the list is full.
pub fn free_index(taken: &BTreeSet<u32>, random: u64) -> Option<u32> {
    let taken_here = taken.range(..STATUS_BITS).count();
    let free = u64::from(STATUS_BITS).checked_sub(taken_here as u64)?;
    let rank = random.checked_rem(free)?;
    let mut free = (0..STATUS_BITS).filter(|index| !taken.contains(index));
    free.nth(usize::try_from(rank).expect("below the size of the list"))
}

fn place(index: u32) -> (usize, u8) {
    (index as usize / 8, 0x80 >> (index % 8))
}

/// What one credential's entry says of its own purpose too.
pub(super) const PURPOSE: &str = "revocation";
const INFLATED_BYTES_MAX: u64 = 1024 * 1024;
const IN_MEMORY: &str = "writing to memory does not fail";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    use super::*;

    const EMPTY: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
    const URL: &str = "https://labels.example/status/1";
    const DAY: &str = "2026-01-15T00:00:00Z";
    const NOW_MS: i64 = 1_768_435_200_000;

    #[test]
    fn the_standard_s_empty_list_is_read_as_no_bit() {
        let list = StatusList::decode(EMPTY).unwrap();
        assert_eq!(list, StatusList::default());
        assert_eq!(StatusList::decode(&list.encode()), Ok(list));
    }

    #[test]
    fn bits_are_counted_from_the_left() {
        let list = StatusList::revoked([0, 9, 94_567, 131_071]).unwrap();
        let bytes = list.as_bytes();
        assert_eq!(
            [0, 1, 11_820, 16_383].map(|place| bytes[place]),
            [0x80, 0x40, 0x01, 0x01]
        );
        assert_eq!(
            HEXLOWER.encode(&Sha256::digest(bytes)),
            "1c72b27304aa245524cf751de0a461f1d4a1fd9728ad0bea7c8830d4ce36b64d"
        );
        assert_eq!(list.is_revoked(94_567), Ok(true));
        assert_eq!(list.is_revoked(94_566), Ok(false));
        assert_eq!(StatusList::decode(&list.encode()), Ok(list));
    }

    #[test]
    fn an_index_outside_a_short_list_and_a_bomb_are_errors_and_never_valid() {
        let outside = Err(StatusError::Index(STATUS_BITS));
        assert_eq!(StatusList::default().is_revoked(STATUS_BITS), outside);
        assert_eq!(
            StatusList::revoked([STATUS_BITS]),
            Err(StatusError::Index(STATUS_BITS))
        );
        let short = StatusList(vec![0; 16_383]).encode();
        assert_eq!(StatusList::decode(&short), Err(StatusError::TooShort));
        let largest = StatusList(vec![0; 1024 * 1024]).encode();
        assert!(StatusList::decode(&largest).is_ok());
        let bomb = StatusList(vec![0; 1024 * 1024 + 1]).encode();
        assert_eq!(StatusList::decode(&bomb), Err(StatusError::Encoding));
        for wrong in ["", "u", "z", &EMPTY[1..], &EMPTY[..40], "uAAAA", "u="] {
            assert!(StatusList::decode(wrong).is_err(), "{wrong}");
        }
    }

    fn signed(list: &StatusList, key: &SecretKey) -> Value {
        list.to_credential(URL, Timestamp::from_millis(NOW_MS), key)
            .unwrap()
    }

    fn on(day: &str) -> Day {
        Day::parse(day).unwrap()
    }

    #[test]
    fn the_signed_list_is_read_back_and_no_other_is() {
        let key = SecretKey::from_bytes(&[5; 32]);
        let did = did_key(&key.public());
        let list = StatusList::revoked([42]).unwrap();
        let credential = signed(&list, &key);
        let read = |credential: &Value, url: &str, did: &str| {
            StatusList::from_credential(credential, url, did, on("2026-01-20"))
        };
        let good = (list, on("2026-01-15"), on("2026-01-29"));
        assert_eq!(read(&credential, URL, &did), Ok(good));
        let other = SecretKey::from_bytes(&[6; 32]);
        assert_eq!(
            read(&credential, "https://other.example/", &did),
            Err(StatusError::NotTheList)
        );
        assert_eq!(
            read(&credential, URL, &did_key(&other.public())),
            Err(StatusError::Issuer)
        );
        assert_eq!(read(&Value::Null, URL, &did), Err(StatusError::NotTheList));
        let mut changed = credential.clone();
        changed["credentialSubject"]["encodedList"] = EMPTY.into();
        assert_eq!(read(&changed, URL, &did), Err(StatusError::Signature));
        let mut longer = credential.clone();
        longer["validUntil"] = "2036-01-29T23:59:59Z".into();
        assert_eq!(read(&longer, URL, &did), Err(StatusError::Signature));
        let mut suspension = credential;
        suspension.as_object_mut().unwrap().remove("proof");
        suspension["credentialSubject"]["statusPurpose"] = "suspension".into();
        let signature = integrity::sign(&suspension, DAY, &key);
        let suspension = integrity::with_proof(suspension, DAY, &key.public(), &signature);
        assert_eq!(read(&suspension, URL, &did), Err(StatusError::Purpose));
    }

    #[test]
    fn a_list_is_good_from_its_day_to_its_last_and_no_longer() {
        let key = SecretKey::from_bytes(&[5; 32]);
        let did = did_key(&key.public());
        let credential = signed(&StatusList::default(), &key);
        assert_eq!(credential["validFrom"], DAY);
        assert_eq!(credential["validUntil"], "2026-01-29T23:59:59Z");
        let read = |day: &str| {
            StatusList::from_credential(&credential, URL, &did, on(day)).map(|(list, ..)| list)
        };
        let outdated = Err(StatusError::Outdated {
            from: on("2026-01-15"),
            until: on("2026-01-29"),
        });
        assert_eq!(read("2026-01-14"), outdated);
        assert!(read("2026-01-15").is_ok() && read("2026-01-29").is_ok());
        assert_eq!(read("2026-01-30"), outdated);
        let mut endless = credential.clone();
        for member in ["proof", "validUntil"] {
            endless.as_object_mut().unwrap().remove(member);
        }
        let signature = integrity::sign(&endless, DAY, &key);
        let endless = integrity::with_proof(endless, DAY, &key.public(), &signature);
        assert_eq!(
            StatusList::from_credential(&endless, URL, &did, on("2026-01-15")),
            Err(StatusError::Encoding),
            "a list without an end would never be asked for again"
        );
    }

    #[test]
    fn a_free_index_is_never_a_taken_one() {
        let mut taken: BTreeSet<u32> = (0..STATUS_BITS).collect();
        assert_eq!(free_index(&taken, 7), None);
        taken.remove(&1_000);
        for random in [0, 1, u64::MAX] {
            assert_eq!(free_index(&taken, random), Some(1_000));
        }
        taken.remove(&131_071);
        assert_eq!(free_index(&taken, 1), Some(131_071));
        assert_eq!(free_index(&BTreeSet::new(), 131_071), Some(131_071));
        assert_eq!(free_index(&BTreeSet::from([STATUS_BITS]), 131_072), Some(0));
    }
}
