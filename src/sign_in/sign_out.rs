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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::{
        loopback::PlainHttp,
        sign_in::{issuer::Issuer, organization::OrganizationIds},
    };

    const NOW: i64 = 1_800_000_000;
    const BACK: &str = "http://localhost:3000";

    fn settings(issuer: &str) -> ClientSettings {
        ClientSettings {
            issuer: Issuer::parse(issuer).unwrap(),
            client_id: "orglab".to_owned(),
            client_secret: None,
            client_authentication: None,
            scopes: vec!["openid".to_owned()],
            redirect_uri: BACK.to_owned(),
            post_logout_redirect_uri: BACK.to_owned(),
            organization_ids: OrganizationIds::default(),
            claims_namespace: String::new(),
            plain_http: PlainHttp::default(),
        }
    }

    fn metadata(issuer: &str, end_session_endpoint: Option<&str>) -> Metadata {
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}authorize"),
            "token_endpoint": format!("{issuer}oauth/token"),
            "jwks_uri": format!("{issuer}keys"),
            "end_session_endpoint": end_session_endpoint,
        });
        Metadata::read(document.as_object().unwrap(), &PlainHttp::default()).unwrap()
    }

    /// Auth0's own logout is for what the standard's lacks: a logout at the user's own identity provider, or a tenant
    /// that offers no other.
    #[rstest::rstest]
    #[case::at_auth0("https://lab.eu.auth0.com/", Some("oidc/logout"), false, Some("oidc/logout"))]
    #[case::federated_at_auth0("https://lab.eu.auth0.com/", Some("oidc/logout"), true, Some("v2/logout"))]
    #[case::older_auth0("https://lab.eu.auth0.com/", None, false, Some("v2/logout"))]
    #[case::elsewhere("https://id.example/", Some("logout"), false, Some("logout"))]
    #[case::federated_elsewhere("https://id.example/", Some("logout"), true, Some("logout"))]
    #[case::without_a_logout("https://id.example/", None, false, None)]
    #[case::federated_without_a_logout("https://id.example/", None, true, None)]
    fn a_logout_goes_to_the_providers_endpoint(
        #[case] issuer: &str,
        #[case] endpoint: Option<&str>,
        #[case] federated: bool,
        #[case] path: Option<&str>,
    ) {
        let offered = endpoint.map(|path| format!("{issuer}{path}"));
        let url = logout_url(&settings(issuer), &metadata(issuer, offered.as_deref()), None, federated);
        let expected = path.map(|path| match path {
            "v2/logout" if federated => {
                format!("{issuer}{path}?client_id=orglab&returnTo=http%3A%2F%2Flocalhost%3A3000&federated")
            }
            "v2/logout" => format!("{issuer}{path}?client_id=orglab&returnTo=http%3A%2F%2Flocalhost%3A3000"),
            _ => format!("{issuer}{path}?client_id=orglab&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000"),
        });
        assert_eq!(url.map(String::from), expected);
    }

    fn expectations() -> Expectations<'static> {
        Expectations {
            issuer: "https://id.example/",
            client_id: "orglab",
            algorithms: Vec::new(),
            now: DateTime::from_timestamp(NOW, 0).unwrap(),
            nonce: None,
            max_age: None,
            organization: None,
        }
    }

    /// Each at its boundary, with the clock stopped.
    #[rstest::rstest]
    #[case::as_old_as_may_be(issued_recently, json!({"iat": NOW - 300}), true)]
    #[case::older(issued_recently, json!({"iat": NOW - 301}), false)]
    #[case::by_a_clock_that_is_ahead(issued_recently, json!({"iat": NOW + 60}), true)]
    #[case::by_a_clock_further_ahead(issued_recently, json!({"iat": NOW + 61}), false)]
    #[case::no_time_of_issue(issued_recently, json!({}), false)]
    #[case::about_to_expire(not_expired, json!({"exp": NOW + 1}), true)]
    #[case::expired_by_a_clock_that_is_ahead(not_expired, json!({"exp": NOW - 59}), true)]
    #[case::expired(not_expired, json!({"exp": NOW - 60}), false)]
    #[case::never_expires(not_expired, json!({}), true)]
    #[case::expires_sometime(not_expired, json!({"exp": "tomorrow"}), false)]
    #[case::long_id(token_id, json!({"jti": "ü".repeat(255)}), true)]
    #[case::longer_id(token_id, json!({"jti": "ü".repeat(256)}), false)]
    fn a_claim_of_a_logout_token_is_within_its_bounds(
        #[case] check: ClaimCheck,
        #[case] claims: Value,
        #[case] passes: bool,
    ) {
        assert_eq!(check(claims.as_object().unwrap(), &expectations()).passed, passes);
    }
}
