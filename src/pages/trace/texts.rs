//! What the trace says about each step and each parameter, for people who are learning the protocol.

use std::borrow::Cow;

use crate::sign_in::{check_id::Paragraph, http::Reply, id_token::LEEWAY, keys::Lookup, record::Step};

/// The texts of a step.
pub struct StepWords {
    pub title: &'static str,
    /// What happens, in a sentence or two.
    pub what: Cow<'static, str>,
    /// The paragraph of the standard.
    pub paragraph: Option<Paragraph>,
}

impl StepWords {
    fn new(title: &'static str, what: impl Into<Cow<'static, str>>, text: &'static str, url: &'static str) -> Self {
        Self { title, what: what.into(), paragraph: Some(Paragraph { text, url }) }
    }
}

pub fn step(step: &Step) -> StepWords {
    match step {
        Step::AuthorizationRequest { .. } => StepWords::new(
            "The app sends the browser to the provider",
            "The authorization request says who asks, for what, and where to send the response.",
            "OpenID Connect Core 3.1.2.1",
            "https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest",
        ),
        Step::AuthorizationResponse { .. } => StepWords::new(
            "The browser brings the provider's response",
            "The authorization response carries a code that stands for the login, or an error. It comes through the \
             browser, so nothing in it is proven yet.",
            "OpenID Connect Core 3.1.2.5",
            "https://openid.net/specs/openid-connect-core-1_0.html#AuthResponse",
        ),
        Step::TokenRequest(_) => StepWords::new(
            "The app exchanges the code for tokens",
            "The app sends the token request to the provider directly, not through the browser.",
            "OpenID Connect Core 3.1.3",
            "https://openid.net/specs/openid-connect-core-1_0.html#TokenEndpoint",
        ),
        Step::Keys { .. } => StepWords::new(
            "The app looks up the provider's keys",
            "The key set holds the public keys that verify the provider's signatures. The app caches it, and fetches it \
             again when a token names a key that the cached set lacks.",
            "OpenID Connect Core 10.1.1",
            "https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys",
        ),
        Step::IdToken { .. } => id_token(),
        Step::Userinfo(_) => userinfo(),
        Step::Unknown => StepWords {
            title: "A step that this version does not know",
            what: "Another version of the app, which began this session, recorded it.".into(),
            paragraph: None,
        },
    }
}

fn id_token() -> StepWords {
    StepWords::new(
        "The app checks the ID token",
        format!(
            "Until it has verified the signature, the app uses nothing of the token but its header, which names the \
             algorithm and the key. It stops at the first check that fails. Clocks may differ by up to {} seconds.",
            LEEWAY.num_seconds()
        ),
        "OpenID Connect Core 3.1.3.7",
        "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation",
    )
}

fn userinfo() -> StepWords {
    StepWords::new(
        "The app asks the provider for the user's name",
        "The ID token has neither a name nor an email address, so the app asks the userinfo endpoint, with the \
         access token. From the response, it uses names, email address, picture, license and the organization's \
         display name, unless the ID token has them. If a check fails, it uses nothing from the response, and the \
         sign-in goes on.",
        "OpenID Connect Core 5.3",
        "https://openid.net/specs/openid-connect-core-1_0.html#UserInfo",
    )
}

/// The last step of a sign-in that succeeded.
pub fn session() -> StepWords {
    StepWords::new(
        "The app begins a session",
        "The browser gets a cookie with a new random key. Who is logged in stays on the server.",
        "OWASP Session Management, Renew the Session ID",
        "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#renew-the-session-id-after-any-privilege-level-change",
    )
}

/// How the client authenticates, by the name of the method in the metadata (`token_endpoint_auth_method`).
pub fn authentication(method: &str) -> &str {
    if method == "none" { "none: a public client, protected by PKCE" } else { method }
}

/// What came back for a request.
pub fn reply(reply: Reply) -> String {
    match reply {
        Reply::Status(status) => format!("status {status}"),
        Reply::None => "none".to_owned(),
        Reply::NotSent => "none: the request was not sent".to_owned(),
        Reply::Unknown => "not recorded by the version of the app that sent the request".to_owned(),
    }
}

/// Where the key set came from.
pub fn lookup(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Cached => "from the cache, where an earlier sign-in put it",
        Lookup::Fetched => "fetched",
        Lookup::Unrefreshed => "from the cache, because it could not be fetched again in time",
        Lookup::FetchedAgain => "fetched again, because the cached one lacks this key",
        Lookup::Throttled => {
            "from the cache, which lacks this key; not fetched again, because it was fetched too often in the last \
             minute"
        }
        Lookup::Unknown => "obtained in a way that this version does not know",
    }
}

/// What a parameter is for.
pub fn meaning(parameter: &str) -> &'static str {
    match parameter {
        "response_type" => "What the response contains: code means the authorization code flow.",
        "client_id" => "Which app asks: its ID at the provider.",
        "redirect_uri" => "Where the provider sends the response. It is registered there, character for character.",
        "scope" => "What the app asks to know about you; openid makes this an OpenID Connect request.",
        "state" => {
            "Ties the response to this browser, so that nobody can log you in with a response to a request of their own."
        }
        "nonce" => "Ties the ID token to this request: it comes back inside the token.",
        "code_challenge" => {
            "PKCE: the hash of a secret that the app keeps. Only the app, which knows the secret, can use the code."
        }
        "code_challenge_method" => "How the challenge was made: S256 is SHA-256.",
        "organization" => "The organization to log in to, by name or ID.",
        "connection" => "Which of the provider's connections to log in with, such as Okta1.",
        "prompt" => "Whether to ask you again, even if you are logged in at the provider.",
        "login_hint" => "Who is about to log in, as far as the app knows.",
        "max_age" => "How long ago, in seconds, you may have logged in at the provider. Otherwise, you log in again.",
        "invitation" => "The invitation to the organization, which works like a ticket.",
        "code" => "Stands for your login. It works once, for a short time, for this app alone.",
        "error" => "Why the sign-in failed, as a code for programs.",
        "error_description" => "Why the sign-in failed, in the provider's words.",
        "iss" => "Which provider responds (RFC 9207), so that another provider's response can't pass for this one's.",
        "grant_type" => "What the app exchanges for tokens: an authorization code.",
        "code_verifier" => "PKCE: the secret behind the challenge.",
        "client_secret" => "Proves that the request comes from the app.",
        _ => "",
    }
}
