//! What can go wrong, and the page that says so.

mod exchange;
pub mod messages;
pub mod page;
pub mod words;
