//! The log of sign-ins, refusals and changes, on the terminal and on the dashboard.

use std::{collections::VecDeque, fmt};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tracing::info;

use super::{armed_faults::ArmedFault, checkpoints::Checkpoint, faults::Fault};
use crate::{
    demo_tenant::model::{
        access::Refusal,
        changes::{Change, OrganizationSnapshot, UserSnapshot},
        ids::UserId,
    },
    text::{MAXIMUM_SHOWN, shorten},
};

/// Beyond that, the oldest events are removed.
const MAX_EVENTS: usize = 1_000;
/// How many of them anybody can have caused: these can't push out what users did.
const MAX_EVENTS_BY_ANYBODY: usize = 50;

#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A user was sent to the application with a code; `interactive` if a page was shown, since the session was not
    /// enough.
    SignedIn {
        user: UserSnapshot,
        organization: Option<OrganizationSnapshot>,
        license: Option<String>,
        interactive: bool,
    },
    /// A browser was sent to the application with an error.
    Refused {
        refusal: Refusal,
        user: Option<UserSnapshot>,
        organization: Option<OrganizationSnapshot>,
    },
    /// The same, but only because a fault was armed.
    RefusedByFault {
        refusal: Refusal,
        user: UserSnapshot,
    },
    /// A request was rejected on a page of the tenant's own.
    RequestRejected(String),
    TokensIssued(UserSnapshot),
    /// The token endpoint responded with an error.
    TokensRefused(String),
    /// A single-sign-on session ended by logout.
    SignedOut(UserSnapshot),
    /// The management API began a single-sign-on session.
    SessionCreated(UserSnapshot),
    /// A logout token was sent to the application, or why it could not be sent.
    LogoutTokenSent {
        subject: UserId,
        result: Result<(), String>,
    },
    Changed(Change),
    /// A jump to a checkpoint, or back to the seed.
    CheckpointSet(Option<Checkpoint>),
    /// The next sign-ins will fail.
    FaultArmed(ArmedFault),
    /// All armed faults were cancelled.
    FaultsCalledOff,
    /// A fault was applied to a sign-in.
    FaultDone {
        fault: &'static Fault,
        user: UserSnapshot,
    },
    /// A script was given an access token for the management API.
    ScriptAuthorized,
}

/// The kinds of events that the dashboard distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Success,
    Failure,
    /// The tenant was changed.
    Change,
    /// The tenant does something wrong on purpose.
    Fault,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Change, Self::Fault];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Change => "change",
            Self::Fault => "fault",
        }
    }
}

/// What Auth0 calls events of one type ("Log Event Type Codes" in its documentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypeCode {
    /// As the Management API has it.
    pub(crate) code: &'static str,
    /// What the code stands for.
    pub(crate) meaning: &'static str,
}

impl Event {
    pub(crate) fn type_code(&self) -> TypeCode {
        let (code, meaning) = match self {
            Self::SignedIn { interactive: true, .. } => ("s", "Success Login"),
            Self::SignedIn { interactive: false, .. } => ("ssa", "Success Silent Auth"),
            Self::Refused { refusal: Refusal::LoginRequired | Refusal::InteractionRequired, .. } => {
                ("fsa", "Failed Silent Auth")
            }
            Self::Refused { .. } | Self::RefusedByFault { .. } | Self::RequestRejected(_) => ("f", "Failed Login"),
            Self::TokensIssued(_) => ("seacft", "Success Exchange: authorization code for access token"),
            Self::TokensRefused(_) => ("feacft", "Failed Exchange: authorization code for access token"),
            Self::SignedOut(_) => ("slo", "Success Logout"),
            Self::LogoutTokenSent { result: Ok(()), .. } => {
                ("oidc_backchannel_logout_succeeded", "Successful OIDC Back-Channel Logout request")
            }
            Self::LogoutTokenSent { result: Err(_), .. } => {
                ("oidc_backchannel_logout_failed", "Failed OIDC Back-Channel Logout request")
            }
            Self::SessionCreated(_) | Self::Changed(_) | Self::CheckpointSet(_) => ("sapi", "Success API Operation"),
            Self::FaultArmed(_) | Self::FaultsCalledOff | Self::FaultDone { .. } => ("w", "Warnings During Login"),
            Self::ScriptAuthorized => ("seccft", "Success Exchange: access token for a client credentials grant"),
        };
        TypeCode { code, meaning }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::SignedIn { .. }
            | Self::TokensIssued(_)
            | Self::SignedOut(_)
            | Self::SessionCreated(_)
            | Self::ScriptAuthorized
            | Self::LogoutTokenSent { result: Ok(()), .. } => Kind::Success,
            Self::Refused { .. }
            | Self::RequestRejected(_)
            | Self::TokensRefused(_)
            | Self::LogoutTokenSent { result: Err(_), .. } => Kind::Failure,
            Self::Changed(_) | Self::CheckpointSet(_) => Kind::Change,
            Self::RefusedByFault { .. } | Self::FaultArmed(_) | Self::FaultsCalledOff | Self::FaultDone { .. } => {
                Kind::Fault
            }
        }
    }

    /// Cuts what came from outside to a length that the log can keep a thousand times.
    fn shorten(&mut self) {
        if let Self::RequestRejected(reason) | Self::TokensRefused(reason) = self {
            *reason = shorten(reason, MAXIMUM_SHOWN);
        }
        if let Self::Refused { refusal, .. } = self {
            refusal.shorten();
        }
    }

    /// The user and the organization of a sign-in or a session, for the Management API.
    fn parties(&self) -> (Option<&UserSnapshot>, Option<&OrganizationSnapshot>) {
        match self {
            Self::SignedIn { user, organization, .. } => (Some(user), organization.as_ref()),
            Self::Refused { user, organization, .. } => (user.as_ref(), organization.as_ref()),
            Self::RefusedByFault { user, .. }
            | Self::TokensIssued(user)
            | Self::SignedOut(user)
            | Self::SessionCreated(user)
            | Self::FaultDone { user, .. } => (Some(user), None),
            Self::RequestRejected(_)
            | Self::TokensRefused(_)
            | Self::LogoutTokenSent { .. }
            | Self::Changed(_)
            | Self::CheckpointSet(_)
            | Self::FaultArmed(_)
            | Self::FaultsCalledOff
            | Self::ScriptAuthorized => (None, None),
        }
    }
}

// Text from outside is quoted and escaped, so that nobody can write lines of their own into the log.
impl fmt::Display for Event {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedIn { user, organization: Some(organization), license: Some(license), .. } => {
                write!(to, "{user} logged in to {organization} with license {license:?}")
            }
            Self::SignedIn { user, organization: Some(organization), license: None, .. } => {
                write!(to, "{user} logged in to {organization} without a license")
            }
            Self::SignedIn { user, organization: None, .. } => write!(to, "{user} logged in without an organization"),
            Self::Refused { refusal, user: Some(user), .. } => {
                write!(to, "{user} was refused: {} {:?}", refusal.code(), refusal.to_string())
            }
            Self::Refused { refusal, user: None, .. } => {
                write!(to, "Sign-in refused: {} {:?}", refusal.code(), refusal.to_string())
            }
            Self::RefusedByFault { refusal, user } => {
                write!(to, "{user} was refused by the fault: {} {:?}", refusal.code(), refusal.to_string())
            }
            Self::RequestRejected(reason) => write!(to, "Request rejected: {reason:?}"),
            Self::TokensIssued(user) => write!(to, "Authorization code for {user} exchanged for tokens"),
            Self::TokensRefused(reason) => write!(to, "Token request refused: {reason:?}"),
            Self::SignedOut(user) => write!(to, "{user} logged out"),
            Self::SessionCreated(user) => write!(to, "Session of {user} created through the API"),
            Self::LogoutTokenSent { subject, result: Ok(()) } => {
                write!(to, "Application notified that a session of {subject} has ended")
            }
            Self::LogoutTokenSent { subject, result: Err(reason) } => {
                write!(to, "Application could not be notified that a session of {subject} has ended: {reason}")
            }
            Self::Changed(change) => change.fmt(to),
            Self::CheckpointSet(Some(checkpoint)) => write!(to, "Jumped to checkpoint {checkpoint}"),
            Self::CheckpointSet(None) => write!(to, "Jumped back to the seed"),
            Self::FaultArmed(ArmedFault { fault, count, user }) => {
                match count.get() {
                    1 => write!(to, "Fault queued for the next sign-in")?,
                    count => write!(to, "Fault queued for the next {count} sign-ins")?,
                }
                if let Some(user) = user {
                    write!(to, " of {user}")?;
                }
                write!(to, ": {fault}")
            }
            Self::FaultsCalledOff => write!(to, "All queued faults cancelled"),
            Self::FaultDone { fault, user } => write!(to, "Fault {fault} applied to the sign-in of {user}"),
            Self::ScriptAuthorized => write!(to, "Access token for the management API issued to a script"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Counted from the tenant's start, beginning with 1.
    pub(crate) number: u64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) event: Event,
}

impl Entry {
    /// The entry in the shape of Auth0's Management API.
    pub(crate) fn to_json(&self, client_id: &str, client_name: &str) -> Value {
        let (user, organization) = self.event.parties();
        json!({
            "_id": self.id(),
            "log_id": self.id(),
            "date": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "type": self.event.type_code().code,
            "description": self.event.to_string(),
            "client_id": client_id,
            "client_name": client_name,
            "user_id": user.map(|user| &user.id),
            "user_name": user.map(|user| &user.email),
            "connection": user.map(|user| &user.connection),
            "organization_id": organization.map(|it| &it.id),
            "organization_name": organization.map(|it| &it.name),
        })
    }

    /// In Auth0's shape: IDs sort as events happened.
    pub(crate) fn id(&self) -> String {
        format!("{:020}", self.number)
    }
}

/// The latest events, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the latest entry, even if that is no longer kept.
    latest: u64,
}

/// Whether anybody who reaches the tenant can cause such events, as often as they like.
fn is_by_anybody(event: &Event) -> bool {
    matches!(event, Event::TokensRefused(_) | Event::RequestRejected(_))
}

impl Log {
    /// Appends an event, and logs it on the terminal.
    pub(crate) fn record(&mut self, mut event: Event, at: DateTime<Utc>) {
        event.shorten();
        info!(event = "demo_tenant", "tenant: {event}");
        self.latest += 1;
        if is_by_anybody(&event) {
            self.make_room_for_another_by_anybody();
        }
        if self.entries.len() >= MAX_EVENTS {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { number: self.latest, at, event });
    }

    fn make_room_for_another_by_anybody(&mut self) {
        let by_anybody = self.entries.iter().enumerate().filter(|(_, entry)| is_by_anybody(&entry.event));
        let positions: Vec<_> = by_anybody.map(|(position, _)| position).collect();
        if positions.len() >= MAX_EVENTS_BY_ANYBODY {
            self.entries.remove(positions[0]);
        }
    }

    /// Removes all events. Numbering continues.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The events, latest first.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{demo_tenant::model::ids::OrganizationId, random::Random};

    #[test]
    fn the_latest_are_kept() {
        let mut log = Log::default();
        for _ in 0..=MAX_EVENTS {
            log.record(Event::FaultsCalledOff, DateTime::UNIX_EPOCH);
        }
        let numbers: Vec<u64> = log.latest_first().map(|entry| entry.number).collect();
        assert_eq!((numbers.len(), numbers[0], numbers[MAX_EVENTS - 1]), (MAX_EVENTS, 1001, 2));
    }

    #[test]
    fn what_comes_from_outside_makes_no_line_of_its_own() {
        let refusal = Refusal::UnknownOrganization("x\n2026 INFO forged".into());
        let event = Event::Refused { refusal, user: None, organization: None };
        assert!(!event.to_string().contains('\n'));
        let organization = OrganizationSnapshot { id: OrganizationId::new(&Random::system()), name: "a\nb".into() };
        assert!(!Event::Changed(Change::OrganizationCreated(organization)).to_string().contains('\n'));
    }
}
