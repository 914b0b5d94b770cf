//! The trace: what happened in a sign-in, step by step and check by check.

pub mod messages;
pub mod page;
pub mod sequence;
pub mod texts;
pub mod token;
pub mod view;
