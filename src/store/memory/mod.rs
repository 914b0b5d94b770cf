//! The stores in the memory of this process, whose data is lost when the process ends.

mod days;
mod expiring;
mod part;
mod people;
mod refusals;
mod revocations;
mod sessions;
mod sign_ins;
mod workspaces;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};
