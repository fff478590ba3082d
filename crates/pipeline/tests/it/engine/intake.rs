//! Calls that come in by hand: a name is a call, whatever is sent under it twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Call, CallError, CallStatus, Manager, SourceName, TimeWindow};
use futures::{Stream, StreamExt as _, stream};
use pipeline::{CallSource, IntakeError, NewCall, RecordingSource, SourceCursor, SourceError, SourcePage};
use store::{CallFilter, SearchQuery, Stage};
use test_support::golden;

use super::bench::{Bench, rubric};

const DIALOGUE: &str = "Клиент: Привет! Менеджер: Добрый день, компания «Север», Анна. Клиент: Сколько стоит окно? \
     Менеджер: Окно стоит десять тысяч, завтра в десять перезвоню вам и отправлю договор.";

fn named(id: &str) -> NewCall {
    NewCall {
        manager: Some(Manager { id: "m-42".into(), name: None }),
        tags: vec!["срочно".into()],
        ..NewCall::new(id)
    }
}

fn pieces(
    parts: Vec<Result<Bytes, std::io::Error>>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin {
    stream::iter(parts)
}

fn file(name: &str) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin {
    let bytes = std::fs::read(golden(name)).unwrap();
    pieces(bytes.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect())
}

/// Files in the folder of recordings.
fn files_of(bench: &Bench) -> usize {
    let shelves = std::fs::read_dir(bench.place.path().join("recordings")).unwrap();
    shelves.map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap().count()).sum()
}

/// Servers that recordings are fetched from: what each address gives.
struct Servers {
    name: SourceName,
    give: Mutex<HashMap<String, Option<&'static str>>>,
    asked: Mutex<Vec<String>>,
}

impl Servers {
    fn named(source: &str) -> Arc<Self> {
        Arc::new(Self { name: SourceName::from(source), give: Mutex::default(), asked: Mutex::default() })
    }

    fn gives(&self, url: &str, file: Option<&'static str>) {
        self.give.lock().unwrap().insert(url.to_owned(), file);
    }
}

#[async_trait]
impl CallSource for Servers {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(&self, _: TimeWindow, _: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        Ok(SourcePage { calls: Vec::new(), next: None, warnings: Vec::new() })
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        self.asked.lock().unwrap().push(call.revision.clone());
        match self.give.lock().unwrap().get(&call.revision) {
            Some(Some(file)) => Ok(RecordingSource::File(golden(file))),
            Some(None) => Err(SourceError::Gone("HTTP 403".to_owned())),
            None => Err(SourceError::Unavailable { message: "silence".to_owned(), retry_after: None }),
        }
    }
}

#[tokio::test]
async fn a_dialogue_is_stored_and_found_before_anyone_judges_it() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let taken = pipeline.intake().dialogue(named("crm-1"), DIALOGUE, &rubric("dialog")).await.unwrap();
    assert!(taken.new);
    let store = pipeline.store();
    let query =
        SearchQuery {
            text: "окна договоры".into(), filter: CallFilter::default(), limit: 9, offset: 0
        };
    assert_eq!(store.search(&query).await.unwrap().len(), 1);
    let report = pipeline::stored_report(store.as_ref(), taken.call, None).await.unwrap().unwrap();
    assert_eq!(report.transcript.unwrap().segments.len(), 4);
    assert_eq!(report.status, CallStatus::Queued);
    assert_eq!((report.call.source.as_str(), report.call.external_id.as_str()), ("dialogue", "crm-1"));
}

#[tokio::test]
async fn a_dialogue_is_judged_under_its_own_rubric_and_reaches_the_sink() {
    let bench = Bench::new();
    let worker = bench.serve(Vec::new()).await;
    let intake = worker.pipeline.intake();
    for mode in ["dialog", "client-plus", "manager-plus"] {
        let taken = intake.dialogue(named(mode), DIALOGUE, &rubric(mode)).await.unwrap();
        let report = worker.settled(taken.call).await;
        assert_eq!(report.status, CallStatus::Done, "{:?}", report.error);
        let analysis = report.analysis.unwrap();
        assert_eq!(analysis.rubric.as_str(), mode);
        assert!(analysis.total_score.is_some(), "no length of talk is asked of a text");
        assert_eq!(report.call.manager.unwrap().id, "m-42");
        assert_eq!(report.call.tags, ["срочно"]);
        worker.until("a row", async |_| bench.sink.rows.lock().unwrap().contains_key(mode)).await;
    }
    assert_eq!(bench.speech.all_calls(), 0);
    worker.stop().await;
}

#[tokio::test]
async fn a_text_does_not_wait_for_speech() {
    use domain::Clock as _;
    let bench = Bench::new();
    let worker = bench.serve(Vec::new()).await;
    let reason = CallError { code: "model_missing".into(), message: String::new(), hint: String::new() };
    let store = worker.pipeline.store();
    store.pause(Stage::Transcribe, None, &reason, bench.clock.now()).await.unwrap();
    let taken = worker.pipeline.intake().dialogue(named("1"), DIALOGUE, &rubric("dialog")).await.unwrap();
    assert_eq!(worker.settled(taken.call).await.status, CallStatus::Done);
    worker.stop().await;
}

#[tokio::test]
async fn a_dialogue_whose_taker_died_is_judged_all_the_same() {
    use domain::Clock as _;
    let bench = Bench::new();
    let worker = bench.serve(Vec::new()).await;
    let store = worker.pipeline.store();
    // killed between the call and its words
    let call = Call { revision: "typed".into(), ..Call::new("dialogue", "crm-1") };
    let transcript = analyze::parse_dialogue(DIALOGUE).unwrap();
    store.cache_transcript(&format!("dialogue/{}", call.id), &transcript).await.unwrap();
    let target = format!("{}@{}", rubric("dialog").id, rubric("dialog").revision);
    store.save_rubric(&rubric("dialog"), bench.clock.now()).await.unwrap();
    let jobs = vec![store::NewJob { call: call.id, stage: Stage::Transcribe, target }];
    let id = call.id;
    let found = store::DiscoveredCall { call, status: CallStatus::Queued, error: None, jobs };
    store.discover(&[found], None, bench.clock.now()).await.unwrap();
    let report = worker.settled(id).await;
    assert_eq!(report.status, CallStatus::Done);
    assert_eq!(report.analysis.unwrap().rubric.as_str(), "dialog");
    worker.stop().await;
}

#[tokio::test]
async fn the_first_text_under_a_name_is_the_calls() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let intake = pipeline.intake();
    let first = intake.dialogue(named("crm-1"), DIALOGUE, &rubric("dialog")).await.unwrap();
    let other = intake.dialogue(named("crm-1"), "Клиент: Алло?", &rubric("client-plus")).await.unwrap();
    assert_eq!((other.call, other.new), (first.call, false));
    let same_name_elsewhere = intake.url(named("crm-1"), "https://a.example/1.mp3", &rubric("dialog")).await;
    assert_ne!(same_name_elsewhere.unwrap().call, first.call, "sources have names of their own");
    let words = pipeline.store().transcript(first.call).await.unwrap().unwrap();
    assert_eq!(words.segments.len(), 4);
    let jobs = store::JobFilter { call: Some(first.call), ..store::JobFilter::default() };
    assert_eq!(pipeline.store().jobs(&jobs, 9).await.unwrap().len(), 2, "linked, to be judged");
}

#[tokio::test]
async fn what_is_no_dialogue_leaves_nothing_behind() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let refused = pipeline.intake().dialogue(named("1"), " \n ", &rubric("dialog")).await;
    assert!(matches!(refused, Err(IntakeError::Dialogue(_))));
    for wrong in ["", " ", "a\nb", &"x".repeat(201)] {
        let refused = pipeline.intake().dialogue(named(wrong), DIALOGUE, &rubric("dialog")).await;
        assert!(matches!(refused, Err(IntakeError::Invalid { field: "call_id", .. })), "{wrong:?}");
    }
    let tags = NewCall { tags: vec![String::new(); 51], ..named("1") };
    let refused = pipeline.intake().dialogue(tags, DIALOGUE, &rubric("dialog")).await;
    assert!(matches!(refused, Err(IntakeError::Invalid { field: "tags", .. })));
    assert_eq!(pipeline.store().count_calls(&CallFilter::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_is_streamed_to_its_place_and_judged() {
    let bench = Bench::new();
    let worker = bench.serve(Vec::new()).await;
    let new = NewCall { recording_name: Some("звонок 1.wav".into()), ..named("up-1") };
    let taken =
        worker.pipeline.intake().recording(new, file("b_rude_manager.wav"), &rubric("client-plus")).await;
    let report = worker.settled(taken.unwrap().call).await;
    assert_eq!(report.status, CallStatus::Done);
    assert_eq!(report.analysis.unwrap().rubric.as_str(), "client-plus");
    assert_eq!(report.call.recording_name.as_deref(), Some("звонок 1.wav"));
    let recording = report.recording.unwrap();
    let kept = bench.place.path().join("recordings").join(&recording.location);
    assert_eq!(std::fs::read(kept).unwrap(), std::fs::read(golden("b_rude_manager.wav")).unwrap());
    worker.stop().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_or_breaks_off_leaves_nothing_behind() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let much = vec![0_u8; 1_000_000];
    let endless = pieces((0..11).map(|_| Ok(Bytes::copy_from_slice(&much))).collect());
    let refused = pipeline.intake().recording(named("1"), endless, &rubric("dialog")).await;
    assert!(matches!(refused, Err(IntakeError::TooLarge { limit_bytes: 10_000_000 })), "{refused:?}");
    let broken = pieces(vec![Ok(Bytes::from_static(b"RIFF")), Err(std::io::Error::other("reset"))]);
    let refused = pipeline.intake().recording(named("1"), broken, &rubric("dialog")).await;
    assert!(matches!(refused, Err(IntakeError::Interrupted(_))), "{refused:?}");
    assert_eq!(pipeline.store().count_calls(&CallFilter::default()).await.unwrap(), 0);
    assert_eq!(std::fs::read_dir(bench.place.path().join("recordings")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_repeated_file_is_not_even_read() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let intake = pipeline.intake();
    let first = intake.recording(named("1"), file("b_rude_manager.wav"), &rubric("dialog")).await.unwrap();
    let unread = stream::iter([()]).map(|()| -> Result<Bytes, std::io::Error> { panic!("nobody reads it") });
    let again = intake.recording(named("1"), unread, &rubric("dialog")).await.unwrap();
    assert_eq!((again.call, again.new), (first.call, false));
}

#[tokio::test]
async fn equal_bytes_that_are_no_recording_have_one_reason_in_each_of_their_calls() {
    let bench = Bench::new();
    let early = bench.pipeline().await;
    let names = ["a", "b", "c", "d"];
    let mut sent = Vec::new();
    for name in names {
        let noise = pieces(vec![Ok(Bytes::from(vec![7; 100_000]))]);
        sent.push(early.intake().recording(named(name), noise, &rubric("dialog")).await.unwrap());
    }
    // the first that is looked at takes the bytes of all away
    let worker = bench.serve(Vec::new()).await;
    for one in sent {
        let refused = worker.settled(one.call).await;
        assert_eq!(refused.error.map(|error| error.code).as_deref(), Some("recording_not_audio"));
    }
    assert_eq!(files_of(&bench), 0);
}

#[tokio::test]
async fn what_is_no_recording_leaves_its_reason_and_no_bytes_and_may_be_sent_again() {
    let bench = Bench::new();
    let worker = bench.serve(Vec::new()).await;
    let intake = worker.pipeline.intake();
    let noise = || pieces((0..8).map(|_| Ok(Bytes::from(vec![7; 100_000]))).collect());
    let sent = intake.recording(named("noise"), noise(), &rubric("dialog")).await.unwrap();
    let refused = worker.settled(sent.call).await;
    assert_eq!(refused.status, CallStatus::RecordingUnavailable);
    assert_eq!(refused.error.map(|error| error.code).as_deref(), Some("recording_not_audio"));
    assert_eq!(files_of(&bench), 0, "what nobody can hear is not kept");

    let again = intake.recording(named("noise"), noise(), &rubric("dialog")).await.unwrap();
    assert_eq!((again.call, again.new, files_of(&bench)), (sent.call, false, 0));
    let mended =
        intake.recording(named("noise"), file("b_rude_manager.wav"), &rubric("dialog")).await.unwrap();
    assert_eq!((mended.call, mended.new), (sent.call, false));
    let done = worker.settled(sent.call).await;
    assert_eq!((done.status, files_of(&bench)), (CallStatus::Done, 1), "{:?}", done.error);
}

#[tokio::test]
async fn of_many_who_send_one_call_at_once_one_makes_it() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let intake = pipeline.intake();
    let rubric = rubric("dialog");
    let sent = (0..8).map(|_| intake.webhook(named("123"), "https://a.example/1.mp3", &rubric));
    let taken = futures::future::join_all(sent).await;
    assert_eq!(taken.iter().filter(|taken| taken.as_ref().unwrap().new).count(), 1);
    assert_eq!(pipeline.store().count_calls(&CallFilter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_newest_address_counts_until_the_recording_has_come() {
    let bench = Bench::new();
    let servers = Servers::named("webhook");
    let (old, new) = ("https://s.example/1.mp3?sig=old", "https://s.example/1.mp3?sig=new");
    servers.gives(old, None);
    servers.gives(new, Some("b_rude_manager.wav"));
    let worker = bench.serve(vec![servers.clone()]).await;
    let intake = worker.pipeline.intake();
    let first = intake.webhook(named("123"), old, &rubric("dialog")).await.unwrap();
    let expired = worker.settled(first.call).await;
    assert_eq!(expired.status, CallStatus::RecordingUnavailable);
    assert_eq!(expired.call.recording_url, None, "what is signed is shown to nobody");
    assert_eq!(expired.call.recording_name.as_deref(), Some("1.mp3"));
    let same = intake.webhook(named("123"), old, &rubric("dialog")).await.unwrap();
    assert_eq!((same.call, same.new), (first.call, false));
    assert_eq!(worker.settled(first.call).await.status, CallStatus::RecordingUnavailable);
    let renewed = intake.webhook(NewCall::new("123"), new, &rubric("dialog")).await.unwrap();
    assert_eq!((renewed.call, renewed.new), (first.call, false));
    let done = worker.settled(first.call).await;
    assert_eq!(done.status, CallStatus::Done, "{:?}", done.error);
    assert_eq!(done.call.manager.unwrap().id, "m-42", "what was said first stays");
    let late = "https://s.example/1.mp3?sig=later";
    intake.webhook(named("123"), late, &rubric("client-plus")).await.unwrap();
    let still = worker.settled(first.call).await;
    assert_eq!((still.status, still.processed_at), (done.status, done.processed_at));
    assert_eq!(still.analysis.unwrap().rubric.as_str(), "dialog");
    assert_eq!(*servers.asked.lock().unwrap(), [old, new]);
    worker.stop().await;
}

#[tokio::test]
async fn a_server_that_is_silent_is_asked_again_with_the_newest_address() {
    let bench = Bench::new();
    let servers = Servers::named("webhook");
    let (old, new) = ("https://s.example/1.mp3?sig=old", "https://s.example/1.mp3?sig=new");
    servers.gives(new, Some("b_rude_manager.wav"));
    let worker = bench.serve(vec![servers.clone()]).await;
    let intake = worker.pipeline.intake();
    let taken = intake.webhook(named("123"), old, &rubric("dialog")).await.unwrap();
    worker.until("asked", async |_| !servers.asked.lock().unwrap().is_empty()).await;
    worker
        .until("put off", async |store| store.call(taken.call).await.unwrap().unwrap().error.is_some())
        .await;
    intake.webhook(named("123"), new, &rubric("dialog")).await.unwrap();
    assert_eq!(worker.settled(taken.call).await.status, CallStatus::Done, "without waiting for the backoff");
    worker.stop().await;
}

#[tokio::test]
async fn addresses_that_cannot_be_are_refused_without_being_repeated() {
    let bench = Bench::new();
    let pipeline = bench.pipeline().await;
    let long = format!("https://a.example/{}", "x".repeat(9_000));
    for wrong in
        ["", "/etc/passwd", "file:///etc/passwd", "ftp://a.example/1", "https://u:hunter2@a.example/1", &long]
    {
        let refused = pipeline.intake().url(named("1"), wrong, &rubric("dialog")).await.unwrap_err();
        assert!(matches!(refused, IntakeError::Invalid { field: "recording_url", .. }), "{wrong}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
    let plain =
        pipeline.intake().url(named("1"), "https://a.example/b/1.mp3#t=1", &rubric("dialog")).await.unwrap();
    let record = pipeline.store().call(plain.call).await.unwrap().unwrap();
    assert_eq!(record.call.recording_url.as_deref(), Some("https://a.example/b/1.mp3"));
}
