//! The clients of the tenant: the application, and the client for scripts.

use crate::random::Random;

/// The client for scripts and tests.
pub(crate) const MANAGEMENT_CLIENT_ID: &str = "orglab-management";

/// Its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagementSecret {
    /// `demo`, at a tenant that only this machine can reach. It protects nothing: it only shows that a request does not
    /// come from a browser.
    Public,
    /// A random one.
    Random,
}

impl ManagementSecret {
    pub(crate) fn generate(self, random: &Random) -> String {
        match self {
            Self::Public => "demo".to_owned(),
            Self::Random => random.secret(),
        }
    }
}

/// An application as it is registered with the tenant. All addresses are compared character for character.
#[derive(Debug, Clone)]
pub struct ClientRegistration {
    pub client_id: String,
    /// What the sign-in pages call it.
    pub name: String,
    /// Where authorization responses may go: the redirect URIs.
    pub callbacks: Vec<String>,
    /// Where browsers may go after logout.
    pub logout_urls: Vec<String>,
    /// Where a sign-in begins that the application did not start: an invitation links there.
    pub initiate_login_uri: String,
    /// Where the tenant sends logout tokens.
    pub backchannel_logout_uri: String,
}

impl ClientRegistration {
    /// The client id of the lab's application.
    pub const CLIENT_ID: &str = "orglab";

    /// The lab's application at this origin: `http://localhost:3000`, without a slash at the end.
    pub fn of(base: &str) -> Self {
        Self {
            client_id: Self::CLIENT_ID.into(),
            name: "Orglab".into(),
            callbacks: vec![base.into(), format!("{base}/callback")],
            logout_urls: vec![base.into(), format!("{base}/")],
            initiate_login_uri: format!("{base}/login"),
            backchannel_logout_uri: format!("{base}/backchannel-logout"),
        }
    }
}
