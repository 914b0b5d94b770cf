//! Honest providers with unusual documents and responses. What the app does not need costs no
//! sign-in; what it needs is named where it is missing. Nothing here loosens a check of a token, of `state` or of a
//! redirect.

use std::io::Write;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change, with},
    browser::Page,
    doctor::check,
    hostile::sign_in,
    provider::{CLIENT_SECRET, Provider},
    raw,
    token::Draft,
};

/// Every field that the app reads and does not need, and some that it never reads.
const OPTIONAL: [&str; 12] = [
    "userinfo_endpoint",
    "end_session_endpoint",
    "registration_endpoint",
    "token_endpoint_auth_methods_supported",
    "id_token_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported",
    "response_types_supported",
    "subject_types_supported",
    "scopes_supported",
    "claims_supported",
    "code_challenge_methods_supported",
    "backchannel_logout_supported",
];

#[rstest]
#[case::empty(json!(""))]
#[case::null(json!(null))]
#[case::number(json!(5))]
#[case::no(json!(false))]
#[case::relative(json!("/place"))]
#[case::empty_list(json!([]))]
#[case::list_of_odd_elements(json!([null, 5, {}, [], ""]))]
#[case::object(json!({"a": "b"}))]
#[tokio::test]
async fn a_field_that_is_not_needed_costs_no_sign_in_whatever_it_holds(#[case] odd: Value) {
    for field in OPTIONAL {
        // A text is a name of something, and the app uses no other.
        if odd == "/place" && field.ends_with("_values_supported") {
            continue;
        }
        let outcome = sign_in(|behaviour| behaviour.discover(json!({field: odd}))).await;
        assert_eq!(outcome.page.url.path(), "/profile", "{field}: {}", outcome.page.body);
    }
}

#[tokio::test]
async fn a_document_with_the_needed_fields_alone_is_enough() {
    let needed = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"];
    let bare = change(move |document: &mut Value| {
        document.as_object_mut().unwrap().retain(|name, _| needed.contains(&name.as_str()));
    });
    sign_in(|behaviour| behaviour.discovery = bare).await.assert_signed_in().await;
}

#[rstest]
#[case::text("client_secret_post", json!("client_secret_post"))]
#[case::text_of_two("client_secret_post", json!("private_key_jwt client_secret_post"))]
#[case::text_with_a_comma("client_secret_post", json!("client_secret_post, private_key_jwt"))]
#[case::another_case("client_secret_post", json!(["Client_Secret_POST"]))]
#[case::good_among_odd("client_secret_post", json!([null, 7, "client_secret_post", {"client_secret_basic": true}]))]
#[case::empty_list("client_secret_basic", json!([]))]
#[case::empty_text("client_secret_basic", json!(""))]
#[case::null("client_secret_basic", json!(null))]
#[case::no_list("client_secret_basic", json!({"client_secret_post": true}))]
#[case::only_odd("client_secret_basic", json!([null, 7]))]
#[tokio::test]
async fn client_authentication_is_read_if_it_can_be_and_else_basic(
    #[case] method: &'static str,
    #[case] offered: Value,
) {
    let provider = Provider::that(|behaviour| {
        behaviour.client_authentication = method;
        behaviour.discover(json!({"token_endpoint_auth_methods_supported": offered}));
    });
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

/// Attack: where the document does not say which algorithms there are, the forger chooses one. Only RS256 is the
/// default (OpenID Connect Core 1.0, 3.1.3.7, item 7).
#[rstest]
#[case::silence(json!([]), "RS256", "current", true)]
#[case::silence_and_another(json!([]), "ES256", "p256", false)]
#[case::null_and_another(json!(null), "ES256", "p256", false)]
#[case::text(json!("ES256"), "ES256", "p256", true)]
#[case::text_of_two(json!("PS256,ES256"), "ES256", "p256", true)]
#[case::text_and_another(json!("ES256"), "RS256", "current", false)]
#[case::good_among_odd(json!([null, 5, "ES256"]), "ES256", "p256", true)]
#[case::eddsa_by_its_newer_name(json!(["Ed25519"]), "EdDSA", "ed25519", true)]
#[case::eddsa_by_another_curve(json!(["Ed448"]), "EdDSA", "ed25519", false)]
#[case::nothing_that_is_accepted(json!("HS256"), "RS256", "current", false)]
#[tokio::test]
async fn signing_algorithms_are_read_if_they_can_be_and_else_rs256(
    #[case] offered: Value,
    #[case] algorithm: &'static str,
    #[case] key: &'static str,
    #[case] is_accepted: bool,
) {
    let outcome = sign_in(|behaviour| {
        behaviour.discover(json!({"id_token_signing_alg_values_supported": offered}));
        behaviour.id_token = change(move |token: &mut Draft| token.header = json!({"alg": algorithm, "kid": key}));
    })
    .await;
    if is_accepted {
        outcome.assert_signed_in().await;
    } else {
        outcome.assert_refused(502, "The ID token can't be trusted").await;
    }
}

/// Attack: a response of another provider is mixed up with this one's, which promises to name itself in each, if not in
/// the way of the standard (RFC 9207).
#[rstest]
#[case::as_the_standard_has_it(json!(true), true)]
#[case::text(json!("true"), true)]
#[case::text_of_another_case(json!(" True "), true)]
#[case::number(json!(1), true)]
#[case::list(json!([true]), true)]
#[case::no(json!(false), false)]
#[case::no_as_text(json!("false"), false)]
#[case::empty(json!(""), false)]
#[case::null(json!(null), false)]
#[tokio::test]
async fn a_promise_to_name_itself_in_responses_is_held_against_the_provider(
    #[case] promise: Value,
    #[case] is_promised: bool,
) {
    let changes = json!({"authorization_response_iss_parameter_supported": promise});
    let outcome = sign_in(|behaviour| behaviour.discover(changes.clone())).await;
    if is_promised {
        let page = &outcome.page;
        assert_eq!((page.status, page.error_title().as_str()), (400, "The response came from another provider"));
        assert_eq!(outcome.browser.profile().await, None);
        assert!(outcome.provider.received("/token").is_empty());
    } else {
        outcome.assert_signed_in().await;
    }
}

const MARK: &str = "\u{feff}";

#[rstest]
#[case::discovery(|behaviour: &mut Behaviour, odd| behaviour.discovery_trouble = odd)]
#[case::keys(|behaviour: &mut Behaviour, odd| behaviour.keys_trouble = odd)]
#[case::tokens(|behaviour: &mut Behaviour, odd| behaviour.token_trouble = odd)]
#[tokio::test]
async fn json_is_read_whatever_it_is_dressed_in(#[case] dress: fn(&mut Behaviour, Option<Trouble>)) {
    for (status, media_type, before) in [
        (200, "application/json", MARK),
        (200, "text/html; charset=utf-8", ""),
        (200, "text/plain", MARK),
        (200, "application/jwt", "\r\n "),
        (201, "application/json", ""),
        (203, "application/octet-stream", ""),
    ] {
        let odd = Some(Trouble::Dressed(status, media_type, before));
        let outcome = sign_in(|behaviour| dress(behaviour, odd)).await;
        let path = outcome.page.url.path();
        assert_eq!(path, "/profile", "{status} {media_type} {before:?}: {}", outcome.page.body);
    }
}

#[rstest]
#[case::lifetime_as_text(json!({"expires_in": "3599"}))]
#[case::lifetime_as_fraction(json!({"expires_in": 3599.5}))]
#[case::lifetime_below_zero(json!({"expires_in": -1}))]
#[case::lifetime_null(json!({"expires_in": null}))]
#[case::lifetime_in_words(json!({"expires_in": "an hour"}))]
#[case::scope_as_list(json!({"scope": ["openid", "profile"]}))]
#[case::scope_null(json!({"scope": null}))]
#[case::no_token_type(json!({"token_type": null}))]
#[case::token_type_of_another_kind(json!({"token_type": "DPoP"}))]
#[case::token_type_as_number(json!({"token_type": 1}))]
#[case::no_access_token(json!({"access_token": null}))]
#[case::access_token_empty(json!({"access_token": ""}))]
#[case::access_token_as_object(json!({"access_token": {}}))]
#[case::refresh_token_false(json!({"refresh_token": false}))]
#[case::error_null(json!({"error": null, "error_description": null}))]
#[case::more(json!({"x": {"y": [1, 2]}, "not-before-policy": 0}))]
#[tokio::test]
async fn of_a_token_response_the_id_token_alone_is_needed(#[case] changes: Value) {
    sign_in(|behaviour| behaviour.tokens = with(changes)).await.assert_signed_in().await;
}

/// Variants of RFC 6749, 5.2: some providers send errors with status 200, or with another media type.
#[rstest]
#[case::text(400, "text/plain", "")]
#[case::html(401, "text/html", "")]
#[case::marked(400, "application/json", MARK)]
#[case::with_the_status_of_success(200, "application/json", "")]
#[case::with_another_status(403, "application/problem+json", "")]
#[case::with_the_status_of_a_failure(500, "application/json", "")]
#[tokio::test]
async fn an_error_response_is_read_whatever_it_is_dressed_in(
    #[case] status: u16,
    #[case] media_type: &'static str,
    #[case] before: &str,
) {
    let body = format!("{before}{}", json!({"error": "invalid_grant", "error_description": "used up", "error_uri": 5}));
    let refused = Trouble::Response(status, media_type, body);
    let outcome = sign_in(|behaviour| behaviour.token_trouble = Some(refused)).await;
    outcome.assert_refused(502, "The provider did not exchange the code").await;
    assert_eq!(outcome.page.text("error-code").as_deref(), Some("invalid_grant"));
    assert_eq!(outcome.page.text("error-description").as_deref(), Some("used up"));
}

#[rstest]
#[case::absent(200, json!({}), "has no id_token")]
#[case::null(200, json!({"id_token": null, "error": null}), "has no id_token")]
#[case::empty(201, json!({"id_token": "", "error": ""}), "has no id_token")]
#[case::number(200, json!({"id_token": 5}), "has no id_token")]
#[case::in_a_list(200, json!([{"id_token": "a.b.c"}]), "neither a token response with an id_token")]
#[case::refused_by_oktas_names(400, json!({"errorCode": "E0000022", "errorSummary": "Not here."}), "E0000022 … Not here.")]
#[tokio::test]
async fn a_token_response_without_an_id_token_is_told(#[case] status: u16, #[case] body: Value, #[case] told: &str) {
    let without = Trouble::json(status, &body.to_string());
    let outcome = sign_in(|behaviour| behaviour.token_trouble = Some(without)).await;
    assert_eq!(outcome.page.status, 502);
    for words in told.split(" … ") {
        assert!(text_of(&outcome.page).contains(words), "{words}: {}", outcome.page.body);
    }
}

#[rstest]
#[case::absent(None, "missing")]
#[case::null(Some(json!(null)), "null")]
#[case::empty(Some(json!("")), "\"\"")]
#[case::relative(Some(json!("/place")), "\"/place\"")]
#[case::words(Some(json!("to be done")), "\"to be done\"")]
#[case::number(Some(json!(5)), "5")]
#[case::list(Some(json!(["https://a.example/"])), "an array")]
#[case::object(Some(json!({"url": "https://a.example/"})), "an object")]
#[tokio::test]
async fn a_needed_field_that_is_no_url_is_named_with_what_it_holds(#[case] held: Option<Value>, #[case] shown: &str) {
    for field in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let held = held.clone();
        let spoil = change(move |document: &mut Value| match &held {
            Some(held) => document[field] = held.clone(),
            None => _ = document.as_object_mut().unwrap().remove(field),
        });
        let outcome = sign_in(|behaviour| behaviour.discovery = spoil).await;
        outcome.assert_refused(503, "The provider can't be used").await;
        let named = format!("{field} in the provider's discovery document is {shown}; it must be a URL");
        assert!(text_of(&outcome.page).contains(&named), "{named}: {}", outcome.page.body);
        let front = outcome.browser.get("/").await;
        assert!(!text_of(&front).contains("can't be reached"), "the provider responded: {}", front.body);
    }
}

#[tokio::test]
async fn the_doctor_names_a_needed_field_too() {
    let provider = Provider::that(|behaviour| behaviour.discover(json!({"jwks_uri": ""})));
    let report = check(&provider.issuer, &[]);
    let line = &report.lines["discovery"];
    assert!(line.found.contains("jwks_uri in the provider's discovery document is \"\""), "{line:?}");
    assert!(line.change.as_deref().unwrap().contains("jwks_uri"), "{line:?}");
}

/// What a page says.
fn text_of(page: &Page) -> String {
    page.texts("main").join(" ")
}

/// An app whose setting is `setting`, at a provider that calls itself `issuer`. In both, `{}` stands for the socket.
async fn at_an_issuer(setting: &str, issuer: &str) -> (Provider, String, Page) {
    let provider = Provider::start();
    let socket = provider.issuer.trim_start_matches("http://127.0.0.1:").trim_end_matches('/').to_owned();
    let [setting, issuer] = [setting, issuer].map(|text| text.replace("{}", &socket));
    let own = issuer.clone();
    provider.now(|behaviour| {
        behaviour.discover(json!({"issuer": own, "authorization_response_iss_parameter_supported": true}));
        behaviour.claim(json!({"iss": own}));
        behaviour.response = change(move |response: &mut Vec<_>| response.push(("iss".to_owned(), own.clone())));
    });
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &setting), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().sign_in("org1").await;
    (provider, setting, page)
}

#[rstest]
#[case::upper_case("http://LocalHost:{}", "http://LocalHost:{}")]
#[case::upper_case_and_a_slash("http://LocalHost:{}", "http://LocalHost:{}/")]
#[case::scheme_in_upper_case("HTTP://localhost:{}/", "HTTP://localhost:{}/")]
#[case::short_address("http://127.1:{}/", "http://127.1:{}")]
#[case::zeros_in_the_port("http://127.0.0.1:0{}/", "http://127.0.0.1:0{}/")]
#[case::dots_in_the_path("http://127.0.0.1:{}/a/..", "http://127.0.0.1:{}/a/..")]
#[case::percent_encoded("http://127.0.0.1:{}/a/%2e%2E/", "http://127.0.0.1:{}/a/%2e%2E/")]
#[case::pasted_from_discovery("http://127.0.0.1:{}/.well-known/openid-configuration", "http://127.0.0.1:{}")]
#[case::pasted_with_more("http://LocalHost:{}/.well-known/openid-configuration/?a=b#c", "http://LocalHost:{}/")]
#[tokio::test]
async fn an_issuer_is_compared_as_it_is_written(#[case] setting: &str, #[case] issuer: &str) {
    let (_, _, page) = at_an_issuer(setting, issuer).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

/// Attack: an issuer that a URL parser takes for the configured one is not it. Its tokens are another provider's.
#[rstest]
#[case::upper_case("http://localhost:{}", "http://LocalHost:{}")]
#[case::upper_case_in_the_setting("http://LocalHost:{}", "http://localhost:{}")]
#[case::another_name_of_this_machine("http://localhost:{}", "http://127.0.0.1:{}")]
#[case::short_address("http://127.0.0.1:{}", "http://127.1:{}")]
#[case::dots_in_the_path("http://127.0.0.1:{}", "http://127.0.0.1:{}/a/..")]
#[case::two_slashes("http://127.0.0.1:{}", "http://127.0.0.1:{}//")]
#[case::a_blank("http://127.0.0.1:{}", "http://127.0.0.1:{} ")]
#[case::a_query("http://127.0.0.1:{}", "http://127.0.0.1:{}/?a=b")]
#[tokio::test]
async fn an_issuer_that_is_written_otherwise_is_another(#[case] setting: &str, #[case] issuer: &str) {
    let (provider, setting, page) = at_an_issuer(setting, issuer).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be used"));
    let socket = setting.rsplit(':').next().unwrap();
    for words in [format!("OIDC_ISSUER_URL is {setting:?}"), format!("document is {:?}", issuer.replace("{}", socket))]
    {
        assert!(text_of(&page).contains(&words), "{words}: {}", page.body);
    }
    assert!(provider.received("/authorize").is_empty());
}

#[tokio::test]
async fn the_doctor_says_what_to_set_the_issuer_to() {
    let provider = Provider::start();
    let own = provider.issuer.replace("127.0.0.1", "LocalHost");
    provider.now(|behaviour| behaviour.discover(json!({"issuer": own})));
    let report = check(&provider.issuer, &[]);
    let change = report.lines["issuer"].change.as_deref().unwrap();
    assert!(change.contains(&format!("OIDC_ISSUER_URL={own}")), "{change}");
    // Attack: the advice leads to an address that others can read.
    provider.now(|behaviour| behaviour.discover(json!({"issuer": "http://evil.example/"})));
    let report = check(&provider.issuer, &[]);
    let change = report.lines["issuer"].change.as_deref().unwrap();
    assert!(!change.contains("evil.example"), "{change}");
}

/// Entra's documents for several tenants (`common`, `organizations`).
#[rstest]
#[case::version_2("https://login.microsoftonline.com/{tenantid}/v2.0")]
#[case::version_1("https://sts.windows.net/{tenantid}/")]
#[tokio::test]
async fn an_issuer_with_a_placeholder_asks_for_the_tenants_id(#[case] issuer: &str) {
    let issuer = issuer.to_owned();
    let outcome = sign_in(|behaviour| behaviour.discover(json!({"issuer": issuer}))).await;
    outcome.assert_refused(503, "The provider can't be used").await;
    assert!(
        text_of(&outcome.page)
            .contains("In OIDC_ISSUER_URL, replace common, organizations or consumers with the tenant's ID"),
        "{}",
        outcome.page.body
    );
    let report = check(&outcome.provider.issuer, &[]);
    let change = report.lines["issuer"].change.as_deref().unwrap();
    assert!(change.contains("with the tenant's ID"), "{change}");
}

#[tokio::test]
async fn an_https_issuer_at_a_port_that_speaks_http_is_told_so() {
    let provider = Provider::start();
    let issuer = provider.issuer.replace("http://", "https://");
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &issuer), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().login("org1").await;
    assert_eq!(page.status, 503);
    assert!(page.body.contains("the server uses http on this port, not https"), "{}", page.body);
    let report = check(&issuer, &[]);
    assert!(
        report.lines["discovery"].found.contains("the server uses http on this port, not https"),
        "{:?}",
        report.lines
    );
}

#[tokio::test]
async fn an_http_issuer_at_a_port_that_speaks_https_is_told_so() {
    // A fatal alert (RFC 8446, 6.2), which is how a server refuses what is no handshake.
    let server = raw::Server::start(|stream| stream.write_all(b"\x15\x03\x03\x00\x02\x02\x46").unwrap());
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &server.url("/")), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().login("org1").await;
    assert_eq!(page.status, 503);
    assert!(page.body.contains("the server may use https on this port"), "{}", page.body);
}
