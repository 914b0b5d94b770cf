//! The app's connections to the provider: kept for the next sign-in, and never to the harm of one. A code is sent once,
//! and no request gets what belongs to another, whatever the provider does with a connection.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    behaviour::{Trouble, change},
    browser::{Browser, Page},
    front::{Deed, Front, Request},
    hostile::assert_nothing_leaks,
    process::Process,
    token::Draft,
    wait_until,
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Each sign-in is another user's: one of them would have too many sessions.
fn of_many_users(front: &Front) {
    let number = AtomicUsize::new(0);
    front.provider.now(|behaviour| {
        behaviour.id_token = change(move |token: &mut Draft| {
            token.claim(json!({"sub": format!("user {}", number.fetch_add(1, Ordering::SeqCst))}));
        });
    });
}

/// This many sign-ins, of which `at_once` are under way at a time. All succeed.
async fn sign_in_often(app: &TestApp, count: usize, at_once: usize) {
    let visitors = (0..at_once).map(|_| async {
        for _ in 0..count / at_once {
            assert_signed_in(&app.browser().sign_in("org1").await);
        }
    });
    join_all(visitors).await;
}

fn assert_signed_in(page: &Page) {
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

/// Signs in over and over until a sign-in fails: the page where it ended, and its browser. On a busy machine, a request
/// may come so late that its connection is no longer kept.
async fn sign_in_until_it_fails(app: &TestApp) -> (Browser, Page) {
    let began = Instant::now();
    loop {
        let browser = app.browser();
        let page = browser.sign_in("org1").await;
        if page.status != 200 {
            return (browser, page);
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no connection was kept");
    }
}

#[tokio::test]
async fn two_hundred_sign_ins_take_ten_connections_at_most() {
    let front = Front::honest();
    of_many_users(&front);
    let app = TestApp::at(&front.provider);
    sign_in_often(&app, 200, 4).await;
    assert_eq!(front.requests_for("/token").len(), 200);
    let connections: BTreeSet<_> = front.requests().iter().map(|request| request.connection).collect();
    assert!(connections.len() <= 10, "{} connections", connections.len());
}

#[tokio::test]
async fn a_provider_that_closes_each_connection_without_saying_so_costs_no_sign_in() {
    let front = Front::that(|_| Deed::RespondAndClose);
    of_many_users(&front);
    let app = TestApp::at(&front.provider);
    sign_in_often(&app, 30, 1).await;
    assert_eq!(front.requests_for("/token").len(), 30);
}

#[tokio::test]
async fn a_connection_that_the_provider_has_closed_is_not_used_for_a_code() {
    let front = Front::honest();
    let app = TestApp::at(&front.provider);
    for number in 1..=20 {
        let browser = app.browser();
        let response = browser.response("org1").await;
        front.close_idle().await;
        assert_signed_in(&browser.follow(browser.get(response.as_str()).await).await);
        assert_eq!(front.requests_for("/token").len(), number);
    }
}

/// Attack: a provider, or what stands before it, reads a code and cuts the connection. If the app sent the code again,
/// the provider would take it for stolen, and revoke what it has issued (RFC 6749, 4.1.2).
#[tokio::test]
async fn a_code_is_sent_once_although_the_kept_connection_breaks() {
    let front = Front::that(|request| match (request.path.as_str(), request.is_on_kept) {
        ("/token", true) => Deed::Close,
        _ => Deed::Respond,
    });
    let app = TestApp::at(&front.provider);
    let (browser, page) = sign_in_until_it_fails(&app).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The provider can't be reached"));
    assert!(page.body.contains("the connection failed"), "{}", page.body);
    assert!(!page.body.contains("the code was not sent"), "{}", page.body);
    assert_nothing_leaks(&front.provider, &page);
    assert_eq!(browser.profile().await, None);
    assert_eq!(browser.cookies_named(&app.attempt_cookies()), Vec::<String>::new(), "the attempt is used up");

    let again = browser.get(&page.attribute("[data-testid='try-again']", "href")).await;
    assert_signed_in(&browser.follow(again).await);
    let codes: Vec<_> = front.requests_for("/token").into_iter().map(|request| request.body).collect();
    assert!(codes.len() >= 2);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "each once");
}

/// After a failover, all kept connections are dead. One sign-in may notice; the next must not try another of them.
#[tokio::test]
async fn after_a_connection_broke_no_other_kept_one_is_used() {
    let front = Front::honest();
    of_many_users(&front);
    front.provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_millis(300))));
    let app = TestApp::at(&front.provider);
    sign_in_often(&app, 8, 8).await;
    front.now(|request| if request.is_on_kept && request.path == "/token" { Deed::Close } else { Deed::Respond });
    let (_, page) = sign_in_until_it_fails(&app).await;
    assert_eq!(page.status, 503);
    let before = front.requests_for("/token").len();
    sign_in_often(&app, 4, 4).await;
    assert!(front.requests_for("/token")[before..].iter().all(|request| !request.is_on_kept));
}

#[rstest]
#[case::keys("/keys")]
#[case::userinfo("/userinfo")]
#[tokio::test]
async fn a_get_is_sent_again_over_a_new_connection(#[case] path: &'static str) {
    let is_cut = move |request: &Request| request.path == path && request.is_on_kept;
    let front = Front::that(move |request| if is_cut(request) { Deed::Close } else { Deed::Respond });
    front.provider.now(|behaviour| {
        behaviour.claim(
            json!({"name": null, "email": null, "preferred_username": null, "given_name": null, "family_name": null}),
        );
        behaviour.userinfo = change(|claims: &mut serde_json::Value| claims["name"] = json!("Alice of userinfo"));
    });
    let cut = || front.requests_for(path).iter().any(is_cut);
    let began = Instant::now();
    while !cut() {
        let (before, app) = (front.requests_for(path).len(), TestApp::at(&front.provider)); // it has no keys yet
        let page = app.browser().sign_in("org1").await;
        assert_signed_in(&page);
        assert!(page.body.contains("Alice of userinfo"), "{}", page.body);
        assert_eq!(front.requests_for(path).len(), before + if cut() { 2 } else { 1 });
        assert!(began.elapsed() < Duration::from_secs(30), "no connection was kept");
    }
    let requests = front.requests_for(path);
    assert!(!requests.last().unwrap().is_on_kept);
}

#[tokio::test]
async fn a_discovery_document_that_is_fetched_again_is_asked_for_twice_at_most() {
    let front = Front::honest();
    front.provider.now(|behaviour| behaviour.discovery_trouble = Some(Trouble::html(404)));
    let app = TestApp::at(&front.provider);
    assert_eq!(app.browser().login("org1").await.status, 503); // a failure is not cached
    front.provider.repent();

    front.now(|request| if request.is_on_kept { Deed::Close } else { Deed::Respond });
    assert_eq!(app.browser().login("org1").await.status, 303);
    assert!(matches!(front.requests_for(DISCOVERY).len(), 2 | 3), "{:?}", front.requests());

    let other = TestApp::at(&front.provider);
    front.now(|_| Deed::Close);
    let before = front.requests().len();
    assert_eq!(other.browser().login("org1").await.status, 503);
    assert_eq!(front.requests().len(), before + 2, "once more, not for ever");
    assert_eq!(other.browser().login("org1").await.status, 503);
    assert_eq!(front.requests().len(), before + 3, "a new connection broke: no reason to try another");
}

const NO_KEYS: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}";

/// Attack (response smuggling): bytes that follow a response, for the next request to take as its own: here the request
/// for keys, which follows at once.
#[rstest]
#[case::a_second_response(NO_KEYS)]
#[case::a_byte("H")]
#[case::an_empty_line("\r\n")]
#[tokio::test]
async fn nothing_that_follows_a_response_is_taken_for_the_next(#[case] more: &'static str) {
    let front =
        Front::that(move |request| if request.path == "/token" { Deed::RespondAndSay(more) } else { Deed::Respond });
    of_many_users(&front);
    for number in 0..5 {
        let app = TestApp::at(&front.provider); // it has no keys yet
        let browser = app.browser();
        assert_signed_in(&browser.sign_in("org1").await);
        assert_eq!(browser.profile().await.unwrap()["sub"], format!("user {number}"));
    }
    assert!(front.requests().iter().all(|request| !request.is_after_surplus));
}

/// The same by a length that is too short: what is cut off comes where the next response would.
#[tokio::test]
async fn the_rest_of_a_response_is_not_taken_for_the_next() {
    let front = Front::that(|request| if request.path == "/token" { Deed::Understate(20) } else { Deed::Respond });
    let app = TestApp::at(&front.provider);
    for _ in 0..5 {
        let page = app.browser().sign_in("org1").await;
        assert_eq!((page.status, page.error_title().as_str()), (502, "The provider's response can't be used"));
        assert_nothing_leaks(&front.provider, &page);
    }
    front.now(|_| Deed::Respond);
    assert_signed_in(&app.browser().sign_in("org1").await);
    assert!(front.requests().iter().all(|request| !request.is_after_surplus));
}

/// The same with bytes that come while nobody has asked: a response in store for the next user's code.
#[tokio::test]
async fn a_connection_on_which_something_came_unasked_is_closed() {
    let front = Front::honest();
    let app = TestApp::at(&front.provider);
    for _ in 0..5 {
        let browser = app.browser();
        let response = browser.response("org1").await;
        front.say_on_idle(NO_KEYS).await;
        assert_signed_in(&browser.follow(browser.get(response.as_str()).await).await);
    }
    assert!(front.requests().iter().all(|request| !request.is_after_surplus));
}

/// Many servers close a connection that has been idle for five seconds, and a request that is sent at that moment fails.
#[tokio::test]
async fn idle_connections_are_closed_before_the_provider_closes_them() {
    let front = Front::honest();
    front.provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_millis(300))));
    let app = TestApp::at(&front.provider);
    sign_in_often(&app, 6, 6).await;
    wait_until("the app to close its connections", async || front.open() == 0).await;
    assert_eq!(front.closed_idle(), 0);
}

/// Attack: a provider that never responds and never closes a connection holds ever more of them.
#[tokio::test]
async fn no_connection_outlives_its_request_at_a_provider_that_hangs() {
    let front = Front::that(|request| if request.path == "/token" { Deed::Hang } else { Deed::Respond });
    let app = TestApp::at(&front.provider);
    let browsers: Vec<_> = (0..40).map(|_| app.browser()).collect();
    let pages = join_all(browsers.iter().map(|browser| browser.sign_in("org1"))).await;
    assert!(pages.iter().all(|page| page.status == 503));
    assert!(pages[0].body.contains("the request timed out"), "{}", pages[0].body);
    assert_eq!(front.requests_for("/token").len(), 40);
    wait_until("the app to close its connections", async || front.open() == 0).await;
}

#[tokio::test]
async fn kept_connections_do_not_delay_the_end() {
    let front = Front::honest();
    let issuer = [("OIDC_ISSUER_URL", front.provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    for (settings, last, is_asked) in [(&issuer[..], "Users log in at", false), (&[], "Ctrl-C", true)] {
        let mut orglab = Process::start(settings, last);
        let browser = Browser::new(&orglab.base);
        let page = browser.sign_in("org1").await;
        let page = if is_asked { browser.choose_user(page, "alice@org1.example").await } else { page };
        assert_signed_in(&page);
        let began = Instant::now();
        orglab.signal("INT");
        wait_until("the end", async || orglab.child.try_wait().unwrap().is_some()).await;
        assert!(began.elapsed() < Duration::from_secs(5), "the demo tenant would wait for up to five");
        assert_eq!(orglab.child.wait().unwrap().code(), Some(0));
    }
}
