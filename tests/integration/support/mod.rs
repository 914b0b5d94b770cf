//! What tests start: the app, a browser, and a provider that misbehaves on demand.

pub(crate) mod app;
pub(crate) mod auth0;
pub(crate) mod behaviour;
pub(crate) mod browser;
pub(crate) mod class;
pub(crate) mod doctor;
pub(crate) mod documentation;
pub(crate) mod front;
pub(crate) mod hostile;
pub(crate) mod instance;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod management;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod provider;
pub(crate) mod raw;
pub(crate) mod redis;
pub(crate) mod relay;
pub(crate) mod scene;
pub(crate) mod stores;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod wordings;

use std::time::{Duration, Instant};

/// Waits until a condition holds; it must within ten seconds.
pub(crate) async fn wait_until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(10), "in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
