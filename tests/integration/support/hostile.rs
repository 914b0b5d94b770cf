//! One sign-in at a provider that misbehaves: how it ended, and what must hold however it ends.

use std::time::{Duration, Instant};

use super::{
    app::TestApp,
    behaviour::Behaviour,
    browser::{Browser, Page},
    log,
    provider::Provider,
};

/// All calls that one request causes share ten seconds; what the page itself takes comes on top.
const LIMIT: Duration = Duration::from_secs(12);

/// Where it ended.
pub(crate) struct Outcome {
    pub(crate) page: Page,
    pub(crate) browser: Browser,
    pub(crate) provider: Provider,
    _app: TestApp,
}

/// A sign-in to org1, as a public client of a provider that misbehaves so.
pub(crate) async fn sign_in(misbehaves: impl FnOnce(&mut Behaviour)) -> Outcome {
    Outcome::of(misbehaves, "/login?organization=org1").await
}

impl Outcome {
    /// The sign-in that `login` begins, as a public client of a provider that misbehaves so.
    pub(crate) async fn of(misbehaves: impl FnOnce(&mut Behaviour), login: &str) -> Self {
        let provider = Provider::that(misbehaves);
        let app = TestApp::at(&provider);
        Self::at(provider, app, login).await
    }

    /// The sign-in that `login` begins.
    pub(crate) async fn at(provider: Provider, app: TestApp, login: &str) -> Self {
        let browser = app.browser();
        let began = Instant::now();
        let page = browser.get(login).await;
        let page = browser.follow(page).await;
        assert!(began.elapsed() < LIMIT, "it took {:?}", began.elapsed());
        assert_nothing_leaks(&provider, &page);
        Self { page, browser, provider, _app: app }
    }

    pub(crate) async fn assert_signed_in(&self) {
        assert_eq!((self.page.status, self.page.url.path()), (200, "/profile"), "{}", self.page.body);
        assert!(self.browser.profile().await.is_some());
    }

    pub(crate) async fn assert_refused(&self, status: u16, title: &str) {
        assert_eq!((self.page.status, self.page.error_title().as_str()), (status, title));
        let reference = self.page.text("error-reference").unwrap();
        assert!(!log::lines_with(&reference).is_empty(), "the reference leads to the log");
        assert_eq!(self.browser.profile().await, None);
        assert_eq!(
            self.browser.cookies_named(""),
            Vec::<String>::new(),
            "neither a session nor a used attempt is left"
        );
    }
}

/// Whatever the provider does, its codes and tokens are shown to nobody and written nowhere.
pub(crate) fn assert_nothing_leaks(provider: &Provider, page: &Page) {
    for secret in provider.secrets().into_iter().filter(|secret| !secret.is_empty()) {
        assert!(!page.body.contains(&secret), "a code or token is on the page {}", page.url);
        assert_eq!(log::lines_with(&secret), Vec::<String>::new(), "a code or token is in the log");
        // What a token says may be on the page where a check failed; its signature never is.
        let signature = secret.rsplit('.').next().filter(|signature| signature.len() > 20);
        assert!(!signature.is_some_and(|signature| page.body.contains(signature)), "a signature is on the page");
    }
}
