//! The tenant's signing key, made at each start: tokens of an earlier start are good for nothing.

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

use crate::demo_tenant::model::ids;

/// An RSA key with its name in the key set.
pub(crate) struct SigningKey {
    kid: String,
    key: CoreRsaPrivateSigningKey,
}

/// How to sign: well, or as a fault demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// With the key, and naming it.
    Good,
    /// With the key, and changed afterwards.
    Tampered,
    /// Naming a key that nobody has published.
    UnknownKey,
    /// Not at all.
    None,
}

/// Making or using the key failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningKeyError {
    /// No key could be made.
    #[error("making an RSA key: {0}")]
    Making(#[from] rsa::Error),
    /// It could not be handed over.
    #[error("encoding the RSA key: {0}")]
    Encoding(#[from] rsa::pkcs1::Error),
    /// It was not taken.
    #[error("reading the RSA key: {0}")]
    Reading(String),
    /// A token could not be signed.
    #[error("signing: {0}")]
    Signing(#[from] openidconnect::SigningError),
}

impl SigningKey {
    /// Makes a key of 2048 bits.
    pub(crate) fn generate() -> Result<Self, SigningKeyError> {
        let kid = ids::alphanumeric(21);
        let pem = RsaPrivateKey::new(&mut rand::rngs::OsRng, 2048)?.to_pkcs1_pem(LineEnding::LF)?;
        let key = CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(kid.clone())))
            .map_err(SigningKeyError::Reading)?;
        Ok(Self { kid, key })
    }

    /// The public half as a JSON Web Key Set (RFC 7517 5).
    pub(crate) fn jwks(&self) -> Value {
        let mut key = json!(self.key.as_verification_key());
        key["alg"] = "RS256".into();
        json!({ "keys": [key] })
    }

    /// Signs claims as a JSON Web Token of a type, in the compact form (RFC 7515 7.1), with Auth0's header.
    pub(crate) fn sign(&self, media_type: &str, claims: &Value, how: Signature) -> Result<String, SigningKeyError> {
        let header = match how {
            Signature::Good | Signature::Tampered => json!({"alg": "RS256", "typ": media_type, "kid": self.kid}),
            Signature::UnknownKey => json!({"alg": "RS256", "typ": media_type, "kid": ids::alphanumeric(21)}),
            Signature::None => json!({"alg": "none", "typ": media_type}),
        };
        let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = self.key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, message.as_bytes())?;
        match how {
            Signature::Good | Signature::UnknownKey => {}
            Signature::Tampered => signature.iter_mut().take(8).for_each(|byte| *byte ^= 0xff),
            Signature::None => signature.clear(),
        }
        Ok(format!("{message}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    /// The claims of a token of this type that this key signed, however long ago.
    pub(crate) fn verify(&self, media_type: &str, token: &str) -> Option<Value> {
        let (message, signature) = token.rsplit_once('.')?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
        self.key.as_verification_key().verify_signature(&algorithm, message.as_bytes(), &signature).ok()?;
        let mut parts =
            message.split('.').map(|part| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok());
        let (header, claims): (Value, Value) = (parts.next()??, parts.next()??);
        (header["typ"] == media_type).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::core::CoreJsonWebKeySet;

    use super::*;

    #[test]
    fn what_it_signs_is_verified_by_the_published_key() {
        let key = SigningKey::generate().unwrap();
        let published: CoreJsonWebKeySet = serde_json::from_value(key.jwks()).unwrap();
        let verifies = |how| {
            let token = key.sign("JWT", &json!({"sub": "alice"}), how).unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
            published.keys()[0].verify_signature(&algorithm, message.as_bytes(), &signature).is_ok()
        };
        assert!(verifies(Signature::Good));
        assert!(!verifies(Signature::Tampered));
        assert!(!verifies(Signature::None));
    }

    #[test]
    fn it_knows_its_own_tokens_again() {
        let key = SigningKey::generate().unwrap();
        let token = key.sign("JWT", &json!({"sid": "S"}), Signature::Good).unwrap();
        assert_eq!(key.verify("JWT", &token), Some(json!({"sid": "S"})));
        assert_eq!(key.verify("logout+jwt", &token), None);
        assert_eq!(SigningKey::generate().unwrap().verify("JWT", &token), None);
        assert_eq!(key.verify("JWT", "nonsense"), None);
    }
}
