//! The golden bytes: what this version signs is, byte for byte, what the first version signed. `FORMAT.md` describes them, and
//! `golden/check.py` reads them again without any of this code.
//!
//! They change only on purpose: `GOLDEN=write cargo test -p crdt-schema --test golden` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, HEADER_BYTES, Item, Keeping, Kind, Payload, PersonalFrame,
    ProvenRotation, RecordBirth, Rotation, SIGNATURE_BYTES, SignedEntry, StatementFrame,
    UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::Position;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, ItemId, RecordId, SubjectId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use data_encoding::HEXLOWER;

const FEDERATION: FederationId = FederationId::from_bytes([0xfe; 32]);
const ENDPOINT: [u8; 32] = [0xed; 32];
const NONCE: [u8; 16] = [0x0e; 16];
const ERASED_INDEX: usize = 2;

fn root() -> SecretKey {
    SecretKey::from_bytes(&[1; 32])
}

fn instance() -> SecretKey {
    SecretKey::from_bytes(&[2; 32])
}

fn record() -> RecordId {
    RecordId::of(&FEDERATION, "initiative", "93", &NONCE)
}

fn held(frame: Frame, salt: u8, content: Vec<u8>) -> Item {
    let salt = [salt; 16];
    Item {
        frame,
        body: Body::Held { salt, content },
    }
}

fn sign(
    kind: Kind,
    place: (u64, Option<EntryId>),
    claimed: i64,
    items: Vec<Item>,
) -> VerifiedEntry {
    UnsignedEntry {
        kind,
        federation: FEDERATION,
        place,
        charter: CharterId::from_bytes([0xca; 32]),
        claimed: Timestamp::from_millis(claimed),
        payload: Payload::new(items).expect("the items are within the limits"),
    }
    .sign(&instance())
}

fn certificate_entry() -> VerifiedEntry {
    let certificate = Certificate::sign(
        &root(),
        root().public().partner(),
        &FEDERATION,
        &instance().public().feed(),
        ENDPOINT,
    );
    let software = Tree::map([("software", Tree::text("maillage 0.1.0"))]).to_cbor();
    let item = held(Frame::Certificate(Box::new(certificate)), 0x51, software);
    sign(Kind::Certificate, (0, None), 1_764_000_000_123, vec![item])
}

fn put(field: &str, value: Value) -> Operation {
    Operation::Put {
        field: field.to_owned(),
        value,
    }
}

/// Every operation, and every type of value with its extremes.
fn operations() -> Vec<Operation> {
    let field = |name: &str| name.to_owned();
    vec![
        put("nom", Value::Text("Atelier numérique — été".to_owned())),
        put("vide", Value::Text(String::new())),
        put("postes", Value::Integer(23)),
        put("postes_24", Value::Integer(24)),
        put("plus_grand", Value::Integer(i64::MAX)),
        put("plus_petit", Value::Integer(i64::MIN)),
        put("budget", Value::decimal(1_234_500, 3)),
        put(
            "solde",
            Value::Decimal {
                mantissa: -1,
                scale: 18,
            },
        ),
        put("ouvert", Value::Boolean(true)),
        put("payant", Value::Boolean(false)),
        put("depuis", Value::Date("2024-02-29".to_owned())),
        put("vu", Value::Instant(1_764_000_000_123)),
        put("avant", Value::Instant(-1)),
        put(
            "lieu",
            Value::Point {
                latitude_e7: 489_356_000,
                longitude_e7: -1_800_000_000,
            },
        ),
        put("type", Value::Term("atelier".to_owned())),
        put("porteur", Value::Record(RecordId::from_bytes([0xac; 16]))),
        Operation::Clear {
            field: field("ancien"),
        },
        Operation::Add {
            field: field("themes"),
            term: "inclusion".to_owned(),
        },
        Operation::Remove {
            field: field("themes"),
            term: "fablab".to_owned(),
        },
        Operation::Splice {
            field: field("description"),
            position: 0,
            deleted: u64::MAX,
            inserted: "Un lieu pour tous.\n".to_owned(),
        },
    ]
}

fn edit_entry() -> VerifiedEntry {
    let creation = Frame::Edit(EditFrame {
        record: record(),
        base: Vec::new(),
        creation: Some(RecordBirth {
            kind: "initiative".to_owned(),
            territory: "93".to_owned(),
            nonce: NONCE,
        }),
    });
    let item = held(creation, 0x52, Content(operations()).to_cbor());
    let place = (1, Some(certificate_entry().id()));
    sign(Kind::Contribution, place, -1, vec![item])
}

/// One item of every other type, one of a later version, and an edit that stands on the first one.
fn mixed_entry() -> VerifiedEntry {
    let first = ItemId::of(&edit_entry().id(), 0);
    let statement = |predicate: &str, other| {
        Frame::Statement(StatementFrame {
            subject: record(),
            other,
            predicate: predicate.to_owned(),
        })
    };
    let items = vec![
        held(
            Frame::Edit(EditFrame {
                record: record(),
                base: vec![first],
                creation: None,
            }),
            0x53,
            Content(vec![put("postes", Value::Integer(-25))]).to_cbor(),
        ),
        held(
            statement("duplicate", Some(RecordId::from_bytes([0xb0; 16]))),
            0x54,
            Tree::map([("answer", Tree::text("unsure")), ("why", Tree::Null)]).to_cbor(),
        ),
        held(
            statement("verified", None),
            0x55,
            Tree::map([("date", Tree::text("2025-11-24"))]).to_cbor(),
        ),
        held(
            Frame::Personal(PersonalFrame {
                record: record(),
                field: "contact".to_owned(),
                subject: SubjectId::from_bytes([0x5b; 16]),
                supersedes: vec![ItemId::from_bytes([1; 16]), ItemId::from_bytes([2; 16])],
            }),
            0x56,
            Tree::text("accueil@exemple.fr").to_cbor(),
        ),
        held(
            Frame::Act("erase".to_owned()),
            0x57,
            Tree::map([("items", Tree::List(vec![Tree::Bytes(vec![3; 16])]))]).to_cbor(),
        ),
        held(Frame::Checkpoint, 0x58, Tree::Boolean(false).to_cbor()),
        held(
            Frame::Unknown(Tree::List(vec![
                Tree::text("later"),
                Tree::map([("bb", Tree::Integer(-1)), ("z", Tree::Integer(256))]),
            ])),
            0x59,
            b"not even CBOR".to_vec(),
        ),
    ];
    let place = (2, Some(edit_entry().id()));
    sign(Kind::Contribution, place, 0, items)
}

/// The same entry once the content of one item had to go.
fn mixed_entry_with_one_item_erased() -> SignedEntry {
    let mut items = mixed_entry().items().to_vec();
    items[ERASED_INDEX] = items[ERASED_INDEX].erased();
    let payload = Payload::new(items).expect("erasing makes a large item smaller");
    SignedEntry {
        payload: payload.to_bytes(),
        ..mixed_entry().to_signed()
    }
}

fn next_root() -> SecretKey {
    SecretKey::from_bytes(&[3; 32])
}

fn rotation() -> ProvenRotation {
    let kept = [
        (instance().public().feed(), Keeping::Open),
        (
            FeedId::from_bytes([0xf1; 32]),
            Keeping::Until(Position {
                sequence: 24,
                entry: edit_entry().id(),
            }),
        ),
    ];
    let partner = root().public().partner();
    let keys = (&root(), &next_root());
    Rotation::sign(FEDERATION, partner, keys, kept.into()).expect("two keys and two feeds")
}

fn rotation_item(salt: u8) -> Item {
    let frame = Frame::Rotation(Box::new(rotation().said().clone()));
    held(frame, salt, Vec::new())
}

/// The running instance publishes that its partner has another root.
fn rotation_entry() -> VerifiedEntry {
    let place = (3, Some(mixed_entry().id()));
    sign(Kind::Governance, place, 1, vec![rotation_item(0x5a)])
}

/// The start of another feed, certified by the root that the rotation brought.
fn later_root_entry() -> VerifiedEntry {
    let instance = SecretKey::from_bytes(&[4; 32]);
    let partner = root().public().partner();
    let feed = instance.public().feed();
    let certificate = Certificate::sign(&next_root(), partner, &FEDERATION, &feed, ENDPOINT);
    let certificate = held(Frame::Certificate(Box::new(certificate)), 0x5b, Vec::new());
    UnsignedEntry {
        kind: Kind::Certificate,
        federation: FEDERATION,
        place: (0, None),
        charter: CharterId::from_bytes([0xca; 32]),
        claimed: Timestamp::from_millis(2),
        payload: Payload::new(vec![certificate, rotation_item(0x5c)]).expect("two small items"),
    }
    .sign(&instance)
}

fn bytes_of(entry: &SignedEntry) -> Vec<u8> {
    [&entry.header[..], &entry.signature, &entry.payload].concat()
}

fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let edit = ItemId::of(&edit_entry().id(), 0);
    vec![
        (
            "certificate_entry",
            bytes_of(&certificate_entry().to_signed()),
        ),
        ("edit_entry", bytes_of(&edit_entry().to_signed())),
        ("mixed_entry", bytes_of(&mixed_entry().to_signed())),
        (
            "mixed_entry_erased",
            bytes_of(&mixed_entry_with_one_item_erased()),
        ),
        ("rotation_entry", bytes_of(&rotation_entry().to_signed())),
        (
            "later_root_entry",
            bytes_of(&later_root_entry().to_signed()),
        ),
        ("record_id", record().as_bytes().to_vec()),
        ("item_id", edit.as_bytes().to_vec()),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.hex"));
    let text = fs::read_to_string(&path).expect("the golden file is there");
    let digits: String = text.split_whitespace().collect();
    HEXLOWER
        .decode(digits.as_bytes())
        .expect("the golden file is hexadecimal")
}

fn write(name: &str, bytes: &[u8]) {
    let digits = HEXLOWER.encode(bytes);
    let lines: Vec<&str> = (0..digits.len())
        .step_by(64)
        .map(|start| &digits[start..digits.len().min(start + 64)])
        .collect();
    let text = lines.join("\n") + "\n";
    fs::write(folder().join(format!("{name}.hex")), text).expect("the folder can be written");
}

#[test]
fn what_is_signed_is_byte_for_byte_what_the_first_version_signed() {
    for (name, bytes) in golden() {
        if std::env::var("GOLDEN").is_ok_and(|order| order == "write") {
            write(name, &bytes);
        }
        assert_eq!(
            HEXLOWER.encode(&read(name)),
            HEXLOWER.encode(&bytes),
            "{name} has changed: no node of an earlier version would agree"
        );
    }
}

#[test]
fn golden_entries_are_verified_from_their_bytes_alone() {
    for name in [
        "certificate_entry",
        "edit_entry",
        "mixed_entry",
        "mixed_entry_erased",
        "rotation_entry",
        "later_root_entry",
    ] {
        let bytes = read(name);
        let (header, rest) = bytes.split_at(HEADER_BYTES);
        let (signature, payload) = rest.split_at(SIGNATURE_BYTES);
        let signed = SignedEntry {
            header: header.try_into().expect("split at its size"),
            signature: signature.try_into().expect("split at its size"),
            payload: payload.to_vec(),
        };
        let verified = signed.clone().verify(&FEDERATION).expect(name);
        assert_eq!(verified.to_signed(), signed, "{name}");
    }
}

#[test]
fn golden_operations_are_read_back_as_they_were_written() {
    let entry = edit_entry();
    let content = entry.items()[0].content().expect("nothing is erased");
    assert_eq!(Content::from_bytes(content), Ok(Content(operations())));
}

#[test]
fn an_independent_reader_finds_the_same_ids_and_commitments() {
    let Some(output) = check(&[], &folder()) else {
        println!("python3 is not here: the independent reader did not run");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("6 entries hold"), "{said}");
}

#[test]
fn the_independent_reader_notices_one_changed_bit() {
    for (name, _) in golden() {
        let bytes = read(name);
        // One position in each part of an entry, but the signature, which the standard library cannot check.
        for position in [3, 100, 150, 300] {
            if position >= bytes.len() {
                continue;
            }
            let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden-changed");
            copy_golden(&copy);
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            fs::write(copy.join(format!("{name}.hex")), HEXLOWER.encode(&changed))
                .expect("the folder can be written");
            // Without installed packages: the hashes alone must tell.
            let Some(output) = check(&["-S"], &copy) else {
                println!("python3 is not here: the independent reader did not run");
                return;
            };
            let complained = String::from_utf8_lossy(&output.stderr);
            assert!(
                !output.status.success() && complained.starts_with("Wrong"),
                "{name} at byte {position}: {complained}"
            );
        }
    }
}

fn copy_golden(to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for (name, _) in golden() {
        let file = format!("{name}.hex");
        fs::copy(folder().join(&file), to.join(&file)).expect("the golden file can be copied");
    }
}

/// Runs the checker on a folder, or returns nothing where there is no Python.
fn check(options: &[&str], folder_of_hex: &Path) -> Option<Output> {
    Command::new("python3")
        .arg("-B")
        .args(options)
        .arg(folder().join("check.py"))
        .arg(folder_of_hex)
        .output()
        .ok()
}
