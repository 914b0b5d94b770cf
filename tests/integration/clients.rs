//! How the app shows the provider that it is the client, and what it asks for.

use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    behaviour::change,
    provider::{CLIENT_SECRET, Provider},
};

/// A provider whose client authenticates in this way, and whose discovery document offers these.
fn provider(required: &'static str, offered: serde_json::Value) -> Provider {
    Provider::that(|behaviour| {
        behaviour.client_authentication = required;
        behaviour.discover(json!({"token_endpoint_auth_methods_supported": offered}));
    })
}

#[rstest]
#[case::basic("client_secret_basic", json!(["client_secret_basic"]))]
#[case::post("client_secret_post", json!(["client_secret_post"]))]
#[case::basic_where_both_are_offered("client_secret_basic", json!(["client_secret_post", "client_secret_basic"]))]
#[case::post_among_others("client_secret_post", json!(["private_key_jwt", "none", "client_secret_post"]))]
#[tokio::test]
async fn a_confidential_client_authenticates_as_discovery_says(
    #[case] method: &'static str,
    #[case] offered: serde_json::Value,
) {
    let provider = provider(method, offered);
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

#[tokio::test]
async fn where_discovery_says_nothing_basic_is_meant() {
    let provider = Provider::that(|behaviour| {
        behaviour.client_authentication = "client_secret_basic";
        behaviour.discovery = change(|document: &mut serde_json::Value| {
            document.as_object_mut().unwrap().remove("token_endpoint_auth_methods_supported");
        });
    });
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
}

#[tokio::test]
async fn a_public_client_has_pkce_alone() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
    let [request] = provider.received("/token").try_into().unwrap();
    assert_eq!(request.authorization, None);
    assert!(request.body.contains("client_id=orglab") && request.body.contains("code_verifier="), "{}", request.body);
    assert!(!request.body.contains("client_secret"), "{}", request.body);
}

#[tokio::test]
async fn a_wrong_secret_names_the_settings_to_check() {
    let provider = provider("client_secret_basic", json!(["client_secret_basic"]));
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", "wrong")]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The provider did not exchange the code"));
    assert_eq!(page.text("error-code").as_deref(), Some("invalid_client"));
    assert!(page.body.contains("OIDC_CLIENT_SECRET"), "{}", page.body);
}

#[tokio::test]
async fn a_provider_that_takes_no_secret_is_told_before_the_sign_in_begins() {
    let provider = provider("none", json!(["private_key_jwt"]));
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let page = app.browser().login("org1").await;
    assert_eq!(page.status, 503, "{}", page.body);
}

#[tokio::test]
async fn the_authorization_request_carries_what_the_standard_asks_for_and_what_was_asked() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let asked = "organization=org1&connection=Okta1&prompt=login&login_hint=alice&max_age=60&invitation=ticket\
                 &organization_name=Org&return_to=/features&evil=1&redirect_uri=http://evil.example&scope=admin";
    let page = app.browser().get(&format!("/login?{asked}")).await;
    let location = page.location().unwrap();
    let sent: std::collections::BTreeMap<String, String> = location.query_pairs().into_owned().collect();
    let fixed = [
        ("client_id", "orglab"),
        ("redirect_uri", app.base.as_str()),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("code_challenge_method", "S256"),
        ("organization", "org1"),
        ("connection", "Okta1"),
        ("prompt", "login"),
        ("login_hint", "alice"),
        ("max_age", "60"),
        ("invitation", "ticket"),
    ];
    for (name, value) in fixed {
        assert_eq!(sent.get(name).map(String::as_str), Some(value), "{name} in {location}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert!(sent[name].len() >= 22, "{name} in {location}"); // 128 bits
    }
    assert_eq!(sent.len(), fixed.len() + 3, "and nothing else: {location}");
    assert_eq!(location.query_pairs().count(), sent.len(), "nothing twice: {location}");
}

#[tokio::test]
async fn responses_are_accepted_at_both_addresses_whichever_is_sent() {
    let provider = Provider::start();
    for settings in [&[][..], &[("APP_CALLBACK_PATH", "/callback")]] {
        let app = TestApp::at_with(&provider, settings);
        for path in ["/", "/callback"] {
            let browser = app.browser();
            let response = browser.response("org1").await;
            let page = browser.get(&format!("{path}?{}", response.query().unwrap())).await;
            assert_eq!(page.location().unwrap().path(), "/profile", "{}", page.body);
        }
    }
}
