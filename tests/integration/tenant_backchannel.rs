//! The demo tenant tells the application when sessions end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use data_encoding::BASE64URL_NOPAD;
use orglab::{
    clock::Clock,
    demo_tenant::{Checkpoint, ClientRegistration},
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, sync::Semaphore};

use crate::{
    support::{raw, wait_until},
    tenant_support::{APPLICATION, Browser, Script, TestTenant, attempt},
};

type Received = Arc<Mutex<Vec<Value>>>;

/// An application that takes logout tokens, and a tenant that it is registered with.
fn start(checkpoint: Checkpoint) -> (TestTenant, Received, ServerHandle) {
    let open = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    start_behind(&open, checkpoint)
}

/// The same, but the application answers only once the gate is open.
fn start_behind(gate: &Arc<Semaphore>, checkpoint: Checkpoint) -> (TestTenant, Received, ServerHandle) {
    let received = Received::default();
    let data = web::Data::new(received.clone());
    let gate = web::Data::from(Arc::clone(gate));
    let take =
        async |gate: web::Data<Semaphore>, received: web::Data<Received>, form: web::Form<Vec<(String, String)>>| {
            let claims = form[0].1.split('.').nth(1).and_then(|part| BASE64URL_NOPAD.decode(part.as_bytes()).ok());
            let claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
            assert_eq!(form[0].0, "logout_token");
            received.lock().map(|mut received| received.push(claims)).ok();
            gate.acquire().await.map(|_| ()).ok();
            HttpResponse::Ok().finish()
        };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).app_data(gate.clone()).route("/backchannel-logout", web::post().to(take))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let client = ClientRegistration {
        backchannel_logout_uri: format!("http://127.0.0.1:{port}/backchannel-logout"),
        ..ClientRegistration::of(APPLICATION)
    };
    (TestTenant::start_for(client, checkpoint, None, Clock::system()), received, handle)
}

fn sids(received: &Received) -> Vec<String> {
    received.lock().unwrap().iter().map(|claims| claims["sid"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_removed_members_session_at_this_organization_ends_and_no_other() {
    let (tenant, received, server) = start(Checkpoint::Invited);
    let mut bob = tenant.browser();
    let (to_org1, to_org2) = (attempt(&[("organization", "org1")]), attempt(&[("organization", "org2")]));
    let at_org1 = bob.sign_in(&to_org1, "Okta2", "bob@org2.example").await;
    let at_org1 = tenant.claims(&at_org1, &to_org1).await;
    let at_org2 = bob.get(&to_org2.path).await;
    let at_org2 = tenant.claims(&at_org2, &to_org2).await;
    assert_ne!(at_org1["sid"], at_org2["sid"]);

    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "remove-member-org1-bob@org2.example").await;
    let tokens = received.lock().unwrap().clone();
    assert_eq!(tokens.len(), 1);
    let token = &tokens[0];
    assert_eq!((&token["sid"], &token["sub"]), (&at_org1["sid"], &at_org1["sub"]));
    assert_eq!((&token["iss"], &token["aud"]), (&at_org1["iss"], &at_org1["aud"]));
    assert!(token["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(token["jti"].is_string() && token["iat"].is_i64() && token.get("nonce").is_none());
    server.stop(false).await;
}

#[actix_web::test]
async fn a_checkpoint_ends_everybodys_sessions() {
    let (tenant, received, server) = start(Checkpoint::Invited);
    for (connection, email) in [("Okta1", "alice@org1.example"), ("Okta2", "bob@org2.example")] {
        tenant.browser().sign_in(&attempt(&[("organization", "org1")]), connection, email).await;
    }
    let script = tenant.script().await;
    script.ok("POST", "/checkpoints/license", Value::Null).await;
    assert_eq!(sids(&received).len(), 2);
    script.ok("POST", "/checkpoints/license", Value::Null).await;
    assert_eq!(sids(&received).len(), 2, "once is enough");
    server.stop(false).await;
}

#[actix_web::test]
async fn logout_is_told_where_the_application_did_not_end_the_session_itself() {
    let (tenant, received, server) = start(Checkpoint::Invited);
    let mut bob = tenant.browser();
    let (to_org1, to_org2) = (attempt(&[("organization", "org1")]), attempt(&[("organization", "org2")]));
    let at_org1 = bob.sign_in(&to_org1, "Okta2", "bob@org2.example").await;
    let at_org1 = tenant.claims(&at_org1, &to_org1).await;
    let at_org2 = bob.get(&to_org2.path).await;
    let (_, tokens) = tenant.exchange(&at_org2.answer("code").unwrap(), &to_org2.verifier).await;
    let hint = tokens["id_token"].as_str().unwrap();
    bob.get(&format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={APPLICATION}")).await;
    assert_eq!(sids(&received), [at_org1["sid"].as_str().unwrap()]);
    server.stop(false).await;
}

#[actix_web::test]
async fn an_application_that_is_not_there_holds_nothing_up() {
    let tenant = TestTenant::start();
    tenant.browser().sign_in(&attempt(&[("organization", "org1")]), "Okta1", "alice@org1.example").await;
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "remove-member-org1-alice@org1.example").await;
    assert!(admin.get("/").await.text_of("log").contains("application could not be told"));
}

/// A request that ends sessions, without its common headers.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Checkpoint,
    CheckpointOnTheDashboard,
    TwoMembersRemoved,
    MemberRemovedOnTheDashboard,
    OrganizationDeleted,
    Logout,
}

impl Ending {
    async fn request(self, script: &Script<'_>, bob: &Browser<'_>) -> String {
        let org1 = script.find("/v2/organizations", "name", "org1", "id").await;
        let [alices_id, bobs_id] = [
            script.find("/v2/users", "email", "alice@org1.example", "user_id").await,
            script.find("/v2/users", "email", "bob@org2.example", "user_id").await,
        ];
        let token = &script.token;
        let with_body = |line: &str, media_type: &str, body: &str| {
            let length = body.len();
            format!(
                "{line} HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-type: {media_type}\r\n\
                 content-length: {length}\r\nhost: {{host}}\r\n\r\n{body}"
            )
        };
        let form = "application/x-www-form-urlencoded";
        match self {
            Self::Checkpoint => with_body("POST /api/checkpoints/license", form, ""),
            Self::CheckpointOnTheDashboard => with_body("POST /checkpoints/license", form, ""),
            Self::TwoMembersRemoved => {
                let members = json!({"members": [alices_id, bobs_id]}).to_string();
                let line = format!("DELETE /api/v2/organizations/{org1}/members");
                with_body(&line, "application/json", &members)
            }
            Self::MemberRemovedOnTheDashboard => {
                let bob = bobs_id.replace('|', "%7C");
                with_body("POST /", form, &format!("change=remove-member&organization={org1}&user={bob}"))
            }
            Self::OrganizationDeleted => with_body(&format!("DELETE /api/v2/organizations/{org1}"), form, ""),
            Self::Logout => {
                let cookie = bob.cookie.as_deref().unwrap();
                format!("GET /oidc/logout?client_id=orglab HTTP/1.1\r\nhost: {{host}}\r\ncookie: {cookie}\r\n\r\n")
            }
        }
    }
}

#[rstest]
#[case(Ending::Checkpoint, 19)]
#[case(Ending::CheckpointOnTheDashboard, 19)]
#[case(Ending::TwoMembersRemoved, 18)]
#[case(Ending::MemberRemovedOnTheDashboard, 1)]
#[case(Ending::OrganizationDeleted, 18)]
#[case(Ending::Logout, 2)]
#[actix_web::test]
async fn what_ends_sessions_finishes_though_nobody_waits_for_it(#[case] ending: Ending, #[case] sessions: usize) {
    let gate = Arc::new(Semaphore::new(0));
    let (tenant, received, server) = start_behind(&gate, Checkpoint::Invited);
    let (to_org1, to_org2) = (attempt(&[("organization", "org1")]), attempt(&[("organization", "org2")]));
    // More sessions than are told at a time. Their codes are never redeemed, which makes no difference.
    for _ in 0..17 {
        tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    }
    let mut bob = tenant.browser();
    bob.sign_in(&to_org1, "Okta2", "bob@org2.example").await;
    bob.get(&to_org2.path).await;
    let script = tenant.script().await;
    let request = ending.request(&script, &bob).await;

    let base = tenant.issuer.trim_end_matches('/');
    let mut client = raw::connect(base).await;
    let request = request.replace("{host}", base.trim_start_matches("http://"));
    client.write_all(request.as_bytes()).await.unwrap();
    wait_until("the first logout token", async || !sids(&received).is_empty()).await;
    client.set_zero_linger().unwrap(); // closing it then resets the connection
    drop(client);
    tenant.browser().get("/").await; // by then the tenant has seen it
    gate.add_permits(Semaphore::MAX_PERMITS);

    let told = async || {
        let log = script.ok("GET", "/v2/logs?per_page=100", Value::Null).await;
        let is_told = |entry: &&Value| entry["type"].as_str().unwrap().starts_with("oidc_backchannel_logout");
        log.as_array().unwrap().iter().filter(is_told).count()
    };
    wait_until("all to be told", async || told().await == sessions).await;
    assert_eq!(sids(&received).len(), sessions);
    server.stop(false).await;
}
