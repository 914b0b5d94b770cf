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
use serde_json::Value;

use crate::tenant_support::{APPLICATION, TestTenant, attempt};

type Received = Arc<Mutex<Vec<Value>>>;

/// An application that takes logout tokens, and a tenant that it is registered with.
fn start(checkpoint: Checkpoint) -> (TestTenant, Received, ServerHandle) {
    let received = Received::default();
    let data = web::Data::new(received.clone());
    let take = async |received: web::Data<Received>, form: web::Form<Vec<(String, String)>>| {
        let claims = form[0].1.split('.').nth(1).and_then(|part| BASE64URL_NOPAD.decode(part.as_bytes()).ok());
        let claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
        assert_eq!(form[0].0, "logout_token");
        received.lock().map(|mut received| received.push(claims)).ok();
        HttpResponse::Ok().finish()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server =
        HttpServer::new(move || App::new().app_data(data.clone()).route("/backchannel-logout", web::post().to(take)));
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
