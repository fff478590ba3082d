//! A rubric out of a customer's words without a model: a sentence, a bullet or an item of an
//! enumeration is a criterion; its kind is guessed by its words. It gives a file to edit, no more.

use std::sync::LazyLock;

use regex::Regex;

use super::{Draft, DraftCriterion, DraftOption, MAX_CRITERIA, ProposedRubric, wishes, written};
use crate::rubric::RubricFinding;
use crate::text::words;
use crate::{AnalyzeError, RubricError};

/// «по шкале от 1 до 10», «0–5 баллов».
static SCALE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?:от\s+)?\b\d{1,2}\s*(?:до|[-–—])\s*(\d{1,2})\b").ok());

/// Makes a rubric to edit out of the text, by simple rules: no model, no cost, no rules in it.
///
/// # Errors
/// [`AnalyzeError::Rubric`] when the text is empty, too long, or asks nothing.
pub fn propose_rubric_offline(prompt_text: &str) -> Result<ProposedRubric, AnalyzeError> {
    let draft = draft(&wishes(prompt_text)?);
    let bad = |message: String| {
        AnalyzeError::Rubric(RubricError::Invalid(RubricFinding::error(None, "criteria", message)))
    };
    if draft.criteria.is_empty() {
        let message =
            "no question was found in the text; write one a line, for example «Назвал ли менеджер цену?»";
        return Err(bad(message.to_owned()));
    }
    written(draft, prompt_text).map_err(|mistakes| bad(mistakes.join("; ")))
}

/// The same as a model's answer, for tests: `message` holds the text between its marks.
#[cfg(feature = "testing")]
pub(in crate::llm) fn draft_of(message: &str) -> serde_json::Value {
    let inside = message.trim().trim_start_matches("<заказчик>").trim_end_matches("</заказчик>");
    let draft = draft(inside);
    let criteria: Vec<serde_json::Value> = draft
        .criteria
        .iter()
        .map(|criterion| {
            serde_json::json!({
                "advice": criterion.advice, "critical": criterion.critical, "evidence": criterion.evidence,
                "explanation": criterion.explanation, "key": criterion.key, "kind": criterion.kind,
                "options": criterion.options, "question": criterion.question,
                "scale_max": criterion.scale_max, "title": criterion.title,
                "weight": criterion.weight.unwrap_or_default(),
            })
        })
        .collect();
    serde_json::json!({
        "criteria": criteria, "description": draft.description, "notes": draft.notes, "title": draft.title,
    })
}

fn draft(text: &str) -> Draft {
    let scale = scale(text);
    let mut criteria: Vec<DraftCriterion> = Vec::new();
    for wish in wishes_of(text) {
        let next = criterion(&wish, scale);
        if criteria.len() < MAX_CRITERIA && criteria.iter().all(|known| known.title != next.title) {
            criteria.push(next);
        }
    }
    Draft {
        title: "Критерии заказчика".to_owned(),
        description: "Составлено по тексту заказчика без языковой модели.".to_owned(),
        criteria,
        notes: vec![
            "Виды критериев угаданы по словам, веса одинаковы: расставьте свои.".to_owned(),
            "Правил нет: такие критерии оценивает языковая модель.".to_owned(),
        ],
    }
}

/// The separate thoughts: lines, sentences, items of an enumeration.
fn wishes_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line
            .trim()
            .trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_digit() || "-*•–—+.)#".contains(c));
        for sentence in line.split_inclusive(['.', '?', '!', ';']) {
            let sentence = sentence.trim().trim_end_matches(['.', ';', '!', ':']).trim();
            let (head, items) = enumeration(sentence);
            if items.len() >= 2 {
                found.extend(items);
            } else {
                found.push(head);
            }
        }
    }
    found.retain(|wish| is_wish(wish));
    found
}

/// «Оцените: тон, возражения, этап» is three wishes.
fn enumeration(sentence: &str) -> (String, Vec<String>) {
    let whole = sentence.to_owned();
    let list = sentence.split_once(':').map_or(sentence, |(_, list)| list);
    let told = sentence.contains(':') || sentence.matches(',').count() >= 2;
    if !told || sentence.ends_with('?') {
        return (whole, Vec::new());
    }
    let items: Vec<String> = list
        .split([',', ';'])
        .flat_map(|item| item.split(" и "))
        .map(|item| item.trim().trim_start_matches("а также ").to_owned())
        .filter(|item| !item.is_empty())
        .collect();
    let short = items.iter().all(|item| words(item).len() <= 6);
    if short { (whole, items) } else { (whole, Vec::new()) }
}

/// Not a role, an order about the form, or a scrap.
fn is_wish(wish: &str) -> bool {
    const ORDERS: [&str; 14] = [
        "ты",
        "вы",
        "ответь",
        "ответьте",
        "отвечай",
        "отвечайте",
        "верни",
        "верните",
        "выведи",
        "выведите",
        "формат",
        "представь",
        "используй",
        "пиши",
    ];
    let words = words(wish);
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    let order = words.first().is_some_and(|first| ORDERS.contains(&first.as_str()));
    let scale = words.iter().any(|word| word.starts_with("шкал")) && words.len() <= 8;
    letters >= 3 && !order && !scale && !words.iter().any(|word| word == "json")
}

fn criterion(wish: &str, scale: f64) -> DraftCriterion {
    let words = words(wish);
    let has = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let kind = if has(&["сколько", "количеств"]) {
        "number"
    } else if words.len() <= 6 && has(&["тон", "настроен", "этап", "стади"]) {
        "choice"
    } else if has(&["темы", "темам", "какие", "перечисл", "список", "запросы", "причин"])
    {
        "list"
    } else if has(&["кратк", "резюм", "опиш", "итог", "вывод"]) {
        "text"
    } else if has(&[
        "груб",
        "нагруб",
        "хам",
        "оскорб",
        "угро",
        "жалоб",
        "нужен",
        "нужно",
        "перезвон",
        "обман",
    ]) {
        "flag"
    } else {
        "score"
    };
    let mut question = capital(wish);
    if !question.ends_with('?') {
        question.push('?');
    }
    DraftCriterion {
        key: title(&words),
        title: title(&words),
        kind: kind.to_owned(),
        question,
        explanation: String::new(),
        weight: Some(10.0),
        scale_max: (kind == "score").then_some(scale),
        evidence: Some(if matches!(kind, "score" | "flag") { "required" } else { "optional" }.to_owned()),
        critical: has(&["груб", "нагруб", "хам", "нахам", "оскорб", "недопустим"]),
        options: match kind {
            "choice" if has(&["этап", "стади"]) => stages(),
            "choice" => tones(),
            _ => Vec::new(),
        },
        advice: String::new(),
    }
}

fn stages() -> Vec<DraftOption> {
    [
        ("contact", "Контакт"),
        ("need", "Потребность"),
        ("offer", "Предложение"),
        ("payment", "Оплата"),
        ("after_sale", "После продажи"),
        ("refusal", "Отказ"),
    ]
    .into_iter()
    .map(|(key, title)| DraftOption { key: key.to_owned(), title: title.to_owned(), score: None })
    .collect()
}

fn tones() -> Vec<DraftOption> {
    [("negative", "Негативный", 0.0), ("neutral", "Нейтральный", 1.0), ("positive", "Позитивный", 2.0)]
        .into_iter()
        .map(|(key, title, score)| DraftOption {
            key: key.to_owned(),
            title: title.to_owned(),
            score: Some(score),
        })
        .collect()
}

/// Up to five words of the wish, without those that only ask.
fn title(words: &[String]) -> String {
    const ASKING: [&str; 24] = [
        "ли",
        "оцени",
        "оцените",
        "оценить",
        "определи",
        "определите",
        "проверь",
        "проверьте",
        "укажи",
        "укажите",
        "менеджер",
        "как",
        "насколько",
        "был",
        "была",
        "было",
        "были",
        "что",
        "какой",
        "какая",
        "какие",
        "хочу",
        "знать",
        "нужно",
    ];
    let told: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !ASKING.contains(word)).take(5).collect();
    let told = if told.is_empty() { words.iter().map(String::as_str).take(5).collect() } else { told };
    capital(&told.join(" "))
}

fn capital(text: &str) -> String {
    let mut letters = text.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The highest mark that the text names, 2 without one.
fn scale(text: &str) -> f64 {
    let lower = text.to_lowercase();
    let about = |stem: &str| lower.contains(stem);
    let named = SCALE.as_ref().filter(|_| about("балл") || about("шкал"));
    let top = named
        .and_then(|pattern| pattern.captures(&lower))
        .and_then(|found| found.get(1)?.as_str().parse::<f64>().ok());
    top.filter(|top| (1.0..=10.0).contains(top)).unwrap_or(2.0)
}
