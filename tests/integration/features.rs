//! The people, the activity and the start page of an organization.

use chrono::{NaiveTime, TimeDelta};
use rstest::rstest;
use scraper::Selector;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    provider::Provider,
    stores::In,
};

/// Signs somebody in to org1, in a browser of their own.
async fn sign_in(app: &TestApp, provider: &Provider, subject: &str, name: &str) -> Browser {
    let claims = json!({"sub": subject, "name": name, "email": format!("{name}@org1.example")});
    provider.now(|behaviour| behaviour.claim(claims));
    app.signed_in("org1").await
}

/// 41 people: one whose subject names no connection, then Okta1 and a connection with markup in its name by turns.
#[tokio::test]
async fn long_lists_are_grouped_and_shown_in_parts() {
    const MARKUP: &str = "<b>Okta</b>&2";
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let first = sign_in(&app, &provider, "auth0|1", "person-0").await;
    for number in 1..=40 {
        let connection = if number % 4 == 0 { MARKUP } else { "Okta1" };
        sign_in(&app, &provider, &format!("okta|{connection}|{number}"), &format!("person-{number}")).await;
    }

    let names = |numbers: &mut dyn Iterator<Item = usize>| numbers.map(|number| format!("person-{number}")).collect();
    let okta1: Vec<String> = names(&mut (1..=40).filter(|number| number % 4 != 0));
    let markup: Vec<String> = names(&mut (1..=40).filter(|number| number % 4 == 0));
    let pages = [
        ("", "Page 1", vec!["Okta1 30 people".to_owned()], okta1[..20].to_vec()),
        (
            "?page=2",
            "Page 2",
            vec!["Okta1 30 people, continued".to_owned(), format!("{MARKUP} 10 people")],
            [&okta1[20..], &markup[..]].concat(),
        ),
        ("?page=3", "Page 3", vec!["No connection named 1 person".to_owned()], vec!["person-0".to_owned()]),
        ("?page=999", "Page 3", vec!["No connection named 1 person".to_owned()], vec!["person-0".to_owned()]),
    ];
    for (query, current, groups, people) in pages {
        let page = first.get(&format!("/features/people{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(page.texts("[data-testid=people] h2"), groups, "{query}");
        assert_eq!(page.texts("[data-testid=people] th strong"), people, "{query}");
        assert_eq!(page.texts("nav.pager [aria-current=page]"), [current]);
        assert_eq!(page.texts("[data-testid=people] td time[datetime]").len(), 2 * people.len());
    }

    let newest: Vec<String> = names(&mut (0..=40).rev());
    for (query, number, shown) in
        [("", 1, 0..20), ("?page=2", 2, 20..40), ("?page=3", 3, 40..41), ("?page=9", 3, 40..41)]
    {
        let page = first.get(&format!("/features/activity{query}")).await;
        let rows = page.texts("[data-testid=activity] table:first-of-type th strong");
        assert_eq!(rows, newest[shown.clone()], "{query}");
        assert_eq!(page.texts("nav.pager [aria-current=page]"), [format!("Page {number}")], "{query}");
        let range = format!("{}–{} of 41 sign-ins", shown.start + 1, shown.end);
        assert_eq!(page.texts("nav.pager > p"), [range], "{query}");
    }
    let page = first.get("/features/activity").await;
    assert_eq!(page.texts("td b, th b, caption b"), Vec::<String>::new(), "names are no markup");
}

/// Where the chart's bars of this kind begin, and how high they are: `x`, `y`, `height`.
fn bars(page: &Page, kind: &str) -> Vec<[String; 3]> {
    let selector = Selector::parse(&format!("figure > svg rect.{kind}")).unwrap();
    let sides = |bar: scraper::ElementRef| ["x", "y", "height"].map(|name| bar.attr(name).unwrap().to_owned());
    page.html().select(&selector).map(sides).collect()
}

/// The tallest bar is as high as the chart. The others are a part of that, rounded up.
#[tokio::test]
async fn the_chart_draws_each_day_in_its_place_and_to_scale() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let now = || app.clock.clock().now();
    let tomorrow = now().date_naive().succ_opt().unwrap();
    let noon = tomorrow.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
    let sign_in = async || {
        let issued = now().timestamp();
        provider.now(|behaviour| behaviour.claim(json!({"iat": issued, "exp": issued + 600})));
        app.signed_in("org1").await
    };
    app.clock.advance(noon - now());
    sign_in().await;
    for _ in 0..7 {
        let visitor = app.browser();
        let state = visitor.login("org1").await.parameter("state").unwrap();
        visitor.get(&format!("/callback?error=access_denied&state={state}")).await;
    }
    app.clock.advance(TimeDelta::days(1));
    sign_in().await;
    let page = sign_in().await.get("/features/activity").await;

    // 14 days of 26 units, the last two with 1 and 2 sign-ins of at most 7, at 120 units.
    assert_eq!(page.attribute("figure > svg", "viewBox"), "-40 -14 414 162");
    assert_eq!(page.texts("figure > svg .scale"), ["7", "0"]);
    assert_eq!(bars(&page, "bar"), [["315", "102", "18"], ["341", "85", "35"]]);
    assert_eq!(bars(&page, "refused"), [["326", "0", "120"]]);
}

/// The headings of the start page, below its own.
async fn sections(browser: &Browser) -> Vec<String> {
    let page = browser.get("/").await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.texts("main h2")
}

#[tokio::test]
async fn the_start_page_shows_the_last_three_notes_or_who_was_there_last() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let alice = sign_in(&app, &provider, "okta|Okta1|alice", "alice").await;
    for name in ["bob", "carol", "dave"] {
        sign_in(&app, &provider, &format!("okta|Okta2|{name}"), name).await;
    }
    assert_eq!(sections(&alice).await[..2], ["Logged in last", "Features"]);
    assert_eq!(alice.get("/").await.texts("main li strong"), ["dave", "carol", "bob"]);

    for number in 1..=4 {
        alice.post_note(&format!("<i>note</i> {number}")).await;
    }
    assert_eq!(sections(&alice).await[..2], ["Latest notes", "Features"]);
    let notes = ["<i>note</i> 4", "<i>note</i> 3", "<i>note</i> 2"];
    assert_eq!(alice.get("/").await.texts(".note-text"), notes);
}

/// A license that does not include a feature does not show its data on the start page either.
#[rstest]
#[case::premium("org2", json!({"https://myapp.com/license": "premium"}), true)]
#[case::none("org2", json!({"https://myapp.com/license": null}), false)]
#[case::unknown("org2", json!({"https://myapp.com/license": "gold"}), false)]
#[case::no_organization("", json!({}), false)]
#[tokio::test]
async fn the_start_page_shows_only_what_the_license_includes(
    #[case] organization: &str,
    #[case] claims: Value,
    #[case] shows_notes: bool,
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    provider.now(|behaviour| behaviour.claim(claims));
    let browser = app.signed_in(organization).await;
    assert_eq!(sections(&browser).await[0], "Features", "no note yet, and nobody else's data");
    provider.now(|behaviour| behaviour.claim(json!({"https://myapp.com/license": "corporate"})));
    let host = app.signed_in("org2").await;
    assert_eq!(host.post_note("for org2").await.status, 303);
    assert_eq!(sections(&browser).await.contains(&"Latest notes".to_owned()), shows_notes);
    assert_eq!(browser.get("/").await.body.contains("for org2"), shows_notes);
}

#[tokio::test]
async fn the_start_page_can_do_without_the_notes() {
    let provider = Provider::start();
    let (app, redis) = In::Redis.app(&provider);
    let browser = app.signed_in("org1").await;
    let redis = redis.unwrap();
    redis.say("SET orglab:notes:org_org1 spoilt");
    assert_eq!(browser.get("/features/board").await.status, 503);
    assert_eq!(sections(&browser).await[0], "Features");
    assert!(browser.get("/").await.has("organization"), "and the form to switch");
}
