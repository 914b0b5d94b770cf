//! The ID token that the provider builds and signs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use serde_json::{Value, json};

use super::{
    behaviour::Behaviour,
    keys::{ED25519, Key, OTHER_RSA, P256, RSA},
};

/// A token before it is signed: an honest one, until a test changes it.
pub(crate) struct Draft {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signer: Signer,
}

/// Who makes the signature.
pub(crate) enum Signer {
    /// The provider's key for the algorithm that the header names.
    Provider,
    /// A key of the same kind that the provider never published.
    Stranger,
    /// A key that the provider may have published.
    Key(&'static Key),
    /// A shared secret (HMAC), for a reader that takes any key for any algorithm.
    Secret(Vec<u8>),
    /// Nobody: the part is empty.
    Nobody,
}

impl Draft {
    /// For `asked`, the authorization request.
    pub(super) fn honest(issuer: &str, asked: &HashMap<String, String>, now: DateTime<Utc>) -> Self {
        let mut claims = json!({
            "nickname": "alice",
            "name": "Alice Adams",
            "email": "alice@org1.example",
            "email_verified": true,
            "iss": issuer,
            "aud": asked["client_id"],
            "sub": "okta|Okta1|alice",
            "iat": now.timestamp(),
            "exp": now.timestamp() + 36_000,
            "nonce": asked["nonce"],
            "sid": "a session",
        });
        if asked.contains_key("max_age") {
            claims["auth_time"] = now.timestamp().into();
        }
        if let Some(organization) = asked.get("organization") {
            let name = organization.strip_prefix("org_").unwrap_or(organization).to_lowercase();
            claims["org_id"] = format!("org_{name}").into();
            claims["org_name"] = name.as_str().into();
            claims["https://myapp.com/license"] = "corporate".into();
            claims["https://myapp.com/organization"] = name.into();
        }
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "current"});
        Self { header, claims, signer: Signer::Provider }
    }

    /// A logout token (OpenID Connect Back-Channel Logout 1.0, 2.4) that names neither session nor user yet.
    pub(super) fn logout(issuer: &str, token_id: String, now: DateTime<Utc>) -> Self {
        let claims = json!({
            "iss": issuer,
            "aud": "orglab",
            "iat": now.timestamp(),
            "exp": now.timestamp() + 120,
            "jti": token_id,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        let header = json!({"alg": "RS256", "typ": "logout+jwt", "kid": "current"});
        Self { header, claims, signer: Signer::Provider }
    }

    /// Makes claims of this draft what they are in `claims`; a null there takes the claim away.
    pub(crate) fn claim(&mut self, claims: Value) {
        let own = self.claims.as_object_mut().unwrap();
        for (name, value) in claims.as_object().unwrap() {
            if value.is_null() {
                own.shift_remove(name);
            } else {
                own.insert(name.clone(), value.clone());
            }
        }
    }

    /// In the compact form (RFC 7515, 7.1).
    pub(super) fn sign(&self, behaviour: &Behaviour) -> String {
        let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let message = format!("{}.{}", encode(&self.header), encode(&self.claims));
        let algorithm = self.header["alg"].as_str().unwrap_or_default();
        let signature = match &self.signer {
            Signer::Provider => match algorithm {
                "ES256" => P256.sign(algorithm, message.as_bytes()),
                "EdDSA" | "Ed25519" => ED25519.sign(algorithm, message.as_bytes()),
                _ => behaviour.rsa_key().sign(algorithm, message.as_bytes()),
            },
            // A rotated provider publishes the other key, so the stranger is then the first.
            Signer::Stranger => if behaviour.rotated { &RSA } else { &OTHER_RSA }.sign(algorithm, message.as_bytes()),
            Signer::Key(key) => key.sign(algorithm, message.as_bytes()),
            Signer::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Signer::Nobody => Vec::new(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}
