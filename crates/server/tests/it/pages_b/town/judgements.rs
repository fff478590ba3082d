//! How the calls of the town were judged: verdicts by the luck of the call, with the words that prove them.

use chrono::Duration as Time;
use domain::{
    Analysis, CallId, CallStatus, CriterionKind, CriterionResult, Evidence, Promise, PromiseDue, Rubric,
    Speaker, Value, Verdict,
};
use store::{Outcome, SpendEntry, StageResult};

use super::{Dice, OBJECTIONS, Plan, luck, words};

fn quote(plan: &Plan, speaker: Speaker, dice: &mut Dice) -> Vec<Evidence> {
    let said: Vec<(u64, &str)> = (0..)
        .zip(words(plan))
        .filter(|(_, (who, _))| *who == speaker)
        .map(|(at, (_, text))| (at, *text))
        .collect();
    let (at, text) = said[usize::try_from(dice.roll(said.len() as u64)).unwrap()];
    vec![Evidence {
        quote: text.trim_end_matches('.').to_owned(),
        speaker,
        segment: usize::try_from(at).ok(),
        start_ms: Some(at * 9_000),
        end_ms: Some(at * 9_000 + 7_500),
        verified: true,
    }]
}

pub(super) fn judged(plan: &Plan, rubric: &Rubric) -> StageResult {
    let call = CallId::derive("uis", &plan.n.to_string());
    let analysis = analysis(plan, rubric);
    StageResult {
        outcome: Outcome::Analyzed(Box::new(analysis)),
        status: Some(CallStatus::Done),
        error: None,
        next: Vec::new(),
        spend: vec![SpendEntry {
            call,
            item: "analysis".into(),
            amount: "0.52RUB".parse().unwrap(),
            key: None,
        }],
    }
}

fn analysis(plan: &Plan, rubric: &Rubric) -> Analysis {
    let mut dice = Dice(plan.n ^ 0xa1);
    let luck = luck(plan);
    let objected = dice.roll(3) > 0;
    let criteria: Vec<CriterionResult> = rubric
        .criteria
        .iter()
        .map(|criterion| criterion_of(plan, criterion, luck, objected, &mut dice))
        .collect();
    let (total_score, cap) = domain::total_score(&criteria, rubric.caps());
    let promised = dice.roll(5) == 0;
    let what = ["перезвонить завтра до обеда", "отправить расчёт на почту", "записать на замер"];
    let due = plan.at + Time::hours(i64::try_from(4 + dice.roll(40)).unwrap());
    Analysis {
        engine: "gpt-4o-mini".into(),
        rubric: rubric.id.clone(),
        revision: rubric.revision.clone(),
        rubric_title: rubric.title.clone(),
        total_score,
        criteria,
        summary: if luck >= 50 {
            "Клиент просит окна на дачу к ноябрю. Замер назначен на субботу, расчёт обещан сегодня.".into()
        } else {
            "Клиентка сравнивала цены и готова была внести аванс. Следующий шаг не назначен.".into()
        },
        recommendations: "Назовите день и час следующего шага.".into(),
        promises: if promised {
            vec![Promise {
                what: what[usize::try_from(dice.roll(3)).unwrap()].to_owned(),
                due: PromiseDue {
                    at: Some(due.fixed_offset()),
                    words: "завтра до обеда".into(),
                    vague: false,
                },
                evidence: quote(plan, Speaker::Operator, &mut dice).remove(0),
            }]
        } else {
            Vec::new()
        },
        cap,
        raw_model_output: Vec::new(),
        cost: None,
    }
}

fn criterion_of(
    plan: &Plan,
    criterion: &domain::Criterion,
    luck: u64,
    objected: bool,
    dice: &mut Dice,
) -> CriterionResult {
    let max_score = criterion.max_score();
    // some things everybody slips on
    let harder = match criterion.key.as_str() {
        "objection" => 25,
        "next_step" => 12,
        "greeting" | "service" => 0,
        _ => 6,
    };
    let well = (luck + dice.roll(50)).saturating_sub(25 + harder);
    let (mut verdict, mut score, mut value) = match well {
        45.. => (Verdict::Met, max_score, None),
        30..45 => (Verdict::Partly, max_score.map(|most| most / 2.0), None),
        _ => (Verdict::NotMet, max_score.map(|_| 0.0), None),
    };
    match criterion.kind {
        CriterionKind::Score => {}
        CriterionKind::Choice => {
            let option =
                &criterion.options[usize::try_from(dice.roll(criterion.options.len() as u64)).unwrap()];
            (verdict, score, value) = (Verdict::Met, option.score, Some(Value::Text(option.key.clone())));
        }
        CriterionKind::Flag => {
            let raised = if criterion.critical { luck < 27 && dice.roll(6) == 0 } else { dice.roll(7) == 0 };
            verdict = if raised { Verdict::Met } else { Verdict::NotMet };
            (score, value) = (None, Some(Value::Flag(raised)));
        }
        CriterionKind::List => {
            let list = if criterion.key == "objections" && objected {
                vec![OBJECTIONS[usize::try_from(dice.roll(6).min(dice.roll(6))).unwrap()].to_owned()]
            } else {
                Vec::new()
            };
            (verdict, score) = (if list.is_empty() { Verdict::NotMet } else { Verdict::Met }, None);
            value = Some(Value::List(list));
        }
        CriterionKind::Text | CriterionKind::Number => (verdict, score) = (Verdict::NotApplicable, None),
    }
    if criterion.key == "objection" && !objected {
        (verdict, score) = (Verdict::NotApplicable, None);
    }
    CriterionResult {
        key: criterion.key.clone(),
        title: criterion.title.clone(),
        kind: criterion.kind,
        verdict,
        value,
        score,
        max_score,
        weight: if max_score.is_some() { criterion.weight } else { 0.0 },
        comment: match verdict {
            Verdict::Met => "Сделано, как нужно.".into(),
            Verdict::Partly => "Сделано не до конца.".into(),
            _ => "Не прозвучало.".into(),
        },
        needs_review: dice.roll(300) == 0,
        critical: criterion.critical,
        evidence: if verdict == Verdict::Met || dice.roll(2) == 0 {
            quote(plan, Speaker::Operator, dice)
        } else {
            Vec::new()
        },
    }
}
