//! What holds for the lists of every store, whatever is in them.

use std::{cmp::Reverse, collections::HashMap, fmt::Debug, ops::Range};

use chrono::NaiveDate;
use orglab::{
    store::Stores,
    workspace::{
        Part, StoreError,
        activity::last_days,
        people::{Group, Person},
    },
};

use super::{
    stores::{ALL, noon},
    wait_until,
};

/// What the store holds; asked again where a busy machine kept Redis from replying within its second. The same sign-in
/// counts once, however often it is recorded.
pub(crate) async fn result<T>(mut ask: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    let mut result = None;
    wait_until("the store", async || {
        result = ask().await.ok();
        result.is_some()
    })
    .await;
    result.unwrap()
}

/// Parts of a list of this length: at its ends, in its middle, across its end, beyond it, and empty ones.
fn parts(length: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = [0, 1, 7, length / 3, length / 2, length.saturating_sub(1), length, length + 5, usize::MAX - 20];
    let lengths = [0, 1, 2, 20, length / 2, length, usize::MAX];
    starts.into_iter().flat_map(move |start| lengths.map(|length| start..start.saturating_add(length)))
}

/// As much of the list as the part has.
fn expected<T: Clone>(list: &[T], part: &Range<usize>) -> Vec<T> {
    list.iter().skip(part.start).take(part.len()).cloned().collect()
}

/// Every part of the list is what the whole list has there: the whole list.
async fn parts_agree<T: Clone + PartialEq + Debug>(
    read: impl AsyncFn(Range<usize>) -> Result<Part<T>, StoreError>,
) -> Vec<T> {
    let all = result(async || read(ALL).await).await;
    assert_eq!(all.total, all.entries.len());
    for part in parts(all.total) {
        let found = result(async || read(part.clone()).await).await;
        assert_eq!((found.entries, found.total), (expected(&all.entries, &part), all.total), "{part:?}");
    }
    all.entries
}

/// The parts of the list of people: the whole list.
async fn people_agree<Sessions>(of: &Stores<Sessions>, organization_id: &str) -> Vec<Person> {
    let all = result(async || of.workspaces.people(organization_id, ALL).await).await;
    let flat = |groups: &[Group]| groups.iter().flat_map(|group| group.people.clone()).collect::<Vec<_>>();
    let people = flat(&all.groups);
    assert_eq!(all.total, people.len());
    let totals: HashMap<_, _> = all.groups.iter().map(|group| (group.connection.clone(), group.people.len())).collect();
    assert_eq!(totals.len(), all.groups.len(), "a connection is one group");
    for part in parts(all.total) {
        let found = result(async || of.workspaces.people(organization_id, part.clone()).await).await;
        assert_eq!((flat(&found.groups), found.total), (expected(&people, &part), all.total), "{part:?}");
        for group in found.groups {
            assert!(group.people.iter().all(|person| person.connection == group.connection));
            assert_eq!(group.total, totals[&group.connection]);
            let before = people[..part.start].iter().filter(|person| person.connection == group.connection).count();
            assert_eq!(group.before, before, "{part:?}");
        }
    }
    people
}

/// All lists of the organization agree with their parts, and the numbers with the lists: the people.
pub(crate) async fn assert_lists_agree<Sessions>(of: &Stores<Sessions>, organization_id: &str) -> Vec<Person> {
    let workspaces = &of.workspaces;
    parts_agree(async |part| workspaces.notes(organization_id, part).await).await;
    let sign_ins = parts_agree(async |part| workspaces.sign_ins(organization_id, part).await).await;
    assert!(sign_ins.is_sorted_by_key(|sign_in| Reverse(sign_in.at)), "newest first");
    let refusals = parts_agree(async |part| workspaces.refusals(organization_id, part).await).await;
    assert!(refusals.is_sorted_by_key(|refusal| Reverse(refusal.at)), "newest first");

    let dates = last_days(noon().date_naive() + chrono::TimeDelta::days(60), 90);
    let summary = result(async || workspaces.activity_summary(organization_id, &dates).await).await;
    let found: Vec<_> = summary.days.iter().map(|day| (day.date, day.sign_ins, day.refusals)).collect();
    let of_day = |date: NaiveDate| {
        let sign_ins = sign_ins.iter().filter(|sign_in| sign_in.at.date_naive() == date).count();
        (date, sign_ins, refusals.iter().filter(|refusal| refusal.at.date_naive() == date).count())
    };
    assert_eq!(found, dates.into_iter().map(of_day).collect::<Vec<_>>());

    let mut people = people_agree(of, organization_id).await;
    let in_order = people.clone();
    people.sort_by_key(|person| Reverse((person.last_at, person.subject.clone())));
    for count in [0, 1, 3, people.len() + 1] {
        let latest = result(async || workspaces.latest_people(organization_id, count).await).await;
        assert_eq!(latest, people[..count.min(people.len())]);
    }
    in_order
}
