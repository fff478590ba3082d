//! How people talked, how much of it was understood, and what it cost.

use domain::{ChannelLayout, OperatorChannel};
use pipeline::CallReport;

use crate::Web;
use crate::pages::words::Words;

/// A line «что — сколько, примечание».
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) note: String,
    /// Below what is usual.
    pub(crate) warn: bool,
}

impl Fact {
    pub(super) fn new(name: String, value: String) -> Self {
        Self { name, value, note: String::new(), warn: false }
    }

    pub(super) fn note(self, note: String) -> Self {
        Self { note, ..self }
    }
}

/// The bar of who spoke, in percent of the length: x and width.
pub(crate) struct Share {
    pub(crate) operator: String,
    pub(crate) client_x: String,
    pub(crate) client: String,
    pub(crate) words: String,
}

/// What is usual for the operator's share of speech (`norm 40–60`).
const NORM: std::ops::RangeInclusive<f64> = 0.35..=0.65;

#[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
pub(super) fn talking(t: &Words, report: &CallReport) -> (Option<Share>, Vec<Fact>) {
    let Some(metrics) = report.transcript.as_ref().and_then(|transcript| transcript.metrics.as_ref()) else {
        return (None, Vec::new());
    };
    let length = report.recording.as_ref().map_or(0, |recording| recording.survey.duration_ms).max(1) as f64;
    let mut facts = Vec::new();
    if let Some(share) = metrics.operator_share {
        let mut fact = Fact::new(t.say("fact-operator"), t.percent(share)).note(t.say("fact-operator-norm"));
        fact.warn = !NORM.contains(&share);
        facts.push(fact);
    }
    if let Some(wpm) = metrics.operator_wpm {
        facts.push(Fact::new(t.say("fact-pace"), t.put("fact-pace-value", "words", t.points(wpm.round()))));
    }
    if let Some(reaction) = metrics.reaction_ms {
        let seconds = domain::wording::seconds(t.lang, reaction as f64 / 1000.0);
        facts.push(Fact::new(t.say("fact-reaction"), seconds));
    }
    if let Some(longest) = metrics.longest_monologue_ms {
        facts.push(Fact::new(t.say("fact-monologue"), t.clock(longest)));
    }
    if let (Some(operator), Some(client)) = (metrics.operator_interruptions, metrics.client_interruptions) {
        let note = t.put2("fact-interruptions-note", ("operator", operator), ("client", client));
        let fact = Fact::new(t.say("fact-interruptions"), (operator + client).to_string());
        facts.push(if operator + client > 0 { fact.note(note) } else { fact });
    }
    let dead = t.percent(metrics.dead_air_ms as f64 / length);
    facts.push(Fact::new(t.say("fact-silence"), t.clock(metrics.dead_air_ms)).note(dead));
    let share = metrics.operator_speech_ms.zip(metrics.client_speech_ms).map(|(operator, client)| {
        // both may speak at once: the bar is of speech and silence, not of time
        let silent = (length - operator as f64 - client as f64).max(0.0);
        let whole = operator as f64 + client as f64 + silent;
        let part = |ms: u64| ms as f64 * 100.0 / whole.max(1.0);
        Share {
            operator: format!("{:.1}", (part(operator) - 0.5).max(0.0)),
            client_x: format!("{:.1}", part(operator)),
            client: format!("{:.1}", (part(client) - 0.5).max(0.0)),
            words: t.put2(
                "fact-share-words",
                ("operator", t.percent(part(operator) / 100.0)),
                ("client", t.percent(part(client) / 100.0)),
            ),
        }
    });
    (share, facts)
}

pub(super) fn whole(t: &Words, web: &Web, report: &CallReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(coverage) = report.transcript.as_ref().and_then(|transcript| transcript.coverage.as_ref()) {
        let note = t.put2(
            "fact-of",
            ("part", t.clock(coverage.covered_ms.min(coverage.speech_ms))),
            ("whole", t.clock(coverage.speech_ms)),
        );
        let mut fact = Fact::new(t.say("fact-coverage"), t.percent(coverage.share())).note(note);
        fact.warn = coverage.incomplete;
        facts.push(fact);
    }
    if let Some(recording) = &report.recording {
        let layout = match recording.survey.layout {
            ChannelLayout::Mono => Fact::new(t.say("fact-tracks"), t.say("fact-mono")),
            ChannelLayout::DualMono => {
                Fact::new(t.say("fact-tracks"), t.say("fact-dual")).note(t.say("fact-dual-note"))
            }
            ChannelLayout::Stereo => {
                Fact::new(t.say("fact-tracks"), t.say("fact-stereo")).note(match web.config().operator {
                    OperatorChannel::Left => t.say("fact-operator-left"),
                    OperatorChannel::Right => t.say("fact-operator-right"),
                })
            }
        };
        facts.push(layout);
    }
    let paid = |item: &str| {
        let cost = report.cost.as_ref()?;
        let mut items = cost.items.iter().filter(|one| one.item == item);
        let first = items.next()?.amount;
        let micros = items.filter(|one| one.amount.currency == first.currency).map(|one| one.amount.micros);
        Some(domain::Money { micros: first.micros + micros.sum::<i64>(), ..first })
    };
    let price = |item: &str| paid(item).map_or_else(|| t.say("fact-free"), |money| t.money(money));
    if let Some(transcript) = &report.transcript {
        facts.push(Fact::new(t.say("fact-speech"), price("speech")).note(transcript.engine.to_string()));
    }
    if let Some(analysis) = &report.analysis {
        let engine = if analysis.engine == "rules" { t.say("fact-rules") } else { analysis.engine.clone() };
        facts.push(Fact::new(t.say("fact-analysis"), price("analysis")).note(engine));
    }
    if let Some(cost) = &report.cost {
        facts.push(Fact::new(t.say("fact-total"), t.money(cost.total)));
    }
    facts
}
