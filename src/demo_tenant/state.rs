//! What the tenant's handlers share. One lock guards the state.

use std::{num::NonZeroU32, sync::Arc};

use actix_web::{cookie::Key, rt};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use tracing::{Instrument, error};

use super::{
    issued::{
        acceptances::Acceptances,
        grants::{Grant, Grants},
        logout_tokens::LogoutTokenSender,
        session_cookie::SessionCookie,
        sessions::{ApplicationSession, Sessions},
        signing::NewSigningKey,
    },
    lab::{
        armed_faults::{ArmedFault, Faults},
        checkpoints::{Checkpoint, LabFixtures},
        faults::Fault,
        guide::Guide,
        log::{Event, Log},
    },
    model::{
        changes::{Change, ChangeError},
        client::{ClientRegistration, ManagementSecret},
        ids::{OrganizationId, UserId},
        invitations::NewInvitation,
        seed::Seed,
        tenant::{Invitation, Tenant},
    },
    options::Options,
    watched::{Watched, WatchedGuard},
};
use crate::{clock::Clock, cookies::CookieNames, home_link::HomeLink, random::Random};

/// How many logout tokens are sent at the same time.
const LOGOUT_TOKENS_AT_ONCE: usize = 16;

/// Shared by all handlers: what is fixed at the start, and the state behind a lock.
pub(crate) struct Shared {
    /// `http://localhost:3001/`: with the slash, as at Auth0.
    pub(super) issuer: String,
    pub(super) client: ClientRegistration,
    pub(super) session_cookie: SessionCookie,
    /// How the other cookies are named, and the key that seals them: a new one at each start.
    pub(super) cookie_names: CookieNames,
    pub(super) cookie_key: Key,
    /// The prefix of the names of the login Action's claims: `https://myapp.com/`.
    pub(super) claims_namespace: String,
    /// The secret of the client for scripts.
    management_secret: ManagementSecret,
    /// The dashboard links to it.
    pub(super) home: Option<HomeLink>,
    pub(super) signing_key: NewSigningKey,
    logout_tokens: LogoutTokenSender,
    clock: Clock,
    pub(super) random: Random,
    fixtures: LabFixtures,
    /// Where the lab begins; `None` for the seed.
    start: Option<Checkpoint>,
    /// The tenant as `DEMO_TENANT_SEED` describes it, if that is set.
    seed: Option<Tenant>,
    state: Watched<State>,
}

/// Everything that changes while the tenant runs.
pub(crate) struct State {
    pub(super) tenant: Tenant,
    /// The checkpoint that the tenant started from, by a jump or at the start; `None` for the seed.
    pub(super) checkpoint: Option<Checkpoint>,
    /// `None` until one is set after the start.
    pub(super) checkpoint_set_at: Option<DateTime<Utc>>,
    pub(super) sessions: Sessions,
    pub(super) acceptances: Acceptances,
    pub(super) grants: Grants,
    /// The secret of the client for scripts.
    pub(super) management_secret: String,
    pub(super) log: Log,
    /// `None` if the seed's organizations do not fit the lab.
    pub(super) guide: Option<Guide>,
    pub(super) faults: Faults,
}

/// The state while it is locked.
pub(crate) type StateGuard<'a> = WatchedGuard<'a, State>;

impl Shared {
    pub(super) fn new(options: Options, clock: Clock, random: Random) -> Result<Self, reqwest::Error> {
        let Options {
            issuer,
            client,
            claims_namespace,
            checkpoint,
            seed,
            management_secret,
            home,
            key_queue,
            plain_http,
        } = options;
        let port = issuer.port_or_known_default().unwrap_or_default();
        let fixtures = LabFixtures::new(clock.now(), random.clone());
        let seed = seed.map(Seed::into_tenant);
        let (tenant, start) = match &seed {
            Some(seed) => (seed.clone(), None),
            None => (fixtures.tenant_at(checkpoint), Some(checkpoint)),
        };
        let issuer = issuer.to_string();
        let key = NewSigningKey::generate(random.clone(), key_queue);
        let state = State::at_start(tenant, start, management_secret, &random);
        Ok(Self {
            logout_tokens: LogoutTokenSender::new(key.clone(), random.clone(), &issuer, &client, plain_http)?,
            issuer,
            client,
            session_cookie: SessionCookie::on_port(port),
            cookie_names: CookieNames::Port(port),
            cookie_key: Key::from(&random.bytes::<64>()),
            claims_namespace,
            management_secret,
            home,
            signing_key: key,
            clock,
            fixtures,
            start,
            seed,
            // Random, so that a page from before a restart notices that it shows another revision.
            state: Watched::new(state, u64::from_ne_bytes(random.bytes())),
            random,
        })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The state, locked. Do not hold it over an `await`. Each write makes a new revision, which open dashboards then
    /// show.
    pub(crate) fn state(&self) -> StateGuard<'_> {
        self.state.lock()
    }

    /// Whether this is the audience of access tokens for the management API. Auth0's client libraries always write
    /// `https`.
    pub(crate) fn is_management_audience(&self, audience: &str) -> bool {
        let own = format!("{}api/v2/", self.issuer);
        audience == own || audience == own.replacen("http:", "https:", 1)
    }

    pub(crate) fn record(&self, event: Event) {
        self.state().record(event, self.now());
    }

    pub(crate) fn has_seed(&self) -> bool {
        self.seed.is_some()
    }

    /// The tenant at a checkpoint or, if that is `None`, as its seed describes it. Its organizations have new IDs.
    pub(crate) fn tenant_at(&self, checkpoint: Option<Checkpoint>) -> Option<Tenant> {
        match checkpoint {
            Some(checkpoint) => Some(self.fixtures.tenant_at(checkpoint)),
            None => self.seed.as_ref().map(|seed| seed.with_new_ids(&self.random)),
        }
    }

    /// Jumps to a checkpoint, or to the seed if that is `None`. Organizations get new IDs, and everybody is
    /// logged out, here and in the application.
    pub(crate) async fn reset_to(self: &Arc<Self>, checkpoint: Option<Checkpoint>) {
        let Some(tenant) = self.tenant_at(checkpoint) else { return };
        let ended = {
            let mut state = self.state();
            state.tenant = tenant;
            state.checkpoint = checkpoint;
            state.checkpoint_set_at = Some(self.now());
            state.guide = match checkpoint {
                Some(checkpoint) => Some(Guide::after(checkpoint, &state.tenant)),
                None => Guide::of_seed(&state.tenant),
            };
            state.faults = Faults::default();
            state.record(Event::CheckpointSet(checkpoint), self.now());
            state.sessions.end_all()
        };
        self.send_logout_tokens(ended).await;
    }

    /// Makes the tenant as it was at the start, for somebody else: nothing of what happened is left, not even in the log,
    /// and no token or secret is valid any more. Streams of events end. The application is not told.
    pub(crate) fn restart(&self) {
        let tenant = match &self.seed {
            Some(seed) => seed.with_new_ids(&self.random),
            None => self.fixtures.tenant_at(self.start.unwrap_or_default()),
        };
        let mut state = self.state();
        state.end_watches();
        *state = State::at_start(tenant, self.start, self.management_secret, &self.random);
    }

    /// Arms a fault for the next `count` sign-ins, of one user or of everybody.
    pub(crate) fn arm_fault(
        &self,
        fault: &'static Fault,
        count: NonZeroU32,
        user: Option<&str>,
    ) -> Result<ArmedFault, ChangeError> {
        let mut state = self.state();
        let user = user.map(|id| state.tenant.user_snapshot(id)).transpose()?;
        let armed = ArmedFault { fault, count, user };
        state.faults.arm(armed.clone());
        state.record(Event::FaultArmed(armed.clone()), self.now());
        Ok(armed)
    }

    /// Cancels every fault that is armed. Returns whether any was.
    pub(crate) fn call_off_faults(&self) -> bool {
        let mut state = self.state();
        let any = state.faults.call_off();
        if any {
            state.record(Event::FaultsCalledOff, self.now());
        }
        any
    }

    pub(crate) async fn invite(
        self: &Arc<Self>,
        organization: &str,
        new: NewInvitation<'_>,
    ) -> Result<Invitation, ChangeError> {
        let mut invitation = None;
        let invite = |tenant: &mut Tenant| {
            let (change, created) = tenant.invite(organization, new, self.now(), &self.random)?;
            invitation = Some(created);
            Ok(change)
        };
        self.change(invite).await?;
        invitation.ok_or(ChangeError::NoSuchInvitation)
    }

    /// Changes the tenant by [`State::change`], and sends logout tokens for the sessions that have ended.
    pub(crate) async fn change(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Tenant) -> Result<Change, ChangeError>,
    ) -> Result<Change, ChangeError> {
        let (changed, ended) = self.state().change(change, self.now())?;
        self.send_logout_tokens(ended).await;
        Ok(changed)
    }

    /// Tells the application which of its sessions have ended, and waits for its responses. This runs in a task of its
    /// own, which continues even if the client disconnects and its request is dropped. A shutdown does not wait for the
    /// task: the application stops at the same moment, and accepts no more tokens.
    pub(crate) async fn send_logout_tokens(self: &Arc<Self>, ended: Vec<ApplicationSession>) {
        if ended.is_empty() {
            return;
        }
        let shared = Arc::clone(self);
        let sending = async move {
            let sent = stream::iter(ended)
                .map(async |session| (shared.logout_tokens.send(&session, shared.now()).await, session.user));
            let results: Vec<_> = sent.buffer_unordered(LOGOUT_TOKENS_AT_ONCE).collect().await;
            for (result, subject) in results {
                let result = result.map_err(|cause| cause.to_string());
                shared.record(Event::LogoutTokenSent { subject, result });
            }
        };
        if let Err(cause) = rt::spawn(sending.in_current_span()).await {
            error!("tenant: could not tell the application which sessions ended: {cause}");
        }
    }
}

fn guide_at_start(start: Option<Checkpoint>, tenant: &Tenant) -> Option<Guide> {
    match start {
        Some(checkpoint) => Some(Guide::at_start(checkpoint, tenant)),
        None => Guide::of_seed(tenant),
    }
}

impl State {
    fn at_start(tenant: Tenant, start: Option<Checkpoint>, secret: ManagementSecret, random: &Random) -> Self {
        Self {
            guide: guide_at_start(start, &tenant),
            tenant,
            checkpoint: start,
            checkpoint_set_at: None,
            sessions: Sessions::new(random.clone()),
            acceptances: Acceptances::default(),
            grants: Grants::new(random.clone()),
            management_secret: secret.generate(random),
            log: Log::default(),
            faults: Faults::default(),
        }
    }

    /// Whether the application's session is live: it has not ended, its user still exists and, at an organization, is
    /// still a member. Codes and access tokens are valid only as long as their session is live.
    pub(crate) fn is_session_live(&self, sid: &str) -> bool {
        let is_member = |organization: &OrganizationId, user: &UserId| {
            self.tenant.organization(organization.as_str()).is_some_and(|it| it.has_member(user))
        };
        self.sessions.with_sid(sid).is_some_and(|ApplicationSession { user, organization, .. }| {
            self.tenant.user(user.as_str()).is_some() && organization.as_ref().is_none_or(|it| is_member(it, user))
        })
    }

    /// The grant that an access token was issued for, while the token is valid.
    pub(crate) fn grant_of(&self, access_token: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        self.grants.grant_of(access_token, now).filter(|grant| self.is_session_live(&grant.sid))
    }

    pub(crate) fn record(&mut self, event: Event, now: DateTime<Utc>) {
        if let Some(guide) = &mut self.guide {
            guide.observe(&event, &self.tenant);
        }
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
                self.faults.forget_users(|user| tenant.user(user.as_str()).is_some());
                self.sessions.end_users(|user| tenant.user(user.as_str()).is_none())
            }
            Change::OrganizationCreated(_)
            | Change::OrganizationUpdated(_)
            | Change::ConnectionCreated { .. }
            | Change::ConnectionUpdated { .. }
            | Change::UserCreated(_)
            | Change::UserUpdated(_)
            | Change::ConnectionEnabled { .. }
            | Change::AutoMembershipChanged { .. }
            | Change::ButtonChanged { .. }
            | Change::ConnectionDisabled { .. }
            | Change::MemberAdded { .. }
            | Change::InvitationCreated { .. }
            | Change::InvitationRevoked { .. }
            | Change::UsageChanged(_)
            | Change::OrganizationNames { .. }
            | Change::FriendlyName(_) => vec![],
        }
    }
}
