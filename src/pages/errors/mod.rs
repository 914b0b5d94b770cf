//! What can go wrong, and the pages that show it.

mod failed_sign_in;
pub mod failure;
mod message;
pub mod messages;
pub mod page;
pub mod refusals;
pub mod ways_out;
