//! What else comes to the front page: authorization responses, since the base URL may be the redirect URI; links of
//! others; and invitations, since it may be the login URI.

use chrono::TimeDelta;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    log,
    provider::Provider,
};

const FOREIGN: &str = "This sign-in was not started in this browser";
const LEFT_OUT: &str = "The provider's response has no state";
const MALFORMED: &str = "Not a valid response from the provider";

/// What a page for a link is.
#[derive(Clone, Copy, Debug)]
enum Is {
    FrontPage,
    /// 400, with this title.
    Refused(&'static str),
    /// A redirect to the profile of whoever is signed in.
    Profile,
}

impl Is {
    fn assert(self, page: &Page, case: &str) {
        match self {
            Self::FrontPage => {
                assert_eq!(page.status, 200, "{case}: {}", page.body);
                assert!(page.has("organization"), "{case}: {}", page.body);
            }
            Self::Refused(title) => {
                assert_eq!((page.status, page.error_title().as_str()), (400, title), "{case}: {}", page.body);
            }
            Self::Profile => assert_eq!((page.status, page.header("location")), (303, Some("/profile")), "{case}"),
        }
        assert_eq!(page.header("set-cookie"), None, "{case}: nothing is begun or ended");
        assert!(!page.body.contains("call-this-number"), "{case}: nothing of the link is shown: {}", page.body);
    }
}

/// Links without `state`. Auth0's return from the verification of an email address has a code and `success`.
#[rstest]
#[case::verified("/?success=true&code=success", Is::FrontPage, Is::FrontPage, Is::FrontPage)]
#[case::verified_with_a_message(
    "/?supportSignUp=true&email=a%40b.example&message=call-this-number&success=true&code=success",
    Is::FrontPage,
    Is::FrontPage,
    Is::FrontPage
)]
#[case::not_verified("/?success=false&code=call-this-number&message=x", Is::FrontPage, Is::FrontPage, Is::FrontPage)]
#[case::success_without_a_value("/?success&code=call-this-number", Is::FrontPage, Is::FrontPage, Is::FrontPage)]
#[case::message_alone("/?message=call-this-number", Is::FrontPage, Is::FrontPage, Is::FrontPage)]
#[case::no_code("/?code=&message=call-this-number", Is::FrontPage, Is::FrontPage, Is::FrontPage)]
#[case::code("/?code=call-this-number", Is::FrontPage, Is::Refused(LEFT_OUT), Is::FrontPage)]
#[case::code_and_iss("/?code=call-this-number&iss=x", Is::FrontPage, Is::Refused(LEFT_OUT), Is::FrontPage)]
#[case::code_twice("/?code=a&code=call-this-number", Is::FrontPage, Is::Refused(LEFT_OUT), Is::FrontPage)]
#[case::code_and_return_to("/?return_to=/features&code=a", Is::FrontPage, Is::Refused(LEFT_OUT), Is::FrontPage)]
#[case::code_and_no_state("/?code=call-this-number&state=", Is::Refused(FOREIGN), Is::Refused(LEFT_OUT), Is::Profile)]
#[case::error(
    "/?error=access_denied&error_description=call-this-number",
    Is::Refused(FOREIGN),
    Is::Refused(LEFT_OUT),
    Is::Profile
)]
#[case::error_and_success(
    "/?error=call-this-number&success=true",
    Is::Refused(FOREIGN),
    Is::Refused(LEFT_OUT),
    Is::Profile
)]
#[case::code_and_error("/?code=a&error=call-this-number", Is::Refused(MALFORMED), Is::Refused(MALFORMED), Is::Profile)]
#[case::state_alone("/?state=call-this-number", Is::Refused(MALFORMED), Is::Refused(MALFORMED), Is::Profile)]
#[case::foreign_state(
    "/?code=success&success=true&state=call-this-number",
    Is::Refused(FOREIGN),
    Is::Refused(FOREIGN),
    Is::Profile
)]
#[case::verified_at_the_callback(
    "/callback?success=true&code=success",
    Is::Refused(FOREIGN),
    Is::Refused(LEFT_OUT),
    Is::Profile
)]
#[case::code_at_the_callback(
    "/callback?code=call-this-number",
    Is::Refused(FOREIGN),
    Is::Refused(LEFT_OUT),
    Is::Profile
)]
#[case::error_at_the_callback(
    "/callback?error=server_error&error_description=call-this-number",
    Is::Refused(FOREIGN),
    Is::Refused(LEFT_OUT),
    Is::Profile
)]
#[case::nothing_at_the_callback("/callback", Is::Refused(FOREIGN), Is::Refused(FOREIGN), Is::Profile)]
#[case::no_response_at_the_callback("/callback?code=&x=y", Is::Refused(FOREIGN), Is::Refused(FOREIGN), Is::Profile)]
#[tokio::test]
async fn a_link_without_state_begins_and_shows_nothing(
    #[case] link: &str,
    #[case] alone: Is,
    #[case] while_an_attempt_waits: Is,
    #[case] signed_in: Is,
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    for method in [Method::GET, Method::HEAD] {
        let open = async |browser: &Browser| browser.send(method.clone(), link, &[], None).await;
        let assert = |is: Is, page: &Page, case: &str| {
            if method == Method::GET {
                is.assert(page, case);
            } else {
                let status = match is {
                    Is::FrontPage => 200,
                    Is::Refused(_) => 400,
                    Is::Profile => 303,
                };
                assert_eq!((page.status, page.body.as_str()), (status, ""), "{case}");
            }
        };
        assert(alone, &open(&app.browser()).await, "nobody");

        let waiting = app.browser();
        let response = waiting.response("org1").await;
        assert(while_an_attempt_waits, &open(&waiting).await, "while an attempt waits");
        let page = waiting.get(response.as_str()).await;
        assert_eq!(page.header("location"), Some("/profile"), "the attempt is still good: {}", page.body);
        waiting.follow(page).await; // shows the message about the sign-in

        assert(signed_in, &open(&waiting).await, "signed in");
        waiting.login("org2").await;
        let both =
            if matches!(while_an_attempt_waits, Is::Refused(LEFT_OUT)) { while_an_attempt_waits } else { signed_in };
        assert(both, &open(&waiting).await, "signed in while an attempt waits");
    }
}

/// RFC 6749, 4.1.2 and 4.1.2.1. The user's cookies are not to blame.
#[rstest]
#[case::code_at_the_base_url("/?code=abc")]
#[case::error_at_the_base_url("/?error=invalid_scope")]
#[case::code_at_the_callback("/callback?code=abc")]
#[case::error_at_the_callback("/callback?error=invalid_scope")]
#[tokio::test]
async fn a_response_whose_state_the_provider_left_out_is_not_blamed_on_cookies(#[case] link: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let alone = browser.get("/callback?error=invalid_scope").await;
    assert!(alone.body.contains("Your browser may block cookies"), "{}", alone.body);
    browser.login("org1").await;
    let page = browser.get(link).await;
    assert!(page.body.contains("RFC 6749") && page.body.contains("4.1.2.1"), "{}", page.body);
    assert!(!page.body.to_lowercase().contains("cookie"), "{}", page.body);
    let reference = page.text("error-reference").unwrap();
    assert!(log::lines_with(&reference).iter().any(|line| line.contains("has no state")), "the log says so, too");
    let json = browser.send(Method::GET, link, &[("accept", "application/json")], None).await;
    assert!(json.status == 400 && json.body.contains(LEFT_OUT), "{}", json.body);
}

/// The provider left `state` out only if a response is awaited.
#[tokio::test]
async fn an_attempt_that_no_longer_waits_is_not_taken_for_one() {
    let provider = Provider::start();
    let (app, other) = (TestApp::at(&provider), TestApp::at(&provider));
    let browser = app.browser();
    browser.login("org1").await;
    app.clock.advance(TimeDelta::minutes(11));
    Is::Refused(FOREIGN).assert(&browser.get("/callback?code=1").await, "it has expired");
    Is::FrontPage.assert(&browser.get("/?code=1").await, "it has expired");

    let browser = app.browser();
    let login = browser.login("org1").await;
    browser.get(&format!("/callback?error=access_denied&state={}", login.parameter("state").unwrap())).await;
    Is::Refused(FOREIGN).assert(&browser.get("/callback?code=1").await, "it was reported");
    Is::FrontPage.assert(&browser.get("/?code=1").await, "it was reported");

    let browser = app.browser();
    browser.get(&format!("{}/login", other.base)).await;
    Is::Refused(FOREIGN).assert(&browser.get("/callback?code=1").await, "it is another app's");
    Is::FrontPage.assert(&browser.get("/?code=1").await, "it is another app's");
}

/// An invitation link as Auth0 makes it.
const INVITATION: &str = "invitation=a-ticket&organization=org_aB3dE5fG7hJ9kL1m&organization_name=org1";

#[rstest]
#[case::begins(INVITATION, 303)]
#[case::with_other_parameters(&format!("{INVITATION}&return_to=/features&utm_source=mail&code=1"), 303)]
#[case::without_the_name("invitation=a-ticket&organization=org_aB3dE5fG7hJ9kL1m", 303)]
#[case::twice(&format!("{INVITATION}&invitation=another"), 400)]
#[case::two_organizations(&format!("{INVITATION}&organization=org2"), 400)]
#[case::unknown_prompt(&format!("{INVITATION}&prompt=none"), 400)]
#[case::ticket_too_long(&format!("organization=org1&invitation={}", "x".repeat(256)), 400)]
#[case::organization_too_long(&format!("invitation=a&organization={}", "x".repeat(256)), 400)]
#[tokio::test]
async fn an_invitation_at_the_base_url_is_taken_as_at_login(#[case] query: &str, #[case] status: u16) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    for method in [Method::GET, Method::HEAD] {
        let mut requests = Vec::new();
        for path in ["/", "/login"] {
            let page = app.browser().send(method.clone(), &format!("{path}?{query}"), &[], None).await;
            assert_eq!(page.status, status, "{path}: {}", page.body);
            assert_eq!(page.header("set-cookie").is_some(), status == 303);
            let sent = ["invitation", "organization", "organization_name", "return_to", "code"];
            requests.push(page.location().map(|_| sent.map(|name| page.parameter(name))));
        }
        assert_eq!(requests[0], requests[1]);
    }
}

/// Attack: an invitation link moves a signed-in user to another organization unseen.
#[tokio::test]
async fn an_invitation_from_elsewhere_asks_a_signed_in_user_first() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org2").await;
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-dest", "document")];
        let page = browser.send(Method::GET, &format!("/?{INVITATION}"), &headers, None).await;
        assert_eq!((page.status, page.header("set-cookie")), (200, None), "{}", page.body);
        let login = browser.press(&page, "continue").await;
        assert_eq!(login.parameter("invitation").as_deref(), Some("a-ticket"), "{}", login.body);
        assert_eq!(login.parameter("organization").as_deref(), Some("org_aB3dE5fG7hJ9kL1m"));
    }
}

#[rstest]
#[case::no_organization("/?invitation=a-ticket", Is::FrontPage)]
#[case::empty_organization("/?invitation=a-ticket&organization=+", Is::FrontPage)]
#[case::no_ticket("/?organization=org1&organization_name=org1", Is::FrontPage)]
#[case::empty_ticket("/?invitation=&organization=org1", Is::FrontPage)]
#[case::a_response_goes_first(&format!("/?{INVITATION}&error=access_denied"), Is::Refused(FOREIGN))]
#[case::a_response_with_state_goes_first(&format!("/?{INVITATION}&code=1&state=2"), Is::Refused(FOREIGN))]
#[tokio::test]
async fn what_is_no_invitation_begins_nothing(#[case] link: &str, #[case] is: Is) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    is.assert(&app.browser().get(link).await, link);
}

/// Attack: a visitor fills the field, and the page that was rendered is sent to the next visitor.
#[tokio::test]
async fn a_page_that_was_rendered_for_one_visitor_is_not_sent_to_another() {
    let app = TestApp::with_demo_tenant();
    let plain = app.browser().get("/").await.body;
    for filled in ["org1", "org2"] {
        let page = app.browser().get(&format!("/?organization={filled}&return_to=/features/{filled}")).await;
        assert_eq!(page.attribute("[data-testid=organization]", "value"), filled);
        assert_eq!(page.attribute("[name=return_to]", "value"), format!("/features/{filled}"));
        assert_eq!(app.browser().get("/").await.body, plain);
    }
    app.script().await.ok("POST", "/v2/organizations", json!({"name": "org3"})).await;
    assert!(app.browser().get("/").await.body.contains("org3"), "a new organization shows at once");
}
