//! The binary itself as one instance among others: a process of its own, which a test can kill.

use std::process::{Child, Command, Stdio};

use reqwest::Method;

use super::{
    app::free_port,
    browser::{Browser, Page},
    provider::Provider,
    wait_until,
};

/// What all instances of a test have in common, in hex.
pub(crate) const SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75e";

/// Their public origin, where a proxy would stand before them.
pub(crate) const ORIGIN: &str = "https://lab.example.com";

/// The settings of an instance behind [`ORIGIN`] with its data at `redis`.
pub(crate) fn shared(redis: &str) -> [(&str, &str); 3] {
    [("APP_BASE_URL", ORIGIN), ("REDIS_URL", redis), ("SESSION_SECRET", SECRET)]
}

/// A running instance; it ends with the test.
pub(crate) struct Instance {
    child: Child,
    /// Where it listens.
    pub(crate) base: String,
}

impl Instance {
    /// One behind [`ORIGIN`], with these settings besides.
    pub(crate) async fn start(provider: &Provider, redis: &str, settings: &[(&str, &str)]) -> Self {
        let port = free_port().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let own =
            [("APP_LISTEN", listen.as_str()), ("OIDC_ISSUER_URL", &provider.issuer), ("OIDC_CLIENT_ID", "orglab")];
        let child = binary(&[&own, &shared(redis), settings].concat()).spawn().unwrap();
        let mut instance = Self { child, base: format!("http://localhost:{port}") };
        let browser = instance.browser();
        wait_until("an instance", async || {
            assert_eq!(instance.child.try_wait().unwrap(), None, "it did not start");
            browser.try_send(Method::GET, "/healthz", &[], None).await.is_ok()
        })
        .await;
        instance
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// Ends it at once (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The binary in a folder without `.env`, with these settings and no others; it says nothing.
fn binary(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
    command.env_clear().envs(settings.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    command
}

/// How a start with this `REDIS_URL` ends that does not succeed: its status, and what it says.
pub(crate) fn failed_start(redis: &str) -> (Option<i32>, String) {
    let mut command = Command::new("timeout");
    command.args(["20", env!("CARGO_BIN_EXE_orglab")]).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
    let output = command.envs([("REDIS_URL", redis), ("SESSION_SECRET", SECRET)]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Signs in at a provider that asks nothing: begun at one instance, ended at another. The proxy between browser and
/// instances is not there, so its part is played here: each answer goes to where the test wants it.
pub(crate) async fn sign_in_across(begin: &Browser, end: &str, organization: &str) -> (Browser, Page) {
    let login = begin.login(organization).await;
    let answer = begin.get(login.location().unwrap().as_str()).await;
    let back = answer.location().unwrap();
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
