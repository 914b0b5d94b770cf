//! The stores in the memory of this process, whose data is lost when the process ends.

mod people;
mod revocations;
mod sessions;
mod sign_ins;
mod workspaces;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};
