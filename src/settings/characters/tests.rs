//! Characters that come with pasted values: cut at the ends, refused inside, and shown so that they can be found.

use rstest::rstest;

use crate::settings::tests::{good, invalid_with_provider, with_provider};

const SECRET: &str = "OIDC_CLIENT_SECRET";

#[rstest]
#[case::a_line_break("\n")]
#[case::line_breaks_of_windows("\r\n\r\n")]
#[case::blanks_and_tabs(" \t ")]
#[case::a_blank_that_does_not_break("\u{a0}")]
#[case::a_wide_blank("\u{3000}")]
fn blanks_and_line_breaks_at_the_ends_are_cut(#[case] end: &str) {
    let around = |value: &str| format!("{end}{value}{end}");
    let settings = [
        ("OIDC_ISSUER_URL", around("https://id.example/")),
        ("OIDC_CLIENT_ID", around("app")),
        (SECRET, around("secret")),
        ("OIDC_SCOPES", around("openid email")),
        ("ORGANIZATION_IDS", around("org1=org_1")),
        ("CLAIMS_NAMESPACE", around("urn:lab:")),
        ("APP_BASE_URL", around("http://localhost:4000")),
        ("RUST_LOG", around("info")),
    ];
    let settings = good(&settings.each_ref().map(|(name, value)| (*name, value.as_str())));
    let client = &settings.client;
    assert!(client.issuer.as_str().starts_with("https://id.example"));
    assert_eq!((client.client_id.as_str(), client.claims_namespace.as_str()), ("app", "urn:lab:"));
    assert_eq!(secrecy::ExposeSecret::expose_secret(client.client_secret.as_ref().unwrap()), "secret");
    assert_eq!(client.scopes, ["openid", "email"]);
    assert!(!client.organization_ids.is_empty());
    assert_eq!((settings.app.base_url.port(), settings.log.directives.as_str()), (Some(4000), "info"));
}

#[rstest]
#[case::straight("\"", "\"")]
#[case::single("'", "'")]
#[case::of_markdown("`", "`")]
fn quotes_around_the_whole_are_refused(#[case] quote: &str, #[case] shown: &str) {
    let values = [
        ("OIDC_ISSUER_URL", "https://id.example/"),
        ("OIDC_CLIENT_ID", "app"),
        (SECRET, "hunter2"),
        ("OIDC_SCOPES", "openid email"),
        ("ORGANIZATION_IDS", "org1=org_1"),
        ("CLAIMS_NAMESPACE", "urn:lab:"),
        ("APP_BASE_URL", "http://localhost:4000"),
        ("APP_LISTEN", "127.0.0.1:4000"),
        ("SESSION_SECRET", "hunter2"),
        ("SESSION_TTL", "8h"),
    ];
    for (name, value) in values {
        let said = invalid_with_provider(&[(name, &format!(" {quote}{value}{quote}\n"))]);
        assert!(said.starts_with(name) && said.contains("quotes around it") && said.contains(shown), "{said}");
        assert!(said.lines().count() == 1 && !said.contains("hunter2"), "{said}");
    }
}

/// RFC 6749, A.1 and A.2: both are printable ASCII, quotes included.
#[rstest]
#[case("it's a \"secret\"")]
#[case("\"begins")]
#[case("ends'")]
#[case("\"mixed'")]
#[case("\"")]
#[case("~ !#$%&()*+,-./:;<=>?@[\\]^_`{|}")]
fn client_ids_and_secrets_have_all_of_printable_ascii(#[case] value: &str) {
    let settings = with_provider(&[(SECRET, value), ("OIDC_CLIENT_ID", value)]);
    assert_eq!(settings.client.client_id, value);
    assert_eq!(secrecy::ExposeSecret::expose_secret(settings.client.client_secret.as_ref().unwrap()), value);
}

#[rstest]
#[case::zero_width('\u{200b}', r"\u{200b}")]
#[case::a_byte_order_mark('\u{feff}', r"\u{feff}")]
#[case::a_soft_hyphen('\u{ad}', r"\u{ad}")]
#[case::a_direction('\u{202e}', r"\u{202e}")]
#[case::a_filler('\u{3164}', r"\u{3164}")]
#[case::a_blank_that_does_not_break('\u{a0}', r"\u{a0}")]
#[case::a_line_break('\n', r"\n")]
#[case::a_carriage_return('\r', r"\r")]
#[case::a_tab('\t', r"\t")]
#[case::a_line_separator('\u{2028}', r"\u{2028}")]
#[case::null('\0', r"\u{0}")]
#[case::escape('\u{1b}', r"\u{1b}")]
#[case::a_curly_quote('\u{201c}', r"\u{201c}")]
#[case::a_curly_apostrophe('\u{2019}', r"\u{2019}")]
fn what_nobody_meant_is_refused_and_shown(#[case] character: char, #[case] shown: &str) {
    let values = [
        ("OIDC_ISSUER_URL", "https://id.", "example/"),
        ("OIDC_CLIENT_ID", "ap", "p"),
        (SECRET, "hunt", "er2"),
        ("OIDC_SCOPES", "openid em", "ail"),
        ("OIDC_SCOPES", "openid", "email"),
        ("ORGANIZATION_IDS", "org1=org_", "1"),
        ("ORGANIZATION_IDS", "or", "g1=org_1"),
        ("CLAIMS_NAMESPACE", "urn:", "lab:"),
        ("APP_BASE_URL", "http://local", "host:4000"),
        ("REDIS_URL", "redis://:hunter2@local", "host"),
        ("SESSION_SECRET", "hunt", "er2"),
        ("RUST_LOG", "in", "fo"),
    ];
    for (name, before, after) in values {
        let said = invalid_with_provider(&[
            (name, &format!("{before}{character}{after}")),
            ("SESSION_SECRET", &"0f".repeat(64)),
        ]);
        let said = said.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
        let [line] = said[..] else { panic!("one line: {said:?}") };
        assert!(line.contains(&format!("without {shown}")) || line.contains(&format!("({shown})")), "{line}");
        assert!(line.contains(&format!("(character {})", before.chars().count() + 1)), "{line}");
        assert!(!line.contains("hunt") && !line.contains("er2"), "{line}");
    }
}

#[test]
fn what_nobody_sees_is_refused_at_the_ends_too() {
    for value in ["\u{feff}app", "app\u{200b} ", "\u{200b}"] {
        let said = invalid_with_provider(&[("OIDC_CLIENT_ID", value)]);
        assert!(said.starts_with("OIDC_CLIENT_ID is ") && said.lines().count() == 1, "{said}");
        assert!(said.contains(r"without \u{"), "{said}");
    }
}

#[rstest]
#[case::an_accent("OIDC_CLIENT_ID", "café", "é (\\u{e9})")]
#[case::a_letter_that_looks_like_a_latin_one("OIDC_CLIENT_ID", "\u{430}pp", "\\u{430}")]
#[case::an_accent_in_a_secret(SECRET, "café", "é (\\u{e9})")]
#[case::quotes_around_one_scope("OIDC_SCOPES", "openid 'email' profile", "without ' (character 8)")]
#[case::straight_quotes_around_one_scope("OIDC_SCOPES", "openid \"email\"", "without \"")]
#[case::a_backslash("OIDC_SCOPES", "openid\\ email", "without \\ (character")]
#[case::an_accent_in_a_scope("OIDC_SCOPES", "openid émail", "\\u{e9}")]
#[case::quotes_around_one_id("ORGANIZATION_IDS", "org1=\"org_1\",org2=org_2", "without \"")]
#[case::quotes_around_one_pair("ORGANIZATION_IDS", "org1=org_1,'org2=org_2'", "without '")]
#[case::a_semicolon("ORGANIZATION_IDS", "org1=org_1;org2=org_2", "without ;")]
#[case::a_semicolon_at_the_end("ORGANIZATION_IDS", "org1=org_1;", "without ;")]
#[case::a_hyphen_in_an_id("ORGANIZATION_IDS", "org1=org_1-2", "without - (character 11)")]
#[case::a_letter_in_an_id_that_looks_like_a_latin_one("ORGANIZATION_IDS", "org1=org_\u{430}", "\\u{430}")]
#[case::a_blank_in_an_issuer("OIDC_ISSUER_URL", "https://id.example/ realms", "without a space (character 20)")]
#[case::a_quote_in_an_issuer("OIDC_ISSUER_URL", "https://id.example/\"", "without \"")]
#[case::in_brackets("OIDC_ISSUER_URL", "<https://id.example/>", "without <")]
#[case::a_blank_in_an_origin("APP_BASE_URL", "http://localhost :4000", "without a space")]
fn what_cannot_be_there_is_shown(#[case] name: &str, #[case] value: &str, #[case] shown: &str) {
    let said = invalid_with_provider(&[(name, value)]);
    assert!(said.starts_with(name) && said.contains(shown), "{said}");
    assert!(said.lines().count() == 1 && (name != SECRET || !said.contains("caf")), "{said}");
}

#[rstest]
#[case::no_letters("org1=org_")]
#[case::another_beginning("org1=organization_1")]
#[case::a_blank_inside("org1=org_1 2")]
#[case::an_id_alone("org_1")]
fn what_is_no_id_is_refused(#[case] value: &str) {
    assert!(invalid_with_provider(&[("ORGANIZATION_IDS", value)]).starts_with("ORGANIZATION_IDS is "));
}

#[rstest]
#[case::blanks_around("org1 = org_1 , org2 = org_2")]
#[case::a_name_with_hyphens_and_dots("acme-inc.eu=org_1")]
#[case::letters_of_other_scripts("açaí=org_1")]
#[case::upper_case("Org1=org_9EbbZ2vFqXyT4nKd")]
fn lists_of_ids_are_taken(#[case] value: &str) {
    assert!(!with_provider(&[("ORGANIZATION_IDS", value)]).client.organization_ids.is_empty());
}

#[rstest]
#[case::more_than_a_blank("openid  profile", &["openid", "profile"])]
#[case::urls("openid https://api.example/read:all", &["openid", "https://api.example/read:all"])]
#[case::an_apostrophe_inside("openid it's", &["openid", "it's"])]
#[case::punctuation("openid a!#$%&()*+,-./;<=>?@[]^_{|}~", &["openid", "a!#$%&()*+,-./;<=>?@[]^_{|}~"])]
fn scopes_are_taken_as_the_standard_has_them(#[case] value: &str, #[case] scopes: &[&str]) {
    assert_eq!(with_provider(&[("OIDC_SCOPES", value)]).client.scopes, scopes);
}
