//! What the tenant's handlers share: one model for all of them, changed by one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tracing::info;

use super::{
    ClientRegistration, Options,
    changes::{Change, ChangeError},
    protocol::grants::Grants,
    sessions::Sessions,
    signing::SigningKey,
    tenant::Tenant,
};
use crate::clock::Clock;
use crate::demo_tenant::checkpoints::{Cast, Checkpoint};

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
    clock: Clock,
    cast: Cast,
    state: Mutex<State>,
}

/// What changes.
pub(crate) struct State {
    /// Who may sign in where.
    pub(super) tenant: Tenant,
    /// The state of the lab that was set last.
    pub(super) checkpoint: Checkpoint,
    /// Who has signed in with which browser.
    pub(super) sessions: Sessions,
    /// Codes and access tokens that were given out.
    pub(super) grants: Grants,
}

impl Shared {
    /// The state at the start.
    pub(super) fn new(options: Options, signing_key: SigningKey, clock: Clock) -> Self {
        let cast = Cast::new(clock.now());
        let checkpoint = options.checkpoint;
        let tenant = cast.at(checkpoint);
        Self {
            issuer: format!("http://localhost:{}/", options.port),
            client: options.client,
            claims_namespace: options.claims_namespace,
            signing_key,
            clock,
            cast,
            state: Mutex::new(State { tenant, checkpoint, sessions: Sessions::default(), grants: Grants::default() }),
        }
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

    /// Takes the tenant to a state of the lab. Organizations are new, and everybody is signed out.
    pub(crate) fn restart_at(&self, checkpoint: Checkpoint) {
        let mut state = self.state();
        state.tenant = self.cast.at(checkpoint);
        state.checkpoint = checkpoint;
        state.sessions = Sessions::default();
        state.grants = Grants::default();
        info!("tenant is at checkpoint {checkpoint}");
    }

    /// Changes the tenant, and writes down what was changed.
    pub(crate) fn change(
        &self,
        change: impl FnOnce(&mut Tenant) -> Result<Change, ChangeError>,
    ) -> Result<Change, ChangeError> {
        let changed = change(&mut self.state().tenant)?;
        info!("tenant changed: {changed}");
        Ok(changed)
    }
}
