//! An organization's pages stay small, however much is in them, and read no more than they show.

use chrono::TimeDelta;
use orglab::{
    store::{Stores, redis::RedisAddress},
    workspace::{
        activity::SignIn,
        board::{MAXIMUM_LENGTH, Note},
        people::{MAXIMUM_PEOPLE, Person},
    },
};
use rstest::rstest;
use serde_json::json;

use crate::support::{
    browser::Browser,
    lists::result,
    scene::Scene,
    stores::{In, asked, hours, in_turn, noon, organization, refusal},
};

/// Bytes of a page, before compression.
const PAGE: usize = 40_000;
/// The longest text of a claim that the app keeps, in characters.
const NAME: usize = 255;

const ORGANIZATION: &str = "org_org1";

/// An app with its data in Redis, a user who is signed in there, and what fills the user's organization.
struct Filled {
    scene: Scene,
    user: Browser,
    name: String,
    connection: String,
    note: String,
}

impl Filled {
    /// All names and notes begin with `text`.
    async fn set(text: &str, claims: serde_json::Value) -> Self {
        let scene = Scene::set(In::Redis);
        scene.provider.now(|behaviour| behaviour.claim(claims));
        let user = scene.app.signed_in("org1").await;
        Self { scene, user, name: text.to_owned(), connection: text.to_owned(), note: text.to_owned() }
    }

    /// Adds people with the numbers `from` to before `to`, a sign-in of each, and as many notes and refusals as may be.
    async fn fill(&self, from: usize, to: usize) {
        let address = RedisAddress::parse(&self.scene.redis().url()).unwrap();
        let store = Stores::in_redis(&address, &hours()).workspaces;
        let organization = organization(ORGANIZATION, None);
        in_turn(to - from, async |number, _| {
            let (number, at) = (number + from, noon() + TimeDelta::seconds((number + from).try_into().unwrap()));
            let (subject, name) = (format!("{number}"), format!("{}{number}", self.name));
            let (email, connection) =
                (Some(format!("{number}{}", self.name)), Some(self.connection.replace('#', &subject)));
            let person = Person {
                subject: subject.clone(),
                name: name.clone(),
                email: email.clone(),
                connection: connection.clone(),
                first_at: at,
                last_at: at,
            };
            let reference = refusal(at).reference;
            let sign_in = SignIn { at, subject, name: name.clone(), email, connection: connection.clone(), reference };
            result(async || store.record_sign_in(&organization, person.clone(), sign_in.clone()).await).await;
            if number < 1_000 {
                let note = Note { text: self.note.clone(), author: name, connection, written_at: at };
                result(async || store.add_note(ORGANIZATION, note.clone()).await).await;
                let hours = TimeDelta::hours(number.try_into().unwrap());
                let refusal = refusal(noon() + hours);
                result(async || store.record_refusal(&asked(ORGANIZATION), true, refusal.clone()).await).await;
            }
        })
        .await;
    }

    /// What Redis sends while this page is read, in bytes.
    async fn sent_for(&self, path: &str) -> usize {
        let sent = || {
            let stats = self.scene.redis().say("INFO stats");
            let line = stats.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:")).unwrap();
            line.parse::<usize>().unwrap()
        };
        self.page(path).await; // once before: to load the scripts, and the templates
        let before = sent();
        self.page(path).await;
        sent() - before
    }

    /// The page's size, in bytes.
    async fn page(&self, path: &str) -> usize {
        let page = self.user.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        page.body.len()
    }
}

/// The start page, and the first, the last and another page of each list.
fn pages() -> impl Iterator<Item = String> {
    let lists = ["board", "people", "activity"].into_iter();
    let lists = lists.flat_map(|list| ["", "?page=2", "?page=99999"].map(|page| format!("/features/{list}{page}")));
    lists.chain(["/".to_owned()])
}

/// Attack: names and notes that are as long as may be, in letters that take the most room, to make the organization's
/// pages slow.
#[rstest]
#[case::letters("x")]
#[case::letters_of_four_bytes("\u{1f680}")]
#[case::ampersands("&")]
#[case::quotes("\"")]
#[tokio::test]
async fn a_page_of_the_longest_entries_is_small(#[case] letter: &str) {
    let name = letter.repeat(NAME);
    let claims = json!({"name": name, "email": format!("{}@", letter.repeat(NAME - 1)),
        "https://myapp.com/organization": name});
    let mut filled = Filled::set("", claims).await;
    filled.name = letter.repeat(NAME - 5);
    filled.connection = format!("{}#", letter.repeat(NAME / 2)); // each of a group of their own
    filled.note = letter.repeat(MAXIMUM_LENGTH);
    filled.fill(0, 100).await;
    for path in pages() {
        let size = filled.page(&path).await;
        assert!(size <= PAGE, "{path}: {size} bytes");
    }
    let board = filled.user.get("/features/board").await;
    assert!(board.texts(".note-text").contains(&filled.note), "a note is never cut");
}

/// What Redis sends for a page is what the page shows.
#[tokio::test]
async fn a_page_of_ten_thousand_reads_what_a_page_of_fifty_reads() {
    let filled = Filled::set("somebody ", json!({})).await;
    let sizes = async || {
        let mut sizes = Vec::new();
        for path in pages().filter(|path| !path.ends_with('9')) {
            sizes.push((filled.sent_for(&path).await, filled.page(&path).await, path));
        }
        sizes
    };
    filled.fill(0, 50).await;
    let of_fifty = sizes().await;
    filled.fill(50, MAXIMUM_PEOPLE).await;
    for ((sent_before, size_before, path), (sent, size, _)) in of_fifty.into_iter().zip(sizes().await) {
        assert!(10 * sent <= 11 * sent_before, "{path}: Redis sent {sent_before} bytes, and now {sent}");
        assert!(10 * size <= 11 * size_before, "{path}: it had {size_before} bytes, and now {size}");
    }
    let activity = filled.user.get("/features/activity").await.body;
    assert!(activity.contains("Showing the newest 30 of 1,000"), "{activity}");
}
