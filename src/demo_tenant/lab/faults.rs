//! Sign-ins that fail in a way of the instructor's choice, so that a class sees the application refuse them.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::demo_tenant::{
    issued::{grants::Grant, signing::Signature},
    model::{
        access::Refusal,
        changes::{OrganizationSnapshot, UserSnapshot},
        ids::{self, OrganizationId},
        tenant::Tenant,
    },
};

/// Something that the tenant does wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NotAMember,
    ConsentRefused,
    ActionDenied,
    ServerError,
    TemporarilyUnavailable,
    TokenEndpointDown,
    Slow,
    BadSignature,
    UnknownKey,
    AlgNone,
    Expired,
    WrongNonce,
    WrongAudience,
    WrongIssuer,
    OtherOrganization,
    NoOrganization,
    NoLicense,
    UnknownLicense,
}

/// A fault, explained.
pub(crate) struct Explanation {
    /// In addresses and test ids.
    pub(crate) name: &'static str,
    /// On its button.
    pub(crate) title: &'static str,
    /// What the provider does.
    pub(crate) does: &'static str,
    /// What the application must do about it.
    pub(crate) expects: &'static str,
    /// The paragraph that says so.
    pub(crate) paragraph: &'static str,
}

/// Every fault, explained, in the order of the enum.
static EXPLANATIONS: [Explanation; 18] = [
    Explanation {
        name: "not-a-member",
        title: "Not a member",
        does: "answers access_denied: the user is not part of the organization.",
        expects: "shows what the provider says and a way out, and signs nobody in.",
        paragraph: "RFC 6749 4.1.2.1",
    },
    Explanation {
        name: "consent-refused",
        title: "Consent refused",
        does: "answers access_denied: the user did not authorize the request.",
        expects: "tells it apart from a missing membership, and offers another try.",
        paragraph: "OpenID Connect Core 3.1.2.6",
    },
    Explanation {
        name: "action-denied",
        title: "Denied by an Action",
        does: "answers access_denied with the text of a login Action.",
        expects: "shows that text: only the tenant knows what it means.",
        paragraph: "RFC 6749 4.1.2.1",
    },
    Explanation {
        name: "server-error",
        title: "Server error",
        does: "answers server_error instead of a code.",
        expects: "says that the provider failed, not the user.",
        paragraph: "RFC 6749 4.1.2.1",
    },
    Explanation {
        name: "temporarily-unavailable",
        title: "Temporarily unavailable",
        does: "answers temporarily_unavailable instead of a code.",
        expects: "offers another try, later.",
        paragraph: "RFC 6749 4.1.2.1",
    },
    Explanation {
        name: "token-endpoint-down",
        title: "Token endpoint down",
        does: "gives a code, and answers its exchange with 503 and no JSON.",
        expects: "says that the provider can't be reached, and signs nobody in.",
        paragraph: "OpenID Connect Core 3.1.3.4",
    },
    Explanation {
        name: "slow",
        title: "Slow",
        does: "answers the exchange of the code after five seconds.",
        expects: "waits, and signs the user in all the same.",
        paragraph: "no standard, but patience, and a limit to it",
    },
    Explanation {
        name: "bad-signature",
        title: "Bad signature",
        does: "signs the ID token, and then changes the signature.",
        expects: "verifies the signature with the provider's key, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 6",
    },
    Explanation {
        name: "unknown-key",
        title: "Unknown key",
        does: "names a key in the ID token that is not in its key set.",
        expects: "fetches the keys once more, and then refuses the token.",
        paragraph: "OpenID Connect Core 10.1.1",
    },
    Explanation {
        name: "alg-none",
        title: "No signature",
        does: "sends an ID token with alg none and nothing for a signature.",
        expects: "accepts only the algorithms it expects, and none is not one.",
        paragraph: "RFC 8725 3.1 and 3.2",
    },
    Explanation {
        name: "expired",
        title: "Expired",
        does: "sends an ID token that expired an hour ago.",
        expects: "compares exp with its own clock, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 9",
    },
    Explanation {
        name: "wrong-nonce",
        title: "Wrong nonce",
        does: "puts a nonce into the ID token that nobody sent.",
        expects: "compares it with the nonce of its request: the token belongs to another sign-in.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 11",
    },
    Explanation {
        name: "wrong-audience",
        title: "Wrong audience",
        does: "sends an ID token that was made for another application.",
        expects: "looks for its own client id in aud, and refuses the token.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 3",
    },
    Explanation {
        name: "wrong-issuer",
        title: "Wrong issuer",
        does: "sends an ID token in another provider's name.",
        expects: "compares iss with the issuer that discovery names.",
        paragraph: "OpenID Connect Core 3.1.3.7, item 2",
    },
    Explanation {
        name: "other-organization",
        title: "Other organization",
        does: "signs in to another organization than the application asked for.",
        expects: "compares org_id or org_name with the organization it asked for.",
        paragraph: "Auth0: validate the organization of ID tokens",
    },
    Explanation {
        name: "no-organization",
        title: "No organization",
        does: "leaves org_id and org_name out of the ID token.",
        expects: "refuses a sign-in without the organization it asked for.",
        paragraph: "Auth0: validate the organization of ID tokens",
    },
    Explanation {
        name: "no-license",
        title: "No license",
        does: "leaves the license out of the ID token.",
        expects: "signs in, opens no licensed feature, and says so.",
        paragraph: "the lab's chapter 5",
    },
    Explanation {
        name: "unknown-license",
        title: "Unknown license",
        does: "says license platinum, which nobody knows.",
        expects: "signs in, opens no licensed feature, and shows the value it got.",
        paragraph: "the lab's chapter 5",
    },
];

impl Fault {
    /// All of them: errors first, then the token endpoint, then the ID token.
    pub(crate) const ALL: [Self; 18] = [
        Self::NotAMember,
        Self::ConsentRefused,
        Self::ActionDenied,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::TokenEndpointDown,
        Self::Slow,
        Self::BadSignature,
        Self::UnknownKey,
        Self::AlgNone,
        Self::Expired,
        Self::WrongNonce,
        Self::WrongAudience,
        Self::WrongIssuer,
        Self::OtherOrganization,
        Self::NoOrganization,
        Self::NoLicense,
        Self::UnknownLicense,
    ];

    /// Its name, and what it is about.
    pub(crate) fn explanation(self) -> &'static Explanation {
        &EXPLANATIONS[self as usize]
    }

    /// Its name in addresses and test ids.
    pub(crate) fn name(self) -> &'static str {
        self.explanation().name
    }

    /// The refusal to answer with, where the fault is one.
    pub(crate) fn refusal(self, user: &UserSnapshot, organization: Option<&OrganizationSnapshot>) -> Option<Refusal> {
        let wrong = |code, description: &str| Some(Refusal::Request(code, description.to_owned()));
        match self {
            Self::NotAMember => {
                let organization = organization.map_or_else(OrganizationId::random, |it| it.id.clone());
                Some(Refusal::NotAMember { user: user.id.clone(), organization })
            }
            Self::ConsentRefused => Some(Refusal::Cancelled),
            Self::ActionDenied => wrong("access_denied", "Sign-ins are closed on weekends."),
            Self::ServerError => wrong("server_error", "Internal server error"),
            Self::TemporarilyUnavailable => wrong("temporarily_unavailable", "Service temporarily unavailable"),
            _ => None,
        }
    }

    /// Spoils what the ID token will say of the sign-in.
    pub(crate) fn tamper_sign_in(self, sign_in: &mut Grant, tenant: &Tenant, claims_namespace: &str) {
        let license = format!("{claims_namespace}license");
        match self {
            Self::WrongNonce => sign_in.nonce = Some(ids::secret()),
            Self::NoOrganization => sign_in.organization = None,
            Self::OtherOrganization => {
                let is_other = |id: &OrganizationId| sign_in.organization.as_ref().is_none_or(|(own, _)| own != id);
                let other = tenant.organizations.iter().find(|it| is_other(&it.id));
                let other = other.map(|it| (it.id.clone(), Some(it.name.clone())));
                sign_in.organization =
                    other.or_else(|| Some((OrganizationId::random(), Some("another-organization".into()))));
            }
            Self::NoLicense => {
                sign_in.action_claims.shift_remove(&license);
            }
            Self::UnknownLicense => {
                sign_in.action_claims.insert(license, "platinum".into());
            }
            _ => {}
        }
    }

    /// Spoils the claims of the ID token.
    pub(crate) fn tamper_claims(self, claims: &mut Map<String, Value>, now: DateTime<Utc>) {
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        match self {
            Self::Expired => {
                set("iat", (now - TimeDelta::hours(11)).timestamp().into());
                set("exp", (now - TimeDelta::hours(1)).timestamp().into());
            }
            Self::WrongAudience => {
                set("aud", "another-application".into());
            }
            Self::WrongIssuer => {
                set("iss", "https://elsewhere.example/".into());
            }
            _ => {}
        }
    }

    /// How to sign the ID token.
    pub(crate) fn signature(self) -> Signature {
        match self {
            Self::BadSignature => Signature::Tampered,
            Self::UnknownKey => Signature::UnknownKey,
            Self::AlgNone => Signature::None,
            _ => Signature::Good,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No fault has this name.
#[derive(Debug, thiserror::Error)]
#[error("no fault has this name; there are {}", Fault::ALL.map(Fault::name).join(", "))]
pub(crate) struct UnknownFault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|fault| fault.name() == name).ok_or(UnknownFault)
    }
}

/// What was armed, and what came of the last one.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Option<(Fault, u32)>,
    report: Option<Report>,
}

/// A fault that was done, and what the application did then, as far as it can be seen from the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) fault: Fault,
    pub(crate) user: UserSnapshot,
    pub(crate) at: DateTime<Utc>,
    pub(crate) seen: Vec<Observation>,
    /// Another sign-in has begun: what follows has nothing to do with the fault any more.
    is_over: bool,
}

/// A request of the application or its user, so long after the fault.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    pub(crate) after: TimeDelta,
    pub(crate) what: &'static str,
}

/// What happens later has nothing to do with the fault any more.
const REPORTED_FOR: TimeDelta = TimeDelta::minutes(2);

impl Faults {
    /// Orders a fault for the next `count` sign-ins, in place of whatever was armed; none calls it off.
    pub(crate) fn arm(&mut self, fault: Fault, count: u32) {
        self.armed = (count > 0).then_some((fault, count));
    }

    /// What the next sign-in has coming, and how many after it.
    pub(crate) fn armed(&self) -> Option<(Fault, u32)> {
        self.armed
    }

    /// Takes the fault for a sign-in that is about to succeed.
    pub(crate) fn take(&mut self, user: &UserSnapshot, now: DateTime<Utc>) -> Option<Fault> {
        let (fault, count) = self.armed?;
        self.arm(fault, count - 1);
        self.report = Some(Report { fault, user: user.clone(), at: now, seen: vec![], is_over: false });
        Some(fault)
    }

    /// The last fault that was done.
    pub(crate) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Notes what the application or its user did, if it may have to do with the last fault.
    pub(crate) fn observe(&mut self, what: &'static str, now: DateTime<Utc>) {
        if let Some(report) = &mut self.report
            && now - report.at < REPORTED_FOR
            && report.seen.len() < 10
            && !report.is_over
        {
            report.seen.push(Observation { after: now - report.at, what });
        }
    }

    /// Notes that a sign-in begins, the first after the fault.
    pub(crate) fn observe_sign_in(&mut self, now: DateTime<Utc>) {
        self.observe("came for a sign-in again", now);
        if let Some(report) = &mut self.report {
            report.is_over = true;
        }
    }
}
