//! Single-sign-on sessions, one for each browser, and the application's sessions that came from them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    demo_tenant::model::ids::{OrganizationId, UserId},
    random::Random,
};

/// Auth0's default: three days without use.
const IDLE_LIFETIME: TimeDelta = TimeDelta::days(3);

/// How many sessions of either kind are stored: enough for any class. Beyond that, the oldest are removed.
const MAX_SESSIONS: usize = 10_000;

/// One browser's session at the tenant.
#[derive(Debug, Clone)]
pub(crate) struct SsoSession {
    pub(crate) user: UserId,
    /// When the user last signed in: the claim `auth_time`.
    pub(crate) authenticated_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
}

/// A session at the application: the claim `sid`. There is one for each organization, so that a user's session at one
/// organization can end without ending the same browser's at another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApplicationSession {
    pub(crate) sid: String,
    pub(crate) user: UserId,
    pub(crate) organization: Option<OrganizationId>,
    /// The single-sign-on session that it came from.
    sso: String,
}

#[derive(Debug)]
pub(crate) struct Sessions {
    random: Random,
    /// By the cookie's value.
    sso: HashMap<String, SsoSession>,
    /// In the order in which they began.
    application: Vec<ApplicationSession>,
}

impl Sessions {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, sso: HashMap::new(), application: vec![] }
    }

    /// Begins a single-sign-on session in place of the browser's `earlier` one, and returns the cookie's value. The
    /// application's sessions stay: they are the application's to end.
    pub(crate) fn begin(&mut self, earlier: Option<&str>, user: UserId, now: DateTime<Utc>) -> String {
        self.sso.retain(|_, session| now - session.used_at < IDLE_LIFETIME);
        if self.sso.len() >= MAX_SESSIONS
            && let Some(oldest) = self.sso.iter().min_by_key(|(_, session)| session.used_at).map(|(id, _)| id.clone())
        {
            self.sso.remove(&oldest);
        }
        let id = self.random.secret();
        if let Some(earlier) = earlier
            && self.sso.remove(earlier).is_some_and(|session| session.user == user)
        {
            self.application.iter_mut().filter(|it| it.sso == earlier).for_each(|it| it.sso.clone_from(&id));
        }
        self.sso.insert(id.clone(), SsoSession { user, authenticated_at: now, used_at: now });
        id
    }

    /// The session that a cookie names, unless it has ended. Looking it up is a use, which keeps it alive.
    pub(crate) fn find(&mut self, id: Option<&str>, now: DateTime<Utc>) -> Option<&SsoSession> {
        let session = self.sso.get_mut(id?).filter(|session| now - session.used_at < IDLE_LIFETIME)?;
        session.used_at = now;
        Some(session)
    }

    /// The application's session at an organization, from a single-sign-on session: an existing one, or a new one.
    /// Returns the claim `sid`.
    pub(crate) fn sid(&mut self, sso: &str, user: &UserId, organization: Option<&OrganizationId>) -> String {
        let is_same = |it: &&ApplicationSession| it.sso == sso && it.organization.as_ref() == organization;
        if let Some(known) = self.application.iter().find(is_same) {
            return known.sid.clone();
        }
        if self.application.len() >= MAX_SESSIONS {
            self.application.remove(0);
        }
        let sid = self.random.secret();
        self.application.push(ApplicationSession {
            sid: sid.clone(),
            user: user.clone(),
            organization: organization.cloned(),
            sso: sso.to_owned(),
        });
        sid
    }

    /// The application's session with this `sid`, unless it has ended.
    pub(crate) fn with_sid(&self, sid: &str) -> Option<&ApplicationSession> {
        self.application.iter().rev().find(|it| it.sid == sid)
    }

    /// Whether the application's session `sid` came from the single-sign-on session `sso`.
    pub(crate) fn came_from(&self, sid: &str, sso: &str) -> bool {
        self.with_sid(sid).is_some_and(|it| it.sso == sso)
    }

    /// How many users are logged in to the application by those of its sessions that match.
    pub(crate) fn count_users(&self, matches: impl Fn(&ApplicationSession) -> bool) -> usize {
        self.application.iter().filter(|it| matches(it)).map(|it| &it.user).collect::<HashSet<_>>().len()
    }

    /// Ends the single-sign-on session that a cookie names, with the application's sessions that came from it. Returns
    /// it, and the application's sessions but for `ended_by_application`, which the application has ended.
    pub(crate) fn log_out(
        &mut self,
        id: &str,
        ended_by_application: Option<&str>,
    ) -> Option<(SsoSession, Vec<ApplicationSession>)> {
        let session = self.sso.remove(id)?;
        let mut ended = self.end_where(|it| it.sso == id);
        ended.retain(|it| Some(it.sid.as_str()) != ended_by_application);
        Some((session, ended))
    }

    /// Ends a user's sessions at an organization.
    pub(crate) fn end_at(&mut self, organization: &OrganizationId, user: &UserId) -> Vec<ApplicationSession> {
        self.end_where(|it| it.user == *user && it.organization.as_ref() == Some(organization))
    }

    /// Ends all sessions at an organization.
    pub(crate) fn end_organization(&mut self, organization: &OrganizationId) -> Vec<ApplicationSession> {
        self.end_where(|it| it.organization.as_ref() == Some(organization))
    }

    /// Ends the sessions of users who are gone.
    pub(crate) fn end_users(&mut self, gone: impl Fn(&UserId) -> bool) -> Vec<ApplicationSession> {
        self.sso.retain(|_, session| !gone(&session.user));
        self.end_where(|it| gone(&it.user))
    }

    pub(crate) fn end_all(&mut self) -> Vec<ApplicationSession> {
        self.sso.clear();
        std::mem::take(&mut self.application)
    }

    fn end_where(&mut self, ends: impl Fn(&ApplicationSession) -> bool) -> Vec<ApplicationSession> {
        let (ended, rest) = std::mem::take(&mut self.application).into_iter().partition(|it| ends(it));
        self.application = rest;
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn users() -> (UserId, UserId) {
        let users = Checkpoint::SecondOrganization.tenant().users;
        (users[1].id.clone(), users[2].id.clone())
    }

    #[test]
    fn a_session_lives_while_it_is_used() {
        let mut sessions = Sessions::new(Random::system());
        let id = sessions.begin(None, users().0, START);
        assert!(sessions.find(Some(&id), START + TimeDelta::days(2)).is_some());
        assert!(sessions.find(Some(&id), START + TimeDelta::days(4)).is_some());
        assert!(sessions.find(Some(&id), START + TimeDelta::days(8)).is_none());
        assert!(sessions.find(None, START).is_none());
    }

    #[test]
    fn there_is_a_sid_for_each_organization_and_it_survives_a_new_sign_in() {
        let (alice, bob) = users();
        let mut sessions = Sessions::new(Random::system());
        let organization = OrganizationId::new(&Random::system());
        let first = sessions.begin(None, alice.clone(), START);
        let sid = sessions.sid(&first, &alice, Some(&organization));
        assert_eq!(sessions.sid(&first, &alice, Some(&organization)), sid);
        assert_ne!(sessions.sid(&first, &alice, None), sid);
        let second = sessions.begin(Some(&first), alice.clone(), START);
        assert_eq!(sessions.sid(&second, &alice, Some(&organization)), sid);
        assert!(sessions.find(Some(&first), START).is_none());
        let third = sessions.begin(Some(&second), bob.clone(), START);
        assert_ne!(sessions.sid(&third, &bob, Some(&organization)), sid);
    }

    #[test]
    fn what_ends_is_told_and_no_more() {
        let (alice, bob) = users();
        let [org1, org2] = [(); 2].map(|()| OrganizationId::new(&Random::system()));
        let mut sessions = Sessions::new(Random::system());
        let browser = sessions.begin(None, bob.clone(), START);
        let (at_org1, at_org2) = (sessions.sid(&browser, &bob, Some(&org1)), sessions.sid(&browser, &bob, Some(&org2)));
        let other = sessions.begin(None, alice.clone(), START);
        let alices = sessions.sid(&other, &alice, Some(&org1));
        let sids = |ended: Vec<ApplicationSession>| ended.into_iter().map(|it| it.sid).collect::<Vec<_>>();
        assert_eq!(sids(sessions.end_at(&org1, &bob)), [at_org1]);
        let (_, ended) = sessions.log_out(&browser, Some(&at_org2)).unwrap();
        assert!(ended.is_empty());
        assert_eq!(sids(sessions.end_all()), [alices]);
        assert!(sessions.find(Some(&other), START).is_none());
    }
}
