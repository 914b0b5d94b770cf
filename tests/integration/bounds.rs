//! Limits on what one member, or a crowd of visitors, can store without affecting others. The stores' own tests cover
//! the large figures (`stores`, `stores_of_sign_ins`).

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::{
    app::TestApp,
    behaviour::change,
    browser::{Browser, Page},
    provider::Provider,
    raw::{connect, head, host, status},
    scene::Scene,
    stores::In,
    token::Draft,
};

/// A scene in which alice signs in.
fn alices(kept: In) -> Scene {
    let scene = Scene::set(kept);
    now_signs_in(&scene, "alice");
    scene
}

/// From now on, the provider signs in this user of Okta1, each time with a session of its own.
fn now_signs_in(scene: &Scene, name: &str) {
    let claims = json!({"sub": format!("okta|Okta1|{name}"), "name": name, "email": null});
    let number = AtomicUsize::new(0);
    scene.provider.now(|behaviour| {
        behaviour.id_token = change(move |token: &mut Draft| {
            let number = number.fetch_add(1, Ordering::SeqCst);
            token.claim(claims.clone());
            token.claim(json!({"sid": format!("session {number} of {}", claims["name"])}));
        });
    });
}

async fn sign_in_often(scene: &Scene, times: usize) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for _ in 0..times {
        browsers.push(scene.app.signed_in("org1").await);
    }
    browsers
}

/// Which of these browsers are signed in.
async fn live(browsers: &[Browser]) -> Vec<bool> {
    join_all(browsers.iter().map(async |browser| browser.profile().await.is_some())).await
}

/// Attack: a member signs in over and over to fill the store.
#[rstest]
#[tokio::test]
async fn a_subject_has_at_most_twenty_live_sessions_at_an_organization(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    let elsewhere = scene.app.signed_in("org2").await;
    let alone = scene.app.browser();
    assert_eq!(alone.sign_in("").await.url.path(), "/profile");
    now_signs_in(&scene, "bob");
    let bob = scene.app.signed_in("org1").await;
    now_signs_in(&scene, "alice");
    let browsers = sign_in_often(&scene, 22).await;
    let expected: Vec<_> = (0..22).map(|number| number >= 2).collect();
    assert_eq!(live(&browsers).await, expected, "those that began first ended");
    assert_eq!(live(&[elsewhere, alone, bob]).await, [true; 3]);
}

#[rstest]
#[tokio::test]
async fn sessions_that_are_over_do_not_count(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    let first = sign_in_often(&scene, 20).await;
    first[3].log_out().await;
    scene.end(json!({"sid": "session 5 of \"alice\""})).await;
    assert_eq!(first[7].sign_in("org1").await.url.path(), "/profile", "the browser's earlier session is over");
    let more = sign_in_often(&scene, 2).await;
    let is_over = |number: usize| [3, 5].contains(&number);
    assert_eq!(live(&first).await, (0..20).map(|number| !is_over(number)).collect::<Vec<_>>());
    assert_eq!(live(&more).await, [true; 2]);
    let one_more = sign_in_often(&scene, 1).await;
    assert_eq!((live(&first[..2]).await, live(&one_more).await), (vec![false, true], vec![true]));
}

/// The list of sessions is full, and one of them is over: the next sign-in ends no other.
#[rstest]
#[tokio::test]
async fn a_session_that_is_over_makes_room(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    let first = sign_in_often(&scene, 20).await;
    scene.end(json!({"sid": "session 5 of \"alice\""})).await;
    let one_more = sign_in_often(&scene, 1).await;
    assert_eq!(live(&first).await, (0..20).map(|number| number != 5).collect::<Vec<_>>());
    assert_eq!(live(&one_more).await, [true]);
}

#[rstest]
#[tokio::test]
async fn sessions_that_began_before_all_were_ended_do_not_count(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    let first = sign_in_often(&scene, 20).await;
    scene.end(json!({"sub": "okta|Okta1|alice"})).await;
    let later = sign_in_often(&scene, 20).await;
    assert_eq!((live(&first).await, live(&later).await), (vec![false; 20], vec![true; 20]));
}

/// Attack: one member signs in over and over to push the others out of the organization's log.
#[rstest]
#[tokio::test]
async fn a_subjects_sign_ins_are_recorded_thirty_times_a_minute(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    now_signs_in(&scene, "bob");
    let reader = scene.app.signed_in("org1").await;
    now_signs_in(&scene, "alice");
    let recorded = async || reader.get("/features/activity.csv").await.body.matches(",alice,").count();
    sign_in_often(&scene, 33).await;
    assert_eq!(recorded().await, 30);
    now_signs_in(&scene, "carol");
    scene.app.signed_in("org1").await;
    assert!(reader.get("/features/activity.csv").await.body.contains(",carol,"));
    now_signs_in(&scene, "alice");
    scene.app.clock.advance(TimeDelta::seconds(61));
    sign_in_often(&scene, 1).await;
    assert_eq!(recorded().await, 31);
}

/// With Redis at its memory limit, nobody new can sign in, but sessions can still be ended.
#[tokio::test]
async fn sessions_end_although_redis_takes_nothing_more() {
    let scene = alices(In::Redis);
    let (by_token, by_logout) = (scene.app.signed_in("org1").await, scene.app.signed_in("org1").await);
    assert!(scene.redis().say("CONFIG SET maxmemory 1").starts_with("+OK"));
    assert_eq!(by_logout.post_note("too much").await.status, 503);
    scene.end(json!({"sid": "session 0 of \"alice\""})).await;
    assert_eq!(by_logout.log_out().await.status, 303);
    assert_eq!(live(&[by_token, by_logout]).await, [false; 2]);
}

/// Makes up an error response of the provider.
async fn make_up_a_refusal(app: &TestApp) -> Page {
    let visitor = app.browser();
    let state = visitor.login("org1").await.parameter("state").unwrap();
    visitor.get(&format!("/callback?error=access_denied&state={state}")).await
}

/// Attack: made-up refusals use up the hourly limit of an organization, and a genuine refusal is not recorded.
#[rstest]
#[tokio::test]
async fn the_activity_page_says_when_refusals_may_be_missing(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = alices(kept);
    let member = scene.app.signed_in("org1").await;
    let says = async || member.get("/features/activity").await.body.contains("may have been more");
    for _ in 0..59 {
        assert_eq!(make_up_a_refusal(&scene.app).await.status, 403);
    }
    assert!(!says().await);
    make_up_a_refusal(&scene.app).await;
    assert!(says().await);
    scene.app.clock.advance(TimeDelta::minutes(55));
    assert!(says().await, "and for as long as they are listed");
}

/// Attack (a costly token): each session keeps an ID token that is too long to be used as a logout hint.
#[tokio::test]
async fn an_id_token_too_long_for_a_hint_is_not_kept() {
    let scene = alices(In::Redis);
    let kept = async |length: usize| {
        let groups = "x".repeat(length);
        scene.provider.now(|behaviour| behaviour.claim(json!({"groups": groups})));
        let browser = scene.app.signed_in("org1").await;
        let redis = scene.redis();
        let sessions = "EVAL \"local all = '' for _, key in ipairs(redis.call('KEYS', 'orglab:session:*')) do \
                        all = all .. redis.call('HGET', key, 'state') end return all\" 0";
        let token = scene.provider.secrets().pop().unwrap();
        let is_kept = redis.say(sessions).contains(&token);
        (is_kept, browser.log_out().await.parameter("id_token_hint").is_some())
    };
    assert_eq!(kept(100).await, (true, true));
    assert_eq!(kept(5_000).await, (false, false));
}

/// A note of this size is too long for the board, but the app reads it.
#[rstest]
#[case::as_large_as_may_be(64 * 1024, 422)]
#[case::a_byte_more(64 * 1024 + 1, 413)]
#[tokio::test]
async fn a_body_has_at_most_64_kib(#[case] length: usize, #[case] status: u16) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let member = app.signed_in("org1").await;
    let page = member.post_note(&"a".repeat(length - "note=".len())).await;
    assert_eq!(page.status, status, "{}", page.body);
}

/// Attack: a body without end fills the memory for as long as it may take. It is refused once it is too large.
#[tokio::test]
async fn a_body_without_end_is_refused_once_it_is_too_large() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let member = app.signed_in("org1").await;
    let name = app.session_cookie();
    let cookie = format!("Cookie: {name}={}", member.cookie(&name).unwrap());
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked";
    let beginning = format!("POST /features/board HTTP/1.1\r\nHost: {}\r\n{cookie}\r\n{kind}\r\n\r\n", host(&app.base));
    let chunk = "a".repeat(64 * 1024 + 1);
    let mut stream = connect(&app.base).await;
    stream.write_all(format!("{beginning}{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes()).await.unwrap();
    assert_eq!(status(&head(&mut stream).await), 413);
}
