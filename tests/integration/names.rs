//! What people are called, by the claims that their provider has of them (OpenID Connect Core 1.0, 5.1).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{app::TestApp, provider::Provider};

/// The claims beside the subject, `okta|Okta1|alice`.
#[rstest]
#[case::whole(json!({"name": "Alice Adams", "given_name": "A", "preferred_username": "aadams"}), "Alice Adams")]
#[case::in_parts(json!({"given_name": "Alice", "family_name": "Adams", "preferred_username": "aadams"}), "Alice Adams")]
#[case::given_name_alone(json!({"given_name": "Alice", "email": "alice@org1.example"}), "Alice")]
#[case::family_name_alone(json!({"family_name": "Adams", "nickname": "al"}), "Adams")]
#[case::username(json!({"preferred_username": "aadams", "nickname": "al", "email": "alice@org1.example"}), "aadams")]
#[case::nickname(json!({"nickname": "al", "email": "alice@org1.example"}), "al")]
#[case::email(json!({"email": "alice@org1.example"}), "alice@org1.example")]
#[case::none(json!({}), "okta|Okta1|alice")]
#[case::blank(json!({"name": "", "given_name": " ", "family_name": "\u{200b}", "preferred_username": "aadams"}), "aadams")]
#[case::of_odd_types(json!({"name": 5, "given_name": ["Alice"], "family_name": {}, "preferred_username": true}), "okta|Okta1|alice")]
#[case::a_part_of_an_odd_type(json!({"given_name": 5, "family_name": "Adams"}), "Adams")]
#[case::long(json!({"given_name": "ä".repeat(200), "family_name": "ö".repeat(200)}), &format!("{} {}", "ä".repeat(200), "ö".repeat(54)))]
#[tokio::test]
async fn people_are_called_by_their_name_and_only_else_by_their_subject(#[case] claims: Value, #[case] name: &str) {
    let mut said = json!({"name": null, "nickname": null, "email": null});
    said.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let provider = Provider::that_says(said);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    assert_eq!(browser.sign_in("org1").await.texts("h1"), [name]);
    let people = browser.get("/features/people").await;
    assert!(people.texts("th strong").iter().any(|shown| shown == name), "{}", people.body);
}
