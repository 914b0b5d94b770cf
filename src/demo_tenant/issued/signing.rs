//! The tenant's signing key. It is generated at each start, so tokens of an earlier start are invalid.

use std::{
    process,
    sync::{Arc, Mutex},
    thread,
};

use data_encoding::BASE64URL_NOPAD;
use ring::{
    error::KeyRejected,
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey};
use serde_json::{Value, json};
use tokio::sync::SetOnce;
use tracing::error;

use crate::{
    demo_tenant::{lab::faults::Forgery, model::ids},
    random::Random,
};

/// Tenants with clones of one queue generate their keys one after the other. Otherwise, many that start at once would keep
/// all cores from serving.
#[derive(Clone, Default)]
pub struct KeyQueue(Arc<Mutex<()>>);

/// The signing key, from the moment on at which its generation begins. That takes a while, so it has a thread of its
/// own: the server starts meanwhile, and who needs the key waits.
#[derive(Clone)]
pub(crate) struct NewSigningKey(Arc<SetOnce<SigningKey>>);

impl NewSigningKey {
    /// Begins to generate a key, once it is its turn.
    pub(crate) fn generate(random: Random, queue: KeyQueue) -> Self {
        let key = Self(Arc::new(SetOnce::new()));
        let generated = key.clone();
        thread::spawn(move || {
            let _turn = queue.0.lock();
            match SigningKey::generate(random) {
                // It fails only if the key is there already, but this is the only place that sets it.
                Ok(key) => _ = generated.0.set(key),
                Err(error) => {
                    error!("the demo tenant can't sign tokens: {error}");
                    process::exit(1); // or everybody who needs the key would wait forever
                }
            }
        });
        key
    }

    /// The key, once it is there.
    pub(crate) async fn wait(&self) -> &SigningKey {
        self.0.wait().await
    }
}

/// An RSA key with its name in the key set. The crate `rsa` generates it, since `ring` can't. `ring` signs, in constant
/// time.
pub(crate) struct SigningKey {
    random: Random,
    kid: String,
    key: KeyPair,
}

/// Why the key could not be created or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningKeyError {
    #[error("making an RSA key: {0}")]
    Making(#[from] rsa::Error),
    #[error("encoding the RSA key: {0}")]
    Encoding(#[from] rsa::pkcs1::Error),
    #[error("reading the RSA key: {0}")]
    Reading(String),
    #[error("signing failed")]
    Signing,
}

impl SigningKey {
    /// A new key of 2048 bits.
    fn generate(random: Random) -> Result<Self, SigningKeyError> {
        let kid = new_kid(&random);
        let reading = |cause: KeyRejected| SigningKeyError::Reading(cause.to_string());
        let key = RsaPrivateKey::new(&mut &random, 2048)?.to_pkcs1_der()?;
        Ok(Self { random, kid, key: KeyPair::from_der(key.as_bytes()).map_err(reading)? })
    }

    /// The public half as a JSON Web Key Set (RFC 7517 5).
    pub(crate) fn jwks(&self) -> Value {
        let PublicKeyComponents::<Vec<u8>> { n, e } = self.key.public().into();
        let [n, e] = [n, e].map(|number| BASE64URL_NOPAD.encode(&number));
        json!({ "keys": [{"kty": "RSA", "use": "sig", "kid": self.kid, "n": n, "e": e, "alg": "RS256"}] })
    }

    /// Signs claims as a JSON Web Token in the compact form (RFC 7515 7.1). `media_type` is the header's `typ`.
    pub(crate) fn sign(&self, media_type: &str, claims: &Value) -> Result<String, SigningKeyError> {
        let message = message(&header(media_type, &self.kid), claims);
        Ok(token(&message, &self.signature(&message)?))
    }

    /// The same, but in a way that verification must reject.
    pub(crate) fn forge(&self, media_type: &str, claims: &Value, forgery: Forgery) -> Result<String, SigningKeyError> {
        let header = match forgery {
            Forgery::ChangedSignature => header(media_type, &self.kid),
            Forgery::UnknownKey => header(media_type, &new_kid(&self.random)),
            Forgery::NoSignature => json!({"alg": "none", "typ": media_type}),
        };
        let message = message(&header, claims);
        let mut signature = self.signature(&message)?;
        match forgery {
            Forgery::ChangedSignature => signature.iter_mut().take(8).for_each(|byte| *byte ^= 0xff),
            Forgery::UnknownKey => {}
            Forgery::NoSignature => signature.clear(),
        }
        Ok(token(&message, &signature))
    }

    fn signature(&self, message: &str) -> Result<Vec<u8>, SigningKeyError> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
        signed.map_err(|_| SigningKeyError::Signing)?;
        Ok(signature)
    }

    /// The claims of a token of this type that this key has signed. It may have expired.
    pub(crate) fn verify(&self, media_type: &str, token: &str) -> Option<Value> {
        let (message, signature) = token.rsplit_once('.')?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public());
        key.verify(message.as_bytes(), &signature).ok()?;
        let mut parts =
            message.split('.').map(|part| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok());
        let (header, claims): (Value, Value) = (parts.next()??, parts.next()??);
        (header["typ"] == media_type).then_some(claims)
    }
}

/// Auth0's header.
fn header(media_type: &str, kid: &str) -> Value {
    json!({"alg": "RS256", "typ": media_type, "kid": kid})
}

fn new_kid(random: &Random) -> String {
    ids::alphanumeric(21, random)
}

/// The signing input: header and claims (RFC 7515 5.1).
fn message(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes()));
    format!("{header}.{claims}")
}

fn token(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", BASE64URL_NOPAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate(Random::system()).unwrap()
    }

    #[test]
    fn what_it_signs_is_verified_by_the_published_key() {
        let (key, claims) = (key(), json!({"sub": "alice"}));
        let published = key.jwks();
        let number =
            |name: &str| BASE64URL_NOPAD.decode(published["keys"][0][name].as_str().unwrap().as_bytes()).unwrap();
        let published = PublicKeyComponents { n: number("n"), e: number("e") };
        let is_verified = |token: Result<String, SigningKeyError>| {
            let token = token.unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            published.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok()
        };
        assert!(is_verified(key.sign("JWT", &claims)));
        assert!(!is_verified(key.forge("JWT", &claims, Forgery::ChangedSignature)));
        assert!(!is_verified(key.forge("JWT", &claims, Forgery::NoSignature)));
    }

    #[test]
    fn it_recognizes_its_own_tokens() {
        let (key, another) = (key(), key());
        let token = key.sign("JWT", &json!({"sid": "S"})).unwrap();
        assert_eq!(key.verify("JWT", &token), Some(json!({"sid": "S"})));
        assert_eq!(key.verify("logout+jwt", &token), None);
        assert_eq!(another.verify("JWT", &token), None);
        assert_eq!(key.verify("JWT", "nonsense"), None);
    }
}
