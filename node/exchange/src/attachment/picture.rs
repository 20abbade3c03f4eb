//! Pictures without what stands beside them: place, time and device (EXIF), descriptions (XMP, IPTC), comments, what follows the end.
//! Kept are the picture itself, its colours, and which side is up.

use bytes::{BufMut, Bytes, BytesMut};
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;

use super::Unfit;

/// Cleans a JPEG picture (ITU-T T.81, annex B).
pub(super) fn jpeg(bytes: Bytes) -> Result<Bytes, Unfit> {
    let mut jpeg = Jpeg::from_bytes(bytes).map_err(|_| Unfit::Damaged)?;
    let exif = jpeg.segments().iter().find_map(|segment| {
        let is_app1 = segment.marker() == markers::APP1;
        is_app1.then(|| segment.contents().strip_prefix(EXIF))?
    });
    let side = exif.and_then(side_up);
    jpeg.segments_mut().retain(is_of_the_picture);
    for segment in jpeg.segments_mut() {
        if segment.marker() == markers::APP0 {
            *segment = without_thumbnail(segment);
        }
    }
    let scan = jpeg.segments_mut().pop().ok_or(Unfit::Damaged)?;
    if !scan.has_entropy() {
        return Err(Unfit::Damaged);
    }
    let rest = scan.clone().encoder().bytes();
    let head = scan.len();
    let coded = scans(rest.get(head..).unwrap_or_default()).ok_or(Unfit::Damaged)?;
    let scan = JpegSegment::new_with_entropy(scan.marker(), scan.contents().clone(), coded);
    jpeg.segments_mut().push(scan);
    if let Some(side) = side {
        let mut contents = BytesMut::from(EXIF);
        contents.put(exif_of(side));
        // After the first segment, which says that it is JFIF where it is.
        let first = jpeg.segments().first();
        let at = usize::from(first.is_some_and(|first| first.marker() == markers::APP0));
        let segment = JpegSegment::new_with_contents(markers::APP1, contents.freeze());
        jpeg.segments_mut().insert(at, segment);
    }
    Ok(jpeg.encoder().bytes())
}

/// Cleans a PNG picture (third edition, sections 5 and 11).
pub(super) fn png(bytes: Bytes) -> Result<Bytes, Unfit> {
    let mut png = Png::from_bytes(bytes).map_err(|_| Unfit::Damaged)?;
    let is_whole = png
        .chunks()
        .last()
        .is_some_and(|last| &last.kind() == b"IEND");
    if !is_whole {
        return Err(Unfit::Damaged);
    }
    let side = png.chunk_by_type(*b"eXIf");
    let side = side.and_then(|chunk| side_up(chunk.contents()));
    png.chunks_mut().retain(|chunk| {
        // The first letter of a chunk that every reader must know is large.
        chunk.kind()[0].is_ascii_uppercase() || PNG_KEPT.contains(&&chunk.kind())
    });
    if let Some(side) = side {
        let chunk = PngChunk::new(*b"eXIf", exif_of(side));
        png.chunks_mut().insert(1, chunk);
    }
    Ok(png.encoder().bytes())
}

/// Cleans a WebP picture (RFC 9649, section 2.7).
pub(super) fn webp(bytes: Bytes) -> Result<Bytes, Unfit> {
    let mut webp = WebP::from_bytes(bytes).map_err(|_| Unfit::Damaged)?;
    let side = webp.chunk_by_id(*b"EXIF");
    let side = side.and_then(|chunk| chunk.content().data());
    let side = side.and_then(|data| side_up(data.strip_prefix(EXIF).unwrap_or(data)));
    webp.chunks_mut()
        .retain(|chunk| WEBP_KEPT.contains(&&chunk.id()));
    let is_extended = webp.has_chunk(*b"VP8X");
    for chunk in webp.chunks_mut() {
        if chunk.id() == *b"VP8X"
            && let RiffContent::Data(data) = chunk.content()
        {
            let mut data = BytesMut::from(data.as_ref());
            let flags = data.first_mut().ok_or(Unfit::Damaged)?;
            *flags &= !(WEBP_HAS_EXIF | WEBP_HAS_XMP);
            if side.is_some() {
                *flags |= WEBP_HAS_EXIF;
            }
            *chunk.content_mut() = RiffContent::Data(data.freeze());
        }
    }
    if let Some(side) = side
        && is_extended
    {
        let exif = RiffContent::Data(exif_of(side));
        webp.chunks_mut().push(RiffChunk::new(*b"EXIF", exif));
    }
    Ok(webp.encoder().bytes())
}

/// Returns whether a segment says how to draw the picture.
fn is_of_the_picture(segment: &JpegSegment) -> bool {
    match segment.marker() {
        markers::APP0 => segment.contents().starts_with(b"JFIF\0"),
        markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        // How colours are coded.
        markers::APP14 => segment.contents().starts_with(b"Adobe"),
        markers::APP1..=markers::APP15 | markers::JPG0..=markers::JPG13 | markers::COM => false,
        _ => true,
    }
}

/// Leaves the small picture out that a JFIF head may hold: it may show what was cut from the large one.
fn without_thumbnail(head: &JpegSegment) -> JpegSegment {
    let mut contents = BytesMut::from(head.contents().as_ref());
    contents.truncate(JFIF_BYTES);
    for size in contents.iter_mut().skip(JFIF_BYTES - 2) {
        *size = 0;
    }
    JpegSegment::new_with_contents(markers::APP0, contents.freeze())
}

/// Returns the coded scans up to the end of the picture, without comments and without whatever follows. `None` if it never ends.
fn scans(coded: &[u8]) -> Option<Bytes> {
    let mut kept = BytesMut::with_capacity(coded.len());
    let mut rest = coded;
    loop {
        let at = rest.iter().position(|byte| *byte == markers::P)?;
        let marker = *rest.get(at + 1)?;
        match marker {
            markers::EOI => {
                kept.put(&rest[..at + 2]);
                return Some(kept.freeze());
            }
            // A byte of the picture, or the beginning of a part of it.
            0 | markers::RST0..=markers::RST7 => {
                kept.put(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
            markers::P => {
                kept.put(&rest[..=at]);
                rest = &rest[at + 1..];
            }
            _ => {
                let length = [*rest.get(at + 2)?, *rest.get(at + 3)?];
                let end = at + 2 + usize::from(u16::from_be_bytes(length));
                let segment = rest.get(..end)?;
                let is_said = matches!(
                    marker,
                    markers::APP0..=markers::APP15 | markers::JPG0..=markers::JPG13 | markers::COM
                );
                kept.put(if is_said { &segment[..at] } else { segment });
                rest = &rest[end..];
            }
        }
    }
}

/// Returns which side is up, if it is not the first row (EXIF 2.32, tag 274).
fn side_up(exif: &[u8]) -> Option<u16> {
    let read = exif::Reader::new().read_raw(exif.to_vec()).ok()?;
    let field = read.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?;
    let side = u16::try_from(field.value.get_uint(0)?).ok()?;
    (2..=8).contains(&side).then_some(side)
}

/// Writes EXIF that says which side is up and nothing else: a TIFF head and a directory of one entry.
fn exif_of(side: u16) -> Bytes {
    let mut exif = BytesMut::from(&b"MM\0\x2A\0\0\0\x08\0\x01"[..]);
    exif.put_u16(TAG_ORIENTATION);
    exif.put_u16(TYPE_SHORT);
    exif.put_u32(1);
    exif.put_u16(side);
    exif.put_u16(0);
    exif.put_u32(0);
    exif.freeze()
}

const EXIF: &[u8] = b"Exif\0\0";
/// Bytes of a JFIF head, the two sizes of its small picture being the last (JFIF 1.02).
const JFIF_BYTES: usize = 14;
const TAG_ORIENTATION: u16 = 274;
const TYPE_SHORT: u16 = 3;
/// Chunks that say how to draw the picture, of those that a reader may not know: colours, the size of a point, a moving picture.
const PNG_KEPT: [&[u8; 4]; 14] = [
    b"acTL", b"bKGD", b"cHRM", b"cICP", b"fcTL", b"fdAT", b"gAMA", b"hIST", b"iCCP", b"mDCV",
    b"pHYs", b"sBIT", b"sRGB", b"tRNS",
];
const WEBP_KEPT: [&[u8; 4]; 7] = [
    b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"VP8 ", b"VP8L", b"VP8X",
];
const WEBP_HAS_EXIF: u8 = 0x08;
const WEBP_HAS_XMP: u8 = 0x04;
