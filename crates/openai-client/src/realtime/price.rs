//! What an answer in real time costs: text and sound, read anew and from the cache, each its own price.

use domain::Currency;
use serde::Deserialize;

use super::RealtimeUsage;

/// An entry of the price table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RealtimeRow {
    pub(crate) model: String,
    pub(crate) currency: Option<Currency>,
    pub(crate) text_in: String,
    pub(crate) text_cached: String,
    pub(crate) text_out: String,
    pub(crate) audio_in: String,
    pub(crate) audio_cached: String,
    pub(crate) audio_out: String,
}

/// Millionths of the currency per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RealtimePrice {
    pub(crate) currency: Currency,
    pub(crate) text_in: i64,
    pub(crate) text_cached: i64,
    pub(crate) text_out: i64,
    pub(crate) audio_in: i64,
    pub(crate) audio_cached: i64,
    pub(crate) audio_out: i64,
}

impl RealtimePrice {
    /// Millionths of a millionth.
    pub(crate) fn total(&self, usage: &RealtimeUsage) -> i128 {
        let text_cached = usage.text_cached.min(usage.text_in);
        let audio_cached = usage.audio_cached.min(usage.audio_in);
        [
            (usage.text_in - text_cached, self.text_in),
            (text_cached, self.text_cached),
            (usage.audio_in - audio_cached, self.audio_in),
            (audio_cached, self.audio_cached),
            (usage.text_out, self.text_out),
            (usage.audio_out, self.audio_out),
        ]
        .into_iter()
        .map(|(tokens, price)| i128::from(tokens) * i128::from(price))
        .sum()
    }
}
