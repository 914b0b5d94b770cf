//! What a session stores about its sign-in: every step, within a size limit.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::with_query,
    instance::SECRET,
    provider::Provider,
    redis::{Kind, RedisServer},
};

/// The most that a session may keep of a record, in bytes.
const BOUND: usize = 2_000;

/// How long the record of a sign-in with these parameters and claims is in the session's store, and `/trace`.
async fn record_of(parameters: &[(&str, &str)], claims: Value) -> (usize, String) {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    provider.now(|behaviour| behaviour.claim(claims));
    let url = redis.url();
    let app = TestApp::at_with(&provider, &[("REDIS_URL", &url), ("SESSION_SECRET", SECRET)]);
    let browser = app.browser();
    let page = browser.get(&with_query("/login", parameters)).await;
    let page = browser.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.body);

    let keys = redis.say("KEYS orglab:session:*");
    let key = keys.lines().find(|line| line.starts_with("orglab:")).unwrap();
    let session: Value = serde_json::from_str(redis.say(&format!("HGET {key} state")).lines().nth(1).unwrap()).unwrap();
    let signed_in: Value = serde_json::from_str(session["signed_in"].as_str().unwrap()).unwrap();
    (signed_in["record"].to_string().len(), browser.get("/trace").await.body)
}

/// With names and ids as long as Auth0's.
#[tokio::test]
async fn a_session_keeps_less_than_two_kilobytes_of_a_record_and_cuts_nothing() {
    let organization = "a-business-of-fifty-characters-as-long-as-they-get";
    let subject = "samlp|a-connection-of-theirs|somebody.with.a.name@business.example";
    let (length, trace) = record_of(&[("organization", organization)], json!({"sub": subject})).await;
    assert!(length < BOUND, "{length} bytes");
    assert!(!trace.contains('…') && trace.contains(subject) && trace.contains(&format!("org_name {organization}")));
}

/// Attack: sign-ins with parameters and claims as long as they may be, to fill the store.
#[tokio::test]
async fn long_values_are_cut_until_a_record_is_short() {
    // Characters of two bytes, in no order that could be told more briefly.
    let mut number = 1_u32;
    let mut long = || {
        let mut character = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(0x5d0 + (number >> 16) % 0x200).unwrap()
        };
        (0..255).map(|_| character()).collect::<String>()
    };
    let values = ["organization", "connection", "login_hint", "invitation"].map(|name| (name, long()));
    let parameters: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let claims = json!({"sub": long(), "azp": "orglab", "nbf": 1, "auth_time": 1});
    let (length, trace) = record_of(&parameters, claims).await;
    assert!(length <= BOUND, "{length} bytes");
    for name in ["organization", "connection", "login_hint", "invitation", "code_verifier"] {
        assert!(trace.contains(&format!("<code>{name}</code>")), "{name} is shown");
    }
    let checks = trace.matches("✓ passed").count();
    assert_eq!(checks, 15, "all are shown");
}

/// Attack: an invitation is read off a projected trace, and accepted by somebody else.
#[tokio::test]
async fn an_invitations_ticket_is_not_shown() {
    let parameters = [("organization", "org1"), ("invitation", "the-secret-ticket")];
    let (_, trace) = record_of(&parameters, json!({})).await;
    assert!(trace.contains("<code>invitation</code>"));
    assert!(!trace.contains("the-secret-ticket"));
}
