//! The summary and the advice: Russian built from verdicts, particular to the call.
//!
//! Advice praises first, then names two points at most, the most valuable first: weight × what
//! was lost. It never blames: it says what was said, when, and what to say instead.

use domain::Speaker::{Client, Operator};
use domain::{Analysis, Criterion, CriterionResult, Evidence, Rubric, Value, Verdict};

use super::facts::{Facts, Kind};
use super::finding::is_lowered_by_manner;
use super::objections::CODES;
use super::scene::Scene;
use super::speech::{clock, plural, shorten};
use crate::view::Sentence;

/// Points of advice besides the praise.
const POINTS: usize = 2;

/// What happened, in two to four sentences.
pub(crate) fn summary(scene: &Scene<'_>, facts: &Facts, rubric: &Rubric, analysis: &Analysis) -> String {
    if scene.view.tokens.is_empty() {
        return "В разговоре нет распознанных слов: оценивать нечего.".to_owned();
    }
    let mut sentences = vec![opening(scene, facts)];
    sentences.extend(objections(facts));
    sentences.push(outcome(scene, facts, analysis));
    if facts.conduct.courtesy == 0 && !scene.view.assumed {
        sentences.push(match facts.conduct.worst().next() {
            Some(hit) => {
                format!("Тон менеджера резкий: «{}».", shorten(&scene.evidence(&hit.into()).quote, 80))
            }
            None => "Разговор напряжённый: клиент спорит и не получает помощи.".to_owned(),
        });
    }
    if analysis.total_score.is_none() {
        sentences.push(match too_short(scene, rubric) {
            Some(seconds) => format!("Разговор короче {seconds:.0}\u{a0}с: баллы за такие не ставятся."),
            None => "Оценить ни один критерий не удалось.".to_owned(),
        });
    } else if scene.view.assumed {
        sentences.push("Голоса в записи не разделены, поэтому оценки стоит проверить.".to_owned());
    }
    sentences.truncate(4);
    sentences.join(" ")
}

/// The least talk that the rubric asks for, s, where the call has less of it.
fn too_short(scene: &Scene<'_>, rubric: &Rubric) -> Option<f64> {
    let talk = scene.talk_s()?;
    rubric.criteria.iter().filter_map(|criterion| criterion.applies_to.min_talk_s).find(|least| talk < *least)
}

/// Who called and what for, in the client's words.
fn opening(scene: &Scene<'_>, facts: &Facts) -> String {
    let families: &[&str] = &["want", "service", "trouble", "ask_price", "buy", "complaint"];
    // a protest against the manner is no request
    let asks = |sentence: &Sentence| !scene.holds(&["hurt", "affront"], &sentence.tokens);
    let request = scene
        .sentences(Client)
        .filter(|(_, sentence)| asks(sentence))
        .find(|(_, sentence)| scene.holds(families, &sentence.tokens) && sentence.tokens.len() >= 2)
        .or_else(|| {
            scene.sentences(Client).find(|(_, sentence)| asks(sentence) && sentence.tokens.len() >= 4)
        })
        .map(|(_, sentence)| shorten(&scene.sentence_text(sentence), 90));
    if facts.outgoing {
        let offer = scene
            .sentences(Operator)
            .find(|(_, sentence)| {
                // «Есть пара минут?» asks for leave, it offers nothing
                let leave = sentence.question && scene.holds(&["cold_opening", "hold"], &sentence.tokens);
                scene.holds(&["propose", "cold_opening", "offer_weak"], &sentence.tokens)
                    && !leave
                    && sentence.tokens.len() >= 3
            })
            .map(|(_, sentence)| shorten(&scene.sentence_text(sentence), 90));
        return match offer {
            Some(offer) => format!("Менеджер позвонил клиенту: «{offer}»."),
            None => "Менеджер позвонил клиенту.".to_owned(),
        };
    }
    match (facts.kind, request) {
        (Kind::Sale, Some(request)) => format!("Клиент обратился с запросом: «{request}»."),
        (Kind::Support, Some(request)) => format!("Клиент обратился с вопросом: «{request}»."),
        (_, None) => "Свою задачу клиент не назвал.".to_owned(),
    }
}

fn objections(facts: &Facts) -> Option<String> {
    let mut titles: Vec<String> = Vec::new();
    for code in facts.objections.iter().flat_map(|objection| &objection.codes) {
        let title = format!("«{}»", CODES[*code].1.to_lowercase());
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let count = u32::try_from(facts.objections.len()).unwrap_or(u32::MAX);
    let answered = facts.objections.iter().filter(|objection| objection.answer >= 1.0).count();
    (!titles.is_empty()).then(|| {
        let word = plural(count, "Прозвучало возражение", "Прозвучали возражения", "Прозвучали возражения");
        let result = match answered {
            0 => "по существу на него не ответили",
            n if n == facts.objections.len() => "ответ был по существу",
            _ => "ответ был не на каждое",
        };
        format!("{word} {}: {result}.", titles.join(", "))
    })
}

fn outcome(scene: &Scene<'_>, facts: &Facts, analysis: &Analysis) -> String {
    if scene.by(Client, "no_call").next().is_some() {
        return "Клиент попросил больше не звонить.".to_owned();
    }
    if let Some(churn) = scene.by(Client, "churn").find(|hit| !hit.fuzzy) {
        return format!("Клиент готов уйти: «{}».", shorten(&scene.evidence(&churn.into()).quote, 80));
    }
    if facts.step.grade() == 2
        && let Some(quote) = facts.step.quotes.first()
    {
        return format!("Следующий шаг назначен: «{}».", shorten(&scene.evidence(quote).quote, 100));
    }
    if let Some(promise) = analysis.promises.first() {
        return format!("Менеджер обещал {} ({}).", promise.what, promise.due.words);
    }
    match facts.mood.grade {
        Some(2) => "Клиент получил ответ и попрощался доброжелательно.".to_owned(),
        Some(0) => "Вопрос не решён, клиент недоволен.".to_owned(),
        _ if facts.refused => "Клиент отказался, разговор завершён спокойно.".to_owned(),
        _ if facts.answered().is_some_and(|share| share >= 1.0) => {
            "Ответы клиент получил, следующий шаг не назначен.".to_owned()
        }
        _ => "Чем разговор продолжится, стороны не договорились.".to_owned(),
    }
}

/// What to do better: a praise and two points at most.
pub(crate) fn recommendations(
    scene: &Scene<'_>,
    facts: &Facts,
    rubric: &Rubric,
    results: &[CriterionResult],
) -> String {
    let mut lost: Vec<(f64, &CriterionResult, &Criterion)> = results
        .iter()
        .zip(&rubric.criteria)
        .filter(|(result, criterion)| !criterion.advice.is_empty() && !is_lowered_by_manner(&result.comment))
        .filter_map(|(result, criterion)| Some((loss(result)?, result, criterion)))
        .filter(|(loss, ..)| *loss > 0.0)
        .collect();
    // an even tone is no fault: its advice is for a client who is upset
    lost.retain(|(_, result, _)| {
        !(result.kind == domain::CriterionKind::Choice && result.verdict == Verdict::Partly)
    });
    lost.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points: Vec<String> = Vec::new();
    // praise beside a rude manner would sound like mockery
    if facts.conduct.courtesy > 0 {
        points.extend(praise(scene, results));
    }
    points.extend(lost.into_iter().take(POINTS).map(|(_, result, criterion)| point(result, criterion)));
    if points.is_empty() {
        return "Замечаний нет.".to_owned();
    }
    points.join("\n")
}

/// What a full verdict would have brought.
fn loss(result: &CriterionResult) -> Option<f64> {
    match (result.verdict, &result.value) {
        (Verdict::Met, Some(Value::Flag(true))) if result.critical => Some(1000.0),
        (Verdict::NotMet | Verdict::Partly, _) => {
            let max = result.max_score.filter(|max| *max > 0.0)?;
            Some(result.weight * (1.0 - result.score? / max))
        }
        _ => None,
    }
}

/// The heaviest success with words to show.
fn praise(scene: &Scene<'_>, results: &[CriterionResult]) -> Option<String> {
    if scene.view.assumed {
        return None;
    }
    let best = results
        .iter()
        .filter(|result| result.verdict == Verdict::Met && result.weight > 0.0)
        .filter(|result| result.evidence.iter().any(|quote| quote.speaker == domain::Speaker::Operator))
        .max_by(|a, b| a.weight.total_cmp(&b.weight))?;
    let quote = best.evidence.iter().find(|quote| quote.speaker == domain::Speaker::Operator)?;
    Some(format!("Удачно{}: «{}» ({}).", at(quote), shorten(&quote.quote, 100), best.title.to_lowercase()))
}

fn point(result: &CriterionResult, criterion: &Criterion) -> String {
    let advice = criterion.advice.trim().trim_end_matches('.');
    let Some(quote) = result.evidence.iter().find(|quote| quote.verified) else {
        return format!("{}: {advice}.", result.title);
    };
    let whose = if quote.speaker == domain::Speaker::Client {
        "на слова клиента"
    } else {
        "прозвучало"
    };
    format!("{}{}: {whose} «{}» — {advice}.", result.title, at(quote), shorten(&quote.quote, 90))
}

fn at(quote: &Evidence) -> String {
    quote.start_ms.map(|ms| format!(" ({})", clock(ms))).unwrap_or_default()
}
