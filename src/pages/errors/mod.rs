//! What can go wrong, and the pages that show it.

pub mod failure;
pub mod messages;
pub mod page;
pub mod refusals;
pub mod ways_out;
