//! The lab's chapter on collaboration, in plain HTTP against the demo tenant: the short way through what the browser tests
//! walk in full.

use scraper::{Html, Selector};

use crate::support::{app::TestApp, browser::Browser};

/// Presses the dashboard's button with this test id.
async fn press(browser: &Browser, tenant: &str, test_id: &str) {
    let page = browser.get(tenant).await;
    let button = format!("[data-testid='{test_id}']");
    let change = page.attribute(&button, "value");
    let fields: Vec<_> = {
        let document = Html::parse_document(&page.body);
        let forms = Selector::parse("form").unwrap();
        let (button, inputs) = (Selector::parse(&button).unwrap(), Selector::parse("input[type=hidden]").unwrap());
        let form = document.select(&forms).find(|form| form.select(&button).next().is_some()).unwrap();
        let field = |input: scraper::ElementRef| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap().to_owned())
        };
        form.select(&inputs).map(field).chain([("change".to_owned(), change)]).collect()
    };
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post(tenant, &fields).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

#[tokio::test]
async fn a_member_of_org2_is_refused_at_org1_until_added() {
    let app = TestApp::with_demo_tenant();
    let (alice, bob, instructor) = (app.browser(), app.browser(), app.browser());

    let page = alice.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(page.text("license-badge").unwrap().trim(), "corporate");
    assert_eq!(page.text("org-badge").unwrap().trim(), "org1");
    assert_eq!(alice.post_note("Welcome to org1").await.status, 303);

    bob.sign_in_as("bob@org2.example", "org2").await;
    let claims = bob.profile().await.expect("bob is signed in");
    assert_eq!(claims["https://myapp.com/license"], "premium");
    assert_eq!(claims["https://myapp.com/organization"], "org2");
    assert_eq!(bob.get("/features/people").await.status, 403);
    assert!(!bob.get("/features/board").await.body.contains("Welcome to org1"));

    press(&instructor, &app.tenant, "enable-org1-Okta2").await;
    let page = bob.sign_in("org1").await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(page.error_title(), "You are not a member of this organization");
    assert_eq!(page.text("error-code").unwrap(), "access_denied");
    let description = page.text("error-description").unwrap();
    assert!(description.contains("is not part of the org_") && description.ends_with(" organization"), "{description}");
    assert!(page.body.contains("org1") && page.url.as_str().contains("error=access_denied"));
    assert_eq!(bob.profile().await.unwrap()["https://myapp.com/organization"], "org2", "bob still works for org2");

    press(&instructor, &app.tenant, "add-member-org1-bob@org2.example").await;
    let page = bob.sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(page.text("license-badge").unwrap().trim(), "corporate");
    assert!(bob.get("/features/board").await.body.contains("Welcome to org1"));
    let people = bob.get("/features/people").await;
    assert!(people.body.contains("Okta1") && people.body.contains("Okta2"), "{}", people.body);
}

#[tokio::test]
async fn the_organization_field_takes_other_cases_and_an_unknown_one_is_told() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in_as("alice@org1.example", " ORG1 ").await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);

    let page = app.browser().sign_in("org9").await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "There is no such organization"));
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
    let action = page.url.join(&page.attribute("form.choices", "action")).unwrap();
    let page = browser.post(action.as_str(), &[("cancel", "1")]).await;
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
