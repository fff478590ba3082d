//! A model for tests: reads the prompt as a model would, and judges by the rules.
//!
//! It sees only what a model sees — masked lines between marks — so what it answers shows that the
//! prompt carries everything a judge needs.

use domain::{
    Call, CriterionKind, Direction, EngineName, Evidence, Rubric, Segment, Speaker, TalkMetrics, Transcript,
    Value as Found, Verdict,
};
use openai_client::ChatRequest;
use openai_client::testing::Judge;
use serde_json::{Map, Value, json};

use super::propose;
use crate::{RubricLibrary, RulesAnalyzer};

/// Answers a request of [`crate::LlmAnalyzer`] or [`crate::propose_rubric`] without a model.
#[derive(Debug)]
pub struct RulesJudge {
    rubrics: Vec<Rubric>,
    rules: RulesAnalyzer,
}

impl RulesJudge {
    /// Knows these rubrics; the one of a request is told by its id and revision in the prompt.
    pub fn new(rubrics: Vec<Rubric>) -> Self {
        Self { rubrics, rules: RulesAnalyzer::new() }
    }
}

impl Default for RulesJudge {
    /// Knows the built-in ones.
    fn default() -> Self {
        Self::new(RubricLibrary::builtin().all().to_vec())
    }
}

impl Judge for RulesJudge {
    fn answer(&self, request: &ChatRequest) -> Value {
        let message =
            |index: usize| request.messages.get(index).map_or("", |message| message.content.as_str());
        if request.schema.as_ref().is_some_and(|schema| schema.name == propose::SCHEMA_NAME) {
            return propose::draft_of(message(1));
        }
        let rubric = self
            .rubrics
            .iter()
            .find(|rubric| message(0).contains(&format!("(редакция {}@{})", rubric.id, rubric.revision)));
        let Some(rubric) = rubric else { return json!("Такой рубрики я не знаю.") };
        let (call, transcript, numbers) = heard(message(1));
        let analysis = self.rules.judge(&call, &transcript, rubric);
        let number = |quote: &Evidence| quote.segment.and_then(|index| numbers.get(index).copied());
        let mut criteria = Map::new();
        for (result, criterion) in analysis.criteria.iter().zip(&rubric.criteria) {
            let assessed = !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell);
            let evidence: Vec<Value> = result
                .evidence
                .iter()
                .map(|quote| {
                    let speaker = match quote.speaker {
                        Speaker::Operator => "operator",
                        Speaker::Client => "client",
                        Speaker::Unknown => "unknown",
                    };
                    json!({"quote": quote.quote, "segment": number(quote), "speaker": speaker})
                })
                .collect();
            let mut members = Map::new();
            members.insert("comment".to_owned(), json!(result.comment));
            members.insert("evidence".to_owned(), json!(evidence));
            members.insert("verdict".to_owned(), json!(result.verdict.as_str()));
            if criterion.kind == CriterionKind::Score {
                members.insert("score".to_owned(), json!(result.score.filter(|_| assessed)));
            } else {
                members.insert("value".to_owned(), value_of(criterion, result.value.as_ref()));
            }
            criteria.insert(criterion.key.clone(), Value::Object(members));
        }
        let promises: Vec<Value> = analysis
            .promises
            .iter()
            .map(|promise| {
                let segment = number(&promise.evidence);
                json!({"due": promise.due.words, "quote": promise.evidence.quote, "segment": segment, "what": promise.what})
            })
            .collect();
        json!({
            "criteria": criteria,
            "promises": promises,
            "recommendations": analysis.recommendations,
            "summary": analysis.summary,
        })
    }
}

fn value_of(criterion: &domain::Criterion, value: Option<&Found>) -> Value {
    match value {
        Some(Found::Text(title)) if criterion.kind == CriterionKind::Choice => {
            let option = criterion.options.iter().find(|option| option.title == *title);
            option.map_or(Value::Null, |option| json!(option.key))
        }
        Some(value) => json!(value),
        None => Value::Null,
    }
}

/// The call as the message tells it, and the number of each segment.
fn heard(message: &str) -> (Call, Transcript, Vec<usize>) {
    let mut call = Call::new("stand-in", "1");
    call.direction = if message.contains("входящий") {
        Direction::In
    } else if message.contains("исходящий") {
        Direction::Out
    } else {
        Direction::Unknown
    };
    let mut transcript = Transcript {
        engine: EngineName { engine: "text".to_owned(), model: String::new() },
        language: "ru".to_owned(),
        segments: Vec::new(),
        dropped: Vec::new(),
        coverage: None,
        metrics: metrics(message),
        cost: None,
    };
    let mut numbers: Vec<usize> = Vec::new();
    for (number, segment) in message.lines().filter_map(segment) {
        // a long line goes on in a second one
        match transcript.segments.last_mut() {
            Some(last) if numbers.last() == Some(&number) => {
                last.text.push(' ');
                last.text.push_str(&segment.text);
            }
            _ => {
                transcript.segments.push(segment);
                numbers.push(number);
            }
        }
    }
    (call, transcript, numbers)
}

/// `[7] 0:42 Менеджер: слова`.
fn segment(line: &str) -> Option<(usize, Segment)> {
    let (number, rest) = line.strip_prefix('[')?.split_once(']')?;
    let number: usize = number.parse().ok()?;
    let (head, words) = rest.split_once(": ")?;
    let speaker = if head.contains("Менеджер") {
        Speaker::Operator
    } else if head.contains("Клиент") {
        Speaker::Client
    } else {
        Speaker::Unknown
    };
    let segment = Segment {
        speaker,
        channel: u8::from(speaker == Speaker::Client),
        start_ms: None,
        end_ms: None,
        // quotes inside angle brackets came in as ‹…›
        text: words.replace('‹', "<").replace('›', ">"),
        avg_logprob: None,
        words: Vec::new(),
    };
    Some((number, segment))
}

fn metrics(message: &str) -> Option<TalkMetrics> {
    let line = message.lines().find(|line| line.starts_with("Измерено по звуку"))?;
    let count = |words: &str| {
        let (_, rest) = line.split_once(words)?;
        rest.trim_start_matches(':').trim().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some(TalkMetrics {
        operator_interruptions: count("менеджер перебил клиента"),
        client_interruptions: count("клиент перебил менеджера"),
        ..TalkMetrics::default()
    })
}
