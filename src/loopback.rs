//! Which hosts may be reached over plain http: this machine, and in a class the host that serves it; and how their
//! names are resolved.

use std::{
    future::ready,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether the URL's host is this machine: `localhost` and its subdomains (RFC 6761, 6.3), with or without a trailing
/// dot; 127.0.0.0/8 (RFC 1122, 3.2.1.3), also as an IPv4-mapped address (RFC 4291, 2.5.5.2); and `[::1]`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Where plain http is allowed: at this machine, and at one more host while it serves a class. No setting adds a host.
#[derive(Clone, Debug, Default)]
pub struct PlainHttp(Option<ClassHost>);

#[derive(Clone, Debug)]
struct ClassHost {
    host: Host<String>,
    /// One of this machine's, and the only one that the host's name stands for.
    address: Ipv4Addr,
}

impl PlainHttp {
    /// Allows it at this host, too, which is always at `address`. `clippy.toml` holds that only `src/class` calls this.
    #[cfg(feature = "demo-tenant")]
    pub(crate) fn also_at(host: Host<String>, address: Ipv4Addr) -> Self {
        Self(Some(ClassHost { host, address }))
    }

    /// Whether there is a host beyond loopback.
    pub fn reaches_beyond_loopback(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the URL's host is one of them, whatever its scheme. No proxy leads there.
    pub fn is_host(&self, url: &Url) -> bool {
        is_loopback(url) || self.0.as_ref().is_some_and(|class| url.host() == Some(borrowed(&class.host)))
    }

    /// Whether what is sent to the URL is safe: https, or http to one of the hosts.
    pub fn allows(&self, url: &Url) -> bool {
        url.scheme() == "https" || (url.scheme() == "http" && self.is_host(url))
    }
}

fn borrowed(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// Resolves only the hosts' names, without a lookup: a name server could point `tenant.localhost`, and with it what is
/// sent over plain http, anywhere (RFC 6761, 6.3). Most systems do not resolve it at all.
impl Resolve for PlainHttp {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str();
        let class = self.0.as_ref().filter(|class| class.host == Host::Domain(name));
        let addresses = match class {
            Some(class) => vec![IpAddr::from(class.address)],
            None if is_loopback_name(name) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            None => return Box::pin(ready(Err(format!("{name} is not this machine").into()))),
        };
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(ready(Ok(addresses)))
    }
}

/// Whether nobody on the network can read or change what is sent there: https, or plain http that does not leave this
/// machine.
pub fn is_https_or_loopback(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::name("localhost", true)]
    #[case::name_in_another_case("LocalHost", true)]
    #[case::name_percent_encoded("%6cocalhost", true)]
    #[case::name_in_wide_letters("ｌｏｃａｌｈｏｓｔ", true)]
    #[case::name_with_a_dot("localhost.", true)]
    #[case::name_below("tenant.localhost", true)]
    #[case::name_far_below("a.b.localhost.", true)]
    #[case::address("127.0.0.1", true)]
    #[case::address_with_a_dot("127.0.0.1.", true)]
    #[case::another_address("127.8.9.10", true)]
    #[case::short("127.1", true)]
    #[case::hex("0x7f.1", true)]
    #[case::octal("0177.0.0.1", true)]
    #[case::number("2130706433", true)]
    #[case::of_version_6("[::1]", true)]
    #[case::of_version_6_in_full("[0:0:0:0:0:0:0:1]", true)]
    #[case::mapped("[::ffff:127.0.0.1]", true)]
    #[case::mapped_in_hex("[::ffff:7f00:1]", true)]
    #[case::mapped_and_foreign("[::ffff:10.0.0.1]", false)]
    #[case::compatible("[::127.0.0.1]", false)]
    #[case::translated("[64:ff9b::7f00:1]", false)]
    #[case::every_address("0.0.0.0", false)]
    #[case::every_address_of_version_6("[::]", false)]
    #[case::in_the_house("192.168.1.5", false)]
    #[case::before_it("126.255.255.255", false)]
    #[case::below_another("localhost.evil.example", false)]
    #[case::address_below_another("127.0.0.1.evil.example", false)]
    #[case::longer("notlocalhost", false)]
    #[case::two_dots("localhost..", false)]
    #[case::as_a_user("localhost@evil.example", false)]
    fn this_machine_is_told_from_others(#[case] host: &str, #[case] is: bool) {
        let url = |scheme: &str| Url::parse(&format!("{scheme}://{host}:3000/")).unwrap();
        assert_eq!(is_loopback(&url("http")), is);
        assert_eq!(is_https_or_loopback(&url("http")), is);
        assert!(is_https_or_loopback(&url("https")) && !is_https_or_loopback(&url("ftp")));
    }
}
