//! What a turn says of itself, as it is kept and as people read it.

use domain::{CallError, Lang, wording};
use serde::{Deserialize, Serialize};
use store::{ScheduleTurn, TurnEnding};

/// What a turn says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TurnSaid {
    /// Calls of the window.
    pub calls: u64,
    /// Of them, never seen before.
    pub new: u64,
    /// Reports that were put into the outbox.
    pub reports: u64,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why it failed.
    pub error: Option<CallError>,
}

impl TurnSaid {
    /// Reads what a turn has kept.
    pub fn of(turn: &ScheduleTurn) -> Self {
        turn.said.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// «новых звонков 12 из 214», «не вышло: …», «пропущена: прошлая ещё шла».
pub(super) fn ending(lang: Lang, turn: &ScheduleTurn) -> String {
    let said = TurnSaid::of(turn);
    let count = |number| wording::grouped(lang, number);
    match (turn.ending, lang) {
        (None, _) if turn.started_at.is_none() => lang.pick("ждёт", "waits").to_owned(),
        (None, _) => lang.pick("идёт", "goes on").to_owned(),
        (Some(TurnEnding::Skipped), _) => {
            lang.pick("пропущена: прошлая ещё шла", "skipped: the one before was still at it").to_owned()
        }
        (Some(TurnEnding::Failed), _) => {
            let why = said.error.map(|error| error.message).unwrap_or_default();
            format!("{}: {why}", lang.pick("не вышло", "failed"))
        }
        (Some(TurnEnding::Done), Lang::Ru) if said.reports > 0 => format!("отчётов: {}", count(said.reports)),
        (Some(TurnEnding::Done), Lang::En) if said.reports > 0 => format!("reports: {}", count(said.reports)),
        (Some(TurnEnding::Done), Lang::Ru) => {
            format!("новых звонков: {} (всего {})", count(said.new), count(said.calls))
        }
        (Some(TurnEnding::Done), Lang::En) => {
            format!("new calls: {} of {}", count(said.new), count(said.calls))
        }
    }
}
