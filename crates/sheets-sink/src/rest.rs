//! One request to the Sheets API: token, pace, sending, and what a refusal means.
//!
//! A write that fails on the way may have been applied, also by an attempt before the last:
//! [`Trouble::unsure`] says so, and the fence of a batch tells what became of it.

use std::sync::Arc;

use domain::Clock;
use http_client::http::Method;
use http_client::{Answer, Classify, Exchange, HttpClient, HttpError, Refusal, Repeat, SharedPace, Verdict};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{
    GoogleConfig, Patience, SharedQuota, SheetError, credentials::Credentials, pace::Window, token::Tokens,
    wire,
};

/// A page of a large sheet's cells may be long, an endless answer not.
const MOST_BYTES: usize = 128 << 20;

/// A request that did not succeed.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) error: SheetError,
    /// Google's status, if it answered.
    pub(crate) status: Option<u16>,
    /// This or an earlier attempt may have been applied.
    pub(crate) unsure: bool,
}

impl From<Trouble> for SheetError {
    fn from(trouble: Trouble) -> Self {
        trouble.error
    }
}

impl From<SheetError> for Trouble {
    fn from(error: SheetError) -> Self {
        Self { error, status: None, unsure: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Read,
    /// Safe to repeat: fenced, or the same however often it is done.
    Write,
    /// Makes something anew each time.
    Make,
}

/// The API of one spreadsheet.
pub(crate) struct Rest {
    http: HttpClient,
    sheets_url: Url,
    pub(crate) spreadsheet_id: String,
    pub(crate) tokens: Tokens,
    pub(crate) patience: Patience,
    reads: Window,
    writes: Window,
}

struct SheetsVerdict<'a>(&'a Patience);

impl Classify for SheetsVerdict<'_> {
    fn verdict(&self, answer: &Refusal) -> Verdict {
        let asked = answer.retry_after();
        match answer.status {
            429 => {
                let least = self.0.after_quota;
                Verdict::Again { after: Some(asked.map_or(least, |asked| asked.max(least))), slow_down: true }
            }
            408 | 409 | 500..=599 => Verdict::Unsure { after: asked },
            _ => Verdict::Final,
        }
    }
}

impl Rest {
    pub(crate) fn new(
        config: &GoogleConfig,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SheetError> {
        let credentials = Credentials::parse(&config.credentials)?;
        let mut sheets_url = config.sheets_url.clone();
        if !sheets_url.path().ends_with('/') {
            let path = format!("{}/", sheets_url.path());
            sheets_url.set_path(&path);
        }
        Ok(Self {
            tokens: Tokens::new(http.clone(), clock, credentials),
            http,
            sheets_url,
            spreadsheet_id: crate::spreadsheet_id(&config.spreadsheet_id)?,
            patience: config.patience.clone(),
            reads: window(config, |shared| &shared.reads),
            writes: window(config, |shared| &shared.writes),
        })
    }

    pub(crate) fn email(&self) -> Option<String> {
        self.tokens.credentials.email().map(str::to_owned)
    }

    /// Of our spreadsheet: `tail` begins with `:`, `/` or `?`, or is empty.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        name: &'static str,
        tail: &str,
    ) -> Result<T, Trouble> {
        self.send(name, Deed::Read, Method::GET, &self.address(tail)?, None).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        name: &'static str,
        deed: Deed,
        tail: &str,
        body: &Value,
    ) -> Result<T, Trouble> {
        self.send(name, deed, Method::POST, &self.address(tail)?, Some(body)).await
    }

    /// A new spreadsheet.
    pub(crate) async fn create<T: DeserializeOwned>(&self, body: &Value) -> Result<T, Trouble> {
        let url = self.join("v4/spreadsheets?prettyPrint=false")?;
        self.send("sheets.create", Deed::Make, Method::POST, &url, Some(body)).await
    }

    fn address(&self, tail: &str) -> Result<Url, SheetError> {
        if self.spreadsheet_id.is_empty() {
            return Err(SheetError::Invalid(
                "no spreadsheet is set; set its address, or make one with `sheet init --create`".into(),
            ));
        }
        let mark = if tail.contains('?') { '&' } else { '?' };
        self.join(&format!("v4/spreadsheets/{}{tail}{mark}prettyPrint=false", self.spreadsheet_id))
    }

    fn join(&self, path: &str) -> Result<Url, SheetError> {
        self.sheets_url.join(path).map_err(|error| SheetError::Invalid(format!("sheets address: {error}")))
    }

    async fn send<T: DeserializeOwned>(
        &self,
        name: &'static str,
        deed: Deed,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<T, Trouble> {
        let body = body.map(Value::to_string);
        let token = self.tokens.token().await?;
        let mut outcome = self.once(name, deed, &method, url, body.as_deref(), &token).await;
        if matches!(&outcome, Err(HttpError::Refused(answer)) if answer.status == 401) {
            // run out or revoked on the way: one more try with a new one
            self.tokens.forget(&token).await;
            let token = self.tokens.token().await?;
            outcome = self.once(name, deed, &method, url, body.as_deref(), &token).await;
        }
        outcome.map_err(|error| self.trouble(error))
    }

    async fn once<T: DeserializeOwned>(
        &self,
        name: &'static str,
        deed: Deed,
        method: &Method,
        url: &Url,
        body: Option<&str>,
        token: &SecretString,
    ) -> Result<T, HttpError> {
        let verdict = SheetsVerdict(&self.patience);
        let repeat = if deed == Deed::Make { Repeat::OnlyIfUnsent } else { Repeat::Freely };
        let exchange = Exchange { name, repeat, classify: &verdict, timeout: Some(self.patience.answer) };
        let build = || async {
            match deed {
                Deed::Read => self.reads.turn().await,
                Deed::Write | Deed::Make => self.writes.turn().await,
            }
            let request = self.http.request(method.clone(), url.clone()).bearer_auth(token.expose_secret());
            let request = match body {
                Some(body) => request.header("content-type", "application/json").body(body.to_owned()),
                None => request,
            };
            Ok(request.build()?)
        };
        let read = async |answer: Answer| {
            let bytes = answer.bytes(MOST_BYTES).await?;
            // a page of a proxy under 200: nobody knows what became of the request
            serde_json::from_slice(&bytes).map_err(|error| HttpError::Unavailable {
                what: name.to_owned(),
                // the parser's words may repeat a cell: only what kind of trouble it is
                reason: format!("the answer cannot be read: {:?}", error.classify()),
                retry_after: None,
                unsure: true,
            })
        };
        self.http.exchange_and_read(&exchange, build, read).await
    }

    fn trouble(&self, error: HttpError) -> Trouble {
        let unsure = error.may_have_applied();
        let (status, error) = match error {
            HttpError::Refused(answer) => (Some(answer.status), self.refused(&answer)),
            HttpError::RateLimited { what, retry_after } => {
                (None, SheetError::RateLimited { message: what, retry_after })
            }
            HttpError::InvalidRequest { reason } => (None, SheetError::Invalid(reason)),
            HttpError::TooLarge { what, limit } => {
                (None, SheetError::BadAnswer { reason: format!("{what}: longer than {limit} bytes") })
            }
            error if error.is_retryable() => (
                None,
                SheetError::Unavailable {
                    reason: error.to_string(),
                    retry_after: error.retry_after(),
                    unsure,
                },
            ),
            error => (None, SheetError::Refused { message: error.to_string() }),
        };
        Trouble { error, status, unsure }
    }

    /// What Google's own answer means.
    fn refused(&self, answer: &Refusal) -> SheetError {
        let body = serde_json::from_slice::<wire::Refused>(&answer.body).unwrap_or_default().error;
        let message = without_cells(&body.message);
        let client_email = self.email();
        match (answer.status, body.status.as_str(), body.reason()) {
            (401, ..) => SheetError::BadKey { reason: message },
            (403, _, "SERVICE_DISABLED" | "accessNotConfigured") => {
                SheetError::ApiDisabled { project: body.project().unwrap_or_else(|| "of the key".into()) }
            }
            (403, _, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => SheetError::ScopeMissing,
            // no room for files of its own: looks like a rate limit and is final
            (403, _, "storageQuotaExceeded") => {
                SheetError::CannotCreate { client_email: client_email.unwrap_or_default() }
            }
            (403, ..) => SheetError::NotShared { client_email },
            (404, ..) => SheetError::NotFound,
            (429, ..) => SheetError::RateLimited { message, retry_after: answer.retry_after() },
            (400, "FAILED_PRECONDITION", _) => SheetError::OfficeFile,
            (408 | 409 | 500..=599, ..) => SheetError::Unavailable {
                reason: format!("HTTP {}", answer.status),
                retry_after: answer.retry_after(),
                unsure: answer.may_have_applied(),
            },
            _ if message.is_empty() => SheetError::Refused { message: format!("HTTP {}", answer.status) },
            _ => SheetError::Refused { message },
        }
    }
}

fn window(config: &GoogleConfig, door: fn(&SharedQuota) -> &Arc<dyn SharedPace>) -> Window {
    Window::new(config.patience.per_minute, config.shared.as_ref().map(|shared| Arc::clone(door(shared))))
}

/// Google's words without long quotes: it repeats what it refuses, and that may be words of a call.
fn without_cells(message: &str) -> String {
    let pieces = message.split('"').enumerate().map(|(at, piece)| {
        let quoted = at % 2 == 1;
        if quoted && piece.chars().count() > 30 { "…" } else { piece }
    });
    pieces.collect::<Vec<_>>().join("\"").chars().take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_cell_are_not_repeated() {
        let said = "Invalid value at 'data.values' (type.googleapis.com/x), \"Клиент: меня зовут Иван Петров, телефон\"";
        assert_eq!(without_cells(said), "Invalid value at 'data.values' (type.googleapis.com/x), \"…\"");
        assert_eq!(without_cells("Unknown name \"x\" at 'y'"), "Unknown name \"x\" at 'y'");
    }
}
