//! The organization's notes.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{app::TestApp, browser::Page, provider::Provider};

#[rstest]
#[case::nothing("")]
#[case::blanks(" \t\n ")]
#[case::zero_width("\u{200b}\u{2060}\u{feff}")]
#[case::direction("\u{202e}")]
#[case::a_filler("\u{3164}")]
#[tokio::test]
async fn a_note_that_nobody_can_see_is_no_note(#[case] text: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let page = browser.post_note(text).await;
    assert_eq!(page.status, 422, "{}", page.body);
    assert_eq!(page.text("note").unwrap(), format!("\n{text}").trim_start_matches('\n'), "what was typed is kept");
    assert!(page.body.contains("must have at least one character"), "{}", page.body);
    assert!(browser.get("/features/board").await.body.contains("No notes yet"), "nothing was written");
}

/// The `org_id` that the page's form carries.
fn org_id(page: &Page) -> String {
    page.attribute("form.post input[name=org_id]", "value")
}

/// Two tabs of one browser: while a note is written for one organization, the other tab signs in to another.
#[tokio::test]
async fn a_note_goes_to_the_organization_that_its_page_was_shown_for() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let first = org_id(&browser.get("/features/board").await);
    browser.sign_in("org2").await;

    for note in ["for <org1> & nobody else", "", &"x".repeat(501)] {
        let page = browser.post("/features/board", &[("org_id", &first), ("note", note)]).await;
        assert_eq!(page.status, 409, "{}", page.body);
        assert_eq!(page.text("note").unwrap(), format!("\n{note}").trim_start_matches('\n'), "what was typed is kept");
        assert!(
            page.body.contains("You are now logged in to <bdi>org2</bdi>.") && page.body.contains("nothing was posted")
        );
        assert_eq!(page.text("org-badge").unwrap(), "org2");
        assert_ne!(org_id(&page), first, "the form is for the current organization");
    }
    let page = browser.get("/features/board").await;
    assert!(page.body.contains("No notes yet") && !page.body.contains("nothing was posted"), "{}", page.body);

    let fields = [("org_id", org_id(&page)), ("note", "for org2".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.post("/features/board", &fields).await.status, 303);
    assert!(browser.get("/features/board").await.body.contains("for org2"));
    browser.sign_in("org1").await;
    assert!(browser.get("/features/board").await.body.contains("No notes yet"), "not there either");
}

/// The same if the other organization has no board, or the user works for none.
#[rstest]
#[case::no_license("org2", json!({"https://myapp.com/license": null}), "You are now logged in to org2")]
#[case::an_unknown_license("org2", json!({"https://myapp.com/license": "gold"}), "You are now logged in to org2")]
#[case::no_organization("", json!({}), "You are not logged in to an organization. The form")]
#[tokio::test]
async fn what_was_typed_is_kept_where_one_works_without_a_board_by_then(
    #[case] organization: &str,
    #[case] claims: Value,
    #[case] says: &str,
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let org_id = org_id(&browser.get("/features/board").await);
    provider.now(|behaviour| behaviour.claim(claims));
    browser.sign_in(organization).await;

    for note in ["for <org1> & nobody else\nsecond line", "\nindented", &"x".repeat(501)] {
        let page = browser.post("/features/board", &[("org_id", &org_id), ("note", note)]).await;
        assert_eq!(page.status, 409, "{}", page.body);
        assert_eq!(page.text("note").unwrap(), note, "what was typed is kept");
        assert!(page.body.contains(says) && page.body.contains("nothing was posted"), "{}", page.body);
        assert!(page.text("switch-organization").is_some(), "and the way out");
    }
    let (json, form) = ([("accept", "application/json")], format!("org_id={org_id}&note=x"));
    let problem = browser.send(Method::POST, "/features/board", &json, Some(form)).await;
    assert_eq!((problem.status, problem.header("content-type")), (409, Some("application/problem+json")));
    let by_a_script = browser.post_note("for whoever it is").await;
    assert_eq!(by_a_script.status, 403, "who names no organization means the current one");

    provider.repent();
    browser.sign_in("org1").await;
    assert!(browser.get("/features/board").await.body.contains("No notes yet"));
}

#[rstest]
#[case::none(&[("note", "by a script")], 303)]
#[case::of_nobody(&[("note", "by a script"), ("org_id", "org_nobody")], 409)]
#[case::of_the_name(&[("note", "by a script"), ("org_id", "org1")], 409)]
#[case::blank(&[("note", "by a script"), ("org_id", "")], 409)]
#[case::twice(&[("note", "by a script"), ("org_id", "org_org1"), ("org_id", "org_org1")], 400)]
#[tokio::test]
async fn a_script_may_leave_the_organization_out_but_not_name_another(
    #[case] fields: &[(&str, &str)],
    #[case] status: u16,
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    assert_eq!(browser.post("/features/board", fields).await.status, status);
    let is_posted = browser.get("/features/board").await.text("notes").unwrap().contains("by a script");
    assert_eq!(is_posted, status == 303);
}

/// The pages of a long board: whatever the query says, one of them is shown.
#[tokio::test]
async fn a_long_board_has_pages() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let mut posted = Vec::new();
    for number in 1..=17 {
        posted.insert(0, format!("<b>note</b> & {number}"));
        assert_eq!(browser.post_note(&posted[0]).await.status, 303);
        if number == 8 {
            let page = browser.get("/features/board").await;
            assert_eq!(page.texts("nav.pager"), Vec::<String>::new(), "one page needs no links to others");
        }
    }
    let cases = [
        ("", 1),
        ("?page=1", 1),
        ("?page=2", 2),
        ("?page=3", 3),
        ("?page=4", 3),
        ("?page=99999999999999999999999999", 3),
        ("?page=0", 1),
        ("?page=-1", 1),
        ("?page=2.5", 1),
        ("?page=%3Cscript%3Ealert(1)%3C/script%3E", 1),
        ("?page=%FF%00", 1),
        ("?page[]=2", 1),
        ("?page=2&page=3", 2),
        ("?page=", 1),
    ];
    for (query, number) in cases {
        let page = browser.get(&format!("/features/board{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let notes = posted.iter().skip((number - 1) * 8).take(8).cloned().collect::<Vec<_>>();
        assert_eq!(page.texts("[data-testid=notes] > li .note-text"), notes, "{query}");
        assert_eq!(page.texts("nav.pager [aria-current=page]"), [format!("Page {number}")], "{query}");
        assert_eq!(page.texts("nav.pager a[rel=prev]").len(), usize::from(number > 1), "{query}");
        assert_eq!(page.texts("nav.pager a[rel=next]").len(), usize::from(number < 3), "{query}");
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
    let first = browser.get("/features/board").await;
    let next = browser.get(&first.attribute("nav.pager a[rel=next]", "href")).await;
    assert_eq!(next.texts("nav.pager [aria-current=page]"), ["Page 2"]);
    let back = browser.get(&next.attribute("nav.pager a[rel=prev]", "href")).await;
    assert_eq!(back.texts(".note-text"), first.texts(".note-text"));
}

/// What was typed is where the focus is, with what is wrong about it as its description.
#[rstest]
#[case::nothing(&[("note", "")], "", 422, &["mistake", "note-hint"])]
#[case::for_another_organization(&[("note", "typed"), ("org_id", "org_nobody")], "typed", 409, &["misplaced", "note-hint"])]
#[tokio::test]
async fn after_an_error_the_field_has_the_focus_and_says_what_is_wrong(
    #[case] fields: &[(&str, &str)],
    #[case] typed: &str,
    #[case] status: u16,
    #[case] described_by: &[&str],
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let page = browser.post("/features/board", fields).await;
    assert_eq!(page.status, status);
    assert_eq!(page.text("note").unwrap().trim_start_matches('\n'), typed);
    assert_eq!(page.attribute("[data-testid=note][autofocus]", "aria-describedby"), described_by.join(" "));
    for id in described_by {
        assert_eq!(page.texts(&format!("#{id}")).len(), 1, "{id}: {}", page.body);
    }
    assert_eq!(page.texts("[autofocus]").len(), 1, "nothing else asks for the focus");
}
