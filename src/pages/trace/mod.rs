//! The trace: what happened in the sign-in, step by step and check by check.

pub mod page;
pub mod texts;
