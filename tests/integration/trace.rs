//! The trace draws what happened, and what a session stores for it stays within a size limit.

use std::{collections::BTreeMap, time::Duration};

use orglab::clock::Clock;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change},
    browser::{Page, with_query},
    hostile::sign_in,
    instance::SECRET,
    provider::{CLIENT_SECRET, Provider},
    redis::{Kind, RedisServer},
    token::Draft,
};

/// The most that a session may keep of a record, in bytes.
const BOUND: usize = 2_000;

/// How long the record of a sign-in with these parameters and claims is in the session's store, and `/trace`.
async fn record_of(parameters: &[(&str, &str)], claims: Value) -> (usize, String) {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    provider.now(|behaviour| behaviour.claim(claims));
    let url = redis.url();
    let app = TestApp::at_with(&provider, &[("REDIS_URL", &url), ("SESSION_SECRET", SECRET)]);
    let browser = app.browser();
    let page = browser.get(&with_query("/login", parameters)).await;
    let page = browser.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.body);

    let keys = redis.say("KEYS orglab:session:*");
    let key = keys.lines().find(|line| line.starts_with("orglab:")).unwrap();
    let session: Value = serde_json::from_str(redis.say(&format!("HGET {key} state")).lines().nth(1).unwrap()).unwrap();
    let signed_in: Value = serde_json::from_str(session["signed_in"].as_str().unwrap()).unwrap();
    (signed_in["record"].to_string().len(), browser.get("/trace").await.body)
}

/// With names and ids as long as Auth0's.
#[tokio::test]
async fn a_session_keeps_less_than_two_kilobytes_of_a_record_and_cuts_nothing() {
    let organization = "a-business-of-fifty-characters-as-long-as-they-get";
    let subject = "samlp|a-connection-of-theirs|somebody.with.a.name@business.example";
    let (length, trace) = record_of(&[("organization", organization)], json!({"sub": subject})).await;
    assert!(length < BOUND, "{length} bytes");
    assert!(!trace.contains('…') && trace.contains(subject) && trace.contains(&format!("org_name {organization}")));
}

/// Attack: sign-ins with parameters and claims as long as they may be, to fill the store.
#[tokio::test]
async fn long_values_are_cut_until_a_record_is_short() {
    // Characters of two bytes, in no order that could be told more briefly.
    let mut number = 1_u32;
    let mut long = || {
        let mut character = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(0x5d0 + (number >> 16) % 0x200).unwrap()
        };
        (0..255).map(|_| character()).collect::<String>()
    };
    let values = ["organization", "connection", "login_hint", "invitation"].map(|name| (name, long()));
    let parameters: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let claims = json!({"sub": long(), "azp": "orglab", "nbf": 1, "auth_time": 1});
    let (length, trace) = record_of(&parameters, claims).await;
    assert!(length <= BOUND, "{length} bytes");
    for name in ["organization", "connection", "login_hint", "invitation", "code_verifier"] {
        assert!(trace.contains(&format!("<code>{name}</code>")), "{name} is shown");
    }
    let checks = trace.matches("<tbody class=\"passed\">").count();
    assert_eq!(checks, 15, "all are shown");
}

/// Attack: an invitation is read off a projected trace, and accepted by somebody else.
#[tokio::test]
async fn an_invitations_ticket_is_not_shown() {
    let parameters = [("organization", "org1"), ("invitation", "the-secret-ticket")];
    let (_, trace) = record_of(&parameters, json!({})).await;
    assert!(trace.contains("<code>invitation</code>"));
    assert!(!trace.contains("the-secret-ticket"));
}

/// The sequence in words, on an error page or the trace.
const LOGIN: &str = "1. App to browser: redirect. 1. Browser to provider: authorization request. 2. Provider:";

#[rstest]
#[case::token_error(|it: &mut Behaviour| it.token_trouble = Some(Trouble::json(400, r#"{"error": "invalid_grant"}"#)),
    "3. App to provider: token request. 3. Provider to app: error response, status 400.")]
#[case::token_server_error(|it: &mut Behaviour| it.token_trouble = Some(Trouble::html(503)),
    "3. App to provider: token request. 3. Provider to app: error response, status 503.")]
#[case::token_page(|it: &mut Behaviour| it.token_trouble = Some(Trouble::html(200)),
    "3. App to provider: token request. 3. Provider to app: unusable response, status 200.")]
#[case::token_redirect(|it: &mut Behaviour| it.token_trouble = Some(Trouble::redirect()),
    "3. App to provider: token request. 3. Provider to app: unusable response, status 307.")]
#[case::token_never(|it: &mut Behaviour| it.token_trouble = Some(Trouble::Hang),
    "3. App to provider: token request. 3. Provider to app: no response.")]
#[case::keys_error(|it: &mut Behaviour| it.keys_trouble = Some(Trouble::html(500)),
    "4. App to provider: key set request. 4. Provider to app: error response, status 500.")]
#[case::keys_too_long(|it: &mut Behaviour| it.keys_trouble = Some(Trouble::Endless),
    "4. App to provider: key set request. 4. Provider to app: unusable response, status 200.")]
#[case::keys_without_keys(|it: &mut Behaviour| it.keys_trouble = Some(Trouble::json(200, "{}")),
    "4. App to provider: key set request. 4. Provider to app: unusable response, status 200.")]
#[case::nonce(|it: &mut Behaviour| it.claim(json!({"nonce": "another"})),
    "4. Provider to app: key set, status 200. 5. App: Nonce: failed.")]
#[tokio::test]
async fn a_failed_sign_in_is_drawn_with_what_came_back(#[case] misbehaves: fn(&mut Behaviour), #[case] drawn: &str) {
    let page = sign_in(misbehaves).await.page;
    assert!(page.body.contains(&format!("{LOGIN} login, unseen by the app.")), "{}", page.body);
    assert!(page.body.contains(&format!("{drawn}</desc>")), "it ends so: {drawn}\n{}", page.body);
}

#[tokio::test]
async fn a_refusal_is_drawn_as_an_error_response() {
    let provider = Provider::that_refuses("access_denied", "no");
    let app = TestApp::at(&provider);
    let body = app.browser().sign_in("org1").await.body;
    let refused =
        "unseen by the app. 2. Provider to browser: redirect. 2. Browser to app: error response access_denied.";
    assert!(body.contains(&format!("{LOGIN} {refused}</desc>")), "{body}");
}

/// Attack (mix-up, RFC 9207): the response comes from another provider. Whatever happened there, the page must not say
/// that it happened at the provider that was asked.
#[tokio::test]
async fn a_response_of_another_provider_is_not_drawn_as_the_providers() {
    let elsewhere =
        |response: &mut Vec<(String, String)>| response.push(("iss".into(), "https://elsewhere.example/".into()));
    let page = sign_in(|it| it.response = change(elsewhere)).await.page;
    let drawn = "1. Browser to provider: authorization request. 2. Browser to app: response. 2. App: Response issuer (iss): failed.";
    assert!(page.body.contains(&format!("{drawn}</desc>")), "{}", page.body);
}

/// Attack: a token whose header repeats the attempt's secrets, so that somebody who sees the page learns them.
#[tokio::test]
async fn the_header_of_a_failed_token_shows_no_more_of_secrets_than_the_rest_of_the_page() {
    let with_secrets = |token: &mut Draft| {
        token.header["nonce"] = json!("0123456789abcdef");
        token.header["state"] = json!("0123456789abcdef");
        token.claim(json!({"aud": "another client"}));
    };
    let body = sign_in(|it| it.id_token = change(with_secrets)).await.page.body;
    assert!(body.contains("&quot;nonce&quot;: &quot;0123456"), "the header is shown: {body}");
    assert!(!body.contains("01234567"), "{body}");
}

#[rstest]
#[case::no_base64("!!!")]
#[case::no_json("bm90IGpzb24")]
#[tokio::test]
async fn a_header_that_cannot_be_read_is_not_shown_as_an_empty_one(#[case] header: &'static str) {
    let replace = move |token: &mut String| *token = format!("{header}.{}", token.split_once('.').unwrap().1);
    let body = sign_in(move |it| it.signed = change(replace)).await.page.body;
    assert!(
        body.contains("can't be read") || body.contains("can&#39;t be read") || body.contains("can&#x27;t be read"),
        "{body}"
    );
    assert!(!body.contains("The ID token as the app received it"), "{body}");
}

/// Keys from the cache are no message, and a userinfo request that fails does not end the sign-in.
#[tokio::test]
async fn a_sign_in_is_drawn_with_the_requests_that_were_made() {
    let provider = Provider::that(|it| {
        it.claim(
            json!({"name": null, "email": null, "given_name": null, "family_name": null, "preferred_username": null}),
        );
        it.userinfo_trouble = Some(Trouble::html(500));
    });
    let app = TestApp::at(&provider);
    let response = "logged in at Okta1. 2. Provider to browser: redirect. 2. Browser to app: response. \
                    3. App to provider: token request. 3. Provider to app: tokens, status 200.";
    let end = "5. App: 13 checks, all passed. 6. App to provider: userinfo request. \
               6. Provider to app: error response, status 500. 7. App to browser: session cookie.</desc>";
    let fetched = "4. App to provider: key set request. 4. Provider to app: key set, status 200.";
    for keys in [fetched, "4. App: key curr… from cache."] {
        let browser = app.browser();
        assert_eq!(browser.sign_in("org1").await.url.path(), "/profile");
        let body = browser.get("/trace").await.body;
        assert!(body.contains(&format!("{LOGIN} {response} {keys} {end}")), "{keys}: {body}");
    }
    assert_eq!(provider.received("/keys").len(), 1);
}

/// The values of the facts with this name, step by step.
fn facts(page: &Page, name: &str) -> Vec<String> {
    let facts = page.texts("dl.facts dt").into_iter().zip(page.texts("dl.facts dd"));
    facts.filter(|(found, _)| found == name).map(|(_, value)| value).collect()
}

#[tokio::test]
async fn each_request_is_shown_with_its_address() {
    let provider = Provider::start();
    let page = TestApp::at(&provider).signed_in("org1").await.get("/trace").await;
    assert_eq!(
        facts(&page, "Address"),
        ["authorize", "token", "keys"].map(|path| format!("{}{path}", provider.issuer))
    );
}

#[tokio::test]
async fn the_token_request_says_how_long_it_took() {
    let late = Duration::from_millis(50);
    let provider = Provider::that(|behaviour| behaviour.token_trouble = Some(Trouble::Late(late)));
    let page = TestApp::at(&provider).signed_in("org1").await.get("/trace").await;
    let [took] = facts(&page, "Took").try_into().unwrap();
    let milliseconds: u128 = took.strip_suffix(" ms").unwrap().parse().unwrap();
    assert!(milliseconds >= late.as_millis(), "{took}");
}

/// What the page says that each parameter is for.
fn meanings(page: &Page) -> BTreeMap<String, String> {
    let names = page.texts("table.parameters tbody th");
    let meanings = page.texts("table.parameters td:last-child");
    assert_eq!(names.len(), meanings.len());
    names.into_iter().zip(meanings).collect()
}

/// Every parameter is explained, and with its own words.
fn assert_explained(page: &Page, words: &[(&str, &str)]) {
    let meanings = meanings(page);
    assert_eq!(meanings.keys().collect::<Vec<_>>(), words.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for (name, words) in words {
        assert!(meanings[*name].contains(words), "{name}: {}", meanings[*name]);
    }
}

#[tokio::test]
async fn each_parameter_of_a_sign_in_is_explained() {
    let provider = Provider::start();
    let issuer = provider.issuer.clone();
    let with_issuer = move |response: &mut Vec<(String, String)>| response.push(("iss".to_owned(), issuer.clone()));
    provider.now(|behaviour| {
        behaviour.client_authentication = "client_secret_post";
        behaviour.response = change(with_issuer);
        behaviour.claim(json!({"auth_time": Clock::system().now().timestamp()}));
    });
    let secret = [("OIDC_CLIENT_SECRET", CLIENT_SECRET), ("OIDC_CLIENT_AUTH_METHOD", "client_secret_post")];
    let app = TestApp::at_with(&provider, &secret);
    let browser = app.browser();
    let asked = ["organization=org1", "connection=Okta1", "prompt=login", "login_hint=a", "max_age=60", "invitation=b"];
    let page = browser.get(&format!("/login?{}", asked.join("&"))).await;
    let page = browser.follow(page).await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);
    let explained = [
        ("client_id", "Which app asks"),
        ("client_secret", "Proves that the request comes from the app"),
        ("code", "Stands for your login"),
        ("code_challenge", "the hash of a secret"),
        ("code_challenge_method", "How the challenge was made"),
        ("code_verifier", "the secret behind the challenge"),
        ("connection", "Which of the provider's connections"),
        ("grant_type", "What the app exchanges for tokens"),
        ("invitation", "The invitation to the organization"),
        ("iss", "Which provider responds"),
        ("login_hint", "Who is about to log in"),
        ("max_age", "How long ago"),
        ("nonce", "Ties the ID token to this request"),
        ("organization", "The organization to log in to"),
        ("prompt", "Whether to ask you again"),
        ("redirect_uri", "Where the provider sends the response"),
        ("response_type", "What the response contains"),
        ("scope", "What the app asks to know about you"),
        ("state", "Ties the response to this browser"),
    ];
    assert_explained(&browser.get("/trace").await, &explained);
}

#[tokio::test]
async fn each_parameter_of_an_error_response_is_explained() {
    let provider = Provider::that_refuses("access_denied", "no");
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    let meanings = meanings(&page);
    assert!(meanings["error"].contains("as a code for programs"), "{meanings:?}");
    assert!(meanings["error_description"].contains("in the provider's words"), "{meanings:?}");
}

#[rstest]
#[case::none("none", "none: a public client, protected by PKCE")]
#[case::basic("client_secret_basic", "client_secret_basic")]
#[case::post("client_secret_post", "client_secret_post")]
#[tokio::test]
async fn the_token_request_says_how_the_client_authenticated(#[case] method: &'static str, #[case] words: &str) {
    let provider = Provider::that(|behaviour| behaviour.client_authentication = method);
    let secret = [("OIDC_CLIENT_SECRET", CLIENT_SECRET), ("OIDC_CLIENT_AUTH_METHOD", method)];
    let app = TestApp::at_with(&provider, if method == "none" { &[] } else { &secret });
    let page = app.signed_in("org1").await.get("/trace").await;
    assert_eq!(facts(&page, "Client authentication"), [words]);
}
