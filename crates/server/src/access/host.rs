//! The open house: this machine alone, while there are no users.
//!
//! A page on the internet can make the browser of this machine ask `http://anything:8000/` (rebinding
//! of a name), and a tunnel can carry strangers to the loopback: hence the name in `Host` is looked at,
//! and any trace of a proxy closes the door.

use http::HeaderMap;
use http::header::HOST;

/// Whether a request was made on this machine by name: `Host` is localhost, 127.0.0.1 or `[::1]`, with
/// any port, and nothing forwarded it.
pub(crate) fn is_local(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|value| value.to_str().ok()).or(authority);
    let forwarded =
        headers.keys().any(|name| name == "forwarded" || name.as_str().starts_with("x-forwarded-"));
    hosts.next().is_none() && !forwarded && host.is_some_and(names_this_machine)
}

fn names_this_machine(host: &str) -> bool {
    let (name, port) = match host.rfind(']') {
        Some(_) => match host.split_once(']') {
            Some((name, port)) => {
                (format!("{name}]"), port.strip_prefix(':').or((port.is_empty()).then_some("0")))
            }
            None => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) => (name.to_owned(), Some(port)),
            None => (host.to_owned(), Some("0")),
        },
    };
    port.is_some_and(|port| port.parse::<u16>().is_ok())
        && ["localhost", "127.0.0.1", "[::1]"].contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        is_local(&map, None)
    }

    #[test]
    fn only_names_of_this_machine_open_the_house() {
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"] {
            assert!(asked(&[("host", host)]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "localhost:",
            "localhost:99999",
            "localhost:80@evil",
            "::1",
            "[::1",
            "[::1]x",
            "[::2]",
            "0.0.0.0:8000",
            "user@localhost",
            "127.1",
            "localhost.",
        ] {
            assert!(!asked(&[("host", host)]), "{host}");
        }
        assert!(!asked(&[]));
        assert!(!asked(&[("host", "localhost"), ("host", "localhost")]));
    }

    #[test]
    fn any_trace_of_a_proxy_closes_the_house() {
        for header in
            ["forwarded", "x-forwarded-for", "X-Forwarded-Host", "x-forwarded-proto", "x-forwarded-anything"]
        {
            assert!(!asked(&[("host", "localhost"), (header, "127.0.0.1")]), "{header}");
        }
    }
}
