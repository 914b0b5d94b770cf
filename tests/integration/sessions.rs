//! A sign-in begins with a new session, ends when it must, and leaves nothing behind.

use std::time::Instant;

use chrono::TimeDelta;
use rstest::rstest;

use crate::support::{app::TestApp, provider::Provider, stores::In, wait_until};

/// Attack (session fixation): the attacker plants a session of their own in the victim's browser, and waits for the
/// victim to sign in with it.
#[tokio::test]
async fn signing_in_makes_a_new_session_and_kills_the_old() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (attacker, victim) = (app.browser(), app.browser());
    attacker.sign_in("org2").await;
    let planted = attacker.cookie(&app.session_cookie()).unwrap();

    victim.set_cookie(&app.session_cookie(), &planted);
    victim.sign_in("org1").await;
    assert_eq!(victim.profile().await.unwrap()["org_name"], "org1");
    assert_ne!(victim.cookie(&app.session_cookie()).unwrap(), planted);
    assert_eq!(attacker.profile().await, None, "the planted session is dead");
}

/// Attack: a cookie copied from the victim's browser is used after the victim has logged out.
#[tokio::test]
async fn a_copied_cookie_opens_nothing_after_logout() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let victim = app.browser();
    victim.sign_in("org1").await;
    let thief = victim.copy();
    assert!(thief.profile().await.is_some());
    victim.log_out().await;
    assert_eq!(victim.cookie(&app.session_cookie()), None, "the browser is told to forget it");
    assert_eq!(thief.profile().await, None);
    assert_eq!(thief.get("/features/board").await.status, 303);
    assert_eq!(victim.profile().await, None);
}

/// The store keeps nothing of a session that was logged out.
#[tokio::test]
async fn a_logout_deletes_the_session() {
    let provider = Provider::start();
    let (app, redis) = In::Redis.app(&provider);
    let browser = app.signed_in("org1").await;
    let redis = redis.unwrap();
    let keys = || redis.say("KEYS orglab:session:*").lines().filter(|line| line.starts_with("orglab:")).count();
    assert_eq!(keys(), 1);
    browser.log_out().await;
    assert_eq!(keys(), 0);
}

#[tokio::test]
async fn a_session_ends_at_its_lifetime_used_or_not() {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("SESSION_TTL", "2h"), ("SESSION_IDLE", "2h")]);
    let browser = app.browser();
    browser.sign_in("org1").await;
    app.clock.advance(TimeDelta::minutes(119));
    assert!(browser.profile().await.is_some());
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(browser.profile().await, None);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_before_its_lifetime() {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("SESSION_IDLE", "1s")]);
    let (used, unused) = (app.browser(), app.browser());
    used.sign_in("org1").await;
    unused.sign_in("org1").await;
    let began = Instant::now();
    wait_until("a second and a half of use", async || {
        assert!(used.profile().await.is_some(), "a session in use goes on");
        began.elapsed().as_millis() > 1500
    })
    .await;
    assert_eq!(unused.profile().await, None);
}

/// Attack: visitors who never sign in fill the server's memory with sessions.
#[tokio::test]
async fn visitors_get_no_session() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    for path in ["/", "/profile", "/features", "/logout", "/nowhere", "/?error=access_denied&state=1"] {
        browser.get(path).await;
        assert_eq!(browser.cookies_named(""), Vec::<String>::new(), "{path}");
    }
    browser.login("org1").await;
    assert_eq!(browser.cookies_named("orglab_session"), Vec::<String>::new());
    assert_eq!(browser.cookies_named("orglab_attempt_").len(), 1, "the browser keeps its attempt itself");
}

#[tokio::test]
async fn an_attempt_is_gone_once_its_response_has_come() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    assert_eq!(browser.cookies_named("orglab_attempt_"), Vec::<String>::new());
}

#[tokio::test]
async fn several_tabs_sign_in_side_by_side_and_the_oldest_of_too_many_goes() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let mut tabs = Vec::new();
    for tab in 1..=6 {
        tabs.push(browser.login(&format!("org{tab}")).await);
        app.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(browser.cookies_named("orglab_attempt_").len(), 5);
    let mut tabs = tabs.into_iter();
    let oldest = browser.follow(tabs.next().unwrap()).await;
    assert_eq!(oldest.status, 400, "{}", oldest.body);
    for (tab, number) in tabs.zip(2..) {
        let page = browser.follow(tab).await;
        assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
        assert_eq!(browser.profile().await.unwrap()["org_name"], format!("org{number}"));
    }
}

/// Attack: a response that was intercepted is used long after.
#[tokio::test]
async fn an_attempt_lives_for_ten_minutes() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (early, late) = (app.browser(), app.browser());
    let (in_time, too_late) = (early.login("org1").await, late.login("org1").await);
    app.clock.advance(TimeDelta::seconds(599));
    // The token is as old as the provider's clock, which stands still here: it is within a day.
    assert_eq!(early.follow(in_time).await.url.path(), "/profile");
    app.clock.advance(TimeDelta::seconds(1));
    let page = late.follow(too_late).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
}

/// Attack: a request in flight at logout writes its session back (with 60 at once, some are in flight). For a sign-in
/// in flight, see `revocations::a_logout_ends_the_sign_in_that_another_tab_waits_for`.
#[rstest]
#[tokio::test]
async fn a_request_in_flight_at_logout_does_not_bring_the_session_back(#[values(In::Memory, In::Redis)] kept: In) {
    let provider = Provider::start();
    let (app, _redis) = kept.app(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let thief = browser.copy();
    let requests = (0..60).map(async |number| match number % 4 {
        0 => thief.post_note(&format!("note {number}")).await,
        1 => thief.get("/profile").await,
        2 => thief.get("/features/board").await,
        _ => thief.get("/").await,
    });
    let (pages, logout) = futures_util::future::join(futures_util::future::join_all(requests), browser.log_out()).await;
    assert_eq!(logout.status, 303);
    assert!(pages.iter().any(|page| page.location().is_some_and(|to| to.path() == "/features/board")), "some wrote");
    assert_eq!(thief.profile().await, None);
    assert_eq!(app.browser().profile().await, None);
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_other_sites_and_plain_http() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.login("org1").await;
    let callback = browser.get(login.location().unwrap().as_str()).await;
    let callback = browser.get(callback.location().unwrap().as_str()).await;
    for page in [&login, &callback] {
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let attributes = ["HttpOnly", "SameSite=Lax", "Path=/"];
            assert!(attributes.iter().all(|attribute| cookie.contains(attribute)), "{cookie}");
            assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
        }
    }
    assert!(login.header("set-cookie").unwrap().starts_with(&app.attempt_cookies()));

    let https = TestApp::at_with(&provider, &[("APP_BASE_URL", "https://lab.example.com")]);
    let cookie = https.browser().login("org1").await.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-orglab_attempt_") && cookie.contains("; Secure"), "{cookie}");
}
