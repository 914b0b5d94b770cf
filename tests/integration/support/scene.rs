//! An app with its store and a provider that the test controls; and two apps that share them.

use serde_json::Value;

use super::{
    app::TestApp,
    browser::Browser,
    instance::shared,
    provider::Provider,
    redis::{Kind, RedisServer},
    stores::In,
};

/// One app.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) provider: Provider,
    redis: Option<RedisServer>,
}

impl Scene {
    pub(crate) fn set(kept: In) -> Self {
        let provider = Provider::start();
        let (app, redis) = kept.app(&provider);
        Self { app, provider, redis }
    }

    /// Only where the data is kept there.
    pub(crate) fn redis(&self) -> &RedisServer {
        self.redis.as_ref().unwrap()
    }

    /// The provider ends what `claims` name, and the app confirms it.
    pub(crate) async fn end(&self, claims: Value) {
        end(&self.provider, &self.app.browser(), claims).await;
    }
}

/// Two instances with one store, behind a proxy.
pub(crate) struct Two {
    pub(crate) one: TestApp,
    pub(crate) other: TestApp,
    pub(crate) provider: Provider,
    _redis: RedisServer,
}

impl Two {
    pub(crate) fn start() -> Self {
        let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
        let start = || TestApp::at_with(&provider, &shared(&redis.url()));
        Self { one: start(), other: start(), provider, _redis: redis }
    }

    /// The provider ends what `claims` name, and the instance confirms it.
    pub(crate) async fn end_at(&self, instance: &TestApp, claims: Value) {
        end(&self.provider, &instance.browser(), claims).await;
    }
}

async fn end(provider: &Provider, at: &Browser, claims: Value) {
    let token = provider.logout_token(|token| token.claim(claims.clone()));
    let page = at.post("/backchannel-logout", &[("logout_token", &token)]).await;
    assert_eq!((page.status, page.body.as_str()), (200, ""), "{claims}");
}
