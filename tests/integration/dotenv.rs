//! `.env`: a value counts as it is written, or the app does not start.

use std::{
    fs,
    path::PathBuf,
    process::Output,
    sync::atomic::{AtomicU32, Ordering},
};

use rstest::rstest;

use crate::support::process::orglab;

/// A folder of its own, for a `.env`.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("dotenv-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

/// What the start says, which must fail, with this `.env` and these variables.
fn said(file: impl AsRef<[u8]>, environment: &[(&str, &str)]) -> String {
    let folder = folder();
    fs::write(folder.join(".env"), file).unwrap();
    let output = orglab(environment).current_dir(folder).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{output:?}");
    text(&output.stderr)
}

/// A setting that is wrong is shown as it was read.
fn read_as(value: &str) -> String {
    format!("SESSION_TTL is {value:?}; it must be a duration of up to a year, such as 8h or 30m\n")
}

#[rstest]
#[case::bare("SESSION_TTL=soon", "soon")]
#[case::with_blanks_around("  SESSION_TTL = soon \t", "soon")]
#[case::as_a_shell_exports_it("export SESSION_TTL=soon", "soon")]
#[case::a_comment_behind("SESSION_TTL=soon # it's \"$soon\"", "soon")]
#[case::a_hash_inside("SESSION_TTL=so#on", "so#on")]
#[case::a_dollar_in_single_quotes("SESSION_TTL='so$on${SESSION_IDLE}'", "so$on${SESSION_IDLE}")]
#[case::a_dollar_escaped_in_double_quotes(r#"SESSION_TTL="it's so\$on""#, "it's so$on")]
#[case::a_backslash_in_single_quotes(r"SESSION_TTL='so\non'", r"so\non")]
#[case::a_quote_in_single_quotes("SESSION_TTL='so\"on'", "so\"on")]
#[case::a_quote_in_double_quotes("SESSION_TTL=\"so'on\" # remark", "so'on")]
#[case::an_escaped_quote(r#"SESSION_TTL="so\"on\\""#, r#"so"on\"#)]
#[case::a_remark_with_a_dollar_behind_an_escaped_quote(r#"SESSION_TTL="so\"on" # costs $5"#, "so\"on")]
#[case::a_hash_in_quotes("SESSION_TTL='#soon'", "#soon")]
#[case::blanks_in_quotes("SESSION_TTL='so on'", "so on")]
#[case::letters_of_other_scripts("SESSION_TTL=söon", "söon")]
#[case::a_comment_before("# don't $worry\n\n#NAME=#x\nSESSION_TTL=soon", "soon")]
#[case::a_byte_order_mark("\u{feff}SESSION_TTL=soon\n", "soon")]
#[case::line_ends_of_windows("\r\nSESSION_TTL=soon\r\nOIDC_SCOPES=openid\r\n", "soon")]
#[case::line_ends_of_the_old_mac("\rSESSION_TTL=soon\rOIDC_SCOPES=openid\r", "soon")]
#[case::an_empty_value_with_a_comment("OIDC_CLIENT_ID= # remark\nSESSION_TTL=soon", "soon")]
#[case::a_name_of_others("COMPOSE_PROJECT_NAME=lab\nSESSION_TTL=soon", "soon")]
fn what_it_holds_counts_as_it_is_written(#[case] file: &str, #[case] value: &str) {
    assert_eq!(said(file, &[("SESSION_IDLE", "1m")]), read_as(value));
}

/// Attack: whoever reads the terminal learns a secret from the file.
#[rstest]
#[case::a_variable("hunter2$HOME", "a $")]
#[case::a_variable_that_is_not_set("hunter2$nobody", "a $")]
#[case::in_braces("${HOME}hunter2", "a $")]
#[case::at_the_end("hunter2$", "a $")]
#[case::two("hunter2$$", "a $")]
#[case::in_double_quotes("\"hunter2$HOME\"", "a $")]
#[case::beside_an_escaped_one(r#""\$hunter2$HOME""#, "a $")]
#[case::escaped_without_quotes(r"hunter2\$HOME", "a $")]
#[case::beside_single_quotes("'hunter2'$HOME", "a $")]
#[case::a_remark_at_once("#hunter2", "starts with #")]
#[case::quotes_inside("hunter\"2\"", "quote or a backslash")]
#[case::single_quotes_inside("hunter'2'", "quote or a backslash")]
#[case::a_backslash(r"hunter\\2", "quote or a backslash")]
#[case::a_path_of_windows(r"C:\new\hunter2", "single quotes")]
#[case::quotes_twice("'hunter'\"2\"", "quote or a backslash")]
#[case::more_behind_an_escaped_quote(r#""hunter\"2"3"#, "quote or a backslash")]
#[case::quotes_twice_behind_an_escaped_one(r#""hunter\"2"'3'"#, "quote or a backslash")]
#[case::a_line_break_that_is_a_path_of_windows(r#""C:\new""#, "quote or a backslash")]
#[case::an_apostrophe_that_runs_into_the_next_line("hunter's2\nSESSION_TTL='soon", "quote")]
#[case::blanks("hunter2 and more", "single quotes")]
#[case::a_quote_that_is_not_closed("'hunter2", "single quotes")]
#[case::an_invisible_character_before_the_name("1\n\u{200b}OIDC_CLIENT_ID=hunter2", "\\u{200b}")]
fn a_value_that_would_not_count_as_written_is_refused_and_not_shown(#[case] value: &str, #[case] reason: &str) {
    let said = said(format!("# a remark\nOIDC_CLIENT_SECRET={value}\n"), &[("HOME", "/hunter2/home")]);
    assert!(said.starts_with(".env: line ") && said.contains(reason), "{said}");
    assert!(said.contains("single quotes") || said.contains("invisible"), "the cure: {said}");
    assert!(said.contains("line 2 (OIDC_CLIENT_SECRET)") || reason.contains("200b"), "{said}");
    assert!(!said.contains("hunter") && !said.contains("home"), "{said}");
}

#[rstest]
#[case::of_ours(
    "OIDC_CLIENT_SECRET=hunter2\n\n# x\nexport OIDC_CLIENT_SECRET='hunter3'",
    "lines 1 and 4 both set OIDC_CLIENT_SECRET"
)]
#[case::the_same_value("SESSION_TTL=8h\nSESSION_TTL=8h", "lines 1 and 2 both set SESSION_TTL")]
#[case::one_is_empty("OIDC_CLIENT_ID=\nOIDC_CLIENT_ID=app", "lines 1 and 2 both set OIDC_CLIENT_ID")]
#[case::of_others("HUNTER2=1\nHUNTER2=2", "lines 1 and 2 both set the same name")]
#[case::behind_a_value_of_several_lines("X='hunter2\n\n'\nSESSION_TTL=8h\nSESSION_TTL=9h", "lines 4 and 5 both set")]
fn a_name_given_twice_is_refused_with_both_lines(#[case] file: &str, #[case] lines: &str) {
    let said = said(file, &[]);
    assert!(said.starts_with(".env: ") && said.contains(lines) && said.lines().count() == 1, "{said}");
    assert!(!said.to_lowercase().contains("hunter"), "{said}");
}

/// All lines at once, without the marks that make them comments: other settings are wrong then, the file is not.
#[test]
fn each_line_of_the_example_can_be_used() {
    let example = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
    let lines =
        example.lines().map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')).unwrap_or(line));
    let said = said(lines.collect::<Vec<_>>().join("\n"), &[]);
    assert!(said.contains("SESSION_SECRET must be set if REDIS_URL is set") && !said.contains(".env"), "{said}");
}

#[test]
fn all_that_is_wrong_is_named_at_once_and_in_the_report_too() {
    let folder = folder();
    fs::write(folder.join(".env"), "OIDC_CLIENT_ID=a$b\nno name\nSESSION_TTL=8h\nSESSION_TTL=#8h").unwrap();
    let output = orglab(&[]).args(["check", "--json"]).current_dir(folder).output().unwrap();
    let errors = text(&output.stderr);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<_> =
        document["checks"].as_array().unwrap().iter().map(|check| check["found"].as_str().unwrap()).collect();
    assert_eq!((output.status.code(), errors.lines().collect::<Vec<_>>()), (Some(1), found), "{document}");
    for (line, part) in
        errors.lines().zip(["line 1 (OIDC_CLIENT_ID)", "line 2 can't", "line 4 (SESSION_TTL)", "lines 3 and 4"])
    {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(errors.lines().count(), 4);
}

#[rstest]
#[case::empty("")]
#[case::blank(" ")]
fn where_the_environment_is_empty_the_file_counts(#[case] empty: &str) {
    assert_eq!(said("SESSION_TTL=soon", &[("SESSION_TTL", empty)]), read_as("soon"));
    let both = said("OIDC_ISSUER_URL=ftp://file", &[("OIDC_ISSUER_URL", empty), ("OIDC_CLIENT_ID", "app")]);
    assert!(both.starts_with("OIDC_ISSUER_URL is \"ftp://file\""), "{both}");
}

#[test]
fn where_the_environment_is_not_empty_it_counts() {
    assert_eq!(said("SESSION_TTL=8h", &[("SESSION_TTL", "soon")]), read_as("soon"));
    assert_eq!(said("SESSION_TTL=", &[("SESSION_TTL", "soon")]), read_as("soon"));
}

/// The namespace that counts, with this line in the file, if any, and this variable.
fn namespace(file: &str, variable: Option<&str>) -> String {
    let file = format!("OIDC_ISSUER_URL=http://localhost:1\nOIDC_CLIENT_ID=app\n{file}");
    let said = start(&file, &variable.map(|value| ("CLAIMS_NAMESPACE", value)).into_iter().collect::<Vec<_>>());
    said.split("from the claims \"").nth(1).unwrap().split("license\"").next().unwrap().to_owned()
}

/// The first lines of a start that succeeds.
fn start(file: &str, environment: &[(&str, &str)]) -> String {
    use std::io::{BufRead, BufReader};
    let folder = folder();
    fs::write(folder.join(".env"), file).unwrap();
    let settings =
        [&[("APP_BASE_URL", "https://lab.example.com"), ("APP_LISTEN", "127.0.0.1:0")], environment].concat();
    let mut child = orglab(&settings).current_dir(folder).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said = lines.take_while(|line| !line.contains("can't use the provider")).collect::<Vec<_>>().join("\n");
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

#[rstest]
#[case::nothing("", None, "https://myapp.com/")]
#[case::an_empty_line("CLAIMS_NAMESPACE=", None, "")]
#[case::an_empty_line_with_a_comment("CLAIMS_NAMESPACE= # bare names", None, "")]
#[case::an_empty_variable("", Some(""), "")]
#[case::an_empty_line_and_a_variable("CLAIMS_NAMESPACE=", Some("urn:lab:"), "urn:lab:")]
#[case::a_line_and_an_empty_variable("CLAIMS_NAMESPACE=urn:lab:", Some(""), "urn:lab:")]
#[case::an_empty_line_and_an_empty_variable("CLAIMS_NAMESPACE=", Some(""), "")]
fn an_empty_namespace_is_the_bare_names(#[case] file: &str, #[case] variable: Option<&str>, #[case] counts: &str) {
    assert_eq!(namespace(file, variable), counts);
}

#[rstest]
#[case::utf_16_of_windows(b"\xff\xfeS\0E\0S\0".to_vec(), &["UTF-16", "save it as UTF-8"])]
#[case::utf_16_of_others(b"\xfe\xff\0S\0E".to_vec(), &["UTF-16", "save it as UTF-8"])]
#[case::utf_16_without_a_mark(b"S\0E\0S\0".to_vec(), &["UTF-16", "save it as UTF-8"])]
#[case::latin_1(b"# x\nOIDC_CLIENT_SECRET=hunt\xe9r2\n".to_vec(), &["line 2 is not UTF-8", "save the file as UTF-8"])]
fn another_encoding_is_named_with_its_cure(#[case] file: Vec<u8>, #[case] parts: &[&str]) {
    let said = said(file, &[]);
    assert!(said.starts_with(".env") && said.lines().count() == 1 && !said.contains("hunt"), "{said}");
    assert!(parts.iter().all(|part| said.contains(part)), "{said}");
}

#[cfg(unix)]
#[rstest]
#[case::a_folder("folder", "replace it with a file")]
#[case::a_dangling_link("link", "remove the link")]
#[case::a_link_to_itself("loop", "can't be read")]
fn what_is_no_file_is_named_with_its_cure(#[case] kind: &str, #[case] cure: &str) {
    let folder = folder();
    let file = folder.join(".env");
    match kind {
        "folder" => fs::create_dir_all(file).unwrap(),
        "link" => _ = std::os::unix::fs::symlink("nowhere", file),
        _ => _ = std::os::unix::fs::symlink(".env", file),
    }
    for arguments in [&[][..], &["check"]] {
        let output: Output = orglab(&[]).args(arguments).current_dir(&folder).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(said.starts_with(".env ") && said.contains(cure) && said.lines().count() == 1, "{said}");
    }
}
