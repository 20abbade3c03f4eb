//! A file that is packed with gzip, read like what is in it.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use flate2::read::MultiGzDecoder;

use crate::report::Unreadable;
use crate::table::Source;

/// Unpacks a file into a private one without a name, when its first bytes say that it is packed.
pub(super) fn unpacked(mut source: Box<dyn Source>) -> Result<Box<dyn Source>, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(MAGIC.len());
    source
        .by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(0))?;
    if head != MAGIC {
        return Ok(source);
    }
    let mut out = BufWriter::new(tempfile::tempfile()?);
    // One byte more than is allowed tells that there is more.
    let mut inside = MultiGzDecoder::new(source).take(UNPACKED_BYTES_MAX + 1);
    let mut block = vec![0; BLOCK_BYTES];
    let mut size = 0;
    loop {
        let read = inside.read(&mut block).map_err(|error| damaged(&error))?;
        if read == 0 {
            break;
        }
        size += read as u64;
        out.write_all(&block[..read])?;
    }
    if size > UNPACKED_BYTES_MAX {
        return Err(Unreadable::TooLarge {
            mebibytes: size.div_ceil(MEBIBYTE),
            max: UNPACKED_BYTES_MAX / MEBIBYTE,
        });
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Box::new(file))
}

fn damaged(error: &io::Error) -> Unreadable {
    Unreadable::PackedDamaged {
        detail: error.to_string(),
    }
}

const MAGIC: [u8; 3] = [0x1F, 0x8B, 8];
const MEBIBYTE: u64 = 1024 * 1024;
/// A page takes files of 20 MiB, and a list packs to a sixth at best: what unpacks to more is no list.
pub(super) const UNPACKED_BYTES_MAX: u64 = 128 * MEBIBYTE;
const BLOCK_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::{Choices, Table};

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn error(bytes: Vec<u8>) -> &'static str {
        let table = Table::read(Cursor::new(bytes), &Choices::default());
        table.err().map_or("", |error| error.code())
    }

    #[test]
    fn a_packed_file_is_read_like_what_is_in_it_and_so_are_two_in_one() {
        let mut two = packed(b"nom;ville\nA;Gien\n");
        two.extend(packed(b"B;Briare\n"));
        let table = Table::read(Cursor::new(two), &Choices::default()).expect("a table");
        let rows: Vec<_> = table.map(|row| row.expect("even").cells).collect();
        assert_eq!(rows, [["A", "Gien"], ["B", "Briare"]]);
    }

    #[test]
    fn what_is_cut_or_is_too_large_is_refused() {
        let mut cut = packed("nom;ville\nA;Gien\n".repeat(500).as_bytes());
        cut.truncate(cut.len() / 2);
        assert_eq!(error(cut), "packed_damaged");
        let zeros = |size: u64| packed(&vec![b'a'; usize::try_from(size).expect("fits")]);
        assert_eq!(error(zeros(UNPACKED_BYTES_MAX + 1)), "too_large");
        assert_ne!(error(zeros(1024)), "too_large");
    }
}
