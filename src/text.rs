//! How text from outside is shown: shortened, and visible.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// Control characters, line and paragraph separators, ignorable code points (zero-width, direction, variation, fillers,
/// tags), interlinear annotation marks, the placeholder of an object that was not copied, and the Braille pattern
/// without dots. Not all of Unicode's category Cf: some of that is visible, such as the Arabic number sign.
#[expect(clippy::unwrap_used, reason = "the tests below compile it")]
static INVISIBLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFC}\u{2800}]+").unwrap()
});

/// Whether nothing of the text is visible.
pub fn is_blank(text: &str) -> bool {
    without_invisible(text).trim().is_empty()
}

/// The text without its invisible characters. Spaces stay; tabs and line breaks are control characters, and do not.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    INVISIBLE.replace_all(text, "")
}

/// The text, quoted and escaped if it would be invisible otherwise.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_blank(text) { Cow::Owned(format!("{text:?}")) } else { Cow::Borrowed(text) }
}

/// How much errors, records and the log show of a value from outside, in characters.
pub const MAXIMUM_SHOWN: usize = 200;

/// At most `maximum` characters of the text, and "…" if there are more.
pub fn shorten(text: &str, maximum: usize) -> String {
    match text.char_indices().nth(maximum) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text without the marks that set its direction (Unicode Standard Annex 9, 2). In the middle of a sentence, an
/// embedding that is not closed would reverse the rest of it.
pub fn without_direction(text: &str) -> String {
    let is_mark = |letter: char| matches!(letter, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(is_mark, "")
}

/// The first letters of a name's first and last word, in upper case: "AL" for Alice Liddell, "A" for
/// alice@org1.example.
pub fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let words = name.split(|letter: char| letter.is_whitespace() || letter == '.' || letter == '_');
    let mut letters = words.filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let (first, last) = (letters.next(), letters.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// How many hues there are for names.
const HUES: u32 = 12;

/// The hue of an organization or a connection, by its name alone, so that it is the same on every page and on both
/// sites: the class `hue-0` to `hue-11`. Case does not matter, since providers may change it.
pub fn hue(name: &str) -> u32 {
    crc32fast::hash(name.to_lowercase().as_bytes()) % HUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_lab_have_hues_far_apart() {
        let distance = |a: &str, b: &str| {
            let steps = hue(a).abs_diff(hue(b));
            steps.min(HUES - steps)
        };
        for (one, other) in [("Okta1", "Okta2"), ("org1", "org2"), ("Okta1", "org1"), ("Okta2", "org2")] {
            assert!(distance(one, other) >= 2, "{one} and {other}");
        }
        assert_eq!(hue("ORG1"), hue("org1"));
    }

    #[rstest::rstest]
    #[case::empty("", true)]
    #[case::blanks(" \t\r\n\u{a0}\u{3000}", true)]
    #[case::zero_width("\u{200b}\u{200d}\u{2060}\u{feff}", true)]
    #[case::direction("\u{202e}\u{2066}\u{61c}", true)]
    #[case::fillers("\u{3164}\u{115f}\u{2800}", true)]
    #[case::a_variation_of_nothing("\u{fe0f}", true)]
    #[case::null("\u{0}", true)]
    #[case::a_letter_among_them("\u{200b} x", false)]
    #[case::joined("👩\u{200d}🚀", false)]
    #[case::a_combining_mark("\u{301}", false)]
    fn what_does_not_show_is_blank(#[case] text: &str, #[case] is: bool) {
        assert_eq!(is_blank(text), is);
    }

    #[rstest::rstest]
    #[case::nothing_to_do(" acme corp ", " acme corp ")]
    #[case::at_the_ends_and_inside("\u{feff}or\u{ad}g\u{200b}1\u{2060}", "org1")]
    #[case::control_characters("or\u{b}g1\r\n\u{85}\u{0}", "org1")]
    #[case::separators("or\u{2028}g1\u{2029}", "org1")]
    #[case::the_place_of_a_picture("\u{fffc}org1", "org1")]
    #[case::visible_letters_of_category_cf("\u{600}1", "\u{600}1")]
    fn what_does_not_show_can_be_left_out(#[case] text: &str, #[case] left: &str) {
        assert_eq!(without_invisible(text), left);
    }

    #[test]
    fn letters_stay_and_their_direction_too() {
        assert_eq!(without_direction("\u{202e}abc\u{2069} \u{200f}אבג"), "abc אבג");
    }

    #[rstest::rstest]
    #[case("Alice Adams", "AA")]
    #[case("Åsa Maria von Öst", "ÅÖ")]
    #[case("Alice Adams-Baker", "AA")]
    #[case("bob", "B")]
    #[case("alice@org1.example", "A")]
    #[case("alice.adams@org1.example", "AA")]
    #[case("", "")]
    #[case("@", "")]
    fn initials_are_those_of_the_first_and_the_last_word(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(initials(name), expected);
    }
}
