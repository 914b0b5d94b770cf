//! Sign-ins that fail in a way of the instructor's choice, so that a class sees the application refuse them.

use std::{borrow::Cow, fmt, num::NonZeroU32, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::demo_tenant::model::{access::Refusal, changes::UserSnapshot, ids::UserId};

/// Something that the tenant does wrong in a sign-in, with the texts that explain it.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    /// In addresses and test ids.
    pub(crate) name: &'static str,
    /// On the button.
    pub(crate) title: &'static str,
    /// What the provider does.
    does: &'static str,
    /// What the application must do about it.
    expects: &'static str,
    /// The paragraph of the standard that says so.
    paragraph: &'static str,
    #[serde(skip)]
    pub(crate) effect: Effect,
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

/// Every fault: first errors, then the token endpoint, then the ID token.
pub(crate) static FAULTS: &[Fault] = &[
    Fault {
        name: "not-a-member",
        title: "Not a member",
        does: "returns access_denied: the user is not part of the organization.",
        expects: "shows what the provider says and a way out, and signs nobody in.",
        paragraph: "RFC 6749 4.1.2.1",
        effect: Effect::RefuseAsNonMember,
    },
    Fault {
        name: "consent-refused",
        title: "Consent refused",
        does: "returns access_denied: the user did not authorize the request.",
        expects: "tells it apart from a missing membership, and offers another try.",
        paragraph: "OpenID Connect Core 3.1.2.6",
        effect: Effect::Refuse(Refusal::Cancelled),
    },
    Fault {
        name: "action-denied",
        title: "Denied by an Action",
        does: "returns access_denied with the text of a login Action.",
        expects: "shows that text: only the tenant knows what it means.",
        paragraph: "RFC 6749 4.1.2.1",
        effect: Effect::Refuse(Refusal::Request("access_denied", Cow::Borrowed("Sign-ins are closed on weekends."))),
    },
    Fault {
        name: "server-error",
        title: "Server error",
        does: "returns server_error instead of a code.",
        expects: "says that the provider failed, not the user.",
        paragraph: "RFC 6749 4.1.2.1",
        effect: Effect::Refuse(Refusal::Request("server_error", Cow::Borrowed("Internal server error"))),
    },
    Fault {
        name: "temporarily-unavailable",
        title: "Temporarily unavailable",
        does: "returns temporarily_unavailable instead of a code.",
        expects: "offers another try, later.",
        paragraph: "RFC 6749 4.1.2.1",
        effect: Effect::Refuse(Refusal::Request(
            "temporarily_unavailable",
            Cow::Borrowed("Service temporarily unavailable"),
        )),
    },
    Fault {
        name: "token-endpoint-down",
        title: "Token endpoint down",
        does: "gives a code, and responds to its exchange with 503 and no JSON.",
        expects: "says that the provider can't be reached, and signs nobody in.",
        paragraph: "OpenID Connect Core 3.1.3.4",
        effect: Effect::TokenEndpointUnavailable,
    },
    Fault {
        name: "slow",
        title: "Slow",
        does: "responds to the exchange of the code after five seconds.",
        expects: "waits, and then signs the user in.",
        paragraph: "no standard, but patience, and a limit to it",
        effect: Effect::Delay(Duration::from_secs(5)),
    },
    Fault {
        name: "bad-signature",
        title: "Bad signature",
        does: "signs the ID token, and then changes the signature.",
        expects: "verifies the signature with the provider's key, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 6",
        effect: Effect::Forge(Forgery::ChangedSignature),
    },
    Fault {
        name: "unknown-key",
        title: "Unknown key",
        does: "names a key in the ID token that is not in its key set.",
        expects: "fetches the keys once more, and then refuses the token.",
        paragraph: "OpenID Connect Core 10.1.1",
        effect: Effect::Forge(Forgery::UnknownKey),
    },
    Fault {
        name: "alg-none",
        title: "No signature",
        does: "sends an ID token with alg none and nothing for a signature.",
        expects: "accepts only the algorithms it expects, and none is not one.",
        paragraph: "RFC 8725 3.1 and 3.2",
        effect: Effect::Forge(Forgery::NoSignature),
    },
    Fault {
        name: "expired",
        title: "Expired",
        does: "sends an ID token that expired an hour ago.",
        expects: "compares exp with its own clock, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 9",
        effect: Effect::Backdate(TimeDelta::hours(11)),
    },
    Fault {
        name: "wrong-nonce",
        title: "Wrong nonce",
        does: "puts a nonce into the ID token that nobody sent.",
        expects: "compares it with the nonce of its request: the token belongs to another sign-in.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 11",
        effect: Effect::SetClaim("nonce", "the-nonce-of-another-sign-in"),
    },
    Fault {
        name: "wrong-audience",
        title: "Wrong audience",
        does: "sends an ID token that was made for another application.",
        expects: "looks for its own client id in aud, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 3",
        effect: Effect::SetClaim("aud", "another-application"),
    },
    Fault {
        name: "wrong-issuer",
        title: "Wrong issuer",
        does: "sends an ID token in another provider's name.",
        expects: "compares iss with the issuer that discovery names.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 2",
        effect: Effect::SetClaim("iss", "https://elsewhere.example/"),
    },
    Fault {
        name: "other-organization",
        title: "Other organization",
        does: "signs in to another organization than the application asked for.",
        expects: "compares org_id or org_name with the organization it asked for.",
        paragraph: "Auth0: validate the organization of ID tokens",
        effect: Effect::OtherOrganization,
    },
    Fault {
        name: "no-organization",
        title: "No organization",
        does: "leaves org_id and org_name out of the ID token.",
        expects: "refuses a sign-in without the organization it asked for.",
        paragraph: "Auth0: validate the organization of ID tokens",
        effect: Effect::RemoveClaims(&["org_id", "org_name"]),
    },
    Fault {
        name: "no-license",
        title: "No license",
        does: "leaves the license out of the ID token.",
        expects: "signs in, opens no licensed feature, and says so.",
        paragraph: "the lab's chapter 5",
        effect: Effect::SetLicense(None),
    },
    Fault {
        name: "unknown-license",
        title: "Unknown license",
        does: "says license platinum, which nobody knows.",
        expects: "signs in, opens no licensed feature, and shows the value it got.",
        paragraph: "the lab's chapter 5",
        effect: Effect::SetLicense(Some("platinum")),
    },
];

impl Fault {
    pub(crate) fn named(name: &str) -> Result<&'static Self, UnknownFault> {
        FAULTS.iter().find(|fault| fault.name == name).ok_or(UnknownFault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// No fault has this name.
#[derive(Debug, thiserror::Error)]
#[error("no fault has this name; the faults are {}", FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", "))]
pub(crate) struct UnknownFault;

/// The armed faults, and what was seen after the last one.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// At most one for everybody, and one for each user.
    armed: Vec<ArmedFault>,
    report: Option<Report>,
}

/// A fault that is armed for the next sign-ins.
#[derive(Debug, Clone)]
pub(crate) struct ArmedFault {
    pub(crate) fault: &'static Fault,
    /// For how many sign-ins.
    pub(crate) count: NonZeroU32,
    /// Whose sign-ins; `None` for everybody's.
    pub(crate) user: Option<UserSnapshot>,
}

impl ArmedFault {
    fn user_id(&self) -> Option<&UserId> {
        self.user.as_ref().map(|user| &user.id)
    }
}

/// A fault that has happened, and what the application did then, as far as the tenant can see it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) fault: &'static Fault,
    pub(crate) user: UserSnapshot,
    pub(crate) at: DateTime<Utc>,
    pub(crate) observations: Vec<Observation>,
    /// Whether another sign-in has begun: what follows has nothing to do with the fault.
    is_over: bool,
}

/// A request of the application or its user, and how long after the fault it came.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) after: TimeDelta,
    pub(crate) what: &'static str,
}

/// What happens later has nothing to do with the fault.
const REPORTED_FOR: TimeDelta = TimeDelta::minutes(2);
const MAX_OBSERVATIONS: usize = 10;

impl Faults {
    /// Arms a fault, in place of the one that was armed for the same user, or for everybody.
    pub(crate) fn arm(&mut self, new: ArmedFault) {
        self.armed.retain(|armed| armed.user_id() != new.user_id());
        self.armed.push(new);
    }

    /// The faults of the next sign-ins, in the order in which they were armed.
    pub(crate) fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    /// Calls off every fault. Returns whether any was armed.
    pub(crate) fn call_off(&mut self) -> bool {
        let any = !self.armed.is_empty();
        self.armed.clear();
        any
    }

    /// Calls off the faults for users who are gone.
    pub(crate) fn forget_users(&mut self, exists: impl Fn(&UserId) -> bool) {
        self.armed.retain(|armed| armed.user_id().is_none_or(&exists));
    }

    /// Takes the fault for a sign-in that is about to succeed: the user's, or else everybody's.
    pub(crate) fn take(&mut self, user: &UserSnapshot, now: DateTime<Utc>) -> Option<&'static Fault> {
        let is_for = |id| self.armed.iter().position(|armed| armed.user_id() == id);
        let position = is_for(Some(&user.id)).or_else(|| is_for(None))?;
        let fault = self.armed[position].fault;
        match NonZeroU32::new(self.armed[position].count.get() - 1) {
            Some(left) => self.armed[position].count = left,
            None => drop(self.armed.remove(position)),
        }
        self.report = Some(Report { fault, user: user.clone(), at: now, observations: vec![], is_over: false });
        Some(fault)
    }

    /// What was seen of the last fault.
    pub(crate) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Notes what the application or its user did, if it may have to do with the last fault.
    pub(crate) fn observe(&mut self, what: &'static str, now: DateTime<Utc>) {
        if let Some(report) = &mut self.report
            && now - report.at < REPORTED_FOR
            && report.observations.len() < MAX_OBSERVATIONS
            && !report.is_over
        {
            report.observations.push(Observation { after: now - report.at, what });
        }
    }

    /// Notes that the first sign-in after the fault begins.
    pub(crate) fn observe_sign_in(&mut self, now: DateTime<Utc>) {
        self.observe("came for a sign-in again", now);
        if let Some(report) = &mut self.report {
            report.is_over = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in FAULTS {
            assert!(std::ptr::eq(Fault::named(fault.name).unwrap(), fault), "{fault}");
        }
        assert!(Fault::named("nonsense").unwrap_err().to_string().contains("wrong-nonce"));
    }
}
