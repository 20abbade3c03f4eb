//! A browser of a few lines, for the pages of a node that runs.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Somebody at the pages of one node.
pub(crate) struct Pages {
    host: String,
    cookies: BTreeMap<String, String>,
}

/// An answer, as far as tests look at it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"token\" value=\"")
            .expect("a form");
        rest.split('"').next().expect("is closed").to_owned()
    }
}

impl Pages {
    /// Opens the login page of the node at `http://…/`, and logs in.
    pub(crate) fn log_in(address: &str, name: &str, password: &str) -> Self {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut pages = Self {
            host: host.to_owned(),
            cookies: BTreeMap::new(),
        };
        let answer = pages.send("/connexion", &[("name", name), ("password", password)]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        pages
    }

    pub(crate) fn open(&mut self, path: &str) -> Answer {
        self.exchange("GET", path, "")
    }

    /// Sends a form with the token of the page at its address, or of the first page where that shows none.
    pub(crate) fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.open(path);
        let page = if page.body.contains("name=\"token\"") {
            page
        } else {
            self.open("/")
        };
        let token = page.token();
        let pairs = [&[("token", token.as_str())][..], fields].concat();
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        self.exchange("POST", path, &pairs.join("&"))
    }

    fn exchange(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("the node listens");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len}\r\n\
             Connection: close\r\n\r\n{body}",
            host = self.host,
            cookies = cookies.join("; "),
            len = body.len(),
        );
        stream.write_all(request.as_bytes()).expect("it is read");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let mut location = String::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name.to_lowercase().as_str() {
                "location" => value.clone_into(&mut location),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    let (name, value) = pair.split_once('=').expect("a pair");
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        Answer {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|code| code.parse().ok())
                .expect("a status"),
            location,
            body: body.to_owned(),
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
