//! Users as the features' pages show them.

use serde::Serialize;

use crate::text::{hue, initials};

/// The longest text that a list shows, in bytes of HTML: more than a name or an email address can have in most scripts.
const MAXIMUM_TEXT: usize = 1_024;

#[derive(Serialize)]
pub(super) struct UserView {
    name: String,
    initials: String,
    /// `None` where it would only repeat the name.
    email: Option<String>,
    connection: Option<String>,
    /// The hue of the connection.
    hue: Option<u32>,
}

impl UserView {
    pub(super) fn new(name: String, email: Option<String>, connection: Option<String>) -> Self {
        Self {
            initials: initials(&name),
            email: email.filter(|email| *email != name),
            name,
            hue: connection.as_deref().map(hue),
            connection,
        }
    }

    /// What comes from outside, and may be long.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.name].into_iter().chain(&mut self.email).chain(&mut self.connection)
    }
}

/// Shortens the longest texts of a list until all of them together take at most `budget` bytes of HTML: many long ones
/// would make a long page.
pub(super) fn shorten_together<'a>(texts: impl Iterator<Item = &'a mut String>, budget: usize) {
    let mut texts: Vec<_> = texts.map(|text| (size(text), text)).collect();
    let mut longest = MAXIMUM_TEXT;
    while texts.iter().map(|(size, _)| longest.min(*size)).sum::<usize>() > budget {
        longest /= 2;
    }
    for (size, text) in &mut texts {
        if *size > longest {
            shorten(text, longest);
        }
    }
}

/// The text's size as HTML, in bytes.
fn size(text: &str) -> usize {
    text.chars().map(size_of).sum()
}

fn size_of(letter: char) -> usize {
    match letter {
        '&' | '\'' => 5, // as character references
        '<' | '>' => 4,
        '"' => 6,
        _ => letter.len_utf8(),
    }
}

fn shorten(text: &mut String, longest: usize) {
    let mut size = 0;
    let is_too_much = |letter| {
        size += size_of(letter);
        size > longest
    };
    if let Some(end) = text.find(is_too_much) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::all_fit(&["ab", "abcd"], 6, &["ab", "abcd"])]
    #[case::the_longest_are_cut(&["ab", "abcdefghij"], 6, &["ab", "abcd…"])]
    #[case::as_html(&["&&", "abcd"], 12, &["&…", "abcd"])]
    #[case::letters_of_several_bytes(&["äää"], 5, &["ää…"])]
    #[case::nothing_fits(&["ab", "ab"], 1, &["…", "…"])]
    #[case::none(&[], 0, &[])]
    fn texts_are_shortened_until_they_fit(#[case] texts: &[&str], #[case] budget: usize, #[case] shown: &[&str]) {
        let mut texts: Vec<_> = texts.iter().map(ToString::to_string).collect();
        shorten_together(texts.iter_mut(), budget);
        assert_eq!(texts, shown);
    }
}
