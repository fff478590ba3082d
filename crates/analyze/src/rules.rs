//! The local analyzer: judges by phrases, order and figures, free and deterministically.

mod conduct;
mod facts;
mod finding;
mod judges;
mod manner;
mod names;
mod objections;
mod phrases;
mod questions;
mod roles;
mod scene;
pub(crate) mod speech;
mod step;
mod words;

pub(crate) use finding::Grade;
pub(crate) use judges::judge_mistake;
pub(crate) use names::is_name;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{
    Analysis, Call, Criterion, CriterionResult, Currency, Money, Rubric, RubricRevision, Transcript,
};

use crate::phrase::PhraseTable;
use crate::rubric::rule::Rule;
use crate::{AnalyzeError, Analyzer};
use facts::Facts;
use finding::Finding;
pub(crate) use scene::Scene;

/// Compiled rubrics that are kept: more revisions than a house uses at a time.
const KEPT_RUBRICS: usize = 32;

/// Judges calls by the rules that criteria carry; what has no rules it leaves to a model.
///
/// Phrase tables are compiled once per revision of a rubric and kept.
#[derive(Debug, Default)]
pub struct RulesAnalyzer {
    compiled: Mutex<HashMap<RubricRevision, Arc<CompiledRubric>>>,
}

/// A rubric's rules and the phrases of all of them in one table.
#[derive(Debug)]
struct CompiledRubric {
    table: PhraseTable,
    /// In the rubric's order; `None`: needs a model.
    rules: Vec<Option<Rule>>,
}

impl RulesAnalyzer {
    /// An analyzer with nothing compiled yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn compiled(&self, rubric: &Rubric) -> Arc<CompiledRubric> {
        let mut kept = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = kept.get(&rubric.revision) {
            return Arc::clone(compiled);
        }
        if kept.len() >= KEPT_RUBRICS {
            kept.clear();
        }
        let compiled = Arc::new(CompiledRubric::new(rubric));
        kept.insert(rubric.revision.clone(), Arc::clone(&compiled));
        compiled
    }

    /// Judges the call, without waiting for anything.
    pub fn judge(&self, call: &Call, transcript: &Transcript, rubric: &Rubric) -> Analysis {
        let compiled = self.compiled(rubric);
        let scene = Scene::new(call, transcript, &compiled.table);
        let facts = Facts::of(&scene);
        let criteria: Vec<CriterionResult> = rubric
            .criteria
            .iter()
            .zip(&compiled.rules)
            .map(|(criterion, rule)| judge_criterion(&scene, &facts, criterion, rule.as_ref()))
            .collect();
        let (total_score, cap) = domain::total_score(&criteria, rubric.caps());
        let mut analysis = Analysis {
            engine: "rules".to_owned(),
            rubric: rubric.id.clone(),
            revision: rubric.revision.clone(),
            rubric_title: rubric.title.clone(),
            total_score,
            criteria,
            summary: String::new(),
            recommendations: String::new(),
            promises: crate::promise::promises(&scene, call.started_at),
            cap,
            raw_model_output: Vec::new(),
            cost: None,
        };
        analysis.summary = words::summary(&scene, &facts, rubric, &analysis);
        analysis.recommendations = words::recommendations(&scene, &facts, rubric, &analysis.criteria);
        analysis
    }
}

#[async_trait]
impl Analyzer for RulesAnalyzer {
    fn engine(&self) -> &'static str {
        "rules"
    }

    async fn analyze(
        &self,
        call: &Call,
        transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError> {
        Ok(self.judge(call, transcript, rubric))
    }

    /// Free.
    fn estimate(&self, _rubric: &Rubric, _talk_ms: u64) -> Option<Money> {
        Some(Money::zero(Currency::USD))
    }
}

impl CompiledRubric {
    fn new(rubric: &Rubric) -> Self {
        let mut table = crate::families::table();
        let rules = rubric
            .criteria
            .iter()
            .map(|criterion| {
                let rule = Rule::from_json(criterion.rules.as_ref()?).ok()?;
                for phrase in rule.phrase_lists().into_iter().flatten() {
                    if !phrase.starts_with('@') {
                        table.add_inflected(phrase, std::slice::from_ref(phrase));
                    }
                }
                for (family, phrases) in &rule.extend {
                    table.add_inflected(family, phrases);
                }
                Some(rule)
            })
            .collect();
        Self { table, rules }
    }
}

fn judge_criterion(
    scene: &Scene<'_>,
    facts: &Facts,
    criterion: &Criterion,
    rule: Option<&Rule>,
) -> CriterionResult {
    let finding = match rule {
        None => Finding::cannot_tell("Нужна языковая модель: у критерия нет правил."),
        Some(_) if scene.view.tokens.is_empty() => Finding::cannot_tell("В записи нет распознанных слов."),
        Some(rule) => out_of_place(scene, criterion).unwrap_or_else(|| match &rule.judge {
            Some(judge) => judges::run(judge, scene, facts)
                .unwrap_or_else(|| Finding::cannot_tell("Нужна языковая модель: такого правила нет.")),
            None => phrases::judge(scene, criterion, rule),
        }),
    };
    finding.into_result(scene, criterion)
}

/// The criterion's own limits: direction and least talk.
fn out_of_place(scene: &Scene<'_>, criterion: &Criterion) -> Option<Finding> {
    let applies = &criterion.applies_to;
    let (wanted, is) = (applies.direction, scene.call.direction);
    if wanted.is_some_and(|wanted| is != domain::Direction::Unknown && wanted != is) {
        return Some(Finding::not_applicable("Критерий для звонков другого направления."));
    }
    let least = applies.min_talk_s?;
    (scene.talk_s()? < least).then(|| Finding::not_applicable(format!("Разговор короче {least:.0}\u{a0}с.")))
}
