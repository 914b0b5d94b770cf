//! The documentation of settings, in all its places, matches the code.

use orglab::settings::Settings;

use crate::support::{documentation::page, process::orglab};

/// Names and defaults, in order.
type Settled = Vec<(String, String)>;

fn by_the_code() -> Settled {
    Settings::summaries().map(|setting| (setting.name.to_owned(), setting.default.to_owned())).collect()
}

#[test]
fn help_lists_every_setting_with_its_default_and_a_line() {
    let output = orglab(&[]).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let settings = help.split_once("Settings (").unwrap().1.lines().skip(1).collect::<Vec<_>>();
    let listed = settings.chunks(2).map(|lines| {
        let [title, description] = lines else { panic!("a title and a line: {lines:?}") };
        assert!(description.trim().len() > 10, "{title}: {description}");
        let (name, default) = title.trim().split_once(" [default: ").unwrap();
        (name.to_owned(), default.strip_suffix(']').unwrap().to_owned())
    });
    assert_eq!(listed.collect::<Settled>(), by_the_code());
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "it fits a narrow terminal: {line}");
    }
}

/// A default that is a value stands behind the name; one in words ends the comment above, and an example may stand
/// there.
#[test]
fn the_example_has_every_setting_with_its_default() {
    let example = page(".env.example");
    let listed = example.split("\n\n").skip(1).map(|paragraph| {
        let (comment, setting) = paragraph.trim().rsplit_once("\n#").unwrap();
        let (name, value) = setting.split_once('=').unwrap();
        assert!(comment.lines().all(|line| line.starts_with("# ")), "one setting a paragraph: {paragraph}");
        let comment = comment.lines().map(|line| &line[1..]).collect::<String>();
        let words = comment.rsplit_once(" Default: ").map(|(_, words)| words.strip_suffix('.').unwrap());
        (name.to_owned(), words.unwrap_or(value).to_owned())
    });
    assert_eq!(listed.collect::<Settled>(), by_the_code());
}

#[test]
fn the_table_has_every_setting_with_its_default() {
    let readme = page("README.md");
    let (_, table) = readme.split_once("\n| name | default | meaning |\n|---|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|')).map(|row| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [_, name, default, meaning, ..] = &cells[..] else { panic!("three cells: {row}") };
        assert!(!meaning.is_empty(), "{row}");
        (name.clone(), default.clone())
    });
    assert_eq!(rows.collect::<Settled>(), by_the_code());
}

/// A paragraph of the page begins with the names of the settings that it is about, in bold. The page may describe
/// variables that are not Orglab's own, too.
#[test]
fn the_page_of_details_describes_every_setting() {
    let details = page("docs/settings.md");
    for (name, _) in by_the_code() {
        assert!(details.contains(&format!("**`{name}`**")), "{name}");
    }
}
