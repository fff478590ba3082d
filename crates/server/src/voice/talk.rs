//! One AI call as the page shows it: lines with their times, how long each step took, money, limits.

use chrono::{DateTime, Utc};
use domain::{Lang, Money, wording};
use voice_agent::{AnswerSource, DialogMode, Dialogue, Ending, Persona, Turn};

use super::live::ended;
use crate::pages::Words;

/// A pause before an answer that people notice, ms.
const SLOW_MS: u64 = 1_800;
/// The longest bar stands for this, ms.
const WHOLE_BAR_MS: u64 = 3_000;

/// A call.
pub(super) struct Talk {
    pub(super) id: String,
    pub(super) phone: String,
    /// «Запись на замер · исходящий · по репликам».
    pub(super) about: String,
    /// Why it ended; nothing while it goes.
    pub(super) ended: Option<String>,
    pub(super) clock: String,
    pub(super) clock_note: String,
    /// The middle latency, or a dash.
    pub(super) latency: String,
    pub(super) latency_note: String,
    pub(super) money: String,
    pub(super) money_note: String,
    pub(super) turns: String,
    pub(super) turns_note: String,
    pub(super) lines: Vec<Line>,
}

/// What one of them said.
pub(super) struct Line {
    pub(super) at: String,
    pub(super) robot: bool,
    pub(super) text: String,
    pub(super) steps: Option<Steps>,
    /// More is being written.
    pub(super) unfinished: bool,
}

/// How long the steps of an answer took, as parts of a bar of 100.
pub(super) struct Steps {
    pub(super) hearing: String,
    pub(super) thinking: String,
    pub(super) thinking_at: String,
    pub(super) said: String,
    pub(super) slow: bool,
}

impl Talk {
    pub(super) fn of(
        t: &Words,
        dialogue: &Dialogue,
        persona: Option<&Persona>,
        now: DateTime<Utc>,
        rub_micros_per_usd: i64,
    ) -> Self {
        let since = dialogue.answered_at.unwrap_or(dialogue.started_at);
        let until = dialogue.ended_at.unwrap_or(now);
        let mut delays: Vec<u64> = dialogue.turns.iter().filter_map(Turn::delay_ms).collect();
        delays.sort_unstable();
        let middle = delays.get(delays.len() / 2).copied();
        let limits = persona.map(|persona| persona.limits.clone()).unwrap_or_default();
        let answered = dialogue.turns.iter().filter(|turn| turn.number > 0).count();
        Self {
            id: dialogue.call.to_string(),
            phone: phone(t, dialogue),
            about: about(t, dialogue, persona),
            ended: ended(t, dialogue),
            clock: t.clock((until - since).num_milliseconds().max(0)),
            clock_note: t.put("live-limit", "limit", t.clock(u64::from(limits.minutes) * 60_000)),
            latency: middle.map_or_else(|| "—".to_owned(), |ms| seconds(t.lang, ms)),
            latency_note: delays
                .last()
                .map(|worst| t.put("live-worst", "time", seconds(t.lang, *worst)))
                .unwrap_or_default(),
            money: t.money(spent(dialogue, rub_micros_per_usd)),
            money_note: limits
                .money
                .map(|most| t.put("live-limit", "limit", t.money(most)))
                .unwrap_or_default(),
            turns: answered.to_string(),
            turns_note: t.put("live-limit", "limit", limits.turns),
            lines: dialogue.turns.iter().flat_map(|turn| lines(t, turn)).collect(),
        }
    }
}

fn about(t: &Words, dialogue: &Dialogue, persona: Option<&Persona>) -> String {
    let title = persona.map_or(dialogue.persona.as_str(), |persona| persona.title.as_str());
    let way = t.say(if dialogue.incoming { "live-incoming" } else { "live-outgoing" });
    let mode = t.say(match dialogue.mode {
        DialogMode::Turns => "live-by-turns",
        DialogMode::Realtime => "live-in-real-time",
    });
    let place = if dialogue.source.as_str() == "simulated" {
        format!(" · {}", t.say("live-simulated"))
    } else {
        String::new()
    };
    format!("{title} · {way} · {mode}{place}")
}

/// The client, as people read numbers.
pub(super) fn phone(t: &Words, dialogue: &Dialogue) -> String {
    dialogue.phone.as_ref().map_or_else(|| t.say("live-no-number"), domain::PhoneNumber::pretty)
}

/// The key of an ending's words.
pub(super) const fn ending(why: Ending) -> &'static str {
    match why {
        Ending::Goodbye => "live-end-goodbye",
        Ending::ClientHungUp => "live-end-client",
        Ending::Stopped => "live-end-stopped",
        Ending::Transferred => "live-end-transferred",
        Ending::Machine => "live-end-machine",
        Ending::Silence => "live-end-silence",
        Ending::NeverAgain => "live-end-never",
        Ending::Limit => "live-end-limit",
        Ending::NotAnswered => "live-end-unanswered",
        Ending::Failed => "live-end-failed",
    }
}

fn spent(dialogue: &Dialogue, rub_micros_per_usd: i64) -> Money {
    let currency = dialogue.cost.first().map_or(domain::Currency::RUB, |paid| paid.amount.currency);
    let sums = dialogue.cost.iter().map(|paid| paid.amount.convert(currency, rub_micros_per_usd).micros);
    Money { currency, micros: sums.fold(0, i64::saturating_add) }
}

/// A delay, as people read it.
pub(crate) fn seconds(lang: Lang, ms: u64) -> String {
    if ms < 100 {
        return format!("{ms}{}{}", wording::NO_BREAK, lang.pick("мс", "ms"));
    }
    #[expect(clippy::cast_precision_loss, reason = "a turn takes seconds")]
    wording::seconds(lang, ms as f64 / 1000.0)
}

fn lines(t: &Words, turn: &Turn) -> Vec<Line> {
    let at = |span: Option<voice_agent::Span>| span.map(|span| t.clock(span.start_ms)).unwrap_or_default();
    let mut lines = Vec::with_capacity(2);
    if let Some(words) = turn.heard.as_ref().filter(|words| !words.is_empty()) {
        lines.push(Line {
            at: at(turn.heard_span),
            robot: false,
            text: words.clone(),
            steps: None,
            unfinished: false,
        });
    }
    let text = turn.words();
    if !text.is_empty() {
        lines.push(Line {
            at: at(turn.said_span),
            robot: true,
            text,
            steps: turn.delay_ms().map(|ms| steps(t, turn, ms)),
            unfinished: turn.unfinished,
        });
    }
    lines
}

fn steps(t: &Words, turn: &Turn, total: u64) -> Steps {
    let hearing = turn.timings.download_ms + turn.timings.speech_ms;
    let thinking = total.saturating_sub(hearing);
    let note = match turn.source {
        AnswerSource::Fixed => Some("live-from-fixed"),
        AnswerSource::Faq => Some("live-from-faq"),
        AnswerSource::Cache => Some("live-from-cache"),
        AnswerSource::Apology => Some("live-from-apology"),
        AnswerSource::Model => None,
    };
    let time = seconds(t.lang, total);
    Steps {
        hearing: part(hearing),
        thinking: part(thinking),
        thinking_at: part(hearing),
        said: note.map_or_else(|| time.clone(), |key| format!("{time} · {}", t.say(key))),
        slow: total > SLOW_MS,
    }
}

/// Of a bar of 100.
fn part(ms: u64) -> String {
    (ms.min(WHOLE_BAR_MS) * 100 / WHOLE_BAR_MS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_words_of_its_own() {
        let all = [
            Ending::Goodbye,
            Ending::ClientHungUp,
            Ending::Stopped,
            Ending::Transferred,
            Ending::Machine,
            Ending::Silence,
            Ending::NeverAgain,
            Ending::Limit,
            Ending::NotAnswered,
            Ending::Failed,
        ];
        for lang in [Lang::Ru, Lang::En] {
            let t = Words::new(lang, chrono_tz::Europe::Moscow, DateTime::UNIX_EPOCH);
            let words: std::collections::BTreeSet<_> = all.iter().map(|why| t.say(ending(*why))).collect();
            assert_eq!(words.len(), all.len(), "{words:?}");
        }
    }
}
