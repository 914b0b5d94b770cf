//! The tenant for scripts and tests.

pub(super) mod lab;
