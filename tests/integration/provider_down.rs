//! A provider that is down: the app says so, and goes on by itself once it is back.

use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, closed_port, free_port},
    behaviour::{Behaviour, Trouble},
    browser::{Browser, Page},
    instance::{SECRET, signed_in},
    log,
    provider::Provider,
    token::Draft,
    wait_until,
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn failing() -> Trouble {
    Trouble::Response(500, "text/plain", String::new())
}

fn has_notice(page: &Page) -> bool {
    page.body.replace("&#39;", "'").contains("The provider can't be ")
}

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
        behaviour.discovery_trouble = Some(Trouble::Response(503, "text/html", "<h1>Maintenance</h1>".to_owned()));
    });
    let app = TestApp::at(&provider);
    let down = app.browser().get("/").await;
    assert_eq!(down.status, 200);
    provider.repent();
    let up = app.browser().get("/").await;
    assert_eq!(up.status, 200);
    assert!(has_notice(&down) && !has_notice(&up), "{}", down.body);
}

#[tokio::test]
async fn a_provider_that_goes_down_while_the_app_runs_is_noticed() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    provider.now(|behaviour| behaviour.discovery_trouble = Some(failing()));
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
    let base_url = ("APP_BASE_URL", "https://lab.example.com"); // both have this one
    let settings = [base_url, ("ORGANIZATION_IDS", "org1=org_org1"), ("SESSION_SECRET", SECRET)];
    let (one, other) = (TestApp::at_with(&provider, &settings), TestApp::at_with(&provider, &settings));
    let browser = one.browser();
    let state = browser.login("org1").await.parameter("state").unwrap();
    let browser = browser.at(&other.base); // which has not met the provider yet
    let response = format!("/callback?error=access_denied&state={state}");

    provider.now(|behaviour| behaviour.discovery_trouble = Some(failing()));
    let page = browser.get(&response).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be used"));
    let reference = page.text("error-reference").unwrap();
    assert_eq!(log::lines_with(&reference).len(), 2, "the request, and what went wrong");
    provider.repent();
    let refused = browser.get(&response).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let again = browser.get(&response).await;
    assert_eq!(again.text("error-reference"), refused.text("error-reference"), "a reload is no new refusal");

    let member = signed_in(&other.base).await;
    let activity = member.get("/features/activity").await;
    assert_eq!(activity.body.matches(&refused.text("error-reference").unwrap()).count(), 1, "{}", activity.body);
    assert!(!activity.body.contains(&reference), "{}", activity.body);
}

/// A page that waits for only two seconds gives up alone. Requests that may wait longer get the result of its fetch.
#[tokio::test]
async fn the_hastiest_caller_does_not_decide_for_all_who_share_a_fetch() {
    let late = Some(Trouble::Late(Duration::from_secs(3)));
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = late);
    let app = TestApp::at(&provider);
    let (fronts, users): (Vec<_>, Vec<_>) = (0..5).map(|_| (app.browser(), app.browser())).unzip();
    let hasty = join_all(fronts.iter().map(|browser| browser.get("/")));
    let patient = async {
        wait_until("a fetch for the front page", async || !provider.received(DISCOVERY).is_empty()).await;
        join_all(users.iter().map(|browser| browser.login("org1"))).await
    };
    let (fronts, logins) = join(hasty, patient).await;
    assert!(fronts.iter().all(|page| page.status == 200 && has_notice(page)), "{:?}", fronts[0]);
    assert_eq!(logins.iter().map(|page| page.status).collect::<Vec<_>>(), [303; 5]);
    assert_eq!(provider.received(DISCOVERY).len(), 1, "one fetch for all");
}

/// The fetch continues after the request that started it has gone. The next request gets its result.
#[tokio::test]
async fn a_fetch_outlives_the_request_that_began_it() {
    let late = Some(Trouble::Late(Duration::from_secs(3)));
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = late);
    let app = TestApp::at(&provider);
    assert!(has_notice(&app.browser().get("/").await), "the page waits for two seconds");
    assert_eq!(app.browser().login("org1").await.status, 303);
    assert_eq!(provider.received(DISCOVERY).len(), 1);
}

/// A request that joined a failed fetch has time left, and tries once more: the fetch began before the provider was
/// back.
#[tokio::test]
async fn a_fetch_that_hangs_holds_up_nobody_who_comes_when_the_provider_is_back() {
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(Trouble::Hang));
    let app = TestApp::at(&provider);
    assert!(has_notice(&app.browser().get("/").await));
    provider.repent();
    assert_eq!(app.browser().login("org1").await.status, 303);
}

/// An app has the provider's metadata when the provider fails: the metadata is too old for a new sign-in.
async fn at_a_provider_that_has_gone(provider: &Provider, app: &TestApp) {
    provider.now(|behaviour| behaviour.discovery_trouble = Some(failing()));
    wait_until("the app to notice", async || readiness(&app.browser()).await.0 == 503).await;
    assert!(has_notice(&app.browser().get("/").await));
    assert_eq!(app.browser().login("org1").await.status, 503, "a new sign-in needs a provider that is there");
}

#[tokio::test]
async fn what_was_known_of_the_provider_completes_a_sign_in_while_it_cannot_be_asked() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.login("org1").await;
    at_a_provider_that_has_gone(&provider, &app).await;
    let page = browser.follow(login).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

#[tokio::test]
async fn what_was_known_of_the_provider_ends_its_session_and_takes_its_logout_tokens_while_it_cannot_be_asked() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (one, other) = (app.browser(), app.browser());
    one.sign_in("org1").await;
    other.sign_in("org1").await;
    at_a_provider_that_has_gone(&provider, &app).await;
    let there = one.log_out().await.location().unwrap();
    assert!(there.as_str().starts_with(&format!("{}logout?", provider.issuer)), "{there}");
    let ended = provider.logout_token(|token: &mut Draft| token.claim(json!({"sid": "a session"})));
    let page = other.post("/backchannel-logout", &[("logout_token", &ended)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(other.profile().await, None);
}

/// An instance that can't exchange a code because the provider is unavailable: the attempt is not used up, and the
/// callback completes once the provider is back (here, at another instance, which has no cached metadata).
async fn assert_the_attempt_outlives(title: &str, misbehaves: impl FnOnce(&mut Behaviour)) {
    let provider = Provider::start();
    let settings = [("APP_BASE_URL", "https://lab.example.com"), ("SESSION_SECRET", SECRET)];
    let [one, two, three] = [(); 3].map(|()| TestApp::at_with(&provider, &settings));
    let browser = one.browser();
    let response = browser.response("org1").await;
    let response = format!("/callback?{}", response.query().unwrap());
    let browser = browser.at(&two.base); // which has no cached metadata
    provider.now(misbehaves);
    let page = browser.get(&response).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, title));
    assert_eq!(browser.cookies_named("__Host-orglab_attempt").len(), 1, "the attempt stays");
    assert!(provider.received("/token").is_empty(), "the code was not sent");
    provider.repent();
    let browser = browser.at(&three.base);
    assert_eq!(browser.get(&response).await.header("location"), Some("/profile"));
    assert_eq!(browser.cookies_named("__Host-orglab_attempt"), Vec::<String>::new(), "its code was sent");
}

#[tokio::test]
async fn an_attempt_is_not_used_up_where_the_provider_could_not_be_asked() {
    let title = "The provider can't be used";
    assert_the_attempt_outlives(title, |behaviour| behaviour.discovery_trouble = Some(failing())).await;
}

#[tokio::test]
async fn an_attempt_is_not_used_up_where_there_was_no_connection_to_send_its_code_over() {
    let socket = closed_port();
    let nowhere = format!("http://{}/token", socket.local_addr().unwrap());
    let title = "The provider can't be reached";
    assert_the_attempt_outlives(title, |behaviour| behaviour.discover(json!({"token_endpoint": nowhere}))).await;
}
