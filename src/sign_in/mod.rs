//! OpenID Connect, in the order in which a sign-in happens. It knows nothing of servers, pages or sessions.

/// The journey: begin a sign-in, complete it, log out.
pub mod relying_party;

/// The organization that was asked for, and whether the ID token is for it.
pub mod organization;

/// Where a redirect after the sign-in may go.
pub mod return_to;

/// Discovery: the provider's description of itself.
pub mod provider;

/// What the discovery document says.
pub mod metadata;

/// The issuer in the settings, and whether a discovery document belongs to it.
pub mod issuer;

/// How the client authenticates at the token endpoint.
pub mod client_authentication;

/// An attempt to sign in, and its authorization request.
pub mod attempt;

/// The authorization response: code or error.
pub mod response;

/// Who refused, if the response says `access_denied`.
mod denial;

/// Code -> tokens.
pub mod exchange;

/// The provider's keys, and when they are fetched again.
pub mod keys;

/// ID token -> claims, check by check.
pub mod id_token;

/// What else the provider says about the user.
pub mod userinfo;

/// Who is signed in.
pub mod identity;

/// The logout request, and logout tokens.
pub mod sign_out;

/// Why a sign-in failed.
pub mod error;

/// What only Auth0 does.
pub mod auth0;

// What the modules above are built from.

/// How a sign-in went, step by step.
pub mod record;

/// How a session stores the record.
pub mod packed;

/// A check that was done: what it expected, and what it found.
pub mod check;

/// The checks by name: the paragraph that asks for each, and what it is for.
pub mod check_id;

/// A signed token, parsed.
pub mod jws;

/// The key set: the keys that signatures are verified with, and those that can't be used.
pub mod key_set;

/// A key that verifies signatures.
pub mod key;

/// A document of the provider that is fetched once for all callers that need it.
mod cached;

/// Fetches the provider's documents.
pub mod fetch;

/// Who is told of requests to the provider, for metrics.
pub mod calls;

/// The HTTP client, with limits.
pub mod http;

/// The thread on which the HTTP client keeps its connections.
mod client_thread;

pub use relying_party::{Completion, RelyingParty};
