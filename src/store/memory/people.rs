//! An organization's people, in memory.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::part::within;
use crate::workspace::people::{self, Group, MAXIMUM_PEOPLE, Person};

/// The people, by subject.
#[derive(Default)]
pub(super) struct People {
    by_subject: HashMap<String, Arc<Person>>,
    /// The same people, by their latest sign-in, the earliest first.
    by_last_time: BTreeSet<(DateTime<Utc>, String)>,
    /// The same people, in the order of [`people::People`].
    in_order: Vec<Placed>,
    /// The connections' places: distinct times, at or just after their first sign-ins.
    places: HashMap<String, DateTime<Utc>>,
}

struct Placed {
    /// That of the connection.
    place: DateTime<Utc>,
    person: Arc<Person>,
}

impl Placed {
    /// What the people are sorted by.
    fn key(&self) -> (DateTime<Utc>, DateTime<Utc>, &str) {
        (self.place, self.person.first_at, &self.person.subject)
    }
}

/// A part of the list, as it is taken from under the lock.
pub(super) struct PeoplePart {
    groups: Vec<(Range<usize>, Vec<Arc<Person>>)>,
    start: usize,
    total: usize,
}

impl People {
    /// Adds or updates the person. The time of the first sign-in stays.
    pub(super) fn record(&mut self, person: Person) {
        let earlier = self.remove(&person.subject);
        let first_at = earlier.map_or(person.first_at, |earlier| earlier.first_at);
        self.insert(Person { first_at, ..person });
        if self.by_subject.len() > MAXIMUM_PEOPLE
            && let Some((_, subject)) = self.by_last_time.first().cloned()
            && let Some(removed) = self.remove(&subject)
        {
            self.vacate(&removed);
        }
    }

    fn insert(&mut self, person: Person) {
        let person = Arc::new(person);
        self.by_last_time.insert((person.last_at, person.subject.clone()));
        self.by_subject.insert(person.subject.clone(), Arc::clone(&person));
        let placed = Placed { place: self.place(&person), person };
        self.in_order.insert(self.in_order.partition_point(|other| other.key() < placed.key()), placed);
    }

    fn remove(&mut self, subject: &str) -> Option<Arc<Person>> {
        let person = self.by_subject.remove(subject)?;
        self.by_last_time.remove(&(person.last_at, person.subject.clone()));
        let placed = Placed { place: self.place(&person), person };
        self.in_order.remove(self.in_order.partition_point(|other| other.key() < placed.key()));
        Some(placed.person)
    }

    /// The place of the person's connection. It gets one if it has none.
    fn place(&mut self, person: &Person) -> DateTime<Utc> {
        let Some(connection) = &person.connection else { return DateTime::<Utc>::MAX_UTC };
        if let Some(place) = self.places.get(connection) {
            return *place;
        }
        let mut place = person.first_at;
        while !self.group(place).is_empty() {
            place += TimeDelta::microseconds(1);
        }
        self.places.insert(connection.clone(), place);
        place
    }

    /// Where those with this place are in the list.
    fn group(&self, place: DateTime<Utc>) -> Range<usize> {
        let start = self.in_order.partition_point(|other| other.place < place);
        start..self.in_order.partition_point(|other| other.place <= place)
    }

    /// Takes the place from the connection of a person who was removed, if nobody else has it.
    fn vacate(&mut self, removed: &Person) {
        let place = self.place(removed);
        if let Some(connection) = &removed.connection
            && self.group(place).is_empty()
        {
            self.places.remove(connection);
        }
    }

    pub(super) fn part(&self, part: Range<usize>) -> PeoplePart {
        let part = within(part, self.in_order.len());
        let groups = self.in_order[part.clone()].chunk_by(|one, next| one.place == next.place);
        let groups = groups.map(|group| {
            let people = group.iter().map(|placed| Arc::clone(&placed.person)).collect();
            (self.group(group[0].place), people)
        });
        PeoplePart { groups: groups.collect(), start: part.start, total: self.in_order.len() }
    }

    pub(super) fn latest(&self, count: usize) -> Vec<Arc<Person>> {
        let latest = self.by_last_time.iter().rev().take(count);
        latest.filter_map(|(_, subject)| self.by_subject.get(subject).cloned()).collect()
    }
}

impl From<PeoplePart> for people::People {
    fn from(part: PeoplePart) -> Self {
        let groups = part.groups.into_iter().map(|(range, people)| Group {
            connection: people.first().and_then(|person| person.connection.clone()),
            before: part.start.saturating_sub(range.start),
            total: range.len(),
            people: people.into_iter().map(Arc::unwrap_or_clone).collect(),
        });
        Self { groups: groups.collect(), total: part.total }
    }
}
