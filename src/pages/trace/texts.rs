//! What the trace says about each step and each parameter, for people who are learning the protocol.

use std::borrow::Cow;

use super::sequence::{Actor, Arrow};
use crate::sign_in::{id_token::LEEWAY, keys::Lookup, record::Step};

/// The texts of a step.
pub struct StepWords {
    pub title: &'static str,
    /// What happens, in a sentence or two.
    pub what: Cow<'static, str>,
    /// The paragraph of the standard.
    pub paragraph: &'static str,
    /// How it is drawn in the sequence. A redirect takes two arrows.
    pub arrows: &'static [Arrow],
}

pub fn step(step: &Step) -> StepWords {
    match step {
        Step::AuthorizationRequest { .. } => StepWords {
            title: "The app sends the browser to the provider",
            what: "The authorization request: who asks, for what, and where the response should go.".into(),
            paragraph: "OpenID Connect Core 3.1.2.1",
            arrows: &[
                Arrow { from: Actor::App, to: Actor::Browser, text: "redirect" },
                Arrow { from: Actor::Browser, to: Actor::Provider, text: "authorization request" },
            ],
        },
        Step::AuthorizationResponse { .. } => StepWords {
            title: "The browser brings the provider's response",
            what: "The authorization response: a code that stands for the sign-in, or an error. It came through the browser, \
                   so nothing in it is proven yet.".into(),
            paragraph: "OpenID Connect Core 3.1.2.5 and 3.1.2.6",
            arrows: &[
                Arrow { from: Actor::Provider, to: Actor::Browser, text: "redirect" },
                Arrow { from: Actor::Browser, to: Actor::App, text: "response" },
            ],
        },
        Step::TokenRequest(_) => StepWords {
            title: "The app exchanges the code for tokens",
            what: "The token request goes from the app to the provider directly, past the browser.".into(),
            paragraph: "OpenID Connect Core 3.1.3",
            arrows: &[Arrow { from: Actor::App, to: Actor::Provider, text: "token request" }],
        },
        Step::Keys { .. } => StepWords {
            title: "The app looks up the provider's keys",
            what: "The key set holds the public keys that the provider signs with. The app keeps it, and asks again when a \
                   token names a key that it does not know.".into(),
            paragraph: "OpenID Connect Core 10.1.1",
            arrows: &[Arrow { from: Actor::App, to: Actor::Provider, text: "key set" }],
        },
        Step::IdToken { .. } => id_token(),
        Step::Userinfo(_) => userinfo(),
        Step::Unknown => StepWords {
            title: "A step that this version does not know",
            what: "Another version of the app, which began this session, recorded it.".into(),
            paragraph: "",
            arrows: &[],
        },
    }
}

fn id_token() -> StepWords {
    StepWords {
        title: "The app checks the ID token",
        what: format!(
            "Nothing of it is used before its signature is verified; the first check that fails ends the sign-in. Times \
             may be off by {} s, since clocks are.",
            LEEWAY.num_seconds()
        )
        .into(),
        paragraph: "OpenID Connect Core 3.1.3.7",
        arrows: &[Arrow { from: Actor::App, to: Actor::App, text: "checks" }],
    }
}

fn userinfo() -> StepWords {
    StepWords {
        title: "The app asks the provider for the user's name",
        what: "The ID token has neither a name nor an email address, so the app asks the userinfo endpoint, with the \
               access token. It takes names, picture and license, and nothing that the ID token says already; if a \
               check fails, it takes nothing, and the sign-in goes on."
            .into(),
        paragraph: "OpenID Connect Core 5.3 and 5.4",
        arrows: &[Arrow { from: Actor::App, to: Actor::Provider, text: "userinfo request" }],
    }
}

/// The last step of a sign-in that succeeded.
pub fn session() -> StepWords {
    StepWords {
        title: "The app begins a session",
        what: "The browser gets a cookie with a new random key; who is signed in stays on the server.".into(),
        paragraph: "OWASP Session Management, Renew the Session ID",
        arrows: &[Arrow { from: Actor::App, to: Actor::Browser, text: "session cookie" }],
    }
}

/// How the client authenticates, by the name of the method in the metadata (`token_endpoint_auth_method`).
pub fn authentication(method: &str) -> &str {
    if method == "none" { "nothing but PKCE: it is a public client" } else { method }
}

/// Where the key set came from.
pub fn lookup(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Cached => "was at hand, from an earlier sign-in",
        Lookup::Fetched => "was fetched",
        Lookup::Unrefreshed => "was at hand, and is still used, since it could not be fetched again in time",
        Lookup::FetchedAgain => "was fetched again, since the one at hand does not have this key",
        Lookup::Throttled => {
            "does not have this key; it was not fetched again, since that was done too often in the last minute"
        }
        Lookup::Unknown => "was obtained in a way that this version does not know",
    }
}

/// What a parameter is for.
pub fn meaning(parameter: &str) -> &'static str {
    match parameter {
        "response_type" => "What the response must contain: code is the authorization code flow.",
        "client_id" => "Which app asks: the id that the provider gave it.",
        "redirect_uri" => "Where the response goes: registered at the provider, and compared character for character.",
        "scope" => "What to tell of the user; openid makes it OpenID Connect.",
        "state" => "Binds the response to this browser: nobody can be signed in by somebody else's response.",
        "nonce" => "Binds the ID token to this request: it comes back in the token.",
        "code_challenge" => {
            "PKCE: the hash of a secret that the app keeps; only who knows the secret can use the code."
        }
        "code_challenge_method" => "How the challenge was made: S256 is SHA-256.",
        "organization" => "The organization to sign in to, by name or id.",
        "connection" => "The identity provider to use, behind the provider.",
        "prompt" => "Whether to ask the user again, although signed in there.",
        "login_hint" => "Who is about to sign in, as far as the app knows.",
        "max_age" => "How long ago, in seconds, the user may have signed in there.",
        "invitation" => "The ticket of an invitation to the organization.",
        "code" => "Stands for the sign-in: works once, for a minute or so, for this app alone.",
        "error" => "Why nobody is signed in, for programs.",
        "error_description" => "Why nobody is signed in, in the provider's words.",
        "iss" => "Who responds (RFC 9207): against responses of one provider passed off as another's.",
        "grant_type" => "What is exchanged for tokens: here, an authorization code.",
        "code_verifier" => "PKCE: the secret behind the challenge.",
        "client_secret" => "Proves that it is the app that asks.",
        _ => "",
    }
}
