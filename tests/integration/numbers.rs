//! Numbers in claims: shown as the token has them, however large or precise.

use reqwest::Method;
use serde_json::Value;

use crate::support::{
    app::TestApp,
    instance::SECRET,
    provider::Provider,
    redis::{Kind, RedisServer},
};

/// Beyond what a float or an integer of 64 bits holds, or written in a way that a float would not keep.
const NUMBERS: [&str; 10] = [
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890123456789012345678901234567890",
    "0.1000000000000000055511151231257827",
    "1.10",
    "-0",
    // The parser writes every exponent so, which keeps the number.
    "1e+400",
    "1e-400",
];

fn provider_with_numbers() -> Provider {
    let members = NUMBERS.iter().enumerate().map(|(index, number)| format!(r#""n{index}": {number}"#));
    let members = members.collect::<Vec<_>>().join(", ");
    Provider::that_says(
        serde_json::from_str(&format!(r#"{{{members}, "nested": [{{"n": {}}}]}}"#, NUMBERS[4])).unwrap(),
    )
}

async fn assert_numbers_show(app: &TestApp) {
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "{}", page.body);
    let json = browser.send(Method::GET, "/profile", &[("accept", "application/json")], None).await.body;
    for text in [page.text("claims").unwrap(), browser.get("/trace").await.body.replace("&quot;", "\""), json] {
        let text = text.replace("\": ", "\":");
        for (index, number) in NUMBERS.iter().enumerate() {
            let is_there = [",", "\n", "}"].iter().any(|end| text.contains(&format!("\"n{index}\":{number}{end}")));
            assert!(is_there, "{number}: {text}");
        }
        assert!(text.contains(&format!("\"n\":{}", NUMBERS[4])), "{text}");
    }
    let claims: Value = browser.profile().await.unwrap();
    assert!(claims["exp"].is_i64());
}

#[tokio::test]
async fn numbers_are_shown_as_they_came() {
    assert_numbers_show(&TestApp::at(&provider_with_numbers())).await;
}

#[tokio::test]
async fn numbers_are_shown_as_they_came_after_their_way_through_redis() {
    let (provider, redis) = (provider_with_numbers(), RedisServer::start(Kind::Redis));
    let app = TestApp::at_with(&provider, &[("REDIS_URL", &redis.url()), ("SESSION_SECRET", SECRET)]);
    assert_numbers_show(&app).await;
}
