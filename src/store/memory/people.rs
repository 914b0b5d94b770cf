//! An organization's people, in memory.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::workspace::people::{MAXIMUM_PEOPLE, Person};

/// The people, by subject.
#[derive(Default)]
pub(super) struct People {
    by_subject: HashMap<String, Person>,
    /// The same people, by their latest sign-in, the earliest first.
    by_last_time: BTreeSet<(DateTime<Utc>, String)>,
}

impl People {
    /// Adds or updates the person. The time of the first sign-in stays.
    pub(super) fn record(&mut self, person: Person) {
        let subject = person.subject.clone();
        let earlier = self.by_subject.remove(&subject);
        let first_at = earlier.as_ref().map_or(person.first_at, |earlier| earlier.first_at);
        if let Some(earlier) = earlier {
            self.by_last_time.remove(&(earlier.last_at, subject.clone()));
        }
        self.by_last_time.insert((person.last_at, subject.clone()));
        self.by_subject.insert(subject, Person { first_at, ..person });
        if self.by_subject.len() > MAXIMUM_PEOPLE
            && let Some((_, subject)) = self.by_last_time.pop_first()
        {
            self.by_subject.remove(&subject);
        }
    }

    pub(super) fn by_first_sign_in(&self) -> Vec<Person> {
        let mut people: Vec<_> = self.by_subject.values().cloned().collect();
        people.sort_by(|a, b| (a.first_at, &a.subject).cmp(&(b.first_at, &b.subject)));
        people
    }
}
