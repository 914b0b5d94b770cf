//! The drawing: who takes part, and the arrows between them, one below the other.

use serde::Serialize;

/// The distance between two columns, in the drawing's own units.
const COLUMN: usize = 140;
const MARGIN: usize = 50;
const ROW: usize = 44;
/// From the top of a row to its arrow.
const ARROW: usize = 22;

#[derive(Clone, Copy)]
pub enum Actor {
    Browser,
    App,
    Provider,
}

/// A message from one actor to another.
pub struct Arrow {
    pub from: Actor,
    /// The same actor for what it does by itself.
    pub to: Actor,
    pub text: &'static str,
}

#[derive(Serialize)]
pub struct ActorView {
    name: &'static str,
    x: usize,
}

#[derive(Serialize)]
pub struct ArrowView {
    text: &'static str,
    source: &'static str,
    target: &'static str,
    y: usize,
    from: usize,
    to: usize,
    middle: usize,
}

impl Actor {
    const ALL: [Self; 3] = [Self::Browser, Self::App, Self::Provider];

    fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::App => "App",
            Self::Provider => "Provider",
        }
    }

    fn x(self) -> usize {
        MARGIN + self as usize * COLUMN
    }
}

/// The actors that a step passes: "App → Browser → Provider".
pub fn way(arrows: &[Arrow]) -> String {
    let mut names: Vec<_> = arrows.iter().flat_map(|arrow| [arrow.from.name(), arrow.to.name()]).collect();
    names.dedup();
    names.join(" → ")
}

/// Gives each arrow a row of its own.
#[derive(Default)]
pub struct Sequence {
    arrows: usize,
}

impl Sequence {
    pub fn draw(&mut self, arrow: &Arrow) -> ArrowView {
        self.arrows += 1; // the row above the first holds the names
        let (from, to) = (arrow.from.x(), arrow.to.x());
        ArrowView {
            text: arrow.text,
            source: arrow.from.name(),
            target: arrow.to.name(),
            y: self.arrows * ROW + ARROW,
            from,
            to,
            middle: usize::midpoint(from, to),
        }
    }

    pub fn height(&self) -> usize {
        (self.arrows + 1) * ROW + 10
    }

    pub fn actors() -> [ActorView; 3] {
        Actor::ALL.map(|actor| ActorView { name: actor.name(), x: actor.x() })
    }
}
