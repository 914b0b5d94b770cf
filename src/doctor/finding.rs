//! Findings, and the report of them.

use serde::Serialize;

use crate::diagnosis::Misconfiguration;

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: "callback-url".
    pub name: &'static str,
    pub status: Status,
    pub found: String,
    /// What to change, and where, if it is wrong.
    pub change: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Sign-ins fail.
    Wrong,
    /// The provider's responses do not show it.
    Unknown,
}

impl Finding {
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), change: None }
    }

    pub(super) fn wrong(name: &'static str, found: impl Into<String>, misconfiguration: Misconfiguration) -> Self {
        Self::must_change(name, found, misconfiguration.change())
    }

    pub(super) fn must_change(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, status: Status::Wrong, found: found.into(), change: Some(change.into()) }
    }

    /// The same finding, with something else that may have to change if it is wrong.
    pub(super) fn or_change(self, other: &str) -> Self {
        Self { change: self.change.map(|change| format!("{change} {other}")), ..self }
    }

    pub(super) fn unknown(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Unknown, found: format!("could not tell: {}", found.into()), change: None }
    }
}

impl Finding {
    /// One line or more for a terminal. `others` are the names of findings with the same text.
    fn line(&self, others: &[&str]) -> String {
        let mark = match self.status {
            Status::Ok => "✓",
            Status::Wrong => "✗",
            Status::Unknown => "?",
        };
        if !others.is_empty() {
            return format!("{mark} {}, {}\n    {}\n", self.name, others.join(", "), self.found);
        }
        let change = self.change.as_ref().map(|change| format!("\n    → {change}")).unwrap_or_default();
        format!("{mark} {:<22} {}{change}\n", self.name, self.found)
    }
}

/// All findings.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Nothing is wrong, as far as the provider's responses show.
    pub ok: bool,
    #[serde(rename = "checks")]
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        Self { ok: findings.iter().all(|finding| finding.status != Status::Wrong), findings }
    }

    /// The report if the settings are wrong, so that there is no provider to check: for each wrong setting, what was
    /// found and what to change.
    pub fn of_wrong_settings(wrong: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::of(wrong.into_iter().map(|(found, change)| Finding::must_change("settings", found, change)).collect())
    }

    /// The report if the check could not run: why, and what to change.
    pub fn of_failure(found: impl Into<String>, change: impl Into<String>) -> Self {
        Self::of(vec![Finding::must_change("check", found, change)])
    }

    /// The report for a terminal. Findings that are unknown for the same reason share a line. In JSON, each keeps an
    /// entry of its own, since programs look for names.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (index, finding) in self.findings.iter().enumerate() {
            let is_alike = |other: &&Finding| finding.status == Status::Unknown && other.found == finding.found;
            if self.findings[..index].iter().any(|earlier| is_alike(&earlier)) {
                continue;
            }
            let alike: Vec<_> = self.findings[index + 1..].iter().filter(is_alike).map(|other| other.name).collect();
            text += &finding.line(&alike);
        }
        text
    }
}
