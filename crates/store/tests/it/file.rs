//! What only a database in a file can show: its owners, its age, what is left in its bytes.

use std::path::Path;
use std::sync::Arc;

use domain::{CallId, PhoneNumber};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use store::contract::{analysis, at, call, erase, recording, said};
use store::{
    CallFilter, Calls as _, ClaimRequest, Conversation, ConversationStage, Conversations as _, Discovery,
    ErasureWork, Erasures as _, JobFilter, Jobs as _, Leads as _, LedgerRow, OpenBatch, Outcome, Runs as _,
    Search as _, SearchQuery, SinkLedger as _, SqliteStore, Stage, StageResult, StoreError, StoreOptions,
    Upkeep as _,
};

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, StoreOptions::default()).await.unwrap()
}

async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

fn fetch(store: &SqliteStore, seconds: i64) -> ClaimRequest {
    ClaimRequest {
        stage: Stage::Fetch,
        target: None,
        run: None,
        worker: store.worker_id(),
        lease: std::time::Duration::from_hours(1),
        limit: 10,
        probe: false,
        now: at(seconds),
    }
}

#[tokio::test]
async fn a_dead_owner_frees_its_jobs_at_once_and_a_living_one_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let (dying, living) = (open(&path).await, open(&path).await);
    living.discover(&[call("a", 0), call("b", 1)], None, at(0)).await.unwrap();
    let run = dying.start_run("folder /calls", at(0)).await.unwrap();
    dying.discover(&[call("a", 0)], Some(run), at(0)).await.unwrap();
    let kept = living.claim(&ClaimRequest { limit: 1, ..fetch(&living, 0) }).await.unwrap();
    let lost = dying.claim(&fetch(&dying, 0)).await.unwrap();
    assert_eq!((kept.len(), lost.len()), (1, 1));
    let hour = std::time::Duration::from_hours(1);
    assert!(dying.lead("rounds", &dying.worker_id(), hour, at(0)).await.unwrap().is_some());
    assert_eq!(living.recover(at(1)).await.unwrap(), 0, "both live");
    assert_eq!(living.lead("rounds", &living.worker_id(), hour, at(1)).await.unwrap(), None);

    let dead = dying.worker_id();
    drop(dying);
    assert_eq!(living.recover(at(2)).await.unwrap(), 1);
    assert_eq!(living.recover(at(3)).await.unwrap(), 0);
    assert!(!folder.path().join(format!("workers/{}.lock", dead.0)).exists(), "the stale file is gone");
    let mine = CallFilter { run: Some(run), ..CallFilter::default() };
    assert_eq!(living.count_calls(&mine).await.unwrap(), 0, "a dead owner's run is over");
    let lead = living.lead("rounds", &living.worker_id(), hour, at(3)).await.unwrap();
    assert!(lead.is_some_and(|lead| lead.token == 2), "a dead owner's lead is free");
    assert_eq!(living.claim(&fetch(&living, 3)).await.unwrap()[0].job.call, lost[0].job.call);
    assert_eq!(living.heartbeat(&kept, std::time::Duration::from_mins(1), at(4)).await.unwrap(), []);
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let store = open(&path).await;
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    said(&store, "a", &["Окно готово"]).await;
    store.close().await;
    drop(store);
    let store = open(&path).await;
    assert_eq!(store.discover(&[call("a", 0)], None, at(1)).await.unwrap(), [Discovery::Known]);
    let query =
        SearchQuery { text: "окна".to_owned(), filter: CallFilter::default(), limit: 1, offset: 0 };
    assert_eq!(store.search(&query).await.unwrap().len(), 1);
    assert_eq!(store.path(), Some(path.as_path()));
}

#[tokio::test]
async fn work_dropped_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let store = open(&path).await;
    let slice: Vec<_> = (0..600).map(|n| call(&n.to_string(), n)).collect();
    // dropped at ever later points, until it once comes through
    for polls in (0..).map(|n: u32| n * n + 1) {
        let mut work = Box::pin(store.discover(&slice, None, at(0)));
        let mut left = polls;
        let end = std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(None);
            }
            left -= 1;
            work.as_mut().poll(context).map(Some)
        })
        .await;
        drop(work);
        let calls = store.count_calls(&CallFilter::default()).await.unwrap();
        let jobs = store.queue_counts(None).await.unwrap().iter().map(|count| count.count).sum::<u64>();
        if let Some(found) = end {
            assert!(found.unwrap().iter().all(|found| *found == Discovery::New));
            assert_eq!((calls, jobs), (600, 600));
            break;
        }
        assert_eq!((calls, jobs), (0, 0), "after {polls} polls");
    }
}

#[tokio::test]
async fn two_programs_that_make_the_database_at_once_both_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let stores = futures::future::join_all((0..6).map(|_| open(&path))).await;
    for (store, n) in stores.iter().zip(0..) {
        store.discover(&[call(&n.to_string(), n)], None, at(0)).await.unwrap();
    }
    assert_eq!(stores[0].count_calls(&CallFilter::default()).await.unwrap(), 6);
}

#[tokio::test]
async fn concurrent_workers_of_one_file_do_every_job_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let stores = [Arc::new(open(&path).await), Arc::new(open(&path).await)];
    let slice: Vec<_> = (0..100).map(|n| call(&n.to_string(), n)).collect();
    stores[0].discover(&slice, None, at(0)).await.unwrap();
    let workers = (0..6).map(|n| {
        let store = Arc::clone(&stores[n % 2]);
        tokio::spawn(async move {
            let mut done = 0;
            while let Some(claim) =
                store.claim(&ClaimRequest { limit: 1, ..fetch(&store, 1) }).await.unwrap().pop()
            {
                let outcome = Outcome::Fetched(Box::new(recording("file:///x")));
                let result =
                    StageResult { outcome, status: None, error: None, next: Vec::new(), spend: Vec::new() };
                store.complete(&claim, result, at(2)).await.unwrap();
                done += 1;
            }
            done
        })
    });
    let done: i32 = futures::future::join_all(workers).await.into_iter().map(|done| done.unwrap()).sum();
    assert_eq!(done, 100);
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    drop(open(&path).await);
    let sql = "insert into _sqlx_migrations (version, description, installed_on, success, checksum, \
               execution_time) values (9999, 'later', current_timestamp, 1, x'00', 0)";
    sqlx::query(sql).execute(&mut raw(&path).await).await.unwrap();
    let refused = SqliteStore::open(&path, StoreOptions::default()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Incompatible(why) if why.contains("newer zvonar")), "{refused}");
    assert!(!refused.is_retryable());
}

#[tokio::test]
async fn files_of_others_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Уважаемые господа! ".repeat(500)).unwrap();
    let foreign = folder.path().join("foreign.db");
    sqlx::query("create table orders (id)").execute(&mut raw(&foreign).await).await.unwrap();
    for path in [text, foreign] {
        let before = std::fs::read(&path).unwrap();
        let refused = SqliteStore::open(&path, StoreOptions::default()).await;
        assert!(matches!(refused, Err(StoreError::Incompatible(_))), "{refused:?}");
        let after = std::fs::read(&path).unwrap();
        // the journal mode in the header (bytes 18–19, 24–27, 92–99) may change, the content may not
        assert_eq!(before.get(100..), after.get(100..));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_not_writable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let refused = SqliteStore::open(&file.join("sub/zvonar.db"), StoreOptions::default()).await;
    assert!(matches!(refused, Err(StoreError::NotWritable(_))), "{refused:?}");
}

/// A database as the first release made it (`fixtures/first.db`) opens, is brought up to date and
/// holds what it held.
#[tokio::test]
async fn a_database_of_the_first_release_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    std::fs::write(&path, include_bytes!("../fixtures/first.db")).unwrap();
    let store = open(&path).await;
    let id = CallId::derive("folder", "/calls/one.wav");
    let record = store.call(id).await.unwrap().unwrap();
    assert_eq!(record.call.recording_name.as_deref(), Some("one.wav"));
    assert_eq!(record.recording.unwrap().survey.duration_ms, 61_234);
    let query =
        SearchQuery {
            text: "договора".to_owned(), filter: CallFilter::default(), limit: 1, offset: 0
        };
    assert_eq!(store.search(&query).await.unwrap()[0].call.call.id, id);
    assert_eq!(store.jobs(&JobFilter::default(), 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn erasing_leaves_no_byte_of_the_number_and_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let store = open(&path).await;
    let mut slice: Vec<_> = (0..40).map(|n| call(&format!("usual{n}"), n)).collect();
    for found in &mut slice {
        found.call.caller = PhoneNumber::parse("+79990000000");
    }
    let mut secret = call("secretname", 20);
    secret.call.caller = PhoneNumber::parse("+79161112233");
    slice.insert(20, secret);
    store.discover(&slice, None, at(0)).await.unwrap();
    for found in &slice {
        let name = &found.call.external_id;
        let words = if name == "secretname" {
            "Тайноречие секретозавр yxzsecret"
        } else {
            "Обычная речь"
        };
        said(&store, name, &[words, "и ещё слова об окнах"]).await;
        let judged = Outcome::Analyzed(Box::new(analysis("r", "1", Some(5.0))));
        let job = store::NewJob { call: found.call.id, stage: Stage::Analyze, target: String::new() };
        store.enqueue(&[job], true, at(1)).await.unwrap();
        let request = ClaimRequest { stage: Stage::Analyze, ..fetch(&store, 1) };
        for claim in store.claim(&request).await.unwrap() {
            let result = StageResult {
                outcome: judged.clone(),
                status: None,
                error: None,
                next: Vec::new(),
                spend: Vec::new(),
            };
            store.complete(&claim, result, at(1)).await.unwrap();
        }
    }
    // an earlier state of the same call, replaced later
    let mut changed = slice[20].clone();
    changed.call.revision = "2".to_owned();
    store.discover(&[changed], None, at(2)).await.unwrap();
    said(&store, "secretname", &["Новоречие секретозавр"]).await;

    // what a sink wrote and is writing, what is being said with the number, who asked not to be rung
    let number = PhoneNumber::parse("+79161112233").unwrap();
    let key = slice[20].call.id.to_string();
    let body = format!("{key} +79161112233 секретозавр");
    let row = LedgerRow { key: key.clone(), digest: "1".to_owned(), body: body.clone() };
    store.settle_batch("sheet", "none", &[row], at(2)).await.unwrap();
    let batch = OpenBatch { id: "1".to_owned(), marker: 1, body, created_at: at(2) };
    store.open_batch("sheet", &batch).await.unwrap();
    let conversation = Conversation {
        call: CallId::derive("voximplant", "1"),
        version: 0,
        stage: ConversationStage::Live,
        phone: Some(number.clone()),
        started_at: at(2),
        touched_at: at(2),
        cost: Vec::new(),
        body: "Тайноречие 79161112233".to_owned(),
    };
    store.begin_conversation(&conversation, None, None).await.unwrap();
    store.stop_number(&number, "asked", at(2)).await.unwrap();

    let traces =
        ["79161112233", "secretname", "секретозавр", "тайноречие", "Тайноречие", "yxzsecret", "оворечие"];
    assert!(left(folder.path(), &traces).len() >= 5, "the scan sees what is there");
    let mut erasure = erase(&store, "+79161112233", 3).await;
    assert_eq!(["calls", "transcripts", "conversations"].map(|place| erasure.gone(place)), [1, 2, 1]);
    // what lies outside is erased, and its list is put away with the sinks' memory
    assert_eq!(store.forget_rows(&[key]).await.unwrap(), 1);
    erasure.work = ErasureWork::default();
    (erasure.ended_at, erasure.due_at) = (Some(at(4)), None);
    assert!(store.save_erasure(&erasure).await.unwrap());
    assert_eq!(left(folder.path(), &traces), Vec::<&str>::new());
    let mut connection = raw(&path).await;
    sqlx::query("insert into call_words (call_words) values ('integrity-check')")
        .execute(&mut connection)
        .await
        .unwrap();
    let sound: String =
        sqlx::query_scalar("pragma integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(sound, "ok");
}

/// Which of the texts stand in any file of the folder.
fn left<'a>(folder: &Path, texts: &[&'a str]) -> Vec<&'a str> {
    let files = std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file());
    let bytes: Vec<u8> = files.flat_map(|entry| std::fs::read(entry.path()).unwrap()).collect();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    texts.iter().copied().filter(|text| holds(text)).collect()
}

#[tokio::test]
async fn a_copy_is_whole_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder.path().join("zvonar.db")).await);
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for n in 0..50 {
                store.discover(&[call(&format!("later{n}"), n)], None, at(n)).await.unwrap();
            }
        }
    });
    let copy = folder.path().join("copy.db");
    store.copy_to(&copy).await.unwrap();
    writing.await.unwrap();
    let again = store.copy_to(&copy).await;
    assert!(matches!(again, Err(StoreError::NotWritable(_))), "a copy replaces nothing: {again:?}");
    let copied = open(&copy).await;
    let (there, here) = (
        copied.count_calls(&CallFilter::default()).await.unwrap(),
        store.count_calls(&CallFilter::default()).await.unwrap(),
    );
    assert!(there >= 1 && there <= here && here == 51, "{there} of {here}");
    assert_eq!(copied.discover(&[call("a", 0)], None, at(9)).await.unwrap(), [Discovery::Known]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("zvonar.db");
    drop(SqliteStore::open(&path, StoreOptions::default()).await.unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
}
