//! Discovery documents with unexpected or hostile values: OpenID Connect Discovery 1.0, 4.3.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    hostile::{assert_nothing_leaks, sign_in},
    log,
    provider::Provider,
};

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
    let outcome = sign_in(|behaviour| behaviour.discover(changes)).await;
    outcome.assert_refused(503, "The provider can't be used").await;
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
    sign_in(|behaviour| behaviour.discover(changes)).await.assert_signed_in().await;
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
    provider.now(|behaviour| behaviour.discover(json!({"issuer": bare})));
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
    provider.now(|behaviour| behaviour.discover(json!({"authorization_endpoint": endpoint})));
    let app = TestApp::at(&provider);
    let page = app.browser().login("org1").await;
    assert_eq!(page.parameter("tenant").as_deref(), Some("lab"));
    assert_eq!(page.parameter("client_id").as_deref(), Some("orglab"));
}

/// Attack: somebody on the network reads the code and the client's secret, or injects their own keys, since the
/// document names an endpoint without encryption, or one that does not belong to the provider at all.
#[rstest]
#[case::plain_http("http://provider.example/place")]
#[case::plain_http_in_the_house("http://10.0.0.1/place")]
#[case::plain_http_by_another_spelling("HTTP://provider.example/place")]
#[case::like_this_machine("http://localhost.evil.example/place")]
#[case::like_this_machines_address("http://127.0.0.1.evil.example/place")]
#[case::this_machine_as_a_user("http://127.0.0.1@evil.example/place")]
#[case::every_address("http://0.0.0.0/place")]
#[case::with_a_password("https://somebody:hunter2@provider.example/place")]
#[case::with_a_fragment("https://provider.example/place#part")]
#[case::another_scheme("ftp://provider.example/place")]
#[case::a_script("javascript:alert(1)")]
#[case::a_file("file:///etc/passwd")]
#[case::data("data:application/json,{}")]
#[case::relative("/place")]
#[case::empty("")]
#[tokio::test]
async fn an_endpoint_that_others_could_read_refuses_the_document(#[case] place: &'static str) {
    for field in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let outcome = sign_in(|behaviour| behaviour.discover(json!({field: place}))).await;
        outcome.assert_refused(503, "The provider can't be used").await;
        let body = &outcome.page.body;
        assert!(body.contains(field) && !body.contains("hunter2") && !body.contains("alert(1)"), "{field}: {body}");
        let reference = outcome.page.text("error-reference").unwrap();
        assert!(log::lines_with(&reference).iter().any(|line| line.contains(field)), "the log names {field}");
        assert!(outcome.provider.received("/authorize").is_empty());
    }
}

/// This machine by another name: nothing leaves it.
#[rstest]
#[case::name("localhost")]
#[case::name_with_a_dot("localhost.")]
#[case::name_below("tenant.localhost")]
#[case::short_address("127.1")]
#[case::address_in_hex("0x7f.1")]
#[case::mapped_address("[::ffff:127.0.0.1]")]
#[tokio::test]
async fn endpoints_on_this_machine_may_be_plain_http(#[case] host: &'static str) {
    let provider = Provider::start();
    let at = |path: &str| provider.issuer.replace("127.0.0.1", host) + path;
    provider.now(|behaviour| behaviour.discover(json!({"token_endpoint": at("token"), "jwks_uri": at("keys")})));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

/// An unsuitable endpoint that the app does not need counts as absent. Sign-ins still work.
#[rstest]
#[case::plain_http(json!("http://provider.example/logout"))]
#[case::with_a_user(json!("https://somebody@provider.example/logout"))]
#[case::a_script(json!("javascript:alert(1)"))]
#[case::relative(json!("/logout"))]
#[case::empty(json!(""))]
#[case::number(json!(5))]
#[case::array(json!(["https://provider.example/logout"]))]
#[case::null(json!(null))]
#[tokio::test]
async fn an_optional_endpoint_that_is_unfit_counts_as_absent(#[case] place: Value) {
    let optional = ["end_session_endpoint", "userinfo_endpoint", "registration_endpoint"];
    let changes = optional.iter().map(|field| ((*field).to_owned(), place.clone())).collect();
    let outcome = sign_in(|behaviour| behaviour.discover(Value::Object(changes))).await;
    outcome.assert_signed_in().await;
    assert_eq!(
        outcome.browser.log_out().await.header("location"),
        Some("/"),
        "logging out ends only the app's own session"
    );
}
