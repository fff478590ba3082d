//! Google as far as the sink knows it: token endpoint and Sheets, with a state, rights, quotas and
//! faults on demand. It is asked with plain requests, so a test, a transport and a server can stand
//! before it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use serde_json::{Value, json};

use super::answer::{FakeAnswer, Fate, refused};
use super::serve::{Query, answer, checked, create};
use super::token::{self, Account};
use super::workbook::Workbook;

/// Write bodies that are kept to be looked at.
const KEPT: usize = 200;

/// A request as it comes.
#[derive(Debug, Clone, Default)]
pub struct FakeRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// `/token` or `/v4/spreadsheets…`.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// The header's value.
    pub authorization: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Which requests a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Asking for a token.
    Token,
    /// Reading.
    Read,
    /// Changing the spreadsheet.
    Write,
    /// Either of the last two.
    Any,
}

/// What goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoogleFault {
    /// 503, nothing was done.
    Unavailable,
    /// 503, and yet it was done.
    UnavailableAfter,
    /// The connection breaks, nothing was done.
    LostBefore,
    /// It is done, and the connection breaks.
    LostAfter,
    /// It is done; the answer breaks off in the middle.
    Cut,
    /// A page of a proxy, 502.
    Html,
    /// 429.
    Quota,
    /// 401.
    Unauthorized,
    /// No answer; it is done after the next write.
    Late,
    /// The answer takes so long.
    Slow(Duration),
}

/// What an account may do with the spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Looks only.
    Reader,
    /// Writes.
    Writer,
}

/// Lasting states, all off at first.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each on its own")]
pub struct GoogleState {
    /// The Sheets API is off in the project.
    pub api_disabled: bool,
    /// Tokens are never taken.
    pub unauthorized: bool,
    /// The key was revoked: no new tokens.
    pub key_revoked: bool,
    /// Tokens without the right scope.
    pub scope_missing: bool,
    /// The document is an Office file.
    pub office_file: bool,
    /// Messages come in Spanish, as for an account that speaks it.
    pub localized: bool,
    /// No cell may hold this: Google refuses the row.
    pub poison: Option<String>,
    /// The account may write into protected ranges.
    pub may_edit_protected: bool,
    /// Requests per minute: of a user, of the project; reads and writes apart.
    pub quota: Option<(usize, usize)>,
    /// Google's clock less ours, s.
    pub skew_s: i64,
    /// How long a token lives, s; `None` = an hour.
    pub token_life_s: Option<i64>,
}

/// What was asked for so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GoogleRequests {
    /// Tokens.
    pub tokens: u64,
    /// Reads.
    pub reads: u64,
    /// Writes, refused ones too.
    pub writes: u64,
    /// The latest bodies of writes, with their path's end.
    pub bodies: Vec<(String, Value)>,
}

type Meanwhile = Box<dyn FnOnce(&FakeGoogle) + Send>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) books: BTreeMap<String, Workbook>,
    pub(crate) accounts: Vec<Account>,
    shares: BTreeMap<String, Share>,
    pub(crate) tokens: BTreeMap<String, (String, DateTime<Utc>)>,
    faults: VecDeque<(On, GoogleFault)>,
    pub(crate) lasting: GoogleState,
    requests: GoogleRequests,
    windows: BTreeMap<(bool, String), VecDeque<DateTime<Utc>>>,
    late: Vec<(String, String, Value)>,
    meanwhile: VecDeque<Meanwhile>,
    pub(crate) next_id: i32,
    pub(crate) next_token: u64,
}

/// A working double of Google. A handle: clones share one state.
#[derive(Clone)]
pub struct FakeGoogle {
    state: Arc<Mutex<State>>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for FakeGoogle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeGoogle").finish_non_exhaustive()
    }
}

impl FakeGoogle {
    /// The id of the spreadsheet that is there from the start.
    pub const SPREADSHEET: &'static str = "1FakeSpreadsheet_zvonar";

    /// With one spreadsheet (Moscow time), and nobody who may see it: see
    /// [`Self::service_account_json`], [`Self::user_json`] and [`Self::trust`].
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let fake = Self { state: Arc::default(), clock };
        fake.add_spreadsheet(Self::SPREADSHEET, "Звонки отдела продаж", "Europe/Moscow");
        fake.lock().next_id = 1_000_000;
        fake
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more spreadsheet.
    pub fn add_spreadsheet(&self, id: &str, title: &str, time_zone: &str) {
        self.lock().books.insert(id.to_owned(), Workbook::new(id, title, time_zone));
    }

    /// Takes assertions of a service account, and shares everything with it. `public_der` is the
    /// PKCS#1 key that verifies them.
    pub fn trust(&self, client_email: &str, key_id: &str, public_der: Vec<u8>) {
        let account =
            Account { client_email: client_email.to_owned(), key_id: key_id.to_owned(), public_der };
        self.lock().accounts.push(account);
        self.share(client_email, Some(Share::Writer));
    }

    /// Sets what an account may do (`user` for the user's grant); `None` = it sees nothing.
    pub fn share(&self, account: &str, share: Option<Share>) {
        match share {
            Some(share) => self.lock().shares.insert(account.to_owned(), share),
            None => self.lock().shares.remove(account),
        };
    }

    /// The next request of this sort fails so. Orders are worked off one by one.
    pub fn fail_next(&self, on: On, fault: GoogleFault) {
        self.lock().faults.push_back((on, fault));
    }

    /// Changes a lasting state.
    pub fn set(&self, change: impl FnOnce(&mut GoogleState)) {
        change(&mut self.lock().lasting);
    }

    /// Everything works again; what has happened stays.
    pub fn clear_faults(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.lasting = GoogleState::default();
    }

    /// Every token that is out is no longer taken; a new one is.
    pub fn expire_tokens(&self) {
        self.lock().tokens.clear();
    }

    /// A person does this between what was read and the next write.
    pub fn meanwhile(&self, deed: impl FnOnce(&Self) + Send + 'static) {
        self.lock().meanwhile.push_back(Box::new(deed));
    }

    /// What was asked for so far.
    pub fn requests(&self) -> GoogleRequests {
        self.lock().requests.clone()
    }

    /// Google's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::seconds(self.lock().lasting.skew_s)
    }

    /// Answers a request.
    pub fn handle(&self, request: &FakeRequest) -> FakeAnswer {
        let date = self.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut answer = if request.path.ends_with("/token") {
            self.lock().requests.tokens += 1;
            match self.next_fault(On::Token) {
                Some(fault) => FakeAnswer::of_fault(fault, || token::answer(self, request)),
                None => token::answer(self, request),
            }
        } else {
            self.sheets(request)
        };
        answer.headers.push(("date", date));
        answer
    }

    fn next_fault(&self, on: On) -> Option<GoogleFault> {
        let mut state = self.lock();
        let fits = |wanted: On| wanted == on || (wanted == On::Any && on != On::Token);
        let at = state.faults.iter().position(|(wanted, _)| fits(*wanted))?;
        state.faults.remove(at).map(|(_, fault)| fault)
    }

    fn sheets(&self, request: &FakeRequest) -> FakeAnswer {
        let tail = request.path.split_once("/v4/spreadsheets").map(|(_, tail)| tail).unwrap_or_default();
        let write = request.method == "POST"
            && (tail.is_empty()
                || tail.ends_with(":batchUpdate")
                || tail.ends_with(":batchUpdateByDataFilter"));
        {
            let mut state = self.lock();
            let requests = &mut state.requests;
            *if write { &mut requests.writes } else { &mut requests.reads } += 1;
            if write {
                let name = tail.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
                let body = serde_json::from_slice(&request.body).unwrap_or_default();
                requests.bodies.push((name, body));
                let surplus = requests.bodies.len().saturating_sub(KEPT);
                requests.bodies.drain(..surplus);
            }
        }
        if write {
            // popped first: the deed itself takes the lock
            let deed = self.lock().meanwhile.pop_front();
            if let Some(deed) = deed {
                deed(self);
            }
        }
        let fault = self.next_fault(if write { On::Write } else { On::Read });
        let answer = || self.authorized(request, tail, write, fault == Some(GoogleFault::Late));
        let answer = match fault {
            Some(fault) => FakeAnswer::of_fault(fault, answer),
            None => answer(),
        };
        if write && fault != Some(GoogleFault::Late) {
            self.land_late();
        }
        answer
    }

    /// Rights, quotas and states, in the order in which Google looks.
    fn authorized(&self, request: &FakeRequest, tail: &str, write: bool, late: bool) -> FakeAnswer {
        let now = self.now();
        let mut state = self.lock();
        let token = request.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
        let known = token.and_then(|token| state.tokens.get(token)).filter(|(_, until)| now < *until);
        let Some(account) = known.map(|(account, _)| account.clone()).filter(|_| !state.lasting.unauthorized)
        else {
            return refused(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth \
                2 access token, login cookie or other valid authentication credential.",
                None,
            );
        };
        if state.lasting.api_disabled {
            let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": {"service": "sheets.googleapis.com", "consumer": "projects/123456789012"}});
            return refused(
                403,
                "PERMISSION_DENIED",
                "Google Sheets API has not been used in project 123456789012 \
                before or it is disabled.",
                Some(info),
            );
        }
        if state.lasting.scope_missing {
            let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com"});
            return refused(
                403,
                "PERMISSION_DENIED",
                "Request had insufficient authentication scopes.",
                Some(info),
            );
        }
        if let Some(answer) = over_quota(&mut state, &account, write, now) {
            return answer;
        }
        if tail.is_empty() {
            return create(&mut state, request, &account);
        }
        let id: String =
            tail.trim_start_matches('/').chars().take_while(|c| !matches!(c, '/' | ':')).collect();
        let rest = tail.trim_start_matches('/').strip_prefix(id.as_str()).unwrap_or_default().to_owned();
        if !state.books.contains_key(&id) {
            return refused(404, "NOT_FOUND", "Requested entity was not found.", None);
        }
        match state.shares.get(&account) {
            Some(Share::Writer) => {}
            Some(Share::Reader) if !write => {}
            _ => return refused(403, "PERMISSION_DENIED", "The caller does not have permission", None),
        }
        if state.lasting.office_file {
            return refused(
                400,
                "FAILED_PRECONDITION",
                "This operation is not supported for this document. The \
                document must not be an Office file.",
                None,
            );
        }
        let query = Query::parse(&request.query);
        let body = match (request.method.as_str(), serde_json::from_slice::<Value>(&request.body)) {
            ("GET", _) => Value::Null,
            (_, Ok(body)) => body,
            (_, Err(_)) => return invalid(&state, "Invalid JSON payload received."),
        };
        if let Err(message) = checked(&rest, &body) {
            return invalid(&state, &message);
        }
        if late {
            state.late.push((id, rest, body));
            return refused(504, "DEADLINE_EXCEEDED", "late", None);
        }
        let outcome = answer(&mut state, &id, &rest, &body, &query);
        match outcome {
            Ok(value) => match query.project(&value) {
                Ok(value) => FakeAnswer::json(200, &value),
                Err(message) => invalid(&state, &message),
            },
            Err((404, message)) => refused(404, "NOT_FOUND", &message, None),
            Err((_, message)) => invalid(&state, &message),
        }
    }

    /// What timed out lands now, if it still can.
    fn land_late(&self) {
        let mut state = self.lock();
        for (id, rest, body) in std::mem::take(&mut state.late) {
            let _ = answer(&mut state, &id, &rest, &body, &Query::default());
        }
    }
}

pub(crate) fn invalid(state: &State, message: &str) -> FakeAnswer {
    // messages come in the account's language: nobody may lean on their words
    let message = if state.lasting.localized { "La solicitud no es válida." } else { message };
    refused(400, "INVALID_ARGUMENT", message, None)
}

fn over_quota(state: &mut State, account: &str, write: bool, now: DateTime<Utc>) -> Option<FakeAnswer> {
    let (of_user, of_project) = state.lasting.quota?;
    for (whose, most, unit) in [(account, of_user, "PerUser"), ("", of_project, "")] {
        let window = state.windows.entry((write, whose.to_owned())).or_default();
        while window.front().is_some_and(|at| now - *at >= TimeDelta::seconds(60)) {
            window.pop_front();
        }
        if window.len() >= most {
            return Some(quota_answer(write, most, unit));
        }
    }
    for whose in [account, ""] {
        state.windows.entry((write, whose.to_owned())).or_default().push_back(now);
    }
    None
}

pub(crate) fn quota_answer(write: bool, most: usize, unit: &str) -> FakeAnswer {
    let (word, metric) = if write { ("Write", "write_requests") } else { ("Read", "read_requests") };
    let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com", "metadata": {"service": "sheets.googleapis.com",
        "quota_limit": format!("{word}RequestsPerMinute{unit}"), "quota_limit_value": most.to_string(),
        "consumer": "projects/123456789012", "quota_metric": format!("sheets.googleapis.com/{metric}")}});
    let message = format!(
        "Quota exceeded for quota metric '{word} requests' and limit '{word} requests per minute{}' of service \
         'sheets.googleapis.com' for consumer 'project_number:123456789012'.",
        if unit.is_empty() { "" } else { " per user" }
    );
    refused(429, "RESOURCE_EXHAUSTED", &message, Some(info))
}

impl FakeAnswer {
    /// The fault, around what would have been answered.
    fn of_fault(fault: GoogleFault, answer: impl FnOnce() -> Self) -> Self {
        let unavailable = || refused(503, "UNAVAILABLE", "The service is currently unavailable.", None);
        match fault {
            GoogleFault::Unavailable => unavailable(),
            GoogleFault::UnavailableAfter => {
                answer();
                unavailable()
            }
            GoogleFault::LostBefore => Self { fate: Fate::Lost, ..unavailable() },
            GoogleFault::LostAfter | GoogleFault::Late => Self { fate: Fate::Lost, ..answer() },
            GoogleFault::Cut => Self { fate: Fate::Cut, ..answer() },
            GoogleFault::Html => Self::html(502, "<html><title>502 Bad Gateway</title></html>"),
            GoogleFault::Quota => quota_answer(true, 60, "PerUser"),
            GoogleFault::Unauthorized => {
                refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", None)
            }
            GoogleFault::Slow(delay) => Self { delay: Some(delay), ..answer() },
        }
    }
}
