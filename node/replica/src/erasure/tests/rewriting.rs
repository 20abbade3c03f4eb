//! The bytes: found in the files before, in none of them afterwards, and whole files whenever the node is killed.

use std::fs;
use std::io;
use std::path::Path;

use crdt_schema::entry::{Kind, VerifiedEntry};
use crdt_schema::id::ItemId;

use super::federation::{
    Feed, Node, creation, erase, item, of_items, of_subject, open, personal, put, record, statement,
};
use crate::store::{self, NEW_FILE, Step, StoreFile};
use crate::view_rows::Dictionaries;
use crate::{NewItem, REWRITE_AFTER, Rewriting};

fn new((frame, content): (crdt_schema::entry::Frame, Vec<u8>)) -> NewItem {
    NewItem { frame, content }
}

/// Every file below a folder, with its bytes. The search index merges beside the test: a look
/// during which a file went away or got another name has missed something, and is made again.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let look = || {
        let mut found = Vec::new();
        read_below(folder, &mut found).map(|()| found)
    };
    for _ in 0..50 {
        match look() {
            Ok(found) => return found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => panic!("{} is not readable: {error}", folder.display()),
        }
    }
    panic!("{} never kept still", folder.display());
}

fn read_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_dir() {
            read_below(&path, found)?;
        } else {
            found.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(())
}

fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(needle.len()).any(|at| at == needle);
    let found = files(folder).into_iter().filter(|(_, bytes)| holds(bytes));
    found.map(|(path, _)| path).collect()
}

/// Bytes that occur nowhere else and that no compression shortens.
fn canary(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(step).take(4_000).collect()
}

/// The row of a record's view, as it is compressed.
fn view_row(node: &Node, number: u8) -> Vec<u8> {
    let reader = node.replica.read().expect("a snapshot");
    let number = reader.source.number(&record(number)).expect("read");
    let views = reader
        .read
        .open_table(store::tables::VIEWS)
        .expect("opened");
    let row = views
        .get(number.expect("held"))
        .expect("read")
        .expect("built");
    row.value().to_vec()
}

/// The payload of an entry as it is compressed, as far as it stands in one piece: a page. What is in the file is searched for in this form
/// too.
fn block(entry: &VerifiedEntry) -> Vec<u8> {
    let mut packer = store::PayloadPacker::new().expect("a compressor");
    let signed = entry.to_signed();
    let mut block = packer.pack(&signed.payload).expect("compressed");
    block.truncate(4_000);
    block
}

fn held(node: &Node, entry: &crdt_schema::id::EntryId) -> VerifiedEntry {
    let reader = node.replica.read().expect("a snapshot");
    let held = reader.entry(entry).expect("readable").expect("held");
    VerifiedEntry::clone(&held)
}

#[test]
fn no_byte_of_what_was_erased_is_left_in_any_file_of_the_folder() {
    let node = Node::new(2);
    let secret = canary(1);
    let (frame, _) = statement(1, "");
    let said = NewItem {
        frame,
        content: secret.clone(),
    };
    let items = vec![
        new(creation(1, "Xylographe Zéphyrin")),
        new(personal(1, 1, "Camille Exemple")),
        said,
    ];
    let entry = node.replica.contribute(items).expect("written")[0];
    // Others stand beside it, so that index segments and pages have more in them.
    for number in 2..40 {
        let items = vec![new(creation(number, &format!("Association {number}")))];
        node.replica.contribute(items).expect("written");
    }
    node.settle();
    let whole = block(&held(&node, &entry));
    let view = view_row(&node, 1);
    let needles = [&secret[2_000..2_032], &whole, &view];
    for needle in needles {
        let found = files_with(node.folder.path(), needle);
        assert!(
            !found.is_empty(),
            "a search that finds nothing now would prove nothing later"
        );
    }
    let segments = |node: &Node| {
        let all = files(&node.folder.path().join("search")).into_iter();
        all.map(|(path, _)| path).collect::<Vec<_>>()
    };
    let before = segments(&node);
    let items = [0, 1, 2].map(|index| ItemId::of(&entry, index));
    node.replica.erase(&of_items(items)).expect("signed");
    assert_eq!(
        node.replica.rewrite_now().expect("written"),
        Rewriting::Done
    );
    for needle in needles {
        assert_eq!(files_with(node.folder.path(), needle), Vec::<String>::new());
    }
    // The dictionary of an index is no text to search: the segments that held the words are gone as files.
    let indexed_before = before.iter().filter(|path| path.ends_with(".term"));
    let after = segments(&node);
    let left: Vec<_> = indexed_before.filter(|path| after.contains(path)).collect();
    assert!(left.len() < before.iter().filter(|path| path.ends_with(".term")).count());
    // The node goes on on the new file, and so does the next start.
    node.replica
        .contribute(vec![new(creation(60, "Après"))])
        .expect("written");
    assert_eq!(node.replica.rewrite_now().expect("read"), Rewriting::NotDue);
    let digest = node.digest();
    let node = node.reopened(2);
    assert_eq!(node.digest(), digest);
    for needle in needles {
        assert_eq!(files_with(node.folder.path(), needle), Vec::<String>::new());
    }
    // What a peer brings back whole is not written to any page.
    let (mut feed, first) = Feed::new(3);
    let (frame, secret) = (statement(1, "").0, canary(3));
    let later = feed.sign(Kind::Contribution, vec![(frame, secret.clone())]);
    let act = feed.sign(Kind::Governance, vec![erase(of_items([item(&later, 0)]))]);
    node.replica
        .ingest(vec![first, later.clone(), act])
        .expect("written");
    assert_eq!(
        node.replica.rewrite_now().expect("written"),
        Rewriting::Done
    );
    node.replica.ingest(vec![later]).expect("known");
    assert_eq!(
        files_with(node.folder.path(), &secret[2_000..2_032]),
        Vec::<String>::new()
    );
}

#[test]
fn a_rewriting_is_due_an_hour_after_an_erasure_and_whatever_the_clock_does() {
    let node = Node::new(2);
    let items = vec![new(creation(1, "Un")), new(personal(1, 1, "Deux"))];
    let entry = node.replica.contribute(items).expect("written")[0];
    let far = crdt_schema::time::Timestamp::from_millis(i64::MAX);
    assert_eq!(
        node.replica.rewrite_if_due(far).expect("read"),
        Rewriting::NotDue
    );
    // An erasure that finds nothing here is done at once.
    node.replica
        .erase(&of_items([ItemId::from_bytes([9; 16])]))
        .expect("signed");
    assert_eq!(
        node.replica.rewrite_if_due(far).expect("read"),
        Rewriting::NotDue
    );
    node.replica
        .erase(&of_items([ItemId::of(&entry, 1)]))
        .expect("signed");
    let unfinished = node
        .replica
        .read()
        .expect("a snapshot")
        .unfinished_erasures();
    let met = *unfinished.expect("read").values().next().expect("one");
    let at = |distance_ms: i64| {
        crdt_schema::time::Timestamp::from_millis(met.as_millis().saturating_add(distance_ms))
    };
    let hour = i64::try_from(REWRITE_AFTER.as_millis()).expect("an hour");
    for early in [0, hour - 1, 1 - hour] {
        let rewriting = node.replica.rewrite_if_due(at(early)).expect("read");
        assert_eq!(rewriting, Rewriting::NotDue, "{early}");
    }
    assert_eq!(
        node.replica.rewrite_if_due(at(-hour)).expect("written"),
        Rewriting::Done
    );
    assert_eq!(
        node.replica.rewrite_if_due(at(hour)).expect("read"),
        Rewriting::NotDue
    );
}

/// Copies a folder as a power cut would leave it.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for (path, bytes) in files(folder) {
        let name = Path::new(&path).strip_prefix(folder).expect("below it");
        let to = copy.path().join(name);
        fs::create_dir_all(to.parent().expect("below the copy")).expect("made");
        fs::write(to, bytes).expect("written");
    }
    copy
}

#[test]
fn a_node_that_is_killed_while_rewriting_has_the_old_file_or_the_new_one() {
    let node = Node::new(2);
    let mut entries = Vec::new();
    for number in 1..30 {
        let items = vec![
            new(creation(number, "Un")),
            new(personal(number, 1, "Deux")),
        ];
        entries.extend(node.replica.contribute(items).expect("written"));
    }
    node.replica
        .erase(&of_items([ItemId::of(&entries[0], 1)]))
        .expect("signed");
    node.settle();
    let digest = node.digest();
    let Node { replica, folder } = node;
    drop(replica);
    let acts: std::collections::BTreeSet<ItemId> = {
        let replica = open(folder.path(), 2);
        let reader = replica.read().expect("a snapshot");
        reader
            .unfinished_erasures()
            .expect("read")
            .into_keys()
            .collect()
    };
    assert_eq!(acts.len(), 1);
    let (database, _) = store::open(folder.path(), false).expect("opened");
    let dictionaries = Dictionaries::load(&database).expect("readable");
    let file = StoreFile::new(folder.path(), database);
    let cuts = std::cell::RefCell::new(vec![(None, copied(folder.path()))]);
    file.rewrite(
        |read, write| {
            dictionaries.copy_views(read, write)?;
            super::super::finish(write, &acts)
        },
        |step| cuts.borrow_mut().push((Some(step), copied(folder.path()))),
    )
    .expect("written");
    drop(file);
    let mut cuts = cuts.into_inner();
    cuts.push((Some(Step::Renamed), copied(folder.path())));
    // A new file of which only the start is on disk.
    let torn = copied(cuts[0].1.path());
    let whole = fs::read(cuts[1].1.path().join(NEW_FILE)).expect("the new file");
    fs::write(torn.path().join(NEW_FILE), &whole[..whole.len() / 3]).expect("written");
    cuts.push((None, torn));
    assert_eq!(cuts.len(), 5);
    for (step, cut) in cuts {
        let replica = open(cut.path(), 2);
        assert!(!cut.path().join(NEW_FILE).exists(), "{step:?}");
        let reader = replica.read().expect("a snapshot");
        assert_eq!(reader.state_digest().expect("read"), digest, "{step:?}");
        let unfinished = reader.unfinished_erasures().expect("read").len();
        assert_eq!(
            unfinished,
            usize::from(step != Some(Step::Renamed)),
            "{step:?}"
        );
        let held = reader.counts().expect("read").entries;
        assert_eq!(held, 31, "{step:?}");
        drop(reader);
        replica
            .contribute(vec![new(creation(90, "Après"))])
            .expect("written");
        let again = replica.rewrite_now().expect("written");
        let expected = if step == Some(Step::Renamed) {
            Rewriting::NotDue
        } else {
            Rewriting::Done
        };
        assert_eq!(again, expected, "{step:?}");
    }
}

#[test]
fn a_snapshot_that_is_open_during_a_rewriting_is_read_to_its_end() {
    let node = Node::new(1);
    let items = vec![new(creation(1, "Un")), new(personal(1, 1, "Deux"))];
    let entry = node.replica.contribute(items).expect("written")[0];
    node.replica.erase(&of_subject(1)).expect("signed");
    node.settle();
    let open = node.replica.read().expect("a snapshot");
    assert_eq!(
        node.replica.rewrite_now().expect("written"),
        Rewriting::Done
    );
    let base = vec![ItemId::of(&entry, 0)];
    node.replica
        .contribute(vec![new(put(1, base, None, "Trois"))])
        .expect("written");
    let name = |reader: &crate::Reader| {
        let view = reader.record(&record(1)).expect("readable").expect("held");
        format!("{:?}", view.field("name").expect("named").values[0].value)
    };
    assert_eq!(open.counts().expect("read").entries, 3);
    assert_eq!(
        node.replica
            .read()
            .expect("a snapshot")
            .counts()
            .expect("read")
            .entries,
        4
    );
    assert_eq!(
        name(&node.replica.read().expect("a snapshot")),
        "Text(\"Trois\")"
    );
    assert_eq!(name(&open), "Text(\"Un\")");
}

#[test]
fn a_damaged_store_that_stands_beside_holds_the_receipt_back_until_it_is_gone() {
    let node = Node::new(2);
    let secret = canary(1);
    let (frame, _) = statement(1, "");
    let said = NewItem {
        frame,
        content: secret.clone(),
    };
    let items = vec![new(creation(1, "Association")), said];
    let entry = node.replica.contribute(items).expect("written")[0];
    node.settle();
    let needle = block(&held(&node, &entry));
    let folder = node.folder.path();
    let aside = folder.join("replica.redb.damaged-2025-11-24T00-00-00Z");
    fs::copy(folder.join(store::FILE), &aside).expect("copied");
    let is_done = || {
        let board = node.replica.erasure_board().expect("readable");
        let its = board.iter().map(|it| {
            let own = it.nodes.iter().find(|node| node.is_own);
            own.expect("this node").is_done
        });
        its.collect::<Vec<_>>()
    };
    node.replica
        .erase(&of_items([ItemId::of(&entry, 1)]))
        .expect("signed");
    assert_eq!(
        node.replica.rewrite_now().expect("read"),
        Rewriting::SetAside
    );
    assert_eq!(
        node.replica.set_aside().expect("readable"),
        std::slice::from_ref(&aside)
    );
    assert_eq!(is_done(), [false]);
    assert!(!files_with(folder, &needle).is_empty());
    // An erasure of what this store never held is not done either: the other one may have held it.
    node.replica
        .erase(&of_items([ItemId::from_bytes([9; 16])]))
        .expect("signed");
    assert_eq!(is_done(), [false, false]);
    assert_eq!(node.replica.remove_set_aside().expect("removed"), 1);
    assert!(!aside.exists());
    assert_eq!(
        node.replica.rewrite_now().expect("written"),
        Rewriting::Done
    );
    assert_eq!(is_done(), [true, true]);
    assert_eq!(files_with(folder, &needle), Vec::<String>::new());
    assert_eq!(node.replica.remove_set_aside().expect("none is left"), 0);
}
