//! Revocations during a sign-in: a revocation applies to every session whose authorization request was sent before it
//! (OpenID Connect Back-Channel Logout 1.0, 2.7).

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    behaviour::Trouble,
    browser::Page,
    instance::signed_in,
    raw,
    scene::{Scene, Two},
    stores::In,
    wait_until,
};

impl Scene {
    /// From now on, the provider's ID tokens have no `sid`.
    fn without_session_ids(&self) {
        self.provider.now(|behaviour| behaviour.claim(json!({"sid": null})));
    }

    /// The id of the only session, read from Redis.
    fn id_of_the_only_session(&self) -> String {
        let state = "redis.call('HGET', redis.call('KEYS', 'orglab:session:*')[1], 'state')";
        let id = format!("return cjson.decode(cjson.decode({state}).signed_in).id");
        let reply = self.redis().say(&format!("EVAL \"{id}\" 0"));
        reply.lines().nth(1).unwrap().to_owned()
    }

    /// From now on, the token endpoint is slow.
    fn with_a_slow_token_endpoint(&self) {
        self.provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_secs(2))));
    }

    /// Waits until the app has sent `count` codes.
    async fn code_is_sent(&self, count: usize) {
        wait_until("the token request", async || self.provider.received("/token").len() == count).await;
    }
}

fn assert_ended(page: &Page) {
    assert_eq!((page.status, page.error_title().as_str()), (403, "This sign-in was ended"), "{}", page.body);
    assert_eq!(page.attribute("[data-testid='try-again']", "href"), "/login?organization=org1");
    assert!(page.text("trace").is_some(), "the page has the trace");
    let state = page.url.query_pairs().find(|(name, _)| name == "state").unwrap().1;
    assert!(!page.body.contains(&*state), "the state is not shown in full: {}", page.body);
}

/// Attack: a member who is about to be removed begins to sign in, and holds back the authorization response.
#[rstest]
#[case::by_sid(json!({"sid": "a session"}))]
#[case::by_sub(json!({"sub": "okta|Okta1|alice"}))]
#[case::by_both(json!({"sid": "a session", "sub": "okta|Okta1|alice"}))]
#[tokio::test]
async fn what_ends_between_request_and_response_ends_the_sign_in(
    #[case] claims: Value,
    #[values(In::Memory, In::Redis)] kept: In,
) {
    let scene = Scene::set(kept);
    let user = scene.app.browser();
    let link = user.response("org1").await;
    scene.end(claims).await;
    assert_ended(&user.get(link.as_str()).await);
    assert_eq!(user.profile().await, None);
    assert_eq!(user.cookies_named("orglab_attempt_"), Vec::<String>::new(), "its code was sent");
    assert_eq!(user.sign_in("org1").await.url.path(), "/profile", "a new sign-in succeeds");
    let activity = user.get("/features/activity.csv").await.body;
    assert_eq!(activity.matches(",sign-in,").count(), 1, "only the new sign-in is recorded: {activity}");
}

#[rstest]
#[tokio::test]
async fn what_ends_while_the_code_is_exchanged_ends_the_sign_in(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = Scene::set(kept);
    let user = scene.app.browser();
    let link = user.response("org1").await;
    scene.with_a_slow_token_endpoint();
    let ended = async {
        scene.code_is_sent(1).await;
        scene.end(json!({"sid": "a session"})).await;
    };
    let (page, ()) = join(user.get(link.as_str()), ended).await;
    assert_ended(&page);
    assert_eq!(user.profile().await, None);
}

#[rstest]
#[tokio::test]
async fn somebody_elses_end_ends_no_sign_in(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = Scene::set(kept);
    let user = scene.app.browser();
    let link = user.response("org1").await;
    for claims in [json!({"sid": "another", "sub": "okta|Okta1|alice"}), json!({"sub": "okta|Okta1|bob"})] {
        scene.end(claims).await;
    }
    assert_eq!(user.get(link.as_str()).await.location().unwrap().path(), "/profile");
}

/// Attack: the next person at the machine after a logout finds it signed in again, by a tab that was still waiting.
#[rstest]
#[case::with_sid(true)]
#[case::without_sid(false)]
#[tokio::test]
async fn a_logout_ends_the_sign_in_that_another_tab_waits_for(
    #[case] has_session_id: bool,
    #[values(In::Memory, In::Redis)] kept: In,
) {
    let scene = Scene::set(kept);
    if !has_session_id {
        scene.without_session_ids();
    }
    let (user, elsewhere) = (scene.app.browser(), scene.app.browser());
    user.sign_in("org1").await;
    let tab = user.copy();
    let link = tab.response("org1").await;
    scene.with_a_slow_token_endpoint();
    let logout = async {
        scene.code_is_sent(2).await;
        assert_eq!(user.log_out().await.status, 303);
    };
    let (page, ()) = join(tab.get(link.as_str()), logout).await;
    assert_ended(&page);
    assert!(!page.body.contains("still logged in"), "{}", page.body);
    assert_eq!((tab.profile().await, user.profile().await), (None, None));
    scene.provider.now(|behaviour| behaviour.token_trouble = None);
    assert_eq!(elsewhere.sign_in("org1").await.url.path(), "/profile", "a later sign-in counts");
}

/// Attack: as above, but the logout is complete before the response arrives, and has removed the session's cookie.
#[rstest]
#[case::with_its_sid(json!({}))]
#[case::with_another_sid(json!({"sid": "another session"}))]
#[case::without_sid(json!({"sid": null}))]
#[tokio::test]
async fn a_logout_ends_all_that_its_browser_has_begun(
    #[case] claims: Value,
    #[values(true, false)] is_signed_in: bool,
    #[values(In::Memory, In::Redis)] kept: In,
) {
    let scene = Scene::set(kept);
    let user = scene.app.browser();
    if is_signed_in {
        user.sign_in("org1").await;
    }
    scene.provider.now(|behaviour| behaviour.claim(claims));
    let links = [user.response("org1").await, user.response("org1").await];
    let sent = scene.provider.received("/token").len();
    assert_eq!(user.log_out().await.status, 303);
    assert_eq!(user.cookies_named("orglab_attempt_"), Vec::<String>::new());
    for link in &links {
        let page = user.get(link.as_str()).await;
        assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
        assert!(page.body.contains("logged out"), "as one of the likely causes: {}", page.body);
    }
    assert_eq!(user.profile().await, None);
    assert_eq!(scene.provider.received("/token").len(), sent, "their codes are not even sent");
    assert_eq!(user.sign_in("org1").await.url.path(), "/profile", "who begins anew may come in");
}

/// They may be those of another app on this host.
#[tokio::test]
async fn a_logout_leaves_cookies_alone_that_it_cannot_read() {
    let scene = Scene::set(In::Memory);
    let user = scene.app.browser();
    let of_another = scene.app.attempt_cookies() + "of-another";
    user.set_cookie(&of_another, "app");
    user.login("org1").await;
    user.log_out().await;
    assert_eq!(user.cookies_named("orglab_attempt_"), [of_another]);
}

/// Attack: as above, while the logout still waits for the provider's metadata.
#[tokio::test]
async fn a_logout_that_has_no_response_yet_ends_the_sign_in_that_another_tab_waits_for() {
    let Two { one, other, provider, .. } = &Two::start();
    provider.now(|behaviour| behaviour.claim(json!({"sid": null})));
    let user = signed_in(&one.base).await;
    let link = format!("/?{}", user.response("org1").await.query().unwrap());
    let discovery = "/.well-known/openid-configuration";
    let asked = provider.received(discovery).len();
    provider.now(|behaviour| behaviour.discovery_trouble = Some(Trouble::Late(Duration::from_secs(3))));
    let elsewhere = user.at(&other.base);
    let back = async {
        wait_until("discovery", async || provider.received(discovery).len() > asked).await;
        user.get(&link).await
    };
    let (logout, page) = join(elsewhere.log_out(), back).await;
    assert_eq!(logout.status, 303);
    assert_ended(&page);
    assert_eq!(user.profile().await, None);
}

/// Attack: as above, and the logout comes between the callback's last check and the moment when it saves the session.
#[tokio::test]
async fn a_logout_in_the_last_moment_ends_the_session_that_takes_the_place_of_its_own() {
    let scene = Scene::set(In::Redis);
    scene.without_session_ids();
    let user = scene.app.browser();
    user.sign_in("org1").await;
    let first = scene.id_of_the_only_session();
    user.sign_in("org1").await;
    assert!(user.profile().await.is_some());
    let end = format!(
        "local namespace = string.match(redis.call('KEYS', 'orglab:session:*')[1], '^orglab:session:([^:]*):') \
         local time = redis.call('TIME') \
         local now = string.format('%.0f', time[1] * 1000000 + time[2]) \
         return redis.call('SET', 'orglab:revocation:' .. namespace .. ':session:{first}', now)"
    );
    let done = scene.redis().say(&format!("EVAL \"{end}\" 0"));
    assert!(done.starts_with("+OK"), "{done}");
    assert_eq!(user.profile().await, None);
    user.sign_in("org1").await;
    assert!(user.profile().await.is_some(), "who begins anew may come in");
}

/// If the ID token has no `sid`, a logout ends nothing on the user's other devices.
#[rstest]
#[tokio::test]
async fn a_logout_ends_no_session_of_another_device(#[values(In::Memory, In::Redis)] kept: In) {
    let scene = Scene::set(kept);
    scene.without_session_ids();
    let (here, there, pending) = (scene.app.browser(), scene.app.browser(), scene.app.browser());
    here.sign_in("org1").await;
    there.sign_in("org1").await;
    let link = pending.response("org1").await;
    here.log_out().await;
    assert_eq!(here.profile().await, None);
    assert!(there.profile().await.is_some());
    assert_eq!(pending.get(link.as_str()).await.location().unwrap().path(), "/profile");
}

/// As after any sign-in that fails.
#[tokio::test]
async fn whoever_is_signed_in_already_stays_so_and_is_told() {
    let scene = Scene::set(In::Memory);
    scene.without_session_ids();
    let user = scene.app.browser();
    user.sign_in("org2").await;
    scene.provider.repent();
    let link = user.response("org1").await;
    scene.end(json!({"sid": "a session"})).await;
    let page = user.get(link.as_str()).await;
    assert_ended(&page);
    assert!(page.body.contains("still logged in"), "{}", page.body);
    assert_eq!(user.profile().await.unwrap()["org_name"], "org2");
}

#[tokio::test]
async fn a_revocation_is_kept_for_ten_minutes_longer_than_a_session() {
    let scene = Scene::set(In::Redis);
    scene.end(json!({"sid": "a session"})).await;
    let left = "EVAL \"return redis.call('PTTL', redis.call('KEYS', 'orglab:revocation:*:sid:a session')[1])\" 0";
    let response = scene.redis().say(left);
    let left: u64 = response.lines().next().unwrap().trim_start_matches(':').parse().unwrap();
    let promised = (8 * 60 + 10) * 60 * 1_000;
    assert!((promised - 60_000..=promised).contains(&left), "{left}");
}

#[tokio::test]
async fn instances_whose_clocks_differ_agree_on_what_came_first() {
    let two = Two::start();
    let (ahead, other) = (&two.one, &two.other);
    ahead.clock.advance(TimeDelta::minutes(4));
    let claims = json!({"sid": "a session", "exp": null});
    let early = signed_in(&ahead.base).await;
    two.end_at(other, claims.clone()).await;
    assert_eq!(early.profile().await, None, "a clock that is ahead keeps no session");

    two.end_at(ahead, claims).await;
    let late = signed_in(&other.base).await;
    for instance in [ahead, other] {
        assert!(late.at(&instance.base).profile().await.is_some(), "nor ends one that began later");
    }
}

/// In that case, the machine's clock sets the time of the authorization request.
#[tokio::test]
async fn a_sign_in_begins_while_redis_is_silent_and_ends_once_it_is_back() {
    let scene = Scene::set(In::Redis);
    let (user, redis) = (scene.app.browser(), scene.redis());
    scene.app.browser().get("/").await;
    redis.freeze();
    let link = user.response("org1").await;
    redis.thaw();
    assert_eq!(user.get(link.as_str()).await.location().unwrap().path(), "/profile");
    scene.end(json!({"sid": "a session"})).await;
    assert_eq!(user.profile().await, None);
}

/// Attack: a stolen cookie outlives a logout whose connection broke while the app was still asking the provider for its
/// logout endpoint.
#[tokio::test]
async fn a_logout_ends_the_session_before_it_asks_the_provider_whoever_hangs_up() {
    let Two { one, other, provider, .. } = &Two::start();
    let user = signed_in(&one.base).await;
    let discovery = "/.well-known/openid-configuration";
    let asked = provider.received(discovery).len();
    provider.now(|behaviour| behaviour.discovery_trouble = Some(Trouble::Hang));

    let cookie = user.cookie("__Host-orglab_session").unwrap();
    let mut request = raw::connect(&other.base).await;
    let head = format!(
        "POST /logout HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-orglab_session={cookie}\r\nContent-Length: 0\r\n\r\n"
    );
    tokio::io::AsyncWriteExt::write_all(&mut request, head.as_bytes()).await.unwrap();
    wait_until("discovery", async || provider.received(discovery).len() > asked).await;
    assert_eq!(user.profile().await, None, "before the provider has responded");
    request.set_zero_linger().unwrap(); // resets the connection instead of closing it
    drop(request);
    assert_eq!(user.profile().await, None);
}
