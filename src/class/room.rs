//! A room: an app and a demo tenant, and who has them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq;
use tokio::sync::{RwLock, RwLockReadGuard};
use url::Url;

use super::{cookies::RoomKey, ports::MAXIMUM_IN_ROOM};
use crate::{
    app::AppSite,
    connections::ConnectionLimit,
    demo_tenant::{Checkpoint, DemoTenant, LabProgress},
    random::Random,
    store::MemoryStores,
};

/// With more refusals in a row, a participant is stuck.
const REFUSALS: usize = 2;
/// After this time without a request, a participant is stuck.
const IDLE: TimeDelta = TimeDelta::minutes(5);

/// An app and a demo tenant of their own, for one participant.
pub(super) struct Room {
    pub(super) number: usize,
    /// The app's origin.
    pub(super) app: Url,
    /// The tenant's.
    pub(super) tenant_origin: Url,
    pub(super) site: AppSite,
    pub(super) store: MemoryStores,
    pub(super) tenant: DemoTenant,
    pub(super) connections: ConnectionLimit,
    occupancy: Mutex<Occupancy>,
    /// Held by each request that is handled, and alone by what changes all of the room.
    inside: RwLock<()>,
}

struct Occupancy {
    /// Counts the participants. A cookie is valid for one turn.
    turn: u64,
    state: State,
}

enum State {
    Free,
    Taken(Taken),
    /// The participant has lost it, and it is being made ready for the next.
    Clearing,
}

struct Taken {
    name: Option<String>,
    /// Of the form that took it: sent twice, it takes one room.
    form: String,
    /// The secret of the link that lets another browser in.
    link: String,
    last_request: DateTime<Utc>,
}

/// A room as the overview shows it.
pub(super) struct RoomStatus {
    pub(super) is_taken: bool,
    pub(super) name: Option<String>,
    pub(super) progress: Option<LabProgress>,
    pub(super) trouble: Option<Trouble>,
}

/// Why a participant is stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// So many refusals since the last step.
    Refused(usize),
    /// No request for this long.
    Idle(TimeDelta),
}

impl Room {
    /// `app` and `tenant` are their sites, each with its origin.
    pub(super) fn new(number: usize, app: (Url, AppSite, MemoryStores), tenant: (Url, DemoTenant)) -> Self {
        let ((app, site, store), (tenant_origin, tenant)) = (app, tenant);
        Self {
            number,
            app,
            tenant_origin,
            site,
            store,
            tenant,
            connections: ConnectionLimit::at_most(MAXIMUM_IN_ROOM),
            occupancy: Mutex::new(Occupancy { turn: 0, state: State::Free }),
            inside: RwLock::new(()),
        }
    }

    /// Takes the room, if it is free.
    pub(super) fn take(
        &self,
        form: &str,
        name: Option<String>,
        random: &Random,
        now: DateTime<Utc>,
    ) -> Option<RoomKey> {
        let mut occupancy = self.lock();
        if !matches!(occupancy.state, State::Free) {
            return None;
        }
        let (form, link) = (form.to_owned(), random.secret());
        occupancy.state = State::Taken(Taken { name, form, link, last_request: now });
        Some(RoomKey { room: self.number, turn: occupancy.turn })
    }

    /// The key, if the form has taken this room.
    pub(super) fn taken_by(&self, form: &str) -> Option<RoomKey> {
        let occupancy = self.lock();
        let is_same = matches!(&occupancy.state, State::Taken(taken) if is_equal(&taken.form, form));
        is_same.then(|| RoomKey { room: self.number, turn: occupancy.turn })
    }

    pub(super) fn is_free(&self) -> bool {
        matches!(self.lock().state, State::Free)
    }

    /// Whether the key opens this room now.
    pub(super) fn is_opened_by(&self, key: RoomKey) -> bool {
        let occupancy = self.lock();
        key.room == self.number && key.turn == occupancy.turn && matches!(occupancy.state, State::Taken(_))
    }

    /// The secret of the link for another browser.
    pub(super) fn link(&self) -> Option<String> {
        match &self.lock().state {
            State::Taken(taken) => Some(taken.link.clone()),
            State::Free | State::Clearing => None,
        }
    }

    /// The key, if the link is this room's.
    pub(super) fn joined_by(&self, link: &str) -> Option<RoomKey> {
        let occupancy = self.lock();
        let is_same = matches!(&occupancy.state, State::Taken(taken) if is_equal(&taken.link, link));
        is_same.then(|| RoomKey { room: self.number, turn: occupancy.turn })
    }

    /// Notes that the participant did something.
    pub(super) fn touch(&self, now: DateTime<Utc>) {
        if let State::Taken(taken) = &mut self.lock().state {
            taken.last_request = now;
        }
    }

    pub(super) async fn jump_to(&self, checkpoint: Checkpoint, now: DateTime<Utc>) {
        let _alone = self.inside.write().await;
        self.tenant.jump_to(checkpoint).await;
        self.touch(now);
    }

    /// Takes the room away from whoever has `turn`, and makes it ready for the next. `false` if nobody has it in this turn.
    pub(super) async fn free(&self, turn: u64) -> bool {
        {
            let mut occupancy = self.lock();
            if occupancy.turn != turn || !matches!(occupancy.state, State::Taken(_)) {
                return false;
            }
            occupancy.state = State::Clearing;
            occupancy.turn += 1;
        }
        // The participant's last requests are finished first. No more are let in.
        let _alone = self.inside.write().await;
        self.tenant.restart();
        self.store.clear();
        self.lock().state = State::Free;
        true
    }

    /// Which participant it is, counted from 0.
    pub(super) fn turn(&self) -> u64 {
        self.lock().turn
    }

    /// While this is held, the room does not change hands, nor does it jump.
    pub(super) async fn stay(&self) -> RwLockReadGuard<'_, ()> {
        self.inside.read().await
    }

    pub(super) fn status(&self, now: DateTime<Utc>) -> RoomStatus {
        let progress = self.tenant.progress();
        let occupancy = self.lock();
        let (name, idle) = match &occupancy.state {
            State::Taken(taken) => (taken.name.clone(), Some(now - taken.last_request)),
            State::Free | State::Clearing => (None, None),
        };
        let is_finished = progress.as_ref().is_some_and(|progress| progress.next.is_none());
        let refusals = progress.as_ref().map_or(0, |progress| progress.refusals);
        let idle = idle.filter(|idle| *idle >= IDLE && !is_finished);
        let refused = (refusals > REFUSALS).then_some(Trouble::Refused(refusals));
        RoomStatus {
            is_taken: matches!(occupancy.state, State::Taken(_)),
            name,
            progress,
            trouble: refused.or(idle.map(Trouble::Idle)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Occupancy> {
        self.occupancy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
