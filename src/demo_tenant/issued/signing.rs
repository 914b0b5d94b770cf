//! The tenant's signing key. It is generated at each start, so tokens of an earlier start are invalid.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    JsonWebKey, JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
};
use serde_json::{Value, json};

use crate::{
    demo_tenant::{lab::faults::Forgery, model::ids},
    random::Random,
};

/// RS256.
const ALGORITHM: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;

/// An RSA key with its name in the key set.
pub(crate) struct SigningKey {
    random: Random,
    kid: String,
    key: CoreRsaPrivateSigningKey,
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
    #[error("signing: {0}")]
    Signing(#[from] openidconnect::SigningError),
}

impl SigningKey {
    /// A new key of 2048 bits.
    pub(crate) fn generate(random: Random) -> Result<Self, SigningKeyError> {
        let kid = new_kid(&random);
        let pem = RsaPrivateKey::new(&mut &random, 2048)?.to_pkcs1_pem(LineEnding::LF)?;
        let key = CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(kid.clone())))
            .map_err(SigningKeyError::Reading)?;
        Ok(Self { random, kid, key })
    }

    /// The public half as a JSON Web Key Set (RFC 7517 5).
    pub(crate) fn jwks(&self) -> Value {
        let mut key = json!(self.key.as_verification_key());
        key["alg"] = "RS256".into();
        json!({ "keys": [key] })
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
        Ok(self.key.sign(&ALGORITHM, message.as_bytes())?)
    }

    /// The claims of a token of this type that this key has signed. It may have expired.
    pub(crate) fn verify(&self, media_type: &str, token: &str) -> Option<Value> {
        let (message, signature) = token.rsplit_once('.')?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        self.key.as_verification_key().verify_signature(&ALGORITHM, message.as_bytes(), &signature).ok()?;
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
    use openidconnect::core::CoreJsonWebKeySet;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate(Random::system()).unwrap()
    }

    #[test]
    fn what_it_signs_is_verified_by_the_published_key() {
        let (key, claims) = (key(), json!({"sub": "alice"}));
        let published: CoreJsonWebKeySet = serde_json::from_value(key.jwks()).unwrap();
        let is_verified = |token: Result<String, SigningKeyError>| {
            let token = token.unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            published.keys()[0].verify_signature(&ALGORITHM, message.as_bytes(), &signature).is_ok()
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
