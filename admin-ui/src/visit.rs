//! Who asks: the language, the login, and the secret that ties forms to the browser.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use crdt_schema::profile::Profile;
use crdt_schema::time::Timestamp;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use replica::local::{Account, LoginId, Role};

use crate::app::App;
use crate::cookies::{self, Purpose};
use crate::error::PageError;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::{is_writer, may_decide};

/// One request to a page.
pub(crate) struct Visit {
    pub(crate) language: Language,
    pub(crate) person: Option<Person>,
    /// Path and query, as they were asked.
    pub(crate) path: String,
    /// Tied to the login; without one, to a cookie of the visit.
    secret: LoginId,
    /// Whether the cookie of the visit has still to be given.
    is_new: bool,
    partner: String,
    profile: Option<&'static Profile>,
}

/// Somebody who is logged in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) account: Account,
    pub(crate) since: Timestamp,
    pub(crate) login: LoginId,
}

impl Visit {
    /// Returns the token that forms of this visit carry.
    pub(crate) fn form_token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.secret.derive("form"))
    }

    /// Says whether a form carries the token of this visit.
    pub(crate) fn is_own_token(&self, sent: &str) -> bool {
        let own = self.form_token();
        let differences = own.bytes().zip(sent.bytes()).map(|(own, sent)| own ^ sent);
        // Every byte is looked at, so that the time tells nothing.
        own.len() == sent.len() && differences.fold(0, |all, one| all | one) == 0
    }

    /// Returns the secret of a visit whose cookie has still to be given.
    pub(crate) fn new_secret(&self) -> Option<&LoginId> {
        self.is_new.then_some(&self.secret)
    }

    /// Returns the frame of a page with this heading.
    pub(crate) fn layout(&self, heading: String) -> Layout {
        Layout::new(self, &self.partner, heading)
    }

    /// Lets those pass who may write for their organisation. What it may write is judged with its mandate, not here.
    pub(crate) fn writer(&self) -> Result<(), PageError> {
        self.who_may(is_writer)
    }

    /// Lets those pass who may use their organisation's right to decide. Whether it has one is for the charter to say.
    pub(crate) fn decider(&self) -> Result<(), PageError> {
        self.who_may(may_decide)
    }

    fn who_may(&self, may: impl FnOnce(Role) -> bool) -> Result<(), PageError> {
        let role = self.person.as_ref().map(|person| person.account.role);
        if role.is_some_and(may) {
            Ok(())
        } else {
            Err(PageError::NotForThisRole)
        }
    }

    /// Returns the programme that the pages show.
    pub(crate) fn profile(&self) -> Option<&'static Profile> {
        self.profile
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let transport = app.settings().transport();
        let person = match cookies::secret(&parts.headers, transport, Purpose::Login) {
            Some(login) => person(app, login).await?,
            None => None,
        };
        let kept = match &person {
            Some(person) => Some(person.login.clone()),
            None => cookies::secret(&parts.headers, transport, Purpose::Visit),
        };
        let language = parts.extensions.get::<Language>().copied();
        Ok(Self {
            language: language.unwrap_or(Language::French),
            person,
            path: parts
                .uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            is_new: kept.is_none(),
            secret: kept.unwrap_or_else(|| LoginId::from_bytes(app.draw())),
            partner: app.settings().partner().to_owned(),
            profile: app.profile().await?,
        })
    }
}

/// A request by somebody who is logged in. Everybody else is sent to the login page, and back here afterwards.
pub(crate) struct PersonVisit {
    pub(crate) visit: Visit,
    pub(crate) person: Person,
}

impl FromRequestParts<App> for PersonVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, app).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        match visit.person.clone() {
            Some(person) => Ok(Self { visit, person }),
            None if parts.method == Method::GET && visit.path != "/" => {
                let next = encoded(&visit.path);
                Err(Redirect::to(&format!("/connexion?next={next}")).into_response())
            }
            None => Err(Redirect::to("/connexion").into_response()),
        }
    }
}

/// The address that a request came from, for those who count attempts.
pub(crate) struct From(pub(crate) crate::server::PeerAddress);

impl FromRequestParts<App> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().copied().unwrap_or_default()))
    }
}

async fn person(app: &App, login: LoginId) -> Result<Option<Person>, PageError> {
    let (key, now) = (login.key(), app.now());
    app.local(move |local| {
        let Some(held) = local.login(&key, now)? else {
            return Ok(None);
        };
        let account = local.account(&held.account)?;
        Ok(account.map(|account| Person {
            account,
            since: held.created,
            login,
        }))
    })
    .await
}

/// Encodes a text for the value of a query, leaving what is safe in both directions.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.push_str(&HEXLOWER.encode(&[byte]));
            }
        }
    }
    encoded
}

/// Returns where to go after a login: only a place on this node. `//name` and `/\name` are other machines to a browser.
pub(crate) fn next_page(asked: &str) -> &str {
    let is_ours = asked.starts_with('/')
        && !asked.starts_with("//")
        && asked
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { asked } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_this_node_follow_a_login() {
        for ours in ["/", "/recensement?q=sport&page=2", "/a//b", "/%2F%2Fevil"] {
            assert_eq!(next_page(ours), ours);
        }
        for other in [
            "",
            "evil",
            "//evil",
            "///evil",
            "/\\evil",
            "\\\\evil",
            "https://evil",
            "/\tevil",
            "/a\r\nb",
            " /a",
            "javascript:alert(1)",
            "/é",
        ] {
            assert_eq!(next_page(other), "/", "{other:?}");
        }
    }

    #[test]
    fn a_query_value_holds_no_character_of_a_query() {
        assert_eq!(encoded("/a?b=c&d=é+"), "/a%3fb%3dc%26d%3d%c3%a9%2b");
    }
}
