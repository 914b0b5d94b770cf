//! Starting with a Redis that accepts the credentials, that rejects them, and that is not running yet.

use rstest::rstest;

use crate::support::{
    browser::Browser,
    instance::{failed_start, instance, signed_in},
    process::Process,
    provider::Provider,
    redis::{Kind, RedisServer, certificates},
};

/// What a user of the app's may do at Redis, as the README has it.
fn rights(password: &str) -> String {
    let mut lines = include_str!("../../README.md").lines();
    lines.find(|line| line.starts_with("ACL SETUSER")).unwrap().replace("PASSWORD", password)
}

#[rstest]
#[case::no_password("redis://127.0.0.1:PORT", "NOAUTH")]
#[case::a_wrong_password("redis://:hunter2@127.0.0.1:PORT", "WRONGPASS")]
#[case::an_unknown_user("redis://orglab:hunter2@127.0.0.1:PORT/", "WRONGPASS")]
#[tokio::test]
async fn refused_credentials_stop_the_start_with_a_line_that_does_not_show_them(#[case] url: &str, #[case] code: &str) {
    let redis = RedisServer::with(Kind::Redis, &["--requirepass", "the right one"]);
    let (status, said) = failed_start(&url.replace("PORT", &redis.port.to_string()));
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("REDIS_URL: ") && said.contains(code), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{}", redis.port)) && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_password_and_a_user_with_few_rights_are_enough() {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    assert!(redis.say(&rights("p%40ss~w:rd")).starts_with("+OK"));
    assert!(redis.say("ACL SETUSER default off").starts_with("+OK"));
    // What has a meaning in a URL is percent-encoded there.
    let url = format!("redis://orglab:p%2540ss~w%3Ard@127.0.0.1:{}/0", redis.port);
    works(&instance(&provider, &url, &[])).await;
}

#[rstest]
#[case::redis(Kind::Redis)]
#[case::valkey(Kind::Valkey)]
#[tokio::test]
async fn tls_works_with_a_certificate_that_the_machine_trusts_and_with_no_other(#[case] kind: Kind) {
    if !kind.is_here() {
        return;
    }
    let (provider, redis) = (Provider::start(), RedisServer::with_tls(kind));
    let url = format!("rediss://localhost:{}", redis.port);
    let [authority, ..] = certificates();
    let trusting = [("SSL_CERT_FILE", authority)];
    works(&instance(&provider, &url, &trusting)).await;

    let distrustful = instance(&provider, &url, &[]);
    assert_eq!(Browser::new(&distrustful.base).get("/readyz").await.status, 503);
    let in_plain_words = instance(&provider, &url.replace("rediss", "redis"), &trusting);
    assert_eq!(Browser::new(&in_plain_words.base).get("/readyz").await.status, 503);
}

/// All kinds of things are written and read.
async fn works(instance: &Process) {
    let browser = signed_in(&instance.base).await;
    assert_eq!(browser.get("/readyz").await.status, 200);
    assert_eq!(browser.post_note("written").await.status, 303);
    for path in ["/features/board", "/features/people", "/features/activity"] {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    browser.log_out().await;
    assert_eq!(browser.profile().await, None);
}

#[tokio::test]
async fn a_redis_that_is_not_there_does_not_stop_the_start() {
    let (provider, mut redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    redis.kill();
    let instance = instance(&provider, &redis.url(), &[]);
    assert_eq!(Browser::new(&instance.base).get("/").await.status, 200);
    redis.start_again();
    works(&instance).await;
}

#[tokio::test]
async fn who_was_signed_in_still_is_after_a_restart_of_the_app() {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let mut before = instance(&provider, &redis.url(), &[]);
    let browser = signed_in(&before.base).await;
    before.kill();
    let after = instance(&provider, &redis.url(), &[]);
    assert!(browser.at(&after.base).profile().await.is_some());
}
