//! What holds for any text at all, where text comes in from outside.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::DateTime;
use openidconnect::core::CoreJwsSigningAlgorithm;
use orglab::{
    settings::Settings,
    sign_in::{
        id_token::{Expectations, verify},
        key_set::KeySet,
        organization::{MAXIMUM_LENGTH, OrganizationIds, OrganizationRef},
        response::{AuthorizationResponse, Outcome},
        return_to::ReturnTo,
    },
    text::is_blank,
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::support::{app::TestApp, keys::ED25519, provider::Provider};

/// Text made of what makes the difference between places, and of anything.
fn spelling() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "/",
        "//",
        "\\",
        "..",
        ".",
        "%2f",
        "%2e",
        "%5c",
        "%00",
        "@",
        ":",
        "?",
        "#",
        "&",
        "=",
        "\t",
        "\r\n",
        " ",
        "http:",
        "https://",
        "javascript:",
        "evil.example",
        "localhost",
        "login",
        "logout",
        "callback",
        "code",
        "state",
        "error",
        "profile",
        "。",
        "／",
        "\u{202e}",
        "%",
        "org_",
        "org1",
    ]);
    prop_oneof![vec(pieces, 0..12).prop_map(|pieces| pieces.concat()), any::<String>()]
}

/// Where a browser at `http://localhost:3000` goes for this `Location`.
fn followed(location: &str) -> Url {
    Url::parse("http://localhost:3000/callback?code=1").unwrap().join(location).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_return_path_stays_in_the_app(text in spelling().prop_map(|text| format!("/{text}")), bare in spelling()) {
        for text in [text, bare] {
            let Some(kept) = ReturnTo::parse(&text) else { continue };
            let url = followed(kept.as_str());
            prop_assert_eq!(url.origin().ascii_serialization(), "http://localhost:3000", "{:?}", text);
            prop_assert!(kept.as_str().is_ascii() && !kept.as_str().contains(char::is_control), "{kept:?}");
            let forbidden = ["/login", "/logout", "/callback"];
            prop_assert!(!forbidden.contains(&url.path().to_ascii_lowercase().as_str()), "{kept:?}");
            prop_assert!(!AuthorizationResponse::is_in(url.query().unwrap_or_default()), "{kept:?}");
            let again = ReturnTo::parse(kept.as_str());
            prop_assert_eq!(again, Some(kept), "kept once, it is kept again");
        }
    }

    #[test]
    fn an_organization_is_what_was_typed_or_its_listed_id(text in spelling()) {
        let ids = OrganizationIds::new([("org1".to_owned(), "org_listed".to_owned())]);
        if let Ok(Some(organization)) = OrganizationRef::parse(&text, &ids) {
            let (shown, sent) = (organization.to_string(), organization.parameter().to_owned());
            let is_visible = |letter: &char| !is_blank(&letter.to_string());
            let letters = |text: &str| text.chars().filter(is_visible).collect::<String>();
            prop_assert_eq!(letters(&shown), letters(&text), "every visible character, and no other");
            prop_assert!(shown.chars().all(|letter| letter.is_whitespace() || is_visible(&letter)), "{shown:?}");
            prop_assert_eq!(shown.trim(), &shown);
            prop_assert!((1..=MAXIMUM_LENGTH).contains(&shown.chars().count()));
            prop_assert!(!shown.contains(char::is_control));
            let listed = shown.eq_ignore_ascii_case("org1");
            prop_assert_eq!(sent, if listed { "org_listed".to_owned() } else { shown.clone() });
            prop_assert_eq!(organization.id().is_some(), listed || shown.starts_with("org_"));
            prop_assert_eq!(OrganizationRef::parse(&shown, &ids).unwrap(), Some(organization));
        }
    }

    #[test]
    fn a_response_has_each_parameter_once_and_one_outcome(
        parameters in vec((select(vec!["code", "error", "state", "iss", "error_description", "x", ""]), spelling()), 0..6)
    ) {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &parameters {
            by_name.entry(name).or_default().push(value);
        }
        let one = |name| by_name.get(name).map(|values| values[0]).filter(|value| !value.is_empty());
        match AuthorizationResponse::parse(&query) {
            Err(_) => {
                let is_good = by_name.values().all(|values| values.len() == 1)
                    && parameters.iter().all(|(_, value)| value.len() <= 8192)
                    && one("state").is_some()
                    && one("code").is_some() != one("error").is_some();
                prop_assert!(!is_good, "refused: {query}");
            }
            Ok(response) => {
                prop_assert!(by_name.values().all(|values| values.len() == 1), "twice: {query}");
                prop_assert_eq!(Some(response.state.as_str()), one("state"));
                prop_assert_eq!(response.issuer.as_deref(), one("iss"));
                match response.outcome {
                    Outcome::Code(code) => prop_assert_eq!((Some(code.as_str()), None), (one("code"), one("error"))),
                    Outcome::Refusal(refusal) => {
                        prop_assert_eq!((Some(refusal.error.as_str()), None), (one("error"), one("code")));
                        prop_assert_eq!(refusal.description.as_deref(), one("error_description"));
                    }
                }
            }
        }
    }

    #[test]
    fn any_query_is_read_without_a_panic(query in "\\PC*|([a-z]{1,9}=?[%&+a-f0-9]*&?)*") {
        let is_response = AuthorizationResponse::parse(&query).is_ok();
        prop_assert!(!is_response || AuthorizationResponse::is_in(&query));
    }
}

const SETTINGS: [&str; 12] = [
    "OIDC_ISSUER_URL",
    "OIDC_CLIENT_ID",
    "OIDC_SCOPES",
    "ORGANIZATION_IDS",
    "CLAIMS_NAMESPACE",
    "APP_BASE_URL",
    "APP_CALLBACK_PATH",
    "APP_LISTEN",
    "SESSION_TTL",
    "SESSION_IDLE",
    "DEMO_TENANT_LISTEN",
    "RUST_LOG",
];

const NOW: i64 = 1_800_000_000;

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let encode = |json: serde_json::Value| data_encoding::BASE64URL_NOPAD.encode(json.to_string().as_bytes());
    let claims = json!({"iss": "https://t.example/", "aud": "orglab", "sub": "alice", "nonce": "n", "iat": NOW, "exp": NOW + 60});
    let message = format!("{}.{}", encode(json!({"alg": "EdDSA", "kid": "1"})), encode(claims));
    format!("{message}.{}", data_encoding::BASE64URL_NOPAD.encode(&ED25519.sign("EdDSA", message.as_bytes())))
});

static KEYS: LazyLock<KeySet> = LazyLock::new(|| vec![serde_json::from_value(ED25519.jwk("1")).unwrap()].into());

fn is_genuine(token: &str) -> bool {
    let expectations = Expectations {
        issuer: "https://t.example/",
        client_id: "orglab",
        algorithms: vec![CoreJwsSigningAlgorithm::EdDsa],
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
        nonce: Some("n"),
        max_age: None,
        organization: None,
    };
    verify(token, &KEYS, &expectations).claims.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Attack on whoever shares their terminal: a secret that is wrong is written there.
    #[test]
    fn settings_of_any_text_are_read_or_named_and_secrets_are_kept(
        values in vec(spelling(), SETTINGS.len()), secret in "[a-zA-Z0-9+/]{24,40}"
    ) {
        let lookup = |wanted: &str| match wanted {
            "SESSION_SECRET" | "OIDC_CLIENT_SECRET" => Some(format!("{secret}!")),
            name => SETTINGS.iter().position(|setting| *setting == name).map(|index| values[index].clone()),
        };
        let Err(mistakes) = Settings::read(lookup) else { panic!("the session's secret is none") };
        let text = mistakes.to_string();
        prop_assert!(!text.contains(&secret), "{text}");
        prop_assert!(text.contains("SESSION_SECRET must be"));
        for line in text.lines() {
            let name = line.split(' ').next().unwrap();
            prop_assert!(SETTINGS.contains(&name) || name == "SESSION_SECRET", "a line names its setting: {line:?}");
        }
    }

    /// Attack: a genuine token is changed, a byte or a piece at a time.
    #[test]
    fn no_changed_token_is_genuine(at in any::<prop::sample::Index>(), letter in any::<char>(), length in 0..9usize) {
        prop_assert!(is_genuine(&TOKEN));
        let at = at.index(TOKEN.len());
        let (before, after) = TOKEN.split_at(at);
        let end = length.min(after.len());
        let changes = [
            format!("{before}{letter}{}", &after[1..]),
            format!("{before}{letter}{after}"),
            format!("{before}{}", &after[end..]),
            format!("{before}{}{after}", &after[..end]),
            before.to_owned(),
        ];
        for changed in changes {
            prop_assert!(changed == *TOKEN || !is_genuine(&changed), "{changed}");
        }
    }

    #[test]
    fn no_text_at_all_is_a_genuine_token(text in prop_oneof![any::<String>(), "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,86}"]) {
        prop_assert!(!is_genuine(&text));
    }
}

/// Attack: cookies of any text.
#[test]
fn no_cookie_of_any_text_signs_anybody_in_or_breaks_a_page() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // What a Cookie header may hold at all.
    let value = "[ -:<-~]{0,80}|[A-Za-z0-9+/%=]{0,300}";
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(session in value, attempt in value, name in "[A-Za-z0-9_-]{0,14}")| {
        let browser = app.browser();
        browser.set_cookie(&app.session_cookie(), &session);
        browser.set_cookie(&(app.attempt_cookies() + &name), &attempt);
        runtime.block_on(async {
            assert_eq!(browser.profile().await, None);
            assert_eq!(browser.get("/").await.status, 200);
            assert_eq!(browser.get(&format!("/callback?code=1&state={name}x")).await.status, 400);
        });
    });
}
