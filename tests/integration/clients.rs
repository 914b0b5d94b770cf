//! How the app shows the provider that it is the client, and what it asks for.

use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    behaviour::{Trouble, change},
    doctor::check,
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

/// A client is registered for one way, and the provider offers several.
#[rstest]
#[case::basic("client_secret_basic", json!(["client_secret_basic", "client_secret_post", "none"]))]
#[case::post("client_secret_post", json!(["client_secret_basic", "client_secret_post", "none"]))]
#[case::post_where_discovery_does_not_say("client_secret_post", json!([]))]
#[case::basic_where_discovery_says_otherwise("client_secret_basic", json!(["client_secret_post"]))]
#[case::post_where_discovery_says_otherwise("client_secret_post", json!(["private_key_jwt"]))]
#[tokio::test]
async fn the_setting_says_how_a_confidential_client_authenticates(
    #[case] method: &'static str,
    #[case] offered: serde_json::Value,
) {
    let provider = provider(method, offered);
    let settings = [("OIDC_CLIENT_SECRET", CLIENT_SECRET), ("OIDC_CLIENT_AUTH_METHOD", method)];
    let page = TestApp::at_with(&provider, &settings).browser().sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

#[tokio::test]
async fn a_public_client_may_say_so() {
    let provider = provider("none", json!(["client_secret_basic"]));
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_AUTH_METHOD", "none")]);
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
}

/// The demo tenant's client is public.
#[tokio::test]
async fn at_the_demo_tenant_the_way_has_no_effect() {
    for method in ["none", "client_secret_post"] {
        let app = TestApp::start(&[("OIDC_CLIENT_AUTH_METHOD", method)]);
        let page = app.browser().sign_in_as("alice@org1.example", "org1").await;
        assert_eq!(page.url.path(), "/profile", "{method}: {}", page.body);
    }
}

#[rstest]
#[case::basic("client_secret_basic", json!(["client_secret_basic", "client_secret_post"]))]
#[case::post("client_secret_post", json!(["client_secret_post"]))]
#[tokio::test]
async fn a_wrong_secret_names_the_settings_to_check_and_how_it_was_sent(
    #[case] method: &'static str,
    #[case] offered: serde_json::Value,
) {
    let provider = provider(method, offered);
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", "wrong")]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The provider did not exchange the code"));
    assert_eq!(page.text("error-code").as_deref(), Some("invalid_client"));
    for words in ["OIDC_CLIENT_SECRET", "OIDC_CLIENT_AUTH_METHOD", &format!("authentication method was {method}.")] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

/// What the token endpoint says of the client, and the one thing to change.
#[rstest]
#[case::auth0_grant(
    SECRET,
    "unauthorized_client",
    "Grant type 'authorization_code' not allowed for the client.",
    "Grant Types"
)]
#[case::okta_grant(
    SECRET,
    "unauthorized_client",
    "The client is not authorized to use the provided grant type.",
    "Grant Types"
)]
#[case::no_words(SECRET, "unauthorized_client", "", "Grant Types")]
#[case::no_words_of_a_public_client(NO_SECRET, "unauthorized_client", "", "Grant Types")]
#[case::keycloak_secret(
    SECRET,
    "unauthorized_client",
    "Invalid client or Invalid client credentials",
    "Set OIDC_CLIENT_SECRET to"
)]
#[case::keycloak_no_secret(
    NO_SECRET,
    "unauthorized_client",
    "Client secret not provided in request",
    "requires one, but the app sent none"
)]
#[case::entra_no_such_application(
    SECRET,
    "unauthorized_client",
    "AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.",
    "Set OIDC_CLIENT_ID to"
)]
#[case::entra_secret(
    SECRET,
    "invalid_client",
    "AADSTS7000215: Invalid client secret provided.",
    "Set OIDC_CLIENT_SECRET to"
)]
#[case::entra_public(
    SECRET,
    "invalid_client",
    "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    "Remove OIDC_CLIENT_SECRET"
)]
#[case::okta_secret(
    SECRET,
    "invalid_client",
    "The client secret supplied for a confidential client is invalid.",
    "Set OIDC_CLIENT_SECRET to"
)]
#[case::okta_no_secret(
    NO_SECRET,
    "invalid_client",
    "No client credentials found.",
    "requires one, but the app sent none"
)]
#[case::hydra_method(
    SECRET,
    "invalid_client",
    "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The OAuth 2.0 Client supports client authentication method 'client_secret_post', but method 'client_secret_basic' was requested.",
    "Set OIDC_CLIENT_AUTH_METHOD to"
)]
#[case::hydra_public(
    SECRET,
    "invalid_client",
    "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The OAuth 2.0 Client supports client authentication method 'none', but method 'client_secret_basic' was requested.",
    "Remove OIDC_CLIENT_SECRET"
)]
#[case::hydra_confidential(
    NO_SECRET,
    "invalid_client",
    "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The OAuth 2.0 Client supports client authentication method 'client_secret_basic', but method 'none' was requested.",
    "requires one, but the app sent none"
)]
#[case::spring_method(
    SECRET,
    "invalid_client",
    "Client authentication failed: authentication_method",
    "Set OIDC_CLIENT_AUTH_METHOD to"
)]
// The methods that the endpoint takes, whatever is wrong.
#[case::authlib_anything(
    SECRET,
    "invalid_client",
    "The client cannot authenticate with methods: ['client_secret_basic', 'client_secret_post', 'none']",
    "Set OIDC_CLIENT_SECRET to"
)]
#[case::authlib_no_secret(
    NO_SECRET,
    "invalid_client",
    "The client cannot authenticate with methods: ['client_secret_basic', 'client_secret_post', 'none']",
    "requires one, but the app sent none"
)]
#[case::authlib_other_methods(
    SECRET,
    "invalid_client",
    "The client cannot authenticate with methods: ['client_secret_post', 'none']",
    "Set OIDC_CLIENT_AUTH_METHOD to"
)]
#[case::ping_method(
    SECRET,
    "invalid_client",
    "Request denied: Unsupported authentication method",
    "Set OIDC_CLIENT_AUTH_METHOD to"
)]
#[case::google_secret_not_seen(
    SECRET,
    "invalid_request",
    "client_secret is missing.",
    "Set OIDC_CLIENT_AUTH_METHOD to"
)]
#[case::authentik_anything(
    SECRET,
    "invalid_client",
    "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).",
    "Set OIDC_CLIENT_SECRET to"
)]
#[case::gitlab_anything(
    SECRET,
    "invalid_client",
    "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
    "Set OIDC_CLIENT_SECRET to"
)]
#[tokio::test]
async fn a_client_that_is_refused_gets_one_remedy(
    #[case] secret: Option<&str>,
    #[case] error: &str,
    #[case] description: &str,
    #[case] remedy: &str,
) {
    const REMEDIES: [&str; 6] = [
        "Grant Types",
        "Set OIDC_CLIENT_SECRET to the application's secret, and",
        "requires one, but the app sent none",
        "Set OIDC_CLIENT_ID to",
        "Remove OIDC_CLIENT_SECRET",
        "Set OIDC_CLIENT_AUTH_METHOD to",
    ];
    let method = if secret.is_some() { "client_secret_basic" } else { "none" };
    let provider = provider(method, json!([method]));
    let refused = json!({"error": error, "error_description": description}).to_string();
    provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::json(400, &refused)));
    let settings: Vec<_> = secret.map(|secret| ("OIDC_CLIENT_SECRET", secret)).into_iter().collect();
    let page = TestApp::at_with(&provider, &settings).browser().sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The provider did not exchange the code"));
    let said = page.texts("main").join(" ");
    let given: Vec<_> = REMEDIES.iter().filter(|words| said.contains(**words)).collect();
    assert!(given.len() == 1 && given[0].contains(remedy), "{given:?}: {}", page.body);
    assert!(page.body.contains(&format!("authentication method was {method}.")), "{}", page.body);
}

const SECRET: Option<&str> = Some(CLIENT_SECRET);
const NO_SECRET: Option<&str> = None;

#[rstest]
#[case::none(json!(["none"]), "Remove OIDC_CLIENT_SECRET", "Authentication Method")]
#[case::none_in_another_case(json!(["None"]), "Remove OIDC_CLIENT_SECRET", "Authentication Method")]
#[case::none_as_text(json!("none"), "Remove OIDC_CLIENT_SECRET", "Authentication Method")]
#[case::none_and_another(json!(["private_key_jwt", "none"]), "Remove OIDC_CLIENT_SECRET", "Authentication Method")]
#[case::another(json!(["private_key_jwt"]), "Authentication Method", "Remove OIDC_CLIENT_SECRET")]
#[tokio::test]
async fn a_provider_that_takes_no_secret_is_told_before_the_sign_in_begins(
    #[case] offered: serde_json::Value,
    #[case] remedy: &str,
    #[case] other: &str,
) {
    let provider = provider("none", offered);
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let page = app.browser().login("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be used"));
    assert!(page.body.contains(remedy) && !page.body.contains(other), "{}", page.body);
    let report = check(&provider.issuer, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let change = report.lines["client-authentication"].change.as_deref().unwrap();
    assert!(change.contains(remedy) && !change.contains(other), "{change}");
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
