//! How the client authenticates at the token endpoint (RFC 6749, 2.3; OpenID Connect Core 1.0, 9). Pure.

use super::metadata::Metadata;

/// The methods that the app supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// Id and secret in the header `Authorization`, form-encoded first (RFC 6749, 2.3.1).
    ClientSecretBasic,
    /// Id and secret in the request's body.
    ClientSecretPost,
    /// A public client, which has no secret and relies on PKCE.
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

    /// The method for a client with a secret if no setting names one. `None` if the provider offers none that sends it.
    pub(super) fn with_secret(metadata: &Metadata) -> Option<Self> {
        let Some(offered) = metadata.client_authentication_methods() else { return Some(Self::ClientSecretBasic) };
        let methods = [Self::ClientSecretBasic, Self::ClientSecretPost];
        methods.into_iter().find(|method| offered.iter().any(|name| name.eq_ignore_ascii_case(method.name())))
    }
}
