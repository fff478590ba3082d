//! Guessing costs time: after some free tries each further one must wait longer.
//!
//! A try is counted before it is judged, so that a thousand at once are a thousand tries. What is
//! counted: the account (a crowd of addresses guesses one password) and the address (one machine
//! guesses everybody's). Kept in memory: a restart forgives, and nothing is written for a stranger.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;

/// Names and addresses remembered at most.
const MOST: usize = 20_000;

/// Forgotten after so much quiet.
const QUIET: TimeDelta = TimeDelta::hours(1);

/// The longest wait.
const LONGEST: Duration = Duration::from_mins(15);

/// Whose tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
    Account(String),
    Address(IpAddr),
}

impl Counted {
    /// Tries without a wait: people mistype, and an office shares an address.
    fn free(&self) -> u32 {
        match self {
            Self::Account(_) => 5,
            Self::Address(_) => 20,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Record {
    tries: u32,
    last: DateTime<Utc>,
}

impl Record {
    fn wait(self, free: u32, now: DateTime<Utc>) -> Option<Duration> {
        let over = self.tries.checked_sub(free)?;
        let delay = Duration::from_secs(1 << over.min(10)).min(LONGEST);
        let until = self.last + TimeDelta::from_std(delay).unwrap_or(QUIET);
        (until - now).to_std().ok().filter(|wait| !wait.is_zero())
    }
}

/// The memory of tries.
#[derive(Debug)]
pub(crate) struct Tries {
    clock: Arc<dyn Clock>,
    records: Mutex<HashMap<Counted, Record>>,
}

impl Tries {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, records: Mutex::new(HashMap::new()) }
    }

    /// Counts a try; `Err` = not now, come again after that time.
    pub(crate) fn begin(&self, account: Option<&str>, address: Option<IpAddr>) -> Result<(), Duration> {
        let now = self.clock.now();
        let counted = of(account, address);
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = counted
            .iter()
            .filter_map(|key| {
                records.get(key).filter(|record| now - record.last < QUIET)?.wait(key.free(), now)
            })
            .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        if records.len() + counted.len() > MOST {
            forget(&mut records, now);
        }
        for key in counted {
            let record = records.entry(key).or_insert(Record { tries: 0, last: now });
            if now - record.last >= QUIET {
                record.tries = 0;
            }
            *record = Record { tries: record.tries.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// It was the right one: the account is cleared, and the address has this try back.
    pub(crate) fn forgive(&self, account: Option<&str>, address: Option<IpAddr>) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        for key in of(account, address) {
            match (&key, records.get_mut(&key)) {
                (Counted::Address(_), Some(record)) => record.tries = record.tries.saturating_sub(1),
                (Counted::Account(_), _) => {
                    records.remove(&key);
                }
                (Counted::Address(_), None) => {}
            }
        }
    }
}

/// An IPv6 subscriber has 2^64 addresses: the network is counted.
fn of(account: Option<&str>, address: Option<IpAddr>) -> Vec<Counted> {
    let address = address.map(|address| match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from(u128::from(six) & (u128::MAX << 64))),
        four @ IpAddr::V4(_) => four,
    });
    let account = account.map(|name| Counted::Account(name.to_lowercase().chars().take(100).collect()));
    account.into_iter().chain(address.map(Counted::Address)).collect()
}

/// Room for more: first whoever has been quiet, then whoever need not wait yet, then the older half.
fn forget(records: &mut HashMap<Counted, Record>, now: DateTime<Utc>) {
    records.retain(|_, record| now - record.last < QUIET);
    if records.len() > MOST / 2 {
        records.retain(|key, record| record.tries > key.free());
    }
    if records.len() > MOST / 2 {
        let mut times: Vec<DateTime<Utc>> = records.values().map(|record| record.last).collect();
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or(now);
        records.retain(|_, record| record.last > median);
    }
}

#[cfg(test)]
mod tests {
    use test_support::FakeClock;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn guessing_waits_longer_and_longer_and_is_forgotten() {
        let clock = Arc::new(FakeClock::new());
        let tries = Tries::new(Arc::clone(&clock) as Arc<dyn Clock>);
        for _ in 0..5 {
            tries.begin(Some("Анна"), None).unwrap();
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = tries.begin(Some("анна"), None).unwrap_err();
            waits.push(wait.as_secs());
            clock.advance(wait);
            tries.begin(Some("АННА"), None).unwrap();
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        clock.advance(Duration::from_mins(61));
        for _ in 0..5 {
            tries.begin(Some("анна"), None).unwrap();
        }
    }

    #[test]
    fn an_address_that_guesses_everybody_waits_and_others_do_not() {
        let tries = Tries::new(Arc::new(FakeClock::new()));
        for name in 0..20 {
            tries.begin(Some(&name.to_string()), Some(address("2001:db8::1"))).unwrap();
        }
        assert!(
            tries.begin(Some("other"), Some(address("2001:db8::ffff"))).is_err(),
            "the network is counted"
        );
        tries.begin(Some("other"), Some(address("2001:db8:1::1"))).unwrap();
        tries.begin(Some("other"), Some(address("192.0.2.1"))).unwrap();
    }

    #[test]
    fn the_right_password_clears_the_account() {
        let tries = Tries::new(Arc::new(FakeClock::new()));
        for _ in 0..40 {
            tries.begin(Some("anna"), Some(address("192.0.2.1"))).unwrap();
            tries.forgive(Some("anna"), Some(address("192.0.2.1")));
        }
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let tries = Tries::new(Arc::new(FakeClock::new()));
        for name in 0..(MOST * 2) {
            tries.begin(Some(&name.to_string()), None).unwrap();
        }
        assert!(tries.records.lock().unwrap().len() <= MOST);
    }
}
