//! The report of a fault says what the app did. The app and the tenant are connected as in the binary.

use reqwest::Method;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page, with_query},
    log,
};

/// Each fault, in the page's order, and the end of its report.
const OUTCOMES: [(&str, &str); 18] = [
    ("not-a-member", "showed an error page: You are not a member of this organization"),
    ("consent-refused", "showed an error page: The sign-in was cancelled"),
    ("action-denied", "showed an error page: The provider denied access"),
    ("server-error", "showed an error page: The provider failed"),
    ("temporarily-unavailable", "showed an error page: The provider is busy"),
    ("token-endpoint-down", "showed an error page: The provider can't be reached"),
    ("slow", "logged the user in"),
    ("bad-signature", "refused the sign-in: Signature"),
    ("unknown-key", "refused the sign-in: Signature"),
    ("alg-none", "refused the sign-in: Algorithm (alg)"),
    ("expired", "refused the sign-in: Expiry (exp)"),
    ("wrong-nonce", "refused the sign-in: Nonce"),
    ("wrong-audience", "refused the sign-in: Audience (aud)"),
    ("wrong-issuer", "refused the sign-in: Issuer (iss)"),
    ("other-organization", "refused the sign-in: Organization (org_id, org_name)"),
    ("no-organization", "refused the sign-in: Organization (org_id, org_name)"),
    ("no-license", "logged the user in"),
    ("unknown-license", "logged the user in"),
];

/// What the dashboard's report of the last fault lists, without the times.
async fn observations(app: &TestApp) -> Vec<String> {
    let dashboard = Browser::new(&app.tenant).get("/").await;
    assert!(dashboard.has("last-fault"));
    let lines = dashboard.texts("[data-testid='last-fault'] li");
    lines.iter().map(|line| line.rsplit_once(", after ").unwrap().0.to_owned()).collect()
}

/// Signs alice in to org1 with a fault, up to the redirect that brings the response to the app.
async fn faulty_response(app: &TestApp, fault: &str) -> (Browser, Page) {
    Browser::new(&app.tenant).press_at("/", &format!("fault-{fault}")).await;
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    let response = browser.press(&page, "user-alice@org1.example").await;
    assert!(response.parameter("state").is_some(), "{fault}");
    (browser, response)
}

#[tokio::test]
async fn each_report_ends_with_what_the_app_did() {
    let app = TestApp::with_demo_tenant();
    let dashboard = Browser::new(&app.tenant).get("/").await;
    assert_eq!(dashboard.test_ids("fault-"), OUTCOMES.map(|(fault, _)| format!("fault-{fault}")));
    for (fault, outcome) in OUTCOMES {
        let (browser, response) = faulty_response(&app, fault).await;
        let state = response.parameter("state").unwrap();
        assert_eq!(observations(&app).await, [""; 0], "{fault}");
        browser.follow(response).await;
        let observations = observations(&app).await;
        assert_eq!(observations.last().unwrap(), outcome, "{fault}: {observations:?}");
        assert!(!Browser::new(&app.tenant).get("/").await.body.contains(&state), "{fault}");
        assert_eq!(log::lines_with(&state), [""; 0], "{fault}");
    }
}

#[tokio::test]
async fn the_report_of_an_unknown_key_shows_that_the_app_looked_for_it() {
    let app = TestApp::with_demo_tenant();
    let (browser, response) = faulty_response(&app, "unknown-key").await;
    browser.follow(response).await;
    assert!(observations(&app).await.contains(&"fetched the keys".to_owned()));
}

#[tokio::test]
async fn a_reload_of_the_error_page_is_not_a_second_outcome() {
    let app = TestApp::with_demo_tenant();
    let (browser, response) = faulty_response(&app, "server-error").await;
    for _ in 0..2 {
        let page = browser.get(response.location().unwrap().as_str()).await;
        assert_eq!(page.error_title(), "The provider failed");
    }
    assert_eq!(observations(&app).await, ["showed an error page: The provider failed"]);
}

#[tokio::test]
async fn another_users_sign_in_at_the_same_time_does_not_hide_the_outcome() {
    let app = TestApp::with_demo_tenant();
    let (alice, response) = faulty_response(&app, "wrong-nonce").await;
    app.browser().sign_in_as("bob@org2.example", "org2").await;
    alice.follow(response).await;
    let observations = observations(&app).await;
    assert_eq!(observations.last().unwrap(), "refused the sign-in: Nonce", "{observations:?}");
    assert!(!observations.contains(&"logged the user in".to_owned()), "that was bob: {observations:?}");
}

#[tokio::test]
async fn another_users_exchange_is_not_in_the_report() {
    let app = TestApp::with_demo_tenant();
    let (alice, bob) = (app.browser(), app.browser());
    let users = alice.sign_in("org1").await;
    Browser::new(&app.tenant).press_at("/", "fault-not-a-member").await;
    let refused = bob.press(&bob.sign_in("org2").await, "user-bob@org2.example").await;
    let welcome = alice.follow(alice.press(&users, "user-alice@org1.example").await).await;
    assert_eq!(welcome.status, 200);
    bob.follow(refused).await;
    assert_eq!(observations(&app).await, ["showed an error page: You are not a member of this organization"]);
}

/// Attack: a page of another site loads the keys as an image, so that the report says that the app fetched them, and
/// every open dashboard fetches itself again.
#[tokio::test]
async fn keys_that_others_fetch_are_not_in_the_report() {
    let app = TestApp::with_demo_tenant();
    let (browser, response) = faulty_response(&app, "server-error").await;
    let tenant = Browser::new(&app.tenant);
    let revision = async || tenant.get("/").await.attribute("main", "data-revision");
    let before = revision().await;
    for headers in [&[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "image")][..], &[]] {
        assert_eq!(tenant.send(Method::GET, "/.well-known/jwks.json", headers, None).await.status, 200);
    }
    assert_eq!((observations(&app).await, revision().await), (vec![], before));
    browser.follow(response).await;
    assert_eq!(observations(&app).await, ["showed an error page: The provider failed"]);
}

/// Attack: a browser that knows `state` makes up a response, so that the report shows what the app did with that.
#[tokio::test]
async fn a_forged_response_is_not_in_the_report() {
    let app = TestApp::with_demo_tenant();
    let (browser, response) = faulty_response(&app, "bad-signature").await;
    let state = response.parameter("state").unwrap();
    let forged = [("error", "access_denied"), ("error_description", "<b>the app is broken</b>"), ("state", &*state)];
    assert_eq!(browser.get(&with_query("/", &forged)).await.status, 403);
    assert_eq!(observations(&app).await, [""; 0]);
    // Nor can another browser speak for the one that signs in.
    let stolen = app.browser().follow(response).await;
    assert_eq!(stolen.error_title(), "This sign-in was not started in this browser");
    assert_eq!(observations(&app).await, [""; 0]);
}

/// Attack: a browser that knows `state` makes up a code.
#[tokio::test]
async fn a_forged_code_is_not_in_the_report() {
    let app = TestApp::with_demo_tenant();
    let (browser, response) = faulty_response(&app, "no-license").await;
    let state = response.parameter("state").unwrap();
    let forged = browser.get(&with_query("/", &[("code", "made-up"), ("state", &*state)])).await;
    assert!(forged.status >= 400);
    assert_eq!(observations(&app).await, [""; 0]);
}
