//! Sign-ins in progress at the demo tenant whose user, membership, organization or session goes away: their codes and
//! tokens are no longer valid.

use reqwest::Method;
use rstest::rstest;
use serde_json::Value;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    management::End,
    tenant::{TestTenant, to_organization},
};

#[rstest]
#[tokio::test]
async fn what_was_begun_is_worth_nothing_once_its_ground_is_gone(
    #[values(
        End::MemberRemoved,
        End::MemberRemovedAndAddedAgain,
        End::UserDeleted,
        End::OrganizationDeleted,
        End::ConnectionDeleted,
        End::Checkpoint
    )]
    end: End,
) {
    a_response_that_was_kept_back_signs_nobody_in(end).await;
    codes_and_access_tokens_go_and_no_others_do(end).await;
}

/// Attack: a user who is about to lose access begins to sign in, holds back the authorization response, and sends it to
/// the app once the access is gone.
async fn a_response_that_was_kept_back_signs_nobody_in(end: End) {
    let app = TestApp::with_demo_tenant();
    let alice = app.browser();
    let page = alice.sign_in("org1").await;
    let kept_back = alice.press(&page, "user-alice@org1.example").await;
    assert!(kept_back.parameter("code").is_some());
    end.order(&app.script().await).await;
    assert_signs_nobody_in(&alice, kept_back).await;
}

async fn assert_signs_nobody_in(browser: &Browser, kept_back: Page) {
    let page = browser.follow(kept_back).await;
    assert!(page.status >= 400 && !page.error_title().is_empty(), "{} {}", page.status, page.url);
    assert_eq!(browser.profile().await, None);
}

async fn codes_and_access_tokens_go_and_no_others_do(end: End) {
    let tenant = TestTenant::start();
    let (to_org1, to_org2) = (to_organization("org1"), to_organization("org2"));
    let (alice, alices) = tenant.alice().await;
    let second = alice.get(&to_org1).await.parameter("code").unwrap();
    let bobs = tenant.browser().authenticate(&to_org2, "bob@org2.example").await.parameter("code").unwrap();
    assert_eq!(userinfo(&tenant, &alices).await, 200);

    end.order(&tenant.script().await).await;
    assert_eq!(userinfo(&tenant, &alices).await, 401);
    let (status, refused) = tenant.exchange(&second).await;
    assert!((400..500).contains(&status), "{status}");
    assert_eq!(refused["error"], "invalid_grant");
    assert!(refused["error_description"].is_string() && refused.get("id_token").is_none(), "{refused}");
    if !matches!(end, End::Checkpoint) {
        assert_eq!(tenant.exchange(&bobs).await.0, 200);
    }
}

async fn userinfo(tenant: &TestTenant, tokens: &Value) -> u16 {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    tenant.browser().send(Method::GET, "/userinfo", &[("authorization", &bearer)], None).await.status
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
    assert_signs_nobody_in(&alice, kept_back).await;
}

/// Attack: the access goes away while the token endpoint is still at work.
#[tokio::test]
async fn tokens_are_not_given_to_whoever_lost_the_ground_meanwhile() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.fault("slow").await;
    let to_org1 = to_organization("org1");
    let code = tenant.browser().authenticate(&to_org1, "alice@org1.example").await.parameter("code").unwrap();
    // The exchange is one request, and has five seconds. The administrator's action is the last of several requests.
    let order = End::MemberRemoved.order(&script);
    let ((_, refused), ()) = futures_util::join!(tenant.exchange(&code), order);
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
}
