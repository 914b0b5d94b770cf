//! What the tenant's handlers share: one model for all of them, changed by one at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{
    ClientRegistration, Options,
    issued::{
        acceptances::Acceptances,
        grants::{Grant, Grants},
        logout_tokens,
        sessions::{ApplicationSession, Sessions},
        signing::{SigningKey, SigningKeyError},
    },
    lab::{
        checkpoints::{Checkpoint, LabFixtures},
        faults::{Fault, Faults},
        guide::Guide,
        log::{Event, Log},
    },
    model::{
        changes::{Change, ChangeError},
        ids::{OrganizationId, UserId},
        invitations::{Invitation, NewInvitation},
        seed::Seed,
        tenant::Tenant,
    },
};
use crate::clock::Clock;

/// Shared by all handlers; what never changes, and the rest behind a lock.
pub(crate) struct Shared {
    /// `http://localhost:3001/`: with the slash, as at Auth0.
    pub(super) issuer: String,
    /// The application.
    pub(super) client: ClientRegistration,
    /// Before the names of the Action's claims.
    pub(super) claims_namespace: String,
    /// Made at the start.
    pub(super) signing_key: SigningKey,
    /// For logout tokens.
    pub(super) http: reqwest::Client,
    clock: Clock,
    fixtures: LabFixtures,
    /// Where the tenant begins, if that is no checkpoint.
    seed: Option<Tenant>,
    state: Mutex<State>,
}

/// What changes.
pub(crate) struct State {
    /// Who may sign in where.
    pub(super) tenant: Tenant,
    /// The state of the lab that was set last; `None` for the seed's.
    pub(super) checkpoint: Option<Checkpoint>,
    /// When it was set, if that was after the start.
    pub(super) checkpoint_set_at: Option<DateTime<Utc>>,
    /// Who has signed in with which browser.
    pub(super) sessions: Sessions,
    /// Which browser has accepted which invitation, while the user is not known yet.
    pub(super) acceptances: Acceptances,
    /// Codes and access tokens that were given out.
    pub(super) grants: Grants,
    /// What happened.
    pub(super) log: Log,
    /// What of it is in the lab's chapters.
    pub(super) guide: Guide,
    /// What is to go wrong.
    pub(super) faults: Faults,
}

/// The tenant could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// No signing key.
    #[error("the demo tenant's signing key: {0}")]
    SigningKey(#[from] SigningKeyError),
    /// No HTTP client.
    #[error("the demo tenant's HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

impl Shared {
    /// The state at the start.
    pub(super) fn new(options: Options, clock: Clock) -> Result<Self, StartError> {
        let fixtures = LabFixtures::new(clock.now());
        let seed = options.seed.map(Seed::into_tenant);
        let checkpoint = if seed.is_some() { None } else { Some(options.checkpoint) };
        let tenant = seed.clone().unwrap_or_else(|| fixtures.at(options.checkpoint));
        Ok(Self {
            issuer: format!("http://localhost:{}/", options.port),
            client: options.client,
            claims_namespace: options.claims_namespace,
            signing_key: SigningKey::generate()?,
            http: logout_tokens::client()?,
            clock,
            fixtures,
            seed,
            state: Mutex::new(State {
                tenant,
                checkpoint,
                checkpoint_set_at: None,
                sessions: Sessions::default(),
                acceptances: Acceptances::default(),
                grants: Grants::default(),
                log: Log::default(),
                guide: Guide::default(),
                faults: Faults::default(),
            }),
        })
    }

    /// The time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The state, locked: not to be held over an `await`.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked left the model as it was between two statements, which is good enough to go on with.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the audience of access tokens for the management API. Auth0's own client libraries can't but
    /// write `https`.
    pub(crate) fn is_management_audience(&self, audience: &str) -> bool {
        let own = format!("{}api/v2/", self.issuer);
        audience == own || audience == own.replacen("http:", "https:", 1)
    }

    /// Writes down what happened.
    pub(crate) fn record(&self, event: Event) {
        self.state().record(event, self.now());
    }

    /// Whether there is a seed to go back to.
    pub(crate) fn has_seed(&self) -> bool {
        self.seed.is_some()
    }

    /// Takes the tenant to a state of the lab, or back to the seed's. Organizations are new, and everybody is signed
    /// out, here and in the application.
    pub(crate) async fn restart_at(self: &Arc<Self>, checkpoint: Option<Checkpoint>) {
        let ended = {
            let mut state = self.state();
            state.tenant = match (checkpoint, &self.seed) {
                (Some(checkpoint), _) => self.fixtures.at(checkpoint),
                (None, Some(seed)) => seed.with_new_ids(),
                (None, None) => return,
            };
            state.checkpoint = checkpoint;
            state.checkpoint_set_at = Some(self.now());
            state.guide = Guide::default();
            state.faults = Faults::default();
            state.record(Event::CheckpointSet(checkpoint), self.now());
            state.sessions.end_all()
        };
        self.send_logout_tokens(ended).await;
    }

    /// Orders a fault for the next so many sign-ins; none calls it off.
    pub(crate) fn arm_fault(&self, fault: Fault, count: u32) {
        let mut state = self.state();
        state.faults.arm(fault, count);
        let event = if count == 0 { Event::FaultDisarmed } else { Event::FaultArmed { fault, count } };
        state.record(event, self.now());
    }

    /// Invites somebody to an organization.
    pub(crate) async fn invite(
        self: &Arc<Self>,
        organization: &str,
        new: NewInvitation<'_>,
    ) -> Result<Invitation, ChangeError> {
        let mut invitation = None;
        let invite = |tenant: &mut Tenant| {
            let (change, made) = tenant.invite(organization, new, self.now())?;
            invitation = Some(made);
            Ok(change)
        };
        self.change(invite).await?;
        invitation.ok_or(ChangeError::NoSuchInvitation)
    }

    /// Changes the tenant, logs the change, ends the sessions that are no longer allowed, and tells the application
    /// which ones.
    pub(crate) async fn change(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Tenant) -> Result<Change, ChangeError>,
    ) -> Result<Change, ChangeError> {
        let (changed, ended) = self.state().change(change, self.now())?;
        self.send_logout_tokens(ended).await;
        Ok(changed)
    }
}

impl State {
    /// Whether the application's session is live: it has not ended, its user still exists and, at an organization, is
    /// still a member. Codes and access tokens are valid only as long as their session is live.
    pub(crate) fn session_lives(&self, sid: &str) -> bool {
        let is_member = |organization: &OrganizationId, user: &UserId| {
            self.tenant.organization(organization.as_str()).is_some_and(|it| it.has_member(user))
        };
        self.sessions.with_sid(sid).is_some_and(|ApplicationSession { user, organization, .. }| {
            self.tenant.user(user.as_str()).is_some() && organization.as_ref().is_none_or(|it| is_member(it, user))
        })
    }

    /// The sign-in that an access token stands for, while the token is valid.
    pub(crate) fn sign_in_of(&self, access_token: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        self.grants.sign_in_of(access_token, now).filter(|sign_in| self.session_lives(&sign_in.sid))
    }

    /// Writes down what happened.
    pub(crate) fn record(&mut self, event: Event, now: DateTime<Utc>) {
        self.guide.observe(&event);
        self.log.record(event, now);
    }

    /// Changes the tenant, logs the change, and ends the sessions that are no longer allowed. Returns those sessions:
    /// the caller still has to tell the application.
    pub(crate) fn change(
        &mut self,
        change: impl FnOnce(&mut Tenant) -> Result<Change, ChangeError>,
        now: DateTime<Utc>,
    ) -> Result<(Change, Vec<ApplicationSession>), ChangeError> {
        let changed = change(&mut self.tenant)?;
        self.record(Event::Changed(changed.clone()), now);
        let ended = self.end_sessions_after(&changed);
        Ok((changed, ended))
    }

    fn end_sessions_after(&mut self, change: &Change) -> Vec<ApplicationSession> {
        match change {
            Change::MemberRemoved { organization, user } => self.sessions.end_at(&organization.id, &user.id),
            Change::OrganizationDeleted(organization) => self.sessions.end_organization(&organization.id),
            Change::UserDeleted(_) | Change::ConnectionDeleted { .. } => {
                let tenant = &self.tenant;
                self.sessions.end_users(|user| tenant.user(user.as_str()).is_none())
            }
            _ => vec![],
        }
    }
}
