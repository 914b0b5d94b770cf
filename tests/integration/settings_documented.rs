//! The documentation of settings, in all its places, matches the code.

use std::{fs, path::Path};

use orglab::settings::Settings;

use crate::support::process::orglab;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

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
    let example = fs::read_to_string(Path::new(ROOT).join(".env.example")).unwrap();
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
    let table = documentation().into_iter().find_map(|page| {
        let rows = page.split_once("\n| name | default | meaning |\n|---|---|---|\n")?.1;
        Some(rows.lines().take_while(|line| line.starts_with('|')).map(str::to_owned).collect::<Vec<_>>())
    });
    let rows = table.expect("the table of settings").into_iter().map(|row| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [_, name, default, meaning, ..] = &cells[..] else { panic!("three cells: {row}") };
        assert!(!meaning.is_empty(), "{row}");
        (name.clone(), default.clone())
    });
    assert_eq!(rows.collect::<Settled>(), by_the_code());
}

/// README.md, and the pages in docs/.
fn documentation() -> Vec<String> {
    let root = Path::new(ROOT);
    let docs = fs::read_dir(root.join("docs")).into_iter().flatten().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    [root.join("README.md")].into_iter().chain(pages).map(|path| fs::read_to_string(path).unwrap()).collect()
}
