//! The three cookies: the login, the visit of somebody who is not logged in (it ties the login form to a browser), the language.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use replica::local::{LOGIN_TOTAL, LoginId};

use crate::app::Transport;
use crate::i18n::Language;

/// Which secret a cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Login,
    Visit,
}

const LANGUAGE: &str = "maillage-lang";

/// Returns the secret that the browser sent. Two cookies of one name count as none: one of them was put there by somebody else.
pub(crate) fn secret(
    headers: &HeaderMap,
    transport: Transport,
    purpose: Purpose,
) -> Option<LoginId> {
    let text = value(headers, &name(transport, purpose))?;
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    Some(LoginId::from_bytes(bytes.try_into().ok()?))
}

/// Returns the header that gives a secret to the browser.
pub(crate) fn keep_secret(transport: Transport, purpose: Purpose, id: &LoginId) -> HeaderValue {
    let value = BASE64URL_NOPAD.encode(id.as_bytes());
    secret_header(transport, purpose, &value, LOGIN_TOTAL.as_secs())
}

/// Returns the header that takes a secret away from the browser.
pub(crate) fn forget_secret(transport: Transport, purpose: Purpose) -> HeaderValue {
    secret_header(transport, purpose, "", 0)
}

/// Returns the language that the person chose.
pub(crate) fn language(headers: &HeaderMap) -> Option<Language> {
    Language::parse(value(headers, LANGUAGE)?)
}

/// Returns the header that keeps the chosen language for a year.
pub(crate) fn keep_language(language: Language) -> HeaderValue {
    let tag = language.tag();
    header(&format!(
        "{LANGUAGE}={tag}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    ))
}

fn secret_header(transport: Transport, purpose: Purpose, value: &str, seconds: u64) -> HeaderValue {
    let name = name(transport, purpose);
    let secure = match transport {
        Transport::Https => "; Secure",
        Transport::Loopback(_) => "",
    };
    header(&format!(
        "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    ))
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("names, base64url and numbers are visible ASCII")
}

/// Cookies of a loopback name are shared by all its ports: several nodes on one machine must not log each other out.
fn name(transport: Transport, purpose: Purpose) -> String {
    let word = match purpose {
        Purpose::Login => "login",
        Purpose::Visit => "visit",
    };
    match transport {
        Transport::Https => format!("__Host-maillage-{word}"),
        Transport::Loopback(port) => format!("maillage-{word}-{port}"),
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookies.parse().expect("is a header"));
        headers
    }

    #[test]
    fn a_secret_is_read_back_under_its_own_name_only() {
        let id = LoginId::from_bytes([9; 32]);
        for transport in [Transport::Https, Transport::Loopback(80)] {
            let kept = keep_secret(transport, Purpose::Login, &id);
            let pair = kept
                .to_str()
                .expect("text")
                .split(';')
                .next()
                .expect("pair")
                .to_owned();
            let headers = sent(&format!("a=b; {pair} ; c=d"));
            assert_eq!(
                secret(&headers, transport, Purpose::Login),
                Some(id.clone())
            );
            assert_eq!(secret(&headers, transport, Purpose::Visit), None);
            assert_eq!(
                secret(&headers, Transport::Loopback(81), Purpose::Login),
                None
            );
            let twice = sent(&format!("{pair}; {pair}"));
            assert_eq!(secret(&twice, transport, Purpose::Login), None);
        }
    }

    #[test]
    fn a_cookie_over_https_has_the_strict_form() {
        let kept = keep_secret(
            Transport::Https,
            Purpose::Login,
            &LoginId::from_bytes([0; 32]),
        );
        let text = kept.to_str().expect("text");
        assert!(text.starts_with("__Host-maillage-login=AAAA"));
        for part in [
            "; Path=/;",
            "; HttpOnly",
            "; SameSite=Strict",
            "; Secure",
            "Max-Age=43200",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("Domain"));
    }

    #[test]
    fn hostile_cookies_are_no_secret() {
        let long = "A".repeat(44);
        for value in ["", "A", "====", "é", &long, &"A".repeat(42), "../../etc"] {
            let headers = HeaderValue::from_bytes(format!("maillage-login-80={value}").as_bytes());
            let mut map = HeaderMap::new();
            map.insert(COOKIE, headers.expect("is a header"));
            assert_eq!(
                secret(&map, Transport::Loopback(80), Purpose::Login),
                None,
                "{value}"
            );
        }
    }
}
