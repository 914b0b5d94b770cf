//! In the memory of this process, and lost when it ends.

mod people;
mod revocations;
mod sessions;
mod sign_ins;
mod workspaces;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};
