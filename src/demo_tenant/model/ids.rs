//! Identifiers: random, in the shapes of Auth0's and Okta's.

use std::fmt;

use data_encoding::HEXLOWER;
use rand::distributions::{Alphanumeric, DistString};

use crate::random::Random;

/// Letters and digits, each as likely as any other.
pub(crate) fn alphanumeric(length: usize, mut random: &Random) -> String {
    Alphanumeric.sample_string(&mut random, length)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub(crate) struct $name(String);

        impl $name {
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
    /// `org_` and 16 letters and digits.
    OrganizationId
}

impl OrganizationId {
    pub(crate) fn new(random: &Random) -> Self {
        Self(format!("org_{}", alphanumeric(16, random)))
    }
}

identifier! {
    /// `con_` and 16 letters and digits.
    ConnectionId
}

impl ConnectionId {
    pub(crate) fn new(random: &Random) -> Self {
        Self(format!("con_{}", alphanumeric(16, random)))
    }
}

identifier! {
    /// The subject of tokens. It begins with the strategy of the user's connection.
    UserId
}

impl UserId {
    /// `okta|Okta1|00u…`: a user of the enterprise connection `Okta1`.
    pub(crate) fn okta(connection: &str, random: &Random) -> Self {
        Self(format!("okta|{connection}|00u{}", alphanumeric(17, random)))
    }

    /// `auth0|…`: a user of the database.
    pub(crate) fn auth0(random: &Random) -> Self {
        Self(format!("auth0|{}", HEXLOWER.encode(&random.bytes::<12>())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_shapes_of_auth0() {
        let random = Random::from_fn(|bytes| bytes.fill(0));
        assert_eq!(OrganizationId::new(&random).as_str(), "org_AAAAAAAAAAAAAAAA");
        assert_eq!(ConnectionId::new(&random).as_str(), "con_AAAAAAAAAAAAAAAA");
        assert_eq!(UserId::okta("Okta1", &random).as_str(), "okta|Okta1|00uAAAAAAAAAAAAAAAAA");
        assert_eq!(UserId::auth0(&random).as_str(), "auth0|000000000000000000000000");
    }
}
