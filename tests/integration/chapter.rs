//! The lab's chapter on collaboration, over plain HTTP against the demo tenant: a short version of what the browser
//! tests cover in full.

use crate::support::app::TestApp;

/// The steps of the guide on the demo tenant's dashboard.
const STEPS: [&str; 9] = ["2", "4.1", "4.2", "5", "6.1", "6.2", "6.3", "6.4", "6.5"];

#[tokio::test]
async fn a_member_of_org2_is_refused_at_org1_until_added() {
    let app = TestApp::with_demo_tenant();
    let (alice, bob, instructor) = (app.browser(), app.browser(), app.browser());
    let steps_done = async || {
        let dashboard = instructor.get(&app.tenant).await;
        STEPS.into_iter().filter(|step| dashboard.step_is_done(step)).collect::<Vec<_>>()
    };
    assert_eq!(steps_done().await, Vec::<&str>::new());

    let page = alice.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(page.text("license-badge").unwrap().trim(), "corporate");
    assert_eq!(page.text("org-badge").unwrap().trim(), "org1");
    assert_eq!(alice.post_note("Welcome to org1").await.status, 303);
    assert_eq!(steps_done().await, STEPS[2..4]);

    bob.sign_in_as("bob@org2.example", "org2").await;
    let claims = bob.profile().await.expect("bob is signed in");
    assert_eq!(claims["https://myapp.com/license"], "premium");
    assert_eq!(claims["https://myapp.com/organization"], "org2");
    assert_eq!(bob.get("/features/people").await.status, 403);
    assert!(!bob.get("/features/board").await.body.contains("Welcome to org1"));
    assert_eq!(steps_done().await, STEPS[2..5]);

    assert_eq!(instructor.press_at(&app.tenant, "enable-org1-Okta2").await.status, 303);
    let page = bob.sign_in("org1").await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(page.error_title(), "You are not a member of this organization");
    assert_eq!(page.text("error-code").unwrap(), "access_denied");
    let description = page.text("error-description").unwrap();
    assert!(description.starts_with("user okta|Okta2|00u"), "{description}");
    assert!(description.contains("is not part of the org_") && description.ends_with(" organization"), "{description}");
    assert!(page.body.contains("org1") && page.url.as_str().contains("error=access_denied"));
    assert_eq!(bob.profile().await.unwrap()["https://myapp.com/organization"], "org2", "bob still works for org2");
    assert_eq!(steps_done().await, STEPS[2..7]);

    instructor.press_at(&app.tenant, "add-member-org1-bob@org2.example").await;
    let page = bob.sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(page.text("license-badge").unwrap().trim(), "corporate");
    assert_eq!(bob.profile().await.unwrap()["https://myapp.com/organization"], "org1");
    assert!(bob.get("/features/board").await.body.contains("Welcome to org1"));
    let people = bob.get("/features/people").await;
    assert!(people.body.contains("Okta1") && people.body.contains("Okta2"), "{}", people.body);
    assert_eq!(steps_done().await, STEPS[2..]);
    assert!(instructor.get(&app.tenant).await.body.contains("7 of 7 done"));

    instructor.confirm_at(&app.tenant, "remove-member-org1-bob@org2.example").await;
    assert_eq!(bob.sign_in("org1").await.status, 403, "no longer a member");
    instructor.confirm_at(&app.tenant, "checkpoint-second-organization").await;
    assert_eq!(steps_done().await, Vec::<&str>::new());
}

#[tokio::test]
async fn the_organization_field_takes_other_cases_and_an_unknown_one_is_told() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in_as("alice@org1.example", " ORG1 ").await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);

    let page = app.browser().sign_in("org9").await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "Organization not found"));
    assert_eq!(page.text("error-code").unwrap(), "invalid_request");
    assert!(page.attribute("[data-testid='try-again']", "href").contains("org9"));
}

#[tokio::test]
async fn a_page_that_needs_a_sign_in_is_come_back_to() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.get("/features/board").await;
    assert_eq!(page.parameter("return_to").as_deref(), Some("/features/board"));
    let login = browser.get("/login?organization=org1&return_to=/features/board").await;
    let page = browser.follow(login).await;
    let page = browser.choose_user(page, "alice@org1.example").await;
    assert_eq!((page.status, page.url.path()), (200, "/features/board"));
}

#[tokio::test]
async fn cancel_at_the_provider_ends_on_a_page_that_offers_another_try() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    let page = browser.press(&page, "cancel").await;
    let page = browser.follow(page).await;
    assert_eq!((page.status, page.error_title().as_str()), (403, "The sign-in was cancelled"));
    assert_eq!(page.attribute("[data-testid='try-again']", "href"), "/login?organization=org1");
    let again = browser.get(page.url.as_str()).await;
    assert_eq!(again.text("error-reference"), page.text("error-reference"), "a reload reports nothing twice");
}

#[tokio::test]
async fn logout_ends_the_session_at_the_provider_too() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    let page = browser.log_out().await;
    assert_eq!(page.status, 303);
    assert_eq!(page.parameter("post_logout_redirect_uri").as_deref(), Some(app.base.as_str()));
    assert_eq!(page.parameter("client_id").as_deref(), Some("orglab"));
    assert!(page.parameter("id_token_hint").is_some() && page.parameter("state").is_none());
    let page = browser.follow(page).await;
    assert_eq!((page.status, page.url.as_str()), (200, format!("{}/", app.base).as_str()));
    assert_eq!(browser.profile().await, None);
    let page = browser.sign_in("org1").await;
    assert!(page.body.contains("user-alice@org1.example"), "the provider asks again: {}", page.body);
}
