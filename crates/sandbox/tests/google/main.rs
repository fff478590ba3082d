//! Google over real sockets: the contract of `RowSink` on the live client, what breaks on the way, and
//! the page with the sheet as a person sees it.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use http_client::{CircuitPolicy, HttpClient, HttpClientConfig, RetryPolicy};
use sheets_sink::testing::{FakeGoogle, GoogleFault, Hand as _, MemoryLedger, On, Person, contract};
use sheets_sink::{CellValue, GoogleConfig, Patience, RandomChance, RowSink as _, SheetsClient};

const TAB: &str = "Звонки";

/// A client and its world, until it is dropped.
struct Served {
    google: FakeGoogle,
    sink: SheetsClient,
    person: Person,
    base: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Served {
    async fn new() -> Self {
        let google = FakeGoogle::new(Arc::new(domain::SystemClock));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = sandbox::google_router(google.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let key = google.service_account_json(&format!("{base}/google/token"));
        let moment = Duration::from_millis(5);
        let config = GoogleConfig {
            sheets_url: format!("{base}/google").parse().unwrap(),
            credentials: key.into(),
            spreadsheet_id: FakeGoogle::SPREADSHEET.into(),
            tab: TAB.into(),
            // as patient as in life, only quicker
            patience: Patience {
                per_minute: 10_000,
                after_quota: moment,
                late: moment,
                ..Patience::default()
            },
            shared: None,
        };
        let http = HttpClientConfig {
            retry: RetryPolicy { first_delay: moment, ..RetryPolicy::default() },
            circuit: CircuitPolicy { failures: 0, pause: moment },
            ..HttpClientConfig::default()
        };
        let sink = SheetsClient::new(
            &config,
            contract::spec(),
            HttpClient::new(http).unwrap(),
            Arc::new(MemoryLedger::default()),
            Arc::new(domain::SystemClock),
            Arc::new(RandomChance),
        )
        .unwrap();
        let person = Person::at(&google, FakeGoogle::SPREADSHEET, TAB);
        Self { google, sink, person, base, task }
    }
}

macro_rules! behaviours {
    ($($name:ident),* $(,)?) => {
        mod live {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let served = Served::new().await;
                contract::$name(&served.sink, &served.person).await.unwrap();
            })*
        }
    };
}

behaviours!(
    rows_are_written_once,
    a_late_change_mends_its_row,
    a_persons_cell_stays,
    an_emptied_row_says_nothing_of_ours,
    a_deleted_row_stays_deleted,
    typed_scores_are_read_back,
    preparing_is_harmless,
    nonsense_is_refused,
);

#[tokio::test]
async fn each_row_is_there_once_whatever_breaks_on_the_way() {
    for fault in [
        GoogleFault::Unavailable,
        GoogleFault::UnavailableAfter,
        GoogleFault::LostBefore,
        GoogleFault::LostAfter,
        GoogleFault::Cut,
        GoogleFault::Html,
        GoogleFault::Quota,
        GoogleFault::Unauthorized,
        GoogleFault::Late,
        GoogleFault::Slow(Duration::from_millis(20)),
    ] {
        let served = Served::new().await;
        served.sink.prepare().await.unwrap();
        served.google.fail_next(On::Write, fault);
        assert_eq!(
            served.sink.write(&[contract::row(1), contract::row(2)]).await.unwrap().added,
            2,
            "{fault:?}"
        );
        assert_eq!(served.person.keys(), ["call-00001", "call-00002"], "{fault:?}");
    }
}

#[tokio::test]
async fn the_page_shows_the_sheet_and_escapes_what_is_in_it() {
    let served = Served::new().await;
    let nasty = CellValue::Text("<script>alert(1)</script>".into());
    let link = CellValue::Link { url: "https://zvonar.test/history/1".into(), text: "Слушать".into() };
    let row = contract::with(contract::with(contract::row(7), "transcript", nasty), "recording", link);
    let _ = served.sink.write(&[row]).await.unwrap();
    let http = HttpClient::new(HttpClientConfig::default()).unwrap();
    let page = |path: String| {
        let request = http.inner().get(format!("{}{path}", served.base)).send();
        async move {
            let answer = request.await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };
    let (status, html) = page(format!("/google/sheet/{}", FakeGoogle::SPREADSHEET)).await;
    assert_eq!(status, 200);
    for part in [
        "Дата и время звонка",
        "18.11.2026 14:13:40",
        "0:01:12",
        "7,0",
        "Слушать",
        "https://zvonar.test/history/1",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    assert!(!html.contains("call-00007"), "the key is out of sight");
    assert_eq!(page("/google/sheet/none".into()).await.0, 404);
}
