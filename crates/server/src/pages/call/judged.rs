//! The judgement as people see it: the machine's verdicts, people's in their place, and the total that
//! follows. The machine's own stays beside, never overwritten.

use std::sync::Arc;

use domain::{Analysis, CallId, Criterion, CriterionKind, CriterionResult, Value, Verdict};
use store::{OverrideVerdict, total_with, with_overrides};

use crate::pages::parts::verdict_key;
use crate::pages::words::Words;
use crate::revisions::Revision;

/// A judgement with people's verdicts in it.
pub(crate) struct Judged {
    /// What is shown.
    pub(crate) analysis: Analysis,
    /// What the machine said.
    pub(crate) machine: Analysis,
    people: Vec<OverrideVerdict>,
    revision: Arc<Revision>,
}

impl Judged {
    pub(crate) fn new(machine: Analysis, revision: Arc<Revision>, people: Vec<OverrideVerdict>) -> Self {
        let analysis = with_overrides(&machine, &people, Some(&revision.rubric));
        Self { analysis, machine, people, revision }
    }

    /// The place of the revision among those of its rubric, from 1.
    pub(crate) fn number(&self) -> Option<u32> {
        self.revision.number
    }

    /// A person's verdict on a criterion.
    pub(crate) fn by_person(&self, key: &str) -> Option<&OverrideVerdict> {
        self.people.iter().find(|verdict| verdict.key == key)
    }

    /// The machine's result of a criterion.
    pub(crate) fn by_machine(&self, key: &str) -> Option<&CriterionResult> {
        self.machine.criteria.iter().find(|result| result.key == key)
    }

    /// The title of an option that was chosen, else the words themselves.
    pub(crate) fn option<'a>(&'a self, key: &str, value: &'a str) -> &'a str {
        let criterion = self.revision.rubric.criteria.iter().find(|criterion| criterion.key == key);
        let option =
            criterion.and_then(|criterion| criterion.options.iter().find(|option| option.key == value));
        option.map_or(value, |option| &option.title)
    }

    /// What the total would be with this verdict.
    fn total_with(&self, key: &str, choice: &Choice) -> Option<f64> {
        let verdict = OverrideVerdict {
            // of the verdict alone the total knows nothing else
            call: CallId::derive("", ""),
            rubric: self.machine.rubric.clone(),
            key: key.to_owned(),
            verdict: choice.verdict,
            score: choice.score,
            value: choice.value.clone(),
            reason: String::new(),
            author: String::new(),
            at: chrono::DateTime::UNIX_EPOCH,
        };
        total_with(&self.machine, &self.analysis, &verdict, &self.revision.rubric)
    }

    /// What a person may choose for a criterion, with the total that follows.
    pub(crate) fn options(&self, t: &Words, key: &str) -> Vec<Offer> {
        let Some(criterion) = self.revision.rubric.criteria.iter().find(|criterion| criterion.key == key)
        else {
            return Vec::new();
        };
        let now = self.analysis.criteria.iter().find(|result| result.key == key);
        choices(criterion)
            .into_iter()
            .map(|choice| Offer {
                value: choice.code(),
                words: choice.words(t, criterion),
                total: self.total_with(key, &choice),
                chosen: now.is_some_and(|now| choice.is(now)),
            })
            .collect()
    }
}

/// A verdict to choose, as a form shows it.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) total: Option<f64>,
    pub(crate) chosen: bool,
}

/// A verdict that a person may give.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) verdict: Verdict,
    pub(crate) score: Option<f64>,
    pub(crate) value: Option<Value>,
}

impl Choice {
    /// As the form sends it: `met:2`, `not_applicable`, `partly:1`, `met=hot`.
    pub(crate) fn code(&self) -> String {
        let mut code = self.verdict.as_str().to_owned();
        if let Some(Value::Text(text)) = &self.value {
            code = format!("{code}={text}");
        } else if let Some(score) = self.score {
            code = format!("{code}:{score}");
        }
        code
    }

    fn is(&self, result: &CriterionResult) -> bool {
        match self.verdict {
            _ if result.needs_review => false,
            Verdict::NotApplicable | Verdict::CannotTell => result.verdict == self.verdict,
            _ if matches!(self.value, Some(Value::Text(_))) => result.value == self.value,
            _ if self.score.is_some() => result.score == self.score && result.verdict == self.verdict,
            _ => result.verdict == self.verdict,
        }
    }

    fn words(&self, t: &Words, criterion: &Criterion) -> String {
        if let Some(Value::Text(text)) = &self.value {
            let known = criterion.options.iter().find(|option| option.title == *text || option.key == *text);
            return known.map_or_else(|| text.clone(), |option| option.title.clone());
        }
        let word = t.say(verdict_key(self.verdict));
        match self.score {
            Some(score) => format!("{word} · {}", t.points(score)),
            None => word,
        }
    }
}

/// What may be chosen for a criterion: whole points of a scale, yes or no, the options; and that it has no
/// place in this call.
pub(crate) fn choices(criterion: &Criterion) -> Vec<Choice> {
    let plain = |verdict, score| Choice { verdict, score, value: None };
    let mut choices: Vec<Choice> = match criterion.kind {
        CriterionKind::Score => {
            scale(criterion.scale).into_iter().map(|(verdict, score)| plain(verdict, Some(score))).collect()
        }
        CriterionKind::Flag => [(Verdict::NotMet, false), (Verdict::Met, true)]
            .into_iter()
            .map(|(verdict, raised)| Choice { verdict, score: None, value: Some(Value::Flag(raised)) })
            .collect(),
        CriterionKind::Choice => {
            let most = criterion.max_score();
            criterion
                .options
                .iter()
                .map(|option| Choice {
                    verdict: of_option(option.score, most),
                    score: option.score,
                    value: Some(Value::Text(option.title.clone())),
                })
                .collect()
        }
        CriterionKind::Text | CriterionKind::List | CriterionKind::Number => {
            vec![plain(Verdict::NotMet, None), plain(Verdict::Met, None)]
        }
    };
    choices.push(plain(Verdict::NotApplicable, None));
    choices
}

fn of_option(score: Option<f64>, most: Option<f64>) -> Verdict {
    match (score, most) {
        (Some(score), Some(most)) if score <= 0.0 && most > 0.0 => Verdict::NotMet,
        (Some(score), Some(most)) if score < most => Verdict::Partly,
        _ => Verdict::Met,
    }
}

/// Every whole point of a short scale; of a long one its ends, middle and quarters.
fn scale([least, most]: [f64; 2]) -> Vec<(Verdict, f64)> {
    let whole = least.fract() == 0.0 && most.fract() == 0.0 && most - least <= 5.0;
    let steps: u8 =
        if whole { (1..=5).find(|step| least + f64::from(*step) >= most).unwrap_or(5) } else { 4 };
    (0..=steps)
        .map(|step| {
            let score = least + (most - least) * f64::from(step) / f64::from(steps);
            let verdict = match step {
                0 => Verdict::NotMet,
                step if step == steps => Verdict::Met,
                _ => Verdict::Partly,
            };
            (verdict, score)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::{AppliesTo, EvidenceDemand};

    use super::*;

    fn criterion(kind: CriterionKind, scale: [f64; 2]) -> Criterion {
        Criterion {
            key: "tone".into(),
            title: "Тон".into(),
            kind,
            weight: 10.0,
            scale,
            question: String::new(),
            explanation: String::new(),
            evidence: EvidenceDemand::Optional,
            applies_to: AppliesTo::default(),
            critical: false,
            cap: None,
            options: Vec::new(),
            advice: String::new(),
            rules: None,
        }
    }

    #[test]
    fn a_short_scale_offers_each_point_and_a_long_one_its_quarters() {
        let codes = |scale| {
            choices(&criterion(CriterionKind::Score, scale)).iter().map(Choice::code).collect::<Vec<_>>()
        };
        assert_eq!(codes([0.0, 2.0]), ["not_met:0", "partly:1", "met:2", "not_applicable"]);
        assert_eq!(codes([0.0, 1.0]), ["not_met:0", "met:1", "not_applicable"]);
        assert_eq!(
            codes([0.0, 10.0]),
            ["not_met:0", "partly:2.5", "partly:5", "partly:7.5", "met:10", "not_applicable"]
        );
    }

    #[test]
    fn a_flag_is_raised_or_not() {
        let flag = choices(&criterion(CriterionKind::Flag, [0.0, 1.0]));
        assert_eq!(flag.iter().map(Choice::code).collect::<Vec<_>>(), ["not_met", "met", "not_applicable"]);
    }
}
