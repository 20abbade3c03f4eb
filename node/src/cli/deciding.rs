//! Decisions, charters and votes: shown decoded first, signed after a yes.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use age::secrecy::ExposeSecret;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::call::{Ask, Call, Outcome, Proposal, Refusal, RotateAsk};
use crate::cli::{ask, key, offline, pair, print};

/// See `maillage partner --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum PartnerCommand {
    /// The partners of the federation, and the newcomers that wait.
    #[command(after_help = "Example:\n  maillage partner list --dir prefecture")]
    List,
    /// One partner: what it may write, its feeds and their last entries.
    #[command(after_help = "Example:\n  maillage partner show \"Ville de Gien\" --dir prefecture")]
    Show {
        /// Its name, its id, or the first digits of it.
        partner: String,
    },
    /// Cut one feed of a partner, of a node that was stolen or is out of use: nothing that it signs afterwards counts, for ever.
    #[command(
        after_help = "Example:\n  maillage partner cut \"Ville de Gien\" --feed 3f9a1c --dir prefecture\n  maillage partner cut \"Ville de Gien\" --feed 3f9a1c --at 41 --dir prefecture\nThe other nodes exchange with that node no more. The partner stays, and may let another node in with its root key; `put-out` ends that too."
    )]
    Cut {
        /// Its name, its id, or the first digits of it.
        partner: String,
        /// The feed of the node, as `maillage partner show` names it, or its first digits.
        #[arg(long)]
        feed: String,
        /// The last entry that counts: its sequence, or its id. The last that this node holds when absent.
        #[arg(long)]
        at: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Put a partner out: its feeds are cut where they are, and its mandates taken back, so that no new node of it counts either.
    #[command(
        after_help = "Example:\n  maillage partner put-out \"Ville de Gien\" --dir prefecture\nWhat it wrote stays. The other nodes exchange with its nodes no more. `maillage partner mandate` has it back, with a new node.\nWhom the charter names, only a charter lets go: `maillage charter propose --release`."
    )]
    PutOut {
        /// Its name, its id, or the first digits of it.
        partner: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Hold back what a coordinator grants, until the next charter.
    #[command(after_help = "Example:\n  maillage partner suspend \"Département\" --dir prefecture")]
    Suspend {
        /// Its name, its id, or the first digits of it.
        partner: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let a partner write more.
    #[command(
        after_help = "Example:\n  maillage partner mandate \"Ville de Gien\" --kind event --territory 45 --dir prefecture"
    )]
    Mandate {
        /// Its name, its id, or the first digits of it.
        partner: String,
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        consent: Consent,
    },
    /// Give your organisation another root key, when the old one may be in other hands. Both keys sign; the new one is kept first.
    #[command(
        after_help = "Example:\n  maillage partner rotate-root --dir ville\n  maillage partner rotate-root --yes --dir ville < phrase.txt\n  maillage partner rotate-root --root racine.key --out racine-2.key --dir ville\nWhat your feeds hold stays. This node goes on; name other nodes of yours with --open, and a feed that you do not know with --close.\nThe old key stays beside the new one, under another name. Two rotations of one key put both in dispute: then a coordinator decides."
    )]
    RotateRoot(RotateArgs),
    /// Say which root key of a partner holds, after two were put in the place of one. Ask the partner by another way first.
    #[command(
        after_help = "Example:\n  maillage partner settle-root \"Ville de Gien\" 9c01d7 --dir prefecture\n`maillage partner show` names the keys. Which key of a coordinator holds is said by a charter: `maillage charter propose --coordinator`."
    )]
    SettleRoot {
        /// The partner: its name, its id, or the first digits of it.
        partner: String,
        /// The root key that holds: its public key, or the first digits of it.
        root: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Take a mandate back. What was written under it stays.
    #[command(
        after_help = "Example:\n  maillage partner narrow 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --dir prefecture"
    )]
    Narrow {
        /// The mandate, as `maillage partner show` names it.
        grant: String,
        #[command(flatten)]
        consent: Consent,
    },
}

/// See `maillage partner rotate-root --help`.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// The feed of another node of your organisation that goes on. Can be given several times.
    #[arg(long, value_name = "FEED")]
    open: Vec<String>,
    /// A feed in your name of which nothing counts any more. Can be given several times.
    #[arg(long, value_name = "FEED")]
    close: Vec<String>,
    /// The old root key, where this node does not keep it: the file that `maillage export-root` wrote.
    #[arg(long, value_name = "FILE", requires = "out")]
    root: Option<PathBuf>,
    /// The file for the new root key, with --root. It must not exist.
    #[arg(long, value_name = "FILE", requires = "root")]
    out: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

/// See `maillage charter --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum CharterCommand {
    /// The charter in force, the proposals to follow it, and who has approved them.
    #[command(after_help = "Example:\n  maillage charter show --dir prefecture")]
    Show,
    /// Draft the next charter and publish it with the vote of this node's seat.
    #[command(
        after_help = "Example:\n  maillage charter propose --add-seat \"Ville=3f9a…\" --add-seat \"CAF=77b0…\" --needed 2 --dir prefecture\n  maillage charter propose --coordinator \"Ville de Gien\" --dir prefecture\n  maillage charter propose --entries-per-day 5000 --bytes-per-day none --dir prefecture"
    )]
    Propose(Box<Propose>),
    /// Vote for a proposal with the seat of this node, or with a recovery key.
    #[command(
        after_help = "Example:\n  maillage charter approve 3f9a1c --dir ville\n  maillage charter approve 3f9a1c --key secours.key --dir ville"
    )]
    Approve {
        /// The proposal's id, or its first digits.
        charter: String,
        /// Vote with the secret key of this file: a recovery key, or a seat that is kept off line.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Make a recovery key where it will be kept off line, and print its public half. Needs no node and no network.
    #[command(after_help = "Example:\n  maillage charter key secours.key")]
    Key {
        /// The file to write. It must not exist.
        file: PathBuf,
    },
    /// Vote where a key is kept off line: read a ballot, print the signature that is carried back. Needs no node and no network.
    #[command(
        after_help = "Example:\n  maillage charter sign charte-3f9a1c.maillage-ballot --key secours.key"
    )]
    Sign(offline::Sign),
    /// The public key of this node's seat, for who drafts the next charter.
    #[command(after_help = "Example:\n  maillage charter seat --new --dir ville")]
    Seat {
        /// Make a key when the node has none.
        #[arg(long)]
        new: bool,
    },
}

/// What the next charter changes.
#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// The federation's name.
    #[arg(long)]
    name: Option<String>,
    /// A new seat: its name and its public key.
    #[arg(long = "add-seat", value_name = "NAME=KEY", value_parser = pair)]
    add_seats: Vec<(String, String)>,
    /// A seat to remove, by its name.
    #[arg(long = "remove-seat", value_name = "NAME")]
    remove_seats: Vec<String>,
    /// How many seats must approve. The smallest majority when absent.
    #[arg(long)]
    needed: Option<u32>,
    /// A partner to make a coordinator.
    #[arg(long = "coordinator", value_name = "PARTNER")]
    coordinators: Vec<String>,
    /// A coordinator to drop. Its feeds are cut at their last entry.
    #[arg(long = "drop-coordinator", value_name = "PARTNER")]
    drop_coordinators: Vec<String>,
    /// A partner to name in the charter: it stays in whatever a coordinator signs.
    #[arg(long, value_name = "PARTNER")]
    confirm: Vec<String>,
    /// A partner no longer to name in the charter.
    #[arg(long, value_name = "PARTNER")]
    release: Vec<String>,
    /// A feed to cut, with the id of the last entry that counts.
    #[arg(long = "cut", value_name = "FEED=ENTRY", value_parser = pair)]
    cuts: Vec<(String, String)>,
    /// A recovery key, to be kept off line. Replaces those before.
    #[arg(long = "recovery-key", value_name = "KEY")]
    recovery_keys: Vec<String>,
    /// How many recovery keys must sign.
    #[arg(long)]
    recovery_needed: Option<u32>,
    /// A label scheme to add or to replace, in a TOML file.
    #[arg(long = "scheme", value_name = "FILE")]
    schemes: Vec<PathBuf>,
    /// A label scheme that the charter has no more: its name and version. Its labels stay until they end.
    #[arg(long = "drop-scheme", value_name = "NAME@VERSION")]
    drop_schemes: Vec<String>,
    /// How many entries a partner may publish in a day; `none` for no limit. Coordinators never wait.
    #[arg(long, value_name = "NUMBER")]
    entries_per_day: Option<String>,
    /// How many bytes a partner may publish in a day; `none` for no limit.
    #[arg(long, value_name = "NUMBER")]
    bytes_per_day: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

/// What a partner may write.
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    /// Only this kind of records. Can be given several times.
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Only records of this département, by its code; * for records of none. Can be given several times.
    #[arg(long = "territory", value_name = "CODE")]
    pub(crate) territories: Vec<String>,
}

/// Whether what was shown may be signed.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Sign without asking.
    #[arg(long, short)]
    yes: bool,
}

/// Carries out a decision about a partner.
pub(crate) fn partner(dir: &Path, command: PartnerCommand, json: bool) -> anyhow::Result<ExitCode> {
    let (ask, consent) = match command {
        PartnerCommand::List => return Ok(ask::ask(dir, &Call::Partners, json)),
        PartnerCommand::Show { partner } => {
            return Ok(ask::ask(dir, &Call::PartnerShow { partner }, json));
        }
        PartnerCommand::Cut {
            partner,
            feed,
            at,
            consent,
        } => (Ask::Cut { partner, feed, at }, consent),
        PartnerCommand::PutOut { partner, consent } => (Ask::PutOut { partner }, consent),
        PartnerCommand::Suspend { partner, consent } => (Ask::Suspend { partner }, consent),
        PartnerCommand::Mandate {
            partner,
            scope,
            consent,
        } => {
            let ScopeArgs { kinds, territories } = scope;
            let ask = Ask::Mandate {
                partner,
                kinds,
                territories,
            };
            (ask, consent)
        }
        PartnerCommand::RotateRoot(args) => return rotate_root(dir, args, json),
        PartnerCommand::SettleRoot {
            partner,
            root,
            consent,
        } => (Ask::Root { partner, root }, consent),
        PartnerCommand::Narrow { grant, consent } => (Ask::Narrow { grant }, consent),
    };
    sign_decoded(dir, &Call::Decide(ask), &consent, json)
}

/// Shows the enrolment of a newcomer that waits; after a yes, signs it as it was shown.
pub(crate) fn admit(
    dir: &Path,
    (partner, scope): (String, ScopeArgs),
    alone: bool,
    consent: &Consent,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let call = Call::Admit {
        partner,
        kinds: scope.kinds,
        territories: scope.territories,
    };
    confirmed(dir, &call, consent, json, |shown| Call::AdmitSigned {
        act: shown["admission"].as_str().unwrap_or_default().to_owned(),
        alone,
    })
}

/// Shows what a rotation keeps; after a yes, and the passphrase where the root key is sealed, carries it out.
fn rotate_root(dir: &Path, args: RotateArgs, json: bool) -> anyhow::Result<ExitCode> {
    let carried = match (&args.root, args.out) {
        (Some(root), Some(out)) => {
            let text = std::fs::read_to_string(root).map(Zeroizing::new);
            let text = text.with_context(|| root.display().to_string())?;
            Some((text, std::path::absolute(&out).unwrap_or(out)))
        }
        _ => None,
    };
    let ask = RotateAsk {
        open: args.open,
        close: args.close,
        ..RotateAsk::default()
    };
    confirmed(dir, &Call::RotateRoot(ask), &args.consent, json, |shown| {
        let kept = shown["kept"].as_array().into_iter().flatten();
        let kept = kept.filter_map(|feed| feed.as_str().map(str::to_owned));
        let is_sealed = carried.is_none() && shown["sealed"] == serde_json::json!(true);
        // Without one, the node says what is missing.
        let phrase = is_sealed.then(key::passphrase).and_then(Result::ok);
        Call::RotateRoot(RotateAsk {
            kept: Some(kept.collect()),
            passphrase: phrase.map(|phrase| phrase.expose_secret().to_owned()),
            carried: carried
                .as_ref()
                .map(|(text, out)| (text.to_string(), out.clone())),
            ..RotateAsk::default()
        })
    })
}

/// Shows decoded acts; after a yes, signs them as they were shown.
pub(crate) fn sign_decoded(
    dir: &Path,
    call: &Call,
    consent: &Consent,
    json: bool,
) -> anyhow::Result<ExitCode> {
    confirmed(dir, call, consent, json, |shown| {
        let acts = shown["acts"].as_array().into_iter().flatten();
        let acts = acts.filter_map(|act| act.as_str().map(str::to_owned));
        Call::Sign {
            acts: acts.collect(),
        }
    })
}

/// Shows, proposes or approves a charter.
pub(crate) fn charter(dir: &Path, command: CharterCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        CharterCommand::Show => Ok(ask::ask(dir, &Call::CharterShow, json)),
        CharterCommand::Seat { new } => Ok(ask::ask(dir, &Call::Seat { is_new: new }, json)),
        CharterCommand::Key { file } => offline::make_key(&file, json),
        CharterCommand::Sign(sign) => offline::sign(&sign, json),
        CharterCommand::Propose(propose) => {
            let consent = Consent {
                yes: propose.consent.yes,
            };
            let call = Call::CharterPropose(proposal(*propose)?);
            confirmed(dir, &call, &consent, json, |shown| Call::CharterPublish {
                draft: shown["draft"].as_str().unwrap_or_default().to_owned(),
            })
        }
        CharterCommand::Approve {
            charter,
            key,
            consent,
        } => {
            let key = key.map(|file| {
                let read = std::fs::read_to_string(&file).map(Zeroizing::new);
                read.with_context(|| file.display().to_string())
            });
            let key = key.transpose()?;
            let call = Call::CharterDecode { charter };
            confirmed(dir, &call, &consent, json, |shown| Call::CharterApprove {
                charter: shown["id"].as_str().unwrap_or_default().to_owned(),
                key: key.as_ref().map(|key| key.trim().to_owned()),
            })
        }
    }
}

fn proposal(propose: Propose) -> anyhow::Result<Proposal> {
    let read =
        |file: &PathBuf| std::fs::read_to_string(file).with_context(|| file.display().to_string());
    Ok(Proposal {
        schemes: propose.schemes.iter().map(read).collect::<Result<_, _>>()?,
        name: propose.name,
        add_seats: propose.add_seats,
        remove_seats: propose.remove_seats,
        k: propose.needed,
        coordinators: propose.coordinators,
        drop_coordinators: propose.drop_coordinators,
        confirm: propose.confirm,
        release: propose.release,
        cuts: propose.cuts,
        recovery_keys: propose.recovery_keys,
        recovery_k: propose.recovery_needed,
        drop_schemes: propose.drop_schemes,
        entries_per_day: propose.entries_per_day,
        bytes_per_day: propose.bytes_per_day,
    })
}

/// Shows what would be signed; after a yes, signs that and nothing else.
pub(crate) fn confirmed(
    dir: &Path,
    call: &Call,
    consent: &Consent,
    json: bool,
    sign: impl Fn(&Json) -> Call,
) -> anyhow::Result<ExitCode> {
    let shown: Outcome = ask::outcome(dir, call, |_| {});
    let decoded = match &shown {
        Ok(decoded) if !json => {
            print::said(decoded);
            decoded
        }
        Ok(decoded) => decoded,
        Err(_) => return Ok(print::outcome(call, &shown, json)),
    };
    match consents(consent, decoded)? {
        Err(refusal) => return Ok(print::outcome(call, &Err(refusal), json)),
        Ok(false) => return Ok(ExitCode::from(1)),
        Ok(true) => {}
    }
    let call = sign(decoded);
    Ok(ask::ask(dir, &call, json))
}

/// Asks whether what was shown may be signed. Refused where there is nobody to ask.
pub(crate) fn consents(consent: &Consent, decoded: &Json) -> anyhow::Result<Result<bool, Refusal>> {
    if consent.yes {
        return Ok(Ok(true));
    }
    if !std::io::stdin().is_terminal() {
        let message = "nothing was signed: read what it says, then call again with --yes";
        let mut detail = decoded.clone();
        detail["code"] = "not_confirmed".into();
        detail["reason"] = message.into();
        return Ok(Err(Refusal {
            detail: Some(Box::new(detail)),
            ..Refusal::new("not_confirmed", message)
        }));
    }
    eprint!("Sign this? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    let is_yes = ["y", "yes", "o", "oui"].contains(&answer.as_str());
    if !is_yes {
        eprintln!("Nothing was signed.");
    }
    Ok(Ok(is_yes))
}
