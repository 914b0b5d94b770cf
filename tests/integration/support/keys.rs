//! Keys to sign tokens with, one of each kind, generated once, since RSA keys take a while.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaKeyPair,
    },
};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey, pkcs8::EncodePrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};

/// A provider's key.
pub(crate) struct Key {
    private: Private,
    public: Value,
}

enum Private {
    Rsa(RsaKeyPair),
    /// A key that is too short or too long for `ring` to sign with.
    OddRsa(Box<RsaPrivateKey>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// The key that an honest provider signs with.
pub(crate) static RSA: LazyLock<Key> = LazyLock::new(Key::rsa);
/// Another of the same kind: the provider's next one, or an attacker's.
pub(crate) static OTHER_RSA: LazyLock<Key> = LazyLock::new(Key::rsa);
/// Keys that are too short to be trusted (RFC 7518, 3.3).
pub(crate) static RSA_1024: LazyLock<Key> = LazyLock::new(|| Key::odd_rsa(1024));
pub(crate) static RSA_2047: LazyLock<Key> = LazyLock::new(|| Key::odd_rsa(2047));
/// A key that is longer than usual.
pub(crate) static RSA_4352: LazyLock<Key> = LazyLock::new(|| Key::odd_rsa(4352));
/// For ES256.
pub(crate) static P256: LazyLock<Key> = LazyLock::new(Key::p256);
/// For `EdDSA`.
pub(crate) static ED25519: LazyLock<Key> = LazyLock::new(Key::ed25519);

fn new_rsa(bits: usize) -> (RsaPrivateKey, Value) {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
    let encode = |number: &rsa::BigUint| BASE64URL_NOPAD.encode(&number.to_bytes_be());
    let public = json!({"kty": "RSA", "n": encode(key.n()), "e": encode(key.e())});
    (key, public)
}

impl Key {
    fn rsa() -> Self {
        let (key, public) = new_rsa(2048);
        let private = RsaKeyPair::from_pkcs8(key.to_pkcs8_der().unwrap().as_bytes()).unwrap();
        Self { private: Private::Rsa(private), public }
    }

    fn odd_rsa(bits: usize) -> Self {
        let (key, public) = new_rsa(bits);
        assert_eq!(key.n().bits(), bits);
        Self { private: Private::OddRsa(Box::new(key)), public }
    }

    fn p256() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        // An uncompressed point: 4, x, y.
        let point = key.public_key().as_ref();
        let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..]));
        Self { private: Private::P256(key), public: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}) }
    }

    fn ed25519() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let x = BASE64URL_NOPAD.encode(key.public_key().as_ref());
        Self { private: Private::Ed25519(key), public: json!({"kty": "OKP", "crv": "Ed25519", "x": x}) }
    }

    /// The public half as a JSON Web Key of this name.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        let mut key = self.public.clone();
        key["kid"] = id.into();
        key["use"] = "sig".into();
        key
    }

    /// The public half of an RSA key.
    pub(crate) fn rsa_public(&self) -> RsaPublicKey {
        let number = |name: &str| {
            let text = self.public[name].as_str().unwrap();
            rsa::BigUint::from_bytes_be(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap())
        };
        RsaPublicKey::new(number("n"), number("e")).unwrap()
    }

    /// Signs with the algorithm of this name, or, where the key can't, with the one that it has.
    pub(crate) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.private {
            Private::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Private::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Private::OddRsa(key) => {
                // The prefix of a SHA-256 digest (RFC 8017, 9.2, note 1).
                let prefix = data_encoding::HEXLOWER.decode(b"3031300d060960864801650304020105000420").unwrap();
                let padding = Pkcs1v15Sign { hash_len: Some(32), prefix: prefix.into() };
                key.sign(padding, digest(&SHA256, message).as_ref()).unwrap()
            }
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let padding: &dyn ring::signature::RsaEncoding =
                    if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                key.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}
