//! An identity in a session: written at sign-in, removed at logout, and never touched in between, so that no request in
//! flight can bring a session back.
//!
//! The stored copy is trusted because it is on the server, and because only [`start`] writes it, from an [`Identity`],
//! which only a verified sign-in creates. The browser has nothing but a random key to it, in an encrypted cookie.

use std::{collections::HashMap, time::Duration};

use actix_session::{
    Session, SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, SessionLifecycle},
    storage::{SessionStore, generate_session_key},
};
use actix_web::cookie::{Cookie, Key};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    cookies::{self, CookieNames},
    sign_in::{
        attempt::{Attempt, LIFETIME},
        identity::Identity,
        record::{PackedRecord, Record},
        sign_out::{Logout, SessionSelector},
    },
    workspace::StoreError,
};

/// How long sessions last, the key for the cookies, and the namespace in a shared store.
#[derive(Clone)]
pub struct SessionSettings {
    /// How long a session lasts from the sign-in on, used or not.
    pub lifetime: Duration,
    /// How long a session lasts without a request.
    pub idle: Duration,
    /// Encrypts the app's cookies.
    pub key: Key,
    /// Separates this client's sessions and revocations from those of other clients in the same store.
    pub namespace: String,
}

impl SessionSettings {
    /// Derives a separate key and namespace for each provider and client. Cookies that were encrypted for another
    /// provider or client can't be decrypted, so their sign-ins are not accepted. A session that no cookie refers to
    /// any more expires. The namespace does not depend on the key: a revocation still counts after the key was changed
    /// and changed back.
    pub fn bound_to(self, issuer: &str, client_id: &str) -> Self {
        // The same issuer with and without a trailing slash.
        let context = format!("{} {client_id}", issuer.trim_end_matches('/'));
        let key = Key::derive_from(&[self.key.master(), context.as_bytes()].concat()); // HKDF (RFC 5869)
        let namespace = HEXLOWER.encode(&Sha256::digest(context)[..8]);
        Self { key, namespace, ..self }
    }

    /// How long a revocation is stored: it must outlive the sessions of all attempts that began before it.
    pub fn revocation_lifetime(&self) -> Duration {
        self.lifetime.saturating_add(LIFETIME.to_std().unwrap_or_default())
    }
}

/// Stores *revocations*: which sessions have been ended, and when. If a session's authorization request was sent before
/// the revocation, the session ends at its next request, or never begins (OpenID Connect Back-Channel Logout 1.0, 2.7).
/// No session has to be found or deleted, so none can be missed.
///
/// All times are the store's own, to the microsecond. This way, instances with different clocks agree on what came
/// first.
#[async_trait]
pub trait RevocationStore: Send + Sync {
    /// The store's current time, by which revocations are dated.
    async fn now(&self) -> Result<DateTime<Utc>, StoreError>;

    /// Ends the sessions that a logout token selects. Returns `false`, and ends nothing, if a token with this id has
    /// been used before.
    async fn revoke(&self, logout: &Logout) -> Result<bool, StoreError>;

    async fn end(&self, ended: &[SessionSelector]) -> Result<(), StoreError>;

    /// When sessions were last ended by any of these.
    async fn revoked_at(&self, any_of: &[SessionSelector]) -> Result<Option<DateTime<Utc>>, StoreError>;
}

/// Whether sessions were ended by any of these since the authorization request was sent, at `requested_at`.
pub async fn is_revoked(
    revocations: &dyn RevocationStore,
    any_of: &[SessionSelector],
    requested_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(revocations.revoked_at(any_of).await?.is_some_and(|revoked_at| requested_at <= revoked_at))
}

/// A user's session, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedInSession {
    pub identity: Identity,
    /// How the sign-in went.
    pub record: PackedRecord,
    pub began_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// The id of this session. Like the next fields, it is absent in sessions that older versions wrote.
    id: Option<String>,
    /// When the authorization request was sent, by the store's clock.
    requested_at: Option<DateTime<Utc>>,
    /// The id of the session that this one replaced: a logout from it may have been in progress.
    predecessor: Option<String>,
}

/// How many live sessions (not logged out, expired or revoked) a subject may have at an organization. One more ends the
/// session that began first: a browser that is no longer used never logs out.
pub const MAXIMUM_SESSIONS: usize = 20;

/// Counts the sessions in a store.
pub type CountSessions = dyn Fn() -> BoxFuture<'static, u64> + Send + Sync;

impl SignedInSession {
    /// Reads it from the state that actix-session stores.
    pub fn from_state(state: &HashMap<String, String>) -> Option<Self> {
        serde_json::from_str(state.get(KEY)?).ok()
    }

    /// The subject and the organization of the session: [`MAXIMUM_SESSIONS`] applies to each such pair. Written as
    /// JSON, which makes every pair unique.
    pub fn holder(&self) -> String {
        let organization = self.identity.organization().map(|organization| organization.id.as_str());
        serde_json::json!([organization, self.identity.subject()]).to_string()
    }

    /// The latest time at which it ends.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.ends_at
    }

    /// When the authorization request was sent, by the store's clock.
    pub fn requested_at(&self) -> DateTime<Utc> {
        self.requested_at.unwrap_or(self.began_at)
    }

    /// This session alone, by its own id.
    pub fn by_id(&self) -> Option<SessionSelector> {
        self.id.clone().map(SessionSelector::AppSession)
    }

    /// Everything whose revocation ends this session.
    pub fn ended_by(&self) -> Vec<SessionSelector> {
        let predecessor = self.predecessor.clone().map(SessionSelector::AppSession);
        self.by_id().into_iter().chain(predecessor).chain(SessionSelector::all_for(&self.identity)).collect()
    }

    /// What a logout in this app ends: this session, and everything that belongs to the same session at the provider,
    /// such as a sign-in in progress in another tab. Without a `sid` the app can't tell what belongs to it, and other
    /// devices stay signed in.
    pub fn ended_by_logout(&self) -> Vec<SessionSelector> {
        let session = self.identity.session_id().map(|id| SessionSelector::Sid(id.to_owned()));
        self.by_id().into_iter().chain(session).collect()
    }

    pub async fn is_revoked(&self, revocations: &dyn RevocationStore) -> Result<bool, StoreError> {
        is_revoked(revocations, &self.ended_by(), self.requested_at()).await
    }
}

/// The session's entry in the state that actix-session stores.
const KEY: &str = "signed_in";

/// Starts a session for `identity` under a new key. From now on the old key is worthless, even to an attacker who
/// planted it (session fixation).
pub fn start(
    session: &Session,
    identity: Identity,
    record: &Record,
    attempt: &Attempt,
    now: DateTime<Utc>,
    settings: &SessionSettings,
) -> anyhow::Result<()> {
    let predecessor = read(session, now).and_then(|predecessor| predecessor.id);
    session.clear();
    session.renew();
    let (record, ends_at) = (record.pack()?, now + settings.lifetime);
    let (id, requested_at) = (Some(generate_session_key().as_ref().to_owned()), Some(attempt.requested_at()));
    let signed_in = SignedInSession { identity, record, began_at: now, ends_at, id, requested_at, predecessor };
    Ok(session.insert(KEY, signed_in)?)
}

/// The signed-in session, unless it has expired.
pub fn read(session: &Session, now: DateTime<Utc>) -> Option<SignedInSession> {
    let signed_in: SignedInSession = session.get(KEY).ok().flatten()?;
    (now < signed_in.ends_at).then_some(signed_in)
}

/// Ends the session, on the server as well: a copy of the cookie becomes worthless.
pub fn end(session: &Session) {
    session.purge();
}

const COOKIE: &str = "orglab_session";

/// The cookie that removes the session's cookie.
pub fn cookie_removal(names: CookieNames) -> Cookie<'static> {
    names.removal(names.full_name(COOKIE))
}

/// The layer that finds a request's session in `store`.
pub fn middleware<Store: SessionStore>(
    store: Store,
    settings: &SessionSettings,
    names: CookieNames,
) -> SessionMiddleware<Store> {
    let lifetime = settings.lifetime.try_into().unwrap_or(actix_web::cookie::time::Duration::MAX);
    SessionMiddleware::builder(store, settings.key.clone())
        .cookie_name(names.full_name(COOKIE))
        .cookie_path(cookies::PATH.to_owned())
        .cookie_same_site(cookies::SAME_SITE)
        .cookie_http_only(cookies::HTTP_ONLY)
        .cookie_secure(names.is_secure())
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(SessionLifecycle::PersistentSession(PersistentSession::default().session_ttl(lifetime)))
        .build()
}
