//! Authorization codes and access tokens.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Map, Value};

use crate::demo_tenant::{
    lab::faults::Fault,
    model::{
        ids::{self, OrganizationId},
        tenant::User,
    },
    protocol::request::AuthorizationRequest,
};

/// "A maximum authorization code lifetime of 10 minutes is RECOMMENDED" (RFC 6749 4.1.2); a redirect takes seconds.
const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// A spent code is remembered for so long, to know it again.
const USED_CODE_LIFETIME: TimeDelta = TimeDelta::hours(1);
/// As at Auth0.
pub(crate) const TOKEN_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Enough for any class, of each kind; past it the older half goes.
const MAX_GRANTS: usize = 10_000;

/// A sign-in that succeeded, as it was at that moment: what the tokens say.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// Who.
    pub(crate) user: User,
    /// Where to, with the name if tokens are to carry it.
    pub(crate) organization: Option<(OrganizationId, Option<String>)>,
    /// What the login Action set.
    pub(crate) action_claims: Map<String, Value>,
    /// The session, as the application knows it.
    pub(crate) sid: String,
    /// When the user last signed in actively, where the application wants to know.
    pub(crate) auth_time: Option<DateTime<Utc>>,
    /// The application's, to be returned in the ID token.
    pub(crate) nonce: Option<String>,
    /// What the application may see.
    pub(crate) scopes: Vec<String>,
    /// What the tokens are to be spoiled with.
    pub(crate) fault: Option<Fault>,
}

struct Code {
    sign_in: Arc<Grant>,
    redirect_uri: String,
    challenge: String,
    issued_at: DateTime<Utc>,
    /// Once spent: the access token that was issued from it.
    spent_for: Option<String>,
}

struct AccessToken {
    sign_in: Arc<Grant>,
    expires_at: DateTime<Utc>,
}

/// Codes and tokens that were issued. `State::session_lives` checks separately whether their session is still live.
#[derive(Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    access_tokens: HashMap<String, AccessToken>,
    /// For the management API, with the time when they end.
    management_tokens: HashMap<String, DateTime<Utc>>,
}

/// A code was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrantError {
    /// Unknown, expired, spent before, or of a session that has ended.
    #[error("Invalid authorization code")]
    InvalidCode,
    /// It was issued for another redirect URI.
    #[error("The redirect URI is wrong")]
    WrongRedirectUri,
    /// The verifier is not the challenge's.
    #[error("Failed to verify code verifier")]
    WrongVerifier,
}

impl Grants {
    /// A new code, bound to the request that it answers.
    pub(crate) fn issue_code(&mut self, sign_in: Grant, request: &AuthorizationRequest, now: DateTime<Utc>) -> String {
        self.codes.retain(|_, code| now - code.issued_at < USED_CODE_LIFETIME);
        self.access_tokens.retain(|_, token| now < token.expires_at);
        forget_older_half(&mut self.codes, |code| code.issued_at);
        forget_older_half(&mut self.access_tokens, |token| token.expires_at);
        let code = ids::secret();
        self.codes.insert(
            code.clone(),
            Code {
                sign_in: Arc::new(sign_in),
                redirect_uri: request.callback.redirect_uri.clone(),
                challenge: request.code_challenge.clone(),
                issued_at: now,
                spent_for: None,
            },
        );
        code
    }

    /// Takes a code and gives an access token for it. Whatever comes of it, the code is spent.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<(Arc<Grant>, String), GrantError> {
        let code = self.codes.get_mut(code).ok_or(GrantError::InvalidCode)?;
        let access_token = ids::secret();
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
        let sign_in = code.sign_in.clone();
        let token = AccessToken { sign_in: sign_in.clone(), expires_at: now + TOKEN_LIFETIME };
        self.access_tokens.insert(access_token.clone(), token);
        Ok((sign_in, access_token))
    }

    /// A new access token for the management API.
    pub(crate) fn issue_management_token(&mut self, now: DateTime<Utc>) -> String {
        self.management_tokens.retain(|_, expires_at| now < *expires_at);
        forget_older_half(&mut self.management_tokens, |expires_at| *expires_at);
        let token = ids::secret();
        self.management_tokens.insert(token.clone(), now + TOKEN_LIFETIME);
        token
    }

    /// Whether an access token opens the management API.
    pub(crate) fn accepts_management_token(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.management_tokens.get(token).is_some_and(|expires_at| now < *expires_at)
    }

    /// The sign-in that an access token stands for, until the token expires.
    pub(crate) fn sign_in_of(&self, access_token: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        let token = self.access_tokens.get(access_token).filter(|token| now < token.expires_at)?;
        Some(token.sign_in.clone())
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
    use crate::demo_tenant::{
        ClientRegistration,
        lab::checkpoints::{Checkpoint, LabFixtures},
        protocol::request::Parameters,
    };

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const CALLBACK: &str = "http://localhost:3000";
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn grants_with_code() -> (Grants, String) {
        let query = format!(
            "client_id=orglab&redirect_uri={CALLBACK}&response_type=code&code_challenge={CHALLENGE}\
             &code_challenge_method=S256"
        );
        let parameters = Parameters::parse(query.as_bytes());
        let request = AuthorizationRequest::parse(parameters, &ClientRegistration::of(CALLBACK)).unwrap();
        let sign_in = Grant {
            user: LabFixtures::new(START).at(Checkpoint::SecondOrganization).users.remove(0),
            organization: None,
            action_claims: Map::new(),
            sid: "sid".into(),
            auth_time: None,
            nonce: None,
            scopes: vec!["openid".into()],
            fault: None,
        };
        let mut grants = Grants::default();
        let code = grants.issue_code(sign_in, &request, START);
        (grants, code)
    }

    #[test]
    fn a_code_is_good_once_and_its_reuse_kills_the_token() {
        let (mut grants, code) = grants_with_code();
        let (_, token) = grants.redeem(&code, CALLBACK, VERIFIER, START).unwrap();
        assert!(grants.sign_in_of(&token, START).is_some());
        assert_eq!(grants.redeem(&code, CALLBACK, VERIFIER, START).unwrap_err(), GrantError::InvalidCode);
        assert!(grants.sign_in_of(&token, START).is_none());
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
        assert!(grants.sign_in_of(&token, START + TOKEN_LIFETIME).is_none());
    }
}
