//! A provider that is down: the app says so, and goes on by itself once it is back.

use reqwest::Method;
use serde_json::Value;

use crate::support::{
    app::{TestApp, free_port},
    behaviour::Trouble,
    browser::Browser,
    instance::SECRET,
    log,
    provider::Provider,
    wait_until,
};

#[tokio::test]
async fn the_app_starts_without_its_provider_and_signs_in_once_it_is_there() {
    let socket = free_port();
    let address = socket.local_addr().unwrap();
    drop(socket); // nobody listens there now
    let issuer = format!("http://{address}/");
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &issuer), ("OIDC_CLIENT_ID", "orglab")]);
    let browser = app.browser();

    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("provider"), "{}", page.body);
    let page = browser.login("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be reached"));
    assert!(page.text("error-reference").is_some_and(|reference| reference.len() == 8));
    assert_eq!(readiness(&browser).await, (503, "unreachable".to_owned()));
    assert_eq!(browser.get("/healthz").await.status, 200);

    let provider = Provider::on(std::net::TcpListener::bind(address).unwrap());
    assert_eq!(provider.issuer, issuer);
    let page = browser.sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(readiness(&browser).await, (200, "ok".to_owned()));
}

async fn readiness(browser: &Browser) -> (u16, String) {
    let page = browser.get("/readyz").await;
    let body: Value = serde_json::from_str(&page.body).unwrap();
    (page.status, body["provider"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_notice_stands_on_the_page_while_the_provider_is_down_and_no_longer() {
    let provider = Provider::that(|behaviour| {
        behaviour.discovery_trouble = Some(Trouble::Answer(503, "text/html", "<h1>Maintenance</h1>".to_owned()));
    });
    let app = TestApp::at(&provider);
    let down = app.browser().get("/").await;
    assert_eq!(down.status, 200);
    provider.repent();
    let up = app.browser().get("/").await;
    assert_eq!(up.status, 200);
    let notice = |body: &str| body.contains("can't be reached") || body.contains("can&#39;t be reached");
    assert!(notice(&down.body) && !notice(&up.body), "{}", down.body);
}

#[tokio::test]
async fn a_provider_that_goes_down_while_the_app_runs_is_noticed() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    provider.now(|behaviour| behaviour.discovery_trouble = Some(Trouble::Answer(500, "text/plain", String::new())));
    wait_until("the notice", async || readiness(&browser).await.0 == 503).await;
    assert!(browser.profile().await.is_some(), "who is signed in works on");
    for accept in ["application/json", "Application/JSON"] {
        let page = browser.send(Method::GET, "/login", &[("accept", accept)], None).await;
        assert_eq!((page.status, page.header("content-type")), (503, Some("application/problem+json")), "{accept}");
    }
}

/// A refusal that could not be held against the provider, which was down, is reported once it can be.
#[tokio::test]
async fn a_refusal_is_recorded_though_the_provider_was_down_when_it_first_came() {
    let provider = Provider::start();
    let settings = [("ORGANIZATION_IDS", "org1=org_org1"), ("SESSION_SECRET", SECRET)];
    let (one, other) = (TestApp::at_with(&provider, &settings), TestApp::at_with(&provider, &settings));
    let browser = one.browser();
    let state = browser.login("org1").await.parameter("state").unwrap();
    let browser = browser.at(&other.base); // which has not met the provider yet
    let answer = format!("/callback?error=access_denied&state={state}");

    provider.now(|behaviour| behaviour.discovery_trouble = Some(Trouble::Answer(500, "text/plain", String::new())));
    let page = browser.get(&answer).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be reached"));
    let reference = page.text("error-reference").unwrap();
    assert_eq!(log::lines_with(&reference).len(), 2, "the request, and what went wrong");
    provider.repent();
    let refused = browser.get(&answer).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let again = browser.get(&answer).await;
    assert_eq!(again.text("error-reference"), refused.text("error-reference"), "a reload is no new refusal");

    let member = other.browser();
    member.sign_in("org1").await;
    let activity = member.get("/features/activity").await;
    assert_eq!(activity.body.matches(&refused.text("error-reference").unwrap()).count(), 1, "{}", activity.body);
    assert!(!activity.body.contains(&reference), "{}", activity.body);
}
