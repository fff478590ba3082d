//! The account's call history at Voximplant as a source of calls: what people spoke through it.
//!
//! Calls of our robot are in that history too, and in ours already, under the same source. They are known
//! by what their session was started with, or, where they came in, by number and minute, and are not
//! listed a second time; their sound is the one that was handed over when they ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Duration;
use domain::{Call, Clock, Direction, Lang, SourceName, TimeWindow};
use futures::{StreamExt as _, TryStreamExt as _};
use pipeline::{
    CallSource, IntakeSource, RecordingFolder, RecordingSource, SourceCursor, SourceError, SourcePage,
    UploadSource,
};
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};
use voximplant_client::{
    CustomData, HistoryCall, HistoryCursor, HistoryFilter, HistoryReader, HistorySession, RecordUrl,
    SessionHistoryId, VoximplantApi, VoximplantError,
};

use crate::voice::voximplant_error;

/// The clocks of two machines differ.
const AHEAD: Duration = Duration::minutes(1);
/// A window without a start reaches back so far: the platform keeps recordings for three months.
const FURTHEST: Duration = Duration::days(90);
/// A recording that has not come so long after its call never will.
const LATE: Duration = Duration::hours(24);
/// A call that came in stands in both histories with so much between their times at most.
const APART: Duration = Duration::minutes(2);
/// Sessions remembered for their recordings; past this they are asked for again.
const REMEMBERED: usize = 50_000;

/// Calls of one Voximplant account.
pub(crate) struct VoximplantSource {
    api: Arc<dyn VoximplantApi>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lang: Lang,
    name: SourceName,
    /// Sound of our robot's calls.
    handed_over: UploadSource,
    recordings: Mutex<HashMap<SessionHistoryId, Vec<RecordUrl>>>,
}

impl VoximplantSource {
    pub(crate) fn new(
        api: Arc<dyn VoximplantApi>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        lang: Lang,
        recordings: RecordingFolder,
    ) -> Self {
        Self {
            api,
            store,
            clock,
            lang,
            name: SourceName::from(IntakeSource::Voximplant.as_str()),
            handed_over: UploadSource::of(IntakeSource::Voximplant, recordings),
            recordings: Mutex::default(),
        }
    }

    fn error(&self, error: &VoximplantError) -> SourceError {
        let told = voximplant_error(self.lang, error);
        if error.is_refusal() {
            return SourceError::Refused { message: told.message, hint: told.hint };
        }
        match error {
            VoximplantError::RecordingGone | VoximplantError::TooLarge { .. } => {
                SourceError::Gone(told.message)
            }
            error if error.is_retryable() => {
                SourceError::Unavailable { message: told.message, retry_after: error.retry_after() }
            }
            _ => SourceError::Invalid { message: told.message, hint: told.hint },
        }
    }

    /// Whether the session is a call of our robot, which the history has from the robot itself.
    async fn is_ours(&self, session: &HistorySession, main: &HistoryCall) -> Result<bool, StoreError> {
        if let Some(data) = session.custom_data.as_deref().and_then(CustomData::parse) {
            return Ok(self.store.is_conversation_known(data.call).await?
                || self.store.call(data.call).await?.is_some());
        }
        let Some(phone) = main.remote.as_ref().filter(|_| main.incoming) else { return Ok(false) };
        let around = self.store.conversations_with(phone, session.started_at - APART).await?;
        Ok(around.iter().any(|one| (one.started_at - session.started_at).abs() <= APART))
    }

    fn described(&self, session: &HistorySession, main: &HistoryCall) -> Call {
        let recordings = session.recordings();
        let talked = session.calls.iter().filter(|call| !call.incoming || session.calls.len() == 1);
        // a scenario answers a call that comes in and rings an employee: he is whom somebody spoke with
        let reached = if main.incoming && session.calls.len() > 1 {
            talked.filter(|call| call.successful).filter_map(|call| call.duration_s).max()
        } else {
            main.duration_s.filter(|_| main.successful)
        };
        let ends = (main.remote.clone(), main.local.clone());
        let (caller, callee) = if main.incoming { ends } else { (ends.1, ends.0) };
        Call {
            started_at: Some(main.started_at.unwrap_or(session.started_at).fixed_offset()),
            caller,
            callee,
            direction: if main.incoming { Direction::In } else { Direction::Out },
            duration_ms: session.duration_s.map(|seconds| u64::from(seconds) * 1000),
            talk_ms: Some(u64::from(reached.unwrap_or(0)) * 1000),
            missed: main.incoming && reached.is_none(),
            recording_name: recordings.first().map(|_| format!("{}.mp3", session.id)),
            recording_url: recordings.first().map(|url| url.expose().to_owned()),
            revision: revision(session, &recordings),
            ..Call::new(self.name.as_str(), &session.id.to_string())
        }
    }

    fn remember(&self, session: &HistorySession) {
        let urls: Vec<RecordUrl> = session.recordings().into_iter().cloned().collect();
        let mut known = self.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > REMEMBERED {
            known.clear();
        }
        known.insert(session.id, urls);
    }

    async fn recordings_of(&self, id: SessionHistoryId) -> Result<Option<Vec<RecordUrl>>, SourceError> {
        let known = self.recordings.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if known.as_ref().is_some_and(|urls| !urls.is_empty()) {
            return Ok(known);
        }
        let Some(session) = self.api.session(id).await.map_err(|error| self.error(&error))? else {
            return Ok(None);
        };
        self.remember(&session);
        Ok(Some(session.recordings().into_iter().cloned().collect()))
    }

    /// What to say of a recording that is not there: it may be on its way while the call is fresh.
    fn absent(&self, call: &Call) -> SourceError {
        let ended = call.started_at.map(|at| {
            at.to_utc()
                + Duration::milliseconds(call.duration_ms.and_then(|ms| ms.try_into().ok()).unwrap_or(0))
        });
        if ended.is_some_and(|ended| self.clock.now() - ended < LATE) {
            let waits = self
                .lang
                .pick("Voximplant ещё готовит запись", "Voximplant is still preparing the recording");
            SourceError::NotReady(waits.to_owned())
        } else {
            let none = self.lang.pick(
                "в Voximplant нет записи этого разговора: сценарий её не вёл, или её срок вышел",
                "Voximplant has no recording of this call: its scenario made none, or its term is over",
            );
            SourceError::Gone(none.to_owned())
        }
    }

    async fn page(&self, window: TimeWindow, after: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        let till = window.to.unwrap_or(self.clock.now() + AHEAD);
        let from = window.from.unwrap_or(till - FURTHEST);
        let (api, filter) = (self.api.as_ref(), HistoryFilter::default());
        let mut warnings = Vec::new();
        let mut reader = if let Some(SourceCursor(text)) = after {
            HistoryReader::resume(api, cursor(&text)?, filter)
        } else {
            if window.from.is_none() {
                let told = "начало срока не задано: взяты звонки за 90 дней; задайте --from или --last";
                let english = "no start was given: the last 90 days are read; give --from or --last";
                warnings.push(self.lang.pick(told, english).to_owned());
            }
            HistoryReader::new(api, from, till, filter)
        };
        let Some(page) = reader.next().await.map_err(|error| self.error(&error))? else {
            return Ok(SourcePage { calls: Vec::new(), next: None, warnings });
        };
        warnings.extend(page.unreadable.iter().map(|why| match self.lang {
            Lang::Ru => format!("строка истории Voximplant не прочитана: {why}"),
            Lang::En => format!("a row of the history of Voximplant cannot be read: {why}"),
        }));
        let mut calls = Vec::with_capacity(page.rows.len());
        for session in &page.rows {
            // a session without a call is a scenario that rang nobody
            let Some(main) = main_call(session) else { continue };
            let inside = main.started_at.unwrap_or(session.started_at);
            if inside < from || inside > till {
                continue;
            }
            let ours = self.is_ours(session, main).await.map_err(|error| SourceError::Unavailable {
                message: error.to_string(),
                retry_after: None,
            })?;
            if !ours {
                self.remember(session);
                calls.push(self.described(session, main));
            }
        }
        let next = reader.cursor().map(|at| serde_json::to_string(&at).map(SourceCursor)).transpose();
        let next =
            next.map_err(|error| SourceError::Invalid { message: error.to_string(), hint: String::new() })?;
        Ok(SourcePage { calls, next, warnings })
    }
}

/// Whose call it is: the one that came in, else the one that was answered, else the first.
fn main_call(session: &HistorySession) -> Option<&HistoryCall> {
    let calls = &session.calls;
    let incoming = calls.iter().find(|call| call.incoming);
    incoming.or_else(|| calls.iter().find(|call| call.successful)).or_else(|| calls.first())
}

/// Changes when recordings come or change.
fn revision(session: &HistorySession, recordings: &[&RecordUrl]) -> String {
    let mut hasher = Sha256::new();
    for url in recordings {
        // what stands after `?` may be signed anew each time
        hasher.update(url.expose().split('?').next().unwrap_or_default());
        hasher.update([0]);
    }
    hasher.update([u8::from(session.calls.iter().any(|call| call.successful))]);
    hex::encode(hasher.finalize()).chars().take(16).collect()
}

fn cursor(text: &str) -> Result<HistoryCursor, SourceError> {
    serde_json::from_str(text)
        .map_err(|error| SourceError::Invalid { message: error.to_string(), hint: String::new() })
}

#[async_trait]
impl CallSource for VoximplantSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(
        &self,
        window: TimeWindow,
        after: Option<SourceCursor>,
    ) -> Result<SourcePage, SourceError> {
        self.page(window, after).await
    }

    fn covers(&self, call: &Call) -> bool {
        session_of(call).is_some()
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let Some(id) = session_of(call) else { return self.handed_over.recording(call).await };
        let Some(urls) = self.recordings_of(id).await? else {
            let gone = self
                .lang
                .pick("Voximplant больше не показывает этот звонок", "Voximplant shows this call no more");
            return Err(SourceError::Gone(gone.to_owned()));
        };
        let Some(url) = urls.first() else { return Err(self.absent(call)) };
        match self.api.recording(url).await {
            Ok(stream) => {
                let lang = self.lang;
                let body = stream.body.map_err(move |error| SourceError::Unavailable {
                    message: voximplant_error(lang, &error).message,
                    retry_after: None,
                });
                Ok(RecordingSource::Stream(body.boxed()))
            }
            Err(VoximplantError::RecordingMissing { .. }) => Err(self.absent(call)),
            Err(error) => Err(self.error(&error)),
        }
    }
}

/// Calls of our robot are named by themselves, those of the history by a number.
fn session_of(call: &Call) -> Option<SessionHistoryId> {
    call.external_id.parse().ok().map(SessionHistoryId)
}

#[cfg(test)]
mod tests {
    use domain::CallId;
    use store::{Conversation, ConversationStage, ErasureDemand, SqliteStore, StoreOptions};
    use voximplant_client::DialogMode;
    use voximplant_client::FinishReason;
    use voximplant_client::testing::{EndedCall, FakeVoximplant, MediaFault, SessionEnd};

    use super::*;

    struct Held {
        fake: FakeVoximplant,
        store: Arc<dyn Store>,
        source: VoximplantSource,
        _folder: tempfile::TempDir,
    }

    async fn held() -> Held {
        let folder = tempfile::tempdir().unwrap();
        let fake = FakeVoximplant::new();
        let path = folder.path().join("zvonar.db");
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&path, StoreOptions::default()).await.unwrap());
        let recordings = RecordingFolder::new(folder.path().join("recordings"), 1 << 20);
        let (api, clock) = (Arc::new(fake.clone()), fake.clock());
        let source = VoximplantSource::new(api, Arc::clone(&store), clock, Lang::Ru, recordings);
        Held { fake, store, source, _folder: folder }
    }

    fn spoken(remote: &str, incoming: bool, seconds: u32, sound: bool) -> EndedCall {
        EndedCall {
            remote: remote.to_owned(),
            incoming,
            duration_s: seconds,
            successful: seconds > 0,
            cost: None,
            end_reason: "Call disconnected".to_owned(),
            sound: sound.then(|| bytes::Bytes::from_static(SOUND).into()),
        }
    }

    /// Enough of a WAV to be taken for sound.
    const SOUND: &[u8] =
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0";

    impl Held {
        fn session(&self, custom_data: &str, minutes_ago: i64, calls: Vec<EndedCall>) {
            let application = self
                .fake
                .application_named("pbx")
                .unwrap_or_else(|| self.fake.add_application_named("pbx", true));
            let end = SessionEnd { duration_s: 70, reason: FinishReason::Normal, calls };
            let at = self.fake.clock().now() - Duration::minutes(minutes_ago);
            self.fake.add_past_session(application, custom_data, at, end);
        }

        async fn listed(&self) -> Vec<Call> {
            let mut after = None;
            let mut calls = Vec::new();
            loop {
                let page = self.source.calls(TimeWindow::ALL, after).await.unwrap();
                calls.extend(page.calls);
                after = page.next;
                if after.is_none() {
                    return calls;
                }
            }
        }

        async fn robot(&self, name: &str, phone: &str, minutes_ago: i64) -> CallId {
            let call = CallId::derive("voximplant", name);
            let at = self.fake.clock().now() - Duration::minutes(minutes_ago);
            let conversation = Conversation {
                call,
                version: 0,
                stage: ConversationStage::Closed,
                phone: domain::PhoneNumber::parse(phone),
                started_at: at,
                touched_at: at,
                cost: Vec::new(),
                body: String::new(),
            };
            self.store.begin_conversation(&conversation, None, None).await.unwrap();
            call
        }
    }

    #[tokio::test]
    async fn sessions_become_calls_with_both_ends_and_their_sound() {
        let held = held().await;
        held.session("", 50, vec![spoken("79161234567", false, 40, true)]);
        // an employee was rung for a client who came in, and did not answer
        held.session("", 40, vec![spoken("79161234568", true, 12, false), spoken("101", false, 0, false)]);
        held.session("", 30, vec![spoken("79161234569", true, 12, true), spoken("102", false, 9, false)]);
        held.session("", 20, Vec::new());
        let calls = held.listed().await;
        let told: Vec<_> = calls
            .iter()
            .map(|call| (call.direction, call.missed, call.talk_ms.unwrap(), call.recording_url.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                (Direction::Out, false, 40_000, true),
                (Direction::In, true, 0, false),
                (Direction::In, false, 9_000, true),
            ]
        );
        let (out, into) = (&calls[0], &calls[1]);
        assert_eq!(out.callee.as_ref().unwrap().as_str(), "+79161234567");
        assert_eq!(out.caller.as_ref().unwrap().as_str(), "+74950001200");
        assert_eq!(into.caller.as_ref().unwrap().as_str(), "+79161234568");
        assert_eq!(out.source.as_str(), "voximplant");
        assert!(matches!(held.source.recording(out).await, Ok(RecordingSource::Stream(_))));
        assert!(held.source.covers(out));
    }

    #[tokio::test]
    async fn a_call_of_our_robot_is_not_listed_a_second_time() {
        let held = held().await;
        let ours = held.robot("a", "+79161234567", 50).await;
        let phone = domain::PhoneNumber::parse("+79161234567").unwrap();
        let data = CustomData { mode: DialogMode::Turns, call: ours, phone }.to_string();
        held.session(&data, 50, vec![spoken("79161234567", false, 40, true)]);
        let foreign = data.replace(&ours.to_string(), &CallId::derive("voximplant", "another").to_string());
        held.session(&foreign, 45, vec![spoken("79161234567", false, 40, true)]);
        // calls that come in have no custom data
        held.robot("in-1", "+79161230000", 30).await;
        held.session("", 31, vec![spoken("79161230000", true, 20, true)]);
        held.session("", 10, vec![spoken("79161230000", true, 20, true)]);
        let starts: Vec<_> = held
            .listed()
            .await
            .iter()
            .map(|call| (held.fake.clock().now() - call.started_at.unwrap().to_utc()).num_minutes())
            .collect();
        assert_eq!(starts, [45, 10]);
        let demand = ErasureDemand {
            phone: domain::PhoneNumber::parse("+79161234567").unwrap(),
            who: "admin".to_owned(),
            sent_by: Vec::new(),
            kept_by: Vec::new(),
        };
        held.store.begin_erasure(&demand, held.fake.clock().now()).await.unwrap();
        assert_eq!(
            held.listed().await.len(),
            2,
            "an erased call does not come back by the account's history"
        );
    }

    #[tokio::test]
    async fn sound_of_our_robot_is_the_one_that_was_handed_over() {
        let held = held().await;
        let call = Call {
            revision: "0".repeat(64),
            ..Call::new("voximplant", "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")
        };
        assert!(!held.source.covers(&call));
        assert!(matches!(held.source.recording(&call).await, Err(SourceError::Gone(_))));
        assert_eq!(held.fake.requests_of("GetCallHistory"), 0, "nobody is asked");
    }

    #[tokio::test]
    async fn a_fresh_recording_is_waited_for_and_an_old_one_is_gone() {
        let held = held().await;
        held.session("", 10, vec![spoken("79161234567", false, 40, false)]);
        held.session("", 60 * 30, vec![spoken("79161234568", false, 40, false)]);
        held.session("", 5, vec![spoken("79161234569", false, 40, true)]);
        let calls = held.listed().await;
        let outcome = async |call: &Call| held.source.recording(call).await.map(|_| ());
        assert!(matches!(outcome(&calls[0]).await, Err(SourceError::Gone(_))));
        assert!(matches!(outcome(&calls[1]).await, Err(SourceError::NotReady(_))));
        held.fake.fail_next_media(MediaFault::Missing, 1);
        assert!(matches!(outcome(&calls[2]).await, Err(SourceError::NotReady(_))));
        held.fake.revoke_key();
        assert!(matches!(held.source.calls(TimeWindow::ALL, None).await, Err(SourceError::Refused { .. })));
    }
}
