//! Prints what the machine itself needs for what a first synchronisation does: `cargo run --release -p sync --example raw_figures -- BYTES`.
//!
//! One object: `quic_s` to send so many bytes over one stream of loopback, `redb_s` to write them to a database durably, `copy_s` for both as
//! one pipeline, the last commit included; `verify_per_s` and `sign_per_s` of signatures over 200 bytes, on one core.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use crdt_schema::key::SecretKey;
use iroh::endpoint::presets;
use iroh::{Endpoint, EndpointAddr, RelayMode};
use redb::{Database, TableDefinition};

type Error = Box<dyn std::error::Error + Send + Sync>;

const ALPN: &[u8] = b"maillage/raw/1";
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Bytes of one value.
const BLOCK: usize = 64 << 10;
/// Values of one commit: 8 MiB.
const COMMIT: u64 = 128;
const SIGNATURES: u32 = 20_000;

fn main() -> Result<(), Error> {
    let bytes: u64 = std::env::args().nth(1).ok_or("how many bytes?")?.parse()?;
    let folder = tempfile::tempdir()?;
    let redb_s = written(folder.path(), bytes)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let quic_s = runtime.block_on(sent(None, bytes))?;
    let database = Database::create(folder.path().join("copy.redb"))?;
    let copy_s = runtime.block_on(sent(Some(database), bytes))?;
    let (sign_per_s, verify_per_s) = signatures()?;
    println!(
        "{{\"bytes\":{bytes},\"quic_s\":{quic_s:.4},\"redb_s\":{redb_s:.4},\"copy_s\":{copy_s:.4},\"verify_per_s\":{verify_per_s:.0},\"sign_per_s\":{sign_per_s:.0}}}"
    );
    Ok(())
}

/// Bytes that no compression makes smaller: splitmix64.
fn block(number: u64) -> Vec<u8> {
    let mut state = number;
    let words = std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    });
    words.take(BLOCK / 8).flat_map(u64::to_be_bytes).collect()
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn written(folder: &Path, bytes: u64) -> Result<f64, Error> {
    let blocks: Vec<Vec<u8>> = (0..COMMIT).map(block).collect();
    let database = Database::create(folder.join("raw.redb"))?;
    let start = Instant::now();
    let mut number = 0;
    while number * (BLOCK as u64) < bytes {
        let write = database.begin_write()?;
        {
            let mut table = write.open_table(BLOCKS)?;
            for block in &blocks {
                table.insert(number, block.as_slice())?;
                number += 1;
            }
        }
        write.commit()?;
    }
    Ok(start.elapsed().as_secs_f64())
}

async fn endpoint() -> Result<Endpoint, Error> {
    let builder = Endpoint::builder(presets::Minimal)
        .alpns(vec![ALPN.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(builder.bind().await?)
}

/// Sends the bytes to a second endpoint, which writes them where a database is given. The time ends with its answer.
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn sent(database: Option<Database>, bytes: u64) -> Result<f64, Error> {
    let (from, to) = (endpoint().await?, endpoint().await?);
    let mut address = EndpointAddr::new(to.id());
    for socket in to.bound_sockets() {
        address = address.with_ip_addr(socket);
    }
    let listening = to.clone();
    let taking = tokio::spawn(async move {
        let incoming = listening.accept().await.ok_or("closed")?;
        let connection = incoming.await?;
        let (mut answer, mut stream) = connection.accept_bi().await?;
        let (blocks, mut full) = tokio::sync::mpsc::channel::<Vec<u8>>(32);
        let writing = tokio::task::spawn_blocking(move || -> Result<(), Error> {
            let (mut number, mut waiting) = (0, Vec::new());
            loop {
                let block = full.blocking_recv();
                let is_last = block.is_none();
                waiting.extend(block);
                if let Some(database) = &database
                    && (is_last || waiting.len() as u64 == COMMIT)
                {
                    let write = database.begin_write()?;
                    {
                        let mut table = write.open_table(BLOCKS)?;
                        for block in waiting.drain(..) {
                            table.insert(number, block.as_slice())?;
                            number += 1;
                        }
                    }
                    write.commit()?;
                }
                if is_last {
                    return Ok(());
                }
                if database.is_none() {
                    waiting.clear();
                }
            }
        });
        let mut block = vec![0; BLOCK];
        while let Some(read) = stream.read(&mut block).await? {
            blocks.send(block[..read].to_vec()).await?;
        }
        drop(blocks);
        writing.await??;
        answer.write_all(b"done").await?;
        answer.finish()?;
        connection.closed().await;
        Ok::<(), Error>(())
    });
    let connection = from.connect(address, ALPN).await?;
    let blocks: Vec<Vec<u8>> = (0..COMMIT).map(block).collect();
    let start = Instant::now();
    let (mut stream, mut answer) = connection.open_bi().await?;
    let mut left = bytes;
    for block in blocks.iter().cycle() {
        let part = usize::try_from(left.min(BLOCK as u64))?;
        stream.write_all(&block[..part]).await?;
        left -= part as u64;
        if left == 0 {
            break;
        }
    }
    stream.finish()?;
    answer.read_to_end(16).await?;
    let taken = start.elapsed().as_secs_f64();
    connection.close(0_u32.into(), b"done");
    taking.await??;
    from.close().await;
    to.close().await;
    Ok(taken)
}

/// Signatures and verifications a second, each of 200 bytes.
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn signatures() -> Result<(f64, f64), Error> {
    let key = SecretKey::from_bytes(&[7; 32]);
    let message = [3; 200];
    let start = Instant::now();
    let signed: Vec<_> = (0..SIGNATURES).map(|_| key.sign("raw", &message)).collect();
    let sign_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    for signature in &signed {
        key.public().verify("raw", &message, signature)?;
    }
    let verify_s = start.elapsed().as_secs_f64();
    Ok((
        f64::from(SIGNATURES) / sign_s,
        f64::from(SIGNATURES) / verify_s,
    ))
}
