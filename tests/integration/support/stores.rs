//! The stores of two instances, and sample data for them.

use std::{ops::Range, time::Duration};

use actix_web::cookie::Key;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use orglab::{
    random::Random,
    reference::Reference,
    session::SessionSettings,
    sign_in::{
        auth0::Auth0Refusal,
        identity::Organization,
        organization::{OrganizationIds, OrganizationRef},
        response::RefusalCase,
    },
    store::Stores,
    workspace::{
        StoreError,
        activity::{RefusedAttempt, SignIn},
        board::Note,
        people::Person,
    },
};

use super::{
    app::TestApp,
    instance::SECRET,
    provider::Provider,
    redis::{Kind, RedisServer},
};

/// Where the data is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum In {
    Memory,
    Redis,
    Valkey,
}

impl In {
    fn server(self) -> Option<RedisServer> {
        match self {
            Self::Memory => None,
            Self::Redis => Some(RedisServer::start(Kind::Redis)),
            Self::Valkey => Some(RedisServer::start(Kind::Valkey)),
        }
    }

    /// An app that keeps its data there, and the server that holds it.
    pub(crate) fn app(self, provider: &Provider) -> (TestApp, Option<RedisServer>) {
        let redis = self.server();
        let url = redis.as_ref().map(RedisServer::url).unwrap_or_default();
        (TestApp::at_with(provider, &[("REDIS_URL", &url), ("SESSION_SECRET", SECRET)]), redis)
    }
}

/// Runs the body with the stores of two instances of the app. In memory there is only one instance, and both names
/// stand for its stores.
macro_rules! with_two_instances {
    ($kept:expr, $settings:expr, |$one:ident, $other:ident| $body:expr) => {{
        use orglab::{
            clock::Clock,
            store::{Stores, redis::RedisAddress},
        };
        use $crate::support::{
            redis::{Kind, RedisServer},
            stores::In,
        };

        let settings = $settings;
        let kind = match $kept {
            In::Memory => None,
            In::Redis => Some(Kind::Redis),
            In::Valkey => Some(Kind::Valkey),
        };
        if let Some(kind) = kind {
            if kind.is_here() {
                let server = RedisServer::start(kind);
                let address = RedisAddress::parse(&server.url()).unwrap();
                let ($one, $other) = (Stores::in_redis(&address, &settings), Stores::in_redis(&address, &settings));
                $body
            }
        } else {
            let $one = Stores::in_memory(&settings, Clock::system());
            let $other = $one.clone();
            $body
        }
    }};
}

pub(crate) use with_two_instances;

pub(crate) fn lasting(lifetime: Duration, idle: Duration) -> SessionSettings {
    SessionSettings { lifetime, idle, key: Key::generate(), namespace: "a client".to_owned() }
}

pub(crate) fn hours() -> SessionSettings {
    lasting(Duration::from_secs(8 * 60 * 60), Duration::from_secs(60 * 60))
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap()
}

/// All of a list.
pub(crate) const ALL: Range<usize> = 0..usize::MAX;

pub(crate) async fn all_notes<Sessions>(of: &Stores<Sessions>, organization_id: &str) -> Vec<Note> {
    of.workspaces.notes(organization_id, ALL).await.unwrap().entries
}

/// All people, one group after the other.
pub(crate) async fn all_people<Sessions>(
    of: &Stores<Sessions>,
    organization_id: &str,
) -> Result<Vec<Person>, StoreError> {
    let people = of.workspaces.people(organization_id, ALL).await?;
    Ok(people.groups.into_iter().flat_map(|group| group.people).collect())
}

pub(crate) fn note(number: usize) -> Note {
    Note { text: format!("note {number}"), author: "Alice".into(), connection: None, written_at: noon() }
}

pub(crate) fn person(subject: &str, at: DateTime<Utc>) -> Person {
    let (name, email) = (format!("{subject} Ä. \"Quote\""), Some(format!("{subject}@org1.example")));
    let connection = Some("Okta1".into());
    Person { subject: subject.into(), name, email, connection, first_at: at, last_at: at }
}

pub(crate) fn sign_in(subject: &str, at: DateTime<Utc>) -> SignIn {
    let (name, connection) = (subject.into(), Some("Okta1".into()));
    SignIn { at, subject: subject.into(), name, email: None, connection, reference: Reference::new(&Random::system()) }
}

pub(crate) fn refusal(at: DateTime<Utc>) -> RefusedAttempt {
    RefusedAttempt {
        at,
        reason: RefusalCase::Auth0(Auth0Refusal::NotAMember),
        reference: Reference::new(&Random::system()),
    }
}

pub(crate) fn organization(id: &str, login_name: Option<&str>) -> Organization {
    Organization { id: id.into(), name: "Organization".into(), login_name: login_name.map(str::to_owned) }
}

pub(crate) fn asked(text: &str) -> OrganizationRef {
    let ids = OrganizationIds::new([("listed".to_owned(), "org_listed".to_owned())]);
    OrganizationRef::parse(text, &ids).unwrap().unwrap()
}

/// Runs `act` `count` times, some at once, alternating between the two stores.
pub(crate) async fn in_turn<Done: Future<Output = ()>>(count: usize, act: impl Fn(usize, bool) -> Done) {
    stream::iter(0..count).map(|number| act(number, number % 2 == 0)).buffer_unordered(40).collect::<()>().await;
}
