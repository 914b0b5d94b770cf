//! The message about what a form of the dashboard did: the next dashboard that the user sees shows it, once.

use chrono::TimeDelta;
use orglab::demo_tenant::Checkpoint;
use reqwest::{Method, header::SET_COOKIE};
use rstest::rstest;
use serde_json::json;

use crate::support::{
    browser::{Browser, Page},
    tenant::TestTenant,
};

const ENABLED: &str =
    "<bdi>Okta2</bdi> is enabled for <bdi>org1</bdi>. Auto-membership is off, so its users are not members yet.";

/// Enables a connection. The page that shows the message has not been opened yet.
async fn enabled(tenant: &TestTenant) -> Browser {
    let admin = tenant.browser();
    admin.press_at("/", "enable-org1-Okta2").await;
    assert!(admin.cookie(&tenant.flash_cookie()).is_some());
    admin
}

/// The `Set-Cookie` headers for the message's cookie.
fn set(page: &Page) -> Vec<String> {
    let values = page.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
    values.filter(|value| value.contains("demo_tenant_flash")).collect()
}

/// The message after a button was pressed this often on the same page, with something typed.
async fn message_after(tenant: &TestTenant, button: &str, typed: &[(&str, &str)], presses: usize) -> String {
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    for _ in 0..presses {
        let mut page = admin.press_with(&dashboard, button, typed).await;
        if page.has("confirm") {
            page = admin.press(&page, "confirm").await;
        }
        assert_eq!(page.status, 303, "{}", page.body);
    }
    let message = admin.get("/").await.dashboard_message();
    message.unwrap_or_else(|| panic!("nothing after {button}")).replace("<bdi>", "").replace("</bdi>", "")
}

#[rstest]
#[case("enable-org1-Okta2", "Okta2 is enabled for org1. Auto-membership is off, so its users are not members yet.")]
#[case(
    "disable-org1-Okta1",
    "Okta1 is disabled for org1. Its users can't log in there. Those who are members stay members."
)]
#[case(
    "auto-membership-org1-Okta1",
    "Auto-membership of Okta1 at org1 is off. Members stay members, and nobody else becomes one by logging in."
)]
#[case(
    "add-member-org1-bob@org2.example",
    "bob@org2.example was added to org1 but can't log in: Okta2 is not enabled for the organization."
)]
#[case(
    "remove-member-org1-alice@org1.example",
    "alice@org1.example was removed from org1 and logged out of it. Auto-membership is on, so the next sign-in adds the user again."
)]
#[case("delete-organization-org2", "org2 was deleted. Anybody who was logged in to it was logged out.")]
#[case("delete-connection-Okta2", "Okta2 and its users were deleted.")]
#[case("delete-user-bob@org2.example", "bob@org2.example of Okta2 was deleted and logged out.")]
#[case(
    "checkpoint-collaboration",
    "You jumped to the state after chapter 6.2. Everybody was logged out, and organizations have new IDs."
)]
#[case("fault-bad-signature", "Queued for the next sign-in: Bad signature.")]
#[case("usage-individuals", "The type of users is now Individuals. Users log in without an organization.")]
#[case("prompt-off", "The prompt for the organization is now off. The application must name the organization.")]
#[case(
    "organization-names-off",
    "Organization names are no longer allowed. The application must send an organization's ID."
)]
#[tokio::test]
async fn a_button_says_what_it_did_and_what_follows(#[case] button: &str, #[case] message: &str) {
    assert_eq!(message_after(&TestTenant::start(), button, &[], 1).await, message);
}

#[rstest]
#[case("create-organization", &[("name", "acme")], "acme was created. Nobody can log in to it until you enable a connection for it.")]
#[case("save-organization-org1", &[("license", "premium")], "org1 was saved. Its display name and license apply from the next sign-in.")]
#[case("create-connection", &[("name", "Okta3")], "Okta3 was created. It has no users yet.")]
#[case("create-user-Okta1", &[("email", "dora@org1.example")], "dora@org1.example was created in Okta1. The user is not a member of any organization yet.")]
#[case("invite-org1", &[("email", "alice@org1.example")], "alice@org1.example was invited to org1. The link works once.")]
#[case("invite-org1", &[("email", "bob@org2.example")], "bob@org2.example was invited to org1. Nobody can accept it until an enabled connection has a user with this address.")]
#[case("enable-org1-Okta2", &[("auto_membership", "1")], "Okta2 is enabled for org1. Auto-membership is on, so its users become members when they log in.")]
#[tokio::test]
async fn a_form_says_what_it_did_and_what_follows(
    #[case] button: &str,
    #[case] typed: &[(&str, &str)],
    #[case] message: &str,
) {
    assert_eq!(message_after(&TestTenant::start(), button, typed, 1).await, message);
}

/// A double click, or somebody else who was faster.
#[rstest]
#[case("enable-org1-Okta2", "Okta2 is already enabled for org1.")]
#[case("disable-org1-Okta1", "Okta1 is not enabled for org1.")]
#[case("auto-membership-org1-Okta1", "auto-membership of Okta1 at org1 is already off.")]
#[case("add-member-org1-bob@org2.example", "bob@org2.example is already a member of org1.")]
#[case("remove-member-org1-alice@org1.example", "alice@org1.example is not a member of org1.")]
#[case("save-organization-org1", "org1 already has this display name and license.")]
#[case("delete-organization-org2", "this organization no longer exists.")]
#[case("delete-connection-Okta2", "this connection no longer exists.")]
#[case("delete-user-bob@org2.example", "this user no longer exists.")]
#[case("usage-individuals", "this is already the type of users.")]
#[case("organization-names-off", "organization names are not allowed.")]
#[tokio::test]
async fn a_button_that_has_nothing_to_do_says_so(#[case] button: &str, #[case] message: &str) {
    let tenant = TestTenant::start();
    assert_eq!(message_after(&tenant, button, &[], 2).await, format!("Nothing to change: {message}"));
}

#[tokio::test]
async fn an_invitation_is_revoked_once_and_faults_are_cancelled_once() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    tenant.invite_to_org1("alice@org1.example").await;
    let dashboard = admin.get("/").await;
    let revoke = dashboard.test_ids("revoke-invitation-").remove(0);
    let revoked =
        "The invitation for <bdi>alice@org1.example</bdi> to <bdi>org1</bdi> was revoked. Its link no longer works.";
    for message in [revoked, "Nothing to change: this invitation no longer exists."] {
        admin.press(&dashboard, &revoke).await;
        assert_eq!(admin.get("/").await.dashboard_message().as_deref(), Some(message));
    }
    admin.press(&dashboard, "fault-slow").await;
    let queued = admin.get("/").await;
    for message in ["Cancelled. The next sign-in works as usual.", "Nothing to cancel: no fault is queued."] {
        admin.press(&queued, "call-off-fault").await;
        assert_eq!(admin.get("/").await.dashboard_message().as_deref(), Some(message));
    }
}

#[tokio::test]
async fn a_message_is_shown_once_and_its_place_is_always_there() {
    let tenant = TestTenant::start();
    let admin = enabled(&tenant).await;
    let page = admin.get("/").await;
    assert_eq!(page.dashboard_message().as_deref(), Some(ENABLED));
    let removal = set(&page).remove(0);
    assert!(removal.contains("Max-Age=0") && removal.contains("; Path=/"), "{removal}");
    let page = admin.get("/").await;
    assert_eq!((page.dashboard_message(), set(&page).len()), (None, 0));
    assert_eq!(page.texts("header #flash[role=status]"), [""]);
}

#[tokio::test]
async fn the_cookie_is_for_this_port_and_this_minute() {
    let tenant = TestTenant::start();
    let cookie = set(&tenant.browser().press_at("/", "enable-org1-Okta2").await).remove(0);
    assert!(cookie.starts_with(&format!("{}=", tenant.flash_cookie())), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
        assert!(cookie.contains(&format!("; {attribute}")), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("; Domain") && !cookie.contains("Okta2"), "{cookie}");
}

type Headers = &'static [(&'static str, &'static str)];

/// A request that shows the user no page neither shows nor removes the message.
#[rstest]
#[case::live(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors"), ("x-live", "1")])]
#[case::live_in_an_older_browser(&[("accept", "text/html"), ("x-live", "1")])]
#[case::fetch(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")])]
#[case::frame(&[("sec-fetch-dest", "iframe"), ("sec-fetch-mode", "navigate")])]
#[case::prefetch(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch")])]
#[case::image(&[("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors")])]
#[case::json(&[("accept", "application/json")])]
#[tokio::test]
async fn the_message_waits_for_a_page_that_the_user_sees(#[case] headers: Headers) {
    let tenant = TestTenant::start();
    let admin = enabled(&tenant).await;
    let page = admin.send(Method::GET, "/", headers, None).await;
    assert_eq!((page.dashboard_message(), set(&page).len()), (None, 0));
    let opened = [("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"), ("accept", "text/html,*/*;q=0.8")];
    let page = admin.send(Method::GET, "/", &opened, None).await;
    assert_eq!(page.dashboard_message().as_deref(), Some(ENABLED));
}

/// Attack: a cookie that was copied is sent again later.
#[rstest]
#[case::in_time(59, Some(ENABLED))]
#[case::too_late(61, None)]
#[tokio::test]
async fn a_message_is_shown_within_a_minute(#[case] seconds: i64, #[case] message: Option<&str>) {
    let tenant = TestTenant::start();
    let admin = enabled(&tenant).await;
    tenant.clock.advance(TimeDelta::seconds(seconds));
    assert_eq!(admin.get("/").await.dashboard_message().as_deref(), message);
}

/// Attack: a forged message, or one of another tenant, by whoever can set cookies for this host.
#[tokio::test]
async fn forged_cookies_say_nothing_and_break_nothing() {
    let (tenant, other) = (TestTenant::start(), TestTenant::start());
    let admin = enabled(&tenant).await;
    let genuine = admin.cookie(&tenant.flash_cookie()).unwrap();
    let foreign = enabled(&other).await.cookie(&other.flash_cookie()).unwrap();
    let plain = json!({
        "message": {"pieces": [{"text": "Call 555-0100", "is_name": false}]}, "made_at": "2999-01-01T00:00:00Z",
    });
    let forged = [
        String::new(),
        "garbage".to_owned(),
        "%00%ff".to_owned(),
        plain.to_string().replace(',', "%2C"),
        "A".repeat(3_000),
        genuine[1..].to_owned(),
        format!("{genuine}AAAA"),
        genuine.replacen(&genuine[30..31], if &genuine[30..31] == "A" { "B" } else { "A" }, 1),
        foreign,
    ];
    for value in forged {
        admin.set_cookie(&tenant.flash_cookie(), &value);
        let page = admin.get("/").await;
        assert_eq!((page.status, page.dashboard_message(), set(&page).len()), (200, None, 0), "{value}");
        assert!(!page.body.contains("555-0100"), "{value}");
    }
    admin.set_cookie(&tenant.flash_cookie(), &genuine);
    assert_eq!(admin.get("/").await.dashboard_message().as_deref(), Some(ENABLED), "the genuine one counts");
}

/// Attack: a link that puts its author's words into the dashboard.
#[rstest]
#[case("flash=enabled")]
#[case("message=Call+555-0100&status=ok")]
#[case("demo_tenant_flash=Call+555-0100")]
#[tokio::test]
async fn a_link_says_nothing(#[case] query: &str) {
    let tenant = TestTenant::start();
    let page = tenant.browser().get(&format!("/?{query}#{query}")).await;
    assert!(page.dashboard_message().is_none() && !page.body.contains("555-0100"), "{}", page.body);
}

/// Attack: markup in a name, and names that turn the direction of the rest or make the cookie too large.
#[tokio::test]
async fn a_name_stays_a_name_and_the_cookie_small() {
    let tenant = TestTenant::start();
    let email = format!("{}@שלום.example", "漢".repeat(70));
    let typed = [("email", email.as_str()), ("name", "<b>bold</b>")];
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "create-user-Okta1", &typed).await;
    let name = tenant.flash_cookie();
    let length = name.len() + admin.cookie(&name).unwrap().len();
    assert!(length < 1_024, "{length} bytes");
    let message = admin.get("/").await.dashboard_message().unwrap();
    assert!(
        message.starts_with(&format!("<bdi>{}…</bdi> was created in <bdi>Okta1</bdi>.", "漢".repeat(60))),
        "{message}"
    );

    let question = admin.press_at("/", &format!("delete-user-{email}")).await;
    assert!(question.body.contains("<h1>Delete <bdi>漢"), "{}", question.body);
}

/// The redirect after a form leads to the element that it changed, or to the heading of its list.
#[rstest]
#[case("enable-org1-Okta2", &[], "disable-org1-Okta2")]
#[case("disable-org1-Okta1", &[], "enable-org1-Okta1")]
#[case("auto-membership-org1-Okta1", &[], "auto-membership-org1-Okta1")]
#[case("add-member-org1-bob@org2.example", &[], "remove-member-org1-bob@org2.example")]
#[case("remove-member-org1-alice@org1.example", &[], "add-member-org1-alice@org1.example")]
#[case("save-organization-org1", &[("license", "premium")], "save-organization-org1")]
#[case("create-organization", &[("name", "acme")], "delete-organization-acme")]
#[case("create-user-Okta1", &[("email", "dora@org1.example")], "delete-user-dora@org1.example")]
#[case("create-connection", &[("name", "Okta3")], "connection-card")]
#[case("invite-org1", &[("email", "alice@org1.example")], "revoke-invitation-org1-")]
#[case("delete-organization-org2", &[], "h2")]
#[case("delete-connection-Okta2", &[], "h2")]
#[case("delete-user-bob@org2.example", &[], "h3")]
#[case("checkpoint-login", &[], "h2")]
#[case("fault-slow", &[], "fault-slow")]
#[case("usage-individuals", &[], "h3")]
#[tokio::test]
async fn a_form_leads_to_what_it_changed(#[case] button: &str, #[case] typed: &[(&str, &str)], #[case] shows: &str) {
    let tenant = TestTenant::at_checkpoint(Checkpoint::SecondOrganization);
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let mut page = admin.press_with(&dashboard, button, typed).await;
    if page.has("confirm") {
        page = admin.press(&page, "confirm").await;
    }
    let place = page.header("location").unwrap().strip_prefix("/#").unwrap().replace("%7C", "|");
    let dashboard = admin.get("/").await;
    assert_eq!(dashboard.texts(&format!("[id='{place}']")).len(), 1, "{place}");
    let inside = match shows {
        "h2" | "h3" => format!("{shows}[id='{place}']"),
        "connection-card" => format!("h3[id='{place}']"),
        test_id => format!("[id='{place}'] [data-testid^='{test_id}']"),
    };
    assert_eq!(dashboard.texts(&inside).len(), 1, "{inside}");
}
