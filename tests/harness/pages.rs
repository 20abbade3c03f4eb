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
    /// The body as it came: files are no text.
    pub(crate) bytes: Vec<u8>,
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
    /// Whoever has not logged in to the pages at `http://…/`.
    pub(crate) fn without_login(address: &str) -> Self {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        Self {
            host: host.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens the login page of the node at `http://…/`, and logs in.
    pub(crate) fn log_in(address: &str, name: &str, password: &str) -> Self {
        let mut pages = Self::without_login(address);
        let answer = pages.send("/connexion", &[("name", name), ("password", password)]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        pages
    }

    pub(crate) fn open(&mut self, path: &str) -> Answer {
        self.exchange("GET", path, FORM, b"")
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
        self.exchange("POST", path, FORM, pairs.join("&").as_bytes())
    }

    /// Sends a form with a file, with the token of the page at its address.
    pub(crate) fn upload(&mut self, path: &str, field: (&str, &str), file: &[u8]) -> Answer {
        let token = self.open(path).token();
        let mut body = Vec::new();
        for (name, value) in [("token", token.as_str()), field] {
            let part = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(
            b"--edge\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"fichier\"\r\n\r\n",
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.exchange("POST", path, "multipart/form-data; boundary=edge", &body)
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("the node listens");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: {cookies}\r\nContent-Type: {kind}\r\nContent-Length: {len}\r\n\
             Connection: close\r\n\r\n",
            host = self.host,
            cookies = cookies.join("; "),
            len = body.len(),
        );
        stream.write_all(request.as_bytes()).expect("it is read");
        stream.write_all(body).expect("it is read");
        let mut came = Vec::new();
        stream.read_to_end(&mut came).expect("it answers");
        let end = came.windows(4).position(|four| four == b"\r\n\r\n");
        let bytes = came[end.expect("a head") + 4..].to_vec();
        let answer = String::from_utf8_lossy(&came);
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
            bytes,
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
