//! Two apps share one Redis, with two clients or providers: each has sessions and revocations of its own; the
//! organizations' data is shared.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
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

impl Other {
    /// Whether what happens in one of the two apps leaves the other alone.
    fn is_apart(self) -> bool {
        !matches!(self, Self::Same)
    }
}

/// Two apps with the same secret at one Redis.
struct Apps {
    app: TestApp,
    other: TestApp,
    /// The other app's client id.
    client: &'static str,
    provider: Provider,
    /// The other app's, if it has one of its own.
    elsewhere: Option<Provider>,
    _redis: RedisServer,
}

impl Apps {
    fn start(other: Other) -> Self {
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

/// Attack: a user of one provider with the `sub` of another one's user signs in until that user's sessions end.
#[rstest]
#[tokio::test]
async fn sessions_are_counted_by_client(#[values(Other::Same, Other::Client, Other::Issuer)] other: Other) {
    let apps = Apps::start(other);
    let user = apps.app.signed_in("org1").await;
    for _ in 0..20 {
        apps.other.signed_in("org1").await;
    }
    assert_eq!(user.profile().await.is_some(), other.is_apart());
}

/// Attack: a provider ends sessions of another one's users, by naming their `sub` or `sid` in a logout token.
#[rstest]
#[tokio::test]
async fn what_ends_a_session_ends_it_at_one_client(
    #[values(Other::Same, Other::Client, Other::Issuer)] other: Other,
    #[values(json!({"sid": "a session"}), json!({"sub": "okta|Okta1|alice"}))] claims: Value,
) {
    let apps = Apps::start(other);
    let (user, user_there) = (apps.app.signed_in("org1").await, apps.other.signed_in("org1").await);
    assert_eq!(apps.end_at_the_other(&claims).await, 200);
    assert_eq!(user_there.profile().await, None);
    assert_eq!(user.profile().await.is_some(), other.is_apart());
}

#[rstest]
#[tokio::test]
async fn a_logout_ends_the_session_at_one_client(#[values(Other::Same, Other::Client, Other::Issuer)] other: Other) {
    let apps = Apps::start(other);
    let (user, user_there) = (apps.app.signed_in("org1").await, apps.other.signed_in("org1").await);
    user_there.log_out().await;
    assert_eq!(user.profile().await.is_some(), other.is_apart());
}

/// Attack: a provider uses up the ids of another one's logout tokens. A `jti` counts for its issuer and client (OpenID
/// Connect Back-Channel Logout 1.0, 2.6, item 8).
#[rstest]
#[tokio::test]
async fn a_logout_tokens_id_is_used_up_at_one_client(
    #[values(Other::Same, Other::Client, Other::Issuer)] other: Other,
) {
    let apps = Apps::start(other);
    let claims = json!({"sid": "a session", "jti": "an id that two tokens have"});
    let token = apps.provider.logout_token(|token| token.claim(claims.clone()));
    let page = apps.app.browser().post("/backchannel-logout", &[("logout_token", &token)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let user_there = apps.other.signed_in("org1").await;
    assert_eq!(apps.end_at_the_other(&claims).await, if other.is_apart() { 200 } else { 400 });
    assert_eq!(user_there.profile().await.is_some(), !other.is_apart());
}

#[rstest]
#[tokio::test]
async fn an_organizations_data_is_shared(#[values(Other::Client, Other::Issuer)] other: Other) {
    let apps = Apps::start(other);
    assert_eq!(apps.app.signed_in("org1").await.post_note("from one client").await.status, 303);
    let board = apps.other.signed_in("org1").await.get("/features/board").await;
    assert!(board.body.contains("from one client"), "{}", board.body);
}
