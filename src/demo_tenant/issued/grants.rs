//! Authorization codes and access tokens.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Map, Value};

use crate::{
    demo_tenant::{
        lab::faults::Fault,
        model::{ids::OrganizationId, tenant::User},
    },
    random::Random,
};

/// "A maximum authorization code lifetime of 10 minutes is RECOMMENDED" (RFC 6749 4.1.2); a redirect takes seconds.
const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How long a redeemed code is remembered, so that a second use is recognized.
const USED_CODE_LIFETIME: TimeDelta = TimeDelta::hours(1);
/// As at Auth0.
pub(crate) const TOKEN_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// How many codes, and tokens of each kind, are stored: enough for any class. Beyond that, the older half is removed.
const MAX_GRANTS: usize = 10_000;

/// A sign-in that succeeded, as it was at that moment: the content of the tokens.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) user: User,
    /// With the name, if tokens should have it.
    pub(crate) organization: Option<(OrganizationId, Option<String>)>,
    /// What the login Action set.
    pub(crate) action_claims: Map<String, Value>,
    /// The application's session.
    pub(crate) sid: String,
    /// Only if the request has `max_age`.
    pub(crate) auth_time: Option<DateTime<Utc>>,
    /// From the authorization request.
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// The fault to apply to the tokens.
    pub(crate) fault: Option<&'static Fault>,
}

struct Code {
    grant: Arc<Grant>,
    redirect_uri: String,
    challenge: String,
    issued_at: DateTime<Utc>,
    /// Once spent: the access token that was issued from it.
    spent_for: Option<String>,
}

struct AccessToken {
    grant: Arc<Grant>,
    expires_at: DateTime<Utc>,
}

/// Codes and tokens that were issued. `State::is_session_live` checks separately whether their session is still live.
pub(crate) struct Grants {
    random: Random,
    codes: HashMap<String, Code>,
    access_tokens: HashMap<String, AccessToken>,
    /// For the management API, with the time when they expire.
    management_tokens: HashMap<String, DateTime<Utc>>,
}

/// Why a code is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrantError {
    /// Unknown, expired, spent before, or of a session that has ended.
    #[error("Invalid authorization code")]
    InvalidCode,
    /// It was issued for another redirect URI.
    #[error("The redirect URI is wrong")]
    WrongRedirectUri,
    /// The verifier does not match the challenge.
    #[error("Failed to verify code verifier")]
    WrongVerifier,
}

impl Grants {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, codes: HashMap::new(), access_tokens: HashMap::new(), management_tokens: HashMap::new() }
    }

    /// A new code, bound to the `redirect_uri` and the PKCE challenge of its authorization request.
    pub(crate) fn issue_code(
        &mut self,
        grant: Grant,
        redirect_uri: &str,
        challenge: &str,
        now: DateTime<Utc>,
    ) -> String {
        self.codes.retain(|_, code| now - code.issued_at < USED_CODE_LIFETIME);
        self.access_tokens.retain(|_, token| now < token.expires_at);
        forget_older_half(&mut self.codes, |code| code.issued_at);
        forget_older_half(&mut self.access_tokens, |token| token.expires_at);
        let code = self.random.secret();
        self.codes.insert(
            code.clone(),
            Code {
                grant: Arc::new(grant),
                redirect_uri: redirect_uri.to_owned(),
                challenge: challenge.to_owned(),
                issued_at: now,
                spent_for: None,
            },
        );
        code
    }

    /// Exchanges a code for its grant and a new access token. The code is spent even if it is refused.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<(Arc<Grant>, String), GrantError> {
        let code = self.codes.get_mut(code).ok_or(GrantError::InvalidCode)?;
        let access_token = self.random.secret();
        if let Some(earlier) = code.spent_for.replace(access_token.clone()) {
            // "If an authorization code is used more than once, the authorization server MUST deny the request and
            // SHOULD revoke (when possible) all tokens previously issued based on that authorization code" (RFC 6749
            // 4.1.2).
            self.access_tokens.remove(&earlier);
            return Err(GrantError::InvalidCode);
        }
        if now - code.issued_at >= CODE_LIFETIME {
            return Err(GrantError::InvalidCode);
        }
        if redirect_uri != code.redirect_uri {
            return Err(GrantError::WrongRedirectUri);
        }
        if !verifies(verifier, &code.challenge) {
            return Err(GrantError::WrongVerifier);
        }
        let grant = code.grant.clone();
        let token = AccessToken { grant: grant.clone(), expires_at: now + TOKEN_LIFETIME };
        self.access_tokens.insert(access_token.clone(), token);
        Ok((grant, access_token))
    }

    /// A new access token for the management API.
    pub(crate) fn issue_management_token(&mut self, now: DateTime<Utc>) -> String {
        self.management_tokens.retain(|_, expires_at| now < *expires_at);
        forget_older_half(&mut self.management_tokens, |expires_at| *expires_at);
        let token = self.random.secret();
        self.management_tokens.insert(token.clone(), now + TOKEN_LIFETIME);
        token
    }

    /// Whether an access token is good for the management API.
    pub(crate) fn accepts_management_token(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.management_tokens.get(token).is_some_and(|expires_at| now < *expires_at)
    }

    /// The grant that an access token was issued for, until the token expires.
    pub(crate) fn grant_of(&self, access_token: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        let token = self.access_tokens.get(access_token).filter(|token| now < token.expires_at)?;
        Some(token.grant.clone())
    }
}

fn forget_older_half<T>(all: &mut HashMap<String, T>, time: impl Fn(&T) -> DateTime<Utc>) {
    if all.len() >= MAX_GRANTS {
        let mut times: Vec<_> = all.values().map(&time).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        all.retain(|_, it| time(it) > middle);
    }
}

/// RFC 7636 4.6; a verifier has 43 to 128 characters (4.1).
fn verifies(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned())).as_str()
            == challenge
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const CALLBACK: &str = "http://localhost:3000";
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn grants_with_code() -> (Grants, String) {
        let grant = Grant {
            user: Checkpoint::SecondOrganization.tenant().users.remove(0),
            organization: None,
            action_claims: Map::new(),
            sid: "sid".into(),
            auth_time: None,
            nonce: None,
            scopes: vec!["openid".into()],
            fault: None,
        };
        let mut grants = Grants::new(Random::system());
        let code = grants.issue_code(grant, CALLBACK, CHALLENGE, START);
        (grants, code)
    }

    #[test]
    fn a_code_is_good_once_and_its_reuse_kills_the_token() {
        let (mut grants, code) = grants_with_code();
        let (_, token) = grants.redeem(&code, CALLBACK, VERIFIER, START).unwrap();
        assert!(grants.grant_of(&token, START).is_some());
        assert_eq!(grants.redeem(&code, CALLBACK, VERIFIER, START).unwrap_err(), GrantError::InvalidCode);
        assert!(grants.grant_of(&token, START).is_none());
    }

    #[test]
    fn a_code_expires_after_a_minute() {
        let (mut grants, code) = grants_with_code();
        let late = START + TimeDelta::seconds(60);
        assert_eq!(grants.redeem(&code, CALLBACK, VERIFIER, late).unwrap_err(), GrantError::InvalidCode);
    }

    #[test]
    fn a_code_is_bound_to_redirect_uri_and_verifier() {
        let (mut grants, code) = grants_with_code();
        let elsewhere = "http://localhost:3000/callback";
        assert_eq!(grants.redeem(&code, elsewhere, VERIFIER, START).unwrap_err(), GrantError::WrongRedirectUri);
        for verifier in ["", "short", &VERIFIER.replace('d', "e"), &"a".repeat(200)] {
            let (mut grants, code) = grants_with_code();
            assert_eq!(grants.redeem(&code, CALLBACK, verifier, START).unwrap_err(), GrantError::WrongVerifier);
        }
    }

    #[test]
    fn an_access_token_expires() {
        let (mut grants, code) = grants_with_code();
        let (_, token) = grants.redeem(&code, CALLBACK, VERIFIER, START).unwrap();
        assert!(grants.grant_of(&token, START + TOKEN_LIFETIME).is_none());
    }
}
