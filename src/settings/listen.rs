//! Where a server listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Socket addresses, at least one, all with the same port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub(super) addresses: Vec<SocketAddr>,
    /// Whether this is the default: in that case, a machine without `[::1]` skips that address.
    pub is_default: bool,
}

impl Listen {
    pub(super) fn loopback(port: u16) -> Self {
        let hosts = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        Self { addresses: hosts.map(|host| SocketAddr::new(host, port)).to_vec(), is_default: true }
    }

    /// One socket address, or several with commas between them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let addresses = text.split(',').map(|address| address.trim().parse()).collect::<Result<Vec<SocketAddr>, _>>();
        let addresses = addresses.ok()?;
        let is_one_port = addresses.iter().all(|address| address.port() == addresses[0].port());
        is_one_port.then_some(Self { addresses, is_default: false })
    }

    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// With 0, the system chooses a port.
    pub fn port(&self) -> u16 {
        self.addresses[0].port()
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.addresses.iter_mut().for_each(|address| address.set_port(port));
    }

    /// Whether only this machine can connect.
    pub(super) fn is_loopback(&self) -> bool {
        self.addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
    }
}
