//! The live sink: who it is, which tab is its own, and one delivery at a time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use http_client::HttpClient;
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use crate::{
    Chance, Corrections, DeliveryLedger, GoogleConfig, RowSink, SheetError, SheetReport, SheetRow, SheetSpec,
    SheetWarning, WriteReceipt, chance,
    layout::{self, Columns, Plan, Tags},
    looks,
    rest::{Deed, Rest, Trouble},
    serial::Zone,
    wire,
};

/// A spreadsheet's zone is asked again after so long: people change it.
const ZONE_HOLDS_H: i64 = 1;
/// Rounds of making what is missing: another process may be making the same.
const ROUNDS: u32 = 4;

/// Rows in Google Sheets. A cheap handle; clones share token, pace and the line of deliveries.
#[derive(Clone)]
pub struct SheetsClient {
    pub(crate) shared: Arc<Shared>,
    pub(crate) spec: Arc<SheetSpec>,
}

pub(crate) struct Shared {
    pub(crate) rest: Rest,
    pub(crate) ledger: Arc<dyn DeliveryLedger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    tab: String,
    /// One delivery after the other: the second sees what the first has written.
    line: AsyncMutex<()>,
    zone: Mutex<Option<(DateTime<Utc>, Zone)>>,
}

/// Our tab as it stands now.
#[derive(Debug, Clone)]
pub(crate) struct Tab {
    pub(crate) sheet_id: i32,
    pub(crate) columns: Columns,
    pub(crate) zone: Zone,
    /// Batches whose row tags are still there.
    pub(crate) row_batches: BTreeSet<String>,
}

/// A spreadsheet that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedSheet {
    /// Its id, for the settings.
    pub spreadsheet_id: String,
    /// Where a person opens it.
    pub url: String,
}

impl SheetsClient {
    /// A sink for the sheet that `spec` describes. Asks nobody yet.
    ///
    /// # Errors
    /// [`SheetError::BadKey`] and [`SheetError::Invalid`] when key file or settings are wrong.
    pub fn new(
        config: &GoogleConfig,
        spec: SheetSpec,
        http: HttpClient,
        ledger: Arc<dyn DeliveryLedger>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, SheetError> {
        layout::key_column(&spec)?;
        let rest = Rest::new(config, http, Arc::clone(&clock))?;
        let tab = config.tab.trim().to_owned();
        if tab.is_empty() {
            return Err(SheetError::Invalid("the tab of the sheet has no name".into()));
        }
        let (line, zone) = (AsyncMutex::new(()), Mutex::new(None));
        let shared = Arc::new(Shared { rest, ledger, clock, chance, tab, line, zone });
        Ok(Self { shared, spec: Arc::new(spec) })
    }

    /// The same sink with other columns: for rows of another rubric.
    ///
    /// # Errors
    /// [`SheetError::Invalid`] when the specification has no single column of keys.
    pub fn with_spec(&self, spec: SheetSpec) -> Result<Self, SheetError> {
        layout::key_column(&spec)?;
        Ok(Self { shared: Arc::clone(&self.shared), spec: Arc::new(spec) })
    }

    /// The service account's address, with which a person shares the spreadsheet; `None` for a user.
    pub fn client_email(&self) -> Option<String> {
        self.shared.rest.email()
    }

    /// Makes a spreadsheet: only a user can, a service account owns no storage. `time_zone` is an
    /// IANA name. Its tab and header are made by [`RowSink::prepare`] of a sink with the new id.
    ///
    /// # Errors
    /// [`SheetError::CannotCreate`] under a service account; [`SheetError::Unavailable`] with
    /// `unsure` when nobody knows whether one was made: look at the list of spreadsheets first.
    pub async fn create(&self, title: &str, time_zone: &str) -> Result<CreatedSheet, SheetError> {
        if let Some(client_email) = self.client_email() {
            return Err(SheetError::CannotCreate { client_email });
        }
        let properties = json!({"title": title, "timeZone": time_zone, "locale": "ru_RU"});
        let made: wire::Spreadsheet = self.shared.rest.create(&json!({"properties": properties})).await?;
        if made.spreadsheet_id.is_empty() {
            return Err(SheetError::BadAnswer { reason: "a new spreadsheet without an id".into() });
        }
        let url = address(&made);
        Ok(CreatedSheet { spreadsheet_id: made.spreadsheet_id, url })
    }

    /// Under which name the ledger keeps what belongs to the tab, whichever sheet that is.
    fn place(&self) -> String {
        format!("sheets/{}/{}", self.shared.rest.spreadsheet_id, self.shared.tab)
    }

    /// Under which name the ledger keeps the rows of a sheet: a new tab begins with none.
    pub(crate) fn sink(&self, sheet_id: i32) -> String {
        format!("sheets/{}#{sheet_id}", self.shared.rest.spreadsheet_id)
    }

    pub(crate) async fn remembered(&self) -> Result<Option<i32>, SheetError> {
        let memo = self.shared.ledger.memo(&self.place(), "sheet_id").await?;
        Ok(memo.and_then(|id| id.parse().ok()))
    }

    /// Columns that were there once.
    pub(crate) async fn known(&self, sheet_id: i32) -> Result<BTreeSet<String>, SheetError> {
        let memo = self.shared.ledger.memo(&self.sink(sheet_id), "columns").await?;
        Ok(memo.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(crate) fn tab_name(&self) -> &str {
        &self.shared.tab
    }

    /// Our tab, ready for a delivery: made when it never was, and given columns that are new.
    pub(crate) async fn tab(&self) -> Result<Tab, SheetError> {
        let Some(sheet_id) = self.remembered().await? else { return Ok(self.make(false).await?.0) };
        let tags = layout::tags(&self.shared.rest).await?;
        let columns = tags.columns(sheet_id);
        let known = self.known(sheet_id).await?;
        let complete = self.spec.columns.iter().all(|column| {
            let key = column.kind == crate::ColumnKind::Key;
            columns.contains_key(&column.id) || (known.contains(&column.id) && !key)
        });
        if !complete {
            return Ok(self.make(false).await?.0);
        }
        self.tab_of(sheet_id, tags, None).await
    }

    async fn tab_of(
        &self,
        sheet_id: i32,
        tags: Tags,
        book: Option<&wire::Spreadsheet>,
    ) -> Result<Tab, SheetError> {
        let zone = self.zone(book).await?;
        Ok(Tab { sheet_id, columns: tags.columns(sheet_id), zone, row_batches: tags.row_batches })
    }

    async fn zone(&self, book: Option<&wire::Spreadsheet>) -> Result<Zone, SheetError> {
        let now = self.shared.clock.now();
        let kept = *self.shared.zone.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, zone)) = kept.filter(|(since, _)| now - *since < TimeDelta::hours(ZONE_HOLDS_H))
            && book.is_none()
        {
            return Ok(zone);
        }
        let asked;
        let book = if let Some(book) = book {
            book
        } else {
            asked = layout::book(&self.shared.rest).await?;
            &asked
        };
        let name = &book.properties.time_zone;
        let zone = Zone::parse(name).unwrap_or_else(|| {
            tracing::warn!(zone = %name, "the spreadsheet's time zone is unknown here; UTC is written");
            Zone::Named(chrono_tz::Tz::UTC)
        });
        *self.shared.zone.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, zone));
        Ok(zone)
    }

    /// Finds or makes tab and columns. `anew`: a tab that a person deleted is made again.
    async fn make(&self, anew: bool) -> Result<(Tab, Vec<SheetWarning>), SheetError> {
        let rest = &self.shared.rest;
        let mut warnings = Vec::new();
        let mut failure = None;
        for _ in 0..ROUNDS {
            let book = layout::book(rest).await?;
            let tags = layout::tags(rest).await?;
            let remembered = self.remembered().await?;
            let gone =
                remembered.filter(|id| book.sheets.iter().all(|sheet| sheet.properties.sheet_id != *id));
            if gone.is_some() && !anew {
                return Err(SheetError::TabGone);
            }
            let chosen = layout::choose(&book, &tags, remembered, &self.shared.tab);
            let (sheet_id, plan) = if let Some(sheet) = chosen {
                (sheet.properties.sheet_id, self.plan(sheet, &tags).await?)
            } else {
                let sheet_id = self.planned_id(gone).await?;
                (sheet_id, layout::plan_new(sheet_id, &self.shared.tab, &self.spec))
            };
            if plan.requests.is_empty() {
                self.remember(sheet_id, &tags.columns(sheet_id)).await?;
                return Ok((self.tab_of(sheet_id, tags, Some(&book)).await?, warnings));
            }
            match self.send_layout(plan.requests).await {
                Ok(()) => {
                    let cosmetics = looks::cosmetics(sheet_id, &plan.made, plan.new_tab);
                    if !cosmetics.is_empty()
                        && let Err(Trouble { error, .. }) = self.send_layout(cosmetics).await
                    {
                        tracing::warn!(%error, "the looks of the sheet are refused");
                        warnings.push(SheetWarning::LooksRefused { reason: error.to_string() });
                    }
                    failure = None;
                }
                // another process, or our own lost attempt, may have made the same: look again
                Err(trouble) if trouble.status == Some(400) || trouble.unsure => failure = Some(trouble),
                Err(trouble) => return Err(self.denied(trouble).await),
            }
        }
        match failure {
            Some(trouble) => Err(self.diagnose(trouble, None).await),
            None => Err(SheetError::Unavailable {
                reason: "the header is being changed by others".into(),
                retry_after: None,
                unsure: false,
            }),
        }
    }

    pub(crate) async fn plan(&self, sheet: &wire::Sheet, tags: &Tags) -> Result<Plan, SheetError> {
        let sheet_id = sheet.properties.sheet_id;
        let header = layout::header(&self.shared.rest, sheet_id).await?;
        let known = self.known(sheet_id).await?;
        layout::plan_existing(sheet, tags, &header, &known, &self.shared.tab, &self.spec)
    }

    /// The id for a new tab: kept before it is used, so that a lost answer makes no second tab.
    async fn planned_id(&self, gone: Option<i32>) -> Result<i32, SheetError> {
        let kept = self.shared.ledger.memo(&self.place(), "planned_sheet_id").await?;
        if let Some(id) = kept.and_then(|id| id.parse().ok()).filter(|id| Some(*id) != gone) {
            return Ok(id);
        }
        let id = chance::metadata_id(self.shared.chance.as_ref());
        self.shared.ledger.set_memo(&self.place(), "planned_sheet_id", &id.to_string()).await?;
        Ok(id)
    }

    async fn remember(&self, sheet_id: i32, columns: &Columns) -> Result<(), SheetError> {
        if self.remembered().await? != Some(sheet_id) {
            self.shared.ledger.set_memo(&self.place(), "sheet_id", &sheet_id.to_string()).await?;
        }
        let mut known = self.known(sheet_id).await?;
        let before = known.len();
        known.extend(columns.keys().cloned());
        if known.len() != before {
            let text = serde_json::to_string(&known).unwrap_or_default();
            self.shared.ledger.set_memo(&self.sink(sheet_id), "columns", &text).await?;
        }
        Ok(())
    }

    async fn send_layout(&self, requests: Vec<Value>) -> Result<(), Trouble> {
        let body = json!({"requests": requests});
        let tail = ":batchUpdate?fields=spreadsheetId";
        self.shared.rest.post::<Value>("sheets.layout", Deed::Write, tail, &body).await.map(|_| ())
    }

    /// A write that is not allowed: may we look at least?
    pub(crate) async fn denied(&self, trouble: Trouble) -> SheetError {
        if trouble.status == Some(403)
            && let SheetError::NotShared { client_email } = &trouble.error
            && layout::book(&self.shared.rest).await.is_ok()
        {
            return SheetError::ReadOnly { client_email: client_email.clone() };
        }
        trouble.error
    }

    /// Why a batch is refused, from the state of the spreadsheet and not from Google's words, which
    /// come in the account's language.
    pub(crate) async fn diagnose(&self, trouble: Trouble, sheet_id: Option<i32>) -> SheetError {
        if trouble.status != Some(400) || !matches!(trouble.error, SheetError::Refused { .. }) {
            return self.denied(trouble).await;
        }
        let book = match layout::book(&self.shared.rest).await {
            Ok(book) => book,
            Err(worse) => return worse.error,
        };
        let ours = |sheet: &&wire::Sheet| Some(sheet.properties.sheet_id) == sheet_id;
        if sheet_id.is_some() && !book.sheets.iter().any(|sheet| ours(&sheet)) {
            return SheetError::TabGone;
        }
        let closed = book
            .sheets
            .iter()
            .filter(ours)
            .flat_map(|sheet| &sheet.protected_ranges)
            .find(|range| !range.warning_only && !range.requesting_user_can_edit);
        if let Some(range) = closed {
            let description = match range.description.as_str() {
                "" => "without a description".to_owned(),
                words => words.chars().take(100).collect(),
            };
            return SheetError::Protected { description, client_email: self.client_email() };
        }
        let cells = cells(&book);
        // appended rows come in hundreds: no need to be exact
        if cells >= MOST_CELLS.saturating_sub(100_000) {
            return SheetError::Full { cells };
        }
        trouble.error
    }
}

/// Google's limit for a workbook, blank cells included.
pub(crate) const MOST_CELLS: u64 = 10_000_000;

pub(crate) fn cells(book: &wire::Spreadsheet) -> u64 {
    let of = |grid: &wire::GridProperties| u64::from(grid.row_count) * u64::from(grid.column_count);
    book.sheets.iter().map(|sheet| of(&sheet.properties.grid_properties)).sum()
}

pub(crate) fn address(book: &wire::Spreadsheet) -> String {
    match book.spreadsheet_url.as_str() {
        "" => format!("https://docs.google.com/spreadsheets/d/{}/edit", book.spreadsheet_id),
        url => url.to_owned(),
    }
}

impl fmt::Debug for SheetsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SheetsClient")
            .field("spreadsheet_id", &self.shared.rest.spreadsheet_id)
            .field("tab", &self.shared.tab)
            .field("account", &self.client_email())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl RowSink for SheetsClient {
    async fn prepare(&self) -> Result<SheetReport, SheetError> {
        let _turn = self.shared.line.lock().await;
        let (_, warnings) = self.make(true).await?;
        let mut report = self.report().await?;
        report.warnings.splice(0..0, warnings);
        Ok(report)
    }

    async fn write(&self, rows: &[SheetRow]) -> Result<WriteReceipt, SheetError> {
        let _turn = self.shared.line.lock().await;
        self.deliver(rows).await
    }

    async fn empty(&self, keys: &[String]) -> Result<WriteReceipt, SheetError> {
        let _turn = self.shared.line.lock().await;
        self.make_empty(keys).await
    }

    async fn check(&self) -> Result<SheetReport, SheetError> {
        self.report().await
    }

    async fn corrections(&self) -> Result<Corrections, SheetError> {
        self.read_back().await
    }
}
