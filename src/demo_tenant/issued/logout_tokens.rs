//! Telling the application that sessions have ended (OpenID Connect Back-Channel Logout 1.0).

use std::{sync::Arc, time::Duration};

use actix_web::rt;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tracing::error;

use super::{sessions::ApplicationSession, signing::Signature};
use crate::{
    demo_tenant::{lab::log::Event, model::ids, state::Shared},
    loopback::ThisMachine,
};

/// "It is RECOMMENDED that Logout Tokens have a short expiration time, preferably at most two minutes" (2.4).
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
/// How long the application has for its answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// So many at a time.
const AT_ONCE: usize = 16;

/// The client for logout tokens. The application runs on this machine, under any of its names.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    // It fails only where a provider is installed already.
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().dns_resolver(ThisMachine).redirect(redirect::Policy::none());
    client.timeout(TIMEOUT).build()
}

/// The claims of a logout token (2.4).
fn logout_token_claims(ended: &ApplicationSession, issuer: &str, client_id: &str, now: DateTime<Utc>) -> Value {
    json!({
        "iss": issuer,
        "sub": ended.user,
        "aud": client_id,
        "iat": now.timestamp(),
        "exp": (now + LIFETIME).timestamp(),
        "jti": ids::secret(),
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "sid": ended.sid,
    })
}

impl Shared {
    /// Tells the application which of its sessions have ended, and waits until it has answered. This runs in a separate
    /// task, which continues even if the client disconnects and its request is dropped. A shutdown does not wait for
    /// the task: the application stops at the same moment, and accepts no more tokens.
    pub(crate) async fn send_logout_tokens(self: &Arc<Self>, ended: Vec<ApplicationSession>) {
        if ended.is_empty() {
            return;
        }
        let shared = Arc::clone(self);
        if let Err(cause) = rt::spawn(async move { shared.send_all_logout_tokens(ended).await }).await {
            error!("tenant: could not tell the application which sessions ended: {cause}");
        }
    }

    async fn send_all_logout_tokens(&self, ended: Vec<ApplicationSession>) {
        let told = stream::iter(ended).map(async |session| (self.send_logout_token(&session).await, session.user));
        let results: Vec<_> = told.buffer_unordered(AT_ONCE).collect().await;
        for (result, subject) in results {
            self.record(Event::LogoutTokenSent { subject, result });
        }
    }

    async fn send_logout_token(&self, ended: &ApplicationSession) -> Result<(), String> {
        let claims = logout_token_claims(ended, &self.issuer, &self.client.client_id, self.now());
        let token = self.signing_key.sign("logout+jwt", &claims, Signature::Good).map_err(|cause| cause.to_string())?;
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
        let request = self.http.post(&self.client.backchannel_logout_uri);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        match request.send().await {
            // "If the logout succeeded, the RP MUST respond with HTTP 200 OK"; 204 is to be taken for it too (2.8).
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
            Err(cause) if cause.is_timeout() => Err("it did not answer in time".into()),
            Err(_) => Err("it could not be reached".into()),
        }
    }
}
