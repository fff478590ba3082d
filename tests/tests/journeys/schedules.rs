//! What is done by the clock: a service makes up once for the turns that nobody made, and people ask for one,
//! stop it and let it go on beside the running service.

use std::process::{Child, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use domain::Clock as _;
use serde_json::Value;
use store::{NewSchedule, Schedules as _, SqliteStore, StoreOptions};
use tests::{EndState, Outside, Production};

const NAME: &str = "каждую минуту";
const CALLS: usize = 12;
/// A turn is due every minute.
const SOON: Duration = Duration::from_secs(50);

/// Goes with the test, however it ends.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// As if it had been kept for an hour, and nobody had served meanwhile.
fn kept_for_an_hour(zvonar: &Production) {
    let added = zvonar.run(["schedule", "add", NAME, "0 5 1 1 *", "--last", "31d"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store =
            SqliteStore::open(&zvonar.data().join("zvonar.db"), StoreOptions::default()).await.unwrap();
        let kept = store.schedules().await.unwrap().remove(0).what;
        let often = NewSchedule { cron: "* * * * *".to_owned(), ..kept };
        let hour_ago = domain::SystemClock.now() - TimeDelta::hours(1);
        store.put_schedule(&often, hour_ago).await.unwrap();
        store.close().await;
    });
}

fn line(zvonar: &Production) -> Value {
    let list = zvonar.run(["schedule", "list", "--json"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    let document = list.json();
    let lines = document["schedules"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["name"]), (1, &Value::from(NAME)));
    lines[0].clone()
}

/// The newest turn that ended, if it was due after that moment.
fn ended_after(zvonar: &Production, after: &str) -> Option<Value> {
    let last = line(zvonar)["last"].clone();
    let due = last["due"].as_str()?.to_owned();
    (!last["ending"].is_null() && due.as_str() > after).then_some(last)
}

#[cfg(unix)]
#[test]
fn a_schedule_works_by_itself_and_by_a_persons_word() {
    let outside = Outside::with_calls(CALLS);
    // by then every recording has appeared that ever will
    outside.advance(Duration::from_hours(2));
    let zvonar = outside.install("По часам");
    kept_for_an_hour(&zvonar);
    let mut service = zvonar.zvonar(["serve", "--bind", "127.0.0.1:0"]);
    let service = Service(service.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());

    // nobody asked: the sixty turns that were missed are made up for once
    let first = outside.until("a turn by the clock", SOON, || ended_after(&zvonar, ""));
    assert_eq!(first["ending"], "done", "{first}");
    let said = first["said"].as_str().unwrap();
    assert!(said.contains("12"), "{said}");
    outside.until("every row", SOON, || (outside.sheet(&zvonar.tab).ids().len() == CALLS).then_some(()));
    outside.until("the end of the work", SOON, || {
        let queue = zvonar.run(["queue", "list", "--json"]).json();
        let busy = queue["stages"].as_array().unwrap().iter().any(|stage| stage["leased"] != 0);
        (!busy).then_some(())
    });
    let rows = EndState::of(&Value::Null, &outside.sheet(&zvonar.tab));
    assert_eq!((rows.rows.len(), rows.doubled), (CALLS, Vec::new()));

    let paused = zvonar.run(["schedule", "pause", NAME]);
    assert_eq!(paused.code, Some(0), "{paused:?}");
    assert_eq!(line(&zvonar)["paused"], true);
    // whatever the clock has begun meanwhile is over
    outside.until("nothing under way", SOON, || (!line(&zvonar)["last"]["ending"].is_null()).then_some(()));

    // a person's word counts while it is stopped: everything is known, and nothing is paid again
    outside.take_journal();
    let before = domain::SystemClock.now().to_rfc3339();
    let asked = zvonar.run(["schedule", "run-now", NAME]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    let second = outside.until("the turn that was asked for", SOON, || ended_after(&zvonar, &before));
    assert_eq!(second["ending"], "done", "{second}");
    let journal = outside.take_journal();
    assert!(journal.requests > 0 && journal.billed == 0, "{:?}", journal.operations);

    let resumed = zvonar.run(["schedule", "resume", NAME]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let going = line(&zvonar);
    assert!(going["paused"] == false && going["next"].is_string(), "{going}");
    drop(service);
}
