//! The ways in which the provider can misbehave.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Bytes,
};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::{
    keys::{ED25519, Key, OTHER_RSA, P256, RSA},
    token::Draft,
};

/// What the provider does. Each change is applied to what an honest provider would have sent.
#[derive(Clone)]
pub(crate) struct Behaviour {
    /// To the discovery document.
    pub(crate) discovery: Change<Value>,
    /// To the key set.
    pub(crate) keys: Change<Value>,
    /// To the parameters of the authorization response.
    pub(crate) response: Change<Vec<(String, String)>>,
    /// To the ID token before it is signed.
    pub(crate) id_token: Change<Draft>,
    /// To the ID token once signed.
    pub(crate) signed: Change<String>,
    /// To the token response.
    pub(crate) tokens: Change<Value>,
    /// To the userinfo response.
    pub(crate) userinfo: Change<Value>,
    /// Instead of the discovery document.
    pub(crate) discovery_trouble: Option<Trouble>,
    /// Instead of the key set.
    pub(crate) keys_trouble: Option<Trouble>,
    /// Instead of the token response.
    pub(crate) token_trouble: Option<Trouble>,
    /// Instead of the userinfo response.
    pub(crate) userinfo_trouble: Option<Trouble>,
    /// How the client must show who it is: `none`, `client_secret_basic` or `client_secret_post`.
    pub(crate) client_authentication: &'static str,
    /// Signs with a new key, and publishes that one under a new name instead of the old.
    pub(crate) rotated: bool,
}

/// A change, or none.
pub(crate) struct Change<T>(Option<Apply<T>>);

type Apply<T> = Arc<dyn Fn(&mut T) + Send + Sync>;

/// A change of this kind.
pub(crate) fn change<T>(change: impl Fn(&mut T) + Send + Sync + 'static) -> Change<T> {
    Change(Some(Arc::new(change)))
}

/// A change of these fields.
pub(crate) fn with(fields: Value) -> Change<Value> {
    change(move |document: &mut Value| {
        for (name, value) in fields.as_object().unwrap() {
            document[name] = value.clone();
        }
    })
}

impl<T> Change<T> {
    pub(super) fn apply(&self, to: &mut T) {
        if let Some(change) = &self.0 {
            change(to);
        }
    }
}

impl<T> Clone for Change<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Behaviour {
    pub(super) fn honest() -> Self {
        Self {
            discovery: Change(None),
            keys: Change(None),
            response: Change(None),
            id_token: Change(None),
            signed: Change(None),
            tokens: Change(None),
            userinfo: Change(None),
            discovery_trouble: None,
            keys_trouble: None,
            token_trouble: None,
            userinfo_trouble: None,
            client_authentication: "none",
            rotated: false,
        }
    }

    /// Its ID tokens say this; a null takes the claim away.
    pub(crate) fn claim(&mut self, claims: Value) {
        self.id_token = change(move |token: &mut Draft| token.claim(claims.clone()));
    }

    /// Its discovery document says this.
    pub(crate) fn discover(&mut self, fields: Value) {
        self.discovery = with(fields);
    }

    pub(super) fn rsa_key(&self) -> &'static Key {
        if self.rotated { &OTHER_RSA } else { &RSA }
    }

    /// The RSA key is named `current`, after the rotation `next`.
    pub(super) fn published_keys(&self) -> Value {
        let rsa = self.rsa_key().jwk(if self.rotated { "next" } else { "current" });
        json!({"keys": [rsa, P256.jwk("p256"), ED25519.jwk("ed25519")]})
    }
}

/// An endpoint that does not respond as it should.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// Another status, with this media type and body.
    Response(u16, &'static str, String),
    /// The right response with another status and media type, after this text.
    Dressed(u16, &'static str, &'static str),
    /// The right response, at another address.
    Redirect(String),
    /// No response, ever.
    Hang,
    /// The right response, late.
    Late(Duration),
    /// Half of the right response, and then the connection ends.
    Half,
    /// A response that never ends, as fast as it is read.
    Endless,
    /// A response that never ends, a byte at a time.
    Trickle,
}

impl Trouble {
    /// A page for people.
    pub(crate) fn html(status: u16) -> Self {
        let page = "<!doctype html><title>Sorry</title><script>alert(1)</script>";
        Self::Response(status, "text/html", page.to_owned())
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Response(status, "application/json", body.to_owned())
    }

    /// The response is good where it leads; but a provider's address is its own, so it is not followed.
    pub(crate) fn redirect() -> Self {
        Self::Redirect("https://evil.example/".to_owned())
    }

    pub(super) async fn response(self, honest: &Value) -> HttpResponse {
        match self {
            Self::Response(status, media_type, body) => {
                HttpResponse::build(StatusCode::from_u16(status).unwrap()).content_type(media_type).body(body)
            }
            Self::Dressed(status, media_type, before) => {
                let status = StatusCode::from_u16(status).unwrap();
                HttpResponse::build(status).content_type(media_type).body(format!("{before}{honest}"))
            }
            Self::Redirect(to) => HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, to)).finish(),
            Self::Hang => std::future::pending().await,
            Self::Late(delay) => {
                tokio::time::sleep(delay).await;
                HttpResponse::Ok().json(honest)
            }
            Self::Half => {
                let text = honest.to_string();
                let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
                let broken = Err(std::io::Error::other("half is enough"));
                HttpResponse::Ok().streaming(stream::iter([Ok(half), broken]))
            }
            Self::Endless => {
                let chunk = Bytes::from(vec![b' '; 64 * 1024]);
                HttpResponse::Ok().streaming(stream::repeat(chunk).map(Ok::<_, Infallible>))
            }
            Self::Trickle => {
                let drops = stream::repeat(Bytes::from_static(b" ")).then(|drop| async move {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Ok::<_, Infallible>(drop)
                });
                HttpResponse::Ok().streaming(drops)
            }
        }
    }
}
