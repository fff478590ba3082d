//! Campaigns: everybody is rung until he was reached, nobody twice, whenever the run is killed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Clock, CostItem, PhoneNumber};
use store::{SqliteStore, Store, StoreOptions};
use test_support::FakeClock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use voice_agent::testing::{FakeArchive, FakeEars, FakeMind, FakeRecordings, FakeTelephone};
use voice_agent::{
    CallDesk, CallEvent, CallMemory as _, CampaignEnd, CampaignError, CampaignObserver, CampaignParts,
    CampaignRun, CampaignSettings, CampaignStop, CampaignTerms, DeskParts, DeskSettings, Dialler, DialogMode,
    Dialogue, LOW_BALANCE, LeadOutcome, LeadState, LineEnd, LineStart, LiveFeed, PartFailed, Person,
    Personas, PlaceCall, Placed, Refused, StoredMemory, TurnEngine, TurnInput, TurnParts, TurnRequest,
    TurnSettings, change,
};

/// A company that rings: what ends in 86 is busy, in 80 does not answer, in 55 is a machine, in 99 asks
/// never to be called; others talk.
struct Company {
    store: Arc<dyn Store>,
    memory: StoredMemory,
    engine: TurnEngine,
    desk: CallDesk,
    telephone: FakeTelephone,
    clock: Arc<FakeClock>,
    _folder: tempfile::TempDir,
}

async fn company(desk: DeskSettings) -> Company {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, StoreOptions::default()).await.unwrap());
    let memory = StoredMemory::new(Arc::clone(&store) as _);
    let personas = Arc::new(Personas::built_in());
    let (telephone, live) = (FakeTelephone::default(), LiveFeed::default());
    // a Friday, three in the afternoon in Moscow
    let clock = Arc::new(FakeClock::new());
    let engine = TurnEngine::new(
        TurnParts {
            memory: Arc::new(memory.clone()),
            personas: Arc::clone(&personas),
            recordings: Arc::new(FakeRecordings::default()),
            ears: Arc::new(FakeEars::default()),
            // it thinks on beside the call: its money would come when it likes
            mind: Arc::new(FakeMind::free()),
            archive: Arc::new(FakeArchive::default()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            live: live.clone(),
        },
        TurnSettings::default(),
    );
    let parts = DeskParts {
        engine: engine.clone(),
        memory: Arc::new(memory.clone()),
        personas,
        telephone: Arc::new(telephone.clone()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(Uuid::new_v4),
        live,
    };
    let desk = CallDesk::new(parts, desk);
    Company { store, memory, engine, desk, telephone, clock, _folder: folder }
}

fn people(numbers: &[&str]) -> Vec<Person> {
    numbers.iter().map(|number| Person { phone: PhoneNumber::parse(number).unwrap(), zone: None }).collect()
}

fn terms() -> CampaignTerms {
    CampaignTerms { persona: "lead-qualification".to_owned(), mode: DialogMode::Turns }
}

fn settings() -> CampaignSettings {
    CampaignSettings { look_every: Duration::from_millis(1), no_waiting: true, ..CampaignSettings::default() }
}

/// Writes down what it is told.
#[derive(Default)]
struct Watching(Mutex<Vec<(String, Option<LeadOutcome>)>>);

impl CampaignObserver for Watching {
    fn looked(&self, _: &CampaignRun) {}

    fn ended(&self, phone: &PhoneNumber, state: &LeadState) {
        self.0.lock().unwrap().push((phone.as_str().to_owned(), state.outcome));
    }

    fn waits(&self, _: DateTime<Utc>) {}
}

impl Company {
    async fn open(&self, name: &str, people: &[Person], settings: CampaignSettings) -> CampaignRun {
        self.open_with(name, people, settings, Arc::new(self.desk.clone())).await.unwrap()
    }

    async fn open_with(
        &self,
        name: &str,
        people: &[Person],
        settings: CampaignSettings,
        dialler: Arc<dyn Dialler>,
    ) -> Result<CampaignRun, CampaignError> {
        let parts = CampaignParts {
            dialler,
            store: Arc::clone(&self.store),
            chat: None,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            persona: Personas::built_in().get("lead-qualification").unwrap(),
        };
        CampaignRun::open(name, terms(), people, parts, settings).await
    }

    /// Runs while the people answer their telephones.
    async fn run(&self, run: &mut CampaignRun) -> CampaignEnd {
        let stop = CancellationToken::new();
        let watching = Watching::default();
        tokio::select! {
            ended = run.run(&watching, &stop) => ended.unwrap(),
            () = self.answer() => unreachable!("people answer for ever"),
        }
    }

    async fn answer(&self) {
        let mut answered = 0;
        loop {
            let placed = self.telephone.placed();
            for call in placed.get(answered..).unwrap_or_default() {
                self.speak(call.call, call.phone.as_str()).await;
            }
            answered = placed.len();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn speak(&self, call: CallId, phone: &str) {
        let id = call.to_string();
        let event = async |event| self.engine.event(Some(&id), event).await.unwrap();
        event(CallEvent::Started(LineStart::default())).await;
        let code = [("86", 486), ("80", 480)].into_iter().find(|(tail, _)| phone.ends_with(tail));
        if let Some((_, code)) = code {
            event(CallEvent::Failed { code: Some(code), reason: None }).await;
            return;
        }
        event(CallEvent::Answered).await;
        if phone.ends_with("55") {
            event(CallEvent::Machine).await;
        } else {
            let words = if phone.ends_with("99") {
                "Больше мне не звоните"
            } else {
                "Да, слушаю"
            };
            let input = TurnInput::Text(words.to_owned());
            self.engine.turn(TurnRequest { call_id: id.clone(), turn: 1, input, duration_ms: None }).await;
            change(&self.memory, call, |dialogue| {
                dialogue.cost = vec![CostItem { item: "dialogue".into(), amount: "2RUB".parse().unwrap() }];
                true
            })
            .await
            .unwrap();
        }
        event(CallEvent::Ended(LineEnd::default())).await;
    }

    /// How often each number was rung.
    fn rung(&self) -> BTreeMap<String, usize> {
        let mut rung = BTreeMap::new();
        for call in self.telephone.placed() {
            *rung.entry(call.phone.as_str().to_owned()).or_default() += 1;
        }
        rung
    }
}

fn outcome(run: &CampaignRun, number: &str) -> Option<LeadOutcome> {
    run.state(&PhoneNumber::parse(number).unwrap()).unwrap().outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_rung_until_he_was_reached() {
    let company = company(DeskSettings::default()).await;
    let list = ["+79160000001", "+79160000086", "+79160000055", "+79160000099", "8 (916) 000-00-01"];
    let mut run = company.open("leads", &people(&list), settings()).await;
    let end = company.run(&mut run).await;
    assert_eq!((end.figures.people, end.figures.talked, end.figures.waiting), (4, 1, 2));
    let Some(CampaignStop::NotNow(at)) = end.stop else { panic!("{end:?}") };
    assert_eq!((at - company.clock.now()).num_minutes(), 20, "the busy line comes first");
    assert_eq!(outcome(&run, "+79160000001"), Some(LeadOutcome::Talked));
    assert_eq!(outcome(&run, "+79160000099"), Some(LeadOutcome::NeverAgain));
    let talked = run.state(&PhoneNumber::parse("+79160000001").unwrap()).unwrap();
    let found = talked.fields.iter().find(|field| field.asked).unwrap();
    assert_eq!((found.value.as_deref(), found.proof.as_deref()), (Some("да"), Some("Да, слушаю")));
    assert_eq!(end.figures.spent, ["4RUB".parse().unwrap()]);

    // the same day later, in another process: only who was not reached is rung, three times at most
    for (hours, rung_86, rung_55) in [(1, 2, 1), (3, 3, 2), (1, 3, 2)] {
        company.clock.advance(Duration::from_hours(hours));
        let mut run = company.open("leads", &people(&list), settings()).await;
        company.run(&mut run).await;
        let rung = company.rung();
        assert_eq!((rung["+79160000001"], rung["+79160000099"]), (1, 1));
        assert_eq!((rung["+79160000086"], rung["+79160000055"]), (rung_86, rung_55), "{hours} h");
    }
}

/// Dies at the n-th call that it is to place: before the desk hears of it, or after.
struct Dying {
    desk: CallDesk,
    left: AtomicU32,
    before: bool,
    dead: Notify,
}

#[async_trait]
impl Dialler for Dying {
    async fn place(&self, request: PlaceCall) -> Result<Placed, Refused> {
        let dies = self.left.fetch_sub(1, Ordering::Relaxed) == 1;
        if !(dies && self.before) {
            let placed = Dialler::place(&self.desk, request).await;
            if !dies {
                return placed;
            }
        }
        self.dead.notify_one();
        std::future::pending().await
    }

    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        Dialler::dialogue(&self.desk, call).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_or_after_any_call_nobody_is_rung_twice() {
    let numbers: Vec<String> = (1..=4).map(|n| format!("+7916000000{n}")).collect();
    let list: Vec<&str> = numbers.iter().map(String::as_str).collect();
    for (nth, before) in (1..=4).flat_map(|nth| [(nth, true), (nth, false)]) {
        let company = company(DeskSettings::default()).await;
        let dying = Arc::new(Dying {
            desk: company.desk.clone(),
            left: AtomicU32::new(nth),
            before,
            dead: Notify::new(),
        });
        let mut run =
            company.open_with("leads", &people(&list), settings(), Arc::clone(&dying) as _).await.unwrap();
        tokio::select! {
            end = company.run(&mut run) => panic!("it was to die: {end:?}"),
            () = dying.dead.notified() => {}
        }
        drop(run);
        let mut run = company.open("leads", &people(&list), settings()).await;
        let end = company.run(&mut run).await;
        assert_eq!((end.stop, end.figures.talked), (None, 4), "killed at {nth}, before: {before}");
        assert!(company.rung().values().all(|times| *times == 1), "{nth} {before}: {:?}", company.rung());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_spoken_with_by_another_campaign_is_left_alone() {
    let company = company(DeskSettings::default()).await;
    let list = people(&["+79160000001"]);
    let mut first = company.open("leads", &list, settings()).await;
    company.run(&mut first).await;
    company.clock.advance(Duration::from_hours(24));
    let mut copy = company.open("leads (1)", &list, settings()).await;
    assert_eq!(company.run(&mut copy).await.stop, None);
    assert_eq!(outcome(&copy, "+79160000001"), Some(LeadOutcome::SpokenBefore));
    assert_eq!(company.rung()["+79160000001"], 1);
    let again = CampaignSettings { spoken_within: None, ..settings() };
    let mut third = company.open("third", &list, again).await;
    company.run(&mut third).await;
    assert_eq!(company.rung()["+79160000001"], 2, "a person said so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_hours_pauses_and_the_stop_list_are_heeded() {
    let company = company(DeskSettings::default()).await;
    let list = people(&["+79160000001", "+79160000002", "+79160000003"]);
    let phone = PhoneNumber::parse("+79160000003").unwrap();
    company.memory.stop(&phone, "by hand", company.clock.now()).await.unwrap();
    let poor = CampaignSettings { lines: 1, max_cost: Some("3RUB".parse().unwrap()), ..settings() };
    let mut run = company.open("leads", &list, poor.clone()).await;
    let end = company.run(&mut run).await;
    assert_eq!(
        (end.stop, end.figures.talked),
        (Some(CampaignStop::Budget), 1),
        "a second call would cost 2 more"
    );

    company.store.pause_campaign("leads", true).await.unwrap();
    let richer = CampaignSettings { max_cost: None, ..poor };
    let mut run = company.open("leads", &list, richer.clone()).await;
    assert_eq!(company.run(&mut run).await.stop, Some(CampaignStop::Paused));
    company.store.pause_campaign("leads", false).await.unwrap();
    company.store.set_setting(LOW_BALANCE, "1").await.unwrap();
    assert_eq!(company.run(&mut run).await.stop, Some(CampaignStop::LowBalance));
    company.store.set_setting(LOW_BALANCE, "").await.unwrap();

    // three in the morning of a Saturday in Moscow
    company.clock.advance(Duration::from_hours(12));
    let Some(CampaignStop::NotNow(at)) = company.run(&mut run).await.stop else { panic!("it is night") };
    assert_eq!((at - company.clock.now()).num_hours(), 7, "on Saturdays from ten");
    assert_eq!(company.rung().len(), 1);
    company.clock.advance(Duration::from_hours(7));
    assert_eq!(company.run(&mut run).await.stop, None);
    assert_eq!(outcome(&run, "+79160000003"), Some(LeadOutcome::StopList));
    assert_eq!(company.rung().into_keys().collect::<Vec<_>>(), ["+79160000001", "+79160000002"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_lines_than_allowed_are_taken() {
    let company = company(DeskSettings { max_calls: 2, ..DeskSettings::default() }).await;
    let list: Vec<String> = (1..=5).map(|n| format!("+7916000000{n}")).collect();
    let list = people(&list.iter().map(String::as_str).collect::<Vec<_>>());
    let mut run = company.open("leads", &list, CampaignSettings { lines: 9, ..settings() }).await;
    let (watching, stop) = (Watching::default(), CancellationToken::new());
    // nobody answers: the lines stay taken
    let short = tokio::time::timeout(Duration::from_millis(300), run.run(&watching, &stop)).await;
    assert!(short.is_err());
    assert_eq!(company.telephone.placed().len(), 2, "as many as the desk allows");
    let end = company.run(&mut run).await;
    assert_eq!(end.figures.talked, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_one_campaign_and_a_list_may_grow() {
    let company = company(DeskSettings::default()).await;
    let mut run = company.open("leads", &people(&["+79160000001"]), settings()).await;
    company.run(&mut run).await;
    let grown = people(&["+79160000001", "+79160000002"]);
    let mut run = company.open("leads", &grown, settings()).await;
    assert_eq!(company.run(&mut run).await.figures.talked, 2);
    assert_eq!(company.rung().values().sum::<usize>(), 2);
    let parts = CampaignParts {
        dialler: Arc::new(company.desk.clone()),
        store: Arc::clone(&company.store),
        chat: None,
        clock: Arc::clone(&company.clock) as Arc<dyn Clock>,
        persona: Personas::built_in().get("appointment-reminder").unwrap(),
    };
    let other = CampaignTerms { persona: "appointment-reminder".to_owned(), ..terms() };
    let refused = CampaignRun::open("leads", other, &grown, parts, settings()).await;
    assert!(matches!(refused, Err(CampaignError::OtherTerms { .. })), "{refused:?}");
}
