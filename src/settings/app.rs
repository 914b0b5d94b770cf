//! The app: its origin, and where it listens.

use std::net::{Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::{
    characters,
    listen::Listen,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::loopback::is_https_or_loopback;

pub(super) const SUMMARIES: &[SettingSummary] = &[BASE_URL.summary(), CALLBACK_PATH.summary(), LISTEN.summary()];

const BASE_URL: Setting<Url> = Setting {
    name: "APP_BASE_URL",
    default: Fallback::Value("http://localhost:3000"),
    description: "The app's origin, as browsers see it",
    must_be: "the app's origin as browsers see it, such as https://lab.example.com or http://localhost:3000",
    find_misplaced: characters::not_in_url,
    parse: origin,
    is_secret: false,
};
const CALLBACK_PATH: Setting<String> = Setting {
    name: "APP_CALLBACK_PATH",
    default: Fallback::Words("empty"),
    description: "The path of the redirect URI: empty or /callback",
    must_be: "empty (for the base URL itself) or /callback",
    find_misplaced: characters::invisible,
    parse: |path| ["/", "/callback"].contains(&path).then(|| path.to_owned()),
    is_secret: false,
};
const LISTEN: Setting<Listen> = Setting {
    name: "APP_LISTEN",
    default: Fallback::Words("loopback, with the port of APP_BASE_URL"),
    description: "The socket addresses to listen on, separated by commas",
    must_be: "one or more socket addresses with the same port, such as 127.0.0.1:3000,[::1]:3000",
    find_misplaced: characters::invisible,
    parse: Listen::parse,
    is_secret: false,
};
pub struct AppSettings {
    /// With port 0 until [`super::Settings::listening_on`] sets the port that the system has chosen.
    pub base_url: Url,
    pub listen: Listen,
}

/// The settings, with the addresses that were read before. `is_tenant_private`: whether the demo tenant will run and be
/// reachable from this machine only.
pub(super) fn read(reader: &mut Reader, (base_url, listen): (Url, Listen), is_tenant_private: bool) -> AppSettings {
    if is_tenant_private && !listen.is_loopback() {
        reader.reject(&LISTEN, BESIDE_THE_DEMO_TENANT);
    }
    AppSettings { base_url, listen }
}

const BESIDE_THE_DEMO_TENANT: &str = "a loopback address such as 127.0.0.1:3000, since the demo tenant runs: it has no \
    passwords, and browsers can reach it only at their own localhost. To use another provider, set OIDC_ISSUER_URL; in \
    a container whose ports are published only to loopback, set DEMO_TENANT_EXPOSE=yes";

/// The base URL, and where to listen. If the system chooses the port, both have port 0.
pub(super) fn addresses(reader: &mut Reader) -> (Url, Listen) {
    let (url, listen) = (reader.value(&BASE_URL), reader.value(&LISTEN));
    let mistake = url.as_ref().and_then(base_url_must_be);
    if let Some(must_be) = mistake {
        reader.reject(&BASE_URL, must_be);
    }
    let mut url = url.filter(|_| mistake.is_none()).unwrap_or_else(|| BASE_URL.default_value());
    if listen.as_ref().is_some_and(|listen| listen.port() == 0) && url.scheme() == "http" && url.port() != Some(0) {
        if reader.is_set(&BASE_URL) {
            reader.reject(&LISTEN, "a socket address with a port other than 0, unless APP_BASE_URL has port 0 too");
        }
        // Fails only for a URL without a host.
        let _ = url.set_port(Some(0));
    }
    let listen = listen.unwrap_or_else(|| default_listen(&url));
    (url, listen)
}

/// What the base URL must be, if this URL can't be it.
fn base_url_must_be(url: &Url) -> Option<&'static str> {
    match url.scheme() {
        _ if !is_https_or_loopback(url) => {
            Some("https, since its host is not this machine: over plain http, others can read codes and cookies")
        }
        "https" if url.port() == Some(0) => {
            Some("a URL with a port other than 0: with https, browsers connect to a proxy, at its port")
        }
        _ => None,
    }
}

fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_origin = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_origin.then_some(url)
}

/// By default, with plain http, browsers connect directly, to the port of the base URL. With https, a proxy on this
/// machine connects.
fn default_listen(base_url: &Url) -> Listen {
    match (base_url.scheme(), base_url.port_or_known_default()) {
        ("http", Some(port)) => {
            let mut listen = Listen::loopback(port);
            // For a base URL such as http://127.0.0.5:3000.
            if let Some(Host::Ipv4(address)) = base_url.host()
                && address != Ipv4Addr::LOCALHOST
            {
                listen.addresses.push(SocketAddr::from((address, port)));
            }
            listen
        }
        _ => Listen { addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))], is_default: false },
    }
}

/// The base URL itself, without a slash at the end, or with a path.
pub(super) fn redirect_uri(reader: &mut Reader, base_url: &Url) -> String {
    base_url.origin().ascii_serialization() + &reader.value(&CALLBACK_PATH).unwrap_or_default()
}
