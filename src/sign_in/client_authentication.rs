//! How the client shows the token endpoint that it is the client (RFC 6749, 2.3; OpenID Connect Core 1.0, 9). Pure.

use super::metadata::Metadata;

/// The ways that the app has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// Id and secret in the header `Authorization`, form-encoded first (RFC 6749, 2.3.1).
    ClientSecretBasic,
    /// Id and secret in the request's body.
    ClientSecretPost,
    /// A public client, which has no secret: PKCE alone.
    None,
}

impl ClientAuthentication {
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// Its registered name (RFC 7591, 2).
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The way for a client with a secret where no setting names one; `None` if the provider offers no such way.
    pub(super) fn offered_by(metadata: &Metadata) -> Option<Self> {
        let Some(offered) = metadata.client_authentication_methods() else { return Some(Self::ClientSecretBasic) };
        let ways = [Self::ClientSecretBasic, Self::ClientSecretPost];
        ways.into_iter().find(|method| offered.iter().any(|name| name.eq_ignore_ascii_case(method.name())))
    }
}
