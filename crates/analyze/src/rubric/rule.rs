//! A criterion's `rules`: what the local analyzer looks for, typed.
//!
//! Three forms, from a customer's one line to the built-ins: phrases (`any`, `all`, `none`, with
//! speaker and position), a measured figure (`measure`), and a named judge (`judge`) that knows a
//! subject such as objections; its phrase families can be widened by `extend`.

use std::collections::BTreeMap;

use domain::RuleSpeaker;
use serde::Deserialize;

/// What counts as said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Whose words.
    #[serde(default)]
    pub(crate) speaker: RuleSpeaker,
    /// One of these phrases (`@family` names a family) makes it met.
    #[serde(default)]
    pub(crate) any: Vec<String>,
    /// Each of these must be said as well.
    #[serde(default)]
    pub(crate) all: Vec<String>,
    /// One of these unmakes it.
    #[serde(default)]
    pub(crate) none: Vec<String>,
    /// How many different places must hold a phrase of `any`.
    #[serde(default)]
    pub(crate) min: Option<u32>,
    /// `first 4 turns`, `last 3 turns`, `first 30%`, `last 40%`.
    #[serde(default)]
    pub(crate) within: Option<String>,
    /// Must be said before any of these (by anyone).
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// Must be said after one of these (by anyone).
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Must be answered so.
    #[serde(default)]
    pub(crate) then: Option<Then>,
    /// What earns half, when the whole is not met.
    #[serde(default)]
    pub(crate) partly: Option<Box<Rule>>,
    /// Only where one of these is said by anyone, else not applicable.
    #[serde(default)]
    pub(crate) when: Vec<String>,
    /// `list`: title → phrases. `choice`: option key → phrases.
    #[serde(default)]
    pub(crate) codes: BTreeMap<String, Vec<String>>,
    /// A figure of the talk metrics.
    #[serde(default)]
    pub(crate) measure: Option<Measure>,
    /// The figure that still is met.
    #[serde(default)]
    pub(crate) at_most: Option<f64>,
    /// The figure that still is partly met.
    #[serde(default)]
    pub(crate) partly_at_most: Option<f64>,
    /// A judge by name.
    #[serde(default)]
    pub(crate) judge: Option<String>,
    /// More phrases for the families that the judge uses.
    #[serde(default)]
    pub(crate) extend: BTreeMap<String, Vec<String>>,
}

/// An answer by the other speaker.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    /// Whose; `any` = the other speaker.
    #[serde(default)]
    pub(crate) speaker: RuleSpeaker,
    /// One of these.
    #[serde(default)]
    pub(crate) any: Vec<String>,
    /// Within so many turns.
    #[serde(default)]
    pub(crate) turns: Option<usize>,
}

/// A figure of the talk metrics, smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// Times the operator cut in.
    OperatorInterruptions,
    /// Times the client cut in.
    ClientInterruptions,
    /// Silence of both over 3 s, in sum, s.
    DeadAirS,
    /// Operator's share of the talk, %.
    OperatorSharePercent,
    /// Median pause before the operator answers, s.
    ReactionS,
    /// Longest stretch of the operator alone, s.
    LongestMonologueS,
    /// Operator's words a minute.
    OperatorWpm,
}

/// A place in the call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Within {
    /// Everywhere.
    Whole,
    /// The first so many turns of the speaker.
    FirstTurns(usize),
    /// The last so many turns of the speaker.
    LastTurns(usize),
    /// The first part, 0–1.
    FirstShare(f64),
    /// The last part, 0–1.
    LastShare(f64),
}

impl Within {
    /// Reads `last 30%`, `first 4 turns`; `None` if it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (end, rest) = text.split_once(char::is_whitespace)?;
        let first = match end {
            "first" => true,
            "last" => false,
            _ => return None,
        };
        let rest = rest.trim();
        if let Some(percent) = rest.strip_suffix('%') {
            let share = percent.trim().parse::<f64>().ok().filter(|p| (0.0..=100.0).contains(p))? / 100.0;
            return Some(if first { Self::FirstShare(share) } else { Self::LastShare(share) });
        }
        let count = rest.strip_suffix("turns").or_else(|| rest.strip_suffix("turn"))?;
        let count = count.trim().parse::<usize>().ok().filter(|n| *n > 0)?;
        Some(if first { Self::FirstTurns(count) } else { Self::LastTurns(count) })
    }
}

impl Rule {
    /// Reads the opaque value of a criterion.
    pub(crate) fn from_json(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(value.clone())
    }

    /// Every phrase list of the rule, its `partly` included.
    pub(crate) fn phrase_lists(&self) -> Vec<&[String]> {
        let mut lists: Vec<&[String]> =
            vec![&self.any, &self.all, &self.none, &self.before, &self.after, &self.when];
        lists.extend(self.codes.values().map(Vec::as_slice));
        lists.extend(self.extend.values().map(Vec::as_slice));
        if let Some(then) = &self.then {
            lists.push(&then.any);
        }
        if let Some(partly) = &self.partly {
            lists.extend(partly.phrase_lists());
        }
        lists
    }
}
