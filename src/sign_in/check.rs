//! A check that was done: what it checked, what it expected, and what it found. The trace shows the checks of a
//! sign-in.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::check_id::CheckId;
use crate::{
    compatibility::known_or_default,
    text::{MAXIMUM_SHOWN, shorten, visible},
};

/// How many characters are kept of a value that binds an authorization response or a token to its attempt, once the
/// attempt has failed.
const SHOWN_OF_A_BINDING: usize = 8;

/// Shown instead of a value that another version of the app wrote.
const UNKNOWN: &str = "a value that this version does not know";

/// A check that was done. It stores values, which are put into words only when they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    #[serde(default, deserialize_with = "known_or_default")]
    pub id: CheckId,
    #[serde(default, deserialize_with = "known_or_default")]
    pub expected: Expected,
    #[serde(default, deserialize_with = "known_or_default")]
    pub found: Found,
    pub passed: bool,
}

/// What a response or token must contain. Times are `NumericDate`s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    Exactly(String),
    OneOf(Vec<String>),
    AbsentOr(String),
    Absent,
    /// The request did not ask for it.
    Anything,
    After(i64),
    AbsentOrAfter(i64),
    AbsentOrUpTo(i64),
    /// The bounds are included.
    Between(i64, i64),
    /// At least one character and at most this many, not all of them blank.
    Characters(usize),
    /// Three parts with dots between them.
    SignedToken,
    /// A signature by one of the provider's keys.
    ProvidersKey,
    /// What another version of the app expects.
    #[default]
    Unknown,
}

/// What a response or token contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    Absent,
    Time(i64),
    Text(String),
    /// What another version of the app found.
    #[default]
    Unknown,
}

impl Check {
    pub(super) fn new(id: CheckId, expected: Expected, found: Found, passed: bool) -> Self {
        let mut check = Self { id, expected, found, passed };
        check.shorten(MAXIMUM_SHOWN);
        if !passed {
            check.redact();
        }
        check
    }

    /// Whether the check fails because a claim that must be a time is absent or not a number.
    pub fn lacks_time(&self) -> bool {
        let is_time = self.id.is_about_time() || self.id == CheckId::AuthenticationTime;
        is_time && !self.passed && !matches!(self.found, Found::Time(_))
    }

    /// By how much the token is too early or too late, if that is why the check fails.
    pub fn missed_by(&self) -> Option<TimeDelta> {
        let Found::Time(found) = self.found else { return None };
        if self.passed || !self.id.is_about_time() {
            return None;
        }
        let (mut early, mut late) = (0, 0);
        if let Expected::After(from) | Expected::Between(from, _) = self.expected {
            late = from.saturating_sub(found);
        }
        if let Expected::AbsentOrUpTo(to) | Expected::Between(_, to) = self.expected {
            early = found.saturating_sub(to);
        }
        TimeDelta::try_seconds(late.max(early))
    }

    /// Keeps only what may be shown of a failed attempt.
    pub(super) fn redact(&mut self) {
        if matches!(self.id, CheckId::State | CheckId::Nonce) {
            self.shorten(SHOWN_OF_A_BINDING);
        }
    }

    fn shorten(&mut self, maximum: usize) {
        self.expected.shorten(maximum);
        self.found.shorten(maximum);
    }
}

impl fmt::Display for Check {
    /// Escaped, since it goes into the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, found) = (self.expected.to_string(), self.found.to_string());
        write!(formatter, "{}: expected {expected:?}, found {found:?}", self.id.label())
    }
}

impl Expected {
    fn shorten(&mut self, maximum: usize) {
        if let Self::Exactly(value) | Self::AbsentOr(value) = self {
            *value = shorten(value, maximum);
        }
    }
}

/// Never empty: an absent value is shown as such.
impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(value) => formatter.write_str(&visible(value)),
            Self::OneOf(values) if values.is_empty() => formatter.write_str("none: no value is accepted"),
            Self::OneOf(values) => formatter.write_str(&values.join(" or ")),
            Self::AbsentOr(value) => write!(formatter, "{}, or absent", visible(value)),
            Self::Absent => formatter.write_str("absent"),
            Self::Anything => formatter.write_str("anything: the request did not ask for it"),
            Self::After(time) => write!(formatter, "after {}", show_time(*time)),
            Self::AbsentOrAfter(time) => write!(formatter, "after {}, or absent", show_time(*time)),
            Self::AbsentOrUpTo(time) => write!(formatter, "up to {}, or absent", show_time(*time)),
            Self::Between(from, to) => write!(formatter, "from {} to {}", show_time(*from), show_time(*to)),
            Self::Characters(maximum) => write!(formatter, "1 to {maximum} characters, not all of them blank"),
            Self::SignedToken => formatter.write_str("header.payload.signature"),
            Self::ProvidersKey => formatter.write_str("made with one of the provider's keys"),
            Self::Unknown => formatter.write_str(UNKNOWN),
        }
    }
}

/// Never empty: an absent value is shown as such.
impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("absent"),
            Self::Time(time) => formatter.write_str(&show_time(*time)),
            Self::Text(text) => formatter.write_str(&visible(text)),
            Self::Unknown => formatter.write_str(UNKNOWN),
        }
    }
}

impl Found {
    fn shorten(&mut self, maximum: usize) {
        if let Self::Text(value) = self {
            *value = shorten(value, maximum);
        }
    }

    /// A claim of any type.
    pub(super) fn claim(claim: Option<&Value>) -> Self {
        claim.map_or(Self::Absent, |_| Self::Text(show(claim)))
    }

    /// A claim that should be a time.
    pub(super) fn time(claim: Option<&Value>) -> Self {
        time(claim).map_or_else(|| Self::claim(claim), |time| Self::Time(time.timestamp()))
    }
}

/// The first characters of a value that binds an authorization response or a token to its attempt: `state`, `nonce`,
/// `code_challenge`. Users send error pages to administrators, and anybody who knows all values of a live attempt can
/// forge a response to it (login CSRF).
pub(super) fn shorten_binding(value: &str) -> String {
    shorten(value, SHOWN_OF_A_BINDING)
}

pub(super) fn text(claim: Option<&Value>) -> Option<&str> {
    claim.and_then(Value::as_str)
}

/// A `NumericDate` (RFC 7519, 2): seconds since 1970, with or without a fraction.
#[expect(clippy::cast_possible_truncation, reason = "a fraction of a second decides nothing, and the cast saturates")]
pub(super) fn time(claim: Option<&Value>) -> Option<DateTime<Utc>> {
    let seconds = claim?;
    let seconds = seconds.as_i64().or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

pub(super) fn show(claim: Option<&Value>) -> String {
    match claim {
        None => "absent".to_owned(),
        Some(Value::String(text)) => visible(text).into_owned(),
        Some(other) => other.to_string(),
    }
}

fn show_time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
