//! Where other nodes were met, so that a node that starts again finds them without the node of its ticket: `peers.json` beside the store.
//! They are hints, never rights: what cannot be read is left out, and met again.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync::limits::PEERS_KNOWN_MAX;
use sync::message::PeerAddress;
use sync::session::PeerId;

use crate::whole_file::{Existing, WholeFile};

const FILE: &str = "peers.json";
/// Bytes of the file: a node takes 130, so that a longer one was written by nobody who knows it.
const FILE_BYTES_MAX: u64 = 256 * PEERS_KNOWN_MAX as u64;

#[derive(Serialize, Deserialize)]
struct Met {
    /// The network identity, 64 hexadecimal digits.
    endpoint: String,
    address: SocketAddr,
}

/// Reads what was kept.
pub(crate) fn read(folder: &Path) -> Vec<PeerAddress> {
    let path = folder.join(FILE);
    let Ok(file) = File::open(&path) else {
        return Vec::new();
    };
    let mut text = Vec::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text);
    let met: Option<Vec<Value>> = match read {
        Ok(bytes) if bytes as u64 <= FILE_BYTES_MAX => serde_json::from_slice(&text).ok(),
        _ => None,
    };
    let Some(met) = met else {
        tracing::warn!(path = %path.display(), "where other nodes were met cannot be read: they are met again");
        return Vec::new();
    };
    let met = met.into_iter().filter_map(read_one);
    met.take(PEERS_KNOWN_MAX).collect()
}

fn read_one(met: Value) -> Option<PeerAddress> {
    let Met { endpoint, address } = serde_json::from_value(met).ok()?;
    let endpoint = HEXLOWER.decode(endpoint.as_bytes()).ok()?;
    Some(PeerAddress {
        peer: PeerId::from_bytes(endpoint.try_into().ok()?),
        address,
    })
}

/// Keeps where nodes are met, in the place of what was kept before.
pub(crate) fn write(folder: &Path, met: &[PeerAddress]) {
    let met = met.iter().map(|met| Met {
        endpoint: HEXLOWER.encode(met.peer.as_bytes()),
        address: met.address,
    });
    let met: Vec<_> = met.collect();
    let written = WholeFile::begin(&folder.join(FILE))
        .map_err(|refused| refused.message)
        .and_then(|file| {
            let text = |mut file: &File| {
                serde_json::to_writer_pretty(&mut file, &met).map_err(std::io::Error::from)?;
                file.write_all(b"\n")
            };
            let written = file.write(Existing::Replaced, text);
            written.map_err(|unwhole| unwhole.sentence())
        });
    if let Err(error) = written {
        tracing::warn!(%error, "where other nodes were met cannot be kept: they are met again after the next start");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn met(number: u16) -> PeerAddress {
        let mut peer = [7; 32];
        peer[..2].copy_from_slice(&number.to_be_bytes());
        PeerAddress {
            peer: PeerId::from_bytes(peer),
            address: ([0x20, 1, 0xd, 0xb8, 0xffff, 0xffff, 0xffff, number], 65_000).into(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again_up_to_the_most_nodes_that_are_known() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read(folder.path()), []);
        let most: Vec<_> = (0..PEERS_KNOWN_MAX as u16).map(met).collect();
        for kept in [&most[..], &most[..2], &[]] {
            write(folder.path(), kept);
            assert_eq!(read(folder.path()), kept);
        }
        let path = folder.path().join(FILE);
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "who the partners are is for us");
        let files = folder.path().read_dir().expect("a folder");
        assert_eq!(files.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_damaged_is_left_out_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = format!(
            r#"{{"endpoint":"{}","address":"192.0.2.1:4433","added":"later"}}"#,
            "ab".repeat(32)
        );
        let read_of = |text: &[u8]| {
            std::fs::write(folder.path().join(FILE), text).expect("writable");
            read(folder.path()).len()
        };
        assert_eq!(read_of(format!("[{one}]").as_bytes()), 1);
        let bad = [
            "null",
            "[]",
            r#"{"endpoint":"ab","address":"192.0.2.1:4433"}"#,
            r#"{"endpoint":"é","address":"192.0.2.1:4433"}"#,
            &one.replace("192.0.2.1:4433", "exemple.test:4433"),
            &one.replace("192.0.2.1:4433", "192.0.2.1:99999"),
        ];
        for bad in bad {
            assert_eq!(read_of(format!("[{bad},{one}]").as_bytes()), 1, "{bad}");
        }
        let nested = "[".repeat(100_000);
        let half = format!("[{one}");
        for damaged in [
            &b""[..],
            b"\0\xff",
            b"{}",
            nested.as_bytes(),
            half.as_bytes(),
        ] {
            assert_eq!(read_of(damaged), 0);
        }
        let room = usize::try_from(FILE_BYTES_MAX).expect("small") - one.len() - 2;
        assert_eq!(
            read_of(format!("[{one}{}]", " ".repeat(room)).as_bytes()),
            1
        );
        assert_eq!(
            read_of(format!("[{one}{}]", " ".repeat(room + 1)).as_bytes()),
            0
        );
        let many = vec!["null"; 10_000].join(",");
        assert_eq!(read_of(format!("[{many},{one}]").as_bytes()), 1);
    }
}
