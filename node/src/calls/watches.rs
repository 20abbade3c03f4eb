//! Searches that the accounts of this node follow.

use admin_ui::watches::{Followed, feed_address, followed, page, search_of};
use crdt_schema::label::Day;
use crdt_schema::time::Timestamp;
use replica::local::{AccountName, FeedSecret, Local, Seen, Watch, WatchError};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::records;
use crate::running::settings_of_pages;
use crate::{clock, keys};

/// See `maillage watch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WatchAsk {
    /// The account.
    pub(crate) account: String,
    /// What is asked.
    pub(crate) what: WatchWhat,
}

/// What is asked of the watches of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WatchWhat {
    /// Follow a search from now on.
    Add {
        /// What it is called.
        name: String,
        /// The parts of the search, by the names that addresses of pages have for them.
        search: Vec<(String, String)>,
    },
    /// Its feed for who knows the address.
    Feed {
        /// Its number, or its name.
        watch: String,
        /// What becomes of it.
        change: FeedChange,
    },
    /// All of them, with how much is new in each.
    List,
    /// Follow a search no more.
    Remove {
        /// Its number.
        watch: u64,
    },
    /// Remember that everything was seen up to a change.
    Seen {
        /// Its number.
        watch: u64,
        /// The change, as the list said it; the newest without one.
        up_to: Option<u64>,
        /// The day on which the list was shown; today without one.
        #[serde(default)]
        day: Option<String>,
    },
    /// What one finds, the newest changes first.
    Show {
        /// Its number.
        watch: u64,
        /// Records of a page.
        limit: usize,
        /// Records before the page.
        offset: usize,
    },
}

/// What becomes of the feed of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeedChange {
    /// It is closed: its address leads nowhere any more.
    Off,
    /// It is opened where it is closed; one that is open stays as it is.
    Open,
    /// It gets another address, and the one of before leads nowhere any more.
    Renew,
}

/// Answers, or changes what the account follows.
pub(crate) fn watches(app: &App, ask: &WatchAsk) -> Outcome {
    let account = AccountName::parse(&ask.account)
        .map_err(|error| Refusal::new("account_malformed", error.to_string()))?;
    let local = app.local()?;
    if local.account(&account)?.is_none() {
        return Err(refusal(&WatchError::NoAccount));
    }
    let today = Day::of(clock::now());
    // An index that takes longer is filled by a node that runs, or by `reindex`.
    let is_complete = app.replica.wait_for_views(records::VIEWS_DEADLINE);
    let mut answer = answer(app, &local, (&account, &ask.what), today)?;
    answer["complete"] = json!(is_complete);
    Ok(answer)
}

fn answer(
    app: &App,
    local: &Local,
    (account, what): (&AccountName, &WatchWhat),
    today: Option<Day>,
) -> Outcome {
    match what {
        WatchWhat::Add { name, search } => {
            let search = search_of(search).map_err(|(name, value)| {
                let message = format!(
                    "a search has no \"{name}={value}\": write it as the address of a page of the census has it"
                );
                Refusal::new("search_part_unknown", message)
            })?;
            let seen = Seen {
                change: app.replica.searched_change(),
                day: today,
            };
            let kept = local.keep_watch(account, (name, &search), seen, clock::now());
            let number = kept.map_err(|error| refusal(&error))?;
            let watch = found(local, account, number)?;
            Ok(to_json(&followed(&app.replica, watch, today)?))
        }
        WatchWhat::Feed { watch, change } => {
            let watch = named(local, account, watch)?;
            feed(app, (local, account), &watch, *change)
        }
        WatchWhat::List => {
            let mut watches = Vec::new();
            for watch in local.watches(account)? {
                let followed = followed(&app.replica, watch, today)?;
                watches.push(to_json(&followed));
            }
            Ok(json!({ "account": account.as_str(), "watches": watches }))
        }
        WatchWhat::Remove { watch } => {
            if !local.remove_watch(account, *watch)? {
                return Err(no_watch(*watch));
            }
            Ok(json!({ "removed": watch }))
        }
        WatchWhat::Seen { watch, up_to, day } => {
            let newest = app.replica.searched_change();
            let day = match day {
                // What was seen up to a change says nothing of days.
                None if up_to.is_some() => None,
                None => today,
                Some(text) => Some(Day::parse(text).ok_or_else(|| day_malformed(text))?),
            };
            let change = up_to.unwrap_or(newest);
            let seen = Seen { change, day }.at_most(newest, today);
            if !local.see_watch(account, *watch, seen)? {
                return Err(no_watch(*watch));
            }
            let watch = found(local, account, *watch)?;
            Ok(to_json(&followed(&app.replica, watch, today)?))
        }
        WatchWhat::Show {
            watch,
            limit,
            offset,
        } => {
            let watch = found(local, account, *watch)?;
            show(app, watch, today, (*limit, *offset))
        }
    }
}

/// Opens, renews or closes a feed. Its address is said in this answer and nowhere else: only a hash of it is kept.
fn feed(
    app: &App,
    (local, account): (&Local, &AccountName),
    watch: &Watch,
    change: FeedChange,
) -> Outcome {
    let number = watch.number;
    let draws = match change {
        FeedChange::Off => false,
        FeedChange::Open => watch.feed.is_none(),
        FeedChange::Renew => true,
    };
    let mut address = None;
    if draws {
        let pages = app.pages_address().ok_or_else(|| {
            let message = "nobody knows yet where the pages of this node will be: start it with `maillage run`, or name pages.listen in maillage.toml";
            Refusal::new("no_pages_address", message)
        })?;
        let settings = settings_of_pages(app, pages);
        let settings = settings.map_err(|error| Refusal::new("config", format!("{error:#}")))?;
        let mut secret = [0; 32];
        keys::fill_random(&mut secret);
        let secret = FeedSecret::from_bytes(secret);
        local.open_feed(account, number, &secret, clock::now())?;
        address = Some(feed_address(&settings, &secret));
    } else if change == FeedChange::Off {
        local.close_feed(account, number)?;
    }
    let watch = found(local, account, number)?;
    let since = watch.feed.as_ref();
    let since = since.map(|feed| Timestamp::from_millis(feed.since_ms).to_string());
    Ok(json!({
        "watch": number,
        "name": watch.name,
        "address": address,
        "open_since": since,
    }))
}

/// The watch that is named by its number, or by a name that only one has.
fn named(local: &Local, account: &AccountName, text: &str) -> Result<Watch, Refusal> {
    let mut watches = local.watches(account)?;
    let number = text.parse::<u64>().ok();
    watches.retain(|watch| watch.name == text || Some(watch.number) == number);
    let by_name = watches.iter().filter(|watch| watch.name == text).count();
    if by_name == 1 {
        watches.retain(|watch| watch.name == text);
    }
    match watches.len() {
        1 => Ok(watches.remove(0)),
        0 => {
            let message = format!("there is no watch \"{text}\": `maillage watch list` shows them");
            Err(Refusal::new("watch_unknown", message))
        }
        _ => {
            let message = format!("several watches are called \"{text}\": name one by its number");
            Err(Refusal::new("watch_ambiguous", message))
        }
    }
}

fn show(app: &App, watch: Watch, today: Option<Day>, (size, offset): (usize, usize)) -> Outcome {
    // Before the search: what comes in between is new the next time.
    let up_to = app.replica.searched_change();
    let followed = followed(&app.replica, watch, today)?;
    let found = page(&app.replica, &followed, today, (size, offset))?;
    let reader = app.replica.read()?;
    let mut hits = Vec::new();
    for hit in &found {
        let Some(view) = reader.record(&hit.record)? else {
            continue;
        };
        hits.push(json!({
            "record": hit.record.to_string(),
            "kind": view.kind(),
            "name": records::name_of(view.fields()),
            "is_new": followed.is_new(hit),
        }));
    }
    let mut answer = to_json(&followed);
    answer["hits"] = Json::Array(hits);
    answer["up_to"] = json!(up_to);
    answer["day"] = json!(today.map(|day| day.to_string()));
    Ok(answer)
}

fn found(local: &Local, account: &AccountName, number: u64) -> Result<Watch, Refusal> {
    let found = local.watch(account, number)?;
    found.ok_or_else(|| no_watch(number))
}

fn to_json(followed: &Followed) -> Json {
    json!({
        "watch": followed.watch.number,
        "name": followed.watch.name,
        "search": followed.watch.search,
        "since": Timestamp::from_millis(followed.watch.since_ms).to_string(),
        "seen": followed.watch.seen,
        "seen_day": followed.watch.seen_day().map(|day| day.to_string()),
        "total": followed.total,
        "new": followed.new,
    })
}

fn day_malformed(text: &str) -> Refusal {
    let message = format!("\"{text}\" is no day: write it as 2026-02-28");
    Refusal::new("day_malformed", message)
}

fn no_watch(number: u64) -> Refusal {
    let message = format!("there is no watch {number}: `maillage watch list` shows them");
    Refusal::new("watch_unknown", message)
}

fn refusal(error: &WatchError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
