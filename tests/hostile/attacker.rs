//! Somebody with a key that speaks the frames of a session by hand, and keeps to no rule that it does not want to keep.

use std::sync::Arc;
use std::time::Duration;

use crdt_schema::entry::{SignedEntry, VerifiedEntry};
use crdt_schema::id::hash;
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use iroh::endpoint::{
    Connection, ConnectionError, QuicTransportConfig, RecvStream, SendStream, VarInt, presets,
};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode};
use sync::codec::{self, Block};
use sync::endpoint::SYNC_ALPN;
use sync::message::{Entries, Hello, Message, Objects, Summary};
use sync::session::PROTOCOL;
use tokio::time::timeout;

use crate::harness::forged::Forger;
use crate::hostile::siege::{Siege, public, secret};

/// Longer than any deadline of a node.
const DEADLINE: Duration = Duration::from_secs(90);
/// The label under which both sides export the keying material of their connection.
const EXPORT_LABEL: &[u8] = b"maillage/sync/1 hello";

/// A hostile node.
pub(crate) struct Attacker {
    pub(crate) siege: Arc<Siege>,
    pub(crate) number: u8,
    pub(crate) forger: Forger,
    pub(crate) endpoint: Endpoint,
    /// The certificate with which its feed begins, which the node under attack holds.
    pub(crate) start: VerifiedEntry,
}

/// One connection of it.
pub(crate) struct Line {
    connection: Connection,
    pub(crate) send: SendStream,
    pub(crate) receive: RecvStream,
    batch: u32,
}

/// Opens an endpoint without the limits and manners of a node.
pub(crate) async fn rogue(key: &SecretKey) -> Endpoint {
    bound(key, QuicTransportConfig::builder().build()).await
}

/// Opens an endpoint that lets the other side send little before it reads.
pub(crate) async fn narrow(key: &SecretKey) -> Endpoint {
    let window = VarInt::from_u32(16 << 10);
    let transport = QuicTransportConfig::builder().stream_receive_window(window);
    bound(key, transport.build()).await
}

async fn bound(key: &SecretKey, transport: QuicTransportConfig) -> Endpoint {
    Endpoint::builder(presets::Minimal)
        .transport_config(transport)
        .secret_key(iroh::SecretKey::from_bytes(&key.to_bytes()))
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))
        .expect("a sound address")
        .bind()
        .await
        .expect("loopback is there")
}

impl Attacker {
    pub(crate) async fn new(siege: &Arc<Siege>, number: u8) -> Self {
        let endpoint = rogue(&secret("endpoint", number)).await;
        Self::with(siege, number, endpoint)
    }

    /// One that takes little before it reads.
    pub(crate) async fn narrow(siege: &Arc<Siege>, number: u8) -> Self {
        let endpoint = narrow(&secret("endpoint", number)).await;
        Self::with(siege, number, endpoint)
    }

    fn with(siege: &Arc<Siege>, number: u8, endpoint: Endpoint) -> Self {
        let mut forger = siege.forger(number);
        let today = forger.claimed;
        // The certificate is the one that the node was furnished with.
        forger.claimed = Timestamp::from_millis(1_000);
        let start = forger.certificate(&secret("root", number), public("endpoint", number));
        forger.claimed = today;
        Self {
            siege: Arc::clone(siege),
            number,
            forger,
            endpoint,
            start,
        }
    }

    pub(crate) async fn connect(&self, alpn: &[u8]) -> Result<Connection, String> {
        dial(&self.endpoint, &self.siege, alpn).await
    }

    /// Connects, and says nothing.
    pub(crate) async fn call(&self) -> Line {
        let connection = self.connect(SYNC_ALPN).await.expect("it listens");
        let (send, receive) = connection.open_bi().await.expect("a stream");
        Line {
            connection,
            send,
            receive,
            batch: 0,
        }
    }

    /// Connects, and behaves until the node takes both sides for level: it echoes what the node holds.
    pub(crate) async fn open(&self) -> Line {
        let mut line = self.call().await;
        line.greet(self, |_| {}).await;
        line.until_level().await;
        line
    }
}

/// Dials the node under attack.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    siege: &Siege,
    alpn: &[u8],
) -> Result<Connection, String> {
    let id = EndpointId::from_bytes(&siege.endpoint).expect("a sound key");
    let to = EndpointAddr::new(id).with_ip_addr(siege.address);
    let dialled = timeout(DEADLINE, endpoint.connect(to, alpn)).await;
    dialled
        .map_err(|_| "no answer".to_owned())?
        .map_err(|error| error.to_string())
}

/// Returns the number and the word with which the other side closes.
pub(crate) async fn closed(connection: &Connection) -> String {
    match timeout(DEADLINE, connection.closed()).await {
        Ok(ConnectionError::ApplicationClosed(close)) => {
            let word = String::from_utf8_lossy(&close.reason).into_owned();
            format!("{} {word}", close.error_code)
        }
        Ok(other) => other.to_string(),
        Err(_) => "never".to_owned(),
    }
}

/// Reads a message; nothing once the line is closed.
pub(crate) async fn hear(receive: &mut RecvStream) -> Option<Message> {
    let mut length = [0; 4];
    let read = timeout(DEADLINE, receive.read_exact(&mut length)).await;
    read.ok()?.ok()?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    receive.read_exact(&mut body).await.ok()?;
    Some(codec::decode(&body).expect("a node sends sound messages"))
}

impl Line {
    /// Sends the first message, changed as somebody likes.
    pub(crate) async fn greet(&mut self, of: &Attacker, change: impl FnOnce(&mut Hello)) {
        let mut hello = of.siege.hello(self.binding(PROTOCOL));
        change(&mut hello);
        self.say(&Message::Hello(Box::new(hello))).await;
    }

    /// What ties a hello to this connection, for a range of protocols.
    pub(crate) fn binding(&self, (oldest, newest): (u16, u16)) -> [u8; 32] {
        let mut exporter = [0; 32];
        self.connection
            .export_keying_material(&mut exporter, EXPORT_LABEL, b"")
            .expect("the handshake is over");
        let (oldest, newest) = (oldest.to_be_bytes(), newest.to_be_bytes());
        hash("hello", &[&exporter, &[1], &oldest, &newest])
    }

    /// Sends a message. Whoever attacks does not mind if nobody listens any more.
    pub(crate) async fn say(&mut self, message: &Message) {
        let frame = codec::encode(message).expect("within a frame");
        self.write(&frame).await;
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        self.send.write_all(bytes).await.is_ok()
    }

    /// Sends bytes in a frame of their own.
    pub(crate) async fn frame(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        self.write(&[&length, body].concat()).await;
    }

    /// Reads a message; nothing once the line is closed.
    pub(crate) async fn hear(&mut self) -> Option<Message> {
        hear(&mut self.receive).await
    }

    /// Goes through the opening up to the node's digest, which it returns.
    pub(crate) async fn until_digest(&mut self) -> Summary {
        while let Some(message) = self.hear().await {
            match message {
                Message::Hello(_) => {
                    let (batch, last) = (self.next_batch(), true);
                    let (charters, approvals) = (Vec::new(), Vec::new());
                    let objects = Objects {
                        batch,
                        charters,
                        approvals,
                        last,
                    };
                    self.say(&Message::Governance(objects)).await;
                }
                Message::Governance(objects) => self.acknowledge(objects.batch).await,
                Message::Digest(theirs) => return theirs,
                _ => {}
            }
        }
        panic!("closed in the opening: {}", self.closed().await);
    }

    /// Takes what the node decided, until the first entries of others are on their way.
    pub(crate) async fn until_data(&mut self) {
        while let Some(message) = self.hear().await {
            match message {
                Message::Entries(entries) if entries.last => self.acknowledge(entries.batch).await,
                Message::Done(_) => return,
                _ => {}
            }
        }
        panic!("closed before the data: {}", self.closed().await);
    }

    async fn until_level(&mut self) {
        let theirs = self.until_digest().await;
        self.say(&Message::Digest(theirs)).await;
    }

    pub(crate) async fn acknowledge(&mut self, batch: u32) {
        let paused = Vec::new();
        self.say(&Message::Ack { batch, paused }).await;
    }

    pub(crate) fn next_batch(&mut self) -> u32 {
        self.batch += 1;
        self.batch - 1
    }

    /// Sends a batch, and waits for what becomes of it: the feeds that wait, or how the node closes.
    pub(crate) async fn push(&mut self, entries: &[SignedEntry]) -> Result<usize, String> {
        let block = Block::pack(entries).expect("small");
        let batch = self.next_batch();
        let last = true;
        self.say(&Message::Entries(Entries { batch, last, block }))
            .await;
        while let Some(message) = self.hear().await {
            if let Message::Ack {
                batch: which,
                paused,
            } = message
                && which == batch
            {
                return Ok(paused.len());
            }
        }
        Err(self.closed().await)
    }

    /// Sends entries that hold, in batches; all must be acknowledged. Returns how often a feed was said to wait.
    pub(crate) async fn push_all(&mut self, entries: &[VerifiedEntry]) -> Result<usize, String> {
        let mut waits = 0;
        for some in entries.chunks(64) {
            let signed: Vec<_> = some.iter().map(VerifiedEntry::to_signed).collect();
            waits += self.push(&signed).await?;
        }
        Ok(waits)
    }

    pub(crate) async fn closed(&mut self) -> String {
        closed(&self.connection).await
    }
}
