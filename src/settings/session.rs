//! Sessions: how long they last, and the key for their cookies.

use std::time::Duration;

use actix_web::cookie::Key;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use super::{
    characters,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::session::SessionSettings;

pub(super) const SUMMARIES: &[SettingSummary] = &[SECRET.summary(), TTL.summary(), IDLE.summary()];

pub(super) const SECRET: Setting<Key> = Setting {
    name: "SESSION_SECRET",
    default: Fallback::Words("random at each start"),
    description: "The key that protects the cookies; required with REDIS_URL",
    must_be: "at least 64 random bytes in hex or base64; generate them with `openssl rand -hex 64`",
    find_misplaced: characters::not_ascii,
    parse: key,
    is_secret: true,
};
const TTL: Setting<Duration> = Setting {
    name: "SESSION_TTL",
    default: Fallback::Value("8h"),
    description: "How long a session lasts",
    must_be: DURATION,
    find_misplaced: characters::invisible,
    parse: duration,
    is_secret: false,
};
const IDLE: Setting<Duration> = Setting {
    name: "SESSION_IDLE",
    default: Fallback::Value("1h"),
    description: "How long an idle session lasts, at most SESSION_TTL",
    must_be: DURATION,
    find_misplaced: characters::invisible,
    parse: duration,
    is_secret: false,
};

const DURATION: &str = "a duration of up to a year, such as 8h or 30m";
/// The longest lifetime of a session that is accepted.
const MAXIMUM_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The settings of sessions, not yet bound to a provider.
pub(super) fn read(reader: &mut Reader) -> SessionSettings {
    let lifetime = reader.value_or_default(&TTL);
    let idle = reader.value(&IDLE);
    if idle.is_some_and(|idle| idle > lifetime) && !reader.is_rejected(&TTL) {
        reader.reject(&IDLE, format!("at most {}, which is {}", TTL.name, humantime::format_duration(lifetime)));
    }
    let idle = idle.unwrap_or(lifetime.min(IDLE.default_value()));
    let key = reader.value(&SECRET).unwrap_or_else(Key::generate);
    SessionSettings { lifetime, idle, key, namespace: String::new() }
}

fn duration(text: &str) -> Option<Duration> {
    let duration = humantime::parse_duration(text).ok()?;
    (Duration::from_secs(1)..=MAXIMUM_LIFETIME).contains(&duration).then_some(duration)
}

/// Hex if it has only hex digits, else base64, in either alphabet.
fn key(text: &str) -> Option<Key> {
    let bytes = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?
    } else {
        BASE64
            .decode(text.as_bytes())
            .or_else(|_| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()))
            .ok()?
    };
    (bytes.len() >= 64).then(|| Key::from(&bytes))
}
