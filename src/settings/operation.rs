//! Operation: what is logged and how, and where metrics are.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    characters,
    listen::Listen,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::log::{LogFormat, LogSettings};

pub(super) const SUMMARIES: &[SettingSummary] = &[LOG.summary(), LOG_FORMAT.summary(), METRICS_LISTEN.summary()];

const LOG: Setting<String> = Setting {
    name: "RUST_LOG",
    default: Fallback::Value("info,actix_server=warn"),
    description: "The log level (off, error, warn, info, debug or trace), or directives",
    must_be: "off, error, warn, info, debug or trace, or directives such as info,orglab=debug",
    find_misplaced: characters::invisible,
    parse: directives,
    is_secret: false,
};
const LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "LOG_FORMAT",
    default: Fallback::Value("text"),
    description: "The format of the log: text, or json (one object a line)",
    must_be: "text or json",
    find_misplaced: characters::invisible,
    parse: log_format,
    is_secret: false,
};
const METRICS_LISTEN: Setting<Listen> = Setting {
    name: "METRICS_LISTEN",
    default: Fallback::Words("off"),
    description: "The socket address that serves metrics for Prometheus, without a login",
    must_be: "a socket address, such as 127.0.0.1:9464, or empty for no metrics",
    find_misplaced: characters::invisible,
    parse: Listen::parse,
    is_secret: false,
};

/// How the log looks, and where metrics are, if anywhere.
pub(super) fn read(reader: &mut Reader) -> (LogSettings, Option<Listen>) {
    let log = LogSettings { directives: reader.value_or_default(&LOG), format: reader.value_or_default(&LOG_FORMAT) };
    (log, reader.value(&METRICS_LISTEN))
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// The crates that log: the first parts of their modules' paths.
const LOGGING: [&str; 11] = [
    "orglab",
    "actix_codec",
    "actix_http",
    "actix_router",
    "actix_server",
    "actix_session",
    "actix_web",
    "hyper_util",
    "mio",
    "reqwest",
    "rustls_platform_verifier",
];

/// Directives for `EnvFilter`: levels, modules of crates that log, and targets with a level. `EnvFilter` itself accepts
/// any text as a module: with `verbose` or `info;orglab=debug`, nothing would be logged.
fn directives(text: &str) -> Option<String> {
    let directives: Vec<_> = text.split(',').map(str::trim).collect();
    let is_module = |word: &str| word.split("::").next().is_some_and(|name| LOGGING.contains(&name));
    let is_path = |text: &str| text.chars().all(|character| character.is_alphanumeric() || "_:-".contains(character));
    let is_known = |directive: &&str| match directive.split_once(['=', '[']) {
        Some((target, _)) => is_path(target),
        None => directive.is_empty() || directive.parse::<LevelFilter>().is_ok() || is_module(directive),
    };
    let directives = directives.iter().all(is_known).then(|| directives.join(","))?;
    EnvFilter::try_new(&directives).is_ok().then_some(directives)
}
