//! Exit codes: a contract that scripts lean on.

use std::process::ExitCode;

use domain::CallStatus;
use pipeline::RunReport;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All well.
    Good,
    /// Something failed or was left waiting; the rest is done.
    Trouble,
    /// Wrong usage or configuration.
    Usage,
    /// A provider refused key, address, role or sharing.
    Refused,
    /// Stopped by a person; the next run goes on.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Trouble => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What decides how a run ends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunFacts {
    pub(crate) interrupted: bool,
    pub(crate) refused: bool,
    /// Calls that failed in this very run; what failed before was told then.
    pub(crate) failed_now: usize,
    /// Calls that still wait.
    pub(crate) open: usize,
    pub(crate) money_ended: bool,
    /// Stages and sinks that trouble paused: rows wait for them, whatever became of the calls.
    pub(crate) paused: usize,
    /// Rows that wait for a sink to take them.
    pub(crate) rows_left: u64,
    /// Reports that could not be written.
    pub(crate) reports_failed: usize,
}

impl RunFacts {
    /// Reads them off a report.
    pub(crate) fn of(report: &RunReport) -> Self {
        Self {
            interrupted: report.interrupted,
            refused: report.refused.is_some(),
            failed_now: report.failed_now,
            open: report.calls.iter().filter(|call| is_left(call.status)).count(),
            money_ended: report.money_ended,
            paused: report.paused.iter().filter(|stage| stage.reason.code != "by_hand").count(),
            rows_left: report.rows_left,
            reports_failed: report.deliveries.iter().filter(|delivery| delivery.is_err()).count(),
        }
    }

    /// An interruption outweighs all: what it left undone is no failure. A refusal outweighs
    /// failures: it is their cause.
    pub(crate) const fn exit(self) -> Exit {
        if self.interrupted {
            Exit::Interrupted
        } else if self.refused {
            Exit::Refused
        } else if self.failed_now > 0
            || self.open > 0
            || self.money_ended
            || self.paused > 0
            || self.rows_left > 0
            || self.reports_failed > 0
        {
            Exit::Trouble
        } else {
            Exit::Good
        }
    }
}

/// A call that waits for its recording is no trouble: its source is not ready, and the next run asks again.
fn is_left(status: CallStatus) -> bool {
    status.is_open() && status != CallStatus::WaitingRecording
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_the_documented_numbers() {
        let codes =
            [Exit::Good, Exit::Trouble, Exit::Usage, Exit::Refused, Exit::Interrupted].map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 130]);
    }

    #[test]
    fn a_clean_run_is_good_and_any_trouble_is_one() {
        assert_eq!(RunFacts::default().exit(), Exit::Good);
        for facts in [
            RunFacts { failed_now: 1, ..RunFacts::default() },
            RunFacts { open: 1, ..RunFacts::default() },
            RunFacts { money_ended: true, ..RunFacts::default() },
            RunFacts { paused: 1, ..RunFacts::default() },
            RunFacts { rows_left: 1, ..RunFacts::default() },
            RunFacts { reports_failed: 1, ..RunFacts::default() },
        ] {
            assert_eq!(facts.exit(), Exit::Trouble, "{facts:?}");
        }
    }

    #[test]
    fn refusal_outweighs_failures_and_interruption_outweighs_all() {
        let refused = RunFacts { refused: true, failed_now: 3, open: 2, ..RunFacts::default() };
        assert_eq!(refused.exit(), Exit::Refused);
        assert_eq!(RunFacts { interrupted: true, ..refused }.exit(), Exit::Interrupted);
    }
}
