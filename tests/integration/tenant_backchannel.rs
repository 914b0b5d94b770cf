//! The demo tenant tells the application when sessions end.

use std::sync::{Arc, Mutex};

use actix_web::{HttpResponse, web};
use orglab::demo_tenant::{Checkpoint, ClientRegistration};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, sync::Semaphore};

use crate::support::{
    app::{Running, free_port},
    browser::Browser,
    management::Script,
    raw,
    tenant::{APPLICATION, TestTenant, decoded, to_organization},
    wait_until,
};

type Received = Arc<Mutex<Vec<Value>>>;

/// An application that takes logout tokens, and a tenant that it is registered with.
struct Told {
    tenant: TestTenant,
    /// The claims of the tokens.
    received: Received,
    /// The application responds only while it is open.
    gate: Arc<Semaphore>,
    _application: Running,
}

impl Told {
    /// With alice and bob as members of org1.
    fn start() -> Self {
        let (received, gate) = (Received::default(), Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)));
        let (data, open) = (web::Data::new(received.clone()), web::Data::from(gate.clone()));
        let socket = free_port();
        let port = socket.local_addr().unwrap().port();
        let application = Running::routes(socket, move |app| {
            let take = web::post().to(take);
            app.app_data(data.clone()).app_data(open.clone()).route("/backchannel-logout", take);
        });
        let tenant = TestTenant::with(|options| {
            options.checkpoint = Checkpoint::Invited;
            options.client = ClientRegistration {
                backchannel_logout_uri: format!("http://127.0.0.1:{port}/backchannel-logout"),
                ..ClientRegistration::of(APPLICATION)
            };
        });
        Self { tenant, received, gate, _application: application }
    }

    /// The sessions that it was told of.
    fn sids(&self) -> Vec<String> {
        self.received.lock().unwrap().iter().map(|claims| claims["sid"].as_str().unwrap().to_owned()).collect()
    }

    /// Bob, signed in to both organizations: the claims of his two ID tokens, and the second token.
    async fn bob_at_both(&self) -> (Browser, [Value; 2], String) {
        let (bob, to_org1, to_org2) = (self.tenant.browser(), to_organization("org1"), to_organization("org2"));
        let at_org1 = bob.authenticate(&to_org1, "bob@org2.example").await;
        let at_org1 = self.tenant.claims(&at_org1).await;
        let at_org2 = bob.get(&to_org2).await;
        let tokens = self.tenant.tokens(&at_org2).await;
        let id_token = tokens["id_token"].as_str().unwrap().to_owned();
        let at_org2: Value = serde_json::from_slice(&decoded(&id_token)[1]).unwrap();
        assert_ne!(at_org1["sid"], at_org2["sid"]);
        (bob, [at_org1, at_org2], id_token)
    }
}

async fn take(
    gate: web::Data<Semaphore>,
    received: web::Data<Received>,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    assert_eq!(form[0].0, "logout_token");
    received.lock().unwrap().push(serde_json::from_slice(&decoded(&form[0].1)[1]).unwrap());
    gate.acquire().await.map(|_| ()).ok();
    HttpResponse::Ok().finish()
}

#[tokio::test]
async fn a_removed_members_session_at_this_organization_ends_and_no_other() {
    let told = Told::start();
    let (_, [at_org1, _], _) = told.bob_at_both().await;
    told.tenant.browser().confirm_at("/", "remove-member-org1-bob@org2.example").await;
    let tokens = told.received.lock().unwrap().clone();
    assert_eq!(tokens.len(), 1);
    let token = &tokens[0];
    assert_eq!((&token["sid"], &token["sub"]), (&at_org1["sid"], &at_org1["sub"]));
    assert_eq!((&token["iss"], &token["aud"]), (&at_org1["iss"], &at_org1["aud"]));
    assert!(token["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(token["jti"].is_string() && token["iat"].is_i64() && token.get("nonce").is_none());
}

#[tokio::test]
async fn a_checkpoint_ends_everybodys_sessions() {
    let told = Told::start();
    for email in ["alice@org1.example", "bob@org2.example"] {
        told.tenant.browser().authenticate(&to_organization("org1"), email).await;
    }
    let script = told.tenant.script().await;
    script.checkpoint("license").await;
    assert_eq!(told.sids().len(), 2);
    script.checkpoint("license").await;
    assert_eq!(told.sids().len(), 2, "once is enough");
}

#[tokio::test]
async fn logout_is_told_where_the_application_did_not_end_the_session_itself() {
    let told = Told::start();
    let (bob, [at_org1, _], hint) = told.bob_at_both().await;
    bob.get(&format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={APPLICATION}")).await;
    assert_eq!(told.sids(), [at_org1["sid"].as_str().unwrap()]);
}

#[tokio::test]
async fn an_application_that_is_not_there_holds_nothing_up() {
    let tenant = TestTenant::start();
    tenant.alice().await;
    let admin = tenant.browser();
    admin.confirm_at("/", "remove-member-org1-alice@org1.example").await;
    assert!(admin.get("/").await.text("log").unwrap().contains("Application could not be notified"));
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
    async fn request(self, script: &Script, bob: &Browser) -> String {
        let org1 = script.organization("org1").await;
        let [alices_id, bobs_id] = [script.user("alice@org1.example").await, script.user("bob@org2.example").await];
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
            Self::CheckpointOnTheDashboard => with_body("POST /checkpoints/license", form, "confirmed=yes"),
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
                let name = bob.cookies_named("demo_tenant_session").remove(0);
                let cookie = bob.cookie(&name).unwrap();
                format!(
                    "GET /oidc/logout?client_id=orglab HTTP/1.1\r\nhost: {{host}}\r\ncookie: {name}={cookie}\r\n\r\n"
                )
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
#[tokio::test]
async fn what_ends_sessions_finishes_though_nobody_waits_for_it(#[case] ending: Ending, #[case] sessions: usize) {
    let told = Told::start();
    let tenant = &told.tenant;
    told.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (to_org1, to_org2) = (to_organization("org1"), to_organization("org2"));
    // More sessions than are told at a time. Their codes are never redeemed, which makes no difference.
    for _ in 0..17 {
        tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    }
    let bob = tenant.browser();
    bob.authenticate(&to_org1, "bob@org2.example").await;
    bob.get(&to_org2).await;
    let script = tenant.script().await;
    let request = ending.request(&script, &bob).await;

    let base = tenant.issuer.trim_end_matches('/');
    let mut client = raw::connect(base).await;
    let request = request.replace("{host}", base.trim_start_matches("http://"));
    client.write_all(request.as_bytes()).await.unwrap();
    wait_until("the first logout token", async || !told.sids().is_empty()).await;
    client.set_zero_linger().unwrap(); // closing it then resets the connection
    drop(client);
    tenant.browser().get("/").await; // by then the tenant has seen it
    told.gate.add_permits(Semaphore::MAX_PERMITS);

    let logged = async || {
        let log = script.get("/v2/logs?per_page=100").await;
        let is_told = |entry: &&Value| entry["type"].as_str().unwrap().starts_with("oidc_backchannel_logout");
        log.as_array().unwrap().iter().filter(is_told).count()
    };
    wait_until("all to be told", async || logged().await == sessions).await;
    assert_eq!(told.sids().len(), sessions);
}
