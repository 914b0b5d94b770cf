//! Userinfo: what the ID token does not say about the user (OpenID Connect Core 1.0, 5.3). Some providers send names
//! only there, to keep tokens short (5.4).
//!
//! Only the ID token decides who signs in, and to which organization. Userinfo supplies names, a picture and the
//! license if the ID token lacks them, and a sign-in does not depend on it.

use std::time::Duration;

use openidconnect::{
    HttpRequest, HttpResponse,
    http::{
        self, HeaderValue,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    calls::Endpoint,
    check::{Check, CheckId, Expected, Found},
    fetch::without_byte_order_mark,
    http::{BoundedHttp, Reply},
    jws::{Claims, shown_text},
    record::UserinfoRequest,
};

/// The claims that can name a user. If the ID token has one of them, the app does not ask for userinfo.
const NAMES: [&str; 5] = ["name", "preferred_username", "given_name", "family_name", "email"];
/// Other claims that are taken.
const EXTRAS: [&str; 2] = ["nickname", "picture"];
/// The tenant's own claims, after their prefix: the license, and the organization's display name.
const OWN: [&str; 2] = ["license", "organization"];
/// The claims that name the organization.
const ORGANIZATION: [&str; 2] = ["org_id", "org_name"];
/// How long the call may take: a sign-in does not depend on it.
const LIMIT: Duration = Duration::from_secs(3);
/// The longest text that is taken, in bytes: sessions store it.
const MAXIMUM_TEXT: usize = 2048;
/// What the response must be, in words.
const EXPECTED_RESPONSE: &str = "status 200 and a JSON object";

/// Whether the ID token with these claims lacks a name for the user.
pub(super) fn is_needed(id_token: &Claims) -> bool {
    !NAMES.iter().any(|name| shown_text(id_token, name).is_some())
}

/// Asks for the claims of the user whose ID token has been verified (5.3.1). Returns a description of the request, and
/// the claims that are taken: none if anything is wrong.
pub(super) async fn ask(
    endpoint: &Url,
    access_token: &SecretString,
    id_token: &Claims,
    claims_namespace: &str,
    http: &BoundedHttp,
) -> (UserinfoRequest, Claims) {
    let began = Instant::now();
    let (reply, response) = fetch(endpoint, access_token, &http.at_most(LIMIT).to(Endpoint::Userinfo)).await;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let found = response.as_ref().map_or_else(Clone::clone, |_| EXPECTED_RESPONSE.to_owned());
    let expected = Expected::Exactly(EXPECTED_RESPONSE.to_owned());
    let mut checks = vec![Check::new(CheckId::UserinfoResponse, expected, Found::Text(found), response.is_ok())];
    let mut taken = Claims::new();
    if let Ok(said) = response {
        let check = same_subject(id_token, &said);
        if check.passed {
            taken = what_is_new(&said, id_token, claims_namespace);
        }
        checks.push(check);
    }
    let claims = taken.keys().cloned().collect();
    (UserinfoRequest { endpoint: endpoint.to_string(), milliseconds, reply, checks, claims }, taken)
}

/// What came back, and the claims in it. The error says in words what came instead.
async fn fetch(endpoint: &Url, access_token: &SecretString, http: &BoundedHttp) -> (Reply, Result<Claims, String>) {
    let request = match request(endpoint, access_token) {
        Ok(request) => request,
        Err(why) => return (Reply::NotSent, Err(why)),
    };
    let (reply, response) = http.send_and_note(request).await;
    (reply, response.map_err(|cause| cause.to_string()).and_then(|response| read(&response)))
}

fn request(endpoint: &Url, access_token: &SecretString) -> Result<HttpRequest, String> {
    let unsendable = |_| "an access token that can't be sent".to_owned();
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", access_token.expose_secret())).map_err(unsendable)?;
    bearer.set_sensitive(true); // kept out of logs
    let request =
        http::Request::get(endpoint.as_str()).header(ACCEPT, "application/json").header(AUTHORIZATION, bearer);
    request.body(Vec::new()).map_err(|error| error.to_string())
}

fn read(response: &HttpResponse) -> Result<Claims, String> {
    if response.status() != http::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    // The app does not register for signed or encrypted responses (5.3.2), so it does not expect them.
    serde_json::from_slice(without_byte_order_mark(response.body())).map_err(|_| "no JSON object".to_owned())
}

/// Userinfo must be about the ID token's subject: an access token that was issued for somebody else would return
/// somebody else's name (5.3.2).
fn same_subject(id_token: &Claims, said: &Claims) -> Check {
    let (expected, found) = (id_token.get("sub").and_then(Value::as_str), said.get("sub"));
    let is_same = expected.is_some() && found.and_then(Value::as_str) == expected;
    let expected = Expected::Exactly(expected.unwrap_or_default().to_owned());
    Check::new(CheckId::UserinfoSubject, expected, Found::claim(found), is_same)
}

/// Whether userinfo names no other organization than the ID token: another organization's license must not count in
/// this one.
fn is_same_organization(said: &Claims, id_token: &Claims) -> bool {
    ORGANIZATION.iter().all(|name| said.get(*name).is_none_or(|value| id_token.get(*name) == Some(value)))
}

/// The claims that are taken: only texts, and none that the ID token supplies too.
fn what_is_new(said: &Claims, id_token: &Claims, claims_namespace: &str) -> Claims {
    let names = NAMES.into_iter().chain(EXTRAS).filter(|name| shown_text(id_token, name).is_none()).map(str::to_owned);
    // A license opens features, so a license in the ID token counts even if it is not valid.
    let own = OWN.map(|name| format!("{claims_namespace}{name}")).into_iter();
    let own = own.filter(|name| !id_token.contains_key(name) && is_same_organization(said, id_token));
    let value = |name: String| {
        let value = shown_text(said, &name).filter(|text| text.len() <= MAXIMUM_TEXT)?;
        Some((name, Value::from(value)))
    };
    names.chain(own).filter_map(value).collect()
}
