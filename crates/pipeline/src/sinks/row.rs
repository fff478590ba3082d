//! A call as a row for a table that somebody else keeps: columns with stable names, cells with types.
//!
//! The same columns and texts as in the files; how they are drawn is the table's own matter.

use chrono::{DateTime, Utc};

use super::cell_text;
use super::columns::{Column, CriterionCell, ReportOptions, columns};
use crate::CallReport;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowColumnKind {
    /// Words.
    Text,
    /// A figure or words: points of a criterion.
    Points,
    /// 0–100.
    Score,
    /// An instant.
    Moment,
    /// A length.
    Duration,
    /// Where to listen.
    Link,
    /// The call's id.
    Key,
    /// Filled by people, only read.
    HumanScore,
}

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowColumn {
    /// Never changes: `started_at`; a criterion is `rubric/key`.
    pub id: String,
    /// For people.
    pub header: String,
    /// What it holds.
    pub kind: RowColumnKind,
    /// How wide it should be at first, pixels.
    pub width_px: u32,
    /// Whether long texts wrap.
    pub wraps: bool,
}

/// A cell of the table.
#[derive(Debug, Clone, PartialEq)]
pub enum RowCell {
    /// Nothing to say.
    Empty,
    /// Words, whole: cutting is the table's matter.
    Text(String),
    /// A figure.
    Number(f64),
    /// An instant.
    Moment(DateTime<Utc>),
    /// A length, ms.
    Duration(u64),
    /// An address.
    Link(String),
}

/// The columns of this rubric's table, in their order.
pub fn row_columns(options: &ReportOptions) -> Vec<RowColumn> {
    columns(options, &[])
        .iter()
        .map(|column| {
            let (kind, width_px, wraps) = looks(column);
            RowColumn {
                id: id(column),
                header: column.header(options.lang).to_owned(),
                kind,
                width_px,
                wraps,
            }
        })
        .collect()
}

/// The cells of a call, by column id, in the order of [`row_columns`].
pub fn row_cells(options: &ReportOptions, report: &CallReport) -> Vec<(String, RowCell)> {
    columns(options, &[]).iter().map(|column| (id(column), cell(column, options, report))).collect()
}

fn id(column: &Column) -> String {
    match column {
        Column::StartedAt => "started_at",
        Column::Caller => "caller",
        Column::Callee => "callee",
        Column::Duration => "duration",
        Column::Link => "recording",
        Column::Transcript => "transcript",
        Column::Criterion(criterion) => return format!("{}/{}", criterion.rubric, criterion.key),
        Column::Total => "total_score",
        Column::Summary => "summary",
        Column::Recommendations => "recommendations",
        Column::Manager => "manager",
        Column::Status => "status",
        Column::ProcessedAt => "processed_at",
        Column::HumanScore => "human_score",
        Column::CallId => "call_id",
    }
    .to_owned()
}

fn looks(column: &Column) -> (RowColumnKind, u32, bool) {
    match column {
        Column::StartedAt | Column::ProcessedAt => (RowColumnKind::Moment, 150, false),
        Column::Caller | Column::Callee => (RowColumnKind::Text, 140, false),
        Column::Duration => (RowColumnKind::Duration, 110, false),
        Column::Link => (RowColumnKind::Link, 110, false),
        // wrapped, a conversation of an hour would make a row taller than the screen
        Column::Transcript => (RowColumnKind::Text, 320, false),
        Column::Criterion(_) => (RowColumnKind::Points, 110, true),
        Column::Total => (RowColumnKind::Score, 80, false),
        Column::Summary | Column::Recommendations => (RowColumnKind::Text, 360, true),
        Column::Manager => (RowColumnKind::Text, 160, false),
        Column::Status => (RowColumnKind::Text, 150, false),
        Column::HumanScore => (RowColumnKind::HumanScore, 110, false),
        Column::CallId => (RowColumnKind::Key, 100, false),
    }
}

fn cell(column: &Column, options: &ReportOptions, report: &CallReport) -> RowCell {
    let lang = options.lang;
    match column {
        Column::StartedAt => {
            report.call.started_at.map_or(RowCell::Empty, |at| RowCell::Moment(at.with_timezone(&Utc)))
        }
        Column::Caller => text(cell_text::phone(report.call.caller.as_ref())),
        Column::Callee => text(cell_text::phone(report.call.callee.as_ref())),
        Column::Duration => report.duration_ms().map_or(RowCell::Empty, RowCell::Duration),
        Column::Link => cell_text::link(report, options)
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map_or(RowCell::Empty, |url| RowCell::Link(url.into())),
        Column::Transcript => text(cell_text::transcript(report, lang)),
        Column::Criterion(criterion) => match criterion.result(report) {
            None => RowCell::Empty,
            Some(result) => match CriterionCell::of(result, lang) {
                CriterionCell::Number(number) => RowCell::Number(number),
                other => text(other.text(lang).to_owned()),
            },
        },
        Column::Total => report
            .analysis
            .as_ref()
            .and_then(|analysis| analysis.total_score)
            .map_or(RowCell::Empty, RowCell::Number),
        Column::Summary => text(cell_text::summary(report)),
        Column::Recommendations => text(cell_text::recommendations(report, lang)),
        Column::Manager => text(cell_text::manager(report)),
        Column::Status => text(report.status_label(lang).to_owned()),
        Column::ProcessedAt => RowCell::Moment(report.processed_at),
        Column::HumanScore => RowCell::Empty,
        Column::CallId => text(report.call.id.to_string()),
    }
}

fn text(text: String) -> RowCell {
    if text.is_empty() { RowCell::Empty } else { RowCell::Text(text) }
}
