//! What every store promises: in memory, in Redis and in Valkey, written to by one instance or by two at once.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use actix_session::storage::{SessionKey, SessionStore};
use actix_web::cookie::time;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all};
use orglab::{
    sign_in::sign_out::{Logout, SessionSelector},
    workspace::{
        activity::{MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_PER_WINDOW},
        board::MAXIMUM_NOTES,
        people::Person,
    },
};
use rstest::rstest;

use crate::support::{
    lists::assert_lists_agree,
    stores::{
        ALL, In, all_notes, all_people, asked, hours, in_turn, lasting, noon, note, organization, person, refusal,
        sign_in, with_two_instances,
    },
    wait_until,
};

#[rstest]
#[tokio::test]
async fn notes_are_kept_newest_first_each_organization_by_itself(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        for number in 1..=3 {
            one.workspaces.add_note("org_a", note(number)).await.unwrap();
        }
        other.workspaces.add_note("org_a:notes", note(4)).await.unwrap();
        assert_eq!(all_notes(&other, "org_a").await, [note(3), note(2), note(1)]);
        assert_eq!(all_notes(&one, "org_a:notes").await, [note(4)]);
        assert_eq!(all_notes(&one, "org_b").await, []);
        one.workspaces.check_writable().await.unwrap();
    });
}

#[rstest]
#[tokio::test]
async fn an_organization_keeps_a_thousand_notes_with_two_instances_writing_at_once(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        one.workspaces.add_note("org_a", note(0)).await.unwrap();
        in_turn(MAXIMUM_NOTES + 200, async |number, first| {
            let store = if first { &one } else { &other };
            store.workspaces.add_note("org_a", note(number + 1)).await.unwrap();
            if number % 40 == 0 {
                assert!(all_notes(store, "org_a").await.len() <= MAXIMUM_NOTES);
            }
        })
        .await;
        let notes = all_notes(&one, "org_a").await;
        assert_eq!(notes.len(), MAXIMUM_NOTES);
        assert!(!notes.contains(&note(0)), "the oldest goes first");
        assert!(notes.contains(&note(MAXIMUM_NOTES + 200)));
        assert_eq!(all_notes(&other, "org_a").await, notes);
        assert_lists_agree(&one, "org_a").await;
    });
}

#[rstest]
#[tokio::test]
async fn people_keep_their_first_time_and_stand_in_its_order(#[values(In::Memory, In::Redis, In::Valkey)] kept: In) {
    with_two_instances!(kept, hours(), |one, other| {
        let later = |minutes: i64| noon() + TimeDelta::minutes(minutes);
        let sign_ins = [("zoe", later(0)), ("bob", later(1)), ("alice", later(2)), ("zoe", later(3))];
        for (number, (subject, at)) in sign_ins.into_iter().enumerate() {
            let store = if number % 2 == 0 { &one } else { &other };
            let organization = organization("org_a", Some("Org1"));
            store.workspaces.record_sign_in(&organization, person(subject, at), sign_in(subject, at)).await.unwrap();
        }
        let people = all_people(&one, "org_a").await.unwrap();
        let zoe = Person { last_at: later(3), ..person("zoe", later(0)) };
        assert_eq!(people, [zoe, person("bob", later(1)), person("alice", later(2))]);
        let newest: Vec<_> = one.workspaces.sign_ins("org_a", ALL).await.unwrap().entries;
        let newest: Vec<_> = newest.into_iter().map(|entry| entry.name).collect();
        assert_eq!(newest, ["zoe", "alice", "bob", "zoe"]);
        assert_eq!(all_people(&other, "org_b").await.unwrap(), []);
    });
}

/// Attack: somebody who never signed in reports refusals of organizations that do not exist, to fill the store.
#[rstest]
#[tokio::test]
async fn refusals_are_kept_for_known_organizations_alone(#[values(In::Memory, In::Redis, In::Valkey)] kept: In) {
    with_two_instances!(kept, hours(), |one, other| {
        let count = async |id: &str| other.workspaces.refusals(id, ALL).await.unwrap().total;
        for (text, is_listed) in [("org1", false), ("org_a", false), ("unknown", false), ("listed", true)] {
            one.workspaces.record_refusal(&asked(text), is_listed, refusal(noon())).await.unwrap();
        }
        assert_eq!((count("org_a").await, count("org_listed").await), (0, 1));
        let organization = organization("org_a", Some("Org1"));
        one.workspaces.record_sign_in(&organization, person("alice", noon()), sign_in("alice", noon())).await.unwrap();
        for text in ["org1", "ORG1", "org_a", "org2"] {
            other.workspaces.record_refusal(&asked(text), false, refusal(noon())).await.unwrap();
        }
        assert_eq!((count("org_a").await, count("org_listed").await), (3, 1));
    });
}

/// Attack: made-up refusals push each other, or the sign-ins, out of an organization's activity.
#[rstest]
#[tokio::test]
async fn refusals_are_bounded_by_the_hour_and_in_all_with_two_instances_writing_at_once(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        let report = async |at: DateTime<Utc>, first: bool| {
            let store = if first { &one } else { &other };
            store.workspaces.record_refusal(&asked("listed"), true, refusal(at)).await.unwrap();
        };
        let kept = async || one.workspaces.refusals("org_listed", ALL).await.unwrap().entries;
        in_turn(200, async |_, first| report(noon(), first).await).await;
        assert_eq!(kept().await.len(), MAXIMUM_REFUSALS_PER_WINDOW);
        report(noon() + TimeDelta::minutes(59), true).await;
        assert_eq!(kept().await.len(), MAXIMUM_REFUSALS_PER_WINDOW, "a minute of the hour is left");
        for hour in 1..=20 {
            in_turn(61, async |_, first| report(noon() + TimeDelta::hours(hour), first).await).await;
        }
        let kept = kept().await;
        assert_eq!(kept.len(), MAXIMUM_REFUSALS);
        assert_eq!(kept.first().unwrap().at, noon() + TimeDelta::hours(20), "the newest stands first");
        assert!(kept.iter().all(|refusal| refusal.at > noon()), "the oldest goes first");
        assert_lists_agree(&other, "org_listed").await;
    });
}

fn logout(token_id: &str, ended: &[SessionSelector]) -> Logout {
    Logout { token_id: token_id.into(), ended: ended.into() }
}

#[rstest]
#[tokio::test]
async fn a_revocation_is_found_by_what_it_names_and_the_latest_counts(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        let (one, other) = (&one.revocations, &other.revocations);
        let (session, subject) = (SessionSelector::Sid("s1".into()), SessionSelector::Subject("alice".into()));
        let (nameless, itself) =
            (SessionSelector::SubjectWithoutSid("alice".into()), SessionSelector::AppSession("s1".into()));
        let found = async |any_of: &[&SessionSelector]| {
            let any_of: Vec<_> = any_of.iter().map(|&ended| ended.clone()).collect();
            other.revoked_at(&any_of).await.unwrap()
        };
        let before = other.now().await.unwrap();
        assert!(one.revoke(&logout("1", &[session.clone(), nameless.clone()])).await.unwrap());
        let first = found(&[&session]).await.unwrap();
        assert!(before <= first && first <= one.now().await.unwrap());
        assert_eq!(found(&[&subject, &nameless]).await, Some(first));
        assert_eq!(found(&[&subject, &itself, &SessionSelector::Sid("alice".into())]).await, None, "only its own kind");

        assert!(other.revoke(&logout("2", std::slice::from_ref(&subject))).await.unwrap());
        let second = found(&[&subject, &session]).await.unwrap();
        assert!(first < second, "to the microsecond");
        assert_eq!(found(&[&session, &itself]).await, Some(first));

        one.end(&[itself.clone(), session.clone()]).await.unwrap();
        let third = found(&[&subject, &itself]).await.unwrap();
        assert!(second < third);
        assert_eq!(found(&[&session]).await, Some(third));
        one.end(&[]).await.unwrap();
    });
}

/// Attack: a logout token that was intercepted is sent again, to all instances at once.
#[rstest]
#[tokio::test]
async fn a_logout_token_is_taken_once(#[values(In::Memory, In::Redis, In::Valkey)] kept: In) {
    with_two_instances!(kept, hours(), |one, other| {
        let token = logout("jti", &[SessionSelector::Subject("alice".into())]);
        let tries = (0..40).map(|number| {
            let store = if number % 2 == 0 { &one } else { &other };
            store.revocations.revoke(&token)
        });
        let taken = join_all(tries).await.into_iter().filter(|taken| *taken.as_ref().unwrap()).count();
        assert_eq!(taken, 1);
        let bob = [SessionSelector::Subject("bob".into())];
        assert!(!one.revocations.revoke(&logout("jti", &bob)).await.unwrap());
        assert_eq!(other.revocations.revoked_at(&bob).await.unwrap(), None, "and has no effect");
    });
}

fn state(text: &str) -> HashMap<String, String> {
    HashMap::from([("signed_in".to_owned(), text.to_owned())])
}

const IGNORED: time::Duration = time::Duration::ZERO;

async fn load(store: &impl SessionStore, key: &SessionKey) -> Option<HashMap<String, String>> {
    store.load(key).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_session_is_kept_changed_and_deleted_and_never_comes_back(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    with_two_instances!(kept, hours(), |one, other| {
        let key = one.sessions.save(state("ä \" {}"), &IGNORED).await.unwrap();
        assert_eq!(load(&other.sessions, &key).await, Some(state("ä \" {}")));
        let key = other.sessions.update(key, state("changed"), &IGNORED).await.unwrap();
        assert_eq!(load(&one.sessions, &key).await, Some(state("changed")));
        let unknown = SessionKey::try_from("unknown".repeat(9)).unwrap();
        assert_eq!(load(&one.sessions, &unknown).await, None);

        one.sessions.delete(&key).await.unwrap();
        let name = key.as_ref().to_owned();
        other.sessions.update(key, state("revived"), &IGNORED).await.unwrap();
        let key = SessionKey::try_from(name).unwrap();
        one.sessions.update_ttl(&key, &time::Duration::HOUR).await.unwrap();
        assert_eq!(load(&one.sessions, &key).await, None, "a request in flight does not bring it back");
        assert_eq!(load(&other.sessions, &key).await, None);
    });
}

#[rstest]
#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_lifetime_however_much_it_is_used(
    #[values(In::Memory, In::Redis, In::Valkey)] kept: In,
) {
    let settings = lasting(Duration::from_secs(3), Duration::from_secs(1));
    with_two_instances!(kept, settings, |one, other| {
        let (used, unused) =
            join(one.sessions.save(state("used"), &IGNORED), one.sessions.save(state("unused"), &IGNORED)).await;
        let (used, unused) = (used.unwrap(), unused.unwrap());
        let began = Instant::now();
        wait_until("two seconds of use", async || {
            assert!(load(&other.sessions, &used).await.is_some(), "after {:?}", began.elapsed());
            began.elapsed() > Duration::from_secs(2)
        })
        .await;
        assert_eq!(load(&one.sessions, &unused).await, None, "it was idle for longer than a second");
        wait_until("the end", async || load(&one.sessions, &used).await.is_none()).await;
        let lived = began.elapsed();
        assert!((Duration::from_secs(2)..Duration::from_secs(5)).contains(&lived), "{lived:?}");
    });
}
