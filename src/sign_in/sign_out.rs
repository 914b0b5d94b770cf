//! The logout request (OpenID Connect RP-Initiated Logout 1.0, 2), and logout tokens (Back-Channel Logout 1.0, 2.4).

use chrono::TimeDelta;
use openidconnect::{ClientId, EndSessionUrl, LogoutRequest, PostLogoutRedirectUrl};
use serde_json::Value;
use url::Url;

use super::{
    auth0,
    check::{Check, CheckId, Expected, Found, show, text, time},
    id_token::{ClaimCheck, Expectations, LEEWAY, Rejected, audience, issuer, verify_with},
    identity::Identity,
    jws::Claims,
    key_set::KeySet,
    metadata::Metadata,
    provider::ClientSettings,
};
use crate::text::is_blank;

/// The oldest logout token that is accepted: providers send it at once.
const MAXIMUM_AGE: TimeDelta = TimeDelta::minutes(5);
/// The longest token id that is accepted, in characters.
const MAXIMUM_TOKEN_ID: usize = 255;
/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Where to send the browser so that the provider ends its session too; `None` if the provider has no logout endpoint.
///
/// `federated` asks Auth0 to end the session at the user's own identity provider as well. Otherwise the next sign-in
/// through it is silent, as the same user.
pub fn logout_url(
    settings: &ClientSettings,
    metadata: &Metadata,
    identity: Option<&Identity>,
    federated: bool,
) -> Option<Url> {
    let (endpoint, issuer) = (metadata.end_session_endpoint(), settings.issuer.url());
    let is_auth0 = auth0::is_tenant(issuer);
    if is_auth0 && (federated || endpoint.is_none()) {
        return auth0::logout_url(issuer, &settings.client_id, &settings.post_logout_redirect_uri, federated);
    }
    let back = PostLogoutRedirectUrl::new(settings.post_logout_redirect_uri.clone()).ok()?;
    let request = LogoutRequest::from(EndSessionUrl::from_url(endpoint?.clone()))
        .set_client_id(ClientId::new(settings.client_id.clone()))
        .set_post_logout_redirect_uri(back);
    let mut url = request.http_get_url();
    if let Some(hint) = identity.and_then(Identity::id_token_hint) {
        url.query_pairs_mut().append_pair("id_token_hint", hint);
    }
    Some(url)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// `jti`. A token works once.
    pub token_id: String,
    pub ended: Vec<SessionSelector>,
}

/// Selects the sessions that a logout ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionSelector {
    /// The sessions that belong to the provider's session with this `sid`.
    Sid(String),
    /// All sessions of this `sub`.
    Subject(String),
    /// All sessions of this `sub` whose ID token had no `sid`.
    SubjectWithoutSid(String),
    /// One session of this app, by its own id. Only the app itself selects it.
    AppSession(String),
}

impl SessionSelector {
    /// The selectors by which the provider can end a session of `identity`.
    pub fn all_for(identity: &Identity) -> [Self; 2] {
        let subject = identity.subject().to_owned();
        let session = identity.session_id().map(|id| Self::Sid(id.to_owned()));
        [Self::Subject(subject.clone()), session.unwrap_or(Self::SubjectWithoutSid(subject))]
    }
}

const LOGOUT_CHECKS: [ClaimCheck; 8] =
    [issuer, audience, issued_recently, not_expired, is_logout, no_nonce, token_id, session_or_subject];

/// Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6).
pub fn verify_logout_token(token: &str, keys: &KeySet, expected: &Expectations<'_>) -> Result<Logout, Rejected> {
    let claims = verify_with(&LOGOUT_CHECKS, token, keys, expected).claims?;
    let claim = |name: &str| text(claims.get(name)).map(str::to_owned);
    let ended = match (claim("sid"), claim("sub")) {
        (Some(session), Some(subject)) => {
            vec![SessionSelector::Sid(session), SessionSelector::SubjectWithoutSid(subject)]
        }
        (session, subject) => {
            session.map(SessionSelector::Sid).into_iter().chain(subject.map(SessionSelector::Subject)).collect()
        }
    };
    Ok(Logout { token_id: claim("jti").unwrap_or_default(), ended })
}

fn issued_recently(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let (found, earliest, latest) = (claims.get("iat"), expected.now - MAXIMUM_AGE, expected.now + LEEWAY);
    let is_recent = time(found).is_some_and(|issued| earliest <= issued && issued <= latest);
    let expectation = Expected::Between(earliest.timestamp(), latest.timestamp());
    Check::new(CheckId::IssuedAt, expectation, Found::time(found), is_recent)
}

fn not_expired(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let (found, earliest) = (claims.get("exp"), expected.now - LEEWAY);
    let is_unexpired = found.is_none() || time(found).is_some_and(|expiry| expiry > earliest);
    Check::new(CheckId::Expiry, Expected::AbsentOrAfter(earliest.timestamp()), Found::time(found), is_unexpired)
}

fn is_logout(claims: &Claims, _: &Expectations<'_>) -> Check {
    let found = claims.get("events");
    let is_logout = found.and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
    Check::new(CheckId::LogoutEvent, Expected::Exactly(EVENT.to_owned()), Found::claim(found), is_logout)
}

fn no_nonce(claims: &Claims, _: &Expectations<'_>) -> Check {
    let found = claims.get("nonce");
    Check::new(CheckId::NoNonce, Expected::Absent, Found::claim(found), found.is_none())
}

fn token_id(claims: &Claims, _: &Expectations<'_>) -> Check {
    let found = claims.get("jti");
    let is_good = text(found).is_some_and(|id| id.chars().count() <= MAXIMUM_TOKEN_ID && !is_blank(id));
    Check::new(CheckId::TokenId, Expected::Characters(MAXIMUM_TOKEN_ID), Found::claim(found), is_good)
}

fn session_or_subject(claims: &Claims, _: &Expectations<'_>) -> Check {
    let (session, subject) = (claims.get("sid"), claims.get("sub"));
    let found = format!("sid {}, sub {}", show(session), show(subject));
    let is_good = |claim: Option<&Value>| claim.is_none_or(|claim| claim.as_str().is_some_and(|text| !text.is_empty()));
    let names_something = session.is_some() || subject.is_some();
    let passed = names_something && is_good(session) && is_good(subject);
    let expected = Expected::OneOf(vec!["sid".to_owned(), "sub".to_owned()]);
    Check::new(CheckId::SessionOrSubject, expected, Found::Text(found), passed)
}
