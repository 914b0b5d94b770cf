//! Several instances serve the same users, and nothing that was acknowledged is lost with any of them.

use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use url::form_urlencoded;

use crate::support::{
    behaviour::Trouble,
    browser::{Browser, Page},
    instance::{instance, sign_in_across, signed_in},
    provider::Provider,
    redis::{Kind, RedisServer},
    scene::Two,
    wait_until,
};

#[tokio::test]
async fn a_sign_in_begun_at_one_instance_ends_at_another_and_counts_at_both() {
    let two = Two::start();
    let (browser, page) = sign_in_across(&two.one.browser(), &two.other.base, "org1").await;
    assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
    let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(cookies.iter().all(|cookie| cookie.starts_with("__Host-") && cookie.contains("; Secure")), "{cookies:?}");
    for base in [&two.one.base, &two.other.base] {
        assert_eq!(browser.at(base).profile().await.unwrap()["org_name"], "org1", "at {base}");
    }
    browser.at(&two.one.base).log_out().await;
    assert_eq!(browser.profile().await, None, "and ends at both");
}

#[tokio::test]
async fn what_is_written_at_one_instance_is_read_at_another() {
    let two = Two::start();
    let browser = signed_in(&two.one.base).await;
    let there = browser.at(&two.other.base);
    assert_eq!(browser.post_note("from the one").await.status, 303);
    assert_eq!(there.post_note("from the other").await.status, 303);
    for browser in [&browser, &there] {
        assert_eq!(notes(&browser.get("/features/board").await), ["from the other", "from the one"]);
        assert!(browser.get("/features/people").await.body.contains("alice@org1.example"));
        assert!(browser.get("/features/activity.csv").await.body.contains("alice@org1.example"));
    }
}

#[tokio::test]
async fn a_session_ends_at_its_lifetime_at_each_instance() {
    let two = Two::start();
    let browser = signed_in(&two.one.base).await;
    two.other.clock.advance(TimeDelta::hours(8));
    assert_eq!(browser.at(&two.other.base).profile().await, None);
}

#[tokio::test]
async fn the_provider_ends_a_session_or_all_of_a_user_at_every_instance() {
    let two = Two::start();
    let named = |claims: serde_json::Value| two.provider.logout_token(|token| token.claim(claims));
    for claims in [json!({"sid": "a session"}), json!({"sub": "okta|Okta1|alice"})] {
        let token = named(claims.clone());
        let browser = signed_in(&two.one.base).await;
        let sent = two.other.browser().post("/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!((sent.status, sent.body.as_str()), (200, ""), "{claims}");
        let page = browser.get("/features/board").await;
        assert_eq!((page.status, page.header("location")), (303, Some("/?return_to=%2Ffeatures%2Fboard")), "{claims}");
        for base in [&two.one.base, &two.other.base] {
            assert_eq!(browser.at(base).profile().await, None, "{claims} at {base}");
            let again = Browser::new(base).post("/backchannel-logout", &[("logout_token", &token)]).await;
            assert_eq!(again.status, 400, "a token works once, at {base}");
        }
        assert!(signed_in(&two.one.base).await.at(&two.other.base).profile().await.is_some(), "a new one may begin");
    }
    let somebody_elses = named(json!({"sid": "another session"}));
    let browser = signed_in(&two.one.base).await;
    assert_eq!(browser.post("/backchannel-logout", &[("logout_token", &somebody_elses)]).await.status, 200);
    assert!(browser.at(&two.other.base).profile().await.is_some());
}

/// Both instances and Redis are killed while notes are written; what was acknowledged with a redirect is there
/// afterwards, and whoever was signed in still is.
#[tokio::test]
async fn nothing_acknowledged_is_lost_when_all_are_killed() {
    let provider = Provider::start();
    let mut redis = RedisServer::that_keeps(Kind::Redis);
    let url = redis.url();
    let mut one = instance(&provider, &url, &[]);
    let mut other = instance(&provider, &url, &[]);
    let browser = signed_in(&one.base).await;

    let acknowledged = Mutex::new(BTreeSet::new());
    let write = async |writer: usize, base: String| {
        let browser = browser.at(&base);
        for number in 0..200 {
            let note = format!("note {number} of {writer}");
            let form = form_urlencoded::Serializer::new(String::new()).append_pair("note", &note).finish();
            match browser.try_send(Method::POST, "/features/board", &[], Some(form)).await {
                Ok(page) if page.status == 303 => drop(acknowledged.lock().unwrap().insert(note)),
                _ => break,
            }
        }
    };
    let writers = join_all((0..4).map(|writer| {
        let base = if writer % 2 == 0 { &one.base } else { &other.base };
        write(writer, base.clone())
    }));
    let is_enough = async {
        while acknowledged.lock().unwrap().len() < 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    {
        let mut writers = std::pin::pin!(writers);
        tokio::select! {
            _ = &mut writers => panic!("the writers ended too soon"),
            () = is_enough => {}
        }
        redis.kill();
        one.kill();
        other.kill();
        writers.await;
    }

    redis.start_again();
    let one = instance(&provider, &url, &[]);
    let kept = all_notes(&browser.at(&one.base)).await;
    let lost: Vec<_> = acknowledged.lock().unwrap().difference(&kept).cloned().collect();
    assert_eq!(lost, Vec::<String>::new());
}

/// With each worker's connection on its own thread, a worker that has nothing to do does not take it from one that has.
#[rstest]
#[case::with_redis(false)]
#[case::without(true)]
#[tokio::test]
async fn an_instance_that_is_stopped_finishes_what_it_has_begun(#[case] is_redis_gone: bool) {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let url = redis.url();
    let (mut one, other) = (instance(&provider, &url, &[]), instance(&provider, &url, &[]));
    signed_in(&one.base).await;
    provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_secs(2))));
    let visitor = Browser::new(&one.base);
    let in_flight = sign_in_across(&visitor, &one.base, "org1");
    let stop = async {
        wait_until("the token request", async || provider.received("/token").len() == 2).await;
        one.signal("TERM");
        if is_redis_gone {
            redis.kill();
        }
    };
    let ((browser, page), ()) = join(in_flight, stop).await;
    if is_redis_gone {
        assert_eq!(page.status, 503);
    } else {
        assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
        assert!(browser.at(&other.base).profile().await.is_some());
    }
    wait_until("the end", async || one.child.try_wait().unwrap().is_some()).await;
    assert_eq!(one.child.wait().unwrap().code(), Some(0));
}

/// The texts on all pages of the board.
async fn all_notes(browser: &Browser) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for number in 1.. {
        let page = browser.get(&format!("/features/board?page={number}")).await;
        assert_eq!(page.status, 200, "still signed in");
        all.extend(notes(&page));
        if !page.body.contains(&format!("?page={}\"", number + 1)) {
            break;
        }
    }
    all
}

/// The texts on the board, newest first.
fn notes(page: &Page) -> Vec<String> {
    page.texts("[data-testid='notes'] .note-text")
}
