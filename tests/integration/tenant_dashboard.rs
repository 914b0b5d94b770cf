//! The instructor's dashboard of the demo tenant: its buttons, its log, and what guards it.

use futures_util::StreamExt;
use reqwest::Method;

use crate::support::{
    browser::{CLIENT, encoded},
    tenant::{TestTenant, request, to_organization},
};

#[tokio::test]
async fn there_is_one_button_for_each_pair() {
    let tenant = TestTenant::start();
    let page = tenant.browser().get("/").await;
    let buttons = |prefix: &str| page.test_ids(prefix);
    assert_eq!(buttons("disable-"), ["disable-org1-Okta1", "disable-org2-Okta2"]);
    assert_eq!(buttons("enable-org1-"), ["enable-org1-Username-Password-Authentication", "enable-org1-Okta2"]);
    assert_eq!(
        buttons("remove-member-"),
        ["remove-member-org1-alice@org1.example", "remove-member-org2-bob@org2.example"]
    );
    assert_eq!(buttons("add-member-org1-"), ["add-member-org1-carol@example.com", "add-member-org1-bob@org2.example"]);
}

#[tokio::test]
async fn a_change_that_was_made_meanwhile_is_told() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "enable-org1-Okta2").await;
    let twice = admin.press(&dashboard, "enable-org1-Okta2").await;
    assert_eq!(twice.status, 409);
    assert!(twice.body.contains("already enabled"));
}

#[tokio::test]
async fn names_can_be_refused_and_usage_be_changed() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    admin.press_at("/", "organization-names-off").await;
    let refused = tenant.browser().get(&to_organization("org1")).await;
    assert_eq!(
        refused.parameter("error_description").as_deref(),
        Some("authorization request parameter organization must be an organization id")
    );
    admin.press_at("/", "prompt-off").await;
    let refused = tenant.browser().get(&request(&[])).await;
    assert_eq!(
        refused.parameter("error_description").as_deref(),
        Some("parameter organization is required for this client")
    );
    admin.press_at("/", "usage-individuals").await;
    let page = tenant.browser().get(&request(&[])).await;
    assert_eq!(page.test_ids("connection-").len(), 3);
}

#[tokio::test]
async fn posts_from_other_sites_are_refused() {
    let tenant = TestTenant::start();
    for (name, value) in [
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ] {
        let browser = tenant.browser();
        let change = encoded(&[("change", "set-usage")]);
        let page = browser.send(Method::POST, "/", &[(name, value)], Some(change)).await;
        assert_eq!(page.status, 403, "{name}: {value}");
    }
}

#[tokio::test]
async fn other_hosts_are_refused_and_other_names_of_this_machine_redirected() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let port = tenant.issuer.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    for host in ["evil.example", &format!("evil.example:{port}"), "localhost", "localhost:1", "[::1]:1"] {
        assert_eq!(browser.send(Method::GET, "/", &[("host", host)], None).await.status, 421, "{host}");
    }
    for host in ["127.0.0.1", "[::1]"] {
        let host = format!("{host}:{port}");
        let page = browser.send(Method::GET, "/userinfo?a=b", &[("host", &host)], None).await;
        assert_eq!((page.status, page.header("location")), (307, Some(tenant.at("/userinfo?a=b").as_str())));
    }
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    for path in ["/", "/nothing", "/authorize", "/.well-known/jwks.json", &request(&[])] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(policy.contains("form-action 'self' http://localhost:3000"), "{path}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("server"), None);
    }
}

#[tokio::test]
async fn the_log_says_what_happens_while_one_watches() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let response = CLIENT.get(tenant.at("/events")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream();
    tenant.alice().await;
    let event = events.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&event).contains("data: "));
    let log = admin.get("/").await.text("log").unwrap();
    assert!(log.contains(r#""alice@org1.example" of "Okta1" signed in to "org1""#), "{log}");
}
