//! The table of calls: what a person looks at after a run.

use chrono::DateTime;
use chrono_tz::Tz;
use domain::{Analysis, CallStatus, CriterionKind, CriterionResult, Verdict};
use pipeline::CallReport;

use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

/// From this width on there is room for the manager and the main point.
const ROOMY: usize = 120;
/// Up to so many calls are all shown; of more, [`SHOWN_OF_MANY`].
const ALL_UP_TO: usize = 200;
const SHOWN_OF_MANY: usize = 50;
/// Under this a score is below the norm; under the second somebody must act.
const NORM: f64 = 60.0;
const ACT: f64 = 40.0;

/// The calls as a table.
pub(crate) struct CallsTable<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) now: DateTime<Tz>,
    /// With the beginning of the id, so that a call can be named.
    pub(crate) ids: bool,
}

impl CallsTable<'_> {
    /// At most so many rows that nobody is flooded, and the line that says how to see the rest.
    pub(crate) fn text(&self, calls: &[CallReport]) -> String {
        if calls.len() <= ALL_UP_TO {
            return self.rows(&calls.iter().collect::<Vec<_>>());
        }
        let mut urgent: Vec<&CallReport> = calls.iter().collect();
        // stable: within a rank the order of the run stays
        urgent.sort_by_key(|call| rank(call));
        urgent.truncate(SHOWN_OF_MANY);
        let hidden = calls.len() - urgent.len();
        let more = t!(self.terminal.texts, "table-more", shown = urgent.len(), hidden = hidden);
        format!("{}{}\n", self.rows(&urgent), self.terminal.paint(Tone::Quiet, &more))
    }

    /// All of them.
    pub(crate) fn whole(&self, calls: &[CallReport]) -> String {
        self.rows(&calls.iter().collect::<Vec<_>>())
    }

    fn rows(&self, calls: &[&CallReport]) -> String {
        let texts = self.terminal.texts;
        let roomy = self.terminal.out.width >= ROOMY;
        let phones = calls.iter().any(|call| call.call.client_phone().is_some());
        let client = if phones { t!(texts, "column-client") } else { t!(texts, "column-recording") };
        let mut columns = vec![
            Column::new(t!(texts, "column-start")).expendable(1),
            Column::new(client).elastic(12, if roomy { 40 } else { 30 }).expendable(if self.ids {
                3
            } else {
                2
            }),
        ];
        if self.ids {
            columns.insert(0, Column::new(t!(texts, "column-id")));
        }
        if roomy {
            columns.push(Column::new(t!(texts, "column-manager")).elastic(8, 20));
        }
        columns.push(Column::new(t!(texts, "column-length")).right().expendable(if self.ids {
            4
        } else {
            3
        }));
        columns.push(Column::new(t!(texts, "column-score")).right());
        columns.push(Column::new(t!(texts, "column-status")));
        if roomy {
            columns.push(Column::new(t!(texts, "column-main")).elastic(12, usize::MAX));
        }
        let rows: Vec<Vec<Cell>> = calls.iter().map(|call| self.row(call, roomy)).collect();
        render(self.terminal, &columns, &rows)
    }

    fn row(&self, call: &CallReport, roomy: bool) -> Vec<Cell> {
        let texts = self.terminal.texts;
        let dash = || self.terminal.sign(Sign::Dash).to_owned();
        let start = call.call.started_at.map_or_else(dash, |at| wording::moment(texts, at, self.now));
        let mut row = vec![start.into(), client_or_file(call).unwrap_or_else(dash).into()];
        if self.ids {
            row.insert(0, Cell::toned(short_id(call), Some(Tone::Quiet)));
        }
        if roomy {
            let manager = call.call.manager.as_ref();
            row.push(
                manager
                    .map_or_else(dash, |manager| manager.name.clone().unwrap_or_else(|| manager.id.clone()))
                    .into(),
            );
        }
        row.push(call.duration_ms().map_or_else(dash, wording::clock).into());
        row.push(score_cell(self.terminal, call.analysis.as_ref()));
        row.push(Cell::toned(call.status_label(texts.lang), status_tone(call)));
        if roomy {
            row.push(main_point(call, texts).into());
        }
        row
    }
}

/// The first eight letters of the id: enough to name a call.
fn short_id(call: &CallReport) -> String {
    call.call.id.to_string().chars().take(8).collect()
}

/// Who rang or was rung; where no number is known the file tells the call apart.
pub(crate) fn client_or_file(call: &CallReport) -> Option<String> {
    let phone = call.call.client_phone().map(domain::PhoneNumber::pretty);
    phone.or_else(|| call.call.recording_name.clone())
}

/// «62», «! 54», «x 31», «—».
pub(crate) fn score_cell(terminal: &Terminal, analysis: Option<&Analysis>) -> Cell {
    // what is shown is judged: a 59.6 that reads 60 has no sign
    let Some(total) = analysis.and_then(|analysis| analysis.total_score).map(f64::round) else {
        return Cell::toned(terminal.sign(Sign::Dash), Some(Tone::Quiet));
    };
    let score = wording::score(total);
    if total < ACT {
        Cell::toned(format!("x {score}"), Some(Tone::Bad))
    } else if total < NORM {
        Cell::toned(format!("! {score}"), Some(Tone::Warn))
    } else {
        Cell::from(score)
    }
}

fn status_tone(call: &CallReport) -> Option<Tone> {
    match call.status {
        CallStatus::Done if call.needs_review() => Some(Tone::Warn),
        CallStatus::Done => None,
        CallStatus::TooShort | CallStatus::NoSpeech | CallStatus::AnsweringMachine => Some(Tone::Quiet),
        CallStatus::WaitingRecording | CallStatus::Queued => Some(Tone::Accent),
        CallStatus::Paused => Some(Tone::Warn),
        CallStatus::Missed
        | CallStatus::RecordingUnavailable
        | CallStatus::AnalysisFailed
        | CallStatus::Failed => Some(Tone::Bad),
    }
}

/// What to look at first among thousands: failures, low scores, open work, missed calls, the rest.
fn rank(call: &CallReport) -> u8 {
    let low =
        call.analysis.as_ref().and_then(|analysis| analysis.total_score).is_some_and(|total| total < ACT);
    match call.status {
        status if status.is_trouble() => 0,
        _ if low => 1,
        status if status.is_open() => 2,
        CallStatus::Missed => 3,
        _ => 4,
    }
}

/// Named in the last column at most.
const NAMED_LOSSES: usize = 3;

/// Why this call, in a few words: what went wrong, or what cost the most points.
fn main_point(call: &CallReport, texts: Texts) -> String {
    let (error, analysis) = (call.error.as_ref(), call.analysis.as_ref());
    match (error, analysis) {
        (Some(error), _) => error.message.clone(),
        (None, None) => String::new(),
        (None, Some(analysis)) if analysis.total_score.is_none() => t!(texts, "main-no-score"),
        (None, Some(analysis)) => {
            let alarms = analysis.criteria.iter().filter(|criterion| is_alarm(criterion));
            let mut points: Vec<String> = alarms.map(|criterion| criterion.title.clone()).collect();
            let lost = losses(analysis);
            if !lost.is_empty() {
                points.push(t!(texts, "main-lost", titles = lost.join(", ")));
            }
            if points.is_empty() { t!(texts, "main-nothing-lost") } else { points.join("; ") }
        }
    }
}

/// A raised flag that somebody must act on.
fn is_alarm(criterion: &CriterionResult) -> bool {
    criterion.critical && criterion.kind == CriterionKind::Flag && criterion.verdict == Verdict::Met
}

/// Titles of the criteria that cost points, dearest first, as they stand inside a sentence.
fn losses(analysis: &Analysis) -> Vec<String> {
    let lost = |criterion: &CriterionResult| -> Option<f64> {
        let (score, most) = (criterion.score?, criterion.max_score?);
        (most > 0.0 && score < most).then(|| criterion.weight * (1.0 - score / most))
    };
    let mut dearest: Vec<(f64, &CriterionResult)> =
        analysis.criteria.iter().filter_map(|criterion| Some((lost(criterion)?, criterion))).collect();
    dearest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let titles = dearest.into_iter().take(NAMED_LOSSES);
    titles.map(|(_, criterion)| lower_first(&criterion.title)).collect()
}

fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
