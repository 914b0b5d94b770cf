//! An attempt to sign in: the authorization request (OpenID Connect Core 1.0, 3.1.2.1), and what is needed to check the
//! response.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_microseconds_option};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use url::Url;

use super::{
    check::{Check, CheckId, Expected, Found},
    organization::OrganizationRef,
    provider::OAuthClient,
    return_to::ReturnTo,
};
use crate::random::Random;

/// How long a user may take at the provider.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Where a sign-in leads: the part of a request that another try repeats.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Destination {
    /// The organization to sign in to. Without one, the provider may ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationRef>,
    /// The organization's name in an invitation link, which has the id as well. Show it only beside the id: anybody can
    /// write a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// The page that needed the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_to: Option<ReturnTo>,
}

impl Destination {
    /// The same page, in no organization that is named.
    pub fn without_organization(&self) -> Self {
        Self { return_to: self.return_to.clone(), ..Self::default() }
    }

    /// The organization, as pages call it.
    pub fn shown(&self) -> Option<String> {
        self.organization_name.clone().or_else(|| self.organization.as_ref().map(ToString::to_string))
    }
}

/// The parameters of `/login`. All but `organization_name` and `return_to` are sent to the provider.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LoginRequest {
    #[serde(flatten)]
    pub destination: Destination,
    /// At Auth0, the connection (identity provider) to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// The user who probably signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// How long ago, in seconds, the user may have signed in at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// At Auth0, the invitation's ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
}

/// Values of `prompt` that make sense for a user who asked to sign in (OpenID Connect Core 1.0, 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask for the credentials again.
    Login,
    /// Ask which account.
    SelectAccount,
}

impl Prompt {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SelectAccount => "select_account",
        }
    }
}

/// An attempt that waits for its response. The browser keeps it, encrypted; the server keeps nothing of it. A browser
/// keeps several, so absent values are left out.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    state: String,
    nonce: String,
    pkce_verifier: String,
    login: LoginRequest,
    began_at: DateTime<Utc>,
    /// By the store's clock, as revocations are; `began_at` is by the machine's clock, which decides when attempts
    /// expire. Absent in attempts that older versions wrote.
    #[serde(default, with = "ts_microseconds_option")]
    requested_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// Generates the values that bind the response to the request:
    ///
    /// - `state` binds the response to this browser (RFC 6749, 10.12): nobody can be signed in by somebody else's
    ///   response.
    /// - `nonce` binds the ID token to this request (OpenID Connect Core 1.0, 15.5.2): no token can be used twice.
    /// - PKCE (RFC 7636) binds the code to this attempt: a stolen code is worthless. S256, never plain.
    pub(crate) fn begin(login: LoginRequest, now: DateTime<Utc>, random: &Random) -> Self {
        Self {
            state: random.secret(),
            nonce: random.secret(),
            pkce_verifier: random.secret(),
            login,
            began_at: now,
            requested_at: None,
        }
    }

    /// The attempt, with the time at which its authorization request is sent, by the clock that dates revocations.
    pub(crate) fn with_requested_at(self, requested_at: DateTime<Utc>) -> Self {
        Self { requested_at: Some(requested_at), ..self }
    }

    /// The authorization request.
    pub(crate) fn request(&self, client: &OAuthClient, scopes: &[String]) -> Url {
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&self.pkce_verifier());
        let login = &self.login;
        let max_age = login.max_age.map(|seconds| seconds.to_string());
        let mut request = client
            .authorize_url(|| CsrfToken::new(self.state.clone()))
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", &self.nonce);
        let extras = [
            ("organization", login.destination.organization.as_ref().map(OrganizationRef::parameter)),
            ("connection", login.connection.as_deref()),
            ("prompt", login.prompt.map(Prompt::as_str)),
            ("login_hint", login.login_hint.as_deref()),
            ("max_age", max_age.as_deref()),
            ("invitation", login.invitation.as_deref()),
        ];
        for (name, value) in extras {
            if let Some(value) = value {
                request = request.add_extra_param(name, value.to_owned());
            }
        }
        request.url().0
    }

    /// The beginning of its `state`, which distinguishes the attempt from others of the same browser.
    pub fn name(&self) -> &str {
        Self::name_of(&self.state)
    }

    /// The name of the attempt that has this `state`.
    pub fn name_of(state: &str) -> &str {
        state.get(..12).unwrap_or(state)
    }

    /// Whether a response with this `state` belongs to this attempt. Compares in constant time.
    pub fn has_state(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }

    pub(super) fn check_state(&self, state: &str) -> Check {
        let (expected, found) = (Expected::Exactly(self.state.clone()), Found::Text(state.to_owned()));
        Check::new(CheckId::State, expected, found, self.has_state(state))
    }

    /// Whether its response would still be accepted.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.began_at + LIFETIME
    }

    pub fn began_at(&self) -> DateTime<Utc> {
        self.began_at
    }

    /// When the authorization request was sent, by the clock that dates revocations. A later revocation also ends the
    /// session that this attempt leads to.
    pub fn requested_at(&self) -> DateTime<Utc> {
        self.requested_at.unwrap_or(self.began_at)
    }

    pub fn destination(&self) -> &Destination {
        &self.login.destination
    }

    pub fn organization(&self) -> Option<&OrganizationRef> {
        self.login.destination.organization.as_ref()
    }

    pub fn return_to(&self) -> Option<&ReturnTo> {
        self.login.destination.return_to.as_ref()
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn max_age(&self) -> Option<u32> {
        self.login.max_age
    }

    pub(crate) fn pkce_verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.pkce_verifier.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_nonce_and_verifier_are_draws_of_their_own() {
        let attempt = Attempt::begin(LoginRequest::default(), DateTime::UNIX_EPOCH, &Random::counting());
        let drawn = Random::counting();
        let values = [attempt.state, attempt.nonce, attempt.pkce_verifier];
        assert_eq!(values, [(); 3].map(|()| drawn.secret()));
        assert!(values.iter().all(|value| (43..=128).contains(&value.len()))); // RFC 7636, 4.1
        assert!(values[0] != values[1] && values[1] != values[2] && values[2] != values[0]);
    }

    /// Versions before this one wrote absent values as null.
    #[test]
    fn an_attempt_of_an_earlier_version_is_read() {
        let attempt = Attempt::begin(LoginRequest::default(), DateTime::UNIX_EPOCH, &Random::counting());
        let mut stored = serde_json::to_value(&attempt).unwrap();
        assert_eq!(stored["login"], serde_json::json!({}));
        for name in ["organization", "organization_name", "return_to", "connection", "prompt", "max_age", "invitation"]
        {
            stored["login"][name] = serde_json::Value::Null;
        }
        let read: Attempt = serde_json::from_value(stored).unwrap();
        assert!(read.has_state(&attempt.state) && read.organization().is_none());
    }
}
