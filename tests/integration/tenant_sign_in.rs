//! Signing in at the demo tenant with an application's authorization request.

use openidconnect::core::CoreProviderMetadata;

use crate::support::tenant::{APPLICATION, TestTenant, request, to_organization};

#[tokio::test]
async fn discovery_is_read_by_a_library_and_names_the_issuer() {
    let tenant = TestTenant::start();
    let page = tenant.browser().get("/.well-known/openid-configuration").await;
    let metadata: CoreProviderMetadata = serde_json::from_str(&page.body).unwrap();
    assert_eq!(metadata.issuer().as_str(), tenant.issuer);
    assert_eq!(metadata.jwks_uri().as_str(), tenant.at("/.well-known/jwks.json"));
    assert_eq!(page.headers.get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn alice_signs_in_to_org1_straight_at_her_connection() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let to_org1 = to_organization("ORG1");
    let page = browser.get(&to_org1).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("no passwords"));
    assert_eq!(page.test_ids("user-"), ["user-alice@org1.example"]);
    let response = browser.press(&page, "user-alice@org1.example").await;
    assert!(response.header("location").unwrap().starts_with("http://localhost:3000/?code="));
    assert_eq!(response.parameter("state").as_deref(), Some("the-state"));
    let claims = tenant.claims(&response).await;
    assert_eq!(claims["https://myapp.com/license"], "corporate");
    assert_eq!(claims["https://myapp.com/organization"], "org1");
    assert_eq!(claims["org_name"], "org1");
    assert_eq!(claims["email"], "alice@org1.example");
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!(claims["aud"], "orglab");
    assert_eq!(claims["iss"], tenant.issuer);
}

#[tokio::test]
async fn the_session_signs_in_again_without_asking_and_logout_ends_it() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let to_org1 = to_organization("org1");
    browser.authenticate(&to_org1, "alice@org1.example").await;
    assert_eq!(browser.cookies_named(""), [tenant.session_cookie()]);
    assert!(browser.get(&to_org1).await.parameter("code").is_some());
    assert!(tenant.browser().get(&to_org1).await.has("user-alice@org1.example"), "another browser is asked");

    for prompt in ["login", "select_account"] {
        let anew = request(&[("organization", "org1"), ("prompt", prompt)]);
        assert!(browser.get(&anew).await.has("user-alice@org1.example"));
    }
    let gone = browser.get("/oidc/logout?client_id=orglab&post_logout_redirect_uri=http://localhost:3000").await;
    assert_eq!(gone.header("location"), Some(APPLICATION));
    assert!(browser.get(&to_org1).await.has("user-alice@org1.example"));
}

#[tokio::test]
async fn a_session_of_another_connection_is_passed_over() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    browser.authenticate(&to_organization("org1"), "alice@org1.example").await;
    let page = browser.get(&to_organization("org2")).await;
    assert_eq!(page.test_ids("user-"), ["user-bob@org2.example"]);
}

#[tokio::test]
async fn a_silent_request_gets_its_response_without_a_page() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let silent = request(&[("organization", "org1"), ("prompt", "none")]);
    assert_eq!(browser.get(&silent).await.parameter("error").as_deref(), Some("login_required"));
    browser.authenticate(&to_organization("org1"), "alice@org1.example").await;
    assert!(browser.get(&silent).await.parameter("code").is_some());
    let nowhere = request(&[("prompt", "none")]);
    assert_eq!(browser.get(&nowhere).await.parameter("error").as_deref(), Some("interaction_required"));
}

#[tokio::test]
async fn max_age_asks_again_and_tells_the_time() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    browser.authenticate(&to_organization("org1"), "alice@org1.example").await;
    let within_the_hour = request(&[("organization", "org1"), ("max_age", "3600")]);
    let response = browser.get(&within_the_hour).await;
    assert!(tenant.claims(&response).await["auth_time"].is_i64());
    let now = request(&[("organization", "org1"), ("max_age", "0")]);
    assert!(browser.get(&now).await.has("user-alice@org1.example"));
}

#[tokio::test]
async fn the_tenant_asks_for_the_organization_where_the_application_names_none() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let page = browser.get(&request(&[])).await;
    assert!(page.has("organization") && page.has("continue") && page.has("cancel"));
    let unknown = browser.press_with(&page, "continue", &[("typed_organization", "org9")]).await;
    assert!(unknown.body.contains("org9") && unknown.has("organization"));
    // With what comes along when a name is pasted.
    let page = browser.press_with(&unknown, "continue", &[("typed_organization", "\u{feff} Or\u{ad}g2\u{200b}")]).await;
    let response = browser.press(&page, "user-bob@org2.example").await;
    assert_eq!(tenant.claims(&response).await["org_name"], "org2");
}

#[tokio::test]
async fn an_unknown_organization_is_refused_by_name_at_the_callback() {
    let tenant = TestTenant::start();
    let response = tenant.browser().get(&to_organization("org9")).await;
    assert_eq!(response.parameter("error").as_deref(), Some("invalid_request"));
    assert!(response.parameter("error_description").unwrap().contains("org9"));
    assert_eq!(response.parameter("code"), None);
}

#[tokio::test]
async fn cancel_takes_a_refusal_back_to_the_application() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let page = browser.get(&to_organization("org1")).await;
    let response = browser.press(&page, "cancel").await;
    assert_eq!(response.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(response.parameter("error_description").as_deref(), Some("User did not authorize the request"));
    assert_eq!(response.parameter("state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn a_user_of_a_connection_that_is_not_enabled_cannot_be_smuggled_in() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let page = browser.get(&to_organization("org2")).await;
    let bob = page.body.split("okta|Okta2|").nth(1).unwrap().split('"').next().unwrap();
    let to_org1 = to_organization("org1");
    let page = browser.post(&to_org1, &[("user_id", &format!("okta|Okta2|{bob}"))]).await;
    assert_eq!((page.status, page.header("location")), (200, None));
    assert!(page.has("user-alice@org1.example"));
}

#[tokio::test]
async fn logout_returns_to_registered_addresses_alone() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let page = browser.get("/v2/logout?client_id=orglab&returnTo=http://localhost:3000/&federated").await;
    assert_eq!(page.header("location"), Some("http://localhost:3000/"));
    for path in
        ["/v2/logout?returnTo=http://evil.example", "/oidc/logout?post_logout_redirect_uri=http://LOCALHOST:3000"]
    {
        let page = browser.get(path).await;
        assert_eq!((page.status, page.header("location")), (400, None));
    }
    assert_eq!(browser.get("/oidc/logout").await.status, 200);
}
