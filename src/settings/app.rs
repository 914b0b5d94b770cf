//! The app: its origin, where it listens, what it logs.

use std::net::{Ipv4Addr, SocketAddr};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::Url;

use super::{
    characters,
    listen::Listen,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::loopback::is_https_or_loopback;

pub(super) const SUMMARIES: &[SettingSummary] =
    &[BASE_URL.summary(), CALLBACK_PATH.summary(), LISTEN.summary(), LOG.summary()];

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
    must_be: "empty, for the base URL itself, or /callback",
    find_misplaced: characters::invisible,
    parse: |path| ["/", "/callback"].contains(&path).then(|| path.to_owned()),
    is_secret: false,
};
const LISTEN: Setting<Listen> = Setting {
    name: "APP_LISTEN",
    default: Fallback::Words("loopback, with the port of APP_BASE_URL"),
    description: "The socket address to listen on",
    must_be: "a socket address such as 127.0.0.1:3000 or [::1]:3000",
    find_misplaced: characters::invisible,
    parse: Listen::parse,
    is_secret: false,
};
const LOG: Setting<String> = Setting {
    name: "RUST_LOG",
    default: Fallback::Value("info,actix_server=warn"),
    description: "What to log: error, warn, info, debug, trace, or directives",
    must_be: "off, error, warn, info, debug or trace, or directives such as info,orglab=debug",
    find_misplaced: characters::invisible,
    parse: directives,
    is_secret: false,
};

pub struct AppSettings {
    pub base_url: Url,
    pub listen: Listen,
    /// What is logged: directives of `tracing_subscriber::EnvFilter`.
    pub log: String,
}

pub(super) fn read(reader: &mut Reader, base_url: Url) -> AppSettings {
    AppSettings { listen: listen(reader, &base_url), log: reader.value_or_default(&LOG), base_url }
}

pub(super) fn base_url(reader: &mut Reader) -> Url {
    let url = reader.value_or_default(&BASE_URL);
    if is_https_or_loopback(&url) {
        return url;
    }
    let must_be = "https, since its host is not this machine: over plain http, others can read codes and cookies";
    reader.reject(&BASE_URL, must_be);
    BASE_URL.default_value()
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

/// The crates that log, as their modules' paths begin.
const LOGGING: [&str; 9] = [
    "orglab",
    "actix_http",
    "actix_server",
    "actix_session",
    "actix_web",
    "hyper_util",
    "mio",
    "reqwest",
    "rustls_platform_verifier",
];

/// `EnvFilter` takes any word for the path of a module: with `verbose` alone, nothing would be logged.
fn directives(text: &str) -> Option<String> {
    let directives: Vec<_> = text.split(',').map(str::trim).collect();
    let is_module = |word: &str| word.split("::").next().is_some_and(|name| LOGGING.contains(&name));
    let is_known = |word: &&str| {
        word.is_empty() || word.contains(['=', '[']) || word.parse::<LevelFilter>().is_ok() || is_module(word)
    };
    let directives = directives.iter().all(is_known).then(|| directives.join(","))?;
    EnvFilter::try_new(&directives).is_ok().then_some(directives)
}

/// By default, with plain http, browsers connect directly, to the port of the base URL. With https, a proxy on this
/// machine connects.
fn listen(reader: &mut Reader, base_url: &Url) -> Listen {
    let default = || match (base_url.scheme(), base_url.port_or_known_default()) {
        ("http", Some(port)) => Listen::loopback(port),
        _ => Listen { addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))], is_default: false },
    };
    reader.value(&LISTEN).unwrap_or_else(default)
}

/// The base URL itself, without a slash at the end, or with a path.
pub(super) fn redirect_uri(reader: &mut Reader, base_url: &Url) -> String {
    base_url.origin().ascii_serialization() + &reader.value(&CALLBACK_PATH).unwrap_or_default()
}
