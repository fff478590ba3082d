//! What models cost, as data: a table in TOML, embedded and overridable.
//!
//! Arithmetic is in whole millionths with one rounding at the end, so a receipt is exact.

use std::{collections::BTreeMap, str::FromStr};

use domain::{Currency, Money};
use serde::Deserialize;

use crate::{
    OpenAiError, RealtimeUsage, TokenUsage,
    realtime::{RealtimePrice, RealtimeRow},
};

/// The table that ships with the crate.
const EMBEDDED: &str = include_str!("../data/prices.toml");

const MILLION: i128 = 1_000_000;

/// Prices of models by name.
///
/// ```
/// let prices = openai_client::PriceTable::embedded()?;
/// let cost = prices.speech("gpt-transcribe", 60_000).expect("in the table");
/// assert_eq!(cost.amount(), "0.0045");
/// # Ok::<(), openai_client::OpenAiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceTable {
    as_of: String,
    chat: BTreeMap<String, ChatPrice>,
    speech: BTreeMap<String, SpeechPrice>,
    realtime: BTreeMap<String, RealtimePrice>,
}

/// Millionths of the currency per million tokens: the same figure as currency per token.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChatPrice {
    currency: Currency,
    input: i64,
    cached: i64,
    output: i64,
    long: Option<LongPrompt>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongPrompt {
    over: u64,
    input_percent: u32,
    output_percent: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SpeechPrice {
    currency: Currency,
    per_minute: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    as_of: String,
    /// For people; not used.
    #[serde(default, rename = "source")]
    _source: String,
    #[serde(default)]
    chat: Vec<ChatRow>,
    #[serde(default)]
    speech: Vec<SpeechRow>,
    #[serde(default)]
    realtime: Vec<RealtimeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChatRow {
    model: String,
    currency: Option<Currency>,
    input: String,
    cached: Option<String>,
    output: String,
    long: Option<LongPrompt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpeechRow {
    model: String,
    currency: Option<Currency>,
    per_minute: String,
}

impl PriceTable {
    /// The table that ships with the crate.
    ///
    /// # Errors
    /// Never for a released crate: a test reads it.
    pub fn embedded() -> Result<Self, OpenAiError> {
        Self::default().with(EMBEDDED)
    }

    /// This table with the entries of a file's text put over it.
    ///
    /// # Errors
    /// [`OpenAiError::Config`] names the entry that is wrong.
    pub fn with(mut self, text: &str) -> Result<Self, OpenAiError> {
        let file: File = toml::from_str(text)
            .map_err(|error| OpenAiError::Config(format!("the price table cannot be read: {error}")))?;
        if !file.as_of.is_empty() {
            self.as_of = file.as_of;
        }
        for row in file.chat {
            let currency = row.currency.unwrap_or(Currency::USD);
            let price = |field: &str, text: &str| amount(&row.model, field, text, currency);
            let input = price("input", &row.input)?;
            let chat = ChatPrice {
                currency,
                input,
                cached: row.cached.as_deref().map_or(Ok(input), |text| price("cached", text))?,
                output: price("output", &row.output)?,
                long: row.long,
            };
            self.chat.insert(row.model, chat);
        }
        for row in file.speech {
            let currency = row.currency.unwrap_or(Currency::USD);
            let per_minute = amount(&row.model, "per_minute", &row.per_minute, currency)?;
            self.speech.insert(row.model, SpeechPrice { currency, per_minute });
        }
        for row in file.realtime {
            let currency = row.currency.unwrap_or(Currency::USD);
            let price = |field: &str, text: &str| amount(&row.model, field, text, currency);
            let realtime = RealtimePrice {
                currency,
                text_in: price("text_in", &row.text_in)?,
                text_cached: price("text_cached", &row.text_cached)?,
                text_out: price("text_out", &row.text_out)?,
                audio_in: price("audio_in", &row.audio_in)?,
                audio_cached: price("audio_cached", &row.audio_cached)?,
                audio_out: price("audio_out", &row.audio_out)?,
            };
            self.realtime.insert(row.model, realtime);
        }
        Ok(self)
    }

    /// The date of the figures, as the file says it.
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// What one answer costs; `None` where the table does not know the model.
    pub fn chat(&self, model: &str, usage: TokenUsage) -> Option<Money> {
        let price = find(&self.chat, model)?;
        let (input_percent, output_percent) = match &price.long {
            Some(long) if usage.prompt > long.over => (long.input_percent, long.output_percent),
            _ => (100, 100),
        };
        let cached = usage.cached.min(usage.prompt);
        let read = i128::from(usage.prompt - cached) * i128::from(price.input)
            + i128::from(cached) * i128::from(price.cached);
        let written = i128::from(usage.completion) * i128::from(price.output);
        let total = read * i128::from(input_percent) + written * i128::from(output_percent);
        Some(rounded(total, 100 * MILLION, price.currency))
    }

    /// What one request with so much sound costs. Providers bill whole seconds, begun ones in
    /// full. `None` where the table does not know the model.
    pub fn speech(&self, model: &str, duration_ms: u64) -> Option<Money> {
        let price = find(&self.speech, model)?;
        let total = i128::from(duration_ms.div_ceil(1000)) * i128::from(price.per_minute);
        Some(rounded(total, 60, price.currency))
    }

    /// What one answer in real time costs; `None` where the table does not know the model.
    pub fn realtime(&self, model: &str, usage: &RealtimeUsage) -> Option<Money> {
        let price = find(&self.realtime, model)?;
        Some(rounded(price.total(usage), MILLION, price.currency))
    }
}

/// By name, else by the name without the date of a snapshot: `gpt-6-luna-2026-08-01`.
fn find<'t, T>(table: &'t BTreeMap<String, T>, model: &str) -> Option<&'t T> {
    table.get(model).or_else(|| table.get(undated(model)?))
}

fn undated(model: &str) -> Option<&str> {
    let at = model.len().checked_sub("-2026-08-01".len())?;
    let (name, date) = model.split_at_checked(at)?;
    let dated = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    dated.then_some(name)
}

/// Half up, for amounts that are never negative.
fn rounded(total: i128, divisor: i128, currency: Currency) -> Money {
    let micros = (total + divisor / 2) / divisor;
    Money::from_micros(currency, i64::try_from(micros).unwrap_or(i64::MAX))
}

fn amount(model: &str, field: &str, text: &str, currency: Currency) -> Result<i64, OpenAiError> {
    Money::from_str(&format!("{text}{currency:?}")).map(|money| money.micros).map_err(|_| {
        OpenAiError::Config(format!(
            "the price table: `{field}` of {model} is {text:?}; write a decimal such as \"0.0045\""
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn usage(prompt: u64, cached: u64, completion: u64) -> TokenUsage {
        TokenUsage { prompt, cached, completion }
    }

    #[test]
    fn tokens_are_counted_exactly_and_cached_ones_cheaper() {
        let table = PriceTable::embedded().unwrap();
        // 172 · 0.10 + 640 · 0.01 + 64 · 0.50 = 55.6 millionths
        assert_eq!(table.chat("gpt-6-luna", usage(812, 640, 64)).unwrap().micros, 56);
        assert_eq!(table.chat("gpt-6-luna", usage(1_000_000, 1_000_000, 0)).unwrap().amount(), "0.02");
        assert_eq!(table.chat("gpt-6-luna-2026-08-01", usage(100_000, 0, 0)).unwrap().amount(), "0.01");
    }

    #[test]
    fn a_very_long_prompt_costs_more() {
        let table = PriceTable::embedded().unwrap();
        let brief = table.chat("gpt-6-luna", usage(272_000, 0, 1000)).unwrap();
        let long = table.chat("gpt-6-luna", usage(272_001, 0, 1000)).unwrap();
        assert_eq!((brief.micros, long.micros), (27_700, 55_150));
    }

    #[test]
    fn in_real_time_text_and_sound_have_prices_of_their_own() {
        let table = PriceTable::embedded().unwrap();
        let usage = RealtimeUsage {
            text_in: 119,
            text_cached: 64,
            audio_in: 13,
            audio_cached: 0,
            text_out: 30,
            audio_out: 91,
        };
        // 55 · 4 + 64 · 0.40 + 13 · 32 + 30 · 24 + 91 · 64 = 7205.6 millionths
        assert_eq!(table.realtime("gpt-realtime-2.1", &usage).unwrap().micros, 7206);
        assert!(table.realtime("gpt-realtime-2.1-mini", &usage).unwrap().micros < 2500);
        assert_eq!(table.realtime("my-own", &usage), None);
    }

    #[test]
    fn sound_is_billed_by_begun_seconds() {
        let table = PriceTable::embedded().unwrap();
        assert_eq!(table.speech("gpt-transcribe", 59_001), table.speech("gpt-transcribe", 60_000));
        assert_eq!(table.speech("gpt-transcribe", 4210).unwrap().micros, 375);
        assert_eq!(table.speech("gpt-transcribe", 0).unwrap().micros, 0);
    }

    #[test]
    fn what_the_table_does_not_know_has_no_price() {
        let table = PriceTable::embedded().unwrap();
        assert_eq!(table.chat("my-local-model", usage(1, 0, 1)), None);
        assert_eq!(table.speech("я-2026-08-01", 1), None);
    }

    #[test]
    fn a_file_replaces_entries_by_name_and_may_bill_in_roubles() {
        let table = PriceTable::embedded()
            .unwrap()
            .with(
                "as_of = \"2027-01-15\"\n[[speech]]\nmodel = \"gpt-transcribe\"\ncurrency = \"RUB\"\n\
                 per_minute = \"1.20\"\n[[chat]]\nmodel = \"local\"\ninput = \"0\"\noutput = \"0\"\n",
            )
            .unwrap();
        assert_eq!(table.speech("gpt-transcribe", 30_000).unwrap().to_string(), "0.60 RUB");
        assert_eq!(table.chat("local", usage(9, 0, 9)).unwrap().micros, 0);
        assert!(table.chat("gpt-6-luna", usage(9, 0, 9)).is_some());
        assert_eq!(table.as_of(), "2027-01-15");
    }

    #[test]
    fn a_wrong_figure_is_named() {
        let text = "[[speech]]\nmodel = \"m\"\nper_minute = \"0,5 USD\"";
        let error = PriceTable::default().with(text).unwrap_err().to_string();
        assert!(error.contains("per_minute") && error.contains('m'), "{error}");
    }
}
