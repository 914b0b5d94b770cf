//! The lists of every store, read in parts.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use orglab::workspace::{
    activity::{REFUSAL_WINDOW, RefusalLimit},
    people::Person,
};
use proptest::{
    collection::vec,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rstest::rstest;

use crate::support::{
    lists::{assert_lists_agree, result},
    stores::{In, all_people, asked, hours, noon, note, organization, person, refusal, sign_in, with_two_instances},
};

/// Who signs in: a user, 0 to 9, each of one of four connections or of none.
fn user(number: usize, at: DateTime<Utc>) -> Person {
    let connection = ["b \"<ä>", "a", "", "c"].get(number % 5).map(|name| (*name).to_owned());
    Person { connection, ..person(&format!("user {number}"), at) }
}

/// In the order of the page, as the store's contract words it.
fn in_order(sign_ins: &[(usize, DateTime<Utc>)]) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (number, at) in sign_ins {
        let user = user(*number, *at);
        match people.iter_mut().find(|known| known.subject == user.subject) {
            Some(known) => known.last_at = *at,
            None => people.push(user),
        }
    }
    people.sort_by_key(|person| person.first_at);
    let mut places = HashMap::new();
    for person in &people {
        let next = places.len();
        places.entry(person.connection.clone()).or_insert(next);
    }
    places.insert(None, usize::MAX);
    people.sort_by_key(|person| places[&person.connection]);
    people
}

#[rstest]
#[tokio::test]
async fn parts_of_lists_agree_with_the_lists_whatever_happened(#[values(In::Memory, In::Redis, In::Valkey)] kept: In) {
    with_two_instances!(kept, hours(), |one, other| {
        let events = vec((0..10_usize, 0..40_i64, 0..4_usize), 0..40);
        let mut runner = TestRunner::deterministic();
        for history in 0..8 {
            let (events, id) = (events.new_tree(&mut runner).unwrap().current(), format!("org_{history}"));
            let mut sign_ins = Vec::new();
            for (number, (subject, hours, kind)) in events.into_iter().enumerate() {
                let store = if number % 2 == 0 { &one } else { &other };
                let at = noon() + TimeDelta::hours(hours) + TimeDelta::microseconds(number.try_into().unwrap());
                match kind {
                    0 => store.workspaces.add_note(&id, note(number)).await.unwrap(),
                    1 => store.workspaces.record_refusal(&asked(&id), false, refusal(at)).await.unwrap(),
                    _ => {
                        let (user, entry) = (user(subject, at), sign_in(&format!("user {subject}"), at));
                        store.workspaces.record_sign_in(&organization(&id, None), user, entry).await.unwrap();
                        sign_ins.push((subject, at));
                    }
                }
            }
            let people = assert_lists_agree(&other, &id).await;
            // A connection keeps its place even if somebody is recorded late who signed in before.
            if sign_ins.is_sorted_by_key(|(_, at)| *at) {
                assert_eq!(people, in_order(&sign_ins));
            }
        }
    });
}

#[rstest]
#[tokio::test]
async fn people_are_in_the_order_of_their_connections_first_sign_ins(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        let sign_ins = [3, 9, 1, 0, 8, 5, 3, 2, 6, 4, 1, 7, 9].into_iter().enumerate();
        let sign_ins: Vec<_> = sign_ins
            .map(|(minute, number)| (number, noon() + TimeDelta::minutes(minute.try_into().unwrap())))
            .collect();
        for (number, at) in &sign_ins {
            let entry = sign_in(&format!("user {number}"), *at);
            one.workspaces.record_sign_in(&organization("org_a", None), user(*number, *at), entry).await.unwrap();
        }
        assert_eq!(assert_lists_agree(&other, "org_a").await, in_order(&sign_ins));
        assert_eq!(all_people(&other, "org_a").await.unwrap().last().unwrap().connection, None);
    });
}

/// Two connections whose first users signed in at the same microsecond.
#[rstest]
#[tokio::test]
async fn connections_of_the_same_moment_are_two_groups(#[values(In::Memory, In::Redis, In::Valkey)] kept: In) {
    with_two_instances!(kept, hours(), |one, other| {
        for number in [0, 1, 2, 5, 6, 7] {
            let entry = sign_in(&format!("user {number}"), noon());
            one.workspaces.record_sign_in(&organization("org_a", None), user(number, noon()), entry).await.unwrap();
        }
        let people = assert_lists_agree(&other, "org_a").await;
        let subjects: Vec<_> = people.iter().map(|person| person.subject.trim_start_matches("user ")).collect();
        assert_eq!(subjects, ["0", "5", "1", "6", "2", "7"]);
    });
}

#[rstest]
#[tokio::test]
async fn the_latest_period_without_refusals_is_kept_as_long_as_its_refusals(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        let report = async |at: DateTime<Utc>| {
            one.workspaces.record_refusal(&asked("listed"), true, refusal(at)).await.unwrap();
        };
        let limit =
            async || result(async || other.workspaces.activity_summary("org_listed", &[]).await).await.refusal_limit;
        let minutes = |number: i64| noon() + TimeDelta::minutes(number);
        for number in 0..59 {
            report(noon() + TimeDelta::seconds(number)).await;
        }
        assert_eq!(limit().await, None);
        report(minutes(10)).await;
        report(minutes(20)).await;
        assert_eq!(limit().await, Some(RefusalLimit { from: minutes(10), until: noon() + REFUSAL_WINDOW }));
        for number in 0..938 {
            report(minutes(70 + 2 * number)).await;
        }
        assert!(limit().await.is_some(), "998 are stored");
        report(minutes(3_000)).await;
        report(minutes(3_002)).await;
        assert!(limit().await.is_some(), "1,000 are stored");
        report(minutes(3_004)).await;
        assert_eq!(limit().await, None, "its first one is gone");
        assert_lists_agree(&other, "org_listed").await;
    });
}
