//! The provider ends sessions (OpenID Connect Back-Channel Logout 1.0), with each kind of store.

use chrono::TimeDelta;
use orglab::clock::Clock;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    provider::Provider,
    raw::{connect, host, response, status},
    scene::Scene,
    stores::In,
    token::Signer,
};

/// A user who is signed in.
async fn alices(kept: In) -> (Scene, Browser) {
    let scene = Scene::set(kept);
    let user = scene.app.signed_in("org1").await;
    (scene, user)
}

impl Scene {
    async fn send(&self, token: &str) -> Page {
        let page = self.app.browser().post("/backchannel-logout", &[("logout_token", token)]).await;
        assert_eq!(page.header("cache-control"), Some("no-store"));
        page
    }

    fn token(&self, claims: Value) -> String {
        self.provider.logout_token(|token| token.claim(claims))
    }
}

fn assert_refused(page: &Page, what: &str) {
    assert_eq!((page.status, page.header("content-type")), (400, Some("application/json")), "{what}: {}", page.body);
    assert_eq!(serde_json::from_str::<Value>(&page.body).unwrap()["error"], "invalid_request");
}

#[rstest]
#[case::by_sid(json!({"sid": "a session"}))]
#[case::by_sub(json!({"sub": "okta|Okta1|alice"}))]
#[case::by_both(json!({"sid": "a session", "sub": "okta|Okta1|alice"}))]
#[case::without_exp(json!({"sid": "a session", "exp": null}))]
#[tokio::test]
async fn a_logout_token_ends_the_session_at_its_next_request(
    #[case] claims: Value,
    #[values(In::Memory, In::Redis)] kept: In,
) {
    let (scene, user) = alices(kept).await;
    let ended = user.copy();
    let page = scene.send(&scene.token(claims)).await;
    assert_eq!((page.status, page.body.as_str()), (200, ""));
    let page = user.get("/features/board").await;
    assert_eq!((page.status, page.header("location")), (303, Some("/?return_to=%2Ffeatures%2Fboard")));
    let page = user.follow(page).await;
    assert!(page.body.contains("has ended your session"), "{}", page.body);
    assert_eq!(user.cookie(&scene.app.session_cookie()), None, "the browser is told to forget it");
    assert_eq!(user.profile().await, None);
    user.sign_in("org1").await;
    assert!(user.profile().await.is_some(), "and may sign in again, at the same session of the provider");
    assert_eq!(ended.profile().await, None, "the old session stays ended");
}

/// If the ID token has no `sid`, there is nothing to compare with the logout token's `sid`: the `sub` decides.
#[rstest]
#[tokio::test]
async fn a_token_with_sid_and_sub_ends_the_subjects_sessions_without_sid(
    #[values(json!(null), json!(""), json!(7))] session_id: Value,
    #[values(In::Memory, In::Redis)] kept: In,
) {
    let (scene, user) = alices(kept).await;
    let name = |claims: Value| {
        scene.provider.now(|behaviour| behaviour.claim(claims));
    };
    name(json!({"sid": session_id}));
    let (nameless, somebody_else) = (scene.app.browser(), scene.app.browser());
    nameless.sign_in("org1").await;
    name(json!({"sid": session_id, "sub": "okta|Okta1|bob"}));
    somebody_else.sign_in("org1").await;
    for claims in [json!({"sid": "another"}), json!({"sid": "another", "sub": "okta|Okta1|carol"})] {
        assert_eq!(scene.send(&scene.token(claims)).await.status, 200);
    }
    assert!(nameless.profile().await.is_some());
    let both = json!({"sid": "another", "sub": "okta|Okta1|alice"});
    assert_eq!(scene.send(&scene.token(both)).await.status, 200);
    assert_eq!(nameless.profile().await, None);
    assert!(somebody_else.profile().await.is_some());
    assert!(user.profile().await.is_some(), "it has another sid");
}

#[rstest]
#[tokio::test]
async fn it_ends_nobody_elses_session(#[values(In::Memory, In::Redis)] kept: In) {
    let (scene, user) = alices(kept).await;
    for claims in [json!({"sid": "another"}), json!({"sub": "a session"}), json!({"sub": "okta|Okta1|bob"})] {
        assert_eq!(scene.send(&scene.token(claims)).await.status, 200);
    }
    assert!(user.profile().await.is_some());
}

/// A time as claims have it, so many seconds from now.
fn in_seconds(seconds: i64) -> i64 {
    Clock::system().now().timestamp() + seconds
}

/// Attack: a token that is no logout token of this provider for this app, or was one (2.6).
#[rstest]
#[case::another_audience(json!({"aud": "another"}))]
#[case::one_audience_more(json!({"aud": ["orglab", "another"]}))]
#[case::another_issuer(json!({"iss": "https://evil.example/"}))]
#[case::a_nonce(json!({"nonce": "n"}))]
#[case::no_events(json!({"events": null}))]
#[case::another_event(json!({"events": {"https://schemas.openid.net/secevent/risc": {}}}))]
#[case::an_event_that_is_no_object(json!({"events": {"http://schemas.openid.net/event/backchannel-logout": true}}))]
#[case::no_iat(json!({"iat": null}))]
#[case::an_old_iat(json!({"iat": in_seconds(-302)}))]
#[case::an_iat_to_come(json!({"iat": in_seconds(90)}))]
#[case::expired(json!({"exp": in_seconds(-61)}))]
#[case::no_jti(json!({"jti": null}))]
#[case::an_empty_jti(json!({"jti": ""}))]
#[case::a_long_jti(json!({"jti": "ü".repeat(256)}))]
#[case::neither_sid_nor_sub(json!({"sid": null, "sub": null}))]
#[case::a_sid_that_is_no_text(json!({"sid": 7}))]
#[tokio::test]
async fn a_token_with_other_claims_is_refused_and_ends_nothing(#[case] claims: Value) {
    let (scene, user) = alices(In::Memory).await;
    let token = scene.provider.logout_token(|token| {
        token.claim(json!({"sid": "a session", "sub": "okta|Okta1|alice"}));
        token.claim(claims);
    });
    assert_refused(&scene.send(&token).await, "the token");
    assert!(user.profile().await.is_some());
}

/// Attack: a logout token that the provider did not sign.
#[rstest]
#[case::nobody("none", Signer::Nobody)]
#[case::whoever_knows_the_client_id("HS256", Signer::Secret(b"orglab".to_vec()))]
#[case::a_stranger("RS256", Signer::Stranger)]
#[tokio::test]
async fn a_token_that_somebody_else_signed_is_refused_and_ends_nothing(
    #[case] algorithm: &str,
    #[case] signer: Signer,
) {
    let (scene, user) = alices(In::Memory).await;
    let token = scene.provider.logout_token(|token| {
        token.claim(json!({"sid": "a session"}));
        token.header["alg"] = algorithm.into();
        token.signer = signer;
    });
    assert_refused(&scene.send(&token).await, "the token");
    assert!(user.profile().await.is_some());
}

/// Attack: the ID token that the user's own browser has seen is sent as a logout token.
#[tokio::test]
async fn an_id_token_is_no_logout_token() {
    let (scene, user) = alices(In::Memory).await;
    for secret in scene.provider.secrets() {
        assert_refused(&scene.send(&secret).await, "what the provider has issued");
    }
    assert!(user.profile().await.is_some());
}

#[rstest]
#[tokio::test]
async fn a_token_works_once(#[values(In::Memory, In::Redis)] kept: In) {
    let (scene, user) = alices(kept).await;
    let token = scene.token(json!({"sub": "okta|Okta1|alice"}));
    assert_eq!(scene.send(&token).await.status, 200);
    scene.app.clock.advance(TimeDelta::seconds(1));
    user.sign_in("org1").await;
    assert_refused(&scene.send(&token).await, "the same token");
    assert!(user.profile().await.is_some(), "the second has no effect");
}

/// Its length is measured in characters, as a subject's is.
#[rstest]
#[tokio::test]
async fn a_token_may_have_a_long_id(#[values(In::Memory, In::Redis)] kept: In) {
    let (scene, user) = alices(kept).await;
    let token = scene.token(json!({"sid": "a session", "jti": "ü".repeat(255)}));
    assert_eq!(scene.send(&token).await.status, 200);
    assert_eq!(user.profile().await, None);
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let (scene, user) = alices(In::Memory).await;
    let browser = scene.app.browser();
    for form in ["", "logout_token=", "logout_token=a.b.c", "other=1", "logout_token=%FF"] {
        let page = browser.send(Method::POST, "/backchannel-logout", &[], Some(form.to_owned())).await;
        assert_refused(&page, form);
    }
    let large = format!("logout_token={}", "a".repeat(64 * 1024));
    let large = browser.send(Method::POST, "/backchannel-logout", &[], Some(large)).await;
    assert_refused(&large, "a large body");
    let wrong_method = browser.get("/backchannel-logout").await;
    assert_eq!(wrong_method.status, 405);
    for page in [large, wrong_method] {
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    assert!(user.profile().await.is_some());
}

/// Attack: a token that was used is sent again once the store has forgotten it. It is accepted for five minutes, and one
/// more for clocks that differ.
#[tokio::test]
async fn a_used_token_is_remembered_for_longer_than_it_is_accepted() {
    let (scene, _) = alices(In::Redis).await;
    let keys = || -> Vec<String> {
        let reply = scene.redis().say("KEYS orglab:*");
        reply.lines().filter(|line| line.contains("only once")).map(str::to_owned).collect()
    };
    assert_eq!(scene.send(&scene.token(json!({"sid": "another", "jti": "only once"}))).await.status, 200);
    let [key] = keys().try_into().unwrap();
    let reply = scene.redis().say(&format!("PTTL \"{key}\""));
    let milliseconds: u64 = reply.lines().next().unwrap().strip_prefix(':').unwrap().parse().unwrap();
    assert!(milliseconds > 6 * 60 * 1000, "{milliseconds}");
}

#[tokio::test]
async fn a_token_may_come_in_pieces() {
    let (scene, user) = alices(In::Memory).await;
    let form = format!("logout_token={}", scene.token(json!({"sid": "a session"})));
    let pieces: Vec<_> = form.as_bytes().chunks(form.len().div_ceil(3)).map(str::from_utf8).collect();
    let chunks = pieces.into_iter().map(|piece| piece.unwrap()).chain([""]);
    let body = chunks.map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect::<Vec<_>>().concat();
    let mut stream = connect(&scene.app.base).await;
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked";
    let head = format!("POST /backchannel-logout HTTP/1.1\r\nHost: {}\r\n{kind}\r\n\r\n", host(&scene.app.base));
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    assert_eq!(status(&response(&mut stream).await), 200);
    assert_eq!(user.profile().await, None);
}

/// The request lives by its token: what a browser would be refused for is no matter here.
#[tokio::test]
async fn where_it_comes_from_does_not_matter() {
    let (scene, user) = alices(In::Memory).await;
    let form = format!("logout_token={}", scene.token(json!({"sid": "a session"})));
    let headers = [("origin", "https://tenant.example"), ("sec-fetch-site", "cross-site")];
    let page = scene.app.browser().send(Method::POST, "/backchannel-logout", &headers, Some(form)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(user.profile().await, None);
}

/// Attack (an ambiguous subject): whoever gets a subject that differs from another user's by a blank is taken for them.
/// Subjects are case-sensitive (OpenID Connect Core 2), and equal byte for byte or not at all.
#[tokio::test]
async fn subjects_that_differ_by_a_blank_are_two_users() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let subjects = ["okta|Okta1|a", "okta|Okta1|a ", "okta|Okta1|A", "okta|Okta1|a\u{200b}"];
    let mut users = vec![];
    for subject in subjects {
        let claims = json!({"sub": subject, "sid": format!("session of {subject:?}")});
        provider.now(|behaviour| behaviour.claim(claims));
        let user = app.browser();
        user.sign_in("org1").await;
        users.push(user);
    }
    let people = users[0].get("/features/people").await;
    assert_eq!(
        people.body.matches("Alice Adams</").count(),
        subjects.len() + 2,
        "and twice in the menu: {}",
        people.body
    );
    let token = provider.logout_token(|token| token.claim(json!({"sub": subjects[1]})));
    assert_eq!(app.browser().post("/backchannel-logout", &[("logout_token", &token)]).await.status, 200);
    for (user, subject) in users.iter().zip(subjects) {
        assert_eq!(user.profile().await.is_some(), subject != subjects[1], "{subject:?}");
    }
}

#[tokio::test]
async fn a_session_is_ended_by_its_own_id_whatever_that_is() {
    let provider = Provider::that(|behaviour| behaviour.claim(json!({"sid": " "})));
    let app = TestApp::at(&provider);
    let user = app.browser();
    user.sign_in("org1").await;
    let token = provider.logout_token(|token| token.claim(json!({"sid": " "})));
    assert_eq!(app.browser().post("/backchannel-logout", &[("logout_token", &token)]).await.status, 200);
    assert_eq!(user.profile().await, None);
}
