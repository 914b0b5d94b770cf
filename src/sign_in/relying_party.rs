//! The journey: from the login form to the provider, and from the provider's response to an identity.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;

use super::{
    attempt::{Attempt, LoginRequest},
    auth0,
    error::SignInError,
    exchange::{self, ExchangeError, Tokens},
    http::{BUDGET, BoundedHttp, Http},
    id_token::{self, Expectations, Rejected},
    identity::Identity,
    jws::{Claims, Header},
    metadata::Metadata,
    organization::OrganizationMismatch,
    provider::{self, ClientSettings, Provider, ProviderError},
    record::{Record, Step, TokenShape},
    response::{AuthorizationResponse, Outcome},
    sign_out::{self, Logout},
    userinfo,
};
use crate::{
    clock::Clock,
    random::Random,
    text::{MAXIMUM_SHOWN, shorten},
};

/// How old the discovery document may be when a sign-in begins, or when a page checks that the provider can be reached:
/// an outage is noticed soon.
const MAXIMUM_AGE_AT_START: Duration = Duration::from_secs(5);
/// How old it may be for a sign-in or a session that has already begun: both keep working while the provider is slow or
/// briefly unavailable.
const MAXIMUM_AGE_IN_FLOW: Duration = Duration::from_secs(10 * 60);
/// How long a page waits to find out whether the provider can be reached.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// This app, as its provider sees it.
pub struct RelyingParty {
    provider: Provider,
    http: Http,
    clock: Clock,
    random: Random,
}

/// How a sign-in ended.
pub struct Completion {
    /// How it went, up to the end or to the step that failed.
    pub record: Record,
    /// Whether the code was sent to the token endpoint. If so, it is used up, whatever the outcome.
    pub code_was_sent: bool,
    pub outcome: Result<Identity, SignInError>,
}

impl RelyingParty {
    /// Fetches nothing yet.
    pub fn new(settings: ClientSettings, http: Http, clock: Clock, random: Random) -> Self {
        Self { provider: Provider::new(settings), http, clock, random }
    }

    /// The client's registration.
    pub fn settings(&self) -> &ClientSettings {
        self.provider.settings()
    }

    /// Whether the provider can be reached and used, as of a few seconds ago.
    pub async fn check_reachable(&self) -> Result<(), ProviderError> {
        self.provider.metadata(&self.http.within(PROBE_TIMEOUT), MAXIMUM_AGE_AT_START).await.map(|_| ())
    }

    /// Begins a sign-in. Returns the attempt, for the browser to keep, and the authorization request, for it to go to.
    /// `requested_at` is the current time by the clock that dates revocations.
    pub async fn begin(&self, login: LoginRequest, requested_at: DateTime<Utc>) -> Result<(Attempt, Url), SignInError> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), MAXIMUM_AGE_AT_START).await?;
        let client = self.provider.oauth_client(&metadata)?;
        let attempt = Attempt::begin(login, self.clock.now(), &self.random).with_requested_at(requested_at);
        let url = attempt.request(&client, &self.settings().scopes);
        Ok((attempt, url))
    }

    /// Turns the response to `attempt` into an identity. Nothing else creates one.
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
        let metadata = self.provider.metadata(&http, MAXIMUM_AGE_IN_FLOW).await?;
        let client = self.provider.oauth_client(&metadata)?;
        let request = attempt.request(&client, &self.settings().scopes);
        record.push(Step::authorization_request(&request, attempt.began_at()));

        let code = self.verify_response(attempt, response, &metadata, record)?;

        let (sent, tokens) = exchange::exchange(&client, code, attempt.pkce_verifier(), &http).await;
        record.push(Step::TokenRequest(sent));
        let Tokens { id_token, access_token } = tokens?;

        let claims = self.verify_id_token(attempt, &id_token, &metadata, &http, record).await?;
        let userinfo = self.ask_userinfo(access_token.as_ref(), &claims, &metadata, &http, record).await;
        Ok(Identity::from_verified(claims, id_token, userinfo, &self.settings().claims_namespace))
    }

    /// The code, if the response comes from the provider, belongs to this attempt and is not an error.
    fn verify_response(
        &self,
        attempt: &Attempt,
        response: AuthorizationResponse,
        metadata: &Metadata,
        record: &mut Record,
    ) -> Result<String, SignInError> {
        let checks = vec![
            attempt.check_state(&response.state),
            response.check_issuer(metadata.issuer(), metadata.names_itself_in_responses()),
        ];
        let failed = checks.iter().find(|check| !check.passed).cloned();
        record.push(Step::AuthorizationResponse { at: self.clock.now(), parameters: response.shown(), checks });
        match (failed, response.outcome) {
            (Some(check), _) => Err(SignInError::Response(check)),
            (None, Outcome::Refusal(refusal)) => Err(SignInError::Refused(refusal)),
            (None, Outcome::Code(code)) => Ok(code),
        }
    }

    /// The claims of the ID token, if it passes every check.
    async fn verify_id_token(
        &self,
        attempt: &Attempt,
        id_token: &str,
        metadata: &Metadata,
        http: &BoundedHttp,
        record: &mut Record,
    ) -> Result<Claims, SignInError> {
        let shown = |text: &str| shorten(text, MAXIMUM_SHOWN);
        let header = Header::of(id_token);
        let key_id = header.as_ref().and_then(|header| header.kid.as_deref());
        let (lookup, keys) = self.provider.keys(key_id, metadata, http).await;
        record.push(Step::Keys {
            endpoint: metadata.jwks_uri().to_string(),
            key_id: key_id.map(shown),
            lookup: lookup.from,
            reply: lookup.reply,
        });
        let keys = keys?;

        let verification = id_token::verify(id_token, &keys, &self.expectations(metadata, Some(attempt)));
        let algorithm = header.map_or("can't be read".to_owned(), |header| shown(&header.alg));
        record.push(Step::IdToken { algorithm, checks: verification.checks, token: TokenShape::of(id_token) });
        verification.claims.map_err(|rejected| explain(rejected, metadata))
    }

    /// What userinfo says about the user, if the ID token has no name and the provider can be asked.
    async fn ask_userinfo(
        &self,
        access_token: Option<&SecretString>,
        id_token: &Claims,
        metadata: &Metadata,
        http: &BoundedHttp,
        record: &mut Record,
    ) -> Claims {
        let (Some(endpoint), Some(access_token)) = (metadata.userinfo_endpoint(), access_token) else {
            return Claims::new();
        };
        if !userinfo::is_needed(id_token) {
            return Claims::new();
        }
        let namespace = &self.settings().claims_namespace;
        let (sent, claims) = userinfo::ask(endpoint, access_token, id_token, namespace, http).await;
        record.push(Step::Userinfo(sent));
        claims
    }

    /// Verifies a logout token. Anybody can send one.
    pub async fn verify_logout_token(&self, token: &str) -> Result<Logout, SignInError> {
        let http = self.http.within(BUDGET);
        let metadata = self.provider.metadata(&http, MAXIMUM_AGE_IN_FLOW).await?;
        let key_id = Header::of(token).and_then(|header| header.kid);
        let (_, keys) = self.provider.keys(key_id.as_deref(), &metadata, &http).await;
        let keys = keys?;
        Ok(sign_out::verify_logout_token(token, &keys, &self.expectations(&metadata, None))?)
    }

    /// What an ID token for this attempt must contain, or a logout token, which belongs to no attempt.
    fn expectations<'a>(&'a self, metadata: &'a Metadata, attempt: Option<&'a Attempt>) -> Expectations<'a> {
        Expectations {
            issuer: metadata.issuer(),
            client_id: &self.settings().client_id,
            algorithms: provider::accepted_algorithms(metadata),
            now: self.clock.now(),
            nonce: attempt.map(Attempt::nonce),
            max_age: attempt.and_then(Attempt::max_age),
            organization: attempt.and_then(Attempt::organization),
        }
    }

    /// Where to send the browser to end the provider's session; `None` if the provider has no such endpoint, or can't
    /// be reached.
    pub async fn logout_url(&self, identity: Option<&Identity>, federated: bool) -> Option<Url> {
        let metadata = self.provider.metadata(&self.http.within(BUDGET), MAXIMUM_AGE_IN_FLOW).await.ok()?;
        sign_out::logout_url(self.settings(), &metadata, identity, federated)
    }
}

/// Why a sign-in failed whose ID token was rejected. If the token names no organization, a setting is wrong at Auth0;
/// any other provider probably does not know the parameter `organization`.
fn explain(rejected: Rejected, metadata: &Metadata) -> SignInError {
    match rejected {
        Rejected::Organization(OrganizationMismatch::NoneNamed { asked }) if !is_auth0(metadata) => {
            SignInError::OrganizationsNotSupported { asked }
        }
        Rejected::Organization(_) | Rejected::Check(_) | Rejected::UnusableKey(_) => rejected.into(),
    }
}

/// Judged by the discovery document, so tenants with a custom domain and the demo tenant count too.
fn is_auth0(metadata: &Metadata) -> bool {
    auth0::has_endpoints(metadata.authorization_endpoint(), metadata.token_endpoint())
}
