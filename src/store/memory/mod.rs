//! In this process's memory: gone with it.

mod people;
mod revocations;
mod sessions;
mod sign_ins;
mod workspaces;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};
