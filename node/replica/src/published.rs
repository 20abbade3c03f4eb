//! The sidecar `published`: the last entry of our own feed that may have left this machine. It is written after the commit and
//! before the entry is sent, so that a store that was rolled back is found out before it signs one sequence twice.
//!
//! It has two lines of a fixed length, each with its own checksum, and the older one is written over: one wait for the disk, where a
//! new file under a new name takes three. A power cut spoils the line that was being written at most, whose entry had not left.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crdt_schema::id::{EntryId, FeedId, hash};

use crate::fault::Fault;
use crate::store;

const NAME: &str = "published";
const ENDED: &str = "ended";
/// Bytes of a line: a feed, a sequence, an entry, a count and a checksum take 205 at most.
const LINE_BYTES: usize = 256;
/// Hexadecimal digits of the checksum of a line.
const CHECKSUM_DIGITS: usize = 16;

/// A place in our own feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) feed: FeedId,
    pub(crate) sequence: u64,
    pub(crate) entry: EntryId,
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The feed is signed no more, whatever is held of it.
    Ended(FeedId),
    /// The last entry that may have left this machine.
    Published(Published),
}

/// The file, in the node's folder.
#[derive(Debug, Clone)]
pub(crate) struct Sidecar {
    path: PathBuf,
}

impl Sidecar {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
        }
    }

    /// The file as it was when a damaged store was set aside under this name.
    pub(crate) fn beside(aside: &Path) -> Self {
        let name = aside.file_name().unwrap_or_default().to_string_lossy();
        Self {
            path: aside.with_file_name(name.replacen(store::FILE, NAME, 1)),
        }
    }

    /// Keeps what the file says now beside a store that is about to be set aside.
    pub(crate) fn keep_beside(&self, aside: &Path) -> Result<(), Fault> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Self::beside(aside).replace(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Fault::file(&self.path, &error)),
        }
    }

    /// Removes the file, if it is there.
    pub(crate) fn remove(&self) -> Result<(), Fault> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault::file(&self.path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Reads the file. `None` when there is none.
    pub(crate) fn read(&self) -> Result<Option<Mark>, Fault> {
        match fs::read(&self.path) {
            Ok(bytes) => parse(&bytes).map(Some).ok_or_else(|| Fault::damaged(NAME)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::file(&self.path, &error)),
        }
    }

    /// Notes what may leave now. It is on disk on return.
    pub(crate) fn write(&self, published: &Published) -> Result<(), Fault> {
        let held = fs::read(&self.path).unwrap_or_default();
        let lines = Lines::of(&held);
        let newest = lines.newest();
        let line = line(
            published,
            newest.map_or(0, |(_, count, _)| count.wrapping_add(1)),
        );
        match newest {
            Some((at, ..)) if held.len() == 2 * LINE_BYTES => self.write_over(1 - at, &line),
            _ => self.replace(&format!("{line}{:LINE_BYTES$}", "\n")),
        }
    }

    fn write_over(&self, place: usize, line: &str) -> Result<(), Fault> {
        let write = || -> std::io::Result<()> {
            let file = File::options().write(true).open(&self.path)?;
            file.write_all_at(line.as_bytes(), (place * LINE_BYTES) as u64)?;
            file.sync_data()
        };
        write().map_err(|error| Fault::file(&self.path, &error))
    }

    /// Ends a feed: its key signs no more, also after a restart.
    pub(crate) fn end(&self, feed: &FeedId) -> Result<(), Fault> {
        self.replace(&format!("{ENDED} {feed}\n"))
    }

    fn replace(&self, text: &str) -> Result<(), Fault> {
        let path = &self.path;
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|error| Fault::file(path, &error))
    }
}

/// The two lines of a file, those that hold.
struct Lines([Option<(u64, Published)>; 2]);

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let line = |at: usize| parse_line(bytes.get(at * LINE_BYTES..(at + 1) * LINE_BYTES)?);
        Self([line(0), line(1)])
    }

    /// Returns which line was written last, its count, and what it says.
    fn newest(&self) -> Option<(usize, u64, Published)> {
        let held = self.0.iter().enumerate();
        let held = held.filter_map(|(at, line)| line.map(|(count, said)| (at, count, said)));
        held.max_by_key(|(_, count, _)| *count)
    }
}

fn line(published: &Published, count: u64) -> String {
    let Published {
        feed,
        sequence,
        entry,
    } = published;
    let said = format!("{feed} {sequence} {entry} {count}");
    let line = format!("{said} {}", checksum(&said));
    format!("{line:width$}\n", width = LINE_BYTES - 1)
}

fn checksum(said: &str) -> String {
    let digits = hash("published", &[said.as_bytes()]);
    let digits = digits.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>()[..CHECKSUM_DIGITS].to_owned()
}

fn parse_line(bytes: &[u8]) -> Option<(u64, Published)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (said, sum) = text.trim_end().rsplit_once(' ')?;
    let (place, count) = said.rsplit_once(' ')?;
    let is_sound = sum == checksum(said);
    let published = parse_place(place).filter(|_| is_sound)?;
    Some((count.parse().ok()?, published))
}

fn parse_place(text: &str) -> Option<Published> {
    let mut words = text.split_whitespace();
    let published = Published {
        feed: FeedId::parse(words.next()?).ok()?,
        sequence: words.next()?.parse().ok()?,
        entry: EntryId::parse(words.next()?).ok()?,
    };
    words.next().is_none().then_some(published)
}

/// Reads a file: two lines; the one line of earlier programs, without a checksum; or the end of a feed.
fn parse(bytes: &[u8]) -> Option<Mark> {
    if let Some((_, _, published)) = Lines::of(bytes).newest() {
        return Some(Mark::Published(published));
    }
    let text = std::str::from_utf8(bytes).ok()?;
    match text.trim_end().strip_prefix(ENDED) {
        Some(feed) => Some(Mark::Ended(FeedId::parse(feed.strip_prefix(' ')?).ok()?)),
        None => parse_place(text).map(Mark::Published),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidecar_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let sidecar = Sidecar::in_folder(folder.path());
        assert_eq!(sidecar.read().expect("no file is fine"), None);
        for sequence in [0, u64::MAX] {
            let published = Published {
                feed: FeedId::from_bytes([3; 32]),
                sequence,
                entry: EntryId::from_bytes([4; 32]),
            };
            sidecar.write(&published).expect("the folder is writable");
            assert_eq!(
                sidecar.read().expect("it was just written"),
                Some(Mark::Published(published))
            );
        }
    }

    #[test]
    fn a_line_cut_short_leaves_the_one_before_and_the_next_write_mends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let sidecar = Sidecar::in_folder(folder.path());
        let at = |sequence| Published {
            feed: FeedId::from_bytes([3; 32]),
            sequence,
            entry: EntryId::from_bytes([4; 32]),
        };
        let read = || sidecar.read().expect("readable").expect("there");
        let path = folder.path().join(NAME);
        // As an earlier program wrote it.
        let earlier = at(7);
        fs::write(&path, format!("{} 7 {}\n", earlier.feed, earlier.entry)).expect("writable");
        assert_eq!(read(), Mark::Published(earlier));
        for sequence in 8..12 {
            let before = fs::read(&path).expect("there");
            let was = read();
            sidecar.write(&at(sequence)).expect("writable");
            assert_eq!(read(), Mark::Published(at(sequence)));
            let after = fs::read(&path).expect("there");
            if before.len() != after.len() {
                continue;
            }
            // Spaces and the end of the line are no part of what is said.
            let is_new =
                |at: &usize| before[*at] != after[*at] && after[*at].is_ascii_alphanumeric();
            let changed: Vec<usize> = (0..after.len()).filter(is_new).collect();
            for cut in [
                changed[0],
                changed[changed.len() / 2],
                changed[changed.len() - 1],
            ] {
                let torn: Vec<u8> = [&after[..cut], &before[cut..]].concat();
                fs::write(&path, torn).expect("writable");
                assert_eq!(read(), was, "cut at {cut}");
            }
            sidecar.write(&at(sequence)).expect("writable");
            assert_eq!(read(), Mark::Published(at(sequence)));
        }
    }

    #[test]
    fn an_ended_feed_stays_ended_until_another_is_published() {
        let folder = tempfile::tempdir().expect("a folder");
        let sidecar = Sidecar::in_folder(folder.path());
        let feed = FeedId::from_bytes([3; 32]);
        sidecar.end(&feed).expect("the folder is writable");
        assert_eq!(
            sidecar.read().expect("it was just written"),
            Some(Mark::Ended(feed))
        );
        for damaged in ["ended", "ended 03", "ended x y", ""] {
            fs::write(folder.path().join(NAME), damaged).expect("the folder is writable");
            assert!(sidecar.read().is_err(), "{damaged:?}");
        }
    }

    #[test]
    fn a_damaged_sidecar_is_no_missing_sidecar() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(NAME), "0304 7").expect("the folder is writable");
        let read = Sidecar::in_folder(folder.path()).read();
        assert!(matches!(read, Err(Fault::Damaged { .. })), "{read:?}");
    }
}
