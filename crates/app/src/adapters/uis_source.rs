//! UIS as a source of calls: rows of its report become calls, recordings come as streams.
//!
//! Ids of recordings open them to anyone, so they are kept in memory only and asked for again when a
//! later process needs them; what is stored of them is a digest that tells when they change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use domain::{Call, Clock, Direction, Lang, Manager, PhoneNumber, SourceName, TimeWindow};
use pipeline::{CallSource, RecordingFolder, RecordingSource, SourceCursor, SourceError, SourcePage};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;
use uis_client::{
    Account, CallsCursor, CallsFilter, CallsReader, RawPhone, RecordingsState, SessionId, UisApi, UisCall,
    UisError, UisLeg, WallWindow, all_legs,
};

use super::uis_recording::{Joiner, Way, open};
use crate::provider_words::uis_error;

/// The name that ids of UIS calls are derived with.
pub(crate) const SOURCE: &str = "uis";

/// The report takes a second window end ahead of now: clocks differ.
const AHEAD: Duration = Duration::minutes(1);

/// A window without a start reaches back so far: no tariff keeps recordings for longer as a rule.
const FURTHEST: Duration = Duration::days(90);

/// Rows remembered for their recordings; past this the oldest listing is forgotten and asked again.
const REMEMBERED: usize = 50_000;

/// Calls of one UIS account.
pub(crate) struct UisSource {
    api: Arc<dyn UisApi>,
    name: SourceName,
    clock: Arc<dyn Clock>,
    lang: Lang,
    /// Address of talks, for links; the id at its end is a secret that the customer asked for.
    media_url: String,
    /// Two legs become one recording.
    joiner: Joiner,
    account: OnceCell<Account>,
    rows: Mutex<HashMap<SessionId, Row>>,
}

/// What a recording is found by.
#[derive(Clone)]
struct Row {
    call: UisCall,
    legs: Vec<UisLeg>,
}

impl UisSource {
    pub(crate) fn new(
        api: Arc<dyn UisApi>,
        clock: Arc<dyn Clock>,
        lang: Lang,
        media_url: String,
        recordings: RecordingFolder,
    ) -> Self {
        Self {
            api,
            name: SourceName::new(SOURCE),
            clock,
            lang,
            media_url,
            joiner: Joiner::new(recordings),
            account: OnceCell::new(),
            rows: Mutex::default(),
        }
    }

    /// The account: its zone is asked once, never assumed.
    pub(crate) async fn account(&self) -> Result<&Account, UisError> {
        self.account.get_or_try_init(|| self.api.account()).await
    }

    fn error(&self, error: &UisError) -> SourceError {
        let told = uis_error(self.lang, error);
        if error.is_refusal() {
            return SourceError::Refused { message: told.message, hint: told.hint };
        }
        match error {
            UisError::RecordingNotReady => SourceError::NotReady(told.message),
            // that it is gone is said by the pipeline; here, why
            UisError::RecordingGone { .. } => SourceError::Gone(told.hint),
            UisError::TooLarge { .. } => SourceError::Gone(told.message),
            error if error.is_retryable() => {
                SourceError::Unavailable { message: told.message, retry_after: error.retry_after() }
            }
            _ => SourceError::Invalid { message: told.message, hint: told.hint },
        }
    }

    /// Keeps rows and who speaks in which file. Legs cost a request a page, so they are asked only
    /// where a call of the page has files of its own for both sides.
    async fn remember(&self, calls: &[UisCall]) -> Result<(), UisError> {
        let by_legs: Vec<&UisCall> = calls.iter().filter(|call| call.wav_call_records.len() > 1).collect();
        let mut legs: HashMap<SessionId, Vec<UisLeg>> = HashMap::new();
        let first = by_legs.iter().map(|call| call.start_time).min();
        let last = by_legs.iter().map(|call| call.start_time).max();
        if let (Some(first), Some(last)) = (first, last) {
            // a leg begins after its call, at most as much later as the call lasts
            let window = WallWindow::new(first, last + Duration::hours(6));
            for leg in all_legs(self.api.as_ref(), window, None).await? {
                legs.entry(leg.session_id).or_default().push(leg);
            }
        }
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() > REMEMBERED {
            rows.clear();
        }
        for call in calls {
            let legs = legs.remove(&call.id).unwrap_or_default();
            rows.insert(call.id, Row { call: call.clone(), legs });
        }
        Ok(())
    }

    /// The row of a call: from the listing, else asked for.
    async fn row(&self, call: &Call) -> Result<Option<Row>, UisError> {
        let Ok(id) = call.external_id.parse().map(SessionId) else { return Ok(None) };
        let known = self.rows.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let account = self.account().await?;
        let around = call.started_at.map_or_else(|| self.clock.now(), |at| at.with_timezone(&Utc));
        let window = account.window(around - Duration::days(1), around + Duration::days(1));
        let Some(found) = self.api.call(id, window).await? else { return Ok(None) };
        let legs = if found.wav_call_records.len() > 1 {
            all_legs(self.api.as_ref(), window, Some(id)).await?
        } else {
            Vec::new()
        };
        let row = Row { call: found, legs };
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).insert(id, row.clone());
        Ok(Some(row))
    }

    fn described(&self, account: &Account, row: &UisCall) -> Call {
        let mut call = Call::new(SOURCE, &row.id.to_string());
        let started = account.instant(row.start_time);
        call.started_at = Some(started.fixed_offset());
        call.direction = row.direction;
        let client = number(row.contact_phone_number.as_ref());
        let company =
            number(row.virtual_phone_number.as_ref()).or_else(|| number(row.operator_phone_number.as_ref()));
        (call.caller, call.callee) =
            if row.direction == Direction::Out { (company, client) } else { (client, company) };
        call.duration_ms = Some(u64::from(row.total_duration) * 1000);
        call.talk_ms = Some(u64::from(row.talk_duration) * 1000);
        call.manager = row
            .employee()
            .map(|employee| Manager { id: employee.id.to_string(), name: employee.full_name.clone() });
        // what "lost" means for a call to the outside nobody says: its talk of 0 s speaks for itself
        call.missed = row.is_lost && row.direction != Direction::Out;
        call.tags = row.tags.iter().map(|tag| tag.name.clone()).collect();
        call.recording_url = self.link(row);
        call.revision = revision(row);
        call
    }

    /// Where a person listens: the joined file, else the first part.
    fn link(&self, row: &UisCall) -> Option<String> {
        let joined = row.full_record_file_link.as_ref().map(|link| link.as_str().to_owned());
        joined.or_else(|| {
            let record = row.call_records.first()?;
            Some(format!("{}/{}/{}/", self.media_url, row.communication_id, record.as_str()))
        })
    }
}

fn number(raw: Option<&RawPhone>) -> Option<PhoneNumber> {
    PhoneNumber::parse(raw?.as_str())
}

/// Changes when recordings come or change; tags and names do not begin the work anew.
fn revision(row: &UisCall) -> String {
    let mut ids: Vec<&str> =
        row.call_records.iter().chain(&row.wav_call_records).map(uis_client::RecordId::as_str).collect();
    ids.sort_unstable();
    let mut hasher = Sha256::new();
    for id in ids {
        hasher.update(id);
        hasher.update([0]);
    }
    hasher.update([u8::from(row.is_lost)]);
    hex::encode(hasher.finalize()).chars().take(16).collect()
}

fn bounds(window: TimeWindow, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>, bool) {
    let till = window.to.unwrap_or(now + AHEAD);
    (window.from.unwrap_or(till - FURTHEST), till, window.from.is_none())
}

#[async_trait]
impl CallSource for UisSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(
        &self,
        window: TimeWindow,
        after: Option<SourceCursor>,
    ) -> Result<SourcePage, SourceError> {
        let listed = async {
            let account = self.account().await?;
            let (from, till, open_start) = bounds(window, self.clock.now());
            let first = after.is_none();
            let mut reader =
                CallsReader::new(self.api.as_ref(), account.window(from, till), CallsFilter::default());
            if let Some(SourceCursor(cursor)) = after {
                reader = reader.resume(cursor.parse::<CallsCursor>()?);
            }
            let Some(batch) = reader.next().await? else {
                return Ok(SourcePage { calls: Vec::new(), next: None, warnings: Vec::new() });
            };
            self.remember(&batch.calls).await?;
            let inside = |call: &Call| {
                call.started_at.is_none_or(|at| {
                    let at = at.with_timezone(&Utc);
                    at >= from && at <= till
                })
            };
            let calls: Vec<Call> =
                batch.calls.iter().map(|row| self.described(account, row)).filter(inside).collect();
            let mut warnings = batch.warnings;
            if open_start && first {
                warnings.push(
                    self.lang
                        .pick(
                            "начало срока не задано: взяты звонки за 90 дней; задайте --from или --last",
                            "no start was given: the last 90 days are read; give --from or --last",
                        )
                        .to_owned(),
                );
            }
            let next = batch.next.map(|cursor| SourceCursor(cursor.to_string()));
            Ok(SourcePage { calls, next, warnings })
        };
        listed.await.map_err(|error: UisError| self.error(&error))
    }

    fn covers(&self, _call: &Call) -> bool {
        // the report keeps calls for years: one that is listed no more still has its row
        true
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let row = self.row(call).await.map_err(|error| self.error(&error))?;
        let lang = self.lang;
        let Some(row) = row else {
            let gone = lang.pick("UIS больше не показывает этот звонок", "UIS shows this call no more");
            return Err(SourceError::Gone(gone.to_owned()));
        };
        let refs = match row.call.recordings() {
            RecordingsState::Ready(refs) => refs,
            RecordingsState::Pending => {
                // what the listing showed may be minutes old
                self.rows.lock().unwrap_or_else(PoisonError::into_inner).remove(&row.call.id);
                let waits = lang.pick("UIS ещё готовит запись", "UIS is still preparing the recording");
                return Err(SourceError::NotReady(waits.to_owned()));
            }
            RecordingsState::Absent => {
                let none = lang.pick("UIS не вёл записи этого разговора", "UIS did not record this call");
                return Err(SourceError::Gone(none.to_owned()));
            }
        };
        let way = Way::choose(&refs, &row.legs);
        let opened = open(Arc::clone(&self.api), way, &self.joiner, lang).await;
        opened.map_err(|error| match error {
            super::uis_recording::OpenError::Uis(error) => self.error(&error),
            super::uis_recording::OpenError::Local(message) => {
                SourceError::Unavailable { message, retry_after: None }
            }
        })
    }
}
