//! An organization's refusals, in memory.

use std::collections::VecDeque;

use super::days::DayCounts;
use crate::workspace::activity::{
    MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_PER_WINDOW, REFUSAL_WINDOW, RefusalLimit, RefusedAttempt,
};

/// At most [`MAXIMUM_REFUSALS`]. The oldest is removed first.
#[derive(Default)]
pub(super) struct Refusals {
    pub(super) newest_first: VecDeque<RefusedAttempt>,
    pub(super) by_day: DayCounts,
    limit: Option<RefusalLimit>,
}

impl Refusals {
    /// Adds a refusal, up to [`MAXIMUM_REFUSALS_PER_WINDOW`] per window.
    pub(super) fn add(&mut self, refusal: RefusedAttempt) {
        let start = refusal.at - REFUSAL_WINDOW;
        let bound = self.newest_first.get(MAXIMUM_REFUSALS_PER_WINDOW - 1);
        if bound.is_some_and(|earlier| earlier.at > start) {
            return;
        }
        self.by_day.add(refusal.at);
        let position = self.newest_first.partition_point(|other| other.at > refusal.at);
        self.newest_first.insert(position, refusal);
        if let Some(newest) = self.newest_first.front()
            && let Some(first) = self.newest_first.get(MAXIMUM_REFUSALS_PER_WINDOW - 1)
        {
            self.limit = RefusalLimit::reached(newest.at, first.at).or(self.limit);
        }
        if self.newest_first.len() > MAXIMUM_REFUSALS
            && let Some(oldest) = self.newest_first.pop_back()
        {
            self.by_day.remove(oldest.at);
        }
    }

    pub(super) fn limit(&self) -> Option<RefusalLimit> {
        self.limit.filter(|limit| self.newest_first.back().is_some_and(|oldest| limit.is_since(oldest.at)))
    }
}
