//! Who has signed in to the organization.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sign_in::identity::Identity;

/// How many people an organization keeps.
pub const MAXIMUM_PEOPLE: usize = 10_000;

/// Somebody who has signed in. The same human being through two connections is two users, as at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Names the user at the provider.
    pub subject: String,
    /// For people.
    pub name: String,
    /// As the provider has it.
    pub email: Option<String>,
    /// The connection that the user signs in through.
    pub connection: Option<String>,
    /// The first sign-in to this organization.
    pub first_at: DateTime<Utc>,
    /// The latest.
    pub last_at: DateTime<Utc>,
}

impl Person {
    /// `identity`, who has just signed in.
    pub fn signed_in(identity: &Identity, now: DateTime<Utc>) -> Self {
        Self {
            subject: identity.subject().to_owned(),
            name: identity.name().to_owned(),
            email: identity.email().map(str::to_owned),
            connection: identity.connection().map(str::to_owned),
            first_at: now,
            last_at: now,
        }
    }
}
