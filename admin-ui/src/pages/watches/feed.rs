//! The feed of a watch: opened, renewed and closed by whoever follows the watch, and read without a login by whoever knows its address. The
//! secret stands in the query of the address: no log of this program holds queries.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, RETRY_AFTER,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::id::hash;
use crdt_schema::time::Timestamp;
use replica::local::{FeedSecret, Watch};
use replica::search::Error;
use serde::Deserialize;

use super::{gone_unless, show};
use crate::app::{App, blocking};
use crate::error::PageError;
use crate::files::{ExportError, Form, PAGES_MAX, WatchFeed};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::pages::asked::Asked as Question;
use crate::visit::{From, PersonVisit};
use crate::watches::{FEED_PLACE, feed_address, question};

/// What the page of a watch says of its feed.
pub(super) struct Block {
    /// The address, once: when it was just drawn.
    pub(super) opened: Option<String>,
    /// Since when it is open.
    pub(super) since: Option<String>,
}

impl Block {
    pub(super) fn of(language: Language, watch: &Watch, opened: Option<String>) -> Self {
        let since = watch.feed.as_ref().map(|feed| {
            let day = language.day(Timestamp::from_millis(feed.since_ms));
            language.text_with("watch-feed-since", &[("day", day.into())])
        });
        Self { opened, since }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    cle: String,
    page: Option<usize>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(FEED_PLACE, get(read))
        .route("/veilles/{number}/flux", post(open))
        .route("/veilles/{number}/flux/fermer", post(close))
}

/// Draws an address. It is shown in this answer and nowhere else: not even this node knows it afterwards, and no other page may carry it.
async fn open(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, PageError> {
    let account = person.account.name;
    let (secret, now) = (FeedSecret::from_bytes(app.draw()), app.now());
    let address = own_address(&app, &secret);
    let opened = app.local(move |local| {
        let is_there = local.open_feed(&account, number, &secret, now)?;
        Ok((is_there, local.watch(&account, number)?))
    });
    let (is_there, watch) = opened.await?;
    gone_unless(is_there)?;
    let watch = watch.ok_or(PageError::NotFound)?;
    show(&app, &form.visit, (watch, None), (None, Some(address))).await
}

async fn close(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { person, .. }: PersonVisit,
    _form: SentForm,
) -> Result<Response, PageError> {
    let account = person.account.name;
    let closed = app.local(move |local| local.close_feed(&account, number));
    gone_unless(closed.await?)?;
    Ok(Redirect::to(&format!("/veilles/{number}")).into_response())
}

fn own_address(app: &App, secret: &FeedSecret) -> String {
    feed_address(app.settings(), secret)
}

async fn read(
    State(app): State<App>,
    From(address): From,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(seconds) = app.take_turn(address) {
        let wait = [(RETRY_AFTER, seconds.to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, wait).into_response());
    }
    let page = asked.page.unwrap_or(1);
    let secret = FeedSecret::parse(&asked.cle).filter(|_| (1..=PAGES_MAX).contains(&page));
    // A wrong secret is answered as any address that is not there.
    let secret = secret.ok_or(PageError::NotFound)?;
    let own = own_address(&app, &secret);
    let watch = app.local(move |local| local.watch_of_feed(&secret)).await?;
    let watch = watch.ok_or(PageError::NotFound)?;
    let (base, now, today) = (app.settings().reached_at(), app.now(), app.today());
    let list = format!("{base}{}", Question::read(&watch.search).href(|_| ()));
    let replica = app.census()?.replica.clone();
    let written = blocking(move || {
        let feed = WatchFeed {
            title: &watch.name,
            query: &question(&watch.search, today),
            page,
            now,
            address: &base,
            list: &list,
            own: &own,
        };
        feed.write(&replica)
    });
    let bytes = match written.await? {
        Ok(bytes) => bytes,
        // What an earlier version allowed may be too long for this one: the page of the watch says so.
        Err(ExportError::Search(Error::Refused(_))) => return Err(PageError::NotFound),
        Err(ExportError::Search(Error::Fault(fault))) => {
            return Err(PageError::Fault(fault.into()));
        }
        Err(ExportError::Fault(fault)) => return Err(PageError::Fault(fault)),
        Err(_) => return Err(PageError::Interrupted),
    };
    let tag = entity_tag(&bytes);
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|sent| sent.to_str().ok());
    let is_known = known.is_some_and(|sent| names(sent, &tag));
    let always = [
        (ETAG, tag),
        // Whoever keeps it asks again before it shows it.
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (ROBOTS, "noindex".to_owned()),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    let content = [(CONTENT_TYPE, Form::Atom.media_type())];
    Ok((always, content, bytes).into_response())
}

/// Says nothing but whether two answers are the same bytes.
fn entity_tag(bytes: &[u8]) -> String {
    let hash = hash("watch-feed", &[bytes]);
    let digits = hash[..16].iter().map(|byte| format!("{byte:02x}"));
    format!("\"{}\"", digits.collect::<String>())
}

/// Whether `If-None-Match` names an answer (RFC 9110, 13.1.2): it is compared weakly.
fn names(sent: &str, tag: &str) -> bool {
    let mut sent = sent.split(',').map(str::trim);
    sent.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_its_bytes() {
        let tag = entity_tag(b"<feed/>");
        assert_eq!(tag, entity_tag(b"<feed/>"));
        let other = entity_tag(b"<feed></feed>");
        assert_ne!(tag, other);
        for sent in [
            tag.clone(),
            format!("W/{tag}"),
            format!("{other} , {tag}"),
            "*".to_owned(),
        ] {
            assert!(names(&sent, &tag), "{sent}");
        }
        for sent in [other, String::new(), tag.replace('"', "")] {
            assert!(!names(&sent, &tag), "{sent}");
        }
    }
}
