//! An attempt to sign in, sealed in a cookie of its own: several tabs can sign in at once, and the server keeps nothing
//! for a user who never comes back.

use std::{
    cmp::Reverse,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, time::Duration},
    dev::Payload,
    web::Data,
};
use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{errors::failure::Failure, site::Site};
use crate::{
    clock::Clock,
    compatibility::known_or_default,
    cookies::{CookieNames, seal, unseal},
    reference::Reference,
    session::SessionSettings,
    sign_in::{
        attempt::{Attempt, LIFETIME},
        response::{AuthorizationResponse, Outcome, Refusal},
    },
};

/// How many attempts a browser may have at once. Beyond that, the oldest is removed.
const MAXIMUM_ATTEMPTS: usize = 5;

/// The limit for all of them together, names and values, in bytes. Proxies such as nginx accept 8 kB of cookies, and
/// refuse any request with more (400).
const MAXIMUM_TOGETHER: usize = 4_096;

/// The longest name and value together, in bytes. Browsers keep cookies of up to 4,096 bytes; the rest is room for the
/// attributes.
const MAXIMUM_COOKIE: usize = 3_900;

/// How much a cookie grows once its attempt is reported, in bytes: a reference of eight characters and a
/// [`ReportedRefusal`], in base64.
const REPORT_LENGTH: usize = 76;

/// An attempt as the cookie keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredAttempt {
    pub attempt: Attempt,
    /// Set once the attempt got an error response: the reference under which the error was reported. A reload of the
    /// page shows the same reference, and does not report the error again. The attempt can't be used for anything else
    /// then.
    pub reported: Option<Reference>,
    /// The refusal that was reported, if the error response was one. Absent in cookies of earlier versions, and unknown
    /// to them.
    #[serde(default, deserialize_with = "known_or_default", skip_serializing_if = "Option::is_none")]
    refusal: Option<ReportedRefusal>,
}

/// A refusal as the cookie keeps it, to recognize the next one that has the same reason.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct ReportedRefusal {
    #[serde(with = "ts_seconds")]
    at: DateTime<Utc>,
    /// The first bytes of a hash of the provider's own words. At Auth0 they name the account too: another account is
    /// another reason.
    words: u32,
}

impl StoredAttempt {
    /// The attempt once its error response is reported as `reference`. The first report stays.
    pub fn reported(&self, reference: Reference, refusal: Option<&Refusal>, now: DateTime<Utc>) -> Self {
        if self.reported.is_some() {
            return self.clone();
        }
        let refusal = refusal.map(|refusal| ReportedRefusal { at: now, words: fingerprint(refusal) });
        Self { attempt: self.attempt.clone(), reported: Some(reference), refusal }
    }
}

fn fingerprint(refusal: &Refusal) -> u32 {
    let description = refusal.description.as_deref().unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(format!("{}\n{description}", refusal.error)).into();
    let [first, second, third, fourth, ..] = hash;
    u32::from_be_bytes([first, second, third, fourth])
}

/// A cookie of the request with the name of an attempt.
struct AttemptCookie {
    name: String,
    /// The length of name and value in bytes, with room for the report.
    length: usize,
    /// `None` if the attempt has expired, or the cookie can't be decrypted: it was encrypted with another key, perhaps
    /// by another app on this host.
    stored: Option<StoredAttempt>,
}

/// The attempts of the request's browser.
pub struct AttemptCookies {
    found: Vec<AttemptCookie>,
    settings: Data<SessionSettings>,
    names: CookieNames,
    now: DateTime<Utc>,
}

impl AttemptCookies {
    /// The attempt that this authorization response belongs to. An attempt that was reported no longer accepts a code:
    /// its `state` has been used, and somebody may have seen it (RFC 9700, 4.7.1).
    pub fn attempt_for(&self, response: &AuthorizationResponse) -> Option<&StoredAttempt> {
        let is_code = matches!(response.outcome, Outcome::Code(_));
        let mut live = self.found.iter().filter_map(|found| found.stored.as_ref());
        let waiting = live.find(|stored| stored.attempt.has_state(&response.state))?;
        (waiting.reported.is_none() || !is_code).then_some(waiting)
    }

    /// When the provider refused this browser before for the same reason and at the same organization, if it did within
    /// the lifetime of an attempt: the latest time. A reload is no second refusal.
    pub fn refused_before(&self, stored: &StoredAttempt, refusal: &Refusal) -> Option<DateTime<Utc>> {
        let words = fingerprint(refusal);
        let others = self.found.iter().filter_map(|found| found.stored.as_ref());
        let others = others.filter(|other| {
            other.attempt.name() != stored.attempt.name()
                && other.attempt.organization() == stored.attempt.organization()
        });
        let same = others.filter_map(|other| other.refusal).filter(|other| other.words == words);
        let earlier = same.filter(|other| stored.refusal.is_none_or(|reported| other.at < reported.at));
        earlier.map(|other| other.at).max()
    }

    /// Whether the browser has an attempt that waits for its response.
    pub fn any_is_waiting(&self) -> bool {
        self.found.iter().filter_map(|found| found.stored.as_ref()).any(|stored| stored.reported.is_none())
    }

    /// The cookies that add an attempt to the browser's attempts, and remove the oldest if there are too many, or if
    /// they are too long together.
    pub fn add(&self, attempt: Attempt) -> Result<Vec<Cookie<'static>>, Failure> {
        let added = self.sealed(&StoredAttempt { attempt, reported: None, refusal: None })?;
        let length = length(&added);
        if length > MAXIMUM_COOKIE {
            return Err(Failure::BadRequest(format!(
                "The parameters are too long together: encrypted, they have {length} bytes, but a cookie can have at most \
                 {MAXIMUM_COOKIE} bytes."
            )));
        }
        let mut others: Vec<_> = self.found.iter().collect();
        // Cookies that can't be read count as the oldest.
        others.sort_by_key(|found| Reverse(found.stored.as_ref().map(|stored| stored.attempt.began_at())));
        let mut together = length;
        let fits = |found: &&&AttemptCookie| {
            together += found.length;
            together <= MAXIMUM_TOGETHER
        };
        let staying = others.iter().take(MAXIMUM_ATTEMPTS - 1).take_while(fits).count();
        let removals = others[staying..].iter().map(|found| self.names.removal(found.name.clone()));
        Ok(removals.chain([added]).collect())
    }

    /// The attempt's cookie, encrypted.
    pub fn sealed(&self, stored: &StoredAttempt) -> Result<Cookie<'static>, Failure> {
        let mut cookie = self.names.cookie(self.name(&stored.attempt), String::new());
        let remaining = stored.attempt.began_at() + LIFETIME - self.now;
        cookie.set_max_age(Duration::seconds(remaining.num_seconds()));
        seal(cookie, stored, &self.settings.key).map_err(Failure::internal)
    }

    /// The cookie that removes the attempt's.
    pub fn removal(&self, attempt: &Attempt) -> Cookie<'static> {
        self.names.removal(self.name(attempt))
    }

    /// The removals of all attempts of the browser. Cookies that can't be read stay: they may be another app's.
    pub fn removals(&self) -> impl Iterator<Item = Cookie<'static>> {
        self.found.iter().filter_map(|found| Some(self.removal(&found.stored.as_ref()?.attempt)))
    }

    fn name(&self, attempt: &Attempt) -> String {
        format!("{}{}", prefix(self.names), attempt.name())
    }

    fn of(request: &HttpRequest) -> Option<Self> {
        let settings = request.app_data::<Data<SessionSettings>>()?.clone();
        let names = Site::of(request).ok()?.cookies();
        let now = request.app_data::<Data<Clock>>()?.now();
        let prefix = prefix(names);
        let cookies = request.cookies().ok();
        let ours = cookies.iter().flat_map(|cookies| cookies.iter()).filter(|cookie| is_name(cookie.name(), &prefix));
        let find = |cookie: &Cookie<'static>| {
            let stored = unseal(cookie, &settings.key).filter(|stored: &StoredAttempt| stored.attempt.is_live(now));
            AttemptCookie { name: cookie.name().to_owned(), length: length(cookie), stored }
        };
        let found = ours.map(find).collect();
        Some(Self { found, settings, names, now })
    }
}

/// The length of name and value in bytes, with room for the report.
fn length(cookie: &Cookie<'_>) -> usize {
    cookie.name().len() + cookie.value().len() + REPORT_LENGTH
}

/// Whether a cookie has the name of an attempt. Other cookies may have any name.
fn is_name(name: &str, prefix: &str) -> bool {
    let is_base64url = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    name.strip_prefix(prefix).is_some_and(|rest| rest.chars().all(is_base64url))
}

/// How the names of attempts' cookies begin; the attempt's name follows.
fn prefix(names: CookieNames) -> String {
    names.full_name("orglab_attempt") + "_"
}

impl FromRequest for AttemptCookies {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or_else(Failure::missing_data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Versions before this one kept the reference alone.
    #[test]
    fn a_reported_attempt_of_an_earlier_version_is_read() {
        let attempt = r#""state":"s","nonce":"n","pkce_verifier":"v","login":{},"began_at":"2026-01-01T00:00:00Z""#;
        for refusal in ["", r#","refusal":{"of":"a version to come"}"#] {
            let stored = format!(r#"{{"attempt":{{{attempt}}},"reported":"ABCDEFGH"{refusal}}}"#);
            let stored: StoredAttempt = serde_json::from_str(&stored).unwrap();
            assert_eq!(stored.reported.unwrap().to_string(), "ABCDEFGH");
            assert!(stored.refusal.is_none());
        }
    }
}
