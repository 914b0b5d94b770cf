//! Sentences with names in them, for pages.

use serde::Serialize;

use crate::text::{shorten, visible, without_direction};

/// How much of a name is shown, in characters. Names of organizations are never longer.
const MAXIMUM_NAME: usize = 60;

/// A sentence, as a page shows it piece by piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sentence(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Piece {
    text: String,
    /// Whether the text is a name. Names come from outside: their direction must not affect the rest of the sentence.
    is_name: bool,
}

impl Sentence {
    /// The text with the names in place of each `{}`.
    pub(crate) fn new(text: &str, names: &[&str]) -> Self {
        debug_assert_eq!(text.matches("{}").count(), names.len(), "{text}");
        let mut pieces = vec![];
        for (index, words) in text.split("{}").enumerate() {
            if let Some(name) = index.checked_sub(1).and_then(|before| names.get(before)) {
                let name = shorten(&without_direction(name), MAXIMUM_NAME);
                pieces.push(Piece { text: visible(&name).into_owned(), is_name: true });
            }
            pieces.push(Piece { text: words.to_owned(), is_name: false });
        }
        Self(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_from_the_words() {
        let sentence = Sentence::new("Log in to {} as {}.", &["org1", "{}\u{202e}"]);
        let pieces: Vec<_> = sentence.0.iter().map(|piece| (piece.text.as_str(), piece.is_name)).collect();
        let expected = [("Log in to ", false), ("org1", true), (" as ", false), ("{}", true), (".", false)];
        assert_eq!(pieces, expected);
    }
}
