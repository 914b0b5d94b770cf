//! A setting: one row of its group's table.

/// A row: how the setting is read, and what `orglab --help` says about it.
pub(super) struct Setting<T> {
    pub(super) name: &'static str,
    pub(super) default: Fallback,
    /// What it is, in one line.
    pub(super) description: &'static str,
    /// Completes "must be", for a value that `parse` rejects.
    pub(super) must_be: &'static str,
    /// Finds the first character that does not belong in the value: a function of `characters.rs`.
    pub(super) find_misplaced: fn(&str) -> Option<usize>,
    pub(super) parse: fn(&str) -> Option<T>,
    /// Whether the value is a secret, which is never shown.
    pub(super) is_secret: bool,
}

/// What applies if a setting is unset.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fallback {
    /// This value.
    Value(&'static str),
    /// Something that is not a value, in words.
    Words(&'static str),
}

/// What `orglab --help` shows of a setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingSummary {
    pub name: &'static str,
    /// A value as it could be set, or words.
    pub default: &'static str,
    /// One line.
    pub description: &'static str,
}

impl<T> Setting<T> {
    pub(super) const fn summary(&self) -> SettingSummary {
        let (Fallback::Value(default) | Fallback::Words(default)) = self.default;
        SettingSummary { name: self.name, default, description: self.description }
    }

    /// The default, if that is a value.
    #[expect(clippy::expect_used, reason = "at the start, with constants that a test reads")]
    pub(super) fn default_value(&self) -> T {
        let value = match self.default {
            Fallback::Value(value) => (self.parse)(value),
            Fallback::Words(_) => None,
        };
        value.expect("a default that can be read")
    }
}
