//! Which characters a setting's value may have. A value that was pasted from a dashboard, a slide or a shell may
//! contain zero-width characters, line breaks or quotes that nobody noticed.
//!
//! The functions that [`Setting::find_misplaced`] names return the position of the first character that does not belong
//! in the value.

use super::setting::Setting;
use crate::text::is_blank;

impl<T> Setting<T> {
    /// The quotes around the value, or the first character that does not belong in it, in words that complete "must
    /// be". They show nothing else of the value, which may be a secret.
    pub(super) fn misplaced(&self, value: &str) -> Option<String> {
        if let Some(quote) = surrounding_quote(value) {
            return Some(format!("written without the quotes around it ({quote})"));
        }
        let position = (self.find_misplaced)(value)?;
        let character = value.chars().nth(position)?;
        Some(format!("written without {} (character {})", shown(character), position + 1))
    }
}

/// The quote at both ends, if there is one: it was meant for a shell or a file.
fn surrounding_quote(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let (first, last) = (characters.next()?, characters.next_back()?);
    (first == last && is_straight_quote(first)).then_some(first)
}

/// The character, escaped so that it can be seen and searched for.
pub(super) fn shown(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        _ if character.is_ascii_graphic() => character.to_string(),
        _ if is_invisible(character) => character.escape_default().to_string(),
        _ => format!("{character} ({})", character.escape_unicode()),
    }
}

/// Finds an invisible character, a line break or a curly quote.
pub(super) fn invisible(text: &str) -> Option<usize> {
    text.chars().position(|character| is_invisible(character) || is_curly_quote(character))
}

/// Finds a character that is not printable ASCII. Client ids and secrets consist of printable ASCII (RFC 6749, A.1,
/// A.2).
pub(super) fn not_ascii(text: &str) -> Option<usize> {
    text.chars().position(|character| !matches!(character, ' '..='~'))
}

/// Finds a character that a URL can't have, or has only percent-encoded (RFC 3986, 2). The parser silently drops some
/// of these. Letters of other scripts are left to the parser.
pub(super) fn not_in_url(text: &str) -> Option<usize> {
    let unsafe_in_url = |character| matches!(character, ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '|');
    text.chars().position(|it| is_invisible(it) || is_curly_quote(it) || unsafe_in_url(it))
}

/// Finds a character that is neither part of a scope (RFC 6749, A.4: `%x21 / %x23-5B / %x5D-7E`) nor the space between
/// two scopes; or a quote at either end of a scope.
pub(super) fn not_in_scopes(text: &str) -> Option<usize> {
    let is_allowed = |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    let characters: Vec<_> = text.chars().collect();
    characters.iter().enumerate().position(|(index, character)| {
        let neighbours = [index.checked_sub(1), Some(index + 1)].map(|it| it.and_then(|it| characters.get(it)));
        let is_at_end = neighbours.iter().any(|neighbour| neighbour.is_none_or(|it| *it == ' '));
        !is_allowed(*character) || (is_straight_quote(*character) && is_at_end)
    })
}

/// Finds a character that belongs neither in the names nor in the ids of `name=org_id,name=org_id`. An id is `org_` and
/// letters and digits.
pub(super) fn not_in_organization_ids(text: &str) -> Option<usize> {
    let mut is_in_id = false;
    text.chars().position(|character| {
        is_in_id = character == '=' || (is_in_id && character != ',');
        let is_allowed_in_id = character.is_ascii_alphanumeric() || matches!(character, '=' | '_' | ' ');
        let is_quote = is_straight_quote(character) || is_curly_quote(character);
        is_invisible(character) || is_quote || character == ';' || (is_in_id && !is_allowed_in_id)
    })
}

/// Whether the character can't be seen, or not be told from a plain space, or stands for bytes that are not UTF-8.
pub(super) fn is_invisible(character: char) -> bool {
    character == char::REPLACEMENT_CHARACTER || (character != ' ' && is_blank(character.encode_utf8(&mut [0; 4])))
}

fn is_straight_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`')
}

/// What word processors make of straight quotes.
fn is_curly_quote(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201f}')
}

#[cfg(test)]
mod tests;
