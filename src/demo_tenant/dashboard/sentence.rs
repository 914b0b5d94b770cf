//! Sentences with names in them. Names come from outside: they may be long, be written from right to left or look like
//! markup.

use serde::{Deserialize, Serialize};

use crate::text::{shorten, visible};

/// How much of a name a sentence shows, in characters.
const MAXIMUM_NAME: usize = 60;

/// How many names a list has before it only counts the rest.
const MAXIMUM_NAMES: usize = 4;

/// A sentence or two, as a page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sentence {
    pieces: Vec<Piece>,
}

/// A part of the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    text: String,
    /// Whether the text is a name. Its direction must not affect the rest of the sentence.
    is_name: bool,
}

impl Sentence {
    /// The words, with each `{}` replaced by the next of the names.
    pub(super) fn new(words: &str, names: &[&str]) -> Self {
        let mut names = names.iter().map(|name| Piece { text: shown(name), is_name: true });
        let mut pieces = vec![];
        for (index, text) in words.split("{}").enumerate() {
            if index > 0 {
                pieces.extend(names.next());
            }
            if !text.is_empty() {
                pieces.push(Piece { text: text.to_owned(), is_name: false });
            }
        }
        Self { pieces }
    }
}

/// The words for a list of so many names: `{}, {} and {}`. A long list ends in a number.
pub(super) fn list_of(count: usize) -> String {
    let shown = if count > MAXIMUM_NAMES { MAXIMUM_NAMES - 1 } else { count };
    match (shown, count - shown) {
        (0, _) => String::new(),
        (1, 0) => "{}".to_owned(),
        (shown, 0) => format!("{} and {{}}", vec!["{}"; shown - 1].join(", ")),
        (shown, rest) => format!("{} and {rest} more", vec!["{}"; shown].join(", ")),
    }
}

/// The number with its noun: `1 user`, `2 users`.
pub(super) fn count_of(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A name as the sentence shows it.
fn shown(name: &str) -> String {
    visible(&shorten(name, MAXIMUM_NAME)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_their_places_whatever_they_contain() {
        let sentence = Sentence::new("{} was added to {}.", &["{}", "org1"]);
        let pieces: Vec<_> = sentence.pieces.iter().map(|piece| (piece.text.as_str(), piece.is_name)).collect();
        assert_eq!(pieces, [("{}", true), (" was added to ", false), ("org1", true), (".", false)]);
    }

    #[rstest::rstest]
    #[case(1, "{}")]
    #[case(2, "{} and {}")]
    #[case(4, "{}, {}, {} and {}")]
    #[case(5, "{}, {}, {} and 2 more")]
    #[case(900, "{}, {}, {} and 897 more")]
    fn a_list_ends_in_a_number_where_it_is_long(#[case] count: usize, #[case] words: &str) {
        assert_eq!(list_of(count), words);
    }
}
