//! Two apps share one Redis, with two clients or providers: each has sessions and revocations of its own; the
//! organizations' data is shared.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::Browser,
    instance::SECRET,
    provider::Provider,
    redis::{Kind, RedisServer},
};

/// Whose the other app is, compared with the first.
#[derive(Clone, Copy, Debug)]
enum Other {
    /// The same client at the same provider, whose URL has no slash at its end.
    Same,
    Client,
    Issuer,
}

/// Two apps with the same secret at one Redis.
struct Scene {
    app: TestApp,
    other: TestApp,
    /// The other app's client id.
    client: &'static str,
    provider: Provider,
    /// The other app's, if it has one of its own.
    elsewhere: Option<Provider>,
    _redis: RedisServer,
}

impl Scene {
    fn set(other: Other) -> Self {
        let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
        let elsewhere = matches!(other, Other::Issuer).then(Provider::start);
        let url = redis.url();
        let start = |issuer: &str, client: &str| {
            let own = [("OIDC_ISSUER_URL", issuer), ("OIDC_CLIENT_ID", client)];
            TestApp::start(&[&own[..], &[("REDIS_URL", &url), ("SESSION_SECRET", SECRET)]].concat())
        };
        let issuer = &elsewhere.as_ref().unwrap_or(&provider).issuer;
        let (issuer, client) = match other {
            Other::Same => (issuer.trim_end_matches('/'), "orglab"),
            Other::Client => (issuer.as_str(), "another"),
            Other::Issuer => (issuer.as_str(), "orglab"),
        };
        let (app, other) = (start(&provider.issuer, "orglab"), start(issuer, client));
        Self { app, other, client, provider, elsewhere, _redis: redis }
    }

    /// The other app's provider sends it a logout token with these claims: the status.
    async fn end_at_the_other(&self, claims: &Value) -> u16 {
        let token = self.elsewhere.as_ref().unwrap_or(&self.provider).logout_token(|token| {
            token.claim(json!({"aud": self.client}));
            token.claim(claims.clone());
        });
        self.other.browser().post("/backchannel-logout", &[("logout_token", &token)]).await.status
    }
}

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);
    browser
}

/// Attack: a user of one provider with the `sub` of another one's user signs in until that user's sessions end.
#[rstest]
#[case::the_same(Other::Same, false)]
#[case::another_client(Other::Client, true)]
#[case::another_issuer(Other::Issuer, true)]
#[tokio::test]
async fn sessions_are_counted_by_client(#[case] other: Other, #[case] stays: bool) {
    let scene = Scene::set(other);
    let user = signed_in(&scene.app).await;
    for _ in 0..20 {
        signed_in(&scene.other).await;
    }
    assert_eq!(user.profile().await.is_some(), stays);
}

/// Attack: a provider ends sessions of another one's users, by naming their `sub` or `sid` in a logout token.
#[rstest]
#[case::the_same(Other::Same, false)]
#[case::another_client(Other::Client, true)]
#[case::another_issuer(Other::Issuer, true)]
#[tokio::test]
async fn what_ends_a_session_ends_it_at_one_client(
    #[case] other: Other,
    #[case] stays: bool,
    #[values(json!({"sid": "a session"}), json!({"sub": "okta|Okta1|alice"}))] claims: Value,
) {
    let scene = Scene::set(other);
    let (user, user_there) = (signed_in(&scene.app).await, signed_in(&scene.other).await);
    assert_eq!(scene.end_at_the_other(&claims).await, 200);
    assert_eq!(user_there.profile().await, None);
    assert_eq!(user.profile().await.is_some(), stays);
}

#[rstest]
#[case::the_same(Other::Same, false)]
#[case::another_client(Other::Client, true)]
#[case::another_issuer(Other::Issuer, true)]
#[tokio::test]
async fn a_logout_ends_the_session_at_one_client(#[case] other: Other, #[case] stays: bool) {
    let scene = Scene::set(other);
    let (user, user_there) = (signed_in(&scene.app).await, signed_in(&scene.other).await);
    user_there.log_out().await;
    assert_eq!(user.profile().await.is_some(), stays);
}

/// Attack: a provider uses up the ids of another one's logout tokens. A `jti` counts for its issuer and client (OpenID
/// Connect Back-Channel Logout 1.0, 2.6, item 7).
#[rstest]
#[case::the_same(Other::Same, 400)]
#[case::another_client(Other::Client, 200)]
#[case::another_issuer(Other::Issuer, 200)]
#[tokio::test]
async fn a_logout_tokens_id_is_used_up_at_one_client(#[case] other: Other, #[case] status: u16) {
    let scene = Scene::set(other);
    let claims = json!({"sid": "a session", "jti": "an id that two tokens have"});
    let token = scene.provider.logout_token(|token| token.claim(claims.clone()));
    let page = scene.app.browser().post("/backchannel-logout", &[("logout_token", &token)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let user_there = signed_in(&scene.other).await;
    assert_eq!(scene.end_at_the_other(&claims).await, status);
    assert_eq!(user_there.profile().await.is_some(), status == 400);
}

#[rstest]
#[tokio::test]
async fn an_organizations_data_is_shared(#[values(Other::Client, Other::Issuer)] other: Other) {
    let scene = Scene::set(other);
    assert_eq!(signed_in(&scene.app).await.post_note("from one client").await.status, 303);
    let board = signed_in(&scene.other).await.get("/features/board").await;
    assert!(board.body.contains("from one client"), "{}", board.body);
}
