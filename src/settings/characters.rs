//! Which characters a setting's value may have. A value that was pasted from a dashboard, a slide or a shell may have
//! zero-width characters, line breaks or quotes in it that nobody noticed.

use super::setting::Setting;
use crate::text::is_blank;

impl<T> Setting<T> {
    /// What the value must be without: the quotes around it, or the first character that does not belong in it. It
    /// completes "must be", and shows nothing else of the value, which may be a secret.
    pub(super) fn misplaced(&self, value: &str) -> Option<String> {
        if let Some(quote) = surrounding_quote(value) {
            return Some(format!("without the quotes around it ({quote})"));
        }
        let position = (self.find_misplaced)(value)?;
        let character = value.chars().nth(position)?;
        Some(format!("without {}, which is character {}", shown(character), position + 1))
    }
}

/// The quote at both ends: it was meant for a shell or a file.
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

/// An invisible character, a line break or a curly quote.
pub(super) fn invisible(text: &str) -> Option<usize> {
    text.chars().position(|character| is_invisible(character) || is_curly_quote(character))
}

/// What is not printable ASCII. Client ids and secrets have nothing else (RFC 6749, A.1, A.2).
pub(super) fn not_ascii(text: &str) -> Option<usize> {
    text.chars().position(|character| !matches!(character, ' '..='~'))
}

/// What a URL has only in percent-encoding, if at all (RFC 3986, 2). The parser silently drops some of it.
/// Letters of other scripts are left to the parser.
pub(super) fn not_in_url(text: &str) -> Option<usize> {
    let unsafe_in_url = |character| matches!(character, ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '|');
    text.chars().position(|it| is_invisible(it) || is_curly_quote(it) || unsafe_in_url(it))
}

/// What is not in a scope (RFC 6749, A.4: `%x21 / %x23-5B / %x5D-7E`) nor the space between two of them; or a quote at a
/// scope's end.
pub(super) fn not_in_scopes(text: &str) -> Option<usize> {
    let is_allowed = |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    let characters: Vec<_> = text.chars().collect();
    characters.iter().enumerate().position(|(index, character)| {
        let neighbours = [index.checked_sub(1), Some(index + 1)].map(|it| it.and_then(|it| characters.get(it)));
        let is_at_end = neighbours.iter().any(|neighbour| neighbour.is_none_or(|it| *it == ' '));
        !is_allowed(*character) || (is_straight_quote(*character) && is_at_end)
    })
}

/// What is neither in the names nor in the ids of `name=org_id,name=org_id`. An id is `org_` with letters and digits.
pub(super) fn not_in_organization_ids(text: &str) -> Option<usize> {
    let mut is_in_id = false;
    text.chars().position(|character| {
        is_in_id = character == '=' || (is_in_id && character != ',');
        let is_foreign_to_ids = !(character.is_ascii_alphanumeric() || matches!(character, '=' | '_' | ' '));
        let is_quote = is_straight_quote(character) || is_curly_quote(character);
        is_invisible(character) || is_quote || character == ';' || (is_in_id && is_foreign_to_ids)
    })
}

/// Whether nobody can see the character, or tell it from a plain space; or whether it stands for bytes that are not
/// UTF-8.
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
