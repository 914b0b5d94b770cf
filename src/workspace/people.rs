//! Who has signed in to the organization.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sign_in::identity::Identity;

/// How many people are stored for an organization.
pub const MAXIMUM_PEOPLE: usize = 10_000;

/// A user who has signed in. The same human being through two connections is two users, as at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user at the provider (`sub`).
    pub subject: String,
    pub name: String,
    pub email: Option<String>,
    /// It never changes, since it comes from the subject.
    pub connection: Option<String>,
    /// The time of the first sign-in to this organization.
    pub first_at: DateTime<Utc>,
    /// The time of the latest.
    pub last_at: DateTime<Utc>,
}

/// A part of the list of people: by connection, in the order of the connections' first sign-ins, and at the end those
/// without a connection. Within a group, in the order of their first sign-ins. A connection keeps its place for as long
/// as anybody of it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    pub groups: Vec<Group>,
    /// How many people the whole list has.
    pub total: usize,
}

/// The people of one connection, as far as they are in the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `None`: of those whose subject names no connection.
    pub connection: Option<String>,
    pub people: Vec<Person>,
    /// How many of the connection come before this part.
    pub before: usize,
    /// How many of the connection the whole list has.
    pub total: usize,
}

impl Person {
    /// The user of `identity`, who signs in `now`.
    pub fn signed_in(identity: &Identity, now: DateTime<Utc>) -> Self {
        Self {
            subject: identity.subject().to_owned(),
            name: identity.name().into_owned(),
            email: identity.email().map(str::to_owned),
            connection: identity.connection().map(str::to_owned),
            first_at: now,
            last_at: now,
        }
    }
}
