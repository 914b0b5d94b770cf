//! What the tenant can do wrong in a sign-in, so that a class sees how the application responds.

use std::{borrow::Cow, fmt, time::Duration};

use chrono::TimeDelta;
use serde::Serialize;

use crate::demo_tenant::model::access::Refusal;

/// Something that the tenant does wrong in a sign-in, with the texts that explain it.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    /// In addresses and test ids.
    pub(crate) name: &'static str,
    /// On the button.
    pub(crate) title: &'static str,
    /// What is wrong.
    does: &'static str,
    /// What users or attackers get from an application that does not handle it.
    why: &'static str,
    /// What the application should do.
    expects: &'static str,
    #[serde(flatten)]
    standard: Option<Standard>,
    #[serde(skip)]
    pub(crate) effect: Effect,
}

/// The paragraph of a standard that says what the application should do.
#[derive(Debug, Serialize)]
struct Standard {
    paragraph: &'static str,
    /// Where the paragraph can be read.
    link: &'static str,
}

/// Faults of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct FaultGroup {
    heading: &'static str,
    faults: &'static [Fault],
}

/// What a fault changes in a sign-in; `protocol` carries it out.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The authorization response is this error.
    Refuse(Refusal),
    /// The authorization response is the error for users who are not members of the organization.
    RefuseAsNonMember,
    /// The token endpoint responds 503 to the code.
    TokenEndpointUnavailable,
    /// The token response is delayed by this much.
    Delay(Duration),
    /// The ID token's signature is invalid.
    Forge(Forgery),
    /// The ID token was issued this long ago: `iat` and `exp` are earlier.
    Backdate(TimeDelta),
    /// The ID token's claim of this name has this value.
    SetClaim(&'static str, &'static str),
    /// The ID token lacks these claims.
    RemoveClaims(&'static [&'static str]),
    /// The sign-in is to an organization that the application did not ask for.
    OtherOrganization,
    /// The login Action sets this license, or none.
    SetLicense(Option<&'static str>),
}

/// A way to make a token's signature invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// The signature is changed after signing.
    ChangedSignature,
    /// The header names a key that is not published.
    UnknownKey,
    /// The algorithm is `none`.
    NoSignature,
}

impl Standard {
    const fn new(paragraph: &'static str, link: &'static str) -> Self {
        Self { paragraph, link }
    }
}

const AUTHORIZATION_ERROR: Standard =
    Standard::new("RFC 6749, 4.1.2.1", "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1");
const AUTHENTICATION_ERROR: Standard =
    Standard::new("OpenID Connect Core 3.1.2.6", "https://openid.net/specs/openid-connect-core-1_0.html#AuthError");
const TOKEN_ERROR: Standard = Standard::new(
    "OpenID Connect Core 3.1.3.4",
    "https://openid.net/specs/openid-connect-core-1_0.html#TokenErrorResponse",
);
const KEY_ROTATION: Standard = Standard::new(
    "OpenID Connect Core 10.1.1",
    "https://openid.net/specs/openid-connect-core-1_0.html#RotateSigningKeys",
);
const ALGORITHMS: Standard =
    Standard::new("RFC 8725, 3.1 and 3.2", "https://www.rfc-editor.org/rfc/rfc8725#section-3.1");
const ORGANIZATION: Standard = Standard::new(
    "Auth0 Organizations, validate tokens",
    "https://auth0.com/docs/manage-users/organizations/using-tokens",
);
const DENY_BY_DEFAULT: Standard = Standard::new(
    "OWASP Authorization Cheat Sheet, deny by default",
    "https://cheatsheetseries.owasp.org/cheatsheets/Authorization_Cheat_Sheet.html#deny-by-default",
);

const fn validation(paragraph: &'static str) -> Standard {
    Standard::new(paragraph, "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation")
}

/// Every fault.
pub(crate) static FAULT_GROUPS: &[FaultGroup] = &[
    FaultGroup { heading: "Error responses", faults: ERROR_RESPONSES },
    FaultGroup { heading: "Outages", faults: OUTAGES },
    FaultGroup { heading: "Invalid ID tokens", faults: INVALID_ID_TOKENS },
    FaultGroup { heading: "Licenses", faults: LICENSES },
];

static ERROR_RESPONSES: &[Fault] = &[
    Fault {
        name: "not-a-member",
        title: "Not a member",
        does: "The provider responds with access_denied: the user is not a member.",
        why: "Users can only help themselves if they see that they chose the wrong organization or account.",
        expects: "The app says that the user is not a member, offers another account or organization, and logs nobody in.",
        standard: Some(AUTHORIZATION_ERROR),
        effect: Effect::RefuseAsNonMember,
    },
    Fault {
        name: "consent-refused",
        title: "Consent refused",
        does: "The provider responds with access_denied: the user declined.",
        why: "Users who change their mind need a way back, not a warning about missing access.",
        expects: "The app says that the sign-in was cancelled, offers another try, and logs nobody in.",
        standard: Some(AUTHENTICATION_ERROR),
        effect: Effect::Refuse(Refusal::Cancelled),
    },
    Fault {
        name: "action-denied",
        title: "Denied by an Action",
        does: "The provider responds with access_denied and the message of a login Action.",
        why: "Only this message explains the refusal. Users who do not see it can only guess.",
        expects: "The app shows the message as plain text, since anybody can write a link with one, and logs nobody in.",
        standard: Some(AUTHORIZATION_ERROR),
        effect: Effect::Refuse(Refusal::Request("access_denied", Cow::Borrowed("Sign-ins are closed on weekends."))),
    },
    Fault {
        name: "server-error",
        title: "Server error",
        does: "The provider responds with server_error instead of a code.",
        why: "Users should not look for a mistake of their own when the provider has failed.",
        expects: "The app says that the provider failed, offers another try, and logs nobody in.",
        standard: Some(AUTHORIZATION_ERROR),
        effect: Effect::Refuse(Refusal::Request("server_error", Cow::Borrowed("Internal server error"))),
    },
    Fault {
        name: "temporarily-unavailable",
        title: "Temporarily unavailable",
        does: "The provider responds with temporarily_unavailable instead of a code.",
        why: "Apps that retry by themselves keep an overloaded provider from recovering.",
        expects: "The app says that the provider is busy, leaves the next try to the user, and logs nobody in.",
        standard: Some(AUTHORIZATION_ERROR),
        effect: Effect::Refuse(Refusal::Request(
            "temporarily_unavailable",
            Cow::Borrowed("Service temporarily unavailable"),
        )),
    },
];

static OUTAGES: &[Fault] = &[
    Fault {
        name: "token-endpoint-down",
        title: "Token endpoint down",
        does: "The token endpoint responds to the code with 503 and no JSON.",
        why: "An app that expects JSON here crashes instead of telling its users to try again later.",
        expects: "The app says that the provider can't be reached, and logs nobody in.",
        standard: Some(TOKEN_ERROR),
        effect: Effect::TokenEndpointUnavailable,
    },
    Fault {
        name: "slow",
        title: "Slow token endpoint",
        does: "The token endpoint takes five seconds to respond.",
        why: "An app that gives up too early locks users out. An app without a time limit hangs with its provider.",
        expects: "The app waits, then logs the user in. It gives up only after a time limit.",
        standard: None,
        effect: Effect::Delay(Duration::from_secs(5)),
    },
];

static INVALID_ID_TOKENS: &[Fault] = &[
    Fault {
        name: "bad-signature",
        title: "Bad signature",
        does: "The ID token's signature was changed after signing.",
        why: "Without this check, anybody who can tamper with the token response could log in as any user.",
        expects: "The app verifies the signature with the provider's key, and refuses the token.",
        standard: Some(validation("OpenID Connect Core 3.1.3.7, item 6")),
        effect: Effect::Forge(Forgery::ChangedSignature),
    },
    Fault {
        name: "unknown-key",
        title: "Unknown key",
        does: "The ID token names a key that is not in the provider's key set.",
        why: "Without this check, anybody could sign ID tokens for any user, with a key of their own.",
        expects: "The app fetches the keys again, in case they have just changed, and then refuses the token.",
        standard: Some(KEY_ROTATION),
        effect: Effect::Forge(Forgery::UnknownKey),
    },
    Fault {
        name: "alg-none",
        title: "No signature",
        does: "The ID token has the algorithm “none” and no signature.",
        why: "Without this check, anybody could forge an ID token for any user without a key.",
        expects: "The app accepts only the algorithms that it expects, and never “none”.",
        standard: Some(ALGORITHMS),
        effect: Effect::Forge(Forgery::NoSignature),
    },
    Fault {
        name: "expired",
        title: "Expired",
        does: "The ID token expired an hour ago.",
        why: "Without this check, an ID token that somebody finds in a log or a backup would be valid forever.",
        expects: "The app compares exp with its own clock, and refuses the token.",
        standard: Some(validation("OpenID Connect Core 3.1.3.7, item 9")),
        effect: Effect::Backdate(TimeDelta::hours(11)),
    },
    Fault {
        name: "wrong-nonce",
        title: "Wrong nonce",
        does: "The ID token has a nonce that the app did not send.",
        why: "Without this check, anybody who steals an ID token could inject it into a sign-in of their own.",
        expects: "The app compares nonce with the one that it sent, and refuses the token.",
        standard: Some(validation("OpenID Connect Core 3.1.3.7, item 11")),
        effect: Effect::SetClaim("nonce", "the-nonce-of-another-sign-in"),
    },
    Fault {
        name: "wrong-audience",
        title: "Wrong audience",
        does: "The ID token was issued to another application.",
        why: "Without this check, anybody who runs another app at this provider could log in here as its users.",
        expects: "The app looks for its own client ID in aud, and refuses the token.",
        standard: Some(validation("OpenID Connect Core 3.1.3.7, item 3")),
        effect: Effect::SetClaim("aud", "another-application"),
    },
    Fault {
        name: "wrong-issuer",
        title: "Wrong issuer",
        does: "The ID token names another provider as its issuer.",
        why: "Without this check, anybody who runs a tenant with the same signing keys could log in as users of this one.",
        expects: "The app compares iss with the issuer in the discovery document, and refuses the token.",
        standard: Some(validation("OpenID Connect Core 3.1.3.7, item 2")),
        effect: Effect::SetClaim("iss", "https://elsewhere.example/"),
    },
    Fault {
        name: "other-organization",
        title: "Wrong organization",
        does: "The ID token is for a different organization than the app asked for.",
        why: "Without this check, anybody could edit the request, and get in by logging in to their own organization.",
        expects: "The app compares org_id or org_name with the organization that it asked for, and refuses the token.",
        standard: Some(ORGANIZATION),
        effect: Effect::OtherOrganization,
    },
    Fault {
        name: "no-organization",
        title: "No organization",
        does: "The ID token has no org_id and no org_name.",
        why: "Without this check, anybody could remove the organization from the request, and get in as a non-member.",
        expects: "The app refuses a token that does not name the organization that it asked for.",
        standard: Some(ORGANIZATION),
        effect: Effect::RemoveClaims(&["org_id", "org_name"]),
    },
];

static LICENSES: &[Fault] = &[
    Fault {
        name: "no-license",
        title: "No license",
        does: "The ID token has no license claim.",
        why: "An app that unlocks features by default gives them to everybody whose license is missing.",
        expects: "The app logs the user in, unlocks no licensed feature, and says why.",
        standard: Some(DENY_BY_DEFAULT),
        effect: Effect::SetLicense(None),
    },
    Fault {
        name: "unknown-license",
        title: "Unknown license",
        does: "The ID token has the license “platinum”, which the app does not know.",
        why: "An app that treats an unknown license as a known one gives features away after a typo.",
        expects: "The app logs the user in, unlocks no licensed feature, and shows the license that it received.",
        standard: Some(DENY_BY_DEFAULT),
        effect: Effect::SetLicense(Some("platinum")),
    },
];

impl Fault {
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        FAULT_GROUPS.iter().flat_map(|group| group.faults)
    }

    pub(crate) fn named(name: &str) -> Result<&'static Self, UnknownFault> {
        Self::all().find(|fault| fault.name == name).ok_or(UnknownFault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// No fault has this name.
#[derive(Debug, thiserror::Error)]
#[error("no fault has this name; the faults are {}", Fault::all().map(|fault| fault.name).collect::<Vec<_>>().join(", "))]
pub(crate) struct UnknownFault;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in Fault::all() {
            assert!(std::ptr::eq(Fault::named(fault.name).unwrap(), fault), "{fault}");
        }
        assert!(Fault::named("nonsense").unwrap_err().to_string().contains("wrong-nonce"));
    }
}
