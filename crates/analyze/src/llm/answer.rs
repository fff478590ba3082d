//! The model's answer, read with distrust: the shape is checked here whatever the server promised.
//!
//! Every mistake is named, so that one repair turn can mend all of them. What has one meaning only
//! is accepted as it is meant (a title instead of an option's key, `2.0` for `2`).

use std::collections::BTreeMap;

use domain::{Criterion, CriterionKind, Rubric, Speaker, Verdict};
use serde_json::{Map, Value};

use super::mask::clean;
use crate::rules::Grade;

/// Mistakes that are told; after twenty a model has not understood at all.
const MAX_MISTAKES: usize = 20;
/// Letters of a comment, of the summary, of the advice; more is cut.
const COMMENT: usize = 600;
const SUMMARY: usize = 1500;
const ADVICE: usize = 2000;
/// Items of a list, quotes of a criterion, promises.
const ITEMS: usize = 20;
const QUOTES: usize = 4;
const PROMISES: usize = 20;

/// What a quote claims.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    pub(super) quote: String,
    /// Index of the segment.
    pub(super) segment: Option<usize>,
    pub(super) speaker: Speaker,
}

/// A judged criterion, before its proof is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) grade: Grade,
    /// Of kinds whose grade does not tell: a text that was not found.
    pub(super) verdict: Verdict,
    /// The verdict and the points say opposite things.
    pub(super) contradicts: bool,
    pub(super) comment: String,
    pub(super) claims: Vec<Claim>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Promised {
    pub(super) what: String,
    pub(super) due: String,
    pub(super) claim: Claim,
}

/// An answer that fits the rubric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) criteria: BTreeMap<String, Judged>,
    pub(super) summary: String,
    pub(super) recommendations: String,
    pub(super) promises: Vec<Promised>,
}

/// Reads an answer, or tells everything that is wrong with it.
pub(super) fn read(content: &str, rubric: &Rubric) -> Result<Answer, Vec<String>> {
    let value: Value = serde_json::from_str(content.trim())
        .map_err(|error| vec![format!("это не JSON: {error}; нужен один объект JSON без текста вокруг")])?;
    let Some(root) = value.as_object() else {
        return Err(vec!["нужен один объект JSON".to_owned()]);
    };
    let mut reader = Reader::default();
    let mut criteria = BTreeMap::new();
    match root.get("criteria").and_then(Value::as_object) {
        None => reader.mistake("", "нет объекта criteria"),
        Some(given) => {
            for key in given.keys().filter(|key| rubric.criteria.iter().all(|known| known.key != **key)) {
                reader.mistake(key, "такого критерия нет, уберите его");
            }
            for criterion in &rubric.criteria {
                if let Some(judged) = reader.criterion(criterion, given.get(&criterion.key)) {
                    criteria.insert(criterion.key.clone(), judged);
                }
            }
        }
    }
    let summary = reader.words(root, "summary", SUMMARY);
    let recommendations = reader.words(root, "recommendations", ADVICE);
    let promises = match root.get("promises") {
        Some(Value::Array(list)) => list.iter().take(PROMISES).filter_map(promised).collect(),
        Some(Value::Null) => Vec::new(),
        _ => {
            reader.mistake("promises", "нужен список, хотя бы пустой");
            Vec::new()
        }
    };
    if reader.mistakes.is_empty() {
        Ok(Answer { criteria, summary, recommendations, promises })
    } else {
        reader.mistakes.truncate(MAX_MISTAKES);
        Err(reader.mistakes)
    }
}

#[derive(Default)]
struct Reader {
    mistakes: Vec<String>,
}

impl Reader {
    fn mistake(&mut self, place: &str, what: &str) {
        let place: String = place.chars().take(64).collect();
        self.mistakes.push(if place.is_empty() { what.to_owned() } else { format!("{place}: {what}") });
    }

    fn words(&mut self, root: &Map<String, Value>, name: &str, most: usize) -> String {
        if let Some(Value::String(text)) = root.get(name) {
            return paragraph(text, most);
        }
        self.mistake(name, "нужна строка");
        String::new()
    }

    fn criterion(&mut self, criterion: &Criterion, given: Option<&Value>) -> Option<Judged> {
        let key = criterion.key.as_str();
        let Some(given) = given.and_then(Value::as_object) else {
            self.mistake(key, "нет ответа по этому критерию");
            return None;
        };
        let Some(verdict) = given.get("verdict").and_then(Value::as_str).and_then(verdict) else {
            self.mistake(key, "verdict — одно из: met, partly, not_met, not_applicable, cannot_tell");
            return None;
        };
        let claims = match given.get("evidence") {
            Some(Value::Array(list)) => list.iter().filter_map(claim).take(QUOTES).collect(),
            Some(Value::Null) => Vec::new(),
            _ => {
                self.mistake(key, "evidence — список цитат, хотя бы пустой");
                Vec::new()
            }
        };
        let comment = self.words(given, "comment", COMMENT);
        let name = if criterion.kind == CriterionKind::Score { "score" } else { "value" };
        let value = given.get(name).unwrap_or(&Value::Null);
        match grade(criterion, verdict, value) {
            Ok(grade) => {
                let graded = grade.on(criterion).0;
                let contradicts = matches!(
                    (verdict, graded),
                    (Verdict::Met, Verdict::NotMet) | (Verdict::NotMet, Verdict::Met)
                );
                Some(Judged { grade, verdict, contradicts, comment, claims })
            }
            Err(what) => {
                self.mistake(key, &what);
                None
            }
        }
    }
}

fn grade(criterion: &Criterion, verdict: Verdict, value: &Value) -> Result<Grade, String> {
    match verdict {
        Verdict::NotApplicable => return Ok(Grade::NotApplicable),
        Verdict::CannotTell => return Ok(Grade::CannotTell),
        _ => {}
    }
    let absent = verdict == Verdict::NotMet;
    match criterion.kind {
        CriterionKind::Score => {
            let [low, high] = criterion.scale;
            let wrong = || format!("score — число от {low} до {high}");
            let score = value.as_f64().ok_or_else(wrong)?;
            // written so that NaN is refused too
            if !(low..=high).contains(&score) {
                return Err(wrong());
            }
            Ok(Grade::Share((score - low) / (high - low)))
        }
        CriterionKind::Flag => match value {
            Value::Bool(raised) => Ok(Grade::Raised(*raised)),
            Value::Null => Ok(Grade::Raised(!absent)),
            _ => Err("value — true или false".to_owned()),
        },
        CriterionKind::Choice => {
            let given = value.as_str().unwrap_or_default().trim();
            let same = |option: &&domain::ChoiceOption| {
                option.key == given || option.title.to_lowercase() == given.to_lowercase()
            };
            criterion.options.iter().find(same).map(|option| Grade::Choice(option.key.clone())).ok_or_else(
                || {
                    let keys: Vec<&str> =
                        criterion.options.iter().map(|option| option.key.as_str()).collect();
                    format!("value — один ключ из: {}", keys.join(", "))
                },
            )
        }
        CriterionKind::List => match value {
            Value::Null if absent => Ok(Grade::List(Vec::new())),
            Value::Array(list) if list.iter().all(Value::is_string) => {
                let items = list.iter().filter_map(Value::as_str).map(|item| paragraph(item, COMMENT));
                Ok(Grade::List(items.filter(|item| !item.is_empty()).take(ITEMS).collect()))
            }
            _ => Err("value — список строк".to_owned()),
        },
        CriterionKind::Text => match value {
            Value::String(text) => Ok(Grade::Text(paragraph(text, COMMENT))),
            Value::Null if absent => Ok(Grade::Text(String::new())),
            _ => Err("value — строка".to_owned()),
        },
        CriterionKind::Number => match value.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Ok(Grade::Number(number)),
            None if absent && value.is_null() => Ok(Grade::Number(0.0)),
            None => Err("value — число".to_owned()),
        },
    }
}

fn verdict(text: &str) -> Option<Verdict> {
    [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell]
        .into_iter()
        .find(|verdict| verdict.as_str() == text)
}

/// A quote; one that has no words says nothing and is passed over.
fn claim(value: &Value) -> Option<Claim> {
    let quote = value.get("quote")?.as_str()?.trim();
    let speaker = match value.get("speaker").and_then(Value::as_str) {
        Some("operator") => Speaker::Operator,
        Some("client") => Speaker::Client,
        _ => Speaker::Unknown,
    };
    let number = value.get("segment").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let segment = number.and_then(|number| number.checked_sub(1));
    quote.chars().any(char::is_alphanumeric).then(|| Claim { quote: quote.to_owned(), segment, speaker })
}

fn promised(value: &Value) -> Option<Promised> {
    let claim = Claim { speaker: Speaker::Operator, ..claim(value)? };
    let what = paragraph(value.get("what")?.as_str()?, COMMENT);
    let due = paragraph(value.get("due").and_then(Value::as_str).unwrap_or_default(), COMMENT);
    (!what.is_empty()).then_some(Promised { what, due, claim })
}

/// Text for people: marks kept, invisible letters gone, lines kept, cut where it is too long.
fn paragraph(text: &str, most: usize) -> String {
    // the brackets of our own marks must outlive the cleaning
    let shielded = text.replace('[', "\u{e000}").replace(']', "\u{e001}");
    let lines: Vec<String> = shielded.lines().map(clean).filter(|line| !line.is_empty()).collect();
    let cleaned = lines.join("\n").replace('\u{e000}', "[").replace('\u{e001}', "]");
    if cleaned.chars().count() <= most {
        return cleaned;
    }
    cleaned.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
