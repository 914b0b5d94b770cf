//! How a sign-in went: recorded by the code that does each step, and returned by it. A step that is not done is not in the
//! record; a check that is new is in it by itself. Kept are values and the names of checks; their words stand elsewhere.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::check::{Check, shorten};

/// What stands in the record in place of a secret.
pub const BLACKED_OUT: &str = "■■■■■■";

/// The steps of a sign-in, up to the last or to the one that failed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    steps: Vec<Step>,
    /// Why the last step failed, if it did.
    failed: Option<String>,
}

/// A step that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The browser was sent to the provider (OpenID Connect Core 1.0, 3.1.2.1).
    AuthorizationRequest {
        /// When.
        at: DateTime<Utc>,
        /// The provider's authorization endpoint.
        endpoint: String,
        /// The query.
        parameters: Vec<(String, String)>,
    },
    /// The browser came back with the provider's answer (3.1.2.5, 3.1.2.6).
    Answer {
        /// When.
        at: DateTime<Utc>,
        /// The query.
        parameters: Vec<(String, String)>,
        /// What was checked of it.
        checks: Vec<Check>,
    },
    /// The app exchanged the code for tokens (3.1.3).
    TokenRequest(TokenRequest),
    /// The app looked up the key that signed the ID token (10.1.1).
    Keys {
        /// The provider's key set.
        endpoint: String,
        /// The key that the token names.
        key_id: Option<String>,
    },
    /// The app checked the ID token (3.1.3.7).
    IdToken {
        /// The algorithm that the token names.
        algorithm: String,
        /// All checks that were done, in their order.
        checks: Vec<Check>,
    },
}

/// A token request that was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenRequest {
    /// The provider's token endpoint.
    pub endpoint: String,
    /// How the client authenticated: `none`, `client_secret_basic`, `client_secret_post`.
    pub authentication: String,
    /// The body, secrets blacked out.
    pub parameters: Vec<(String, String)>,
    /// From the request to the end of the answer.
    pub milliseconds: u64,
}

impl Step {
    /// The authorization request that `url` is.
    pub(super) fn authorization_request(url: &Url, at: DateTime<Utc>) -> Self {
        let mut endpoint = url.clone();
        endpoint.set_query(None);
        let parameters = url.query_pairs().map(|(name, value)| (name.into_owned(), shorten(&value))).collect();
        Self::AuthorizationRequest { at, endpoint: endpoint.into(), parameters }
    }
}

impl Record {
    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The last step is the one that failed.
    pub(super) fn fail(&mut self, why: &str) {
        self.failed = Some(shorten(why));
    }

    /// The steps, in the order in which they were done.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Why the last step failed, if it did.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }
}
