//! The checks: what each one is called, which paragraph of which standard asks for it, and what could happen without it.

use serde::{Deserialize, Serialize};

/// The checks, by what they check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// `state` is the request's.
    State,
    /// The response's `iss` is the provider.
    ResponseIssuer,
    /// It is a signed token.
    Format,
    /// Signed with an algorithm that the app accepts.
    Algorithm,
    /// Signed by one of the provider's keys.
    Signature,
    /// `iss` is the provider.
    Issuer,
    /// `aud` is this client alone.
    Audience,
    /// `azp`, where present, is this client.
    AuthorizedParty,
    /// `exp` is in the future.
    Expiry,
    /// `iat` is recent.
    IssuedAt,
    /// `nbf`, where present, is in the past.
    NotBefore,
    /// `nonce` is the request's.
    Nonce,
    /// `sub` names somebody.
    Subject,
    /// `auth_time` is recent enough, if the request has `max_age`.
    AuthenticationTime,
    /// The organization is the one that was asked for.
    Organization,
    /// `events`: the token is a logout token.
    LogoutEvent,
    /// `nonce` is absent, so that no ID token passes for a logout token.
    NoNonce,
    /// `jti` names the logout token.
    TokenId,
    /// `sid` or `sub` selects the sessions that end.
    SessionOrSubject,
    /// The userinfo response is a JSON object, with status 200.
    UserinfoResponse,
    /// The userinfo response is about the ID token's subject.
    UserinfoSubject,
    /// A check of another version of the app.
    #[default]
    Unknown,
}

/// A paragraph of a standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// The standard, and the paragraph's number.
    pub text: &'static str,
    /// Where the paragraph can be read.
    pub url: &'static str,
}

/// What there is to say about a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckWords {
    /// What is checked.
    pub label: &'static str,
    /// Who asks for the check; `None` if this version does not know it.
    pub paragraph: Option<Paragraph>,
    /// What an attacker could do without the check, in a sentence.
    pub purpose: &'static str,
}

impl CheckWords {
    const fn new(label: &'static str, text: &'static str, url: &'static str, purpose: &'static str) -> Self {
        Self { label, paragraph: Some(Paragraph { text, url }), purpose }
    }
}

/// OpenID Connect Core 1.0, 3.1.3.7.
const VALIDATION: &str = "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation";
/// OpenID Connect Core 1.0, 5.3.2.
const USERINFO: &str = "https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse";
/// OpenID Connect Back-Channel Logout 1.0, 2.6.
const LOGOUT_TOKEN: &str = "https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation";

impl CheckId {
    /// What is checked: "Audience (aud)".
    pub fn label(self) -> &'static str {
        self.words().label
    }

    /// Whether a token that is too early or too late makes the check fail.
    pub fn is_about_time(self) -> bool {
        [Self::Expiry, Self::IssuedAt, Self::NotBefore].contains(&self)
    }

    /// The table of the checks' words.
    #[rustfmt::skip]
    pub fn words(self) -> CheckWords {
        let row = CheckWords::new;
        match self {
            Self::State => row("State", "RFC 6749, 10.12", "https://www.rfc-editor.org/rfc/rfc6749#section-10.12",
                "Without it, anybody who gets you to follow a link with their own code could log you in to their account (login CSRF)."),
            Self::ResponseIssuer => row("Response issuer (iss)", "RFC 9207, 2.4", "https://www.rfc-editor.org/rfc/rfc9207#section-2.4",
                "Without it, anybody who runs one of several providers that an app uses could receive a code that another of them issued (mix-up attack)."),
            Self::Format => row("Token format", "RFC 7515, 7.1", "https://www.rfc-editor.org/rfc/rfc7515#section-7.1",
                "Without it, anybody who sends a token in another form, or with critical extensions that the app does not understand, could have it read differently from what was signed."),
            Self::Algorithm => row("Algorithm (alg)", "RFC 8725, 3.1", "https://www.rfc-editor.org/rfc/rfc8725#section-3.1",
                "Without it, anybody could forge a token by naming an algorithm that needs no private key: none, or HMAC with the provider's public key as the secret."),
            Self::Signature => row("Signature", "OpenID Connect Core 3.1.3.7, item 6", VALIDATION,
                "Without it, anybody who can tamper with the token response could write a token for any user and any organization."),
            Self::Issuer => row("Issuer (iss)", "OpenID Connect Core 3.1.3.7, item 2", VALIDATION,
                "Without it, anybody who runs another tenant with the same signing keys could issue tokens that name users of this one."),
            Self::Audience => row("Audience (aud)", "OpenID Connect Core 3.1.3.7, item 3", VALIDATION,
                "Without it, anybody who runs another app at this provider could use its users' ID tokens to log in here as them."),
            Self::AuthorizedParty => row("Authorized party (azp)", "OpenID Connect Core 3.1.3.7, items 4 and 5", VALIDATION,
                "Without it, anybody who runs another app whose tokens also name this app as an audience could use them to log in here as its users."),
            Self::Expiry => row("Expiry (exp)", "OpenID Connect Core 3.1.3.7, item 9", VALIDATION,
                "Without it, anybody who finds an old token, in a log or a backup, could replay it forever."),
            Self::IssuedAt => row("Time of issue (iat)", "OpenID Connect Core 3.1.3.7, item 10", VALIDATION,
                "Without it, anybody who has an old token with a distant expiry could still replay it, long after it was issued."),
            Self::NotBefore => row("Not before (nbf)", "RFC 7519, 4.1.5", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",
                "Without it, anybody who has a token that was issued for a later time could use it before the provider allows it."),
            Self::Nonce => row("Nonce", "OpenID Connect Core 3.1.3.7, item 11", VALIDATION,
                "Without it, anybody who has a code or an ID token from somebody else's login could inject it into their own and log in as that user."),
            Self::Subject => row("Subject (sub)", "OpenID Connect Core 2", "https://openid.net/specs/openid-connect-core-1_0.html#IDToken",
                "Without it, anybody whose identifier is missing or empty would share one account with every other such user, and nobody could tell users with invisible identifiers apart."),
            Self::AuthenticationTime => row("Authentication time (auth_time)", "OpenID Connect Core 3.1.3.7, item 13", VALIDATION,
                "Without it, anybody at a browser with an old session at the provider could get in where the app asked for a fresh login."),
            Self::Organization => row("Organization (org_id, org_name)", "Auth0 Organizations, validate tokens", "https://auth0.com/docs/manage-users/organizations/using-tokens",
                "Without it, anybody could change the organization in the request, which passes through their browser, log in to their own, and pass for a member of the one that the app asked for."),
            Self::LogoutEvent => row("Event (events)", "OpenID Connect Back-Channel Logout 2.6, item 6", LOGOUT_TOKEN,
                "Without it, anybody who has an ID token could send it as a logout token and end its user's sessions."),
            Self::NoNonce => row("No nonce", "OpenID Connect Back-Channel Logout 2.6, item 7", LOGOUT_TOKEN,
                "Without it, anybody who has an ID token that also has events could pass it off as a logout token."),
            Self::TokenId => row("Token ID (jti)", "OpenID Connect Back-Channel Logout 2.6, item 8", LOGOUT_TOKEN,
                "Without it, anybody who records a logout token could send it again to end later sessions."),
            Self::SessionOrSubject => row("Session or subject (sid, sub)", "OpenID Connect Back-Channel Logout 2.6, item 5", LOGOUT_TOKEN,
                "Without it, anybody who sends a logout token that names no session could be told that sessions ended, though none did."),
            Self::UserinfoResponse => row("Userinfo response", "OpenID Connect Core 5.3.2", USERINFO,
                "Without it, anybody who causes an error at the provider could have the error page read as what the provider says about you."),
            Self::UserinfoSubject => row("Userinfo subject (sub)", "OpenID Connect Core 5.3.2", USERINFO,
                "Without it, anybody who swaps the access token for another user's could get that user's name and license here (token substitution)."),
            Self::Unknown => CheckWords { label: "A check that this version does not know", paragraph: None, purpose: "" },
        }
    }
}
