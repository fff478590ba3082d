//! The columns of the report, in their order, and what stands in a criterion's cell.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use domain::{CriterionKind, CriterionResult, Lang, Rubric, RubricId, Value, Verdict};

use crate::CallReport;

/// How a report is written.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// Of headers, statuses and labels.
    pub lang: Lang,
    /// Dates are wall time of this zone.
    pub zone: Tz,
    /// Its criteria are the columns; those of other rubrics among the results follow.
    pub rubric: Rubric,
    /// Address of the web pages (`BACKEND_URL`), if there are any: links lead to `/history/{id}`.
    pub page_url: Option<String>,
}

/// A column of the report.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    StartedAt,
    Caller,
    Callee,
    Duration,
    Link,
    Transcript,
    Criterion(CriterionColumn),
    Total,
    Summary,
    Recommendations,
    Manager,
    Status,
    ProcessedAt,
    /// Filled by people.
    HumanScore,
    CallId,
}

/// A criterion's column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CriterionColumn {
    pub rubric: RubricId,
    pub key: String,
    pub title: String,
    pub kind: CriterionKind,
    pub max_score: Option<f64>,
    pub critical: bool,
}

impl CriterionColumn {
    /// What was found in this call, if it was judged by this rubric.
    pub(super) fn result<'a>(&self, report: &'a CallReport) -> Option<&'a CriterionResult> {
        let analysis = report.analysis.as_ref().filter(|analysis| analysis.rubric == self.rubric)?;
        analysis.criteria.iter().find(|criterion| criterion.key == self.key)
    }
}

impl Column {
    pub(super) fn header(&self, lang: Lang) -> &str {
        match self {
            Self::StartedAt => lang.pick("Дата и время звонка", "Call date and time"),
            Self::Caller => lang.pick("Номер звонящего", "Caller"),
            Self::Callee => lang.pick("Номер принимающего", "Callee"),
            Self::Duration => lang.pick("Длительность звонка", "Duration"),
            Self::Link => lang.pick("Ссылка на запись", "Recording"),
            Self::Transcript => lang.pick("Транскрипция разговора", "Transcript"),
            Self::Criterion(criterion) => &criterion.title,
            Self::Total => lang.pick("Итоговый балл", "Total score"),
            Self::Summary => lang.pick("Краткий разбор", "Summary"),
            Self::Recommendations => lang.pick("Рекомендации", "Recommendations"),
            Self::Manager => lang.pick("Менеджер", "Manager"),
            Self::Status => lang.pick("Статус обработки", "Status"),
            Self::ProcessedAt => lang.pick("Дата обработки", "Processed"),
            Self::HumanScore => lang.pick("Оценка руководителя", "Supervisor's score"),
            Self::CallId => lang.pick("ID звонка", "Call ID"),
        }
    }
}

/// All columns of these reports.
pub(super) fn columns(options: &ReportOptions, reports: &[CallReport]) -> Vec<Column> {
    use Column::{
        CallId, Callee, Caller, Duration, HumanScore, Link, Manager, ProcessedAt, Recommendations, StartedAt,
        Status, Summary, Total, Transcript,
    };
    let mut columns = vec![StartedAt, Caller, Callee, Duration, Link, Transcript];
    columns.extend(criteria(options, reports).into_iter().map(Column::Criterion));
    columns.extend([Total, Summary, Recommendations, Manager, Status, ProcessedAt, HumanScore, CallId]);
    columns
}

/// The rubric's criteria, then those that only results know (an older revision, another rubric).
pub(super) fn criteria(options: &ReportOptions, reports: &[CallReport]) -> Vec<CriterionColumn> {
    let rubric = &options.rubric;
    let mut columns: Vec<CriterionColumn> = rubric
        .criteria
        .iter()
        .map(|criterion| CriterionColumn {
            rubric: rubric.id.clone(),
            key: criterion.key.clone(),
            title: one_line(&criterion.title),
            kind: criterion.kind,
            max_score: criterion.max_score(),
            critical: criterion.critical,
        })
        .collect();
    let mut seen: HashSet<(RubricId, String)> =
        columns.iter().map(|column| (column.rubric.clone(), column.key.clone())).collect();
    for analysis in reports.iter().filter_map(|report| report.analysis.as_ref()) {
        for result in &analysis.criteria {
            if seen.insert((analysis.rubric.clone(), result.key.clone())) {
                columns.push(CriterionColumn {
                    rubric: analysis.rubric.clone(),
                    key: result.key.clone(),
                    title: one_line(&result.title),
                    kind: result.kind,
                    max_score: result.max_score,
                    critical: result.critical,
                });
            }
        }
    }
    columns
}

fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A criterion's cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CriterionCell {
    Number(f64),
    Text(String),
    NotApplicable,
    CannotTell,
}

impl CriterionCell {
    pub(super) fn of(result: &CriterionResult, lang: Lang) -> Self {
        match result.verdict {
            Verdict::NotApplicable => return Self::NotApplicable,
            Verdict::CannotTell => return Self::CannotTell,
            Verdict::Met | Verdict::Partly | Verdict::NotMet => {}
        }
        let yes_no = |yes: bool| {
            Self::Text(lang.pick(if yes { "Да" } else { "Нет" }, if yes { "Yes" } else { "No" }).to_owned())
        };
        match (&result.value, result.score) {
            (Some(Value::Flag(raised)), _) => yes_no(*raised),
            (Some(Value::Text(text)), _) if !text.trim().is_empty() => Self::Text(text.clone()),
            (Some(Value::List(items)), _) if !items.is_empty() => Self::Text(items.join(", ")),
            (_, Some(score)) if score.is_finite() => Self::Number(score),
            (Some(Value::Number(number)), _) if number.is_finite() => Self::Number(*number),
            _ if result.kind == CriterionKind::Flag => yes_no(result.verdict == Verdict::Met),
            _ if result.verdict == Verdict::NotMet => yes_no(false),
            _ => Self::CannotTell,
        }
    }

    /// For people where the cell is no number.
    pub(super) fn text(&self, lang: Lang) -> &str {
        match self {
            Self::Number(_) => "",
            Self::Text(text) => text,
            Self::NotApplicable => lang.pick("не применимо", "not applicable"),
            Self::CannotTell => "—",
        }
    }
}

/// Wall time of the call's start.
pub(super) fn started_at(report: &CallReport, zone: Tz) -> Option<NaiveDateTime> {
    report.call.started_at.map(|at| at.with_timezone(&zone).naive_local())
}
