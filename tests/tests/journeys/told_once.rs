//! Notices of many workers that are killed: nothing is left untold, and what came twice was in the hand of
//! somebody who did not live to write down that it was sent. The store names every message before it leaves.

use std::time::Duration;

use serde_json::json;
use test_support::PostgresServer;
use tests::Outside;

/// Facts gather for five minutes, and a message that was in hand when its sender died is taken up when its lease
/// has run out: five more.
const PATIENCE: Duration = Duration::from_mins(8);

/// Where a leader writes down how far he has followed the jobs: what ended before his first look is history.
const FOLLOWS: &str = "select count(*) from settings where key = 'telling/cursor'";

/// What is still to be told, or to be sent.
const OPEN: &str = "select (select count(*) from facts where told_at is null) + (select count(*) \
    from webhook_deliveries where channel in ('telegram', 'mail') and state in ('ready', 'leased'))";

/// Calls that nobody was told of: those that failed for good, and the fresh ones with a low score.
const UNTOLD: &str = "select c.uid from calls c where not exists (select 1 from facts f where f.call_id = c.id \
    and f.topic in ('failures', 'low_scores')) and (exists (select 1 from jobs j where j.call_id = c.id \
    and j.state = 'dead') or c.score < 40 and c.started_at > extract(epoch from now() - interval '2 days') * 1000)";

/// By channel: messages, those that are not sent, attempts beyond the first of each.
const LEDGER: &str = "select channel, count(*), count(*) filter (where state <> 'done'), sum(attempt - 1) \
    from webhook_deliveries where channel in ('telegram', 'mail') group by 1 order by 1";

/// Settings of machines that tell at once, by night too.
pub(crate) fn settings(outside: &Outside) -> Vec<(String, String)> {
    let at_once = [("ZVONAR_QUIET_HOURS", "none"), ("ZVONAR_DIGEST_AT", "none")];
    let at_once = at_once.map(|(name, value)| (name.to_owned(), value.to_owned()));
    outside.notice_environment().into_iter().chain(at_once).collect()
}

/// Waits until the database says so.
fn wait(outside: &Outside, database: &PostgresServer, question: &str, answer: &str) {
    outside.until(question, PATIENCE, || database.ask(question).ok().filter(|found| found == &[answer]));
}

/// Waits until somebody has begun to follow the jobs.
pub(crate) fn wait_for_a_follower(outside: &Outside, database: &PostgresServer) {
    wait(outside, database, FOLLOWS, "1");
}

/// Waits until a message stands in the chat whose sender does not know it yet. To be killed then.
pub(crate) fn wait_for_a_message_in_hand(outside: &Outside) {
    outside.play(&json!({"kind": "stall", "provider": "telegram", "path": "sendMessage", "times": 1}));
    let before = outside.telegrams();
    outside.until("a message", PATIENCE, || (outside.telegrams() > before).then_some(()));
}

/// Waits until the workers have told everything.
pub(crate) fn wait_until_all_is_told(outside: &Outside, database: &PostgresServer) {
    wait(outside, database, OPEN, "0");
}

/// Nothing is lost, and what came twice was begun twice.
pub(crate) fn account(database: &PostgresServer, outside: &Outside) {
    assert_eq!(database.ask(UNTOLD).unwrap(), Vec::<String>::new(), "calls that nobody was told of");
    let facts = database.ask("select topic || ' ' || count(*) from facts group by topic order by 1").unwrap();
    println!("facts told: {}", facts.join(", "));
    let ledger = database.ask(LEDGER).unwrap();
    assert_eq!(ledger.len(), 2, "mail and Telegram: {ledger:?}");
    for row in ledger {
        let [channel, messages, unsent, again] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let [messages, unsent, again] =
            [messages, unsent, again].map(|count| count.parse::<usize>().unwrap());
        let came = if channel == "mail" { outside.mails() } else { outside.telegrams() };
        assert_eq!(unsent, 0, "{row}");
        assert!(came >= messages, "{channel}: {came} came of {messages}");
        println!("{channel}: least {messages}, beyond it {}; lost in mid-call: {again}", came - messages);
        assert!(came <= messages + again, "{channel}: {came} came of {messages}, {again} begun again");
    }
}
