//! Mail addresses and links.

use super::clean::{clean, is_digits};
use super::outcome::{Code, Outcome};

/// The longest mail address, in bytes (RFC 5321, path of 256 with its brackets).
pub const MAIL_BYTES_MAX: usize = 254;
/// The longest link, in bytes: the shortest limit that browsers and servers in use share.
pub const LINK_BYTES_MAX: usize = 2_048;

/// Reads one mail address. The domain is lowered and written in ASCII; the local part is kept.
pub fn email(input: &str) -> Outcome<String> {
    let text = clean(input);
    if text.chars().any(char::is_control) {
        return Outcome::Invalid(Code::Control);
    }
    if let Some(rest) = after_mailto(&text) {
        let address = rest.split('?').next().unwrap_or(rest);
        return mail_address(address).repaired(Code::Mailto);
    }
    if let Some((_, inner)) = text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        return mail_address(inner.trim()).only_proposed(Code::DisplayName);
    }
    let addresses = text
        .split([' ', ';', ',', '/'])
        .filter(|part| part.contains('@'));
    if addresses.count() > 1 {
        return Outcome::Invalid(Code::TwoAddresses);
    }
    mail_address(&text)
}

fn mail_address(text: &str) -> Outcome<String> {
    let Some((local, host)) = text.split_once('@') else {
        return Outcome::Invalid(Code::NoAt);
    };
    if !is_local_part(local) {
        return Outcome::Invalid(Code::Local);
    }
    let Some(host) = domain(host) else {
        return Outcome::Invalid(Code::Domain);
    };
    let address = format!("{local}@{host}");
    if address.len() > MAIL_BYTES_MAX {
        return Outcome::Invalid(Code::Length);
    }
    Outcome::Valid(address)
}

fn is_local_part(local: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= LOCAL_BYTES_MAX
        && local
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(atom))
}

fn after_mailto(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked("mailto:".len())?;
    scheme
        .eq_ignore_ascii_case("mailto:")
        .then(|| rest.trim_start())
}

/// Reads a link to a page, by `https` or `http`. The host is written in ASCII.
pub fn link(input: &str) -> Outcome<String> {
    let text = clean(input);
    if text.chars().any(char::is_control) {
        return Outcome::Invalid(Code::Control);
    }
    match split_scheme(&text) {
        Scheme::Web(scheme, rest) => web_link(scheme, rest),
        Scheme::Missing(rest) => web_link("https", rest).only_proposed(Code::SchemeMissing),
        Scheme::Other => Outcome::Invalid(Code::Scheme),
    }
}

enum Scheme<'a> {
    Missing(&'a str),
    Other,
    Web(&'static str, &'a str),
}

fn split_scheme(text: &str) -> Scheme<'_> {
    for scheme in ["https", "http"] {
        let head = text.get(..scheme.len()).unwrap_or_default();
        let rest = text.get(scheme.len()..).unwrap_or_default();
        if head.eq_ignore_ascii_case(scheme)
            && let Some(rest) = rest.strip_prefix("://")
        {
            return Scheme::Web(scheme, rest);
        }
    }
    // `example.org:8080` has a colon and no scheme: a host has a dot before it.
    let before_colon = text.split_once(':').map(|(head, _)| head);
    match before_colon {
        Some(head) if !head.contains(['.', '/', '?', '#']) => Scheme::Other,
        _ if text.contains("://") && !text.contains(['/', '?', '#']) => Scheme::Other,
        _ => Scheme::Missing(text.strip_prefix("//").unwrap_or(text)),
    }
}

fn web_link(scheme: &str, rest: &str) -> Outcome<String> {
    // Browsers read a backslash as a slash, others do not: two readers would see two hosts.
    if rest
        .chars()
        .any(|c| c.is_whitespace() || "\\<>\"`{}|^".contains(c))
    {
        return Outcome::Invalid(Code::Format);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Outcome::Invalid(Code::UserInfo);
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let Some(mut written) = domain(host).map(|host| format!("{scheme}://{host}")) else {
        return Outcome::Invalid(Code::Domain);
    };
    if let Some(port) = port {
        if !is_digits(port) || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Outcome::Invalid(Code::Format);
        }
        written.push(':');
        written.push_str(port);
    }
    for byte in path.bytes() {
        if byte.is_ascii() {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    if written.len() > LINK_BYTES_MAX {
        return Outcome::Invalid(Code::Length);
    }
    Outcome::Valid(written)
}

/// Writes a domain in its ASCII form; none when it is not one.
fn domain(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(host).ok()?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let in_form = |label: &&str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let numeric = labels.last().is_some_and(|last| is_digits(last));
    let sound =
        labels.len() >= 2 && labels.iter().all(in_form) && !numeric && ascii.len() < MAIL_BYTES_MAX;
    sound.then_some(ascii)
}

/// The longest part before the `@`, in bytes (RFC 5321).
const LOCAL_BYTES_MAX: usize = 64;
/// The longest label of a domain, in bytes (RFC 1035).
const LABEL_BYTES_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::{LINK_BYTES_MAX, email, link};
    use crate::register::{Code, Outcome};

    fn valid(text: &str) -> Outcome<String> {
        Outcome::Valid(text.to_owned())
    }

    #[test]
    fn a_mail_address_is_written_in_one_way() {
        assert_eq!(
            email(" Contact@Café.Example.ORG\n"),
            valid("Contact@xn--caf-dma.example.org")
        );
        assert_eq!(
            email("MAILTO:a@example.org?subject=Bonjour"),
            Outcome::Repaired("a@example.org".to_owned(), Code::Mailto)
        );
        assert_eq!(
            email("Accueil <a@example.org>").code(),
            Some(Code::DisplayName)
        );
        assert_eq!(
            email("a@example.org, b@example.org"),
            Outcome::Invalid(Code::TwoAddresses)
        );
    }

    #[test]
    fn the_parts_of_an_address_have_limits() {
        let local = |len| email(&format!("{}@example.org", "x".repeat(len)));
        assert!(local(63).accepted().is_some() && local(64).accepted().is_some());
        assert_eq!(local(65), Outcome::Invalid(Code::Local));
        let label = |len| email(&format!("a@{}.org", "x".repeat(len)));
        assert!(label(62).accepted().is_some() && label(63).accepted().is_some());
        assert_eq!(label(64), Outcome::Invalid(Code::Domain));
    }

    #[test]
    fn an_address_has_254_bytes_at_most() {
        // 64 + 1 + 3 × 62 + 3 dots = 254 with two letters at the end removed below.
        let address = |last: usize| {
            let label = "x".repeat(61);
            format!(
                "{}@{label}.{label}.{label}.{}",
                "y".repeat(64),
                "z".repeat(last)
            )
        };
        assert_eq!(address(3).len(), 254);
        assert!(email(&address(2)).accepted().is_some());
        assert!(email(&address(3)).accepted().is_some());
        assert_eq!(email(&address(4)), Outcome::Invalid(Code::Length));
    }

    #[test]
    fn line_breaks_and_numbers_are_no_address() {
        assert_eq!(
            email("a@example.org\r\nBcc: b@example.org"),
            Outcome::Invalid(Code::Control)
        );
        assert_eq!(email("a@example.org\0"), Outcome::Invalid(Code::Control));
        assert_eq!(email("a@192.0.2.1"), Outcome::Invalid(Code::Domain));
        assert_eq!(email("a@[192.0.2.1]"), Outcome::Invalid(Code::Domain));
        assert_eq!(email("<>"), Outcome::Invalid(Code::NoAt));
    }

    #[test]
    fn a_link_is_written_in_one_way() {
        assert_eq!(
            link("HTTPS://Café.Example.org:8443/À?q=é#x"),
            valid("https://xn--caf-dma.example.org:8443/%C3%80?q=%C3%A9#x")
        );
        assert_eq!(
            link("www.example.org/a:b"),
            Outcome::Proposed {
                value: "https://www.example.org/a:b".to_owned(),
                code: Code::SchemeMissing,
            }
        );
        assert_eq!(link("example.org:8080").code(), Some(Code::SchemeMissing));
        assert_eq!(link("//example.org").code(), Some(Code::SchemeMissing));
    }

    #[test]
    fn a_link_that_could_harm_is_refused() {
        for (text, code) in [
            ("javascript:alert(1)", Code::Scheme),
            ("data:text/html,x", Code::Scheme),
            ("ftp://example.org", Code::Scheme),
            ("https:/example.org", Code::Scheme),
            ("https://a:b@example.org", Code::UserInfo),
            ("https://example.org@evil.example", Code::UserInfo),
            ("https://example.org\\@evil.example", Code::Format),
            ("https://example.org/a b", Code::Format),
            ("https://example.org/\"onload", Code::Format),
            ("java\nscript:alert(1)", Code::Control),
            ("https://example.org:99999/", Code::Format),
            ("https://localhost/", Code::Domain),
            ("https://127.0.0.1/", Code::Domain),
            ("https://[::1]/", Code::Domain),
            ("https://", Code::Domain),
            ("", Code::Domain),
        ] {
            assert_eq!(link(text), Outcome::Invalid(code), "{text:?}");
        }
    }

    #[test]
    fn a_link_has_its_length_at_most() {
        let start = "https://example.org/";
        let long = |len: usize| format!("{start}{}", "a".repeat(len - start.len()));
        assert!(link(&long(LINK_BYTES_MAX - 1)).accepted().is_some());
        assert!(link(&long(LINK_BYTES_MAX)).accepted().is_some());
        assert_eq!(
            link(&long(LINK_BYTES_MAX + 1)),
            Outcome::Invalid(Code::Length)
        );
    }
}
