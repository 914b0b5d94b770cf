//! The organization's shared notes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{sign_in::identity::Identity, text::is_blank};

/// How many notes are stored for an organization.
pub const MAXIMUM_NOTES: usize = 1000;
/// The longest note, in characters.
pub const MAXIMUM_LENGTH: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// 1 to [`MAXIMUM_LENGTH`] characters.
    pub text: String,
    /// The author's name.
    pub author: String,
    /// The connection that the author signed in through.
    pub connection: Option<String>,
    pub written_at: DateTime<Utc>,
}

/// Why a text can't be a note, as a sentence for the user.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidNote {
    /// Nothing of it is visible.
    #[error("A note must have at least one character.")]
    Empty,
    /// It has this many characters.
    #[error("A note can have at most {MAXIMUM_LENGTH} characters. Yours has {0}.")]
    TooLong(usize),
}

impl Note {
    /// Line breaks count as one character, however the browser sends them.
    pub fn new(text: &str, author: &Identity, now: DateTime<Utc>) -> Result<Self, InvalidNote> {
        let text = text.replace("\r\n", "\n").trim().to_owned();
        match text.chars().count() {
            _ if is_blank(&text) => Err(InvalidNote::Empty),
            length if length > MAXIMUM_LENGTH => Err(InvalidNote::TooLong(length)),
            _ => Ok(Self {
                text,
                author: author.name().into_owned(),
                connection: author.connection().map(str::to_owned),
                written_at: now,
            }),
        }
    }
}
