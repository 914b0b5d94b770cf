//! A class on free ports of 127.0.0.2: in this process with a clock of its own, or as the binary.

use std::{
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    process::Command,
    sync::{
        atomic::{AtomicU16, Ordering},
        mpsc,
    },
};

use orglab::{
    class::{Class, ClassHost, ClassOptions, Ports, PortsError, Sockets},
    random::Random,
    settings::Settings,
};
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::{
    app::{Running, TestClock},
    browser::{Browser, Page},
    log,
    management::Script,
    process::{Process, orglab},
};

/// An address of this machine that no other server has: the tests' others are at 127.0.0.1.
pub(crate) const HOST: &str = "127.0.0.2";
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where the lab begins at the default checkpoint.
pub(crate) const FIRST_STEP: &str = "4.2";

/// The first of the ports of a class with that many rooms, which no other test of this process gets. They are below those
/// that the system gives to clients. Another process may use some of them.
pub(crate) fn ports(rooms: usize) -> Ports {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 100).unwrap() * (COUNT / 100);
    let step = u16::try_from(2 * rooms + 1).unwrap();
    let port = FIRST + NEXT.fetch_add(step, Ordering::Relaxed).wrapping_add(process) % COUNT;
    Ports::new(port, rooms).unwrap()
}

/// Such ports that are free, and their sockets.
fn free_ports(rooms: usize) -> (Ports, Sockets) {
    loop {
        let ports = ports(rooms);
        match ports.bind(ADDRESS) {
            Ok(sockets) => return (ports, sockets),
            Err(PortsError::InUse { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Where the sites of a class are. Room `n` is at `P + 2n - 1` and `P + 2n`.
pub(crate) struct Sites {
    /// The front door's.
    pub(crate) port: u16,
    /// The front door's origin.
    pub(crate) front_door: String,
}

impl Sites {
    fn at(host: &str, port: u16) -> Self {
        Self { port, front_door: format!("http://{host}:{port}") }
    }

    fn origin(&self, port: u16) -> String {
        self.front_door.replace(&format!(":{}", self.port), &format!(":{port}"))
    }

    /// The app's origin in a room.
    pub(crate) fn app(&self, room: u16) -> String {
        self.origin(self.port + 2 * room - 1)
    }

    /// The tenant's.
    pub(crate) fn tenant(&self, room: u16) -> String {
        self.origin(self.port + 2 * room)
    }

    /// The room of the app at this address.
    pub(crate) fn room_at(&self, app: &Url) -> u16 {
        (app.port().unwrap() - self.port).div_ceil(2)
    }

    /// The name of the participants' cookie.
    pub(crate) fn room_cookie(&self) -> String {
        format!("orglab_room_{}", self.port)
    }

    /// The name of the instructor's.
    pub(crate) fn instructor_cookie(&self) -> String {
        format!("orglab_class_{}", self.port)
    }

    /// A browser that has never been here, at the front door.
    pub(crate) fn browser(&self) -> Browser {
        Browser::on_lan(&self.front_door)
    }

    /// Somebody who takes a room: its number, and their browser at its app.
    pub(crate) async fn participant(&self) -> (u16, Browser) {
        self.participant_named("").await
    }

    /// The same, with a name for the overview.
    pub(crate) async fn participant_named(&self, name: &str) -> (u16, Browser) {
        let browser = self.browser();
        let page = browser.get("/").await;
        let page = browser.press_with(&page, "take-room", &[("name", name)]).await;
        let app = page.location().unwrap_or_else(|| panic!("no room: {} {}", page.status, page.body));
        let room = self.room_at(&app);
        // It responds once it has its key: on a machine that is busy otherwise, a sign-in would not wait for as long.
        assert_eq!(browser.get(&format!("{}/.well-known/jwks.json", self.tenant(room))).await.status, 200);
        (room, browser.at(app.as_str()))
    }

    /// A room's row on the overview, as the instructor sees it.
    pub(crate) async fn row(&self, instructor: &Browser, room: u16) -> Row {
        let page = instructor.get(&format!("{}/overview", self.front_door)).await;
        let row = format!("[data-testid='room-{room}']");
        let [step, stuck] = ["data-step", "data-stuck"].map(|name| page.attribute(&row, name));
        Row { step, is_stuck: stuck == "true", text: page.texts(&row).concat() }
    }

    /// The secret for scripts, as the room's dashboard shows it.
    pub(crate) async fn secret(&self, room: u16, browser: &Browser) -> String {
        let page = browser.get(&self.tenant(room)).await;
        let secret = page.texts("code").into_iter().rfind(|code| code.len() == 43);
        secret.unwrap_or_else(|| panic!("no secret on {}", page.body))
    }

    /// A script with the room's secret, which the browser may see.
    pub(crate) async fn script(&self, room: u16, browser: &Browser) -> Script {
        Script::with_secret(&self.tenant(room), &self.secret(room, browser).await).await.unwrap()
    }

    /// What the room's tenant has logged, latest first.
    pub(crate) async fn log(&self, room: u16, browser: &Browser) -> Vec<String> {
        browser.get(&self.tenant(room)).await.texts("[data-testid='log'] .log-text")
    }
}

/// A room's row on the overview.
pub(crate) struct Row {
    pub(crate) step: String,
    pub(crate) is_stuck: bool,
    pub(crate) text: String,
}

/// A class in this process.
pub(crate) struct TestClass {
    pub(crate) sites: Sites,
    pub(crate) clock: TestClock,
    /// The link to the overview, with the key.
    pub(crate) overview: String,
    _running: Running,
}

impl TestClass {
    pub(crate) fn with_rooms(rooms: usize) -> Self {
        Self::with(rooms, &[], Random::system())
    }

    /// With these settings, and this randomness.
    pub(crate) fn with(rooms: usize, settings: &[(&str, &str)], random: Random) -> Self {
        log::capture();
        let read = |name: &str| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        let Settings { client, session, demo_tenant, .. } =
            Settings::read(read).unwrap_or_else(|error| panic!("{error}"));
        let (ports, sockets) = free_ports(rooms);
        let options = ClassOptions {
            tenant: demo_tenant.unwrap().options(&client),
            host: ClassHost::find(HOST).unwrap(),
            ports,
            name: "The class".to_owned(),
            session,
            client,
            is_counted: false,
        };
        let clock = TestClock::default();
        let (its_clock, (tell, told)) = (clock.clock(), mpsc::channel());
        let running = Running::start(move || {
            let class = Class::build(&options, sockets, its_clock, random).unwrap();
            tell.send(class.overview()).unwrap();
            (class.handle(), class.run())
        });
        Self { sites: Sites::at(HOST, ports.front_door()), clock, overview: told.recv().unwrap(), _running: running }
    }

    /// The instructor's browser, which has opened the link.
    pub(crate) async fn instructor(&self) -> Browser {
        let browser = self.sites.browser();
        let page = browser.get(&self.overview).await;
        assert_eq!(page.status, 303, "{}", page.body);
        browser
    }

    /// Sends the instructor's form, with a `yes` to the question, if there is one. Returns the overview after it.
    pub(crate) async fn order(&self, instructor: &Browser, path: &str) -> Page {
        let mut page = instructor.post(&format!("{}/overview/{path}", self.sites.front_door), &[]).await;
        if page.has("confirm") {
            page = instructor.press(&page, "confirm").await;
        }
        let to = page.location().unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body));
        assert_eq!(to.path(), "/overview");
        instructor.follow(page).await
    }

    pub(crate) async fn free(&self, instructor: &Browser, room: u16) {
        self.order(instructor, &format!("free/{room}")).await;
    }
}

/// The binary with a class, in a folder without `.env`, with these settings and no others.
pub(crate) fn class_command(settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = orglab(settings);
    command.arg("class").args(arguments);
    command
}

/// The binary, with a class on free ports of 127.0.0.2; it ends with the test.
pub(crate) struct ClassProcess {
    pub(crate) process: Process,
    pub(crate) sites: Sites,
}

impl ClassProcess {
    /// With these settings. Waits for the line of the welcome that holds `last`.
    pub(crate) fn start(rooms: usize, settings: &[(&str, &str)], last: &str) -> Self {
        Self::start_at(HOST, rooms, settings, last)
    }

    /// The same under another name or address of this machine.
    pub(crate) fn start_at(host: &str, rooms: usize, settings: &[(&str, &str)], last: &str) -> Self {
        for _ in 0..20 {
            let port = ports(rooms).front_door();
            let numbers = [port.to_string(), rooms.to_string()];
            let arguments = ["--host", host, "--port", &numbers[0], "--rooms", &numbers[1]];
            let base = format!("http://{host}:{port}");
            let mut process = Process::spawn(class_command(settings, &arguments), base, String::new());
            if process.read_until(last).is_ok() {
                return Self { process, sites: Sites::at(host, port) };
            }
            let said = process.errors();
            assert!(said.contains("in use"), "no {last:?} in:\n{}{said}", process.welcome);
        }
        panic!("there are no free ports");
    }

    /// The link to the overview, as the terminal shows it.
    pub(crate) fn overview(&self) -> String {
        let mut words = self.process.welcome.split_whitespace();
        words.find(|word| word.contains("/overview?key=")).unwrap().to_owned()
    }

    /// The first line on standard error.
    pub(crate) fn line_of_errors(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.process.child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        line
    }

    /// The instructor's browser, which has opened the link.
    pub(crate) async fn instructor(&self) -> Browser {
        let browser = self.sites.browser();
        assert_eq!(browser.get(&self.overview()).await.status, 303);
        browser
    }
}

/// A JSON response of a site in a room: status and body.
pub(crate) async fn json(browser: &Browser, method: Method, url: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let page = browser.send(method, url, headers, None).await;
    (page.status, serde_json::from_str(&page.body).unwrap_or_default())
}
