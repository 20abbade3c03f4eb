//! Every limit of the exchange between two nodes, with its unit, its reason, and what happens beyond it.
//!
//! None of them decides what is valid (those are in `crdt_schema::limits`): they bound what a peer can make us hold, send or wait for.

use std::time::Duration;

/// Bytes of one frame, its length prefix not counted. One buffer per direction then suffices; a longer frame closes the session.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Bytes of a frame of the joining protocol: a code, keys and a short profile. Strangers can send it, so it is small.
pub const JOIN_FRAME_BYTES_MAX: usize = 4 * 1024;
/// Bytes of the answer to a newcomer: the federation's charters. Only the node that gave the ticket can send it, and only once asked.
pub const JOIN_REPLY_BYTES_MAX: usize = 4 << 20;
/// Bytes that the entries of one frame take once inflated. The rest of `FRAME_BYTES_MAX` is room for what cannot be compressed
/// (zstd then adds a 256th) and for the message around it.
pub const BLOCK_BYTES_MAX: usize = FRAME_BYTES_MAX - 16 * 1024;
/// Base-2 logarithm of the window that a peer's zstd frame may ask for: 1 MiB, the size of what it may hold.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 20;
/// Entries of one batch: one transaction and one fsync for 256 signatures (10 ms) is a fair share of a writer.
pub const BATCH_ENTRIES_MAX: usize = 256;
/// Bytes of one batch once inflated: the receiver holds it whole until it is committed. More closes the session.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// Bytes of the batches that we make: 64 peers that never read then hold 128 MiB of ours, not 512.
pub const BATCH_BYTES_SENT: usize = 1 << 20;
/// Smallest batch that a peer may ask for, in bytes: any one entry must fit.
pub const BATCH_BYTES_MIN: usize = 512 * 1024;
/// Batches sent and not acknowledged: the link is busy while the other side writes. A third one closes the session.
pub const BATCHES_IN_FLIGHT_MAX: usize = 2;
/// Bytes of one charter or approval with its wrapping. The charter's own limit is 256 KiB.
pub const OBJECT_BYTES_MAX: usize = crdt_schema::limits::CHARTER_BYTES_MAX + 1024;
/// Charters, and approvals, of one frame. A seat's vote is 200 bytes, so bytes bind first for charters and this for votes.
pub const OBJECTS_MAX: usize = 256;
/// Bytes of charters and approvals that we put into one frame: one more always fits.
pub const OBJECTS_BYTES_SENT: usize = 512 * 1024;
/// Feeds of a frontier: two hundred partners with twenty instances each. Beyond, the frontier says that it is not complete.
pub const FRONTIER_FEEDS_MAX: usize = 4_096;
/// Heads of one feed. An honest feed has one; a fifth branch is not fetched, the feed is flooded until a coordinator cuts it.
pub const HEADS_MAX: usize = crdt_schema::limits::BRANCHES_MAX;
/// Feeds or heads of one request or announcement: what is left over goes into the next message.
pub const REQUEST_IDS_MAX: usize = 64;
/// Feeds of one node that a Hello names: each restore adds one. Those beyond are compared with the frontier.
pub const OWN_FEEDS_MAX: usize = 16;
/// Edits of one partner that stand on edits that are not held: a long absence of another partner leaves some thousands. Beyond, the feed
/// that brings the next one waits.
pub const WAITING_EDITS_MAX: u64 = 10_000;
/// Bytes of their contents: five hundred of the longest texts.
pub const WAITING_BYTES_MAX: u64 = 32 << 20;
/// Damaged entries that a session asks for, or sends again, and has not finished: the disk that lost more is set aside as a whole.
pub const FETCH_IDS_MAX: usize = 1_024;
/// Places of one locator: at distances that double, this reaches the start of any feed.
pub const LOCATOR_MAX: usize = 64;
/// New heads that wait for the session to be open, in feeds: as many as a frontier. Others are found by the next digest.
pub const NEW_HEADS_MAX: usize = FRONTIER_FEEDS_MAX;
/// Bytes of the name and version of a program, in UTF-8: shown on the operator's page.
pub const SOFTWARE_BYTES_MAX: usize = 64;
/// Signatures that do not hold in one session, from which on it is closed: one may be a broken disk, three are a broken peer.
pub const BAD_SIGNATURES_MAX: u32 = 3;

/// Time for the first byte of an answer: a healthy node answers in one round trip.
pub const FIRST_BYTE_MAX: Duration = Duration::from_secs(10);
/// Time from the first byte of a frame to its last, and to write one: 1 MiB at 35 KiB/s.
pub const FRAME_MAX: Duration = Duration::from_secs(30);
/// Time without any message while one is due. It covers a batch that waits for the other side's disk.
pub const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Time for which signing is held when a peer names a later entry of our feed than we hold, and for the peer to bring it: its own feeds
/// are the first that a node is sent of its stage, so a megabyte at 20 KiB/s.
pub const CLAIM_MAX: Duration = Duration::from_secs(60);
/// How often signing is held for claims of one partner in a run, unless it shows an entry: the line may break twice on the way. One that had
/// its time on an open session is not heard again.
pub const CLAIMS_MAX: u32 = 3;
/// Time for which signing is held in all within `CLAIMS_DAY`, however many partners claim: nobody works less for it, and ten honest
/// witnesses can each speak in turn.
pub const HELD_DAY_MAX: Duration = Duration::from_secs(600);
/// See `HELD_DAY_MAX`.
pub const CLAIMS_DAY: Duration = Duration::from_secs(86_400);
/// Time between two looks at whether a hold is over: some numbers in memory.
pub const HELD_EVERY: Duration = Duration::from_secs(1);
/// Time to dial. A dead address would hold us for 30 s.
pub const DIAL_MAX: Duration = Duration::from_secs(10);
/// Time for a peer to see why we close, before the connection goes.
pub const FAREWELL_MAX: Duration = Duration::from_secs(2);
/// Time between two keep-alive packets, a third of what QUIC allows in silence.
pub const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Time without any packet after which the connection is lost.
pub const IDLE_MAX: Duration = Duration::from_secs(30);
/// Time before a peer that is not reached is dialled again: the first, which doubles up to the longest.
pub const REDIAL_MIN: Duration = Duration::from_millis(500);
/// The longest time before a peer that does not answer is dialled again: with `DIAL_MAX`, two nodes exchange within half a minute once the
/// line between them is back. A call that nobody answers is four packets.
pub const REDIAL_MAX: Duration = Duration::from_secs(15);
/// The same, of a peer that answers and turns us away: a person has to act first.
pub const REDIAL_REFUSED_MAX: Duration = Duration::from_secs(60);
/// Time between two looks at whether feeds that wait may go on: a clock and some numbers in memory.
pub const RESUME_EVERY: Duration = Duration::from_secs(1);
/// Commits that nobody has announced yet. Beyond, the oldest go, and the heads are announced as they are.
pub const COMMITS_MAX: usize = 256;
/// Time between two digests of an open session, before jitter. Pushes may be lost with a crash; the digest finds them.
pub const DIGEST_EVERY: Duration = Duration::from_secs(180);
/// What is added at most to `DIGEST_EVERY`, so that nodes do not all ask at once.
pub const DIGEST_JITTER: Duration = Duration::from_secs(120);

/// Time that a request for a file waits until both sides are level: the peer may see that a little earlier.
pub const LEVEL_MAX: Duration = Duration::from_secs(5);
/// Files that this node gives at once: 20 MiB each, with what their verification needs beside.
pub const FILES_GIVEN_MAX: usize = 8;
/// Time to give one file to a peer, and to wait for one: 20 MiB at 6 KiB/s.
pub const FILE_MAX: Duration = Duration::from_secs(3_600);
/// Time without any byte of a file that a peer has begun to give. Another peer is asked then.
pub const FILE_STALL_MAX: Duration = Duration::from_secs(20);

/// In each such time a peer that gives a file must give so many bytes: less is no link that a person would wait for.
pub const FILE_PACE: Duration = Duration::from_secs(60);
/// See `FILE_PACE`.
pub const FILE_PACE_BYTES_MIN: u64 = 128 * 1024;

/// Relays of one federation: two, so that one may be down, and as many again while they are replaced.
pub const RELAYS_MAX: usize = 4;
/// Bytes of the address of a relay: it stands in every ticket, and in a code that a phone reads.
pub const RELAY_ADDRESS_BYTES_MAX: usize = 200;
/// Bytes of the token of a relay: it goes into one line of a request.
pub const RELAY_TOKEN_BYTES_MAX: usize = 256;
/// Sessions that a node wants: where each has six with others that chance chose, a thousand nodes hang together although some stop.
pub const SESSIONS_WANTED: usize = 6;
/// Of these, sessions that the node began itself where chance said: those that call it may all be nodes of one partner, which could else show it what it
/// likes.
pub const SESSIONS_CHOSEN: usize = 3;
/// Nodes connected from which on the oldest that called are sent to others. Each costs one announcement an entry; the rest of
/// `CONNECTIONS_MAX` is room for newcomers, who learn here whom to call.
pub const SESSIONS_CROWDED: usize = 24;
/// Nodes called at once.
pub const CALLS_MAX: usize = 6;
/// Time after which a node is called again that had enough sessions, or that this node left; half of it at least.
pub const CROWDED_PAUSE: Duration = Duration::from_secs(3_600);
/// The longest time between two looks for nodes that nobody configured, while those that were called do not answer.
pub const SEARCH_PAUSE_MAX: Duration = Duration::from_secs(60);
/// The longest time before a node is called again that was never met: an address of which others tell may be nobody's, or somebody else's.
pub const HEARSAY_PAUSE_MAX: Duration = Duration::from_secs(3_600);
/// Time between two calls that look for nodes beyond one's six, half of it to one and a half. One such call joins two halves of a network, and
/// two hundred nodes make one every five seconds.
pub const EXPLORE_EVERY: Duration = Duration::from_secs(900);
/// Time that both sides are level before a session counts as settled: what is told at its beginning has come by then.
pub const SETTLED_MIN: Duration = Duration::from_secs(5);
/// Nodes of which an address is remembered: five times a large federation. Others are not called unless the configuration names them.
pub const PEERS_KNOWN_MAX: usize = 1_024;
/// Addresses of one node that are remembered because others told them, one of each teller. The oldest go: where a session stood is
/// remembered beside.
pub const ADDRESSES_HEARD_MAX: usize = 3;
/// Addresses that one session tells, and hears: those of a large federation, twenty times. We tell no more; more of a peer closes the session.
pub const ADDRESSES_TOLD_MAX: usize = 4_096;
/// Time between two looks at whether there are addresses to tell: what many newcomers bring goes out together.
pub const TELL_EVERY: Duration = Duration::from_secs(5);

/// Sessions that read the store, compress and decide at once: each holds some MB meanwhile, and two processors do no more at a time.
pub const WORKING_MAX: usize = 4;
/// Sessions with one endpoint: a second one is legitimate while the first is not yet known to be dead. A third is refused.
pub const SESSIONS_PER_PEER_MAX: usize = 2;
/// Connections in all, both directions: ten times what a node of a large federation keeps. More are refused.
pub const CONNECTIONS_MAX: usize = 64;
/// Newcomers that are heard at once. Apart from `CONNECTIONS_MAX`: while an invitation is open anybody may hold these places, and says so
/// with any number of network identities. One more is turned away, and knocks again.
pub const NEWCOMERS_MAX: usize = 8;
/// Handshakes under way from which on an address must prove itself by coming back.
pub const HANDSHAKES_RETRY: usize = 32;
/// Handshakes under way from which on the next is refused.
pub const HANDSHAKES_MAX: usize = 256;
/// Streams that a peer may open: the session's, and one for an attached file.
pub const STREAMS_MAX: u32 = 2;
/// Bytes that a peer may send on a stream before we read: one frame.
pub const STREAM_WINDOW_BYTES: u32 = 1 << 20;
/// Bytes that a peer may send on a connection before we read.
pub const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// Frames read and not handled yet, a session. A full queue stops the reading, and so the peer.
pub const INBOX_FRAMES_MAX: usize = 2;
/// Messages to send and not written yet, a session: the questions of one frontier, and their answers. A full queue stops the
/// reading; a write that takes `FRAME_MAX` closes.
pub const OUTBOX_MESSAGES_MAX: usize = 128;
/// Announcements of new heads that a session has not taken yet. Beyond, the oldest go, and the session compares digests at once.
pub const ANNOUNCEMENTS_MAX: usize = 1_024;
/// Reports of all sessions that nobody has read yet. Beyond, the oldest go: they say what is, and the next says it again.
pub const REPORTS_MAX: usize = 1_024;
