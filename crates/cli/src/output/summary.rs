//! The line of totals: «Всего 24: готово 21, пропущен 1, не вышло 2. Средний балл 68,0. 12,40 ₽, 1:52».

use std::time::Duration;

use domain::{CallStatus, Currency, Money};
use pipeline::RunTotals;

use crate::terminal::Terminal;
use crate::texts::t;
use crate::wording;

/// The totals in a line; `to_review` of the done ones wait for a person, `time` is how long
/// the work took.
pub(crate) fn totals_line(
    terminal: &Terminal,
    totals: &RunTotals,
    to_review: usize,
    time: Option<Duration>,
) -> String {
    let texts = terminal.texts;
    let count = |statuses: &[CallStatus]| {
        let of = totals.by_status.iter().filter(|(status, _)| statuses.contains(status));
        of.map(|(_, count)| count).sum::<usize>()
    };
    let buckets = [
        (count(&[CallStatus::Done]).saturating_sub(to_review), "bucket-done"),
        (to_review, "bucket-review"),
        (count(&[CallStatus::Missed]), "bucket-missed"),
        (count(&[CallStatus::TooShort]), "bucket-short"),
        (count(&[CallStatus::NoSpeech]), "bucket-silent"),
        (count(&[CallStatus::AnsweringMachine]), "bucket-machine"),
        (
            count(&[CallStatus::RecordingUnavailable, CallStatus::AnalysisFailed, CallStatus::Failed]),
            "bucket-failed",
        ),
        (count(&[CallStatus::WaitingRecording, CallStatus::Paused, CallStatus::Queued]), "bucket-open"),
    ];
    let parts: Vec<String> = buckets
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, key)| texts.with(key, &[("count", (*count).into())]))
        .collect();
    let mut line = if parts.is_empty() {
        t!(texts, "totals-none")
    } else {
        t!(texts, "totals", calls = totals.calls, parts = parts.join(", "))
    };
    if let Some(average) = totals.average_score {
        line.push(' ');
        line.push_str(&t!(texts, "totals-average", score = wording::average(texts, average)));
    }
    let cost = totals.cost.as_ref().map_or(Money::zero(Currency::RUB), |cost| cost.total);
    line.push(' ');
    line.push_str(&wording::money(texts, cost));
    if let Some(time) = time {
        line.push_str(", ");
        line.push_str(&wording::elapsed(time));
    }
    line
}
