//! The ports of a class: the front door's, and two for each room after it.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
    ops::RangeInclusive,
};

/// How many rooms a class may have.
const ROOMS: RangeInclusive<usize> = 1..=100;

/// How many connections to the front door may be open at once.
pub(super) const MAXIMUM_AT_FRONT_DOOR: usize = 1_000;
/// How many connections to a room may be open at once: some browsers with a few windows each, and what tests need. A room
/// can't take those of the others.
pub(super) const MAXIMUM_IN_ROOM: usize = 200;

/// The ports that browsers refuse to open (WHATWG Fetch, port blocking).
const BLOCKED: [u16; 82] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Why the ports can't be used. Each case names all ports of its kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortsError {
    #[error("--rooms is {0}; it must be a number from {min} to {max}", min = ROOMS.start(), max = ROOMS.end())]
    Rooms(usize),
    #[error(
        "--port is {port}; with {rooms} rooms, it must be a number from 1 to {maximum}, since each room needs two ports more"
    )]
    OutOfRange { port: u16, rooms: usize, maximum: usize },
    #[error(
        "--port is {port}, and the class needs the ports {port} to {last}, but browsers refuse to open {}; set --port to another number",
        list(.blocked)
    )]
    Blocked { port: u16, last: u16, blocked: Vec<u16> },
    #[error("{} in use (on {address}): stop the processes that use them, or set --port to another number", ports_are(.ports))]
    InUse { address: Ipv4Addr, ports: Vec<u16> },
    #[error("can't listen on {address}, {}: {reason}; set --port to another number", numbered(.ports))]
    Other { address: Ipv4Addr, ports: Vec<u16>, reason: String },
}

/// The ports of a class, which exist and which browsers open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    first: u16,
    rooms: usize,
}

/// The sockets of a class.
pub struct Sockets {
    pub(super) front_door: TcpListener,
    /// For each room, the app's and the tenant's.
    pub(super) rooms: Vec<(TcpListener, TcpListener)>,
}

impl Ports {
    pub fn new(port: u16, rooms: usize) -> Result<Self, PortsError> {
        if !ROOMS.contains(&rooms) {
            return Err(PortsError::Rooms(rooms));
        }
        let maximum = usize::from(u16::MAX) - 2 * rooms;
        let last = u16::try_from(usize::from(port) + 2 * rooms);
        let (Ok(last), 1..) = (last, port) else { return Err(PortsError::OutOfRange { port, rooms, maximum }) };
        let blocked: Vec<_> = (port..=last).filter(|port| BLOCKED.contains(port)).collect();
        if blocked.is_empty() {
            Ok(Self { first: port, rooms })
        } else {
            Err(PortsError::Blocked { port, last, blocked })
        }
    }

    /// The front door's.
    pub fn front_door(self) -> u16 {
        self.first
    }

    /// How many connections the class accepts at most.
    pub fn maximum_connections(self) -> u64 {
        (MAXIMUM_AT_FRONT_DOOR + self.rooms * MAXIMUM_IN_ROOM) as u64
    }

    /// App and tenant of each room, from room 1.
    pub(super) fn rooms(self) -> impl Iterator<Item = (u16, u16)> {
        let rooms = u16::try_from(self.rooms).unwrap_or(u16::MAX);
        (0..rooms).map(move |room| (self.first + 2 * room + 1, self.first + 2 * room + 2))
    }

    fn all(self) -> impl Iterator<Item = u16> {
        std::iter::once(self.first).chain(self.rooms().flat_map(|(app, tenant)| [app, tenant]))
    }

    /// Opens all of them on this address. The error names every port that is in use.
    pub fn bind(self, address: Ipv4Addr) -> Result<Sockets, PortsError> {
        let (mut open, mut in_use, mut other) = (Vec::new(), Vec::new(), None);
        for port in self.all() {
            match TcpListener::bind((address, port)) {
                Ok(socket) => open.push(socket),
                Err(cause) if cause.kind() == ErrorKind::AddrInUse => in_use.push(port),
                Err(cause) => other.get_or_insert((Vec::new(), cause.to_string())).0.push(port),
            }
        }
        if !in_use.is_empty() {
            return Err(PortsError::InUse { address, ports: in_use });
        }
        if let Some((ports, reason)) = other {
            return Err(PortsError::Other { address, ports, reason });
        }
        let mut open = open.into_iter();
        let front_door = open.next();
        let rooms = std::iter::from_fn(|| Some((open.next()?, open.next()?))).collect();
        front_door.map(|front_door| Sockets { front_door, rooms }).ok_or(PortsError::Rooms(self.rooms))
    }
}

fn list(ports: &[u16]) -> String {
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    match ports.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => ports.concat(),
    }
}

fn numbered(ports: &[u16]) -> String {
    format!("{} {}", if ports.len() == 1 { "port" } else { "ports" }, list(ports))
}

fn ports_are(ports: &[u16]) -> String {
    format!("{} {}", numbered(ports), if ports.len() == 1 { "is" } else { "are" })
}
