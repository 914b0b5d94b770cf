//! Instances of the app that share their users and data, as behind a proxy.

use super::{
    browser::{Browser, Page},
    process::{self, Process},
    provider::Provider,
};

/// What all instances of a test have in common, in hex.
pub(crate) const SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75e";

/// Their public origin, where the proxy would be.
pub(crate) const ORIGIN: &str = "https://lab.example.com";

/// The settings of an instance behind the proxy with its data at `redis`.
pub(crate) fn shared(redis: &str) -> [(&str, &str); 3] {
    [("APP_BASE_URL", ORIGIN), ("REDIS_URL", redis), ("SESSION_SECRET", SECRET)]
}

/// An instance in a process of its own, with these settings besides.
pub(crate) fn instance(provider: &Provider, redis: &str, settings: &[(&str, &str)]) -> Process {
    let own = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    Process::start(&[&own[..], &shared(redis), settings].concat(), "Users log in at")
}

/// How a start with this `REDIS_URL` ends that must not succeed: its status, and what it says.
pub(crate) fn failed_start(redis: &str) -> (Option<i32>, String) {
    process::failed_start(&[("REDIS_URL", redis), ("SESSION_SECRET", SECRET)])
}

/// Signs in at a provider that asks nothing: begun at one instance, ended at the one at `end`. The proxy's part is
/// played here: each request goes where the test wants it.
pub(crate) async fn sign_in_across(begin: &Browser, end: &str, organization: &str) -> (Browser, Page) {
    let login = begin.login(organization).await;
    let response = begin.get(login.location().unwrap().as_str()).await;
    let back = response.location().unwrap();
    assert_eq!(back.origin().ascii_serialization(), ORIGIN);
    let browser = begin.at(end);
    let page = browser.get(&format!("/?{}", back.query().unwrap())).await;
    (browser, page)
}

/// A user who has signed in at an instance.
pub(crate) async fn signed_in(at: &str) -> Browser {
    let (browser, page) = sign_in_across(&Browser::new(at), at, "org1").await;
    assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
    browser
}
