//! ID token → claims, check by check (OpenID Connect Core 1.0, 3.1.3.7). Pure: keys, time and expectations are passed
//! in. Each check returns what it expected and what it found, so that the trace shows what was really done.
//!
//! To add a check of a claim, write a function, add it to `CLAIM_CHECKS` here, and add its `CheckId` to
//! `check_id.rs`.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde_json::Value;

use super::{
    check::{Check, CheckId, Expected, Found, show, text, time},
    jws::{BadSignature, Claims, UnverifiedToken},
    key_set::{KeySet, UnusableKey},
    organization::{OrganizationMismatch, OrganizationRef},
};
use crate::text::{is_blank, visible};

/// How far the provider's clock and ours may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// The oldest token that is accepted: the app has only just requested it.
const MAXIMUM_AGE: TimeDelta = TimeDelta::hours(24);
/// The longest subject, in characters (OpenID Connect Core 1.0, 2).
const MAXIMUM_SUBJECT: usize = 255;

/// What a token must contain.
pub struct Expectations<'a> {
    /// As the discovery document writes it.
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// The algorithms that the app accepts and the provider offers.
    pub algorithms: Vec<CoreJwsSigningAlgorithm>,
    pub now: DateTime<Utc>,
    /// From the authorization request. A logout token has none.
    pub nonce: Option<&'a str>,
    /// From the authorization request, in seconds.
    pub max_age: Option<u32>,
    /// From the authorization request.
    pub organization: Option<&'a OrganizationRef>,
}

/// The result of verifying a token.
#[derive(Debug)]
pub struct Verification {
    /// The checks that were done, in order, up to the last one or the one that failed.
    pub checks: Vec<Check>,
    /// The claims in the token's order, if it passed every check.
    pub claims: Result<Claims, Rejected>,
}

/// Why a token was rejected.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Rejected {
    #[error("the token fails a check: {0}")]
    Check(Check),
    /// The signature can't be checked.
    #[error("the provider's key set: {0}")]
    UnusableKey(Box<UnusableKey>),
    /// The check of the organization failed, the last of an ID token.
    #[error("{0}")]
    Organization(OrganizationMismatch),
}

impl From<Check> for Rejected {
    fn from(failed: Check) -> Self {
        Self::Check(failed)
    }
}

/// Verifies an ID token. Nothing in it is used before its signature is verified. Stops at the first check that fails.
pub fn verify(token: &str, keys: &KeySet, expected: &Expectations<'_>) -> Verification {
    verify_with(&CLAIM_CHECKS, token, keys, expected)
}

/// Verifies a token: its format, algorithm and signature, then its claims by `claim_checks`.
pub(super) fn verify_with(
    claim_checks: &[ClaimCheck],
    token: &str,
    keys: &KeySet,
    expected: &Expectations<'_>,
) -> Verification {
    let mut checks = Checks::default();
    let claims = verify_signature(token, keys, &expected.algorithms, &mut checks);
    let claims = claims.and_then(|claims| {
        for check in claim_checks {
            let outcome = checks.require(check(&claims, expected));
            outcome.map_err(|failed| match mismatch(&claims, expected) {
                Some(mismatch) if failed.id == CheckId::Organization => Rejected::Organization(mismatch),
                _ => Rejected::Check(failed),
            })?;
        }
        Ok(claims)
    });
    Verification { checks: checks.0, claims }
}

/// The checks that were done.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn require(&mut self, check: Check) -> Result<(), Check> {
        if check.passed {
            self.0.push(check);
            Ok(())
        } else {
            Err(self.fail_with(check))
        }
    }

    fn fail_with(&mut self, failed: Check) -> Check {
        self.0.push(failed.clone());
        failed
    }
}

fn verify_signature(
    token: &str,
    keys: &KeySet,
    accepted: &[CoreJwsSigningAlgorithm],
    checks: &mut Checks,
) -> Result<Claims, Rejected> {
    let check = |found, passed| Check::new(CheckId::Format, Expected::SignedToken, Found::Text(found), passed);
    let token =
        UnverifiedToken::parse(token).map_err(|malformed| checks.fail_with(check(malformed.to_string(), false)))?;
    checks.require(check("header.payload.signature".to_owned(), true))?;

    let names: Vec<_> = accepted.iter().map(algorithm_name).collect();
    let found = Found::Text(token.header().alg.clone());
    let check = |passed| Check::new(CheckId::Algorithm, Expected::OneOf(names.clone()), found.clone(), passed);
    let algorithm = token.algorithm(accepted).ok_or_else(|| checks.fail_with(check(false)))?;
    checks.require(check(true))?;

    let key = token
        .header()
        .kid
        .as_ref()
        .map_or("a key that the token does not name".to_owned(), |kid| format!("key {}", visible(kid)));
    let check = |found, passed| Check::new(CheckId::Signature, Expected::ProvidersKey, Found::Text(found), passed);
    let claims = token.verify(keys, &algorithm).map_err(|bad| {
        let failed = checks.fail_with(check(format!("{key}: {bad}"), false));
        if let BadSignature::UnusableKey(key) = bad { Rejected::UnusableKey(key) } else { Rejected::Check(failed) }
    })?;
    checks.require(check(key, true))?;
    Ok(claims)
}

/// Its name in tokens: "RS256".
fn algorithm_name(algorithm: &CoreJwsSigningAlgorithm) -> String {
    serde_json::to_value(algorithm).ok().as_ref().and_then(Value::as_str).unwrap_or("?").to_owned()
}

/// Checks one claim.
pub(super) type ClaimCheck = fn(&Claims, &Expectations<'_>) -> Check;

/// In the order of the standard; Auth0's own last.
const CLAIM_CHECKS: [ClaimCheck; 10] = [
    issuer,
    audience,
    authorized_party,
    expiry,
    issued_at,
    not_before,
    nonce,
    subject,
    authentication_time,
    organization,
];

pub(super) fn issuer(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = claims.get("iss");
    let is_provider = text(found) == Some(expected.issuer);
    Check::new(CheckId::Issuer, Expected::Exactly(expected.issuer.to_owned()), Found::claim(found), is_provider)
}

pub(super) fn audience(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = claims.get("aud");
    let is_ours = match found {
        Some(Value::String(audience)) => audience == expected.client_id,
        // Every audience would have to be trusted (item 3); the app trusts only itself.
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|audience| audience.as_str() == Some(expected.client_id))
        }
        _ => false,
    };
    Check::new(CheckId::Audience, Expected::Exactly(expected.client_id.to_owned()), Found::claim(found), is_ours)
}

fn authorized_party(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = claims.get("azp");
    let is_ours = found.is_none() || text(found) == Some(expected.client_id);
    let expectation = Expected::AbsentOr(expected.client_id.to_owned());
    Check::new(CheckId::AuthorizedParty, expectation, Found::claim(found), is_ours)
}

fn expiry(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let (found, earliest) = (claims.get("exp"), expected.now - LEEWAY);
    let is_unexpired = time(found).is_some_and(|expiry| expiry > earliest);
    Check::new(CheckId::Expiry, Expected::After(earliest.timestamp()), Found::time(found), is_unexpired)
}

fn issued_at(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let (found, earliest, latest) = (claims.get("iat"), expected.now - MAXIMUM_AGE, expected.now + LEEWAY);
    let is_plausible = time(found).is_some_and(|issued| earliest <= issued && issued <= latest);
    let expectation = Expected::Between(earliest.timestamp(), latest.timestamp());
    Check::new(CheckId::IssuedAt, expectation, Found::time(found), is_plausible)
}

fn not_before(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let (found, latest) = (claims.get("nbf"), expected.now + LEEWAY);
    let has_started = found.is_none() || time(found).is_some_and(|start| start <= latest);
    Check::new(CheckId::NotBefore, Expected::AbsentOrUpTo(latest.timestamp()), Found::time(found), has_started)
}

fn nonce(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = claims.get("nonce");
    let is_ours = expected.nonce.is_some_and(|nonce| text(found) == Some(nonce));
    let expectation = Expected::Exactly(expected.nonce.unwrap_or_default().to_owned());
    Check::new(CheckId::Nonce, expectation, Found::claim(found), is_ours)
}

fn subject(claims: &Claims, _: &Expectations<'_>) -> Check {
    let found = claims.get("sub");
    // Nobody could tell two invisible subjects apart.
    let is_good = text(found).is_some_and(|subject| subject.chars().count() <= MAXIMUM_SUBJECT && !is_blank(subject));
    Check::new(CheckId::Subject, Expected::Characters(MAXIMUM_SUBJECT), Found::claim(found), is_good)
}

fn authentication_time(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = claims.get("auth_time");
    let Some(max_age) = expected.max_age else {
        return Check::new(CheckId::AuthenticationTime, Expected::Anything, Found::time(found), true);
    };
    let earliest = expected.now - TimeDelta::seconds(max_age.into()) - LEEWAY;
    let is_recent = time(found).is_some_and(|time| earliest <= time);
    Check::new(CheckId::AuthenticationTime, Expected::After(earliest.timestamp()), Found::time(found), is_recent)
}

fn organization(claims: &Claims, expected: &Expectations<'_>) -> Check {
    let found = format!("org_id {}, org_name {}", show(claims.get("org_id")), show(claims.get("org_name")));
    let expectation = expected.organization.map_or(Expected::Anything, |asked| Expected::Exactly(asked.to_string()));
    let is_as_asked = mismatch(claims, expected).is_none();
    Check::new(CheckId::Organization, expectation, Found::Text(found), is_as_asked)
}

fn mismatch(claims: &Claims, expected: &Expectations<'_>) -> Option<OrganizationMismatch> {
    expected.organization?.check_claims(text(claims.get("org_id")), text(claims.get("org_name"))).err()
}

#[cfg(test)]
mod tests;
