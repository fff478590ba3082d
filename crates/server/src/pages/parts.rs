//! What templates ask of values: tones of scores, widths of bars, the sign of a status.
//!
//! Colour is never alone: every tone stands beside a number or words.

use domain::{CallStatus, Lang, Verdict};

/// `warn` under 60, `bad` under 40; good is quiet.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand fields over by reference")]
pub(crate) fn tone(score: &f64) -> &'static str {
    match score.round() {
        s if s < 40.0 => "bad",
        s if s < 60.0 => "warn",
        _ => "",
    }
}

/// «62».
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand fields over by reference")]
pub(crate) fn whole(score: &f64) -> String {
    domain::wording::score(*score)
}

/// A share 0–1 as 0–100 for a width in an SVG.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand fields over by reference")]
pub(crate) fn hundred(share: &f64) -> String {
    format!("{:.1}", (share * 100.0).clamp(0.0, 100.0))
}

/// How a status looks: icon, tone, words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusMark {
    pub(crate) icon: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) words: &'static str,
}

impl StatusMark {
    /// Of a call; `done` with a verdict to check says so.
    pub(crate) fn of(lang: Lang, status: CallStatus, needs_review: bool) -> Self {
        let (icon, tone) = match status {
            CallStatus::Done if needs_review => {
                return Self { icon: "review", tone: "warn", words: CallStatus::needs_review_label(lang) };
            }
            CallStatus::Done => ("met", ""),
            CallStatus::Missed => ("missed", "bad"),
            CallStatus::TooShort => ("clock", ""),
            CallStatus::NoSpeech => ("mute", ""),
            CallStatus::AnsweringMachine => ("analyze", ""),
            CallStatus::WaitingRecording => ("retry", "acc"),
            CallStatus::RecordingUnavailable => ("none", "bad"),
            CallStatus::AnalysisFailed => ("warning", "bad"),
            CallStatus::Failed => ("close", "bad"),
            CallStatus::Paused => ("pause", "warn"),
            CallStatus::Queued => ("queue", "acc"),
        };
        Self { icon, tone, words: status.label(lang) }
    }
}

/// The icon and the tone of a verdict.
pub(crate) fn verdict_sign(verdict: Verdict, needs_review: bool) -> (&'static str, &'static str) {
    match verdict {
        _ if needs_review => ("review", "warn"),
        Verdict::Met => ("met", "muted"),
        Verdict::Partly => ("partly", "warn"),
        Verdict::NotMet => ("close", "bad"),
        Verdict::NotApplicable => ("not_applicable", "dim"),
        Verdict::CannotTell => ("cannot_tell", "dim"),
    }
}

/// The key of a verdict's word.
pub(crate) const fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "verdict-met",
        Verdict::Partly => "verdict-partly",
        Verdict::NotMet => "verdict-not-met",
        Verdict::NotApplicable => "verdict-not-applicable",
        Verdict::CannotTell => "verdict-cannot-tell",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weak_scores_have_a_colour() {
        assert_eq!(
            [39.4, 39.6, 59.4, 59.6, 100.0].map(|score| tone(&score)),
            ["bad", "warn", "warn", "", ""]
        );
    }

    #[test]
    fn a_bar_never_leaves_its_track() {
        assert_eq!([-1.0, 0.5, 7.0].map(|share| hundred(&share)), ["0.0", "50.0", "100.0"]);
    }
}
