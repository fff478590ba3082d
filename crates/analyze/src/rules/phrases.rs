//! The forms of a rule that a customer writes: phrases with place and answer, codes, figures.

use domain::{Criterion, CriterionKind, Speaker};

use super::finding::{Finding, Grade};
use super::scene::{Quote, Scene};
use crate::phrase::Hit;
use crate::rubric::rule::{Measure, Rule, Within};

/// A list names at most so many titles.
const MOST_TITLES: usize = 5;

/// Judges by the rule.
pub(crate) fn judge(scene: &Scene<'_>, criterion: &Criterion, rule: &Rule) -> Finding {
    if !rule.when.is_empty() && hits(scene, &rule.when).is_empty() {
        return Finding::not_applicable("Повода для этого критерия в разговоре не было.");
    }
    if let Some(measure) = rule.measure {
        return measured(scene, criterion, rule, measure);
    }
    match criterion.kind {
        CriterionKind::Choice => choice(scene, rule),
        CriterionKind::List => list(scene, rule),
        CriterionKind::Flag => flag(scene, rule),
        CriterionKind::Text => text(scene, rule),
        CriterionKind::Number => number(scene, rule),
        CriterionKind::Score => score(scene, rule),
    }
}

fn score(scene: &Scene<'_>, rule: &Rule) -> Finding {
    let place = rule.within.as_deref().and_then(Within::parse).unwrap_or(Within::Whole);
    match matches(scene, rule) {
        Found::Vetoed(hits) => {
            Finding::share(0.0, "Сказано то, чего правило не допускает.").quoting(quotes(&hits))
        }
        Found::Said(hits) => Finding::share(1.0, "Нужные слова прозвучали.").quoting(quotes(&hits)),
        Found::Nothing => {
            let partly = rule.partly.as_deref().map(|partly| matches(scene, partly));
            if let Some(Found::Said(hits)) = partly {
                return Finding::share(0.5, "Прозвучала только часть нужного.").quoting(quotes(&hits));
            }
            Finding::share(0.0, "Нужных слов в разговоре нет.").heard_in(scene, span(place))
        }
    }
}

fn flag(scene: &Scene<'_>, rule: &Rule) -> Finding {
    match matches(scene, rule) {
        Found::Said(hits) => {
            Finding::new(Grade::Raised(true), "Прозвучали слова из правила.").quoting(quotes(&hits))
        }
        _ => Finding::new(Grade::Raised(false), "Слов из правила в разговоре нет."),
    }
}

fn text(scene: &Scene<'_>, rule: &Rule) -> Finding {
    match matches(scene, rule) {
        Found::Said(hits) => {
            let quote = hits.first().map(|hit| scene.evidence(&Quote::from(*hit)).quote).unwrap_or_default();
            Finding::new(Grade::Text(quote), "Слова из разговора.").quoting(quotes(&hits))
        }
        _ => Finding::share(0.0, "Нужных слов в разговоре нет."),
    }
}

fn number(scene: &Scene<'_>, rule: &Rule) -> Finding {
    match matches(scene, rule) {
        Found::Said(hits) => {
            let count = u32::try_from(hits.len()).map_or(f64::from(u32::MAX), f64::from);
            Finding::new(Grade::Number(count), "Сколько раз прозвучали слова из правила.")
                .quoting(quotes(&hits))
        }
        _ => Finding::new(Grade::Number(0.0), "Слов из правила в разговоре нет."),
    }
}

/// The option whose phrases are heard most; of equals the one heard last.
fn choice(scene: &Scene<'_>, rule: &Rule) -> Finding {
    let best = rule
        .codes
        .iter()
        .map(|(key, phrases)| (key, placed(scene, rule, phrases)))
        .filter(|(_, hits)| !hits.is_empty())
        .max_by_key(|(_, hits)| (hits.len(), hits.last().map(|hit| hit.first)));
    match best {
        Some((key, hits)) => {
            Finding::new(Grade::Choice(key.clone()), "Выбрано по словам разговора.").quoting(quotes(&hits))
        }
        None => Finding::cannot_tell("По словам разговора выбрать нельзя."),
    }
}

fn list(scene: &Scene<'_>, rule: &Rule) -> Finding {
    let mut found: Vec<(&String, Vec<Hit>)> = rule
        .codes
        .iter()
        .map(|(title, phrases)| (title, placed(scene, rule, phrases)))
        .filter(|(_, hits)| !hits.is_empty())
        .collect();
    found.sort_by_key(|(_, hits)| (std::cmp::Reverse(hits.len()), hits.first().map(|hit| hit.first)));
    found.truncate(MOST_TITLES);
    let titles: Vec<String> = found.iter().map(|(title, _)| (*title).clone()).collect();
    let comment = if titles.is_empty() {
        String::from("Ничего из списка не названо.")
    } else {
        format!("Названо: {}.", titles.join(", ").to_lowercase())
    };
    let firsts: Vec<Quote> =
        found.iter().filter_map(|(_, hits)| hits.first()).map(|hit| Quote::from(*hit)).collect();
    Finding::new(Grade::List(titles), comment).quoting(firsts)
}

enum Found {
    Said(Vec<Hit>),
    Vetoed(Vec<Hit>),
    Nothing,
}

fn quotes(hits: &[Hit]) -> impl Iterator<Item = Quote> + '_ {
    hits.iter().take(3).map(|hit| Quote::from(*hit))
}

/// Hits of phrases and `@families`, by anyone, in order.
fn hits(scene: &Scene<'_>, phrases: &[String]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = phrases
        .iter()
        .flat_map(|phrase| scene.said(phrase.strip_prefix('@').unwrap_or(phrase)).collect::<Vec<_>>())
        .collect();
    hits.sort_by_key(|hit| hit.first);
    hits.dedup_by_key(|hit| hit.first);
    hits
}

/// The same by the rule's speaker, in the rule's place.
fn placed(scene: &Scene<'_>, rule: &Rule, phrases: &[String]) -> Vec<Hit> {
    let within = rule.within.as_deref().and_then(Within::parse).unwrap_or(Within::Whole);
    let mut found = hits(scene, phrases);
    found.retain(|hit| rule.speaker.admits(scene.speaker(hit.turn)) && scene.is_within(hit.turn, within));
    found
}

fn matches(scene: &Scene<'_>, rule: &Rule) -> Found {
    let veto = placed(scene, rule, &rule.none);
    if !veto.is_empty() {
        return Found::Vetoed(veto);
    }
    let mut found = if rule.any.is_empty() { Vec::new() } else { placed(scene, rule, &rule.any) };
    for phrase in &rule.all {
        let each = placed(scene, rule, std::slice::from_ref(phrase));
        if each.is_empty() {
            return Found::Nothing;
        }
        found.extend(each);
    }
    if let Some(before) = hits(scene, &rule.before).first() {
        found.retain(|hit| hit.first < before.first);
    }
    if !rule.after.is_empty() {
        let after = hits(scene, &rule.after).first().map_or(usize::MAX, |hit| hit.first);
        found.retain(|hit| hit.first > after);
    }
    if let Some(then) = &rule.then {
        let answers = hits(scene, &then.any);
        let turns = then.turns.unwrap_or(2);
        found.retain(|hit| {
            answers.iter().any(|answer| {
                let other = scene.speaker(answer.turn) != scene.speaker(hit.turn)
                    || scene.speaker(hit.turn) == Speaker::Unknown;
                other
                    && then.speaker.admits(scene.speaker(answer.turn))
                    && answer.turn > hit.turn
                    && answer.turn - hit.turn <= turns
            })
        });
    }
    let least = usize::try_from(rule.min.unwrap_or(1)).unwrap_or(1).max(1);
    if found.len() < least { Found::Nothing } else { Found::Said(found) }
}

/// The stretch of the call that a place means, 0–1.
const fn span(within: Within) -> (f64, f64) {
    match within {
        Within::Whole => (0.0, 1.0),
        Within::FirstTurns(_) => (0.0, 0.25),
        Within::LastTurns(_) => (0.75, 1.0),
        Within::FirstShare(share) => (0.0, share),
        Within::LastShare(share) => (1.0 - share, 1.0),
    }
}

fn measured(scene: &Scene<'_>, criterion: &Criterion, rule: &Rule, measure: Measure) -> Finding {
    let Some(value) = figure(scene, measure) else {
        return Finding::cannot_tell("Этот показатель измеряется по звуку, где голоса разделены.");
    };
    let shown = format!("{value:.1}").replace('.', ",").trim_end_matches(",0").to_owned();
    if criterion.kind == CriterionKind::Number {
        return Finding::new(Grade::Number(value), format!("Измерено по звуку: {shown}."));
    }
    let most = rule.at_most.unwrap_or(f64::MAX);
    let share = if value <= most {
        1.0
    } else if rule.partly_at_most.is_some_and(|most| value <= most) {
        0.5
    } else {
        0.0
    };
    if criterion.kind == CriterionKind::Flag {
        return Finding::new(Grade::Raised(value > most), format!("Измерено по звуку: {shown}."));
    }
    Finding::share(share, format!("Измерено по звуку: {shown}."))
}

fn figure(scene: &Scene<'_>, measure: Measure) -> Option<f64> {
    let metrics = scene.transcript.metrics.as_ref()?;
    let seconds = |ms: u64| u32::try_from(ms).map_or(f64::from(u32::MAX), f64::from) / 1000.0;
    match measure {
        Measure::OperatorInterruptions => metrics.operator_interruptions.map(f64::from),
        Measure::ClientInterruptions => metrics.client_interruptions.map(f64::from),
        Measure::DeadAirS => Some(seconds(metrics.dead_air_ms)),
        Measure::OperatorSharePercent => metrics.operator_share.map(|share| share * 100.0),
        Measure::ReactionS => metrics.reaction_ms.map(seconds),
        Measure::LongestMonologueS => metrics.longest_monologue_ms.map(seconds),
        Measure::OperatorWpm => metrics.operator_wpm,
    }
}
