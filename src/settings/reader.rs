//! Reads settings, and collects what is wrong with them.

use std::fmt;

use super::setting::Setting;

pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    invalid: Vec<InvalidSetting>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, invalid: Vec::new() }
    }

    /// The text that is set. Empty text counts as unset.
    fn held<T>(&self, setting: &Setting<T>) -> Option<String> {
        (self.lookup)(setting.name).map(|held| held.trim().to_owned()).filter(|held| !held.is_empty())
    }

    pub(super) fn is_set<T>(&self, setting: &Setting<T>) -> bool {
        self.held(setting).is_some()
    }

    /// The value that is set. `None` if it is unset; also if it is wrong, which is recorded as an error.
    pub(super) fn value<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let held = self.held(setting)?;
        if let Some(must_be) = setting.misplaced(&held) {
            self.reject(setting, must_be);
            return None;
        }
        let value = (setting.parse)(&held);
        if value.is_none() {
            self.reject(setting, setting.must_be);
        }
        value
    }

    /// The value that is set, else the default.
    pub(super) fn value_or_default<T>(&mut self, setting: &Setting<T>) -> T {
        self.value(setting).unwrap_or_else(|| setting.default_value())
    }

    /// The text that is set, which may be empty, else the default.
    pub(super) fn maybe_empty(&mut self, setting: &Setting<String>) -> String {
        let is_empty = (self.lookup)(setting.name).is_some_and(|held| held.trim().is_empty());
        if is_empty { String::new() } else { self.value_or_default(setting) }
    }

    /// Records the setting as wrong; `must_be` completes "must be".
    pub(super) fn reject<T>(&mut self, setting: &Setting<T>, must_be: impl Into<String>) {
        let held = if setting.is_secret { None } else { self.held(setting) };
        self.invalid.push(InvalidSetting { name: setting.name, held, must_be: must_be.into() });
    }

    pub(super) fn is_rejected<T>(&self, setting: &Setting<T>) -> bool {
        self.invalid.iter().any(|invalid| invalid.name == setting.name)
    }

    /// `settings`, if no setting is wrong.
    pub(super) fn finish<S>(self, settings: S) -> Result<S, InvalidSettings> {
        if self.invalid.is_empty() { Ok(settings) } else { Err(InvalidSettings(self.invalid)) }
    }
}

/// A setting that is wrong, or missing.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidSetting {
    name: &'static str,
    /// The text that is set. `None` for a secret, and if nothing is set.
    held: Option<String>,
    /// Completes "must be".
    must_be: String,
}

impl InvalidSetting {
    /// A setting that is set where it must not be. Its value may be a secret.
    pub(super) fn not_allowed(name: &'static str, why: &str) -> Self {
        Self { name, held: None, must_be: format!("unset, in the environment and in .env: {why}") }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The same under the name of the option that stands for the setting.
    pub(super) fn renamed(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// What was found, for a report.
    pub fn found(&self) -> String {
        match &self.held {
            Some(held) => format!("{} is {held:?}", self.name),
            None => format!("{} is missing or invalid", self.name),
        }
    }

    /// What to change, for a report.
    pub fn change(&self) -> String {
        format!("{} must be {}", self.name, self.must_be)
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.held {
            Some(held) => write!(formatter, "{} is {held:?}; it must be {}", self.name, self.must_be),
            None => write!(formatter, "{} must be {}", self.name, self.must_be),
        }
    }
}

/// All settings that are wrong, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct InvalidSettings(pub Vec<InvalidSetting>);
