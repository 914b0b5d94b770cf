//! Parts of lists.

use std::ops::Range;

/// As much of a part as a list of this length has.
pub(super) fn within(part: Range<usize>, length: usize) -> Range<usize> {
    let start = part.start.min(length);
    start..part.end.clamp(start, length)
}
