//! What error pages advise: it fits what went wrong, and the provider where it did.

use chrono::TimeDelta;
use orglab::clock::Clock;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::Trouble,
    browser::{Page, with_query},
    provider::Provider,
};

/// The texts of the page's message.
fn message(page: &Page) -> String {
    page.texts("article > p").join(" ")
}

/// A time that many seconds from now.
fn seconds_from_now(seconds: i64) -> Value {
    (Clock::system().now() + TimeDelta::seconds(seconds)).timestamp().into()
}

#[rstest]
#[case::no_expiry("exp", json!(null), "Expiry (exp): failed. The provider's token lacks it")]
#[case::no_time_of_issue("iat", json!(null), "Time of issue (iat): failed. The provider's token lacks it")]
#[case::expiry_as_text("exp", json!("1999999999"), "Expiry (exp): failed. In the provider's token it is not a number")]
#[case::expiry_as_date("exp", json!("2030-01-01T00:00:00Z"), "Expiry (exp): failed. In the provider's token it is not a number")]
#[case::time_of_issue_as_text("iat", json!("1999999999"), "Time of issue (iat): failed. In the provider's token it is not a number")]
#[case::time_of_issue_as_a_list("iat", json!([1_999_999_999]), "Time of issue (iat): failed. In the provider's token it is not a number")]
#[case::start_as_text("nbf", json!("soon"), "Not before (nbf): failed. In the provider's token it is not a number")]
#[case::start_as_truth("nbf", json!(true), "Not before (nbf): failed. In the provider's token it is not a number")]
#[tokio::test]
async fn a_time_that_a_token_lacks_is_no_fault_of_the_clock(
    #[case] claim: &'static str,
    #[case] value: Value,
    #[case] says: &str,
) {
    // A null takes a claim away.
    let provider = Provider::that_says(json!({ claim: value }));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The ID token can't be trusted"));
    let text = message(&page);
    assert!(text.contains(says) && text.contains("seconds since 1970"), "{text}");
    assert!(!text.contains("clock"), "{text}");
}

/// An hour is no difference between clocks that anybody would overlook; two minutes may be.
#[rstest]
#[case::expired_long_ago("exp", -3600, "old token")]
#[case::issued_days_ago("iat", -3 * 86_400, "old token")]
#[case::issued_in_an_hour("iat", 3600, "old token")]
#[case::not_yet_valid("nbf", 3600, "old token")]
#[case::expired_just_now("exp", -120, "clock")]
#[case::issued_in_two_minutes("iat", 120, "clock")]
#[case::valid_in_two_minutes("nbf", 120, "clock")]
#[tokio::test]
async fn a_token_out_of_its_time_is_an_old_token_first_and_the_clock_second_or_the_other_way_round_by_the_difference(
    #[case] claim: &'static str,
    #[case] seconds: i64,
    #[case] first: &str,
) {
    let provider = Provider::that_says(json!({ claim: seconds_from_now(seconds) }));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!(page.status, 502);
    let text = message(&page);
    let (old_token, clock) = (text.find("old token").unwrap(), text.find("clock").unwrap());
    assert_eq!(if old_token < clock { "old token" } else { "clock" }, first, "{text}");
}

const SECRET: &str = "the provider requires one, but the app sent none";
const SINGLE_PAGE: &str = "not under Single-page application";
const WRONG_SECRET: &str = "OIDC_CLIENT_SECRET to the application's secret, and OIDC_CLIENT_AUTH_METHOD";
const UNKNOWN: &str = "OIDC_CLIENT_ID to the application's client ID";
const GRANT: &str = "grant type Authorization Code";

#[rstest]
#[case::google(400, "invalid_request", "client_secret is missing.", SECRET)]
#[case::keycloak(401, "unauthorized_client", "Client secret not provided in request", SECRET)]
#[case::entra(
    401,
    "invalid_client",
    "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    SECRET
)]
#[case::either(400, "invalid_request", "client_assertion or client_secret required", SECRET)]
#[case::no_credentials(401, "invalid_client", "No client credentials found.", SECRET)]
#[case::authentication(401, "invalid_client", "Client authentication is required", SECRET)]
#[case::hydra(
    401,
    "invalid_client",
    "The OAuth 2.0 Client supports client authentication method 'client_secret_basic', but method 'none' was requested.",
    SECRET
)]
#[case::single_page(
    400,
    "invalid_request",
    "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin \
     requests. Trace ID: 1",
    SINGLE_PAGE
)]
#[case::any_of_the_standards_reasons(
    401,
    "invalid_client",
    "Client authentication failed due to unknown client, no client authentication included, or unsupported \
     authentication method.",
    SECRET
)]
#[case::auth0(401, "access_denied", "Unauthorized", SECRET)]
#[case::unknown_client(401, "invalid_client", "Client not found", UNKNOWN)]
#[case::grant(400, "unauthorized_client", "Grant type 'authorization_code' not allowed for the client.", GRANT)]
#[tokio::test]
async fn a_token_endpoint_that_refuses_gets_the_advice_that_its_words_ask_for(
    #[case] status: u16,
    #[case] error: &str,
    #[case] description: &str,
    #[case] advice: &str,
) {
    let body = json!({"error": error, "error_description": description}).to_string();
    let provider = Provider::that(|behaviour| behaviour.token_trouble = Some(Trouble::json(status, &body)));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!(page.text("error-description").as_deref(), Some(description));
    let text = message(&page);
    assert!(text.contains(advice), "{text}");
    for other in [SECRET, SINGLE_PAGE, WRONG_SECRET, UNKNOWN, GRANT].into_iter().filter(|other| *other != advice) {
        assert!(!text.contains(other), "{text}");
    }
}

/// A provider may pass over a parameter that it does not know (RFC 6749, 3.1), or refuse it.
#[rstest]
#[case::ignored(
    Provider::that_says(json!({"org_id": null, "org_name": null})),
    502,
    "The ID token names no organization"
)]
#[case::refused(
    Provider::that_refuses("invalid_request", "Unknown parameter: organization"),
    400,
    "The provider does not support organizations"
)]
#[case::refused_in_other_words(
    Provider::that_refuses("invalid_request", "The request parameter 'organization' is not supported."),
    400,
    "The provider does not support organizations"
)]
#[tokio::test]
async fn a_provider_without_organizations_leaves_a_way_to_sign_in(
    #[case] provider: Provider,
    #[case] status: u16,
    #[case] title: &str,
) {
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.get("/login?organization=org1&return_to=/trace").await;
    let page = browser.follow(login).await;
    assert_eq!((page.status, page.error_title().as_str()), (status, title));
    let text = message(&page);
    assert!(
        text.to_lowercase().contains("continue without an organization") && !text.contains("Applications"),
        "{text}"
    );
    assert_eq!(browser.profile().await, None);
    assert_eq!(page.test_ids("continue-without-organization").len(), 1);
    let way = page.attribute("a[data-testid='continue-without-organization']", "href");
    provider.repent();
    let login = browser.get(&way).await;
    assert_eq!(login.parameter("organization"), None);
    assert_eq!(browser.follow(login).await.url.path(), "/trace");
}

/// A refusal of the name of an organization is none of the parameter, whatever the organization is called.
#[rstest]
#[case("organization unknown-parameter does not exist", "Organization not found")]
#[case(
    "authorization request parameter organization must be an organization id",
    "The provider does not accept organization names"
)]
#[tokio::test]
async fn a_provider_that_knows_organizations_is_not_said_to_know_none(#[case] description: &str, #[case] title: &str) {
    let provider = Provider::that_refuses("invalid_request", description);
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!(page.error_title(), title);
    assert!(!page.has("continue-without-organization"));
}

/// The page's link to the demo tenant's dashboard leads to a place that exists, and comes before Auth0's menus.
async fn assert_leads_to_the_dashboard(app: &TestApp, page: &Page, block: &str) {
    let link = page.attribute(&format!("{block} a[href^='{}/#']", app.tenant), "href");
    let dashboard = app.browser().get(&link).await;
    let (_, section) = link.split_once('#').unwrap();
    assert!(!dashboard.texts(&format!("[id='{section}']")).is_empty(), "{link} leads nowhere");
    let text = page.texts(&format!("{block}:has(a[href^='{}/#'])", app.tenant)).remove(0);
    let [dashboard, auth0] = ["dashboard", "Auth0"].map(|word| text.find(word));
    assert!(dashboard.is_some() && (auth0.is_none() || dashboard < auth0), "{text}");
}

/// Whatever an error response says.
#[rstest]
#[case("access_denied", "")]
#[case("access_denied", "Sign-ins are closed on weekends.")]
#[case("access_denied", "user okta|Okta2|00u is not part of the org_a organization")]
#[case("access_denied", "client requires organization membership, but user does not belong to any organization")]
#[case("access_denied", "the specified account is not allowed to accept the current invitation")]
#[case("unauthorized", "user is blocked")]
#[case("mfa_required", "")]
#[case("invalid_request", "")]
#[case("invalid_request", "organization org1 does not exist")]
#[case("invalid_request", "authorization request parameter organization must be an organization id")]
#[case("invalid_request", "parameter organization is required for this client")]
#[case("invalid_request", "parameter organization is not allowed for this client")]
#[case("invalid_request", "the connection is not enabled for the organization")]
#[case("invalid_request", "invitation not found or already used")]
#[case("unauthorized_client", "")]
#[case("invalid_scope", "")]
#[case("unsupported_response_type", "")]
#[case("server_error", "")]
#[case("temporarily_unavailable", "")]
#[case("teapot", "")]
#[tokio::test]
async fn with_the_demo_tenant_advice_names_its_dashboard_first(#[case] error: &str, #[case] description: &str) {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let state = browser.login("org1").await.parameter("state").unwrap();
    let words = [("error", error), ("error_description", description), ("state", &state)];
    let page = browser.get(&with_query("/callback", &words)).await;
    assert_eq!(page.text("error-code").as_deref(), Some(error));
    assert_leads_to_the_dashboard(&app, &page, "article > p").await;
}

#[rstest]
#[case::the_token("expired")]
#[case::a_forgery("bad-signature")]
#[case::the_algorithm("alg-none")]
#[case::the_token_endpoint("token-endpoint-down")]
#[case::the_organization("no-organization")]
#[case::another_organization("other-organization")]
#[tokio::test]
async fn with_the_demo_tenant_advice_on_its_faults_names_its_dashboard_first(#[case] fault: &str) {
    let app = TestApp::with_demo_tenant();
    app.script().await.fault(fault).await;
    let page = app.browser().sign_in_as("alice@org1.example", "org1").await;
    page.error_title();
    assert_leads_to_the_dashboard(&app, &page, "article > p").await;
    assert!(!page.has("continue-without-organization"), "it knows organizations, as Auth0 does");
}

#[tokio::test]
async fn with_the_demo_tenant_advice_on_licenses_names_its_dashboard_first() {
    let app = TestApp::with_demo_tenant();
    app.script().await.checkpoint("business-login").await;
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    for path in ["/", "/features", "/profile"] {
        assert_leads_to_the_dashboard(&app, &browser.get(path).await, "p.notice").await;
    }
    assert_leads_to_the_dashboard(&app, &browser.get("/features/board").await, "article > p").await;
}

#[tokio::test]
async fn with_another_provider_no_advice_names_the_demo_tenant() {
    let provider = Provider::that_says(json!({"org_name": null}));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    let text = message(&page);
    assert!(text.contains("Allow Organization Names") && !text.contains("dashboard"), "{text}");
}
