//! An attempt to sign in, from the authorization request on (OpenID Connect Core 1.0, 3.1.2.1): what must be known again
//! when the answer comes.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use openidconnect::Nonce;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use url::Url;

use super::{organization::OrganizationRef, provider::OAuthClient, return_to::ReturnTo};

/// How long a user may take at the provider.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What a sign-in is asked to be like. All but `return_to` go on to the provider.
#[derive(Clone, Debug, Default)]
pub struct LoginRequest {
    /// The organization to sign in to; where there is none, the provider may ask.
    pub organization: Option<OrganizationRef>,
    /// The page that wanted the sign-in.
    pub return_to: Option<ReturnTo>,
    /// Which connection (identity provider) to use, at Auth0.
    pub connection: Option<String>,
    /// Whether to ask the user again, although signed in at the provider.
    pub prompt: Option<Prompt>,
    /// Who is about to sign in, so far as it is known.
    pub login_hint: Option<String>,
    /// How long ago, in seconds, the user may have signed in at the provider.
    pub max_age: Option<u32>,
    /// An invitation's ticket, at Auth0.
    pub invitation: Option<String>,
}

/// Values of `prompt` that make sense for a user who asked to sign in (OpenID Connect Core 1.0, 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Ask for the credentials again.
    Login,
    /// Ask which account.
    SelectAccount,
}

impl Prompt {
    /// The parameter's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SelectAccount => "select_account",
        }
    }
}

/// An attempt that waits for its answer. It is kept by the browser, encrypted; the server keeps nothing of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    state: String,
    nonce: String,
    pkce_verifier: String,
    organization: Option<OrganizationRef>,
    return_to: Option<ReturnTo>,
    max_age: Option<u32>,
    began_at: DateTime<Utc>,
}

impl Attempt {
    /// Makes `state`, `nonce` and the PKCE verifier, and the authorization request that carries them to the provider.
    ///
    /// - `state` binds the answer to this browser (RFC 6749, 10.12): nobody can be signed in by somebody else's answer.
    /// - `nonce` binds the ID token to this request (OpenID Connect Core 1.0, 15.5.2): no token can be used twice.
    /// - PKCE (RFC 7636) binds the code to whoever began: a stolen code is worth nothing. S256, never plain.
    pub(super) fn begin(
        client: &OAuthClient,
        scopes: &[String],
        login: LoginRequest,
        now: DateTime<Utc>,
    ) -> (Self, Url) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = Nonce::new_random();
        let max_age = login.max_age.map(|seconds| seconds.to_string());
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", nonce.secret().clone());
        let extras = [
            ("organization", login.organization.as_ref().map(OrganizationRef::parameter)),
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
        let (url, state) = request.url();
        let attempt = Self {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
            organization: login.organization,
            return_to: login.return_to,
            max_age: login.max_age,
            began_at: now,
        };
        (attempt, url)
    }

    /// Names the attempt among others of the same browser: the beginning of its `state`.
    #[must_use]
    pub fn name(&self) -> &str {
        Self::name_of(&self.state)
    }

    /// The name of the attempt that has this `state`.
    #[must_use]
    pub fn name_of(state: &str) -> &str {
        state.get(..12).unwrap_or(state)
    }

    /// Whether an answer with this `state` answers this attempt, in time.
    #[must_use]
    pub fn is_answered_by(&self, state: &str, now: DateTime<Utc>) -> bool {
        bool::from(self.state.as_bytes().ct_eq(state.as_bytes())) && self.is_live(now)
    }

    /// Whether its answer would still be taken.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.began_at + LIFETIME
    }

    /// When it began.
    #[must_use]
    pub fn began_at(&self) -> DateTime<Utc> {
        self.began_at
    }

    /// The organization that was asked for.
    #[must_use]
    pub fn organization(&self) -> Option<&OrganizationRef> {
        self.organization.as_ref()
    }

    /// The page that wanted the sign-in.
    #[must_use]
    pub fn return_to(&self) -> Option<&ReturnTo> {
        self.return_to.as_ref()
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn max_age(&self) -> Option<u32> {
        self.max_age
    }

    pub(super) fn pkce_verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.pkce_verifier.clone())
    }
}
