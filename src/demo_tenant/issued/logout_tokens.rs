//! Logout tokens tell the application that sessions have ended (OpenID Connect Back-Channel Logout 1.0).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, StatusCode, redirect};
use serde_json::{Value, json};

use super::{
    sessions::ApplicationSession,
    signing::{NewSigningKey, SigningKeyError},
};
use crate::{demo_tenant::model::client::ClientRegistration, loopback::PlainHttp, random::Random, tls};

/// "It is RECOMMENDED that Logout Tokens have a short expiration time, preferably at most two minutes" (2.4).
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
/// How long the application may take to respond.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends logout tokens to the application.
pub(crate) struct LogoutTokenSender {
    http: Client,
    key: NewSigningKey,
    random: Random,
    issuer: String,
    client_id: String,
    backchannel_logout_uri: String,
}

/// Why the application could not be told that a session has ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoutTokenError {
    #[error(transparent)]
    Signing(#[from] SigningKeyError),
    #[error("it returned status {}", .0.as_u16())]
    Rejected(StatusCode),
    #[error("it did not respond in time")]
    Timeout,
    #[error("it could not be reached")]
    Unreachable,
}

impl LogoutTokenSender {
    pub(crate) fn new(
        key: NewSigningKey,
        random: Random,
        issuer: &str,
        client: &ClientRegistration,
        plain_http: PlainHttp,
    ) -> Result<Self, reqwest::Error> {
        let http = Client::builder().tls_backend_preconfigured(tls::client_configuration());
        // The application runs on this machine, under one of its names.
        let http = http.no_proxy().dns_resolver(plain_http).redirect(redirect::Policy::none());
        Ok(Self {
            http: http.timeout(TIMEOUT).build()?,
            key,
            random,
            issuer: issuer.to_owned(),
            client_id: client.client_id.clone(),
            backchannel_logout_uri: client.backchannel_logout_uri.clone(),
        })
    }

    /// Sends the logout token of one session, and waits for the application's response.
    pub(crate) async fn send(&self, ended: &ApplicationSession, now: DateTime<Utc>) -> Result<(), LogoutTokenError> {
        let claims = claims(ended, &self.issuer, &self.client_id, &self.random.secret(), now);
        let token = self.key.wait().await.sign("logout+jwt", &claims)?;
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
        let request = self.http.post(&self.backchannel_logout_uri);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        match request.send().await {
            // "If the logout succeeded, the RP MUST respond with HTTP 200 OK"; 204 counts as success too (2.8).
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(LogoutTokenError::Rejected(response.status())),
            Err(cause) if cause.is_timeout() => Err(LogoutTokenError::Timeout),
            Err(_) => Err(LogoutTokenError::Unreachable),
        }
    }
}

/// The claims of a logout token (2.4).
fn claims(ended: &ApplicationSession, issuer: &str, client_id: &str, jti: &str, now: DateTime<Utc>) -> Value {
    json!({
        "iss": issuer,
        "sub": ended.user,
        "aud": client_id,
        "iat": now.timestamp(),
        "exp": (now + LIFETIME).timestamp(),
        "jti": jti,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "sid": ended.sid,
    })
}
