//! Starting with a Redis that accepts the credentials, that rejects them, and that is not running yet.

use rstest::rstest;

use crate::support::{
    browser::Browser,
    documentation::page,
    instance::{failed_start, instance, signed_in},
    process::Process,
    provider::Provider,
    redis::{Kind, RedisServer, certificates},
    wait_until,
};

/// The users of Redis, as the documentation has them: a line of an ACL file each.
fn users(password: &str) -> Vec<String> {
    let page = page("docs/deployment.md");
    let lines = page.lines().filter(|line| line.starts_with("user "));
    lines.map(|line| line.replace("PASSWORD", password)).collect()
}

#[rstest]
#[case::no_password("redis://127.0.0.1:PORT", "NOAUTH")]
#[case::a_wrong_password("redis://:hunter2@127.0.0.1:PORT", "WRONGPASS")]
#[case::an_unknown_user("redis://orglab:hunter2@127.0.0.1:PORT/", "WRONGPASS")]
#[case::a_database_that_is_not_there("redis://:the%20right%20one@127.0.0.1:PORT/99", "database")]
#[tokio::test]
async fn refused_credentials_stop_the_start_with_a_line_that_does_not_show_them(#[case] url: &str, #[case] code: &str) {
    let redis = RedisServer::with(Kind::Redis, &["--requirepass", "the right one"]);
    let (status, said) = failed_start(&url.replace("PORT", &redis.port.to_string()));
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("REDIS_URL: ") && said.contains(code), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{}", redis.port)) && !said.contains("hunter2"), "{said}");
    assert!(!said.contains("the right one") && !said.contains("the%20right%20one"), "{said}");
}

#[tokio::test]
async fn a_password_and_a_user_with_few_rights_are_enough() {
    let (provider, redis) = (Provider::start(), RedisServer::with_users(Kind::Redis, &users("p%40ss~w:rd")));
    assert!(redis.say("GET orglab:readiness").starts_with("-NOAUTH"), "nobody gets in without a password");
    // What has a meaning in a URL is percent-encoded there.
    let url = format!("redis://orglab:p%2540ss~w%3Ard@127.0.0.1:{}/0", redis.port);
    works(&instance(&provider, &url, &[])).await;
}

/// Redis replays the transactions of its append-only file as the user `default` (redis/redis#14541).
#[rstest]
#[case::redis(Kind::Redis)]
#[case::valkey(Kind::Valkey)]
#[tokio::test]
async fn with_the_users_of_the_documentation_a_restart_of_redis_loses_nothing(#[case] kind: Kind) {
    if !kind.is_here() {
        return;
    }
    let (provider, mut redis) = (Provider::start(), RedisServer::with_users(kind, &users("password")));
    let url = format!("redis://orglab:password@127.0.0.1:{}", redis.port);
    let instance = instance(&provider, &url, &[]);
    let browser = signed_in(&instance.base).await;
    assert_eq!(browser.post_note("written in a transaction").await.status, 303);
    redis.kill();
    redis.start_again();
    wait_until("readiness", async || browser.get("/readyz").await.status == 200).await;
    assert!(browser.profile().await.is_some());
    for (path, text) in [("/features/board", "written in a transaction"), ("/features/people", "alice@org1.example")] {
        let page = browser.get(path).await;
        assert!(page.status == 200 && page.body.contains(text), "{path}: {}", page.body);
    }
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
    // As with HTTP, what can't be read beside it is passed over.
    works(&instance(&provider, &url, &[("SSL_CERT_DIR", "/nowhere"), ("SSL_CERT_FILE", authority)])).await;

    let distrustful = instance(&provider, &url, &[]);
    assert_eq!(Browser::new(&distrustful.base).get("/readyz").await.status, 503);
    let in_plain_words = instance(&provider, &url.replace("rediss", "redis"), &trusting);
    assert_eq!(Browser::new(&in_plain_words.base).get("/readyz").await.status, 503);
}

/// The test's server has a certificate of an unknown authority: that, not the file, must be why it can't be reached.
#[rstest]
#[case::no_file("/nowhere/cacert.pem")]
#[case::nothing_in_it("/dev/null")]
#[tokio::test]
async fn without_readable_authorities_tls_trusts_the_bundled_ones(#[case] file: &str) {
    let (provider, redis) = (Provider::start(), RedisServer::with_tls(Kind::Redis));
    let url = format!("rediss://localhost:{}", redis.port);
    let instance = instance(&provider, &url, &[("SSL_CERT_FILE", file)]);
    let warning = instance.welcome.lines().find(|line| line.contains("REDIS_URL")).unwrap();
    assert!(warning.contains("UnknownIssuer"), "{warning}");
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
