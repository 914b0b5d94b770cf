//! Sign-ins, and attempts that the provider refused.
//!
//! A sign-in is proven by its ID token. A refusal comes through the browser and proves nothing: anybody can begin an
//! attempt and make up the response. So refusals are stored separately, only a few of them, and without the text of the
//! response.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    compatibility::known_or_default,
    reference::Reference,
    sign_in::{identity::Identity, response::RefusalCase},
};

/// How many sign-ins are stored for an organization.
pub const MAXIMUM_SIGN_INS: usize = 10_000;
/// How many of a subject's sign-ins are recorded per [`SIGN_IN_WINDOW`].
pub const MAXIMUM_SIGN_INS_PER_WINDOW: usize = 30;
/// The time window in which a subject's sign-ins are counted.
pub const SIGN_IN_WINDOW: TimeDelta = TimeDelta::minutes(1);
/// How many refusals are stored for an organization.
pub const MAXIMUM_REFUSALS: usize = 1_000;
/// How many refusals are recorded per [`REFUSAL_WINDOW`].
pub const MAXIMUM_REFUSALS_PER_WINDOW: usize = 60;
/// The time window in which refusals are counted.
pub const REFUSAL_WINDOW: TimeDelta = TimeDelta::hours(1);

/// A verified sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub at: DateTime<Utc>,
    /// The user at the provider (`sub`). Empty in entries that older versions wrote.
    #[serde(default)]
    pub subject: String,
    pub name: String,
    pub email: Option<String>,
    pub connection: Option<String>,
    /// Also in the log.
    pub reference: Reference,
}

impl SignIn {
    pub fn of(identity: &Identity, reference: &Reference, now: DateTime<Utc>) -> Self {
        Self {
            at: now,
            subject: identity.subject().to_owned(),
            name: identity.name().into_owned(),
            email: identity.email().map(str::to_owned),
            connection: identity.connection().map(str::to_owned),
            reference: reference.clone(),
        }
    }
}

/// An attempt that was refused, as a browser reported it. The response's text is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAttempt {
    pub at: DateTime<Utc>,
    #[serde(deserialize_with = "known_or_default")]
    pub reason: RefusalCase,
    /// Also in the log.
    pub reference: Reference,
}

/// The numbers of sign-ins and refusals on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// In UTC.
    pub date: NaiveDate,
    pub sign_ins: usize,
    pub refusals: usize,
}

/// An organization's activity in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivitySummary {
    pub days: Vec<Day>,
    pub refusal_limit: Option<RefusalLimit>,
}

/// The latest period in which no refusals were recorded because there were already [`MAXIMUM_REFUSALS_PER_WINDOW`].
/// Forged refusals may have kept out a genuine one. A store keeps it for as long as it keeps those refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalLimit {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl RefusalLimit {
    /// With the refusal of the time `newest`, if the one that is [`MAXIMUM_REFUSALS_PER_WINDOW`] refusals back, itself
    /// included, is of the time `first`.
    pub fn reached(newest: DateTime<Utc>, first: DateTime<Utc>) -> Option<Self> {
        let until = first + REFUSAL_WINDOW;
        (newest < until).then_some(Self { from: newest, until })
    }

    /// Whether all refusals of the period are still stored, if the oldest that is stored is of the time `oldest`.
    pub fn is_since(&self, oldest: DateTime<Utc>) -> bool {
        oldest + REFUSAL_WINDOW <= self.until
    }
}

/// The last `count` days up to `today`, the oldest first.
pub fn last_days(today: NaiveDate, count: u64) -> Vec<NaiveDate> {
    (0..count).rev().filter_map(|back| today.checked_sub_days(Days::new(back))).collect()
}
