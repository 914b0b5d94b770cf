//! Single-sign-on sessions: who has signed in at the tenant with which browser.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::{self, OrganizationId, UserId};

/// The cookie that names a browser's session.
pub(crate) const COOKIE: &str = "demo_tenant_session";

/// As at Auth0, where nobody changed it: three days without use.
const IDLE_LIFETIME: TimeDelta = TimeDelta::days(3);

/// Enough for any class; past it the session that was not used for longest goes.
const MOST: usize = 10_000;

/// One browser's.
#[derive(Debug, Clone)]
pub(crate) struct SsoSession {
    /// Who signed in.
    pub(super) user: UserId,
    /// When the user did so actively: the claim `auth_time`.
    pub(super) authenticated_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
    sids: HashMap<Option<OrganizationId>, String>,
}

impl SsoSession {
    /// The claim `sid`: one for each organization, so that what a user has at one organization can be ended without
    /// ending what the same browser has at another.
    pub(crate) fn sid(&mut self, organization: Option<&OrganizationId>) -> String {
        self.sids.entry(organization.cloned()).or_insert_with(ids::secret).clone()
    }
}

/// All of them, by the cookie's value.
#[derive(Debug, Default)]
pub(crate) struct Sessions(HashMap<String, SsoSession>);

impl Sessions {
    /// Begins one, and tells the cookie's value.
    pub(crate) fn begin(&mut self, user: UserId, now: DateTime<Utc>) -> String {
        self.0.retain(|_, session| now - session.used_at < IDLE_LIFETIME);
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, session)| session.used_at).map(|(id, _)| id.clone())
        {
            self.0.remove(&oldest);
        }
        let id = ids::secret();
        let session = SsoSession { user, authenticated_at: now, used_at: now, sids: HashMap::new() };
        self.0.insert(id.clone(), session);
        id
    }

    /// The session that a cookie names, if it still lives; using it keeps it alive.
    pub(crate) fn find(&mut self, id: Option<&str>, now: DateTime<Utc>) -> Option<&mut SsoSession> {
        let session = self.0.get_mut(id?).filter(|session| now - session.used_at < IDLE_LIFETIME)?;
        session.used_at = now;
        Some(session)
    }

    /// Ends the session that a cookie names.
    pub(crate) fn end(&mut self, id: Option<&str>) -> Option<SsoSession> {
        self.0.remove(id?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::checkpoints::{Cast, Checkpoint};

    #[test]
    fn a_session_lives_while_it_is_used_and_has_a_sid_for_each_organization() {
        let mut sessions = Sessions::default();
        let start = DateTime::UNIX_EPOCH;
        let user = Cast::new(start).at(Checkpoint::Login).users.remove(0).id;
        let id = sessions.begin(user, start);
        let organization = OrganizationId::random();
        let session = sessions.find(Some(&id), start + TimeDelta::days(2)).unwrap();
        assert_eq!(session.sid(Some(&organization)), session.sid(Some(&organization)));
        assert_ne!(session.sid(Some(&organization)), session.sid(None));
        assert!(sessions.find(Some(&id), start + TimeDelta::days(4)).is_some());
        assert!(sessions.find(Some(&id), start + TimeDelta::days(8)).is_none());
        assert!(sessions.end(Some(&id)).is_some());
        assert!(sessions.find(Some(&id), start).is_none());
    }
}
