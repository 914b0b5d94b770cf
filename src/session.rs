//! An identity in a session: written at sign-in, removed at logout, and never touched in between, so that no request in
//! flight can bring a session back.
//!
//! Why the stored copy is trusted: it is kept on the server; [`start`] is the only one to write it, and takes an
//! [`Identity`], which only a verified sign-in makes. The browser holds a random key to it, in an encrypted cookie.

use std::time::Duration;

use actix_session::{
    Session, SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, SessionLifecycle},
    storage::SessionStore,
};
use actix_web::cookie::{Key, SameSite};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    sign_in::{
        identity::Identity,
        record::{PackedRecord, Record},
        sign_out::Logout,
    },
    workspace::StoreError,
};

/// How long sign-ins last, and what their cookies are sealed with.
#[derive(Clone)]
pub struct SessionSettings {
    /// From sign-in to the end, used or not.
    pub lifetime: Duration,
    /// From the last request to the end.
    pub idle: Duration,
    /// For all the app's cookies.
    pub key: Key,
}

impl SessionSettings {
    /// With a key of its own for each provider and client: what was sealed for another is as good as made up, so its
    /// sign-ins count for nothing. A session that no cookie leads to any more ends by itself.
    #[must_use]
    pub fn bound_to(self, issuer: &Url, client_id: &str) -> Self {
        // With the slash at its end and without, it is the same issuer.
        let context = format!("{} {client_id}", issuer.as_str().trim_end_matches('/'));
        let key = Key::derive_from(&[self.key.master(), context.as_bytes()].concat()); // HKDF (RFC 5869)
        Self { key, ..self }
    }
}

/// Keeps what the provider has ended: *revocations*. A session that began before is over at its next request; nothing has
/// to be found or deleted, so nothing can be missed.
#[async_trait]
pub trait RevocationStore: Send + Sync {
    /// Keeps the revocation for as long as sessions live. `false` where a token of this id has been used before.
    async fn revoke(&self, logout: &Logout, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// When the session `session_id`, or all sessions of `subject`, were ended last.
    async fn revoked_at(&self, session_id: Option<&str>, subject: &str) -> Result<Option<DateTime<Utc>>, StoreError>;
}

/// A user's sign-in, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedInSession {
    /// Who.
    pub identity: Identity,
    /// How the sign-in went.
    pub record: PackedRecord,
    /// Since when.
    pub began_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl SignedInSession {
    /// When it ends at the latest.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.ends_at
    }

    /// Whether the provider has ended it.
    pub async fn is_revoked(&self, revocations: &dyn RevocationStore) -> Result<bool, StoreError> {
        let identity = &self.identity;
        let revoked_at = revocations.revoked_at(identity.session_id(), identity.subject()).await?;
        Ok(revoked_at.is_some_and(|revoked_at| self.began_at <= revoked_at))
    }
}

const KEY: &str = "signed_in";

/// Starts a session for `identity`, with a new id: the old one is dead, and whoever knew it knows nothing
/// (session fixation).
pub fn start(
    session: &Session,
    identity: Identity,
    record: &Record,
    now: DateTime<Utc>,
    settings: &SessionSettings,
) -> anyhow::Result<()> {
    session.clear();
    session.renew();
    let (record, ends_at) = (record.pack()?, now + settings.lifetime);
    Ok(session.insert(KEY, SignedInSession { identity, record, began_at: now, ends_at })?)
}

/// Who is signed in, if anybody is.
#[must_use]
pub fn read(session: &Session, now: DateTime<Utc>) -> Option<SignedInSession> {
    let signed_in: SignedInSession = session.get(KEY).ok().flatten()?;
    (now < signed_in.ends_at).then_some(signed_in)
}

/// Ends the session, on the server too: a copied cookie opens nothing.
pub fn end(session: &Session) {
    session.purge();
}

/// The name of a cookie of ours: bound to this host and to https where the app is served by https.
#[must_use]
pub fn cookie_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// The name of the session's cookie.
pub const COOKIE: &str = "orglab_session";

/// The layer that finds a request's session in `store`.
pub fn middleware<Store: SessionStore>(
    store: Store,
    settings: &SessionSettings,
    secure: bool,
) -> SessionMiddleware<Store> {
    let lifetime = settings.lifetime.try_into().unwrap_or(actix_web::cookie::time::Duration::MAX);
    SessionMiddleware::builder(store, settings.key.clone())
        .cookie_name(cookie_name(COOKIE, secure))
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax) // Strict would lose the cookie on the way back from the provider
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(SessionLifecycle::PersistentSession(PersistentSession::default().session_ttl(lifetime)))
        .build()
}
