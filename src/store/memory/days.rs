//! How many entries of a list there are of each day.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

/// The counts by day, in UTC. Days without entries are absent.
#[derive(Default)]
pub(super) struct DayCounts(BTreeMap<NaiveDate, usize>);

impl DayCounts {
    pub(super) fn add(&mut self, at: DateTime<Utc>) {
        *self.0.entry(at.date_naive()).or_default() += 1;
    }

    pub(super) fn remove(&mut self, at: DateTime<Utc>) {
        let date = at.date_naive();
        if let Some(count) = self.0.get_mut(&date) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&date);
            }
        }
    }

    pub(super) fn of(&self, date: NaiveDate) -> usize {
        self.0.get(&date).copied().unwrap_or_default()
    }
}
