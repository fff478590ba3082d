//! The installation of the week: real rounds, adapters and pipeline over the fakes of the outside world.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Europe::Berlin;
use domain::{Call, Clock, Lang, SourceName, TimeWindow, Transcript};
use mail_client::Address;
use mail_client::testing::FakeMailer;
use notices::{QuietHours, Voice};
use pipeline::{
    CallSource, Parts, Pipeline, PipelineSettings, RecordingFolder, RecordingSource, ReportOptions,
    RunRequest, SourceCursor, SourceError, SourcePage, Unobserved, WindowRequest, sha256_of,
};
use schedule::Timetable;
use sheets_sink::testing::FakeRows;
use store::{JobState, SqliteStore, Store, StoreOptions};
use telegram_client::ChatId;
use telegram_client::testing::{FakeTelegram, Posted};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use transcribe::{CacheError, CacheKey, CachedTranscriber, FakeTranscriber, TranscriptCache};
use uis_client::Account;
use uis_client::testing::FakeUis;

use super::company::{Sounds, calls};
use super::judge::Judge;
use crate::adapters::{SheetSink, UisSource, spec};
use crate::rounds::{Bell, Maker, PlannedSource, Rounds};
use crate::telling::{Channels, Courier, DayBudget, MailChannel, TelegramChannel, Telling};
use crate::weekly::Weeks;
use crate::write_back::{UisWriteBack, WriteBackQueue, WritesBack};
use crate::{ConfigInput, ScheduleSettings, TellingSettings, WriteBack, load};

pub(super) const CHAT: &str = "-100500";
const STEP: TimeDelta = TimeDelta::minutes(15);
/// At night nothing happens in a hurry.
const NIGHT: TimeDelta = TimeDelta::hours(1);

/// Time that the week moves.
#[derive(Debug)]
pub(super) struct WeekClock(Mutex<DateTime<Utc>>);

impl Clock for WeekClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Remembers nothing: each call is a sound of its own, though two recordings serve for all.
struct Forgetful;

#[async_trait]
impl TranscriptCache for Forgetful {
    async fn get(&self, _: &CacheKey) -> Result<Option<Transcript>, CacheError> {
        Ok(None)
    }

    async fn put(&self, _: &CacheKey, _: &Transcript) -> Result<(), CacheError> {
        Ok(())
    }
}

/// The same source to the worker's eyes: lists nothing, gives recordings.
struct Unlisted(Arc<dyn CallSource>);

#[async_trait]
impl CallSource for Unlisted {
    fn name(&self) -> &SourceName {
        self.0.name()
    }

    async fn calls(&self, _: TimeWindow, _: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        Ok(SourcePage { calls: Vec::new(), next: None, warnings: Vec::new() })
    }

    fn covers(&self, _: &Call) -> bool {
        true
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        self.0.recording(call).await
    }
}

/// One process with the database open.
struct Process {
    store: Arc<dyn Store>,
    worker: Pipeline,
    source: Arc<dyn CallSource>,
    rounds: Rounds,
}

/// The installation, its world, and what people were told.
pub(super) struct House {
    place: TempDir,
    pub(super) clock: Arc<WeekClock>,
    pub(super) uis: FakeUis,
    pub(super) speech: Arc<FakeTranscriber>,
    pub(super) judge: Arc<Judge>,
    pub(super) sheet: FakeRows,
    pub(super) telegram: FakeTelegram,
    pub(super) mail: FakeMailer,
    process: Option<Process>,
    pub(super) told: Vec<String>,
}

impl House {
    pub(super) async fn new(begin: DateTime<Utc>) -> Self {
        let clock = Arc::new(WeekClock(Mutex::new(begin)));
        let uis = FakeUis::with_clock(clock.clone());
        uis.set_account(Account { app_id: 4242, name: "Север Пласт".into(), zone: Berlin });
        let read = |name: &str| std::fs::read(test_support::golden(name)).unwrap();
        let good = read("c_delivery_complaint.mp3");
        let rude = read("2026-11-20_10-15-00_+79000001234_+74950001200_in.mp3");
        let speech = Arc::new(FakeTranscriber::new());
        speech.script(&sha256_of(&good), &GOOD);
        speech.script(&sha256_of(&rude), &RUDE);
        speech.bill(Some("1RUB".parse().unwrap()));
        uis.add_calls(calls(&Sounds { good, rude }));
        let mut house = Self {
            place: tempfile::tempdir().unwrap(),
            clock,
            uis,
            speech,
            judge: Arc::new(Judge::new()),
            sheet: FakeRows::new(spec(&options())),
            telegram: FakeTelegram::new().with_chat(CHAT, "Продажи"),
            mail: FakeMailer::new(),
            process: None,
            told: Vec::new(),
        };
        house.start().await;
        house
    }

    /// A process that died is gone with everything that it held in memory.
    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    pub(super) async fn start(&mut self) {
        let path = self.place.path().join("zvonar.db");
        let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
        let worker_id = store.worker_id();
        let store: Arc<dyn Store> = Arc::new(store);
        let clock: Arc<dyn Clock> = self.clock.clone();
        let recordings = RecordingFolder::new(self.disk().join("recordings"), 10_000_000);
        let api = Arc::new(self.uis.clone());
        let media = "https://app.uiscom.ru/system/media/talk".to_owned();
        let source: Arc<dyn CallSource> =
            Arc::new(UisSource::new(api.clone(), clock.clone(), Lang::Ru, media, recordings.clone()));
        let sink = Arc::new(SheetSink::new(Arc::new(self.sheet.clone()), options(), true));
        let bell = Bell::default();
        bell.speak();
        let parts = Parts {
            store: store.clone(),
            transcriber: Arc::new(CachedTranscriber::new(self.speech.clone(), Arc::new(Forgetful))),
            analyzer: self.judge.clone(),
            sinks: vec![sink],
            notifier: Arc::new(bell),
            clock: clock.clone(),
            recordings,
            worker: worker_id.clone(),
        };
        let settings = PipelineSettings {
            // time moves between runs, never within one
            wait_for_backoff: Duration::ZERO,
            probe_after: Duration::ZERO,
            ..PipelineSettings::default()
        };
        let worker = Pipeline::new(parts, settings);
        let rounds = self.rounds(&store, &worker, source.clone(), worker_id);
        rounds.keep_settings().await.unwrap();
        self.process = Some(Process { store, worker, source, rounds });
    }

    fn rounds(
        &self,
        store: &Arc<dyn Store>,
        worker: &Pipeline,
        source: Arc<dyn CallSource>,
        id: store::WorkerId,
    ) -> Rounds {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let env = [("ZVONAR_DATA_DIR".to_owned(), self.place.path().display().to_string())];
        let input = ConfigInput {
            cwd: self.place.path().to_owned(),
            env: env.into_iter().collect(),
            ..ConfigInput::default()
        };
        let page = Some("https://zvonar.example.ru".to_owned());
        let to = vec![Address::parse("rop@example.ru").unwrap()];
        let channels = Channels {
            telegram: Some(TelegramChannel {
                api: Arc::new(self.telegram.clone()),
                chat: ChatId::parse(CHAT).unwrap(),
            }),
            mail: Some(MailChannel { mailer: Arc::new(self.mail.clone()), to }),
        };
        let telling = Telling {
            store: store.clone(),
            clock: clock.clone(),
            voice: Voice { lang: Lang::Ru, zone: Berlin, page: page.clone() },
            settings: TellingSettings {
                quiet: QuietHours::parse("21:00-08:00", Berlin),
                low_score: 40.0,
                waiting_minutes: Some(30),
                digest_at: "09:00:00".parse().ok(),
            },
            budget: Some(DayBudget { most: "15RUB".parse().unwrap(), rub_micros_per_usd: 90_000_000 }),
            channels: channels.clone(),
        };
        let weeks = Weeks { store: store.clone(), lang: Lang::Ru, zone: Berlin, page: page.clone() };
        let write_back: Arc<dyn WritesBack> =
            Arc::new(UisWriteBack::new(Arc::new(self.uis.clone()), store.clone()));
        Rounds {
            store: store.clone(),
            clock: clock.clone(),
            worker: id,
            lang: Lang::Ru,
            hours: ScheduleSettings {
                calls: Timetable::parse("5 * * * *", Berlin).ok(),
                weekly: Timetable::parse("0 9 * * 1", Berlin).ok(),
            },
            maker: Arc::new(Maker {
                config: load(&input).unwrap().config,
                clock: clock.clone(),
                store: store.clone(),
                pipeline: worker.clone(),
                source: Box::new(move |_: &PlannedSource| Ok(source.clone())),
                weeks: weeks.clone(),
                mails: true,
            }),
            telling: Some(telling),
            write_back: Some(WriteBackQueue {
                store: store.clone(),
                clock: clock.clone(),
                wanted: WriteBack { tags: true, comment: true },
                lang: Lang::Ru,
                page,
            }),
            courier: Courier {
                store: store.clone(),
                clock,
                channels,
                write_back: Some(write_back),
                weeks: Some((weeks, options().rubric)),
            },
        }
    }

    /// The disk that recordings lie on.
    fn disk(&self) -> PathBuf {
        self.place.path().join("disk")
    }

    /// Nothing can be written there any more.
    pub(super) fn break_disk(&self) {
        std::fs::rename(self.disk(), self.place.path().join("aside")).unwrap();
        std::fs::write(self.disk(), "").unwrap();
    }

    pub(super) fn mend_disk(&self) {
        std::fs::remove_file(self.disk()).unwrap();
        std::fs::rename(self.place.path().join("aside"), self.disk()).unwrap();
    }

    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.process.as_ref().unwrap().store
    }

    /// A while passes. What runs side by side in a service runs one after another here.
    pub(super) async fn step(&mut self) {
        let hour = self.clock.now().with_timezone(&Berlin).hour();
        *self.clock.0.lock().unwrap() += if (7..21).contains(&hour) { STEP } else { NIGHT };
        let Some(process) = &self.process else { return };
        let rounds = &process.rounds;
        if let Some(lead) = rounds.lead().await.unwrap() {
            rounds.queue_due(&lead).await.unwrap();
            while let Some(turn) = rounds.claim(&lead).await.unwrap() {
                rounds.make(turn).await.unwrap();
            }
        }
        self.work(process).await;
        rounds.look().await.unwrap();
        rounds.deliver(&CancellationToken::new()).await.unwrap();
        self.hear();
    }

    /// What the worker does with calls that were found.
    async fn work(&self, process: &Process) {
        let counts = process.store.queue_counts(None).await.unwrap();
        if !counts.iter().any(|count| count.state == JobState::Ready) {
            return;
        }
        let request = RunRequest {
            source: Arc::new(Unlisted(process.source.clone())),
            window: WindowRequest::SinceCursor { overlap: Duration::ZERO, first: Duration::ZERO },
            limit: None,
            rubric: Arc::new(options().rubric),
            reports: Vec::new(),
            max_cost: None,
            what: "worker".to_owned(),
        };
        let run = process.worker.run(request, Arc::new(Unobserved), CancellationToken::new());
        Box::pin(run).await.unwrap();
    }

    /// Notes what stands in the chat since the last time, with the hour on the wall.
    fn hear(&mut self) {
        let posted = self.telegram.posted(CHAT);
        let wall = self.clock.now().with_timezone(&Berlin).format("%a %d.%m %H:%M");
        for message in posted.iter().skip(self.told.len()) {
            let Posted::Message(message) = message else { panic!("no message") };
            let silent = if message.silent { " · без звука" } else { "" };
            self.told.push(format!("[{wall}{silent}]\n{}", message.html.replace('\u{a0}', " ")));
        }
    }
}

pub(super) fn options() -> ReportOptions {
    let rubrics = analyze::RubricLibrary::builtin();
    ReportOptions {
        lang: Lang::Ru,
        zone: Berlin,
        rubric: rubrics.find("sales-full").unwrap().clone(),
        page_url: Some("https://zvonar.example.ru".to_owned()),
    }
}

const GOOD: [&str; 6] = [
    "Добрый день! Компания Север Пласт, меня зовут Анна, чем могу помочь?",
    "Здравствуйте, мне нужно окно в комнату.",
    "Подскажите, пожалуйста, какой у вас размер и какой бюджет? Предлагаю бесплатный замер завтра в десять.",
    "Да, завтра в десять удобно.",
    "Отлично, записала вас на завтра, отправлю договор на почту. Спасибо за звонок, хорошего дня!",
    "Спасибо, до свидания.",
];

const RUDE: [&str; 6] = [
    "Алло, чего надо?",
    "Я хотел узнать цену окна.",
    "Вы тупой? Цены на сайте, идите и смотрите сами, некогда мне.",
    "Очень жаль, до свидания.",
    "Да пошли вы.",
    "…",
];
