//! The file `pin`: the charters and approvals that are held, beside the store. They are what a node trusts and cannot ask anybody for,
//! so they must outlive a store that is damaged. A backup holds the same bytes.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::hash;

use crate::fault::Fault;
use crate::replica::Replica;

const NAME: &str = "pin";
const MAGIC: &[u8] = b"maillage/pin/1\n";
const CHECK_BYTES: usize = 32;
const CHARTER: u8 = 1;
const APPROVAL: u8 = 2;

/// Charters, the one that is trusted last, and approvals.
pub(crate) type Kept = (Vec<Charter>, Vec<Approval>);

/// Writes the file anew if it says something else: a power cut leaves the old one or the new one.
pub(crate) fn keep(folder: &Path, replica: &Replica) -> Result<(), Fault> {
    let path = folder.join(NAME);
    let bytes = to_bytes(replica);
    if fs::read(&path).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    let new = folder.join(format!("{NAME}.new"));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| Fault::file(&path, &error))
}

/// Reads the file. `None` when there is none, or none that can be read.
pub(crate) fn read(folder: &Path) -> Result<Option<Kept>, Fault> {
    let path = folder.join(NAME);
    match fs::read(&path) {
        Ok(bytes) => Ok(from_bytes(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::file(path, &error)),
    }
}

/// Returns what is held as bytes: a magic line; for each object its kind, length and bytes; a hash over all of it.
pub(crate) fn to_bytes(replica: &Replica) -> Vec<u8> {
    let state = replica.state();
    let held = state.charters();
    let pinned = held.pinned();
    let (last, others): (Vec<_>, Vec<_>) = held.iter().partition(|(id, _)| **id == pinned);
    let mut bytes = MAGIC.to_vec();
    for (_, charter) in others.iter().chain(&last) {
        add(&mut bytes, CHARTER, &charter.to_bytes());
    }
    for (id, _) in held.iter() {
        for approval in held.approvals(id) {
            add(&mut bytes, APPROVAL, &approval.to_bytes());
        }
    }
    let check = hash("pin", &[&bytes]);
    bytes.extend_from_slice(&check);
    bytes
}

/// Reads the bytes back. `None` when a single one is not as it was written, or no charter is there.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Kept> {
    let (bytes, check) = bytes.split_last_chunk::<CHECK_BYTES>()?;
    if hash("pin", &[bytes]) != *check {
        return None;
    }
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let (mut charters, mut approvals) = (Vec::new(), Vec::new());
    while let Some((kind, after)) = rest.split_first() {
        let (length, after) = after.split_first_chunk::<4>()?;
        let (object, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        match *kind {
            CHARTER => charters.push(Charter::from_bytes(object).ok()?),
            APPROVAL => approvals.push(Approval::from_bytes(object).ok()?),
            _ => return None,
        }
        rest = after;
    }
    (!charters.is_empty()).then_some((charters, approvals))
}

fn add(bytes: &mut Vec<u8>, kind: u8, object: &[u8]) {
    let length = u32::try_from(object.len()).expect("a charter is within its limit");
    bytes.push(kind);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(object);
}
