//! One part of a call, asked and asked again: what is cut short gets twice the room once, what does
//! not fit gets one repair turn with the mistakes named. Every answer is paid and counted.

use domain::{Cost, CostItem, Money, Rubric};
use openai_client::{ChatApi, ChatMessage, ChatReply, Finish, Role};
use serde_json::Value;

use super::answer::{self, Answer};
use super::fault;
use super::prompt::Prompt;
use crate::AnalyzeError;

/// Letters of a broken answer that are shown to the model again.
const SHOWN: usize = 20_000;
/// Letters of a refusal that are told.
const REASON: usize = 300;

/// What a conversation with the model has cost and brought so far.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    paid: Option<Money>,
    /// The answers, word for word.
    pub(super) raw: Vec<Value>,
    /// Billed tokens: prompt, cached, written; for [`super::estimate`].
    pub(super) usage: openai_client::TokenUsage,
    pub(super) requests: u64,
}

impl Receipt {
    pub(super) fn take(&mut self, reply: &ChatReply) {
        self.requests += 1;
        if let Some(usage) = reply.usage {
            self.usage.prompt += usage.prompt;
            self.usage.cached += usage.cached;
            self.usage.completion += usage.completion;
        }
        if let Some(cost) = reply.cost {
            match &mut self.paid {
                Some(paid) if paid.currency == cost.currency => {
                    paid.micros = paid.micros.saturating_add(cost.micros);
                }
                Some(_) => tracing::warn!("one model is billed in two currencies; only the first is counted"),
                None => self.paid = Some(cost),
            }
        }
        let raw = reply.refusal.as_ref().unwrap_or(&reply.content);
        self.raw.push(serde_json::from_str(raw).unwrap_or_else(|_| Value::String(raw.clone())));
    }

    /// The item `analysis`.
    pub(super) fn cost(&self) -> Option<Cost> {
        let amount = self.paid?;
        Some(Cost { total: amount, items: vec![CostItem { item: "analysis".to_owned(), amount }] })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The request does not fit the model's window: smaller parts may.
    TooLong(AnalyzeError),
    /// Anything else.
    Failed(AnalyzeError),
}

impl From<AnalyzeError> for Unanswered {
    fn from(error: AnalyzeError) -> Self {
        Self::Failed(error)
    }
}

/// Asks about one part until there is an answer that fits.
pub(super) async fn ask(
    chat: &dyn ChatApi,
    prompt: &Prompt,
    rubric: &Rubric,
    temperature: Option<f32>,
    user: &str,
    receipt: &mut Receipt,
) -> Result<Answer, Unanswered> {
    let mut request = prompt.request(prompt.opening(user), temperature);
    let (mut longer, mut repaired, mut insisted) = (false, false, false);
    loop {
        let reply = chat.complete(&request).await.map_err(|error| {
            let too_long = fault::is_too_long(&error);
            let error = fault::of(chat.model(), error);
            if too_long { Unanswered::TooLong(error) } else { Unanswered::Failed(error) }
        })?;
        receipt.take(&reply);
        let engine = || chat.model().to_owned();
        if let Some(reason) = refusal(&reply) {
            // models refuse by chance too: the same words are judged the next time
            if !insisted {
                insisted = true;
                continue;
            }
            return Err(AnalyzeError::Refused { engine: engine(), reason, cost: None }.into());
        }
        let broken = |reason: String| AnalyzeError::BrokenAnswer {
            engine: engine(),
            reason,
            raw: reply.content.clone(),
            cost: None,
        };
        if reply.finish == Finish::Length {
            if longer {
                return Err(broken("the answer was cut off twice".to_owned()).into());
            }
            longer = true;
            request.max_output_tokens = request.max_output_tokens.map(|tokens| tokens.saturating_mul(2));
            continue;
        }
        let mistakes = match answer::read(&reply.content, rubric) {
            Ok(answer) => return Ok(answer),
            Err(mistakes) => mistakes,
        };
        tracing::warn!(model = chat.model(), mistakes = mistakes.len(), repaired, "an answer does not fit");
        if repaired {
            return Err(broken(mistakes.join("; ")).into());
        }
        repaired = true;
        request.messages.extend(repair(&reply.content, &mistakes));
    }
}

pub(super) fn refusal(reply: &ChatReply) -> Option<String> {
    let words = |text: &str| text.trim().chars().take(REASON).collect::<String>();
    match (&reply.refusal, reply.finish) {
        (Some(reason), _) => Some(words(reason)),
        (None, Finish::Filter) => Some("the provider's filter stopped the answer".to_owned()),
        _ => None,
    }
}

/// The broken answer and what is wrong with it.
pub(super) fn repair(content: &str, mistakes: &[String]) -> [ChatMessage; 2] {
    let shown: String = content.chars().take(SHOWN).collect();
    let list = mistakes.iter().map(|mistake| format!("- {mistake}")).collect::<Vec<_>>().join("\n");
    let asked =
        format!("Ответ не подходит:\n{list}\n\nИсправьте это и верните весь объект JSON заново, по схеме.");
    [ChatMessage::new(Role::Assistant, shown), ChatMessage::new(Role::User, asked)]
}
