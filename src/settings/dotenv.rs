//! `.env`, a file of settings. A setting in the environment takes precedence, unless it is empty.
//!
//! dotenvy reads the file, and silently changes values: it replaces `$name`, and drops quotes, backslashes and
//! what follows a `#`. A secret may contain any of these. So a value that dotenvy would change is refused.

use std::{
    env, fs,
    io::{self, ErrorKind},
};

use super::{
    Settings,
    characters::{is_invisible, shown},
};

/// Reads `.env` into the environment, if there is one in this folder. The error names all that is wrong with it, a line
/// each. It shows nothing of the file but names of settings: anything else may be a secret.
pub fn read() -> Result<(), String> {
    let bytes = match fs::read(".env") {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(".env").is_err() => return Ok(()),
        Err(error) => return Err(unreadable(&error)),
    };
    let entries = entries(&text(&bytes)?).map_err(|problems| problems.join("\n"))?;
    let unset = entries.into_iter().filter(|entry| is_unset(&entry.name));
    let sources: String = unset.map(|entry| entry.source).collect();
    dotenvy::from_read_override(sources.as_bytes()).map_err(|_| ".env can't be read".to_owned())
}

/// Whether the environment lacks the variable. An empty one counts as unset.
fn is_unset(name: &str) -> bool {
    env::var_os(name).is_none_or(|value| value.to_str().is_some_and(|value| value.trim().is_empty()))
}

fn unreadable(error: &io::Error) -> String {
    let remedy = if fs::metadata(".env").is_ok_and(|metadata| metadata.is_dir()) {
        "it is a directory; replace it with a file"
    } else if error.kind() == ErrorKind::NotFound {
        "it is a symbolic link to a file that does not exist; restore the file or remove the link"
    } else if error.kind() == ErrorKind::PermissionDenied {
        "give the user who runs orglab permission to read it"
    } else {
        return format!(".env can't be read: {error}");
    };
    format!(".env can't be read: {remedy} ({error})")
}

/// The file's text, with a line feed at the end of each line.
fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(".env is UTF-16 or not a text file: save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| {
        let number = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        format!(".env: line {number} is not UTF-8: save the file as UTF-8")
    })?;
    Ok(text.replace("\r\n", "\n").replace('\r', "\n") + "\n")
}

/// An assignment in the file.
struct Entry {
    name: String,
    /// Where it begins, counted from 1.
    line: usize,
    /// Its text: one line, or several if the value is quoted.
    source: String,
}

/// All entries, or everything that is wrong with the file.
fn entries(text: &str) -> Result<Vec<Entry>, Vec<String>> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let (mut entries, mut problems, mut index) = (Vec::<Entry>::new(), Vec::new(), 0);
    while index < lines.len() {
        let Some((source, parsed)) = first_entry(&lines[index..]) else {
            problems.push(format!(".env: {} can't be read; {}", label(index + 1, lines[index]), reason(lines[index])));
            index += 1;
            continue;
        };
        if let Some((name, value)) = parsed {
            let written = source.split_once('=').map_or("", |(_, written)| written);
            if !is_as_written(written, &value) {
                problems.push(format!(".env: {}: {}", label(index + 1, &source), remedy(written)));
            }
            if let Some(earlier) = entries.iter().find(|entry| entry.name == name) {
                let what = setting_of(&source).unwrap_or("the same name");
                problems.push(format!(".env: lines {} and {} both set {what}: remove one", earlier.line, index + 1));
            }
            entries.push(Entry { name, line: index + 1, source: source.clone() });
        }
        index += source.lines().count();
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// The source of the first entry, and its name and value, or `None` for a comment or an empty line. `None` if dotenvy
/// can't read it, however many lines it is given.
fn first_entry(lines: &[&str]) -> Option<(String, Option<(String, String)>)> {
    (1..=lines.len()).find_map(|count| {
        let source = lines[..count].concat();
        let parsed = dotenvy::from_read_iter(source.as_bytes()).next().transpose().ok()?;
        Some((source, parsed))
    })
}

/// Whether the file has the value as it is: bare or in quotes, followed by nothing but a comment.
fn is_as_written(written: &str, value: &str) -> bool {
    let bare = written.trim_start();
    let rest = match bare.chars().next() {
        Some('"') => after_double_quotes(bare),
        Some('\'') => bare[1..].strip_prefix(value).and_then(|rest| rest.strip_prefix('\'')),
        _ => bare.strip_prefix(value).filter(|_| !written.starts_with('#')),
    };
    let is_comment = |rest: &str| {
        rest.trim().is_empty() || (rest.starts_with([' ', '\t', '#']) && rest.trim_start().starts_with('#'))
    };
    rest.is_some_and(is_comment)
}

/// What follows the closing quote. `None` if dotenvy replaces something before it: `$name`, or `\n` with a line break.
/// Any other character that may follow a backslash stays as it is.
fn after_double_quotes(quoted: &str) -> Option<&str> {
    let mut is_escaped = false;
    for (index, character) in quoted.char_indices().skip(1) {
        match character {
            'n' if is_escaped => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '$' => return None,
            '"' => return Some(&quoted[index + 1..]),
            _ => {}
        }
    }
    None
}

/// What to do about a value that would not count as it is written.
fn remedy(written: &str) -> String {
    let has = match written {
        _ if written.starts_with('#') => "starts with #, so it would be read as a comment",
        _ if written.contains('$') => "contains a $, which would be expanded as a variable",
        _ => "contains a quote or a backslash, which would be removed",
    };
    format!("the value {has}: put single quotes around it")
}

/// Why dotenvy can't read a line.
fn reason(line: &str) -> String {
    let invisible = line.trim_end().chars().find(|character| is_invisible(*character) && *character != '\t');
    invisible.map_or_else(
        || "write NAME=value, with single quotes around a value that contains spaces, quotes or a $".to_owned(),
        |character| format!("remove the invisible character {}", shown(character)),
    )
}

/// The line's number, and its name, if this is a setting's.
fn label(number: usize, line: &str) -> String {
    setting_of(line).map_or_else(|| format!("line {number}"), |name| format!("line {number} ({name})"))
}

/// The setting that a line sets.
fn setting_of(line: &str) -> Option<&'static str> {
    let before = line.split('=').next()?.trim();
    let name = before.strip_prefix("export ").unwrap_or(before).trim();
    Settings::summaries().map(|setting| setting.name).find(|setting| *setting == name)
}
