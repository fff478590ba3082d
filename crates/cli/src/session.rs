//! What a command works with: the settings, the opened installation, the terminal in its language.

use std::collections::BTreeSet;

use app::{App, ConfigInput, LoadedConfig, LogGuard};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallId, CallStatus, Rubric, RubricId};
use pipeline::CallReport;
use store::{CallFilter, CallRecord, Cursor, PageRequest};

use crate::args::{FilterArgs, RubricArgs};
use crate::failure::Failure;
use crate::stop::Stop;
use crate::terminal::Terminal;
use crate::texts::t;

/// Calls are read from the store in pages of this size.
pub(crate) const PAGE: u32 = 500;

/// Settings that are read but not acted on yet.
pub(crate) struct Settings {
    pub(crate) loaded: LoadedConfig,
    pub(crate) terminal: Terminal,
    stop: Stop,
    log: LogGuard,
}

impl Settings {
    /// Reads the settings and starts the log.
    pub(crate) fn load(input: &ConfigInput, terminal: Terminal, stop: Stop) -> Result<Self, Failure> {
        let loaded = loaded(input, &terminal)?;
        let terminal = terminal.in_language(loaded.config.lang);
        let log = app::init_logging(&loaded.config)?;
        Ok(Self { loaded, terminal, stop, log })
    }

    /// Opens the installation.
    pub(crate) async fn open(self) -> Result<Session, Failure> {
        self.opened(App::open).await
    }

    /// Opens it for a program that stays: a database server that is away is waited for.
    pub(crate) async fn open_to_stay(self) -> Result<Session, Failure> {
        self.opened(App::open_to_stay).await
    }

    /// Opens it for a look that leaves no trace.
    pub(crate) async fn look(self) -> Result<Session, Failure> {
        self.opened(App::look).await
    }

    async fn opened(
        self,
        open: impl AsyncFnOnce(app::Config) -> Result<App, app::AppError>,
    ) -> Result<Session, Failure> {
        for warning in &self.loaded.warnings {
            self.terminal.warn(warning);
        }
        let app = Box::pin(open(self.loaded.config)).await?;
        let app = app.watched_by(self.log.figures());
        Ok(Session { app, terminal: self.terminal, stop: self.stop, log: self.log })
    }
}

/// The settings; a mistake in them is told in the language of the command line.
pub(crate) fn loaded(input: &ConfigInput, terminal: &Terminal) -> Result<LoadedConfig, Failure> {
    app::load(input).map_err(|error| app::config_error(terminal.texts.lang, &error).into())
}

/// An opened installation.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) terminal: Terminal,
    pub(crate) stop: Stop,
    log: LogGuard,
}

impl Session {
    /// For whoever keeps the installation open for good; the log lives as long as the guard.
    pub(crate) fn into_parts(self) -> (App, Terminal, Stop, LogGuard) {
        (self.app, self.terminal, self.stop, self.log)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock().now()
    }

    /// Now, by the clock on the wall where the configured zone is.
    pub(crate) fn wall_now(&self) -> DateTime<Tz> {
        self.now().with_timezone(&self.zone())
    }

    pub(crate) fn zone(&self) -> Tz {
        self.app.config().timezone
    }

    /// The rubric that was named, else the configured one.
    pub(crate) fn rubric(&self, named: &RubricArgs) -> Result<Rubric, Failure> {
        let name = named.named().unwrap_or(&self.app.config().rubric);
        Ok(self.app.rubric(name)?)
    }

    /// The filter that is meant: a manager is named by id or by name.
    pub(crate) async fn filter(&self, args: &FilterArgs) -> Result<CallFilter, Failure> {
        let texts = self.terminal.texts;
        let mut filter = args.filter(texts, self.zone(), self.now())?;
        let Some(named) = filter.manager_id.clone() else { return Ok(filter) };
        let ids = self.managers(&named).await?;
        match ids.iter().collect::<Vec<_>>().as_slice() {
            [one] => filter.manager_id = Some((*one).clone()),
            [one, other, ..] if !ids.contains(&named) => {
                return Err(Failure::usage(
                    t!(texts, "manager-ambiguous", name = named),
                    t!(texts, "call-ambiguous-hint", one = (*one).clone(), other = (*other).clone()),
                ));
            }
            _ => {}
        }
        Ok(filter)
    }

    /// Ids of the managers that are called so, case aside; an id is a name too.
    async fn managers(&self, named: &str) -> Result<BTreeSet<String>, Failure> {
        let (wanted, mut ids, mut after) = (named.to_lowercase(), BTreeSet::new(), None);
        loop {
            let (records, next) = self.page(&CallFilter::default(), after, PAGE).await?;
            let managers = records.into_iter().filter_map(|record| record.call.manager);
            ids.extend(
                managers
                    .filter(|manager| {
                        manager.id == named
                            || manager.name.as_deref().is_some_and(|name| name.to_lowercase() == wanted)
                    })
                    .map(|manager| manager.id),
            );
            after = next;
            if after.is_none() {
                return Ok(ids);
            }
        }
    }

    /// The call that a person means: a whole id, the beginning of one, or the recording's file name.
    pub(crate) async fn call(&self, text: &str) -> Result<CallId, Failure> {
        let texts = self.terminal.texts;
        if let Ok(id) = CallId::parse(text) {
            return match self.app.store().call(id).await? {
                Some(_) => Ok(id),
                None => Err(self.no_call(text)),
            };
        }
        let beginning = text.to_lowercase();
        let mut found: Vec<CallId> = Vec::new();
        let mut after = None;
        loop {
            let page = self.page(&CallFilter::default(), after, PAGE).await?;
            found.extend(
                page.0
                    .iter()
                    .filter(|record| is_meant(record, text, &beginning))
                    .map(|record| record.call.id),
            );
            after = page.1;
            if after.is_none() || found.len() > 1 {
                break;
            }
        }
        match found.as_slice() {
            [id] => Ok(*id),
            [] => Err(self.no_call(text)),
            [one, other, ..] => Err(Failure::usage(
                t!(texts, "call-ambiguous", text = text.to_owned()),
                t!(texts, "call-ambiguous-hint", one = one.to_string(), other = other.to_string()),
            )),
        }
    }

    fn no_call(&self, text: &str) -> Failure {
        let texts = self.terminal.texts;
        Failure::usage(t!(texts, "call-unknown", text = text.to_owned()), t!(texts, "call-unknown-hint"))
    }

    /// A page of the filter's calls and where the next begins.
    pub(crate) async fn page(
        &self,
        filter: &CallFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<(Vec<CallRecord>, Option<Cursor>), Failure> {
        let page = self.app.store().calls(filter, PageRequest { after, limit }).await?;
        Ok((page.items, page.next))
    }

    /// The ids of all calls of the filter, at most `most`.
    pub(crate) async fn ids(&self, filter: &CallFilter, most: usize) -> Result<Vec<CallId>, Failure> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let (records, next) = self.page(filter, after, PAGE).await?;
            ids.extend(records.iter().map(|record| record.call.id));
            after = next;
            if after.is_none() || ids.len() >= most {
                ids.truncate(most);
                return Ok(ids);
            }
        }
    }

    /// Whole reports of calls, in their order; one that was erased meanwhile is left out.
    pub(crate) async fn reports(
        &self,
        ids: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallReport>, Failure> {
        let mut reports = Vec::with_capacity(ids.len());
        for id in ids {
            reports.extend(self.app.report(*id, rubric).await?);
        }
        Ok(reports)
    }
}

/// A beginning of an id is at least four letters long: `c` is no id.
fn is_meant(record: &CallRecord, text: &str, beginning: &str) -> bool {
    record.call.recording_name.as_deref() == Some(text)
        || (beginning.len() >= 4 && record.call.id.to_string().starts_with(beginning))
}

/// Whether a call has words and a verdict is possible.
pub(crate) fn can_be_judged(status: CallStatus) -> bool {
    !matches!(
        status,
        CallStatus::Missed
            | CallStatus::TooShort
            | CallStatus::NoSpeech
            | CallStatus::AnsweringMachine
            | CallStatus::WaitingRecording
            | CallStatus::RecordingUnavailable
    )
}
