//! Discovery documents that say odd things: OpenID Connect Discovery 1.0, 4.3.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, change},
    hostile::{Outcome, assert_nothing_leaks},
    provider::Provider,
};

fn says(changes: Value) -> impl FnOnce(&mut Behaviour) {
    move |behaviour| {
        behaviour.discovery = change(move |document: &mut Value| {
            for (name, value) in changes.as_object().unwrap() {
                document[name] = value.clone();
            }
        });
    }
}

/// Attack: another provider's document is served under the configured name, so that its tokens pass for the provider's.
#[rstest]
#[case::anothers(json!({"issuer": "https://evil.example/"}))]
#[case::with_a_path(json!({"issuer": "http://127.0.0.1/tenant/"}))]
#[case::on_another_port(json!({"issuer": "http://127.0.0.1:1/"}))]
#[case::empty(json!({"issuer": ""}))]
#[case::number(json!({"issuer": 5}))]
#[case::missing(json!({"issuer": null}))]
#[case::no_token_endpoint(json!({"token_endpoint": null}))]
#[case::no_authorization_endpoint(json!({"authorization_endpoint": null}))]
#[case::authorization_endpoint_that_is_none(json!({"authorization_endpoint": "nowhere"}))]
#[case::authorization_endpoint_of_the_wrong_type(json!({"authorization_endpoint": ["https://a.example/"]}))]
#[case::no_keys(json!({"jwks_uri": null}))]
#[tokio::test]
async fn a_discovery_document_of_another_provider_begins_no_sign_in(#[case] changes: Value) {
    let outcome = Outcome::of(says(changes), "/login?organization=org1").await;
    outcome.assert_refused(503, "The provider can't be reached").await;
    assert!(outcome.provider.received("/authorize").is_empty());
}

#[rstest]
#[case::unknown_members(json!({"x": {"y": [1, 2]}, "mfa_challenge_endpoint": "https://a.example/"}))]
#[case::unknown_algorithms(json!({"id_token_signing_alg_values_supported": ["RS256", "Ed25519", "XY1", "HS256"]}))]
#[case::unknown_authentication(json!({"token_endpoint_auth_methods_supported": ["none", "tls_client_auth", "odd"]}))]
#[case::much(json!({"claims_supported": vec!["x".repeat(100); 2000]}))]
#[case::iss_not_promised(json!({"authorization_response_iss_parameter_supported": false}))]
#[tokio::test]
async fn what_is_new_in_a_discovery_document_is_passed_over(#[case] changes: Value) {
    Outcome::of(says(changes), "/login?organization=org1").await.assert_signed_in().await;
}

/// The issuer is the one that the document writes, and tokens are held to that, byte for byte.
#[tokio::test]
async fn an_issuer_without_the_slash_is_taken_as_the_document_writes_it() {
    let provider = Provider::start();
    let bare = provider.issuer.trim_end_matches('/').to_owned();
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &bare), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);

    let slashed = provider.issuer.clone();
    provider.now(says(json!({"issuer": bare})));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The ID token can't be trusted"));
    assert!(page.body.contains(&slashed), "{}", page.body);
    assert_nothing_leaks(&provider, &page);
}

#[tokio::test]
async fn the_query_of_an_authorization_endpoint_is_kept() {
    let provider = Provider::start();
    let endpoint = format!("{}authorize?tenant=lab", provider.issuer);
    provider.now(says(json!({"authorization_endpoint": endpoint})));
    let app = TestApp::at(&provider);
    let page = app.browser().login("org1").await;
    assert_eq!(page.parameter("tenant").as_deref(), Some("lab"));
    assert_eq!(page.parameter("client_id").as_deref(), Some("orglab"));
}
