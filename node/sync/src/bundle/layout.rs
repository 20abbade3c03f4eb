//! Where each byte of a bundle stands: a preamble, frames, an end. `node/sync/BUNDLE.md` says the same for readers of other programs.
//!
//! Each part ends with a check that covers the part and the check before it, so that a changed byte, a missing part and parts in
//! another order are all found where they are. A check proves no author: signatures do.

use std::io::{self, ErrorKind, Read, Write};

use crdt_schema::id::{CharterId, FederationId, FeedId, hash};
use crdt_schema::time::Timestamp;

use crate::bundle::BundleError;
use crate::codec::{self, CodecError, PREFIX_BYTES};
use crate::limits::{FRAME_BYTES_MAX, SOFTWARE_BYTES_MAX};
use crate::message::{Message, Tip};

/// The version of the format that this program writes.
const VERSION: u16 = 1;
const MAGIC: &[u8; 8] = b"maillbdl";
const CHECK_BYTES: usize = 32;
/// Bytes of the preamble before the name of the program.
const FIXED_BYTES: usize = 123;

/// What a bundle says of itself. Nobody has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble {
    /// The federation.
    pub federation: FederationId,
    /// The newest charter that the node had adopted.
    pub tip: Tip,
    /// When it was written, by the clock of the node.
    pub made: Timestamp,
    /// The feed that the node signed, if it had one.
    pub feed: Option<FeedId>,
    /// Name and version of the program, at most `limits::SOFTWARE_BYTES_MAX` bytes.
    pub software: String,
}

/// What the end of a bundle says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entries: u64,
    pub(crate) erasures: u64,
}

/// A part after the preamble.
#[derive(Debug)]
pub(crate) enum Part {
    Message(Message),
    End(Totals),
}

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The bytes are not those that were written.
    #[error("its bytes are not those that were written")]
    Check,
    /// The file ends in it.
    #[error("the file ends before it does")]
    End,
    /// The bytes are no message, or a longer one than there are.
    #[error(transparent)]
    Message(#[from] CodecError),
    /// A message that no bundle holds, or that stands out of its place.
    #[error("a message `{0}` has no place there")]
    Place(&'static str),
    /// Something follows the end.
    #[error("something follows the end of the bundle")]
    Rest,
    /// There are not as many entries as the end says.
    #[error("it holds {found} entries, and says {said}")]
    Totals {
        /// How many it says.
        said: u64,
        /// How many there are.
        found: u64,
    },
}

/// Writes the parts of a bundle.
pub(crate) struct Writer<W> {
    to: W,
    check: [u8; CHECK_BYTES],
    bytes: u64,
}

/// Reads the parts of a bundle.
pub(crate) struct Reader<R> {
    from: R,
    check: [u8; CHECK_BYTES],
    at: u64,
}

impl Preamble {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIXED_BYTES + self.software.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(self.federation.as_bytes());
        bytes.extend_from_slice(&self.tip.version.to_be_bytes());
        bytes.extend_from_slice(self.tip.id.as_bytes());
        bytes.extend_from_slice(&self.made.as_millis().to_be_bytes());
        bytes.extend_from_slice(&self.feed.map_or([0; 32], |feed| *feed.as_bytes()));
        let length = self.software.len().min(SOFTWARE_BYTES_MAX);
        bytes.push(u8::try_from(length).expect("64 at most"));
        bytes.extend_from_slice(&self.software.as_bytes()[..length]);
        bytes
    }
}

impl<W: Write> Writer<W> {
    /// Writes the preamble.
    pub(crate) fn begin(to: W, preamble: &Preamble) -> io::Result<Self> {
        let mut writer = Self {
            to,
            check: [0; CHECK_BYTES],
            bytes: 0,
        };
        writer.part(&preamble.to_bytes())?;
        Ok(writer)
    }

    /// Returns the check of the last part.
    pub(crate) fn check(&self) -> [u8; CHECK_BYTES] {
        self.check
    }

    pub(crate) fn message(&mut self, message: &Message) -> Result<(), BundleError> {
        let frame = codec::encode(message).map_err(|error| BundleError::Damaged {
            at: self.bytes,
            damage: error.into(),
        })?;
        Ok(self.part(&frame)?)
    }

    /// Writes the end, and returns how many bytes the bundle has.
    pub(crate) fn end(mut self, totals: Totals) -> io::Result<u64> {
        let mut bytes = vec![0; PREFIX_BYTES];
        bytes.extend_from_slice(&totals.entries.to_be_bytes());
        bytes.extend_from_slice(&totals.erasures.to_be_bytes());
        self.part(&bytes)?;
        self.to.flush()?;
        Ok(self.bytes)
    }

    fn part(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.check = check(&self.check, &[bytes]);
        self.to.write_all(bytes)?;
        self.to.write_all(&self.check)?;
        self.bytes += (bytes.len() + CHECK_BYTES) as u64;
        Ok(())
    }
}

impl<R: Read> Reader<R> {
    /// Reads the preamble.
    pub(crate) fn begin(from: R) -> Result<(Self, Preamble), BundleError> {
        let mut reader = Self {
            from,
            check: [0; CHECK_BYTES],
            at: 0,
        };
        let preamble = reader.preamble()?;
        Ok((reader, preamble))
    }

    /// Returns the check of the last part.
    pub(crate) fn check(&self) -> [u8; CHECK_BYTES] {
        self.check
    }

    /// Returns where the next part begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Reads the next part.
    pub(crate) fn next(&mut self) -> Result<Part, BundleError> {
        let prefix = self.read::<PREFIX_BYTES>()?;
        if prefix == [0; PREFIX_BYTES] {
            return self.end(prefix);
        }
        let length = codec::length(prefix, FRAME_BYTES_MAX);
        let length = length.map_err(|error| self.damaged(error))?;
        // Not more memory than bytes that are there.
        let mut body = Vec::new();
        (&mut self.from)
            .take(length as u64)
            .read_to_end(&mut body)?;
        if body.len() < length {
            return Err(self.damaged(Damage::End));
        }
        self.compare(&[&prefix, &body])?;
        let message = codec::decode(&body).map_err(|error| self.damaged(error))?;
        self.at += (PREFIX_BYTES + length + CHECK_BYTES) as u64;
        Ok(Part::Message(message))
    }

    fn end(&mut self, prefix: [u8; PREFIX_BYTES]) -> Result<Part, BundleError> {
        let totals = self.read::<16>()?;
        self.compare(&[&prefix, &totals])?;
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("eight bytes"));
        let totals = Totals {
            entries: number(&totals[..8]),
            erasures: number(&totals[8..]),
        };
        if (&mut self.from).take(1).read_to_end(&mut Vec::new())? > 0 {
            return Err(self.damaged(Damage::Rest));
        }
        Ok(Part::End(totals))
    }

    fn preamble(&mut self) -> Result<Preamble, BundleError> {
        let mut start = Vec::new();
        (&mut self.from)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut start)?;
        if start != MAGIC {
            return Err(BundleError::NotABundle);
        }
        // The version first: what follows may look otherwise in a later one.
        let version = self.read::<2>()?;
        let fixed = self.read::<{ FIXED_BYTES - MAGIC.len() - 2 }>()?;
        let is_newer = u16::from_be_bytes(version) > VERSION;
        if is_newer {
            let version = u16::from_be_bytes(version);
            return Err(BundleError::Newer { version });
        }
        let length = usize::from(fixed[fixed.len() - 1]);
        if u16::from_be_bytes(version) != VERSION || length > SOFTWARE_BYTES_MAX {
            return Err(self.damaged(Damage::Check));
        }
        let mut software = Vec::new();
        (&mut self.from)
            .take(length as u64)
            .read_to_end(&mut software)?;
        if software.len() < length {
            return Err(self.damaged(Damage::End));
        }
        self.compare(&[&start, &version, &fixed, &software])?;
        self.at = (FIXED_BYTES + length + CHECK_BYTES) as u64;
        let Ok(software) = String::from_utf8(software) else {
            return Err(BundleError::Damaged {
                at: 0,
                damage: CodecError::Malformed.into(),
            });
        };
        Ok(described(&fixed, software))
    }

    fn compare(&mut self, bytes: &[&[u8]]) -> Result<(), BundleError> {
        let said = self.read::<CHECK_BYTES>()?;
        let found = check(&self.check, bytes);
        if said != found {
            return Err(self.damaged(Damage::Check));
        }
        self.check = found;
        Ok(())
    }

    fn read<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let mut bytes = [0; N];
        match self.from.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(self.damaged(Damage::End))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn damaged(&self, damage: impl Into<Damage>) -> BundleError {
        BundleError::Damaged {
            at: self.at,
            damage: damage.into(),
        }
    }
}

/// Reads what stands between the version and the name of the program.
fn described(fixed: &[u8; FIXED_BYTES - MAGIC.len() - 2], software: String) -> Preamble {
    let id = |at: usize| -> [u8; 32] { fixed[at..at + 32].try_into().expect("32 bytes") };
    let number = |at: usize| -> [u8; 8] { fixed[at..at + 8].try_into().expect("8 bytes") };
    let feed = id(80);
    Preamble {
        federation: FederationId::from_bytes(id(0)),
        tip: Tip {
            version: u64::from_be_bytes(number(32)),
            id: CharterId::from_bytes(id(40)),
        },
        made: Timestamp::from_millis(i64::from_be_bytes(number(72))),
        feed: (feed != [0; 32]).then(|| FeedId::from_bytes(feed)),
        software,
    }
}

fn check(before: &[u8; CHECK_BYTES], bytes: &[&[u8]]) -> [u8; CHECK_BYTES] {
    let parts: Vec<&[u8]> = std::iter::once(before.as_slice())
        .chain(bytes.iter().copied())
        .collect();
    hash("bundle", &parts)
}
