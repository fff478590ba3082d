//! What a call will cost, before paying: the prompt is counted, the talk and the answer are
//! averages times the price of the model. Past calls mend the averages.

use std::sync::{Mutex, PoisonError};

use domain::{Money, Rubric};
use openai_client::{ChatApi, TokenUsage};

use super::options::TokenFigures;
use super::prompt::Prompt;
use super::tokens;

/// Prompt caches begin at so many tokens and grow by steps (OpenAI, prompt caching).
const CACHE_FROM: u64 = 1024;
const CACHE_STEP: u64 = 128;
/// Tokens of the message around the words: facts, marks, roles.
const AROUND_TALK: f64 = 130.0;
/// So many calls make an average.
const ENOUGH_CALLS: u64 = 20;

#[expect(clippy::cast_precision_loss, reason = "tokens of a day are far below 2^53")]
pub(super) fn of(
    chat: &dyn ChatApi,
    figures: &TokenFigures,
    prompt: &Prompt,
    rubric: &Rubric,
    talk_ms: u64,
) -> Option<Money> {
    let price = |usage: TokenUsage| chat.price(usage);
    let talk_s = talk_ms as f64 / 1000.0;
    let in_place =
        |criterion: &domain::Criterion| criterion.applies_to.min_talk_s.is_none_or(|least| talk_s >= least);
    // nobody is asked about a call in which no criterion has its place
    if talk_ms == 0 || !rubric.criteria.iter().any(in_place) {
        return price(TokenUsage::default());
    }
    let prefix = prompt.prefix_tokens as f64 * figures.prompt_scale;
    let talk = talk_s / 60.0 * figures.tokens_per_talk_minute + AROUND_TALK;
    let system = whole(prompt.system_tokens as f64 * figures.prompt_scale);
    let cached =
        if figures.cached_prefix && system >= CACHE_FROM { system / CACHE_STEP * CACHE_STEP } else { 0 };
    let criteria = rubric.criteria.len() as f64;
    price(TokenUsage {
        prompt: whole(prefix + talk),
        cached,
        completion: whole(figures.answer_tokens_base + criteria * figures.answer_tokens_per_criterion),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn whole(tokens: f64) -> u64 {
    tokens.clamp(0.0, 1e12).round() as u64
}

/// What calls really took.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Sums>);

#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    calls: u64,
    criteria: u64,
    talk_ms: u64,
    /// As we count them: instructions with schema, and the call's own message.
    counted_prefix: u64,
    counted_talk: u64,
    prompt: u64,
    completion: u64,
    cached: u64,
}

impl Ledger {
    /// Notes a call that was one request; repaired and split ones are no average.
    pub(super) fn note(&self, prompt: &Prompt, criteria: usize, user: &str, talk_ms: u64, usage: TokenUsage) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sums.calls += 1;
        sums.criteria += criteria as u64;
        sums.talk_ms += talk_ms;
        sums.counted_prefix += prompt.prefix_tokens;
        sums.counted_talk += tokens::count(user);
        sums.prompt += usage.prompt;
        sums.completion += usage.completion;
        sums.cached += usage.cached;
    }

    /// The averages, once there are enough calls.
    #[expect(clippy::cast_precision_loss, reason = "tokens of a day are far below 2^53")]
    pub(super) fn figures(&self, given: &TokenFigures) -> Option<TokenFigures> {
        let sums = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sums.calls < ENOUGH_CALLS || sums.talk_ms == 0 {
            return None;
        }
        let (calls, criteria) = (sums.calls as f64, sums.criteria as f64);
        let scale = sums.prompt as f64 / (sums.counted_prefix + sums.counted_talk).max(1) as f64;
        let talk = sums.counted_talk as f64 * scale - calls * AROUND_TALK;
        let of_criteria = sums.completion as f64 - calls * given.answer_tokens_base;
        Some(TokenFigures {
            prompt_scale: scale,
            tokens_per_talk_minute: (talk / (sums.talk_ms as f64 / 60_000.0)).max(0.0),
            answer_tokens_base: given.answer_tokens_base,
            answer_tokens_per_criterion: (of_criteria / criteria.max(1.0)).max(0.0),
            cached_prefix: sums.cached > 0,
        })
    }
}
