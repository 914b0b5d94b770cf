//! Redis goes away, with or without closing its connections, and comes back.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    instance::{shared, signed_in},
    log,
    provider::Provider,
    redis::{Kind, RedisServer},
    relay::Relay,
    wait_until,
};

/// How it goes.
#[derive(Clone, Copy, Debug)]
enum Going {
    /// `kill -9`: connections break, and new ones are refused.
    Killed,
    /// `SIGSTOP`: connections are open, new ones too, and there are no replies.
    Frozen,
    /// At its memory limit: it reads, and writes nothing.
    Full,
    /// A replica of another server: it reads, and writes nothing.
    Replica,
}

impl Going {
    fn go(self, redis: &mut RedisServer) {
        match self {
            Self::Full => limit_memory(redis, "1"),
            Self::Replica => assert!(redis.say("REPLICAOF 127.0.0.1 1").starts_with("+OK")),
            Self::Killed => redis.kill(),
            Self::Frozen => redis.freeze(),
        }
    }

    fn come_back(self, redis: &mut RedisServer) {
        match self {
            Self::Full => limit_memory(redis, "0"),
            Self::Replica => assert!(redis.say("REPLICAOF NO ONE").starts_with("+OK")),
            Self::Killed => redis.start_again(),
            Self::Frozen => redis.thaw(),
        }
    }
}

fn limit_memory(redis: &RedisServer, bytes: &str) {
    assert!(redis.say(&format!("CONFIG SET maxmemory {bytes}")).starts_with("+OK"));
}

/// Begins to sign in at a provider that asks nothing: the address at the app that its response is brought to.
async fn response(visitor: &Browser) -> String {
    let response = visitor.response("org1").await;
    format!("/callback?{}", response.query().unwrap())
}

/// The response, which must come within the promised two seconds.
async fn within_two_seconds(what: &str, response: impl Future<Output = Page>) -> Page {
    let began = Instant::now();
    let page = response.await;
    assert!(began.elapsed() < Duration::from_secs(2), "{what} took {:?}", began.elapsed());
    page
}

#[rstest]
#[case::killed(Going::Killed)]
#[case::frozen(Going::Frozen)]
#[tokio::test]
async fn pages_that_need_it_say_so_within_two_seconds_and_the_others_work(#[case] going: Going) {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let app = TestApp::at_with(&provider, &shared(&redis.url()));
    let browser = signed_in(&app.base).await;
    let visitor = app.browser();
    let stylesheet = visitor.get("/").await.attribute("link[rel=stylesheet]", "href");
    let response = visitor.response("org1").await;
    going.go(&mut redis);

    for path in ["/profile", "/", "/features/board", "/features/activity.csv", "/logout"] {
        let page = within_two_seconds(path, browser.get(path)).await;
        assert_eq!((page.status, page.error_title().as_str()), (503, "The app can't reach its data"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.text("error-reference").is_some() && page.header("content-security-policy").is_some());
    }
    let json = [("accept", "application/json")];
    let problem = within_two_seconds("JSON", browser.send(Method::GET, "/profile", &json, None)).await;
    assert_eq!((problem.status, problem.header("content-type")), (503, Some("application/problem+json")));
    assert_eq!(serde_json::from_str::<Value>(&problem.body).unwrap()["status"], 503);
    let note = within_two_seconds("a note", browser.post_note("lost?")).await;
    assert_eq!(note.status, 503);
    let back = within_two_seconds("the callback", visitor.get(&format!("/?{}", response.query().unwrap()))).await;
    assert_eq!((back.status, back.error_title().as_str()), (503, "The app can't reach its data"));
    let token = provider.logout_token(|token| token.claim(json!({"sid": "a session"})));
    let form = [("logout_token", token.as_str())];
    let sent = within_two_seconds("a logout token", visitor.post("/backchannel-logout", &form)).await;
    // Back-Channel Logout 2.8 defines no other status for a logout that failed.
    assert_eq!((sent.status, sent.header("content-type")), (400, Some("application/json")));
    assert_eq!(sent.header("cache-control"), Some("no-store"));

    for path in ["/", stylesheet.as_str(), "/healthz"] {
        assert_eq!(within_two_seconds(path, Browser::new(&app.base).get(path)).await.status, 200, "{path}");
    }
    assert_eq!(app.browser().login("org1").await.status, 303);
    let ready = within_two_seconds("/readyz", visitor.get("/readyz")).await;
    let missing = json!({"status": "unreachable", "provider": "ok", "session_store": "unreachable"});
    assert_eq!((ready.status, serde_json::from_str::<Value>(&ready.body).unwrap()), (503, missing));
}

#[rstest]
#[case::killed(Going::Killed)]
#[case::frozen(Going::Frozen)]
#[tokio::test]
async fn all_goes_on_within_a_second_of_its_return(#[case] going: Going) {
    let provider = Provider::start();
    let mut redis = RedisServer::that_keeps(Kind::Redis);
    let app = TestApp::at_with(&provider, &shared(&redis.url()));
    let browser = signed_in(&app.base).await;
    for _ in 0..2 {
        going.go(&mut redis);
        assert_eq!(browser.get("/profile").await.status, 503);
        tokio::time::sleep(Duration::from_secs(2)).await; // the pauses between attempts are at their longest
        going.come_back(&mut redis);
        let back = Instant::now();
        let page = browser.get("/profile").await;
        assert_eq!(page.status, 200, "the first request, after {:?}", back.elapsed());
        assert!(back.elapsed() < Duration::from_secs(1), "{:?}", back.elapsed());
    }
    assert_eq!(browser.post_note("again").await.status, 303);
    assert_eq!(browser.get("/readyz").await.status, 200);
}

/// It responds, but not with what is needed.
#[rstest]
#[case::full(Going::Full)]
#[case::a_replica(Going::Replica)]
#[tokio::test]
async fn one_that_takes_no_writes_is_not_ready_until_it_does_again(#[case] going: Going) {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let app = TestApp::at_with(&provider, &shared(&redis.url()));
    let browser = signed_in(&app.base).await;
    for _ in 0..2 {
        going.go(&mut redis);
        let ready = browser.get("/readyz").await;
        let missing = json!({"status": "unreachable", "provider": "ok", "session_store": "unreachable"});
        assert_eq!((ready.status, serde_json::from_str::<Value>(&ready.body).unwrap()), (503, missing));
        assert_eq!(browser.post_note("lost?").await.status, 503);

        going.come_back(&mut redis);
        assert_eq!(browser.get("/readyz").await.status, 200);
        assert_eq!(browser.post_note("kept").await.status, 303);
    }
}

/// The connections stay open to the server that is a replica now.
#[tokio::test]
async fn after_a_failover_behind_its_address_the_new_server_serves() {
    let provider = Provider::start();
    let (first, second) = (RedisServer::start(Kind::Redis), RedisServer::start(Kind::Redis));
    let relay = Relay::to(first.port).await;
    let app = TestApp::at_with(&provider, &shared(&format!("redis://127.0.0.1:{}", relay.port)));
    let browser = signed_in(&app.base).await;
    assert_eq!(browser.post_note("before").await.status, 303);
    for (old, new) in [(&first, &second), (&second, &first)] {
        assert!(new.say(&format!("REPLICAOF 127.0.0.1 {}", old.port)).starts_with("+OK"));
        wait_until("the replica", async || new.say("INFO replication").contains("master_link_status:up")).await;
        wait_until("its data", async || {
            let offset = |server: &RedisServer, name: &str| {
                let info = server.say("INFO replication");
                info.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap()
            };
            offset(old, "master_repl_offset:") == offset(new, "slave_repl_offset:")
        })
        .await;

        assert!(new.say("REPLICAOF NO ONE").starts_with("+OK"));
        assert!(old.say(&format!("REPLICAOF 127.0.0.1 {}", new.port)).starts_with("+OK"));
        relay.switch_to(new.port);
        // A new connection is not replaced at once.
        wait_until("a note", async || browser.post_note("after").await.status == 303).await;
        assert_eq!(browser.get("/readyz").await.status, 200);
        assert!(signed_in(&app.base).await.profile().await.is_some());
    }
}

#[tokio::test]
async fn an_app_that_starts_before_its_redis_finds_it() {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    redis.kill();
    let app = TestApp::at_with(&provider, &shared(&redis.url()));
    assert_eq!(app.browser().get("/").await.status, 200);
    assert_eq!(app.browser().get("/readyz").await.status, 503);
    redis.start_again();
    let browser = signed_in(&app.base).await;
    assert!(browser.profile().await.is_some());
}

/// A machine that takes connections and never responds, as a proxy before a dead Redis does.
#[tokio::test]
async fn one_that_takes_connections_and_never_replies_counts_as_gone() {
    let provider = Provider::start();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let app = TestApp::at_with(&provider, &shared(&url));
    let ready = within_two_seconds("/readyz", app.browser().get("/readyz")).await;
    assert_eq!(ready.status, 503);
    wait_until("the prompt", async || app.browser().get("/").await.status == 200).await;
}

/// A code works once: where the sign-in can't be kept, a reload must not send it again.
#[rstest]
#[case::killed(Going::Killed)]
#[case::frozen(Going::Frozen)]
#[case::full(Going::Full)]
#[case::a_replica(Going::Replica)]
#[tokio::test]
async fn an_attempt_whose_code_was_sent_is_gone_though_nobody_could_be_signed_in(#[case] going: Going) {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let app = TestApp::at_with(&provider, &shared(&redis.url()));
    let visitor = app.browser();
    let response = response(&visitor).await;
    going.go(&mut redis);
    let page = within_two_seconds("the callback", visitor.get(&response)).await;
    assert_eq!((page.status, page.error_title().as_str()), (503, "The app can't reach its data"));
    assert_eq!(visitor.cookies_named("__Host-orglab_attempt_"), Vec::<String>::new());

    going.come_back(&mut redis);
    assert_eq!(visitor.get(&response).await.status, 400);
    assert_eq!(provider.received("/token").len(), 1, "the code was sent once");
    assert!(signed_in(&app.base).await.profile().await.is_some());
}

#[rstest]
#[case::killed(Going::Killed)]
#[case::frozen(Going::Frozen)]
#[case::full(Going::Full)]
#[case::a_replica(Going::Replica)]
#[tokio::test]
async fn a_refusal_that_cannot_be_recorded_is_shown_and_uses_its_attempt_up(#[case] going: Going) {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let url = redis.url();
    let settings = [&shared(&url)[..], &[("ORGANIZATION_IDS", "org1=org_org1")]].concat();
    let app = TestApp::at_with(&provider, &settings);
    let visitor = app.browser();
    let response = response(&visitor).await;
    let (_, state) = response.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let refusal = format!("/callback?error=access_denied&error_description=no+entry&state={state}");
    going.go(&mut redis);
    let first = within_two_seconds("the refusal", visitor.get(&refusal)).await;
    let again = within_two_seconds("the refusal again", visitor.get(&refusal)).await;
    for page in [&first, &again] {
        assert_eq!(page.status, 403, "{}", page.body);
        let words = ["error-code", "error-description"].map(|id| page.text(id).unwrap());
        assert_eq!(words, ["access_denied", "no entry"]);
    }
    let reference = first.text("error-reference").unwrap();
    assert_eq!(again.text("error-reference").as_ref(), Some(&reference), "a reload shows the same page");
    let refused = log::lines_with(&reference).into_iter().filter(|line| line.contains("sign-in refused"));
    assert_eq!(refused.count(), 1, "and reports nothing twice");

    going.come_back(&mut redis);
    assert_eq!(visitor.get(&response).await.status, 400);
    assert!(provider.received("/token").is_empty(), "a reported attempt takes no code");
}
