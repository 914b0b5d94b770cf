//! The cookies of a class: which room a participant has, and who the instructor is.

use actix_web::{
    cookie::{Cookie, Key, time::Duration},
    http::header::{self, HeaderMap},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    cookies::{CookieNames, seal, unseal},
    random::Random,
};

/// How long a cookie is valid.
const LIFETIME: TimeDelta = TimeDelta::hours(12);

/// The cookies of one class. Their key is new at each start, so a restart ends all of them.
pub(super) struct ClassCookies {
    names: CookieNames,
    key: Key,
}

/// A participant's room, while it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RoomKey {
    pub(super) room: usize,
    pub(super) turn: u64,
}

/// What is sealed in a cookie.
#[derive(Serialize, Deserialize)]
struct Sealed<Content> {
    content: Content,
    /// In seconds since 1970. A browser that keeps the cookie for longer has nothing of it.
    expires: i64,
}

impl ClassCookies {
    /// `port` is the front door's. Browsers send a host's cookies to all its ports (RFC 6265, 8.5): each room gets them.
    pub(super) fn at(port: u16, random: &Random) -> Self {
        Self { names: CookieNames::Port(port), key: Key::from(&random.bytes::<64>()) }
    }

    pub(super) fn with_room(&self, room: RoomKey, now: DateTime<Utc>) -> serde_json::Result<Cookie<'static>> {
        self.sealed("orglab_room", room, now)
    }

    pub(super) fn room(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<RoomKey> {
        self.unsealed("orglab_room", headers, now)
    }

    pub(super) fn with_instructor(&self, now: DateTime<Utc>) -> serde_json::Result<Cookie<'static>> {
        self.sealed("orglab_class", true, now)
    }

    pub(super) fn has_instructor(&self, headers: &HeaderMap, now: DateTime<Utc>) -> bool {
        self.unsealed("orglab_class", headers, now) == Some(true)
    }

    fn sealed(&self, name: &str, content: impl Serialize, now: DateTime<Utc>) -> serde_json::Result<Cookie<'static>> {
        let mut cookie = self.names.cookie(self.names.full_name(name), String::new());
        cookie.set_max_age(Duration::seconds(LIFETIME.num_seconds()));
        seal(cookie, &Sealed { content, expires: (now + LIFETIME).timestamp() }, &self.key)
    }

    /// The content of the first cookie of this name that this class has sealed. Other apps of this host may have set more
    /// of that name.
    fn unsealed<Content: DeserializeOwned>(
        &self,
        name: &str,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Option<Content> {
        let name = self.names.full_name(name);
        let pairs = headers.get_all(header::COOKIE).flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        let cookies = pairs.filter_map(|pair| Cookie::parse_encoded(str::from_utf8(pair).ok()?.trim().to_owned()).ok());
        let mut sealed = cookies.filter(|cookie| cookie.name() == name).filter_map(|cookie| {
            unseal::<Sealed<Content>>(&cookie, &self.key).filter(|sealed| now.timestamp() < sealed.expires)
        });
        sealed.next().map(|sealed| sealed.content)
    }
}
