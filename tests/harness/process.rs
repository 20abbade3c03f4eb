//! Nodes as processes: started, asked by commands, ended with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crdt_schema::key::SecretKey;
use serde_json::Value as Json;

use crate::harness::program::{json, maillage, run, text};
use crate::harness::running::{started, started_by};
use crate::harness::spaces::Space;

/// How often a command is asked before a test gives up, and the pause in between.
const TRIES: u32 = 1_200;
const PAUSE: Duration = Duration::from_millis(50);
const CONFIG: &str = "maillage.toml";

/// Waits until something is so.
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    for _ in 0..TRIES {
        if is_so() {
            return;
        }
        std::thread::park_timeout(PAUSE);
    }
    panic!("it never became so");
}

/// A folder of a node, and the process that runs it.
pub(crate) struct NodeProcess {
    folder: PathBuf,
    process: Option<Child>,
    pages: String,
}

impl NodeProcess {
    /// Founds a federation.
    pub(crate) fn found(folder: PathBuf, partner: &str) -> Self {
        Self::found_with_account(folder, partner).0
    }

    /// Founds a federation with more arguments.
    pub(crate) fn found_told(folder: PathBuf, partner: &str, more: &[&str]) -> Self {
        Self::founded(folder, partner, more).0
    }

    /// Founds a federation too, and returns what `init` says: the account for the pages and its password.
    pub(crate) fn found_with_account(folder: PathBuf, partner: &str) -> (Self, Json) {
        Self::founded(folder, partner, &[])
    }

    fn founded(folder: PathBuf, partner: &str, more: &[&str]) -> (Self, Json) {
        let dir = folder.to_string_lossy().into_owned();
        let arguments = [
            "init",
            "--dir",
            &dir,
            "--profile",
            "rencontres",
            "--name",
            "Loiret",
            "--partner",
            partner,
            "--yes",
            "--json",
        ];
        let founded = json(&run(&[&arguments[..], more].concat()));
        (Self::of(folder), founded)
    }

    /// Shows a ticket. The process ends when the newcomer is in.
    pub(crate) fn join(folder: &Path, ticket: &str, arguments: &[&str]) -> Child {
        let mut join = Command::new(maillage());
        join.args(["join", ticket, "--yes", "--json", "--dir"])
            .arg(folder)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        join.spawn().expect("the program runs")
    }

    /// Takes the folder of a node that is in.
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self {
            folder,
            process: None,
            pages: String::new(),
        }
    }

    /// Starts the node, and waits until it says that it is ready.
    pub(crate) fn start(&mut self) {
        self.start_with(&[], 0);
    }

    /// Starts the node with more arguments, and with its clock some milliseconds off.
    pub(crate) fn start_with(&mut self, more: &[&str], clock_offset_ms: i64) {
        self.keep(started(&self.folder, more, clock_offset_ms));
    }

    /// Starts the node in a space.
    pub(crate) fn start_in(&mut self, space: &Space) {
        self.keep(started_by(space.maillage(), &self.folder, &[], 0));
    }

    fn keep(&mut self, (node, ready): (Child, Json)) {
        self.process = Some(node);
        ready["pages"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut self.pages);
    }

    /// Stops the node in good order.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = process.id().to_string();
            // It may have ended by itself.
            let _ = Command::new("kill").args(["-TERM", &pid]).status();
            process.wait().expect("the node ends");
        }
    }

    /// Returns a key of the node.
    pub(crate) fn key(&self, purpose: &str) -> SecretKey {
        let file = self.folder.join("keys").join(format!("{purpose}.key"));
        let text = std::fs::read_to_string(file).expect("readable");
        let digit = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16);
        SecretKey::from_bytes(&std::array::from_fn(|at| digit(at).expect("hexadecimal")))
    }

    /// Returns where the node listens to others.
    pub(crate) fn listens_at(&self) -> String {
        let listen = &self.config()["sync"]["listen"];
        listen.as_str().expect("an address").to_owned()
    }

    /// Lets the node call these from its next start on, and no others.
    pub(crate) fn call(&self, others: &[&NodeProcess]) {
        let others: Vec<_> = others
            .iter()
            .map(|other| (*other, other.listens_at()))
            .collect();
        self.call_at(&others);
    }

    /// The same, at addresses that lead there.
    pub(crate) fn call_at(&self, others: &[(&NodeProcess, String)]) {
        let peers = others.iter().map(|(other, address)| {
            let endpoint = *other.key("endpoint").public().as_bytes();
            let digits: String = endpoint.iter().map(|byte| format!("{byte:02x}")).collect();
            let peer = [("endpoint", digits), ("address", address.clone())];
            let peer = peer.map(|(name, value)| (name.to_owned(), value.into()));
            toml::Value::Table(peer.into_iter().collect())
        });
        let peers = toml::Value::Array(peers.collect());
        self.configure(|config| {
            config["sync"]["peers"] = peers;
            config["sync"]["meet"] = "listed".into();
        });
    }

    /// Changes the configuration, from the node's next start on.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut toml::Table)) {
        let mut config = self.config();
        change(&mut config);
        let text = toml::to_string(&config).expect("a table");
        std::fs::write(self.folder.join(CONFIG), text).expect("writable");
    }

    fn config(&self) -> toml::Table {
        let text = std::fs::read_to_string(self.folder.join(CONFIG)).expect("readable");
        let mut config: toml::Table = text.parse().expect("a table");
        // The names of peers that are not there yet.
        let sync = config["sync"].as_table_mut().expect("a table");
        sync.entry("peers")
            .or_insert_with(|| toml::Value::Array(Vec::new()));
        sync.entry("meet").or_insert_with(|| "all".into());
        config
    }

    /// Returns the folder of the node.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the address of the pages of a node that runs.
    pub(crate) fn pages(&self) -> &str {
        &self.pages
    }

    /// Returns the answer of a command that reads a file from its standard input.
    pub(crate) fn ask_with(&self, arguments: &[&str], input: &Path) -> Json {
        let output = Command::new(maillage())
            .args(arguments)
            .args(["--json", "--dir"])
            .arg(&self.folder)
            .stdin(std::fs::File::open(input).expect("readable"))
            .output();
        json(&output.expect("the program runs"))
    }

    /// Returns the process of a node that runs.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Returns the answer of a command that must be done.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Json {
        json(&self.command(arguments))
    }

    /// Returns the last answer of a command that shows first what it signs.
    pub(crate) fn ask_all(&self, arguments: &[&str]) -> Json {
        let output = self.command(arguments);
        let said = text(&output.stdout);
        assert!(output.status.success(), "{said}{}", text(&output.stderr));
        let last = said.lines().last().unwrap_or_default();
        serde_json::from_str(last).expect("one object a line")
    }

    /// Returns the code of a command's refusal.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        // A decoded act may stand before the refusal: the last object says why.
        let said = text(&output.stdout);
        let last = said.lines().last().unwrap_or_default();
        let object: Json = serde_json::from_str(last).expect("one object a line");
        object["code"].as_str().expect("a code").to_owned()
    }

    /// Returns what a command prints, whether or not it was done.
    pub(crate) fn ask_whatever(&self, arguments: &[&str]) -> String {
        text(&self.command(arguments).stdout)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Output {
        let dir = self.folder.to_string_lossy();
        run(&[arguments, &["--dir", &dir, "--json"]].concat())
    }

    /// Asks again and again until the answer is as it should be.
    pub(crate) fn eventually(&self, arguments: &[&str], is_so: impl Fn(&Json) -> bool) -> Json {
        let mut last = Json::Null;
        for _ in 0..TRIES {
            last = self.ask(arguments);
            if is_so(&last) {
                return last;
            }
            std::thread::park_timeout(PAUSE);
        }
        panic!("{arguments:?} never became so: {last}");
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        self.stop();
    }
}
