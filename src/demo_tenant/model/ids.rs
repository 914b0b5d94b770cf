//! Identifiers and secrets: random, in the shapes that Auth0 and Okta give them.

use std::fmt;

use data_encoding::HEXLOWER;
use rand::{
    distributions::{Alphanumeric, DistString},
    rngs::OsRng,
};

use super::tenant::{Connection, Strategy};

/// A secret that nobody guesses: 43 letters and digits, 256 bits.
pub(crate) fn secret() -> String {
    alphanumeric(43)
}

/// So many random letters and digits.
pub(crate) fn alphanumeric(length: usize) -> String {
    Alphanumeric.sample_string(&mut OsRng, length)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub(crate) struct $name(String);

        impl $name {
            /// The identifier as it stands in tokens and addresses.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// An organization's: `org_` and 16 letters and digits.
    OrganizationId
}

impl OrganizationId {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(format!("org_{}", alphanumeric(16)))
    }
}

identifier! {
    /// A connection's: `con_` and 16 letters and digits.
    ConnectionId
}

impl ConnectionId {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(format!("con_{}", alphanumeric(16)))
    }
}

identifier! {
    /// A user's, the subject of tokens: `okta|Okta1|00u…` for one who comes through the enterprise connection `Okta1`,
    /// `auth0|…` for one of the database.
    UserId
}

impl UserId {
    /// A new user of a connection.
    pub(crate) fn of(connection: &Connection) -> Self {
        let strategy = connection.strategy.as_str();
        Self(match connection.strategy {
            Strategy::Enterprise => format!("{strategy}|{}|00u{}", connection.name, alphanumeric(17)),
            Strategy::Database => format!("{strategy}|{}", HEXLOWER.encode(&rand::random::<[u8; 12]>())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_shapes_of_auth0() {
        assert!(OrganizationId::random().as_str().starts_with("org_"));
        assert_eq!(OrganizationId::random().as_str().len(), 20);
        let connection = |strategy| Connection { id: ConnectionId::random(), name: "Okta1".into(), strategy };
        assert!(UserId::of(&connection(Strategy::Enterprise)).as_str().starts_with("okta|Okta1|00u"));
        assert_eq!(UserId::of(&connection(Strategy::Database)).as_str().len(), "auth0|".len() + 24);
        assert_ne!(secret(), secret());
    }
}
