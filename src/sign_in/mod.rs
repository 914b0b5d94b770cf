//! OpenID Connect, in the order in which it happens; knows nothing of servers, pages or sessions.

pub mod attempt;
pub mod error;
pub mod exchange;
pub mod http;
pub mod id_token;
pub mod identity;
pub mod jws;
pub mod keys;
pub mod mistakes;
pub mod organization;
pub mod provider;
pub mod response;
pub mod return_to;
pub mod sign_out;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;

use self::{
    attempt::{Attempt, LoginRequest},
    error::SignInError,
    http::{BUDGET, BoundedHttp, Http},
    id_token::{Check, Expectations},
    identity::Identity,
    jws::UnverifiedToken,
    keys::KeySet,
    provider::{ClientSettings, Metadata, Provider, ProviderError},
    response::{AuthorizationResponse, Outcome},
    sign_out::Logout,
};
use crate::clock::Clock;

/// How old the provider's description may be for a new sign-in or a look at the provider: what is down is soon noticed.
const FRESH: Duration = Duration::from_secs(5);
/// How old it may be for the rest of a sign-in that has begun.
const RECENT: Duration = Duration::from_secs(10 * 60);
/// How long a page waits to find out whether the provider is there.
const GLANCE: Duration = Duration::from_secs(2);

/// This app towards its provider: a relying party.
pub struct RelyingParty {
    provider: Provider,
    http: Http,
    clock: Clock,
}

impl RelyingParty {
    /// Nothing is fetched before it is needed.
    pub fn new(settings: ClientSettings, clock: Clock) -> Result<Self, reqwest::Error> {
        Ok(Self { provider: Provider::new(settings), http: Http::new()?, clock })
    }

    /// The client's registration.
    #[must_use]
    pub fn settings(&self) -> &ClientSettings {
        self.provider.settings()
    }

    /// Whether the provider can be reached, as of a few seconds ago.
    pub async fn look_at_provider(&self) -> Result<(), ProviderError> {
        self.provider.metadata(&self.http.within(GLANCE), FRESH).await.map(|_| ())
    }

    /// Begins to sign in: the attempt, for the browser to keep, and the authorization request, for it to go to.
    pub async fn begin(&self, login: LoginRequest) -> Result<(Attempt, Url), SignInError> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), FRESH).await?;
        let client = self.provider.oauth_client(&metadata)?;
        Ok(Attempt::begin(&client, &self.settings().scopes, login, self.clock.now()))
    }

    /// Turns the answer to `attempt` into an identity. This is the only way to one.
    pub async fn complete(&self, attempt: &Attempt, response: AuthorizationResponse) -> Result<Identity, SignInError> {
        let http = self.http.within(BUDGET);
        let metadata = self.provider.metadata(&http, RECENT).await?;
        let issuer = provider::issuer(&metadata).as_str();

        let must_name_issuer =
            metadata.additional_metadata().additional_metadata.authorization_response_iss_parameter_supported;
        if response.issuer.as_deref().map_or(must_name_issuer, |found| found != issuer) {
            return Err(SignInError::AnotherIssuer { expected: issuer.to_owned(), found: response.issuer });
        }
        let code = match response.outcome {
            Outcome::Code(code) => code,
            Outcome::Refusal(refusal) => return Err(SignInError::Refused(refusal)),
        };

        let client = self.provider.oauth_client(&metadata)?;
        let id_token = exchange::exchange(&client, code, attempt.pkce_verifier(), &http).await?;

        let keys = self.keys_for(&id_token, &metadata, &http).await?;
        let expectations = Expectations {
            issuer,
            client_id: &self.settings().client_id,
            nonce: attempt.nonce(),
            algorithms: &provider::accepted_algorithms(&metadata),
            max_age: attempt.max_age(),
            now: self.clock.now(),
        };
        let mut verified = id_token::verify(&id_token, &keys, &expectations)?;

        let text = |claim: &str| verified.claims.get(claim).and_then(Value::as_str);
        let asked = attempt.organization();
        let is_as_asked = asked.map_or(Ok(()), |asked| asked.expect(text("org_id"), text("org_name")));
        verified.checks.push(Check::organization(asked, &verified.claims, is_as_asked.is_ok()));
        is_as_asked?;

        Ok(Identity::from_verified(verified.claims, id_token, &self.settings().claims_namespace))
    }

    /// Checks a logout token that somebody says the provider sent.
    pub async fn verify_logout_token(&self, token: &str) -> Result<Logout, SignInError> {
        let http = self.http.within(BUDGET);
        let metadata = self.provider.metadata(&http, RECENT).await?;
        let keys = self.keys_for(token, &metadata, &http).await?;
        let expectations = Expectations {
            issuer: provider::issuer(&metadata).as_str(),
            client_id: &self.settings().client_id,
            nonce: "",
            algorithms: &provider::accepted_algorithms(&metadata),
            max_age: None,
            now: self.clock.now(),
        };
        Ok(sign_out::verify_logout_token(token, &keys, &expectations)?)
    }

    /// The provider's keys, with the one that the token names, if there is such a key.
    async fn keys_for(
        &self,
        token: &str,
        metadata: &Metadata,
        http: &BoundedHttp,
    ) -> Result<Arc<KeySet>, ProviderError> {
        let key_id = UnverifiedToken::parse(token).ok().and_then(|token| token.header().kid.clone());
        self.provider.keys().with(key_id.as_deref(), metadata.jwks_uri().url(), http).await
    }

    /// Where to send the browser to end the provider's session; `None` where the provider can't be asked.
    pub async fn logout_url(&self, identity: Option<&Identity>, federated: bool) -> Option<Url> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), RECENT).await.ok()?;
        sign_out::logout_url(self.settings(), &metadata, identity, federated)
    }
}
