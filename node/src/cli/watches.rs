//! `watch`: the searches that an account of this node follows.

use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::call::Call;
use crate::calls::{FeedChange, WatchAsk, WatchWhat};
use crate::cli::{pair, print};
use crate::say::say;

/// What the help ends with.
pub(crate) const HELP: &str = "Example:
  maillage watch add \"Clubs sans contact\" --account zoe --kind actor --facet themes=sport --dir ville
  maillage watch list --account zoe --dir ville
  maillage watch show 1 --account zoe --dir ville
Watches stay on this node, and go with their account.";

/// See `maillage watch --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum WatchCommand {
    /// Follow a search from now on: what is found already counts as seen.
    #[command(
        after_help = "Example:\n  maillage watch add Clubs --account zoe --kind actor --text judo --facet due=never --dir ville"
    )]
    Add {
        /// What the watch is called.
        name: String,
        /// The words.
        #[arg(long, default_value = "")]
        text: String,
        /// Only this kind.
        #[arg(long)]
        kind: Option<String>,
        /// Only records with this term; `due=never|required|advised|up_to_date` and `label=SCHEME` too.
        #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
        facets: Vec<(String, String)>,
        #[command(flatten)]
        account: AccountArg,
    },
    /// Its Atom feed, for whoever knows the address: opened where it is closed. The address is said once.
    #[command(
        after_help = "Example:\n  maillage watch feed \"Clubs sans contact\" --account zoe --dir ville\n  maillage watch feed 1 --renew --account zoe --dir ville\nPublic fields only. Keep the address like a password: whoever knows it reads the feed without a login."
    )]
    Feed {
        /// Its name, or its number.
        watch: String,
        /// Draw another address: the one of before leads nowhere any more.
        #[arg(long)]
        renew: bool,
        /// Close the feed.
        #[arg(long, conflicts_with = "renew")]
        off: bool,
        #[command(flatten)]
        account: AccountArg,
    },
    /// The watches of an account, with how many records are new or changed since they were seen.
    #[command(after_help = "Example:\n  maillage watch list --account zoe --dir ville --json")]
    List {
        #[command(flatten)]
        account: AccountArg,
    },
    /// Follow a search no more. The records are not touched.
    #[command(after_help = "Example:\n  maillage watch remove 1 --account zoe --dir ville")]
    Remove {
        /// Its number.
        watch: u64,
        #[command(flatten)]
        account: AccountArg,
    },
    /// Remember that everything was seen: nothing of it is new the next time.
    #[command(
        after_help = "Example:\n  maillage watch seen 1 --account zoe --dir ville\n  maillage watch seen 1 --up-to 4711 --day 2026-02-28 --account zoe --dir ville"
    )]
    Seen {
        /// Its number.
        watch: u64,
        /// Only up to this change: what `watch show --json` says in `up_to`.
        #[arg(long, value_name = "CHANGE")]
        up_to: Option<u64>,
        /// Only up to this day: what `watch show --json` says in `day`. A record may have become due since.
        #[arg(long, value_name = "DAY")]
        day: Option<String>,
        #[command(flatten)]
        account: AccountArg,
    },
    /// What a watch finds, the newest changes first. It marks nothing as seen.
    #[command(after_help = "Example:\n  maillage watch show 1 --account zoe --dir ville")]
    Show {
        /// Its number.
        watch: u64,
        /// Records of a page, 200 at most.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Records before the page.
        #[arg(long, default_value_t = 0)]
        offset: usize,
        #[command(flatten)]
        account: AccountArg,
    },
}

/// Whose watches.
#[derive(Debug, Args)]
pub(crate) struct AccountArg {
    /// The account of the pages.
    #[arg(long, value_name = "NAME")]
    account: String,
}

impl WatchCommand {
    pub(crate) fn call(self) -> Call {
        let (account, what) = match self {
            WatchCommand::Add {
                name,
                text,
                kind,
                facets,
                account,
            } => {
                let mut search = facets;
                search.extend(kind.map(|kind| ("kind".to_owned(), kind)));
                if !text.is_empty() {
                    search.push(("q".to_owned(), text));
                }
                (account, WatchWhat::Add { name, search })
            }
            WatchCommand::Feed {
                watch,
                renew,
                off,
                account,
            } => {
                let change = match (renew, off) {
                    (_, true) => FeedChange::Off,
                    (true, _) => FeedChange::Renew,
                    (false, false) => FeedChange::Open,
                };
                (account, WatchWhat::Feed { watch, change })
            }
            WatchCommand::List { account } => (account, WatchWhat::List),
            WatchCommand::Remove { watch, account } => (account, WatchWhat::Remove { watch }),
            WatchCommand::Seen {
                watch,
                up_to,
                day,
                account,
            } => (account, WatchWhat::Seen { watch, up_to, day }),
            WatchCommand::Show {
                watch,
                limit,
                offset,
                account,
            } => (
                account,
                WatchWhat::Show {
                    watch,
                    limit,
                    offset,
                },
            ),
        };
        let account = account.account;
        Call::Watch(WatchAsk { account, what })
    }
}

/// Prints what was asked of watches.
pub(crate) fn watches(what: &WatchWhat, answer: &Json) {
    if answer["complete"] == Json::Bool(false) {
        say!("not every record can be searched yet: call again, or let `maillage reindex` finish");
    }
    match what {
        WatchWhat::Feed { .. } => feed(answer),
        WatchWhat::Remove { watch } => say!("watch {watch} is removed"),
        WatchWhat::List => {
            let watches = print::items(&answer["watches"]);
            watches.iter().for_each(line);
            say!("{} watches", watches.len());
        }
        WatchWhat::Add { .. } | WatchWhat::Seen { .. } => line(answer),
        WatchWhat::Show { .. } => {
            line(answer);
            for hit in print::items(&answer["hits"]) {
                let mark = if hit["is_new"] == Json::Bool(true) {
                    "new"
                } else {
                    "   "
                };
                say!(
                    "{mark} {}  {:10}  {}",
                    &print::text(&hit["record"])[..8],
                    print::text(&hit["kind"]),
                    print::text(&hit["name"])
                );
            }
        }
    }
}

fn feed(answer: &Json) {
    let name = print::text(&answer["name"]);
    match (answer["address"].as_str(), answer["open_since"].as_str()) {
        (Some(address), _) => {
            say!("{address}");
            say!("the feed of {name} is open there; this address is not shown again");
        }
        (None, Some(since)) => {
            say!(
                "the feed of {name} is open since {since}: --renew draws another address, --off closes it"
            );
        }
        (None, None) => say!("the feed of {name} is closed"),
    }
}

fn line(watch: &Json) {
    say!(
        "{}  {} new of {}  {}  {}",
        watch["watch"],
        watch["new"],
        watch["total"],
        print::text(&watch["name"]),
        print::text(&watch["search"])
    );
}
