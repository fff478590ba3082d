//! Why a call has no words and no score, and whether the reader may have it tried again.

use domain::CallStatus;
use store::{CallRecord, JobFilter, JobState};

use crate::Web;
use crate::pages::layout::Frame;
use crate::problem::Problem;

/// The key of why there are no words.
pub(super) const fn no_talk(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Missed => "call-no-talk-missed",
        CallStatus::TooShort => "call-no-talk-short",
        CallStatus::NoSpeech => "call-no-talk-silent",
        CallStatus::AnsweringMachine => "call-no-talk-machine",
        CallStatus::RecordingUnavailable => "call-no-talk-recording",
        CallStatus::Failed | CallStatus::AnalysisFailed => "call-no-talk-failed",
        CallStatus::WaitingRecording => "call-no-talk-waiting",
        CallStatus::Paused => "call-no-talk-paused",
        CallStatus::Queued | CallStatus::Done => "call-no-talk-text",
    }
}

/// The key of why there is no score.
pub(super) const fn no_score(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Missed => "call-no-score-missed",
        CallStatus::TooShort => "call-no-score-short",
        CallStatus::NoSpeech => "call-no-score-silent",
        CallStatus::AnsweringMachine => "call-no-score-machine",
        CallStatus::RecordingUnavailable => "call-no-score-recording",
        CallStatus::Failed => "call-no-score-failed",
        CallStatus::AnalysisFailed => "call-no-score-analysis",
        CallStatus::WaitingRecording => "call-no-score-waiting",
        CallStatus::Paused => "call-no-score-paused",
        CallStatus::Queued => "call-no-score-queued",
        CallStatus::Done => "call-no-score-text",
    }
}

/// Whether something of the call gave up, and the reader runs the queue.
pub(super) async fn may_retry(web: &Web, f: &Frame, record: &CallRecord) -> Result<bool, Problem> {
    if !f.leads() || !record.status.is_trouble() {
        return Ok(false);
    }
    let dead = JobFilter { call: Some(record.call.id), state: Some(JobState::Dead), ..JobFilter::default() };
    Ok(!web.store().jobs(&dead, 1).await?.is_empty())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::Lang;

    use super::*;
    use crate::pages::words::Words;

    #[test]
    fn every_status_has_its_own_words_in_both_languages() {
        for lang in [Lang::Ru, Lang::En] {
            let t = Words::new(lang, chrono_tz::UTC, DateTime::UNIX_EPOCH);
            for status in CallStatus::ALL {
                for key in [no_talk(status), no_score(status)] {
                    let said = t.say(key);
                    assert!(said.contains(' ') && !said.contains(key), "{lang:?} {key}: {said}");
                }
            }
        }
    }
}
