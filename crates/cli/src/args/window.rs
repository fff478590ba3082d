//! Flags that several commands share.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use domain::{Mode, TimeWindow};

use crate::failure::Failure;
use crate::texts::{Texts, t};
use crate::when::{self, Asked, WhenError};

/// Which calls by time.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct WindowArgs {
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<String>,
    #[arg(long, value_name = "SPAN", conflicts_with = "from", allow_hyphen_values = true)]
    last: Option<String>,
}

impl WindowArgs {
    /// Whether anything was said.
    pub(crate) const fn is_given(&self) -> bool {
        self.from.is_some() || self.to.is_some() || self.last.is_some()
    }

    /// The window that is meant.
    pub(crate) fn window(&self, texts: Texts, zone: Tz, now: DateTime<Utc>) -> Result<TimeWindow, Failure> {
        let asked = Asked { from: self.from.as_deref(), to: self.to.as_deref(), last: self.last.as_deref() };
        when::window(asked, zone, now).map_err(|error| match error {
            WhenError::Date { flag, text } => Failure::usage(
                t!(texts, "when-no-date", flag = flag, text = text),
                t!(texts, "when-no-date-hint"),
            ),
            WhenError::Last(text) => {
                Failure::usage(t!(texts, "when-no-last", text = text), t!(texts, "when-no-last-hint"))
            }
            WhenError::Empty => Failure::usage(t!(texts, "when-empty"), t!(texts, "when-empty-hint")),
        })
    }
}

/// Under which rubric.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RubricArgs {
    #[arg(long, value_name = "ID|FILE")]
    rubric: Option<String>,
    #[arg(long, value_name = "MODE", conflicts_with = "rubric", value_parser = mode)]
    mode: Option<Mode>,
}

impl RubricArgs {
    /// The rubric's id or file, if one was named.
    pub(crate) fn named(&self) -> Option<&str> {
        self.rubric.as_deref().or_else(|| self.mode.map(Mode::rubric_id))
    }
}

/// Case does not matter, so this is no list of possible values; the message lists them.
fn mode(text: &str) -> Result<Mode, String> {
    Mode::parse(text).ok_or_else(|| Mode::ALL.map(Mode::as_str).join(", "))
}
