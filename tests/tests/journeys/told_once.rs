//! Notices of many workers: each is in the store before it is sent, so the store says how many there must be,
//! and how many were begun by a leader who did not live to write down that they were sent.

use std::time::{Duration, Instant};

use test_support::PostgresServer;
use tests::Outside;

/// A message that was in hand when its leader died is taken up when its lease has run out: five minutes.
const PATIENCE: Duration = Duration::from_mins(8);

/// What is still to be told, or to be sent.
const OPEN: &str = "select (select count(*) from facts where told_at is null \
    and due_at <= extract(epoch from now()) * 1000) + (select count(*) from webhook_deliveries \
    where channel in ('telegram', 'mail') and state in ('ready', 'leased'))";

/// By channel: messages, those that are not sent, attempts beyond the first of each.
const LEDGER: &str = "select channel, count(*), count(*) filter (where state <> 'done'), sum(attempt - 1) \
    from webhook_deliveries where channel in ('telegram', 'mail') group by 1 order by 1";

/// Settings of machines that tell at once, by night too.
pub(crate) fn settings(outside: &Outside) -> Vec<(String, String)> {
    let at_once = [("ZVONAR_QUIET_HOURS", "none"), ("ZVONAR_DIGEST_AT", "none")];
    let at_once = at_once.map(|(name, value)| (name.to_owned(), value.to_owned()));
    outside.notice_environment().into_iter().chain(at_once).collect()
}

/// Waits until the workers have told everything.
pub(crate) fn wait(database: &PostgresServer, outside: &Outside) {
    let begun = Instant::now();
    loop {
        let open = database.ask(OPEN).unwrap_or_default();
        if open == ["0"] {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{open:?} are never told");
        outside.reached(u64::MAX, Duration::from_millis(500));
    }
}

/// Nothing is lost, and what came twice was begun twice.
pub(crate) fn account(database: &PostgresServer, outside: &Outside) {
    let ledger = database.ask(LEDGER).unwrap();
    assert_eq!(ledger.len(), 2, "mail and Telegram: {ledger:?}");
    for row in ledger {
        let [channel, messages, unsent, again] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let [messages, unsent, again] =
            [messages, unsent, again].map(|count| count.parse::<usize>().unwrap());
        let came = if channel == "mail" { outside.mails() } else { outside.telegrams() };
        println!("{channel}: least {messages}, beyond it {}; lost in mid-call: {again}", came - messages);
        assert_eq!(unsent, 0, "{row}");
        assert!(
            (messages..=messages + again).contains(&came),
            "{channel}: {came} came of {messages}, {again} again"
        );
    }
    let doubled = database.ask("select count(*) - count(distinct key) from facts").unwrap();
    assert_eq!(doubled, ["0"], "a fact is noted once");
}
