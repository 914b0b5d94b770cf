//! The tenant's signing key, made at each start: tokens of an earlier start are good for nothing.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
};
use serde_json::{Value, json};

use super::ids;

/// An RSA key with its name in the key set.
pub(crate) struct SigningKey {
    kid: String,
    key: CoreRsaPrivateSigningKey,
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

    /// Signs claims as a JSON Web Token in the compact form (RFC 7515 7.1), with Auth0's header.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, SigningKeyError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.kid});
        let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, message.as_bytes())?;
        Ok(format!("{message}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::{JsonWebKey, core::CoreJsonWebKeySet};

    use super::*;

    #[test]
    fn what_it_signs_is_verified_by_the_published_key() {
        let key = SigningKey::generate().unwrap();
        let published: CoreJsonWebKeySet = serde_json::from_value(key.jwks()).unwrap();
        let token = key.sign(&json!({"sub": "alice"})).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let verified = published.keys()[0].verify_signature(
            &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            message.as_bytes(),
            &signature,
        );
        assert!(verified.is_ok());
    }
}
