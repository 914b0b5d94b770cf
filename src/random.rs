//! Randomness, passed in, so that a test can choose it.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use rand::{CryptoRng, Error, RngCore};

/// The source of random bytes for secrets and identifiers.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The operating system's generator, which is fit for secrets.
    pub fn system() -> Self {
        Self(Arc::new(|buffer| rand::rngs::OsRng.fill_bytes(buffer)))
    }

    /// A generator that gets its bytes from `fill`, for tests.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A secret of 256 bits in base64url: 43 characters. It fits wherever OAuth and OpenID Connect require a value
    /// that nobody can guess: `state`, `nonce`, a code verifier (RFC 7636, 4.1: 43 to 128 characters).
    pub fn secret(&self) -> String {
        BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }
}

/// For crates that require a generator, such as rsa.
impl RngCore for &Random {
    fn next_u32(&mut self) -> u32 {
        u32::from_ne_bytes(self.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_ne_bytes(self.bytes())
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        (self.0)(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}

/// The bytes are fit for secrets, which rsa requires to be promised.
impl CryptoRng for &Random {}

impl std::fmt::Debug for Random {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Random")
    }
}

#[cfg(test)]
impl Random {
    /// A generator whose n-th draw is n in every byte.
    pub(crate) fn counting() -> Self {
        let count = std::sync::atomic::AtomicU8::new(0);
        Self::from_fn(move |buffer| buffer.fill(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_256_bits_in_43_characters_that_need_no_escape() {
        let random = Random::from_fn(|buffer| buffer.fill(0xff));
        assert_eq!(random.secret(), format!("{}8", "_".repeat(42)));
        let (one, other) = (Random::system().secret(), Random::system().secret());
        assert_ne!(one, other);
        assert!([one, other].iter().all(|secret| BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap().len() == 32));
    }
}
