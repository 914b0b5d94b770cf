//! In this process's memory: gone with it.

mod revocations;
mod sessions;
mod workspaces;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};
