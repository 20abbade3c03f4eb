//! One node of the demonstration: a folder, and a process that runs `maillage run` in it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value as Json;

use super::{ACCOUNT, PASSWORD};
use crate::app::App;
use crate::call::{Call, Export, Import, Invite, Question};
use crate::config::Config;
use crate::found::{self, NewKeys, OtherSeats, RootKeeping};
use crate::join::{self, Ticket};
use crate::links::GivenRelays;
use crate::{accounts, socket};

/// How long a newcomer waits to be admitted: its ticket admits it at once.
const JOIN_DEADLINE: Duration = Duration::from_secs(60);
const PROFILE: &str = "rencontres";
/// What the nodes of the demonstration keep free of the disk.
const FREE_MIN: &str = "64MiB";

/// See the module.
pub(super) struct Node {
    pub(super) name: &'static str,
    pub(super) pages: String,
    folder: PathBuf,
    process: Option<Child>,
}

impl Node {
    /// Founds a federation, and runs its first node.
    pub(super) fn found(
        folder: PathBuf,
        name: &'static str,
        federation: &str,
    ) -> anyhow::Result<Self> {
        found::federation(
            &folder,
            federation,
            &[PROFILE.to_owned()],
            &Config::new(name),
            RootKeeping::Clear,
            &OtherSeats::default(),
        )?;
        Self::first_start(folder, name)
    }

    /// Invites a partner by this node, lets it join, and runs its node.
    pub(super) fn invite(&self, folder: PathBuf, name: &'static str) -> anyhow::Result<Self> {
        let invite = Invite {
            name: name.to_owned(),
            hours: 1,
            auto: true,
            kinds: Vec::new(),
            territories: Vec::new(),
            is_for_us: false,
        };
        let answer = self.ask(&Call::Invite(invite))?;
        let ticket = Ticket::parse(answer["ticket"].as_str().unwrap_or_default())?;
        join::enter(
            &folder,
            (&ticket, &GivenRelays::default()),
            name,
            None,
            (NewKeys::draw(), RootKeeping::Clear),
            JOIN_DEADLINE,
        )?;
        Self::first_start(folder, name)
    }

    fn first_start(folder: PathBuf, name: &'static str) -> anyhow::Result<Self> {
        accounts::create(&folder, ACCOUNT, PASSWORD)?;
        // A laptop has little room, and the demonstration takes some megabytes.
        let mut config = Config::read(&folder)?;
        config.storage.free_min = Some(FREE_MIN.to_owned());
        config.write(&folder)?;
        let mut node = Self {
            name,
            pages: String::new(),
            folder,
            process: None,
        };
        node.start()?;
        Ok(node)
    }

    /// Runs the node, and waits until it is ready.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("node.log"))?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["run", "--json", "--dir"])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let output = process.stdout.take().context("the output was piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        self.process = Some(process);
        let ready: Json = serde_json::from_str(&line).with_context(|| {
            format!(
                "{} did not start: read {}",
                self.name,
                self.folder.join("node.log").display()
            )
        })?;
        self.pages = ready["pages"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    /// Ends the node in good order, and waits for its process.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        self.ask(&Call::Stop)?;
        let status = process.wait()?;
        if status.success() {
            Ok(())
        } else {
            bail!("{} ended with {status}", self.name)
        }
    }

    /// Asks the running node, as a command does.
    pub(super) fn ask(&self, call: &Call) -> anyhow::Result<Json> {
        let outcome = socket::ask(&self.folder, call, |_| ())?;
        Ok(outcome.with_context(|| format!("{} does not run", self.name))??)
    }

    /// Opens the node while it does not run: a laptop without a network.
    pub(super) fn offline(&self) -> anyhow::Result<App> {
        App::open(&self.folder)
    }

    pub(super) fn import(&self, file: &Path, kind: Option<&str>) -> anyhow::Result<Json> {
        let import = Import {
            file: file.to_owned(),
            kind: kind.map(str::to_owned),
            source: None,
            columns: Vec::new(),
            confirmed: Vec::new(),
            sheet: None,
            encoding: None,
            separator: None,
            repair_accents: false,
            anew: false,
            report: None,
            list_year: None,
            only: None,
            same: Vec::new(),
            same_exact: false,
            apart: Vec::new(),
            skip: Vec::new(),
            forget_choices: false,
            dry_run: false,
            refused: "row".to_owned(),
            contacts: None,
        };
        self.ask(&Call::Import(import))
    }

    pub(super) fn export(&self, file: &Path, kind: Option<&str>) -> anyhow::Result<()> {
        let format = file
            .extension()
            .map(|end| end.to_string_lossy().into_owned())
            .unwrap_or_default();
        let export = Export {
            file: file.to_owned(),
            format,
            language: "fr".to_owned(),
            kind: kind.map(str::to_owned),
            reach: None,
            question: Question::default(),
        };
        self.ask(&Call::Export(export)).map(|_| ())
    }
}

impl Drop for Node {
    /// A demonstration that fails leaves no process behind.
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, which is what we want.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
