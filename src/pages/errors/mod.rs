//! What can go wrong, and the page that says so.

mod exchange;
pub mod message;
pub mod messages;
pub mod page;
