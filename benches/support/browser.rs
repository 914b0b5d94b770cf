//! A browser that costs next to nothing, so that what is measured is the server: it sends what Chrome sends, and reads
//! no more of a response than where it ends.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::provider::USER;

/// What Chrome sends with a navigation.
pub(crate) const NAVIGATION: [(&str, &str); 11] = [
    ("sec-ch-ua", r#""Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99""#),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", r#""Linux""#),
    ("Upgrade-Insecure-Requests", "1"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept-Language", "en-US,en;q=0.9"),
];
pub(crate) const ACCEPT_ENCODING: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br, zstd");

/// The longest wait for a server.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Which compressions a browser says it understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptEncoding {
    None,
    AsBrowsers,
}

/// A browser with one connection to one server.
pub(crate) struct Browser {
    port: u16,
    /// All lines of a head but the first, and the cookies.
    headers: String,
    connection: Option<BufReader<TcpStream>>,
}

/// A response without its body.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Name and value; the names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Of the body as it was sent, in bytes.
    pub(crate) length: usize,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The path and the query that it redirects to.
    pub(crate) fn location(&self) -> String {
        let location = self.header("location").unwrap_or_else(|| panic!("no redirect: {self:?}"));
        let rest = location.split_once("://").map_or(location, |(_, rest)| rest);
        match rest.find(['/', '?']) {
            Some(at) if rest[at..].starts_with('?') => format!("/{}", &rest[at..]),
            Some(at) => rest[at..].to_owned(),
            None => "/".to_owned(),
        }
    }

    /// The cookie that it sets whose name begins so, as a request sends it.
    pub(crate) fn cookie(&self, prefix: &str) -> String {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookies = set.map(|(_, cookie)| cookie.split(';').next().unwrap_or_default());
        cookies.into_iter().find(|cookie| cookie.starts_with(prefix)).unwrap().to_owned()
    }
}

impl Browser {
    pub(crate) fn new(port: u16, host: &str, accept_encoding: AcceptEncoding) -> Self {
        let encoding = (accept_encoding == AcceptEncoding::AsBrowsers).then_some(ACCEPT_ENCODING);
        let headers = [("Host", host), ("Connection", "keep-alive")].into_iter().chain(NAVIGATION).chain(encoding);
        let headers = headers.flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
        Self { port, headers, connection: None }
    }

    /// The response to a GET. A connection that the server has closed in the meantime is opened again.
    pub(crate) fn get(&mut self, path: &str, cookie: &str) -> Response {
        let is_kept = self.connection.is_some();
        let response = match self.try_get(path, cookie) {
            Err(_) if is_kept => {
                self.connection = None;
                self.try_get(path, cookie)
            }
            response => response,
        };
        response.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// The response to a POST without fields.
    pub(crate) fn post(&mut self, path: &str, cookie: &str) -> Response {
        self.send_with("POST", path, cookie).and_then(|()| self.receive()).unwrap()
    }

    pub(crate) fn try_get(&mut self, path: &str, cookie: &str) -> io::Result<Response> {
        self.send(path, cookie)?;
        self.receive()
    }

    /// Sends a request. The response must be received before the next one is sent.
    pub(crate) fn send(&mut self, path: &str, cookie: &str) -> io::Result<()> {
        self.send_with("GET", path, cookie)
    }

    fn send_with(&mut self, method: &str, path: &str, cookie: &str) -> io::Result<()> {
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
        let request = format!("{method} {path} HTTP/1.1\r\n{}{cookie}{length}\r\n", self.headers);
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.port)?,
        };
        self.connection.insert(connection).get_mut().write_all(request.as_bytes())
    }

    pub(crate) fn receive(&mut self) -> io::Result<Response> {
        let mut connection = self.connection.take().ok_or(ErrorKind::NotConnected)?;
        let response = read(&mut connection)?;
        self.connection = (response.header("connection") != Some("close")).then_some(connection);
        Ok(response)
    }

    /// Signs a user in, up to the profile. Returns the session's cookie. `provider` is the same browser at the provider.
    pub(crate) fn sign_in(&mut self, provider: &mut Self, user: usize, organization: &str) -> String {
        let login = self.get(&format!("/login?organization={organization}"), "");
        let authorization = provider.get(&format!("{}&{USER}={user}", login.location()), "");
        let callback = self.get(&authorization.location(), &login.cookie("orglab_attempt_"));
        let session = callback.cookie("orglab_session_");
        let profile = self.get(&callback.location(), &session);
        assert_eq!((callback.location().as_str(), profile.status), ("/profile", 200));
        session
    }
}

fn connect(port: u16) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    Ok(BufReader::with_capacity(64 * 1024, stream))
}

/// Reads a whole response (RFC 9112).
fn read(connection: &mut impl BufRead) -> io::Result<Response> {
    let mut lines = Vec::new();
    while let line = line(connection)?
        && !line.is_empty()
    {
        lines.push(line);
    }
    let status = lines.first().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or(ErrorKind::InvalidData)?;
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let mut response = Response { status, headers, length: 0 };
    if let Some(length) = response.header("content-length") {
        response.length = length.parse().map_err(io::Error::other)?;
        skip(connection, response.length)?;
    } else if response.header("transfer-encoding").is_some() {
        while let length = usize::from_str_radix(&line(connection)?, 16).map_err(io::Error::other)?
            && length > 0
        {
            response.length += length;
            skip(connection, length + 2)?;
        }
        line(connection)?;
    }
    Ok(response)
}

/// The next line, without its end.
fn line(connection: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn skip(connection: &mut impl BufRead, length: usize) -> io::Result<()> {
    io::copy(&mut connection.take(length as u64), &mut io::sink()).map(drop)
}
