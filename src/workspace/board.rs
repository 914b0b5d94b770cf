//! The organization's shared notes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{sign_in::identity::Identity, text::is_blank};

/// How many notes an organization keeps.
pub const MAXIMUM_NOTES: usize = 1000;
/// The longest note, in characters.
pub const MAXIMUM_LENGTH: usize = 500;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it says: 1 to [`MAXIMUM_LENGTH`] characters.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// The connection that the author signed in through.
    pub connection: Option<String>,
    /// When.
    pub written_at: DateTime<Utc>,
}

/// A text is no note.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidNote {
    /// Nothing that shows.
    #[error("A note needs at least one character.")]
    Empty,
    /// Too long.
    #[error("A note has at most {MAXIMUM_LENGTH} characters; this one has {0}.")]
    TooLong(usize),
}

impl Note {
    /// A note of `author`'s; line breaks count as one character, however the browser sends them.
    pub fn new(text: &str, author: &Identity, now: DateTime<Utc>) -> Result<Self, InvalidNote> {
        let text = text.replace("\r\n", "\n").trim().to_owned();
        match text.chars().count() {
            _ if is_blank(&text) => Err(InvalidNote::Empty),
            length if length > MAXIMUM_LENGTH => Err(InvalidNote::TooLong(length)),
            _ => Ok(Self {
                text,
                author: author.name().to_owned(),
                connection: author.connection().map(str::to_owned),
                written_at: now,
            }),
        }
    }
}
