//! `init` and `join`: how a node's folder comes to be.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use crdt_schema::profile::Profile;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde_json::json;

use crate::accounts;
use crate::cli::manual;
use crate::config::{Config, Documents};
use crate::found::{self, NewKeys, OtherSeats, RootKeeping};
use crate::join::{self, Ticket};
use crate::keys::{self, RootKey};
use crate::links::{GivenRelays, RelayFlags};
use crate::say::say;

/// What both commands ask.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The organisation that runs this node.
    #[arg(long)]
    partner: Option<String>,
    /// Name of the first account for the pages.
    #[arg(long, default_value = "admin")]
    account: String,
    /// Read the account's password from standard input. Otherwise one is drawn, and printed once.
    #[arg(long)]
    password_stdin: bool,
    /// Encrypt the organisation's root key with a passphrase, read from standard input after the password.
    #[arg(long)]
    passphrase_stdin: bool,
    /// Ask nothing.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    relays: RelayFlags,
}

/// See `maillage init --help`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The programme that the federation follows, whose kinds and words the pages of all nodes show. Several may be named, the leading
    /// one first.
    #[arg(long, value_parser = profiles(), value_delimiter = ',')]
    profile: Vec<String>,
    /// The federation's name.
    #[arg(long)]
    name: Option<String>,
    /// Another seat that votes charters: its name and its public key, which `maillage charter key FILE` prints where the key will be
    /// kept. Can be given several times; this node holds the first seat.
    #[arg(long = "seat", value_name = "NAME=KEY", value_parser = super::pair)]
    seats: Vec<(String, String)>,
    /// How many seats must approve a charter. The smallest majority when absent.
    #[arg(long)]
    needed: Option<u32>,
    #[command(flatten)]
    common: Common,
}

/// See `maillage join --help`.
#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The ticket that the coordinator gave you.
    ticket: String,
    /// A programme that the pages of this node show, instead of those that the federation follows.
    #[arg(long, value_parser = profiles())]
    profile: Option<String>,
    /// The root key of your organisation, when this is another node of one that is in: the file that `maillage export-root` wrote.
    #[arg(long, value_name = "FILE")]
    root: Option<std::path::PathBuf>,
    /// How many minutes to wait for the coordinator to admit you.
    #[arg(long, default_value_t = 60)]
    wait_minutes: u64,
    #[command(flatten)]
    common: Common,
}

/// The profiles of this version, each with its sentence.
fn profiles() -> PossibleValuesParser {
    let profiles = Profile::all().iter();
    PossibleValuesParser::new(profiles.map(|profile| {
        PossibleValue::new(profile.code()).help(profile.sentence().in_language("en"))
    }))
}

/// An answer that was typed on a terminal is judged as a flag is: an unknown profile is refused with the list and the nearest name.
fn known_profile(text: &str) -> anyhow::Result<String> {
    let known = profiles().parse_ref(&manual::command(), None, text.as_ref());
    known.map_err(|error| anyhow!("{}", error.to_string().trim_start_matches("error: ").trim()))
}

/// Several programmes with commas between them, each once.
fn known_profiles(text: &str) -> anyhow::Result<Vec<String>> {
    let mut known = Vec::new();
    for code in text.split(',') {
        let code = known_profile(code.trim())?;
        if known.contains(&code) {
            bail!("the programme {code} is named twice");
        }
        known.push(code);
    }
    Ok(known)
}

/// Founds a federation.
pub(crate) fn init(dir: &Path, init: Init, json: bool) -> anyhow::Result<ExitCode> {
    found::refuse_existing(dir)?;
    let mut asking = Asking::new(&init.common);
    let partner = asking.text(
        init.common.partner.clone(),
        "Your organisation",
        "--partner",
    )?;
    let name = asking.text(init.name, "Name of the federation", "--name")?;
    let codes: Vec<_> = Profile::all().iter().map(Profile::code).collect();
    let given = (!init.profile.is_empty()).then(|| init.profile.join(","));
    let question = format!("Programme, or several with commas ({})", codes.join(", "));
    let profiles = known_profiles(&asking.text(given, &question, "--profile")?)?;
    let seats = OtherSeats::new(&init.seats, init.needed)?;
    let (password, root) = asking.secrets()?;
    let mut config = Config::new(&partner);
    // The others call this node: what it keeps, all of them can open.
    config.sync.documents = Documents::All;
    let relays = GivenRelays::read(&init.common.relays, &[])?;
    relays.configure(&mut config.sync);
    let charter = found::federation(dir, &name, &profiles, &config, root, &seats)?;
    relays.keep(dir)?;
    accounts::create(dir, &init.common.account, &password.text)?;
    let answer = json!({
        "dir": dir.display().to_string(),
        "federation": charter.federation().to_string(),
        "profiles": profiles,
        "seats": charter.seats.len(),
        "needed": charter.k,
        "account": init.common.account,
        "password": password.shown(),
    });
    let mut done = format!("The federation « {name} » is founded in {}.", dir.display());
    if charter.seats.len() > 1 {
        let (k, of) = (charter.k, charter.seats.len());
        done.push_str(&format!("\nA charter needs {k} of {of} seats from now on."));
    }
    report(&answer, &password, &done, dir, json);
    Ok(ExitCode::SUCCESS)
}

/// Enters a federation: shows the ticket, waits to be admitted, keeps the charters.
pub(crate) fn join(dir: &Path, join: &Join, json: bool) -> anyhow::Result<ExitCode> {
    found::refuse_existing(dir)?;
    let ticket = Ticket::parse(&join.ticket)?;
    let relays = GivenRelays::read(&join.common.relays, &ticket.relays)?;
    let mut asking = Asking::new(&join.common);
    let partner = asking.text(
        join.common.partner.clone(),
        "Your organisation",
        "--partner",
    )?;
    let (password, keeping) = asking.secrets()?;
    let (new, keeping) = match &join.root {
        Some(file) => (
            NewKeys::of_root(RootKey::read_file(file)?),
            RootKeeping::Elsewhere,
        ),
        None => (NewKeys::draw(), keeping),
    };
    let deadline = Duration::from_secs(60 * join.wait_minutes);
    found::make_folder(dir)?;
    join::enter(
        dir,
        (&ticket, &relays),
        &partner,
        join.profile.as_deref(),
        (new, keeping),
        deadline,
    )?;
    accounts::create(dir, &join.common.account, &password.text)?;
    let answer = json!({
        "dir": dir.display().to_string(),
        "federation": HEXLOWER.encode(&ticket.federation),
        "account": join.common.account,
        "password": password.shown(),
    });
    report(&answer, &password, &format!("{partner} is in."), dir, json);
    Ok(ExitCode::SUCCESS)
}

fn report(answer: &serde_json::Value, password: &Password, done: &str, dir: &Path, json: bool) {
    if json {
        say!("{answer}");
        return;
    }
    say!("{done}");
    if let Some(text) = password.shown() {
        say!(
            "Account for the pages: {}  password: {text}  (shown this once)",
            answer["account"].as_str().unwrap_or_default()
        );
    }
    say!("Start the node: maillage run --dir {}", dir.display());
}

/// The password of the first account.
struct Password {
    text: String,
    is_drawn: bool,
}

impl Password {
    fn shown(&self) -> Option<&str> {
        self.is_drawn.then_some(self.text.as_str())
    }
}

/// Asks on a terminal what the flags did not say.
struct Asking<'a> {
    common: &'a Common,
    lines: std::io::Lines<std::io::StdinLock<'static>>,
}

impl<'a> Asking<'a> {
    fn new(common: &'a Common) -> Self {
        Self {
            common,
            lines: std::io::stdin().lock().lines(),
        }
    }

    fn text(
        &mut self,
        given: Option<String>,
        question: &str,
        flag: &str,
    ) -> anyhow::Result<String> {
        let text = match given {
            Some(text) => text,
            None if self.common.yes || !std::io::stdin().is_terminal() => {
                bail!("{flag} is missing")
            }
            None => {
                print!("{question}: ");
                std::io::stdout().flush()?;
                self.line()?
            }
        };
        let text = text.trim().to_owned();
        if text.is_empty() || text.len() > crdt_schema::limits::NAME_BYTES_MAX {
            bail!(
                "{flag} takes from 1 to {} bytes",
                crdt_schema::limits::NAME_BYTES_MAX
            );
        }
        Ok(text)
    }

    fn secrets(&mut self) -> anyhow::Result<(Password, RootKeeping)> {
        let password = if self.common.password_stdin {
            let text = self.line()?;
            if text.chars().count() < admin_ui::PASSWORD_CHARS_MIN {
                bail!(
                    "a password has at least {} characters",
                    admin_ui::PASSWORD_CHARS_MIN
                );
            }
            Password {
                text,
                is_drawn: false,
            }
        } else {
            let mut bytes = [0; 10];
            keys::fill_random(&mut bytes);
            Password {
                text: BASE32_NOPAD.encode(&bytes).to_lowercase(),
                is_drawn: true,
            }
        };
        let root = if self.common.passphrase_stdin {
            RootKeeping::Sealed(self.line()?.into())
        } else {
            RootKeeping::Clear
        };
        Ok((password, root))
    }

    fn line(&mut self) -> anyhow::Result<String> {
        Ok(self.lines.next().context("standard input ended")??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_profiles_of_this_version_are_accepted() {
        for profile in Profile::all() {
            assert_eq!(
                known_profile(profile.code()).ok().as_deref(),
                Some(profile.code())
            );
        }
        for wrong in ["", "Autonomie", "jop2025", "politique-vile", "rencontres "] {
            let refused = known_profile(wrong).map_err(|error| error.to_string());
            let refused = refused.expect_err(wrong);
            for profile in Profile::all() {
                assert!(refused.contains(profile.code()), "{refused}");
            }
        }
    }

    #[test]
    fn several_programmes_are_named_with_commas_each_once() {
        let read = |text: &str| known_profiles(text).map_err(|error| error.to_string());
        let both = ["rencontres", "autonomie"].map(str::to_owned);
        assert_eq!(read("rencontres, autonomie"), Ok(both.to_vec()));
        assert_eq!(read("autonomie"), Ok(vec!["autonomie".to_owned()]));
        let twice = read("autonomie,autonomie").expect_err("twice");
        assert_eq!(twice, "the programme autonomie is named twice");
        assert!(read("autonomie,").is_err() && read("autonomie,jop2025").is_err());
    }

    #[test]
    fn an_unknown_profile_is_refused_with_the_nearest_name() {
        let refused = known_profile("politique-vile").map_err(|error| error.to_string());
        let refused = refused.expect_err("it has one letter too few");
        assert!(
            refused.contains("similar value exists: 'politique-ville'"),
            "{refused}"
        );
    }
}
