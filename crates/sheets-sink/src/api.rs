//! The trait and what it speaks: a sheet, its rows, what a delivery did.
//!
//! The surprising rule: a row is known by its key alone. Where it stands, how it is sorted and what
//! else people put beside it is theirs.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::SheetError;

/// What a column holds; decides its format and whether we write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Words; stays text whatever it looks like (`+7916…`, `=1+1`).
    Text,
    /// A number.
    Number,
    /// A score from 0 to 100: coloured from red to green.
    Score,
    /// A moment, shown as wall time of the spreadsheet's own zone.
    DateTime,
    /// A length, shown as `h:mm:ss`.
    Duration,
    /// A link with words.
    Link,
    /// The key of the row: hidden. Exactly one column of a sheet has this kind.
    Key,
    /// A score that a person types: 0 to 100 is enforced, and we only read it.
    HumanScore,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its tag, never shown and never changed: `started_at`, `criterion/manager-plus/next_step`.
    pub id: String,
    /// What people read in the first row; they may rename it.
    pub header: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its width at the start, pixels.
    pub width_px: u32,
    /// Whether long words wrap; else they are clipped.
    pub wrap: bool,
}

/// The sheet as its owner wants it. Kept loosely: people may move, rename and remove columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetSpec {
    /// In their order at the start.
    pub columns: Vec<ColumnSpec>,
    /// Columns that come later are put before this one (its id); `None` = at the end.
    pub insert_before: Option<String>,
}

/// What is written into a cell. Words can never become a formula.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum CellValue {
    /// Nothing yet.
    #[default]
    Empty,
    /// Words; over 50 000 characters are cut with a note.
    Text(String),
    /// A number.
    Number(f64),
    /// A moment: shown as wall time of the spreadsheet's zone.
    Moment(DateTime<Utc>),
    /// Wall time, written as it is.
    WallTime(NaiveDateTime),
    /// A length, ms.
    DurationMs(u64),
    /// A link (`http` or `https`; anything else is written as its words alone).
    Link {
        /// Where to.
        url: String,
        /// What is shown.
        text: String,
    },
}

/// A row. Columns that are not named are left as they are, in a new row blank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetRow {
    /// What tells it from all others: the call's id.
    pub key: String,
    /// Column id and value. The key's own column need not be named.
    pub cells: Vec<(String, CellValue)>,
}

/// A row that the sheet does not take, ever: the others were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its key.
    pub key: String,
    /// The sheet's words.
    pub reason: String,
}

/// What a delivery did. Every row that was passed in is in the sheet (or a person deleted it there),
/// save those in `refused`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct WriteReceipt {
    /// Rows that are new.
    pub added: u64,
    /// Rows of which a cell was changed.
    pub updated: u64,
    /// Rows that stood as they should.
    pub unchanged: u64,
    /// Cells that a person had changed, and that stay so.
    pub left: u64,
    /// Rows that a person deleted, and that stay so.
    pub deleted_by_person: u64,
    /// Rows that the sheet does not take.
    pub refused: Vec<RefusedRow>,
}

/// What our account may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks only.
    Reader,
    /// Writes.
    Writer,
}

/// How a column was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// By its tag, which moves with it.
    Tagged,
    /// By the words in the first row.
    ByHeader,
    /// Not there yet: the next write makes it.
    NotYet,
    /// It was there; a person deleted it, and it is not made again.
    Deleted,
}

/// A column as it stands in the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnState {
    /// Its tag.
    pub id: String,
    /// What our settings call it.
    pub header: String,
    /// Its letter now (`A`, `AB`), if it is there.
    pub letter: Option<String>,
    /// How it was found.
    pub found: Found,
}

/// The sheet as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetReport {
    /// The spreadsheet's name.
    pub title: String,
    /// Where a person opens it.
    pub url: String,
    /// The tab's name now; `None` = there is none yet (`prepare` makes it).
    pub tab: Option<String>,
    /// Who we are there: the service account's address, or `None` for a user.
    pub account: Option<String>,
    /// What we may do.
    pub role: Role,
    /// Its time zone, IANA where Google gives one.
    pub time_zone: String,
    /// Columns.
    pub columns: Vec<ColumnState>,
    /// Rows with a key.
    pub rows: u64,
    /// Cells of all tabs, blank ones too: 10 000 000 is Google's limit.
    pub cells: u64,
    /// What a person should look at.
    pub warnings: Vec<SheetWarning>,
}

/// Something that does not stop a delivery now, or not here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SheetWarning {
    /// A person deleted one of our columns.
    #[error("the column «{header}» was deleted; it stays so")]
    ColumnDeleted {
        /// Its title.
        header: String,
    },
    /// A protected range without us.
    #[error("a protected range ({description}) does not let us write")]
    Protected {
        /// As the range calls itself.
        description: String,
    },
    /// The tab that we made is gone.
    #[error("the tab of the spreadsheet is gone; `sheet init` makes it again")]
    TabGone,
    /// Nobody here knows the spreadsheet's zone.
    #[error("the time zone «{zone}» is unknown here; UTC is written")]
    UnknownZone {
        /// As Google names it.
        zone: String,
    },
    /// Nine cells of ten of what a spreadsheet may have, or all of them.
    #[error("{cells} of {most} cells are used; start a new spreadsheet")]
    FillsUp {
        /// Used, blank ones too.
        cells: u64,
        /// At most.
        most: u64,
    },
    /// We may look only.
    #[error("the spreadsheet is shared for reading only; give us the role Editor")]
    ReadOnly {
        /// The service account's address.
        client_email: Option<String>,
    },
    /// Signatures are made for Google's time, not for this machine's.
    #[error("this machine's clock differs from Google's by {seconds} s; set the clock (NTP)")]
    ClockSkew {
        /// Google's time less ours, s.
        seconds: i64,
    },
    /// Colours and widths were not taken; rows are.
    #[error("the looks of the sheet were refused: {reason}")]
    LooksRefused {
        /// Google's words.
        reason: String,
    },
}

impl SheetWarning {
    /// No further row fits: the next delivery is refused.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::FillsUp { cells, most } if *cells >= *most)
    }
}

/// A score that a person typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Of which row.
    pub key: String,
    /// 0 to 100.
    pub score: f64,
}

/// Why a typed score was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionProblem {
    /// Not a number from 0 to 100.
    NotAScore {
        /// Of which row.
        key: String,
    },
    /// One key, two rows, two scores: neither is taken.
    Contradiction {
        /// Of which rows.
        key: String,
    },
    /// A key that we never wrote, or none at all.
    UnknownRow {
        /// The row's number as a person sees it.
        row: u32,
    },
    /// Keys no longer stand beside their own rows (a part of the sheet was sorted): nothing is taken.
    Shuffled {
        /// How many rows.
        rows: u64,
    },
}

/// What was read back.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Corrections {
    /// Scores that may be taken.
    pub scores: Vec<Correction>,
    /// Those that may not.
    pub problems: Vec<CorrectionProblem>,
}

/// A table of rows, each written exactly once and mended in place.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RowSink: Send + Sync {
    /// Makes the table ready: finds or makes the tab, its header and formats. Repeating it is harmless.
    ///
    /// # Errors
    /// [`SheetError`], by what the caller can do.
    async fn prepare(&self) -> Result<SheetReport, SheetError>;

    /// Writes rows: new keys are added, known ones mended where a cell changed and still holds what
    /// we wrote. Passing the same rows again changes nothing, also after a failure in the middle.
    ///
    /// # Errors
    /// [`SheetError`]; rows that got through before are remembered and not sent again.
    async fn write(&self, rows: &[SheetRow]) -> Result<WriteReceipt, SheetError>;

    /// Empties the rows with these keys: each of our cells that still holds what we wrote becomes blank, one
    /// that a person changed stays and is counted as left. The rows and their keys stay; keys that were never
    /// written are passed over. Repeating it is harmless.
    ///
    /// # Errors
    /// [`SheetError`].
    async fn empty(&self, keys: &[String]) -> Result<WriteReceipt, SheetError>;

    /// Looks at everything that a delivery needs, the right to write included; changes nothing.
    ///
    /// # Errors
    /// [`SheetError`]. That we may only read is no error: see [`SheetReport::role`].
    async fn check(&self) -> Result<SheetReport, SheetError>;

    /// Reads back what people typed into the column of [`ColumnKind::HumanScore`].
    ///
    /// # Errors
    /// [`SheetError`].
    async fn corrections(&self) -> Result<Corrections, SheetError>;
}
