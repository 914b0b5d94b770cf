//! Sign-ins in progress at the demo tenant whose user, membership, organization or session goes away: their codes and
//! tokens are no longer valid.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    support::{app::TestApp, management::call},
    tenant_support::{TestTenant, attempt},
};

/// An administrator's action that invalidates a sign-in of alice at org1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    MemberRemoved,
    MemberRemovedAndAddedAgain,
    UserDeleted,
    OrganizationDeleted,
    ConnectionDeleted,
    Checkpoint,
}

use End::{Checkpoint, ConnectionDeleted, MemberRemoved, MemberRemovedAndAddedAgain, OrganizationDeleted, UserDeleted};

impl End {
    pub(crate) async fn order(self, tenant: &str) {
        let find = async |list: &str, name: &str| {
            let all = call(tenant, Method::GET, &format!("api/v2/{list}"), None).await;
            let found = all.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
            found.get("user_id").or(found.get("id")).unwrap().as_str().unwrap().to_owned()
        };
        let order = async |method, path: String, body| call(tenant, method, &path, body).await;
        let members = format!("api/v2/organizations/{}/members", find("organizations", "org1").await);
        let alice = json!({"members": [find("users", "Alice Adams").await]});
        match self {
            Self::MemberRemoved => order(Method::DELETE, members, Some(alice)).await,
            Self::MemberRemovedAndAddedAgain => {
                order(Method::DELETE, members.clone(), Some(alice.clone())).await;
                order(Method::POST, members, Some(alice)).await
            }
            Self::UserDeleted => {
                let user = find("users", "Alice Adams").await.replace('|', "%7C");
                order(Method::DELETE, format!("api/v2/users/{user}"), None).await
            }
            Self::OrganizationDeleted => {
                let organization = find("organizations", "org1").await;
                order(Method::DELETE, format!("api/v2/organizations/{organization}"), None).await
            }
            Self::ConnectionDeleted => {
                let connection = find("connections", "Okta1").await;
                order(Method::DELETE, format!("api/v2/connections/{connection}"), None).await
            }
            Self::Checkpoint => order(Method::POST, "api/checkpoints/second-organization".to_owned(), None).await,
        };
    }
}

/// Attack: a user who is about to lose access begins to sign in, holds back the authorization response, and sends it to
/// the app once the access is gone.
#[rstest]
#[tokio::test]
async fn a_response_that_was_kept_back_signs_nobody_in_once_its_ground_is_gone(
    #[values(
        MemberRemoved,
        MemberRemovedAndAddedAgain,
        UserDeleted,
        OrganizationDeleted,
        ConnectionDeleted,
        Checkpoint
    )]
    end: End,
) {
    let app = TestApp::with_demo_tenant();
    let alice = app.browser();
    let page = alice.sign_in("org1").await;
    let user = page.attribute("[data-testid='user-alice@org1.example']", "value");
    let action = page.url.join(&page.attribute("form.choices", "action")).unwrap();
    let kept_back = alice.post(action.as_str(), &[("user_id", &user)]).await;
    assert!(kept_back.parameter("code").is_some());

    end.order(&app.tenant).await;
    let page = alice.follow(kept_back).await;
    assert!(page.status >= 400 && !page.error_title().is_empty(), "{} {}", page.status, page.url);
    assert_eq!(alice.profile().await, None);
}

/// Attack: the same with a logout, which also ends a sign-in that waits in another tab.
#[rstest]
#[tokio::test]
async fn a_response_that_was_kept_back_signs_nobody_in_after_a_logout(
    #[values("the app's own", "/oidc/logout", "/v2/logout")] logout: &str,
) {
    let app = TestApp::with_demo_tenant();
    let alice = app.browser();
    alice.sign_in_as("alice@org1.example", "org1").await;
    let redirect = alice.login("org1").await;
    let kept_back = alice.get(redirect.location().unwrap().as_str()).await;
    assert!(kept_back.parameter("code").is_some(), "by single sign-on");

    if logout == "the app's own" {
        let leaving = alice.log_out().await;
        alice.follow(leaving).await;
    } else {
        alice.get(&format!("{}{logout}?client_id=orglab", app.tenant)).await;
    }
    let page = alice.follow(kept_back).await;
    assert!(page.status >= 400 && !page.error_title().is_empty(), "{} {}", page.status, page.url);
    assert_eq!(alice.profile().await, None);
}

#[rstest]
#[actix_web::test]
async fn codes_and_access_tokens_go_with_their_ground_and_no_others_do(
    #[values(
        MemberRemoved,
        MemberRemovedAndAddedAgain,
        UserDeleted,
        OrganizationDeleted,
        ConnectionDeleted,
        Checkpoint
    )]
    end: End,
) {
    let tenant = TestTenant::start();
    let (to_org1, to_org2) = (attempt(&[("organization", "org1")]), attempt(&[("organization", "org2")]));
    let (mut alice, mut bob) = (tenant.browser(), tenant.browser());
    let first = alice.sign_in(&to_org1, "Okta1", "alice@org1.example").await.answer("code").unwrap();
    let (_, alices) = tenant.exchange(&first, &to_org1.verifier).await;
    let second = alice.get(&to_org1.path).await.answer("code").unwrap();
    let bobs = bob.sign_in(&to_org2, "Okta2", "bob@org2.example").await.answer("code").unwrap();
    assert_eq!(userinfo(&tenant, &alices).await, StatusCode::OK);

    end.order(tenant.issuer.trim_end_matches('/')).await;
    assert_eq!(userinfo(&tenant, &alices).await, StatusCode::UNAUTHORIZED);
    let (status, refused) = tenant.exchange(&second, &to_org1.verifier).await;
    assert!(status.is_client_error(), "{status}");
    assert_eq!(refused["error"], "invalid_grant");
    assert!(refused["error_description"].is_string() && refused.get("id_token").is_none(), "{refused}");
    if !matches!(end, Checkpoint) {
        assert_eq!(tenant.exchange(&bobs, &to_org2.verifier).await.0, StatusCode::OK);
    }
}

/// Attack: the access goes away while the token endpoint is still at work.
#[actix_web::test]
async fn tokens_are_not_given_to_whoever_lost_the_ground_meanwhile() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.ok("POST", "/faults", json!({"name": "slow"})).await;
    let to_org1 = attempt(&[("organization", "org1")]);
    let code = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await.answer("code").unwrap();
    // The exchange is one request, and has five seconds. The administrator's action is the last of several requests.
    let order = MemberRemoved.order(tenant.issuer.trim_end_matches('/'));
    let ((_, refused), ()) = futures_util::join!(tenant.exchange(&code, &to_org1.verifier), order);
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
}

async fn userinfo(tenant: &TestTenant, tokens: &Value) -> StatusCode {
    let request = tenant.browser().client.get(tenant.at("/userinfo"));
    request.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap().status()
}
