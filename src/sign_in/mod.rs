//! OpenID Connect, in the order in which it happens; knows nothing of servers, pages or sessions.

pub mod attempt;
pub mod auth0;
mod cached;
pub mod check;
pub mod error;
pub mod exchange;
pub mod http;
pub mod id_token;
pub mod identity;
pub mod jws;
pub mod keys;
pub mod organization;
pub mod provider;
pub mod record;
pub mod response;
pub mod return_to;
pub mod sign_out;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use self::{
    attempt::{Attempt, LoginRequest},
    check::Check,
    error::SignInError,
    exchange::ExchangeError,
    http::{BUDGET, BoundedHttp, Http},
    id_token::Expectations,
    identity::Identity,
    jws::{Claims, Header, UnverifiedToken},
    keys::{KeySet, Lookup},
    provider::{ClientSettings, Metadata, Provider, ProviderError},
    record::{Record, Step},
    response::{AuthorizationResponse, Outcome},
    sign_out::Logout,
};
use crate::{clock::Clock, random::Random};

/// How old the provider's description may be for a new sign-in or a look at the provider: what is down is soon noticed.
const MAX_AGE_AT_START: Duration = Duration::from_secs(5);
/// How old it may be for a sign-in or a session that has already begun: both keep working while the provider is slow,
/// or unavailable for a moment.
const MAX_AGE_IN_FLOW: Duration = Duration::from_secs(10 * 60);
/// How long a page waits to find out whether the provider is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// A sign-in that came to its end.
pub struct Completion {
    /// How it went, up to the end or to the step that failed.
    pub record: Record,
    /// Whether the code was sent to the token endpoint. If so, it is used up, whatever the outcome.
    pub code_was_sent: bool,
    /// Who is signed in, or why nobody is.
    pub outcome: Result<Identity, SignInError>,
}

/// This app towards its provider: a relying party.
pub struct RelyingParty {
    provider: Provider,
    http: Http,
    clock: Clock,
    random: Random,
}

impl RelyingParty {
    /// Nothing is fetched before it is needed.
    pub fn new(settings: ClientSettings, clock: Clock, random: Random) -> Result<Self, reqwest::Error> {
        Ok(Self { provider: Provider::new(settings), http: Http::new()?, clock, random })
    }

    /// The client's registration.
    pub fn settings(&self) -> &ClientSettings {
        self.provider.settings()
    }

    /// Whether the provider can be reached, as of a few seconds ago.
    pub async fn check_reachable(&self) -> Result<(), ProviderError> {
        self.provider.metadata(&self.http.within(PROBE_TIMEOUT), MAX_AGE_AT_START).await.map(|_| ())
    }

    /// Begins to sign in: the attempt, for the browser to keep, and the authorization request, for it to go to.
    /// `requested_at` is the current time by the clock that dates revocations.
    pub async fn begin(&self, login: LoginRequest, requested_at: DateTime<Utc>) -> Result<(Attempt, Url), SignInError> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), MAX_AGE_AT_START).await?;
        let client = self.provider.oauth_client(&metadata)?;
        let attempt = Attempt::begin(login, self.clock.now(), &self.random).leaving_at(requested_at);
        let url = attempt.request(&client, &self.settings().scopes);
        Ok((attempt, url))
    }

    /// Turns the answer to `attempt` into an identity, and tells how. This is the only way to an identity.
    pub async fn complete(&self, attempt: &Attempt, response: AuthorizationResponse) -> Completion {
        let mut record = Record::default();
        let outcome = self.complete_by_steps(attempt, response, &mut record).await;
        if let Err(error) = &outcome {
            record.fail(&error.to_string());
        }
        let not_sent = matches!(outcome, Err(SignInError::Exchange(ExchangeError::NotSent(_))));
        let code_was_sent = record.steps().iter().any(|step| matches!(step, Step::TokenRequest(_))) && !not_sent;
        Completion { record, code_was_sent, outcome }
    }

    async fn complete_by_steps(
        &self,
        attempt: &Attempt,
        response: AuthorizationResponse,
        record: &mut Record,
    ) -> Result<Identity, SignInError> {
        let http = self.http.within(BUDGET);
        let metadata = self.provider.metadata(&http, MAX_AGE_IN_FLOW).await?;
        let client = self.provider.oauth_client(&metadata)?;
        let request = attempt.request(&client, &self.settings().scopes);
        record.push(Step::authorization_request(&request, attempt.began_at()));

        let code = self.read_response(attempt, response, &metadata, record)?;

        let (sent, id_token) = exchange::exchange(&client, code, attempt.pkce_verifier(), &http).await;
        record.push(Step::TokenRequest(sent));
        let id_token = id_token?;

        let claims = self.verify_id_token(attempt, &id_token, &metadata, &http, record).await?;
        Ok(Identity::from_verified(claims, id_token, &self.settings().claims_namespace))
    }

    /// The code, if the answer is the provider's answer to this attempt, and no refusal.
    fn read_response(
        &self,
        attempt: &Attempt,
        response: AuthorizationResponse,
        metadata: &Metadata,
        record: &mut Record,
    ) -> Result<String, SignInError> {
        let is_issuer_promised =
            metadata.additional_metadata().additional_metadata.authorization_response_iss_parameter_supported;
        let checks = vec![
            attempt.check_state(&response.state),
            response.check_issuer(provider::issuer(metadata).as_str(), is_issuer_promised),
        ];
        let failed = checks.iter().find(|check| !check.passed).cloned();
        record.push(Step::AuthorizationResponse { at: self.clock.now(), parameters: response.shown(), checks });
        match (failed, response.outcome) {
            (Some(check), _) => Err(SignInError::Response(check)),
            (None, Outcome::Refusal(refusal)) => Err(SignInError::Refused(refusal)),
            (None, Outcome::Code(code)) => Ok(code),
        }
    }

    /// The claims of the ID token, if it passes every check, and is for the organization that was asked for.
    async fn verify_id_token(
        &self,
        attempt: &Attempt,
        id_token: &str,
        metadata: &Metadata,
        http: &BoundedHttp,
        record: &mut Record,
    ) -> Result<Claims, SignInError> {
        let header = UnverifiedToken::parse(id_token).ok().map(|token| token.header().clone());
        let (lookup, keys) = self.keys_for(header.as_ref(), metadata, http).await;
        let key_id = header.as_ref().and_then(|header| header.kid.as_deref().map(check::shorten));
        record.push(Step::Keys { endpoint: metadata.jwks_uri().to_string(), key_id, lookup });
        let keys = keys?;

        let expectations = Expectations {
            issuer: provider::issuer(metadata).as_str(),
            client_id: &self.settings().client_id,
            nonce: attempt.nonce(),
            algorithms: &provider::accepted_algorithms(metadata),
            max_age: attempt.max_age(),
            now: self.clock.now(),
        };
        let algorithm = header.map_or("can't be read".to_owned(), |header| check::shorten(&header.alg));
        let mut verified = match id_token::verify(id_token, &keys, &expectations) {
            Ok(verified) => verified,
            Err(rejected) => {
                let checks = rejected.passed.iter().chain([&rejected.failed]).cloned().collect();
                record.push(Step::IdToken { algorithm, checks });
                return Err(rejected.into());
            }
        };
        let text = |claim: &str| verified.claims.get(claim).and_then(Value::as_str);
        let asked = attempt.organization();
        let is_as_asked = asked.map_or(Ok(()), |asked| asked.expect(text("org_id"), text("org_name")));
        verified.checks.push(Check::organization(asked, &verified.claims, is_as_asked.is_ok()));
        record.push(Step::IdToken { algorithm, checks: verified.checks });
        is_as_asked?;
        Ok(verified.claims)
    }

    /// Checks a logout token that somebody says the provider sent.
    pub async fn verify_logout_token(&self, token: &str) -> Result<Logout, SignInError> {
        let http = self.http.within(BUDGET);
        let metadata = self.provider.metadata(&http, MAX_AGE_IN_FLOW).await?;
        let header = UnverifiedToken::parse(token).ok().map(|token| token.header().clone());
        let (_, keys) = self.keys_for(header.as_ref(), &metadata, &http).await;
        let keys = keys?;
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

    /// The provider's keys, with the one that the token's header names, if there is such a key; and how they came to hand.
    async fn keys_for(
        &self,
        header: Option<&Header>,
        metadata: &Metadata,
        http: &BoundedHttp,
    ) -> (Lookup, Result<Arc<KeySet>, ProviderError>) {
        let key_id = header.and_then(|header| header.kid.as_deref());
        self.provider.keys().with(key_id, metadata.jwks_uri().url(), http).await
    }

    /// Where to send the browser to end the provider's session; `None` where the provider can't be asked.
    pub async fn logout_url(&self, identity: Option<&Identity>, federated: bool) -> Option<Url> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), MAX_AGE_IN_FLOW).await.ok()?;
        sign_out::logout_url(self.settings(), &metadata, identity, federated)
    }
}
