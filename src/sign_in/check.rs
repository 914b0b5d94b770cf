//! A check that was done: what it looked at, what it expected, what it found. The checks of a sign-in are its proof, and
//! what is shown of it; their words and paragraphs stand in one table.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{jws::Claims, organization::OrganizationRef};

/// What a check keeps of a long value, in characters.
const MAXIMUM_SHOWN: usize = 200;

/// The checks, by what they look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// `state` is the request's.
    State,
    /// The response's `iss` is the provider.
    ResponseIssuer,
    /// A signed token at all.
    Format,
    /// Signed with an algorithm that we accept.
    Algorithm,
    /// Signed by a key of the provider's.
    Signature,
    /// `iss` is the provider.
    Issuer,
    /// `aud` is this client, and nobody else.
    Audience,
    /// `azp`, where present, is this client.
    AuthorizedParty,
    /// `exp` is to come.
    Expiry,
    /// `iat` is just now.
    IssuedAt,
    /// `nbf`, where present, has come.
    NotBefore,
    /// `nonce` is the request's.
    Nonce,
    /// `sub` names somebody.
    Subject,
    /// `auth_time` is recent enough, where `max_age` was asked.
    AuthenticationTime,
    /// The organization is the one that was asked for.
    Organization,
    /// `events`: the token is a logout token.
    LogoutEvent,
    /// `nonce` is absent, so that no ID token passes for a logout token.
    NoNonce,
    /// `jti` names the logout token.
    TokenId,
    /// `sid` or `sub` names what ends.
    SessionOrSubject,
}

impl CheckId {
    /// What the check looks at, in words.
    #[must_use]
    pub fn looks_at(self) -> &'static str {
        match self {
            Self::State => "the answer's state",
            Self::ResponseIssuer => "the answer's issuer (iss)",
            Self::Format => "its form",
            Self::Algorithm => "its algorithm (alg)",
            Self::Signature => "its signature",
            Self::Issuer => "its issuer (iss)",
            Self::Audience => "its audience (aud)",
            Self::AuthorizedParty => "its authorized party (azp)",
            Self::Expiry => "its expiry (exp)",
            Self::IssuedAt => "its time of issue (iat)",
            Self::NotBefore => "its start (nbf)",
            Self::Nonce => "its nonce",
            Self::Subject => "its subject (sub)",
            Self::AuthenticationTime => "the time of authentication (auth_time)",
            Self::Organization => "its organization (org_id, org_name)",
            Self::LogoutEvent => "its event (events)",
            Self::NoNonce => "its lack of a nonce",
            Self::TokenId => "its own id (jti)",
            Self::SessionOrSubject => "its session or subject (sid, sub)",
        }
    }

    /// The paragraph of the standard that asks for the check.
    #[must_use]
    pub fn paragraph(self) -> &'static str {
        match self {
            Self::State => "RFC 6749, 10.12",
            Self::ResponseIssuer => "RFC 9207, 2.4",
            Self::Format => "RFC 7515, 7.1",
            Self::Algorithm => "OpenID Connect Core 3.1.3.7, item 7; RFC 8725, 3.1",
            Self::Signature => "OpenID Connect Core 3.1.3.7, item 6",
            Self::Issuer => "OpenID Connect Core 3.1.3.7, item 2",
            Self::Audience => "OpenID Connect Core 3.1.3.7, item 3",
            Self::AuthorizedParty => "OpenID Connect Core 3.1.3.7, items 4 and 5",
            Self::Expiry => "OpenID Connect Core 3.1.3.7, item 9",
            Self::IssuedAt => "OpenID Connect Core 3.1.3.7, item 10",
            Self::NotBefore => "RFC 7519, 4.1.5",
            Self::Nonce => "OpenID Connect Core 3.1.3.7, item 11",
            Self::Subject => "OpenID Connect Core 2",
            Self::AuthenticationTime => "OpenID Connect Core 3.1.3.7, item 13",
            Self::Organization => "Auth0 Organizations: org_id or org_name must be what was asked for",
            Self::LogoutEvent => "OpenID Connect Back-Channel Logout 2.6, item 5",
            Self::NoNonce => "OpenID Connect Back-Channel Logout 2.6, item 6",
            Self::TokenId => "OpenID Connect Back-Channel Logout 2.6, item 7",
            Self::SessionOrSubject => "OpenID Connect Back-Channel Logout 2.6, item 4",
        }
    }
}

/// A check that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// What a genuine token says.
    pub expected: String,
    /// What this one says.
    pub found: String,
    /// Whether that will do.
    pub passed: bool,
}

impl Check {
    /// The organization that came back, held against the one that was asked for.
    pub(super) fn organization(asked: Option<&OrganizationRef>, claims: &Claims, passed: bool) -> Self {
        let found = format!("org_id {}, org_name {}", show(claims.get("org_id")), show(claims.get("org_name")));
        let expected = asked.map_or("anything: none was asked for".to_owned(), ToString::to_string);
        Self::new(CheckId::Organization, expected, found, passed)
    }

    pub(super) fn new(id: CheckId, expected: impl ToString, found: impl ToString, passed: bool) -> Self {
        Self { id, expected: shorten(&expected.to_string()), found: shorten(&found.to_string()), passed }
    }
}

/// At most [`MAXIMUM_SHOWN`] characters.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAXIMUM_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
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
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

pub(super) fn show_time(claim: Option<&Value>) -> String {
    time(claim).map_or_else(|| show(claim), |time| time.to_string())
}
