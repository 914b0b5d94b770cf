//! Open dashboards show every change: the stream of events says that something has changed, and the page shows it.

use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::{StreamExt, stream::LocalBoxStream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{browser::CLIENT, tenant::TestTenant};

/// How soon a change must show.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What browsers accept.
const ENCODINGS: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

/// The stream of events, as a browser gets it.
struct Events<'a> {
    tenant: &'a TestTenant,
    stream: LocalBoxStream<'static, reqwest::Result<Bytes>>,
}

impl<'a> Events<'a> {
    async fn of(tenant: &'a TestTenant) -> Self {
        let response = CLIENT.get(tenant.at("/events")).header(ENCODINGS.0, ENCODINGS.1).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        // actix-web would hold events back until it has enough of them to compress.
        assert_eq!(response.headers().get("content-encoding"), None);
        Self { tenant, stream: response.bytes_stream().boxed_local() }
    }

    /// The revision in the next event; in the last one, if several come together.
    async fn next(&mut self) -> String {
        let event = timeout(AT_ONCE, self.stream.next()).await;
        let event = event.unwrap_or_else(|_| panic!("no event within a second")).unwrap().unwrap();
        let text = String::from_utf8_lossy(&event);
        text.trim_end().rsplit("data: ").next().unwrap().to_owned()
    }

    /// Makes a change, and waits for the event whose revision a page then shows.
    async fn expect_after(&mut self, change: impl Future) {
        change.await;
        let mut said = self.next().await;
        while said != shown(self.tenant).await {
            said = self.next().await;
        }
    }
}

/// The revision that the page shows.
async fn shown(tenant: &TestTenant) -> String {
    tenant.browser().get("/").await.attribute("main", "data-revision")
}

#[tokio::test]
async fn the_stream_begins_with_the_revision_that_the_page_shows() {
    let tenant = TestTenant::start();
    assert_eq!(Events::of(&tenant).await.next().await, shown(&tenant).await);
}

#[tokio::test]
async fn a_restarted_tenant_has_another_revision() {
    assert_ne!(shown(&TestTenant::start()).await, shown(&TestTenant::start()).await);
}

#[tokio::test]
async fn reading_makes_no_revision() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let before = shown(&tenant).await;
    for path in ["organizations", "connections", "users", "clients", "logs"] {
        script.get(&format!("/v2/{path}")).await;
    }
    for path in
        ["/api/checkpoints", "/api/faults", "/.well-known/openid-configuration", "/.well-known/jwks.json", "/nothing"]
    {
        tenant.browser().get(path).await;
    }
    assert_eq!(shown(&tenant).await, before);
}

#[tokio::test]
async fn every_change_makes_an_event_immediately() {
    let tenant = TestTenant::start();
    let (instructor, script) = (tenant.browser(), tenant.script().await);
    let org1 = format!("/v2/organizations/{}", script.organization("org1").await);
    let mut events = Events::of(&tenant).await;
    assert_eq!(events.next().await, shown(&tenant).await);

    events.expect_after(instructor.press_at("/", "enable-org1-Okta2")).await;
    events.expect_after(instructor.press_at("/", "prompt-off")).await;
    events.expect_after(script.ok("POST", "/v2/organizations", json!({"name": "org3"}))).await;
    events.expect_after(script.ok("POST", "/v2/connections", json!({"name": "Okta3", "strategy": "okta"}))).await;
    let user = json!({"connection": "Okta1", "email": "new@org1.example"});
    events.expect_after(script.ok("POST", "/v2/users", user)).await;
    events.expect_after(script.ok("PATCH", &org1, json!({"display_name": "The first"}))).await;
    events.expect_after(script.ok("PATCH", "/v2/tenants/settings", json!({"friendly_name": "Lab"}))).await;
    events.expect_after(tenant.alice()).await;
    events.expect_after(script.fault("slow")).await;
    events.expect_after(script.ok("DELETE", "/faults", Value::Null)).await;
    events.expect_after(script.fault("wrong-nonce")).await;
    events.expect_after(tenant.alice()).await;
    events.expect_after(script.ok("POST", "/checkpoints/login", json!({"clear_log": true}))).await;
}

/// The attack: a page of another site opens streams until the tenant is out of memory.
#[tokio::test]
async fn other_sites_get_no_stream() {
    let tenant = TestTenant::start();
    for headers in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "http://evil.example")]
    {
        let refused = tenant.browser().send(Method::GET, "/events", &[headers], None).await;
        assert_eq!(refused.status, 403, "{headers:?}");
    }
}
