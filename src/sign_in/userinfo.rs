//! Userinfo: what the ID token does not say about the user (OpenID Connect Core 1.0, 5.3). Some providers send names
//! only there, to keep tokens short (5.4).
//!
//! Nothing of it decides who signs in, or to which organization: that is the ID token's alone. It supplies a name, a
//! picture and the license, where the ID token has none, and a sign-in does not depend on it.

use std::time::Duration;

use openidconnect::http::{
    self, HeaderValue,
    header::{ACCEPT, AUTHORIZATION},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    check::{Check, CheckId, Expected, Found},
    fetch::without_byte_order_mark,
    http::{BoundedHttp, HttpError},
    jws::{Claims, shown_text},
    record::UserinfoRequest,
};

/// The claims by which people are known. If the ID token has one of them, userinfo is not asked for.
const NAMES: [&str; 5] = ["name", "preferred_username", "given_name", "family_name", "email"];
/// What is taken besides.
const EXTRAS: [&str; 2] = ["nickname", "picture"];
/// The tenant's own claims, after their prefix: the license, and the organization's display name.
const OWN: [&str; 2] = ["license", "organization"];
/// The claims that name the organization.
const ORGANIZATION: [&str; 2] = ["org_id", "org_name"];
/// How long the call may take: a sign-in does not depend on it.
const LIMIT: Duration = Duration::from_secs(3);
/// The longest text that is taken, in bytes: sessions store it.
const MAXIMUM_TEXT: usize = 2048;
/// The right response, in words.
const RESPONSE: &str = "status 200 and a JSON object";

/// Whether the ID token with these claims leaves it open what to call the user.
pub(super) fn is_needed(id_token: &Claims) -> bool {
    !NAMES.iter().any(|name| shown_text(id_token, name).is_some())
}

/// Asks for the claims of the user whose ID token has been verified (5.3.1). Returns those that are taken, and a
/// description of the request. If anything is wrong, no claim is taken.
pub(super) async fn ask(
    endpoint: &Url,
    access_token: &SecretString,
    id_token: &Claims,
    claims_namespace: &str,
    http: &BoundedHttp,
) -> (UserinfoRequest, Claims) {
    let began = Instant::now();
    let response = fetch(endpoint, access_token, &http.at_most(LIMIT)).await;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let found = response.as_ref().map_or_else(Clone::clone, |_| RESPONSE.to_owned());
    let is_response = Expected::Exactly(RESPONSE.to_owned());
    let mut checks = vec![Check::new(CheckId::UserinfoResponse, is_response, Found::Text(found), response.is_ok())];
    let mut taken = Claims::new();
    if let Ok(said) = response {
        let check = same_subject(id_token, &said);
        if check.passed {
            taken = what_is_new(&said, id_token, claims_namespace);
        }
        checks.push(check);
    }
    let claims = taken.keys().cloned().collect();
    (UserinfoRequest { endpoint: endpoint.to_string(), milliseconds, checks, claims }, taken)
}

/// The claims of the response; or, in words, what came instead.
async fn fetch(endpoint: &Url, access_token: &SecretString, http: &BoundedHttp) -> Result<Claims, String> {
    let unsendable = |_| "an access token that can't be sent".to_owned();
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", access_token.expose_secret())).map_err(unsendable)?;
    bearer.set_sensitive(true); // kept out of logs
    let request =
        http::Request::get(endpoint.as_str()).header(ACCEPT, "application/json").header(AUTHORIZATION, bearer);
    let request = request.body(Vec::new()).map_err(|error| error.to_string())?;
    let response = http.send(request).await.map_err(|cause: HttpError| cause.to_string())?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    // A signed or encrypted response (5.3.2) is none, since the app registers for no such thing.
    serde_json::from_slice(without_byte_order_mark(response.body())).map_err(|_| "no JSON object".to_owned())
}

/// Without this check, an access token that was issued for somebody else would bring somebody else's name (5.3.2).
fn same_subject(id_token: &Claims, said: &Claims) -> Check {
    let (expected, found) = (id_token.get("sub").and_then(Value::as_str), said.get("sub"));
    let is_same = expected.is_some() && found.and_then(Value::as_str) == expected;
    let expected = Expected::Exactly(expected.unwrap_or_default().to_owned());
    Check::new(CheckId::UserinfoSubject, expected, Found::claim(found), is_same)
}

/// Whether userinfo says nothing of another organization: its license must not count in this one.
fn is_same_organization(said: &Claims, id_token: &Claims) -> bool {
    ORGANIZATION.iter().all(|name| said.get(*name).is_none_or(|value| id_token.get(*name) == Some(value)))
}

/// The claims that are taken: texts, and never one that the ID token has too.
fn what_is_new(said: &Claims, id_token: &Claims, claims_namespace: &str) -> Claims {
    let names = NAMES.into_iter().chain(EXTRAS).filter(|name| shown_text(id_token, name).is_none()).map(str::to_owned);
    // A license opens features: whatever the ID token says of it counts, even if it makes no sense.
    let own = OWN.map(|name| format!("{claims_namespace}{name}")).into_iter();
    let own = own.filter(|name| !id_token.contains_key(name) && is_same_organization(said, id_token));
    let value = |name: String| {
        let value = shown_text(said, &name).filter(|text| text.len() <= MAXIMUM_TEXT)?;
        Some((name, Value::from(value)))
    };
    names.chain(own).filter_map(value).collect()
}
