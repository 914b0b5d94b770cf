//! An organization's sign-ins, in memory.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, VecDeque},
};

use chrono::{DateTime, Utc};

use crate::workspace::activity::{MAXIMUM_SIGN_INS, MAXIMUM_SIGN_INS_PER_WINDOW, SIGN_IN_WINDOW, SignIn};

/// At most [`MAXIMUM_SIGN_INS`]. The oldest sign-in of the subject with the most is removed first.
#[derive(Default)]
pub(super) struct SignIns {
    /// The sign-ins by subject, newest first.
    by_subject: HashMap<String, VecDeque<SignIn>>,
    /// The subjects. The last one loses a sign-in first.
    ranks: BTreeSet<Rank>,
    count: usize,
}

/// How many sign-ins a subject has, the time of its oldest, and the subject. With equal counts, the oldest come last.
type Rank = (usize, Reverse<DateTime<Utc>>, String);

fn rank(subject: &str, sign_ins: &VecDeque<SignIn>) -> Option<Rank> {
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
        self.change(&subject, |sign_ins| sign_ins.push_front(sign_in));
        self.count += 1;
        if self.count > MAXIMUM_SIGN_INS
            && let Some((_, _, subject)) = self.ranks.last().cloned()
        {
            self.change(&subject, |sign_ins| sign_ins.truncate(sign_ins.len() - 1));
            self.count -= 1;
        }
    }

    fn change(&mut self, subject: &str, change: impl FnOnce(&mut VecDeque<SignIn>)) {
        let mut sign_ins = self.by_subject.remove(subject).unwrap_or_default();
        if let Some(rank) = rank(subject, &sign_ins) {
            self.ranks.remove(&rank);
        }
        change(&mut sign_ins);
        if let Some(rank) = rank(subject, &sign_ins) {
            self.ranks.insert(rank);
            self.by_subject.insert(subject.to_owned(), sign_ins);
        }
    }

    pub(super) fn newest_first(&self) -> Vec<SignIn> {
        let mut sign_ins: Vec<_> = self.by_subject.values().flatten().cloned().collect();
        sign_ins.sort_by_key(|sign_in| Reverse(sign_in.at));
        sign_ins
    }
}
