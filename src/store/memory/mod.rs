//! The stores in the memory of this process, whose data is lost when the process ends.

mod days;
mod people;
mod refusals;
mod revocations;
mod sessions;
mod sign_ins;
mod workspaces;

use std::ops::Range;

pub use self::{revocations::MemoryRevocations, sessions::MemorySessions, workspaces::MemoryWorkspaces};

/// As much of a part as a list of this length has.
fn within(part: Range<usize>, length: usize) -> Range<usize> {
    let start = part.start.min(length);
    start..part.end.clamp(start, length)
}
