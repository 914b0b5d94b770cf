//! The profile: the claims, what they mean, and where they come from.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{app::TestApp, browser::Page, hostile::sign_in};

/// The rows of the page's table of claims: name, value, what it is.
fn rows(page: &Page) -> Vec<(String, String, String)> {
    let columns = ["th", "td:nth-child(2)", "td:nth-child(3)"];
    let [names, values, meanings] = columns.map(|cell| page.texts(&format!("table.claims tbody {cell}")));
    names.into_iter().zip(values).zip(meanings).map(|((name, value), meaning)| (name, value, meaning)).collect()
}

/// What the page says about where the claims of the ID token come from.
fn origin(page: &Page) -> String {
    page.texts("section[aria-labelledby='claims'] > p:not(.hint)").concat()
}

#[tokio::test]
async fn each_claim_stands_in_the_table_the_tenants_own_first_and_says_what_it_is() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in_as("alice@org1.example", "org1").await;
    let rows = rows(&page);
    let claims: Value = serde_json::from_str(&page.text("claims").unwrap()).unwrap();
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), names, "in the order of the JSON");
    assert_eq!(rows[0].0, "https://myapp.com/license");
    assert_eq!((rows[0].1.as_str(), rows[1].1.as_str()), ("\"corporate\"", "\"org1\""));
    for (index, (name, value, meaning)) in rows.iter().enumerate() {
        assert!(value.starts_with(&claims[name].to_string()), "{name}: {value}");
        assert!(meaning.ends_with('.') && meaning.len() > 10, "{name}: {meaning}");
        assert_eq!(meaning.contains("Added by your tenant"), index < 2, "{name}: {meaning}");
    }
    for name in ["iat", "exp"] {
        let value = &rows.iter().find(|row| row.0 == name).unwrap().1;
        assert!(value.ends_with(" UTC") && value.contains(&format!("{} 20", claims[name])), "{name}: {value}");
    }
    assert!(page.attribute("table.claims time", "datetime").ends_with('Z'));
}

#[tokio::test]
async fn the_json_is_what_programs_get() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in_as("alice@org1.example", "org1").await;
    let json = browser.send(Method::GET, "/profile", &[("accept", "application/json")], None).await;
    let parsed: Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(page.text("claims").unwrap(), serde_json::to_string_pretty(&parsed).unwrap());
}

const STANDARD: &str = "the others are standard claims, except org_id and org_name, which the provider adds.";

#[rstest]
#[case::both(json!({"https://myapp.com/license": "premium", "https://myapp.com/organization": "org1"}),
    &format!("license and organization are added by your tenant; {STANDARD}"))]
#[case::one(json!({"https://myapp.com/license": null, "https://myapp.com/organization": "org1"}),
    &format!("organization is added by your tenant; {STANDARD}"))]
#[case::neither(json!({"https://myapp.com/license": null, "https://myapp.com/organization": null}),
    "These are standard claims, except org_id and org_name, which the provider adds.")]
#[case::another(json!({"https://myapp.com/license": null, "https://myapp.com/organization": null, "shoe_size": 42}),
    "These are standard claims, except org_id, org_name and shoe_size, which the provider adds.")]
#[case::many(json!({"https://myapp.com/license": null, "https://myapp.com/organization": null, "a": 1, "b": 2}),
    "These are standard claims, except those that the provider adds.")]
#[case::long(json!({"https://myapp.com/license": null, "https://myapp.com/organization": null, ("a".repeat(70)): 1}),
    "These are standard claims, except those that the provider adds.")]
#[tokio::test]
async fn the_page_says_which_claims_are_whose_and_only_what_is_true(#[case] claims: Value, #[case] says: &str) {
    let page = sign_in(|provider| provider.claim(claims)).await.page;
    assert!(origin(&page).ends_with(says), "{}", origin(&page));
    let unknown: Vec<_> = rows(&page).into_iter().filter(|row| row.2 == "Added by the provider.").collect();
    assert!(unknown.iter().all(|row| ["shoe_size", "a", "b"].contains(&&*row.0) || row.0.len() == 70), "{unknown:?}");
}

#[tokio::test]
async fn empty_long_and_foreign_values_are_shown_as_they_are() {
    let long = "x".repeat(2000);
    let said = json!({"nickname": "", "name": "אליס 👩‍🚀", "website": long, "updated_at": "2026-01-02T03:04:05Z",
        "address": {"country": "CH"}, "amr": []});
    let page = sign_in({
        let said = said.clone();
        move |provider| provider.claim(said)
    })
    .await
    .page;
    let rows = rows(&page);
    for (name, value) in said.as_object().unwrap() {
        let row = rows.iter().find(|row| row.0 == *name).unwrap();
        assert_eq!(row.1, value.to_string(), "and no date beside a text");
    }
}
