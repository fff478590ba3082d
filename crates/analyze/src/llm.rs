//! The analyzer that asks a language model, and believes nothing that it cannot check.
//!
//! What the model says is a proposal: the shape is checked, every quote is looked up in the words
//! of the call, the total is our arithmetic. What speakers say is data between marks; personal
//! numbers are replaced before anything leaves.

mod answer;
mod estimate;
mod fault;
mod mask;
mod merge;
mod options;
mod parts;
mod prompt;
mod proof;
mod propose;
mod schema;
#[cfg(feature = "testing")]
mod stand_in;
mod talk;
mod tokens;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{Analysis, Call, Cost, CriterionResult, Money, Rubric, Transcript};
use openai_client::ChatApi;

pub use options::{LlmOptions, Masking, TokenFigures};
pub use propose::{ProposedRubric, propose_rubric, propose_rubric_offline};
#[cfg(feature = "testing")]
pub use stand_in::RulesJudge;

use crate::rules::Grade;
use crate::{AnalyzeError, Analyzer};
use answer::Answer;
use mask::Masked;
use parts::Part;
use prompt::Prompt;
use proof::Court;
use talk::{Receipt, Unanswered};

/// Tokens kept free for facts and marks around the words.
const HEADROOM: u64 = 400;
/// A part smaller than this is no conversation any more.
const LEAST_PART: u64 = 800;

/// Judges calls by a language model.
///
/// A call is one request; one that is longer than [`LlmOptions::max_input_tokens`] is judged in
/// parts that overlap. Of the parts' verdicts the best counts, for what one part does not have may
/// stand in another; a fault that is quoted counts beside it and asks for a person's look; lists and
/// raised flags are united.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::{Arc, Mutex, PoisonError};
/// use analyze::{Analyzer as _, LlmAnalyzer, LlmOptions, RubricLibrary, RulesJudge};
/// use openai_client::testing::FakeOpenAi;
///
/// let library = RubricLibrary::builtin();
/// let model = FakeOpenAi::new();
/// model.set_judge(Arc::new(RulesJudge::new(library.all().to_vec())));
/// let analyzer = LlmAnalyzer::new(Arc::new(model), LlmOptions::default());
/// let transcript = analyze::parse_dialogue("Менеджер: Добрый день, компания «Север», Анна.").unwrap();
/// let rubric = library.find("manager-plus").unwrap();
/// let analysis = analyzer.analyze(&domain::Call::new("text", "1"), &transcript, rubric).await.unwrap();
/// assert_eq!(analysis.engine, "gpt-6-luna");
/// assert!(analysis.cost.is_some());
/// # });
/// ```
pub struct LlmAnalyzer {
    chat: Arc<dyn ChatApi>,
    options: LlmOptions,
    ledger: estimate::Ledger,
    /// Of the rubric judged last: a run has one.
    prompt: Mutex<Option<Arc<Prompt>>>,
}

impl std::fmt::Debug for LlmAnalyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LlmAnalyzer")
            .field("model", &self.chat.model())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl LlmAnalyzer {
    /// An analyzer on a model.
    pub fn new(chat: Arc<dyn ChatApi>, options: LlmOptions) -> Self {
        Self { chat, options, ledger: estimate::Ledger::default(), prompt: Mutex::default() }
    }

    /// What the calls judged so far really took, after twenty of them: figures for the next
    /// [`LlmOptions::figures`].
    pub fn observed(&self) -> Option<TokenFigures> {
        self.ledger.figures(&self.options.figures)
    }

    fn prompt(&self, rubric: &Rubric) -> Arc<Prompt> {
        let mut kept = self.prompt.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref().filter(|prompt| prompt.is_for(rubric)) {
            Some(prompt) => Arc::clone(prompt),
            None => Arc::clone(kept.insert(Arc::new(Prompt::new(rubric)))),
        }
    }

    async fn judge(&self, case: &Case<'_>, receipt: &mut Receipt) -> Result<Analysis, AnalyzeError> {
        schema::check(case.rubric)?;
        let prompt = self.prompt(case.rubric);
        let names: Vec<String> =
            case.call.manager.iter().filter_map(|manager| manager.name.clone()).collect();
        let masked = Masked::new(case.transcript, self.options.masking, &names);
        let lines = parts::lines(case.transcript, &masked.texts);
        let room = u64::from(self.options.max_input_tokens)
            .saturating_sub(tokens::at_most(&prompt.system) + HEADROOM)
            .saturating_sub(tokens::count(&prompt.schema.schema.to_string()));
        let mut budget = room.max(LEAST_PART);
        loop {
            let split = parts::split(&lines, budget);
            match self.ask_all(case, &prompt, &split, receipt).await {
                Ok(answers) => return Ok(case.analysis(self.engine(), &masked, &split, answers)),
                // the model's window is smaller than we were told
                Err(Unanswered::TooLong(_)) if budget / 2 >= LEAST_PART && lines.len() > 1 => {
                    let whole = lines.iter().map(|line| tokens::at_most(&line.text) + 1).sum::<u64>();
                    budget = (budget.min(whole) / 2).max(LEAST_PART);
                }
                Err(Unanswered::TooLong(error) | Unanswered::Failed(error)) => return Err(error),
            }
        }
    }

    async fn ask_all(
        &self,
        case: &Case<'_>,
        prompt: &Prompt,
        split: &[&[parts::Line]],
        receipt: &mut Receipt,
    ) -> Result<Vec<Answer>, Unanswered> {
        let mut answers = Vec::with_capacity(split.len());
        for (index, lines) in split.iter().enumerate() {
            let user = prompt::user(case.call, case.transcript, &Part { index, count: split.len(), lines });
            let chat = self.chat.as_ref();
            let temperature = self.options.temperature;
            answers.push(talk::ask(chat, prompt, case.rubric, temperature, &user, receipt).await?);
            if split.len() == 1 && receipt.requests == 1 {
                let talk_ms = case.call.talk_ms.or(case.call.duration_ms).unwrap_or_default();
                self.ledger.note(prompt, case.rubric.criteria.len(), &user, talk_ms, receipt.usage);
            }
        }
        Ok(answers)
    }

    /// Judges by the fallback, and says so.
    async fn fall_back(
        &self,
        fallback: &dyn Analyzer,
        case: &Case<'_>,
        error: &AnalyzeError,
        receipt: Receipt,
    ) -> Result<Analysis, AnalyzeError> {
        let cost = receipt.cost();
        let judged = fallback.analyze(case.call, case.transcript, case.rubric).await;
        let mut analysis = match judged {
            Ok(analysis) => analysis,
            Err(error) => {
                let sum = added(error.cost().cloned(), cost);
                return Err(error.paid(sum));
            }
        };
        let why = match error {
            AnalyzeError::Refused { .. } => "отказалась разбирать этот звонок",
            _ => "дважды ответила не по форме",
        };
        let by = if analysis.engine == "rules" {
            "местным правилам"
        } else {
            analysis.engine.as_str()
        };
        let note = format!("Модель {} {why}: оценено по {by}.", self.engine());
        analysis.summary =
            if analysis.summary.is_empty() { note } else { format!("{} {note}", analysis.summary) };
        analysis.raw_model_output.splice(0..0, receipt.raw);
        analysis.cost = added(analysis.cost, cost);
        Ok(analysis)
    }
}

#[async_trait]
impl Analyzer for LlmAnalyzer {
    fn engine(&self) -> &str {
        self.chat.model()
    }

    async fn analyze(
        &self,
        call: &Call,
        transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError> {
        let case = Case { call, transcript, rubric };
        if let Some(analysis) = case.without_asking(self.engine()) {
            return Ok(analysis);
        }
        let mut receipt = Receipt::default();
        match self.judge(&case, &mut receipt).await {
            Ok(mut analysis) => {
                analysis.cost = receipt.cost();
                analysis.raw_model_output = receipt.raw;
                Ok(analysis)
            }
            Err(error @ (AnalyzeError::Refused { .. } | AnalyzeError::BrokenAnswer { .. })) => {
                match &self.options.fallback {
                    Some(fallback) => self.fall_back(fallback.as_ref(), &case, &error, receipt).await,
                    None => Err(error.paid(receipt.cost())),
                }
            }
            Err(error) => Err(error.paid(receipt.cost())),
        }
    }

    fn estimate(&self, rubric: &Rubric, talk_ms: u64) -> Option<Money> {
        let figures = self.observed().unwrap_or(self.options.figures);
        estimate::of(self.chat.as_ref(), &figures, &self.prompt(rubric), rubric, talk_ms)
    }
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    call: &'a Call,
    transcript: &'a Transcript,
    rubric: &'a Rubric,
}

impl Case<'_> {
    /// What needs no model and no money: a call without words, or one that no criterion is for.
    fn without_asking(&self, engine: &str) -> Option<Analysis> {
        let speech = |text: &str| text.chars().any(char::is_alphanumeric);
        if !self.transcript.segments.iter().any(|segment| speech(&segment.text)) {
            let why = "В записи нет распознанных слов.";
            let results = self.rubric.criteria.iter().map(|criterion| {
                let out = proof::out_of_place(self.call, self.transcript, criterion);
                match out {
                    Some(out) => proof::settled(criterion, Grade::NotApplicable, out),
                    None => proof::settled(criterion, Grade::CannotTell, why.to_owned()),
                }
            });
            let summary = "В разговоре нет распознанных слов: оценивать нечего.";
            return Some(self.put_together(engine, results.collect(), summary.to_owned(), String::new()));
        }
        let results: Option<Vec<CriterionResult>> = self
            .rubric
            .criteria
            .iter()
            .map(|criterion| {
                let out = proof::out_of_place(self.call, self.transcript, criterion)?;
                Some(proof::settled(criterion, Grade::NotApplicable, out))
            })
            .collect();
        let results = results?;
        let why = results.first().map_or("", |result| result.comment.as_str());
        let summary = format!("Ни один критерий к этому звонку не относится. {why}");
        Some(self.put_together(engine, results, summary.trim_end().to_owned(), String::new()))
    }

    fn analysis(
        &self,
        engine: &str,
        masked: &Masked,
        split: &[&[parts::Line]],
        answers: Vec<Answer>,
    ) -> Analysis {
        let court = Court { call: self.call, transcript: self.transcript, masked };
        let results = self.rubric.criteria.iter().filter_map(|criterion| {
            if let Some(out) = proof::out_of_place(self.call, self.transcript, criterion) {
                return Some(proof::settled(criterion, Grade::NotApplicable, out));
            }
            let parts = answers.iter().zip(split).filter_map(|(answer, lines)| {
                Some((court.judge(criterion, answer.criteria.get(&criterion.key)?), lines.len()))
            });
            merge::criterion(criterion, parts.collect())
        });
        let results: Vec<CriterionResult> = results.collect();
        let (mut summary, mut advice) = (String::new(), Vec::new());
        let mut promised = Vec::new();
        for answer in answers {
            merge::join_words(&mut summary, &masked.restore(&answer.summary, None));
            for line in masked.restore(&answer.recommendations, None).lines() {
                if !advice.iter().any(|known| known == line) {
                    advice.push(line.to_owned());
                }
            }
            promised.extend(answer.promises);
        }
        let mut analysis = self.put_together(engine, results, summary, advice.join("\n"));
        analysis.promises = court.promises(&promised);
        analysis
    }

    fn put_together(
        &self,
        engine: &str,
        criteria: Vec<CriterionResult>,
        summary: String,
        recommendations: String,
    ) -> Analysis {
        let (total_score, cap) = domain::total_score(&criteria, self.rubric.caps());
        Analysis {
            engine: engine.to_owned(),
            rubric: self.rubric.id.clone(),
            revision: self.rubric.revision.clone(),
            rubric_title: self.rubric.title.clone(),
            total_score,
            criteria,
            summary,
            recommendations,
            promises: Vec::new(),
            cap,
            raw_model_output: Vec::new(),
            cost: None,
        }
    }
}

/// Two costs as one; of two currencies the items stay apart and the total is of the first.
fn added(one: Option<Cost>, other: Option<Cost>) -> Option<Cost> {
    let (Some(mut sum), Some(other)) = (one.clone(), other.clone()) else { return one.or(other) };
    if sum.total.currency == other.total.currency {
        sum.total.micros = sum.total.micros.saturating_add(other.total.micros);
    }
    sum.items.extend(other.items);
    Some(sum)
}
