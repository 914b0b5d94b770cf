//! What the measurements share.

#![allow(dead_code, reason = "not every measurement uses all of it")]

/// A browser that costs next to nothing.
pub(crate) mod browser;

/// A provider to sign in at.
pub(crate) mod provider;

/// Keys to sign tokens with: those of the tests.
#[path = "../../tests/integration/support/keys.rs"]
pub(crate) mod keys;
