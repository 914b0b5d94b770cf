//! The drawing: who takes part, and the messages between them, one below the other.

use serde::Serialize;

use crate::text::shorten;

/// The drawing's own units are the pixels of a narrow screen: there, the text is as large as it says.
const WIDTH: usize = 276;
/// Left of the lanes stands the number of the step.
const NUMBERS: usize = 24;
const FIRST_LANE: usize = 58;
const BETWEEN_LANES: usize = 88;
/// The names of the parties.
const HEAD: usize = 34;
const ROW: usize = 32;
/// From the top of a row to its line.
const LINE: usize = 23;
/// How wide a character is at most, on average.
const CHARACTER: usize = 7;
/// The longest text that is drawn, in characters.
const LONGEST: usize = 37;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Party {
    Browser,
    App,
    Provider,
}

/// How a message is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A line with a head.
    Request,
    /// A dashed line with a head.
    Reply,
    /// A reply that did not come: no line.
    Missing,
    /// What a party does by itself: a box on its lane.
    Box,
    /// The same, where the app does not see it.
    Apart,
}

/// A message from one party to another, or what one does by itself.
pub struct Message {
    pub from: Party,
    pub to: Party,
    pub shape: Shape,
    pub text: String,
    pub has_failed: bool,
}

#[derive(Serialize)]
pub struct PartyView {
    name: &'static str,
    /// Its class.
    lane: &'static str,
    x: usize,
}

#[derive(Serialize)]
pub struct MessageView {
    /// The number of its step.
    step: usize,
    /// "App to provider: token request".
    sentence: String,
    /// As it is drawn.
    text: String,
    shape: Shape,
    has_failed: bool,
    /// The class of the party that it comes from.
    lane: &'static str,
    top: usize,
    y: usize,
    from: usize,
    to: usize,
    /// The middle of the text.
    middle: usize,
    /// Of the box.
    left: usize,
    width: usize,
}

impl Party {
    pub const ALL: [Self; 3] = [Self::Browser, Self::App, Self::Provider];

    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::App => "App",
            Self::Provider => "Provider",
        }
    }

    fn lane(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::App => "app",
            Self::Provider => "provider",
        }
    }

    fn x(self) -> usize {
        FIRST_LANE + self as usize * BETWEEN_LANES
    }
}

impl Message {
    pub fn request(from: Party, to: Party, text: impl Into<String>) -> Self {
        Self { from, to, shape: Shape::Request, text: text.into(), has_failed: false }
    }

    /// What `party` does by itself.
    pub fn by(party: Party, text: impl Into<String>) -> Self {
        Self { from: party, to: party, shape: Shape::Box, text: text.into(), has_failed: false }
    }

    pub fn failed(self) -> Self {
        Self { has_failed: true, ..self }
    }

    pub fn drawn_as(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    fn sentence(&self) -> String {
        let Self { from, to, text, .. } = self;
        let to = if from == to { String::new() } else { format!(" to {}", to.lane()) };
        format!("{}{to}: {text}", from.name())
    }
}

/// Gives each message a row of its own.
#[derive(Default)]
pub struct Sequence(Vec<MessageView>);

impl Sequence {
    pub fn draw(&mut self, step: usize, message: &Message) {
        let top = HEAD + self.0.len() * ROW;
        let mark = if message.has_failed { "✗ " } else { "" };
        let text = format!("{mark}{}", shorten(&message.text, LONGEST - 2));
        let is_box = matches!(message.shape, Shape::Box | Shape::Apart);
        let width = text.chars().count() * CHARACTER + if is_box { 14 } else { 0 };
        let width = width.min(WIDTH - NUMBERS - 2);
        let (from, to) = (message.from.x(), message.to.x());
        let middle = usize::midpoint(from, to).clamp(NUMBERS + width / 2, WIDTH - 2 - width / 2);
        self.0.push(MessageView {
            step,
            sentence: message.sentence(),
            text,
            shape: message.shape,
            has_failed: message.has_failed,
            lane: message.from.lane(),
            top,
            y: top + LINE,
            from,
            to,
            middle,
            left: middle - width / 2,
            width,
        });
    }

    pub fn height(&self) -> usize {
        HEAD + self.0.len() * ROW + 8
    }

    pub fn width() -> usize {
        WIDTH
    }

    pub fn parties() -> [PartyView; 3] {
        Party::ALL.map(|party| PartyView { name: party.name(), lane: party.lane(), x: party.x() })
    }

    pub fn messages(self) -> Vec<MessageView> {
        self.0
    }
}
