//! The claims of an ID token or a userinfo response, each with what it means; for the profile and the trace.

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;
use serde_json::Value;

use super::times::TimeView;
use crate::sign_in::jws::Claims;

/// A claim as the pages show it.
#[derive(Debug, Serialize)]
pub struct ClaimView {
    pub name: String,
    /// The name in parts, each up to a slash: between them, a line may break. Empty if it has no slash.
    pub name_parts: Vec<String>,
    /// As JSON: a text has its quotation marks, so that an empty one shows.
    pub value: String,
    /// What the claim says, in a sentence.
    pub meaning: &'static str,
    /// Whether it is the tenant's own.
    pub is_own: bool,
    #[serde(skip)]
    pub origin: Origin,
    /// The value as a date, if it is a time in seconds since 1970.
    pub date: Option<TimeView>,
}

/// Who defines a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tenant's own Action: the license and the organization's display name, under the claims' namespace.
    Tenant,
    /// A standard.
    Standard,
    /// The provider; no standard knows the claim.
    Provider,
}

/// The claims with what they mean. `namespace` is what the names of the tenant's own begin with.
pub fn views(claims: &Claims, namespace: &str) -> Vec<ClaimView> {
    claims.iter().map(|(name, value)| view(name, value, namespace)).collect()
}

fn view(name: &str, value: &Value, namespace: &str) -> ClaimView {
    let (origin, meaning) = match name.strip_prefix(namespace) {
        Some("license") => (Origin::Tenant, "The license of your organization; it decides what you can do here."),
        Some("organization") => (Origin::Tenant, "Your organization's display name."),
        _ => match standard(name) {
            Some(meaning) => (Origin::Standard, meaning),
            None => (Origin::Provider, of_provider(name)),
        },
    };
    ClaimView {
        name: name.to_owned(),
        name_parts: if name.contains('/') { name.split_inclusive('/').map(str::to_owned).collect() } else { vec![] },
        value: value.to_string(),
        meaning,
        is_own: origin == Origin::Tenant,
        origin,
        date: date(name, value),
    }
}

/// What the claims of the standards mean.
fn standard(name: &str) -> Option<&'static str> {
    Some(match name {
        // OpenID Connect Core 1.0, 2; RFC 7519, 4.1
        "iss" => "The provider that issued the token.",
        "sub" => "Your ID at the provider, which it never gives to anybody else.",
        "aud" => "The application that the token is for.",
        "exp" => "When the token expires.",
        "nbf" => "When the token becomes valid.",
        "iat" => "When the token was issued.",
        "jti" => "The ID of this token.",
        "auth_time" => "When you last proved to the provider who you are.",
        "nonce" => "The value that ties the token to the request for this sign-in.",
        "acr" => "How strongly you proved who you are, as the provider rates it.",
        "amr" => "How you proved who you are, for example by password.",
        "azp" => "The application that the token was issued to.",
        // OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11
        "at_hash" => "A hash that ties the token to the access token.",
        "c_hash" => "A hash that ties the token to the authorization code.",
        // Financial-grade API Security Profile 1.0, Part 2, 5.1.1
        "s_hash" => "A hash that ties the token to the state of the request.",
        // OpenID Connect Back-Channel Logout 1.0, 2.1
        "sid" => "Your session at the provider.",
        // RFC 7800, 3.1
        "cnf" => "The key that the token's user must prove to have.",
        // OpenID Connect Core 1.0, 5.1
        "name" => "Your full name.",
        "given_name" => "Your given name or names.",
        "family_name" => "Your family name or names.",
        "middle_name" => "Your middle name or names.",
        "nickname" => "The name that you are called by.",
        "preferred_username" => "The username that you go by, which others may have too.",
        "profile" => "The address of your profile page.",
        "picture" => "The address of your picture.",
        "website" => "The address of your website.",
        "email" => "Your email address.",
        "email_verified" => "Whether the provider has checked that the email address is yours.",
        "gender" => "Your gender.",
        "birthdate" => "Your date of birth.",
        "zoneinfo" => "Your time zone.",
        "locale" => "Your language and region.",
        "phone_number" => "Your phone number.",
        "phone_number_verified" => "Whether the provider has checked that the phone number is yours.",
        "address" => "Your postal address.",
        "updated_at" => "When your profile was last changed.",
        // OpenID Connect Core 1.0, 5.6.2
        "_claim_names" => "Which other claims come from elsewhere.",
        "_claim_sources" => "Where the claims that come from elsewhere are.",
        _ => return None,
    })
}

/// What the claims mean that no standard defines. Providers with organizations add two (Auth0, "Work with Tokens and
/// Organizations").
fn of_provider(name: &str) -> &'static str {
    match name {
        "org_id" => "The ID of the organization that you are logged in to, added by the provider.",
        "org_name" => "The organization's name, which you enter to log in, added by the provider.",
        _ => "Added by the provider.",
    }
}

/// The date of a `NumericDate` (RFC 7519, 2), for the claims that are one. Their values may have fractions.
fn date(name: &str, value: &Value) -> Option<TimeView> {
    if !["exp", "iat", "nbf", "auth_time", "updated_at"].contains(&name) {
        return None;
    }
    let time = numeric_date(value)?;
    // Where years have four digits, as in RFC 3339.
    (0..=9999).contains(&time.year()).then(|| TimeView::to_the_second(time))
}

fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "a number that is too large saturates, and is no date")]
    let seconds = value.as_i64().or_else(|| Some(value.as_f64()?.floor() as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const NAMESPACE: &str = "https://myapp.com/";

    fn of(claims: &Value) -> Vec<ClaimView> {
        views(claims.as_object().unwrap(), NAMESPACE)
    }

    #[test]
    fn each_claim_says_who_defines_it() {
        let own = [format!("{NAMESPACE}license"), format!("{NAMESPACE}organization")];
        let views = of(&json!({&own[0]: "premium", &own[1]: "org1", "sub": "a", "iss": "b", "shoe_size": 42}));
        let origins: Vec<_> = views.iter().map(|view| view.origin).collect();
        let (tenant, standard) = (Origin::Tenant, Origin::Standard);
        assert_eq!(origins, [tenant, tenant, standard, standard, Origin::Provider]);
        assert_eq!(
            views[4].meaning, "Added by the provider.",
            "nothing is made up for a claim that the app does not know"
        );
    }

    #[test]
    fn without_a_namespace_license_and_organization_are_the_tenants_too() {
        let claims = json!({"license": "premium", "https://myapp.com/license": "corporate"});
        let views = views(claims.as_object().unwrap(), "");
        assert_eq!((views[0].origin, views[1].origin), (Origin::Tenant, Origin::Provider));
    }

    #[rstest]
    #[case::exp("exp", json!(1_700_000_000), Some("2023-11-14T22:13:20Z"))]
    #[case::fraction("iat", json!(1_700_000_000.9), Some("2023-11-14T22:13:20Z"))]
    #[case::exponent("nbf", serde_json::from_str("1.7e9").unwrap(), Some("2023-11-14T22:13:20Z"))]
    #[case::before_1970("auth_time", json!(-1), Some("1969-12-31T23:59:59Z"))]
    #[case::updated_at("updated_at", json!(0), Some("1970-01-01T00:00:00Z"))]
    #[case::text("updated_at", json!("2023-11-14T22:13:20Z"), None)]
    #[case::five_digits_of_years("exp", json!(1_700_000_000_000_i64), None)]
    #[case::more_than_any_date("exp", serde_json::from_str("1e300").unwrap(), None)]
    #[case::no_time("shoe_size", json!(1_700_000_000), None)]
    fn times_have_a_date(#[case] name: &str, #[case] value: Value, #[case] datetime: Option<&str>) {
        let views = of(&json!({name: value}));
        assert_eq!(views[0].date.as_ref().map(|date| date.datetime.as_str()), datetime);
    }

    #[rstest]
    #[case::empty(json!(""), "\"\"")]
    #[case::list(json!(["pwd", "mfa"]), "[\"pwd\",\"mfa\"]")]
    #[case::null(json!(null), "null")]
    #[case::large_number(serde_json::from_str("123456789012345678901234567890").unwrap(), "123456789012345678901234567890")]
    fn values_are_json(#[case] value: Value, #[case] text: &str) {
        assert_eq!(of(&json!({"x": value}))[0].value, text);
    }
}
