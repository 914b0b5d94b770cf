//! How many people and sign-ins of an organization each store keeps, and which it removes first.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use orglab::{
    store::Stores,
    workspace::{
        activity::{MAXIMUM_SIGN_INS, MAXIMUM_SIGN_INS_PER_WINDOW, SignIn},
        people::{MAXIMUM_PEOPLE, Person},
    },
};
use rstest::rstest;

use crate::support::{
    lists::{assert_lists_agree, result},
    stores::{ALL, In, all_people, hours, in_turn, noon, organization, person, sign_in, with_two_instances},
};

async fn signs_in<Sessions>(at: &Stores<Sessions>, subject: &str, time: DateTime<Utc>) {
    let (organization, person, sign_in) =
        (organization("org_a", Some("Org1")), person(subject, time), sign_in(subject, time));
    result(async || at.workspaces.record_sign_in(&organization, person.clone(), sign_in.clone()).await).await;
}

async fn sign_ins<Sessions>(at: &Stores<Sessions>) -> Vec<SignIn> {
    result(async || at.workspaces.sign_ins("org_a", ALL).await).await.entries
}

async fn people<Sessions>(at: &Stores<Sessions>) -> Vec<Person> {
    result(async || all_people(at, "org_a").await).await
}

/// The subjects of the sign-ins that are kept.
async fn subjects<Sessions>(at: &Stores<Sessions>) -> Vec<String> {
    sign_ins(at).await.into_iter().map(|entry| entry.subject).collect()
}

fn seconds(number: usize) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(number.try_into().unwrap())
}

#[rstest]
#[tokio::test]
async fn ten_thousand_people_and_sign_ins_are_kept_with_two_instances_writing_at_once(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        for number in 0..10 {
            signs_in(&one, &format!("{number:05}"), seconds(number)).await;
        }
        in_turn(MAXIMUM_PEOPLE - 10, async |number, first| {
            let store = if first { &one } else { &other };
            signs_in(store, &format!("{:05}", number + 10), seconds(number + 10)).await;
        })
        .await;
        let later = MAXIMUM_PEOPLE + 10;
        signs_in(&one, "00000", seconds(later)).await; // seen again: two of hers are kept, and one entry has to go
        signs_in(&one, "a new one", seconds(later + 1)).await;
        signs_in(&other, "another", seconds(later + 2)).await;

        let people = people(&other).await;
        assert_eq!(people.len(), MAXIMUM_PEOPLE);
        let known: HashSet<_> = people.iter().map(|person| person.subject.as_str()).collect();
        let gone: Vec<_> = ["00000", "00001", "00002", "00003", "a new one", "another"]
            .into_iter()
            .filter(|subject| !known.contains(subject))
            .collect();
        assert_eq!(gone, ["00001", "00002"], "those not seen for the longest time go first");
        assert_eq!((people[0].first_at, people[0].last_at), (seconds(0), seconds(later)));

        let subjects = subjects(&other).await;
        assert_eq!(subjects.len(), MAXIMUM_SIGN_INS);
        assert_eq!(subjects[..3], ["another", "a new one", "00000"], "newest first");
        let of = |subject: &str| subjects.iter().filter(|found| *found == subject).count();
        assert_eq!(["00000", "00001", "00002", "00003"].map(of), [1, 0, 0, 1], "if equal, the oldest goes first");
        assert_lists_agree(&other, "org_a").await;
    });
}

/// Attack: one member signs in endlessly to push the others out of the organization's activity.
#[rstest]
#[tokio::test]
async fn where_the_list_is_full_the_oldest_of_the_subject_that_has_most_goes(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        for (number, subject) in ["alice", "bob", "mallory ", "mallor", "alice", "%", "mallory%20"].iter().enumerate() {
            signs_in(&one, subject, seconds(number)).await;
        }
        for subject in ["mallory", "bob"] {
            signs_in(&one, subject, seconds(30)).await; // her oldest has the same time as his
        }
        let later = |number: usize| seconds(60 + 3 * number); // at most twenty a minute
        in_turn(MAXIMUM_SIGN_INS + 50, async |number, first| {
            signs_in(if first { &one } else { &other }, "mallory", later(number)).await;
        })
        .await;
        let sign_ins = sign_ins(&other).await;
        assert_eq!(sign_ins.len(), MAXIMUM_SIGN_INS);
        let mut counts = HashMap::new();
        for entry in &sign_ins {
            *counts.entry(entry.subject.as_str()).or_insert(0) += 1;
        }
        let others = [("alice", 2), ("bob", 2), ("mallory ", 1), ("mallor", 1), ("%", 1), ("mallory%20", 1)];
        let expected: HashMap<_, _> = others.into_iter().chain([("mallory", MAXIMUM_SIGN_INS - 8)]).collect();
        assert_eq!(counts, expected);
        assert_eq!(sign_ins[MAXIMUM_SIGN_INS - 9].at, later(58), "the oldest of hers went");
        assert_eq!(assert_lists_agree(&other, "org_a").await.len(), 7);
    });
}

#[rstest]
#[tokio::test]
async fn a_subject_is_recorded_thirty_times_a_minute_and_seen_each_time(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        signs_in(&one, "alice", noon()).await;
        let of_a_minute = MAXIMUM_SIGN_INS_PER_WINDOW + 5;
        for number in 0..of_a_minute {
            signs_in(if number % 2 == 0 { &one } else { &other }, "mallory", seconds(number)).await;
        }
        signs_in(&one, "alice", seconds(of_a_minute)).await;
        let count = async |subject: &str| subjects(&one).await.iter().filter(|found| *found == subject).count();
        assert_eq!((count("mallory").await, count("alice").await), (30, 2));
        let people = people(&other).await;
        assert_eq!(people.last().unwrap().last_at, seconds(of_a_minute - 1));

        signs_in(&other, "mallory", seconds(60) - TimeDelta::microseconds(1)).await;
        assert_eq!(count("mallory").await, 30);
        signs_in(&other, "mallory", seconds(60)).await;
        assert_eq!(count("mallory").await, 31, "a minute after the first, there is room for one");
    });
}
