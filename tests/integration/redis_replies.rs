//! Redis is there, and replies that it does not serve, or not at all.

use std::time::{Duration, Instant};

use rstest::rstest;

use crate::support::{
    app::TestApp,
    instance::{shared, signed_in},
    provider::Provider,
    redis::{Kind, RedisServer},
    relay::Relay,
    wait_until,
};

/// After a failover, the connections to the old server stay open behind an address that leads to the new one.
#[rstest]
#[case::a_replica("-READONLY You can't write against a read only replica.\r\n")]
#[case::full("-OOM command not allowed when used memory > 'maxmemory'.\r\n")]
#[case::loading("-LOADING Redis is loading the dataset in memory\r\n")]
#[case::not_writing_to_its_disk("-MISCONF Redis is configured to save RDB snapshots\r\n")]
#[case::without_replicas("-NOREPLICAS Not enough good replicas to write.\r\n")]
#[case::a_replica_without_its_master("-MASTERDOWN Link with MASTER is down\r\n")]
#[case::busy("-BUSY Redis is busy running a script.\r\n")]
#[case::other_credentials("-NOAUTH Authentication required.\r\n")]
#[case::a_proxy("-ERR upstream failure\r\n")]
#[case::silent("")]
#[tokio::test]
async fn a_server_that_does_not_serve_is_left_for_the_one_behind_its_address(#[case] reply: &'static str) {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let relay = Relay::to(redis.port).await;
    let app = TestApp::at_with(&provider, &shared(&format!("redis://127.0.0.1:{}", relay.port)));
    let browser = signed_in(&app.base).await;
    relay.reply_with(reply);
    let since = Instant::now();
    wait_until("readiness", async || browser.get("/readyz").await.status == 200).await;
    assert!(browser.profile().await.is_some(), "nobody is signed out");
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}
