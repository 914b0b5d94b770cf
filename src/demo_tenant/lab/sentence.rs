//! Sentences with names in them, for pages.

use serde::{Deserialize, Serialize};

use crate::text::{shorten, visible, without_direction};

/// How much of a name is shown, in characters. Names of organizations are never longer.
const MAXIMUM_NAME: usize = 60;

/// How many names a list has before it only counts the rest.
const MAXIMUM_NAMES: usize = 4;

/// A sentence, as a page shows it piece by piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sentence(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    text: String,
    /// Whether the text is a name. Names come from outside: their direction must not affect the rest of the sentence.
    is_name: bool,
}

impl Sentence {
    /// The text, with each `{}` replaced by the next of the names.
    pub(crate) fn new(text: &str, names: &[&str]) -> Self {
        debug_assert!(text.matches("{}").count() <= names.len(), "{text}");
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

/// The words for a list of so many names: `{}, {} and {}`. A long list ends in a number.
pub(crate) fn list_of(count: usize) -> String {
    let shown = if count > MAXIMUM_NAMES { MAXIMUM_NAMES - 1 } else { count };
    match (shown, count - shown) {
        (0, _) => String::new(),
        (1, 0) => "{}".to_owned(),
        (shown, 0) => format!("{} and {{}}", vec!["{}"; shown - 1].join(", ")),
        (shown, rest) => format!("{} and {rest} more", vec!["{}"; shown].join(", ")),
    }
}

/// The number with its noun: `1 user`, `2 users`.
pub(crate) fn count_of(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
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
