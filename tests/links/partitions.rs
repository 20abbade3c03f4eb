//! Five nodes on bad lines: packets that are lost, late, out of order, and lines that are cut both ways or one way.
//!
//! Each node hangs on the middle by a cable of its own, and has no route to the others: the middle hands their packets on, as badly as
//! the test says. It is a program and not `tc netem`, which many kernels do not have.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::Runtime;

use super::{agree, wait, write};
use crate::harness::forged::Chance;
use crate::harness::process::NodeProcess;
use crate::harness::program::{injected, json};
use crate::harness::spaces::{Space, is_inside};

const NODES: u8 = 5;
/// How often lines are cut, and how often where `FAULTS=all` asks for it (`scripts/faults`).
const CUTS: (usize, usize) = (3, 50);
/// Cuts until all lines are repaired, and all nodes must be level.
const CUTS_UNTIL_REPAIR: usize = 5;
/// How long lines stay as they are, in milliseconds: the longest is longer than a session lives in silence.
const SHORT_MS: u64 = 2_500;
const LONG_MS: u64 = 36_000;
const PACKET_BYTES_MAX: usize = 65_536;

/// What becomes of the packets of one direction.
#[derive(Debug, Clone, Copy)]
struct Weather {
    is_cut: bool,
    loss_percent: usize,
    /// The shortest and the longest delay. Packets with different delays overtake each other.
    delay_ms: (usize, usize),
}

const FAIR: Weather = Weather {
    is_cut: false,
    loss_percent: 1,
    delay_ms: (5, 20),
};
const POOR: Weather = Weather {
    is_cut: false,
    loss_percent: 5,
    delay_ms: (20, 120),
};
const FOUL: Weather = Weather {
    is_cut: false,
    loss_percent: 30,
    delay_ms: (5, 800),
};
const CUT: Weather = Weather {
    is_cut: true,
    ..FAIR
};

/// The line between a node that calls and one that listens: from the first, and back.
struct Line([Arc<Mutex<Weather>>; 2]);

impl Line {
    async fn lay(caller: u8, listener: u8) -> Self {
        let weathers = [FAIR; 2].map(|fair| Arc::new(Mutex::new(fair)));
        let front = bind(middle(caller, u16::from(listener))).await;
        let back = bind(middle(listener, 0)).await;
        let (front, back) = (Arc::new(front), Arc::new(back));
        // A newcomer calls from a port of its own.
        let caller_at = Arc::new(Mutex::new(node(caller)));
        let listener_at = Arc::new(Mutex::new(node(listener)));
        let there = Way {
            from: (Arc::clone(&front), Arc::clone(&caller_at)),
            to: (Arc::clone(&back), Arc::clone(&listener_at)),
            weather: Arc::clone(&weathers[0]),
        };
        let here = Way {
            from: (back, listener_at),
            to: (front, caller_at),
            weather: Arc::clone(&weathers[1]),
        };
        tokio::spawn(there.hand_on(Chance(u64::from(caller))));
        tokio::spawn(here.hand_on(Chance(u64::from(listener))));
        Self(weathers)
    }

    fn set(&self, there: Weather, back: Weather) {
        for (weather, new) in self.0.iter().zip([there, back]) {
            *weather.lock().expect("no panic") = new;
        }
    }
}

async fn bind(at: SocketAddr) -> UdpSocket {
    UdpSocket::bind(at)
        .await
        .expect("the middle has this address")
}

/// The address of the middle on the cable of a node; its port there is that of the line to another one.
fn middle(node: u8, line: u16) -> SocketAddr {
    let port = if line == 0 { 0 } else { 5_000 + line };
    SocketAddrV4::new(Ipv4Addr::new(10, 79, node, 1), port).into()
}

fn node(number: u8) -> SocketAddr {
    SocketAddrV4::new(Ipv4Addr::new(10, 79, number, 2), 4_433).into()
}

/// One direction of a line: sockets of the middle, with the node that is behind each.
struct Way {
    from: (Arc<UdpSocket>, Arc<Mutex<SocketAddr>>),
    to: (Arc<UdpSocket>, Arc<Mutex<SocketAddr>>),
    weather: Arc<Mutex<Weather>>,
}

impl Way {
    async fn hand_on(self, mut chance: Chance) {
        let mut packet = vec![0; PACKET_BYTES_MAX];
        loop {
            // The system may report here that a packet before was not taken.
            let Ok((bytes, source)) = self.from.0.recv_from(&mut packet).await else {
                continue;
            };
            *self.from.1.lock().expect("no panic") = source;
            let now = *self.weather.lock().expect("no panic");
            if now.is_cut || chance.below(100) < now.loss_percent {
                continue;
            }
            let (shortest, longest) = now.delay_ms;
            let delay = shortest + chance.below(longest - shortest + 1);
            let (to, packet) = (Arc::clone(&self.to.0), packet[..bytes].to_vec());
            let target = *self.to.1.lock().expect("no panic");
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(delay as u64)).await;
                // Like any network, it says nothing of what does not arrive.
                let _ = to.send_to(&packet, target).await;
            });
        }
    }
}

/// Five nodes, each of which knows all others by its lines.
struct Federation {
    nodes: Vec<NodeProcess>,
    lines: Vec<Line>,
    _runtime: Runtime,
    _spaces: Vec<Space>,
    _folder: tempfile::TempDir,
}

impl Federation {
    fn found() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("threads");
        let spaces: Vec<Space> = (1..=NODES).map(plugged).collect();
        let mut lines = Vec::new();
        for caller in 1..=NODES {
            for listener in 1..caller {
                lines.push(runtime.block_on(Line::lay(caller, listener)));
            }
        }
        let mut nodes = vec![NodeProcess::found(
            folder.path().join("noeud-1"),
            "Partenaire 1",
        )];
        listen_everywhere(&nodes[0]);
        nodes[0].start_in(&spaces[0]);
        for number in 2..=NODES {
            let name = format!("Partenaire {number}");
            // A ticket names where the node listens, which only the middle reaches: it is shown to the line instead.
            let invited = nodes[0].ask(&["invite", "--partner", &name, "--auto"]);
            let mut ticket = sync::Ticket::parse(invited["ticket"].as_str().expect("a ticket"))
                .expect("it was just made");
            ticket.addresses = vec![middle(number, 1)];
            let dir = folder.path().join(format!("noeud-{number}"));
            let mut join = spaces[usize::from(number) - 1].maillage();
            join.args([
                "join",
                &ticket.to_text(),
                "--partner",
                &name,
                "--yes",
                "--json",
                "--dir",
            ]);
            json(&join.arg(&dir).output().expect("it runs"));
            nodes.push(NodeProcess::of(dir));
        }
        for (number, caller) in (1..=NODES).zip(&nodes).skip(1) {
            listen_everywhere(caller);
            let lines = (1..number).zip(&nodes);
            let lines = lines
                .map(|(listener, node)| (node, middle(number, u16::from(listener)).to_string()));
            caller.call_at(&lines.collect::<Vec<_>>());
        }
        for (caller, space) in nodes.iter_mut().zip(&spaces).skip(1) {
            caller.start_in(space);
        }
        Self {
            nodes,
            lines,
            _runtime: runtime,
            _spaces: spaces,
            _folder: folder,
        }
    }

    fn repair(&self) {
        for line in &self.lines {
            line.set(FAIR, FAIR);
        }
    }

    fn agree(&self, count: u64) {
        agree(&self.nodes.iter().collect::<Vec<_>>(), count);
    }
}

fn plugged(number: u8) -> Space {
    let space = Space::new();
    let (middle, node) = (
        format!("10.79.{number}.1/24"),
        format!("10.79.{number}.2/24"),
    );
    space.plug((&format!("noeud{number}"), &middle), ("prise", &node));
    space
}

fn listen_everywhere(node: &NodeProcess) {
    node.configure(|config| config["sync"]["listen"] = "0.0.0.0:4433".into());
}

#[test]
fn five_nodes_on_lines_that_lose_delay_and_are_cut_hold_the_same_soon_after_the_last_repair() {
    if !is_inside(
        module_path!(),
        "five_nodes_on_lines_that_lose_delay_and_are_cut_hold_the_same_soon_after_the_last_repair",
    ) {
        return;
    }
    let federation = Federation::found();
    let cuts = injected(CUTS);
    let is_short = cuts == CUTS.0;
    let mut chance = Chance(2_026);
    let (mut written, mut lines_cut, mut one_way) = (0, 0, 0);
    for cut in 1..=cuts {
        for line in &federation.lines {
            let ways = match chance.below(5) {
                0 => [CUT, CUT],
                1 => [CUT, POOR],
                2 => [POOR, CUT],
                3 => [FOUL, FOUL],
                _ => [POOR, FAIR],
            };
            lines_cut += u64::from(ways.iter().any(|way| way.is_cut));
            one_way += u64::from(ways[0].is_cut != ways[1].is_cut);
            line.set(ways[0], ways[1]);
        }
        for (number, node) in federation.nodes.iter().enumerate() {
            write(node, &[format!("{cut}-{number}")]);
            written += 1;
        }
        let lasts = if is_short {
            SHORT_MS
        } else {
            [SHORT_MS, 3 * SHORT_MS, LONG_MS][chance.below(3)]
        };
        wait(Duration::from_millis(lasts));
        if cut % CUTS_UNTIL_REPAIR == 0 || cut == cuts {
            federation.repair();
            federation.agree(written);
        }
    }
    println!(
        "fault: lines between 5 nodes were cut {cuts} times ({lines_cut} lines, {one_way} of them one way; others lost up to 30 % and delayed up to 800 ms): {written} edits written meanwhile, 0 lost, level within 30 s of each repair"
    );
}
