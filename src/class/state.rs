//! The class: its rooms, who is in them, and what the instructor decides.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use actix_web::http::header::HeaderMap;
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use tracing::{error_span, info, warn};
use url::Url;

use super::{
    cookies::{ClassCookies, RoomKey},
    room::Room,
};
use crate::{clock::Clock, random::Random};

/// What all handlers share.
pub(super) struct ClassState {
    pub(super) name: String,
    /// The front door's origin.
    pub(super) origin: Url,
    /// Room `n` is at `n - 1`.
    pub(super) rooms: Vec<Room>,
    pub(super) cookies: ClassCookies,
    pub(super) clock: Clock,
    pub(super) random: Random,
    /// Of the link to the overview.
    pub(super) overview_key: String,
    is_open: AtomicBool,
    /// What the instructor did last.
    last_action: Mutex<Option<String>>,
    /// So that one form takes one room.
    taking: Mutex<()>,
    /// Streams of events end when it is dropped or changes.
    end: watch::Sender<()>,
}

/// Why nobody gets a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    AllTaken,
    /// The instructor has closed the door.
    Closed,
}

impl ClassState {
    pub(super) fn new(
        name: String,
        origin: Url,
        rooms: Vec<Room>,
        cookies: ClassCookies,
        clock: Clock,
        random: Random,
    ) -> Self {
        Self {
            name,
            origin,
            rooms,
            cookies,
            clock,
            overview_key: BASE64URL_NOPAD.encode(&random.bytes::<16>()),
            random,
            is_open: AtomicBool::new(true),
            last_action: Mutex::default(),
            taking: Mutex::default(),
            end: watch::Sender::new(()),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn room(&self, number: usize) -> Option<&Room> {
        self.rooms.get(number.checked_sub(1)?)
    }

    /// The room that the browser's cookie opens.
    pub(super) fn room_of(&self, headers: &HeaderMap) -> Option<&Room> {
        let key = self.cookies.room(headers, self.now())?;
        self.room(key.room).filter(|room| room.is_opened_by(key))
    }

    pub(super) fn is_instructor(&self, headers: &HeaderMap) -> bool {
        self.cookies.has_instructor(headers, self.now())
    }

    /// Whether this is the key in the link to the overview.
    pub(super) fn is_overview_key(&self, key: &str) -> bool {
        key.as_bytes().ct_eq(self.overview_key.as_bytes()).into()
    }

    /// Why nobody gets a room now, if nobody does.
    pub(super) fn why_no_room(&self) -> Option<NoRoom> {
        if !self.is_open() {
            Some(NoRoom::Closed)
        } else if self.rooms.iter().any(Room::is_free) {
            None
        } else {
            Some(NoRoom::AllTaken)
        }
    }

    /// The first free room. The same `form` always gets the same.
    pub(super) fn take_room(&self, form: &str, name: Option<String>) -> Result<RoomKey, NoRoom> {
        let _one_at_a_time = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.rooms.iter().find_map(|room| room.taken_by(form)) {
            return Ok(key);
        }
        if !self.is_open() {
            return Err(NoRoom::Closed);
        }
        let now = self.now();
        let key = self.rooms.iter().find_map(|room| room.take(form, name.clone(), &self.random, now));
        let Some(key) = key else {
            warn!(event = "rooms_taken", "all {} rooms are taken, and somebody asks for one", self.rooms.len());
            return Err(NoRoom::AllTaken);
        };
        error_span!("class", room = key.room).in_scope(|| info!(event = "room_taken", "the room is taken"));
        Ok(key)
    }

    /// The room that the link is for, and its key.
    pub(super) fn joined_by(&self, link: &str) -> Option<(&Room, RoomKey)> {
        self.rooms.iter().find_map(|room| Some((room, room.joined_by(link)?)))
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Whether anybody may take a room from now on.
    pub(super) fn set_open(&self, is_open: bool) {
        self.is_open.store(is_open, Ordering::Relaxed);
    }

    pub(super) fn last_action(&self) -> Option<String> {
        self.last_action.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note_action(&self, action: String) {
        *self.last_action.lock().unwrap_or_else(PoisonError::into_inner) = Some(action);
    }

    /// Learns when all streams of events must end.
    pub(super) fn ending(&self) -> watch::Receiver<()> {
        self.end.subscribe()
    }

    /// Ends all streams of events, here and in the rooms.
    pub(super) fn end_streams(&self) {
        self.end.send_replace(());
        self.rooms.iter().for_each(|room| room.tenant.end_streams());
    }
}
