//! Which addresses belong to the public internet, and the words for those that do not.
//!
//! Everything in IPv6 that carries another address inside (mapped, NAT64, 6to4, Teredo) is refused whole:
//! what it leads to is decided by somebody else's router.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Which rule refuses an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressRule {
    /// Neither http nor https.
    Scheme,
    /// A user or a password in it.
    Credentials,
    /// No host.
    NoHost,
    /// This machine: 127.0.0.0/8, `::1`.
    Loopback,
    /// "This" network: 0.0.0.0/8, `::`.
    Unspecified,
    /// A network of one's own: 10/8, 172.16/12, 192.168/16, `fc00::/7`, `fec0::/10`.
    Private,
    /// The link: 169.254/16 (where clouds keep their metadata), `fe80::/10`.
    LinkLocal,
    /// A cloud's own service on an address that looks public.
    Metadata,
    /// Carrier-grade NAT: 100.64/10.
    SharedNat,
    /// To many: 224/4, `ff00::/8`.
    Multicast,
    /// To all: 255.255.255.255.
    Broadcast,
    /// Another address inside: IPv4-mapped, NAT64, 6to4, Teredo.
    Embedded,
    /// Set aside for papers, measurements and the future.
    Reserved,
    /// A redirect to another host than the client may ask.
    ForeignHost,
    /// A redirect from https to http.
    Downgrade,
    /// More redirects than anyone needs.
    TooManyRedirects,
}

impl AddressRule {
    /// Stable, for scripts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Credentials => "credentials",
            Self::NoHost => "no_host",
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::Private => "private",
            Self::LinkLocal => "link_local",
            Self::Metadata => "metadata",
            Self::SharedNat => "shared_nat",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Embedded => "embedded",
            Self::Reserved => "reserved",
            Self::ForeignHost => "foreign_host",
            Self::Downgrade => "downgrade",
            Self::TooManyRedirects => "too_many_redirects",
        }
    }
}

impl std::fmt::Display for AddressRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Scheme => "only http and https are fetched",
            Self::Credentials => "an address must not hold a user or a password",
            Self::NoHost => "the address has no host",
            Self::Loopback => "it leads to this machine",
            Self::Unspecified => "it leads to no host",
            Self::Private => "it leads into a private network",
            Self::LinkLocal => "it leads to the local link",
            Self::Metadata => "it leads to a cloud's own service",
            Self::SharedNat => "it leads into a provider's own network",
            Self::Multicast => "it leads to a group of hosts",
            Self::Broadcast => "it leads to all hosts of the network",
            Self::Embedded => "it hides another address inside",
            Self::Reserved => "it leads into a reserved range",
            Self::ForeignHost => "the server redirects to a host that is not asked",
            Self::Downgrade => "a redirect from https to http",
            Self::TooManyRedirects => "too many redirects",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(groups: [u16; 8], prefix: u8) -> Ipv6Net {
    let mut octets = [0; 16];
    let mut at = 0;
    while at < groups.len() {
        [octets[2 * at], octets[2 * at + 1]] = groups[at].to_be_bytes();
        at += 1;
    }
    Ipv6Net::new_assert(Ipv6Addr::from_octets(octets), prefix)
}

/// IANA's registry of special IPv4 addresses, and two services of clouds (Azure's `WireServer`, Oracle's
/// metadata, which lies in 192.0.0.0/24 anyway). The first that holds the address names the rule.
const SPECIAL_V4: &[(Ipv4Net, AddressRule)] = &[
    (v4(255, 255, 255, 255, 32), AddressRule::Broadcast),
    (v4(0, 0, 0, 0, 8), AddressRule::Unspecified),
    (v4(10, 0, 0, 0, 8), AddressRule::Private),
    (v4(100, 64, 0, 0, 10), AddressRule::SharedNat),
    (v4(127, 0, 0, 0, 8), AddressRule::Loopback),
    (v4(168, 63, 129, 16, 32), AddressRule::Metadata),
    (v4(169, 254, 0, 0, 16), AddressRule::LinkLocal),
    (v4(172, 16, 0, 0, 12), AddressRule::Private),
    (v4(192, 0, 0, 0, 24), AddressRule::Reserved),
    (v4(192, 0, 2, 0, 24), AddressRule::Reserved),
    (v4(192, 88, 99, 0, 24), AddressRule::Reserved),
    (v4(192, 168, 0, 0, 16), AddressRule::Private),
    (v4(198, 18, 0, 0, 15), AddressRule::Reserved),
    (v4(198, 51, 100, 0, 24), AddressRule::Reserved),
    (v4(203, 0, 113, 0, 24), AddressRule::Reserved),
    (v4(224, 0, 0, 0, 4), AddressRule::Multicast),
    (v4(240, 0, 0, 0, 4), AddressRule::Reserved),
];

/// Likewise for IPv6; what is in none of them is public within `2000::/3` alone.
const SPECIAL_V6: &[(Ipv6Net, AddressRule)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), AddressRule::Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), AddressRule::Loopback),
    // IPv4-compatible, IPv4-mapped and IPv4-translated
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 64), AddressRule::Embedded),
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), AddressRule::Embedded),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), AddressRule::Embedded),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), AddressRule::Embedded),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), AddressRule::Reserved),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), AddressRule::Reserved),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), AddressRule::Embedded),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), AddressRule::Reserved),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), AddressRule::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), AddressRule::LinkLocal),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), AddressRule::Private),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), AddressRule::Multicast),
];

const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// The rule that refuses the address as not public.
pub(crate) fn not_public(address: IpAddr) -> Option<AddressRule> {
    match address {
        IpAddr::V4(address) => {
            SPECIAL_V4.iter().find(|(net, _)| net.contains(&address)).map(|(_, rule)| *rule)
        }
        IpAddr::V6(address) => SPECIAL_V6
            .iter()
            .find(|(net, _)| net.contains(&address))
            .map(|(_, rule)| *rule)
            .or_else(|| (!GLOBAL_V6.contains(&address)).then_some(AddressRule::Reserved)),
    }
}

/// The address as a literal stands in the URL; a name is none.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// A private place that may be asked all the same: `storage.local`, `.corp.example`, `10.1.2.3`,
/// `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedPlace {
    /// Addresses.
    Net(IpNet),
    /// This name, whatever it leads to.
    Name(String),
    /// Names that end so (with the dot).
    Under(String),
}

/// The text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a host name, an address or a network such as storage.local, 10.1.2.3, 10.0.0.0/8")]
pub struct ParsePlaceError;

impl FromStr for AllowedPlace {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_lowercase();
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(net) = bare.parse::<IpNet>() {
            return Ok(Self::Net(net));
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Net(address.into()));
        }
        let (name, under) = text.strip_prefix('.').map_or((text.as_str(), false), |name| (name, true));
        match Host::parse(name) {
            Ok(Host::Domain(name)) if under => Ok(Self::Under(format!(".{name}"))),
            Ok(Host::Domain(name)) => Ok(Self::Name(name)),
            _ => Err(ParsePlaceError),
        }
    }
}

impl AllowedPlace {
    pub(crate) fn holds_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_lowercase();
        match self {
            Self::Net(_) => false,
            Self::Name(allowed) => *allowed == name,
            Self::Under(ending) => name.ends_with(ending.as_str()),
        }
    }

    pub(crate) fn holds_address(&self, address: IpAddr) -> bool {
        matches!(self, Self::Net(net) if net.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_told_by_its_rule() {
        use AddressRule::*;
        let table = [
            ("127.0.0.1", Some(Loopback)),
            ("127.255.255.254", Some(Loopback)),
            ("0.0.0.0", Some(Unspecified)),
            ("0.1.2.3", Some(Unspecified)),
            ("10.0.0.1", Some(Private)),
            ("172.16.0.1", Some(Private)),
            ("172.31.255.255", Some(Private)),
            ("172.32.0.1", None),
            ("192.168.1.1", Some(Private)),
            ("169.254.169.254", Some(LinkLocal)),
            ("168.63.129.16", Some(Metadata)),
            ("100.64.0.1", Some(SharedNat)),
            ("100.100.100.200", Some(SharedNat)),
            ("100.127.255.255", Some(SharedNat)),
            ("100.128.0.1", None),
            ("192.0.0.192", Some(Reserved)),
            ("192.0.2.7", Some(Reserved)),
            ("198.18.0.1", Some(Reserved)),
            ("198.51.100.7", Some(Reserved)),
            ("203.0.113.7", Some(Reserved)),
            ("224.0.0.1", Some(Multicast)),
            ("239.255.255.255", Some(Multicast)),
            ("240.0.0.1", Some(Reserved)),
            ("255.255.255.255", Some(Broadcast)),
            ("8.8.8.8", None),
            ("93.184.216.34", None),
            ("::", Some(Unspecified)),
            ("::1", Some(Loopback)),
            ("::ffff:127.0.0.1", Some(Embedded)),
            ("::ffff:8.8.8.8", Some(Embedded)),
            ("::127.0.0.1", Some(Embedded)),
            ("::ffff:0:10.0.0.1", Some(Embedded)),
            ("64:ff9b::7f00:1", Some(Embedded)),
            ("64:ff9b:1::7f00:1", Some(Embedded)),
            ("2002:7f00:1::", Some(Embedded)),
            ("2001::1", Some(Embedded)),
            ("2001:2::1", Some(Reserved)),
            ("2001:db8::1", Some(Reserved)),
            ("3fff::1", Some(Reserved)),
            ("fc00::1", Some(Private)),
            ("fd00:ec2::254", Some(Private)),
            ("fe80::1", Some(LinkLocal)),
            ("fec0::1", Some(Private)),
            ("ff02::1", Some(Multicast)),
            ("100::1", Some(Reserved)),
            ("4000::1", Some(Reserved)),
            ("2a00:1450:4010:c0f::8a", None),
            ("2606:4700::1111", None),
        ];
        for (address, rule) in table {
            assert_eq!(not_public(address.parse().unwrap()), rule, "{address}");
        }
    }

    #[test]
    fn an_address_in_disguise_is_the_address() {
        for url in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://①②⑦.0.0.1/",
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(literal(&url), Some(IpAddr::from([127, 0, 0, 1])), "{url}");
        }
        assert_eq!(literal(&Url::parse("http://[::1]:80/").unwrap()), Some(Ipv6Addr::LOCALHOST.into()));
        assert_eq!(literal(&Url::parse("http://localhost/").unwrap()), None);
    }

    #[test]
    fn places_are_names_endings_addresses_and_networks() {
        let place = |text: &str| text.parse::<AllowedPlace>().unwrap();
        assert!(place("10.0.0.0/8").holds_address([10, 1, 2, 3].into()));
        assert!(!place("10.0.0.0/8").holds_address([11, 1, 2, 3].into()));
        assert!(place("[fd00::1]").holds_address("fd00::1".parse().unwrap()));
        assert!(place("Storage.Local").holds_name("storage.local."));
        assert!(!place("storage.local").holds_name("evil-storage.local"));
        assert!(place(".corp.example").holds_name("a.b.corp.example"));
        assert!(!place(".corp.example").holds_name("corp.example.evil.com"));
        for wrong in ["", ".", "a b", "http://x", "10.0.0.0/99"] {
            assert!(wrong.parse::<AllowedPlace>().is_err(), "{wrong}");
        }
    }
}
