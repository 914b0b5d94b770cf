//! What the measurements share.

/// A browser that costs next to nothing.
pub(crate) mod browser;

/// A provider to sign in at.
pub(crate) mod provider;

/// Keys to sign tokens with: those of the tests.
#[path = "../../tests/integration/support/keys.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
pub(crate) mod keys;

/// A site in this process.
pub(crate) mod site;
