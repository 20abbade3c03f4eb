//! Files are invented here, byte by byte: the smallest that readers take.

use std::io::{Cursor, Write};

use super::*;

const CANARY: &[u8] = b"48.8566 2.3522 Canari Martin";

fn jpeg_segment(marker: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len() + 2).expect("short");
    [&[0xFF, marker], &length.to_be_bytes()[..], contents].concat()
}

/// EXIF as a camera writes it: which side is up, and a description.
fn exif(side: u8) -> Vec<u8> {
    let mut tiff = b"II\x2A\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x0E, 0x01, 2, 0]);
    tiff.extend(u32::try_from(CANARY.len()).expect("short").to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, side, 0, 0, 0]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(CANARY);
    tiff
}

fn jpeg(side: u8) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    file.extend(jpeg_segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    file.extend(jpeg_segment(0xE1, &[b"Exif\0\0", &exif(side)[..]].concat()));
    file.extend(jpeg_segment(
        0xE1,
        &[b"http://ns.adobe.com/xap/1.0/\0", CANARY].concat(),
    ));
    file.extend(jpeg_segment(0xED, CANARY));
    file.extend(jpeg_segment(0xFE, CANARY));
    file.extend(jpeg_segment(0xDB, &[0; 65]));
    file.extend(jpeg_segment(0xC0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]));
    file.extend(jpeg_segment(0xDA, &[1, 1, 0, 0, 63, 0]));
    // A stuffed byte, a restart, tables between scans that hold what looks like an end, another scan, a comment.
    file.extend([0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]);
    file.extend(jpeg_segment(0xC4, &[0xFF, 0xD9, 1]));
    file.extend(jpeg_segment(0xDA, &[1, 1, 0, 0, 63, 0]));
    file.extend([0x78]);
    file.extend(jpeg_segment(0xFE, CANARY));
    file.extend([0xFF, 0xD9]);
    file
}

fn png_chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(contents);
    let length = u32::try_from(contents.len()).expect("short").to_be_bytes();
    [&length, &kind[..], contents, &crc.sum().to_be_bytes()].concat()
}

fn png() -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        png_chunk(b"sRGB", &[0]),
        png_chunk(b"tEXt", &[b"Comment\0", CANARY].concat()),
        png_chunk(b"eXIf", &exif(6)),
        png_chunk(b"IDAT", b"\x78\x9c\x63\x60\0\0\0\x02\0\x01"),
        png_chunk(b"IEND", b""),
        CANARY.to_vec(),
    ]
    .concat()
}

fn riff_chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).expect("short").to_le_bytes();
    let padding = vec![0; contents.len() % 2];
    [&kind[..], &length, contents, &padding].concat()
}

fn webp(side: u8) -> Vec<u8> {
    let chunks = [
        riff_chunk(b"VP8X", &[0x0C, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        riff_chunk(b"VP8L", &[0x2F, 0, 0, 0, 0, 0x88, 0x88, 8]),
        riff_chunk(b"EXIF", &exif(side)),
        riff_chunk(b"XMP ", CANARY),
    ]
    .concat();
    riff_chunk(b"RIFF", &[b"WEBP", &chunks[..]].concat())
}

/// An archive of these parts, as office programs write them.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, contents) in parts {
        archive.start_file(*name, stored).expect("in memory");
        archive.write_all(contents).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

fn docx(more: &[(&str, &[u8])]) -> Vec<u8> {
    let parts: [(&str, &[u8]); 3] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("word/document.xml", b"<w:document/>"),
    ];
    archive(&[&parts[..], more].concat())
}

fn odt() -> Vec<u8> {
    let parts: [(&str, &[u8]); 2] = [
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"<office:document-content/>"),
    ];
    archive(&parts)
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_bytes_say_what_a_file_is_and_its_name_gets_the_ending() {
    for (bytes, called, file_type, name) in [
        (b"%PDF-1.7\n...".to_vec(), "PV.pdf", FileType::Pdf, "PV.pdf"),
        (
            b"%PDF-1.7\n...".to_vec(),
            "PV.exe",
            FileType::Pdf,
            "PV.exe.pdf",
        ),
        (jpeg(1), "photo.png", FileType::Jpeg, "photo.png.jpg"),
        (png(), "plan.PNG", FileType::Png, "plan.png"),
        (webp(1), "affiche", FileType::Webp, "affiche.webp"),
        (docx(&[]), "statuts.docx", FileType::Docx, "statuts.docx"),
        (odt(), "statuts.odt", FileType::Odt, "statuts.odt"),
        (
            b"nom;commune\nAtelier;Gien\n".to_vec(),
            "a.csv",
            FileType::Csv,
            "a.csv",
        ),
        (
            b"\xEF\xBB\xBFNotes\r\n".to_vec(),
            "n.TXT",
            FileType::Txt,
            "n.txt",
        ),
        (
            b"BMX Club;45155\n".to_vec(),
            "clubs.csv",
            FileType::Csv,
            "clubs.csv",
        ),
        (b"R\xE9union\n".to_vec(), "n.txt", FileType::Txt, "n.txt"),
    ] {
        let prepared = prepare(bytes, called).expect(called);
        assert_eq!(
            (prepared.file_type, prepared.name.as_str()),
            (file_type, name)
        );
    }
}

#[test]
fn what_may_run_and_what_is_of_no_known_type_is_refused() {
    for (bytes, called, why) in [
        (Vec::new(), "vide.pdf", Unfit::Empty),
        (
            b"MZ\x90\0\x03\0\0\0programme".to_vec(),
            "facture.pdf",
            Unfit::Type,
        ),
        (
            b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
            "facture.pdf",
            Unfit::Type,
        ),
        (
            b"#!/bin/sh\nrm -rf /\n".to_vec(),
            "facture.txt",
            Unfit::Type,
        ),
        (
            b"MZ programme %PDF-1.7".to_vec(),
            "facture.pdf",
            Unfit::Type,
        ),
        (b"bonjour %PDF-1.7".to_vec(), "facture.pdf", Unfit::Type),
        (
            b"<html><script>alert(1)</script>".to_vec(),
            "page.txt",
            Unfit::Type,
        ),
        (
            b"\n <svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "plan.txt",
            Unfit::Type,
        ),
        (
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "photo.jpg",
            Unfit::Type,
        ),
        (b"du texte".to_vec(), "note.js", Unfit::Type),
        (b"du texte".to_vec(), "note", Unfit::Type),
        (b"a\0b".to_vec(), "note.txt", Unfit::Type),
        (archive(&[("a.txt", b"a")]), "dossier.zip", Unfit::Type),
        (
            docx(&[("word/vbaProject.bin", b"x")]),
            "statuts.docx",
            Unfit::Macros,
        ),
        (
            archive(&[
                ("mimetype", b"application/vnd.oasis.opendocument.text"),
                ("Basic/Standard/Module1.xml", b"x"),
            ]),
            "statuts.odt",
            Unfit::Macros,
        ),
        (jpeg(1)[..60].to_vec(), "photo.jpg", Unfit::Damaged),
        (png()[..60].to_vec(), "plan.png", Unfit::Damaged),
    ] {
        assert_eq!(prepare(bytes, called), Err(why), "{called}");
    }
}

#[test]
fn the_largest_file_is_taken_and_one_byte_more_is_not() {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.resize(usize::try_from(FILE_BYTES_MAX).expect("20 MiB"), b'.');
    assert!(prepare(bytes.clone(), "PV.pdf").is_ok());
    bytes.push(b'.');
    assert_eq!(prepare(bytes, "PV.pdf"), Err(Unfit::TooLarge));
}

#[test]
fn a_picture_loses_what_a_camera_wrote_into_it_and_keeps_its_side_up() {
    for (file, called) in [(jpeg(6), "a.jpg"), (png(), "a.png"), (webp(6), "a.webp")] {
        assert!(has(&file, CANARY));
        let prepared = prepare(file.clone(), called).expect(called);
        assert!(prepared.is_cleaned, "{called}");
        assert!(!has(&prepared.bytes, b"Canari"), "{called}");
        let read = exif::Reader::new().read_from_container(&mut Cursor::new(&prepared.bytes));
        let read = read.expect(called);
        let fields: Vec<_> = read
            .fields()
            .map(|field| (field.tag, field.value.get_uint(0)))
            .collect();
        assert_eq!(fields, [(exif::Tag::Orientation, Some(6))], "{called}");
        let again = prepare(prepared.bytes.clone(), called).expect(called);
        assert_eq!(
            (again.bytes, again.is_cleaned),
            (prepared.bytes, false),
            "{called}"
        );
    }
}

#[test]
fn a_picture_that_stands_upright_keeps_no_exif_at_all() {
    for (file, called) in [(jpeg(1), "a.jpg"), (webp(1), "a.webp")] {
        let prepared = prepare(file, called).expect(called);
        assert!(!has(&prepared.bytes, b"Exif") && !has(&prepared.bytes, b"EXIF"));
        assert!(!has(&prepared.bytes, b"Canari"), "{called}");
    }
    let flags = prepare(webp(1), "a.webp").expect("sound").bytes[20];
    assert_eq!(
        flags, 0,
        "the head says that there is nothing beside the picture"
    );
}

#[test]
fn what_follows_the_end_of_a_picture_goes_and_every_scan_stays() {
    let film = [jpeg(1), b"ftypmp42 a film of the phone".to_vec()].concat();
    let cleaned = prepare(film, "a.jpg").expect("sound").bytes;
    assert!(!has(&cleaned, b"ftyp"));
    assert!(
        cleaned.ends_with(&[0x78, 0xFF, 0xD9]),
        "the last scan is there"
    );
    assert!(has(
        &cleaned,
        &[0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56, 0xFF, 0xC4]
    ));
    assert!(has(&cleaned, &jpeg_segment(0xC4, &[0xFF, 0xD9, 1])));
    assert!(has(&cleaned, &jpeg_segment(0xDB, &[0; 65])));
}
