//! Four workers on four machines: one database, one bucket, and nothing else in common. They are killed and
//! the database is struck down, and at the end nothing is lost, nothing is doubled, and whatever was done
//! twice is put down to a lease that was lost in mid-call.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::JournalReport;
use test_support::{BucketServer, PostgresServer};
use tests::{EndState, Ended, Outside, Production, full};

use crate::production::told;
use crate::told_once;

const WORKERS: usize = 4;
/// So long without a request means that nothing is left to be done now.
const QUIET: Duration = Duration::from_secs(20);
/// Where the walk through the moments of kills begins.
const SEED: u64 = 20_261_121;
/// Words of one call go to the provider in at most so many pieces: two channels, cut at their pauses.
const PIECES: u64 = 6;

/// Leases whose owner holds his lock no more: what was in hand when it died. `token` names each but once.
const LOST: &str = "select j.token, j.stage, c.external_id from jobs j join calls c on c.id = j.call_id \
    join workers w on w.name = j.owner where j.state = 'leased' and not exists (select 1 from pg_locks l \
    where l.locktype = 'advisory' and l.objsubid = 2 and l.classid::bigint = 1517710962 \
    and l.objid::bigint = w.number % 2147483647)";

const QUEUE: [&str; 3] = ["queue", "list", "--json"];

/// Numbers as good as chance, the same in each run.
struct Walk(u64);

impl Walk {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

/// A machine with its worker.
struct Machine {
    installation: Production,
    worker: Child,
}

impl Machine {
    /// Its worker is killed, and another begins.
    fn die(&mut self, shared: &Shared) {
        self.worker.kill().unwrap();
        self.worker.wait().unwrap();
        self.worker = shared.worker(&self.installation);
    }
}

/// What the machines share.
struct Shared {
    database: PostgresServer,
    bucket: BucketServer,
    telling: Vec<(String, String)>,
}

impl Shared {
    fn command(&self, installation: &Production, arguments: &[&str]) -> Command {
        let mut command = installation.zvonar(arguments);
        command.env("DATABASE_URL", self.database.url()).envs(self.bucket.settings("shared"));
        command
    }

    fn worker(&self, installation: &Production) -> Child {
        let mut command = self.command(installation, &["worker"]);
        // what it says is shown when the journey fails
        command.env("ZVONAR_JOBS", "8").envs(self.telling.clone()).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Notes the leases that died with their owners.
    fn note_lost(&self, lost: &mut BTreeMap<String, (String, String)>) {
        for row in self.database.ask(LOST).unwrap_or_default() {
            if let [token, stage, call] = row.split('|').collect::<Vec<_>>()[..] {
                lost.insert(token.to_owned(), (stage.to_owned(), call.to_owned()));
            }
        }
    }
}

/// The run that finds the calls; it dies as soon as it has found them all, before it has done any of them.
fn find_calls(outside: &Outside, shared: &Shared, finder: &Production, calls: usize) {
    let arguments = ["run", "--source", "uis", "--last", "31d", "--sheet", "--json", "--jobs", "1"];
    let mut command = shared.command(finder, &arguments);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    loop {
        let found = shared.database.ask("select count(*) from calls").unwrap_or_default();
        if found.first().and_then(|count| count.parse().ok()) == Some(calls) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(5), "{found:?} of {calls} calls are found");
        outside.reached(outside.journal().requests + 1, Duration::from_millis(100));
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

/// Effects beyond the least, by operation.
fn beyond(least: &JournalReport, journal: &JournalReport) -> BTreeMap<String, u64> {
    let names: BTreeSet<&String> =
        least.billed_operations.keys().chain(journal.billed_operations.keys()).collect();
    let count = |report: &JournalReport, name: &str| report.billed_operations.get(name).copied().unwrap_or(0);
    let more = |name: &&String| count(journal, name).saturating_sub(count(least, name));
    names.into_iter().map(|name| (name.clone(), more(&name))).collect()
}

#[cfg(unix)]
#[test]
fn killed_workers_and_a_struck_database_lose_nothing_and_double_nothing() {
    let (calls, kills, strikes) = if full() { (2_000, 200, 5) } else { (60, 8, 1) };
    let outside = Outside::with_calls(calls);
    // by then every recording has appeared that ever will: what is right does not change while we work
    outside.advance(Duration::from_hours(2));
    let calm = outside.install("спокойно");
    let undisturbed = EndState::of(&calm.month().json(), &outside.sheet(&calm.tab));
    assert_eq!(undisturbed.rows.len(), calls);
    let least = outside.take_journal();
    println!("{calls} calls, one undisturbed run: {}", told(&least));

    let (database, bucket) = (PostgresServer::start(), BucketServer::start());
    // people are told in minutes, which only the long journey has
    let telling = if full() { told_once::settings(&outside) } else { Vec::new() };
    let shared = Shared { database, bucket, telling };
    let finder = outside.install("четыре");
    if full() {
        let mut follower = shared.worker(&finder);
        told_once::wait_for_a_follower(&outside, &shared.database);
        follower.kill().unwrap();
        follower.wait().unwrap();
    }
    let begun = Instant::now();
    find_calls(&outside, &shared, &finder, calls);
    let mut lost = BTreeMap::new();
    shared.note_lost(&mut lost);
    let mut machines: Vec<Machine> = (0..WORKERS)
        .map(|_| {
            let installation = outside.install("четыре");
            let worker = shared.worker(&installation);
            Machine { installation, worker }
        })
        .collect();

    let mut walk = Walk(SEED);
    // so far apart that the work lasts for nearly all of them
    let apart = (least.requests / (kills + kills / 4 + 1)).max(1);
    let (mut killed, mut struck) = (0, 0);
    while killed < kills {
        let moment = outside.journal().requests + 1 + walk.below(2 * apart);
        let met = outside.reached(moment, QUIET);
        let machine = &mut machines[usize::try_from(walk.below(WORKERS as u64)).unwrap()];
        killed += 1;
        machine.die(&shared);
        shared.note_lost(&mut lost);
        if struck < strikes && killed * (strikes + 1) >= kills * (struck + 1) {
            shared.database.crash_and_restart().unwrap();
            struck += 1;
        }
        if !met && outside.journal().billed >= least.billed {
            break;
        }
    }
    println!(
        "{killed} kills, {struck} strikes: {:.0} s, {}",
        begun.elapsed().as_secs_f64(),
        told(&outside.journal())
    );
    let enough = if full() { kills } else { kills / 2 };
    assert!(killed >= enough && struck == strikes, "{killed} of {kills} kills met work");

    // whoever asks for the report waits for what the others hold
    let mut last = shared.command(&finder, &["run", "--source", "uis", "--last", "31d", "--sheet", "--json"]);
    let last = Ended::from(last.output().unwrap());
    if full() {
        told_once::wait_for_a_message_in_hand(&outside);
        for machine in &mut machines {
            machine.die(&shared);
        }
        told_once::wait_until_all_is_told(&outside, &shared.database);
    }
    for machine in &mut machines {
        assert_eq!(machine.worker.try_wait().unwrap(), None, "a struck database ends no worker");
        Command::new("kill").args(["-TERM", &machine.worker.id().to_string()]).status().unwrap();
    }
    for machine in &mut machines {
        assert_eq!(
            machine.worker.wait().unwrap().code(),
            Some(0),
            "a worker that is asked to leaves in order"
        );
    }
    let journal = outside.take_journal();
    let state = EndState::of(&last.json(), &outside.sheet(&finder.tab));
    println!("with the last run: {:.0} s, {}", begun.elapsed().as_secs_f64(), told(&journal));
    account(&least, &journal, &lost);
    if full() {
        told_once::account(&shared.database, &outside);
    }
    assert_eq!(state.unlike(&undisturbed), Vec::<String>::new());
    // recordings that never come are waited for or buried: as many as without any trouble, and nothing else
    let queue = Ended::from(shared.command(&finder, &QUEUE).output().unwrap());
    assert_eq!(queue.json()["stages"], calm.run(QUEUE).json()["stages"], "jobs by stage and state");
}

/// Tells what was done beyond the least and which lost leases it is put down to; fails on what none explains.
fn account(least: &JournalReport, journal: &JournalReport, lost: &BTreeMap<String, (String, String)>) {
    let in_stage = |stage: &str| lost.values().filter(|(of, _)| of == stage).count() as u64;
    let figures: Vec<String> = ["fetch", "transcribe", "analyze", "deliver"]
        .map(|stage| format!("{stage} {}", in_stage(stage)))
        .to_vec();
    println!("leases lost with their workers: {}: {}", lost.len(), figures.join(", "));
    for (operation, more) in beyond(least, journal) {
        let (stage, each) = if operation.contains("chat") { ("analyze", 2) } else { ("transcribe", PIECES) };
        let may = in_stage(stage) * each;
        let minimum = least.billed_operations.get(&operation).copied().unwrap_or(0);
        println!(
            "{operation}: least {minimum}, beyond it {more}; lost in mid-call: {} of {stage}",
            in_stage(stage)
        );
        assert!(more <= may, "{operation}: {more} more than the least, {may} explained");
    }
    // four write what each of them has ready; that no row was written twice is told by the sheet itself
    println!("sheet writes: {} (undisturbed {})", journal.sheet_writes, least.sheet_writes);
    for (stage, call) in lost.values().filter(|(stage, _)| stage == "transcribe" || stage == "analyze") {
        println!("  lost in mid-call: {stage} of {call}");
    }
}
