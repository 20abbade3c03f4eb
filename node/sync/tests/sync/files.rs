//! Attached files between real endpoints on loopback.

use std::sync::atomic::{AtomicU64, Ordering};

use crdt_schema::id::FileHash;
use crdt_schema::record::FILE_BYTES_MAX;
use iroh_blobs::Hash;
use iroh_blobs::protocol::{GetRequest, PushRequest};
use iroh_blobs::store::mem::MemStore;
use replica::hash_of;
use sync::endpoint::{FileError, SYNC_ALPN};

use crate::peers::{Node, acquaint, in_time, rogue};

/// Puts a file where it is given from, and returns its hash.
fn hold(node: &Node, bytes: &[u8]) -> FileHash {
    let hash = hash_of(bytes);
    let mut files = node.replica.files.lock().expect("not poisoned");
    files.insert(hash, bytes.to_vec());
    hash
}

async fn asked(node: &Node, hash: &FileHash, bytes: u64) -> Result<Vec<u8>, FileError> {
    in_time(node.network.file(hash, bytes, &|_| ())).await
}

async fn two_nodes(number: u8) -> (Node, Node) {
    let (mut one, two) = (Node::start(number).await, Node::start(number + 1).await);
    acquaint(&one, &two);
    one.dial(&two).await.expect("it listens");
    one.until_level().await;
    (one, two)
}

#[tokio::test]
async fn a_file_comes_over_the_session_whoever_has_dialled() {
    let (one, two) = two_nodes(40).await;
    let (minutes, rules) = (b"compte rendu".as_slice(), vec![7; 100_000]);
    let of_one = hold(&one, minutes);
    let of_two = hold(&two, &rules);
    assert_eq!(asked(&two, &of_one, 12).await, Ok(minutes.to_vec()));
    assert_eq!(asked(&one, &of_two, 100_000).await, Ok(rules));
    // As often as somebody likes, one after the other.
    for _ in 0..5 {
        assert!(asked(&two, &of_one, 12).await.is_ok());
    }
}

#[tokio::test]
async fn the_largest_file_comes_and_progress_is_told() {
    let (one, two) = two_nodes(42).await;
    let bytes: Vec<u8> = (0..FILE_BYTES_MAX).map(|n| (n % 251) as u8).collect();
    let hash = hold(&two, &bytes);
    let (heard, calls) = (AtomicU64::new(0), AtomicU64::new(0));
    let hear = |bytes| {
        heard.fetch_max(bytes, Ordering::Relaxed);
        calls.fetch_add(1, Ordering::Relaxed);
    };
    let came = in_time(one.network.file(&hash, FILE_BYTES_MAX, &hear)).await;
    assert!(came == Ok(bytes));
    assert_eq!(heard.into_inner(), FILE_BYTES_MAX);
    assert!(calls.into_inner() > 10);
}

#[tokio::test]
async fn what_is_not_held_what_is_false_and_what_has_another_size_does_not_come() {
    let (one, two) = two_nodes(44).await;
    let unknown = hash_of(b"inconnu");
    assert_eq!(asked(&one, &unknown, 7).await, Err(FileError::NotGiven));
    // A disk, or a partner, that gives other bytes.
    two.replica
        .files
        .lock()
        .expect("not poisoned")
        .insert(unknown, b"INCONNU".to_vec());
    assert_eq!(asked(&one, &unknown, 7).await, Err(FileError::NotGiven));
    let bytes = vec![9; 50_000];
    let hash = hold(&two, &bytes);
    for said in [1, 40_000, 49_999, 50_001, FILE_BYTES_MAX] {
        assert_eq!(
            asked(&one, &hash, said).await,
            Err(FileError::NotGiven),
            "{said}"
        );
    }
    assert_eq!(asked(&one, &hash, 50_000).await, Ok(bytes));
}

#[tokio::test]
async fn another_peer_is_asked_where_the_first_has_nothing() {
    let (mut one, two, three) = (
        Node::start(46).await,
        Node::start(47).await,
        Node::start(48).await,
    );
    let hash = hash_of(b"compte rendu");
    assert_eq!(asked(&one, &hash, 12).await, Err(FileError::Alone));
    for other in [&two, &three] {
        acquaint(&one, other);
        one.dial(other).await.expect("it listens");
        one.until_level().await;
    }
    for holder in [&two, &three] {
        hold(holder, b"compte rendu");
        assert_eq!(asked(&one, &hash, 12).await, Ok(b"compte rendu".to_vec()));
        holder.replica.files.lock().expect("not poisoned").clear();
    }
    assert_eq!(asked(&one, &hash, 12).await, Err(FileError::NotGiven));
}

#[tokio::test]
async fn whoever_has_lost_its_right_gets_nothing_and_is_asked_for_nothing() {
    let (one, two) = two_nodes(49).await;
    let hash = hold(&two, b"compte rendu");
    two.doors.cut(one.network.id());
    assert_eq!(asked(&one, &hash, 12).await, Err(FileError::NotGiven));
    two.doors.cut(one.network.id());
    let hash = hold(&one, b"statuts");
    assert_eq!(asked(&two, &hash, 7).await, Err(FileError::NotGiven));
}

#[tokio::test]
async fn a_peer_that_has_not_compared_its_heads_writes_nothing_and_gets_nothing() {
    let node = Node::start(51).await;
    let held = hold(&node, b"compte rendu");
    let (endpoint, to) = rogue(&node).await;
    let connection = in_time(endpoint.connect(to, SYNC_ALPN)).await;
    let connection = connection.expect("it listens");
    let (mut session, _answers) = in_time(connection.open_bi()).await.expect("a stream");
    session
        .write_all(&[0])
        .await
        .expect("the beginning of a word");
    let store = MemStore::new();
    let own = store.add_slice(b"un programme").await.expect("in memory");
    let push = PushRequest::new(own.hash, GetRequest::blob(own.hash).ranges);
    // Whoever pushes does not hear what becomes of it: it is asked for.
    let pushed = store.remote().execute_push(connection.clone(), push);
    let _ = in_time(pushed.complete()).await;
    let empty = MemStore::new();
    for hash in [own.hash, Hash::from_bytes(*held.as_bytes())] {
        let asked = GetRequest::blob(hash);
        let back = empty.remote().execute_get(connection.clone(), asked);
        assert!(in_time(back.complete()).await.is_err(), "{hash}");
    }
}
