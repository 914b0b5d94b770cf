//! The message after a form: what it did, told by the next page that the user sees. It travels in a cookie of its own,
//! through all redirects, the provider's too. It never comes from a link, and it is shown once.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, time::Duration},
    web::Data,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{errors::failure::Failure, site::Site};
use crate::{
    clock::Clock,
    cookies::{seal, unseal},
    middleware::{CookieRemovals, shows_a_page},
    session::{SessionSettings, SignedInSession},
    sign_in::identity::{Identity, Organization},
    text::{shorten, visible},
};

const COOKIE: &str = "orglab_flash";

/// How long a message waits for its page. A user who comes back later has forgotten the form.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// How much of a name the message shows, in characters. It keeps the cookie below 1 kB.
const MAXIMUM_NAME: usize = 60;

/// What a form did.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flash {
    NotePosted,
    LoggedOut,
    LoggedIn,
    /// Logged in to an organization while this browser's session was for another one.
    Switched {
        /// The name of the other organization, shortened.
        from: String,
    },
}

/// The content of the cookie.
#[derive(Serialize, Deserialize)]
struct Stored {
    flash: Flash,
    made_at: DateTime<Utc>,
    /// When the session began whose pages may show it; `None` if only a visitor's pages may. Otherwise, somebody who can
    /// set cookies in another user's browser could show messages of their own session there.
    session: Option<DateTime<Utc>>,
}

/// A sentence, as the page shows it.
#[derive(Serialize)]
pub struct Message {
    pieces: Vec<Piece>,
}

/// A part of the sentence.
#[derive(Serialize)]
struct Piece {
    text: String,
    /// Whether the text is a name from outside. Its direction must not affect the rest of the sentence.
    is_name: bool,
}

impl Flash {
    /// What a sign-in did in a browser whose session was `before`.
    pub fn of_sign_in(before: Option<&SignedInSession>, identity: &Identity) -> Self {
        let before = before.and_then(|session| session.identity.organization());
        match (before, identity.organization()) {
            (Some(before), Some(now)) if before.id != now.id => Self::Switched { from: shown(&before.name) },
            _ => Self::LoggedIn,
        }
    }

    /// The cookie that keeps it for a page of the session that began at `session`, or for a visitor's page.
    pub fn cookie(self, request: &HttpRequest, session: Option<DateTime<Utc>>) -> Result<Cookie<'static>, Failure> {
        let names = Site::of(request)?.cookies();
        let (settings, clock) = data(request)?;
        let mut cookie = names.cookie(names.full_name(COOKIE), String::new());
        cookie.set_max_age(Duration::seconds(LIFETIME.num_seconds()));
        let stored = Stored { flash: self, made_at: clock.now(), session };
        seal(cookie, &stored, &settings.key).map_err(Failure::internal)
    }

    /// The sentence on a page for somebody who works in `organization`.
    fn message(self, organization: Option<&Organization>) -> Message {
        let organization = organization.map(|organization| shown(&organization.name));
        let pieces = match (self, organization) {
            (Self::NotePosted, _) => vec![text("Your note was posted.")],
            (Self::LoggedOut, _) => vec![text("You are logged out.")],
            (Self::LoggedIn, Some(to)) => vec![text("You are logged in to "), name(to), text(".")],
            (Self::Switched { from }, Some(to)) => {
                vec![text("You switched from "), name(from), text(" to "), name(to), text(".")]
            }
            (Self::LoggedIn | Self::Switched { .. }, None) => vec![text("You are logged in.")],
        };
        Message { pieces }
    }
}

fn text(text: &str) -> Piece {
    Piece { text: text.to_owned(), is_name: false }
}

fn name(name: String) -> Piece {
    Piece { text: name, is_name: true }
}

/// The message that waits for this request's page, if it is for the user of `session`, or for a visitor. It is removed
/// with the response. A cookie that can't be read is passed over: it may be another app's.
pub fn take(request: &HttpRequest, session: Option<&SignedInSession>) -> Result<Option<Message>, Failure> {
    let names = Site::of(request)?.cookies();
    let (settings, clock) = data(request)?;
    let (name, now) = (names.full_name(COOKIE), clock.now());
    let cookies = request.cookies().ok();
    let ours = cookies.iter().flat_map(|cookies| cookies.iter()).filter(|cookie| cookie.name() == name);
    let mut ours = ours.peekable();
    if ours.peek().is_none() || !shows_a_page(request.headers()) {
        return Ok(None);
    }
    let is_for_this_page = |stored: &Stored| {
        stored.session == session.map(|session| session.began_at) && (now - stored.made_at).abs() < LIFETIME
    };
    let stored = ours.find_map(|cookie| unseal(cookie, &settings.key).filter(is_for_this_page));
    Ok(stored.map(|stored| {
        CookieRemovals::of(request).extend([names.removal(name)]);
        stored.flash.message(session.and_then(|session| session.identity.organization()))
    }))
}

fn data(request: &HttpRequest) -> Result<(&SessionSettings, &Clock), Failure> {
    let settings = request.app_data::<Data<SessionSettings>>();
    let clock = request.app_data::<Data<Clock>>();
    settings.zip(clock).map(|(settings, clock)| (&***settings, &***clock)).ok_or_else(Failure::missing_data)
}

/// A name as the message shows it.
fn shown(name: &str) -> String {
    visible(&shorten(name, MAXIMUM_NAME)).into_owned()
}
