//! An organization's sign-ins, in memory.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::days::DayCounts;
use crate::workspace::activity::{MAXIMUM_SIGN_INS, MAXIMUM_SIGN_INS_PER_WINDOW, SIGN_IN_WINDOW, SignIn};

/// At most [`MAXIMUM_SIGN_INS`]. The oldest sign-in of the subject with the most is removed first.
#[derive(Default)]
pub(super) struct SignIns {
    /// The sign-ins by subject, newest first.
    by_subject: HashMap<String, VecDeque<Arc<SignIn>>>,
    /// The subjects. The last one loses a sign-in first.
    ranks: BTreeSet<Rank>,
    /// The same sign-ins of all subjects.
    pub(super) newest_first: VecDeque<Arc<SignIn>>,
    pub(super) by_day: DayCounts,
}

/// How many sign-ins a subject has, the time of its oldest, and the subject. With equal counts, the oldest come last.
type Rank = (usize, Reverse<DateTime<Utc>>, String);

fn rank(subject: &str, sign_ins: &VecDeque<Arc<SignIn>>) -> Option<Rank> {
    Some((sign_ins.len(), Reverse(sign_ins.back()?.at), subject.to_owned()))
}

impl SignIns {
    /// Adds a sign-in, up to [`MAXIMUM_SIGN_INS_PER_WINDOW`] per subject and window.
    pub(super) fn add(&mut self, sign_in: SignIn) {
        let subject = sign_in.subject.clone();
        let start = sign_in.at - SIGN_IN_WINDOW;
        let bound = self.by_subject.get(&subject).and_then(|sign_ins| sign_ins.get(MAXIMUM_SIGN_INS_PER_WINDOW - 1));
        if bound.is_some_and(|earlier| earlier.at > start) {
            return;
        }
        let sign_in = Arc::new(sign_in);
        self.change(&subject, |sign_ins| sign_ins.push_front(Arc::clone(&sign_in)));
        self.by_day.add(sign_in.at);
        self.newest_first.insert(self.position(sign_in.at), sign_in);
        if self.newest_first.len() > MAXIMUM_SIGN_INS {
            self.remove_one();
        }
    }

    /// Removes the oldest sign-in of the subject with the most.
    fn remove_one(&mut self) {
        let Some((_, _, subject)) = self.ranks.last().cloned() else { return };
        let Some(removed) = self.change(&subject, VecDeque::pop_back) else { return };
        self.by_day.remove(removed.at);
        let mut same_time = self.newest_first.range(self.position(removed.at)..);
        if let Some(after) = same_time.position(|sign_in| Arc::ptr_eq(sign_in, &removed)) {
            self.newest_first.remove(self.position(removed.at) + after);
        }
    }

    /// Where a new sign-in of this time belongs among all: before the others of the same time.
    fn position(&self, at: DateTime<Utc>) -> usize {
        self.newest_first.partition_point(|sign_in| sign_in.at > at)
    }

    fn change<T>(&mut self, subject: &str, change: impl FnOnce(&mut VecDeque<Arc<SignIn>>) -> T) -> T {
        let mut sign_ins = self.by_subject.remove(subject).unwrap_or_default();
        if let Some(rank) = rank(subject, &sign_ins) {
            self.ranks.remove(&rank);
        }
        let changed = change(&mut sign_ins);
        if let Some(rank) = rank(subject, &sign_ins) {
            self.ranks.insert(rank);
            self.by_subject.insert(subject.to_owned(), sign_ins);
        }
        changed
    }
}
