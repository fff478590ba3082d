//! What every test here stands on: a double, a ledger, a sink.

use std::sync::Arc;
use std::time::Duration;

use http_client::{CircuitPolicy, HttpClient, HttpClientConfig, RetryPolicy, SteadyJitter};
use sheets_sink::testing::{FakeGoogle, MemoryLedger, Person, SheetView, SteadyChance, contract};
use sheets_sink::{GoogleConfig, Patience, SheetError, SheetSpec, SheetsClient};
use test_support::FakeClock;

pub(crate) const TAB: &str = "Звонки";
pub(crate) const BOOK: &str = FakeGoogle::SPREADSHEET;

pub(crate) struct Stage {
    pub(crate) chance: Arc<SteadyChance>,
    pub(crate) google: FakeGoogle,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) sink: SheetsClient,
    pub(crate) credentials: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(FakeClock::new());
        let google = FakeGoogle::new(clock.clone());
        let credentials = google.service_account_json("http://google.test/token");
        Self::with(google, Arc::default(), clock, credentials)
    }

    pub(crate) fn for_user() -> Self {
        let clock = Arc::new(FakeClock::new());
        let google = FakeGoogle::new(clock.clone());
        let credentials = google.user_json("http://google.test/token");
        Self::with(google, Arc::default(), clock, credentials)
    }

    fn with(
        google: FakeGoogle,
        ledger: Arc<MemoryLedger>,
        clock: Arc<FakeClock>,
        credentials: String,
    ) -> Self {
        let chance = Arc::new(SteadyChance::default());
        let sink = sink_with(&google, &ledger, &clock, &credentials, contract::spec(), &chance).unwrap();
        Self { chance, google, ledger, clock, sink, credentials }
    }

    /// The same sink after the process was started again.
    pub(crate) fn restarted(&self) -> SheetsClient {
        // chance goes on: no process begins with the ids of another
        let (google, ledger, clock) = (&self.google, &self.ledger, &self.clock);
        sink_with(google, ledger, clock, &self.credentials, contract::spec(), &self.chance).unwrap()
    }

    pub(crate) fn view(&self) -> SheetView {
        self.google.view(BOOK, TAB).expect("the tab is there")
    }

    pub(crate) fn person(&self) -> Person {
        Person::at(&self.google, BOOK, TAB)
    }

    pub(crate) fn words(&self, key: &str, column: &str) -> Option<String> {
        sheets_sink::testing::Hand::words(&self.person(), key, column)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.view().keys("call_id")
    }
}

pub(crate) fn config(credentials: &str) -> GoogleConfig {
    GoogleConfig {
        sheets_url: "http://google.test/".parse().unwrap(),
        credentials: credentials.to_owned().into(),
        spreadsheet_id: BOOK.into(),
        tab: TAB.into(),
        patience: Patience::default(),
        shared: None,
    }
}

pub(crate) fn http(google: &FakeGoogle) -> HttpClient {
    let retry = RetryPolicy {
        attempts: 3,
        first_delay: Duration::from_millis(100),
        longest_delay: Duration::from_secs(64),
    };
    let circuit = CircuitPolicy { failures: 0, pause: Duration::from_secs(1) };
    let config = HttpClientConfig { retry, circuit, ..HttpClientConfig::default() };
    HttpClient::with_jitter(config, Arc::new(SteadyJitter(0.5)))
        .unwrap()
        .with_transport(Arc::new(google.clone()))
}

pub(crate) fn sink(
    google: &FakeGoogle,
    ledger: &Arc<MemoryLedger>,
    clock: &Arc<FakeClock>,
    credentials: &str,
    spec: SheetSpec,
) -> Result<SheetsClient, SheetError> {
    let chance = Arc::new(SteadyChance::from(u64::MAX / 3));
    sink_with(google, ledger, clock, credentials, spec, &chance)
}

fn sink_with(
    google: &FakeGoogle,
    ledger: &Arc<MemoryLedger>,
    clock: &Arc<FakeClock>,
    credentials: &str,
    spec: SheetSpec,
    chance: &Arc<SteadyChance>,
) -> Result<SheetsClient, SheetError> {
    let config = config(credentials);
    SheetsClient::new(&config, spec, http(google), ledger.clone(), clock.clone(), chance.clone())
}
